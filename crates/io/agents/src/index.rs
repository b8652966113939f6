//! What is new in all transcripts, for the ledger.
//!
//! Files are listed, those that have not changed are left alone, and what is new in the others is
//! read by all cores. Of each row only billing facts are taken; rows about a session (its title, its
//! own account of the cost) are small and read whole. What was read is handed over in [`Batch`]es, so
//! that memory does not grow with the number of files, and a pass that is cut short is not lost.

use std::collections::HashMap;
use std::fs;
use std::hash::BuildHasherDefault;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use claudectl_fleet::digest::Digest;
use claudectl_fleet::intake::{
    AgentUpdate, Batch, FileUpdate, KnownFile, KnownFiles, Prehashed, SessionUpdate, path_key,
};
use claudectl_fleet::ledger::{Claim, Id, Response};
use claudectl_transcript::record::Record;
use claudectl_transcript::{
    Line, LineBuf, ResponseLine, SYNTHETIC_MODEL, Scanned, Scanner, message_key, scan_line,
};
use serde::Deserialize;

use crate::ReadError;
use crate::interner::{Interner, Last};
use crate::tail::{self, Event};
use crate::walk::{Found, Walk};

/// How far a pass has come; may be watched from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes to read; known once the files are listed.
    pub total: AtomicU64,
    /// Bytes read.
    pub done: AtomicU64,
}

/// A batch ends with so many files, or with so many bytes.
const BATCH_FILES: usize = 20_000;
/// A response takes some kilobytes of a transcript and 64 bytes of memory.
const BATCH_BYTES: u64 = 4 << 30;

/// So many rows of a file tell of its beginning, if they begin within so many bytes.
const FIRST_LINES: usize = 16;
const FIRST_BYTES: u64 = 64 * 1024;

/// What a pass found.
#[derive(Debug, Default)]
pub struct Pass {
    /// Transcripts there are.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Files that had anything new.
    pub read_files: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// Known files that are no longer there, by number.
    pub gone: Vec<i64>,
    /// What could not be read.
    pub errors: Vec<ReadError>,
}

/// Reads what is new in the transcripts that were found, and hands it to `take`, batch by batch.
///
/// # Errors
/// The first that `take` gives; what it took before stays taken.
pub fn pass<E>(
    walk: Walk,
    known: &KnownFiles,
    threads: usize,
    progress: &Progress,
    mut take: impl FnMut(Batch) -> Result<(), E>,
) -> Result<Pass, E> {
    let mut pass = Pass {
        files: walk.files.len() as u64,
        bytes: walk.files.iter().map(|file| file.stamp.size).sum(),
        errors: walk.errors,
        ..Pass::default()
    };
    let (mut jobs, gone) = jobs(walk.files, known);
    pass.gone = gone;
    progress.total.store(jobs.iter().map(Job::size).sum(), Ordering::Relaxed);
    while !jobs.is_empty() {
        let rest = jobs.split_off(batch_length(&jobs));
        let shared = Shared::new(progress);
        let shares = run(&jobs, threads, &shared);
        take(collect(&mut pass, shares, shared))?;
        jobs = rest;
    }
    Ok(pass)
}

/// How many of the jobs make a batch: at least one.
fn batch_length(jobs: &[Job]) -> usize {
    let mut bytes = 0;
    let fit = jobs.iter().take(BATCH_FILES).take_while(|job| {
        bytes += job.size();
        bytes <= BATCH_BYTES
    });
    fit.count().max(1)
}

/// A file to read.
struct Job {
    found: Found,
    known: Option<KnownFile>,
}

impl Job {
    fn size(&self) -> u64 {
        let read = self.known.map_or(0, |known| known.mark.offset);
        self.found.stamp.size.saturating_sub(read)
    }
}

/// Which files to read, largest first (so that no thread is left alone with a large one at the end),
/// and which known ones are gone.
fn jobs(found: Vec<Found>, known: &KnownFiles) -> (Vec<Job>, Vec<i64>) {
    let mut seen: std::collections::HashSet<u64, BuildHasherDefault<Prehashed>> = Default::default();
    let mut jobs = Vec::new();
    for file in found {
        let key = path_key(file.path.as_os_str().as_bytes());
        seen.insert(key);
        match known.get(&key) {
            Some(old) if old.stamp == file.stamp => {}
            old => jobs.push(Job { found: file, known: old.copied() }),
        }
    }
    let mut gone: HashMap<(u64, u64), &KnownFile> = HashMap::new();
    if seen.len() < known.len() || jobs.iter().any(|job| job.known.is_none()) {
        for (key, file) in known {
            if !seen.contains(key) {
                gone.insert((file.stamp.dev, file.stamp.ino), file);
            }
        }
    }
    for job in jobs.iter_mut().filter(|job| job.known.is_none()) {
        // A file that moved keeps its inode: it is gone there and new here.
        job.known = gone.remove(&(job.found.stamp.dev, job.found.stamp.ino)).copied();
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.size()));
    (jobs, gone.into_values().map(|file| file.id).collect())
}

struct Shared<'a> {
    sessions: Interner,
    agents: Interner,
    models: Interner,
    progress: &'a Progress,
    errors: Mutex<Vec<ReadError>>,
}

impl<'a> Shared<'a> {
    fn new(progress: &'a Progress) -> Self {
        Self {
            sessions: Interner::default(),
            agents: Interner::starting_with(""),
            // Stands for none, and for those of a file that names more models than there can be.
            models: Interner::starting_with(""),
            progress,
            errors: Mutex::default(),
        }
    }
}

/// What one file brought.
struct Scan {
    update: FileUpdate,
    session: Option<SessionUpdate>,
    agent: Option<AgentUpdate>,
    responses: Vec<Response>,
    bytes: u64,
}

/// What one thread brought.
#[derive(Default)]
struct Share {
    scans: Vec<Scan>,
    /// Of all its files, in the order of their keys: the ledger wants them so, and two threads sort in
    /// half the time.
    responses: Vec<Response>,
}

fn run(jobs: &[Job], threads: usize, shared: &Shared<'_>) -> Vec<Share> {
    let next = AtomicUsize::new(0);
    let shares = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                let mut reader = Reader::default();
                let mut own = Share::default();
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match FileScanner::new(job, shared).scan(&mut reader) {
                        Ok(mut scan) => {
                            own.responses.append(&mut scan.responses);
                            own.scans.push(scan);
                        }
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                        Err(source) => {
                            let mut errors = shared.errors.lock().unwrap_or_else(PoisonError::into_inner);
                            errors.push(ReadError { path: job.found.path.clone(), source });
                        }
                    }
                }
                own.responses.sort_unstable_by_key(|response| response.key);
                shares.lock().unwrap_or_else(PoisonError::into_inner).push(own);
            });
        }
    });
    shares.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn collect(pass: &mut Pass, shares: Vec<Share>, shared: Shared<'_>) -> Batch {
    let mut batch = Batch::default();
    batch.responses.reserve_exact(shares.iter().map(|share| share.responses.len()).sum());
    for mut share in shares {
        batch.responses.append(&mut share.responses);
        for scan in share.scans {
            pass.read_files += 1;
            pass.read_bytes += scan.bytes;
            batch.files.push(scan.update);
            batch.session_updates.extend(scan.session);
            batch.agent_updates.extend(scan.agent);
        }
    }
    batch.sessions = shared.sessions.into_texts();
    batch.agents = shared.agents.into_texts();
    batch.models = shared.models.into_texts();
    pass.errors.append(&mut shared.errors.into_inner().unwrap_or_else(PoisonError::into_inner));
    batch
}

/// What a thread keeps from file to file.
#[derive(Default)]
struct Reader {
    lines: LineBuf,
    scanner: Scanner,
}

/// Reads one file.
struct FileScanner<'a> {
    job: &'a Job,
    shared: &'a Shared<'a>,
    /// The session that the file belongs to, as a text and as a number.
    session: Option<(Vec<u8>, Id)>,
    agent: Id,
    responses: Vec<Response>,
    by_key: HashMap<u64, usize, BuildHasherDefault<Prehashed>>,
    /// Name, folders, times and cost; only rows about the session are folded into it.
    facts: Digest,
    /// The newest time in the file, for rows without one; 0 before there is any.
    last_at: i64,
    skipped: u64,
    models: Last,
    payers: Last,
    row_agents: Last,
}

impl<'a> FileScanner<'a> {
    fn new(job: &'a Job, shared: &'a Shared<'a>) -> Self {
        let session = job.found.session.as_ref().map(|text| text.clone().into_bytes());
        let agent = job.found.agent.as_ref().map_or(0, |agent| shared.agents.id(agent.as_bytes()));
        Self {
            job,
            shared,
            session: session.map(|text| {
                let id = shared.sessions.id(&text);
                (text, id)
            }),
            agent,
            responses: Vec::new(),
            by_key: HashMap::default(),
            facts: Digest::default(),
            last_at: job.known.map_or(0, |known| known.last_at),
            skipped: job.known.map_or(0, |known| known.skipped),
            models: Last::default(),
            payers: Last::default(),
            row_agents: Last::default(),
        }
    }

    fn scan(mut self, Reader { lines, scanner }: &mut Reader) -> std::io::Result<Scan> {
        let before = self.job.known.as_ref().map(|known| (&known.stamp, &known.mark));
        let path = &self.job.found.path;
        let mut first_lines = Vec::new();
        let reading = tail::read(path, before, lines, |event| match event {
            Event::Restart => (self.skipped, self.last_at) = (0, 0),
            Event::Line(Line::Whole(line), offset) => {
                self.line(scanner, line, offset, true);
                if offset < FIRST_BYTES && first_lines.len() < FIRST_LINES {
                    first_lines.push(line.to_vec());
                }
            }
            Event::Line(Line::Oversized { head, len }, _) => {
                tracing::debug!(len, "a line too long to hold");
                self.oversized(head);
            }
            Event::Remainder(bytes, offset) => self.line(scanner, bytes, offset, false),
        })?;
        self.beginning(&first_lines);
        self.shared.progress.done.fetch_add(reading.bytes, Ordering::Relaxed);
        Ok(self.finish(&reading))
    }

    /// The folder that the session was started in stands in its first rows, mostly in a prompt; without a
    /// response the times do, too.
    fn beginning(&mut self, lines: &[Vec<u8>]) {
        let mut first_cwd = None;
        for record in lines.iter().filter_map(|line| Record::parse(line).ok()) {
            let cwd = record.common().and_then(|common| common.cwd.as_deref()).filter(|cwd| !cwd.is_empty());
            first_cwd = first_cwd.or(cwd.map(str::to_owned));
            if self.responses.is_empty() {
                self.facts.row(&record, &mut |_| false);
            } else if first_cwd.is_some() {
                break;
            }
        }
        self.facts.first_cwd = first_cwd.or(self.facts.first_cwd.take());
    }

    /// Takes in a line. One that has no newline yet may be whole all the same (a row's last byte is its
    /// closing brace); it is taken in, and comes again with its newline, which changes nothing.
    fn line(&mut self, scanner: &mut Scanner, line: &[u8], offset: u64, complete: bool) {
        scanner.line(line, |row| match row {
            Scanned::Response(row) => self.response(&row, offset),
            Scanned::Other(kind) if is_session_row(kind) => {
                if let Ok(record) = Record::parse(line) {
                    self.facts.row(&record, &mut |_| false);
                }
            }
            Scanned::Malformed if complete => self.skipped += 1,
            Scanned::Other(_) | Scanned::Blank | Scanned::Malformed => {}
        });
    }

    /// A line too long to hold. If its head shows that it bills nothing, nothing is lost.
    fn oversized(&mut self, head: &[u8]) {
        let mut uninteresting = false;
        // The head is torn; a brace at its end lets the scanner say what it saw before that.
        let closed = [head, b"}"].concat();
        scan_line(&closed, |row| uninteresting |= matches!(row, Scanned::Other(_)));
        self.skipped += u64::from(!uninteresting);
    }

    fn response(&mut self, row: &ResponseLine<'_>, offset: u64) {
        self.context(row);
        if row.model == SYNTHETIC_MODEL.as_bytes() || (row.api_error && row.usage.is_zero()) {
            return;
        }
        let response = self.telling(row, offset);
        match self.by_key.get(&response.key) {
            // Whose it is where two sessions claim it, the store decides: it knows all of them.
            Some(&at) if self.responses[at].session == response.session => {
                self.responses[at] = self.responses[at].merge(response, |_| 0);
            }
            Some(_) => self.responses.push(response),
            None => {
                self.by_key.insert(response.key, self.responses.len());
                self.responses.push(response);
            }
        }
    }

    /// What the row says of its session.
    fn context(&mut self, row: &ResponseLine<'_>) {
        if self.session.is_none()
            && let Some(text) = row.session
        {
            self.session = Some((text.to_vec(), self.shared.sessions.id(text)));
        }
        let own = self.session.as_ref().map(|(text, _)| text.as_slice());
        // Rows that a fork copied are older than the session.
        let copied = row.request_session.is_some() && row.request_session != own;
        self.last_at = self.last_at.max(row.timestamp.unwrap_or(0));
        if let (Some(at), false) = (row.timestamp, copied) {
            self.facts.first_at = Some(self.facts.first_at.map_or(at, |first| first.min(at)));
            self.facts.last_at = Some(self.facts.last_at.map_or(at, |last| last.max(at)));
        }
        if self.agent != 0 || row.sidechain {
            return;
        }
        let facts = &mut self.facts;
        keep(&mut facts.cwd, row.cwd);
        keep(&mut facts.branch, row.branch);
        keep(&mut facts.version, row.version);
        if facts.first_cwd.is_none() {
            facts.first_cwd.clone_from(&facts.cwd);
        }
        if row.model != SYNTHETIC_MODEL.as_bytes() && !row.usage.is_zero() {
            keep(&mut facts.model, Some(row.model));
            facts.context_tokens = row.usage.prompt_tokens();
            facts.largest_context = facts.largest_context.max(facts.context_tokens);
        }
    }

    fn telling(&mut self, row: &ResponseLine<'_>, offset: u64) -> Response {
        let own = self.session.as_ref().map_or(0, |(_, id)| *id);
        let (session, claim) = match row.request_session {
            Some(payer) => (self.payers.id(payer, &self.shared.sessions), Claim::Stated),
            None if row.own_session.is_some()
                && row.own_session == self.session.as_ref().map(|(text, _)| &text[..]) =>
            {
                (own, Claim::Own)
            }
            None => (own, Claim::Present),
        };
        let agent = match row.agent {
            _ if self.agent != 0 => self.agent,
            Some(agent) => self.row_agents.id(agent, &self.shared.agents),
            // Rows of subagents stood in the session's own file before 2.0, without an id.
            None if row.sidechain => self.shared.agents.id(b"sidechain"),
            None => 0,
        };
        let model = self.models.id(row.model, &self.shared.models);
        Response {
            at: row.timestamp.unwrap_or(if self.last_at > 0 { self.last_at } else { self.job.found.born_ms }),
            born: self.job.found.born_ms,
            session,
            agent,
            model: u16::try_from(model).unwrap_or(0),
            claim,
            ended: row.ended,
            ..Response::of(self.key(row, offset), &row.usage)
        }
    }

    /// `message.id`; a response without one is billed by its row: the row's id, which forks keep, or
    /// its place in the file of the session or subagent.
    fn key(&self, row: &ResponseLine<'_>, offset: u64) -> u64 {
        if let Some(id) = row.id {
            return message_key(id);
        }
        let session = self.session.as_ref().map_or(&b""[..], |(text, _)| text);
        let place = offset.to_string();
        let agent = self.job.found.agent.as_deref().unwrap_or_default();
        let parts: [&[u8]; 4] = match row.uuid {
            Some(uuid) => [b"row\0", uuid, b"", b""],
            None => [b"place\0", session, agent.as_bytes(), place.as_bytes()],
        };
        message_key(&parts.concat())
    }

    fn finish(self, reading: &tail::Reading) -> Scan {
        let session = self.session.as_ref().map_or_else(|| self.shared.sessions.id(b""), |(_, id)| *id);
        let known = self.job.known;
        let update = FileUpdate {
            path: self.job.found.path.as_os_str().as_bytes().to_vec(),
            known: known.map(|known| known.id),
            session,
            agent: self.agent,
            born_ms: self.job.found.born_ms,
            stamp: reading.stamp,
            mark: reading.mark,
            skipped: self.skipped,
            last_at: self.last_at,
        };
        let is_agent = self.agent != 0;
        let agent = is_agent.then(|| agent_update(&self.job.found.path, self.agent, session));
        let session_update = (!is_agent).then(|| session_update(session, self.facts));
        tracing::trace!(path = %self.job.found.path.display(), bytes = reading.bytes, restarted = reading.restarted, "read");
        Scan { update, session: session_update, agent, responses: self.responses, bytes: reading.bytes }
    }
}

fn keep(slot: &mut Option<String>, value: Option<&[u8]>) {
    if let Some(value) = value
        && !value.is_empty()
        && slot.as_ref().is_none_or(|old| old.as_bytes() != value)
    {
        *slot = Some(unescape(value));
    }
}

/// A JSON string's text; what cannot be read is shown as it is written.
fn unescape(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if !text.contains('\\') {
        return text.into_owned();
    }
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.into_owned())
}

/// Rows that tell something of the session as a whole.
fn is_session_row(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"cost-state"
            | b"custom-title"
            | b"ai-title"
            | b"agent-name"
            | b"summary"
            | b"relocated"
            | b"worktree-state"
    )
}

fn session_update(session: Id, facts: Digest) -> SessionUpdate {
    let seen = facts.largest_context > 0;
    SessionUpdate {
        session,
        name: facts.name.map(|name| (name.rank, name.text)),
        first_cwd: facts.first_cwd,
        cwd: facts.cwd,
        branch: facts.branch.map(|branch| claudectl_redact::redact(&branch).text.into_owned()),
        version: facts.version,
        model: facts.model,
        context_tokens: seen.then_some(facts.context_tokens),
        largest_context: seen.then_some(facts.largest_context),
        first_at: facts.first_at,
        last_at: facts.last_at,
        reported_usd: facts.cost.map(|cost| cost.total_cost_usd),
    }
}

/// What stands beside a subagent's transcript, in `agent-<id>.meta.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AgentMeta {
    agent_type: Option<String>,
    description: Option<String>,
    finished: Option<bool>,
}

pub(crate) fn agent_update(transcript: &Path, agent: Id, session: Id) -> AgentUpdate {
    let meta = read_small(&transcript.with_extension("meta.json"));
    let meta: AgentMeta = meta.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    AgentUpdate {
        agent,
        session,
        kind: meta.agent_type.map(|kind| claudectl_redact::redact(&kind).text.into_owned()),
        description: meta.description.map(|text| claudectl_redact::redact(&text).text.into_owned()),
        finished: meta.finished.unwrap_or(false),
    }
}

/// A file of at most a mebibyte.
pub(crate) fn read_small(path: &Path) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    (metadata.is_file() && metadata.len() <= 1 << 20).then(|| fs::read(path).ok())?
}
