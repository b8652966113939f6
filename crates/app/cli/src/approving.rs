//! Answering a prompt that is open elsewhere, for whoever asks for it: the commands, and the dashboard.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use claudectl_agents::prompts::{self, Answer, Prompt, Told, Waiting};
use claudectl_agents::{ends, registry, roots};
use claudectl_fleet::hooks::{ANSWERED, Activity, Event};
use claudectl_gate::rules::{Action, Rule};
use claudectl_store::Store;
use claudectl_store::approvals::{self, Approval};
use claudectl_store::gate::{Decision, Grant};
use serde::Serialize;

use crate::app::App;
use crate::commands::rules::keep_rule;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::ingest;
use crate::judging::hook::DEFER;
use crate::snapshot;

/// How long a client that was given an answer takes to act on it, at most.
const ACTS: Duration = Duration::from_secs(4);
const LOOKS: Duration = Duration::from_millis(40);
/// What was answered so lately is told to who comes too late, milliseconds.
pub(crate) const LATELY_MS: i64 = 60 * 60 * 1000;
/// So many decisions are looked at for one that waits.
const MOST_LOOKED_AT: u32 = 64;

/// For how long an answer holds beside this one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// For this call alone.
    Once,
    /// For the same calls of this session, for so long, milliseconds.
    Session(i64),
    /// For the same calls in the same project, for as long as `approvals.always_for` says.
    Always,
}

/// What a person answers.
#[derive(Debug, Clone)]
pub(crate) struct Answering {
    pub(crate) allow: bool,
    /// Which call, by its id; `None` for the one that is open.
    pub(crate) call: Option<String>,
    /// Which call, by the hash that was shown: nothing else is answered.
    pub(crate) hash: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) holds: Holds,
    /// Who answers.
    pub(crate) by: &'static str,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// It waits until the session is taken up again.
    Queued,
    /// The client was given it, and has not been seen to act on it.
    Delivered,
    /// The client has acted on it.
    Confirmed,
    /// Somebody has answered before, or the prompt is over.
    TooLate,
}

/// An answer, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) session: String,
    pub(crate) tool_use_id: Option<String>,
    pub(crate) tool: String,
    pub(crate) summary: String,
    pub(crate) decision: &'static str,
    pub(crate) state: State,
    /// The rule or grant that was made.
    pub(crate) rule: Option<String>,
    /// More, for a person.
    pub(crate) note: Option<String>,
}

/// A prompt, with the call that it is about where that can be told.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) waiting: Waiting,
    pub(crate) call: Option<String>,
    /// So many open calls are the very same.
    pub(crate) alike: usize,
}

impl Open {
    pub(crate) fn prompt(&self) -> &Prompt {
        &self.waiting.prompt
    }
}

/// The prompts that can be answered from here, of one session or of all, the oldest first.
pub(crate) fn open(app: &App, session: Option<&str>) -> Result<Vec<Open>> {
    let home = app.env.state_dir()?;
    let waiting = prompts::waiting(&home, session);
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let mut store = Store::open(&home.join("state.db"))?;
    ingest::all_or_warn(app, &mut store);
    let open = waiting.into_iter().map(|waiting| {
        let activity = store.activity(&waiting.prompt.session)?.unwrap_or_default();
        let (call, alike) = call_of(&activity, &waiting.prompt);
        Ok(Open { waiting, call, alike })
    });
    open.collect()
}

/// The sessions with a prompt that can be answered from here; without a look at anything else.
pub(crate) fn sessions(app: &App) -> HashSet<String> {
    let Ok(home) = app.env.state_dir() else { return HashSet::new() };
    prompts::waiting(&home, None).into_iter().map(|waiting| waiting.prompt.session).collect()
}

/// The call that a prompt is about: it does not name it, so tool, input and subagent must do.
fn call_of(activity: &Activity, prompt: &Prompt) -> (Option<String>, usize) {
    let same = |tool: &str, hash: &str, agent: &Option<String>| {
        tool == prompt.tool && hash == prompt.hash && *agent == prompt.agent
    };
    let calls: Vec<_> =
        activity.calls.iter().filter(|open| same(&open.tool, &open.hash, &open.agent)).collect();
    let call = match calls.as_slice() {
        [only] => only.call.clone(),
        _ => None,
    };
    (call, calls.len())
}

/// Answers the prompt of a session.
pub(crate) fn answer(app: &App, session: &str, answering: &Answering) -> Result<Report> {
    let home = app.env.state_dir()?;
    let open = open(app, Some(session))?;
    let chosen = match choose(session, &open, answering)? {
        Some(chosen) => chosen,
        None => return none_open(app, &home, session, answering),
    };
    let prompt = chosen.prompt();
    let rules = kept_rules(app, prompt, answering)?;
    let given = Answer {
        allow: answering.allow,
        reason: answering.reason.clone(),
        hash: prompt.hash.clone(),
        by: answering.by.to_owned(),
    };
    let told = chosen.waiting.answer(&given).map_err(|error| {
        CliError::external("the answer was given, and nothing came back")
            .why(error)
            .fix("look at the session (claudectl show, claudectl attach): it may have gone on")
    })?;
    let state = match told {
        Told::Delivered => acted(prompt, chosen.call.as_deref()),
        Told::TooLate => State::TooLate,
        Told::Refused(why) => {
            return Err(CliError::failed("the answer was not taken")
                .why(why)
                .fix("answer at the session's terminal"));
        }
    };
    let mut report = Report {
        session: session.to_owned(),
        tool_use_id: chosen.call.clone(),
        tool: prompt.tool.clone(),
        summary: prompt.summary.clone(),
        decision: decision(answering),
        state,
        rule: None,
        note: None,
    };
    match state {
        State::TooLate => report.note = answered_before(app, &home, session)?,
        State::Queued | State::Delivered | State::Confirmed => {
            report.rule = hold(app, &home, session, rules, answering)?;
        }
    }
    Ok(report)
}

fn decision(answering: &Answering) -> &'static str {
    if answering.allow { "allow" } else { "deny" }
}

/// The prompt that is meant; `None` where none is open.
fn choose<'o>(session: &str, open: &'o [Open], answering: &Answering) -> Result<Option<&'o Open>> {
    let many = |what: &str, fix: String| CliError::failed(what.to_owned()).fix(fix);
    if let Some(hash) = &answering.hash {
        return Ok(open.iter().find(|open| open.prompt().hash == *hash));
    }
    if let Some(call) = &answering.call {
        if let Some(tied) = open.iter().find(|open| open.alike > 1) {
            let what = format!("{} open calls are the very same: {}", tied.alike, tied.prompt().summary);
            let why =
                "which of them the prompt is about cannot be told, so no answer is bound to one by its id";
            return Err(CliError::failed(what).why(why).fix(format!(
                "answer them one after the other, without --call: claudectl approve {session}"
            )));
        }
        return Ok(open.iter().find(|open| open.call.as_deref() == Some(call)));
    }
    match open {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => {
            let calls: Vec<String> = several
                .iter()
                .map(|open| format!("{} ({})", open.call.as_deref().unwrap_or("?"), open.prompt().summary))
                .collect();
            Err(many(
                &format!("{} prompts are open", several.len()),
                format!("name one with --call: {}", calls.join(", ")),
            ))
        }
    }
}

/// The rules that an answer leaves behind; an error where it is to hold for longer and cannot.
fn kept_rules(app: &App, prompt: &Prompt, answering: &Answering) -> Result<Vec<Rule>> {
    let ends = match answering.holds {
        Holds::Once => return Ok(Vec::new()),
        Holds::Session(time) => app.now.saturating_add(time),
        Holds::Always => app.now.saturating_add(app.config.approvals.always_ms),
    };
    let action = if answering.allow { Action::Allow } else { Action::Deny };
    let rules: Vec<Rule> =
        prompt.rules.iter().filter_map(|rule| serde_json::from_value(rule.clone()).ok()).collect();
    if rules.is_empty() || rules.len() != prompt.rules.len() {
        return Err(CliError::failed("no rule would cover this call, so it can only be answered this once")
            .why("each part of a call has to be covered, and what is not understood is covered by nothing")
            .fix("answer it without --always and --for"));
    }
    let in_session = matches!(answering.holds, Holds::Session(_));
    let rule = |rule: Rule| Rule {
        action: Some(action),
        sessions: if in_session { vec![prompt.session.clone()] } else { Vec::new() },
        reason: answering.reason.clone().or(rule.reason),
        // In whole seconds, as it is written.
        expires: Some(ends.div_euclid(1000) * 1000),
        ..rule
    };
    Ok(rules.into_iter().map(rule).collect())
}

/// Keeps what an answer leaves behind; its names.
fn hold(
    app: &App,
    home: &Path,
    session: &str,
    rules: Vec<Rule>,
    answering: &Answering,
) -> Result<Option<String>> {
    let mut names = Vec::new();
    let kept = |error: CliError| CliError {
        what: format!("session {session} was answered, but nothing was kept for later: {}", error.what),
        ..error
    };
    if matches!(answering.holds, Holds::Session(_)) && !rules.is_empty() {
        let mut store = Store::open(&home.join("state.db")).map_err(|error| kept(error.into()))?;
        for rule in &rules {
            let ends = rule.expires.unwrap_or(app.now);
            names.push(Grant::name(store.grant(rule, app.now, ends).map_err(|error| kept(error.into()))?));
        }
        snapshot::renew_gate(app, &store, home).map_err(kept)?;
    } else {
        for rule in rules {
            names.push(keep_rule(app, rule, None).map_err(kept)?.0.name);
        }
    }
    Ok((!names.is_empty()).then(|| names.join(", ")))
}

/// What the client does with an answer: its own files tell.
#[expect(clippy::disallowed_methods, reason = "another process is waited for, by the clock it goes by")]
fn acted(prompt: &Prompt, call: Option<&str>) -> State {
    let root = prompt.transcript.as_deref().and_then(|path| roots::of_transcript(Path::new(path)));
    let (Some(root), Some(client)) = (root, prompt.client) else { return State::Delivered };
    let before = registry::of_client(&root, client).and_then(|row| row.status_updated_at);
    let began = Instant::now();
    while began.elapsed() < ACTS {
        let Some(row) = registry::of_client(&root, client) else { return State::Delivered };
        let Some(status) = row.status else { return State::Delivered };
        // It may wait again by now, for another call.
        if status != "waiting" || row.status_updated_at != before {
            let by_a_key = call.is_some_and(|call| was_answered_by_a_key(prompt, call));
            return if by_a_key { State::TooLate } else { State::Confirmed };
        }
        std::thread::sleep(LOOKS);
    }
    State::Delivered
}

/// The client's own record of who answered a call.
fn was_answered_by_a_key(prompt: &Prompt, call: &str) -> bool {
    let source = prompt.transcript.as_deref().and_then(|path| ends::decided_by(Path::new(path), call));
    source.is_some_and(|source| source.starts_with("user"))
}

/// No prompt is open: what was meant may be over, or wait in another way.
fn none_open(app: &App, home: &Path, session: &str, answering: &Answering) -> Result<Report> {
    let mut store = Store::open(&home.join("state.db"))?;
    ingest::all_or_warn(app, &mut store);
    if let Some(deferred) = deferred(app, &store, session, answering.call.as_deref())? {
        return queue(app, home, session, &deferred, answering);
    }
    if let Some(late) = lately(app, &store, session, answering.call.as_deref())? {
        let input = late.event.input.clone().unwrap_or_default();
        return Ok(Report {
            session: session.to_owned(),
            tool_use_id: late.event.call.clone(),
            tool: late.event.tool.clone().unwrap_or_default(),
            summary: input.summary,
            decision: decision(answering),
            state: State::TooLate,
            rule: None,
            note: Some(late.said),
        });
    }
    let activity = store.activity(session)?.unwrap_or_default();
    let named = answering.call.as_ref().map(|call| format!(" for call {call}")).unwrap_or_default();
    let error = CliError::failed(format!("no prompt of session {session} is open{named}"));
    Err(if activity.dialogs.is_empty() {
        error.fix("`claudectl approve` lists the prompts that are open")
    } else {
        error
            .why("it asks something, but no hook of ours waits beside it: the prompt is older than our hooks, a question, or open for longer than approvals.wait")
            .fix(format!("answer it at its terminal: claudectl attach {session}"))
    })
}

/// The last call at which a run of the session has ended, to be taken up again.
fn deferred(app: &App, store: &Store, session: &str, call: Option<&str>) -> Result<Option<Decision>> {
    let since = app.now.saturating_sub(approvals::WAITS_MS);
    let decisions = store.decisions_of(session, since, MOST_LOOKED_AT)?;
    // What came after it says that it is over.
    let last = decisions.into_iter().next().filter(|one| one.judged.said.as_deref() == Some(DEFER));
    Ok(last.filter(|one| one.outcome.is_none() && call.is_none_or(|call| one.call.as_deref() == Some(call))))
}

/// Leaves an answer for the run that takes the session up.
fn queue(
    app: &App,
    home: &Path,
    session: &str,
    deferred: &Decision,
    answering: &Answering,
) -> Result<Report> {
    if answering.holds != Holds::Once {
        return Err(CliError::failed("a call at which a run has ended can only be answered this once")
            .fix("answer it without --always and --for, or add a rule: claudectl rules add"));
    }
    let (Some(call), Some(hash)) = (deferred.call.clone(), deferred.hash.clone()) else {
        return Err(CliError::new(Kind::Internal, "the call has no id to bind an answer to"));
    };
    let ends = app.now.saturating_add(approvals::WAITS_MS);
    let approval =
        Approval { call: call.clone(), hash, allow: answering.allow, reason: answering.reason.clone(), ends };
    approvals::leave(home, session, &approval).map_err(|error| {
        CliError::external("the answer cannot be kept").why(error).fix("check who may write the state folder")
    })?;
    let until = format::moment(ends, &app.zone);
    Ok(Report {
        session: session.to_owned(),
        tool_use_id: Some(call),
        tool: deferred.tool.clone(),
        summary: deferred.summary.clone(),
        decision: decision(answering),
        state: State::Queued,
        rule: None,
        note: Some(format!(
            "take the session up with `claude -p --resume {session}`; the answer waits until {until}"
        )),
    })
}

/// A prompt that was answered lately, and how that is told.
struct Late {
    event: Event,
    said: String,
}

fn lately(app: &App, store: &Store, session: &str, call: Option<&str>) -> Result<Option<Late>> {
    let since = app.now.saturating_sub(LATELY_MS);
    let events = store.events_between(session, since, i64::MAX)?;
    let asked = events.iter().rposition(|event| event.event == "PermissionRequest");
    let Some(asked) = asked else { return Ok(None) };
    let is_of = |event: &&Event| {
        let hash = |event: &Event| event.input.as_ref().map(|input| input.hash.clone());
        event.tool == events[asked].tool
            && hash(event) == hash(&events[asked])
            && event.agent == events[asked].agent
    };
    let before = events[..asked].iter().rev().filter(is_of).find(|event| event.event == "PreToolUse");
    let id = before.and_then(|event| event.call.clone());
    if call.is_some() && call != id.as_deref() {
        return Ok(None);
    }
    let mut after = events[asked..].iter().filter(is_of);
    let answered = after.find(|event| event.event == ANSWERED);
    let said = match answered {
        Some(event) => format!(
            "it was answered {} ago: {}, by {}",
            format::age(app.now.saturating_sub(event.at)),
            event.kind.as_deref().unwrap_or_default(),
            event.text.as_deref().unwrap_or_default()
        ),
        None => "it was answered at its terminal, or is over".to_owned(),
    };
    let activity = store.activity(session)?.unwrap_or_default();
    // A dialog that nobody has answered is none of the past.
    if answered.is_none() && !activity.dialogs.is_empty() && may_wait(app, session) {
        return Ok(None);
    }
    Ok(Some(Late { event: Event { call: id, ..events[asked].clone() }, said }))
}

/// The registry has the session as one that waits, or says nothing of it.
fn may_wait(app: &App, session: &str) -> bool {
    let listing = registry::read(&app.claude_roots());
    let row = listing.entries.iter().find(|(_, row)| row.session_id == session);
    row.and_then(|(_, row)| row.status.as_deref()).is_none_or(|status| status == "waiting")
}

/// How a prompt that is over was answered.
fn answered_before(app: &App, home: &Path, session: &str) -> Result<Option<String>> {
    let mut store = Store::open(&home.join("state.db"))?;
    ingest::all_or_warn(app, &mut store);
    Ok(lately(app, &store, session, None)?.map(|late| late.said))
}
