//! What hooks go by: everything that [`Known`] asks of what was learned, looked up in the bytes of a file as they stand.
//!
//! ```text
//! "cctltab" | format | xxh3-64 of all that follows | which model | numbers | slots and weights
//!           | exact calls and what was answered | parts that were answered for
//! ```
//!
//! The last three are sorted, each entry as long as the others. Weights have 32 bits: what differs from the model is below
//! what any threshold turns on.

use xxhash_rust::xxh3::xxh3_64;

use crate::bound::Risk;
use crate::bytes::{Reader, Writer};
use crate::calibration::{Step, read_steps, write_steps};
use crate::features::{Group, Key};
use crate::learner::sign;
use crate::model::{Evidence, Known, Mixture, Model, PLACES};
use crate::stored::{FORMAT, Unusable};

const MAGIC: &[u8; 7] = b"cctltab";
const HEADER: usize = MAGIC.len() + 1 + 8;
const WEIGHT: usize = 8;
const ANSWERED: usize = 8 + 4 * 4 + 8 + 8;
const PART: usize = 8;
/// So many weights, the largest; so many calls and parts, those answered last.
const MOST: usize = 16_384;
const MOST_CALLS: usize = 8_192;

/// How far silent answers of one kind are proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proof {
    /// They are.
    pub holds: bool,
    /// Answers that were held against them.
    pub trials: u64,
    /// Of those, the ones that were other.
    pub errors: u64,
}

/// What was learned, as hooks read it.
#[derive(Debug)]
pub struct Table {
    bytes: Vec<u8>,
    /// Which model it was made of: the same for the same answers.
    pub model: u64,
    risk: Risk,
    mixture: Mixture,
    held: f64,
    steps: [Vec<Step>; PLACES],
    /// Of each group, and of all: those that allow, and those that deny.
    proofs: [[Proof; 2]; PLACES],
    /// Since when answers are relied on, over all projects.
    doubted: u64,
    /// Projects in which a person has come to want something else: since which answer, and whether that is just so.
    changed: Vec<(Key, u64, bool)>,
    weights: (usize, usize),
    answered: (usize, usize),
    parts: (usize, usize),
}

/// The table of a model.
#[must_use]
pub fn encode(model: &Model) -> Vec<u8> {
    let mut out = Writer::default();
    out.0.extend_from_slice(MAGIC);
    out.u8(FORMAT);
    out.u64(0);
    out.u64(0);
    out.f64(model.risk.alpha);
    out.f64(model.risk.delta);
    model.mixture.iter().for_each(|part| out.f64(*part));
    out.f64(model.held);
    for place in 0..PLACES {
        write_steps(model.calibrations[place].steps(), &mut out);
        for allows in [true, false] {
            let bet = &model.bets(allows)[place];
            let holds = match Group::ALL.get(place) {
                Some(group) => model.is_proven(*group, allows),
                None => bet.holds(model.risk),
            };
            out.u8(u8::from(holds));
            out.u64(bet.trials);
            out.u64(bet.errors);
        }
    }
    out.u64(model.doubted);
    let changed: Vec<_> = model.drifts.iter().filter(|(_, drift)| drift.changes > 0).collect();
    out.count(changed.len());
    for (project, drift) in changed {
        out.u64(*project);
        out.u64(drift.since);
        out.u8(u8::from(drift.is_wary()));
    }
    let mut weights: Vec<(u32, f64)> = model.learner.weights().collect();
    if weights.len() > MOST {
        weights.select_nth_unstable_by(MOST, |one, other| other.1.abs().total_cmp(&one.1.abs()));
        weights.truncate(MOST);
        weights.sort_unstable_by_key(|(slot, _)| *slot);
    }
    out.count(weights.len());
    for (slot, weight) in weights {
        out.u32(slot);
        out.f32(weight as f32);
    }
    let mut answered: Vec<(&Key, &Evidence)> = model.evidence.iter().collect();
    if answered.len() > MOST_CALLS {
        answered.select_nth_unstable_by_key(MOST_CALLS, |(key, evidence)| {
            (std::cmp::Reverse(evidence.at), **key)
        });
        answered.truncate(MOST_CALLS);
        answered.sort_unstable_by_key(|(key, _)| **key);
    }
    out.count(answered.len());
    for (exact, evidence) in answered {
        out.u64(*exact);
        for part in [evidence.allowed, evidence.denied, evidence.last[0], evidence.last[1]] {
            out.f32(part as f32);
        }
        out.i64(evidence.at);
        out.u64(evidence.nth);
    }
    let mut parts: Vec<(&Key, &u32)> = model.parts.iter().collect();
    if parts.len() > MOST {
        parts.select_nth_unstable_by_key(MOST, |(part, count)| (std::cmp::Reverse(**count), **part));
        parts.truncate(MOST);
        parts.sort_unstable_by_key(|(part, _)| **part);
    }
    out.count(parts.len());
    parts.iter().for_each(|(part, _)| out.u64(**part));
    let of_model = xxh3_64(&out.0[HEADER + 8..]);
    out.0[HEADER..HEADER + 8].copy_from_slice(&of_model.to_le_bytes());
    let sum = xxh3_64(&out.0[HEADER..]);
    out.0[HEADER - 8..HEADER].copy_from_slice(&sum.to_le_bytes());
    out.0
}

/// A table, if it is a whole one.
///
/// # Errors
/// Why it is as good as none.
pub fn decode(bytes: Vec<u8>) -> Result<Table, Unusable> {
    let mut head = Reader(&bytes);
    if head.take(MAGIC.len()) != Some(MAGIC) {
        return Err(Unusable::Damaged);
    }
    if head.u8() != Some(FORMAT) {
        return Err(Unusable::Format);
    }
    if head.u64() != Some(xxh3_64(head.0)) {
        return Err(Unusable::Damaged);
    }
    let mut table = read(&bytes).ok_or(Unusable::Damaged)?;
    table.bytes = bytes;
    Ok(table)
}

fn read(bytes: &[u8]) -> Option<Table> {
    let mut from = Reader(bytes.get(HEADER..)?);
    let model = from.u64()?;
    let risk = Risk { alpha: from.f64()?, delta: from.f64()? };
    let mut mixture = Mixture::default();
    for part in &mut mixture {
        *part = from.f64()?;
    }
    let held = from.f64()?;
    let mut steps: [Vec<Step>; PLACES] = Default::default();
    let mut proofs = [[Proof::default(); 2]; PLACES];
    for place in 0..PLACES {
        steps[place] = read_steps(&mut from)?;
        for proof in &mut proofs[place] {
            *proof = Proof { holds: from.u8()? == 1, trials: from.u64()?, errors: from.u64()? };
        }
    }
    let doubted = from.u64()?;
    let count = from.count(17)?;
    let changed =
        (0..count).map(|_| Some((from.u64()?, from.u64()?, from.u8()? == 1))).collect::<Option<Vec<_>>>()?;
    let mut part = |each: usize| {
        let count = from.count(each)?;
        let start = bytes.len() - from.0.len();
        from.take(count * each)?;
        Some((start, count))
    };
    let (weights, answered, parts) = (part(WEIGHT)?, part(ANSWERED)?, part(PART)?);
    let whole = from.0.is_empty();
    let bytes = Vec::new();
    whole.then_some(Table {
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
        answered,
        parts,
    })
}

impl Table {
    /// How far silent answers of a group are proven.
    #[must_use]
    pub const fn proof(&self, group: Group, allows: bool) -> Proof {
        self.proofs[group.index()][if allows { 0 } else { 1 }]
    }

    /// The entry of a key, behind it.
    fn find(
        &self,
        (start, count): (usize, usize),
        each: usize,
        key: u64,
        width: usize,
    ) -> Option<Reader<'_>> {
        let entry = |at: usize| &self.bytes[start + at * each..start + (at + 1) * each];
        let key_of = |at: usize| {
            let mut number = [0; 8];
            number[..width].copy_from_slice(&entry(at)[..width]);
            u64::from_le_bytes(number)
        };
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low.midpoint(high);
            match key_of(middle).cmp(&key) {
                std::cmp::Ordering::Equal => return Some(Reader(&entry(middle)[width..])),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

impl Known for Table {
    fn risk(&self) -> Risk {
        self.risk
    }

    fn adds(&self, slot: u32) -> f64 {
        let found = self.find(self.weights, WEIGHT, u64::from(slot >> 1), 4);
        found.and_then(|mut found| found.f32()).map_or(0.0, |weight| weight * sign(slot))
    }

    fn evidence(&self, exact: Key, now: i64) -> Evidence {
        let read = |mut found: Reader<'_>| {
            let (allowed, denied) = (found.f32()?, found.f32()?);
            let last = [found.f32()?, found.f32()?];
            Some(Evidence { allowed, denied, last, at: found.i64()?, nth: found.u64()? }.aged(now))
        };
        self.find(self.answered, ANSWERED, exact, 8).and_then(read).unwrap_or_default()
    }

    fn has_part(&self, part: Key) -> bool {
        self.find(self.parts, PART, part, 8).is_some()
    }

    fn mixture(&self) -> &Mixture {
        &self.mixture
    }

    fn held(&self) -> f64 {
        self.held
    }

    fn steps(&self, group: usize) -> &[Step] {
        &self.steps[group]
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
    use super::*;
    use crate::evaluate::person::{self, Kind};
    use crate::evaluate::run;
    use crate::features::hash;
    use crate::label::Source;
    use crate::model::Answer;
    use crate::stored::{self, Learned};

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
        let place = Learned { epoch: 3, at: now, row: 1_500 };
        let bytes = stored::encode(&model, place);
        let (mut again, kept) = stored::decode(&bytes, RISK).unwrap();
        assert_eq!(kept, place);
        assert_eq!(stored::encode(&again, place), bytes);
        let mut model = model;
        for (features, project) in calls.iter().take(200) {
            let answer = Answer { features, project: *project, wanted: true, source: Source::Audit, at: now };
            model.learn(&answer);
            again.learn(&answer);
        }
        assert_eq!(stored::encode(&again, place), stored::encode(&model, place));
        assert_eq!(encode(&again), encode(&model));
    }

    #[test]
    fn what_is_cut_or_changed_is_none() {
        let (model, ..) = learned();
        let whole = stored::encode(&model, Learned::default());
        let table = encode(&model);
        for at in (0..whole.len()).step_by(997) {
            assert_eq!(stored::decode(&whole[..at], RISK).unwrap_err(), Unusable::Damaged, "{at}");
            let mut other = whole.clone();
            other[at] ^= 0x10;
            assert!(stored::decode(&other, RISK).is_err(), "{at}");
        }
        for at in (0..table.len()).step_by(97) {
            assert!(decode(table[..at].to_vec()).is_err(), "{at}");
            let mut other = table.clone();
            other[at] ^= 0x10;
            assert!(decode(other).is_err(), "{at}");
        }
        let other = Risk { alpha: 0.01, ..RISK };
        assert_eq!(stored::decode(&whole, other).unwrap_err(), Unusable::Risk);
    }
}
