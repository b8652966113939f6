//! What a session is doing, from all evidence, in one place.
//!
//! [`resolve`] is the only function that decides a status; every surface calls it. The order is:
//!
//! 1. The process. A dead one is finished, whatever files say; one that lives where we cannot see it
//!    (another container) is unknown, never finished.
//! 2. Claude Code's own registry, where the running version writes a status. It changes within
//!    milliseconds and is right also where no hook fires (answering "No", pressing Esc). Hooks say what it
//!    leaves out: which call waits, that the turn is over and only its background tasks run.
//! 3. Without a registry status, hooks and the transcript, the newer of them.
//! 4. The transcript's tail alone, which cannot tell a running tool from an open prompt: `inferred`.
//! 5. What the processes below the client do: a hint beside an inferred state, and never more.

use serde::{Deserialize, Serialize};

use crate::digest::{Last, OpenTool};

/// What a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A tool waits for permission.
    NeedsPermission,
    /// A question or a plan waits for an answer.
    NeedsAnswer,
    /// The last request failed.
    Error,
    /// Held up by a rate limit.
    RateLimited,
    /// A turn runs but nothing has moved for long.
    Stalled,
    /// The turn has ended; your move.
    Waiting,
    /// A turn runs.
    Working,
    /// The turn has ended; background tasks go on.
    Background,
    /// The turn ended long ago, or none has begun.
    Idle,
    /// It cannot be told.
    Unknown,
    /// The process has ended.
    Finished,
}

impl State {
    /// Every state, most urgent first.
    pub const ALL: [Self; 11] = [
        Self::NeedsPermission,
        Self::NeedsAnswer,
        Self::Error,
        Self::RateLimited,
        Self::Stalled,
        Self::Waiting,
        Self::Working,
        Self::Background,
        Self::Idle,
        Self::Unknown,
        Self::Finished,
    ];

    /// The name in output and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::NeedsPermission => "needs-permission",
            Self::NeedsAnswer => "needs-answer",
            Self::Waiting => "waiting",
            Self::Background => "background",
            Self::RateLimited => "rate-limited",
            Self::Error => "error",
            Self::Stalled => "stalled",
            Self::Idle => "idle",
            Self::Finished => "finished",
            Self::Unknown => "unknown",
        }
    }

    /// A sign for it, one column wide; the word stands beside it.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::NeedsPermission | Self::NeedsAnswer => "!",
            Self::Error | Self::Stalled => "✗",
            Self::RateLimited => "%",
            Self::Waiting => "○",
            Self::Working => "●",
            Self::Background => "◐",
            Self::Idle => "·",
            Self::Unknown => "?",
            Self::Finished => "-",
        }
    }

    /// A person is waited for, or should look.
    #[must_use]
    pub fn wants_attention(self) -> bool {
        matches!(
            self,
            Self::NeedsPermission | Self::NeedsAnswer | Self::Error | Self::Stalled | Self::RateLimited
        )
    }
}

/// The names of [`State::ALL`].
pub const STATES: &[&str] = &{
    let mut names = [""; State::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = State::ALL[at].word();
        at += 1;
    }
    names
};

/// Which evidence decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The process itself.
    Process,
    /// Claude Code's live registry.
    Registry,
    /// A hook call.
    Hook,
    /// The end of the transcript says it outright.
    Transcript,
    /// A guess from the transcript; never acted upon.
    Inferred,
}

impl Source {
    /// The name in output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Registry => "registry",
            Self::Hook => "hook",
            Self::Transcript => "transcript",
            Self::Inferred => "inferred",
        }
    }
}

/// A status and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The state.
    pub state: State,
    /// Since when, milliseconds since the epoch, if known.
    pub since: Option<i64>,
    /// Which evidence decided.
    pub source: Source,
    /// What exactly: the call that waits, the error.
    pub detail: Option<String>,
}

/// What is known of the process that runs a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Process {
    /// No process is known: the session is of the past.
    #[default]
    None,
    /// It lives, and its start time is the registered one.
    Alive,
    /// Something lives under its number, but when it was started cannot be compared (old registry
    /// rows, macOS).
    Unverified,
    /// It is gone, or its number belongs to another process now.
    Dead,
    /// It was started under another kernel or in another container, or that cannot be ruled out: whether
    /// it lives cannot be seen from here.
    Foreign,
    /// A client lives that has registered no session.
    Unregistered,
}

/// The status that Claude Code registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// A turn runs, retries and hooks included.
    Busy,
    /// The turn has ended and a background shell runs.
    Shell,
    /// The turn has ended.
    Idle,
    /// Something is open on its screen.
    Waiting,
    /// A word this version does not know.
    Other,
}

impl Registered {
    /// From the registry's word.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "busy" => Self::Busy,
            "shell" => Self::Shell,
            "idle" => Self::Idle,
            "waiting" => Self::Waiting,
            _ => Self::Other,
        }
    }
}

/// A registry row, as far as it bears on the status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    /// The status; absent on old versions and while the client starts.
    pub status: Option<Registered>,
    /// What a waiting session waits for.
    pub waiting_for: Option<String>,
    /// When the status changed, milliseconds since the epoch.
    pub changed_at: Option<i64>,
    /// When the process was started.
    pub started_at: Option<i64>,
}

/// What the hook calls of a session add up to; see [`crate::hooks::Activity`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The state that it means.
    pub state: State,
    /// When it was called, milliseconds since the epoch.
    pub at: i64,
    /// What exactly.
    pub detail: Option<String>,
    /// The tool call that it is about.
    pub call: Option<String>,
    /// A hook of ours waits before its dialog, of which Claude Code's registry says nothing until that opens.
    pub held: bool,
}

/// What the end of the transcript says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tail {
    /// What the last telling row was.
    pub last: Last,
    /// When it was made, milliseconds since the epoch.
    pub at: Option<i64>,
    /// Tool calls without a result, oldest first.
    pub open: Vec<OpenTool>,
    /// Background tasks (commands and subagents) that have not reported back.
    pub background: u64,
    /// Those of them that are subagents.
    pub agents: u64,
    /// When the newest row of all was made, subagents' included.
    pub moved_at: Option<i64>,
    /// The latest calls that have their answer, by [`claudectl_transcript::message_key`] of their ids.
    pub closed: Vec<u64>,
}

/// What the processes below the client do: only ever a tie-breaker.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tree {
    /// Processor time of the client and all below it between two looks, in percent of one core.
    pub cpu_pct: Option<f64>,
    /// A process below the client was started after the open call began.
    pub child_of_call: bool,
    /// One was started after a hook told of a dialog, and has run for longer than hooks and status lines do.
    pub child_of_dialog: bool,
}

/// Everything that bears on a status.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The process.
    pub process: Process,
    /// The registry row.
    pub registry: Option<Registry>,
    /// What hook calls told.
    pub hook: Option<Hook>,
    /// The transcript's end.
    pub tail: Option<Tail>,
    /// The process tree, where nothing else tells.
    pub tree: Option<Tree>,
}

/// After so long without a move, a session whose turn has ended is idle rather than waiting.
pub const IDLE_AFTER_MS: i64 = 30 * 60 * 1000;

/// A turn in which no request, row or hook call has moved for so long, and no tool runs, has stalled: the
/// client's own requests time out after ten minutes.
pub const STALLED_AFTER_MS: i64 = 12 * 60 * 1000;

/// Claude Code gives hooks so long, unless their settings say otherwise.
const STOP_HOOKS_MS: i64 = 60 * 1000;

/// A tree that uses more of a core than this is at work.
const BUSY_PCT: f64 = 5.0;

/// Decides what a session is doing.
#[must_use]
pub fn resolve(evidence: &Evidence, now: i64) -> Status {
    match evidence.process {
        Process::Dead => finished(evidence, Some("its process is gone, and it did not say goodbye")),
        Process::None => finished(evidence, None),
        Process::Foreign => Status {
            state: State::Unknown,
            since: None,
            source: Source::Process,
            detail: Some("of another container or machine: it cannot be seen from here".to_owned()),
        },
        Process::Unregistered => Status {
            state: State::Unknown,
            since: None,
            source: Source::Process,
            detail: Some(
                "runs, but has not registered: a start-up dialog is open, or it is older than 2.1.101"
                    .to_owned(),
            ),
        },
        Process::Alive | Process::Unverified => stalled(evidence, live(evidence, now), now),
    }
}

/// A process that is gone is finished, whatever else was told before; a goodbye says how it went.
fn finished(evidence: &Evidence, detail: Option<&str>) -> Status {
    let goodbye = evidence.hook.as_ref().filter(|hook| hook.state == State::Finished);
    Status {
        state: State::Finished,
        // When it ended without a word nobody knows; its last row was before.
        since: goodbye.map(|hook| hook.at),
        source: Source::Process,
        detail: detail.filter(|_| goodbye.is_none()).map(str::to_owned),
    }
}

fn live(evidence: &Evidence, now: i64) -> Status {
    // Whoever said goodbye was another client: this one lives.
    let hook = evidence.hook.as_ref().filter(|hook| hook.state != State::Finished);
    let tail = evidence.tail.as_ref();
    let registry = evidence.registry.as_ref();
    match registry.and_then(|row| Some((row, row.status?))) {
        Some((row, status)) => with_detail(registered(row, status, tail, hook, now), hook),
        None => unregistered(evidence, registry, tail, hook, now),
    }
}

/// The registry names neither tool nor command: a hook about the same state does.
fn with_detail(status: Status, hook: Option<&Hook>) -> Status {
    match hook {
        Some(hook)
            if hook.state == status.state && hook.detail.is_some() && status.source == Source::Registry =>
        {
            Status { detail: hook.detail.clone(), ..status }
        }
        _ => status,
    }
}

fn registered(
    row: &Registry,
    status: Registered,
    tail: Option<&Tail>,
    hook: Option<&Hook>,
    now: i64,
) -> Status {
    let says = |state, detail: Option<String>| Status {
        state,
        since: row.changed_at,
        source: Source::Registry,
        detail,
    };
    match status {
        Registered::Busy => busy(row, tail, hook),
        Registered::Shell => says(State::Background, Some("a background command runs".to_owned())),
        Registered::Waiting => waiting(row, tail, hook),
        Registered::Idle => ended(row, tail, now),
        Registered::Other => {
            says(State::Unknown, Some("a status that this version does not know".to_owned()))
        }
    }
}

/// A turn runs, or its background tasks do: the registry makes no difference.
fn busy(row: &Registry, tail: Option<&Tail>, hook: Option<&Hook>) -> Status {
    let says = |state, since: Option<i64>, source, detail| Status {
        state,
        since: since.or(row.changed_at),
        source,
        detail,
    };
    if let Some(held) = hook.filter(|hook| hook.held) {
        return says(held.state, Some(held.at), Source::Hook, held.detail.clone());
    }
    let of_hook = hook.filter(|hook| hook.state == State::Background);
    // Beside a background command the turn's end is registered as `shell`, so that `busy` since means a turn that has not
    // reached the transcript yet. Subagents keep it `busy` through turns, and a dialog of theirs changes when it was.
    let began = |tail: &Tail| {
        tail.agents == 0 && row.changed_at.zip(tail.at).is_some_and(|(changed, ended)| changed > ended)
    };
    let of_tail = tail.filter(|tail| tail.last == Last::TurnEnded && tail.background > 0 && !began(tail));
    // A turn's last row is written after its hooks have run.
    let newer = |hook: &&Hook| {
        let late = |tail: &Tail| if tail.last == Last::TurnEnded { STOP_HOOKS_MS } else { 0 };
        tail.is_none_or(|tail| tail.at.is_none_or(|at| hook.at.saturating_add(late(tail)) >= at))
    };
    if let Some(hook) = of_hook.filter(newer) {
        return says(State::Background, Some(hook.at), Source::Hook, hook.detail.clone());
    }
    match tail {
        Some(tail) if of_tail.is_some() => {
            says(State::Background, tail.at, Source::Registry, Some(tasks(tail.background)))
        }
        Some(Tail { last: Last::Retrying { status: Some(429) }, at, .. }) => {
            let detail = "a request was rate limited (429), and is tried again".to_owned();
            says(State::RateLimited, *at, Source::Transcript, Some(detail))
        }
        Some(Tail { last: Last::Retrying { status }, .. }) => {
            let status = status.map(|code| format!(" ({code})")).unwrap_or_default();
            let detail = format!("a request failed{status}, and is tried again");
            says(State::Working, None, Source::Registry, Some(detail))
        }
        Some(tail) => says(State::Working, None, Source::Registry, tail.open.last().map(OpenTool::describe)),
        None => says(State::Working, None, Source::Registry, None),
    }
}

/// How many tasks run in the background, in words.
pub(crate) fn tasks(count: u64) -> String {
    match count {
        1 => "1 background task runs".to_owned(),
        count => format!("{count} background tasks run"),
    }
}

fn waiting(row: &Registry, tail: Option<&Tail>, hook: Option<&Hook>) -> Status {
    let reason = row.waiting_for.as_deref().unwrap_or_default();
    let open = tail.map(|tail| tail.open.as_slice()).unwrap_or_default();
    let asked = hook.filter(|hook| matches!(hook.state, State::NeedsPermission | State::NeedsAnswer));
    let told = |asked: &Hook| asked.detail.clone();
    let (state, detail) = match reason {
        "permission prompt" => {
            let calls = fitting(open, |call| call.name != QUESTION);
            let calls = if calls.is_empty() { open.to_vec() } else { calls };
            let plan = match asked {
                Some(hook) => hook.state == State::NeedsAnswer,
                None => !calls.is_empty() && calls.iter().all(is_question),
            };
            let state = if plan { State::NeedsAnswer } else { State::NeedsPermission };
            (state, asked.and_then(told).or_else(|| one_of(&calls, row.changed_at)))
        }
        "input needed" => {
            let questions = fitting(open, |call| call.name == QUESTION);
            let servers = || fitting(open, |call| call.name.starts_with("mcp__"));
            let calls = if questions.is_empty() { servers() } else { questions };
            let asked = asked.filter(|hook| hook.state == State::NeedsAnswer).and_then(told);
            (
                State::NeedsAnswer,
                asked
                    .or_else(|| one_of(&calls, row.changed_at))
                    .or_else(|| Some("a question is open".to_owned())),
            )
        }
        "dialog open" => (State::Waiting, Some("a dialog is open on its screen".to_owned())),
        "sandbox request" | "worker request" => (State::NeedsPermission, Some(reason.to_owned())),
        // Versions up to 2.1.133 name the tool in the text.
        approve if approve.starts_with("approve ") => {
            let tool = &approve["approve ".len()..];
            let calls = fitting(open, |call| call.name == tool);
            let call = asked.and_then(told).or_else(|| one_of(&calls, row.changed_at));
            (State::NeedsPermission, call.or_else(|| Some(tool.to_owned())))
        }
        other => (State::NeedsAnswer, (!other.is_empty()).then(|| other.to_owned())),
    };
    Status { state, since: row.changed_at, source: Source::Registry, detail }
}

/// Asks a person a question, and needs no permission for it.
const QUESTION: &str = "AskUserQuestion";

/// The open calls that a dialog may be about.
fn fitting(open: &[OpenTool], fits: impl Fn(&OpenTool) -> bool) -> Vec<OpenTool> {
    open.iter().filter(|call| fits(call)).cloned().collect()
}

/// What a dialog asks, in words. Of several calls nobody can tell for sure which one it is about: those of one message
/// are asked for one after the other, and others may run beside them. Most are asked for as soon as they are made.
fn one_of(calls: &[OpenTool], asked_at: Option<i64>) -> Option<String> {
    let made = || calls.iter().filter_map(|call| call.at);
    let latest =
        made().filter(|at| asked_at.is_some_and(|asked| *at <= asked.saturating_add(BESIDE_MS))).max();
    let latest =
        latest.filter(|at| asked_at.is_some_and(|asked| asked.saturating_sub(*at) <= ASKED_WITHIN_MS));
    let of_its_message = |call: &&OpenTool| {
        latest.zip(call.at).is_some_and(|(latest, at)| latest.abs_diff(at) <= BESIDE_MS.unsigned_abs())
    };
    let likely = question(calls.iter().find(of_its_message).or_else(|| calls.first())?);
    Some(match calls.len() {
        1 => likely,
        all => format!("one of {all} open calls, likely: {likely}"),
    })
}

/// A call that needs permission is asked for within this, if nothing else is asked.
const ASKED_WITHIN_MS: i64 = 2_000;
/// The calls of one message are made, and what is made is registered, within this.
const BESIDE_MS: i64 = 500;

/// The turn is over: how did it end, and how long ago?
fn ended(row: &Registry, tail: Option<&Tail>, now: i64) -> Status {
    let since = row.changed_at;
    let says = |state, detail: Option<&str>| Status {
        state,
        since,
        source: Source::Registry,
        detail: detail.map(str::to_owned),
    };
    let tail = match tail {
        Some(tail) if tail.last != Last::Nothing => tail,
        _ if just_ended(row, now) => return says(State::Waiting, None),
        _ => return says(State::Idle, Some("no prompt yet")),
    };
    let told = |state, source, detail| Status { state, since: tail.at, source, detail: Some(detail) };
    match &tail.last {
        Last::ApiError { status: Some(429), .. } => {
            told(State::RateLimited, Source::Transcript, "the last request was rate limited".to_owned())
        }
        Last::ApiError { kind, status } => {
            let status = status.map(|code| format!(" ({code})")).unwrap_or_default();
            told(State::Error, Source::Transcript, format!("the last request failed: {kind}{status}"))
        }
        // The registry would say so, but not in versions before it had a word for it.
        _ if tail.background > 0 => told(State::Background, Source::Inferred, tasks(tail.background)),
        _ if since.is_some_and(|since| now.saturating_sub(since) > IDLE_AFTER_MS) => says(State::Idle, None),
        Last::Interrupted => says(State::Waiting, Some("interrupted")),
        _ => says(State::Waiting, None),
    }
}

/// A turn's rows reach the disk a moment after the registry says that it is over: for so long a session without
/// any is taken for one whose first turn has just ended, unless it has only just started.
const ROWS_AFTER_MS: i64 = 500;
/// A client that has just started becomes idle within this.
const STARTS_WITHIN_MS: i64 = 2_000;

fn just_ended(row: &Registry, now: i64) -> bool {
    let started = row.started_at.zip(row.changed_at);
    let later = started.is_some_and(|(started, changed)| changed.saturating_sub(started) > STARTS_WITHIN_MS);
    let fresh = row.changed_at.is_some_and(|changed| {
        let age = now.saturating_sub(changed);
        (0..=ROWS_AFTER_MS).contains(&age)
    });
    later && fresh
}

/// When time alone will turn a status into another, milliseconds since the epoch; `None` if it will not.
#[must_use]
pub fn turns_at(evidence: &Evidence, status: &Status) -> Option<i64> {
    let changed = evidence.registry.as_ref().and_then(|row| row.changed_at);
    match status.state {
        State::Waiting if evidence.tail.as_ref().is_none_or(|tail| tail.last == Last::Nothing) => {
            Some(changed.or(status.since)?.saturating_add(ROWS_AFTER_MS + 1))
        }
        State::Waiting => Some(status.since?.saturating_add(IDLE_AFTER_MS + 1)),
        State::Working if !runs(evidence) => Some(moved(evidence)?.saturating_add(STALLED_AFTER_MS + 1)),
        _ => None,
    }
}

/// The id of the tool call that an open dialog is about, where that is sure: a hook names it, or only one call can be
/// meant. `None` in every other state.
#[must_use]
pub fn asked(evidence: &Evidence, status: &Status) -> Option<String> {
    let asks: fn(&OpenTool) -> bool = match status.state {
        State::NeedsPermission => |call: &OpenTool| !is_question(call),
        State::NeedsAnswer => is_question,
        _ => return None,
    };
    let hook = evidence.hook.as_ref().filter(|hook| hook.state == status.state);
    if let Some(call) = hook.and_then(|hook| hook.call.clone()) {
        return Some(call);
    }
    let reason = evidence.registry.as_ref().and_then(|row| row.waiting_for.as_deref());
    // A dialog of no tool: a sandbox's, another worker's.
    let of_a_tool = |reason: &str| {
        matches!(reason, "permission prompt" | "input needed") || reason.starts_with("approve ")
    };
    let open = evidence.tail.as_ref().filter(|_| reason.is_none_or(of_a_tool))?.open.iter();
    let mut fit = open.filter(|call| asks(call));
    fit.next().filter(|_| fit.next().is_none()).map(|call| call.id.clone())
}

/// Something of the session's own runs, and takes its time.
fn runs(evidence: &Evidence) -> bool {
    evidence.tail.as_ref().is_some_and(|tail| !tail.open.is_empty() || tail.background > 0)
        || evidence.hook.as_ref().is_some_and(|hook| hook.call.is_some())
        || evidence
            .tree
            .is_some_and(|tree| tree.child_of_call || tree.cpu_pct.is_some_and(|pct| pct > BUSY_PCT))
}

/// When anything of the session moved last.
fn moved(evidence: &Evidence) -> Option<i64> {
    let tail = evidence.tail.as_ref();
    let moves = [
        evidence.registry.as_ref().and_then(|row| row.changed_at),
        evidence.hook.as_ref().map(|hook| hook.at),
        tail.and_then(|tail| tail.at),
        tail.and_then(|tail| tail.moved_at),
    ];
    moves.into_iter().flatten().max()
}

/// A host without a registry status: hooks and the transcript, the newer of them.
fn unregistered(
    evidence: &Evidence,
    registry: Option<&Registry>,
    tail: Option<&Tail>,
    hook: Option<&Hook>,
    now: i64,
) -> Status {
    let guess = inferred(tail, registry, evidence.tree);
    let runs = evidence.tree.is_some_and(|tree| tree.child_of_dialog);
    let status = match hook {
        // Saying "Yes" calls no hook before the tool is done.
        Some(hook) if runs && hook.state == State::NeedsPermission => Status {
            state: State::Working,
            since: Some(hook.at),
            source: Source::Inferred,
            detail: hook.detail.as_ref().map(|call| {
                format!("asked for permission, and a process was started since, so it seems to run: {call}")
            }),
        },
        Some(hook) if outlives(hook, tail, &guess) => Status {
            state: hook.state,
            since: Some(hook.at),
            source: Source::Hook,
            detail: hook.detail.clone(),
        },
        _ => guess,
    };
    let quiet = status.since.is_some_and(|since| now.saturating_sub(since) > IDLE_AFTER_MS);
    match status.state {
        State::Waiting if quiet => Status { state: State::Idle, ..status },
        _ => status,
    }
}

/// Whether what hooks told still stands beside what the transcript says since.
fn outlives(hook: &Hook, tail: Option<&Tail>, guess: &Status) -> bool {
    let Some(tail) = tail else { return true };
    let newer = tail.at.is_none_or(|at| hook.at >= at);
    let interrupted = matches!(tail.last, Last::Interrupted);
    // A row of another call that ran beside it is newer, but does not answer this one.
    let open = hook.call.as_ref().is_some_and(|call| tail.open.iter().any(|tool| tool.id == *call));
    let same = guess.source == Source::Inferred && guess.state == hook.state;
    newer || ((open || same) && !interrupted)
}

/// Only the transcript speaks, and the processes where it does not tell.
fn inferred(tail: Option<&Tail>, registry: Option<&Registry>, tree: Option<Tree>) -> Status {
    let Some(tail) = tail else {
        return Status {
            state: State::Unknown,
            since: registry.and_then(|row| row.started_at),
            source: Source::Process,
            detail: Some("runs, and has written nothing yet".to_owned()),
        };
    };
    let says = |state, source, detail| Status { state, since: tail.at, source, detail };
    match &tail.last {
        Last::TurnEnded if tail.background > 0 => {
            says(State::Background, Source::Inferred, Some(tasks(tail.background)))
        }
        Last::TurnEnded => says(State::Waiting, Source::Transcript, None),
        Last::Interrupted => says(State::Waiting, Source::Transcript, Some("interrupted".to_owned())),
        Last::ApiError { status: Some(429), .. } => says(State::RateLimited, Source::Transcript, None),
        Last::Retrying { status: Some(429) } => {
            let detail = "a request was rate limited (429), and is tried again".to_owned();
            says(State::RateLimited, Source::Transcript, Some(detail))
        }
        Last::Retrying { .. } => {
            says(State::Working, Source::Transcript, Some("a request failed, and is tried again".to_owned()))
        }
        Last::ApiError { kind, .. } => says(State::Error, Source::Transcript, Some(kind.clone())),
        Last::Tool => match tail.open.last() {
            Some(call) if is_question(call) => {
                says(State::NeedsAnswer, Source::Inferred, Some(question(call)))
            }
            call => says(State::Working, Source::Inferred, Some(tool(call, tree))),
        },
        Last::Prompt => says(State::Working, Source::Inferred, None),
        // It has only been started.
        Last::Earlier => {
            let started = registry.and_then(|row| row.started_at);
            Status { since: started.or(tail.at), ..says(State::Waiting, Source::Inferred, None) }
        }
        // Versions of that age never write that a turn has ended: the model's last words, or it still writes.
        Last::Text => says(State::Waiting, Source::Inferred, None),
        Last::Nothing => says(State::Unknown, Source::Inferred, None),
    }
}

/// A tool that does nothing but ask the person.
fn is_question(call: &OpenTool) -> bool {
    matches!(call.name.as_str(), "AskUserQuestion" | "ExitPlanMode")
}

fn question(call: &OpenTool) -> String {
    match call.name.as_str() {
        "ExitPlanMode" => "a plan to approve".to_owned(),
        _ => call.describe(),
    }
}

/// A call without a result runs, or a dialog asks for it: what its processes do is a hint, no more.
fn tool(call: Option<&OpenTool>, tree: Option<Tree>) -> String {
    let shown = call.map(OpenTool::describe).unwrap_or_default();
    match tree {
        Some(tree) if tree.child_of_call => {
            format!("a process was started since, so it seems to run: {shown}")
        }
        Some(tree) if tree.cpu_pct.is_some_and(|pct| pct > BUSY_PCT) => {
            format!("its processes are busy, so it seems to run: {shown}")
        }
        _ => format!("runs or waits for permission: {shown}"),
    }
}

/// A turn in which nothing moves any more. That is a conclusion, and told as one.
fn stalled(evidence: &Evidence, status: Status, now: i64) -> Status {
    if status.state != State::Working || runs(evidence) {
        return status;
    }
    match moved(evidence) {
        Some(moved) if now.saturating_sub(moved) > STALLED_AFTER_MS => Status {
            state: State::Stalled,
            since: Some(moved),
            source: Source::Inferred,
            detail: Some(
                "a turn runs, and nothing has moved since: no row, no hook call, no tool".to_owned(),
            ),
        },
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tool(name: &str, summary: &str) -> OpenTool {
        OpenTool { id: "t".to_owned(), name: name.to_owned(), summary: summary.to_owned(), at: Some(1) }
    }

    fn row(status: Registered, waiting_for: &str) -> Option<Registry> {
        let waiting_for = (!waiting_for.is_empty()).then(|| waiting_for.to_owned());
        Some(Registry { status: Some(status), waiting_for, changed_at: Some(1_000), started_at: Some(0) })
    }

    fn state(evidence: &Evidence) -> (State, Source, Option<String>) {
        let status = resolve(evidence, 2_000);
        (status.state, status.source, status.detail)
    }

    fn alive(registry: Option<Registry>, tail: Option<Tail>) -> Evidence {
        Evidence { process: Process::Alive, registry, tail, ..Evidence::default() }
    }

    fn tail(last: Last, open: Vec<OpenTool>) -> Option<Tail> {
        Some(Tail { last, at: Some(900), open, ..Tail::default() })
    }

    #[test]
    fn what_our_hook_holds_back_is_asked_though_the_registry_says_busy() {
        let row = Registry { status: Some(Registered::Busy), changed_at: Some(500), ..Registry::default() };
        let hook = |held| Hook { held, ..hook(State::NeedsPermission, 1_000, Some("b1"), "Bash: make") };
        let status = |held| busy(&row, None, Some(&hook(held)));
        let held = status(true);
        assert_eq!(
            (held.state, held.source, held.since),
            (State::NeedsPermission, Source::Hook, Some(1_000))
        );
        assert_eq!(held.detail.as_deref(), Some("Bash: make"));
        assert_eq!(status(false).state, State::Working, "its dialog was answered, or is about to open");
    }

    #[test]
    fn the_call_that_a_dialog_is_about_is_named_where_that_is_sure() {
        let call = |id: &str, name: &str| OpenTool { id: id.to_owned(), ..tool(name, "") };
        let hook = |call: Option<&str>| Hook {
            state: State::NeedsPermission,
            at: 1_000,
            detail: None,
            call: call.map(str::to_owned),
            held: false,
        };
        let one = || vec![call("b1", "Bash")];
        let two = || vec![call("b1", "Bash"), call("b2", "Bash")];
        let table = [
            ("permission prompt", one(), None, Some("b1")),
            ("permission prompt", two(), None, None),
            ("permission prompt", two(), Some(hook(Some("b2"))), Some("b2")),
            ("permission prompt", two(), Some(hook(None)), None),
            ("permission prompt", vec![call("b1", "Bash"), call("q1", "AskUserQuestion")], None, Some("b1")),
            ("input needed", vec![call("b1", "Bash"), call("q1", "AskUserQuestion")], None, Some("q1")),
            ("sandbox request", one(), None, None),
            ("approve Bash", one(), None, Some("b1")),
        ];
        for (reason, open, hook, wanted) in table {
            let evidence =
                Evidence { hook, ..alive(row(Registered::Waiting, reason), tail(Last::Tool, open.clone())) };
            let found = asked(&evidence, &resolve(&evidence, 2_000));
            assert_eq!(found.as_deref(), wanted, "{reason}: {open:?}");
        }
        let runs = alive(row(Registered::Busy, ""), tail(Last::Tool, one()));
        assert_eq!(asked(&runs, &resolve(&runs, 2_000)), None, "a call that runs waits for nobody");
    }

    #[test]
    fn a_table_of_what_the_registry_says() {
        let bash = || tail(Last::Tool, vec![tool("Bash", "ls")]);
        let plan = tail(Last::Tool, vec![tool("ExitPlanMode", "")]);
        let table = [
            (row(Registered::Busy, ""), bash(), State::Working, Some("Bash: ls")),
            (row(Registered::Waiting, "permission prompt"), bash(), State::NeedsPermission, Some("Bash: ls")),
            (
                row(Registered::Waiting, "permission prompt"),
                plan,
                State::NeedsAnswer,
                Some("a plan to approve"),
            ),
            (
                row(Registered::Waiting, "permission prompt"),
                tail(Last::Tool, vec![tool("Bash", "one"), tool("AskUserQuestion", "Which?")]),
                State::NeedsPermission,
                Some("Bash: one"),
            ),
            (
                row(Registered::Waiting, "input needed"),
                tail(Last::Tool, vec![tool("AskUserQuestion", "Which?"), tool("Bash", "one")]),
                State::NeedsAnswer,
                Some("AskUserQuestion: Which?"),
            ),
            (
                row(Registered::Waiting, "input needed"),
                bash(),
                State::NeedsAnswer,
                Some("a question is open"),
            ),
            (
                row(Registered::Waiting, "permission prompt"),
                tail(Last::Tool, vec![tool("Bash", "one"), tool("Edit", "two"), tool("ExitPlanMode", "")]),
                State::NeedsPermission,
                Some("one of 3 open calls, likely: Bash: one"),
            ),
            (row(Registered::Waiting, "approve Bash"), None, State::NeedsPermission, Some("Bash")),
            (row(Registered::Waiting, "input needed"), None, State::NeedsAnswer, Some("a question is open")),
            (
                row(Registered::Waiting, "dialog open"),
                None,
                State::Waiting,
                Some("a dialog is open on its screen"),
            ),
            (row(Registered::Waiting, "goal proposal"), None, State::NeedsAnswer, Some("goal proposal")),
            (row(Registered::Shell, ""), bash(), State::Background, Some("a background command runs")),
            (row(Registered::Idle, ""), tail(Last::TurnEnded, vec![]), State::Waiting, None),
            (row(Registered::Idle, ""), tail(Last::Interrupted, vec![]), State::Waiting, Some("interrupted")),
            (row(Registered::Idle, ""), None, State::Idle, Some("no prompt yet")),
            (row(Registered::Idle, ""), tail(Last::Nothing, vec![]), State::Idle, Some("no prompt yet")),
            (
                row(Registered::Other, ""),
                None,
                State::Unknown,
                Some("a status that this version does not know"),
            ),
        ];
        for (registry, tail, wanted, detail) in table {
            let shown = format!("{registry:?} {tail:?}");
            assert_eq!(
                state(&alive(registry, tail)),
                (wanted, Source::Registry, detail.map(str::to_owned)),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_call_that_was_just_made_is_likely_the_one() {
        let made = |at, summary| OpenTool { at: Some(at), ..tool("Bash", summary) };
        let open = vec![made(-9_000, "old"), made(300, "running"), made(950, "new"), made(960, "newer")];
        let found = state(&alive(row(Registered::Waiting, "permission prompt"), tail(Last::Tool, open)));
        assert_eq!(found.2.as_deref(), Some("one of 4 open calls, likely: Bash: new"));
    }

    #[test]
    fn errors_and_limits() {
        let failed = |status| tail(Last::ApiError { kind: "overloaded".to_owned(), status }, vec![]);
        let found = |tail| resolve(&alive(row(Registered::Idle, ""), tail), 2_000);
        let told = |status: Status| (status.state, status.source, status.since);
        assert_eq!(told(found(failed(Some(529)))), (State::Error, Source::Transcript, Some(900)));
        assert_eq!(told(found(failed(Some(429)))), (State::RateLimited, Source::Transcript, Some(900)));
    }

    #[test]
    fn nothing_of_an_earlier_client_goes_on() {
        let earlier = || tail(Last::Earlier, vec![]);
        assert_eq!(state(&alive(row(Registered::Busy, ""), earlier())).0, State::Working);
        assert_eq!(state(&alive(row(Registered::Idle, ""), earlier())).0, State::Waiting);
        let started = Registry { status: None, started_at: Some(1_500), ..Registry::default() };
        let found = resolve(&alive(Some(started.clone()), earlier()), 2_000);
        assert_eq!((found.state, found.source, found.since), (State::Waiting, Source::Inferred, Some(1_500)));
        let goodbye = Some(hook(State::Finished, 1_600, None, "other"));
        let resumed = Evidence { hook: goodbye, ..alive(Some(started), earlier()) };
        assert_eq!(resolve(&resumed, 2_000).state, State::Waiting, "whoever lives has not ended");
    }

    #[test]
    fn an_ended_turn_with_tasks_is_background() {
        let ended_at = |at| Tail { last: Last::TurnEnded, background: 2, at: Some(at), ..Tail::default() };
        let evidence = alive(row(Registered::Busy, ""), Some(ended_at(1_001)));
        assert_eq!(state(&evidence).0, State::Background);
        assert_eq!(state(&evidence).2.as_deref(), Some("2 background tasks run"));
        let again = alive(row(Registered::Busy, ""), Some(ended_at(999)));
        assert_eq!(state(&again).0, State::Working, "a new turn, whose prompt is still to come");
        let agents = Tail { agents: 1, ..ended_at(999) };
        let answered = alive(row(Registered::Busy, ""), Some(agents));
        assert_eq!(state(&answered).0, State::Background, "a subagent's dialog was answered since");
        let told = Some(hook(State::Background, 990, None, "2 background tasks run"));
        let late = Evidence { hook: told, ..alive(row(Registered::Busy, ""), Some(ended_at(999))) };
        assert_eq!(state(&late).1, Source::Hook, "the row of the end comes after its hooks");
        let idle = alive(row(Registered::Idle, ""), Some(ended_at(999)));
        assert_eq!((state(&idle).0, state(&idle).1), (State::Background, Source::Inferred));
    }

    #[test]
    fn a_client_that_has_not_registered_is_unknown() {
        let found = state(&Evidence { process: Process::Unregistered, ..Evidence::default() });
        assert_eq!((found.0, found.1), (State::Unknown, Source::Process));
    }

    #[test]
    fn long_silence_is_idle() {
        let evidence = alive(row(Registered::Idle, ""), tail(Last::TurnEnded, vec![]));
        assert_eq!(resolve(&evidence, 1_000 + IDLE_AFTER_MS + 1).state, State::Idle);
    }

    #[test]
    fn without_a_registry_status_the_transcript_is_marked() {
        let evidence = alive(None, tail(Last::Tool, vec![tool("Bash", "sleep 60")]));
        assert_eq!(state(&evidence).0, State::Working);
        assert_eq!(state(&evidence).1, Source::Inferred, "a running tool looks like an open prompt");
        assert_eq!(state(&alive(None, tail(Last::TurnEnded, vec![]))).1, Source::Transcript);
        assert_eq!(state(&alive(None, None)).0, State::Unknown);
    }

    #[test]
    fn hooks_decide_only_without_a_registry_status() {
        let hook = Some(hook(State::NeedsPermission, 5_000, None, "Bash: rm x"));
        let evidence = Evidence { hook: hook.clone(), ..alive(None, tail(Last::Tool, vec![])) };
        assert_eq!(state(&evidence).1, Source::Hook);
        let evidence = Evidence {
            hook: hook.clone(),
            ..alive(row(Registered::Idle, ""), tail(Last::TurnEnded, vec![]))
        };
        assert_eq!(state(&evidence).0, State::Waiting, "an answered prompt fires no hook");
        let evidence = Evidence { hook, ..alive(row(Registered::Waiting, "permission prompt"), None) };
        assert_eq!(state(&evidence).2.as_deref(), Some("Bash: rm x"));
    }

    #[test]
    fn a_process_that_was_started_since_a_dialog_makes_it_a_guess() {
        let asked = Some(hook(State::NeedsPermission, 950, Some("t"), "Bash: make"));
        let evidence = Evidence { hook: asked, ..alive(None, tail(Last::Tool, vec![tool("Bash", "make")])) };
        assert_eq!(state(&evidence).1, Source::Hook);
        let tree = Some(Tree { child_of_call: true, child_of_dialog: true, cpu_pct: None });
        let found = state(&Evidence { tree, ..evidence.clone() });
        assert_eq!((found.0, found.1), (State::Working, Source::Inferred));
        assert!(found.2.unwrap().contains("Bash: make"));
        let tree = Some(Tree { child_of_call: true, ..Tree::default() });
        assert_eq!(state(&Evidence { tree, ..evidence }).0, State::NeedsPermission, "a hook is a child, too");
    }

    fn hook(state: State, at: i64, call: Option<&str>, detail: &str) -> Hook {
        let detail = (!detail.is_empty()).then(|| detail.to_owned());
        Hook { state, at, detail, call: call.map(str::to_owned), held: false }
    }

    #[test]
    fn without_a_registry_status_the_newer_of_hook_and_transcript_decides() {
        let decide = |hook: Hook, tail: Option<Tail>| {
            let found = resolve(&Evidence { hook: Some(hook), ..alive(None, tail) }, 2_000);
            (found.state, found.source)
        };
        let prompt = |at| hook(State::NeedsPermission, at, Some("t"), "Bash: ls");
        let open = vec![tool("Bash", "ls")];
        let asked = (State::NeedsPermission, Source::Hook);
        assert_eq!(decide(prompt(901), tail(Last::Tool, open.clone())), asked);
        // The result of a call that ran beside it is newer, and says nothing of this one.
        assert_eq!(decide(prompt(800), tail(Last::Prompt, open.clone())), asked);
        // Esc and "No" call no hook.
        let stopped = tail(Last::Interrupted, vec![]);
        assert_eq!(decide(prompt(800), stopped), (State::Waiting, Source::Transcript));
        let went_on = tail(Last::Prompt, vec![]);
        assert_eq!(decide(prompt(800), went_on), (State::Working, Source::Inferred));
        // A guess that says the same does not weaken what was told.
        let working = hook(State::Working, 800, None, "");
        assert_eq!(decide(working, tail(Last::Prompt, vec![])), (State::Working, Source::Hook));
        let ended = hook(State::Waiting, 950, None, "");
        assert_eq!(decide(ended.clone(), tail(Last::Text, vec![])), (State::Waiting, Source::Hook));
        let found = resolve(&Evidence { hook: Some(ended), ..alive(None, None) }, 950 + IDLE_AFTER_MS + 1);
        assert_eq!((found.state, found.source), (State::Idle, Source::Hook));
    }

    #[test]
    fn hooks_tell_what_the_registry_leaves_out() {
        let asks = |hook| Evidence {
            hook: Some(hook),
            ..alive(row(Registered::Waiting, "permission prompt"), None)
        };
        let plan = state(&asks(hook(State::NeedsAnswer, 900, Some("t"), "a plan to approve")));
        assert_eq!((plan.0, plan.2.as_deref()), (State::NeedsAnswer, Some("a plan to approve")));
        let turn = tail(Last::Prompt, vec![]);
        let over = hook(State::Background, 950, None, "1 background task runs");
        let found = state(&Evidence { hook: Some(over), ..alive(row(Registered::Busy, ""), turn.clone()) });
        assert_eq!((found.0, found.1), (State::Background, Source::Hook));
        // A new turn has begun since: its rows are newer.
        let over = hook(State::Background, 800, None, "");
        let found = state(&Evidence { hook: Some(over), ..alive(row(Registered::Busy, ""), turn) });
        assert_eq!((found.0, found.1), (State::Working, Source::Registry));
    }

    #[test]
    fn requests_that_are_tried_again() {
        let busy = |status| state(&alive(row(Registered::Busy, ""), tail(Last::Retrying { status }, vec![])));
        let limited = busy(Some(429));
        assert_eq!((limited.0, limited.1), (State::RateLimited, Source::Transcript));
        let overloaded = busy(Some(529));
        assert_eq!(overloaded.0, State::Working);
        assert!(overloaded.2.is_some_and(|detail| detail.contains("529")));
        assert_eq!(busy(None).0, State::Working);
    }

    #[test]
    fn a_turn_in_which_nothing_moves_has_stalled_and_that_is_a_guess() {
        let later = 1_000 + STALLED_AFTER_MS + 1;
        let quiet = alive(row(Registered::Busy, ""), tail(Last::Prompt, vec![]));
        let found = resolve(&quiet, later);
        assert_eq!((found.state, found.source, found.since), (State::Stalled, Source::Inferred, Some(1_000)));
        assert_eq!(resolve(&quiet, later - 1).state, State::Working);
        let subagent = Tail { moved_at: Some(later), ..tail(Last::Prompt, vec![]).unwrap() };
        assert_eq!(resolve(&Evidence { tail: Some(subagent), ..quiet.clone() }, later).state, State::Working);
        let running = tail(Last::Tool, vec![tool("Bash", "make")]);
        assert_eq!(resolve(&Evidence { tail: running, ..quiet.clone() }, later).state, State::Working);
        let heard = Some(hook(State::Working, later - 5, None, ""));
        assert_eq!(resolve(&Evidence { hook: heard, ..quiet.clone() }, later).state, State::Working);
        let idle = alive(row(Registered::Idle, ""), tail(Last::TurnEnded, vec![]));
        assert_ne!(resolve(&idle, later).state, State::Stalled);
    }

    #[test]
    fn what_processes_do_is_only_a_hint() {
        let open = tail(Last::Tool, vec![tool("Bash", "make")]);
        for tree in [
            None,
            Some(Tree { cpu_pct: Some(90.0), ..Tree::default() }),
            Some(Tree { child_of_call: true, ..Tree::default() }),
        ] {
            let found = resolve(&Evidence { tree, ..alive(None, open.clone()) }, 2_000);
            assert_eq!((found.state, found.source), (State::Working, Source::Inferred), "{tree:?}");
            assert!(found.detail.is_some_and(|detail| detail.ends_with("Bash: make")));
        }
        let asks = tail(Last::Tool, vec![tool("AskUserQuestion", "Which?")]);
        let found = resolve(&alive(None, asks), 2_000);
        assert_eq!((found.state, found.source), (State::NeedsAnswer, Source::Inferred));
    }

    #[test]
    fn a_first_turn_that_has_just_ended_is_no_session_without_a_prompt() {
        let at = |now, started_at| {
            let row = Registry { started_at: Some(started_at), ..row(Registered::Idle, "").unwrap() };
            resolve(&alive(Some(row), None), now).state
        };
        assert_eq!(at(1_100, -5_000), State::Waiting, "its rows are on their way");
        assert_eq!(at(1_100 + ROWS_AFTER_MS, -5_000), State::Idle);
        assert_eq!(at(1_100, 500), State::Idle, "it has only just started");
    }

    #[test]
    fn time_alone_turns_some_states() {
        let when = |evidence: &Evidence| turns_at(evidence, &resolve(evidence, 2_000));
        let waiting = alive(row(Registered::Idle, ""), tail(Last::TurnEnded, vec![]));
        assert_eq!(when(&waiting), Some(1_000 + IDLE_AFTER_MS + 1));
        let subagent = Tail { moved_at: Some(1_700), ..tail(Last::Prompt, vec![]).unwrap() };
        let working = alive(row(Registered::Busy, ""), Some(subagent));
        let due = when(&working).unwrap();
        assert_eq!(due, 1_700 + STALLED_AFTER_MS + 1);
        assert_eq!(resolve(&working, due).state, State::Stalled);
        assert_eq!(resolve(&working, due - 1).state, State::Working);
        assert_eq!(when(&alive(row(Registered::Waiting, "permission prompt"), None)), None);
    }

    #[test]
    fn a_goodbye_says_when() {
        let gone = Evidence { hook: Some(hook(State::Finished, 950, None, "other")), ..Evidence::default() };
        let found = resolve(&gone, 2_000);
        assert_eq!((found.state, found.since, found.source), (State::Finished, Some(950), Source::Process));
    }

    proptest! {
        #[test]
        fn the_dead_are_finished(
            status in prop::sample::select(&[Registered::Busy, Registered::Waiting, Registered::Idle][..]),
            told in prop::sample::select(&State::ALL[..]),
            now in any::<i64>(),
        ) {
            let hook = Some(hook(told, 1_500, Some("t"), "Bash: x"));
            let live = alive(row(status, "permission prompt"), tail(Last::Tool, vec![tool("Bash", "x")]));
            let evidence = Evidence { process: Process::Dead, hook, ..live };
            prop_assert_eq!(resolve(&evidence, now).state, State::Finished);
            let foreign = Evidence { process: Process::Foreign, ..evidence };
            prop_assert_eq!(resolve(&foreign, now).state, State::Unknown);
        }
    }

    #[test]
    fn clocks_that_jump_do_not_overflow() {
        let evidence = alive(row(Registered::Idle, ""), tail(Last::TurnEnded, vec![]));
        assert_eq!(resolve(&evidence, i64::MIN).state, State::Waiting);
        assert_eq!(resolve(&evidence, i64::MAX).state, State::Idle);
    }
}
