use super::*;
use proptest::prelude::*;
use serde_json::json;

fn pattern() -> Value {
    json!({"action": "deny", "agreed": 9, "command": "rm", "conditions": ["errors"], "of": 10, "tool": "Bash"})
}

/// One body of each kind.
fn all() -> Vec<(Kind, Value)> {
    let variant = |summary: &str| json!({"evidence": 3, "peers": ["p"], "summary": summary});
    vec![
        (Kind::Pattern, pattern()),
        (Kind::ToolAccuracy, json!({"correct": 3, "threshold_permille": 800, "tool": "Bash", "total": 4})),
        (Kind::Temporal, json!({"description": "more errors late in a session", "strength_permille": 700})),
        (Kind::Insight, json!({"category": "c", "severity": "warning", "summary": "it loops"})),
        (Kind::PromotedRule, json!({"rule": "never push", "source_type": "person"})),
        (
            Kind::Skill,
            json!({"body": "# x\n", "description": "", "name": "Release notes", "requires": {"cli": ["jq"]}, "version": "1.0"}),
        ),
        (
            Kind::Command,
            json!({"args": "[N]", "body": "x", "description": "d", "name": "fix", "requires": {}}),
        ),
        (
            Kind::HookConfig,
            json!({"config_json": "{}", "description": "d", "event": "PreToolUse", "matcher": "Bash", "requires": {}}),
        ),
        (
            Kind::ApproachOutcome,
            json!({"approach_ref": "pattern:Bash:make", "median_cost_micros": 5, "of": 4, "succeeded": 3}),
        ),
        (
            Kind::ApproachCluster,
            json!({"problem_key": "Bash:make", "variants": [variant("approve"), variant("deny")]}),
        ),
        (Kind::Rule, json!({"action": "ask", "command": "rm *", "tool": "Bash"})),
    ]
}

fn read(kind: Kind, body: &Value) -> Result<Body, Refused> {
    Body::read(kind, body.to_string().as_bytes())
}

#[test]
fn each_kind_is_read_as_it_is_written() {
    for (kind, value) in all() {
        let body = read(kind, &value).unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        assert_eq!(body.kind(), kind);
        let bytes = body.to_bytes().unwrap_or_default();
        assert_eq!(Body::read(kind, &bytes), Ok(body.clone()), "{kind:?}");
        assert_eq!(Body::read(kind, &bytes).and_then(|again| again.to_bytes()), Ok(bytes.clone()));
        let again: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        assert_eq!(again.to_string().into_bytes(), bytes, "compact");
        assert_eq!(sorted(again.clone()).to_string(), again.to_string(), "in the order of its keys");
        assert!(!body.key_fields().is_empty() && body.summary().len() > 5, "{kind:?}");
    }
    assert_eq!(all().len(), Kind::ALL.len());
}

#[test]
fn golden_bytes() {
    let bytes = |kind, value: &Value| {
        let body = read(kind, value).and_then(|body| body.to_bytes()).unwrap_or_default();
        String::from_utf8(body).unwrap_or_default()
    };
    assert_eq!(
        bytes(Kind::Pattern, &pattern()),
        r#"{"action":"deny","agreed":9,"command":"rm","conditions":["errors"],"of":10,"tool":"Bash"}"#
    );
    let everything = json!({"tool": "Bash", "of": 0, "agreed": 0, "action": "approve"});
    assert_eq!(bytes(Kind::Pattern, &everything), r#"{"action":"approve","agreed":0,"of":0,"tool":"Bash"}"#);
    let skill = json!({"version": "1", "name": "x", "description": "", "body": "b", "requires": {"os": ["linux"], "cli": []}});
    assert_eq!(
        bytes(Kind::Skill, &skill),
        r#"{"body":"b","description":"","name":"x","requires":{"os":["linux"]},"version":"1"}"#
    );
}

#[test]
fn numbers_out_of_their_range_are_taken_for_its_end() {
    let counted = |agreed: u64, of: u64| {
        let mut body = pattern();
        (body["agreed"], body["of"]) = (json!(agreed), json!(of));
        read(Kind::Pattern, &body).map(|body| body.evidence().map(|found| (found.times, found.of)))
    };
    assert_eq!(counted(9, 10), Ok(Some((9, 10))));
    assert_eq!(counted(11, 10), Ok(Some((10, 10))));
    assert_eq!(counted(u32::MAX.into(), u32::MAX.into()), Ok(Some((MOST_COUNT, MOST_COUNT))));
    assert_eq!(counted(2_000_000_000, 4_000_000_000), Ok(Some((500_000, MOST_COUNT))), "the share stays");
    assert!(counted(0, u64::from(u32::MAX) + 1).is_err());
    let strong = read(Kind::Temporal, &json!({"description": "x", "strength_permille": 60_000}));
    assert_eq!(strong.map(|body| body.summary()), Ok("temporal: x (strength 1.00)".to_owned()));
}

#[test]
fn what_could_not_be_kept_or_shown_is_refused() {
    let with = |kind: Kind, key: &str, value: Value| {
        let mut body =
            all().into_iter().find(|(one, _)| *one == kind).map(|(_, body)| body).unwrap_or_default();
        body[key] = value;
        read(kind, &body)
    };
    let long = |bytes: usize| json!("x".repeat(bytes));
    for (kind, key, value) in [
        (Kind::Pattern, "tool", json!("")),
        (Kind::Pattern, "tool", json!("a\nb")),
        (Kind::Pattern, "tool", json!("a\u{0}")),
        (Kind::Pattern, "tool", long(257)),
        (Kind::Pattern, "command", long(8_193)),
        (Kind::Pattern, "command", json!("rm\u{0}")),
        (Kind::Pattern, "action", json!("terminate")),
        (Kind::Pattern, "agreed", json!(-1)),
        (Kind::Pattern, "of", json!(1.5)),
        (Kind::Pattern, "conditions", Value::from(vec!["x"; 65])),
        (Kind::Pattern, "conditions", json!([long(300)])),
        (Kind::Skill, "body", long((32 << 10) + 1)),
        (Kind::Command, "body", long((16 << 10) + 1)),
        (Kind::HookConfig, "config_json", long((4 << 10) + 1)),
        (Kind::HookConfig, "event", json!("a\u{1b}[2J")),
        (Kind::ApproachCluster, "variants", Value::from(vec![json!({"evidence": 1, "summary": "x"}); 65])),
        (Kind::ApproachCluster, "problem_key", json!("  ")),
        (Kind::Rule, "action", json!("block")),
    ] {
        assert!(with(kind, key, value.clone()).is_err(), "{kind:?} {key} {value:.40}");
    }
    assert!(with(Kind::Skill, "body", long(32 << 10)).is_ok());
    assert!(with(Kind::Command, "body", long(16 << 10)).is_ok());
    assert!(with(Kind::HookConfig, "config_json", long(4 << 10)).is_ok());
    assert_eq!(
        read(Kind::Rule, &json!({"action": "deny"})),
        Err(Refused::Empty("what the rule is about")),
        "a rule about everything"
    );
    let huge = vec![b' '; MOST_BODY + 1];
    assert!(matches!(Body::read(Kind::Pattern, &huge), Err(Refused::TooLong { .. })));
    for bytes in
        [&b""[..], b"[]", b"null", b"{", b"\xff", br#"["deny",9,10,"Bash"]"#, br#"{"tool":"a","tool":"b"}"#]
    {
        for kind in Kind::ALL {
            assert!(matches!(Body::read(kind, bytes), Err(Refused::NotOfKind { .. })), "{kind:?} {bytes:?}");
        }
    }
}

#[test]
fn names_that_could_lead_elsewhere_are_refused() {
    for name in ["fix", "Release notes", "a.b", "a_b-c", "7", &"x".repeat(64)] {
        assert_eq!(artifact_name("n", name), Ok(()), "{name}");
    }
    for name in [
        "",
        ".",
        "..",
        "a..b",
        "../x",
        "/x",
        "a/b",
        "a\\b",
        "~",
        ".hidden",
        "-rf",
        "a ",
        " a",
        "a.",
        "a\u{0}",
        "a\nb",
        "fıx",
        "fix\u{200b}",
        "ｆix",
        "a:b",
        "a\u{202e}b",
        &"x".repeat(65),
    ] {
        assert_eq!(artifact_name("n", name), Err(Refused::Name("n")), "{name:?}");
    }
}

#[test]
fn categories_go_by_what_is_said() {
    let category = |kind, body: &Value| read(kind, body).map(|body| body.category());
    let temporal =
        |text: &str| category(Kind::Temporal, &json!({"description": text, "strength_permille": 1}));
    for (text, wanted) in [
        ("Denied more in the Morning", Category::Personal),
        ("after the BUDGET is half gone", Category::Personal),
        ("more errors late", Category::Technique),
        ("on retry", Category::Technique),
        ("something else", Category::BestPractice),
    ] {
        assert_eq!(temporal(text), Ok(wanted), "{text}");
    }
    for (kind, body) in all() {
        let wanted = match kind {
            Kind::Temporal | Kind::ApproachCluster | Kind::Skill | Kind::Command => Category::Technique,
            Kind::HookConfig => Category::WorkflowPattern,
            _ => Category::BestPractice,
        };
        assert_eq!(category(kind, &body), Ok(wanted), "{kind:?}");
    }
    for label in ["cost<$5", "9:00-17:00"] {
        let mut body = pattern();
        body["conditions"] = json!(["errors", label]);
        assert_eq!(category(Kind::Pattern, &body), Ok(Category::Personal));
        let variants = json!([{"evidence": 1, "summary": "x", "conditions": [label]}]);
        let cluster = json!({"problem_key": "Bash:make", "variants": variants});
        assert_eq!(category(Kind::ApproachCluster, &cluster), Ok(Category::Personal), "no way around it");
    }
}

#[test]
fn semantic_keys_are_those_of_the_published_tool() {
    let key = |kind, body: &Value, scope: &Scope| read(kind, body).map(|body| body.semantic_key(scope));
    let (everywhere, rust) = (Scope::Universal, Scope::Language("rust".to_owned()));
    let long = "ä".repeat(50);
    let start = "ä".repeat(40);
    let skill = json!({"body": "b", "description": "", "name": "Release Notes", "version": "1"});
    let command = json!({"body": "b", "description": "", "name": "Fix It"});
    let hook = json!({"config_json": "{}", "description": "", "event": "PreToolUse", "matcher": "Bash|Edit"});
    for (kind, body, wanted) in [
        (
            Kind::Pattern,
            json!({"action": "deny", "agreed": 1, "of": 1, "tool": "Bash"}),
            "pattern:Bash:*".to_owned(),
        ),
        (Kind::Pattern, pattern(), "pattern:Bash:rm".to_owned()),
        (Kind::ToolAccuracy, all()[1].1.clone(), "accuracy:Bash".to_owned()),
        (Kind::Temporal, json!({"description": long, "strength_permille": 1}), format!("temporal:{start}")),
        (
            Kind::Insight,
            json!({"category": "c", "severity": "s", "summary": long}),
            format!("insight:c:{start}"),
        ),
        (Kind::PromotedRule, json!({"rule": long, "source_type": "s"}), format!("rule:{start}")),
        (Kind::Skill, skill, "skill:release-notes".to_owned()),
        (Kind::Command, command, "command:fix it".to_owned()),
        (Kind::HookConfig, hook, "hook:pretooluse:bash|edit".to_owned()),
        (Kind::ApproachOutcome, all()[8].1.clone(), "outcome:pattern:Bash:make".to_owned()),
        (Kind::ApproachCluster, all()[9].1.clone(), "cluster:Bash:make".to_owned()),
    ] {
        assert_eq!(key(kind, &body, &everywhere), Ok(format!("universal/{wanted}")));
        assert_eq!(key(kind, &body, &rust), Ok(format!("lang:rust/{wanted}")));
    }
    let api = Scope::Project("api".to_owned());
    assert_eq!(key(Kind::Pattern, &pattern(), &api), Ok("proj:api/pattern:Bash:rm".to_owned()));
}

#[test]
fn summaries() {
    let of = |kind: Kind| {
        let body = all().into_iter().find(|(one, _)| *one == kind).map(|(_, body)| body).unwrap_or_default();
        read(kind, &body).map(|body| body.summary()).unwrap_or_default()
    };
    assert_eq!(
        Kind::ALL.map(of),
        [
            "[Bash, rm] deny (90%)",
            "[Bash] accuracy 3/4 (75%)",
            "temporal: more errors late in a session (strength 0.70)",
            "[warning] c: it loops",
            "rule: never push",
            "skill: Release notes v1.0 (4 bytes)",
            "command: /fix [N]",
            "hook: PreToolUse[Bash] — d",
            "outcome: pattern:Bash:make — 75% over 4",
            "cluster: Bash:make (2 variants)",
            "gate rule: ask [Bash, rm *]",
        ]
    );
}

#[test]
fn a_rule_that_allows_does_not_tighten() {
    for (action, tightens) in [(RuleAction::Allow, false), (RuleAction::Ask, true), (RuleAction::Deny, true)]
    {
        let rule = Rule { action, command: None, reason: None, tool: Some("Bash".to_owned()) };
        assert_eq!(rule.tightens(), tightens);
    }
}

#[test]
fn kinds_have_one_name_each() {
    for kind in Kind::ALL {
        assert_eq!(Kind::parse(kind.word()), Some(kind));
        assert_eq!(kind.is_artifact(), matches!(kind, Kind::Skill | Kind::Command | Kind::HookConfig));
    }
    assert_eq!(Kind::parse("Pattern"), None);
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..Kind::ALL.len()) {
        if let Ok(body) = Body::read(Kind::ALL[at], &bytes) {
            prop_assert!(body.to_bytes().is_ok());
        }
    }

    #[test]
    fn whatever_a_pattern_says_is_refused_or_within_bounds(
        tool in ".{0,300}", command in ".{0,40}", condition in ".{0,20}", agreed in any::<u32>(), of in any::<u32>(),
    ) {
        let body = json!({"action": "approve", "agreed": agreed, "command": command, "conditions": [condition], "of": of, "tool": tool});
        if let Ok(body) = read(Kind::Pattern, &body) {
            let evidence = body.evidence().unwrap_or_default();
            prop_assert!(evidence.times <= evidence.of && evidence.of <= MOST_COUNT);
            let bytes = body.to_bytes().unwrap_or_default();
            prop_assert_eq!(Body::read(Kind::Pattern, &bytes), Ok(body));
        }
    }
}
