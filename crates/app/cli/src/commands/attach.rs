//! `claudectl attach`: to the terminal of a session.

use std::process::Stdio;

use crate::app::App;
use crate::dashboard::jump::{self, Place};
use crate::error::{CliError, Kind, Result};
use crate::find;
use crate::gather::Wanted;
use crate::running;
use crate::sync::{self, LedgerArgs};

/// Go to the terminal that a session runs in.
///
/// A session in tmux is gone to only when the pane is proven to be its own: it has the pane's terminal, and was
/// started in it. A background session is opened by `claude attach`. Where there is no way, it says where the session
/// runs. Nothing is typed into any terminal.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The session: its id or the beginning of it, its name, or `pid:N` as `claudectl ls` shows it.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: String,
    /// Only say where it is.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let sid = session(app, args)?;
    let place = jump::place(app, &sid);
    if args.dry_run || app.ui.json {
        return say(app, &sid, &place);
    }
    if let Place::Elsewhere(text) = place {
        return Err(CliError::failed(text));
    }
    if !app.ui.terminal || !app.ui.keyboard {
        return Err(CliError::usage("there is no terminal to show it in")
            .why("standard input or output is none")
            .fix(format!("`claudectl attach {sid} --dry-run` says where it runs")));
    }
    if jump::is_here(app, &place) {
        return jump::switch(app, &place).map_err(|why| CliError::external("cannot go there").why(why));
    }
    let Some(mut command) = jump::command(app, place) else { return Ok(()) };
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::inherit()).status().map_err(|error| {
        CliError::external(format!("cannot run {name}")).why(error).fix(format!("is {name} on your PATH?"))
    })?;
    // It has said on the terminal what is wrong.
    if status.success() { Ok(()) } else { Err(CliError::told(Kind::External)) }
}

/// The session that is meant: the registry comes first, as for `stop`.
fn session(app: &App, args: &Args) -> Result<String> {
    let fleet = running::fleet_of(app, &app.claude_roots(), running::told_lately(app)?, Wanted::All);
    match find::registered(&fleet, &args.session)? {
        Some(sid) => Ok(sid),
        None => find::session(app, &sync::ledger(app, args.ledger)?, &args.session),
    }
}

fn say(app: &mut App, sid: &str, place: &Place) -> Result<()> {
    if app.ui.json {
        return app.ui.document(&place.json(sid));
    }
    app.ui.line(&crate::ui::clean(&place.text()));
    Ok(())
}
