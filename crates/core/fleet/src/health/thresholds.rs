//! From which values on a check has something to say.

use std::collections::BTreeSet;

use crate::money::Usd;

/// A part of a hundred of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u8);

/// A decay score, 0 to 100. No percentage: nothing is measured by it but itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(pub u8);

/// From which values on there is something to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Checks that are not made.
    pub off: BTreeSet<String>,
    /// Part of the prompt tokens read from the cache below which it is critical.
    pub cache_critical: Percent,
    /// And below which it is a warning.
    pub cache_warning: Percent,
    /// Prompt tokens that are needed to judge.
    pub cache_min_tokens: u64,
    /// Responses that are needed to judge.
    pub cache_min_responses: u64,
    /// How many times its average a session may spend before it is critical.
    pub cost_spike_critical: f64,
    /// And before it is a warning.
    pub cost_spike_warning: f64,
    /// Less than this is no spike.
    pub cost_spike_min: Usd,
    /// How often the same call may fail in the same way.
    pub loop_max_calls: u64,
    /// In how many minutes.
    pub loop_window_minutes: u64,
    /// What has to be spent since a session last got on.
    pub stall_min: Usd,
    /// And how many minutes it has to be active since.
    pub stall_min_minutes: u64,
    /// Context use that is critical.
    pub context_critical: Percent,
    /// Context use that is a warning.
    pub context_warning: Percent,
    /// Context use from which compacting is worth a thought.
    pub compact_context: Percent,
    /// Decay that is worth a word.
    pub decay_info: Score,
    /// Decay that is a warning.
    pub decay_warning: Score,
    /// Decay that is critical.
    pub decay_critical: Score,
    /// How many times as many tokens as before an edit may take.
    pub efficiency_factor: f64,
    /// Edits that are needed to judge.
    pub efficiency_min_edits: u64,
    /// How many times as often as before calls may fail.
    pub error_accel_factor: f64,
    /// Errors that are needed to judge.
    pub error_accel_min_errors: u64,
    /// How often the same unchanged thing may be read.
    pub repetition_threshold: u64,
    /// How many calls may pass the guard unseen.
    pub guard_gap_min_calls: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            off: BTreeSet::new(),
            cache_critical: Percent(10),
            cache_warning: Percent(30),
            cache_min_tokens: 10_000,
            cache_min_responses: 5,
            cost_spike_critical: 5.0,
            cost_spike_warning: 2.5,
            cost_spike_min: Usd::from_pico(1_000_000_000_000),
            loop_max_calls: 4,
            loop_window_minutes: 30,
            stall_min: Usd::from_pico(1_000_000_000_000),
            stall_min_minutes: 10,
            context_critical: Percent(90),
            context_warning: Percent(80),
            compact_context: Percent(50),
            decay_info: Score(30),
            decay_warning: Score(60),
            decay_critical: Score(80),
            efficiency_factor: 2.0,
            efficiency_min_edits: 16,
            error_accel_factor: 2.0,
            error_accel_min_errors: 3,
            repetition_threshold: 3,
            guard_gap_min_calls: 1,
        }
    }
}

impl From<Percent> for f64 {
    fn from(percent: Percent) -> Self {
        percent.0.into()
    }
}
