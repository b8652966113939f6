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

/// So much of a transcript's end is looked through for what became of calls lately.
const LATELY: u64 = 1 << 20;

/// Who turned a call down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedDown {
    /// A person: said No, or pressed Esc in its dialog.
    Person,
    /// Claude Code itself, because nobody could be asked. Its row calls that `user-rejected`, too.
    Nobody,
}

/// What a row says of a call's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The call.
    pub call: String,
    /// Who decided, in the client's own word: `config`, `user_temporary`, `user_permanent`, `user_reject`, `hook` ...; `None`
    /// where its version does not write it.
    pub source: Option<String>,
    /// Who has turned it down, where somebody has.
    pub turned_down: Option<TurnedDown>,
    /// It is an error: the call failed, or was not made.
    pub failed: bool,
    /// When the row was made, milliseconds since the epoch.
    pub at: Option<i64>,
}

/// What the end of a transcript says of these calls; of one that stands before that, nothing.
///
/// # Errors
/// When the file cannot be read.
pub fn settled(transcript: &Path, calls: &HashSet<&str>) -> io::Result<Vec<Settled>> {
    let end = end_of(transcript)?;
    let result = memchr::memmem::Finder::new(b"\"tool_result\"");
    let rows = end.split(|byte| *byte == b'\n').filter(|row| result.find(row).is_some());
    Ok(rows.filter_map(|row| settled_by(row, calls)).collect())
}

/// A call as a row has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// The call.
    pub call: String,
    /// The tool.
    pub tool: String,
    /// What it was called with.
    pub input: Value,
}

/// These calls as they stand at the end of a transcript, in their order, each once; one that stands before that is not
/// found.
///
/// # Errors
/// When the file cannot be read.
pub fn called(transcript: &Path, calls: &HashSet<&str>) -> io::Result<Vec<Called>> {
    let end = end_of(transcript)?;
    let call = memchr::memmem::Finder::new(b"\"tool_use\"");
    let mut found: Vec<Called> = Vec::new();
    for row in end.split(|byte| *byte == b'\n').filter(|row| call.find(row).is_some()) {
        let Ok(row) = serde_json::from_slice::<Value>(row) else { continue };
        if row["type"] != "assistant" {
            continue;
        }
        for block in row["message"]["content"].as_array().into_iter().flatten() {
            let (Some(id), Some(tool)) = (block["id"].as_str(), block["name"].as_str()) else { continue };
            // A row is written again as its message grows.
            if block["type"] == "tool_use" && calls.contains(id) && !found.iter().any(|one| one.call == id) {
                found.push(Called {
                    call: id.to_owned(),
                    tool: tool.to_owned(),
                    input: block["input"].clone(),
                });
            }
        }
    }
    Ok(found)
}

fn end_of(transcript: &Path) -> io::Result<Vec<u8>> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(transcript)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Ok(Vec::new());
    }
    let mut end = vec![0; usize::try_from(meta.len().min(LATELY)).unwrap_or_default()];
    let from = meta.len() - end.len() as u64;
    file.read_exact_at(&mut end, from)?;
    Ok(end)
}

fn settled_by(row: &[u8], calls: &HashSet<&str>) -> Option<Settled> {
    let row: Value = serde_json::from_slice(row).ok()?;
    // What was sent to the API is kept too, and says nothing of who decided.
    if row["type"] != "user" {
        return None;
    }
    let blocks = row["message"]["content"].as_array()?;
    let is_of = |block: &&Value| block["tool_use_id"].as_str().is_some_and(|id| calls.contains(id));
    let block = blocks.iter().find(is_of)?;
    let source = row["permissionDecision"]["source"].as_str();
    let headless = || row["entrypoint"].as_str().is_some_and(|word| word.starts_with("sdk"));
    let turned_down = match source {
        Some("user_reject") => Some(TurnedDown::Person),
        _ if row["toolDenialKind"] != "user-rejected" => None,
        Some("config") => Some(TurnedDown::Nobody),
        None if headless() => Some(TurnedDown::Nobody),
        Some(_) | None => Some(TurnedDown::Person),
    };
    let at = row["timestamp"].as_str().and_then(|at| claudectl_transcript::time::parse_millis(at.as_bytes()));
    Some(Settled {
        call: block["tool_use_id"].as_str()?.to_owned(),
        source: source.map(str::to_owned),
        turned_down,
        failed: block["is_error"] == true,
        at,
    })
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
    fn a_call_is_found_with_its_input_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let row = |kind: &str, id: &str, input: &str| {
            format!(
                r#"{{"type":"{kind}","message":{{"content":[{{"type":"text","text":"x"}},{{"type":"tool_use","id":"{id}","name":"Bash","input":{input}}}]}}}}"#
            )
        };
        let rows = [
            row("assistant", "t1", r#"{"command":"ls"}"#),
            row("assistant", "t1", r#"{"command":"grown"}"#),
            row("user", "t2", "{}"),
            "{\"tool_use\" torn".to_owned(),
            row("assistant", "t3", r#"{"a":[1]}"#),
        ];
        std::fs::write(&path, rows.join("\n")).unwrap();
        let found = called(&path, &["t1", "t2", "t3", "t9"].into()).unwrap();
        let found: Vec<(String, String)> =
            found.into_iter().map(|one| (one.call, one.input.to_string())).collect();
        let expected = [("t1", r#"{"command":"ls"}"#), ("t3", r#"{"a":[1]}"#)];
        assert_eq!(found, expected.map(|(id, input)| (id.to_owned(), input.to_owned())));
    }

    #[test]
    fn what_became_of_calls_stands_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let row = |call: &str, more: &str| {
            format!(
                r#"{{"type":"user","timestamp":"2026-11-24T12:00:00.000Z","message":{{"content":[{{"type":"tool_result","tool_use_id":"{call}"}}]}}{more}}}"#
            )
        };
        let rows = [
            row("t1", r#","permissionDecision":{"decision":"accept","source":"user_permanent"}"#),
            row("t2", r#","toolDenialKind":"user-rejected","permissionDecision":{"source":"user_reject"}"#),
            row("t3", r#","toolDenialKind":"user-rejected""#),
            row("t4", ""),
            row("t5", r#","toolDenialKind":"user-rejected","permissionDecision":{"source":"config"}"#),
            row("t6", r#","toolDenialKind":"user-rejected","entrypoint":"sdk-cli""#),
            row("t7", r#","toolDenialKind":"permission-rule","permissionDecision":{"source":"hook"}"#)
                .replace(r#""t7""#, r#""t7","is_error":true"#),
            row("other", r#","permissionDecision":{"source":"config"}"#),
            "\"tool_result\" torn".to_owned(),
            row("t8", "").replace(r#""user""#, r#""api-request-blob""#),
        ];
        std::fs::write(&path, rows.join("\n")).unwrap();
        let calls = HashSet::from(["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"]);
        let found = settled(&path, &calls).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.call.as_str(), one.source.as_deref(), one.turned_down, one.failed))
            .collect();
        let (person, nobody) = (Some(TurnedDown::Person), Some(TurnedDown::Nobody));
        assert_eq!(
            found,
            [
                ("t1", Some("user_permanent"), None, false),
                ("t2", Some("user_reject"), person, false),
                ("t3", None, person, false),
                ("t4", None, None, false),
                ("t5", Some("config"), nobody, false),
                ("t6", None, nobody, false),
                ("t7", Some("hook"), None, true),
            ]
        );
        assert_eq!(settled(&path, &HashSet::from(["t1"])).unwrap()[0].at, Some(1_795_521_600_000));
        assert!(settled(&dir.path().join("none"), &calls).is_err());
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
