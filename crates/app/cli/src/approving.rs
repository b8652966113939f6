//! Answering a prompt that is open elsewhere, for whoever asks for it: the commands, and the dashboard.

mod deferred;
mod effect;
mod late;

use std::path::Path;

use claudectl_agents::processes::{Processes, System};
use claudectl_agents::prompts::{self, Answer, Prompt, Told, Waiting};
use claudectl_agents::registry;
use claudectl_fleet::hooks::{Activity, Event, Input, OVERTAKEN};
use claudectl_gate::host;
use claudectl_gate::rules::{Action, Rule};
use claudectl_store::gate::Grant;
use claudectl_store::{Store, journal};
use jiff::Timestamp;
use serde::Serialize;

pub(crate) use deferred::Deferred;
use effect::Watch;
pub(crate) use late::ANSWERED_WITHIN_MS;
use late::Late;

use crate::app::App;
use crate::commands::hook::day;
use crate::commands::rules::keep_rule;
use crate::error::{CliError, Result};
use crate::format;
use crate::ingest;
use crate::snapshot;

/// So much of a call's id names it in commands, where that is enough.
const SHORT_CALL: usize = 8;
/// What all ids of calls begin with.
const CALL_PREFIX: &str = "toolu_";

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
    /// In place of an answer that waits to be taken up.
    pub(crate) replace: bool,
    /// Who answers.
    pub(crate) by: &'static str,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// It waits until the session is taken up again.
    Queued,
    /// The client was given it, and has not been seen to go on.
    Delivered,
    /// The client was given it and goes on, and nothing says yet what it did.
    Sent,
    /// It has taken effect: the call's own result says so.
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
    /// All open calls that are the very same.
    calls: Vec<String>,
}

impl Open {
    pub(crate) fn prompt(&self) -> &Prompt {
        &self.waiting.prompt
    }

    /// The command that answers it and nothing else.
    pub(crate) fn command(&self, word: &str, all: &[Self]) -> String {
        let session = &self.prompt().session;
        let others: Vec<&str> = all
            .iter()
            .filter(|other| other.prompt().session == *session && other.call != self.call)
            .filter_map(|other| other.call.as_deref())
            .collect();
        command(word, session, self.call.as_deref().map(|call| shortest(call, &others)))
    }

    /// The gate asks because of what things cost.
    pub(crate) fn is_about_budget(&self) -> bool {
        self.prompt().reason.as_ref().is_some_and(|reason| reason.contains("claudectl budget raise"))
    }

    fn is_same(&self, other: &Self) -> bool {
        let (one, other) = (self.prompt(), other.prompt());
        (&one.session, &one.tool, &one.hash, &one.agent)
            == (&other.session, &other.tool, &other.hash, &other.agent)
    }
}

/// A command that answers a call of a session.
fn command(word: &str, session: &str, call: Option<&str>) -> String {
    let call = call.map(|call| format!(" --call {call}")).unwrap_or_default();
    format!("claudectl {word} {}{call}", format::short_id(session))
}

/// A call's id as it is typed.
fn short_call(call: &str) -> &str {
    shortest(call, &[])
}

/// The shortest form of a call's id that stands for none of the others.
fn shortest<'c>(call: &'c str, others: &[&str]) -> &'c str {
    let Some(rest) = call.strip_prefix(CALL_PREFIX).filter(|rest| rest.is_ascii()) else { return call };
    let length = (SHORT_CALL..rest.len())
        .find(|length| !others.iter().any(|other| is_called(other, &rest[..*length])));
    length.map_or(call, |length| &rest[..length])
}

/// Whether a call is meant by what somebody typed: its id, or the beginning of what is its own of that.
fn is_called(call: &str, text: &str) -> bool {
    let own = |text: &str| text.strip_prefix(CALL_PREFIX).unwrap_or(text).to_owned();
    call == text
        || call.strip_prefix(CALL_PREFIX).is_some_and(|rest| {
            let text = own(text);
            text.len() >= SHORT_CALL && rest.starts_with(&text)
        })
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
    let mut open = Vec::new();
    for waiting in waiting {
        let activity = store.activity(&waiting.prompt.session)?.unwrap_or_default();
        let calls = calls_of(&activity, &waiting.prompt);
        open.push(Open { waiting, call: None, calls });
    }
    for at in 0..open.len() {
        let same = |one: &&Open| one.is_same(&open[at]);
        let (before, all) = (open[..at].iter().filter(same).count(), open.iter().filter(same).count());
        open[at].call = named(&open[at].calls, before, all).cloned();
    }
    Ok(open)
}

/// The calls that a prompt may be about: it does not name its own, so tool, input and subagent must do.
fn calls_of(activity: &Activity, prompt: &Prompt) -> Vec<String> {
    let calls = activity
        .calls
        .iter()
        .filter(|open| open.tool == prompt.tool && open.hash == prompt.hash && open.agent == prompt.agent);
    calls.filter_map(|open| open.call.clone()).collect()
}

/// Of calls that are the very same, that of a prompt with so many before it, of so many in all: the last are asked about.
fn named(calls: &[String], before: usize, all: usize) -> Option<&String> {
    calls.get((calls.len() + before).checked_sub(all)?)
}

/// How sessions that want a permission are answered, for a person: the session, and a line for each prompt of it.
pub(crate) fn ways(app: &App, asking: &[&str]) -> Result<Vec<(String, String)>> {
    if asking.is_empty() {
        return Ok(Vec::new());
    }
    let open = open(app, None)?;
    let mut ways = Vec::new();
    for session in asking {
        let own: Vec<&Open> = open.iter().filter(|one| one.prompt().session == *session).collect();
        let lines = own.iter().map(|one| format!("to answer: {}", one.command("approve", &open)));
        ways.extend(lines.map(|line| ((*session).to_owned(), line)));
        if own.is_empty() && asks_in_background(&activity(app, session)?) {
            let line = format!(
                "to answer: claudectl attach {} (a subagent asks: see approvals.subagents)",
                format::short_id(session)
            );
            ways.push(((*session).to_owned(), line));
        }
    }
    Ok(ways)
}

/// Prompts that can only be answered at their terminals, of clients that wait: a line for each session.
pub(crate) fn elsewhere(app: &App, open: &[Open]) -> Result<Vec<String>> {
    let listing = registry::read(&app.claude_roots());
    let waits = |row: &&registry::Entry| {
        row.status.as_deref() == Some("waiting")
            && open.iter().all(|one| one.prompt().session != row.session_id)
    };
    let mut lines = Vec::new();
    for row in listing.entries.iter().map(|(_, row)| row).filter(waits) {
        let activity = activity(app, &row.session_id)?;
        let Some(dialog) = activity.dialogs.first() else { continue };
        let session = format::short_id(&row.session_id);
        let why = if asks_in_background(&activity) {
            "; to answer subagents from here: claudectl config set approvals.subagents 10m"
        } else {
            ""
        };
        lines.push(format!(
            "{session} asks at its terminal, {}: claudectl attach {session}{why}",
            dialog.detail
        ));
    }
    Ok(lines)
}

/// What hooks told of a session.
fn activity(app: &App, session: &str) -> Result<Activity> {
    let file = app.env.state_dir()?.join("state.db");
    if !file.exists() {
        return Ok(Activity::default());
    }
    Ok(Store::open(&file)?.activity(session)?.unwrap_or_default())
}

/// A subagent's dialog is the one that is open.
fn asks_in_background(activity: &Activity) -> bool {
    activity.dialogs.first().is_some_and(|open| open.agent.is_some())
}

/// Runs that wait for an answer, or with one to be taken up; the latest first.
pub(crate) fn deferred(app: &App) -> Result<Vec<Deferred>> {
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let mut store = Store::open(&file)?;
    ingest::all_or_warn(app, &mut store);
    deferred::all(app, &store, &home)
}

/// Answers the prompt of a session.
pub(crate) fn answer(app: &App, session: &str, answering: &Answering) -> Result<Report> {
    let home = app.env.state_dir()?;
    let open = open(app, Some(session))?;
    let chosen = match choose(&open, answering)? {
        Some(chosen) => chosen,
        None => return none_open(app, &home, session, answering, &open),
    };
    if let Some(late) = overtaken_by_the_next(app, &home, session, answering)? {
        let word = if answering.allow { "approve" } else { "deny" };
        let prompt = chosen.prompt();
        let next = format!(
            "{}\nIt asks something else now, {} {}: {}",
            late.said,
            prompt.tool,
            prompt.summary,
            chosen.command(word, &open)
        );
        return Ok(too_late(session, Late { said: next, ..late }, answering));
    }
    let prompt = chosen.prompt();
    let rules = kept_rules(app, prompt, answering)?;
    let watch = Watch::before(chosen);
    let state = match give(chosen, answering)? {
        Told::Delivered => {
            let state = watch.state(answering.allow);
            if state == State::TooLate {
                overtaken(app, &home, chosen, answering)?;
            }
            state
        }
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
        State::TooLate => {
            let mut store = Store::open(&home.join("state.db"))?;
            ingest::all_or_warn(app, &mut store);
            report.note = late::of(app, &store, session, chosen.call.as_deref())?.map(|late| late.said);
        }
        // What is denied is not made, so that its result would be there.
        State::Sent if !answering.allow => {
            report.note = Some(if rules.is_empty() { UNSEEN } else { UNKEPT }.to_owned())
        }
        State::Queued | State::Delivered | State::Sent | State::Confirmed => {
            report.rule = hold(app, &home, session, rules, answering)?;
        }
    }
    Ok(report)
}

const UNSEEN: &str = "No denial stands in its transcript: if somebody said Yes at its terminal at the same moment, the call runs.";
const UNKEPT: &str = "No denial stands in its transcript: if somebody said Yes at its terminal at the same moment, the call runs. No rule was kept.";

/// Gives an answer to the hook that waits.
fn give(chosen: &Open, answering: &Answering) -> Result<Told> {
    let given = Answer {
        allow: answering.allow,
        reason: answering.reason.clone(),
        hash: chosen.prompt().hash.clone(),
        call: chosen.call.clone(),
        by: answering.by.to_owned(),
    };
    chosen.waiting.answer(&given).map_err(|error| {
        CliError::external("the answer was given, and nothing came back")
            .why(error)
            .fix("look at the session (claudectl show, claudectl attach): it may have gone on")
    })
}

/// An answer that names no call is about what was seen last, which may have been answered a moment ago.
fn overtaken_by_the_next(
    app: &App,
    home: &Path,
    session: &str,
    answering: &Answering,
) -> Result<Option<Late>> {
    if answering.call.is_some() || answering.hash.is_some() {
        return Ok(None);
    }
    late::just_now(app, &Store::open(&home.join("state.db"))?, session)
}

fn too_late(session: &str, late: Late, answering: &Answering) -> Report {
    Report {
        session: session.to_owned(),
        tool_use_id: late.call,
        tool: late.tool,
        summary: late.summary,
        decision: decision(answering),
        state: State::TooLate,
        rule: None,
        note: Some(late.said),
    }
}

/// Writes down that an answer that the client was given has come too late.
fn overtaken(app: &App, home: &Path, chosen: &Open, answering: &Answering) -> Result<()> {
    let Prompt { session, client, agent, tool, hash, summary, .. } = chosen.prompt().clone();
    let event = Event {
        at: app.now,
        event: OVERTAKEN.to_owned(),
        session,
        client,
        agent,
        tool: Some(tool),
        call: chosen.call.clone(),
        input: Some(Input { summary, hash, ..Input::default() }),
        kind: Some(decision(answering).to_owned()),
        text: Some(answering.by.to_owned()),
        ..Event::default()
    };
    let day = Timestamp::from_millisecond(app.now).map(day);
    let kept =
        |error: String| CliError::external("what became of the answer cannot be written down").why(error);
    let day = day.map_err(|error| kept(error.to_string()))?;
    let json = serde_json::to_vec(&event).map_err(|error| kept(error.to_string()))?;
    journal::append(home, &day, &json).map_err(|error| kept(error.to_string()))
}

fn decision(answering: &Answering) -> &'static str {
    if answering.allow { "allow" } else { "deny" }
}

/// The prompt that is meant; `None` where none is open. Calls that are the very same are as good as each other, and
/// answered in their order.
fn choose<'o>(open: &'o [Open], answering: &Answering) -> Result<Option<&'o Open>> {
    if let Some(hash) = &answering.hash {
        return Ok(open.iter().find(|open| open.prompt().hash == *hash));
    }
    let meant: Vec<&Open> = match &answering.call {
        None => open.iter().collect(),
        Some(text) => {
            let is_it = |open: &&Open| open.call.as_deref().is_some_and(|call| is_called(call, text));
            match open.iter().find(|open| open.call.as_ref() == Some(text)) {
                Some(exactly) => vec![exactly],
                None => open.iter().filter(is_it).collect(),
            }
        }
    };
    let Some(first) = meant.first() else { return Ok(None) };
    if meant.iter().all(|other| other.is_same(first)) {
        return Ok(Some(first));
    }
    let word = if answering.allow { "approve" } else { "deny" };
    let ways: Vec<String> = meant
        .iter()
        .map(|one| format!("{} ({} {})", one.command(word, open), one.prompt().tool, one.prompt().summary))
        .collect();
    Err(CliError::failed(format!("{} prompts are open", meant.len()))
        .fix(format!("name one with --call: {}", ways.join(", "))))
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

/// No prompt is open: what was meant may be over, or wait in another way.
fn none_open(app: &App, home: &Path, session: &str, answering: &Answering, open: &[Open]) -> Result<Report> {
    let mut store = Store::open(&home.join("state.db"))?;
    ingest::all_or_warn(app, &mut store);
    let call = answering.call.as_deref();
    let meant = |of: &Deferred| {
        call.is_none_or(|call| of.decision.call.as_deref().is_some_and(|full| is_called(full, call)))
    };
    if let Some(deferred) = deferred::one(app, &store, home, session)?.filter(meant) {
        return deferred::queue(app, &mut store, home, &deferred, answering);
    }
    let late = match deferred::taken_up(app, &store, session, call)? {
        Some(taken) => Some(taken),
        None => late::of(app, &store, session, call)?,
    };
    if let Some(late) = late {
        return Ok(too_late(session, late, answering));
    }
    let activity = store.activity(session)?.unwrap_or_default();
    Err(not_from_here(session, call, &activity, open))
}

/// Why nothing of a session can be answered from here, and what can be done.
fn not_from_here(session: &str, call: Option<&str>, activity: &Activity, open: &[Open]) -> CliError {
    let named = call.map(|call| format!(" for call {call}")).unwrap_or_default();
    let error = CliError::failed(format!("no prompt of session {session} is open{named}"));
    if !open.is_empty() {
        let ways: Vec<String> = open.iter().map(|one| one.command("approve", open)).collect();
        return error.fix(format!("of what is open: {}", ways.join(", ")));
    }
    let Some(dialog) = activity.dialogs.first() else {
        return error.fix("`claudectl approve` lists the prompts that are open");
    };
    let lives = activity.client.is_none_or(|client| {
        let facts = System.facts(client.pid);
        facts.is_some_and(|facts| facts.start.is_none_or(|start| start == client.start))
    });
    let attach = format!("claudectl attach {}", format::short_id(session));
    if !lives {
        return error
            .why("its client is gone: it has ended, or was killed, while the prompt was open")
            .fix(format!("take the session up again: claude --resume {session}"));
    }
    if host::is_question(&dialog.tool) {
        return error
            .why("it asks you to choose, and only its own dialog has what there is to choose from")
            .fix(format!("answer it at its terminal: {attach}"));
    }
    if asks_in_background(activity) {
        return error
            .why("a subagent asks, and Claude Code opens the dialog of one in the background only when no hook of ours waits any more")
            .fix(format!(
                "answer it at its terminal: {attach}; to answer such calls from here: claudectl config set approvals.subagents 10m"
            ));
    }
    error
        .why("it asks something, but no hook of ours waits beside it: the prompt is older than our hooks, or open for longer than approvals.wait")
        .fix(format!("answer it at its terminal: {attach}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_as_little_as_will_do() {
        let calls = ["toolu_01abcdefgh1", "toolu_01abcdefgh2", "toolu_01zzzzzzzzz"];
        assert_eq!(short_call(calls[0]), "01abcdef");
        assert_eq!(shortest(calls[0], &calls[1..]), calls[0], "nothing shorter is its own");
        assert_eq!(shortest(calls[2], &calls[..2]), "01zzzzzz");
        assert_eq!((shortest("t1", &["t10"]), shortest("toolu_x", &[])), ("t1", "toolu_x"));
        let table = [
            (calls[0], calls[0], true),
            (calls[0], "01abcdef", true),
            (calls[0], "toolu_01abcdefgh", true),
            (calls[0], "toolu_01abcdefgh2", false),
            (calls[0], "01abcde", false),
            ("t10", "t1", false),
        ];
        for (call, text, is) in table {
            assert_eq!(is_called(call, text), is, "{call} {text}");
        }
    }

    #[test]
    fn the_last_of_calls_that_are_the_very_same_are_asked_about() {
        let calls = ["t1", "t2", "t3"].map(str::to_owned);
        let of = |before, all| named(&calls, before, all).map(String::as_str);
        assert_eq!([of(0, 3), of(1, 3), of(2, 3)], [Some("t1"), Some("t2"), Some("t3")]);
        // The first is made already.
        assert_eq!([of(0, 2), of(1, 2)], [Some("t2"), Some("t3")]);
        // A prompt is left of which the call is over.
        assert_eq!([of(0, 4), of(1, 4)], [None, Some("t1")]);
    }
}
