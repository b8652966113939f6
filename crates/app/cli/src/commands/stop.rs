//! `claudectl stop`: ends a session, and nothing else.

use crate::app::App;
use crate::ending::{Fate, How, Role};
use crate::error::Result;
use crate::stopping::{self, Report, Wish};
use crate::sync::LedgerArgs;
use crate::ui::{Style, Table};

/// End a session: its client, and what that has started.
///
/// The client is asked to end, so that it runs its hooks, and killed if it has not done so in time. What it
/// had started, and still stands below it or in its group, is ended after it. Only a process that is proven to
/// be the session's, by its number and its start time, is ever signalled. A background session is stopped by Claude Code itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The session: its id or the beginning of it, its name, or `pid:N` as `claudectl ls` shows it.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: String,
    /// Seconds that the client gets before it is killed.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(..=3600))]
    grace: u64,
    /// Also where the process is not proven to be the session's: clients before 2.1.118, `pid:N`, and a
    /// program that does not look like a client.
    #[arg(long)]
    force: bool,
    /// Of several processes that run the session, end this one.
    #[arg(long, value_name = "N", conflicts_with = "all")]
    pid: Option<u32>,
    /// End all processes that run the session.
    #[arg(long)]
    all: bool,
    /// Only say what would be ended.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

impl Args {
    fn wish(&self) -> Wish {
        Wish {
            session: self.session.clone(),
            grace: self.grace,
            force: self.force,
            pid: self.pid,
            all: self.all,
            dry_run: self.dry_run,
            ledger: self.ledger,
        }
    }
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let report = stopping::end(app, &args.wish())?;
    show(app, &report)
}

fn show(app: &mut App, report: &Report) -> Result<()> {
    if app.ui.json {
        app.ui.document(report)?;
    } else {
        print(app, report);
    }
    if report.result == "alive" { Err(report.error()) } else { Ok(()) }
}

fn print(app: &mut App, report: &Report) {
    app.ui.line(&report.headline());
    if report.result != "already-ended" {
        let mut table = Table::new().right("PID").flexible("PROCESS", 8).left("HOW");
        for fate in &report.processes {
            let (style, how) = if report.dry_run { (Style::Plain, "runs") } else { words(fate) };
            table.row([
                (Style::Plain, fate.pid.to_string()),
                (Style::Name, fate.name.clone()),
                (style, how.to_owned()),
            ]);
        }
        table.print(&mut app.ui);
    }
    for note in &report.notes {
        app.ui.warn(note);
    }
}

fn words(fate: &Fate) -> (Style, &'static str) {
    match (fate.how, fate.role) {
        (How::Gone, Role::Client) => (Style::Good, "had ended"),
        (How::Gone, Role::Started) => (Style::Good, "ended with the session"),
        (How::Host, _) => (Style::Good, "stopped by Claude Code"),
        (How::Asked, _) => (Style::Good, "ended when asked"),
        (How::Killed, _) => (Style::Notice, "did not end when asked: killed"),
        (How::Alive, _) => (Style::Alarm, "still runs"),
    }
}
