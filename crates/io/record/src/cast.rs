//! Asciicasts, version 2: a header, and a line for each thing that happened on a terminal.
//! <https://docs.asciinema.org/manual/asciicast/v2/>
//!
//! Each line is written at once and whole, so that what was written before a crash is a cast. A reader passes over a
//! last line that is torn.

use std::borrow::Cow;
use std::io::{self, BufRead, Read, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::RecordError;

/// The longest line that is read.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format's version: 2.
    version: u8,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// When it began, seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// What it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of the environment only the kind of terminal.
    #[serde(default)]
    env: Environment,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Environment {
    #[serde(rename = "TERM", default)]
    term: String,
}

impl Default for Environment {
    fn default() -> Self {
        Self { term: "xterm-256color".to_owned() }
    }
}

impl Header {
    /// A header for a screen of so many columns and rows.
    #[must_use]
    pub fn new(width: u16, height: u16) -> Self {
        Self { version: 2, width, height, timestamp: None, title: None, env: Environment::default() }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The terminal was written to.
    Output(String),
    /// Its size changed, to columns and rows.
    Resize(u16, u16),
    /// Something else, which changes no screen.
    Other,
}

/// Writes a cast.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// When the last event was: none is earlier than the one before.
    last: Duration,
    /// The beginning of a character whose end has not come.
    torn: Vec<u8>,
    bytes: u64,
    events: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Self { out, last: Duration::ZERO, torn: Vec::new(), bytes: 0, events: 0 };
        writer.line(header)?;
        Ok(writer)
    }

    /// Something was written to the terminal, so long after the beginning.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn output(&mut self, bytes: &[u8], at: Duration) -> io::Result<()> {
        let whole = [std::mem::take(&mut self.torn).as_slice(), bytes].concat();
        let end = whole.len() - torn_tail(&whole);
        self.torn = whole[end..].to_vec();
        let text = String::from_utf8_lossy(&whole[..end]);
        if text.is_empty() { Ok(()) } else { self.event("o", &text, at) }
    }

    /// The terminal's size changed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn resize(&mut self, width: u16, height: u16, at: Duration) -> io::Result<()> {
        self.event("r", &format!("{width}x{height}"), at)
    }

    /// What is worth finding again begins here.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn marker(&mut self, label: &str, at: Duration) -> io::Result<()> {
        self.event("m", label, at)
    }

    /// Bytes written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Events written.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// When the last event was.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.last
    }

    /// Writes what is left and returns what was written to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.torn.is_empty() {
            self.torn.clear();
            self.event("o", "\u{fffd}", self.last)?;
        }
        self.out.flush()?;
        Ok(self.out)
    }

    fn event(&mut self, kind: &str, data: &str, at: Duration) -> io::Result<()> {
        self.last = self.last.max(at);
        let micros = u64::try_from(self.last.as_micros()).unwrap_or(u64::MAX);
        // Seconds with six digits, without the noise of a float.
        let data = serde_json::to_string(data)?;
        let line = format!("[{}.{:06},\"{kind}\",{data}]\n", micros / 1_000_000, micros % 1_000_000);
        self.events += 1;
        self.put(line.as_bytes())
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.put(&line)
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        self.out.write_all(line)?;
        self.bytes += line.len() as u64;
        Ok(())
    }
}

/// How many bytes at the end begin a character and do not end it.
fn torn_tail(bytes: &[u8]) -> usize {
    let Err(error) = std::str::from_utf8(bytes) else { return 0 };
    if error.error_len().is_none() {
        return bytes.len() - error.valid_up_to();
    }
    // Something before is no text at all; what stands at the end may still be torn.
    let back = bytes.iter().rev().take(3).position(|byte| *byte >= 0xc0).map(|at| at + 1);
    let start = bytes.len() - back.unwrap_or(0);
    match std::str::from_utf8(&bytes[start..]) {
        Err(error) if error.error_len().is_none() => bytes.len() - start,
        _ => 0,
    }
}

/// Reads a cast.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    header: Header,
    line: u64,
    bytes: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When it cannot be read, or is that of something else.
    pub fn new(mut from: R) -> Result<Self, RecordError> {
        let mut buffer = Vec::new();
        let read = (&mut from).take(MAX_LINE).read_until(b'\n', &mut buffer).map_err(RecordError::Read)?;
        let header: Header = serde_json::from_slice(&buffer)
            .map_err(|_| RecordError::Cast { line: 1, what: "this is no asciicast" })?;
        if header.version != 2 {
            return Err(RecordError::Cast { line: 1, what: "only version 2 of the format can be read" });
        }
        Ok(Self { from, header, line: 1, bytes: read as u64, buffer })
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next event and when it was; `None` at the end.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn event(&mut self) -> Result<Option<(Duration, Event)>, RecordError> {
        loop {
            self.buffer.clear();
            let line = (&mut self.from).take(MAX_LINE).read_until(b'\n', &mut self.buffer);
            let read = line.map_err(RecordError::Read)?;
            if read == 0 {
                return Ok(None);
            }
            self.bytes += read as u64;
            self.line += 1;
            if self.buffer.trim_ascii().is_empty() {
                continue;
            }
            return match parse(&self.buffer) {
                Some(event) => Ok(Some(event)),
                // Whoever wrote it was stopped while it did.
                None if self.buffer.last() != Some(&b'\n') => Ok(None),
                None => Err(RecordError::Cast { line: self.line, what: "this is no event" }),
            };
        }
    }
}

fn parse(line: &[u8]) -> Option<(Duration, Event)> {
    #[derive(Deserialize)]
    struct Row<'a>(f64, #[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>);
    let Row(at, kind, data) = serde_json::from_slice(line).ok()?;
    let at = Duration::try_from_secs_f64(at).ok()?;
    let event = match &*kind {
        "o" => Event::Output(data.into_owned()),
        "r" => {
            let (width, height) = data.split_once('x')?;
            Event::Resize(width.parse().ok()?, height.parse().ok()?)
        }
        _ => Event::Other,
    };
    Some((at, event))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(make: impl FnOnce(&mut Writer<Vec<u8>>)) -> String {
        let mut writer = Writer::new(Vec::new(), &Header::new(80, 24)).unwrap();
        make(&mut writer);
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    fn events(cast: &str) -> Vec<(Duration, Event)> {
        let mut reader = Reader::new(cast.as_bytes()).unwrap();
        std::iter::from_fn(|| reader.event().unwrap()).collect()
    }

    #[test]
    fn the_bytes_of_a_cast() {
        let cast = written(|writer| {
            writer.output(b"a\x1b[31m\"\r\n", Duration::from_micros(1_500_000)).unwrap();
            writer.resize(100, 30, Duration::from_secs(2)).unwrap();
            writer.output("ä".as_bytes(), Duration::from_secs(1)).unwrap();
            writer.marker("here", Duration::from_secs(3)).unwrap();
        });
        let expected = "{\"version\":2,\"width\":80,\"height\":24,\"env\":{\"TERM\":\"xterm-256color\"}}\n\
            [1.500000,\"o\",\"a\\u001b[31m\\\"\\r\\n\"]\n[2.000000,\"r\",\"100x30\"]\n[2.000000,\"o\",\"ä\"]\n[3.000000,\"m\",\"here\"]\n";
        assert_eq!(cast, expected, "time does not go back");
        let mut titled = Header::new(1, 2);
        (titled.timestamp, titled.title) = (Some(7), Some("x".to_owned()));
        let titled = Writer::new(Vec::new(), &titled).unwrap().finish().unwrap();
        assert!(titled.starts_with(br#"{"version":2,"width":1,"height":2,"timestamp":7,"title":"x","env""#));
    }

    #[test]
    fn what_was_cut_off_is_passed_over_and_nothing_else() {
        let whole = written(|writer| writer.output(b"one", Duration::ZERO).unwrap());
        assert_eq!(events(&format!("{whole}[1.0,\"o\",\"tw")).len(), 1);
        let mut torn = Reader::new(whole.as_bytes()).unwrap();
        assert!(torn.event().unwrap().is_some() && torn.event().unwrap().is_none());
        let broken = format!("{whole}[1.0,\"o\",\"tw\n[2.0,\"o\",\"x\"]\n");
        let mut broken = Reader::new(broken.as_bytes()).unwrap();
        assert!(broken.event().is_ok());
        assert!(matches!(broken.event(), Err(RecordError::Cast { line: 3, .. })));
        for head in [
            "",
            "{}",
            "[1]",
            "{\"version\":3,\"width\":1,\"height\":1}",
            "{\"version\":2,\"width\":-1,\"height\":1}",
        ] {
            assert!(matches!(Reader::new(head.as_bytes()), Err(RecordError::Cast { line: 1, .. })), "{head}");
        }
        for time in ["-1", "1e400", "null"] {
            let odd = format!("{whole}[{time},\"o\",\"x\"]\n");
            let mut odd = Reader::new(odd.as_bytes()).unwrap();
            assert!(odd.event().is_ok());
            assert!(odd.event().is_err(), "{time}");
        }
    }

    proptest! {
        /// However what is written is cut into pieces, the same text comes back.
        #[test]
        fn any_pieces_give_the_text(text in "[a-zé日\u{1f600}\u{1b}\n]{0,40}", junk in prop::collection::vec(any::<u8>(), 0..4), cuts in prop::collection::vec(1usize..5, 1..6)) {
            let bytes = [&junk, text.as_bytes(), &junk].concat();
            let cast = written(|writer| {
                let (mut rest, mut cuts) = (bytes.as_slice(), cuts.iter().cycle());
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                    writer.output(piece, Duration::ZERO).unwrap();
                    rest = after;
                }
            });
            let back: String = events(&cast).into_iter().map(|(_, event)| match event {
                Event::Output(text) => text,
                _ => String::new(),
            }).collect();
            prop_assert!(back.contains(&text), "{back:?}");
            if junk.is_empty() {
                prop_assert_eq!(back, text);
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let cast = [b"{\"version\":2,\"width\":80,\"height\":24}\n".as_slice(), &bytes].concat();
            let mut reader = Reader::new(cast.as_slice()).unwrap();
            while let Ok(Some(_)) = reader.event() {}
            prop_assert!(reader.bytes() <= cast.len() as u64);
        }
    }
}
