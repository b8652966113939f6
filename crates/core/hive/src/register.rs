//! Registers: what stands in each claim's place, and how two sets of versions become one.
//!
//! Of the versions of one claim in one class the one with the greatest (stamp, version id) stands. What the registers hold
//! is a function of the set of versions that were merged, not of their order or how often they came, so machines with
//! equal sets hold equal registers and give equal digests. Versions that are stamped too far ahead are not part of the set
//! until they no longer are.
//!
//! **Deleting.** A tombstone is kept until every member has acknowledged it and twice the time that claims live has
//! passed ([`may_drop`]). But as long as somebody can still send an old version (a machine put back from a backup, one that
//! was away, one that means harm), dropping a tombstone alone would bring it back. So nobody drops one alone. The author,
//! who alone writes its claims, raises its *floor* in the class ([`Registers::advance`]): a signed version of the kind
//! `floor`, whose stamp makes void whatever the author stamped before it in that class, tombstones and what they took away
//! alike. What still stands from before is said again first. Floors merge as claims do (the greatest stamp stands), are
//! one small version for each author and class, and are never dropped. So a machine that has the floor refuses what is old,
//! and one that learns of it later drops what it took: nothing comes back, and whoever has the same versions still holds the
//! same. Tombstones of an author who is gone simply stay.
//!
//! **Equivocation.** Two versions of one author under one number in one class are kept as a [`Proof`] and passed on. That is
//! for the view; registers go on as they do.

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map};

use crate::bytes::{self, BytesError, Reader, Writer};
use crate::claim::{Brief, ClaimId, ClassId, MAX_VERSION, Refused, Signed, VersionId};
use crate::clock::{Held, Hlc, Millis};
use crate::key::PublicKey;

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It stands where nothing stood.
    New,
    /// It stands in place of this one.
    Replaced(VersionId),
    /// It stood already.
    Same,
    /// This one stands, which is later.
    Older(VersionId),
    /// Its author's floor is above it.
    Void,
    /// It is stamped too far ahead: to be tried again, not acknowledged, and not dropped.
    Held(Held),
}

impl Outcome {
    /// Whether the registers changed.
    pub fn changed(&self) -> bool {
        matches!(self, Outcome::New | Outcome::Replaced(_))
    }

    /// Whether the sender may be told that it was taken.
    pub fn acknowledged(&self) -> bool {
        !matches!(self, Outcome::Held(_))
    }
}

/// What merging one version came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// What became of it.
    pub outcome: Outcome,
    /// Another version that its author signed under the same number: make a [`Proof`] of the two.
    pub twin: Option<VersionId>,
}

/// What the registers of a class come to: equal for equal registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    /// How many stand.
    pub count: u64,
    /// The hash over them.
    pub hash: [u8; 32],
}

/// The registers of every class, as far as merging needs them: which versions stand, not what they say.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    classes: HashMap<ClassId, Shelf>,
}

/// The registers of a class. A claim's name holds its author, so authors have nothing in common.
#[derive(Debug, Clone, Default)]
struct Shelf {
    authors: HashMap<PublicKey, Own>,
    count: u64,
    sum: Sum,
}

/// What an author has in a class.
#[derive(Debug, Clone, Default)]
struct Own {
    heads: HashMap<ClaimId, Brief>,
    floor: Hlc,
    /// Each number the author used, and the first version that was seen of it.
    numbers: HashMap<u64, VersionId>,
    last: u64,
    equivocated: bool,
}

/// A sum of version ids, modulo 2^256: whatever the order, and taken away again as easily. A store keeps it beside the heads
/// of a class, so that their digest need not be made of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum([u64; 4]);

impl Sum {
    /// The sum that was kept as these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Sum {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        Sum(limbs)
    }

    /// As it is kept.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *place = limb.to_le_bytes();
        }
        bytes
    }

    /// One more.
    pub fn add(&mut self, id: &VersionId) {
        let mut carry = false;
        for (limb, other) in self.0.iter_mut().zip(Sum::from_bytes(id.as_bytes()).0) {
            (*limb, carry) = limb.carrying_add(other, carry);
        }
    }

    /// One that was added, less.
    pub fn take(&mut self, id: &VersionId) {
        let mut borrow = false;
        for (limb, other) in self.0.iter_mut().zip(Sum::from_bytes(id.as_bytes()).0) {
            (*limb, borrow) = limb.borrowing_sub(other, borrow);
        }
    }

    /// What this many versions with this sum come to.
    pub fn digest(&self, count: u64) -> Digest {
        let mut writer = Writer::new(bytes::DIGEST);
        writer.number(count);
        for limb in self.0 {
            writer.word(limb);
        }
        Digest { count, hash: writer.hash() }
    }
}

impl Digest {
    /// What these come to, each of them once, in whatever order.
    pub fn of<'a>(ids: impl IntoIterator<Item = &'a [u8; 32]>) -> Digest {
        let (mut count, mut sum) = (0, Sum::default());
        for id in ids {
            count += 1;
            sum.add(&VersionId::from_bytes(*id));
        }
        sum.digest(count)
    }
}

impl Registers {
    /// Merges one version, which was verified. Whether its author counts is asked before: [`crate::members::Members::takes`].
    pub fn merge(&mut self, version: &Brief, wall: Millis) -> Merged {
        if let Some(until) = version.hlc.held_until(wall) {
            return Merged { outcome: Outcome::Held(Held { until }), twin: None };
        }
        let shelf = self.classes.entry(version.class).or_default();
        let own = shelf.authors.entry(version.author).or_default();
        let twin = match own.numbers.entry(version.seq) {
            hash_map::Entry::Vacant(entry) => {
                entry.insert(version.id);
                None
            }
            hash_map::Entry::Occupied(entry) => Some(*entry.get()).filter(|other| *other != version.id),
        };
        own.equivocated |= twin.is_some();
        own.last = own.last.max(version.seq);
        if version.hlc < own.floor {
            return Merged { outcome: Outcome::Void, twin };
        }
        let outcome = match own.heads.entry(version.claim) {
            hash_map::Entry::Vacant(entry) => {
                entry.insert(*version);
                shelf.count += 1;
                Outcome::New
            }
            hash_map::Entry::Occupied(mut entry) => {
                let standing = *entry.get();
                if standing.id == version.id {
                    return Merged { outcome: Outcome::Same, twin };
                }
                if standing.stamp() > version.stamp() {
                    return Merged { outcome: Outcome::Older(standing.id), twin };
                }
                shelf.sum.take(&standing.id);
                entry.insert(*version);
                Outcome::Replaced(standing.id)
            }
        };
        shelf.sum.add(&version.id);
        if version.floor && version.hlc > own.floor {
            own.floor = version.hlc;
            let Shelf { authors, count, sum } = shelf;
            if let Some(own) = authors.get_mut(&version.author) {
                own.heads.retain(|_, head| keep(head, head.hlc >= version.hlc, count, sum));
            }
        }
        Merged { outcome, twin }
    }

    /// What stands in this claim's place.
    pub fn head(&self, class: &ClassId, author: &PublicKey, claim: &ClaimId) -> Option<&Brief> {
        self.classes.get(class)?.authors.get(author)?.heads.get(claim)
    }

    /// Everything that stands in a class, in no order: tombstones and floors, too.
    pub fn heads<'a>(&'a self, class: &ClassId) -> impl Iterator<Item = &'a Brief> + use<'a> {
        let shelf = self.classes.get(class);
        shelf.into_iter().flat_map(|shelf| shelf.authors.values()).flat_map(|own| own.heads.values())
    }

    /// The classes of which something was seen, in order.
    pub fn classes(&self) -> BTreeSet<ClassId> {
        self.classes.keys().copied().collect()
    }

    /// What this author's floor in a class is: what it stamped before is void.
    pub fn floor(&self, class: &ClassId, author: &PublicKey) -> Hlc {
        self.own(class, author).map_or(Hlc::ZERO, |own| own.floor)
    }

    /// The greatest number that was seen of an author in a class; 0 for none.
    pub fn last_seq(&self, class: &ClassId, author: &PublicKey) -> u64 {
        self.own(class, author).map_or(0, |own| own.last)
    }

    /// Who signed two versions under one number in a class.
    pub fn equivocators(&self, class: &ClassId) -> BTreeSet<PublicKey> {
        let authors = self.classes.get(class).into_iter().flat_map(|shelf| &shelf.authors);
        authors.filter(|(_, own)| own.equivocated).map(|(author, _)| *author).collect()
    }

    /// What the registers of a class come to.
    pub fn digest(&self, class: &ClassId) -> Digest {
        self.classes.get(class).map_or(Sum::default().digest(0), |shelf| shelf.sum.digest(shelf.count))
    }

    /// Takes out what no longer counts, as after somebody was removed, and everything remembered of the authors that
    /// are touched: what the store has of them is to be merged again, as an older version may count that a later one had
    /// replaced. Returns those authors.
    pub fn reconsider(&mut self, counts: impl Fn(&Brief) -> bool) -> BTreeSet<PublicKey> {
        let mut touched = BTreeSet::new();
        for shelf in self.classes.values_mut() {
            for (author, own) in &shelf.authors {
                if !own.heads.values().all(&counts) {
                    touched.insert(*author);
                }
            }
        }
        for Shelf { authors, count, sum } in self.classes.values_mut() {
            authors.retain(|author, own| {
                let untouched = !touched.contains(author);
                own.heads.retain(|_, head| keep(head, untouched, count, sum));
                untouched
            });
        }
        touched
    }

    /// How far an author may raise its floor in a class, if tombstones would go by it: of each tombstone below, `droppable`
    /// says so ([`may_drop`]).
    pub fn advance(
        &self,
        class: &ClassId,
        author: &PublicKey,
        droppable: impl Fn(&Brief) -> bool,
    ) -> Option<Advance> {
        let own = self.own(class, author)?;
        let (go, stay): (Vec<&Brief>, Vec<&Brief>) =
            own.heads.values().filter(|head| head.tombstone).partition(|head| droppable(head));
        let limit = stay.iter().map(|head| head.hlc).min().unwrap_or(Hlc::MAX);
        let last = go.iter().map(|head| head.hlc).filter(|hlc| *hlc < limit).max()?;
        let floor = last.next();
        let below = own.heads.values().filter(|head| head.hlc < floor && !head.tombstone && !head.floor);
        let renew: BTreeMap<(Hlc, VersionId), Brief> = below.map(|head| (head.stamp(), *head)).collect();
        Some(Advance { floor, renew: renew.into_values().collect() })
    }

    fn own(&self, class: &ClassId, author: &PublicKey) -> Option<&Own> {
        self.classes.get(class)?.authors.get(author)
    }
}

fn keep(head: &Brief, stays: bool, count: &mut u64, sum: &mut Sum) -> bool {
    if !stays {
        *count -= 1;
        sum.take(&head.id);
    }
    stays
}

/// What an author does to be rid of tombstones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// The floor to sign, once the others are.
    pub floor: Hlc,
    /// What stands from before it, the oldest first: to be signed again with new stamps, unless it has expired.
    pub renew: Vec<Brief>,
}

/// Whether a tombstone may go: everybody who is to know of it has acknowledged it, and twice the time that claims live has
/// passed since.
pub fn may_drop(tombstone: &Brief, acknowledged_by_all: bool, ttl: u64, now: Millis) -> bool {
    let since = tombstone.hlc.time().0;
    tombstone.tombstone && acknowledged_by_all && now.0 >= since.saturating_add(ttl.saturating_mul(2))
}

/// Two versions that one author signed under one number in one class. Anybody can check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    versions: [Signed; 2],
    /// Who.
    pub author: PublicKey,
    /// In which class.
    pub class: ClassId,
    /// Under which number.
    pub seq: u64,
}

impl Proof {
    /// The proof made of these two, in either order, if they are one.
    pub fn new(one: Signed, other: Signed) -> Result<Proof, Refused> {
        let mut versions = [one, other];
        versions.sort_by_key(Signed::id);
        let [first, second] = [versions[0].clone().verify()?, versions[1].clone().verify()?];
        let (a, b) = (first.brief(), second.brief());
        if a.id == b.id || (a.author, a.class, a.seq) != (b.author, b.class, b.seq) {
            return Err(Refused::Bytes(BytesError::Value("a proof")));
        }
        Ok(Proof { author: a.author, class: a.class, seq: a.seq, versions })
    }

    /// The two, the lesser id first.
    pub fn versions(&self) -> &[Signed; 2] {
        &self.versions
    }

    /// As it is kept and sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(bytes::PROOF);
        for signed in &self.versions {
            writer.bytes(&signed.to_wire());
        }
        writer.finish()
    }

    /// Reads and checks one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Proof, Refused> {
        let mut reader = Reader::new(bytes, bytes::PROOF)?;
        let mut next = || Signed::from_wire(reader.bytes("a version", MAX_VERSION + 64)?);
        let (first, second) = (next()?, next()?);
        reader.finish()?;
        if first.id() >= second.id() {
            return Err(Refused::Bytes(BytesError::Order("versions of a proof")));
        }
        Proof::new(first, second)
    }
}
