//! A prompt that is open at its session's terminal, answered from elsewhere: this process waits beside it.
//!
//! Claude Code shows its dialog at once and takes whichever answer comes first (seen in 2.1.41 and 2.1.330), so that
//! waiting here keeps nobody from answering there. It is over when the dialog is: when a hook tells that the call was
//! made, when the registry says that the client waits no more (a "No" and Esc call no hook), and with the client.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use claudectl_agents::asker::Asker;
use claudectl_agents::processes::{Processes, System};
use claudectl_agents::prompts::{Answer, Given, Listener, Prompt, Told};
use claudectl_fleet::call;
use claudectl_fleet::hooks::{ANSWERED, Activity, Client, Event};
use claudectl_gate::rules::Rule;
use claudectl_store::journal;
use serde_json::{Value, json};

use super::Installed;
use super::reply::{harmless, harmless_lines};
use crate::widening;

/// How often it is looked whether the dialog is still open: first, and after a minute.
const LOOKS: Duration = Duration::from_millis(250);
const LOOKS_LATER: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(60);
/// A dialog stands in the registry within this.
const REGISTERED: Duration = Duration::from_secs(3);
/// A file of more is not compared with what is to be written.
const MOST_COMPARED: u64 = 256 << 10;

/// What Claude Code is told where a prompt is denied by the gate, whatever it was told before.
pub(super) fn denied(reason: &str) -> String {
    told(&json!({ "behavior": "deny", "message": harmless(&format!("claudectl: {reason}")) }))
}

fn told(decision: &Value) -> String {
    json!({ "hookSpecificOutput": { "hookEventName": "PermissionRequest", "decision": decision } })
        .to_string()
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
    told(&decision)
}

/// A prompt as it is shown to whoever answers it.
pub(super) fn prompt(event: &Event, given: Option<&str>, reason: Option<String>, rules: Vec<Rule>) -> Prompt {
    let tool = event.tool.clone().unwrap_or_default();
    let input = event.input.clone().unwrap_or_default();
    let given = given.unwrap_or("null");
    let old = call::written_file(&tool, given, event.cwd.as_deref()).and_then(|file| text(Path::new(&file)));
    Prompt {
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
        reason,
        rules: rules.iter().filter_map(|rule| serde_json::to_value(rule).ok()).collect(),
        at: event.at,
    }
}

/// The text of a file that is to be written over.
fn text(file: &Path) -> Option<String> {
    let meta = file.metadata().ok()?;
    (meta.is_file() && meta.len() <= MOST_COMPARED).then(|| std::fs::read_to_string(file).ok())?
}

/// Waits until somebody answers, or the dialog is over; whether Claude Code was told something.
#[expect(clippy::disallowed_methods, reason = "it is the clock that the host goes by")]
pub(super) fn wait(
    installed: &Installed,
    event: &Event,
    prompt: &Prompt,
    asker: &Asker,
    limit: Duration,
) -> Result<(), Box<dyn std::error::Error>> {
    // Before the socket is there: what is written from now on is seen.
    let mut dialog = Dialog::of(installed, event, asker);
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
    let answered = Event {
        at: super::now().as_millisecond(),
        event: ANSWERED.to_owned(),
        kind: Some(if answer.allow { "allow" } else { "deny" }.to_owned()),
        text: Some(format!("{}{}", call::one_line(&answer.by), reason.unwrap_or_default())),
        ..event.clone()
    };
    let kept = super::keep(installed, &answered);
    given.tell(&Told::Delivered);
    kept
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
    /// The registry has said that the client waits.
    was_waiting: bool,
    began: Instant,
}

impl<'a> Dialog<'a> {
    #[expect(clippy::disallowed_methods, reason = "it is the clock that the host goes by")]
    fn of(installed: &'a Installed, event: &'a Event, asker: &'a Asker) -> Self {
        let mut activity = Activity::default();
        activity.take(event);
        let day = super::day(super::now());
        let offset = std::fs::metadata(journal::file(&installed.home, &day)).map_or(0, |meta| meta.len());
        Self {
            home: &installed.home,
            activity,
            session: &event.session,
            day,
            offset,
            client: event.client,
            asker,
            was_waiting: false,
            began: Instant::now(),
        }
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
        let file = journal::file(self.home, &self.day);
        if std::fs::metadata(&file).map_or(0, |meta| meta.len()) <= self.offset {
            return;
        }
        // What cannot be read tells nothing: the registry may.
        let Ok(piece) = journal::read(&file, self.offset) else { return };
        self.offset = piece.next;
        for record in piece.records {
            let event = serde_json::from_slice::<Event>(&record).ok();
            let Some(event) = event.filter(|event| event.session == self.session) else { continue };
            // Another call's dialog is none of this one.
            if event.event != "PermissionRequest" && event.event != "Notification" {
                self.activity.take(&event);
            }
        }
    }

    fn client_has_gone(&self) -> bool {
        let Some(client) = self.client else { return false };
        System.facts(client.pid).is_none_or(|facts| facts.start.is_some_and(|start| start != client.start))
    }

    fn waits_no_more(&mut self) -> bool {
        match self.asker.row_now() {
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
