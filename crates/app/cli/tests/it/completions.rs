//! `claudectl completions`.

use std::process::{Command, Stdio};

use crate::world;

const COMMANDS: [&str; 10] =
    ["ls", "show", "spend", "prices", "history", "doctor", "config", "clean", "completions", "man"];

#[test]
fn a_script_for_each_shell_knows_every_command() {
    let world = world();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let out = world.run(["completions", shell]).success();
        assert_eq!(out.stderr, "", "{shell}");
        for command in COMMANDS {
            assert!(out.stdout.contains(command), "{shell} knows {command}");
        }
        for flag in ["no-cache", "timezone"] {
            assert!(out.stdout.contains(flag), "{shell} knows {flag}");
        }
        assert!(!out.stdout.contains("docs"), "{shell} keeps what is hidden hidden");
    }
    assert!(crate::tree(&world.state_dir()).is_empty(), "nothing is made for a script");
}

#[test]
fn bash_accepts_its_script() {
    let world = world();
    let script = world.run(["completions", "bash"]).success().stdout;
    let path = world.write("work/claudectl.bash", script);
    let mut bash = Command::new("bash");
    bash.arg("-n").arg(path).env_clear().stdin(Stdio::null());
    assert!(bash.status().unwrap().success());
}

#[test]
fn an_unknown_shell_is_a_mistake_of_usage() {
    let out = world().run(["completions", "tcsh"]).fails_with(2);
    assert!(out.stderr.contains("bash"), "{}", out.stderr);
    world().run(["completions"]).fails_with(2);
}
