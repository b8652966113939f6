//! `claudectl spend`.

use std::collections::BTreeSet;

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{
    A, B, C, assert_total, assert_usd, json, keys, one_reply, opus_5_5, reply, row, user_config, world,
};

/// Two projects, three models, subagents, four days in two months:
///
/// | session | project | day | model | input | output | cost |
/// |---|---|---|---|---|---|---|
/// | A | api | 10-31 | opus-5-5 | 100 000 | | $0.40 |
/// | A | api | 11-22 (Sunday) | opus-5-5 | | 10 000 | $0.20 |
/// | A, Explore | api | 11-22 | haiku-4-5 | 100 000 | | $0.10 |
/// | B | web | 11-23 | sonnet-4-6 | 100 000 | 10 000 | $0.45 |
/// | B | web | 11-24 | opus-5-5 | 50 000 | | $0.20 |
fn five_replies() -> World {
    let world = world();
    let mut api = Transcript::new(A, world.work_dir().join("api"));
    api.at("2026-10-31T10:00:00Z").prompt("go");
    api.assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    api.at("2026-11-22T10:00:00Z").assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": "Explore", "description": "look", "prompt": "look"}));
        m.usage(Usage::new(0, 10_000))
    });
    let agent = api.subagent("a1");
    agent.model("claude-haiku-4-5").meta("agentType", "Explore").prompt("look");
    agent.assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    api.write(&world.config_dir());
    let mut web = Transcript::new(B, world.work_dir().join("web"));
    web.model("claude-sonnet-4-6").at("2026-11-23T10:00:00Z").prompt("go");
    web.assistant(|m| m.text("ok").usage(Usage::new(100_000, 10_000)));
    web.model("claude-opus-5-5").at("2026-11-24T10:00:00Z");
    web.assistant(|m| m.text("ok").usage(Usage::new(50_000, 0)));
    web.write(&world.config_dir());
    world
}

/// Keys with their dollars, in the order of the report.
fn costs(report: &Value) -> Vec<(String, f64)> {
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let cents = (row["cost_usd"].as_f64().unwrap() * 1e8).round() / 1e8;
        (row["key"].as_str().unwrap().to_owned(), cents)
    })
    .collect()
}

fn expected(rows: &[(&str, f64)]) -> Vec<(String, f64)> {
    rows.iter().map(|(key, usd)| ((*key).to_owned(), *usd)).collect()
}

#[test]
fn every_way_to_make_rows() {
    let world = five_replies();
    let cases: [(&str, &[(&str, f64)]); 7] = [
        ("day", &[("2026-10-31", 0.40), ("2026-11-22", 0.30), ("2026-11-23", 0.45), ("2026-11-24", 0.20)]),
        // The 22nd is a Sunday: the last day of week 47.
        ("week", &[("2026-W44", 0.40), ("2026-W47", 0.30), ("2026-W48", 0.65)]),
        ("month", &[("2026-10", 0.40), ("2026-11", 0.95)]),
        ("session", &[(A, 0.70), (B, 0.65)]),
        ("project", &[("api", 0.70), ("web", 0.65)]),
        ("model", &[("claude-opus-5-5", 0.80), ("claude-sonnet-4-6", 0.45), ("claude-haiku-4-5", 0.10)]),
        ("agent", &[("main", 1.25), ("Explore", 0.10)]),
    ];
    for (by, rows) in cases {
        let report = json(&world, &["spend", "--by", by, "--json"]);
        assert_eq!(costs(&report), expected(rows), "--by {by}");
        assert_usd(&report["total"]["cost_usd"], 1.35);
        let total = &report["total"];
        assert_eq!(
            (&total["messages"], &report["sessions"], &report["files"]),
            (&json!(5), &json!(2), &json!(3))
        );
        assert_eq!((&total["input_tokens"], &total["output_tokens"]), (&json!(350_000), &json!(20_000)));
    }
    let days = json(&world, &["spend", "--json"]);
    assert_eq!(days, json(&world, &["spend", "--by", "day", "--json"]), "days unless asked otherwise");
}

#[test]
fn the_screens() {
    let world = five_replies();
    insta::assert_snapshot!("spend_by_day", world.run(["spend"]).snapshot());
    insta::assert_snapshot!("spend_by_session", world.run(["spend", "--by", "session"]).snapshot());
    insta::assert_snapshot!("spend_by_agent", world.run(["spend", "--by", "agent"]).snapshot());
}

#[test]
fn a_range_of_days_takes_in_its_last() {
    let world = five_replies();
    let spent = |args: &[&str]| {
        let report = json(&world, &[&["spend", "--json"], args].concat());
        keys(&report).iter().map(|key| (*key).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(spent(&["--since", "2026-11-23"]), ["2026-11-23", "2026-11-24"]);
    assert_eq!(spent(&["--until", "2026-11-22"]), ["2026-10-31", "2026-11-22"]);
    assert_eq!(spent(&["--since", "2026-11-22", "--until", "2026-11-23"]), ["2026-11-22", "2026-11-23"]);
    // The clock stands at noon on the 24th.
    assert_eq!(spent(&["--since", "today"]), ["2026-11-24"]);
    assert_eq!(spent(&["--since", "yesterday", "--until", "yesterday"]), ["2026-11-23"]);
    assert_eq!(spent(&["--since", "24h"]), ["2026-11-24"]);
    assert_eq!(spent(&["--since", "26h"]), ["2026-11-23", "2026-11-24"]);
    assert_eq!(spent(&["--since", "1w"]), ["2026-11-22", "2026-11-23", "2026-11-24"]);
    assert_eq!(spent(&["--until", "2026-11-23T10:00:00Z"]), ["2026-10-31", "2026-11-22"]);
    let nothing = world.run(["spend", "--until", "2020-01-01"]).success();
    assert_eq!(nothing.stdout, "Nothing was spent in that time.\n");
    let report = json(&world, &["spend", "--json", "--since", "2026-11-23"]);
    assert_usd(&report["total"]["cost_usd"], 0.65);
    assert_eq!(report["sessions"], 1, "sessions in the range");
}

#[test]
fn a_range_that_cannot_be_is_a_mistake_of_usage() {
    let world = five_replies();
    for args in [
        &["--since", "soon"][..],
        &["--since", "2026-11-24", "--until", "2026-11-22"],
        &["--timezone", "Mars/Olympus"],
    ] {
        let out = world.run(["spend"].iter().chain(args)).fails_with(2);
        assert_eq!(out.stdout, "");
        assert!(out.stderr.starts_with("error: ") && out.stderr.contains("\n  fix: "), "{}", out.stderr);
    }
    world.run(["spend", "--by", "moon"]).fails_with(2);
    world.run(["spend", "--csv", "--json"]).fails_with(2);
}

#[test]
fn days_begin_where_the_person_is() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go");
    // Half past eleven in the evening of the 23rd in Kolkata (+5:30), the 24th in Auckland (+13).
    transcript.at("2026-11-23T18:00:00Z").assistant(|m| m.text("ok").usage(Usage::new(1_000, 0)));
    // Kathmandu (+5:45) is already in the 24th, Kolkata is not.
    transcript.at("2026-11-23T18:16:00Z").assistant(|m| m.text("ok").usage(Usage::new(2_000, 0)));
    transcript.write(&world.config_dir());
    let days = |zone: &str| {
        let report = json(&world, &["spend", "--json", "--timezone", zone]);
        let rows = report["rows"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| (row["key"].as_str().unwrap().to_owned(), row["input_tokens"].as_u64().unwrap()))
            .collect::<Vec<_>>()
    };
    let day = |day: &str, tokens: u64| (day.to_owned(), tokens);
    assert_eq!(days("UTC"), [day("2026-11-23", 3_000)]);
    assert_eq!(days("Pacific/Auckland"), [day("2026-11-24", 3_000)]);
    assert_eq!(days("Asia/Kolkata"), [day("2026-11-23", 3_000)]);
    assert_eq!(days("Asia/Kathmandu"), [day("2026-11-23", 1_000), day("2026-11-24", 2_000)]);
    // The same by TZ and by the configuration; the flag stands above both.
    let by_env = world.cmd().env("TZ", "Pacific/Auckland").args(["spend", "--json"]).run().success().json();
    assert_eq!(keys(&by_env), ["2026-11-24"]);
    user_config(&world, "[general]\ntimezone = \"Pacific/Auckland\"\n");
    assert_eq!(keys(&json(&world, &["spend", "--json"])), ["2026-11-24"]);
    assert_eq!(days("UTC"), [day("2026-11-23", 3_000)]);
    // A range is in the same zone.
    assert_eq!(keys(&json(&world, &["spend", "--json", "--since", "2026-11-24"])), ["2026-11-24"]);
}

#[test]
fn a_day_of_23_hours_and_one_of_25() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go");
    // New York: 2026-03-08 begins at 05:00 UTC and ends at 04:00; 2026-11-01 begins at 04:00, ends at 05:00.
    for (at, input) in [
        ("2026-03-08T04:59:00Z", 1),
        ("2026-03-08T05:01:00Z", 2),
        ("2026-03-09T03:59:00Z", 4),
        ("2026-03-09T04:01:00Z", 8),
        ("2026-11-01T03:59:00Z", 16),
        ("2026-11-01T04:01:00Z", 32),
        ("2026-11-02T04:59:00Z", 64),
        ("2026-11-02T05:01:00Z", 128),
    ] {
        transcript.at(at).assistant(|m| m.text("ok").usage(Usage::new(input, 0)));
    }
    transcript.write(&world.config_dir());
    let report = json(&world, &["spend", "--json", "--timezone", "America/New_York"]);
    let days: Vec<(&str, u64)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["key"].as_str().unwrap(), row["input_tokens"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        days,
        [
            ("2026-03-07", 1),
            ("2026-03-08", 2 + 4),
            ("2026-03-09", 8),
            ("2026-10-31", 16),
            ("2026-11-01", 32 + 64),
            ("2026-11-02", 128)
        ]
    );
}

#[test]
fn json_has_the_keys_of_the_design() {
    let world = five_replies();
    let report = json(&world, &["spend", "--json"]);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let design = set(&[
        "key",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "messages",
        "cost_usd",
        "unpriced_messages",
        "models",
    ]);
    let more =
        set(&["cache_write_unsplit_tokens", "web_searches", "unverified_cost_usd", "unfinished_messages"]);
    let row_keys = &design | &more;
    assert_eq!(names(&report["rows"][0]), row_keys);
    assert_eq!(names(&report["total"]), row_keys);
    let top = set(&["rows", "total", "sessions", "unpriced_models", "skipped_lines", "files", "bytes"]);
    assert_eq!(names(&report), &top | &set(&["budget_alerts", "quota"]));
    let by_session = json(&world, &["spend", "--by", "session", "--json"]);
    let of_sessions = set(&["project", "name", "reported_cost_usd"]);
    assert_eq!(names(&by_session["rows"][0]), &row_keys | &of_sessions);
    let size: u64 = [world.config_dir()]
        .iter()
        .flat_map(|folder| crate::tree(folder))
        .filter(|(path, _)| path.extension().is_some_and(|e| e == "jsonl"))
        .map(|(_, content)| content.len() as u64)
        .sum();
    assert_eq!(report["bytes"], size);
}

#[test]
fn every_class_of_token_stands_in_its_column() {
    let world = world();
    let usage = Usage::new(11, 22).read(33).write_split(44, 55).web_searches(6);
    reply(&world, A, "claude-opus-5-5", usage.clone());
    let report = json(&world, &["spend", "--json"]);
    let total = &report["total"];
    for (key, count) in [
        ("input_tokens", 11),
        ("output_tokens", 22),
        ("cache_read_tokens", 33),
        ("cache_write_5m_tokens", 44),
        ("cache_write_1h_tokens", 55),
        ("cache_write_unsplit_tokens", 0),
        ("web_searches", 6),
        ("messages", 1),
    ] {
        assert_eq!(total[key], count, "{key}");
    }
    assert_usd(&total["cost_usd"], opus_5_5(&usage) + 0.06);
    assert_eq!(total["models"], json!(["claude-opus-5-5"]));
}

#[test]
fn comma_separated_values() {
    let world = five_replies();
    let csv = world.run(["spend", "--by", "project", "--csv"]).success().stdout;
    assert_eq!(
        csv,
        "key,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,web_searches,messages,cost_usd,unpriced_messages,models\n\
         api,200000,10000,0,0,0,0,3,0.700000,0,claude-haiku-4-5 claude-opus-5-5\n\
         web,150000,10000,0,0,0,0,2,0.650000,0,claude-opus-5-5 claude-sonnet-4-6\n"
    );
}

#[test]
fn csv_of_a_hostile_project_name_is_one_cell_and_no_formula() {
    let world = world();
    let folder = world.work_dir().join("=HYPERLINK(\"x\",1)");
    let mut transcript = Transcript::new(A, &folder);
    transcript.prompt("go").assistant(|m| m.text("ok").usage(Usage::new(1_000, 0)));
    transcript.write(&world.config_dir());
    let csv = world.run(["spend", "--by", "project", "--csv"]).success().stdout;
    assert!(csv.contains("\n\"'=HYPERLINK(\"\"x\"\",1)\",1000,"), "{csv}");
}

#[test]
fn what_was_appended_is_read_and_nothing_twice() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.write(&world.config_dir());
    assert_total(&world, 0.40);
    let mut expected = 0.40;
    for _ in 0..3 {
        transcript.assistant(|m| m.text("more").usage(Usage::new(10_000, 1_000).read(50_000)));
        transcript.append_to(&world.config_dir());
        expected += 0.04 + 0.02 + 0.01;
        let kept = json(&world, &["spend", "--json"]);
        assert_usd(&kept["total"]["cost_usd"], expected);
        assert_eq!(kept, json(&world, &["spend", "--json", "--no-cache"]), "as if read for the first time");
        assert_eq!(kept, json(&world, &["spend", "--json"]), "and again");
    }
}

#[test]
fn no_cache_keeps_nothing_and_forgets_what_is_gone() {
    let world = world();
    let path = reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    assert_usd(&json(&world, &["spend", "--json", "--no-cache"])["total"]["cost_usd"], 0.40);
    assert!(crate::tree(&world.state_dir()).is_empty(), "nothing was kept");
    assert_total(&world, 0.40);
    std::fs::remove_file(path).unwrap();
    assert_total(&world, 0.40);
    assert_usd(&json(&world, &["spend", "--json", "--no-cache"])["total"]["cost_usd"], 0.0);
}

#[test]
fn a_file_replaced_or_cut_bills_neither_less_nor_twice() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.assistant(|m| m.text("second").usage(Usage::new(50_000, 0)));
    let path = transcript.write(&world.config_dir());
    assert_total(&world, 0.60);
    // Cut after the first reply: what was spent was spent.
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, _) = text.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(&path, format!("{head}\n")).unwrap();
    assert_total(&world, 0.60);
    // Rewritten whole, by another file in its place.
    let other = path.with_extension("new");
    std::fs::write(&other, &text).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_total(&world, 0.60);
    // Moved to another project's folder, as a session that leaves its worktree is.
    let moved = world.config_dir().join("projects/-elsewhere").join(path.file_name().unwrap());
    std::fs::create_dir_all(moved.parent().unwrap()).unwrap();
    std::fs::rename(&path, &moved).unwrap();
    let report = assert_total(&world, 0.60);
    assert_eq!((&report["files"], &report["total"]["messages"]), (&json!(1), &json!(2)));
}

#[test]
fn an_unpriced_model_is_shown_and_never_priced_as_its_sibling() {
    let world = world();
    reply(&world, A, "claude-opus-5-6", Usage::new(100_000, 10_000));
    reply(&world, B, "claude-opus-5-5", Usage::new(100_000, 10_000));
    let report = assert_total(&world, 0.60);
    assert_eq!(report["total"]["unpriced_messages"], 1);
    assert_eq!(report["unpriced_models"], json!(["claude-opus-5-6"]));
    insta::assert_snapshot!("spend_unpriced", world.run(["spend", "--by", "model"]).snapshot());
}

#[test]
fn own_prices_stand_above_the_table_and_inherit_the_rest() {
    let world = world();
    let usage = Usage::new(100_000, 10_000).read(100_000).write_split(100_000, 100_000);
    reply(&world, A, "claude-opus-5-5", usage);
    user_config(&world, "[prices.\"claude-opus-5-5\"]\ninput = 1.0\noutput = 30.0\ncache_write_1h = 0.0\n");
    // 0.1 at $1, 0.01 at $30, 0.1 at $0.20, 0.1 at $5, nothing for the hour.
    let report = assert_total(&world, 0.10 + 0.30 + 0.02 + 0.50);
    assert_usd(&report["total"]["unverified_cost_usd"], 0.0);
}

#[test]
fn rows_of_the_client_itself_are_free_and_no_reply() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.api_error(529).api_error(429);
    transcript.write(&world.config_dir());
    let report = assert_total(&world, 0.40);
    assert_eq!(report["total"]["messages"], 1);
    assert_eq!(report["total"]["models"], json!(["claude-opus-5-5"]), "no <synthetic>");
    assert_eq!(report["unpriced_models"], json!([]));
}

#[test]
fn a_fork_is_billed_to_whom_it_was_copied_from_whichever_is_read_first() {
    // The owner is read first, last, or is gone.
    for (owner, fork) in [(A, B), (B, A)] {
        let world = world();
        let mut first = one_reply(&world, owner, "claude-opus-5-5", Usage::new(100_000, 0));
        let mut second = first.fork(fork);
        second.prompt("on").assistant(|m| m.text("ok").usage(Usage::new(50_000, 0)));
        second.write(&world.config_dir());
        let alone = json(&world, &["spend", "--by", "session", "--json"]);
        assert_usd(&row(&alone, owner)["cost_usd"], 0.40);
        assert_usd(&row(&alone, fork)["cost_usd"], 0.20);
        first.write(&world.config_dir());
        let both = json(&world, &["spend", "--by", "session", "--json"]);
        assert_usd(&row(&both, owner)["cost_usd"], 0.40);
        assert_usd(&row(&both, fork)["cost_usd"], 0.20);
        assert_usd(&both["total"]["cost_usd"], 0.60);
    }
}

#[test]
fn a_fork_of_an_old_client_is_billed_to_the_file_with_the_rows_of_its_own() {
    // No `requestSessionId`: the copied rows keep the old `session_id`.
    let world = world();
    let first = one_reply(&world, B, "claude-opus-5-5", Usage::new(100_000, 0));
    let fork = first.fork(A);
    let old: Vec<String> = fork
        .lines()
        .iter()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row.as_object_mut().unwrap().remove("requestSessionId");
            row.to_string()
        })
        .collect();
    let mut first = first;
    world.write(format!("home/.claude/projects/-work/{A}.jsonl"), format!("{}\n", old.join("\n")));
    first.write(&world.config_dir());
    let report = json(&world, &["spend", "--by", "session", "--json"]);
    assert_eq!(keys(&report), [B]);
    assert_usd(&row(&report, B)["cost_usd"], 0.40);
}

#[test]
fn a_resumed_session_goes_on_in_its_file() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.cost_state(0.40).write(&world.config_dir());
    assert_total(&world, 0.40);
    // The next day, another process, the same session and file.
    transcript
        .at("2026-11-25T09:00:00Z")
        .prompt("on")
        .assistant(|m| m.text("ok").usage(Usage::new(0, 10_000)));
    transcript.cost_state(0.60).append_to(&world.config_dir());
    let report = json(&world, &["spend", "--by", "session", "--json"]);
    assert_eq!(keys(&report), [A]);
    assert_usd(&row(&report, A)["cost_usd"], 0.60);
    assert_usd(&row(&report, A)["reported_cost_usd"], 0.60);
    let days = json(&world, &["spend", "--json"]);
    assert_usd(&row(&days, "2026-11-24")["cost_usd"], 0.40);
    assert_usd(&row(&days, "2026-11-25")["cost_usd"], 0.20);
}

#[test]
fn sessions_of_several_folders_are_counted_once() {
    let world = world();
    let other = world.root().join("other");
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    transcript.write(&world.config_dir());
    // The same session copied there, and one that is only there.
    transcript.write(&other);
    one_reply(&world, C, "claude-opus-5-5", Usage::new(50_000, 0)).write(&other);
    let list = format!("{},{}", world.config_dir().display(), other.display());
    let report = world.cmd().env("CLAUDE_CONFIG_DIR", list).args(["spend", "--json"]).run().success().json();
    assert_usd(&report["total"]["cost_usd"], 0.60);
    assert_eq!((&report["files"], &report["sessions"]), (&json!(3), &json!(2)));
    // Named in the configuration, the other folder is read as well.
    user_config(&world, &format!("[general]\nclaude_dirs = [\"{}\"]\n", other.display()));
    assert_total(&world, 0.60);
}

#[test]
fn budgets_warn_and_alarm() {
    let world = five_replies();
    // Today $0.20, this week $0.65, November: api $0.30 and web $0.65, sessions $0.70 and $0.65, fan-out $0.10.
    user_config(
        &world,
        "[budget]\nday_usd = 0.2\nweek_usd = 0.8\nproject_usd = 0.4\nsession_usd = 0.7\nfanout_usd = 0.12\n",
    );
    let report = json(&world, &["spend", "--json"]);
    let mut alerts: Vec<(&str, &str, &str)> = report["budget_alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| {
            let text = |key: &str| alert[key].as_str().unwrap();
            (text("scope"), text("subject"), text("level"))
        })
        .collect();
    alerts.sort_unstable();
    assert_eq!(
        alerts,
        [
            ("day", "2026-11-24", "exceeded"),
            ("fanout", A, "warning"),
            ("project", "web", "exceeded"),
            ("session", A, "exceeded"),
            ("session", B, "warning"),
            ("week", "2026-W48", "warning"),
        ]
    );
    insta::assert_snapshot!("spend_budgets", world.run(["spend"]).snapshot());
}

#[test]
fn nothing_yet() {
    let world = world();
    insta::assert_snapshot!("spend_empty", world.run(["spend"]).snapshot());
    let report = json(&world, &["spend", "--json"]);
    assert_eq!((&report["rows"], &report["files"], &report["sessions"]), (&json!([]), &json!(0), &json!(0)));
    assert_usd(&report["total"]["cost_usd"], 0.0);
}

#[test]
fn what_is_written_beside_a_subagent_later_is_taken_in() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    let agent = transcript.prompt("go").subagent("a0001");
    agent.prompt("p").assistant(|m| m.text("ok").usage(Usage::new(1, 1)));
    let path = transcript.write(&world.config_dir());
    let meta = path.with_extension("").join("subagents/agent-a0001.meta.json");
    std::fs::remove_file(&meta).unwrap();
    let kinds = || keys(&json(&world, &["spend", "--by", "agent", "--json"])).join(",");
    assert_eq!(kinds(), "(unknown kind)");
    std::fs::write(&meta, r#"{"agentType":"Explore","description":"look around"}"#).unwrap();
    assert_eq!(kinds(), "Explore");
    let shown = || json(&world, &["show", A, "--json"])["subagents"][0].clone();
    assert_eq!((&shown()["state"], &shown()["description"]), (&json!("unknown"), &json!("look around")));
    // A kind is not lost by what no longer names it; the end is told last.
    std::fs::write(&meta, r#"{"finished":true}"#).unwrap();
    assert_eq!((&shown()["state"], kinds().as_str()), (&json!("finished"), "Explore"));
}
