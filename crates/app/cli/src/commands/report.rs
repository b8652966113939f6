//! `claudectl report`: what happened while the person was away, and what waits for them.

mod collect;
mod markdown;
mod text;
mod words;

use claudectl_fleet::report::Window;

pub(crate) use markdown::code;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::sync::{self, LedgerArgs};
use crate::when;

/// Say what happened while you were away: what waits for you now, and what sessions were asked, did, changed and cost.
///
/// By project: sessions that moved in that time, commits on the branches of their checkouts, files that edits changed,
/// tool calls and requests that failed, permission prompts and how they were answered. What nobody told is said to be
/// unknown: prompts are only known in full with hooks (`claudectl init`).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// From then on: 8h, yesterday, 2026-11-01, 2026-11-01T18:00.
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    since: String,
    /// Only before then; a day includes itself. What waits now is left out if that is past.
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only this project (part of its name or folder).
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// How to print it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// To paste into a message or an issue.
    Markdown,
    /// For programs; the same as `--json`.
    Json,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    if app.ui.json && args.format == Format::Markdown {
        return Err(CliError::usage("--json and --format markdown ask for two things").fix("leave one out"));
    }
    let (window, over) = window(app, args)?;
    let mut ledger = sync::ledger(app, args.ledger)?;
    let scope = collect::Scope { window, over, project: args.project.as_deref() };
    let found = collect::sessions(app, &mut ledger, &scope)?;
    let report = collect::report(app, &scope, found);
    match args.format {
        _ if app.ui.json => app.ui.document(&report),
        Format::Json => app.ui.document(&report),
        Format::Markdown => {
            markdown::print(app, &report);
            Ok(())
        }
        Format::Text => {
            text::print(app, &report, args.project.as_deref());
            Ok(())
        }
    }
}

/// The window, and whether it ended before now.
fn window(app: &App, args: &Args) -> Result<(Window, bool)> {
    let since = when::moment_ms("--since", &args.since, app.now, &app.zone, false)?;
    if since >= app.now {
        return Err(CliError::usage("--since is not in the past").fix("for example: --since 8h"));
    }
    let until = args.until.as_ref().map(|text| when::moment_ms("--until", text, app.now, &app.zone, true));
    let until = until.transpose()?.map_or(app.now, |until| until.min(app.now));
    if since >= until {
        return Err(CliError::usage("--since is not before --until").fix("swap them, or leave --until out"));
    }
    Ok((Window { since, until }, until < app.now))
}
