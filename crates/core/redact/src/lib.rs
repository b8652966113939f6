//! Takes credentials out of text before it is stored, indexed, shown or sent, and control
//! characters out of text before a terminal sees it.

mod sanitize;

use std::borrow::Cow;

pub use sanitize::{sanitize_block, sanitize_line};

/// Text without its credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text.
    pub text: Cow<'a, str>,
}

/// Returns the text as it is until the kinds of credentials are here.
#[must_use]
pub fn redact(text: &str) -> Redacted<'_> {
    Redacted { text: Cow::Borrowed(text) }
}
