//! What a session is doing, from all evidence, in one place.
//!
//! [`resolve`] is the only function that decides a status; every surface calls it. The order is:
//!
//! 1. The process. A dead one is finished, whatever files say; one that lives where we cannot see it
//!    (another container) is unknown, never finished.
//! 2. Claude Code's own registry, where the running version writes a status. It changes within
//!    milliseconds and is right also where no hook fires (answering "No", pressing Esc).
//! 3. Hooks that are newer than that, for hosts without a registry status; else they add detail.
//! 4. The transcript's tail, which cannot tell a running tool from an open prompt: `inferred`.

use serde::Serialize;

use crate::digest::{Last, OpenTool};

/// What a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    pub fn word(self) -> &'static str {
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

    /// A person is waited for, or should look.
    #[must_use]
    pub fn wants_attention(self) -> bool {
        matches!(
            self,
            Self::NeedsPermission | Self::NeedsAnswer | Self::Error | Self::Stalled | Self::RateLimited
        )
    }
}

/// Which evidence decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// What the newest hook call of a session says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The state that it means.
    pub state: State,
    /// When it was called, milliseconds since the epoch.
    pub at: i64,
    /// What exactly.
    pub detail: Option<String>,
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
}

/// Everything that bears on a status.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The process.
    pub process: Process,
    /// The registry row.
    pub registry: Option<Registry>,
    /// The newest hook call.
    pub hook: Option<Hook>,
    /// The transcript's end.
    pub tail: Option<Tail>,
}

/// After so long without a move, a session whose turn has ended is idle rather than waiting.
pub const IDLE_AFTER_MS: i64 = 30 * 60 * 1000;

/// Decides what a session is doing.
#[must_use]
pub fn resolve(evidence: &Evidence, now: i64) -> Status {
    let tail = evidence.tail.as_ref();
    match evidence.process {
        Process::Dead => dead(tail),
        Process::None => finished(tail, None),
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
        Process::Alive | Process::Unverified => live(evidence, tail, now),
    }
}

fn dead(tail: Option<&Tail>) -> Status {
    finished(tail, Some("its process is gone, and it did not say goodbye"))
}

fn finished(tail: Option<&Tail>, detail: Option<&str>) -> Status {
    Status {
        state: State::Finished,
        since: tail.and_then(|tail| tail.at),
        source: Source::Process,
        detail: detail.map(str::to_owned),
    }
}

fn live(evidence: &Evidence, tail: Option<&Tail>, now: i64) -> Status {
    let registry = evidence.registry.as_ref();
    match registry.and_then(|row| Some((row, row.status?))) {
        Some((row, status)) => with_detail(registered(row, status, tail, now), evidence.hook.as_ref()),
        None => match &evidence.hook {
            Some(hook) if tail.and_then(|tail| tail.at).is_none_or(|at| hook.at >= at) => Status {
                state: hook.state,
                since: Some(hook.at),
                source: Source::Hook,
                detail: hook.detail.clone(),
            },
            _ => inferred(tail, registry),
        },
    }
}

/// The registry names neither tool nor command: a hook about the same state does.
fn with_detail(status: Status, hook: Option<&Hook>) -> Status {
    match hook {
        Some(hook) if hook.state == status.state && hook.detail.is_some() => {
            Status { detail: hook.detail.clone(), ..status }
        }
        _ => status,
    }
}

fn registered(row: &Registry, status: Registered, tail: Option<&Tail>, now: i64) -> Status {
    let says = |state, detail: Option<String>| Status {
        state,
        since: row.changed_at,
        source: Source::Registry,
        detail,
    };
    match status {
        Registered::Busy => match tail {
            Some(tail) if tail.last == Last::TurnEnded && tail.background > 0 => {
                says(State::Background, Some(tasks(tail.background)))
            }
            Some(tail) => says(State::Working, tail.open.last().map(OpenTool::describe)),
            None => says(State::Working, None),
        },
        Registered::Shell => says(State::Background, Some("a background command runs".to_owned())),
        Registered::Waiting => waiting(row, tail),
        Registered::Idle => ended(row, tail, now),
        Registered::Other => {
            says(State::Unknown, Some("a status that this version does not know".to_owned()))
        }
    }
}

fn tasks(count: u64) -> String {
    match count {
        1 => "1 background task runs".to_owned(),
        count => format!("{count} background tasks run"),
    }
}

fn waiting(row: &Registry, tail: Option<&Tail>) -> Status {
    let open = tail.and_then(|tail| tail.open.last());
    let reason = row.waiting_for.as_deref().unwrap_or_default();
    let call = open.map(OpenTool::describe);
    let (state, detail) = match reason {
        "permission prompt" if open.is_some_and(|tool| tool.name == "ExitPlanMode") => {
            (State::NeedsAnswer, Some("a plan to approve".to_owned()))
        }
        "permission prompt" => (State::NeedsPermission, call),
        "input needed" => (State::NeedsAnswer, call.or_else(|| Some("a question is open".to_owned()))),
        "dialog open" => (State::Waiting, Some("a dialog is open on its screen".to_owned())),
        "sandbox request" | "worker request" => (State::NeedsPermission, Some(reason.to_owned())),
        // Versions up to 2.1.133 name the tool in the text.
        approve if approve.starts_with("approve ") => {
            (State::NeedsPermission, call.or_else(|| Some(approve["approve ".len()..].to_owned())))
        }
        other => (State::NeedsAnswer, (!other.is_empty()).then(|| other.to_owned())),
    };
    Status { state, since: row.changed_at, source: Source::Registry, detail }
}

/// The turn is over: how did it end, and how long ago?
fn ended(row: &Registry, tail: Option<&Tail>, now: i64) -> Status {
    let since = row.changed_at;
    let says = |state, detail: Option<&str>| Status {
        state,
        since,
        source: Source::Registry,
        detail: detail.map(str::to_owned),
    };
    let Some(tail) = tail else { return says(State::Idle, Some("no prompt yet")) };
    match &tail.last {
        Last::ApiError { status: Some(429), .. } => {
            says(State::RateLimited, Some("the last request was rate limited"))
        }
        Last::ApiError { kind, status } => {
            let status = status.map(|code| format!(" ({code})")).unwrap_or_default();
            let detail = format!("the last request failed: {kind}{status}");
            Status { detail: Some(detail), ..says(State::Error, None) }
        }
        _ if tail.background > 0 => {
            Status { detail: Some(tasks(tail.background)), ..says(State::Background, None) }
        }
        _ if since.is_some_and(|since| now.saturating_sub(since) > IDLE_AFTER_MS) => says(State::Idle, None),
        Last::Interrupted => says(State::Waiting, Some("interrupted")),
        _ => says(State::Waiting, None),
    }
}

/// A host without a registry status: only the transcript speaks.
fn inferred(tail: Option<&Tail>, registry: Option<&Registry>) -> Status {
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
        Last::ApiError { kind, .. } => says(State::Error, Source::Transcript, Some(kind.clone())),
        Last::Tool => {
            let call = tail.open.last().map(OpenTool::describe).unwrap_or_default();
            says(State::Working, Source::Inferred, Some(format!("runs or waits for permission: {call}")))
        }
        Last::Prompt | Last::Text => says(State::Working, Source::Inferred, None),
        Last::Nothing => says(State::Unknown, Source::Inferred, None),
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
        Evidence { process: Process::Alive, registry, tail, hook: None }
    }

    fn tail(last: Last, open: Vec<OpenTool>) -> Option<Tail> {
        Some(Tail { last, at: Some(900), open, background: 0 })
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
    fn errors_and_limits() {
        let failed = |status| tail(Last::ApiError { kind: "overloaded".to_owned(), status }, vec![]);
        assert_eq!(state(&alive(row(Registered::Idle, ""), failed(Some(529)))).0, State::Error);
        assert_eq!(state(&alive(row(Registered::Idle, ""), failed(Some(429)))).0, State::RateLimited);
    }

    #[test]
    fn an_ended_turn_with_tasks_is_background() {
        let tail = Tail { last: Last::TurnEnded, background: 2, ..Tail::default() };
        let evidence = alive(row(Registered::Busy, ""), Some(tail));
        assert_eq!(state(&evidence).0, State::Background);
        assert_eq!(state(&evidence).2.as_deref(), Some("2 background tasks run"));
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
        let hook =
            Some(Hook { state: State::NeedsPermission, at: 5_000, detail: Some("Bash: rm x".to_owned()) });
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

    proptest! {
        #[test]
        fn the_dead_are_finished(status in prop::sample::select(&[Registered::Busy, Registered::Waiting, Registered::Idle][..]), now in any::<i64>()) {
            let evidence = Evidence { process: Process::Dead, ..alive(row(status, "permission prompt"), tail(Last::Tool, vec![tool("Bash", "x")])) };
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
