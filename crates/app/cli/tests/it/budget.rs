//! Budgets: who is past one is asked with every call, that of the response which crosses it first, until a person raises it.

use std::fs::OpenOptions;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use claudectl_fleet::session::rfc3339;
use claudectl_testkit::{Claude, Cmd, Mock, Scenario, Transcript, Usage, World, now_ms, wait_for};
use rustix::fs::Mode;
use serde_json::{Value, json};

use crate::approve::Waiting;
use crate::hook::{event, hook};
use crate::states::hooked;
use crate::{A, B, user_config, world};

/// Far more than anything here needs.
const LONG: Duration = Duration::from_secs(30);

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
    crate::hook::call(world, sid, "PreToolUse", call);
    // Not from the project, whose file may be broken.
    let log = cmd(world, &["gate", "log", "--session", sid, "--limit", "1", "--json"]).cwd(world.home());
    let log = log.run().success().json();
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

/// A session that has cost so many cents, as a pass has summed it, under this configuration.
fn spent(config: &str, cents: u64) -> (World, Transcript) {
    let world = world();
    user_config(&world, config);
    let mut own = session(&world, A);
    costs(&mut own, cents);
    own.write(&world.config_dir());
    tick(&world);
    (world, own)
}

/// No pass can run until this is dropped.
fn hold_passes(world: &World) -> std::fs::File {
    let lock = std::fs::File::options().write(true).open(world.state_dir().join("tick.lock")).unwrap();
    lock.lock().unwrap();
    lock
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
    assert!(reason.ends_with(" (claudectl budget raise --session aaaaaaaa --to 2)"), "{reason}");
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
fn a_mistake_in_the_configuration_lifts_no_budget() {
    let (world, own) = spent("[budget]\nsession_usd = 1.0\n", 100);
    for mistake in
        ["[budget]\nsession_usd = \"much\"\n", "[budget\n", "[budget]\nday_usd = 9.0\nsesion_usd = 9.0\n"]
    {
        user_config(&world, mistake);
        // The log would not be shown as long as the mistake stands.
        let judged = |world: &World| {
            let call = json!({
                "tool_name": "Bash", "tool_use_id": "t", "tool_input": {"command": "ls"},
                "transcript_path": own.path(&world.config_dir()),
            });
            hook(world, &event(world, A, "PreToolUse", call)).run().success();
            let journal =
                std::fs::read_dir(world.state_dir().join("journal")).unwrap().next().unwrap().unwrap();
            let text = std::fs::read_to_string(journal.path()).unwrap();
            let last: Value =
                serde_json::from_str(text[text.rfind('\u{1e}').unwrap()..].trim_start_matches(|c| c != '{'))
                    .unwrap();
            last["judged"]["layer"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(judged(&world), "budget", "{mistake}");
        tick(&world);
        assert_eq!(judged(&world), "budget", "after a pass: {mistake}");
    }
    user_config(&world, "[budget]\nday_usd = 9.0\n");
    passes(&world, &own);
}

#[test]
fn without_a_budget_nothing_is_summed_for_hooks_and_nothing_read_by_them() {
    let world = world();
    let mut own = session(&world, A);
    costs(&mut own, 100);
    let file = own.write(&world.config_dir());
    let metered = || {
        tick(&world);
        let snapshot = std::fs::read(world.state_dir().join("gate.snap")).unwrap();
        snapshot.windows(8).any(|name| name == b"meter\0\0\0")
    };
    assert!(!metered());
    // What is read is what it was last read at.
    let read_at = || std::fs::metadata(&file).unwrap().accessed().unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + LONG;
    let times = std::fs::FileTimes::new().set_accessed(long_ago);
    std::fs::File::options().append(true).open(&file).unwrap().set_times(times).unwrap();
    passes(&world, &own);
    assert_eq!(read_at(), long_ago);
    user_config(&world, "[budget]\nweek_usd = 500.0\n");
    assert!(metered());
    passes(&world, &own);
}

#[test]
fn a_guard_asks_for_it_too() {
    let (world, own) = spent("[budget]\nsession_usd = 1.0\n[gate]\nmode = \"guard\"\n", 100);
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

/// What nobody knows is no zero: not for the call, and on no surface.
#[test]
fn a_model_without_a_price_asks_until_it_has_one() {
    let world = world();
    let all =
        "[budget]\nsession_usd = 5.0\nfanout_usd = 5.0\nday_usd = 9.0\nweek_usd = 9.0\nproject_usd = 9.0\n";
    user_config(&world, all);
    let (mut own, mut other) = (session(&world, A), session(&world, B));
    costs(&mut own, 50);
    own.write(&world.config_dir());
    costs(&mut other, 10);
    other.write(&world.config_dir());
    tick(&world);
    passes(&world, &own);
    // Told of since the pass, and then by it.
    costs(own.model("house-model"), 1);
    costs(own.model("house-model"), 1);
    own.append_to(&world.config_dir());
    for _ in 0..2 {
        let reason = stops(&world, &own);
        let told = "the session has cost at least $0.50 of its $5.00 budget, as of ";
        assert!(reason.starts_with(told), "{reason}");
        let fix = "; 2 responses of house-model have no price (give it one in the configuration: [prices.\"house-model\"], then claudectl tick)";
        assert!(reason.ends_with(fix), "{reason}");
        tick(&world);
    }
    // Who shares a budget with it is asked, too; its own is known.
    let reason = stops(&world, &other);
    assert!(reason.starts_with("the project work has cost at least $0.60 of its $9.00 budget"), "{reason}");
    let spawn = judged(&world, &own, "Agent", json!({"tool_input": {"prompt": "look"}}));
    assert!(spawn.2.starts_with("the session has cost at least"), "{spawn:?}");
    for (scope, subject) in [("session", A), ("project", "$WORK")] {
        let all = json_of(&world, &["budget", "ls", "--all"]);
        let found = all.as_array().unwrap().iter();
        let found = found.clone().find(|one| one["scope"] == scope && one["subject"] == subject).unwrap();
        assert_eq!((&found["level"], &found["unpriced_messages"]), (&json!("unknown"), &json!(2)), "{scope}");
    }
    let listed = cmd(&world, &["budget", "ls", "--all"]).run().success().stdout;
    assert!(listed.contains("$0.50+") && listed.contains("unknown: a model has no price"), "{listed}");
    let spend = json_of(&world, &["spend"]);
    let levels = spend["budget_alerts"].as_array().unwrap();
    assert!(levels.len() == 4 && levels.iter().all(|alert| alert["level"] == "unknown"), "{spend:#}");
    assert!(
        cmd(&world, &["spend"])
            .run()
            .success()
            .stdout
            .contains("budget not known: session aaaaaaaa: $0.50+ of $5.00")
    );
    assert_eq!(json_of(&world, &["show", A])["cost"]["budget_level"], "unknown");
    let shown = cmd(&world, &["ls", "--all"]).run().success().stdout;
    assert!(shown.contains("$0.50+ unknown"), "{shown}");
    let explained = cmd(&world, &["gate", "explain", "ls", "--session", A]).run().success().stdout;
    assert!(
        explained.starts_with("ask  the session has cost at least $0.50 of its $5.00 budget"),
        "{explained}"
    );
    // A raise helps nobody to know; a price does.
    cmd(&world, &["budget", "raise", "--session", A, "--to", "50"]).run().success();
    stops(&world, &own);
    let price = "[prices.\"house-model\"]\ninput = 0.0\noutput = 20.0\ncache_read = 0.0\ncache_write_5m = 0.0\ncache_write_1h = 0.0\n";
    user_config(&world, &format!("{all}{price}"));
    tick(&world);
    passes(&world, &own);
    passes(&world, &other);
    assert_eq!(json_of(&world, &["show", A])["cost"]["budget_level"], "ok");
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

/// What `budget ls` says of a budget.
#[track_caller]
fn listed(world: &World, scope: &str, subject: &str) -> Value {
    let all = json_of(world, &["budget", "ls"]);
    let found = all.as_array().unwrap().iter().find(|one| one["scope"] == scope && one["subject"] == subject);
    found.cloned().unwrap_or_else(|| panic!("no {scope} {subject} in {all:#}"))
}

#[test]
fn a_session_that_is_raised_goes_on_with_its_next_call_until_that_is_spent() {
    let (world, mut own) = spent("[budget]\nsession_usd = 1.0\n", 100);
    stops(&world, &own);
    let out = cmd(&world, &["budget", "raise", "--session", "aaaa", "--by", "0.5"]).run().success();
    assert_eq!(
        out.stdout,
        "The budget of aaaaaaaa is $1.50 until that is spent, or the session has ended and the day is over (it was $1.00); $1.00 of it is spent.\n"
    );
    passes(&world, &own);
    assert_eq!(listed(&world, "session", A)["given"], "raised");
    let shown = json_of(&world, &["show", A]);
    assert_eq!((&shown["cost"]["budget_usd"], &shown["cost"]["budget_level"]), (&json!(1.5), &json!("ok")));
    assert_eq!(json_of(&world, &["spend"])["budget_alerts"], json!([]));
    costs(&mut own, 50);
    own.append_to(&world.config_dir());
    assert!(stops(&world, &own).starts_with("the session has cost $1.50 of its $1.50 budget"));
    // To the same, or less, is no raise; one that does not reach is told.
    for much in [["--to", "1.5"], ["--to", "1"]] {
        cmd(&world, &["budget", "raise", "--session", A, much[0], much[1]]).run().fails_with(2);
    }
    costs(&mut own, 100);
    own.append_to(&world.config_dir());
    // What does not reach is refused, or told, with what does.
    let out = cmd(&world, &["budget", "raise", "--session", A, "--by", "1"]).run().fails_with(2);
    assert!(out.stderr.contains("$1.00 more would be $2.50, and $2.50 of it is spent"), "{}", out.stderr);
    assert!(out.stderr.contains("claudectl budget raise --session aaaaaaaa --to 3"), "{}", out.stderr);
    let out = cmd(&world, &["budget", "raise", "--session", A, "--to", "2"]).run().success();
    assert!(out.stderr.contains("still asked about") && out.stderr.contains(" --to 3"), "{}", out.stderr);
    stops(&world, &own);
    cmd(&world, &["budget", "raise", "--session", A, "--to", "9"]).run().success();
    passes(&world, &own);
    // A run without a terminal ends with each turn: that is no end of the raise.
    let end = json!({"reason": "other", "transcript_path": own.path(&world.config_dir())});
    hook(&world, &event(&world, A, "SessionEnd", end)).run().success();
    tick(&world);
    passes(&world, &own);
}

#[test]
fn who_raises_a_budget_is_told_of_the_call_that_still_waits() {
    let (world, own) = spent("[budget]\nsession_usd = 1.0\n", 110);
    let raise =
        |by: &str| cmd(&world, &["budget", "raise", "--session", A, "--by", by]).run().success().stdout;
    let bash = json!({
        "tool_name": "Bash", "tool_input": {"command": "ls"}, "transcript_path": own.path(&world.config_dir()),
    });
    let waiting = Waiting::start(&world, A, "t1", &bash);
    let said = raise("1");
    assert!(
        said.contains("still waits for your answer: ls (claudectl approve aaaaaaaa --call t1)"),
        "{said}"
    );
    drop(waiting);
    assert!(!raise("1").contains("still waits"));
}

/// No answer lifts a budget: that is said before one is kept, and not after.
#[test]
fn an_answer_past_a_budget_is_of_this_once() {
    let (world, own) = spent("[gate]\nmode = \"on\"\n[budget]\nsession_usd = 1.0\n", 110);
    let bash = json!({
        "tool_name": "Bash", "tool_input": {"command": "ls"}, "transcript_path": own.path(&world.config_dir()),
    });
    let waiting = Waiting::start(&world, A, "t1", &bash);
    let open = json_of(&world, &["approve"]);
    assert_eq!(open[0]["keepable"], false, "{open}");
    for holds in [&["--for", "20m"][..], &["--always"]] {
        let out = cmd(&world, &[&["approve", A], holds].concat()).run().fails_with(1);
        for wanted in ["only be answered this once", "only a raise does", "claudectl budget raise --session"]
        {
            assert!(out.stderr.contains(wanted), "{wanted}: {}", out.stderr);
        }
    }
    assert_eq!(json_of(&world, &["rules", "ls"])["rules"], json!([]));
    cmd(&world, &["approve", A]).run().success();
    assert_eq!(waiting.told()["hookSpecificOutput"]["decision"]["behavior"], "allow");
}

/// What a rule says of a call is no reason of a budget's, whatever its words are.
#[test]
fn a_call_that_a_rule_asks_about_is_none_of_a_budgets() {
    let (world, own) = spent("[gate]\nmode = \"on\"\n[budget]\nsession_usd = 5.0\n", 110);
    let reason = "see claudectl budget raise";
    world.run(["rules", "add", "--action", "ask", "--command", "unheard-of", "--reason", reason]).success();
    let bash = json!({
        "tool_name": "Bash", "tool_input": {"command": "unheard-of"}, "transcript_path": own.path(&world.config_dir()),
    });
    let _waiting = Waiting::start(&world, A, "t1", &bash);
    let open = json_of(&world, &["approve"]);
    assert!(open[0]["reason"].as_str().unwrap().contains(reason), "{open}");
    let said = cmd(&world, &["budget", "raise", "--session", A, "--by", "1"]).run().success().stdout;
    assert!(!said.contains("still waits"), "{said}");
}

#[test]
fn days_weeks_projects_and_subagents_are_raised_alike() {
    let world = world();
    user_config(
        &world,
        "[budget]\nday_usd = 1.0\nweek_usd = 1.0\nproject_usd = 1.0\nfanout_usd = 1.0\nsession_usd = 5\n",
    );
    let mut own = session(&world, A);
    costs(own.subagent("a1"), 100);
    own.write(&world.config_dir());
    tick(&world);
    let from_agent = |own: &Transcript| judged(&world, own, "Bash", json!({"agent_id": "a1"}));
    let raise = |whose: &[&str]| {
        let (_, layer, reason) = from_agent(&own);
        assert_eq!(layer, "budget", "{whose:?}: {reason}");
        let of = whose.first().unwrap().trim_start_matches("--");
        assert!(reason.contains(&format!("budget raise --{of} ")), "{whose:?}: {reason}");
        // As it is told, word by word.
        let (_, told) = reason.rsplit_once("(claudectl ").unwrap();
        let args: Vec<&str> = told.trim_end_matches(')').split(' ').collect();
        cmd(&world, &args).run().success();
    };
    raise(&["--fanout", A]);
    raise(&["--project", "work"]);
    raise(&["--day"]);
    raise(&["--week"]);
    assert_eq!(from_agent(&own).0, "allow");
    let all = json_of(&world, &["budget"]);
    let given: Vec<(&str, &str)> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["scope"].as_str().unwrap(), one["given"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        given,
        [("week", "raised"), ("day", "raised"), ("project", "raised"), ("fanout", "raised")],
        "the session does not run"
    );
    for whose in [&["--fanout", A][..], &["--project", "work"], &["--day"], &["--week"]] {
        cmd(&world, &[&["budget", "unset"], whose].concat()).run().success();
        cmd(&world, &[&["budget", "unset"], whose].concat()).run().fails_with(1);
        assert_eq!(from_agent(&own).1, "budget", "{whose:?}");
        cmd(&world, &[&["budget", "raise"], whose, &["--to", "9"]].concat()).run().success();
    }
    assert_eq!(from_agent(&own).0, "allow");
}

#[test]
fn one_session_may_have_a_budget_of_its_own() {
    let world = world();
    let (mut own, mut other) = (session(&world, A), session(&world, B));
    costs(&mut own, 100);
    costs(&mut other, 100);
    own.write(&world.config_dir());
    other.write(&world.config_dir());
    let out = cmd(&world, &["budget", "raise", "--session", A, "--by", "1"]).run().fails_with(1);
    assert!(out.stderr.contains("budget set --session aaaaaaaa"), "{}", out.stderr);
    let out = cmd(&world, &["budget", "set", "--session", A, "$1"]).run().success();
    assert!(
        out.stdout.starts_with("The budget of aaaaaaaa is $1.00 until it is taken back"),
        "{}",
        out.stdout
    );
    stops(&world, &own);
    passes(&world, &other);
    let one = listed(&world, "session", A);
    assert_eq!(
        (&one["spent_usd"], &one["limit_usd"], &one["percent"], &one["level"], &one["given"]),
        (&json!(1.0), &json!(1.0), &json!(100.0), &json!("exceeded"), &json!("set"))
    );
    // Looser than what is configured, too.
    user_config(&world, "[budget]\nsession_usd = 0.5\n");
    cmd(&world, &["budget", "set", "--session", A, "1.01"]).run().success();
    passes(&world, &own);
    stops(&world, &other);
    let out = cmd(&world, &["budget", "unset", "--session", A]).run().success();
    assert_eq!(out.stdout, "The budget of aaaaaaaa: it is $0.50 again.\n");
    stops(&world, &own);
}

#[test]
fn budgets_are_listed_with_what_was_spent() {
    let mut world = world();
    let out = world.run(["budget"]).success();
    assert!(out.stdout.contains("claudectl config set budget.session_usd"), "{}", out.stdout);
    assert_eq!(world.run(["budget", "--json"]).json(), json!([]));
    user_config(
        &world,
        "[budget]\nday_usd = 1.0\nweek_usd = 10.0\nproject_usd = 2.5\nsession_usd = 5\nfanout_usd = 1\n",
    );
    world.set_now("2026-11-24T13:00:00Z");
    for (sid, cents) in [(A, 90), (B, 30)] {
        let mut transcript = Transcript::new(sid, world.work_dir());
        transcript.at("2026-11-24T12:50:00Z").model("claude-opus-5-5").prompt("go");
        costs(&mut transcript, cents);
        costs(transcript.subagent("a1"), 10);
        transcript.write(&world.config_dir());
    }
    world.run(["budget", "set", "--session", B, "0.45"]).success();
    insta::assert_snapshot!("budget_ls", world.run(["budget", "ls"]).success().snapshot());
    insta::assert_snapshot!("budget_ls_all", world.run(["budget", "ls", "--all"]).success().snapshot());
}

#[test]
fn what_a_project_may_cost_is_listed_before_anything_is_spent() {
    let world = world();
    user_config(&world, "[budget]\nproject_usd = 5.0\n");
    tick(&world);
    let all = json_of(&world, &["budget", "ls"]);
    let of = all.as_array().unwrap().iter().find(|one| one["scope"] == "project").cloned();
    let of = of.unwrap_or_else(|| panic!("no project in {all:#}"));
    assert_eq!((&of["limit_usd"], &of["spent_usd"]), (&json!(5.0), &json!(0.0)), "{of}");
}

#[test]
fn nobody_but_a_person_changes_a_budget() {
    let world = world();
    for args in [
        &["budget", "raise", "--day", "--by", "1"][..],
        &["budget", "set", "--session", A, "5"],
        &["budget", "unset", "--week"],
    ] {
        let out = world.cmd().args(args).env("CLAUDECODE", "1").run().fails_with(2);
        assert!(out.stderr.contains("is for people"), "{}", out.stderr);
    }
    world.cmd().args(["budget", "ls", "--json"]).env("CLAUDECODE", "1").run().success();
    for args in [
        &["budget", "raise", "--day"][..],
        &["budget", "raise", "--by", "1"],
        &["budget", "raise", "--day", "--week", "--by", "1"],
        &["budget", "raise", "--day", "--by", "0"],
        &["budget", "raise", "--day", "--by", "-1"],
        &["budget", "raise", "--day", "--by", "many"],
        &["budget", "set", "--day", "5"],
        &["budget", "set", "--session", A],
    ] {
        world.run(args).fails_with(2);
    }
    for args in [
        &["budget", "raise", "--day", "--by", "1"][..],
        &["budget", "raise", "--project", "nowhere", "--by", "1"],
        &["budget", "raise", "--session", "nobody", "--by", "1"],
    ] {
        world.run(args).fails_with(1);
    }
}

#[test]
fn what_others_spend_meanwhile_is_known_to_the_call_after_the_next() {
    let world = world();
    user_config(&world, "[budget]\nday_usd = 1.0\n");
    let (mut own, mut other) = (session(&world, A), session(&world, B));
    costs(&mut own, 10);
    own.write(&world.config_dir());
    other.write(&world.config_dir());
    let earlier = rfc3339(now_ms() - 60_000).unwrap();
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", earlier).run().success();
    costs(&mut other, 90);
    other.append_to(&world.config_dir());
    // Of a call that goes by what is old, the hook has a pass started, which finds it.
    let asks = || (ls(&world, &own).1 == "budget").then_some(());
    assert!(wait_for(LONG, asks).is_some(), "nobody has summed what the other spends");
    assert!(stops(&world, &own).starts_with("all sessions have cost $1.00 of the $1.00 budget of the day"));
}

#[test]
fn more_than_can_be_read_at_once_asks_until_a_pass_has_read_it() {
    let world = world();
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    let mut own = session(&world, A);
    costs(&mut own, 10);
    own.write(&world.config_dir());
    let earlier = rfc3339(now_ms() - 60_000).unwrap();
    world.cmd().args(["tick"]).env("CLAUDECTL_NOW", earlier).run().success();
    own.prompt(&"x".repeat(9 << 20));
    costs(&mut own, 10);
    own.append_to(&world.config_dir());
    let reason = stops(&world, &own);
    let told = "the session has cost $0.10 of its $1.00 budget, as of ";
    assert!(
        reason.starts_with(told) && reason.contains("and maybe more: 9.4 MB of its transcripts"),
        "{reason}"
    );
    let passes = || (ls(&world, &own).1 == "effects").then_some(());
    assert!(wait_for(LONG, passes).is_some(), "it is still not read");
}

#[test]
fn a_session_that_is_resumed_has_cost_what_it_had() {
    let world = world();
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    let mut own = session(&world, A);
    costs(&mut own, 95);
    let file = own.write(&world.config_dir());
    tick(&world);
    // What Claude Code has deleted meanwhile was spent all the same.
    std::fs::remove_file(&file).unwrap();
    let mut again = session(&world, A);
    again.assistant(|m| m.id("msg_later1").text("a").usage(Usage::new(0, 2000)));
    again.write(&world.config_dir());
    passes(&world, &again);
    again.assistant(|m| m.id("msg_later2").text("b").usage(Usage::new(0, 500)));
    again.append_to(&world.config_dir());
    stops(&world, &again);
}

#[test]
fn who_asks_the_gate_for_a_session_is_told_of_its_budget() {
    let world = world();
    user_config(&world, "[budget]\nday_usd = 5.0\nsession_usd = 1.0\n");
    let (mut own, mut other) = (session(&world, A), session(&world, B));
    costs(&mut own, 100);
    own.write(&world.config_dir());
    costs(&mut other, 99);
    other.write(&world.config_dir());
    let out = cmd(&world, &["gate", "explain", "ls", "--session", A]).run().success();
    assert!(out.stdout.starts_with("ask  the session has cost $1.00 of its $1.00 budget"), "{}", out.stdout);
    assert!(
        out.stdout.contains("claudectl budget raise; where what was spent is not known"),
        "{}",
        out.stdout
    );
    cmd(&world, &["gate", "check", "ls", "--session", B]).run().success();
}

#[test]
fn the_status_line_shows_what_was_raised() {
    let world = world();
    user_config(&world, "[budget]\nday_usd = 1.0\n");
    let mut own = session(&world, A);
    costs(&mut own, 100);
    own.write(&world.config_dir());
    let line = || {
        let input = json!({"session_id": A, "cwd": world.work_dir()}).to_string();
        cmd(&world, &["statusline", "--format", "{today}"]).stdin(input).run().success().stdout
    };
    tick(&world);
    assert_eq!(line(), "$1.00 of $1 today !\n");
    cmd(&world, &["budget", "raise", "--day", "--to", "4"]).run().success();
    assert_eq!(line(), "$1.00 of $4 today\n");
}

#[test]
fn the_status_line_shows_each_budget_of_its_session_the_worst_first() {
    let all = "[budget]\nday_usd = 10.0\nsession_usd = 1.2\nproject_usd = 1.0\n";
    let (world, mut own) = spent(all, 90);
    let line = |sid: &str| {
        let input = json!({"session_id": sid, "cwd": world.work_dir()}).to_string();
        cmd(&world, &["statusline", "--format", "{budgets}"]).stdin(input).run().success().stdout
    };
    assert_eq!(line(A), "project $0.90 of $1.00 near, session $0.90 of $1.20, day $0.90 of $10.00\n");
    // What its transcripts tell since counts at once.
    costs(&mut own, 10);
    own.append_to(&world.config_dir());
    assert_eq!(line(A), "project $1.00 of $1.00 over, session $1.00 of $1.20 near, day $1.00 of $10.00\n");
    costs(own.model("house-model"), 1);
    own.append_to(&world.config_dir());
    let unknown =
        "project $1.00+ of $1.00 over, session $1.00+ of $1.20 unknown, day $1.00+ of $10.00 unknown\n";
    assert_eq!(line(A), unknown);
    assert_eq!(line(B), "\n", "of which nothing is known");
    user_config(&world, "");
    tick(&world);
    assert_eq!(line(A), "\n");
}

/// A repository may only tighten, and only for the sessions that work in it.
#[test]
fn a_project_may_lower_what_its_sessions_cost() {
    let (world, own) = spent("[budget]\nsession_usd = 5.0\n", 100);
    passes(&world, &own);
    let project = |text: &str| {
        world.write("work/.claudectl.toml", text);
        tick(&world);
    };
    project("[budget]\nsession_usd = 50.0\n");
    passes(&world, &own);
    project("[budget]\nsession_usd = 1.0\n");
    let told = "the session has cost $1.00 of its $1.00 budget";
    assert!(stops(&world, &own).starts_with(told));
    // Each surface says the same, wherever it is asked.
    for folder in ["work", "home"] {
        let here = |args: &[&str]| cmd(&world, args).cwd(world.root().join(folder)).run().success();
        let listed = here(&["budget", "ls", "--all"]).stdout;
        assert!(listed.contains("$1.00") && listed.contains("exceeded"), "{folder}: {listed}");
        let cost = here(&["ls", "--all", "--json"]).json()[0]["cost"].clone();
        assert_eq!((&cost["budget_level"], cost["budget_usd"].as_f64()), (&json!("exceeded"), Some(1.0)));
    }
    // What the person gives to this very session counts.
    let raised = cmd(&world, &["budget", "raise", "--session", A, "--by", "1"]).run().success().stdout;
    assert!(raised.contains("is $2.00 until that is spent, or"), "{raised}");
    passes(&world, &own);
    // What a repository's file has wrong is nothing to hooks.
    world.write("work/.claudectl.toml", "[budget]\nsession_usd = \"much\"\n");
    cmd(&world, &["tick"]).cwd(world.home()).run().success();
    passes(&world, &own);
}

#[test]
fn a_session_belongs_to_the_project_that_it_began_in_whoever_asks() {
    let (world, own) = spent("[budget]\nproject_usd = 1.0\n", 100);
    std::fs::create_dir_all(world.root().join("other/work")).unwrap();
    // Another project of the same name.
    let mut namesake = Transcript::new(B, world.root().join("other/work"));
    namesake.at(&rfc3339(now_ms()).unwrap()).model("claude-opus-5-5").prompt("go");
    costs(&mut namesake, 1);
    namesake.write(&world.config_dir());
    tick(&world);
    let elsewhere = json!({"cwd": world.home()});
    let (.., reason) = judged(&world, &own, "Bash", elsewhere.clone());
    let told = "the project $WORK has cost $1.00 of its $1.00 budget of the month";
    assert!(reason.starts_with(told), "{reason}");
    let explained = cmd(&world, &["gate", "explain", "ls", "--session", A]).run().success().stdout;
    assert!(explained.starts_with(&format!("ask  {told}")), "{explained}");
    // What its file makes of the limits goes with it, and what it is told to do works.
    user_config(&world, "");
    world.write("work/.claudectl.toml", "[budget]\nsession_usd = 0.5\n");
    tick(&world);
    let (.., reason) = judged(&world, &own, "Bash", elsewhere);
    assert!(reason.starts_with("the session has cost $1.0000 of its $0.5000 budget"), "{reason}");
    let explained = cmd(&world, &["gate", "explain", "ls", "--session", A]).run().success().stdout;
    assert!(explained.starts_with("ask  the session has cost $1.0000 of its $0.5000 budget"), "{explained}");
}

/// A repository, its subfolders and its worktrees are one project, for every surface, whatever becomes of the folder.
#[test]
fn a_project_is_a_repository_in_whatever_folder_of_it() {
    let world = world();
    user_config(&world, "[budget]\nproject_usd = 1.0\n");
    let at = |name: &str| world.root().join(name);
    for folder in ["work/sub/deep", "evil/src", "plain"] {
        std::fs::create_dir_all(at(folder)).unwrap();
    }
    let git = |args: &[&str]| crate::branch::git(&at("work"), "2026-11-24T10:00:00Z", args);
    git(&["init", "-q", "-b", "main"]);
    git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    git(&["worktree", "add", "-q", "-b", "side", at("tree").to_str().unwrap()]);
    // It would like to be somebody else's.
    std::fs::copy(at("tree/.git"), at("evil/.git")).unwrap();
    let began = |sid: &str, folder: &str, cents| {
        let mut transcript = Transcript::new(sid, at(folder));
        transcript.at(&rfc3339(now_ms()).unwrap()).model("claude-opus-5-5").prompt("go");
        costs(&mut transcript, cents);
        transcript.write(&world.config_dir());
        transcript
    };
    let id = |digit: char| A.replace('a', &digit.to_string());
    let mut deep = began(&id('1'), "work/sub/deep", 30);
    let tree = began(&id('2'), "tree", 30);
    let evil = began(&id('3'), "evil/src", 99);
    let plain = began(&id('4'), "plain", 99);
    let asked = |own: &Transcript, folder: &str| judged(&world, own, "Bash", json!({"cwd": at(folder)}));
    tick(&world);
    assert_eq!(asked(&deep, "work/sub/deep").0, "allow");
    costs(&mut deep, 40);
    deep.append_to(&world.config_dir());
    let told = "the project work has cost $1.00 of its $1.00 budget of the month, as of ";
    let reason = asked(&deep, "work/sub/deep").2;
    assert!(reason.starts_with(told), "{reason}");
    tick(&world);
    // One that no pass has seen is of it, too.
    let mut new = Transcript::new(&id('5'), at("tree"));
    new.write(&world.config_dir());
    for (own, folder) in [(&tree, "tree"), (&new, "tree")] {
        let (verdict, _, reason) = asked(own, folder);
        assert!(verdict == "ask" && reason.starts_with(told), "{reason}");
    }
    for (own, folder) in [(&evil, "evil/src"), (&plain, "plain")] {
        assert_eq!(asked(own, folder).1, "effects", "{folder}");
    }
    let agrees = || {
        let listed = listed(&world, "project", "$WORK");
        assert_eq!((&listed["spent_usd"], &listed["level"]), (&json!(1.0), &json!("exceeded")));
        let spend = json_of(&world, &["spend", "--by", "project"]);
        let row = |key: &str| spend["rows"].as_array().unwrap().iter().find(|row| row["key"] == key).cloned();
        assert_eq!(row("work").unwrap()["cost_usd"], 1.0, "{spend:#}");
        assert_eq!(row("evil").unwrap()["cost_usd"], 0.99);
        assert_eq!(spend["budget_alerts"][0]["subject"], "work");
        let shown = json_of(&world, &["show", &id('2')]);
        assert_eq!((&shown["project"], &shown["project_path"]), (&json!("work"), &json!("$WORK")));
        let explained = cmd(&world, &["gate", "explain", "ls", "--session", &id('2')]).run().success().stdout;
        assert!(explained.starts_with(&format!("ask  {told}")), "{explained}");
    };
    agrees();
    // It keeps what was known of a folder that is gone, or that says something else now.
    git(&["worktree", "remove", "--force", at("tree").to_str().unwrap()]);
    crate::branch::git(&at("work/sub"), "2026-11-24T10:00:00Z", &["init", "-q"]);
    tick(&world);
    agrees();
    // Any folder of it names it.
    let sub = at("work/sub/deep");
    cmd(&world, &["budget", "raise", "--project", sub.to_str().unwrap(), "--by", "1"]).run().fails_with(1);
    let deep = at("work/.claude/worktrees/x/y");
    cmd(&world, &["budget", "raise", "--project", deep.to_str().unwrap(), "--by", "1"]).run().success();
    assert_eq!(asked(&tree, "plain").0, "allow");
}

/// What stands in a folder of it counts for all of it: a repository may only tighten.
#[test]
fn a_file_in_a_subfolder_lowers_what_its_repository_may_cost() {
    let world = world();
    user_config(&world, "[budget]\nsession_usd = 5.0\n");
    let sub = world.work_dir().join("sub");
    std::fs::create_dir_all(&sub).unwrap();
    crate::branch::git(&world.work_dir(), "2026-11-24T10:00:00Z", &["init", "-q"]);
    let mut own = Transcript::new(A, &sub);
    own.at(&rfc3339(now_ms()).unwrap()).model("claude-opus-5-5").prompt("go");
    costs(&mut own, 100);
    own.write(&world.config_dir());
    let asked = || judged(&world, &own, "Bash", json!({"cwd": sub})).1;
    tick(&world);
    assert_eq!(asked(), "effects");
    for file in ["work/sub/.claudectl.toml", "work/.claudectl.toml"] {
        world.write(file, "[budget]\nsession_usd = 1.0\n");
        tick(&world);
        assert_eq!(asked(), "budget", "{file}");
        world.write(file, "");
        tick(&world);
        assert_eq!(asked(), "effects", "{file}");
    }
}

#[test]
fn a_session_without_a_transcript_is_asked_about() {
    let world = world();
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    let mut own = session(&world, A);
    costs(&mut own, 1);
    let file = own.write(&world.config_dir());
    tick(&world);
    passes(&world, &own);
    std::fs::remove_file(&file).unwrap();
    let reason = stops(&world, &own);
    assert!(reason.contains("and maybe more: Claude Code keeps no transcript of it"), "{reason}");
}

#[test]
fn what_others_spend_is_not_gone_by_where_passes_do_not_end() {
    let world = world();
    user_config(&world, "[budget]\nday_usd = 1.0\n");
    let mut own = session(&world, A);
    costs(&mut own, 1);
    own.write(&world.config_dir());
    let ago = |seconds: i64| rfc3339(now_ms() - seconds * 1000).unwrap();
    world.cmd().env("CLAUDECTL_NOW", ago(60)).args(["tick"]).run().success();
    let held = hold_passes(&world);
    // A pass is due from here on.
    passes(&world, &own);
    passes(&world, &own);
    let due = world.state_dir().join("tick.due");
    let mode = std::fs::metadata(&due).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "{mode:o}");
    let since: i64 = std::fs::read_to_string(&due).unwrap().parse().unwrap();
    assert!((now_ms() - since).abs() < 30_000, "{since}");
    std::fs::write(&due, (now_ms() - 40_000).to_string()).unwrap();
    let reason = stops(&world, &own);
    assert!(reason.contains("what other sessions spend is not summed any more"), "{reason}");
    drop(held);
    tick(&world);
    passes(&world, &own);
}

/// Whoever could put something there would be waited for, or written to.
#[test]
fn what_stands_in_the_place_of_the_mark_of_a_due_pass_is_left_alone() {
    let world = world();
    user_config(&world, "[budget]\nday_usd = 1.0\n");
    let mut own = session(&world, A);
    costs(&mut own, 1);
    own.write(&world.config_dir());
    let long_ago = rfc3339(now_ms() - 60_000).unwrap();
    world.cmd().env("CLAUDECTL_NOW", long_ago).args(["tick"]).run().success();
    let held = hold_passes(&world);
    let due = world.state_dir().join("tick.due");
    rustix::fs::mknodat(rustix::fs::CWD, &due, rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o600), 0)
        .unwrap();
    // With somebody at its other end who says nothing.
    let end = OpenOptions::new().read(true).write(true).open(&due).unwrap();
    passes(&world, &own);
    drop(end);
    assert!(std::fs::symlink_metadata(&due).unwrap().is_file(), "it is in nobody's way");
    std::fs::remove_file(&due).unwrap();
    let other = world.write("other", "7");
    std::os::unix::fs::symlink(&other, &due).unwrap();
    passes(&world, &own);
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "7");
    drop(held);
}

/// Two days later, by a clock that is put forward: no pass has said so.
#[test]
fn a_raise_has_ended_with_the_day_on_which_its_session_has() {
    let (world, _) = spent("[budget]\nsession_usd = 1.0\n", 100);
    cmd(&world, &["budget", "raise", "--session", A, "--to", "50"]).run().success();
    let held = hold_passes(&world);
    let later = rfc3339(now_ms() + 48 * 3_600_000).unwrap();
    let listed = |now: &str| {
        world.cmd().env("CLAUDECTL_NOW", now).args(["budget", "ls", "--all"]).run().success().stdout
    };
    assert!(listed(&later).contains("$50"), "it has not ended: {}", listed(&later));
    crate::hook::call(&world, A, "SessionEnd", json!({"reason": "other"}));
    assert!(listed("").contains("$50"), "on the same day it counts: {}", listed(""));
    let listed = listed(&later);
    assert!(listed.contains("$1.00") && !listed.contains("$50"), "{listed}");
    drop(held);
}

/// A run that ends at a call of its subagent is no call that the client takes up: a prompt is what it goes on by.
#[test]
fn the_real_client_goes_on_after_a_raise_where_its_subagent_has_crossed_the_budget() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (hooked(&claude), Mock::start());
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    tick(&world);
    let bash = json!([{"name": "Bash", "input": {"command": "ls", "description": "List files"}}]);
    let agent = json!([{"name": "Agent", "input": {
        "description": "Count", "prompt": "LANE-COUNT", "subagent_type": "general-purpose", "run_in_background": true,
    }}]);
    let turn = |tools: &Value, cents: u64| json!({"text": "go on", "tool_use": tools, "usage": {"output_tokens": cents * 500}});
    let scenario = json!({
        "turns": [turn(&agent, 10), turn(&json!([]), 5), turn(&json!([]), 1)],
        "lanes": {"count": {"match": "LANE-COUNT", "turns": [turn(&bash, 50), turn(&bash, 60), turn(&json!([]), 10)]}},
    });
    mock.scenario("dear", serde_json::from_value::<Scenario>(scenario).unwrap());
    let run = |args: &[&str]| {
        let model =
            ["--model", "claude-opus-5-5", "--permission-mode", "acceptEdits", "--output-format", "json"];
        claude.headless(&world, &mock).args(args).args(model).run()
    };
    run(&["-p", "spend [[scenario:dear]]", "--session-id", A]).success();
    let way = format!("claude -p --resume {A} 'go on'");
    for args in [&["approve"][..], &["ls", "--all"], &["show", A]] {
        let shown = cmd(&world, args).run().success().stdout;
        assert!(shown.contains(&format!("to go on after a raise: {way}")), "{args:?}: {shown}");
    }
    let none = cmd(&world, &["approve", A]).run().fails_with(1).stderr;
    assert!(none.contains("no answer lifts that") && none.contains(&way), "{none}");
    let raised = cmd(&world, &["budget", "raise", "--session", A, "--to", "5"]).run().success().stdout;
    assert!(raised.contains(&way), "{raised}");
    // There is no call that it would take up, and to find that out uses nothing up.
    run(&["-p", "--resume", A]).fails_with(1);
    tick(&world);
    assert_eq!(listed(&world, "session", A)["limit_usd"], 5.0);
    for args in [&["approve"][..], &["ls", "--all"], &["show", A]] {
        let shown = cmd(&world, args).run().success().stdout;
        assert!(shown.contains(&format!("its budget has room again; to go on: {way}")), "{args:?}: {shown}");
        assert!(!shown.contains("after a raise"), "{args:?}: {shown}");
    }
    mock.scenario("dear", serde_json::from_value(json!({"turns": [turn(&json!([]), 1)]})).unwrap());
    let gone_on = run(&["-p", "go on [[scenario:dear]]", "--resume", A]).success().json();
    assert_eq!(gone_on["terminal_reason"], "completed", "{gone_on}");
    let shown = cmd(&world, &["approve"]).run().success().stdout;
    assert!(!shown.contains("to go on after a raise"), "{shown}");
    // The next turn of it goes on by the same raise.
    let again = run(&["-p", "and on [[scenario:dear]]", "--resume", A]).success().json();
    assert_eq!(again["terminal_reason"], "completed", "{again}");
}

/// A session of the real client: dollars by turns, a subagent among them, and what the gate said of each call.
#[test]
fn the_real_client_is_asked_with_the_very_call_of_the_response_that_crosses_its_budget() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (hooked(&claude), Mock::start());
    user_config(&world, "[budget]\nsession_usd = 1.0\n");
    tick(&world);
    let bash = json!([{"name": "Bash", "input": {"command": "ls", "description": "List files"}}]);
    let agent = json!([{"name": "Agent", "input": {
        "description": "Count", "prompt": "LANE-COUNT", "subagent_type": "general-purpose", "run_in_background": false,
    }}]);
    // By Opus 5.5: 20 dollars a million. Each is answered at once.
    let turn = |tools: &Value, cents: u64| json!({"text": "go on", "tool_use": tools, "usage": {"output_tokens": cents * 500}});
    let scenario = json!({
        "turns": [turn(&bash, 30), turn(&agent, 20), turn(&bash, 20), turn(&bash, 1), turn(&json!([]), 1)],
        "lanes": {"count": {"match": "LANE-COUNT", "turns": [turn(&bash, 30), turn(&json!([]), 10)]}},
    });
    let scenario: Scenario = serde_json::from_value(scenario).unwrap();
    mock.scenario("dear", scenario);
    let run = |args: &[&str]| {
        let model =
            ["--model", "claude-opus-5-5", "--permission-mode", "acceptEdits", "--output-format", "json"];
        claude.headless(&world, &mock).args(args).args(model).run().success().json()
    };
    let ended = run(&["-p", "spend [[scenario:dear]]", "--session-id", A]);
    assert_eq!(
        (&ended["terminal_reason"], &ended["is_error"]),
        (&json!("tool_deferred"), &json!(false)),
        "{ended}"
    );
    let log = || {
        let log = json_of(&world, &["gate", "log", "--session", A]);
        let of = |one: &Value| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            (text("tool"), text("verdict"), text("layer"), text("reason"))
        };
        log.as_array().unwrap().iter().rev().map(of).collect::<Vec<_>>()
    };
    let first = log();
    let said: Vec<(&str, &str)> =
        first.iter().map(|(tool, _, layer, _)| (tool.as_str(), layer.as_str())).collect();
    let calls = [("Bash", "effects"), ("Agent", "effects"), ("Bash", "effects"), ("Bash", "budget")];
    assert_eq!(said, calls, "{first:#?}");
    let (_, verdict, _, reason) = &first[3];
    assert_eq!(verdict, "ask");
    assert!(reason.starts_with("the session has cost $1.10 of its $1.00 budget"), "{reason}");
    // Nobody is there to be asked, so the run has ended at this call, and nothing more was spent.
    let log = json_of(&world, &["gate", "log", "--session", A]);
    assert_eq!((&log[0]["said"], &log[0]["outcome"]), (&json!("defer"), &Value::Null), "{}", log[0]);
    let made = log.as_array().unwrap().iter().filter(|one| one["outcome"]["what"] == "ran").count();
    assert_eq!(made, 3, "{log}");
    let waits = cmd(&world, &["approve"]).run().success().stdout;
    assert!(
        waits.contains("of its $1.00 budget") && waits.contains("to go on after a raise: claude -p"),
        "{waits}"
    );
    let none = cmd(&world, &["approve", A]).run().fails_with(1).stderr;
    assert!(none.contains("no answer lifts that") && none.contains("budget raise --session"), "{none}");
    let asked = mock.requests().len();
    let same = run(&["-p", "--resume", A]);
    assert_eq!(same["stop_reason"], "tool_deferred", "{same}");
    let unanswered = run(&["-p", "go on [[scenario:dear]]", "--resume", A]);
    let result = unanswered["result"].as_str().unwrap_or_default();
    assert!(result.contains("claudectl: the session has cost $1.10 of its $1.00 budget"), "{unanswered}");
    assert_eq!(mock.requests().len(), asked, "neither cost anything");
    cmd(&world, &["budget", "raise", "--session", A, "--by", "1"]).run().success();
    let again = json!({"turns": [turn(&json!([]), 1)]});
    mock.scenario("dear", serde_json::from_value(again).unwrap());
    let gone_on = run(&["-p", "--resume", A]);
    assert_eq!(gone_on["terminal_reason"], "completed", "{gone_on}");
    assert!(mock.requests().len() > asked, "the model was asked again");
    let log = json_of(&world, &["gate", "log", "--session", A]);
    assert_eq!(
        (&log[0]["layer"], &log[0]["outcome"]["what"]),
        (&json!("effects"), &json!("ran")),
        "{}",
        log[0]
    );
}

/// A policy that cannot be followed asks, and lifts no budget.
#[test]
fn a_broken_policy_lifts_no_budget() {
    let (world, own) = spent("[budget]\nsession_usd = 1.0\n", 100);
    world.write(
        "work/.claudectl/policy.toml",
        "[[rules]]\nname = \"p\"\ncommand = [\"ls\"]\naction = \"oops\"\n",
    );
    let reason = stops(&world, &own);
    assert!(reason.ends_with("; besides, the repository's policy asks"), "{reason}");
}

/// There Claude Code would answer the question itself.
#[test]
fn what_would_be_passed_over_is_denied_past_a_budget_too() {
    let (world, own) = spent("[budget]\nsession_usd = 1.0\n", 100);
    let said = |mode: &str, command: &str| {
        let call = json!({
            "tool_name": "Bash", "tool_use_id": "t", "tool_input": {"command": command}, "permission_mode": mode,
            "transcript_path": own.path(&world.config_dir()),
        });
        let (said, why, _, _) = crate::hook::answered(hook(&world, &event(&world, A, "PreToolUse", call)));
        assert!(why.contains("of its $1.00 budget"), "{why}");
        said
    };
    for mode in ["bypassPermissions", "auto", "plan"] {
        assert_eq!([said(mode, "ls"), said(mode, "ls; echo y > .npmrc")], ["ask", "deny"], "{mode}");
    }
    assert_eq!(said("default", "ls; echo y > .npmrc"), "ask");
}
