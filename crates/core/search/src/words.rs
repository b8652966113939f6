//! What a word is: the one answer that index, query and highlighting share.
//!
//! * Letters and digits in a row are a word; everything else stands between words. Case and accents do not count.
//! * `foo_bar`, `foo-bar`, `src/main.rs` are words that follow each other: found by each, and as a whole as what
//!   follows each other.
//! * `getUserName` is a word, and so are, in a place of their own, its humps `get user name` in a row: it is found
//!   by itself, by each hump, and by whoever wrote it `get_user_name`.
//! * Scripts without spaces (Chinese, Japanese, Korean, Thai, ...) are taken in pairs of characters that overlap,
//!   and the last one by itself: any two characters or more are found wherever they stand, and one alone as the
//!   beginning of a pair.
//! * A picture (emoji) is a word.
//! * Of a longer word the first [`MAX_WORD`] bytes count; one of more than [`MAX_RUN`] is none.

use std::ops::Range;

use crate::fold::{Class, class, fold};

/// Bytes of a word that count.
pub const MAX_WORD: usize = 64;
/// Longer runs of letters are data.
pub const MAX_RUN: usize = 128;

/// Stands around the humps of a name, so that those of two names do not follow each other. Of a private use, so no
/// word that anybody types.
pub const BREAK: &str = "\u{e000}";

/// What a word is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole one.
    Whole,
    /// Two characters of a script without spaces.
    Pair,
    /// The last character of such a script.
    Last,
    /// A part of one that was told before.
    Hump,
    /// [`BREAK`].
    Break,
}

/// Finds words; keeps its memory from text to text.
#[derive(Debug, Default)]
pub struct Words {
    /// Where names with humps stand.
    humped: Vec<Range<usize>>,
    /// A word that is not as it is written.
    folded: String,
}

/// What a byte is to the search for the ends of words.
const GAP: u8 = 0;
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const HIGH: u8 = 4;

const BYTES: [u8; 256] = {
    let mut bytes = [GAP; 256];
    let mut byte = 0;
    while byte < 256 {
        bytes[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            0x80.. => HIGH,
            _ => GAP,
        };
        byte += 1;
    }
    bytes
};

impl Words {
    /// Calls `tell` with each word and where in the text it stands: first those that follow each other in the text,
    /// then the humps of names, those of each name between breaks.
    pub fn each(&mut self, text: &str, mut tell: impl FnMut(Kind, &str, Range<usize>)) {
        self.humped.clear();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if BYTES[usize::from(byte)] == GAP {
                at += 1;
                continue;
            }
            let (start, mut seen) = (at, GAP);
            while let Some(kind) =
                bytes.get(at).map(|byte| BYTES[usize::from(*byte)]).filter(|kind| *kind != GAP)
            {
                seen |= kind;
                at += 1;
            }
            if seen & HIGH == 0 {
                self.ascii(text, start..at, seen, &mut tell);
            } else {
                self.mixed(text, start..at, &mut tell);
            }
        }
        self.humps(text, tell);
    }

    fn ascii(
        &mut self,
        text: &str,
        range: Range<usize>,
        seen: u8,
        tell: &mut impl FnMut(Kind, &str, Range<usize>),
    ) {
        if range.len() > MAX_RUN {
            return;
        }
        let word = &text[range.start..range.end.min(range.start + MAX_WORD)];
        if seen & CAPITAL == 0 {
            return tell(Kind::Whole, word, range);
        }
        self.folded.clear();
        self.folded.push_str(word);
        self.folded.make_ascii_lowercase();
        tell(Kind::Whole, &self.folded, range.clone());
        if seen & SMALL != 0 {
            self.humped.push(range);
        }
    }

    /// A run with letters beyond ASCII, among which may be signs and scripts without spaces.
    fn mixed(&mut self, text: &str, range: Range<usize>, tell: &mut impl FnMut(Kind, &str, Range<usize>)) {
        let (mut word, mut before): (Option<Range<usize>>, Option<Range<usize>>) = (None, None);
        for (offset, letter) in text[range.clone()].char_indices() {
            let start = range.start + offset;
            let here = start..start + letter.len_utf8();
            match class(letter) {
                Class::Ignored => continue,
                Class::Word => {
                    word.get_or_insert(here.clone()).end = here.end;
                    self.last(text, before.take(), tell);
                }
                Class::Dense => {
                    self.word(text, word.take(), tell);
                    if let Some(before) = &before {
                        self.folded(Kind::Pair, text, before.start..here.end, tell);
                    }
                    before = Some(here);
                }
                Class::Symbol => {
                    self.word(text, word.take(), tell);
                    self.last(text, before.take(), tell);
                    self.folded(Kind::Whole, text, here, tell);
                }
                Class::Gap => {
                    self.word(text, word.take(), tell);
                    self.last(text, before.take(), tell);
                }
            }
        }
        self.word(text, word, tell);
        self.last(text, before, tell);
    }

    fn word(
        &mut self,
        text: &str,
        range: Option<Range<usize>>,
        tell: &mut impl FnMut(Kind, &str, Range<usize>),
    ) {
        let Some(range) = range else { return };
        let bytes = &text.as_bytes()[range.clone()];
        let seen = bytes.iter().fold(GAP, |seen, byte| seen | BYTES[usize::from(*byte)]);
        if seen & HIGH == 0 {
            self.ascii(text, range, seen, tell);
        } else {
            self.folded(Kind::Whole, text, range, tell);
        }
    }

    fn last(
        &mut self,
        text: &str,
        range: Option<Range<usize>>,
        tell: &mut impl FnMut(Kind, &str, Range<usize>),
    ) {
        if let Some(range) = range {
            self.folded(Kind::Last, text, range, tell);
        }
    }

    fn folded(
        &mut self,
        kind: Kind,
        text: &str,
        range: Range<usize>,
        tell: &mut impl FnMut(Kind, &str, Range<usize>),
    ) {
        if range.len() > MAX_RUN {
            return;
        }
        self.folded.clear();
        text[range.clone()].chars().for_each(|letter| fold(letter, |letter| self.folded.push(letter)));
        self.folded.truncate(self.folded.floor_char_boundary(MAX_WORD));
        tell(kind, &self.folded, range);
    }

    fn humps(&mut self, text: &str, mut tell: impl FnMut(Kind, &str, Range<usize>)) {
        for range in &self.humped {
            let word = &text.as_bytes()[range.clone()];
            if !is_name(word) {
                continue;
            }
            tell(Kind::Break, BREAK, range.clone());
            each_hump(word, |hump| {
                let hump = range.start + hump.start..range.start + hump.end;
                self.folded.clear();
                self.folded.push_str(&text[hump.clone()]);
                self.folded.make_ascii_lowercase();
                tell(Kind::Hump, &self.folded, hump);
            });
        }
    }
}

/// Whether a word with small letters and capitals is a name with humps: of several, and not so short as those that
/// chance makes in data.
fn is_name(word: &[u8]) -> bool {
    let mut humps = 0;
    each_hump(word, |_| humps += 1);
    let numbers = word.split(|letter| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty()).count();
    humps > 1 && word.len() <= MAX_WORD && (humps <= 3 || word.len() >= 3 * humps && numbers < 2)
}

/// The parts that begin with a capital; those of one letter are left out.
fn each_hump(word: &[u8], mut tell: impl FnMut(Range<usize>)) {
    let mut start = 0;
    for at in 1..=word.len() {
        let ends = match word.get(at) {
            None => true,
            Some(letter) if letter.is_ascii_uppercase() => {
                let next_is_small = word.get(at + 1).is_some_and(u8::is_ascii_lowercase);
                !word[at - 1].is_ascii_uppercase() || next_is_small
            }
            Some(_) => false,
        };
        if ends {
            if at - start > 1 {
                tell(start..at);
            }
            start = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str) -> Vec<(Kind, String, String)> {
        let mut all = Vec::new();
        Words::default()
            .each(text, |kind, word, range| all.push((kind, word.to_owned(), text[range].to_owned())));
        all
    }

    fn words(text: &str) -> String {
        let words: Vec<String> = told(text).into_iter().map(|(_, word, _)| word).collect();
        words.join(" ").replace(BREAK, "|")
    }

    #[test]
    fn words_of_code() {
        assert_eq!(words("fn foo_bar(x: &str) -> src/main.rs;"), "fn foo bar x str src main rs");
        assert_eq!(
            words("getUserName v2 HTTPServer"),
            "getusername v2 httpserver | get user name | http server"
        );
        assert_eq!(words("README x86_64 SHA256 don't"), "readme x86 64 sha256 don t");
        assert_eq!(words("getX iPhone parseURL"), "getx iphone parseurl | parse url");
        assert_eq!(words("--force foo.bar() \"a\\b\""), "force foo bar a b");
        assert_eq!(words("aGVsbG8gd29ybGQhIQ"), "agvsbg8gd29ybgqhiq", "no name");
    }

    #[test]
    fn words_of_many_scripts() {
        assert_eq!(words("Größe naïve Ünï"), "große naive uni");
        assert_eq!(words("全文検索"), "全文 文検 検索 索");
        assert_eq!(words("SQLite検索をfooBarで。"), "sqlite 検索 索を を foobar で | sq lite | foo bar");
        assert_eq!(words("ค้นหา"), "ค้ ้น นห หา า");
        assert_eq!(words("e\u{301}te\u{301} Поиск ΑΒ"), "ete поиск αβ");
        assert_eq!(words("done 🚀✅ ok"), "done 🚀 ✅ ok");
        assert_eq!(words("「」、 — … ()[]{} \u{301}"), "");
    }

    #[test]
    fn what_is_no_word() {
        assert_eq!(words(&"y".repeat(MAX_RUN + 1)), "");
        assert_eq!(words(&"y".repeat(MAX_RUN)), "y".repeat(MAX_WORD));
        assert_eq!(words(&"é".repeat(MAX_RUN / 2)), "e".repeat(MAX_WORD));
    }

    #[test]
    fn words_stand_where_they_are_said_to() {
        let spans: Vec<_> =
            told("a parseURL 検索中").into_iter().map(|(kind, _, text)| (kind, text)).collect();
        let expected = [
            (Kind::Whole, "a"),
            (Kind::Whole, "parseURL"),
            (Kind::Pair, "検索"),
            (Kind::Pair, "索中"),
            (Kind::Last, "中"),
            (Kind::Break, "parseURL"),
            (Kind::Hump, "parse"),
            (Kind::Hump, "URL"),
        ];
        assert_eq!(spans, expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    proptest! {
        /// What the index's own tokenizer makes of words is what they are.
        #[test]
        fn words_have_no_space_and_no_sign(text in "\\PC{0,40}|[a-zA-Z_. é検\u{301}ไ่🚀-]{0,40}") {
            for (kind, word, _) in told(&text) {
                prop_assert!(!word.is_empty() || kind == Kind::Whole, "{word:?}");
                prop_assert!(word.len() <= MAX_WORD);
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte >= 0x80;
                prop_assert!(word.bytes().all(plain), "{word:?}");
            }
        }

        #[test]
        fn case_and_accents_do_not_count(text in "[a-zA-Z éÉñÑÅå]{0,40}") {
            let plain = |text: &str| {
                told(text).into_iter().filter(|(kind, ..)| *kind == Kind::Whole).map(|(_, word, _)| word).collect::<Vec<_>>()
            };
            prop_assert_eq!(plain(&text), plain(&text.to_uppercase()));
        }
    }
}
