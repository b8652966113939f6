//! Opening and closing the store.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::StoreError;
use crate::{digests, responses};

/// A step from one schema to the next.
struct Migration {
    sql: &'static str,
    /// What SQL cannot say, done after it.
    then: Option<fn(&Transaction<'_>) -> rusqlite::Result<()>>,
}

/// Every migration, in order. The number of the last is the schema's version.
const MIGRATIONS: &[Migration] = &[
    Migration { sql: include_str!("migrations/0001_ledger.sql"), then: None },
    Migration { sql: include_str!("migrations/0002_response_blocks.sql"), then: Some(responses::from_rows) },
    Migration { sql: include_str!("migrations/0003_digest_session.sql"), then: Some(digests::place) },
    Migration { sql: include_str!("migrations/0004_settled.sql"), then: None },
    Migration { sql: include_str!("migrations/0005_hooks.sql"), then: None },
    Migration { sql: include_str!("migrations/0006_digests.sql"), then: None },
    Migration { sql: include_str!("migrations/0007_notices.sql"), then: None },
    Migration { sql: include_str!("migrations/0008_noted.sql"), then: None },
    Migration { sql: include_str!("migrations/0009_overtaken.sql"), then: None },
    Migration { sql: include_str!("migrations/0010_gate.sql"), then: None },
    Migration { sql: include_str!("migrations/0011_triggers.sql"), then: None },
    Migration { sql: include_str!("migrations/0012_guard.sql"), then: None },
    Migration { sql: include_str!("migrations/0013_budgets.sql"), then: None },
    Migration { sql: include_str!("migrations/0014_outcomes.sql"), then: None },
    Migration { sql: include_str!("migrations/0015_unguarded.sql"), then: None },
    Migration { sql: include_str!("migrations/0016_causes.sql"), then: None },
    Migration { sql: include_str!("migrations/0017_projects.sql"), then: None },
    Migration { sql: include_str!("migrations/0018_brain.sql"), then: None },
    Migration { sql: include_str!("migrations/0019_notes.sql"), then: None },
    Migration { sql: include_str!("migrations/0020_hive.sql"), then: None },
];

/// Marks the file as ours (SQLite's `application_id`): "cctl".
const APPLICATION_ID: i64 = 0x6363_746c;

/// How long another process's write is waited for.
pub(crate) const BUSY: Duration = Duration::from_secs(10);

/// An open store.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
}

impl Store {
    /// Opens the store at `path`, making its folder (0700) and the file (0600) if need be, and brings
    /// it to the newest schema.
    ///
    /// # Errors
    /// See [`StoreError`]. A file with a newer schema or of another program is not touched.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path)
            .map_err(|source| StoreError::Open { path: path.to_path_buf(), source: Box::new(source) })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags);
        let mut store = Self {
            connection: connection.map_err(|error| StoreError::from_sqlite(path, error))?,
            path: path.to_path_buf(),
        };
        store.prepare()?;
        Ok(store)
    }

    /// A store that lives as long as the process: for runs that must not or cannot keep anything.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory();
        let connection = connection.map_err(|error| StoreError::from_sqlite(&path, error))?;
        let mut store = Self { connection, path };
        store.migrate()?;
        Ok(store)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        self.connection.busy_timeout(BUSY).map_err(|e| self.fail(e))?;
        // Losing the last seconds to a power cut is fine: the transcripts are still there.
        self.connection.execute_batch("PRAGMA synchronous = NORMAL").map_err(|e| self.fail(e))?;
        if self.version()? < MIGRATIONS.len() as i64 {
            // SQLite does not wait when two processes switch a file to write-ahead logging at once.
            let folder = self.lock_folder();
            // Of a new file only. A first pass writes thousands of pages, each by three system calls.
            self.connection.pragma_update(None, "page_size", 16_384).map_err(|e| self.fail(e))?;
            self.connection.pragma_update(None, "journal_mode", "wal").map_err(|e| self.fail(e))?;
            self.migrate()?;
            drop(folder);
        }
        Ok(())
    }

    fn fail(&self, error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }

    /// The file's schema; an error unless it is one that this binary can bring up to date.
    fn version(&self) -> Result<i64, StoreError> {
        let (version, application): (i64, i64) = self
            .connection
            .query_row("SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id)", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .map_err(|e| self.fail(e))?;
        let known = MIGRATIONS.len() as i64;
        if application != APPLICATION_ID && (application, version) != (0, 0) {
            let source = rusqlite::Error::InvalidQuery;
            return Err(StoreError::NotAStore { path: self.path.clone(), source });
        }
        if version > known {
            return Err(StoreError::FromTheFuture { path: self.path.clone(), found: version, known });
        }
        Ok(version)
    }

    /// Holds the store's folder until the result is dropped. Where a file system has no locks, SQLite's
    /// own must do.
    fn lock_folder(&self) -> Option<fs::File> {
        let folder = fs::File::open(self.path.parent()?).ok()?;
        folder.lock().ok()?;
        Some(folder)
    }

    /// Applies what is missing. Another process may do the same at once: the version is read again
    /// under the write lock.
    fn migrate(&mut self) -> Result<(), StoreError> {
        self.write(|tx| {
            let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            for (at, migration) in MIGRATIONS.iter().enumerate().skip(usize::try_from(version).unwrap_or(0)) {
                tx.execute_batch(migration.sql)?;
                migration.then.map_or(Ok(()), |then| then(tx))?;
                tx.pragma_update(None, "user_version", at as i64 + 1)?;
            }
            tx.pragma_update(None, "application_id", APPLICATION_ID)
        })
    }

    /// Runs `work` in one write transaction, which is rolled back if it fails.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let fail = |error| StoreError::from_sqlite(path, error);
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let done = work(&tx).map_err(fail)?;
        tx.commit().map_err(fail)?;
        Ok(done)
    }

    /// The same, and what it wrote outlives a power cut once this returns: for what others are told that it is kept.
    pub(crate) fn write_for_good<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.connection.pragma_update(None, "synchronous", "full").map_err(|error| self.fail(error))?;
        let done = self.write(work);
        self.connection.pragma_update(None, "synchronous", "normal").map_err(|error| self.fail(error))?;
        done
    }

    /// Runs `work` on the connection.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| StoreError::from_sqlite(&self.path, error))
    }

    /// Closes the store and says whether that went well. Dropping it closes it, too.
    ///
    /// # Errors
    /// When SQLite could not write what it still held.
    pub fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        self.connection.close().map_err(|(_, error)| StoreError::from_sqlite(&path, error))
    }
}

/// Makes a folder that only its owner can look into, unless it is there.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes the folder and an empty file that only their owner can read. SQLite gives the files beside
/// it (`-wal`, `-shm`) the same mode.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        make_private_folder(folder)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_store_is_private_and_can_be_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/state.db");
        Store::open(&path).unwrap().close().unwrap();
        Store::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_store_from_the_future_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let store = Store::open(&path).unwrap();
        store.connection.pragma_update(None, "user_version", 99).unwrap();
        store.close().unwrap();
        let before = fs::read(&path).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::FromTheFuture { found: 99, .. })));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn rows_of_schema_1_become_blocks() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0].sql).unwrap();
        old.execute_batch(
            "PRAGMA user_version = 1; PRAGMA application_id = 0x6363746c;
             INSERT INTO response VALUES (7, 1, 2, 3, 4, 5, 261, 6, 7, 8, 9, 10, 11, 12), (-1, 1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 10, 11, 12)",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let found = responses::find(&store.connection, 7).unwrap().unwrap();
        assert_eq!((found.at, found.born, found.session, found.agent, found.model), (1, 2, 3, 4, 5));
        assert_eq!((found.claim as u8, found.ended, found.kind), (1, true, 1));
        assert_eq!((found.input, found.output, found.cache_read, found.cache_write), (6, 7, 8, 9));
        assert_eq!((found.cache_write_5m, found.cache_write_1h, found.web_searches), (10, 11, 12));
        assert!(responses::find(&store.connection, u64::MAX).unwrap().is_some());
        assert_eq!(store.sizes().unwrap().schema, MIGRATIONS.len() as i64);
    }

    #[test]
    fn digests_of_schema_2_are_given_to_their_sessions() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..2].iter().for_each(|migration| old.execute_batch(migration.sql).unwrap());
        old.execute_batch(
            "PRAGMA user_version = 2; PRAGMA application_id = 0x6363746c;
             INSERT INTO session (id, sid) VALUES (5, 's5'), (6, 's6');
             INSERT INTO agent (id, aid, session) VALUES (3, 'x', 6);
             INSERT INTO file (path, session, agent, born_ms, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, skipped)
             VALUES (x'2f61', 5, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0);
             INSERT INTO digest (path, used_at, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, state)
             SELECT column1, 9, 1, 1, 1, 1, 1, 1, 1, 1, '{}' FROM (VALUES (x'2f61'), (CAST('/p/s6.jsonl' AS BLOB)),
             (CAST('/p/s6/subagents/workflows/w/agent-x.jsonl' AS BLOB)), (CAST('/p/nobody.jsonl' AS BLOB)))",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let mut gone = store.gone_transcripts(None).unwrap();
        gone.sort();
        assert_eq!(
            gone,
            [(6, 0, b"/p/s6.jsonl".to_vec()), (6, 3, b"/p/s6/subagents/workflows/w/agent-x.jsonl".to_vec())]
        );
        assert_eq!(store.digest(b"/a").unwrap().unwrap().stamp.ino, 0, "folded anew: the rules have changed");
        assert!(store.digest(b"/p/s6.jsonl").unwrap().is_some());
    }

    /// Each time that the rules of folding have changed.
    #[test]
    fn digests_by_older_rules_are_folded_anew() {
        for schema in [5, 8] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("state.db");
            let old = Connection::open(&path).unwrap();
            MIGRATIONS[..schema].iter().for_each(|migration| old.execute_batch(migration.sql).unwrap());
            old.execute_batch(&format!(
                "PRAGMA user_version = {schema}; PRAGMA application_id = 0x6363746c;
                 INSERT INTO digest (path, used_at, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, state)
                 VALUES (x'2f61', 9, 1, 1, 1, 1, 1, 1, 1, 1, '{{\"rows\":3}}')"
            ))
            .unwrap();
            drop(old);
            let kept = Store::open(&path).unwrap().digest(b"/a").unwrap().unwrap();
            assert_eq!(
                (kept.stamp.ino, kept.state.as_str()),
                (0, r#"{"rows":3}"#),
                "a transcript may be gone"
            );
        }
    }

    #[test]
    fn a_state_from_before_the_noted_sessions_keeps_its_rows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..7].iter().for_each(|migration| old.execute_batch(migration.sql).unwrap());
        old.execute_batch(
            "PRAGMA user_version = 7; PRAGMA application_id = 0x6363746c;
             INSERT INTO session (id, sid, name) VALUES (1, 's', 'kept')",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.session("s").unwrap().unwrap().name.as_deref(), Some("kept"));
        assert_eq!(store.noted().unwrap(), []);
    }

    #[test]
    fn sessions_of_schema_16_are_placed_by_the_next_pass() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..16].iter().for_each(|migration| old.execute_batch(migration.sql).unwrap());
        old.execute_batch(
            "PRAGMA user_version = 16; PRAGMA application_id = 0x6363746c;
             INSERT INTO session (id, sid, first_cwd) VALUES (1, 's', '/r/sub')",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.session("s").unwrap().unwrap().root(), Some("/r/sub"));
        assert_eq!(store.unplaced().unwrap(), [("/r/sub".to_owned(), None)]);
    }

    #[test]
    fn a_store_of_schema_6_has_no_notices_yet() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..6].iter().for_each(|migration| old.execute_batch(migration.sql).unwrap());
        old.execute_batch(
            "PRAGMA user_version = 6; PRAGMA application_id = 0x6363746c;
             INSERT INTO session (id, sid) VALUES (5, 's5')",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.pending_deliveries().unwrap(), []);
        assert_eq!(store.session("s5").unwrap().unwrap().id, 5);
    }

    #[test]
    fn a_store_of_schema_10_has_done_nothing_by_triggers_and_keeps_its_grants() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        for migration in &MIGRATIONS[..10] {
            old.execute_batch(migration.sql).unwrap();
        }
        old.execute_batch(
            "PRAGMA user_version = 10; PRAGMA application_id = 0x6363746c;
             INSERT INTO gate_grant (rule, at, ends) VALUES ('{\"action\":\"ask\"}', 1, 9);",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!((store.trigger_deeds().unwrap().len(), store.grants(5).unwrap().len()), (0, 1));
    }

    #[test]
    fn what_went_wrong_by_schema_15_has_no_name_yet() {
        use claudectl_fleet::alarm::{Failure, Mishap};
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        for migration in &MIGRATIONS[..15] {
            old.execute_batch(migration.sql).unwrap();
        }
        old.execute_batch(
            "PRAGMA user_version = 15; PRAGMA application_id = 0x6363746c;
             INSERT INTO hook_session (id, sid, last_at, activity) VALUES (1, 's', 5, '{}');
             INSERT INTO hook_event (seq, at, session, event) VALUES (1, 5, 1, 'PreToolUse');
             INSERT INTO gate_decision (seq, verdict, layer, reason, learnable, effects)
                VALUES (1, 'ask', 'error', 'it cannot be written down: full', 0, '');
             INSERT INTO guard_check (sid, at, upto, calls, seen, cause) VALUES ('s', 5, 5, 2, 1, 'not installed');",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let incidents = store.incidents(0, 9).unwrap();
        assert_eq!(incidents[0].1.mishap, Mishap::Failed(Failure::Other));
        let checks = store.unguarded(0, 9).unwrap();
        assert_eq!((checks[0].cause.as_deref(), checks[0].obstacle), (Some("not installed"), None));
    }

    #[test]
    fn what_was_asked_before_there_were_notes_has_none() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("state.db");
        let old = Connection::open(&path).unwrap();
        for migration in &MIGRATIONS[..18] {
            old.execute_batch(migration.sql).unwrap();
        }
        old.execute_batch(
            "PRAGMA user_version = 18; PRAGMA application_id = 0x6363746c;
             INSERT INTO hook_session (id, sid, last_at, activity) VALUES (1, 's', 5, '{}');
             INSERT INTO hook_event (seq, at, session, event, call) VALUES (1, 5, 1, 'PreToolUse', 'c');
             INSERT INTO gate_decision (seq, verdict, layer, reason, learnable, effects)
                VALUES (1, 'ask', 'effects', 'it runs code', 1, '');",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        let decisions = store.decisions(0, 9).unwrap();
        assert_eq!(
            (decisions.len(), &decisions[0].note, decisions[0].judged.reason.as_str()),
            (1, &None, "it runs code")
        );
        assert_eq!(store.unnoted(0, 9).unwrap().len(), 1);
    }

    #[test]
    fn whatever_fails_in_it_the_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let store = Store::open(&path).unwrap();
        store.connection.execute_batch("DROP TABLE session").unwrap();
        let error = store.sessions().unwrap_err();
        assert!(matches!(&error, StoreError::Sqlite { path: named, .. } if *named == path), "{error:?}");
        assert_eq!(error.to_string(), format!("{} failed", path.display()));
    }

    #[test]
    fn other_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        fs::write(&path, "not a database at all, but long enough to be looked at as one".repeat(20)).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::NotAStore { .. })));
        fs::remove_file(&path).unwrap();
        let foreign = Connection::open(&path).unwrap();
        foreign.execute_batch("CREATE TABLE x (y); PRAGMA user_version = 1").unwrap();
        drop(foreign);
        assert!(matches!(Store::open(&path), Err(StoreError::NotAStore { .. })));
    }

    #[test]
    fn two_at_once_make_one_store() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| Store::open(&path).unwrap());
            }
        });
    }
}
