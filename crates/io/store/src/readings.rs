//! What the status lines of sessions were told: a file each while it is fresh, a row each at rest.
//!
//! ```text
//! statusline/<session>.json    0600, the newest reading of a session, put in place by a rename
//! ```
//!
//! Figures of a status line are sums and shares, so the newest is all there is to know, and a file that is
//! replaced does not grow as a journal would: an update comes with every piece of an answer.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use claudectl_fleet::reading::{Limit, Quota, Reading};
use rusqlite::{OptionalExtension, Transaction, params};

use crate::connection::Store;
use crate::error::StoreError;

/// No reading is longer.
const MAX_BYTES: u64 = 64 * 1024;
/// Files that were not renewed for so long are of sessions that are over, nanoseconds.
const OLD_NS: i64 = 7 * 24 * 60 * 60 * 1_000_000_000;

/// The folder of readings below the state folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("statusline")
}

/// Whether a session's id can be a file's name, as that of each session of Claude Code can.
pub(crate) fn is_name(session: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=100).contains(&session.len()) && session.bytes().all(plain)
}

/// The file of a session; `None` for an id that is no file's name.
fn file(home: &Path, session: &str) -> Option<PathBuf> {
    is_name(session).then(|| folder(home).join(format!("{session}.json")))
}

/// The newest reading of a session.
#[must_use]
pub fn latest(home: &Path, session: &str) -> Option<Reading> {
    read(&file(home, session)?)
}

fn read(path: &Path) -> Option<Reading> {
    let usable = fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES);
    serde_json::from_slice(&fs::read(path).ok().filter(|_| usable)?).ok()
}

/// Keeps a reading, unless it says what the last one said.
///
/// # Errors
/// When it cannot be written.
pub fn keep(home: &Path, reading: &Reading) -> io::Result<()> {
    let path = file(home, &reading.session).ok_or(io::ErrorKind::InvalidInput)?;
    if read(&path).is_some_and(|last| last.same(reading)) {
        return Ok(());
    }
    let fresh = path.with_extension(format!("{}.new", std::process::id()));
    let bytes = serde_json::to_vec(reading)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut opened = match options.open(&fresh) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder(home))?;
            options.open(&fresh)?
        }
        opened => opened?,
    };
    let done = opened.write_all(&bytes).and_then(|()| fs::rename(&fresh, &path));
    if done.is_err() {
        // The reason stands in `done`.
        fs::remove_file(&fresh).ok();
    }
    done
}

/// Files of readings with the time of their last change, nanoseconds since the epoch.
fn files(home: &Path) -> io::Result<Vec<(PathBuf, i64)>> {
    let entries = match fs::read_dir(folder(home)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let Ok(meta) = fs::metadata(&path) else { continue };
        let changed = meta.mtime().saturating_mul(1_000_000_000).saturating_add(meta.mtime_nsec());
        found.push((path, changed));
    }
    Ok(found)
}

/// Removes readings that have been taken in and were not renewed for long, and what a writer left behind that was
/// killed. `now` is in milliseconds since the epoch.
///
/// # Errors
/// When the folder cannot be listed, or a file not removed.
pub fn sweep(home: &Path, now: i64) -> io::Result<()> {
    let old = |changed: i64| now.saturating_mul(1_000_000).saturating_sub(changed) > OLD_NS;
    for (path, _) in files(home)?.into_iter().filter(|(_, changed)| old(*changed)) {
        fs::remove_file(path)?;
    }
    Ok(())
}

impl Store {
    /// Takes in the readings below the state folder that are new.
    ///
    /// # Errors
    /// When the folder cannot be read, or the store fails.
    pub fn take_readings(&mut self, home: &Path) -> Result<(), StoreError> {
        let failed = |source| StoreError::Open { path: folder(home), source: Box::new(source) };
        let known: HashMap<String, i64> = self.read(|db| {
            db.prepare_cached("SELECT sid, file_ns FROM reading")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })?;
        // Another time than before, not a later one: clocks jump.
        let is_new = |(path, changed): &(PathBuf, i64)| {
            let sid = path.file_stem().and_then(|stem| stem.to_str());
            path.extension().is_some_and(|extension| extension == "json")
                && sid.is_some_and(|sid| known.get(sid) != Some(changed))
        };
        let mut new: Vec<(PathBuf, i64)> = files(home).map_err(failed)?.into_iter().filter(is_new).collect();
        // The account's limits are those that were told last.
        new.sort_by_key(|(_, changed)| *changed);
        if new.is_empty() {
            return Ok(());
        }
        let readings: Vec<(Reading, i64)> =
            new.iter().filter_map(|(path, changed)| Some((read(path)?, *changed))).collect();
        self.write(|tx| readings.iter().try_for_each(|(reading, changed)| take(tx, reading, *changed)))
    }

    /// What the status line of a session was told last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn reading(&self, sid: &str) -> Result<Option<Reading>, StoreError> {
        let text: Option<String> = self.read(|db| {
            db.prepare_cached("SELECT reading FROM reading WHERE sid = ?1")?
                .query_row([sid], |row| row.get(0))
                .optional()
        })?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What the status lines of all sessions were told last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn readings(&self) -> Result<Vec<Reading>, StoreError> {
        let texts: Vec<String> = self.read(|db| {
            db.prepare("SELECT reading FROM reading")?.query_map([], |row| row.get(0))?.collect()
        })?;
        Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }

    /// The account's limits as they were told last, by window.
    ///
    /// # Errors
    /// When the store fails.
    pub fn quota(&self) -> Result<Vec<Quota>, StoreError> {
        self.read(|db| {
            db.prepare(
                "SELECT window, used, resets_at, at FROM quota
                 WHERE seq IN (SELECT max(seq) FROM quota GROUP BY window) ORDER BY window",
            )?
            .query_map([], |row| {
                let limit = Limit { window: row.get(0)?, used_pct: row.get(1)?, resets_at: row.get(2)? };
                Ok(Quota { limit, at: row.get(3)? })
            })?
            .collect()
        })
    }
}

fn take(tx: &Transaction<'_>, reading: &Reading, file_ns: i64) -> rusqlite::Result<()> {
    let text = serde_json::to_string(reading)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    tx.prepare_cached("INSERT OR REPLACE INTO reading (sid, at, file_ns, reading) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![reading.session, reading.at, file_ns, text])?;
    // Every session tells the account's limits: one row for each change, whoever told it.
    let mut known =
        tx.prepare_cached("SELECT used, resets_at FROM quota WHERE window = ?1 ORDER BY seq DESC LIMIT 1")?;
    let mut put =
        tx.prepare_cached("INSERT INTO quota (window, at, used, resets_at) VALUES (?1, ?2, ?3, ?4)")?;
    for limit in &reading.limits {
        let last: Option<(f64, Option<i64>)> =
            known.query_row([&limit.window], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        if last != Some((limit.used_pct, limit.resets_at)) {
            put.execute(params![limit.window, reading.at, limit.used_pct, limit.resets_at])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(session: &str, at: i64, used_pct: f64) -> Reading {
        let limits = vec![Limit { window: "five_hour".to_owned(), used_pct, resets_at: Some(99) }];
        Reading { at, session: session.to_owned(), cost_usd: Some(0.5), limits, ..Reading::default() }
    }

    #[test]
    fn the_newest_reading_is_kept() {
        let home = tempfile::tempdir().unwrap();
        keep(home.path(), &reading("s", 1, 10.0)).unwrap();
        keep(home.path(), &reading("s", 2, 10.0)).unwrap();
        assert_eq!(latest(home.path(), "s").unwrap().at, 1, "the same is not written again");
        keep(home.path(), &reading("s", 3, 20.0)).unwrap();
        keep(home.path(), &reading("t", 4, 30.0)).unwrap();
        let mut store = Store::in_memory().unwrap();
        store.take_readings(home.path()).unwrap();
        store.take_readings(home.path()).unwrap();
        assert_eq!(store.reading("s").unwrap().unwrap().at, 3);
        let quota = store.quota().unwrap();
        assert_eq!((quota.len(), quota[0].limit.used_pct, quota[0].at), (1, 30.0, 4));
        assert_eq!(fs::read_dir(folder(home.path())).unwrap().count(), 2);
    }

    #[test]
    fn a_clock_that_jumped_stops_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::in_memory().unwrap();
        let far = i64::from(u32::MAX) * 1000;
        keep(home.path(), &reading("s", far, 10.0)).unwrap();
        let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::from(u32::MAX));
        let file = fs::File::options().write(true).open(folder(home.path()).join("s.json")).unwrap();
        file.set_modified(later).unwrap();
        store.take_readings(home.path()).unwrap();
        keep(home.path(), &reading("t", 5, 20.0)).unwrap();
        keep(home.path(), &reading("s", 6, 30.0)).unwrap();
        store.take_readings(home.path()).unwrap();
        assert_eq!(store.reading("s").unwrap().unwrap().at, 6);
        let last = store.quota().unwrap();
        assert!(last.len() == 1 && last[0].at < far, "{last:?}");
        sweep(home.path(), far).unwrap();
        assert_eq!(fs::read_dir(folder(home.path())).unwrap().count(), 0);
    }

    #[test]
    fn an_id_that_leads_elsewhere_is_no_file() {
        let home = tempfile::tempdir().unwrap();
        for id in ["", "../x", "a/b", ".", "a.b", &"x".repeat(200)] {
            assert!(keep(home.path(), &reading(id, 1, 1.0)).is_err(), "{id}");
            assert!(latest(home.path(), id).is_none());
        }
    }

    #[test]
    fn damaged_files_say_nothing() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(folder(home.path())).unwrap();
        fs::write(folder(home.path()).join("s.json"), "{").unwrap();
        let mut store = Store::in_memory().unwrap();
        store.take_readings(home.path()).unwrap();
        assert_eq!(store.reading("s").unwrap(), None);
        keep(home.path(), &reading("s", 1, 1.0)).unwrap();
        assert!(latest(home.path(), "s").is_some());
    }
}
