//! `claudectl import`: what the published tool of the same name left, taken over.

mod history;
mod rules;
mod settings;

use std::path::PathBuf;

use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Kind, Result};

/// Take over the configuration, the rules and the history of the published claudectl.
///
/// Says line by line what of its configuration can be taken over, as what, and what not and why; and what its history
/// holds. Its rules go into your file of rules: what refused refuses, what acted on sessions is a trigger, and what
/// approved is only proposed, because it went by a part of a text. Nothing is written without --apply. The old configuration stays beside the new one. Its history has no session
/// ids and counted by other rules, so it is kept apart: `claudectl history --imported` shows it, and no total counts it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its configuration, where that is not in the place of yours.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Its history, instead of `~/.local/share/claudectl/history.csv`.
    #[arg(long, value_name = "FILE")]
    history_file: Option<PathBuf>,
    /// Do it; without this nothing is changed.
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    /// Take over what is proposed, too: rules that allow.
    #[arg(long)]
    allow: bool,
    /// Only print a policy of it (`.claudectl/policy.toml` with `[deny]`) in the words of this claudectl.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "history_file", "apply", "allow"])]
    policy: Option<PathBuf>,
    /// Only say what would be done, as without --apply.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    if let Some(file) = &args.policy {
        return rules::policy(app, file);
    }
    let settings = settings::take(app, args);
    let history = history::take(app, args);
    // What is wrong with one of them is no reason to leave the other.
    let mut failed = None;
    let mut keep = |app: &App, error: CliError| {
        app.ui.error(&error);
        failed = Some(error.kind);
    };
    let settings = settings.map_err(|error| keep(app, error)).ok();
    let history = history.map_err(|error| keep(app, error)).ok();
    if app.ui.json {
        app.ui.document(&json!({
            "applied": args.apply,
            "config": settings.as_ref().map(settings::Taken::json),
            "history": history.as_ref().map(history::Taken::json),
        }))?;
    } else {
        settings.iter().for_each(|taken| taken.print(app));
        history.iter().for_each(|taken| taken.print(app));
        let something = settings.as_ref().is_some_and(settings::Taken::changes)
            || history.as_ref().is_some_and(history::Taken::changes);
        if something && !args.apply {
            app.ui.line("Nothing was changed. The same with --apply does it.");
        }
    }
    failed.map_or(Ok(()), |kind: Kind| Err(CliError::told(kind)))
}
