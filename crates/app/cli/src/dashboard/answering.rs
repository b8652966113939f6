//! Prompts in the dashboard: what is asked, and what becomes of an answer.

use claudectl_fleet::format;
use claudectl_tui::{Answer, Event, Level, Prompt};

use crate::app::App;
use crate::approving::{self, Answering, Holds, Open, Report, Seen, State};
use crate::error::Result;
use crate::widening::CommandLine;

/// How long `a` allows exactly the same call in the same session, milliseconds: said so in its help.
const A_WHILE_MS: i64 = 60 * 60 * 1000;

/// The call that a session asks about, to be read; or why none can be answered from here.
pub(super) fn prompt(app: &App, session: &str) -> Result<Event> {
    let look = approving::look(app, Some(session))?;
    Ok(match look.open.first() {
        Some(first) => Event::Prompt(Box::new(shown(first, look.open.len() - 1))),
        None => {
            let why = approving::why_none(app, session, &look, "Tab")?;
            Event::Say(Level::Notice, format!("no prompt of it can be answered from here: {why}"))
        }
    })
}

fn shown(open: &Open, more: usize) -> Prompt {
    let prompt = open.prompt().clone();
    Prompt {
        nonce: prompt.nonce,
        title: format::short_id(&prompt.session),
        session: prompt.session,
        agent: prompt.agent,
        tool: prompt.tool,
        summary: prompt.summary,
        lines: prompt.lines,
        cwd: prompt.cwd,
        mode: prompt.mode,
        reason: prompt.reason,
        at: prompt.at,
        hash: prompt.hash,
        once: prompt.once,
        more,
    }
}

fn seen(prompt: &Prompt) -> Seen {
    Seen {
        nonce: prompt.nonce.clone(),
        tool: prompt.tool.clone(),
        summary: prompt.summary.clone(),
        hash: prompt.hash.clone(),
        at: prompt.at,
    }
}

/// How it stands with the prompt that is in view.
pub(super) fn standing(app: &App, prompt: &Prompt) -> Event {
    let standing = approving::standing(app, &prompt.session, &seen(prompt));
    let standing =
        standing.inspect_err(|error| tracing::warn!(what = %error.what, "cannot look at a prompt"));
    Event::Standing(prompt.nonce.clone(), standing.ok())
}

/// Answers the very prompt that was in view.
pub(super) fn answer(app: &App, prompt: &Prompt, answer: Answer) -> Result<Event> {
    CommandLine::of(&["approve", &prompt.session]).refuse_agents(&app.env)?;
    let answering = Answering {
        allow: answer != Answer::Deny,
        call: None,
        seen: Some(seen(prompt)),
        reason: None,
        holds: if answer == Answer::AllowForAWhile { Holds::Session(A_WHILE_MS) } else { Holds::Once },
        replace: false,
        by: "the dashboard",
    };
    Ok(said(&approving::answer(app, &prompt.session, &answering)?))
}

/// What became of an answer, for the line at the foot.
fn said(report: &Report) -> Event {
    let level = match report.state {
        State::Confirmed => Level::Info,
        State::Sent | State::Delivered | State::Queued => Level::Notice,
        State::TooLate | State::Unknown => Level::Alarm,
    };
    let mut parts = vec![report.headline()];
    parts.extend(report.rule.iter().map(|rule| format!("exactly this call for an hour, as {rule}")));
    parts.extend(report.more().into_iter().map(str::to_owned));
    Event::Say(level, parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(state: State, decision: &'static str, note: Option<&str>) -> Report {
        Report {
            session: "s".to_owned(),
            tool_use_id: None,
            tool: "Bash".to_owned(),
            summary: "ls".to_owned(),
            decision,
            state,
            rule: None,
            note: note.map(str::to_owned),
        }
    }

    #[test]
    fn what_became_of_an_answer_is_said_in_its_own_words() {
        let text = |report: &Report| match said(report) {
            Event::Say(level, text) => (level, text),
            other => panic!("{other:?}"),
        };
        let goes_on = "The client goes on, and nothing says that the call was turned down; its result is not there yet.";
        let table = [
            (report(State::Confirmed, "allow", None), Level::Info, "confirmed: allowed: Bash ls".to_owned()),
            (report(State::Sent, "allow", None), Level::Notice, format!("sent: allowed: Bash ls; {goes_on}")),
            (
                report(State::Sent, "deny", Some("the call may run")),
                Level::Notice,
                "sent: denied: Bash ls; the call may run".to_owned(),
            ),
            (
                report(State::Delivered, "deny", None),
                Level::Notice,
                "delivered: denied: Bash ls; The client was given it, and has not been seen to act on it."
                    .to_owned(),
            ),
            (
                report(State::Queued, "allow", Some("take it up")),
                Level::Notice,
                "queued: allowed: Bash ls; take it up".to_owned(),
            ),
            (
                report(State::Unknown, "allow", Some("look")),
                Level::Alarm,
                "unknown: Bash ls; look".to_owned(),
            ),
            (
                report(State::TooLate, "allow", Some("it is over\nIt asks something else now, Bash rm")),
                Level::Alarm,
                "too late: Bash ls; it is over; It asks something else now, Bash rm".to_owned(),
            ),
        ];
        for (report, level, wanted) in table {
            assert_eq!(text(&report), (level, wanted));
        }
        let kept = Report { rule: Some("g1".to_owned()), ..report(State::Confirmed, "allow", None) };
        assert_eq!(text(&kept).1, "confirmed: allowed: Bash ls; exactly this call for an hour, as g1");
    }
}
