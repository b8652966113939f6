//! The one way in which each thing is written as bytes, so that its hash and its signature mean it and nothing else.
//!
//! Everything begins with what it is: a tag, a zero byte and the number of the format. So nothing signed as one thing can be
//! shown as another, neither within the hive nor to another protocol that signs with the same key. Fields follow in a
//! fixed order; lengths and counts are numbers in groups of seven bits, lowest first, in as few bytes as they need; text
//! is UTF-8. A reader refuses every other way to write the same.

use std::fmt::Write as _;

/// The number of the format that is written and read.
pub const FORMAT: u8 = 1;

/// A version of a claim.
pub const VERSION: &str = "cctl:version";
/// An operation on the members of a hive.
pub const OP: &str = "cctl:op";
/// A hive and an audience.
pub const CLASS: &str = "cctl:class";
/// What makes a claim the same claim.
pub const CLAIM: &str = "cctl:claim";
/// Conditions under which a claim holds.
pub const CONDITION: &str = "cctl:condition";
/// A new key's consent to take the place of an old one.
pub const HEIR: &str = "cctl:heir";
/// Two versions under one number.
pub const PROOF: &str = "cctl:proof";
/// The first frame of a link.
pub const HELLO: &str = "cctl:hello";
/// What a machine holds of a class.
pub const HAVE: &str = "cctl:have";
/// The sum over a class.
pub const DIGEST: &str = "cctl:digest";
/// What a curriculum says.
pub const CURRICULUM: &str = "cctl:curriculum";

/// Why bytes are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// They are something else.
    #[error("not the kind of thing that was expected")]
    Tag,
    /// They are of a format that is not known here.
    #[error("written in format {0}, which this version does not know")]
    Format(u8),
    /// They end too early.
    #[error("cut short")]
    Short,
    /// They go on after their end.
    #[error("followed by what does not belong to it")]
    Trailing,
    /// A number in more bytes than it needs, or beyond 64 bits.
    #[error("a number is not written in the one way there is")]
    Number,
    /// Longer than it may be.
    #[error("{field} is longer than {limit}")]
    TooLong {
        /// What is too long.
        field: &'static str,
        /// How much it may be.
        limit: usize,
    },
    /// No UTF-8.
    #[error("{0} is no text")]
    Text(&'static str),
    /// A value that this field cannot have.
    #[error("{0} has a value that it cannot have")]
    Value(&'static str),
    /// A set that is not written in order, or with something twice.
    #[error("{0} are not in order")]
    Order(&'static str),
}

/// Writes bytes.
#[derive(Debug)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Begins a thing of this kind.
    pub fn new(tag: &str) -> Writer {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(tag.as_bytes());
        bytes.extend_from_slice(&[0, FORMAT]);
        Writer(bytes)
    }

    /// Begins a part whose kind is told elsewhere, by the frame it stands in. Such bytes are never signed or hashed.
    pub fn part(kind: u8) -> Writer {
        Writer(vec![kind])
    }

    /// One byte.
    pub fn byte(&mut self, byte: u8) -> &mut Writer {
        self.0.push(byte);
        self
    }

    /// Bytes whose number the reader knows.
    pub fn fixed(&mut self, bytes: &[u8]) -> &mut Writer {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A number.
    pub fn number(&mut self, mut number: u64) -> &mut Writer {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8)
    }

    /// A number that may be missing.
    pub fn maybe_number(&mut self, number: Option<u64>) -> &mut Writer {
        match number {
            None => self.byte(0),
            Some(number) => self.byte(1).number(number),
        }
    }

    /// 64 bits of which all are used, greatest first.
    pub fn word(&mut self, word: u64) -> &mut Writer {
        self.fixed(&word.to_be_bytes())
    }

    /// Bytes after their number.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Writer {
        self.number(bytes.len() as u64).fixed(bytes)
    }

    /// Text.
    pub fn text(&mut self, text: &str) -> &mut Writer {
        self.bytes(text.as_bytes())
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// The hash of what was written.
    pub fn hash(self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }
}

/// Reads what a [`Writer`] wrote, and nothing else.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Begins to read a thing of this kind.
    pub fn new(bytes: &'a [u8], tag: &str) -> Result<Reader<'a>, BytesError> {
        let rest = bytes.strip_prefix(tag.as_bytes()).ok_or(BytesError::Tag)?;
        let rest = rest.strip_prefix(&[0]).ok_or(BytesError::Tag)?;
        match rest.split_first() {
            Some((&FORMAT, rest)) => Ok(Reader(rest)),
            Some((other, _)) => Err(BytesError::Format(*other)),
            None => Err(BytesError::Short),
        }
    }

    /// Begins to read a part whose kind is told elsewhere.
    pub fn part(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, BytesError> {
        Ok(self.fixed::<1>()?[0])
    }

    /// As many bytes as are known to come.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], BytesError> {
        let (bytes, rest) = self.0.split_first_chunk::<N>().ok_or(BytesError::Short)?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// A number.
    pub fn number(&mut self) -> Result<u64, BytesError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return Err(BytesError::Number);
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                // A last group of zero adds nothing.
                return if byte == 0 && shift > 0 { Err(BytesError::Number) } else { Ok(number) };
            }
        }
        Err(BytesError::Number)
    }

    /// A number that may be missing.
    pub fn maybe_number(&mut self, field: &'static str) -> Result<Option<u64>, BytesError> {
        Ok(if self.flag(field)? { Some(self.number()?) } else { None })
    }

    /// Zero or one.
    pub fn flag(&mut self, field: &'static str) -> Result<bool, BytesError> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(BytesError::Value(field)),
        }
    }

    /// How many of something come, each of them at least one byte.
    pub fn count(&mut self, field: &'static str, limit: usize) -> Result<usize, BytesError> {
        let count = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if count > limit { Err(BytesError::TooLong { field, limit }) } else { Ok(count) }
    }

    /// 64 bits of which all are used.
    pub fn word(&mut self) -> Result<u64, BytesError> {
        Ok(u64::from_be_bytes(self.fixed()?))
    }

    /// Bytes after their number.
    pub fn bytes(&mut self, field: &'static str, limit: usize) -> Result<&'a [u8], BytesError> {
        let length = self.count(field, limit)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(BytesError::Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Text. Any characters: what is shown is cleaned where it is shown.
    pub fn text(&mut self, field: &'static str, limit: usize) -> Result<&'a str, BytesError> {
        std::str::from_utf8(self.bytes(field, limit)?).map_err(|_| BytesError::Text(field))
    }

    /// Nothing may be left.
    pub fn finish(self) -> Result<(), BytesError> {
        if self.0.is_empty() { Ok(()) } else { Err(BytesError::Trailing) }
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// 32 bytes from 64 lower-case hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// A hash that names something.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The id of these bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> $name {
                $name(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::bytes::hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), $crate::bytes::hex(&self.0[..4]))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::bytes::NoId;

            fn from_str(text: &str) -> Result<$name, $crate::bytes::NoId> {
                $crate::bytes::from_hex(text).map($name).ok_or($crate::bytes::NoId)
            }
        }
    };
}
pub(crate) use id;

/// Text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 64 hexadecimal digits")]
pub struct NoId;
