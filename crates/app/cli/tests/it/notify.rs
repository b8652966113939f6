//! `claudectl notify`: the log, and a try of each sink.

use std::os::unix::fs::PermissionsExt;

use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::{json as run_json, user_config, world};

#[test]
fn an_empty_log_says_what_to_do() {
    let world = world();
    let out = world.run(["notify", "ls"]).success();
    assert!(
        out.stdout.contains("nothing is configured") && out.stdout.contains("notify.desktop true"),
        "{}",
        out.stdout
    );
    assert_eq!(run_json(&world, &["notify", "ls", "--json"]), json!([]));
    assert!(!world.state_dir().join("state.db").exists(), "a look makes nothing");
    user_config(&world, "[notify]\nbell = true\n");
    let out = world.run(["notify", "ls"]).success();
    assert_eq!(
        out.stdout,
        "No notice was told yet. 1 sink is configured; `claudectl up` tells, `claudectl notify test` tries.\n"
    );
}

#[test]
fn mistakes_are_told() {
    let world = world();
    let out = world.run(["notify", "ls", "--event", "on_fire"]).fails_with(2);
    assert!(out.stderr.contains("on_needs_input"), "{}", out.stderr);
    let out = world.run(["notify", "ls", "--since", "soon"]).fails_with(2);
    assert!(out.stderr.contains("--since does not understand"), "{}", out.stderr);
    let out = world.run(["notify", "test"]).fails_with(1);
    assert!(out.stderr.contains("no sink is configured"), "{}", out.stderr);
    let out = world.run(["notify", "test", "webhook:mine"]).fails_with(2);
    assert!(
        out.stderr.contains("no sink named webhook:mine") && out.stderr.contains("configured: none"),
        "{}",
        out.stderr
    );
}

/// A search path with nothing on it but this program.
fn path_with(world: &World, name: &str, script: &str) -> String {
    let file = world.write(format!("bin/{name}"), script);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file.parent().unwrap().display().to_string()
}

#[test]
fn each_sink_says_how_it_went() {
    let world = world();
    world.write("home/.config/claudectl/secret", "whsec_not base64!");
    user_config(
        &world,
        "[notify]\ndesktop = true\nbell = true\n\
         [webhooks.gone]\nurl = \"http://127.0.0.1:1/services/T0/very-secret\"\n\
         [webhooks.unsigned]\nurl = \"https://hooks.example/x\"\nsecret_file = \"~/.config/claudectl/secret\"\n\
         [webhooks.lost]\nurl = \"https://hooks.example/x\"\ntoken_file = \"/nowhere/token\"\n\
         [hooks.on_finished]\nrun = [\"true\"]\n\
         [hooks.on_waiting]\nrun = [\"false\"]\n",
    );
    let out = world
        .cmd()
        .env("PATH", "/bin-that-is-not-there")
        .args(["notify", "test", "--json"])
        .run()
        .fails_with(1);
    let done = out.json();
    let of = |name: &str| {
        let all = done["sinks"].as_array().unwrap();
        let sink = all.iter().find(|sink| sink["sink"] == name).unwrap();
        (sink["ok"] == true, sink["reason"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(done["ok"], false);
    assert_eq!(of("bell"), (false, "there is no terminal to write to".to_owned()));
    let nowhere = "desktop notifications are not available: notify-send is not on PATH";
    assert_eq!(of("desktop"), (false, nowhere.to_owned()));
    assert!(!of("webhook:gone").0 && !out.stdout.contains("very-secret"), "{}", out.stdout);
    assert!(of("webhook:unsigned").1.contains("base64"), "{:?}", of("webhook:unsigned"));
    assert!(of("webhook:lost").1.starts_with("cannot read /nowhere/token"), "{:?}", of("webhook:lost"));
    let out = world.run(["notify", "test", "hook:on_finished"]).success();
    assert_eq!(out.stdout.lines().nth(1).map(str::trim_end), Some("hook:on_finished  true  sent"));
    let out = world.run(["notify", "test", "hook:on_waiting"]).fails_with(1);
    assert!(out.stdout.contains("failed: false: exit code 1"), "{}", out.stdout);
    let doctor = world.run(["doctor"]).stdout.clone();
    assert!(doctor.contains("nobody leads: notices are configured"), "{doctor}");
    assert!(doctor.contains("webhook:lost (cannot read /nowhere/token"), "{doctor}");
    assert!(!doctor.contains("bell (there is no terminal"), "{doctor}");
}

#[test]
fn the_desktop_gets_text_and_the_way_to_it_and_nothing_else() {
    let world = world();
    user_config(&world, "[notify]\ndesktop = true\n");
    let told = world.root().join("told");
    let script =
        format!("#!/bin/sh\n{{ for a; do echo \"$a\"; done; /usr/bin/env; }} > {}\n", told.display());
    let path = path_with(&world, "notify-send", &script);
    let cmd = || world.cmd().env("PATH", &path).env("DISPLAY", ":7").env("SECRET", "x");
    cmd().args(["notify", "test", "desktop"]).run().success();
    let told = std::fs::read_to_string(told).unwrap();
    assert!(told.contains("\n--\nclaudectl: a test\nIf you can read this, notices arrive here.\n"), "{told}");
    assert!(
        told.contains("DISPLAY=:7") && !told.contains("SECRET") && !told.contains("CLAUDECTL_"),
        "{told}"
    );
}

#[test]
fn a_project_cannot_have_itself_told_anything() {
    let world = world();
    world.write(
        "work/.claudectl.toml",
        "[hooks.on_session_start]\nrun = [\"/bin/sh\", \"-c\", \"touch /tmp/x\"]\n[notify]\nbell = true\n",
    );
    let out = world.run(["notify", "ls"]).fails_with(2);
    assert!(out.stderr.contains("a project file may not set `hooks.on_session_start.run`"), "{}", out.stderr);
}

#[test]
fn what_is_secret_is_not_shown_by_config() {
    let world = world();
    world.run(["config", "set", "webhooks.mine.url", "https://hooks.example/T0/hunter2"]).success();
    world.run(["config", "set", "webhooks.mine.secret", "hunter2"]).success();
    for args in
        [&["config", "show"][..], &["config", "show", "--json"], &["config", "get", "webhooks.mine.url"]]
    {
        let out = world.run(args).success();
        assert!(
            !out.stdout.contains("hunter2") && out.stdout.contains("https://hooks.example/…"),
            "{}",
            out.stdout
        );
    }
    let get: Value = run_json(&world, &["config", "get", "webhooks.mine.secret", "--json"]);
    assert_eq!(get["value"], "(hidden)");
}
