//! What the dashboard is given to show. It reads nothing itself.

use std::collections::HashMap;

use claudectl_fleet::money::Usd;
use claudectl_fleet::reading::Quota;
use claudectl_fleet::session::Session;

/// All sessions at one moment.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The sessions that run, and those that crashed lately.
    pub sessions: Vec<Session>,
    /// What was spent today.
    pub today: Spent,
    /// What was spent in this ISO week.
    pub week: Spent,
    /// The account's limits.
    pub quota: Vec<Quota>,
    /// Transcripts there are, live or not: an empty screen says different things by it.
    pub transcripts: u64,
    /// Where Claude Code's files were looked for, as a person writes it.
    pub looked_in: Vec<String>,
}

/// An amount, with what it leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// What the priced responses cost.
    pub usd: Usd,
    /// Responses of models without a price.
    pub unpriced: u64,
    /// The budget for it.
    pub budget: Option<Usd>,
}

/// What the processes of a session use, itself and all below it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Percent of one core since the sample before.
    pub cpu_pct: f64,
    /// Resident memory, mebibytes.
    pub memory_mb: f64,
}

/// Usage by session id.
pub type Usages = HashMap<String, Usage>;

/// What was spent, for the page about it.
#[derive(Debug, Clone, Default)]
pub struct Spend {
    /// How many days it covers, today included.
    pub days: u16,
    /// Each day of them, the oldest first, those without spend included: `11-29` and what it cost.
    pub by_day: Vec<(String, Spent)>,
    /// By project, the dearest first.
    pub by_project: Vec<(String, Spent)>,
    /// By model, the dearest first.
    pub by_model: Vec<(String, Spent)>,
    /// Everything.
    pub total: Spent,
    /// Why nothing is kept, and what to do: then it is only of transcripts that still exist.
    pub unkept: Option<String>,
    /// Of each limit, by its window's name, the sessions that took most of it: titles with estimated percents of the
    /// limit.
    pub shares: HashMap<String, Vec<(String, f64)>>,
}

/// What a session cost, by model and by hour.
#[derive(Debug, Clone, Default)]
pub struct Money {
    /// Which.
    pub session: String,
    /// By model, the dearest first, with responses and tokens of all classes.
    pub by_model: Vec<(String, Spent, u64, u64)>,
    /// Hours with responses, the oldest first: when each began, milliseconds since the epoch, and what it cost.
    pub by_hour: Vec<(i64, Spent)>,
    /// By the session itself and its subagents' kinds, the dearest first.
    pub by_agent: Vec<(String, Spent)>,
}

/// What was told, or not, for the page about it.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The latest first.
    pub lines: Vec<Notice>,
    /// Where it is told: sinks, with why they cannot work.
    pub sinks: Vec<(String, Option<String>)>,
    /// Who tells, in words.
    pub leader: String,
}

/// What became of a notice at a sink.
#[derive(Debug, Clone)]
pub struct Notice {
    /// When it happened, milliseconds since the epoch.
    pub at: i64,
    /// Where it was to be told.
    pub sink: String,
    /// What came of that.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
    /// What it says.
    pub title: String,
}

/// What came of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was told.
    Sent,
    /// It was not to be told.
    Suppressed,
    /// It could not be told.
    Failed,
    /// It is tried again.
    Pending,
}

/// What was found in all transcripts.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What was looked for, as it was typed.
    pub query: String,
    /// Passages in all, more than are shown.
    pub hits: u64,
    /// Sessions in all.
    pub sessions: u64,
    /// The sessions with the likeliest passages, the likeliest first.
    pub of: Vec<FoundIn>,
    /// Bytes of transcripts that cannot be searched yet.
    pub behind: u64,
    /// They are being taken in.
    pub taking: bool,
    /// Why nothing is found, and what to do.
    pub why: Option<String>,
}

/// What was found in a session.
#[derive(Debug, Clone, Default)]
pub struct FoundIn {
    /// Its id.
    pub session: String,
    /// Its name.
    pub name: Option<String>,
    /// Its project's name.
    pub project: Option<String>,
    /// Passages in all.
    pub hits: u64,
    /// The likeliest.
    pub shown: Vec<Passage>,
}

/// A passage that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// Who said it: `prompt`, `result`.
    pub role: &'static str,
    /// A call that failed or was turned down.
    pub failed: bool,
    /// When, milliseconds since the epoch; 0 where nothing says.
    pub at: i64,
    /// The subagent that it was said in.
    pub agent: Option<String>,
    /// Its transcript is no longer there.
    pub gone: bool,
    /// Lines of it, in pieces; the marked ones are what was looked for.
    pub lines: Vec<Vec<(String, bool)>>,
}

impl Passage {
    /// What is marked of it first: by this it is found in its transcript.
    #[must_use]
    pub fn mark(&self) -> Option<&str> {
        self.lines.iter().flatten().find(|(_, marked)| *marked).map(|(text, _)| text.as_str())
    }
}

/// A call that a session asks about, and that can be answered from here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Of this prompt alone: what an answer is bound to.
    pub nonce: String,
    /// The session.
    pub session: String,
    /// What it is called.
    pub title: String,
    /// The subagent that makes the call.
    pub agent: Option<String>,
    /// The tool.
    pub tool: String,
    /// The call, on one line.
    pub summary: String,
    /// The call as it is, line by line.
    pub lines: Vec<String>,
    /// The working folder.
    pub cwd: Option<String>,
    /// The permission mode.
    pub mode: Option<String>,
    /// Why the gate asks.
    pub reason: Option<String>,
    /// Since when, milliseconds since the epoch.
    pub at: i64,
    /// BLAKE3 of what the tool is given.
    pub hash: String,
    /// Why it can only be allowed this once, if that is so.
    pub once: Option<String>,
    /// So many more of the session's prompts are open.
    pub more: usize,
}

/// How it stands with a prompt that was in view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It still waits, as far as anybody can tell; so many more of the session's prompts are open.
    Asked {
        /// How many.
        more: usize,
    },
    /// It is over.
    Over {
        /// How it came to be.
        said: String,
        /// What the session asks now.
        next: Option<String>,
    },
}

/// An answer to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This once.
    Allow,
    /// This once, and exactly this call in the same session for an hour.
    AllowForAWhile,
    /// Not.
    Deny,
}

/// What a person may want to do, and decisions that they may want to correct.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// What could be done about sessions, what matters most first.
    pub proposals: Vec<Proposal>,
    /// Decisions that are worth a look, the most doubtful first.
    pub decisions: Vec<Decided>,
}

impl Review {
    /// The session of a line.
    pub(crate) fn session(&self, line: usize) -> Option<&str> {
        match self.proposals.get(line) {
            Some(proposal) => Some(&proposal.session),
            None => self.decisions.get(line - self.proposals.len()).map(|one| one.session.as_str()),
        }
    }

    /// What a line is about, whatever stands before it: a proposal's name, or a session and a call.
    fn names(&self, line: usize) -> Option<(&str, &str)> {
        match self.proposals.get(line) {
            Some(proposal) => Some(("", &proposal.id)),
            None => {
                let one = self.decisions.get(line - self.proposals.len())?;
                Some((&one.session, &one.call))
            }
        }
    }

    /// Where a line of another look is in this one; where it is gone, the one that has its place.
    pub(crate) fn line_of(&self, before: &Self, line: usize) -> usize {
        let same = |now: &usize| before.names(line).is_some() && self.names(*now) == before.names(line);
        (0..self.lines()).find(same).unwrap_or_else(|| line.min(self.lines().saturating_sub(1)))
    }

    /// How many lines there are to choose from.
    pub(crate) fn lines(&self) -> usize {
        self.proposals.len() + self.decisions.len()
    }
}

/// What could be done about a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Its name.
    pub id: String,
    /// What would be done, in a word.
    pub deed: &'static str,
    /// The session to which it would be done.
    pub session: String,
    /// What that is called.
    pub title: String,
    /// It cannot wait.
    pub urgent: bool,
    /// Why.
    pub reason: String,
    /// What an agent would be told.
    pub message: Option<String>,
    /// It was done.
    pub done: bool,
}

/// A decision of the gate that is worth a look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// The session.
    pub session: String,
    /// The call's id.
    pub call: String,
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// `allow`, `deny` or `ask`.
    pub said: String,
    /// Nobody was asked.
    pub silent: bool,
    /// How likely it was taken to be wanted, as it is shown.
    pub likely: String,
    /// What the person has said.
    pub wanted: Option<bool>,
    /// The tool.
    pub tool: String,
    /// The call, on one line.
    pub summary: String,
    /// Why it was decided so.
    pub reason: String,
}
