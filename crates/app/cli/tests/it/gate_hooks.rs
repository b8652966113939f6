//! `claudectl gate hooks`: what others may change behind a verdict, and whom the person vouches for.

use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::hook::answer;
use crate::world;

fn settings(world: &World, path: &str, matcher: &str, command: &str) {
    let hook = json!({"type": "command", "command": command});
    let hooks = json!({"hooks": {"PreToolUse": [{"matcher": matcher, "hooks": [hook]}]}});
    world.write(path, hooks.to_string());
}

fn listed(world: &World) -> Vec<Value> {
    let all = world.run(["gate", "hooks", "--json"]).success().json();
    all.as_array().cloned().unwrap_or_default()
}

fn init(world: &World) {
    world.run(["init", "--host-version", "2.1.330"]).success();
    world.run(["tick"]).success();
}

fn ls(world: &World) -> String {
    answer(world, json!({"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "t"})).0
}

#[test]
fn hooks_of_the_person_are_trusted_until_they_change() {
    let world = world();
    let script = world.write("home/bin/look.sh", "exit 0");
    settings(&world, "home/.claude/settings.json", "Bash|Edit", &format!("sh {}", script.display()));
    init(&world);
    let all = listed(&world);
    assert_eq!(all.len(), 1, "ours are not among them: {all:#?}");
    assert_eq!((&all[0]["state"], &all[0]["tools"]), (&json!("untrusted"), &json!(["Bash", "Edit"])));
    assert_eq!(all[0]["file"], "$HOME/.claude/settings.json");
    let id = all[0]["id"].as_str().unwrap();
    assert!(all[0]["hash"].as_str().unwrap().starts_with(id) && id.len() == 8, "{all:#?}");
    assert_eq!(ls(&world), "", "nothing is said of an allow");
    let doctor = world.run(["doctor"]).stdout.clone();
    assert!(
        doctor.contains("warning  hooks of others: ") && doctor.contains("claudectl gate hooks"),
        "{doctor}"
    );
    let explained = world.run(["gate", "explain", "ls"]).success().stdout;
    assert!(
        explained.contains("Claude Code is told nothing: another hook may change the call"),
        "{explained}"
    );
    for command in ["check", "explain"] {
        let document = world.run(["gate", command, "ls", "--json"]).success().json();
        assert_eq!((&document["verdict"], &document["said"]), (&json!("allow"), &json!(null)), "{command}");
        assert!(document["withheld"].as_str().unwrap().starts_with("another hook may change the call"));
    }
    let elsewhere =
        world.run(["gate", "explain", "--tool", "Read", "--input", r#"{"file_path": "a"}"#]).success();
    assert!(!elsewhere.stdout.contains("told nothing"), "{}", elsewhere.stdout);

    let text = world.run(["gate", "hooks"]).success().stdout;
    assert!(
        text.contains("PreToolUse") && text.contains("Bash,Edit") && text.contains("gate hooks trust ID"),
        "{text}"
    );
    let done = world.run(["gate", "hooks", "trust", id, "--json"]).success().json();
    assert_eq!((&done["trusted"], &done["changed"]), (&json!(true), &json!(true)));
    assert_eq!(world.run(["gate", "hooks", "trust", id, "--json"]).success().json()["changed"], false);
    assert_eq!(listed(&world)[0]["state"], "trusted");
    assert_eq!(ls(&world), "allow");
    assert!(!world.run(["doctor"]).stdout.contains("hooks of others"));
    assert!(!world.run(["gate", "explain", "ls"]).success().stdout.contains("told nothing"));

    std::fs::write(&script, "exit 1").unwrap();
    assert_eq!(
        (ls(&world).as_str(), &listed(&world)[0]["state"]),
        ("", &json!("untrusted")),
        "another script"
    );
    std::fs::write(&script, "exit 0").unwrap();
    assert_eq!(ls(&world), "allow", "it is the one that is trusted again");
    // What was trusted once can be taken back, there or not.
    std::fs::remove_file(&script).unwrap();
    let done = world.run(["gate", "hooks", "distrust", id]).success();
    assert!(done.stdout.contains("is not trusted"), "{}", done.stdout);
    std::fs::write(&script, "exit 0").unwrap();
    assert_eq!(ls(&world), "");
}

#[test]
fn nobody_can_vouch_for_a_repositorys() {
    let world = world();
    init(&world);
    assert_eq!(ls(&world), "allow");
    let none = world.run(["gate", "hooks"]).success().stdout;
    assert!(none.contains("No other hook"), "{none}");
    settings(&world, "work/.claude/settings.json", "", "./guard.sh");
    assert_eq!(ls(&world), "");
    let all = listed(&world);
    assert_eq!(
        (&all[0]["state"], &all[0]["id"], &all[0]["tools"]),
        (&json!("never"), &Value::Null, &json!([]))
    );
    let text = world.run(["gate", "hooks"]).success().stdout;
    assert!(text.contains("never") && !text.contains("trust ID"), "{text}");
    let doctor = world.run(["doctor"]).stdout.clone();
    assert!(doctor.contains("nobody can vouch for what a repository brings"), "{doctor}");
}

#[test]
fn only_a_person_trusts_and_only_what_is_there() {
    let world = world();
    settings(&world, "home/.claude/settings.json", "Bash", "true");
    init(&world);
    let id = listed(&world)[0]["id"].as_str().unwrap().to_owned();
    let by_agent =
        world.cmd().args(["gate", "hooks", "trust", &id]).env("CLAUDECODE", "1").run().fails_with(2);
    assert!(by_agent.stderr.contains("for people"), "{}", by_agent.stderr);
    let asked = world.run(["gate", "check", &format!("claudectl gate hooks trust {id}")]).fails_with(1);
    assert!(asked.stdout.starts_with("deny  "), "{}", asked.stdout);
    assert!(world.run(["gate", "hooks", "trust", &id[..4]]).fails_with(2).stderr.contains("too short"));
    let none = world.run(["gate", "hooks", "trust", "00000000"]).fails_with(1);
    assert!(none.stderr.contains("claudectl gate hooks"), "{}", none.stderr);
    assert_eq!(listed(&world)[0]["state"], "untrusted");
}

/// What front matter brings is seen however it is written; where it cannot be told, nothing is allowed, and that is said.
#[test]
fn front_matter_of_a_repository_hides_no_hook() {
    let world = world();
    init(&world);
    let far = format!("---\nfill: {}\nhooks:\n  PreToolUse:\n    - hooks: []\n---\n", "x".repeat(70_000));
    for (file, text) in [
        ("agents/a.md", "---\n{name: a, description: b, hooks: {PreToolUse: [{hooks: []}]}}\n---\n"),
        ("commands/a.md", "---\nhooks:\n  \"Pre\\x54oolUse\":\n    - hooks: []\n---\n"),
        ("skills/a/SKILL.md", far.as_str()),
        ("agents/1/2/3/4/5/6/a.md", "---\nname: a\nhooks:\n  PreToolUse:\n    - hooks: []\n---\n"),
        (
            "skills/a/.claude-plugin/plugin.json",
            r#"{"name":"a","hooks":{"PreToolUse":[{"hooks":[{"command":"x"}]}]}}"#,
        ),
    ] {
        assert_eq!(ls(&world), "allow", "{file}");
        let path = world.write(format!("work/.claude/{file}"), text);
        assert_eq!(ls(&world), "", "{file}, before a pass has seen it");
        world.run(["tick"]).success();
        assert_eq!(ls(&world), "", "{file}");
        let all = listed(&world);
        assert_eq!((all.len(), &all[0]["state"]), (1, &json!("never")), "{file}: {all:#?}");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_cannot_be_told_of_a_repository_is_said() {
    let world = world();
    init(&world);
    world.write("work/.claude/agents/a.md", "---\n{name: a, hooks: {PostToolUse: []}}\n---\n");
    assert_eq!(ls(&world), "");
    let asks = json!({"tool_name": "Bash", "tool_input": {"command": "unheard-of"}, "tool_use_id": "t"});
    let (said, why, ..) = answer(&world, asks);
    assert_eq!(said, "deny", "it may answer in the person's place: {why}");
    assert_eq!(listed(&world)[0]["event"], "unknown");
    let text = world.run(["gate", "hooks"]).success().stdout;
    assert!(
        text.contains("not written plainly enough") && text.contains("nothing is allowed where it counts"),
        "{text}"
    );
    let doctor = world.run(["doctor"]).stdout.clone();
    assert!(
        doctor.contains("warning  hooks of others: ") && doctor.contains("not written plainly enough"),
        "{doctor}"
    );
    assert!(doctor.contains("make them readable and plain"), "{doctor}");
    let explained = world.run(["gate", "explain", "ls"]).success().stdout;
    assert!(explained.contains("nobody knows whether another hook may change the call"), "{explained}");
}

/// Many skills, each of which speaks of hooks, are no reason to ask.
#[test]
fn ordinary_skills_hold_nothing_back_however_many_there_are() {
    let world = world();
    init(&world);
    for number in 0..520 {
        let text = "---\nname: a\ndescription: \"For \\\"React hooks\\\", and what comes before a call (PreToolUse)!\"\nhooks:\n  PostToolUse:\n    - matcher: Edit\n      hooks:\n        - type: command\n          command: ./format.sh\n---\nhooks:\n  PreToolUse:\n";
        world.write(format!("work/.claude/skills/{number}/SKILL.md"), text);
    }
    world.write("work/.claude/skills/1/node_modules/x/README.md", "---\n{hooks}\n---\n");
    assert_eq!(ls(&world), "allow");
    assert_eq!(listed(&world), [Value::Null; 0]);
}

/// The client looks in every folder from where it is started to the top of the checkout, or as far as folders go.
#[test]
fn folders_between_count_as_well() {
    for in_checkout in [true, false] {
        between(in_checkout);
    }
}

fn between(in_checkout: bool) {
    let world = world();
    init(&world);
    if in_checkout {
        std::fs::create_dir_all(world.work_dir().join(".git")).unwrap();
    }
    world.write("work/packages/a/x", "");
    let there = world.work_dir().join("packages/a");
    let ls = || {
        let call =
            json!({"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "t", "cwd": there});
        answer(&world, call).0
    };
    assert_eq!(ls(), "allow");
    let above = world.write(".claude/skills/a/SKILL.md", "---\nhooks:\n  PreToolUse:\n---\n");
    assert_eq!(ls(), if in_checkout { "allow" } else { "" }, "it is above the checkout");
    std::fs::remove_file(above).unwrap();
    world.write("work/packages/.claude/skills/a/SKILL.md", "---\nhooks:\n  PreToolUse:\n---\n");
    assert_eq!(ls(), "");
}

/// What stands in the person's own home is theirs, wherever below it they work.
#[test]
fn a_folder_below_the_home_is_not_answerable_for_what_stands_there() {
    let world = world();
    init(&world);
    world.write("home/.claude/commands/mine.md", "---\nhooks:\n  PermissionRequest:\n    - hooks: []\n---\n");
    world.write("home/notes/x", "");
    let there = world.home().join("notes");
    let asks = json!({"tool_name": "Bash", "tool_input": {"command": "unheard-of"}, "tool_use_id": "t", "cwd": there});
    assert_eq!(answer(&world, asks).0, "ask", "one's own hook is one's own answer");
    assert_eq!(listed(&world), [Value::Null; 0]);
}

/// A command that begins as ours does is not ours.
#[test]
fn doctor_names_what_only_looks_like_ours() {
    let world = world();
    init(&world);
    let told = |command: &str| {
        let (listed, doctor) = (listed(&world), world.run(["doctor"]).stdout.clone());
        assert_eq!(
            (listed.len(), &listed[0]["state"], &listed[0]["whose"]),
            (1, &json!("never"), &json!("others"))
        );
        assert!(
            doctor.contains("warning  hooks of others: ") && doctor.contains(command),
            "{command}: {doctor}"
        );
    };
    let home = world.state_dir().display().to_string();
    settings(
        &world,
        "work/.claude/settings.json",
        "",
        &format!("{} hook --home {home}; ./evil.sh", crate::BIN),
    );
    told("./evil.sh");
    settings(&world, "work/.claude/settings.json", "", "/x/claudectl hook --home /h --config /c");
    told("/x/claudectl hook");
    let evil = format!("{}-evil", crate::BIN);
    let hook = json!({"hooks": {"PermissionRequest": [{"hooks": [{"type": "command", "command": evil}]}]}});
    world.write("work/.claude/settings.json", hook.to_string());
    told("-evil");
}

/// The client sets them for whatever it starts: `python3` may be a program of the repository's.
#[test]
fn a_repository_that_decides_what_commands_run_lets_nothing_be_allowed() {
    let world = world();
    init(&world);
    assert_eq!(ls(&world), "allow");
    let set = |name: &str| {
        world.write("work/.claude/settings.json", json!({"env": {name: "tools:/usr/bin:/bin"}}).to_string());
    };
    for name in ["COLOR", "CLAUDE_CODE_MAX_OUTPUT_TOKENS"] {
        set(name);
        assert_eq!(ls(&world), "allow", "{name}");
    }
    for name in [
        "PATH",
        "BASH_ENV",
        "PYTHONPATH",
        "LD_PRELOAD",
        "GIT_SSH_COMMAND",
        "CLAUDE_CODE_SHELL_PREFIX",
        "CLAUDE_ENV_FILE",
        "CLAUDE_CODE_OF_A_LATER_VERSION",
        "ZDOTDIR",
        "IFS",
        "npm_config_registry",
    ] {
        set(name);
        assert_eq!(ls(&world), "", "{name}");
    }
    for tool in ["PowerShell", "Monitor"] {
        let call = || json!({"tool_name": tool, "tool_input": {"command": "ls"}, "tool_use_id": "t"});
        assert_eq!(answer(&world, call()).0, "", "{tool}");
        set("COLOR");
        assert_eq!(answer(&world, call()).0, "allow", "{tool}");
        set("npm_config_registry");
    }
    let read = json!({"tool_name": "Read", "tool_input": {"file_path": world.work_dir().join("a")}, "tool_use_id": "t"});
    assert_eq!(answer(&world, read).0, "allow", "no program is run");
    let all = listed(&world);
    assert_eq!((&all[0]["event"], &all[0]["state"]), (&json!("env"), &json!("never")), "{all:#?}");
    let explained = world.run(["gate", "explain", "ls"]).success().stdout;
    let why = "the repository sets what decides which program is run: env: npm_config_registry";
    assert!(explained.contains(why), "{explained}");
}

/// Claude Code answers itself where a call names such a file, and with it whatever else is in the line.
#[test]
fn a_question_that_the_host_would_pass_over_is_a_refusal() {
    let world = world();
    init(&world);
    std::fs::create_dir_all(world.work_dir().join(".git/hooks")).unwrap();
    std::os::unix::fs::symlink(".git", world.work_dir().join("g")).unwrap();
    let said = |mode: &str, tool: &str, input: Value| {
        let call =
            json!({"tool_name": tool, "tool_input": input, "tool_use_id": "t", "permission_mode": mode});
        let (said, why, ..) = answer(&world, call);
        (said, why)
    };
    let bash = |mode: &str, command: &str| said(mode, "Bash", json!({"command": command}));
    let file = world.work_dir().join(".git/hooks/pre-commit");
    for mode in ["bypassPermissions", "auto", "plan"] {
        let (answer, why) = bash(mode, "echo '#' >> .git/hooks/x; cat ~/.ssh/id_rsa");
        assert_eq!(answer, "deny", "{mode}: {why}");
        assert!(why.contains("in this mode Claude Code would not ask about .git/hooks/x"), "{why}");
        assert_eq!(bash(mode, "echo x > g/hooks/x; unheard-of").0, "deny", "{mode}: it leads there");
        assert_eq!(said(mode, "Write", json!({"file_path": file, "content": "x"})).0, "deny", "{mode}");
        assert_eq!(bash(mode, "unheard-of").0, "ask", "{mode}: it would ask");
        assert_eq!(
            said(mode, "mcp__x__y", json!({"file_path": file})).0,
            "ask",
            "{mode}: it does not look there"
        );
    }
    for mode in ["default", "acceptEdits"] {
        assert_eq!(said(mode, "Write", json!({"file_path": file, "content": "x"})).0, "ask", "{mode}");
    }
    assert_eq!(bash("bypassPermissions", "cp .env .secret-env && unheard-of").0, "deny");
    assert_eq!(bash("auto", "unheard-of .env").0, "ask");
    let log = world.cmd().args(["gate", "log", "--json"]).env("CLAUDECTL_NOW", "").run().success().json();
    let told = log.as_array().unwrap().iter().find(|one| one["said"] == "deny").unwrap();
    let withheld = told["withheld"].as_str().unwrap();
    assert!(withheld.contains("a question would be passed over"), "{told}");
}

/// What Claude Code answers about its settings file goes by where that is, whatever its folder is called; and `gate check`
/// says the same as the hook.
#[test]
fn a_question_about_a_settings_file_is_a_refusal_wherever_it_is() {
    let world = world();
    let folder = world.root().join("cfg");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("settings.json"), "{}").unwrap();
    std::os::unix::fs::symlink(&folder, world.work_dir().join("cf")).unwrap();
    std::os::unix::fs::symlink("cf/settings.local.json", world.work_dir().join("notes.txt")).unwrap();
    let ours = |args: &[&str]| world.cmd().env("CLAUDE_CONFIG_DIR", &folder).args(args).run().success();
    ours(&["init", "--host-version", "2.1.330"]);
    ours(&["tick"]);
    let said = |mode: &str, tool: &str, input: &Value| {
        let call = json!({
            "tool_name": tool, "tool_input": input, "tool_use_id": "t", "permission_mode": mode,
            "transcript_path": folder.join("projects/-w/a.jsonl"),
        });
        let (said, why, ..) = answer(&world, call);
        let text = input.to_string();
        let check = ["gate", "check", "--json", "--permission-mode", mode, "--tool", tool, "--input", &text];
        let checked = world.cmd().env("CLAUDE_CONFIG_DIR", &folder).args(check).run().json();
        assert_eq!(checked["said"], said, "{mode} {input}: {checked}");
        assert_eq!(checked["withheld"].is_string(), why.contains("Claude Code would not ask"), "{checked}");
        said
    };
    let settings = folder.join("settings.json").display().to_string();
    for mode in ["bypassPermissions", "auto", "plan"] {
        for command in [
            format!("echo '{{}}' > {settings}"),
            format!("rm {settings}"),
            format!("cd {} && echo x > settings.json", folder.display()),
            format!("mv {} /tmp/other", folder.display()),
            format!("rm {}/*.json", folder.display()),
            "rm cf/settings.json".to_owned(),
            "echo x > notes.txt".to_owned(),
        ] {
            assert_eq!(said(mode, "Bash", &json!({"command": command})), "deny", "{mode}: {command}");
        }
        let write = |path: &str| json!({"file_path": path, "content": "{}"});
        assert_eq!(said(mode, "Write", &write(&settings)), "deny", "{mode}");
        let link = world.work_dir().join("notes.txt").display().to_string();
        assert_eq!(said(mode, "Write", &write(&link)), "deny", "{mode}: it is not there yet");
        assert_eq!(said(mode, "Bash", &json!({"command": "unheard-of"})), "ask", "{mode}");
    }
    for mode in ["default", "acceptEdits"] {
        assert_eq!(said(mode, "Bash", &json!({"command": format!("rm {settings}")})), "ask", "{mode}");
    }
}

/// With what stands guard changed, nothing would hold that the mode says.
#[test]
fn the_least_that_is_said_guards_the_gate_itself() {
    let world = world();
    init(&world);
    world.run(["gate", "mode", "guard"]).success();
    let said = |mode: &str, command: &str| {
        let input = json!({"command": command});
        answer(
            &world,
            json!({"tool_name": "Bash", "tool_input": input, "tool_use_id": "t", "permission_mode": mode}),
        )
        .0
    };
    let (home, state) = (world.home().display().to_string(), world.state_dir().display().to_string());
    for command in [
        format!("echo '{{}}' > {home}/.claude/settings.json"),
        format!("rm {home}/.claude/settings.json"),
        "echo '{\"disableAllHooks\":true}' > .claude/settings.local.json".to_owned(),
        format!("echo '# none' > {home}/.config/claudectl/rules.toml"),
        format!("rm -rf {state}"),
        format!("rm {state}/gate.snap"),
        "rm /opt/x/bin/claudectl".to_owned(),
    ] {
        for mode in ["default", "acceptEdits", "dontAsk"] {
            assert_eq!(said(mode, &command), "ask", "{mode}: {command}");
        }
        assert_eq!(said("bypassPermissions", &command), "deny", "{command}");
    }
    for command in ["touch free", "unheard-of", "cat .claude/settings.json"] {
        assert_eq!(said("bypassPermissions", command), "", "{command}");
    }
}

/// Where hooks keep their state and find their configuration is said by themselves, not by a home folder.
#[test]
fn what_stands_guard_does_so_wherever_it_is() {
    let world = world();
    world.write(
        "home/.config/claudectl/rules.toml",
        "[[rules]]\nname = \"all\"\naction = \"allow\"\npath = [\"/**\"]\n",
    );
    world.run(["init", "--host-version", "2.1.330"]).success();
    let said = |command: &str| {
        let call = json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": "t", "permission_mode": "acceptEdits"});
        let (said, why, ..) = answer(&world, call);
        (said, why)
    };
    let (state, home) = (world.state_dir().display().to_string(), world.home().display().to_string());
    assert_eq!(said(&format!("echo x > {home}/notes")).0, "allow", "it is the rule that allows it");
    for command in [
        format!("echo x > {state}/gate.snap"),
        format!("rm {state}/state.db"),
        format!("rm -f {state}/journal/*"),
        format!("mv {state} {home}/elsewhere"),
        format!("echo x > {home}/.config/claudectl/rules.toml"),
        format!("echo x > {home}/.claude/settings.json"),
        format!("rm {home}/.claude/settings.local.json"),
    ] {
        let (said, why) = said(&command);
        assert_ne!(said, "allow", "{command}: {why}");
    }
}

/// A pass that a hook starts has no environment: it goes by the home folder that `init` was run with.
#[test]
fn a_pass_without_an_environment_knows_whose_home_it_is() {
    let world = world();
    world.run(["init", "--host-version", "2.1.330"]).success();
    let snapshot = world.state_dir().join("gate.snap");
    let known = |there: &str| {
        let bytes = std::fs::read(&snapshot).unwrap();
        let home = format!("\"home\":\"{}\"", world.home().display());
        assert!(String::from_utf8_lossy(&bytes).contains(&home), "{there}");
    };
    known("made by init");
    std::fs::remove_file(&snapshot).unwrap();
    let bare = std::process::Command::new(crate::BIN)
        .args(["tick", "--home"])
        .arg(world.state_dir())
        .env_clear()
        .output()
        .unwrap();
    assert!(bare.status.success(), "{}", String::from_utf8_lossy(&bare.stderr));
    known("made anew");
}

/// A hook of one's own in a prompt is one's own answer.
#[test]
fn a_repository_that_would_answer_prompts_makes_them_refusals() {
    let world = world();
    init(&world);
    let asks = json!({"tool_name": "Bash", "tool_input": {"command": "unheard-of"}, "tool_use_id": "t"});
    let hook =
        json!({"hooks": {"PermissionRequest": [{"hooks": [{"type": "command", "command": "./yes.sh"}]}]}});
    let settings = std::fs::read_to_string(world.config_dir().join("settings.json")).unwrap();
    let mut own: Value = serde_json::from_str(&settings).unwrap();
    let groups = own["hooks"]["PermissionRequest"].as_array_mut().unwrap();
    groups.push(hook["hooks"]["PermissionRequest"][0].clone());
    world.write("home/.claude/settings.json", own.to_string());
    assert_eq!((answer(&world, asks.clone()).0.as_str(), listed(&world).len()), ("ask", 0));
    world.write("work/.claude/settings.json", hook.to_string());
    let (said, why, _, code) = answer(&world, asks);
    assert_eq!((said.as_str(), code), ("deny", 2));
    assert!(why.contains("a hook of the repository would answer in your place"), "{why}");
    assert!(!why.contains("yes.sh"), "what it is called is not for the model: {why}");
    let log = world.cmd().args(["gate", "log"]).env("CLAUDECTL_NOW", "").run().success().stdout;
    assert!(log.contains("was told deny: a hook of the repository") && log.contains("./yes.sh"), "{log}");
    assert_eq!(ls(&world), "allow");
    let all = listed(&world);
    assert_eq!((&all[0]["event"], &all[0]["state"]), (&json!("PermissionRequest"), &json!("never")));
}

/// No error of ours becomes the repository's yes. Only builds with assertions know the tools.
#[test]
fn nor_does_it_answer_where_something_goes_wrong() {
    let world = world();
    init(&world);
    let hook =
        json!({"hooks": {"PermissionRequest": [{"hooks": [{"type": "command", "command": "./yes.sh"}]}]}});
    world.write("work/.claude/settings.json", hook.to_string());
    let bash =
        |command: &str| json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": "t"});
    let failing = |tool: &str| json!({"tool_name": tool, "tool_input": {}, "tool_use_id": "t"});
    let refused = |what: Value, why: &str| {
        let (said, told, stderr, code) = answer(&world, what);
        assert_eq!((said.as_str(), code), ("deny", 2), "{why}: {told}");
        for text in [&told, &stderr] {
            assert!(text.contains(why) && text.contains("would answer in your place"), "{why}: {text}");
        }
        assert!(!told.contains("yes.sh"), "{told}");
    };
    refused(failing("ToolThatFindsAMistakeInTheGate"), "it has crashed");
    refused(failing("ToolThatTheGateNeverAnswers"), "the gate was not done in time");
    assert_eq!(ls(&world), "allow");
    // What cannot be read names no folder, and no tool: the hook is run in the session's.
    let cut = r#"{"hook_event_name": "PreToolUse", "tool_name": "Ba"#;
    let run = crate::hook::hook(&world, &Value::Null).cwd(world.work_dir()).stdin(cut).run().fails_with(2);
    assert!(run.stderr.contains("would answer in your place"), "{run:?}");
    let journal = world.state_dir().join("journal");
    std::fs::rename(&journal, world.root().join("kept")).unwrap();
    std::fs::write(&journal, "a file in the way").unwrap();
    refused(bash("ls"), "it cannot be written down");
    std::fs::remove_file(&journal).unwrap();
    std::fs::remove_file(world.state_dir().join("gate.snap")).unwrap();
    refused(bash("ls"), "claudectl tick");
}

/// Package managers keep a link at one place, which hooks are installed with.
#[test]
fn our_own_are_known_by_whatever_name_we_are_called() {
    let world = world();
    let link = world.root().join("claudectl");
    std::os::unix::fs::symlink(crate::BIN, &link).unwrap();
    world.claudectl(&link).args(["init", "--host-version", "2.1.330"]).run().success();
    let settings = std::fs::read_to_string(world.config_dir().join("settings.json")).unwrap();
    assert!(settings.contains(link.to_str().unwrap()), "{settings}");
    assert_eq!(listed(&world), [Value::Null; 0]);
    assert_eq!(world.claudectl(&link).args(["gate", "hooks", "--json"]).run().success().json(), json!([]));
}
