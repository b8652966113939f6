//! What is new in transcripts, as passages for a search.
//!
//! Which files have something new is [found out](look) first, and whether each goes on where it was left. Then each is
//! [read](Reader::read) in pieces, of which every one says how far it goes: whoever takes them in can stop at any.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use claudectl_search::cut::{Chunk, Cutter};
use claudectl_transcript::tail::{Mark, Plan, Stamp, plan};
use claudectl_transcript::{Line, LineBuf};

use crate::ReadError;
use crate::tail::{Event, OpenFile};
use crate::walk::Found;

/// A transcript that was taken in before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub id: i64,
    /// Its path, as bytes.
    pub path: Vec<u8>,
    /// What `stat` said when it was taken in.
    pub stamp: Stamp,
    /// How far it was.
    pub mark: Mark,
}

/// A transcript with something new.
#[derive(Debug, Clone)]
pub struct Job {
    /// The file.
    pub found: Found,
    /// Its number, if it was taken in before.
    pub known: Option<i64>,
    /// It stands under another name than it did.
    pub moved: bool,
    /// It is not the file it was: what was taken in of it is to be taken out, before anything of it is read.
    pub restarted: bool,
    /// What was known of it; `None` where it is read from the beginning.
    before: Option<(Stamp, Mark)>,
}

impl Job {
    /// Bytes to read.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.found.stamp.size.saturating_sub(self.before.map_or(0, |(_, mark)| mark.offset))
    }
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Work {
    /// Transcripts with something new: those that go on first, then the oldest, so that what was copied is met after
    /// what it was copied from.
    pub jobs: Vec<Job>,
    /// Known transcripts that were not found, by number.
    pub missing: Vec<(i64, PathBuf)>,
    /// Known transcripts that are as they were, by number.
    pub unchanged: Vec<i64>,
}

/// Finds out what is new.
#[must_use]
pub fn look(found: Vec<Found>, known: Vec<Known>) -> Work {
    let mut known: HashMap<Vec<u8>, Known> =
        known.into_iter().map(|file| (file.path.clone(), file)).collect();
    let mut work = Work::default();
    let mut new = Vec::new();
    for found in found {
        match known.remove(found.path.as_os_str().as_bytes()) {
            Some(old) if old.stamp == found.stamp => work.unchanged.push(old.id),
            Some(old) => work.jobs.push(job(found, Some((old, false)))),
            None => new.push(found),
        }
    }
    let mut gone: HashMap<(u64, u64), Known> = HashMap::new();
    for file in known.into_values() {
        if file.stamp.ino == 0 || new.is_empty() {
            work.missing.push((file.id, path(&file)));
        } else if let Some(other) = gone.insert((file.stamp.dev, file.stamp.ino), file) {
            work.missing.push((other.id, path(&other)));
        }
    }
    for found in new {
        // A file that moved keeps its inode: it is gone there and new here.
        let old = gone.remove(&(found.stamp.dev, found.stamp.ino));
        work.jobs.push(job(found, old.map(|old| (old, true))));
    }
    work.missing.extend(gone.into_values().map(|file| (file.id, path(&file))));
    work.jobs.sort_by_key(|job| (job.before.is_none(), job.found.born_ms, job.found.stamp.mtime_ns));
    work
}

fn path(file: &Known) -> PathBuf {
    PathBuf::from(std::ffi::OsStr::from_bytes(&file.path))
}

fn job(found: Found, known: Option<(Known, bool)>) -> Job {
    let Some((old, moved)) = known else {
        return Job { found, known: None, moved: false, restarted: false, before: None };
    };
    let (stamp, mark) = (old.stamp, old.mark);
    // What cannot be opened now is told of when it is read.
    let goes_on = || match plan(&stamp, &mark, &found.stamp) {
        Plan::Unchanged => true,
        Plan::Restart => false,
        Plan::Continue => {
            OpenFile::open(&found.path, Some((&stamp, &mark))).is_ok_and(|file| !file.restarted)
        }
    };
    let begun = mark.offset > 0;
    let goes_on = begun && goes_on();
    let (restarted, before) = (begun && !goes_on, goes_on.then_some((stamp, mark)));
    Job { found, known: Some(old.id), moved, restarted, before }
}

/// A part of a transcript.
#[derive(Debug)]
pub struct Part {
    /// Its passages; may be empty.
    pub chunk: Chunk,
    /// The session that its rows name.
    pub session: Option<String>,
    /// What `stat` said of the file.
    pub stamp: Stamp,
    /// How far it has been read.
    pub mark: Mark,
    /// The file has been read to its end.
    pub done: bool,
    /// Lines in this part that were too long to be held.
    pub too_long: u64,
    /// Bytes from the part before to here.
    pub bytes: u64,
}

/// A part ends with so many bytes of the file, even if nothing was said in them.
const PART_BYTES: u64 = 16 << 20;

/// Reads transcripts; keeps its memory from one to the next.
#[derive(Debug, Default)]
pub struct Reader {
    lines: LineBuf,
    cutter: Cutter,
}

impl Reader {
    /// Reads what is new in a transcript and hands it to `take`, part by part, until it breaks off.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        &mut self,
        job: &Job,
        mut take: impl FnMut(Part) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.try_read(job, &mut take).map_err(|source| ReadError { path: job.found.path.clone(), source })
    }

    fn try_read(&mut self, job: &Job, take: &mut impl FnMut(Part) -> ControlFlow<()>) -> std::io::Result<()> {
        let before = job.before.as_ref().map(|(stamp, mark)| (stamp, mark));
        let file = OpenFile::open(&job.found.path, before)?;
        if file.restarted {
            // It was replaced since it was looked at: the next pass will see that.
            return Ok(());
        }
        let Self { lines, cutter } = self;
        cutter.restart();
        let (mut from, mut begun) = (file.from, file.from);
        let (mut too_long, mut failed, mut stopped) = (0, None, false);
        let mut part = |cutter: &mut Cutter, too_long: &mut u64, end: u64, done: bool| {
            let mark = file.mark(end)?;
            let session = cutter.session().map(str::to_owned);
            let (chunk, bytes) = (cutter.take(), end - from);
            from = end;
            let too_long = std::mem::take(too_long);
            Ok(take(Part { chunk, session, stamp: file.stamp, mark, done, too_long, bytes }))
        };
        file.read(lines, |event| {
            let Event::Line(line, start) = event else { return ControlFlow::Continue(()) };
            let length = match line {
                Line::Whole(line) => {
                    cutter.line(line);
                    line.len() as u64
                }
                Line::Oversized { len, .. } => {
                    too_long += 1;
                    len
                }
            };
            let end = start + length + 1;
            if !cutter.is_full() && end - begun < PART_BYTES {
                return ControlFlow::Continue(());
            }
            begun = end;
            let taken = part(cutter, &mut too_long, end, false);
            let flow = taken.unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            });
            stopped |= flow.is_break();
            flow
        })?;
        match failed {
            Some(error) => Err(error),
            None if stopped => Ok(()),
            None => part(cutter, &mut too_long, lines.offset(), true).map(|_: ControlFlow<()>| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk;
    use std::io::Write;
    use std::path::Path;

    fn prompt(text: &str) -> String {
        format!("{{\"type\":\"user\",\"sessionId\":\"s\",\"message\":{{\"content\":\"{text}\"}}}}\n")
    }

    fn append(path: &Path, text: &str) {
        let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Takes in what is new, as a caller does.
    #[derive(Default)]
    struct Taken {
        known: Vec<Known>,
        texts: Vec<(i64, String)>,
    }

    impl Taken {
        fn pass(&mut self, root: &Path, most: usize) -> Work {
            let found = walk::transcripts(&[root.to_path_buf()], 1).files;
            let work = look(found, self.known.clone());
            let mut reader = Reader::default();
            for job in &work.jobs {
                let id = job.known.unwrap_or(self.known.len() as i64);
                if job.restarted {
                    self.texts.retain(|(file, _)| *file != id);
                }
                let mut parts = 0;
                let read = reader.read(job, |part| {
                    let stamp = if part.done {
                        part.stamp
                    } else {
                        Stamp { size: part.mark.offset - 1, mtime_ns: 0, ..part.stamp }
                    };
                    let path = job.found.path.as_os_str().as_bytes().to_vec();
                    self.known.retain(|known| known.id != id);
                    self.known.push(Known { id, path, stamp, mark: part.mark });
                    self.texts.push((id, part.chunk.text));
                    parts += 1;
                    if parts < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                });
                read.unwrap();
            }
            work
        }

        fn text(&self) -> String {
            self.texts.iter().map(|(_, text)| text.as_str()).collect()
        }
    }

    #[test]
    fn a_growing_file_goes_on_and_a_rewritten_one_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("projects/-w/s.jsonl");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        append(&path, &prompt("one"));
        let mut taken = Taken::default();
        taken.pass(dir.path(), usize::MAX);
        append(&path, &prompt("two"));
        append(&path, "{\"torn\":");
        let work = taken.pass(dir.path(), usize::MAX);
        assert_eq!((work.jobs.len(), work.jobs[0].restarted), (1, false));
        assert_eq!(taken.text(), "onetwo");
        let moved = path.with_file_name("t.jsonl");
        std::fs::rename(&path, &moved).unwrap();
        append(&moved, &format!("\"\"}}\n{}", prompt("three")));
        let work = taken.pass(dir.path(), usize::MAX);
        assert!(work.jobs[0].moved && !work.jobs[0].restarted && work.missing.is_empty());
        assert_eq!(taken.text(), "onetwothree");
        assert_eq!(taken.pass(dir.path(), usize::MAX).unchanged.len(), 1);
        std::fs::write(&moved, prompt("four")).unwrap();
        assert!(taken.pass(dir.path(), usize::MAX).jobs[0].restarted);
        assert_eq!(taken.text(), "four");
        std::fs::remove_file(&moved).unwrap();
        assert_eq!(taken.pass(dir.path(), usize::MAX).missing.len(), 1);
    }

    #[test]
    fn whoever_breaks_off_goes_on_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("projects/-w/s.jsonl");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let word = |number: usize| format!("w{number} {}", "filler ".repeat(1000));
        (0..20).for_each(|number| append(&path, &prompt(&word(number))));
        append(&path, &format!("{}\n", "x".repeat(claudectl_transcript::lines::MAX_LINE + 1)));
        append(&path, &prompt("end"));
        let mut whole = Taken::default();
        whole.pass(dir.path(), usize::MAX);
        let mut bit_by_bit = Taken::default();
        while !bit_by_bit.pass(dir.path(), 1).jobs.is_empty() {}
        assert!(bit_by_bit.texts.len() > 2);
        assert_eq!(whole.text(), bit_by_bit.text());
        assert!(whole.text().ends_with("end"));
    }
}
