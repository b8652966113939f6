//! Where tools of this field go wrong: each trap as a test, its truth in dollars worked out by hand.
//! First the differential on hand-made transcripts, then the list of correctness traps about tokens and cost.

use claudectl_testkit::{Transcript, Usage, World};
use serde_json::{Value, json};

use crate::{
    A, B, C, assert_total, assert_usd, json, keys, one_reply, reply, row, session, user_config, world,
};

/// A transcript written line by line.
fn lines(world: &World, session: &str, lines: &[String]) {
    world.write(format!("home/.claude/projects/-work/{session}.jsonl"), format!("{}\n", lines.join("\n")));
}

/// A reply's row, written as plainly as a row can be.
fn plain_row(session: &str, id: &str, model: &str, usage: &Value) -> Value {
    json!({
        "type": "assistant", "timestamp": "2026-11-24T11:00:00.000Z", "sessionId": session, "cwd": "/work",
        "message": {"id": id, "role": "assistant", "model": model, "stop_reason": "end_turn",
                    "content": [{"type": "text", "text": "ok"}], "usage": usage},
    })
}

/// The cost of one reply of a model.
#[track_caller]
fn assert_cost(model: &str, usage: Usage, dollars: f64) -> Value {
    let world = world();
    reply(&world, A, model, usage);
    assert_total(&world, dollars)
}

// ---------------------------------------------------------------- 2.2b, the differential

#[test]
fn interleaved_lines_of_two_replies_whose_final_output_comes_last() {
    let world = world();
    let usage = |output: u64| json!({"input_tokens": 0, "output_tokens": output});
    let line = |id: &str, output| plain_row(A, id, "claude-opus-4-6", &usage(output)).to_string();
    // One reply of 400 000 and one of 100 000 output tokens at $25: $10.00 and $2.50.
    let rows = [line("one", 1), line("two", 100), line("one", 200_000), line("two", 100_000)];
    lines(&world, A, &[&rows[..], &[line("one", 400_000)]].concat());
    let report = assert_total(&world, 12.50);
    assert_eq!(report["total"]["messages"], 2);
    assert_eq!(report["total"]["output_tokens"], 500_000);
}

#[test]
fn the_same_reply_in_the_file_of_a_resumed_session() {
    let world = world();
    let row = |sid: &str| {
        plain_row(sid, "msg", "claude-opus-4-6", &json!({"input_tokens": 200_000, "output_tokens": 0}))
    };
    lines(&world, A, &[row(A).to_string()]);
    lines(&world, B, &[row(B).to_string()]);
    let report = assert_total(&world, 1.00);
    assert_eq!((&report["total"]["messages"], &report["sessions"]), (&json!(1), &json!(1)));
}

#[test]
fn fast_mode_has_its_own_price_for_each_model() {
    assert_cost("claude-opus-4-6", Usage::new(100_000, 0).fast(), 3.00);
    assert_cost("claude-opus-5", Usage::new(100_000, 0).fast(), 1.00);
}

#[test]
fn a_cache_write_for_an_hour_also_where_the_flat_count_is_zero() {
    // 100 000 tokens at $10 a million: twice the input price of $5.
    assert_cost("claude-opus-4-6", Usage::new(0, 0).write_split(0, 100_000), 1.00);
    let mut nested_only = Usage::new(0, 0).write_split(0, 100_000);
    nested_only.cache_creation_input_tokens = 0;
    assert_cost("claude-opus-4-6", nested_only, 1.00);
}

#[test]
fn consecutive_lines_with_the_real_output_on_the_last_only() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.model("claude-opus-4-6").version("2.1.41").prompt("go").assistant(|m| {
        m.thinking("hm").text("well").tool_use("Bash", json!({"command": "true"}));
        m.usage(Usage::new(0, 100_000)).early_output_tokens(0)
    });
    transcript.write(&world.config_dir());
    assert_total(&world, 2.50);
}

#[test]
fn subagents_and_those_of_workflows_are_counted() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-4-6", Usage::new(100_000, 0));
    let reply = |agent: &mut Transcript| {
        agent.assistant(|m| m.text("found").usage(Usage::new(100_000, 0)));
    };
    reply(transcript.subagent("a1"));
    reply(transcript.workflow_subagent("wf_1", "a2"));
    transcript.write(&world.config_dir());
    // Three replies of 100 000 input tokens at $5.
    let report = assert_total(&world, 1.50);
    assert_eq!((&report["files"], &report["sessions"]), (&json!(3), &json!(1)));
}

#[test]
fn lines_without_a_request_id_are_still_one_reply() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .model("claude-opus-4-6")
        .prompt("go")
        .assistant(|m| m.without_request_id().thinking("hm").text("ok").usage(Usage::new(100_000, 0)));
    transcript.write(&world.config_dir());
    assert_total(&world, 0.50);
}

#[test]
fn sonnet_4_5_above_200k_charges_the_whole_request_and_says_that_nothing_confirmed_it() {
    let model = "claude-sonnet-4-5";
    // 300 000 at $6.
    let report = assert_cost(model, Usage::new(300_000, 0), 1.80);
    assert_usd(&report["total"]["unverified_cost_usd"], 1.80);
    // 10 000 at $6, 250 000 read at $0.60, 1 000 out at $22.50.
    assert_cost(model, Usage::new(10_000, 1_000).read(250_000), 0.2325);
    // Just 200 000 is not above: $3, and confirmed.
    let report = assert_cost(model, Usage::new(200_000, 0), 0.60);
    assert_usd(&report["total"]["unverified_cost_usd"], 0.0);
}

#[test]
fn processing_in_the_united_states_only_costs_a_tenth_more() {
    assert_cost("claude-opus-4-6", Usage::new(100_000, 0).geo("us"), 0.55);
    assert_cost("claude-opus-4-6", Usage::new(100_000, 0).geo("global"), 0.50);
}

#[test]
fn current_models_have_a_price() {
    for (model, dollars) in [("claude-opus-5-5", 0.40), ("claude-sonnet-5-5", 0.20)] {
        let report = assert_cost(model, Usage::new(100_000, 0), dollars);
        assert_eq!(report["unpriced_models"], json!([]), "{model}");
    }
}

#[test]
fn haiku_5_5_is_priced_by_the_length_of_the_prompt() {
    assert_cost("claude-haiku-5-5", Usage::new(100_000, 0), 0.01);
    // One token more: $0.50 a million for all of them. What is read from the cache counts, too.
    assert_cost("claude-haiku-5-5", Usage::new(100_001, 0), 0.050_000_5);
    assert_cost("claude-haiku-5-5", Usage::new(60_000, 10_000).read(60_000), 0.030 + 0.025 + 0.003);
}

#[test]
fn a_model_never_heard_of_is_said_to_have_no_price() {
    let world = world();
    reply(&world, A, "claude-opus-9", Usage::new(100_000, 0));
    let report = assert_total(&world, 0.0);
    assert_eq!(report["total"]["unpriced_messages"], 1);
    assert_eq!(report["total"]["input_tokens"], 100_000);
    assert_eq!(report["unpriced_models"], json!(["claude-opus-9"]));
    let shown = world.run(["spend"]).success().stdout;
    assert!(shown.contains("+ 1 unpriced response, not in the cost: claude-opus-9 (1)"), "{shown}");
}

// ---------------------------------------------------------------- 4.1, the list

#[test]
fn t1_the_key_is_the_message_id_with_or_without_a_request_id() {
    let world = world();
    let usage = json!({"input_tokens": 100_000, "output_tokens": 0});
    let bare = plain_row(A, "msg", "claude-opus-4-6", &usage);
    let mut with_request = bare.clone();
    with_request["requestId"] = json!("req_1");
    lines(&world, A, &[with_request.to_string(), bare.to_string(), with_request.to_string()]);
    let report = assert_total(&world, 0.50);
    assert_eq!(report["total"]["messages"], 1);
}

#[test]
fn t2_the_largest_usage_wins_wherever_it_stands() {
    let outputs = [[1, 9, 100_000], [100_000, 9, 1], [9, 100_000, 1]];
    for order in outputs {
        let world = world();
        let row = |output: &u64| {
            plain_row(A, "msg", "claude-opus-4-6", &json!({"input_tokens": 0, "output_tokens": output}))
        };
        lines(&world, A, &order.iter().map(|output| row(output).to_string()).collect::<Vec<_>>());
        assert_total(&world, 2.50);
    }
}

#[test]
fn t3_copies_in_fourteen_sessions_are_one_reply_on_every_surface() {
    let world = world();
    let usage = json!({"input_tokens": 100_000, "output_tokens": 0});
    let sessions: Vec<String> = (0..14).map(|n| format!("{n:08}-0000-4000-8000-000000000000")).collect();
    for sid in &sessions {
        lines(&world, sid, &[plain_row(sid, "msg", "claude-opus-4-6", &usage).to_string()]);
    }
    assert_total(&world, 0.50);
    // Each view goes through the same ledger: one session pays, the others nothing.
    let listing = json(&world, &["ls", "--all", "--json"]);
    let past = json(&world, &["history", "--json"]);
    for (rows, cost) in [(&listing, "/cost/usd"), (&past, "/cost_usd")] {
        let costs = rows.as_array().unwrap().iter().map(|row| row.pointer(cost).unwrap().as_f64().unwrap());
        let paid: Vec<f64> = costs.filter(|cost| *cost > 0.0).collect();
        assert_eq!(paid, [0.5], "{cost}");
    }
    let shown: f64 = sessions
        .iter()
        .map(|sid| json(&world, &["show", sid, "--json"])["cost"]["usd"].as_f64().unwrap())
        .sum();
    assert!((shown - 0.5).abs() < 1e-9, "{shown}");
}

#[test]
fn t4_subagents_of_subagents_each_by_its_own_model_roll_up_once() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-4-6", Usage::new(100_000, 0));
    for (folder, id, model) in [
        ("", "a1", "claude-haiku-4-5"),
        ("agent-a1/subagents", "a2", "claude-sonnet-4-6"),
        ("workflows/wf_9", "a3", "claude-opus-5-5"),
    ] {
        let agent = transcript.subagent_in(folder, id);
        agent.model(model).meta("agentType", id).assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    }
    transcript.write(&world.config_dir());
    // 0.1 million tokens at $5, $1, $3 and $4.
    assert_total(&world, 0.50 + 0.10 + 0.30 + 0.40);
    let by_agent = json(&world, &["spend", "--by", "agent", "--json"]);
    for (kind, dollars) in [("main", 0.50), ("a1", 0.10), ("a2", 0.30), ("a3", 0.40)] {
        assert_usd(&row(&by_agent, kind)["cost_usd"], dollars);
    }
    let by_session = json(&world, &["spend", "--by", "session", "--json"]);
    assert_eq!(keys(&by_session), [A], "subagents are no sessions");
    assert_usd(&row(&by_session, A)["cost_usd"], 1.30);
}

#[test]
fn t5_a_reply_that_was_never_finished_is_a_lower_bound() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-4-6", Usage::new(1_000, 1_000));
    transcript.assistant(|m| m.text("cut").usage(Usage::new(1_000, 500)).aborted());
    transcript.write(&world.config_dir());
    let report = json(&world, &["spend", "--json"]);
    assert_eq!(
        (&report["total"]["messages"], &report["total"]["unfinished_messages"]),
        (&json!(2), &json!(1))
    );
    // What was written: 1 000 + 1 output tokens.
    assert_eq!(report["total"]["output_tokens"], 1_001);
    let shown = world.run(["spend"]).success().stdout;
    assert!(shown.contains("1 response never said that"), "{shown}");
    assert!(shown.contains("lower bound"), "{shown}");
}

#[test]
fn t6_cache_writes_by_lifetime_the_flat_count_being_their_sum() {
    let model = "claude-opus-4-6"; // $6.25 for five minutes, $10 for an hour
    assert_cost(model, Usage::new(0, 0).write_split(100_000, 100_000), 0.625 + 1.0);
    // 150 000 in all, of which 100 000 are named: the rest is billed as five minutes.
    let mut residual = Usage::new(0, 0).write_split(40_000, 60_000);
    residual.cache_creation_input_tokens = 150_000;
    let report = assert_cost(model, residual, 0.25 + 0.60 + 0.3125);
    assert_eq!(report["total"]["cache_write_unsplit_tokens"], 50_000);
    assert_eq!(report["total"]["cache_write_5m_tokens"], 90_000);
    assert_eq!(report["total"]["cache_write_1h_tokens"], 60_000);
    // No split at all.
    assert_cost(model, Usage::new(0, 0).write(100_000), 0.625);
    // Reads.
    assert_cost(model, Usage::new(0, 0).read(1_000_000), 0.50);
}

#[test]
fn t7_fast_is_six_times_or_twice_by_model() {
    for (model, dollars) in [
        ("claude-opus-4-6", 3.0 + 15.0),
        ("claude-opus-4-7", 3.0 + 15.0),
        ("claude-opus-4-8", 1.0 + 5.0),
        ("claude-opus-5", 1.0 + 5.0),
        ("claude-opus-5-5", 0.8 + 4.0),
    ] {
        assert_cost(model, Usage::new(100_000, 100_000).fast(), dollars);
    }
    // No fast price is known for Haiku: its ordinary one, marked.
    let report = assert_cost("claude-haiku-4-5", Usage::new(100_000, 0).fast(), 0.10);
    assert_usd(&report["total"]["unverified_cost_usd"], 0.10);
}

#[test]
fn t8_long_prompts_by_the_table_and_names_of_one_model() {
    // 1M-native models bill the whole window at the ordinary price.
    for (model, price) in [("claude-opus-4-6", 5.0), ("claude-sonnet-5-5", 2.0), ("claude-sonnet-4-6", 3.0)] {
        assert_cost(model, Usage::new(900_000, 0), 0.9 * price);
    }
    // Reads are not always a tenth of the input price.
    for (model, dollars) in [
        ("claude-opus-5-5", 0.20),
        ("claude-sonnet-5-5", 0.10),
        ("claude-sonnet-5", 0.20),
        ("claude-fable-5-1", 0.25),
    ] {
        assert_cost(model, Usage::new(0, 0).read(1_000_000), dollars);
    }
    for name in [
        "claude-opus-4-5",
        "claude-opus-4-5-20251101",
        "claude-opus-4-5[1m]",
        "claude-opus-4-5@20251101",
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
        "arn:aws:bedrock:us-east-1:000000000000:inference-profile/global.anthropic.claude-opus-4-5-20251101-v1:0",
    ] {
        assert_cost(name, Usage::new(100_000, 0), 0.50);
    }
    // A snapshot that nobody listed costs what its model does, and is marked as not confirmed.
    let report = assert_cost("claude-opus-4-5-20260901", Usage::new(100_000, 0), 0.50);
    assert_usd(&report["total"]["unverified_cost_usd"], 0.50);
    // What is otherwise not exactly a known name has no price, however near it is.
    for name in ["claude-opus-4-5-20990101", "claude-opus-4-50", "opus-4-5", "claude-opus-4-5-turbo"] {
        let report = assert_cost(name, Usage::new(100_000, 0), 0.0);
        assert_eq!(report["unpriced_models"], json!([name]));
    }
}

#[test]
fn t9_searches_cost_by_the_call_and_prices_hold_from_a_day_on() {
    // 3 searches at one cent; the tenth for the United States is for tokens only.
    assert_cost("claude-opus-5-5", Usage::new(100_000, 0).web_searches(3), 0.40 + 0.03);
    assert_cost("claude-opus-5-5", Usage::new(100_000, 0).web_searches(3).geo("us"), 0.44 + 0.03);

    let world = world();
    user_config(&world, "[prices.\"claude-opus-5-5\"]\nfrom = 2026-11-24\ninput = 1.0\noutput = 20.0\n");
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go");
    for day in ["2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z"] {
        transcript.at(day).assistant(|m| m.text("ok").usage(Usage::new(100_000, 0)));
    }
    transcript.write(&world.config_dir());
    let report = assert_total(&world, 0.40 + 0.10);
    assert_usd(&row(&report, "2026-11-23")["cost_usd"], 0.40);
    assert_usd(&row(&report, "2026-11-24")["cost_usd"], 0.10);
}

#[test]
fn t10_a_new_model_is_visible_in_every_total_until_it_gets_a_price() {
    let world = world();
    reply(&world, A, "claude-opus-9", Usage::new(100_000, 10_000).read(1_000_000));
    reply(&world, B, "claude-opus-5-5", Usage::new(100_000, 0));
    for by in ["day", "week", "month", "project", "agent", "session", "model"] {
        let report = json(&world, &["spend", "--by", by, "--json"]);
        assert_usd(&report["total"]["cost_usd"], 0.40);
        assert_eq!(report["total"]["unpriced_messages"], 1, "{by}");
    }
    for args in [&["ls", "--all"][..], &["history"]] {
        let shown = world.run(args).success().stdout;
        assert!(shown.contains("$0.00+"), "{args:?}\n{shown}");
    }
    user_config(
        &world,
        "[prices.\"claude-opus-9\"]\ninput = 7.0\noutput = 70.0\ncache_read = 0.5\ncache_write_5m = 9.0\ncache_write_1h = 14.0\n",
    );
    // What was spent before the price was known is priced, too.
    let report = assert_total(&world, 0.40 + 0.70 + 0.70 + 0.50);
    assert_eq!(report["total"]["unpriced_messages"], 0);
}

#[test]
fn t11_what_claude_code_reports_stands_beside_what_was_worked_out() {
    let world = world();
    let mut transcript = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    // A title was generated: no row tells of it, only the client's own account does.
    transcript.cost_state(0.4125);
    transcript.write(&world.config_dir());
    assert_total(&world, 0.40);
    let found = json(&world, &["show", A, "--json"]);
    assert_usd(&found["cost"]["usd"], 0.40);
    assert_usd(&found["cost"]["reported_usd"], 0.4125);
    let shown = world.run(["show", A]).success().stdout;
    assert!(shown.contains("$0.4125 when it last said so ($0.0125 more: "), "{shown}");
    // `/clear` and a resume beside a running one start it from zero: it is never added up.
    transcript.cost_state(0.01).append_to(&world.config_dir());
    assert_total(&world, 0.40);
    let report = json(&world, &["spend", "--by", "session", "--json"]);
    assert_usd(&row(&report, A)["reported_cost_usd"], 0.01);
}

#[test]
fn t12_spend_outlives_the_transcripts() {
    let world = world();
    let path = reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    let kept = reply(&world, B, "claude-opus-5-5", Usage::new(50_000, 0));
    assert_total(&world, 0.60);
    std::fs::remove_file(path).unwrap();
    assert_total(&world, 0.60);
    std::fs::remove_dir_all(kept.parent().unwrap()).unwrap();
    assert_total(&world, 0.60);
    let shown = world.run(["doctor"]).success().stdout;
    assert!(shown.contains("Claude Code deletes transcripts after 30 days (its default)"), "{shown}");
}

#[test]
fn t15_a_session_belongs_to_the_days_of_its_replies() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go");
    // Berlin: clocks go back on 2026-10-25 at 01:00 UTC; midnight is 22:00 UTC before and 23:00 after.
    let replies = [
        ("2026-10-24T21:59:00Z", 1_000), // 24th, 23:59
        ("2026-10-24T22:01:00Z", 2_000), // 25th, 00:01
        ("2026-10-25T22:59:00Z", 4_000), // 25th, 23:59: a day of 25 hours
        ("2026-10-25T23:01:00Z", 8_000), // 26th, 00:01
    ];
    for (at, input) in replies {
        transcript.at(at).assistant(|m| m.text("ok").usage(Usage::new(input, 0)));
    }
    transcript.write(&world.config_dir());
    let days = |report: &Value| -> Vec<(String, u64)> {
        let rows = report["rows"].as_array().unwrap().iter();
        rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row["input_tokens"].as_u64().unwrap()))
            .collect()
    };
    let day = |day: &str, tokens| (day.to_owned(), tokens);
    assert_eq!(
        days(&json(&world, &["spend", "--timezone", "Europe/Berlin", "--json"])),
        [day("2026-10-24", 1_000), day("2026-10-25", 6_000), day("2026-10-26", 8_000)]
    );
    assert_eq!(
        days(&json(&world, &["spend", "--json"])),
        [day("2026-10-24", 3_000), day("2026-10-25", 12_000)]
    );
    // A resumed session appends rows of an earlier day; they are billed to that day.
    transcript.at("2026-10-23T12:00:00Z").assistant(|m| m.text("late").usage(Usage::new(16_000, 0)));
    transcript.append_to(&world.config_dir());
    assert_eq!(
        days(&json(&world, &["spend", "--json"])),
        [day("2026-10-23", 16_000), day("2026-10-24", 3_000), day("2026-10-25", 12_000)]
    );
    assert_eq!(session(&json(&world, &["ls", "--all", "--json"]), A)["tokens"]["input"], 31_000);
}

#[test]
fn forks_do_not_pay_again_and_their_own_account_is_not_added_up() {
    let world = world();
    let mut first = one_reply(&world, A, "claude-opus-5-5", Usage::new(100_000, 0));
    first.cost_state(0.40).write(&world.config_dir());
    let mut fork = first.fork(B);
    fork.prompt("on").assistant(|m| m.text("ok").usage(Usage::new(50_000, 0)));
    // Its account begins with that of the session it came from.
    fork.cost_state(0.60).write(&world.config_dir());
    let mut second = first.fork(C);
    second.write(&world.config_dir());
    assert_total(&world, 0.40 + 0.20);
    let report = json(&world, &["spend", "--by", "session", "--json"]);
    assert_eq!(keys(&report), [A, B], "the fork that asked for nothing pays nothing");
    assert_usd(&row(&report, A)["cost_usd"], 0.40);
    assert_usd(&row(&report, B)["cost_usd"], 0.20);
}
