//! Recorded transcripts, and what holds for any.

use proptest::prelude::*;

use super::*;
use crate::patch::Line;

fn read(lines: &str, subagent: bool) -> Vec<Beat> {
    let (mut beats, mut out) = (Beats::new(subagent), Vec::new());
    for line in lines.lines() {
        if let Ok(record) = Record::parse(line.as_bytes()) {
            beats.row(&record, &mut out);
        }
    }
    out
}

fn whats(lines: &str) -> Vec<What> {
    read(lines, false).into_iter().map(|beat| beat.what).collect()
}

/// A beat on few lines.
fn shown(beat: &Beat) -> String {
    let cut = |text: &str| text.chars().take(300).collect::<String>().replace('\n', "\n      ");
    let copied = if beat.copied { "copied " } else { "" };
    let what = match &beat.what {
        What::Prompt(text) => format!("prompt: {}", cut(text)),
        What::Queued(text) => format!("queued: {}", cut(text)),
        What::Typed(text) => format!("typed: {}", cut(text)),
        What::Printed(text) => format!("printed: {}", cut(text).escape_debug()),
        What::Text(text) => format!("text: {}", cut(text)),
        What::Thinking(text) => format!("thinking: {}", cut(text)),
        What::Call { tool, summary, body, .. } => {
            format!("{tool}: {summary}\n      {}", cut(&format!("{body:?}")))
        }
        What::Result { tool, failed, denied, text, lines, hunks, .. } => {
            let sign = if *denied {
                "denied"
            } else if *failed {
                "failed"
            } else {
                "ok"
            };
            let hunks: Vec<String> = hunks
                .iter()
                .flat_map(|hunk| hunk.lines.iter())
                .map(|line| format!("\n      {}{}", line.sign(), line.text()))
                .collect();
            format!("{tool} {sign} {lines:?}: {}{}", cut(text), hunks.concat())
        }
        What::Note(note) => format!("* {}", cut(&format!("{note:?}"))),
    };
    format!("{copied}{what}")
}

fn story(lines: &str) -> String {
    read(lines, false).iter().map(|beat| shown(beat) + "\n").collect()
}

const INTERACTIVE: &str = include_str!("samples/interactive.jsonl");
const HEADLESS: &str = include_str!("samples/headless.jsonl");
const TEAMMATE: &str = include_str!("samples/teammate.jsonl");
const OVERLOADED: &str = include_str!("samples/overloaded.jsonl");
const RESUMED: &str = include_str!("samples/resumed.jsonl");

#[test]
fn recorded_sessions_read_as_people_saw_them() {
    for (name, sample) in [
        ("interactive", INTERACTIVE),
        ("headless", HEADLESS),
        ("teammate", TEAMMATE),
        ("overloaded", OVERLOADED),
        ("resumed", RESUMED),
    ] {
        insta::assert_snapshot!(name, story(sample));
    }
}

// ------------------------------------------------------------------------------------------------------ made rows

/// Rows of one kind, their ids counted up.
fn row(kind: &str, rest: &str) -> String {
    format!(r#"{{"type":"{kind}","timestamp":"2026-11-22T07:15:26.302Z",{rest}}}"#)
}

fn said(message: &str, block: &str) -> String {
    row(
        "assistant",
        &format!(r#""message":{{"id":"{message}","role":"assistant","model":"m","content":[{block}]}}"#),
    )
}

fn called(id: &str, tool: &str, input: &str) -> String {
    said(id, &format!(r#"{{"type":"tool_use","id":"{id}","name":"{tool}","input":{input}}}"#))
}

fn answered(id: &str, rest: &str) -> String {
    row(
        "user",
        &format!(
            r#""message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{id}","content":"ok"}}]}}{rest}"#
        ),
    )
}

fn asked(text: &str) -> String {
    row("user", &format!(r#""message":{{"role":"user","content":"{text}"}}"#))
}

/// Made up, and put together here so that no scanner takes it for a real one.
fn token() -> String {
    ["gh", "p_", "b7Qk2xZr9LmPt4VwYs6N", "cHdJf8GaEu1TiO3R"].concat()
}

#[test]
fn what_is_written_twice_is_told_once() {
    let text = said("m1", r#"{"type":"text","text":"hello"}"#);
    let thought = said("m1", r#"{"type":"thinking","thinking":"hello"}"#);
    let next = said("m2", r#"{"type":"text","text":"hello"}"#);
    let call = called("t1", "Bash", r#"{"command":"ls"}"#);
    let again = said("m9", r#"{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}"#);
    let all =
        [&text, &text, &thought, &thought, &call, &next, &text, &call, &again].map(String::as_str).join("\n");
    let told = whats(&all);
    assert_eq!(told.len(), 4, "{told:?}");
    // Rows without a message id say it as often as they stand there, but a row by its id once.
    let prompt = asked("go");
    assert_eq!(whats(&format!("{prompt}\n{prompt}")).len(), 2);
    let named = prompt.replace(r#""type":"user""#, r#""type":"user","uuid":"u1""#);
    assert_eq!(whats(&format!("{named}\n{named}")).len(), 1);
}

#[test]
fn rows_of_other_conversations_are_passed_over() {
    let side = said("m1", r#"{"type":"text","text":"hello"}"#)
        .replace(r#""type":"assistant""#, r#""type":"assistant","isSidechain":true"#);
    let meta = asked("Continue from where you left off.")
        .replace(r#""type":"user""#, r#""type":"user","isMeta":true"#);
    let hook = row("attachment", r#""attachment":{"type":"hook_success","stdout":"x"}"#);
    let rows = format!("{side}\n{meta}\n{hook}\n{{\"type\":\"mode\",\"mode\":\"normal\"}}");
    assert_eq!(whats(&rows), []);
    assert_eq!(read(&side, true).len(), 1, "in its own transcript it is the conversation");
}

#[test]
fn what_a_fork_copied_says_so() {
    let copied = |line: String| line.replacen('{', r#"{"sessionId":"s","requestSessionId":"old","#, 1);
    let rows = [
        copied(called("t1", "Bash", r#"{"command":"ls"}"#)),
        answered("t1", ""),
        asked("go on"),
        called("t2", "Bash", r#"{"command":"ls"}"#),
        answered("t2", ""),
    ];
    let copied: Vec<bool> = read(&rows.join("\n"), false).iter().map(|beat| beat.copied).collect();
    assert_eq!(copied, [true, true, false, false, false]);
}

#[test]
fn what_happens_to_the_session() {
    let branch = |name: &str| {
        asked("x").replace(r#""type":"user""#, &format!(r#""type":"user","gitBranch":"{name}""#))
    };
    let model = said("m1", r#"{"type":"text","text":"a"}"#);
    let rows = [
        branch("main"),
        branch("main"),
        branch("feat"),
        r#"{"type":"permission-mode","permissionMode":"default"}"#.to_owned(),
        r#"{"type":"permission-mode","permissionMode":"plan"}"#.to_owned(),
        model.clone(),
        model.replace("m1", "m2").replace(r#""model":"m""#, r#""model":"<synthetic>""#),
        model.replace("m1", "m3").replace(r#""model":"m""#, r#""model":"n""#),
        r#"{"type":"worktree-state","worktreeSession":{"worktreePath":"/w/t"}}"#.to_owned(),
        r#"{"type":"worktree-state","worktreeSession":{"worktreePath":"/w/t"}}"#.to_owned(),
        r#"{"type":"worktree-state","worktreeSession":null}"#.to_owned(),
        r#"{"type":"pr-link","prUrl":"https://example.com/pull/1"}"#.to_owned(),
        r#"{"type":"pr-link","prUrl":"https://example.com/pull/1"}"#.to_owned(),
        row(
            "attachment",
            r#""attachment":{"type":"queued_command","prompt":"and this","commandMode":"prompt"}"#,
        ),
        row("attachment", r#""attachment":{"type":"queued_command","prompt":"make","commandMode":"bash"}"#),
        row(
            "attachment",
            r#""attachment":{"type":"queued_command","prompt":"old","carriedByCompaction":true}"#,
        ),
        row(
            "user",
            r#""message":{"role":"user","content":[{"type":"text","text":"look"},{"type":"image","source":{}}]}"#,
        ),
        row("user", r#""origin":{"kind":"channel"},"message":{"role":"user","content":"news"}"#),
        row("system", r#""subtype":"informational","content":"It is late","level":"info""#),
        r#"{"type":"cost-state","totalCostUSD":1}"#.to_owned(),
        r#"{"type":"cost-state","totalCostUSD":1}"#.to_owned(),
    ];
    insta::assert_snapshot!("notes", story(&rows.join("\n")));
}

#[test]
fn lines_are_counted_as_the_client_counts_them() {
    let count = |call: &str, rest: &str| {
        let rows = format!("{call}\n{}", answered("t1", rest));
        let Some(What::Result { lines, .. }) = whats(&rows).pop() else { panic!() };
        lines
    };
    let write = called("t1", "Write", r#"{"file_path":"/w/a","content":"one\ntwo\n"}"#);
    let edit = called("t1", "Edit", r#"{"file_path":"/w/a","old_string":"a\nb","new_string":"a\nc\nd"}"#);
    let many = called(
        "t1",
        "MultiEdit",
        r#"{"file_path":"/w/a","edits":[{"old_string":"a","new_string":"b"},{"old_string":"c","new_string":""}]}"#,
    );
    let cell = called("t1", "NotebookEdit", r#"{"notebook_path":"/w/a.ipynb","new_source":"x\ny"}"#);
    assert_eq!(count(&write, ""), Some((2, 0)), "a subagent's transcript does not say more");
    assert_eq!(count(&write, r#","toolUseResult":{"type":"create","structuredPatch":[]}"#), Some((2, 0)));
    assert_eq!(count(&write, r#","toolUseResult":{"type":"update","structuredPatch":[]}"#), Some((0, 0)));
    assert_eq!(count(&edit, ""), Some((2, 1)));
    let patch =
        r#","toolUseResult":{"structuredPatch":[{"oldStart":3,"newStart":3,"lines":[" a","-b","+c"]}]}"#;
    assert_eq!(count(&edit, patch), Some((1, 1)));
    assert_eq!(count(&edit, r#","toolDenialKind":"user-rejected""#), None);
    assert_eq!(count(&many, ""), Some((1, 2)));
    assert_eq!(count(&cell, ""), Some((2, 0)));
    assert_eq!(count(&called("t1", "Bash", r#"{"command":"ls"}"#), ""), None);
}

/// A secret is taken out of each text, also one that is written with escapes, or is one of many lines.
#[test]
fn secrets_are_taken_out() {
    let token = token();
    let escaped: String = token.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
    let key = format!(
        r"-----BEGIN RSA PRIVATE KEY-----\n{0}\n{0}\n-----END RSA PRIVATE KEY-----",
        "7cQk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R".repeat(2).get(..64).unwrap()
    );
    let texts = [token.as_str(), &escaped, &key];
    let mut rows = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let id = |kind: &str| format!("{kind}{number}");
        rows.push(asked(&format!("use {text}")));
        rows.push(said(
            &id("m"),
            &format!(r#"{{"type":"text","text":"{text}"}},{{"type":"thinking","thinking":"{text}"}}"#),
        ));
        for (kind, tool, input) in [
            ("b", "Bash", format!(r#"{{"command":"echo {text}","description":"{text}"}}"#)),
            (
                "e",
                "Edit",
                format!(
                    r#"{{"file_path":"/w/{text}","old_string":"a\n{text}\nb","new_string":"a\nx {text}\nb"}}"#
                ),
            ),
            ("w", "Write", format!(r#"{{"file_path":"/w/a","content":"{text}"}}"#)),
            ("o", "mcp__x__y", format!(r#"{{"text":"{text}","{text}":1}}"#)),
            ("p", "ExitPlanMode", format!(r#"{{"plan":"{text}"}}"#)),
            (
                "q",
                "AskUserQuestion",
                format!(r#"{{"questions":[{{"question":"{text}","options":[{{"label":"{text}"}}]}}]}}"#),
            ),
            ("t", "TodoWrite", format!(r#"{{"todos":[{{"content":"{text}"}}]}}"#)),
            ("a", "Agent", format!(r#"{{"prompt":"{text}","subagent_type":"{text}"}}"#)),
        ] {
            rows.push(called(&id(kind), tool, &input));
        }
        let lines =
            text.split(r"\n").map(|line| format!(r#""-{line}","+ {line}""#)).collect::<Vec<_>>().join(",");
        let patch = format!(
            r#","toolUseResult":{{"structuredPatch":[{{"oldStart":1,"newStart":1,"lines":[{lines}]}}]}}"#
        );
        rows.push(answered(&id("e"), &patch).replace(r#""ok""#, &format!(r#""{text}""#)));
        rows.push(row("system", &format!(r#""subtype":"informational","content":"{text}""#)));
    }
    let told = read(&rows.join("\n"), false);
    assert_eq!(told.len(), rows.len() + texts.len());
    let debug = format!("{told:?}");
    assert!(!debug.contains(&token[6..20]), "{debug}");
    assert!(!debug.contains("Qk2xZr9LmPt4VwYs6N"), "{debug}");
    assert!(
        debug.matches("[redacted:github-token]").count() > 20 && debug.contains("[redacted:private-key]")
    );
}

#[test]
fn another_secret_in_the_same_place_is_a_change() {
    let input = r#"{"file_path":"/w/.env","old_string":"PASSWORD=hunter2\nA=1","new_string":"PASSWORD=hunter3\nA=1"}"#;
    let told = whats(&called("t1", "Edit", input));
    let Some(What::Call { body: Body::Edit { hunks, .. }, .. }) = told.first() else { panic!("{told:?}") };
    let masked = "PASSWORD=[redacted:password]".to_owned();
    assert_eq!(
        hunks[0].lines,
        [Line::Removed(masked.clone()), Line::Added(masked), Line::Same("A=1".to_owned())]
    );
}

#[test]
fn nothing_grows_without_end() {
    let mut beats = Beats::default();
    let mut out = Vec::new();
    for number in 0..2 * MAX_SEEN {
        let line = called(&format!("t{number}"), "Bash", r#"{"command":"ls"}"#);
        beats.row(&Record::parse(line.as_bytes()).unwrap(), &mut out);
    }
    assert_eq!(out.len(), 2 * MAX_SEEN);
    assert_eq!(
        (beats.open.len(), beats.seen.order.len(), beats.seen.known.len()),
        (MAX_OPEN, MAX_SEEN, MAX_SEEN)
    );
    let long = called("t", "mcp__x__y", &format!(r#"{{"text":"{}"}}"#, "ä".repeat(body::MAX_OTHER)));
    let told = whats(&long);
    let Some(What::Call { body: Body::Other(text), .. }) = told.first() else { panic!() };
    assert!(text.len() <= body::MAX_OTHER + 3 && text.ends_with('…'));
}

// ---------------------------------------------------------------------------------------------------- mutated rows

/// Any small JSON.
fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~é\\n\u{1b}]{0,12}".prop_map(Value::from),
        Just(json!("<command-name>/x")),
        Just(json!("<task-notification><task-id>")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,8}", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The places of a value, in order.
fn places(value: &serde_json::Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| places(item, &format!("{at}/{number}"), out));
        }
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(key, item)| places(item, &format!("{at}/{}", escape(key)), out));
        }
        _ => {}
    }
}

fn all_samples() -> Vec<&'static str> {
    [INTERACTIVE, HEADLESS, TEAMMATE, OVERLOADED, RESUMED].into_iter().flat_map(str::lines).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    /// Rows with anything anywhere: nothing panics, and of a row that is told twice nothing is new but what has no id.
    #[test]
    fn odd_shapes_are_survived(which in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), json()), 1..6)) {
        let samples = all_samples();
        let mut beats = Beats::default();
        let mut out = Vec::new();
        for (line, place, with) in which {
            let mut value: serde_json::Value = serde_json::from_str(samples[line.index(samples.len())]).unwrap();
            let mut all = Vec::new();
            places(&value, "", &mut all);
            if let Some(slot) = value.pointer_mut(&all[place.index(all.len())]) {
                *slot = with;
            }
            let text = value.to_string();
            if let Ok(record) = Record::parse(text.as_bytes()) {
                beats.row(&record, &mut out);
            }
        }
        for beat in &out {
            prop_assert!(!shown(beat).is_empty());
        }
    }

    #[test]
    fn torn_rows_are_survived(line in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let samples = all_samples();
        let mut bytes = samples[line.index(samples.len())].as_bytes().to_vec();
        let at = cut.index(bytes.len());
        bytes[at] = byte;
        if let Ok(record) = Record::parse(&bytes) {
            let mut out = Vec::new();
            Beats::new(true).row(&record, &mut out);
        }
    }
}
