//! `claudectl search`.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use claudectl_search::query::Query;
use claudectl_store::search::{Index, Unpacker};
use claudectl_testkit::{Transcript, Usage, World, wait_for};
use serde_json::{Value, json};

use crate::tick::{WRITES, killed_at, tracer};
use crate::{A, B, C, json, reply, user_config, world};

/// A, of the 20th, in `api`; B, of the 22nd, in `web`, with a subagent.
fn two_sessions() -> World {
    let world = world();
    let mut first = Transcript::new(A, world.work_dir().join("api"));
    first.at("2026-11-20T10:00:00Z").prompt("The migration fails on a foreign key. Fix it!");
    first.assistant(|m| {
        m.thinking("The foreign key is checked too early.").text("I look at the migration.");
        m.tool_use("Bash", json!({"command": "grep -rn get_user_name src/main.rs", "description": "Look"}));
        m.usage(Usage::new(1, 1))
    });
    first.last_result("     7→fn getUserName() {\n     8→    foreign_key()\nerror: 全文検索", true);
    first.assistant(|m| m.text("Done: the migration runs.").usage(Usage::new(1, 1)));
    first.custom_title("Repair the migration").write(&world.config_dir());
    let mut second = Transcript::new(B, world.work_dir().join("web"));
    second.at("2026-11-22T10:00:00Z").prompt("Write a migration guide for Größe").assistant(|m| {
        m.tool_use("Agent", json!({"subagent_type": "Explore", "description": "look", "prompt": "p"}));
        m.usage(Usage::new(1, 1))
    });
    let agent = second.subagent("a1");
    agent.prompt("Find the key to the migration").assistant(|m| m.text("Found.").usage(Usage::new(1, 1)));
    second.last_result("ok", false).write(&world.config_dir());
    world
}

/// What was found: session, role and text of each hit, in order.
#[track_caller]
fn found(world: &World, args: &[&str]) -> Vec<String> {
    let out = world.run([&["search", "--json"], args].concat());
    assert!(out.code < 2, "{}", out.snapshot());
    let document = out.json();
    let mut found = Vec::new();
    for of in document["results"].as_array().unwrap() {
        for hit in of["matches"].as_array().unwrap() {
            let session = &of["session"].as_str().unwrap()[..1];
            found.push(format!(
                "{session} {}: {}",
                hit["role"].as_str().unwrap(),
                hit["text"].as_str().unwrap()
            ));
        }
    }
    assert_eq!(out.code == 1, found.is_empty(), "{}", out.snapshot());
    found
}

#[track_caller]
fn hits(world: &World, query: &str) -> u64 {
    world.run(["search", "--json", query]).json()["hits"].as_u64().unwrap()
}

#[test]
fn by_session_with_the_best_first() {
    let world = two_sessions();
    insta::assert_snapshot!("search", world.run(["search", "migration"]).snapshot());
    insta::assert_snapshot!(
        "search_context",
        world.run(["search", "foreign_key", "--context", "1"]).snapshot()
    );
    let painted = world.run(["search", "--color", "always", "guide"]).success().stdout;
    assert!(painted.contains("\u{1b}[1;33mguide\u{1b}[0m") && !painted.contains('»'), "{painted}");
}

#[test]
fn a_hit_says_where_it_is() {
    let world = two_sessions();
    let document = json(&world, &["search", "getUserName", "--json", "--role", "result"]);
    assert_eq!((&document["hits"], &document["sessions"]), (&json!(1), &json!(1)));
    assert_eq!((&document["behind_bytes"], &document["searched"]), (&json!(0), &json!(12)));
    let of = &document["results"][0];
    assert_eq!(
        (&of["session"], &of["name"], &of["project"]),
        (&json!(A), &json!("Repair the migration"), &json!("api"))
    );
    let hit = &of["matches"][0];
    assert_eq!((&hit["text"], &hit["marks"]), (&json!("fn getUserName() {"), &json!([[3, 14]])));
    assert_eq!((&hit["failed"], &hit["agent"]), (&json!(true), &Value::Null));
    assert!(hit["transcript"].as_str().unwrap().ends_with(&format!("{A}.jsonl")), "{hit}");
    let of_agent = json(&world, &["search", "find the key", "--json"]);
    assert_eq!(of_agent["results"][0]["matches"][0]["agent"], "a1");
}

#[test]
fn options_leave_out_the_rest() {
    let world = two_sessions();
    let count = |args: &[&str]| found(&world, &[&["migration"], args].concat()).len();
    assert_eq!(count(&[]), 5, "three of a session at most");
    assert_eq!(count(&["-n", "0"]), 6);
    assert_eq!(count(&["-n", "1"]), 1);
    assert_eq!(count(&["--session", "aaaa"]), 4);
    assert_eq!(count(&["--session", "Repair the migration"]), 4);
    assert_eq!(count(&["--project", "WEB"]), 2);
    assert_eq!(count(&["--project", "web", "--session", A]), 0);
    assert_eq!(count(&["--since", "2026-11-22"]), 2);
    assert_eq!(count(&["--until", "2026-11-21"]), 3);
    assert_eq!(count(&["--role", "prompt,name"]), 4);
    let sorted = found(&world, &["migration", "--sort", "time", "-n", "0"]);
    assert!(sorted[0].starts_with("b prompt") && sorted[5].starts_with("a prompt"), "{sorted:#?}");
    let out = world.run(["search", "migration", "--role", "call"]).fails_with(1);
    assert!(out.stderr.contains("there are 6 hits without the options"), "{}", out.stderr);
    world.run(["search", "x", "--since", "today", "--until", "yesterday"]).fails_with(2);
    let out = world.run(["search", "x", "--session", "nobody"]).fails_with(1);
    assert!(out.stderr.contains("there is no session nobody"), "{}", out.stderr);
}

#[test]
fn anything_typed_works_or_says_why() {
    let world = two_sessions();
    for (query, expected) in [
        ("foreign key", 3),
        ("\"key foreign\"", 0),
        ("get_user_name", 2),
        ("getUserName", 2),
        ("user", 2),
        ("src/main.rs", 1),
        ("main.rs", 1),
        ("foreign_key()", 3),
        ("migr*", 6),
        ("migration -guide", 5),
        ("guide OR thinking", 1),
        ("guide OR early", 2),
        ("全文", 1),
        ("文検", 1),
        ("索", 1),
        ("grosse", 0),
        ("GROßE", 1),
        ("größe", 1),
        ("\"The migration fails", 1),
        ("(fails) AND [fix]", 1),
        ("NOT", 0),
        ("a:b^2 {x} NEAR(y z)", 0),
    ] {
        assert_eq!(hits(&world, query), expected, "{query}");
    }
    for (query, said) in [
        ("()", "there is no word in \"()\""),
        (" ", "there is nothing to look for"),
        ("m*", "\"m*\" is the beginning of too many words"),
        ("\u{2014}-x", "x"),
    ] {
        let out = world.run(["search", query]);
        assert!(
            out.code == if said == "x" { 1 } else { 2 } && out.stderr.contains(said),
            "{}",
            out.snapshot()
        );
    }
    let out = world.run(["search", "-guide"]).fails_with(2);
    assert!(out.stderr.contains("only says what must not be there"), "{}", out.stderr);
    assert_eq!(
        found(&world, &["migration", "-guide", "-n", "0"]).len(),
        5,
        "a word behind a dash is no option"
    );
    let out = world.run(["--color", "never", "search", "-guide", "migration", "-n0"]).success();
    assert!(out.stdout.contains("5 hits in 2 sessions"), "{}", out.stdout);
    assert_eq!(found(&world, &["--", "--guide"]).len(), 1);
    let out = world.run(["search", "migration", "--force"]).fails_with(2);
    assert!(out.stderr.contains("to pass '--force' as a value, use '-- --force'"), "{}", out.stderr);
    world.run(["search"]).fails_with(2);
}

#[test]
fn nothing_found_says_why() {
    let world = world();
    let out = world.run(["search", "x"]).fails_with(1);
    assert!(out.stderr.contains("there is no transcript yet"), "{}", out.stderr);
    let world = two_sessions();
    let out = world.run(["search", "migration quaternion"]).fails_with(1);
    assert!(
        out.stderr.contains("\"quaternion\" is nowhere in 12 passages of 3 transcripts"),
        "{}",
        out.stderr
    );
    let out = world.run(["search", "guide early"]).fails_with(1);
    assert!(out.stderr.contains("each word is found, but never all in one passage"), "{}", out.stderr);
    assert_eq!(out.stdout, "");
    let out = world.run(["search", "--json", "quaternion"]).fails_with(1);
    assert_eq!((out.json()["hits"].as_u64(), &out.json()["results"]), (Some(0), &json!([])));
}

#[test]
fn what_is_new_is_found_and_what_is_no_longer_there_is_not() {
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("alpha").write(&world.config_dir());
    assert_eq!(hits(&world, "alpha"), 1);
    let path = transcript.prompt("beta").append_to(&world.config_dir());
    assert_eq!((hits(&world, "alpha"), hits(&world, "beta")), (1, 1));
    // Half a row is taken in when it is whole.
    let row = json!({"type": "user", "uuid": "u", "message": {"content": "gamma"}}).to_string();
    let append = |text: &str| {
        let mut file = std::fs::File::options().append(true).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    };
    append(&row[..20]);
    assert_eq!(hits(&world, "gamma"), 0);
    append(&format!("{}\n", &row[20..]));
    assert_eq!(hits(&world, "gamma"), 1);
    // It moved to another project, and goes on there.
    let moved = path.parent().unwrap().with_file_name("-elsewhere").join(path.file_name().unwrap());
    std::fs::create_dir(moved.parent().unwrap()).unwrap();
    std::fs::rename(&path, &moved).unwrap();
    assert_eq!((hits(&world, "alpha"), hits(&world, "gamma")), (1, 1));
    // It was rewritten, and made shorter.
    let whole = std::fs::read_to_string(&moved).unwrap();
    std::fs::write(&moved, whole.replace("beta", "delta")).unwrap();
    assert_eq!((hits(&world, "alpha"), hits(&world, "beta"), hits(&world, "delta")), (1, 0, 1));
    std::fs::write(&moved, whole.lines().next().unwrap().to_owned() + "\n").unwrap();
    assert_eq!((hits(&world, "alpha"), hits(&world, "delta"), hits(&world, "gamma")), (1, 0, 0));
}

#[test]
fn a_fork_is_found_where_it_is_new() {
    let world = world();
    let mut original = Transcript::new(A, world.work_dir());
    original.prompt("common alpha").assistant(|m| m.text("common reply").usage(Usage::new(1, 1)));
    let path = original.write(&world.config_dir());
    let mut fork = original.fork(B);
    fork.prompt("only of the fork");
    assert_eq!(hits(&world, "common"), 2);
    fork.write(&world.config_dir());
    assert_eq!(hits(&world, "common"), 2, "once, though it is in two files");
    assert_eq!(found(&world, &["fork"]), ["b prompt: only of the fork"]);
    // What the fork copied is its own once the original says something else.
    std::fs::write(&path, "{\"type\":\"user\",\"uuid\":\"x\",\"message\":{\"content\":\"other\"}}\n")
        .unwrap();
    world.run(["search", "other"]).success();
    assert_eq!(found(&world, &["common", "alpha"]), ["b prompt: common alpha"]);
}

#[test]
fn texts_outlive_their_transcripts_for_as_long_as_retention_says() {
    let mut world = two_sessions();
    assert_eq!(hits(&world, "migration"), 6);
    let projects = world.config_dir().join("projects");
    let copies: Vec<_> = crate::tree(&projects).into_iter().collect();
    std::fs::remove_dir_all(&projects).unwrap();
    let document = json(&world, &["search", "fails", "--json"]);
    let hit = &document["results"][0]["matches"][0];
    assert_eq!(
        (&hit["text"], &hit["transcript"]),
        (&json!("The migration fails on a foreign key. Fix it!"), &Value::Null)
    );
    let out = world.run(["search", "fails"]).success();
    assert!(out.stdout.lines().next().unwrap().ends_with("its transcript is gone"), "{}", out.stdout);
    // Back from a backup, it is there as before, once.
    for (file, content) in &copies {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    assert_eq!(hits(&world, "migration"), 6);
    assert!(
        json(&world, &["search", "fails", "--json"])["results"][0]["matches"][0]["transcript"].is_string()
    );
    std::fs::remove_dir_all(&projects).unwrap();
    world.run(["search", "fails"]).success();
    user_config(&world, "[retention]\nsearch_days = 3\n");
    let would = world.run(["clean", "--state", "--dry-run"]).success().stdout;
    assert!(would.contains("The search index would lose the texts of 1 transcript gone for long"), "{would}");
    let did = world.run(["clean", "--state"]).success().stdout;
    assert!(did.contains("The search index lost the texts of 1 transcript gone for long"), "{did}");
    assert_eq!(hits(&world, "migration"), 2, "of the 22nd");
    world.set_now("2026-12-24T12:00:00Z");
    world.run(["tick"]).success();
    assert_eq!(hits(&world, "migration"), 0);
    world.run(["clean", "--state"]).success();
    for (path, content) in crate::tree(&world.state_dir()) {
        let there = content.windows(9).any(|bytes| bytes.eq_ignore_ascii_case(b"migration"));
        // The name of a session has a term of its own.
        assert!(!there || path.ends_with("state.db"), "{}", path.display());
    }
}

#[test]
fn a_pass_in_the_background_takes_in_what_is_new() {
    let world = two_sessions();
    let out = world.run(["search", "--update", "none", "migration"]).fails_with(1);
    assert!(out.stderr.contains("of transcripts are not in it yet"), "{}", out.stderr);
    let done = json(&world, &["tick", "--json"]);
    assert!(done["search_taken_bytes"].as_u64().unwrap() > 1000, "{done}");
    assert_eq!(done["search_behind_bytes"], 0);
    assert_eq!(found(&world, &["--update", "none", "migration", "-n", "0"]).len(), 6);
    assert_eq!(json(&world, &["tick", "--json"])["search_taken_bytes"], 0);
}

#[test]
fn a_search_waits_for_the_pass_in_the_background() {
    let world = two_sessions();
    world.write("state/search.lock", "");
    let held = std::fs::File::open(world.state_dir().join("search.lock")).unwrap();
    held.lock().unwrap();
    let mut command = world.cmd().args(["search", "migration", "--json"]).to_command();
    let mut search = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let ended = wait_for(Duration::from_millis(500), || search.try_wait().unwrap());
    assert_eq!(ended, None, "it does not answer without what is new");
    drop(held);
    let out = search.wait_with_output().unwrap();
    let document: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&document["hits"], &document["behind_bytes"]), (&json!(6), &json!(0)));
    // Not for ever: one that takes long is told of.
    let held = std::fs::File::open(world.state_dir().join("search.lock")).unwrap();
    held.lock().unwrap();
    let mut transcript = Transcript::new(C, world.work_dir());
    transcript.prompt("gamma").write(&world.config_dir());
    let out = world.run(["search", "migration"]).success();
    assert!(out.stderr.contains("not in it yet; another claudectl is about it"), "{}", out.stderr);
}

/// A transcript of many rows that tell nothing, and two prompts.
fn long(world: &World, session: &str, megabytes: usize) -> PathBuf {
    let mut transcript = Transcript::new(session, world.work_dir());
    let path = transcript.prompt(&format!("first of {}", &session[..1])).write(&world.config_dir());
    let mut text = String::new();
    let row = format!(r#"{{"type":"file-history-snapshot","x":"{}"}}"#, "x".repeat(1 << 20));
    for _ in 0..megabytes {
        writeln!(text, "{row}").unwrap();
    }
    std::fs::File::options().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
    transcript.prompt(&format!("last of {}", &session[..1])).append_to(&world.config_dir());
    path
}

#[test]
fn where_nobody_waits_for_it_only_so_much_is_taken_in_at_once() {
    let world = world();
    long(&world, A, 50);
    long(&world, B, 50);
    let out = world.run(["search", "first"]).success();
    assert!(
        out.stderr.contains("MB of transcripts are not in it yet; `--update all` takes them in"),
        "{}",
        out.stderr
    );
    let behind = json(&world, &["search", "first", "--json", "--update", "none"])["behind_bytes"].clone();
    assert!((1 << 20..50 << 20).contains(&behind.as_u64().unwrap()), "{behind}");
    let doctor = world.run(["doctor"]).success().stdout;
    assert!(
        doctor.contains("search index: $STATE/search.db") && doctor.contains("are not in it yet"),
        "{doctor}"
    );
    assert_eq!(hits(&world, "last"), 2, "and the rest the next time");
    assert_eq!(hits(&world, "first"), 2);
}

#[test]
fn lines_beyond_all_measure_are_left_out() {
    let world = world();
    let path = long(&world, A, 1);
    let mut file = std::fs::File::options().append(true).open(&path).unwrap();
    let huge = json!({"type": "user", "message": {"content": "huge ".repeat(2 << 20)}}).to_string();
    writeln!(file, "{huge}\n\0\u{1}noise\n{}", json!({"type": "user", "message": {"content": "behind it"}}))
        .unwrap();
    file.write_all(b"\xff\xfe{\"type\":\"user\"}\n").unwrap();
    assert_eq!((hits(&world, "huge"), hits(&world, "behind"), hits(&world, "last")), (0, 1, 1));
}

#[test]
fn a_damaged_index_is_made_anew_and_keeps_nobody_from_anything() {
    let world = two_sessions();
    let db = world.write("state/search.db", "this is no index, but long enough to be looked at. ".repeat(40));
    world.run(["ls"]).success();
    world.run(["spend"]).success();
    let doctor = world.run(["doctor"]).fails_with(1).stdout;
    assert!(
        doctor.contains("warning  search index: $STATE/search.db: it is no index, or it is damaged"),
        "{doctor}"
    );
    let out = world.run(["search", "fails"]).success();
    assert!(
        out.stderr.contains("is damaged or not an index: it is $STATE/search.db.damaged now"),
        "{}",
        out.stderr
    );
    assert!(std::fs::read(db.with_extension("db.damaged")).unwrap().starts_with(b"this is no index"));
    assert_eq!(world.run(["search", "fails"]).success().stderr, "");
    // Of its inner pages, too.
    let whole = std::fs::read(&db).unwrap();
    for page in 1..whole.len() / 8192 {
        let mut damaged = whole.clone();
        damaged[page * 8192..][..64].fill(0xa5);
        std::fs::write(&db, damaged).unwrap();
        let out = world.run(["search", "migration", "--json"]);
        assert!(out.code < 2, "page {page}: {}", out.snapshot());
        // Where it was seen to be damaged, all is found that there is.
        assert!(out.stderr.is_empty() || out.json()["hits"] == 6, "page {page}: {}", out.snapshot());
        world.run(["tick"]).success();
        let out = world.run(["search", "fails", "OR", "guide"]);
        assert!(out.code < 2, "page {page}: {}", out.snapshot());
    }
    world.run(["search", "--rebuild", "migration"]).success();
    assert_eq!(hits(&world, "migration"), 6);
}

#[test]
fn an_index_from_the_future_is_left_alone_until_told() {
    let world = two_sessions();
    world.run(["search", "fails"]).success();
    let db = world.state_dir().join("search.db");
    let mut bytes = std::fs::read(&db).unwrap();
    bytes[60..64].copy_from_slice(&99u32.to_be_bytes());
    std::fs::write(&db, &bytes).unwrap();
    let out = world.run(["search", "fails"]).fails_with(2);
    assert!(out.stderr.contains("has schema 99") && out.stderr.contains("--rebuild"), "{}", out.stderr);
    let out = world.run(["tick"]).success();
    assert!(out.stderr.contains("what is new cannot be searched for"), "{}", out.stderr);
    assert_eq!(std::fs::read(&db).unwrap(), bytes);
    assert_eq!(world.run(["search", "--rebuild"]).success().stdout.split(' ').next(), Some("Took"));
    assert_eq!(hits(&world, "fails"), 1);
}

/// Everything in the index: as often as it is there.
fn stored(world: &World) -> Vec<String> {
    let index = Index::open(&world.state_dir().join("search.db")).unwrap();
    let mut texts = Vec::new();
    for chunk in index.chunks().unwrap() {
        let text = index.text(&mut Unpacker::new().unwrap(), chunk).unwrap().unwrap();
        let rows = index.chunk(chunk).unwrap().unwrap().1;
        texts.extend(rows.iter().filter(|row| !row.copied).map(|row| text[row.start..row.end].to_owned()));
    }
    texts.sort();
    texts
}

#[test]
fn an_index_that_cannot_be_written_is_asked_all_the_same() {
    let world = two_sessions();
    world.run(["search", "migration"]).success();
    // What SQLite and we need beside it cannot be had.
    for name in ["search.lock", "search.db-shm"] {
        let path = world.state_dir().join(name);
        std::fs::remove_file(&path).ok();
        std::fs::create_dir(path).unwrap();
    }
    reply(&world, C, "claude-opus-5-5", Usage::new(1, 1));
    let out = world.run(["search", "migration", "--json"]).success();
    let found = out.json();
    assert_eq!(found["hits"], 6);
    assert!(found["behind_bytes"].as_u64().unwrap() > 0, "{found}");
    assert!(
        out.stderr.contains("search.lock") && out.stderr.contains("what is new is not taken in"),
        "{}",
        out.stderr
    );
    let nothing = world.run(["search", "zebra"]).fails_with(1);
    assert!(nothing.stderr.contains("nothing is found"), "{}", nothing.stderr);
    assert!(world.run(["search", "--rebuild"]).fails_with(3).stderr.contains("search.lock"));
}

#[test]
fn the_query_may_come_by_standard_input() {
    let world = two_sessions();
    let asked = |stdin: &str| world.cmd().args(["search", "-", "--json"]).stdin(stdin).run();
    let found = asked("\"foreign key\" OR guide\n").success().json();
    assert_eq!((&found["query"], &found["hits"]), (&json!("\"foreign key\" OR guide"), &json!(4)), "{found}");
    let nothing = asked(" \n").fails_with(2);
    assert!(nothing.stderr.contains("nothing to look for"), "{}", nothing.stderr);
    // Half of it would be another query, and half a secret is not known for one.
    let long = format!("x {}", "y ".repeat(40_000));
    let out = asked(&long).fails_with(2);
    assert!(out.stderr.contains("the query is longer than"), "{}", out.stderr);
}

#[test]
fn who_wants_all_waits_for_another_that_is_about_it() {
    let world = two_sessions();
    std::fs::create_dir_all(world.state_dir()).unwrap();
    let lock = std::fs::File::create(world.state_dir().join("search.lock")).unwrap();
    lock.lock().unwrap();
    let mut command = world.cmd().args(["search", "--update", "all", "migration", "--json"]).to_command();
    let mut waits = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(waits.stderr.take().unwrap()).read_line(&mut told).unwrap();
    assert!(told.contains("another claudectl takes in transcripts: waiting"), "{told}");
    drop(lock);
    let said = waits.wait_with_output().unwrap();
    let found: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!((&found["hits"], &found["behind_bytes"]), (&json!(6), &json!(0)));
}

#[test]
fn several_at_once_take_in_everything_once() {
    let world = two_sessions();
    for number in 0..20 {
        let sid = format!("{number:08}-0000-4000-8000-000000000000");
        let mut transcript = Transcript::new(&sid, world.work_dir());
        for turn in 0..20 {
            transcript.prompt(&format!("number {turn} of {number}"));
        }
        transcript.write(&world.config_dir());
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let out = world.run(["search", "migration"]);
                assert!(out.code < 2, "{}", out.snapshot());
                assert!(world.run(["tick"]).code == 0);
            });
        }
    });
    assert_eq!(hits(&world, "number"), 400);
    let mut texts = stored(&world);
    let count = texts.len();
    texts.dedup();
    assert_eq!((texts.len(), count), (412, 412));
    // Whoever comes while another one is about it answers with what there is.
    let lock = std::fs::File::open(world.state_dir().join("search.lock")).unwrap();
    lock.lock().unwrap();
    let mut late = Transcript::new(C, world.work_dir());
    late.prompt("latecomer migration").write(&world.config_dir());
    let out = world.run(["search", "migration"]).success();
    assert!(out.stderr.contains("another claudectl is about it"), "{}", out.stderr);
    assert!(!out.stdout.contains("latecomer"));
    let out = world.run(["search", "--rebuild"]).fails_with(3);
    assert!(out.stderr.contains("another claudectl takes in transcripts"), "{}", out.stderr);
    drop(lock);
    assert_eq!(hits(&world, "latecomer"), 1);
}

#[test]
fn a_search_that_is_killed_anywhere_loses_and_doubles_nothing() {
    let Some(strace) = tracer() else { return };
    let world = world();
    let mut transcript = Transcript::new(A, world.work_dir());
    let (mut number, mut kills) = (0, 0);
    for syscall in WRITES {
        let mut n = 1;
        loop {
            number += 1;
            transcript.prompt(&format!("number {number}")).append_to(&world.config_dir());
            if !killed_at(&strace, &world, &["search", "--update", "all", "number"], "", syscall, n) {
                break;
            }
            kills += 1;
            n += 1 + n / 4;
        }
        world.run(["search", "number"]).success();
        let mut expected: Vec<String> = (1..=number).map(|number| format!("number {number}")).collect();
        expected.sort();
        assert_eq!(stored(&world), expected, "after {syscall}");
        assert_eq!(hits(&world, "number"), number, "after {syscall}");
    }
    assert!(kills > 20, "only {kills} points");
}

#[test]
fn no_secret_of_any_kind_is_kept_or_found() {
    let world = world();
    let samples: Vec<_> = (1..3).flat_map(claudectl_redact::samples::samples).collect();
    assert!(claudectl_redact::kinds().len() > 30);
    let mut transcript = Transcript::new(A, world.work_dir());
    for sample in &samples {
        transcript.prompt(&sample.text).assistant(|m| {
            m.text(&sample.text)
                .tool_use("Bash", json!({"command": sample.text, "env": {"note": sample.text}}));
            m.usage(Usage::new(1, 1))
        });
        transcript.last_result(&sample.text, false);
    }
    transcript.custom_title(&samples[0].text).write(&world.config_dir());
    world.run(["search", "--update", "all", "redacted"]).success();
    let texts = stored(&world);
    assert!(texts.len() > samples.len());
    let index = Index::open(&world.state_dir().join("search.db")).unwrap();
    for sample in &samples {
        for secret in &sample.secrets {
            // Short ones stand in anything, and what is cut off is known by the end of its text alone.
            let behind_it = claudectl_redact::redact(&format!("{}\nmore", sample.text)).text.into_owned();
            if secret.len() < 16 || behind_it.contains(secret.as_str()) {
                continue;
            }
            let shown = texts.iter().find(|text| text.contains(secret.as_str()));
            assert_eq!(shown, None, "{}", sample.kind);
            let Ok(query) = Query::parse(&format!("\"{secret}\"")) else { continue };
            let mut found = 0;
            index.matches(&query.fts(), |_, _| found += 1).unwrap();
            assert_eq!(found, 0, "{}: {}", sample.kind, sample.text);
        }
    }
    // What was typed is not told, either.
    let secret = &samples.iter().find(|sample| sample.kind == "github-token").unwrap().secrets[0];
    let out = world.run(["search", secret]).fails_with(1);
    assert!(
        !out.stderr.contains(secret.as_str()) && out.stderr.contains("[redacted:github-token]"),
        "{}",
        out.stderr
    );
}

#[test]
fn no_text_commands_the_terminal() {
    let world = world();
    let hostile = "needle \u{1b}[2Jb\u{1b}]0;owned\u{7}c\u{202e}d\u{9b}31mg\u{0}h\r\ni\u{8}j needle";
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript
        .prompt(hostile)
        .assistant(|m| m.tool_use(hostile, json!({"command": hostile})).usage(Usage::new(1, 1)));
    transcript.last_result(hostile, true).custom_title(hostile).write(&world.config_dir());
    for args in
        [&["search", "needle"][..], &["search", "needle", "--context", "3"], &["search", "\u{1b}[2J\u{202e}"]]
    {
        let out = world.run(args);
        let both = format!("{}{}", out.stdout, out.stderr);
        let bad = both.chars().find(|letter| letter.is_control() && *letter != '\n' || *letter == '\u{202e}');
        assert_eq!(bad, None, "{args:?} {}", both.escape_debug());
    }
}

#[test]
fn where_nothing_can_be_written_it_says_so() {
    let world = two_sessions();
    let blocked = world.write("blocked", "");
    let out =
        world.cmd().args(["search", "fails"]).env("CLAUDECTL_HOME", Path::new(&blocked).join("x")).run();
    assert_eq!(out.code, 3, "{}", out.snapshot());
    assert!(out.stderr.contains("  fix: check the owner and mode"), "{}", out.stderr);
}
