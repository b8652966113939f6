//! Digests of transcripts, brought up to date by all cores and kept for the next time.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudectl_agents::digests::{self, Folded};
use claudectl_fleet::digest::Digest;
use claudectl_fleet::ledger::Id;
use claudectl_store::digests::StoredDigest;
use claudectl_transcript::LineBuf;

use crate::app::App;
use crate::error::Result;
use crate::sync::{self, Ledger};

/// The session's number, the subagent's (0 for its own), the path.
type Transcript = (Id, Id, Vec<u8>);

/// A transcript, and what was folded of it before.
struct Job {
    transcript: Transcript,
    stored: Option<StoredDigest>,
}

/// A transcript that was folded.
struct Done {
    transcript: Transcript,
    file: PathBuf,
    folded: Folded,
    changed: bool,
}

/// Folds what is new in transcripts. The result has the session, the subagent, the path and the digest.
pub(crate) fn fold_all(
    app: &App,
    ledger: &mut Ledger,
    transcripts: Vec<Transcript>,
) -> Result<Vec<(Id, Id, PathBuf, Digest)>> {
    let mut jobs = Vec::with_capacity(transcripts.len());
    for transcript in transcripts {
        let stored = ledger.store.digest(&transcript.2)?;
        jobs.push(Mutex::new(Some(Job { transcript, stored })));
    }
    let done = run(&jobs);
    keep(app, ledger, &done)?;
    let shown = |done: Done| {
        let (session, agent, _) = done.transcript;
        (session, agent, done.file, done.folded.digest)
    };
    Ok(done.into_iter().map(shown).collect())
}

fn run(jobs: &[Mutex<Option<Job>>]) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::with_capacity(jobs.len()));
    std::thread::scope(|scope| {
        for _ in 0..sync::threads().min(jobs.len()) {
            scope.spawn(|| {
                let mut lines = LineBuf::default();
                let mut own = Vec::new();
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let job = job.lock().ok().and_then(|mut job| job.take());
                    own.extend(job.and_then(|job| fold(job, &mut lines)));
                }
                if let Ok(mut all) = all.lock() {
                    all.append(&mut own);
                }
            });
        }
    });
    all.into_inner().unwrap_or_default()
}

fn fold(job: Job, lines: &mut LineBuf) -> Option<Done> {
    let Job { transcript, stored } = job;
    let file = PathBuf::from(OsStr::from_bytes(&transcript.2));
    let before = stored.and_then(|stored| {
        let digest = serde_json::from_str(&stored.state).ok()?;
        Some(Folded { stamp: stored.stamp, mark: stored.mark, digest })
    });
    let was = before.clone();
    // Gone since it was indexed: what was folded before still stands.
    let (folded, changed) = digests::fold(&file, before, lines).ok().or_else(|| Some((was?, false)))?;
    Some(Done { transcript, file, folded, changed })
}

/// Keeps what changed.
fn keep(app: &App, ledger: &mut Ledger, done: &[Done]) -> Result<()> {
    let mut changed = Vec::new();
    for Done { transcript, folded, .. } in done.iter().filter(|done| done.changed) {
        let state = serde_json::to_string(&folded.digest).map_err(claudectl_store::StoreError::from)?;
        let stored = StoredDigest { stamp: folded.stamp, mark: folded.mark, state };
        changed.push((transcript.2.clone(), stored));
    }
    if !changed.is_empty()
        && let Err(error) = ledger.store.put_digests(&changed, app.now)
    {
        app.ui.warn(&format!("{error}: digests are not kept"));
    }
    Ok(())
}
