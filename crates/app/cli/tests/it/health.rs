//! `claudectl health`, and what `ls` and `show` say of it.

use std::time::Duration;

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, C, ids, json, session, user_config, world};

#[must_use]
fn start(world: &World, transcript: &mut Transcript) -> LiveProcess {
    transcript.write(&world.config_dir());
    let folder = world.work_dir().join(transcript.session_id());
    std::fs::create_dir_all(&folder).unwrap();
    let process = LiveProcess::start(&folder);
    RegistryRow::new(process.pid(), transcript.session_id(), folder).write(&world.config_dir());
    process
}

fn empty(world: &World, sid: &str) -> Transcript {
    let mut transcript = Transcript::new(sid, world.work_dir().join(sid));
    transcript.prompt("go");
    transcript
}

/// A window of 200 000 tokens, nearly used up.
fn full(world: &World, sid: &str) -> Transcript {
    let mut transcript = empty(world, sid);
    transcript.model("claude-opus-4-6");
    transcript.assistant(|m| m.text("done").usage(Usage::new(1_000, 5).read(185_000)));
    transcript
}

/// The same command fails so many times.
fn failing(transcript: &mut Transcript, times: usize) {
    for _ in 0..times {
        transcript.assistant(|m| {
            m.tool_use("Bash", json!({"command": "make"})).usage(Usage::new(10, 10).read(500))
        });
        transcript.last_result("Exit code 2\nno rule to make target", true);
    }
}

fn looping(world: &World, sid: &str) -> Transcript {
    let mut transcript = empty(world, sid);
    failing(&mut transcript, 5);
    transcript
}

fn well(world: &World, sid: &str) -> Transcript {
    let mut transcript = empty(world, sid);
    transcript.assistant(|m| m.text("done").usage(Usage::new(1_000, 5)));
    transcript
}

fn checks(report: &Value) -> Vec<(&str, &str)> {
    let sessions = report["sessions"].as_array().unwrap();
    let each = sessions.iter().flat_map(|s| s["findings"].as_array().unwrap().iter().map(move |f| (s, f)));
    each.map(|(s, f)| (s["id"].as_str().unwrap(), f["check"].as_str().unwrap())).collect()
}

/// A guard is passed by only where one stands, and not before it stood.
#[test]
fn calls_that_no_hook_was_called_for() {
    let mut world = world();
    let gap = |world: &World| json(world, &["show", A, "--json"])["gate"]["gap"].clone();
    let session = |world: &World, year: u32| {
        let mut transcript = Transcript::new(A, world.work_dir().join(A));
        transcript.at(&format!("{year}-06-01T12:00:00Z")).prompt("go");
        for _ in 0..2 {
            transcript.assistant(|m| m.tool_use("Bash", json!({"command": "ls"})).usage(Usage::new(10, 10)));
            transcript.last_result("notes.txt", false);
        }
        transcript.assistant(|m| m.text("done").usage(Usage::new(10, 5)));
        transcript.write(&world.config_dir());
    };
    session(&world, 2020);
    let process = start(&world, &mut well(&world, A));
    session(&world, 2020);
    world.run(["init", "--host-version", "2.1.330"]).success();
    assert_eq!(gap(&world), Value::Null, "these ran before it was there");
    // The settings of today stand before what runs years later.
    session(&world, 2036);
    world.set_now("2036-06-01T12:01:00Z");
    assert_eq!(gap(&world), Value::Null, "it began before, and nobody knows since when it calls hooks");
    RegistryRow::new(process.pid(), A, world.work_dir().join(A))
        .started("2036-06-01T11:59:00Z")
        .write(&world.config_dir());
    assert_eq!(gap(&world), json!({"calls": 2, "seen": 0}));
    let found = world.run(["health", "--json"]).fails_with(1).json();
    assert_eq!(checks(&found), [(A, "guard-gap")]);
    world.run(["uninstall"]).success();
    assert_eq!(gap(&world), Value::Null, "none stands there any more");
    assert_eq!(checks(&json(&world, &["health", "--json"])), []);
}

#[test]
fn the_worst_session_first_and_a_critical_finding_fails() {
    let world = world();
    let _processes = [looping(&world, A), full(&world, B), well(&world, C)]
        .map(|mut transcript| start(&world, &mut transcript));
    insta::assert_snapshot!("health", world.run(["health"]).snapshot());
    let report = world.run(["health", "--json"]).fails_with(1).json();
    assert_eq!(checks(&report), [(B, "context"), (B, "decay"), (A, "loop")]);
    assert_eq!((&report["ok"], &report["checked"]), (&json!(false), &json!(3)));
    assert_eq!(report["sessions"][0]["severity"], "critical");
    // One session, and only what matters enough.
    let one = json(&world, &["health", "aaaa", "--json"]);
    assert_eq!((checks(&one), &one["ok"], &one["checked"]), (vec![(A, "loop")], &json!(true), &json!(1)));
    assert_eq!(json(&world, &["health", A, "--min-severity", "critical", "--json"])["sessions"], json!([]));
    let severe = world.run(["health", "--min-severity", "warning", "--json"]).fails_with(1).json();
    assert_eq!(checks(&severe), [(B, "context"), (A, "loop")]);
    world.run(["health", "--min-severity", "bad"]).fails_with(2);
    let unknown = world.run(["health", "nope"]).fails_with(1);
    assert!(unknown.stderr.contains("there is no session nope"), "{}", unknown.stderr);
    // Switched off, or with another threshold.
    user_config(&world, "[health]\noff = [\"context\", \"decay\"]\nloop_max_calls = 6\n");
    let quiet = world.run(["health"]).success();
    assert_eq!(quiet.stdout, "3 sessions checked: nothing to say of any.\n");
    user_config(&world, "[health]\noff = [\"contxt\"]\n");
    let wrong = world.run(["health"]).fails_with(2);
    assert!(wrong.stderr.contains("did you mean \"context\"?"), "{}", wrong.stderr);
}

#[test]
fn w26_the_worst_stands_in_ls_and_all_of_it_in_show() {
    let world = world();
    let mut both = full(&world, A);
    failing(both.model("claude-opus-4-6"), 5);
    both.assistant(|m| m.text("done").usage(Usage::new(1_000, 5).read(185_000)));
    let mut mild = looping(&world, B);
    let _processes =
        [start(&world, &mut both), start(&world, &mut mild), start(&world, &mut well(&world, C))];
    let listed = world.run(["ls"]).success().stdout;
    assert!(
        listed.contains("critical: its context is full (93 %) (and 1 more: `claudectl health aaaaaaaa`)"),
        "{listed}"
    );
    assert!(listed.contains("warning: the same Bash call failed 5 times in the same way\n"), "{listed}");
    let listing = json(&world, &["ls", "--json"]);
    let names: Vec<&Value> =
        session(&listing, A)["health"].as_array().unwrap().iter().map(|f| &f["check"]).collect();
    assert_eq!(names, ["context", "loop", "decay"]);
    assert_eq!(
        (&session(&listing, A)["decay_score"], &session(&listing, C)["decay_score"]),
        (&json!(35), &json!(0))
    );
    assert_eq!(session(&listing, C)["health"], json!([]));
    // Critical findings ask for a look, warnings do not.
    let urgent = json(&world, &["ls", "--focus", "attention", "--json"]);
    let by_health: Vec<&str> =
        ids(&urgent).into_iter().filter(|id| session(&listing, id)["status"]["state"] == "waiting").collect();
    assert!(by_health.contains(&A), "{by_health:?}");
    let shown = world.run(["show", A]).success().stdout;
    let (_, health) = shown.split_once("\nHealth\n").unwrap();
    insta::assert_snapshot!("show_health", health.split("\n\n").next().unwrap());
    let none = world.run(["show", C]).success().stdout;
    assert!(!none.contains("Health"), "{none}");
}

#[test]
fn nothing_to_check() {
    let world = world();
    let none = world.run(["health"]).success();
    assert_eq!(
        none.stdout,
        "No session runs, so there is nothing to check.\n  `claudectl health --all` checks past sessions, too\n"
    );
    full(&world, A).write(&world.config_dir());
    assert_eq!(json(&world, &["health", "--json"]), json!({"ok": true, "checked": 0, "sessions": []}));
    let all = world.run(["health", "--all", "--json"]).fails_with(1).json();
    assert_eq!(checks(&all)[0], (A, "context"));
    // What is over asks nobody to look.
    assert_eq!(json(&world, &["ls", "--all", "--focus", "attention", "--json"]), json!([]));
}

#[test]
fn who_comes_late_sees_the_same() {
    let (watched, late) = (world(), world());
    let mut transcript = looping(&watched, A);
    let mut seen = transcript.clone();
    let _a = start(&watched, &mut seen);
    watched.run(["ls"]).success();
    for growing in [&mut seen, &mut transcript] {
        growing.pause(Duration::from_secs(60));
        failing(growing, 3);
        growing.prompt("use API_PASSWORD=hunter2");
        growing.assistant(|m| m.text("ok").usage(Usage::new(10, 10).read(500)));
    }
    seen.append_to(&watched.config_dir());
    watched.run(["ls"]).success();
    let _b = start(&late, &mut transcript);
    let report = |world: &World| json(world, &["health", "--json"])["sessions"].clone();
    assert_eq!(report(&watched), report(&late));
    assert_eq!(checks(&json(&late, &["health", "--json"])), [(A, "loop"), (A, "secret")]);
    let text = late.run(["health"]).success().stdout;
    assert!(text.contains("password (1); the first in a prompt") && !text.contains("hunter2"), "{text}");
}

#[test]
fn w18_one_expensive_response_of_a_young_session_is_no_spike() {
    let world = world();
    let mut transcript = empty(&world, A);
    transcript.at("2026-11-24T11:58:00Z");
    transcript.assistant(|m| m.text("done").usage(Usage::new(0, 1_000_000).read(9_000)));
    let _process = start(&world, &mut transcript);
    assert_eq!(json(&world, &["health", "--json"])["sessions"], json!([]));
    // After an hour of little.
    let mut transcript = empty(&world, B);
    for time in ["09:00", "09:20", "09:40", "10:00", "10:20"] {
        transcript.at(&format!("2026-11-24T{time}:00Z"));
        transcript.assistant(|m| m.text("ok").usage(Usage::new(0, 1_000).read(9_000)));
    }
    transcript.at("2026-11-24T11:50:00Z");
    for _ in 0..3 {
        transcript.assistant(|m| m.text("done").usage(Usage::new(0, 100_000).read(9_000)));
    }
    let _other = start(&world, &mut transcript);
    let report = world.run(["health", "--json"]).fails_with(1).json();
    assert_eq!(checks(&report), [(B, "cost-spike")]);
}

#[test]
fn w24_research_is_no_stall() {
    let world = world();
    let busy = |mut transcript: Transcript, file: fn(usize) -> String| {
        for n in 0..60 {
            transcript.pause(Duration::from_secs(50));
            let read = json!({"file_path": file(n)});
            transcript.assistant(|m| m.tool_use("Read", read).usage(Usage::new(10, 30_000).read(500)));
            transcript.last_result("text", false);
        }
        transcript
    };
    let begun = |sid| {
        let mut transcript = Transcript::new(sid, world.work_dir().join(sid));
        transcript.at("2026-11-24T11:00:00Z").prompt("look into it");
        transcript
    };
    let mut research = busy(begun(A), |n| format!("/srv/{n}.md"));
    let mut stuck = busy(begun(B), |_| "/srv/same.md".to_owned());
    let _processes = [start(&world, &mut research), start(&world, &mut stuck)];
    for (sid, process) in [A, B].iter().zip(&_processes) {
        let folder = world.work_dir().join(sid);
        RegistryRow::new(process.pid(), sid, folder).status("busy").write(&world.config_dir());
    }
    let report = json(&world, &["health", "--json"]);
    assert_eq!(checks(&report), [(B, "stall"), (B, "repetition")], "{report:#}");
}
