//! `claudectl show`.

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, assert_usd, json, one_reply, reply, user_config, world};

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
            "$0.5000 when it was last closed ($0.5000 more: the price of claude-opus-9 is missing here)"
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
}
