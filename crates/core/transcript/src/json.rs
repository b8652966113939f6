//! A cursor over JSON text that passes over what nobody asked for at memory speed.
//!
//! It does not validate numbers or literals it skips and it never recurses, so neither a deep nor a
//! malformed value can hurt; a value that ends before its closing bracket is reported as torn.

use memchr::memchr;

use crate::block::{BLOCK, quotes, structure};

/// A position in JSON text. All methods return `None` where the text is torn or not JSON.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

/// What a visitor of an object did with the value behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
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

    /// Passes over exactly these bytes.
    #[inline]
    pub(crate) fn literal(&mut self, bytes: &[u8]) -> Option<()> {
        let here = self.text.get(self.at..self.at + bytes.len())?;
        (here == bytes).then(|| self.at += bytes.len())
    }

    /// Passes over white space and returns the next byte without taking it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        match self.text.get(self.at) {
            // Claude Code writes no white space between tokens.
            Some(&byte) if byte > b' ' => Some(byte),
            _ => self.peek_past_space(),
        }
    }

    #[cold]
    fn peek_past_space(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    #[inline]
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
            if visit(key, self)? == Visit::Stop {
                return Some(End::Stopped);
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

    /// Reads an array, calling `visit` at each element, which it has to read.
    #[inline]
    pub(crate) fn array(&mut self, mut visit: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.peek()?;
            visit(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    /// A value of any kind, as it is written.
    #[inline]
    pub(crate) fn raw(&mut self) -> Option<&'a [u8]> {
        self.peek()?;
        let start = self.at;
        self.skip()?;
        self.text.get(start..self.at)
    }

    /// A string's bytes between its quotes, escapes unresolved.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        self.string_tail()
    }

    /// A string, or `None` (and the value passed over) if another kind of value stands here.
    #[inline]
    pub(crate) fn string_or_skip(&mut self) -> Option<Option<&'a [u8]>> {
        if self.peek()? == b'"' {
            self.at += 1;
            self.string_tail().map(Some)
        } else {
            self.skip().map(|()| None)
        }
    }

    #[inline]
    fn string_tail(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.skip_string_tail()?;
        self.text.get(start..self.at - 1)
    }

    /// `true` or `false`; any other value is passed over and counts as `false`.
    pub(crate) fn bool_or_skip(&mut self) -> Option<bool> {
        let is_true = self.peek()? == b't';
        self.skip()?;
        Some(is_true)
    }

    /// A count: digits that 64 bits can hold. Anything else is passed over and counts as zero.
    pub(crate) fn count(&mut self) -> Option<u64> {
        let mut value = 0u64;
        let first = self.peek()?;
        if !first.is_ascii_digit() {
            self.skip()?;
            return Some(0);
        }
        let rest = self.text.get(self.at..)?;
        let digits = rest.iter().map(|byte| byte.wrapping_sub(b'0')).take_while(|digit| *digit < 10);
        let mut whole = true;
        for digit in digits {
            let next = value.checked_mul(10).and_then(|tens: u64| tens.checked_add(u64::from(digit)));
            whole &= next.is_some();
            value = next.unwrap_or(0);
            self.at += 1;
        }
        if matches!(self.text.get(self.at)?, b'.' | b'e' | b'E') {
            whole = false;
            self.skip_scalar();
        }
        Some(if whole { value } else { 0 })
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

    #[inline]
    fn skip_scalar(&mut self) {
        // A bracket and a brace that close differ in the bit of letter case.
        let inside = |byte: &&u8| **byte > b' ' && **byte != b',' && **byte | 0x20 != b'}';
        self.at += self.text.get(self.at..).unwrap_or_default().iter().take_while(inside).count();
    }

    /// Counts brackets of both kinds together: enough to find the end, and no stack to overflow.
    fn skip_container(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            self.at += find_structure(self.text.get(self.at..)?)?;
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => self.skip_string_tail()?,
                b'{' | b'[' => depth += 1,
                _ => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
            }
        }
    }

    /// From behind an opening quote to behind the closing one.
    ///
    /// Keys, ids and times are short of 64 bytes: those are done here, in at most four steps. The start
    /// of a general search would cost more than that.
    #[inline]
    fn skip_string_tail(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let (blocks, _) = rest.as_chunks::<BLOCK>();
        for (at, block) in blocks.iter().take(4).enumerate() {
            let found = quotes(block);
            if found != 0 {
                let length = at * BLOCK + found.trailing_zeros() as usize;
                if length > 0 && rest[length - 1] == b'\\' {
                    break;
                }
                self.at += length + 1;
                return Some(());
            }
        }
        self.skip_long_string()
    }

    /// Looks for quotes only, and then whether an odd number of backslashes makes one part of the
    /// text: code is full of `\\n`, and stopping at each would cost more than all else.
    #[inline(never)]
    fn skip_long_string(&mut self) -> Option<()> {
        let start = self.at;
        loop {
            let quote = self.at + memchr(b'"', self.text.get(self.at..)?)?;
            self.at = quote + 1;
            let escapes = self.text[start..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
            if escapes % 2 == 0 {
                return Some(());
            }
        }
    }
}

/// Index of the first quote or bracket.
#[inline]
fn find_structure(text: &[u8]) -> Option<usize> {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    for (at, block) in blocks.iter().enumerate() {
        let found = structure(block);
        if found != 0 {
            return Some(at * BLOCK + found.trailing_zeros() as usize);
        }
    }
    let seen = text.len() - rest.len();
    rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')).map(|found| seen + found)
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
        for text in
            [r#""a\"b\\""#, r#"{"a":[1,{"b":"}"}]}"#, "[]", "true", "-1.5e3", r#""0123456789abcdef\"x""#]
        {
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
        assert_eq!(count("4.9}"), Some(0));
        assert_eq!(count("null,"), Some(0));
        assert_eq!(count("-3,"), Some(0));
        assert_eq!(count("\"7\","), Some(0));
        assert_eq!(count("18446744073709551615,"), Some(u64::MAX));
        assert_eq!(count("18446744073709551616,"), Some(0), "nothing can be so many");
        assert_eq!(count("12"), None, "a number at the end of the text may go on");
    }

    proptest::proptest! {
        #[test]
        fn strings_end_where_json_says(text in ".*", rest in "[a-z,]*") {
            let json = serde_json::to_string(&text).unwrap();
            proptest::prop_assert_eq!(skipped(&format!("{json},{rest}")), Some(json.len()));
        }
    }
}
