//! Reads a settings file, and puts other bytes in its place: whole or not at all, with the mode and the owner it
//! had, where a link leads, and only if nobody has changed it meanwhile.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::SettingsError;

/// No settings file is larger; what is, is something else.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// A settings file as it was read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// As it is named.
    pub(super) path: PathBuf,
    /// Where its bytes are, which is elsewhere if it is a link.
    target: PathBuf,
    /// What is in it; `None` if it is not there.
    pub(super) bytes: Option<Vec<u8>>,
    /// Permission bits, user, group.
    held: Option<(u32, u32, u32)>,
    /// How many names the file has on the disk.
    names: u64,
}

/// Reads a settings file.
pub(super) fn read(path: &Path) -> Result<Found, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(SettingsError::LinkToNothing { path: path.to_owned() });
            }
            return Ok(Found {
                path: path.to_owned(),
                target: path.to_owned(),
                bytes: None,
                held: None,
                names: 0,
            });
        }
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = fs::metadata(&target).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(SettingsError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() > MAX_BYTES {
        return Err(SettingsError::TooLarge { path: path.to_owned() });
    }
    let bytes = fs::read(&target).map_err(unreadable)?;
    let held = Some((metadata.mode() & 0o7777, metadata.uid(), metadata.gid()));
    Ok(Found { path: path.to_owned(), target, bytes: Some(bytes), held, names: metadata.nlink() })
}

/// In the name of a temporary file, before the process that made it and the attempt.
const MARK: &str = ".claudectl-";

/// Removes the temporary files of processes that were killed while they wrote this file, or one beside it.
fn sweep(folder: &Path, name: &str) {
    let files = [name, "settings.json", "settings.local.json"];
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let maker = entry.file_name().to_str().and_then(|name| maker(name, &files));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if maker.is_some_and(is_gone) && is_file {
            // One that stays is in nobody's way.
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// The process that made a temporary file of these, if the name is that of one: `.FILE.claudectl-PID-ATTEMPT`.
fn maker(name: &str, files: &[&str]) -> Option<u32> {
    let (file, rest) = name.strip_prefix('.')?.rsplit_once(MARK)?;
    let (pid, attempt) = rest.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (files.contains(&file) && is_number(pid) && is_number(attempt)).then(|| pid.parse().ok())?
}

/// No process has this number.
pub(crate) fn is_gone(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH))
}

/// How an attempt to write went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    /// Somebody changed the file since it was read; nothing was done.
    Changed,
}

impl Found {
    /// The permission bits; `None` for a file that is not there.
    pub(super) fn mode(&self) -> Option<u32> {
        self.held.map(|(mode, ..)| mode)
    }

    /// It has other names on the disk, which keep the bytes that it has now when others take their place under this one.
    pub(super) fn has_other_names(&self) -> bool {
        self.names > 1
    }

    /// An error where the file is marked as one that is not to be written.
    pub(super) fn may_change(&self) -> Result<(), SettingsError> {
        match self.mode() {
            Some(mode) if mode & 0o222 == 0 => Err(SettingsError::ReadOnly { path: self.path.clone() }),
            _ => Ok(()),
        }
    }

    /// Puts `new` in the file's place; `None` takes the file away. `just_before` runs when everything is ready,
    /// before the last look.
    pub(super) fn replace(
        &self,
        new: Option<&[u8]>,
        just_before: impl FnOnce(),
    ) -> Result<Written, SettingsError> {
        let failed = |source| SettingsError::Write { path: self.path.clone(), source };
        let Some(new) = new else {
            just_before();
            if self.has_changed()? {
                return Ok(Written::Changed);
            }
            fs::remove_file(&self.target).map_err(failed)?;
            return Ok(Written::Done);
        };
        let folder = self.target.parent().unwrap_or(Path::new("/"));
        if self.bytes.is_none() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        sweep(folder, &self.name());
        let temporary = self.temporary(folder, new).map_err(failed)?;
        just_before();
        let written = self.put(&temporary);
        if !matches!(written, Ok(Written::Done)) {
            // It may have become the file itself; what failed is told below.
            drop(fs::remove_file(&temporary));
        }
        if matches!(written, Ok(Written::Done)) {
            // The new name is on the disk, too. Some file systems cannot be asked for that.
            drop(File::open(folder).and_then(|folder| folder.sync_all()));
        }
        written
    }

    /// Its name where its bytes are.
    fn name(&self) -> String {
        self.target.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The new bytes, beside the file, ready to take its name.
    fn temporary(&self, folder: &Path, new: &[u8]) -> io::Result<PathBuf> {
        let name = self.name();
        for attempt in 0..100 {
            let path = folder.join(format!(".{name}{MARK}{}-{attempt}", std::process::id()));
            // A file that is there is not opened, and a link is not followed.
            let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let filled = self.fill(&mut file, new);
            if let Err(error) = filled {
                drop(fs::remove_file(&path));
                return Err(error);
            }
            return Ok(path);
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "a hundred temporary files are in the way"))
    }

    fn fill(&self, file: &mut File, new: &[u8]) -> io::Result<()> {
        file.write_all(new)?;
        if let Some((mode, user, group)) = self.held {
            let made = file.metadata()?;
            if (made.uid(), made.gid()) != (user, group) {
                fchown(&*file, Some(user), Some(group))?;
            }
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        file.sync_all()
    }

    /// The last look, and the rename. A change between the two, some microseconds, would be lost: the system
    /// offers no rename that compares.
    fn put(&self, temporary: &Path) -> Result<Written, SettingsError> {
        let failed = |source| SettingsError::Write { path: self.path.clone(), source };
        if self.bytes.is_none() {
            // A link is only made where nothing is.
            return match fs::hard_link(temporary, &self.target) {
                Ok(()) => fs::remove_file(temporary).map(|()| Written::Done).map_err(failed),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Written::Changed),
                Err(_) if self.has_changed()? => Ok(Written::Changed),
                // A file system without such links.
                Err(_) => fs::rename(temporary, &self.target).map(|()| Written::Done).map_err(failed),
            };
        }
        if self.has_changed()? {
            return Ok(Written::Changed);
        }
        fs::rename(temporary, &self.target).map(|()| Written::Done).map_err(failed)
    }

    /// The file is not what was read.
    fn has_changed(&self) -> Result<bool, SettingsError> {
        let now = read(&self.path)?;
        Ok(now.bytes != self.bytes || now.target != self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.json");
        (dir, path)
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_is_private_and_an_old_one_keeps_its_mode() {
        let (dir, path) = folder();
        assert_eq!(read(&path).unwrap().replace(Some(b"{}"), || ()).unwrap(), Written::Done);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path).unwrap().replace(Some(b"{ }"), || ()).unwrap(), Written::Done);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        assert_eq!(
            (fs::read(&path).unwrap(), names(dir.path())),
            (b"{ }".to_vec(), vec!["settings.json".into()])
        );
        assert_eq!(read(&path).unwrap().replace(None, || ()).unwrap(), Written::Done);
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn what_somebody_wrote_meanwhile_stays() {
        let (dir, path) = folder();
        let found = read(&path).unwrap();
        let written = found.replace(Some(b"ours"), || fs::write(&path, "theirs").unwrap()).unwrap();
        assert_eq!((written, fs::read(&path).unwrap()), (Written::Changed, b"theirs".to_vec()));
        let found = read(&path).unwrap();
        let written = found.replace(Some(b"ours"), || fs::write(&path, "again").unwrap()).unwrap();
        assert_eq!((written, fs::read(&path).unwrap()), (Written::Changed, b"again".to_vec()));
        let found = read(&path).unwrap();
        let written = found.replace(None, || fs::write(&path, "third").unwrap()).unwrap();
        assert_eq!((written, names(dir.path())), (Written::Changed, vec!["settings.json".into()]));
    }

    #[test]
    fn what_a_killed_process_left_goes() {
        let (dir, path) = folder();
        fs::write(&path, "{}").unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let (gone, own) = (child.id(), std::process::id());
        child.wait().unwrap();
        let left = |name: String| fs::write(dir.path().join(name), "half").unwrap();
        left(format!(".settings.json.claudectl-{gone}-0"));
        left(format!(".settings.local.json.claudectl-{gone}-12"));
        let stays = [
            format!(".settings.json.claudectl-{own}-7"),
            format!(".settings.json.claudectl-{gone}"),
            format!(".settings.json.claudectl-{gone}-0.bak"),
            format!(".settings.json.claudectl-+{gone}-0"),
            format!(".mine.json.claudectl-{gone}-0"),
            format!("settings.json.claudectl-{gone}-0"),
            ".settings.json.claudectl-0-0".to_owned(),
            ".settings.json.claudectl-99999999999-0".to_owned(),
        ];
        stays.iter().cloned().for_each(left);
        let link = format!(".settings.json.claudectl-{gone}-1");
        std::os::unix::fs::symlink(&path, dir.path().join(&link)).unwrap();
        read(&path).unwrap().replace(Some(b"[]"), || ()).unwrap();
        let mut expected: Vec<String> = stays.into_iter().chain([link, "settings.json".to_owned()]).collect();
        expected.sort();
        assert_eq!(names(dir.path()), expected);
    }

    #[test]
    fn the_owner_stays_the_owner() {
        let (_dir, path) = folder();
        fs::write(&path, "{}").unwrap();
        // Only root may give a file away; for anybody else it is their own before and after.
        let given = std::os::unix::fs::chown(&path, Some(1), Some(1)).is_ok();
        let before = fs::metadata(&path).unwrap();
        read(&path).unwrap().replace(Some(b"[]"), || ()).unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()), "{given}");
    }

    #[test]
    fn a_link_stays_a_link() {
        let (dir, path) = folder();
        let real = dir.path().join("dotfiles/claude.json");
        fs::create_dir(real.parent().unwrap()).unwrap();
        fs::write(&real, "{}").unwrap();
        std::os::unix::fs::symlink("dotfiles/claude.json", &path).unwrap();
        read(&path).unwrap().replace(Some(b"[]"), || ()).unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"[]");
        fs::remove_file(&real).unwrap();
        assert!(matches!(read(&path), Err(SettingsError::LinkToNothing { .. })));
    }

    #[test]
    fn what_is_no_settings_file() {
        let (dir, path) = folder();
        assert!(matches!(read(dir.path()), Err(SettingsError::NotAFile { .. })));
        fs::write(&path, vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        assert!(matches!(read(&path), Err(SettingsError::TooLarge { .. })));
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(read(&path).unwrap().may_change(), Err(SettingsError::ReadOnly { .. })));
    }
}
