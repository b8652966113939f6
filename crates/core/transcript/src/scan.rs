//! One line to what it bills, read once and no further than needed.
//!
//! Claude Code writes a response as one line per content block, all with the same `message.id` and
//! `usage`. The scanner walks the top-level keys in order and gives up as soon as a key shows that
//! the row is not an assistant's: `"type":"user"` stands before a user row's payload, an attachment
//! begins with `"attachment"`. A megabyte of tool output behind that is never looked at.

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

/// How many times a line that is torn at its start is searched for a whole row behind the tear.
const RESYNC_ATTEMPTS: usize = 16;

/// Scans one line (without its newline) and calls `found` with each row that it holds.
///
/// Usually that is one. Two happen where a crash cut a row and the next was appended right behind it:
/// then the torn part is reported as [`Scanned::Malformed`] and the whole row behind it as itself.
/// What a line gives depends on nothing but its bytes, and a line that is a whole row followed by
/// more gives that row whether or not the rest has been written yet.
pub fn scan_line<'a>(line: &'a [u8], mut found: impl FnMut(Scanned<'a>)) {
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
        match scan_row(&mut cursor) {
            Some(Scanned::Other(kind)) => {
                let whole = rest.trim_ascii_end().last() == Some(&b'}');
                return found(if whole { Scanned::Other(kind) } else { Scanned::Malformed });
            }
            Some(row) => {
                found(row);
                rest = &rest[cursor.position()..];
            }
            None => {
                found(Scanned::Malformed);
                if let Some(row) = resync(rest) {
                    found(row);
                }
                return;
            }
        }
    }
}

/// A whole response that ends exactly where the torn line ends.
///
/// `{"` cannot stand inside a JSON string (its quote would be escaped), and a nested object does not
/// end where the line ends, so nothing a session's text contains can be taken for a row.
fn resync(torn: &[u8]) -> Option<Scanned<'_>> {
    let starts = memchr::memmem::find_iter(torn, b"{\"").filter(|&start| start > 0);
    for start in starts.take(RESYNC_ATTEMPTS) {
        let mut cursor = Cursor::new(&torn[start..]);
        if let Some(row @ Scanned::Response(_)) = scan_row(&mut cursor)
            && cursor.peek().is_none()
        {
            return Some(row);
        }
    }
    None
}

fn scan_row<'a>(cursor: &mut Cursor<'a>) -> Option<Scanned<'a>> {
    let mut row = ResponseLine::default();
    let mut kind: &[u8] = b"";
    let mut message = Message::default();
    let end = cursor.object(|key, value| {
        match key {
            b"type" => {
                kind = value.string_or_skip()?.unwrap_or_default();
                return Some(if kind == b"assistant" { Visit::Taken } else { Visit::Stop });
            }
            b"message" => {
                if value.peek()? != b'{' {
                    return Some(Visit::Skip);
                }
                if message.read(value)? == End::Stopped {
                    return Some(Visit::Stop);
                }
            }
            b"attachment" | b"toolUseResult" | b"snapshot" => return Some(Visit::Stop),
            b"uuid" => row.uuid = value.string_or_skip()?,
            b"timestamp" => row.timestamp = value.string_or_skip()?.and_then(parse_millis),
            b"sessionId" => row.session = value.string_or_skip()?,
            b"session_id" => row.own_session = value.string_or_skip()?,
            b"requestSessionId" => row.request_session = value.string_or_skip()?,
            b"agentId" => row.agent = value.string_or_skip()?,
            b"isSidechain" => row.sidechain = value.bool_or_skip()?,
            b"isApiErrorMessage" => row.api_error = value.bool_or_skip()?,
            b"cwd" => row.cwd = value.string_or_skip()?,
            b"gitBranch" => row.branch = value.string_or_skip()?,
            b"version" => row.version = value.string_or_skip()?,
            _ => return Some(Visit::Skip),
        }
        Some(Visit::Taken)
    })?;
    let billed = end == End::Closed && kind == b"assistant";
    match message.usage {
        Some(usage) if billed => {
            (row.id, row.model, row.usage, row.ended) = (message.id, message.model, usage, message.ended);
            Some(Scanned::Response(row))
        }
        _ => Some(Scanned::Other(kind)),
    }
}

#[derive(Default)]
struct Message<'a> {
    id: Option<&'a [u8]>,
    model: &'a [u8],
    usage: Option<Usage>,
    ended: bool,
}

impl<'a> Message<'a> {
    fn read(&mut self, cursor: &mut Cursor<'a>) -> Option<End> {
        cursor.object(|key, value| {
            match key {
                b"role" => {
                    let assistant = value.string_or_skip()? == Some(b"assistant");
                    return Some(if assistant { Visit::Taken } else { Visit::Stop });
                }
                b"id" => self.id = value.string_or_skip()?.filter(|id| !id.is_empty()),
                b"model" => self.model = value.string_or_skip()?.unwrap_or_default(),
                b"stop_reason" => self.ended = value.string_or_skip()?.is_some(),
                b"usage" if value.peek()? == b'{' => self.usage = Some(read_usage(value)?),
                _ => return Some(Visit::Skip),
            }
            Some(Visit::Taken)
        })
    }
}

fn read_usage(cursor: &mut Cursor<'_>) -> Option<Usage> {
    let mut usage = Usage::default();
    cursor.object(|key, value| {
        match key {
            b"input_tokens" => usage.input = value.count()?,
            b"output_tokens" => usage.output = value.count()?,
            b"cache_read_input_tokens" => usage.cache_read = value.count()?,
            b"cache_creation_input_tokens" => usage.cache_write = value.count()?,
            b"cache_creation" if value.peek()? == b'{' => read_cache_parts(value, &mut usage)?,
            b"server_tool_use" if value.peek()? == b'{' => read_server_tools(value, &mut usage)?,
            b"speed" => usage.speed = speed(value.string_or_skip()?),
            b"inference_geo" => usage.us_only = value.string_or_skip()? == Some(b"us"),
            b"service_tier" => usage.tier = tier(value.string_or_skip()?),
            _ => return Some(Visit::Skip),
        }
        Some(Visit::Taken)
    })?;
    Some(usage)
}

fn read_cache_parts(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Option<()> {
    cursor.object(|key, value| {
        match key {
            b"ephemeral_5m_input_tokens" => usage.cache_write_5m = value.count()?,
            b"ephemeral_1h_input_tokens" => usage.cache_write_1h = value.count()?,
            _ => return Some(Visit::Skip),
        }
        Some(Visit::Taken)
    })?;
    Some(())
}

fn read_server_tools(cursor: &mut Cursor<'_>, usage: &mut Usage) -> Option<()> {
    cursor.object(|key, value| {
        if key != b"web_search_requests" {
            return Some(Visit::Skip);
        }
        usage.web_searches = value.count()?;
        Some(Visit::Taken)
    })?;
    Some(())
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

        #[test]
        fn any_changed_byte_is_survived(at in 0usize..ROW.len(), byte in proptest::prelude::any::<u8>()) {
            let mut row = ROW.as_bytes().to_vec();
            row[at] = byte;
            scan_line(&row, |_| {});
        }
    }
}
