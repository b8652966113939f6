//! Any call of any tool: the name of a tool on the first line, what it is given as JSON on the others. Nothing panics,
//! and a call that lacks what its tool needs, or gives it as something else, is never allowed.

#![no_main]

use claudectl_gate::{lattice, tools};
use claudectl_shell::facts::{NoFacts, Place};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// What a tool cannot do without, as a text.
const NEEDS: &[(&str, &str)] = &[
    ("Bash", "command"),
    ("Write", "file_path"),
    ("Edit", "file_path"),
    ("MultiEdit", "file_path"),
    ("NotebookEdit", "notebook_path"),
    ("WebFetch", "url"),
];
/// What may be left out, and is a text.
const MAY: &[(&str, &str)] =
    &[("Grep", "path"), ("Grep", "glob"), ("Glob", "path"), ("Glob", "pattern"), ("LS", "path")];

fuzz_target!(|text: &str| {
    let (tool, rest) = text.split_once('\n').unwrap_or(("Bash", text));
    let whole = serde_json::from_str(rest);
    let input: Value = whole.unwrap_or_else(|_| Value::String(rest.to_owned()));
    // Whichever tool it is: the same input is given to all that are known.
    let known = NEEDS.iter().chain(MAY).map(|(tool, _)| *tool);
    let others = [
        "Read",
        "NotebookRead",
        "PowerShell",
        "WebSearch",
        "KillShell",
        "TodoWrite",
        "mcp__a__delete",
        "Unheard",
    ];
    for tool in known.chain(others).chain([tool]) {
        let root = Some("/home/me/work");
        let place = Place { home: "/home/me", folder: root, root, facts: &NoFacts };
        let report = tools::report(tool, &input, place);
        let allowed = lattice::of_report(&report).0.verdict() == "allow";
        let lacks = NEEDS.iter().any(|(name, key)| *name == tool && !input[key].is_string());
        let reads = ["Read", "NotebookRead"].contains(&tool);
        let lacks =
            lacks || reads && !["file_path", "notebook_path"].iter().any(|key| input[key].is_string());
        let other =
            MAY.iter().any(|(name, key)| *name == tool && !input[key].is_string() && !input[key].is_null());
        let unknown = ["mcp__a__delete", "Unheard"].contains(&tool);
        assert!(!allowed || !(lacks || other || unknown || !input.is_object()), "{tool} {input}: {report:?}");
    }
});
