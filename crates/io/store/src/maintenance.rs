//! Keeping the store small and sound.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use claudectl_fleet::ledger::SLOT_MS;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::connection::Store;
use crate::error::StoreError;
use crate::responses::{self, Blocks};

/// Milliseconds in a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How long rows are kept, in days; 0 keeps them for good. Sums are always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Single responses.
    pub responses_days: u32,
    /// What is known of sessions beyond their sums, counted from their last row.
    pub sessions_days: u32,
    /// Digests, counted from when they were last made.
    pub digests_days: u32,
    /// Hook calls, and what the status line was told.
    pub events_days: u32,
}

/// A table's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSize {
    /// Its name.
    pub name: String,
    /// Rows.
    pub rows: u64,
}

/// The store's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the main file.
    pub bytes: u64,
    /// Bytes in it that nothing uses.
    pub free_bytes: u64,
    /// Its tables.
    pub tables: Vec<TableSize>,
    /// The schema's version.
    pub schema: i64,
}

/// What [`Store::prune`] took out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Responses.
    pub responses: u64,
    /// Names and folders of sessions.
    pub sessions: u64,
    /// Digests.
    pub digests: u64,
    /// Hook calls.
    pub events: u64,
}

impl Store {
    /// The store's size.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        self.read(|db| {
            let pragma = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
            let page = pragma("page_size")?;
            let names: Vec<String> = db
                .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let tables = names.into_iter().map(|table| {
                // What is packed is counted, not the packages.
                let (count, name) = match table.as_str() {
                    "response_block" => ("coalesce(sum(count), 0)", "response"),
                    "settled_block" => ("coalesce(sum(count), 0)", "settled"),
                    other => ("count(*)", other),
                };
                let rows: i64 = db.query_row(&format!("SELECT {count} FROM \"{table}\""), [], |row| row.get(0))?;
                Ok(TableSize { name: name.to_owned(), rows: rows.cast_unsigned() })
            });
            Ok(Sizes {
                bytes: (page * pragma("page_count")?).cast_unsigned(),
                free_bytes: (page * pragma("freelist_count")?).cast_unsigned(),
                tables: tables.collect::<rusqlite::Result<_>>()?,
                schema: pragma("user_version")?,
            })
        })
    }

    /// Whether a day has passed since [`Store::prune`] ran.
    ///
    /// # Errors
    /// When the store fails.
    pub fn prune_is_due(&self, now: i64) -> Result<bool, StoreError> {
        let last: Option<String> = self.read(|db| {
            db.query_row("SELECT value FROM meta WHERE name = 'pruned_ms'", [], |row| row.get(0)).optional()
        })?;
        let last: Option<i64> = last.and_then(|text| text.parse().ok());
        // A clock that was set back does not stop pruning for good.
        Ok(last.is_none_or(|last| now.saturating_sub(last) >= DAY_MS || last > now))
    }

    /// Takes out what is older than it is to be kept. Sums stay.
    ///
    /// Of responses that were taken out the keys stay, four bytes each, so that one that is read again,
    /// whenever and wherever, is not billed again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn prune(&mut self, retention: &Retention, now: i64) -> Result<Pruned, StoreError> {
        let limit = |days: u32| limit(days, now);
        self.write(|tx| {
            let mut pruned = Pruned::default();
            if let Some(limit) = limit(retention.responses_days) {
                pruned.responses = prune_responses(tx, limit)?;
            }
            if let Some(limit) = limit(retention.sessions_days) {
                pruned.sessions = prune_sessions(tx, limit)?;
            }
            let limits = [limit(retention.digests_days), limit(retention.sessions_days)];
            pruned.digests = tx.execute(&format!("DELETE FROM digest WHERE {OLD_DIGEST}"), limits)? as u64;
            if let Some(limit) = limit(retention.events_days) {
                pruned.events = prune_events(tx, limit)?;
            }
            tx.execute(
                "INSERT OR REPLACE INTO meta (name, value) VALUES ('pruned_ms', ?1)",
                params![now.to_string()],
            )?;
            Ok(pruned)
        })
    }

    /// What [`Store::prune`] would take out.
    ///
    /// # Errors
    /// When the store fails.
    pub fn prunable(&self, retention: &Retention, now: i64) -> Result<Pruned, StoreError> {
        let count = |sql: &str, days: u32| {
            if days == 0 {
                return Ok(0);
            }
            let limit = now.saturating_sub(i64::from(days) * DAY_MS);
            self.read(|db| db.query_row(sql, [limit], |row| row.get::<_, i64>(0))).map(i64::cast_unsigned)
        };
        Ok(Pruned {
            responses: self.responses_before(retention.responses_days, now)?,
            sessions: count(
                &format!("SELECT count(*) FROM session WHERE {OLD_SESSION}"),
                retention.sessions_days,
            )?,
            digests: self.digests_before(retention, now)?,
            events: count("SELECT count(*) FROM hook_event WHERE at < ?1", retention.events_days)?,
        })
    }

    fn digests_before(&self, retention: &Retention, now: i64) -> Result<u64, StoreError> {
        let limits = [retention.digests_days, retention.sessions_days].map(|days| limit(days, now));
        let sql = format!("SELECT count(*) FROM digest WHERE {OLD_DIGEST}");
        self.read(|db| db.query_row(&sql, limits, |row| row.get::<_, i64>(0))).map(i64::cast_unsigned)
    }

    fn responses_before(&self, days: u32, now: i64) -> Result<u64, StoreError> {
        if days == 0 {
            return Ok(0);
        }
        let limit = now.saturating_sub(i64::from(days) * DAY_MS);
        let mut old = 0;
        self.read(|db| {
            responses::for_each(db, |_, block| {
                old += block.iter().filter(|response| response.at < limit).count() as u64;
                Ok(())
            })
        })?;
        Ok(old)
    }

    /// Forgets files that are no longer there; what they brought stays in the ledger.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_files(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut delete = tx.prepare_cached("DELETE FROM file WHERE id = ?1")?;
            ids.iter().try_for_each(|id| delete.execute([id]).map(|_| ()))
        })
    }

    /// Checks the file and gives back what nothing uses. Returns the bytes before and after.
    ///
    /// # Errors
    /// When the store fails or is damaged.
    pub fn vacuum(&mut self) -> Result<(u64, u64), StoreError> {
        let before = self.sizes()?.bytes;
        self.read(|db| db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM"))?;
        Ok((before, self.sizes()?.bytes))
    }

    /// What SQLite finds wrong with the file; empty when all is well.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            let lines: Vec<String> = db
                .prepare("PRAGMA quick_check(5)")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
    }
}

/// The moment before which rows are old; `None` if none ever is.
fn limit(days: u32, now: i64) -> Option<i64> {
    (days > 0).then(|| now.saturating_sub(i64::from(days) * DAY_MS))
}

/// Sessions that ended before a limit and of which more than sums is left.
const OLD_SESSION: &str = "last_at < ?1 AND (name IS NOT NULL OR branch IS NOT NULL OR version IS NOT NULL
    OR EXISTS (SELECT 1 FROM agent WHERE agent.session = session.id AND description IS NOT NULL))";

/// Takes out what is known of old sessions beyond their sums, and says how many had any. The kinds of
/// their subagents stay, as sums go by them.
fn prune_sessions(tx: &Transaction<'_>, limit: i64) -> rusqlite::Result<u64> {
    let old = format!("SELECT id FROM session WHERE {OLD_SESSION}");
    let old: Vec<i64> = tx.prepare(&old)?.query_map([limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut session = tx.prepare(
        "UPDATE session SET name = NULL, name_rank = NULL, branch = NULL, version = NULL WHERE id = ?1",
    )?;
    let mut agents = tx.prepare("UPDATE agent SET description = NULL WHERE session = ?1")?;
    for id in &old {
        session.execute([id])?;
        agents.execute([id])?;
    }
    Ok(old.len() as u64)
}

/// Takes out hook calls and what came with them, and sessions of which nothing else is left.
fn prune_events(tx: &Transaction<'_>, limit: i64) -> rusqlite::Result<u64> {
    tx.execute("DELETE FROM gate_decision WHERE seq IN (SELECT seq FROM hook_event WHERE at < ?1)", [limit])?;
    let events = tx.execute("DELETE FROM hook_event WHERE at < ?1", [limit])?;
    tx.execute(
        "DELETE FROM hook_session WHERE last_at < ?1
         AND NOT EXISTS (SELECT 1 FROM hook_event WHERE session = hook_session.id)",
        [limit],
    )?;
    tx.execute("DELETE FROM guard_check WHERE upto < ?1", [limit])?;
    tx.execute("DELETE FROM reading WHERE at < ?1", [limit])?;
    tx.execute("DELETE FROM quota WHERE at < ?1", [limit])?;
    tx.execute("DELETE FROM delivery WHERE notice IN (SELECT seq FROM notice WHERE at < ?1)", [limit])?;
    tx.execute("DELETE FROM notice WHERE at < ?1", [limit])?;
    Ok(events as u64)
}

/// Digests made before the first limit, and those of sessions that ended before the second. Where there is
/// no limit it is null, and nothing is before that.
const OLD_DIGEST: &str = "used_at < ?1 OR session IN (SELECT id FROM session WHERE last_at < ?2)";

/// Takes out the responses before a moment and says how many there were.
fn prune_responses(tx: &Transaction<'_>, limit: i64) -> rusqlite::Result<u64> {
    // Each response has its bucket, and there are few of those: enough to see that nothing is old.
    let slot = limit.div_euclid(SLOT_MS);
    let any: bool =
        tx.query_row("SELECT EXISTS (SELECT 1 FROM bucket WHERE slot <= ?1)", [slot], |row| row.get(0))?;
    if !any {
        return Ok(0);
    }
    let mut shorter = Vec::new();
    responses::for_each(tx, |number, block| {
        let (old, young): (Vec<_>, Vec<_>) = block.into_iter().partition(|response| response.at < limit);
        if !old.is_empty() {
            shorter.push((number, old, young));
        }
        Ok(())
    })?;
    let mut blocks = Blocks::new(tx)?;
    let mut pruned = 0;
    for (number, old, young) in shorter {
        blocks.settle(number, old.iter().map(|response| response.key))?;
        blocks.replace(number, &young)?;
        pruned += old.len() as u64;
    }
    Ok(pruned)
}

/// Removes the files of a folder that were last written before a moment, milliseconds since the epoch. A folder that is
/// not there has none, and a file that somebody else removes meanwhile is gone.
///
/// # Errors
/// When the folder cannot be listed, or a file not removed.
pub(crate) fn remove_older(folder: &Path, before: i64) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        let Ok(meta) = fs::symlink_metadata(&path) else { continue };
        if meta.mtime().saturating_mul(1000) < before {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
/// When it is, and cannot be removed.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_fleet::intake::Batch;
    use claudectl_fleet::ledger::Response;
    use claudectl_transcript::Usage;

    fn batch(at: i64, key: u64) -> Batch {
        // Keys are hashes: small numbers would all be alike in their leading bits.
        let response = Response { at, ..Response::of(key << 40, &Usage { output: 5, ..Usage::default() }) };
        Batch {
            sessions: vec!["s".to_owned()],
            agents: vec![String::new()],
            models: vec!["m".to_owned()],
            responses: vec![response],
            ..Batch::default()
        }
    }

    fn output(store: &Store) -> u64 {
        let mut sum = 0;
        store.buckets(None, |_, bucket| sum += bucket.tokens.output).unwrap();
        sum
    }

    #[test]
    fn pruning_keeps_the_sums_and_bills_nothing_twice() {
        let mut store = Store::in_memory().unwrap();
        store.apply(batch(DAY_MS, 1)).unwrap();
        store.apply(batch(9 * DAY_MS, 2)).unwrap();
        assert!(store.prune_is_due(10 * DAY_MS).unwrap());
        let retention = Retention { responses_days: 5, sessions_days: 0, digests_days: 30, events_days: 0 };
        assert_eq!(store.prune(&retention, 10 * DAY_MS).unwrap().responses, 1);
        assert!(!store.prune_is_due(10 * DAY_MS + 1).unwrap());
        assert_eq!(output(&store), 10);
        let again = store.apply(batch(DAY_MS, 1)).unwrap();
        assert_eq!((again.new_responses, again.settled), (0, 1));
        assert_eq!(output(&store), 10);
    }

    #[test]
    fn responses_and_sums_of_a_span() {
        let mut store = Store::in_memory().unwrap();
        for (at, key) in [(0, 1), (SLOT_MS, 2), (2 * SLOT_MS - 1, 3), (2 * SLOT_MS, 4)] {
            store.apply(batch(at, key)).unwrap();
        }
        let mut found: Vec<i64> = store
            .responses_between(SLOT_MS, 2 * SLOT_MS)
            .unwrap()
            .iter()
            .map(|response| response.at)
            .collect();
        found.sort_unstable();
        assert_eq!(found, [SLOT_MS, 2 * SLOT_MS - 1]);
        let mut messages = Vec::new();
        store.buckets_between(1, 2, |key, bucket| messages.push((key.slot, bucket.messages))).unwrap();
        assert_eq!(messages, [(1, 2), (2, 1)]);
    }

    #[test]
    fn a_clock_that_ran_ahead_does_not_shut_out_what_comes() {
        let mut store = Store::in_memory().unwrap();
        store.apply(batch(DAY_MS, 1)).unwrap();
        let retention = Retention { responses_days: 5, sessions_days: 0, digests_days: 30, events_days: 0 };
        assert_eq!(store.prune(&retention, 9_999 * DAY_MS).unwrap().responses, 1);
        assert_eq!(store.apply(batch(DAY_MS, 1)).unwrap().settled, 1);
        assert_eq!(store.apply(batch(DAY_MS - 1, 2)).unwrap().new_responses, 1, "older, but never seen");
        assert_eq!(output(&store), 10);
    }

    #[test]
    fn digests_go_by_age_and_with_their_session() {
        let mut store = Store::in_memory().unwrap();
        store.apply(batch(1, 1)).unwrap();
        store
            .connection
            .execute_batch(
                "UPDATE session SET last_at = 100 * 86400000;
                 INSERT INTO digest (path, used_at, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, state, session)
                 SELECT column1, column2 * 86400000, 1, 1, 1, 1, 1, 1, 1, 1, '{}', 1
                 FROM (VALUES (x'01', 100), (x'02', 100), (x'03', 50))",
            )
            .unwrap();
        let mut after = |sessions_days: u32, digests_days: u32, day: i64| {
            let retention = Retention { responses_days: 0, sessions_days, digests_days, events_days: 0 };
            let would = store.prunable(&retention, day * DAY_MS).unwrap().digests;
            assert_eq!(store.prune(&retention, day * DAY_MS).unwrap().digests, would);
            would
        };
        assert_eq!(after(0, 0, 9_999), 0);
        assert_eq!(after(0, 60, 120), 1, "by age");
        assert_eq!(after(30, 60, 120), 0);
        assert_eq!(after(10, 0, 120), 2, "with their session");
    }

    #[test]
    fn sizes_and_vacuum() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("state.db")).unwrap();
        store.apply(batch(1, 1)).unwrap();
        let sizes = store.sizes().unwrap();
        assert_eq!(
            sizes.tables.iter().find(|table| table.name == "response").map(|table| table.rows),
            Some(1)
        );
        assert!(sizes.bytes > 0);
        assert!(store.vacuum().unwrap().1 > 0);
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
    }
}
