//! What one simulated machine keeps: a disk that survives crashes, and what is made of it at each start.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use claudectl_hive::claim::{Brief, Class, ClassId, Signed, Verified, Version, VersionId, verify_all};
use claudectl_hive::clock::{Clock, Hlc, Millis, next_seq};
use claudectl_hive::key::{PublicKey, SecretKey, Signature};
use claudectl_hive::members::Members;
use claudectl_hive::register::{Digest, Outcome, Proof, Registers};
use claudectl_hive::sync::{Id, Item, Level, Replica, Set, Share, Verdict, share};

/// Versions that may wait for their time.
const MAX_HELD: usize = 10_000;

type Versions = HashMap<(VersionId, Signature), Arc<Verified>>;
/// What is left out for a peer, as of a revision.
type Excluded = BTreeMap<PublicKey, (u64, Rc<BTreeSet<Id>>)>;

/// Signatures that were looked at, so that a thousand machines do not look at the same one a thousand times. What is not
/// valid is looked at each time.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    versions: Rc<RefCell<Versions>>,
    members: Rc<RefCell<HashMap<Digest, Rc<Members>>>>,
}

impl Checked {
    /// Notes one that was just signed.
    pub fn add(&self, verified: Verified) -> Arc<Verified> {
        let key = (verified.brief().id, verified.signed().signature);
        self.versions.borrow_mut().entry(key).or_insert_with(|| Arc::new(verified)).clone()
    }

    /// What a set of operations comes to.
    fn members(&self, founding: &Signed, ops: &BTreeMap<Id, Signed>) -> Option<Rc<Members>> {
        let digest = Digest::of(ops.keys());
        if let Some(members) = self.members.borrow().get(&digest) {
            return Some(members.clone());
        }
        let mut members = Members::found(founding).ok()?;
        members.insert(ops.values());
        let members = Rc::new(members);
        self.members.borrow_mut().insert(digest, members.clone());
        Some(members)
    }

    fn check(&self, signed: Vec<Signed>) -> Vec<Option<Arc<Verified>>> {
        let known = |signed: &Signed| self.versions.borrow().get(&(signed.id(), signed.signature)).cloned();
        let mut answers: Vec<Option<Arc<Verified>>> = signed.iter().map(known).collect();
        let fresh: Vec<usize> = (0..signed.len()).filter(|place| answers[*place].is_none()).collect();
        let verified = verify_all(fresh.iter().map(|place| signed[*place].clone()).collect());
        for (place, verified) in fresh.into_iter().zip(verified) {
            answers[place] = verified.ok().map(|verified| self.add(verified));
        }
        answers
    }
}

/// What a crash leaves.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    ops: Rc<BTreeMap<Id, Signed>>,
    founding: Option<Signed>,
    /// Every version that was taken, with the number of its arrival.
    pub versions: BTreeMap<VersionId, (u64, Arc<Verified>)>,
    arrivals: BTreeMap<u64, VersionId>,
    proofs: BTreeMap<(ClassId, PublicKey), (Id, Vec<u8>)>,
    withheld_by: BTreeMap<PublicKey, BTreeSet<Id>>,
    withheld: BTreeMap<PublicKey, BTreeSet<Id>>,
    /// What each peer acknowledged, one by one, and of each set the arrivals up to which it has everything.
    pub acked: BTreeMap<PublicKey, BTreeSet<VersionId>>,
    marks: BTreeMap<(PublicKey, Set), u64>,
    last: Hlc,
}

impl Disk {
    fn add(&mut self, version: &Arc<Verified>) {
        let (id, arrival) = (version.brief().id, self.versions.len() as u64 + 1);
        self.versions.entry(id).or_insert_with(|| {
            self.arrivals.insert(arrival, id);
            (arrival, version.clone())
        });
    }
}

/// The machine crashed at a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crashed;

/// When the machine will crash.
#[derive(Debug, Clone, Copy)]
pub struct Fuse {
    /// At which write from now.
    pub writes: u64,
    /// Whether that write is on the disk then.
    pub after: bool,
}

/// What may be wrong with a store, to see that the simulator finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// What comes in lies in memory only, and is acknowledged.
    AcknowledgesFirst,
}

/// One machine's store.
#[derive(Debug)]
pub struct Store {
    key: SecretKey,
    public: PublicKey,
    disk: Disk,
    members: Option<Rc<Members>>,
    registers: Registers,
    classes: BTreeMap<ClassId, Class>,
    held: BTreeSet<(Millis, VersionId)>,
    clock: Clock,
    revision: u64,
    fresh: Vec<(Set, Id)>,
    checked: Checked,
    excluded: RefCell<Excluded>,
    fuse: Option<Fuse>,
    sabotage: Option<Sabotage>,
}

impl Store {
    /// An empty one.
    pub fn new(key: SecretKey, checked: Checked, sabotage: Option<Sabotage>) -> Store {
        let mut store = Store {
            public: key.public(),
            key,
            disk: Disk::default(),
            members: None,
            registers: Registers::default(),
            classes: BTreeMap::new(),
            held: BTreeSet::new(),
            clock: Clock::default(),
            revision: 1,
            fresh: Vec::new(),
            checked,
            excluded: RefCell::default(),
            fuse: None,
            sabotage,
        };
        store.start(Millis(0));
        store
    }

    /// Starts again with what is on the disk.
    pub fn start(&mut self, wall: Millis) {
        self.fuse = None;
        self.held.clear();
        self.fresh.clear();
        self.classes.clear();
        self.registers = Registers::default();
        self.revision += 1;
        self.members =
            self.disk.founding.as_ref().and_then(|founding| self.checked.members(founding, &self.disk.ops));
        self.clock = Clock::new(self.disk.last);
        let versions: Vec<Arc<Verified>> =
            self.disk.versions.values().map(|(_, version)| version.clone()).collect();
        for version in versions {
            self.merge(&version, wall);
        }
        self.fresh.clear();
    }

    /// Joins a hive.
    pub fn join(&mut self, founding: &Signed, ops: &[Signed]) {
        self.disk.founding = Some(founding.clone());
        let all = ops.iter().chain([founding]);
        self.disk.ops = Rc::new(all.map(|op| (*op.id().as_bytes(), op.clone())).collect());
        self.start(Millis(0));
    }

    /// The key.
    pub fn secret(&self) -> &SecretKey {
        &self.key
    }

    /// What is on the disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Who belongs.
    pub fn members(&self) -> Option<&Members> {
        self.members.as_deref()
    }

    /// What stands.
    pub fn registers(&self) -> &Registers {
        &self.registers
    }

    /// The classes of which anything is here.
    pub fn classes(&self) -> &BTreeMap<ClassId, Class> {
        &self.classes
    }

    /// Who is proven to have signed two things under one number.
    pub fn proofs(&self) -> impl Iterator<Item = (&(ClassId, PublicKey), &Id)> {
        self.disk.proofs.iter().map(|(of, (id, _))| (of, id))
    }

    /// Whether a fuse burns.
    pub fn light(&mut self, fuse: Fuse) {
        self.fuse = Some(fuse);
    }

    /// What stands in place of this.
    pub fn head(&self, brief: &Brief) -> Option<&Brief> {
        self.registers.head(&brief.class, &brief.author, &brief.claim)
    }

    fn commit(&mut self, change: impl FnOnce(&mut Disk)) -> Result<(), Crashed> {
        match &mut self.fuse {
            Some(Fuse { writes: 0, after }) => {
                if *after {
                    change(&mut self.disk);
                }
                Err(Crashed)
            }
            fuse => {
                if let Some(fuse) = fuse {
                    fuse.writes -= 1;
                }
                change(&mut self.disk);
                Ok(())
            }
        }
    }

    /// Signs the next version of a claim, as of now where it has no stamp; nothing is kept of it yet.
    pub fn sign(&mut self, mut version: Version, wall: Millis) -> Arc<Verified> {
        if version.hlc == Hlc::ZERO {
            version.hlc = self.clock.now(wall);
        }
        let last = self.registers.last_seq(&version.claim.class.id(), &self.public);
        version.seq = next_seq(last, wall);
        let signed = version.sign(&self.key).unwrap_or_else(|error| panic!("{error}"));
        self.checked.add(signed)
    }

    /// Keeps what was signed here.
    pub fn keep(&mut self, version: &Arc<Verified>, wall: Millis) -> Result<(), Crashed> {
        let last = self.clock.last();
        let version = version.clone();
        self.commit(|disk| {
            disk.last = last;
            disk.add(&version);
        })?;
        self.merge(&version, wall);
        Ok(())
    }

    /// Takes an operation on the members, made here.
    pub fn operate(&mut self, op: Signed, wall: Millis) -> Result<(), Crashed> {
        let stored = op.clone();
        self.commit(|disk| {
            Rc::make_mut(&mut disk.ops).insert(*stored.id().as_bytes(), stored);
        })?;
        self.learn(vec![op], wall);
        Ok(())
    }

    /// Does not give this claim to this peer any more.
    pub fn withhold(&mut self, peer: PublicKey, claim: Id) -> Result<(), Crashed> {
        self.revision += 1;
        self.commit(|disk| {
            disk.withheld.entry(peer).or_default().insert(claim);
        })
    }

    /// Whether this peer acknowledged this version, as far as the disk says.
    pub fn is_acked(&self, peer: &PublicKey, brief: &Brief) -> bool {
        let mark = self.disk.marks.get(&(*peer, Set::Class(brief.class))).copied().unwrap_or(0);
        let arrival = self.disk.versions.get(&brief.id).map_or(u64::MAX, |(arrival, _)| *arrival);
        arrival <= mark || self.disk.acked.get(peer).is_some_and(|ids| ids.contains(&brief.id))
    }

    fn merge(&mut self, version: &Arc<Verified>, wall: Millis) -> Option<Verdict> {
        let brief = *version.brief();
        if !self.members.as_ref().is_some_and(|members| members.takes(version.version())) {
            return Some(Verdict::Stranger);
        }
        self.classes.entry(brief.class).or_insert_with(|| version.version().claim.class.clone());
        let merged = self.registers.merge(&brief, wall);
        self.revision += 1;
        if let Some(twin) = merged.twin.and_then(|twin| self.disk.versions.get(&twin)) {
            let proof = Proof::new(version.signed().clone(), twin.1.signed().clone());
            if let Ok(proof) = proof {
                self.prove(&proof);
            }
        }
        match merged.outcome {
            Outcome::Held(held) => {
                self.held.insert((held.until, brief.id));
                return Some(Verdict::Held);
            }
            Outcome::New | Outcome::Replaced(_) => {
                // What is below our wall does not fail.
                let _kept = self.clock.observe(brief.hlc, wall).is_ok();
                self.fresh.push((Set::Class(brief.class), *brief.id.as_bytes()));
            }
            Outcome::Older(_) | Outcome::Void => return Some(Verdict::Superseded),
            Outcome::Same => {}
        }
        Some(Verdict::Stored)
    }

    /// Keeps the least proof there is against each author: then all keep the same.
    fn prove(&mut self, proof: &Proof) {
        let bytes = proof.to_bytes();
        let id = *blake3::hash(&bytes).as_bytes();
        let of = (proof.class, proof.author);
        if self.disk.proofs.get(&of).is_none_or(|(other, _)| id < *other) {
            self.disk.proofs.insert(of, (id, bytes));
            self.fresh.push((Set::Proofs(proof.class), id));
            self.revision += 1;
        }
    }

    fn learn(&mut self, ops: Vec<Signed>, wall: Millis) {
        let Some(founding) = &self.disk.founding else { return };
        let Some(members) = self.checked.members(founding, &self.disk.ops) else { return };
        let hive = members.hive();
        self.members = Some(members.clone());
        let touched = self.registers.reconsider(|head| members.admits(&head.author, head.hlc));
        self.fresh.extend(ops.iter().map(|op| (Set::Members(hive), *op.id().as_bytes())));
        self.revision += 1;
        let again: Vec<Arc<Verified>> = self
            .disk
            .versions
            .values()
            .filter(|(_, version)| touched.contains(&version.brief().author))
            .map(|(_, version)| version.clone())
            .collect();
        for version in again {
            self.merge(&version, wall);
        }
    }

    /// Ids of what we do not give to this peer.
    fn withheld(&self, peer: &PublicKey) -> Vec<Item> {
        let Some(claims) = self.disk.withheld.get(peer) else { return Vec::new() };
        let mut items = Vec::new();
        for (id, class) in &self.classes {
            let share = share(class, &self.public, peer);
            for head in self.registers.heads(id) {
                if claims.contains(head.claim.as_bytes()) && share.holds(&head.author) {
                    items.push(Item { hlc: Hlc::ZERO, id: *head.id.as_bytes() });
                }
            }
        }
        items
    }

    fn excluded(&self, peer: &PublicKey) -> Rc<BTreeSet<Id>> {
        if let Some((revision, excluded)) = self.excluded.borrow().get(peer)
            && *revision == self.revision
        {
            return excluded.clone();
        }
        let mut excluded: BTreeSet<Id> = self.withheld(peer).into_iter().map(|item| item.id).collect();
        excluded.extend(self.disk.withheld_by.get(peer).into_iter().flatten());
        let excluded = Rc::new(excluded);
        self.excluded.borrow_mut().insert(*peer, (self.revision, excluded.clone()));
        excluded
    }

    fn share(&self, peer: &PublicKey, class: &ClassId) -> Share {
        self.classes.get(class).map_or(Share::Nothing, |class| share(class, &self.public, peer))
    }

    fn take_versions(
        &mut self,
        set: &Set,
        bodies: Vec<Vec<u8>>,
        wall: Millis,
    ) -> Result<Vec<(Id, Verdict)>, Crashed> {
        let mut answers: Vec<(Id, Verdict)> = Vec::with_capacity(bodies.len());
        let mut signed = Vec::with_capacity(bodies.len());
        for body in &bodies {
            match Signed::from_wire(body) {
                Ok(one) => {
                    answers.push((*one.id().as_bytes(), Verdict::Invalid));
                    signed.push(one);
                }
                Err(_) => answers.push((*blake3::hash(body).as_bytes(), Verdict::Invalid)),
            }
        }
        let Some(members) = &self.members else { return Ok(answers) };
        let mut good = Vec::new();
        for version in self.checked.check(signed).into_iter().flatten() {
            let (brief, claim) = (version.brief(), &version.version().claim);
            let verdict = if Set::Class(brief.class) != *set
                || !(claim.class.is_for(&self.public) || claim.author == self.public)
            {
                Verdict::Misplaced
            } else if !members.takes(version.version()) {
                Verdict::Stranger
            } else if self.held.len() >= MAX_HELD && brief.hlc.held_until(wall).is_some() {
                Verdict::Full
            } else {
                good.push(version.clone());
                continue;
            };
            for answer in answers.iter_mut().filter(|(id, _)| id == brief.id.as_bytes()) {
                answer.1 = verdict;
            }
        }
        if self.sabotage != Some(Sabotage::AcknowledgesFirst) {
            self.commit(|disk| {
                for version in &good {
                    disk.add(version);
                }
            })?;
        }
        for version in good {
            if let Some(verdict) = self.merge(&version, wall) {
                for answer in answers.iter_mut().filter(|(id, _)| id == version.brief().id.as_bytes()) {
                    answer.1 = verdict;
                }
            }
        }
        Ok(answers)
    }
}

impl Replica for Store {
    type Error = Crashed;

    fn key(&self) -> PublicKey {
        self.public
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn is_peer(&self, peer: &PublicKey) -> bool {
        self.members
            .as_ref()
            .is_some_and(|members| members.role(peer).is_some() && members.role(&self.public).is_some())
    }

    fn levels(&self, peer: &PublicKey) -> Vec<Level> {
        let Some(members) = self.members.as_ref().filter(|_| self.is_peer(peer)) else { return Vec::new() };
        let mut sets = vec![Set::Members(members.hive()), Set::Withheld(self.public), Set::Withheld(*peer)];
        for class in self.classes.keys() {
            sets.extend([Set::Proofs(*class), Set::Class(*class)]);
        }
        let mut levels = Vec::new();
        for set in sets {
            let digest = match set {
                Set::Class(class)
                    if self.excluded(peer).is_empty() && self.share(peer, &class) == Share::All =>
                {
                    self.registers.digest(&class)
                }
                _ => {
                    let items = self.items(peer, &set);
                    Digest::of(items.iter().map(|item| &item.id))
                }
            };
            if digest.count > 0 {
                levels.push(Level { set, digest });
            }
        }
        levels
    }

    fn accepts(&self, peer: &PublicKey, set: &Set) -> bool {
        self.is_peer(peer)
            && match set {
                Set::Members(hive) => self.members.as_ref().is_some_and(|members| members.hive() == *hive),
                Set::Withheld(key) => *key == self.public || key == peer,
                Set::Proofs(class) | Set::Class(class) => self
                    .classes
                    .get(class)
                    .is_none_or(|class| share(class, &self.public, peer) != Share::Nothing),
            }
    }

    fn items(&self, peer: &PublicKey, set: &Set) -> Vec<Item> {
        let plain = |id: &Id| Item { hlc: Hlc::ZERO, id: *id };
        match set {
            Set::Members(_) => self.disk.ops.keys().map(plain).collect(),
            Set::Withheld(key) if *key == self.public => self.withheld(peer),
            Set::Withheld(_) => self.disk.withheld_by.get(peer).into_iter().flatten().map(plain).collect(),
            Set::Proofs(class) => {
                let share = self.share(peer, class);
                let of = self.disk.proofs.iter();
                of.filter(|((of, author), _)| of == class && share.holds(author))
                    .map(|(_, (id, _))| plain(id))
                    .collect()
            }
            Set::Class(class) => {
                let (share, excluded) = (self.share(peer, class), self.excluded(peer));
                let heads = self.registers.heads(class);
                heads
                    .filter(|head| share.holds(&head.author) && !excluded.contains(head.id.as_bytes()))
                    .map(|head| Item { hlc: head.hlc, id: *head.id.as_bytes() })
                    .collect()
            }
        }
    }

    fn news(&self, peer: &PublicKey, set: &Set, most: usize) -> Option<Vec<Id>> {
        let mark = self.disk.marks.get(&(*peer, *set))?;
        let since = self.disk.arrivals.range(mark + 1..).map(|(_, id)| *id.as_bytes());
        let news: Vec<Id> = since.filter(|id| self.offers(peer, set, id)).take(most + 1).collect();
        (news.len() <= most).then_some(news)
    }

    fn offers(&self, peer: &PublicKey, set: &Set, id: &Id) -> bool {
        self.is_peer(peer)
            && match set {
                Set::Members(_) => self.disk.ops.contains_key(id),
                Set::Withheld(_) => false,
                Set::Proofs(class) => self.disk.proofs.iter().any(|((of, author), (proof, _))| {
                    of == class && proof == id && self.share(peer, class).holds(author)
                }),
                Set::Class(class) => {
                    let version = self.disk.versions.get(&VersionId::from_bytes(*id));
                    version.is_some_and(|(_, version)| {
                        let brief = version.brief();
                        brief.class == *class
                            && self.share(peer, class).holds(&brief.author)
                            && self.head(brief).is_some_and(|head| head.id == brief.id)
                            && !self.excluded(peer).contains(id)
                    })
                }
            }
    }

    fn body(&self, peer: &PublicKey, set: &Set, id: &Id) -> Option<Vec<u8>> {
        if !self.offers(peer, set, id) {
            return None;
        }
        match set {
            Set::Members(_) => self.disk.ops.get(id).map(Signed::to_wire),
            Set::Withheld(_) => None,
            Set::Proofs(_) => {
                self.disk.proofs.values().find(|(proof, _)| proof == id).map(|(_, bytes)| bytes.clone())
            }
            Set::Class(_) => {
                let version = self.disk.versions.get(&VersionId::from_bytes(*id));
                version.map(|(_, version)| version.signed().to_wire())
            }
        }
    }

    fn knows(&self, set: &Set, id: &Id) -> bool {
        match set {
            Set::Members(_) => self.disk.ops.contains_key(id),
            Set::Withheld(_) => true,
            Set::Proofs(class) => {
                self.disk.proofs.iter().any(|((of, _), (proof, _))| of == class && proof == id)
            }
            Set::Class(_) => self.disk.versions.contains_key(&VersionId::from_bytes(*id)),
        }
    }

    fn take(
        &mut self,
        _peer: &PublicKey,
        set: &Set,
        bodies: Vec<Vec<u8>>,
        wall: Millis,
    ) -> Result<Vec<(Id, Verdict)>, Crashed> {
        match set {
            Set::Class(_) => self.take_versions(set, bodies, wall),
            Set::Withheld(_) => Ok(Vec::new()),
            Set::Proofs(class) => {
                let mut answers = Vec::new();
                for body in bodies {
                    let id = *blake3::hash(&body).as_bytes();
                    let verdict = match Proof::from_bytes(&body) {
                        Ok(proof) if proof.class == *class => {
                            // The class is not known by its name alone, and the versions say it.
                            let version = Version::from_bytes(&proof.versions()[0].bytes);
                            if let Ok(version) = version {
                                self.classes.entry(*class).or_insert(version.claim.class);
                            }
                            self.commit(|_| {})?;
                            self.prove(&proof);
                            let kept = self.disk.proofs.get(&(*class, proof.author));
                            if kept.is_some_and(|(kept, _)| *kept == id) {
                                Verdict::Stored
                            } else {
                                Verdict::Superseded
                            }
                        }
                        _ => Verdict::Invalid,
                    };
                    answers.push((id, verdict));
                }
                Ok(answers)
            }
            Set::Members(hive) => {
                let Some(members) = self.members.as_ref().filter(|members| members.hive() == *hive) else {
                    return Ok(Vec::new());
                };
                let mut probe = Members::clone(members);
                let mut good = Vec::new();
                let mut answers = Vec::new();
                for body in bodies {
                    let Ok(op) = Signed::from_wire(&body) else { continue };
                    let id = *op.id().as_bytes();
                    let verdict = match probe.insert([&op]).first() {
                        Some(Ok(_)) => Verdict::Stored,
                        _ => Verdict::Invalid,
                    };
                    answers.push((id, verdict));
                    if verdict == Verdict::Stored {
                        good.push(op);
                    }
                }
                let stored = good.clone();
                self.commit(|disk| {
                    Rc::make_mut(&mut disk.ops)
                        .extend(stored.into_iter().map(|op| (*op.id().as_bytes(), op)));
                })?;
                self.learn(good, wall);
                Ok(answers)
            }
        }
    }

    fn withheld_by(&mut self, peer: &PublicKey, added: &[Id], gone: &[Id]) -> Result<(), Crashed> {
        self.revision += 1;
        self.commit(|disk| {
            let withheld = disk.withheld_by.entry(*peer).or_default();
            gone.iter().for_each(|id| {
                withheld.remove(id);
            });
            withheld.extend(added);
        })
    }

    fn acknowledged(&mut self, peer: &PublicKey, set: &Set, ids: &[Id]) -> Result<(), Crashed> {
        let Set::Class(_) = set else { return Ok(()) };
        self.commit(|disk| {
            let ids = ids.iter().copied().map(VersionId::from_bytes);
            let known: Vec<VersionId> = ids.filter(|id| disk.versions.contains_key(id)).collect();
            disk.acked.entry(*peer).or_default().extend(known);
        })
    }

    fn identical(&mut self, peer: &PublicKey, set: &Set, _digest: &Digest) -> Result<(), Crashed> {
        let Set::Class(class) = set else { return Ok(()) };
        if self.excluded(peer).is_empty() && self.share(peer, class) == Share::All {
            let mark = self.disk.versions.len() as u64;
            // What is held, or void, has a number, too; nobody acknowledged it.
            if self.held.is_empty() {
                return self.commit(|disk| {
                    disk.marks.insert((*peer, *set), mark);
                });
            }
        }
        let items: Vec<VersionId> =
            self.items(peer, set).into_iter().map(|item| VersionId::from_bytes(item.id)).collect();
        self.commit(|disk| disk.acked.entry(*peer).or_default().extend(items))
    }

    fn ripen(&mut self, wall: Millis) -> Result<Option<Millis>, Crashed> {
        while let Some((until, id)) = self.held.first().copied() {
            if until > wall {
                return Ok(Some(until));
            }
            self.held.pop_first();
            if let Some((_, version)) = self.disk.versions.get(&id).cloned() {
                self.merge(&version, wall);
            }
        }
        Ok(None)
    }

    fn fresh(&mut self) -> Vec<(Set, Id)> {
        std::mem::take(&mut self.fresh)
    }
}
