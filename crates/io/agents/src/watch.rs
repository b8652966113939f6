//! What changes on disk, told when it happens: a set of folders, each watched without those below it.
//!
//! The kernel tells of changes; where it has no room for another watch, or the file system cannot, the folder
//! stands in [`Watch::blind`], and whoever needs it has to look now and then.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

/// What a watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Something at this path was made, or moved there.
    Made(PathBuf),
    /// Something at this path was changed or taken away.
    Changed(PathBuf),
    /// More happened than could be told: anything may have changed.
    Lost,
}

/// Folders that are watched until this is dropped.
#[derive(Debug)]
pub struct Watch {
    watcher: RecommendedWatcher,
    /// Each with its device and inode: a folder that was made anew is another one.
    watched: HashMap<PathBuf, (u64, u64)>,
    blind: HashSet<PathBuf>,
}

/// Watching is not to be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch files: {0}")]
pub struct WatchError(#[from] notify::Error);

impl Watch {
    /// A watch over nothing yet. `tell` is called by a thread of its own.
    ///
    /// # Errors
    /// When the system gives no watcher.
    pub fn new(tell: impl Fn(Touched) + Send + 'static) -> Result<Self, WatchError> {
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if event.need_rescan() => tell(Touched::Lost),
            Ok(event) => {
                if let Some(touched) = touched(event.kind) {
                    event.paths.into_iter().for_each(|path| tell(touched(path)));
                }
            }
            Err(_) => tell(Touched::Lost),
        })?;
        Ok(Self { watcher, watched: HashMap::new(), blind: HashSet::new() })
    }

    /// Watches these folders and no others, and says whether one of them is new: what happened in it before was
    /// not told. One that is not there is left out; what is above it has to be watched to see it come.
    pub fn set(&mut self, wanted: &HashSet<PathBuf>) -> bool {
        let stays =
            |(path, known): (&PathBuf, &(u64, u64))| wanted.contains(path) && identity(path) == Some(*known);
        let gone: Vec<PathBuf> =
            self.watched.iter().filter(|watched| !stays(*watched)).map(|(path, _)| path.clone()).collect();
        for path in gone {
            self.watched.remove(&path);
            // A folder that was taken away has taken its watch with it.
            self.watcher.unwatch(&path).ok();
        }
        self.blind.clear();
        let mut new = false;
        for path in wanted {
            let Some(identity) = identity(path).filter(|_| !self.watched.contains_key(path)) else {
                continue;
            };
            match self.watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(path.clone(), identity);
                    new = true;
                }
                Err(_) if !path.is_dir() => {}
                Err(_) => drop(self.blind.insert(path.clone())),
            }
        }
        new
    }

    /// Folders that are there and cannot be watched.
    #[must_use]
    pub fn blind(&self) -> &HashSet<PathBuf> {
        &self.blind
    }

    /// Whether a folder is watched.
    #[must_use]
    pub fn watches(&self, folder: &Path) -> bool {
        self.watched.contains_key(folder)
    }
}

/// What a folder is, wherever links lead; `None` if there is none.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_dir)?;
    Some((meta.dev(), meta.ino()))
}

/// What an event means for its paths. Reading changes nothing, ours least of all.
fn touched(kind: EventKind) -> Option<fn(PathBuf) -> Touched> {
    match kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => None,
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) => Some(Touched::Made),
        EventKind::Any | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => {
            Some(Touched::Changed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn changes_are_told_and_reading_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().canonicalize().unwrap();
        let (send, told) = channel();
        let mut watch = Watch::new(move |touched| drop(send.send(touched))).unwrap();
        let missing = folder.join("later");
        assert!(watch.set(&HashSet::from([folder.clone(), missing.clone()])));
        assert!(!watch.set(&HashSet::from([folder.clone(), missing.clone()])));
        assert!(watch.watches(&folder) && !watch.watches(&missing) && watch.blind().is_empty());
        let file = folder.join("a");
        std::fs::write(&file, "x").unwrap();
        let until = |path: &Path| loop {
            match told.recv_timeout(LONG).unwrap() {
                Touched::Made(found) | Touched::Changed(found) if found == path => break,
                _ => {}
            }
        };
        until(&file);
        while told.recv_timeout(Duration::from_millis(50)).is_ok() {}
        std::fs::read(&file).unwrap();
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err(), "reading is no change");
        std::fs::create_dir(&missing).unwrap();
        until(&missing);
        assert!(watch.set(&HashSet::from([missing.clone()])));
        assert!(watch.watches(&missing) && !watch.watches(&folder));
        std::fs::write(missing.join("b"), "x").unwrap();
        until(&missing.join("b"));
        // Made anew, it is watched anew.
        std::fs::remove_dir_all(&missing).unwrap();
        assert!(!watch.set(&HashSet::from([missing.clone()])));
        std::fs::create_dir(&missing).unwrap();
        assert!(watch.set(&HashSet::from([missing.clone()])));
        std::fs::write(missing.join("c"), "x").unwrap();
        until(&missing.join("c"));
    }
}
