//! `claudectl attach`: to the pane that is proven to be the session's.

use std::time::Duration;

use claudectl_testkit::{LiveProcess, RegistryRow, Terminal, Tmux, World, builders, program_for_tests};

use crate::{A, B, world};

/// A client in a pane of a tmux of its own; `None` where there is no tmux.
fn in_tmux(world: &World, sid: &str) -> Option<Tmux> {
    program_for_tests("tmux")?;
    let claude = builders::sleeping_claude(&world.tmp_dir());
    let tmux = Tmux::start(world, &world.claudectl(&claude).arg("3600")).unwrap();
    RegistryRow::new(tmux.pid(), sid, world.work_dir())
        .named("inside")
        .started(world.now())
        .write(&world.config_dir());
    Some(tmux)
}

/// Keys that come faster than a person types are none of tmux's own.
fn detach(terminal: &mut Terminal) {
    terminal.send("\u{2}");
    assert!(terminal.until(Duration::from_millis(100), |_| false).is_none());
    terminal.send("d");
}

#[test]
fn a_session_in_tmux_is_found_by_its_pane() {
    let world = world();
    let Some(tmux) = in_tmux(&world, A) else { return };
    let cmd = || world.cmd().env("TMUX_TMPDIR", tmux.sockets());
    let found = cmd().args(["attach", "inside", "--json"]).run().success().json();
    assert_eq!(
        (&found["place"], &found["pane"], &found["session"]),
        (&"tmux".into(), &"%0".into(), &A.into())
    );
    // It shows what the pane shows, and tmux's own line below; detaching comes back.
    let mut terminal = Terminal::start(&cmd().args(["attach", "inside"]), 100, 20);
    terminal.shows("[main]");
    detach(&mut terminal);
    assert_eq!(terminal.ends(), 0);
    // From the dashboard, too, which takes the screen back.
    let mut terminal = Terminal::start(&cmd(), 120, 30);
    terminal.shows("inside");
    terminal.send("\t");
    terminal.shows("[main]");
    detach(&mut terminal);
    terminal.shows("SESSION");
    terminal.send("j");
    terminal.shows("inside");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn another_servers_panes_are_nobodys() {
    let world = world();
    let Some(tmux) = in_tmux(&world, A) else { return };
    // A session whose registry row names the pane of another.
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), B, world.work_dir())
        .named("liar")
        .tmux("main:@0.%0")
        .started(world.now())
        .write(&world.config_dir());
    let cmd = || world.cmd().env("TMUX_TMPDIR", tmux.sockets());
    let found = cmd().args(["attach", "liar", "--json"]).run().success().json();
    assert_eq!(found["place"], "elsewhere", "{found}");
    let out = cmd().args(["attach", "liar"]).run().fails_with(1);
    assert!(out.stderr.contains("without a terminal"), "{}", out.stderr);
}

#[test]
fn what_does_not_run_is_told() {
    let world = world();
    let out = world.run(["attach", "nobody"]).fails_with(1);
    assert!(out.stderr.contains("nobody"), "{}", out.stderr);
}
