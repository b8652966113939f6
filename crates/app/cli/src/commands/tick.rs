//! `claudectl tick`: the pass that runs in the background, so that nothing needs a daemon.
//!
//! Started beside a session's start and end by the hook, with an empty environment: where Claude Code's files
//! are is told by the events themselves. It takes in what is there and ends; one runs at a time.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use claudectl_agents::roots;
use claudectl_store::Store;
use claudectl_store::{approvals, journal, messages, readings};
use serde_json::json;

use crate::app::App;
use crate::budgets::Periods;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::gather::Wanted;
use crate::guard;
use crate::ingest;
use crate::only;
use crate::outcomes;
use crate::running;
use crate::search::{self, Updated};
use crate::snapshot;
use crate::sync::{self, Ledger};

/// Take in what hooks and transcripts tell, once.
///
/// Started in the background by Claude Code's hooks; harmless to run by hand. Takes in the journal and new
/// transcripts, drops what is no longer kept, renews what the status line reads, and takes a part of what is new
/// into the index of `claudectl search`. If another one runs, it leaves at once.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state folder; an absolute path. Default: yours.
    #[arg(long, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Tell how far reading is, for a program: two numbers a line, and then `done`.
    #[arg(long, hide = true)]
    progress: bool,
}

/// A day's journal that has been taken in is kept for so long, in case the state file is lost.
const KEEP_JOURNAL_MS: i64 = 7 * 24 * 60 * 60 * 1000;

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let home = app.env.state_dir()?;
    if args.progress {
        let (send, progress) = channel();
        app.ui.send_progress(send);
        // Nobody reads it any more: the pass goes on.
        let tell = |line: String| drop(writeln!(std::io::stdout(), "{line}"));
        std::thread::spawn(move || progress.iter().for_each(|(read, all)| tell(format!("{read} {all}"))));
    }
    let took = pass(app)?;
    app.ui.progress = None;
    if args.progress {
        writeln!(std::io::stdout(), "done").ok();
    }
    let Some(Took { ingested, files, roots }) = took else {
        return told(app, true, ingest::Ingested::default(), 0, Updated::default());
    };
    // This takes longer, and what hooks tell meanwhile is for the next pass to take in: search has a lock of its own.
    let searchable = search::in_background(app, &home, &roots);
    told(app, false, ingested, files, searchable)
}

/// What a pass took in.
#[derive(Debug)]
pub(crate) struct Took {
    pub(crate) ingested: ingest::Ingested,
    /// Transcripts with something new.
    pub(crate) files: u64,
    /// The folders of Claude Code that were looked through.
    pub(crate) roots: Vec<PathBuf>,
}

impl Took {
    fn add(&mut self, more: Self) {
        let Self { ingested, files, roots } = more;
        self.ingested.events += ingested.events;
        self.ingested.torn += ingested.torn;
        self.ingested.unread = ingested.unread;
        self.files += files;
        self.roots = roots;
    }
}

/// Whoever finds that a pass runs leaves this: what it was called for may be too new for that one.
const AGAIN: &str = "tick.again";
/// So often at most a pass is done again for those that came meanwhile.
const MOST_TIMES: usize = 3;

/// One pass, and others where it was called for meanwhile, without the index of `search`; `None` if another one runs, which
/// then does it.
pub(crate) fn pass(app: &App) -> Result<Option<Took>> {
    let Some(mut took) = one_pass(app)? else { return Ok(None) };
    let again = app.env.state_dir()?.join(AGAIN);
    for _ in 1..MOST_TIMES {
        if std::fs::remove_file(&again).is_err() {
            break;
        }
        if let Some(more) = one_pass(app)? {
            took.add(more);
        }
    }
    Ok(Some(took))
}

fn one_pass(app: &App) -> Result<Option<Took>> {
    let home = app.env.state_dir()?;
    let lock = match only::hold(&home, "tick.lock")? {
        None => {
            std::fs::write(home.join(AGAIN), "").ok();
            // It may have ended just before that could be seen.
            only::hold(&home, "tick.lock")?
        }
        lock => lock,
    };
    let Some(lock) = lock else { return Ok(None) };
    let mut store = Store::open(&home.join("state.db"))?;
    let ingested = ingest::journal(&mut store, &home)?;
    let roots = roots(app, &store)?;
    let files = sync::transcripts(app, &mut store, &roots)?;
    outcomes::settle(&mut store, app.now)?;
    store = check_ended(app, store, &roots)?;
    if store.prune_is_due(app.now)? {
        store.prune(&app.config.retention(), app.now)?;
        sweep(&store, &home, app.now)?;
        let untidy = |folder: PathBuf| {
            move |error| CliError::external(format!("cannot tidy {}", folder.display())).why(error)
        };
        readings::sweep(&home, app.now).map_err(untidy(readings::folder(&home)))?;
        messages::sweep(&home, app.now).map_err(untidy(messages::folder(&home)))?;
        approvals::sweep(&home, app.now).map_err(untidy(approvals::folder(&home)))?;
    }
    let Periods { day, week, month } = Periods::at(app.now, &app.zone);
    store.end_raises(&day.key, &week.key, &month.key)?;
    snapshot::renew(app, &store, &home)?;
    store.close()?;
    drop(lock);
    Ok(Some(Took { ingested, files, roots }))
}

/// Whether the gate was asked about the calls of sessions that have ended.
fn check_ended(app: &App, store: Store, roots: &[PathBuf]) -> Result<Store> {
    let roots = roots.to_vec();
    let mut ledger = Ledger { store, files: 0, bytes: 0, skipped_lines: 0, roots, in_memory: false };
    let fleet = running::fleet(app, &ledger, Wanted::Live);
    guard::ended::check(app, &mut ledger, &fleet, usize::MAX)?;
    Ok(ledger.store)
}

/// Where Claude Code's files are: what the environment says, if this was started by a person, and the folders
/// that sessions name which hooks told of.
pub(crate) fn roots(app: &App, store: &Store) -> Result<Vec<PathBuf>> {
    let mut roots: BTreeSet<PathBuf> = app.claude_roots().into_iter().collect();
    let since = app.now.saturating_sub(KEEP_JOURNAL_MS);
    for (_, activity) in store.active_since(since)? {
        let transcript = activity.transcript.map(PathBuf::from);
        roots.extend(transcript.as_deref().and_then(roots::of_transcript));
    }
    Ok(roots.into_iter().collect())
}

/// Removes days of the journal that were taken in long ago.
fn sweep(store: &Store, home: &Path, now: i64) -> Result<()> {
    let taken = store.journal_days()?;
    for day in journal::days(home)? {
        // What is left behind the last record is half of one, and will stay so.
        let offset = taken.get(&day.name).map_or(0, |taken| taken.offset);
        let old = now.saturating_sub(day.modified.saturating_mul(1000)) > KEEP_JOURNAL_MS;
        // One that cannot be read was told of, and stays.
        let is_whole = || journal::read(&day.path, offset).is_ok_and(|rest| rest.records.is_empty());
        if old && day.is_file && offset > 0 && is_whole() {
            std::fs::remove_file(&day.path).map_err(|error| {
                CliError::external(format!("cannot remove {}", day.path.display())).why(error)
            })?;
        }
    }
    Ok(())
}

fn told(
    app: &mut App,
    skipped: bool,
    ingested: ingest::Ingested,
    files: u64,
    searchable: Updated,
) -> Result<()> {
    if app.ui.json {
        app.ui.document(&json!({
            "skipped": skipped,
            "events": ingested.events,
            "torn": ingested.torn,
            "unread": ingested.unread.len(),
            "files": files,
            "search_taken_bytes": searchable.taken,
            "search_behind_bytes": searchable.behind,
        }))?;
    } else {
        app.ui.line(&match skipped {
            true => "Another pass runs: nothing to do.".to_owned(),
            false => format!(
                "Took in {} and {}.",
                format::plural(ingested.events, "event"),
                format::plural(files, "changed transcript")
            ),
        });
    }
    let complete = ingested.unread.is_empty();
    ingest::warn_of(app, ingested.unread);
    if complete { Ok(()) } else { Err(CliError::told(Kind::External)) }
}
