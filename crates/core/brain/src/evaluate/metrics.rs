//! Figures: each by its formula, of answers that were foretold and of calls that were answered.

use serde::Serialize;

/// Probabilities are taken together in so many bins.
const BINS: usize = 15;
/// The curve is told at so many places.
const PLACES: usize = 20;
/// Half of so many calls in a row.
const WINDOW: usize = 200;

/// An answer that was foretold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// How likely it was said to be wanted.
    pub p: f64,
    /// What was answered.
    pub answer: bool,
    /// What was wanted.
    pub wanted: bool,
}

/// A place of the curve of risk over coverage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// The share of calls that it is surest of.
    pub coverage: f64,
    /// How many of them it would get wrong, as a share.
    pub risk: f64,
}

/// What was counted of calls.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// With full information: what was foretold.
    pub scored: Vec<Scored>,
    /// As it is used: calls.
    pub calls: u64,
    /// Those it let run by itself.
    pub allows: u64,
    /// Those it refused by itself.
    pub denies: u64,
    /// Let run, and not wanted.
    pub false_allows: u64,
    /// Refused, and wanted.
    pub false_denies: u64,
    /// Let run, though they must never run without a question.
    pub critical: u64,
    /// Answers it got.
    pub labels: u64,
    /// How many answers it took until half of the calls were its own; the most of several streams.
    pub to_half: Half,
}

/// After how many answers half of the calls were answered by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Half {
    /// Nothing was played.
    #[default]
    Unknown,
    /// After so many.
    After(u64),
    /// It never came to that.
    Never,
}

impl Half {
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, half) | (half, Self::Unknown) => half,
            (Self::After(one), Self::After(other)) => Self::After(one.max(other)),
            (Self::Never, _) | (_, Self::Never) => Self::Never,
        }
    }
}

/// The figures. One that nothing is known of is `null` in JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// How many calls there were.
    pub calls: u64,
    /// Mean of the negative logarithm of what was said of the answer that came.
    pub log_loss: f64,
    /// Mean of the squared distance from the answer.
    pub brier: f64,
    /// Expected calibration error, without what chance alone makes of it.
    pub ece: f64,
    /// Area under the curve of risk over coverage.
    pub aurc: f64,
    /// The share of calls that were answered without a question.
    pub auto_answered: f64,
    /// How many of them were let run.
    pub auto_allowed: u64,
    /// How many were refused.
    pub auto_denied: u64,
    /// Let run, and not wanted.
    pub false_allows: u64,
    /// Refused, and wanted.
    pub false_denies: u64,
    /// Let run, though they must never run without a question.
    pub critical_allowed: u64,
    /// Questions for each hundred calls.
    pub asks_per_100: f64,
    /// Answers it got.
    pub labels: u64,
    /// The fewest answers after which half of the next 200 calls were answered without a question.
    pub labels_to_half: Option<u64>,
    /// The curve of risk over coverage.
    pub risk_coverage: Vec<Point>,
}

impl Tally {
    /// Takes in another one.
    pub fn add(&mut self, other: &Self) {
        self.scored.extend_from_slice(&other.scored);
        self.calls += other.calls;
        self.allows += other.allows;
        self.denies += other.denies;
        self.false_allows += other.false_allows;
        self.false_denies += other.false_denies;
        self.critical += other.critical;
        self.labels += other.labels;
        self.to_half = self.to_half.with(other.to_half);
    }

    /// What it comes to.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let risks = risks(&self.scored);
        let calls = self.calls as f64;
        let own = (self.allows + self.denies) as f64;
        Figures {
            calls: self.calls,
            log_loss: log_loss(&self.scored),
            brier: brier(&self.scored),
            ece: ece(&self.scored),
            aurc: mean(risks.iter().copied()),
            auto_answered: own / calls,
            auto_allowed: self.allows,
            auto_denied: self.denies,
            false_allows: self.false_allows,
            false_denies: self.false_denies,
            critical_allowed: self.critical,
            asks_per_100: (calls - own) / calls * 100.0,
            labels: self.labels,
            labels_to_half: match self.to_half {
                Half::After(labels) => Some(labels),
                Half::Unknown | Half::Never => None,
            },
            risk_coverage: curve(&risks),
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn number(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// Mean of `-ln` of what was said of the answer that came.
#[must_use]
pub fn log_loss(scored: &[Scored]) -> f64 {
    mean(scored.iter().map(|one| -(if one.answer { one.p } else { 1.0 - one.p }).ln()))
}

/// Mean of the squared distance from the answer.
#[must_use]
pub fn brier(scored: &[Scored]) -> f64 {
    mean(scored.iter().map(|one| (one.p - number(one.answer)).powi(2)))
}

/// Expected calibration error: in each of 15 bins the distance between what was said and what was answered, on average,
/// less what it would be by chance if all of it were true (`sqrt(2 / pi)` of the standard deviation), but not below 0;
/// the mean over bins, each by its answers.
#[must_use]
pub fn ece(scored: &[Scored]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for one in scored {
        let bin = &mut bins[((one.p * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += one.p - number(one.answer);
        bin.1 += one.p * (1.0 - one.p);
    }
    let by_chance = |variance: f64| (std::f64::consts::FRAC_2_PI * variance).sqrt();
    let sum: f64 = bins.iter().map(|(gap, variance)| (gap.abs() - by_chance(*variance)).max(0.0)).sum();
    sum / scored.len() as f64
}

/// Of the calls that it is surest of, one, two, three, and so on: the share that it would get wrong. Where it is equally
/// sure of several, their errors are spread evenly over them, as their order says nothing.
#[must_use]
pub fn risks(scored: &[Scored]) -> Vec<f64> {
    let mut sure: Vec<(f64, bool)> =
        scored.iter().map(|one| (one.p.max(1.0 - one.p), (one.p >= 0.5) != one.wanted)).collect();
    sure.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut risks = Vec::with_capacity(sure.len());
    let mut before = 0.0;
    for block in sure.chunk_by(|one, other| one.0 == other.0) {
        let wrong = block.iter().filter(|(_, wrong)| *wrong).count() as f64;
        for at in 1..=block.len() {
            let errors = before + wrong * at as f64 / block.len() as f64;
            risks.push(errors / (risks.len() + 1) as f64);
        }
        before += wrong;
    }
    risks
}

fn curve(risks: &[f64]) -> Vec<Point> {
    let place = |at: usize| {
        let count = (risks.len() * at).div_ceil(PLACES);
        let risk = *risks.get(count.checked_sub(1)?)?;
        Some(Point { coverage: at as f64 / PLACES as f64, risk })
    };
    (1..=PLACES).filter_map(place).collect()
}

/// Of each call, whether it was answered without a question, and how many answers there had been before it: the fewest
/// after which half of the next 200 were.
#[must_use]
pub fn labels_to_half(calls: &[(bool, u64)]) -> Half {
    let half = |window: &&[(bool, u64)]| window.iter().filter(|(own, _)| *own).count() * 2 >= WINDOW;
    let found = calls.windows(WINDOW).find(half).and_then(|window| window.first());
    found.map_or(Half::Never, |(_, labels)| Half::After(*labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(p: f64, answer: bool) -> Scored {
        Scored { p, answer, wanted: answer }
    }

    #[test]
    fn losses_are_what_their_formulas_say() {
        let two = [scored(0.8, true), scored(0.4, false)];
        assert!((log_loss(&two) - (-(0.8_f64.ln()) - 0.6_f64.ln()) / 2.0).abs() < 1e-12);
        assert!((brier(&two) - (0.04 + 0.16) / 2.0).abs() < 1e-12);
        assert!(log_loss(&[]).is_nan(), "of nothing, nothing is known");
    }

    #[test]
    fn what_holds_what_it_says_has_no_calibration_error() {
        let holds: Vec<Scored> = (0..1_000).map(|at| scored(0.8, at % 5 != 0)).collect();
        assert!(ece(&holds) < 1e-12);
        // Said 0.8, came out 0.6: off by 0.2, less what 1000 answers come to by chance.
        let off: Vec<Scored> = (0..1_000).map(|at| scored(0.8, at % 5 < 3)).collect();
        assert!((ece(&off) - 0.2).abs() < 0.02 && ece(&off) < 0.2, "{}", ece(&off));
        // A single answer cannot be half right: that is chance, not an error.
        assert!(ece(&[scored(0.5, true)]) < 0.11);
        assert!((ece(&[scored(1.0, false)]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn risk_is_of_what_it_is_surest_of() {
        let four = [scored(0.6, false), scored(0.99, true), scored(0.1, false), scored(0.3, true)];
        assert_eq!(risks(&four), [0.0, 0.0, 1.0 / 3.0, 0.5]);
        let even: Vec<Scored> = (0..4).map(|at| scored(0.5, at == 0)).collect();
        assert_eq!(risks(&even), [0.75; 4], "equally sure of all: no order helps");
        let tally = Tally { scored: four.to_vec(), ..Tally::default() };
        let figures = tally.figures();
        assert_eq!(figures.risk_coverage.len(), PLACES);
        assert_eq!(figures.risk_coverage[PLACES - 1], Point { coverage: 1.0, risk: 0.5 });
        assert!((figures.aurc - (1.0 / 3.0 + 0.5) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_slip_is_no_error_of_the_learner() {
        let slip = Scored { p: 0.9, answer: false, wanted: true };
        assert_eq!(risks(&[slip]), [0.0]);
        assert!(log_loss(&[slip]) > 2.0, "but it was foretold badly");
    }

    #[test]
    fn half_is_reached_where_the_next_two_hundred_are_half_its_own() {
        let asks = (0..100).map(|at| (false, at));
        let own = (0..250).map(|_| (true, 100));
        let calls: Vec<_> = asks.clone().chain(own).collect();
        assert_eq!(labels_to_half(&calls), Half::After(0));
        let calls: Vec<_> = asks.chain((0..99).map(|_| (true, 100))).collect();
        assert_eq!(labels_to_half(&calls), Half::Never, "there are no two hundred");
        let late = (0..500).map(|at| (at >= 400, at.min(400)));
        assert_eq!(labels_to_half(&late.collect::<Vec<_>>()), Half::After(300));
        let mut tally = Tally { to_half: Half::After(3), ..Tally::default() };
        tally.add(&Tally { to_half: Half::After(9), ..Tally::default() });
        assert_eq!(tally.figures().labels_to_half, Some(9));
        tally.add(&Tally { to_half: Half::Never, ..Tally::default() });
        tally.add(&Tally { to_half: Half::After(1), ..Tally::default() });
        assert_eq!(tally.figures().labels_to_half, None);
    }
}
