//! A pass: what hooks and transcripts tell is taken in, once, and what is shown and gone by is renewed. One runs at a time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use claudectl_agents::roots;
use claudectl_hive::clock::Millis;
use claudectl_store::Store;
use claudectl_store::{approvals, journal, messages, readings, unwritten};

use crate::app::App;
use crate::budgets::Periods;
use crate::error::{CliError, Result};
use crate::gather::Wanted;
use crate::guard;
use crate::ingest;
use crate::learning;
use crate::only;
use crate::outcomes;
use crate::running;
use crate::snapshot;
use crate::sync::{self, Ledger};

/// A day's journal that has been taken in is kept for so long, in case the state file is lost.
const KEEP_JOURNAL_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// What was said to a hive and is said otherwise now, is kept for so long: it counts again if who replaced it is put out.
const KEPT_WORDS_MS: i64 = 30 * 24 * 60 * 60 * 1000;

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
pub(crate) fn run(app: &App) -> Result<Option<Took>> {
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
    learning::pass(app, &mut store, &home)?;
    store = check_ended(app, store, &roots)?;
    if store.prune_is_due(app.now)? {
        store.prune(&app.config.retention(), app.now)?;
        let month_ago = u64::try_from(app.now - KEPT_WORDS_MS).unwrap_or(0);
        store.hive_compact(Millis(month_ago))?;
        sweep(&store, &home, app.now)?;
        let untidy = |folder: PathBuf| {
            move |error| CliError::external(format!("cannot tidy {}", folder.display())).why(error)
        };
        readings::sweep(&home, app.now).map_err(untidy(readings::folder(&home)))?;
        messages::sweep(&home, app.now).map_err(untidy(messages::folder(&home)))?;
        approvals::sweep(&home, app.now).map_err(untidy(approvals::folder(&home)))?;
    }
    let Periods { day, week, month } = Periods::at(app.now, &app.zone);
    store.end_raises(&day, &week.key, &month.key)?;
    snapshot::renew(app, &store, &home)?;
    room_for_traces(&store, &home)?;
    store.close()?;
    drop(lock);
    Ok(Some(Took { ingested, files, roots }))
}

/// Where hooks say that they could not write: the room is made while there is some. What they have said counts until
/// they can again.
fn room_for_traces(store: &Store, home: &Path) -> Result<()> {
    let untidy =
        |error| CliError::external("no room can be kept for what hooks may be unable to write").why(error);
    unwritten::reserve(home).map_err(untidy)?;
    let last = unwritten::all(home).into_iter().map(|one| one.at).max();
    if let Some(last) = last
        && store.has_judged_since(last)?
    {
        unwritten::forget(home).map_err(untidy)?;
    }
    Ok(())
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
