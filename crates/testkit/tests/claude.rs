//! The real client against the mock. Skipped, loudly, on a machine that cannot have it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_testkit::builders::{pid_domain, process_start, project_slug};
use claudectl_testkit::claude::drive::Drive;
use claudectl_testkit::claude::{CLAUDE_VERSION, OLD_CLAUDE_VERSION};
use claudectl_testkit::mock::Kind;
use claudectl_testkit::{Claude, Mock, RegistryRow, Scenario, Transcript, Usage, World, wait_for};
use serde_json::{Value, json};

/// Far more than the client needs: reached only when something is wrong.
const LONG: Duration = Duration::from_secs(60);
const SESSION: &str = "5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c11";

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn transcript(world: &World) -> PathBuf {
    let project =
        world.config_dir().join("projects").join(project_slug(&world.work_dir().display().to_string()));
    project.join(format!("{SESSION}.jsonl"))
}

/// Usage by message id, as recorded, in the order of the file.
fn billed(rows: &[Value]) -> Vec<Usage> {
    let mut seen = Vec::<(String, Usage)>::new();
    for row in rows.iter().filter(|row| row["type"] == "assistant") {
        let (id, usage) = (row["message"]["id"].to_string(), &row["message"]["usage"]);
        let tokens = |key: &str| usage[key].as_u64().unwrap_or_default();
        let usage = Usage::new(tokens("input_tokens"), tokens("output_tokens"))
            .write(tokens("cache_creation_input_tokens"))
            .read(tokens("cache_read_input_tokens"));
        match seen.iter().find(|(known, _)| *known == id) {
            Some((_, first)) => assert_eq!(*first, usage, "all rows of a message repeat its usage"),
            None => seen.push((id, usage)),
        }
    }
    seen.into_iter().map(|(_, usage)| usage).collect()
}

fn scripted(turns: &Scenario) -> Vec<Usage> {
    turns.turns.iter().map(|turn| turn.usage.clone().unwrap_or_default()).collect()
}

#[test]
fn it_is_the_pinned_version() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let said = claude.headless(&world, &mock).arg("--version").run().success().stdout;
    assert!(said.starts_with(CLAUDE_VERSION), "{said}");
}

#[test]
fn the_old_version_has_no_registry_and_logs_who_it_is() {
    let Some(claude) = Claude::old_for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let said = claude.headless(&world, &mock).arg("--version").run().success().stdout;
    assert!(said.starts_with(OLD_CLAUDE_VERSION), "{said}");
    let Some(client) = Drive::start_new(&claude, &world, &mock, SESSION) else { return };
    client.waiting();
    assert!(!world.config_dir().join("sessions").exists());
    let replies = client.rows().into_iter().filter(|row| row["type"] == "assistant");
    let reasons = replies.map(|row| row["message"]["stop_reason"].clone()).collect::<Vec<_>>();
    assert_eq!(reasons, [Value::Null], "it does not say that a turn has ended");
    // It hides its arguments, but names itself in a log of the session's name.
    let log = world.config_dir().join(format!("debug/{SESSION}.txt"));
    let log = std::fs::read_to_string(log).unwrap_or_default();
    assert!(log.contains(&format!(".claude.json.tmp.{}.", client.terminal().pid())), "{log}");
    if cfg!(target_os = "linux") {
        let process = format!("/proc/{}", client.terminal().pid());
        let name = std::fs::read_to_string(format!("{process}/comm")).unwrap_or_default();
        let arguments = std::fs::read_to_string(format!("{process}/cmdline")).unwrap_or_default();
        assert_eq!((name.trim(), arguments.replace('\0', " ").trim()), ("claude", "claude"));
    }
}

#[test]
fn a_missing_binary_is_unavailable_and_says_where() {
    let folder = World::new();
    let error = Claude::at(folder.work_dir().join("claude")).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.ends_with("work/claude is not an executable file")));
}

#[test]
fn hello_is_recorded_as_scripted() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let arguments =
        ["-p", "say hello [[scenario:hello]]", "--output-format", "json", "--session-id", SESSION];
    let result = claude.headless(&world, &mock).args(arguments).run().success().json();
    let script = Scenario::shipped("hello");
    assert_eq!(result["result"], json!(script.turns[0].text));

    let rows = rows(&transcript(&world));
    assert_eq!(billed(&rows), scripted(&script));
    let turns = mock.turns();
    assert_eq!(turns.len(), 1);
    assert_eq!((turns[0].session.as_str(), turns[0].kind), (SESSION, Kind::Main));
    let cost = rows.iter().rfind(|row| row["type"] == "cost-state").cloned().unwrap_or_default();
    assert_eq!(cost["totalCostUSD"], result["total_cost_usd"]);
    let left = std::fs::read_dir(world.config_dir().join("sessions")).map(Iterator::count);
    assert_eq!(left.unwrap_or_default(), 0, "a clean exit leaves no registry file");
}

#[test]
fn tools_run_and_every_message_is_billed_once() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let prompt = "work [[scenario:tools]]";
    let arguments = ["-p", prompt, "--session-id", SESSION, "--permission-mode", "acceptEdits"];
    let said = claude.headless(&world, &mock).args(arguments).run().success().stdout;
    assert!(said.contains("Finished: one file written and edited"), "{said}");
    assert_eq!(
        std::fs::read_to_string(world.work_dir().join("list.txt")).ok().as_deref(),
        Some("one\nthree\n")
    );

    let rows = rows(&transcript(&world));
    assert_eq!(billed(&rows), scripted(&Scenario::shipped("tools")));
    let lines = rows.iter().filter(|row| row["type"] == "assistant").count();
    assert_eq!(lines, 9, "one line per content block: 3 + 2 + 2 + 1 + 1");
    let results =
        rows.iter().filter_map(|row| row["message"]["content"][0]["is_error"].as_bool()).collect::<Vec<_>>();
    assert_eq!(results.iter().filter(|failed| **failed).count(), 1, "the missing file: {results:?}");
}

#[test]
fn subagents_have_files_of_their_own() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let arguments = ["-p", "delegate [[scenario:agent]]", "--session-id", SESSION];
    claude.headless(&world, &mock).args(arguments).run().success();
    let folder = transcript(&world).with_extension("").join("subagents");
    let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let agent = files.into_iter().find(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    let agent = agent.unwrap_or_else(|| panic!("no subagent in {}", folder.display()));
    let rows = rows(&agent);
    assert_eq!(billed(&rows).len(), 2);
    assert!(rows.iter().filter(|row| row["type"] == "assistant").all(|row| row["isSidechain"] == true));
    assert!(
        mock.turns()
            .iter()
            .any(|request| request.kind == Kind::Subagent && request.answered == "agent:count[1]")
    );
}

#[test]
fn a_failed_request_is_tried_again() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let arguments = ["-p", "try [[scenario:error529]]", "--session-id", SESSION];
    let said = claude.headless(&world, &mock).args(arguments).run().success().stdout;
    assert_eq!(said.trim(), "Back after one overloaded answer.");
    let errors = mock.turns().iter().map(|request| request.error).collect::<Vec<_>>();
    assert_eq!(errors, [Some(529), None]);
}

/// The same conversation, once by the client and once by the builders: the rows must have the same keys.
#[test]
fn builders_write_the_keys_the_client_writes() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let arguments =
        ["-p", "work [[scenario:tools]]", "--session-id", SESSION, "--permission-mode", "acceptEdits"];
    claude.headless(&world, &mock).args(arguments).run().success();
    let mut built = Transcript::new(SESSION, world.work_dir());
    built.headless().prompt("work").assistant(|m| {
        m.thinking("A file first.")
            .text("Writing a list.")
            .tool_use("Write", json!({}))
            .usage(Usage::new(1, 2))
    });
    built.last_result("done", false).assistant(|m| m.tool_use("Read", json!({})));
    built.last_result("File does not exist.", true).assistant(|m| m.text("Finished")).cost_state(0.1);
    let built =
        built.lines().iter().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<Value>>();

    let (ours, theirs) = (keys_by_kind(&built), keys_by_kind(&rows(&transcript(&world))));
    for (kind, keys) in &ours {
        let theirs = theirs.get(kind).unwrap_or_else(|| panic!("the client wrote no {kind}"));
        assert!(
            keys.iter().all(|keys| theirs.contains(keys)),
            "{kind}: built {keys:?}, the client wrote {theirs:?}"
        );
    }
    assert_eq!(ours.len(), 7, "{:?}", ours.keys());
}

/// A forked session, once by the client and once by the builders: what is copied, and what is changed in it.
#[test]
fn builders_fork_as_the_client_does() {
    const FORK: &str = "5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c12";
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let run = |arguments: &[&str]| claude.headless(&world, &mock).args(arguments).run().success();
    run(&["-p", "one [[scenario:hello]]", "--session-id", SESSION]);
    run(&["-p", "two [[scenario:hello]]", "--resume", SESSION, "--fork-session", "--session-id", FORK]);
    let theirs = rows(&transcript(&world).with_file_name(format!("{FORK}.jsonl")));

    let mut built = Transcript::new(SESSION, world.work_dir());
    built.headless().prompt("one").assistant(|m| m.text("1")).cost_state(0.1);
    let mut fork = built.fork(FORK);
    fork.prompt("two").assistant(|m| m.text("2"));
    let ours = fork.lines().iter().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<Value>>();

    let shape = |rows: &[Value]| {
        let spoken = rows.iter().filter(|row| row["type"] == "user" || row["type"] == "assistant");
        let first = rows.iter().find_map(|row| row["promptId"].as_str()).map(str::to_owned);
        let marks = spoken.map(|row| {
            let prompt = row.get("promptId").map(|id| Some(id.as_str()) == Some(first.as_deref()));
            json!([row["type"], row["sessionId"], row["requestSessionId"], row["session_id"], prompt])
        });
        marks.collect::<Vec<_>>()
    };
    assert_eq!(shape(&ours), shape(&theirs));
    assert_eq!(ours.len(), 4);
}

/// Every key list seen for a kind of row, the message's and the usage's keys included.
fn keys_by_kind(rows: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for row in rows {
        let block = &row["message"]["content"][0];
        let kind = format!("{} {} {}", row["type"], block["type"], block["is_error"]);
        let wanted = ["user", "assistant", "cost-state"].iter().any(|wanted| row["type"] == *wanted);
        // A denied or structured result has fields of its own tool: only the common ones are compared.
        let own = ["sandboxed", "toolDenialKind", "permissionDecision"];
        let list = |value: &Value| {
            let keys = value.as_object().into_iter().flat_map(|map| map.keys());
            keys.filter(|key| !own.contains(&key.as_str())).cloned().collect::<Vec<_>>().join(" ")
        };
        let models = row["modelUsage"].as_object().into_iter().flat_map(|models| models.values()).map(list);
        let parts = [list(row), list(&row["message"]), list(&row["message"]["usage"])];
        let keys = parts.into_iter().chain(models).collect::<Vec<_>>().join(" / ");
        if wanted && !found.get(&kind).is_some_and(|known| known.contains(&keys)) {
            found.entry(kind).or_default().push(keys);
        }
    }
    found
}

#[test]
fn a_permission_prompt_shows_in_registry_and_screen() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let session =
        claude.interactive(&world, &mock).args(["--permission-mode", "manual", "--session-id", SESSION]);
    let Some(terminal) = session.start_for_tests() else { return };
    let file = world.config_dir().join(format!("sessions/{}.json", terminal.pid()));
    let registry = || {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        serde_json::from_str::<Value>(&text).unwrap_or_default()
    };
    let until = |status: &str| {
        let seen = wait_for(LONG, || Some(registry()).filter(|row| row["status"] == status));
        seen.unwrap_or_else(|| panic!("never {status}: {}\n{}", registry(), terminal.screen()))
    };

    until("idle");
    terminal.say("compute [[scenario:perm]]");
    let row = until("waiting");
    assert_eq!((&row["waitingFor"], &row["sessionId"]), (&json!("permission prompt"), &json!(SESSION)));
    let screen = terminal.wait_for(|screen| screen.contains("Do you want to proceed?"), LONG);
    assert!(screen.contains("python3 -c 'print(19 + 23)'"), "{screen}");

    // The builder writes what the client writes.
    let built = RegistryRow::new(terminal.pid(), SESSION, world.work_dir()).waiting_for("permission prompt");
    let built = built.tmux(row["tmux"].as_str().unwrap_or_default()).json();
    let sorted = |row: &Value| {
        let mut keys = row.as_object().into_iter().flat_map(|row| row.keys().cloned()).collect::<Vec<_>>();
        keys.sort();
        keys
    };
    assert_eq!(sorted(&built), sorted(&row));
    for same in ["pid", "cwd", "version", "kind", "entrypoint", "peerFeatures", "nameSource"] {
        assert_eq!(built[same], row[same], "{same}");
    }
    if cfg!(target_os = "linux") {
        assert_eq!(row["procStart"], json!(process_start(terminal.pid()).unwrap_or_default().to_string()));
        assert_eq!(row["pidDomain"], pid_domain());
    }

    terminal.keys(&["Escape"]);
    until("idle");
    let rejected = wait_for(LONG, || {
        rows(&transcript(&world)).into_iter().find(|row| row["toolDenialKind"] == "user-rejected")
    });
    assert!(rejected.is_some(), "{}", terminal.screen());
    terminal.say("/exit");
    terminal.wait_exit(LONG);
    assert!(!file.exists(), "a clean exit removes the registry file");
}

#[test]
fn a_terminal_is_ended_with_its_handle() {
    let Some(claude) = Claude::for_tests() else { return };
    let (world, mock) = (World::new(), Mock::start());
    let Some(terminal) = claude.interactive(&world, &mock).start_for_tests() else { return };
    terminal.wait_for(|screen| screen.contains("Claude Code"), LONG);
    let (pid, start) = (terminal.pid(), process_start(terminal.pid()));
    assert!(terminal.is_running() && start.is_some());
    drop(terminal);
    assert_ne!(process_start(pid), start);
}
