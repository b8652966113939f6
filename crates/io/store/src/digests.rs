//! Digests of transcripts, so that a growing file is folded once.

use claudectl_transcript::tail::{Mark, Stamp};
use rusqlite::{OptionalExtension, params};

use crate::connection::Store;
use crate::error::StoreError;
use crate::ledger::{mark_at, stamp_at};

/// A digest as far as it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDigest {
    /// What `stat` said of the transcript.
    pub stamp: Stamp,
    /// How far it was folded.
    pub mark: Mark,
    /// The digest, as JSON.
    pub state: String,
}

impl Store {
    /// The digest of the transcript at `path`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn digest(&self, path: &[u8]) -> Result<Option<StoredDigest>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, state FROM digest WHERE path = ?1",
            )?
            .query_row([path], |row| {
                Ok(StoredDigest { stamp: stamp_at(row, 0)?, mark: mark_at(row, 5)?, state: row.get(8)? })
            })
            .optional()
        })
    }

    /// Keeps digests, each with its transcript's path; `now` is in milliseconds since the epoch.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put_digests(&mut self, digests: &[(Vec<u8>, StoredDigest)], now: i64) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut put = tx.prepare_cached(
                "INSERT OR REPLACE INTO digest (path, used_at, dev, ino, size, mtime_ns, ctime_ns, offset, head,
                        anchor, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?;
            for (path, digest) in digests {
                let (stamp, mark) = (&digest.stamp, &digest.mark);
                put.execute(params![
                    path,
                    now,
                    stamp.dev.cast_signed(),
                    stamp.ino.cast_signed(),
                    stamp.size.cast_signed(),
                    stamp.mtime_ns,
                    stamp.ctime_ns,
                    mark.offset.cast_signed(),
                    mark.head.cast_signed(),
                    mark.anchor.cast_signed(),
                    digest.state,
                ])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_come_back() {
        let mut store = Store::in_memory().unwrap();
        let digest = StoredDigest {
            stamp: Stamp { dev: 1, ..Stamp::default() },
            mark: Mark::new(3, b"a", b"b"),
            state: "{}".to_owned(),
        };
        store.put_digests(&[(b"/a".to_vec(), digest.clone())], 1).unwrap();
        assert_eq!(store.digest(b"/a").unwrap(), Some(digest));
        assert_eq!(store.digest(b"/b").unwrap(), None);
    }
}
