//! What is decided here of claims and of authors. It is never sent.

use std::collections::{BTreeSet, HashMap, HashSet};

use claudectl_hive::claim::ClaimId;
use claudectl_hive::clock::Millis;
use claudectl_hive::content::Category;
use claudectl_hive::egress::{Consent, Exposure};
use claudectl_hive::key::PublicKey;
use claudectl_hive::rollout::{Stage, Tally};
use claudectl_hive::trust::{Cause, Frozen, Trust, Trusts};
use claudectl_hive::unit::Sense;
use claudectl_hive::view::{Local, Verdict};
use rusqlite::{Row, params};

use super::{bytes32, millis, put_key, time};
use crate::connection::Store;
use crate::error::StoreError;

impl Store {
    /// What is known here alone of each claim of which anything is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_locals(&self) -> Result<HashMap<ClaimId, Local>, StoreError> {
        self.read(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT claim, muted, decided, sense, rollout, shown, followed, overridden, without_followed,
                 without_overridden, exposure, consent FROM hive_local",
            )?;
            rows.query_map([], |row| Ok((ClaimId::from_bytes(bytes32(row, 0)?), local(row)?)))?.collect()
        })
    }

    /// Says whether claims are shared; none: as the share mode says.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_put_exposure(
        &mut self,
        claims: &[ClaimId],
        exposure: Option<Exposure>,
    ) -> Result<(), StoreError> {
        self.write_for_good(|tx| {
            let mut row = tx.prepare_cached(
                "INSERT INTO hive_local (claim, exposure) VALUES (?1, ?2)
                 ON CONFLICT (claim) DO UPDATE SET exposure = excluded.exposure",
            )?;
            let word = exposure.map(Exposure::word);
            claims
                .iter()
                .try_for_each(|claim| row.execute(params![claim.as_bytes().as_slice(), word]).map(drop))
        })
    }

    /// Says whether a claim is out of sight here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_put_muted(&mut self, claim: &ClaimId, muted: bool) -> Result<(), StoreError> {
        self.write_for_good(|tx| {
            tx.prepare_cached(
                "INSERT INTO hive_local (claim, muted) VALUES (?1, ?2)
                 ON CONFLICT (claim) DO UPDATE SET muted = excluded.muted",
            )?
            .execute(params![claim.as_bytes().as_slice(), muted])
            .map(drop)
        })
    }

    /// Takes down what a person decided of a claim, and about what; none: nothing any more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_decide(
        &mut self,
        claim: &ClaimId,
        decided: Option<(Verdict, Sense)>,
        now: Millis,
    ) -> Result<(), StoreError> {
        self.write_for_good(|tx| {
            tx.prepare_cached(
                "INSERT INTO hive_local (claim, decided, sense, decided_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (claim) DO UPDATE SET decided = excluded.decided, sense = excluded.sense,
                 decided_at = excluded.decided_at",
            )?
            .execute(params![
                claim.as_bytes().as_slice(),
                decided.map(|(verdict, _)| verdict.word()),
                decided.as_ref().map(|(_, sense)| sense.0.as_slice()),
                millis(now),
            ])
            .map(drop)
        })
    }

    /// Which of our own claims were put into bundles, and for whom.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_given(&self) -> Result<HashSet<(ClaimId, PublicKey)>, StoreError> {
        self.read(|connection| {
            let mut rows = connection
                .prepare_cached("SELECT claim, key FROM hive_given JOIN hive_key ON hive_key.id = peer")?;
            let rows = rows.query_map([], |row| {
                Ok((ClaimId::from_bytes(bytes32(row, 0)?), PublicKey::from_bytes(bytes32(row, 1)?)))
            })?;
            rows.collect()
        })
    }

    /// Takes down that claims of our own go into a bundle for these machines: before it is written, for what was written may
    /// have been read.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_put_given(&mut self, claims: &[ClaimId], peers: &[PublicKey]) -> Result<(), StoreError> {
        self.write_for_good(|tx| {
            for peer in peers {
                let peer = put_key(tx, peer)?;
                let mut row =
                    tx.prepare_cached("INSERT OR IGNORE INTO hive_given (claim, peer) VALUES (?1, ?2)")?;
                for claim in claims {
                    row.execute(params![claim.as_bytes().as_slice(), peer])?;
                }
            }
            Ok(())
        })
    }

    /// What is thought of authors. `own` is the author here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hive_trusts(&self, own: PublicKey) -> Result<Trusts, StoreError> {
        self.read(|connection| {
            let mut trusts = Trusts::new(own);
            let mut rows = connection.prepare_cached(
                "SELECT key, category, good, bad, at FROM hive_trust JOIN hive_key ON hive_key.id = author",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let Some(category) = Category::parse(&row.get::<_, String>(1)?) else { continue };
                let trust = Trust { good: row.get(2)?, bad: row.get(3)?, at: time(row.get(4)?) };
                trusts.known.insert((PublicKey::from_bytes(bytes32(row, 0)?), category), trust);
            }
            let mut rows = connection.prepare_cached(
                "SELECT key, why, at FROM hive_frozen JOIN hive_key ON hive_key.id = author",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                // Held back for a reason that is not known here, and so for good.
                let cause = Cause::parse(&row.get::<_, String>(1)?).unwrap_or(Cause::Equivocation);
                let frozen = Frozen { cause, since: time(row.get(2)?) };
                trusts.frozen.insert(PublicKey::from_bytes(bytes32(row, 0)?), frozen);
            }
            // Who signed two versions under one number is held back by the proof of it.
            let mut rows = connection.prepare_cached(
                "SELECT DISTINCT key FROM hive_proof JOIN hive_key ON hive_key.id = author",
            )?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let frozen = Frozen { cause: Cause::Equivocation, since: Millis(0) };
                trusts.frozen.entry(PublicKey::from_bytes(bytes32(row, 0)?)).or_insert(frozen);
            }
            Ok(trusts)
        })
    }
}

/// What cannot be read is taken for what shares least and does least.
fn local(row: &Row<'_>) -> rusqlite::Result<Local> {
    let count = |column: usize| row.get::<_, i64>(column).map(|count| u32::try_from(count).unwrap_or(0));
    let decided = row.get::<_, Option<String>>(2)?.and_then(|word| Verdict::parse(&word));
    let sense = row.get::<_, Option<[u8; 32]>>(3)?.map(Sense);
    let exposure: Option<String> = row.get(10)?;
    let consent: Option<String> = row.get(11)?;
    let nobody = || Consent { allow: Some(BTreeSet::new()), ..Consent::default() };
    Ok(Local {
        muted: row.get(1)?,
        decided: decided.zip(sense),
        stage: Stage::parse(&row.get::<_, String>(4)?).unwrap_or(Stage::Draft),
        tally: Tally {
            shown: count(5)?,
            followed: count(6)?,
            overridden: count(7)?,
            without_followed: count(8)?,
            without_overridden: count(9)?,
        },
        exposure: exposure.map(|word| Exposure::parse(&word).unwrap_or(Exposure::Hide)),
        consent: consent.map(|text| serde_json::from_str(&text).unwrap_or_else(|_| nobody())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Store;

    fn claim(byte: u8) -> ClaimId {
        ClaimId::from_bytes([byte; 32])
    }

    #[test]
    fn what_is_decided_of_a_claim_is_kept_apart() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("state.db")).unwrap();
        assert!(store.hive_locals().unwrap().is_empty());
        store.hive_put_exposure(&[claim(1), claim(2)], Some(Exposure::Expose)).unwrap();
        store.hive_put_muted(&claim(1), true).unwrap();
        store.hive_put_exposure(&[claim(2)], Some(Exposure::Hide)).unwrap();
        let locals = store.hive_locals().unwrap();
        let expected = Local { muted: true, exposure: Some(Exposure::Expose), ..Local::default() };
        assert_eq!(locals[&claim(1)], expected);
        assert_eq!(locals[&claim(2)], Local { exposure: Some(Exposure::Hide), ..Local::default() });
        store.hive_put_exposure(&[claim(1)], None).unwrap();
        store.hive_put_muted(&claim(1), false).unwrap();
        assert_eq!(store.hive_locals().unwrap()[&claim(1)], Local::default());
    }

    #[test]
    fn what_cannot_be_read_shares_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("state.db")).unwrap();
        store.hive_put_exposure(&[claim(1)], Some(Exposure::Expose)).unwrap();
        store
            .write(|tx| tx.execute("UPDATE hive_local SET exposure = 'x', consent = '{', rollout = 'y'", []))
            .unwrap();
        let local = &store.hive_locals().unwrap()[&claim(1)];
        assert_eq!((local.exposure, local.stage), (Some(Exposure::Hide), Stage::Draft));
        assert_eq!(local.consent.as_ref().unwrap().allow, Some(BTreeSet::new()));
    }

    #[test]
    fn who_may_have_had_a_claim_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("state.db")).unwrap();
        let peer = PublicKey::from_bytes([7; 32]);
        store.hive_put_given(&[claim(1), claim(2)], &[peer]).unwrap();
        store.hive_put_given(&[claim(2)], &[peer]).unwrap();
        assert_eq!(store.hive_given().unwrap(), HashSet::from([(claim(1), peer), (claim(2), peer)]));
        let decided = Some((Verdict::Refused, Sense([3; 32])));
        store.hive_decide(&claim(1), decided, Millis(5)).unwrap();
        assert_eq!(store.hive_locals().unwrap()[&claim(1)].decided, decided);
        store.hive_decide(&claim(1), None, Millis(6)).unwrap();
        assert_eq!(store.hive_locals().unwrap()[&claim(1)].decided, None);
    }

    #[test]
    fn of_whom_nothing_is_known_nothing_is_thought() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("state.db")).unwrap();
        let own = PublicKey::from_bytes([7; 32]);
        let trusts = store.hive_trusts(own).unwrap();
        assert_eq!((trusts.local(), trusts.known.len(), trusts.frozen.len()), (&own, 0, 0));
    }
}
