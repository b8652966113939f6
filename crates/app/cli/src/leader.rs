//! Who leads: of all processes of one state folder, one tells and does what is done in the background.
//!
//! A lock of the kernel on `leader.lock` decides, so that a crash gives it up. Whoever does not get it waits in a thread
//! that sleeps in the kernel, and is told when it does. The file also says who leads, for display and for nothing else.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudectl_fleet::session::rfc3339;
use serde::{Deserialize, Serialize};

use crate::error::{CliError, Result};

/// The file's name below the state folder.
const FILE: &str = "leader.lock";
/// What it says is shorter.
const MOST: u64 = 4096;

/// Who leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leader {
    /// The process.
    pub(crate) pid: u32,
    /// Since when, RFC 3339.
    pub(crate) since: String,
    /// What it is: `up`, or `dashboard`.
    pub(crate) what: String,
}

/// How it stands.
#[derive(Debug, Default)]
enum Standing {
    /// Another one leads.
    #[default]
    Waits,
    /// This one leads, as long as the file is open. Without one the file system has no locks.
    Leads(#[expect(dead_code, reason = "held, not read")] Option<File>),
    /// Nobody waits any more: what comes now is given up again.
    Closed,
}

/// A candidate. Dropped, it leads no more.
#[derive(Debug)]
pub(crate) struct Leadership {
    path: PathBuf,
    standing: Arc<Mutex<Standing>>,
    /// The file system has no locks: others may lead beside.
    pub(crate) unlocked: bool,
}

impl Leadership {
    /// Leads, or waits for it in a thread; then `led` is called by that thread once it does.
    pub(crate) fn seek(
        home: &Path,
        what: &'static str,
        now: i64,
        led: impl FnOnce() + Send + 'static,
    ) -> Result<Self> {
        let path = home.join(FILE);
        let failed = |error: io::Error| {
            CliError::external(format!("cannot use {}", path.display()))
                .why(error)
                .fix("check the owner and mode of the state folder, or set CLAUDECTL_HOME to another one")
        };
        claudectl_store::make_private_folder(home).map_err(failed)?;
        let mut file = open(&path).map_err(failed)?;
        let standing: Arc<Mutex<Standing>> = Arc::default();
        let mut unlocked = false;
        match file.try_lock() {
            Ok(()) => {
                sign(&mut file, what, now);
                *hold(&standing) = Standing::Leads(Some(file));
            }
            Err(TryLockError::WouldBlock) => {
                let waits = Arc::clone(&standing);
                let wait = move || {
                    if file.lock().is_err() {
                        tracing::error!("the wait for the lead has failed: it is not taken over");
                        return;
                    }
                    let mut standing = hold(&waits);
                    if matches!(*standing, Standing::Waits) {
                        sign(&mut file, what, now_ms());
                        *standing = Standing::Leads(Some(file));
                        drop(standing);
                        led();
                    }
                };
                std::thread::Builder::new().name("lead".to_owned()).spawn(wait).map_err(failed)?;
            }
            Err(TryLockError::Error(error)) => {
                tracing::warn!("{}: {error}", path.display());
                unlocked = true;
                *hold(&standing) = Standing::Leads(None);
            }
        }
        Ok(Self { path, standing, unlocked })
    }

    /// This process leads.
    pub(crate) fn leads(&self) -> bool {
        matches!(*hold(&self.standing), Standing::Leads(_))
    }

    /// Who leads, as far as the file says.
    pub(crate) fn leader(&self) -> Option<Leader> {
        read(&mut open(&self.path).ok()?)
    }
}

impl Drop for Leadership {
    fn drop(&mut self) {
        // The file is closed with it, and with that the lock.
        *hold(&self.standing) = Standing::Closed;
    }
}

/// Who leads now; `None` if nobody does.
pub(crate) fn who(home: &Path) -> Option<Leader> {
    let mut file = OpenOptions::new().read(true).open(home.join(FILE)).ok()?;
    // A lock that is to be had is nobody's. It is given back at once: who waits for it is not kept.
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => read(&mut file),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn hold(standing: &Mutex<Standing>) -> MutexGuard<'_, Standing> {
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Writes who leads. That it cannot be written changes nothing about who does.
fn sign(file: &mut File, what: &str, now: i64) {
    let leader =
        Leader { pid: std::process::id(), since: rfc3339(now).unwrap_or_default(), what: what.to_owned() };
    let written = serde_json::to_vec(&leader).map_err(io::Error::from).and_then(|json| {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&json)
    });
    if let Err(error) = written {
        tracing::warn!("cannot write who leads: {error}");
    }
}

fn read(file: &mut File) -> Option<Leader> {
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[expect(clippy::disallowed_methods, reason = "since when it leads is known by the thread that waited alone")]
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn one_leads_and_the_next_is_told() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(who(home.path()), None);
        let first = Leadership::seek(home.path(), "up", 0, || panic!("it leads at once")).unwrap();
        assert!(first.leads() && !first.unlocked);
        let leader = who(home.path()).unwrap();
        assert_eq!((leader.pid, leader.what.as_str()), (std::process::id(), "up"));
        assert_eq!(leader.since, "1970-01-01T00:00:00.000Z");
        let (send, told) = channel();
        let second = Leadership::seek(home.path(), "dashboard", 0, move || send.send(()).unwrap()).unwrap();
        assert!(!second.leads());
        assert_eq!(second.leader().map(|leader| leader.what).as_deref(), Some("up"));
        drop(first);
        told.recv_timeout(LONG).unwrap();
        assert!(second.leads());
        assert_eq!(who(home.path()).map(|leader| leader.what).as_deref(), Some("dashboard"));
        drop(second);
        assert_eq!(who(home.path()), None, "what the file says is history");
    }

    #[test]
    fn who_has_gone_does_not_lead_later() {
        let home = tempfile::tempdir().unwrap();
        let first = Leadership::seek(home.path(), "up", 0, || {}).unwrap();
        let (send, told) = channel::<()>();
        drop(Leadership::seek(home.path(), "up", 0, move || send.send(()).unwrap()).unwrap());
        let (send, third) = channel();
        let next = Leadership::seek(home.path(), "up", 0, move || send.send(()).unwrap()).unwrap();
        drop(first);
        third.recv_timeout(LONG).unwrap();
        assert!(next.leads());
        // The one that has gone may still wait.
        drop(next);
        assert!(told.recv().is_err(), "it was never called");
    }
}
