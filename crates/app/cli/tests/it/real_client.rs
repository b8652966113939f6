//! The real Claude Code against the mock of its API, and what claudectl says of it: the same dollars as
//! the client itself, and a status that follows it. Skipped, loudly, on a machine that cannot have it.

use std::time::Duration;

use claudectl_testkit::{Claude, Mock, Scenario, Tmux, World, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Far more than anything here needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);
const SESSION: &str = "5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c11";
const FORK: &str = "5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c12";

fn world() -> World {
    World::with_bin(env!("CARGO_BIN_EXE_claudectl"))
}

/// Runs claudectl by the real clock, as the client does.
fn json_of(world: &World, arguments: &[&str]) -> Value {
    world.cmd().args(arguments).arg("--json").env("CLAUDECTL_NOW", "").run().success().json()
}

/// The result that the client prints at the end of a headless run.
fn headless(claude: &Claude, world: &World, mock: &Mock, arguments: &[&str]) -> Value {
    let run = claude.headless(world, mock).args(arguments).args(["--output-format", "json"]);
    run.run().success().json()
}

fn row(spend: &Value, key: &str) -> Value {
    let rows = spend["rows"].as_array().cloned().unwrap_or_default();
    rows.into_iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no row {key}: {spend}"))
}

#[track_caller]
fn same_dollars(ours: &Value, theirs: &Value) {
    let (ours, theirs) = (ours.as_f64().unwrap_or(f64::NAN), theirs.as_f64().unwrap_or(f64::NAN));
    assert!((ours - theirs).abs() < 1e-9, "claudectl says {ours}, Claude Code {theirs}");
}

#[test]
fn a_run_with_tools_costs_what_the_client_says() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let arguments =
        ["-p", "work [[scenario:tools]]", "--session-id", SESSION, "--permission-mode", "acceptEdits"];
    let result = headless(&claude, &world, &mock, &arguments);

    let spend = json_of(&world, &["spend", "--by", "session"]);
    let session = row(&spend, SESSION);
    same_dollars(&session["cost_usd"], &result["total_cost_usd"]);
    same_dollars(&session["reported_cost_usd"], &result["total_cost_usd"]);
    assert_eq!(session["messages"], json!(Scenario::shipped("tools").turns.len()));
    assert_eq!((&spend["skipped_lines"], &spend["unpriced_models"]), (&json!(0), &json!([])));

    let shown = json_of(&world, &["show", SESSION]);
    assert_eq!(shown["status"]["state"], "finished");
    assert_eq!(shown["errors"], json!(1), "the missing file");
    assert_eq!(shown["files_modified"], json!({"$WORK/list.txt": 2}));
}

#[test]
fn every_token_class_costs_what_the_client_says() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let classes = ["input", "output", "write_5m", "write_1h", "write_unsplit", "read", "web_search_10"];
    for (at, class) in classes.iter().chain(&["fast_output", "geo_us_input", "input_300k"]).enumerate() {
        let id = format!("5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2d{at:02}");
        let prompt = format!("price:{class} [[scenario:price]]");
        let result = headless(&claude, &world, &mock, &["-p", &prompt, "--session-id", &id]);
        let session = row(&json_of(&world, &["spend", "--by", "session"]), &id);
        same_dollars(&session["cost_usd"], &result["total_cost_usd"]);
        assert!(session["cost_usd"].as_f64().is_some_and(|usd| usd > 0.0), "{class}: {session}");
    }
}

#[test]
fn a_subagent_is_paid_by_its_session() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    headless(&claude, &world, &mock, &["-p", "delegate [[scenario:agent]]", "--session-id", SESSION]);

    let spend = json_of(&world, &["spend", "--by", "session"]);
    assert_eq!(spend["rows"].as_array().map(Vec::len), Some(1));
    let session = row(&spend, SESSION);
    same_dollars(&session["cost_usd"], &session["reported_cost_usd"]);
    let agents = json_of(&world, &["spend", "--by", "agent"]);
    assert_eq!(row(&agents, "general-purpose")["messages"], json!(2));
    let shown = json_of(&world, &["show", SESSION]);
    assert_eq!(shown["subagents"][0]["type"], "general-purpose");
    assert_eq!(shown["subagents"][0]["state"], "finished");
}

#[test]
fn resuming_goes_on_and_forking_bills_nothing_twice() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let hello = "say hello [[scenario:hello]]";
    let first = headless(&claude, &world, &mock, &["-p", hello, "--session-id", SESSION]);
    let second = headless(&claude, &world, &mock, &["-p", hello, "--resume", SESSION]);
    let fork = ["-p", hello, "--resume", SESSION, "--fork-session", "--session-id", FORK];
    headless(&claude, &world, &mock, &fork);

    let spend = json_of(&world, &["spend", "--by", "session"]);
    let (session, forked) = (row(&spend, SESSION), row(&spend, FORK));
    assert_eq!((&session["messages"], &forked["messages"]), (&json!(2), &json!(1)));
    same_dollars(&session["cost_usd"], &session["reported_cost_usd"]);
    let one = first["total_cost_usd"].as_f64().unwrap_or(f64::NAN);
    same_dollars(&spend["total"]["cost_usd"], &json!(3.0 * one));
    assert!(second["total_cost_usd"].is_number());
}

#[test]
fn the_status_follows_the_client() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (world(), Mock::start());
    let session =
        claude.interactive(&world, &mock).args(["--permission-mode", "manual", "--session-id", SESSION]);
    let Some(terminal) = session.start_for_tests() else { return };
    let listed = || {
        let sessions = json_of(&world, &["ls"]);
        sessions.as_array().and_then(|all| all.iter().find(|one| one["id"] == SESSION).cloned())
    };
    let until = |state: &str| {
        let seen = wait_for(LONG, || listed().filter(|session| session["status"]["state"] == state));
        seen.unwrap_or_else(|| panic!("never {state}: {:?}\n{}", listed(), terminal.screen()))
    };

    let session = until("idle");
    assert_eq!(session["pid"], json!(terminal.pid()));
    assert_eq!(session["status"]["source"], "registry");
    assert_eq!(session["cwd"], "$WORK");
    assert!(session["process"]["terminal"].as_str().is_some_and(|at| at.contains("tmux")), "{session}");

    terminal.say("compute [[scenario:perm]]");
    until("needs-permission");
    let pending = wait_for(LONG, || listed().filter(|session| session["pending"][0]["tool"] == "Bash"));
    let pending = pending.unwrap_or_else(|| panic!("the call never came: {:?}", listed()));
    assert_eq!(pending["pending"][0]["summary"], "python3 -c 'print(19 + 23)'");
    let text = world.cmd().args(["ls", "--focus", "attention"]).env("CLAUDECTL_NOW", "").run().success();
    assert!(text.stdout.contains("python3 -c 'print(19 + 23)'"), "{}", text.stdout);

    // The registry is quicker than the screen; a key pressed before the dialog stands is lost.
    terminal.wait_for(|screen| screen.contains("Do you want to proceed?"), LONG);
    terminal.keys(&["Escape"]);
    until("waiting");
    terminal.say("slow now [[scenario:slow]]");
    until("working");
    killed(&terminal);
    let dead = until("finished");
    assert_eq!(dead["pid"], Value::Null, "a dead process is not offered to anyone");
    assert_eq!(dead["status"]["source"], "process");
}

/// The client has no time to clean up: its registry row stays behind.
fn killed(terminal: &Tmux) {
    let pid = Pid::from_raw(terminal.pid().cast_signed()).unwrap_or_else(|| panic!("no pid"));
    kill_process(pid, Signal::KILL).unwrap_or_else(|error| panic!("cannot end it: {error}"));
    terminal.wait_exit(LONG);
}
