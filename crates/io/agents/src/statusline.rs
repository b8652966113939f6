//! What Claude Code writes to its status line's standard input.

use std::borrow::Cow;

use claudectl_fleet::call;
use claudectl_fleet::reading::{Limit, Reading};
use serde::Deserialize;
use serde_json::{Map, Value};

/// No name or path that is kept is longer, in bytes.
const MAX_NAME: usize = 1024;
/// So many limits are kept.
const MAX_LIMITS: usize = 16;

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cwd: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    model: Model<'a>,
    #[serde(borrow, default)]
    workspace: Workspace<'a>,
    #[serde(default)]
    cost: Cost,
    #[serde(default)]
    context_window: Window,
    rate_limits: Option<Map<String, Value>>,
}

#[derive(Deserialize, Default)]
struct Model<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    display_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Default)]
struct Workspace<'a> {
    #[serde(borrow)]
    current_dir: Option<Cow<'a, str>>,
    #[serde(borrow)]
    project_dir: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Default)]
struct Cost {
    total_cost_usd: Option<f64>,
    total_lines_added: Option<u64>,
    total_lines_removed: Option<u64>,
}

#[derive(Deserialize, Default)]
struct Window {
    context_window_size: Option<u64>,
    current_usage: Option<Usage>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage {
    input_tokens: u64,
    cache_creation_input_tokens: u64,
    cache_read_input_tokens: u64,
}

/// Reads what the status line was told. `at` is when, milliseconds since the epoch.
///
/// # Errors
/// When it is no JSON object, or a field has another type than Claude Code gives it.
pub fn read(input: &[u8], at: i64) -> Result<Reading, serde_json::Error> {
    let told: Told<'_> = serde_json::from_slice(input)?;
    let name = |text: Option<Cow<'_, str>>| {
        text.filter(|text| !text.is_empty()).map(|text| text[..text.floor_char_boundary(MAX_NAME)].to_owned())
    };
    let usage = told.context_window.current_usage.as_ref();
    Ok(Reading {
        at,
        session: name(told.session_id).unwrap_or_default(),
        name: told.session_name.as_deref().map(call::one_line).filter(|name| !name.is_empty()),
        model: name(told.model.id),
        model_name: name(told.model.display_name),
        version: name(told.version),
        cwd: name(told.workspace.current_dir).or_else(|| name(told.cwd)),
        project: name(told.workspace.project_dir),
        cost_usd: told.cost.total_cost_usd.filter(|usd| usd.is_finite() && *usd >= 0.0),
        lines_added: told.cost.total_lines_added,
        lines_removed: told.cost.total_lines_removed,
        context_size: told.context_window.context_window_size.filter(|size| *size > 0),
        context_tokens: usage.map(|usage| {
            let cached = usage.cache_creation_input_tokens.saturating_add(usage.cache_read_input_tokens);
            cached.saturating_add(usage.input_tokens)
        }),
        limits: told.rate_limits.map(limits).unwrap_or_default(),
    })
}

/// Each object with a share in use is a limit, whatever its name: new ones come without notice.
fn limits(told: Map<String, Value>) -> Vec<Limit> {
    let limit = |(window, value): (String, Value)| {
        let used_pct = value.get("used_percentage")?.as_f64().filter(|pct| pct.is_finite() && *pct >= 0.0)?;
        let window = window[..window.floor_char_boundary(64)].to_owned();
        Some(Limit { window, used_pct, resets_at: value.get("resets_at").and_then(instant) })
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
        let reading = read(TOLD.as_bytes(), 5).unwrap();
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
    fn what_is_not_told_is_unknown() {
        let reading = read(br#"{"session_id":"s1","context_window":{"current_usage":null}}"#, 5).unwrap();
        assert_eq!(reading, Reading { at: 5, session: "s1".to_owned(), ..Reading::default() });
        assert!(read(b"{", 0).is_err() && read(b"[]", 0).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(read(&bytes, 0));
        }
    }
}
