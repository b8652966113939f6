//! From a score to a probability that holds what it says: Venn-Abers (Vovk and Petej, 2014) over what was lately answered.
//!
//! Of the calls that were scored `s`, how many were wanted? An isotonic fit answers that twice, once as if the call at hand
//! was wanted and once as if not: the two answers are an interval that is wide where little is known.

use std::collections::VecDeque;

use crate::bytes::{Reader, Writer};

/// So many answers are looked at, the last ones.
const WINDOW: usize = 500;
/// With fewer, a group goes by its parent.
const FEWEST: usize = 50;
/// After so many more, it is made anew.
const EVERY: usize = 25;
/// Scores that differ by less are one: logits.
const GRAIN: f64 = 0.125;

/// Answers of a group, and what they say of scores.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calibration {
    /// Scores, in logits, and whether the call was wanted; the oldest first.
    seen: VecDeque<(f64, bool)>,
    /// How many came since the steps were made.
    fresh: usize,
    steps: Vec<Step>,
}

/// From a score on, up to the next step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// In logits.
    pub score: f64,
    /// The probability, if it were not wanted.
    pub low: f64,
    /// And if it were.
    pub high: f64,
}

/// A probability between two others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
}

impl Interval {
    /// What is left of a probability: itself where nothing speaks against it, else what comes nearest to it. Where little is
    /// known the interval is wide, and says little against anything.
    #[must_use]
    pub fn nearest(self, p: f64) -> f64 {
        p.clamp(self.low, self.high)
    }

    /// The same, as wide as it takes to hold a probability.
    #[must_use]
    pub fn around(self, p: f64) -> Self {
        Self { low: self.low.min(p), high: self.high.max(p) }
    }
}

impl Calibration {
    /// Takes in an answer.
    pub fn see(&mut self, score: f64, wanted: bool) {
        if self.seen.len() == WINDOW {
            self.seen.pop_front();
        }
        self.seen.push_back((grained(score), wanted));
        self.fresh += 1;
        if self.fresh >= EVERY && self.seen.len() >= FEWEST {
            self.fresh = 0;
            self.steps = steps(self.seen.iter().copied().collect());
        }
    }

    /// What is known of a score; `None` while there are too few answers.
    #[must_use]
    pub fn of(&self, score: f64) -> Option<Interval> {
        interval(&self.steps, score)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.count(self.fresh);
        out.count(self.seen.len());
        for (score, wanted) in &self.seen {
            out.f64(*score);
            out.u8(u8::from(*wanted));
        }
        write_steps(&self.steps, out);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let fresh = from.count(0)?;
        let count = from.count(9)?;
        let seen = (0..count).map(|_| Some((from.f64()?, from.u8()? == 1))).collect::<Option<_>>()?;
        Some(Self { seen, fresh, steps: read_steps(from)? })
    }

    /// The steps, the lowest first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

pub(crate) fn write_steps(steps: &[Step], out: &mut Writer) {
    out.count(steps.len());
    for Step { score, low, high } in steps {
        [*score, *low, *high].into_iter().for_each(|number| out.f64(number));
    }
}

pub(crate) fn read_steps(from: &mut Reader<'_>) -> Option<Vec<Step>> {
    let count = from.count(24)?;
    (0..count).map(|_| Some(Step { score: from.f64()?, low: from.f64()?, high: from.f64()? })).collect()
}

/// A score as it is kept, and so as it has to be looked up: between the two it would fall to the step below.
pub(crate) fn grained(score: f64) -> f64 {
    (score / GRAIN).round() * GRAIN
}

/// What steps say of a score.
#[must_use]
pub fn interval(steps: &[Step], score: f64) -> Option<Interval> {
    let score = grained(score);
    let at = steps.partition_point(|step| step.score <= score).saturating_sub(1);
    steps.get(at).map(|step| Interval { low: step.low, high: step.high })
}

/// The interval at each place where it changes.
fn steps(mut seen: Vec<(f64, bool)>) -> Vec<Step> {
    seen.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut groups: Vec<(f64, f64, f64)> = Vec::new();
    for (score, wanted) in seen {
        let wanted = f64::from(u8::from(wanted));
        match groups.last_mut() {
            Some((last, sum, count)) if *last == score => {
                *sum += wanted;
                *count += 1.0;
            }
            _ => groups.push((score, wanted, 1.0)),
        }
    }
    let at_each = (0..groups.len()).map(|at| {
        let with = |extra: f64| {
            let mut with = groups.clone();
            with[at].1 += extra;
            with[at].2 += 1.0;
            fitted(&with, at)
        };
        // The one is never above the other, but for how sums are rounded.
        let (low, high) = (with(0.0), with(1.0));
        Step { score: groups[at].0, low: low.min(high), high }
    });
    let mut made: Vec<Step> = Vec::new();
    let mut put = |step: Step| {
        let same = |last: &Step| (last.low, last.high) == (step.low, step.high);
        if !made.last().is_some_and(same) {
            made.push(step);
        }
    };
    let mut last: Option<Step> = None;
    for step in at_each {
        // Between two scores that were seen, nothing was: not wanted, it would belong to those below, and wanted, to those
        // above. So it is no surer than the lower ones and no less sure than the upper ones.
        if let Some(last) = last.filter(|last| step.score - last.score > 1.5 * GRAIN) {
            put(Step { score: last.score + GRAIN, high: step.high.max(last.high), ..last });
        }
        put(step);
        last = Some(step);
    }
    made
}

/// The isotonic fit at one place: neighbours that stand in the wrong order are taken together.
fn fitted(groups: &[(f64, f64, f64)], at: usize) -> f64 {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(groups.len());
    for (place, (_, sum, count)) in groups.iter().enumerate() {
        blocks.push((*sum, *count, place));
        while let [.., (sum, count, _), (next, more, end)] = blocks[..]
            && sum / count >= next / more
        {
            blocks.truncate(blocks.len() - 2);
            blocks.push((sum + next, count + more, end));
        }
    }
    let block = blocks.iter().find(|(.., end)| *end >= at);
    block.map_or(0.5, |(sum, count, _)| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_answers_say_nothing() {
        let mut calibration = Calibration::default();
        (0..FEWEST - 1).for_each(|_| calibration.see(1.0, true));
        assert_eq!(calibration.of(1.0), None);
        calibration.see(1.0, true);
        let known = calibration.of(1.0).unwrap();
        assert_eq!((known.low, known.high), (50.0 / 51.0, 1.0));
    }

    #[test]
    fn a_score_that_says_too_much_is_set_right() {
        let mut calibration = Calibration::default();
        // Scored 3 (95 %), wanted four times in five; scored -3, never.
        for at in 0..500 {
            let (score, wanted) = if at % 2 == 0 { (3.0, at % 10 != 0) } else { (-3.0, false) };
            calibration.see(score, wanted);
        }
        let high = calibration.of(3.0).unwrap();
        assert!((high.nearest(0.95) - 0.8).abs() < 0.02, "{high:?}");
        assert!(high.low <= 0.8 && high.high >= 0.8 && high.high - high.low < 0.02);
        assert!(calibration.of(-3.0).unwrap().nearest(0.05) < 0.02);
        // Of what lies between, nothing is known.
        let gap = calibration.of(0.0).unwrap();
        assert!(gap.low < 0.02 && gap.high > 0.79, "{gap:?}");
        assert_eq!(gap.nearest(0.7), 0.7);
        // Past the ends, the ends count.
        assert_eq!(calibration.of(99.0), calibration.of(3.0));
        assert_eq!(calibration.of(-99.0), calibration.of(-3.0));
    }

    #[test]
    fn the_more_sure_the_more_likely() {
        let mut calibration = Calibration::default();
        for at in 0..500_u32 {
            calibration.see(f64::from(at % 17) / 4.0 - 2.0, at.wrapping_mul(2_654_435_761) >> 28 < at % 17);
        }
        let known: Vec<Interval> = (-20..20).filter_map(|at| calibration.of(f64::from(at) / 8.0)).collect();
        assert_eq!(known.len(), 40);
        for side in [|one: &Interval| one.low, |one: &Interval| one.high] {
            assert!(known.windows(2).all(|two| side(&two[0]) <= side(&two[1]) + 1e-12), "{known:?}");
        }
        assert!(known.iter().all(|one| one.low <= one.high));
    }

    #[test]
    fn a_score_is_looked_up_as_it_is_kept() {
        let mut calibration = Calibration::default();
        for _ in 0..50 {
            calibration.see(7.6, true);
            calibration.see(-7.6, false);
        }
        // Both are kept a little further out than they are.
        let (top, end) = (calibration.of(7.6).unwrap(), calibration.of(-7.6).unwrap());
        assert!(top.low > 0.9 && end.high < 0.1, "{top:?} {end:?}");
    }
}
