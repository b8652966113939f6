//! What the real Claude Code leaves behind, and what is made of it: searched, reported, shown again, put away and
//! brought back. Both versions. Skipped, loudly, on a machine that cannot have it.

use claudectl_testkit::claude::drive::{Drive, transcript};
use claudectl_testkit::{Claude, Mock, Scenario, World};
use serde_json::{Value, json};

use crate::A;

pub(crate) const PROMPT: &str = "mend the hedge [[scenario:deeds]]";
/// The call that asks.
pub(crate) const ASKED: &str = "Bash: python3 -c 'print(*map(chr, [98, 97, 100, 103, 101, 114]), sep=str())'";

/// A client that does all that [`deeds`] has once it is asked to.
pub(crate) fn doer<'w>(claude: &Claude, world: &'w World, mock: &Mock) -> Option<Drive<'w>> {
    mock.scenario("deeds", deeds(claude));
    Drive::start(claude, world, mock, A, &["--session-id", A, "--permission-mode", "acceptEdits"])
}

/// A file written and edited, one that is missing, a subagent, and a command that asks and prints "badger".
fn deeds(claude: &Claude) -> Scenario {
    let agent = if claude.is_old() { "Task" } else { "Agent" };
    let usage = |input: u64, output: u64| json!({"input_tokens": input, "output_tokens": output, "cache_creation_input_tokens": 9_000});
    let file = "{{cwd}}/guests.txt";
    let command = ASKED.strip_prefix("Bash: ").unwrap();
    let scenario = json!({
        "turns": [
            {"text": "The list comes first.", "usage": usage(11, 101),
             "tool_use": [{"name": "Write", "input": {"file_path": file, "content": "marmot\nowl\n"}}]},
            {"tool_use": [{"name": "Read", "input": {"file_path": file}}], "usage": usage(12, 22)},
            {"text": "A word changes.", "usage": usage(13, 33),
             "tool_use": [{"name": "Edit", "input": {"file_path": file, "old_string": "owl", "new_string": "otter\nlynx"}}]},
            {"tool_use": [{"name": "Read", "input": {"file_path": "{{cwd}}/missing.txt"}}], "usage": usage(14, 44)},
            {"text": "Somebody else should count.", "usage": usage(15, 55),
             "tool_use": [{"name": agent, "input": {"description": "Count them", "prompt": "LANE-COUNT: count the files.", "subagent_type": "general-purpose", "run_in_background": false}}]},
            {"tool_use": [{"name": "Bash", "input": {"command": command, "description": "Say who comes"}}],
             // The new version's subagent works beside it.
             "delay_ms": 1_500, "usage": usage(16, 66)},
            {"text": "Finished: the hedgehog is in.", "usage": usage(17, 77)},
        ],
        "fallback": {"text": "Nothing more to do."},
        "lanes": {"count": {"match": "LANE-COUNT", "turns": [
            {"tool_use": [{"name": "Bash", "input": {"command": "ls", "description": "List files"}}], "usage": usage(6, 56)},
            {"text": "The ferret counted one file.", "usage": usage(7, 27)},
        ]}},
    });
    serde_json::from_value(scenario).unwrap()
}

/// Runs claudectl by the real clock, as the client does.
fn of(world: &World, arguments: &[&str]) -> Value {
    world.cmd().args(arguments).arg("--json").env("CLAUDECTL_NOW", "").run().success().json()
}

#[test]
fn what_the_client_did_is_found_told_shown_and_brought_back() {
    let Some(claude) = Claude::for_tests() else { return };
    let world = World::with_bin(crate::BIN);
    look_at(&claude, &world);
}

#[test]
fn what_the_old_version_did_is_found_told_shown_and_brought_back() {
    let Some(claude) = Claude::old_for_tests() else { return };
    // It writes down nothing of its dialogs, so that only hooks tell.
    let world = crate::states::hooked(&claude);
    look_at(&claude, &world);
}

fn look_at(claude: &Claude, world: &World) {
    let mock = Mock::start();
    let Some(client) = doer(claude, world, &mock) else { return };
    let asked = client.asks(PROMPT, ASKED);
    let command = ASKED.strip_prefix("Bash: ").unwrap();
    let told = of(world, &["report", "--since", "1h"]);
    let waiting = &told["waiting"][0];
    assert_eq!(
        (&waiting["session"], &waiting["calls"][0]["summary"]),
        (&json!(A), &json!(command)),
        "{told:#}"
    );
    assert!(asked.states.contains(&waiting["status"]["state"].as_str().unwrap()), "{waiting}");
    client.answered_yes();

    found(world);
    let cost = told_and_shown(world, command);
    let (out, _) = clean(world, &[]);
    assert!(out.contains("aaaaaaaa stays: process") && out.contains("runs it"), "{out}");
    drop(client);
    brought_back(claude, world, &mock, &cost);
}

/// Where something was said: the role, whether in a call that failed, and whether by a subagent.
type Said = (&'static str, bool, bool);

fn found(world: &World) {
    let expected: [(&str, &[Said]); 7] = [
        ("hedge", &[("prompt", false, false)]),
        ("hedgehog", &[("reply", false, false)]),
        ("otter", &[("call", false, false)]),
        ("badger", &[("result", false, false)]),
        ("ferret", &[("reply", false, true)]),
        ("\"LANE-COUNT\"", &[("call", false, false), ("prompt", false, true)]),
        ("\"does not exist\"", &[("result", true, false)]),
    ];
    for (word, expected) in expected {
        let document = of(world, &["search", word]);
        let results = document["results"].as_array().unwrap();
        assert_eq!((results.len(), &results[0]["session"]), (1, &json!(A)), "{word}: {document:#}");
        let hits = results[0]["matches"].as_array().unwrap();
        let mut hits: Vec<(&str, bool, bool)> = hits
            .iter()
            .map(|hit| (hit["role"].as_str().unwrap(), hit["failed"] == true, hit["agent"].is_string()))
            .collect();
        hits.sort_unstable();
        // Where the session waits for its subagent, that reply is the result of a call, too.
        hits.retain(|hit| word != "ferret" || *hit != ("result", false, false));
        assert_eq!(hits, expected, "{word}: {document:#}");
    }
}

/// What the report and the reel say; the cost.
fn told_and_shown(world: &World, command: &str) -> Value {
    let spend = of(world, &["spend", "--by", "session"]);
    let cost = crate::row(&spend, A)["cost_usd"].clone();
    assert_eq!(crate::row(&spend, A)["messages"], json!(9));
    let report = of(world, &["report", "--since", "1h"]);
    let did = &report["projects"][0]["sessions"][0];
    assert_eq!((&did["id"], &did["asked"]["first"]["text"]), (&json!(A), &json!(PROMPT)), "{report:#}");
    assert_eq!((&did["cost_usd"], &report["totals"]["cost_usd"]), (&cost, &cost));
    let figures = ["tool_calls", "errors", "files", "lines_added", "lines_removed", "subagents"];
    assert_eq!(figures.map(|name| did[name].as_u64().unwrap()), [7, 1, 1, 4, 1, 1], "{did:#}");
    let dialogs = did["dialogs"].as_array().unwrap();
    assert_eq!(dialogs.len(), 1, "{dialogs:?}");
    assert_eq!(
        (&dialogs[0]["tool"], &dialogs[0]["summary"], &dialogs[0]["answer"]),
        (&json!("Bash"), &json!(command), &json!("allowed"))
    );
    let failure = &report["failures"][0];
    assert_eq!((&failure["tool"], &failure["count"]), (&json!("Read"), &json!(1)));
    let text = world.cmd().args(["report", "--since", "1h"]).env("CLAUDECTL_NOW", "").run().success().stdout;
    for part in ["mend the hedge", "guests.txt", "File does not exist", "1 allowed"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }

    let made = of(world, &["reel", A, "--out", "reel.md"]);
    let figures = ["prompts", "edits", "files", "lines_added", "lines_removed", "commands", "failed"];
    assert_eq!(figures.map(|name| made[name].as_u64().unwrap()), [1, 2, 1, 4, 1, 2, 1], "{made:#}");
    let page = std::fs::read_to_string(world.work_dir().join("reel.md")).unwrap();
    let edit = "**✎ guests.txt** \\+2 −1\n\n```diff\n marmot\n-owl\n+otter\n+lynx\n```";
    let ran = format!("```console\n$ {command}\nbadger\n```");
    for part in [
        "> mend the hedge",
        "new file +2",
        edit,
        "**✗ Read missing.txt** failed",
        "File does not exist",
        &ran,
        "Count them",
        "the hedgehog is in",
    ] {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    let cast = of(world, &["reel", A, "--out", "reel.cast"]);
    assert_eq!(cast["scenes"], made["scenes"]);
    cost
}

/// Puts away what has been still for long, as of a time at which all of it has been: what it says, and what it
/// warns of.
fn clean(world: &World, more: &[&str]) -> (String, String) {
    let clean = world.cmd().args(["clean", "--older-than", "30d"]).args(more);
    let done = clean.env("CLAUDECTL_NOW", "2030-01-01T12:00:00Z").run().success();
    (done.stdout, done.stderr)
}

fn brought_back(claude: &Claude, world: &World, mock: &Mock, cost: &Value) {
    let there = crate::tree(&world.config_dir().join("projects"));
    let (out, _) = clean(world, &["--apply"]);
    assert!(out.contains("Put away 1 session, "), "{out}");
    assert!(!transcript(world, A).exists());
    let resume =
        || claude.headless(world, mock).args(["-p", "say hello [[scenario:hello]]", "--resume", A]).run();
    let gone = resume();
    assert!(gone.code != 0 && gone.stderr.contains("No conversation found"), "{}", gone.snapshot());
    assert_eq!(&crate::row(&of(world, &["spend", "--by", "session"]), A)["cost_usd"], cost);
    assert_eq!(of(world, &["search", "hedgehog"])["hits"], 1, "its texts are still found");
    let restored = world.cmd().args(["clean", "--restore", &A[..8]]).env("CLAUDECTL_NOW", "").run().success();
    assert!(restored.stdout.contains(&format!("claude --resume {A}")), "{}", restored.stdout);
    assert_eq!(restored.stderr, "");
    let back = crate::tree(&world.config_dir().join("projects"));
    for (path, content) in there {
        assert!(back.get(&path) == Some(&content), "{} came back otherwise", path.display());
    }
    assert_eq!(resume().success().stdout, "Hello, this is the scripted model.\n");
    let asked = mock.turns().last().unwrap().body.to_string();
    for part in ["mend the hedge", "badger", "the hedgehog is in"] {
        assert!(asked.contains(part), "it no longer knows {part}: {asked}");
    }
    let spend = of(world, &["spend", "--by", "session"]);
    assert_eq!(crate::row(&spend, A)["messages"], json!(10));
    if !claude.is_old() {
        crate::assert_usd(
            &crate::row(&spend, A)["reported_cost_usd"],
            crate::row(&spend, A)["cost_usd"].as_f64().unwrap(),
        );
    }
    assert_eq!(of(world, &["search", "scripted model"])["results"][0]["session"], A);
}
