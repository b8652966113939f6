//! Budgets: who is past one is asked with every call, within one response of it, until a person raises it.

use claudectl_fleet::session::rfc3339;
use claudectl_testkit::{Cmd, Transcript, Usage, World, now_ms};
use serde_json::{Value, json};

use crate::hook::{event, hook};
use crate::{A, B, user_config, world};

/// By the real clock, as hooks go by it.
fn cmd(world: &World, args: &[&str]) -> Cmd {
    world.cmd().env("CLAUDECTL_NOW", "").args(args)
}

#[track_caller]
fn json_of(world: &World, args: &[&str]) -> Value {
    cmd(world, args).arg("--json").run().success().json()
}

/// A session that is about to cost something, now.
fn session(world: &World, sid: &str) -> Transcript {
    let mut transcript = Transcript::new(sid, world.work_dir());
    transcript.at(&rfc3339(now_ms()).unwrap()).model("claude-opus-5-5").prompt("go");
    transcript
}

/// A response of so many cents.
fn costs(transcript: &mut Transcript, cents: u64) {
    // 20 dollars a million.
    transcript.assistant(|m| m.text("done").usage(Usage::new(0, cents * 500)));
}

/// Calls the hook: what a person finds of it in the log is the verdict, the layer and the reason.
#[track_caller]
fn judged(world: &World, transcript: &Transcript, tool: &str, more: Value) -> (String, String, String) {
    let sid = transcript.session_id();
    let id = format!("t{}", now_ms());
    let mut call = json!({
        "tool_name": tool, "tool_use_id": id, "tool_input": {"command": "ls"},
        "transcript_path": transcript.path(&world.config_dir()),
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        call[key] = value.clone();
    }
    hook(world, &event(world, sid, "PreToolUse", call)).run().success();
    let log = json_of(world, &["gate", "log", "--session", sid, "--limit", "1"]);
    let text = |key: &str| log[0][key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("layer"), text("reason"))
}

#[track_caller]
fn ls(world: &World, transcript: &Transcript) -> (String, String, String) {
    judged(world, transcript, "Bash", json!({}))
}

/// It is allowed, for what it does.
#[track_caller]
fn passes(world: &World, transcript: &Transcript) {
    let (verdict, layer, reason) = ls(world, transcript);
    assert_eq!((verdict.as_str(), layer.as_str()), ("allow", "effects"), "{reason}");
}

/// It asks for the sake of a budget; why.
#[track_caller]
fn stops(world: &World, transcript: &Transcript) -> String {
    let (verdict, layer, reason) = ls(world, transcript);
    assert_eq!((verdict.as_str(), layer.as_str()), ("ask", "budget"), "{reason}");
    reason
}

fn tick(world: &World) {
    cmd(world, &["tick"]).run().success();
}

#[test]
fn a_session_stops_with_the_first_call_after_the_response_that_crossed_its_budget() {
    let world = world();
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    let (mut own, mut other) = (session(&world, A), session(&world, B));
    costs(&mut own, 40);
    own.write(&world.config_dir());
    costs(&mut other, 5);
    other.write(&world.config_dir());
    tick(&world);
    passes(&world, &own);
    costs(&mut own, 50);
    own.append_to(&world.config_dir());
    passes(&world, &own);
    // A subagent that the pass did not know.
    costs(own.subagent("a1"), 12);
    own.append_to(&world.config_dir());
    let reason = stops(&world, &own);
    assert!(reason.starts_with("the session has cost $1.02 of its $1.00 budget, as of "), "{reason}");
    assert!(reason.ends_with(" (claudectl budget raise --session aaaaaaaa --by 1)"), "{reason}");
    passes(&world, &other);
    // No grant and no rule lifts it, and what is refused stays so.
    cmd(&world, &["gate", "allow", "ls"]).run().success();
    cmd(&world, &["rules", "add", "--action", "allow", "--command", "ls"]).run().success();
    stops(&world, &own);
    let (verdict, layer, _) = judged(&world, &own, "Bash", json!({"tool_input": {"command": "rm -rf /"}}));
    assert_eq!((verdict.as_str(), layer.as_str()), ("deny", "effects"));
}

#[test]
fn the_budget_of_subagents_stops_them_and_starts_no_more() {
    let world = world();
    user_config(&world, "[budget]\nfanout_usd = 0.1\n");
    let mut own = session(&world, A);
    costs(&mut own, 500);
    costs(own.subagent("a1"), 4);
    own.write(&world.config_dir());
    tick(&world);
    let from_agent = |own: &Transcript| judged(&world, own, "Bash", json!({"agent_id": "a1"}));
    let spawn = |own: &Transcript| judged(&world, own, "Agent", json!({"tool_input": {"prompt": "look"}}));
    assert_eq!(from_agent(&own).0, "allow");
    costs(own.subagent("a2"), 6);
    own.append_to(&world.config_dir());
    let told = "the subagents of the session have cost $0.1000 of their $0.1000 budget, as of ";
    for (verdict, layer, reason) in [from_agent(&own), spawn(&own)] {
        assert_eq!((verdict.as_str(), layer.as_str()), ("ask", "budget"), "{reason}");
        assert!(reason.starts_with(told), "{reason}");
    }
    passes(&world, &own);
}

#[test]
fn what_others_spend_counts_for_the_day_the_week_and_the_project() {
    for (key, told) in [
        ("day_usd", "all sessions have cost $2.00 of the $2.00 budget of the day, as of "),
        ("week_usd", "all sessions have cost $2.00 of the $2.00 budget of the week, as of "),
        ("project_usd", "the project work has cost $2.00 of its $2.00 budget of the month, as of "),
    ] {
        let world = world();
        user_config(&world, &format!("[budget]\n{key} = 2.0\n"));
        let (mut own, mut other) = (session(&world, A), session(&world, B));
        costs(&mut other, 150);
        other.write(&world.config_dir());
        costs(&mut own, 30);
        own.write(&world.config_dir());
        tick(&world);
        passes(&world, &own);
        costs(&mut own, 20);
        own.append_to(&world.config_dir());
        let reason = stops(&world, &own);
        assert!(reason.starts_with(told), "{reason}");
    }
}

#[test]
fn before_any_pass_has_summed_nothing_passes_unseen() {
    let world = world();
    tick(&world);
    let mut own = session(&world, A);
    costs(&mut own, 99);
    own.write(&world.config_dir());
    // By hand, so that only the file tells.
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    passes(&world, &own);
    costs(&mut own, 1);
    own.append_to(&world.config_dir());
    stops(&world, &own);
}

#[test]
fn only_to_observe_says_nothing_of_it_and_a_guard_does() {
    let world = world();
    user_config(&world, "[budget]\nsession_usd = 1.0\n[gate]\nmode = \"guard\"\n");
    let mut own = session(&world, A);
    costs(&mut own, 100);
    own.write(&world.config_dir());
    tick(&world);
    stops(&world, &own);
}

#[test]
fn a_rule_about_cost_knows_it_to_the_last_response() {
    let world = world();
    cmd(&world, &["rules", "add", "--action", "deny", "--command", "ls", "--cost-above", "1"])
        .run()
        .success();
    let mut own = session(&world, A);
    costs(&mut own, 100);
    own.write(&world.config_dir());
    passes(&world, &own);
    tick(&world);
    passes(&world, &own);
    costs(own.subagent("a1"), 1);
    own.append_to(&world.config_dir());
    let (verdict, layer, _) = ls(&world, &own);
    assert_eq!((verdict.as_str(), layer.as_str()), ("deny", "rule"));
}

#[test]
fn own_prices_count() {
    let world = world();
    user_config(
        &world,
        "[budget]\nsession_usd = 1.0\n[prices.\"house-model\"]\ninput = 0.0\noutput = 1000.0\ncache_read = 0.0\ncache_write_5m = 0.0\ncache_write_1h = 0.0\n",
    );
    let mut own = session(&world, A);
    own.model("house-model");
    tick(&world);
    costs(&mut own, 1);
    own.write(&world.config_dir());
    passes(&world, &own);
    costs(&mut own, 1);
    own.append_to(&world.config_dir());
    stops(&world, &own);
}
