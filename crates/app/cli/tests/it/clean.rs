//! `claudectl clean`: of the state, and of transcripts.

use std::path::Path;

use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::json;

use crate::{A, B, C, assert_total, assert_usd, ids, json, reply, user_config, world};

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

// ---------------------------------------------------------------- transcripts

/// All files were last changed then.
fn aged(world: &World, at: &str) {
    let at = at.parse::<jiff::Timestamp>().unwrap().as_millisecond().unsigned_abs();
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at);
    for path in crate::tree(&world.config_dir().join("projects")).keys().filter(|path| path.is_file()) {
        let times = std::fs::FileTimes::new().set_modified(at);
        std::fs::File::options().write(true).open(path).unwrap().set_times(times).unwrap();
    }
}

/// A session of January with a subagent and a tool result, which is old by all accounts, and one of today.
pub(crate) fn put_away() -> World {
    let world = world();
    let mut old = Transcript::new(A, world.work_dir());
    old.at("2026-01-05T10:00:00Z").prompt("go").assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    old.subagent("a1").prompt("p").assistant(|m| m.text("ok").usage(Usage::new(50_000, 0)));
    let path = old.custom_title("Winter").write(&world.config_dir());
    let folder = path.with_extension("");
    std::fs::create_dir_all(folder.join("tool-results")).unwrap();
    std::fs::write(folder.join("tool-results/toolu_1.txt"), "long output").unwrap();
    std::fs::write(folder.join("mine.txt"), "a person's own").unwrap();
    reply(&world, B, "claude-opus-5-5", Usage::new(50_000, 0));
    aged(&world, "2026-01-05T10:00:01Z");
    world
}

fn older(world: &World, more: &[&str]) -> serde_json::Value {
    json(world, &[&["clean", "--older-than", "30d", "--json"], more].concat())
}

/// Its outcome and why, of the one session that is old enough.
#[track_caller]
fn outcome(plan: &serde_json::Value) -> (&str, &str) {
    let sessions = plan["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{plan:#}");
    (sessions[0]["outcome"].as_str().unwrap(), sessions[0]["why"].as_str().unwrap_or_default())
}

#[test]
fn without_apply_it_only_says_what_it_would_do() {
    let world = put_away();
    world.run(["spend"]).success();
    let before = (crate::tree(&world.config_dir()), crate::tree(&world.state_dir()).len());
    let plan = older(&world, &["--project", "work", "--finished"]);
    assert_eq!(outcome(&plan), ("would-go", ""));
    assert_eq!((&plan["dry_run"], &plan["files"], &plan["others"]), (&json!(true), &json!(4), &json!(1)));
    assert_eq!(plan["command"], "claudectl clean --older-than 30d --project work --finished --apply");
    let text = world.run(["clean", "--older-than", "30d", "--archive", "a b"]).success().stdout;
    assert!(text.contains("aaaaaaaa Winter") && text.contains("Would put away 1 session, 4 files"), "{text}");
    assert!(text.contains("To do it: claudectl clean --older-than 30d --archive 'a b' --apply"), "{text}");
    assert!(text.contains("1 file beside them are not Claude Code's"), "{text}");
    assert_eq!((crate::tree(&world.config_dir()), crate::tree(&world.state_dir()).len()), before);
    assert!(!world.state_dir().join("archive").exists());
}

#[test]
fn a_session_goes_as_a_whole_and_its_sums_stay() {
    let world = put_away();
    let figures = |world: &World| {
        let spend = json(world, &["spend", "--by", "session", "--json"]);
        let rows = (spend["rows"].clone(), spend["total"].clone());
        (
            rows,
            json(world, &["history", "--json"]),
            json(world, &["spend", "--by", "agent", "--json"])["rows"].clone(),
        )
    };
    let (before, there) = (figures(&world), crate::tree(&world.config_dir()));
    let done = older(&world, &["--apply"]);
    assert_eq!(outcome(&done), ("archived", ""));
    let packed = done["sessions"][0]["archive"].as_str().unwrap();
    let on_disk = world.state_dir().join(packed.strip_prefix("$STATE/").unwrap());
    assert_eq!(done["packed_bytes"].as_u64().unwrap(), std::fs::metadata(on_disk).unwrap().len());
    let left: Vec<_> = crate::tree(&world.config_dir().join("projects")).into_keys().collect();
    assert!(left.len() == 2 && left.iter().any(|path| path.ends_with("mine.txt")), "{left:?}");
    assert_eq!(figures(&world), before, "what was spent stays known");
    let shown = json(&world, &["show", A, "--json"]);
    assert_eq!(
        (&shown["prompts"], &shown["transcript"]),
        (&json!(1), &serde_json::Value::Null),
        "and what it did"
    );
    world.run(["clean", "--restore", "aaaaaaaa"]).success();
    assert_eq!(crate::tree(&world.config_dir()), there, "byte for byte");
    assert_eq!(figures(&world), before);
    let again = world.run(["clean", "--restore", A]).success().stdout;
    assert!(again.starts_with("aaaaaaaa is there already"), "{again}");
    // Old as it is again, it goes again, into the archive that holds it.
    let again = older(&world, &["--apply"]);
    assert_eq!(again["sessions"][0]["archive"], packed);
    assert_eq!(std::fs::read_dir(world.state_dir().join("archive")).unwrap().count(), 1);
    assert_eq!(older(&world, &[])["sessions"], json!([]));
}

#[test]
fn nonsense_ages_are_refused_and_nothing_is_guessed() {
    let world = put_away();
    let before = crate::tree(&world.config_dir());
    for age in [
        "0",
        "0d",
        "-1d",
        "1x",
        "1m",
        "30m",
        "9s",
        "7 d",
        "d",
        "",
        "90days",
        "99999999999d",
        "1.5h",
        "１d",
        "∞",
    ] {
        let out = world.run(["clean", &format!("--older-than={age}"), "--apply"]).fails_with(2);
        assert!(out.stderr.contains("30d"), "{age}: {}", out.stderr);
    }
    for args in [
        &["--apply"][..],
        &["--finished"],
        &["--project", "x"],
        &["--no-archive", "--apply"],
        &["--older-than", "1d", "--state"],
        &["--older-than", "1d", "--apply", "--dry-run"],
        &["--older-than", "1d", "--no-archive", "--archive", "x"],
    ] {
        world.run([&["clean"], args].concat()).fails_with(2);
    }
    assert_eq!(crate::tree(&world.config_dir()), before);
}

#[test]
fn what_runs_or_may_run_is_left() {
    let world = put_away();
    let left = |why: &str| {
        let plan = older(&world, &["--apply"]);
        let (outcome, told) = outcome(&plan);
        assert!(outcome == "stays" && told.contains(why), "{plan:#}");
    };
    let row = |row: &str, text: &str| world.write(format!("home/.claude/sessions/{row}.json"), text);
    let process = LiveProcess::start(&world.work_dir());
    let file = RegistryRow::new(process.pid(), A, world.work_dir()).write(&world.config_dir());
    left("runs it");
    // Whatever cannot be read may be anything.
    std::fs::write(&file, "{\"pid\":").unwrap();
    left("may run");
    std::fs::remove_file(&file).unwrap();
    // Another container's process cannot be looked at.
    RegistryRow::new(1, A, world.work_dir()).pid_domain("linux:other:pid:[1]").write(&world.config_dir());
    left("runs it");
    std::fs::remove_file(row("1", "{}")).unwrap();
    world.write(
        "home/.claude/jobs/aaaaaaaa/state.json",
        format!("{{\"state\":\"working\",\"sessionId\":\"{A}\"}}"),
    );
    left("a background session");
    world.write("home/.claude/jobs/aaaaaaaa/state.json", "{");
    left("a background session");
    std::fs::remove_dir_all(world.config_dir().join("jobs")).unwrap();
    // One that crashed long ago is in nobody's way.
    RegistryRow::new(process.pid(), A, world.work_dir()).proc_start(1).write(&world.config_dir());
    assert_eq!(outcome(&older(&world, &["--apply"])), ("archived", ""));
}

#[test]
fn what_moved_lately_is_left_whatever_the_age() {
    let world = put_away();
    // A hook of it was called now; the clock of hooks is the real one, later than the world's.
    crate::hook::call(&world, A, "UserPromptSubmit", json!({"prompt": "x"}));
    assert_eq!(older(&world, &[])["sessions"], json!([]));
    let world = put_away();
    aged(&world, "2026-11-24T11:00:00Z");
    assert_eq!(
        json(&world, &["clean", "--older-than", "1h", "--json"])["sessions"],
        json!([]),
        "within an hour"
    );
    aged(&world, "2026-11-24T10:59:59Z");
    let plan = json(&world, &["clean", "--older-than", "1h", "--json"]);
    assert_eq!(plan["sessions"].as_array().unwrap().len(), 1, "the other's rows are of this hour");
}

#[test]
fn the_oldest_come_first() {
    let world = world();
    for (sid, day) in [(A, 20), (B, 10), (C, 15)] {
        let mut session = Transcript::new(sid, world.work_dir());
        session.at(&format!("2026-01-{day}T10:00:00Z")).prompt("go").assistant(|m| m.text("ok"));
        session.write(&world.config_dir());
    }
    aged(&world, "2026-01-09T10:00:00Z");
    let plan = older(&world, &[]);
    let order: Vec<_> = plan["sessions"].as_array().unwrap().iter().map(|s| s["id"].clone()).collect();
    assert_eq!(order, [B, C, A]);
}

#[test]
fn one_that_stopped_in_the_middle_is_no_finished_one() {
    let world = put_away();
    let mut open = Transcript::new(A, world.work_dir());
    open.at("2026-01-05T10:00:00Z")
        .prompt("go")
        .assistant(|m| m.tool_use("Bash", json!({"command": "make"})).usage(Usage::new(1, 1)));
    open.write(&world.config_dir());
    aged(&world, "2026-01-05T10:00:01Z");
    assert_eq!(outcome(&older(&world, &["--finished"])), ("stays", "stopped in the middle of a turn"));
    assert_eq!(outcome(&older(&world, &[])).0, "would-go");
}

#[test]
fn only_conversations_in_plain_files_go() {
    let world = put_away();
    let project =
        std::fs::read_dir(world.config_dir().join("projects")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(project.join("notes.jsonl"), "{\"a\":1}\n").unwrap();
    std::fs::write(project.join("cccccccc-0000-4000-8000-00000000000c.jsonl"), "{\"a\":1}\n").unwrap();
    let outside = world.write("outside/agent-x.jsonl", "{}");
    std::os::unix::fs::symlink(&outside, project.join(A).join("subagents/agent-x.jsonl")).unwrap();
    aged(&world, "2026-01-05T10:00:01Z");
    let plan = older(&world, &["--apply"]);
    let told: Vec<_> =
        plan["sessions"].as_array().unwrap().iter().map(|s| s["why"].as_str().unwrap()).collect();
    assert!(
        told.len() == 2
            && told[0].ends_with("agent-x.jsonl is no plain file")
            && told[1] == "no conversation",
        "{told:?}"
    );
    assert!(outside.exists() && project.join("notes.jsonl").exists());
}

#[test]
fn without_a_copy_only_when_told_so() {
    let world = put_away();
    let text = world.run(["clean", "--older-than", "30d", "--no-archive"]).success().stdout;
    assert!(
        text.contains("Would remove 1 session, 4 files, ") && text.contains("--no-archive --apply"),
        "{text}"
    );
    let before = json(&world, &["spend", "--json"])["total"].clone();
    let done = older(&world, &["--no-archive", "--apply"]);
    assert_eq!((outcome(&done), &done["archive"]), (("removed", ""), &serde_json::Value::Null));
    assert!(!world.state_dir().join("archive").exists());
    assert_eq!(json(&world, &["spend", "--json"])["total"], before);
}

#[test]
fn a_run_that_was_killed_is_taken_up() {
    let world = put_away();
    let there = crate::tree(&world.config_dir());
    older(&world, &["--apply"]);
    // As if it had been killed while it removed: the subagent's is still there, and a copy half made.
    let (path, content) = there.iter().find(|(path, _)| path.ends_with("agent-a1.jsonl")).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
    aged(&world, "2026-01-05T10:00:01Z");
    let half = world.write("state/archive/.partial-x-1", "half");
    let plan = older(&world, &["--apply"]);
    assert_eq!((outcome(&plan).0, &plan["files"]), ("archived", &json!(1)));
    assert!(!path.exists() && !half.exists());
    assert_eq!(std::fs::read_dir(world.state_dir().join("archive")).unwrap().count(), 1);
    world.run(["clean", "--restore", A]).success();
    assert_eq!(crate::tree(&world.config_dir()), there, "nothing is lost");
}

#[test]
fn a_full_disk_removes_nothing() {
    let world = put_away();
    // Nothing to press out of it, and more than may be written.
    let mut state = 1u64;
    let noise: Vec<u8> = (0..2_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .collect();
    let path =
        crate::tree(&world.config_dir()).into_keys().find(|path| path.ends_with("toolu_1.txt")).unwrap();
    std::fs::write(path, noise).unwrap();
    aged(&world, "2026-01-05T10:00:01Z");
    world.run(["show", A]).success();
    let before = crate::tree(&world.config_dir());
    let script =
        format!("trap '' XFSZ; ulimit -f 1000; exec '{}' clean --older-than 30d --apply --json", crate::BIN);
    let out = world.claudectl(Path::new("/bin/bash")).args(["-c", &script]).run().fails_with(3);
    assert!(out.stderr.contains("fix: make room"), "{}", out.snapshot());
    assert_eq!(outcome(&out.json()).0, "left");
    assert_eq!(crate::tree(&world.config_dir()), before);
    assert_eq!(
        std::fs::read_dir(world.state_dir().join("archive")).unwrap().count(),
        0,
        "nothing is left of it"
    );
}

#[test]
fn without_a_state_nothing_goes() {
    let world = put_away();
    let before = crate::tree(&world.config_dir());
    let out = world
        .cmd()
        .env("CLAUDECTL_HOME", "/proc/claudectl")
        .args(["clean", "--older-than", "30d", "--apply"])
        .run();
    let out = out.fails_with(3);
    assert!(out.stderr.contains("nothing is put away"), "{}", out.stderr);
    assert_eq!(crate::tree(&world.config_dir()), before);
}

#[test]
fn one_clean_at_a_time() {
    let world = put_away();
    std::fs::create_dir_all(world.state_dir().join("archive")).unwrap();
    let held = std::fs::File::open(world.state_dir().join("archive")).unwrap();
    held.lock().unwrap();
    let out = world.run(["clean", "--older-than", "30d", "--apply"]).fails_with(3);
    assert!(out.stderr.contains("another `claudectl clean` runs"), "{}", out.stderr);
    assert!(
        out.stdout.contains("Nothing was put away.") && out.stdout.contains("left: not tried"),
        "{}",
        out.stdout
    );
    drop(held);
    world.run(["clean", "--older-than", "30d", "--apply"]).success();
}

#[test]
fn what_cannot_be_brought_back_says_why() {
    let world = put_away();
    let none = world.run(["clean", "--restore", A]).fails_with(1);
    assert!(
        none.stderr.contains("no archive is of a session") && none.stderr.contains("--archived"),
        "{}",
        none.stderr
    );
    assert!(
        world.run(["clean", "--archived"]).success().stdout.starts_with("No archives in $STATE/archive.")
    );
    older(&world, &["--apply"]);
    let listed = world.run(["clean", "--archived"]).success().stdout;
    assert!(listed.contains("aaaaaaaa Winter"), "{listed}");
    let elsewhere = world
        .cmd()
        .env("CLAUDE_CONFIG_DIR", world.root().join("other"))
        .args(["clean", "--restore", A])
        .run();
    assert!(elsewhere.fails_with(3).stderr.contains("CLAUDE_CONFIG_DIR"));
    let own = world
        .config_dir()
        .join("projects")
        .join(claudectl_testkit::builders::project_slug(&world.work_dir().display().to_string()));
    let own = own.join(format!("{A}.jsonl"));
    std::fs::write(&own, "another").unwrap();
    let way = world.run(["clean", "--restore", A]).fails_with(3);
    assert!(
        way.stderr.contains("is there, and is another file") && way.stderr.contains("nothing was changed"),
        "{}",
        way.stderr
    );
    std::fs::remove_file(&own).unwrap();
    // Damaged on the disk.
    let archive = crate::tree(&world.state_dir().join("archive")).into_keys().next().unwrap();
    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, &bytes[..bytes.len() - 20]).unwrap();
    let damaged = world.run(["clean", "--restore", A]).fails_with(1);
    assert!(damaged.stderr.contains("does not hold what it should"), "{}", damaged.stderr);
    assert!(!own.exists());
    std::fs::write(&archive, bytes).unwrap();
    let soon = world.run(["clean", "--restore", A]).success();
    assert!(soon.stderr.contains("deletes transcripts after 30 days"), "{}", soon.stderr);
}
