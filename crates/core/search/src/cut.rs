//! Passages gathered into chunks: what is compressed, stored and taken out together.

use claudectl_transcript::passage::{Passage, PassageReader};

use crate::Role;
use crate::shape::shape;
use crate::words::Words;

/// A chunk is full with so many bytes of text, or so many passages.
const FULL_BYTES: usize = 32 * 1024;
const FULL_ROWS: usize = 256;
/// No chunk holds more passages: of a line that has more, the rest is left out.
pub const MAX_ROWS: usize = 1024;

/// A passage of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Who said it.
    pub role: Role,
    /// A call that failed or was turned down.
    pub failed: bool,
    /// When, milliseconds since the epoch; that of the row before where it does not say, 0 where none does.
    pub at: i64,
    /// The same wherever the passage is copied to.
    pub key: u64,
    /// Where its text ends in the chunk's. The next one begins there.
    pub text_end: usize,
    /// Where its words end in the chunk's.
    pub words_end: usize,
}

/// Passages that follow each other in a transcript.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The passages.
    pub rows: Vec<Row>,
    /// Their texts, redacted.
    pub text: String,
    /// Their words, with a space behind each.
    pub words: String,
}

impl Chunk {
    /// The words of a passage.
    #[must_use]
    pub fn words_of(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.rows[before].words_end);
        &self.words[start..self.rows[row].words_end]
    }
}

/// Makes chunks of a transcript's lines.
#[derive(Debug, Default)]
pub struct Cutter {
    reader: PassageReader,
    words: Words,
    chunk: Chunk,
    last_at: i64,
    session: Option<String>,
}

impl Cutter {
    /// Begins another transcript.
    pub fn restart(&mut self) {
        self.chunk = Chunk::default();
        self.last_at = 0;
        self.session = None;
    }

    /// Takes in a line; whether it was a row.
    pub fn line(&mut self, line: &[u8]) -> bool {
        let Self { reader, words, chunk, last_at, session } = self;
        let read = reader.line(line, |passage| {
            if chunk.rows.len() < MAX_ROWS {
                *last_at = passage.at.unwrap_or(*last_at);
                add(chunk, words, &passage, *last_at);
            }
        });
        if session.is_none() {
            *session = read.session.map(|raw| String::from_utf8_lossy(raw).into_owned());
        }
        !read.malformed
    }

    /// Whether it is time to [take](Cutter::take) the chunk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.chunk.text.len() >= FULL_BYTES || self.chunk.rows.len() >= FULL_ROWS
    }

    /// What has been gathered since this was last called.
    pub fn take(&mut self) -> Chunk {
        std::mem::take(&mut self.chunk)
    }

    /// The session that the transcript's rows name.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

fn add(chunk: &mut Chunk, words: &mut Words, passage: &Passage<'_>, at: i64) {
    let start = chunk.text.len();
    shape(passage.role, passage.text, &mut chunk.text);
    words.each(&chunk.text[start..], |_, word, _| {
        chunk.words.push_str(word);
        chunk.words.push(' ');
    });
    if chunk.text.len() > start {
        chunk.rows.push(Row {
            role: passage.role,
            failed: passage.failed,
            at,
            key: passage.key,
            text_end: chunk.text.len(),
            words_end: chunk.words.len(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_chunks() {
        let mut cutter = Cutter::default();
        let line = r#"{"type":"user","timestamp":"2026-11-22T07:15:26.302Z","uuid":"u","sessionId":"s1","message":{"content":[{"type":"text","text":"Fix it"},{"type":"text","text":"DB_PASSWORD=hunter2"}]}}"#;
        assert!(cutter.line(line.as_bytes()) && !cutter.line(b"noise"));
        assert!(cutter.line(br#"{"type":"ai-title","aiTitle":"A name"}"#));
        assert_eq!((cutter.session(), cutter.is_full()), (Some("s1"), false));
        let chunk = cutter.take();
        assert_eq!(chunk.text, "Fix itDB_PASSWORD=[redacted:password]A name");
        assert_eq!(chunk.words_of(0), "fix it ");
        assert_eq!(chunk.words_of(1), "db password redacted password ");
        assert_eq!((chunk.rows.len(), chunk.words_of(2)), (3, "a name "));
        assert_eq!(chunk.rows[2].at, chunk.rows[0].at, "one without a time has that of the one before");
        assert_eq!(cutter.take(), Chunk::default());
    }

    #[test]
    fn a_chunk_has_an_end() {
        let mut cutter = Cutter::default();
        let blocks = vec![r#"{"type":"text","text":"a"}"#; 5_000].join(",");
        cutter.line(format!(r#"{{"type":"user","message":{{"content":[{blocks}]}}}}"#).as_bytes());
        assert!(cutter.is_full());
        assert_eq!(cutter.take().rows.len(), MAX_ROWS);
    }
}
