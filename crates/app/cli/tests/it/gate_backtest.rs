//! `claudectl gate backtest`.

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, json, user_config, world};

/// How a call ended.
#[derive(Clone, Copy)]
enum End {
    /// The person said yes.
    Granted,
    /// The person said no.
    Rejected,
    /// It ran, as the settings say.
    Unasked,
    /// It ran in a version that tells nothing.
    Untold,
    /// Nobody could be asked.
    Unanswered,
    /// It is still open.
    Open,
}

fn result(end: End) -> Option<Value> {
    let decided = |decision: &str, source: &str| json!({"decision": decision, "source": source});
    Some(match end {
        End::Granted => json!({"permissionDecision": decided("accept", "user_temporary")}),
        End::Unasked => json!({"permissionDecision": decided("accept", "config")}),
        End::Unanswered => json!({
            "permissionDecision": decided("reject", "config"), "toolDenialKind": "user-rejected",
            "failed": "This command requires approval",
        }),
        End::Untold => json!({}),
        End::Rejected | End::Open => return None,
    })
}

/// A call, and how it ended.
fn call(transcript: &mut Transcript, tool: &str, input: &Value, end: End) {
    transcript.assistant(|m| m.tool_use(tool, input.clone()).usage(Usage::new(1, 1)));
    let id = transcript.last_tool_use();
    if matches!(end, End::Rejected) {
        transcript.rejected(&id);
    }
    let Some(mut row) = result(end) else { return };
    let said = row.as_object_mut().unwrap().remove("failed");
    let block = json!({
        "type": "tool_result", "tool_use_id": id, "is_error": said.is_some(),
        "content": said.unwrap_or_else(|| json!("ok")),
    });
    row["type"] = json!("user");
    row["sessionId"] = json!(transcript.session_id());
    row["message"] = json!({"role": "user", "content": [block]});
    transcript.raw(&row.to_string());
}

fn bash(transcript: &mut Transcript, command: &str, end: End) {
    call(transcript, "Bash", &json!({"command": command, "description": "x"}), end);
}

fn session(world: &World, id: &str) -> Transcript {
    let mut transcript = Transcript::new(id, world.work_dir());
    transcript.at("2026-11-23T10:00:00Z").prompt("go");
    transcript
}

/// A session with a call of each way to end.
pub(crate) fn busy() -> World {
    let world = world();
    let mut transcript = session(&world, A);
    bash(&mut transcript, "ls -l", End::Rejected);
    bash(&mut transcript, "cat README.md", End::Granted);
    bash(&mut transcript, "git push origin main", End::Granted);
    bash(&mut transcript, "git push origin next", End::Unasked);
    bash(&mut transcript, "unheard-of --now", End::Untold);
    bash(&mut transcript, "rm -rf /", End::Unasked);
    bash(&mut transcript, "git status", End::Unanswered);
    call(&mut transcript, "AskUserQuestion", &json!({"questions": [{"question": "Which?"}]}), End::Granted);
    call(&mut transcript, "WebFetch", &json!({"url": "http://localhost:80/", "prompt": "p"}), End::Untold);
    bash(&mut transcript, "pwd", End::Open);
    transcript.write(&world.config_dir());
    world
}

fn backtest(world: &World, args: &[&str]) -> Value {
    json(world, &[&["gate", "backtest", "--json"], args].concat())
}

#[test]
fn what_would_be_different() {
    let world = busy();
    let told = backtest(&world, &[]);
    let figures = ["calls", "allow", "ask", "deny", "sessions", "projects", "unreadable_lines"];
    assert_eq!(figures.map(|key| told[key].as_u64().unwrap()), [10, 6, 3, 1, 1, 1, 0]);
    assert_eq!(told["unprompted"], json!(0.6));
    assert_eq!(
        told["prompts_saved"],
        json!({"told": 1, "by_mode": 1}),
        "what a mode says is no fact of the call"
    );
    assert_eq!(told["asks_added"], json!({"known": 1, "perhaps": 1}));
    assert_eq!(
        [&told["blocks_added"], &told["rejected_now_allowed"], &told["unanswered_now_allowed"]],
        [1, 1, 1]
    );
    assert_eq!(told["answers"], json!({"given": 3, "same": 1, "asked": 1, "opposite": 1}));
    let changes: Vec<(&str, &str)> = told["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["change"].as_str().unwrap(), change["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        changes,
        [
            ("rejected-now-allowed", "ls"),
            ("ran-now-denied", "rm"),
            ("ran-now-asked", "git push"),
            ("ran-now-asked-perhaps-before", "unheard-of"),
            ("asked-now-allowed", "cat"),
            ("perhaps-asked-now-allowed", "WebFetch"),
            ("unanswered-now-allowed", "git status"),
        ]
    );
    let push = &told["changes"][2];
    assert_eq!(push["example"]["summary"], "git push origin next");
    assert_eq!([&push["example"]["session"], &push["verdict"]["verdict"]], [A, "ask"]);
    assert_eq!([&told["moved"], &told["today"], &told["rules"]], [&Value::Null; 3]);
    insta::assert_snapshot!(world.run(["gate", "backtest"]).success().snapshot());
    let colored = world.run(["--color", "always", "gate", "backtest"]).success();
    assert!(colored.stdout.contains("\u{1b}[1;31mrejected by you, would be allowed"), "{}", colored.stdout);
}

#[test]
fn a_call_counts_once_wherever_it_is_repeated() {
    let world = world();
    let mut transcript = session(&world, A);
    bash(&mut transcript, "git push", End::Granted);
    let agent = transcript.subagent("a1");
    agent.at("2026-11-23T10:00:00Z").prompt("look");
    bash(agent, "ls", End::Unasked);
    transcript.write(&world.config_dir());
    let mut fork = transcript.fork(B);
    bash(&mut fork, "pwd", End::Unasked);
    fork.write(&world.config_dir());
    let told = backtest(&world, &[]);
    assert_eq!([&told["calls"], &told["sessions"], &told["answers"]["given"]], [3, 2, 1]);
    assert_eq!(told["transcripts"], 3);
}

#[test]
fn what_cannot_be_read_is_counted_and_a_folder_may_be_gone() {
    let world = world();
    let mut transcript = session(&world, A);
    transcript.cd("/gone/for/good");
    bash(&mut transcript, "cat notes.txt", End::Granted);
    transcript.raw("{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"tool_use\",");
    transcript.raw("PK something else");
    let path = transcript.write(&world.config_dir());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"type\":\"user\",\"message\":\"\xff\xfe\"}\n");
    std::fs::write(path, bytes).unwrap();
    let told = backtest(&world, &[]);
    assert_eq!([&told["calls"], &told["allow"], &told["unreadable_lines"]], [1, 1, 3]);
    assert_eq!(told["changes"][0]["example"]["project_path"], "/gone/for/good");
    let text = world.run(["gate", "backtest"]).success().stdout;
    assert!(text.contains("3 lines of the transcripts could not be read"), "{text}");
}

#[test]
fn rules_are_tried_before_they_are_added() {
    let world = busy();
    let rules = "[[rules]]\nname = \"pushes\"\ncommand = [\"git push\"]\naction = \"allow\"\n\n\
                 [[rules]]\nname = \"quiet\"\ncommand = [\"pwd\"]\naction = \"deny\"\nreason = \"nobody needs it\"\n";
    let file = world.write("work/try.toml", rules);
    let told = backtest(&world, &["--rules", file.to_str().unwrap()]);
    assert_eq!(told["today"], json!({"unprompted": 0.6, "calls": 10, "allow": 6, "ask": 3, "deny": 1}));
    assert_eq!([&told["allow"], &told["ask"], &told["deny"]], [7, 1, 2]);
    let moved = told["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 2);
    let first = &moved[0];
    assert_eq!(
        [&first["kind"], &first["before"]["verdict"], &first["after"]["verdict"]],
        ["git push", "ask", "allow"]
    );
    assert_eq!([&first["after"]["rule"], &first["after"]["layer"]], ["pushes", "rule"]);
    assert_eq!(first["calls"], 2);
    assert_eq!([&moved[1]["kind"], &moved[1]["after"]["reason"]], ["pwd", "nobody needs it"]);
    let relative = world.cmd().args(["gate", "backtest", "--rules", "try.toml"]).cwd(world.work_dir()).run();
    insta::assert_snapshot!(relative.success().snapshot());
}

#[test]
fn broken_rules_are_an_error_with_their_place() {
    let world = busy();
    let file =
        world.write("work/try.toml", "[[rules]]\nname = \"x\"\ncommand = [\"ls\"]\naction = \"aprove\"\n");
    insta::assert_snapshot!(world.run(["gate", "backtest", "--rules", file.to_str().unwrap()]).snapshot());
    let missing = world.run(["gate", "backtest", "--rules", "/gone.toml"]).fails_with(2).stderr;
    assert!(missing.contains("cannot read the rules in /gone.toml"), "{missing}");
    user_config(&world, "");
    world.write("home/.config/claudectl/rules.toml", "[[rules]\n");
    let own = world.run(["gate", "backtest"]).fails_with(2).stderr;
    assert!(own.contains("rules.toml:1:"), "{own}");
}

#[test]
fn windows_and_projects() {
    let world = busy();
    let mut other = Transcript::new(C, world.work_dir().join("Other"));
    other.at("2026-10-01T10:00:00Z").prompt("go");
    bash(&mut other, "ls", End::Granted);
    other.at("2026-11-24T10:00:00Z");
    bash(&mut other, "pwd", End::Granted);
    other.write(&world.config_dir());
    assert_eq!(backtest(&world, &[])["calls"], 11);
    assert_eq!(backtest(&world, &["--since", "365d"])["calls"], 12);
    assert_eq!(backtest(&world, &["--since", "2026-11-24"])["calls"], 1);
    let told = backtest(&world, &["--project", "oTHER", "--since", "365d"]);
    assert_eq!([&told["calls"], &told["projects"]], [2, 1]);
    let none = world.run(["gate", "backtest", "--project", "nowhere"]).success().stdout;
    assert!(
        none.starts_with(
            "No call to judge: there is none since 30d in a project like nowhere in 2 transcripts."
        ),
        "{none}"
    );
    world.run(["gate", "backtest", "--since", "2026-12-24"]).fails_with(2);
}

#[test]
fn without_a_transcript_it_says_where_it_looked() {
    let world = world();
    insta::assert_snapshot!(world.run(["gate", "backtest"]).success().snapshot());
    let told = backtest(&world, &[]);
    assert_eq!(
        [&told["calls"], &told["transcripts"], &told["unprompted"]],
        [&json!(0), &json!(0), &Value::Null]
    );
}

#[test]
fn nothing_that_hides_or_is_secret_is_shown() {
    let world = world();
    let mut transcript = session(&world, A);
    bash(&mut transcript, "DB_PASSWORD=hunter2hunter2 unheard-of \u{1b}[2J \u{202e}x", End::Unasked);
    call(&mut transcript, "mcp__\u{1b}[31m__x", &json!({"path": "/etc/\u{7}"}), End::Unasked);
    transcript.write(&world.config_dir());
    for args in [&["gate", "backtest"][..], &["gate", "backtest", "--json"]] {
        let out = world.run(args).success().stdout;
        assert!(!out.contains("hunter2"), "{out}");
        assert!(!out.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{out:?}");
    }
}

#[test]
fn the_policy_of_the_folder_counts() {
    let world = busy();
    let policy = "[[rules]]\nname = \"no pushes\"\ncommand = [\"git push\"]\naction = \"deny\"\nreason = \"by review only\"\n";
    world.write("work/.claudectl/policy.toml", policy);
    let told = backtest(&world, &[]);
    assert_eq!(told["blocks_added"], 3);
    let push =
        told["changes"].as_array().unwrap().iter().find(|change| change["kind"] == "git push").unwrap();
    assert_eq!(
        [&push["verdict"]["layer"], &push["verdict"]["reason"]],
        ["policy", "policy of this repository: by review only"]
    );
}

/// What was so at the time of a call (its cost, conflicts, whether the one before failed) is in no transcript: rules
/// about it are named. Which session it was is.
#[test]
fn rules_about_what_nobody_knows_are_named() {
    let world = busy();
    let rules = format!(
        "[[rules]]\nname = \"dear\"\ncost_above = 0.01\naction = \"deny\"\n\
         [[rules]]\nname = \"after errors\"\nlast_error = true\naction = \"deny\"\n\
         [[rules]]\nname = \"this one\"\nsession = [\"{A}\"]\ncommand = [\"pwd\"]\naction = \"deny\"\n"
    );
    let rules = world.write("work/try.toml", rules);
    let rules = rules.to_str().unwrap();
    let told = backtest(&world, &["--rules", rules]);
    assert_eq!(told["unplayed_rules"], json!(["after errors", "dear"]));
    assert_eq!((&told["deny"], &told["today"]["deny"]), (&json!(2), &json!(1)));
    let out = world.run(["gate", "backtest", "--rules", rules]).success();
    assert!(out.stdout.contains("Not replayed"), "{}", out.stdout);
    assert_eq!(backtest(&world, &[])["unplayed_rules"], json!([]));
}
