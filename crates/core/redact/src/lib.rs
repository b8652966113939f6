//! Takes credentials out of text before it is stored, indexed, shown or sent, and control
//! characters out of text before a terminal sees it.
//!
//! Transcripts hold whatever an agent read or ran, secrets included. [`redact`] replaces each one it
//! knows by a marker that names its kind. It is a safety net, not a proof: a secret that looks like
//! nothing in particular passes. It is built to leave everything else alone, because a summary in
//! which commit hashes and file names are blacked out is of no use to anybody.
//!
//! * `rules` is the table of kinds, one entry each.
//! * `prefilter` finds in one pass where any rule could match; nothing else runs on clean text.
//! * `named` (with `name`) and `context` read what surrounds a value: `password=…`, `Authorization: …`;
//!   `command`, `setting` and `stdin` what a command is given, `sql` what a statement sets.
//! * `address` reads what is percent-encoded, as often as it is.
//! * `value` judges whether a string is a secret, a placeholder or an ordinary word.
//! * `rotate` says for each kind what to do about a secret that was seen.
//! * `sanitize` is about terminals and knows nothing of secrets.

mod address;
mod command;
mod context;
mod cut;
mod edge;
mod find;
mod name;
mod named;
mod prefilter;
mod rotate;
mod rules;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod sanitize;
mod setting;
mod sql;
mod stdin;
mod value;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

pub use cut::{LONGEST, redact_start, without_torn_end, without_torn_start};
pub use rotate::{Gravity, Rotation, is_telling, masked, rotation};
pub use sanitize::{escape_json, reveal, sanitize_block, sanitize_line};

/// A credential that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind, as listed by [`kinds`].
    pub kind: &'static str,
    /// Where it stood, in bytes of the original text.
    pub range: Range<usize>,
}

/// Text without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text, with `[redacted:KIND]` for each credential. Borrowed when there was none.
    pub text: Cow<'a, str>,
    /// What was found: in order, without overlaps.
    pub findings: Vec<Finding>,
}

/// Replaces each credential in a text by a marker that names its kind.
///
/// Redacting twice changes nothing. The time it takes grows with the length of the text and with
/// nothing else, whatever the text.
///
/// ```
/// let redacted = claudectl_redact::redact("DB_PASSWORD=hunter2 make deploy");
/// assert_eq!(redacted.text, "DB_PASSWORD=[redacted:password] make deploy");
/// ```
#[must_use]
pub fn redact(text: &str) -> Redacted<'_> {
    let findings = find::findings(text);
    let text =
        if findings.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(find::mask(text, &findings)) };
    Redacted { text, findings }
}

/// The tokens of a text that are known by how they begin, and private keys: of what [`redact`] finds, that which no
/// look at names and commands around it takes. Three to ten times as quick, and right for source code, in which names
/// such as `password` say nothing of what stands beside them. A token in base64 may be missed where `+` and `/` leave
/// no twenty other characters in a row.
///
/// ```
/// let text = "token = 'ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R'; password = 'hunter2'";
/// let kinds: Vec<&str> = claudectl_redact::tokens(text).iter().map(|found| found.kind).collect();
/// assert_eq!(kinds, ["github-token"]);
/// ```
#[must_use]
pub fn tokens(text: &str) -> Vec<Finding> {
    find::tokens(text)
}

/// A text without its tokens and without what else tells of itself: what [`tokens`] finds, and tokens in names of folders
/// that Claude Code has made. For documents in which names such as `key` say nothing of what stands beside them.
///
/// ```
/// let json = r#"{"key":"hunter2","cwd":"/w/ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"}"#;
/// assert_eq!(claudectl_redact::redact_known(json), r#"{"key":"hunter2","cwd":"/w/[redacted:github-token]"}"#);
/// ```
#[must_use]
pub fn redact_known(text: &str) -> Cow<'_, str> {
    let found = find::known(text);
    if found.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(find::mask(text, &found)) }
}

/// The name of a tool without its credentials. What redacts any text would do it: this is for where each call of each
/// session is read, and costs an ordinary name (`Bash`, `mcp__github__create_issue`) next to nothing.
///
/// ```
/// let name = "mcp__srv_ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R__get";
/// assert_eq!(claudectl_redact::redact_tool(name), "mcp__srv_[redacted:github-token]__get");
/// ```
#[must_use]
pub fn redact_tool(name: &str) -> Cow<'_, str> {
    let is_name = name.bytes().all(|byte| edge::is_word(byte) || byte == b'-');
    match is_name {
        // No token is so short.
        true if name.len() < find::LEAST_RUN => Cow::Borrowed(name),
        true if !find::may_hold_token(name) => Cow::Borrowed(name),
        // Nothing in it names a value.
        true => match find::tokens(name) {
            found if found.is_empty() => Cow::Borrowed(name),
            found => Cow::Owned(find::mask(name, &found)),
        },
        false => redact(name).text,
    }
}

/// Each kind of credential that [`redact`] knows: its id and a line about it.
pub fn kinds() -> impl ExactSizeIterator<Item = (&'static str, &'static str)> {
    rules::RULES.iter().map(|rule| (rule.id, rule.about))
}
