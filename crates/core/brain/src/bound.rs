//! How often silent answers are wrong at most, proven at any time.
//!
//! A person is looked at after every answer, so a bound that holds for a number of answers fixed beforehand would be wrong
//! here. This one is a bet against "at least `alpha` of them are wrong": each answer multiplies what was put in by how
//! likely it is if errors are rarer, over how likely it is at `alpha`. Where that is so, nobody gets rich: the stake
//! reaches `1 / delta` at any time with probability `delta` at most (Ville's inequality; Waudby-Smith and Ramdas, 2024).
//! The stake is spread over a few rates, so that single errors need not end it.

use serde::{Deserialize, Serialize};

use crate::bytes::{Reader, Writer};

/// Rates that are bet on, as shares of `alpha`, and how much of the stake each has.
const RATES: [(f64, f64); 4] = [(0.0, 0.7), (0.125, 0.1), (0.25, 0.1), (0.5, 0.1)];
/// So much of the stake is dealt out anew with each answer.
const DEALT: f64 = 0.005;
/// Beyond what is needed, so much is kept: one error then always costs the proof.
const SLACK: f64 = 0.5;

/// What is asked of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// So large a share of silent answers may be wrong.
    pub alpha: f64,
    /// So likely is it that this is believed of something that is worse.
    pub delta: f64,
}

impl Risk {
    /// What the stake has to come to, as a logarithm.
    fn needed(self) -> f64 {
        (1.0 / self.delta).ln()
    }

    /// So many answers without an error prove it; somewhat fewer may, as all parts of the stake grow.
    #[must_use]
    pub fn fewest(self) -> u64 {
        let each = -(1.0 - self.alpha).ln();
        ((self.needed() - RATES[0].1.ln()) / each).ceil().max(0.0) as u64
    }
}

/// A bet that is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bet {
    /// Logarithms of what each part of the stake has become.
    stakes: [f64; 4],
    /// Answers that it has seen.
    pub trials: u64,
    /// Those that were wrong.
    pub errors: u64,
    /// Answers since the last one that was wrong.
    pub clean: u64,
    /// Silent answers that their person has corrected; what it has seen is what came after the last of them.
    pub corrected: u64,
}

impl Default for Bet {
    fn default() -> Self {
        Self { stakes: RATES.map(|(_, part)| part.ln()), trials: 0, errors: 0, clean: 0, corrected: 0 }
    }
}

impl Bet {
    /// Takes in whether an answer would have been wrong.
    pub fn see(&mut self, wrong: bool, risk: Risk) {
        let Risk { alpha, .. } = risk;
        for (stake, (rate, _)) in self.stakes.iter_mut().zip(RATES) {
            let (rare, often) = if wrong { (rate, 1.0) } else { (1.0 - rate * alpha, 1.0 - alpha) };
            *stake += (rare / often).ln();
        }
        self.trials += 1;
        self.errors += u64::from(wrong);
        self.clean = if wrong { 0 } else { self.clean + 1 };
        let above = self.worth() - risk.needed() - SLACK;
        if above > 0.0 {
            self.stakes.iter_mut().for_each(|stake| *stake -= above);
        }
        // A part that has lost everything gets a little from the others: a person may have changed. What all of them have
        // together stays the same, so it is a bet as good as before (Herbster and Warmuth, 1998).
        let worth = self.worth();
        for (stake, (_, part)) in self.stakes.iter_mut().zip(RATES) {
            let kept = (*stake - worth).exp() * (1.0 - DEALT);
            *stake = worth + DEALT.mul_add(part, kept).ln();
        }
    }

    /// A silent answer was wrong, by its person. Nobody knows of how many: who corrects has not looked at the others, so it
    /// is no trial. It begins anew, and what it had won is lost; a stake that is only taken from is no worse a bet.
    pub fn begin_again(&mut self) {
        let fresh = Self { corrected: self.corrected + 1, ..Self::default() };
        let stakes = if self.worth() < fresh.worth() { self.stakes } else { fresh.stakes };
        *self = Self { stakes, ..fresh };
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        self.stakes.iter().for_each(|stake| out.f64(*stake));
        [self.trials, self.errors, self.clean, self.corrected].into_iter().for_each(|count| out.u64(count));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut bet = Self::default();
        for stake in &mut bet.stakes {
            *stake = from.f64()?;
        }
        (bet.trials, bet.errors) = (from.u64()?, from.u64()?);
        (bet.clean, bet.corrected) = (from.u64()?, from.u64()?);
        Some(bet)
    }

    /// What the stake has become, as a logarithm.
    #[must_use]
    pub fn worth(&self) -> f64 {
        let most = self.stakes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + self.stakes.iter().map(|stake| (stake - most).exp()).sum::<f64>().ln()
    }

    /// Whether it is proven that fewer than `alpha` are wrong.
    #[must_use]
    pub fn holds(&self, risk: Risk) -> bool {
        self.worth() >= risk.needed()
    }

    /// The smallest share that at most so many are wrong of, as far as this bet has proven: between 0 and 1.
    #[must_use]
    pub fn share(&self, risk: Risk) -> f64 {
        (self.worth() / risk.needed()).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RISK: Risk = Risk { alpha: 0.05, delta: 0.02 };

    /// Numbers between 0 and 1, the same each time.
    fn numbers(mut seed: u64) -> impl FnMut() -> f64 {
        move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    #[test]
    fn so_many_answers_without_an_error_prove_it_and_one_error_ends_that() {
        let mut bet = Bet::default();
        let fewest = RISK.fewest();
        (0..fewest * 4 / 5).for_each(|_| bet.see(false, RISK));
        assert!(!bet.holds(RISK), "{} of {fewest}", bet.trials);
        (bet.trials..fewest).for_each(|_| bet.see(false, RISK));
        assert!(bet.holds(RISK));
        (0..10_000).for_each(|_| bet.see(false, RISK));
        bet.see(true, RISK);
        assert!(!bet.holds(RISK), "however many went well");
        let again = (1..).find(|_| {
            bet.see(false, RISK);
            bet.holds(RISK)
        });
        assert!(again.is_some_and(|again| (fewest / 4..=fewest * 3 / 2).contains(&again)), "{again:?}");
    }

    #[test]
    fn the_smaller_the_share_the_more_answers() {
        let fewest = [0.05, 0.01, 0.001].map(|alpha| Risk { alpha, delta: 0.05 }.fewest());
        // A fixed sample needs 59, 299 and 2995; looking after each answer, and hedging, costs some more.
        assert_eq!(fewest, [66, 334, 3_351]);
    }

    #[test]
    fn errors_as_frequent_as_alpha_seldom_pass() {
        let passed = (0..400).filter(|seed| {
            let (mut bet, mut number) = (Bet::default(), numbers(*seed));
            (0..2_000).any(|_| {
                bet.see(number() < RISK.alpha, RISK);
                bet.holds(RISK)
            })
        });
        let passed = passed.count();
        assert!(passed <= 14, "{passed} of 400; delta is 8");
    }

    #[test]
    fn a_silent_answer_that_was_wrong_takes_all_that_was_won_and_gives_nothing() {
        let mut bet = Bet::default();
        (0..200).for_each(|_| bet.see(false, RISK));
        (0..3).for_each(|_| bet.begin_again());
        assert_eq!((bet.trials, bet.errors, bet.clean, bet.corrected), (0, 0, 0, 3));
        assert_eq!(Bet { corrected: 0, ..bet }, Bet::default());
        (0..RISK.fewest() / 2).for_each(|_| bet.see(false, RISK));
        assert!(!bet.holds(RISK), "it is earned again from the beginning");
        (0..RISK.fewest()).for_each(|_| bet.see(false, RISK));
        assert!(bet.holds(RISK));
        // Whoever has lost more than that does not win by it.
        let mut poor = Bet::default();
        (0..9).for_each(|_| poor.see(true, RISK));
        let worth = poor.worth();
        poor.begin_again();
        assert!(worth < -1.0 && poor.worth() == worth);
    }
}
