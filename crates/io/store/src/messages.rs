//! Messages of the person's for an agent: a file for each session, taken by its hook at the end of a turn.
//!
//! ```text
//! messages/<session>.json     0600, what waits, put in place by a rename
//! messages/<session>.taken    what was taken last, and how many ends of turns in a row have taken something
//! ```
//!
//! A hook may not wait and opens no database: where there is no message, one system call says so. Whoever changes a file
//! holds the folder's lock; a hook that does not get it at once leaves the message to the next end of a turn.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::maintenance;
use crate::readings;

/// How the name begins of what sends a message that is no trigger, but advice which a person has accepted.
pub const ADVICE: &str = "advice ";
/// A message waits no longer, milliseconds: what it was about has passed.
pub const WAITS_MS: i64 = 60 * 60 * 1000;
/// So many ends of turns in a row take messages, whatever they allow.
const MOST_IN_A_ROW: u32 = 2;
/// So many wait for one session; of more the oldest go.
const MOST: usize = 16;
/// No file is longer.
const MAX_BYTES: u64 = 256 * 1024;
/// What was not touched for so long is of sessions that are over, milliseconds.
const OLD_MS: i64 = 24 * WAITS_MS;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The trigger that sends it, or the advice ([`ADVICE`]).
    pub trigger: String,
    /// What it says.
    pub text: String,
    /// Until when, milliseconds since the epoch.
    pub expires: i64,
    /// How often that trigger may do so for one session.
    pub times: u32,
}

/// What was taken last.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Taken {
    in_a_row: u32,
}

/// The folder of messages below the state folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("messages")
}

/// The file of a session; `None` for an id that is no file's name.
fn file(home: &Path, session: &str) -> Option<PathBuf> {
    readings::is_name(session).then(|| folder(home).join(format!("{session}.json")))
}

/// Leaves a message for a session, behind those that wait.
///
/// # Errors
/// When the id is no file's name, or the file cannot be written: then nothing of it is there.
pub fn leave(home: &Path, session: &str, message: Message, now: i64) -> io::Result<()> {
    let path = file(home, session).ok_or(ErrorKind::InvalidInput)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(home))?;
    let lock = File::open(folder(home))?;
    // A file system without locks: of two writers at once the last counts.
    drop(lock.lock());
    let mut waiting = waiting(&path, now)?;
    waiting.push(message);
    let surplus = waiting.len().saturating_sub(MOST);
    waiting.drain(..surplus);
    put(&path, &serde_json::to_vec(&waiting)?)
}

/// Takes what waits for a session: each message is taken once. `again`, which is asked only where something waits, says
/// that the turn that ends was made longer by a hook before. Nothing is taken where that has happened too often in a row.
///
/// # Errors
/// When there is a message that cannot be taken.
pub fn take(home: &Path, session: &str, again: impl FnOnce() -> bool, now: i64) -> io::Result<Vec<Message>> {
    let Some(path) = file(home, session) else { return Ok(Vec::new()) };
    match open(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let lock = File::open(folder(home))?;
    if let Err(TryLockError::WouldBlock) = lock.try_lock() {
        return Ok(Vec::new());
    }
    let waiting = waiting(&path, now)?;
    let taken = path.with_extension("taken");
    let before = if again() { in_a_row(&taken) } else { 0 };
    let most = waiting.iter().map(|message| message.times).max().unwrap_or(0).min(MOST_IN_A_ROW);
    if before >= most && !waiting.is_empty() {
        return Ok(Vec::new());
    }
    // Where there are no locks, one of two renames fails.
    match fs::rename(&path, &taken) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    // Where that cannot be written the messages stand there, which reads as the most that there can have been.
    put(&taken, &serde_json::to_vec(&Taken { in_a_row: before + 1 })?).ok();
    Ok(waiting)
}

fn in_a_row(taken: &Path) -> u32 {
    let text = fs::read(taken).unwrap_or_default();
    // What cannot be read was the most that it can have been.
    serde_json::from_slice(&text).map_or(MOST_IN_A_ROW, |taken: Taken| taken.in_a_row)
}

/// What waits in a file and has not expired. What is no file of ours says nothing.
fn waiting(path: &Path, now: i64) -> io::Result<Vec<Message>> {
    let mut bytes = Vec::new();
    match open(path) {
        Ok(file) => drop(file.take(MAX_BYTES).read_to_end(&mut bytes)?),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let all: Vec<Message> = serde_json::from_slice(&bytes).unwrap_or_default();
    // A clock that was set back makes nothing wait for longer than it has to.
    let waits = |message: &Message| (now..=now.saturating_add(WAITS_MS)).contains(&message.expires);
    Ok(all.into_iter().filter(waits).collect())
}

/// No link is followed, and no pipe waited for.
fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    let written = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh);
    let done = written.and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&fresh, path));
    if done.is_err() {
        // The reason stands in `done`.
        fs::remove_file(&fresh).ok();
    }
    done
}

/// Removes what was left for sessions that never took it, and what they took. `now` is in milliseconds since the epoch.
///
/// # Errors
/// When the folder cannot be listed, or a file not removed.
pub fn sweep(home: &Path, now: i64) -> io::Result<()> {
    maintenance::remove_older(&folder(home), now.saturating_sub(OLD_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn message(text: &str, expires: i64, times: u32) -> Message {
        Message { trigger: "t".to_owned(), text: text.to_owned(), expires, times }
    }

    fn texts(home: &Path, again: bool, now: i64) -> Vec<String> {
        take(home, "s", || again, now).unwrap().into_iter().map(|message| message.text).collect()
    }

    #[test]
    fn what_waits_is_taken_once_and_in_its_order() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        assert_eq!(texts(home, false, 0), [""; 0]);
        assert!(!folder(home).exists(), "looking makes nothing");
        leave(home, "s", message("one", 100, 1), 0).unwrap();
        leave(home, "s", message("two", 10, 1), 0).unwrap();
        leave(home, "s", message("three", 200, 1), 50).unwrap();
        leave(home, "other", message("other", 100, 1), 0).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder(home)), mode(&folder(home).join("s.json"))), (0o700, 0o600));
        assert_eq!(texts(home, false, 60), ["one", "three"], "the second has expired");
        assert_eq!(texts(home, false, 60), [""; 0]);
        leave(home, "s", message("late", 100, 1), 60).unwrap();
        assert_eq!(texts(home, false, 101), [""; 0]);
        leave(home, "s", message("of a clock that was set back", 10 * WAITS_MS, 1), 9 * WAITS_MS).unwrap();
        assert_eq!(texts(home, false, 0), [""; 0]);
    }

    #[test]
    fn no_agent_is_kept_going_by_messages() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let leave = |times| leave(home, "s", message("go", 100, times), 0).unwrap();
        leave(1);
        assert_eq!(texts(home, false, 1).len(), 1);
        leave(1);
        assert_eq!(texts(home, true, 2).len(), 0, "once is what it may");
        assert_eq!(texts(home, false, 3).len(), 1, "it is kept for a turn of the person's");
        leave(10);
        assert_eq!(texts(home, true, 4).len(), 1);
        leave(10);
        assert_eq!(texts(home, true, 5).len(), 0, "never a third in a row");
        assert_eq!(texts(home, false, 6).len(), 1);
    }

    #[test]
    fn who_writes_is_not_waited_for() {
        let home = tempfile::tempdir().unwrap();
        leave(home.path(), "s", message("go", 100, 1), 0).unwrap();
        let held = File::open(folder(home.path())).unwrap();
        held.lock().unwrap();
        assert_eq!(texts(home.path(), false, 1).len(), 0);
        drop(held);
        assert_eq!(texts(home.path(), false, 1).len(), 1);
    }

    #[test]
    fn what_is_no_session_or_no_message_says_nothing() {
        let home = tempfile::tempdir().unwrap();
        for id in ["", "../x", "a/b", ".", "a.b", &"x".repeat(200)] {
            assert!(leave(home.path(), id, message("go", 100, 1), 0).is_err(), "{id}");
            assert_eq!(take(home.path(), id, || false, 0).unwrap(), []);
        }
        fs::create_dir_all(folder(home.path())).unwrap();
        fs::write(folder(home.path()).join("s.json"), "{").unwrap();
        assert_eq!(texts(home.path(), false, 1).len(), 0);
        std::os::unix::fs::symlink("/etc/passwd", folder(home.path()).join("s.json")).unwrap();
        assert!(take(home.path(), "s", || false, 0).is_err());
        sweep(home.path(), i64::MAX).unwrap();
        assert_eq!(fs::read_dir(folder(home.path())).unwrap().count(), 0);
    }
}
