//! What stands behind the last newline of a transcript: a row that is being written, or no row at all.
//!
//! A row that a client was killed over looks as one that is being written, and may still be finished, so
//! it is never called damaged. What does not even begin as a row cannot become one.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use serde_json::Value;

/// So much shows how a row begins; nobody puts more blanks before it.
const HEAD: usize = 4096;

/// Whether what stands in the file from `offset` on can never be a row. It is asked of the file anew each
/// time: once a newline follows, the line is counted as any other.
///
/// # Errors
/// When the file cannot be read.
pub fn is_no_row(path: &Path, offset: u64) -> io::Result<bool> {
    // Not to hang on a pipe that took the file's place.
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(path)?;
    let mut head = [0; HEAD];
    let count = file.read_at(&mut head, offset)?;
    Ok(!begins_as_row(&head[..count]))
}

/// So much of a transcript's end is looked through for a call's result.
const LOOKED_THROUGH: u64 = 256 << 10;

/// Who decided on a call, in the client's own word (`hook`, `config`, `user_temporary`, `user_reject`, ...), as the row
/// of its result says; `None` where there is no such row at the transcript's end, or it says nothing of that.
#[must_use]
pub fn decided_by(transcript: &Path, call: &str) -> Option<String> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(transcript).ok()?;
    let meta = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mut end = vec![0; usize::try_from(meta.len().min(LOOKED_THROUGH)).ok()?];
    let from = meta.len() - end.len() as u64;
    file.read_exact_at(&mut end, from).ok()?;
    let rows = end.split(|byte| *byte == b'\n').rev();
    let mut rows = rows.filter(|row| memchr::memmem::find(row, call.as_bytes()).is_some());
    rows.find_map(|row| {
        let row: serde_json::Value = serde_json::from_slice(row).ok()?;
        row["permissionDecision"]["source"].as_str().map(str::to_owned)
    })
}

/// So much of a transcript's end is looked through for what became of calls lately.
const LATELY: u64 = 1 << 20;

/// What a row says of a call's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The call.
    pub call: String,
    /// Who decided, in the client's own word: `config`, `user_temporary`, `user_permanent`, `user_reject`, `hook` ...; `None`
    /// where its version does not write it.
    pub source: Option<String>,
    /// A person has turned it down: said No, or pressed Esc in its dialog.
    pub rejected: bool,
    /// When the row was made, milliseconds since the epoch.
    pub at: Option<i64>,
}

/// What the end of a transcript says of these calls; of one that stands before that, nothing.
///
/// # Errors
/// When the file cannot be read.
pub fn settled(transcript: &Path, calls: &HashSet<&str>) -> io::Result<Vec<Settled>> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(transcript)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Vec::new());
    }
    let mut end = vec![0; usize::try_from(meta.len().min(LATELY)).unwrap_or_default()];
    let from = meta.len() - end.len() as u64;
    file.read_exact_at(&mut end, from)?;
    let result = memchr::memmem::Finder::new(b"\"tool_result\"");
    let rows = end.split(|byte| *byte == b'\n').filter(|row| result.find(row).is_some());
    Ok(rows.filter_map(|row| settled_by(row, calls)).collect())
}

fn settled_by(row: &[u8], calls: &HashSet<&str>) -> Option<Settled> {
    let row: Value = serde_json::from_slice(row).ok()?;
    let blocks = row["message"]["content"].as_array()?;
    let call =
        blocks.iter().find_map(|block| block["tool_use_id"].as_str().filter(|id| calls.contains(id)))?;
    let source = row["permissionDecision"]["source"].as_str();
    let rejected = row["toolDenialKind"] == "user-rejected" || source == Some("user_reject");
    let at = row["timestamp"].as_str().and_then(|at| claudectl_transcript::time::parse_millis(at.as_bytes()));
    Some(Settled { call: call.to_owned(), source: source.map(str::to_owned), rejected, at })
}

/// `{`, then a name in quotes (or nothing); so far as there is anything.
fn begins_as_row(bytes: &[u8]) -> bool {
    let mut telling = bytes.iter().filter(|byte| !b" \t\r\n".contains(byte));
    telling.next().is_none_or(|byte| *byte == b'{')
        && telling.next().is_none_or(|byte| matches!(byte, b'"' | b'}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_become_a_row() {
        for text in ["", "  ", "{", " { ", "{\"", "{ \"type\":", "{}", "\r\n\t{\"a\""] {
            assert!(begins_as_row(text.as_bytes()), "{text:?}");
        }
        for text in [&b"x"[..], b"\x1f\x8b", b"\xff\xfe{\0", b"{\0\"\0", b"\0{", b"[", b"null", b"{x"] {
            assert!(!begins_as_row(text), "{text:?}");
        }
    }

    #[test]
    fn what_became_of_calls_stands_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let row = |call: &str, more: &str| {
            format!(
                r#"{{"timestamp":"2026-11-24T12:00:00.000Z","message":{{"content":[{{"type":"tool_result","tool_use_id":"{call}"}}]}}{more}}}"#
            )
        };
        let rows = [
            row("t1", r#","permissionDecision":{"decision":"accept","source":"user_permanent"}"#),
            row("t2", r#","toolDenialKind":"user-rejected","permissionDecision":{"source":"user_reject"}"#),
            row("t3", r#","toolDenialKind":"user-rejected""#),
            row("t4", ""),
            row("other", r#","permissionDecision":{"source":"config"}"#),
            "\"tool_result\" torn".to_owned(),
        ];
        std::fs::write(&path, rows.join("\n")).unwrap();
        let calls = HashSet::from(["t1", "t2", "t3", "t4"]);
        let found = settled(&path, &calls).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.call.as_str(), one.source.as_deref(), one.rejected, one.at))
            .collect();
        let at = Some(1_795_521_600_000);
        assert_eq!(
            found,
            [
                ("t1", Some("user_permanent"), false, at),
                ("t2", Some("user_reject"), true, at),
                ("t3", None, true, at),
                ("t4", None, false, at),
            ]
        );
        assert!(settled(&dir.path().join("none"), &calls).is_err());
    }

    #[test]
    fn who_decided_stands_in_the_row_of_the_result() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let row = |call: &str, source: &str| {
            format!(
                r#"{{"message":{{"content":[{{"tool_use_id":"{call}"}}]}},"permissionDecision":{{"source":"{source}"}}}}"#
            )
        };
        std::fs::write(&path, format!("half a row\n{}\n{}\n", row("t1", "hook"), row("t2", "user_reject")))
            .unwrap();
        assert_eq!(decided_by(&path, "t1").as_deref(), Some("hook"));
        assert_eq!(decided_by(&path, "t2").as_deref(), Some("user_reject"));
        assert_eq!((decided_by(&path, "t3"), decided_by(dir.path(), "t1")), (None, None));
    }

    #[test]
    fn only_what_is_behind_the_offset_is_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "noise\n{\"type\"").unwrap();
        assert!(is_no_row(&path, 0).unwrap());
        assert!(!is_no_row(&path, 6).unwrap());
        assert!(!is_no_row(&path, 99).unwrap());
        assert!(is_no_row(&dir.path().join("gone"), 0).is_err());
    }
}
