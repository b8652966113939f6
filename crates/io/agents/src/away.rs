//! Folders that are moved out of Claude Code's way, into claudectl's state folder: whole, or not at all.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::settings::private_folder;

/// Why a folder is not put away, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum PutAwayError {
    /// It is where it was.
    #[error("cannot move {}", path.display())]
    NotMoved {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// All of it was copied, and yet some of it is still where it was.
    #[error("cannot remove {}, which was copied to {}", path.display(), copy.display())]
    NotRemoved {
        /// The folder.
        path: PathBuf,
        /// The copy.
        copy: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Moves a plugin folder into the state folder's backups, by a copy where these are on another file system; returns
/// where it is then.
pub(crate) fn put_away(path: &Path, state: &Path, now: i64) -> Result<PathBuf, PutAwayError> {
    let not_moved = |source| PutAwayError::NotMoved { path: path.to_owned(), source };
    let folder = free_folder(&state.join("backups/plugins"), now).map_err(not_moved)?;
    let to = folder.join(path.file_name().unwrap_or_default());
    let moved = match fs::rename(path, &to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_and_remove(path, &to),
        renamed => renamed.map_err(not_moved),
    };
    if let Err(PutAwayError::NotMoved { .. }) = moved {
        // Nothing came into it.
        drop(fs::remove_dir(&folder));
    }
    moved.map(|()| to)
}

fn copy_and_remove(path: &Path, to: &Path) -> Result<(), PutAwayError> {
    if let Err(source) = copy(path, to) {
        // Half of a copy is of no use, and the original is whole.
        drop(fs::remove_dir_all(to));
        return Err(PutAwayError::NotMoved { path: path.to_owned(), source });
    }
    fs::remove_dir_all(path).map_err(|source| PutAwayError::NotRemoved {
        path: path.to_owned(),
        copy: to.to_owned(),
        source,
    })
}

/// A new folder of backups.
fn free_folder(folder: &Path, now: i64) -> io::Result<PathBuf> {
    private_folder(folder)?;
    for attempt in 0..1000 {
        let to = folder.join(format!("{now}-{attempt}"));
        match fs::create_dir(&to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => return made.map(|()| to),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Copies what stands at `from`, and all below it, to the disk. Links are copied as links, modes are kept.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    let kind = metadata.file_type();
    if kind.is_symlink() {
        symlink(fs::read_link(from)?, to)
    } else if kind.is_dir() {
        DirBuilder::new().mode(0o700).create(to)?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
        finish(&File::open(to)?, &metadata)
    } else if kind.is_file() {
        copy_file(from, to, &metadata)
    } else {
        let what = format!("{} is neither a file nor a folder nor a link", from.display());
        Err(io::Error::new(io::ErrorKind::Unsupported, what))
    }
}

fn copy_file(from: &Path, to: &Path, metadata: &Metadata) -> io::Result<()> {
    // What has become a link or a pipe since is neither followed nor waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut source = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(from)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut source, &mut copy)?;
    finish(&copy, metadata)
}

/// Permissions as they were, and all of it on the disk.
fn finish(made: &File, metadata: &Metadata) -> io::Result<()> {
    made.set_permissions(Permissions::from_mode(metadata.mode() & 0o777))?;
    made.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_links_as_links_and_modes_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("hooks/empty")).unwrap();
        fs::write(from.join("hooks/run.sh"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(from.join("hooks/run.sh"), Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(from.join("hooks"), Permissions::from_mode(0o555)).unwrap();
        fs::write(dir.path().join("outside"), "secret").unwrap();
        symlink("../outside", from.join("link")).unwrap();
        symlink("/", from.join("root")).unwrap();
        copy(&from, &to).unwrap();
        let mode = |name: &str| fs::metadata(to.join(name)).unwrap().mode() & 0o777;
        assert_eq!((mode("hooks"), mode("hooks/run.sh")), (0o555, 0o755));
        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("../outside"));
        assert!(
            fs::symlink_metadata(to.join("root")).unwrap().is_symlink() && mode("hooks/empty") & 0o700 > 0
        );
        // So that the temporary folder can go.
        for folder in [&from, &to] {
            fs::set_permissions(folder.join("hooks"), Permissions::from_mode(0o755)).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_copied_stays_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plugins/claudectl");
        fs::create_dir_all(path.join("hooks")).unwrap();
        fs::write(path.join("hooks/hooks.json"), "{}").unwrap();
        let socket = std::os::unix::net::UnixListener::bind(path.join("socket")).unwrap();
        let to = dir.path().join("copy");
        let error = copy_and_remove(&path, &to).unwrap_err();
        assert!(matches!(error, PutAwayError::NotMoved { .. }), "{error}");
        assert!(!to.exists() && path.join("hooks/hooks.json").exists());
        drop(socket);
        fs::remove_file(path.join("socket")).unwrap();
        copy_and_remove(&path, &to).unwrap();
        assert!(to.join("hooks/hooks.json").is_file() && !path.exists());
    }

    #[test]
    fn nothing_of_a_move_that_failed_stays_among_the_backups() {
        let dir = tempfile::tempdir().unwrap();
        assert!(put_away(&dir.path().join("gone"), dir.path(), 5).is_err());
        assert_eq!(fs::read_dir(dir.path().join("backups/plugins")).unwrap().count(), 0);
    }
}
