//! One line to what it bills, read once and no further than needed.
//!
//! Claude Code writes a response as one line per content block, all with the same `message.id` and
//! `usage`. The scanner walks the top-level keys in order and gives up as soon as a key shows that
//! the row is not an assistant's: `"type":"user"` stands before a user row's payload, an attachment
//! begins with `"attachment"`. A megabyte of tool output behind that is never looked at.

use memchr::memmem;

use crate::json::{Cursor, End, Visit};
use crate::time::{Millis, parse_millis};
use crate::usage::{Speed, Tier, Usage};

/// What a line holds, as far as billing goes.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives at a time, on the stack; a box would cost a call a line"
)]
pub enum Scanned<'a> {
    /// Part of an API response, with its usage.
    Response(ResponseLine<'a>),
    /// A row of another type, or an assistant row without usage. The type is given as written; it is
    /// empty where the row was recognised by something else.
    Other(&'a [u8]),
    /// Nothing but white space.
    Blank,
    /// Torn or no JSON object.
    Malformed,
}

/// One line of an API response. Texts are as written in the file (JSON escapes unresolved).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResponseLine<'a> {
    /// `message.id`, the id of the API response; gateways may leave it out.
    pub id: Option<&'a [u8]>,
    /// The row's own id.
    pub uuid: Option<&'a [u8]>,
    /// `message.model`.
    pub model: &'a [u8],
    /// `message.usage`.
    pub usage: Usage,
    /// `message.stop_reason` is set: the response had ended when the row was written.
    pub ended: bool,
    /// When the row was made.
    pub timestamp: Option<Millis>,
    /// `sessionId`: the session whose file this is; rewritten when a session is forked.
    pub session: Option<&'a [u8]>,
    /// `session_id`: on some rows, the session that made the row.
    pub own_session: Option<&'a [u8]>,
    /// `requestSessionId`: on rows copied by a fork, the session that paid.
    pub request_session: Option<&'a [u8]>,
    /// `agentId`: the subagent that made the request.
    pub agent: Option<&'a [u8]>,
    /// The row belongs to a subagent.
    pub sidechain: bool,
    /// The row tells of a failed request; made up by the client.
    pub api_error: bool,
    /// The folder the session worked in.
    pub cwd: Option<&'a [u8]>,
    /// The git branch checked out there.
    pub branch: Option<&'a [u8]>,
    /// The version of Claude Code.
    pub version: Option<&'a [u8]>,
}

/// How many objects of a torn line are tried, from its end, for a whole row behind the tear: more than an
/// ordinary row holds.
const RESYNC_ATTEMPTS: usize = 64;
/// What stands behind a row's usage is shorter, as Claude Code writes it.
const BEHIND_USAGE: usize = 1024;

/// Scans one line (without its newline) and calls `found` with each row that it holds.
///
/// Usually that is one. Two happen where a crash cut a row and the next was appended right behind it:
/// then the torn part is reported as [`Scanned::Malformed`] and the whole row behind it as itself.
/// What a line gives depends on nothing but its bytes, and a line that is a whole row followed by
/// more gives that row whether or not the rest has been written yet.
///
/// For many lines, a [`Scanner`] gives the same and is faster.
pub fn scan_line<'a>(line: &'a [u8], found: impl FnMut(Scanned<'a>)) {
    Scanner::default().line(line, found);
}

/// Scans lines. It remembers the shape of the rows it has seen, for the next will have it, too.
#[derive(Debug)]
pub struct Scanner {
    /// Of the last two rows that differed, the latest first.
    shapes: [Shape; 2],
    /// The shape of the row at hand.
    draft: Vec<Slot>,
    /// Finds the beginning of a usage.
    usage: memmem::Finder<'static>,
}

impl Default for Scanner {
    fn default() -> Self {
        let usage = memmem::Finder::new(b"\"usage\"");
        Self { shapes: Default::default(), draft: Vec::new(), usage }
    }
}

impl Scanner {
    /// Scans a line: see [`scan_line`].
    pub fn line<'a>(&mut self, line: &'a [u8], mut found: impl FnMut(Scanned<'a>)) {
        let mut rest = line;
        loop {
            let mut cursor = Cursor::new(rest);
            match cursor.peek() {
                None => {
                    if rest.len() == line.len() {
                        found(Scanned::Blank);
                    }
                    return;
                }
                Some(b'{') => {}
                Some(_) => return found(Scanned::Malformed),
            }
            match self.row(rest, &mut cursor) {
                Some(Scanned::Other(kind)) => {
                    let behind = &rest[cursor.position()..];
                    return self.other(kind, rest, behind, found);
                }
                Some(row) => {
                    found(row);
                    rest = &rest[cursor.position()..];
                }
                None => {
                    found(Scanned::Malformed);
                    if let Some((_, row)) = self.resync(rest) {
                        found(row);
                    }
                    return;
                }
            }
        }
    }

    /// A row that was left as soon as it was seen to bill nothing. If it was torn, a response may have
    /// been appended right behind it.
    fn other<'a>(
        &mut self,
        kind: &'a [u8],
        line: &'a [u8],
        behind: &'a [u8],
        mut found: impl FnMut(Scanned<'a>),
    ) {
        let line = line.trim_ascii_end();
        if line.last() != Some(&b'}') {
            return found(Scanned::Malformed);
        }
        let end = &behind[behind.len().saturating_sub(BEHIND_USAGE)..];
        let response = self.usage.find(end).and_then(|_| self.resync(line));
        let Some((start, row)) = response else { return found(Scanned::Other(kind)) };
        let mut before = Cursor::new(&line[..start]);
        let whole = before.skip().is_some() && before.peek().is_none();
        found(if whole { Scanned::Other(kind) } else { Scanned::Malformed });
        found(row);
    }

    /// A whole response that ends exactly where the line ends but does not begin where it begins, and
    /// where it does.
    ///
    /// `{"` cannot stand inside a JSON string (its quote would end it), and a nested object does not end
    /// where the line ends, so nothing a session's text contains can be taken for a row.
    fn resync<'a>(&mut self, line: &'a [u8]) -> Option<(usize, Scanned<'a>)> {
        let starts = memmem::rfind_iter(line, b"{\"").take_while(|&start| start > 0);
        for start in starts.take(RESYNC_ATTEMPTS) {
            let mut cursor = Cursor::new(&line[start..]);
            if let Some(row @ Scanned::Response(_)) = self.row(&line[start..], &mut cursor)
                && cursor.peek().is_none()
            {
                return Some((start, row));
            }
        }
        None
    }

    fn row<'a>(&mut self, text: &'a [u8], cursor: &mut Cursor<'a>) -> Option<Scanned<'a>> {
        for at in 0..self.shapes.len() {
            let mut again = cursor.clone();
            let mut row = Row::default();
            if self.shapes[at].read(&mut again, &mut row).is_some() {
                *cursor = again;
                self.shapes[..=at].rotate_right(1);
                return Some(Scanned::Response(row.response));
            }
        }
        self.draft.clear();
        let start = cursor.position();
        let mut walk = Walk { row: Row::default(), kind: b"", slots: &mut self.draft };
        let end = walk.top(cursor)?;
        let Walk { row, kind, .. } = walk;
        if end == End::Stopped || kind != b"assistant" || !row.has_usage {
            return Some(Scanned::Other(kind));
        }
        self.shapes.rotate_right(1);
        self.shapes[0].learn(&text[start..cursor.position()], start, &self.draft);
        Some(Scanned::Response(row.response))
    }
}

/// A value of a row that billing wants, or that differs from row to row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Uuid,
    Timestamp,
    Session,
    OwnSession,
    RequestSession,
    Agent,
    Sidechain,
    ApiError,
    Cwd,
    Branch,
    Version,
    Id,
    Model,
    StopReason,
    /// Not a value: a usage begins here.
    Usage,
    Input,
    Output,
    CacheRead,
    CacheWrite,
    CacheWrite5m,
    CacheWrite1h,
    WebSearches,
    Speed,
    Geography,
    Tier,
    /// Any value that nobody wants.
    Unread,
}

/// Where in a row a value stands.
#[derive(Debug, Clone, Copy)]
struct Slot {
    field: Field,
    start: usize,
    end: usize,
}

/// What rows of one kind have in common: everything but their values.
///
/// The rows of a session have the same keys in the same order, so once one has been walked key by key,
/// the text between the values of the next only has to be compared. Where that text is the same, the
/// walk would have come to the same values by the same decisions, and each is read here by the very
/// function that the walk uses: a shape can make reading faster but not different.
#[derive(Debug, Default)]
struct Shape {
    /// The texts before each value and behind the last, one after the other. Empty: no shape yet.
    text: Vec<u8>,
    /// Each value, and where the text before it ends.
    values: Vec<(Field, usize)>,
}

impl Shape {
    /// Learns from a row that stands at `start` of the text that the slots count in.
    fn learn(&mut self, row: &[u8], start: usize, slots: &[Slot]) {
        self.text.clear();
        self.values.clear();
        let mut at = 0;
        for slot in slots {
            self.text.extend_from_slice(&row[at..slot.start - start]);
            self.values.push((slot.field, self.text.len()));
            at = slot.end - start;
        }
        self.text.extend_from_slice(&row[at..]);
    }

    /// Reads a row of this shape; `None` if it is of another.
    fn read<'a>(&self, cursor: &mut Cursor<'a>, row: &mut Row<'a>) -> Option<()> {
        if self.text.is_empty() {
            return None;
        }
        let mut at = 0;
        for &(field, end) in &self.values {
            cursor.literal(self.text.get(at..end)?)?;
            row.read(field, cursor)?;
            at = end;
        }
        cursor.literal(self.text.get(at..)?)
    }
}

/// A row as far as it has been read.
#[derive(Default)]
struct Row<'a> {
    response: ResponseLine<'a>,
    has_usage: bool,
}

impl<'a> Row<'a> {
    /// Reads the value that the cursor is at.
    #[inline]
    fn read(&mut self, field: Field, value: &mut Cursor<'a>) -> Option<()> {
        let row = &mut self.response;
        match field {
            Field::Uuid => row.uuid = value.string_or_skip()?,
            Field::Timestamp => row.timestamp = value.string_or_skip()?.and_then(parse_millis),
            Field::Session => row.session = value.string_or_skip()?,
            Field::OwnSession => row.own_session = value.string_or_skip()?,
            Field::RequestSession => row.request_session = value.string_or_skip()?,
            Field::Agent => row.agent = value.string_or_skip()?,
            Field::Sidechain => row.sidechain = value.bool_or_skip()?,
            Field::ApiError => row.api_error = value.bool_or_skip()?,
            Field::Cwd => row.cwd = value.string_or_skip()?,
            Field::Branch => row.branch = value.string_or_skip()?,
            Field::Version => row.version = value.string_or_skip()?,
            Field::Id => row.id = value.string_or_skip()?.filter(|id| !id.is_empty()),
            Field::Model => row.model = value.string_or_skip()?.unwrap_or_default(),
            Field::StopReason => row.ended = value.string_or_skip()?.is_some(),
            Field::Usage => (row.usage, self.has_usage) = (Usage::default(), true),
            Field::Input => row.usage.input = value.count()?,
            Field::Output => row.usage.output = value.count()?,
            Field::CacheRead => row.usage.cache_read = value.count()?,
            Field::CacheWrite => row.usage.cache_write = value.count()?,
            Field::CacheWrite5m => row.usage.cache_write_5m = value.count()?,
            Field::CacheWrite1h => row.usage.cache_write_1h = value.count()?,
            Field::WebSearches => row.usage.web_searches = value.count()?,
            Field::Speed => row.usage.speed = speed(value.string_or_skip()?),
            Field::Geography => row.usage.us_only = value.string_or_skip()? == Some(b"us"),
            Field::Tier => row.usage.tier = tier(value.string_or_skip()?),
            Field::Unread => value.skip()?,
        }
        Some(())
    }
}

/// Reads a row key by key, and notes where its values stand.
struct Walk<'a, 's> {
    row: Row<'a>,
    /// The row's type, as far as it has been seen.
    kind: &'a [u8],
    slots: &'s mut Vec<Slot>,
}

impl<'a> Walk<'a, '_> {
    fn value(&mut self, field: Field, value: &mut Cursor<'a>) -> Option<Visit> {
        let start = value.position();
        self.row.read(field, value)?;
        self.slots.push(Slot { field, start, end: value.position() });
        Some(Visit::Taken)
    }

    fn top(&mut self, cursor: &mut Cursor<'a>) -> Option<End> {
        cursor.object(|key, value| {
            let field = match key {
                b"type" => {
                    self.kind = value.string_or_skip()?.unwrap_or_default();
                    return Some(if self.kind == b"assistant" { Visit::Taken } else { Visit::Stop });
                }
                b"message" if value.peek()? == b'{' => {
                    return Some(match self.message(value)? {
                        End::Closed => Visit::Taken,
                        End::Stopped => Visit::Stop,
                    });
                }
                b"attachment" | b"toolUseResult" | b"snapshot" => return Some(Visit::Stop),
                b"uuid" => Field::Uuid,
                b"timestamp" => Field::Timestamp,
                b"sessionId" => Field::Session,
                b"session_id" => Field::OwnSession,
                b"requestSessionId" => Field::RequestSession,
                b"agentId" => Field::Agent,
                b"isSidechain" => Field::Sidechain,
                b"isApiErrorMessage" => Field::ApiError,
                b"cwd" => Field::Cwd,
                b"gitBranch" => Field::Branch,
                b"version" => Field::Version,
                _ => Field::Unread,
            };
            self.value(field, value)
        })
    }

    fn message(&mut self, cursor: &mut Cursor<'a>) -> Option<End> {
        cursor.object(|key, value| {
            let field = match key {
                b"role" => {
                    let assistant = value.string_or_skip()? == Some(b"assistant");
                    return Some(if assistant { Visit::Taken } else { Visit::Stop });
                }
                b"id" => Field::Id,
                b"model" => Field::Model,
                b"stop_reason" => Field::StopReason,
                b"usage" if value.peek()? == b'{' => {
                    self.value(Field::Usage, value)?;
                    return self.usage(value);
                }
                _ => Field::Unread,
            };
            self.value(field, value)
        })
    }

    fn usage(&mut self, cursor: &mut Cursor<'a>) -> Option<Visit> {
        cursor.object(|key, value| {
            let field = match key {
                b"input_tokens" => Field::Input,
                b"output_tokens" => Field::Output,
                b"cache_read_input_tokens" => Field::CacheRead,
                b"cache_creation_input_tokens" => Field::CacheWrite,
                b"cache_creation" if value.peek()? == b'{' => return self.cache_writes(value),
                b"server_tool_use" if value.peek()? == b'{' => return self.server_tools(value),
                b"speed" => Field::Speed,
                b"inference_geo" => Field::Geography,
                b"service_tier" => Field::Tier,
                _ => Field::Unread,
            };
            self.value(field, value)
        })?;
        Some(Visit::Taken)
    }

    fn cache_writes(&mut self, cursor: &mut Cursor<'a>) -> Option<Visit> {
        cursor.object(|key, value| {
            let field = match key {
                b"ephemeral_5m_input_tokens" => Field::CacheWrite5m,
                b"ephemeral_1h_input_tokens" => Field::CacheWrite1h,
                _ => Field::Unread,
            };
            self.value(field, value)
        })?;
        Some(Visit::Taken)
    }

    fn server_tools(&mut self, cursor: &mut Cursor<'a>) -> Option<Visit> {
        cursor.object(|key, value| {
            let field = if key == b"web_search_requests" { Field::WebSearches } else { Field::Unread };
            self.value(field, value)
        })?;
        Some(Visit::Taken)
    }
}

fn speed(text: Option<&[u8]>) -> Speed {
    if text == Some(b"fast") { Speed::Fast } else { Speed::Standard }
}

fn tier(text: Option<&[u8]>) -> Tier {
    match text {
        None | Some(b"" | b"standard") => Tier::Standard,
        Some(b"batch") => Tier::Batch,
        Some(b"priority") => Tier::Priority,
        Some(_) => Tier::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(line: &str) -> Vec<Scanned<'_>> {
        let mut rows = Vec::new();
        scan_line(line.as_bytes(), |row| rows.push(row));
        rows
    }

    const ROW: &str = r#"{"isSidechain":false,"message":{"id":"msg_1","role":"assistant","model":"m","content":[{"type":"text","text":"say \"usage\": {"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4},"server_tool_use":{"web_search_requests":5},"speed":"fast","inference_geo":"us","service_tier":"priority"}},"requestId":"r","type":"assistant","uuid":"u","timestamp":"2026-11-22T07:15:26.302Z","sessionId":"s"}"#;

    fn response(line: &str) -> ResponseLine<'_> {
        match all(line).as_slice() {
            [Scanned::Response(row)] => row.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_response_gives_its_usage() {
        let row = response(ROW);
        assert_eq!(row.id, Some(b"msg_1".as_slice()));
        assert_eq!(row.usage.input + row.usage.output, 3);
        assert_eq!((row.usage.cache_write_5m, row.usage.cache_write_1h, row.usage.web_searches), (3, 4, 5));
        assert_eq!((row.usage.speed, row.usage.us_only, row.usage.tier), (Speed::Fast, true, Tier::Priority));
        assert!(row.ended && !row.sidechain);
        assert_eq!(row.session, Some(b"s".as_slice()));
    }

    #[test]
    fn white_space_between_tokens_changes_nothing() {
        let spaced: serde_json::Value = serde_json::from_str(ROW).unwrap();
        let spaced = serde_json::to_string_pretty(&spaced).unwrap().replace('\n', " ");
        assert_eq!(response(&spaced).usage, response(ROW).usage);
    }

    #[test]
    fn other_rows_are_left_early() {
        assert_eq!(
            all(r#"{"type":"user","message":{"role":"user","content":"x"}}"#),
            [Scanned::Other(b"user")]
        );
        assert_eq!(all(r#"{"message":{"role":"user","content":"x"},"type":"user"}"#), [Scanned::Other(b"")]);
        assert_eq!(all(r#"{"type":"assistant"}"#), [Scanned::Other(b"assistant")]);
        assert_eq!(all("  \r"), [Scanned::Blank]);
    }

    #[test]
    fn what_is_no_row_is_malformed() {
        for line in [
            "[]",
            "\0\u{1} not json",
            r#"{"type":"assistant","message":{"id":"msg_cut"#,
            r#"{"type":"user","x":"#,
        ] {
            assert_eq!(all(line), [Scanned::Malformed], "{line}");
        }
    }

    #[test]
    fn two_rows_on_a_line_are_two() {
        let line = format!("{ROW}{ROW}");
        assert!(matches!(all(&line).as_slice(), [Scanned::Response(_), Scanned::Response(_)]));
        let line = format!("{ROW}garbage");
        assert!(matches!(all(&line).as_slice(), [Scanned::Response(_), Scanned::Malformed]));
    }

    #[test]
    fn a_row_behind_a_torn_one_is_found() {
        let line = format!("{}{ROW}", &ROW[..ROW.len() / 2]);
        match all(&line).as_slice() {
            [Scanned::Malformed, Scanned::Response(row)] => assert_eq!(row.usage, response(ROW).usage),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_that_looks_like_a_row_is_not_one() {
        let quoted = serde_json::to_string(ROW).unwrap();
        let line = format!(r#"{{"type":"user","message":{{"role":"user","content":{quoted}}}}}"#);
        assert_eq!(all(&line), [Scanned::Other(b"user")]);
        let torn =
            format!(r#"{{"type":"assistant","message":{{"role":"assistant","content":[{{"input":{ROW}}}"#);
        assert_eq!(all(&torn), [Scanned::Malformed]);
    }

    fn all_bytes(line: &[u8]) -> Vec<Scanned<'_>> {
        let mut rows = Vec::new();
        scan_line(line, |row| rows.push(row));
        rows
    }

    /// A place, how many bytes to take out there, and what to put in.
    fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
        let bits = [
            "7",
            "12",
            "null",
            "true",
            "\"",
            "x",
            " ",
            ",",
            "\\",
            "\\\"",
            "{",
            "}",
            "[]",
            "\"fast\"",
            ",\"type\":\"assistant\"",
            ",\"usage\":{\"output_tokens\":5}",
            ",\"uuid\":\"w\"",
            "\"a\":1,",
            "",
        ];
        let with = prop::sample::select(bits.to_vec()).prop_map(str::to_owned);
        (any::<prop::sample::Index>(), 0usize..4, with)
    }

    #[test]
    fn a_response_behind_a_row_that_bills_nothing_is_found() {
        let user = r#"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"{\"usage\":{}}"}]},"toolUseResult":{"usage":{"output_tokens":9}}}"#;
        let row = Scanned::Response(response(ROW));
        for end in [30, 60, 90, user.len() - 1] {
            let torn = format!("{}{ROW}", &user[..end]);
            assert_eq!(all(&torn), [Scanned::Malformed, row.clone()], "torn at {end}");
        }
        assert_eq!(all(&format!("{user}{ROW}")), [Scanned::Other(b"user"), row.clone()]);
        assert_eq!(all(user), [Scanned::Other(b"user")]);
        let role = ROW.find("assistant").unwrap() + 3;
        assert_eq!(all(&format!("{}{ROW}", &ROW[..role])), [Scanned::Malformed, row]);
    }

    #[test]
    fn a_row_of_a_known_shape_is_read_by_it() {
        let mut scanner = Scanner::default();
        scanner.line(ROW.as_bytes(), |_| {});
        let next = ROW.replace("\"output_tokens\":2", "\"output_tokens\":12345").replace("msg_1", "msg_22");
        let mut row = Row::default();
        assert_eq!(scanner.shapes[0].read(&mut Cursor::new(next.as_bytes()), &mut row), Some(()));
        assert_eq!(row.response, response(&next));
        assert_eq!((row.response.id, row.response.usage.output), (Some(b"msg_22".as_slice()), 12345));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            scan_line(&bytes, |_| {});
        }

        #[test]
        fn any_cut_of_a_row_is_torn(cut in 1usize..ROW.len()) {
            let rows = all(&ROW[..cut]);
            proptest::prop_assert_eq!(rows, vec![Scanned::Malformed]);
        }

        /// What a line gives does not depend on the lines before it.
        #[test]
        fn the_shape_of_earlier_rows_changes_nothing(edits in proptest::collection::vec(edit(), 1..24)) {
            let mut scanner = Scanner::default();
            let mut row = ROW.as_bytes().to_vec();
            for (at, len, with) in edits {
                let before = row.clone();
                let at = at.index(row.len());
                let end = (at + len).min(row.len());
                row.splice(at..end, with.bytes());
                for line in [&before, &row] {
                    let mut warm = Vec::new();
                    scanner.line(line, |row| warm.push(row));
                    let mut cold = Vec::new();
                    scan_line(line, |row| cold.push(row));
                    proptest::prop_assert_eq!(warm, cold);
                }
                // Most edits break the row; go on from one that works.
                if !matches!(all_bytes(&row).as_slice(), [Scanned::Response(_)]) {
                    row = before;
                }
            }
        }

        #[test]
        fn any_changed_byte_is_survived(at in 0usize..ROW.len(), byte in proptest::prelude::any::<u8>()) {
            let mut row = ROW.as_bytes().to_vec();
            row[at] = byte;
            scan_line(&row, |_| {});
        }
    }
}
