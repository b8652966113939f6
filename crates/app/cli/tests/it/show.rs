//! `claudectl show`.

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, assert_usd, json, one_reply, reply, session, user_config, world};

#[test]
fn one_session_in_full() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir().join("api"));
    transcript.branch("main").prompt("go").assistant(|m| {
        m.tool_use("Write", json!({"file_path": world.work_dir().join("api/a.rs"), "content": "x"}));
        m.usage(Usage::new(1_000, 200).read(30_000).write_split(4_000, 5_000))
    });
    transcript.last_result("ok", false).assistant(|m| {
        // A change that fails changes nothing.
        m.tool_use("Edit", json!({"file_path": "/srv/b.rs", "old_string": "x", "new_string": "y"}));
        m.usage(Usage::new(0, 0))
    });
    transcript.last_result("no space left", true).assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": "Explore", "description": "look around", "prompt": "p"}));
        m.usage(Usage::new(1_000, 200))
    });
    let agent = transcript.subagent("a0001");
    agent.model("claude-haiku-4-5").meta("agentType", "Explore").meta("description", "look around");
    agent.meta("finished", true).prompt("p").assistant(|m| m.text("ok").usage(Usage::new(10_000, 0)));
    transcript.last_result("seen", false).assistant(|m| m.text("done").usage(Usage::new(1_000, 0)));
    transcript.custom_title("Fix the disk").cost_state(0.15).write(&world.config_dir());
    insta::assert_snapshot!("show", world.run(["show", A]).snapshot());
}

#[test]
fn a_missing_price_explains_the_difference() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-9", Usage::new(100_000, 0));
    transcript.cost_state(0.5).write(&world.config_dir());
    let shown = |world: &World| world.run(["show", A]).success().stdout;
    let first = shown(&world);
    assert!(first.contains("unpriced  + 1 response of claude-opus-9, without a known price"), "{first}");
    assert!(
        first.contains(
            "$0.5000 when it last said so ($0.5000 more: the price of claude-opus-9 is missing here)"
        ),
        "{first}"
    );
    let mut more = one_reply(&world, B, "claude-opus-9", Usage::new(100_000, 0));
    more.model("claude-opus-5-5").assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    more.cost_state(0.9).write(&world.config_dir());
    let second = world.run(["show", B]).success().stdout;
    assert!(second.contains("+ 1 response of an earlier model, without a known price"), "{second}");
    // With the price it is what was said at first: what is left over, no transcript shows.
    user_config(
        &world,
        "[prices.\"claude-opus-9\"]\ninput = 4.0\noutput = 1.0\ncache_read = 1.0\ncache_write_5m = 1.0\ncache_write_1h = 1.0\n",
    );
    let priced = shown(&world);
    assert!(priced.contains("($0.1000 more: requests that no transcript shows)"), "{priced}");
    assert!(!priced.contains("unpriced"), "{priced}");
}

#[test]
fn found_by_the_beginning_of_its_id_by_its_name_or_as_the_latest() {
    let world = world();
    one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1))
        .custom_title("Fix it")
        .write(&world.config_dir());
    let mut later = one_reply(&world, B, "claude-opus-5-5", Usage::new(1, 1));
    later.at("2026-11-24T11:30:00Z").assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    later.write(&world.config_dir());
    let found = |text: &str| json(&world, &["show", text, "--json"])["id"].clone();
    for text in [A, "a", "aaaaaaaa", "fix it"] {
        assert_eq!(found(text), A, "{text}");
    }
    assert_eq!(found("latest"), B);
    // A session that runs and has written nothing yet.
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), C, world.work_dir()).named("new one").write(&world.config_dir());
    for text in ["c", C, "New One"] {
        assert_eq!(found(text), C, "{text}");
    }
}

#[test]
fn an_ambiguous_beginning_names_the_choices() {
    let world = world();
    let (one, two) = ("abc00000-0000-4000-8000-000000000001", "abc00000-0000-4000-8000-000000000002");
    reply(&world, one, "claude-opus-5-5", Usage::new(1, 1));
    reply(&world, two, "claude-opus-5-5", Usage::new(1, 1));
    let out = world.run(["show", "abc"]).fails_with(1);
    assert_eq!(out.stdout, "");
    assert_eq!(
        out.stderr,
        format!("error: abc could be any of 2 sessions\n  why: {one}, {two}\n  fix: give more of the id\n")
    );
    world.run(["show", one]).success();
}

#[test]
fn an_unknown_session_is_a_failure_with_a_way_out() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    for text in ["nope", "%", "_", "aaaaaaaa-0000-4000-8000-00000000000b"] {
        let out = world.run(["show", text]).fails_with(1);
        assert_eq!(out.stdout, "");
        assert_eq!(
            out.stderr,
            format!(
                "error: there is no session {text}\n  why: neither an id that begins so, nor a name\n  fix: `claudectl ls --all` lists every session\n"
            )
        );
    }
    world.run(["show"]).fails_with(2);
}

#[test]
fn a_fork_says_who_paid() {
    let world = world();
    let mut first = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    first.assistant(|m| m.text("more").usage(Usage::new(100_000, 0)));
    first.write(&world.config_dir());
    let mut fork = first.fork(B);
    fork.prompt("on").assistant(|m| m.text("ok").usage(Usage::new(50_000, 0)));
    fork.write(&world.config_dir());
    let found = json(&world, &["show", B, "--json"]);
    assert_eq!(found["shared_responses"], json!({A: 2}));
    assert_usd(&found["cost"]["usd"], 0.20);
    assert_eq!(found["messages"], 1);
    let shown = world.run(["show", B]).success().stdout;
    assert!(
        shown.contains(&format!("2 responses in this transcript are billed to {A}, which made them")),
        "{shown}"
    );
    assert_eq!(
        json(&world, &["show", A, "--json"])["shared_responses"],
        json!({}),
        "who paid shares nothing"
    );
}

#[test]
fn a_fork_has_not_done_the_work_that_it_copied() {
    for stated in [true, false] {
        let world = world();
        let mut first = Transcript::new(A, world.work_dir());
        let call = |command: &str| json!({"command": command});
        first.prompt("go").assistant(|m| m.tool_use("Bash", call("one")).usage(Usage::new(1, 1)));
        first.last_result("no", true).assistant(|m| {
            m.tool_use("Write", json!({"file_path": "/srv/a.rs", "content": "x"})).usage(Usage::new(1, 1))
        });
        first.last_result("ok", false).write(&world.config_dir());
        let mut fork = first.fork(B);
        fork.prompt("on").assistant(|m| m.tool_use("Bash", call("two")).usage(Usage::new(1, 1)));
        fork.last_result("ok", false);
        let path = fork.write(&world.config_dir());
        if !stated {
            // Before the client noted who had paid: all that says it is the ledger.
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace("requestSessionId", "nothing").replace("session_id", "none"))
                .unwrap();
        }
        let listing = json(&world, &["ls", "--all", "--json"]);
        let figures = |sid: &str| {
            let found = session(&listing, sid);
            ["tool_calls", "errors", "tool_usage", "files_modified"].map(|key| found[key].clone())
        };
        let (both, file) = (json!({"Bash": 1, "Write": 1}), json!({"/srv/a.rs": 1}));
        assert_eq!(figures(A), [json!(2), json!(1), both, file], "stated: {stated}");
        assert_eq!(figures(B), [json!(1), json!(0), json!({"Bash": 1}), json!({})], "stated: {stated}");
    }
}

#[test]
fn a_session_whose_transcript_is_gone_is_still_shown() {
    let world = world();
    let path = reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    json(&world, &["spend", "--json"]);
    std::fs::remove_file(path).unwrap();
    let found = json(&world, &["show", A, "--json"]);
    assert_usd(&found["cost"]["usd"], 0.40);
    assert_eq!(found["status"]["state"], "finished");
    assert_eq!((&found["project"], &found["model"]), (&json!("work"), &json!("claude-opus-5-5")));
    assert_eq!(found["transcript"], Value::Null);
    // Nobody ever looked at what it did: that is unknown, not nothing.
    for key in ["prompts", "tool_calls", "errors", "files_modified", "tool_usage"] {
        assert_eq!(found[key], Value::Null, "{key}");
    }
    let shown = world.run(["show", A]).success().stdout;
    assert!(shown.contains("     prompts  -\n  tool calls  - (the transcript is gone)\n"), "{shown}");
}

#[test]
fn what_was_seen_of_a_session_outlives_its_transcripts() {
    let mut world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go").assistant(|m| {
        m.tool_use("Write", json!({"file_path": "/srv/a.rs", "content": "x"})).usage(Usage::new(1, 1))
    });
    transcript.last_result("ok", false).assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": "Explore", "description": "look", "prompt": "p"}));
        m.usage(Usage::new(1, 1))
    });
    let agent = transcript.subagent("a0001");
    agent.prompt("p").assistant(|m| m.tool_use("Bash", json!({"command": "false"})).usage(Usage::new(1, 1)));
    agent.last_result("it failed", true);
    transcript.last_result("seen", false).assistant(|m| m.text("done").usage(Usage::new(1, 1)));
    transcript.write(&world.config_dir());
    let facts = |world: &World| {
        let found = json(world, &["show", A, "--json"]);
        ["prompts", "tool_calls", "errors", "files_modified", "tool_usage", "recent_errors", "subagents"]
            .map(|key| found[key].clone())
    };
    let before = facts(&world);
    assert_eq!(
        before[..5],
        [json!(1), json!(3), json!(1), json!({"/srv/a.rs": 1}), json!({"Write": 1, "Agent": 1, "Bash": 1})]
    );
    std::fs::remove_dir_all(world.config_dir().join("projects")).unwrap();
    assert_eq!(facts(&world), before);
    let listing = json(&world, &["ls", "--all", "--json"]);
    assert_eq!(session(&listing, A)["tool_calls"], 3);
    // As long as the rows of its responses are kept.
    world.set_now("2027-05-01T12:00:00Z");
    world.run(["clean", "--state"]).success();
    assert_eq!(facts(&world), before);
    world.set_now("2027-06-01T12:00:00Z");
    world.run(["clean", "--state"]).success();
    assert_eq!(facts(&world)[..2], [Value::Null, Value::Null]);
}

#[test]
fn a_session_in_two_folders_has_done_its_work_once() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    let edit = json!({"file_path": "/srv/a.rs", "old_string": "x", "new_string": "y"});
    transcript.prompt("go").assistant(|m| m.tool_use("Edit", edit.clone()).usage(Usage::new(100_000, 0)));
    transcript.last_result("no", true);
    let copy = world.root().join("backup/.claude");
    transcript.write(&copy);
    // It went on after the copy was made.
    transcript.assistant(|m| m.tool_use("Edit", edit).usage(Usage::new(100_000, 0)));
    transcript.last_result("ok", false).write(&world.config_dir());
    user_config(&world, &format!("[general]\nclaude_dirs = [{:?}]\n", copy.display().to_string()));
    let found = json(&world, &["show", A, "--json"]);
    assert_usd(&found["cost"]["usd"], 0.80);
    assert_eq!(
        (&found["tool_calls"], &found["errors"], &found["prompts"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(
        (&found["files_modified"], &found["tool_usage"]),
        (&json!({"/srv/a.rs": 1}), &json!({"Edit": 2}))
    );
    assert!(found["transcript"].as_str().unwrap().starts_with("$HOME/.claude/projects/"), "{found}");
}

#[test]
fn subagents_stand_in_the_order_they_were_started() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go");
    let started = [("a3", "11:05"), ("a9", "11:10"), ("a1", "11:20"), ("a4", "11:20"), ("a2", "11:40")];
    // Written, and so found, in another order.
    for n in [4, 0, 3, 1, 2] {
        let (id, at) = started[n];
        let agent = transcript.subagent(id);
        agent.at(&format!("2026-11-24T{at}:00Z")).prompt("p");
        agent.assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    }
    transcript.assistant(|m| m.text("done").usage(Usage::new(1, 1))).write(&world.config_dir());
    let order = |world: &World, args: &[&str]| -> Vec<String> {
        let found = json(world, args);
        let agents = found["subagents"].as_array().unwrap();
        agents.iter().map(|agent| agent["id"].as_str().unwrap().to_owned()).collect()
    };
    let wanted = started.map(|(id, _)| id);
    assert_eq!(order(&world, &["show", A, "--json"]), wanted);
    assert_eq!(order(&world, &["show", A, "--no-cache", "--json"]), wanted);
    // Another store, which learns of them one by one.
    let other = world.root().join("other");
    for n in [2, 4, 1, 0, 3] {
        let path = transcript.path(&world.config_dir()).with_extension("").join("subagents");
        let path = path.join(format!("agent-{}.jsonl", started[n].0));
        std::fs::rename(&path, path.with_extension("away")).unwrap();
        world.cmd().env("CLAUDECTL_HOME", &other).arg("spend").run().success();
        std::fs::rename(path.with_extension("away"), &path).unwrap();
    }
    let found = world.cmd().env("CLAUDECTL_HOME", &other).args(["show", A, "--json"]).run().success().json();
    let found: Vec<&Value> =
        found["subagents"].as_array().unwrap().iter().map(|agent| &agent["id"]).collect();
    assert_eq!(found, wanted);
}
