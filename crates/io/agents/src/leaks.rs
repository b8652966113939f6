//! Secrets in what Claude Code keeps of conversations, and in any file.
//!
//! [`kept`] lists what is looked through beside transcripts; [`Scanner`] reads one file in pieces of bounded size, line
//! by line where lines are JSON, else in windows that overlap, and can copy it without its secrets. Files are only read.
//! What is no UTF-8 is in `form`.

mod form;

use std::fs;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudectl_fleet::leaks::{self, Leak, RowFacts, What};
use claudectl_transcript::strings::line_of;
use claudectl_transcript::{Line, LineBuf};

use self::form::{Checked, Form, Utf16};
use crate::index::Progress;
use crate::tail::OpenFile;
use crate::walk::{Found, stamp};

/// A file to look through.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// In what secrets of it stand, where its rows do not say.
    pub what: What,
    /// The session that its place says it belongs to.
    pub session: Option<String>,
    /// The subagent that wrote it.
    pub agent: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Its last change, milliseconds since the epoch.
    pub changed_ms: i64,
}

/// Something that was not looked through as it should be: a file, or a line of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file; `None` for standard input.
    pub path: Option<PathBuf>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// What is the matter with it.
    pub why: String,
    /// Part of it was not looked through.
    pub missed: bool,
}

/// A secret that was found.
#[derive(Debug)]
pub struct Hit<'a> {
    /// The secret.
    pub leak: Leak,
    /// The line, from 1.
    pub line: u64,
    /// The byte of the line, from 1.
    pub column: u64,
    /// How often it stands in the line in the same part of the row.
    pub times: u64,
    /// What the row says of itself; `None` where there are no rows.
    pub facts: Option<&'a RowFacts>,
}

/// The longest line that is looked through whole. Of a longer one the head is.
const LONGEST_LINE: usize = 32 << 20;
/// A text is looked through in windows of this size,
const WINDOW: usize = 1 << 20;
/// with so much of what stands before, because that tells what follows,
const BEFORE: usize = 4 << 10;
/// and so much of what follows, in which a secret that begins in the window ends.
const BEHIND: usize = 64 << 10;
/// So much of it behind its end, so that nothing around it is cut. Where it is less, more is read,
const ENDS_BEFORE: usize = 8 << 10;
/// but no more than this.
const MOST_BEHIND: usize = 32 << 20;
/// A file's beginning says whether its lines are JSON.
const HEAD: usize = 64 << 10;

/// Folders of a configuration folder that hold text of conversations, and in what it stands. In those with `true` the
/// next folder is named like a session.
const FOLDERS: [(&str, What, bool); 10] = [
    ("file-history", What::FileCopy, true),
    ("plans", What::Plan, false),
    ("tasks", What::Plan, true),
    ("todos", What::Plan, false),
    ("teams", What::Prompt, false),
    ("jobs", What::Prompt, false),
    ("paste-cache", What::Paste, false),
    ("shell-snapshots", What::Shell, false),
    ("session-env", What::Shell, true),
    ("debug", What::Note, false),
];
/// How deep folders are followed.
const MAX_DEPTH: usize = 16;

/// What there is to look through.
#[derive(Debug, Default)]
pub struct Kept {
    /// Files, in no particular order.
    pub files: Vec<Source>,
    /// What could not be listed, and what is no file.
    pub notes: Vec<Note>,
}

/// A transcript as one to look through.
#[must_use]
pub fn transcript(found: &Found) -> Source {
    Source {
        path: found.path.clone(),
        what: What::Note,
        session: found.session.clone(),
        agent: found.agent.clone(),
        size: found.stamp.size,
        changed_ms: found.stamp.mtime_ns / 1_000_000,
    }
}

/// What Claude Code keeps of conversations beside the transcripts that `walk` finds: large answers of tools, typed prompts,
/// copies of files, plans, tasks, environments of shells, logs.
#[must_use]
pub fn kept(roots: &[PathBuf]) -> Kept {
    let mut kept = Kept::default();
    for root in roots {
        kept.file(&root.join("history.jsonl"), What::Prompt, None);
        for (folder, what, by_session) in FOLDERS {
            let folder = root.join(folder);
            kept.below(&folder, 0, &mut |path| {
                let part = path.strip_prefix(&folder).ok()?.components().next()?;
                let session = by_session.then(|| part.as_os_str().to_string_lossy().into_owned());
                Some((what, session))
            });
        }
        let projects = root.join("projects");
        kept.below(&projects, 0, &mut |path| beside_transcripts(path.strip_prefix(&projects).ok()?));
    }
    kept
}

/// What a file below `projects/` is, if it is no transcript, and the session that it belongs to.
fn beside_transcripts(below: &Path) -> Option<(What, Option<String>)> {
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let is_jsonl = below.extension().is_some_and(|end| end == "jsonl");
    let session = |parts: &[std::borrow::Cow<'_, str>]| parts.get(1).map(|session| session.to_string());
    match parts.get(2).map(AsRef::as_ref) {
        _ if parts.get(1).is_some_and(|name| name == "memory") => Some((What::Plan, None)),
        Some("tool-results") => Some((What::ToolOutput, session(&parts))),
        Some("memory") => Some((What::Plan, session(&parts))),
        Some("custom-title.json") => Some((What::Title, session(&parts))),
        Some(_) if !is_jsonl => Some((What::Note, session(&parts))),
        None if !is_jsonl => Some((What::Note, None)),
        Some(_) | None => None,
    }
}

/// Any file or folder that somebody named.
#[must_use]
pub fn named(path: &Path) -> Kept {
    let mut kept = Kept::default();
    match path.is_dir() {
        true => kept.below(path, 0, &mut |path| {
            // Packed, and what was in it is in the files.
            let in_git = path.components().any(|part| part.as_os_str() == ".git");
            (!in_git).then_some((What::File, None))
        }),
        false => match fs::metadata(path) {
            Ok(_) => kept.file(path, What::File, None),
            Err(error) => kept.unread(path, &error),
        },
    }
    kept
}

impl Kept {
    /// Every file below a folder that `what` has a word for. Links are not followed.
    fn below(
        &mut self,
        folder: &Path,
        depth: usize,
        what: &mut impl FnMut(&Path) -> Option<(What, Option<String>)>,
    ) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if is_none(&error) => return,
            Err(error) => return self.unread(folder, &error),
        };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => self.below(&path, depth + 1, what),
                Ok(kind) if kind.is_dir() => {
                    self.unread(&path, &io::Error::other("folders are nested too deep"))
                }
                Ok(kind) if kind.is_symlink() => {}
                Ok(_) => {
                    if let Some((what, session)) = what(&path) {
                        self.file(&path, what, session);
                    }
                }
                Err(error) => self.unread(&path, &error),
            }
        }
    }

    fn file(&mut self, path: &Path, what: What, session: Option<String>) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {
                let stamp = stamp(&metadata);
                self.files.push(Source {
                    path: path.to_path_buf(),
                    what,
                    session,
                    agent: None,
                    size: stamp.size,
                    changed_ms: stamp.mtime_ns / 1_000_000,
                });
            }
            Ok(_) => self.unread(path, &io::Error::other("not a regular file")),
            Err(error) if is_none(&error) => {}
            Err(error) => self.unread(path, &error),
        }
    }

    fn unread(&mut self, path: &Path, error: &io::Error) {
        self.notes.push(unread(path, error));
    }
}

/// Nothing of that name, or no folder.
fn is_none(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unread(path: &Path, error: &io::Error) -> Note {
    Note { path: Some(path.to_path_buf()), line: None, why: format!("cannot be read: {error}"), missed: true }
}

/// Looks through files with up to `threads` threads, the largest first, and returns what is the matter with some. `tell`
/// is called for each secret, from any thread.
pub fn scan(
    files: &mut [Source],
    threads: usize,
    progress: &Progress,
    tell: impl Fn(&Source, Hit<'_>) + Sync,
) -> Vec<Note> {
    files.sort_by(|a, b| (b.size, &a.path).cmp(&(a.size, &b.path)));
    progress.total.store(files.iter().map(|file| file.size).sum(), Ordering::Relaxed);
    let (next, notes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let files = &*files;
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, files.len().max(1)) {
            scope.spawn(|| {
                let mut scanner = Scanner::default();
                while let Some(source) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let read = scanner.file(source, progress, None, |hit| tell(source, hit));
                    let mut own = scanner.notes();
                    own.iter_mut().for_each(|note| note.path = Some(source.path.clone()));
                    // What is gone since it was listed holds nothing.
                    own.extend(
                        read.err().filter(|error| !is_none(error)).map(|error| unread(&source.path, &error)),
                    );
                    notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).append(&mut own);
                }
            });
        }
    });
    let mut notes = notes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    notes.sort();
    notes
}

/// Looks through one file after the other; keeps its memory.
#[derive(Debug)]
pub struct Scanner {
    lines: LineBuf,
    notes: Notes,
}

/// What is the matter with the lines of a file, without its path: of many the first.
#[derive(Debug, Default)]
struct Notes {
    first: Vec<Note>,
    more: u64,
}

/// So many lines of a file are told by their numbers.
const NOTED: usize = 8;

impl Notes {
    fn add(&mut self, note: Note) {
        match self.first.len() < NOTED || note.missed {
            true => self.first.push(note),
            false => self.more += 1,
        }
    }

    fn take(&mut self) -> Vec<Note> {
        let mut all = std::mem::take(&mut self.first);
        let more = std::mem::take(&mut self.more);
        if more > 0 {
            let why = format!("{more} more lines are no whole rows, or no UTF-8: looked through as text");
            all.push(Note { path: None, line: None, why, missed: false });
        }
        all
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self { lines: LineBuf::new(LONGEST_LINE), notes: Notes::default() }
    }
}

impl Scanner {
    /// Looks through a file, and writes it without its secrets to `copy`, if there is one.
    ///
    /// # Errors
    /// As [`Scanner::read`], and where it is no file.
    pub fn file(
        &mut self,
        source: &Source,
        progress: &Progress,
        copy: Option<&mut dyn Write>,
        tell: impl FnMut(Hit<'_>),
    ) -> io::Result<()> {
        let file = OpenFile::open(&source.path, None)?.into_file();
        let mut counted = Counted { inner: file, progress };
        // What has been written since it was listed is looked through next time, so that there is an end.
        self.read(&mut counted.by_ref().take(source.size), is_rows(&source.path), copy, tell)
    }

    /// What was the matter with the lines that were read since this was asked last, without a path.
    pub fn notes(&mut self) -> Vec<Note> {
        self.notes.take()
    }

    /// Looks through whatever is read, and writes it without its secrets to `copy`, if there is one. `rows`: whether its
    /// lines are JSON; without, its beginning says so.
    ///
    /// # Errors
    /// When it cannot be read, or the copy not be written; [`io::ErrorKind::InvalidData`] where a line is too long to be
    /// copied.
    pub fn read(
        &mut self,
        read: &mut impl Read,
        rows: Option<bool>,
        copy: Option<&mut dyn Write>,
        tell: impl FnMut(Hit<'_>),
    ) -> io::Result<()> {
        let (head, read) = with_head(read)?;
        let form = form::of(&head);
        self.notes.first.extend(form.matter().map(|(why, missed)| of_all(why, missed)));
        match form {
            Form::Utf16(_) if copy.is_some() => {
                let why = "it is UTF-16, of which no copy can be made byte for byte: make UTF-8 of it first";
                Err(io::Error::new(io::ErrorKind::InvalidData, why))
            }
            Form::Utf16(order) => {
                let mut decoded = Utf16::new(read, order);
                let (head, read) = with_head(&mut decoded)?;
                self.text(read, rows.unwrap_or_else(|| begins_as_rows(&head)), copy, tell)
            }
            Form::Packed(_) | Form::Binary => windows(read, copy, tell),
            Form::Text => self.text(read, rows.unwrap_or_else(|| begins_as_rows(&head)), copy, tell),
        }
    }

    fn text(
        &mut self,
        read: impl Read,
        rows: bool,
        copy: Option<&mut dyn Write>,
        tell: impl FnMut(Hit<'_>),
    ) -> io::Result<()> {
        if rows {
            return self.rows(read, copy, tell);
        }
        let mut checked = Checked::new(read);
        windows(&mut checked, copy, tell)?;
        self.notes.first.extend(checked.matter().map(|(why, missed)| of_all(why, missed)));
        Ok(())
    }

    fn rows(
        &mut self,
        read: impl Read,
        mut copy: Option<&mut dyn Write>,
        mut tell: impl FnMut(Hit<'_>),
    ) -> io::Result<()> {
        let Self { lines, notes } = self;
        let mut read = Watched { inner: read, newline: false };
        each_line(&mut read, lines, |number, line| {
            if let Some(note) = matter(number, &line) {
                notes.add(note);
            }
            let (text, is_whole) = match line {
                Line::Whole(text) => (text, true),
                Line::Oversized { head, .. } => (without_torn_word(head), false),
            };
            let found = leaks::row(text);
            if !found.whole && is_whole {
                notes.add(note(number, "is no whole row: looked through as text", false));
            }
            if let Some(copy) = &mut copy {
                if !is_whole {
                    let why = format!("line {number} is too long to be copied without its secrets");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                copy.write_all(if number > 1 { b"\n" } else { b"" })?;
                copy.write_all(&leaks::redacted_text(text, 0..text.len(), &found.leaks))?;
            }
            for (leak, times) in once(found.leaks) {
                let column = leak.range.start as u64 + 1;
                tell(Hit { leak, line: number, column, times, facts: Some(&found.facts) });
            }
            Ok(())
        })?;
        match copy {
            Some(copy) if read.newline => copy.write_all(b"\n"),
            Some(_) | None => Ok(()),
        }
    }
}

/// A line whose end is missing, without the word that it was cut in, of which half may be a secret's.
fn without_torn_word(line: &[u8]) -> &[u8] {
    let from = line.len().saturating_sub(BEHIND);
    let blank = line[from..].iter().rposition(|byte| byte.is_ascii_whitespace() || *byte == b'"');
    &line[..blank.map_or(from, |at| from + at + 1)]
}

/// Looks through a text that is no rows.
fn windows(
    mut read: impl Read,
    mut copy: Option<&mut dyn Write>,
    mut tell: impl FnMut(Hit<'_>),
) -> io::Result<()> {
    each_window(&mut read, |window| {
        let leaks = window.leaks();
        if window.open && leaks.last().is_some_and(|last| last.range.end + ENDS_BEFORE > window.bytes.len()) {
            return Ok(Next::More);
        }
        let end = leaks.last().map_or(window.own.end, |last| last.range.end.max(window.own.end));
        let keep = end.saturating_sub(BEFORE);
        let torn = leaks.iter().find(|leak| leak.range.contains(&keep)).map(|leak| leak.range.start);
        if let Some(copy) = &mut copy {
            copy.write_all(&leaks::redacted_text(window.bytes, window.own.start..end, &leaks))?;
        }
        for leak in leaks {
            let (breaks, begin) = line_of(window.bytes, leak.range.start);
            let before = if breaks == 0 { window.column } else { 0 };
            let line = window.line + breaks as u64;
            let column = before + (leak.range.start - begin) as u64 + 1;
            tell(Hit { leak, line, column, times: 1, facts: None });
        }
        Ok(Next::From { at: end, keep: torn.unwrap_or(keep) })
    })
}

/// Whether a file's lines are JSON, by its name.
#[must_use]
pub fn is_rows(path: &Path) -> Option<bool> {
    path.extension().is_some_and(|end| end == "jsonl").then_some(true)
}

/// Whether every line of a beginning is a JSON object. Its last one may be cut.
fn begins_as_rows(head: &[u8]) -> bool {
    let is_cut = head.len() == HEAD;
    let mut lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    let last = if is_cut { lines.pop() } else { None };
    let mut lines = lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).peekable();
    match (lines.peek(), last) {
        (None, last) => last.is_some_and(|line| line.starts_with(b"{\"")),
        (Some(_), _) => lines.all(claudectl_transcript::strings::is_whole),
    }
}

/// The beginning of what is read, and all of it.
fn with_head<R: Read>(read: &mut R) -> io::Result<(Vec<u8>, impl Read + use<'_, R>)> {
    let mut head = Vec::new();
    read.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let again = io::Cursor::new(head.clone());
    Ok((head, again.chain(read)))
}

/// What is the matter with a line as a whole.
fn matter(number: u64, line: &Line<'_>) -> Option<Note> {
    match line {
        Line::Oversized { len, .. } => {
            let why = format!(
                "is {} MiB long: only the first {} were looked through",
                len >> 20,
                LONGEST_LINE >> 20
            );
            Some(note(number, &why, true))
        }
        Line::Whole(text) if std::str::from_utf8(text).is_err() => {
            Some(note(number, "is no UTF-8: looked through all the same", false))
        }
        Line::Whole(_) => None,
    }
}

fn note(line: u64, why: &str, missed: bool) -> Note {
    Note { path: None, line: Some(line), why: why.to_owned(), missed }
}

/// What is the matter with a file as a whole.
fn of_all(why: String, missed: bool) -> Note {
    Note { path: None, line: None, why, missed }
}

/// What a row says twice is told once, and how often.
fn once(leaks: Vec<Leak>) -> Vec<(Leak, u64)> {
    let mut all: Vec<(Leak, u64)> = Vec::new();
    for leak in leaks {
        let same = |(other, _): &&mut (Leak, u64)| (&other.secret, other.what) == (&leak.secret, leak.what);
        match all.iter_mut().find(same) {
            Some((_, times)) => *times += 1,
            None => all.push((leak, 1)),
        }
    }
    all
}

/// Calls `each` with every line and its number, that behind the last newline included.
fn each_line(
    read: &mut impl Read,
    lines: &mut LineBuf,
    mut each: impl FnMut(u64, Line<'_>) -> io::Result<()>,
) -> io::Result<()> {
    lines.restart(0);
    let mut number = 0;
    loop {
        let count = match read.read(lines.space()) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        lines.filled(count);
        while let Some(line) = lines.next_line() {
            number += 1;
            each(number, line)?;
        }
    }
    match lines.rest() {
        Some(line) => each(number + 1, line),
        None => Ok(()),
    }
}

/// A part of a text with what stands around it.
struct Window<'a> {
    bytes: &'a [u8],
    /// What is looked through in this window.
    own: Range<usize>,
    /// The number of the line that the bytes begin in, from 1, and how much of it stands before them.
    line: u64,
    column: u64,
    /// More of what follows can be had.
    open: bool,
}

/// How it goes on behind a window.
enum Next {
    /// The next one begins here, and what stands from `keep` on is seen in it, too.
    From { at: usize, keep: usize },
    /// The same one again, with more of what follows.
    More,
}

impl Window<'_> {
    /// The secrets that begin in the window.
    fn leaks(&self) -> Vec<Leak> {
        let mut leaks = leaks::text(self.bytes);
        leaks.retain(|leak| self.own.contains(&leak.range.start));
        leaks
    }
}

/// Calls `each` with one window after the other.
fn each_window(read: &mut impl Read, mut each: impl FnMut(Window<'_>) -> io::Result<Next>) -> io::Result<()> {
    let mut buffer: Vec<u8> = Vec::new();
    let (mut from, mut line, mut column, mut behind) = (0, 1, 0, BEHIND);
    loop {
        let wanted = (from + WINDOW + behind).saturating_sub(buffer.len());
        let ended = read.by_ref().take(wanted as u64).read_to_end(&mut buffer)? < wanted;
        let until = if ended { buffer.len() } else { from + WINDOW };
        let open = !ended && behind < MOST_BEHIND;
        let (at, gone) = match each(Window { bytes: &buffer, own: from..until, line, column, open })? {
            Next::More => {
                behind *= 2;
                continue;
            }
            Next::From { .. } if ended => return Ok(()),
            Next::From { at, keep } => (at, keep),
        };
        let (breaks, begin) = line_of(&buffer, gone);
        line += breaks as u64;
        column = if breaks == 0 { column } else { 0 } + (gone - begin) as u64;
        buffer.drain(..gone);
        (from, behind) = (at - gone, BEHIND);
    }
}

/// Knows whether what was read last ended in a newline.
struct Watched<R> {
    inner: R,
    newline: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        if let Some(last) = into[..count].last() {
            self.newline = *last == b'\n';
        }
        Ok(count)
    }
}

/// Counts what is read.
struct Counted<'p, R> {
    inner: R,
    progress: &'p Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.progress.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Made up, and put together here so that no scanner takes them for real ones.
    fn token() -> String {
        ["gh", "p_", "b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"].concat()
    }

    fn found(bytes: &[u8], rows: Option<bool>) -> (Vec<(u64, u64, String)>, Vec<Note>) {
        let (mut scanner, mut all) = (Scanner::default(), Vec::new());
        let mut bytes = bytes;
        scanner
            .read(&mut bytes, rows, None, |hit| all.push((hit.line, hit.column, hit.leak.secret)))
            .unwrap();
        (all, scanner.notes())
    }

    fn copy(bytes: &[u8], rows: Option<bool>) -> Vec<u8> {
        let (mut out, mut bytes) = (Vec::new(), bytes);
        Scanner::default().read(&mut bytes, rows, Some(&mut out), |_| {}).unwrap();
        out
    }

    #[test]
    fn lines_and_columns_of_text() {
        let token = token();
        let text = format!("one\ntwo {token}\n\n  {token}");
        let expected = vec![(2, 5, token.clone()), (4, 3, token.clone())];
        assert_eq!(found(text.as_bytes(), None), (expected, Vec::new()));
        assert_eq!(copy(text.as_bytes(), None), text.replace(&token, "[redacted:github-token]").as_bytes());
    }

    #[test]
    fn secrets_on_the_edge_of_a_window_are_found_once_and_whole() {
        let token = token();
        for before in [WINDOW - 60, WINDOW - 20, WINDOW - 1, WINDOW, WINDOW + 7, 2 * WINDOW - 3] {
            let filler = "filler text\n".repeat(before / 12 + 1);
            let text = format!("{} {token} and\n{} {token}", &filler[..before], &filler[..WINDOW / 2]);
            let (all, _) = found(text.as_bytes(), Some(false));
            let at = |number: usize| {
                let (at, _) = text.match_indices(&token).nth(number).unwrap();
                let (breaks, begin) = line_of(text.as_bytes(), at);
                (breaks as u64 + 1, (at - begin) as u64 + 1, token.clone())
            };
            assert_eq!(all, [at(0), at(1)], "{before}");
            let masked = text.replace(&token, "[redacted:github-token]");
            assert!(copy(text.as_bytes(), Some(false)) == masked.as_bytes(), "{before}");
        }
    }

    #[test]
    fn a_secret_that_is_longer_than_what_follows_a_window_is_found_once_and_whole() {
        let token = token();
        let line = "MIIEvQx7Kp2Zr9LmPt4VwYs6NcHdJf8GaEu1TiO3".repeat(2);
        for lines in [100, 2 * BEHIND / line.len()] {
            let key = [
                "-----BEGIN",
                " PRIVATE KEY-----\\n",
                &format!("{line}\\n").repeat(lines),
                "-----END",
                " PRIVATE KEY-----",
            ];
            let key = key.concat();
            for before in [WINDOW - 10, WINDOW - key.len() / 2] {
                let text = format!("{}{key} {token} after", "x ".repeat(before / 2));
                let (all, _) = found(text.as_bytes(), Some(false));
                let secrets: Vec<_> = all.into_iter().map(|(_, _, secret)| secret).collect();
                assert!(secrets == [key.clone(), token.clone()], "{} {before}", secrets.len());
                let mut excerpts = Vec::new();
                let mut copied = Vec::new();
                let out: Option<&mut dyn Write> = Some(&mut copied);
                let each = |hit: Hit<'_>| excerpts.push(hit.leak.excerpt);
                Scanner::default().read(&mut text.as_bytes(), Some(false), out, each).unwrap();
                assert!(
                    excerpts.iter().all(|excerpt| !excerpt.contains("MIIE") && !excerpt.contains("Kp2Z"))
                );
                let masked = text.replace(&key, "[redacted:private-key]");
                assert!(copied == masked.replace(&token, "[redacted:github-token]").as_bytes());
            }
        }
    }

    #[test]
    fn what_follows_a_secret_is_shown_without_half_of_another() {
        let token = token();
        let longest = 1_000;
        for before in longest - 3 * token.len()..longest {
            let line = format!("{{\"a\":\"{} {token} {token}{}\"}}", "x".repeat(before), " y".repeat(40));
            let mut excerpts = Vec::new();
            let each = |hit: Hit<'_>| excerpts.push(hit.leak.excerpt);
            let mut scanner = Scanner { lines: LineBuf::new(longest), ..Scanner::default() };
            scanner.read(&mut line.as_bytes(), Some(true), None, each).unwrap();
            assert_eq!(scanner.notes().len(), 1, "it is too long");
            assert!(excerpts.iter().all(|excerpt| !excerpt.contains("b7Qk2x")), "{before}: {excerpts:?}");
        }
    }

    #[test]
    fn a_window_without_any_newline() {
        let token = token();
        let text = format!("{} {token} {}", "x ".repeat(WINDOW), "y ".repeat(WINDOW));
        assert_eq!(found(text.as_bytes(), None).0, [(1, 2 * WINDOW as u64 + 2, token)]);
    }

    #[test]
    fn rows_are_copied_byte_by_byte() {
        let token = token();
        let rows =
            format!("{{\"a\":\"x\\n{token}\"}}\r\n\n{{\"b\":[\"{token}\",\"{token}\"]}}\n{{\"torn {token}");
        let (all, notes) = found(rows.as_bytes(), Some(true));
        let places: Vec<_> = all.iter().map(|(line, column, _)| (*line, *column)).collect();
        assert_eq!(places, [(1, 10), (3, 8), (4, 8)]);
        assert_eq!((notes.len(), notes[0].line, notes[0].missed), (1, Some(4), false));
        for ending in ["", "\n", "\n\n"] {
            let rows = format!("{rows}{ending}");
            let masked = rows.replace(&token, "[redacted:github-token]");
            assert_eq!(String::from_utf8(copy(rows.as_bytes(), Some(true))).unwrap(), masked);
        }
        assert_eq!(copy(b"", Some(true)), b"");
        assert_eq!(copy(b"\n", Some(true)), b"\n");
    }

    #[test]
    fn what_merely_begins_with_json_is_text() {
        let block = [
            "-----BEGIN",
            " RSA PRIVATE KEY-----\n",
            &"MIIEvQx7Kp2Zr9LmPt4VwYs6NcHdJf8GaEu1TiO3".repeat(2),
            "\n-----END",
            " RSA PRIVATE KEY-----",
        ]
        .concat();
        let (all, notes) = found(format!("{{\"a\":1}}\n{block}\n").as_bytes(), None);
        assert_eq!((all.len(), all[0].0, notes.len()), (1, 2, 0));
        let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(HEAD));
        assert!(begins_as_rows(&long.as_bytes()[..HEAD]) && begins_as_rows(b"\n{\"a\":1}\n"));
        assert!(!begins_as_rows(b"") && !begins_as_rows(b"{\n  \"a\": 1\n}\n"));
    }

    #[test]
    fn a_line_beyond_all_measure_is_told_and_not_copied() {
        let token = token();
        let longest = 1 << 20;
        let mut rows = format!("{{\"a\":\"{token}\",\"b\":\"").into_bytes();
        rows.resize(longest + 10, b'x');
        rows.extend_from_slice(format!("\"}}\n{{\"c\":\"{token}\"}}\n").as_bytes());
        let mut scanner = Scanner { lines: LineBuf::new(longest), notes: Notes::default() };
        let mut all = Vec::new();
        scanner.read(&mut rows.as_slice(), None, None, |hit| all.push(hit.line)).unwrap();
        assert_eq!(all, [1, 2]);
        let notes = scanner.notes();
        assert!(notes.len() == 1 && notes[0].missed && notes[0].line == Some(1), "{notes:?}");
        let error = scanner.read(&mut rows.as_slice(), None, Some(&mut Vec::new()), |_| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn many_bad_lines_are_counted() {
        let (_, notes) = found("{\"a\":1}\n".repeat(2).as_bytes(), None);
        assert_eq!(notes, []);
        let (_, notes) = found("{torn\n".repeat(30).as_bytes(), Some(true));
        assert_eq!(notes.len(), NOTED + 1);
        assert!(notes[NOTED].why.starts_with("22 more lines"), "{notes:?}");
        let (_, notes) = found(b"{\"a\":\"\xff\"}\n", None);
        assert!(notes[0].why.starts_with("is no UTF-8"), "{notes:?}");
    }

    #[test]
    fn what_is_kept_beside_transcripts() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in [
            "history.jsonl",
            "projects/-w/s1.jsonl",
            "projects/-w/s1/subagents/agent-a.jsonl",
            "projects/-w/s1/subagents/agent-a.meta.json",
            "projects/-w/s1/tool-results/x.jsonl",
            "projects/-w/s1/custom-title.json",
            "projects/-w/memory/MEMORY.md",
            "file-history/s2/0123@v1",
            "plans/a.md",
            "tasks/s3/1.json",
            "shell-snapshots/snapshot-bash-1-x.sh",
            "sessions/5.json",
            "settings.json",
            ".credentials.json",
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}\n").unwrap();
        }
        let fifo = root.join("jobs/pipe");
        fs::create_dir_all(fifo.parent().unwrap()).unwrap();
        std::os::unix::net::UnixListener::bind(&fifo).unwrap();
        std::os::unix::fs::symlink(root, root.join("plans/loop")).unwrap();
        let kept = kept(&[root.to_path_buf(), "/nowhere".into()]);
        let mut files: Vec<_> = kept
            .files
            .iter()
            .map(|file| {
                let path = file.path.strip_prefix(root).unwrap().display().to_string();
                (path, file.what, file.session.clone().unwrap_or_default())
            })
            .collect();
        files.sort();
        let expected = [
            ("file-history/s2/0123@v1", What::FileCopy, "s2"),
            ("history.jsonl", What::Prompt, ""),
            ("plans/a.md", What::Plan, ""),
            ("projects/-w/memory/MEMORY.md", What::Plan, ""),
            ("projects/-w/s1/custom-title.json", What::Title, "s1"),
            ("projects/-w/s1/subagents/agent-a.meta.json", What::Note, "s1"),
            ("projects/-w/s1/tool-results/x.jsonl", What::ToolOutput, "s1"),
            ("shell-snapshots/snapshot-bash-1-x.sh", What::Shell, ""),
            ("tasks/s3/1.json", What::Plan, "s3"),
        ];
        let expected: Vec<_> =
            expected.map(|(path, what, session)| (path.to_owned(), what, session.to_owned())).into();
        assert_eq!(files, expected);
        assert_eq!(kept.notes.len(), 1, "{:?}", kept.notes);
        assert!(kept.notes[0].why.contains("not a regular file") && kept.notes[0].missed);
        assert_eq!(named(root).files.len(), 14);
        assert!(named(&root.join("nothing")).notes[0].missed);
    }

    proptest! {
        #[test]
        fn a_copy_of_what_holds_no_secret_is_the_same(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let lines: Vec<u8> = bytes.iter().map(|byte| if byte % 5 == 0 { b'\n' } else { *byte }).collect();
            for rows in [Some(true), Some(false)] {
                if found(&lines, rows).0.is_empty() {
                    prop_assert_eq!(&copy(&lines, rows), &lines);
                }
            }
        }
    }
}
