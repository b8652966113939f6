//! Digests of transcripts: brought up to date by all cores, kept for the next time and beyond the
//! transcripts' life, and one for each transcript of a session.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use claudectl_agents::digests::{self, Folded};
use claudectl_agents::index::Progress;
use claudectl_fleet::digest::Digest;
use claudectl_fleet::ledger::Id;
use claudectl_store::Store;
use claudectl_store::digests::StoredDigest;
use claudectl_store::sessions::Transcript;
use claudectl_transcript::LineBuf;

use crate::app::App;
use crate::error::Result;
use crate::sync::{self, Ledger};

/// What a transcript tells.
#[derive(Debug)]
pub(crate) struct Told {
    /// The subagent's number; 0 for the session's own transcript.
    pub(crate) agent: Id,
    /// The subagent's id, as its transcript's name tells it.
    pub(crate) aid: Option<String>,
    /// The transcript; `None` if it is gone, and what was folded before is all there is.
    pub(crate) file: Option<PathBuf>,
    pub(crate) digest: Digest,
}

/// So many bytes are folded sooner than anybody wonders how far it is.
const SOON: u64 = 32 << 20;

/// Bytes that were not folded yet.
fn to_read(jobs: &[Mutex<Option<Job>>]) -> u64 {
    let of = |job: &Job| {
        let file = std::fs::metadata(OsStr::from_bytes(&job.transcript.2)).ok().filter(|_| !job.gone)?;
        let known = job.stored.as_ref().map_or(0, |stored| stored.mark.offset);
        Some(file.len().saturating_sub(known))
    };
    jobs.iter().filter_map(|job| job.lock().ok()?.as_ref().and_then(of)).sum()
}

/// A transcript, and what was folded of it before.
struct Job {
    transcript: Transcript,
    stored: Option<StoredDigest>,
    gone: bool,
}

/// A transcript that was folded.
struct Done {
    transcript: Transcript,
    gone: bool,
    folded: Folded,
    changed: bool,
}

/// Digests by session, one for each of its transcripts. `sessions` are queries: each for one session, or
/// one for all.
pub(crate) fn of_sessions(
    app: &App,
    ledger: &mut Ledger,
    sessions: &[Option<Id>],
) -> Result<HashMap<Id, Vec<Told>>> {
    let mut jobs = Vec::new();
    for &session in sessions {
        let there = ledger.store.transcripts(session)?.into_iter().map(|transcript| (transcript, false));
        let gone = ledger.store.gone_transcripts(session)?.into_iter().map(|transcript| (transcript, true));
        for (transcript, gone) in there.chain(gone) {
            let stored = ledger.store.digest(&transcript.2)?;
            jobs.push(Mutex::new(Some(Job { transcript, stored, gone })));
        }
    }
    let progress = Progress::default();
    let total = if app.ui.shows_progress() { to_read(&jobs) } else { 0 };
    progress.total.store(total, Ordering::Relaxed);
    let mut work = || run(&jobs, &Mutex::new(&mut ledger.store), &progress.done);
    let done = match total > SOON {
        true => sync::with_progress(&app.ui, "reading", &progress, work),
        false => work(),
    };
    keep(app, ledger, &done)?;
    Ok(one_each(done))
}

/// A session or subagent may have transcripts in several folders, each the same up to some row, and have
/// left others behind where they were: the longest of those that are there speaks for all.
fn one_each(mut done: Vec<Done>) -> HashMap<Id, Vec<Told>> {
    done.sort_by(|a, b| {
        let order = |done: &Done| (done.transcript.0, done.transcript.1, done.gone);
        order(a).cmp(&order(b)).then_with(|| b.folded.digest.rows.cmp(&a.folded.digest.rows))
    });
    done.dedup_by_key(|done| (done.transcript.0, done.transcript.1));
    let mut told: HashMap<Id, Vec<Told>> = HashMap::new();
    for Done { transcript: (session, agent, path), gone, folded, .. } in done {
        let path = PathBuf::from(OsString::from_vec(path));
        let aid = (agent != 0).then(|| agent_id(&path)).flatten();
        told.entry(session).or_default().push(Told {
            agent,
            aid,
            file: (!gone).then_some(path),
            digest: folded.digest,
        });
    }
    told
}

/// `agent-<id>.jsonl`.
fn agent_id(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_str()?.strip_prefix("agent-")?.to_owned())
}

fn run(jobs: &[Mutex<Option<Job>>], store: &Mutex<&mut Store>, read: &AtomicU64) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::with_capacity(jobs.len()));
    std::thread::scope(|scope| {
        for _ in 0..sync::threads().min(jobs.len()) {
            scope.spawn(|| {
                let mut lines = LineBuf::default();
                let mut own = Vec::new();
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let job = job.lock().ok().and_then(|mut job| job.take());
                    own.extend(job.and_then(|job| fold(job, &mut lines, store, read)));
                }
                all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
            });
        }
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn fold(job: Job, lines: &mut LineBuf, store: &Mutex<&mut Store>, read: &AtomicU64) -> Option<Done> {
    let Job { transcript, stored, gone } = job;
    let file = Path::new(OsStr::from_bytes(&transcript.2));
    let before = stored.and_then(|stored| {
        let digest = serde_json::from_str(&stored.state).ok()?;
        Some(Folded { stamp: stored.stamp, mark: stored.mark, digest })
    });
    if gone {
        return Some(Done { transcript, gone, folded: before?, changed: false });
    }
    let (session, agent, _) = transcript;
    // What cannot be told counts as the session's own.
    let elsewhere = |key| {
        let owner = store.lock().ok().and_then(|store| store.response_owner(key).ok()?);
        owner.is_some_and(|owner| owner != session)
    };
    let was = before.clone();
    // Gone since it was indexed: what was folded before still stands.
    let folded = digests::fold(file, agent != 0, before, lines, read, elsewhere).ok();
    let (folded, changed) = folded.or_else(|| Some((was?, false)))?;
    Some(Done { transcript, gone, folded, changed })
}

/// Keeps what changed.
fn keep(app: &App, ledger: &mut Ledger, done: &[Done]) -> Result<()> {
    let mut changed = Vec::new();
    for Done { transcript, folded, .. } in done.iter().filter(|done| done.changed) {
        let state = serde_json::to_string(&folded.digest).map_err(claudectl_store::StoreError::from)?;
        let stored = StoredDigest { stamp: folded.stamp, mark: folded.mark, state };
        changed.push((transcript.clone(), stored));
    }
    if !changed.is_empty()
        && let Err(error) = ledger.store.put_digests(&changed, app.now)
    {
        app.ui.warn(&format!("{error}: digests are not kept"));
    }
    Ok(())
}
