//! Answering a prompt that is open elsewhere, for whoever asks for it: the commands, and the dashboard.

mod deferred;
mod effect;
mod held;
mod late;
mod nowhere;
mod view;

use std::path::Path;

use claudectl_agents::prompts::{self, Answer, Became, Prompt, Silent, Waiting};
use claudectl_fleet::hooks::{ANSWERED, Activity, Event, Input, OVERTAKEN};
use claudectl_gate::judge::{Layer, Mode};
use claudectl_gate::rules::{Action, Rule};
use claudectl_gate::same::Exactly;
use claudectl_store::{Store, journal};
use jiff::Timestamp;
use serde::Serialize;

pub(crate) use deferred::Deferred;
use effect::Watch;
use held::Held;
pub(crate) use late::ANSWERED_WITHIN_MS;
use late::{Late, Meant};
pub(crate) use nowhere::{elsewhere, prompts_since, silences, unwritable, ways, why_none};
pub(crate) use view::{Seen, standing};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::ingest::{self, day};
use crate::judging::Judge;
use crate::outcomes;

/// So much of a call's id names it in commands, where that is enough.
const SHORT_CALL: usize = 8;
/// What all ids of calls begin with.
const CALL_PREFIX: &str = "toolu_";

/// For how long an answer holds beside this one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// For this call alone.
    Once,
    /// For exactly this call, in this session, for so long, milliseconds.
    Session(i64),
    /// For exactly this call, in whatever session, for as long as `approvals.always_for` says.
    Always,
}

/// What a person answers.
#[derive(Debug, Clone)]
pub(crate) struct Answering {
    pub(crate) allow: bool,
    /// Which call, by its id; `None` for the one that is open.
    pub(crate) call: Option<String>,
    /// The prompt that was in view: nothing else is answered, whatever it is like.
    pub(crate) seen: Option<Seen>,
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
    /// The hook that waits was given it and said nothing more, and nothing else says whether it has taken effect.
    Unknown,
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
    /// The grant that was made.
    pub(crate) rule: Option<String>,
    /// More, for a person.
    pub(crate) note: Option<String>,
}

impl Report {
    /// What became of it, and the call.
    pub(crate) fn headline(&self) -> String {
        let call = format!("{} {}", self.tool, self.summary);
        let done = if self.decision == "allow" { "allowed" } else { "denied" };
        match self.state {
            State::Confirmed => format!("confirmed: {done}: {call}"),
            State::Sent => format!("sent: {done}: {call}"),
            State::Delivered => format!("delivered: {done}: {call}"),
            State::Queued => format!("queued: {done}: {call}"),
            State::Unknown => format!("unknown: {call}"),
            State::TooLate => format!("too late: {call}"),
        }
    }

    /// What that means, and what more there is to say; a line each.
    pub(crate) fn more(&self) -> Vec<&str> {
        let means = match self.state {
            State::Delivered => Some("The client was given it, and has not been seen to act on it."),
            State::Sent if self.decision == "allow" => Some(
                "The client goes on, and nothing says that the call was turned down; its result is not there yet.",
            ),
            State::Sent | State::Confirmed | State::Queued | State::TooLate | State::Unknown => None,
        };
        means.into_iter().chain(self.note.iter().flat_map(|note| note.lines())).collect()
    }
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
        self.prompt().layer.as_deref() == Some(Layer::Budget.word())
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

/// What is asked now.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// The prompts that can be answered from here, the oldest first.
    pub(crate) open: Vec<Open>,
    /// Hooks that wait, and do not answer.
    pub(crate) silent: Vec<Silent>,
}

/// What is asked now, in one session or in all.
pub(crate) fn look(app: &App, session: Option<&str>) -> Result<Look> {
    let home = app.env.state_dir()?;
    let prompts::Look { waiting, silent } = prompts::look(&home, session);
    if waiting.is_empty() {
        return Ok(Look { open: Vec::new(), silent });
    }
    let store = ingest::told(app, &home)?;
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
    Ok(Look { open, silent })
}

/// The prompts that can be answered from here, of one session or of all, the oldest first.
pub(crate) fn open(app: &App, session: Option<&str>) -> Result<Vec<Open>> {
    Ok(look(app, session)?.open)
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

/// Runs that wait for an answer, or with one to be taken up; the latest first.
pub(crate) fn deferred(app: &App) -> Result<Vec<Deferred>> {
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    if !file.exists() {
        return Ok(Vec::new());
    }
    let store = ingest::told(app, &home)?;
    deferred::all(app, &store, &home)
}

/// Answers the prompt of a session.
pub(crate) fn answer(app: &App, session: &str, answering: &Answering) -> Result<Report> {
    let home = app.env.state_dir()?;
    let look = look(app, Some(session))?;
    let open = &look.open;
    let chosen = match choose(open, answering)? {
        Some(chosen) => chosen,
        None => return none_open(app, &home, session, answering, &look),
    };
    if let Some(late) = overtaken_by_the_next(app, &home, session, answering)? {
        let next = next(app, session, chosen, &late, open)?;
        let next = next.map(|(next, all)| {
            let word = if answering.allow { "approve" } else { "deny" };
            format!("\n{}: {}", asks_now(next.prompt()), next.command(word, &all))
        });
        let said = late.said.clone() + &next.unwrap_or_default();
        return Ok(too_late(session, Late { said, ..late }, answering));
    }
    let prompt = chosen.prompt();
    let mut held = Held::of(kept_rule(app, prompt, answering)?);
    let state = give(app, &home, chosen, answering, || held.hold(app, &home))?;
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
    let unkept = if answering.holds == Holds::Once { "" } else { " Nothing was kept for later." };
    let counts = match state {
        State::TooLate | State::Unknown => false,
        State::Sent => answering.allow,
        State::Queued | State::Delivered | State::Confirmed => true,
    };
    if !counts {
        held.take_back(app, &home, session)?;
    }
    if state == State::Confirmed {
        settle(app, &home);
    }
    match state {
        State::TooLate => {
            let store = ingest::told(app, &home)?;
            let meant = chosen.call.as_deref().map_or(Meant::Last, Meant::Call);
            report.note = late::of(app, &store, session, meant)?.map(|late| late.said);
        }
        State::Unknown => report.note = Some(format!("{UNHEARD}{unkept}")),
        // What is denied is not made, so that its result would be there.
        State::Sent if !answering.allow => report.note = Some(format!("{UNSEEN}{unkept}")),
        State::Queued | State::Delivered | State::Sent | State::Confirmed => {
            report.rule = held.settle(app, &home, session)?;
            let observes = || Ok::<bool, CliError>(Judge::new(app)?.mode() == Mode::Observe);
            if report.rule.is_some() && observes()? {
                report.note = Some(OBSERVES.to_owned());
            }
        }
    }
    Ok(report)
}

const OBSERVES: &str =
    "The gate only observes: what was kept counts from `claudectl gate mode on` on, or `guard`.";
const UNSEEN: &str = "No denial stands in its transcript: if somebody said Yes at its terminal at the same moment, the call runs.";
const UNHEARD: &str = "The hook that waits beside it was given the answer, and has ended or stands still: the client may have been told, or not. Look at the session (claudectl show, claudectl attach).";

/// What a session asks now, of what was seen to be open a moment ago: the prompt that was answered meanwhile is over.
fn next(
    app: &App,
    session: &str,
    chosen: &Open,
    late: &Late,
    open: &[Open],
) -> Result<Option<(Open, Vec<Open>)>> {
    if late.at != Some(chosen.prompt().at) {
        return Ok(Some((chosen.clone(), open.to_vec())));
    }
    let mut open = self::open(app, Some(session))?;
    open.retain(|one| one.prompt().nonce != chosen.prompt().nonce);
    Ok(open.first().cloned().map(|next| (next, open)))
}

fn asks_now(prompt: &Prompt) -> String {
    format!("It asks something else now, {} {}", prompt.tool, prompt.summary)
}

/// Who decided stands in the transcript by now: what is kept of the answer says so, too. That it cannot be looked up is no
/// reason not to tell what has become of it; the next pass does.
fn settle(app: &App, home: &Path) {
    let settled = ingest::told(app, home).and_then(|mut store| outcomes::settle(&mut store, app.now));
    if let Err(error) = settled {
        app.ui.warn(&format!("`claudectl gate audit` says so from the next pass on: {}", error.what));
    }
}

/// Gives an answer to the hook that waits beside this very prompt, and looks what comes of it; `delivered` is called once
/// the client has it.
fn give(
    app: &App,
    home: &Path,
    chosen: &Open,
    answering: &Answering,
    delivered: impl FnOnce(),
) -> Result<State> {
    let given = Answer {
        allow: answering.allow,
        reason: answering.reason.clone(),
        to: chosen.prompt().bound(),
        call: chosen.call.clone(),
        by: answering.by.to_owned(),
    };
    let watch = Watch::before(chosen);
    match chosen.waiting.answer(&given) {
        Became::Delivered => {
            // The same call may come again before it is known what became of this one.
            delivered();
            let state = watch.state(answering.allow);
            if state == State::TooLate {
                note(app, home, chosen, answering, OVERTAKEN);
            }
            Ok(state)
        }
        Became::Unheard => {
            let state = watch.end(answering.allow);
            // The hook may not have come to write it down.
            let written = is_written_down(app, home, chosen, answering)?;
            if state == State::Confirmed {
                delivered();
            }
            if state == State::Confirmed && !written {
                note(app, home, chosen, answering, ANSWERED);
            } else if state == State::TooLate && written {
                note(app, home, chosen, answering, OVERTAKEN);
            }
            Ok(state)
        }
        Became::TooLate => Ok(State::TooLate),
        Became::Refused(why) => {
            Err(CliError::failed("the answer was not taken").why(why).fix("answer at the session's terminal"))
        }
        Became::Silent(silent) => Err(nowhere::silent(&chosen.prompt().session, silent)),
    }
}

/// An answer that names no call is about what was seen last, which may have been answered a moment ago.
fn overtaken_by_the_next(
    app: &App,
    home: &Path,
    session: &str,
    answering: &Answering,
) -> Result<Option<Late>> {
    if answering.call.is_some() || answering.seen.is_some() {
        return Ok(None);
    }
    late::just_now(app, &ingest::told(app, home)?, session)
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

/// Whether the hook that waited has written an answer down.
fn is_written_down(app: &App, home: &Path, chosen: &Open, answering: &Answering) -> Result<bool> {
    let store = ingest::told(app, home)?;
    let prompt = chosen.prompt();
    let events = store.events_between(&prompt.session, prompt.at, i64::MAX)?;
    let is_it = |event: &Event| {
        event.event == ANSWERED
            && event.kind.as_deref() == Some(decision(answering))
            && event.call == chosen.call
            && event.tool.as_ref() == Some(&prompt.tool)
            && event.agent == prompt.agent
            && event.input.as_ref().is_some_and(|input| input.hash == prompt.hash)
    };
    Ok(events.iter().any(is_it))
}

/// Writes down what has become of an answer. That it cannot be is no reason not to say what has.
fn note(app: &App, home: &Path, chosen: &Open, answering: &Answering, what: &str) {
    if let Err(error) = written(app, home, chosen, answering, what) {
        app.ui.warn(&format!("what became of the answer cannot be written down: {error}"));
    }
}

fn written(
    app: &App,
    home: &Path,
    chosen: &Open,
    answering: &Answering,
    what: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let Prompt { session, client, agent, tool, hash, summary, .. } = chosen.prompt().clone();
    let event = Event {
        at: app.now,
        event: what.to_owned(),
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
    let day = day(Timestamp::from_millisecond(app.now)?);
    Ok(journal::append(home, &day, &serde_json::to_vec(&event)?)?)
}

fn decision(answering: &Answering) -> &'static str {
    if answering.allow { "allow" } else { "deny" }
}

/// The prompt that is meant; `None` where none is open. Calls that are the very same are as good as each other, and
/// answered in their order.
fn choose<'o>(open: &'o [Open], answering: &Answering) -> Result<Option<&'o Open>> {
    if let Some(seen) = &answering.seen {
        return Ok(open.iter().find(|open| seen.is(open.prompt())));
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

/// The grant that an answer leaves behind: of exactly this call, as the hook has it that waits beside it. An error where it
/// is to hold for longer and cannot.
fn kept_rule(app: &App, prompt: &Prompt, answering: &Answering) -> Result<Option<Rule>> {
    let ends = match answering.holds {
        Holds::Once => return Ok(None),
        Holds::Session(time) => app.now.saturating_add(time),
        Holds::Always => app.now.saturating_add(app.config.approvals.always_ms),
    };
    let only_once = |why: &str| {
        Err(CliError::failed("this call can only be answered this once")
            .why(why)
            .fix("answer it without --always and --for"))
    };
    if let Some(why) = prompt.once.as_deref().filter(|_| answering.allow) {
        return only_once(why);
    }
    let exactly: Option<Exactly> = prompt.exactly.clone().and_then(|same| serde_json::from_value(same).ok());
    let Some(exactly) = exactly else {
        return only_once("the hook that waits beside it does not say what it is, or is of another version");
    };
    let in_session = matches!(answering.holds, Holds::Session(_));
    Ok(Some(Rule {
        exactly: Some(exactly),
        sessions: if in_session { vec![prompt.session.clone()] } else { Vec::new() },
        action: Some(if answering.allow { Action::Allow } else { Action::Deny }),
        reason: answering.reason.clone(),
        expires: Some(ends),
        ..Rule::default()
    }))
}

/// No prompt is open: what was meant may be over, or wait in another way.
fn none_open(app: &App, home: &Path, session: &str, answering: &Answering, look: &Look) -> Result<Report> {
    let store = ingest::told(app, home)?;
    if let Some(seen) = &answering.seen {
        let late = match late::of(app, &store, session, Meant::Seen(seen))? {
            Some(late) => late,
            None => match nowhere::unseen(app, &store, session, &look.silent)? {
                Some(error) => return Err(error),
                None => seen.is_over(),
            },
        };
        let next = look.open.first().map(|next| format!("\n{}", asks_now(next.prompt()))).unwrap_or_default();
        return Ok(too_late(session, Late { said: late.said.clone() + &next, ..late }, answering));
    }
    let call = answering.call.as_deref();
    let meant = |of: &Deferred| {
        call.is_none_or(|call| of.decision.call.as_deref().is_some_and(|full| is_called(full, call)))
    };
    if let Some(deferred) = deferred::one(app, &store, home, session)?.filter(meant) {
        // Such an answer is one that was written down.
        let mut store = Store::open(&home.join("state.db"))?;
        return deferred::queue(app, &mut store, home, &deferred, answering);
    }
    let late = match deferred::taken_up(app, &store, session, call)? {
        Some(taken) => Some(taken),
        None => late::of(app, &store, session, call.map_or(Meant::Last, Meant::Call))?,
    };
    if let Some(late) = late {
        return Ok(too_late(session, late, answering));
    }
    Err(not_from_here(app, &store, session, call, look)?)
}

/// Why nothing of a session can be answered from here, and what can be done.
fn not_from_here(
    app: &App,
    store: &Store,
    session: &str,
    call: Option<&str>,
    look: &Look,
) -> Result<CliError> {
    let open = &look.open;
    if !open.is_empty() {
        let named = call.map(|call| format!(" for call {call}")).unwrap_or_default();
        let ways: Vec<String> = open.iter().map(|one| one.command("approve", open)).collect();
        return Ok(CliError::failed(format!("no prompt of session {session} is open{named}"))
            .fix(format!("of what is open: {}", ways.join(", "))));
    }
    nowhere::error(app, store, session, call, &look.silent)
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
