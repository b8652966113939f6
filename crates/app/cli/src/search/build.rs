//! The index, brought up to date.
//!
//! Some threads read what is new and make chunks of it, and this one writes them: one process at a time, each
//! transaction with how far it goes, so that a pass that is cut short is gone on with.

use std::collections::HashMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use claudectl_agents::ReadError;
use claudectl_agents::index::Progress;
use claudectl_agents::passages::{self, Job, Known, Part, Reader, Work};
use claudectl_agents::walk::Found;
use claudectl_store::StoreError;
use claudectl_store::search::{Index, IndexedFile, Packer, Piece, Writer};

use super::{file, only_to_ask, told, with_index};
use crate::app::App;
use crate::error::Result;
use crate::live;
use crate::only;
use crate::sync;

/// Chunks that wait to be written: some megabytes.
const WAITING: usize = 64;
/// A transaction ends with so many bytes of text, of which the words make one segment: what a killed pass loses, less
/// than a second of work.
const COMMIT_BYTES: usize = 24 << 20;
/// From so many bytes of transcripts on, it pays to write large segments only.
const MUCH: u64 = 32 << 20;

/// How often it is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// What a pass did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Updated {
    /// Bytes of transcripts that were taken in.
    pub(crate) taken: u64,
    /// Bytes that are still to be taken in.
    pub(crate) behind: u64,
    /// Another process takes in what is new.
    pub(crate) busy: bool,
}

/// Takes in at most so many bytes of what is new in the transcripts that were found, and says how much is left. With a
/// bar, where that takes long and somebody sees it. Before that, takes out what `[retention]` no longer keeps. Waits
/// with patience for another process that is about it.
pub(crate) fn update(
    app: &App,
    home: &Path,
    found: &[Found],
    most: u64,
    patience: Duration,
) -> Result<Updated> {
    let Some(_lock) = lock_within(app, home, patience)? else {
        return Ok(Updated { behind: behind(home, found)?, busy: true, ..Updated::default() });
    };
    let done = with_index(app, home, |index| {
        app.config.searched_since(app.now).map_or(Ok(0), |since| index.prune(since))?;
        let files = index.files()?;
        let work = look(found.to_vec(), &files);
        note_gone(index, &files, &work, app.now)?;
        let work = clear_restarted(index, found, work)?;
        take_in(app, index, &work.jobs, most)
    });
    let (updated, errors) = done?;
    sync::report_errors(app, &errors);
    Ok(updated)
}

/// Takes out what is no longer in its file. That may be what others were a copy of, so that the work has changed.
fn clear_restarted(index: &mut Index, found: &[Found], work: Work) -> Result<Work, StoreError> {
    let restarted = work.jobs.iter().filter(|job| job.restarted).filter_map(|job| job.known);
    let restarted: Vec<i64> = restarted.collect();
    if restarted.is_empty() {
        return Ok(work);
    }
    index.write(|writer| restarted.iter().try_for_each(|file| writer.clear(*file)))?;
    Ok(look(found.to_vec(), &index.files()?))
}

/// How much of the transcripts that were found is not in the index.
pub(crate) fn behind(home: &Path, found: &[Found]) -> Result<u64> {
    let path = file(home);
    let index = Index::open_existing(&path).or_else(|error| only_to_ask(&path, error).map(Some));
    let index = index.map_err(told)?;
    let files = index.map_or(Ok(Vec::new()), |index| index.files()).map_err(told)?;
    let work = look(found.to_vec(), &files);
    Ok(work.jobs.iter().map(Job::size).sum())
}

/// The only process that writes; `None` if another one does.
pub(super) fn lock(home: &Path) -> Result<Option<File>> {
    only::hold(home, "search.lock")
}

/// As [`lock`], once the other one is done, if that is soon. Whoever is kept waiting is told why.
fn lock_within(app: &App, home: &Path, patience: Duration) -> Result<Option<File>> {
    let began = live::now();
    loop {
        let held = lock(home)?;
        if held.is_some() || began.elapsed() >= patience {
            return Ok(held);
        }
        if began.elapsed() >= super::PATIENCE {
            app.ui.warn("another claudectl takes in transcripts: waiting until it is done");
        }
        live::pause(AGAIN);
    }
}

fn look(found: Vec<Found>, files: &[IndexedFile]) -> Work {
    let known = |file: &IndexedFile| Known {
        id: file.id,
        path: file.path.clone(),
        stamp: file.stamp,
        mark: file.mark,
    };
    passages::look(found, files.iter().map(known).collect())
}

/// Keeps in mind which transcripts are gone, and since when. What is not below the folders that were looked through is
/// not gone for that.
fn note_gone(index: &mut Index, files: &[IndexedFile], work: &Work, now: i64) -> Result<(), StoreError> {
    let gone: HashMap<i64, bool> = files.iter().map(|file| (file.id, file.gone_at.is_some())).collect();
    let is_gone = |id: &i64| gone.get(id).copied().unwrap_or(false);
    let back: Vec<i64> = work.unchanged.iter().copied().filter(is_gone).collect();
    let missing = work.missing.iter().filter(|(id, path)| {
        let there = path.symlink_metadata();
        !is_gone(id) && there.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    });
    let missing: Vec<i64> = missing.map(|(id, _)| *id).collect();
    if back.is_empty() && missing.is_empty() {
        return Ok(());
    }
    index.write(|writer| {
        back.iter().try_for_each(|id| writer.set_gone(*id, None))?;
        missing.iter().try_for_each(|id| writer.set_gone(*id, Some(now)))
    })
}

/// What a reader has for the writer.
enum Message {
    /// A part of the transcript of a job, and its text, compressed.
    Part(usize, Box<Part>, Vec<u8>),
    /// One that could not be read.
    Error(ReadError),
}

/// What readers share.
struct Shared<'a> {
    jobs: &'a [Job],
    next: AtomicUsize,
    /// Bytes that may still be read.
    left: AtomicU64,
    stop: AtomicBool,
}

fn take_in(
    app: &App,
    index: &mut Index,
    jobs: &[Job],
    most: u64,
) -> Result<(Updated, Vec<ReadError>), StoreError> {
    let total: u64 = jobs.iter().map(Job::size).sum();
    if jobs.is_empty() {
        return Ok((Updated::default(), Vec::new()));
    }
    index.expect(total.min(most) > MUCH)?;
    let progress = Progress::default();
    progress.total.store(total.min(most), Ordering::Relaxed);
    let shared =
        Shared { jobs, next: AtomicUsize::new(0), left: AtomicU64::new(most), stop: AtomicBool::new(false) };
    let (taken, errors) =
        sync::with_progress(&app.ui, "indexing", &progress, || run(index, &shared, &progress))?;
    Ok((Updated { taken, behind: total.saturating_sub(taken), busy: false }, errors))
}

fn run(
    index: &mut Index,
    shared: &Shared<'_>,
    progress: &Progress,
) -> Result<(u64, Vec<ReadError>), StoreError> {
    let (send, receive) = sync_channel(WAITING);
    // One thread writes, which is about as much work.
    let readers = (sync::threads() - 1).clamp(1, shared.jobs.len());
    std::thread::scope(|scope| {
        for _ in 0..readers {
            let send = send.clone();
            scope.spawn(move || read(shared, &send));
        }
        drop(send);
        let mut taking =
            Taking { jobs: shared.jobs, files: HashMap::new(), taken: 0, errors: Vec::new(), progress };
        let written = taking.all(index, &receive);
        // Whoever waits to send sees that nobody receives.
        shared.stop.store(true, Ordering::Relaxed);
        drop(receive);
        written.map(|()| (taking.taken, taking.errors))
    })
}

/// A reader: takes one job after the other until there is none, or enough has been read.
fn read(shared: &Shared<'_>, send: &SyncSender<Message>) {
    let (mut reader, mut packer) = (Reader::default(), None);
    while let Some((at, job)) = next(shared) {
        let result = reader.read(job, |part| {
            let bytes = part.bytes;
            let Ok(packed) = pack(&mut packer, &part) else { return ControlFlow::Break(()) };
            let sent = send.send(Message::Part(at, Box::new(part), packed)).is_ok();
            let left = shared
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(bytes)));
            match sent && left.is_ok_and(|left| left > bytes) && !shared.stop.load(Ordering::Relaxed) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        // What is gone since it was listed will be seen to be gone in the next pass.
        let told = result.err().filter(|error| error.source.kind() != std::io::ErrorKind::NotFound);
        if told.is_some_and(|error| send.send(Message::Error(error)).is_err()) {
            return;
        }
    }
}

fn next<'a>(shared: &Shared<'a>) -> Option<(usize, &'a Job)> {
    let enough = shared.stop.load(Ordering::Relaxed) || shared.left.load(Ordering::Relaxed) == 0;
    let at = (!enough).then(|| shared.next.fetch_add(1, Ordering::Relaxed))?;
    shared.jobs.get(at).map(|job| (at, job))
}

fn pack(packer: &mut Option<Packer>, part: &Part) -> std::io::Result<Vec<u8>> {
    if packer.is_none() {
        *packer = Some(Packer::new()?);
    }
    packer.as_mut().map_or(Ok(Vec::new()), |packer| packer.pack(&part.chunk.text))
}

/// The writer.
struct Taking<'a> {
    jobs: &'a [Job],
    /// The number of each job's file, once something of it has been written.
    files: HashMap<usize, i64>,
    taken: u64,
    errors: Vec<ReadError>,
    progress: &'a Progress,
}

impl Taking<'_> {
    fn all(&mut self, index: &mut Index, receive: &Receiver<Message>) -> Result<(), StoreError> {
        while index.write(|writer| self.some(writer, receive))? == ControlFlow::Continue(()) {}
        Ok(())
    }

    /// As much as fits into one transaction.
    fn some(
        &mut self,
        writer: &Writer<'_>,
        receive: &Receiver<Message>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let mut bytes = 0;
        while bytes < COMMIT_BYTES {
            match receive.recv() {
                Ok(Message::Part(job, part, packed)) => {
                    bytes += part.chunk.text.len();
                    self.part(writer, job, *part, packed)?;
                }
                Ok(Message::Error(error)) => self.errors.push(error),
                // Every reader is done.
                Err(_) => return Ok(ControlFlow::Break(())),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn part(
        &mut self,
        writer: &Writer<'_>,
        job: usize,
        part: Part,
        packed: Vec<u8>,
    ) -> Result<(), StoreError> {
        let file = self.file(writer, job)?;
        let Part { chunk, session, stamp, mark, done, too_long, bytes } = part;
        // What stands behind the last newline of a file is no row yet, and nothing that is left to do.
        let rest = if done { stamp.size.saturating_sub(mark.offset) } else { 0 };
        writer.add(&Piece { file, chunk, packed, session, stamp, mark, done, too_long })?;
        self.taken += bytes + rest;
        self.progress.done.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn file(&mut self, writer: &Writer<'_>, at: usize) -> Result<i64, StoreError> {
        if let Some(file) = self.files.get(&at) {
            return Ok(*file);
        }
        let job = &self.jobs[at];
        let path = job.found.path.as_os_str().as_bytes();
        let session = job.found.session.as_deref().unwrap_or_default();
        let agent = job.found.agent.as_deref().unwrap_or_default();
        let file = match job.known {
            Some(file) => {
                if job.moved {
                    writer.move_file(file, path, session, agent)?;
                }
                file
            }
            None => writer.add_file(path, session, agent)?,
        };
        self.files.insert(at, file);
        Ok(file)
    }
}
