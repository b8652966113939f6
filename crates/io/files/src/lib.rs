//! Files that are made where a person wants them: private, and in place of no other unless that is wanted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// One stands in its place, and was not to be replaced.
    #[error("{} exists", .0.display())]
    Exists(PathBuf),
    /// It could not be made, or written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A file that takes its place when it is whole: until then it stands beside it under a name of its own, which is
/// nobody else's, and goes if it is given up.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
    force: bool,
}

impl NewFile {
    /// Begins a file. `force` replaces one that is there.
    ///
    /// # Errors
    /// When there is one that is not to be replaced, and when none can be made.
    pub fn begin(path: &Path, force: bool) -> Result<Self, FileError> {
        check_free(path, force)?;
        let fail = |source| FileError::Write { path: path.to_path_buf(), source };
        let file =
            tempfile::Builder::new().prefix(".claudectl-").tempfile_in(folder_of(path)).map_err(fail)?;
        Ok(Self { file, path: path.to_path_buf(), force })
    }

    /// Writes all of a file.
    ///
    /// # Errors
    /// When there is one that is not to be replaced, and when it cannot be written.
    pub fn write(path: &Path, force: bool, bytes: &[u8]) -> Result<u64, FileError> {
        let mut file = Self::begin(path, force)?;
        let fail = |source| FileError::Write { path: path.to_path_buf(), source };
        file.write_all(bytes).and_then(|()| file.flush()).map_err(fail)?;
        file.keep()
    }

    /// Puts the file in its place and returns how many bytes it has.
    ///
    /// # Errors
    /// When one has come there in between that is not to be replaced, and when it cannot be put there.
    pub fn keep(self) -> Result<u64, FileError> {
        let Self { file, path, force } = self;
        let fail = |source| FileError::Write { path: path.clone(), source };
        let bytes = file.as_file().metadata().map_err(fail)?.len();
        let kept = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
        match kept {
            Ok(_) => Ok(bytes),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(FileError::Exists(path)),
            Err(error) => Err(FileError::Write { path, source: error.error }),
        }
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes a file that can be read while it is written, and is what it is if the program is stopped. `force` replaces one that
/// is there.
///
/// # Errors
/// When there is one that is not to be replaced, and when none can be made.
pub fn create(path: &Path, force: bool) -> Result<File, FileError> {
    check_free(path, force)?;
    let fail = |source| FileError::Write { path: path.to_path_buf(), source };
    if force && std::fs::symlink_metadata(path).is_ok() {
        // What is there goes, rather than being written into: it may be a link.
        std::fs::remove_file(path).map_err(fail)?;
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        match error.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists(path.to_path_buf()),
            _ => fail(error),
        }
    })
}

/// Whether a file may take this place, as far as can be told before.
///
/// # Errors
/// When there is one that is not to be replaced, or a folder, or no folder for it.
pub fn check_free(path: &Path, force: bool) -> Result<(), FileError> {
    let fail = |kind: io::ErrorKind| FileError::Write { path: path.to_path_buf(), source: kind.into() };
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Err(fail(io::ErrorKind::IsADirectory)),
        Ok(_) if !force => Err(FileError::Exists(path.to_path_buf())),
        Ok(_) => Ok(()),
        Err(_) if folder_of(path).is_dir() => Ok(()),
        Err(_) => Err(fail(io::ErrorKind::NotFound)),
    }
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nothing_is_there_before_it_is_whole_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gif");
        let mut file = NewFile::begin(&path, false).unwrap();
        file.write_all(b"abc").unwrap();
        assert!(!path.exists());
        assert_eq!(file.keep().unwrap(), 3);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(NewFile::begin(&path, false), Err(FileError::Exists(_))));
        let mut forced = NewFile::begin(&path, true).unwrap();
        forced.write_all(b"new").unwrap();
        drop(forced);
        assert_eq!(std::fs::read(&path).unwrap(), b"abc", "given up");
        let late = folder.path().join("late.gif");
        let file = NewFile::begin(&late, false).unwrap();
        std::fs::write(&late, "quicker").unwrap();
        assert!(matches!(file.keep(), Err(FileError::Exists(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
    }

    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (link, other) = (folder.path().join("a.cast"), folder.path().join("precious"));
        std::fs::write(&other, "precious").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert!(matches!(create(&link, false), Err(FileError::Exists(_))));
        create(&link, true).unwrap().write_all(b"mine").unwrap();
        assert_eq!(
            (std::fs::read(&other).unwrap(), std::fs::read(&link).unwrap()),
            (b"precious".to_vec(), b"mine".to_vec())
        );
        assert!(create(folder.path(), true).is_err());
        assert!(create(&folder.path().join("none/a.cast"), false).is_err());
    }
}
