//! What checks go by: sums and trends over message time, made of buckets and signals.

use std::collections::{BTreeMap, BTreeSet};

use claudectl_transcript::time::Millis;

use super::HealthInput;
use crate::ledger::{Bucket, BucketKey, SLOT_MS, Tokens};
use crate::money::Usd;
use crate::signals::{Signals, Window};

/// The cache is judged by this many of the latest quarters of an hour with responses.
const CACHE_SLOTS: usize = 4;
/// The newest windows with calls, whose errors are held against those before.
const RECENT_WINDOWS: usize = 3;
/// Calls that are needed on either side.
const RECENT_CALLS: u64 = 10;
const EARLIER_CALLS: u64 = 20;
/// What is believed of a session's errors before it has shown any: one call in ten, with the weight of ten calls.
const PRIOR: (f64, f64) = (1.0, 10.0);
/// Fewer tokens between edits than this say nothing.
const LEAST_TOKENS: u64 = 100;

/// A trend has to be less likely than this where there is none: one in a hundred, the usual bound. A ratio alone is
/// above two by chance in ten to twenty sessions of a hundred; with this, in one at most.
const CHANCE: f64 = 0.01;
/// The same as a distance from the middle of a normal distribution, in standard deviations, on one side.
const CHANCE_DEVIATIONS: f64 = 2.326;
/// So many calls are looked at one by one.
const MOST_CALLS: u64 = 10_000;
/// Sums beyond this are scaled down: numbers of floating point end not far above.
const LARGE: f64 = 1e200;
/// What is smaller than this part of a sum does not change it.
const NOTHING: f64 = 1e-18;

/// Edits whose tokens are held against those before.
pub(super) const RECENT_EDITS: usize = 8;

/// What a session spent, as far as checks go by it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spending {
    /// Since the quarter of an hour before this one began.
    pub recent: Usd,
    /// Responses in it.
    pub recent_responses: u64,
    /// How long that is, in hours: a quarter to a half.
    pub recent_hours: f64,
    /// Before.
    pub earlier: Usd,
    /// Quarters of an hour before, in which there was a response.
    pub earlier_slots: u64,
    /// In the quarters of an hour that began since the session last got on.
    pub since_progress: Usd,
    /// Prompt tokens of the conversation in its latest active hour.
    pub prompt_tokens: u64,
    /// Of these, read from the cache.
    pub cache_read: u64,
    /// Responses among which they are.
    pub prompt_responses: u64,
}

impl Spending {
    /// Sums up a session's buckets, subagents' included. `price` says what some of them cost; `progress` is when the
    /// session last got on.
    pub fn of(
        buckets: &[(BucketKey, Bucket)],
        progress: Option<Millis>,
        now: Millis,
        price: impl Fn(&mut dyn Iterator<Item = (BucketKey, Bucket)>) -> Usd,
    ) -> Self {
        let this = now.div_euclid(SLOT_MS);
        // What claims to be of the future is neither recent nor before.
        let known = || buckets.iter().copied().filter(|(key, _)| key.slot <= this);
        let recent = |(key, _): &(BucketKey, Bucket)| key.slot >= this - 1;
        let earlier: BTreeSet<i64> =
            known().filter(|bucket| !recent(bucket)).map(|(key, _)| key.slot).collect();
        let since = progress.map_or(i64::MAX, |at| at.div_euclid(SLOT_MS));
        let mut spending = Self {
            recent: price(&mut known().filter(recent)),
            recent_responses: known().filter(recent).map(|(_, bucket)| bucket.messages).sum(),
            recent_hours: hours(now.saturating_sub((this - 1).saturating_mul(SLOT_MS))),
            earlier: price(&mut known().filter(|bucket| !recent(bucket))),
            earlier_slots: earlier.len() as u64,
            since_progress: price(&mut known().filter(|(key, _)| key.slot > since)),
            ..Self::default()
        };
        spending.cache(known().filter(|(key, _)| key.agent == 0));
        spending
    }

    /// The conversation's own: a subagent's is short, and begins with nothing in the cache.
    fn cache(&mut self, own: impl Iterator<Item = (BucketKey, Bucket)>) {
        let mut slots: BTreeMap<i64, (Tokens, u64)> = BTreeMap::new();
        for (key, bucket) in own {
            let (tokens, responses) = slots.entry(key.slot).or_default();
            tokens.add(&bucket.tokens);
            *responses += bucket.messages;
        }
        for (tokens, responses) in slots.values().rev().take(CACHE_SLOTS) {
            let classes =
                [tokens.input, tokens.cache_write_5m, tokens.cache_write_1h, tokens.cache_write_unsplit];
            let uncached = classes.into_iter().fold(0, u64::saturating_add);
            self.prompt_tokens =
                self.prompt_tokens.saturating_add(uncached).saturating_add(tokens.cache_read);
            self.cache_read = self.cache_read.saturating_add(tokens.cache_read);
            self.prompt_responses += responses;
        }
    }
}

/// Failures of one call: when, and after how many edits.
type Failures = Vec<(Millis, u32)>;

/// The same call, failing in the same way.
pub(super) struct Loop {
    pub(super) tool: String,
    pub(super) times: u64,
    /// Times, of which those after a change count half: to change something and try again is work.
    pub(super) weight: u64,
    pub(super) edits: u32,
    pub(super) span_ms: i64,
}

impl Loop {
    /// The heaviest in the window that ends with the transcript's newest row.
    pub(super) fn of(signals: &Signals, window: i64) -> Option<Self> {
        let since = signals.seen_at()?.saturating_sub(window);
        let mut found: BTreeMap<(&str, u32, u32), Failures> = BTreeMap::new();
        for failed in signals.failed.iter().filter(|failed| failed.at >= since) {
            let same = found.entry((&failed.tool, failed.input, failed.error)).or_default();
            same.push((failed.at, failed.edits));
        }
        found.into_iter().map(|((tool, ..), each)| Self::new(tool, &each)).max_by_key(|found| found.weight)
    }

    fn new(tool: &str, each: &[(Millis, u32)]) -> Self {
        let changed = each.windows(2).filter(|pair| pair[0].1 != pair[1].1).count() as u64;
        let times = each.len() as u64;
        let (first, last) = (each.iter().map(|e| e.0).min(), each.iter().map(|e| e.0).max());
        let edits = |one: Option<&(Millis, u32)>| one.map_or(0, |one| one.1);
        Self {
            tool: tool.to_owned(),
            times,
            weight: times - changed.div_ceil(2),
            edits: edits(each.last()).saturating_sub(edits(each.first())),
            span_ms: last.unwrap_or(0).saturating_sub(first.unwrap_or(0)),
        }
    }
}

/// Errors of the newest windows against those before.
pub(super) struct Trend {
    /// Calls and errors.
    pub(super) recent: (u64, u64),
    pub(super) earlier: (u64, u64),
}

impl Trend {
    pub(super) fn of(input: &HealthInput<'_>) -> Option<Self> {
        let mut windows: BTreeMap<i64, Window> = BTreeMap::new();
        for digest in input.own.into_iter().chain(input.subagents.iter().copied()) {
            for window in &digest.signals.windows {
                let sum = windows.entry(window.slot).or_default();
                sum.calls = sum.calls.saturating_add(window.calls);
                sum.errors = sum.errors.saturating_add(window.errors);
            }
        }
        let mut trend = Self { recent: (0, 0), earlier: (0, 0) };
        for (number, window) in windows.values().rev().enumerate() {
            let (calls, errors) =
                if number < RECENT_WINDOWS { &mut trend.recent } else { &mut trend.earlier };
            *calls += u64::from(window.calls);
            *errors += u64::from(window.errors);
        }
        (trend.recent.0 >= RECENT_CALLS && trend.earlier.0 >= EARLIER_CALLS).then_some(trend)
    }

    /// Both sides lean on what is known beside them: the earlier one on the prior, the newest on the earlier one. Few
    /// calls thus move little, and no error is never more than before.
    pub(super) fn times(&self) -> f64 {
        let (errors, calls) = PRIOR;
        let before = (number(self.earlier.1) + errors) / (number(self.earlier.0) + calls);
        let now = (number(self.recent.1) + before * calls) / (number(self.recent.0) + calls);
        now / before
    }

    /// More of the errors fall on the newest calls than chance would have it.
    pub(super) fn is_sure(&self) -> bool {
        chance(self.recent, self.earlier) <= CHANCE
    }
}

/// How likely it is that at least so many of all errors fall on the newest calls, were these like the others: Fisher's
/// exact test on one side. Terms follow from one another, and their sum makes them probabilities. So many calls that it
/// would take long are taken for fewer, which makes nothing more sure.
fn chance(recent: (u64, u64), earlier: (u64, u64)) -> f64 {
    let part = recent.0.saturating_add(earlier.0).div_ceil(MOST_CALLS).max(1);
    let (recent, earlier) = ((recent.0 / part, recent.1 / part), (earlier.0 / part, earlier.1 / part));
    let errors = recent.1.saturating_add(earlier.1);
    let (mut term, mut all, mut tail) = (1.0, 0.0, 0.0);
    for at in errors.saturating_sub(earlier.0)..=recent.0.min(errors) {
        all += term;
        tail += if at >= recent.1 { term } else { 0.0 };
        let rest = number((earlier.0 + at + 1).saturating_sub(errors));
        term *= number(recent.0 - at) * number(errors - at) / (number(at + 1) * rest);
        if term < all * NOTHING {
            break;
        }
        if all > LARGE {
            (term, all, tail) = (term / LARGE, all / LARGE, tail / LARGE);
        }
    }
    tail / all
}

/// Tokens that the latest edits took, against those before: medians, so that one long search is no trend.
pub(super) struct Edits {
    pub(super) recent: u64,
    pub(super) earlier: u64,
    pub(super) all: u64,
    /// How far the ranks of the latest are above where chance would have them, in standard deviations.
    above: f64,
}

impl Edits {
    pub(super) fn of(input: &HealthInput<'_>) -> Option<Self> {
        let between = &input.own?.signals.between_edits;
        let split = between.len().checked_sub(RECENT_EDITS)?;
        let part = |range: std::ops::Range<usize>| between.range(range).copied().collect::<Vec<_>>();
        let (before, latest) = (part(0..split), part(split..between.len()));
        let above = above(&latest, &before);
        let (earlier, recent) = (median(before)?, median(latest)?);
        (earlier >= LEAST_TOKENS).then_some(Self { recent, earlier, all: between.len() as u64, above })
    }

    pub(super) fn times(&self) -> f64 {
        ratio(self.recent, self.earlier)
    }

    /// The latest took more than chance would have it.
    pub(super) fn is_sure(&self) -> bool {
        self.above > CHANCE_DEVIATIONS
    }
}

/// How far some numbers rank above others, in standard deviations of what chance would make of it: the rank-sum test of
/// Mann and Whitney, which takes nothing for granted of how they are spread. Equals count half.
fn above(these: &[u64], those: &[u64]) -> f64 {
    let wins = |one: &u64| those.iter().filter(|other| *other < one).count() as u64 * 2;
    let draws = |one: &u64| those.iter().filter(|other| *other == one).count() as u64;
    let won: u64 = these.iter().map(|one| wins(one) + draws(one)).sum();
    let (m, n) = (these.len() as u64, those.len() as u64);
    (number(won) - number(m * n)) / 2.0 / (number(m * n * (m + n + 1)) / 12.0).sqrt()
}

/// Of an even number of them, midway between the two in the middle.
fn median(mut numbers: Vec<u64>) -> Option<u64> {
    numbers.sort_unstable();
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = numbers[(numbers.len() - 1) / 2];
    Some(lower.midpoint(upper))
}

#[expect(clippy::cast_precision_loss, reason = "a ratio is shown to one digit")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    number(part) / number(whole.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "a rate is shown to cents")]
pub(super) fn hours(millis: i64) -> f64 {
    millis as f64 / 3_600_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (numbers, expected) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![9, 1], Some(5)),
            (vec![3, 9, 1], Some(3)),
            (vec![u64::MAX, u64::MAX, 0, 0], Some(u64::MAX / 2)),
        ] {
            assert_eq!(median(numbers.clone()), expected, "{numbers:?}");
        }
    }

    #[test]
    fn what_chance_makes_of_errors() {
        // Computed apart, from binomial coefficients.
        for (recent, earlier, expected) in [
            ((10, 5), (20, 1), 0.008_842),
            ((25, 2), (45, 3), 0.591_289),
            ((3, 3), (2, 0), 0.1),
            ((30, 0), (30, 4), 1.0),
            ((2, 2), (1, 1), 1.0),
        ] {
            let found = chance(recent, earlier);
            assert!((found - expected).abs() < 1e-6, "{recent:?} {earlier:?}: {found}");
        }
        let many = chance((u64::from(u32::MAX), 4_000_000_000), (40_000, 39_000));
        assert!((0.0..=1.0).contains(&many), "{many}");
        assert!(chance((40_000, 20_000), (40_000, 10_000)) < 1e-9);
        assert!(chance((0, 9), (0, 9)).is_nan(), "more errors than calls are no trend");
    }

    #[test]
    fn ranks() {
        assert!((above(&[4, 5, 6], &[1, 2, 3]) - 1.963_961).abs() < 1e-6);
        assert!(above(&[1, 5], &[1, 5]).abs() < 1e-9, "equals count half");
        assert!(above(&[1], &[2, 3]) < 0.0);
    }
}
