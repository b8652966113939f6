//! `claudectl brain eval`: how good what was learned is.

use std::fmt::Write as _;

use claudectl_brain::evaluate::person::{self, Kind};
use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::world;

/// Writes a stream of each kind of person into the working folder.
pub(crate) fn people(world: &World, calls: usize) {
    for kind in Kind::ALL {
        let mut text = String::new();
        for row in person::stream(kind, 5, calls) {
            let t = row.at as f64 / 1_000.0;
            let line = json!({
                "t": t, "session": "s", "project": "p", "cwd": row.root, "tool": row.tool, "input": row.input,
                "wanted": row.wanted, "answer": row.answer, "critical": row.critical,
            });
            writeln!(text, "{line}").unwrap();
        }
        world.write(format!("work/{}.ndjson", kind.word()), text);
    }
}

fn figures(world: &World, args: &[&str]) -> Value {
    world.cmd().args(["brain", "eval", "--json"]).args(args).run().success().json()
}

#[test]
fn a_stream_is_played_to_the_learner_and_to_simpler_ways() {
    let world = world();
    people(&world, 3_000);
    let report = figures(&world, &["--stream", "stationary.ndjson"]);
    let (ours, theirs) = (&report["learner"], &report["baselines"]);
    let number = |of: &Value, key: &str| of[key].as_f64().unwrap_or_else(|| panic!("{key}: {of}"));
    for name in ["majority", "frequency", "published", "published_hook", "published_repaired", "ask_always"] {
        for key in ["log_loss", "brier"] {
            assert!(number(ours, key) < number(&theirs[name], key), "{name}, {key}");
        }
        let keys = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(ours), keys(&theirs[name]));
    }
    assert!(number(ours, "labels_to_half") <= 250.0 && number(ours, "auto_answered") > 0.6, "{ours}");
    assert_eq!((&ours["false_allows"], &ours["critical_allowed"]), (&json!(0), &json!(0)));
    assert!(number(ours, "ece") < 0.03);
    assert_eq!(theirs["ask_always"]["asks_per_100"], 100.0);
    assert_eq!(theirs["ask_always"]["labels_to_half"], Value::Null);
    assert_eq!(report["streams"][0]["learner"], *ours, "of one stream, all is that one");
    // Nothing is proven of one who slips as often as may be wrong, and less risk takes more answers.
    let noisy = figures(&world, &["--stream", "noisy.ndjson"]);
    assert_eq!(noisy["learner"]["auto_answered"], 0.0);
    let careful = figures(&world, &["--stream", "stationary.ndjson", "--alpha", "0.01"]);
    assert!(number(&careful["learner"], "labels_to_half") > number(ours, "labels_to_half"));
    // Several are told apart, and together.
    let both = figures(&world, &["--stream", "stationary.ndjson", "noisy.ndjson"]);
    assert_eq!(both["learner"]["calls"], 6_000);
    assert_eq!((&both["streams"][0]["learner"], &both["streams"][1]["learner"]), (ours, &noisy["learner"]));
}

#[test]
fn people_are_made_up_where_no_stream_is_named() {
    let world = world();
    let args = ["brain", "eval", "--calls", "400", "--seeds", "2"];
    let out = world.run(args).success();
    for kind in Kind::ALL {
        assert!(out.stdout.contains(&format!("{}: 800 calls\n", kind.word())), "{}", out.stdout);
    }
    for word in ["learner", "gated", "published_repaired", "log-loss", "to half", "▁"] {
        assert!(out.stdout.contains(word), "{word}\n{}", out.stdout);
    }
    assert_eq!(world.run(args).success().stdout, out.stdout, "the same each time");
    let state = world.home().join(".claudectl");
    assert!(!state.join("state.db").exists(), "nothing is kept");
}

#[test]
fn the_report_is_written_as_a_page_and_a_picture() {
    let world = world();
    people(&world, 300);
    let write = ["brain", "eval", "--calls", "300", "--seeds", "1", "--markdown", "r.md", "--svg", "r.svg"];
    world.run(write).success();
    let read = |name: &str| std::fs::read_to_string(world.work_dir().join(name)).unwrap();
    let (page, picture) = (read("r.md"), read("r.svg"));
    assert!(page.contains("(r.svg)") && page.contains("| learner |"), "{page}");
    assert_eq!(page.matches("\n## ").count(), 4);
    assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"));
    assert_eq!(picture.matches("<polyline").count(), 4 * 8, "each way of each kind");
    // What is there stays, unless that is wanted.
    let out = world.run(write).fails_with(1);
    assert!(out.stderr.contains("--force"), "{}", out.stderr);
    world.cmd().args(write).arg("--force").run().success();
    assert_eq!(read("r.svg"), picture);
    // A file's name is no markup.
    let odd = "a`<b>|[x](y).ndjson";
    std::fs::copy(world.work_dir().join("drift.ndjson"), world.work_dir().join(odd)).unwrap();
    world.run(["brain", "eval", "--stream", odd, "--markdown", "o.md", "--svg", "o.svg"]).success();
    assert!(!read("o.md").contains("<b>") && !read("o.svg").contains("<b>"));
    // The page in `docs` is made by the same words; figures may differ in their last digit where logarithms do.
    let kept = std::fs::read_to_string(crate::docs::docs().join("brain-eval.md")).unwrap();
    let shape = |page: &str| {
        let mark = |line: &str| line.starts_with(['#', '-', '!']) || line.starts_with("| |");
        page.lines()
            .filter(|line| mark(line))
            .map(|line| line.replace("brain-eval.svg", "r.svg"))
            .collect::<Vec<_>>()
    };
    assert_eq!(shape(&kept), shape(&page));
    assert!(kept.contains("claudectl brain eval --seeds 3 --calls 10000 --markdown docs/brain-eval.md"));
}

#[test]
fn a_suite_is_judged_by_the_gate_and_by_what_was_learned() {
    let world = world();
    let case = |command: &str, expect: &str| {
        json!({"tool": "Bash", "input": {"command": command}, "cwd": "/src/p", "expect": expect}).to_string()
    };
    let suite =
        [case("ls", "allow"), case("git commit -m wip", "allow"), case("rm -rf ~", "deny")].join("\n");
    world.write("work/suite.ndjson", suite);
    let out = world.run(["brain", "eval", "--file", "suite.ndjson"]).fails_with(1);
    assert!(out.stdout.contains("suite.ndjson: 2 of 3 as expected, cost 1"), "{}", out.stdout);
    let answer =
        json!({"tool": "Bash", "input": {"command": "git commit -m wip"}, "cwd": "/src/p", "answer": true});
    world.write("work/answers.ndjson", format!("{answer}\n").repeat(300));
    let taught = figures(&world, &["--file", "suite.ndjson", "--stream", "answers.ndjson"]);
    assert_eq!((&taught["suite"]["passed"], &taught["suite"]["failed"]), (&json!(3), &json!([])));
    let alone = world.run(["brain", "eval", "--file", "suite.ndjson", "--json"]).fails_with(1).json();
    assert_eq!((&alone["learner"], &alone["streams"]), (&Value::Null, &json!([])));
}

#[test]
fn what_is_no_stream_is_told_with_its_line() {
    let world = world();
    people(&world, 20);
    let good = std::fs::read_to_string(world.work_dir().join("stationary.ndjson")).unwrap();
    world.write("work/torn.ndjson", &good[..good.len() - 30]);
    let out = world.run(["brain", "eval", "--stream", "torn.ndjson"]).fails_with(2);
    assert!(out.stderr.contains("torn.ndjson, line 20: ") && out.stdout.is_empty(), "{}", out.stderr);
    world.write("work/empty.ndjson", "\n\n");
    assert!(
        world.run(["brain", "eval", "--stream", "empty.ndjson"]).fails_with(1).stderr.contains("no calls")
    );
    let out = world.run(["brain", "eval", "--stream", "missing.ndjson"]).fails_with(3);
    assert!(out.stderr.contains("cannot read missing.ndjson"), "{}", out.stderr);
    world.write("work/suite.ndjson", "{\"tool\":\"Bash\"}\n");
    let out = world.run(["brain", "eval", "--file", "suite.ndjson"]).fails_with(2);
    assert!(out.stderr.contains("suite.ndjson, line 1: missing field"), "{}", out.stderr);
    // What stands in a line is not repeated, where it is a secret.
    let secret = &crate::redaction::secrets()[0];
    world.write(
        "work/suite.ndjson",
        json!({"tool": "", "input": {}, "cwd": "/", "expect": secret}).to_string(),
    );
    let out = world.run(["brain", "eval", "--file", "suite.ndjson"]).fails_with(2);
    assert!(out.stderr.contains("[redacted:github-token]") && !out.stderr.contains(secret), "{}", out.stderr);
    for alpha in ["0", "1", "nan", "-0.1"] {
        world.run(["brain", "eval", &format!("--alpha={alpha}")]).fails_with(2);
    }
}
