//! `claudectl brain`: what is learned of answers, and what it is good for.

use claudectl_brain::course::{Course, Ended, program};
use claudectl_brain::features::Features;
use claudectl_store::Store;
use claudectl_testkit::{Claude, Endpoint, Mock, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::hook::{answer, call};
use crate::real_guard::calls;
use crate::real_modes::{installed, logged};
use crate::{A, B, json, user_config, world};

/// How a prompt was answered.
#[derive(Clone, Copy)]
pub(crate) enum Said {
    Yes,
    Always,
    No,
}

/// A call whose prompt was answered.
pub(crate) fn prompted(transcript: &mut Transcript, tool: &str, input: &Value, said: Said) -> String {
    transcript.assistant(|m| m.tool_use(tool, input.clone()).usage(Usage::new(1, 1)));
    let id = transcript.last_tool_use();
    let decided = |decision: &str, source: &str| json!({"decision": decision, "source": source});
    let (decision, denial) = match said {
        Said::Yes => (decided("accept", "user_temporary"), None),
        Said::Always => (decided("accept", "user_permanent"), None),
        Said::No => (decided("reject", "user_reject"), Some("user-rejected")),
    };
    let failed = denial.is_some();
    let mut row = json!({
        "type": "user", "sessionId": transcript.session_id(), "permissionDecision": decision,
        "message": {"role": "user", "content": [{
            "type": "tool_result", "tool_use_id": id, "is_error": failed,
            "content": if failed { "The user doesn't want to proceed with this tool use." } else { "ok" },
        }]},
    });
    if let Some(denial) = denial {
        row["toolDenialKind"] = json!(denial);
    }
    transcript.raw(&row.to_string());
    id
}

pub(crate) fn bash(transcript: &mut Transcript, command: &str, said: Said) -> String {
    prompted(transcript, "Bash", &json!({"command": command, "description": "x"}), said)
}

pub(crate) fn begun(world: &World) -> Transcript {
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.at("2026-11-23T10:00:00Z").prompt("go");
    transcript
}

/// A person who lets `make lint` run, and never `make deploy`: so many answers of each.
pub(crate) fn answered(world: &World, times: usize) {
    let mut transcript = begun(world);
    for _ in 0..times {
        bash(&mut transcript, "make lint", Said::Yes);
        bash(&mut transcript, "make deploy", Said::No);
    }
    transcript.write(&world.config_dir());
}

pub(crate) fn learn(world: &World) -> Value {
    json(world, &["brain", "learn", "--history", "--json"])
}

fn query(world: &World, command: &str) -> Value {
    json(world, &["brain", "query", command, "--json"])
}

fn opinion(told: &Value) -> (&str, &str, &str) {
    (
        told["verdict"].as_str().unwrap(),
        told["layer"].as_str().unwrap(),
        told["thought"]["opinion"].as_str().unwrap_or_default(),
    )
}

#[test]
fn who_has_answered_before_is_known_from_the_first_day() {
    let world = world();
    answered(&world, 150);
    let told = learn(&world);
    assert_eq!([&told["calls"], &told["learnable"], &told["new"], &told["learned"]], [300, 300, 300, 300]);
    let prompts = &told["answers"][0];
    assert_eq!([&prompts["wanted"], &prompts["unwanted"]], [150, 150]);
    let again = learn(&world);
    assert_eq!([&again["new"], &again["learned"]], [0, 0], "the same answers are the same");
    let status = json(&world, &["brain", "status", "--json"]);
    assert_eq!([&status["answers"], &status["learned"]], [300, 300]);
    let shell = &status["groups"][0];
    assert_eq!(
        [&shell["group"], &shell["allow"]["proven"], &shell["deny"]["proven"]],
        [&json!("shell"), &json!(true), &json!(true)]
    );

    // Shown, and not gone by.
    assert_eq!(opinion(&query(&world, "make lint")), ("ask", "effects", "allow"));
    assert_eq!(opinion(&query(&world, "make deploy")), ("ask", "effects", "deny"));
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    let lint = query(&world, "make lint");
    assert_eq!(opinion(&lint), ("allow", "learned", "allow"));
    let reason = lint["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("learned: you allowed this 1") && reason.contains("fewer than 5 %"),
        "{reason}"
    );
    assert_eq!(lint["neighbours"].as_array().unwrap().len(), 5);
    assert!(lint["features"].as_array().unwrap().len() > 3);
    assert_eq!(opinion(&query(&world, "make deploy")), ("deny", "learned", "deny"));
    // What nobody has answered for asks.
    for other in ["make release", "cargo build", "make lint && cargo build"] {
        let told = query(&world, other);
        assert_eq!(
            (&told["verdict"], &told["thought"]["opinion"]),
            (&json!("ask"), &json!("ask")),
            "{other}"
        );
    }
    // What was never for learning stays so, whatever is next to it.
    for (never, verdict) in [("make lint; rm -rf ~", "deny"), ("make lint; git push", "ask")] {
        let told = query(&world, never);
        assert_eq!((&told["verdict"], &told["thought"]), (&json!(verdict), &Value::Null), "{never}");
    }
}

#[test]
fn hooks_go_by_what_was_learned_only_where_that_is_switched_on() {
    let world = world();
    answered(&world, 150);
    learn(&world);
    world.run(["tick"]).success();
    let ask = |command: &str, id: &str| {
        answer(&world, json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id}))
    };
    assert_eq!(ask("make lint", "t1").0, "ask");
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    world.run(["tick"]).success();
    let said: Vec<String> = (0..40).map(|at| ask("make lint", &format!("u{at}")).0).collect();
    let asked = said.iter().filter(|said| *said == "ask").count();
    assert!(
        said.iter().all(|said| said == "allow" || said == "ask") && asked <= 6,
        "{asked} audits: {said:?}"
    );
    let (word, reason, stderr, code) = ask("make deploy", "t2");
    assert_eq!((word.as_str(), code), ("deny", 2), "{reason} {stderr}");
    assert!(reason.contains("learned: you denied this"), "{reason}");
    assert_eq!(ask("make release", "t3").0, "ask");
    // The log says why.
    let log = json(&world, &["gate", "log", "--json"]);
    let allowed = log.as_array().unwrap().iter().find(|one| one["verdict"] == "allow").unwrap();
    assert_eq!(allowed["layer"], "learned");
    assert!(allowed["reason"].as_str().unwrap().contains("fewer than 5 %"));
    // In the host's own stricter modes what runs code is not allowed.
    let strict = json!({"tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": "t4", "permission_mode": "plan"});
    assert_eq!(answer(&world, strict).0, "");
}

#[test]
fn what_was_learned_of_a_call_is_no_leave_for_another() {
    let world = world();
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    answered(&world, 150);
    learn(&world);
    world.run(["tick"]).success();
    let elsewhere = world.work_dir().join("sub");
    std::fs::create_dir(&elsewhere).unwrap();
    let ask = |command: &str, cwd: &std::path::Path, id: &str| {
        let input = json!({"command": command});
        answer(&world, json!({"tool_name": "Bash", "tool_input": input, "tool_use_id": id, "cwd": cwd})).0
    };
    // One in fifty asks all the same.
    let run = |command: &str| {
        (0..3).any(|at| ask(command, &world.work_dir(), &format!("{command}{at}")) == "allow")
    };
    assert!(run("make lint") && run("make lint 2>&1 | tail -5"));
    for other in [
        "cd /tmp && make lint",
        "cd .. && make lint",
        "PATH=.:$PATH make lint",
        "make lint; cat x | make lint",
    ] {
        assert_eq!(ask(other, &world.work_dir(), other), "ask", "{other}");
    }
    assert_eq!(ask("make lint", &elsewhere, "sub"), "ask", "another Makefile");
}

#[test]
fn an_answer_at_a_prompt_is_learned_once() {
    let world = world();
    let mut transcript = begun(&world);
    let path = transcript.write(&world.config_dir());
    world.run(["tick"]).success();
    let id = bash(&mut transcript, "make lint", Said::Yes);
    let more = json!({
        "tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": id, "transcript_path": path,
    });
    call(&world, A, "PreToolUse", more.clone());
    transcript.write(&world.config_dir());
    call(&world, A, "PostToolUse", more);
    for _ in 0..2 {
        world.run(["tick"]).success();
        let status = json(&world, &["brain", "status", "--json"]);
        assert_eq!([&status["answers"], &status["learned"]], [1, 1]);
    }
    // History knows it, too: it is the same answer.
    assert_eq!(learn(&world)["new"], 0);
}

/// Live, a pass finds what history would: the same answers, once.
#[test]
fn what_is_taken_back_or_interrupted_is_learned_live_and_history_knows_it() {
    let world = world();
    let mut transcript = begun(&world);
    let path = transcript.write(&world.config_dir());
    world.cmd().arg("tick").env("CLAUDECTL_NOW", "2026-11-24T11:50:00Z").run().success();
    let file = world.work_dir().join("a.rs");
    let other = world.work_dir().join("b.rs");
    let edit = |old: &str, new: &str| json!({"file_path": file, "old_string": old, "new_string": new});
    let told = |name: &str, id: &str, tool: &str, input: &Value| {
        let event =
            json!({"tool_name": tool, "tool_input": input, "tool_use_id": id, "transcript_path": path});
        call(&world, A, name, event);
    };
    transcript.at("2026-11-24T11:55:00Z");
    let calls = [
        ("Edit", edit("one", "two")),
        ("Edit", edit("two", "one")),
        ("Edit", json!({"file_path": other, "old_string": "a", "new_string": "b"})),
        ("Bash", json!({"command": format!("git restore {}", other.display()), "description": "x"})),
    ];
    for (tool, input) in &calls {
        let id = prompted(&mut transcript, tool, input, Said::Yes);
        told("PreToolUse", &id, tool, input);
        transcript.write(&world.config_dir());
        told("PostToolUse", &id, tool, input);
    }
    // A subagent has a transcript of its own.
    let third = world.work_dir().join("c.rs");
    for (old, new) in [("x", "y"), ("y", "x")] {
        let input = json!({"file_path": third, "old_string": old, "new_string": new});
        let id = prompted(transcript.subagent("a1").at("2026-11-24T11:55:00Z"), "Edit", &input, Said::Yes);
        let event = json!({
            "tool_name": "Edit", "tool_input": input, "tool_use_id": id, "transcript_path": path, "agent_id": "a1",
        });
        call(&world, A, "PreToolUse", event);
    }
    // Esc: no hook tells of it.
    let lint = json!({"command": "make lint", "description": "x"});
    transcript.assistant(|m| m.tool_use("Bash", lint.clone()).usage(Usage::new(1, 1)));
    told("PreToolUse", &transcript.last_tool_use(), "Bash", &lint);
    let row = json!({
        "type": "user", "sessionId": A, "timestamp": "2026-11-24T11:55:06.000Z",
        "message": {"role": "user", "content": [{
            "type": "tool_result", "tool_use_id": transcript.last_tool_use(), "is_error": true,
            "content": "The user doesn't want to take this action right now. STOP what you are doing",
        }]},
    });
    transcript.raw(&row.to_string());
    transcript.write(&world.config_dir());
    let of = |source: &str| -> u64 {
        let status = json(&world, &["brain", "status", "--json"]);
        let all = status["by_source"].as_array().unwrap().clone();
        all.iter().filter(|one| one["source"] == source).map(|one| one["count"].as_u64().unwrap()).sum()
    };
    for _ in 0..2 {
        world.run(["tick"]).success();
        assert_eq!([of("reverted"), of("interrupted")], [3, 1]);
    }
    let before = json(&world, &["brain", "status", "--json"]);
    let history = learn(&world);
    assert_eq!([&history["new"], &history["learned"]], [0, 0], "{history}");
    assert_eq!(json(&world, &["brain", "status", "--json"]), before);
    let reverted =
        history["answers"].as_array().unwrap().iter().find(|one| one["source"] == "reverted").unwrap();
    assert_eq!(reverted["unwanted"], 3, "history finds them, too");
    // What is forgotten is not found again by the next pass, though the session goes on.
    world.run(["brain", "forget", "--yes"]).success();
    told("PreToolUse", "toolu_later", "Bash", &json!({"command": "ls"}));
    world.run(["tick"]).success();
    assert_eq!(json(&world, &["brain", "status", "--json"])["answers"], 0);
}

/// What was known of the calls of a session when they were judged, the first one first.
fn judged(world: &World) -> Vec<Features> {
    let store = Store::open(&world.state_dir().join("state.db")).unwrap();
    let mut all = store.decisions_of(A, 0, 100).unwrap();
    all.reverse();
    let packed = all.iter().filter_map(|one| one.judged.known.as_ref());
    packed.map(|known| Features::unpack(&known.features).unwrap()).collect()
}

#[test]
fn what_a_session_did_before_is_known_of_its_calls() {
    let world = world();
    world.run(["tick"]).success();
    let lint = |id: &str| {
        json!({
            "tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": id,
            "tool_response": {}, "error": "x",
        })
    };
    call(&world, A, "PreToolUse", lint("t1"));
    call(&world, A, "PostToolUseFailure", lint("t1"));
    call(&world, A, "UserPromptSubmit", json!({"prompt": "once more"}));
    world.run(["tick"]).success();
    call(&world, A, "PreToolUse", lint("t2"));
    world.run(["tick"]).success();
    let known = judged(&world);
    assert_eq!(known.len(), 2);
    let course = Course {
        failed: 1,
        repeats: 1,
        quiet: 1,
        before: [Some((program("Bash", true, "make"), Ended::Failed)), None, None],
        ..Course::default()
    };
    assert_eq!(known[1], known[0].after(&course));
    assert_eq!(known[1].slots.len(), known[0].slots.len() + 4);
}

#[test]
fn history_knows_what_was_before_a_call() {
    let world = world();
    let mut transcript = begun(&world);
    transcript.assistant(|m| m.tool_use("Bash", json!({"command": "make lint"})).usage(Usage::new(1, 1)));
    transcript.last_result("no rule", true);
    bash(&mut transcript, "make test", Said::Yes);
    transcript.write(&world.config_dir());
    learn(&world);
    let store = Store::open(&world.state_dir().join("state.db")).unwrap();
    let answers = store.last_answers(9).unwrap();
    assert_eq!(answers.len(), 1);
    let known = Features::unpack(&answers[0].features).unwrap();
    let before = [Some((program("Bash", true, "make"), Ended::Failed)), None, None];
    let course = Course { failed: 1, before, ..Course::default() };
    let alone = Features { slots: Vec::new(), ..known.clone() };
    let slots = alone.after(&course).slots;
    assert_eq!(slots.len(), 2);
    assert!(slots.iter().all(|slot| known.slots.contains(slot)));
}

#[test]
fn everything_can_be_learned_again_to_the_last_bit() {
    let world = world();
    answered(&world, 60);
    learn(&world);
    let files = ["brain.model", "brain.tab"].map(|name| world.state_dir().join(name));
    let before = files.each_ref().map(|file| std::fs::read(file).unwrap());
    let broken: [&[u8]; 3] = [&before[0][..before[0].len() / 2], b"", b"cctlbrn\xff of another version"];
    for bytes in broken {
        std::fs::write(&files[0], bytes).unwrap();
        world.run(["tick"]).success();
        assert_eq!(files.each_ref().map(|file| std::fs::read(file).unwrap()), before);
    }
    std::fs::write(&files[1], b"torn").unwrap();
    assert_eq!(query(&world, "make lint")["thought"], Value::Null, "what is damaged is not gone by");
    let told = world.run(["brain", "query", "make lint"]).success();
    assert!(told.stdout.contains("What was learned cannot be read"), "{}", told.stdout);
    assert!(told.stderr.contains("brain.tab: it is damaged"), "{}", told.stderr);
    world.run(["tick"]).success();
    assert_eq!(std::fs::read(&files[1]).unwrap(), before[1]);
    user_config(&world, "[brain]\nlearn = false\n");
    world.run(["tick"]).success();
    assert!(files.iter().all(|file| !file.exists()));
    user_config(&world, "");
    world.run(["tick"]).success();
    assert_eq!(files.each_ref().map(|file| std::fs::read(file).unwrap()), before);
}

#[test]
fn a_correction_counts_and_is_taken_back_by_another() {
    let world = world();
    answered(&world, 150);
    learn(&world);
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    world.run(["tick"]).success();
    for at in 0..4 {
        let id = format!("toolu_{at}");
        call(
            &world,
            B,
            "PreToolUse",
            json!({"tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": id}),
        );
    }
    let review = json(&world, &["brain", "review", "--json"]);
    let silent: Vec<&Value> = review.as_array().unwrap().iter().collect();
    assert!(silent.len() >= 3 && silent.iter().all(|one| one["layer"] == "learned"), "{review}");
    let id = silent[0]["tool_use_id"].as_str().unwrap();
    let before = query(&world, "make lint")["thought"]["p"].as_f64().unwrap();
    world.run(["brain", "review", "--correct", id, "--unwanted"]).success();
    let after = query(&world, "make lint")["thought"]["p"].as_f64().unwrap();
    assert!(after < before, "{before} {after}");
    world.run(["brain", "review", "--correct", id, "--wanted"]).success();
    assert!(query(&world, "make lint")["thought"]["p"].as_f64().unwrap() > after);
    let out = world.run(["brain", "review", "--correct", id]);
    assert_eq!(out.code, 2);
    assert_eq!(world.run(["brain", "review", "--correct", "none", "--wanted"]).code, 2);
    assert_eq!(json(&world, &["brain", "forget", "--yes", "--json"])["forgotten"], 301);
    assert_eq!(world.run(["brain", "forget"]).code, 2);
    assert!(world.run(["brain"]).success().stdout.starts_with("Nothing was learned yet"));
}

#[test]
fn what_was_taken_back_and_what_was_for_good_count_otherwise() {
    let world = world();
    let mut transcript = begun(&world);
    let path = world.work_dir().join("a.rs");
    let edit = |old: &str, new: &str| json!({"file_path": path, "old_string": old, "new_string": new});
    prompted(&mut transcript, "Edit", &edit("one", "two"), Said::Yes);
    prompted(&mut transcript, "Edit", &edit("two", "one"), Said::Yes);
    bash(&mut transcript, "make lint", Said::Always);
    transcript.write(&world.config_dir());
    let told = learn(&world);
    let of = |source: &str| {
        told["answers"].as_array().unwrap().iter().find(|one| one["source"] == source).unwrap().clone()
    };
    assert_eq!([&of("prompt")["wanted"], &of("always")["wanted"], &of("reverted")["unwanted"]], [2, 1, 1]);
}

#[test]
fn what_is_printed_is_for_people() {
    let world = world();
    let nothing = world.run(["brain", "query", "make lint"]).success().stdout;
    assert!(nothing.contains("Nothing was learned yet"), "{nothing}");
    let none = world.run(["brain", "learn", "--history"]).success().stdout;
    assert!(none.contains("No answer of yours is known"), "{none}");
    assert!(world.run(["brain", "review"]).success().stdout.contains("Nothing is to be looked at"));
    answered(&world, 150);
    let dry = world.run(["brain", "learn", "--history", "--dry-run"]).success().stdout;
    assert!(dry.contains("Nothing was kept"), "{dry}");
    let told = world.run(["brain", "learn", "--history"]).success().stdout;
    assert!(told.contains("300 of it is new"), "{told}");
    let status = world.run(["brain", "status"]).success().stdout;
    assert!(status.contains("300 answers of yours are known: 150 allowed, 150 denied"), "{status}");
    assert!(status.contains("its mode is on"), "{status}");
    let query = world.run(["brain", "query", "make lint"]).success().stdout;
    assert!(query.contains("likely wanted: 99.") && query.contains("opinion: allow"), "{query}");
}

#[test]
fn json_md_names_what_is_printed() {
    let world = world();
    answered(&world, 150);
    let compare = |command: &str, args: &[&str], unless: &[&str]| {
        crate::docs::compare(&world, command, args, &[], unless);
    };
    compare("claudectl brain learn --history --json", &["brain", "learn", "--history", "--json"], &[]);
    let model = Endpoint::says(r#"{"summary":"x","risks":["y"],"tighten":true}"#);
    user_config(&world, &format!("[llm]\nurl = \"{}\"\nmodel = \"m\"\n", model.address()));
    assert!(world.run(["doctor"]).code < 2);
    compare("claudectl brain status --json", &["brain", "--json"], &[]);
    compare("claudectl brain prompts --json", &["brain", "prompts", "--json"], &[]);
    let write = ["brain", "prompts", "--write", "autopsy", "--json"];
    compare("claudectl brain prompts --write NAME --json", &write, &[]);
    let summary = ["brain", "summary", "latest", "--json"];
    compare("claudectl brain summary --json", &summary, &["points[]"]);
    let query = ["brain", "query", "make lint", "--explain", "--json"];
    compare("claudectl brain query --json", &query, &["thought.why", "flows[]", "opaque[]"]);
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    world.run(["tick"]).success();
    let id = json!({"tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": "toolu_0"});
    call(&world, B, "PreToolUse", id);
    compare("claudectl brain review --json", &["brain", "review", "--json"], &["[].thought.why"]);
    let correct = ["brain", "review", "--correct", "toolu_0", "--wanted", "--json"];
    compare("claudectl brain review --correct CALL --json", &correct, &[]);
    compare("claudectl brain forget --yes --json", &["brain", "forget", "--yes", "--json"], &[]);
}

/// With the real client, in which nobody sits: what asks does not run there.
#[test]
fn the_real_client_runs_what_was_learned_and_nothing_else() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::with_bin(crate::BIN), Mock::start());
    let goals = ["lint", "deploy", "release"].map(|goal| format!("{goal}:\n\ttouch {goal}.txt\n"));
    world.write("work/Makefile", goals.concat());
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    answered(&world, 150);
    installed(&claude, &world, "");
    let now = |args: &[&str]| world.cmd().args(args).env("CLAUDECTL_NOW", "").run().success();
    assert!(now(&["brain", "learn", "--history"]).stdout.contains("300 of it is new"));
    let run = |what: &str| ("Bash", json!({"command": what, "description": "make it"}));
    // Of the same calls one in fifty asks: not twice in a row.
    let made = [run("make lint"), run("make lint"), run("make deploy"), run("make release"), run("rm -rf ~")];
    calls(&claude, &world, &mock, "default", B, &made).run().success();
    let is_there = |goal: &str| world.work_dir().join(format!("{goal}.txt")).exists();
    assert_eq!([is_there("lint"), is_there("deploy"), is_there("release")], [true, false, false]);
    let log = logged(&world);
    let said = |summary: &str, layer: &str| -> Vec<String> {
        let of = log.iter().filter(|one| one["session"] == B && one["summary"] == summary);
        of.filter(|one| one["layer"] == layer)
            .map(|one| one["verdict"].as_str().unwrap().to_owned())
            .collect()
    };
    let lint = said("make lint", "learned");
    assert!(!lint.is_empty() && lint.iter().all(|verdict| verdict == "allow"), "{log:#?}");
    let reason = log.iter().find(|one| one["layer"] == "learned").unwrap()["reason"].as_str().unwrap();
    assert!(reason.contains("of such answers fewer than 5 % are wrong"), "{reason}");
    assert!(said("make deploy", "learned").iter().all(|verdict| verdict == "deny"));
    assert_eq!(said("make release", "effects"), ["ask"], "of this kind nothing was answered");
    assert_eq!(said("rm -rf ~", "effects"), ["deny"]);
    // Nobody has answered these: they teach nothing.
    now(&["tick"]);
    let status = world.cmd().args(["brain", "--json"]).env("CLAUDECTL_NOW", "").run().success().json();
    assert_eq!(status["answers"], 300, "{status}");
}

/// What each call is answered at a hook, at the first of three that is none of one in fifty.
fn answered_at(world: &World, tool: &str, input: &Value, cwd: &std::path::Path) -> String {
    let ask = |at: u32| {
        let id = format!("{input}{}{at}", cwd.display());
        answer(world, json!({"tool_name": tool, "tool_input": input, "tool_use_id": id, "cwd": cwd})).0
    };
    (0..3).map(ask).find(|said| said == "allow").unwrap_or_else(|| ask(3))
}

/// Made to have the same hash as `npm run build`, by whoever knows how that is made.
const FORGED: &str = "npm run pwn #xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxW-y3SPQCxKkqA8PHlEmGNKuX7f_NCRWZZZ4zfeXUe_lMpKBpfpPi9TbuAoVRfnwV";

#[test]
fn what_only_looks_the_same_is_not_answered() {
    let world = world();
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    let (top, sub) = (world.work_dir(), world.work_dir().join("sub"));
    std::fs::create_dir_all(top.join(".git")).unwrap();
    std::fs::create_dir_all(&sub).unwrap();
    std::fs::write(top.join(".git/HEAD"), "ref: refs/heads/feat\n").unwrap();
    let mut transcript = begun(&world);
    transcript.branch("feat");
    for _ in 0..100 {
        bash(&mut transcript, "npm run build", Said::Yes);
        bash(&mut transcript, "git commit -m wip", Said::Yes);
        transcript.cd(&sub);
        bash(&mut transcript, "python3 ./x.py", Said::Yes);
        transcript.cd(&top);
    }
    transcript.write(&world.config_dir());
    learn(&world);
    world.run(["tick"]).success();
    let said = |command: &str, cwd: &std::path::Path| {
        answered_at(&world, "Bash", &json!({ "command": command }), cwd)
    };
    let root = top.display();
    for (command, cwd) in [
        ("npm run build", &top),
        ("npm run build 2>&1 | tail -5", &top),
        (&*format!("cd {root} && npm run build"), &sub),
        ("python3 ./x.py", &sub),
        ("cd ./sub && python3 ./x.py", &top),
        ("git commit -m wip", &top),
    ] {
        assert_eq!(said(command, cwd), "allow", "{command}");
    }
    for (command, cwd) in [
        (FORGED, &top),
        ("npm run build2>&1", &top),
        ("npm run build", &sub),
        (&*format!("python3 {root}/x.py"), &sub),
        (&*format!("cd {root} && python3 ./x.py"), &sub),
        ("git commit -m wip", &sub),
    ] {
        assert_eq!(said(command, cwd), "ask", "{command}");
    }
    std::fs::write(top.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    assert_eq!(said("git commit -m wip", &top), "ask", "on the branch of all");
    assert_eq!(said("npm run build", &top), "allow", "that is no matter of git");
}

#[test]
fn what_calls_are_known_by_is_a_secret_that_no_hook_makes() {
    let world = world();
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    answered(&world, 150);
    assert_eq!(json(&world, &["brain", "learn", "--history", "--dry-run", "--json"])["renewed"], Value::Null);
    let key = world.state_dir().join("brain.key");
    assert!(!key.exists(), "who only looks makes none");
    let told = learn(&world);
    assert_eq!([&told["new"], &told["renewed"], &told["unusable"]], [300, 0, 0]);
    world.run(["tick"]).success();
    let secret = std::fs::read(&key).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&key).unwrap().permissions()) & 0o777,
        0o600
    );
    assert_eq!(secret.len(), 44);
    let said = || answered_at(&world, "Bash", &json!({"command": "make lint"}), &world.work_dir());
    assert_eq!(said(), "allow");
    // Hooks have it in what they read anyway.
    std::fs::remove_file(&key).unwrap();
    assert_eq!(said(), "allow");
    assert!(!key.exists());
    // Another one knows none of what was answered, until it is read again.
    world.run(["tick"]).success();
    assert_ne!(std::fs::read(&key).unwrap(), secret);
    assert_eq!(said(), "ask");
    let text = world.run(["brain", "learn", "--history"]).success().stdout;
    assert!(text.contains("300 answers of an earlier version: read again"), "{text}");
    world.run(["tick"]).success();
    assert_eq!(said(), "allow");
    // One that is torn is no secret.
    std::fs::write(&key, "short").unwrap();
    world.run(["tick"]).success();
    assert_eq!((std::fs::read(&key).unwrap().len(), said().as_str()), (44, "ask"));
    // What nobody can find again is told.
    std::fs::remove_dir_all(world.config_dir().join("projects")).unwrap();
    let told = learn(&world);
    assert_eq!([&told["renewed"], &told["unusable"]], [0, 300]);
}

/// What was answered in one folder of a repository is known in all of it, in history as for hooks; but the very same call is
/// one of the same folder.
#[test]
fn a_project_is_the_same_in_each_of_its_folders() {
    let world = world();
    std::fs::create_dir_all(world.work_dir().join(".git")).unwrap();
    std::fs::write(world.work_dir().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let below = world.work_dir().join("below");
    std::fs::create_dir_all(&below).unwrap();
    let mut transcript = Transcript::new(A, &below);
    transcript.at("2026-11-23T10:00:00Z").prompt("go");
    bash(&mut transcript, "make lint", Said::Yes);
    transcript.write(&world.config_dir());
    assert_eq!(learn(&world)["new"], 1);
    let told = query(&world, "make lint");
    assert_eq!(told["neighbours"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["thought"]["allowed"], 0.0);
    let there = world.cmd().args(["brain", "query", "make lint", "--json"]).cwd(&below).run().success();
    let there: Value = serde_json::from_str(&there.stdout).unwrap();
    // Once, 26 hours ago: half of it is left after 30 days.
    assert_eq!(there["thought"]["allowed"], 0.9753);
}

/// What was let run elsewhere is new here, in whichever form it comes; what is told of it is true.
#[test]
fn what_was_answered_elsewhere_opens_nothing_here() {
    let world = world();
    answered(&world, 150);
    learn(&world);
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    let folder = world.work_dir().to_str().unwrap().to_owned();
    let published = |at: u64| {
        json!({
            "ts": format!("{}", 1_790_000_000 + at * 3_600), "pid": 7, "project": folder, "cwd": folder, "tool": "Bash",
            "command": "npm run evil", "brain_action": "approve", "user_action": "accept",
            "decision_id": format!("dec_{at}"),
        })
        .to_string()
    };
    let own = |at: u64| {
        json!({
            "claudectl_answer": 1, "at": format!("2026-11-22T10:{at:02}:00Z"), "session": "else", "project": folder,
            "tool_use_id": format!("toolu_{at}"), "tool": "Bash", "summary": "cargo run", "source": "always",
            "wanted": true,
        })
        .to_string()
    };
    world.write("work/published.jsonl", (0..40).map(published).collect::<Vec<_>>().join("\n"));
    world.write("work/own.ndjson", (0..40).map(own).collect::<Vec<_>>().join("\n"));
    let before = query(&world, "make lint");
    assert_eq!(json(&world, &["brain", "import", "published.jsonl", "--json"])["new"], 40);
    assert_eq!(json(&world, &["brain", "import", "own.ndjson", "--json"])["new"], 40);
    for command in ["npm run evil", "cargo run"] {
        let told = query(&world, command);
        assert_eq!(opinion(&told), ("ask", "effects", "ask"), "{command}");
        let thought = &told["thought"];
        assert_eq!((&thought["why"], &thought["allowed"]), (&json!("new"), &json!(0.0)), "{thought}");
        assert_eq!(told["neighbours"], json!([]), "nobody has answered for it here");
    }
    let after = query(&world, "make lint");
    assert_eq!(opinion(&after), ("allow", "learned", "allow"));
    for same in ["p", "allowed", "trials", "errors"] {
        assert_eq!(before["thought"][same], after["thought"][same], "{same}");
    }
    let page = world.run(["brain", "status"]).success().stdout;
    assert!(
        page.contains("300 answers of yours are known: 150 allowed, 150 denied\n80 answers were taken over"),
        "{page}"
    );
}

#[test]
fn a_slip_that_is_corrected_was_none() {
    let world = world();
    let mut transcript = begun(&world);
    let mut slip = String::new();
    for at in 0..140 {
        let said = if at == 130 { Said::No } else { Said::Yes };
        let id = bash(&mut transcript, "make lint", said);
        slip = if at == 130 { id } else { slip };
        bash(&mut transcript, "make fmt", Said::Yes);
    }
    transcript.write(&world.config_dir());
    let input = json!({"tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": slip});
    world.run(["tick"]).success();
    call(&world, A, "PreToolUse", input);
    learn(&world);
    world.run(["tick"]).success();
    let allow = || json(&world, &["brain", "status", "--json"])["groups"][0]["allow"].clone();
    let before = allow();
    assert_eq!((&before["errors"], &before["proven"]), (&json!(1), &json!(false)));
    world.run(["brain", "review", "--correct", &slip, "--wanted"]).success();
    let after = allow();
    assert_eq!((&after["errors"], &after["proven"]), (&json!(0), &json!(true)));
    assert_eq!(query(&world, "make fmt")["thought"]["opinion"], "allow");
    let thought = query(&world, "make lint")["thought"].clone();
    assert_eq!((&thought["denied"], &thought["opinion"]), (&json!(0.0), &json!("allow")), "{thought}");
    let stats = json(&world, &["brain", "stats", "false-allow", "--json"]);
    let figures = stats["parts"][0]["rows"][0]["figures"].clone();
    assert_eq!((&figures[0]["name"], &figures[0]["count"]), (&json!("errors"), &json!(0)), "{figures}");
    // To the last bit, learned on or again.
    let files = ["brain.model", "brain.tab"].map(|name| world.state_dir().join(name));
    let kept = files.each_ref().map(|file| std::fs::read(file).unwrap());
    std::fs::remove_file(&files[0]).unwrap();
    world.run(["tick"]).success();
    assert_eq!(files.each_ref().map(|file| std::fs::read(file).unwrap()), kept);
    // And taken back again.
    world.run(["brain", "review", "--correct", &slip, "--unwanted"]).success();
    assert_eq!(allow()["errors"], 1);
}

#[test]
fn who_corrects_silent_answers_is_asked_again_and_told_so() {
    let world = world();
    answered(&world, 150);
    learn(&world);
    user_config(&world, "[gate]\nmode = \"auto\"\n");
    world.run(["tick"]).success();
    // One whose id begins another's is meant by it.
    for id in ["toolu_1", "toolu_12", "toolu_13", "toolu_14"] {
        let input = json!({"tool_name": "Bash", "tool_input": {"command": "make lint"}, "tool_use_id": id});
        call(&world, B, "PreToolUse", input);
    }
    let review = json(&world, &["brain", "review", "--json"]);
    let silent: Vec<&str> =
        review.as_array().unwrap().iter().filter_map(|one| one["tool_use_id"].as_str()).collect();
    assert!(silent.contains(&"toolu_1"), "{silent:?}");
    let covered = json(&world, &["brain", "status", "--json"])["coverage"].clone();
    assert_eq!(covered, json!({"calls": 4, "answered": silent.len()}));
    world.run(["brain", "review", "--correct", "toolu_1", "--unwanted"]).success();
    let status = json(&world, &["brain", "status", "--json"]);
    let allow = &status["groups"][0]["allow"];
    assert_eq!(
        (&allow["proven"], &allow["trials"], &allow["corrected"]),
        (&json!(false), &json!(0), &json!(1))
    );
    let page = world.run(["brain"]).success().stdout;
    for part in ["CORRECTED", "Coverage: ", "Drift: none was seen.", "Model: "] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(status["model"].as_str().unwrap()), "{page}");
    // Proven anew, it says since when.
    let mut transcript = Transcript::new(crate::C, world.work_dir());
    transcript.at("2026-11-24T10:00:00Z").prompt("go");
    (0..130).for_each(|_| {
        bash(&mut transcript, "make fmt", Said::Yes);
    });
    transcript.write(&world.config_dir());
    learn(&world);
    let fmt = query(&world, "make fmt");
    assert_eq!(fmt["thought"]["opinion"], "ask", "history is before the correction: {fmt}");
}

#[test]
fn a_stamp_of_the_future_makes_nothing_old() {
    let world = world();
    answered(&world, 150);
    let mut transcript = Transcript::new(B, world.work_dir());
    transcript.at("2099-01-01T00:00:00Z").prompt("go");
    bash(&mut transcript, "make docs", Said::No);
    transcript.write(&world.config_dir());
    let told = learn(&world);
    assert_eq!((&told["new"], &told["future"]), (&json!(301), &json!(1)));
    let lint = query(&world, "make lint");
    assert_eq!(lint["thought"]["opinion"], "allow", "{lint}");
    assert!(lint["thought"]["allowed"].as_f64().unwrap() > 50.0, "{lint}");
    let again = learn(&world);
    assert_eq!((&again["new"], &again["future"]), (&json!(0), &json!(0)), "the same is the same");
    let mut other = Transcript::new(crate::C, world.work_dir());
    other.at("2098-01-01T00:00:00Z").prompt("go");
    bash(&mut other, "make docs", Said::No);
    other.write(&world.config_dir());
    let page = world.run(["brain", "learn", "--history"]).success();
    assert!(page.stderr.contains("1 of the new ones say that they are of the future"), "{}", page.stderr);
}
