//! Whether a person has come to want something else: Page-Hinkley over how badly answers were foretold.

use crate::bytes::{Reader, Writer};

/// Losses that are so much above the mean are no change yet.
const TOLERANCE: f64 = 0.05;
/// Their sum is.
const THRESHOLD: f64 = 1.5;
/// Nothing is said before.
const FEWEST: u64 = 10;
/// After a change, thresholds are higher for so many answers.
const WARY: u64 = 60;

/// The answers of one project.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Drift {
    count: u64,
    mean: f64,
    sum: f64,
    least: f64,
    /// How many answers more count as after a change.
    wary: u64,
    /// How often it has changed.
    pub changes: u64,
    /// With which answer it last has: what was answered before may no longer be so.
    pub since: u64,
}

impl Drift {
    /// Takes in whether an answer that was foretold with confidence was another one.
    pub fn see(&mut self, wrong: bool, nth: u64) {
        let loss = f64::from(u8::from(wrong));
        self.count += 1;
        self.mean += (loss - self.mean) / self.count as f64;
        self.sum += loss - self.mean - TOLERANCE;
        self.least = self.least.min(self.sum);
        self.wary = self.wary.saturating_sub(1);
        if self.count >= FEWEST && self.sum - self.least > THRESHOLD {
            *self = Self { wary: WARY, changes: self.changes + 1, since: nth, ..Self::default() };
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        [self.count, self.wary, self.changes, self.since].into_iter().for_each(|count| out.u64(count));
        [self.mean, self.sum, self.least].into_iter().for_each(|number| out.f64(number));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (count, wary, changes, since) = (from.u64()?, from.u64()?, from.u64()?, from.u64()?);
        let (mean, sum, least) = (from.f64()?, from.f64()?, from.f64()?);
        Some(Self { count, mean, sum, least, wary, changes, since })
    }

    /// A change was seen, and not enough answers since.
    #[must_use]
    pub const fn is_wary(&self) -> bool {
        self.wary > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_and_a_slip_is_not() {
        let mut drift = Drift::default();
        for at in 0..2_000 {
            drift.see(at % 100 == 99, at);
        }
        assert!(!drift.is_wary() && drift.changes == 0 && drift.since == 0, "one in a hundred: {drift:?}");
        let seen = (1..).find(|_| {
            drift.see(true, 3_000);
            drift.is_wary()
        });
        assert!(seen.is_some_and(|seen| seen <= 3), "{seen:?}");
        (0..WARY).for_each(|_| drift.see(false, 4_000));
        assert!(!drift.is_wary() && drift.changes == 1 && drift.since == 3_000);
    }
}
