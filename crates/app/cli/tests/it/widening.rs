//! What widens what agents may do: one list, which the gate denies in any call and the commands themselves refuse.

use claudectl_testkit::World;

use crate::{A, world};

/// Commands that are for people, as an agent would call them.
const FOR_PEOPLE: &[&[&str]] = &[
    &["approve", A],
    &["gate", "allow", "make"],
    &["gate", "mode", "observe"],
    &["gate", "hooks", "trust", "00000000"],
    &["rules", "add", "--action", "allow", "--command", "make"],
    &["rules", "rm", "no"],
    &["budget", "raise", "--day", "--by", "5"],
    &["budget", "set", "--session", A, "5"],
    &["budget", "unset", "--session", A],
    &["policy", "trust"],
    &["config", "set", "gate.mode", "observe"],
    &["config", "set", "budget.day_usd", "500"],
    &["config", "unset", "gate.mode"],
    &["uninstall"],
];

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

#[test]
fn the_commands_refuse_agents() {
    let world = guarded();
    let before = crate::tree(&world.home().join(".config"));
    for args in FOR_PEOPLE {
        let out = world.cmd().args(*args).env("CLAUDECODE", "1").run().fails_with(2);
        assert!(out.stderr.contains("is for people, and an agent runs this"), "{args:?}: {}", out.stderr);
    }
    assert_eq!(crate::tree(&world.home().join(".config")), before);
}

#[test]
fn the_gate_denies_them_in_any_call() {
    let world = guarded();
    for args in FOR_PEOPLE {
        let command = format!("claudectl {}", args.join(" "));
        for call in [
            command.clone(),
            format!("env -u CLAUDECODE {command}"),
            format!("true && CLAUDECODE= /usr/local/bin/{command}"),
            format!("bash -c '{command}'"),
            format!("setsid nohup {command} &"),
        ] {
            let out = world.run(["gate", "check", &call]).fails_with(1);
            assert!(out.stdout.starts_with("deny  weakens what stands guard"), "{call}: {}", out.stdout);
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
