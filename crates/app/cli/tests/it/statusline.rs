//! `claudectl statusline`: what it keeps, what it shows, and whose line that is.

use claudectl_testkit::{LiveProcess, RegistryRow, Usage, World};
use serde_json::{Value, json};

use crate::{A, B, assert_usd, json, reply, row, session, user_config, world};

/// What Claude Code tells, with the account's limits.
fn told(world: &World, sid: &str, more: Value) -> String {
    let mut told = json!({
        "session_id": sid, "session_name": "mine", "cwd": world.work_dir(), "version": "2.1.330",
        "model": {"id": "claude-opus-5-5", "display_name": "Opus 5.5"},
        "workspace": {"current_dir": world.work_dir(), "project_dir": world.work_dir(), "added_dirs": []},
        "cost": {"total_cost_usd": 4.25, "total_lines_added": 12, "total_lines_removed": 3},
        "context_window": {"context_window_size": 1_000_000,
            "current_usage": {"input_tokens": 100_000, "cache_creation_input_tokens": 50_000, "cache_read_input_tokens": 100_000}},
        "rate_limits": {
            "five_hour": {"used_percentage": 42.4, "resets_at": 1_795_528_800},
            "seven_day": {"used_percentage": 85, "resets_at": "2026-11-26T12:00:00Z"}},
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        told[key] = value.clone();
    }
    told.to_string()
}

fn line(world: &World, args: &[&str], input: String) -> String {
    world.cmd().arg("statusline").args(args).arg("--color=never").stdin(input).run().success().stdout
}

#[test]
fn the_line_shows_what_is_known_and_leaves_out_the_rest() {
    let world = world();
    let all = line(&world, &[], told(&world, A, json!({})));
    assert_eq!(all, "Opus 5.5 · work · 25% context · $4.25 · 5h 42% 7d 85% for 2 d !\n");
    let little = json!({"session_id": A}).to_string();
    assert_eq!(line(&world, &["--format", "{model} | in {dir} | always | {cost}"], little), "always\n");
    let own = line(&world, &["--format", "{session} {lines}|{version}"], told(&world, A, json!({})));
    assert_eq!(own, "mine +12 -3 · 2.1.330\n");
    user_config(&world, "[statusline]\nformat = \"{cost} so far\"\n");
    assert_eq!(line(&world, &[], told(&world, A, json!({}))), "$4.25 so far\n");
}

#[test]
fn what_is_told_is_kept_for_the_other_commands() {
    let world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1_000_000, 0));
    let process = LiveProcess::start(&world.work_dir());
    RegistryRow::new(process.pid(), A, world.work_dir()).write(&world.config_dir());
    line(&world, &[], told(&world, A, json!({})));
    let listing = json(&world, &["ls", "--json"]);
    let found = session(&listing, A);
    assert_eq!(
        (&found["context"]["max"], &found["context"]["source"]),
        (&json!(1_000_000), &json!("statusline"))
    );
    assert_usd(&found["cost"]["usd"], 4.0);
    assert_usd(&found["cost"]["reported_usd"], 4.25);
    let text = world.run(["ls"]).success().stdout;
    assert!(text.contains("limits 5h 42% 7d 85% !"), "{text}");

    let report = json(&world, &["spend", "--by", "session", "--json"]);
    assert_usd(&row(&report, A)["reported_cost_usd"], 4.25);
    let five = &report["quota"][0];
    assert_eq!((&five["window"], &five["used_pct"]), (&json!("five_hour"), &json!(42.4)));
    assert_eq!(five["resets_at"], "2026-11-24T14:00:00.000Z");
    let text = world.run(["spend"]).success().stdout;
    assert!(
        text.contains("limit 5h: 42% used, begins anew in 2 h (the whole account, told 0 s ago)"),
        "{text}"
    );
}

#[test]
fn shares_are_an_estimate_by_what_was_paid_in_the_window() {
    let world = world();
    let mut within = crate::one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    within.at("2026-11-24T11:30:00Z").assistant(|m| m.text("ok").usage(Usage::new(3_000_000, 0)));
    within.write(&world.config_dir());
    let mut other = crate::one_reply(&world, B, "claude-opus-5-5", Usage::new(1, 1));
    other.at("2026-11-24T11:40:00Z").assistant(|m| m.text("ok").usage(Usage::new(1_000_000, 0)));
    other.write(&world.config_dir());
    line(
        &world,
        &[],
        told(
            &world,
            A,
            json!({"rate_limits": {"five_hour": {"used_percentage": 40, "resets_at": "2026-11-24T14:00:00Z"}}}),
        ),
    );
    let report = json(&world, &["spend", "--json"]);
    let shares = report["quota"][0]["shares"].as_array().unwrap();
    let of = |sid: &str| {
        shares.iter().find(|share| share["session"] == sid).map(|share| share["estimated_pct"].clone())
    };
    assert_eq!((of(A), of(B)), (Some(json!(30.0)), Some(json!(10.0))));
}

#[test]
fn of_a_window_that_has_passed_nothing_is_known() {
    let mut world = world();
    reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    line(&world, &[], told(&world, A, json!({})));
    world.set_now("2026-11-24T15:00:00Z");
    let report = json(&world, &["spend", "--json"]);
    assert_eq!(report["quota"][0]["used_pct"], json!(null));
    assert_eq!(report["quota"][1]["used_pct"], json!(85.0));
    let text = world.run(["spend"]).success().stdout;
    assert!(text.contains("limit 5h: has begun anew, nothing told since; 42% before"), "{text}");
}

#[test]
fn the_persons_own_line_is_shown_as_it_is() {
    let world = world();
    let own = "cat > seen; printf '\\033[1mmine\\033[0m'";
    let out =
        world.cmd().args(["statusline", "--wrap", own]).stdin(told(&world, A, json!({}))).run().success();
    assert_eq!(out.stdout, "\u{1b}[1mmine\u{1b}[0m");
    let seen = std::fs::read_to_string(world.work_dir().join("seen")).unwrap();
    assert!(seen.contains(A), "it gets what Claude Code tells");
    assert!(world.state_dir().join(format!("statusline/{A}.json")).exists(), "and it is kept all the same");
    let out = world.cmd().args(["statusline", "--wrap", "exit 3"]).stdin("no json").run().fails_with(1);
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", ""));
}

#[test]
fn today_is_what_the_last_pass_has_summed() {
    let mut world = world();
    let mut transcript = crate::one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    transcript.at("2026-11-24T11:00:00Z").assistant(|m| m.text("ok").usage(Usage::new(1_000_000, 0)));
    transcript.write(&world.config_dir());
    user_config(&world, "[budget]\nday_usd = 4.5\n");
    let today = |world: &World| line(world, &["--format", "{today}|{week}|-"], told(world, A, json!({})));
    assert_eq!(today(&world), "-\n", "nothing was summed yet");
    world.run(["tick"]).success();
    assert_eq!(today(&world), "$4.00 of $4 today ! · $4.00 week · -\n");
    world.set_now("2026-11-25T12:00:00Z");
    assert_eq!(today(&world), "$4.00 week · -\n", "of another day nothing is known");
    world.set_now("2026-12-24T12:00:00Z");
    world.run(["tick"]).success();
    assert_eq!(today(&world), "$0.00 of $4 today · $0.00 week · -\n", "nothing is not less than nothing");
}

#[test]
fn a_day_begins_where_the_person_is_whoever_summed_it() {
    let mut world = world();
    world.set_now("2026-11-25T02:51:00Z");
    let mut transcript = crate::one_reply(&world, A, "claude-opus-5-5", Usage::new(1, 1));
    transcript.at("2026-11-24T12:05:00Z").assistant(|m| m.text("ok").usage(Usage::new(1_000_000, 0)));
    transcript.at("2026-11-25T01:00:00Z").assistant(|m| m.text("ok").usage(Usage::new(500_000, 0)));
    transcript.write(&world.config_dir());
    world.run(["tick"]).success();
    let today = |zone: &str| {
        let args = ["statusline", "--color=never", "--format", "{today}"];
        world.cmd().args(args).env("TZ", zone).stdin(told(&world, A, json!({}))).run().success().stdout
    };
    assert_eq!(today("UTC"), "$2.00 today\n");
    assert_eq!(today("Pacific/Kiritimati"), "$6.00 today\n");
    assert_eq!(today("America/Los_Angeles"), "$6.00 today\n");
}

/// A repository's settings can set any variable of it.
#[test]
fn as_installed_no_environment_leads_it_elsewhere_or_switches_it_off() {
    let world = world();
    let evil = world.root().join("evil");
    let installed = |wrap: &[&str]| {
        let cmd =
            world.cmd().args(["statusline", "--home"]).arg(world.state_dir()).args(["--config", "/c.toml"]);
        let cmd = cmd.args(wrap).env("CLAUDECTL_NOW", "nonsense").env("CLAUDECTL_HOME", &evil);
        cmd.env("XDG_CONFIG_HOME", &evil)
            .env("TZ", "No/Where")
            .stdin(told(&world, A, json!({})))
            .run()
            .success()
            .stdout
    };
    assert_eq!(installed(&["--wrap", "echo mine"]), "mine\n");
    assert!(installed(&["--color=never"]).starts_with("Opus 5.5"));
    assert!(world.state_dir().join(format!("statusline/{A}.json")).exists());
    assert!(!evil.exists());
}

#[test]
fn mistakes_are_told() {
    let world = world();
    let out = world.cmd().args(["statusline", "--format", "{costs}"]).stdin("{}").run().fails_with(2);
    assert!(out.stderr.contains("there is no field {costs}"), "{}", out.stderr);
    let out = world.cmd().arg("statusline").stdin("hello").run().fails_with(2);
    assert!(out.stderr.contains("not what Claude Code tells"), "{}", out.stderr);
    user_config(&world, "[statusline]\nformat = \"{modle}\"\n");
    let out = world.run(["config", "check"]).fails_with(1);
    assert!(out.stderr.contains("{model}") || out.stdout.contains("{model}"), "{}", out.snapshot());
    // What runs without a person shows something all the same.
    assert!(line(&world, &[], told(&world, A, json!({}))).starts_with("Opus 5.5"));
}

#[test]
fn hostile_texts_are_harmless() {
    let world = world();
    let evil = "a\u{1b}]0;x\u{7}\u{202e}b\nc";
    let model =
        json!({"model": {"id": evil, "display_name": evil}, "session_name": evil, "session_id": "../../x"});
    let shown = line(&world, &["--format", "{model}|{session}"], told(&world, A, model));
    assert!(
        !shown.contains('\u{1b}') && !shown.contains('\u{202e}') && shown.lines().count() == 1,
        "{shown:?}"
    );
    assert!(!world.root().join("x.json").exists());
}
