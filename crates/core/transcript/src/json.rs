//! A cursor over JSON text that passes over what nobody asked for at memory speed.
//!
//! It does not validate numbers or literals it skips and it never recurses, so neither a deep nor a
//! malformed value can hurt; a value that ends before its closing bracket is reported as torn.

use memchr::memchr2;

/// A position in JSON text. All methods return `None` where the text is torn or not JSON.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

/// What a visitor of an object did with the value behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Nothing: pass over the value.
    Skip,
    /// The visitor has read the value.
    Taken,
    /// Nothing more of the text is wanted.
    Stop,
}

/// How an object ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// At its closing brace.
    Closed,
    /// Where the visitor said stop.
    Stopped,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Passes over white space and returns the next byte without taking it.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    /// Reads an object, calling `visit` with each key (as written, escapes unresolved).
    #[inline]
    pub(crate) fn object(
        &mut self,
        mut visit: impl FnMut(&'a [u8], &mut Self) -> Option<Visit>,
    ) -> Option<End> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(End::Closed);
        }
        loop {
            let key = self.string()?;
            self.take(b':')?;
            self.peek()?;
            match visit(key, self)? {
                Visit::Skip => self.skip()?,
                Visit::Taken => {}
                Visit::Stop => return Some(End::Stopped),
            }
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(End::Closed);
                }
                _ => return None,
            }
        }
    }

    /// A string's bytes between its quotes, escapes unresolved.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let start = self.at;
        self.skip_string_tail()?;
        Some(&self.text[start..self.at - 1])
    }

    /// A string, or `None` (and the value passed over) if another kind of value stands here.
    pub(crate) fn string_or_skip(&mut self) -> Option<Option<&'a [u8]>> {
        if self.peek()? == b'"' { self.string().map(Some) } else { self.skip().map(|()| None) }
    }

    /// `true` or `false`; any other value is passed over and counts as `false`.
    pub(crate) fn bool_or_skip(&mut self) -> Option<bool> {
        let is_true = self.peek()? == b't';
        self.skip()?;
        Some(is_true)
    }

    /// A count: digits; fractions are cut, anything else is passed over and counts as zero.
    pub(crate) fn count(&mut self) -> Option<u64> {
        let mut value = 0u64;
        let first = self.peek()?;
        if !first.is_ascii_digit() {
            self.skip()?;
            return Some(0);
        }
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            value = value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        match self.text.get(self.at)? {
            b'.' | b'e' | b'E' => {
                self.skip_scalar();
                Some(value)
            }
            _ => Some(value),
        }
    }

    /// Passes over one value of any kind.
    #[inline]
    pub(crate) fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.skip_string_tail()
            }
            b'{' | b'[' => self.skip_container(),
            b'}' | b']' | b',' | b':' => None,
            _ => {
                self.skip_scalar();
                Some(())
            }
        }
    }

    fn skip_scalar(&mut self) {
        while self
            .text
            .get(self.at)
            .is_some_and(|byte| !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
        {
            self.at += 1;
        }
    }

    /// Counts brackets of both kinds together: enough to find the end, and no stack to overflow.
    fn skip_container(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => self.skip_string_tail()?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => {}
            }
        }
    }

    /// From behind an opening quote to behind the closing one.
    ///
    /// Most strings are keys and ids of a few bytes: eight bytes are looked at in one step before the
    /// vector search, whose start costs more than a short string.
    #[inline]
    fn skip_string_tail(&mut self) -> Option<()> {
        loop {
            let rest = self.text.get(self.at..)?;
            let found = match rest.first_chunk::<8>().map(|word| first_of_two(*word)) {
                Some(Some(offset)) => offset,
                _ => memchr2(b'"', b'\\', rest)?,
            };
            self.at += found + 1;
            if rest[found] == b'"' {
                return Some(());
            }
            self.at += 1; // the escaped byte
        }
    }
}

/// Index of the first quote or backslash among eight bytes.
#[inline]
fn first_of_two(word: [u8; 8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let zero = |x: u64| x.wrapping_sub(ONES) & !x & HIGH;
    let hits = zero(word ^ (ONES * b'"' as u64)) | zero(word ^ (ONES * b'\\' as u64));
    // The lowest set bit is exact; higher ones may be false, and are not looked at.
    (hits != 0).then(|| hits.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(text: &str) -> Option<usize> {
        let mut cursor = Cursor::new(text.as_bytes());
        cursor.skip().map(|()| cursor.position())
    }

    #[test]
    fn values_are_passed_over_whole() {
        for text in [r#""a\"b\\""#, r#"{"a":[1,{"b":"}"}]}"#, "[]", "true", "-1.5e3", r#""0123456789abcdef\"x""#] {
            assert_eq!(skipped(&format!("{text},")), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn torn_values_are_torn() {
        for text in [r#""abc"#, r#"{"a":"#, "[1,2", r#""abc\"#, "", "  ", "}"] {
            assert_eq!(skipped(text), None, "{text}");
        }
    }

    #[test]
    fn depth_needs_no_stack() {
        let text = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(skipped(&text), Some(2_000_000));
    }

    #[test]
    fn counts() {
        let count = |text: &str| Cursor::new(text.as_bytes()).count();
        assert_eq!(count("42,"), Some(42));
        assert_eq!(count("4.9}"), Some(4));
        assert_eq!(count("null,"), Some(0));
        assert_eq!(count("-3,"), Some(0));
        assert_eq!(count("\"7\","), Some(0));
        assert_eq!(count("99999999999999999999999,"), Some(u64::MAX));
        assert_eq!(count("12"), None, "a number at the end of the text may go on");
    }

    proptest::proptest! {
        #[test]
        fn the_word_search_finds_the_first(bytes in proptest::array::uniform8(proptest::prelude::any::<u8>())) {
            let slow = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            proptest::prop_assert_eq!(first_of_two(bytes), slow);
        }
    }
}
