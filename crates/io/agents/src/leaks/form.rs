//! What a file is, if it is no UTF-8: known by its beginning, told to whoever wants it looked through, and decoded where
//! that is simple.

use std::io::{self, Read};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text, as far as its beginning says.
    Text,
    /// UTF-16 that begins with its mark.
    Utf16(Order),
    /// Compressed, or an archive, by what: its words are not in its bytes.
    Packed(&'static str),
    /// It has zero bytes, which no text has.
    Binary,
}

/// Which byte of two comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// How compressed files and archives begin, and what makes text of one.
const PACKED: [(&[u8], &str); 7] = [
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
];

/// What a file is, by its beginning.
pub(super) fn of(head: &[u8]) -> Form {
    match head {
        // Four bytes of a mark are UTF-32, which hardly anybody writes.
        [0xff, 0xfe, 0, 0, ..] => Form::Binary,
        [0xff, 0xfe, ..] => Form::Utf16(Order::Little),
        [0xfe, 0xff, ..] => Form::Utf16(Order::Big),
        _ => match PACKED.iter().find(|(begins, _)| head.starts_with(begins)) {
            // A text may begin with the letters of bzip2 or zip.
            Some((_, by)) if std::str::from_utf8(head).is_err() || head.contains(&0) => Form::Packed(by),
            _ if head.contains(&0) => Form::Binary,
            Some(_) | None => Form::Text,
        },
    }
}

/// What there is to say of what has zero bytes.
const BINARY: &str = "is no text: it has zero bytes, and secrets in it may not be seen; if it is text in another encoding, \
    make UTF-8 of it first, for example with `iconv -t UTF-8`, and look through that";

impl Form {
    /// What is the matter with such a file, with what to do, and whether secrets in it are not seen.
    pub(super) fn matter(self) -> Option<(String, bool)> {
        match self {
            Self::Text => None,
            Self::Utf16(_) => Some((
                "is UTF-16: looked through as text; columns count the bytes of its UTF-8".to_owned(),
                false,
            )),
            Self::Packed(by) => Some((packed(by), true)),
            Self::Binary => Some((BINARY.to_owned(), true)),
        }
    }
}

fn packed(by: &str) -> String {
    let way = match by {
        "zip" | "7z" => "unpack it, and look through the folder".to_owned(),
        _ => format!("unpack it first, for example `{by} -dc FILE | claudectl secrets scan -`"),
    };
    format!("is compressed ({by}): what is in it was not looked through; {way}")
}

/// Reads UTF-16 as UTF-8. Half a character becomes a question mark, and its mark nothing.
pub(super) struct Utf16<R> {
    inner: R,
    order: Order,
    /// A byte of which the other one is not there yet.
    half: Option<u8>,
    /// The first half of a character.
    high: Option<u16>,
    begun: bool,
    ready: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R> Utf16<R> {
    pub(super) fn new(inner: R, order: Order) -> Self {
        let ready = Vec::new();
        Self { inner, order, half: None, high: None, begun: false, ready, taken: 0, ended: false }
    }

    fn take(&mut self, bytes: &[u8]) {
        let mut units = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.high.take());
        for byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            units.push(match self.order {
                Order::Little => u16::from_le_bytes([first, *byte]),
                Order::Big => u16::from_be_bytes([first, *byte]),
            });
        }
        if !self.begun && !units.is_empty() {
            self.begun = true;
            units.remove(0);
        }
        self.high = units.pop_if(|unit| (0xd800..0xdc00).contains(unit));
        self.push(&units);
    }

    fn end(&mut self) {
        self.ended = true;
        let torn = self.half.take().map(|_| 0xdc00);
        let rest: Vec<u16> = self.high.take().into_iter().chain(torn).collect();
        self.push(&rest);
    }

    fn push(&mut self, units: &[u16]) {
        for letter in char::decode_utf16(units.iter().copied()) {
            let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
            self.ready.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut raw = [0; 8 << 10];
        while self.taken == self.ready.len() && !self.ended {
            (self.taken, self.ready) = (0, std::mem::take(&mut self.ready));
            self.ready.clear();
            match self.inner.read(&mut raw)? {
                0 => self.end(),
                count => self.take(&raw[..count]),
            }
        }
        let count = (&self.ready[self.taken..]).read(into)?;
        self.taken += count;
        Ok(count)
    }
}

/// Passes on what it reads, and sees whether it is UTF-8.
pub(super) struct Checked<R> {
    inner: R,
    /// The beginning of a character whose end was not read yet.
    cut: Vec<u8>,
    is_utf8: bool,
    has_zero: bool,
}

impl<R> Checked<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, cut: Vec::new(), is_utf8: true, has_zero: false }
    }

    /// What is the matter with what was read, as [`Form::matter`].
    pub(super) fn matter(&self) -> Option<(String, bool)> {
        let other = "is no UTF-8: looked through all the same, as far as its letters are those of ASCII; \
            make UTF-8 of it first (`iconv -t UTF-8`) to have all of it read";
        match (self.has_zero, self.is_utf8) {
            (true, _) => Form::Binary.matter(),
            (false, false) => Some((other.to_owned(), false)),
            (false, true) => None,
        }
    }

    fn see(&mut self, bytes: &[u8]) {
        self.has_zero = self.has_zero || memchr::memchr(0, bytes).is_some();
        if !self.is_utf8 {
            return;
        }
        let mut rest = bytes;
        // No character has more than four bytes.
        while let (false, [first, more @ ..]) = (self.cut.is_empty(), rest) {
            self.cut.push(*first);
            rest = more;
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return self.is_utf8 = false,
            }
        }
        if let Err(error) = std::str::from_utf8(rest) {
            self.is_utf8 = error.error_len().is_none();
            self.cut = rest[error.valid_up_to()..].to_vec();
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.see(&into[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str, order: Order) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let bytes = |unit: u16| match order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        };
        units.flat_map(bytes).collect()
    }

    /// Gives so many bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = into.len().min(self.1);
            self.0.read(&mut into[..most])
        }
    }

    #[test]
    fn a_file_is_known_by_its_beginning() {
        assert_eq!(of(b"a line\n"), Form::Text);
        assert_eq!(of(b""), Form::Text);
        assert_eq!(of("\u{feff}with its mark".as_bytes()), Form::Text);
        assert_eq!(of(b"caf\xe9"), Form::Text, "said when all of it is read");
        assert_eq!(of(b"\xff\xfea\0"), Form::Utf16(Order::Little));
        assert_eq!(of(b"\xfe\xff\0a"), Form::Utf16(Order::Big));
        assert_eq!(of(b"\xff\xfe\0\0a\0\0\0"), Form::Binary);
        assert_eq!(of(b"a\0b\0"), Form::Binary);
        assert_eq!(of(b"\x1f\x8b\x08\0"), Form::Packed("gzip"));
        assert_eq!(of(b"PK\x03\x04\x14\0"), Form::Packed("zip"));
        assert_eq!(of(b"BZh is how bzip2 begins"), Form::Text);
        for form in [Form::Packed("gzip"), Form::Packed("zip"), Form::Binary] {
            let (why, missed) = form.matter().unwrap();
            assert!(missed && why.starts_with("is ") && why.contains(';'), "{why}");
        }
    }

    #[test]
    fn half_a_character_is_no_reason_to_stop() {
        let mut text = String::new();
        Utf16::new(&b"\xff\xfea\0\x3d\xd8b\0c"[..], Order::Little).read_to_string(&mut text).unwrap();
        assert_eq!(text, "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn what_is_no_utf8_is_seen() {
        let matter = |bytes: &[u8], piece: usize| {
            let mut checked = Checked::new(Pieces(bytes, piece));
            checked.read_to_end(&mut Vec::new()).unwrap();
            checked.matter().map(|(_, missed)| missed)
        };
        for piece in 1..6 {
            assert_eq!(matter("aä日🦀".as_bytes(), piece), None);
            assert_eq!(matter(b"caf\xe9 au lait", piece), Some(false));
            assert_eq!(matter(b"caf\xe9", 9), None, "it may go on");
            assert_eq!(matter(b"late\0", piece), Some(true));
        }
    }

    proptest! {
        #[test]
        fn utf16_is_read_in_whatever_pieces(text in ".{0,60}", piece in 1_usize..9) {
            for order in [Order::Little, Order::Big] {
                let mut read = String::new();
                Utf16::new(Pieces(&utf16(&text, order), piece), order).read_to_string(&mut read).unwrap();
                prop_assert_eq!(&read, &text);
            }
        }

        #[test]
        fn text_is_text_in_whatever_pieces(bytes in proptest::collection::vec(any::<u8>(), 0..40), piece in 1_usize..9) {
            let mut checked = Checked::new(Pieces(&bytes, piece));
            checked.read_to_end(&mut Vec::new()).unwrap();
            let whole = std::str::from_utf8(&bytes);
            let is_torn = whole.is_err_and(|error| error.error_len().is_none());
            prop_assert_eq!(checked.is_utf8, whole.is_ok() || is_torn);
        }
    }
}
