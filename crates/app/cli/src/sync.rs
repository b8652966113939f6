//! The ledger, brought up to date: what every command that shows figures begins with.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use claudectl_agents::ReadError;
use claudectl_agents::checkout;
use claudectl_agents::ends;
use claudectl_agents::index::{self, Pass, Progress};
use claudectl_agents::metas;
use claudectl_agents::walk::{self, Walk};
use claudectl_fleet::intake::KnownFiles;
use claudectl_store::{Store, StoreError};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::ingest;
use crate::ui::Ui;

/// Options of commands that show figures.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct LedgerArgs {
    /// Read all transcripts again and keep nothing. Transcripts that Claude Code has deleted are then
    /// not counted.
    #[arg(long)]
    pub(crate) no_cache: bool,
}

/// The store after a pass over all transcripts.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) store: Store,
    /// Transcripts there are.
    pub(crate) files: u64,
    /// Their size.
    pub(crate) bytes: u64,
    /// Lines in them that were no rows.
    pub(crate) skipped_lines: u64,
    /// Where they were looked for.
    pub(crate) roots: Vec<PathBuf>,
    /// Nothing is kept.
    pub(crate) in_memory: bool,
}

/// Opens the store and takes in what is new.
pub(crate) fn ledger(app: &App, args: LedgerArgs) -> Result<Ledger> {
    ledger_and(app, args, |_| ())
}

/// The same; `look` is shown the transcripts that were found, which takes as long as all else together.
pub(crate) fn ledger_and(app: &App, args: LedgerArgs, mut look: impl FnMut(&Walk)) -> Result<Ledger> {
    let roots = app.claude_roots();
    if !args.no_cache {
        // The folders are listed while the store is opened.
        let (walk, kept) = std::thread::scope(|scope| {
            let walk = scope.spawn(|| walk::transcripts(&roots, threads()));
            let kept = open(app);
            (walk.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), kept)
        });
        look(&walk);
        if let Some((mut store, known)) = kept? {
            match take_in(app, &mut store, walk, &known) {
                Ok(pass) => return finish(app, store, &pass, roots, false),
                Err(
                    error @ (StoreError::DiskFull { .. } | StoreError::Busy { .. } | StoreError::Open { .. }),
                ) => warn_unkept(&app.ui, &error),
                Err(error) => return Err(error.into()),
            }
        }
    }
    let mut store = Store::in_memory()?;
    let walk = walk::transcripts(&roots, threads());
    look(&walk);
    let pass = take_in(app, &mut store, walk, &KnownFiles::default())?;
    finish(app, store, &pass, roots, true)
}

/// The store and the files it knows; `None` (with a warning) where nothing can be kept but figures can
/// still be made.
fn open(app: &App) -> Result<Option<(Store, KnownFiles)>> {
    let path = app.env.state_dir()?.join("state.db");
    match Store::open(&path) {
        Ok(store) => {
            let known = store.known_files()?;
            Ok(Some((store, known)))
        }
        Err(error @ (StoreError::DiskFull { .. } | StoreError::Open { .. } | StoreError::Busy { .. })) => {
            warn_unkept(&app.ui, &error);
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn warn_unkept(ui: &Ui, error: &StoreError) {
    let error = CliError::external(error).because(error);
    let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
    ui.warn(&format!(
        "{}{why}: nothing is kept, and only transcripts that still exist are counted",
        error.what
    ));
}

fn take_in(app: &App, store: &mut Store, walk: Walk, known: &KnownFiles) -> Result<Pass, StoreError> {
    let metas = metas::changed(&store.unfinished_agents()?);
    if !metas.is_empty() {
        store.put_metas(&metas)?;
    }
    let progress = Progress::default();
    let pass = with_progress(&app.ui, "reading", &progress, || {
        index::pass(walk, known, threads(), &progress, |batch| store.apply(batch).map(|_| ()))
    })?;
    if !pass.gone.is_empty() {
        store.forget_files(&pass.gone)?;
    }
    place(store)?;
    Ok(pass)
}

/// Says of sessions that are new whose project they are, as their folders stand now.
fn place(store: &mut Store) -> Result<(), StoreError> {
    let unplaced = store.unplaced()?;
    if unplaced.is_empty() {
        return Ok(());
    }
    let project = |(folder, known): (String, Option<String>)| {
        let known = known.filter(|_| !Path::new(&folder).exists());
        let project = known.unwrap_or_else(|| checkout::project(&folder));
        (folder, project)
    };
    store.place(&unplaced.into_iter().map(project).collect::<Vec<_>>())
}

/// Takes in what is new in transcripts that were found by themselves, and what hooks and status lines told.
pub(crate) fn refresh(app: &App, ledger: &mut Ledger, walk: Walk) -> Result<()> {
    if !walk.files.is_empty() {
        let known =
            ledger.store.known_among(walk.files.iter().map(|file| file.path.as_os_str().as_bytes()))?;
        let store = &mut ledger.store;
        let take = |batch| store.apply(batch).map(|_| ());
        let pass = index::pass(walk, &known, threads(), &Progress::default(), take)?;
        place(&mut ledger.store)?;
        report(app, &pass);
    }
    ingest::all_or_warn(app, &mut ledger.store);
    Ok(())
}

/// Takes in what is new in the transcripts below some folders, which need not be all: what is not below them
/// is left as it is. Says how many files had something new.
pub(crate) fn transcripts(app: &App, store: &mut Store, roots: &[PathBuf]) -> Result<u64> {
    let metas = metas::changed(&store.unfinished_agents()?);
    if !metas.is_empty() {
        store.put_metas(&metas)?;
    }
    let (walk, known) = (walk::transcripts(roots, threads()), store.known_files()?);
    let take = |batch| store.apply(batch).map(|_| ());
    let progress = Progress::default();
    let pass = with_progress(&app.ui, "reading", &progress, || {
        index::pass(walk, &known, threads(), &progress, take)
    })?;
    place(store)?;
    report(app, &pass);
    Ok(pass.read_files)
}

fn report(app: &App, pass: &Pass) {
    report_errors(app, &pass.errors);
}

/// Warns of what could not be read.
pub(crate) fn report_errors(app: &App, errors: &[ReadError]) {
    for error in errors.iter().take(3) {
        app.ui.warn(&format!("{error}: {}", error.source));
    }
    if errors.len() > 3 {
        app.ui.warn(&format!("and {} more files; `claudectl doctor` counts them", errors.len() - 3));
    }
}

fn finish(app: &App, mut store: Store, pass: &Pass, roots: Vec<PathBuf>, in_memory: bool) -> Result<Ledger> {
    ingest::all_or_warn(app, &mut store);
    if !in_memory
        && store.prune_is_due(app.now)?
        && let Err(error) = store.prune(&app.config.retention(), app.now)
    {
        // The figures are there all the same; the next run tries again.
        app.ui.warn(&format!("{error}: old rows stay for now"));
    }
    report(app, pass);
    let skipped_lines = store.skipped_lines()? + endings_that_are_no_rows(&store)?;
    Ok(Ledger { store, files: pass.files, bytes: pass.bytes, skipped_lines, roots, in_memory })
}

/// Files that end in something that is no row and has no newline, so that no line of it was counted: an
/// archive, another encoding. Not kept, because it may still become a line, which is then counted.
fn endings_that_are_no_rows(store: &Store) -> Result<u64> {
    let ends = store.open_ends()?;
    // One that cannot be read now is told where files are read.
    let no_row = |(path, offset): &&(Vec<u8>, u64)| {
        ends::is_no_row(Path::new(OsStr::from_bytes(path)), *offset).unwrap_or(false)
    };
    Ok(ends.iter().filter(no_row).count() as u64)
}

/// Threads to read with.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).min(8)
}

/// Runs `work`, which does something to transcripts; once it has taken a second, a bar on a terminal shows how far it is.
pub(crate) fn with_progress<T>(
    ui: &Ui,
    doing: &'static str,
    progress: &Progress,
    work: impl FnOnce() -> T,
) -> T {
    let send = ui.progress.clone();
    if !ui.live && send.is_none() {
        return work();
    }
    let done = (Mutex::new(false), Condvar::new());
    std::thread::scope(|scope| {
        scope.spawn(|| match send {
            Some(send) => send_progress(&send, progress, &done),
            None => show_progress(doing, progress, &done),
        });
        let result = work();
        *done.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        done.1.notify_all();
        result
    })
}

/// Whether work is done, waiting so long for it.
type Done = (Mutex<bool>, Condvar);

fn is_done((done, changed): &Done, wait: Duration) -> bool {
    let guard = done.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = changed.wait_timeout_while(guard, wait, |done| !*done);
    waited.map(|(done, _)| *done).unwrap_or(true)
}

fn send_progress(to: &Sender<(u64, u64)>, progress: &Progress, done: &Done) {
    while !is_done(done, Duration::from_millis(200)) {
        let far = (progress.done.load(Ordering::Relaxed), progress.total.load(Ordering::Relaxed));
        if to.send(far).is_err() {
            return;
        }
    }
}

fn show_progress(doing: &str, progress: &Progress, done: &Done) {
    if is_done(done, Duration::from_secs(1)) {
        return;
    }
    let style = indicatif::ProgressStyle::with_template(&format!("{doing} transcripts [{{bar:30}}] {{msg}}"))
        .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar());
    let bar = indicatif::ProgressBar::new(1).with_style(style.progress_chars("=> "));
    while !is_done(done, Duration::from_millis(100)) {
        let (read, total) = (progress.done.load(Ordering::Relaxed), progress.total.load(Ordering::Relaxed));
        bar.set_length(total.max(1));
        bar.set_position(read);
        bar.set_message(format!("{} of {}", format::bytes(read), format::bytes(total)));
    }
    bar.finish_and_clear();
}
