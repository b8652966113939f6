//! What the transcripts of one session tell beyond what a pass has summed: for whoever has to know now what it has cost.
//!
//! The reader is that of the ledger ([`crate::index`]), so that both come to the same figures.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use claudectl_fleet::intake::{KnownFiles, path_key};
use claudectl_fleet::meter::{Metered, Since, since};
use claudectl_fleet::prices::PriceTable;

use crate::index::{self, Progress};
use crate::walk::{self, Found};

/// A call that was written down before it is looked for stands in so much of the end of a transcript; no more is read in
/// one look.
const LATELY: u64 = 1 << 20;

/// What a session has cost beyond what was summed.
#[derive(Debug, Default)]
pub struct Fresh {
    /// That.
    pub since: Since,
    /// Bytes that were read.
    pub read: u64,
    /// Bytes that are new and were not read, because there were too many.
    pub unread: u64,
    /// Transcripts that could not be read.
    pub failed: usize,
    /// There is a transcript that the pass did not know.
    pub is_strange: bool,
}

/// Reads what is new in the transcripts of a session, no more than `most` bytes of it.
///
/// `transcript` is its own, as hooks are told. Without `known` all of it is new.
#[must_use]
pub fn fresh(
    session: &str,
    transcript: &Path,
    known: Option<&Metered>,
    prices: &PriceTable,
    most: u64,
) -> Fresh {
    let mut walk = walk::session(&folders(transcript, known), session);
    let files = known.map(Metered::known).unwrap_or_default();
    let is_strange = walk.files.iter().any(|file| !files.contains_key(&key(file)));
    let unread = leave_out(&mut walk.files, &files, most);
    let mut batches = Vec::new();
    let done = index::pass(walk, &files, 1, &Progress::default(), |batch| {
        batches.push(batch);
        Ok::<(), Infallible>(())
    });
    let Ok(pass) = done;
    let (read, failed) = (pass.read_bytes, pass.errors.len());
    let mut fresh = Fresh { since: Since::default(), read, unread, failed, is_strange };
    // Of so few bytes there is one batch, or none.
    if let Some(batch) = batches.pop()
        && let Some(own) = batch.sessions.iter().position(|sid| sid == session)
    {
        let own = u32::try_from(own).unwrap_or(u32::MAX);
        fresh.since = since(known, own, &batch.responses, batch.models, prices);
    }
    fresh
}

/// The folders that have transcripts of a session.
fn folders(transcript: &Path, known: Option<&Metered>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        known.map(|known| known.folders.iter().map(PathBuf::from).collect()).unwrap_or_default();
    let own = transcript.parent().filter(|folder| folder.is_absolute()).map(Path::to_path_buf);
    if let Some(own) = own.filter(|own| !folders.contains(own)) {
        folders.push(own);
    }
    folders
}

/// A call that is looked for in the transcripts of its session: it is asked for a moment before Claude Code writes down the
/// response that it is in.
#[derive(Debug)]
pub struct Sought<'a> {
    session: &'a str,
    /// The subagent that makes it.
    agent: Option<&'a str>,
    /// Its id, as it stands in a row.
    id: String,
    folders: Vec<PathBuf>,
    /// How far each transcript was looked through.
    seen: HashMap<PathBuf, u64>,
}

impl<'a> Sought<'a> {
    /// A call of a session, whose own transcript is as hooks are told, or of a subagent of it.
    #[must_use]
    pub fn new(
        session: &'a str,
        transcript: &Path,
        known: Option<&Metered>,
        agent: Option<&'a str>,
        id: &str,
    ) -> Self {
        let folders = folders(transcript, known);
        Self { session, agent, id: format!("\"{id}\""), folders, seen: HashMap::new() }
    }

    /// Whether a whole row tells of it by now: the response is on the disk, then, with what it used.
    pub fn is_told(&mut self) -> bool {
        let files = walk::session(&self.folders, self.session).files;
        files.iter().filter(|file| file.agent.as_deref() == self.agent).any(|file| {
            let from = self.seen.entry(file.path.clone());
            let from = from.or_insert_with(|| file.stamp.size.saturating_sub(LATELY));
            // What cannot be read is told of where it is read.
            let Ok(bytes) = after(&file.path, *from) else { return false };
            let rows = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            *from += rows as u64;
            memchr::memmem::find(&bytes[..rows], self.id.as_bytes()).is_some()
        })
    }
}

fn after(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(LATELY).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn key(file: &Found) -> u64 {
    path_key(file.path.as_os_str().as_bytes())
}

/// Takes out files of which more is new than is left to read, the smallest first. Returns how much is new in those.
fn leave_out(files: &mut Vec<Found>, known: &KnownFiles, most: u64) -> u64 {
    let new = |file: &Found| {
        let read = known.get(&key(file)).filter(|known| known.stamp.size <= file.stamp.size);
        // What was written to without growing is read anew.
        let read = read.filter(|known| known.stamp == file.stamp || known.stamp.size < file.stamp.size);
        file.stamp.size.saturating_sub(read.map_or(0, |known| known.mark.offset))
    };
    files.sort_by_key(new);
    let (mut left, mut unread) = (most, 0);
    files.retain(|file| {
        let is_known = known.get(&key(file)).is_some_and(|known| known.stamp == file.stamp);
        let fits = is_known || new(file) <= left;
        if fits && !is_known {
            left -= new(file);
        } else if !fits {
            unread += new(file);
        }
        fits
    });
    unread
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_fleet::intake::KnownFile;
    use claudectl_fleet::ledger::Response;
    use claudectl_fleet::meter::KnownTranscript;
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    const SESSION: &str = "s1";

    /// A folder with transcripts of one session.
    struct Disk(tempfile::TempDir);

    impl Disk {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn folder(&self) -> PathBuf {
            self.0.path().join("projects/-w")
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder().join(name)
        }

        fn append(&self, name: &str, text: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        }

        fn fresh(&self, known: Option<&Metered>, most: u64) -> Fresh {
            fresh(SESSION, &self.path("s1.jsonl"), known, &PriceTable::builtin(), most)
        }

        /// Cents of all, and of subagents.
        fn cents(&self, known: Option<&Metered>) -> (i128, i128) {
            let fresh = self.fresh(known, u64::MAX);
            assert_eq!((fresh.unread, fresh.failed), (0, 0));
            (fresh.since.all().cents(), fresh.since.of_agents().cents())
        }

        /// What a pass would leave.
        fn pass(&self) -> Metered {
            let walk = walk::session(&[self.folder()], SESSION);
            let mut metered =
                Metered { folders: vec![self.folder().display().to_string()], ..Metered::default() };
            let take = |batch: claudectl_fleet::intake::Batch| {
                let own = batch.sessions.iter().position(|sid| sid == SESSION).unwrap() as u32;
                metered.files.extend(batch.files.iter().map(|file| {
                    let known = KnownFile {
                        id: 1,
                        stamp: file.stamp,
                        mark: file.mark,
                        skipped: 0,
                        last_at: file.last_at,
                    };
                    KnownTranscript::new(path_key(&file.path), &known)
                }));
                let mine = batch.responses.iter().filter(|one| one.session == own);
                let mine: Vec<Response> = mine.copied().collect();
                metered.count(mine, &PriceTable::builtin(), |model| batch.models[model as usize].clone());
                Ok::<(), Infallible>(())
            };
            let Ok(_) = index::pass(walk, &KnownFiles::default(), 1, &Progress::default(), take);
            metered
        }
    }

    /// A row of a response of so many thousand output tokens, two cents each.
    fn row(id: &str, thousands: u64, more: &str) -> String {
        format!(
            r#"{{"type":"assistant","uuid":"u-{id}","timestamp":"2026-11-22T12:00:00.000Z","sessionId":"s1",{more}"message":{{"id":"{id}","model":"claude-opus-5-5","role":"assistant","content":[],"stop_reason":"end_turn","usage":{{"input_tokens":0,"output_tokens":{}}}}}}}"#,
            thousands * 1000
        ) + "\n"
    }

    #[test]
    fn what_is_new_since_a_pass_with_all_subagents() {
        let disk = Disk::new();
        disk.append("s1.jsonl", &row("m1", 1, ""));
        disk.append("s1/subagents/agent-a.jsonl", &row("m2", 1, ""));
        disk.append("s2.jsonl", &row("of another session", 90, ""));
        assert_eq!(disk.cents(None), (4, 2), "before there was a pass");
        let known = disk.pass();
        assert_eq!(disk.cents(Some(&known)), (0, 0));
        disk.append("s1.jsonl", &row("m3", 2, ""));
        disk.append("s1/subagents/agent-a.jsonl", &row("m4", 3, ""));
        disk.append("s1/subagents/workflows/w/agent-b.jsonl", &row("m5", 4, ""));
        assert_eq!(disk.cents(Some(&known)), (18, 14));
        assert!(disk.fresh(Some(&known), u64::MAX).is_strange, "a transcript is new");
    }

    #[test]
    fn a_call_is_told_of_by_a_whole_row_of_whoever_makes_it() {
        let disk = Disk::new();
        let own = disk.path("s1.jsonl");
        let mut sought = Sought::new(SESSION, &own, None, None, "toolu_1");
        assert!(!sought.is_told(), "there is no transcript yet");
        let row = row("m1", 1, r#""call":"toolu_1","#);
        disk.append("s1.jsonl", &"x\n".repeat(1 << 20));
        disk.append("s1.jsonl", r#"{"call":"toolu_10"}"#);
        assert!(!sought.is_told());
        disk.append("s1.jsonl", "\n");
        disk.append("s1/subagents/agent-a.jsonl", &row);
        disk.append("s1.jsonl", &row[..row.len() - 1]);
        assert!(!sought.is_told(), "another one, of a subagent, and half a row");
        disk.append("s1.jsonl", "\n");
        assert!(sought.is_told());
        assert!(Sought::new(SESSION, &own, None, Some("a"), "toolu_1").is_told());
        assert!(!Sought::new(SESSION, &own, None, Some("b"), "toolu_1").is_told());
    }

    #[test]
    fn a_response_told_of_before_and_after_a_pass_counts_once() {
        let disk = Disk::new();
        disk.append("s1.jsonl", &row("m1", 1, ""));
        let known = disk.pass();
        disk.append("s1.jsonl", &row("m1", 1, ""));
        disk.append("s1/subagents/agent-fork.jsonl", &row("m1", 1, ""));
        assert_eq!(disk.cents(Some(&known)), (0, 0));
        disk.append("s1.jsonl", &[row("m1", 3, ""), row("m2", 1, ""), row("m2", 1, "")].concat());
        assert_eq!(disk.cents(Some(&known)), (6, 0), "what it has grown by, and the new one");
    }

    #[test]
    fn a_torn_row_counts_once_it_is_whole() {
        let disk = Disk::new();
        disk.append("s1.jsonl", &row("m1", 1, ""));
        let (known, next) = (disk.pass(), row("m2", 2, ""));
        let (begin, rest) = next.split_at(next.len() / 2);
        disk.append("s1.jsonl", begin);
        assert_eq!(disk.cents(Some(&known)), (0, 0));
        disk.append("s1.jsonl", rest.trim_end());
        assert_eq!(disk.cents(Some(&known)), (4, 0), "without its newline, too");
        disk.append("s1.jsonl", "\n");
        assert_eq!(disk.cents(Some(&known)), (4, 0));
    }

    #[test]
    fn a_file_that_is_another_is_read_anew_and_counts_what_was_not_counted() {
        let disk = Disk::new();
        let old = [row("m1", 1, ""), row("m2", 1, "")].concat();
        disk.append("s1.jsonl", &old);
        let known = disk.pass();
        // Cut, and gone on from there.
        fs::write(disk.path("s1.jsonl"), row("m1", 1, "")).unwrap();
        assert_eq!(disk.cents(Some(&known)), (0, 0));
        disk.append("s1.jsonl", &row("m3", 1, ""));
        assert_eq!(disk.cents(Some(&known)), (2, 0));
        // Written anew, longer than before.
        fs::write(disk.path("s1.jsonl"), [row("m0", 2, ""), old, row("m3", 1, "")].concat()).unwrap();
        assert_eq!(disk.cents(Some(&known)), (6, 0));
    }

    #[test]
    fn what_a_fork_has_copied_is_not_its_own() {
        let disk = Disk::new();
        disk.append("s1.jsonl", &row("m1", 50, r#""requestSessionId":"the first","#));
        disk.append("s1.jsonl", &row("m2", 1, ""));
        assert_eq!(disk.cents(None), (2, 0));
    }

    #[test]
    fn no_more_is_read_than_was_said_and_the_rest_is_told() {
        let disk = Disk::new();
        disk.append("s1.jsonl", &row("m1", 1, ""));
        let known = disk.pass();
        let small = row("m2", 1, "");
        disk.append("s1/subagents/agent-a.jsonl", &small);
        disk.append("s1.jsonl", &row("m3", 1, "").repeat(20));
        let fresh = disk.fresh(Some(&known), small.len() as u64 + 10);
        assert_eq!((fresh.since.all().cents(), fresh.read), (2, small.len() as u64));
        assert_eq!(fresh.unread, row("m3", 1, "").len() as u64 * 20, "of the tail alone");
        let nothing = disk.fresh(Some(&disk.pass()), 0);
        assert_eq!((nothing.unread, nothing.read), (0, 0), "what has not changed is no reading");
    }

    #[test]
    fn no_transcript_is_no_error() {
        let fresh = fresh(SESSION, Path::new("relative"), None, &PriceTable::builtin(), 10);
        assert_eq!(
            (fresh.since, fresh.unread, fresh.failed, fresh.is_strange),
            (Since::default(), 0, 0, false)
        );
    }
}
