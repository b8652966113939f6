//! `--log FILE`.

use std::os::unix::fs::PermissionsExt;

use claudectl_testkit::Usage;

use crate::{A, reply, world};

#[test]
fn what_is_done_is_appended_for_the_owner_alone() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let plain = world.run(["spend"]).success();
    let logged = world.run(["--log", "run.log", "spend"]).success();
    assert_eq!(plain, logged, "the output is the same");
    let log = world.work_dir().join("run.log");
    let first = std::fs::read_to_string(&log).unwrap();
    assert!(first.contains("INFO") && first.contains("started"), "{first}");
    assert!(!first.contains('\u{1b}'), "no colours in a file");
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    world.run(["--log", "run.log", "-vv", "spend", "--no-cache"]).success();
    let second = std::fs::read_to_string(&log).unwrap();
    assert!(second.starts_with(&first) && second.len() > first.len(), "{second}");
    assert!(second.contains("TRACE") && second.contains(&format!("{A}.jsonl")), "{second}");
}

#[test]
fn errors_are_in_it() {
    let world = world();
    world.run(["--log", "run.log", "show", "nope"]).fails_with(1);
    let log = std::fs::read_to_string(world.work_dir().join("run.log")).unwrap();
    assert!(log.contains("there is no session nope"), "{log}");
}

#[test]
fn a_log_that_cannot_be_written_is_an_error_before_anything_is_done() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let out = world.run(["--log", "nowhere/run.log", "spend"]).fails_with(3);
    assert_eq!(out.stdout, "");
    assert!(out.stderr.starts_with("error: cannot write the log nowhere/run.log\n  why: "), "{}", out.stderr);
    assert!(crate::tree(&world.state_dir()).is_empty());
}

#[test]
fn a_log_on_a_full_disk_stops_nothing() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    let plain = world.run(["spend"]).success();
    let out = world.run(["--log", "/dev/full", "-vv", "spend"]).success();
    assert_eq!(plain.stdout, out.stdout);
}
