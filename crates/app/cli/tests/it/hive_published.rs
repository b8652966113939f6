//! `claudectl hive convergence` on the files of the published tool, held against what that tool says of them.
//!
//! Its answers to the first cases are recorded in `hive_published/`. With `CLAUDECTL_PUBLISHED` set to its binary (`cargo
//! install claudectl --version 0.49.2 --root DIR`) all cases are held against it, and with `UPDATE_PUBLISHED=1` beside
//! the answers are recorded anew.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use claudectl_testkit::World;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::world;

const CASES: u64 = 200;
const RECORDED: u64 = 40;
const FIXTURE: &str = "tests/it/hive_published/answers-0.49.2.ndjson";

/// Numbers that are the same each time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most.max(1) as u64).unwrap()
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn share(&mut self) -> f64 {
        self.below(1_001) as f64 / 1_000.0
    }
}

/// What stands in `hive/`.
struct Case {
    knowledge: Option<Vec<u8>>,
    sync_state: Option<Vec<u8>>,
}

const WORDS: &[&str] =
    &["Bash", "Edit", "make", "cargo test", "ÄÖÜ", "日本語", "a b", "", "naïve\u{301}", "*"];

impl Case {
    fn new(number: u64) -> Self {
        let mut dice = Dice(number);
        let mut ids: Vec<String> = Vec::new();
        let mut text = String::new();
        let most = *dice.pick(&[0, 3, 10, 10, 30]);
        let is_whole = dice.one_in(3);
        for at in 0..most {
            let id = match (ids.is_empty(), dice.below(8)) {
                (false, 0) => dice.pick(&ids).clone(),
                (_, 1) => format!("ku_日_{at}"),
                _ => format!("ku_1790000{number:03}_{at}"),
            };
            let mut unit = unit(&mut dice, &id);
            ids.push(id);
            if !is_whole && dice.one_in(3) {
                spoil(&mut dice, &mut unit);
            }
            let mut line = unit.to_string();
            if !is_whole && dice.one_in(12) {
                let mut cut = dice.below(line.len());
                while !line.is_char_boundary(cut) {
                    cut -= 1;
                }
                line.truncate(cut);
            }
            text.push_str(&line);
            text.push_str(dice.pick::<&str>(&["\n", "\n", "\n", "\r\n", "\n\n", "\n \t\n"]));
        }
        if dice.one_in(4) {
            text.truncate(text.trim_end().len());
        }
        Self {
            knowledge: (most > 0 || dice.one_in(2)).then(|| text.into_bytes()),
            sync_state: state(&mut dice, &ids),
        }
    }

    fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        for (name, bytes) in [("knowledge.jsonl", &self.knowledge), ("sync_state.json", &self.sync_state)] {
            match bytes {
                Some(bytes) => std::fs::write(folder.join(name), bytes).unwrap(),
                None => drop(std::fs::remove_file(folder.join(name))),
            }
        }
    }

    /// Tells whether a recorded answer is one to this case.
    fn digest(&self) -> String {
        let bytes = serde_json::to_vec(&(&self.knowledge, &self.sync_state)).unwrap();
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes))
    }
}

fn unit(dice: &mut Dice, id: &str) -> Value {
    let mut word = || *dice.pick(WORDS);
    let (a, b, c, d) = (word(), word(), word(), word());
    let scope = match dice.below(3) {
        0 => json!({"type": "universal"}),
        1 => json!({"type": "language", "value": a}),
        _ => json!({"type": "project", "value": b}),
    };
    let mut unit = json!({
        "id": id,
        "scope": scope,
        "category": dice.pick(&["best_practice", "technique", "workflow_pattern", "personal"]),
        "content": content(dice, [a, b, c, d]),
        "evidence_count": dice.pick(&[0, 5, 1_000_000, u64::from(u32::MAX)]),
        "confidence": dice.share(),
        "source_peer": d,
        "originated_at": dice.pick(&[0, 1_790_000_000, u64::MAX]),
        "last_validated_at": dice.pick(&[0, 1_790_000_000, u64::MAX]),
        "propagation_count": 0,
        "version": dice.pick(&[0, 1, 7, u64::from(u32::MAX)]),
    });
    for (name, value) in [
        ("revalidation_interval_secs", json!(604_800)),
        ("injection_state", json!(dice.pick(&["draft", "canary", "staged", "live"]))),
        (
            "injection_stats",
            json!({"injected_count": 3, "accepted_count": 2, "overridden_count": 1, "last_injected_at": 9, "last_outcome_at": 9}),
        ),
        (
            "sharing_consent",
            json!({"expires_at": 9, "allow_peers": ["p", "q"], "exclude_peers": ["r"],
                   "min_trust_tier": dice.pick(&["any", "unverified", "suggested", "confirmed"])}),
        ),
        ("origin_agents", json!(["claude-code"])),
    ] {
        if dice.one_in(3) {
            unit[name] = value;
        }
    }
    unit
}

fn content(dice: &mut Dice, [a, b, c, d]: [&str; 4]) -> Value {
    let requires = json!({"cli": ["jq"], "os": ["linux"], "min_version": "0.40.0"});
    match dice.below(12) {
        0 => {
            json!({"type": "tool_accuracy", "tool": a, "total": 20, "correct": 12, "confidence_threshold": dice.share()})
        }
        1 => {
            json!({"type": "temporal", "description": format!("{a} {b} in the morning"), "strength": dice.share()})
        }
        2 => json!({"type": "insight", "category": a, "severity": b, "summary": c, "suggestion": null}),
        3 => json!({"type": "promoted_rule", "rule": a, "source_type": b}),
        4 => {
            json!({"type": "skill", "name": a, "description": b, "version": c, "body": "# x\n", "requires": requires})
        }
        5 => {
            json!({"type": "command", "name": a, "description": b, "args": null, "body": "x", "requires": {}})
        }
        6 => {
            json!({"type": "hook_config", "event": a, "matcher": b, "description": c, "config_json": "{}", "requires": {"os": []}})
        }
        7 => {
            json!({"type": "approach_outcome", "approach_ref": a, "success_rate": dice.share(), "sample_count": 9,
                    "median_cost_usd": 0.12, "median_duration_ms": 1500, "conditions": ["project:x (n=3)"]})
        }
        8 => json!({"type": "approach_cluster", "problem_key": a, "variants": [
                    {"approach_summary": b, "conditions": ["errors"], "evidence": 3, "contributing_peers": [c], "outcome_ref": d}]}),
        _ => {
            json!({"type": "pattern", "tool": a, "command_pattern": if dice.one_in(3) { Value::Null } else { json!(b) },
                    "preferred_action": "approve", "accept_rate": dice.share(), "sample_count": 9,
                    "conditions": ["cost<$5", "9:00-17:00"]})
        }
    }
}

/// Takes something out of a document, or puts something else in its place: at any depth.
fn spoil(dice: &mut Dice, value: &mut Value) {
    let odd = [
        Value::Null,
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(u64::MAX),
        json!(1e300),
        json!(true),
        json!("x"),
        json!([]),
        json!({}),
        json!(["x"]),
    ];
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = dice.pick(&names);
            match dice.below(4) {
                0 => drop(fields.remove(name)),
                1 => drop(fields.insert("unheard_of".to_owned(), json!(1))),
                2 if fields[name].is_object() || fields[name].is_array() => spoil(dice, &mut fields[name]),
                _ => fields[name] = dice.pick(&odd).clone(),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = dice.below(items.len());
            match items[at].is_object() {
                true => spoil(dice, &mut items[at]),
                false => items[at] = dice.pick(&odd).clone(),
            }
        }
        other => *other = dice.pick(&odd).clone(),
    }
}

/// What was sent to whom: of what is here, of what was evicted, and twice. No two peers have one name: those of equal
/// ratio come in no order of that tool's.
fn state(dice: &mut Dice, ids: &[String]) -> Option<Vec<u8>> {
    match dice.below(16) {
        0 => return None,
        1 => return Some(dice.pick(&["", "null", "[]", "{", "{}", "\u{feff}{}"]).as_bytes().to_vec()),
        _ => {}
    }
    let mut peers = Map::new();
    let most = dice.below(9);
    let step = dice.pick(&[1_usize, 3, 10]);
    for at in 0..most {
        let peer = match dice.below(4) {
            0 => format!("nœud-日本-{at}"),
            1 => format!("Z{at}"),
            _ => format!("host-{at:08x}"),
        };
        // Few different ratios, so that some are equal.
        let keep = ids.len() * (dice.below(*step + 1)) / step;
        let mut sent: Vec<String> = ids.iter().take(keep).cloned().collect();
        sent.extend((0..dice.below(4)).map(|evicted| format!("ku_1700000000_{evicted}")));
        if dice.one_in(3) && !ids.is_empty() {
            sent.push(dice.pick(ids).clone());
            sent.push(dice.pick(ids).clone());
        }
        let at = dice.pick(&[0, 1_789_999_999, 1_795_000_000, u64::MAX]);
        let key = if dice.one_in(10) { format!("other-{peer}") } else { peer.clone() };
        peers.insert(key, json!({"peer_id": peer, "last_sync_epoch": at, "units_sent": sent}));
    }
    let mut whole = Value::Object(peers);
    if dice.one_in(12) {
        spoil(dice, &mut whole);
    }
    let pretty = dice.one_in(2);
    let text = if pretty { serde_json::to_string_pretty(&whole) } else { serde_json::to_string(&whole) };
    let mut bytes = text.unwrap().into_bytes();
    if dice.one_in(25) {
        bytes.truncate(dice.below(bytes.len()));
    }
    Some(bytes)
}

/// An answer of the published tool, and to what.
#[derive(Serialize, Deserialize)]
struct Answer {
    case: u64,
    digest: String,
    answer: Value,
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE)
}

fn ours(world: &World, case: &Case) -> Value {
    case.write(&world.state_dir().join("hive"));
    world.run(["hive", "convergence", "--json"]).success().json()
}

#[test]
fn the_answers_are_those_of_the_published_tool() {
    let world = world();
    let recorded = std::fs::read_to_string(fixture()).unwrap();
    let answers: Vec<Answer> = recorded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len() as u64, RECORDED);
    let (mut peers, mut converged) = (0, 0);
    for answer in answers {
        let case = Case::new(answer.case);
        assert_eq!(case.digest(), answer.digest, "case {}: it was recorded of another", answer.case);
        assert_eq!(ours(&world, &case), answer.answer, "case {}", answer.case);
        peers += answer.answer["peer_count"].as_u64().unwrap();
        converged += answer.answer["converged_count"].as_u64().unwrap();
    }
    // They say something.
    assert!(peers > 100 && converged > 20 && peers > converged + 50, "{converged} of {peers}");
}

/// What the published tool says, in a home of its own.
fn published(binary: &Path, home: &Path, case: &Case) -> Value {
    case.write(&home.join(".claudectl/hive"));
    let mut call = Command::new(binary);
    call.args(["--json", "hive", "convergence"]).env_clear().env("HOME", home).current_dir(home);
    let out = call.stdin(Stdio::null()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the switches of this test, read by it alone")]
fn the_published_tool_itself_says_the_same() {
    let Some(binary) = std::env::var_os("CLAUDECTL_PUBLISHED").map(PathBuf::from) else { return };
    let world = world();
    let home = world.tmp_dir().join("published");
    let (mut other, mut recorded) = (Vec::new(), String::new());
    for number in 0..CASES {
        let case = Case::new(number);
        let (theirs, ours) = (published(&binary, &home, &case), ours(&world, &case));
        if theirs != ours {
            other.push(format!("case {number}\n  theirs {theirs}\n  ours   {ours}"));
        }
        if number < RECORDED {
            let answer = Answer { case: number, digest: case.digest(), answer: theirs };
            recorded.push_str(&serde_json::to_string(&answer).unwrap());
            recorded.push('\n');
        }
    }
    if std::env::var_os("UPDATE_PUBLISHED").is_some() {
        std::fs::write(fixture(), recorded).unwrap();
    }
    assert!(other.is_empty(), "{} of {CASES} differ\n{}", other.len(), other.join("\n"));
}
