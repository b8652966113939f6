//! `claudectl tick`, and a hook or tick that is killed at any of its writes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use claudectl_testkit::{Usage, World, program_for_tests, skip_test};
use serde_json::json;

use crate::hook::{call, event, hook, stored};
use crate::{A, B, BIN, assert_total, json, reply, world};

#[test]
fn a_pass_takes_in_what_hooks_and_transcripts_tell() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1_000_000, 0));
    call(&world, A, "PostToolUse", json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"}));
    let out = world.run(["tick"]).success();
    assert_eq!(out.stdout, "Took in 1 event and 1 changed transcript.\n");
    assert_eq!(world.run(["tick"]).success().stdout, "Took in 0 events and 0 changed transcripts.\n");
    assert!(world.state_dir().join("gate.snap").exists());
    assert_total(&world, 4.0);
}

#[test]
fn without_an_environment_events_say_where_transcripts_are() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1_000_000, 0));
    call(&world, A, "PostToolUse", json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"}));
    let bare = |name: &str| {
        ["HOME", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "CLAUDECTL_HOME", "CLAUDECTL_NOW"].contains(&name)
    };
    let mut command = world.cmd().args(["tick", "--json", "--home"]).arg(world.state_dir()).to_command();
    let set: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for name in set.iter().filter(|name| bare(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let out = command.output().unwrap();
    let done: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let taken = done["search_taken_bytes"].as_u64().unwrap();
    assert!(taken > 0, "what is new can be searched for");
    let expected = json!({
        "skipped": false, "events": 1, "torn": 0, "unread": 0, "files": 1,
        "search_taken_bytes": taken, "search_behind_bytes": 0, "noted": 0, "canaries": 0,
    });
    assert_eq!(done, expected);
}

#[test]
fn one_runs_at_a_time() {
    let world = world();
    world.run(["tick"]).success();
    let lock = std::fs::File::open(world.state_dir().join("tick.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(json(&world, &["tick", "--json"])["skipped"], json!(true));
    let again = world.state_dir().join("tick.again");
    assert!(again.exists(), "whoever runs does it once more");
    drop(lock);
    assert_eq!(json(&world, &["tick", "--json"])["skipped"], json!(false));
    assert!(!again.exists());
}

#[test]
fn what_is_torn_costs_itself_alone() {
    let world = world();
    let input = || json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"});
    call(&world, A, "PostToolUse", input());
    let day = std::fs::read_dir(world.state_dir().join("journal")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&day).unwrap();
    // A writer that was killed, or ran out of room, left half a record; then others went on.
    std::fs::write(&day, [&whole[..], &whole[..whole.len() / 2]].concat()).unwrap();
    call(&world, A, "PostToolUse", input());
    std::fs::OpenOptions::new()
        .append(true)
        .open(&day)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &whole[..9]))
        .unwrap();
    let done = json(&world, &["tick", "--json"]);
    assert_eq!((&done["events"], &done["torn"]), (&json!(2), &json!(1)));
    call(&world, B, "PostToolUse", input());
    let done = json(&world, &["tick", "--json"]);
    assert_eq!(
        (&done["events"], &done["torn"]),
        (&json!(1), &json!(1)),
        "the half at the end is told once it is sure"
    );
}

#[test]
fn old_days_of_the_journal_go_once_they_are_taken_in() {
    let mut world = world();
    call(&world, A, "PostToolUse", json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"}));
    let days = |world: &World| std::fs::read_dir(world.state_dir().join("journal")).unwrap().count();
    world.set_now("2036-01-01T00:00:00Z");
    // What a killed writer left at the end keeps no day for good, nor does an old reading.
    let day = std::fs::read_dir(world.state_dir().join("journal")).unwrap().next().unwrap().unwrap().path();
    let mut file = std::fs::OpenOptions::new().append(true).open(day).unwrap();
    std::io::Write::write_all(&mut file, b"\x1e0123").unwrap();
    world.cmd().arg("statusline").stdin(json!({"session_id": A}).to_string()).run().success();
    world.run(["tick"]).success();
    assert_eq!(days(&world), 0);
    assert_eq!(std::fs::read_dir(world.state_dir().join("statusline")).unwrap().count(), 0);
    assert_eq!(stored(&world), 0, "older than [retention] events_days");
}

/// A journal is only ever added to; whatever else happens to one, each event is there once and nothing hangs.
#[test]
fn a_journal_that_is_not_what_it_was_loses_and_doubles_nothing() {
    let world = world();
    let bash = |id: &str| json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": id});
    let day =
        || std::fs::read_dir(world.state_dir().join("journal")).unwrap().next().unwrap().unwrap().path();
    let took = || json(&world, &["tick", "--json"])["events"].as_u64().unwrap();
    for id in ["a1", "a2", "a3"] {
        call(&world, A, "PostToolUse", bash(id));
    }
    took();
    // Made anew, shorter, perhaps with the inode of the old one.
    std::fs::remove_file(day()).unwrap();
    call(&world, A, "PostToolUse", bash("b1"));
    took();
    assert_eq!(stored(&world), 4);
    // Emptied, and grown beyond where it was before anybody looked.
    std::fs::write(day(), "").unwrap();
    for id in ["c1", "c2", "c3", "c4"] {
        call(&world, A, "PostToolUse", bash(id));
    }
    took();
    assert_eq!(stored(&world), 8);
    // It has lost its end, as in a power cut, and goes on.
    let whole = std::fs::read(day()).unwrap();
    let cut = whole.iter().rposition(|byte| *byte == 0x1e).unwrap();
    std::fs::write(day(), &whole[..cut]).unwrap();
    took();
    call(&world, A, "PostToolUse", bash("d1"));
    took();
    assert_eq!(stored(&world), 9);
    assert_eq!(took(), 0);
}

/// A day that cannot be read keeps no other from being taken in, nor transcripts and the snapshot from being renewed.
#[test]
fn a_day_that_cannot_be_read_stops_nothing_else() {
    let world = world();
    let journal = world.state_dir().join("journal");
    std::fs::create_dir_all(&journal).unwrap();
    std::fs::create_dir(journal.join("2020-01-01.log")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", journal.join("2020-01-02.log")).unwrap();
    call(&world, A, "PostToolUse", json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"}));
    let out = world.run(["tick", "--json"]).fails_with(3);
    let expected = json!({
        "skipped": false, "events": 1, "torn": 0, "unread": 2, "files": 0,
        "search_taken_bytes": 0, "search_behind_bytes": 0, "noted": 0, "canaries": 0,
    });
    assert_eq!(out.json(), expected);
    assert!(out.stderr.contains("2020-01-01.log is no file of ours"), "{}", out.stderr);
    assert!(world.state_dir().join("gate.snap").exists());
    let checks = world.run(["doctor", "--json"]).fails_with(1).json();
    let checks = checks["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["name"] == "journal" && check["verdict"] == "failed");
    assert_eq!(failed.count(), 2);
}

/// Nothing that stands where a day should be makes a hook wait, or write elsewhere.
#[test]
fn a_hook_writes_to_a_file_or_not_at_all() {
    let world = world();
    call(&world, A, "PreToolUse", json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"}));
    let day = std::fs::read_dir(world.state_dir().join("journal")).unwrap().next().unwrap().unwrap().path();
    let failed = |what: &str| {
        let checks = world.run(["doctor", "--json"]).json();
        let found = checks["checks"].as_array().unwrap().iter().any(|check| {
            check["name"] == "journal"
                && check["verdict"] == "failed"
                && check["message"].to_string().contains(what)
        });
        assert!(found, "{what}: {checks}");
    };
    let hook = || {
        let event = json!({"session_id": A, "hook_event_name": "Stop"}).to_string();
        let out = world.cmd().args(["hook", "--home"]).arg(world.state_dir()).stdin(event).run();
        assert!(out.stderr.contains("was not recorded"), "{}", out.stderr);
    };
    std::fs::remove_file(&day).unwrap();
    assert!(world.claudectl(Path::new("mkfifo")).arg(&day).run().code == 0);
    hook();
    failed("is no file of ours");
    std::fs::remove_file(&day).unwrap();
    let elsewhere = world.write("elsewhere", "");
    std::os::unix::fs::symlink(&elsewhere, &day).unwrap();
    hook();
    failed("is no file of ours");
    assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");
}

/// Whatever a program does to files.
pub(crate) const WRITES: [&str; 9] =
    ["write", "pwrite64", "fsync", "fdatasync", "rename", "ftruncate", "unlink", "mkdir", "openat"];

/// strace, if this machine lets one process look at another.
#[track_caller]
pub(crate) fn tracer() -> Option<PathBuf> {
    let strace = program_for_tests("strace")?;
    let works = world().claudectl(&strace).args(["-qq", "-o", "/dev/null", "true"]).run().code == 0;
    if !works {
        skip_test("strace may not look at processes here");
    }
    works.then_some(strace)
}

/// Runs a command, killing it when it is about to make its `n`th call of a kind. False when it did not come
/// to that.
pub(crate) fn killed_at(
    strace: &Path,
    world: &World,
    arguments: &[&str],
    stdin: &str,
    call: &str,
    n: usize,
) -> bool {
    let inject = format!("inject={call}:signal=KILL:when={n}");
    let mut cmd =
        world.claudectl(strace).args(["-f", "-qq", "-o", "/dev/null", "-e"]).arg(format!("trace={call}"));
    cmd = cmd.arg("-e").arg(inject).arg(BIN).args(arguments).stdin(stdin);
    let out = cmd.run();
    assert!(out.code == 0 || out.code == 137, "{}", out.snapshot());
    out.code == 137
}

/// Complete records in the journal.
fn records(world: &World) -> u64 {
    let days = std::fs::read_dir(world.state_dir().join("journal")).into_iter().flatten();
    let text = |day: std::io::Result<std::fs::DirEntry>| std::fs::read(day.unwrap().path()).unwrap();
    days.map(|day| text(day).iter().filter(|byte| **byte == b'\n').count() as u64).sum()
}

#[test]
fn a_hook_that_is_killed_anywhere_has_recorded_its_event_once_or_not_at_all() {
    let Some(strace) = tracer() else { return };
    let world = world();
    let home = world.state_dir();
    let arguments = ["hook", "--home", home.to_str().unwrap(), "--config", "/c.toml"];
    let input =
        event(&world, A, "PreToolUse", json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t"}))
            .to_string();
    let mut kinds = BTreeSet::new();
    for call in WRITES {
        for n in 1.. {
            let before = records(&world);
            let killed = killed_at(&strace, &world, &arguments, &input, call, n);
            let after = records(&world);
            assert!(after - before <= 1, "{call} {n}");
            assert!(killed || after - before == 1, "{call} {n}: it went well, and is not there");
            if !killed {
                break;
            }
            kinds.insert(call);
        }
    }
    assert!(kinds.contains("write") && kinds.contains("openat"), "{kinds:?}");
    // A record that is there is taken in, once; one that is not was never promised.
    hook(&world, &event(&world, A, "PreToolUse", json!({}))).run().success();
    world.run(["tick"]).success();
    assert_eq!(stored(&world), records(&world));
}

#[test]
fn a_tick_that_is_killed_anywhere_loses_and_doubles_nothing() {
    let Some(strace) = tracer() else { return };
    let world = world();
    let bash = |id: usize| json!({"tool_name": "Bash", "tool_input": {}, "tool_use_id": format!("t{id}")});
    reply(&world, A, "claude-opus-5-5", Usage::new(1_000_000, 0));
    world.run(["tick"]).success();
    let (mut number, mut kills) = (0, 0);
    for syscall in WRITES {
        // Of the first calls each one, then wider apart: a pass makes hundreds that are alike.
        let mut n = 1;
        loop {
            number += 1;
            call(&world, A, "PreToolUse", bash(number));
            if !killed_at(&strace, &world, &["tick"], "", syscall, n) {
                break;
            }
            kills += 1;
            n += 1 + n / 8;
        }
        world.run(["tick"]).success();
        assert_eq!(stored(&world), number as u64, "after {syscall}");
        assert_eq!(records(&world), number as u64);
    }
    assert!(kills > 20, "only {kills} points");
    assert_total(&world, 4.0);
}

#[test]
fn progress_is_told_to_programs() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let told = world.run(["tick", "--progress"]).success().stdout;
    // However far it was meanwhile, it says when it is done.
    let done = told.lines().position(|line| line == "done").unwrap();
    let numbers = |line: &str| line.split(' ').all(|number| number.parse::<u64>().is_ok());
    assert!(told.lines().take(done).all(numbers), "{told}");
}
