//! Permission dialogs of a session: which were opened in a window, and how they were answered.
//!
//! Hooks tell that a dialog opened, and of which call; newer versions of Claude Code write into the transcript who
//! decided on a call. Neither tells all: without hooks only what was answered is known, and only where the version
//! writes it; with hooks alone it is known that a call ran, not who let it.

use claudectl_transcript::time::Millis;
use serde::Serialize;

use super::Window;
use super::moves::{By, Decided};
use crate::hooks::{ANSWERED, Event, OVERTAKEN};
use crate::session::time;

/// How a dialog was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is still open.
    Open,
    /// The call was turned down.
    TurnedDown,
    /// The call was let run, and from now on every one like it.
    AllowedForGood,
    /// The call was let run.
    Allowed,
    /// A hook turned the call down.
    DeniedByHook,
    /// A hook let the call run.
    AllowedByHook,
    /// Nothing tells: it was dismissed, or its session ended.
    Unknown,
}

/// What tells of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Hooks.
    Hooks,
    /// The transcript.
    Transcript,
    /// Both.
    Both,
}

/// A permission dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dialog {
    /// When it opened, where hooks tell.
    #[serde(serialize_with = "time")]
    pub asked_at: Option<Millis>,
    /// When the call was over, or turned down.
    #[serde(serialize_with = "time")]
    pub settled_at: Option<Millis>,
    /// The tool.
    pub tool: String,
    /// What the call is about. Redacted, one line.
    pub summary: String,
    /// How it was answered.
    pub answer: Answer,
    /// What says so.
    pub told_by: Told,
}

/// One while it is put together.
struct Asked<'a> {
    event: &'a Event,
    call: Option<&'a str>,
    ran_at: Option<Millis>,
    denied_at: Option<Millis>,
    /// A person has answered from elsewhere, through our hook: when, and whether they allowed it.
    answered: Option<(Millis, bool)>,
    /// Nobody can answer it any more.
    over: bool,
}

impl Asked<'_> {
    fn is_open(&self) -> bool {
        self.ran_at.is_none() && self.denied_at.is_none() && !self.over
    }

    /// Whether a later event is about the same call.
    fn is_of(&self, event: &Event) -> bool {
        match (self.call, event.call.as_deref()) {
            (Some(own), Some(other)) => own == other,
            _ => same_call(self.event, event),
        }
    }
}

/// By tool and input: a permission request does not name its call.
fn same_call(a: &Event, b: &Event) -> bool {
    a.agent == b.agent
        && a.tool == b.tool
        && a.input.as_ref().map(|i| &i.hash) == b.input.as_ref().map(|i| &i.hash)
}

/// The dialogs that were opened or answered in a window, by time: from a session's hook calls in their order, and
/// from the decisions in its transcripts. `waits` says that the session waits for permission now.
#[must_use]
pub fn dialogs(events: &[Event], decided: &[&Decided], window: Window, waits: bool) -> Vec<Dialog> {
    let mut asked: Vec<Asked<'_>> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match event.event.as_str() {
            "PermissionRequest" => asked.push(Asked {
                event,
                call: call_of(&events[..at], event, &asked),
                ran_at: None,
                denied_at: None,
                answered: None,
                over: false,
            }),
            "PostToolUse" | "PostToolUseFailure" => {
                settle(&mut asked, event, |dialog| dialog.ran_at = Some(event.at));
            }
            ANSWERED => {
                let allowed = event.kind.as_deref() == Some("allow");
                let of = |dialog: &&mut Asked<'_>| {
                    dialog.answered.is_none() && dialog.is_open() && dialog.is_of(event)
                };
                if let Some(dialog) = asked.iter_mut().find(of) {
                    dialog.answered = Some((event.at, allowed));
                }
            }
            OVERTAKEN => {
                let of = |dialog: &&mut Asked<'_>| dialog.answered.is_some() && dialog.is_of(event);
                if let Some(dialog) = asked.iter_mut().rev().find(of) {
                    dialog.answered = None;
                }
            }
            "PermissionDenied" => settle(&mut asked, event, |dialog| dialog.denied_at = Some(event.at)),
            "SessionStart" if event.kind.as_deref() == Some("compact") => {}
            "SessionStart" | "SessionEnd" => asked.iter_mut().for_each(|dialog| dialog.over = true),
            "UserPromptSubmit" | "Stop" | "StopFailure" if event.agent.is_none() => {
                let main = asked.iter_mut().filter(|dialog| dialog.event.agent.is_none());
                main.for_each(|dialog| dialog.over = true);
            }
            _ => {}
        }
    }
    let mut found: Vec<Dialog> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for dialog in &asked {
        let decision = dialog.call.and_then(|call| decided.iter().find(|decided| decided.call == call));
        known.extend(dialog.call);
        let told = told(dialog, decision.copied(), waits);
        let in_window = [told.asked_at, told.settled_at].into_iter().flatten().any(|at| window.covers(at));
        if in_window || told.answer == Answer::Open {
            found.push(told);
        }
    }
    let rest = decided.iter().filter(|decided| !known.contains(&decided.call.as_str()));
    found.extend(rest.filter_map(|decided| from_transcript(decided)));
    found.sort_by_key(|dialog| dialog.asked_at.or(dialog.settled_at));
    found
}

/// The call that a dialog is about: the latest one like it that no other dialog is about.
fn call_of<'a>(before: &'a [Event], request: &Event, taken: &[Asked<'_>]) -> Option<&'a str> {
    let calls = before.iter().rev().filter(|event| event.event == "PreToolUse" && same_call(event, request));
    let mut calls = calls.filter_map(|event| event.call.as_deref());
    calls.find(|call| taken.iter().all(|dialog| dialog.call != Some(call)))
}

fn settle(asked: &mut [Asked<'_>], event: &Event, how: impl Fn(&mut Asked<'_>)) {
    asked.iter_mut().filter(|dialog| dialog.is_open() && dialog.is_of(event)).take(1).for_each(how);
}

fn told(dialog: &Asked<'_>, decision: Option<&Decided>, waits: bool) -> Dialog {
    let by_person =
        dialog.answered.map(|(_, allowed)| if allowed { Answer::Allowed } else { Answer::TurnedDown });
    let by_hooks = match (dialog.ran_at, dialog.denied_at, dialog.over) {
        (Some(_), ..) => Answer::Allowed,
        (None, Some(_), _) => Answer::TurnedDown,
        _ if by_person.is_some() => by_person.unwrap_or(Answer::Unknown),
        (None, None, false) if waits => Answer::Open,
        _ => Answer::Unknown,
    };
    let answer = match decision.map(|decision| decision.by) {
        // It is our hook that gives the answer, and a person's all the same.
        Some(By::HookAllowed | By::HookDenied) if by_person.is_some() => by_person.unwrap_or(by_hooks),
        Some(By::Settings(true)) => Answer::Allowed,
        Some(By::Settings(false)) => Answer::TurnedDown,
        by => by.and_then(answer_of).unwrap_or(by_hooks),
    };
    Dialog {
        asked_at: Some(dialog.event.at),
        settled_at: decision
            .map(|decision| decision.at)
            .or(dialog.ran_at)
            .or(dialog.denied_at)
            .or(dialog.answered.map(|(at, _)| at)),
        tool: dialog.event.tool.clone().unwrap_or_default(),
        summary: dialog.event.input.as_ref().map(|input| input.summary.clone()).unwrap_or_default(),
        answer,
        told_by: if decision.is_some() { Told::Both } else { Told::Hooks },
    }
}

/// A decision that a person or a hook made; what settings let run asked nobody.
fn answer_of(by: By) -> Option<Answer> {
    match by {
        By::Once => Some(Answer::Allowed),
        By::ForGood => Some(Answer::AllowedForGood),
        By::TurnedDown => Some(Answer::TurnedDown),
        By::HookAllowed => Some(Answer::AllowedByHook),
        By::HookDenied => Some(Answer::DeniedByHook),
        By::Settings(_) => None,
    }
}

/// One that hooks did not tell of. A hook that decides before a call opens no dialog.
fn from_transcript(decided: &Decided) -> Option<Dialog> {
    let by_hook = |answer: &Answer| matches!(answer, Answer::AllowedByHook | Answer::DeniedByHook);
    let answer = answer_of(decided.by).filter(|answer| !by_hook(answer))?;
    Some(Dialog {
        asked_at: None,
        settled_at: Some(decided.at),
        tool: decided.tool.clone(),
        summary: decided.summary.clone(),
        answer,
        told_by: Told::Transcript,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hooks::Input;

    const WINDOW: Window = Window { since: 100, until: 1_000 };

    fn event(at: Millis, name: &str, call: &str) -> Event {
        let input = Input { summary: format!("do {call}"), whole: None, hash: call.to_owned(), bytes: 1 };
        Event {
            at,
            event: name.to_owned(),
            tool: Some("Bash".to_owned()),
            // A permission request does not name its call.
            call: (name != "PermissionRequest").then(|| call.to_owned()),
            input: Some(input),
            ..Event::default()
        }
    }

    fn decided(call: &str, at: Millis, by: By) -> Decided {
        Decided { call: call.to_owned(), tool: "Bash".to_owned(), summary: format!("do {call}"), at, by }
    }

    fn answers(events: &[Event], decided: &[Decided], waits: bool) -> Vec<(Answer, Told)> {
        let decided: Vec<&Decided> = decided.iter().collect();
        dialogs(events, &decided, WINDOW, waits).into_iter().map(|d| (d.answer, d.told_by)).collect()
    }

    #[test]
    fn hooks_tell_that_a_call_ran_and_the_transcript_who_let_it() {
        let events = [
            event(100, "PreToolUse", "a"),
            event(101, "PermissionRequest", "a"),
            event(200, "PostToolUse", "a"),
        ];
        assert_eq!(answers(&events, &[], false), [(Answer::Allowed, Told::Hooks)]);
        let for_good = [decided("a", 200, By::ForGood)];
        assert_eq!(answers(&events, &for_good, false), [(Answer::AllowedForGood, Told::Both)]);
        assert_eq!(answers(&[], &for_good, false), [(Answer::AllowedForGood, Told::Transcript)]);
    }

    #[test]
    fn what_was_dismissed_is_unknown_and_what_waits_is_open() {
        let asked = [event(100, "PreToolUse", "a"), event(101, "PermissionRequest", "a")];
        assert_eq!(answers(&asked, &[], true), [(Answer::Open, Told::Hooks)]);
        assert_eq!(answers(&asked, &[], false), [(Answer::Unknown, Told::Hooks)]);
        let over = [&asked[..], &[event(300, "UserPromptSubmit", "")]].concat();
        assert_eq!(answers(&over, &[], true), [(Answer::Unknown, Told::Hooks)]);
        let no = [decided("a", 250, By::TurnedDown)];
        assert_eq!(answers(&over, &no, true), [(Answer::TurnedDown, Told::Both)]);
    }

    #[test]
    fn two_dialogs_alike_are_of_two_calls() {
        let mut events = vec![event(100, "PreToolUse", "a"), event(100, "PreToolUse", "a")];
        events[1].call = Some("b".to_owned());
        events.extend([event(101, "PermissionRequest", "a"), event(102, "PermissionRequest", "a")]);
        let both = [decided("a", 200, By::Once), decided("b", 201, By::TurnedDown)];
        let mut found = answers(&events, &both, false);
        found.sort();
        assert_eq!(found, [(Answer::TurnedDown, Told::Both), (Answer::Allowed, Told::Both)]);
    }

    #[test]
    fn what_nobody_was_asked_is_no_dialog() {
        let decisions = [decided("a", 200, By::Settings(true)), decided("b", 200, By::HookAllowed)];
        assert_eq!(answers(&[], &decisions, false), []);
        let denied = [decided("c", 200, By::HookDenied)];
        assert_eq!(answers(&[], &denied, false), []);
        let asked = [event(150, "PreToolUse", "c"), event(151, "PermissionRequest", "c")];
        assert_eq!(answers(&asked, &denied, false), [(Answer::DeniedByHook, Told::Both)]);
    }

    /// Our hook hands it over, and a person has given it.
    #[test]
    fn what_a_person_answers_from_elsewhere_is_theirs() {
        let given = |at, kind: &str| Event { kind: Some(kind.to_owned()), ..event(at, ANSWERED, "a") };
        let late = |at, kind: &str| Event { kind: Some(kind.to_owned()), ..event(at, OVERTAKEN, "a") };
        let asked = [event(100, "PreToolUse", "a"), event(101, "PermissionRequest", "a")];
        for (kind, by, answer) in
            [("allow", By::HookAllowed, Answer::Allowed), ("deny", By::HookDenied, Answer::TurnedDown)]
        {
            let events = [&asked[..], &[given(150, kind)]].concat();
            assert_eq!(answers(&events, &[decided("a", 200, by)], false), [(answer, Told::Both)], "{kind}");
            assert_eq!(answers(&events, &[], true), [(answer, Told::Hooks)], "{kind}");
        }
        let events = [&asked[..], &[given(150, "deny"), late(151, "deny")]].concat();
        assert_eq!(answers(&events, &[decided("a", 200, By::Once)], false), [(Answer::Allowed, Told::Both)]);
        assert_eq!(answers(&events, &[], true), [(Answer::Open, Told::Hooks)]);
    }

    #[test]
    fn only_the_window_counts() {
        let early = [
            event(10, "PreToolUse", "a"),
            event(11, "PermissionRequest", "a"),
            event(20, "PostToolUse", "a"),
        ];
        assert_eq!(answers(&early, &[], false), []);
        let late = [
            event(10, "PreToolUse", "a"),
            event(11, "PermissionRequest", "a"),
            event(120, "PostToolUse", "a"),
        ];
        assert_eq!(answers(&late, &[], false), [(Answer::Allowed, Told::Hooks)]);
    }
}
