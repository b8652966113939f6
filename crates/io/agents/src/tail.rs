//! Reading what is new in a file, line by line.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use claudectl_transcript::tail::{Mark, Plan, Stamp, plan};
use claudectl_transcript::{Line, LineBuf};

/// How a reading began and where it ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// What `stat` said when the file was opened.
    pub(crate) stamp: Stamp,
    /// How far it was read.
    pub(crate) mark: Mark,
    /// It was read from the start though it had been read before.
    pub(crate) restarted: bool,
    /// Bytes read.
    pub(crate) bytes: u64,
}

/// What a reader is told.
pub(crate) enum Event<'a> {
    /// Forget what an earlier reading brought: the file is read from the start.
    Restart,
    /// A whole line and its offset.
    Line(Line<'a>, u64),
    /// What stands behind the last newline, and its offset. It is told again, longer, next time.
    Remainder(&'a [u8], u64),
}

/// Reads a file from where it was left, or from the start if it is not the file it was.
pub(crate) fn read(
    path: &Path,
    before: Option<(&Stamp, &Mark)>,
    lines: &mut LineBuf,
    mut tell: impl FnMut(Event<'_>),
) -> io::Result<Reading> {
    let file = OpenFile::open(path, before)?;
    if file.restarted {
        tell(Event::Restart);
    }
    let bytes = file.read_to_end(lines, &mut tell)?;
    let OpenFile { stamp, restarted, .. } = file;
    Ok(Reading { stamp, mark: file.mark(lines.offset())?, restarted, bytes })
}

/// Reads a file from the offset that `start` chooses, which must be where a line begins. Returns the bytes read.
pub(crate) fn read_from(
    path: &Path,
    lines: &mut LineBuf,
    start: impl FnOnce(&File, u64) -> io::Result<u64>,
    mut tell: impl FnMut(Event<'_>),
) -> io::Result<u64> {
    let mut file = OpenFile::open(path, None)?;
    file.from = start(&file.file, file.stamp.size)?;
    file.read_to_end(lines, &mut tell)
}

/// A file that is read on from a place.
#[derive(Debug)]
pub(crate) struct OpenFile {
    file: File,
    /// What `stat` said when it was opened.
    pub(crate) stamp: Stamp,
    /// Where reading begins.
    pub(crate) from: u64,
    /// It is not the file it was, and is read from the start.
    pub(crate) restarted: bool,
}

impl OpenFile {
    pub(crate) fn open(path: &Path, before: Option<(&Stamp, &Mark)>) -> io::Result<Self> {
        // Not to hang on a pipe that took a file's place since it was listed.
        let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(nonblock).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let stamp = crate::walk::stamp(&metadata);
        let from = before.map_or(Ok(0), |(old, mark)| continue_from(&file, old, mark, &stamp))?;
        Ok(Self { file, stamp, from, restarted: before.is_some() && from == 0 })
    }

    /// The file, to be read in another way.
    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// Tells of each line, until told to break off. Returns how many bytes were read.
    pub(crate) fn read(
        &self,
        lines: &mut LineBuf,
        mut tell: impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> io::Result<u64> {
        lines.restart(self.from);
        let mut file = &self.file;
        io::Seek::seek(&mut file, io::SeekFrom::Start(self.from))?;
        let mut bytes = 0;
        loop {
            let count = match io::Read::read(&mut file, lines.space()) {
                Ok(0) => return Ok(bytes),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            bytes += count as u64;
            lines.filled(count);
            loop {
                let offset = lines.offset();
                let Some(line) = lines.next_line() else { break };
                if tell(Event::Line(line, offset)).is_break() {
                    return Ok(bytes);
                }
            }
        }
    }

    /// Tells of each line, and of what stands behind the last newline. Returns how many bytes were read.
    fn read_to_end(&self, lines: &mut LineBuf, tell: &mut impl FnMut(Event<'_>)) -> io::Result<u64> {
        let bytes = self.read(lines, |event| {
            tell(event);
            ControlFlow::Continue(())
        })?;
        if !lines.remainder().is_empty() {
            tell(Event::Remainder(lines.remainder(), lines.offset()));
        }
        Ok(bytes)
    }

    /// The mark for an offset.
    pub(crate) fn mark(&self, offset: u64) -> io::Result<Mark> {
        let place = Mark { offset, ..Mark::default() };
        let head = bytes(&self.file, 0, place.head_end())?;
        let anchor = bytes(&self.file, place.anchor_start(), offset)?;
        Ok(Mark::new(offset, &head, &anchor))
    }
}

fn continue_from(file: &File, old: &Stamp, mark: &Mark, now: &Stamp) -> io::Result<u64> {
    match plan(old, mark, now) {
        Plan::Restart => Ok(0),
        Plan::Unchanged => Ok(mark.offset),
        Plan::Continue => {
            let head = bytes(file, 0, mark.head_end())?;
            let anchor = bytes(file, mark.anchor_start(), mark.offset)?;
            Ok(if mark.holds(&head, &anchor) { mark.offset } else { 0 })
        }
    }
}

/// The bytes of a range; fewer if the file has become shorter, which no hash will then match.
fn bytes(file: &File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; usize::try_from(end - start).unwrap_or(0)];
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], start + filled as u64)? {
            0 => break,
            count => filled += count,
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    /// Reads a file as a caller does, keeping lines and starting over when told to.
    #[derive(Default)]
    struct Reader {
        before: Option<(Stamp, Mark)>,
        lines: Vec<Vec<u8>>,
    }

    impl Reader {
        fn read(&mut self, path: &Path) -> Reading {
            let before = self.before.as_ref().map(|(stamp, mark)| (stamp, mark));
            let lines = &mut self.lines;
            let reading = read(path, before, &mut LineBuf::default(), |event| match event {
                Event::Restart => lines.clear(),
                Event::Line(Line::Whole(line), _) => lines.push(line.to_vec()),
                Event::Line(Line::Oversized { .. }, _) | Event::Remainder(..) => {}
            });
            let reading = reading.unwrap();
            self.before = Some((reading.stamp, reading.mark));
            reading
        }
    }

    fn whole_lines(bytes: &[u8]) -> Vec<Vec<u8>> {
        let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        bytes[..end]
            .split_inclusive(|&byte| byte == b'\n')
            .map(|line| line[..line.len() - 1].to_vec())
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_appends_give_each_line_once(
            pieces in prop::collection::vec(prop::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')], 0..80), 1..8),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("t.jsonl");
            let mut reader = Reader::default();
            for piece in &pieces {
                let mut file = File::options().create(true).append(true).open(&path).unwrap();
                file.write_all(piece).unwrap();
                reader.read(&path);
            }
            prop_assert_eq!(reader.lines, whole_lines(&pieces.concat()));
        }

        #[test]
        fn any_replacement_gives_the_new_lines(
            old in prop::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')], 0..200),
            new in prop::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'\n')], 0..200),
            in_place in any::<bool>(),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("t.jsonl");
            std::fs::write(&path, &old).unwrap();
            let mut reader = Reader::default();
            reader.read(&path);
            if in_place {
                std::fs::write(&path, &new).unwrap();
            } else {
                let other = dir.path().join("other");
                std::fs::write(&other, &new).unwrap();
                std::fs::rename(&other, &path).unwrap();
            }
            reader.read(&path);
            prop_assert_eq!(reader.lines, whole_lines(&new));
        }
    }

    #[test]
    fn a_moved_file_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        std::fs::write(&a, "one\n").unwrap();
        let mut reader = Reader::default();
        reader.read(&a);
        std::fs::rename(&a, &b).unwrap();
        std::fs::OpenOptions::new().append(true).open(&b).unwrap().write_all(b"two\n").unwrap();
        let reading = reader.read(&b);
        assert!(!reading.restarted);
        assert_eq!((reader.lines, reading.bytes), (vec![b"one".to_vec(), b"two".to_vec()], 4));
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        assert!(read(&path, None, &mut LineBuf::default(), |_| {}).is_err());
    }
}
