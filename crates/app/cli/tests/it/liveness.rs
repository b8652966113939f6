//! What is told where the guard before a session's calls does not stand, does not work, or was passed by; and what is not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use claudectl_fleet::session::rfc3339;
use claudectl_testkit::{Claude, LiveProcess, Mock, RegistryRow, Transcript, World, now_ms, wait_for};
use serde_json::{Value, json};

use crate::doctor::check;
use crate::hook::{call, event, hook};
use crate::streams::Stream;
use crate::{A, B, user_config, world};

const LONG: Duration = Duration::from_secs(60);
/// Long after the settings of the test are written.
const START: &str = "2036-06-01T12:00:00Z";

/// A client of session `A` in the working folder.
fn client(world: &World) -> LiveProcess {
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).started(START).write(&world.config_dir());
    process
}

fn init(world: &World, more: &[&str]) {
    world.cmd().args(["init", "--host-version", "2.1.330"]).args(more).run().success();
}

/// The session, so many seconds after its start.
fn after(world: &mut World, seconds: u32) -> Value {
    world.set_now(format!("2036-06-01T12:00:{seconds:02}Z"));
    session(world)
}

fn session(world: &World) -> Value {
    let sessions = world.run(["ls", "--json", "--all"]).success().json();
    let found = sessions.as_array().unwrap().iter().find(|session| session["id"] == A);
    found.unwrap_or_else(|| panic!("{sessions:#}")).clone()
}

fn alarms(session: &Value) -> Vec<(String, String, bool)> {
    let all = session["gate"]["alarms"].as_array().unwrap().iter();
    let text = |alarm: &Value, key: &str| alarm[key].as_str().unwrap_or_default().to_owned();
    all.map(|alarm| (text(alarm, "kind"), text(alarm, "message"), alarm["guess"] == true)).collect()
}

fn absent(message: &str, guess: bool) -> Vec<(String, String, bool)> {
    vec![("absent".to_owned(), format!("the gate is absent: {message}"), guess)]
}

#[test]
fn what_keeps_hooks_away_is_named_within_two_seconds() {
    let mut world = world();
    init(&world, &[]);
    let _client = client(&world);
    let settings = world.write("work/.claude/settings.json", r#"{"disableAllHooks": true}"#);
    assert_eq!(alarms(&after(&mut world, 1)), []);
    let session = after(&mut world, 2);
    let why = "project settings set disableAllHooks ($WORK/.claude/settings.json)";
    assert_eq!(alarms(&session), absent(why, false));
    assert_eq!((&session["gate"]["installed"], &session["gate"]["cause"]), (&json!(false), &json!(why)));
    insta::assert_snapshot!("liveness_ls", world.run(["ls"]).success().stdout);
    let shown = world.run(["show", A]).success().stdout;
    assert!(shown.contains(&format!("GATE ALARM  the gate is absent: {why}")), "{shown}");
    let report: Value = world.run(["doctor", "--json"]).fails_with(1).json();
    let gate = check(&report, "gate");
    assert_eq!(
        (&gate["verdict"], &gate["data"]["alarms"][0]["session"]),
        (&json!("failed"), &json!(A)),
        "{gate:#}"
    );
    fs::remove_file(settings).unwrap();
    assert_eq!(alarms(&after(&mut world, 9)), []);
}

#[test]
fn hooks_that_never_come_are_missed_and_the_cause_is_a_guess() {
    let mut world = world();
    init(&world, &[]);
    let _client = client(&world);
    assert_eq!(alarms(&after(&mut world, 9)), []);
    assert_eq!(alarms(&after(&mut world, 10)), absent("hooks did not run, and nothing says why", true));
}

#[test]
fn a_program_that_is_gone_and_an_entry_that_is_gone() {
    let mut world = world();
    let program = world.write("bin/claudectl", "#!/bin/sh\n");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    init(&world, &["--binary", program.to_str().unwrap()]);
    let _client = client(&world);
    fs::remove_file(&program).unwrap();
    let gone = "user settings call $ROOT/bin/claudectl, which is not there (~/.claude/settings.json)";
    let told = alarms(&after(&mut world, 2));
    assert_eq!(told, absent(&gone.replace('~', "$HOME"), false));
    fs::write(world.config_dir().join("settings.json"), "{}").unwrap();
    assert_eq!(alarms(&after(&mut world, 2)), absent("not installed", false), "somebody took them out");
}

/// A folder may be called as somebody likes: what is to be done does not follow from its name.
#[test]
fn the_way_out_is_that_of_the_cause_whatever_files_are_called() {
    let mut world = world();
    let program = world.write("it was started with --bare/disableAllHooks/claudectl", "#!/bin/sh\n");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    init(&world, &["--binary", program.to_str().unwrap()]);
    let _client = client(&world);
    fs::remove_file(&program).unwrap();
    let way = |world: &mut World, cause: &str| {
        let session = after(world, 2);
        assert_eq!(session["gate"]["alarms"][0]["cause"], cause, "{session:#}");
        let report = world.run(["doctor", "--json"]).fails_with(1).json();
        check(&report, "gate")["fix"].as_str().unwrap().to_owned()
    };
    let fix = way(&mut world, "broken");
    assert!(fix.starts_with("run `claudectl init`; "), "{fix}");
    init(&world, &[]);
    let settings = world.write("work/.claude/settings.json", r#"{"disableAllHooks": true}"#);
    let fix = way(&mut world, "switched-off");
    assert!(fix.starts_with("take it out of the file"), "{fix}");
    fs::remove_file(settings).unwrap();
    fs::write(world.config_dir().join("settings.json"), "{").unwrap();
    let fix = way(&mut world, "unusable");
    assert!(fix.starts_with("correct the file"), "{fix}");
}

#[test]
fn where_nobody_believes_in_a_guard_nothing_is_said() {
    let mut world = world();
    let _client = client(&world);
    assert_eq!(alarms(&after(&mut world, 30)), [], "never installed");
    init(&world, &[]);
    world.run(["uninstall"]).success();
    assert_eq!(alarms(&after(&mut world, 30)), [], "taken out");
    let _other = {
        let process = LiveProcess::start(&world.work_dir());
        RegistryRow::new(process.pid(), A, world.work_dir())
            .started("2020-01-01T00:00:00Z")
            .write(&world.config_dir());
        process
    };
    init(&world, &[]);
    drop(_client);
    assert_eq!(alarms(&after(&mut world, 30)), [], "it began before they were there");
}

fn bash(command: &str, id: &str) -> Value {
    json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id})
}

/// By the real clock, as hooks go by.
fn now(world: &World) -> Value {
    let sessions =
        world.cmd().args(["ls", "--json", "--all"]).env("CLAUDECTL_NOW", "").run().success().json();
    let found = sessions.as_array().unwrap().iter().find(|session| session["id"] == A);
    found.unwrap_or_else(|| panic!("{sessions:#}")).clone()
}

#[test]
fn a_gate_that_fails_is_told_until_it_judges_again() {
    let world = world();
    init(&world, &[]);
    let _client = client(&world);
    // Nothing was put together yet, so it cannot judge.
    fs::remove_file(world.state_dir().join("gate.snap")).ok();
    let asked = hook(&world, &event(&world, A, "PreToolUse", bash("ls", "t1"))).run();
    assert!(asked.stdout.contains("were not put together yet"), "{asked:?}");
    let told = alarms(&now(&world));
    assert_eq!((told[0].0.as_str(), told.len()), ("error", 1), "{told:?}");
    assert!(told[0].1.starts_with("the gate failed: rules and settings were not put together"), "{told:?}");
    let report = world.cmd().args(["doctor", "--json"]).env("CLAUDECTL_NOW", "").run().fails_with(1).json();
    let checked = check(&report, "gate");
    assert_eq!(
        (&checked["verdict"], &checked["data"]["alarms"][0]["alarm"]["cause"]),
        (&json!("failed"), &json!("nothing-to-go-by"))
    );
    assert!(checked["fix"].as_str().unwrap().starts_with("run `claudectl tick`"), "{checked:#}");
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", "").run().success();
    let cut = hook(&world, &Value::Null).stdin(r#"{"hook_event_name": "PreToolUse", "tool_name": "Ba"#);
    cut.env("CLAUDECTL_NOW", "").run().success();
    let report = world.cmd().args(["doctor", "--json"]).env("CLAUDECTL_NOW", "").run().fails_with(1).json();
    let checked = check(&report, "gate");
    assert_eq!(checked["data"]["alarms"][0]["alarm"]["cause"], "input", "{checked:#}");
    assert!(checked["fix"].as_str().unwrap().starts_with("something else calls"), "{checked:#}");
    // In whichever session it judges again.
    call(&world, B, "PreToolUse", bash("ls", "t2"));
    assert_eq!(alarms(&now(&world)), []);
}

#[test]
fn what_passes_the_gate_by_is_told_with_its_call() {
    let world = world();
    init(&world, &[]);
    let _client = client(&world);
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", "").run().success();
    call(&world, A, "PreToolUse", bash("ls", "t0"));
    call(&world, A, "PermissionDenied", bash("ls; rm x", "t0"));
    assert_eq!(alarms(&now(&world)), [], "what the client refused did not run");
    call(&world, A, "PreToolUse", bash("ls", "t1"));
    call(&world, A, "PostToolUse", bash("ls; rm x", "t1"));
    let session = now(&world);
    assert_eq!(session["gate"]["alarms"][0]["call"], "t1");
    assert_eq!(alarms(&session)[0].1, "another input ran than the one that was judged: Bash: ls");
    call(&world, A, "PreToolUse", bash("claudectl approve x", "t2"));
    call(&world, A, "PostToolUse", bash("claudectl approve x", "t2"));
    let told = alarms(&now(&world));
    let kinds: Vec<&str> = told.iter().map(|alarm| alarm.0.as_str()).collect();
    assert_eq!(kinds, ["passed", "changed"], "{told:?}");
    assert_eq!(told[0].1, "a call that was denied ran all the same: Bash: claudectl approve x");
}

/// A transcript of calls, the first a little after now by the real clock.
fn ran(world: &World, sid: &str, calls: &[&str]) {
    let mut transcript = Transcript::new(sid, world.work_dir());
    transcript.at(&rfc3339(now_ms() + 2_000).unwrap()).step(Duration::from_millis(1)).prompt("go");
    for call in calls {
        transcript.assistant(|m| m.tool_use_with_id(call, "Bash", json!({"command": "make"})));
        transcript.tool_result(call, "done", false);
    }
    transcript.assistant(|m| m.text("done")).write(&world.config_dir());
}

fn init_long_ago(world: &World) {
    let init = world.cmd().args(["init", "--host-version", "2.1.330"]);
    init.env("CLAUDECTL_NOW", "2020-01-01T00:00:00Z").run().success();
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", "").run().success();
}

fn gap(message: &str) -> Vec<(String, String, bool)> {
    vec![("gap".to_owned(), message.to_owned(), false)]
}

#[test]
fn a_call_counts_as_guarded_only_if_the_gate_was_asked_about_it() {
    let world = world();
    init_long_ago(&world);
    let process = LiveProcess::start(&world.work_dir());
    let started = rfc3339(now_ms() - 60_000).unwrap();
    RegistryRow::new(process.pid(), A, world.work_dir()).started(&started).write(&world.config_dir());
    call(&world, A, "SessionStart", json!({"source": "startup"}));
    call(&world, A, "PreToolUse", bash("make", "toolu_1"));
    for id in ["toolu_1", "toolu_2", "toolu_3"] {
        call(&world, A, "PostToolUse", bash("make", id));
    }
    ran(&world, A, &["toolu_1", "toolu_2", "toolu_3"]);
    let session = now(&world);
    assert_eq!(session["gate"]["gap"], json!({"calls": 3, "seen": 1}), "its end alone proves nothing");
    assert_eq!(alarms(&session), gap("the guard did not run for 2 of its latest 3 calls"));
    // It only watches, and is asked all the same.
    world.run(["gate", "mode", "observe"]).success();
    call(&world, A, "PreToolUse", bash("make", "toolu_2"));
    // Copied rows keep the ids of their calls.
    call(&world, B, "PreToolUse", bash("make", "toolu_3"));
    let session = now(&world);
    assert_eq!((alarms(&session), &session["gate"]["gap"]), (vec![], &json!({"calls": 3, "seen": 3})));
}

#[test]
fn an_entry_that_is_taken_out_or_narrowed_is_told_while_a_session_runs() {
    let mut world = world();
    init(&world, &[]);
    let _client = client(&world);
    let path = world.config_dir().join("settings.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    settings["hooks"]["PreToolUse"][0]["matcher"] = json!("Edit");
    fs::write(&path, settings.to_string()).unwrap();
    let words = "user settings do not call claudectl before each tool call (PreToolUse): ";
    let file = "($HOME/.claude/settings.json)";
    let told = alarms(&after(&mut world, 2));
    assert_eq!(told, absent(&format!("{words}its matcher is \"Edit\" {file}"), false));
    settings["hooks"].as_object_mut().unwrap().remove("PreToolUse");
    fs::write(&path, settings.to_string()).unwrap();
    assert_eq!(alarms(&after(&mut world, 2)), absent(&format!("{words}there is no entry {file}"), false));
}

#[test]
fn a_session_that_has_ended_is_looked_at_once() {
    let mut world = world();
    let program = world.write("bin/claudectl", "#!/bin/sh\n");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    world.set_now("2036-06-01T10:00:00Z");
    init(&world, &["--binary", program.to_str().unwrap()]);
    fs::remove_file(&program).unwrap();
    let run = |world: &World, at: &str| {
        let mut transcript = Transcript::new(A, world.work_dir());
        transcript.headless().at(at).prompt("go");
        for id in ["toolu_1", "toolu_2"] {
            transcript.assistant(|m| m.tool_use_with_id(id, "Bash", json!({"command": "ls"})));
            transcript.tool_result(id, "x", false);
        }
        transcript.assistant(|m| m.text("done")).write(&world.config_dir())
    };
    let before = run(&world, "2036-06-01T09:00:00Z");
    world.set_now("2036-06-01T12:00:00Z");
    assert_eq!(alarms(&session(&world)), [], "it ran before they were there");
    fs::remove_file(before).unwrap();
    run(&world, "2036-06-01T11:00:00Z");
    world.set_now("2036-06-01T12:01:00Z");
    world.run(["tick"]).success();
    let gone = "user settings call $ROOT/bin/claudectl, which is not there ($HOME/.claude/settings.json)";
    let told = gap(&format!("the guard did not run for 2 of its latest 2 calls: {gone}"));
    assert_eq!(alarms(&session(&world)), told);
    let shown = world.run(["show", A]).success().stdout;
    assert!(shown.contains("GATE ALARM  the guard did not run for 2 of its latest 2 calls"), "{shown}");
    let report: Value = world.run(["doctor", "--json"]).fails_with(1).json();
    let checked = check(&report, "gate");
    assert_eq!(checked["data"]["alarms"][0]["session"], A, "{checked:#}");
    assert_eq!(checked["fix"], "run `claudectl init`, which ends this alarm, too", "{checked:#}");
    // What was found stays, whatever stands in the settings now; only `init` says that the person knows.
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(alarms(&session(&world)), told);
    world.run(["init", "--host-version", "2.1.330"]).success();
    assert_eq!(alarms(&session(&world)), []);
}

#[test]
fn a_question_that_was_passed_over_is_told() {
    let world = world();
    init_long_ago(&world);
    let _client = client(&world);
    let config = r#""permissionDecision":{"decision":"accept","source":"config"}"#;
    call(&world, A, "PreToolUse", bash("unheard-of", "toolu_1"));
    call(&world, A, "PostToolUse", bash("unheard-of", "toolu_1"));
    let path = world.config_dir().join("projects/-w").join(format!("{A}.jsonl"));
    let row = |more: &str| {
        format!(
            "{{\"type\":\"user\",\"message\":{{\"content\":[{{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\"}}]}},{more}}}\n"
        )
    };
    world.write(&path, row(config));
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", "").run().success();
    let told = alarms(&now(&world));
    let words = "a call that you were to be asked about ran, and nobody was asked: Bash: unheard-of";
    assert_eq!(told, [("passed".to_owned(), words.to_owned(), false)]);
}

#[test]
fn an_alarm_of_a_session_that_has_ended_is_notified() {
    let world = world();
    init_long_ago(&world);
    user_config(&world, "[hooks.log]\nrun = [\"/bin/true\"]\nevents = [\"on_gate_alarm\"]\n");
    ran(&world, A, &["toolu_1"]);
    let later = rfc3339(now_ms() + 60_000).unwrap();
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", later).run().success();
    let up = world.cmd().env("CLAUDECTL_NOW", "").args(["up", "--json", "--heartbeat", "0s"]);
    let mut stream = Stream::start(&up);
    let json = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let told = stream.until(LONG, |line| json(line)["notice"]["event"] == "on_gate_alarm");
    let (_, line) = told.unwrap_or_else(|| panic!("it was not told: {:#?}", stream.seen));
    let notice = json(&line)["notice"].clone();
    assert_eq!(notice["session"]["id"], A, "{notice:#}");
    assert!(
        notice["text"].as_str().unwrap().contains("did not run for 1 of its latest 1 call"),
        "{notice:#}"
    );
}

/// A session of the real client that was started so; what is told of it.
fn started_with(arguments: &[&str], cause: &str) {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    init(&world, &[]);
    let session = claude.interactive(&world, &mock).args(["--session-id", A]).args(arguments);
    let Some(terminal) = session.start_for_tests() else { return };
    let listed = || {
        let run = world.cmd().args(["ls", "--json"]).env("CLAUDECTL_NOW", "").run().success();
        let found = run.json().as_array()?.iter().find(|session| session["id"] == A)?.clone();
        (!found["gate"]["alarms"].as_array()?.is_empty()).then_some(found)
    };
    let session = wait_for(LONG, listed).unwrap_or_else(|| panic!("no alarm:\n{}", terminal.screen()));
    assert_eq!(alarms(&session), absent(cause, false));
    let report = world.cmd().args(["doctor", "--json"]).env("CLAUDECTL_NOW", "").run().fails_with(1).json();
    let fix = check(&report, "gate")["fix"].as_str().unwrap().to_owned();
    assert!(fix.starts_with("end that session, and start it without the option"), "{fix}");
}

#[test]
fn a_client_that_was_started_without_hooks_is_told_with_the_option() {
    started_with(&["--safe-mode"], "it was started with --safe-mode");
    started_with(&["--bare"], "it was started with --bare");
    started_with(
        &["--settings", r#"{"disableAllHooks":true}"#],
        "it was started with --settings, which sets disableAllHooks",
    );
}

#[test]
fn a_client_with_hooks_raises_no_alarm() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    init(&world, &[]);
    let session =
        claude.interactive(&world, &mock).args(["--session-id", A, "--permission-mode", "acceptEdits"]);
    let Some(terminal) = session.start_for_tests() else { return };
    let heard = || {
        let run = world.cmd().args(["ls", "--json"]).env("CLAUDECTL_NOW", "").run().success();
        let found = run.json().as_array()?.iter().find(|session| session["id"] == A)?.clone();
        found["gate"]["last_seen"].is_string().then_some(found)
    };
    let session = wait_for(LONG, heard).unwrap_or_else(|| panic!("no hook:\n{}", terminal.screen()));
    // However long it says nothing more.
    let later = now_ms() + 60_000;
    let later = jiff::Timestamp::from_millisecond(later).unwrap().to_string();
    let later = world.cmd().args(["ls", "--json"]).env("CLAUDECTL_NOW", later).run().success().json();
    let later = later.as_array().unwrap().iter().find(|session| session["id"] == A).unwrap();
    assert_eq!((alarms(&session), alarms(later)), (vec![], vec![]));
}

#[test]
fn a_program_that_goes_while_somebody_looks_is_told_at_once() {
    let world = world();
    let program = world.write("bin/claudectl", "#!/bin/sh\n");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    init(&world, &["--binary", program.to_str().unwrap()]);
    user_config(&world, "[hooks.log]\nrun = [\"/bin/true\"]\nevents = [\"on_gate_alarm\"]\n");
    let started = rfc3339(now_ms()).unwrap();
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).started(&started).write(&world.config_dir());
    let up = world.cmd().env("CLAUDECTL_NOW", "").args(["up", "--json", "--heartbeat", "0s"]);
    let mut stream = Stream::start(&up);
    let json = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let listed = stream.until(LONG, |line| json(line)["session"]["id"] == A);
    assert!(listed.is_some(), "{:#?}", stream.seen);
    // Nothing but the program's folder tells of it.
    fs::remove_file(&program).unwrap();
    let told = stream.until(LONG, |line| json(line)["notice"]["event"] == "on_gate_alarm");
    let (_, line) = told.unwrap_or_else(|| panic!("it was not told: {:#?}", stream.seen));
    let text = json(&line)["notice"]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("bin/claudectl, which is not there"), "{line}");
}

/// Whoever looks, told of a session that was heard and does nothing.
fn looks(world: &World) -> (LiveProcess, Stream) {
    user_config(world, "[hooks.log]\nrun = [\"/bin/true\"]\nevents = [\"on_gate_alarm\"]\n");
    let process = LiveProcess::start(&world.work_dir());
    let started = rfc3339(now_ms() - 60_000).unwrap();
    RegistryRow::new(process.pid(), A, world.work_dir()).started(&started).write(&world.config_dir());
    hook(world, &event(world, A, "SessionStart", json!({}))).env("CLAUDECTL_NOW", "").run().success();
    let up = world.cmd().env("CLAUDECTL_NOW", "").args(["up", "--json", "--heartbeat", "0s"]);
    let mut stream = Stream::start(&up);
    seen(&mut stream, |found| found["session"]["id"] == A);
    (process, stream)
}

#[track_caller]
fn seen(stream: &mut Stream, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = stream.until(LONG, |line| wanted(&serde_json::from_str(line).unwrap()));
    let (_, line) = found.unwrap_or_else(|| panic!("it was not told: {:#?}", stream.seen));
    serde_json::from_str(&line).unwrap()
}

/// Nothing but the files tells of it: the session does nothing.
#[test]
fn settings_that_change_while_somebody_looks_are_told_at_once() {
    let world = world();
    init(&world, &[]);
    let (_client, mut stream) = looks(&world);
    let user = world.config_dir().join("settings.json");
    let ours = fs::read_to_string(&user).unwrap();
    let own: PathBuf = world.work_dir().join(".claude");
    let off = r#"{"disableAllHooks": true}"#;
    let elsewhere = world.write("dotfiles/settings.json", "{}");
    let told = |stream: &mut Stream, why: &str| {
        let notice = seen(stream, |found| found["notice"]["event"] == "on_gate_alarm");
        assert!(notice["notice"]["text"].as_str().unwrap().contains(why), "{notice:#}");
    };
    // The folder is made with the file.
    fs::create_dir(&own).unwrap();
    fs::write(own.join("settings.json"), off).unwrap();
    told(&mut stream, "project settings set disableAllHooks");
    fs::remove_dir_all(&own).unwrap();
    fs::create_dir(&own).unwrap();
    std::os::unix::fs::symlink(&elsewhere, own.join("settings.local.json")).unwrap();
    fs::write(&elsewhere, off).unwrap();
    told(&mut stream, "local settings set disableAllHooks");
    fs::write(&elsewhere, "{}").unwrap();
    fs::write(&user, ours.replacen('{', "{\"disableAllHooks\": true,", 1)).unwrap();
    told(&mut stream, "user settings set disableAllHooks");
    fs::write(&user, &ours).unwrap();
    fs::write(&user, ours.replacen("\"PreToolUse\"", "\"Gone\"", 1)).unwrap();
    told(&mut stream, "before each tool call (PreToolUse): there is no entry");
}

/// What the store keeps of each call: its end, and who decided.
fn outcomes(world: &World) -> Vec<(String, Option<String>, Option<String>)> {
    world.cmd().arg("tick").env("CLAUDECTL_NOW", "").run().success();
    let db = rusqlite::Connection::open(world.state_dir().join("state.db")).unwrap();
    let sql = "SELECT call, outcome, decided_by FROM gate_decision JOIN hook_event USING (seq) ORDER BY seq";
    let mut found = db.prepare(sql).unwrap();
    let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn who_answered_is_joined_from_the_transcript() {
    let world = world();
    init(&world, &[]);
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", "").run().success();
    for (id, agent) in [("t1", None), ("t2", None), ("t3", Some("a1")), ("t4", None)] {
        let mut before = bash("make", id);
        before["agent_id"] = json!(agent);
        call(&world, A, "PreToolUse", before);
    }
    call(&world, A, "PostToolUse", bash("make", "t1"));
    let row = |id: &str, more: &str| {
        format!(
            "{{\"type\":\"user\",\"message\":{{\"content\":[{{\"type\":\"tool_result\",\"tool_use_id\":\"{id}\"}}]}}{more}}}\n"
        )
    };
    let accepted = r#","permissionDecision":{"decision":"accept","source":"user_temporary"}"#;
    let no = r#","toolDenialKind":"user-rejected","permissionDecision":{"decision":"reject","source":"user_reject"}"#;
    world.write(format!("home/.claude/projects/-w/{A}.jsonl"), row("t1", accepted) + &row("t2", no));
    world.write(format!("home/.claude/projects/-w/{A}/subagents/agent-a1.jsonl"), row("t3", no));
    let text = |text: &str| Some(text.to_owned());
    let expected = vec![
        ("t1".to_owned(), text("ran"), text("user_temporary")),
        ("t2".to_owned(), text("rejected"), text("user_reject")),
        ("t3".to_owned(), text("rejected"), text("user_reject")),
        ("t4".to_owned(), None, None),
    ];
    assert_eq!(outcomes(&world), expected);
    assert_eq!(outcomes(&world), expected, "and once more");
}

#[test]
fn a_no_in_the_real_client_is_a_rejected_call() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    init(&world, &[]);
    let session = claude.interactive(&world, &mock).args(["--session-id", A, "--permission-mode", "manual"]);
    // It says nothing, so that the client asks.
    world.run(["gate", "mode", "observe"]).success();
    let Some(terminal) = session.start_for_tests() else { return };
    terminal.wait_for(|screen| screen.contains("manual"), LONG);
    terminal.say("compute [[scenario:perm]]");
    terminal.wait_for(|screen| screen.contains("Do you want to proceed?"), LONG);
    terminal.keys(&["Escape"]);
    let rejected = || {
        let found = outcomes(&world).pop()?;
        found.1.is_some().then_some(found)
    };
    let found =
        wait_for(LONG, rejected).unwrap_or_else(|| panic!("{:?}\n{}", outcomes(&world), terminal.screen()));
    assert_eq!((found.1.as_deref(), found.2.as_deref()), (Some("rejected"), Some("user_reject")));
}
