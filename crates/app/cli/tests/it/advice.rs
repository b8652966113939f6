//! `claudectl brain advice`: what could be done about sessions, and that only a person does it.

use claudectl_agents::processes::{Processes, System};
use claudectl_fleet::session::rfc3339;
use claudectl_testkit::{LiveProcess, Output, RegistryRow, Transcript, Usage, World, now_ms};
use serde_json::{Value, json};

use crate::hook::{event, hook};
use crate::redaction::assert_harmless;
use crate::{A, B, user_config, world};

/// By the real clock, as hooks go by it.
fn run(world: &World, args: &[&str]) -> Output {
    world.cmd().env("CLAUDECTL_NOW", "").args(args).run()
}

fn json(world: &World, args: &[&str]) -> Value {
    run(world, args).success().json()
}

fn now() -> String {
    rfc3339(now_ms()).unwrap()
}

/// A session that runs a turn, in a folder of its own.
fn running(world: &World, transcript: &mut Transcript) -> LiveProcess {
    transcript.write(&world.config_dir());
    let folder = world.work_dir().join(transcript.session_id());
    std::fs::create_dir_all(&folder).unwrap();
    let process = LiveProcess::start(&folder);
    let row = RegistryRow::new(process.pid(), transcript.session_id(), folder).status("busy");
    row.started(&now()).updated(&now()).write(&world.config_dir());
    process
}

fn begun(world: &World, sid: &str) -> Transcript {
    let mut transcript = Transcript::new(sid, world.work_dir().join(sid));
    transcript.at(&now()).model("claude-opus-5-5").prompt("go");
    transcript
}

/// The same call fails again and again.
fn looping(world: &World, sid: &str) -> Transcript {
    let mut transcript = begun(world, sid);
    for _ in 0..5 {
        transcript.assistant(|m| m.tool_use("Bash", json!({"command": "make"})).usage(Usage::new(10, 10)));
        transcript.last_result("Exit code 2\nno rule to make target", true);
    }
    transcript
}

fn advice(world: &World) -> Vec<Value> {
    json(world, &["brain", "advice", "--json"]).as_array().unwrap().clone()
}

fn one(world: &World, deed: &str) -> Value {
    let all = advice(world);
    all.iter().find(|one| one["deed"] == deed).unwrap_or_else(|| panic!("no {deed} in {all:#?}")).clone()
}

fn id(one: &Value) -> &str {
    one["id"].as_str().unwrap()
}

#[test]
fn a_message_is_proposed_and_sent_once_it_is_accepted() {
    let world = world();
    let compare = |command: &str, args: &[&str]| crate::docs::compare(&world, command, args, &[], &[]);
    assert_eq!(
        run(&world, &["brain", "advice"]).success().stdout,
        "No session runs, so there is nothing to propose.\n"
    );
    let mut transcript = looping(&world, A);
    let process = running(&world, &mut transcript);
    let found = one(&world, "message");
    assert_eq!(
        (&found["cause"], &found["to"], &found["accepted_at"]),
        (&json!("loop"), &json!(A), &Value::Null)
    );
    compare("claudectl brain advice --json", &["brain", "advice", "--json"]);
    let text = run(&world, &["brain", "advice"]).success().stdout;
    assert!(
        text.contains(id(&found)) && text.contains("it would be told: You have made the same call"),
        "{text}"
    );
    // Where no hook of ours takes it, that is said, and nothing counts as done.
    let out = run(&world, &["brain", "advice", "--accept", id(&found)]).fails_with(3);
    assert!(
        out.stderr.contains("nothing takes the message") && out.stderr.contains("not installed"),
        "{}",
        out.stderr
    );
    world.run(["init", "--host-version", "2.1.330"]).success();
    let done = json(&world, &["brain", "advice", "--accept", id(&found), "--json"]);
    assert_eq!((&done["deed"], &done["to"]), (&json!("message"), &json!(A)));
    let turn_ends =
        || hook(&world, &event(&world, A, "Stop", json!({"stop_hook_active": false}))).run().success().stdout;
    let told: Value = serde_json::from_str(&turn_ends()).unwrap();
    let reason = told["reason"].as_str().unwrap();
    assert!(
        reason.starts_with(
            "A message of the user's own: claudectl has proposed it, and they accepted it.\n\nYou have made"
        ),
        "{reason}"
    );
    assert_eq!(turn_ends(), "", "once");
    assert!(one(&world, "message")["accepted_at"].is_string());
    let again = run(&world, &["brain", "advice", "--accept", id(&found)]).fails_with(1);
    assert!(again.stderr.contains("was carried out already"), "{}", again.stderr);
    // With its reason the proposal is gone.
    let folder = world.work_dir().join(A);
    let row = RegistryRow::new(process.pid(), A, folder).status("idle").started(&now()).updated(&now());
    row.write(&world.config_dir());
    assert_eq!(advice(&world), [Value::Null; 0], "whose move is the person's is not urged on");
    let gone = run(&world, &["brain", "advice", "--accept", id(&found)]).fails_with(1);
    assert!(gone.stderr.contains("one whose reason is gone is gone with it"), "{}", gone.stderr);
    assert_eq!(
        run(&world, &["brain", "advice"]).success().stdout,
        "Nothing is proposed: no check, budget or conflict calls for it.\n"
    );
}

#[test]
fn a_full_context_is_to_be_compacted_by_the_person() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir().join(A));
    transcript.at(&now()).model("claude-opus-4-6").prompt("go");
    transcript.assistant(|m| {
        m.tool_use("Bash", json!({"command": "ls"})).usage(Usage::new(1_000, 5).read(185_000))
    });
    let _process = running(&world, &mut transcript);
    world.run(["init", "--host-version", "2.1.330"]).success();
    let found = one(&world, "compact");
    assert_eq!(found["cause"], "context");
    let out = world.run(["brain", "advice", "--accept", &id(&found)[..5]]).success();
    assert!(out.stdout.contains("/compact is for you to type there"), "{}", out.stdout);
}

#[test]
fn what_has_spent_too_much_is_ended_or_paused() {
    let world = world();
    let costly = |sid: &str, own: u64, agents: u64| {
        let mut transcript = begun(&world, sid);
        transcript.assistant(|m| m.tool_use("Bash", json!({"command": "ls"})).usage(Usage::new(own, 1)));
        let agent = transcript.subagent("a1");
        agent.at(&now()).assistant(|m| m.model("claude-opus-5-5").text("a").usage(Usage::new(agents, 1)));
        transcript
    };
    let stopped = running(&world, &mut costly(A, 800_000, 1));
    let _paused = running(&world, &mut costly(B, 1, 300_000));
    user_config(&world, "[budget]\nsession_usd = 3.0\nfanout_usd = 1.0\n");
    world.run(["init", "--host-version", "2.1.330"]).success();
    let pause = one(&world, "pause");
    assert_eq!((&pause["session"], &pause["cause"]), (&json!(B), &json!("fanout")));
    let out = run(&world, &["brain", "advice", "--accept", id(&pause)]).success();
    assert!(
        out.stdout.contains("each of its calls asks") && out.stdout.contains("claudectl rules rm g1"),
        "{}",
        out.stdout
    );
    let judged = run(&world, &["gate", "check", "ls", "--session", B, "--json"]).json();
    assert_eq!((&judged["verdict"], &judged["layer"]), (&json!("ask"), &json!("pause")));
    let stop = one(&world, "stop");
    assert_eq!((&stop["session"], &stop["severity"]), (&json!(A), &json!("critical")));
    assert!(advice(&world).iter().all(|one| one["session"] != A || one["deed"] == "stop"));
    let pid = stopped.pid();
    assert!(System.facts(pid).is_some(), "to look ends nobody");
    run(&world, &["brain", "advice", "--accept", id(&stop)]).success();
    assert!(System.facts(pid).is_none(), "it was ended");
}

#[test]
fn nothing_of_a_session_commands_a_terminal_or_another_session() {
    let world = world();
    let hostile = crate::redaction::HOSTILE.replace('/', "");
    let secret = &crate::redaction::secrets()[0];
    let path = format!("{}/shared/{hostile} {secret}.rs", world.work_dir().display());
    let writing = |sid: &str| {
        let mut transcript = begun(&world, sid);
        transcript.assistant(|m| {
            m.tool_use("Write", json!({"file_path": path, "content": "x"})).usage(Usage::new(10, 10))
        });
        transcript.last_result("ok", false);
        transcript.assistant(|m| m.tool_use("Bash", json!({"command": "ls"})).usage(Usage::new(10, 10)));
        transcript
    };
    let (_a, _b) = (running(&world, &mut writing(A)), running(&world, &mut writing(B)));
    world.run(["init", "--host-version", "2.1.330"]).success();
    let summary = one(&world, "summary");
    assert_eq!(summary["cause"], "file");
    let out = run(&world, &["brain", "advice"]).success();
    assert_harmless("brain advice", &out.stdout);
    run(&world, &["brain", "advice", "--accept", id(&summary)]).success();
    let to = summary["to"].as_str().unwrap();
    let told =
        hook(&world, &event(&world, to, "Stop", json!({"stop_hook_active": false}))).run().success().stdout;
    let told: Value = serde_json::from_str(&told).unwrap();
    let reason = told["reason"].as_str().unwrap();
    assert!(
        reason.contains("Another session of mine") && reason.contains("[redacted:github-token]"),
        "{reason}"
    );
    for text in [reason, &out.stdout] {
        assert!(!text.contains(&secret[6..20]), "{text}");
    }
    assert_harmless("a message", &reason.replace('\n', ""));
}
