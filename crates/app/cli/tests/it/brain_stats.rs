//! `claudectl brain stats`, `outcomes` and `approaches`: each metric of a log that is made here, as text, as JSON, and where
//! there is nothing.

use std::collections::BTreeSet;

use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::brain::{answered, learn};
use crate::docs::{docs, documented, paths};
use crate::hook::call;
use crate::{B, json, user_config, world};

/// Every metric, in the order in which they are told.
const NAMES: [&str; 16] = [
    "impact",
    "learning-curve",
    "accuracy",
    "calibration",
    "baseline",
    "false-allow",
    "false-deny",
    "coverage",
    "novelty",
    "drift",
    "tiers",
    "latency",
    "time-to-correct",
    "incidents",
    "evolution",
    "distribution",
];

fn stats(world: &World, name: &str) -> Value {
    json(world, &["brain", "stats", name, "--json"])
}

fn figure<'a>(metric: &'a Value, name: &str) -> &'a Value {
    let figures = metric["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["name"] == name).unwrap_or_else(|| panic!("no {name} in {metric:#}"))
}

fn counted(metric: &Value, name: &str) -> (u64, u64) {
    let figure = figure(metric, name);
    (figure["count"].as_u64().unwrap(), figure["of"].as_u64().unwrap())
}

fn row<'a>(metric: &'a Value, by: &str, label: &str) -> &'a Value {
    let parts = metric["parts"].as_array().unwrap();
    let part = parts.iter().find(|part| part["by"] == by).unwrap_or_else(|| panic!("{metric:#}"));
    let rows = part["rows"].as_array().unwrap();
    rows.iter().find(|row| row["label"] == label).unwrap_or_else(|| panic!("no {label} in {part:#}"))
}

/// Calls of a person whose log proves what they want, in the mode in which the gate goes by it.
fn lived(world: &World) {
    answered(world, 150);
    learn(world);
    user_config(world, "[gate]\nmode = \"auto\"\n");
    world.run(["tick"]).success();
    let bash = |command: &str, id: &str| json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id});
    for at in 0..6 {
        let silent = bash("make lint", &format!("toolu_{at}"));
        call(world, B, "PreToolUse", silent.clone());
        call(world, B, "PostToolUse", silent);
    }
    call(world, B, "PreToolUse", bash("make deploy", "toolu_d"));
    let asked = bash("make release", "toolu_r");
    call(world, B, "PreToolUse", asked.clone());
    call(
        world,
        B,
        "PermissionRequest",
        json!({"tool_name": "Bash", "tool_input": {"command": "make release"}}),
    );
    call(world, B, "PostToolUse", asked);
    for (at, command) in ["ls", "wc -l Makefile"].into_iter().enumerate() {
        let harmless = bash(command, &format!("toolu_h{at}"));
        call(world, B, "PreToolUse", harmless.clone());
        call(world, B, "PostToolUseFailure", harmless);
    }
}

#[test]
fn every_metric_is_told_of_a_log() {
    let world = world();
    lived(&world);
    let accuracy = stats(&world, "accuracy");
    assert_eq!(accuracy["answers"], 300);
    // Of the first answer to each of the two calls, the one that was not wanted cannot be foretold.
    assert_eq!(counted(&accuracy, "right"), (299, 300));
    assert_eq!(counted(&accuracy, "majority"), (150, 300));
    let low = figure(&accuracy, "right")["low"].as_f64().unwrap();
    assert!((0.98..0.997).contains(&low), "{low}");
    let curve = stats(&world, "learning-curve");
    assert_eq!(curve["curves"][0]["points"].as_array().unwrap().len(), 20);
    assert_eq!(counted(&curve, "asked-first"), (60, 60));
    assert_eq!(counted(&curve, "asked-last"), (0, 60));
    assert_eq!(counted(&stats(&world, "false-allow"), "wrong").0, 0);
    let coverage = stats(&world, "coverage");
    let (silent, learnable) = counted(&coverage, "answered");
    assert_eq!(learnable, 8, "{coverage:#}");
    assert!((5..=7).contains(&silent), "one in fifty asks: {coverage:#}");
    assert_eq!(row(&coverage, "why", "unsure")["figures"][0]["count"], 1);
    let impact = stats(&world, "impact");
    assert_eq!(counted(&impact, "spared"), (silent, 8));
    assert_eq!(
        figure(&impact, "time-spared")["value"],
        Value::Null,
        "nobody knows how long you would have waited"
    );
    let baseline = stats(&world, "baseline");
    for way in ["learner", "majority", "frequency", "published", "ask_always"] {
        assert!(row(&baseline, "way", way)["figures"][0]["value"].is_f64(), "{way}");
    }
    let often = row(&baseline, "call", "make lint");
    assert_eq!([&often["figures"][1]["value"], &often["figures"][2]["value"]], [150.0, 0.0]);
    let tiers = stats(&world, "tiers");
    assert_eq!(row(&tiers, "tier", "harmless")["figures"][5]["count"], 2, "{tiers:#}");
    assert_eq!(figure(&stats(&world, "novelty"), "kinds")["value"], 1.0, "`make`, whatever its goal");
    assert_eq!(figure(&stats(&world, "drift"), "changes")["value"], 0.0);
    let latency = stats(&world, "latency");
    assert_eq!(figure(&latency, "until-over")["of"], 1);
    assert_eq!(figure(&latency, "thought")["of"], 200);
    let weeks = stats(&world, "evolution");
    assert_eq!(row(&weeks, "week", "2026-11-23T00:00:00.000Z")["figures"][0]["value"], 300.0);
    let distribution = stats(&world, "distribution");
    assert_eq!(row(&distribution, "answer", "prompt wanted")["figures"][0]["count"], 150);

    // A correction shows where something went wrong.
    assert_eq!(figure(&stats(&world, "incidents"), "wrong-allows")["value"], 0.0);
    let silent = json(&world, &["brain", "review", "--json"])[0]["tool_use_id"].as_str().unwrap().to_owned();
    world.run(["brain", "review", "--correct", &silent, "--unwanted"]).success();
    let incidents = stats(&world, "incidents");
    assert_eq!(figure(&incidents, "wrong-allows")["value"], 1.0);
    assert_eq!(
        [&incidents["cases"][0]["tool_use_id"], &incidents["cases"][0]["what"]],
        [&json!(silent), &json!("wrong-allow")]
    );
    assert_eq!(counted(&stats(&world, "time-to-correct"), "quick"), (1, 1));
    assert_eq!(counted(&stats(&world, "false-allow"), "corrected").0, 1);
    let overview = json(&world, &["brain", "stats", "--json"]);
    let names: Vec<&str> =
        overview["metrics"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES);
}

#[test]
fn what_was_not_asked_for_is_not_counted() {
    let world = world();
    answered(&world, 30);
    learn(&world);
    let of = |args: &[&str]| {
        let args = [&["brain", "stats", "accuracy", "--json"], args].concat();
        json(&world, &args)["answers"].as_u64().unwrap()
    };
    assert_eq!(of(&["--since", "1h"]), 0);
    let none = world.run(["brain", "stats", "accuracy", "--since", "1h"]).success().stdout;
    assert!(none.contains("there are none like that") && none.contains("of none"), "{none}");
    assert_eq!(of(&["--since", "2026-11-23"]), 60);
    assert_eq!(of(&["--project", "nowhere"]), 0);
    assert_eq!(of(&["--project", "WORK"]), 60);
    let rows = |top: &str| {
        let baseline = json(&world, &["brain", "stats", "baseline", "--top", top, "--json"]);
        baseline["parts"][1]["rows"].as_array().unwrap().len()
    };
    assert_eq!([rows("1"), rows("5")], [1, 2]);
    assert_eq!(world.run(["brain", "stats", "nonsense"]).code, 2);
    assert_eq!(world.run(["brain", "stats", "accuracy", "--since", "nonsense"]).code, 2);
    // The published tool's names.
    assert_eq!(json(&world, &["brain", "stats", "false-approve", "--json"])["name"], "false-allow");
}

#[test]
fn each_says_in_words_what_it_knows_and_what_not() {
    let world = world();
    for name in NAMES {
        let text = world.run(["brain", "stats", name]).success().stdout;
        assert!(text.contains("Nothing was learned yet") && text.contains("brain learn --history"), "{text}");
        let empty = stats(&world, name);
        assert_eq!([&empty["answers"], &empty["calls"]], [0, 0], "{name}");
        for figure in empty["figures"].as_array().unwrap() {
            let is_none = figure["value"].is_null() || figure["value"] == 0.0 && figure["of"].is_null();
            assert!(is_none, "{name} makes up {figure}");
        }
    }
    assert!(world.run(["brain", "stats"]).success().stdout.contains("Nothing was learned yet"));
    for command in ["outcomes", "approaches"] {
        assert!(world.run(["brain", command]).success().stdout.contains("No call is known"));
        assert_eq!(json(&world, &["brain", command, "--json"])["calls"], 0);
    }
    lived(&world);
    let told = |args: &[&str]| world.run([&["brain"], args].concat()).success().stdout;
    for name in NAMES {
        let text = told(&["stats", name]);
        assert!(text.starts_with(&format!("{name}: ")) && text.contains("FIGURE"), "{text}");
        assert!(text.is_ascii() || text.contains('█') || text.contains('─') || text.contains('▁'), "{text}");
        let ascii = world.cmd().args(["brain", "stats", name]).env("LC_ALL", "C").run().success().stdout;
        assert!(ascii.is_ascii(), "{name}: {ascii}");
    }
    let accuracy = told(&["stats", "accuracy"]);
    assert!(accuracy.contains("299 of 300: 98."), "{accuracy}");
    assert!(accuracy.contains("right-then") && accuracy.contains("of none"), "{accuracy}");
    let calibration = told(&["stats", "calibration"]);
    assert!(calibration.contains("SAID") && calibration.contains(": holds"), "{calibration}");
    let overview = told(&["stats"]);
    for name in NAMES {
        assert!(overview.lines().any(|line| line.starts_with(name)), "{overview}");
    }
    let outcomes = told(&["outcomes"]);
    assert!(outcomes.contains("make lint") && outcomes.contains("learned"), "{outcomes}");
    // Colours say nothing that words do not.
    let colour =
        world.cmd().args(["brain", "stats", "calibration", "--color", "always"]).run().success().stdout;
    assert!(colour.contains('\x1b') && colour.contains("holds"));
}

#[test]
fn what_became_of_calls_is_told_by_who_let_them() {
    let world = world();
    lived(&world);
    let outcomes = json(&world, &["brain", "outcomes", "--json"]);
    assert_eq!(row(&outcomes, "let", "harmless")["figures"][1]["count"], 2, "{outcomes:#}");
    let learned = row(&outcomes, "let", "learned")["figures"][0]["value"].as_f64().unwrap();
    assert!((4.0..=6.0).contains(&learned), "{outcomes:#}");
    assert_eq!(row(&outcomes, "kind", "make lint")["figures"][0]["value"], 6.0);
    assert_eq!(row(&outcomes, "kind", "make release")["figures"][0]["value"], 1.0);
    let checks = json(&world, &["brain", "approaches", "--json"]);
    let lint = row(&checks, "check", "make lint (work)");
    assert_eq!([&lint["figures"][0]["count"], &lint["figures"][0]["of"]], [6, 6], "{checks:#}");
    assert!(world.run(["brain", "approaches"]).success().stdout.contains("make lint (work)"));
}

#[test]
fn a_thought_that_cannot_be_read_is_unknown() {
    let world = world();
    lived(&world);
    stats(&world, "impact");
    let db = rusqlite::Connection::open(world.state_dir().join("state.db")).unwrap();
    let silent = counted(&stats(&world, "coverage"), "answered").0;
    let torn = db.execute(
        "UPDATE gate_decision SET thought = '{\"p\":0.9,' WHERE layer = 'effects' AND learnable",
        [],
    );
    let torn = torn.unwrap() as u64;
    db.execute("UPDATE brain_answer SET thought = '{\"of\":\"another version\"}'", []).unwrap();
    let of = db.execute("UPDATE brain_answer SET features = x'07' WHERE row % 2 = 0", []).unwrap();
    drop(db);
    assert_eq!((silent + torn, of), (8, 150));
    for name in NAMES {
        let metric = stats(&world, name);
        assert_eq!([&metric["answers"], &metric["unreadable"]], [150, 150], "{name}");
        assert!(world.run(["brain", "stats", name]).success().stdout.contains("150 answers cannot be read"));
    }
    assert_eq!(counted(&stats(&world, "accuracy"), "right-then"), (0, 0));
    let coverage = stats(&world, "coverage");
    let unknown = row(&coverage, "why", "unreadable")["figures"][0]["count"].as_u64().unwrap();
    assert_eq!((counted(&coverage, "answered").0, unknown), (silent, torn), "{coverage:#}");
}

#[test]
fn json_md_names_what_is_printed() {
    let world = world();
    lived(&world);
    let page = std::fs::read_to_string(docs().join("json.md")).unwrap();
    let silent = json(&world, &["brain", "review", "--json"])[0]["tool_use_id"].as_str().unwrap().to_owned();
    world.run(["brain", "review", "--correct", &silent, "--unwanted"]).success();
    let mut printed = BTreeSet::new();
    for name in NAMES {
        paths(&stats(&world, name), "", &[], &mut printed);
    }
    assert_eq!(printed, documented(&page, "claudectl brain stats NAME --json"));
    crate::docs::compare(&world, "claudectl brain stats --json", &["brain", "stats", "--json"], &[], &[]);
    let without = ["curves", "cases"];
    for command in ["outcomes", "approaches"] {
        let heading = format!("claudectl brain {command} --json");
        crate::docs::compare(&world, &heading, &["brain", command, "--json"], &[], &without);
    }
}

/// Every metric, and each of its figures and tables, has its words in the page.
#[test]
fn the_page_of_metrics_has_a_section_for_each() {
    let world = world();
    lived(&world);
    let page = std::fs::read_to_string(docs().join("brain-metrics.md")).unwrap();
    let section = |heading: &str| {
        let heading = format!("\n## {heading}\n");
        let (_, rest) =
            page.split_once(&heading).unwrap_or_else(|| panic!("brain-metrics.md has no {heading}"));
        rest.split("\n## ").next().unwrap().to_owned()
    };
    let shared = section("What all of them have");
    let names_of = |metric: &Value| -> BTreeSet<String> {
        let figures = metric["figures"].as_array().unwrap().iter();
        let parts = metric["parts"].as_array().unwrap().iter();
        let rows = parts.clone().flat_map(|part| part["rows"].as_array().unwrap());
        let in_rows = rows.flat_map(|row| row["figures"].as_array().unwrap());
        let names = figures.chain(in_rows).map(|figure| &figure["name"]);
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let mut missing = Vec::new();
    let mut look = |heading: &str, metric: &Value| {
        let section = section(heading);
        let unnamed = names_of(metric).into_iter().filter(|name| {
            let name = format!("`{name}`");
            !section.contains(&name) && !shared.contains(&name)
        });
        missing.extend(unnamed.map(|name| format!("{heading}: {name}")));
    };
    for name in NAMES {
        look(name, &stats(&world, name));
    }
    for command in ["outcomes", "approaches"] {
        look(command, &json(&world, &["brain", command, "--json"]));
    }
    assert!(missing.is_empty(), "brain-metrics.md does not say what these are: {missing:?}");
}
