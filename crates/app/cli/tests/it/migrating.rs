//! Command lines of the published tool: a hint and exit code 2, or 1 under Claude Code.

use claudectl_testkit::{Usage, World};

use crate::{A, reply, world};

/// The three lines of the hint to an old command line.
#[track_caller]
fn hint(world: &World, args: &[&str]) -> String {
    let out = world.run(args).fails_with(2);
    assert_eq!(out.stdout, "", "{args:?}");
    out.stderr.clone()
}

#[test]
fn old_flags_name_the_command_that_took_their_place() {
    let world = world();
    for (args, fix) in [
        (&["--list"][..], "use `claudectl ls`"),
        (&["-l"], "use `claudectl ls`"),
        (&["--json"], "use `claudectl ls --json`"),
        (&["--focus", "attention"], "use `claudectl ls --focus WHAT`"),
        (&["--filter-status", "idle"], "use `claudectl ls --status STATE`"),
        (&["--search", "x"], "use `claudectl ls --search TEXT`"),
        (&["--history"], "use `claudectl history`"),
        (&["--doctor"], "use `claudectl doctor`"),
        (&["--notify"], "use `claudectl config set notify.desktop true`"),
        (&["--config-validate"], "use `claudectl config check`"),
        (&["--config-template"], "use `claudectl config schema`"),
    ] {
        let hint = hint(&world, args);
        let lines: Vec<&str> = hint.lines().collect();
        assert!(lines[0].starts_with("error: `-"), "{hint}");
        assert!(lines[1].starts_with("  why: "), "{hint}");
        assert_eq!(lines[2..], [format!("  fix: {fix}")], "{args:?}");
        // What it names works.
        let words: Vec<&str> =
            fix.trim_start_matches("use `claudectl ").trim_end_matches('`').split(' ').collect();
        let words: Vec<&str> =
            words.into_iter().take_while(|word| !word.starts_with("--") || *word == "--json").collect();
        world.run(words).success();
    }
}

#[test]
fn what_is_still_to_come_is_said_to_be_so() {
    let world = world();
    for args in [&["--decompose", "x"][..], &["--run", "x"], &["coord", "claim"], &["hive", "curriculum"]] {
        let hint = hint(&world, args);
        assert!(hint.contains("not in this version yet"), "{hint}");
        assert!(hint.contains("`claudectl --help` lists what this version can do"), "{hint}");
    }
}

#[test]
fn under_claude_code_it_does_not_block_the_call() {
    // Claude Code reads 2 from a hook as "block this call".
    let world = world();
    let out = world.cmd().env("CLAUDECODE", "1").arg("--json").stdin("{}").run().fails_with(1);
    assert_eq!(out.stdout, "");
    assert!(out.stderr.starts_with("error: "), "{}", out.stderr);
}

#[test]
fn the_hint_repeats_nothing_from_the_command_line() {
    let world = world();
    let hint = hint(&world, &["--search", "\u{1b}[2Jsecret"]);
    assert!(!hint.contains("secret") && !hint.contains('\u{1b}'), "{hint}");
}

#[test]
fn our_own_flags_are_none_of_these() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    world.run(["--json", "ls"]).success().json();
    world.run(["ls", "--json", "--search", "x", "--focus", "attention"]).success().json();
    world.run(["-q", "spend", "--since", "7d"]).success();
}
