//! `claudectl wait`: until a session is in a state, for scripts.

use std::collections::HashSet;
use std::time::Duration;

use claudectl_fleet::session::Session;
use claudectl_fleet::status::{Source, State};

use crate::app::App;
use crate::commands::ls;
use crate::error::{CliError, Result};
use crate::format;
use crate::live::{self, Live, is_unnamed};
use crate::ui::clean;
use crate::when;

/// Wait until a session is in a state.
///
/// Ends with 0 once it is, and prints the session; with 1 when the session ends in another state, or the time
/// is up. What is only inferred does not count, unless --inferred is given: a script should not act on a guess.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The session: an id, its beginning, or a name; `any` for the first of all.
    #[arg(value_name = "SESSION")]
    session: String,
    /// The states to wait for, with commas; `attention` for all that want a person.
    #[arg(long = "for", value_name = "STATE", value_delimiter = ',', required = true)]
    states: Vec<String>,
    /// Give up after this time: 30s, 10m, 2h.
    #[arg(long, value_name = "TIME", value_parser = when::duration)]
    timeout: Option<Duration>,
    /// Take a guess, too.
    #[arg(long)]
    inferred: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let states = states(&args.states)?;
    let until = args.timeout.map(|timeout| live::now() + timeout);
    let mut live = Live::start(app)?;
    let wanted = match args.session.as_str() {
        "any" => None,
        text => Some(live.find(app, text)?),
    };
    let mut ran = HashSet::new();
    loop {
        let sessions = live.sessions(app)?;
        let found = reached(app, &mut live, args, &sessions, wanted.as_deref(), &states, &mut ran)?;
        if let Some(found) = found {
            return told(app, &found);
        }
        if !live.wait(app, until)? {
            return Err(timeout(args, &sessions, wanted.as_deref()));
        }
    }
}

/// A session that is in one of the states. `ran` are those that ran at the looks before.
fn reached(
    app: &App,
    live: &mut Live,
    args: &Args,
    sessions: &[Session],
    wanted: Option<&str>,
    states: &[State],
    ran: &mut HashSet<String>,
) -> Result<Option<Session>> {
    let there = |session: &Session| {
        states.contains(&session.status.state) && (args.inferred || session.status.source != Source::Inferred)
    };
    if let Some(wanted) = wanted {
        let listed = sessions.iter().find(|session| session.id == wanted).cloned();
        let session = match listed {
            Some(session) => Some(session),
            // It does not run: what is known of it says how it ended.
            None => live.session(app, wanted)?,
        };
        let session =
            session.ok_or_else(|| CliError::failed(format!("session {wanted} is not known any more")))?;
        return match session.status.state {
            _ if there(&session) => Ok(Some(session)),
            State::Finished => Err(over(&session)),
            _ => Ok(None),
        };
    }
    // What had ended before anybody waited is nothing that was waited for.
    let over = |session: &Session| session.status.state == State::Finished;
    let found = sessions.iter().find(|now| there(now) && (!over(now) || ran.contains(&now.id))).cloned();
    let gone: Vec<String> =
        ran.iter().filter(|sid| sessions.iter().all(|now| now.id != **sid)).cloned().collect();
    ran.extend(sessions.iter().filter(|now| !over(now) && !is_unnamed(now)).map(|now| now.id.clone()));
    if found.is_some() {
        return Ok(found);
    }
    for sid in gone {
        ran.remove(&sid);
        if let Some(session) = live.session(app, &sid)?.filter(|session| there(session)) {
            return Ok(Some(session));
        }
    }
    Ok(None)
}

fn states(words: &[String]) -> Result<Vec<State>> {
    let mut found = Vec::new();
    for word in words {
        match word.as_str() {
            "attention" => found.extend(State::ALL.into_iter().filter(|state| state.wants_attention())),
            word => found.push(ls::state(word).map_err(|error| {
                CliError::usage(format!("there is no state {word}"))
                    .why(error)
                    .fix("write it as --for waiting, or --for attention for all that want you")
            })?),
        }
    }
    Ok(found)
}

fn told(app: &mut App, session: &Session) -> Result<()> {
    if app.ui.json {
        return app.ui.document(session);
    }
    let detail = session.status.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
    let line = format!("{} is {}{detail}", session.title(), session.status.state.word());
    app.ui.line(&clean(&line));
    Ok(())
}

fn over(session: &Session) -> CliError {
    let error = CliError::failed(format!("session {} has ended", format::short_id(&session.id)))
        .fix("`claudectl ls --all` lists it; to wait for its end, use --for finished");
    match &session.status.detail {
        Some(detail) => error.why(detail),
        None => error,
    }
}

fn timeout(args: &Args, sessions: &[Session], wanted: Option<&str>) -> CliError {
    let error = CliError::failed(format!("{} was not {} in time", args.session, args.states.join(" or ")));
    let session = wanted.and_then(|wanted| sessions.iter().find(|session| session.id == wanted));
    match session {
        Some(session) => error.why(format!("it is {}", session.status.state.word())),
        None => error,
    }
    .fix("give it more time with --timeout, or none to wait for good")
}
