//! `claudectl history`.

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, assert_usd, ids, json, session, world};

/// A on the 20th in `api`, B on the 22nd in `web`, C on the 24th in `api`.
fn three_sessions() -> World {
    let world = world();
    for (sid, folder, day, input) in [(A, "api", 20, 100_000), (B, "web", 22, 50_000), (C, "api", 24, 25_000)]
    {
        let mut transcript = Transcript::new(sid, world.work_dir().join(folder));
        transcript.branch("main").at(&format!("2026-11-{day}T10:00:00Z")).prompt("go");
        transcript.at(&format!("2026-11-{day}T10:01:00Z"));
        transcript.assistant(|m| m.text("ok").usage(Usage::new(input, 100)));
        transcript.at(&format!("2026-11-{day}T10:31:00Z"));
        transcript.assistant(|m| m.text("done").usage(Usage::new(0, 100)));
        transcript.custom_title(&format!("Day {day}")).cost_state(0.5).write(&world.config_dir());
    }
    world
}

#[test]
fn newest_first() {
    let world = three_sessions();
    let past = json(&world, &["history", "--json"]);
    assert_eq!(ids(&past), [C, B, A]);
    let first = session(&past, A);
    // 0.1 million in at $4, 200 out at $20.
    assert_usd(&first["cost_usd"], 0.404);
    for (key, value) in [
        ("name", json!("Day 20")),
        ("project", json!("api")),
        ("project_path", json!("$WORK/api")),
        ("branch", json!("main")),
        ("model", json!("claude-opus-5-5")),
        ("last_activity_at", json!("2026-11-20T10:31:00.000Z")),
        ("messages", json!(2)),
        ("unpriced_messages", json!(0)),
        ("reported_cost_usd", json!(0.5)),
        ("models", json!(["claude-opus-5-5"])),
        (
            "tokens",
            json!({"input": 100_000, "output": 200, "cache_read": 0, "cache_write_5m": 0, "cache_write_1h": 0}),
        ),
    ] {
        assert_eq!(first[key], value, "{key}");
    }
    insta::assert_snapshot!("history", world.run(["history"]).snapshot());
}

#[test]
fn only_some() {
    let world = three_sessions();
    let listed = |args: &[&str]| {
        let past = json(&world, &[&["history", "--json"], args].concat());
        ids(&past).iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&["--since", "2026-11-22"]), [C, B]);
    assert_eq!(listed(&["--since", "3d"]), [C, B]);
    assert_eq!(listed(&["--project", "API"]), [C, A]);
    assert_eq!(listed(&["-n", "1"]), [C]);
    assert_eq!(listed(&["-n", "0"]), [C, B, A]);
    let cut = world.run(["history", "-n", "2"]).success().stdout;
    assert!(cut.ends_with("2 of 3; -n 0 lists all\n"), "{cut}");
    let none = world.run(["history", "--project", "nothing"]).success().stdout;
    assert_eq!(none, "No past session is known, or none matches.\n");
    world.run(["history", "--since", "soon"]).fails_with(2);
}

#[test]
fn sessions_stay_when_their_transcripts_are_gone() {
    let world = three_sessions();
    let before = json(&world, &["history", "--json"]);
    std::fs::remove_dir_all(world.config_dir().join("projects")).unwrap();
    assert_eq!(json(&world, &["history", "--json"]), before);
    // Without the store only what is there can be told.
    assert_eq!(json(&world, &["history", "--json", "--no-cache"]), json!([]));
    let all = json(&world, &["ls", "--all", "--json"]);
    assert_eq!(session(&all, A)["transcript"], Value::Null);
    assert_usd(&session(&all, A)["cost"]["usd"], 0.404);
}

#[test]
fn nothing_yet() {
    let world = world();
    assert_eq!(world.run(["history"]).success().stdout, "No past session is known, or none matches.\n");
    assert_eq!(json(&world, &["history", "--json"]), json!([]));
}

#[test]
fn a_session_without_a_reply_is_listed_too() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir().join("api"));
    transcript.prompt("go").write(&world.config_dir());
    let past = json(&world, &["history", "--json"]);
    let found = session(&past, A);
    assert_eq!((&found["project"], &found["messages"]), (&json!("api"), &json!(0)));
    assert_eq!(found["last_activity_at"], "2026-11-24T11:00:00.000Z");
}
