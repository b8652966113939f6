//! Truth in flight: what hooks tell, one file a day, one write an event.
//!
//! ```text
//! journal/2026-11-25.log      0600, in a folder of 0700
//! RS <16 hex digits> SP <JSON> LF
//! ```
//!
//! A record is a JSON text sequence's (RFC 7464: it begins with the control character RS and ends with a line
//! feed) with a checksum, xxh3-64 of the JSON, before it. It is appended by a single write, which the kernel
//! places behind all others: writers need no lock. What a full disk or a killed writer left half done is
//! known by its missing end, its checksum, or the next RS, and costs that record alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, OFlags};
use xxhash_rust::xxh3::xxh3_64;

/// Begins a record.
const BEGIN: u8 = 0x1e;
/// Checksum and space.
const HEADER: usize = 17;
/// No record is longer; one that is was never ours.
pub const MAX_RECORD: usize = 256 * 1024;
/// So much is read at a time.
const CHUNK: u64 = 1 << 20;

/// Why an event was not journalled.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file or its folder cannot be opened.
    #[error("cannot open {path}")]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record is longer than a record may be.
    #[error("a record of {length} bytes is too long")]
    TooLong {
        /// Its length.
        length: usize,
    },
    /// The record was not written, or not all of it.
    #[error("cannot write to {path}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else has a day's name: a link, a pipe, a folder.
    #[error("{path} is no file of ours")]
    NoFile {
        /// Which.
        path: PathBuf,
    },
}

/// The journal's folder below the state folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("journal")
}

/// The file of a day.
#[must_use]
pub fn file(home: &Path, day: &str) -> PathBuf {
    folder(home).join(format!("{day}.log"))
}

/// Appends a record. `day` is the day in UTC, `2026-11-25`; `json` must not hold line feeds, as JSON does not
/// outside of its texts, where they are escaped.
///
/// # Errors
/// When it could not be written whole. Then it is not there: what was written of it will be passed over.
pub fn append(home: &Path, day: &str, json: &[u8]) -> Result<(), JournalError> {
    let path = file(home, day);
    let record = frame(json);
    if record.len() > MAX_RECORD {
        return Err(JournalError::TooLong { length: record.len() });
    }
    let mut file = open(home, &path).map_err(|source| JournalError::Open { path: path.clone(), source })?;
    let done = file.write(&record).and_then(|written| {
        let all = written == record.len();
        if all { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    });
    done.map_err(|source| JournalError::Write { path, source })
}

fn open(home: &Path, path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).custom_flags(never_elsewhere());
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(home))?;
            options.open(path)
        }
        opened => opened,
    }
}

/// No link is followed, and no pipe waited for.
fn never_elsewhere() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

/// A record around a JSON text.
#[must_use]
pub fn frame(json: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(json.len() + HEADER + 2);
    record.push(BEGIN);
    let sum = xxh3_64(json);
    // Hot: formatting costs more than all the rest.
    record.extend((0..16).rev().map(|digit| b"0123456789abcdef"[(sum >> (4 * digit)) as usize & 15]));
    record.push(b' ');
    record.extend_from_slice(json);
    record.push(b'\n');
    record
}

/// A day's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The file.
    pub path: PathBuf,
    /// Its name, `2026-11-25.log`.
    pub name: String,
    /// Its length.
    pub size: u64,
    /// When it was last written to, seconds since the epoch.
    pub modified: i64,
    /// It is a file: nothing else is read.
    pub is_file: bool,
}

/// What keeps hooks from writing to a day, or us from reading it, without a change of anything; `None` if nothing
/// does. The folder's own mode shows with a day that is not there yet.
#[must_use]
pub fn trouble(home: &Path, day: &str) -> Option<JournalError> {
    let path = folder(home).join(format!("{day}.log"));
    let there = match fs::symlink_metadata(&path) {
        Ok(meta) if !meta.is_file() => return Some(JournalError::NoFile { path }),
        Ok(_) => true,
        Err(_) => false,
    };
    // Nothing is opened: whoever watches the folder would take that for a hook.
    let tried = match there {
        true => access(&path, Access::WRITE_OK | Access::READ_OK),
        false => writable(&folder(home)).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => writable(home),
            _ => Err(error),
        }),
    };
    tried
        .err()
        .filter(|error| error.kind() != io::ErrorKind::NotFound)
        .map(|source| JournalError::Open { path, source })
}

fn writable(folder: &Path) -> io::Result<()> {
    access(folder, Access::WRITE_OK | Access::EXEC_OK)
}

fn access(path: &Path, how: Access) -> io::Result<()> {
    Ok(rustix::fs::access(path, how)?)
}

/// The days there are, oldest first.
///
/// # Errors
/// When the folder cannot be listed; one that is not there has none.
pub fn days(home: &Path) -> Result<Vec<Day>, JournalError> {
    let folder = folder(home);
    let fail = |source| JournalError::Read { path: folder.clone(), source };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    let mut days = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fail)?;
        let Some(name) = entry.file_name().to_str().filter(|name| is_day(name)).map(str::to_owned) else {
            continue;
        };
        match entry.metadata() {
            Ok(meta) => days.push(Day {
                path: entry.path(),
                name,
                size: meta.len(),
                modified: meta.mtime(),
                is_file: meta.is_file(),
            }),
            // Taken away since it was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fail(error)),
        }
    }
    days.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(days)
}

/// `2026-11-25.log`.
fn is_day(name: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    name.len() == 14 && name.ends_with(".log") && name.bytes().take(10).enumerate().all(shape)
}

/// So many bytes before a place tell it apart from the same place in another file: at least a record's checksum.
const ANCHOR: u64 = 256;

/// A fingerprint of what stands before a place in a day's file; `None` if the file is gone or ends before it. A file
/// that was made anew, or lost its end and grew again, has another there.
///
/// # Errors
/// When the file cannot be read.
pub fn anchor(path: &Path, at: u64) -> Result<Option<u64>, JournalError> {
    let from = at.saturating_sub(ANCHOR);
    let mut bytes = Vec::new();
    let read = open_to_read(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        file.take(at - from).read_to_end(&mut bytes)
    });
    match read {
        Ok(length) => Ok((length as u64 == at - from).then(|| xxh3_64(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(JournalError::Read { path: path.to_path_buf(), source }),
    }
}

/// A piece of a day's file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The JSON of each record, in order.
    pub records: Vec<Vec<u8>>,
    /// Records that were torn.
    pub torn: u64,
    /// Where to go on.
    pub next: u64,
}

/// Reads records from an offset on, about a mebibyte at a time. What may still be written to is left for the
/// next time; a piece that ends where it began has nothing new.
///
/// # Errors
/// When the file cannot be read; one that is gone has nothing.
pub fn read(path: &Path, from: u64) -> Result<Piece, JournalError> {
    let mut bytes = Vec::new();
    match read_chunk(path, from, &mut bytes) {
        Ok(()) => Ok(parse(&bytes, from)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Piece { next: from, ..Piece::default() }),
        Err(source) => Err(JournalError::Read { path: path.to_path_buf(), source }),
    }
}

fn open_to_read(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(never_elsewhere()).open(path)
}

fn read_chunk(path: &Path, from: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut file = open_to_read(path)?;
    file.seek(SeekFrom::Start(from))?;
    file.take(CHUNK).read_to_end(bytes)?;
    Ok(())
}

/// Takes records out of bytes that stand at `from` in the file.
#[must_use]
pub fn parse(bytes: &[u8], from: u64) -> Piece {
    let mut piece = Piece { next: from, ..Piece::default() };
    let mut at = 0;
    while at < bytes.len() {
        let (end, record) = match next_record(&bytes[at..]) {
            Next::Record(end, json) => (end, Some(json.to_vec())),
            Next::Torn(end) => (end, None),
            Next::Open => break,
        };
        match record {
            Some(json) => piece.records.push(json),
            None => piece.torn += 1,
        }
        at += end;
        piece.next = from + at as u64;
    }
    piece
}

enum Next<'a> {
    /// A record, and where the next begins.
    Record(usize, &'a [u8]),
    /// None that can be read, and where the next may begin.
    Torn(usize),
    /// Its end is still to come.
    Open,
}

fn next_record(bytes: &[u8]) -> Next<'_> {
    let begins = bytes[0] == BEGIN;
    let end = memchr::memchr2(BEGIN, b'\n', &bytes[1..]).map(|at| at + 1);
    match end {
        // Behind a record's line feed the next record begins, or the file ends.
        Some(end) if bytes[end] == b'\n' => match content(&bytes[..end]) {
            Some(json) if begins => Next::Record(end + 1, json),
            _ => Next::Torn(end + 1),
        },
        Some(end) => Next::Torn(end),
        // So long a record is none, whatever follows.
        None if bytes.len() > MAX_RECORD => Next::Torn(bytes.len()),
        None => Next::Open,
    }
}

/// The JSON of a record without its line feed, if its checksum holds.
fn content(record: &[u8]) -> Option<&[u8]> {
    let (header, json) = record.get(1..)?.split_at_checked(HEADER)?;
    let told = std::str::from_utf8(header).ok()?.strip_suffix(' ')?;
    let told = u64::from_str_radix(told, 16).ok()?;
    (told == xxh3_64(json)).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt;

    fn all(bytes: &[u8]) -> (Vec<Vec<u8>>, u64) {
        let piece = parse(bytes, 0);
        (piece.records, piece.torn)
    }

    #[test]
    fn golden_bytes() {
        assert_eq!(frame(br#"{"a":1}"#), b"\x1ec5e3762ffc8453c6 {\"a\":1}\n");
    }

    #[test]
    fn records_come_back_in_order_and_are_private() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().join("state");
        for json in [&b"{\"n\":1}"[..], b"{\"n\":2}"] {
            append(&home, "2026-11-25", json).unwrap();
        }
        append(&home, "2026-11-24", b"{}").unwrap();
        let days = days(&home).unwrap();
        assert_eq!(
            days.iter().map(|day| &*day.name).collect::<Vec<_>>(),
            ["2026-11-24.log", "2026-11-25.log"]
        );
        let piece = read(&days[1].path, 0).unwrap();
        assert_eq!((piece.records.len(), piece.torn, piece.next), (2, 0, days[1].size));
        assert_eq!(read(&days[1].path, piece.next).unwrap(), Piece { next: piece.next, ..Piece::default() });
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&days[0].path), mode(&folder(&home))), (0o600, 0o700));
    }

    #[test]
    fn a_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(folder(home.path())).unwrap();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder(home.path()).join("2026-11-25.log")).unwrap();
        assert!(append(home.path(), "2026-11-25", b"{}").is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), b"");
    }

    #[test]
    fn a_place_is_known_by_what_stands_before_it() {
        let home = tempfile::tempdir().unwrap();
        append(home.path(), "2026-11-25", b"{\"n\":1}").unwrap();
        let day = days(home.path()).unwrap().remove(0);
        let here = anchor(&day.path, day.size).unwrap();
        append(home.path(), "2026-11-25", b"{\"n\":2}").unwrap();
        assert_eq!(anchor(&day.path, day.size).unwrap(), here);
        assert_eq!(anchor(&day.path, 10_000).unwrap(), None);
        fs::write(&day.path, frame(b"{\"n\":3}")).unwrap();
        assert_ne!(anchor(&day.path, day.size).unwrap(), here);
        assert_eq!(anchor(Path::new("/nowhere"), 5).unwrap(), None);
    }

    #[test]
    fn a_record_that_no_reader_would_take_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let long = vec![b'x'; MAX_RECORD];
        assert!(matches!(append(home.path(), "2026-11-25", &long), Err(JournalError::TooLong { .. })));
        assert!(days(home.path()).unwrap().is_empty());
    }

    #[test]
    fn other_files_are_no_days() {
        for name in ["2026-11-25.log.gz", "state.db", "2026-1x-25.log", "20261125xx.log"] {
            assert!(!is_day(name), "{name}");
        }
    }

    #[test]
    fn what_is_torn_costs_itself_alone() {
        let (a, b, c) = (frame(b"{\"n\":1}"), frame(b"{\"n\":2}"), frame(b"{\"n\":3}"));
        for cut in 1..b.len() {
            let bytes = [&a[..], &b[..cut], &c[..]].concat();
            assert_eq!(all(&bytes), (vec![b"{\"n\":1}".to_vec(), b"{\"n\":3}".to_vec()], 1), "cut at {cut}");
            // At the end of the file it may still be written.
            let open = [&a[..], &b[..cut]].concat();
            assert_eq!(parse(&open, 0).next, a.len() as u64);
        }
        let mut wrong = [&a[..], &b[..], &c[..]].concat();
        wrong[a.len() + 20] ^= 1;
        assert_eq!(all(&wrong).0.len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_between_records_lose_none(
            noise in proptest::collection::vec(any::<u8>(), 0..200),
            split in 0usize..400,
        ) {
            let noise: Vec<u8> = noise.into_iter().filter(|byte| *byte != BEGIN).collect();
            let record = frame(b"{\"n\":1}");
            let bytes = [&record[..], &noise[..], &record[..]].concat();
            prop_assert_eq!(all(&bytes).0.len(), 2);
            // Read in two parts it is the same.
            let split = split.min(bytes.len());
            let first = parse(&bytes[..split], 0);
            let rest = parse(&bytes[usize::try_from(first.next).unwrap()..], first.next);
            prop_assert_eq!(first.records.len() + rest.records.len(), 2);
            prop_assert_eq!(rest.next, bytes.len() as u64);
        }
    }
}
