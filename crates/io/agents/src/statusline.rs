//! What Claude Code writes to its status line's standard input.

use claudectl_fleet::call;
use claudectl_fleet::reading::{Limit, Reading};
use serde_json::{Map, Value};

use crate::fields::{self, Fields, NotAnObject};

/// So many limits are kept.
const MAX_LIMITS: usize = 16;

/// Reads what the status line was told. `at` is when, milliseconds since the epoch.
///
/// # Errors
/// When it is no JSON object. A field that is not as expected is left out.
pub fn read(input: &[u8], at: i64) -> Result<Reading, NotAnObject> {
    let told = Fields::parse(input)?;
    let (model, workspace) = (told.object("model"), told.object("workspace"));
    let (cost, window) = (told.object("cost"), told.object("context_window"));
    let usage = window.object("current_usage");
    let used = |name: &str| usage.count(name);
    let limits = told.raw("rate_limits").and_then(|raw| serde_json::from_str(raw.get()).ok());
    Ok(Reading {
        at,
        session: told.name("session_id").unwrap_or_default(),
        name: told.text("session_name").map(|text| call::one_line(&text)).filter(|name| !name.is_empty()),
        model: model.name("id"),
        model_name: model.name("display_name"),
        version: told.name("version"),
        cwd: workspace.path("current_dir").or_else(|| told.path("cwd")),
        project: workspace.path("project_dir"),
        cost_usd: cost
            .number("total_cost_usd")
            .map(|usd| usd + 0.0)
            .filter(|usd| (0.0..MOST_USD).contains(usd)),
        lines_added: cost.count("total_lines_added"),
        lines_removed: cost.count("total_lines_removed"),
        context_size: window.count("context_window_size").filter(|size| *size > 0),
        context_tokens: used("input_tokens").map(|input| {
            let cached = used("cache_creation_input_tokens").unwrap_or(0);
            input.saturating_add(cached).saturating_add(used("cache_read_input_tokens").unwrap_or(0))
        }),
        limits: limits.map(|told| limits_of(told, at)).unwrap_or_default(),
    })
}

/// No session costs as much, dollars; more is a mistake.
const MOST_USD: f64 = 1e9;
/// Limits have been seen above 100 percent, and not far.
const MOST_PCT: f64 = 1_000.0;
/// No limit begins anew so late: those that are known do within five hours and seven days.
const LONGEST_WINDOW_MS: i64 = 400 * 24 * 60 * 60 * 1000;

/// Each object with a share in use is a limit, whatever its name: new ones come without notice. `at` is now.
fn limits_of(told: Map<String, Value>, at: i64) -> Vec<Limit> {
    let limit = |(window, value): (String, Value)| {
        let used_pct = value.get("used_percentage")?.as_f64().map(|pct| pct + 0.0);
        let resets_at = value.get("resets_at").and_then(instant);
        Some(Limit {
            window: fields::short(&window),
            used_pct: used_pct.filter(|pct| (0.0..=MOST_PCT).contains(pct))?,
            resets_at: resets_at
                .filter(|resets| resets.saturating_sub(at).saturating_abs() <= LONGEST_WINDOW_MS),
        })
    };
    told.into_iter().filter_map(limit).take(MAX_LIMITS).collect()
}

/// Seen as seconds since the epoch, and as RFC 3339.
fn instant(value: &Value) -> Option<i64> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and is a time")]
        Value::Number(seconds) => Some((seconds.as_f64()? * 1000.0) as i64),
        Value::String(text) => claudectl_transcript::time::parse_millis(text.as_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOLD: &str = r#"{"session_id":"s1","session_name":"mine","cwd":"/w/sub","model":{"id":"claude-opus-5-5","display_name":"Opus 5.5"},
        "workspace":{"current_dir":"/w/sub","project_dir":"/w","added_dirs":[]},"version":"2.1.330",
        "cost":{"total_cost_usd":0.25,"total_duration_ms":5,"total_lines_added":3,"total_lines_removed":1},
        "context_window":{"context_window_size":1000000,"current_usage":{"input_tokens":30,"output_tokens":1,"cache_creation_input_tokens":1000,"cache_read_input_tokens":5000}},
        "rate_limits":{"five_hour":{"used_percentage":23.5,"resets_at":1795332040},"seven_day":{"used_percentage":4,"resets_at":"2026-11-30T00:00:00Z"},"note":"x"}}"#;

    #[test]
    fn what_is_told_is_read() {
        let reading = read(TOLD.as_bytes(), 1_795_330_000_000).unwrap();
        assert_eq!(
            (reading.session.as_str(), reading.cost_usd, reading.context_size),
            ("s1", Some(0.25), Some(1_000_000))
        );
        assert_eq!((reading.context_tokens, reading.lines_added), (Some(6030), Some(3)));
        let limits: Vec<_> =
            reading.limits.iter().map(|l| (l.window.as_str(), l.used_pct, l.resets_at)).collect();
        assert_eq!(
            limits,
            [("five_hour", 23.5, Some(1_795_332_040_000)), ("seven_day", 4.0, Some(1_795_996_800_000))]
        );
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        let told = r#"{"session_id":"s1","cost":{"total_cost_usd":1e300},"rate_limits":{
            "a":{"used_percentage":95.5,"resets_at":99999999999999999},"b":{"used_percentage":1e308},
            "c":{"used_percentage":-0.0},"d":{"used_percentage":-1}}}"#;
        let reading = read(told.as_bytes(), 5).unwrap();
        let limits: Vec<_> =
            reading.limits.iter().map(|l| (l.window.as_str(), l.used_pct.to_string(), l.resets_at)).collect();
        assert_eq!(limits, [("a", "95.5".to_owned(), None), ("c", "0".to_owned(), None)]);
        assert_eq!(reading.cost_usd, None);
        let nothing = read(br#"{"session_id":"s","cost":{"total_cost_usd":-0.0}}"#, 5).unwrap();
        assert_eq!(nothing.cost_usd.map(|usd| format!("{usd:.2}")).as_deref(), Some("0.00"));
    }

    #[test]
    fn what_is_not_told_is_unknown() {
        let reading = read(br#"{"session_id":"s1","context_window":{"current_usage":null}}"#, 5).unwrap();
        assert_eq!(reading, Reading { at: 5, session: "s1".to_owned(), ..Reading::default() });
        let odd = br#"{"session_id":"s1","cost":null,"rate_limits":[],"model":{"id":5,"display_name":"Opus"},"context_window":7}"#;
        assert_eq!(read(odd, 5).unwrap().model_name.as_deref(), Some("Opus"));
        assert!(read(b"{", 0).is_err() && read(b"[]", 0).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(read(&bytes, 0));
        }
    }
}
