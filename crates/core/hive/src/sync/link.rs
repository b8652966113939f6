//! One end of one link: what was told, what is being compared, what is asked and owed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use negentropy::{Negentropy, NegentropyStorageVector};

use super::chase::Key;
use super::frame::{
    Fault, Frame, Id, Level, MAX_BODIES, MAX_IDS, MAX_LEVELS, MAX_STEP, PROTOCOL, Set, Verdict,
};
use super::{Now, Replica};
use crate::key::PublicKey;
use crate::register::Digest;

/// Sets compared at the same time.
const MAX_COMPARED: usize = 8;
/// Milliseconds after which a step is sent again, and how often.
const STEP_PATIENCE: u64 = 10_000;
const MAX_STEPS: u32 = 4;
/// After how long levels are told again if they differ, or have changed.
pub(super) const LEVELS_EVERY: u64 = 60_000;
/// After how long levels that differ in the same way are compared again.
const AGAIN_AFTER: u64 = 55_000;
/// How long is waited for the other end to begin a comparison that it has to.
const BEGIN_PATIENCE: u64 = 5_000;
/// How long a body is waited for, at first and at most.
const BODY_PATIENCE: (u64, u64) = (10_000, 160_000);
/// Things asked for and not yet there, and their bytes, as far as can be guessed.
const MAX_FLIGHT: usize = 1024;
const MAX_FLIGHT_BYTES: u64 = 1 << 20;
/// Ids that the other end may ask for before it gets the first.
const MAX_OWED: usize = 4 * MAX_FLIGHT;
/// Bytes of bodies in a frame, from which on none is added.
const BODIES_BYTES: usize = 48 * 1024;
/// Changes since both were the same that are announced without a comparison.
const MAX_NEWS: usize = 1024;
/// Ids remembered of what the other end has.
const MAX_SEEN: usize = 8192;
/// What a link may bring in a minute.
const MINUTE: u64 = 60_000;
const MAX_MINUTE_BYTES: u64 = 256 << 20;
const MAX_MINUTE_IDS: u64 = 1 << 20;
const MAX_MINUTE_STEPS: u64 = 4096;
const MAX_MINUTE_BAD: u64 = 64;

const EMPTY: fn() -> Digest = || Digest::of([]);

/// A comparison that this end drives.
#[derive(Debug)]
struct Comparison {
    step: u64,
    storage: NegentropyStorageVector,
    have: Vec<Id>,
    need: Vec<Id>,
    message: Vec<u8>,
    sent: u64,
    times: u32,
}

/// What came of a comparison.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) set: Set,
    pub(super) have: Vec<Id>,
    pub(super) need: Vec<Id>,
}

/// Two levels that differ, and what was begun because of it.
#[derive(Debug, Clone, Copy)]
struct Tried {
    pair: (Digest, Digest),
    at: u64,
    begun: Begun,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// What has changed since both were the same was announced.
    News,
    /// The other end is to compare.
    Theirs,
    /// We compare.
    Ours,
}

/// What came in the running minute.
#[derive(Debug, Default)]
struct Minute {
    began: u64,
    bytes: u64,
    ids: u64,
    steps: u64,
    bad: u64,
}

/// Ids that the other end is known to have, the oldest forgotten first.
#[derive(Debug, Default)]
struct Seen {
    ids: BTreeSet<Id>,
    order: VecDeque<Id>,
}

impl Seen {
    fn insert(&mut self, id: Id) {
        if self.ids.insert(id) {
            self.order.push_back(id);
            if self.order.len() > MAX_SEEN
                && let Some(oldest) = self.order.pop_front()
            {
                self.ids.remove(&oldest);
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) peer: PublicKey,
    dialler: bool,
    pub(super) greeted: bool,
    hello_sent: Option<u64>,
    out: VecDeque<Frame>,
    /// What the other end asked for.
    owed: VecDeque<Key>,
    announcing: BTreeMap<Set, Vec<Id>>,
    theirs: BTreeMap<Set, Digest>,
    their_turn: u64,
    complete: bool,
    mine: BTreeMap<Set, Digest>,
    revision: Option<u64>,
    told: Option<BTreeMap<Set, Digest>>,
    told_at: u64,
    turn: u64,
    /// Something came of which it is to be judged what to compare.
    judge: bool,
    /// Levels are told as soon as all is quiet.
    settling: bool,
    compared: BTreeMap<Set, Comparison>,
    answering: BTreeMap<Set, (u64, NegentropyStorageVector)>,
    steps: u64,
    tried: BTreeMap<Set, Tried>,
    same: BTreeMap<Set, Digest>,
    /// Sets of which it was told what changed since both were the same.
    newsed: BTreeSet<Set>,
    /// When something came last, and whether that is long ago.
    heard_at: u64,
    idle: bool,
    /// What could be asked for here.
    pub(super) queue: VecDeque<Key>,
    /// What was asked for here, and until when it is waited for.
    pub(super) flight: BTreeMap<Key, u64>,
    patience: u64,
    average: u64,
    seen: Seen,
    minute: Minute,
    settled: Option<bool>,
}

impl Link {
    pub(super) fn new(peer: PublicKey, dialler: bool, now: Now) -> Link {
        Link {
            peer,
            dialler,
            greeted: false,
            hello_sent: None,
            out: VecDeque::new(),
            owed: VecDeque::new(),
            announcing: BTreeMap::new(),
            theirs: BTreeMap::new(),
            their_turn: 0,
            complete: false,
            mine: BTreeMap::new(),
            revision: None,
            told: None,
            told_at: now.steady,
            turn: 0,
            judge: false,
            settling: false,
            compared: BTreeMap::new(),
            answering: BTreeMap::new(),
            steps: 0,
            tried: BTreeMap::new(),
            same: BTreeMap::new(),
            newsed: BTreeSet::new(),
            heard_at: now.steady,
            idle: false,
            queue: VecDeque::new(),
            flight: BTreeMap::new(),
            patience: BODY_PATIENCE.0,
            average: 1024,
            seen: Seen::default(),
            minute: Minute { began: now.steady, ..Minute::default() },
            settled: None,
        }
    }

    /// Says what each end says first.
    pub(super) fn greet<R: Replica>(&mut self, replica: &R, now: Now) {
        self.hello_sent = Some(now.steady);
        self.out.push_back(Frame::Hello { oldest: PROTOCOL, newest: PROTOCOL });
        self.tell(replica, now);
    }

    pub(super) fn greeted_by<R: Replica>(
        &mut self,
        oldest: u64,
        newest: u64,
        replica: &R,
        now: Now,
    ) -> Result<(), Fault> {
        if !(oldest..=newest).contains(&PROTOCOL) {
            return Err(Fault::Protocol { oldest, newest });
        }
        self.greeted = true;
        // One that comes again: our answer was lost, or the other end began anew.
        if !self.dialler {
            self.greet(replica, now);
        }
        Ok(())
    }

    /// Counts what came.
    pub(super) fn count(&mut self, frame: &Frame, bytes: usize, now: Now) -> Result<(), Fault> {
        if now.steady >= self.minute.began + MINUTE {
            self.minute = Minute { began: now.steady, ..Minute::default() };
        }
        (self.heard_at, self.idle) = (now.steady, false);
        let minute = &mut self.minute;
        minute.bytes += bytes as u64;
        match frame {
            Frame::Announce { ids, .. } | Frame::Want { ids, .. } => minute.ids += ids.len() as u64,
            Frame::Compare { .. } | Frame::Hello { .. } | Frame::Levels { .. } => minute.steps += 1,
            _ => {}
        }
        if minute.bytes > MAX_MINUTE_BYTES {
            Err(Fault::Quota("bytes"))
        } else if minute.ids > MAX_MINUTE_IDS {
            Err(Fault::Quota("ids"))
        } else if minute.steps > MAX_MINUTE_STEPS {
            Err(Fault::Quota("steps"))
        } else {
            Ok(())
        }
    }

    pub(super) fn count_bad(&mut self, many: usize) -> Result<(), Fault> {
        self.minute.bad += many as u64;
        if self.minute.bad > MAX_MINUTE_BAD { Err(Fault::Quota("bad versions")) } else { Ok(()) }
    }

    /// Looks at what the sets come to now, if anything changed.
    fn refresh<R: Replica>(&mut self, replica: &R) {
        let revision = replica.revision();
        if self.revision != Some(revision) {
            self.revision = Some(revision);
            self.mine =
                replica.levels(&self.peer).into_iter().map(|level| (level.set, level.digest)).collect();
        }
    }

    fn tell<R: Replica>(&mut self, replica: &R, now: Now) {
        self.refresh(replica);
        self.turn += 1;
        let levels: Vec<Level> =
            self.mine.iter().map(|(set, digest)| Level { set: *set, digest: *digest }).collect();
        let mut parts = levels.chunks(MAX_LEVELS).peekable();
        if parts.peek().is_none() {
            let none = self.levels(true, &[]);
            self.out.push_back(none);
        }
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let some = self.levels(last, part);
            self.out.push_back(some);
        }
        self.told = Some(self.mine.clone());
        self.told_at = now.steady;
        self.settling = false;
    }

    fn levels(&self, last: bool, levels: &[Level]) -> Frame {
        let heard = if self.complete { self.their_turn } else { 0 };
        Frame::Levels { turn: self.turn, heard, last, levels: levels.to_vec() }
    }

    pub(super) fn told_by<R: Replica>(
        &mut self,
        turn: u64,
        heard: u64,
        last: bool,
        levels: &[Level],
        replica: &R,
        now: Now,
    ) {
        if heard < self.turn && last && now.steady >= self.told_at + STEP_PATIENCE {
            // Ours were lost.
            self.tell(replica, now);
        }
        if turn < self.their_turn {
            return;
        }
        if turn > self.their_turn {
            self.theirs.clear();
            self.complete = false;
        }
        self.their_turn = turn;
        // More sets than would be compared in a day are nobody's.
        if self.theirs.len() < 64 * MAX_LEVELS {
            self.theirs.extend(levels.iter().map(|level| (level.set, level.digest)));
        }
        if last {
            self.complete = true;
            self.judge = true;
            // One end tells because it has changed; the other has to be able to judge, too.
            self.settling |= self.told.as_ref() != Some(&self.mine);
        }
    }

    fn is_quiet(&self) -> bool {
        self.compared.is_empty()
            && self.flight.is_empty()
            && self.queue.is_empty()
            && self.owed.is_empty()
            && self.announcing.is_empty()
    }

    /// Whether the other end is the one that compares this set. What it withholds from us, we compare; for we take what it
    /// says.
    fn drives<R: Replica>(&self, set: &Set, replica: &R) -> bool {
        match set {
            Set::Withheld(key) => *key != replica.key(),
            _ => self.dialler,
        }
    }

    /// Goes on with whatever can be gone on with.
    pub(super) fn drive<R: Replica>(&mut self, replica: &mut R, now: Now) -> Result<(), R::Error> {
        if !self.greeted || !self.complete {
            return Ok(());
        }
        if self.flight.is_empty() && self.queue.is_empty() {
            self.refresh(replica);
            self.note_equal(replica)?;
            if self.judge {
                self.judge = self.begin(replica, now);
            }
        }
        if self.settling && self.is_quiet() && self.told.as_ref() != Some(&self.mine) {
            self.tell(replica, now);
        }
        Ok(())
    }

    fn note_equal<R: Replica>(&mut self, replica: &mut R) -> Result<(), R::Error> {
        for (set, digest) in &self.mine {
            if self.theirs.get(set) == Some(digest) && self.same.get(set) != Some(digest) {
                replica.identical(&self.peer, set, digest)?;
                self.same.insert(*set, *digest);
            }
        }
        Ok(())
    }

    /// Begins comparisons; says whether more will be to begin.
    fn begin<R: Replica>(&mut self, replica: &R, now: Now) -> bool {
        let sets: BTreeSet<Set> = self.mine.keys().chain(self.theirs.keys()).copied().collect();
        let mut phase = None;
        for set in sets {
            if phase.is_some_and(|phase| set.phase() > phase) {
                return true;
            }
            if self.compared.contains_key(&set) {
                phase = Some(set.phase());
                continue;
            }
            let of = |levels: &BTreeMap<Set, Digest>| levels.get(&set).copied().unwrap_or_else(EMPTY);
            let pair = (of(&self.mine), of(&self.theirs));
            if pair.0 == pair.1 || !replica.accepts(&self.peer, &set) {
                continue;
            }
            let drives = self.drives(&set, replica);
            if let Some(tried) = self.tried.get(&set).filter(|tried| tried.pair == pair) {
                let since = now.steady.saturating_sub(tried.at);
                let waits = tried.begun != Begun::Ours && since < BEGIN_PATIENCE;
                if waits {
                    phase = Some(set.phase());
                }
                // After news that did not help comes a comparison.
                if waits || since < AGAIN_AFTER && !(drives && tried.begun == Begun::News) {
                    continue;
                }
            }
            if drives && self.compared.len() >= MAX_COMPARED {
                return true;
            }
            phase = Some(set.phase());
            let begun = match self.news(set, replica) {
                true => Begun::News,
                false if drives => Begun::Ours,
                false => Begun::Theirs,
            };
            self.tried.insert(set, Tried { pair, at: now.steady, begun });
            if begun == Begun::Ours {
                self.compare(set, replica, now);
            }
        }
        phase.is_some()
    }

    /// Once on a link: if both were the same before, announces what has changed here since, which most often is all there
    /// is to do. The other end does so, too. Says whether it did.
    fn news<R: Replica>(&mut self, set: Set, replica: &R) -> bool {
        if !matches!(set, Set::Class(_)) || !self.newsed.insert(set) {
            return false;
        }
        let Some(news) = replica.news(&self.peer, &set, MAX_NEWS) else { return false };
        for id in news {
            self.announce(set, id);
        }
        self.settling = true;
        true
    }

    fn compare<R: Replica>(&mut self, set: Set, replica: &R, now: Now) {
        let storage = storage(replica, &self.peer, &set);
        let Ok(message) = Negentropy::borrowed(&storage, STEP_BYTES).and_then(|mut side| side.initiate())
        else {
            return;
        };
        self.steps += 1;
        let comparison = Comparison {
            step: self.steps,
            storage,
            have: Vec::new(),
            need: Vec::new(),
            message,
            sent: now.steady,
            times: 1,
        };
        self.out.push_back(comparison.frame(set));
        self.compared.insert(set, comparison);
    }

    /// Answers a step of the other end.
    pub(super) fn answer<R: Replica>(
        &mut self,
        set: Set,
        step: u64,
        message: &[u8],
        replica: &R,
    ) -> Result<(), Fault> {
        if !self.greeted || !replica.accepts(&self.peer, &set) {
            return Ok(());
        }
        let revision = replica.revision();
        if self.answering.get(&set).is_none_or(|(of, _)| *of != revision) {
            if self.answering.len() >= MAX_COMPARED {
                self.answering.clear();
            }
            self.answering.insert(set, (revision, storage(replica, &self.peer, &set)));
        }
        let Some((_, storage)) = self.answering.get(&set) else { return Ok(()) };
        let message = Negentropy::borrowed(storage, STEP_BYTES)
            .and_then(|mut side| side.reconcile(message))
            .map_err(|_| Fault::Step)?;
        self.out.push_back(Frame::Compare { set, step, answer: true, message });
        self.settling = true;
        Ok(())
    }

    /// Goes on with a comparison; says what came of it when it is over.
    pub(super) fn answered(
        &mut self,
        set: Set,
        step: u64,
        message: &[u8],
        now: Now,
    ) -> Result<Option<Compared>, Fault> {
        let Some(comparison) = self.compared.get_mut(&set).filter(|comparison| comparison.step == step)
        else {
            return Ok(None);
        };
        let Comparison { storage, have, need, .. } = comparison;
        let next = Negentropy::borrowed(&*storage, STEP_BYTES).and_then(|mut side| {
            side.set_initiator();
            let (mut more_have, mut more_need) = (Vec::new(), Vec::new());
            let next = side.reconcile_with_ids(message, &mut more_have, &mut more_need)?;
            have.extend(more_have.iter().map(|id| id.to_bytes()));
            need.extend(more_need.iter().map(|id| id.to_bytes()));
            Ok(next)
        });
        match next.map_err(|_| Fault::Step)? {
            Some(message) => {
                self.steps += 1;
                comparison.step = self.steps;
                comparison.message = message;
                comparison.sent = now.steady;
                comparison.times = 1;
                self.out.push_back(comparison.frame(set));
                Ok(None)
            }
            None => {
                self.settling = true;
                let over = self.compared.remove(&set);
                Ok(over.map(|Comparison { mut have, mut need, .. }| {
                    // What comes out of a set of hashes has another order each time.
                    have.sort_unstable();
                    need.sort_unstable();
                    need.dedup();
                    Compared { set, have, need }
                }))
            }
        }
    }

    pub(super) fn announce(&mut self, set: Set, id: Id) {
        if !self.seen.ids.contains(&id) {
            self.announcing.entry(set).or_default().push(id);
        }
    }

    /// The other end has these.
    pub(super) fn saw(&mut self, ids: &[Id]) {
        for id in ids {
            self.seen.insert(*id);
        }
    }

    /// The other end asks for these.
    pub(super) fn owe(&mut self, set: Set, ids: Vec<Id>) {
        let room = MAX_OWED.saturating_sub(self.owed.len());
        self.owed.extend(ids.into_iter().take(room).map(|id| (set, id)));
    }

    pub(super) fn ack(&mut self, set: Set, acks: Vec<(Id, Verdict)>) {
        if !acks.is_empty() {
            self.out.push_back(Frame::Ack { set, acks });
        }
    }

    /// Whether there is room to ask for one more than these.
    pub(super) fn has_room_for(&self, more: usize) -> bool {
        let flight = self.flight.len() + more;
        self.greeted && flight < MAX_FLIGHT && (flight as u64) * self.average < MAX_FLIGHT_BYTES
    }

    /// Asks for these, which were put into flight.
    pub(super) fn want(&mut self, keys: &[Key], now: Now) {
        let mut sets: BTreeMap<Set, Vec<Id>> = BTreeMap::new();
        for (set, id) in keys {
            self.flight.insert((*set, *id), now.steady + self.patience);
            sets.entry(*set).or_default().push(*id);
        }
        for (set, ids) in sets {
            // No more than MAX_FLIGHT, which is less than a frame holds.
            self.out.push_back(Frame::Want { set, ids });
        }
    }

    /// Bodies came: how long the next are waited for, and how big they may be.
    pub(super) fn brought(&mut self, bodies: &[Vec<u8>]) {
        self.patience = (self.patience / 2).max(BODY_PATIENCE.0);
        for body in bodies {
            self.average = (self.average * 7 + body.len() as u64) / 8 + 1;
        }
    }

    /// Things that were waited for long enough.
    pub(super) fn late(&mut self, now: Now) -> Vec<Key> {
        let late: Vec<Key> =
            self.flight.iter().filter(|(_, until)| **until <= now.steady).map(|(key, _)| *key).collect();
        for key in &late {
            self.flight.remove(key);
        }
        if !late.is_empty() {
            self.patience = (self.patience * 2).min(BODY_PATIENCE.1);
            self.settling = true;
        }
        late
    }

    /// What the time brings.
    pub(super) fn tick<R: Replica>(&mut self, replica: &R, now: Now) {
        if !self.greeted {
            if self.dialler && self.hello_sent.is_some_and(|sent| now.steady >= sent + STEP_PATIENCE) {
                self.out.clear();
                self.greet(replica, now);
            }
            return;
        }
        self.idle = now.steady >= self.heard_at + STEP_PATIENCE;
        let Link { compared, out, .. } = self;
        compared.retain(|set, comparison| {
            if now.steady < comparison.sent + STEP_PATIENCE {
                return true;
            }
            comparison.sent = now.steady;
            comparison.times += 1;
            if comparison.times <= MAX_STEPS {
                out.push_back(comparison.frame(*set));
            }
            comparison.times <= MAX_STEPS
        });
        if now.steady >= self.told_at + self.tells_every() {
            self.refresh(replica);
            self.answering.clear();
            if !self.complete || self.told.as_ref() != Some(&self.mine) || self.mine != self.theirs {
                self.tell(replica, now);
                self.judge = true;
            } else {
                self.told_at = now.steady;
            }
        }
    }

    /// How long levels are good for: until the other end has told its own, it may not have got ours either.
    fn tells_every(&self) -> u64 {
        if self.complete { LEVELS_EVERY } else { STEP_PATIENCE }
    }

    /// When to tick next.
    pub(super) fn due(&self) -> u64 {
        let mut due = self.told_at + self.tells_every();
        if !self.greeted {
            return self.hello_sent.filter(|_| self.dialler).map_or(u64::MAX, |sent| sent + STEP_PATIENCE);
        }
        if !self.idle {
            due = due.min(self.heard_at + STEP_PATIENCE);
        }
        due = self.compared.values().map(|comparison| comparison.sent + STEP_PATIENCE).fold(due, u64::min);
        if self.judge
            && self.complete
            && self.compared.is_empty()
            && self.flight.is_empty()
            && self.queue.is_empty()
        {
            let waited = self.tried.values().map(|tried| tried.at).max().unwrap_or(self.told_at);
            due = due.min(waited + BEGIN_PATIENCE);
        }
        self.flight.values().copied().fold(due, u64::min)
    }

    /// The next frame to send.
    pub(super) fn transmit<R: Replica>(&mut self, replica: &R, now: Now) -> Option<Frame> {
        if let Some(frame) = self.out.pop_front() {
            return Some(frame);
        }
        if !self.greeted {
            return None;
        }
        while let Some(mut entry) = self.announcing.first_entry() {
            let set = *entry.key();
            let rest = entry.get().len().saturating_sub(MAX_IDS);
            let ids: Vec<Id> = entry.get_mut().drain(rest..).collect();
            if rest == 0 {
                entry.remove();
            }
            // In the meantime something else may stand there, or the other end may have it.
            let ids: Vec<Id> = ids
                .into_iter()
                .filter(|id| !self.seen.ids.contains(id) && replica.offers(&self.peer, &set, id))
                .collect();
            if !ids.is_empty() {
                return Some(Frame::Announce { set, ids });
            }
        }
        let Some((set, _)) = self.owed.front().copied() else {
            // The last that was owed is gone: now it is quiet.
            if self.settling && self.complete && self.is_quiet() && self.told.as_ref() != Some(&self.mine) {
                self.tell(replica, now);
            }
            return self.out.pop_front();
        };
        let (mut bodies, mut gone, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some((of, id)) = self.owed.front().copied() {
            if of != set || bytes > BODIES_BYTES || bodies.len() + gone.len() >= MAX_BODIES {
                break;
            }
            self.owed.pop_front();
            match replica.body(&self.peer, &set, &id) {
                Some(body) => {
                    bytes += body.len();
                    bodies.push(body);
                }
                None => gone.push(id),
            }
        }
        Some(Frame::Bodies { set, bodies, gone })
    }

    /// If all there is to do was done since this last said so: whether both ends have the same. That they have not is only
    /// said when nothing has come for a while.
    pub(super) fn settles(&mut self) -> Option<bool> {
        let settled = self.greeted
            && self.complete
            && !self.judge
            && self.out.is_empty()
            && self.is_quiet()
            && self.told.as_ref() == Some(&self.mine);
        let same = self.mine == self.theirs;
        let state = (settled && (same || self.idle)).then_some(same);
        if state == self.settled {
            return None;
        }
        self.settled = state;
        state
    }
}

/// What `negentropy` keeps to.
const STEP_BYTES: u64 = MAX_STEP as u64 - 4096;

impl Comparison {
    fn frame(&self, set: Set) -> Frame {
        Frame::Compare { set, step: self.step, answer: false, message: self.message.clone() }
    }
}

fn storage<R: Replica>(replica: &R, peer: &PublicKey, set: &Set) -> NegentropyStorageVector {
    let items = replica.items(peer, set);
    let mut storage = NegentropyStorageVector::with_capacity(items.len());
    for item in items {
        // About seconds: both ends only have to order in the same way, and small numbers are short. It does not fail
        // before it is sealed.
        let stamp = item.hlc.time().0 >> 10;
        if storage.insert(stamp, negentropy::Id::from_byte_array(item.id)).is_err() {
            break;
        }
    }
    match storage.seal() {
        Ok(()) => storage,
        Err(_) => NegentropyStorageVector::new(),
    }
}
