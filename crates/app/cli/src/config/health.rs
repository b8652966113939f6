//! `[health]`: carries each key to the threshold it stands for.

use claudectl_fleet::health::{Percent, Score, Thresholds};
use claudectl_fleet::money::Usd;

use super::layers::narrow;
use super::value::Value;

/// Sets one threshold; a test proves that every key of the table has one.
pub(super) fn put(limits: &mut Thresholds, leaf: &str, value: &Value) -> bool {
    match value {
        Value::List(checks) if leaf == "off" => limits.off = checks.iter().cloned().collect(),
        Value::Number(number) => return put_number(limits, leaf, *number),
        Value::Whole(number) => return put_whole(limits, leaf, *number),
        _ => return false,
    }
    true
}

fn put_number(limits: &mut Thresholds, leaf: &str, number: f64) -> bool {
    let usd = |field: &mut Usd| Usd::from_dollars(number).map(|usd| *field = usd).is_some();
    let factor = match leaf {
        "cost_spike_min_usd" => return usd(&mut limits.cost_spike_min),
        "stall_min_usd" => return usd(&mut limits.stall_min),
        "cost_spike_critical" => &mut limits.cost_spike_critical,
        "cost_spike_warning" => &mut limits.cost_spike_warning,
        "efficiency_factor" => &mut limits.efficiency_factor,
        "error_accel_factor" => &mut limits.error_accel_factor,
        _ => return false,
    };
    *factor = number;
    true
}

fn put_whole(limits: &mut Thresholds, leaf: &str, number: i64) -> bool {
    let percent = |Percent(field): &mut Percent| narrow(field, number);
    let score = |Score(field): &mut Score| narrow(field, number);
    match leaf {
        "cache_critical_pct" => percent(&mut limits.cache_critical),
        "cache_warning_pct" => percent(&mut limits.cache_warning),
        "context_critical_pct" => percent(&mut limits.context_critical),
        "context_warning_pct" => percent(&mut limits.context_warning),
        "compact_context_pct" => percent(&mut limits.compact_context),
        "decay_info_score" => score(&mut limits.decay_info),
        "decay_warning_score" => score(&mut limits.decay_warning),
        "decay_critical_score" => score(&mut limits.decay_critical),
        "cache_min_tokens" => narrow(&mut limits.cache_min_tokens, number),
        "cache_min_responses" => narrow(&mut limits.cache_min_responses, number),
        "loop_max_calls" => narrow(&mut limits.loop_max_calls, number),
        "loop_window_minutes" => narrow(&mut limits.loop_window_minutes, number),
        "stall_min_minutes" => narrow(&mut limits.stall_min_minutes, number),
        "efficiency_min_edits" => narrow(&mut limits.efficiency_min_edits, number),
        "error_accel_min_errors" => narrow(&mut limits.error_accel_min_errors, number),
        "repetition_threshold" => narrow(&mut limits.repetition_threshold, number),
        "guard_gap_min_calls" => narrow(&mut limits.guard_gap_min_calls, number),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_table_says_what_the_checks_go_by() {
        assert_eq!(Config::default().health, Thresholds::default());
    }
}
