//! Any file, read in any pieces: lines are neither lost nor doubled, nothing panics, a scanner that has
//! seen other rows says what a fresh one says, and both readers agree on what a row bills.

#![no_main]

use claudectl_transcript::passage::{PassageReader, Role};
use claudectl_transcript::record::{Block, Record};
use claudectl_transcript::{Line, LineBuf, Scanned, Scanner, SYNTHETIC_MODEL, scan_line};
use libfuzzer_sys::fuzz_target;

/// Longer lines are cut, so that the fuzzer reaches that path, too.
const LIMIT: usize = 2048;

fuzz_target!(|data: &[u8]| {
    let Some((&step, file)) = data.split_first() else { return };
    let lines = split(file, usize::from(step) + 1);
    let expected = whole_lines(file);
    assert_eq!(lines.len(), expected.len(), "as many lines as newlines");
    let mut scanner = Scanner::default();
    for ((head, length), line) in lines.iter().zip(expected) {
        assert_eq!(*length, line.len() as u64);
        assert_eq!(head.as_slice(), &line[..line.len().min(LIMIT)]);
        scan(&mut scanner, line);
        passages(line);
    }
});

/// The file's lines as a reader gets them that reads `step` bytes at a time.
fn split(file: &[u8], step: usize) -> Vec<(Vec<u8>, u64)> {
    let mut buffer = LineBuf::new(LIMIT);
    let mut lines = Vec::new();
    let mut rest = file;
    while !rest.is_empty() {
        let space = buffer.space();
        let count = step.min(space.len()).min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        buffer.filled(count);
        rest = &rest[count..];
        while let Some(line) = buffer.next_line() {
            lines.push(match line {
                Line::Whole(text) => (text.to_vec(), text.len() as u64),
                Line::Oversized { head, len } => (head.to_vec(), len),
            });
        }
    }
    lines
}

fn whole_lines(file: &[u8]) -> Vec<&[u8]> {
    let end = memchr::memrchr(b'\n', file).map_or(0, |at| at + 1);
    file[..end].split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len() - 1]).collect()
}

fn scan(warm: &mut Scanner, line: &[u8]) {
    let mut rows = Vec::new();
    scan_line(line, |row| rows.push(row));
    let mut again = Vec::new();
    warm.line(line, |row| again.push(row));
    assert_eq!(rows, again, "earlier lines change nothing");
    agree(&rows, line);
}

/// Replies that the thorough reader sees are told as they are.
fn passages(line: &[u8]) {
    let mut told = Vec::new();
    PassageReader::default().line(line, |passage| {
        if passage.role == Role::Reply {
            told.push(passage.text.to_owned());
        }
    });
    // Keys are taken as they are written, and of two with one name another one counts.
    if line.contains(&b'\\') {
        return;
    }
    if let Ok(Record::Assistant(row)) = Record::parse(line)
        && let [Block::Text(text)] = &row.blocks[..]
        && !text.trim_ascii().is_empty()
    {
        assert_eq!(told, [text.as_ref()]);
    }
}

/// What the quick reader bills is what the thorough one reads.
fn agree(rows: &[Scanned<'_>], line: &[u8]) {
    let Ok(record) = Record::parse(line) else { return };
    // The quick reader takes keys as they are written; Claude Code escapes nothing in them.
    let (Record::Assistant(slow), [Scanned::Response(quick)], false) =
        (record, rows, line.contains(&b'\\'))
    else {
        return;
    };
    if slow.model.as_deref() == Some(SYNTHETIC_MODEL) {
        return;
    }
    if let Some(usage) = slow.usage {
        assert_eq!(usage, quick.usage);
        assert_eq!(slow.id.as_deref().unwrap_or_default().as_bytes(), quick.id.unwrap_or_default());
        assert_eq!(slow.common.at, quick.timestamp);
        assert_eq!(slow.stop_reason.is_some(), quick.ended);
    }
}
