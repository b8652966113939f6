//! Past calls, read from transcripts by all cores.
//!
//! A call is known by its id over all files; the file that was born first tells whose it is, so that the order in which
//! files are read changes nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use claudectl_agents::ReadError;
use claudectl_agents::calls::{Called, Ended, Reader, Told};
use claudectl_agents::index::Progress;
use claudectl_agents::walk::{Found, Walk};
use claudectl_brain::features::Branch;
use claudectl_fleet::project;
use claudectl_gate::backtest::{self, Past};
use claudectl_transcript::message_key;

use crate::app::App;
use crate::error::Result;
use crate::judging::Asked;
use crate::sync;

/// Who looks at calls, one for each core.
pub(crate) trait Bench {
    /// What is kept of a call.
    type Made: Send;

    /// What is kept of a call; `None` if it is none that was asked for.
    fn made(&mut self, called: &Called<'_>) -> Option<Self::Made>;

    /// A transcript begins: what was seen of another is over.
    fn begin(&mut self) {}

    /// A call has ended.
    fn ended(&mut self, _id: &str, _ending: &Ending) {}

    /// Calls that later ones have taken back, by their ids, since this was asked last.
    fn taken_back(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// What else has to be told.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Where calls are made, as one follows the other: the session and the project of the last one, kept as long as the next one
/// has the same.
#[derive(Debug, Default)]
pub(crate) struct Place {
    session: Arc<str>,
    /// The folder of the last call, its project, and whether that was asked for.
    folder: (String, Arc<str>, bool),
}

impl Place {
    /// The session and the project of a call, if it was made since then and in a project whose folder has this in it, in
    /// lower case.
    pub(crate) fn of(
        &mut self,
        called: &Called<'_>,
        since: i64,
        project: Option<&str>,
    ) -> Option<(Arc<str>, Arc<str>)> {
        if called.at.is_some_and(|at| at < since) {
            return None;
        }
        if self.folder.0 != called.cwd || self.folder.1.is_empty() {
            let root = project::root(called.cwd);
            let wanted = project.is_none_or(|name| root.to_lowercase().contains(name));
            self.folder = (called.cwd.to_owned(), root.into(), wanted);
        }
        if !self.folder.2 {
            return None;
        }
        if *self.session != *called.session {
            self.session = called.session.into();
        }
        Some((Arc::clone(&self.session), Arc::clone(&self.folder.1)))
    }
}

/// A past call, as the gate is asked about it. Of an input that is none, nothing is known: that asks.
pub(crate) fn asked(called: &Called<'_>) -> Asked {
    Asked {
        tool: called.tool.to_owned(),
        input: serde_json::from_str(called.input).unwrap_or_default(),
        folder: PathBuf::from(called.cwd),
        mode: called.mode.to_owned(),
        session: called.session.to_owned(),
        branch: Some(Branch::named(called.branch)),
        ..Asked::default()
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) past: Past,
    /// It was allowed for good.
    pub(crate) always: bool,
    /// A person has pressed Esc.
    pub(crate) interrupted: bool,
    /// It ended badly, or not at all.
    pub(crate) failed: bool,
    /// A person has answered its prompt.
    pub(crate) by_person: bool,
    pub(crate) at: Option<i64>,
}

/// A call, or how it ended, or both: each may be met first, and in another file. The number is the rank of the file that
/// says so: that of the one born first is the smallest.
#[derive(Debug)]
pub(crate) struct Seen<M> {
    pub(crate) made: Option<(usize, M)>,
    pub(crate) ended: Option<(usize, Ending)>,
    /// A later call has undone it.
    pub(crate) taken_back: bool,
}

impl<M> Default for Seen<M> {
    fn default() -> Self {
        Self { made: None, ended: None, taken_back: false }
    }
}

impl<M> Seen<M> {
    /// The same call in another file, or the same file's later row.
    fn merge(&mut self, other: Self) {
        if let Some(made) = other.made
            && self.made.as_ref().is_none_or(|own| made.0 < own.0)
        {
            self.made = Some(made);
        }
        if let Some(ended) = other.ended
            && self.ended.is_none_or(|own| ended.0 < own.0)
        {
            self.ended = Some(ended);
        }
        self.taken_back |= other.taken_back;
    }
}

/// What was replayed.
#[derive(Debug)]
pub(crate) struct Replay<M> {
    /// Transcripts there are.
    pub(crate) transcripts: u64,
    /// Lines that are no rows.
    pub(crate) unreadable: u64,
    /// What those who looked have to tell.
    pub(crate) notes: Vec<String>,
    /// What could not be read.
    pub(crate) errors: Vec<ReadError>,
    /// Calls by a hash of their ids.
    pub(crate) calls: HashMap<u64, Seen<M>>,
}

impl<M> Replay<M> {
    fn new(transcripts: u64, errors: Vec<ReadError>) -> Self {
        Self { transcripts, unreadable: 0, notes: Vec::new(), errors, calls: HashMap::new() }
    }

    fn merge(&mut self, other: Self) {
        self.unreadable += other.unreadable;
        self.notes.extend(other.notes);
        self.notes.sort_unstable();
        self.notes.dedup();
        self.errors.extend(other.errors);
        for (key, seen) in other.calls {
            match self.calls.entry(key) {
                Entry::Occupied(mut own) => own.get_mut().merge(seen),
                Entry::Vacant(free) => drop(free.insert(seen)),
            }
        }
    }
}

/// Reads what was found and lets calls be looked at: `what` says to the person what is done, and files that end before
/// `since` are left alone.
///
/// # Errors
/// When a bench cannot be made.
pub(crate) fn replay<B: Bench>(
    app: &App,
    walk: Walk,
    since: i64,
    what: &'static str,
    bench: impl Fn(&App) -> Result<B> + Sync,
) -> Result<Replay<B::Made>> {
    let Walk { mut files, errors, .. } = walk;
    files.sort_by(|a, b| (a.born_ms, &a.path).cmp(&(b.born_ms, &b.path)));
    let mut jobs: Vec<(usize, &Found)> = files.iter().enumerate().collect();
    // The largest first, so that no core is left alone with one at the end.
    jobs.sort_by_key(|(_, found)| std::cmp::Reverse(found.stamp.size));
    let progress = Progress::default();
    progress.total.store(files.iter().map(|file| file.stamp.size).sum(), Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Ok(Replay::new(files.len() as u64, errors)));
    sync::with_progress(&app.ui, what, &progress, || {
        std::thread::scope(|threads| {
            for _ in 0..sync::threads().min(jobs.len()) {
                // What has to be told is told by what comes back.
                let own = app.beside();
                let (jobs, next, progress, all, bench) = (&jobs, &next, &progress, &all, &bench);
                threads.spawn(move || {
                    let next = || jobs.get(next.fetch_add(1, Ordering::Relaxed)).copied();
                    let share = bench(&own).map(|bench| share(bench, since, next, progress));
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    match (&mut *all, share) {
                        (Ok(all), Ok(share)) => all.merge(share),
                        (Ok(_), Err(error)) => *all = Err(error),
                        (Err(_), _) => {}
                    }
                });
            }
        });
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What one core does.
fn share<'f, B: Bench>(
    mut bench: B,
    since: i64,
    mut next: impl FnMut() -> Option<(usize, &'f Found)>,
    progress: &Progress,
) -> Replay<B::Made> {
    let mut replay = Replay::new(0, Vec::new());
    let mut reader = Reader::default();
    while let Some((rank, found)) = next() {
        let calls = &mut replay.calls;
        bench.begin();
        let read = reader.read(found, since, |told| {
            let (key, seen) = match told {
                Told::Called(called) => match bench.made(&called) {
                    Some(made) => (
                        key(called.id, calls.len(), rank),
                        Seen { made: Some((rank, made)), ..Seen::default() },
                    ),
                    None => return,
                },
                Told::Ended(ended) => {
                    let ending = ending(&ended);
                    bench.ended(ended.id, &ending);
                    let ended_as = Some((rank, ending));
                    (message_key(ended.id.as_bytes()), Seen { ended: ended_as, ..Seen::default() })
                }
            };
            calls.entry(key).or_default().merge(seen);
        });
        for id in bench.taken_back() {
            let seen = Seen { taken_back: true, ..Seen::default() };
            calls.entry(message_key(id.as_bytes())).or_default().merge(seen);
        }
        match read {
            Ok(reading) => replay.unreadable += reading.unreadable,
            Err(error) => replay.errors.push(error),
        }
        progress.done.fetch_add(found.stamp.size, Ordering::Relaxed);
    }
    replay.notes = bench.notes();
    replay
}

/// A call is known by its id; one without an id is one of its own.
fn key(id: &str, number: usize, rank: usize) -> u64 {
    match id {
        "" => message_key(format!("{rank} {number}").as_bytes()),
        id => message_key(id.as_bytes()),
    }
}

/// What a row says of how a call ended.
pub(crate) fn ending(ended: &Ended<'_>) -> Ending {
    let source = ended.decision.map_or("", |decision| &decision.source);
    let past = backtest::past(&backtest::Told {
        accepted: ended.decision.map(|decision| decision.accepted),
        source,
        denial: ended.denial,
        failed: ended.failed,
        said: ended.said,
    });
    let interrupted = past == Past::Open && ended.failed;
    Ending {
        past,
        always: source == "user_permanent",
        interrupted,
        failed: ended.failed,
        by_person: source.starts_with("user_"),
        at: ended.at,
    }
}
