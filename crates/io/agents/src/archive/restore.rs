//! Bringing a session back from its archive.

use std::collections::HashMap;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::pack::{each_entry, hash, verify};
use super::{ArchiveError, Listed, Packed, stamp_of};

/// How a file's name ends while it is written.
const PARTIAL: &str = ".claudectl-restore";

/// What was brought back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Files that were written.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Files that were there already, and the same.
    pub there: u64,
}

/// Brings back all files of an archive, into `folder`, with the times and permissions that they had; the session's own
/// transcript last, so that it is there only with all that belongs to it. The archive stays.
///
/// # Errors
/// When the archive is damaged, another file is in the way (nothing was written then), or a file cannot be written.
pub fn restore(archive: &Listed, folder: &Path) -> Result<Restored, ArchiveError> {
    let manifest = &archive.manifest;
    verify(&archive.path, manifest)?;
    let mut restored = Restored::default();
    let mut wanted: HashMap<String, (PathBuf, &Packed)> = HashMap::new();
    for packed in &manifest.files {
        let path = target(folder, &packed.path)?;
        match is_the_same(&path, packed)? {
            Some(true) => restored.there += 1,
            Some(false) => return Err(ArchiveError::InTheWay(path)),
            None => drop(wanted.insert(format!("{}/{}", manifest.project, packed.path), (path, packed))),
        }
    }
    let own = format!("{}/{}.jsonl", manifest.project, manifest.session);
    let mut last = None;
    each_entry(&archive.path, |name, entry| {
        let Some((path, packed)) = wanted.get(name) else { return Ok(()) };
        let partial = write(path, packed, entry)?;
        if name == own {
            last = Some((partial, path.clone()));
        } else {
            fs::rename(&partial, path).map_err(ArchiveError::io("name", path))?;
        }
        restored.files += 1;
        restored.bytes += packed.bytes;
        Ok(())
    })?;
    if let Some((partial, path)) = last {
        fs::rename(&partial, &path).map_err(ArchiveError::io("name", &path))?;
    }
    Ok(restored)
}

/// Where a file belongs. Only plain names lead there, and no link on the way.
pub(super) fn target(folder: &Path, path: &str) -> Result<PathBuf, ArchiveError> {
    let leads_out = || ArchiveError::LeadsOut(path.to_owned());
    let mut target = folder.to_path_buf();
    for part in Path::new(path).components() {
        let Component::Normal(part) = part else { return Err(leads_out()) };
        let is_link = fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink());
        if is_link && target != folder {
            return Err(leads_out());
        }
        target.push(part);
    }
    if target == folder { Err(leads_out()) } else { Ok(target) }
}

/// Whether the file there is the one that was packed; nothing if there is none.
fn is_the_same(path: &Path, packed: &Packed) -> Result<Option<bool>, ArchiveError> {
    let Some(stamp) = stamp_of(path)? else { return Ok(None) };
    if stamp.size != packed.bytes || !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(Some(false));
    }
    let mut file = File::open(path).map_err(ArchiveError::io("open", path))?;
    let (hash, _) = hash(&mut file).map_err(ArchiveError::io("read", path))?;
    Ok(Some(hash.to_hex().as_str() == packed.blake3))
}

/// Writes a file beside its place and returns where.
fn write(path: &Path, packed: &Packed, from: &mut impl io::Read) -> Result<PathBuf, ArchiveError> {
    if let Some(folder) = path.parent() {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(ArchiveError::io("make", folder))?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(PARTIAL);
    let partial = PathBuf::from(partial);
    let fail = || ArchiveError::io("write", &partial);
    // One that a killed run has left is written anew.
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail()(error)),
        _ => {}
    }
    let mode = packed.mode & 0o777;
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&partial)?;
        io::copy(from, &mut file)?;
        file.flush()?;
        file.set_times(FileTimes::new().set_modified(time(packed.mtime_ns)))?;
        file.sync_all()
    })();
    if let Err(error) = written {
        drop(fs::remove_file(&partial));
        return Err(fail()(error));
    }
    Ok(partial)
}

fn time(nanos: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    let at = if nanos < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    at.unwrap_or(UNIX_EPOCH)
}
