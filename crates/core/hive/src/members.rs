//! Who belongs to a hive: a set of signed operations, and what they come to.
//!
//! A hive is the operation that founded it. Each operation names those that its author had seen last, so the set is a graph
//! without cycles, and what it comes to is a function of the set, whatever the order of arrival. An operation counts if
//! its author was an owner by what counts of all it had seen, and if no *concurrent* operation that counts takes that
//! away: who is removed has removed nobody in the meantime, and has let nobody in. Where such operations take each
//! other away in a circle, as when two owners remove each other, that of the most senior author counts, and those against
//! it do not.
//!
//! **Whose versions are merged.** Those of members and owners; of readers and strangers none, they are refused at the door.
//! Of a key that was removed what it wrote before stays: the operation that removes names a stamp, and versions
//! stamped later do not count ([`Members::admits`]). The stamp stands in the operation and not in the moment
//! at which somebody learned of it, so all machines count the same versions, in whatever order the two reach them. Whoever removes a
//! stolen key names the day it was stolen. (A removed author can still date a version back; it needs a member that takes it
//! and passes it on, as nobody else talks to the removed, and it is then the same for everybody.)

use std::collections::{BTreeMap, BTreeSet};

use crate::bytes::{self, BytesError, Reader, Writer, id};
use crate::claim::{Class, HiveId, Signed, Version};
use crate::clock::Hlc;
use crate::key::{self, PublicKey, SecretKey, Signature};

/// Operations that one names as seen: the ends of the graph as its author knew it.
pub const MAX_PARENTS: usize = 32;
/// Bytes of a name.
pub const MAX_NAME: usize = 128;
/// Bytes of an operation: more than all of its parts can come to.
pub const MAX_OP: usize = 4096;

id! {
    /// Names an operation: the hash of its bytes.
    OpId
}

/// What a member may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Receives, and is not heard.
    Reader,
    /// Receives and writes.
    Member,
    /// As a member, and says who belongs.
    Owner,
}

impl Role {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Member => "member",
            Role::Owner => "owner",
        }
    }

    /// The role of this word.
    pub fn parse(word: &str) -> Option<Role> {
        [Role::Reader, Role::Member, Role::Owner].into_iter().find(|role| role.as_str() == word)
    }

    const fn writes(self) -> bool {
        !matches!(self, Role::Reader)
    }

    const fn byte(self) -> u8 {
        match self {
            Role::Reader => 0,
            Role::Member => 1,
            Role::Owner => 2,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Role, BytesError> {
        let byte = reader.byte()?;
        let all = [Role::Reader, Role::Member, Role::Owner];
        all.into_iter().find(|role| role.byte() == byte).ok_or(BytesError::Value("a role"))
    }
}

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// Begins a hive, of which the author is the first owner.
    Found {
        /// What people call the hive.
        name: String,
        /// What people call its founder.
        founder: String,
        /// Random, so that two hives of one founder and name are two.
        nonce: [u8; 16],
    },
    /// Takes somebody in.
    Add {
        /// Whom.
        key: PublicKey,
        /// As what.
        role: Role,
        /// What people call it.
        name: String,
    },
    /// Puts somebody out, by an owner; or leaves, by oneself.
    Remove {
        /// Whom.
        key: PublicKey,
        /// What it stamped after this does not count.
        after: Hlc,
    },
    /// Makes a member something else.
    Role {
        /// Whom.
        key: PublicKey,
        /// What.
        role: Role,
    },
    /// The author hands over to a new key of its own, which has agreed.
    Successor {
        /// The new key.
        new: PublicKey,
        /// Its signature: see [`consent`].
        consent: Signature,
    },
    /// An owner puts out a key that was lost, and the new one of the same person takes its place.
    Retire {
        /// The lost one.
        key: PublicKey,
        /// What it stamped after this does not count.
        after: Hlc,
        /// The new one, if there is one yet.
        heir: Option<PublicKey>,
    },
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Op {
    /// The hive; none in the operation that founds it.
    pub hive: Option<HiveId>,
    /// Who signs it.
    pub author: PublicKey,
    /// When.
    pub hlc: Hlc,
    /// The ends of the graph that its author had seen; none in the operation that founds.
    pub parents: BTreeSet<OpId>,
    /// What it does.
    pub action: Action,
}

/// Why an operation is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// The bytes are not the one way to write an operation.
    #[error("not an operation: {0}")]
    Bytes(#[from] BytesError),
    /// The signature is not its author's, or the new key's consent is not the new key's.
    #[error("not signed by whom it says")]
    Signature,
    /// Asked to sign in another's name.
    #[error("only its author can sign an operation")]
    Author,
    /// It belongs to another hive.
    #[error("of another hive")]
    Hive,
}

/// What a new key signs to take the place of an old one in a hive.
pub fn consent(hive: &HiveId, old: &PublicKey, new: &PublicKey) -> Vec<u8> {
    let mut writer = Writer::new(bytes::HEIR);
    writer.fixed(hive.as_bytes()).fixed(old.as_bytes()).fixed(new.as_bytes());
    writer.finish()
}

impl Op {
    /// Its bytes, if each part is within its limits.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BytesError> {
        let mut writer = Writer::new(bytes::OP);
        match &self.hive {
            None => writer.byte(0),
            Some(hive) => writer.byte(1).fixed(hive.as_bytes()),
        };
        writer.fixed(self.author.as_bytes()).word(self.hlc.raw()).number(self.parents.len() as u64);
        for parent in &self.parents {
            writer.fixed(parent.as_bytes());
        }
        match &self.action {
            Action::Found { name, founder, nonce } => writer.byte(0).text(name).text(founder).fixed(nonce),
            Action::Add { key, role, name } => {
                writer.byte(1).fixed(key.as_bytes()).byte(role.byte()).text(name)
            }
            Action::Remove { key, after } => writer.byte(2).fixed(key.as_bytes()).word(after.raw()),
            Action::Role { key, role } => writer.byte(3).fixed(key.as_bytes()).byte(role.byte()),
            Action::Successor { new, consent } => {
                writer.byte(4).fixed(new.as_bytes()).fixed(consent.as_bytes())
            }
            Action::Retire { key, after, heir } => {
                writer.byte(5).fixed(key.as_bytes()).word(after.raw());
                match heir {
                    None => writer.byte(0),
                    Some(heir) => writer.byte(1).fixed(heir.as_bytes()),
                }
            }
        };
        let bytes = writer.finish();
        // One rule for writing and reading: what could not be read is not written.
        Op::from_bytes(&bytes)?;
        Ok(bytes)
    }

    /// Reads the bytes of an operation; every other way to write the same is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Op, BytesError> {
        if bytes.len() > MAX_OP {
            return Err(BytesError::TooLong { field: "an operation", limit: MAX_OP });
        }
        let mut reader = Reader::new(bytes, bytes::OP)?;
        let hive = reader.flag("a hive")?.then(|| reader.fixed()).transpose()?.map(HiveId::from_bytes);
        let author = PublicKey::from_bytes(reader.fixed()?);
        let hlc = Hlc::from_raw(reader.word()?);
        let mut parents = BTreeSet::new();
        for _ in 0..reader.count("what was seen", MAX_PARENTS)? {
            let parent = OpId::from_bytes(reader.fixed()?);
            if parents.last().is_some_and(|last| *last >= parent) {
                return Err(BytesError::Order("operations that were seen"));
            }
            parents.insert(parent);
        }
        let action = Action::read(&mut reader)?;
        reader.finish()?;
        let founds = matches!(action, Action::Found { .. });
        if founds != hive.is_none() || founds != parents.is_empty() {
            return Err(BytesError::Value("what was seen"));
        }
        Ok(Op { hive, author, hlc, parents, action })
    }

    /// Signs it.
    pub fn sign(&self, key: &SecretKey) -> Result<Signed, OpError> {
        if key.public() != self.author {
            return Err(OpError::Author);
        }
        let bytes = self.to_bytes()?;
        let signature = key.sign(&bytes);
        Ok(Signed { bytes: bytes.into(), signature })
    }

    /// Whom it takes authority from, if it counts.
    fn takes_from(&self) -> Option<PublicKey> {
        match &self.action {
            Action::Remove { key, .. } | Action::Retire { key, .. } => Some(*key),
            Action::Role { key, role } if *role != Role::Owner => Some(*key),
            _ => None,
        }
    }

    /// Whom it puts out, if it counts.
    fn puts_out(&self) -> Option<PublicKey> {
        match &self.action {
            Action::Remove { key, .. } | Action::Retire { key, .. } => Some(*key),
            Action::Successor { .. } => Some(self.author),
            _ => None,
        }
    }
}

impl Action {
    fn read(reader: &mut Reader<'_>) -> Result<Action, BytesError> {
        fn key(reader: &mut Reader<'_>) -> Result<PublicKey, BytesError> {
            Ok(PublicKey::from_bytes(reader.fixed()?))
        }
        fn name(reader: &mut Reader<'_>) -> Result<String, BytesError> {
            Ok(reader.text("a name", MAX_NAME)?.to_owned())
        }
        Ok(match reader.byte()? {
            0 => Action::Found { name: name(reader)?, founder: name(reader)?, nonce: reader.fixed()? },
            1 => Action::Add { key: key(reader)?, role: Role::read(reader)?, name: name(reader)? },
            2 => Action::Remove { key: key(reader)?, after: Hlc::from_raw(reader.word()?) },
            3 => Action::Role { key: key(reader)?, role: Role::read(reader)? },
            4 => Action::Successor { new: key(reader)?, consent: Signature::from_bytes(reader.fixed()?) },
            5 => Action::Retire {
                key: key(reader)?,
                after: Hlc::from_raw(reader.word()?),
                heir: reader.flag("an heir")?.then(|| key(reader)).transpose()?,
            },
            _ => return Err(BytesError::Value("an action")),
        })
    }
}

/// What is known of a key that is or was in a hive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What it is now; none if it is out.
    pub role: Option<Role>,
    /// What people call it.
    pub name: String,
    /// The key that took its place.
    pub successor: Option<PublicKey>,
    /// How senior: lesser is more.
    rank: (usize, Hlc, OpId),
    /// From when to when what it wrote counts, both included.
    written: Vec<(Hlc, Hlc)>,
}

impl Member {
    fn open(&mut self, from: Hlc) {
        match self.written.last() {
            // Who never wrote before has nothing to hide in the past.
            None => self.written.push((Hlc::ZERO, Hlc::MAX)),
            Some((_, Hlc::MAX)) => {}
            Some((_, until)) => self.written.push((from.max(until.next()), Hlc::MAX)),
        }
    }

    fn close(&mut self, after: Hlc) {
        self.written.retain(|(from, _)| *from <= after || *from == Hlc::ZERO);
        if let Some((_, until)) = self.written.last_mut() {
            *until = after.min(*until);
        }
    }

    fn become_role(&mut self, role: Role, at: Hlc) {
        self.role = Some(role);
        if role.writes() { self.open(at) } else { self.close(at) }
    }
}

/// A hive's operations, and what they come to.
#[derive(Debug, Clone)]
pub struct Members {
    hive: HiveId,
    ops: BTreeMap<OpId, (Op, Signed)>,
    /// What counts of them, and what it comes to.
    counting: BTreeSet<OpId>,
    name: String,
    members: BTreeMap<PublicKey, Member>,
}

impl Members {
    /// A hive, by the operation that founds it.
    pub fn found(founding: &Signed) -> Result<Members, OpError> {
        let op = read(founding)?;
        if op.hive.is_some() {
            return Err(OpError::Hive);
        }
        let id = *founding.id().as_bytes();
        let mut members = Members {
            hive: HiveId::from_bytes(id),
            ops: BTreeMap::from([(OpId::from_bytes(id), (op, founding.clone()))]),
            counting: BTreeSet::new(),
            name: String::new(),
            members: BTreeMap::new(),
        };
        members.evaluate();
        Ok(members)
    }

    /// The hive's name among machines.
    pub fn hive(&self) -> HiveId {
        self.hive
    }

    /// What people call the hive.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes operations in, in any order, and says for each whether it was new. What they come to is worked out
    /// once, at the end.
    pub fn insert<'a>(&mut self, ops: impl IntoIterator<Item = &'a Signed>) -> Vec<Result<bool, OpError>> {
        let answers = ops.into_iter().map(|signed| self.insert_one(signed)).collect::<Vec<_>>();
        if answers.contains(&Ok(true)) {
            self.evaluate();
        }
        answers
    }

    fn insert_one(&mut self, signed: &Signed) -> Result<bool, OpError> {
        let id = OpId::from_bytes(*signed.id().as_bytes());
        if self.ops.contains_key(&id) {
            return Ok(false);
        }
        let op = read(signed)?;
        if op.hive != Some(self.hive) {
            return Err(OpError::Hive);
        }
        self.ops.insert(id, (op, signed.clone()));
        Ok(true)
    }

    /// An operation to be signed by `author`, that has seen all there is.
    pub fn next(&self, author: PublicKey, hlc: Hlc, action: Action) -> Op {
        let known = self.sorted();
        let seen: BTreeSet<OpId> = known.iter().flat_map(|id| &self.ops[id].0.parents).copied().collect();
        let parents = known.into_iter().filter(|id| !seen.contains(id)).rev().take(MAX_PARENTS).collect();
        Op { hive: Some(self.hive), author, hlc, parents, action }
    }

    /// Every operation, what does not count too: others decide by the same set.
    pub fn ops(&self) -> impl Iterator<Item = (&OpId, &Signed)> {
        self.ops.iter().map(|(id, (_, signed))| (id, signed))
    }

    /// Operations that others had seen and we have not: to be asked for.
    pub fn missing(&self) -> BTreeSet<OpId> {
        let parents = self.ops.values().flat_map(|(op, _)| &op.parents);
        parents.filter(|id| !self.ops.contains_key(*id)).copied().collect()
    }

    /// Whether an operation counts.
    pub fn counts(&self, op: &OpId) -> bool {
        self.counting.contains(op)
    }

    /// Everybody who is or was in the hive.
    pub fn all(&self) -> impl Iterator<Item = (&PublicKey, &Member)> {
        self.members.iter()
    }

    /// Everybody who is in the hive now.
    pub fn current(&self) -> impl Iterator<Item = (&PublicKey, Role)> {
        self.members.iter().filter_map(|(key, member)| Some((key, member.role?)))
    }

    /// What this key is now; none if it is not in the hive. Nobody else is talked to.
    pub fn role(&self, key: &PublicKey) -> Option<Role> {
        self.members.get(key)?.role
    }

    /// What is known of a key.
    pub fn member(&self, key: &PublicKey) -> Option<&Member> {
        self.members.get(key)
    }

    /// The key that a key's person uses now: itself, or the last that took its place.
    pub fn successor(&self, key: &PublicKey) -> PublicKey {
        let (mut key, mut seen) = (*key, BTreeSet::new());
        while let Some(next) = self.members.get(&key).and_then(|member| member.successor) {
            if !seen.insert(key) {
                break;
            }
            key = next;
        }
        key
    }

    /// Whether a version that this key stamped so counts: whether it is merged at all.
    pub fn admits(&self, author: &PublicKey, hlc: Hlc) -> bool {
        let written = self.members.get(author).map(|member| member.written.as_slice()).unwrap_or_default();
        written.iter().any(|(from, until)| (*from..=*until).contains(&hlc))
    }

    /// Whether a version is taken in at all: of this hive, and by somebody who counted when it was stamped. What is not is
    /// neither merged nor acknowledged; should its author turn out to be a member, it comes again.
    pub fn takes(&self, version: &Version) -> bool {
        version.claim.class.hive == self.hive && self.admits(&version.claim.author, version.hlc)
    }

    /// Whether this key may be given what is in a class: a member now, and of its audience or not limited by one.
    pub fn may_know(&self, key: &PublicKey, class: &Class) -> bool {
        class.hive == self.hive && self.role(key).is_some() && class.is_for(key)
    }

    /// The operations of which everything is known that they had seen, each after those, else by stamp and id.
    fn sorted(&self) -> Vec<OpId> {
        let mut children: BTreeMap<OpId, Vec<OpId>> = BTreeMap::new();
        let mut waiting: BTreeMap<OpId, usize> = BTreeMap::new();
        let mut ready = BTreeSet::new();
        for (id, (op, _)) in &self.ops {
            for parent in &op.parents {
                children.entry(*parent).or_default().push(*id);
            }
            if op.parents.is_empty() {
                ready.insert((op.hlc, *id));
            } else {
                waiting.insert(*id, op.parents.len());
            }
        }
        let mut sorted = Vec::with_capacity(self.ops.len());
        while let Some((_, id)) = ready.pop_first() {
            sorted.push(id);
            for child in children.remove(&id).unwrap_or_default() {
                if let Some(left) = waiting.get_mut(&child) {
                    *left -= 1;
                    if *left == 0 {
                        ready.insert((self.ops[&child].0.hlc, child));
                    }
                }
            }
        }
        sorted
    }

    fn evaluate(&mut self) {
        let ids = self.sorted();
        let ops: Vec<&Op> = ids.iter().map(|id| &self.ops[id].0).collect();
        let graph = Graph::new(&ids, ops);
        let decided = graph.decide();
        let accepted: Vec<usize> = (0..ids.len()).filter(|index| decided[*index]).collect();
        let members = graph.state(&accepted);
        self.counting = accepted.iter().map(|index| ids[*index]).collect();
        if let Some(Action::Found { name, .. }) = graph.ops.first().map(|op| &op.action) {
            self.name = name.clone();
        }
        self.members = members;
    }
}

/// Reads an operation and checks who signed.
fn read(signed: &Signed) -> Result<Op, OpError> {
    let op = Op::from_bytes(&signed.bytes)?;
    let agreed = match (&op.action, &op.hive) {
        (Action::Successor { new, consent: agreed }, Some(hive)) => {
            key::verify(new, &consent(hive, &op.author, new), agreed)
        }
        _ => true,
    };
    if agreed && key::verify(&op.author, &signed.bytes, &signed.signature) {
        Ok(op)
    } else {
        Err(OpError::Signature)
    }
}

/// Operations in an order in which each comes after all it had seen.
struct Graph<'a> {
    ids: &'a [OpId],
    ops: Vec<&'a Op>,
    /// For each the places of all that it had seen, itself and what those had seen too.
    past: Vec<Places>,
    depth: Vec<usize>,
}

/// A set of places.
#[derive(Clone)]
struct Places(Vec<u64>);

impl Places {
    fn has(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }
}

type State = BTreeMap<PublicKey, Member>;

impl<'a> Graph<'a> {
    fn new(ids: &'a [OpId], ops: Vec<&'a Op>) -> Graph<'a> {
        let places: BTreeMap<&OpId, usize> = ids.iter().enumerate().map(|(index, id)| (id, index)).collect();
        let mut past: Vec<Places> = Vec::with_capacity(ops.len());
        let mut depth: Vec<usize> = Vec::with_capacity(ops.len());
        for (index, op) in ops.iter().enumerate() {
            let mut seen = Places(vec![0; ops.len().div_ceil(64)]);
            let mut deep = 0;
            for parent in &op.parents {
                let place = places[parent];
                for (word, other) in seen.0.iter_mut().zip(&past[place].0) {
                    *word |= other;
                }
                deep = deep.max(depth[place] + 1);
            }
            seen.0[index / 64] |= 1 << (index % 64);
            past.push(seen);
            depth.push(deep);
        }
        Graph { ids, ops, past, depth }
    }

    /// Whether `one` takes away what `other` does, if it counts: it puts its author out, and had not seen it.
    fn takes_away(&self, one: usize, other: usize) -> bool {
        one != other
            && self.ops[one].takes_from() == Some(self.ops[other].author)
            && !self.past[one].has(other)
            // Who removes himself has not removed what he did elsewhere at the time.
            && self.ops[one].author != self.ops[other].author
    }

    /// For each whether it counts.
    fn decide(&self) -> Vec<bool> {
        let count = self.ops.len();
        let against: Vec<Vec<usize>> =
            (0..count).map(|other| (0..count).filter(|one| self.takes_away(*one, other)).collect()).collect();
        let mut decided: Vec<Option<bool>> = vec![None; count];
        loop {
            let mut moved = false;
            for index in 0..count {
                if decided[index].is_some() || !self.past_is_decided(index, &decided) {
                    continue;
                }
                let allowed = || self.is_allowed(index, &decided);
                let taken = against[index].iter().any(|one| decided[*one] == Some(true));
                let open = against[index].iter().any(|one| decided[*one].is_none());
                if taken || !allowed() {
                    decided[index] = Some(false);
                } else if !open {
                    decided[index] = Some(true);
                } else {
                    continue;
                }
                moved = true;
            }
            if moved {
                continue;
            }
            let Some(senior) = self.senior_of_a_circle(&against, &decided) else { break };
            decided[senior] = Some(true);
            for one in &against[senior] {
                decided[*one] = Some(false);
            }
        }
        decided.into_iter().map(|answer| answer == Some(true)).collect()
    }

    fn past_is_decided(&self, index: usize, decided: &[Option<bool>]) -> bool {
        (0..index).all(|other| !self.past[index].has(other) || decided[other].is_some())
    }

    /// Nothing can be decided on its own any more: each waits for another. Among those that wait for nobody outside of
    /// their circle, and whose past is decided, the one whose author is most senior.
    fn senior_of_a_circle(&self, against: &[Vec<usize>], decided: &[Option<bool>]) -> Option<usize> {
        let open: Vec<usize> = (0..decided.len()).filter(|index| decided[*index].is_none()).collect();
        let reach = |from: usize| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
            while let Some(index) = next.pop() {
                let past = open.iter().filter(|other| **other != index && self.past[index].has(**other));
                let waits = against[index].iter().filter(|other| decided[**other].is_none());
                next.extend(past.chain(waits).filter(|other| seen.insert(**other)));
            }
            seen
        };
        let reached: BTreeMap<usize, BTreeSet<usize>> =
            open.iter().map(|index| (*index, reach(*index))).collect();
        let closed = |index: &&usize| reached[*index].iter().all(|other| reached[other].contains(*index));
        let candidates = open.iter().filter(closed).filter(|index| self.past_is_decided(**index, decided));
        candidates.copied().min_by_key(|index| {
            let rank =
                self.state(&self.seen(*index, decided)).get(&self.ops[*index].author).map(|own| own.rank);
            // Nobody is last.
            (rank.is_none(), rank, self.ops[*index].hlc, self.ids[*index])
        })
    }

    /// What an operation had seen that counts.
    fn seen(&self, index: usize, decided: &[Option<bool>]) -> Vec<usize> {
        (0..index).filter(|other| self.past[index].has(*other) && decided[*other] == Some(true)).collect()
    }

    /// Whether its author could do that, by what it had seen.
    fn is_allowed(&self, index: usize, decided: &[Option<bool>]) -> bool {
        let op = self.ops[index];
        if let Action::Found { .. } = op.action {
            return index == 0;
        }
        let state = self.state(&self.seen(index, decided));
        let role = |key: &PublicKey| state.get(key).and_then(|member| member.role);
        let owners = || state.values().filter(|member| member.role == Some(Role::Owner)).count();
        let Some(own) = role(&op.author) else { return false };
        let is_owner = own == Role::Owner;
        // Somebody has to be left who can let others in.
        let leaves_none = |key: &PublicKey| role(key) == Some(Role::Owner) && owners() == 1;
        match &op.action {
            Action::Found { .. } => false,
            Action::Add { key, .. } => is_owner && key.check().is_ok() && role(key).is_none(),
            Action::Remove { key, .. } => {
                (is_owner || *key == op.author) && role(key).is_some() && !leaves_none(key)
            }
            Action::Role { key, role: to } => {
                is_owner && role(key).is_some() && (*to == Role::Owner || !leaves_none(key))
            }
            Action::Successor { new, .. } => *new != op.author && !state.contains_key(new),
            Action::Retire { key, heir, .. } => {
                let fits = |heir: &PublicKey| heir.check().is_ok() && !state.contains_key(heir);
                is_owner
                    && state.contains_key(key)
                    && heir.as_ref().is_none_or(fits)
                    && (heir.is_some() || !leaves_none(key))
            }
        }
    }

    /// What these operations come to: all of them count.
    fn state(&self, indices: &[usize]) -> State {
        let mut state = State::new();
        let outs: Vec<usize> =
            indices.iter().copied().filter(|index| self.ops[*index].puts_out().is_some()).collect();
        for index in indices {
            self.apply(*index, &outs, &mut state);
        }
        state
    }

    fn apply(&self, index: usize, outs: &[usize], state: &mut State) {
        let op = self.ops[index];
        let rank = (self.depth[index], op.hlc, self.ids[index]);
        // Whoever is put out is out, whatever was done for it elsewhere at the time.
        let put_out = |key: &PublicKey| {
            let concurrent = |other: &usize| !self.past[*other].has(index) && !self.past[index].has(*other);
            outs.iter().any(|other| self.ops[*other].puts_out() == Some(*key) && concurrent(other))
        };
        match &op.action {
            Action::Found { founder, .. } => {
                admit(state, op.author, Role::Owner, founder, op.hlc, rank);
            }
            Action::Add { key, role, name } if !put_out(key) => admit(state, *key, *role, name, op.hlc, rank),
            Action::Add { .. } => {}
            Action::Remove { key, after } => put(state, key, *after),
            Action::Role { key, role } if !put_out(key) => {
                if let Some(member) = state.get_mut(key).filter(|member| member.role.is_some()) {
                    member.become_role(*role, op.hlc);
                }
            }
            Action::Role { .. } => {}
            Action::Successor { new, .. } => hand_over(state, &op.author, op.hlc, Some(new)),
            Action::Retire { key, after, heir } => hand_over(state, key, *after, heir.as_ref()),
        }
    }
}

/// Takes a key in; one that is in already stays what it is, unless two took it in at once: then the lesser role holds.
fn admit(state: &mut State, key: PublicKey, role: Role, name: &str, at: Hlc, rank: (usize, Hlc, OpId)) {
    let fresh = Member { role: None, name: name.to_owned(), successor: None, rank, written: Vec::new() };
    let member = state.entry(key).or_insert(fresh);
    match member.role {
        None => {
            member.successor = None;
            member.rank = rank;
            name.clone_into(&mut member.name);
            member.become_role(role, at);
        }
        Some(other) if role < other => member.become_role(role, at),
        Some(_) => {}
    }
}

fn put(state: &mut State, key: &PublicKey, after: Hlc) {
    if let Some(member) = state.get_mut(key) {
        member.role = None;
        member.close(after);
    }
}

/// What a key was, another is. A key that is out already hands nothing over, so it cannot do so twice.
fn hand_over(state: &mut State, old: &PublicKey, after: Hlc, new: Option<&PublicKey>) {
    let Some(member) = state.get(old).cloned() else { return };
    put(state, old, after);
    let (Some(role), Some(new)) = (member.role, new) else { return };
    if state.contains_key(new) {
        return;
    }
    admit(state, *new, role, &member.name, after, member.rank);
    if let Some(member) = state.get_mut(old) {
        member.successor = Some(*new);
    }
}
