//! `claudectl doctor --live`: proof, with the real Claude Code, that the guard stands; and why not, wherever it does not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use claudectl_testkit::{Claude, World};
use serde_json::{Value, json};

use crate::init::client;
use crate::{BIN, world};

/// A world in which this client is installed, and the working folder is one that it was told to trust.
fn with_client(claude: &Claude) -> World {
    let world = world();
    fs::create_dir_all(world.home().join(".local/bin")).unwrap();
    std::os::unix::fs::symlink(claude.bin(), world.home().join(".local/bin/claude")).unwrap();
    let trust = json!({"projects": {world.work_dir().to_str().unwrap(): {"hasTrustDialogAccepted": true}}});
    world.write("home/.claude/.claude.json", trust.to_string());
    world
}

fn init(world: &World, more: &[&str]) {
    world.cmd().arg("init").args(more).run().success();
}

/// What the check says, and its exit code by that.
#[track_caller]
fn live(world: &World) -> Value {
    let run =
        world.cmd().args(["doctor", "--live", "--json"]).env("PATH", "/usr/local/bin:/usr/bin:/bin").run();
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(1), "{report:#}");
    let check = report["checks"][0].clone();
    assert_eq!(run.code, i32::from(check["verdict"] == "failed"), "{report:#}");
    check
}

#[track_caller]
fn failed(world: &World, words: &str) -> Value {
    let check = live(world);
    assert_eq!(check["verdict"], "failed", "{check:#}");
    assert!(check["message"].as_str().unwrap().contains(words), "{check:#}");
    assert!(check["fix"].is_string(), "{check:#}");
    assert_ne!(check["data"]["denied"], true, "{check:#}");
    check
}

#[track_caller]
fn held(world: &World) -> Value {
    let check = live(world);
    assert_eq!(check["verdict"], "ok", "{check:#}");
    for (what, is) in [("reached", true), ("recorded", true), ("denied", true), ("ran", false)] {
        assert_eq!(check["data"][what], is, "{what}: {check:#}");
    }
    check
}

/// An entry of the person's settings beside ours.
fn set(world: &World, key: &str, value: Value) {
    let path = world.config_dir().join("settings.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    settings[key] = value;
    fs::write(path, settings.to_string()).unwrap();
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path().display().to_string()),
            }
        }
    }
    found
}

#[test]
fn a_denial_is_proved_and_leaves_nothing_behind() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    let check = held(&world);
    assert_eq!(check["data"]["client_version"], claude.version());
    assert_eq!(check["data"]["hook_version"], env!("CARGO_PKG_VERSION"));
    let left = files(world.root());
    for name in [".jsonl", "/sessions/", "/live-", "history"] {
        assert!(left.iter().all(|file| !file.contains(name)), "{name}: {left:#?}");
    }
    let json = |args: &[&str]| world.cmd().args(args).arg("--json").run().success().json();
    assert_eq!(json(&["gate", "log", "--since", "1d"]).as_array().map(Vec::len), Some(0));
    assert_eq!(json(&["ls", "--all"]).as_array().map(Vec::len), Some(0));
    assert_eq!(json(&["spend"])["total"]["messages"], 0);
}

#[test]
fn an_old_client_is_proved_as_well() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    assert_eq!(held(&world)["data"]["client_version"], claude.version());
}

#[test]
fn a_settings_file_that_names_an_api_does_not_get_the_check() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    // Nobody listens there: a request that went there would fail the check.
    let elsewhere = json!({"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "CLAUDE_CODE_USE_BEDROCK": "1", "HTTP_PROXY": "http://127.0.0.1:9"});
    set(&world, "env", elsewhere.clone());
    let helper = world.root().join("helper-ran");
    set(&world, "apiKeyHelper", json!(format!("touch {}; echo key", helper.display())));
    world.write("work/.claude/settings.json", json!({"env": elsewhere}).to_string());
    world.write("work/.claude/settings.local.json", json!({"env": elsewhere}).to_string());
    held(&world);
    assert!(!helper.exists(), "nobody's key is asked for");
}

#[test]
fn hooks_that_settings_keep_away_are_missed_and_the_file_is_named() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    let check = failed(&world, "the call ran, and no hook of ours heard of it: not installed");
    assert_eq!(check["fix"], "run `claudectl init`");
    init(&world, &[]);
    for (file, scope) in [("settings.json", "project"), ("settings.local.json", "local")] {
        let path = world.write(format!("work/.claude/{file}"), r#"{"disableAllHooks": true}"#);
        let check = failed(&world, &format!("{scope} settings set disableAllHooks ($WORK/.claude/{file})"));
        assert_eq!((&check["data"]["recorded"], &check["data"]["ran"]), (&json!(false), &json!(true)));
        fs::remove_file(path).unwrap();
    }
    set(&world, "disableAllHooks", json!(true));
    failed(&world, "user settings set disableAllHooks (~/.claude/settings.json)");
    set(&world, "disableAllHooks", json!(false));
    set(&world, "env", json!({"CLAUDE_CODE_SIMPLE": "1"}));
    failed(&world, "user settings set CLAUDE_CODE_SIMPLE, which starts Claude Code without hooks");
    set(&world, "env", json!({}));
    held(&world);
    world.cmd().arg("uninstall").run().success();
    failed(&world, "not installed");
}

#[test]
fn a_variable_of_the_shell_that_keeps_hooks_away_is_named() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    for name in ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE", "CLAUDE_CODE_RESTRICTED"] {
        let out =
            world.cmd().args(["doctor", "--live", "--json"]).env(name, "true").run().fails_with(1).json();
        let check = &out["checks"][0];
        let message = check["message"].as_str().unwrap();
        let words = format!("{name} is set in this shell and starts Claude Code without hooks");
        assert!(message.contains(&words), "{check:#}");
        assert!(check["fix"].as_str().unwrap().starts_with(&format!("run `unset {name}`")), "{check:#}");
    }
    let out = world
        .cmd()
        .args(["doctor", "--live", "--json"])
        .env("CLAUDE_CODE_SIMPLE", "0")
        .run()
        .success()
        .json();
    assert_eq!(out["checks"][0]["verdict"], "ok", "{out:#}");
}

/// A program of that name that does this.
fn program(world: &World, version: &str, hook: &str) -> String {
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'claudectl {version}'; exit 0; fi\n{hook}\n"
    );
    let path = world.write("old/claudectl", text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn a_program_that_does_not_answer_is_named() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    let old = program(&world, "0.0.9", "cat >/dev/null");
    init(&world, &["--binary", &old]);
    let check = failed(
        &world,
        &format!("$ROOT/old/claudectl answers, which is 0.0.9; this is {}", env!("CARGO_PKG_VERSION")),
    );
    assert_eq!((&check["data"]["hook_version"], &check["data"]["ran"]), (&json!("0.0.9"), &json!(true)));
    // One that is up to date and fails.
    program(&world, env!("CARGO_PKG_VERSION"), "echo broken >&2; exit 3");
    failed(&world, "a hook ended with code 3: broken");
    // One that answers for us.
    program(&world, "0.0.9", &format!("exec {BIN} \"$@\""));
    let check = live(&world);
    assert_eq!((&check["verdict"], &check["data"]["denied"]), (&json!("failed"), &json!(true)), "{check:#}");
    assert!(check["message"].as_str().unwrap().contains("answers, which is 0.0.9"), "{check:#}");
    assert_eq!(check["fix"], "run `claudectl init`");
    fs::remove_file(&old).unwrap();
    failed(&world, "user settings call $ROOT/old/claudectl, which is not there");
}

/// Settings may call what another build left behind, of the same version.
#[test]
fn another_build_of_the_same_version_is_no_proof() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    let other = world.write("old/claudectl", fs::read(BIN).unwrap());
    fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    init(&world, &["--binary", other.to_str().unwrap()]);
    // A copy does what this one does.
    assert_eq!(held(&world)["data"]["hook"], "$ROOT/old/claudectl");
    let mut bytes = fs::read(BIN).unwrap();
    bytes.push(0);
    fs::write(&other, bytes).unwrap();
    let check = live(&world);
    assert_eq!((&check["verdict"], &check["data"]["denied"]), (&json!("failed"), &json!(true)), "{check:#}");
    let words = format!(
        "$ROOT/old/claudectl answers, which is another program than this one, of the same version {}",
        env!("CARGO_PKG_VERSION")
    );
    assert!(check["message"].as_str().unwrap().contains(&words), "{check:#}");
    assert_eq!(check["fix"], "run `claudectl init`");
}

/// What the hook said stands nowhere, and that is why, not that it did not run.
#[test]
fn a_hook_that_cannot_write_is_told_as_that() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    world.run(["tick"]).success();
    let long = json!({"source": "startup", "model": "m".repeat(400)});
    for _ in 0..40 {
        let record = crate::hook::event(&world, crate::A, "SessionStart", long.clone());
        crate::hook::hook(&world, &record).run().success();
    }
    let old =
        program(&world, env!("CARGO_PKG_VERSION"), &format!("trap '' XFSZ; ulimit -f 8; exec {BIN} \"$@\""));
    init(&world, &["--binary", &old]);
    failed(&world, "the call did not run; the hook was called, and could not write down what it said");
    assert_eq!(
        claudectl_store::unwritten::all(&world.state_dir()),
        [],
        "it was none of the person's sessions"
    );
}

#[test]
fn another_hook_that_answers_is_told() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    // Another's allow, and another command in the call's place, do not beat a deny.
    let answer = |decision: Value| json!({"hookSpecificOutput": decision}).to_string();
    let other = |answer: &str| {
        let path = world.config_dir().join("settings.json");
        let settings: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let mut before = settings["hooks"]["PreToolUse"].as_array().unwrap().clone();
        before.retain(|group| group["hooks"][0]["command"].as_str().unwrap().contains("claudectl"));
        before.push(
            json!({"matcher": "*", "hooks": [{"type": "command", "command": format!("echo '{answer}'")}]}),
        );
        let mut hooks = settings["hooks"].clone();
        hooks["PreToolUse"] = json!(before);
        set(&world, "hooks", hooks);
    };
    let swapped = json!({"hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": {"command": "true"}});
    other(&answer(swapped));
    held(&world);
    // One that denies in other words says no more than ours.
    let denied = json!({"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "not here"});
    other(&answer(denied));
    held(&world);
    // A hook of ours that is beside another, and whose session alone is heard.
    let path = world.config_dir().join("settings.json");
    let mut settings: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    settings["hooks"]["PreToolUse"].as_array_mut().unwrap().remove(0);
    set(&world, "hooks", settings["hooks"].clone());
    let words = "user settings do not call claudectl before each tool call (PreToolUse)";
    let check = failed(&world, &format!("{words}: there is no entry (~/.claude/settings.json)"));
    assert_eq!(check["fix"], "run `claudectl init`");
    init(&world, &[]);
    let mut settings: Value =
        serde_json::from_slice(&fs::read(world.config_dir().join("settings.json")).unwrap()).unwrap();
    for group in settings["hooks"]["PreToolUse"].as_array_mut().unwrap() {
        group["matcher"] = json!("Edit");
    }
    set(&world, "hooks", settings["hooks"].clone());
    failed(&world, &format!("{words}: its matcher is \"Edit\""));
}

/// The one call that is tried may be denied, or its denial written down, while others go past.
#[test]
fn a_hook_that_is_not_called_for_every_call_is_no_proof() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    let settings: Value =
        serde_json::from_slice(&fs::read(world.config_dir().join("settings.json")).unwrap()).unwrap();
    let narrowed = |key: &str, value: Value| {
        let mut hooks = settings["hooks"].clone();
        for group in hooks["PreToolUse"].as_array_mut().unwrap() {
            let place = if key == "matcher" { &mut *group } else { &mut group["hooks"][0] };
            place[key] = value.clone();
        }
        set(&world, "hooks", hooks);
        let check = live(&world);
        assert_eq!(
            (&check["verdict"], &check["fix"]),
            (&json!("failed"), &json!("run `claudectl init`")),
            "{check:#}"
        );
        let message = check["message"].as_str().unwrap().to_owned();
        let words = "user settings do not call claudectl before each tool call (PreToolUse)";
        assert!(message.contains(words) && message.contains(key), "{message}");
        message
    };
    let bash = narrowed("matcher", json!("Bash"));
    assert!(bash.contains("this denied call did not run, but others would"), "{bash}");
    narrowed("once", json!(true));
    narrowed("timeout", json!(1));
    narrowed("timeout", json!(0.001));
    narrowed("async", json!(true));
    set(&world, "hooks", settings["hooks"].clone());
    held(&world);
}

#[test]
fn a_denial_that_is_kept_in_another_state_folder_is_no_proof() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    let other = world.root().join("other");
    world.cmd().arg("init").env("CLAUDECTL_HOME", &other).run().success();
    let check = failed(&world, "the hooks keep what they tell in another state folder, ");
    assert_eq!(check["data"]["recorded"], false, "{check:#}");
    init(&world, &[]);
    held(&world);
}

#[test]
fn a_gate_that_watches_is_no_guard() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = with_client(&claude);
    init(&world, &[]);
    world.cmd().args(["gate", "mode", "observe"]).run().success();
    let check = live(&world);
    assert_eq!((&check["verdict"], &check["data"]["ran"]), (&json!("failed"), &json!(true)), "{check:#}");
    assert_eq!(check["fix"], "claudectl gate mode on");
}

#[test]
fn a_folder_that_nobody_trusts_starts_nothing() {
    let world = world();
    client(&world, "2.1.330");
    init(&world, &[]);
    world.write("work/.claude/settings.json", "{}");
    failed(&world, "Claude Code was not told that you trust this folder");
}

#[test]
fn without_a_client_there_is_nothing_to_prove() {
    let world = world();
    failed(&world, "no `claude` is on the PATH");
    client(&world, "hello");
    failed(&world, "is not a version of Claude Code");
    client(&world, "2.0.76");
    failed(&world, "is 2.0.76, and claudectl knows of none before 2.1.41");
}

#[test]
fn a_client_that_does_not_do_its_work_proves_nothing() {
    let world = world();
    client(&world, "2.1.330");
    init(&world, &[]);
    let check = failed(&world, "Claude Code asked nothing of the stand-in for its API");
    assert_eq!(check["data"]["reached"], false);
}

#[test]
fn an_agent_is_refused() {
    let run = world().cmd().args(["doctor", "--live"]).env("CLAUDECODE", "1").run();
    let refused = run.fails_with(2);
    assert!(refused.stderr.contains("is for people"), "{}", refused.stderr);
}
