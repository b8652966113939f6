//! A session as every surface shows it: the one shape behind `ls`, `show` and their JSON.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::budget::Level;
use crate::context::Window;
use crate::format::short_id;
use crate::health::{Finding, Severity};
use crate::ledger::Tokens;
use crate::money::Usd;
use crate::pulse::Pulse;
use crate::status::{State, Status};

/// One session. Field names are the JSON's; times are written as RFC 3339 in UTC.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    /// The session's id; `pid:N` for a process that has not said which session it runs.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The kind of agent: `claude-code`.
    pub agent: &'static str,
    /// How it runs: `interactive`, `headless`, `background`.
    pub kind: Option<String>,
    /// The process, while it lives.
    pub pid: Option<u32>,
    /// The project's short name.
    pub project: String,
    /// The project's folder.
    pub project_path: Option<String>,
    /// The working folder.
    pub cwd: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The worktree that Claude Code made for it.
    pub worktree: Option<String>,
    /// The model of the last response.
    pub model: Option<String>,
    /// The permission mode.
    pub permission_mode: Option<String>,
    /// Claude Code's version.
    pub version: Option<String>,
    /// What it is doing.
    #[serde(serialize_with = "status")]
    pub status: Status,
    /// When time alone will make that something else, milliseconds since the epoch.
    #[serde(skip)]
    pub turns_at: Option<i64>,
    /// The call that an open dialog is about, where that is sure.
    #[serde(skip)]
    pub asked: Option<String>,
    /// When the last row of its transcript that tells how far its turn is was made, milliseconds since the epoch.
    #[serde(skip)]
    pub turned_at: Option<i64>,
    /// When it began.
    #[serde(serialize_with = "time")]
    pub started_at: Option<i64>,
    /// When its transcript's newest row was made.
    #[serde(serialize_with = "time")]
    pub last_activity_at: Option<i64>,
    /// The context window.
    pub context: Context,
    /// What it used, subagents included.
    pub tokens: TokenCounts,
    /// What that cost.
    pub cost: Cost,
    /// API responses.
    pub messages: u64,
    /// Prompts given; `None` where nothing tells, as in all that follows of a transcript that is gone.
    pub prompts: Option<u64>,
    /// Tool calls, subagents' included.
    pub tool_calls: Option<u64>,
    /// Of these, failed or turned down.
    pub errors: Option<u64>,
    /// Calls that wait, or run.
    pub pending: Vec<Pending>,
    /// The process's figures.
    pub process: ProcessFigures,
    /// The machine.
    pub host: Option<String>,
    /// The latest failures, newest last.
    pub recent_errors: Vec<RecentError>,
    /// Its subagents.
    pub subagents: Vec<Subagent>,
    /// Background tasks that have not reported back.
    pub background: Vec<Background>,
    /// Changes by file.
    pub files_modified: Option<BTreeMap<String, u64>>,
    /// Calls by tool.
    pub tool_usage: Option<BTreeMap<String, u64>>,
    /// Other sessions that it may collide with.
    pub conflicts: Vec<Conflict>,
    /// What health checks found, the worst first.
    pub health: Vec<Finding>,
    /// How far it has decayed, 0 to 100; `None` where no transcript tells.
    pub decay_score: Option<u8>,
    /// Whether our hooks stand before its tool calls.
    pub gate: Gate,
    /// Its transcript.
    pub transcript: Option<String>,
    /// How lively it was of late, subagents included.
    #[serde(skip)]
    pub pulse: Pulse,
    /// Its last call that has an answer failed, or was turned down.
    #[serde(skip)]
    pub last_failed: bool,
}

/// Whether our hooks stand before a session's tool calls, and hear of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Its settings call our hooks; `None` for a session that does not run.
    pub installed: Option<bool>,
    /// Why they do not.
    pub cause: Option<String>,
    /// When a hook of the session was called last.
    #[serde(serialize_with = "time")]
    pub last_seen: Option<i64>,
    /// Its latest calls that ran, and about how many of them the gate was asked.
    pub gap: Option<crate::health::Gap>,
    /// What is wrong with the guard, the gravest first.
    pub alarms: Vec<crate::alarm::Alarm>,
    /// When that may be more, if nothing happens until then.
    #[serde(skip)]
    pub turns_at: Option<i64>,
    /// The settings files that decide it, whether or not they are there.
    #[serde(skip)]
    pub files: Vec<std::path::PathBuf>,
}

/// How full the context window is.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Context {
    /// Tokens that the last request held.
    pub tokens: Option<u64>,
    /// The window, if anybody knows it.
    pub max: Option<u64>,
    /// The part in use, in percent.
    pub pct: Option<f64>,
    /// Who says how large the window is.
    pub source: Option<crate::context::Source>,
}

impl Context {
    /// From the tokens in use and the window.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a percentage for display")]
    pub fn new(tokens: Option<u64>, window: Option<Window>) -> Self {
        let pct = tokens.zip(window).map(|(tokens, window)| {
            let pct = tokens as f64 * 100.0 / window.tokens.max(1) as f64;
            (pct * 10.0).round() / 10.0
        });
        Self { tokens, max: window.map(|w| w.tokens), pct, source: window.map(|w| w.source) }
    }
}

/// Token classes as they stand in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TokenCounts {
    /// Uncached prompt tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Read from the cache.
    pub cache_read: u64,
    /// Written for five minutes, and writes not said to be for an hour.
    pub cache_write_5m: u64,
    /// Written for an hour.
    pub cache_write_1h: u64,
}

impl TokenCounts {
    /// Of all classes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.input + self.output + self.cache_read + self.cache_write_5m + self.cache_write_1h
    }
}

impl From<&Tokens> for TokenCounts {
    fn from(tokens: &Tokens) -> Self {
        Self {
            input: tokens.input,
            output: tokens.output,
            cache_read: tokens.cache_read,
            cache_write_5m: tokens.cache_write_5m + tokens.cache_write_unsplit,
            cache_write_1h: tokens.cache_write_1h,
        }
    }
}

impl Cost {
    /// How near the session is to a budget, if it is at all; and whether that is the one of its subagents.
    #[must_use]
    pub fn standing(&self) -> Option<(Level, bool)> {
        let is = |level: Level| {
            let own = (self.budget_level == Some(level)).then_some((level, false));
            own.or((self.fanout_level == Some(level)).then_some((level, true)))
        };
        is(Level::Exceeded).or_else(|| is(Level::Unknown)).or_else(|| is(Level::Warning))
    }

    /// The same, as it stands behind the cost.
    #[must_use]
    pub fn standing_word(&self) -> Option<&'static str> {
        Some(match self.standing()? {
            (Level::Exceeded, false) => "over",
            (Level::Exceeded, true) => "agents over",
            (Level::Unknown, false) => "unknown",
            (Level::Unknown, true) => "agents unknown",
            (_, false) => "near",
            (_, true) => "agents near",
        })
    }
}

/// What a session cost.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cost {
    /// What the priced responses cost.
    #[serde(serialize_with = "usd")]
    pub usd: Usd,
    /// Dollars per hour over the last fifteen minutes; `None` when nothing was spent in this quarter of an hour and the
    /// one before.
    pub burn_usd_per_hour: Option<f64>,
    /// Responses of models without a price.
    pub unpriced_messages: u64,
    /// The part that rests on prices nothing confirmed.
    #[serde(serialize_with = "usd")]
    pub unverified_usd: Usd,
    /// The session's budget.
    #[serde(serialize_with = "maybe_usd")]
    pub budget_usd: Option<Usd>,
    /// How near the budget is.
    pub budget_level: Option<Level>,
    /// The budget of its subagents.
    #[serde(serialize_with = "maybe_usd")]
    pub fanout_budget_usd: Option<Usd>,
    /// What its subagents cost together.
    #[serde(serialize_with = "usd")]
    pub fanout_usd: Usd,
    /// How near their budget is.
    pub fanout_level: Option<Level>,
    /// What Claude Code itself said the session cost, by its status line or when it was closed.
    pub reported_usd: Option<f64>,
}

impl Cost {
    /// The sum in dollars, with `+` where a response has no known price, and `?` where a price is not confirmed.
    #[must_use]
    pub fn text(&self) -> String {
        let more = if self.unpriced_messages > 0 { "+" } else { "" };
        let unsure = if self.unverified_usd.cents() != 0 { "?" } else { "" };
        format!("{}{more}{unsure}", self.usd)
    }
}

/// A call that waits, or runs.
#[derive(Debug, Clone, Serialize)]
pub struct Pending {
    /// The call's id.
    pub tool_use_id: String,
    /// The tool.
    pub tool: String,
    /// Its telling argument.
    pub summary: String,
    /// Since when.
    #[serde(serialize_with = "time")]
    pub since: Option<i64>,
}

/// A process's figures.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProcessFigures {
    /// Percent of one core, averaged over the process's life.
    pub cpu_pct: Option<f64>,
    /// Resident memory, mebibytes.
    pub memory_mb: Option<f64>,
    /// The controlling terminal, `pts/3`.
    pub tty: Option<String>,
    /// Where it can be found: a tmux target.
    pub terminal: Option<String>,
    /// When it was started, in the registry's unit: with the pid it is known for good.
    #[serde(skip)]
    pub start: Option<u64>,
}

/// A tool's failure.
#[derive(Debug, Clone, Serialize)]
pub struct RecentError {
    /// The tool.
    pub tool: String,
    /// The first line of what it said.
    pub message: String,
    /// When.
    #[serde(serialize_with = "time")]
    pub at: Option<i64>,
}

/// A subagent.
#[derive(Debug, Clone, Serialize)]
pub struct Subagent {
    /// Its id.
    pub id: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it was asked to do.
    pub description: Option<String>,
    /// `running`, `finished`, or `unknown` for one of a session that is over.
    pub state: &'static str,
    /// Its model.
    pub model: Option<String>,
    /// What it used.
    pub tokens: TokenCounts,
    /// What that cost.
    #[serde(serialize_with = "usd")]
    pub cost_usd: Usd,
    /// API responses.
    pub messages: u64,
}

/// A background task.
#[derive(Debug, Clone, Serialize)]
pub struct Background {
    /// Its id.
    pub id: String,
    /// What it does.
    pub summary: String,
    /// Since when.
    #[serde(serialize_with = "time")]
    pub since: Option<i64>,
}

/// Two sessions, or two processes of one, that may get in each other's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// `worktree`: both work in one checkout; `file`: both changed one file lately; `session`: another process
    /// has this session open, too; `branch`: the branch was changed under this session.
    pub kind: &'static str,
    /// The checkout, the file, or the transcript.
    pub path: String,
    /// The other session; `pid N` for another process of this one; `someone else` where no session changed the
    /// branch.
    pub with: String,
    /// For `branch`, the one that the session was on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// How many of this kind there are besides those that are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<u64>,
}

/// What `ls --focus` looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Waits for a person, failed, over budget, in conflict, or running with a critical finding.
    Attention,
    /// Over its budget.
    OverBudget,
    /// Context use at or above the threshold.
    HighContext,
    /// Its status cannot be told.
    Unknown,
    /// In conflict with another session.
    Conflict,
}

impl Session {
    /// Whether the session is what a focus looks for.
    #[must_use]
    pub fn matches(&self, focus: Focus, high_context_pct: f64) -> bool {
        let over_budget = self.cost.standing().is_some_and(|(level, _)| level == Level::Exceeded);
        match focus {
            Focus::Attention => {
                let critical = self.pid.is_some() && self.worst() == Some(Severity::Critical);
                self.status.state.wants_attention() || over_budget || critical || !self.conflicts.is_empty()
            }
            Focus::OverBudget => over_budget,
            Focus::HighContext => self.context.pct.is_some_and(|pct| pct >= high_context_pct),
            Focus::Unknown => self.status.state == State::Unknown,
            Focus::Conflict => !self.conflicts.is_empty(),
        }
    }

    /// Enough of the id to use it, and the name: in this order, because a long name is cut.
    #[must_use]
    pub fn title(&self) -> String {
        let id = short_id(&self.id);
        match &self.name {
            Some(name) => format!("{id} {name}"),
            None => id,
        }
    }

    /// Its place in a list with the most urgent first: what waits for a person longest comes first; of the rest, what
    /// moved last.
    #[must_use]
    pub fn urgency(&self) -> (State, i64) {
        let since = self.status.since.or(self.last_activity_at).unwrap_or(0);
        let order = if self.status.state.wants_attention() { since } else { since.saturating_neg() };
        (self.status.state, order)
    }

    /// A client that has not said which session it runs: what it used is not known, either.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.id.starts_with("pid:")
    }

    /// How bad the worst finding is.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.health.iter().map(|finding| finding.severity).max()
    }

    /// Whether a text stands in its id, name, project, folder, branch or model; case is ignored.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let fields = [&self.name, &self.cwd, &self.branch, &self.model, &self.worktree];
        let own = [&self.id, &self.project];
        own.into_iter().chain(fields.into_iter().flatten()).any(|field| field.to_lowercase().contains(&text))
    }
}

/// An instant for JSON: RFC 3339, UTC, milliseconds.
#[must_use]
pub fn rfc3339(millis: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(millis).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

pub(crate) fn time<S: Serializer>(at: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
    at.and_then(rfc3339).serialize(to)
}

pub(crate) fn usd<S: Serializer>(amount: &Usd, to: S) -> Result<S::Ok, S::Error> {
    amount.dollars().serialize(to)
}

fn maybe_usd<S: Serializer>(amount: &Option<Usd>, to: S) -> Result<S::Ok, S::Error> {
    amount.map(Usd::dollars).serialize(to)
}

pub(crate) fn status<S: Serializer>(status: &Status, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        state: State,
        since: Option<String>,
        source: crate::status::Source,
        detail: &'a Option<String>,
    }
    let since = status.since.and_then(rfc3339);
    Shown { state: status.state, since, source: status.source, detail: &status.detail }.serialize(to)
}
