//! The index that a search goes by: a file of its own beside the store, which can be lost and made again.
//!
//! It holds the texts of transcripts, redacted and compressed, and an FTS5 table of their words. Both go on where the
//! transcript is gone, for as long as `[retention]` says. What is a word, and what of a text is kept, is not decided
//! here but in `claudectl-search`.
//!
//! How far a transcript was taken in stands in the same transaction as what was taken in of it, so that whoever is
//! killed when, nothing is there twice and nothing is missing.

mod read;
mod rows;
mod write;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use claudectl_transcript::tail::{Mark, Stamp};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::connection::{BUSY, make_private};
use crate::error::StoreError;
use crate::ledger::{mark_at, stamp_at};

pub use read::{Sizes, Unpacker};
pub use rows::StoredRow;
pub use write::{Packer, Piece, Writer};

/// Every schema, in order. The number of the last is the index's version.
const SCHEMAS: &[&str] = &[include_str!("schema_1.sql")];

/// Marks the file as ours (SQLite's `application_id`): "ccts".
const APPLICATION_ID: i64 = 0x6363_7473;

/// A chunk has room for so many passages; their numbers follow from its own.
const SLOTS: i64 = 1024;

/// An open index.
#[derive(Debug)]
pub struct Index {
    connection: Connection,
    path: PathBuf,
}

/// A transcript that was taken in, as far as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedFile {
    /// Its number.
    pub id: i64,
    /// Its path, as bytes.
    pub path: Vec<u8>,
    /// The session it belongs to.
    pub session: String,
    /// The subagent it belongs to; empty for none.
    pub agent: String,
    /// What `stat` said.
    pub stamp: Stamp,
    /// How far it was taken in.
    pub mark: Mark,
    /// Its newest passage, milliseconds since the epoch; 0 for none.
    pub last_at: i64,
    /// Lines that were too long to be taken in.
    pub too_long: u64,
    /// Since when it is no longer there, milliseconds since the epoch.
    pub gone_at: Option<i64>,
}

impl Index {
    /// Opens the index at `path`, making it if need be.
    ///
    /// # Errors
    /// See [`StoreError`]. A file with a newer schema or of another program is not touched.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path)
            .map_err(|source| StoreError::Open { path: path.to_path_buf(), source: Box::new(source) })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags);
        let connection = connection.map_err(|error| StoreError::from_sqlite(path, error))?;
        let mut index = Self { connection, path: path.to_path_buf() };
        index.prepare().map_err(|error| index.fail(error))??;
        Ok(index)
    }

    /// Opens the index at `path` if there is one.
    ///
    /// # Errors
    /// See [`Index::open`].
    pub fn open_existing(path: &Path) -> Result<Option<Self>, StoreError> {
        // An empty file is one that was about to become an index.
        match fs::metadata(path) {
            Ok(metadata) if metadata.len() > 0 => Self::open(path).map(Some),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Open { path: path.to_path_buf(), source: Box::new(source) }),
        }
    }

    /// Opens the index at `path` only to ask it, where nothing can be written: in a folder that is not ours, on a full
    /// disk. What another process has written since SQLite last put it into the file itself is not seen then.
    ///
    /// # Errors
    /// See [`Index::open`]; also where there is none.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let plain = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let first = Connection::open_with_flags(path, plain);
        let opened = first.map_err(|error| StoreError::from_sqlite(path, error)).and_then(|connection| {
            let index = Self { connection, path: path.to_path_buf() };
            // Whether what lies beside it can be used, SQLite only finds out when it is asked.
            index.version().map_err(|error| index.fail(error))??;
            Ok(index)
        });
        if !matches!(opened, Err(StoreError::Open { .. } | StoreError::DiskFull { .. })) {
            return opened;
        }
        let connection = Connection::open_with_flags(uri(path), plain | OpenFlags::SQLITE_OPEN_URI);
        let connection = connection.map_err(|error| StoreError::from_sqlite(path, error))?;
        let index = Self { connection, path: path.to_path_buf() };
        match index.version().map_err(|error| index.fail(error))?? {
            0 => Err(index.damaged()),
            _ => Ok(index),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn fail(&self, error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }

    fn damaged(&self) -> StoreError {
        StoreError::NotAStore { path: self.path.clone(), source: rusqlite::Error::InvalidQuery }
    }

    fn prepare(&mut self) -> rusqlite::Result<Result<(), StoreError>> {
        self.connection.busy_timeout(BUSY)?;
        self.connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        let version = match self.version()? {
            Ok(version) => version,
            Err(error) => return Ok(Err(error)),
        };
        if version < SCHEMAS.len() as i64 {
            // SQLite does not wait when two processes switch a file to write-ahead logging at once.
            let folder = self.path.parent().and_then(|folder| fs::File::open(folder).ok());
            // Where a file system has no locks, SQLite's own must do.
            let _held = folder.as_ref().map(|folder| folder.lock().is_ok());
            // Texts have some ten kilobytes: larger pages would hold one each, and be half empty.
            self.connection.pragma_update(None, "page_size", 8_192)?;
            self.connection.pragma_update(None, "journal_mode", "wal")?;
            self.make()?;
        }
        Ok(Ok(()))
    }

    /// The file's schema, if it is one that this binary knows.
    fn version(&self) -> rusqlite::Result<Result<i64, StoreError>> {
        let pragma =
            |name: &str| self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        let (version, application) = (pragma("user_version")?, pragma("application_id")?);
        let known = SCHEMAS.len() as i64;
        if application != APPLICATION_ID && (application, version) != (0, 0) {
            return Ok(Err(self.damaged()));
        }
        if version > known {
            let path = self.path.clone();
            return Ok(Err(StoreError::FromTheFuture { path, found: version, known }));
        }
        Ok(Ok(version))
    }

    /// Another process may do the same at once: the version is read again under the write lock.
    fn make(&mut self) -> rusqlite::Result<()> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        for (at, sql) in SCHEMAS.iter().enumerate().skip(usize::try_from(version).unwrap_or(0)) {
            tx.execute_batch(sql)?;
            tx.pragma_update(None, "user_version", at as i64 + 1)?;
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.commit()
    }

    /// Every transcript that was taken in, those that are gone included.
    ///
    /// # Errors
    /// When the index fails.
    pub fn files(&self) -> Result<Vec<IndexedFile>, StoreError> {
        self.read(|db| {
            let sql =
                "SELECT id, path, session, agent, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor,
                       last_at, too_long, gone_at FROM file";
            db.prepare(sql)?
                .query_map([], |row| {
                    Ok(IndexedFile {
                        id: row.get(0)?,
                        path: row.get(1)?,
                        session: row.get(2)?,
                        agent: row.get(3)?,
                        stamp: stamp_at(row, 4)?,
                        mark: mark_at(row, 9)?,
                        last_at: row.get(12)?,
                        too_long: row.get::<_, i64>(13)?.cast_unsigned(),
                        gone_at: row.get(14)?,
                    })
                })?
                .collect()
        })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| self.fail(error))
    }

    /// Closes the index and says whether that went well. Dropping it closes it, too.
    ///
    /// # Errors
    /// When SQLite could not write what it still held.
    pub fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        self.connection.close().map_err(|(_, error)| StoreError::from_sqlite(&path, error))
    }
}

/// A file as SQLite's address of one that nobody changes: it then asks for nothing beside it.
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' => {
                uri.push(char::from(*byte))
            }
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri + "?immutable=1"
}

#[cfg(test)]
mod tests;
