//! A prompt that is open at its session's terminal, answered from elsewhere: this process waits beside it.
//!
//! Claude Code shows its dialog at once and takes whichever answer comes first (seen in 2.1.41 and 2.1.330), so that
//! waiting here keeps nobody from answering there. It is over when the dialog is: when a hook tells that the call was
//! made, when the registry says that the client waits no more (a "No" and Esc call no hook), and with the client.
//!
//! Calls that are the very same may be asked about at once (several reads of one message): each has a process of its own
//! here, their dialogs open one after the other, and neither the dialog nor the hook says which call it is of. They are
//! answered in their order, and the first of them is the one that is over.
//!
//! A subagent in the background is another matter: its dialog opens when this process has ended (seen in 2.1.330). That
//! of a subagent that the session waits for opens at once, as any.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use claudectl_agents::asker::Asker;
use claudectl_agents::metas;
use claudectl_agents::processes::{Processes, System};
use claudectl_agents::prompts::{Answer, Given, Listener, Prompt, Told};
use claudectl_fleet::call;
use claudectl_fleet::hooks::{ANSWERED, Activity, Client, Event, Judged, OVERTAKEN};
use claudectl_gate::same::Exactly;
use claudectl_store::journal;
use serde_json::{Value, json};

use super::Installed;
use super::reply::{for_model, for_person, harmless_lines};
use crate::config::Approvals;
use crate::{outcomes, widening};

/// How often it is looked whether the dialog is still open: first, and after a minute.
const LOOKS: Duration = Duration::from_millis(250);
const LOOKS_LATER: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(60);
/// A dialog stands in the registry within this.
const REGISTERED: Duration = Duration::from_secs(3);
/// What was told lately stands within so much of the journal's end.
const LATELY: u64 = 256 << 10;
/// A file of more is not compared with what is to be written.
const MOST_COMPARED: u64 = 256 << 10;

/// What Claude Code is told where a prompt is denied by the gate, whatever it was told before.
pub(super) fn denied(judged: &Judged) -> String {
    let decision = json!({ "behavior": "deny", "message": for_model(judged) });
    let mut whole = output(&decision);
    if let Some(person) = for_person(judged) {
        whole["systemMessage"] = person.into();
    }
    whole.to_string()
}

fn output(decision: &Value) -> Value {
    json!({ "hookSpecificOutput": { "hookEventName": "PermissionRequest", "decision": decision } })
}

fn decision(answer: &Answer) -> String {
    let decision = if answer.allow {
        json!({ "behavior": "allow" })
    } else {
        let reason = answer
            .reason
            .as_deref()
            .map(|reason| format!(": {}", harmless_lines(reason)))
            .unwrap_or_default();
        json!({ "behavior": "deny", "message": format!("The user denied this call{reason}") })
    };
    output(&decision).to_string()
}

/// A prompt as it is shown to whoever answers it. `kept` is what an answer for longer is about, and why it can only be
/// allowed this once.
pub(super) fn prompt(
    event: &Event,
    given: Option<&str>,
    judged: Judged,
    (exactly, once): (Option<Exactly>, Option<String>),
) -> Prompt {
    let asks = judged.verdict == "ask";
    let tool = event.tool.clone().unwrap_or_default();
    let input = event.input.clone().unwrap_or_default();
    let given = given.unwrap_or("null");
    let old = call::written_file(&tool, given, event.cwd.as_deref()).and_then(|file| text(Path::new(&file)));
    Prompt {
        // Drawn where it is waited beside.
        nonce: String::new(),
        session: event.session.clone(),
        client: event.client,
        transcript: event.transcript.clone(),
        agent: event.agent.clone(),
        lines: call::shown(&tool, given, old.as_deref()),
        tool,
        hash: input.hash,
        summary: input.summary,
        cwd: event.cwd.clone(),
        mode: event.mode.clone(),
        reason: asks.then_some(judged.reason),
        layer: asks.then_some(judged.layer),
        exactly: exactly.and_then(|exactly| serde_json::to_value(exactly).ok()),
        once,
        at: event.at,
    }
}

/// The text of a file that is to be written over.
fn text(file: &Path) -> Option<String> {
    let meta = file.metadata().ok()?;
    (meta.is_file() && meta.len() <= MOST_COMPARED).then(|| std::fs::read_to_string(file).ok())?
}

/// For how long a prompt is waited beside, or before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) time: Duration,
    /// Its dialog opens only after that.
    pub(super) holds: bool,
}

impl Limit {
    pub(super) fn of(event: &Event, approvals: Approvals) -> Self {
        let holds = is_in_background(event);
        let millis = if holds { approvals.subagents_ms.min(approvals.wait_ms) } else { approvals.wait_ms };
        Self { time: Duration::from_millis(millis.unsigned_abs()), holds }
    }
}

/// The call is that of a subagent that nobody waits for. A version that does not say so is taken at its registry's word.
fn is_in_background(event: &Event) -> bool {
    let (Some(own), Some(agent)) = (&event.transcript, &event.agent) else { return false };
    let transcript = outcomes::transcript(Path::new(own), Some(agent));
    transcript.and_then(|path| metas::is_in_background(&path)) == Some(true)
}

/// Waits until somebody answers, or the dialog is over; whether Claude Code was told something.
#[expect(clippy::disallowed_methods, reason = "it is the clock that the host goes by")]
pub(super) fn wait(
    installed: &Installed,
    event: &Event,
    prompt: &Prompt,
    asker: &Asker,
    limit: Limit,
) -> Result<(), Box<dyn std::error::Error>> {
    // Before the socket is there: what is written from now on is seen.
    let mut dialog = Dialog::of(installed, event, asker, limit.holds);
    let limit = limit.time;
    let listener = Listener::open(&installed.home, prompt)?;
    let began = Instant::now();
    while began.elapsed() < limit && !dialog.is_over() {
        let looks = if began.elapsed() < LATER { LOOKS } else { LOOKS_LATER };
        let Some(given) = listener.answer(looks, |pid| !widening::is_below_a_client(pid))? else { continue };
        if dialog.is_over() {
            given.tell(&Told::TooLate);
            break;
        }
        drop(listener);
        return answer(installed, event, given);
    }
    Ok(())
}

/// Gives an answer to Claude Code. It is said first, and then written down and confirmed.
fn answer(installed: &Installed, event: &Event, given: Given) -> Result<(), Box<dyn std::error::Error>> {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = stdout.write_all(decision(&given.answer).as_bytes()).and_then(|()| stdout.flush()) {
        given.tell(&Told::Refused(format!("the client does not listen: {error}")));
        return Err(error.into());
    }
    let answer = &given.answer;
    let reason = answer.reason.as_deref().map(|reason| format!(": {}", call::one_line(reason)));
    let mut answered = Event {
        at: super::now().as_millisecond(),
        event: ANSWERED.to_owned(),
        kind: Some(if answer.allow { "allow" } else { "deny" }.to_owned()),
        text: Some(format!("{}{}", call::one_line(&answer.by), reason.unwrap_or_default())),
        call: answer.call.clone(),
        ..event.clone()
    };
    let kept = super::keep(installed, &mut answered);
    given.tell(&Told::Delivered);
    // The host does not read what was said where the exit code is another one than 0.
    if let Err(error) = kept {
        super::complain(error.as_ref());
    }
    Ok(())
}

/// A dialog, as far as it can be told from outside whether it is still open.
struct Dialog<'a> {
    home: &'a Path,
    /// What was told of the session since the call was asked about.
    activity: Activity,
    session: &'a str,
    /// The journal's day, and how far it was read.
    day: String,
    offset: u64,
    client: Option<Client>,
    asker: &'a Asker,
    /// Of the very same calls, what goes before this one.
    alike: Alike,
    /// The dialog opens when this process ends: the registry says nothing of it.
    holds: bool,
    /// The registry has said that the client waits.
    was_waiting: bool,
    began: Instant,
}

impl<'a> Dialog<'a> {
    #[expect(clippy::disallowed_methods, reason = "it is the clock that the host goes by")]
    fn of(installed: &'a Installed, event: &'a Event, asker: &'a Asker, holds: bool) -> Self {
        let mut activity = Activity::default();
        activity.take(event);
        let day = super::day(super::now());
        let file = journal::file(&installed.home, &day);
        let length = std::fs::metadata(&file).map_or(0, |meta| meta.len());
        let mut dialog = Self {
            home: &installed.home,
            activity,
            session: &event.session,
            day,
            offset: length.saturating_sub(LATELY),
            client: event.client,
            asker,
            alike: Alike::to(event),
            holds,
            was_waiting: false,
            began: Instant::now(),
        };
        // A day's beginning, or the middle of a record: what can be read is.
        let told = dialog.told();
        let own = told.iter().position(|told| told == event).unwrap_or(told.len());
        told[..own].iter().for_each(|event| dialog.alike.asked_before(event));
        told[own..].iter().for_each(|event| dialog.take(event));
        dialog
    }

    fn is_over(&mut self) -> bool {
        self.is_told_over() || self.client_has_gone() || self.waits_no_more()
    }

    /// Hooks tell of what comes after.
    fn is_told_over(&mut self) -> bool {
        let today = super::day(super::now());
        self.read();
        if today != self.day {
            (self.day, self.offset) = (today, 0);
            self.read();
        }
        self.activity.dialogs.is_empty()
    }

    fn read(&mut self) {
        for event in self.told() {
            self.take(&event);
        }
    }

    fn take(&mut self, event: &Event) {
        // Another call's dialog is none of this one, and so is what becomes of one that is the very same.
        let of_another = event.event == "PermissionRequest" || event.event == "Notification";
        if !of_another && !self.alike.takes(event) {
            self.activity.take(event);
        }
    }

    /// What was told of the session since the last time.
    fn told(&mut self) -> Vec<Event> {
        let file = journal::file(self.home, &self.day);
        if std::fs::metadata(&file).map_or(0, |meta| meta.len()) <= self.offset {
            return Vec::new();
        }
        // What cannot be read tells nothing: the registry may.
        let Ok(piece) = journal::read(&file, self.offset) else { return Vec::new() };
        self.offset = piece.next;
        let events = piece.records.iter().filter_map(|record| serde_json::from_slice::<Event>(record).ok());
        events.filter(|event| event.session == self.session).collect()
    }

    fn client_has_gone(&self) -> bool {
        let Some(client) = self.client else { return false };
        System.facts(client.pid).is_none_or(|facts| facts.start.is_some_and(|start| start != client.start))
    }

    fn waits_no_more(&mut self) -> bool {
        match self.asker.row_now() {
            Some(row) if self.holds => row.session_id != self.session,
            Some(row) => {
                // Versions before 2.1.126 say nothing of it.
                let Some(status) = row.status else { return false };
                let waits = status == "waiting";
                // It is registered before its hooks are called.
                let expected = self.was_waiting || self.began.elapsed() > REGISTERED;
                self.was_waiting |= waits;
                expected && !waits || row.session_id != self.session
            }
            // It had a row: it has ended.
            None => self.asker.row().is_some(),
        }
    }
}

/// Calls of a session that are the very same as one that is asked about: tool, input and subagent.
#[derive(Debug)]
struct Alike {
    tool: Option<String>,
    hash: String,
    agent: Option<String>,
    /// So many are asked about that came before.
    before: usize,
    /// So many were allowed from elsewhere, and have not been made.
    allowed: usize,
}

impl Alike {
    fn to(event: &Event) -> Self {
        let hash = event.input.as_ref().map(|input| input.hash.clone()).unwrap_or_default();
        Self { tool: event.tool.clone(), hash, agent: event.agent.clone(), before: 0, allowed: 0 }
    }

    fn is_of(&self, event: &Event) -> bool {
        event.tool == self.tool
            && event.agent == self.agent
            && event.input.as_ref().is_some_and(|input| input.hash == self.hash)
    }

    /// What was told before this one was asked about.
    fn asked_before(&mut self, event: &Event) {
        let begins = match event.event.as_str() {
            "UserPromptSubmit" | "SessionStart" | "SessionEnd" => true,
            "Stop" | "StopFailure" | "SubagentStop" => event.agent == self.agent,
            _ => false,
        };
        if begins {
            (self.before, self.allowed) = (0, 0);
        } else if event.event == "PermissionRequest" && self.is_of(event) {
            self.before += 1;
        } else {
            self.takes(event);
        }
    }

    /// Whether an event is about another of them.
    fn takes(&mut self, event: &Event) -> bool {
        if !self.is_of(event) {
            return false;
        }
        match event.event.as_str() {
            // The first of them is answered first, and this one by nobody but this process.
            ANSWERED => {
                self.before = self.before.saturating_sub(1);
                self.allowed += usize::from(event.kind.as_deref() == Some("allow"));
                true
            }
            // What came too late was not made by that answer.
            OVERTAKEN => {
                self.allowed =
                    self.allowed.saturating_sub(usize::from(event.kind.as_deref() == Some("allow")));
                true
            }
            "PostToolUse" | "PostToolUseFailure" | "PermissionDenied" if self.allowed > 0 => {
                self.allowed -= 1;
                true
            }
            "PostToolUse" | "PostToolUseFailure" | "PermissionDenied" if self.before > 0 => {
                self.before -= 1;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::hooks::Input;

    use super::*;

    fn event(name: &str, hash: &str, kind: Option<&str>) -> Event {
        Event {
            event: name.to_owned(),
            tool: Some("Read".to_owned()),
            input: Some(Input { hash: hash.to_owned(), ..Input::default() }),
            kind: kind.map(str::to_owned),
            ..Event::default()
        }
    }

    /// After what was told before, whether each of what is told since is about another call.
    fn taken(before: &[Event], since: &[Event]) -> Vec<bool> {
        let mut alike = Alike::to(&event("PermissionRequest", "a", None));
        before.iter().for_each(|event| alike.asked_before(event));
        since.iter().map(|event| alike.takes(event)).collect()
    }

    #[test]
    fn of_calls_that_are_the_very_same_the_first_is_over_first() {
        let asked = || event("PermissionRequest", "a", None);
        let made = || event("PostToolUse", "a", None);
        let allowed = || event(ANSWERED, "a", Some("allow"));
        let denied = || event(ANSWERED, "a", Some("deny"));
        // At its terminal, the one before and then this one.
        assert_eq!(taken(&[asked()], &[made(), made()]), [true, false]);
        assert_eq!(taken(&[], &[made()]), [false]);
        // From elsewhere: its call is made later.
        assert_eq!(taken(&[asked()], &[allowed(), made(), made()]), [true, true, false]);
        assert_eq!(taken(&[asked()], &[denied(), made()]), [true, false]);
        // One that comes after is answered, and made.
        assert_eq!(taken(&[], &[allowed(), made(), made()]), [true, true, false]);
        // The answer came too late: what was made is the one before.
        let late = event(OVERTAKEN, "a", Some("allow"));
        assert_eq!(taken(&[asked(), asked()], &[allowed(), late, made(), made()]), [true, true, true, false]);
        // Another call, and what a turn before has left.
        assert_eq!(taken(&[event("PermissionRequest", "b", None)], &[made()]), [false]);
        assert_eq!(taken(&[asked(), event("UserPromptSubmit", "", None)], &[made()]), [false]);
        assert_eq!(taken(&[asked(), allowed(), made()], &[made()]), [false]);
    }
}
