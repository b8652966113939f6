//! The person's language model: what it is told, what comes of what it says, and that nothing goes by it.

use std::time::{Duration, Instant};

use claudectl_testkit::injections::{HOSTILE, REPLIES};
use claudectl_testkit::{Deed, Endpoint, LocalModel, Request, Transcript, Usage, World};
use serde_json::{Value, json};

use crate::hook::call;
use crate::redaction::assert_harmless;
use crate::{A, json, user_config, world};

const WARNS: &str = r#"{"summary":"Removes the build folder.","risks":["It is gone."],"tighten":true}"#;
const SAYS: &str = r#"{"summary":"Runs the linter.","risks":[],"tighten":false}"#;
const DIGEST: &str = r#"{"summary":"The linter was run.","points":["It failed once."]}"#;

/// Longer than a test may take, where the time is not what is tested.
fn configured(world: &World, endpoint: &str, more: &str) {
    user_config(world, &format!("[llm]\nurl = \"{endpoint}\"\nmodel = \"m\"\ntimeout = \"60s\"\n{more}"));
}

fn explained(world: &World, command: &str) -> Value {
    json(world, &["brain", "query", command, "--explain", "--json"])
}

/// What the model was asked, the questions only.
fn questions(endpoint: &Endpoint) -> Vec<Request> {
    endpoint.came().into_iter().filter(|request| request.line == "POST /api/chat").collect()
}

/// A model that warns of canaries, and says this of all else.
fn honest(says: &'static str) -> Endpoint {
    Endpoint::chat(move |_, request| {
        let canary = canaries().iter().any(|mark| request.body.contains(mark));
        Deed::ok(&Endpoint::ollama(if canary { WARNS } else { says }))
    })
}

/// Parts of the calls that are known to be bad, one of each.
fn canaries() -> [&'static str; 8] {
    [
        "rm -rf ~/ --no-preserve-root",
        "sudo rm -rf --no-preserve-root /",
        "dd if=/dev/zero of=/dev/sda",
        "id_ed25519",
        "203.0.113.9/x",
        "git push --force origin main",
        "DROP DATABASE",
        "s3://backups",
    ]
}

/// A session whose last call asks, with a person's words, a tool's answer and an agent's words before it.
fn session(world: &World, command: &str) -> Transcript {
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("Please MARK-PERSON it");
    transcript.assistant(|m| {
        m.text("MARK-PROSE").tool_use("Read", json!({"file_path": "/srv/a"})).usage(Usage::new(1, 1))
    });
    transcript.last_result("MARK-OUTPUT", false);
    transcript.assistant(|m| {
        let input = json!({"file_path": "/srv/b", "content": "MARK-FILE"});
        m.tool_use("Write", input).usage(Usage::new(1, 1))
    });
    transcript.last_result("MARK-OUTPUT", true);
    transcript.assistant(|m| {
        m.text("MARK-PROSE").tool_use("Bash", json!({"command": command})).usage(Usage::new(1, 1))
    });
    transcript.write(&world.config_dir());
    transcript
}

/// The same, and the gate was asked about its last call.
fn asked(world: &World, command: &str) {
    let mut transcript = session(world, command);
    let path = transcript.write(&world.config_dir());
    let id = transcript.last_tool_use();
    let input = json!({
        "tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id, "transcript_path": path,
    });
    call(world, A, "PreToolUse", input);
}

/// A pass that is none of those that hooks have started.
fn tick(world: &World) -> Value {
    let pass = || {
        let took = json(world, &["tick", "--json"]);
        (took["skipped"] == false).then_some(took)
    };
    claudectl_testkit::wait_for(Duration::from_secs(60), pass).expect("another pass runs for ever")
}

#[test]
fn without_a_model_nothing_is_asked_and_the_way_to_one_is_told() {
    let world = world();
    let out = world.run(["brain", "query", "make lint", "--explain"]).fails_with(2);
    assert!(
        out.stderr.contains("no language model is configured") && out.stderr.contains("llm.model"),
        "{}",
        out.stderr
    );
    assert_eq!(json(&world, &["brain", "status", "--json"])["llm"], Value::Null);
    let checks = json(&world, &["doctor", "--json"]);
    assert!(checks["checks"].as_array().unwrap().iter().all(|check| check["name"] != "language model"));
    for args in [&["brain", "summary", "latest"][..], &["brain", "review", "--explain"]] {
        session(&world, "make lint");
        world.run(["tick"]).success();
        assert_eq!(world.run(args).code, 2, "{args:?}");
    }
}

#[test]
fn a_call_is_explained_and_the_verdict_stays() {
    let world = world();
    let model = Endpoint::says(WARNS);
    configured(&world, model.address(), "");
    let bare = json(&world, &["brain", "query", "make lint", "--json"]);
    let told = explained(&world, "make lint");
    assert_eq!(
        (&told["verdict"], &told["layer"], &told["reason"]),
        (&bare["verdict"], &bare["layer"], &bare["reason"])
    );
    let said = &told["explained"];
    assert_eq!(
        (&said["summary"], &said["risks"], &said["warns"], &said["proposes"], &said["model"]),
        (
            &json!("Removes the build folder."),
            &json!(["It is gone."]),
            &json!(true),
            &json!("deny"),
            &json!("m")
        )
    );
    // What is decided is not asked again, and nothing is proposed.
    assert_eq!(explained(&world, "ls")["explained"]["proposes"], Value::Null);
    assert_eq!(explained(&world, "ls")["verdict"], "allow");
    let text = world.run(["brain", "query", "make lint", "--explain"]).success().stdout;
    assert!(
        text.contains("m warns: Removes the build folder.\nm sees a risk: It is gone.\n")
            && text
                .contains("It proposes to refuse this call. That is for you to decide: the verdict stays."),
        "{text}"
    );
    // The command is all that is known of it there.
    let asked = questions(&model);
    assert!(
        asked.iter().all(|request| request.body.contains("make lint") || request.body.contains("\\\"ls\\\""))
    );
    let status = json(&world, &["brain", "status", "--json"]);
    assert_eq!((&status["llm"]["state"], &status["llm"]["last"]["why"]), (&json!("ready"), &Value::Null));
    let text = world.run(["brain", "status"]).success().stdout;
    assert!(text.contains(&format!("Language model: m at {}, reached", model.address())), "{text}");
}

#[test]
fn it_is_told_what_the_person_wrote_and_what_tools_were_called_with_and_nothing_else() {
    let world = world();
    let model = honest(SAYS);
    configured(&world, model.address(), "annotate = true\n");
    let secrets = crate::redaction::secrets();
    let command = format!("make lint TOKEN={} MARK-INPUT", secrets[0]);
    asked(&world, &command);
    world.write("work/notes.txt", "MARK-DISK");
    // By this pass, or by one that a hook has started.
    let noted = || {
        tick(&world);
        let note = json(&world, &["gate", "log", "--json"])[0]["note"].clone();
        (!note.is_null()).then_some(note)
    };
    let note = claudectl_testkit::wait_for(Duration::from_secs(60), noted).expect("nothing is noted");
    assert_eq!(note["summary"], "Runs the linter.");
    json(&world, &["brain", "query", &command, "--session", A, "--explain", "--json"]);
    let digest = Endpoint::says(DIGEST);
    configured(&world, digest.address(), "");
    json(&world, &["brain", "summary", A, "--json"]);
    json(&world, &["brain", "summary", A, "--autopsy", "--json"]);
    let asked = [questions(&model), questions(&digest)].concat();
    assert!(asked.len() >= 4, "{}", asked.len());
    for request in &asked {
        for mark in ["MARK-PROSE", "MARK-OUTPUT", "MARK-FILE", "MARK-DISK"] {
            assert!(!request.body.contains(mark), "{mark} was sent: {}", request.body);
        }
        assert!(secrets.iter().all(|secret| !request.body.contains(&secret[6..20])), "{}", request.body);
    }
    let of_the_call = asked.iter().filter(|request| request.body.contains("MARK-INPUT")).count();
    assert!(of_the_call >= 4, "the input is sent, redacted");
    assert!(asked.iter().filter(|request| request.body.contains("MARK-PERSON")).count() >= 4);
    assert!(asked.iter().any(|request| request.body.contains("9 bytes of a file, not shown")));
}

#[test]
fn a_pass_notes_what_was_asked_about_and_the_log_shows_it() {
    let world = world();
    let model = honest(WARNS);
    configured(&world, model.address(), "");
    asked(&world, "make lint");
    assert_eq!(tick(&world)["noted"], 0, "it is not switched on");
    assert_eq!(questions(&model).len(), 0);
    configured(&world, model.address(), "annotate = true\n");
    let before = json(&world, &["gate", "log", "--json"]);
    assert_eq!((&before[0]["verdict"], &before[0]["note"]), (&json!("ask"), &Value::Null));
    let took = tick(&world);
    assert_eq!((&took["noted"], &took["canaries"]), (&json!(1), &json!(1)));
    let mut after = json(&world, &["gate", "log", "--json"]);
    let note = after[0]["note"].take();
    assert_eq!((&note["summary"], &note["warns"]), (&json!("Removes the build folder."), &json!(true)));
    assert_eq!(after, before, "and nothing else");
    let text = world.run(["gate", "log"]).success().stdout;
    assert!(
        text.contains("m warns: Removes the build folder.") && text.contains("m sees a risk: It is gone."),
        "{text}"
    );
    let came = questions(&model).len();
    assert_eq!(tick(&world)["noted"], 0, "a call is asked about once");
    assert_eq!((came, questions(&model).len()), (2, 0), "and no second canary within an hour");
}

#[test]
fn hooks_never_ask_a_model() {
    let world = world();
    // No pass asks it, either: what came would be of a hook.
    let model = Endpoint::chat(|_, _| Deed::Hang);
    configured(&world, model.address(), "");
    asked(&world, "make lint");
    tick(&world);
    assert_eq!(json(&world, &["gate", "log", "--json"])[0]["verdict"], "ask");
    assert_eq!(model.came().len(), 0);
}

#[test]
fn whatever_is_written_and_said_no_verdict_moves() {
    let world = world();
    let replies = Endpoint::chat(|number, _| Deed::ok(&Endpoint::ollama(REPLIES[number % REPLIES.len()])));
    configured(&world, replies.address(), "annotate = true\n");
    for hostile in HOSTILE {
        let input = json!({"command": hostile}).to_string();
        let query = |more: &[&str]| {
            json(
                &world,
                &[&["brain", "query", "--tool", "Bash", "--input", &input, "--json"][..], more].concat(),
            )
        };
        let (bare, told) = (query(&[]), query(&["--explain"]));
        for key in ["verdict", "said", "layer", "reason", "rule", "thought"] {
            assert_eq!(bare[key], told[key], "{key} of {hostile:?}");
        }
        let proposes = &told["explained"]["proposes"];
        assert!(proposes.is_null() || proposes == "deny" && bare["verdict"] == "ask", "{hostile:?}: {told}");
        let text = world.run(["brain", "query", "--tool", "Bash", "--input", &input, "--explain"]).success();
        assert_harmless("brain query --explain", &text.stdout);
    }
}

#[test]
fn a_pass_moves_no_verdict_either() {
    let world = world();
    let replies = Endpoint::chat(|number, _| Deed::ok(&Endpoint::ollama(REPLIES[number % REPLIES.len()])));
    configured(&world, replies.address(), "annotate = true\n");
    let mut transcript = Transcript::new(A, world.work_dir());
    transcript.prompt("go");
    let mut ids = Vec::new();
    for hostile in HOSTILE.iter().take(12) {
        let command = format!("make lint '{}'", hostile.replace('\'', ""));
        transcript.assistant(|m| m.tool_use("Bash", json!({"command": command})).usage(Usage::new(1, 1)));
        ids.push((transcript.last_tool_use(), command));
    }
    let path = transcript.write(&world.config_dir());
    for (id, command) in &ids {
        let input = json!({
            "tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id, "transcript_path": path,
        });
        call(&world, A, "PreToolUse", input);
    }
    tick(&world);
    let verdicts = |log: &Value| -> Vec<Value> {
        log.as_array()
            .unwrap()
            .iter()
            .map(|one| json!([one["verdict"], one["said"], one["layer"], one["reason"]]))
            .collect()
    };
    let before = json(&world, &["gate", "log", "--json"]);
    // Four in each pass, by these and by those that hooks have started.
    let noted = || {
        tick(&world);
        let log = json(&world, &["gate", "log", "--json"]);
        let noted = log.as_array().unwrap().iter().filter(|one| !one["note"].is_null()).count();
        (noted == ids.len()).then_some(log)
    };
    let after =
        claudectl_testkit::wait_for(Duration::from_secs(60), noted).expect("some stay without a note");
    assert_eq!(verdicts(&before), verdicts(&after));
    assert_harmless("gate log", &world.run(["gate", "log"]).success().stdout);
}

#[test]
fn an_endpoint_that_is_late_lies_or_babbles_is_no_opinion_in_time() {
    let second = Duration::from_millis(20);
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec();
    let deeds: [(&str, Deed, &str); 6] = [
        ("hangs", Deed::Hang, "did not answer in time"),
        ("drips", Deed::Endless(head.clone(), b" ".to_vec(), second), "did not answer in time"),
        ("floods", Deed::Endless(head, vec![b'x'; 65_536], Duration::ZERO), "larger than 1 MiB"),
        ("is no HTTP", Deed::Raw(b"\x00\x01 what?\r\n\r\n".to_vec()), "not of its protocol"),
        ("is a page", Deed::ok("<html>It works!</html>"), "not of its protocol"),
        ("answers without the schema", Deed::ok(&Endpoint::ollama("Sure! allow")), "not as it was asked for"),
    ];
    for (what, deed, why) in deeds {
        let world = world();
        let model = Endpoint::chat(move |_, _| deed.clone());
        user_config(
            &world,
            &format!("[llm]\nurl = \"{}\"\nmodel = \"m\"\ntimeout = \"1s\"\n", model.address()),
        );
        #[expect(
            clippy::disallowed_methods,
            reason = "how long a person waits is what is tested, with room for a busy machine"
        )]
        let began = Instant::now();
        let out = world.run(["brain", "query", "make lint", "--explain"]).success();
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        assert!(
            out.stdout.contains("m has no opinion: ") && out.stdout.contains(why),
            "{what}: {}",
            out.stdout
        );
        assert_eq!(explained(&world, "make lint")["explained"]["summary"], Value::Null);
    }
}

#[test]
fn a_dead_endpoint_is_left_alone_by_all_processes_and_tried_again() {
    let mut world = world();
    let model = Endpoint::chat(|number, _| match number {
        0..3 => Deed::status("400 No", "", b""),
        _ => Deed::ok(&Endpoint::ollama(SAYS)),
    });
    configured(&world, model.address(), "");
    for _ in 0..3 {
        assert!(
            explained(&world, "make lint")["explained"]["why"].as_str().unwrap().contains("it answered 400")
        );
    }
    model.came();
    let left = explained(&world, "make lint");
    assert!(left["explained"]["why"].as_str().unwrap().contains("is not asked for a while"), "{left}");
    assert_eq!(model.came().len(), 0);
    let status = json(&world, &["brain", "status", "--json"]);
    assert!(status["llm"]["left_alone_until"].is_string(), "{status}");
    let text = world.run(["brain", "status"]).success().stdout;
    assert!(text.contains("is left alone for another 30 s"), "{text}");
    // Later one question tries, and all is well.
    let later = world.now().replace(":00Z", ":31Z");
    assert_ne!(later, world.now());
    world.set_now(later);
    assert_eq!(explained(&world, "make lint")["explained"]["summary"], "Runs the linter.");
    assert_eq!(json(&world, &["brain", "status", "--json"])["llm"]["left_alone_until"], Value::Null);
    // What is kept is of this server alone, and a file that is damaged is of none.
    std::fs::write(world.state_dir().join("llm.json"), b"{\"breaker\":{\"failed\":9,\"since\":").unwrap();
    assert_eq!(explained(&world, "make lint")["explained"]["summary"], "Runs the linter.");
}

#[test]
fn of_many_processes_one_tries_again() {
    let mut world = world();
    let model = Endpoint::chat(|number, _| match number {
        0..3 => Deed::status("400 No", "", b""),
        _ => Deed::Hang,
    });
    user_config(&world, &format!("[llm]\nurl = \"{}\"\nmodel = \"m\"\ntimeout = \"1s\"\n", model.address()));
    for _ in 0..3 {
        explained(&world, "make lint");
    }
    assert_eq!(questions(&model).len(), 3);
    let later = world.now().replace(":00Z", ":31Z");
    world.set_now(later);
    let world = &world;
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| explained(world, "make lint"))).collect();
        for one in all {
            assert_eq!(one.join().unwrap()["explained"]["summary"], Value::Null);
        }
    });
    assert_eq!(questions(&model).len(), 1, "the others wait for what comes of it");
}

fn doctor(world: &World) -> Value {
    let checks = world.run(["doctor", "--json"]).json();
    let all = checks["checks"].as_array().unwrap();
    all.iter().find(|check| check["name"] == "language model").unwrap().clone()
}

#[test]
fn doctor_says_what_is_wrong_and_the_way_out() {
    let world = world();
    let model = honest(SAYS);
    configured(&world, model.address(), "");
    let check = doctor(&world);
    assert_eq!(check["verdict"], "ok", "{check}");
    let data = &check["data"];
    assert_eq!(
        (&data["protocol"], &data["speaks"], &data["version"], &data["models"], &data["structured"]),
        (&json!("ollama"), &json!(["ollama"]), &json!("0.9.1"), &json!(["m"]), &json!(true))
    );
    assert_eq!((&data["canary"]["outcome"], &data["local"]), (&json!("warned"), &json!(true)));
    let both = Endpoint::new(|_, request| match request.line.as_str() {
        "GET /api/tags" => Deed::ok(r#"{"models":[{"name":"m"}]}"#),
        "GET /v1/models" => Deed::ok(r#"{"data":[{"id":"m"}]}"#),
        "POST /v1/chat/completions" => Deed::ok(&Endpoint::openai("not JSON")),
        _ => Deed::status("404 No", "", b""),
    });
    configured(&world, both.address(), "protocol = \"openai\"\n");
    let check = doctor(&world);
    assert_eq!(check["data"]["speaks"], json!(["ollama", "openai"]));
    assert_eq!((&check["verdict"], &check["data"]["structured"]), (&json!("warning"), &json!(false)));
    assert!(check["fix"].as_str().unwrap().contains("llm.protocol"), "{check}");

    user_config(&world, &format!("[llm]\nurl = \"{}\"\n", model.address()));
    let out = world.run(["brain", "query", "ls", "--explain"]).fails_with(2);
    assert!(out.stderr.contains("no language model is chosen"), "{}", out.stderr);
    let check = doctor(&world);
    assert!(check["message"].as_str().unwrap().ends_with("no model is chosen; it lists m"), "{check}");
    user_config(&world, &format!("[llm]\nurl = \"{}\"\nmodel = \"other\"\n", model.address()));
    assert!(doctor(&world)["message"].as_str().unwrap().contains("it has no model other"));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    user_config(&world, &format!("[llm]\nurl = \"http://{nobody}\"\nmodel = \"m\"\n"));
    let check = doctor(&world);
    assert!(
        check["verdict"] == "warning" && check["fix"].as_str().unwrap().contains("start the server"),
        "{check}"
    );
    assert_eq!(json(&world, &["brain", "status", "--json"])["llm"]["state"], "down");
    configured(&world, model.address(), "token_env = \"MY_LLM_KEY\"\n");
    let check = doctor(&world);
    assert!(
        check["verdict"] == "failed"
            && check["message"].as_str().unwrap().starts_with("MY_LLM_KEY is not set"),
        "{check}"
    );
    assert_eq!(world.run(["brain", "query", "ls", "--explain"]).code, 2);
}

#[test]
fn a_model_that_does_not_warn_of_what_is_known_to_be_bad_raises_an_alarm() {
    let world = world();
    let model = Endpoint::says(SAYS);
    configured(&world, model.address(), "annotate = true\n");
    assert_eq!(json(&world, &["tick", "--json"])["canaries"], 1, "it is found out without anything to ask");
    let status = json(&world, &["brain", "status", "--json"]);
    assert_eq!(status["llm"]["canary"]["alarm"], "it says \"Runs the linter.\"", "{status}");
    let text = world.run(["brain", "status"]).success().stdout;
    assert!(text.contains("did not warn of a call that is known to be bad"), "{text}");
    let out = world.run(["brain", "query", "make lint", "--explain"]).success();
    assert!(out.stderr.contains("do not rely on it"), "{}", out.stderr);
    let check = doctor(&world);
    assert!(
        check["verdict"] == "failed" && check["fix"].as_str().unwrap().contains("larger model"),
        "{check}"
    );
    // It is told like any other alarm.
    let log = world.root().join("told");
    let run = format!(
        "run = [\"sh\", \"-c\", \"echo \\\"$1\\\" >> {}\", \"x\", \"{{title}}: {{text}}\"]",
        log.display()
    );
    configured(&world, model.address(), &format!("annotate = true\n[hooks.on_gate_alarm]\n{run}\n"));
    let mut stream = crate::streams::Stream::start(&world.cmd().args(["up"]));
    let told = claudectl_testkit::wait_for(Duration::from_secs(60), || {
        std::fs::read_to_string(&log).ok().filter(|text| text.contains("known to be bad"))
    });
    assert!(
        told.is_some_and(|text| text.starts_with("language model: not to be relied on")),
        "{:?}",
        stream.seen
    );
    drop(stream.until(Duration::ZERO, |_| true));
}

#[test]
fn what_is_worth_a_look_is_explained_once() {
    let world = world();
    crate::brain::answered(&world, 150);
    json(&world, &["brain", "learn", "--history", "--json"]);
    let model = honest(SAYS);
    configured(&world, model.address(), "[gate]\nmode = \"auto\"\n");
    tick(&world);
    // One in fifty asks all the same.
    for number in 0..3 {
        let mut transcript = Transcript::new(crate::B, world.work_dir());
        transcript.prompt("go");
        transcript.assistant(|m| m.tool_use("Bash", json!({"command": "make lint"})).usage(Usage::new(1, 1)));
        let path = transcript.write(&world.config_dir());
        let input = json!({
            "tool_name": "Bash", "tool_input": {"command": "make lint"}, "transcript_path": path,
            "tool_use_id": if number == 0 { transcript.last_tool_use() } else { format!("toolu_gone_{number}") },
        });
        call(&world, crate::B, "PreToolUse", input);
    }
    let bare = json(&world, &["brain", "review", "--json"]);
    assert!(
        bare.as_array().unwrap().len() > 1
            && bare.as_array().unwrap().iter().all(|one| one["note"].is_null()),
        "{bare}"
    );
    let out = world.run(["brain", "review", "--explain", "--json"]).success();
    assert!(
        out.stderr.contains("its transcript no longer has it, so it cannot be explained"),
        "{}",
        out.stderr
    );
    let told = out.json();
    let notes: Vec<&Value> = told.as_array().unwrap().iter().filter(|one| !one["note"].is_null()).collect();
    assert!(
        notes.iter().all(|one| one["note"]["summary"] == "Runs the linter." && one["verdict"] == "allow"),
        "{told}"
    );
    assert_eq!(questions(&model).len(), notes.len());
    world.run(["brain", "review", "--explain"]).success();
    assert_eq!(questions(&model).len(), 0, "what is known is not asked again");
}

#[test]
fn a_session_is_summed_up() {
    let world = world();
    session(&world, "make lint");
    let model = Endpoint::says(DIGEST);
    configured(&world, model.address(), "");
    let told = json(&world, &["brain", "summary", A, "--json"]);
    assert_eq!(
        (&told["summary"], &told["points"]),
        (&json!("The linter was run."), &json!(["It failed once."]))
    );
    let text = world.run(["brain", "summary", "latest"]).success().stdout;
    assert_eq!(text, "m says: The linter was run.\n  - It failed once.\n");
    let body = &questions(&model)[0].body;
    assert!(body.contains("make lint") && body.contains("calls that failed"), "{body}");
    let silent = Endpoint::says("no");
    configured(&world, silent.address(), "");
    let out = world.run(["brain", "summary", A]).fails_with(3);
    assert!(
        out.stderr.contains("has summed up nothing") && out.stderr.contains("claudectl show"),
        "{}",
        out.stderr
    );
    assert_eq!(world.run(["brain", "summary", "nobody"]).code, 1);
}

#[test]
fn a_model_is_held_next_to_the_learner() {
    let world = world();
    // It warns of whatever says so of itself.
    let model = Endpoint::chat(|_, request| {
        let warns = ["rm -rf ~", "dd if", "--force", "DROP", "sudo", "destroy"]
            .iter()
            .any(|mark| request.body.contains(mark));
        Deed::ok(&Endpoint::ollama(if warns { WARNS } else { SAYS }))
    });
    configured(&world, model.address(), "");
    let run = |args: &[&str]| world.run([&["brain", "eval", "--llm"], args].concat()).success();
    let told = run(&["--json"]).json();
    let (learned, llm) = (&told["suite"], &told["llm"]);
    assert_eq!(
        (&learned["file"], &llm["model"], &llm["no_opinion"]),
        (&json!("the program's suite"), &json!("m"), &json!(0))
    );
    let cost = |of: &Value| of["cost"].as_u64().unwrap();
    assert!(cost(&llm["both"]) < cost(learned), "{told}");
    for way in ["alone", "both"] {
        assert_eq!((&llm[way]["false_allows"], &llm[way]["cases"]), (&json!(0), &learned["cases"]));
    }
    assert_eq!(questions(&model).len() as u64, learned["cases"].as_u64().unwrap());
    world.write(
        "work/own.ndjson",
        "{\"tool\":\"Bash\",\"input\":{\"command\":\"make lint\"},\"cwd\":\"/w\",\"expect\":\"ask\"}\n",
    );
    let text = run(&["--file", "own.ndjson"]).stdout.clone();
    assert!(
        text.contains("m: warned of 0, had no opinion of 0 of 1 calls") && text.contains("both"),
        "{text}"
    );
    // One that is gone is not waited for, call by call.
    let gone = Endpoint::chat(|_, _| Deed::status("400 No", "", b""));
    configured(&world, gone.address(), "");
    let told = run(&["--json"]).json();
    assert!(told["llm"]["stopped"].as_str().unwrap().contains("not asked for a while"), "{told}");
    assert_eq!((questions(&gone).len(), cost(&told["llm"]["both"])), (3, cost(&told["suite"])));
}

#[test]
fn templates_are_the_persons_and_one_with_a_flaw_is_told_and_not_used() {
    let world = world();
    let list = |code: i32| {
        let out = world.run(["brain", "prompts", "--json"]);
        assert_eq!(out.code, code);
        out.json()
    };
    let whose = |list: &Value, name: &str| {
        list.as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
    };
    assert_eq!(whose(&list(0), "annotate")["own"], false);
    world.run(["brain", "prompts", "--write", "annotate"]).success();
    let file = world.state_dir().join("brain/prompts/annotate.md");
    let ours = std::fs::read_to_string(&file).unwrap();
    assert_eq!(world.run(["brain", "prompts", "annotate"]).success().stdout.trim_end(), ours.trim_end());
    assert_eq!(whose(&list(0), "annotate")["own"], true);
    assert_eq!(world.run(["brain", "prompts", "--write", "annotate"]).code, 1, "it is not written over");
    std::fs::write(&file, "In verse, please: {{call}}").unwrap();
    let model = Endpoint::says(SAYS);
    configured(&world, model.address(), "");
    explained(&world, "make lint");
    assert!(questions(&model)[0].body.contains("In verse, please: <data-"));
    for (text, flaw) in [
        ("{{call}}\n{{output}}", "annotate.md:2: there is no slot {{output}}"),
        ("Explain!", "it has to have the slot {{call}}"),
        ("", "it is empty"),
    ] {
        std::fs::write(&file, text).unwrap();
        assert!(whose(&list(1), "annotate")["flaw"].as_str().unwrap().contains(flaw), "{text}");
        let out = world.run(["brain", "query", "make lint", "--explain"]).success();
        assert!(
            out.stderr.contains(flaw) && out.stderr.contains("ours is used in its place"),
            "{}",
            out.stderr
        );
        assert!(questions(&model)[0].body.contains("An agent is about to make this call"), "ours is asked");
    }
    world.run(["brain", "prompts", "--write", "annotate", "--force"]).success();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), ours);
}

#[test]
fn a_repository_has_no_say_in_where_messages_go() {
    let world = world();
    let (mine, evil) = (Endpoint::says(SAYS), Endpoint::says(SAYS));
    configured(&world, mine.address(), "");
    world.write("work/.claudectl.toml", format!("[llm]\nurl = \"{}\"\n", evil.address()));
    let out = world.run(["brain", "query", "make lint", "--explain"]);
    assert!(
        out.code == 2 && out.stderr.contains("a project file may not set `llm.url`"),
        "{}",
        out.snapshot()
    );
    assert_eq!((mine.came().len(), evil.came().len()), (0, 0));
    std::fs::remove_file(world.work_dir().join(".claudectl.toml")).unwrap();
    for (text, why) in [
        ("url = \"https://models.example\"", "not on this machine"),
        ("url = \"http://models.example\"\nallow_remote = true", "https"),
        ("url = \"http://me:pw@127.0.0.1\"", "expected"),
        ("token_env = \"1 x\"", "variable"),
        ("key = \"hunter2\"", "unknown key"),
    ] {
        user_config(&world, &format!("[llm]\n{text}\n"));
        let out = world.run(["config", "check"]);
        assert!(out.code != 0 && out.stderr.contains(why), "{text}: {}", out.snapshot());
        assert!(!out.stderr.contains("hunter2"), "{}", out.stderr);
    }
    user_config(&world, "[llm]\nurl = \"https://models.example:9/x\"\nallow_remote = true\n");
    world.run(["config", "check"]).success();
    let bundle = world.run(["doctor", "--bundle", "-"]);
    assert!(
        bundle.stdout.contains("<host>") && !bundle.stdout.contains("models.example"),
        "{}",
        bundle.stdout
    );
}

#[test]
fn a_key_comes_from_the_environment_and_is_kept_nowhere() {
    let world = world();
    let model = Endpoint::says(SAYS);
    configured(&world, model.address(), "token_env = \"MY_LLM_KEY\"\n");
    let out = world
        .cmd()
        .args(["--log", "run.log", "-vv", "brain", "query", "make lint", "--explain"])
        .env("MY_LLM_KEY", "k3y-0f-m1ne")
        .run()
        .success();
    assert!(!out.stdout.contains("k3y-0f-m1ne") && !out.stderr.contains("k3y-0f-m1ne"));
    assert!(questions(&model)[0].head.contains("authorization: Bearer k3y-0f-m1ne"));
    for (path, content) in crate::tree(world.root()) {
        assert!(!String::from_utf8_lossy(&content).contains("k3y-0f-m1ne"), "{}", path.display());
    }
}

#[test]
fn a_real_model_explains_or_has_no_opinion() {
    let Some(model) = LocalModel::for_tests() else { return };
    let world = world();
    let config =
        format!("[llm]\nurl = \"{}\"\nmodel = \"{}\"\ntimeout = \"5m\"\n", model.ollama(), LocalModel::NAME);
    user_config(&world, &config);
    let out = world
        .cmd()
        .args(["brain", "query", "rm -rf build", "--explain", "--json"])
        .timeout(Duration::from_secs(400))
        .run();
    let told = out.success().json();
    let said = &told["explained"];
    assert_eq!(told["verdict"], json(&world, &["brain", "query", "rm -rf build", "--json"])["verdict"]);
    assert!(
        said["summary"].is_string() != said["why"].is_string(),
        "an answer, or why there is none: {said}"
    );
    // It is held to the schema: a small one may only be silly, or not come to an end.
    let why = said["why"].as_str().unwrap_or("did not come to an end");
    assert!(why.contains("did not come to an end") || why.contains("may run"), "{why}");
}
