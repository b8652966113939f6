//! `claudectl init`: on settings of every kind, and with the real Claude Code.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_testkit::{Claude, LiveProcess, Mock, RegistryRow, World, skip_test, wait_for};
use serde_json::{Value, json};

use crate::{A, json, tree, world};

/// Samples from which `init` takes hooks of the published tool, or of an older claudectl, so that they cannot
/// come out as they were.
const NOT_CLEAN: &[&str] = &["own-older.json", "published-plugin-scripts.json", "published.json"];

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/settings");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A world with a client that says this version, and these settings.
pub(crate) fn with_settings(version: &str, settings: Option<&[u8]>) -> World {
    let world = world();
    client(&world, version);
    if let Some(settings) = settings {
        world.write("home/.claude/settings.json", settings);
    }
    world
}

/// A client that says this version, where its installer puts it.
pub(crate) fn client(world: &World, version: &str) {
    let path = world.write("home/.local/bin/claude", format!("#!/bin/sh\necho '{version} (Claude Code)'\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn settings(world: &World) -> PathBuf {
    world.config_dir().join("settings.json")
}

fn read(world: &World) -> Value {
    serde_json::from_slice(&fs::read(settings(world)).unwrap()).unwrap()
}

/// `init` for a program that is the same on every machine.
pub(crate) fn init(world: &World, more: &[&str]) -> Value {
    json(world, &[&["init", "--json", "--binary", "/bin/true"], more].concat())
}

#[track_caller]
fn file<'r>(report: &'r Value, outcome: &str) -> &'r Value {
    assert_eq!(report["files"][0]["outcome"], outcome, "{report:#}");
    &report["files"][0]
}

/// Output with `NAME` in place of what is named after a hash of its path.
pub(crate) fn without_names(shown: &str) -> String {
    let marked = shown.split("backups/settings/");
    let cut = |(at, part): (usize, &str)| match (at, part.split_once('\n')) {
        (1.., Some((_, rest))) => format!("NAME\n{rest}"),
        _ => part.to_owned(),
    };
    marked.enumerate().map(cut).collect::<Vec<_>>().join("backups/settings/")
}

/// What a text means, comments left out; `None` for what is no plain JSON.
fn meaning(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()
}

#[test]
fn every_sample_comes_back_byte_by_byte() {
    assert!(samples().len() > 25);
    for path in samples() {
        let (name, bytes) = (name(&path), fs::read(&path).unwrap());
        let world = with_settings("2.1.330", Some(&bytes));
        let report = init(&world, &[]);
        file(&report, "edited");
        let installed = fs::read(settings(&world)).unwrap();
        if let Some(all) = meaning(&installed) {
            let hooks: BTreeSet<&str> =
                all["hooks"].as_object().unwrap().keys().map(String::as_str).collect();
            assert!(report["events"].as_array().unwrap().iter().all(|e| hooks.contains(e.as_str().unwrap())));
        }
        // A second time changes nothing.
        file(&init(&world, &[]), "unchanged");
        assert_eq!(fs::read(settings(&world)).unwrap(), installed, "{name}");
        let report = json(&world, &["uninstall", "--json"]);
        let after = fs::read(settings(&world)).unwrap();
        if NOT_CLEAN.contains(&name) {
            file(&report, "edited");
            assert_ne!(after, bytes, "{name}");
        } else {
            file(&report, "restored");
            assert!(after == bytes, "{name}");
        }
        file(&json(&world, &["uninstall", "--json"]), "unchanged");
    }
}

#[test]
fn every_sample_means_the_same_when_it_was_changed_in_between() {
    for path in samples() {
        let (name, bytes) = (name(&path), fs::read(&path).unwrap());
        let world = with_settings("2.1.330", Some(&bytes));
        init(&world, &[]);
        let mut changed = fs::read(settings(&world)).unwrap();
        changed.push(b'\n');
        fs::write(settings(&world), &changed).unwrap();
        let out = world.run(["uninstall"]).success();
        assert!(out.stdout.contains("it means what it meant; its bytes are not"), "{name}: {}", out.stdout);
        let (Some(before), Some(after)) = (meaning(&bytes), meaning(&fs::read(settings(&world)).unwrap()))
        else {
            continue;
        };
        if !NOT_CLEAN.contains(&name) {
            assert_eq!(without_empty(before), without_empty(after), "{name}");
        }
    }
}

/// Lists and objects of hooks that hold nothing mean nothing.
fn without_empty(mut settings: Value) -> Value {
    let all = settings.as_object_mut().unwrap();
    if let Some(hooks) = all.get_mut("hooks").and_then(Value::as_object_mut) {
        hooks.retain(|_, groups| groups != &json!([]));
        if hooks.is_empty() {
            all.remove("hooks");
        }
    }
    settings
}

#[test]
fn what_the_published_tool_left_is_shown_and_replaced() {
    let published = fs::read(samples().iter().find(|path| name(path) == "published.json").unwrap()).unwrap();
    let world = with_settings("2.1.330", Some(&published));
    world.write("home/.claude/plugins/claudectl/hooks/scripts/brain-gate.sh", "#!/bin/sh\n");
    world.write("home/.claude/plugins/other/hooks/hooks.json", "{}");
    let before = tree(&world.home());
    let dry = world.run(["init", "--dry-run", "--binary", "/bin/true"]).success().stdout;
    assert!(dry.contains("left: PreToolUse: claudectl --json 2>/dev/null || true\n"), "{dry}");
    assert!(
        dry.contains("~/.claude/plugins/claudectl: the published claudectl's plugin, would be moved"),
        "{dry}"
    );
    assert_eq!(tree(&world.home()), before);
    assert!(!world.state_dir().exists(), "a dry run makes nothing");
    let report = init(&world, &[]);
    let leftovers = file(&report, "edited")["leftovers"].as_array().unwrap();
    assert_eq!(leftovers.len(), 3);
    assert!(report["plugins"][0]["moved_to"].as_str().unwrap().starts_with("$STATE/backups/plugins/"));
    assert!(!world.config_dir().join("plugins/claudectl").exists());
    assert!(world.config_dir().join("plugins/other").exists());
    let stop = &read(&world)["hooks"]["Stop"];
    assert_eq!(stop[0]["hooks"], json!([{"type": "command", "command": "echo claudectl --json"}]));
    assert_eq!(stop[1]["hooks"][0]["command"], "/bin/true");
}

/// State on another file system than Claude Code's folder.
#[test]
fn the_published_plugin_is_put_away_across_file_systems() {
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    let world = with_settings("2.1.330", Some(b"{}"));
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else {
        return skip_test("no second file system");
    };
    if device(elsewhere.path()) == device(world.root()) {
        return skip_test("no second file system");
    }
    let script = "home/.claude/plugins/claudectl/hooks/scripts/brain-gate.sh";
    let path = world.write(script, "#!/bin/sh\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(path.with_extension("socket")).unwrap();
    let run = || {
        let cmd = world.cmd().args(["init", "--json", "--binary", "/bin/true"]);
        cmd.env("CLAUDECTL_HOME", elsewhere.path()).run().success()
    };
    // What cannot be copied stays, and is told beside all that was done.
    let out = run();
    let report = out.json();
    file(&report, "edited");
    assert_eq!(report["plugins"][0]["moved_to"], Value::Null);
    assert!(report["warnings"].to_string().contains("could not be moved away"), "{report:#}");
    assert!(
        out.stderr
            .contains("warning: the published claudectl's plugin ~/.claude/plugins/claudectl could not")
    );
    let backups = elsewhere.path().join("backups/plugins");
    assert!(path.exists() && fs::read_dir(&backups).unwrap().count() == 0);
    drop(socket);
    fs::remove_file(path.with_extension("socket")).unwrap();
    let report = run().json();
    let to = PathBuf::from(report["plugins"][0]["moved_to"].as_str().unwrap());
    assert!(!world.config_dir().join("plugins/claudectl").exists());
    let copied = fs::metadata(to.join("hooks/scripts/brain-gate.sh")).unwrap();
    assert_eq!(copied.permissions().mode() & 0o777, 0o755);
}

#[test]
fn one_file_that_cannot_be_written_hides_no_other() {
    let world = with_settings("2.1.330", Some(b"{}"));
    if !Path::new("/proc").is_dir() {
        return;
    }
    // Nobody makes a file there, not even root.
    let folders = format!("{},/proc", world.config_dir().display());
    let cmd = world.cmd().args(["init", "--json", "--binary", "/bin/true"]);
    let out = cmd.env("CLAUDE_CONFIG_DIR", folders).run().fails_with(3);
    let report = out.json();
    assert_eq!(
        (
            report["files"].as_array().unwrap().len(),
            file(&report, "edited")["added"].as_array().unwrap().len()
        ),
        (1, 17)
    );
    assert!(out.stderr.contains("error: cannot write /proc/settings.json\n"), "{}", out.stderr);
}

#[test]
fn what_the_published_tool_left_in_the_project_is_named_with_its_command() {
    let hook = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"claudectl --json"}]}]}}"#;
    let world = with_settings("2.1.330", Some(b"{}"));
    fs::create_dir(world.work_dir().join(".git")).unwrap();
    for file in
        ["work/.claude/settings.local.json", "work/.claude/settings.json", "work/deep/.claude/settings.json"]
    {
        world.write(file, hook);
    }
    let warnings = || {
        let cmd = world.cmd().args(["init", "--json", "--binary", "/bin/true"]);
        cmd.cwd(world.work_dir().join("deep")).run().success().json()["warnings"].clone()
    };
    let still = "still has 1 hook of the published claudectl;";
    let local =
        format!("$WORK/.claude/settings.local.json {still} to replace them: claudectl init --scope local");
    let project =
        format!("$WORK/.claude/settings.json {still} to replace them: claudectl init --scope project");
    let deep = format!("$WORK/deep/.claude/settings.json {still} take them out by hand");
    assert_eq!(warnings(), json!([local, project, deep]));
    for scope in ["local", "project"] {
        world.run(["init", "--scope", scope, "--binary", "/bin/true"]).success();
    }
    assert_eq!(warnings(), json!([deep]));
    // In the home folder, the project's settings are one's own, which were just edited.
    fs::write(settings(&world), hook).unwrap();
    let cmd = world.cmd().args(["init", "--json", "--binary", "/bin/true"]).cwd(world.home());
    assert_eq!(cmd.run().success().json()["warnings"], json!([]));
}

#[test]
fn plugins_are_named_with_the_command_that_removes_them() {
    let path = samples().into_iter().find(|path| name(path) == "published-plugin-scripts.json").unwrap();
    let world = with_settings("2.1.330", Some(&fs::read(path).unwrap()));
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    assert!(
        out.stderr.contains("to remove it: claude plugin uninstall claudectl@claudectl\n"),
        "{}",
        out.stderr
    );
    assert_eq!(read(&world)["enabledPlugins"]["claudectl@claudectl"], true, "left to that command");
}

#[test]
fn a_dry_run_shows_the_lines_and_changes_nothing() {
    let secret = &crate::redaction::secrets()[0];
    let text = format!("{{\n  \"env\": {{\n    \"GITHUB_TOKEN\": \"{secret}\"\n  }}\n}}\n");
    let world = with_settings("2.1.330", Some(text.as_bytes()));
    let before = tree(world.root());
    let out = world.run(["init", "--dry-run", "--binary", "/bin/true", "--no-statusline"]).success();
    assert_eq!(tree(world.root()), before);
    assert!(!out.stdout.contains(&secret[6..20]), "{}", out.stdout);
    insta::assert_snapshot!("init_dry_run", out.snapshot());
}

#[test]
fn says_what_it_did() {
    let world =
        with_settings("2.1.330", Some(b"{\"statusLine\":{\"type\":\"command\",\"command\":\"date\"}}"));
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    insta::assert_snapshot!("init", without_names(&out.snapshot()));
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    assert!(out.stdout.contains("~/.claude/settings.json: nothing to change\n"), "{}", out.stdout);
    let backups = world.state_dir().join("backups/settings");
    assert_eq!(fs::metadata(&backups).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&backups).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn the_arguments_of_a_hook_are_absolute() {
    let world = with_settings("2.1.330", None);
    world.write("work/mine.toml", "");
    let report = json(&world, &["--config", "mine.toml", "init", "--binary", "/bin/true", "--json"]);
    file(&report, "created");
    assert_eq!((&report["form"], &report["strict"]), (&json!("exec"), &json!(false)));
    let hook = &read(&world)["hooks"]["Stop"][0]["hooks"][0];
    let (state, config) = (world.state_dir(), world.work_dir().join("mine.toml"));
    let args = json!(["hook", "--home", state, "--config", config]);
    assert_eq!(*hook, json!({"type": "command", "command": "/bin/true", "args": args, "timeout": 5}));
    assert_eq!(fs::metadata(settings(&world)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_lowest_version_of_what_may_run_decides() {
    let world = with_settings("2.1.330", None);
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).version("2.1.126").write(&world.config_dir());
    let report = init(&world, &["--strict"]);
    assert_eq!((&report["host"]["version"], &report["form"]), (&json!("2.1.126"), &json!("shell")));
    assert_eq!(report["strict"], false, "not claimed where it does not hold");
    assert!(report["warnings"][0].as_str().unwrap().contains("`onFailure`, from 2.1.295 on"), "{report:#}");
    let hook = &read(&world)["hooks"]["PermissionDenied"][0];
    let command = hook["hooks"][0]["command"].as_str().unwrap();
    assert!(command.starts_with("/bin/true hook --home /") && hook["hooks"][0].get("args").is_none());
    let out = world.run(["init", "--binary", "/bin/true"]).success().stdout;
    assert!(
        out.contains("written for Claude Code 2.1.126 (a session that runs, ~/.claude/sessions/"),
        "{out}"
    );
    assert!(out.contains("the lowest of what may run here; the newest is 2.1.330"), "{out}");
    drop(process);
    let report = init(&world, &["--strict"]);
    assert_eq!((&report["form"], &report["strict"]), (&json!("exec"), &json!(true)));
    assert_eq!(report["files"][0]["updated"].as_array().unwrap().len(), 17);
    assert_eq!(read(&world)["hooks"]["PreToolUse"][0]["hooks"][0]["onFailure"], "block");
}

#[test]
fn what_is_strict_stays_strict_until_told_otherwise() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let blocks = || read(&world)["hooks"]["PreToolUse"][0]["hooks"][0].get("onFailure").is_some();
    let told =
        |report: &Value| (report["files"][0]["was_strict"] == true, report["files"][0]["strict"] == true);
    assert_eq!((told(&init(&world, &["--strict"])), blocks()), ((false, true), true));
    let report = init(&world, &[]);
    file(&report, "unchanged");
    assert_eq!((told(&report), &report["strict"], blocks()), ((true, true), &json!(true), true));
    // Also where the rest of the hook changes.
    let out = world.run(["init", "--binary", "/bin/false"]).success().stdout;
    assert!(
        out.contains("  strict, as before: a tool call is blocked where its hook fails; `--no-strict`"),
        "{out}"
    );
    assert!(blocks());
    let out = world.run(["init", "--binary", "/bin/false", "--no-strict"]).success().stdout;
    assert!(out.contains("  no longer strict: a tool call goes ahead where its hook fails\n"), "{out}");
    assert_eq!((told(&init(&world, &[])), blocks()), ((false, false), false));
    init(&world, &["--strict"]);
    let report = init(&world, &["--host-version", "2.1.294"]);
    assert_eq!((told(&report), &report["strict"]), ((true, false), &json!(false)));
    assert!(
        report["warnings"].to_string().contains("it is no longer strict; give `--strict` again"),
        "{report:#}"
    );
    world.run(["init", "--strict", "--no-strict"]).fails_with(2);
}

#[test]
fn a_session_too_old_to_say_counts_as_the_oldest() {
    let world = with_settings("2.1.330", None);
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).without("version").write(&world.config_dir());
    let report = init(&world, &["--dry-run"]);
    assert_eq!((&report["host"]["version"], &report["form"]), (&json!("2.1.41"), &json!("shell")));
    let warning = report["warnings"][0].as_str().unwrap();
    assert!(warning.contains("names no version, so it is older than 2.1.118; taken for 2.1.41"), "{warning}");
}

/// Hooks that work are not taken out because of a client that knows none.
#[test]
fn a_version_that_knows_no_hooks_is_refused() {
    let world = with_settings("2.1.330", Some(b"{}"));
    init(&world, &[]);
    let installed = fs::read(settings(&world)).unwrap();
    let refused = |more: &[&str]| {
        let out = world.run([&["init", "--binary", "/bin/true"], more].concat()).fails_with(2);
        assert_eq!(fs::read(settings(&world)).unwrap(), installed);
        out.stderr
    };
    for more in [&["--host-version", "1.0.0"][..], &["--host-version", "1.0.29", "--dry-run"]] {
        let said = refused(more);
        assert!(
            said.contains(" knows none of the hooks: the oldest version that does is 1.0.30\n"),
            "{said}"
        );
        assert!(said.contains("  fix: name a later one: --host-version 2.1.41\n"), "{said}");
    }
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).version("1.0.0").write(&world.config_dir());
    let said = refused(&[]);
    assert!(said.contains("error: Claude Code 1.0.0 (~/.claude/sessions/"), "{said}");
    assert!(
        said.contains("update that client, or name the version that counts: claudectl init --host-version")
    );
    init(&world, &["--host-version", "2.1.330"]);
    assert_eq!(init(&world, &["--host-version", "1.0.30"])["events"].as_array().unwrap().len(), 3);
}

#[test]
fn no_client_at_all_gets_what_every_version_knows() {
    let world = world();
    let named = init(&world, &["--host-version", "2.1.41", "--dry-run"]);
    assert_eq!(named["events"].as_array().unwrap().len(), 12);
    assert_eq!((&named["form"], &named["host"]["known"]), (&json!("shell"), &json!(true)));
    let broken = world.write("home/.local/bin/claude", "#!/bin/sh\nexit 1\n");
    fs::set_permissions(broken, fs::Permissions::from_mode(0o755)).unwrap();
    let found = init(&world, &["--dry-run"]);
    assert!(
        found["warnings"][0].as_str().unwrap().contains("~/.local/bin/claude is left out: \"\" is not"),
        "{found:#}"
    );
    // A machine may have one in /usr/bin.
    if found["host"]["known"] == false {
        assert_eq!((&found["events"], &found["host"]["version"]), (&named["events"], &json!("2.1.41")));
        assert!(found["host"]["clients"][0]["reason"].as_str().unwrap().contains("not a version"));
    }
    let out = world.run(["init", "--host-version", "two"]).fails_with(2);
    assert!(out.stderr.contains("is not a version of Claude Code"), "{}", out.stderr);
}

#[test]
fn projects_and_their_local_settings() {
    let world = with_settings("2.1.330", Some(b"{}"));
    fs::create_dir_all(world.work_dir().join(".git")).unwrap();
    let deep = world.work_dir().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    let run = |args: &[&str]| world.cmd().args(args).cwd(&deep).run().success();
    let out = run(&["init", "--scope", "project", "--binary", "/bin/true"]);
    assert!(out.stderr.contains("warning: these settings are shared with everybody"), "{}", out.stderr);
    assert!(
        out.stderr.contains("count for sessions started in $WORK, not in folders below"),
        "{}",
        out.stderr
    );
    let shared = world.work_dir().join(".claude/settings.json");
    let all: Value = serde_json::from_slice(&fs::read(&shared).unwrap()).unwrap();
    assert_eq!((all["hooks"].as_object().unwrap().len(), all.get("statusLine")), (17, None));
    run(&["init", "--scope", "local", "--binary", "/bin/true"]);
    assert!(world.work_dir().join(".claude/settings.local.json").exists());
    assert_eq!(fs::read(settings(&world)).unwrap(), b"{}");
    run(&["uninstall", "--scope", "project"]);
    assert!(!shared.exists());
    run(&["uninstall", "--all"]);
    assert!(!world.work_dir().join(".claude/settings.local.json").exists());
}

#[test]
fn every_configuration_folder_or_none() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let other = world.write("other/settings.json", "{\n  \"a\": ,\n}");
    let folders = format!("{},{}", world.config_dir().display(), other.parent().unwrap().display());
    let run = |args: &[&str]| world.cmd().args(args).env("CLAUDE_CONFIG_DIR", &folders).run();
    let out = run(&["init", "--binary", "/bin/true"]).fails_with(3);
    assert!(
        out.stderr.starts_with("error: $ROOT/other/settings.json:2:8 is not JSON\n  why: "),
        "{}",
        out.stderr
    );
    assert_eq!(fs::read(settings(&world)).unwrap(), b"{}", "not even the one that is right");
    fs::write(&other, "").unwrap();
    run(&["init", "--binary", "/bin/true"]).success();
    assert!(fs::read_to_string(&other).unwrap().contains("PreToolUse"));
    fs::write(&other, "{").unwrap();
    run(&["uninstall"]).fails_with(3);
    assert_eq!(
        fs::read(settings(&world)).unwrap(),
        b"{}",
        "one that is broken does not keep ours in the other"
    );
}

#[test]
fn what_cannot_be_edited_is_left_with_what_why_and_how() {
    let cases: &[(&[u8], &str)] = &[
        (b"{\n  \"a\": 1\n  \"b\": 2\n}", "~/.claude/settings.json:2:9 is not JSON\n"),
        (b"[]", "~/.claude/settings.json:1:1: settings have to be an object\n"),
        (b"{\n \"hooks\": [] }", "~/.claude/settings.json:2:11: `hooks` has to be an object\n"),
        (b"{\"hooks\":{\"Stop\":1}}", "~/.claude/settings.json:1:18: `hooks.Stop` has to be a list\n"),
        (b"{\"a\":\n\"\xff\"}", "~/.claude/settings.json is not UTF-8 text\n  why: line 2 "),
    ];
    for (bytes, message) in cases {
        let world = with_settings("2.1.330", Some(bytes));
        let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
        assert!(out.stderr.starts_with(&format!("error: {message}")), "{}", out.stderr);
        assert!(out.stderr.contains("\n  fix: "), "{}", out.stderr);
        assert_eq!(fs::read(settings(&world)).unwrap(), *bytes);
        assert!(!world.state_dir().join("backups").exists());
    }
    let world = with_settings("2.1.330", Some(&vec![b' '; 1_100_000]));
    let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
    assert!(out.stderr.contains("~/.claude/settings.json is larger than a megabyte"), "{}", out.stderr);
    let world = with_settings("2.1.330", Some(b"{}"));
    fs::set_permissions(settings(&world), fs::Permissions::from_mode(0o400)).unwrap();
    let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
    assert!(out.stderr.contains("is read-only\n") && out.stderr.contains("chmod u+w"), "{}", out.stderr);
    let out = world.run(["init", "--binary", "/nowhere/claudectl"]).fails_with(2);
    assert!(out.stderr.contains("/nowhere/claudectl is not an executable file"), "{}", out.stderr);
}

#[test]
fn a_folder_that_cannot_be_written() {
    let world = with_settings("2.1.330", None);
    fs::remove_dir(world.config_dir()).unwrap();
    // Below a file nothing can be made, not even by root.
    world.write("home/.claude", "a file in the folder's place");
    let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
    assert!(
        out.stderr.contains("~/.claude/settings.json\n") && out.stderr.contains("  why: "),
        "{}",
        out.stderr
    );
    let world = with_settings("2.1.330", Some(b"{}"));
    world.write("state", "a file in the folder's place");
    let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
    assert!(out.stderr.contains("cannot keep a backup in "), "{}", out.stderr);
    assert_eq!(fs::read(settings(&world)).unwrap(), b"{}", "no edit without a backup");
}

/// Hooks go by nothing there, so whoever installs them is told.
#[test]
fn a_state_folder_that_others_may_write_is_told() {
    let world = with_settings("2.1.330", Some(b"{}"));
    assert_eq!(init(&world, &[])["warnings"], json!([]));
    fs::set_permissions(world.state_dir(), fs::Permissions::from_mode(0o777)).unwrap();
    for args in [&["--dry-run"][..], &[]] {
        let warnings = init(&world, args)["warnings"].clone();
        let told = "others may WRITE $STATE: what hooks go by may be theirs, so they ask about every call until that is mended: chmod go-rwx $STATE";
        assert_eq!(warnings, json!([told]));
    }
    // Only root may give a folder away.
    fs::set_permissions(world.state_dir(), fs::Permissions::from_mode(0o700)).unwrap();
    if std::os::unix::fs::chown(world.state_dir(), Some(4_711), None).is_ok() {
        let warnings = init(&world, &[])["warnings"].to_string();
        assert!(
            warnings.contains("$STATE belongs to user 4711: what hooks go by may be theirs"),
            "{warnings}"
        );
    }
}

#[test]
fn a_link_to_settings_kept_elsewhere_stays_a_link() {
    let world = with_settings("2.1.330", None);
    let real = world.write("home/dotfiles/claude.json", "{\"model\": \"opus\"}\n");
    std::os::unix::fs::symlink(&real, settings(&world)).unwrap();
    init(&world, &[]);
    assert!(fs::symlink_metadata(settings(&world)).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("\"hooks\""));
    file(&json(&world, &["uninstall", "--json"]), "restored");
    assert_eq!(fs::read_to_string(&real).unwrap(), "{\"model\": \"opus\"}\n");
    assert!(fs::symlink_metadata(settings(&world)).unwrap().is_symlink());
}

#[test]
fn names_that_keep_the_text_from_before_are_told() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let other = world.home().join("dotfiles.json");
    fs::hard_link(settings(&world), &other).unwrap();
    let said = "~/.claude/settings.json is one of several names of a file (hard links); the others";
    let dry = init(&world, &["--dry-run"]);
    assert!(dry["warnings"].to_string().contains(&format!("{said} would keep the text")), "{dry:#}");
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    assert!(out.stderr.contains(&format!("warning: {said} keep the text from before")), "{}", out.stderr);
    assert_eq!(fs::read(&other).unwrap(), b"{}");
    assert_eq!(init(&world, &[])["warnings"], json!([]));
    fs::remove_file(&other).unwrap();
    fs::hard_link(settings(&world), &other).unwrap();
    let out = world.run(["uninstall"]).success();
    assert!(out.stderr.contains(said), "{}", out.stderr);
}

#[test]
fn what_a_killed_edit_left_goes_with_the_next() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let left = world.config_dir().join(format!(".settings.json.claudectl-{}-0", child.id()));
    fs::write(&left, "{\n").unwrap();
    init(&world, &["--dry-run"]);
    assert!(left.exists());
    init(&world, &[]);
    assert!(!left.exists());
}

#[test]
fn a_program_that_moved_is_followed_in_place() {
    let world = with_settings("2.1.330", Some(b"{\n  \"model\": \"opus\"\n}\n"));
    init(&world, &[]);
    let first = fs::read_to_string(settings(&world)).unwrap();
    let report = json(&world, &["init", "--json", "--binary", "/bin/false"]);
    let file = file(&report, "edited");
    assert_eq!((&file["added"], file["updated"].as_array().unwrap().len()), (&json!([]), 17));
    assert_eq!(file["status_line"], "updated");
    let second = fs::read_to_string(settings(&world)).unwrap();
    assert_eq!(second.replace("/bin/false", "/bin/true"), first);
    assert_eq!(json(&world, &["uninstall", "--json"])["files"][0]["outcome"], "restored", "over both edits");
}

#[test]
fn our_own_program_by_a_link_that_leads_to_it() {
    let world = with_settings("2.1.330", None);
    let link = world.root().join("bin/claudectl");
    fs::create_dir(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(crate::BIN, &link).unwrap();
    let report = world.claudectl(&link).args(["init", "--json"]).run().success().json();
    assert_eq!(report["binary"], "$ROOT/bin/claudectl");
    let report = json(&world, &["init", "--json"]);
    assert_eq!(report["binary"], crate::BIN);
    assert!(report["warnings"][0].as_str().unwrap().contains("is in a folder of a build"), "{report:#}");
}

#[test]
fn comments_are_kept_and_what_they_cost_is_said() {
    let path = samples().into_iter().find(|path| name(path) == "comments.json").unwrap();
    let world = with_settings("2.1.330", Some(&fs::read(path).unwrap()));
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    assert!(
        out.stderr.contains("~/.claude/settings.json:1 has a comment or a trailing comma"),
        "{}",
        out.stderr
    );
    let text = fs::read_to_string(settings(&world)).unwrap();
    for comment in ["// mine\n", "/* the best */", "// when it stops", "// aloud", "// that is all\n}"] {
        assert!(text.contains(comment), "{text}");
    }
}

#[test]
fn hooks_that_are_switched_off_are_told() {
    let world = with_settings("2.1.330", None);
    world.write("work/.claude/settings.json", "{\"disableAllHooks\": true}");
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    let cause =
        "hooks do not run in this folder: project settings set disableAllHooks ($WORK/.claude/settings.json)";
    assert!(out.stderr.contains(cause), "{}", out.stderr);
}

#[test]
fn settings_that_the_client_does_not_load_are_told() {
    for (text, said) in [
        ("{\"x\":\"\u{1}\"}", "settings.json:1 has what no JSON has: control character"),
        (r#"{"cleanupPeriodDays":"30"}"#, "settings.json:1 has another kind of value in `cleanupPeriodDays`"),
        (r#"{"statusLine":null}"#, "settings.json:1 has another kind of value in `statusLine`"),
        (r#"{"env":5}"#, "to correct it: make it an object, or take it out"),
    ] {
        let world = with_settings("2.1.330", Some(text.as_bytes()));
        let out = world.run(["init", "--binary", "/bin/true"]).success();
        assert!(out.stderr.contains(said), "{text}: {}", out.stderr);
        assert!(out.stderr.contains("Claude Code 2.1.330 does not load a settings file with this"), "{text}");
        world.run(["uninstall"]).success();
        assert_eq!(fs::read_to_string(settings(&world)).unwrap(), text);
    }
}

#[test]
fn what_only_claudectl_cannot_edit_is_not_blamed_on_the_client() {
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(600), "]".repeat(600));
    for text in ["{\"x\":\"\\ud800\"}", &deep] {
        let world = with_settings("2.1.330", Some(text.as_bytes()));
        let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
        assert!(out.stderr.contains("claudectl cannot edit this without risk"), "{}", out.stderr);
        assert!(!out.stderr.contains("Claude Code"), "{}", out.stderr);
        assert_eq!(fs::read_to_string(settings(&world)).unwrap(), text);
    }
}

fn line(command: &str) -> String {
    json!({"statusLine": {"type": "command", "command": command}}).to_string()
}

#[test]
fn options_of_the_persons_own_stay_in_a_status_line_of_ours() {
    for options in [
        "--home /a --config /b --format '{cost}' --wrap 'mine --x'",
        "--wrap='mine --x' --color never --config /b --home=/a '--format={cost}'",
    ] {
        let there = line(&format!("/old/claudectl statusline {options}"));
        let world = with_settings("2.1.330", Some(there.as_bytes()));
        assert_eq!(init(&world, &[])["files"][0]["status_line"], "updated");
        let command = read(&world)["statusLine"]["command"].as_str().unwrap().to_owned();
        assert!(command.starts_with("/bin/true statusline --home "), "{command}");
        assert!(
            command.contains(" --format '{cost}' ") && command.ends_with(" --wrap 'mine --x'"),
            "{command}"
        );
        assert_eq!(command.contains("--color never"), options.contains("--color"), "{command}");
        file(&init(&world, &[]), "unchanged");
        json(&world, &["uninstall", "--json"]);
        assert_eq!(read(&world), json!({"statusLine": {"type": "command", "command": "mine --x"}}));
    }
}

#[test]
fn our_status_line_never_stands_around_ours() {
    let inner = "/x/claudectl statusline --home /h --config /c --wrap mine";
    let nested = format!("/y/claudectl statusline --home /h --config /c --wrap '{inner}'");
    for there in [inner, &nested] {
        let world = with_settings("2.1.330", Some(line(there).as_bytes()));
        init(&world, &[]);
        let command = read(&world)["statusLine"]["command"].as_str().unwrap().to_owned();
        assert!(command.starts_with("/bin/true ") && command.ends_with(" --wrap mine"), "{command}");
        assert_eq!(command.matches("statusline").count(), 1, "{command}");
    }
}

#[test]
fn a_status_line_in_another_form_is_left_and_told() {
    for command in
        ["claudectl statusline --format '{cost}'", "claudectl statusline --home /h --config /c | tr a b"]
    {
        let there = line(command);
        let world = with_settings("2.1.330", Some(there.as_bytes()));
        let out = world.run(["init", "--binary", "/bin/true"]).success();
        assert!(out.stderr.contains("but not as `claudectl init` writes it"), "{}", out.stderr);
        assert_eq!(read(&world)["statusLine"]["command"], command);
        let out = world.run(["uninstall"]).success();
        assert!(out.stderr.contains("but not as `claudectl init` writes it"), "{}", out.stderr);
        assert_eq!(fs::read_to_string(settings(&world)).unwrap(), there);
    }
}

#[test]
fn what_only_has_the_shape_of_ours_stays() {
    let hook = |command: &str| json!({"hooks": [{"type": "command", "command": command}]});
    let theirs = json!({
        "hooks": {"Stop": [
            hook("foo hook --home /x --config /y --mine"),
            hook("foo hook --home /x --config /y"),
            hook("claudectl hook --home /x --config /y --mine"),
        ]},
        "statusLine": {"type": "command", "command": "foo statusline --home /x --config /y"},
    });
    let world = with_settings("2.1.330", Some(theirs.to_string().as_bytes()));
    assert_eq!(init(&world, &[])["files"][0]["status_line"], "wrapped");
    let all = read(&world);
    assert_eq!(
        all["hooks"]["Stop"].as_array().unwrap()[..3],
        theirs["hooks"]["Stop"].as_array().unwrap()[..]
    );
    // Somebody edits it, so that nothing can be given back byte by byte.
    fs::write(settings(&world), all.to_string() + "\n").unwrap();
    world.run(["uninstall"]).success();
    assert_eq!(read(&world), theirs);
    let mine = json!({"statusLine": {"type": "command", "command": "foo statusline --home /x --config /y"}});
    let world = with_settings("2.1.330", Some(mine.to_string().as_bytes()));
    world.run(["uninstall"]).success();
    assert_eq!(read(&world), mine);
}

/// A program in claudectl's place that writes down its arguments and its input.
fn recorder(world: &World) -> (PathBuf, PathBuf) {
    let log = world.root().join("calls");
    fs::create_dir(&log).unwrap();
    let script = format!(
        "#!/bin/sh\nfile=$(mktemp {}/XXXXXXXX)\n{{ printf '%s\\n' \"$@\"; echo --; cat; }} > \"$file\"\n",
        log.display()
    );
    let path = world.write("bin dir/it's claudectl", script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (path, log)
}

/// Event and arguments of each call.
fn calls(log: &Path) -> Vec<(String, String)> {
    let call = |entry: std::io::Result<fs::DirEntry>| {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let (args, input) = text.split_once("--\n{").unwrap();
        let input: Value = serde_json::from_str(&format!("{{{input}")).unwrap();
        (input["hook_event_name"].as_str().unwrap().to_owned(), args.to_owned())
    };
    fs::read_dir(log).unwrap().map(call).collect()
}

#[test]
fn the_real_client_calls_what_was_installed() {
    let Some(claude) = Claude::for_tests() else { return };
    // Both forms work in the new client; the shell's is what old ones get.
    for (version, form) in [("2.1.330", "exec"), ("2.1.138", "shell")] {
        let (world, mock) = (world(), Mock::start());
        let (binary, log) = recorder(&world);
        let binary = binary.to_str().unwrap();
        let report = json(&world, &["init", "--json", "--host-version", version, "--binary", binary]);
        assert_eq!((&report["form"], &report["host"]["version"]), (&json!(form), &json!(version)));
        let prompt = ["-p", "work [[scenario:tools]]", "--permission-mode", "acceptEdits"];
        claude.headless(&world, &mock).args(prompt).run().success();
        let calls = calls(&log);
        let config = world.home().join(".config/claudectl/config.toml");
        let expected =
            format!("hook\n--home\n{}\n--config\n{}\n", world.state_dir().display(), config.display());
        let events: BTreeSet<&str> = calls.iter().map(|(event, _)| event.as_str()).collect();
        for event in ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd"] {
            assert!(events.contains(event), "{form}: no {event} in {events:?}");
        }
        assert!(calls.iter().all(|(_, args)| *args == expected), "{form}: {calls:#?}");
        world.run(["uninstall"]).success();
    }
}

/// What the client does, and what the survey says of it, over the files that may switch hooks off.
#[test]
fn the_real_client_agrees_on_whether_hooks_are_in_force() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let (binary, log) = recorder(&world);
    json(&world, &["init", "--json", "--host-version", "2.1.330", "--binary", binary.to_str().unwrap()]);
    fs::create_dir(world.work_dir().join(".git")).unwrap();
    let deep = world.work_dir().join("deep");
    fs::create_dir(&deep).unwrap();
    for (member, runs) in [
        ("\"x\": \"\ttab\"", false),
        ("\"permissions\": \"x\"", false),
        ("\"cleanupPeriodDays\": \"30\"", false),
        ("\"disableAllHooks\": 1", false),
        ("\"env\": {\"A\": 5}", true),
    ] {
        world.write("work/.claude/settings.local.json", "{}");
        let installed = fs::read_to_string(settings(&world)).unwrap();
        fs::write(settings(&world), installed.replacen('{', &format!("{{{member},"), 1)).unwrap();
        let prompt = ["-p", "hello [[scenario:hello]]"];
        claude.headless(&world, &mock).cwd(&deep).args(prompt).run().success();
        assert_eq!(!calls(&log).is_empty(), runs, "{member}");
        let report = world.cmd().cwd(&deep).args(["doctor", "--json"]).run().json();
        let checks = report["checks"].as_array().unwrap();
        let hooks = checks.iter().find(|check| check["name"] == "hooks").unwrap();
        assert_eq!(hooks["data"]["in_force"], runs, "{member}: {hooks:#}");
        fs::write(settings(&world), installed).unwrap();
        for call in fs::read_dir(&log).unwrap() {
            fs::remove_file(call.unwrap().path()).unwrap();
        }
    }
    fs::remove_dir_all(world.work_dir().join(".claude")).unwrap();
    let cases = [
        (&[][..], true),
        (&[("deep/.claude/settings.json", "true")], false),
        (&[("deep/.claude/settings.json", "true"), ("deep/.claude/settings.local.json", "false")], true),
        (&[(".claude/settings.json", "true")], true),
        (&[(".claude/settings.local.json", "true"), ("deep/.claude/settings.local.json", "false")], false),
    ];
    for (files, runs) in cases {
        for (file, off) in files {
            world.write(format!("work/{file}"), format!("{{\"disableAllHooks\": {off}}}"));
        }
        let prompt = ["-p", "hello [[scenario:hello]]"];
        claude.headless(&world, &mock).cwd(&deep).args(prompt).run().success();
        assert_eq!(!calls(&log).is_empty(), runs, "{files:?}");
        let report = world.cmd().cwd(&deep).args(["doctor", "--json"]).run().json();
        let checks = report["checks"].as_array().unwrap();
        let hooks = checks.iter().find(|check| check["name"] == "hooks").unwrap();
        assert_eq!(hooks["data"]["in_force"], runs, "{files:?}: {hooks:#}");
        for call in fs::read_dir(&log).unwrap() {
            fs::remove_file(call.unwrap().path()).unwrap();
        }
        for folder in [".claude", "deep/.claude"] {
            drop(fs::remove_dir_all(world.work_dir().join(folder)));
        }
    }
}

/// `uninstall` in between leaves the folder, whose loss a session would not get over.
#[test]
fn the_real_client_takes_up_what_is_installed_again() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let (binary, log) = recorder(&world);
    let Some(terminal) = claude.interactive(&world, &mock).start_for_tests() else { return };
    // A turn, so that it has surely begun.
    terminal.wait_for(|screen| screen.contains('❯'), Duration::from_secs(60));
    terminal.say("hello [[scenario:hello]]");
    terminal.wait_for(|screen| screen.contains("this is the scripted model"), Duration::from_secs(60));
    let local = |command: &[&str]| json(&world, &[command, &["--scope", "local", "--json"]].concat());
    let install = ["init", "--host-version", "2.1.330", "--binary", binary.to_str().unwrap()];
    // A call that is still being written down is read the next time.
    let is_stop = |entry: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(entry.unwrap().path())
            .is_ok_and(|text| text.contains(r#""hook_event_name":"Stop""#))
    };
    // It takes up a change during a turn, or a little later.
    let comes_to = |called: bool| {
        let turn = || {
            fs::read_dir(&log).unwrap().for_each(|call| fs::remove_file(call.unwrap().path()).unwrap());
            terminal.say("hello [[scenario:hello]]");
            let heard = || fs::read_dir(&log).unwrap().any(is_stop).then_some(());
            (wait_for(Duration::from_secs(3), heard).is_some() == called).then_some(())
        };
        wait_for(Duration::from_secs(60), turn).is_some()
    };
    local(&install);
    assert!(comes_to(true), "{}", terminal.screen());
    local(&["uninstall"]);
    assert!(comes_to(false), "{}", terminal.screen());
    local(&install);
    assert!(comes_to(true), "{}", terminal.screen());
}
