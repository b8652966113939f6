//! Calls of tools that are not what their tools take.

use claudectl_gate::{lattice, tools};
use claudectl_shell::facts::{NoFacts, Place};
use serde_json::json;

#[test]
fn what_is_no_call_asks() {
    let place = Place { home: "/home/me", folder: Some("/w"), root: Some("/w"), facts: &NoFacts };
    for (tool, input, verdict) in [
        ("Grep", json!({"pattern": "x"}), "allow"),
        ("Grep", json!({"pattern": "x", "path": ["/etc"]}), "ask"),
        ("Grep", json!({"pattern": "x", "glob": 1}), "ask"),
        ("Grep", json!(null), "ask"),
        ("Glob", json!({"pattern": "**"}), "allow"),
        ("Glob", json!({"pattern": "**", "path": {}}), "ask"),
        ("LS", json!([]), "ask"),
        ("TodoWrite", json!({}), "allow"),
        ("TodoWrite", json!("x"), "ask"),
        ("Read", json!({"path": "README.md"}), "ask"),
        ("Bash", json!({"command": ["ls"]}), "ask"),
    ] {
        let found = lattice::of_report(&tools::report(tool, &input, place)).0;
        assert_eq!(found.verdict(), verdict, "{tool} {input}");
    }
}
