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

/// Edits whose tokens are held against those before.
pub(super) const RECENT_EDITS: usize = 4;

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
}

/// Tokens that the latest edits took, against those before: medians, so that one long search is no trend.
pub(super) struct Edits {
    pub(super) recent: u64,
    pub(super) earlier: u64,
    pub(super) all: u64,
}

impl Edits {
    pub(super) fn of(input: &HealthInput<'_>) -> Option<Self> {
        let between = &input.own?.signals.between_edits;
        let split = between.len().checked_sub(RECENT_EDITS)?;
        let part = |range: std::ops::Range<usize>| median(between.range(range).copied().collect());
        let (earlier, recent) = (part(0..split)?, part(split..between.len())?);
        (earlier >= LEAST_TOKENS).then_some(Self { recent, earlier, all: between.len() as u64 })
    }

    pub(super) fn times(&self) -> f64 {
        ratio(self.recent, self.earlier)
    }
}

fn median(mut numbers: Vec<u64>) -> Option<u64> {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied()
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
