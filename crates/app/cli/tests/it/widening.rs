//! What is for people: one table (`claudectl_shell::own`), by which the gate denies it in any call and the program
//! refuses it to agents before it runs a command.

use claudectl_shell::own::{Access, COMMANDS, Right, When};
use claudectl_testkit::World;

use crate::{A, world};

/// There is something of each kind to widen.
fn guarded() -> World {
    let world = world();
    std::fs::create_dir(world.work_dir().join(".git")).unwrap();
    crate::user_config(&world, "[gate]\nmode = \"on\"\n[budget]\nday_usd = 5\n");
    world.write(
        "home/.config/claudectl/rules.toml",
        "[[rules]]\nname = \"no\"\ncommand = [\"rm\"]\naction = \"deny\"\n",
    );
    world.run(["tick"]).success();
    world
}

/// What stands behind the words of a command that is for people, so that it is one.
fn behind(words: &str) -> &'static [&'static str] {
    match words {
        "budget raise" => &["--day", "--by", "5"],
        "budget set" => &["--session", A, "5"],
        "budget unset" => &["--session", A],
        "gate allow" => &["make"],
        "gate mode" => &["observe"],
        "gate hooks trust" => &["00000000"],
        "rules add" => &["--action", "allow", "--command", "make"],
        "rules rm" => &["no"],
        "approve" | "deny" => &[A],
        "config set" => &["gate.mode", "observe"],
        "config unset" => &["gate.mode"],
        "clean" => &["--older-than", "30d"],
        "brain learn" => &["--history"],
        "brain import" => &["decisions.jsonl"],
        "brain forget" => &["--yes"],
        "brain review" => &["--correct", "toolu_1"],
        "hive peer add" => &["abc", "laptop"],
        "hive member role" => &["laptop", "owner"],
        "hive peer rm" | "hive member add" | "hive member rm" | "hive member retire" | "hive create"
        | "hive leave" => &["laptop"],
        "hive import" => &["bundle"],
        "hive sync" => &["."],
        "hive expose" | "hive hide" | "hive mute" | "hive unmute" | "hive forget" => &["00000000"],
        "dashboard|dash" | "policy trust" | "init" | "uninstall" | "config init" | "search" | "up"
        | "doctor" | "import" | "brain suggest" | "brain garden" | "brain advice" | "brain prompts"
        | "hive distill" | "hive export" | "hive rotate" => &[],
        _ => panic!("say how `claudectl {words}` is called"),
    }
}

/// What an option takes that is not a switch.
fn value_of(option: &str) -> Option<&'static str> {
    match option {
        "--accept" => Some("00000000"),
        "--write" => Some("annotate"),
        _ => None,
    }
}

/// Of a group, a word that is no command of it: the gate cannot know what it will be.
const GROUPS: &[&str] = &[
    "gate",
    "gate hooks",
    "rules",
    "policy",
    "budget",
    "brain",
    "config",
    "hive",
    "hive peer",
    "hive member",
];

/// Every call that is for people, by the table, and why.
fn for_people() -> Vec<(Vec<&'static str>, Right)> {
    let mut calls = Vec::new();
    // Without a word it is what old hooks call, and says nothing.
    for row in COMMANDS.iter().filter(|row| !row.words.is_empty() && !GROUPS.contains(&row.words)) {
        let words = || row.words.split(' ').map(|word| word.split('|').next().unwrap());
        for (when, access) in row.cases.iter().chain(&[(When::Operand, row.access)]) {
            let Access::People(right) = *access else { continue };
            for option in when.options().map_or(vec![None], |names| names.split('|').map(Some).collect()) {
                let value = option.and_then(value_of).or((row.words == "brain suggest").then_some("1"));
                let behind = behind(row.words).iter().copied();
                calls.push((words().chain(behind).chain(option).chain(value).collect(), right));
            }
        }
    }
    calls
}

#[test]
fn the_commands_refuse_agents() {
    let world = guarded();
    let before = (crate::tree(&world.home()), crate::tree(&world.work_dir()));
    let calls = for_people();
    assert!(calls.len() > 20, "{calls:?}");
    for (args, right) in calls {
        let out = world.cmd().args(&args).env("CLAUDECODE", "1").run().fails_with(2);
        for part in ["is for people, and an agent runs this", right.why(), "run it in a terminal of your own"]
        {
            assert!(out.stderr.contains(part), "{args:?}: {}", out.stderr);
        }
    }
    assert_eq!((crate::tree(&world.home()), crate::tree(&world.work_dir())), before);
}

#[test]
fn every_key_but_those_of_how_it_looks_is_for_people() {
    let world = guarded();
    let before = crate::tree(&world.home().join(".config"));
    for (key, value) in [
        ("health.guard_gap_min_calls", "1000000"),
        ("approvals.headless", "defer"),
        ("general.timezone", "Asia/Tokyo"),
        ("retention.events_days", "1"),
        ("statusline.format", "{model}"),
        ("hooks.x.run", "[\"touch\", \"x\"]"),
        ("prices.\"claude-opus-5-5\".output", "0"),
        ("no.such.key", "1"),
    ] {
        for args in [&["config", "set", key, value][..], &["--json", "config", "unset", key]] {
            let out = world.cmd().args(args).env("CLAUDECODE", "1").run().fails_with(2);
            assert!(
                out.stderr.contains("what claudectl goes by is set by people"),
                "{args:?}: {}",
                out.stderr
            );
        }
    }
    assert_eq!(crate::tree(&world.home().join(".config")), before);
    world.cmd().args(["config", "set", "dashboard.theme", "light"]).env("CLAUDECODE", "1").run().success();
    let get = world.run(["config", "get", "dashboard.theme"]).success();
    assert_eq!(get.stdout, "\"light\"\n");
}

#[test]
fn an_agent_may_look_and_tighten() {
    let world = guarded();
    for args in [
        &["init", "--dry-run"][..],
        &["uninstall", "--dry-run"],
        &["approve"],
        &["deny"],
        &["gate", "mode"],
        &["gate", "hooks"],
        &["policy", "init"],
        &["policy", "trust", "--revoke"],
        &["rules", "add", "--action", "deny", "--command", "make"],
        &["rules", "add", "--action", "ask", "--command", "ninja"],
        &["budget"],
        &["config", "get", "gate.mode"],
        &["import"],
        &["clean", "--older-than", "30d"],
        &["up", "--install", "--systemd", "--dry-run"],
    ] {
        world.cmd().args(args).env("CLAUDECODE", "1").run().success();
    }
    let out = world.cmd().args(["init", "--no-strict"]).env("CLAUDECODE", "1").run().fails_with(2);
    assert!(out.stderr.contains("an agent may run it with --dry-run"), "{}", out.stderr);
}

/// What a word of a group will be is not known: the gate denies it, and the program has none.
#[test]
fn what_is_no_command_of_a_group_is_denied() {
    let world = guarded();
    for group in GROUPS {
        let out = world.run(["gate", "check", &format!("claudectl {group} frob")]).fails_with(1);
        assert!(out.stdout.starts_with("deny  weakens what stands guard"), "{group}: {}", out.stdout);
        world.cmd().args(group.split(' ')).arg("frob").run().fails_with(2);
    }
}

/// What the gate's reason begins with.
const fn denied(right: Right) -> &'static str {
    match right {
        Right::Widen | Right::Configure => "deny  weakens what stands guard: claudectl ",
        Right::Answer | Right::Start | Right::Erase | Right::Tell => "deny  is for people: claudectl ",
    }
}

#[test]
fn the_gate_denies_them_in_any_call() {
    let world = guarded();
    for (at, (args, right)) in for_people().into_iter().enumerate() {
        let command = format!("claudectl {}", args.join(" "));
        let hidden = match at % 4 {
            0 => format!("env -u CLAUDECODE {command}"),
            1 => format!("true && CLAUDECODE= /usr/local/bin/{command}"),
            2 => format!("bash -c '{command}'"),
            _ => format!("setsid nohup {command} &"),
        };
        for call in [command, hidden] {
            let out = world.run(["gate", "check", &call]).fails_with(1);
            assert!(out.stdout.starts_with(denied(right)), "{call}: {}", out.stdout);
            assert!(out.stdout.contains(right.why()), "{call}: {}", out.stdout);
        }
    }
}

#[test]
fn what_guards_is_asked_about_and_so_are_clients_without_hooks() {
    let world = guarded();
    let state = world.state_dir().display().to_string();
    for call in [
        format!("rm {state}/gate.snap"),
        "echo '{}' > .claude/settings.json".to_owned(),
        "sed -i s/deny/allow/ ~/.config/claudectl/rules.toml".to_owned(),
        "cp x .claudectl/policy.toml".to_owned(),
        "mv x ~/.local/bin/claudectl".to_owned(),
        "claude --bare -p hi".to_owned(),
        "claude --safe-mode -p hi".to_owned(),
        "claude --settings '{\"disableAllHooks\": true}' -p hi".to_owned(),
    ] {
        let out = world.run(["gate", "check", &call]).fails_with(1);
        assert!(!out.stdout.starts_with("allow"), "{call}: {}", out.stdout);
        // A rule that allows the program does not reach that far.
        let program = call.split(' ').next().unwrap();
        world.cmd().env("CLAUDECTL_NOW", "").args(["gate", "allow", &format!("{program} *")]).run().success();
        let out = world.cmd().env("CLAUDECTL_NOW", "").args(["gate", "check", &call]).run();
        assert!(out.code == 1 && !out.stdout.starts_with("allow"), "{call}: {}", out.stdout);
    }
}
