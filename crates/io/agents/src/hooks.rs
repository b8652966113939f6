//! The wire format of hook calls: what Claude Code writes to a hook's standard input.
//!
//! Read field by field, without building what is not kept: a call may carry a file of megabytes. Texts are
//! redacted and cut here, before anything is stored. Responses, prompts and answers are not kept at all, and
//! no environment is looked at: a repository's settings may set any of it.

use std::borrow::Cow;

use claudectl_fleet::call;
use claudectl_fleet::hooks::{Client, Event, Input, Task};
use serde::Deserialize;
use serde_json::value::RawValue;

/// No name, id or path that is kept is longer, in bytes.
const MAX_NAME: usize = 1024;
/// So many background tasks are kept of one call.
const MAX_TASKS: usize = 64;

/// What a hook is told, as far as it is used.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow)]
    hook_event_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    transcript_path: Option<Cow<'a, str>>,
    #[serde(borrow)]
    cwd: Option<Cow<'a, str>>,
    #[serde(borrow)]
    permission_mode: Option<Cow<'a, str>>,
    #[serde(borrow)]
    agent_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    agent_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tool_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tool_use_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tool_input: Option<&'a RawValue>,
    #[serde(borrow)]
    background_tasks: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    notification_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    trigger: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    new_cwd: Option<Cow<'a, str>>,
    #[serde(borrow)]
    file_path: Option<Cow<'a, str>>,
    #[serde(default)]
    is_interrupt: bool,
}

#[derive(Deserialize)]
struct ToldTask<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
}

/// Why a call could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// It is no JSON object, or a field has another type.
    #[error("the hook's input is not what Claude Code writes: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It names no event or no session.
    #[error("the hook's input names no {0}")]
    Incomplete(&'static str),
}

/// Reads one call. `at` is when it came, milliseconds since the epoch; `client` is who called.
///
/// # Errors
/// When the input is no hook call; see [`WireError`].
pub fn read(input: &[u8], at: i64, client: Option<Client>) -> Result<Event, WireError> {
    let told: Told<'_> = serde_json::from_slice(input)?;
    let event = told.hook_event_name.as_deref().map(name).filter(|event| !event.is_empty());
    let event = event.ok_or(WireError::Incomplete("event (hook_event_name)"))?;
    let session = told.session_id.as_deref().map(name).filter(|session| !session.is_empty());
    let session = session.ok_or(WireError::Incomplete("session (session_id)"))?;
    let tool = told.tool_name.as_deref().map(name);
    let some = |text: &Option<Cow<'_, str>>| text.as_deref().filter(|text| !text.is_empty()).map(name);
    Ok(Event {
        at,
        session,
        client,
        transcript: some(&told.transcript_path),
        cwd: some(if event == "CwdChanged" { &told.new_cwd } else { &told.cwd }),
        mode: some(&told.permission_mode),
        agent: some(&told.agent_id),
        agent_type: some(&told.agent_type),
        call: some(&told.tool_use_id),
        input: told.tool_input.map(|raw| kept(tool.as_deref().unwrap_or_default(), raw.get())),
        kind: kind(&event, &told),
        text: text(&event, &told),
        tasks: told.background_tasks.and_then(|raw| tasks(raw.get())),
        tool,
        event,
    })
}

/// An input's telling line and its hash.
fn kept(tool: &str, raw: &str) -> Input {
    let hash = blake3::hash(raw.as_bytes());
    let hash = hash.as_bytes()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Input { summary: call::summary(tool, raw), hash, bytes: raw.len() as u64 }
}

/// What kind of event it is, in the client's own word.
fn kind(event: &str, told: &Told<'_>) -> Option<String> {
    let word = match event {
        "SessionStart" | "ConfigChange" => told.source.as_deref(),
        "SessionEnd" => told.reason.as_deref(),
        "PreCompact" | "PostCompact" => told.trigger.as_deref(),
        "Notification" => told.notification_type.as_deref(),
        "UserPromptSubmit" => told.prompt.map(|prompt| match prompt.get() {
            text if text.starts_with("\"<task-notification>") => "task-notification",
            _ => "prompt",
        }),
        "PostToolUseFailure" if told.is_interrupt => Some("interrupt"),
        "StopFailure" => return told.error.map(|raw| name(raw.get().trim_matches('"'))),
        _ => None,
    };
    word.filter(|word| !word.is_empty()).map(name)
}

/// What the event says to the person.
fn text(event: &str, told: &Told<'_>) -> Option<String> {
    let text = match event {
        "Notification" => told.message.as_deref(),
        "PermissionDenied" => told.reason.as_deref(),
        "ConfigChange" => told.file_path.as_deref(),
        _ => None,
    };
    text.map(call::one_line).filter(|text| !text.is_empty())
}

/// Tasks that run. A list that cannot be read is none that is known.
fn tasks(raw: &str) -> Option<Vec<Task>> {
    let told: Vec<ToldTask<'_>> = serde_json::from_str(raw).ok()?;
    let running =
        told.into_iter().filter(|task| task.status.as_deref().is_none_or(|status| status == "running"));
    let task = |task: ToldTask<'_>| Task {
        id: name(&task.id),
        kind: name(task.kind.as_deref().unwrap_or_default()),
        summary: call::one_line(task.description.as_deref().unwrap_or_default()),
    };
    Some(running.take(MAX_TASKS).map(task).collect())
}

/// A name, an id or a path, not too long.
fn name(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_NAME)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(json: &str) -> Event {
        read(json.as_bytes(), 5, None).unwrap()
    }

    #[test]
    fn a_call_is_a_line_and_a_hash() {
        let call = event(
            r#"{"session_id":"s","transcript_path":"/t.jsonl","cwd":"/w","permission_mode":"default","hook_event_name":"PreToolUse",
                "effort":{"level":"medium"},"tool_name":"Bash","tool_input":{"command":"curl -H 'Authorization: Bearer qX7vR2mKp9LwTz4HsB6nYd3F'","description":"x"},"tool_use_id":"t1"}"#,
        );
        let input = call.input.unwrap();
        assert!(input.summary.starts_with("curl -H"), "{}", input.summary);
        assert!(!input.summary.contains("qX7vR2mK"), "{}", input.summary);
        assert_eq!(
            (input.hash.len(), call.call.as_deref(), call.tool.as_deref()),
            (32, Some("t1"), Some("Bash"))
        );
        assert_eq!((call.mode.as_deref(), call.cwd.as_deref(), call.at), (Some("default"), Some("/w"), 5));
    }

    #[test]
    fn the_hash_is_of_the_bytes_that_were_sent() {
        let input = kept("Bash", r#"{"command":"ls"}"#);
        assert_eq!(input.hash, "8434380aa5d41e754df454b3fb00c99b");
        assert_eq!(input.bytes, 16);
    }

    #[test]
    fn what_is_said_is_not_kept() {
        let secret = "the conversation itself";
        for json in [
            format!(r#"{{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":"{secret}"}}"#),
            format!(
                r#"{{"session_id":"s","hook_event_name":"Stop","last_assistant_message":"{secret}","background_tasks":[]}}"#
            ),
            format!(
                r#"{{"session_id":"s","hook_event_name":"PostToolUse","tool_name":"Read","tool_input":{{"file_path":"/a"}},"tool_response":{{"content":"{secret}"}}}}"#
            ),
            format!(
                r#"{{"session_id":"s","hook_event_name":"PostCompact","trigger":"auto","compact_summary":"{secret}"}}"#
            ),
        ] {
            let kept = serde_json::to_string(&event(&json)).unwrap();
            assert!(!kept.contains(secret), "{kept}");
        }
    }

    #[test]
    fn kinds_and_tasks() {
        let kind = |json: &str| event(json).kind.unwrap_or_default();
        assert_eq!(kind(r#"{"session_id":"s","hook_event_name":"SessionStart","source":"clear"}"#), "clear");
        assert_eq!(
            kind(r#"{"session_id":"s","hook_event_name":"StopFailure","error":"rate_limit"}"#),
            "rate_limit"
        );
        let told =
            r#"{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":"<task-notification>\nx"}"#;
        assert_eq!(kind(told), "task-notification");
        let stop = event(
            r#"{"session_id":"s","hook_event_name":"Stop","background_tasks":[{"id":"a","type":"subagent","status":"running","description":"Look"},{"id":"b","type":"shell","status":"completed"}]}"#,
        );
        let tasks = stop.tasks.unwrap();
        assert_eq!((tasks.len(), tasks[0].summary.as_str(), tasks[0].kind.as_str()), (1, "Look", "subagent"));
        let moved = event(
            r#"{"session_id":"s","hook_event_name":"CwdChanged","cwd":"/a","old_cwd":"/a","new_cwd":"/b"}"#,
        );
        assert_eq!(moved.cwd.as_deref(), Some("/b"));
    }

    #[test]
    fn what_is_no_call_is_told() {
        for json in [
            "",
            "null",
            "[]",
            "{",
            r#"{"session_id":5,"hook_event_name":"Stop"}"#,
            r#"{"session_id":"s"}"#,
            r#"{"hook_event_name":"Stop"}"#,
        ] {
            assert!(read(json.as_bytes(), 0, None).is_err(), "{json}");
        }
    }

    #[test]
    fn long_names_are_cut_where_a_character_ends() {
        let json = format!(r#"{{"session_id":"{}","hook_event_name":"Stop"}}"#, "ä".repeat(5000));
        assert_eq!(event(&json).session.len(), MAX_NAME);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(read(&bytes, 0, None));
        }
    }
}
