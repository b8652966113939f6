//! `claudectl clean`: our own state, kept small.

use claudectl_store::Store;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::search;

/// Keep claudectl's own state small.
///
/// Takes out what `[retention]` no longer keeps and gives the space back. Sums are always kept, and
/// nothing of Claude Code's is ever touched.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state file: apply retention now, check it and give back unused space.
    #[arg(long, required = true)]
    state: bool,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    debug_assert!(args.state, "the only thing to clean, and required");
    let path = app.env.state_dir()?.join("state.db");
    if !path.exists() {
        if app.ui.json {
            return app.ui.document(&json!({
                "path": path.display().to_string(),
                "dry_run": args.dry_run,
                "responses": 0,
                "sessions": 0,
                "digests": 0,
                "events": 0,
                "bytes_before": 0,
                "bytes_after": 0,
                "search": null,
            }));
        }
        app.ui.line("There is no state yet: nothing to clean.");
        return Ok(());
    }
    let mut store = Store::open(&path)?;
    let damage = store.check()?;
    if !damage.is_empty() {
        return Err(CliError::external(format!("{} is damaged", path.display())).why(damage.join("; ")).fix(
            "move it away; it is made again from Claude Code's transcripts, as far as these still exist",
        ));
    }
    let retention = app.config.retention();
    let (pruned, before, after) = if args.dry_run {
        let (would, bytes) = (store.prunable(&retention, app.now)?, store.sizes()?.bytes);
        (would, bytes, bytes)
    } else {
        let pruned = store.prune(&retention, app.now)?;
        let (before, after) = store.vacuum()?;
        (pruned, before, after)
    };
    let searched = search::vacuum(app, args.dry_run)?;
    if app.ui.json {
        return app.ui.document(&json!({
            "path": path.display().to_string(),
            "dry_run": args.dry_run,
            "search": searched,
            "responses": pruned.responses,
            "sessions": pruned.sessions,
            "digests": pruned.digests,
            "events": pruned.events,
            "bytes_before": before,
            "bytes_after": after,
        }));
    }
    let verb = if args.dry_run { "Would take out" } else { "Took out" };
    app.ui.line(&format!(
        "{verb} {}, names of {}, {} and {}.",
        format::plural(pruned.responses, "response"),
        format::plural(pruned.sessions, "session"),
        format::plural(pruned.digests, "digest"),
        format::plural(pruned.events, "hook call"),
    ));
    if args.dry_run {
        app.ui.line(&format!(
            "The state file has {}; run without --dry-run to pack it.",
            format::bytes(before)
        ));
    } else {
        app.ui.line(&format!(
            "The state file had {} and has {} now.",
            format::bytes(before),
            format::bytes(after)
        ));
    }
    if let Some(searched) = searched {
        app.ui.line(&searched.told(args.dry_run));
    }
    Ok(())
}
