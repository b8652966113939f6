//! What a person typed, as what is looked for.
//!
//! Words must all be there; `"a phrase"` follows each other; `word*` is a beginning; `-word` and `NOT word` must not be
//! there; `OR` stands between alternatives and takes all that is on either side of it. Any other sign only separates
//! words, as it does in the texts: `foo.bar()` is `foo` followed by `bar`, `--force` is `force`.

use crate::words::{Kind, Words};

/// So many words make a query.
const MAX_WORDS: usize = 64;
/// A beginning has so many letters, or it would be that of half of all words.
const LEAST_PREFIX: usize = 2;

/// What is looked for: any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The alternatives; none is empty.
    pub any: Vec<All>,
}

/// All of one side of an `OR`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct All {
    /// What must be there; at least one.
    pub with: Vec<Term>,
    /// What must not.
    pub without: Vec<Term>,
}

/// A word, or what was typed without a space in it, or in quotes: any of these phrases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it was typed, without quotes, dash and star.
    pub typed: String,
    /// How it may be met.
    pub ways: Vec<Phrase>,
}

/// Words that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The words; at least one.
    pub words: Vec<String>,
    /// The last one is only a beginning.
    pub prefix: bool,
}

/// Why a query means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Nothing was typed.
    #[error("there is nothing to look for")]
    Empty,
    /// Signs only.
    #[error("there is no word in {0:?}")]
    NoWord(String),
    /// Only what must not be there.
    #[error("{0:?} only says what must not be there")]
    OnlyWithout(String),
    /// The beginning of too many words.
    #[error("{0:?} is the beginning of too many words")]
    ShortPrefix(String),
    /// More words than any text is remembered by.
    #[error("a query of more than {MAX_WORDS} words")]
    TooLong,
}

impl QueryError {
    /// What to type instead.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::NoWord(_) => "type a word with a letter or a digit in it, or a picture",
            Self::OnlyWithout(_) => {
                "add a word that must be there; to look for a word behind a dash, put it into quotes"
            }
            Self::ShortPrefix(_) => "type two letters or more before the `*`",
            Self::TooLong => "take the words that are seldom",
        }
    }
}

/// A part of what was typed.
#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    text: &'a str,
    quoted: bool,
    /// Behind a dash.
    without: bool,
    /// Before a star.
    prefix: bool,
}

impl Query {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Where it means nothing; see [`QueryError`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let parts = parts(text);
        let (mut any, mut all, mut next_without, mut count) = (Vec::new(), All::default(), false, 0);
        for (at, part) in parts.iter().enumerate() {
            let between = at > 0 && at + 1 < parts.len();
            match part.text {
                "OR" if !part.quoted && between => any.push(std::mem::take(&mut all)),
                "AND" if !part.quoted && between => {}
                "NOT" if !part.quoted && at + 1 < parts.len() => next_without = true,
                _ => {
                    let without = std::mem::take(&mut next_without) || part.without;
                    let Some(term) = term(part)? else { continue };
                    count += term.ways.iter().map(|way| way.words.len()).sum::<usize>();
                    if without { all.without.push(term) } else { all.with.push(term) }
                }
            }
        }
        any.push(all);
        if count > MAX_WORDS {
            return Err(QueryError::TooLong);
        }
        // A side without a word in it is no alternative.
        any.retain(|all| !all.with.is_empty() || !all.without.is_empty());
        match any.iter().any(|all| all.with.is_empty()) {
            true => Err(QueryError::OnlyWithout(text.trim().to_owned())),
            false if any.is_empty() && text.trim().is_empty() => Err(QueryError::Empty),
            false if any.is_empty() => Err(QueryError::NoWord(text.trim().to_owned())),
            false => Ok(Self { any }),
        }
    }

    /// The query in the language of FTS5. Words are letters and digits only, so nothing in them means anything there.
    #[must_use]
    pub fn fts(&self) -> String {
        self.any.iter().map(|all| format!("({})", all.fts())).collect::<Vec<_>>().join(" OR ")
    }

    /// Everything that must be there, on either side.
    pub fn with(&self) -> impl Iterator<Item = &Term> {
        self.any.iter().flat_map(|all| &all.with)
    }
}

impl All {
    fn fts(&self) -> String {
        let join = |terms: &[Term], by: &str| terms.iter().map(Term::fts).collect::<Vec<_>>().join(by);
        let with = join(&self.with, " AND ");
        match self.without.is_empty() {
            true => with,
            false => format!("({with}) NOT ({})", join(&self.without, " OR ")),
        }
    }
}

impl Term {
    /// The term alone in the language of FTS5.
    #[must_use]
    pub fn fts(&self) -> String {
        format!("({})", self.ways.iter().map(Phrase::fts).collect::<Vec<_>>().join(" OR "))
    }
}

impl Phrase {
    fn fts(&self) -> String {
        format!("\"{}\"{}", self.words.join(" "), if self.prefix { " *" } else { "" })
    }
}

/// Means what a dash does.
pub const MINUS: char = '−';
const QUOTES: [char; 4] = ['"', '“', '”', '„'];

/// Takes apart at spaces and quotes. A quote that is not closed goes on to the end.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let behind_dash = rest.strip_prefix(['-', MINUS]).filter(|after| {
            after.starts_with(|letter: char| letter.is_alphanumeric() || QUOTES.contains(&letter))
        });
        let without = behind_dash.is_some();
        let part = behind_dash.unwrap_or(rest);
        let (text, quoted, after) = match part.strip_prefix(QUOTES) {
            Some(inner) => {
                let (text, after) = inner.split_once(QUOTES).unwrap_or((inner, ""));
                (text, true, after)
            }
            None => {
                let end = part.find(char::is_whitespace).unwrap_or(part.len());
                (&part[..end], false, &part[end..])
            }
        };
        let (prefix, after) = match quoted {
            true => (after.starts_with('*'), after.trim_start_matches('*')),
            false => (text.ends_with('*'), after),
        };
        parts.push(Part { text, quoted, without, prefix });
        rest = after.trim_start();
    }
    parts
}

/// What a part looks for; `None` if there is no word in it.
fn term(part: &Part<'_>) -> Result<Option<Term>, QueryError> {
    let (mut words, mut humps, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    Words::default().each(part.text, |kind, word, _| match kind {
        Kind::Whole | Kind::Pair | Kind::Last => {
            words.push(word.to_owned());
            kinds.push(kind);
        }
        Kind::Hump => humps.push(word.to_owned()),
        Kind::Break => {}
    });
    let Some(&last) = kinds.last() else { return Ok(None) };
    let alone = last == Kind::Last && kinds.iter().rev().nth(1) != Some(&Kind::Pair);
    if last == Kind::Last && !alone {
        // The pair before it says where it ends; in a text, more may follow.
        words.pop();
    }
    let prefix = alone || part.prefix && last == Kind::Whole;
    let shortest = words.last().map_or(0, |word| word.chars().count());
    if prefix && !alone && words.len() == 1 && shortest < LEAST_PREFIX {
        return Err(QueryError::ShortPrefix(part.text.to_owned()));
    }
    // A name of one word is also met where its humps are words; those of one letter are in no index.
    let whole_name = humps.concat().len() == words.concat().len();
    let mut ways = vec![Phrase { words, prefix }];
    if ways[0].words.len() == 1 && whole_name && !humps.is_empty() {
        ways.push(Phrase { words: humps, prefix });
    }
    Ok(Some(Term { typed: part.text.trim_end_matches('*').to_owned(), ways }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fts(text: &str) -> String {
        match Query::parse(text) {
            Ok(query) => query.fts(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn words_phrases_and_beginnings() {
        assert_eq!(fts("Foreign key"), r#"(("foreign") AND ("key"))"#);
        assert_eq!(fts(r#""foreign key" fail*"#), r#"(("foreign key") AND ("fail" *))"#);
        assert_eq!(fts(r#""foreign ke"*"#), r#"(("foreign ke" *))"#);
        assert_eq!(fts("“foreign key”"), r#"(("foreign key"))"#);
    }

    #[test]
    fn either_and_not() {
        assert_eq!(fts("a b OR c"), r#"(("a") AND ("b")) OR (("c"))"#);
        assert_eq!(fts("a -b NOT c"), r#"((("a")) NOT (("b") OR ("c")))"#);
        assert_eq!(fts("a −b"), fts("a -b"));
        assert_eq!(fts("a AND b"), fts("a b"));
        assert_eq!(fts("OR"), r#"(("or"))"#);
        assert_eq!(fts("a OR"), r#"(("a") AND ("or"))"#);
        assert_eq!(fts("NOT"), r#"(("not"))"#);
        assert_eq!(fts(r#"a "OR" b"#), r#"(("a") AND ("or") AND ("b"))"#);
        assert_eq!(fts(r#"a -"b c""#), r#"((("a")) NOT (("b c")))"#);
        assert_eq!(fts("a OR () OR b"), r#"(("a")) OR (("b"))"#);
    }

    #[test]
    fn code_as_it_is_typed() {
        assert_eq!(fts("foo.bar()"), r#"(("foo bar"))"#);
        assert_eq!(fts("--force"), r#"(("force"))"#);
        assert_eq!(fts("src/main.rs"), r#"(("src main rs"))"#);
        assert_eq!(fts("get_user_name"), r#"(("get user name"))"#);
        assert_eq!(fts("getUserName"), r#"(("getusername" OR "get user name"))"#);
        assert_eq!(fts("getUs*"), r#"(("getus" * OR "get us" *))"#);
        assert_eq!(fts("getX"), r#"(("getx"))"#);
        assert_eq!(fts("a::b<T>"), r#"(("a b t"))"#);
        assert_eq!(fts(r"C:\Users\x"), r#"(("c users x"))"#);
        assert_eq!(
            fts("col:val NEAR(a b) ^x {y}"),
            r#"(("col val") AND ("near a") AND ("b") AND ("x") AND ("y"))"#
        );
        assert_eq!(fts("it's 50%"), r#"(("it s") AND ("50"))"#);
    }

    #[test]
    fn scripts_without_spaces_and_pictures() {
        assert_eq!(fts("検索"), r#"(("検索"))"#);
        assert_eq!(fts("全文検索"), r#"(("全文 文検 検索"))"#);
        assert_eq!(fts("検"), r#"(("検" *))"#);
        assert_eq!(fts("検*"), r#"(("検" *))"#);
        assert_eq!(fts("検索*"), r#"(("検索"))"#);
        assert_eq!(fts("\"検索 foo\""), r#"(("検索 索 foo"))"#);
        assert_eq!(fts("ฐานข้อมูล"), r#"(("ฐา าน นข ข้ ้อ อม มู ูล"))"#);
        assert_eq!(fts("🚀"), r#"(("🚀"))"#);
    }

    #[test]
    fn what_means_nothing_says_so() {
        let error = |text: &str| Query::parse(text).unwrap_err();
        assert_eq!(error("  "), QueryError::Empty);
        assert_eq!(error("() --"), QueryError::NoWord("() --".to_owned()));
        assert_eq!(error("-a"), QueryError::OnlyWithout("-a".to_owned()));
        assert_eq!(error("a OR -b"), QueryError::OnlyWithout("a OR -b".to_owned()));
        assert_eq!(error("e*"), QueryError::ShortPrefix("e*".to_owned()));
        assert_eq!(error("*"), QueryError::NoWord("*".to_owned()));
        assert_eq!(error(&"a ".repeat(65)), QueryError::TooLong);
    }

    #[test]
    fn a_quote_that_is_not_closed_goes_on() {
        assert_eq!(fts(r#"a "b c"#), r#"(("a") AND ("b c"))"#);
        assert_eq!(fts("\""), "there is no word in \"\\\"\"");
        assert_eq!(fts(r#"a """#), r#"(("a"))"#);
        assert_eq!(fts(r#"say"hi""#), r#"(("say hi"))"#);
    }

    proptest! {
        #[test]
        fn anything_typed_means_something_or_says_why(text in "\\PC{0,60}|[a-cA-C \"*()_.OR-]{0,40}|(a|OR|NOT|-|\"| |\\*){0,12}") {
            match Query::parse(&text) {
                Ok(query) => {
                    prop_assert!(!query.any.is_empty() && query.any.iter().all(|all| !all.with.is_empty()));
                    let quotes = query.fts().matches('"').count();
                    prop_assert!(quotes >= 2 && quotes % 2 == 0);
                }
                Err(error) => prop_assert!(!error.hint().is_empty()),
            }
        }
    }
}
