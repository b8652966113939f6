//! Digests of transcripts, so that a growing file is folded once.

use claudectl_fleet::ledger::Id;
use claudectl_transcript::tail::{Mark, Stamp};
use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};

use crate::connection::Store;
use crate::error::StoreError;
use crate::ledger::{mark_at, of_session, stamp_at};
use crate::sessions::Transcript;

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

    /// Transcripts (of one session, if given) that are gone, and of which there is a digest.
    ///
    /// # Errors
    /// When the store fails.
    pub fn gone_transcripts(&self, session: Option<Id>) -> Result<Vec<Transcript>, StoreError> {
        self.read(|db| {
            of_session(db, GONE, session)?
                .query_map(params_from_iter(session), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })
    }

    /// Keeps digests, each with its transcript; `now` is in milliseconds since the epoch.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put_digests(
        &mut self,
        digests: &[(Transcript, StoredDigest)],
        now: i64,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut put = tx.prepare_cached(
                "INSERT OR REPLACE INTO digest (path, used_at, dev, ino, size, mtime_ns, ctime_ns, offset, head,
                        anchor, state, session, agent)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?;
            for ((session, agent, path), digest) in digests {
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
                    session,
                    agent,
                ])?;
            }
            Ok(())
        })
    }
}

/// Gives digests of schema 2 to their sessions: by the transcript's row or, where that is gone, by what the
/// path says. Those whose transcript is still there are to be folded again.
pub(crate) fn place(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.execute_batch(
        "UPDATE digest SET (session, agent) = (SELECT session, agent FROM file WHERE file.path = digest.path),
                dev = 0, ino = 0 WHERE path IN (SELECT path FROM file)",
    )?;
    let mut select = tx.prepare("SELECT path FROM digest WHERE session = 0")?;
    let paths: Vec<Vec<u8>> = select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut put = tx.prepare(
        "UPDATE digest SET session = coalesce((SELECT id FROM session WHERE sid = ?2), 0),
                agent = coalesce((SELECT id FROM agent WHERE aid = ?3), 0) WHERE path = ?1",
    )?;
    for path in paths {
        let text = String::from_utf8_lossy(&path);
        let file = text.rsplit('/').next().unwrap_or_default().trim_end_matches(".jsonl");
        let owner = text.split_once("/subagents/").map(|(folder, _)| folder.rsplit('/').next());
        let (session, agent) = match owner {
            Some(session) => (session.unwrap_or_default(), file.strip_prefix("agent-").unwrap_or(file)),
            None => (file, ""),
        };
        put.execute(params![path, session, agent])?;
    }
    Ok(())
}

pub(crate) const GONE: &str = "SELECT session, agent, path FROM (SELECT session, agent, path FROM digest
    WHERE session <> 0 AND NOT EXISTS (SELECT 1 FROM file WHERE file.path = digest.path))";

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
        store.put_digests(&[((7, 1, b"/a".to_vec()), digest.clone())], 1).unwrap();
        assert_eq!(store.gone_transcripts(Some(7)).unwrap(), [(7, 1, b"/a".to_vec())]);
        assert_eq!(store.gone_transcripts(Some(8)).unwrap(), []);
        assert_eq!(store.digest(b"/a").unwrap(), Some(digest));
        assert_eq!(store.digest(b"/b").unwrap(), None);
    }
}
