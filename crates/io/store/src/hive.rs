//! What machines that trust each other know together ([`claudectl_hive`]), kept.
//!
//! Versions are appended and merged in one transaction, by the same rules as [`claudectl_hive::register::Registers`], which
//! holds them in memory: the tests hold the two against each other. What is taken outlives a power cut once the call
//! returns, for then its sender is told so. What is decided here of a claim (mute, consent, rollout, trust) has tables of its
//! own, and nothing reads both to send them.

mod acks;
pub mod identity;
mod members;
mod peers;
#[cfg(test)]
mod tests;
mod versions;

use std::collections::HashMap;

use claudectl_hive::claim::{Class, ClassId};
use claudectl_hive::clock::{Clock, Hlc, Millis};
use claudectl_hive::key::PublicKey;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::connection::Store;
use crate::error::StoreError;

pub use acks::{Progress, Spread, Told};
pub use peers::Peer;
pub use versions::{Head, Waiting};

/// The last stamp of this machine's clock.
const CLOCK: &str = "clock";
/// The number that the last change of a register got.
const ARRIVAL: &str = "arrival";

/// A stamp, or any number of 64 bits, as SQLite compares it.
fn ordered(number: u64) -> i64 {
    (number ^ (1 << 63)).cast_signed()
}

/// The number that was kept by [`ordered`].
fn unordered(kept: i64) -> u64 {
    kept.cast_unsigned() ^ (1 << 63)
}

/// A time, as it is kept: one that SQLite has no number for is the last it has.
fn millis(time: Millis) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

/// The time that was kept so.
fn time(kept: i64) -> Millis {
    Millis(u64::try_from(kept).unwrap_or(0))
}

/// A count, as it is kept and as it is.
fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0))
}

/// 32 bytes of a column.
fn bytes32(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    row.get(column)
}

/// The number of a key, if it has one.
fn key_of(tx: &Connection, key: &PublicKey) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("SELECT id FROM hive_key WHERE key = ?1")?
        .query_row([key.as_bytes().as_slice()], |row| row.get(0))
        .optional()
}

/// The number of a key, which it gets if it has none.
fn put_key(tx: &Transaction<'_>, key: &PublicKey) -> rusqlite::Result<i64> {
    if let Some(id) = key_of(tx, key)? {
        return Ok(id);
    }
    tx.prepare_cached("INSERT INTO hive_key (key) VALUES (?1)")?.insert([key.as_bytes().as_slice()])
}

/// The number of a class, if it has one.
fn class_of(tx: &Connection, class: &ClassId) -> rusqlite::Result<Option<i64>> {
    tx.prepare_cached("SELECT id FROM hive_class WHERE class = ?1")?
        .query_row([class.as_bytes().as_slice()], |row| row.get(0))
        .optional()
}

fn own<T: rusqlite::types::FromSql>(tx: &Connection, name: &str) -> rusqlite::Result<Option<T>> {
    tx.prepare_cached("SELECT value FROM hive_own WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn put_own(tx: &Transaction<'_>, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO hive_own (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])
    .map(drop)
}

fn own_number(tx: &Connection, name: &str) -> rusqlite::Result<u64> {
    Ok(own::<[u8; 8]>(tx, name)?.map_or(0, u64::from_le_bytes))
}

impl Store {
    /// A new stamp of this machine's clock, and no other call ever gets it or an earlier one, in any process.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_stamp(&mut self, wall: Millis) -> Result<Hlc, StoreError> {
        self.write_for_good(|tx| {
            let mut clock = Clock::new(Hlc::from_raw(own_number(tx, CLOCK)?));
            let stamp = clock.now(wall);
            put_own(tx, CLOCK, &clock.last().raw().to_le_bytes())?;
            Ok(stamp)
        })
    }

    /// The classes of which something is known, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_classes(&self) -> Result<HashMap<ClassId, Class>, StoreError> {
        self.read(|connection| {
            let mut rows = connection.prepare_cached("SELECT bytes FROM hive_class")?;
            let classes = rows.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            let mut found = HashMap::new();
            for bytes in classes {
                // What was written here can be read, unless the file is damaged: then what can be read is.
                if let Ok(class) = Class::from_bytes(&bytes?) {
                    found.insert(class.id(), class);
                }
            }
            Ok(found)
        })
    }
}
