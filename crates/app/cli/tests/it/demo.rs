//! `claudectl demo`: a fleet that does not exist.

use claudectl_testkit::Terminal;

use crate::{tree, world};

#[test]
fn it_shows_a_fleet_and_touches_nothing() {
    let world = world();
    let mut terminal = Terminal::start(&world.cmd().arg("demo"), 140, 40);
    let screen = terminal.shows("login-fix");
    assert!(screen.contains("8 sessions") && screen.contains("migrate to pg 18"), "{screen}");
    for (keys, says) in [
        ("dd", "this is a demo: nothing is ended"),
        ("\t", "this is a demo: its sessions have no terminals"),
        ("R", "this is a demo: no reel is made"),
    ] {
        terminal.send(keys);
        terminal.shows(says);
    }
    terminal.send("\r7");
    terminal.shows("that there is a free plan");
    terminal.send("/plan\r");
    terminal.shows("n towards the beginning");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
    assert!(tree(&world.state_dir()).is_empty() && tree(&world.config_dir()).is_empty());
}

#[test]
fn it_needs_a_terminal() {
    let out = world().run(["demo"]).fails_with(2);
    assert!(out.stderr.contains("the demo needs a terminal"), "{}", out.stderr);
}
