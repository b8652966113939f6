//! A process that is held, so that it can be waited for and signalled without meeting another one.
//!
//! A number alone is no process: between looking and signalling it can have become another's. On Linux a
//! handle of the kernel (a pidfd) belongs to one process for good, and the start time is compared after it was
//! taken. Where there are no handles (other systems, old kernels, no descriptors left), the start time is
//! compared immediately before each signal.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};

pub use rustix::process::Signal;

use crate::processes::{Facts, Processes, System};

/// How long one wait in the kernel takes at most, so that whoever waits can be told of it.
const SLICE: Duration = Duration::from_millis(200);
/// The same where the end of a process is not told and has to be looked for.
const LOOK: Duration = Duration::from_millis(20);

/// A process, known by its number and start time.
#[derive(Debug)]
pub struct Held {
    pid: u32,
    start: Option<u64>,
    #[cfg(target_os = "linux")]
    handle: Option<std::os::fd::OwnedFd>,
}

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The process has it.
    Yes,
    /// There is no such process any more.
    Gone,
}

/// Why a process cannot be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has ended, or the number is another's.
    Gone,
    /// The system gives no handle.
    NoHandle,
}

impl Held {
    /// Takes hold of a process; `None` if it has ended, or its number is another's by now. Where the start time
    /// is not known (`None`), whoever has the number now is taken.
    #[must_use]
    pub fn take(pid: u32, start: Option<u64>) -> Option<Self> {
        #[cfg(target_os = "linux")]
        match handle(pid, start) {
            Ok(handle) => return Some(Self { pid, start, handle: Some(handle) }),
            Err(Refusal::Gone) => return None,
            Err(Refusal::NoHandle) => {}
        }
        is_it(pid, start).then_some(Self {
            pid,
            start,
            #[cfg(target_os = "linux")]
            handle: None,
        })
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What is known of it now; `None` if it has ended.
    #[must_use]
    pub fn facts(&self) -> Option<Facts> {
        System.facts(self.pid).filter(|facts| same(facts, self.start))
    }

    /// A path to the program that it runs, for running it, too; `None` if it runs as a script of another, or
    /// the system does not tell. The path leads there even when another file has taken the program's place.
    #[must_use]
    pub fn program(&self) -> Option<PathBuf> {
        let path = PathBuf::from(format!("/proc/{}/exe", self.pid));
        let target = std::fs::read_link(&path).ok()?;
        let interpreter =
            ["node", "bun", "deno"].iter().any(|name| target.file_name() == Some(name.as_ref()));
        (!interpreter && self.facts().is_some()).then_some(path)
    }

    /// What becomes readable when it ends.
    #[cfg(target_os = "linux")]
    fn end(&self) -> Option<rustix::event::PollFd<'_>> {
        Some(rustix::event::PollFd::new(self.handle.as_ref()?, rustix::event::PollFlags::IN))
    }

    #[cfg(not(target_os = "linux"))]
    fn end(&self) -> Option<rustix::event::PollFd<'_>> {
        None
    }

    /// Sends a signal.
    ///
    /// # Errors
    ///
    /// What the system says: the process is not ours to signal.
    pub fn signal(&self, signal: Signal) -> io::Result<Sent> {
        let Some(pid) = number(self.pid).filter(|_| self.facts().is_some()) else { return Ok(Sent::Gone) };
        #[cfg(target_os = "linux")]
        let sent = match &self.handle {
            Some(handle) => match rustix::process::pidfd_send_signal(handle, signal) {
                // A sandbox may know the call that opens a handle and not the one that uses it.
                Err(rustix::io::Errno::NOSYS) => kill_process(pid, signal),
                sent => sent,
            },
            None => kill_process(pid, signal),
        };
        #[cfg(not(target_os = "linux"))]
        let sent = kill_process(pid, signal);
        match sent {
            Ok(()) => Ok(Sent::Yes),
            Err(rustix::io::Errno::SRCH) => Ok(Sent::Gone),
            Err(error) => Err(error.into()),
        }
    }
}

/// Waits until all have ended, no longer than `most`. `passed` is called now and then with the time that has
/// gone by. Returns whether they have.
///
/// # Errors
///
/// If the system cannot wait.
#[expect(clippy::disallowed_methods, reason = "a deadline needs a clock that does not jump")]
pub fn wait_all(held: &[Held], most: Duration, mut passed: impl FnMut(Duration)) -> io::Result<bool> {
    let from = Instant::now();
    let mut living: Vec<&Held> = held.iter().collect();
    loop {
        living.retain(|held| held.facts().is_some());
        let gone_by = from.elapsed();
        if living.is_empty() {
            return Ok(true);
        }
        passed(gone_by);
        let Some(left) = most.checked_sub(gone_by).filter(|left| !left.is_zero()) else { return Ok(false) };
        wait_for_one(&living, left)?;
    }
}

/// Waits until one of them may have ended, or some time has passed.
fn wait_for_one(living: &[&Held], most: Duration) -> io::Result<()> {
    use rustix::event::{PollFd, Timespec, poll};
    let mut ends: Vec<PollFd<'_>> = living.iter().filter_map(|held| held.end()).collect();
    let slice = if ends.len() == living.len() { SLICE } else { LOOK };
    let timeout = Timespec::try_from(most.min(slice)).map_err(io::Error::other)?;
    match poll(&mut ends, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The kernel's handle of exactly this process.
#[cfg(target_os = "linux")]
pub(crate) fn handle(pid: u32, start: Option<u64>) -> Result<std::os::fd::OwnedFd, Refusal> {
    use rustix::process::{PidfdFlags, pidfd_open};
    let number = number(pid).ok_or(Refusal::Gone)?;
    let handle = pidfd_open(number, PidfdFlags::empty()).map_err(|error| match error {
        rustix::io::Errno::SRCH => Refusal::Gone,
        _ => Refusal::NoHandle,
    })?;
    // Only now: the handle may be that of a process which took over the number.
    if is_it(pid, start) { Ok(handle) } else { Err(Refusal::Gone) }
}

/// Whether the process of this number lives and was started then.
pub(crate) fn is_it(pid: u32, start: Option<u64>) -> bool {
    System.facts(pid).is_some_and(|facts| same(&facts, start))
}

/// An unknown start time differs from none.
fn same(facts: &Facts, start: Option<u64>) -> bool {
    !matches!((facts.start, start), (Some(now), Some(then)) if now != then)
}

/// A number that names one process. Others mean whole groups to the system.
fn number(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    const LONG: Duration = Duration::from_secs(30);

    fn sleeper() -> (Child, Option<u64>) {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let start = System.facts(child.id()).unwrap().start;
        (child, start)
    }

    #[test]
    fn only_the_process_that_was_meant_is_held() {
        let (mut child, start) = sleeper();
        if let Some(start) = start {
            assert!(Held::take(child.id(), Some(start + 1)).is_none(), "the number is another's");
        }
        assert!(Held::take(0, None).is_none() && Held::take(u32::MAX, None).is_none(), "no one process");
        let held = Held::take(child.id(), start).unwrap();
        assert!(held.facts().is_some());
        assert!(!wait_all(std::slice::from_ref(&held), Duration::from_millis(1), |_| ()).unwrap());
        assert_eq!(held.signal(Signal::TERM).unwrap(), Sent::Yes);
        assert!(wait_all(std::slice::from_ref(&held), LONG, |_| ()).unwrap(), "a zombie has ended");
        assert_eq!(held.signal(Signal::TERM).unwrap(), Sent::Gone);
        child.wait().unwrap();
        assert_eq!(held.signal(Signal::KILL).unwrap(), Sent::Gone);
        assert!(Held::take(child.id(), start).is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn without_a_handle_it_is_looked_at() {
        let (mut child, start) = sleeper();
        let held = Held { pid: child.id(), start, handle: None };
        let another = Held { pid: child.id(), start: start.map(|start| start + 1), handle: None };
        assert_eq!(another.signal(Signal::KILL).unwrap(), Sent::Gone);
        let mut looks = 0;
        assert!(
            !wait_all(std::slice::from_ref(&held), Duration::from_millis(1), |_| looks += 1).unwrap(),
            "it lives"
        );
        assert!(looks > 0);
        assert_eq!(held.signal(Signal::KILL).unwrap(), Sent::Yes);
        assert!(wait_all(&[held], LONG, |_| ()).unwrap());
        child.wait().unwrap();
    }

    #[test]
    fn several_are_waited_for_at_once() {
        let mut children: Vec<_> = (0..20).map(|_| sleeper()).collect();
        let held: Vec<_> =
            children.iter().filter_map(|(child, start)| Held::take(child.id(), *start)).collect();
        assert_eq!(held.len(), 20);
        for held in &held {
            held.signal(Signal::KILL).unwrap();
        }
        assert!(wait_all(&held, LONG, |_| ()).unwrap());
        for (child, _) in &mut children {
            child.wait().unwrap();
        }
    }
}
