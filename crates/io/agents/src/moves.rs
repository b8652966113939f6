//! A transcript's rows of a window of time, read from near where the window begins.
//!
//! Rows are appended as they are made, so their times grow but for a few minutes. In a large file the beginning of the
//! window is searched for by looking into it; some of what stands before is read, too, for the calls that were open and
//! the prompt that was given last.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use claudectl_fleet::report::Window;
use claudectl_fleet::report::moves::Moves;
use claudectl_transcript::time::{Millis, parse_millis};
use claudectl_transcript::{Line, LineBuf};
use memchr::{memchr, memmem, memrchr};

use crate::ReadError;
use crate::digests::by_row;
use crate::tail::{self, Event};

/// Files up to this size are read from their beginning.
const SMALL: u64 = 4 << 20;
/// So much is looked at in each place.
const PROBE: usize = 64 * 1024;
/// So much of what stands before the window is read, too.
const BEFORE: u64 = 8 << 20;
/// Rows stand in the file by their times but for this: a response is written when it has ended.
const SLACK_MS: i64 = 60 * 60 * 1000;
/// How a row's time begins. In text inside a row the quotes would be escaped.
const TIME: &[u8] = b"\"timestamp\":\"";
const TIME_BYTES: usize = 24;

/// What happened in a transcript, a subagent's or a session's own, in a window of time.
///
/// `elsewhere` says of a response, by the ledger's key, whether it is billed to another session.
///
/// # Errors
/// When the transcript cannot be read.
pub fn read(
    path: &Path,
    window: Window,
    subagent: bool,
    lines: &mut LineBuf,
    elsewhere: impl FnMut(u64) -> bool,
) -> Result<Moves, ReadError> {
    let mut moves = Moves::new(window, subagent);
    let mut elsewhere = by_row(elsewhere);
    let start = |file: &File, size: u64| start(file, size, window.since);
    tail::read_from(path, lines, start, |event| match event {
        Event::Line(Line::Whole(line), _) => moves.line(line, &mut elsewhere),
        Event::Line(Line::Oversized { .. }, _) => moves.malformed += 1,
        // Whole, but for its newline, or torn: nothing is kept, so it cannot count twice.
        Event::Remainder(line, _) => moves.last_line(line, &mut elsewhere),
        Event::Restart => {}
    })
    .map_err(|source| ReadError { path: path.to_path_buf(), source })?;
    Ok(moves)
}

/// Where to begin: where a line begins, some way before the first row of the window.
fn start(file: &File, size: u64, since: Millis) -> io::Result<u64> {
    if size <= SMALL {
        return Ok(0);
    }
    let early = since.saturating_sub(SLACK_MS);
    let (mut before, mut after) = (0, size);
    while after - before > PROBE as u64 {
        let middle = before + (after - before) / 2;
        // What has no time may be of any: nothing behind it is passed over.
        match latest(file, middle)? {
            Some(at) if at < early => before = middle,
            _ => after = middle,
        }
    }
    line_at(file, before.saturating_sub(BEFORE))
}

/// Where to begin in a file of which either all counts or nothing: at its end if all of it is from before.
pub(crate) fn nothing_since(file: &File, size: u64, since: Millis) -> io::Result<u64> {
    let last = latest(file, size.saturating_sub(PROBE as u64))?;
    Ok(if last.is_some_and(|at| at < since.saturating_sub(SLACK_MS)) { size } else { 0 })
}

/// The latest time in a piece of the file. A row may hold other times than its own, but none that is later.
fn latest(file: &File, offset: u64) -> io::Result<Option<Millis>> {
    let piece = piece(file, offset, PROBE)?;
    let times = memmem::find_iter(&piece, TIME);
    let time = |at: usize| parse_millis(piece.get(at + TIME.len()..at + TIME.len() + TIME_BYTES)?);
    Ok(times.filter_map(time).max())
}

/// The beginning of the line that an offset is in, or of the next one where that begins far before.
pub(crate) fn line_at(file: &File, offset: u64) -> io::Result<u64> {
    let from = offset.saturating_sub(PROBE as u64);
    let before = piece(file, from, usize::try_from(offset - from).unwrap_or(0))?;
    if let Some(at) = memrchr(b'\n', &before) {
        return Ok(from + at as u64 + 1);
    }
    if from == 0 {
        return Ok(0);
    }
    let mut at = offset;
    loop {
        let piece = piece(file, at, PROBE)?;
        match memchr(b'\n', &piece) {
            Some(end) => return Ok(at + end as u64 + 1),
            None if piece.is_empty() => return Ok(at),
            None => at += piece.len() as u64,
        }
    }
}

fn piece(file: &File, offset: u64, most: usize) -> io::Result<Vec<u8>> {
    let mut piece = vec![0; most];
    let mut filled = 0;
    while filled < piece.len() {
        match file.read_at(&mut piece[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    piece.truncate(filled);
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: i64 = 1_795_000_000_000;

    fn row(at: i64, text: &str) -> String {
        let time = claudectl_fleet::session::rfc3339(at).unwrap();
        format!(r#"{{"type":"user","timestamp":"{time}","message":{{"role":"user","content":"{text}"}}}}"#)
            + "\n"
    }

    /// A row a minute, `pad` bytes each.
    fn long(minutes: i64, pad: usize) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let padding = "x".repeat(pad);
        let text: String =
            (0..minutes).map(|at| row(T0 + at * 60_000, &format!("do {at} {padding}"))).collect();
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn read_all(path: &Path, since: i64, until: i64) -> Moves {
        let window = Window { since, until };
        read(path, window, false, &mut LineBuf::default(), |_| false).unwrap()
    }

    #[test]
    fn a_large_file_is_read_from_near_the_window() {
        let (_dir, path) = long(4_000, 10_000);
        let file = File::open(&path).unwrap();
        let size = file.metadata().unwrap().len();
        let since = T0 + 3_000 * 60_000;
        let from = start(&file, size, since).unwrap();
        assert!(from > size / 2 && from < size * 3 / 4 - BEFORE, "{from} of {size}");
        let moves = read_all(&path, since, since + 10 * 60_000);
        assert_eq!((moves.rows, moves.prompts, moves.malformed), (10, 10, 0));
        assert!(moves.asked_first.unwrap().text.starts_with("do 3000 "));
        assert!(moves.asked_before.unwrap().text.starts_with("do 2999 "));
        let all = read_all(&path, i64::MIN, i64::MAX);
        assert_eq!((all.rows, all.asked_before), (4_000, None));
        assert_eq!(read_all(&path, T0 + 9_000 * 60_000, i64::MAX).rows, 0);
    }

    #[test]
    fn lines_longer_than_what_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let long = "y".repeat(3 << 20);
        let text: String =
            (0..8).map(|at| row(T0 + at * 3_600_000 * 24, &format!("do {at} {long}"))).collect();
        std::fs::write(&path, &text).unwrap();
        for day in 0..8 {
            let since = T0 + day * 3_600_000 * 24;
            assert_eq!(read_all(&path, since, since + 1).rows, 1, "{day}");
        }
        let file = File::open(&path).unwrap();
        for offset in [0, 1, 100_000, 4 << 20, text.len() as u64 - 1, text.len() as u64] {
            let at = usize::try_from(line_at(&file, offset).unwrap()).unwrap();
            assert!(at == 0 || text.as_bytes()[at - 1] == b'\n', "{offset}");
        }
    }

    #[test]
    fn a_row_without_its_newline_counts_and_a_torn_one_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let (one, two) = (row(T0, "one"), row(T0 + 1, "two"));
        std::fs::write(&path, [one.as_str(), two.trim_end()].concat()).unwrap();
        assert_eq!(read_all(&path, T0, T0 + 9).prompts, 2);
        std::fs::write(&path, [one.as_str(), &two[..40]].concat()).unwrap();
        let moves = read_all(&path, T0, T0 + 9);
        assert_eq!((moves.prompts, moves.malformed), (1, 0));
    }
}
