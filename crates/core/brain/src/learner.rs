//! Sparse logistic regression, learned one answer at a time: FTRL-proximal, per coordinate (McMahan and others, 2013).
//!
//! The probability is `sigmoid(offset + sum of weights)`. The offset is what the lattice says of a call before anybody has
//! answered, so that what is not learned falls back to it rather than to a half.

use crate::bytes::{Reader, Writer};
use crate::features::SLOTS;

/// How fast a weight moves at first.
const ALPHA: f64 = 0.2;
/// What keeps the first steps small.
const BETA: f64 = 1.0;
/// Weights that say less than this are none.
const L1: f64 = 0.001;
/// What pulls weights back to the offset.
const L2: f64 = 0.001;
/// What was learned counts half after so long: 30 days, in milliseconds.
const HALF_LIFE_MS: f64 = 30.0 * 86_400_000.0;

/// One slot of the table.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Cell {
    z: f64,
    n: f64,
    /// When it was last touched, milliseconds since the epoch.
    at: i64,
}

impl Cell {
    fn is_used(&self) -> bool {
        *self != Self::default()
    }

    fn weight(self) -> f64 {
        if self.z.abs() <= L1 {
            return 0.0;
        }
        -(self.z - L1 * self.z.signum()) / ((BETA + self.n.sqrt()) / ALPHA + L2)
    }

    fn aged(self, now: i64) -> Self {
        let kept = kept(self.at, now);
        Self { z: self.z * kept, n: self.n * kept, at: self.at.max(now) }
    }
}

/// How much of what was learned at one time counts at another, both in milliseconds since the epoch. A clock that was put
/// back makes nothing younger.
pub(crate) fn kept(at: i64, now: i64) -> f64 {
    let age = now.saturating_sub(at).max(0) as f64;
    (-age / HALF_LIFE_MS * std::f64::consts::LN_2).exp()
}

/// The weights.
#[derive(Clone)]
pub struct Learner {
    cells: Vec<Cell>,
}

impl std::fmt::Debug for Learner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Learner").field("used", &self.used()).finish()
    }
}

impl Default for Learner {
    fn default() -> Self {
        Self { cells: vec![Cell::default(); SLOTS as usize] }
    }
}

/// A number as a share.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x.clamp(-35.0, 35.0)).exp())
}

pub(crate) const fn sign(slot: u32) -> f64 {
    if slot & 1 == 1 { -1.0 } else { 1.0 }
}

impl Learner {
    /// Only slots that were touched.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.used());
        for (slot, cell) in self.cells.iter().enumerate().filter(|(_, cell)| cell.is_used()) {
            out.u32(slot as u32);
            out.f64(cell.z);
            out.f64(cell.n);
            out.i64(cell.at);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut learner = Self::default();
        for _ in 0..from.count(28)? {
            let slot = from.u32()?;
            let cell = learner.cells.get_mut(slot as usize)?;
            *cell = Cell { z: from.f64()?, n: from.f64()?, at: from.i64()? };
        }
        Some(learner)
    }

    /// Slots whose features add something, with what it is, in the order of slots.
    pub(crate) fn weights(&self) -> impl Iterator<Item = (u32, f64)> {
        let all = self.cells.iter().enumerate().map(|(slot, cell)| (slot as u32, cell.weight()));
        all.filter(|(_, weight)| *weight != 0.0)
    }

    /// How many slots say something.
    #[must_use]
    pub fn used(&self) -> usize {
        self.cells.iter().filter(|cell| cell.is_used()).count()
    }

    /// What a feature adds, in logits.
    #[must_use]
    pub fn adds(&self, slot: u32) -> f64 {
        self.cells[(slot >> 1) as usize].weight() * sign(slot)
    }

    /// How sure it is that a call is wanted, in logits.
    #[must_use]
    pub fn score(&self, slots: &[u32], offset: f64) -> f64 {
        offset + slots.iter().map(|slot| self.adds(*slot)).sum::<f64>()
    }

    /// Learns one answer.
    pub fn learn(&mut self, slots: &[u32], offset: f64, wanted: bool, weight: f64, now: i64) {
        for slot in slots {
            let cell = &mut self.cells[(slot >> 1) as usize];
            *cell = cell.aged(now);
        }
        let error = sigmoid(self.score(slots, offset)) - if wanted { 1.0 } else { 0.0 };
        for slot in slots {
            let cell = &mut self.cells[(slot >> 1) as usize];
            let gradient = error * sign(*slot) * weight;
            let squared = gradient * gradient;
            let sigma = ((cell.n + squared).sqrt() - cell.n.sqrt()) / ALPHA;
            cell.z += gradient - sigma * cell.weight();
            cell.n += squared;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_fades_but_a_clock_that_goes_back_makes_nothing_young() {
        let mut learner = Learner::default();
        learner.learn(&[2], 0.0, true, 1.0, 0);
        let fresh = learner.adds(2);
        assert!(fresh > 0.05);
        let month = HALF_LIFE_MS as i64;
        let mut later = learner.clone();
        later.learn(&[2], 0.0, true, 0.0, month);
        assert!(later.adds(2) < fresh && later.adds(2) > 0.0);
        let mut back = learner.clone();
        back.learn(&[2], 0.0, true, 0.0, -month);
        assert_eq!(back.adds(2), fresh);
    }

    #[test]
    fn a_sign_turns_what_is_learned_about() {
        let mut learner = Learner::default();
        (0..9).for_each(|_| learner.learn(&[6], 0.0, true, 1.0, 0));
        assert!(learner.adds(6) > 0.0);
        assert_eq!(learner.adds(7), -learner.adds(6), "the same slot, the other sign");
        assert_eq!(learner.used(), 1);
    }

    /// The same mathematics by other hands. Its intercept has no L1, which is all that may differ.
    #[test]
    fn another_implementation_learns_the_same() {
        use rill_ml::SparseClassifier as _;
        use rill_ml::models::{FtrlClassifier, FtrlConfig};
        use rill_ml::sparse::SparseFeatures;

        let mut config = FtrlConfig::default();
        (config.alpha, config.beta, config.l1, config.l2) = (ALPHA, BETA, L1, L2);
        let mut theirs = FtrlClassifier::new(config).unwrap();
        let mut ours = Learner::default();
        let mut seed = 7_u64;
        let mut number = |below: u32| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u32 % below
        };
        let mut worst: f64 = 0.0;
        for _ in 0..3_000 {
            let mut slots: Vec<u32> = (0..1 + number(12)).map(|_| (1 + number(60)) << 1).collect();
            slots.sort_unstable();
            slots.dedup();
            // A slot has one sign.
            let slots: Vec<u32> = slots.into_iter().map(|slot| slot | (slot >> 3) & 1).collect();
            let wanted = slots.iter().map(|slot| slot % 7).sum::<u32>() % 3 != 0 || number(20) == 0;
            let values = slots.iter().map(|slot| (u64::from(slot >> 1), sign(*slot))).collect();
            let values = SparseFeatures::from_unsorted(values).unwrap();
            let with_bias: Vec<u32> = slots.iter().copied().chain([0]).collect();
            let p = sigmoid(ours.score(&with_bias, 0.0));
            worst = worst.max((p - theirs.predict_proba(&values).unwrap()).abs());
            ours.learn(&with_bias, 0.0, wanted, 1.0, 0);
            theirs.learn(&values, wanted).unwrap();
        }
        assert!(worst < 0.002, "{worst}");
        for (id, weight) in theirs.weights() {
            let own = ours.cells[id as usize].weight();
            assert!((weight - own).abs() < 0.005, "{id}: {weight} {own}");
        }
    }
}
