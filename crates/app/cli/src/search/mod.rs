//! Search: the index of all texts kept up to date, and asked.
//!
//! * [`build`] takes in what is new, one process at a time, in transactions that each stand for themselves.
//! * [`find`] asks it: [`query`] is what the command and every other surface go by.
//!
//! The index can be made again, so one that is damaged is moved aside with a word, and keeps nobody from anything.

mod build;
mod find;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use claudectl_agents::walk;
use claudectl_store::StoreError;
use claudectl_store::search::Index;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::sync;

pub(crate) use build::{Updated, behind, update};
pub(crate) use find::{Found, Hit, Query, Sort, query, unmet};

/// So many bytes of transcripts a pass in the background takes in: some seconds of work. The next one goes on.
pub(crate) const BACKGROUND_BYTES: u64 = 256 << 20;
/// So many a search takes in before it answers, where nobody sees a bar.
pub(crate) const UNSEEN_BYTES: u64 = 64 << 20;
/// So long it waits for the pass in the background, which is mostly done by then: without what that takes in, a search
/// right after a turn would not find the turn.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// Who wants all of it waits for as long as anything takes.
pub(crate) const LONG_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The index, below the state folder.
pub(crate) fn file(home: &Path) -> PathBuf {
    home.join("search.db")
}

/// Runs `work` on the index. One that is damaged is moved aside, and another one begun.
pub(crate) fn with_index<T>(
    app: &App,
    home: &Path,
    mut work: impl FnMut(&mut Index) -> Result<T, StoreError>,
) -> Result<T> {
    with_sound_index(app, &file(home), &mut work)?.0.map_err(told)
}

/// Asks the index; where it cannot be written, as it is. And whether a damaged one was moved aside, so that another one
/// was asked, with nothing in it.
pub(crate) fn with_index_to_ask<T>(
    app: &App,
    home: &Path,
    mut ask: impl FnMut(&mut Index) -> Result<T, StoreError>,
) -> Result<(T, bool)> {
    let path = file(home);
    let (answer, begun) = with_sound_index(app, &path, &mut ask)?;
    let answer = answer.or_else(|error| ask(&mut only_to_ask(&path, error)?));
    Ok((answer.map_err(told)?, begun))
}

/// What `work` came to on an index that is not damaged, and whether that had to be begun.
fn with_sound_index<T>(
    app: &App,
    path: &Path,
    work: &mut dyn FnMut(&mut Index) -> Result<T, StoreError>,
) -> Result<(Result<T, StoreError>, bool)> {
    let mut attempt = || work(&mut Index::open(path)?);
    match attempt() {
        Err(StoreError::NotAStore { .. }) => {
            move_aside(app, path)?;
            Ok((attempt(), true))
        }
        other => Ok((other, false)),
    }
}

/// After an error that says that the index cannot be written: the index as it is. Otherwise, and where that cannot be
/// read either, the error.
fn only_to_ask(path: &Path, error: StoreError) -> Result<Index, StoreError> {
    match error {
        StoreError::Open { .. } | StoreError::DiskFull { .. } => Index::open_to_read(path).map_err(|_| error),
        _ => Err(error),
    }
}

/// What was found wrong may be told of later, and nothing else is in the way of a new index.
fn move_aside(app: &App, path: &Path) -> Result<()> {
    let aside = path.with_extension("db.damaged");
    std::fs::rename(path, &aside).map_err(|error| {
        CliError::external(format!("cannot move {} away, which is damaged", path.display())).why(error)
    })?;
    remove_beside(path);
    app.ui.warn(&format!(
        "{} is damaged or not an index: it is {} now, and made anew",
        path.display(),
        aside.display()
    ));
    Ok(())
}

/// Removes what SQLite keeps beside an index that is no longer there.
fn remove_beside(path: &Path) {
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        // Where it stays, SQLite sees that it belongs to another file.
        std::fs::remove_file(PathBuf::from(name)).ok();
    }
}

/// Removes the index; the next pass makes it anew from the transcripts that are there.
pub(crate) fn forget(home: &Path) -> Result<()> {
    let _lock = only(home)?;
    let path = file(home);
    match std::fs::remove_file(&path) {
        Ok(()) => remove_beside(&path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(CliError::external(format!("cannot remove {}", path.display())).why(error)),
    }
    Ok(())
}

/// Keeps others from writing to the index.
fn only(home: &Path) -> Result<std::fs::File> {
    build::lock(home)?.ok_or_else(|| {
        CliError::external("another claudectl takes in transcripts")
            .why("what is new is taken in by one process at a time")
            .fix("try again when it is done")
    })
}

/// An error of the index: nothing in it is lost for good while the transcripts are there.
pub(crate) fn told(error: StoreError) -> CliError {
    let fix = match &error {
        StoreError::FromTheFuture { .. } => {
            "update claudectl, or make it anew with `claudectl search --rebuild`"
        }
        StoreError::NotAStore { .. } | StoreError::Sqlite { .. } | StoreError::Content(_) => {
            "make it anew with `claudectl search --rebuild`"
        }
        StoreError::Busy { .. } => "wait until the other claudectl is done",
        StoreError::DiskFull { .. } => "make room: the index takes a fifth of what the transcripts do",
        StoreError::Open { .. } => "check the folder's owner and mode, or set CLAUDECTL_HOME to another one",
    };
    CliError::from(error).fix(fix)
}

/// What [`vacuum`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Vacuumed {
    /// Transcripts, gone for long, whose texts were taken out.
    pub(crate) transcripts: u64,
    /// Bytes of the index before.
    pub(crate) bytes_before: u64,
    /// And after.
    pub(crate) bytes_after: u64,
}

/// Takes out of the index what `[retention]` no longer keeps, and packs it; in a dry run only says what would go.
/// `None` where there is no index.
pub(crate) fn vacuum(app: &App, dry_run: bool) -> Result<Option<Vacuumed>> {
    let home = app.env.state_dir()?;
    let Some(mut index) = Index::open_existing(&file(&home)).map_err(told)? else { return Ok(None) };
    let _lock = only(&home)?;
    let limit = app.config.searched_since(app.now);
    let mut work = || {
        if dry_run {
            let transcripts = limit.map_or(Ok(0), |limit| index.prunable(limit))?;
            let bytes = index.sizes()?.bytes;
            return Ok(Vacuumed { transcripts, bytes_before: bytes, bytes_after: bytes });
        }
        let transcripts = limit.map_or(Ok(0), |limit| index.prune(limit))?;
        let (bytes_before, bytes_after) = index.vacuum()?;
        Ok(Vacuumed { transcripts, bytes_before, bytes_after })
    };
    work().map(Some).map_err(told)
}

/// The pass in the background: takes in what is new, within a bound. What keeps it from that is told, and keeps nothing
/// else from being done.
pub(crate) fn in_background(app: &App, home: &Path, roots: &[PathBuf]) -> Updated {
    // Nobody waits for it. Where that is not granted, it is as quick as anything else.
    rustix::process::nice(10).ok();
    let walk = walk::transcripts(roots, sync::threads());
    sync::report_errors(app, &walk.errors);
    update(app, home, &walk.files, BACKGROUND_BYTES, Duration::ZERO).unwrap_or_else(|error| {
        let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
        app.ui.warn(&format!("{}{why}: what is new cannot be searched for", error.what));
        Updated::default()
    })
}

/// This program, to be run for a part of the work: it takes memory that this process does not.
pub(crate) fn program(app: &App) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    // Where it would be by default need not be a file; one that is named must.
    if let Some(config) = app.config_file.as_ref().filter(|file| file.exists()) {
        command.arg("--config").arg(config);
    }
    Ok(command)
}

/// A process of its own that takes in what is new, as [`in_background`] does.
pub(crate) fn start_pass(app: &App) -> std::io::Result<Child> {
    program(app)?.arg("tick").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// The same, and what it says of how far its reading is.
pub(crate) fn start_pass_with_progress(app: &App) -> std::io::Result<Child> {
    let mut pass = program(app)?;
    pass.args(["tick", "--progress"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Waits until no other process takes in what is new.
pub(crate) fn wait_for_others(home: &Path) {
    for name in ["tick.lock", "search.lock"] {
        if let Ok(file) = std::fs::File::open(home.join(name)) {
            // Where a file system has no locks, nobody is waited for.
            file.lock().ok();
        }
    }
}

/// How far behind the index is, as a person reads it.
pub(crate) fn lag(bytes: u64) -> String {
    format!("{} of transcripts are not in it yet", format::bytes(bytes))
}
