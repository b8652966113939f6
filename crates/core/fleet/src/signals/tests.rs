use claudectl_transcript::time::parse_millis;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::digest::Digest;

/// Seconds after the beginning, as a row has it.
fn at(second: i64) -> String {
    let second = second + 6 * 3600;
    let (day, hour) = (24 + second / 86_400, second / 3600 % 24);
    format!("2026-11-{day:02}T{hour:02}:{:02}:{:02}.000Z", second / 60 % 60, second % 60)
}

fn millis(second: i64) -> Millis {
    parse_millis(at(second).as_bytes()).unwrap()
}

pub(crate) fn call(second: i64, id: &str, tool: &str, input: Value) -> String {
    let usage = json!({"input_tokens": 10, "output_tokens": 90, "cache_read_input_tokens": 50_000});
    let block = json!({"type": "tool_use", "id": id, "name": tool, "input": input});
    json!({"type": "assistant", "sessionId": "s", "timestamp": at(second), "cwd": "/w", "message": {
        "id": format!("m-{id}"), "role": "assistant", "model": "claude-opus-5-5", "content": [block],
        "stop_reason": "tool_use", "usage": usage}})
    .to_string()
}

pub(crate) fn result(second: i64, id: &str, is_error: bool, said: &str) -> String {
    let block = json!({"type": "tool_result", "tool_use_id": id, "is_error": is_error, "content": said});
    json!({"type": "user", "sessionId": "s", "timestamp": at(second), "message": {"role": "user", "content": [block]}})
        .to_string()
}

pub(crate) fn denied(second: i64, id: &str, kind: &str, said: &str) -> String {
    let mut row: Value = serde_json::from_str(&result(second, id, true, said)).unwrap();
    row["toolDenialKind"] = json!(kind);
    row.to_string()
}

pub(crate) fn prompt(second: i64, text: &str) -> String {
    json!({"type": "user", "sessionId": "s", "timestamp": at(second), "origin": {"kind": "human"},
           "message": {"role": "user", "content": text}})
    .to_string()
}

/// What was typed while a turn ran, or put there by somebody else.
pub(crate) fn queued(second: i64, origin: &str, text: &str) -> String {
    json!({"type": "attachment", "sessionId": "s", "timestamp": at(second), "attachment": {
        "type": "queued_command", "prompt": text, "commandMode": "prompt", "humanTurn": origin == "human",
        "origin": {"kind": origin}, "timestamp": at(second)}})
    .to_string()
}

pub(crate) fn compacted(second: i64) -> String {
    json!({"type": "system", "subtype": "compact_boundary", "timestamp": at(second)}).to_string()
}

/// A call and its answer a second later.
pub(crate) fn done(second: i64, tool: &str, input: Value) -> Vec<String> {
    let id = format!("t{second}");
    vec![call(second, &id, tool, input), result(second + 1, &id, false, "ok")]
}

pub(crate) fn failed(second: i64, tool: &str, input: Value, said: &str) -> Vec<String> {
    let id = format!("t{second}");
    vec![call(second, &id, tool, input), result(second + 1, &id, true, said)]
}

pub(crate) fn digest(rows: &[String]) -> Digest {
    let mut digest = Digest::default();
    fold(&mut digest, rows);
    digest
}

fn fold(digest: &mut Digest, rows: &[String]) {
    rows.iter().for_each(|row| digest.line(row.as_bytes(), &mut |_| false));
}

fn signals(rows: &[Vec<String>]) -> Signals {
    digest(&rows.concat()).signals
}

fn read(path: &str) -> Value {
    json!({"file_path": path})
}

fn edit(path: &str) -> Value {
    json!({"file_path": path, "old_string": "a", "new_string": "b"})
}

#[test]
fn calls_stand_in_windows_of_message_time() {
    let found = signals(&[
        done(0, "Bash", json!({"command": "ls"})),
        failed(10, "Bash", json!({"command": "false"}), "Exit code 1"),
        vec![call(400, "d", "Write", edit("/w/a")), denied(401, "d", "user-rejected", "no")],
        done(20_000, "Bash", json!({"command": "ls"})),
    ]);
    let counts: Vec<_> = found.windows.iter().map(|w| (w.calls, w.errors, w.denials)).collect();
    assert_eq!(counts, [(2, 1, 0), (1, 0, 1), (1, 0, 0)], "denials are no errors");
    assert_eq!(found.windows[1].slot - found.windows[0].slot, 1);
}

#[test]
fn lists_are_bounded_and_small() {
    let rows = |n: i64| failed(n * 400, "Bash", json!({"command": format!("x{n}")}), "no");
    let many: Vec<_> =
        (0..300).map(rows).chain((0..300).map(|n| done(n * 7, "Read", read(&n.to_string())))).collect();
    let found = signals(&many);
    assert_eq!(
        (found.windows.len(), found.failed.len(), found.looks.len()),
        (MAX_WINDOWS, MAX_FAILED, MAX_LOOKS)
    );
    assert!(serde_json::to_string(&found).unwrap().len() < 8_000);
    let unanswered: Vec<_> =
        (0..300).map(|n| vec![call(n, &n.to_string(), "Bash", json!({"command": "x"}))]).collect();
    assert_eq!(signals(&unanswered).calls.len(), MAX_CALLS);
    let edits: Vec<_> = (0..100).map(|n| done(n * 3, "Edit", edit("/w/a"))).collect();
    assert_eq!(signals(&edits).between_edits.len(), MAX_EDITS);
}

#[test]
fn w20_tokens_are_those_between_edits_and_each_response_counts_once() {
    let mut rows = vec![
        // Two rows of one response: the first says little of the output, as older versions wrote it.
        call(0, "a", "Bash", json!({"command": "ls"}))
            .replace("m-a", "m1")
            .replace("\"output_tokens\":90", "\"output_tokens\":1"),
        call(1, "b", "Bash", json!({"command": "ls"})).replace("m-b", "m1"),
        result(2, "a", false, "ok"),
        call(3, "c", "Bash", json!({"command": "ls"})).replace("m-c", "m1"),
    ];
    assert_eq!(signals(&[rows.clone()]).since_edit, 100);
    for n in 0..3 {
        rows.extend(done(10 + 10 * n, "Edit", edit("/w/a.rs")));
        rows.extend(failed(15 + 10 * n, "Edit", edit("/w/b.rs"), "no such text"));
    }
    let found = signals(&[rows]);
    // Without what the edit itself writes.
    let each = 200 - edit("/w/a.rs").to_string().len() as u64 / BYTES_PER_TOKEN;
    assert_eq!(found.between_edits, [each; 3], "failed edits are none, and no sum grows");
    assert_eq!(found.since_edit, 100);
}

#[test]
fn w16_subagents_rows_in_the_sessions_file_are_no_signals_of_it() {
    let rows = failed(0, "Bash", json!({"command": "x"}), "no");
    let side: Vec<String> =
        rows.iter().map(|r| r.replace("\"sessionId\"", "\"isSidechain\":true,\"sessionId\"")).collect();
    let found = signals(std::slice::from_ref(&side));
    assert_eq!(found, Signals::default());
    let mut own = Digest::new(true);
    fold(&mut own, &side);
    assert_eq!(own.signals.failed.len(), 1, "in its own file it is");
}

#[test]
fn the_same_failure_is_known_again_and_forgotten_when_the_call_succeeds() {
    let test = |second, said: &str| {
        failed(
            second,
            "Bash",
            json!({"command": "cargo  test", "description": format!("run {second}")}),
            said,
        )
    };
    let rows = [
        test(0, "Exit code 101\nin /tmp/a1/x: 3 failed at 0x7f3a91cc (1.25s)"),
        done(10, "Read", read("/w/a.rs")),
        test(20, "Exit code 101\nin /tmp/b22/y: 14 failed at 0x1029bbfe (0.75s)"),
        failed(30, "Bash", json!({"command": "cargo test"}), "Exit code 1\ncannot find crate"),
    ];
    let found = signals(&rows);
    let (a, b, c) = (&found.failed[0], &found.failed[1], &found.failed[2]);
    assert_eq!((a.input, a.error), (b.input, b.error));
    assert!(a.input == c.input && a.error != c.error);
    let after = signals(&[rows.concat(), done(40, "Bash", json!({"command": "cargo test"}))]);
    assert_eq!(after.failed.len(), 0);
}

#[test]
fn w23_looks_are_by_range_fade_with_prompts_and_end_with_a_change_or_a_compaction() {
    let times = |rows: &[Vec<String>]| signals(rows).most_repeated().map_or(0, |(times, _)| times);
    let again = |n: i64| (0..n).map(|n| done(n * 3, "Read", read("/w/a.rs"))).collect::<Vec<_>>();
    let repeated = signals(&again(4));
    assert_eq!(repeated.most_repeated(), Some((4, "/w/a.rs")));
    let ranges =
        (0..4).map(|n| done(n * 3, "Read", json!({"file_path": "/w/a.rs", "offset": n * 100, "limit": 100})));
    assert_eq!(times(&ranges.collect::<Vec<_>>()), 0);
    let search = json!({"pattern": "fn x", "path": "/w"});
    let searches: Vec<_> = (0..3).map(|n| done(n * 3, "Grep", search.clone())).collect();
    assert_eq!(times(&searches), 3);
    let others: Vec<_> =
        (0..3).map(|n| done(n * 3, "Grep", json!({"pattern": format!("fn {n}"), "path": "/w"}))).collect();
    assert_eq!(times(&others), 0);
    for (last, expected) in [
        (done(100, "Edit", edit("/w/a.rs")), 0),
        (done(100, "Edit", edit("/w/b.rs")), 4),
        (failed(100, "Edit", edit("/w/a.rs"), "no"), 4),
        (vec![prompt(100, "on")], 2),
        (vec![prompt(100, "on"), prompt(101, "on"), prompt(102, "on")], 0),
        (vec![compacted(100)], 0),
        (failed(100, "Read", read("/w/a.rs"), "gone"), 4),
        (done(100, "Bash", json!({"command": "git status"})), 4),
        (done(100, "Bash", json!({"command": "cargo test"})), 4),
        (done(100, "Bash", json!({"command": "sed -i s/a/b/ a.rs"})), 0),
        (done(100, "Bash", json!({"command": "sed -i s/a/b/ ./b.rs"})), 4),
        (done(100, "Bash", json!({"command": "echo x > /w/a.rs"})), 0),
        (failed(100, "Bash", json!({"command": "sed -i s/a/b/ a.rs && false"}), "no"), 0),
        (
            vec![
                call(100, "x", "Bash", json!({"command": "make"})),
                denied(101, "x", "permission-rule", "no"),
            ],
            4,
        ),
        (done(100, "Bash", json!({"command": "cargo fmt"})), 0),
        (done(100, "Bash", json!({"command": "git checkout ."})), 0),
        (done(100, "Agent", json!({"prompt": "p"})), 0),
        (done(100, "mcp__fs__write", json!({"path": "a.rs"})), 0),
    ] {
        assert_eq!(times(&[again(4).concat(), last.clone()]), expected, "{last:?}");
    }
}

#[test]
fn what_gets_a_session_on() {
    let after = |rows: Vec<String>| {
        let known = done(0, "Bash", json!({"command": "make"}));
        let first = [vec![prompt(0, "go")], known, done(1, "Read", read("/w/known.rs"))].concat();
        let found = signals(&[first, rows]);
        (found.progress, found.quiet_ms)
    };
    for (rows, expected) in [
        (done(100, "Edit", edit("/w/a.rs")), Progress::Edit),
        (done(100, "Bash", json!({"command": "git commit -m x"})), Progress::Commit),
        (done(100, "Read", read("/w/new.rs")), Progress::Look),
        (done(100, "WebFetch", json!({"url": "https://a.b"})), Progress::Look),
        (done(100, "Bash", json!({"command": "sed -n 1,9p x.rs"})), Progress::Look),
        (done(100, "mcp__docs__get", json!({"page": 7})), Progress::Look),
        (done(100, "TodoWrite", json!({"todos": []})), Progress::Plan),
        (done(100, "Agent", json!({"prompt": "p"})), Progress::Plan),
        (done(100, "Bash", json!({"command": "terraform plan"})), Progress::Command),
        (done(100, "Bash", json!({"command": "sleep 60"})), Progress::Wait),
        (vec![prompt(101, "on")], Progress::Prompt),
    ] {
        assert_eq!(after(rows.clone()), (expected, 0), "{rows:?}");
    }
    for rows in [
        done(100, "Read", read("/w/known.rs")),
        done(100, "Bash", json!({"command": "make"})),
        done(100, "Bash", json!({"command": "make 2>&1 | tail -5"})),
        failed(100, "Bash", json!({"command": "kubectl apply"}), "no"),
        failed(100, "Bash", json!({"command": "git commit"}), "nothing to commit"),
        failed(100, "Edit", edit("/w/a.rs"), "no"),
        failed(100, "Read", read("/w/none.rs"), "no"),
    ] {
        assert_eq!(after(rows.clone()), (Progress::Look, 99_000), "{rows:?}");
    }
}

#[test]
fn w19_activity_is_time_between_rows_and_silence_is_none() {
    let make = |second| done(second, "Bash", json!({"command": "make"}));
    let found = signals(&[make(-1), vec![prompt(0, "go")], make(60), make(20_000), make(20_060)]);
    // A minute, a second, five minutes for the silence, a second, 59 seconds, a second.
    assert_eq!(found.quiet_ms, 1_000 * (60 + 1 + 300 + 1 + 59 + 1));
    assert_eq!(found.progress_at, Some(millis(0)));
    assert_eq!(found.seen_at(), Some(millis(20_061)));
}

#[test]
fn a_denied_goal_tried_again() {
    let denial =
        |said: &str| vec![call(0, "d", "Write", edit("/w/a.rs")), denied(1, "d", "permission-rule", said)];
    let bash = || done(10, "Bash", json!({"command": "cat > a.rs <<X"}));
    let retry =
        |rows: &[Vec<String>]| signals(rows).denials[0].retry.clone().map(|r| (r.tool, r.around, r.through));
    assert_eq!(retry(&[denial("no")]), None);
    assert_eq!(retry(&[denial("no"), bash()]), Some(("Bash".to_owned(), true, true)));
    assert_eq!(
        retry(&[denial("no"), done(10, "Edit", edit("/w/a.rs"))]),
        Some(("Edit".to_owned(), false, true))
    );
    assert_eq!(retry(&[denial("no"), done(10, "Edit", edit("/w/b.rs"))]), None);
    let again = vec![call(10, "e", "Write", edit("/w/a.rs")), denied(11, "e", "permission-rule", "no")];
    assert_eq!(retry(&[denial("no"), again]), Some(("Write".to_owned(), false, false)));
    // A person has spoken since: who knows what was allowed.
    assert_eq!(retry(&[denial("no"), vec![prompt(5, "then with bash")], bash()]), None);
    assert_eq!(retry(&[denial("To tell you how to proceed, the user said:\nuse tabs"), bash()]), None);
    // Older versions say it in the text only.
    let old = [failed(0, "Write", edit("/w/a.rs"), "PreToolUse:Write hook error: no"), bash()];
    assert_eq!(signals(&old).denials[0].kind, "hook");
    let failing = failed(0, "Write", edit("/w/a.rs"), "no space left");
    assert_eq!(signals(&[failing, bash()]).denials.len(), 0);
}

/// Put together here, so that no scanner takes it for a real one.
fn token() -> String {
    ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE9uR1"].concat()
}

#[test]
fn what_is_typed_while_a_turn_runs_is_a_prompt() {
    let denial = vec![call(0, "d", "Write", edit("a.rs")), denied(1, "d", "permission-rule", "no")];
    let around = done(10, "Bash", json!({"command": "cat > ./a.rs <<X"}));
    let with = |row: String| digest(&[denial.clone(), vec![row], around.clone()].concat());
    let typed = with(queued(5, "human", "go ahead in the shell"));
    assert_eq!((typed.prompts, typed.signals.denials[0].retry.as_ref()), (1, None));
    for row in [
        queued(5, "peer", "go ahead"),
        queued(5, "human", "go ahead").replace("\"prompt\"", "\"task-notification\""),
        queued(5, "human", "go ahead").replace("\"humanTurn\":true", "\"isMeta\":true"),
        queued(5, "human", "go ahead").replace("\"humanTurn\":true", "\"carriedByCompaction\":true"),
        queued(5, "human", "<system-reminder>go ahead"),
    ] {
        let other = with(row.clone());
        assert!(other.prompts == 0 && other.signals.denials[0].retry.is_some(), "{row}");
    }
    // Older versions queue only what is typed, and do not say so; with a picture there are blocks.
    let blocks = json!([{"type": "image"}, {"type": "text", "text": format!("use {}", token())}]);
    let row = json!({"type": "attachment", "attachment": {"type": "queued_command", "prompt": blocks}});
    let old = digest(&[row.to_string()]);
    assert_eq!((old.prompts, old.signals.secrets.values().map(|secret| secret.count).sum::<u64>()), (1, 1));
}

#[test]
fn secrets_are_counted_by_kind_and_their_text_is_not_kept() {
    let token = token();
    let found = digest(
        &[
            vec![prompt(0, "use DB_PASSWORD=hunter2")],
            done(1, "Bash", json!({"command": format!("curl -H 'Authorization: Bearer {token}' x")})),
            vec![
                call(5, "r", "Bash", json!({"command": "env"})),
                result(6, "r", false, &format!("A=1\n{token}\nB=2")),
            ],
            vec![
                call(7, "s", "Read", read("/w/.env")),
                result(8, "s", false, "     1\tAPI_PASSWORD=\"hunter3\""),
            ],
            // In source code only what cannot be anything else.
            vec![
                call(9, "t", "Read", read("/w/a.rs")),
                result(10, "t", false, &format!("\\tpassword = \"hunter4\"; key = \"{token}\"")),
            ],
        ]
        .concat(),
    );
    let secrets = &found.signals.secrets;
    let total: u64 = secrets.values().map(|secret| secret.count).sum();
    assert_eq!(total, 5, "{secrets:?}");
    assert_eq!(secrets["password"], Secret { count: 2, first_at: Some(millis(0)), place: Place::Prompt });
    let stored = serde_json::to_string(&found).unwrap();
    assert!(!stored.contains("hunter") && !stored.contains(&token), "{stored}");
}

#[test]
fn a_token_is_found_wherever_it_stands_and_once() {
    let token = token();
    let count =
        |rows: &[String]| -> u64 { digest(rows).signals.secrets.values().map(|secret| secret.count).sum() };
    let text = json!([{"type": "text", "text": format!("I used {token}, and password = hunter2")}]);
    let spoken = json!({"type": "assistant", "timestamp": at(1), "message": {"id": "m", "role": "assistant", "content": text}});
    assert_eq!(count(&[spoken.to_string()]), 1);
    let written =
        json!({"file_path": "/w/a.py", "content": format!("# {}\nT = '{token}'", "long ".repeat(9000))});
    assert_eq!(count(&[call(1, "w", "Write", written)]), 1);
    // Around the place at which the search for all kinds ends, and far behind it.
    for limit in [SCANNED_OF_RESULT, SCANNED_BYTES] {
        for before in (limit - 60..limit + 4).chain([limit * 3]) {
            let text = format!("{}\n{token}\nend", "word ".repeat(before / 5) + &".".repeat(before % 5));
            let (asked, answered) = (prompt(0, &text), result(2, "r", false, &text));
            let env = call(1, "r", "Bash", json!({"command": "env"}));
            assert_eq!((count(&[asked]), count(&[env, answered])), (1, 1), "{before}");
        }
    }
}

#[test]
fn escapes_are_taken_out() {
    for (json, text) in [
        ("plain", "plain"),
        (r"a\nb\tc", "a\nb\tc"),
        (r#"\"x\" \\n"#, "\"x\" \\n"),
        (r"\u00e4x", " x"),
        (r"a\", "a"),
        (r"\u1", " "),
        (r"\ué", " "),
        ("\\é", "é"),
    ] {
        assert_eq!(unescaped(json), text, "{json}");
    }
}

#[test]
fn a_change_of_branch_has_its_time() {
    let switch = || call(60, "g", "Bash", json!({"command": "git switch feat"}));
    let open = signals(&[vec![switch()]]);
    assert_eq!(open.switch(), Some(Span { from: millis(60), until: None }));
    assert!(open.ran_a_command_at(millis(70)));
    let found =
        signals(&[vec![switch(), result(62, "g", false, "ok")], done(90, "Bash", json!({"command": "ls"}))]);
    let span = found.switch().unwrap();
    let covered: Vec<bool> = [58, 60, 62, 63].into_iter().map(|second| span.covers(millis(second))).collect();
    assert_eq!(covered, [false, true, true, false]);
    assert!(!found.ran_a_command_at(millis(62)) && found.ran_a_command_at(millis(91)));
}

#[test]
fn what_was_stored_before_there_were_signals_can_be_read() {
    let old: Digest = serde_json::from_str(r#"{"rows":3,"prompts":1}"#).unwrap();
    assert_eq!(old.signals, Signals::default());
    assert!(serde_json::from_str::<Signals>(r#"{"windows":[[1,2,3,4]],"of the future":1}"#).is_ok());
}

fn any_rows() -> impl Strategy<Value = Vec<String>> {
    let one = (0..9u8, 0..4u8, -50_000..50_000i64, "[a-z/. >]{0,12}").prop_map(|(kind, id, second, text)| {
        let (second, id) = (second.rem_euclid(60_000), id.to_string());
        match kind {
            0 => call(second, &id, "Bash", json!({"command": format!("git switch {text}")})),
            1 => call(second, &id, "Edit", edit(&text)),
            2 => call(second, &id, "Read", json!({"file_path": text, "offset": text.len()})),
            3 => result(second, &id, false, &text),
            4 => result(second, &id, true, &text),
            5 => denied(second, &id, "permission-rule", &text),
            6 => prompt(second, &text),
            7 => compacted(second),
            _ => call(second, &id, "Bash", json!({"command": text})),
        }
    });
    prop::collection::vec(one, 0..60)
}

proptest! {
    /// W21: who comes late sees the same.
    #[test]
    fn folding_in_two_parts_is_folding_at_once(rows in any_rows(), cut in 0..60usize) {
        let cut = cut.min(rows.len());
        let mut first = digest(&rows[..cut]);
        first = serde_json::from_str(&serde_json::to_string(&first).unwrap()).unwrap();
        fold(&mut first, &rows[cut..]);
        prop_assert_eq!(first, digest(&rows));
    }

    #[test]
    fn any_text_is_unescaped(text in "(?s)[\\\\un\"é0-9a-f]{0,40}") {
        drop(unescaped(&text));
        signature(&text);
        signature_of_end(&text);
    }
}
