use claudectl_transcript::record::Assistant;
use proptest::prelude::*;
use serde_json::json;

use super::moves::By;
use super::*;

const WINDOW: Window = Window { since: 1_795_000_000_000, until: 1_795_000_600_000 };

fn at(seconds: i64) -> String {
    crate::session::rfc3339(WINDOW.since + seconds * 1000).unwrap()
}

fn nowhere(_: &Assistant<'_>) -> bool {
    false
}

fn moves(lines: &[serde_json::Value]) -> Moves {
    let mut moves = Moves::new(WINDOW, false);
    lines.iter().for_each(|line| moves.line(line.to_string().as_bytes(), &mut nowhere));
    moves
}

fn call(seconds: i64, id: &str, tool: &str, input: serde_json::Value) -> serde_json::Value {
    json!({"type": "assistant", "timestamp": at(seconds), "cwd": "/w", "message": {"id": id, "content":
        [{"type": "tool_use", "id": id, "name": tool, "input": input}]}})
}

fn answer(seconds: i64, id: &str, is_error: bool, more: serde_json::Value) -> serde_json::Value {
    let mut row = json!({"type": "user", "timestamp": at(seconds), "message": {"content":
        [{"type": "tool_result", "tool_use_id": id, "is_error": is_error, "content": "exit 101 after 12 s"}]}});
    for (key, value) in more.as_object().into_iter().flatten() {
        row[key] = value.clone();
    }
    row
}

#[test]
fn a_call_from_before_the_window_is_known_by_its_name_and_file() {
    let patch = json!({"toolUseResult": {"structuredPatch": [{"lines": ["+a", "+b", "-c", " d"]}]}});
    let found = moves(&[
        call(-60, "t1", "Edit", json!({"file_path": "a.rs"})),
        call(-50, "t2", "Bash", json!({"command": "make"})),
        answer(5, "t1", false, patch),
        answer(6, "t2", true, json!({})),
    ]);
    assert_eq!((found.tool_calls, found.rows, found.errors), (0, 2, 1));
    let file = found.files["/w/a.rs"];
    assert_eq!((file.changes, file.lines()), (1, Some((2, 1))));
    assert_eq!(found.failures().next().unwrap().tool, "Bash");
}

#[test]
fn what_is_copied_from_another_session_is_not_counted() {
    let mut copied = call(5, "t1", "Bash", json!({"command": "make"}));
    copied["sessionId"] = json!("fork");
    copied["requestSessionId"] = json!("parent");
    let found = moves(&[copied, answer(6, "t1", true, json!({}))]);
    assert_eq!((found.tool_calls, found.errors), (0, 0));
}

#[test]
fn what_is_turned_down_does_not_fail() {
    let decided = |decision: serde_json::Value| json!({"permissionDecision": decision});
    let rejected = decided(json!({"decision": "reject", "source": "user_reject"}));
    let by_rule = decided(json!({"decision": "reject", "source": "config"}));
    let found = moves(&[
        call(1, "t1", "Bash", json!({"command": "a"})),
        answer(2, "t1", true, rejected),
        call(3, "t2", "Bash", json!({"command": "b"})),
        answer(4, "t2", true, by_rule),
        call(5, "t3", "Bash", json!({"command": "c"})),
        answer(6, "t3", true, json!({"toolDenialKind": "user-rejected"})),
    ]);
    let by: Vec<By> = found.decided.iter().map(|decided| decided.by).collect();
    assert_eq!((found.errors, by), (0, vec![By::TurnedDown, By::Settings(false), By::TurnedDown]));
}

#[test]
fn failures_that_look_the_same_are_one() {
    let mut lines = Vec::new();
    for at in 0..500 {
        let mut failed = answer(at, &format!("t{at}"), true, json!({}));
        failed["message"]["content"][0]["content"] = json!(format!("exit {at} after {at} s"));
        lines.extend([call(at, &format!("t{at}"), "Bash", json!({"command": "make"})), failed]);
    }
    let found = moves(&lines);
    let failures: Vec<_> = found.failures().collect();
    assert_eq!(
        (failures.len(), failures[0].count, failures[0].message.as_str()),
        (1, 500, "exit 499 after 499 s")
    );
}

#[test]
fn everything_is_bounded() {
    let word = |at: usize| {
        format!("{}{}", ["al", "be", "ga", "de", "ep", "ze", "et"][at % 7].repeat(at / 7 + 1), "x")
    };
    let mut lines = Vec::new();
    for at in 0..3_000 {
        let id = format!("t{at}");
        lines.push(call(1, &id, "Write", json!({"file_path": format!("/w/{at}")})));
        lines.push(answer(2, &id, false, json!({})));
        let failed = format!("f{at}");
        lines.push(call(3, &failed, "Bash", json!({"command": "x"})));
        let mut answer = answer(4, &failed, true, json!({}));
        answer["message"]["content"][0]["content"] = json!(word(at % 1_500));
        lines.push(answer);
        lines.push(call(5, &format!("open{at}"), "Bash", json!({"command": "x"})));
    }
    let found = moves(&lines);
    assert_eq!(found.files.len(), 2_000);
    assert!(found.other_files.changes >= 900, "{:?}", found.other_files);
    assert!(found.failures().count() <= 201);
}

#[test]
fn prompts_are_a_persons_and_one_redacted_line() {
    let said = |seconds: i64, text: &str, more: serde_json::Value| {
        let mut row = json!({"type": "user", "timestamp": at(seconds), "message": {"content": text}});
        more.as_object().into_iter().flatten().for_each(|(key, value)| row[key] = value.clone());
        row
    };
    let found = moves(&[
        said(-9, "before", json!({})),
        said(1, "\n \n  fix\tit, DB_PASSWORD=hunter2\nthen more", json!({})),
        said(2, "<command-name>/clear</command-name>", json!({})),
        said(3, "of the client", json!({"isMeta": true})),
        said(4, "summary", json!({"isCompactSummary": true})),
        said(5, "of a task", json!({"origin": {"kind": "task-notification"}})),
        said(6, "of a subagent", json!({"isSidechain": true})),
        said(7, &"long ".repeat(500), json!({"origin": {"kind": "human"}})),
        said(700, "after", json!({})),
    ]);
    assert_eq!(found.prompts, 2);
    assert_eq!(found.asked_before.unwrap().text, "before");
    assert_eq!(found.asked_first.unwrap().text, "fix it, DB_PASSWORD=[redacted:password]");
    assert_eq!(found.asked_last.unwrap().text.chars().count(), 161);
}

#[test]
fn no_part_of_a_secret_is_left_where_a_prompt_is_cut() {
    for sample in claudectl_redact::samples::one_of_each(7) {
        for said in [(160, "a "), (2_000, " "), (2_000, "\n")]
            .map(|(limit, filler)| sample.across(limit, filler))
            .concat()
        {
            let row = json!({"type": "user", "timestamp": at(1), "message": {"content": format!("x\u{2028}{said}")}});
            let asked = moves(&[row]).asked_first.unwrap().text;
            assert_eq!(sample.part_in(&asked), None, "{}: {said:?} {asked:?}", sample.kind);
        }
    }
}

proptest! {
    #[test]
    fn any_lines_are_survived(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..20)) {
        let mut moves = Moves::new(WINDOW, false);
        lines.iter().for_each(|line| moves.line(line, &mut nowhere));
        prop_assert_eq!(moves.rows, 0);
    }

    /// Two windows side by side see what one over both sees.
    #[test]
    fn windows_add_up(times in prop::collection::vec(0i64..600, 1..40), cut in 0i64..600) {
        let mut times = times;
        times.sort_unstable();
        let mut lines = Vec::new();
        for (number, seconds) in times.iter().enumerate() {
            let id = format!("t{number}");
            lines.push(call(*seconds, &id, "Edit", json!({"file_path": "/w/a"})));
            lines.push(answer(*seconds, &id, number % 3 == 0, json!({})));
        }
        let over = |window: Window| {
            let mut moves = Moves::new(window, false);
            lines.iter().for_each(|line| moves.line(line.to_string().as_bytes(), &mut nowhere));
            let changes: u64 = moves.files.values().map(|file| file.changes).sum();
            [moves.rows, moves.tool_calls, moves.errors, changes]
        };
        let cut = WINDOW.since + cut * 1000;
        let (first, second) = (over(Window { until: cut, ..WINDOW }), over(Window { since: cut, ..WINDOW }));
        let whole = over(WINDOW);
        for at in 0..4 {
            prop_assert_eq!(first[at] + second[at], whole[at]);
        }
    }
}

#[test]
fn each_commit_stands_once() {
    let commit =
        |id: &str| Commit { id: id.to_owned(), at: None, author: String::new(), subject: String::new() };
    let of = |ids: &[&str]| Repository {
        commits: ids.iter().map(|id| commit(id)).collect(),
        ..Repository::default()
    };
    let mut both = [of(&["a", "b"]), of(&["b", "c"])];
    once(&mut both);
    assert_eq!(both, [of(&["a", "b"]), of(&["c"])]);
}
