//! What is worth telling a person of, and whether it is told now, later or not at all.
//!
//! [`Seen`] is what one look at the sessions showed; [`news`] compares two of them and says what has happened, each
//! as a [`Notice`]. The same fact has one id, whoever finds it and however often: it is made of the session, the
//! event and what exactly it is about (the call that waits, the day whose budget is spent). [`Desk`] then decides for
//! each sink: its filters, the pause between two notices, the hours in which nothing is told. All of it is data in,
//! data out; delivering, storing and the clock are others' business.
//!
//! Text of sessions is redacted and made safe for a terminal when a notice is made, so that nothing behind this can
//! send what it should not.

mod desk;
mod gate;
mod json;
mod seen;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::status::{Source, State};

pub use desk::{Desk, Judged};
pub use gate::{Clock, Filter, Quiet, Reason, Verdict};
pub use seen::{Figures, Rules, Seen, alarmed, model_alarm, news, triggered};
pub use words::FIELDS;

/// What can be told. The names are those of the published configuration, and a few more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Event {
    /// A session has started, or was resumed.
    #[serde(rename = "on_session_start")]
    SessionStart,
    /// Its status is another.
    #[serde(rename = "on_status_change")]
    StatusChange,
    /// A tool waits for permission, a question or a plan for an answer.
    #[serde(rename = "on_needs_input")]
    NeedsInput,
    /// The turn has ended: your move.
    #[serde(rename = "on_waiting")]
    Waiting,
    /// Your move, and nothing has moved for half an hour.
    #[serde(rename = "on_idle")]
    Idle,
    /// Its process has ended.
    #[serde(rename = "on_finished")]
    Finished,
    /// The last request failed.
    #[serde(rename = "on_error")]
    Error,
    /// Held up by a rate limit.
    #[serde(rename = "on_rate_limited")]
    RateLimited,
    /// A turn runs and nothing moves: always a conclusion.
    #[serde(rename = "on_stalled")]
    Stalled,
    /// A budget is nearly spent.
    #[serde(rename = "on_budget_warning")]
    BudgetWarning,
    /// A budget is spent.
    #[serde(rename = "on_budget_exceeded")]
    BudgetExceeded,
    /// The context window is nearly full.
    #[serde(rename = "on_context_high")]
    ContextHigh,
    /// Two sessions may get in each other's way.
    #[serde(rename = "on_conflict_detected")]
    ConflictDetected,
    /// A limit of the account is nearly used up.
    #[serde(rename = "on_quota_high")]
    QuotaHigh,
    /// A trigger of the person's has done something.
    #[serde(rename = "on_trigger")]
    Trigger,
    /// The guard before a session's calls does not stand, does not work, or was passed by.
    #[serde(rename = "on_gate_alarm")]
    GateAlarm,
}

impl Event {
    /// All of them, in the order in which they are documented.
    pub const ALL: [Self; 16] = [
        Self::SessionStart,
        Self::StatusChange,
        Self::NeedsInput,
        Self::Waiting,
        Self::Idle,
        Self::Finished,
        Self::Error,
        Self::RateLimited,
        Self::Stalled,
        Self::BudgetWarning,
        Self::BudgetExceeded,
        Self::ContextHigh,
        Self::ConflictDetected,
        Self::QuotaHigh,
        Self::Trigger,
        Self::GateAlarm,
    ];

    /// The name in the configuration and in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SessionStart => "on_session_start",
            Self::StatusChange => "on_status_change",
            Self::NeedsInput => "on_needs_input",
            Self::Waiting => "on_waiting",
            Self::Idle => "on_idle",
            Self::Finished => "on_finished",
            Self::Error => "on_error",
            Self::RateLimited => "on_rate_limited",
            Self::Stalled => "on_stalled",
            Self::BudgetWarning => "on_budget_warning",
            Self::BudgetExceeded => "on_budget_exceeded",
            Self::ContextHigh => "on_context_high",
            Self::ConflictDetected => "on_conflict_detected",
            Self::QuotaHigh => "on_quota_high",
            Self::Trigger => "on_trigger",
            Self::GateAlarm => "on_gate_alarm",
        }
    }

    /// The event of a name.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.word() == word)
    }

    /// What it tells of goes on until something changes, so that it can be told later if it is still so. The others
    /// are moments.
    #[must_use]
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::SessionStart | Self::StatusChange | Self::Finished)
    }
}

/// The names of [`Event::ALL`].
pub const EVENTS: &[&str] = &{
    let mut names = [""; Event::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Event::ALL[at].word();
        at += 1;
    }
    names
};

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The session that a notice is about, as it was then. Text is redacted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// The session's id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The project's short name.
    pub project: String,
    /// The project's folder.
    pub project_path: Option<String>,
    /// The working folder.
    pub cwd: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The process, while it lives.
    pub pid: Option<u32>,
    /// What it is doing.
    pub state: State,
    /// What it was doing at the look before.
    pub previous_state: Option<State>,
    /// Which evidence decided.
    pub source: Source,
    /// What exactly it waits for, or what failed.
    pub detail: Option<String>,
    /// Since when it is in that state.
    #[serde(with = "json::maybe_time")]
    pub since: Option<i64>,
    /// When it began.
    #[serde(with = "json::maybe_time")]
    pub started_at: Option<i64>,
    /// What it cost.
    pub cost_usd: f64,
    /// The part of the context window in use, in percent.
    pub context_pct: Option<f64>,
    /// Prompt tokens, those from and for the cache included.
    pub tokens_in: u64,
    /// Output tokens.
    pub tokens_out: u64,
}

/// Something to tell: what a webhook of the plain kind and a command get, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for the same fact: to recognise one that is delivered twice by.
    pub id: String,
    /// What has happened.
    pub event: Event,
    /// When it was found, milliseconds since the epoch.
    #[serde(with = "json::time")]
    pub at: i64,
    /// Made by `claudectl notify test`.
    pub test: bool,
    /// Who and what, in a few words. Redacted, one line.
    pub title: String,
    /// What exactly. Redacted, one line; may be empty.
    pub text: String,
    /// The session; `None` where it is about none, as a day's budget.
    pub session: Option<Subject>,
    /// The other id of the same fact, where there is one: what a dialog is about may become known after the dialog.
    #[serde(skip)]
    pub also: Option<String>,
    /// What exactly it is about, as [`Seen`] knows it.
    #[serde(skip)]
    pub about: String,
    /// Since when it is so, milliseconds since the epoch.
    #[serde(skip)]
    pub since: i64,
}

impl Notice {
    /// The session's id; empty where it is about none.
    #[must_use]
    pub fn session_id(&self) -> &str {
        self.session.as_ref().map(|session| session.id.as_str()).unwrap_or_default()
    }

    /// It rests on a guess.
    #[must_use]
    pub fn is_inferred(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.source == Source::Inferred)
    }
}

/// The id of a fact.
fn id(event: Event, session: &str, about: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [event.word(), session, about] {
        // Lengths keep the parts apart.
        hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    format!("evt_{}", &hash.finalize().to_hex()[..32])
}
