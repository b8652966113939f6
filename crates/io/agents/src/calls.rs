//! The tool calls of a transcript, and how each ended, in the order of its rows.
//!
//! Only lines that hold a call, a result or a permission mode are parsed. Of the others it is only looked at whether they
//! could be rows: torn and foreign ones are counted.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use claudectl_transcript::record::{Block, Common, Content, Decision, Meta, Record, User};
use claudectl_transcript::time::Millis;
use claudectl_transcript::{Line, LineBuf};
use memchr::memmem::Finder;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::Xxh3;

use crate::ReadError;
use crate::moves;
use crate::tail::{self, Event};
use crate::walk::Found;

/// A call.
#[derive(Debug)]
pub struct Called<'a> {
    /// Its id, which copies keep; empty where it has none.
    pub id: &'a str,
    /// The tool.
    pub tool: &'a str,
    /// What the tool is given, JSON text.
    pub input: &'a str,
    /// The working folder of its row; empty where it has none.
    pub cwd: &'a str,
    /// The permission mode that was in force; empty where nothing has said one.
    pub mode: &'a str,
    /// What was checked out there, as its row says; empty where it does not.
    pub branch: &'a str,
    /// The session that its row names.
    pub session: &'a str,
    /// When its row was made.
    pub at: Option<Millis>,
}

impl Called<'_> {
    /// The same for calls that are the same: tool, input, folder, mode and branch.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        let mut hash = Xxh3::new();
        for part in [self.tool, self.cwd, self.mode, self.branch, self.input] {
            hash.update(part.as_bytes());
            // In no UTF-8 text.
            hash.update(&[0xff]);
        }
        hash.digest128()
    }
}

/// How a call ended.
#[derive(Debug)]
pub struct Ended<'a> {
    /// The call's id.
    pub id: &'a str,
    /// Who let it run, or did not, where the version writes it.
    pub decision: Option<&'a Decision<'a>>,
    /// Why it was turned down.
    pub denial: Option<&'a str>,
    /// It failed, or was turned down.
    pub failed: bool,
    /// How the text of one that failed begins.
    pub said: &'a str,
    /// When its row was made.
    pub at: Option<Millis>,
}

/// What a reader is told.
#[derive(Debug)]
pub enum Told<'a> {
    /// A call was made.
    Called(Called<'a>),
    /// A call has ended.
    Ended(Ended<'a>),
}

/// What a reading brought beside calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Bytes read.
    pub bytes: u64,
    /// Lines that are no rows: torn, foreign, not in UTF-8, or too long to be held.
    pub unreadable: u64,
}

/// How much of what a call answered is told.
const SAID_BYTES: usize = 400;

/// Reads transcripts; keeps its memory from one to the next.
#[derive(Debug)]
pub struct Reader {
    lines: LineBuf,
    /// How the type of a call's block, of a result's, and the key of its id begin.
    call: Finder<'static>,
    mode: Finder<'static>,
}

impl Default for Reader {
    fn default() -> Self {
        let (call, mode) = (Finder::new(b"\"tool_"), Finder::new(b"\"permissionMode\""));
        Self { lines: LineBuf::default(), call, mode }
    }
}

impl Reader {
    /// Tells of each call, and of how each ended. A file whose end is from before `since` is left alone; of any other
    /// all is told, since what was said before (a mode, a call) counts later.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        &mut self,
        found: &Found,
        since: Millis,
        tell: impl FnMut(Told<'_>),
    ) -> Result<Reading, ReadError> {
        let begin = |file: &File, size: u64| moves::nothing_since(file, size, since);
        self.read_from(&found.path, found.session.as_deref(), begin, tell)
    }

    /// The same of the last so many bytes of a file. What stands before them is not known: of a call that was made there,
    /// only its end is told.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_end(
        &mut self,
        path: &Path,
        session: &str,
        most: u64,
        tell: impl FnMut(Told<'_>),
    ) -> Result<Reading, ReadError> {
        self.read_from(
            path,
            Some(session),
            |file, size| moves::line_at(file, size.saturating_sub(most)),
            tell,
        )
    }

    fn read_from(
        &mut self,
        path: &Path,
        session: Option<&str>,
        begin: impl Fn(&File, u64) -> io::Result<u64>,
        mut tell: impl FnMut(Told<'_>),
    ) -> Result<Reading, ReadError> {
        let Self { lines, call, mode } = self;
        let mut reading = Reading::default();
        let mut file = Rows { session, mode: String::new(), tell: &mut tell };
        let mut line = |line: &[u8], whole: bool| {
            let line = line.trim_ascii();
            if line.is_empty() {
                return true;
            }
            let closed = line.first() == Some(&b'{') && line.last() == Some(&b'}');
            if !closed || std::str::from_utf8(line).is_err() {
                // What has no newline yet may still become a row.
                return !whole;
            }
            if call.find(line).is_none() && mode.find(line).is_none() {
                return true;
            }
            Record::parse(line).map(|record| file.row(&record)).is_ok() || !whole
        };
        reading.bytes = tail::read_from(path, lines, begin, |event| {
            let readable = match event {
                Event::Line(Line::Whole(text), _) => line(text, true),
                Event::Line(Line::Oversized { .. }, _) => false,
                Event::Remainder(text, _) => line(text, false),
                Event::Restart => true,
            };
            reading.unreadable += u64::from(!readable);
        })
        .map_err(|source| ReadError { path: path.to_path_buf(), source })?;
        Ok(reading)
    }
}

/// The rows of a file.
struct Rows<'f, F> {
    /// The session that its place says it belongs to; `None` where only its rows can tell.
    session: Option<&'f str>,
    /// The permission mode that was said last.
    mode: String,
    tell: &'f mut F,
}

impl<F: FnMut(Told<'_>)> Rows<'_, F> {
    fn row(&mut self, record: &Record<'_>) {
        match record {
            Record::Assistant(row) => row.blocks.iter().for_each(|block| self.call(block, &row.common)),
            Record::Meta(Meta::PermissionMode(mode)) => self.in_mode(mode),
            Record::User(row) => {
                if let Some(mode) = &row.permission_mode {
                    self.in_mode(mode);
                }
                if let Content::Blocks(blocks) = &row.content {
                    blocks.iter().for_each(|block| self.result(block, row));
                }
            }
            Record::System(_) | Record::Attachment(_) | Record::Meta(_) | Record::Unknown { .. } => {}
        }
    }

    fn in_mode(&mut self, mode: &str) {
        if self.mode != mode {
            self.mode.clear();
            self.mode.push_str(mode);
        }
    }

    fn call(&mut self, block: &Block<'_>, row: &Common<'_>) {
        let Block::ToolUse { id, name, input } = block else { return };
        let own = self.session;
        (self.tell)(Told::Called(Called {
            id,
            tool: name,
            input: input.map_or("{}", RawValue::get),
            cwd: row.cwd.as_deref().unwrap_or_default(),
            mode: &self.mode,
            branch: row.branch.as_deref().unwrap_or_default(),
            session: own.or(row.session.as_deref()).unwrap_or_default(),
            at: row.at,
        }));
    }

    fn result(&mut self, block: &Block<'_>, row: &User<'_>) {
        let (decision, denial, at) = (row.decision.as_ref(), row.denial.as_deref(), row.common.at);
        let Block::ToolResult { id, is_error, content } = block else { return };
        let text = content.filter(|_| *is_error).map(RawValue::get).unwrap_or_default();
        let said = &text[beginning(text)];
        (self.tell)(Told::Ended(Ended { id, decision, denial, failed: *is_error, said, at }));
    }
}

/// Where the first text of a result is, as it is written: it is a text, or blocks.
fn beginning(content: &str) -> Range<usize> {
    const TEXT: &str = "\"text\":";
    let start = match content.find(TEXT) {
        Some(at) if content.starts_with('[') => at + TEXT.len(),
        _ => 0,
    };
    let rest = content[start..].trim_start_matches([' ', '"']);
    let start = content.len() - rest.len();
    start..start + rest.floor_char_boundary(SAID_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk;
    use std::path::Path;

    const CALL: &str = r#"{"type":"assistant","sessionId":"s","cwd":"/w","timestamp":"2026-11-22T07:15:22.120Z","message":{"content":[{"type":"text","text":"x"},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]}}"#;
    const NO: &str = r#"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"The user doesn't \"want\""}]}]},"toolDenialKind":"user-rejected","permissionDecision":{"decision":"reject","source":"user_reject"}}"#;
    const PLAN: &str = r#"{"type":"permission-mode","permissionMode":"plan","sessionId":"s"}"#;

    /// What is told of a transcript with these bytes, a line each, and what could not be read.
    fn told(bytes: &[u8]) -> (Vec<String>, u64) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("projects/-w/s.jsonl");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let mut lines = Vec::new();
        let reading = Reader::default()
            .read(&only(dir.path()), i64::MIN, |told| {
                lines.push(match told {
                    Told::Called(call) => format!(
                        "{} {} {} {} {} {} {:?}",
                        call.id, call.tool, call.input, call.cwd, call.mode, call.session, call.at
                    ),
                    Told::Ended(end) => format!(
                        "{} {:?} {:?} {} {}",
                        end.id,
                        end.decision.map(|decision| (decision.accepted, decision.source.to_string())),
                        end.denial,
                        end.failed,
                        end.said
                    ),
                });
            })
            .unwrap();
        assert_eq!(reading.bytes, bytes.len() as u64);
        (lines, reading.unreadable)
    }

    fn only(root: &Path) -> Found {
        walk::transcripts(&[root.to_path_buf()], 1).files.remove(0)
    }

    #[test]
    fn calls_and_how_they_ended() {
        let ok = r#"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t2","content":"secret words"}]}}"#;
        let (lines, unreadable) = told([CALL, PLAN, CALL, NO, ok].join("\n").as_bytes());
        assert_eq!(unreadable, 0);
        assert_eq!(lines[0], r#"t1 Bash {"command":"ls"} /w  s Some(1795331722120)"#);
        assert_eq!(lines[1], r#"t1 Bash {"command":"ls"} /w plan s Some(1795331722120)"#);
        assert_eq!(
            lines[2],
            r#"t1 Some((false, "user_reject")) Some("user-rejected") true The user doesn't \"want\""}]"#
        );
        assert_eq!(lines[3], "t2 None None false ", "what a call brought is none of ours");
    }

    #[test]
    fn of_the_end_only_whole_lines_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.jsonl");
        let text = [CALL, NO, CALL, NO].join("\n") + "\n";
        std::fs::write(&path, &text).unwrap();
        let told_within = |most: u64| {
            let mut told = Vec::new();
            let read = Reader::default().read_end(&path, "mine", most, |one| {
                told.push(match one {
                    Told::Called(call) => call.session.to_owned(),
                    Told::Ended(end) => end.id.to_owned(),
                });
            });
            (told.join(" "), read.unwrap().unreadable)
        };
        let last = NO.len() as u64 + 1;
        assert_eq!(told_within(last), ("t1".to_owned(), 0));
        let (told, unreadable) = told_within(last + 30);
        assert!(
            told.ends_with("t1") && told.len() <= "mine t1".len() && unreadable == 0,
            "{told} {unreadable}"
        );
        assert_eq!(told_within(u64::MAX), ("mine t1 mine t1".to_owned(), 0));
        assert!(Reader::default().read_end(&dir.path().join("none"), "mine", 9, |_| ()).is_err());
    }

    #[test]
    fn what_is_no_row_is_counted() {
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(claudectl_transcript::lines::MAX_LINE));
        let mut bytes = Vec::new();
        for line in [
            &CALL.as_bytes()[..90],
            b"not a row",
            &[0xff, 0xfe, b'{', b'}'],
            &[b"{\"tool_\":\"", &[0xff][..], b"\"}"].concat(),
            b"{\"tool_use\" what}",
            long.as_bytes(),
            b"[1,2]",
            b"",
            b"  \r",
            b"{\"type\":\"from a later version\",\"tool_use\":{\"deep\":[]}}",
            CALL.as_bytes(),
            &CALL.as_bytes()[..90],
        ] {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        bytes.pop();
        let (lines, unreadable) = told(&bytes);
        assert_eq!((lines.len(), unreadable), (1, 7), "a line that is being written is none of them");
    }

    #[test]
    fn a_last_row_without_its_newline_counts() {
        assert_eq!(told(CALL.as_bytes()).0.len(), 1);
    }

    #[test]
    fn a_file_that_ends_before_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("projects/-w/s.jsonl");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, [CALL, PLAN].join("\n")).unwrap();
        let at = 1_795_331_722_120;
        let read = |since| {
            let mut calls = 0;
            let reading = Reader::default().read(&only(dir.path()), since, |_| calls += 1).unwrap();
            (calls, reading.bytes > 0)
        };
        assert_eq!(read(at), (1, true));
        assert_eq!(read(at + 3_600_000), (1, true), "rows stand in their order but for an hour");
        assert_eq!(read(at + 3_600_001), (0, false));
        std::fs::write(&path, PLAN).unwrap();
        assert!(read(at + 3_600_001).1, "what has no time may be of any");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_are_survived(
            at in 0usize..NO.len(),
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..8),
            text in "\\PC*",
        ) {
            let mut row = NO.as_bytes().to_vec();
            row.splice(at..at, bytes);
            told(&[CALL.as_bytes(), b"\n", &row[..], b"\n"].concat());
            proptest::prop_assert!(text.get(beginning(&text)).is_some());
        }
    }

    #[test]
    fn the_fingerprint_is_of_what_is_judged() {
        let of = |tool, cwd, mode, branch, input| {
            Called { id: "a", tool, input, cwd, mode, branch, session: "s", at: None }.fingerprint()
        };
        let call = |tool, cwd, mode, input| of(tool, cwd, mode, "main", input);
        let one = call("Bash", "/w", "plan", "{}");
        assert_eq!(
            one,
            Called {
                id: "b",
                tool: "Bash",
                input: "{}",
                cwd: "/w",
                mode: "plan",
                branch: "main",
                session: "t",
                at: Some(1)
            }
            .fingerprint()
        );
        assert_ne!(one, of("Bash", "/w", "plan", "feat", "{}"));
        for other in [
            call("Bas", "h/w", "plan", "{}"),
            call("Bash", "/v", "plan", "{}"),
            call("Bash", "/w", "", "{}"),
            call("Bash", "/w", "plan", "{ }"),
        ] {
            assert_ne!(one, other);
        }
    }
}
