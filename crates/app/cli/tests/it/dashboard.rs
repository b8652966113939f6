//! `claudectl` on a terminal: the dashboard as a person drives it.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use claudectl_agents::processes::{Facts, Processes, System};
use claudectl_testkit::monkey::{Act, Monkey};
use claudectl_testkit::{
    Cmd, LiveProcess, RegistryRow, Terminal, Tmux, Transcript, Usage, World, program_for_tests, wait_for,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::approve::{Waiting, decision, sockets};
use crate::brain::{answered, learn};
use crate::hook::answer;
use crate::{A, B, C, json, one_reply, user_config, world};

const LONG: Duration = Duration::from_secs(60);

/// A session that runs and has been named.
fn live(world: &World, sid: &str, name: &str) -> (LiveProcess, RegistryRow) {
    let process = LiveProcess::start(&world.work_dir());
    let row = RegistryRow::new(process.pid(), sid, world.work_dir()).named(name).started(world.now());
    row.write(&world.config_dir());
    (process, row)
}

fn open(cmd: Cmd) -> Terminal {
    Terminal::start(&cmd, 120, 36)
}

/// Leaves the dashboard, and holds that the terminal is as it was.
#[track_caller]
fn leave(terminal: &mut Terminal) {
    terminal.send("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.screen());
    restored(terminal);
}

#[track_caller]
fn restored(terminal: &Terminal) {
    assert!(!terminal.is_alternate(), "the first screen is back");
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    for (on, off) in [
        ("\u{1b}[?25l", "\u{1b}[?25h"),
        ("\u{1b}[?1000h", "\u{1b}[?1000l"),
        ("\u{1b}[?2004h", "\u{1b}[?2004l"),
    ] {
        let (last_on, last_off) = (bytes.rfind(on), bytes.rfind(off));
        assert!(last_on.is_some() && last_off > last_on, "{off:?} after {on:?}");
    }
}

#[test]
fn a_change_comes_to_the_screen_by_itself() {
    let world = world();
    let (_process, row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    let screen = terminal.shows("fixer");
    assert!(screen.contains("1 session") && screen.contains("· idle"), "{screen}");
    row.clone().status("busy").write(&world.config_dir());
    terminal.shows("● working");
    row.clone().waiting_for("permission prompt").write(&world.config_dir());
    let screen = terminal.shows("! needs-permission");
    assert!(screen.contains("1 wants you"), "{screen}");
    let (_other, _row) = live(&world, B, "second");
    terminal.shows("second");
    leave(&mut terminal);
}

#[test]
fn a_session_that_ends_stays_in_sight_for_a_while() {
    let world = world();
    let (mut process, _row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    terminal.shows("fixer");
    process.kill();
    terminal.shows("- finished");
    leave(&mut terminal);
}

#[test]
fn the_open_session_shows_each_of_its_sides() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .at("2026-11-24T11:59:00Z")
        .prompt("please mend the fence")
        .assistant(|m| m.text("I mend it.").usage(Usage::new(1_000, 50)))
        .assistant(|m| m.tool_use("Bash", json!({"command": "make fence"})).usage(Usage::new(10, 5)));
    transcript.write(&world.config_dir());
    let (_process, _row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    terminal.shows("fixer");
    terminal.send("\r");
    terminal.shows("so far      1 prompt, 2 responses, 1 call, 0 errors");
    terminal.send("2");
    terminal.shows("> please mend the fence");
    terminal.send("3");
    terminal.shows("make fence");
    terminal.send("5");
    terminal.shows("By model");
    terminal.send("7");
    let screen = terminal.shows("I mend it.");
    assert!(screen.contains("Bash make fence"), "{screen}");
    // What is written from now on comes by itself.
    transcript.assistant(|m| m.text("It is mended.").usage(Usage::new(10, 5)));
    transcript.write(&world.config_dir());
    terminal.shows("It is mended.");
    terminal.send("/FENCE\r");
    terminal.shows("n towards the beginning");
    terminal.send("\u{1b}");
    terminal.until(LONG, |screen| !screen.contains("n towards the beginning")).unwrap();
    terminal.send("$");
    terminal.shows("Limits of the account");
    leave(&mut terminal);
}

/// A dashboard by the real clock, as hooks go by, with the prompt in view that session A has open.
fn in_view(world: &World, asks: &str) -> Terminal {
    let mut terminal = open(world.cmd().env("CLAUDECTL_NOW", ""));
    terminal.shows("! needs-permission");
    terminal.send("y");
    terminal.shows(asks);
    // No key answers at once what has just come into view.
    terminal.until(Duration::from_millis(500), |_| false);
    terminal
}

/// A session that waits for a permission.
fn asking(world: &World) -> LiveProcess {
    world.run(["tick"]).success();
    let (process, row) = live(world, A, "fixer");
    row.waiting_for("permission prompt").write(&world.config_dir());
    process
}

fn of_server(tool: &str) -> serde_json::Value {
    json!({"tool_name": tool, "tool_input": {"x": 1}})
}

fn made(tool: &str, id: &str) -> serde_json::Value {
    let mut made = of_server(tool);
    made["tool_use_id"] = json!(id);
    made
}

#[test]
fn a_call_is_answered_from_it() {
    let world = world();
    let _process = asking(&world);
    for (key, wanted) in [("y", "allow"), ("n", "deny")] {
        let waiting = Waiting::start(&world, A, key, &of_server("mcp__db__list_tables"));
        let mut terminal = in_view(&world, "asks to use mcp__db__list_tables");
        terminal.send(key);
        assert_eq!(decision(&waiting.told()).0, wanted);
        terminal.shows("mcp__db__list_tables");
        leave(&mut terminal);
    }
}

/// What stands in view is answered, or nothing: neither another call with the same input, nor the very same once more.
#[test]
fn no_other_call_is_answered_than_the_one_in_view() {
    for second in ["mcp__db__drop_all", "mcp__db__list_tables"] {
        let world = world();
        let _process = asking(&world);
        let first = Waiting::start(&world, A, "t1", &of_server("mcp__db__list_tables"));
        let mut terminal = in_view(&world, "asks to use mcp__db__list_tables");
        // It sees nothing of what happens until the key is there.
        let pid = Pid::from_raw(terminal.pid().cast_signed()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        crate::hook::call(&world, A, "PostToolUse", made("mcp__db__list_tables", "t1"));
        assert!(first.told().is_null());
        let mut waiting = Waiting::start(&world, A, "t2", &of_server(second));
        terminal.send("y");
        kill_process(pid, Signal::CONT).unwrap();
        terminal.shows("too late");
        assert!(!waiting.is_over() && sockets(&world) == 1, "{second}: {}", terminal.screen());
        leave(&mut terminal);
        drop(waiting);
    }
}

#[test]
fn a_prompt_in_view_that_is_over_is_told_with_what_is_asked_now() {
    let world = world();
    let _process = asking(&world);
    let first = Waiting::start(&world, A, "t1", &of_server("mcp__db__list_tables"));
    let mut terminal = in_view(&world, "asks to use mcp__db__list_tables");
    crate::hook::call(&world, A, "PostToolUse", made("mcp__db__list_tables", "t1"));
    assert!(first.told().is_null());
    let screen = terminal.shows("too late");
    assert!(
        screen.contains("asked to use mcp__db__list_tables") && screen.contains("the call was made"),
        "{screen}"
    );
    terminal.shows("nothing that can be answered from here");
    let second = Waiting::start(&world, A, "t2", &of_server("mcp__db__drop_all"));
    // It comes into the window by itself.
    terminal.shows("asks now mcp__db__drop_all");
    terminal.send("y");
    terminal.shows("asks to use mcp__db__drop_all");
    // Its hook is killed, of which nothing tells.
    drop(second);
    terminal.shows("no hook of ours waits beside it any more");
    terminal.send("\u{1b}");
    terminal.until(LONG, |screen| !screen.contains("asked to use")).unwrap();
    leave(&mut terminal);
}

/// The hour begins when it is pressed, however long the dashboard has been open.
#[test]
fn what_is_allowed_for_an_hour_is_so_from_then_on() {
    let world = world();
    let _process = asking(&world);
    let mut terminal = open(world.cmd().env("CLAUDECTL_NOW", ""));
    terminal.shows("needs-permission");
    terminal.until(Duration::from_millis(2_100), |_| false);
    let waiting = Waiting::start(
        &world,
        A,
        "t1",
        &json!({"tool_name": "Bash", "tool_input": {"command": "unheard-of 1"}}),
    );
    let listed = world.cmd().env("CLAUDECTL_NOW", "").args(["approve", "--json"]).run().success().json();
    terminal.send("y");
    terminal.shows("asks to use Bash");
    terminal.until(Duration::from_millis(500), |_| false);
    terminal.send("a");
    assert_eq!(decision(&waiting.told()).0, "allow");
    terminal.shows("exactly this call for an hour, as g1");
    let rules = world.cmd().env("CLAUDECTL_NOW", "").args(["rules", "ls", "--json"]).run().success().json();
    let seconds =
        |text: &serde_json::Value| text.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
    let grant = rules["rules"].as_array().unwrap().iter().find(|rule| rule["name"] == "g1").unwrap();
    assert!(seconds(&grant["expires"]) >= seconds(&listed[0]["since"]) + 3_600, "{grant} {listed}");
    leave(&mut terminal);
}

#[test]
fn why_nothing_can_be_answered_is_told_in_it() {
    let world = world();
    let _process = asking(&world);
    let mut of_agent = of_server("mcp__db__list_tables");
    of_agent["agent_id"] = json!("a1");
    crate::hook::call(&world, A, "PermissionRequest", of_agent);
    let mut terminal = open(world.cmd().env("CLAUDECTL_NOW", ""));
    terminal.shows("needs-permission");
    terminal.send("y");
    let screen = terminal.shows("approvals.subagents 10m");
    assert!(
        screen.contains("a subagent asks") && screen.contains("answer it at its terminal: Tab"),
        "{screen}"
    );
    leave(&mut terminal);
}

/// Two sessions that do not run; the second had a subagent.
fn past(world: &World) -> Transcript {
    let mut first = Transcript::new(A, world.work_dir().join("api"));
    first.at("2026-11-20T10:00:00Z").prompt("The migration fails on a foreign key. Fix it!");
    for step in 0..40 {
        first.assistant(|m| m.text(&format!("step {step}: I look on.")).usage(Usage::new(1, 1)));
    }
    first.assistant(|m| m.text("Done: the quaternion is turned.").usage(Usage::new(1, 1)));
    for step in 40..80 {
        first.assistant(|m| m.text(&format!("step {step}: I tidy up.")).usage(Usage::new(1, 1)));
    }
    first.custom_title("Repair the migration").write(&world.config_dir());
    let mut second = Transcript::new(B, world.work_dir().join("web"));
    second.at("2026-11-22T10:00:00Z").prompt("Write a guide").assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": "Explore", "description": "look", "prompt": "p"}));
        m.usage(Usage::new(1, 1))
    });
    let agent = second.subagent("a1");
    agent.prompt("Find the zebra").assistant(|m| m.text("It is in the stable.").usage(Usage::new(1, 1)));
    second.last_result("ok", false).write(&world.config_dir());
    first
}

#[test]
fn what_was_decided_without_asking_is_corrected_by_one_key() {
    let world = world();
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    answered(&world, 150);
    learn(&world);
    world.run(["tick"]).success();
    // One in fifty asks all the same.
    let call = |at: u32| json!({"tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": format!("u{at}")});
    let silent = (0..5).find(|at| answer(&world, call(*at)).0 == "allow");
    assert!(silent.is_some());
    let mut terminal = open(world.cmd());
    terminal.send("M");
    let screen = terminal.shows("make lint");
    assert!(screen.contains("allow") && screen.contains("y / n"), "{screen}");
    terminal.send("n");
    terminal.shows("Learned: make lint was not wanted");
    terminal.shows("you: not wanted");
    leave(&mut terminal);
    assert_eq!(json(&world, &["brain", "review", "--json"]), json!([]));
    let status = json(&world, &["brain", "status", "--json"]);
    assert_eq!(status["answers"], 301);
}

#[test]
fn all_transcripts_are_searched_from_it() {
    let world = world();
    let mut first = past(&world);
    let mut terminal = open(world.cmd());
    terminal.shows("F4 searches them");
    terminal.send("F");
    terminal.shows("one after the other");
    // There is no index yet: it is made beside, and the answer given again.
    terminal.send("quaternion\r");
    let screen = terminal.shows("1 hit in 1 session");
    assert!(screen.contains("Repair the migration aaaaaaaa  api  1 hit"), "{screen}");
    assert!(screen.contains("reply    Done: the quaternion is turned."), "{screen}");
    terminal.send("\r");
    let screen = terminal.shows("7 transcript");
    assert!(screen.contains("Repair the migration"), "{screen}");
    let screen = terminal.shows("Done: the quaternion is turned.");
    assert!(screen.contains("step 41") && !screen.contains("step 79"), "the place, not the end: {screen}");
    terminal.send("\u{1b}");
    terminal.shows("1 hit in 1 session");
    // What is written meanwhile is found when it is looked for again.
    first.assistant(|m| m.text("Another quaternion.").usage(Usage::new(1, 1)));
    first.write(&world.config_dir());
    terminal.send("r");
    terminal.shows("2 hits in 1 session");
    terminal.send("/");
    terminal.send([b"\x15".as_slice(), b"zebra\r"].concat());
    terminal.shows("subagent: Find the zebra");
    terminal.send("\r");
    terminal.shows("It is in the stable.");
    terminal.send("\u{1b}");
    terminal.shows("subagent: Find the zebra");
    terminal.send("/");
    terminal.send([b"\x15".as_slice(), b"()\r"].concat());
    terminal.shows("there is no word in \"()\"");
    terminal.send("/");
    terminal.send([b"\x15".as_slice(), b"zebra guide\r"].concat());
    terminal.shows("never all in one passage");
    terminal.send("\u{1b}");
    terminal.shows("No Claude Code session is running");
    leave(&mut terminal);
}

#[test]
fn what_cannot_be_searched_yet_is_told() {
    let world = world();
    past(&world);
    world.run(["search", "quaternion"]).success();
    // Somebody else takes in what is new, and takes long.
    let lock = std::fs::File::open(world.state_dir().join("search.lock")).unwrap();
    lock.lock().unwrap();
    let mut more = Transcript::new(C, world.work_dir());
    more.at("2026-11-23T10:00:00Z").prompt("a new quaternion").write(&world.config_dir());
    let mut terminal = open(world.cmd());
    terminal.shows("F4 searches them");
    terminal.send("F");
    terminal.shows("of transcripts are not searched yet: being taken in");
    terminal.send("quaternion\r");
    let screen = terminal.shows("1 hit in 1 session");
    assert!(screen.contains("of transcripts are not searched yet"), "{screen}");
    lock.unlock().unwrap();
    let screen = terminal.shows("2 hits in 2 sessions");
    assert!(!screen.contains("not searched yet"), "{screen}");
    leave(&mut terminal);
}

#[test]
fn the_chosen_session_stands_beside_the_list_on_a_wide_screen() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .at("2026-11-24T11:59:00Z")
        .prompt("please mend the fence")
        .assistant(|m| m.text("I mend it.").usage(Usage::new(1_000, 50)));
    transcript.write(&world.config_dir());
    let (_process, _row) = live(&world, A, "fixer");
    let mut terminal = Terminal::start(&world.cmd(), 230, 30);
    let screen = terminal.shows("I mend it.");
    assert!(screen.contains("STATUS") && screen.contains("─ latest ─"), "{screen}");
    transcript.assistant(|m| m.text("It is mended.").usage(Usage::new(10, 5)));
    transcript.write(&world.config_dir());
    terminal.shows("It is mended.");
    terminal.resize(100, 30);
    terminal.until(LONG, |screen| screen.contains("fixer") && !screen.contains("latest")).unwrap();
    leave(&mut terminal);
}

#[test]
fn a_session_is_ended_by_two_presses() {
    let world = world();
    let (_process, row) = live(&world, A, "fixer");
    row.write(&world.config_dir());
    let mut terminal = open(world.cmd());
    terminal.shows("fixer");
    terminal.send("d");
    terminal.shows("press it again to end");
    terminal.send("d");
    terminal.shows("Ended aaaaaaaa");
    leave(&mut terminal);
}

#[test]
fn two_of_them_show_the_same() {
    let world = world();
    let (_process, row) = live(&world, A, "fixer");
    let mut both = [open(world.cmd()), open(world.cmd().args(["dashboard", "--theme", "none", "--ascii"]))];
    for terminal in &both {
        terminal.shows("fixer");
    }
    row.clone().status("busy").write(&world.config_dir());
    both[0].shows("● working");
    let plain = both[1].shows("* working");
    assert!(plain.is_ascii(), "{plain}");
    both.iter_mut().for_each(leave);
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    for signal in ["TERM", "HUP", "INT"] {
        let world = world();
        let (_process, _row) = live(&world, A, "fixer");
        let mut terminal = open(world.cmd());
        terminal.shows("fixer");
        let pid = terminal.pid().to_string();
        let killed = std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        assert!(killed.success());
        assert_eq!(terminal.ends(), 0);
        restored(&terminal);
    }
}

#[test]
fn one_that_another_process_stops_gives_the_terminal_back_until_it_goes_on() {
    let world = world();
    let (_process, _row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    terminal.shows("fixer");
    let pid = Pid::from_raw(terminal.pid().cast_signed()).unwrap();
    kill_process(pid, Signal::TSTP).unwrap();
    let stopped = |facts: Facts| facts.stopped.then_some(());
    wait_for(LONG, || System.facts(terminal.pid()).and_then(stopped)).expect("it is stopped");
    restored(&terminal);
    kill_process(pid, Signal::CONT).unwrap();
    terminal.until(LONG, |screen| screen.contains("fixer")).unwrap();
    assert!(terminal.is_alternate());
    leave(&mut terminal);
}

/// As a client of tmux does by default on `C-b C-z`: it stops itself, and nothing but its parent can tell the shell.
#[test]
fn it_stops_with_the_program_that_has_the_terminal() {
    let world = world();
    let (_process, row) = live(&world, A, "fixer");
    row.kind("bg").write(&world.config_dir());
    let claude = world.root().join("claude");
    std::fs::write(&claude, "#!/bin/sh\necho In front.\nkill -STOP $$\necho Goes on.\nread key\n").unwrap();
    std::fs::set_permissions(&claude, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", world.root().display());
    let mut terminal = open(world.cmd().env("PATH", path));
    terminal.shows("fixer");
    terminal.send("\t");
    terminal.shows("In front.");
    let pid = Pid::from_raw(terminal.pid().cast_signed()).unwrap();
    let stopped = |facts: Facts| facts.stopped.then_some(());
    wait_for(LONG, || System.facts(terminal.pid()).and_then(stopped)).expect("it is stopped");
    restored(&terminal);
    kill_process(pid, Signal::CONT).unwrap();
    terminal.shows("Goes on.");
    terminal.send("\n");
    terminal.until(LONG, |screen| screen.contains("fixer")).unwrap();
    leave(&mut terminal);
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let world = world();
    let (_process, _row) = live(&world, A, "fixer");
    if program_for_tests("tmux").is_none() {
        return;
    }
    let tmux = Tmux::start(&world, &world.cmd()).unwrap();
    tmux.wait_for(|screen| screen.contains("fixer"), LONG);
    assert!(tmux.close());
}

#[test]
fn any_size_and_a_storm_of_them_is_drawn() {
    let world = world();
    let (_process, _row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    terminal.shows("fixer");
    for step in 0..60_u16 {
        terminal.resize(10 + step * 37 % 190, 1 + step * 11 % 50);
        terminal.send(if step % 3 == 0 { "\r" } else { "\u{1b}" });
    }
    // Whichever view the keys have opened; there is room for the beginning of the status in each.
    terminal.resize(20, 5);
    terminal.shows("· id");
    terminal.resize(100, 30);
    back(&mut terminal);
    // The last size counts: the foot is in the last of its lines.
    terminal.until(LONG, |screen| screen.lines().nth(29).is_some_and(|foot| !foot.is_empty())).unwrap();
    let screen = terminal.shows("SESSION");
    assert!(screen.contains("fixer"), "{screen}");
    leave(&mut terminal);
}

/// Twelve sessions that change, and a hand that does anything. Then one is chosen, and stays chosen while all others move.
/// For longer, or otherwise: `MONKEY=STEPS,SEED cargo nextest run any_keys`.
#[test]
fn any_keys_and_sizes_leave_it_well() {
    let world = world();
    let mut alive: Vec<(LiveProcess, RegistryRow)> = (0..12)
        .map(|number| {
            live(&world, &format!("{number:08x}-0000-4000-8000-00000000000d"), &format!("s{number:04}"))
        })
        .collect();
    let mut terminal = open(world.cmd());
    terminal.shows("s0007");
    let wish = option_env!("MONKEY").unwrap_or_default();
    let (steps, seed) = wish
        .split_once(',')
        .map_or((400, 41), |(steps, seed)| (steps.parse().unwrap(), seed.parse().unwrap()));
    let mut monkey = Monkey::new(seed);
    let mut change = |monkey: &mut Monkey, but: usize| {
        let at = usize::from(monkey.below(12));
        let row = alive[at].1.clone();
        let row = match monkey.below(4) {
            0 => row.status("busy"),
            1 => row.waiting_for("permission prompt"),
            2 => row.waiting_for("dialog open"),
            _ => row.status("idle"),
        };
        if at != but {
            row.write(&world.config_dir());
            alive[at].1 = row;
        }
    };
    for step in 0..steps {
        match monkey.act() {
            Act::Resize(columns, lines) => terminal.resize(columns, lines),
            Act::Keys(keys) if keys.starts_with(':') => {
                terminal.send(&keys);
                assert!(terminal.until(Duration::from_millis(30), |_| false).is_none());
                terminal.send("\u{1b}");
            }
            Act::Keys(keys) => terminal.send(keys),
        }
        if step % 5 == 0 {
            change(&mut monkey, 12);
        }
        assert!(terminal.until(Duration::from_millis(15), |_| false).is_none());
        assert!(!terminal.is_over(), "it ended at step {step}\n{}", terminal.screen());
    }
    terminal.resize(120, 40);
    back(&mut terminal);
    terminal.send("\u{1b}OPz/s0007\r");
    let chosen = |screen: &str| screen.lines().any(|line| line.starts_with('▶') && line.contains("s0007"));
    // Where it is grouped, the group comes first.
    if terminal.until(Duration::from_secs(2), chosen).is_none() {
        terminal.send("j");
    }
    terminal.until(LONG, chosen).unwrap_or_else(|| panic!("{}", terminal.screen()));
    terminal.send("z");
    terminal.until(LONG, |screen| screen.contains("s0008") && chosen(screen)).unwrap();
    for _ in 0..40 {
        change(&mut monkey, 7);
        let lost = terminal.until(Duration::from_millis(40), |screen| !chosen(screen));
        assert!(lost.is_none(), "another one is chosen\n{}", terminal.screen());
    }
    leave(&mut terminal);
}

/// Closes whatever is open. A key right behind Esc would be one with Alt, so there is time after each.
fn back(terminal: &mut Terminal) {
    for _ in 0..4 {
        terminal.send("\u{1b}");
        assert!(terminal.until(Duration::from_millis(300), |_| false).is_none());
    }
}

#[test]
fn what_keeps_it_from_looking_is_told_and_passes() {
    let world = world();
    let (_process, row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    terminal.shows("fixer");
    // No store any more, for a moment.
    let path = world.state_dir().join("state.db");
    let held = rusqlite::Connection::open(&path).unwrap();
    held.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go").assistant(|m| m.text("ok").usage(Usage::new(1, 1))).write(&world.config_dir());
    row.clone().status("busy").write(&world.config_dir());
    terminal.shows("not up to date since 12:00: ");
    held.execute_batch("ROLLBACK").unwrap();
    terminal.shows("● working");
    terminal.until(LONG, |screen| !screen.contains("not up to date")).unwrap();
    leave(&mut terminal);
}

#[test]
fn without_a_state_folder_sessions_are_shown_all_the_same() {
    let world = world();
    let (_process, _row) = live(&world, A, "fixer");
    one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 50_000)).write(&world.config_dir());
    let blocked = world.write("blocked", "");
    let mut terminal = open(world.cmd().env("CLAUDECTL_HOME", blocked.join("x")));
    terminal.shows("fixer");
    // What can be had of the transcripts is shown, and what is wrong is said on the page.
    terminal.send("$");
    let screen = terminal.shows("nothing is kept, and only transcripts that still exist are counted: ");
    assert!(screen.contains("Spent, last 30 days: $") && screen.contains("By model"), "{screen}");
    terminal.send("!");
    let screen = terminal.shows("the notices cannot be read: ");
    assert!(screen.contains("set CLAUDECTL_HOME") && !screen.contains("Reading"), "{screen}");
    terminal.send("\u{1b}");
    terminal.shows("fixer");
    terminal.send("5");
    terminal.shows("By model");
    leave(&mut terminal);
    // What is damaged is said for as long as it is so.
    world.write("state/state.db", "no database at all, but long enough to be looked at as one. ".repeat(20));
    let mut terminal = open(world.cmd());
    terminal.shows("! cannot look at the sessions: ");
    terminal.send("$");
    terminal.shows("what was spent cannot be added up: ");
    terminal.send("\u{1b}");
    std::fs::remove_file(world.state_dir().join("state.db")).unwrap();
    terminal.shows("fixer");
    leave(&mut terminal);
}

#[test]
fn empty_states_help() {
    let world = world();
    let mut terminal = open(world.cmd());
    let screen = terminal.shows("No Claude Code session has been found");
    assert!(screen.contains("claudectl demo"), "{screen}");
    leave(&mut terminal);
    one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1)).write(&world.config_dir());
    let mut terminal = open(world.cmd());
    terminal.shows("1 transcript of past sessions");
    terminal.send("z?");
    terminal.shows("In the list of sessions");
    leave_help(&mut terminal);
}

/// The help takes any other key for its end.
#[track_caller]
fn leave_help(terminal: &mut Terminal) {
    terminal.send("q");
    terminal.until(LONG, |screen| !screen.contains("In the list of sessions")).unwrap();
    leave(terminal);
}

#[test]
fn without_a_terminal_it_is_a_list_or_an_error() {
    let world = world();
    let bare = world.run([""; 0]).success();
    assert!(bare.stdout.starts_with("No Claude Code session"), "{}", bare.stdout);
    let out = world.run(["dashboard"]).fails_with(2);
    assert!(out.stderr.contains("the dashboard needs a terminal"), "{}", out.stderr);
    let out = world.run(["dashboard", "--json"]).fails_with(2);
    assert!(out.stderr.contains("claudectl ls --json"), "{}", out.stderr);
    let out = world.run(["dashboard", "--theme", "neon"]).fails_with(2);
    assert!(out.stderr.contains("dark, light, high-contrast, none"), "{}", out.stderr);
}

#[test]
fn a_dumb_terminal_gets_the_list() {
    let world = world();
    let mut terminal = open(world.cmd().env("TERM", "dumb"));
    assert_eq!(terminal.ends(), 0);
    assert!(terminal.screen().contains("No Claude Code session"), "{}", terminal.screen());
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("\u{1b}[?1049h"));
}

#[test]
fn the_configuration_says_how_it_looks() {
    let world = world();
    world.write(
        "home/.config/claudectl/config.toml",
        "[dashboard]\nascii = true\ngrouped = true\nmouse = false\nsort = \"cost\"\ntheme = \"none\"\n",
    );
    let (_process, _row) = live(&world, A, "fixer");
    let mut terminal = open(world.cmd());
    let screen = terminal.shows("1 session  $0.00");
    assert!(screen.is_ascii() && screen.contains("COST v"), "{screen}");
    terminal.send("q");
    assert_eq!(terminal.ends(), 0);
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("\u{1b}[?1000h"), "no mouse");
}
