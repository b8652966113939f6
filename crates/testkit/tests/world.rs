//! The sealed world: what a program sees of it, and what comes back.

use std::path::Path;

use claudectl_testkit::World;

const ENV: &str = "/usr/bin/env";
const SH: &str = "/bin/sh";

#[test]
fn a_program_sees_only_the_world() {
    let mut world = World::with_bin(ENV);
    world.set_now("2027-01-02T03:04:05Z");
    let mut seen = world.run([""; 0]).success().stdout.lines().map(str::to_owned).collect::<Vec<_>>();
    seen.sort();
    assert_eq!(
        seen,
        [
            "CLAUDECTL_HOME=$STATE",
            "CLAUDECTL_NOW=2027-01-02T03:04:05Z",
            "CLAUDECTL_SEED=1",
            "CLAUDE_CONFIG_DIR=$HOME/.claude",
            "COLUMNS=120",
            "HOME=$HOME",
            "LANG=C.UTF-8",
            "PATH=/usr/bin:/bin",
            "TZ=UTC",
            "XDG_CONFIG_HOME=$HOME/.config",
        ]
    );
}

#[test]
fn it_starts_in_the_work_folder_and_paths_are_replaced() {
    let world = World::with_bin(SH);
    let script =
        r#"pwd; echo "$CLAUDECTL_HOME/x"; echo "${CLAUDECTL_HOME%/state}/y" >&2; pwd | tr ./ -; exit 3"#;
    let output = world.run(["-c", script]).fails_with(3);
    assert_eq!(output.snapshot(), "exit code: 3\n--- stdout\n$WORK\n$STATE/x\n$WORK\n--- stderr\n$ROOT/y\n");
}

#[test]
fn input_environment_and_folder_can_be_given() {
    let world = World::with_bin(SH);
    let file = world.write("home/notes/a.txt", "a");
    let output = world
        .cmd()
        .args(["-c", r#"cat; printf '{"x": "%s", "at": "%s"}' "$X" "$PWD""#])
        .stdin(" \n")
        .env("X", "1")
        .cwd(file.parent().unwrap_or(Path::new("/")))
        .run()
        .success();
    assert_eq!(output.json()["x"], "1");
    assert_eq!(output.json()["at"], "$HOME/notes");
    assert!(output.snapshot().ends_with("(no newline at the end)\n"));
}

#[test]
fn a_killed_program_has_the_code_a_shell_would_see() {
    let output = World::with_bin(SH).run(["-c", "kill -9 $$"]).fails_with(137);
    assert_eq!(output.stdout, "");
}

#[test]
#[should_panic(expected = "--- stderr\nno such thing")]
fn a_failure_shows_both_streams() {
    World::with_bin(SH).run(["-c", "echo 'no such thing' >&2; exit 1"]).success();
}

#[test]
#[should_panic(expected = "did not end within")]
fn a_hung_program_is_ended() {
    let timeout = std::time::Duration::from_millis(200);
    World::with_bin(SH).cmd().args(["-c", "sleep 1000 & wait"]).timeout(timeout).run().success();
}
