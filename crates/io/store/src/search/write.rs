//! What is taken in, and taken out again.

use claudectl_search::cut::Chunk;
use claudectl_transcript::tail::{Mark, Stamp};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::rows::{pack, unpack};
use super::{Index, SLOTS};
use crate::error::StoreError;

/// zstd's fastest level with a good ratio: others cost more time than the words do, or a third more room.
const LEVEL: i32 = 1;

/// Memory for words that are not yet written, bytes. What is written at once is a segment, of which a query visits
/// each. A quarter of it is a tenth quicker, as the processor's caches hold it, and four times of it a quarter slower.
const HASH_BYTES: i64 = 8 << 20;
/// Pages in memory while much is taken in, KiB.
const CACHE_KIB: i64 = 32 << 10;

/// Compresses texts; keeps its memory from one to the next.
pub struct Packer(zstd::bulk::Compressor<'static>);

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

impl Packer {
    /// A new one.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn new() -> std::io::Result<Self> {
        zstd::bulk::Compressor::new(LEVEL).map(Self)
    }

    /// A chunk's text, compressed.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn pack(&mut self, text: &str) -> std::io::Result<Vec<u8>> {
        self.0.compress(text.as_bytes())
    }
}

/// A part of a transcript.
#[derive(Debug)]
pub struct Piece {
    /// The file's number.
    pub file: i64,
    /// Its passages; may be empty.
    pub chunk: Chunk,
    /// Their texts, by [`Packer::pack`].
    pub packed: Vec<u8>,
    /// The session that its rows name, where its place names none.
    pub session: Option<String>,
    /// What `stat` said of the file.
    pub stamp: Stamp,
    /// How far it has been taken in with this.
    pub mark: Mark,
    /// Nothing of it is left to take in.
    pub done: bool,
    /// Lines in this part that were too long.
    pub too_long: u64,
}

/// Changes the index, in one transaction.
#[derive(Debug)]
pub struct Writer<'a> {
    tx: &'a Transaction<'a>,
}

impl Index {
    /// Runs `work` in one transaction, which is rolled back if it fails.
    ///
    /// # Errors
    /// Those of `work`, and when the index fails.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = self.path.clone();
        let fail = |error| E::from(StoreError::from_sqlite(&path, error));
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        let done = work(&Writer { tx: &tx })?;
        tx.commit().map_err(fail)?;
        Ok(done)
    }

    /// Says whether much is about to be taken in. Then segments are left as they are written, as they are large; of the
    /// small ones that come otherwise, FTS5 makes larger ones bit by bit.
    ///
    /// # Errors
    /// When the index fails.
    pub fn expect(&mut self, much: bool) -> Result<(), StoreError> {
        self.read(|db| {
            db.pragma_update(None, "cache_size", if much { -CACHE_KIB } else { -2_000 })?;
            for (name, wanted) in [("automerge", if much { 0 } else { 4 }), ("hashsize", HASH_BYTES)] {
                let sql = "SELECT v FROM words_config WHERE k = ?1";
                let is: Option<i64> = db.query_row(sql, [name], |row| row.get(0)).optional()?;
                if is != Some(wanted) {
                    db.execute("INSERT INTO words (words, rank) VALUES (?1, ?2)", params![name, wanted])?;
                }
            }
            Ok(())
        })
    }

    /// Takes out transcripts that are gone and whose newest passage is older than a moment, and says how many.
    ///
    /// # Errors
    /// When the index fails.
    pub fn prune(&mut self, before: i64) -> Result<u64, StoreError> {
        if self.prunable(before)? == 0 {
            return Ok(0);
        }
        self.write(|writer| {
            let old: Vec<i64> =
                writer.ids("SELECT id FROM file WHERE gone_at IS NOT NULL AND last_at < ?1", before)?;
            for file in &old {
                writer.remove(*file)?;
            }
            Ok(old.len() as u64)
        })
    }

    /// How many transcripts [`Index::prune`] would take out.
    ///
    /// # Errors
    /// When the index fails.
    pub fn prunable(&self, before: i64) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM file WHERE gone_at IS NOT NULL AND last_at < ?1";
        self.read(|db| db.query_row(sql, [before], |row| row.get::<_, i64>(0))).map(i64::cast_unsigned)
    }

    /// Packs the file: one segment of words, and no unused room. Returns its size before and after.
    ///
    /// # Errors
    /// When the index fails.
    pub fn vacuum(&mut self) -> Result<(u64, u64), StoreError> {
        let before = self.sizes()?.bytes;
        self.read(|db| {
            db.execute("INSERT INTO words (words) VALUES ('optimize')", [])?;
            db.execute_batch("VACUUM")
        })?;
        Ok((before, self.sizes()?.bytes))
    }
}

impl Writer<'_> {
    fn ids(&self, sql: &str, value: i64) -> Result<Vec<i64>, StoreError> {
        let ids = self
            .tx
            .prepare_cached(sql)
            .and_then(|mut select| select.query_map([value], |row| row.get(0))?.collect());
        ids.map_err(|error| self.fail(error))
    }

    fn fail(&self, error: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(self.tx.path().unwrap_or_default().as_ref(), error)
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        let changed = self.tx.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        changed.map_err(|error| self.fail(error))
    }

    /// The number of a transcript that has not been taken in before.
    ///
    /// # Errors
    /// When the index fails.
    pub fn add_file(&self, path: &[u8], session: &str, agent: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO file (path, session, agent, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor,
                   last_at, too_long) VALUES (?1, ?2, ?3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)";
        self.run(sql, params![path, session, agent])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// A transcript stands under another name now.
    ///
    /// # Errors
    /// When the index fails.
    pub fn move_file(&self, file: i64, path: &[u8], session: &str, agent: &str) -> Result<(), StoreError> {
        let sql = "UPDATE file SET path = ?2, session = CASE ?3 WHEN '' THEN session ELSE ?3 END, agent = ?4,
                   gone_at = NULL WHERE id = ?1";
        self.run(sql, params![file, path, session, agent]).map(|_| ())
    }

    /// A transcript is no longer there, since a moment; or is there again.
    ///
    /// # Errors
    /// When the index fails.
    pub fn set_gone(&self, file: i64, since: Option<i64>) -> Result<(), StoreError> {
        self.run("UPDATE file SET gone_at = ?2 WHERE id = ?1", params![file, since]).map(|_| ())
    }

    /// Takes in a part of a transcript, but for what is in the index already.
    ///
    /// # Errors
    /// When the index fails.
    pub fn add(&self, piece: &Piece) -> Result<(), StoreError> {
        let rows = &piece.chunk.rows;
        let mut copied = Vec::with_capacity(rows.len());
        for row in rows {
            copied.push(!self.claim(row.key, piece.file)?);
        }
        if copied.contains(&false) {
            self.add_chunk(piece, &copied)?;
        }
        self.place(piece)
    }

    /// Whether a passage is not in the index yet. It is the file's from now on.
    fn claim(&self, key: u64, file: i64) -> Result<bool, StoreError> {
        let key = key.cast_signed();
        let sql = "INSERT OR IGNORE INTO passage (key, file) VALUES (?1, ?2)";
        if self.run(sql, [key, file])? == 1 {
            return Ok(true);
        }
        // A session's name is written down again and again, in its own file.
        let sql = "INSERT OR IGNORE INTO copy (file, original) SELECT ?2, file FROM passage WHERE key = ?1 AND file <> ?2";
        self.run(sql, [key, file]).map(|_| false)
    }

    fn add_chunk(&self, piece: &Piece, copied: &[bool]) -> Result<(), StoreError> {
        let chunk = &piece.chunk;
        let packed = pack(&chunk.rows, copied);
        self.run("INSERT INTO chunk (file, rows) VALUES (?1, ?2)", params![piece.file, packed])?;
        let id = self.tx.last_insert_rowid();
        let keys: Vec<u8> = chunk.rows.iter().flat_map(|row| row.key.to_le_bytes()).collect();
        let size = chunk.text.len() as i64;
        let sql = "INSERT INTO chunk_text (chunk, keys, size, text) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![id, keys, size, piece.packed])?;
        for (at, _) in copied.iter().enumerate().filter(|(_, copied)| !**copied) {
            let sql = "INSERT INTO words (rowid, said) VALUES (?1, ?2)";
            self.run(sql, params![id * SLOTS + at as i64, chunk.words_of(at)])?;
        }
        Ok(())
    }

    /// How far the file has been taken in.
    fn place(&self, piece: &Piece) -> Result<(), StoreError> {
        let Piece { stamp, mark, .. } = piece;
        // Of a file that is not done, as if it had ended just before: it has grown since, and is read on.
        let stamp = match piece.done {
            true => *stamp,
            false => Stamp { size: mark.offset.saturating_sub(1), mtime_ns: 0, ctime_ns: 0, ..*stamp },
        };
        let last_at = piece.chunk.rows.iter().map(|row| row.at).max().unwrap_or(0);
        let sql = "UPDATE file SET dev = ?2, ino = ?3, size = ?4, mtime_ns = ?5, ctime_ns = ?6, offset = ?7, head = ?8,
                   anchor = ?9, last_at = max(last_at, ?10), too_long = too_long + ?11,
                   session = CASE session WHEN '' THEN ?12 ELSE session END, gone_at = NULL WHERE id = ?1";
        self.run(
            sql,
            params![
                piece.file,
                stamp.dev.cast_signed(),
                stamp.ino.cast_signed(),
                stamp.size.cast_signed(),
                stamp.mtime_ns,
                stamp.ctime_ns,
                mark.offset.cast_signed(),
                mark.head.cast_signed(),
                mark.anchor.cast_signed(),
                last_at,
                piece.too_long.cast_signed(),
                piece.session.as_deref().unwrap_or_default(),
            ],
        )
        .map(|_| ())
    }

    /// Takes out what was taken in of a transcript, which is to be read from its beginning.
    ///
    /// # Errors
    /// When the index fails.
    pub fn clear(&self, file: i64) -> Result<(), StoreError> {
        let mut files = vec![file];
        while let Some(file) = files.pop() {
            // What others left out because it stood here has to be taken in of them, where they are still there.
            let sql = "SELECT file FROM copy JOIN file ON file.id = copy.file WHERE original = ?1 AND gone_at IS NULL";
            files.extend(self.ids(sql, file)?);
            self.take_out(file)?;
        }
        Ok(())
    }

    /// Takes out a transcript.
    ///
    /// # Errors
    /// When the index fails.
    pub fn remove(&self, file: i64) -> Result<(), StoreError> {
        self.clear(file)?;
        self.run("DELETE FROM file WHERE id = ?1", [file]).map(|_| ())
    }

    fn take_out(&self, file: i64) -> Result<(), StoreError> {
        for chunk in self.ids("SELECT id FROM chunk WHERE file = ?1", file)? {
            self.take_out_chunk(chunk)?;
        }
        self.run("DELETE FROM copy WHERE original = ?1 OR file = ?1", [file])?;
        let sql = "UPDATE file SET dev = 0, ino = 0, size = 0, mtime_ns = 0, ctime_ns = 0, offset = 0, head = 0, anchor = 0,
                   last_at = 0, too_long = 0 WHERE id = ?1";
        self.run(sql, [file]).map(|_| ())
    }

    fn take_out_chunk(&self, chunk: i64) -> Result<(), StoreError> {
        let sql = "SELECT rows, keys FROM chunk JOIN chunk_text ON chunk_text.chunk = chunk.id WHERE id = ?1";
        let stored: Option<(Vec<u8>, Vec<u8>)> = self
            .tx
            .query_row(sql, [chunk], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .map_err(|error| self.fail(error))?;
        let (rows, keys) = stored.unwrap_or_default();
        let keys = keys.as_chunks::<8>().0.iter().map(|key| i64::from_le_bytes(*key));
        let rows = unpack(&rows).unwrap_or_default();
        for (at, (_, key)) in rows.iter().zip(keys).enumerate().filter(|(_, (row, _))| !row.copied) {
            self.run("DELETE FROM words WHERE rowid = ?1", [chunk * SLOTS + at as i64])?;
            self.run("DELETE FROM passage WHERE key = ?1", [key])?;
        }
        self.run("DELETE FROM chunk_text WHERE chunk = ?1", [chunk])?;
        self.run("DELETE FROM chunk WHERE id = ?1", [chunk]).map(|_| ())
    }
}
