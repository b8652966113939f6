//! placeholder until the merge
use std::borrow::Cow;
#[derive(Debug)]
/// r
pub struct Redacted<'a> {
    /** t */
    pub text: Cow<'a, str>,
}
/// r
#[must_use]
pub fn redact(text: &str) -> Redacted<'_> {
    Redacted { text: Cow::Borrowed(text) }
}
/// s
#[must_use]
pub fn sanitize_line(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}
