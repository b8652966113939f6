//! What is found.

use rusqlite::OptionalExtension;

use super::rows::unpack;
use super::{Index, SLOTS, StoredRow};
use crate::error::StoreError;

/// No chunk's text is longer: what says so is damaged.
const MAX_TEXT: i64 = 64 << 20;

/// What an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes in it that nothing uses.
    pub free_bytes: u64,
    /// Passages.
    pub passages: u64,
    /// Transcripts, those that are gone included.
    pub files: u64,
    /// Those that are gone.
    pub gone: u64,
    /// The schema's version.
    pub schema: i64,
}

/// Takes texts out of their compression; keeps its memory from one to the next.
pub struct Unpacker(zstd::bulk::Decompressor<'static>);

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unpacker")
    }
}

impl Unpacker {
    /// A new one.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn new() -> Result<Self, StoreError> {
        let path = Default::default();
        let fail = |source: std::io::Error| StoreError::Open { path, source: Box::new(source) };
        zstd::bulk::Decompressor::new().map(Self).map_err(fail)
    }
}

impl Index {
    /// Runs `work` on the index as it is now, whatever others write meanwhile; and with one lock for all that it asks
    /// instead of one for each.
    ///
    /// # Errors
    /// Those of `work`, and when the index fails.
    pub fn at_once<T>(&self, work: impl FnOnce(&Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.read(|db| db.execute_batch("BEGIN"))?;
        let result = work(self);
        let ended = self.read(|db| db.execute_batch("ROLLBACK"));
        result.and_then(|result| ended.map(|()| result))
    }

    /// Calls `each` with the chunk of each passage whose words an expression of FTS5 meets, and the passage's place in
    /// it; in the order in which they were taken in.
    ///
    /// # Errors
    /// When the index fails, or this is no such expression.
    pub fn matches(&self, expression: &str, mut each: impl FnMut(i64, usize)) -> Result<(), StoreError> {
        self.read(|db| {
            let mut found = db.prepare_cached("SELECT rowid FROM words WHERE words MATCH ?1")?;
            let mut rows = found.query([expression])?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                each(id.div_euclid(SLOTS), usize::try_from(id.rem_euclid(SLOTS)).unwrap_or(0));
            }
            Ok(())
        })
    }

    /// A chunk's file and its passages; `None` if it has been taken out since.
    ///
    /// # Errors
    /// When the index fails.
    pub fn chunk(&self, id: i64) -> Result<Option<(i64, Vec<StoredRow>)>, StoreError> {
        let stored: Option<(i64, Vec<u8>)> = self.read(|db| {
            db.prepare_cached("SELECT file, rows FROM chunk WHERE id = ?1")?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
        let Some((file, packed)) = stored else { return Ok(None) };
        Ok(Some((file, unpack(&packed).ok_or_else(|| self.damaged())?)))
    }

    /// A chunk's text; `None` if it has been taken out since.
    ///
    /// # Errors
    /// When the index fails, or what it holds is not what was put into it.
    pub fn text(&self, unpacker: &mut Unpacker, chunk: i64) -> Result<Option<String>, StoreError> {
        let stored: Option<(i64, Vec<u8>)> = self.read(|db| {
            db.prepare_cached("SELECT size, text FROM chunk_text WHERE chunk = ?1")?
                .query_row([chunk], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })?;
        let Some((size, packed)) = stored else { return Ok(None) };
        let size = usize::try_from(size.clamp(0, MAX_TEXT)).unwrap_or(0);
        let text = unpacker.0.decompress(&packed, size).map_err(|_| self.damaged())?;
        String::from_utf8(text).map(Some).map_err(|_| self.damaged())
    }

    /// Every chunk, in the order in which they were taken in.
    ///
    /// # Errors
    /// When the index fails.
    pub fn chunks(&self) -> Result<Vec<i64>, StoreError> {
        self.read(|db| {
            db.prepare("SELECT id FROM chunk ORDER BY id")?.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// What the index holds.
    ///
    /// # Errors
    /// When the index fails.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        self.read(|db| {
            let one = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
            let page = one("PRAGMA page_size")?;
            Ok(Sizes {
                bytes: (page * one("PRAGMA page_count")?).cast_unsigned(),
                free_bytes: (page * one("PRAGMA freelist_count")?).cast_unsigned(),
                passages: one("SELECT count(*) FROM passage")?.cast_unsigned(),
                files: one("SELECT count(*) FROM file")?.cast_unsigned(),
                gone: one("SELECT count(*) FROM file WHERE gone_at IS NOT NULL")?.cast_unsigned(),
                schema: one("PRAGMA user_version")?,
            })
        })
    }
}
