//! Machines that are known here.

use claudectl_hive::clock::Millis;
use claudectl_hive::key::PublicKey;
use rusqlite::{OptionalExtension, params};

use super::{bytes32, counted, key_of, millis, put_key, time, whole};
use crate::connection::Store;
use crate::error::StoreError;

/// A machine that is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its key.
    pub key: PublicKey,
    /// What it is called here.
    pub name: String,
    /// When it was added.
    pub added_at: Millis,
    /// When the last exchange with it ended well; none if never.
    pub last_sync: Option<Millis>,
    /// Exchanges that ended well.
    pub syncs: u64,
    /// Bytes it was sent in these, and bytes it sent.
    pub bytes: (u64, u64),
}

impl Store {
    /// The machines that are known here, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_peers(&self) -> Result<Vec<Peer>, StoreError> {
        self.read(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT hive_key.key, name, added_at, last_sync, syncs, sent_bytes, got_bytes
                 FROM hive_peer JOIN hive_key ON hive_key.id = hive_peer.key ORDER BY name",
            )?;
            let peers = rows.query_map([], |row| {
                let last: i64 = row.get(3)?;
                Ok(Peer {
                    key: PublicKey::from_bytes(bytes32(row, 0)?),
                    name: row.get(1)?,
                    added_at: time(row.get(2)?),
                    last_sync: (last > 0).then(|| time(last)),
                    syncs: counted(row, 4)?,
                    bytes: (counted(row, 5)?, counted(row, 6)?),
                })
            })?;
            peers.collect()
        })
    }

    /// Adds a machine, or gives it another name. False if another one has this name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_put_peer(&mut self, key: &PublicKey, name: &str, now: Millis) -> Result<bool, StoreError> {
        self.write_for_good(|tx| {
            let key = put_key(tx, key)?;
            let holder: Option<i64> = tx
                .prepare_cached("SELECT key FROM hive_peer WHERE name = ?1")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            if holder.is_some_and(|holder| holder != key) {
                return Ok(false);
            }
            tx.prepare_cached(
                "INSERT INTO hive_peer (key, name, added_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET name = excluded.name",
            )?
            .execute(params![key, name, millis(now)])?;
            Ok(true)
        })
    }

    /// Forgets a machine, and how far it had come. What it wrote stays. False if it is not known.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_drop_peer(&mut self, key: &PublicKey) -> Result<bool, StoreError> {
        self.write_for_good(|tx| {
            let Some(key) = key_of(tx, key)? else { return Ok(false) };
            // Its marks go with it.
            Ok(tx.execute("DELETE FROM hive_peer WHERE key = ?1", [key])? > 0)
        })
    }

    /// An exchange with a peer ended well: when, and the bytes it was sent and sent.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_synced(&mut self, peer: &PublicKey, at: Millis, bytes: (u64, u64)) -> Result<(), StoreError> {
        self.write(|tx| {
            let Some(key) = key_of(tx, peer)? else { return Ok(()) };
            tx.prepare_cached(
                "UPDATE hive_peer SET last_sync = max(last_sync, ?2), syncs = syncs + 1,
                 sent_bytes = sent_bytes + ?3, got_bytes = got_bytes + ?4 WHERE key = ?1",
            )?
            .execute(params![key, millis(at), whole(bytes.0), whole(bytes.1)])
            .map(drop)
        })
    }
}
