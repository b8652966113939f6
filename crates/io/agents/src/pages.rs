//! A transcript page by page, as a person reads it: the part around where somebody looks, whatever its size.
//!
//! A page is some whole rows in the order of the file, known by the offsets of its ends. Nothing else of the file is
//! held, and no page is read before somebody turns to it.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use claudectl_fleet::beat::{Beat, Beats};
use claudectl_fleet::session::rfc3339;
use claudectl_transcript::record::Record;
use memchr::memmem::Finder;

/// About so many bytes of rows make a page.
const PAGE: u64 = 256 * 1024;
/// The longest row that is shown. A longer one holds a tool's answer that nobody reads on a screen.
const MAX_ROW: u64 = 4 * 1024 * 1024;
/// So much is searched at once.
const CHUNK: u64 = 1024 * 1024;

/// Some rows of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The offset of its first row.
    pub from: u64,
    /// The offset behind its last row.
    pub to: u64,
    /// The size of the file when it was read.
    pub size: u64,
    /// What happened, each with the offset of its row.
    pub beats: Vec<(u64, Beat)>,
}

/// A transcript that is open.
#[derive(Debug)]
pub struct Pages {
    file: File,
    subagent: bool,
}

impl Pages {
    /// Opens a session's own transcript, or a subagent's.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open(path: &Path, subagent: bool) -> io::Result<Self> {
        // Not to hang on a pipe that stands where a file is expected.
        let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = File::options().read(true).custom_flags(nonblock).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { file, subagent })
    }

    /// Whether a path still leads to this file, and the file has not become shorter than `seen`.
    #[must_use]
    pub fn is_at(&self, path: &Path, seen: u64) -> bool {
        let same = |own: &std::fs::Metadata, there: &std::fs::Metadata| {
            (own.dev(), own.ino()) == (there.dev(), there.ino()) && there.len() >= seen
        };
        let own = self.file.metadata().ok();
        own.zip(std::fs::metadata(path).ok()).is_some_and(|(own, there)| same(&own, &there))
    }

    /// The page that ends where the file ends now. Behind the last newline stands half a row, which is left.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last(&self) -> io::Result<Page> {
        let size = self.size()?;
        let end = self.newline_before(size)?;
        self.before(end)
    }

    /// The page that ends at the beginning of a row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn before(&self, end: u64) -> io::Result<Page> {
        let end = end.min(self.size()?);
        let wanted = end.saturating_sub(PAGE);
        // A row that began before the page belongs to the one before, unless it is all there is.
        let from = match wanted {
            0 => 0,
            _ => match self.newline_after(wanted, end)? {
                Some(from) if from < end => from,
                _ => self.newline_before(end.saturating_sub(1))?,
            },
        };
        self.page(from, end)
    }

    /// The page that begins at the beginning of a row. It is empty where nothing has come since.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn after(&self, from: u64) -> io::Result<Page> {
        let size = self.size()?;
        let wanted = from.saturating_add(PAGE).min(size);
        let end = self.newline_before(wanted)?;
        let end = if end > from { end } else { self.newline_after(wanted, size)?.unwrap_or(from) };
        self.page(from, end.max(from))
    }

    /// The page with a row somewhere in it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn around(&self, row: u64) -> io::Result<Page> {
        let size = self.size()?;
        let middle = row.saturating_add(PAGE / 2).min(size);
        let end = self.newline_after(middle, size)?.unwrap_or(self.newline_before(size)?);
        let wanted = row.saturating_sub(PAGE / 2);
        let from = if wanted == 0 { 0 } else { self.newline_after(wanted, size)?.unwrap_or(row) };
        self.page(from.min(row), end.max(row))
    }

    /// The nearest row before an offset in which a text is said, called or answered; capitals are the same. `go_on` is
    /// told how far the search has come, and ends it by saying no.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find_before(
        &self,
        end: u64,
        text: &str,
        mut go_on: impl FnMut(u64) -> bool,
    ) -> io::Result<Option<u64>> {
        let needle = Needle::new(text);
        let mut end = end.min(self.size()?);
        while end > 0 {
            if !go_on(end) {
                return Ok(None);
            }
            let wanted = end.saturating_sub(CHUNK);
            let from = match wanted {
                0 => 0,
                _ => match self.newline_after(wanted, end)? {
                    Some(from) if from < end => from,
                    _ => self.newline_before(end.saturating_sub(1))?,
                },
            };
            if end - from <= MAX_ROW.max(CHUNK) {
                let bytes = self.bytes(from, end)?;
                if let Some(row) = needle.last_row(&bytes, self.subagent) {
                    return Ok(Some(from + row));
                }
            }
            end = from;
        }
        Ok(None)
    }

    /// The nearest row from an offset on in which a text is said, called or answered; as [`Pages::find_before`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find_after(
        &self,
        from: u64,
        text: &str,
        mut go_on: impl FnMut(u64) -> bool,
    ) -> io::Result<Option<u64>> {
        let needle = Needle::new(text);
        let size = self.size()?;
        let mut from = from;
        while from < size {
            if !go_on(from) {
                return Ok(None);
            }
            let wanted = from.saturating_add(CHUNK).min(size);
            let end = self.newline_before(wanted)?;
            let end = if end > from { end } else { self.newline_after(wanted, size)?.unwrap_or(size) };
            if end - from <= MAX_ROW.max(CHUNK) {
                let bytes = self.bytes(from, end)?;
                if let Some(row) = needle.first_row(&bytes, self.subagent) {
                    return Ok(Some(from + row));
                }
            }
            from = end;
        }
        Ok(None)
    }

    /// The first row that was written at a moment (milliseconds since the epoch) and in which a text is said, called or
    /// answered; else the first of that moment. `go_on` as in [`Pages::find_before`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find_at(
        &self,
        at: i64,
        text: &str,
        mut go_on: impl FnMut(u64) -> bool,
    ) -> io::Result<Option<u64>> {
        let Some(stamp) = rfc3339(at) else { return Ok(None) };
        // As the client writes it, whatever stands behind the milliseconds.
        let stamp = Finder::new(stamp.trim_end_matches('Z').as_bytes());
        let text = text.to_lowercase();
        let size = self.size()?;
        let (mut from, mut first) = (0, None);
        while from < size && go_on(from) {
            let wanted = from.saturating_add(CHUNK).min(size);
            let end = self.newline_before(wanted)?;
            let end = if end > from { end } else { self.newline_after(wanted, size)?.unwrap_or(size) };
            if end - from <= MAX_ROW.max(CHUNK) {
                let bytes = self.bytes(from, end)?;
                for (place, row) in rows(&bytes).filter(|(_, row)| stamp.find(row).is_some()) {
                    let told = told(row, self.subagent);
                    if told.iter().any(|beat| beat.at == Some(at) && beat.contains(&text)) {
                        return Ok(Some(from + place));
                    }
                    if first.is_none() && told.iter().any(|beat| beat.at == Some(at)) {
                        first = Some(from + place);
                    }
                }
            }
            from = end;
        }
        Ok(first)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// The offset behind the last newline before an offset; 0 if there is none.
    fn newline_before(&self, offset: u64) -> io::Result<u64> {
        let mut end = offset;
        while end > 0 {
            let from = end.saturating_sub(PAGE);
            let bytes = self.bytes(from, end)?;
            if let Some(at) = memchr::memrchr(b'\n', &bytes) {
                return Ok(from + at as u64 + 1);
            }
            end = from;
        }
        Ok(0)
    }

    /// The offset behind the first newline from an offset on, not beyond `limit`.
    fn newline_after(&self, offset: u64, limit: u64) -> io::Result<Option<u64>> {
        let mut from = offset;
        while from < limit {
            let end = from.saturating_add(PAGE).min(limit);
            let bytes = self.bytes(from, end)?;
            if let Some(at) = memchr::memchr(b'\n', &bytes) {
                return Ok(Some(from + at as u64 + 1));
            }
            from = end;
        }
        Ok(None)
    }

    fn page(&self, from: u64, to: u64) -> io::Result<Page> {
        let mut page = Page { from, to, size: self.size()?, beats: Vec::new() };
        if to - from > MAX_ROW.max(2 * PAGE) {
            // A single row that is too long: its place is kept, and nothing of it is read.
            return Ok(page);
        }
        let bytes = self.bytes(from, to)?;
        let mut beats = Beats::new(self.subagent);
        let mut told = Vec::new();
        for (at, row) in rows(&bytes) {
            if let Ok(record) = Record::parse(row) {
                beats.row(&record, &mut told);
                page.beats.extend(told.drain(..).map(|beat| (from + at, beat)));
            }
        }
        Ok(page)
    }

    /// The bytes of a range; fewer if the file has become shorter.
    fn bytes(&self, from: u64, to: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(0)];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.file.read_at(&mut bytes[filled..], from + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

/// Lines with their offsets.
fn rows(bytes: &[u8]) -> impl DoubleEndedIterator<Item = (u64, &[u8])> {
    let ends = memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    let mut rows = Vec::new();
    let mut start = 0;
    for end in ends {
        if end > start {
            rows.push((start as u64, &bytes[start..end]));
        }
        start = end + 1;
    }
    rows.into_iter()
}

/// A text that is looked for.
struct Needle {
    /// In small letters.
    text: String,
    /// Its longest part that stands in a row as it is, in small letters: where that is missing, so is the text.
    part: Finder<'static>,
}

impl Needle {
    fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        // What JSON writes otherwise, and capitals outside of ASCII, are left to the second look.
        let plain =
            |letter: char| letter.is_ascii_graphic() && letter != '"' && letter != '\\' && letter != '/';
        let part = text.split(|letter| !plain(letter)).max_by_key(|part| part.len()).unwrap_or("").to_owned();
        Self { part: Finder::new(part.as_bytes()).into_owned(), text }
    }

    fn first_row(&self, bytes: &[u8], subagent: bool) -> Option<u64> {
        let small = bytes.to_ascii_lowercase();
        rows(&small)
            .find(|(at, row)| self.may_be_in(row) && self.is_in(row_at(bytes, *at, row.len()), subagent))
            .map(|(at, _)| at)
    }

    fn last_row(&self, bytes: &[u8], subagent: bool) -> Option<u64> {
        let small = bytes.to_ascii_lowercase();
        rows(&small)
            .rev()
            .find(|(at, row)| self.may_be_in(row) && self.is_in(row_at(bytes, *at, row.len()), subagent))
            .map(|(at, _)| at)
    }

    fn may_be_in(&self, small: &[u8]) -> bool {
        self.part.find(small).is_some()
    }

    /// Whether a reader of the row sees the text.
    fn is_in(&self, row: &[u8], subagent: bool) -> bool {
        told(row, subagent).iter().any(|beat| beat.contains(&self.text))
    }
}

/// What a row tells by itself.
fn told(row: &[u8], subagent: bool) -> Vec<Beat> {
    let mut told = Vec::new();
    if let Ok(record) = Record::parse(row) {
        Beats::new(subagent).row(&record, &mut told);
    }
    told
}

fn row_at(bytes: &[u8], at: u64, length: usize) -> &[u8] {
    let start = usize::try_from(at).unwrap_or(0);
    bytes.get(start..start + length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::beat::What;

    use super::*;

    fn row(text: &str) -> String {
        let text = serde_json::to_string(text).unwrap();
        format!("{{\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":{text}}}}}\n")
    }

    fn pages(text: &str) -> (tempfile::TempDir, Pages) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        std::fs::write(&path, text).unwrap();
        let pages = Pages::open(&path, false).unwrap();
        (dir, pages)
    }

    fn said(page: &Page) -> Vec<&str> {
        let prompt = |beat: &'_ Beat| matches!(beat.what, What::Prompt(_));
        page.beats
            .iter()
            .filter(|(_, beat)| prompt(beat))
            .map(|(_, beat)| match &beat.what {
                What::Prompt(text) => text.as_str(),
                _ => "",
            })
            .collect()
    }

    #[test]
    fn turning_back_and_forth_shows_every_row_once() {
        let rows: Vec<String> =
            (0..3_000).map(|n| row(&format!("prompt {n} {}", "x".repeat(n % 700)))).collect();
        let whole = rows.concat();
        let (_dir, pages) = pages(&whole);
        let mut page = pages.last().unwrap();
        assert_eq!(page.to, whole.len() as u64);
        let mut back: Vec<Page> = Vec::new();
        loop {
            let from = page.from;
            back.push(page);
            if from == 0 {
                break;
            }
            page = pages.before(from).unwrap();
            assert_eq!(page.to, from);
        }
        assert!(back.len() > 3, "it takes several pages");
        assert_eq!(back.iter().map(|page| said(page).len()).sum::<usize>(), 3_000);
        let mut from = 0;
        let mut seen = 0;
        while from < whole.len() as u64 {
            let page = pages.after(from).unwrap();
            assert!(page.to > from);
            seen += said(&page).len();
            from = page.to;
        }
        assert_eq!(seen, 3_000);
        assert!(pages.after(from).unwrap().beats.is_empty());
    }

    #[test]
    fn half_a_row_is_left_until_it_is_whole() {
        let (dir, pages) = pages(&format!("{}{{\"type\":\"us", row("one")));
        let last = pages.last().unwrap();
        assert_eq!((said(&last), last.to), (vec!["one"], row("one").len() as u64));
        std::fs::write(dir.path().join("t.jsonl"), format!("{}{}", row("one"), row("two"))).unwrap();
        assert_eq!(said(&pages.after(last.to).unwrap()), ["two"]);
    }

    #[test]
    fn a_row_longer_than_a_page_is_a_page_and_one_that_is_too_long_is_passed_over() {
        let long = "y".repeat(600 * 1024);
        let huge = "z".repeat(6 * 1024 * 1024);
        let whole = [row("one"), row(&long), row(&huge), row("two")].concat();
        let (_dir, pages) = pages(&whole);
        let mut texts = Vec::new();
        let mut page = pages.last().unwrap();
        let mut turns = 0;
        loop {
            texts.extend(said(&page).iter().map(|text| text.len()));
            turns += 1;
            if page.from == 0 {
                break;
            }
            page = pages.before(page.from).unwrap();
        }
        texts.sort_unstable();
        assert_eq!(texts, [3, 3, long.len()]);
        assert!(turns < 10);
    }

    #[test]
    fn a_row_is_found_by_its_moment_and_a_text_in_it() {
        let row = |second: u32, text: &str| {
            row(text).replacen('{', &format!("{{\"timestamp\":\"2026-11-20T10:00:{second:02}.250Z\","), 1)
        };
        let filler: Vec<String> = (0..30_000).map(|_| row(1, &"long ago ".repeat(20))).collect();
        let before = [filler.concat(), row(2, "one")].concat();
        let whole = [before.clone(), row(2, "two"), row(3, "two"), row(4, "three")].concat();
        let (_dir, pages) = pages(&whole);
        let at = |second: i64| 1_795_168_800_250 + second * 1_000;
        let find = |second, text| pages.find_at(at(second), text, |_| true).unwrap();
        assert_eq!(find(2, "TWO"), Some(before.len() as u64));
        assert_eq!(find(2, "one"), Some(filler.concat().len() as u64));
        assert_eq!(find(2, "none of them"), find(2, "one"), "the first of that moment");
        assert_eq!((find(9, "two"), pages.find_at(at(2), "two", |_| false).unwrap()), (None, None));
    }

    #[test]
    fn texts_are_found_as_they_are_read_and_not_as_they_are_written() {
        let whole = [
            row("The Quick\nbrown fox said \"jump\""),
            row("uuid of nothing"),
            row("Grüße aus ÄRGER"),
            row("the quick brown dog"),
        ]
        .concat();
        let (_dir, pages) = pages(&whole);
        let end = whole.len() as u64;
        let back = |text: &str| pages.find_before(end, text, |_| true).unwrap();
        let offsets: Vec<u64> = rows(whole.as_bytes()).map(|(at, _)| at).collect();
        assert_eq!(back("QUICK"), Some(offsets[3]));
        assert_eq!(pages.find_before(offsets[3], "quick", |_| true).unwrap(), Some(offsets[0]));
        assert_eq!(back("said \"jump\""), Some(offsets[0]));
        assert_eq!(back("ärger"), Some(offsets[2]));
        assert_eq!(back("\"role\""), None, "what nobody said");
        assert_eq!(pages.find_after(offsets[1], "quick", |_| true).unwrap(), Some(offsets[3]));
        assert_eq!(pages.find_after(0, "quick", |_| true).unwrap(), Some(offsets[0]));
        assert_eq!(pages.find_before(end, "quick", |_| false).unwrap(), None, "given up");
        let around = pages.around(offsets[2]).unwrap();
        assert!(around.beats.iter().any(|(at, _)| *at == offsets[2]));
    }

    #[test]
    fn a_file_that_was_put_in_its_place_is_another() {
        let (dir, pages) = pages(&row("one"));
        let path = dir.path().join("t.jsonl");
        let size = row("one").len() as u64;
        assert!(pages.is_at(&path, size));
        std::fs::write(&path, "").unwrap();
        assert!(!pages.is_at(&path, size), "it has become shorter");
        let other = dir.path().join("other");
        std::fs::write(&other, row("two").repeat(9)).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(!pages.is_at(&path, size));
        std::fs::remove_file(&path).unwrap();
        assert!(!pages.is_at(&path, 0));
    }

    #[test]
    fn no_file_and_no_regular_file_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Pages::open(&dir.path().join("none"), false).is_err());
        assert!(Pages::open(dir.path(), false).is_err());
        let (_dir, empty) = pages("");
        assert_eq!(empty.last().unwrap(), Page { from: 0, to: 0, size: 0, beats: Vec::new() });
    }
}
