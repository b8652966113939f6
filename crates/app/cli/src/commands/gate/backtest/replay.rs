//! Transcripts, read and judged by all cores.
//!
//! What is the same (tool, input, folder, mode) is judged once by each core. A call is known by its id over all files; the
//! file that was born first tells whose it is, so that the order in which files are read changes nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use claudectl_agents::ReadError;
use claudectl_agents::calls::{Called, Ended, Reader, Told};
use claudectl_agents::index::Progress;
use claudectl_agents::walk::{Found, Walk};
use claudectl_fleet::{call, project};
use claudectl_gate::backtest::{self, Call, Habit, Judged, Past, Said};
use claudectl_gate::rules::Rule;
use claudectl_redact::redact;
use claudectl_transcript::message_key;
use serde_json::Value;

use super::Scope;
use crate::app::App;
use crate::error::Result;
use crate::judging::{Answer, Asked, Judge};
use crate::sync;

/// Characters of a reason, and of a name.
const REASON_CHARS: usize = 300;
const NAME_CHARS: usize = 80;

/// What was replayed.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// Transcripts there are.
    pub(super) transcripts: u64,
    /// Lines that are no rows.
    pub(super) unreadable: u64,
    /// Rules that are about more than a replay knows, by name.
    pub(super) unplayed: Vec<String>,
    /// What could not be read.
    pub(super) errors: Vec<ReadError>,
    calls: HashMap<u64, Seen>,
}

/// A call, or how it ended, or both: each may be met first, and in another file.
#[derive(Debug, Default)]
struct Seen {
    made: Option<Made>,
    /// What became of it, and the rank of the file that says so.
    ended: Option<(usize, Past)>,
}

/// A call that was made.
#[derive(Debug)]
struct Made {
    /// Of its file: the one born first has the smallest.
    rank: usize,
    at: Option<i64>,
    session: Arc<str>,
    project: Arc<str>,
    habit: Habit,
    judged: Arc<Judged>,
}

impl Seen {
    /// The same call in another file, or the same file's later row.
    fn merge(&mut self, other: Self) {
        if let Some(made) = other.made
            && self.made.as_ref().is_none_or(|own| made.rank < own.rank)
        {
            self.made = Some(made);
        }
        if let Some(ended) = other.ended
            && self.ended.is_none_or(|own| ended.0 < own.0)
        {
            self.ended = Some(ended);
        }
    }
}

impl Replay {
    /// The calls, in no order.
    pub(super) fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        self.calls.values().filter_map(|seen| {
            let made = seen.made.as_ref()?;
            let past = seen.ended.map_or(Past::Open, |(_, past)| past).by(made.habit);
            Some(Call {
                judged: &made.judged,
                past,
                session: &made.session,
                project: &made.project,
                at: made.at,
            })
        })
    }

    fn merge(&mut self, other: Self) {
        self.unreadable += other.unreadable;
        self.unplayed.extend(other.unplayed);
        self.unplayed.sort_unstable();
        self.unplayed.dedup();
        self.errors.extend(other.errors);
        for (key, seen) in other.calls {
            match self.calls.entry(key) {
                Entry::Occupied(mut own) => own.get_mut().merge(seen),
                Entry::Vacant(free) => drop(free.insert(seen)),
            }
        }
    }
}

/// Reads and judges what was found.
///
/// # Errors
/// When rules cannot be read.
pub(super) fn replay(app: &App, walk: Walk, scope: &Scope) -> Result<Replay> {
    let Walk { mut files, errors, .. } = walk;
    files.sort_by(|a, b| (a.born_ms, &a.path).cmp(&(b.born_ms, &b.path)));
    let mut jobs: Vec<(usize, &Found)> = files.iter().enumerate().collect();
    // The largest first, so that no core is left alone with one at the end.
    jobs.sort_by_key(|(_, found)| std::cmp::Reverse(found.stamp.size));
    let progress = Progress::default();
    progress.total.store(files.iter().map(|file| file.stamp.size).sum(), Ordering::Relaxed);
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Ok(Replay { transcripts: files.len() as u64, errors, ..Replay::default() }));
    sync::with_progress(&app.ui, "judging", &progress, || {
        std::thread::scope(|threads| {
            for _ in 0..sync::threads().min(jobs.len()) {
                // What has to be told is told by what comes back.
                let own = app.beside();
                let (jobs, next, progress, all) = (&jobs, &next, &progress, &all);
                threads.spawn(move || {
                    let share = share(
                        &own,
                        scope,
                        || jobs.get(next.fetch_add(1, Ordering::Relaxed)).copied(),
                        progress,
                    );
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
fn share<'f>(
    app: &App,
    scope: &Scope,
    mut next: impl FnMut() -> Option<(usize, &'f Found)>,
    progress: &Progress,
) -> Result<Replay> {
    let mut bench = Bench::new(app, scope)?;
    let mut replay = Replay { unplayed: bench.unplayed(), ..Replay::default() };
    let mut reader = Reader::default();
    while let Some((rank, found)) = next() {
        let calls = &mut replay.calls;
        let read = reader.read(found, scope.since, |told| {
            let (key, seen) = match told {
                Told::Called(called) => match bench.made(&called, rank) {
                    Some(made) => (key(called.id, calls.len(), rank), Seen { made: Some(made), ended: None }),
                    None => return,
                },
                Told::Ended(ended) => {
                    let ended_as = Some((rank, past(&ended)));
                    (message_key(ended.id.as_bytes()), Seen { made: None, ended: ended_as })
                }
            };
            calls.entry(key).or_default().merge(seen);
        });
        match read {
            Ok(reading) => replay.unreadable += reading.unreadable,
            Err(error) => replay.errors.push(error),
        }
        progress.done.fetch_add(found.stamp.size, Ordering::Relaxed);
    }
    Ok(replay)
}

/// A call is known by its id; one without an id is one of its own.
fn key(id: &str, number: usize, rank: usize) -> u64 {
    match id {
        "" => message_key(format!("{rank} {number}").as_bytes()),
        id => message_key(id.as_bytes()),
    }
}

fn past(ended: &Ended<'_>) -> Past {
    backtest::past(&backtest::Told {
        accepted: ended.decision.map(|decision| decision.accepted),
        source: ended.decision.map_or("", |decision| &decision.source),
        denial: ended.denial,
        failed: ended.failed,
        said: ended.said,
    })
}

/// Who judges, and what was judged so far.
struct Bench<'a> {
    scope: &'a Scope,
    today: Judge,
    /// With the rules that are tried.
    tried: Option<Judge>,
    judged: HashMap<u128, Arc<Judged>>,
    /// Some rule is about single sessions.
    by_session: bool,
    session: Arc<str>,
    /// The folder of the last call, its project, and whether that was asked for.
    folder: (String, Arc<str>, bool),
}

impl<'a> Bench<'a> {
    fn new(app: &App, scope: &'a Scope) -> Result<Self> {
        let tried = scope.rules.as_deref().map(|file| Judge::with_rules(app, file)).transpose()?;
        let today = Judge::new(app)?;
        let names = |judge: &Judge| judge.own().any(|rule| !rule.sessions.is_empty());
        Ok(Self {
            scope,
            by_session: names(&today) || tried.as_ref().is_some_and(names),
            today,
            tried,
            judged: HashMap::new(),
            session: Arc::default(),
            folder: (String::new(), Arc::default(), scope.project.is_none()),
        })
    }

    /// Rules that are about more than transcripts tell of the moment of a call.
    fn unplayed(&self) -> Vec<String> {
        let more = |rule: &&Rule| {
            rule.cost_above.is_some() || rule.conflict == Some(true) || rule.last_error == Some(true)
        };
        let judges = [Some(&self.today), self.tried.as_ref()].into_iter().flatten();
        judges.flat_map(Judge::own).filter(more).map(|rule| rule.name.clone()).collect()
    }

    /// The call, judged, if it is one that was asked for.
    fn made(&mut self, called: &Called<'_>, rank: usize) -> Option<Made> {
        if called.at.is_some_and(|at| at < self.scope.since) {
            return None;
        }
        if self.folder.0 != called.cwd {
            let root = project::root(called.cwd);
            let wanted = self.scope.project.as_ref().is_none_or(|name| root.to_lowercase().contains(name));
            self.folder = (called.cwd.to_owned(), root.into(), wanted);
        }
        let (_, project, wanted) = &self.folder;
        let project = wanted.then(|| Arc::clone(project))?;
        if *self.session != *called.session {
            self.session = called.session.into();
        }
        Some(Made {
            rank,
            at: called.at,
            session: Arc::clone(&self.session),
            project,
            habit: backtest::habit(called.mode, called.tool),
            judged: self.judged(called),
        })
    }

    fn judged(&mut self, called: &Called<'_>) -> Arc<Judged> {
        let mut fingerprint = called.fingerprint();
        if self.by_session {
            // What rules name sessions say differs from one to the next.
            fingerprint ^= u128::from(message_key(called.session.as_bytes()));
        }
        if let Some(judged) = self.judged.get(&fingerprint) {
            return Arc::clone(judged);
        }
        // Of an input that is none, nothing is known: that asks.
        let input: Value = serde_json::from_str(called.input).unwrap_or_default();
        let asked = Asked {
            tool: called.tool.to_owned(),
            input,
            folder: PathBuf::from(called.cwd),
            mode: called.mode.to_owned(),
            session: called.session.to_owned(),
            ..Asked::default()
        };
        let today = self.today.judge(&asked);
        let tried = self.tried.as_mut().map(|judge| judge.judge(&asked));
        let kind = backtest::kind(called.tool, &today.report);
        let (said_now, before) = match tried {
            Some(tried) => (said(&tried), Some(said(&today))),
            None => (said(&today), None),
        };
        let judged = Arc::new(Judged {
            tool: shortened(called.tool, NAME_CHARS),
            kind: shortened(&kind, NAME_CHARS),
            line: call::short(&call::line(called.tool, called.input)).into_owned(),
            said: said_now,
            today: before,
        });
        self.judged.insert(fingerprint, Arc::clone(&judged));
        judged
    }
}

fn said(answer: &Answer) -> Said {
    let verdict = &answer.verdict;
    Said {
        action: verdict.action,
        layer: verdict.layer,
        rule: verdict.rule.clone(),
        reason: shortened(&answer.told(&verdict.reason), REASON_CHARS),
    }
}

/// Redacted, and then cut: the end of half a secret is not known for one.
fn shortened(text: &str, most: usize) -> String {
    call::shortened(&redact(text).text, most).into_owned()
}
