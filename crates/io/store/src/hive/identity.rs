//! The key of this machine: a file that only its owner can read, made once.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use claudectl_hive::bytes;
use claudectl_hive::key::SecretKey;

use crate::connection::make_private_folder;
use crate::owner;

/// The file, in the state folder.
pub const FILE: &str = "hive.key";
/// The next key, from when it is made until everybody may be told of it.
const NEXT: &str = "hive.key.next";

/// Why there is no key to use.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file or its folder cannot be read or written.
    #[error("cannot read or write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Others than its owner may read or change it.
    #[error("{path} can be read or changed by others")]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// It holds something else.
    #[error("{path} holds no key")]
    Content {
        /// The file.
        path: PathBuf,
    },
}

fn failed(path: &Path) -> impl Fn(io::Error) -> IdentityError + '_ {
    |source| IdentityError::Io { path: path.to_path_buf(), source }
}

/// The key of the machine whose state folder this is; none where none was made yet.
///
/// # Errors
/// See [`IdentityError`]. A key that others can read is not used: it may be theirs by now.
pub fn read(home: &Path) -> Result<Option<SecretKey>, IdentityError> {
    read_file(&home.join(FILE))
}

fn read_file(path: &Path) -> Result<Option<SecretKey>, IdentityError> {
    let fail = failed(path);
    let no_links = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(no_links.bits().cast_signed()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let metadata = file.metadata().map_err(&fail)?;
    if metadata.mode() & 0o077 != 0 || owner::others(&metadata).is_some() {
        return Err(IdentityError::Open { path: path.to_path_buf() });
    }
    let mut text = String::new();
    let no_key = || IdentityError::Content { path: path.to_path_buf() };
    if !metadata.is_file() {
        return Err(no_key());
    }
    match file.take(256).read_to_string(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(no_key()),
        Err(error) => return Err(fail(error)),
    }
    let key = bytes::from_hex(text.trim_end_matches('\n')).ok_or_else(no_key)?;
    Ok(Some(SecretKey::from_bytes(&key)))
}

/// The same, made of 32 random bytes where none was made yet. Of two that make one at once, both get the one that was first.
///
/// # Errors
/// See [`IdentityError`].
pub fn read_or_make(home: &Path, random: &[u8; 32]) -> Result<SecretKey, IdentityError> {
    let path = home.join(FILE);
    make_private_folder(home).map_err(failed(&path))?;
    if let Some(key) = read_file(&path)? {
        return Ok(key);
    }
    // Whole under another name first: who reads finds all of it or none.
    let key = SecretKey::from_bytes(random);
    let new = home.join(format!("{FILE}.{}", &key.public().to_string()[..12]));
    write_new(&new, &key)?;
    let linked = fs::hard_link(&new, &path);
    fs::remove_file(&new).map_err(failed(&new))?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(&path)(error)),
        Ok(()) | Err(_) => {}
    }
    sync_folder(home).map_err(failed(&path))?;
    read_file(&path)?.ok_or_else(|| failed(&path)(ErrorKind::NotFound.into()))
}

/// The key that is to take the present one's place: made of 32 random bytes, or the one that was made by a change that did not
/// come to its end.
///
/// # Errors
/// See [`IdentityError`].
pub fn next(home: &Path, random: &[u8; 32]) -> Result<SecretKey, IdentityError> {
    let path = home.join(NEXT);
    if let Some(key) = read_file(&path)? {
        return Ok(key);
    }
    let key = SecretKey::from_bytes(random);
    write_new(&path, &key)?;
    sync_folder(home).map_err(failed(&path))?;
    Ok(key)
}

/// Puts the next key in the present one's place, which is gone then: to be done once the operations are kept that say so.
///
/// # Errors
/// See [`IdentityError`].
pub fn take_next(home: &Path) -> Result<(), IdentityError> {
    let path = home.join(NEXT);
    fs::rename(&path, home.join(FILE)).and_then(|()| sync_folder(home)).map_err(failed(&path))
}

fn write_new(path: &Path, key: &SecretKey) -> Result<(), IdentityError> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", bytes::hex(&key.to_bytes()))?;
        file.sync_all()
    };
    write().map_err(failed(path))
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_is_its_owner_s() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().join("state");
        assert!(read(&home).unwrap().is_none());
        let made: Vec<_> = std::thread::scope(|scope| {
            let home = &home;
            let make = |n: u8| scope.spawn(move || read_or_make(home, &[n; 32]).unwrap().public());
            let all: Vec<_> = (0..4).map(make).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let kept = read(&home).unwrap().unwrap().public();
        assert_eq!(made, [kept; 4]);
        let metadata = fs::metadata(home.join(FILE)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        let left: Vec<_> = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [FILE]);
    }

    #[test]
    fn what_others_can_read_or_what_is_no_key_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(FILE);
        read_or_make(home.path(), &[1; 32]).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read(home.path()), Err(IdentityError::Open { .. })), "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "abc", "\u{1}\u{2}", &"g".repeat(64), &"a".repeat(1_000)] {
            fs::write(&path, text).unwrap();
            assert!(matches!(read(home.path()), Err(IdentityError::Content { .. })), "{text:?}");
        }
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(matches!(read(home.path()), Err(IdentityError::Io { .. })));
    }

    #[test]
    fn a_change_of_keys_that_was_cut_short_is_taken_up() {
        let home = tempfile::tempdir().unwrap();
        let old = read_or_make(home.path(), &[1; 32]).unwrap().public();
        let new = next(home.path(), &[2; 32]).unwrap().public();
        assert_eq!(next(home.path(), &[3; 32]).unwrap().public(), new);
        assert_eq!(read(home.path()).unwrap().unwrap().public(), old);
        take_next(home.path()).unwrap();
        assert_eq!(read(home.path()).unwrap().unwrap().public(), new);
        assert!(take_next(home.path()).is_err());
    }
}
