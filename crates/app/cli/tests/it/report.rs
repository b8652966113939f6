//! `claudectl report`: what happened in a window of time, and what waits now.

use std::path::Path;
use std::process::Command;

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, assert_usd, json, opus_5_5, per_million, reply, world};

const GIT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Runs git as a person does, with commits made at a time.
fn git(world: &World, at: &str, args: &[&str]) {
    let mut command = Command::new("git");
    command.env_clear().env("PATH", GIT_PATH).env("HOME", world.home()).current_dir(world.work_dir());
    command.env("GIT_COMMITTER_DATE", at).env("GIT_AUTHOR_DATE", at);
    command.args(["-c", "user.name=Ada", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"]);
    let out = command.args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn repository(world: &World) {
    git(world, "2026-11-20T10:00:00Z", &["init", "-q"]);
    git(world, "2026-11-20T10:00:00Z", &["commit", "-q", "--allow-empty", "-m", "old"]);
    git(world, "2026-11-24T11:10:00Z", &["commit", "-q", "--allow-empty", "-m", "Use tokens"]);
}

/// The answer to the newest call of an edit, as the client writes it.
fn edited(transcript: &mut Transcript, at: &str, result: Value) {
    let id = transcript.last_tool_use();
    let row = json!({
        "type": "user", "timestamp": at, "sessionId": transcript.session_id(),
        "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "ok"}]},
        "toolUseResult": result,
        "permissionDecision": {"decision": "accept", "source": "user_permanent"},
    });
    transcript.raw(&row.to_string());
}

/// A session that did a bit of everything between 11:00 and 11:30.
fn did_everything(world: &World) -> Transcript {
    let file = world.work_dir().join("src/a.rs");
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .at("2026-11-23T20:00:00Z")
        .prompt("yesterday's work")
        .assistant(|m| m.usage(Usage::new(7, 7)).text("ok"));
    transcript.at("2026-11-24T11:00:00Z").prompt("\nmake the login work\nwith DB_PASSWORD=hunter2");
    transcript.assistant(|m| {
        m.tool_use("Edit", json!({"file_path": &file, "old_string": "x", "new_string": "y"}));
        m.usage(Usage::new(1_000, 100))
    });
    let patch = json!([{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 2, "lines": [" a", "-x", "+y", "+z"]}]);
    edited(&mut transcript, "2026-11-24T11:00:05.000Z", json!({"filePath": &file, "structuredPatch": patch}));
    transcript.at("2026-11-24T11:01:00Z").assistant(|m| {
        m.tool_use("Write", json!({"file_path": "new.md", "content": "1\n2\n3\n"}))
            .usage(Usage::new(1_000, 100))
    });
    let made = json!({"type": "create", "filePath": "new.md", "content": "1\n2\n3\n", "structuredPatch": []});
    edited(&mut transcript, "2026-11-24T11:01:05.000Z", made);
    for at in ["2026-11-24T11:05:00Z", "2026-11-24T11:06:00Z"] {
        transcript
            .at(at)
            .assistant(|m| m.tool_use("Bash", json!({"command": "cargo test"})).usage(Usage::new(1, 1)));
        transcript.last_result("Exit code 101 after 12 s", true);
    }
    transcript.assistant(|m| m.tool_use("Bash", json!({"command": "rm -rf /"})).usage(Usage::new(1, 1)));
    let refused = transcript.last_tool_use();
    transcript.rejected(&refused);
    transcript.api_error(429).api_retry(529, 1).compact_boundary();
    transcript.raw(r#"{"type":"pr-link","prUrl":"https://example.com/pull/7"}"#);
    transcript.at("2026-11-24T11:20:00Z").prompt("and now the docs").assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": "Explore", "description": "look", "prompt": "p"}));
        m.model("claude-opus-9").usage(Usage::new(1_000, 1))
    });
    let agent = transcript.subagent("a1");
    agent.at("2026-11-24T11:21:00Z").prompt("p").assistant(|m| m.text("ok").usage(Usage::new(2_000, 0)));
    transcript
}

/// A world in which every key of a report has something to say.
pub(crate) fn busy() -> (World, LiveProcess) {
    let world = world();
    repository(&world);
    did_everything(&world).custom_title("login").write(&world.config_dir());
    // One that was asked before the window, and whose folder is gone.
    let mut second = Transcript::new(B, "/nowhere/at/all");
    second.at("2026-11-24T01:00:00Z").prompt("for the night");
    second.at("2026-11-24T11:30:00Z").assistant(|m| m.text("still at it").usage(Usage::new(1, 1)));
    second.write(&world.config_dir());
    let mut third = Transcript::new(C, world.work_dir());
    third
        .at("2026-11-24T11:40:00Z")
        .prompt("deploy")
        .assistant(|m| m.tool_use("Bash", json!({"command": "make deploy"})).usage(Usage::new(1, 1)));
    third.write(&world.config_dir());
    let process = LiveProcess::start(&world.work_dir());
    let row = RegistryRow::new(process.pid(), C, world.work_dir())
        .waiting_for("permission prompt")
        .named("deploys");
    row.updated("2026-11-24T11:40:02Z").write(&world.config_dir());
    (world, process)
}

fn report(world: &World, more: &[&str]) -> Value {
    json(world, &[&["report", "--json"], more].concat())
}

#[track_caller]
fn did<'a>(report: &'a Value, id: &str) -> &'a Value {
    let sessions =
        report["projects"].as_array().unwrap().iter().flat_map(|p| p["sessions"].as_array().unwrap());
    sessions.clone().find(|session| session["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}"))
}

#[test]
fn everything_that_happened() {
    let (world, _process) = busy();
    let report = report(&world, &["--since", "8h"]);
    let did = did(&report, A);
    assert_eq!(did["asked"]["first"]["text"], "make the login work");
    assert_eq!(did["asked"]["last"]["text"], "and now the docs");
    assert_eq!((&did["asked"]["prompts"], &did["asked"]["before"]), (&json!(2), &Value::Null));
    assert_eq!((&did["tool_calls"], &did["errors"], &did["subagents"]), (&json!(6), &json!(2), &json!(1)));
    assert_eq!((&did["interrupted"], &did["compactions"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&did["lines_added"], &did["lines_removed"], &did["files"]),
        (&json!(5), &json!(1), &json!(2))
    );
    assert_eq!(did["pull_requests"], json!(["https://example.com/pull/7"]));
    let answers: Vec<_> =
        did["dialogs"].as_array().unwrap().iter().map(|d| d["answer"].as_str().unwrap()).collect();
    assert_eq!(answers, ["allowed-for-good", "allowed-for-good", "turned-down"]);
    assert_eq!(did["dialogs"][2]["summary"], "rm -rf /");
    // 2 x (1000, 100), 3 x (1, 1), a subagent's 2000; a model without a price.
    let expected =
        2.0 * opus_5_5(&Usage::new(1_000, 100)) + 3.0 * opus_5_5(&Usage::new(1, 1)) + per_million(2_000, 4.0);
    assert_usd(&did["cost_usd"], expected);
    assert_eq!(did["unpriced_messages"], 1);
    let project = &report["projects"][0];
    assert_eq!(
        project["files"][0],
        json!({"path": "new.md", "changes": 1, "added": 3, "removed": 0, "created": true})
    );
    assert_eq!(project["files"][1]["path"], "src/a.rs");
    let commits = project["repositories"][0]["commits"].as_array().unwrap();
    assert_eq!(
        (commits.len(), &commits[0]["subject"], &commits[0]["author"]),
        (1, &json!("Use tokens"), &json!("Ada"))
    );
    let failure = &report["failures"][0];
    assert_eq!((&failure["count"], &failure["message"]), (&json!(2), &json!("Exit code 101 after 12 s")));
    let api: Vec<_> = report["api_failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (&f["status"], &f["failed"], &f["retried"]))
        .collect();
    assert_eq!(api, [(&json!(429), &json!(1), &json!(0)), (&json!(529), &json!(0), &json!(1))]);
    assert_eq!(report["totals"]["sessions"], 3);
    assert_eq!(report["sources"]["cost"]["in_quarters"], 0);
}

#[test]
fn what_waits_comes_first() {
    let (world, _process) = busy();
    let report = report(&world, &[]);
    let waiting = &report["waiting"][0];
    assert_eq!((&waiting["session"], &waiting["status"]["state"]), (&json!(C), &json!("needs-permission")));
    assert_eq!(
        (&waiting["waited_ms"], &waiting["calls"][0]["summary"]),
        (&json!(1_198_000), &json!("make deploy"))
    );
    assert_eq!(report["projects"][0]["sessions"][0]["id"], C, "and its project, and it in its project");
    let text = world.run(["report", "--since", "8h"]).success().stdout;
    let first = text.find("Waits for you now").unwrap();
    assert!(text[first..].contains("! needs-permission  19 m  cccccccc deploys  work"), "{text}");
    assert!(text.find("make deploy").unwrap() < text.find("make the login work").unwrap(), "{text}");
}

#[test]
fn only_the_window_counts_to_the_cent() {
    let (world, _process) = busy();
    let of = |since: &str, until: &str| report(&world, &["--since", since, "--until", until]);
    // The first edit's response alone: the window cuts a quarter of an hour in two.
    let one = of("2026-11-24T10:59:59Z", "2026-11-24T11:00:30Z");
    assert_usd(&one["totals"]["cost_usd"], opus_5_5(&Usage::new(1_000, 100)));
    assert_eq!((&one["totals"]["prompts"], &one["totals"]["files"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&one["waiting"], &one["totals"]["commits"]),
        (&Value::Null, &json!(0)),
        "it ended before now"
    );
    let text =
        world.run(["report", "--since", "2026-11-24T10:59:59Z", "--until", "2026-11-24T11:00:30Z"]).success();
    assert!(text.stdout.starts_with("From 2026-11-24 10:59 to 2026-11-24 11:00"), "{}", text.stdout);
    // Two halves add up to the whole, wherever it is cut.
    for cut in ["2026-11-24T11:00:03Z", "2026-11-24T11:07:30Z", "2026-11-24T11:20:30Z"] {
        let halves = [of("yesterday", cut), of(cut, "today")];
        let sum: f64 = halves.iter().map(|half| half["totals"]["cost_usd"].as_f64().unwrap()).sum();
        assert_usd(&json!(sum), of("yesterday", "today")["totals"]["cost_usd"].as_f64().unwrap());
    }
    let whole = json(&world, &["spend", "--since", "yesterday", "--json"]);
    assert_usd(&of("yesterday", "today")["totals"]["cost_usd"], whole["total"]["cost_usd"].as_f64().unwrap());
}

#[test]
fn what_is_no_longer_kept_counts_by_quarters() {
    let mut world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(250_000, 0));
    world.run(["spend"]).success();
    std::fs::remove_dir_all(world.config_dir().join("projects")).unwrap();
    crate::user_config(&world, "[retention]\nresponses_days = 1\n");
    world.set_now("2026-11-27T12:00:00Z");
    world.run(["clean", "--state"]).success();
    let report = report(&world, &["--since", "2026-11-24T11:05:00Z"]);
    assert_usd(&report["totals"]["cost_usd"], 1.0);
    assert_eq!(report["sources"]["cost"], json!({"responses": 0, "in_quarters": 1}));
    assert_eq!((&report["totals"]["gone"], &did(&report, A)["tool_calls"]), (&json!(1), &Value::Null));
    let text = world.run(["report", "--since", "2026-11-24T11:05:00Z"]).success().stdout;
    assert!(text.contains("its transcript is gone: only sums are known"), "{text}");
    assert!(text.contains("a quarter that the time cuts counts whole"), "{text}");
}

#[test]
fn a_prompt_from_before_and_a_folder_that_is_gone() {
    let (world, _process) = busy();
    let report = report(&world, &["--since", "2h", "--project", "nowhere"]);
    let did = did(&report, B);
    assert_eq!(did["asked"]["before"]["text"], "for the night");
    assert_eq!((&did["asked"]["prompts"], &did["asked"]["first"]), (&json!(0), &Value::Null));
    assert_eq!(report["projects"][0]["repositories"][0]["problem"], "the folder is gone");
    assert_eq!(report["waiting"], json!([]), "of that project");
}

#[test]
fn a_file_whose_time_is_older_than_its_rows_is_read() {
    let (world, _process) = busy();
    for path in crate::tree(&world.config_dir().join("projects")).keys() {
        let old = std::fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
        std::fs::File::options().write(true).open(path).unwrap().set_times(old).unwrap();
    }
    assert_eq!(did(&report(&world, &["--since", "8h"]), A)["asked"]["prompts"], 2);
}

#[test]
fn hooks_tell_of_dialogs() {
    let mut world = world();
    let call = |name: &str, more: Value| crate::hook::call(&world, A, name, more);
    let bash = |command: &str, id: &str| json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id});
    let request = |command: &str| json!({"tool_name": "Bash", "tool_input": {"command": command}});
    call("PreToolUse", bash("ls", "t1"));
    call("PermissionRequest", request("ls"));
    call("PostToolUse", bash("ls", "t1"));
    call("PreToolUse", bash("rm x", "t2"));
    call("PermissionRequest", request("rm x"));
    // Hooks go by the clock, whatever the time is said to be.
    let day = std::fs::read_dir(world.state_dir().join("journal")).unwrap().next().unwrap().unwrap().path();
    let journal = std::fs::read_to_string(day).unwrap();
    let at = journal.rsplit("\"at\":").next().unwrap().split(',').next().unwrap().parse::<i64>().unwrap();
    world.set_now(jiff::Timestamp::from_millisecond(at + 60_000).unwrap().to_string());
    let report = report(&world, &["--since", "1h"]);
    let did = did(&report, A);
    let told: Vec<_> = did["dialogs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["answer"].as_str().unwrap(), d["summary"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("allowed", "ls"), ("unknown", "rm x")], "nobody runs that session, so nothing waits");
    assert_eq!(
        (&report["sources"]["dialogs_by_hooks"], &did["dialogs"][0]["told_by"]),
        (&json!(1), &json!("hooks"))
    );
}

#[test]
fn markdown_holds_what_comes_from_outside_in_code() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .prompt("![x](http://evil.example/a.png) @everyone `<script>` \u{1b}[2J\u{202e}")
        .assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    transcript.custom_title("# not a heading | [a](b)").write(&world.config_dir());
    let page = world.run(["report", "--format", "markdown"]).success().stdout;
    assert!(page.contains("``![x](http://evil.example/a.png) @everyone `<script>` ``"), "{page}");
    assert!(
        page.contains("`# not a heading | [a](b)`") && !page.contains('\u{1b}') && !page.contains('\u{202e}'),
        "{page}"
    );
}

#[test]
fn no_secret_is_shown() {
    let (world, _process) = busy();
    for format in ["text", "markdown", "json"] {
        let out = world.run(["report", "--format", format]).success().stdout;
        assert!(!out.contains("hunter2"), "{out}");
    }
    let same = |args: &[&str]| world.run(args).success().stdout;
    assert_eq!(same(&["report", "--format", "json"]), same(&["report", "--json"]));
}

#[test]
fn nothing_happened() {
    let world = world();
    let empty = world.run(["report"]).success().stdout;
    assert!(empty.contains("no session moved, and none waits for you"), "{empty}");
    assert!(empty.contains("--since 30d"), "{empty}");
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let other = world.run(["report", "--project", "other"]).success().stdout;
    assert!(other.contains("in a project like other"), "{other}");
    let report = report(&world, &["--since", "10m"]);
    assert_eq!((&report["projects"], &report["waiting"]), (&json!([]), &json!([])));
}

#[test]
fn nonsense_is_refused() {
    let world = world();
    for args in [
        &["--since", "soon"][..],
        &["--since", "0h"],
        &["--since", "2027-01-01"],
        &["--since", "7 d"],
        &["--since", "1h", "--until", "2h"],
        &["--format", "pdf"],
        &["--project", ""],
    ] {
        let out = world.run([&["report"], args].concat()).fails_with(2);
        assert!(!out.stderr.is_empty(), "{args:?}");
    }
    assert!(!Path::new(&world.state_dir()).exists(), "nothing was read");
}

#[test]
fn a_day_of_25_hours() {
    let mut world = world();
    // Clocks go back in Berlin on 2026-10-25: the day has 25 hours.
    let mut transcript = Transcript::new(A, world.work_dir());
    for at in ["2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"]
    {
        transcript.at(at).prompt("go").assistant(|m| m.text("ok").usage(Usage::new(250_000, 0)));
    }
    transcript.write(&world.config_dir());
    crate::user_config(&world, "[general]\ntimezone = \"Europe/Berlin\"\n");
    world.set_now("2026-11-01T12:00:00Z");
    let report = report(&world, &["--since", "2026-10-25", "--until", "2026-10-25"]);
    assert_eq!(
        (&report["since"], &report["until"]),
        (&json!("2026-10-24T22:00:00.000Z"), &json!("2026-10-25T23:00:00.000Z"))
    );
    assert_eq!(report["totals"]["prompts"], 2);
}
