//! What a session is told when it starts: a small file that the last pass has made, where the person has switched that on.

use std::path::Path;

use claudectl_fleet::hooks::Event;
use serde_json::json;

use super::reply::harmless_lines;
use crate::habits;

/// The answer to a start, if there is a briefing for the session's project. Whoever goes on with a session has it already.
pub(super) fn answer(home: &Path, event: &Event) -> Option<Vec<u8>> {
    if event.event != "SessionStart" || event.kind.as_deref() == Some("resume") {
        return None;
    }
    let text = harmless_lines(&habits::briefing_at(home, event.cwd.as_deref()?)?);
    let told = json!({ "hookEventName": "SessionStart", "additionalContext": text });
    serde_json::to_vec(&json!({ "hookSpecificOutput": told })).ok()
}
