//! Says what is answered to commands that come on standard input, as JSON documents with a `command` or as plain lines.
//!
//! `cargo run -p claudectl-gate --example judge -- [--wrong] < FILE`: with `--wrong`, of documents with an `expect` only
//! those that are answered otherwise, and sums.

use std::io::{BufRead, Write};

use claudectl_gate::lattice;
use claudectl_shell::analyse;
use claudectl_shell::facts::{NoFacts, Place};
use serde_json::Value;

fn main() -> std::io::Result<()> {
    let wrong = std::env::args().any(|arg| arg == "--wrong");
    let place = Place {
        home: "/home/me",
        folder: Some("/home/me/work"),
        root: Some("/home/me/work"),
        facts: &NoFacts,
    };
    let mut out = std::io::stdout().lock();
    let mut sums = std::collections::BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let document: Option<Value> = serde_json::from_str(&line).ok();
        let text = |key: &str| document.as_ref().and_then(|document| document[key].as_str());
        if document.as_ref().is_some_and(|document| document["disputed"] == true) {
            continue;
        }
        let command = text("command").unwrap_or(&line);
        let report = analyse(command, place);
        let (level, why) = lattice::of_report(&report);
        let verdict = level.verdict();
        let expected = text("expect").unwrap_or_default();
        *sums.entry((expected.to_owned(), verdict)).or_insert(0) += 1;
        if !wrong || expected != verdict {
            writeln!(out, "{verdict:5} {expected:5} {command:?}: {why}")?;
        }
    }
    for ((expected, verdict), number) in sums {
        writeln!(out, "# {expected} answered {verdict}: {number}")?;
    }
    Ok(())
}
