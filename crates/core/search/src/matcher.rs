//! Where in a text a query is met.

use std::ops::Range;

use crate::query::{Phrase, Query};
use crate::words::{Kind, Words};

/// A place where one of a query's terms is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// Which of the terms that must be there, in the order of [`Query::with`].
    pub term: usize,
}

/// Finds what a query looks for.
#[derive(Debug)]
pub struct Matcher<'q> {
    phrases: Vec<(usize, &'q Phrase)>,
    /// How many terms there are.
    terms: usize,
    words: Words,
    found: Found,
}

/// The words of a text, as the index has them.
#[derive(Debug, Default)]
struct Found {
    text: String,
    words: Vec<(Kind, Range<usize>, Range<usize>)>,
}

impl<'q> Matcher<'q> {
    /// For a query.
    #[must_use]
    pub fn new(query: &'q Query) -> Self {
        let terms: Vec<_> = query.with().collect();
        let phrases =
            terms.iter().enumerate().flat_map(|(at, term)| term.ways.iter().map(move |way| (at, way)));
        Self {
            phrases: phrases.collect(),
            terms: terms.len(),
            words: Words::default(),
            found: Found::default(),
        }
    }

    /// How many terms must be there, on all sides of an `OR` together.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.terms
    }

    /// All places, in the order of the text; of those that overlap the longest.
    pub fn met(&mut self, text: &str) -> Vec<Met> {
        let Self { phrases, words, found, .. } = self;
        found.text.clear();
        found.words.clear();
        words.each(text, |kind, word, range| {
            let start = found.text.len();
            found.text.push_str(word);
            found.words.push((kind, start..found.text.len(), range));
        });
        let mut met: Vec<Met> = Vec::new();
        for at in 0..found.words.len() {
            for (term, phrase) in phrases.iter() {
                if let Some(range) = found.meets(phrase, at, text) {
                    met.push(Met { range, term: *term });
                }
            }
        }
        met.sort_by_key(|met| (met.range.start, std::cmp::Reverse(met.range.end)));
        let mut end = 0;
        met.retain(|met| {
            let beyond = met.range.start >= end;
            end = end.max(met.range.end);
            beyond
        });
        met
    }
}

impl Found {
    fn word(&self, at: usize) -> Option<&str> {
        self.words.get(at).map(|(_, word, _)| &self.text[word.clone()])
    }

    /// Where a phrase stands that begins with this word.
    fn meets(&self, phrase: &Phrase, at: usize, text: &str) -> Option<Range<usize>> {
        let last = phrase.words.len() - 1;
        let same = |(offset, wanted): (usize, &String)| {
            self.word(at + offset).is_some_and(|word| match phrase.prefix && offset == last {
                true => word.starts_with(wanted.as_str()),
                false => word == wanted,
            })
        };
        if !phrase.words.iter().enumerate().all(same) {
            return None;
        }
        let (kind, _, range) = &self.words[at + last];
        let end = match kind {
            // One character was looked for.
            Kind::Pair if phrase.prefix => range.start + text[range.clone()].chars().next()?.len_utf8(),
            _ => range.end,
        };
        Some(self.words[at].2.start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(query: &str, text: &str) -> Vec<(usize, String)> {
        let query = Query::parse(query).unwrap();
        let met = Matcher::new(&query).met(text);
        met.into_iter().map(|met| (met.term, text[met.range].to_owned())).collect()
    }

    fn texts(query: &str, text: &str) -> Vec<String> {
        met(query, text).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn terms_are_met_where_the_index_meets_them() {
        assert_eq!(
            met("key foreign", "Foreign KEY, key"),
            [(1, "Foreign".into()), (0, "KEY".into()), (0, "key".into())]
        );
        assert_eq!(texts("\"foreign key\"", "a foreign-key; key foreign"), ["foreign-key"]);
        assert_eq!(texts("foo_bar", "foo bar, fooBar foo_baz foo.bar()"), ["foo bar", "fooBar", "foo.bar"]);
        assert_eq!(texts("fooBar", "foobar foo_bar Foo"), ["foobar", "foo_bar"]);
        assert_eq!(texts("user", "getUserName"), ["User"]);
        assert_eq!(texts("conf*", "config: conf conflict"), ["config", "conf", "conflict"]);
        assert_eq!(texts("a -b", "a b"), ["a"]);
        assert_eq!(met("a OR b", "b a"), [(1, "b".into()), (0, "a".into())]);
    }

    #[test]
    fn scripts_without_spaces() {
        assert_eq!(texts("検索", "全文検索の検索"), ["検索", "検索"]);
        assert_eq!(texts("文検索", "全文検索"), ["文検索"]);
        assert_eq!(texts("索", "検索、索引"), ["索", "索"]);
        assert_eq!(texts("cafe", "Café cafe\u{301}"), ["Café", "cafe"]);
    }

    #[test]
    fn of_what_overlaps_the_longest_counts() {
        assert_eq!(texts("main src/main.rs", "see src/main.rs"), ["src/main.rs"]);
    }
}
