//! How large a session's context window is, and who says so.

use claudectl_transcript::Usage;
use serde::Serialize;

/// Who says how large the window is, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The built-in table, for exactly this model.
    Table,
    /// The session has held more than the table says: the next larger window.
    Observed,
    /// Claude Code's status line (`context_window_size`).
    Statusline,
    /// The person's configuration.
    User,
}

/// The size of a context window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Tokens.
    pub tokens: u64,
    /// Who says so.
    pub source: Source,
}

/// What is known that bears on a session's window.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The model's id as in the responses.
    pub model: &'a str,
    /// The model as it was asked for; may end in `[1m]`.
    pub requested: Option<&'a str>,
    /// Set in the configuration.
    pub user: Option<u64>,
    /// Said by the status line.
    pub statusline: Option<u64>,
    /// The most tokens that one request of the session held.
    pub largest_seen: u64,
}

/// The window of models that have one million tokens.
const MILLION: u64 = 1_000_000;
/// The window of the others.
const STANDARD: u64 = 200_000;

/// Models with a window of a million tokens by themselves. Source: the model catalogue of Claude
/// Code 2.1.330 (`native_1m`).
const NATIVE_MILLION: &[&str] = &[
    "claude-haiku-5-5",
    "claude-sonnet-5",
    "claude-sonnet-5-5",
    "claude-opus-4-7",
    "claude-opus-4-8",
    "claude-opus-5",
    "claude-opus-5-5",
    "claude-fable-5",
    "claude-fable-5-1",
    "claude-fable-5-2",
    "claude-mythos-5",
    "claude-mythos-5-1",
    "claude-mythos-5-2",
];

/// Models with 200 000 tokens unless asked for as `[1m]`. Same source.
const STANDARD_WINDOW: &[&str] = &[
    "claude-3-5-haiku",
    "claude-3-5-sonnet",
    "claude-3-7-sonnet",
    "claude-haiku-4-5",
    "claude-sonnet-4-0",
    "claude-sonnet-4-5",
    "claude-sonnet-4-6",
    "claude-opus-4-0",
    "claude-opus-4-1",
    "claude-opus-4-5",
    "claude-opus-4-6",
];

/// The window of a session, from the strongest evidence; `None` for a model nobody knows that has
/// shown nothing.
///
/// `canonical` is the model's id under which tables know it.
#[must_use]
pub fn window(evidence: &Evidence<'_>, canonical: Option<&str>) -> Option<Window> {
    if let Some(tokens) = evidence.user {
        return Some(Window { tokens, source: Source::User });
    }
    if let Some(tokens) = evidence.statusline {
        return Some(Window { tokens, source: Source::Statusline });
    }
    let table = canonical.and_then(|model| from_table(model, evidence));
    match table {
        Some(tokens) if evidence.largest_seen <= tokens => Some(Window { tokens, source: Source::Table }),
        Some(_) => Some(Window { tokens: MILLION.max(evidence.largest_seen), source: Source::Observed }),
        None if evidence.largest_seen > STANDARD => {
            Some(Window { tokens: MILLION.max(evidence.largest_seen), source: Source::Observed })
        }
        None => None,
    }
}

fn from_table(model: &str, evidence: &Evidence<'_>) -> Option<u64> {
    let asked = [evidence.model, evidence.requested.unwrap_or_default()];
    if NATIVE_MILLION.contains(&model) || asked.iter().any(|name| name.to_ascii_lowercase().ends_with("[1m]"))
    {
        return Some(MILLION);
    }
    STANDARD_WINDOW.contains(&model).then_some(STANDARD)
}

/// Tokens that a request holds in its context once it is answered: the prompt. (The answer joins the
/// context with the next request.)
#[must_use]
pub fn tokens_of(usage: &Usage) -> u64 {
    usage.prompt_tokens()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(model: &str, largest_seen: u64) -> Option<(u64, Source)> {
        let evidence = Evidence { model, largest_seen, ..Evidence::default() };
        window(&evidence, Some(model)).map(|w| (w.tokens, w.source))
    }

    #[test]
    fn the_exact_model_decides() {
        assert_eq!(sized("claude-opus-4-6", 0), Some((200_000, Source::Table)));
        assert_eq!(sized("claude-opus-4-7", 0), Some((1_000_000, Source::Table)));
        assert_eq!(sized("claude-opus-9", 0), None);
    }

    #[test]
    fn what_was_seen_corrects_the_table() {
        assert_eq!(sized("claude-opus-4-6", 250_000), Some((1_000_000, Source::Observed)));
        assert_eq!(sized("claude-opus-9", 300_000), Some((1_000_000, Source::Observed)));
    }

    #[test]
    fn stronger_evidence_wins() {
        let evidence = Evidence {
            model: "claude-opus-4-6",
            requested: Some("claude-opus-4-6[1m]"),
            ..Evidence::default()
        };
        assert_eq!(window(&evidence, Some("claude-opus-4-6")).map(|w| w.tokens), Some(1_000_000));
        let said = Evidence { statusline: Some(500_000), ..evidence };
        assert_eq!(window(&said, None).map(|w| w.source), Some(Source::Statusline));
        let set = Evidence { user: Some(123), ..said };
        assert_eq!(window(&set, None).map(|w| (w.tokens, w.source)), Some((123, Source::User)));
    }
}
