//! The builders against what the real client was seen to write: key sets of recorded rows, and the places
//! files land in.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use claudectl_testkit::builders::{pid_domain, process_start, project_slug};
use claudectl_testkit::{LiveProcess, RegistryRow, Transcript, Usage, World};
use serde_json::{Value, json};

const SESSION: &str = "0d8a8f0e-5b7c-4a39-9d51-3c8a51f0c001";

/// Keys of recorded rows (2.1.330, interactive), in the order of the file.
const RECORDED: [(&str, &str); 9] = [
    (
        "prompt",
        "parentUuid isSidechain promptId type message uuid timestamp permissionMode origin promptSource turnOrigin \
         turnPosition userType entrypoint cwd sessionId version gitBranch",
    ),
    (
        "text",
        "parentUuid isSidechain message apiBlockIndex requestId requestRef requestedModel promptCacheRequested type uuid \
         timestamp effort perTurnEffort madeBy session_id userType entrypoint cwd sessionId version gitBranch",
    ),
    (
        "tool_use",
        "parentUuid isSidechain message toolInputStreamMs apiBlockIndex requestId requestRef requestedModel \
         promptCacheRequested type uuid timestamp effort perTurnEffort madeBy session_id userType entrypoint cwd sessionId \
         version gitBranch",
    ),
    (
        "tool_result",
        "parentUuid isSidechain promptId type message uuid timestamp toolUseResult sandboxed sourceToolAssistantUUID \
         permissionDecision session_id userType entrypoint cwd sessionId version gitBranch",
    ),
    (
        "rejected",
        "parentUuid isSidechain promptId type message uuid timestamp toolUseResult toolDenialKind toolDenialBeforeRun \
         sourceToolAssistantUUID session_id userType entrypoint cwd sessionId version gitBranch",
    ),
    (
        "api_error",
        "parentUuid isSidechain type uuid timestamp message requestId error isApiErrorMessage apiErrorStatus apiErrorType \
         perTurnEffort failedResponseHadNoToolCall madeBy session_id userType entrypoint cwd sessionId version gitBranch",
    ),
    (
        "turn_duration",
        "parentUuid isSidechain type subtype durationMs messageCount timestamp uuid isMeta userType entrypoint cwd \
         sessionId version gitBranch",
    ),
    (
        "cost_state",
        "type sessionId totalCostUSD totalAPIDuration totalAPIDurationWithoutRetries totalToolDuration totalLinesAdded \
         totalLinesRemoved totalDuration startTime modelUsage hasUnknownModelCost",
    ),
    (
        "subagent",
        "parentUuid isSidechain agentId message apiBlockIndex requestId requestRef requestedModel promptCacheRequested \
         attributionAgent type uuid timestamp effort perTurnEffort madeBy userType entrypoint cwd sessionId version \
         gitBranch",
    ),
];

fn rows(transcript: &Transcript) -> Vec<Value> {
    transcript.lines().iter().map(|line| serde_json::from_str(line).unwrap_or(Value::Null)).collect()
}

fn sorted(keys: impl Iterator<Item = impl Into<String>>) -> Vec<String> {
    let mut keys = keys.map(Into::into).collect::<Vec<_>>();
    keys.sort();
    keys
}

/// One session with everything in it.
fn sample() -> Transcript {
    let mut t = Transcript::new(SESSION, "/srv/demo/app");
    t.prompt("list the files").assistant(|m| {
        m.model("claude-opus-4-6")
            .thinking("look first")
            .text("Listing.")
            .tool_use("Bash", json!({"command": "ls"}))
            .usage(Usage::new(10, 120).write_split(3000, 500).read(40))
    });
    t.last_result("a.txt", false).assistant(|m| m.text("One file.").usage(Usage::new(5, 9)).fast().geo("us"));
    t.turn_duration().prompt("delete it").assistant(|m| m.tool_use("Bash", json!({"command": "rm a.txt"})));
    let id = t.last_tool_use();
    t.rejected(&id)
        .api_error(529)
        .custom_title("tidy up")
        .ai_title("Tidying")
        .compact_boundary()
        .cost_state(0.25);
    t
}

#[test]
fn rows_have_the_keys_of_recorded_rows() {
    let mut t = sample();
    let agent = t.subagent("a1b2").prompt("go").assistant(|m| m.text("gone")).clone();
    let rows = rows(&t);
    let seen = BTreeMap::from([
        ("prompt", &rows[0]),
        ("text", &rows[2]),
        ("tool_use", &rows[3]),
        ("tool_result", &rows[4]),
        ("turn_duration", &rows[6]),
        ("rejected", &rows[9]),
        ("api_error", &rows[11]),
    ]);
    let agent_rows = self::rows(&agent);
    let cost = rows.last().cloned().unwrap_or_default();
    for (name, keys) in RECORDED {
        let row = match name {
            "subagent" => &agent_rows[1],
            "cost_state" => &cost,
            name => seen[name],
        };
        let found = sorted(row.as_object().into_iter().flat_map(|row| row.keys().cloned()));
        let recorded = keys.split(' ').filter(|key| !key.is_empty());
        assert_eq!(found, sorted(recorded), "{name}");
    }
}

#[test]
fn one_line_per_block_shares_message_request_and_usage() {
    let rows = rows(&sample());
    let blocks = &rows[1..4];
    let kinds = blocks.iter().map(|row| row["message"]["content"][0]["type"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    for (index, row) in blocks.iter().enumerate() {
        assert_eq!(row["apiBlockIndex"], index);
        assert_eq!(row["message"]["content"].as_array().map(Vec::len), Some(1));
        assert_eq!(row["message"]["id"], blocks[0]["message"]["id"]);
        assert_eq!(row["requestId"], blocks[0]["requestId"]);
        assert_eq!(row["message"]["stop_reason"], "tool_use");
        assert_eq!(
            row["message"]["usage"],
            json!({
                "input_tokens": 10, "cache_creation_input_tokens": 3500, "cache_read_input_tokens": 40, "output_tokens": 120,
                "output_tokens_details": {"thinking_tokens": 0},
                "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0}, "service_tier": "standard",
                "cache_creation": {"ephemeral_1h_input_tokens": 500, "ephemeral_5m_input_tokens": 3000},
                "inference_geo": "", "iterations": [], "speed": "standard", "fallback_credit": null,
            })
        );
    }
    let fast = &rows[5]["message"]["usage"];
    assert_eq!((&fast["speed"], &fast["inference_geo"]), (&json!("fast"), &json!("us")));
    assert_eq!(rows[4]["sourceToolAssistantUUID"], rows[3]["uuid"]);
}

#[test]
fn rows_are_linked_and_their_times_rise() {
    let rows = rows(&sample());
    let linked = rows.iter().filter(|row| row.get("uuid").is_some()).collect::<Vec<_>>();
    for pair in linked.windows(2) {
        let cut = pair[1]["subtype"] == "compact_boundary";
        let link = if cut { &pair[1]["logicalParentUuid"] } else { &pair[1]["parentUuid"] };
        assert_eq!(*link, pair[0]["uuid"]);
        assert!(pair[0]["timestamp"].as_str() < pair[1]["timestamp"].as_str());
    }
    assert_eq!(rows[0]["timestamp"], "2026-11-24T11:00:00.000Z");
}

#[test]
fn the_same_calls_write_the_same_bytes() {
    assert_eq!(sample().lines(), sample().lines());
    assert_ne!(
        rows(&sample())[0]["uuid"],
        rows(&Transcript::new("other", "/srv"))[..].first().map_or(json!(0), |r| r["uuid"].clone())
    );
}

#[test]
fn older_clients_leave_early_rows_unfinished() {
    let mut t = Transcript::new(SESSION, "/srv/demo");
    t.version("2.1.41").assistant(|m| {
        m.text("a").text("b").usage(Usage::new(3, 50)).early_output_tokens(1).without_request_id()
    });
    let rows = rows(&t);
    assert_eq!(rows[0]["message"]["usage"]["output_tokens"], 1);
    assert_eq!(rows[0]["message"]["stop_reason"], Value::Null);
    assert_eq!(rows[1]["message"]["usage"]["output_tokens"], 50);
    assert_eq!(rows[1]["message"]["stop_reason"], "end_turn");
    assert!(rows.iter().all(|row| row.get("requestId").is_none() && row["version"] == "2.1.41"));
}

#[test]
fn files_land_where_the_client_puts_them() {
    let world = World::new();
    let config = world.config_dir();
    let mut t = Transcript::new(SESSION, world.work_dir());
    t.prompt("go").assistant(|m| m.tool_use("Agent", json!({"prompt": "look"})));
    let call = t.last_tool_use();
    t.subagent("a1")
        .prompt("look")
        .assistant(|m| m.text("seen"))
        .meta("agentType", "Explore")
        .meta("finished", true);
    t.workflow_subagent("wf_9", "a2").prompt("step");
    t.cd("/elsewhere").prompt("more").raw("{torn");
    let path = t.write(&config);

    let project = config.join("projects").join(project_slug(&world.work_dir().display().to_string()));
    assert_eq!(path, project.join(format!("{SESSION}.jsonl")));
    let agents = project.join(SESSION).join("subagents");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let meta: Value = serde_json::from_str(&read(&agents.join("agent-a1.meta.json"))).unwrap_or_default();
    assert_eq!(
        (&meta["toolUseId"], &meta["agentType"], &meta["finished"]),
        (&json!(call), &json!("Explore"), &json!(true))
    );
    let rows = read(&agents.join("agent-a1.jsonl"));
    assert!(rows.lines().all(|row| row.contains(r#""isSidechain":true"#) && row.contains(SESSION)));
    assert!(agents.join("workflows/wf_9/agent-a2.jsonl").exists());
    assert!(read(&path).ends_with("{torn\n"));
    assert_eq!(path.metadata().map(|meta| meta.permissions().mode() & 0o777).ok(), Some(0o600));
}

#[test]
fn appending_adds_only_what_is_new() {
    let world = World::new();
    let mut t = Transcript::new(SESSION, world.work_dir());
    let path = t.prompt("one").write(&world.config_dir());
    let first = std::fs::read_to_string(&path).unwrap_or_default();
    t.assistant(|m| m.text("two")).append_to(&world.config_dir());
    let second = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(second.strip_prefix(&first).map(|rest| rest.lines().count()), Some(1));
    t.append_to(&world.config_dir());
    t.write(&world.config_dir());
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), second, "writing again replaces");
}

#[test]
fn a_fork_copies_the_conversation_under_a_new_id() {
    let t = sample();
    let mut fork = t.fork("0d8a8f0e-5b7c-4a39-9d51-3c8a51f0c002");
    let copied = fork.lines().len();
    fork.assistant(|m| m.text("on my own"));
    let (old, new) = (rows(&t), rows(&fork));
    assert_eq!(copied, old.iter().filter(|row| row.get("uuid").is_some()).count());
    assert!(new.iter().all(|row| row["sessionId"] == fork.session_id()));
    let copy =
        new.iter().find(|row| row["message"]["id"] == old[1]["message"]["id"]).cloned().unwrap_or_default();
    assert_eq!(copy["requestSessionId"], SESSION);
    assert_eq!(copy["uuid"], old[1]["uuid"]);
    let own = new.last().cloned().unwrap_or_default();
    assert!(own.get("requestSessionId").is_none() && own["parentUuid"] == new[copied - 1]["uuid"]);
    assert!(old.iter().all(|row| row["message"]["id"] != own["message"]["id"] && row["uuid"] != own["uuid"]));
}

#[test]
fn costs_are_counted_once_per_message() {
    let mut t = Transcript::new(SESSION, "/srv/demo");
    t.assistant(|m| m.id("msg_1").text("a").usage(Usage::new(3, 50)));
    t.assistant(|m| m.id("msg_1").text("a").usage(Usage::new(3, 50)));
    t.assistant(|m| {
        m.model("claude-haiku-5-5").text("b").usage(Usage::new(1, 2).write_split(7, 8).web_searches(4))
    });
    let cost = rows(t.cost_state(1.5)).pop().unwrap_or_default();
    assert_eq!(cost["totalCostUSD"], 1.5);
    assert_eq!(cost["modelUsage"]["claude-opus-5-5"]["outputTokens"], 50);
    let haiku = &cost["modelUsage"]["claude-haiku-5-5"];
    assert_eq!(haiku["cacheCreationInputTokens"], 15);
    assert_eq!(haiku["cacheCreationEphemeral1hInputTokens"], 8);
    assert_eq!(haiku["webSearchRequests"], 4);
}

#[test]
fn a_registry_row_describes_a_live_process() {
    let world = World::new();
    let mut process = LiveProcess::start(&world.work_dir());
    let pid = process.pid();
    let row =
        RegistryRow::new(pid, SESSION, world.work_dir()).waiting_for("permission prompt").tmux("main:@0.%0");
    let path = row.write(&world.config_dir());
    assert_eq!(path, world.config_dir().join(format!("sessions/{pid}.json")));
    let read = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let read = read.unwrap_or_default();
    let keys = sorted(read.as_object().into_iter().flat_map(|row| row.keys().cloned()));
    let recorded = "pid sessionId cwd startedAt procStart version peerProtocol peerFeatures kind entrypoint pidDomain \
                    asksForConvertedSkills messagingSocketPath name nameSource nameSince status updatedAt statusUpdatedAt \
                    waitingFor tmux";
    assert_eq!(keys, sorted(recorded.split_whitespace()));
    assert_eq!(read["name"], "work-0d");
    assert_eq!(read["updatedAt"], 1_795_521_600_000_u64, "the world's default time");
    assert!(row.status("busy").json().get("waitingFor").is_none());

    if cfg!(target_os = "linux") {
        let proc = Path::new("/proc").join(pid.to_string());
        let comm = std::fs::read_to_string(proc.join("comm")).unwrap_or_default();
        let exe = std::fs::read_link(proc.join("exe")).unwrap_or_default();
        let arguments = std::fs::read_to_string(proc.join("cmdline")).unwrap_or_default();
        assert_eq!(comm.trim(), "claude");
        assert_eq!(exe.file_name(), Some("claude".as_ref()));
        assert_eq!(arguments.split('\0').next(), Some("claude"));
        assert_eq!(
            read["procStart"],
            process_start(pid).map_or(Value::Null, |start| json!(start.to_string()))
        );
        assert_eq!(read["pidDomain"], pid_domain());
    }
    process.kill();
    assert_eq!(process_start(pid), None, "ended and reaped");
}
