//! The real Claude Code on the dashboard, and the way from there, and from `attach`, to its terminal. Skipped,
//! loudly, on a machine that cannot have it.

use std::time::Duration;

use claudectl_testkit::claude::drive::{Drive, Headless};
use claudectl_testkit::{Claude, Cmd, Mock, Terminal, Tmux, World, wait_for};
use serde_json::Value;

use crate::real_traces::{ASKED, PROMPT, doer};
use crate::{A, B};

/// Far more than anything here needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);

fn world() -> World {
    World::with_bin(crate::BIN)
}

/// Claudectl by the real clock, as the client runs.
fn cmd(world: &World) -> Cmd {
    world.cmd().env("CLAUDECTL_NOW", "")
}

/// The line of a session in the list, by as much of its id as there is always room for; empty where there is none.
fn line<'s>(screen: &'s str, session: &str) -> &'s str {
    screen.lines().find(|line| line.contains(&session[..6])).unwrap_or_default()
}

/// Waits until the line of a session in the list holds a text.
#[track_caller]
fn lists(terminal: &Terminal, session: &str, text: &str) -> String {
    let shown = terminal.until(LONG, |screen| line(screen, session).contains(text));
    assert!(shown.is_some(), "never {text:?} of {session}:\n{}", terminal.screen());
    terminal.screen()
}

/// Chooses a session in the list.
#[track_caller]
fn choose(terminal: &mut Terminal, session: &str) {
    for key in ["", "j", "k", "k", "k"] {
        terminal.send(key);
        if terminal.until(Duration::from_secs(2), |screen| line(screen, session).starts_with('▶')).is_some()
        {
            return;
        }
    }
    panic!("{session} cannot be chosen:\n{}", terminal.screen());
}

#[test]
fn the_dashboard_shows_what_the_client_does() {
    let Some(claude) = Claude::for_tests() else { return };
    follows(&claude, &world());
}

#[test]
fn the_dashboard_shows_what_the_old_version_does() {
    let Some(claude) = Claude::old_for_tests() else { return };
    follows(&claude, &crate::states::hooked(&claude));
}

fn follows(claude: &Claude, world: &World) {
    let mock = Mock::start();
    let Some(client) = doer(claude, world, &mock) else { return };
    // The old version says nothing of a run without a terminal.
    let other = (!claude.is_old())
        .then(|| Headless::start(claude, world, &mock, B, "take your time [[scenario:long]]", 1));
    let mut terminal = Terminal::start(&cmd(world), 148, 50);
    lists(&terminal, A, "· idle");
    if let Some(other) = &other {
        other.working();
        lists(&terminal, B, "● working");
    }
    choose(&mut terminal, A);
    client.working();
    lists(&terminal, A, "● working");
    client.interrupted();
    lists(&terminal, A, "○ waiting");

    // It asks: it comes to the top, with the call, and is still the one that is chosen.
    client.asks(PROMPT, ASKED);
    let shown = terminal.until(LONG, |screen| below(screen, A).starts_with(ASKED));
    let screen = terminal.screen();
    assert!(shown.is_some(), "{screen}");
    assert!(line(&screen, A).starts_with("▶ ! needs-permission"), "{screen}");
    assert!(screen.contains("1 wants you"), "{screen}");
    assert!(other.is_none() || at(&screen, A) < at(&screen, B), "{screen}");
    terminal.send("\r");
    let screen = terminal.shows(&format!("session     {A}"));
    assert_eq!(screen.matches(ASKED).count(), 2, "in the list, and in the overview\n{screen}");
    client.answered_yes();
    lists(&terminal, A, "○ waiting");

    // Each side says what the client did, and what other commands say of it.
    let command = ASKED.strip_prefix("Bash: ").unwrap();
    let of = |arguments: &[&str]| cmd(world).args(arguments).arg("--json").run().json();
    // The old version keeps nothing of a response that was interrupted.
    let responses = if claude.is_old() { 9 } else { 10 };
    let screen = terminal.shows(&format!("so far      2 prompts, {responses} responses, 7 calls, 1 error"));
    let agent = screen.lines().find(|line| line.contains("general-purpose")).unwrap_or_default();
    assert!(agent.trim().starts_with("finished"), "{screen}");
    let spend = crate::row(&of(&["spend", "--by", "session"]), A)["cost_usd"].as_f64().unwrap();
    let cost = format!("cost        ${spend:.2}");
    terminal.shows(&cost);
    terminal.send("2");
    let (calls, end) = match claude.is_old() {
        false => ("Read 2, Agent 1, Bash 1, Edit 1, Write 1", "── turn ended"),
        true => ("Read 2, Bash 1, Edit 1, Task 1, Write 1", "said 4 things"),
    };
    terminal.shows(&format!("6 calls ({calls}), +4 -1 lines"));
    terminal.shows(end);
    terminal.send("3");
    let calls = terminal.shows("guests.txt  +2 -0");
    for (state, tool, about) in [
        ("ok", "Write", "guests.txt  +2 -0"),
        ("ok", "Edit", "guests.txt  +2 -1"),
        ("failed", "Read", "missing.txt"),
        ("ok", "Bash", command),
    ] {
        let found = calls.lines().any(|line| [state, tool, about].iter().all(|part| line.contains(part)));
        assert!(found, "{state} {tool} {about} is missing in\n{calls}");
    }
    terminal.send("4");
    let files = terminal.shows("1 file changed");
    assert!(files.contains("2 x  guests.txt"), "{files}");
    terminal.send("5");
    let money = terminal.shows("By agent");
    // The old version writes down no kind.
    let kind = if claude.is_old() { "(unknown kind)" } else { "general-purpose" };
    let agents = crate::row(&of(&["spend", "--by", "agent"]), kind)["cost_usd"].as_f64().unwrap();
    let own = money.lines().find(|line| line.contains(kind)).unwrap_or_default();
    assert!(own.contains(&format!("${agents:.2}")) && money.contains(&cost), "{money}");
    terminal.send("6");
    let findings = of(&["health", A]);
    let finding = findings["sessions"][0]["findings"][0]["message"].as_str().unwrap();
    terminal.shows("critical    cache");
    assert!(terminal.screen().contains(finding), "{findings}\n{}", terminal.screen());
    terminal.send("7");
    let screen = terminal.shows("Finished: the hedgehog is in.");
    assert!(screen.contains("badger"), "{screen}");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
}

/// The line below a session in the list; empty where there is none.
fn below<'s>(screen: &'s str, session: &str) -> &'s str {
    screen.lines().skip_while(|line| !line.contains(&session[..6])).nth(1).unwrap_or_default().trim()
}

/// Which line of the list is a session's.
fn at(screen: &str, session: &str) -> Option<usize> {
    screen.lines().position(|line| line.contains(&session[..6]))
}

/// What must not change in a client to which nothing is typed, of which the input line is empty.
#[track_caller]
fn untouched(client: &Drive<'_>, mock: &Mock) -> (Value, usize, usize) {
    let input = |screen: &str| screen.lines().rfind(|line| line.contains('❯')).map(str::trim) == Some("❯");
    client.terminal().wait_for(input, LONG);
    // What it asks for by itself, and when it last wrote its row, has nothing to do with keys.
    (client.registry()["status"].clone(), client.rows().len(), mock.turns().len())
}

#[track_caller]
fn turned_to(tmux: &Tmux, pane: &str) {
    let there = wait_for(LONG, || (tmux.active() == pane).then_some(()));
    assert!(there.is_some(), "{} is active, not {pane}", tmux.active());
}

#[test]
fn a_jump_turns_to_the_clients_pane_and_types_nothing() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.waiting();
    let tmux = client.terminal();
    let _person = tmux.attached(&world);
    assert_eq!(client.registry()["tmux"], "main:@0.%0", "{}", client.registry());

    // From the dashboard in a pane beside it.
    let dashboard = tmux.open(&cmd(&world), false);
    assert_eq!(tmux.active(), dashboard.id());
    dashboard.shows("○ waiting");
    let before = untouched(&client, &mock);
    dashboard.keys(&["Tab"]);
    turned_to(tmux, "%0");
    // From a window of its own.
    let attach = |session: &str, window: bool| {
        let sh = world.claudectl(std::path::Path::new("sh")).env("CLAUDECTL_NOW", "");
        let script = "\"$0\" attach \"$1\"; echo \"ended with $?\"; exec sleep 3600";
        tmux.open(&sh.args(["-c", script, crate::BIN, session]), window)
    };
    let attached = attach(&A[..8], true);
    attached.shows("ended with 0");
    turned_to(tmux, "%0");
    assert_eq!(untouched(&client, &mock), before);

    // Another program has the pane, and the client's row still names it.
    tmux.own().keep();
    client.killed();
    tmux.own().respawn(&["sleep", "3600"]);
    let attached = attach(A, true);
    let screen = attached.shows("ended with 1");
    assert!(screen.contains(&format!("{} does not run", &A[..8])), "{screen}");
    assert!(screen.contains(&format!("claude --resume {A}")), "{screen}");
    assert_eq!(tmux.active(), attached.id());
    dashboard.shows("- finished");
    dashboard.keys(&["Tab"]);
    dashboard.shows("does not run");
    assert_eq!(tmux.active(), attached.id());
}

#[test]
fn from_outside_its_terminal_a_session_is_shown_or_told_of() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    let outside = || cmd(&world).env("TMUX_TMPDIR", client.terminal().sockets());
    let told = outside().args(["attach", A, "--dry-run"]).run().success();
    assert!(told.stdout.starts_with("it shows in pane %0 of tmux ("), "{}", told.stdout);
    let terminal = Terminal::start(&outside().args(["attach", A]), 140, 40);
    // The client draws itself for the new terminal, with tmux's own line below.
    terminal.shows("[main]");
    terminal.shows("❯");
    drop(terminal);
    assert!(client.terminal().is_running());

    // One in a terminal that nobody can be sent to.
    let interactive = claude.headless(&world, &mock).args(["--session-id", B]);
    let lonely = Terminal::start(&interactive, 120, 40);
    let file = world.config_dir().join(format!("sessions/{}.json", lonely.pid()));
    assert!(wait_for(LONG, || file.exists().then_some(())).is_some(), "{}", lonely.screen());
    let out = outside().args(["attach", B]).run().fails_with(1);
    let told = format!("as pid {}", lonely.pid());
    assert!(out.stderr.contains("it runs in ") && out.stderr.contains(&told), "{}", out.stderr);
    let mut terminal = Terminal::start(&outside(), 148, 40);
    lists(&terminal, B, "· idle");
    choose(&mut terminal, B);
    terminal.send("\t");
    terminal.shows(&told);
}

/// Without a registry nothing proves which session a client runs: nobody is sent to it, but it is said where it is.
#[test]
fn the_old_versions_pane_is_told() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let Some(client) = Drive::start_new(&claude, &world, &mock, A) else { return };
    client.waiting();
    let tmux = client.terminal();
    let _person = tmux.attached(&world);
    let dashboard = tmux.open(&cmd(&world), true);
    dashboard.shows("○ waiting");
    dashboard.keys(&["Tab"]);
    dashboard.shows("it seems to run in pane %0 of tmux (");
    assert_eq!(tmux.active(), dashboard.id());
    let out = cmd(&world).env("TMUX_TMPDIR", tmux.sockets()).args(["attach", A]).run().fails_with(1);
    assert!(out.stderr.contains("pane %0") && out.stderr.contains("nothing proves"), "{}", out.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_background_session_is_shown_by_the_client_itself() {
    use claudectl_testkit::claude::drive::Background;

    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let (background, _reached) = Background::permission(&claude, &world, &mock);
    let folder = world.root().join("bin");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(claude.bin(), folder.join("claude")).unwrap();
    let with_client = || {
        let client = claude.headless(&world, &mock).to_command();
        let all = client.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let cmd = all.fold(cmd(&world), |cmd, (name, value)| cmd.env(name, value));
        cmd.env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
    };
    let id = background.session();
    let told = with_client().args(["attach", id, "--json"]).run().success().json();
    assert_eq!((&told["place"], &told["job"]), (&"background".into(), &id[..8].into()), "{told}");
    let terminal = Terminal::start(&with_client().args(["attach", id]), 120, 40);
    terminal.shows("Do you want to proceed?");
    drop(terminal);
    // From the dashboard, too, which takes the screen back when the client lets go of it.
    let mut terminal = Terminal::start(&with_client(), 120, 40);
    lists(&terminal, id, "! needs-permission");
    terminal.send("\t");
    terminal.shows("Do you want to proceed?");
    terminal.send("\x1a");
    terminal.shows("SESSION");
    lists(&terminal, id, "! needs-permission");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(
        crate::session(&cmd(&world).args(["ls", "--json"]).run().success().json(), id)["pid"],
        background.pid()
    );
}
