//! One process at a time, by a lock in the state folder that a crash does not leave behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{CliError, Result};

/// Holds a lock by its name in the state folder, as long as the file is; waits for whoever holds it.
pub(crate) fn wait(home: &Path, name: &str) -> Result<File> {
    let file = open(home, name)?;
    // A file system without locks: whoever comes last wins.
    drop(file.lock());
    Ok(file)
}

/// Holds a lock by its name in the state folder, as long as the file is; `None` if another process holds it.
pub(crate) fn hold(home: &Path, name: &str) -> Result<Option<File>> {
    let file = open(home, name)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        // A file system without locks: two at once are slower, and right, for SQLite has its own.
        Err(TryLockError::Error(_)) => Ok(Some(file)),
    }
}

fn open(home: &Path, name: &str) -> Result<File> {
    let path = home.join(name);
    let failed = |error| {
        CliError::external(format!("cannot use {}", path.display()))
            .why(error)
            .fix("check the owner and mode of the state folder, or set CLAUDECTL_HOME to another one")
    };
    claudectl_store::make_private_folder(home).map_err(failed)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)
}
