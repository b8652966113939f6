//! A whole transcript as a person reads it, from its beginning to its end, whatever its size.

use std::path::Path;

use claudectl_fleet::beat::{Beat, Beats};
use claudectl_transcript::record::Record;
use claudectl_transcript::time::Millis;
use claudectl_transcript::{Line, LineBuf};

use crate::ReadError;
use crate::tail::{self, Event};

/// What was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// Bytes read.
    pub bytes: u64,
    /// Lines that are no rows.
    pub malformed: u64,
    /// Rows that are too long to be held: a tool's answer that nobody reads.
    pub oversized: u64,
}

/// Tells what happened in a session's own transcript, or a subagent's, in the order of its rows.
///
/// Rows from before `since` and from `until` on are not looked into, but for those that have no time. `heard` is told
/// how many bytes were read so far, and of each beat.
///
/// # Errors
/// When the transcript cannot be read.
pub fn each(
    path: &Path,
    subagent: bool,
    window: (Option<Millis>, Option<Millis>),
    mut heard: impl FnMut(u64, Beat),
) -> Result<Passed, ReadError> {
    let (mut beats, mut out, mut passed) = (Beats::new(subagent), Vec::new(), Passed::default());
    let outside =
        |at: Millis| window.0.is_some_and(|since| at < since) || window.1.is_some_and(|until| at >= until);
    let reading = tail::read(path, None, &mut LineBuf::default(), |event| match event {
        Event::Line(Line::Whole(line), offset) => match Record::parse(line) {
            Ok(record) if record.common().and_then(|common| common.at).is_some_and(outside) => {}
            Ok(record) => {
                beats.row(&record, &mut out);
                out.drain(..).for_each(|beat| heard(offset, beat));
            }
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) => passed.malformed += 1,
        },
        Event::Line(Line::Oversized { .. }, _) => passed.oversized += 1,
        // What is still written is no row yet.
        Event::Restart | Event::Remainder(..) => {}
    })
    .map_err(|source| ReadError { path: path.to_path_buf(), source })?;
    Ok(Passed { bytes: reading.bytes, ..passed })
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::beat::What;

    use super::*;

    #[test]
    fn what_lies_in_the_window_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let row = |minute: u8, text: &str| {
            format!(
                "{{\"type\":\"user\",\"timestamp\":\"2026-11-22T07:{minute:02}:00.000Z\",\"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}}}\n"
            )
        };
        let long = format!(
            "{{\"type\":\"user\",\"x\":\"{}\"}}\n",
            "x".repeat(claudectl_transcript::lines::MAX_LINE)
        );
        let rows = [
            row(1, "one"),
            "torn\n\n".to_owned(),
            row(2, "two"),
            long,
            row(3, "three"),
            "{\"type\":\"us".to_owned(),
        ];
        std::fs::write(&path, rows.concat()).unwrap();
        let told = |window| {
            let mut told = Vec::new();
            let passed = each(&path, false, window, |_, beat| {
                if let What::Prompt(text) = beat.what {
                    told.push(text);
                }
            });
            (told, passed.unwrap())
        };
        let (all, passed) = told((None, None));
        assert_eq!(all, ["one", "two", "three"]);
        assert_eq!((passed.malformed, passed.oversized, passed.bytes), (1, 1, rows.concat().len() as u64));
        let second = claudectl_transcript::time::parse_millis(b"2026-11-22T07:02:00.000Z");
        assert_eq!(told((second, None)).0, ["two", "three"]);
        assert_eq!(told((None, second)).0, ["one"]);
        assert!(each(Path::new("/nowhere.jsonl"), false, (None, None), |_, _| {}).is_err());
    }
}
