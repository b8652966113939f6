//! Hives, and the operations that say who is a member of each.

use claudectl_hive::claim::{HiveId, Signed};
use claudectl_hive::clock::Millis;
use rusqlite::{OptionalExtension, params};

use super::{bytes32, millis};
use crate::connection::Store;
use crate::error::StoreError;

impl Store {
    /// Hives this machine belongs to, by what they are called here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hives(&self) -> Result<Vec<(String, HiveId)>, StoreError> {
        self.read(|connection| {
            let mut rows = connection
                .prepare_cached("SELECT name, hive FROM hive_hive WHERE left_at IS NULL ORDER BY name")?;
            rows.query_map([], |row| Ok((row.get(0)?, HiveId::from_bytes(bytes32(row, 1)?))))?.collect()
        })
    }

    /// Adds a hive, or calls it otherwise, or belongs to it again. False if another one is called so.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_join(&mut self, hive: &HiveId, name: &str, now: Millis) -> Result<bool, StoreError> {
        self.write_for_good(|tx| {
            let holder: Option<[u8; 32]> = tx
                .prepare_cached("SELECT hive FROM hive_hive WHERE name = ?1")?
                .query_row([name], |row| bytes32(row, 0))
                .optional()?;
            if holder.is_some_and(|holder| holder != *hive.as_bytes()) {
                return Ok(false);
            }
            tx.prepare_cached(
                "INSERT INTO hive_hive (hive, name, joined_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (hive) DO UPDATE SET name = excluded.name, left_at = NULL",
            )?
            .execute(params![hive.as_bytes().as_slice(), name, millis(now)])?;
            Ok(true)
        })
    }

    /// Leaves a hive: what was learned of it stays, and is exchanged no more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_leave(&mut self, hive: &HiveId, now: Millis) -> Result<bool, StoreError> {
        self.write_for_good(|tx| {
            tx.prepare_cached("UPDATE hive_hive SET left_at = ?2 WHERE hive = ?1 AND left_at IS NULL")?
                .execute(params![hive.as_bytes().as_slice(), millis(now)])
                .map(|left| left > 0)
        })
    }

    /// The operations that are known of a hive, as they were sent, the earliest taken first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_ops(&self, hive: &HiveId) -> Result<Vec<Signed>, StoreError> {
        self.read(|connection| {
            let mut rows = connection
                .prepare_cached("SELECT wire FROM hive_op WHERE hive = ?1 ORDER BY taken_at, hash")?;
            let wires = rows.query_map([hive.as_bytes().as_slice()], |row| row.get::<_, Vec<u8>>(0))?;
            let mut ops = Vec::new();
            for wire in wires {
                if let Ok(op) = Signed::from_wire(&wire?) {
                    ops.push(op);
                }
            }
            Ok(ops)
        })
    }

    /// Keeps operations that were verified; those that are kept already stay as they are.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_put_ops(&mut self, hive: &HiveId, ops: &[Signed], now: Millis) -> Result<(), StoreError> {
        self.write_for_good(|tx| {
            let mut row = tx.prepare_cached(
                "INSERT OR IGNORE INTO hive_op (hash, hive, taken_at, wire) VALUES (?1, ?2, ?3, ?4)",
            )?;
            ops.iter().try_for_each(|op| {
                row.execute(params![
                    op.id().as_bytes().as_slice(),
                    hive.as_bytes().as_slice(),
                    millis(now),
                    op.to_wire()
                ])
                .map(drop)
            })
        })
    }
}
