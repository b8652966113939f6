//! `claudectl uninstall`. That settings of every kind come back is tested with `init`.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};

use crate::init::{init, with_settings, without_names};
use crate::{json, tree, world};

#[test]
fn a_file_that_init_made_is_deleted() {
    let world = with_settings("2.1.330", None);
    init(&world, &[]);
    let file = world.config_dir().join("settings.json");
    assert!(file.exists());
    let before = tree(world.root());
    let dry = world.run(["uninstall", "--dry-run"]).success().stdout;
    assert!(dry.contains("would be deleted: `claudectl init` had made it"), "{dry}");
    assert!(dry.contains("\n-  \"hooks\": {\n"), "{dry}");
    assert_eq!(tree(world.root()), before);
    let out = world.run(["uninstall"]).success();
    insta::assert_snapshot!("uninstall", without_names(&out.snapshot()));
    assert!(!file.exists());
    assert_eq!(
        world.run(["uninstall"]).success().stdout,
        "Nothing of claudectl is in ~/.claude/settings.json.\n"
    );
}

#[test]
fn nothing_installed_is_nothing_done() {
    let world = world();
    let report = json(&world, &["uninstall", "--json"]);
    assert_eq!((&report["scope"], &report["files"][0]["outcome"]), (&json!("user"), &json!("unchanged")));
    assert!(!world.state_dir().exists(), "not even a folder is made");
}

#[test]
fn ones_own_status_line_comes_back_when_the_file_has_changed() {
    let text = "{\n  \"statusLine\": {\n    \"type\": \"command\",\n    \"command\": \"date '+%H'\",\n    \"padding\": 2\n  }\n}\n";
    let world = with_settings("2.1.330", Some(text.as_bytes()));
    let report = init(&world, &[]);
    assert_eq!(report["files"][0]["status_line"], "wrapped");
    let path = world.config_dir().join("settings.json");
    // Claude Code writes the file anew when a setting is changed in it.
    let mut all: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    all["model"] = "opus".into();
    fs::write(&path, serde_json::to_string_pretty(&all).unwrap()).unwrap();
    let out = world.run(["uninstall"]).success().stdout;
    assert!(out.contains("your own status line again"), "{out}");
    let expected = json!({
        "statusLine": {"type": "command", "command": "date '+%H'", "padding": 2},
        "model": "opus",
    });
    assert_eq!(fs::read_to_string(&path).unwrap(), serde_json::to_string_pretty(&expected).unwrap());
}

#[test]
fn lists_that_were_empty_before_stay() {
    let text = r#"{"hooks":{"PreToolUse":[],"Stop":[{"hooks":[]}]}}"#;
    let world = with_settings("2.1.330", Some(text.as_bytes()));
    init(&world, &[]);
    let path = world.config_dir().join("settings.json");
    let mut all: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    all["model"] = "opus".into();
    fs::write(&path, all.to_string()).unwrap();
    // A second edit of ours, by a program elsewhere, knows less.
    json(&world, &["init", "--json", "--binary", "/bin/false"]);
    fs::write(&path, fs::read_to_string(&path).unwrap() + "\n").unwrap();
    world.run(["uninstall"]).success();
    let after: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(after, json!({"hooks": {"PreToolUse": [], "Stop": [{"hooks": []}]}, "model": "opus"}));
}

#[test]
fn hooks_stay_where_no_record_tells_whose_they_are() {
    let world = with_settings("2.1.330", Some(b"{\"hooks\":{}}"));
    json(&world, &["init", "--json"]);
    fs::remove_dir_all(world.state_dir()).unwrap();
    world.run(["uninstall"]).success();
    let after: Value =
        serde_json::from_slice(&fs::read(world.config_dir().join("settings.json")).unwrap()).unwrap();
    assert_eq!(after, json!({"hooks": {}}));
}

#[test]
fn comments_beside_our_entries_stay() {
    let world = with_settings("2.1.330", Some(b"{}"));
    init(&world, &[]);
    let path = world.config_dir().join("settings.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\"hooks\": {", "\"hooks\": { // mine", 1)).unwrap();
    world.run(["uninstall"]).success();
    assert!(fs::read_to_string(&path).unwrap().contains("// mine"));
}

/// A client watches the folder that it found, and does not notice another one in its place.
#[test]
fn the_folder_that_init_made_stays() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let folder = world.work_dir().join(".claude");
    let install = || world.run(["init", "--scope", "local", "--binary", "/bin/true"]).success().stdout;
    let out = install();
    assert!(
        out.contains("within seconds, but for those that began with another $WORK/.claude there."),
        "{out}"
    );
    assert!(out.ends_with("`claudectl uninstall --scope local` takes it out.\n"), "{out}");
    let inode = fs::metadata(&folder).unwrap().ino();
    world.run(["uninstall", "--scope", "local"]).success();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let out = install();
    assert!(out.contains("Running sessions take up the hooks within seconds."), "{out}");
    assert_eq!(fs::metadata(&folder).unwrap().ino(), inode);
}

#[test]
fn all_finds_every_file_that_init_ever_edited() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let project = world.root().join("elsewhere");
    fs::create_dir(&project).unwrap();
    let elsewhere = |args: &[&str]| world.cmd().args(args).cwd(&project).run().success();
    elsewhere(&["init", "--scope", "local", "--binary", "/bin/true"]);
    init(&world, &[]);
    world.run(["uninstall", "--all"]).success();
    assert_eq!(fs::read(world.config_dir().join("settings.json")).unwrap(), b"{}");
    assert!(!project.join(".claude/settings.local.json").exists());
    let out = world.run(["uninstall", "--all", "--scope", "user"]).fails_with(2);
    assert!(out.stderr.contains("cannot be used with"), "{}", out.stderr);
}

/// As in a state folder that cannot be written: what needs it comes first, and what was done is what is said.
#[test]
fn where_no_backup_can_be_kept_nothing_is_taken_out_and_a_second_run_completes_it() {
    let world = with_settings("2.1.330", Some(b"{}"));
    init(&world, &[]);
    // In the way of the bytes that the next backup is to keep.
    let backups = world.state_dir().join("backups/settings");
    let kept = fs::read_dir(&backups).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let last = kept.into_iter().find_map(|name| Some(name.strip_suffix("-0.json")?.to_owned())).unwrap();
    let blocked = backups.join(format!("{last}-1.before"));
    fs::create_dir(&blocked).unwrap();
    let before = tree(&world.config_dir());
    let out = world.run(["uninstall"]).fails_with(3);
    assert_eq!(tree(&world.config_dir()), before, "the plugin stays, too");
    assert_eq!(out.stdout, "");
    assert!(out.stderr.contains("error: cannot keep a backup in $STATE/backups/settings"), "{}", out.stderr);
    assert!(out.stderr.contains("; ~/.claude/settings.json was left as it is\n"), "{}", out.stderr);
    assert!(out.stderr.contains("~/.claude/skills/claudectl stays with the hooks"), "{}", out.stderr);
    assert!(!backups.join(format!("{last}-1.json")).exists(), "no record of an edit that was not made");
    fs::remove_dir(&blocked).unwrap();
    let report = json(&world, &["uninstall", "--json"]);
    assert_eq!(report["files"][0]["outcome"], "restored", "{report:#}");
    assert_eq!(report["plugin"][0]["outcome"], "removed", "{report:#}");
    assert!(!world.config_dir().join("skills").exists());
}

/// What can be done is done: another folder's settings, and the plugin beside them.
#[test]
fn settings_that_cannot_be_edited_keep_their_plugin_and_no_other() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let other = world.home().join(".config/claude");
    fs::create_dir_all(&other).unwrap();
    let run = |args: &[&str]| world.cmd().env("CLAUDE_CONFIG_DIR", "").args(args).run();
    run(&["init", "--json", "--binary", "/bin/true"]).success();
    let plugin = |root: &std::path::Path| root.join("skills/claudectl").exists();
    assert!(plugin(&world.config_dir()) && plugin(&other));
    let settings = world.config_dir().join("settings.json");
    let installed = fs::read(&settings).unwrap();
    fs::write(&settings, "{ no JSON").unwrap();
    let out = run(&["uninstall"]).fails_with(3);
    assert!(plugin(&world.config_dir()) && !plugin(&other), "{}", out.stderr);
    assert!(out.stdout.contains("~/.config/claude/skills/claudectl: removed; the plugin"), "{}", out.stdout);
    fs::write(&settings, installed).unwrap();
    run(&["uninstall"]).success();
    assert!(!plugin(&world.config_dir()));
}
