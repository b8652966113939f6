//! Passwords in statements about users: `IDENTIFIED BY '…'`, `SET PASSWORD … = '…'`, `CREATE ROLE … PASSWORD '…'`.

use std::ops::Range;

use crate::edge::run_after;
use crate::named::literal;
use crate::value::{contains_ignoring_case, is_mixed, is_placeholder};

/// How much of a statement is looked at before a password, and behind.
const READ: usize = 192;

/// Whether what stands before this is a statement about users.
pub(crate) fn is_about_users(text: &str, at: usize) -> bool {
    let from = text.ceil_char_boundary(at.saturating_sub(READ));
    let statement = text[from..at].rsplit(';').next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| contains_ignoring_case(statement, word));
    has(&["create ", "alter ", "grant ", "set "]) && has(&["user", "role", "login", "grant", "account"])
}

/// The password that a statement sets whose word stands here.
pub(crate) fn set(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = &text.as_bytes()[at..];
    match rest.first()?.to_ascii_lowercase() {
        b'i' => identified(text, at),
        b'p' if rest.get(8).is_some_and(|byte| *byte == b' ') && ends(&text[..at], "set ") => {
            assigned(text, at)
        }
        _ => None,
    }
}

fn ends(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|at| text.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// `IDENTIFIED [WITH plugin] BY|AS [PASSWORD] …`
fn identified(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut place = at + "identified".len();
    for _ in 0..5 {
        place = run_after(bytes, place, 8, |byte| byte.is_ascii_whitespace());
        let end = run_after(bytes, place, 40, |byte| byte.is_ascii_alphanumeric() || b"_'".contains(&byte));
        let word = text.get(place..end)?;
        place = end;
        if ["by", "as", "using"].iter().any(|known| known.eq_ignore_ascii_case(word)) {
            let is_statement = text[at..].starts_with("IDENTIFIED") || is_about_users(text, at);
            return is_statement.then(|| after_password(text, place)).flatten();
        }
    }
    None
}

/// `SET PASSWORD [FOR user] = | TO …`
fn assigned(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let most = bytes.len().min(at + READ);
    let mut place = at + "password".len();
    while place < most && bytes[place] >= b' ' && bytes[place] != b';' {
        if bytes[place] == b'=' {
            return after_password(text, place + 1);
        }
        if bytes[place..].get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b" to ")) {
            return after_password(text, place + 4);
        }
        place += 1;
    }
    None
}

/// The literal that comes next, also within `PASSWORD(…)`.
fn after_password(text: &str, place: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut place = run_after(bytes, place, 8, |byte| byte.is_ascii_whitespace());
    let word = run_after(bytes, place, 24, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if word > place && ["password", "values", "value"].iter().any(|end| ends(&text[place..word], end)) {
        place = run_after(bytes, word, 8, |byte| byte == b'(' || byte.is_ascii_whitespace());
    }
    let (range, quoted) = literal(text, place)?;
    let value = text[range.clone()].trim_end_matches(';');
    let whole = range.start..range.start + value.len();
    let stands_for_one = value.starts_with([':', '?', '@', '%']) || value.contains(['{', '$', '(', '<']);
    let secret = value.chars().count() >= 3 && !is_placeholder(value) && !stands_for_one;
    (secret && (quoted || is_mixed(value))).then_some(whole)
}
