//! Prompts in the dashboard: what is asked, and what becomes of an answer.

use claudectl_fleet::format;
use claudectl_tui::{Answer, Event, Level, Prompt};

use crate::app::App;
use crate::approving::{self, Answering, Holds, Open, State};
use crate::error::Result;
use crate::widening::CommandLine;

/// How long `a` allows the same call in the same session, milliseconds: said so in its help.
const A_WHILE_MS: i64 = 60 * 60 * 1000;

/// The call that a session asks about, to be read.
pub(super) fn prompt(app: &App, session: &str) -> Result<Event> {
    let open = approving::open(app, Some(session))?;
    let Some(first) = open.first() else {
        let text = "no prompt of it can be answered from here; Tab goes to its terminal";
        return Ok(Event::Say(Level::Info, text.to_owned()));
    };
    Ok(Event::Prompt(Box::new(shown(first, open.len() - 1))))
}

fn shown(open: &Open, more: usize) -> Prompt {
    let prompt = open.prompt().clone();
    Prompt {
        title: format::short_id(&prompt.session),
        session: prompt.session,
        agent: prompt.agent,
        tool: prompt.tool,
        lines: prompt.lines,
        cwd: prompt.cwd,
        mode: prompt.mode,
        reason: prompt.reason,
        at: prompt.at,
        hash: prompt.hash,
        keepable: !prompt.rules.is_empty(),
        more,
    }
}

/// Answers the very call that was in view.
pub(super) fn answer(app: &App, session: &str, hash: String, answer: Answer) -> Result<Event> {
    CommandLine::of(&["approve", session]).refuse_agents(&app.env)?;
    let answering = Answering {
        allow: answer != Answer::Deny,
        call: None,
        hash: Some(hash),
        reason: None,
        holds: if answer == Answer::AllowForAWhile { Holds::Session(A_WHILE_MS) } else { Holds::Once },
        replace: false,
        by: "the dashboard",
    };
    let report = approving::answer(app, session, &answering)?;
    let call = format!("{} {}", report.tool, report.summary);
    let done = if report.decision == "allow" { "allowed" } else { "denied" };
    let kept = report.rule.map(|rule| format!("; for an hour, as {rule}")).unwrap_or_default();
    Ok(match report.state {
        State::Confirmed => Event::Say(Level::Info, format!("{done}: {call}{kept}")),
        State::Sent | State::Delivered | State::Queued => {
            Event::Say(Level::Notice, format!("{done}, and not seen to be acted on yet: {call}{kept}"))
        }
        State::TooLate => {
            let note = report.note.map(|note| format!("; {note}")).unwrap_or_default();
            Event::Say(Level::Alarm, format!("too late: {call}{note}"))
        }
    })
}
