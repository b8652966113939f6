//! `clean --restore` and `clean --archived`: what is in archives, and the way back.

use std::path::Path;

use claudectl_agents::archive::restore::{Restored, restore as bring_back};
use claudectl_agents::archive::{self, ArchiveError, Listed};
use claudectl_agents::real;
use claudectl_fleet::session::rfc3339;
use claudectl_store::sessions::SessionRow;
use serde_json::json;

use super::transcripts::{failed, locked};
use super::{Alive, Args};
use crate::app::App;
use crate::commands::doctor;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::find;
use crate::format::{self, plural};
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, Table, clean};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Every archive; what is none is told.
fn archives(app: &App, folder: &Path) -> Result<Vec<Listed>> {
    let (found, odd) = archive::list(folder).map_err(|error| failed(&error))?;
    for error in odd.iter().take(3) {
        app.ui.warn(&format!("{error}: it is left out"));
    }
    Ok(found)
}

pub(super) fn list(app: &mut App, args: &Args) -> Result<()> {
    let folder = args.folder(app)?;
    let found = archives(app, &folder)?;
    let ledger = sync::ledger(app, LedgerArgs::default())?;
    let row = |listed: &Listed| ledger.store.session(&listed.manifest.session);
    if app.ui.json {
        let mut all = Vec::new();
        for listed in &found {
            all.push(json(listed, row(listed)?.as_ref()));
        }
        return app.ui.document(&all);
    }
    if found.is_empty() {
        let folder = shown(&app.env, &folder);
        app.ui.line(&clean(&format!(
            "No archives in {folder}. `claudectl clean --older-than 30d` says what could go there."
        )));
        return Ok(());
    }
    let mut table = Table::new()
        .flexible("SESSION", 18)
        .flexible("PROJECT", 8)
        .left("LAST MOVED")
        .left("ARCHIVED")
        .right("FILES")
        .right("SIZE")
        .right("PACKED")
        .give_way(&["FILES", "SIZE"]);
    for listed in &found {
        let (manifest, row) = (&listed.manifest, row(listed)?);
        let short = format::short_id(&manifest.session);
        let name = row.as_ref().and_then(|row| row.name.clone());
        let last = manifest.last_at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone));
        table.row([
            (Style::Name, name.map_or_else(|| short.clone(), |name| format!("{short} {name}"))),
            (Style::Plain, project(row.as_ref()).unwrap_or_else(|| manifest.project.clone())),
            (Style::Plain, last),
            (Style::Plain, format::moment(manifest.archived_at, &app.zone)),
            (Style::Plain, format::count(manifest.files.len() as u64)),
            (Style::Plain, format::bytes(manifest.bytes())),
            (Style::Plain, format::bytes(listed.bytes)),
        ]);
    }
    table.print(&mut app.ui);
    Ok(())
}

fn project(row: Option<&SessionRow>) -> Option<String> {
    Some(claudectl_fleet::project::name(row?.root()?).to_owned())
}

fn json(listed: &Listed, row: Option<&SessionRow>) -> serde_json::Value {
    let manifest = &listed.manifest;
    json!({
        "id": manifest.session,
        "name": row.and_then(|row| row.name.as_ref()),
        "project": project(row),
        "folder": manifest.folder().display().to_string(),
        "last_activity_at": manifest.last_at.and_then(rfc3339),
        "archived_at": rfc3339(manifest.archived_at),
        "files": manifest.files.len(),
        "bytes": manifest.bytes(),
        "archive": listed.path.display().to_string(),
        "packed_bytes": listed.bytes,
    })
}

pub(super) fn restore(app: &mut App, args: &Args, text: &str) -> Result<()> {
    let folder = args.folder(app)?;
    let found = archives(app, &folder)?;
    let wanted = newest(app, &found, text, &folder)?;
    let to = wanted.manifest.folder();
    check_place(app, wanted, &to)?;
    let held = archive::lock(&folder).map_err(|error| locked(&error))?;
    let ledger = sync::ledger(app, LedgerArgs::default())?;
    let row = ledger.store.session(&wanted.manifest.session)?;
    if let Some(who) =
        Alive::now(app, &ledger).uses(&wanted.manifest.session, row.as_ref(), &wanted.manifest.project)
    {
        return Err(CliError::external(format!("{text} is in use"))
            .why(who)
            .fix("end it first: `claudectl stop`"));
    }
    let restored = bring_back(wanted, &to).map_err(|error| match &error {
        ArchiveError::InTheWay(_) => failed(&error).fix("move it away; nothing was changed"),
        ArchiveError::Damaged { .. } => {
            failed(&error).fix("nothing was changed; an older archive may be whole")
        }
        _ => failed(&error),
    })?;
    drop(held);
    tell(app, wanted, restored)
}

/// The newest archive of the session that a text means.
fn newest<'a>(app: &App, found: &'a [Listed], text: &str, folder: &Path) -> Result<&'a Listed> {
    let mut ids: Vec<String> = found
        .iter()
        .map(|listed| listed.manifest.session.clone())
        .filter(|session| session.starts_with(text))
        .collect();
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [] => Err(CliError::failed(format!("no archive is of a session {text}"))
            .why(format!("looked in {}", shown(&app.env, folder)))
            .fix("`claudectl clean --archived` lists what there is")),
        [id] => found
            .iter()
            .find(|listed| listed.manifest.session == *id)
            .ok_or_else(|| CliError::failed(format!("no archive is of a session {text}"))),
        _ => Err(find::ambiguous(text, &ids)),
    }
}

/// Only a folder of Claude Code's that counts here is written to.
fn check_place(app: &App, listed: &Listed, to: &Path) -> Result<()> {
    let root = real::path(&listed.manifest.root);
    let known = app.claude_roots().iter().any(|other| real::path(other) == root);
    let one_name = Path::new(&listed.manifest.project).components().count() == 1
        && to.parent() == Some(&listed.manifest.root.join("projects"));
    if known && one_name && !to.is_symlink() {
        return Ok(());
    }
    Err(CliError::external(format!("{} is not brought back to {}", listed.path.display(), to.display()))
        .why("that is no project's folder below the folders of Claude Code that claudectl looks at")
        .fix("set CLAUDE_CONFIG_DIR (or `claude_dirs`) to the folder it came from; or unpack it by hand: it is a tar file in zstd"))
}

fn tell(app: &mut App, listed: &Listed, restored: Restored) -> Result<()> {
    let manifest = &listed.manifest;
    let days = doctor::cleanup_days(app);
    let age = manifest.last_at.map(|at| app.now.saturating_sub(at) / DAY_MS);
    let soon = age.is_some_and(|age| age >= i64::try_from(days).unwrap_or(i64::MAX));
    if app.ui.json {
        return app.ui.document(&json!({
            "id": manifest.session,
            "folder": manifest.folder().display().to_string(),
            "files": restored.files,
            "bytes": restored.bytes,
            "already_there": restored.there,
            "archive": listed.path.display().to_string(),
            "cleanup_due": soon,
        }));
    }
    let folder = shown(&app.env, &manifest.folder());
    let id = format::short_id(&manifest.session);
    let text = match restored.files {
        0 => format!("{id} is there already, in {folder}: all of its {}.", plural(restored.there, "file")),
        files => format!(
            "Brought back {id}: {}, {}, to {folder}.",
            plural(files, "file"),
            format::bytes(restored.bytes)
        ),
    };
    app.ui.line(&clean(&text));
    app.ui.line(&clean(&format!("  resume it with: claude --resume {}", manifest.session)));
    app.ui.line(&clean(&format!("  its archive stays: {}", shown(&app.env, &listed.path))));
    if soon {
        app.ui.warn(&format!(
            "Claude Code deletes transcripts after {days} days, and this one is older: set cleanupPeriodDays in its settings, or it may go when `claude` is started next"
        ));
    }
    Ok(())
}
