use super::*;
use crate::content::Kind;
use proptest::prelude::*;
use serde_json::json;

fn sample(id: &str, command: &str) -> Value {
    json!({
        "id": id, "scope": {"type": "universal"}, "category": "best_practice",
        "content": {"type": "pattern", "tool": "Bash", "command_pattern": command, "preferred_action": "deny",
                    "accept_rate": 0.1, "sample_count": 20, "conditions": ["errors"]},
        "evidence_count": 20, "confidence": 0.1, "source_peer": "host-1", "originated_at": 1, "last_validated_at": 2,
        "propagation_count": 0, "version": 1, "injection_state": "live",
        "injection_stats": {"injected_count": 9, "accepted_count": 9, "overridden_count": 0, "last_injected_at": 1, "last_outcome_at": 1},
        "sharing_consent": {"allow_peers": ["p"], "min_trust_tier": "any"}, "origin_agents": ["codex"],
    })
}

fn with(path: &str, value: Value) -> Value {
    let mut unit = sample("a", "rm");
    *unit.pointer_mut(path).unwrap() = value;
    unit
}

fn take(unit: Value) -> Result<Foreign, Refused> {
    serde_json::from_value::<Unit>(unit).unwrap().take_over(1_000)
}

#[test]
fn one_bad_line_does_not_spoil_the_rest() {
    let good = |id: &str| sample(id, id).to_string();
    let torn = &good("torn")[..200];
    let mut bytes = Vec::new();
    for line in [&good("a"), "", "  \t", torn, "nonsense", "{}", &good("b"), "[1]"] {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(b"{\"id\": \"\xff\xfe\"}\r\n");
    bytes.extend_from_slice(good("c").as_bytes());
    let (units, mistakes) = units(ARCHIVE, &bytes);
    assert_eq!(units.iter().map(|unit| unit.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let told: Vec<_> =
        mistakes.told.iter().map(|bad| (bad.file, bad.place.as_str(), bad.why.as_str())).collect();
    assert_eq!(
        told,
        [
            (ARCHIVE, "line 4", "it is torn"),
            (ARCHIVE, "line 5", "it is no JSON"),
            (ARCHIVE, "line 6", "missing field `id`"),
            (ARCHIVE, "line 8", "invalid type: integer `1`, expected a string"),
            (ARCHIVE, "line 9", "it is no text in UTF-8"),
        ]
    );
    assert_eq!(mistakes.count, 5);
}

/// As that tool takes them: each was tried there.
#[test]
fn what_may_be_left_out_of_a_unit() {
    let outcome = json!({"type": "approach_outcome", "approach_ref": "a", "success_rate": 0.5, "sample_count": 1,
                         "median_cost_usd": 0.1, "median_duration_ms": 1, "conditions": []});
    let variant = json!({"approach_summary": "a", "conditions": [], "evidence": 1, "contributing_peers": ["p"], "outcome_ref": "r"});
    let cluster = json!({"type": "approach_cluster", "problem_key": "k", "variants": [variant]});
    let skill = json!({"type": "skill", "name": "a", "description": "b", "version": "1", "body": "c", "requires": {"cli": []}});
    let may_go = [
        "/category",
        "/injection_state",
        "/injection_stats",
        "/injection_stats/injected_count",
        "/sharing_consent",
        "/sharing_consent/allow_peers",
        "/sharing_consent/min_trust_tier",
        "/origin_agents",
        "/content/command_pattern",
        "/content/median_cost_usd",
        "/content/median_duration_ms",
        "/content/requires",
        "/content/requires/cli",
        "/content/variants/0/conditions",
        "/content/variants/0/contributing_peers",
        "/content/variants/0/outcome_ref",
    ];
    fn paths(value: &Value, under: &str, found: &mut Vec<String>) {
        let below: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
            Value::Array(items) => {
                items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
            }
            _ => Vec::new(),
        };
        for (name, value) in below {
            found.push(format!("{under}/{name}"));
            paths(value, &format!("{under}/{name}"), found);
        }
    }
    let mut tried = 0;
    for unit in
        [sample("a", "rm"), with("/content", outcome), with("/content", cluster), with("/content", skill)]
    {
        let mut all = Vec::new();
        paths(&unit, "", &mut all);
        for path in all {
            let (above, name) = path.rsplit_once('/').unwrap();
            let mut less = unit.clone();
            let Value::Object(fields) = less.pointer_mut(above).unwrap() else { continue };
            fields.remove(name);
            let kind = unit["content"]["type"].as_str().unwrap();
            // A pattern says when it holds, also where that is always.
            let may = may_go.contains(&path.as_str())
                || path.starts_with("/injection_stats/")
                || (path == "/content/conditions" && kind == "approach_outcome");
            assert_eq!(serde_json::from_value::<Unit>(less).is_ok(), may, "{kind} without {path}");
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}

#[test]
fn mistakes_are_counted_and_the_first_are_told() {
    let (units, mistakes) = units(KNOWLEDGE, "x\n".repeat(100_000).as_bytes());
    assert_eq!((units.len(), mistakes.count, mistakes.told.len()), (0, 100_000, 20));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(super::units(KNOWLEDGE, deep.as_bytes()).1.count, 1, "as deep as it likes");
}

#[test]
fn later_lines_win_by_their_id_alone() {
    let of = |lines: &[Value]| {
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        Knowledge::read(text.join("\n").as_bytes()).0
    };
    let same_key = of(&[sample("a", "rm"), sample("b", "rm")]);
    assert_eq!(same_key.total(), 2, "units with one key stand beside each other");
    let same_id = of(&[sample("a", "rm"), sample("a", "ls")]);
    assert!(same_id.total() == 1 && same_id.holds("a") && !same_id.holds("b"));
    let only = same_id.into_units().next().unwrap();
    assert!(
        matches!(only.content, Content::Pattern { command_pattern: Some(command), .. } if command == "ls")
    );
    assert_eq!(Knowledge::read(b"").0.total(), 0);
}

#[test]
fn nothing_that_a_unit_says_of_itself_makes_it_trusted() {
    let foreign = take(sample("a", "rm")).unwrap();
    assert_eq!(foreign.body.kind(), Kind::Pattern);
    assert_eq!(
        foreign.body.summary(),
        "[Bash, rm] deny (90%)",
        "denied against its own proposal, nine times in ten"
    );
    assert_eq!((foreign.said_by.as_str(), foreign.evidence), ("host-1", 20));
    let loud = take(with("/confidence", json!(1e9))).unwrap();
    assert_eq!(loud.confidence, 1.0);
    assert_eq!(take(with("/confidence", json!(-5))).unwrap().confidence, 0.0);
    assert_eq!(take(with("/evidence_count", json!(u32::MAX))).unwrap().evidence, MOST_COUNT);
    assert_eq!(
        take(with("/last_validated_at", json!(u64::MAX))).unwrap().last_validated_at,
        1_000,
        "not from the future"
    );
    let many = take(with("/content/sample_count", json!(u32::MAX))).unwrap();
    assert_eq!(many.body.evidence().unwrap().of, MOST_COUNT);
    assert_eq!(take(with("/category", json!("personal"))).unwrap().category, Category::Personal);
    let hidden = take(with("/content/conditions", json!(["9:00-17:00"]))).unwrap();
    assert_eq!(hidden.category, Category::Personal, "whatever it says it is");
    for (path, value) in [
        ("/id", json!("a\u{0}")),
        ("/id", json!("")),
        ("/id", json!("x".repeat(300))),
        ("/source_peer", json!("a\nb")),
        ("/scope", json!({"type": "project", "value": "a\u{1b}[2J"})),
        ("/content/tool", json!("")),
        ("/content/preferred_action", json!("terminate")),
    ] {
        assert!(take(with(path, value.clone())).is_err(), "{path} {value:.40}");
    }
}

#[test]
fn every_kind_is_taken_over() {
    let of = |content: Value| take(with("/content", content)).map(|foreign| foreign.body.summary());
    for (content, wanted) in [
        (
            json!({"type": "tool_accuracy", "tool": "Bash", "total": 4, "correct": 9, "confidence_threshold": 7.0}),
            "[Bash] accuracy 4/4 (100%)",
        ),
        (json!({"type": "temporal", "description": "d", "strength": 0.75}), "temporal: d (strength 0.75)"),
        (
            json!({"type": "insight", "category": "c", "severity": "s", "summary": "m", "suggestion": null}),
            "[s] c: m",
        ),
        (json!({"type": "promoted_rule", "rule": "r", "source_type": "s"}), "rule: r"),
        (
            json!({"type": "skill", "name": "x", "description": "d", "version": "1", "body": "b", "requires": {"cli": ["jq"], "os": []}}),
            "skill: x v1 (1 bytes)",
        ),
        (json!({"type": "command", "name": "x", "description": "d", "args": "", "body": "b"}), "command: /x"),
        (
            json!({"type": "hook_config", "event": "Stop", "matcher": "", "description": "d", "config_json": "{}"}),
            "hook: Stop[] — d",
        ),
        (
            json!({"type": "approach_outcome", "approach_ref": "pattern:Bash:make", "success_rate": 0.5, "sample_count": 8,
                   "median_cost_usd": 0.25, "median_duration_ms": null, "conditions": ["project:x (n=2)"]}),
            "outcome: pattern:Bash:make — 50% over 8",
        ),
        (
            json!({"type": "approach_cluster", "problem_key": "Bash:make", "variants": [
                   {"approach_summary": "approve (90% accept over 9)", "conditions": [], "evidence": 9, "contributing_peers": ["p"], "outcome_ref": null}]}),
            "cluster: Bash:make (1 variants)",
        ),
    ] {
        assert_eq!(of(content), Ok(wanted.to_owned()));
    }
    let up = json!({"type": "skill", "name": "../../x", "description": "d", "version": "1", "body": "b"});
    assert_eq!(of(up), Err(Refused::Name("the name")));
}

#[test]
fn trust_is_read_peer_by_peer() {
    let text = r#"{"a": {"peer_id": "a", "trust_level": 0.5, "first_seen": 7, "last_sync": 8, "daily_received": {"1": 2}},
                  "b": {"trust_level": "high"}, "c": {"trust_level": 9.0, "frozen": true, "freeze_reason": "x"}, "d": 1}"#;
    let (peers, mistakes) = trust(text.as_bytes());
    assert_eq!(peers.keys().collect::<Vec<_>>(), ["a", "c"]);
    assert!(!peers["a"].frozen && peers["a"].first_seen == 7 && peers["a"].quarantined_until == 0);
    assert!(peers["c"].frozen && peers["c"].trust_level == 1.0);
    let places: Vec<_> = mistakes.told.iter().map(|bad| (bad.file, bad.place.as_str())).collect();
    assert_eq!(places, [(TRUST, "peer b"), (TRUST, "peer d")]);
    for bytes in [&b""[..], b"[]", b"\xff", b"{"] {
        let (peers, mistakes) = trust(bytes);
        assert!(peers.is_empty() && mistakes.count == 1, "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (units, _) = units(KNOWLEDGE, &bytes);
        prop_assert!(units.is_empty());
        prop_assert!(trust(&bytes).0.is_empty());
        prop_assert!(sync_state(&bytes).is_err());
    }

    #[test]
    fn what_is_taken_over_is_within_bounds(
        confidence in any::<f64>(), rate in any::<f64>(), samples in any::<u32>(), evidence in any::<u32>(), id in ".{0,12}",
    ) {
        let mut unit: Unit = serde_json::from_value(sample("a", "rm")).unwrap();
        (unit.confidence, unit.evidence_count, unit.id) = (confidence, evidence, id);
        if let Content::Pattern { accept_rate, sample_count, .. } = &mut unit.content {
            (*accept_rate, *sample_count) = (rate, samples);
        }
        if let Ok(foreign) = unit.take_over(5) {
            prop_assert!((0.0..=1.0).contains(&foreign.confidence) && foreign.evidence <= MOST_COUNT);
            prop_assert!(foreign.body.to_bytes().is_ok());
        }
    }
}
