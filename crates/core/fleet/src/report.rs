//! What happened in a window of time: sessions, what they were asked, did, changed and cost, what failed, which
//! dialogs were answered, and what waits for the person now.
//!
//! [`moves`] folds a transcript's rows of the window, [`dialogs`] hook calls and decisions; [`make`] puts them together
//! with the sessions as they stand now. Nothing here is estimated: what nobody told is `None`, and [`Sources`] says
//! where the figures come from.

pub mod dialogs;
pub mod moves;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use claudectl_transcript::time::Millis;
use serde::Serialize;

use crate::money::Usd;
use crate::session::{Pending, Session, status, time, usd};
use crate::spend;
use crate::status::{State, Status};
use dialogs::{Answer, Dialog};
use moves::{Asked, FileMoves, Moves};

/// From a moment on, up to another and without it; milliseconds since the epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub since: Millis,
    /// The first moment that does not belong to it.
    pub until: Millis,
}

impl Window {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn covers(self, at: Millis) -> bool {
        self.since <= at && at < self.until
    }
}

/// A session, and what it did in the window.
#[derive(Debug)]
pub struct Moved<'a> {
    /// As it stands now.
    pub session: &'a Session,
    /// What its transcripts tell, its own and its subagents'.
    pub moves: Vec<Moves>,
    /// Subagents that did something in the window.
    pub subagents: u64,
    /// What it used in the window.
    pub used: spend::Row,
    /// The permission dialogs of the window.
    pub dialogs: Vec<Dialog>,
    /// Hooks told something of it in the window.
    pub hooked: bool,
    /// Transcripts of it are gone, so that of the window only sums are known.
    pub gone: bool,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// When it was made.
    #[serde(serialize_with = "time")]
    pub at: Option<Millis>,
    /// Who made it.
    pub author: String,
    /// The first line of its message. Redacted.
    pub subject: String,
}

/// A checkout, and the commits of the window on its branches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Repository {
    /// Its top folder.
    pub root: String,
    /// The commits, newest first.
    pub commits: Vec<Commit>,
    /// There are more than are listed.
    pub more: bool,
    /// Why they are not known.
    pub problem: Option<String>,
}

/// What is put together.
#[derive(Debug, Default)]
pub struct Input<'a> {
    /// The window.
    pub window: Window,
    /// Now, milliseconds since the epoch: in the window, or its end.
    pub now: Millis,
    /// Sessions that did something in it.
    pub moved: Vec<Moved<'a>>,
    /// Every session that runs, the most urgent first; `None` where the window ended before now.
    pub live: Option<Vec<&'a Session>>,
    /// Checkouts by the project's folder.
    pub repositories: BTreeMap<String, Vec<Repository>>,
    /// Where costs come from.
    pub cost: Costed,
}

/// Where the costs come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Costed {
    /// Responses that were counted one by one.
    pub responses: u64,
    /// Responses of which only sums by quarters of an hour are kept: a quarter that the window cuts counts whole.
    pub in_quarters: u64,
}

/// A report.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The window's beginning.
    #[serde(serialize_with = "moment")]
    pub since: Millis,
    /// Its end.
    #[serde(serialize_with = "moment")]
    pub until: Millis,
    /// What waits now, the most urgent first; `None` where the window ended before now.
    pub waiting: Option<Vec<Waiting>>,
    /// What happened, by project: those first that wait for a person, then the dearest.
    pub projects: Vec<Project>,
    /// Tool calls that failed, those that look the same as one; the most frequent first.
    pub failures: Vec<Failure>,
    /// Requests that failed, the most frequent first.
    pub api_failures: Vec<ApiFailure>,
    /// All together.
    pub totals: Totals,
    /// Where the figures come from.
    pub sources: Sources,
}

/// A session that waits for a person.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// The session's id.
    pub session: String,
    /// Its name.
    pub name: Option<String>,
    /// Its project.
    pub project: String,
    /// What it waits for, since when, and what says so.
    #[serde(serialize_with = "status")]
    pub status: Status,
    /// How long, milliseconds.
    pub waited_ms: Option<i64>,
    /// The calls that are open: those that wait, and those that run beside them.
    pub calls: Vec<Pending>,
    /// It holds up work: anything but a turn that has ended.
    pub urgent: bool,
}

/// What happened in a project.
#[derive(Debug, Serialize)]
pub struct Project {
    /// Its short name.
    pub name: String,
    /// Its folder.
    pub path: Option<String>,
    /// What its sessions cost in the window.
    #[serde(serialize_with = "usd")]
    pub cost_usd: Usd,
    /// Responses of models without a price; not in the cost.
    pub unpriced_messages: u64,
    /// Its sessions, those first that wait, then those that moved last.
    pub sessions: Vec<Did>,
    /// Its checkouts.
    pub repositories: Vec<Repository>,
    /// The files that edits changed, the most changed first.
    pub files: Vec<Changed>,
    /// Changes of files beyond those that are listed.
    pub other_changes: u64,
    /// Lines added by edits; `None` where no client wrote it down.
    pub lines_added: Option<u64>,
    /// Lines removed.
    pub lines_removed: Option<u64>,
}

/// What a session did.
#[derive(Debug, Serialize)]
pub struct Did {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Where it stands now.
    #[serde(serialize_with = "status")]
    pub status: Status,
    /// When its first row of the window was made.
    #[serde(serialize_with = "time")]
    pub first_at: Option<Millis>,
    /// When the last one was.
    #[serde(serialize_with = "time")]
    pub last_at: Option<Millis>,
    /// What it was asked.
    pub asked: AskedOf,
    /// What it cost in the window, subagents included.
    #[serde(serialize_with = "usd")]
    pub cost_usd: Usd,
    /// Responses of models without a price; not in the cost.
    pub unpriced_messages: u64,
    /// API responses.
    pub messages: u64,
    /// Tool calls; this and the counts below are `None` where its transcripts are gone.
    pub tool_calls: Option<u64>,
    /// Of these, failed.
    pub errors: Option<u64>,
    /// Files that edits changed.
    pub files: Option<u64>,
    /// Lines added by edits.
    pub lines_added: Option<u64>,
    /// Lines removed.
    pub lines_removed: Option<u64>,
    /// Subagents that did something.
    pub subagents: u64,
    /// How often a person interrupted it.
    pub interrupted: Option<u64>,
    /// How often its conversation was compacted.
    pub compactions: Option<u64>,
    /// Permission dialogs; `None` where neither hooks nor its client tell.
    pub dialogs: Option<Vec<Dialog>>,
    /// Pull requests that it made.
    pub pull_requests: Vec<String>,
}

/// What a session was asked.
#[derive(Debug, Default, Serialize)]
pub struct AskedOf {
    /// Prompts in the window; `None` where its transcript is gone.
    pub prompts: Option<u64>,
    /// The first of them.
    pub first: Option<Line>,
    /// The last of them.
    pub last: Option<Line>,
    /// The last one before the window, where there is none in it.
    pub before: Option<Line>,
}

/// A line of text with its time.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// When.
    #[serde(serialize_with = "moment")]
    pub at: Millis,
    /// The text, redacted.
    pub text: String,
}

impl From<&Asked> for Line {
    fn from(asked: &Asked) -> Self {
        Self { at: asked.at, text: asked.text.clone() }
    }
}

/// A changed file.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// Its path; relative to the project's folder where it is below that.
    pub path: String,
    /// Calls that changed it.
    pub changes: u64,
    /// Lines they added; `None` where the client did not write it down.
    pub added: Option<u64>,
    /// Lines they removed.
    pub removed: Option<u64>,
    /// It was made in the window.
    pub created: bool,
}

/// Tool calls that failed alike.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// The session's id.
    pub session: String,
    /// Its project.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// The first line of what the latest one said. Redacted.
    pub message: String,
    /// How often.
    pub count: u64,
    /// When last.
    #[serde(serialize_with = "moment")]
    pub last_at: Millis,
}

/// Requests that failed alike.
#[derive(Debug, Serialize)]
pub struct ApiFailure {
    /// A word for it: `rate_limit`, `overloaded_error`, ...; `retry` for those that were only tried again.
    pub kind: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// How often a turn ended with it.
    pub failed: u64,
    /// How often the client said that it tries again.
    pub retried: u64,
    /// In how many sessions.
    pub sessions: u64,
    /// When last.
    #[serde(serialize_with = "moment")]
    pub last_at: Millis,
}

impl ApiFailure {
    /// A limit of the account, not a fault.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        self.status == Some(429) || self.kind == "rate_limit"
    }
}

/// Figures of all projects.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// Projects.
    pub projects: u64,
    /// Sessions that did something.
    pub sessions: u64,
    /// Of these, such of which only sums are known.
    pub gone: u64,
    /// What they cost.
    #[serde(serialize_with = "usd")]
    pub cost_usd: Usd,
    /// The part of it that rests on prices nothing confirmed.
    #[serde(serialize_with = "usd")]
    pub unverified_usd: Usd,
    /// Responses of models without a price; not in the cost.
    pub unpriced_messages: u64,
    /// API responses.
    pub messages: u64,
    /// Prompts.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Of these, failed.
    pub errors: u64,
    /// Subagents.
    pub subagents: u64,
    /// Commits, each once.
    pub commits: u64,
    /// Files that edits changed.
    pub files: u64,
    /// Lines added by edits; `None` where no client wrote it down.
    pub lines_added: Option<u64>,
    /// Lines removed.
    pub lines_removed: Option<u64>,
    /// Permission dialogs that were answered, by how.
    pub dialogs: BTreeMap<Answer, u64>,
}

/// Where the figures come from.
#[derive(Debug, Default, Serialize)]
pub struct Sources {
    /// Costs: responses that were counted one by one, and those in sums by quarters of an hour.
    pub cost: Costed,
    /// Sessions whose dialogs hooks told of.
    pub dialogs_by_hooks: u64,
    /// Sessions whose dialogs only the transcript tells of: those that were answered.
    pub dialogs_by_transcript: u64,
    /// Sessions with tool calls of whose dialogs nothing is known.
    pub dialogs_unknown: u64,
}

/// Puts a report together.
#[must_use]
pub fn make(input: Input<'_>) -> Report {
    let Input { window, now, moved, live, mut repositories, cost } = input;
    let mut report = Report {
        since: window.since,
        until: window.until,
        waiting: live.map(|live| live.into_iter().filter_map(|session| waiting(session, now)).collect()),
        projects: Vec::new(),
        failures: failures(&moved),
        api_failures: api_failures(&moved),
        totals: Totals::default(),
        sources: Sources { cost, ..Sources::default() },
    };
    report.count(&moved);
    let mut projects: BTreeMap<String, Vec<Moved<'_>>> = BTreeMap::new();
    for moved in moved {
        projects.entry(project_key(moved.session)).or_default().push(moved);
    }
    report.projects = projects
        .into_iter()
        .map(|(key, moved)| project(moved, repositories.remove(&key).unwrap_or_default()))
        .collect();
    report.projects.sort_by(|a, b| a.order().cmp(&b.order()).then_with(|| a.path.cmp(&b.path)));
    report.totals.projects = report.projects.len() as u64;
    report.sum();
    report
}

/// Leaves each commit to one of some checkouts: those of one repository know the same.
pub fn once(repositories: &mut [Repository]) {
    let mut seen = std::collections::HashSet::new();
    for repository in repositories {
        repository.commits.retain(|commit| seen.insert(commit.id.clone()));
    }
}

/// What sessions of one project have in common: the folder, else the name.
#[must_use]
pub fn project_key(session: &Session) -> String {
    session.project_path.clone().unwrap_or_else(|| session.project.clone())
}

fn waiting(session: &Session, now: Millis) -> Option<Waiting> {
    let state = session.status.state;
    let urgent = state.wants_attention();
    if !urgent && state != State::Waiting {
        return None;
    }
    Some(Waiting {
        session: session.id.clone(),
        name: session.name.clone(),
        project: session.project.clone(),
        status: session.status.clone(),
        waited_ms: session.status.since.map(|since| now.saturating_sub(since).max(0)),
        calls: session.pending.clone(),
        urgent,
    })
}

fn project(mut moved: Vec<Moved<'_>>, repositories: Vec<Repository>) -> Project {
    let last = |moved: &Moved<'_>| moved.moves.iter().filter_map(|moves| moves.last_at).max();
    moved.sort_by(|a, b| {
        let order = |moved: &Moved<'_>| (rank(moved.session.status.state), Reverse(last(moved)));
        order(a).cmp(&order(b)).then_with(|| a.session.id.cmp(&b.session.id))
    });
    let path = moved.first().and_then(|moved| moved.session.project_path.clone());
    let mut files: BTreeMap<&str, FileMoves> = BTreeMap::new();
    let mut others = FileMoves::default();
    for moves in moved.iter().flat_map(|moved| &moved.moves) {
        moves.files.iter().for_each(|(path, file)| files.entry(path).or_default().add(file));
        others.add(&moves.other_files);
    }
    let (lines_added, lines_removed) = all_of(files.values().chain([&others])).lines().unzip();
    let mut files: Vec<Changed> =
        files.iter().map(|(file, moves)| changed(file, moves, path.as_deref())).collect();
    files.sort_by(|a, b| {
        let lines = |file: &Changed| file.added.unwrap_or(0) + file.removed.unwrap_or(0);
        let weight = |file: &Changed| (Reverse(lines(file)), Reverse(file.changes));
        weight(a).cmp(&weight(b)).then_with(|| a.path.cmp(&b.path))
    });
    Project {
        name: moved.first().map(|moved| moved.session.project.clone()).unwrap_or_default(),
        path,
        cost_usd: moved.iter().map(|moved| moved.used.usd).sum(),
        unpriced_messages: moved.iter().map(|moved| moved.used.unpriced).sum(),
        sessions: moved.iter().map(did).collect(),
        repositories,
        files,
        other_changes: others.changes,
        lines_added,
        lines_removed,
    }
}

/// Those that hold up work first, as urgent as they are; all others alike.
fn rank(state: State) -> State {
    if state.wants_attention() { state } else { State::Finished }
}

fn changed(path: &str, moves: &FileMoves, project: Option<&str>) -> Changed {
    let below = project.and_then(|project| path.strip_prefix(project)?.strip_prefix('/'));
    let (added, removed) = moves.lines().unzip();
    Changed {
        path: below.unwrap_or(path).to_owned(),
        changes: moves.changes,
        added,
        removed,
        created: moves.created,
    }
}

fn did(moved: &Moved<'_>) -> Did {
    let session = moved.session;
    let known = !moved.gone || !moved.moves.is_empty();
    let sum = |pick: fn(&Moves) -> u64| known.then(|| moved.moves.iter().map(pick).sum());
    let files = moved.moves.iter().flat_map(|moves| moves.files.values().chain([&moves.other_files]));
    let (lines_added, lines_removed) = all_of(files).lines().unzip();
    Did {
        id: session.id.clone(),
        name: session.name.clone(),
        status: session.status.clone(),
        first_at: moved.moves.iter().filter_map(|moves| moves.first_at).min(),
        last_at: moved.moves.iter().filter_map(|moves| moves.last_at).max(),
        asked: asked(moved, known),
        cost_usd: moved.used.usd,
        unpriced_messages: moved.used.unpriced,
        messages: moved.used.messages,
        tool_calls: sum(|moves| moves.tool_calls),
        errors: sum(|moves| moves.errors),
        files: known.then(|| moved.files().count() as u64),
        lines_added,
        lines_removed,
        subagents: moved.subagents,
        interrupted: sum(|moves| moves.interrupted),
        compactions: sum(|moves| moves.compactions),
        dialogs: moved.tells_dialogs().then(|| moved.dialogs.clone()),
        pull_requests: moved.moves.iter().flat_map(|moves| moves.pull_requests.iter().cloned()).collect(),
    }
}

fn all_of<'a>(files: impl Iterator<Item = &'a FileMoves>) -> FileMoves {
    files.fold(FileMoves::default(), |mut all, file| {
        all.add(file);
        all
    })
}

fn asked(moved: &Moved<'_>, known: bool) -> AskedOf {
    let lines =
        |pick: fn(&Moves) -> &Option<Asked>| moved.moves.iter().filter_map(move |moves| pick(moves).as_ref());
    let first = lines(|moves| &moves.asked_first).min_by_key(|asked| asked.at);
    let last = lines(|moves| &moves.asked_last).max_by_key(|asked| asked.at);
    let before = lines(|moves| &moves.asked_before).max_by_key(|asked| asked.at);
    AskedOf {
        prompts: known.then(|| moved.moves.iter().map(|moves| moves.prompts).sum()),
        first: first.map(Line::from),
        last: last.map(Line::from),
        before: before.filter(|_| first.is_none()).map(Line::from),
    }
}

impl Moved<'_> {
    fn files(&self) -> impl Iterator<Item = &str> {
        let files: std::collections::BTreeSet<&str> =
            self.moves.iter().flat_map(|moves| moves.files.keys().map(String::as_str)).collect();
        files.into_iter()
    }

    /// Whether anything tells of its dialogs: hooks, a client that writes decisions, or a decision by itself.
    fn tells_dialogs(&self) -> bool {
        self.hooked || !self.dialogs.is_empty() || self.moves.iter().any(|moves| moves.tells_decisions)
    }
}

fn failures(moved: &[Moved<'_>]) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    for moved in moved {
        let mut own: BTreeMap<(&str, &str), Failure> = BTreeMap::new();
        for failed in moved.moves.iter().flat_map(Moves::failures) {
            let failure = own.entry((&failed.tool, &failed.message)).or_insert_with(|| Failure {
                session: moved.session.id.clone(),
                project: moved.session.project.clone(),
                tool: failed.tool.clone(),
                message: failed.message.clone(),
                count: 0,
                last_at: failed.last_at,
            });
            failure.count += failed.count;
            failure.last_at = failure.last_at.max(failed.last_at);
        }
        found.extend(own.into_values());
    }
    found.sort_by(|a, b| {
        let order = |failure: &Failure| (Reverse(failure.count), Reverse(failure.last_at));
        order(a)
            .cmp(&order(b))
            .then_with(|| (&a.session, &a.tool, &a.message).cmp(&(&b.session, &b.tool, &b.message)))
    });
    found
}

fn api_failures(moved: &[Moved<'_>]) -> Vec<ApiFailure> {
    let mut found: BTreeMap<&moves::ApiFailure, ApiFailure> = BTreeMap::new();
    for moved in moved {
        let mut seen = Vec::new();
        for (key, failed) in moved.moves.iter().flat_map(|moves| &moves.api) {
            let failure = found.entry(key).or_insert_with(|| ApiFailure {
                kind: key.0.clone(),
                status: key.1,
                failed: 0,
                retried: 0,
                sessions: 0,
                last_at: failed.last_at,
            });
            failure.failed += failed.failed;
            failure.retried += failed.retried;
            failure.last_at = failure.last_at.max(failed.last_at);
            if !seen.contains(&key) {
                failure.sessions += 1;
                seen.push(key);
            }
        }
    }
    let mut found: Vec<ApiFailure> = found.into_values().collect();
    found
        .sort_by_key(|failure| (Reverse(failure.failed), Reverse(failure.retried), Reverse(failure.last_at)));
    found
}

impl Project {
    /// Before others: what holds up work, then what cost most.
    fn order(&self) -> (State, Reverse<Usd>) {
        let states = self.sessions.iter().map(|did| did.status.state).filter(|state| state.wants_attention());
        (states.min().unwrap_or(State::Finished), Reverse(self.cost_usd))
    }
}

impl Report {
    /// Counts what goes by sessions.
    fn count(&mut self, moved: &[Moved<'_>]) {
        let totals = &mut self.totals;
        for moved in moved {
            totals.sessions += 1;
            totals.gone += u64::from(moved.gone);
            totals.cost_usd += moved.used.usd;
            totals.unverified_usd += moved.used.unverified_usd;
            totals.unpriced_messages += moved.used.unpriced;
            totals.messages += moved.used.messages;
            totals.subagents += moved.subagents;
            for moves in &moved.moves {
                totals.prompts += moves.prompts;
                totals.tool_calls += moves.tool_calls;
                totals.errors += moves.errors;
            }
            for dialog in &moved.dialogs {
                *totals.dialogs.entry(dialog.answer).or_default() += 1;
            }
            let calls = moved.moves.iter().any(|moves| moves.tool_calls > 0);
            let sources = &mut self.sources;
            match (moved.hooked, moved.tells_dialogs()) {
                (true, _) => sources.dialogs_by_hooks += 1,
                (false, true) => sources.dialogs_by_transcript += 1,
                (false, false) => sources.dialogs_unknown += u64::from(calls || moved.gone),
            }
        }
    }

    /// Sums what goes by projects. Worktrees of one repository know the same commits.
    fn sum(&mut self) {
        let totals = &mut self.totals;
        let mut commits = std::collections::BTreeSet::new();
        for project in &self.projects {
            totals.files += project.files.len() as u64;
            let add = |to: &mut Option<u64>, more: Option<u64>| {
                if let Some(more) = more {
                    *to = Some(to.unwrap_or(0) + more);
                }
            };
            add(&mut totals.lines_added, project.lines_added);
            add(&mut totals.lines_removed, project.lines_removed);
            let listed = project.repositories.iter().flat_map(|repository| &repository.commits);
            commits.extend(listed.map(|commit| commit.id.as_str()));
        }
        totals.commits = commits.len() as u64;
    }

    /// Nothing happened, and nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.waiting.as_ref().is_none_or(Vec::is_empty)
    }
}

fn moment<S: serde::Serializer>(at: &Millis, to: S) -> Result<S::Ok, S::Error> {
    time(&Some(*at), to)
}

#[cfg(test)]
mod tests;
