//! Files of the person's, replaced in one step: whoever reads sees the old or the new one, and of two that write, the
//! second has read what the first wrote.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::env::{Env, shown};
use crate::error::{CliError, Result};

/// `config.toml.old`, or the first number behind it that is free.
pub(crate) fn free_name(file: &Path) -> PathBuf {
    let name = |number: u32| {
        let mut name = file.as_os_str().to_owned();
        name.push(if number == 0 { ".old".to_owned() } else { format!(".old{number}") });
        PathBuf::from(name)
    };
    (0..).map(name).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| name(0))
}

/// The file that is replaced, and its folder. A link (a file kept in a dotfiles folder) stays one.
fn place(file: &Path) -> std::io::Result<(PathBuf, PathBuf)> {
    let target = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_path_buf);
    Ok((target, folder.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?))
}

/// Holds the file's folder, made if need be, until the result is dropped: of two that change the file
/// at once, the second reads what the first wrote. Not the file itself, because that is replaced.
pub(crate) fn lock(env: &Env, file: &Path) -> Result<fs::File> {
    let hold = || -> std::io::Result<fs::File> {
        let (_, folder) = place(file)?;
        // Rules and settings are nobody else's: what is made is the person's alone.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let folder = fs::File::open(folder)?;
        if let Err(error) = folder.lock() {
            tracing::debug!(%error, "a file system without locks: whoever comes last wins");
        }
        Ok(folder)
    };
    hold().map_err(|error| cannot_write(env, file, &error))
}

/// Replaces a file in one step: a reader sees the old or the new one, never half.
pub(crate) fn write(env: &Env, file: &Path, text: &str) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let (target, _) = place(file)?;
        let mut temporary = target.clone().into_os_string();
        temporary.push(format!(".{}.tmp", std::process::id()));
        let temporary = PathBuf::from(temporary);
        let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        let written = out.write_all(text.as_bytes()).and_then(|()| out.sync_all());
        if let (Ok(()), Ok(metadata)) = (&written, fs::metadata(&target)) {
            fs::set_permissions(&temporary, metadata.permissions())?;
        }
        let replaced = written.and_then(|()| fs::rename(&temporary, &target));
        if replaced.is_err() {
            drop(fs::remove_file(&temporary));
        }
        replaced
    };
    replace().map_err(|error| cannot_write(env, file, &error))
}

/// Why a file could not be written.
pub(crate) fn cannot_write(env: &Env, file: &Path, error: &std::io::Error) -> CliError {
    CliError::external(format!("cannot write {}", shown(env, file)))
        .why(error)
        .fix("check the folder's owner and mode, or name another file with --config")
}
