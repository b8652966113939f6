//! What hooks go by: everything that [`Known`] asks of what was learned, looked up in the bytes of a file as they stand.
//!
//! ```text
//! "cctltab" | format | xxh3-64 of the head | its length | the head: which model, numbers, of each group how many steps it has,
//!           | of each list how many buckets | steps, each group's with a sum | the lists, bucket by bucket
//! bucket:   | its sum | how many entries it has | the entries | nothing, up to the length of all buckets of its list
//! ```
//!
//! Keys are hashes, so that they lie evenly: a list (slots and weights, exact calls and what was answered, parts that were
//! answered for) is cut into buckets by the upper bits of its keys, each with room for several times as many as there are on
//! average. A hook reads the head and one bucket for each key, however many there are. What does not fit into a bucket is
//! left out, which makes a call ask. Weights have 32 bits: what differs from the model is below what any threshold turns on.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;

use xxhash_rust::xxh3::xxh3_64;

use crate::bound::Risk;
use crate::bytes::{Reader, Writer};
use crate::calibration::{Interval, Step, grained};
use crate::features::{Group, Key, SLOTS};
use crate::learner::{Learner, sign};
use crate::model::{Evidence, Known, Mixture, Model, PLACES};
use crate::stored::{FORMAT, Unusable};

const MAGIC: &[u8; 7] = b"cctltab";
/// Magic, format, checksum, length of the head.
const HEADER: usize = MAGIC.len() + 1 + 8 + 8;
/// So much is read at once; most heads are no longer.
const START: usize = 1024;
/// A score and two probabilities.
const STEP: usize = 24;
/// So many weights, the largest; so many calls and parts, those answered last.
const MOST: usize = 16_384;
const MOST_CALLS: usize = 8_192;
/// Behind the steps of a group.
const SUM: usize = 4;

/// How a list is cut into buckets: of so many bytes is an entry, and of so many its key.
#[derive(Debug, Clone, Copy)]
struct Shape<const ENTRY: usize, const KEY: usize>;

const WEIGHTS: Shape<8, 4> = Shape;
const ANSWERED: Shape<{ 8 + 4 * 4 + 8 + 8 }, 8> = Shape;
const PARTS: Shape<8, 8> = Shape;
/// How many entries a bucket has on average, and how many at most: of a million, one has more.
const MEAN: usize = 4;
const ROOM: usize = 16;
/// Before the entries of a bucket: its sum, and how many there are.
const BEFORE: usize = 5;
/// No bucket is longer.
const LONGEST: usize = Shape::<{ 8 + 4 * 4 + 8 + 8 }, 8>::LENGTH;

impl<const ENTRY: usize, const KEY: usize> Shape<ENTRY, KEY> {
    /// The length of a bucket.
    const LENGTH: usize = BEFORE + ROOM * ENTRY;

    /// Entries as buckets; how many these are goes into the head.
    fn write(self, entries: &[u8], head: &mut Writer, lists: &mut Vec<u8>) {
        let (entries, _) = entries.as_chunks::<ENTRY>();
        let count = entries.len().div_ceil(MEAN);
        head.count(count);
        let mut buckets: Vec<Vec<u8>> = vec![Vec::new(); count];
        for entry in entries {
            let bucket = &mut buckets[place::<KEY>(key::<KEY>(entry), count)];
            if bucket.len() < ROOM * ENTRY {
                bucket.extend_from_slice(entry);
            }
        }
        for bucket in buckets {
            let start = lists.len();
            lists.extend_from_slice(&[0; 4]);
            lists.push((bucket.len() / ENTRY) as u8);
            lists.extend_from_slice(&bucket);
            let sum = sum(&lists[start + 4..]);
            lists[start..start + 4].copy_from_slice(&sum.to_le_bytes());
            lists.resize(start + Self::LENGTH, 0);
        }
    }

    /// The list that is next, of a file of that length.
    fn read(self, from: &mut Reader<'_>, next: &mut usize, length: usize) -> Option<List<ENTRY, KEY>> {
        let count = usize::try_from(from.u64()?).ok().filter(|count| *count <= length)?;
        let start = *next;
        *next = next.checked_add(count * Self::LENGTH)?;
        Some(List { count, start })
    }
}

/// A key, at the beginning of bytes.
fn key<const KEY: usize>(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    number[..KEY].copy_from_slice(&bytes[..KEY]);
    u64::from_le_bytes(number)
}

/// Which of so many buckets a key is in: slots have fewer bits than other keys.
fn place<const KEY: usize>(key: u64, count: usize) -> usize {
    let bits = if KEY == 4 { SLOTS.trailing_zeros() } else { u64::BITS };
    ((u128::from(key) * count as u128) >> bits) as usize
}

/// The lower half of a hash.
fn sum(bytes: &[u8]) -> u32 {
    xxh3_64(bytes) as u32
}

/// How far silent answers of one kind are proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proof {
    /// They are.
    pub holds: bool,
    /// Answers that were held against them.
    pub trials: u64,
    /// Of those, the ones that were other.
    pub errors: u64,
    /// Silent answers that were corrected before.
    pub corrected: u64,
}

/// A list, as it lies in the file.
#[derive(Debug, Clone, Copy)]
struct List<const ENTRY: usize, const KEY: usize> {
    /// How many buckets it has, and where they begin.
    count: usize,
    start: usize,
}

/// Bytes that are read in places.
pub trait Bytes: Debug {
    /// Reads those from a place on; false where there are not so many.
    fn read(&self, at: usize, into: &mut [u8]) -> bool;
}

impl Bytes for Vec<u8> {
    fn read(&self, at: usize, into: &mut [u8]) -> bool {
        let found = at.checked_add(into.len()).and_then(|end| self.get(at..end));
        found.map(|found| into.copy_from_slice(found)).is_some()
    }
}

/// What was learned, as hooks read it.
#[derive(Debug)]
pub struct Table {
    bytes: Box<dyn Bytes>,
    /// Which model it was made of: the same for the same answers.
    pub model: u64,
    risk: Risk,
    mixture: Mixture,
    held: f64,
    /// Of each group, and of all: where its steps are, and how many.
    steps: [(usize, usize); PLACES],
    /// Of each group, and of all: those that allow, and those that deny.
    proofs: [[Proof; 2]; PLACES],
    /// Since when answers are relied on, over all projects.
    doubted: u64,
    /// Projects in which a person has come to want something else: since which answer, and whether that is just so.
    changed: Vec<(Key, u64, bool)>,
    weights: List<8, 4>,
    /// The same of answers that were given elsewhere.
    elsewhere: List<8, 4>,
    answered: List<40, 8>,
    parts: List<8, 8>,
    /// The bucket that was read last.
    bucket: RefCell<[u8; LONGEST]>,
    /// Something was met whose sum is another one.
    damaged: Cell<bool>,
}

/// The table of a model.
#[must_use]
pub fn encode(model: &Model) -> Vec<u8> {
    let (mut head, mut lists) = (Writer::default(), Vec::new());
    head.u64(0);
    head.f64(model.risk.alpha);
    head.f64(model.risk.delta);
    model.mixture.iter().for_each(|part| head.f64(*part));
    head.f64(model.held);
    for place in 0..PLACES {
        let steps = model.calibrations[place].steps();
        head.count(steps.len());
        let mut bytes = Writer::default();
        for Step { score, low, high } in steps {
            [score, low, high].into_iter().for_each(|number| bytes.f64(*number));
        }
        lists.extend_from_slice(&bytes.0);
        lists.extend_from_slice(&sum(&bytes.0).to_le_bytes());
        for allows in [true, false] {
            let bet = &model.bets(allows)[place];
            let holds = match Group::ALL.get(place) {
                Some(group) => model.is_proven(*group, allows),
                None => bet.holds(model.risk),
            };
            head.u8(u8::from(holds));
            head.u64(bet.trials);
            head.u64(bet.errors);
            head.u64(bet.corrected);
        }
    }
    head.u64(model.doubted);
    let changed: Vec<_> = model.drifts.iter().filter(|(_, drift)| drift.changes > 0).collect();
    head.count(changed.len());
    for (project, drift) in changed {
        head.u64(*project);
        head.u64(drift.since);
        head.u8(u8::from(drift.is_wary()));
    }
    WEIGHTS.write(&weights(&model.learner), &mut head, &mut lists);
    let elsewhere = model.elsewhere.as_ref().map(weights).unwrap_or_default();
    WEIGHTS.write(&elsewhere, &mut head, &mut lists);
    ANSWERED.write(&answered(model), &mut head, &mut lists);
    PARTS.write(&parts(model), &mut head, &mut lists);
    let of_model = xxh3_64(&head.0[8..]) ^ xxh3_64(&lists).rotate_left(1);
    head.0[..8].copy_from_slice(&of_model.to_le_bytes());
    let mut out = Writer::default();
    out.0.extend_from_slice(MAGIC);
    out.u8(FORMAT);
    out.u64(xxh3_64(&head.0));
    out.count(head.0.len());
    out.0.extend_from_slice(&head.0);
    out.0.extend_from_slice(&lists);
    out.0
}

fn weights(learner: &Learner) -> Vec<u8> {
    let mut weights: Vec<(u32, f64)> = learner.weights().collect();
    if weights.len() > MOST {
        weights.select_nth_unstable_by(MOST, |one, other| other.1.abs().total_cmp(&one.1.abs()));
        weights.truncate(MOST);
        weights.sort_unstable_by_key(|(slot, _)| *slot);
    }
    let mut out = Writer::default();
    for (slot, weight) in weights {
        out.u32(slot);
        out.f32(weight as f32);
    }
    out.0
}

fn answered(model: &Model) -> Vec<u8> {
    let mut answered: Vec<(&Key, &Evidence)> = model.evidence.iter().collect();
    if answered.len() > MOST_CALLS {
        answered.select_nth_unstable_by_key(MOST_CALLS, |(key, evidence)| {
            (std::cmp::Reverse(evidence.at), **key)
        });
        answered.truncate(MOST_CALLS);
        answered.sort_unstable_by_key(|(key, _)| **key);
    }
    let mut out = Writer::default();
    for (exact, evidence) in answered {
        out.u64(*exact);
        for part in [evidence.allowed, evidence.denied, evidence.last[0], evidence.last[1]] {
            out.f32(part as f32);
        }
        out.i64(evidence.at);
        out.u64(evidence.nth);
    }
    out.0
}

fn parts(model: &Model) -> Vec<u8> {
    let mut parts: Vec<(&Key, &u32)> = model.parts.iter().collect();
    if parts.len() > MOST {
        parts.select_nth_unstable_by_key(MOST, |(part, count)| (std::cmp::Reverse(**count), **part));
        parts.truncate(MOST);
        parts.sort_unstable_by_key(|(part, _)| **part);
    }
    let mut out = Writer::default();
    parts.iter().for_each(|(part, _)| out.u64(**part));
    out.0
}

/// A table, if its head is whole and nothing was cut off. Buckets are looked at when they are needed.
///
/// # Errors
/// Why it is as good as none.
pub fn open(bytes: Box<dyn Bytes>, length: usize) -> Result<Table, Unusable> {
    let mut start = [0; START];
    let start = &mut start[..length.min(START)];
    if !bytes.read(0, start) || start.len() < HEADER {
        return Err(Unusable::Damaged);
    }
    let mut from = Reader(start);
    if from.take(MAGIC.len()) != Some(MAGIC) {
        return Err(Unusable::Damaged);
    }
    if from.u8() != Some(FORMAT) {
        return Err(Unusable::Format);
    }
    let (sum, of_head) = from.u64().zip(from.u64()).ok_or(Unusable::Damaged)?;
    let of_head = usize::try_from(of_head).ok().filter(|of_head| *of_head <= length);
    let of_head = of_head.ok_or(Unusable::Damaged)?;
    let mut longer = Vec::new();
    let head = match from.take(of_head) {
        Some(head) => head,
        None => {
            longer.resize(of_head, 0);
            if !bytes.read(HEADER, &mut longer) {
                return Err(Unusable::Damaged);
            }
            &longer
        }
    };
    if xxh3_64(head) != sum {
        return Err(Unusable::Damaged);
    }
    take_apart(bytes, head, length).ok_or(Unusable::Damaged)
}

fn take_apart(bytes: Box<dyn Bytes>, head: &[u8], length: usize) -> Option<Table> {
    let mut from = Reader(head);
    let mut next = HEADER + head.len();
    let model = from.u64()?;
    let risk = Risk { alpha: from.f64()?, delta: from.f64()? };
    let mut mixture = Mixture::default();
    for part in &mut mixture {
        *part = from.f64()?;
    }
    let held = from.f64()?;
    let mut steps = [(0, 0); PLACES];
    let mut proofs = [[Proof::default(); 2]; PLACES];
    for place in 0..PLACES {
        let count = usize::try_from(from.u64()?).ok().filter(|count| *count <= length)?;
        steps[place] = (next, count);
        next = next.checked_add(count * STEP + SUM)?;
        for proof in &mut proofs[place] {
            let holds = from.u8()? == 1;
            *proof = Proof { holds, trials: from.u64()?, errors: from.u64()?, corrected: from.u64()? };
        }
    }
    let doubted = from.u64()?;
    let count = from.count(17)?;
    let changed =
        (0..count).map(|_| Some((from.u64()?, from.u64()?, from.u8()? == 1))).collect::<Option<Vec<_>>>()?;
    let weights = WEIGHTS.read(&mut from, &mut next, length)?;
    let elsewhere = WEIGHTS.read(&mut from, &mut next, length)?;
    let answered = ANSWERED.read(&mut from, &mut next, length)?;
    let parts = PARTS.read(&mut from, &mut next, length)?;
    let is_whole = from.0.is_empty() && next == length;
    is_whole.then(|| Table {
        bytes,
        model,
        risk,
        mixture,
        held,
        steps,
        proofs,
        doubted,
        changed,
        weights,
        elsewhere,
        answered,
        parts,
        bucket: RefCell::new([0; LONGEST]),
        damaged: Cell::new(false),
    })
}

impl Table {
    /// How far silent answers of a group are proven.
    #[must_use]
    pub const fn proof(&self, group: Group, allows: bool) -> Proof {
        self.proofs[group.index()][if allows { 0 } else { 1 }]
    }

    /// Whether something was met that is not as it was written: then nothing that was thought counts.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.damaged.get()
    }

    /// What the entry of a key says.
    fn find<const ENTRY: usize, const KEY: usize, T>(
        &self,
        list: List<ENTRY, KEY>,
        sought: u64,
        read: impl FnOnce(Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        let List { count, start } = list;
        if count == 0 {
            return None;
        }
        let at = start + place::<KEY>(sought, count) * Shape::<ENTRY, KEY>::LENGTH;
        let mut bucket = self.bucket.borrow_mut();
        let bucket = &mut bucket[..Shape::<ENTRY, KEY>::LENGTH];
        let is_read = self.bytes.read(at, bucket);
        let held = usize::from(bucket[BEFORE - 1]).min(ROOM) * ENTRY;
        if !is_read || Reader(bucket).u32() != Some(sum(&bucket[BEFORE - 1..BEFORE + held])) {
            self.damaged.set(true);
            return None;
        }
        let (entries, _) = bucket[BEFORE..BEFORE + held].as_chunks::<ENTRY>();
        let entry = entries.iter().find(|entry| key::<KEY>(*entry) == sought)?;
        read(Reader(&entry[KEY..]))
    }

    /// What a slot adds by one list of weights.
    fn weight(&self, list: List<8, 4>, slot: u32) -> f64 {
        let weight = self.find(list, u64::from(slot >> 1), |mut found| found.f32());
        weight.map_or(0.0, |weight| weight * sign(slot))
    }

    /// The steps of a group, as they were written.
    fn steps(&self, place: usize) -> Option<Vec<u8>> {
        let (start, count) = self.steps[place];
        let mut bytes = vec![0; count * STEP + SUM];
        let is_read = self.bytes.read(start, &mut bytes);
        let (steps, behind) = bytes.split_at(count * STEP);
        if !is_read || Reader(behind).u32() != Some(sum(steps)) {
            self.damaged.set(true);
            return None;
        }
        bytes.truncate(count * STEP);
        Some(bytes)
    }
}

impl Known for Table {
    fn risk(&self) -> Risk {
        self.risk
    }

    fn adds(&self, slot: u32) -> f64 {
        self.weight(self.weights, slot)
    }

    fn elsewhere(&self, slots: &[u32]) -> f64 {
        slots.iter().map(|slot| self.weight(self.elsewhere, *slot)).sum()
    }

    fn evidence(&self, exact: Key, now: i64) -> Evidence {
        let read = |mut found: Reader<'_>| {
            let (allowed, denied) = (found.f32()?, found.f32()?);
            let last = [found.f32()?, found.f32()?];
            Some(Evidence { allowed, denied, last, at: found.i64()?, nth: found.u64()? }.aged(now))
        };
        self.find(self.answered, exact, read).unwrap_or_default()
    }

    fn has_part(&self, part: Key) -> bool {
        self.find(self.parts, part, |_| Some(())).is_some()
    }

    fn mixture(&self) -> &Mixture {
        &self.mixture
    }

    fn held(&self) -> f64 {
        self.held
    }

    fn interval(&self, group: usize, score: f64) -> Option<Interval> {
        if self.steps[group].1 == 0 {
            return None;
        }
        let (bytes, score) = (self.steps(group)?, grained(score));
        let (steps, _) = bytes.as_chunks::<STEP>();
        let at = steps.partition_point(|step| Reader(step).f64().is_some_and(|begins| begins <= score));
        let mut found = Reader(steps.get(at.saturating_sub(1))?);
        found.f64()?;
        Some(Interval { low: found.f64()?, high: found.f64()? })
    }

    fn is_proven(&self, group: Group, allows: bool) -> bool {
        self.proof(group, allows).holds
    }

    fn is_wary(&self, project: Key) -> bool {
        self.changed.iter().any(|(known, _, wary)| *known == project && *wary)
    }

    fn since(&self, project: Key) -> u64 {
        let own = self.changed.iter().find(|(known, ..)| *known == project).map_or(0, |(_, since, _)| *since);
        own.max(self.doubted)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::evaluate::person::{self, Kind};
    use crate::evaluate::run;
    use crate::features::hash;
    use crate::label::Source;
    use crate::model::Answer;
    use crate::stored::{self, Learned};

    fn decode(bytes: Vec<u8>) -> Result<Table, Unusable> {
        let length = bytes.len();
        open(Box::new(bytes), length)
    }

    const RISK: Risk = Risk { alpha: 0.05, delta: 0.02 };

    /// A model that has learned from a person who has changed their mind, and calls to ask it about.
    fn learned() -> (Model, Vec<(crate::features::Features, Key)>, i64) {
        let mut model = Model::new(RISK);
        let mut calls = Vec::new();
        let mut now = 0;
        for row in person::stream(Kind::Drift, 3, 1_500) {
            let features = run::of_call(&row.tool, &row.input, &row.root);
            let project = hash(&row.root);
            now = row.at;
            model.learn(&Answer {
                features: &features,
                project,
                wanted: row.answer,
                source: Source::Prompt,
                said: None,
                at: row.at,
            });
            calls.push((features, project));
        }
        (model, calls, now)
    }

    #[test]
    fn a_table_thinks_as_the_model_does() {
        let (model, calls, now) = learned();
        let table = decode(encode(&model)).unwrap();
        for (features, project) in &calls {
            let (ours, theirs) = (model.predict(features, now), table.predict(features, now));
            assert!((ours.p - theirs.p).abs() < 1e-4, "{ours:?} {theirs:?}");
            let opinion = |known: &dyn Known| known.opinion(features, *project, &ours);
            assert_eq!(opinion(&model), opinion(&table));
        }
        for group in Group::ALL {
            assert_eq!(model.is_proven(group, true), table.is_proven(group, true));
            assert_eq!(model.is_proven(group, false), table.is_proven(group, false));
        }
        assert_eq!(table.since(hash("/elsewhere")), model.since(hash("/elsewhere")));
    }

    #[test]
    fn what_was_kept_goes_on_to_the_same_bits() {
        let (model, calls, now) = learned();
        let place = Learned { epoch: 3, at: now, row: 1_500, table: 7 };
        let bytes = stored::encode(&model, place);
        let (mut again, kept) = stored::decode(&bytes, RISK).unwrap();
        assert_eq!(kept, place);
        assert_eq!(stored::place(&bytes, RISK).unwrap(), place);
        assert_eq!(stored::encode(&again, place), bytes);
        let mut model = model;
        for (features, project) in calls.iter().take(200) {
            let answer = Answer {
                features,
                project: *project,
                wanted: true,
                source: Source::Audit,
                said: None,
                at: now,
            };
            model.learn(&answer);
            again.learn(&answer);
        }
        assert_eq!(stored::encode(&again, place), stored::encode(&model, place));
        assert_eq!(encode(&again), encode(&model));
    }

    /// Bytes that count how often they are read, and how many of them.
    #[derive(Debug)]
    struct Counted(Vec<u8>, Rc<Cell<(usize, usize)>>);

    impl Bytes for Counted {
        fn read(&self, at: usize, into: &mut [u8]) -> bool {
            let (reads, bytes) = self.1.get();
            self.1.set((reads + 1, bytes + into.len()));
            self.0.read(at, into)
        }
    }

    #[test]
    fn of_a_large_table_a_call_reads_little() {
        let (model, calls, now) = learned();
        let whole = encode(&model);
        let length = whole.len();
        let count = Rc::new(Cell::new((0, 0)));
        let table = open(Box::new(Counted(whole, Rc::clone(&count))), length).unwrap();
        assert_eq!(count.get(), (1, START), "the head at once");
        for (features, project) in &calls {
            count.set((0, 0));
            let prediction = table.predict(features, now);
            table.opinion(features, *project, &prediction);
            let (reads, bytes) = count.get();
            let (slots, parts) = (features.slots.len(), features.parts.len());
            // A bucket for each, what was answered to the very call, and the steps of its group or of all.
            assert!(reads <= slots + parts + 2, "{reads} of {slots} and {parts}");
            let buckets = (slots + parts) * Shape::<8, 8>::LENGTH + LONGEST;
            assert!(bytes <= buckets + 500 * STEP && bytes < length, "{bytes} of {length}");
        }
    }

    #[test]
    fn what_does_not_fit_into_its_bucket_is_left_out() {
        let keys: Vec<u64> = (0..40).map(|at| at << 40 | at).collect();
        let entries: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
        let (mut head, mut lists) = (Writer::default(), Vec::new());
        PARTS.write(&entries, &mut head, &mut lists);
        // All of them begin with the same bits.
        assert_eq!((head.0[0], lists.len()), (10, 10 * Shape::<8, 8>::LENGTH));
        assert_eq!(lists[BEFORE - 1], 16);
        assert!(lists.chunks(Shape::<8, 8>::LENGTH).skip(1).all(|bucket| bucket[BEFORE - 1] == 0));
    }

    #[test]
    fn what_is_cut_or_changed_is_none() {
        let (model, calls, now) = learned();
        let whole = stored::encode(&model, Learned::default());
        let table = encode(&model);
        for at in (0..whole.len()).step_by(997) {
            assert_eq!(stored::decode(&whole[..at], RISK).unwrap_err(), Unusable::Damaged, "{at}");
            let mut other = whole.clone();
            other[at] ^= 0x10;
            assert!(stored::decode(&other, RISK).is_err(), "{at}");
            assert!(stored::place(&other, RISK).is_err(), "{at}");
        }
        let damage = |at: usize| {
            let mut other = table.clone();
            other[at] ^= 0x10;
            let Ok(other) = decode(other) else { return true };
            assert!(calls.iter().all(|(features, _)| other.predict(features, now).p < 1.0));
            let known = calls.iter().flat_map(|(features, _)| &features.parts);
            let known = known.filter(|part| other.has_part(**part)).count();
            assert!(known > 0);
            other.is_damaged()
        };
        let (mut met, mut all) = (0, 0);
        for at in (0..table.len()).step_by(97) {
            assert!(decode(table[..at].to_vec()).is_err(), "{at}");
            // Room that no entry has taken is nothing's.
            if table[at] == 0 {
                continue;
            }
            (met, all) = (met + usize::from(damage(at)), all + 1);
        }
        // What no call looks at may be anything: a weight that was learned of none of these.
        assert!(met * 10 >= all * 9, "{met} of {all}");
        assert!(decode([&table[..], b"x"].concat()).is_err());
        let other = Risk { alpha: 0.01, ..RISK };
        assert_eq!(stored::decode(&whole, other).unwrap_err(), Unusable::Risk);
    }
}
