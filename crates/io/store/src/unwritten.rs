//! That something could not be written down, where there is no room to write it: a file of a fixed length that is made
//! while there is room, and written over in its place.
//!
//! A line for each, of a length that all have: when, and which session. A hook takes the first blank one; where none is
//! left, the last. What stands there counts until the gate has judged and written down a later call.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Bytes of a line, its line feed included.
const LINE: usize = 128;
const LINES: usize = 32;
/// No longer name of a session is kept.
const NAME: usize = 64;

/// A call that was judged, or another event, of which nothing else tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// The session; empty where its name is none.
    pub session: String,
}

/// The file below the state folder.
#[must_use]
pub fn file(home: &Path) -> PathBuf {
    home.join("unwritten")
}

/// Makes room for what cannot be written later, and leaves what is there.
///
/// # Errors
/// When it cannot be made whole: then it is not there.
pub fn reserve(home: &Path) -> io::Result<()> {
    let path = file(home);
    if fs::symlink_metadata(&path).is_ok_and(|meta| meta.len() == (LINE * LINES) as u64) {
        return Ok(());
    }
    let made = open(&path, true).and_then(|file| {
        file.set_len(0)?;
        // Written, not only reserved: a hole has no room.
        file.write_all_at(blank().repeat(LINES).as_bytes(), 0)
    });
    made.inspect_err(|_| drop(fs::remove_file(&path)))
}

/// Leaves a trace of something that could not be written.
///
/// # Errors
/// When not even that can be done: the folder is read-only, or no room was ever reserved.
pub fn note(home: &Path, at: i64, session: &str) -> io::Result<()> {
    let path = file(home);
    // Without it one that is empty may still be made.
    let file = open(&path, true)?;
    let mut text = String::new();
    file.try_clone()?.take((LINE * LINES) as u64).read_to_string(&mut text)?;
    let free = text.as_bytes().chunks(LINE).take_while(|line| !line.trim_ascii().is_empty()).count();
    let name: String = session.chars().filter(char::is_ascii_graphic).take(NAME).collect();
    let line = format!("{:<width$}\n", format!("{at} {name}"), width = LINE - 1);
    file.write_all_at(line.as_bytes(), (free.min(LINES - 1) * LINE) as u64)
}

/// All that could not be written, the first one first.
#[must_use]
pub fn all(home: &Path) -> Vec<Unwritten> {
    let mut text = String::new();
    let read =
        open(&file(home), false).and_then(|file| file.take((LINE * LINES) as u64).read_to_string(&mut text));
    if read.is_err() {
        return Vec::new();
    }
    text.lines().filter_map(one).collect()
}

/// Makes all lines blank again.
///
/// # Errors
/// When the file cannot be written.
pub fn forget(home: &Path) -> io::Result<()> {
    open(&file(home), true)?.write_all_at(blank().repeat(LINES).as_bytes(), 0)
}

/// Makes the lines of one session blank.
///
/// # Errors
/// When the file cannot be written.
pub fn forget_session(home: &Path, session: &str) -> io::Result<()> {
    let file = open(&file(home), true)?;
    let mut bytes = Vec::new();
    file.try_clone()?.take((LINE * LINES) as u64).read_to_end(&mut bytes)?;
    let is_own = |line: &[u8]| {
        str::from_utf8(line).is_ok_and(|line| one(line).is_some_and(|one| one.session == session))
    };
    for (at, _) in bytes.chunks_exact(LINE).enumerate().filter(|(_, line)| is_own(line)) {
        file.write_all_at(blank().as_bytes(), (at * LINE) as u64)?;
    }
    Ok(())
}

/// What a line tells.
fn one(line: &str) -> Option<Unwritten> {
    let (at, session) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
    Some(Unwritten { at: at.parse().ok()?, session: session.to_owned() })
}

fn blank() -> String {
    format!("{:width$}\n", "", width = LINE - 1)
}

/// No link is followed, and no pipe waited for.
fn open(path: &Path, write: bool) -> io::Result<fs::File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    OpenOptions::new()
        .read(true)
        .write(write)
        .create(write)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(at: i64, session: &str) -> Unwritten {
        Unwritten { at, session: session.to_owned() }
    }

    #[test]
    fn what_is_of_one_session_is_forgotten_alone() {
        let home = tempfile::tempdir().unwrap();
        reserve(home.path()).unwrap();
        for (at, session) in [(1, "s1"), (2, "s2"), (3, "s1")] {
            note(home.path(), at, session).unwrap();
        }
        forget_session(home.path(), "s1").unwrap();
        assert_eq!(all(home.path()), [left(2, "s2")]);
        for at in [4, 5] {
            note(home.path(), at, "s3").unwrap();
        }
        let mut told = all(home.path());
        told.sort_by_key(|one| one.at);
        assert_eq!(told, [left(2, "s2"), left(4, "s3"), left(5, "s3")], "no line is written over");
    }

    #[test]
    fn what_could_not_be_written_is_told_until_it_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(all(home.path()), []);
        reserve(home.path()).unwrap();
        let size = || fs::metadata(file(home.path())).unwrap().len();
        assert_eq!((all(home.path()), size()), (Vec::new(), (LINE * LINES) as u64));
        note(home.path(), 12, "s1").unwrap();
        note(home.path(), 13, "a b\u{1b}[31m\nc").unwrap();
        note(home.path(), 14, "").unwrap();
        reserve(home.path()).unwrap();
        assert_eq!(all(home.path()), [left(12, "s1"), left(13, "ab[31mc"), left(14, "")]);
        for at in 0..100 {
            note(home.path(), at, &"x".repeat(500)).unwrap();
        }
        let told = all(home.path());
        assert_eq!((told.len(), told.last(), size()), (LINES, Some(&left(99, &"x".repeat(NAME))), 4096));
        forget(home.path()).unwrap();
        assert_eq!((all(home.path()), size()), (Vec::new(), 4096));
    }

    #[test]
    fn nothing_is_followed_and_nothing_is_believed() {
        let home = tempfile::tempdir().unwrap();
        let other = home.path().join("other");
        fs::write(&other, "mine").unwrap();
        std::os::unix::fs::symlink(&other, file(home.path())).unwrap();
        assert!(note(home.path(), 1, "s").is_err() && all(home.path()).is_empty());
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
        fs::remove_file(file(home.path())).unwrap();
        fs::write(file(home.path()), b"x y\n\xff\n").unwrap();
        assert_eq!(all(home.path()), []);
    }

    /// Without room that was reserved, and one that only has its name left.
    #[test]
    fn a_trace_is_left_as_far_as_it_can_be() {
        let home = tempfile::tempdir().unwrap();
        note(home.path(), 7, "s1").unwrap();
        assert_eq!(all(home.path()), [left(7, "s1")]);
        assert!(note(&home.path().join("gone"), 7, "s1").is_err());
    }
}
