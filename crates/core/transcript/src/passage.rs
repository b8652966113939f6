//! One line to what was said in it: the reader that a search over all transcripts is made from.
//!
//! It takes the texts that people and models wrote, what tools were called with and what they answered, each
//! unescaped and otherwise as it stands: neither redacted nor cut. What a transcript says twice is taken once (the
//! client's own copy of a tool's answer, `toolUseResult`, is passed over), and so are the client's notes to the
//! model, its snapshots and its images left out.

use memchr::{memchr, memmem};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::json::{Cursor, End, Visit};
use crate::time::{Millis, parse_millis};

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A person, or whoever started a subagent.
    Prompt,
    /// The model, to be read.
    Reply,
    /// The model, to itself.
    Thinking,
    /// A tool was called, with these arguments.
    Call,
    /// What a tool or a command answered.
    Result,
    /// What took the place of an earlier conversation.
    Summary,
    /// The session's name.
    Name,
}

impl Role {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Prompt, Self::Reply, Self::Thinking, Self::Call, Self::Result, Self::Summary, Self::Name];

    /// Its word on a screen and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Reply => "reply",
            Self::Thinking => "thinking",
            Self::Call => "call",
            Self::Result => "result",
            Self::Summary => "summary",
            Self::Name => "name",
        }
    }
}

/// Something that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage<'a> {
    /// Who said it.
    pub role: Role,
    /// When its row was made.
    pub at: Option<Millis>,
    /// The same wherever the row is copied to, by a fork or otherwise. Stored, so it must never change.
    pub key: u64,
    /// A call that failed or was turned down.
    pub failed: bool,
    /// Unescaped.
    pub text: &'a str,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read<'a> {
    /// It was torn, or no JSON object.
    pub malformed: bool,
    /// `sessionId`, as it is written.
    pub session: Option<&'a [u8]>,
}

/// Arguments whose value tells what a call is about without their name. Of all others the name is part of the text:
/// it is what a secret is known by.
const TELLING: &[&[u8]] = &[
    b"command",
    b"content",
    b"description",
    b"file_path",
    b"glob",
    b"new_source",
    b"new_string",
    b"notebook_path",
    b"old_string",
    b"path",
    b"pattern",
    b"prompt",
    b"query",
    b"url",
];

/// How deep arguments are followed: a call's own go three levels down.
const MAX_DEPTH: usize = 16;
/// How many objects of a torn line are tried, from its end, for a whole row behind the tear.
const RESYNC_ATTEMPTS: usize = 64;
/// How the client's note begins that a background task has stopped.
const NOTIFICATION: &str = "<task-notification>";

/// Reads lines; keeps its memory from one to the next.
#[derive(Debug, Default)]
pub struct PassageReader {
    text: String,
}

impl PassageReader {
    /// Reads one line (without its newline) and calls `tell` with each thing that was said in it, in order.
    pub fn line<'a>(&mut self, line: &'a [u8], mut tell: impl FnMut(Passage<'_>)) -> Read<'a> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Read { malformed: false, session: None };
        }
        let (row, malformed) = match row(line) {
            Some(row) => (Some(row), false),
            None => (resync(line), true),
        };
        let Some(row) = row else { return Read { malformed: true, session: None } };
        // A value of an unforeseen shape costs itself, not the row.
        let _read: Option<()> = Teller { text: &mut self.text, row: &row, index: 0, tell: &mut tell }.row();
        Read { malformed, session: row.session }
    }
}

/// A row's values as they are written.
#[derive(Debug, Default)]
struct Row<'a> {
    kind: &'a [u8],
    uuid: Option<&'a [u8]>,
    at: Option<Millis>,
    session: Option<&'a [u8]>,
    meta: bool,
    compact_summary: bool,
    /// An object.
    message: Option<&'a [u8]>,
    /// An object, of a queued prompt.
    queued: Option<&'a [u8]>,
    /// A name or a summary.
    title: Option<&'a [u8]>,
    /// What a note of the client holds.
    content: Option<&'a [u8]>,
}

/// A row that begins where the line begins and ends where it ends; `None` if it is torn or none.
fn row(line: &[u8]) -> Option<Row<'_>> {
    let mut row = Row::default();
    let mut cursor = Cursor::new(line);
    let end = cursor.object(|key, value| {
        match key {
            b"type" => {
                row.kind = value.string_or_skip()?.unwrap_or_default();
                if !is_wanted(row.kind) {
                    return Some(Visit::Stop);
                }
            }
            b"uuid" => row.uuid = value.string_or_skip()?,
            b"timestamp" => row.at = value.string_or_skip()?.and_then(parse_millis),
            b"sessionId" => row.session = value.string_or_skip()?,
            b"isMeta" => row.meta = value.bool_or_skip()?,
            b"isCompactSummary" => row.compact_summary = value.bool_or_skip()?,
            b"message" => row.message = Some(value.raw()?),
            b"attachment" if !is_queued(&value.clone()) => return Some(Visit::Stop),
            b"attachment" => row.queued = Some(value.raw()?),
            b"customTitle" | b"aiTitle" | b"agentName" | b"summary" => row.title = value.string_or_skip()?,
            b"content" => row.content = value.string_or_skip()?,
            // It stands behind all that is wanted of a row with a message, and can be half of a transcript.
            b"toolUseResult" if row.is_known() => return Some(Visit::Stop),
            b"snapshot" => return Some(Visit::Stop),
            _ => value.skip()?,
        }
        Some(Visit::Taken)
    })?;
    let is_whole = match end {
        End::Closed => cursor.position() == line.len(),
        End::Stopped => line.last() == Some(&b'}'),
    };
    is_whole.then_some(row)
}

/// A whole row that ends exactly where the line ends but does not begin where it begins: what was appended behind one
/// that a crash had cut. An object inside a row does not end where the line ends, so no text can pose as a row.
fn resync(line: &[u8]) -> Option<Row<'_>> {
    let starts = memmem::rfind_iter(line, b"{\"").take_while(|&start| start > 0);
    starts.take(RESYNC_ATTEMPTS).find_map(|start| {
        let mut cursor = Cursor::new(&line[start..]);
        cursor.skip()?;
        (cursor.position() == line.len() - start).then(|| row(&line[start..]))?
    })
}

impl Row<'_> {
    fn is_known(&self) -> bool {
        self.message.is_some() && self.uuid.is_some() && self.at.is_some() && !self.kind.is_empty()
    }
}

fn is_wanted(kind: &[u8]) -> bool {
    let names = matches!(kind, b"custom-title" | b"ai-title" | b"agent-name" | b"summary");
    names || matches!(kind, b"user" | b"assistant" | b"system" | b"attachment")
}

/// Whether an attachment is a prompt that came while a turn ran. All others are the client's.
fn is_queued(attachment: &Cursor<'_>) -> bool {
    let mut queued = false;
    let _read: Option<End> = attachment.clone().object(|key, value| {
        if key != b"type" {
            value.skip()?;
            return Some(Visit::Taken);
        }
        queued = value.string_or_skip()? == Some(b"queued_command");
        Some(Visit::Stop)
    });
    queued
}

/// Tells what a row says.
struct Teller<'t, 'a, F> {
    text: &'t mut String,
    row: &'t Row<'a>,
    /// How much of the row has been told.
    index: u64,
    tell: &'t mut F,
}

/// A content block's values as they are written.
#[derive(Default)]
struct Block<'a> {
    kind: &'a [u8],
    text: Option<&'a [u8]>,
    name: Option<&'a [u8]>,
    input: Option<&'a [u8]>,
    content: Option<&'a [u8]>,
    failed: bool,
}

impl<'a, F: FnMut(Passage<'_>)> Teller<'_, 'a, F> {
    fn row(&mut self) -> Option<()> {
        let row = self.row;
        match row.kind {
            b"user" if row.compact_summary => self.message(Role::Summary),
            b"user" if row.meta => None,
            b"user" => self.message(Role::Prompt),
            b"assistant" => self.message(Role::Reply),
            b"attachment" => self.queued(row.queued?),
            b"system" => {
                unescape_to(self.text, row.content?);
                self.client_text(false)
            }
            b"summary" => self.string(Role::Summary, row.title?),
            _ => self.string(Role::Name, row.title?),
        }
    }

    fn message(&mut self, role: Role) -> Option<()> {
        let mut content = None;
        Cursor::new(self.row.message?).object(|key, value| {
            match key {
                b"content" => content = Some(value.raw()?),
                _ => value.skip()?,
            }
            Some(Visit::Taken)
        })?;
        self.content(role, content?)
    }

    /// A text, or blocks.
    fn content(&mut self, role: Role, content: &'a [u8]) -> Option<()> {
        let mut cursor = Cursor::new(content);
        if cursor.peek()? == b'"' {
            let text = cursor.string()?;
            return self.string(role, text);
        }
        cursor.array(|value| match block(value)? {
            Some(block) => {
                // The next one may be of a shape that is known.
                let _told: Option<()> = self.block(role, &block);
                Some(())
            }
            None => Some(()),
        })
    }

    fn block(&mut self, role: Role, block: &Block<'a>) -> Option<()> {
        match block.kind {
            b"text" => self.string(role, block.text?),
            b"thinking" => self.string(Role::Thinking, block.text?),
            b"tool_use" | b"server_tool_use" => self.call(block.name?, block.input),
            b"tool_result" => self.result(block.content?, block.failed),
            _ => None,
        }
    }

    /// A text, as it is written.
    fn string(&mut self, role: Role, raw: &[u8]) -> Option<()> {
        unescape_to(self.text, raw);
        match role {
            Role::Prompt => self.client_text(true),
            _ => self.told(role, false),
        }
    }

    fn told(&mut self, role: Role, failed: bool) -> Option<()> {
        let text = self.text.as_str();
        self.index += 1;
        if !text.trim_ascii().is_empty() {
            let key = key(self.row, self.index, text);
            (self.tell)(Passage { role, at: self.row.at, key, failed, text });
        }
        Some(())
    }

    /// What stands in the user's place. The client writes its own notes there, between marks.
    fn client_text(&mut self, is_prompt: bool) -> Option<()> {
        let text = self.text.trim_ascii_start();
        let (role, inner) = if text.starts_with("<command-") {
            let parts = ["command-name", "command-args"].map(|mark| between(text, mark));
            (Role::Prompt, Some(joined(parts, " ")))
        } else if text.starts_with("<bash-input>") {
            (Role::Call, between(text, "bash-input").map(str::to_owned))
        } else if text.starts_with("<bash-std") {
            (Role::Result, Some(joined(["bash-stdout", "bash-stderr"].map(|mark| between(text, mark)), "\n")))
        } else if text.starts_with("<local-command-std") {
            let marks = ["local-command-stdout", "local-command-stderr"];
            (Role::Result, Some(joined(marks.map(|mark| between(text, mark)), "\n")))
        } else if text.starts_with(NOTIFICATION) {
            (Role::Result, None)
        } else if is_prompt && !is_note(text) {
            (Role::Prompt, None)
        } else {
            self.index += 1;
            return None;
        };
        if let Some(inner) = inner {
            *self.text = inner;
        }
        self.told(role, false)
    }

    fn queued(&mut self, attachment: &'a [u8]) -> Option<()> {
        let (mut prompt, mut client, mut is_prompt) = (None, false, true);
        Cursor::new(attachment).object(|key, value| {
            match key {
                b"prompt" => prompt = Some(value.raw()?),
                b"isMeta" | b"carriedByCompaction" => client |= value.bool_or_skip()?,
                b"commandMode" => is_prompt = value.string_or_skip()?.is_none_or(|mode| mode == b"prompt"),
                _ => value.skip()?,
            }
            Some(Visit::Taken)
        })?;
        if client || !is_prompt {
            return None;
        }
        self.content(Role::Prompt, prompt?)
    }

    /// The tool's name, and its arguments, each on a line of its own.
    fn call(&mut self, name: &[u8], input: Option<&'a [u8]>) -> Option<()> {
        unescape_to(self.text, name);
        let named = self.text.len();
        if let Some(input) = input {
            // What is behind an argument of an unforeseen shape is lost, and what is before is not.
            let _read: Option<()> = arguments(self.text, b"", &mut Cursor::new(input), 0);
        }
        // Whose line is shown is told what was called with it.
        if named > 0 && self.text.as_bytes().get(named) == Some(&b'\n') {
            self.text.replace_range(named..=named, ": ");
        }
        self.told(Role::Call, false)
    }

    /// A text, or blocks of which those with text count.
    fn result(&mut self, content: &'a [u8], failed: bool) -> Option<()> {
        let mut cursor = Cursor::new(content);
        self.text.clear();
        if cursor.peek()? == b'"' {
            unescape(self.text, cursor.string()?);
        } else {
            cursor.array(|value| {
                let text = block(value)?.filter(|block| block.kind == b"text").and_then(|block| block.text);
                if let Some(text) = text {
                    new_line(self.text);
                    unescape(self.text, text);
                }
                Some(())
            })?;
        }
        self.told(Role::Result, failed)
    }
}

/// Reads a content block; one that is no object is passed over.
fn block<'a>(value: &mut Cursor<'a>) -> Option<Option<Block<'a>>> {
    if value.peek()? != b'{' {
        value.skip()?;
        return Some(None);
    }
    let mut block = Block::default();
    value.object(|key, value| {
        match key {
            b"type" => block.kind = value.string_or_skip()?.unwrap_or_default(),
            b"text" | b"thinking" => block.text = value.string_or_skip()?,
            b"name" => block.name = value.string_or_skip()?,
            b"input" => block.input = Some(value.raw()?),
            b"content" => block.content = Some(value.raw()?),
            b"is_error" => block.failed = value.bool_or_skip()?,
            _ => value.skip()?,
        }
        Some(Visit::Taken)
    })?;
    Some(Some(block))
}

/// Adds the texts of a value; numbers and the like tell nothing.
fn arguments(text: &mut String, name: &[u8], value: &mut Cursor<'_>, depth: usize) -> Option<()> {
    match value.peek()? {
        b'{' if depth < MAX_DEPTH => {
            value.object(|key, value| {
                arguments(text, key, value, depth + 1)?;
                Some(Visit::Taken)
            })?;
            Some(())
        }
        b'[' if depth < MAX_DEPTH => value.array(|value| arguments(text, name, value, depth + 1)),
        b'"' => {
            new_line(text);
            if !name.is_empty() && !TELLING.contains(&name) {
                unescape(text, name);
                text.push_str(": ");
            }
            unescape(text, value.string()?);
            Some(())
        }
        _ => value.skip(),
    }
}

fn new_line(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
}

/// What stands between `<mark>` and `</mark>`.
fn between<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{mark}>"))?;
    rest.split_once(&format!("</{mark}>")).map(|(inner, _)| inner)
}

fn joined<const N: usize>(parts: [Option<&str>; N], by: &str) -> String {
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(by)
}

/// A note of the client that tells nothing.
fn is_note(text: &str) -> bool {
    ["<local-command-", "Caveat:", "[Request interrupted by user"].iter().any(|mark| text.starts_with(mark))
}

/// By the row's own id, which copies keep, where it has one.
fn key(row: &Row<'_>, index: u64, text: &str) -> u64 {
    let seed = match row.uuid {
        Some(uuid) => xxh3_64(uuid) ^ index,
        None => xxh3_64(row.session.unwrap_or_default()) ^ row.at.unwrap_or(0).cast_unsigned(),
    };
    xxh3_64_with_seed(text.as_bytes(), seed)
}

fn unescape_to(text: &mut String, raw: &[u8]) {
    text.clear();
    unescape(text, raw);
}

/// Adds a JSON string's text. What is no UTF-8, and half a character, becomes a question mark.
pub(crate) fn unescape(text: &mut String, raw: &[u8]) {
    let lossy;
    let raw = match std::str::from_utf8(raw) {
        Ok(raw) => raw,
        Err(_) => {
            lossy = String::from_utf8_lossy(raw);
            &lossy
        }
    };
    text.reserve(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (letter, length) = escape(&rest.as_bytes()[at..]);
        text.push(letter);
        rest = &rest[rest.ceil_char_boundary((at + length).min(rest.len()))..];
    }
    text.push_str(rest);
}

/// The character that an escape stands for, and the escape's length.
pub(crate) fn escape(text: &[u8]) -> (char, usize) {
    match text.get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(&byte @ (b'"' | b'\\' | b'/')) => (char::from(byte), 2),
        Some(b'u') => unicode(text),
        _ => (char::REPLACEMENT_CHARACTER, 2),
    }
}

/// `\u`, and a second one where a character has two halves.
fn unicode(text: &[u8]) -> (char, usize) {
    let Some(first) = half(text) else { return (char::REPLACEMENT_CHARACTER, 2) };
    let second = || text.get(6..).and_then(half);
    match (first, second()) {
        (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
    }
}

/// The code of `\uXXXX`.
fn half(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(line: &str) -> Vec<(Role, String)> {
        let mut all = Vec::new();
        PassageReader::default().line(line.as_bytes(), |passage| {
            all.push((passage.role, passage.text.to_owned()));
        });
        all
    }

    fn one(line: &str) -> (Role, String) {
        let mut all = said(line);
        assert_eq!(all.len(), 1, "{line}\n{all:?}");
        all.remove(0)
    }

    fn user(content: &str) -> String {
        format!(
            r#"{{"type":"user","message":{{"role":"user","content":{content}}},"uuid":"u","timestamp":"2026-11-22T07:15:26.302Z","toolUseResult":{{"stdout":"again"}},"sessionId":"s"}}"#
        )
    }

    fn assistant(block: &str) -> String {
        format!(
            r#"{{"message":{{"id":"m","role":"assistant","content":[{block}],"usage":{{"input_tokens":1}}}},"type":"assistant","uuid":"u"}}"#
        )
    }

    #[test]
    fn each_kind_of_row() {
        assert_eq!(one(&user(r#""fix \"it\"\nnow""#)), (Role::Prompt, "fix \"it\"\nnow".to_owned()));
        assert_eq!(one(&user(r#"[{"type":"text","text":"a"}]"#)), (Role::Prompt, "a".to_owned()));
        assert_eq!(one(&assistant(r#"{"type":"text","text":"b"}"#)), (Role::Reply, "b".to_owned()));
        let thinking = r#"{"type":"thinking","thinking":"hm","signature":"c2lnbmVk"}"#;
        assert_eq!(one(&assistant(thinking)), (Role::Thinking, "hm".to_owned()));
        assert_eq!(one(r#"{"type":"custom-title","customTitle":"t","sessionId":"s"}"#).0, Role::Name);
        assert_eq!(
            one(r#"{"type":"summary","summary":"t","leafUuid":"x"}"#),
            (Role::Summary, "t".to_owned())
        );
        let summary = r#"{"type":"user","message":{"content":"before"},"isCompactSummary":true}"#;
        assert_eq!(one(summary), (Role::Summary, "before".to_owned()));
    }

    #[test]
    fn a_call_is_its_name_and_its_texts() {
        let call = r#"{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls -l","timeout":5,"env":{"TOKEN":"x","list":["a","b"]},"run_in_background":true}}"#;
        assert_eq!(one(&assistant(call)), (Role::Call, "Bash: ls -l\nTOKEN: x\nlist: a\nlist: b".to_owned()));
    }

    #[test]
    fn a_result_is_its_texts_once() {
        let result = |content: &str| {
            user(&format!(
                r#"[{{"tool_use_id":"t","type":"tool_result","content":{content},"is_error":true}}]"#
            ))
        };
        assert_eq!(one(&result(r#""out""#)), (Role::Result, "out".to_owned()));
        let blocks = r#"[{"type":"text","text":"a"},{"type":"image","source":{"data":"AAAA"}},{"type":"text","text":"b"},7]"#;
        assert_eq!(one(&result(blocks)), (Role::Result, "a\nb".to_owned()));
        let mut failed = false;
        PassageReader::default().line(result(r#""out""#).as_bytes(), |passage| failed = passage.failed);
        assert!(failed);
    }

    #[test]
    fn what_the_client_wrote_in_the_users_place() {
        let command = r#""<command-name>/review</command-name>\n<command-message>review</command-message>\n<command-args>all of it</command-args>""#;
        assert_eq!(one(&user(command)), (Role::Prompt, "/review all of it".to_owned()));
        assert_eq!(one(&user(r#""<bash-input>ls</bash-input>""#)), (Role::Call, "ls".to_owned()));
        let printed = r#""<bash-stdout>a</bash-stdout><bash-stderr>b</bash-stderr>""#;
        assert_eq!(one(&user(printed)), (Role::Result, "a\nb".to_owned()));
        let local = r#"{"type":"system","subtype":"local_command","content":"<local-command-stdout>c</local-command-stdout>"}"#;
        assert_eq!(one(local), (Role::Result, "c".to_owned()));
        for nothing in [
            user(r#""[Request interrupted by user]""#),
            user(r#""Caveat: The messages below""#),
            user(r#""  ""#),
            user("[]"),
            r#"{"type":"user","isMeta":true,"message":{"content":"skill text"}}"#.to_owned(),
            r#"{"type":"system","subtype":"compact_boundary","content":"Conversation compacted"}"#.to_owned(),
            r#"{"attachment":{"type":"skill_listing","content":"x"},"type":"attachment"}"#.to_owned(),
            r#"{"type":"last-prompt","lastPrompt":"x"}"#.to_owned(),
        ] {
            assert_eq!(said(&nothing), [], "{nothing}");
        }
    }

    #[test]
    fn a_prompt_that_stood_in_the_queue() {
        let row = |more: &str| {
            format!(
                r#"{{"attachment":{{"type":"queued_command","prompt":"go on"{more}}},"type":"attachment","uuid":"u"}}"#
            )
        };
        assert_eq!(one(&row("")), (Role::Prompt, "go on".to_owned()));
        assert_eq!(one(&row(r#","commandMode":"prompt""#)).0, Role::Prompt);
        for client in
            [r#","commandMode":"task-notification""#, r#","isMeta":true"#, r#","carriedByCompaction":true"#]
        {
            assert_eq!(said(&row(client)), [], "{client}");
        }
    }

    fn keys(line: &str) -> Vec<u64> {
        let mut keys = Vec::new();
        PassageReader::default().line(line.as_bytes(), |passage| keys.push(passage.key));
        keys
    }

    #[test]
    fn a_copy_has_the_key_of_its_original() {
        let original = user(r#"[{"type":"text","text":"a"},{"type":"text","text":"a"}]"#);
        let copy = original.replace(r#""sessionId":"s""#, r#""sessionId":"other""#);
        assert_eq!(keys(&original), keys(&copy));
        assert_ne!(keys(&original)[0], keys(&original)[1], "the same said twice is said twice");
        assert_ne!(keys(&original), keys(&original.replace(r#""uuid":"u""#, r#""uuid":"v""#)));
        assert_eq!(keys(&user(r#""a""#)), [0xf0b1_98e2_a716_c08f], "stored: never to change");
    }

    #[test]
    fn torn_lines() {
        let whole = user(r#""a""#);
        let read = |line: &str| PassageReader::default().line(line.as_bytes(), |_| {}).malformed;
        assert!(!read(&whole) && !read("") && !read("  \r"));
        for torn in ["[]", "null", "\0\u{1}", "{", &whole[..40], &format!("{whole}x")] {
            assert!(read(torn), "{torn}");
        }
        let behind = format!("{}{whole}", &whole[..whole.len() / 2]);
        assert!(read(&behind));
        assert_eq!(one(&behind), (Role::Prompt, "a".to_owned()));
        let quoted = user(&serde_json::to_string(&whole).unwrap());
        assert_eq!(one(&quoted), (Role::Prompt, whole), "a row that is only quoted is none");
    }

    #[test]
    fn halves_and_broken_escapes() {
        let text = |raw: &[u8]| {
            let mut text = String::new();
            unescape(&mut text, raw);
            text
        };
        assert_eq!(text(br"\ud83d\ude00 \ud83d x \u00e9\u0041\/"), "\u{1f600} \u{fffd} x éA/");
        assert_eq!(text(b"\\"), "\u{fffd}");
        assert_eq!(text("\\ä\\u12\\uzzzz".as_bytes()), "\u{fffd}\u{fffd}12\u{fffd}zzzz");
        assert_eq!(text(b"a\xff\\n"), "a\u{fffd}\n");
    }

    #[test]
    fn depth_needs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let call = format!(r#"{{"type":"tool_use","id":"t","name":"X","input":{{"a":{deep},"b":"c"}}}}"#);
        assert_eq!(one(&assistant(&call)), (Role::Call, "X: b: c".to_owned()));
    }

    proptest! {
        #[test]
        fn texts_come_back_as_they_were(text in "\\PC*|[ -~\n\t\"\\\\]*") {
            prop_assume!(!text.trim_ascii().is_empty());
            let json = serde_json::to_string(&text).unwrap();
            let reply = assistant(&format!(r#"{{"type":"text","text":{json}}}"#));
            prop_assert_eq!(one(&reply), (Role::Reply, text));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..400) {
            PassageReader::default().line(&bytes, |_| {});
            let row = user(r#"[{"type":"tool_result","content":[{"type":"text","text":"\ud83d\ude00"}]}]"#);
            PassageReader::default().line(&row.as_bytes()[..cut.min(row.len())], |_| {});
        }
    }
}
