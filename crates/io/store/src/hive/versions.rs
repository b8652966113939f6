//! Versions of claims: taken, merged, held, found again.

use std::collections::{BTreeSet, HashMap};

use claudectl_hive::claim::{Brief, ClaimId, ClassId, Signed, Verified, VersionId};
use claudectl_hive::clock::{Clock, Held, Hlc, Millis};
use claudectl_hive::key::PublicKey;
use claudectl_hive::register::{Digest, Merged, Outcome, Proof, Sum};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{
    ARRIVAL, CLOCK, bytes32, class_of, counted, key_of, millis, ordered, own_number, put_key, put_own, time,
    unordered,
};
use crate::connection::Store;
use crate::error::StoreError;

/// It takes away.
const TOMBSTONE: i64 = 1;
/// It is a floor.
const FLOOR: i64 = 2;

/// A version that stands, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// As it was sent.
    pub signed: Signed,
    /// When it was taken.
    pub taken_at: Millis,
}

/// A version that is stamped too far ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// As it was sent. It was verified before it was put aside.
    pub signed: Signed,
    /// When the wall must have come to.
    pub until: Millis,
}

/// A class, as one transaction knows it.
struct Shelf {
    id: i64,
    heads: i64,
    sum: Sum,
}

/// What an author has in a class.
struct Own {
    floor: Hlc,
    last: u64,
    equivocated: bool,
}

/// One transaction that takes versions.
struct Taking<'t> {
    tx: &'t Transaction<'t>,
    wall: Millis,
    arrival: u64,
    clock: Clock,
    keys: HashMap<PublicKey, i64>,
    shelves: HashMap<ClassId, Shelf>,
    owns: HashMap<(i64, i64), Own>,
}

impl<'t> Taking<'t> {
    fn begin(tx: &'t Transaction<'t>, wall: Millis) -> rusqlite::Result<Self> {
        Ok(Self {
            tx,
            wall,
            arrival: own_number(tx, ARRIVAL)?,
            clock: Clock::new(Hlc::from_raw(own_number(tx, CLOCK)?)),
            keys: HashMap::new(),
            shelves: HashMap::new(),
            owns: HashMap::new(),
        })
    }

    fn take(&mut self, version: &Verified) -> rusqlite::Result<Merged> {
        let brief = version.brief();
        // One that is held moves nothing.
        if let Err(held) = self.clock.observe(brief.hlc, self.wall) {
            self.hold(version, held)?;
            return Ok(Merged { outcome: Outcome::Held(held), twin: None });
        }
        let author = self.key(&brief.author)?;
        let class = self.shelf(version)?;
        self.open_own(class, author)?;
        let Some(floor) = self.owns.get(&(class, author)).map(|own| own.floor) else {
            return Err(rusqlite::Error::QueryReturnedNoRows);
        };
        let known = self.known(&brief.id)?;
        let twin = self.first_of(class, author, brief)?;
        if let Some(own) = self.owns.get_mut(&(class, author)) {
            own.last = own.last.max(brief.seq);
            own.equivocated |= twin.is_some();
        }
        let outcome = self.merge(version, class, author, floor, known)?;
        if let Some(twin) = twin {
            self.prove(version, class, author, &twin)?;
        }
        Ok(Merged { outcome, twin })
    }

    fn merge(
        &mut self,
        version: &Verified,
        class: i64,
        author: i64,
        floor: Hlc,
        known: Option<i64>,
    ) -> rusqlite::Result<Outcome> {
        let brief = version.brief();
        if brief.hlc < floor {
            // Its number stays known; what it says is of no use to anybody.
            if known.is_none() {
                self.insert(version, class, author, None, false)?;
            }
            return Ok(Outcome::Void);
        }
        let Some(standing) = self.standing(class, &brief.claim)? else {
            self.stand(version, class, author, known)?;
            return Ok(Outcome::New);
        };
        if standing.id == brief.id {
            return Ok(Outcome::Same);
        }
        if (standing.hlc, standing.id) > brief.stamp() {
            if known.is_none() {
                self.insert(version, class, author, None, true)?;
            }
            return Ok(Outcome::Older(standing.id));
        }
        self.fall(standing.row, &standing.id, &brief.class, false)?;
        self.stand(version, class, author, known)?;
        Ok(Outcome::Replaced(standing.id))
    }

    /// Lets it stand, and what it says come true: a floor makes void what is below.
    fn stand(
        &mut self,
        version: &Verified,
        class: i64,
        author: i64,
        known: Option<i64>,
    ) -> rusqlite::Result<()> {
        let brief = version.brief();
        self.arrival += 1;
        match known {
            Some(row) => {
                self.tx
                    .prepare_cached(
                        "UPDATE hive_version SET arrival = ?2, wire = ?3, taken_at = ?4 WHERE id = ?1",
                    )?
                    .execute(params![
                        row,
                        ordered(self.arrival),
                        version.signed().to_wire(),
                        millis(self.wall)
                    ])?;
            }
            None => self.insert(version, class, author, Some(self.arrival), true)?,
        }
        if let Some(shelf) = self.shelves.get_mut(&brief.class) {
            shelf.heads += 1;
            shelf.sum.add(&brief.id);
        }
        if brief.floor {
            self.raise(brief, class, author)?;
        }
        Ok(())
    }

    fn raise(&mut self, floor: &Brief, class: i64, author: i64) -> rusqlite::Result<()> {
        let Some(own) = self.owns.get_mut(&(class, author)) else { return Ok(()) };
        if floor.hlc <= own.floor {
            return Ok(());
        }
        own.floor = floor.hlc;
        let below: Vec<(i64, VersionId)> = {
            let mut rows = self.tx.prepare_cached(
                "SELECT id, hash FROM hive_version
                 WHERE class = ?1 AND author = ?2 AND hlc < ?3 AND arrival IS NOT NULL",
            )?;
            let found = rows.query_map(params![class, author, ordered(floor.hlc.raw())], |row| {
                Ok((row.get(0)?, VersionId::from_bytes(bytes32(row, 1)?)))
            })?;
            found.collect::<rusqlite::Result<_>>()?
        };
        for (row, id) in below {
            self.fall(row, &id, &floor.class, true)?;
        }
        Ok(())
    }

    /// Takes what stood out of its register.
    fn fall(&mut self, row: i64, id: &VersionId, class: &ClassId, void: bool) -> rusqlite::Result<()> {
        let sql = if void {
            "UPDATE hive_version SET arrival = NULL, wire = NULL WHERE id = ?1"
        } else {
            "UPDATE hive_version SET arrival = NULL WHERE id = ?1"
        };
        self.tx.prepare_cached(sql)?.execute([row])?;
        if let Some(shelf) = self.shelves.get_mut(class) {
            shelf.heads -= 1;
            shelf.sum.take(id);
        }
        Ok(())
    }

    fn insert(
        &self,
        version: &Verified,
        class: i64,
        author: i64,
        arrival: Option<u64>,
        kept: bool,
    ) -> rusqlite::Result<()> {
        let brief = version.brief();
        let flags = i64::from(brief.tombstone) * TOMBSTONE + i64::from(brief.floor) * FLOOR;
        self.tx
            .prepare_cached(
                "INSERT INTO hive_version
                 (hash, class, author, claim, hlc, seq, expires, flags, kind, taken_at, arrival, wire)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                brief.id.as_bytes().as_slice(),
                class,
                author,
                brief.claim.as_bytes().as_slice(),
                ordered(brief.hlc.raw()),
                ordered(brief.seq),
                brief.expires.map(millis),
                flags,
                version.version().claim.kind.as_str(),
                millis(self.wall),
                arrival.map(ordered),
                kept.then(|| version.signed().to_wire()),
            ])
            .map(drop)
    }

    fn hold(&self, version: &Verified, held: Held) -> rusqlite::Result<()> {
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO hive_held (hash, until, taken_at, wire) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                version.brief().id.as_bytes().as_slice(),
                millis(held.until),
                millis(self.wall),
                version.signed().to_wire()
            ])
            .map(drop)
    }

    /// The row of a version that was seen before.
    fn known(&self, id: &VersionId) -> rusqlite::Result<Option<i64>> {
        row_of(self.tx, id)
    }

    /// The first other version that came under this number.
    fn first_of(&self, class: i64, author: i64, brief: &Brief) -> rusqlite::Result<Option<VersionId>> {
        self.tx
            .prepare_cached(
                "SELECT hash FROM hive_version WHERE class = ?1 AND author = ?2 AND seq = ?3 ORDER BY id LIMIT 1",
            )?
            .query_row(params![class, author, ordered(brief.seq)], |row| bytes32(row, 0))
            .optional()
            .map(|first| first.map(VersionId::from_bytes).filter(|first| *first != brief.id))
    }

    fn standing(&self, class: i64, claim: &ClaimId) -> rusqlite::Result<Option<Standing>> {
        standing(self.tx, class, claim)
    }

    fn prove(&self, version: &Verified, class: i64, author: i64, twin: &VersionId) -> rusqlite::Result<()> {
        let Some(other) = wire_of(self.tx, twin)? else { return Ok(()) };
        let Ok(proof) = Proof::new(version.signed().clone(), other) else { return Ok(()) };
        let bytes = proof.to_bytes();
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO hive_proof (hash, class, author, proof) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![blake3::hash(&bytes).as_bytes().as_slice(), class, author, bytes])
            .map(drop)
    }

    fn key(&mut self, key: &PublicKey) -> rusqlite::Result<i64> {
        if let Some(id) = self.keys.get(key) {
            return Ok(*id);
        }
        let id = put_key(self.tx, key)?;
        self.keys.insert(*key, id);
        Ok(id)
    }

    fn shelf(&mut self, version: &Verified) -> rusqlite::Result<i64> {
        let name = version.brief().class;
        if let Some(shelf) = self.shelves.get(&name) {
            return Ok(shelf.id);
        }
        let class = &version.version().claim.class;
        self.tx
            .prepare_cached("INSERT OR IGNORE INTO hive_class (class, hive, bytes) VALUES (?1, ?2, ?3)")?
            .execute(params![
                name.as_bytes().as_slice(),
                class.hive.as_bytes().as_slice(),
                class.to_bytes()
            ])?;
        let shelf = self
            .tx
            .prepare_cached("SELECT id, heads, sum FROM hive_class WHERE class = ?1")?
            .query_row([name.as_bytes().as_slice()], |row| {
                Ok(Shelf { id: row.get(0)?, heads: row.get(1)?, sum: Sum::from_bytes(&bytes32(row, 2)?) })
            })?;
        let id = shelf.id;
        self.shelves.insert(name, shelf);
        Ok(id)
    }

    fn open_own(&mut self, class: i64, author: i64) -> rusqlite::Result<()> {
        if self.owns.contains_key(&(class, author)) {
            return Ok(());
        }
        let own = self
            .tx
            .prepare_cached(
                "SELECT floor, last_seq, equivocated FROM hive_author WHERE class = ?1 AND author = ?2",
            )?
            .query_row([class, author], |row| {
                Ok(Own {
                    floor: Hlc::from_raw(unordered(row.get(0)?)),
                    last: unordered(row.get(1)?),
                    equivocated: row.get(2)?,
                })
            })
            .optional()?;
        let own = own.unwrap_or(Own { floor: Hlc::ZERO, last: 0, equivocated: false });
        self.owns.insert((class, author), own);
        Ok(())
    }

    fn end(self) -> rusqlite::Result<()> {
        put_own(self.tx, ARRIVAL, &self.arrival.to_le_bytes())?;
        put_own(self.tx, CLOCK, &self.clock.last().raw().to_le_bytes())?;
        for shelf in self.shelves.values() {
            self.tx
                .prepare_cached("UPDATE hive_class SET heads = ?2, sum = ?3 WHERE id = ?1")?
                .execute(params![shelf.id, shelf.heads, shelf.sum.to_bytes().as_slice()])?;
        }
        for ((class, author), own) in &self.owns {
            self.tx
                .prepare_cached(
                    "INSERT INTO hive_author (class, author, floor, last_seq, equivocated) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (class, author) DO UPDATE SET floor = excluded.floor, last_seq = excluded.last_seq,
                     equivocated = excluded.equivocated",
                )?
                .execute(params![
                    class,
                    author,
                    ordered(own.floor.raw()),
                    ordered(own.last),
                    own.equivocated
                ])?;
        }
        Ok(())
    }
}

fn keep_proof(tx: &Transaction<'_>, proof: &Proof, class: i64, author: i64) -> rusqlite::Result<()> {
    let bytes = proof.to_bytes();
    tx.prepare_cached(
        "INSERT OR IGNORE INTO hive_proof (hash, class, author, proof) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![blake3::hash(&bytes).as_bytes().as_slice(), class, author, bytes])
    .map(drop)
}

/// What stands in a claim's place, as merging asks for it.
struct Standing {
    row: i64,
    id: VersionId,
    hlc: Hlc,
}

fn standing(connection: &Connection, class: i64, claim: &ClaimId) -> rusqlite::Result<Option<Standing>> {
    connection
        .prepare_cached(
            "SELECT id, hash, hlc FROM hive_version WHERE class = ?1 AND substr(claim, 1, 8) = substr(?2, 1, 8)
             AND arrival IS NOT NULL AND claim = ?2",
        )?
        .query_row(params![class, claim.as_bytes().as_slice()], |row| {
            Ok(Standing {
                row: row.get(0)?,
                id: VersionId::from_bytes(bytes32(row, 1)?),
                hlc: Hlc::from_raw(unordered(row.get(2)?)),
            })
        })
        .optional()
}

fn row_of(connection: &Connection, id: &VersionId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT id FROM hive_version WHERE substr(hash, 1, 8) = substr(?1, 1, 8) AND hash = ?1",
        )?
        .query_row([id.as_bytes().as_slice()], |row| row.get(0))
        .optional()
}

fn wire_of(connection: &Connection, id: &VersionId) -> rusqlite::Result<Option<Signed>> {
    let wire: Option<Option<Vec<u8>>> = connection
        .prepare_cached(
            "SELECT wire FROM hive_version WHERE substr(hash, 1, 8) = substr(?1, 1, 8) AND hash = ?1",
        )?
        .query_row([id.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    Ok(wire.flatten().and_then(|wire| Signed::from_wire(&wire).ok()))
}

fn brief(row: &Row<'_>, class: ClassId, author: PublicKey) -> rusqlite::Result<Brief> {
    let flags: i64 = row.get(5)?;
    Ok(Brief {
        id: VersionId::from_bytes(bytes32(row, 0)?),
        claim: ClaimId::from_bytes(bytes32(row, 1)?),
        hlc: Hlc::from_raw(unordered(row.get(2)?)),
        seq: unordered(row.get(3)?),
        expires: row.get::<_, Option<i64>>(4)?.map(time),
        tombstone: flags & TOMBSTONE != 0,
        floor: flags & FLOOR != 0,
        class,
        author,
    })
}

impl Store {
    /// Takes versions that were verified and whose authors count, and merges them, all or nothing: when this returns they are
    /// kept for good. What became of each, in order.
    ///
    /// # Errors
    /// See [`StoreError`]; then nothing was taken.
    pub fn hive_take(&mut self, versions: &[Verified], wall: Millis) -> Result<Vec<Merged>, StoreError> {
        self.write_for_good(|tx| {
            let mut taking = Taking::begin(tx, wall)?;
            let merged =
                versions.iter().map(|version| taking.take(version)).collect::<rusqlite::Result<_>>()?;
            taking.end()?;
            Ok(merged)
        })
    }

    /// What a class comes to here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_digest(&self, class: &ClassId) -> Result<Digest, StoreError> {
        self.hive_digest_without(class, &BTreeSet::new())
    }

    /// What a class comes to here without these, which stand in it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_digest_without(
        &self,
        class: &ClassId,
        less: &BTreeSet<VersionId>,
    ) -> Result<Digest, StoreError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached("SELECT heads, sum FROM hive_class WHERE class = ?1")?
                .query_row([class.as_bytes().as_slice()], |row| {
                    Ok((counted(row, 0)?, Sum::from_bytes(&bytes32(row, 1)?)))
                })
                .optional()?;
            let (heads, mut sum) = found.unwrap_or_default();
            less.iter().for_each(|id| sum.take(id));
            Ok(sum.digest(heads.saturating_sub(less.len() as u64)))
        })
    }

    /// The stamps and names of what stands in a class, in no order: what two machines compare.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_stamps(&self, class: &ClassId) -> Result<Vec<(Hlc, VersionId)>, StoreError> {
        self.read(|connection| {
            let Some(class) = class_of(connection, class)? else { return Ok(Vec::new()) };
            let mut rows = connection.prepare_cached(
                "SELECT hlc, hash FROM hive_version WHERE class = ?1 AND arrival IS NOT NULL",
            )?;
            let found = rows.query_map([class], |row| {
                Ok((Hlc::from_raw(unordered(row.get(0)?)), VersionId::from_bytes(bytes32(row, 1)?)))
            })?;
            found.collect()
        })
    }

    /// What stands in a class of an author's, as merging sees it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_briefs(&self, class: &ClassId, author: &PublicKey) -> Result<Vec<Brief>, StoreError> {
        self.read(|connection| {
            let (Some(row), Some(key)) = (class_of(connection, class)?, key_of(connection, author)?) else {
                return Ok(Vec::new());
            };
            let mut rows = connection.prepare_cached(
                "SELECT hash, claim, hlc, seq, expires, flags FROM hive_version
                 WHERE class = ?1 AND author = ?2 AND arrival IS NOT NULL",
            )?;
            rows.query_map([row, key], |row| brief(row, *class, *author))?.collect()
        })
    }

    /// The floor of an author in a class, and the greatest number that was seen of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_author(&self, class: &ClassId, author: &PublicKey) -> Result<(Hlc, u64), StoreError> {
        self.read(|connection| {
            let (Some(class), Some(author)) = (class_of(connection, class)?, key_of(connection, author)?)
            else {
                return Ok((Hlc::ZERO, 0));
            };
            let found = connection
                .prepare_cached("SELECT floor, last_seq FROM hive_author WHERE class = ?1 AND author = ?2")?
                .query_row([class, author], |row| {
                    Ok((Hlc::from_raw(unordered(row.get(0)?)), unordered(row.get(1)?)))
                })
                .optional()?;
            Ok(found.unwrap_or((Hlc::ZERO, 0)))
        })
    }

    /// Versions by name, as they were sent; of one that is not kept (any more), none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_signed(&self, ids: &[VersionId]) -> Result<Vec<Option<Signed>>, StoreError> {
        self.read(|connection| ids.iter().map(|id| wire_of(connection, id)).collect())
    }

    /// Everything that stands, of each class, the earliest taken first: tombstones and floors, too.
    ///
    /// # Errors
    /// See [`StoreError`]; the first error of `each` ends it.
    pub fn hive_heads(&self, mut each: impl FnMut(Head)) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT wire, taken_at FROM hive_version WHERE arrival IS NOT NULL ORDER BY arrival",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let wire: Option<Vec<u8>> = row.get(0)?;
                if let Some(Ok(signed)) = wire.map(|wire| Signed::from_wire(&wire)) {
                    each(Head { signed, taken_at: time(row.get(1)?) });
                }
            }
            Ok(())
        })
    }

    /// Versions that were stamped too far ahead and no longer are: to be merged now, by [`Store::hive_take`].
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_due(&self, wall: Millis) -> Result<Vec<Waiting>, StoreError> {
        self.read(|connection| {
            let mut rows = connection
                .prepare_cached("SELECT wire, until FROM hive_held WHERE until <= ?1 ORDER BY until")?;
            let found =
                rows.query_map([millis(wall)], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)))?;
            let mut due = Vec::new();
            for row in found {
                let (wire, until) = row?;
                if let Ok(signed) = Signed::from_wire(&wire) {
                    due.push(Waiting { signed, until: time(until) });
                }
            }
            Ok(due)
        })
    }

    /// Forgets versions that were held: they have been merged, or their authors do not count.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_release(&mut self, ids: &[VersionId]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut gone = tx.prepare_cached("DELETE FROM hive_held WHERE hash = ?1")?;
            ids.iter().try_for_each(|id| gone.execute([id.as_bytes().as_slice()]).map(drop))
        })
    }

    /// The proofs that authors signed two versions under one number in a class.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_proofs(&self, class: &ClassId) -> Result<Vec<Proof>, StoreError> {
        self.read(|connection| {
            let Some(class) = class_of(connection, class)? else { return Ok(Vec::new()) };
            let mut rows =
                connection.prepare_cached("SELECT proof FROM hive_proof WHERE class = ?1 ORDER BY hash")?;
            let mut proofs = Vec::new();
            for bytes in rows.query_map([class], |row| row.get::<_, Vec<u8>>(0))? {
                // What is kept was checked.
                proofs.extend(Proof::from_bytes(&bytes?).ok());
            }
            Ok(proofs)
        })
    }

    /// Keeps a proof that somebody else has found: it was checked when it was read.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_put_proof(&mut self, proof: &Proof) -> Result<(), StoreError> {
        self.write_for_good(|tx| {
            let (Some(class), author) = (class_of(tx, &proof.class)?, put_key(tx, &proof.author)?) else {
                return Ok(());
            };
            keep_proof(tx, proof, class, author)
        })
    }

    /// Takes what no longer counts out of the registers and merges anew what is kept of the authors it touches: an older
    /// version may stand again. How many stand no more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_reconsider(
        &mut self,
        class: &ClassId,
        wall: Millis,
        counts: impl Fn(&PublicKey, Hlc) -> bool,
    ) -> Result<usize, StoreError> {
        self.write_for_good(|tx| {
            let Some(row) = class_of(tx, class)? else { return Ok(0) };
            let touched: Vec<(i64, PublicKey)> = {
                let mut rows = tx.prepare_cached(
                    "SELECT author, key, hlc FROM hive_version JOIN hive_key ON hive_key.id = author
                     WHERE class = ?1 AND arrival IS NOT NULL ORDER BY author",
                )?;
                let mut rows = rows.query([row])?;
                let mut touched: Vec<(i64, PublicKey)> = Vec::new();
                while let Some(head) = rows.next()? {
                    let key = PublicKey::from_bytes(bytes32(head, 1)?);
                    let hlc = Hlc::from_raw(unordered(head.get(2)?));
                    if !counts(&key, hlc) && touched.last().is_none_or(|(_, last)| *last != key) {
                        touched.push((head.get(0)?, key));
                    }
                }
                touched
            };
            let mut fell = 0;
            for (author, key) in touched {
                fell += anew(tx, (row, class), author, wall, |hlc| counts(&key, hlc))?;
            }
            Ok(fell)
        })
    }

    /// Drops what nobody asks for: the words of versions that were taken before `before` and stand no more. What stands, and
    /// each author's numbers, stay. How many versions lost their words.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_compact(&mut self, before: Millis) -> Result<usize, StoreError> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE hive_version SET wire = NULL WHERE arrival IS NULL AND wire IS NOT NULL AND taken_at < ?1",
            )?
            .execute([millis(before)])
        })
    }
}

/// A version of an author's, whether or not it stands.
struct Kept {
    row: i64,
    id: VersionId,
    stands: bool,
    hlc: Hlc,
    /// None where the words are gone.
    version: Option<Verified>,
}

fn kept(tx: &Transaction<'_>, class: i64, author: i64) -> rusqlite::Result<Vec<Kept>> {
    let mut rows = tx.prepare_cached(
        "SELECT id, hash, arrival IS NOT NULL, hlc, wire FROM hive_version WHERE class = ?1 AND author = ?2 ORDER BY id",
    )?;
    let found = rows.query_map([class, author], |row| {
        let wire: Option<Vec<u8>> = row.get(4)?;
        Ok(Kept {
            row: row.get(0)?,
            id: VersionId::from_bytes(bytes32(row, 1)?),
            stands: row.get(2)?,
            hlc: Hlc::from_raw(unordered(row.get(3)?)),
            version: wire.and_then(|wire| Signed::from_wire(&wire).ok()?.verify().ok()),
        })
    })?;
    found.collect()
}

/// Merges everything that is kept of an author in a class once more, and only what counts.
fn anew(
    tx: &Transaction<'_>,
    (row, class): (i64, &ClassId),
    author: i64,
    wall: Millis,
    counts: impl Fn(Hlc) -> bool,
) -> rusqlite::Result<usize> {
    let all = kept(tx, row, author)?;
    let Some(any) = all.iter().find_map(|kept| kept.version.as_ref()) else { return Ok(0) };
    let mut taking = Taking::begin(tx, wall)?;
    taking.shelf(any)?;
    // Those that stand now fall first, so that what is merged is merged into nothing.
    for kept in all.iter().filter(|kept| kept.stands) {
        taking.fall(kept.row, &kept.id, class, false)?;
    }
    let last: i64 = tx
        .prepare_cached("SELECT max(seq) FROM hive_version WHERE class = ?1 AND author = ?2")?
        .query_row([row, author], |row| row.get(0))?;
    taking.owns.insert((row, author), Own { floor: Hlc::ZERO, last: unordered(last), equivocated: false });
    for version in all.iter().filter(|kept| counts(kept.hlc)).filter_map(|kept| kept.version.as_ref()) {
        taking.take(version)?;
    }
    taking.end()?;
    let mut standing = tx.prepare_cached("SELECT arrival IS NOT NULL FROM hive_version WHERE id = ?1")?;
    let mut fell = 0;
    for kept in all.iter().filter(|kept| kept.stands) {
        let stands: bool = standing.query_row([kept.row], |row| row.get(0))?;
        fell += usize::from(!stands);
    }
    Ok(fell)
}
