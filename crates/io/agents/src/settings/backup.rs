//! The bytes that a settings file had before each edit, so that `uninstall` can give the very same back.
//!
//! They lie in claudectl's state folder, private like the rest of it: settings may hold keys.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::SettingsError;

/// Why an edit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Ours was put in.
    Init,
    /// Ours was taken out.
    Uninstall,
}

/// One edit of a settings file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The file.
    pub path: PathBuf,
    /// Why it was edited.
    pub purpose: Purpose,
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// Its permission bits before.
    pub mode: Option<u32>,
    /// The hash of what was in it before; `None` if it was not there.
    pub before: Option<String>,
    /// The hash of what was written; `None` if it was taken away.
    pub after: Option<String>,
    /// The program that `init` named.
    #[serde(default)]
    pub program: Option<String>,
    /// The home folder of the person who ran it.
    #[serde(default)]
    pub home: Option<String>,
    /// Lists and objects that `init` made in it; `None` where nobody wrote them down.
    #[serde(default)]
    pub made: Option<Vec<String>>,
}

/// The folder of backups.
#[derive(Debug, Clone)]
pub struct Backups {
    folder: PathBuf,
}

/// A stem that is free after so many attempts, or never.
const ATTEMPTS: usize = 10_000;

impl Backups {
    /// Those in claudectl's state folder.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        Self { folder: state.join("backups/settings") }
    }

    /// Keeps what a file has now. Returns the backup, or the record alone where there was no file.
    pub(super) fn keep(&self, record: &Record, before: Option<&[u8]>) -> Result<PathBuf, SettingsError> {
        let failed =
            |source| SettingsError::Backup { path: self.folder.clone(), file: record.path.clone(), source };
        private_folder(&self.folder).map_err(failed)?;
        let name = &hash(record.path.as_os_str().as_encoded_bytes())[..16];
        let text = serde_json::to_vec_pretty(record).map_err(|error| failed(error.into()))?;
        for attempt in 0..ATTEMPTS {
            let path = self.folder.join(format!("{}-{name}-{attempt}.json", record.at));
            match private_file(&path, &text) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                written => written.map_err(failed)?,
            }
            let Some(before) = before else { return Ok(path) };
            let bytes = path.with_extension("before");
            if let Err(error) = private_file(&bytes, before) {
                // A record without its bytes would tell of an edit that is not made.
                Self::forget(&bytes);
                return Err(failed(error));
            }
            return Ok(bytes);
        }
        Err(failed(io::ErrorKind::AlreadyExists.into()))
    }

    /// Takes back a backup of an edit that was not made.
    pub(super) fn forget(kept: &Path) {
        // One too many does no harm: it is only found by what was written, and that was not.
        drop(fs::remove_file(kept.with_extension("json")));
        drop(fs::remove_file(kept.with_extension("before")));
    }

    /// Every record that can be read, each with its file.
    #[must_use]
    pub fn records(&self) -> Vec<(PathBuf, Record)> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let read = |path: PathBuf| {
            let record = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
            Some((path, record))
        };
        let mut records: Vec<(PathBuf, Record)> = paths.into_iter().filter_map(read).collect();
        // Of one moment, the tenth attempt comes after the second.
        records.sort_by_key(|(path, record)| (record.at, path.as_os_str().len()));
        records
    }

    /// What a file with this content had before `init` first touched it, as far back as the edits follow on each
    /// other; the inner `None` if it was not there.
    pub(super) fn original(&self, path: &Path, now: &[u8]) -> Option<Option<Vec<u8>>> {
        let records = self.records();
        let (mut found, mut now) = (None, Some(hash(now)));
        // Every step uses up a record, so that two that lead to each other end.
        let mut left: Vec<&(PathBuf, Record)> = records
            .iter()
            .filter(|(_, record)| record.path == path && record.purpose == Purpose::Init)
            .collect();
        while let Some(at) =
            left.iter().rposition(|(_, record)| record.after.is_some() && record.after == now)
        {
            let (file, record) = left.remove(at);
            let Some(expected) = &record.before else { return Some(None) };
            let Ok(bytes) = fs::read(file.with_extension("before")) else { break };
            if hash(&bytes) != *expected {
                break;
            }
            now = Some(expected.clone());
            found = Some(Some(bytes));
        }
        found
    }

    /// Files that `init` has put our hooks into, and `uninstall` has not taken them out of since; each with when `init`
    /// last did so, milliseconds since the epoch.
    #[must_use]
    pub fn guarded(&self) -> Vec<(PathBuf, i64)> {
        let mut latest = std::collections::BTreeMap::new();
        for (_, record) in self.records() {
            latest.insert(record.path, (record.purpose, record.at));
        }
        let stands = |(path, (purpose, at))| (purpose == Purpose::Init).then_some((path, at));
        latest.into_iter().filter_map(stands).collect()
    }

    /// The programs that `init` ever named.
    #[must_use]
    pub fn programs(&self) -> Vec<String> {
        self.records().into_iter().filter_map(|(_, record)| record.program).collect()
    }

    /// The home folder of whoever installed last.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        self.records().into_iter().rev().find_map(|(_, record)| record.home)
    }

    /// What `init` did to a file since it was last taken out of it.
    fn standing(&self, path: &Path) -> Vec<Record> {
        let mut of_path: Vec<Record> = self
            .records()
            .into_iter()
            .map(|(_, record)| record)
            .filter(|record| record.path == path)
            .collect();
        let last = of_path.iter().rposition(|record| record.purpose == Purpose::Uninstall);
        of_path.drain(..last.map_or(0, |last| last + 1));
        of_path
    }

    /// Lists and objects that `init` made in a file; `None` if no record tells.
    pub(super) fn made(&self, path: &Path) -> Option<BTreeSet<String>> {
        let made: Vec<Vec<String>> =
            self.standing(path).into_iter().filter_map(|record| record.made).collect();
        (!made.is_empty()).then(|| made.into_iter().flatten().collect())
    }

    /// `init` made this file.
    pub(super) fn created(&self, path: &Path) -> bool {
        let made = |record: &Record| {
            record.path == path && record.purpose == Purpose::Init && record.before.is_none()
        };
        self.records().iter().any(|(_, record)| made(record))
    }
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

/// Makes a folder that only its owner may enter, and those above it.
pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a file that only its owner may read, whole or not at all; none may be there.
pub(crate) fn private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        // On a full disk, half of it would be taken for all of it.
        drop(fs::remove_file(path));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &Path, before: Option<&[u8]>, after: &[u8]) -> Record {
        Record {
            path: path.to_owned(),
            purpose: Purpose::Init,
            at: 5,
            mode: None,
            before: before.map(hash),
            after: Some(hash(after)),
            program: None,
            home: None,
            made: None,
        }
    }

    #[test]
    fn a_file_is_guarded_until_ours_is_taken_out() {
        let dir = tempfile::tempdir().unwrap();
        let (backups, path) = (Backups::of(dir.path()), Path::new("/c/settings.json"));
        assert_eq!(backups.guarded(), []);
        backups.keep(&record(path, None, b"x"), None).unwrap();
        assert_eq!(backups.guarded(), [(path.to_owned(), 5)]);
        let out = Record { purpose: Purpose::Uninstall, at: 6, ..record(path, None, b"y") };
        backups.keep(&out, None).unwrap();
        assert_eq!(backups.guarded(), []);
        backups.keep(&Record { at: 7, ..record(path, None, b"z") }, None).unwrap();
        assert_eq!(backups.guarded(), [(path.to_owned(), 7)], "since then, and not since the first time");
    }

    #[test]
    fn leads_back_through_edits_that_follow_on_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (backups, path) = (Backups::of(dir.path()), Path::new("/c/settings.json"));
        for (before, after) in [("a", "b"), ("b", "c"), ("x", "y"), ("m", "n"), ("n", "m")] {
            backups
                .keep(&record(path, Some(before.as_bytes()), after.as_bytes()), Some(before.as_bytes()))
                .unwrap();
        }
        assert_eq!(backups.original(path, b"c"), Some(Some(b"a".to_vec())));
        assert_eq!(backups.original(path, b"a"), None);
        assert_eq!(backups.original(Path::new("/other"), b"c"), None);
        assert!(backups.original(path, b"m").is_some(), "a circle ends");
        backups.keep(&record(path, None, b"x"), None).unwrap();
        assert_eq!(backups.original(path, b"y"), Some(None));
        assert!(backups.created(path));
        assert_eq!(backups.records().len(), 6);
    }

    #[test]
    fn an_edit_whose_bytes_cannot_be_kept_leaves_no_record() {
        let dir = tempfile::tempdir().unwrap();
        let (backups, path) = (Backups::of(dir.path()), Path::new("/c/settings.json"));
        let kept = backups.keep(&record(path, Some(b"a"), b"b"), Some(b"a")).unwrap();
        Backups::forget(&kept);
        // In the way of the bytes.
        fs::create_dir(&kept).unwrap();
        let error = backups.keep(&record(path, Some(b"a"), b"b"), Some(b"a")).unwrap_err();
        assert!(matches!(&error, SettingsError::Backup { file, .. } if file == path), "{error}");
        assert_eq!((backups.records().len(), backups.guarded().len()), (0, 0));
    }

    #[test]
    fn a_backup_that_was_tampered_with_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let (backups, path) = (Backups::of(dir.path()), Path::new("/c/settings.json"));
        let kept = backups.keep(&record(path, Some(b"a"), b"b"), Some(b"a")).unwrap();
        fs::write(&kept, "evil").unwrap();
        assert_eq!(backups.original(path, b"b"), None);
        Backups::forget(&kept);
        assert!(backups.records().is_empty());
    }
}
