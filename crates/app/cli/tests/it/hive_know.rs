//! Knowledge, from answers to another machine: made, looked at, exposed, given, taken back.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use claudectl_hive::bundle::{Holding, Line};
use claudectl_hive::claim::{Class, HiveId};
use claudectl_store::Store;
use claudectl_testkit::World;
use serde_json::{Value, json};

use crate::brain::{answered, learn};
use crate::docs::{docs, documented, paths};
use crate::hive_exchange::{hive, sync};
use crate::{json, world};

/// Two machines in one hive; the first one's person has let `make lint` run and refused `make deploy`, six times each.
fn two() -> (World, World, HiveId) {
    let (a, b) = (world(), world());
    let home = hive(&[&a, &b]);
    answered(&a, 6);
    learn(&a);
    (a, b, home)
}

fn distill(world: &World) -> Value {
    json(world, &["hive", "distill", "--json"])
}

fn ls(world: &World) -> Vec<Value> {
    json(world, &["hive", "ls", "--json"])["units"].as_array().unwrap().clone()
}

/// The id of what this machine says about a command.
fn id(world: &World, command: &str) -> String {
    let units = ls(world);
    let has = |unit: &&Value| unit["summary"].as_str().unwrap().contains(command);
    units.iter().find(has).unwrap_or_else(|| panic!("no {command} in {units:#?}"))["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Everything that stands in the bundles of a folder, and the names of what its makers say they hold.
fn written(dir: &Path) -> (String, BTreeSet<String>) {
    let (mut text, mut held) = (String::new(), BTreeSet::new());
    for entry in fs::read_dir(dir).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            text.push_str(line);
            match Line::read(line.as_bytes()).unwrap() {
                Line::Op(signed) | Line::Version(signed) => {
                    text.push_str(&String::from_utf8_lossy(&signed.bytes));
                }
                Line::Have(signed) => {
                    held.extend(Holding::verify(&signed).unwrap().ids.iter().map(ToString::to_string));
                }
                Line::Proof(proof) => text.push_str(&String::from_utf8_lossy(&proof)),
                Line::Head(_) | Line::Unknown => {}
            }
        }
    }
    (text, held)
}

fn standing(world: &World, hive: HiveId) -> BTreeSet<String> {
    let store = Store::open(&world.state_dir().join("state.db")).unwrap();
    let stamps = store.hive_stamps(&Class::everyone(hive).id()).unwrap();
    stamps.into_iter().map(|(_, id)| id.to_string()).collect()
}

#[test]
fn the_same_answers_are_said_once() {
    let (a, _, home) = two();
    let dry = json(&a, &["hive", "distill", "--dry-run", "--json"]);
    assert_eq!((dry["said"].as_array().unwrap().len(), &dry["dry_run"]), (2, &json!(true)), "{dry:#}");
    assert!(standing(&a, home).is_empty(), "nothing was said");
    let told = distill(&a);
    assert_eq!((&told["answers"], &told["hive"]), (&json!(12), &json!("home")));
    let said: BTreeSet<&str> =
        told["said"].as_array().unwrap().iter().map(|one| one["summary"].as_str().unwrap()).collect();
    assert_eq!(said, BTreeSet::from(["[Bash, make deploy] deny (100%)", "[Bash, make lint] approve (100%)"]));
    assert_eq!(told["said"][0]["scope"], "project:work");
    assert_eq!((&told["taken_back"], &told["kept_back"]), (&json!([]), &json!([])));
    let heads = standing(&a, home);
    assert_eq!(heads.len(), 2);
    let again = distill(&a);
    assert_eq!((&again["said"], &again["unchanged"]), (&json!([]), &json!(2)));
    assert_eq!(standing(&a, home), heads, "the same, to the last bit");
    // Without the answers nothing bears it out.
    a.run(["brain", "forget", "--yes"]).success();
    let gone = distill(&a);
    assert_eq!((&gone["said"], gone["taken_back"].as_array().unwrap().len()), (&json!([]), 2), "{gone:#}");
    assert!(ls(&a).is_empty());
}

#[test]
fn nothing_leaves_before_it_is_exposed_and_nothing_else_does() {
    let (a, b, home) = two();
    distill(&a);
    let dir = tempfile::tempdir().unwrap();
    let first = sync(&a, dir.path());
    assert_eq!(first["given"]["versions"], 0);
    let (text, held) = written(dir.path());
    assert!(!text.contains("make") && held.is_empty(), "{text}");

    let (lint, deploy) = (id(&a, "make lint"), id(&a, "make deploy"));
    a.run(["hive", "expose", &lint[..8]]).success();
    assert_eq!(sync(&a, dir.path())["given"]["versions"], 1);
    let (text, held) = written(dir.path());
    assert!(text.contains("make lint") && !text.contains("deploy") && !text.contains(&deploy), "{text}");
    assert_eq!(held.len(), 1, "what is kept back is not told to be here");
    assert_eq!(sync(&b, dir.path())["new"], 1);
    let preview = json(&a, &["hive", "preview", "--json"]);
    assert_eq!(
        (&preview["ready"], &preview["hidden"], &preview["blocked"]),
        (&json!(1), &json!(1), &json!(0)),
        "{preview:#}"
    );
    // It is a's word there, and asks for nothing: to let something run is a suggestion.
    let units = ls(&b);
    assert_eq!(units.len(), 1);
    let unit = &units[0];
    assert_eq!(
        (&unit["author_name"], &unit["is_own"], &unit["tier"], &unit["force"]),
        (&json!("a"), &json!(false), &json!("unverified"), &json!("suggest"))
    );
    assert_eq!((&unit["agreed"], &unit["of"], &unit["id"]), (&json!(6), &json!(6), &json!(lint)));
    // Hidden, not even all of them together make it leave.
    a.run(["hive", "hide", &deploy]).success();
    a.run(["hive", "expose", "--all"]).success();
    sync(&a, dir.path());
    assert!(!written(dir.path()).0.contains("deploy"));
    assert_eq!(standing(&b, home).len(), 1);
    a.run(["hive", "expose", &deploy]).success();
    sync(&a, dir.path());
    assert_eq!(sync(&b, dir.path())["new"], 1);
    assert_eq!(standing(&b, home), standing(&a, home));
    let denied = ls(&b).into_iter().find(|unit| unit["id"] == deploy.as_str()).unwrap();
    assert_eq!(denied["force"], "ask", "from elsewhere, it asks before a person has accepted it");
}

#[test]
fn what_is_hidden_there_is_not_passed_on() {
    let (a, b, c) = (world(), world(), world());
    hive(&[&a, &b, &c]);
    answered(&a, 6);
    learn(&a);
    distill(&a);
    a.run(["hive", "expose", "--all"]).success();
    let (left, right) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (world, dir) in [(&a, &left), (&b, &left), (&c, &right)] {
        sync(world, dir.path());
    }
    b.run(["hive", "hide", &id(&b, "make deploy")]).success();
    sync(&b, right.path());
    let (text, _) = written(right.path());
    assert!(text.contains("make lint") && !text.contains("deploy"), "{text}");
    assert_eq!(sync(&c, right.path())["new"], 1);
}

#[test]
fn what_is_forgotten_is_gone_everywhere_and_not_said_again() {
    let (a, b, _) = two();
    distill(&a);
    a.run(["hive", "expose", "--all"]).success();
    let dir = tempfile::tempdir().unwrap();
    sync(&a, dir.path());
    sync(&b, dir.path());
    let deploy = id(&a, "make deploy");
    let foreign = b.run(["hive", "forget", &deploy[..8]]).fails_with(1);
    assert!(foreign.stderr.contains("only it can take that back"), "{}", foreign.stderr);
    let hidden = json(&a, &["hive", "hide", &deploy, "--json"]);
    assert_eq!(hidden["was_given"], true);
    a.run(["hive", "forget", &deploy[..8]]).success();
    sync(&a, dir.path());
    assert_eq!(sync(&b, dir.path())["newer"], 1, "it is told though it was hidden: b has it");
    assert_eq!(ls(&b).len(), 1);
    let again = distill(&a);
    assert_eq!(
        (&again["said"], &again["kept_back"][0]["why"]),
        (&json!([]), &json!("you have forgotten it"))
    );
    a.run(["hive", "forget", "--undo", &deploy[..8]]).success();
    assert_eq!(distill(&a)["said"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_muted_is_out_of_view_and_says_so() {
    let (a, _, _) = two();
    distill(&a);
    let lint = id(&a, "make lint");
    a.run(["hive", "mute", &lint[..8]]).success();
    let all = json(&a, &["hive", "ls", "--all", "--json"]);
    assert_eq!((&all["out"][0]["id"], &all["out"][0]["why"]), (&json!(lint), &json!("muted")));
    let shown = a.run(["hive", "ls"]).success().stdout;
    assert!(shown.contains("make deploy") && !shown.contains("make lint"), "{shown}");
    assert!(shown.contains("1 unit more out of view"), "{shown}");
    let shown = a.run(["hive", "ls", "--all"]).success().stdout;
    assert!(shown.contains("you have muted it"), "{shown}");
    a.run(["hive", "unmute", &lint[..8]]).success();
    assert_eq!(ls(&a).len(), 2);
    // By scope, and by who says it.
    let of = |args: &[&str]| {
        json(&a, &[&["hive", "ls", "--json"], args].concat())["units"].as_array().unwrap().len()
    };
    assert_eq!([of(&["--scope", "project:work"]), of(&["--scope", "universal"])], [2, 0]);
    assert_eq!([of(&["--from", "me"]), of(&["--from", "b"])], [2, 0]);
}

#[test]
fn where_there_is_nothing_the_next_step_is_named() {
    let world = world();
    let refused = world.run(["hive", "distill"]).fails_with(1);
    assert!(refused.stderr.contains("claudectl hive create NAME"), "{}", refused.stderr);
    for (args, said) in
        [(["hive", "ls"], "claudectl hive distill"), (["hive", "status"], "claudectl hive create NAME")]
    {
        let shown = world.run(args).success().stdout;
        assert!(shown.contains(said), "{shown}");
    }
    world.run(["hive", "create", "home"]).success();
    for (args, said) in [
        (["hive", "distill"], "Nothing can be said yet, of 0 answers"),
        (["hive", "preview"], "nothing of it can leave"),
        (["hive", "status"], "home: owner, 1 member"),
    ] {
        let shown = world.run(args).success().stdout;
        assert!(shown.contains(said), "{shown}");
    }
    let nothing = world.run(["hive", "expose", "--all"]).fails_with(1);
    assert!(nothing.stderr.contains("claudectl hive distill"), "{}", nothing.stderr);
    for what in ["expose", "hide", "mute", "unmute", "forget"] {
        let unknown = world.run(["hive", what, "abcd"]).fails_with(1);
        assert!(unknown.stderr.contains("claudectl hive ls --all"), "{what}: {}", unknown.stderr);
    }
}

#[test]
fn every_key_is_documented() {
    let (a, _, _) = two();
    distill(&a);
    let page = fs::read_to_string(docs().join("json.md")).unwrap();
    let hold = |command: &str, documents: &[Value]| {
        let mut printed = BTreeSet::new();
        documents.iter().for_each(|document| paths(document, "", &[], &mut printed));
        let documented = documented(&page, command);
        let undocumented: Vec<&String> = printed.difference(&documented).collect();
        assert!(undocumented.is_empty(), "{command}: {undocumented:?}");
    };
    let lint = id(&a, "make lint");
    let with = |args: &[&str]| json(&a, &[args, &["--json"]].concat());
    hold("claudectl hive status --json", &[with(&["hive", "status"])]);
    hold("claudectl hive preview --json", &[with(&["hive", "preview"])]);
    hold("claudectl hive expose ID --json", &[with(&["hive", "expose", &lint])]);
    hold("claudectl hive hide ID --json", &[with(&["hive", "hide", &lint])]);
    hold("claudectl hive mute ID --json", &[with(&["hive", "mute", &lint])]);
    hold("claudectl hive ls --json", &[with(&["hive", "ls", "--all"])]);
    hold("claudectl hive forget ID --json", &[with(&["hive", "forget", &lint])]);
    hold("claudectl hive distill --json", &[distill(&a)]);
}
