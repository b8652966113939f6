//! The only place of the configuration that touches the disk: bytes of explicitly named files.
//!
//! A missing file is an empty layer. Everything else that prevents reading is an error, because a budget that could
//! not be read must not look like no budget.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::check::{MAX_BYTES, PriceBook, Role, too_large};
use super::error::{ConfigError, ConfigErrors, ErrorKind};
use super::layers::{Loaded, Source, resolve};

/// The files to read, all named by the caller.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paths {
    /// The user's file.
    pub(crate) user: Option<PathBuf>,
    /// The user named the file (`--config`), so it has to exist.
    pub(crate) user_required: bool,
    /// Project files, nearest first; those at the project folder, the working folder and the git root all count.
    pub(crate) projects: Vec<PathBuf>,
}

/// Read and resolve.
pub(crate) fn load(paths: &Paths, prices: &PriceBook<'_>) -> Loaded {
    let mut errors = ConfigErrors::default();
    let mut sources = Vec::new();
    let user = paths.user.iter().map(|path| (Role::User, path));
    let projects = paths.projects.iter().enumerate().filter(|(i, path)| !paths.projects[..*i].contains(path));
    for (role, path) in user.chain(projects.map(|(_, path)| (Role::Project, path))) {
        match read(path, role == Role::User && paths.user_required) {
            Ok(Some(bytes)) => sources.push(Source { role, path: path.clone(), bytes }),
            Ok(None) if role == Role::User && paths.user_required => errors.push(missing(path)),
            Ok(None) => {}
            Err(unread) => errors.extend(unread),
        }
    }
    let mut loaded = resolve(&sources, prices);
    errors.extend(std::mem::take(&mut loaded.errors));
    loaded.errors = errors;
    loaded
}

/// The bytes of one file; `None` when there is none.
fn read(path: &Path, named: bool) -> Result<Option<Vec<u8>>, ConfigErrors> {
    match try_read(path, named) {
        Ok(bytes) if bytes.len() > MAX_BYTES => Err(too_large(path).into()),
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error).into()),
    }
}

/// A pipe is a fair `--config <(...)`; one that nobody named would hang every command.
fn try_read(path: &Path, named: bool) -> io::Result<Vec<u8>> {
    let file = if named { not_folder(File::open(path)?)? } else { regular(path)? };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a regular file, and waits for nothing else.
pub(crate) fn regular(path: &Path) -> io::Result<File> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

fn not_folder(file: File) -> io::Result<File> {
    if file.metadata()?.is_dir() { Err(not_regular()) } else { Ok(file) }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    ConfigError::file(ErrorKind::Unreadable, path, "the file can not be read")
        .explained(error.to_string(), "make it a file you can read, or move it away to use the defaults")
}

fn missing(path: &Path) -> ConfigError {
    ConfigError::file(ErrorKind::Unreadable, path, "there is no such file")
        .explained("it was named on the command line, so it has to exist", "correct the path after --config")
}
