//! `claudectl doctor`.

use std::path::Path;

use claudectl_testkit::{Cmd, LiveProcess, RegistryRow, Usage, World};
use serde_json::{Value, json};

use crate::init::{client, with_settings};
use crate::{A, B, BIN, json, one_reply, reply, user_config, world};

/// A check by its name.
#[track_caller]
pub(crate) fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[track_caller]
fn verdict(report: &Value, name: &str) -> String {
    check(report, name)["verdict"].as_str().unwrap().to_owned()
}

/// Output without the line about clients of the machine, which may run any, and without the tables.
fn without_others(shown: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let mut skipping = false;
    for line in shown.lines() {
        skipping = line.contains("unregistered clients") || (skipping && line.starts_with("         "));
        if !skipping && !line.starts_with("         rows: ") {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Output with `N kB` in place of every size.
fn without_sizes(shown: &str) -> String {
    let mut words: Vec<&str> = shown.split(' ').collect();
    for at in 1..words.len() {
        if ["B", "kB", "MB"].iter().any(|unit| words[at].split('\n').next() == Some(unit)) {
            words[at - 1] = "N";
        }
    }
    words.join(" ")
}

/// A run with `claudectl` on the PATH, as its plugin calls it.
pub(crate) fn on_the_path(world: &World) -> Cmd {
    let folder = Path::new(BIN).parent().unwrap();
    world.cmd().env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
}

#[test]
fn all_is_well() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    world.write("home/.claude/settings.json", "{\"cleanupPeriodDays\": 365}");
    client(&world, "2.1.330");
    json(&world, &["init", "--json"]);
    let doctor = |args: &[&str]| on_the_path(&world).arg("doctor").args(args).run().success();
    let report = doctor(&["--json"]).json();
    assert_eq!((&report["ok"], &report["version"]), (&json!(true), &json!(env!("CARGO_PKG_VERSION"))));
    for name in [
        "Claude Code's folders",
        "transcripts",
        "live registry",
        "transcript retention",
        "state",
        "privacy of state",
        "prices",
        "configuration",
        "environment",
        "hooks",
        "status line",
        "plugin",
    ] {
        assert_eq!(verdict(&report, name), "ok", "{name}");
    }
    let size = std::fs::metadata(world.state_dir().join("state.db")).unwrap().len();
    let state = &check(&report, "state")["data"];
    assert_eq!(state["tables"]["response"], 1);
    assert!(state["bytes"].as_u64().unwrap() >= size, "{state}");
    let transcripts = &check(&report, "transcripts")["data"];
    assert_eq!((&transcripts["files"], &transcripts["subagents"]), (&json!(1), &json!(0)));
    let shown = doctor(&[]).stdout;
    insta::assert_snapshot!("doctor_well", without_sizes(&without_others(&shown)));
}

#[test]
fn no_folder_of_claude_code_is_a_failure_with_a_way_out() {
    let world = world();
    std::fs::remove_dir_all(world.config_dir()).unwrap();
    let out = world.run(["doctor"]).fails_with(1);
    assert!(
        out.stdout.starts_with("FAILED   Claude Code's folders: none is there; looked for ~/.claude\n         fix: run `claude` once,"),
        "{}",
        out.stdout
    );
    let report = world.run(["doctor", "--json"]).fails_with(1).json();
    assert_eq!(
        (&report["ok"], verdict(&report, "Claude Code's folders").as_str()),
        (&json!(false), "failed")
    );
}

#[test]
fn folders_that_cannot_be_read() {
    let world = world();
    world.write("home/.claude/projects", "a file in the folder's place");
    world.write("home/.claude/sessions", "another");
    let report = world.run(["doctor", "--json"]).fails_with(1).json();
    assert_eq!(verdict(&report, "transcripts"), "failed");
    assert_eq!(verdict(&report, "live registry"), "failed");
    assert!(check(&report, "transcripts")["message"].as_str().unwrap().contains("$HOME/.claude/projects"));
}

#[test]
fn stale_reused_and_unreadable_rows_of_the_registry() {
    let world = world();
    let mut dead = LiveProcess::start(&world.work_dir());
    RegistryRow::new(dead.pid(), A, world.work_dir()).write(&world.config_dir());
    dead.kill();
    let live = LiveProcess::start(&world.work_dir());
    RegistryRow::new(live.pid(), B, world.work_dir()).write(&world.config_dir());
    let foreign = RegistryRow::new(1, B, world.work_dir()).pid_domain("linux:elsewhere:pid:[1]");
    foreign.write(&world.config_dir());
    let report = json(&world, &["doctor", "--json"]);
    let registry = check(&report, "live registry");
    assert_eq!(registry["verdict"], "warning");
    assert_eq!(registry["data"], json!({"live": 1, "stale": 1, "foreign": 1, "unreadable": 0}));
    world.write("home/.claude/sessions/77.json", "{\"pid\":77,\"sess");
    let report = json(&world, &["doctor", "--json"]);
    let registry = check(&report, "live registry");
    assert_eq!((&registry["verdict"], &registry["data"]["unreadable"]), (&json!("warning"), &json!(1)));
    assert!(registry["message"].as_str().unwrap().contains("sessions/77.json"));
}

#[cfg(target_os = "linux")]
#[test]
fn clients_without_a_row_are_named_and_those_of_others_counted() {
    let world = world();
    let process = LiveProcess::start_with(&world.work_dir(), &[("CLAUDE_CONFIG_DIR", &world.config_dir())]);
    let _other = LiveProcess::start(&world.work_dir());
    let report = json(&world, &["doctor", "--json"]);
    let found = check(&report, "unregistered clients");
    assert_eq!((&found["verdict"], &found["data"]["pids"]), (&json!("warning"), &json!([process.pid()])));
    assert!(found["data"]["elsewhere"].as_u64().unwrap() >= 1, "{found}");
    let message = found["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("1 process with no row in these folders: pid {}; ", process.pid())));
    assert!(message.ends_with(" of other folders or users"), "{message}");
    RegistryRow::new(process.pid(), A, world.work_dir()).write(&world.config_dir());
    let report = json(&world, &["doctor", "--json"]);
    let found = check(&report, "unregistered clients");
    assert_eq!((&found["verdict"], &found["data"]["pids"]), (&json!("ok"), &json!([])));
}

#[test]
fn transcripts_that_will_be_deleted_soon() {
    let world = world();
    let said = |world: &World| {
        // Settings that Claude Code does not load fail another check.
        let report = world.run(["doctor", "--json"]).json();
        let check = check(&report, "transcript retention");
        (
            check["verdict"].as_str().unwrap().to_owned(),
            check["data"]["cleanup_period_days"].as_u64().unwrap(),
        )
    };
    assert_eq!(said(&world), ("warning".to_owned(), 30), "the client's default");
    for (text, expected) in [
        ("{\"cleanupPeriodDays\": 7}", ("warning", 7)),
        ("{\"cleanupPeriodDays\": 90}", ("ok", 90)),
        ("{\"cleanupPeriodDays\": \"x\"}", ("warning", 30)),
        ("not json", ("warning", 30)),
    ] {
        world.write("home/.claude/settings.json", text);
        assert_eq!(said(&world), (expected.0.to_owned(), expected.1), "{text}");
    }
}

#[test]
fn state_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    world.run(["spend"]).success();
    std::fs::set_permissions(world.state_dir().join("state.db"), PermissionsExt::from_mode(0o644)).unwrap();
    let out = world.run(["doctor"]).fails_with(1);
    assert!(
        out.stdout.contains("FAILED   privacy of state: others may read $STATE/state.db\n         fix: chmod go-rwx $STATE/state.db\n"),
        "{}",
        out.stdout
    );
}

/// Where nothing stands, nothing can raise an alarm: that is no good news.
#[test]
fn that_no_guard_stands_is_said() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let gate = || {
        let report = world.run(["doctor", "--json"]).json();
        let gate = check(&report, "gate");
        (gate["verdict"].as_str().unwrap().to_owned(), gate["message"].as_str().unwrap().to_owned())
    };
    let (verdict, message) = gate();
    assert_eq!(verdict, "warning", "{message}");
    assert!(message.contains("no guard stands") && message.contains("not installed"), "{message}");
    world.run(["init", "--binary", "/bin/true", "--host-version", "2.1.330"]).success();
    assert_eq!(gate().0, "ok", "{}", gate().1);
    let settings = world.config_dir().join("settings.json");
    let whole = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, whole.replace("/bin/true", "/nonexistent/claudectl")).unwrap();
    let (verdict, message) = gate();
    assert_eq!(verdict, "failed", "{message}");
    assert!(message.contains("/nonexistent/claudectl, which is not there"), "{message}");
    std::fs::write(&settings, whole).unwrap();
    world.run(["uninstall"]).success();
    assert_eq!(gate().0, "warning", "{}", gate().1);
}

#[test]
fn state_that_cannot_be_used() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    // A file in the folder's place.
    world.write("state", "");
    let report = world.run(["doctor", "--json"]).fails_with(1).json();
    assert_eq!((verdict(&report, "state"), verdict(&report, "gate")), ("failed".into(), "failed".into()));
    let gate = check(&report, "gate")["message"].as_str().unwrap();
    assert!(gate.starts_with("no verdict can be written down: what would be allowed is asked"), "{gate}");
    std::fs::remove_file(world.state_dir()).unwrap();
    world.write("state/state.db", "this is no database, but long enough to be looked at as one. ".repeat(20));
    let report = world.run(["doctor", "--json"]).fails_with(1).json();
    let state = check(&report, "state");
    assert_eq!(state["verdict"], "failed");
    assert!(state["fix"].as_str().unwrap().starts_with("move it away;"), "{state}");
    // Without any place.
    let out =
        world.cmd().env("HOME", "").env("CLAUDECTL_HOME", "").args(["doctor", "--json"]).run().fails_with(1);
    assert_eq!(verdict(&out.json(), "state"), "failed");
}

#[test]
fn torn_lines_and_models_without_a_price_are_warnings() {
    let world = world();
    reply(&world, A, "claude-opus-9", Usage::new(1, 1));
    world.write(format!("home/.claude/projects/-work/{B}.jsonl"), "garbage\n{\"type\":\n");
    let report = json(&world, &["doctor", "--json"]);
    assert_eq!(
        (&report["ok"], &check(&report, "unreadable lines")["data"]),
        (&json!(true), &json!({"lines": 2}))
    );
    let prices = check(&report, "prices");
    assert_eq!(
        (&prices["verdict"], &prices["data"]["unpriced_models"]),
        (&json!("warning"), &json!(["claude-opus-9"]))
    );
    user_config(
        &world,
        "[prices.\"claude-opus-9\"]\ninput = 1.0\noutput = 1.0\ncache_read = 1.0\ncache_write_5m = 1.0\ncache_write_1h = 1.0\n",
    );
    assert_eq!(verdict(&json(&world, &["doctor", "--json"]), "prices"), "ok");
}

#[test]
fn what_the_environment_set_is_told() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let found = check(&json(&world, &["doctor", "--json"]), "environment").clone();
    assert_eq!(found["verdict"], "ok");
    assert_eq!(
        found["data"]["variables"],
        json!({
            "CLAUDECTL_HOME": "$STATE",
            "CLAUDECTL_NOW": "2026-11-24T12:00:00Z",
            "CLAUDE_CONFIG_DIR": "$HOME/.claude",
            "TZ": "UTC",
            "XDG_CONFIG_HOME": "$HOME/.config",
        })
    );
    // What starts Claude Code without hooks is named, whatever it says; what is off is not.
    let set = world.cmd().env("CLAUDE_CODE_SIMPLE", "yes").env("CLAUDE_CODE_SAFE_MODE", "TRUE");
    let set = set.env("CLAUDE_CODE_RESTRICTED", "0").args(["doctor", "--json"]).run().fails_with(1).json();
    let found = check(&set, "environment");
    let why = "CLAUDE_CODE_SIMPLE and CLAUDE_CODE_SAFE_MODE are set in this shell and start Claude Code without hooks";
    assert!(found["message"].as_str().unwrap().contains(why), "{found:#}");
    assert!(
        found["fix"].as_str().unwrap().contains("unset CLAUDE_CODE_SIMPLE CLAUDE_CODE_SAFE_MODE"),
        "{found:#}"
    );
    let others = set["checks"].as_array().unwrap().iter().filter(|one| one["verdict"] == "failed").count();
    assert_eq!((&found["verdict"], others), (&json!("failed"), 1), "{set:#}");
    // A zone that is none is told, wherever days are cut, once.
    for tz in ["Mars/Phobos", "/nowhere/zone", ":Mars/Phobos"] {
        let out = world.cmd().env("TZ", tz).arg("spend").run().success();
        let told = format!("warning: TZ={tz} is no time zone: days begin in UTC");
        assert_eq!(out.stderr.matches("is no time zone").count(), 1, "{}", out.stderr);
        assert!(out.stderr.starts_with(&told), "{}", out.stderr);
        let report = world.cmd().env("TZ", tz).args(["doctor", "--json"]).run().success().json();
        let found = check(&report, "environment");
        assert_eq!(found["verdict"], "warning");
        assert!(found["message"].as_str().unwrap().contains("UTC is used in its place"), "{found}");
    }
    for tz in ["", "Europe/Berlin", "EST5EDT", ":UTC", "<+03>-3"] {
        assert_eq!(world.cmd().env("TZ", tz).arg("spend").run().success().stderr, "", "{tz}");
    }
    // Where the configuration names the zone, TZ is not used.
    user_config(&world, "[general]\ntimezone = \"Asia/Tokyo\"\n");
    assert_eq!(world.cmd().env("TZ", "Mars/Phobos").arg("spend").run().success().stderr, "");
    let report = world.cmd().env("TZ", "Mars/Phobos").args(["doctor", "--json"]).run().success().json();
    assert_eq!(verdict(&report, "environment"), "ok");
}

#[test]
fn a_broken_configuration_is_a_finding_and_hides_no_other() {
    let world = world();
    let elsewhere = world.work_dir().join("elsewhere");
    one_reply(&world, A, "claude-opus-9", Usage::new(1, 1)).write(&elsewhere);
    world.write(format!("home/.claude/projects/-work/{B}.jsonl"), "garbage\n");
    let mine = format!("[general]\nclaude_dirs = [\"{}\"]\n", elsewhere.display());
    for (file, text, place) in [
        (
            "home/.config/claudectl/config.toml",
            format!("{mine}[budget]\nday_usd = \"five\"\n"),
            ":4:11: `budget.day_usd` is text",
        ),
        ("work/.claudectl.toml", "[budget\n".to_owned(), ":1:8: the text is not valid TOML"),
        ("work/.claudectl.toml", "[general]\nclaude_dirs = []\n".to_owned(), ":2:1: "),
    ] {
        user_config(&world, &mine);
        let written = world.write(file, &text);
        let report = world.run(["doctor", "--json"]).fails_with(1).json();
        let found = check(&report, "configuration");
        let message = found["message"].as_str().unwrap();
        assert_eq!((&report["ok"], &found["verdict"]), (&json!(false), &json!("failed")));
        assert!(message.contains(&format!("{}{place}", file.rsplit('/').next().unwrap())), "{message}");
        assert!(found["fix"].as_str().unwrap().contains("`claudectl config check`"), "{found}");
        // The other checks ran, in all folders.
        assert_eq!(check(&report, "transcripts")["data"]["files"], 2);
        assert_eq!(check(&report, "unreadable lines")["data"]["lines"], 1);
        assert_eq!(check(&report, "prices")["data"]["unpriced_models"], json!(["claude-opus-9"]));
        let shown = world.run(["doctor"]).fails_with(1);
        assert_eq!(shown.stderr, "");
        assert!(shown.stdout.contains("FAILED   configuration: "), "{}", shown.stdout);
        world.run(["spend"]).fails_with(2);
        std::fs::remove_file(written).unwrap();
    }
    // All that can be wrong with a file: what is no text, no file, or not ours to read.
    world.write("home/.config/claudectl/config.toml", b"\xff\xfe");
    world.run(["doctor"]).fails_with(1);
    std::fs::remove_file(world.root().join("home/.config/claudectl/config.toml")).unwrap();
    std::fs::create_dir(world.work_dir().join(".claudectl.toml")).unwrap();
    let report = world.run(["doctor", "--json"]).fails_with(1).json();
    assert!(check(&report, "configuration")["message"].as_str().unwrap().contains("not a regular file"));
}

#[test]
fn changes_nothing_of_claude_codes() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    world.write("home/.claude/settings.json", "{}");
    let before = crate::tree(&world.config_dir());
    world.run(["doctor"]).success();
    assert_eq!(crate::tree(&world.config_dir()), before);
}

/// The first check of this name, and the whole report.
fn hooks(world: &World) -> Value {
    let report = world.run(["doctor", "--json"]).json();
    check(&report, "hooks").clone()
}

#[track_caller]
fn assert_hooks(world: &World, verdict: &str, message: &str) {
    let hooks = hooks(world);
    assert_eq!(hooks["verdict"], verdict, "{hooks:#}");
    assert!(hooks["message"].as_str().unwrap().contains(message), "{hooks:#}");
}

#[test]
fn hooks_installed_and_in_force() {
    let world = with_settings("2.1.330", None);
    assert_hooks(&world, "warning", "~/.claude: not installed");
    json(&world, &["init", "--json", "--strict"]);
    assert_hooks(&world, "ok", "~/.claude/settings.json: 17 events, strict");
    let data = &hooks(&world)["data"];
    assert_eq!((&data["in_force"], &data["host"]), (&json!(true), &json!("2.1.330")));
    world.write("work/.claude/settings.json", "{\"disableAllHooks\": true}");
    assert_hooks(
        &world,
        "warning",
        "absent in this folder: project settings set disableAllHooks ($WORK/.claude",
    );
    world.write("work/.claude/settings.local.json", "{\"disableAllHooks\": false}");
    assert_hooks(&world, "ok", "17 events");
    world.write("work/.claude/settings.local.json", "{ // why\n}");
    let report = json(&world, &["doctor", "--json"]);
    let settings = check(&report, "settings");
    assert!(
        settings["message"]
            .as_str()
            .unwrap()
            .contains("local settings: $WORK/.claude/settings.local.json, line 1, has a comment"),
        "{settings}"
    );
    assert_eq!(settings["verdict"], "warning");
}

/// Our group of an event, made otherwise.
fn changed(world: &World, event: &str, change: impl FnOnce(&mut Value)) {
    json(world, &["init", "--json"]);
    let path = world.config_dir().join("settings.json");
    let mut settings: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut settings["hooks"][event][0]);
    std::fs::write(path, settings.to_string()).unwrap();
}

#[test]
fn hooks_that_are_not_called_for_every_call() {
    let world = with_settings("2.1.330", None);
    json(&world, &["init", "--json"]);
    for event in ["PreToolUse", "PermissionRequest"] {
        let odd = |key: &'static str, value: Value| {
            changed(&world, event, |group| group["hooks"][0][key] = value);
        };
        let told = |what: &str| {
            assert_hooks(
                &world,
                "failed",
                &format!("~/.claude/settings.json: {event} is not called for every call: {what}"),
            );
            assert_eq!(hooks(&world)["fix"], "run `claudectl init`");
        };
        changed(&world, event, |group| group["matcher"] = json!("Edit"));
        told("its matcher is \"Edit\"");
        odd("if", json!("Bash(git *)"));
        told("it has `\"if\": \"Bash(git *)\"`");
        odd("async", json!(true));
        told("it has `\"async\": true`");
        odd("once", json!(true));
        told("it has `\"once\": true`");
        odd("timeout", json!(0.1));
        told("its timeout is 0.1, not ");
    }
    changed(&world, "PreToolUse", |group| group["hooks"][0]["timeout"] = json!(60));
    assert_hooks(&world, "warning", "PreToolUse is not as `init` writes it: its timeout is 60, not 5");
    changed(&world, "Stop", |group| drop(group["hooks"][0].as_object_mut().unwrap().remove("timeout")));
    assert_hooks(&world, "warning", "Stop is not as `init` writes it: it has no timeout");
    changed(&world, "PostToolUse", |group| group["matcher"] = json!("Edit"));
    assert_hooks(&world, "warning", "PostToolUse is not as `init` writes it: its matcher is \"Edit\"");
    changed(&world, "PostToolUse", |group| group["hooks"][0]["onFailure"] = json!("block"));
    assert_hooks(
        &world,
        "warning",
        "PostToolUse is not as `init` writes it: it has `\"onFailure\": \"block\"`",
    );
    let path = world.config_dir().join("settings.json");
    json(&world, &["init", "--json"]);
    let mut settings: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    settings["hooks"].as_object_mut().unwrap().remove("PreToolUse");
    std::fs::write(&path, settings.to_string()).unwrap();
    assert_hooks(&world, "failed", "~/.claude/settings.json: 16 of 17 events, without PreToolUse");
    json(&world, &["init", "--json"]);
    assert_hooks(&world, "ok", "17 events");
}

#[test]
fn hooks_that_have_drifted() {
    let world = with_settings("2.1.200", None);
    json(&world, &["init", "--json", "--host-version", "2.1.75"]);
    assert_hooks(
        &world,
        "warning",
        "13 of 17 events, without PermissionDenied, StopFailure, PostCompact, CwdChanged",
    );
    json(&world, &["init", "--json"]);
    client(&world, "2.1.80");
    assert_hooks(
        &world,
        "warning",
        "Claude Code 2.1.80 does not know PermissionDenied, CwdChanged, and opens a dialog",
    );
    client(&world, "2.1.120");
    assert_hooks(&world, "warning", "Claude Code 2.1.120 does not pass arguments to these hooks");
    client(&world, "2.1.200");
    json(&world, &["init", "--json", "--binary", "/bin/true"]);
    assert_hooks(&world, "warning", "the hooks use another program, /bin/true; this is ");
    let told = world.run(["doctor"]);
    assert!(!told.stdout.contains("hooks of others"), "it is ours: {}", told.stdout);
    let gone = world.write("old/claudectl", "#!/bin/sh\n");
    std::fs::set_permissions(&gone, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    json(&world, &["init", "--json", "--binary", gone.to_str().unwrap()]);
    std::fs::remove_file(&gone).unwrap();
    assert_hooks(&world, "failed", "the hooks call $ROOT/old/claudectl, which is not there");
    let told = world.run(["doctor"]);
    assert_eq!(told.code, 1);
    assert!(!told.stdout.contains("hooks of others"), "it is ours: {}", told.stdout);
    json(&world, &["init", "--json"]);
    assert_hooks(&world, "ok", "17 events");
}

#[test]
fn the_command_that_repairs_hooks_is_for_those_hooks() {
    let world = with_settings("2.1.330", None);
    let fix = || hooks(&world)["fix"].as_str().unwrap().to_owned();
    json(&world, &["init", "--json", "--strict", "--host-version", "2.1.300", "--binary", "/bin/true"]);
    assert_eq!(fix(), "run `claudectl init --strict`");
    json(&world, &["uninstall", "--json"]);
    json(&world, &["init", "--json", "--scope", "local", "--binary", "/bin/true"]);
    assert_eq!(fix(), "run `claudectl init --scope local`");
    json(&world, &["init", "--json", "--scope", "local", "--strict", "--binary", "/bin/true"]);
    assert_eq!(fix(), "run `claudectl init --scope local --strict`");
}

#[test]
fn settings_that_are_not_loaded_fail() {
    for (member, said) in [
        ("\"x\": \"\ttab\"", "line 1, has what no JSON has: control character"),
        ("\"permissions\": \"x\"", "line 1, has another kind of value in `permissions` than it takes"),
        (
            "\"disableAllHooks\": \"yes\"",
            "line 1, has another kind of value in `disableAllHooks` than it takes",
        ),
    ] {
        let world = with_settings("2.1.330", None);
        json(&world, &["init", "--json"]);
        let installed = std::fs::read_to_string(world.config_dir().join("settings.json")).unwrap();
        let text = installed.replacen("{\n", &format!("{{{member},\n"), 1);
        world.write("home/.claude/settings.json", text);
        assert_hooks(&world, "failed", said);
        let check = hooks(&world);
        assert!(check["message"].as_str().unwrap().contains("Claude Code 2.1.330 does not load"), "{check}");
        assert!(check["fix"].as_str().is_some_and(|fix| !fix.is_empty()), "{check}");
        assert_eq!(check["data"]["in_force"], false, "{check}");
        assert!(check["data"]["cause"].as_str().unwrap().contains(said), "{check}");
    }
}

#[test]
fn a_status_line_whose_program_is_gone_fails() {
    let world = with_settings("2.1.330", None);
    let line = |command: &str| format!(r#"{{"statusLine":{{"type":"command","command":"{command}"}}}}"#);
    world.write("home/.claude/settings.json", line("/gone/claudectl statusline --home /h --config /c"));
    let report = world.run(["doctor", "--json"]).fails_with(1).json();
    let found = check(&report, "status line");
    assert_eq!(
        (&found["verdict"], &found["message"]),
        (&json!("failed"), &json!("~/.claude: the status line calls /gone/claudectl, which is not there"))
    );
    world.write("home/.claude/settings.json", line("claudectl statusline --mine"));
    let report = json(&world, &["doctor", "--json"]);
    let found = check(&report, "status line");
    assert!(found["message"].as_str().unwrap().contains("not as `claudectl init` writes it"), "{found}");
}

#[test]
fn a_status_line_that_is_not_shown_here_is_told() {
    let world = with_settings("2.1.330", None);
    json(&world, &["init", "--json"]);
    let found = || check(&json(&world, &["doctor", "--json"]), "status line").clone();
    assert_eq!((&found()["verdict"], &found()["data"]["in_force"]), (&json!("ok"), &json!(true)));
    for (file, text, said) in [
        (
            "work/.claude/settings.json",
            r#"{"statusLine":{"type":"command","command":"date"}}"#,
            "~/.claude: not shown in this folder: project settings have another one ($WORK/.claude/settings.json)",
        ),
        (
            "work/.claude/settings.local.json",
            r#"{"disableAllHooks":true}"#,
            "~/.claude: not shown in this folder: local settings set disableAllHooks ($WORK/.claude/settings.local.json)",
        ),
    ] {
        world.write(file, text);
        let found = found();
        assert_eq!((&found["verdict"], &found["message"]), (&json!("warning"), &json!(said)));
        assert_eq!((&found["data"]["installed"], &found["data"]["in_force"]), (&json!(true), &json!(false)));
    }
}

#[test]
fn two_installations_that_are_both_called_are_told() {
    let world = with_settings("2.1.330", None);
    json(&world, &["init", "--json"]);
    json(&world, &["init", "--json", "--scope", "local"]);
    assert_hooks(&world, "ok", "17 events");
    json(&world, &["init", "--json", "--scope", "local", "--binary", "/bin/true"]);
    assert_hooks(&world, "warning", "call claudectl in different ways, so both are called at each event");
    assert!(hooks(&world)["fix"].as_str().unwrap().contains("`claudectl uninstall --scope local`"));
    json(&world, &["uninstall", "--json", "--scope", "local"]);
    assert_hooks(&world, "ok", "17 events");
}

#[test]
fn leftovers_of_the_published_tool_are_named() {
    let hook = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"claudectl --json"}]}]}}"#;
    let world = with_settings("2.1.330", Some(hook.as_bytes()));
    world.write("home/.claude/plugins/claudectl/hooks/hooks.json", "{}");
    let report = json(&world, &["doctor", "--json"]);
    let left = check(&report, "published claudectl");
    let message = "left behind: ~/.claude/settings.json: Stop calls claudectl --json; ~/.claude/plugins/claudectl, a plugin folder";
    assert_eq!((&left["message"], &left["verdict"]), (&json!(message), &json!("warning")));
    assert_eq!(left["fix"], "run `claudectl init`");
    world.write("work/.claude/settings.local.json", hook);
    let report = json(&world, &["doctor", "--json"]);
    assert_eq!(
        check(&report, "published claudectl")["fix"],
        "run `claudectl init`, and run `claudectl init --scope local`"
    );
    json(&world, &["init", "--json", "--scope", "local"]);
    json(&world, &["init", "--json"]);
    let report = json(&world, &["doctor", "--json"]);
    let names: Vec<_> = report["checks"].as_array().unwrap().iter().map(|check| &check["name"]).collect();
    assert!(!names.contains(&&json!("published claudectl")), "{names:?}");
}
