//! `claudectl wait`: until a session is in a state, for scripts.

use std::time::Duration;

use claudectl_fleet::session::Session;
use claudectl_fleet::status::{Source, State, Status};

use crate::app::App;
use crate::commands::ls;
use crate::error::{CliError, Result};
use crate::format;
use crate::live::{self, Live};
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
    loop {
        let sessions = live.sessions(app)?;
        if let Some(found) = reached(app, &mut live, args, &sessions, wanted.as_deref(), &states)? {
            return told(app, &found);
        }
        if !live.wait(app, until)? {
            return Err(timeout(args, &sessions, wanted.as_deref()));
        }
    }
}

/// A session that is in one of the states.
fn reached(
    app: &App,
    live: &mut Live,
    args: &Args,
    sessions: &[Session],
    wanted: Option<&str>,
    states: &[State],
) -> Result<Option<Session>> {
    let there = |session: &&Session| {
        states.contains(&session.status.state) && (args.inferred || session.status.source != Source::Inferred)
    };
    let Some(wanted) = wanted else { return Ok(sessions.iter().find(there).cloned()) };
    if let Some(session) = sessions.iter().find(|session| session.id == wanted) {
        if there(&session) {
            return Ok(Some(session.clone()));
        }
        return if session.status.state == State::Finished { Err(over(session)) } else { Ok(None) };
    }
    // It does not run: what is known of it says that it has ended.
    let mut session = live
        .session(app, wanted)?
        .ok_or_else(|| CliError::failed(format!("session {wanted} is not known any more")))?;
    if session.status.state != State::Finished {
        session.status =
            Status { state: State::Finished, since: None, source: Source::Process, detail: None };
    }
    if there(&&session) { Ok(Some(session)) } else { Err(over(&session)) }
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
    let line = format!("{} is {}{detail}", ls::title(session), session.status.state.word());
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
