//! `claudectl hive`: what is known together, and how far it has spread.

use std::os::unix::fs::{PermissionsExt, symlink};

use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::{json, world};

/// A line of the published tool's `knowledge.jsonl`.
fn unit(id: &str) -> String {
    let unit = json!({
        "id": id, "scope": {"type": "universal"}, "category": "best_practice",
        "content": {"type": "pattern", "tool": "Bash", "command_pattern": id, "preferred_action": "approve",
                    "accept_rate": 0.9, "sample_count": 9, "conditions": []},
        "evidence_count": 9, "confidence": 0.9, "source_peer": "me", "originated_at": 1, "last_validated_at": 2,
        "propagation_count": 0, "version": 1,
    });
    format!("{unit}\n")
}

fn knows(world: &World, units: usize) {
    let lines: String = (0..units).map(|at| unit(&format!("ku_1_{at}"))).collect();
    world.write("state/hive/knowledge.jsonl", lines);
}

fn sent(world: &World, peers: &[(&str, u64, usize)]) {
    let of = |(peer, at, units): &(&str, u64, usize)| {
        let ids: Vec<String> = (0..*units).map(|at| format!("ku_1_{at}")).collect();
        ((*peer).to_owned(), json!({"peer_id": peer, "last_sync_epoch": at, "units_sent": ids}))
    };
    let state: Value = peers.iter().map(of).collect::<serde_json::Map<_, _>>().into();
    world.write("state/hive/sync_state.json", serde_json::to_vec_pretty(&state).unwrap());
}

/// Seconds since the epoch of the world's clock.
fn now(world: &World) -> u64 {
    let now: jiff::Timestamp = world.now().parse().unwrap();
    now.as_second().cast_unsigned()
}

/// Three peers: one has nearly all, one half, and one was sent only what is no longer here.
pub(crate) fn three_peers(world: &World) {
    knows(world, 10);
    let now = now(world);
    sent(world, &[("near", now - 90, 9), ("half", now - 7_200, 5), ("a-far", 0, 0), ("later", now + 60, 0)]);
}

#[test]
fn convergence_says_who_lags() {
    let world = world();
    three_peers(&world);
    insta::assert_snapshot!("hive_convergence", world.run(["hive", "convergence"]).snapshot());
    assert_eq!(world.run(["hive"]).success().stdout, world.run(["hive", "convergence"]).success().stdout);
    let narrow = world.cmd().args(["hive", "convergence"]).env("COLUMNS", "40").run().success();
    assert!(narrow.stdout.lines().skip(2).all(|line| line.chars().count() <= 40), "{}", narrow.stdout);
    assert!(narrow.stdout.contains("converged") && narrow.stdout.contains("90.0 %"), "{}", narrow.stdout);
    let ascii = world.cmd().args(["hive"]).env("LC_ALL", "C").env("LANG", "C").run().success();
    assert!(ascii.stdout.contains("+ converged") && ascii.stdout.contains("- lagging"), "{}", ascii.stdout);
    assert!(ascii.stdout.is_ascii(), "{}", ascii.stdout);
    let report = json(&world, &["hive", "convergence", "--json"]);
    let peer = |name: &str, sent: u64, ratio: f64, at: u64, converged: bool| json!({"peer_id": name, "local_total": 10, "units_sent": sent, "ratio": ratio, "last_sync_epoch": at, "converged": converged});
    let now = now(&world);
    assert_eq!(
        report,
        json!({
            "local_total": 10, "peer_count": 4, "converged_count": 1, "median_ratio": 0.25,
            "peers": [
                peer("a-far", 0, 0.0, 0, false),
                peer("later", 0, 0.0, now + 60, false),
                peer("half", 5, 0.5, now - 7_200, false),
                peer("near", 9, 0.9, now - 90, true),
            ],
        })
    );
    assert_eq!(json(&world, &["hive", "--json"]), report);
}

#[test]
fn where_nothing_is_it_says_where_it_looked() {
    let world = world();
    let none =
        json!({"local_total": 0, "peer_count": 0, "converged_count": 0, "median_ratio": null, "peers": []});
    assert_eq!(json(&world, &["hive", "convergence", "--json"]), none);
    let text = world.run(["hive", "convergence"]).success().snapshot();
    insta::assert_snapshot!("hive_convergence_empty", text);
    assert!(!world.state_dir().join("hive").exists(), "looking makes nothing");
    knows(&world, 1);
    let text = world.run(["hive", "convergence"]).success().stdout.clone();
    assert!(text.starts_with("1 unit here; no peer was sent anything yet."), "{text}");
    std::fs::remove_file(world.state_dir().join("hive/knowledge.jsonl")).unwrap();
    sent(&world, &[("p", 1, 3)]);
    let text = world.run(["hive", "convergence"]).success().stdout.clone();
    assert!(text.starts_with("Nothing is known here yet; 0 of 1 peer converged"), "{text}");
    assert!(text.contains("no peer can have any of it") && text.contains("0 of 0"), "{text}");
}

#[test]
fn a_state_that_cannot_be_read_is_told() {
    let world = world();
    knows(&world, 2);
    let file = world.write("state/hive/sync_state.json", "{\"p\": {\"peer_id\": \"p\"");
    let told = |world: &World, why: &str| {
        let out = world.run(["hive", "convergence", "--json"]).success();
        assert!(out.stderr.contains("no peer is known") && out.stderr.contains(why), "{}", out.stderr);
        let report = out.json();
        assert_eq!((&report["local_total"], &report["peers"]), (&json!(2), &json!([])));
        let text = world.run(["hive", "convergence"]).success().stdout.clone();
        assert!(text.contains("what was sent to peers cannot be read"), "{text}");
    };
    told(&world, "no state of exchange");
    std::fs::write(&file, b"\xff\xfe").unwrap();
    told(&world, "no state of exchange");
    std::fs::File::create(&file).unwrap().set_len((64 << 20) + 1).unwrap();
    told(&world, "larger than");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    told(&world, "not a regular file");
    std::fs::remove_dir(&file).unwrap();
    symlink(world.root().join("nowhere"), &file).unwrap();
    told(&world, "No such file");
}

#[test]
fn knowledge_that_cannot_be_read_is_not_taken_for_none() {
    let world = world();
    sent(&world, &[("p", 1, 1)]);
    let torn = &unit("torn")[..90];
    let mut bytes = format!("{}\n{torn}\n{}", unit("ku_1_0"), unit("ku_1_1")).into_bytes();
    bytes.extend_from_slice(b"\xff\n[]\n{}\n");
    let file = world.write("state/hive/knowledge.jsonl", bytes);
    let out = world.run(["hive", "convergence", "--json"]).success();
    assert_eq!((&out.json()["local_total"], &out.json()["peers"][0]["ratio"]), (&json!(2), &json!(0.5)));
    let told = "4 lines are no units and count for nothing (line 3: it is torn; line 5: it is no text in UTF-8; line 6: ";
    assert!(out.stderr.contains(told), "{}", out.stderr);
    std::fs::File::create(&file).unwrap().set_len((256 << 20) + 1).unwrap();
    let out = world.run(["hive", "convergence"]).fails_with(3);
    assert!(out.stderr.contains("larger than") && out.stderr.contains("fix:"), "{}", out.stderr);
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let out = world.run(["hive", "convergence", "--json"]).fails_with(3);
    assert_eq!(out.stdout, "");
    std::fs::remove_dir(&file).unwrap();
    // A pipe that nobody writes to.
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    world.run(["hive", "convergence"]).fails_with(3);
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "left as it is");
}

#[test]
fn names_of_peers_are_cleaned_where_they_are_shown() {
    let world = world();
    knows(&world, 1);
    sent(&world, &[("a\u{1b}[2Jb\u{202e}\nc", 1, 1)]);
    let text = world.run(["hive", "convergence"]).success().stdout.clone();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    assert_eq!(text.lines().filter(|line| line.contains("✓ converged")).count(), 1);
    let report = json(&world, &["hive", "convergence", "--json"]);
    assert_eq!(report["peers"][0]["peer_id"], "a\u{1b}[2Jb\u{202e}\nc");
}
