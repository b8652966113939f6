//! Prompts that are over: by whom they were answered, as far as hooks have told.

use claudectl_agents::registry;
use claudectl_fleet::hooks::{ANSWERED, Event, OVERTAKEN};
use claudectl_store::Store;

use super::{Seen, is_called};
use crate::app::App;
use crate::error::Result;
use crate::format;

/// What was answered so lately is told to who comes too late, milliseconds.
pub(crate) const ANSWERED_WITHIN_MS: i64 = 60 * 60 * 1000;
/// Who answers so soon after another answer may mean what that was about, milliseconds.
const JUST_NOW_MS: i64 = 5_000;

/// Nobody has told more of a prompt.
pub(super) const OVER: &str = "it was answered at its terminal, or is over";

/// A prompt that was answered lately, and how that is told.
#[derive(Debug)]
pub(super) struct Late {
    /// When it was asked, as far as hooks have told.
    pub(super) at: Option<i64>,
    pub(super) call: Option<String>,
    pub(super) tool: String,
    pub(super) summary: String,
    pub(super) said: String,
}

/// A call that was asked about, and what came of it.
#[derive(Debug)]
struct Asked<'e> {
    event: &'e Event,
    call: Option<&'e str>,
    /// From elsewhere, and in time.
    answered: Option<&'e Event>,
    /// The call was made.
    made: Option<&'e Event>,
    /// The turn went on, or ended.
    is_over: bool,
}

/// Which prompt is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meant<'m> {
    /// The last one.
    Last,
    /// That of a call, by its id or the beginning of that.
    Call(&'m str),
    /// One that was in view.
    Seen(&'m Seen),
}

/// A prompt that is over.
pub(super) fn of(app: &App, store: &Store, session: &str, meant: Meant<'_>) -> Result<Option<Late>> {
    let lately = app.now.saturating_sub(ANSWERED_WITHIN_MS);
    let since = if let Meant::Seen(seen) = meant { lately.min(seen.at) } else { lately };
    let events = store.events_between(session, since, i64::MAX)?;
    let asked = all(&events);
    let meant = match meant {
        Meant::Last => asked.last(),
        Meant::Call(call) => asked.iter().rfind(|one| one.call.is_some_and(|full| is_called(full, call))),
        Meant::Seen(seen) => asked.iter().rfind(|one| seen.is_told_by(one.event)),
    };
    let Some(meant) = meant else { return Ok(None) };
    let activity = store.activity(session)?.unwrap_or_default();
    let is_open = |one: &Asked<'_>| {
        let known = |call: &str| activity.dialogs.iter().any(|open| open.call.as_deref() == Some(call));
        one.answered.is_none() && one.made.is_none() && !one.is_over && one.call.is_none_or(known)
    };
    // A dialog that nobody has answered is none of the past.
    if is_open(meant) && !activity.dialogs.is_empty() && may_wait(app, session) {
        return Ok(None);
    }
    Ok(Some(meant.told(app.now)))
}

/// The prompt of a session that was answered a moment ago.
pub(super) fn just_now(app: &App, store: &Store, session: &str) -> Result<Option<Late>> {
    let events = store.events_between(session, app.now.saturating_sub(ANSWERED_WITHIN_MS), i64::MAX)?;
    let asked = all(&events);
    let at = |one: &&Asked<'_>| one.answered.or(one.made).map(|event| event.at);
    let last = asked.iter().filter(|one| at(one).is_some()).max_by_key(at);
    let last = last.filter(|one| at(one).is_some_and(|at| app.now.saturating_sub(at) < JUST_NOW_MS));
    Ok(last.map(|one| one.told(app.now)))
}

fn all(events: &[Event]) -> Vec<Asked<'_>> {
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for (at, event) in events.iter().enumerate().filter(|(_, event)| event.event == "PermissionRequest") {
        let is_made = |call: &Event| {
            events[..at].iter().any(|other| is_end(other) && other.call.is_some() && other.call == call.call)
        };
        // Of calls that are the very same, prompts come in their order.
        let mut calls = events[..at].iter().filter(|call| call.event == "PreToolUse" && is_same(call, event));
        let free = |call: &&Event| {
            !is_made(call) && asked.iter().all(|one| one.call.is_none() || one.call != call.call.as_deref())
        };
        let call = calls.find(free).and_then(|call| call.call.as_deref());
        let after = &events[at..];
        let of_call = |other: &&Event| match (&other.call, call) {
            (Some(own), Some(call)) => own == call,
            _ => is_same(other, event),
        };
        let of = |name: &'static str| {
            after.iter().filter(move |other| other.event == name).find(|other| of_call(other))
        };
        asked.push(Asked {
            event,
            call,
            answered: of(ANSWERED).filter(|_| of(OVERTAKEN).is_none()),
            made: after.iter().filter(|other| is_end(other)).find(of_call),
            is_over: after.iter().any(|other| ends_all(other, event)),
        });
    }
    asked
}

fn is_end(event: &Event) -> bool {
    matches!(event.event.as_str(), "PostToolUse" | "PostToolUseFailure" | "PermissionDenied")
}

fn is_same(one: &Event, other: &Event) -> bool {
    let hash = |event: &Event| event.input.as_ref().map(|input| input.hash.clone());
    one.tool == other.tool && hash(one) == hash(other) && one.agent == other.agent
}

/// No prompt of before is open after it.
fn ends_all(event: &Event, asked: &Event) -> bool {
    match event.event.as_str() {
        "SessionStart" | "SessionEnd" => true,
        "UserPromptSubmit" | "Stop" | "StopFailure" => asked.agent.is_none(),
        "SubagentStop" => event.agent == asked.agent,
        _ => false,
    }
}

impl Asked<'_> {
    fn told(&self, now: i64) -> Late {
        let age = |event: &Event| format::age(now.saturating_sub(event.at));
        let word = |text: &Option<String>| text.clone().unwrap_or_default();
        let said = match (self.answered, self.made) {
            (Some(event), _) => {
                format!("it was answered {} ago: {}, by {}", age(event), word(&event.kind), word(&event.text))
            }
            (None, Some(event)) => {
                let what =
                    if event.event == "PostToolUse" { "the call was made" } else { "the call has failed" };
                format!("it was answered at its terminal, or is over: {what}, {} ago", age(event))
            }
            (None, None) => OVER.to_owned(),
        };
        Late {
            at: Some(self.event.at),
            call: self.call.map(str::to_owned),
            tool: word(&self.event.tool),
            summary: self.event.input.as_ref().map(|input| input.summary.clone()).unwrap_or_default(),
            said,
        }
    }
}

/// The registry has the session as one that waits, or says nothing of it.
fn may_wait(app: &App, session: &str) -> bool {
    let listing = registry::read(&app.claude_roots());
    let row = listing.entries.iter().find(|(_, row)| row.session_id == session);
    row.and_then(|(_, row)| row.status.as_deref()).is_none_or(|status| status == "waiting")
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::hooks::Input;

    use super::*;

    fn event(at: i64, name: &str, call: Option<&str>, hash: &str) -> Event {
        Event {
            at,
            event: name.to_owned(),
            call: call.map(str::to_owned),
            tool: Some("Bash".to_owned()),
            input: Some(Input { hash: hash.to_owned(), ..Input::default() }),
            kind: Some("allow".to_owned()),
            text: Some("approve".to_owned()),
            ..Event::default()
        }
    }

    #[test]
    fn each_prompt_has_the_answer_of_its_own() {
        let mut events = vec![
            event(1, "PreToolUse", Some("t1"), "a"),
            event(2, "PreToolUse", Some("t2"), "a"),
            event(3, "PermissionRequest", None, "a"),
            event(4, "PermissionRequest", None, "a"),
            event(5, ANSWERED, Some("t1"), "a"),
            event(6, "PostToolUse", Some("t1"), "a"),
        ];
        let calls = |events: &[Event]| {
            let found = all(events);
            let found = found.iter().map(|one| {
                (one.call.map(str::to_owned), one.answered.is_some(), one.made.is_some(), one.is_over)
            });
            found.collect::<Vec<_>>()
        };
        let (t1, t2) = (Some("t1".to_owned()), Some("t2".to_owned()));
        assert_eq!(calls(&events), [(t1.clone(), true, true, false), (t2.clone(), false, false, false)]);
        // It came too late: whoever sat at the terminal was quicker.
        events.push(event(7, OVERTAKEN, Some("t1"), "a"));
        events.push(event(8, "Stop", None, ""));
        assert_eq!(calls(&events), [(t1, false, true, true), (t2, false, false, true)]);
        let said = |at: usize| all(&events)[at].told(60_006).said;
        assert_eq!(said(0), "it was answered at its terminal, or is over: the call was made, 1 m ago");
        assert_eq!(said(1), "it was answered at its terminal, or is over");
        // The same command again: what is made already is not asked about.
        events.push(event(9, "PreToolUse", Some("t3"), "a"));
        events.push(event(10, "PermissionRequest", None, "a"));
        events.push(event(11, ANSWERED, None, "a"));
        assert_eq!(all(&events)[2].told(60_011).said, "it was answered 1 m ago: allow, by approve");
    }
}
