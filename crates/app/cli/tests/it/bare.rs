//! `claudectl` without a command, and what holds for every command.

use claudectl_testkit::Usage;

use crate::{A, reply, world};

#[test]
fn lists_the_sessions() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let bare = world.run([""; 0]).success();
    assert_eq!(bare, world.run(["ls"]).success());
    assert!(bare.stdout.starts_with("No Claude Code session is running."), "{}", bare.stdout);
}

#[test]
fn says_nothing_under_claude_code() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let out = world.cmd().env("CLAUDECODE", "1").stdin("{\"hook_event_name\":\"Stop\"}").run().success();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", ""));
    assert!(crate::tree(&world.state_dir()).is_empty(), "and does nothing");
    // A named command answers also there.
    let ls = world.cmd().env("CLAUDECODE", "1").args(["ls", "--all"]).run().success();
    assert!(ls.stdout.contains("aaaaaaaa"), "{}", ls.stdout);
}

#[test]
fn version_and_help() {
    let world = world();
    let version = world.run(["--version"]).success().stdout;
    assert_eq!(version, format!("claudectl {}\n", env!("CARGO_PKG_VERSION")));
    let help = world.run(["--help"]).success();
    assert!(help.stdout.contains("Usage: claudectl") && !help.stdout.contains("docs"), "{}", help.stdout);
    let ls = world.run(["ls", "--help"]).success().stdout;
    assert!(
        ls.contains("--all adds every past session."),
        "the long words of a command's help are shown\n{ls}"
    );
}

#[test]
fn mistakes_of_usage() {
    let world = world();
    for args in [
        &["nonsense"][..],
        &["--nonsense"],
        &["ls", "--nonsense"],
        &["spend", "--by"],
        &["--color", "pink", "ls"],
    ] {
        let out = world.run(args).fails_with(2);
        assert_eq!(out.stdout, "", "{args:?}");
        assert!(out.stderr.starts_with("error: "), "{args:?}: {}", out.stderr);
    }
}

#[test]
fn colours_only_when_wanted() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let escapes = |args: &[&str], no_color: &str| {
        world.cmd().env("NO_COLOR", no_color).args(args).run().success().stdout.contains('\u{1b}')
    };
    assert!(!escapes(&["spend"], ""), "not in a pipe");
    assert!(escapes(&["spend", "--color", "always"], ""));
    assert!(escapes(&["spend", "--color", "always"], "1"), "asked for by name");
    assert!(!escapes(&["spend", "--color", "never"], ""));
    assert!(!escapes(&["spend", "--json", "--color", "always"], ""), "never in JSON");
}

#[test]
fn narrow_and_wide() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    for columns in ["40", "80", "200"] {
        let out = world.cmd().env("COLUMNS", columns).args(["ls", "--all"]).run().success().stdout;
        assert!(out.contains("aaaaaaaa"), "the id is never cut away\n{out}");
    }
    for odd in ["0", "-1", "many", "99999999999999999999"] {
        world.cmd().env("COLUMNS", odd).args(["ls", "--all"]).run().success();
    }
}

#[test]
fn a_clock_that_is_no_time_is_an_error() {
    let world = world();
    let out = world.cmd().env("CLAUDECTL_NOW", "teatime").arg("ls").run().fails_with(2);
    assert!(out.stderr.starts_with("error: CLAUDECTL_NOW is no time: teatime\n  why: "), "{}", out.stderr);
}

#[test]
fn output_that_nobody_reads_any_more_is_no_failure() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let shell =
        format!("'{}' prices --json | head -c 10 >/dev/null; echo \"${{PIPESTATUS[0]}}\"", crate::BIN);
    let out = world.claudectl("/bin/bash".as_ref()).args(["-c", &shell]).run().success();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("0\n", ""));
    // A full disk is one.
    let shell = format!("'{}' prices >/dev/full", crate::BIN);
    let out = world.claudectl("/bin/bash".as_ref()).args(["-c", &shell]).run().fails_with(3);
    assert!(out.stderr.starts_with("error: cannot write the output\n  why: "), "{}", out.stderr);
}
