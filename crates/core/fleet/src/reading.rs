//! What Claude Code tells its status line: the only exact figures of a session while it runs, and the only
//! place where it says how much of the account's limits is used.

use serde::{Deserialize, Serialize};

/// What the status line of one session was told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// The session.
    pub session: String,
    /// The session's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model's name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_name: Option<String>,
    /// Claude Code's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The working folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The folder it was started in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What the session cost so far, USD: Claude Code's own figure, what no transcript holds included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// Lines that it added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines_added: Option<u64>,
    /// Lines that it removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines_removed: Option<u64>,
    /// The size of the context window, tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_size: Option<u64>,
    /// Tokens in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u64>,
    /// The account's limits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
}

impl Reading {
    /// Whether both say the same, whenever they were told.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Self { at: 0, ..self.clone() } == Self { at: 0, ..other.clone() }
    }

    /// The part of the context window in use, in percent.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a percentage for display")]
    pub fn context_pct(&self) -> Option<f64> {
        let (tokens, size) = (self.context_tokens?, self.context_size.filter(|size| *size > 0)?);
        Some(tokens as f64 * 100.0 / size as f64)
    }
}

/// How much of a limit is used. It is the account's, the same in all of its sessions on all machines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Which: `five_hour`, `seven_day`, ...
    pub window: String,
    /// How much, in percent.
    pub used_pct: f64,
    /// When it begins anew, milliseconds since the epoch.
    pub resets_at: Option<i64>,
}

impl Limit {
    /// How much is used now, in percent; not known once the window has begun anew, since nothing was told of that one.
    #[must_use]
    pub fn used_at(&self, now: i64) -> Option<f64> {
        Some(self.used_pct).filter(|_| self.resets_at.is_none_or(|resets| resets > now))
    }

    /// The same as a word: `42%`, or a dash.
    #[must_use]
    pub fn used_word(&self, now: i64) -> String {
        self.used_at(now).map_or_else(|| "-".to_owned(), |used| format!("{used:.0}%"))
    }

    /// The window, for a column: `5h`, `7d`.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.window.replace('_', " ");
        text.replace("five hour", "5h").replace("seven day", "7d")
    }
}

/// A limit, and when it was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// The limit.
    pub limit: Limit,
    /// When it was told, milliseconds since the epoch.
    pub at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_window_that_has_passed_nothing_is_known() {
        let limit = Limit { window: "five_hour".to_owned(), used_pct: 40.0, resets_at: Some(10) };
        assert_eq!((limit.used_at(9), limit.used_at(10)), (Some(40.0), None));
        assert_eq!(Limit { resets_at: None, ..limit.clone() }.used_at(i64::MAX), Some(40.0));
        assert_eq!(limit.short(), "5h");
        assert_eq!(Limit { window: "seven_day_opus".to_owned(), ..limit }.short(), "7d opus");
    }

    #[test]
    fn the_share_of_a_window() {
        let reading = Reading { context_size: Some(200), context_tokens: Some(50), ..Reading::default() };
        assert_eq!(reading.context_pct(), Some(25.0));
        assert_eq!(Reading { context_size: Some(0), ..reading.clone() }.context_pct(), None);
        assert!(reading.same(&Reading { at: 5, ..reading.clone() }));
    }
}
