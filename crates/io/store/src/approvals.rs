//! Answers to calls at which a run without a terminal has ended: a file for each session, taken once, by the hook of the
//! run that takes the session up again.
//!
//! ```text
//! approvals/<session>.json          0600, what was answered, put in place by a rename
//! approvals/<session>.*.taken       by a hook, which holds its lock and removes it when it has acted on it
//! approvals/<session>.*.new         not yet in place
//! ```
//!
//! Whoever leaves an answer holds the folder's lock. A hook does not wait for that: a rename decides whether it has taken
//! an answer, and what it has taken is read after it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use crate::maintenance::{remove, remove_older};
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

impl Approval {
    fn is_of(&self, call: &str, hash: &str) -> bool {
        self.call == call && self.hash == hash
    }
}

/// What came of leaving an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// It waits.
    Waits,
    /// Another one does, which was left before.
    Before(Approval),
    /// A run has taken the one before, and acts on it just now.
    Taken,
}

/// The folder of approvals below the state folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("approvals")
}

fn file(home: &Path, session: &str) -> Option<PathBuf> {
    readings::is_name(session).then(|| folder(home).join(format!("{session}.json")))
}

/// Another name beside a session's file, that no other has.
fn beside(path: &Path, what: &str) -> PathBuf {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    path.with_extension(format!("{}-{number}.{what}", std::process::id()))
}

/// The folder, and its lock. Where there are no locks, of two writers at once the last counts.
fn locked(home: &Path) -> io::Result<File> {
    let folder = File::open(folder(home))?;
    drop(folder.lock());
    Ok(folder)
}

/// Leaves an answer for a session. One to the same call that waits is in its way, and comes back, unless it is to be
/// replaced.
///
/// # Errors
/// When the id is no file's name, or the file cannot be written.
pub fn leave(home: &Path, session: &str, approval: &Approval, replace: bool) -> io::Result<Left> {
    let path = file(home, session).ok_or(ErrorKind::InvalidInput)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(home))?;
    let _lock = locked(home)?;
    let fresh = beside(&path, "new");
    let left = put(&path, &fresh, approval, replace);
    // It has its place, or is none.
    remove(&fresh)?;
    left
}

fn put(path: &Path, fresh: &Path, approval: &Approval, replace: bool) -> io::Result<Left> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh)?;
    out.write_all(&serde_json::to_vec(approval)?)?;
    let own = out.metadata()?.ino();
    let now = approval.ends.saturating_sub(WAITS_MS);
    // One that counts no more makes room.
    let counts = |one: &Approval| one.is_of(&approval.call, &approval.hash) && now < one.ends;
    if is_being_taken(path, approval, own)? {
        return Ok(Left::Taken);
    }
    match read(path) {
        Some((first, _)) if !replace && counts(&first) => return Ok(Left::Before(first)),
        Some(_) => fs::rename(fresh, path)?,
        None => match fs::hard_link(fresh, path) {
            // One that a hook puts back, or nobody can lock the folder.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let first = read(path).map(|(first, _)| first).filter(counts);
                return first.map(Left::Before).ok_or(error);
            }
            placed => placed?,
        },
    }
    // A hook that could not have the lock may have been quicker.
    if is_being_taken(path, approval, own)? {
        remove(path)?;
        return Ok(Left::Taken);
    }
    Ok(Left::Waits)
}

/// Whether a hook that still runs has taken another answer to the same call.
fn is_being_taken(path: &Path, approval: &Approval, own: u64) -> io::Result<bool> {
    let Some((folder, session)) = path.parent().zip(path.file_stem().and_then(|stem| stem.to_str())) else {
        return Ok(false);
    };
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let is_of = name.to_str().and_then(|name| name.strip_prefix(session));
        if !is_of.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".taken")) {
            continue;
        }
        let Some((taken, file)) = read(&folder.join(name)) else { continue };
        let other = taken.is_of(&approval.call, &approval.hash) && file.metadata()?.ino() != own;
        // Of one that was killed the lock is free.
        if other && matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes an answer back that was left; whether it still waited.
///
/// # Errors
/// When it cannot be removed.
pub fn withdraw(home: &Path, session: &str, approval: &Approval) -> io::Result<bool> {
    let Some(path) = file(home, session) else { return Ok(false) };
    let _lock = locked(home)?;
    if read(&path).is_none_or(|(waits, _)| waits != *approval) {
        return Ok(false);
    }
    remove(&path).map(|()| true)
}

/// An answer that was taken. It is used up when this is dropped.
#[derive(Debug)]
pub struct Taken {
    /// The answer.
    pub approval: Approval,
    /// Locked, as long as its process acts on it.
    _file: File,
    taken: PathBuf,
    path: PathBuf,
}

impl Taken {
    /// Puts it back where it was, unless there is another one by now: it was not acted on.
    ///
    /// # Errors
    /// When it cannot be put there.
    pub fn put_back(self) -> io::Result<()> {
        match fs::hard_link(&self.taken, &self.path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // What is left is swept, and nobody takes it again.
        fs::remove_file(&self.taken).ok();
    }
}

/// Takes the answer to this very call, if one waits; of two who take it at once one gets it.
#[must_use]
pub fn take(home: &Path, session: &str, call: &str, hash: &str, now: i64) -> Option<Taken> {
    let path = file(home, session)?;
    let (_, seen) = read(&path).filter(|(waits, _)| waits.is_of(call, hash))?;
    // Whoever leaves another one now looks for what was taken after that. A hook does not wait.
    let folder = File::open(folder(home)).ok()?;
    drop(folder.try_lock());
    // Another one takes it.
    if let Err(TryLockError::WouldBlock) = seen.try_lock() {
        return None;
    }
    let taken = beside(&path, "taken");
    fs::rename(&path, &taken).ok()?;
    // It may be another one that was put there since.
    let (approval, file) = read(&taken)?;
    let same = file.metadata().ok()?.ino() == seen.metadata().ok()?.ino();
    let file = if same { seen } else { file };
    drop(file.try_lock());
    let taken = Taken { approval, _file: file, taken, path };
    if !taken.approval.is_of(call, hash) {
        // It was not for us, and what is in its place now is later.
        taken.put_back().ok();
        return None;
    }
    let ends = taken.approval.ends;
    // The clock may have gone back: what seems to wait for longer than it may does not count.
    (now < ends && ends.saturating_sub(now) <= WAITS_MS).then_some(taken)
}

/// The answer that waits for a session.
#[must_use]
pub fn waiting(home: &Path, session: &str) -> Option<Approval> {
    read(&file(home, session)?).map(|(approval, _)| approval)
}

fn read(path: &Path) -> Option<(Approval, File)> {
    let never_elsewhere = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(never_elsewhere).open(path).ok()?;
    let meta = file.metadata().ok()?;
    let approval = (meta.is_file() && meta.len() <= MOST).then(|| serde_json::from_reader(&file).ok())??;
    Some((approval, file))
}

/// Removes what nobody takes any more: answers that wait no longer, and what hooks and writers that were killed have left.
/// `now` is in milliseconds since the epoch.
///
/// # Errors
/// When the folder cannot be listed, or a file not removed.
pub fn sweep(home: &Path, now: i64) -> io::Result<()> {
    remove_older(&folder(home), now.saturating_sub(WAITS_MS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn answer(allow: bool, ends: i64) -> Approval {
        Approval { call: "t".to_owned(), hash: "ab".to_owned(), allow, reason: None, ends }
    }

    fn names(home: &Path) -> usize {
        fs::read_dir(folder(home)).unwrap().count()
    }

    #[test]
    fn an_answer_is_taken_once_and_by_its_call_alone() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let answer = |ends| answer(true, ends);
        let take =
            |call: &str, hash: &str, now| super::take(home, "s", call, hash, now).map(|t| t.approval.clone());
        let leave = |approval: &Approval, replace| leave(home, "s", approval, replace).unwrap();
        assert_eq!(take("t", "ab", 5), None);
        assert_eq!(leave(&answer(WAITS_MS), false), Left::Waits);
        assert_eq!((take("u", "ab", 5), take("t", "cd", 5)), (None, None));
        // The first counts, until it is to be replaced.
        let other = Approval { allow: false, ..answer(WAITS_MS) };
        assert_eq!(leave(&other, false), Left::Before(answer(WAITS_MS)));
        assert_eq!(waiting(home, "s"), Some(answer(WAITS_MS)));
        assert_eq!(leave(&other, true), Left::Waits);
        assert_eq!(take("t", "ab", 5), Some(other));
        assert_eq!(take("t", "ab", 5), None);
        for (ends, now) in [(10, 10), (10, 10 - WAITS_MS - 1)] {
            assert_eq!(leave(&answer(ends), true), Left::Waits);
            assert_eq!(take("t", "ab", now), None, "{ends} {now}");
        }
        // What counts no more is in nobody's way, and neither is the answer to another call.
        assert_eq!(leave(&answer(10), false), Left::Waits);
        assert_eq!(leave(&answer(10 + WAITS_MS), false), Left::Waits);
        let next = Approval { call: "u".to_owned(), ..answer(10 + WAITS_MS) };
        assert_eq!(leave(&next, false), Left::Waits);
        assert_eq!(waiting(home, "s"), Some(next.clone()));
        assert!(super::leave(home, "../s", &answer(10), false).is_err());
        assert_eq!(names(home), 1, "the last answer alone");
        assert!(!withdraw(home, "s", &answer(10)).unwrap() && withdraw(home, "s", &next).unwrap());
        assert_eq!((waiting(home, "s"), names(home)), (None, 0));
    }

    #[test]
    fn an_answer_that_was_not_acted_on_waits_again() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let take = || take(home, "s", "t", "ab", 5);
        let (first, other) = (answer(true, WAITS_MS), answer(false, WAITS_MS));
        assert_eq!(leave(home, "s", &first, false).unwrap(), Left::Waits);
        let taken = take().unwrap();
        assert!(take().is_none());
        // As long as it is acted on, no other one is left, and none replaces it.
        for replace in [false, true] {
            assert_eq!(leave(home, "s", &other, replace).unwrap(), Left::Taken);
        }
        assert_eq!(waiting(home, "s"), None);
        taken.put_back().unwrap();
        assert_eq!((waiting(home, "s"), names(home)), (Some(first.clone()), 1));
        // Of a hook that was killed something is left, which is in nobody's way and is not taken again.
        let Taken { taken, .. } = &*std::mem::ManuallyDrop::new(take().unwrap());
        let killed = taken.with_extension("1-0.taken");
        fs::copy(taken, &killed).unwrap();
        fs::remove_file(taken).unwrap();
        assert!(take().is_none());
        assert_eq!(leave(home, "s", &other, false).unwrap(), Left::Waits);
        assert_eq!(take().unwrap().approval, other);
        assert_eq!(names(home), 1);
        fs::write(folder(home).join("s.1-1.new"), "").unwrap();
        sweep(home, 0).unwrap();
        assert_eq!(names(home), 2, "they are young");
        sweep(home, i64::MAX).unwrap();
        assert_eq!(names(home), 0);
    }

    /// Many rounds of two who do something at the same moment.
    fn at_once<A: Send, B: Send>(one: impl Fn() -> A + Sync, other: impl Fn() -> B + Sync) -> (A, B) {
        let begin = Barrier::new(2);
        std::thread::scope(|scope| {
            let one = scope.spawn(|| {
                begin.wait();
                one()
            });
            begin.wait();
            let other = other();
            (one.join().unwrap(), other)
        })
    }

    const ROUNDS: usize = 300;

    #[test]
    fn of_two_who_answer_at_once_exactly_one_is_queued() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let (allow, deny) = (answer(true, 2 * WAITS_MS), answer(false, 2 * WAITS_MS));
        for round in 0..ROUNDS {
            // Every other time one that counts no more lies there.
            let left = answer(true, 10);
            withdraw(home, "s", &left).ok();
            if round % 2 == 0 {
                leave(home, "s", &left, true).unwrap();
            }
            let leave = |own| leave(home, "s", own, false).unwrap();
            let (first, second) = at_once(|| leave(&allow), || leave(&deny));
            let waits = waiting(home, "s").unwrap();
            let wanted = if waits == allow {
                (Left::Waits, Left::Before(allow.clone()))
            } else {
                (Left::Before(deny.clone()), Left::Waits)
            };
            assert_eq!((first, second), wanted, "round {round}");
            assert!(withdraw(home, "s", &waits).unwrap());
            assert_eq!(names(home), 0);
        }
    }

    #[test]
    fn what_is_told_as_replaced_is_not_taken() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let (allow, deny) = (answer(true, WAITS_MS), answer(false, WAITS_MS));
        for round in 0..ROUNDS {
            leave(home, "s", &allow, true).unwrap();
            let take = || take(home, "s", "t", "ab", 5);
            let (taken, left) = at_once(take, || leave(home, "s", &deny, true).unwrap());
            let taken = taken.map(|taken| taken.approval.clone());
            let wanted = if taken == Some(allow.clone()) { Left::Taken } else { Left::Waits };
            assert_eq!(left, wanted, "round {round}: {taken:?}");
            assert!(taken.is_some() && waiting(home, "s").is_none(), "round {round}: {taken:?}");
            assert_eq!(names(home), 0);
        }
    }

    #[test]
    fn of_two_who_take_at_once_one_gets_it() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        for round in 0..ROUNDS {
            leave(home, "s", &answer(true, WAITS_MS), false).unwrap();
            let take = || take(home, "s", "t", "ab", 5);
            let (one, other) = at_once(take, take);
            assert!(one.is_some() != other.is_some(), "round {round}");
        }
    }
}
