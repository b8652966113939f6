//! The plugin for Claude Code: put in place by `init`, taken away by `uninstall`, looked at by `doctor`; what it tells an
//! agent to run; and what the real Claude Code makes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_gate::judge::Mode;
use claudectl_testkit::{Claude, Cmd, Mock, Turn, Usage, World};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::doctor::{check, on_the_path};
use crate::init::{client, init, with_settings};
use crate::{A, BIN, json, reply, tree, world};

const MANIFEST: &str = ".claude-plugin/plugin.json";

fn folder(world: &World) -> PathBuf {
    world.config_dir().join("skills/claudectl")
}

/// The only plugin of a report.
#[track_caller]
fn plugin(report: &Value) -> &Value {
    assert_eq!(report["plugin"].as_array().map(Vec::len), Some(1), "{report:#}");
    &report["plugin"][0]
}

/// Makes what is installed an earlier version's.
fn make_older(world: &World) {
    let manifest = folder(world).join(MANIFEST);
    let text = fs::read_to_string(&manifest).unwrap();
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "{text}");
    let text = text.replace(&version, "\"version\": \"0.0.1\"");
    fs::write(manifest, &text).unwrap();
    let path = folder(world).join(".claude-plugin/claudectl-init.json");
    let mut receipt: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(receipt["version"], env!("CARGO_PKG_VERSION"));
    receipt["version"] = "0.0.1".into();
    receipt["files"][MANIFEST] = format!("{:032x}", xxh3_128(text.as_bytes())).into();
    fs::write(path, receipt.to_string()).unwrap();
}

/// The plugin in the source tree: each file's path and text.
fn source() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../plugin");
    let name = |path: &Path| path.strip_prefix(&top).unwrap().to_str().unwrap().to_owned();
    tree(&top).into_iter().map(|(path, bytes)| (name(&path), String::from_utf8(bytes).unwrap())).collect()
}

#[test]
fn init_puts_it_in_place_and_uninstall_takes_it_away() {
    let world = with_settings("2.1.330", Some(b"{}"));
    let before = tree(&world.config_dir());
    let shown = world.run(["init", "--dry-run"]).success().stdout;
    assert!(shown.contains("~/.claude/skills/claudectl: would be made; the plugin, version"), "{shown}");
    assert_eq!(plugin(&init(&world, &["--dry-run"]))["outcome"], "created");
    assert_eq!(tree(&world.config_dir()), before);
    assert_eq!(plugin(&init(&world, &[]))["outcome"], "created");
    for (path, text) in source() {
        assert_eq!(fs::read_to_string(folder(&world).join(&path)).unwrap(), text, "{path}");
    }
    let installed = tree(&world.config_dir());
    assert_eq!(plugin(&init(&world, &[]))["outcome"], "unchanged");
    assert_eq!(tree(&world.config_dir()), installed);
    let shown = world.run(["uninstall", "--dry-run"]).success().stdout;
    assert!(shown.contains("~/.claude/skills/claudectl: would be removed; the plugin\n"), "{shown}");
    assert_eq!(tree(&world.config_dir()), installed);
    assert_eq!(plugin(&json(&world, &["uninstall", "--json"]))["outcome"], "removed");
    assert_eq!(tree(&world.config_dir()), before);
    assert!(!world.config_dir().join("skills").exists());
    assert_eq!(json(&world, &["uninstall", "--json"])["plugin"], json!([]));
}

#[test]
fn it_is_left_alone_where_that_is_asked_for_and_in_settings_of_projects() {
    let world = with_settings("2.1.330", None);
    assert_eq!(init(&world, &["--no-plugin"])["plugin"], json!([]));
    assert!(!world.config_dir().join("skills").exists());
    assert_eq!(init(&world, &["--scope", "local"])["plugin"], json!([]));
    assert!(!world.work_dir().join(".claude/skills").exists());
    init(&world, &[]);
    make_older(&world);
    let before = tree(&folder(&world));
    init(&world, &["--no-plugin"]);
    assert_eq!(json(&world, &["uninstall", "--scope", "local", "--json"])["plugin"], json!([]));
    assert_eq!(tree(&folder(&world)), before);
    assert_eq!(plugin(&json(&world, &["uninstall", "--all", "--json"]))["outcome"], "removed");
}

#[test]
fn an_older_one_is_brought_up_to_date_and_what_somebody_changed_is_kept() {
    let world = with_settings("2.1.330", None);
    init(&world, &[]);
    make_older(&world);
    let report = init(&world, &[]);
    assert_eq!(plugin(&report)["outcome"], "updated");
    assert_eq!((&plugin(&report)["was"], &plugin(&report)["backup"]), (&json!("0.0.1"), &Value::Null));
    let command = folder(&world).join("commands/spend.md");
    fs::write(&command, "Mine.").unwrap();
    let report = init(&world, &[]);
    assert_eq!(plugin(&report)["outcome"], "kept");
    assert_eq!(plugin(&report)["edited"], json!(["commands/spend.md"]));
    assert!(report["warnings"].to_string().contains("has been changed (commands/spend.md) and stays so"));
    assert_eq!(fs::read_to_string(&command).unwrap(), "Mine.");
    make_older(&world);
    let would = init(&world, &["--dry-run"])["warnings"].to_string();
    assert!(would.contains("it would be moved into the state folder, and a new one made"), "{would}");
    assert_eq!(fs::read_to_string(&command).unwrap(), "Mine.");
    let out = world.run(["init", "--binary", "/bin/true"]).success();
    assert!(out.stderr.contains("had been changed (commands/spend.md), and is new now"), "{}", out.stderr);
    assert!(out.stdout.contains("brought up to date; the plugin, version"), "{}", out.stdout);
    assert_ne!(fs::read_to_string(&command).unwrap(), "Mine.");
    let kept = tree(&world.state_dir().join("backups/plugins"));
    assert!(kept.values().any(|text| text == b"Mine."), "{:?}", kept.keys());
    fs::write(folder(&world).join("commands/mine.md"), "Mine, too.").unwrap();
    let report = json(&world, &["uninstall", "--json"]);
    let backup = plugin(&report)["backup"].as_str().unwrap();
    assert!(backup.starts_with("$STATE/backups/plugins/") && !folder(&world).exists(), "{backup}");
    let kept = tree(&world.state_dir().join("backups/plugins"));
    assert!(kept.values().any(|text| text == b"Mine, too."), "{:?}", kept.keys());
}

#[test]
fn a_folder_that_is_not_ours_stays_and_so_does_what_cannot_be_written() {
    let world = with_settings("2.1.330", None);
    world.write("home/.claude/skills/claudectl/SKILL.md", "Somebody's own.");
    let before = tree(&folder(&world));
    let report = init(&world, &[]);
    assert_eq!(plugin(&report)["outcome"], "foreign");
    assert!(report["warnings"].to_string().contains("is not from `claudectl init`"), "{report:#}");
    let found = check(&json(&world, &["doctor", "--json"]), "plugin").clone();
    assert_eq!(found["verdict"], "warning", "{found}");
    assert_eq!(json(&world, &["uninstall", "--json"])["plugin"], json!([]));
    assert_eq!(tree(&folder(&world)), before);
    fs::remove_dir_all(world.config_dir().join("skills")).unwrap();
    world.write("home/.claude/skills", "no folder");
    let out = world.run(["init", "--binary", "/bin/true"]).fails_with(3);
    assert!(out.stderr.contains("the plugin: cannot read ~/.claude/skills/claudectl"), "{}", out.stderr);
    assert!(out.stdout.contains("settings.json: made; hooks added"), "the hooks are in: {}", out.stdout);
}

#[test]
fn a_host_that_would_not_load_it_is_told_of() {
    let world = with_settings("2.1.156", None);
    let report = init(&world, &[]);
    assert_eq!(plugin(&report)["outcome"], "created");
    let told = "Claude Code 2.1.156 (~/.local/bin/claude) does not load plugins from folders";
    assert!(report["warnings"].to_string().contains(told), "{report:#}");
    let doctor = || check(&on_the_path(&world).args(["doctor", "--json"]).run().json(), "plugin").clone();
    assert!(doctor()["message"].as_str().unwrap().contains(told), "{}", doctor());
    json(&world, &["uninstall", "--json"]);
    assert_eq!(doctor()["verdict"], "ok", "nothing is missing: {}", doctor());
    client(&world, "2.1.157");
    assert!(!init(&world, &[])["warnings"].to_string().contains("does not load plugins"));
}

#[test]
fn doctor_says_what_is_wrong_with_it() {
    let world = with_settings("2.1.330", None);
    let doctor = || check(&on_the_path(&world).args(["doctor", "--json"]).run().json(), "plugin").clone();
    #[track_caller]
    fn says(found: &Value, verdict: &str, message: &str, fix: &str) {
        assert_eq!(found["verdict"], verdict, "{found}");
        assert!(found["message"].as_str().unwrap().contains(message), "{found}");
        assert!(found["fix"].as_str().unwrap_or_default().contains(fix), "{found}");
    }
    says(&doctor(), "warning", "is not there", "claudectl init");
    // As an installed program, so that the hooks call it, too.
    let warnings = |cmd: Cmd| cmd.args(["init", "--json"]).run().success().json()["warnings"].to_string();
    let said = "its commands call `claudectl`, which is not on the PATH; put the folder of";
    let told = warnings(world.cmd());
    assert!(told.contains(said), "{told}");
    let told = warnings(on_the_path(&world));
    assert!(!told.contains("the PATH"), "{told}");
    says(&doctor(), "ok", "~/.claude/skills/claudectl: version", "");
    let settings = world.config_dir().join("settings.json");
    let installed = fs::read_to_string(&settings).unwrap();
    let with =
        |member: &str| fs::write(&settings, installed.replacen('{', &format!("{{{member},"), 1)).unwrap();
    with(r#""enabledPlugins": {"claudectl@skills-dir": false}"#);
    let off = "not loaded in this folder: user settings switch it off (~/.claude/settings.json)";
    says(&doctor(), "warning", off, "claude plugin enable claudectl@skills-dir");
    with(r#""enabledPlugins": {"claudectl@claudectl": true}"#);
    says(&doctor(), "warning", "user settings switch on claudectl@claudectl", "uninstall");
    fs::write(&settings, &installed).unwrap();
    world.write("work/.claude/settings.json", r#"{"enabledPlugins": {"claudectl@skills-dir": false}}"#);
    says(&doctor(), "warning", "project settings switch it off", "");
    fs::remove_dir_all(world.work_dir().join(".claude")).unwrap();
    let found = check(&json(&world, &["doctor", "--json"]), "plugin").clone();
    says(&found, "warning", "`claudectl`, which is not on the PATH", "PATH");
    let other = world.write("other/claudectl", "#!/bin/sh\n");
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", other.parent().unwrap().display());
    let report = world.cmd().env("PATH", path).args(["doctor", "--json"]).run().json();
    says(check(&report, "plugin"), "warning", "which is another claudectl", "");
    fs::write(folder(&world).join("commands/gate.md"), "Mine.").unwrap();
    says(&doctor(), "ok", "changed since by somebody: commands/gate.md", "");
    fs::remove_file(folder(&world).join("commands/spend.md")).unwrap();
    says(&doctor(), "warning", "not whole, without commands/spend.md", "remove that folder");
    fs::remove_dir_all(folder(&world)).unwrap();
    on_the_path(&world).args(["init", "--json"]).run().success();
    make_older(&world);
    says(&doctor(), "warning", "version 0.0.1, and claudectl is", "run `claudectl init`");
}

/// What Claude Code reads decides, not what `init` once wrote: ours, by our version, or `doctor` says so, and `init` mends it.
#[test]
fn a_manifest_that_somebody_changed_is_told_and_mended() {
    let world = with_settings("2.1.330", None);
    let run = |args: &[&str]| on_the_path(&world).args(args).run();
    let doctor = || check(&run(&["doctor", "--json"]).json(), "plugin").clone();
    for (text, verdict, message) in [
        (
            "{ \"name\": \"claudectl\", ",
            "failed",
            "Claude Code cannot load it: .claude-plugin/plugin.json: EOF",
        ),
        (r#"{"name":"other","version":"9.9.9"}"#, "failed", "names it `other`"),
        (r#"{"name":"claudectl","version":"0.0.9"}"#, "warning", "version 0.0.9, and claudectl is"),
        (r#"{"name":"claudectl"}"#, "warning", "no version, and claudectl is"),
    ] {
        run(&["init", "--json"]).success();
        assert_eq!(doctor()["verdict"], "ok", "{text}: {}", doctor());
        fs::write(folder(&world).join(MANIFEST), text).unwrap();
        let found = doctor();
        assert_eq!(
            (&found["verdict"], &found["fix"]),
            (&json!(verdict), &json!("run `claudectl init`")),
            "{found}"
        );
        assert!(found["message"].as_str().unwrap().contains(message), "{found}");
        let failed = run(&["doctor"]).code == 1;
        assert_eq!(failed, verdict == "failed", "{text}");
    }
    let report = run(&["init", "--json"]).success().json();
    assert_eq!(plugin(&report)["outcome"], "updated");
    assert!(
        report["warnings"].to_string().contains("had been changed (.claude-plugin/plugin.json)"),
        "{report:#}"
    );
    assert_eq!(doctor()["verdict"], "ok", "{}", doctor());
}

/// Our own plugin, switched on by Claude Code's command, is not taken for the published tool's.
#[test]
fn it_is_not_taken_for_the_published_tools() {
    let world =
        with_settings("2.1.330", Some(br#"{"enabledPlugins": {"claudectl@skills-dir": true, "x@y": true}}"#));
    let report = init(&world, &[]);
    assert_eq!((&report["warnings"], &report["plugins"]), (&json!([]), &json!([])));
    let report = json(&world, &["doctor", "--json"]);
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["name"] != "published claudectl"), "{report:#}");
    world.write(
        "home/.claude/settings.json",
        r#"{"enabledPlugins": {"claudectl@skills-dir": true, "claudectl@claudectl": true}}"#,
    );
    let warnings = init(&world, &[])["warnings"].to_string();
    assert!(warnings.contains("claudectl@claudectl, which is the published claudectl's"), "{warnings}");
    assert!(warnings.contains("switch on claudectl@claudectl, which has its name"), "{warnings}");
}

/// Lines that a page tells an agent to run: those of its blocks of code.
fn lines(text: &str) -> Vec<&str> {
    let blocks = text.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(|block| block.lines().skip(1)).map(str::trim);
    lines.filter(|line| !line.is_empty()).collect()
}

/// What stands between backquotes and begins with our name.
fn spans(text: &str) -> Vec<&str> {
    let prose: Vec<&str> = text.split("```").step_by(2).collect();
    let spans = prose.into_iter().flat_map(|prose| prose.split('`').skip(1).step_by(2));
    spans.filter(|span| span.starts_with("claudectl ")).collect()
}

/// The value of a key of a page's head.
fn head<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let head = text.strip_prefix("---\n")?.split("\n---\n").next()?;
    head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

fn verdicts(world: &World, lines: &[&str]) -> Vec<Value> {
    let call = |line: &&str| json!({"tool": "Bash", "input": {"command": line}}).to_string();
    let input: Vec<String> = lines.iter().map(call).collect();
    let out =
        world.cmd().args(["gate", "check", "--batch"]).stdin(input.join("\n").into_bytes()).run().success();
    out.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_line_it_names_is_allowed_by_our_gate_and_what_it_forbids_is_not() {
    let world = world();
    let (mut allowed, mut forbidden) = (0, 0);
    for (path, text) in
        source().iter().filter(|(path, _)| Path::new(path).extension().is_some_and(|e| e == "md"))
    {
        let (body, never) = text.split_once("## Never").unwrap_or((text, ""));
        let named: Vec<&str> = lines(text).into_iter().chain(spans(body)).collect();
        for (line, answer) in named.iter().zip(verdicts(&world, &named)) {
            assert!(line.starts_with("claudectl "), "{path}: {line}");
            assert_eq!(answer["verdict"], "allow", "{path}: {line}: {answer}");
            allowed += 1;
        }
        let never = spans(never);
        for (line, answer) in never.iter().zip(verdicts(&world, &never)) {
            assert_ne!(answer["verdict"], "allow", "{path}: {line}: {answer}");
            forbidden += 1;
        }
    }
    assert!(allowed > 40 && forbidden > 8, "{allowed} and {forbidden} lines");
}

/// Claude Code runs without a prompt what `allowed-tools` says.
#[test]
fn every_command_may_run_its_own_lines_and_not_more() {
    let mut commands = 0;
    for (path, text) in source().iter().filter(|(path, _)| path.starts_with("commands/")) {
        let tools = head(text, "allowed-tools").unwrap();
        let prefix = |tool: &str| Some(tool.strip_prefix("Bash(")?.strip_suffix(":*)")?.to_owned());
        let prefixes: Vec<String> = tools.split(", ").map(|tool| prefix(tool).expect(tool)).collect();
        let lines = lines(text);
        for line in &lines {
            assert!(prefixes.iter().any(|prefix| line.starts_with(&format!("{prefix} "))), "{path}: {line}");
        }
        for prefix in &prefixes {
            assert!(
                lines.iter().any(|line| line.starts_with(prefix)),
                "{path}: nothing begins with {prefix}"
            );
            assert!(prefix.split(' ').count() >= 2, "{path}: {prefix} is all of claudectl");
        }
        assert!(head(text, "description").is_some_and(|text| text.len() > 20), "{path}");
        commands += 1;
    }
    assert_eq!(commands, 9);
}

/// Also of what it forbids: a mode that there is none of helps nobody.
#[test]
fn every_mode_it_names_is_one() {
    let modes = Mode::ALL.map(Mode::word);
    let mut named = 0;
    for (path, text) in source() {
        for span in lines(&text).into_iter().chain(spans(&text)) {
            if let Some(mode) = span.strip_prefix("claudectl gate mode ") {
                assert!(modes.contains(&mode), "{path}: {span}");
                named += 1;
            }
        }
    }
    assert!(named > 0);
}

#[test]
fn who_waits_for_a_person_can_be_answered_from_elsewhere() {
    for (path, text) in source().iter().filter(|(path, _)| {
        ["commands/sessions.md", "agents/supervisor.md"].contains(&path.as_str())
            || path.ends_with("SKILL.md")
    }) {
        let (_, never) = text.split_once("## Never").unwrap();
        for line in ["claudectl approve SESSION", "claudectl deny SESSION"] {
            assert!(spans(never).contains(&line), "{path}: {line}");
        }
    }
}

#[test]
fn every_line_it_names_is_one_that_claudectl_takes() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    for (path, text) in
        source().iter().filter(|(path, _)| Path::new(path).extension().is_some_and(|e| e == "md"))
    {
        let (body, _) = text.split_once("## Never").unwrap_or((text, ""));
        for line in lines(text).into_iter().chain(spans(body)) {
            let line = line
                .replace("SESSION", A)
                .replace("session ID", &format!("session {A}"))
                .replace("PROJECT", "work")
                // None runs, and nobody waits for one.
                .replace("90s", "0s");
            let folders = format!("{}:/usr/bin:/bin", Path::new(BIN).parent().unwrap().display());
            let shell = world.claudectl(Path::new("/bin/sh")).env("PATH", folders);
            let out = shell.args(["-c", &line]).run();
            assert!([0, 1].contains(&out.code), "{path}: {line}: {}", out.snapshot());
            if line.contains("--json") {
                out.json();
            }
        }
    }
}

#[test]
fn the_page_about_it_names_all_that_it_has() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/plugin.md");
    let page = fs::read_to_string(page).unwrap();
    for (path, _) in source().iter().filter(|(path, _)| !path.starts_with('.')) {
        let (kind, rest) = path.split_once('/').unwrap();
        let name = rest.trim_end_matches("/SKILL.md").trim_end_matches(".md");
        let sign = if kind == "commands" { "`/" } else { "`" };
        assert!(page.contains(&format!("{sign}claudectl:{name}")), "{path}");
    }
}

/// What a run of the client says it begins with: commands, skills, agents and plugins of ours.
#[track_caller]
fn begins_with(claude: &Claude, world: &World, mock: &Mock, prompt: &str) -> (Vec<String>, Vec<String>) {
    let args = ["-p", prompt, "--output-format", "stream-json", "--verbose"];
    let out = claude.headless(world, mock).args(args).run().success();
    let rows: Vec<Value> = out.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let init = rows.iter().find(|row| row["subtype"] == "init").unwrap();
    assert_eq!(init.get("plugin_errors").and_then(Value::as_array).map_or(0, Vec::len), 0, "{init:#}");
    let ours = |key: &str| -> Vec<String> {
        let names = init[key].as_array().into_iter().flatten();
        let names = names.filter_map(|name| name.as_str().or_else(|| name["source"].as_str()));
        names.filter(|name| name.starts_with("claudectl")).map(str::to_owned).collect()
    };
    let mut named: Vec<String> = ["slash_commands", "skills", "agents"].into_iter().flat_map(ours).collect();
    named.sort();
    named.dedup();
    (named, ours("plugins"))
}

#[test]
fn the_real_client_loads_it_and_its_prompt_reaches_the_model() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    client(&world, claude.version());
    let hello = "hello [[scenario:hello]]";
    assert_eq!(begins_with(&claude, &world, &mock, hello), (vec![], vec![]));
    json(&world, &["init", "--json", "--binary", "/bin/true"]);
    let (named, plugins) = begins_with(&claude, &world, &mock, hello);
    assert_eq!(
        named,
        [
            "claudectl:auto-insights",
            "claudectl:brain",
            "claudectl:brain-stats",
            "claudectl:gate",
            "claudectl:health",
            "claudectl:report",
            "claudectl:search",
            "claudectl:session-supervision",
            "claudectl:sessions",
            "claudectl:spend",
            "claudectl:supervisor",
        ]
    );
    assert_eq!(plugins, ["claudectl@skills-dir"]);
    mock.reset();
    begins_with(&claude, &world, &mock, "/claudectl:spend yesterday by project");
    let asked = mock.turns().first().unwrap().body["messages"].to_string();
    assert!(asked.contains("Say what was spent. Asked for: \\\"yesterday by project\\\""), "{asked}");
    assert!(asked.contains("claudectl spend --json --since 7d"), "{asked}");
    // A person who switches it off is listened to, by the client and by `doctor`.
    world.write("work/.claude/settings.local.json", r#"{"enabledPlugins": {"claudectl@skills-dir": false}}"#);
    assert_eq!(begins_with(&claude, &world, &mock, hello), (vec![], vec![]));
    let found = check(&json(&world, &["doctor", "--json"]), "plugin").clone();
    assert_eq!(found["data"]["in_force"], false, "{found}");
    fs::remove_dir_all(world.work_dir().join(".claude")).unwrap();
    json(&world, &["uninstall", "--json"]);
    assert_eq!(begins_with(&claude, &world, &mock, hello), (vec![], vec![]));
}

/// Where the client asks for every call, those that a command names run all the same, and no others.
#[test]
fn the_real_client_runs_what_a_command_names_without_a_prompt() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    json(&world, &["init", "--json", "--binary", "/bin/true"]);
    let call = |line: &str| Turn::tool("Bash", json!({"command": line, "description": "Look"}));
    mock.push(call("claudectl spend --json --since 7d"));
    mock.push(call("claudectl config path"));
    mock.push(Turn::text("Nothing was spent."));
    let args = ["-p", "/claudectl:spend", "--permission-mode", "manual", "--output-format", "json"];
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", Path::new(BIN).parent().unwrap().display());
    let client = claude.headless(&world, &mock).env("PATH", path).env("CLAUDECTL_HOME", world.state_dir());
    let result = client.args(args).run().success().json();
    let denied = result["permission_denials"].as_array().unwrap();
    assert_eq!(denied.len(), 1, "{result:#}");
    assert_eq!(denied[0]["tool_input"]["command"], "claudectl config path");
    let answers = mock.turns().last().unwrap().body["messages"].to_string();
    assert!(answers.contains("budget_alerts") && answers.contains("unpriced_models"), "{answers}");
}

/// As `init` says: a session that has begun before takes it up when it is told to.
#[test]
fn a_real_session_takes_it_up_when_told() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let Some(terminal) = claude.interactive(&world, &mock).start_for_tests() else { return };
    let long = Duration::from_secs(60);
    terminal.wait_for(|screen| screen.contains('❯'), long);
    json(&world, &["init", "--json", "--binary", "/bin/true"]);
    terminal.say("/reload-plugins");
    terminal.wait_for(|screen| screen.contains("Reloaded: 1 plugin"), long);
    terminal.say("/claudectl:health all");
    terminal.wait_for(|screen| screen.contains("this is the scripted model"), long);
    let asked: Vec<String> = mock.turns().iter().map(|turn| turn.body["messages"].to_string()).collect();
    assert!(asked.iter().any(|asked| asked.contains("Say how the sessions fare.")), "{asked:?}");
}

/// In a terminal nothing is asked on its account; an old client passes it over.
#[test]
fn no_real_client_asks_about_it() {
    for claude in [Claude::for_tests(), Claude::old_for_tests()].into_iter().flatten() {
        let (world, mock) = (world(), Mock::start());
        client(&world, claude.version());
        json(&world, &["init", "--json", "--binary", "/bin/true"]);
        let Some(terminal) = claude.interactive(&world, &mock).start_for_tests() else { return };
        terminal.wait_for(|screen| screen.contains('❯'), Duration::from_secs(60));
        terminal.say("hello [[scenario:hello]]");
        terminal.wait_for(|screen| screen.contains("this is the scripted model"), Duration::from_secs(60));
        if claude.is_old() {
            let hello = "hello [[scenario:hello]]";
            assert_eq!(begins_with(&claude, &world, &mock, hello), (vec![], vec![]));
        }
    }
}
