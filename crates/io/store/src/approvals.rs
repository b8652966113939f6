//! Answers to calls at which a run without a terminal has ended: a file for each session, taken once, by the hook of the
//! run that takes the session up again.
//!
//! ```text
//! approvals/<session>.json    0600, what was answered, put in place by a rename
//! ```

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::readings;

/// An answer waits no longer, milliseconds.
pub const WAITS_MS: i64 = 24 * 60 * 60 * 1000;
/// No file is longer.
const MOST: u64 = 64 * 1024;

/// A person's answer to one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The call's id.
    pub call: String,
    /// BLAKE3 of its input, the first 128 bits in hexadecimal.
    pub hash: String,
    /// It may be made.
    pub allow: bool,
    /// What the agent is told where it may not.
    pub reason: Option<String>,
    /// Until when it counts, milliseconds since the epoch.
    pub ends: i64,
}

/// The folder of approvals below the state folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("approvals")
}

fn file(home: &Path, session: &str) -> Option<PathBuf> {
    readings::is_name(session).then(|| folder(home).join(format!("{session}.json")))
}

/// Leaves an answer for a session. One to the same call that waits is in its way, and comes back, unless it is to be
/// replaced.
///
/// # Errors
/// When the id is no file's name, or the file cannot be written.
pub fn leave(
    home: &Path,
    session: &str,
    approval: &Approval,
    replace: bool,
) -> io::Result<Result<(), Approval>> {
    let path = file(home, session).ok_or(ErrorKind::InvalidInput)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(home))?;
    let fresh = path.with_extension(std::process::id().to_string());
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    out.write_all(&serde_json::to_vec(approval)?)?;
    let now = approval.ends.saturating_sub(WAITS_MS);
    let counts = |one: &Approval| one.call == approval.call && one.hash == approval.hash && now < one.ends;
    // One that counts no more makes room.
    let left = match waiting(home, session).filter(counts) {
        _ if replace => fs::rename(&fresh, &path),
        Some(_) => Err(ErrorKind::AlreadyExists.into()),
        None => gone(&path).and_then(|()| fs::hard_link(&fresh, &path)),
    };
    gone(&fresh)?;
    match left {
        // Of two who answer at once, one comes too late.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            waiting(home, session).map(Err).ok_or(error)
        }
        left => left.map(Ok),
    }
}

fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Takes the answer to this very call, if one waits; of two who take it at once one gets it.
#[must_use]
pub fn take(home: &Path, session: &str, call: &str, hash: &str, now: i64) -> Option<Approval> {
    let path = file(home, session)?;
    let approval = read(&path)?;
    if approval.call != call || approval.hash != hash {
        return None;
    }
    let taken = path.with_extension("taken");
    fs::rename(&path, &taken).ok()?;
    // The clock may have gone back: what seems to wait for longer than it may does not count.
    let counts = now < approval.ends && approval.ends.saturating_sub(now) <= WAITS_MS;
    counts.then_some(approval)
}

/// The answer that waits for a session.
#[must_use]
pub fn waiting(home: &Path, session: &str) -> Option<Approval> {
    read(&file(home, session)?)
}

fn read(path: &Path) -> Option<Approval> {
    let never_elsewhere = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(never_elsewhere).open(path).ok()?;
    let meta = file.metadata().ok()?;
    (meta.is_file() && meta.len() <= MOST).then(|| serde_json::from_reader(file).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once_and_by_its_call_alone() {
        let home = tempfile::tempdir().unwrap();
        let answer =
            |ends| Approval { call: "t".to_owned(), hash: "ab".to_owned(), allow: true, reason: None, ends };
        let take = |call: &str, hash: &str, now| super::take(home.path(), "s", call, hash, now);
        assert_eq!(take("t", "ab", 5), None);
        leave(home.path(), "s", &answer(WAITS_MS), false).unwrap().unwrap();
        assert_eq!((take("u", "ab", 5), take("t", "cd", 5)), (None, None));
        // The first counts, until it is to be replaced.
        let other = Approval { allow: false, ..answer(WAITS_MS) };
        assert_eq!(leave(home.path(), "s", &other, false).unwrap(), Err(answer(WAITS_MS)));
        assert_eq!(waiting(home.path(), "s"), Some(answer(WAITS_MS)));
        assert_eq!(leave(home.path(), "s", &other, true).unwrap(), Ok(()));
        assert_eq!(take("t", "ab", 5), Some(other));
        assert_eq!(take("t", "ab", 5), None);
        for (ends, now) in [(10, 10), (10, 10 - WAITS_MS - 1)] {
            leave(home.path(), "s", &answer(ends), true).unwrap().unwrap();
            assert_eq!(take("t", "ab", now), None, "{ends} {now}");
        }
        // What counts no more is in nobody's way, and neither is the answer to another call.
        leave(home.path(), "s", &answer(10), false).unwrap().unwrap();
        leave(home.path(), "s", &answer(10 + WAITS_MS), false).unwrap().unwrap();
        let next = Approval { call: "u".to_owned(), ..answer(10 + WAITS_MS) };
        leave(home.path(), "s", &next, false).unwrap().unwrap();
        assert_eq!(waiting(home.path(), "s"), Some(next));
        assert!(leave(home.path(), "../s", &answer(10), false).is_err());
        let left = fs::read_dir(folder(home.path())).unwrap().count();
        assert_eq!(left, 2, "the last answer, and the one that was taken");
    }
}
