//! How far each peer has come: what it acknowledged of what stands here.
//!
//! Each change of a register gets the next arrival number. Of a peer and a class one number is kept, up to which everything
//! was acknowledged, and rows for what differs: beyond it what was acknowledged all the same, before it what was not. So a
//! new version needs no word about any peer, and one look over the arrivals answers for all peers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use claudectl_hive::claim::{ClaimId, ClassId, VersionId};
use claudectl_hive::clock::Millis;
use claudectl_hive::key::PublicKey;
use claudectl_hive::register::Digest;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{bytes32, class_of, counted, key_of, millis, ordered, time, unordered, whole};
use crate::connection::Store;
use crate::error::StoreError;

/// So many rows of a peer and a class before they are taken together.
const MANY_ROWS: usize = 512;

/// How far a peer has come in a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Who.
    pub peer: PublicKey,
    /// In which class.
    pub class: ClassId,
    /// How many versions stand here that it may have, those that take away included.
    pub heads: u64,
    /// How many of these it acknowledged.
    pub acknowledged: u64,
    /// How many of those that stand say something.
    pub units: u64,
    /// How many of these it acknowledged.
    pub units_acknowledged: u64,
    /// When the earliest of those was taken that it has not acknowledged.
    pub waiting_since: Option<Millis>,
    /// What it said last that it holds itself.
    pub theirs: Option<Told>,
}

/// What a peer said that it holds of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What it comes to.
    pub digest: Digest,
    /// How many of it were held here when it was heard.
    pub common: u64,
    /// When it was said.
    pub at: Millis,
}

/// How many peers have acknowledged a version that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Which.
    pub id: VersionId,
    /// How many.
    pub peers: u64,
}

/// A peer's mark in a class, with its rows on both sides.
struct Mark {
    upto: u64,
    missing: Vec<u64>,
    ahead: Vec<u64>,
}

impl Mark {
    fn read(connection: &Connection, peer: i64, class: i64) -> rusqlite::Result<Self> {
        let upto = connection
            .prepare_cached("SELECT upto FROM hive_mark WHERE peer = ?1 AND class = ?2")?
            .query_row([peer, class], |row| row.get(0))
            .optional()?
            .map_or(0, unordered);
        let mut rows = connection
            .prepare_cached("SELECT arrival FROM hive_ack WHERE peer = ?1 AND class = ?2 ORDER BY arrival")?;
        let rows = rows.query_map([peer, class], |row| row.get::<_, i64>(0).map(unordered))?;
        let all: Vec<u64> = rows.collect::<rusqlite::Result<_>>()?;
        let (missing, ahead) = all.into_iter().partition(|arrival| *arrival <= upto);
        Ok(Self { upto, missing, ahead })
    }

    fn has(&self, arrival: u64) -> bool {
        if arrival <= self.upto {
            self.missing.binary_search(&arrival).is_err()
        } else {
            self.ahead.binary_search(&arrival).is_ok()
        }
    }
}

/// What stands in a class.
struct Arrival {
    id: VersionId,
    number: u64,
    taken_at: i64,
    /// It says something.
    is_unit: bool,
}

/// What stands in a class, by arrival.
fn arrivals(connection: &Connection, class: i64) -> rusqlite::Result<Vec<Arrival>> {
    let mut rows = connection.prepare_cached(
        "SELECT arrival, taken_at, flags, hash FROM hive_version
         WHERE class = ?1 AND arrival IS NOT NULL ORDER BY arrival",
    )?;
    let found = rows.query_map([class], |row| {
        let flags: i64 = row.get(2)?;
        Ok(Arrival {
            id: VersionId::from_bytes(bytes32(row, 3)?),
            number: unordered(row.get(0)?),
            taken_at: row.get(1)?,
            is_unit: flags == 0,
        })
    })?;
    found.collect()
}

/// What a peer may have of a class, by arrival.
struct Shelf<'a> {
    all: Vec<&'a Arrival>,
    /// How many of those before each place say something.
    units: Vec<u64>,
}

impl<'a> Shelf<'a> {
    fn new(all: impl Iterator<Item = &'a Arrival>) -> Self {
        let (mut shelf, mut units) = (Self { all: all.collect(), units: vec![0] }, 0);
        for arrival in &shelf.all {
            units += u64::from(arrival.is_unit);
            shelf.units.push(units);
        }
        shelf
    }

    /// How far a mark reaches: how many it covers, how many of those that say something, and when the earliest was taken that
    /// it does not cover.
    fn reach(&self, mark: &Mark) -> (u64, u64, Option<Millis>) {
        let before = self.all.partition_point(|arrival| arrival.number <= mark.upto);
        let standing = |number: &u64| {
            let at = self.all.binary_search_by_key(number, |arrival| arrival.number).ok()?;
            self.all.get(at).copied()
        };
        let count = |numbers: &[u64]| {
            let standing = numbers.iter().filter_map(standing);
            standing.fold((0, 0), |(heads, units), arrival| (heads + 1, units + u64::from(arrival.is_unit)))
        };
        let (missing, ahead) = (count(&mark.missing), count(&mark.ahead));
        let behind = mark.missing.iter().find_map(standing);
        let beyond = || self.all.iter().skip(before).copied().find(|arrival| !mark.has(arrival.number));
        let waiting = behind.or_else(beyond).map(|arrival| time(arrival.taken_at));
        let marked = self.units.get(before).copied().unwrap_or(0);
        (before as u64 - missing.0 + ahead.0, marked - missing.1 + ahead.1, waiting)
    }
}

/// Takes a peer's many rows in a class together: the mark moves as far as they reach.
fn tidy(tx: &Transaction<'_>, peer: i64, class: i64) -> rusqlite::Result<()> {
    let mark = Mark::read(tx, peer, class)?;
    if mark.missing.len() + mark.ahead.len() < MANY_ROWS {
        return Ok(());
    }
    let all = arrivals(tx, class)?;
    let upto = mark.ahead.last().copied().unwrap_or(mark.upto);
    let known = all.iter().map(|arrival| arrival.number).take_while(|number| *number <= upto);
    let missing: Vec<u64> = known.filter(|number| !mark.has(*number)).collect();
    if missing.len() >= mark.missing.len() + mark.ahead.len() {
        return Ok(());
    }
    set(tx, peer, class, upto)?;
    tx.prepare_cached("DELETE FROM hive_ack WHERE peer = ?1 AND class = ?2")?.execute([peer, class])?;
    let mut row = tx.prepare_cached("INSERT INTO hive_ack (peer, class, arrival) VALUES (?1, ?2, ?3)")?;
    missing.iter().try_for_each(|arrival| row.execute(params![peer, class, ordered(*arrival)]).map(drop))
}

fn set(tx: &Transaction<'_>, peer: i64, class: i64, upto: u64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO hive_mark (peer, class, upto) VALUES (?1, ?2, ?3)
         ON CONFLICT (peer, class) DO UPDATE SET upto = excluded.upto",
    )?
    .execute(params![peer, class, ordered(upto)])
    .map(drop)
}

/// A peer and a class by their numbers; none where either is not known here.
fn both(connection: &Connection, peer: &PublicKey, class: &ClassId) -> rusqlite::Result<Option<(i64, i64)>> {
    let Some(key) = key_of(connection, peer)? else { return Ok(None) };
    let is_peer = connection
        .prepare_cached("SELECT 1 FROM hive_peer WHERE key = ?1")?
        .query_row([key], |_| Ok(()))
        .optional()?;
    Ok(is_peer.and(class_of(connection, class)?).map(|class| (key, class)))
}

impl Store {
    /// A peer acknowledged these versions. What stands no more is left out: what replaced it is another version.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_acknowledged(
        &mut self,
        peer: &PublicKey,
        class: &ClassId,
        ids: &[VersionId],
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let Some((peer, class)) = both(tx, peer, class)? else { return Ok(()) };
            let upto = Mark::read(tx, peer, class)?.upto;
            for id in ids {
                let arrival: Option<i64> = tx
                    .prepare_cached(
                        "SELECT arrival FROM hive_version
                         WHERE substr(hash, 1, 8) = substr(?1, 1, 8) AND hash = ?1 AND class = ?2 AND arrival IS NOT NULL",
                    )?
                    .query_row(params![id.as_bytes().as_slice(), class], |row| row.get(0))
                    .optional()?;
                let Some(arrival) = arrival else { continue };
                let sql = if unordered(arrival) <= upto {
                    "DELETE FROM hive_ack WHERE peer = ?1 AND class = ?2 AND arrival = ?3"
                } else {
                    "INSERT OR IGNORE INTO hive_ack (peer, class, arrival) VALUES (?1, ?2, ?3)"
                };
                tx.prepare_cached(sql)?.execute([peer, class, arrival])?;
            }
            tidy(tx, peer, class)
        })
    }

    /// A peer said what it holds of a class. If that is what stands here, but for what is kept back from it, everything
    /// that stands here is acknowledged, `withheld` left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_told(
        &mut self,
        peer: &PublicKey,
        class: &ClassId,
        theirs: &Told,
        equal: Option<&[VersionId]>,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            let Some((peer, row)) = both(tx, peer, class)? else { return Ok(()) };
            if let Some(withheld) = equal {
                let last: Option<i64> = tx
                    .prepare_cached("SELECT max(arrival) FROM hive_version WHERE class = ?1 AND arrival IS NOT NULL")?
                    .query_row([row], |row| row.get(0))?;
                set(tx, peer, row, last.map_or(0, unordered))?;
                tx.prepare_cached("DELETE FROM hive_ack WHERE peer = ?1 AND class = ?2")?.execute([peer, row])?;
                for id in withheld {
                    tx.prepare_cached(
                        "INSERT OR IGNORE INTO hive_ack (peer, class, arrival)
                         SELECT ?1, ?2, arrival FROM hive_version
                         WHERE substr(hash, 1, 8) = substr(?3, 1, 8) AND hash = ?3 AND class = ?2 AND arrival IS NOT NULL",
                    )?
                    .execute(params![peer, row, id.as_bytes().as_slice()])?;
                }
            }
            tx.prepare_cached(
                "INSERT INTO hive_mark (peer, class, upto, theirs, digest, common, told_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (peer, class) DO UPDATE SET theirs = excluded.theirs, digest = excluded.digest,
                 common = excluded.common, told_at = excluded.told_at WHERE coalesce(told_at, 0) <= excluded.told_at",
            )?
            .execute(params![
                peer,
                row,
                ordered(0),
                whole(theirs.digest.count),
                theirs.digest.hash.as_slice(),
                whole(theirs.common),
                millis(theirs.at)
            ])
            .map(drop)
        })
    }

    /// How far each peer has come in each class that it may know; in the order of peers, then classes. `kept` says what of a class
    /// is kept back from a peer, and nothing for a class that it may not know.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_progress(
        &self,
        kept: impl Fn(&PublicKey, &ClassId) -> Option<BTreeSet<VersionId>>,
    ) -> Result<Vec<Progress>, StoreError> {
        self.read(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT hive_peer.key, hive_key.key FROM hive_peer JOIN hive_key ON hive_key.id = hive_peer.key",
            )?;
            let found = rows.query_map([], |row| Ok((PublicKey::from_bytes(bytes32(row, 1)?), row.get(0)?)))?;
            let peers: BTreeMap<PublicKey, i64> = found.collect::<rusqlite::Result<_>>()?;
            let mut rows = connection.prepare_cached("SELECT class, id FROM hive_class")?;
            let found = rows.query_map([], |row| Ok((ClassId::from_bytes(bytes32(row, 0)?), row.get(1)?)))?;
            let classes: BTreeMap<ClassId, i64> = found.collect::<rusqlite::Result<_>>()?;
            let mut progress = Vec::new();
            for (class, row) in &classes {
                let arrivals = arrivals(connection, *row)?;
                let everything = Shelf::new(arrivals.iter());
                for (peer, key) in &peers {
                    let Some(kept) = kept(peer, class) else { continue };
                    let mark = Mark::read(connection, *key, *row)?;
                    let less = (!kept.is_empty())
                        .then(|| Shelf::new(arrivals.iter().filter(|arrival| !kept.contains(&arrival.id))));
                    let shelf = less.as_ref().unwrap_or(&everything);
                    let (acknowledged, units_acknowledged, waiting_since) = shelf.reach(&mark);
                    progress.push(Progress {
                        peer: *peer,
                        class: *class,
                        heads: shelf.all.len() as u64,
                        acknowledged,
                        units: shelf.units.last().copied().unwrap_or(0),
                        units_acknowledged,
                        waiting_since,
                        theirs: told(connection, *key, *row)?,
                    });
                }
            }
            progress.sort_by_key(|progress| (progress.peer, progress.class));
            Ok(progress)
        })
    }

    /// How many peers have acknowledged each version that stands in a class, those first that the fewest have; no more than
    /// `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_spread(&self, class: &ClassId, limit: usize) -> Result<Vec<Spread>, StoreError> {
        self.read(|connection| {
            let Some(row) = class_of(connection, class)? else { return Ok(Vec::new()) };
            let mut rows = connection.prepare_cached("SELECT key FROM hive_peer")?;
            let peers: Vec<i64> = rows.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let marks: Vec<Mark> = peers
                .iter()
                .map(|peer| Mark::read(connection, *peer, row))
                .collect::<rusqlite::Result<_>>()?;
            let mut uptos: Vec<u64> = marks.iter().map(|mark| mark.upto).collect();
            uptos.sort_unstable();
            let mut more: HashMap<u64, u64> = HashMap::new();
            let mut fewer: HashMap<u64, u64> = HashMap::new();
            for mark in &marks {
                mark.ahead.iter().for_each(|arrival| *more.entry(*arrival).or_default() += 1);
                mark.missing.iter().for_each(|arrival| *fewer.entry(*arrival).or_default() += 1);
            }
            let mut heads = connection.prepare_cached(
                "SELECT arrival, hash FROM hive_version WHERE class = ?1 AND arrival IS NOT NULL",
            )?;
            let heads = heads.query_map([row], |row| Ok((unordered(row.get(0)?), bytes32(row, 1)?)))?;
            let mut all = Vec::new();
            for head in heads {
                let (arrival, id) = head?;
                let marked = uptos.len() - uptos.partition_point(|upto| *upto < arrival);
                let ahead = more.get(&arrival).copied().unwrap_or(0);
                let missing = fewer.get(&arrival).copied().unwrap_or(0);
                let peers = (marked as u64 + ahead).saturating_sub(missing);
                all.push(Spread { id: VersionId::from_bytes(id), peers });
            }
            all.sort_by_key(|spread| (spread.peers, spread.id));
            all.truncate(limit);
            Ok(all)
        })
    }

    /// How many of the versions that stand in a class say something.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_units(&self, class: &ClassId) -> Result<u64, StoreError> {
        self.read(|connection| {
            let Some(class) = class_of(connection, class)? else { return Ok(0) };
            connection
                .prepare_cached(
                    "SELECT count(*) FROM hive_version WHERE class = ?1 AND arrival IS NOT NULL AND flags = 0",
                )?
                .query_row([class], |row| counted(row, 0))
        })
    }

    /// The claims of the units in a class that a peer has acknowledged as they stand.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_claims_of(&self, peer: &PublicKey, class: &ClassId) -> Result<Vec<ClaimId>, StoreError> {
        self.read(|connection| {
            let Some((key, class)) = both(connection, peer, class)? else { return Ok(Vec::new()) };
            let mark = Mark::read(connection, key, class)?;
            let mut rows = connection.prepare_cached(
                "SELECT arrival, claim FROM hive_version WHERE class = ?1 AND arrival IS NOT NULL AND flags = 0",
            )?;
            let rows = rows.query_map([class], |row| {
                Ok((unordered(row.get(0)?), ClaimId::from_bytes(bytes32(row, 1)?)))
            })?;
            let mut claims = Vec::new();
            for row in rows {
                let (arrival, claim) = row?;
                if mark.has(arrival) {
                    claims.push(claim);
                }
            }
            Ok(claims)
        })
    }

    /// Of what stands in a class, what one of these machines at least has not acknowledged; of one that is no peer, that is
    /// everything.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_lacking(&self, class: &ClassId, peers: &[PublicKey]) -> Result<Vec<VersionId>, StoreError> {
        self.read(|connection| {
            let Some(row) = class_of(connection, class)? else { return Ok(Vec::new()) };
            let mut marks = Vec::new();
            for peer in peers {
                marks.push(match both(connection, peer, class)? {
                    Some((key, class)) => Mark::read(connection, key, class)?,
                    None => Mark { upto: 0, missing: Vec::new(), ahead: Vec::new() },
                });
            }
            let mut heads = connection.prepare_cached(
                "SELECT arrival, hash FROM hive_version WHERE class = ?1 AND arrival IS NOT NULL ORDER BY arrival",
            )?;
            let heads = heads.query_map([row], |row| Ok((unordered(row.get(0)?), bytes32(row, 1)?)))?;
            let mut lacking = Vec::new();
            for head in heads {
                let (arrival, id) = head?;
                if marks.iter().any(|mark| !mark.has(arrival)) {
                    lacking.push(VersionId::from_bytes(id));
                }
            }
            Ok(lacking)
        })
    }
}

fn told(connection: &Connection, peer: i64, class: i64) -> rusqlite::Result<Option<Told>> {
    connection
        .prepare_cached(
            "SELECT theirs, digest, common, told_at FROM hive_mark
             WHERE peer = ?1 AND class = ?2 AND told_at IS NOT NULL",
        )?
        .query_row([peer, class], |row| {
            let digest = Digest { count: counted(row, 0)?, hash: bytes32(row, 1)? };
            Ok(Told { digest, common: counted(row, 2)?, at: time(row.get(3)?) })
        })
        .optional()
}
