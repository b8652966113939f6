//! Secrets in what Claude Code keeps of conversations: where each stands, and how often.
//!
//! [`row`] looks through a line of a transcript, whatever it is, [`text`] through any other text; [`redacted_row`] and
//! [`redacted_text`] take out what they find and leave every other byte as it is. [`Tally`] makes one entry of a secret
//! that stands in many places. Secrets are held in memory only while a line is looked at; after that they are known by
//! a keyed hash.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use claudectl_redact::{Finding, Gravity, is_telling, masked, redact, redact_tool, rotation};
use claudectl_transcript::strings::{self, Kind, Step, decode, lossy_places, places};
use claudectl_transcript::time::{Millis, parse_millis};
use serde_json::Value;

/// In what a secret stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// What a person typed, or a subagent was asked for.
    Prompt,
    /// What was pasted into a prompt.
    Paste,
    /// What the model answered.
    Reply,
    /// What the model thought.
    Thinking,
    /// What a tool was called with.
    ToolInput,
    /// What a tool or a command answered.
    ToolOutput,
    /// What took the place of an earlier conversation.
    Summary,
    /// A session's name.
    Title,
    /// What Claude Code noted by itself, a branch and a folder included.
    Note,
    /// A copy of a file, from before it was edited.
    FileCopy,
    /// A plan, a task list, a memory.
    Plan,
    /// The environment of a shell.
    Shell,
    /// A file that was named.
    File,
}

impl What {
    /// Its words on a screen and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Paste => "paste",
            Self::Reply => "reply",
            Self::Thinking => "thinking",
            Self::ToolInput => "tool input",
            Self::ToolOutput => "tool output",
            Self::Summary => "summary",
            Self::Title => "title",
            Self::Note => "note",
            Self::FileCopy => "file copy",
            Self::Plan => "plan",
            Self::Shell => "shell",
            Self::File => "file",
        }
    }
}

/// A secret in a line, or in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Its kind, as listed by [`claudectl_redact::kinds`].
    pub kind: &'static str,
    /// Where it is written, in bytes of what was looked through.
    pub range: Range<usize>,
    /// The secret itself: never to be shown or kept.
    pub secret: String,
    /// What stands around it on its line, redacted.
    pub excerpt: String,
    /// In what it stands; `None` for a text, of which only the caller knows.
    pub what: Option<What>,
    /// The tool that was called with it.
    pub tool: Option<String>,
}

/// What a row says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFacts {
    /// When it was made.
    pub at: Option<Millis>,
    /// The session that it names.
    pub session: Option<String>,
    /// The folder that it names.
    pub cwd: Option<String>,
}

/// What was found in a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// It was one JSON object, or blank.
    pub whole: bool,
    /// The secrets, in their order.
    pub leaks: Vec<Leak>,
    /// What the row says of itself; only made where something was found.
    pub facts: RowFacts,
}

/// So many bytes of a value are read together with its name.
const NAMED_BYTES: usize = 4096;
/// So much of a line is shown before a secret, and behind it, in characters.
const BEFORE: usize = 48;
const BEHIND: usize = 24;
/// So many bytes hold that, whatever the characters.
const NEAR: usize = 512;

/// Looks through a line of JSON (without its newline).
#[must_use]
pub fn row(line: &[u8]) -> Found {
    let mut found = Found::default();
    let mut paths: Vec<Vec<Step<'_>>> = Vec::new();
    found.whole = strings::each(line, |text| {
        let Some(seen) = look(&text) else { return };
        let written = places(text.raw, seen.findings.iter().map(|finding| &finding.range));
        for (finding, written) in seen.findings.iter().zip(written) {
            found.leaks.push(Leak {
                kind: finding.kind,
                range: text.start + written.start..text.start + written.end,
                secret: seen.text[finding.range.clone()].to_owned(),
                excerpt: seen.excerpt(finding),
                what: None,
                tool: None,
            });
            paths.push(text.path.to_vec());
        }
    });
    if !found.leaks.is_empty() {
        let row: Value = serde_json::from_str(&String::from_utf8_lossy(line)).unwrap_or_default();
        found.facts = facts(&row);
        for (leak, path) in found.leaks.iter_mut().zip(&paths) {
            let (what, tool) = stands_in(&row, path);
            (leak.what, leak.tool) = (Some(what), tool.map(|tool| redact_tool(tool).into_owned()));
        }
    }
    found
}

/// Looks through any text.
#[must_use]
pub fn text(bytes: &[u8]) -> Vec<Leak> {
    let text = String::from_utf8_lossy(bytes);
    let findings = redact(&text).findings;
    if findings.is_empty() {
        return Vec::new();
    }
    let seen = Seen { text, findings, name: None };
    let written = lossy_places(bytes, seen.findings.iter().map(|finding| &finding.range));
    let leak = |(finding, range): (&Finding, Range<usize>)| Leak {
        kind: finding.kind,
        range,
        secret: seen.text[finding.range.clone()].to_owned(),
        excerpt: seen.excerpt(finding),
        what: None,
        tool: None,
    };
    seen.findings.iter().zip(written).map(leak).collect()
}

/// A line without its secrets: JSON where it was JSON, and every other byte as it was. `None` if it has none.
#[must_use]
pub fn redacted_row(line: &[u8]) -> Option<Vec<u8>> {
    let leaks = row(line).leaks;
    (!leaks.is_empty()).then(|| redacted_text(line, 0..line.len(), &leaks))
}

/// A part of a text without the secrets that were found in it.
#[must_use]
pub fn redacted_text(bytes: &[u8], part: Range<usize>, leaks: &[Leak]) -> Vec<u8> {
    let (mut made, mut at) = (Vec::with_capacity(part.len()), part.start);
    for leak in leaks {
        made.extend_from_slice(&bytes[at..leak.range.start.max(at)]);
        made.extend_from_slice(format!("[redacted:{}]", leak.kind).as_bytes());
        at = leak.range.end.max(at);
    }
    made.extend_from_slice(&bytes[at..part.end.max(at)]);
    made
}

/// A string with secrets.
struct Seen<'a> {
    text: Cow<'a, str>,
    findings: Vec<Finding>,
    /// What names it, if it is a secret by that.
    name: Option<Cow<'a, str>>,
}

fn look<'a>(text: &strings::Text<'_, 'a>) -> Option<Seen<'a>> {
    if is_binary(text.path) {
        return None;
    }
    let decoded = decode(text.raw);
    let findings = redact(&decoded).findings;
    if !findings.is_empty() {
        return Some(Seen { text: decoded, findings, name: None });
    }
    let name = text.name.filter(|_| text.kind == Kind::Value && decoded.len() <= NAMED_BYTES)?;
    let name = decode(name);
    let plain = |text: &str| !text.contains(['"', '\n', '\\']);
    if !is_telling(&name) || !plain(&decoded) || !plain(&name) {
        return None;
    }
    let before = format!("\"{name}\": \"");
    let mut findings = redact(&format!("{before}{decoded}\"")).findings;
    findings.retain(|finding| {
        finding.range.start >= before.len() && finding.range.end <= before.len() + decoded.len()
    });
    for finding in &mut findings {
        finding.range = finding.range.start - before.len()..finding.range.end - before.len();
    }
    (!findings.is_empty()).then_some(Seen { text: decoded, findings, name: Some(name) })
}

/// What holds no text: an image, and the signature under what a model thought.
fn is_binary(path: &[Step<'_>]) -> bool {
    let signature = [b"message".as_slice(), b"content", b"signature"];
    let keys = path.iter().filter_map(|step| if let Step::Key(key) = step { Some(*key) } else { None });
    let image = matches!(path, [.., Step::Key(b"source" | b"file"), Step::Key(b"data" | b"base64")]);
    image || path.len() == 4 && keys.eq(signature)
}

impl Seen<'_> {
    /// The line around a secret, without it and without any other.
    fn excerpt(&self, finding: &Finding) -> String {
        let (before, behind) = (self.masked_before(finding), self.masked_behind(finding));
        let cut = before.chars().count().saturating_sub(BEFORE);
        let begin: String = before.chars().skip(cut).collect();
        let end: String = behind.chars().take(BEHIND).collect();
        let (left, right) = (if cut > 0 { "…" } else { "" }, if end.len() < behind.len() { "…" } else { "" });
        let excerpt = format!("{left}{begin}[redacted:{}]{end}{right}", finding.kind);
        // What was cut may look otherwise than it did.
        redact(&excerpt).text.trim().to_owned()
    }

    /// What stands before a secret on its line, as far as it could be shown.
    fn masked_before(&self, finding: &Finding) -> String {
        let whole = &self.text[..finding.range.start];
        let near = whole.floor_char_boundary(whole.len().saturating_sub(NEAR));
        let line = whole[near..].rfind('\n').map_or(near, |at| near + at + 1);
        let mut before = self.masked(line..finding.range.start);
        if let Some(name) = &self.name {
            before.insert_str(0, &format!("{}: ", redact(name).text));
        }
        before
    }

    /// What stands behind a secret on its line, as far as it could be shown.
    fn masked_behind(&self, finding: &Finding) -> String {
        let whole = &self.text[finding.range.end..];
        let near = &whole[..whole.ceil_char_boundary(NEAR.min(whole.len()))];
        let length = near.find('\n').unwrap_or(near.len());
        self.masked(finding.range.end..finding.range.end + length)
    }

    /// A part of the text without its secrets, those included of which only a part is in it.
    fn masked(&self, part: Range<usize>) -> String {
        let (mut masked, mut at) = (String::new(), part.start);
        let first = self.findings.partition_point(|other| other.range.end <= part.start);
        for other in self.findings[first..].iter().take_while(|other| other.range.start < part.end) {
            masked.push_str(&self.text[at..other.range.start.max(at)]);
            masked.push_str(&format!("[redacted:{}]", other.kind));
            at = other.range.end;
        }
        masked.push_str(&self.text[at..part.end.max(at)]);
        masked
    }
}

fn facts(row: &Value) -> RowFacts {
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    let at = match row.get("timestamp") {
        Some(Value::String(at)) => parse_millis(at.as_bytes()),
        Some(Value::Number(at)) => at.as_i64(),
        None | Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
    };
    RowFacts {
        at,
        session: text("sessionId").or_else(|| text("session_id")).map(str::to_owned),
        cwd: text("cwd").or_else(|| text("project")).map(str::to_owned),
    }
}

/// In what of a row the string with this path stands, and the tool that was called with it.
fn stands_in<'v>(row: &'v Value, path: &[Step<'_>]) -> (What, Option<&'v str>) {
    let of_type = row.get("type").and_then(Value::as_str).unwrap_or_default();
    let what = match path {
        [Step::Key(b"message"), Step::Key(b"content"), Step::At(index), ..] => {
            return in_block(row, &row["message"]["content"][*index]);
        }
        [Step::Key(b"message"), Step::Key(b"content"), ..] => said(row, &row["message"]["content"]),
        [Step::Key(b"toolUseResult"), ..] => What::ToolOutput,
        [Step::Key(b"attachment"), ..] if row["attachment"]["type"] == "queued_command" => What::Prompt,
        [Step::Key(b"content"), ..] if of_type == "queue-operation" => What::Prompt,
        [Step::Key(b"content"), ..] if row["subtype"] == "local_command" => What::ToolOutput,
        [Step::Key(b"lastPrompt" | b"display"), ..] => What::Prompt,
        [Step::Key(b"pastedContents"), ..] => What::Paste,
        [Step::Key(b"customTitle" | b"aiTitle" | b"agentName"), ..] => What::Title,
        [Step::Key(b"summary"), ..] => What::Summary,
        _ => What::Note,
    };
    (what, None)
}

fn in_block<'v>(row: &'v Value, block: &'v Value) -> (What, Option<&'v str>) {
    match block.get("type").and_then(Value::as_str) {
        Some("text") => (said(row, &block["text"]), None),
        Some("thinking" | "redacted_thinking") => (What::Thinking, None),
        Some("tool_use" | "server_tool_use") => (What::ToolInput, block.get("name").and_then(Value::as_str)),
        Some("tool_result") => (What::ToolOutput, None),
        _ => (said(row, block), None),
    }
}

/// What a text in a message is.
fn said(row: &Value, text: &Value) -> What {
    let begins = |mark: &str| text.as_str().is_some_and(|text| text.trim_start().starts_with(mark));
    match row.get("type").and_then(Value::as_str) {
        Some("assistant") => What::Reply,
        Some("user") if row["isCompactSummary"] == true => What::Summary,
        Some("user") if row["isMeta"] == true => What::Note,
        Some("user") if begins("<bash-input>") => What::ToolInput,
        Some("user") if begins("<bash-std") || begins("<local-command-std") => What::ToolOutput,
        Some("user") if begins("<task-notification>") => What::ToolOutput,
        Some("user") => What::Prompt,
        _ => What::Note,
    }
}

/// Where a secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file; `None` for standard input.
    pub file: Option<PathBuf>,
    /// The line, from 1.
    pub line: u64,
    /// The byte of the line, from 1.
    pub column: u64,
    /// In what.
    pub what: What,
    /// The tool that was called with it.
    pub tool: Option<String>,
    /// When: the time of the row, else the file's last change.
    pub at: Option<Millis>,
    /// The session.
    pub session: Option<String>,
    /// The subagent that wrote it.
    pub agent: Option<String>,
    /// The folder that the row names.
    pub cwd: Option<String>,
    /// What stands around it on its line, redacted.
    pub excerpt: String,
    /// How often it stands there in the line.
    pub times: u64,
}

/// A secret and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its kind; of several, the most specific.
    pub kind: &'static str,
    /// How sure it is that it opens something.
    pub gravity: Gravity,
    /// What may be shown of it.
    pub masked: String,
    /// Where it stands; of very many, the first [`MOST_PLACES`] that were met.
    pub places: Vec<Place>,
    /// How many places there are.
    pub count: u64,
}

/// So many places are kept of one secret.
pub const MOST_PLACES: usize = 1000;
/// So many secrets are told apart.
pub const MOST_SECRETS: usize = 50_000;

/// Secrets, each once.
#[derive(Debug)]
pub struct Tally {
    key: [u8; 32],
    secrets: HashMap<[u8; 32], Secret>,
    /// Places of secrets beyond [`MOST_SECRETS`].
    pub left_out: u64,
}

impl Tally {
    /// One that knows secrets by hashes with this key, which is to be random and is forgotten with it.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, secrets: HashMap::new(), left_out: 0 }
    }

    /// Takes in a place of a secret.
    pub fn add(&mut self, kind: &'static str, secret: &str, place: Place) {
        let hash = *blake3::keyed_hash(&self.key, body(kind, secret).as_bytes()).as_bytes();
        if self.secrets.len() >= MOST_SECRETS && !self.secrets.contains_key(&hash) {
            self.left_out += 1;
            return;
        }
        let entry = self.secrets.entry(hash).or_insert_with(|| Secret {
            kind,
            gravity: gravity(kind),
            masked: masked(kind, secret),
            places: Vec::new(),
            count: 0,
        });
        if rank(kind) < rank(entry.kind) {
            (entry.kind, entry.gravity, entry.masked) = (kind, gravity(kind), masked(kind, secret));
        }
        entry.count += 1;
        if entry.places.len() < MOST_PLACES {
            entry.places.push(place);
        }
    }

    /// All of them: the gravest first, of equal ones that which was met last.
    #[must_use]
    pub fn finish(self) -> Vec<Secret> {
        let mut secrets: Vec<Secret> = self.secrets.into_values().collect();
        for secret in &mut secrets {
            secret
                .places
                .sort_by(|a, b| (b.at, &a.file, a.line, a.column).cmp(&(a.at, &b.file, b.line, b.column)));
        }
        let first = |secret: &Secret| {
            secret.places.first().map(|place| (place.at, place.file.clone(), place.line, place.column))
        };
        secrets.sort_by_cached_key(|secret| {
            let (at, file, line, column) = first(secret).unwrap_or_default();
            (std::cmp::Reverse((secret.gravity, at)), file, line, column, rank(secret.kind))
        });
        secrets
    }
}

fn gravity(kind: &str) -> Gravity {
    rotation(kind).map_or(Gravity::Named, |rotation| rotation.gravity)
}

/// The place of a kind in the table: what is specific stands first.
fn rank(kind: &str) -> usize {
    claudectl_redact::kinds().position(|(id, _)| id == kind).unwrap_or(usize::MAX)
}

/// What makes a secret the one it is. A key block is the same however its lines are written: escaped, numbered, as part
/// of a patch.
fn body<'a>(kind: &str, secret: &'a str) -> Cow<'a, str> {
    if kind != "private-key" {
        return Cow::Borrowed(secret.trim());
    }
    let secret = secret.replace("\\n", "\n");
    let line =
        |line: &str| line.rsplit('→').next().unwrap_or_default().trim_start_matches('+').trim().to_owned();
    Cow::Owned(secret.lines().flat_map(|whole| whole.split(' ').map(line).collect::<Vec<_>>()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Made up, and put together here so that no scanner takes them for real ones.
    fn token() -> String {
        ["gh", "p_", "b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"].concat()
    }

    fn key_block(newline: &str) -> String {
        let line = "MIIEvQx7Kp2Zr9LmPt4VwYs6NcHdJf8GaEu1TiO3Rb7Qk2xZr9LmPt4VwYs6Nc3d";
        let dashes = "-".repeat(5);
        let lines = [
            format!("{dashes}BEGIN RSA PRIVATE KEY{dashes}"),
            line.to_owned(),
            line.chars().rev().collect(),
            format!("{dashes}END RSA PRIVATE KEY{dashes}"),
        ];
        lines.join(newline)
    }

    fn found(row: &Value) -> Vec<(&'static str, What, String)> {
        let found = super::row(row.to_string().as_bytes());
        assert!(found.whole);
        found.leaks.into_iter().map(|leak| (leak.kind, leak.what.unwrap(), leak.excerpt)).collect()
    }

    #[test]
    fn each_place_of_a_row() {
        let token = token();
        let user = |content: Value| json!({"type": "user", "message": {"role": "user", "content": content}});
        let reply = |block: Value| json!({"type": "assistant", "message": {"content": [block]}});
        let call = json!({"type": "tool_use", "name": "Bash", "input": {"command": format!("x {token}")}});
        let result = json!([{"type": "tool_result", "content": [{"type": "text", "text": token}]}]);
        for (row, what) in [
            (user(json!(token)), What::Prompt),
            (user(json!([{"type": "text", "text": token}])), What::Prompt),
            (user(json!(format!("<bash-stdout>{token}</bash-stdout>"))), What::ToolOutput),
            (user(result), What::ToolOutput),
            (reply(json!({"type": "text", "text": token})), What::Reply),
            (reply(json!({"type": "thinking", "thinking": token})), What::Thinking),
            (reply(call), What::ToolInput),
            (json!({"type": "user", "isMeta": true, "message": {"content": token}}), What::Note),
            (json!({"type": "user", "isCompactSummary": true, "message": {"content": token}}), What::Summary),
            (json!({"type": "user", "toolUseResult": {"stdout": token}}), What::ToolOutput),
            (
                json!({"type": "attachment", "attachment": {"type": "queued_command", "prompt": token}}),
                What::Prompt,
            ),
            (json!({"type": "attachment", "attachment": {"type": "x", "content": token}}), What::Note),
            (json!({"type": "custom-title", "customTitle": token}), What::Title),
            (json!({"type": "summary", "summary": token}), What::Summary),
            (json!({"type": "last-prompt", "lastPrompt": token}), What::Prompt),
            (json!({"display": token, "pastedContents": {}, "timestamp": 1, "project": "/w"}), What::Prompt),
            (json!({"display": "", "pastedContents": {"1": {"content": token}}}), What::Paste),
            (json!({"type": "user", "gitBranch": token}), What::Note),
            (json!({"type": "x", "files": {token.clone(): 1}}), What::Note),
        ] {
            let all = found(&row);
            assert_eq!(all.len(), 1, "{row}");
            assert_eq!((all[0].0, all[0].1), ("github-token", what), "{row}");
        }
    }

    #[test]
    fn what_a_value_is_called_tells() {
        let row = json!({"type": "assistant", "message": {"content": [{"type": "tool_use", "name": "mcp__db",
            "input": {"password": "hunter2x", "env": [{"name": "API_SECRET", "value": "b7Qk2xZr9LmP"}]}}]}});
        let all = found(&row);
        assert_eq!(
            all,
            [
                ("password", What::ToolInput, "password: [redacted:password]".to_owned()),
                ("secret", What::ToolInput, "API_SECRET: [redacted:secret]".to_owned()),
            ]
        );
        assert_eq!(row_of(&row).leaks[0].tool.as_deref(), Some("mcp__db"));
        // Its figures are no secrets, nor is what is signed.
        let usage = json!({"type": "assistant", "message": {"usage": {"input_tokens": 123_456_789},
            "content": [{"type": "thinking", "thinking": "", "signature": token()}]}, "sessionId": "b7Qk2xZr9LmP"});
        assert_eq!(found(&usage), []);
    }

    fn row_of(row: &Value) -> Found {
        super::row(row.to_string().as_bytes())
    }

    #[test]
    fn a_key_in_a_string_is_found_whole_and_nothing_around_it_is_cut() {
        let row = json!({"type": "user", "timestamp": "2026-11-24T12:00:00Z", "sessionId": "s", "cwd": "/w",
            "message": {"content": format!("a \"b\"\n{}\nafter", key_block("\n"))}});
        let line = row.to_string();
        let seen = super::row(line.as_bytes());
        assert_eq!(seen.leaks.len(), 1);
        assert_eq!(decode(&line.as_bytes()[seen.leaks[0].range.clone()]), key_block("\n"));
        assert_eq!((seen.facts.session.as_deref(), seen.facts.cwd.as_deref()), (Some("s"), Some("/w")));
        assert!(seen.facts.at.is_some());
        let copy = String::from_utf8(redacted_row(line.as_bytes()).unwrap()).unwrap();
        let mut expected = row;
        expected["message"]["content"] = json!("a \"b\"\n[redacted:private-key]\nafter");
        assert_eq!(copy, expected.to_string());
        assert_eq!(redacted_row(copy.as_bytes()), None);
    }

    #[test]
    fn torn_lines_and_bytes_that_are_no_text() {
        let token = token();
        let torn = format!("{{\"a\":\"x\\n{token}");
        let seen = super::row(torn.as_bytes());
        assert!(!seen.whole);
        assert_eq!(&torn.as_bytes()[seen.leaks[0].range.clone()], token.as_bytes());
        let odd = [b"\xff\xfe ", token.as_bytes(), b"\n\xc3"].concat();
        let leaks = text(&odd);
        assert_eq!(redacted_text(&odd, 0..odd.len(), &leaks), b"\xff\xfe [redacted:github-token]\n\xc3");
    }

    #[test]
    fn an_excerpt_shows_no_secret_and_no_other_line() {
        let token = token();
        let long = format!(
            "first\n{} run DB_PASSWORD=hunter2x with {token} and {}\nlast",
            "w ".repeat(50),
            "z".repeat(90)
        );
        let leaks = text(long.as_bytes());
        assert_eq!(leaks.len(), 2);
        for leak in &leaks {
            assert!(
                !leak.excerpt.contains("hunter2x") && !leak.excerpt.contains(&token[..8]),
                "{}",
                leak.excerpt
            );
            assert!(!leak.excerpt.contains("first") && !leak.excerpt.contains("last"));
            assert!(leak.excerpt.starts_with('…') && leak.excerpt.ends_with('…') && leak.excerpt.len() < 160);
        }
    }

    fn at(line: u64, at: Millis) -> Place {
        Place {
            file: None,
            line,
            column: 1,
            what: What::Prompt,
            tool: None,
            at: Some(at),
            session: None,
            agent: None,
            cwd: None,
            excerpt: String::new(),
            times: 1,
        }
    }

    #[test]
    fn a_secret_in_many_places_is_one() {
        let mut tally = Tally::new([7; 32]);
        tally.add("high-entropy", "qwertz", at(1, 50));
        tally.add("secret", &token(), at(1, 10));
        tally.add("password", "hunter2x", at(2, 30));
        tally.add("github-token", &token(), at(3, 20));
        tally.add("private-key", &key_block("\n"), at(4, 5));
        tally.add("private-key", &key_block("\\n"), at(5, 6));
        let numbered: Vec<String> =
            key_block("\n").lines().zip(1..).map(|(line, number)| format!("  {number}→{line}")).collect();
        tally.add("private-key", &numbered.join("\n"), at(6, 7));
        let secrets: Vec<_> = tally
            .finish()
            .into_iter()
            .map(|secret| (secret.kind, secret.masked, secret.count, secret.places[0].line))
            .collect();
        let masked = |text: &str| text.to_owned();
        assert_eq!(
            secrets,
            [
                ("github-token", masked("ghp_…"), 2, 3),
                ("private-key", masked("…"), 3, 6),
                ("password", masked("…"), 1, 2),
                ("high-entropy", masked("…"), 1, 1),
            ]
        );
    }

    #[test]
    fn memory_has_bounds() {
        let mut tally = Tally::new([7; 32]);
        (0..=MOST_PLACES as u64).for_each(|line| tally.add("password", "hunter2x", at(line, 1)));
        (0..MOST_SECRETS).for_each(|number| tally.add("secret", &number.to_string(), at(1, 1)));
        assert_eq!(tally.left_out, 1);
        let all = tally.finish();
        assert_eq!(all.len(), MOST_SECRETS);
        let most = all.iter().max_by_key(|secret| secret.count).unwrap();
        assert_eq!((most.count, most.places.len()), (MOST_PLACES as u64 + 1, MOST_PLACES));
    }

    proptest! {
        #[test]
        fn a_copy_stays_json_and_differs_in_nothing_else(before in "\\PC{0,40}", after in "\\PC{0,40}") {
            let row = json!({"a": format!("{before} \n{} \t{after}", token()), "b": [before, after]});
            let line = row.to_string();
            let copy = redacted_row(line.as_bytes()).unwrap();
            let copied: Value = serde_json::from_slice(&copy).unwrap();
            prop_assert!(!copied.to_string().contains(&token()));
            let marker = "[redacted:github-token]";
            let back = String::from_utf8(copy).unwrap().replacen(marker, &token(), 1);
            if super::row(line.as_bytes()).leaks.len() == 1 {
                prop_assert_eq!(back, line);
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let copy = redacted_row(&bytes);
            prop_assert_eq!(copy.is_some(), !super::row(&bytes).leaks.is_empty());
            let leaks = text(&bytes);
            let copy = redacted_text(&bytes, 0..bytes.len(), &leaks);
            prop_assert_eq!(copy == bytes, leaks.is_empty());
        }
    }
}
