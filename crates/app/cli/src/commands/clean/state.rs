//! `clean --state`: our own state, kept small.

use claudectl_agents::archive;
use claudectl_store::Store;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, FRESH, Result};
use crate::format;
use crate::search;

/// Something else in the state folder that is kept small with it.
#[derive(Debug)]
pub(super) struct Other {
    /// What it is, for people: `search index`.
    name: &'static str,
    /// Does it, or only looks (`true`).
    clean: fn(&App, dry_run: bool) -> Result<Cleaned>,
}

/// What was done, or would be.
#[derive(Debug, Default)]
struct Cleaned {
    bytes_before: u64,
    bytes_after: u64,
    /// What there is to be said but sizes.
    note: Option<String>,
}

/// All of them, one line each.
const OTHERS: &[Other] = &[
    Other { name: "unfinished archives", clean: leftovers },
    Other { name: "search index", clean: search_index },
];

/// Texts of transcripts that are gone for long, and unused space.
fn search_index(app: &App, dry_run: bool) -> Result<Cleaned> {
    let Some(done) = search::vacuum(app, dry_run)? else { return Ok(Cleaned::default()) };
    let transcripts = format::plural(done.transcripts, "transcript");
    let note = match dry_run {
        true => format!("The search index would lose the texts of {transcripts} gone for long"),
        false => format!("The search index lost the texts of {transcripts} gone for long"),
    };
    let note = (done.transcripts > 0).then_some(note);
    Ok(Cleaned { bytes_before: done.bytes_before, bytes_after: done.bytes_after, note })
}

/// Copies that a killed `clean` has left. Where another one runs they are its own.
fn leftovers(app: &App, dry_run: bool) -> Result<Cleaned> {
    let folder = app.env.state_dir()?.join("archive");
    if !folder.is_dir() {
        return Ok(Cleaned::default());
    }
    let Ok(_held) = archive::lock(&folder) else { return Ok(Cleaned::default()) };
    let found = archive::leftovers(&folder);
    let bytes_before = found.iter().map(|(_, bytes)| bytes).sum();
    let cleaned = Cleaned { bytes_before, ..Cleaned::default() };
    if dry_run {
        return Ok(cleaned);
    }
    for (path, _) in found {
        let gone = std::fs::remove_file(&path);
        gone.map_err(|error| CliError::external(format!("cannot remove {}", path.display())).why(error))?;
    }
    Ok(cleaned)
}

pub(super) fn run(app: &mut App, dry_run: bool) -> Result<()> {
    let path = app.env.state_dir()?.join("state.db");
    if !path.exists() {
        if app.ui.json {
            return app.ui.document(&json!({
                "path": path.display().to_string(),
                "dry_run": dry_run,
                "responses": 0,
                "sessions": 0,
                "digests": 0,
                "events": 0,
                "bytes_before": 0,
                "bytes_after": 0,
                "others": [],
            }));
        }
        app.ui.line("There is no state yet: nothing to clean.");
        return Ok(());
    }
    let mut store = Store::open(&path)?;
    let damage = store.check()?;
    if !damage.is_empty() {
        return Err(CliError::external(format!("{} is damaged", path.display()))
            .why(damage.join("; "))
            .fix(FRESH));
    }
    let retention = app.config.retention();
    let (pruned, before, after) = if dry_run {
        let (would, bytes) = (store.prunable(&retention, app.now)?, store.sizes()?.bytes);
        (would, bytes, bytes)
    } else {
        let pruned = store.prune(&retention, app.now)?;
        let (before, after) = store.vacuum()?;
        (pruned, before, after)
    };
    let mut others = Vec::new();
    for other in OTHERS {
        others.push((other.name, (other.clean)(app, dry_run)?));
    }
    if app.ui.json {
        let other = |(name, cleaned): &(&str, Cleaned)| {
            let Cleaned { bytes_before, bytes_after, .. } = cleaned;
            json!({ "name": name, "bytes_before": bytes_before, "bytes_after": bytes_after })
        };
        return app.ui.document(&json!({
            "path": path.display().to_string(),
            "dry_run": dry_run,
            "responses": pruned.responses,
            "sessions": pruned.sessions,
            "digests": pruned.digests,
            "events": pruned.events,
            "bytes_before": before,
            "bytes_after": after,
            "others": others.iter().map(other).collect::<Vec<_>>(),
        }));
    }
    let verb = if dry_run { "Would take out" } else { "Took out" };
    app.ui.line(&format!(
        "{verb} {}, names of {}, {} and {}.",
        format::plural(pruned.responses, "response"),
        format::plural(pruned.sessions, "session"),
        format::plural(pruned.digests, "digest"),
        format::plural(pruned.events, "hook call"),
    ));
    if dry_run {
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
    for (name, Cleaned { bytes_before, bytes_after, note }) in others {
        if bytes_before != bytes_after {
            let verb = if dry_run { "would shrink" } else { "shrank" };
            let (before, after) = (format::bytes(bytes_before), format::bytes(bytes_after));
            app.ui.line(&format!("The {name} {verb} from {before} to {after}."));
        }
        if let Some(note) = note {
            app.ui.line(&format!("{note}."));
        }
    }
    Ok(())
}
