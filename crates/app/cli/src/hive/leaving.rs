//! What may leave this machine: asked for each version and each machine that a bundle is for, on every way out.

use std::collections::{HashMap, HashSet};

use claudectl_hive::claim::{ClaimId, Content, Version};
use claudectl_hive::clock::Millis;
use claudectl_hive::egress::{Exposure, Outgoing, Peer, Policy, Why};
use claudectl_hive::key::PublicKey;
use claudectl_hive::trust::Trusts;
use claudectl_hive::view::{Local, Verdict};

use super::{Hive, host_name};
use crate::error::Result;

/// Nothing goes further than through so many machines.
const MOST_HOPS: u8 = 5;
/// Names of fewer letters are parts of too much else.
const LEAST_NAME: usize = 3;

/// What is asked before anything leaves.
#[derive(Debug)]
pub(crate) struct Leaving {
    policy: Policy,
    locals: HashMap<ClaimId, Local>,
    given: HashSet<(ClaimId, PublicKey)>,
    trusts: Trusts,
    now: Millis,
}

/// What is shared at all. The names of this machine and of its person's home folder are told to nobody.
pub(crate) fn policy(home: Option<&std::path::Path>) -> Policy {
    let person = home.and_then(|home| home.file_name()?.to_str()).map(str::to_owned);
    let never = person.into_iter().chain([host_name()]);
    // What containers and machines are called that nobody has named says nothing of anybody.
    let common = ["home", "root", "user", "machine", "localhost"];
    let never = never.filter(|name| name.len() >= LEAST_NAME && !common.contains(&name.as_str()));
    Policy { never: never.collect(), most_hops: MOST_HOPS, ..Policy::default() }
}

impl Hive {
    /// What is asked before anything leaves, as of now.
    pub(crate) fn leaving(&self) -> Result<Leaving> {
        Ok(Leaving {
            policy: self.policy.clone(),
            locals: self.store.hive_locals()?,
            given: self.store.hive_given()?,
            trusts: self.store.hive_trusts(self.me())?,
            now: self.now,
        })
    }
}

impl Leaving {
    /// Whether a version may go to a machine.
    pub(crate) fn may(
        &self,
        version: &Version,
        claim: &ClaimId,
        reader: &PublicKey,
    ) -> std::result::Result<(), Why> {
        self.may_as(version, claim, reader, self.exposure(version, claim))
    }

    /// The same, had its person exposed it.
    pub(crate) fn could(
        &self,
        version: &Version,
        claim: &ClaimId,
        reader: &PublicKey,
    ) -> std::result::Result<(), Why> {
        self.may_as(version, claim, reader, Some(Exposure::Expose))
    }

    /// Whether a version may go where all of these machines can read it. That something is gone goes there if one of them may
    /// have had it.
    pub(crate) fn may_all(
        &self,
        version: &Version,
        claim: &ClaimId,
        readers: &[PublicKey],
    ) -> std::result::Result<(), Why> {
        let author = &version.claim.author;
        if *author == *self.trusts.local()
            && version.content == Content::Tombstone
            && self.had(claim, readers)
        {
            return Ok(());
        }
        readers
            .iter()
            .filter(|reader| *reader != author)
            .try_for_each(|reader| self.may(version, claim, reader))
    }

    /// Whether one of these machines may have had our own claim.
    pub(crate) fn had(&self, claim: &ClaimId, readers: &[PublicKey]) -> bool {
        readers.iter().any(|reader| self.given.contains(&(*claim, *reader)))
    }

    /// What others say was exposed by them to the whole of its audience: it is passed on, unless it was hidden here.
    fn exposure(&self, version: &Version, claim: &ClaimId) -> Option<Exposure> {
        let own = self.locals.get(claim).and_then(|local| local.exposure);
        if version.claim.author == *self.trusts.local() { own } else { own.or(Some(Exposure::Expose)) }
    }

    fn may_as(
        &self,
        version: &Version,
        claim: &ClaimId,
        reader: &PublicKey,
        exposure: Option<Exposure>,
    ) -> std::result::Result<(), Why> {
        let local = self.locals.get(claim);
        let is_own = version.claim.author == *self.trusts.local();
        let out = Outgoing {
            version,
            exposure,
            consent: local.and_then(|local| local.consent.as_ref()),
            refused: local.and_then(|local| local.decided).is_some_and(|(told, _)| told == Verdict::Refused),
            had: self.given.contains(&(*claim, *reader)),
            // Bundles do not tell through how many machines; through one at least.
            hops: u8::from(!is_own),
        };
        let peer = Peer { key: *reader, tier: self.trusts.tier_of_peer(reader, self.now) };
        self.policy.may_leave(&out, &peer, self.now)
    }
}
