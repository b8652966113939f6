//! How long a decision takes, over the commands of the case files: text to verdict, with rules to compare.
//!
//! `cargo bench -p claudectl-gate`. What counts for a person is the slowest call in a hundred, which a mean does not show;
//! of each command the quickest of several rounds is taken, so that what else the machine does is left out.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use claudectl_gate::file;
use claudectl_gate::judge::{Policy, judge};
use claudectl_gate::rules::{Circumstances, Maker};
use claudectl_gate::tools;
use serde_json::{Value, json};

#[path = "../tests/corpus/mod.rs"]
#[allow(dead_code, reason = "verdicts are for the tests")]
mod corpus;

const ROUNDS: usize = 20;

/// As many rules as somebody may have.
fn policy() -> Policy {
    let mut text = String::new();
    for number in 0..50 {
        text.push_str(&format!(
            "[[rules]]\nname = \"r{number}\"\ncommand = [\"program{number} sub\", \"other{number}\"]\naction = \"ask\"\n"
        ));
    }
    text.push_str("[[rules]]\nname = \"paths\"\npath = [\"secret/**\", \"*.pem\"]\naction = \"deny\"\n");
    let rules = file::read(&text, Maker::Person, &|_| None).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    Policy { rules: rules.into_iter().map(|rule| (Maker::Person, rule)).collect(), ..Policy::default() }
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn took(input: &Value, policy: &Policy, call: &Circumstances) -> Duration {
    let from = Instant::now();
    black_box(judge(&tools::report("Bash", black_box(input), corpus::place()), policy, call));
    from.elapsed()
}

fn main() -> std::io::Result<()> {
    let calls: Vec<(String, Value)> =
        corpus::bash_cases()?.into_iter().map(|case| (case.at, json!({ "command": case.command }))).collect();
    let policy = policy();
    let call = Circumstances {
        tool: "Bash".to_owned(),
        root: "/home/me/work".to_owned(),
        ..Circumstances::default()
    };
    let mut best = vec![Duration::MAX; calls.len()];
    for _ in 0..ROUNDS {
        for ((_, input), best) in calls.iter().zip(&mut best) {
            *best = took(input, &policy, &call).min(*best);
        }
    }
    let whole: Duration = best.iter().sum();
    let mut by_time: Vec<(Duration, &str)> =
        best.into_iter().zip(calls.iter().map(|(at, _)| at.as_str())).collect();
    by_time.sort_unstable();
    let micros = |time: Duration| time.as_nanos() as f64 / 1_000.0;
    let at = |percent: usize| by_time[(by_time.len() * percent / 100).min(by_time.len() - 1)];
    let mut out = std::io::stdout().lock();
    let (p50, p99, (max, slowest)) = (at(50).0, at(99).0, at(100));
    let a_second = by_time.len() as f64 / whole.as_secs_f64();
    writeln!(out, "{} commands, {a_second:.0} decisions a second", by_time.len())?;
    writeln!(
        out,
        "microseconds: p50 {:.1}, p99 {:.1}, max {:.1} ({slowest})",
        micros(p50),
        micros(p99),
        micros(max)
    )
}
