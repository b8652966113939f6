//! `claudectl clean --state`.

use std::path::Path;

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::json;

use crate::{A, B, assert_total, assert_usd, ids, json, reply, user_config, world};

/// A reply of January and one of November; the clock stands at 2026-11-24.
fn old_and_new() -> World {
    let world = world();
    let mut old = Transcript::new(A, world.work_dir());
    old.at("2026-01-05T10:00:00Z").prompt("go").assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    old.custom_title("Winter").write(&world.config_dir());
    reply(&world, B, "claude-opus-5-5", Usage::new(50_000, 0));
    world
}

fn responses(world: &World) -> u64 {
    let report = json(world, &["doctor", "--json"]);
    let checks = report["checks"].as_array().unwrap();
    let state = checks.iter().find(|check| check["name"] == "state").unwrap();
    state["data"]["tables"]["response"].as_u64().unwrap()
}

#[test]
fn takes_out_what_is_old_and_keeps_every_sum() {
    let mut world = old_and_new();
    // The first run of a state takes out nothing it has just read: keep all, then shorten.
    user_config(&world, "[retention]\nresponses_days = 0\n");
    assert_total(&world, 0.60);
    assert_eq!(responses(&world), 2);
    user_config(&world, "[retention]\nresponses_days = 180\nsessions_days = 180\n");
    let would = json(&world, &["clean", "--state", "--dry-run", "--json"]);
    assert_eq!(
        (&would["dry_run"], &would["responses"], &would["sessions"]),
        (&json!(true), &json!(1), &json!(1))
    );
    assert_eq!(responses(&world), 2, "a dry run takes out nothing");
    let did = json(&world, &["clean", "--state", "--json"]);
    assert_eq!((&did["responses"], &did["sessions"]), (&json!(1), &json!(1)));
    assert!(did["bytes_after"].as_u64().unwrap() > 0);
    assert_eq!(responses(&world), 1);
    assert_total(&world, 0.60);
    // The transcript, read again from its start, is not billed again.
    let path = world.config_dir().join("projects");
    let copy: Vec<_> = crate::tree(&path).into_iter().collect();
    for (file, content) in &copy {
        std::fs::remove_file(file).unwrap();
        std::fs::write(file, content).unwrap();
    }
    assert_total(&world, 0.60);
    let again = json(&world, &["clean", "--state", "--json"]);
    assert_eq!(again["responses"], 0);
    // A year on, with every transcript gone, the sums still stand.
    std::fs::remove_dir_all(&path).unwrap();
    world.set_now("2027-11-24T12:00:00Z");
    world.run(["clean", "--state"]).success();
    let report = json(&world, &["spend", "--by", "month", "--json"]);
    assert_usd(&report["total"]["cost_usd"], 0.60);
    assert_eq!(crate::keys(&report), ["2026-01", "2026-11"]);
}

#[test]
fn what_subagents_were_asked_goes_with_their_session() {
    let mut world = world();
    for sid in [A, B] {
        let mut transcript = Transcript::new(sid, world.work_dir());
        transcript.at(if sid == A { "2026-11-01T10:00:00Z" } else { "2026-11-24T11:00:00Z" }).prompt("go");
        let agent = transcript.subagent(&format!("a-{}", &sid[..4]));
        agent.meta("agentType", "Explore").meta("description", "find the secret plan").prompt("p");
        agent.assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
        transcript.assistant(|m| m.text("ok").usage(Usage::new(100_000, 0))).write(&world.config_dir());
    }
    let asked = |world: &World, sid: &str| json(world, &["show", sid, "--json"])["subagents"][0].clone();
    assert_eq!(asked(&world, A)["description"], "find the secret plan");
    std::fs::remove_dir_all(world.config_dir().join("projects")).unwrap();
    user_config(&world, "[retention]\nsessions_days = 1\n");
    let would = json(&world, &["clean", "--state", "--dry-run", "--json"]);
    let did = json(&world, &["clean", "--state", "--json"]);
    for found in [would, did] {
        assert_eq!((&found["sessions"], &found["digests"]), (&json!(1), &json!(2)));
    }
    let agent = asked(&world, A);
    assert_eq!((&agent["description"], &agent["type"]), (&serde_json::Value::Null, &json!("Explore")));
    assert_eq!(asked(&world, B)["description"], "find the secret plan", "still kept");
    assert_eq!(json(&world, &["clean", "--state", "--json"])["sessions"], 0);
    world.set_now("2026-11-26T12:00:00Z");
    world.run(["clean", "--state"]).success();
    let state = std::fs::read(world.state_dir().join("state.db")).unwrap();
    assert!(!state.windows(11).any(|bytes| bytes == b"secret plan"), "nor anywhere in the file");
    let report = json(&world, &["spend", "--by", "agent", "--json"]);
    assert_eq!(crate::keys(&report), ["Explore", "main"]);
}

#[test]
fn says_what_it_did() {
    let world = old_and_new();
    assert_eq!(
        world.run(["clean", "--state"]).success().stdout,
        "There is no state yet: nothing to clean.\n"
    );
    assert!(!world.state_dir().exists(), "and makes none");
    world.run(["spend"]).success();
    let dry = world.run(["clean", "--state", "--dry-run"]).success().stdout;
    assert!(
        dry.starts_with("Would take out 0 responses, names of 0 sessions, 0 digests and 0 hook calls.\n"),
        "{dry}"
    );
    let out = world.run(["clean", "--state"]).success().stdout;
    assert!(
        out.starts_with(
            "Took out 0 responses, names of 0 sessions, 0 digests and 0 hook calls.\nThe state file had "
        ),
        "{out}"
    );
}

#[test]
fn must_be_told_what_to_clean() {
    let out = world().run(["clean"]).fails_with(2);
    assert!(out.stderr.contains("--state"), "{}", out.stderr);
}

#[test]
fn touches_nothing_of_claude_codes() {
    let world = old_and_new();
    let before = crate::tree(&world.config_dir());
    world.run(["spend"]).success();
    world.run(["clean", "--state"]).success();
    assert_eq!(crate::tree(&world.config_dir()), before);
    assert_eq!(ids(&json(&world, &["history", "--json"])), [B, A]);
}

#[test]
fn a_damaged_state_is_told_and_left() {
    let world = old_and_new();
    let db = world
        .write("state/state.db", "this is no database, but long enough to be looked at as one. ".repeat(20));
    let before = std::fs::read(&db).unwrap();
    let out = world.run(["clean", "--state"]).fails_with(3);
    assert!(out.stderr.contains("is not a claudectl state file, or it is damaged"), "{}", out.stderr);
    assert!(out.stderr.contains("\n  fix: move it away;"), "{}", out.stderr);
    assert_eq!(std::fs::read(Path::new(&db)).unwrap(), before);
}
