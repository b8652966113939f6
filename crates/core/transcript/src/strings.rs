//! Every string of a line with what leads to it: for looking through all of a transcript, whatever rows it has.
//!
//! Strings are told as they are written; [`decode`] makes text of one, and [`places`] finds in the written form what
//! was found in the text, so that a piece of it can be replaced and all else stays byte for byte.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter};

use crate::json::{Cursor, Visit};
use crate::passage::{escape, unescape};

/// How deep values are followed. What is nested deeper is told in one piece.
const MAX_DEPTH: usize = 64;

/// A step from the outside of a line to a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Into the value of a key, as it is written.
    Key(&'a [u8]),
    /// Into an element.
    At(usize),
}

/// What kind of piece of a line is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Value,
    /// The name of a value.
    Key,
    /// A part that was not taken apart: of a torn line, or nested too deep.
    Piece,
}

/// A string of a line.
#[derive(Debug, Clone, Copy)]
pub struct Text<'s, 'a> {
    /// What it is.
    pub kind: Kind,
    /// What leads to it. Of a key, to the object that has it.
    pub path: &'s [Step<'a>],
    /// What names it: the key that it stands behind or, in `{"name": "X", "value": "…"}`, what stands behind `name`.
    pub name: Option<&'a [u8]>,
    /// As it is written, without its quotes.
    pub raw: &'a [u8],
    /// Where that begins in the line.
    pub start: usize,
}

/// Tells of each string and key of a line (without its newline), in order. Of a line that is no whole JSON object, all is
/// told as one piece. Returns whether it was whole, or blank.
pub fn each<'a>(line: &'a [u8], mut tell: impl FnMut(Text<'_, 'a>)) -> bool {
    if is_whole(line) {
        let mut walk = Walk { line, path: Vec::new(), tell: &mut tell };
        // Whole brackets may still hold what is no JSON; what stands behind that is told in one piece.
        let mut cursor = Cursor::new(line);
        if walk.value(&mut cursor, None).is_none() {
            let start = cursor.position();
            walk.piece(&line[start..], start);
        }
        return true;
    }
    let is_blank = line.trim_ascii().is_empty();
    if !is_blank {
        tell(Text { kind: Kind::Piece, path: &[], name: None, raw: line, start: 0 });
    }
    is_blank
}

/// Whether a line is one object and nothing else, as far as its brackets say.
#[must_use]
pub fn is_whole(line: &[u8]) -> bool {
    let trimmed = line.trim_ascii();
    let mut cursor = Cursor::new(trimmed);
    trimmed.first() == Some(&b'{') && cursor.skip().is_some() && cursor.position() == trimmed.len()
}

struct Walk<'w, 'a, F> {
    line: &'a [u8],
    path: Vec<Step<'a>>,
    tell: &'w mut F,
}

impl<'a, F: FnMut(Text<'_, 'a>)> Walk<'_, 'a, F> {
    fn value(&mut self, cursor: &mut Cursor<'a>, name: Option<&'a [u8]>) -> Option<()> {
        match cursor.peek()? {
            b'"' => {
                let raw = cursor.string()?;
                self.told(Kind::Value, name, raw, cursor.position() - 1 - raw.len());
                Some(())
            }
            b'{' | b'[' if self.path.len() == MAX_DEPTH => {
                let raw = cursor.raw()?;
                self.piece(raw, cursor.position() - raw.len());
                Some(())
            }
            b'{' => self.object(cursor),
            b'[' => {
                let mut index = 0;
                cursor.array(|cursor| {
                    self.path.push(Step::At(index));
                    index += 1;
                    let read = self.value(cursor, name);
                    self.path.pop();
                    read
                })
            }
            _ => cursor.skip(),
        }
    }

    fn object(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let mut sibling = None;
        cursor.object(|key, cursor| {
            let start = self.offset_of(key);
            self.told(Kind::Key, None, key, start);
            if matches!(key, b"name" | b"key" | b"Name" | b"Key") {
                sibling = cursor.clone().string_or_skip().flatten();
            }
            let name = if matches!(key, b"value" | b"Value") { sibling.or(Some(key)) } else { Some(key) };
            self.path.push(Step::Key(key));
            let read = self.value(cursor, name);
            self.path.pop();
            read.map(|()| Visit::Taken)
        })?;
        Some(())
    }

    /// Where a part of the line stands in it.
    fn offset_of(&self, part: &'a [u8]) -> usize {
        part.as_ptr().addr().saturating_sub(self.line.as_ptr().addr())
    }

    fn told(&mut self, kind: Kind, name: Option<&'a [u8]>, raw: &'a [u8], start: usize) {
        (self.tell)(Text { kind, path: &self.path, name, raw, start });
    }

    fn piece(&mut self, raw: &'a [u8], start: usize) {
        self.told(Kind::Piece, None, raw, start);
    }
}

/// The text of a string as it is written. What is no UTF-8, and half a character, becomes a question mark.
#[must_use]
pub fn decode(raw: &[u8]) -> Cow<'_, str> {
    if memchr(b'\\', raw).is_none() {
        return String::from_utf8_lossy(raw);
    }
    let mut text = String::new();
    unescape(&mut text, raw);
    Cow::Owned(text)
}

/// Where parts of [`decode`]'s text stand in what was written. Escapes are not cut in two. Parts are in order and do not
/// overlap.
#[must_use]
pub fn places<'p>(raw: &[u8], parts: impl IntoIterator<Item = &'p Range<usize>>) -> Vec<Range<usize>> {
    let lossy = String::from_utf8_lossy(raw);
    let (mut at, mut made) = (0, 0);
    let mut next = || {
        let (letter, length) = match lossy.as_bytes().get(at)? {
            b'\\' => escape(&lossy.as_bytes()[at..]),
            _ => lossy[at..].chars().next().map(|letter| (letter, letter.len_utf8()))?,
        };
        let begun = (at, made);
        made += letter.len_utf8();
        at = lossy.ceil_char_boundary((at + length).min(lossy.len()));
        Some((begun, made))
    };
    let mut letter = next();
    let mut written = Vec::new();
    for part in parts {
        while letter.is_some_and(|(_, end)| end <= part.start) {
            letter = next();
        }
        let start = letter.map_or(lossy.len(), |((at, _), _)| at);
        while letter.is_some_and(|((_, made), _)| made < part.end) {
            letter = next();
        }
        written.push(start..letter.map_or(lossy.len(), |((at, _), _)| at));
    }
    lossy_places(raw, &written)
}

/// Where parts of a text stand in its bytes, if what is no UTF-8 has been replaced in the text. Parts are in order and
/// do not overlap.
#[must_use]
pub fn lossy_places<'p>(raw: &[u8], parts: impl IntoIterator<Item = &'p Range<usize>>) -> Vec<Range<usize>> {
    let mut chunks = raw.utf8_chunks();
    // Of the chunk at hand: where it begins in the bytes and in the text, and how much of it is text.
    let (mut at, mut made, mut valid, mut invalid) = (0, 0, 0, 0);
    let mut offset = |wanted: usize| {
        while wanted > made + valid {
            let replaced = if invalid == 0 { 0 } else { char::REPLACEMENT_CHARACTER.len_utf8() };
            if wanted < made + valid + replaced {
                break;
            }
            (at, made) = (at + valid + invalid, made + valid + replaced);
            let Some(chunk) = chunks.next() else { return raw.len() };
            (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
        }
        (at + wanted.saturating_sub(made).min(valid)).min(raw.len())
    };
    parts.into_iter().map(|part| offset(part.start)..offset(part.end)).collect()
}

/// How many newlines stand before an offset, and where the line that it is in begins.
#[must_use]
pub fn line_of(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let breaks = memchr_iter(b'\n', before).count();
    (breaks, memchr::memrchr(b'\n', before).map_or(0, |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What was told, each with its path as people write it.
    fn told(line: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(line.as_bytes(), |text| {
            let mut path = String::new();
            for step in text.path {
                match step {
                    Step::Key(key) => path += &format!(".{}", String::from_utf8_lossy(key)),
                    Step::At(index) => path += &format!("[{index}]"),
                }
            }
            assert_eq!(&line.as_bytes()[text.start..text.start + text.raw.len()], text.raw);
            let name = text.name.map(String::from_utf8_lossy).unwrap_or_default();
            all.push(format!("{:?} {path} {name} {}", text.kind, String::from_utf8_lossy(text.raw)));
        });
        all
    }

    #[test]
    fn strings_with_what_leads_to_them() {
        let line = r#" {"a":"x\n","b":{"c":["y",7,{"d":"z"}]},"env":[{"name":"TOKEN","value":"v"}]} "#;
        let values: Vec<String> = told(line).into_iter().filter(|text| text.starts_with("Value")).collect();
        assert_eq!(
            values,
            [
                "Value .a a x\\n",
                "Value .b.c[0] c y",
                "Value .b.c[2].d d z",
                "Value .env[0].name name TOKEN",
                "Value .env[0].value TOKEN v",
            ]
        );
        assert_eq!(told(r#"{"k":1}"#), ["Key   k"]);
    }

    #[test]
    fn what_is_not_whole_is_told_in_one_piece() {
        for torn in [r#"{"a":"x"#, "no JSON", "[1]", r#"{"a":1}{"b":2}"#, "{"] {
            assert!(!each(torn.as_bytes(), |_| {}), "{torn}");
            assert_eq!(told(torn), [format!("Piece   {torn}")]);
        }
        assert!(told("  ").is_empty());
        let odd = r#"{"a":"x",,"b":"y"}"#;
        assert_eq!(told(odd), ["Key   a", "Value .a a x", "Piece   ,\"b\":\"y\"}"]);
        let deep = format!("{{\"a\":{}\"s\"{}}}", "[".repeat(100), "]".repeat(100));
        assert!(told(&deep)[1].starts_with("Piece .a[0]") && told(&deep)[1].contains("\"s\""));
    }

    #[test]
    fn a_part_of_the_text_is_found_where_it_is_written() {
        let find = |raw: &[u8], part: &str| {
            let text = decode(raw).into_owned();
            let at = text.find(part).unwrap();
            raw[places(raw, [&(at..at + part.len())]).remove(0)].to_vec()
        };
        assert_eq!(find(br"a\nb\u00e9\ud83d\ude00c", "\u{e9}\u{1f600}"), br"\u00e9\ud83d\ude00");
        assert_eq!(find(b"x\xff\xfe\\ny\\\"z\xff", "y\"z"), b"y\\\"z");
        assert_eq!(find(b"\xe2\x82token", "token"), b"token");
        assert_eq!(find(b"token\\", "token"), b"token");
    }

    #[test]
    fn what_was_replaced_counts_for_what_it_was() {
        let bytes = b"\xffab\xe2\x82c\xfe";
        let text = String::from_utf8_lossy(bytes).into_owned();
        let part = |part: &str| text.find(part).map(|at| at..at + part.len()).unwrap();
        assert_eq!(lossy_places(bytes, [&part("ab"), &part("c")]), [1..3, 5..6]);
        assert_eq!(lossy_places(bytes, [&(0..text.len())])[0], 0..bytes.len());
        assert_eq!(lossy_places(b"abc", [&(1..2)])[0], 1..2);
    }

    #[test]
    fn lines_are_counted() {
        assert_eq!(line_of(b"a\nbc\nd", 0), (0, 0));
        assert_eq!(line_of(b"a\nbc\nd", 4), (1, 2));
        assert_eq!(line_of(b"a\nbc\nd", 99), (2, 5));
    }

    proptest! {
        #[test]
        fn every_part_comes_back(before in "\\PC*", part in "[\\PC\n\"\\\\]+", after in "\\PC*") {
            let text = format!("{before}{part}{after}");
            let json = serde_json::to_string(&text).unwrap();
            let raw = &json.as_bytes()[1..json.len() - 1];
            let (from, to) = (before.len(), before.len() + part.len());
            prop_assert_eq!(&decode(raw)[..], &text);
            let found = places(raw, [&(0..from), &(from..to), &(to..text.len())]);
            let parts: Vec<_> = found.iter().map(|place| decode(&raw[place.clone()]).into_owned()).collect();
            prop_assert_eq!(parts, [before, part, after]);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), from in 0usize..80, len in 0usize..80) {
            each(&bytes, |_| {});
            let text = decode(&bytes).into_owned();
            let (from, to) = (text.floor_char_boundary(from.min(text.len())), text.floor_char_boundary((from + len).min(text.len())));
            if from <= to {
                for found in [places(&bytes, [&(0..from), &(from..to)]), lossy_places(&bytes, [&(0..from), &(from..to)])] {
                    prop_assert!(found.iter().all(|place| place.start <= place.end && place.end <= bytes.len()));
                    prop_assert!(found[0].end <= found[1].start);
                }
            }
        }
    }
}
