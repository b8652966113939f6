//! Putting a session's transcripts away: what belongs to a session, a packed copy of it that is proven to be one, and
//! the way back.
//!
//! This is the only code that removes files of Claude Code's. It does so at the explicit wish of a person, session by
//! session, and only files of which it has just been told by whoever called that they may go. [`belongings`] says which
//! files are a session's, [`pack`] writes and proves the copy, [`remove`] takes the originals away if they still are
//! what was packed, [`restore`] puts them back.
//!
//! An archive is a tar file in one zstd stream, so that it can be looked into and unpacked without claudectl, too. Its
//! first entry tells where everything stood, with a hash of each file.

pub mod belongings;
pub mod pack;
pub mod restore;

use std::fs;
use std::path::{Path, PathBuf};

use claudectl_transcript::tail::Stamp;
use serde::{Deserialize, Serialize};

/// The layout of [`Manifest`]; another one is not read.
pub const FORMAT: u32 = 1;
/// How an archive's name ends.
const ENDING: &str = ".tar.zst";
/// How a copy's name begins while it is written.
const PARTIAL: &str = ".partial-";
/// The name of the first entry.
const MANIFEST: &str = "claudectl-archive.json";
/// No manifest is larger: a session has thousands of files at most.
const MAX_MANIFEST: u64 = 64 << 20;

/// What stands in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The session's id.
    pub session: String,
    /// Claude Code's configuration folder.
    pub root: PathBuf,
    /// The project's folder below `projects/` there.
    pub project: String,
    /// When it was made, milliseconds since the epoch.
    pub archived_at: i64,
    /// When the session's last row was made.
    pub last_at: Option<i64>,
    /// Its files.
    pub files: Vec<Packed>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// Its path from the project's folder on.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// When it was last changed, nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Its permissions.
    pub mode: u32,
    /// BLAKE3 of its content, hexadecimal.
    pub blake3: String,
}

impl Manifest {
    /// The size of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The project's folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join("projects").join(&self.project)
    }
}

/// Why a session could not be put away or brought back.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system does not let us.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file was changed while it was looked at.
    #[error("{0} has changed meanwhile")]
    Changed(PathBuf),
    /// The copy is not what was to be copied.
    #[error("{archive} does not hold what it should: {what}")]
    Damaged {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Another file is in the place of one that is to be brought back.
    #[error("{0} is there, and is another file")]
    InTheWay(PathBuf),
    /// A path leads out of the folder that it should be in.
    #[error("{0} does not lead into the project's folder")]
    LeadsOut(String),
}

impl ArchiveError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_path_buf(), source }
    }

    /// The disk has no more room.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge))
    }
}

/// An archive in a folder of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The archive.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What it says that it holds.
    pub manifest: Manifest,
}

/// The archives in a folder, the newest first, and what is named so and is none, each with why. No folder is no archive.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(folder: &Path) -> Result<(Vec<Listed>, Vec<ArchiveError>), ArchiveError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
        Err(error) => return Err(ArchiveError::io("read", folder)(error)),
    };
    let (mut found, mut odd) = (Vec::new(), Vec::new());
    for entry in entries {
        let entry = entry.map_err(ArchiveError::io("read", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(ENDING) || name.starts_with(PARTIAL) {
            continue;
        }
        let path = entry.path();
        match (pack::manifest(&path), entry.metadata()) {
            (Ok(manifest), Ok(metadata)) => found.push(Listed { path, bytes: metadata.len(), manifest }),
            (Err(error), _) => odd.push(error),
            (_, Err(error)) => odd.push(ArchiveError::io("read", &path)(error)),
        }
    }
    found.sort_by(|a, b| {
        b.manifest.archived_at.cmp(&a.manifest.archived_at).then_with(|| a.path.cmp(&b.path))
    });
    Ok((found, odd))
}

/// Copies that were never finished, because whoever wrote them was killed, with their sizes. Only for who holds
/// [`lock`].
#[must_use]
pub fn leftovers(folder: &Path) -> Vec<(PathBuf, u64)> {
    let entries = fs::read_dir(folder).ok().into_iter().flatten().filter_map(Result::ok);
    let partial = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PARTIAL));
    partial.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?.len()))).collect()
}

/// Makes a folder of archives, private if it is new, and holds it until the result is dropped.
///
/// # Errors
/// When it cannot be made, or another process holds it ([`std::io::ErrorKind::WouldBlock`]).
pub fn lock(folder: &Path) -> Result<fs::File, ArchiveError> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(ArchiveError::io("make", folder))?;
    let held = fs::File::open(folder).map_err(ArchiveError::io("open", folder))?;
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(fs::TryLockError::WouldBlock) => {
            Err(ArchiveError::io("lock", folder)(std::io::ErrorKind::WouldBlock.into()))
        }
        // A file system without locks: whatever is written there is written under names of its own.
        Err(fs::TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => Ok(held),
        Err(fs::TryLockError::Error(error)) => Err(ArchiveError::io("lock", folder)(error)),
    }
}

/// What became of a session's files.
#[derive(Debug, Default)]
pub struct Removed {
    /// Files that were removed.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
}

/// Removes the files of a session, each only if it still is what `stat` said, the session's own transcript first; then
/// the folders that this leaves empty.
///
/// # Errors
/// When a file has changed or cannot be removed; those before it are gone.
pub fn remove(session: &belongings::Belongings) -> Result<Removed, ArchiveError> {
    let mut removed = Removed::default();
    for piece in &session.files {
        let path = session.folder.join(&piece.path);
        match stamp_of(&path)? {
            None => continue,
            Some(now) if now != piece.stamp => return Err(ArchiveError::Changed(path)),
            Some(now) => {
                fs::remove_file(&path).map_err(ArchiveError::io("remove", &path))?;
                removed.files += 1;
                removed.bytes += now.size;
            }
        }
    }
    for folder in session.folders.iter().rev() {
        let path = session.folder.join(folder);
        match fs::remove_dir(&path) {
            Ok(()) => {}
            // What is in it now is not ours to take.
            Err(error) if matches!(error.raw_os_error(), Some(2 | 17 | 39 | 66)) => {}
            Err(error) => return Err(ArchiveError::io("remove", &path)(error)),
        }
    }
    Ok(removed)
}

/// What `stat` says of a file now; nothing if it is gone. Links are not followed.
pub(crate) fn stamp_of(path: &Path) -> Result<Option<Stamp>, ArchiveError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(crate::walk::stamp(&metadata))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ArchiveError::io("look at", path)(error)),
    }
}

#[cfg(test)]
mod tests;
