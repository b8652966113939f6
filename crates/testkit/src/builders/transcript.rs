//! Transcripts: `projects/<slug>/<session>.jsonl` and, beside it, the subagents' files. Rows have the keys
//! of 2.1.330 in their order; ids and times are deterministic.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::message::Message;
use super::project_slug;
use super::source::{Clock, Ids};
use crate::claude::CLAUDE_VERSION;
use crate::must::must;
use crate::usage::Usage;
use crate::world::DEFAULT_NOW;

const DEFAULT_MODEL: &str = "claude-opus-5-5";

/// A transcript under construction. Methods append rows; [`Transcript::write`] puts it on disk.
#[derive(Clone, Debug)]
pub struct Transcript {
    session: String,
    /// Where the session was started: decides the folder of the file, whatever `cwd` becomes.
    project: String,
    cwd: String,
    model: String,
    version: String,
    entrypoint: String,
    branch: String,
    lines: Vec<String>,
    written: usize,
    ids: Ids,
    clock: Clock,
    started: i64,
    parent: Option<String>,
    prompt_id: String,
    /// A fork rewrites the prompt ids it copies to the one of its own first prompt.
    first_prompt_id: Option<String>,
    prompts: usize,
    tool_uses: Vec<(String, String)>,
    billed: Vec<(String, String, Usage)>,
    agent: Option<Agent>,
    agents: Vec<Transcript>,
}

/// What makes a transcript a subagent's.
#[derive(Clone, Debug)]
struct Agent {
    id: String,
    folder: String,
    meta: Map<String, Value>,
}

impl Transcript {
    /// An empty interactive session started in `cwd` an hour before [`DEFAULT_NOW`].
    pub fn new(session_id: &str, cwd: impl AsRef<Path>) -> Self {
        let mut ids = Ids::seeded(session_id);
        let mut clock = Clock::starting(DEFAULT_NOW);
        clock.advance(SignedDuration::from_hours(-1));
        Self {
            session: session_id.to_owned(),
            project: cwd.as_ref().display().to_string(),
            cwd: cwd.as_ref().display().to_string(),
            model: DEFAULT_MODEL.to_owned(),
            version: CLAUDE_VERSION.to_owned(),
            entrypoint: "cli".to_owned(),
            branch: "HEAD".to_owned(),
            lines: Vec::new(),
            written: 0,
            prompt_id: ids.uuid(),
            first_prompt_id: None,
            ids,
            started: clock.millis(),
            clock,
            parent: None,
            prompts: 0,
            tool_uses: Vec::new(),
            billed: Vec::new(),
            agent: None,
            agents: Vec::new(),
        }
    }

    // ------------------------------------------------------------ settings

    /// Moves the clock to this time, RFC 3339.
    pub fn at(&mut self, time: &str) -> &mut Self {
        self.clock.set(time);
        if self.lines.is_empty() {
            self.started = self.clock.millis();
        }
        self
    }

    /// Changes how far the clock moves with every row (one second at first).
    pub fn step(&mut self, step: Duration) -> &mut Self {
        self.clock.set_step(must(SignedDuration::try_from(step), "a step"));
        self
    }

    /// Lets time pass before the next row.
    pub fn pause(&mut self, time: Duration) -> &mut Self {
        self.clock.advance(must(SignedDuration::try_from(time), "a pause"));
        self
    }

    /// Sets the model of later messages.
    pub fn model(&mut self, model: &str) -> &mut Self {
        self.model = model.to_owned();
        self
    }

    /// Sets the client version of later rows.
    pub fn version(&mut self, version: &str) -> &mut Self {
        self.version = version.to_owned();
        self
    }

    /// Makes later rows those of a `-p` run.
    pub fn headless(&mut self) -> &mut Self {
        self.entrypoint = "sdk-cli".to_owned();
        self
    }

    /// Sets the git branch of later rows.
    pub fn branch(&mut self, branch: &str) -> &mut Self {
        self.branch = branch.to_owned();
        self
    }

    /// Changes the folder of later rows (a `cd` in the session; the file stays where it is).
    pub fn cd(&mut self, cwd: impl AsRef<Path>) -> &mut Self {
        self.cwd = cwd.as_ref().display().to_string();
        self
    }

    // ------------------------------------------------------------ people

    /// A prompt: typed in an interactive session, given to `-p` in a headless one.
    pub fn prompt(&mut self, text: &str) -> &mut Self {
        self.prompts += 1;
        self.prompt_id = self.first_prompt_id.take().unwrap_or_else(|| self.ids.uuid());
        let mut row =
            json!({"promptId": self.prompt_id, "type": "user", "message": {"role": "user", "content": text}});
        let mut tail = json!({});
        if self.agent.is_none() {
            tail["permissionMode"] = json!("default");
            if self.entrypoint == "cli" {
                tail["origin"] = json!({"kind": "human"});
            }
            tail["promptSource"] = json!(if self.entrypoint == "cli" { "typed" } else { "sdk" });
            tail["turnOrigin"] = json!(if self.entrypoint == "cli" { "human" } else { "sdk" });
            tail["turnPosition"] = json!({"promptIndex": self.prompts, "turnIndex": self.prompts});
        }
        self.stamp(&mut row);
        self.row(row, tail)
    }

    /// The person pressed Esc while the model was answering.
    pub fn interrupted(&mut self) -> &mut Self {
        self.user_text("[Request interrupted by user]")
    }

    /// The person rejected the tool call: the refused result and the row that ends the turn.
    pub fn rejected(&mut self, tool_use_id: &str) -> &mut Self {
        let content = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a \
                       file edit, the new_string was NOT written to the file). STOP what you are doing and wait for the \
                       user to tell you how to proceed.";
        let block =
            json!({"type": "tool_result", "content": content, "is_error": true, "tool_use_id": tool_use_id});
        let tail = json!({
            "toolUseResult": "User rejected tool use", "toolDenialKind": "user-rejected", "toolDenialBeforeRun": true,
            "sourceToolAssistantUUID": self.asking_row(tool_use_id),
        });
        self.user(json!([block]), tail).user_text("[Request interrupted by user for tool use]")
    }

    // ------------------------------------------------------------ the model and its tools

    /// One API message; `build` fills it.
    pub fn assistant(&mut self, build: impl FnOnce(&mut Message) -> &mut Message) -> &mut Self {
        let mut message = Message::new(&mut self.ids, &self.model);
        build(&mut message);
        let request = self.ids.uuid();
        for (index, content) in message.rows() {
            let kind = content["content"][0]["type"].clone();
            let tool_use = content["content"][0]["id"].as_str().map(str::to_owned);
            let mut row = json!({"message": content});
            match kind.as_str() {
                Some("tool_use") => row["toolInputStreamMs"] = json!(2),
                Some("thinking") => {
                    row["thinkingDurationMs"] = json!(1);
                    row["thinkingDisplay"] = json!("updates");
                }
                _ => {}
            }
            row["apiBlockIndex"] = json!(index);
            if let Some(id) = &message.request_id {
                row["requestId"] = json!(id);
            }
            row["requestRef"] = json!(request);
            row["requestedModel"] = json!(message.model);
            row["promptCacheRequested"] = json!("5m");
            if let Some(agent) = &self.agent {
                row["attributionAgent"] = agent.meta["agentType"].clone();
            }
            row["type"] = json!("assistant");
            self.stamp(&mut row);
            if message.aborted {
                row["isAbortedMidStream"] = json!(true);
            }
            self.row(row, json!({"effort": "medium", "perTurnEffort": "medium", "madeBy": "model"}));
            if let (Some(id), Some(uuid)) = (tool_use, &self.parent) {
                self.tool_uses.push((id, uuid.clone()));
            }
        }
        self.billed.push((message.id.clone(), message.model.clone(), message.usage.clone()));
        self
    }

    /// The id of the newest tool call. Panics when there is none.
    #[track_caller]
    pub fn last_tool_use(&self) -> String {
        match self.tool_uses.last() {
            Some((id, _)) => id.clone(),
            None => panic!("testkit: this transcript has no tool call yet"),
        }
    }

    /// The result of a tool call.
    pub fn tool_result(&mut self, tool_use_id: &str, text: &str, is_error: bool) -> &mut Self {
        let result = match is_error {
            true => json!(format!("Error: {text}")),
            false => {
                json!({"stdout": text, "stderr": "", "interrupted": false, "isImage": false, "noOutputExpected": false})
            }
        };
        let block =
            json!({"tool_use_id": tool_use_id, "type": "tool_result", "content": text, "is_error": is_error});
        let tail = json!({
            "toolUseResult": result, "sandboxed": false, "sourceToolAssistantUUID": self.asking_row(tool_use_id),
            "permissionDecision": {"decision": "accept", "source": "config"},
        });
        self.user(json!([block]), tail)
    }

    /// The result of the newest tool call.
    #[track_caller]
    pub fn last_result(&mut self, text: &str, is_error: bool) -> &mut Self {
        let id = self.last_tool_use();
        self.tool_result(&id, text, is_error)
    }

    /// The turn failed for good with this status: the client's own row, which costs nothing.
    pub fn api_error(&mut self, status: u16) -> &mut Self {
        let (kind, text) = api_failure(status);
        let mut row = json!({"type": "assistant"});
        self.stamp(&mut row);
        row["message"] = json!({
            "diagnostics": null, "id": self.ids.uuid(), "container": null, "model": "<synthetic>", "role": "assistant",
            "stop_details": null, "stop_reason": "stop_sequence", "stop_sequence": "", "type": "message",
            "usage": {
                "output_tokens_details": null, "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0, "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
                "service_tier": null,
                "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0},
                "inference_geo": null, "iterations": null, "speed": null, "fallback_credit": null,
            },
            "content": [{"type": "text", "text": format!("API Error: {status} {text}")}], "context_management": null,
        });
        let tail = json!({
            "requestId": self.ids.api("req"), "error": "unknown", "isApiErrorMessage": true, "apiErrorStatus": status,
            "apiErrorType": kind, "perTurnEffort": "medium", "failedResponseHadNoToolCall": true, "madeBy": "model",
        });
        self.row(row, tail)
    }

    /// The client is about to try again after this status (written by `-p` runs only).
    pub fn api_retry(&mut self, status: u16, attempt: u32) -> &mut Self {
        let (kind, text) = api_failure(status);
        let body = json!({"type": "error", "error": {"type": kind, "message": text}});
        let mut row = json!({
            "type": "system", "subtype": "api_error", "level": "error",
            "error": {
                "message": format!("{status} {body}"), "status": status, "requestId": self.ids.api("req"),
                "formatted": format!("{status} {text}"), "connection": null, "isNetworkDown": false, "rateLimits": null,
                "noResponse": null,
            },
            "retryInMs": 500 * attempt, "retryAttempt": attempt, "maxRetries": 10, "source": "request_retry",
        });
        self.stamp(&mut row);
        self.row(row, json!({}))
    }

    // ------------------------------------------------------------ the session

    /// The conversation was compacted: the boundary and the summary that replaces what came before.
    pub fn compact_boundary(&mut self) -> &mut Self {
        let before = self.parent.take();
        let anchor = self.ids.uuid();
        let mut row = json!({
            "parentUuid": null, "logicalParentUuid": before, "isSidechain": false, "type": "system",
            "subtype": "compact_boundary", "content": "Conversation compacted", "level": "info",
            "compactMetadata": {
                "trigger": "auto", "preTokens": 175_830, "postTokens": 6390, "cumulativeDroppedTokens": 169_440,
                "durationMs": 186, "preservedMessages": {"anchorUuid": anchor, "uuids": [], "allUuids": []},
            },
        });
        self.stamp(&mut row);
        self.row(row, json!({}));
        let summary = "This session is being continued from a previous conversation that ran out of context. The summary \
                       below covers the earlier portion of the conversation.\n\nSummary:\n1. Work so far.";
        let mut row = json!({
            "promptId": self.prompt_id, "type": "user", "message": {"role": "user", "content": summary},
            "isVisibleInTranscriptOnly": true, "isCompactSummary": true,
        });
        self.stamp(&mut row);
        self.row(row, json!({"turnPosition": {"promptIndex": self.prompts, "turnIndex": self.prompts}}))
    }

    /// An interactive turn ended.
    pub fn turn_duration(&mut self) -> &mut Self {
        let messages = self.lines.len();
        let mut row = json!({"type": "system", "subtype": "turn_duration", "durationMs": 464, "messageCount": messages});
        self.stamp(&mut row);
        self.row(row, json!({"isMeta": false}))
    }

    /// The client's own account of the session so far; `total` is in US dollars and put on the first model.
    pub fn cost_state(&mut self, total: f64) -> &mut Self {
        let mut models = Map::new();
        for (index, (id, model, usage)) in self.billed.iter().enumerate() {
            if self.billed[..index].iter().any(|(earlier, _, _)| earlier == id) {
                continue;
            }
            let first = models.is_empty();
            let split = usage.cache_creation.unwrap_or_default();
            let entry = models.entry(model).or_insert_with(|| {
                json!({
                    "inputTokens": 0, "outputTokens": 0, "thinkingTokens": 0, "cacheReadInputTokens": 0,
                    "cacheCreationInputTokens": 0, "cacheCreationEphemeral5mInputTokens": 0,
                    "cacheCreationEphemeral1hInputTokens": 0, "webSearchRequests": 0,
                    "costUSD": if first { total } else { 0.0 },
                })
            });
            let searches = usage.server_tool_use.unwrap_or_default().web_search_requests;
            for (key, tokens) in [
                ("inputTokens", usage.input_tokens),
                ("outputTokens", usage.output_tokens),
                ("cacheReadInputTokens", usage.cache_read_input_tokens),
                ("cacheCreationInputTokens", usage.cache_creation_input_tokens),
                ("cacheCreationEphemeral5mInputTokens", split.five_minutes),
                ("cacheCreationEphemeral1hInputTokens", split.one_hour),
                ("webSearchRequests", searches),
            ] {
                entry[key] = json!(entry[key].as_u64().unwrap_or(0) + tokens);
            }
        }
        let elapsed = self.clock.millis() - self.started;
        self.push(json!({
            "type": "cost-state", "sessionId": self.session, "totalCostUSD": total, "totalAPIDuration": elapsed / 2,
            "totalAPIDurationWithoutRetries": elapsed / 2, "totalToolDuration": 0, "totalLinesAdded": 0,
            "totalLinesRemoved": 0, "totalDuration": elapsed, "startTime": self.started, "modelUsage": models,
            "hasUnknownModelCost": false,
        }))
    }

    /// The name a person gave with `/rename`.
    pub fn custom_title(&mut self, title: &str) -> &mut Self {
        self.push(json!({"type": "custom-title", "customTitle": title, "sessionId": self.session}))
    }

    /// The name the client made up.
    pub fn ai_title(&mut self, title: &str) -> &mut Self {
        self.push(json!({"type": "ai-title", "aiTitle": title, "sessionId": self.session}))
    }

    /// Any line, valid or not; a newline is added.
    pub fn raw(&mut self, line: &str) -> &mut Self {
        self.lines.push(line.to_owned());
        self
    }

    // ------------------------------------------------------------ subagents and forks

    /// A subagent of this session, started now and called by the newest tool call; the returned builder
    /// writes its file when this one is written.
    pub fn subagent(&mut self, agent_id: &str) -> &mut Transcript {
        self.subagent_in("", agent_id)
    }

    /// A subagent of a workflow: `subagents/workflows/<workflow>/`.
    pub fn workflow_subagent(&mut self, workflow: &str, agent_id: &str) -> &mut Transcript {
        self.subagent_in(&format!("workflows/{workflow}"), agent_id)
    }

    /// A subagent whose files land in `folder` below `subagents/`. The same id gives the same builder.
    pub fn subagent_in(&mut self, folder: &str, agent_id: &str) -> &mut Transcript {
        let known = self.agents.iter().position(|child| {
            child.agent.as_ref().is_some_and(|agent| agent.id == agent_id && agent.folder == folder)
        });
        let index = known.unwrap_or_else(|| {
            let child = self.new_agent(folder, agent_id);
            self.agents.push(child);
            self.agents.len() - 1
        });
        &mut self.agents[index]
    }

    fn new_agent(&self, folder: &str, agent_id: &str) -> Transcript {
        let mut meta = Map::new();
        meta.insert("agentType".to_owned(), json!("general-purpose"));
        meta.insert("isBuiltIn".to_owned(), json!(true));
        meta.insert("launchedWithDefaults".to_owned(), json!(true));
        meta.insert("description".to_owned(), json!("A subagent"));
        if let Some((id, _)) = self.tool_uses.last() {
            meta.insert("toolUseId".to_owned(), json!(id));
        }
        meta.insert("spawnDepth".to_owned(), json!(1));
        meta.insert("requestShape".to_owned(), json!("background"));
        meta.insert("requestNonInteractive".to_owned(), json!(true));
        meta.insert("model".to_owned(), json!(self.model));
        meta.insert("pickedEffortModel".to_owned(), json!(self.model));
        let agent = Agent { id: agent_id.to_owned(), folder: folder.to_owned(), meta };
        Transcript {
            lines: Vec::new(),
            written: 0,
            ids: Ids::seeded(&format!("{}/{agent_id}", self.session)),
            parent: None,
            prompts: 0,
            tool_uses: Vec::new(),
            billed: Vec::new(),
            agent: Some(agent),
            agents: Vec::new(),
            ..self.clone()
        }
    }

    /// Sets a key of a subagent's `.meta.json` (`agentType`, `description`, `finished`, `name` ...).
    #[track_caller]
    pub fn meta(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        match &mut self.agent {
            Some(agent) => agent.meta.insert(key.to_owned(), value.into()),
            None => panic!("testkit: only a subagent has a meta file"),
        };
        self
    }

    /// What `--fork-session` makes of this session: the conversation copied under a new session id, with the
    /// old one noted on the replies and all prompts given the id of the fork's next one. Rows that belong to no
    /// conversation stay behind; the second session id of a copied row (`session_id`) remains the old one.
    pub fn fork(&self, new_session: &str) -> Transcript {
        let mut ids = Ids::seeded(new_session);
        let prompt_id = ids.uuid();
        let copied = self.lines.iter().filter_map(|line| {
            let mut row: Value = serde_json::from_str(line).ok()?;
            row.get("uuid")?;
            row["sessionId"] = json!(new_session);
            if row.get("promptId").is_some() {
                row["promptId"] = json!(prompt_id);
            }
            if row["type"] == "assistant" && row.get("requestSessionId").is_none() {
                row["requestSessionId"] = json!(self.session);
            }
            Some(row.to_string())
        });
        Transcript {
            session: new_session.to_owned(),
            lines: copied.collect(),
            written: 0,
            ids,
            first_prompt_id: Some(prompt_id.clone()),
            prompt_id: prompt_id.clone(),
            agents: Vec::new(),
            ..self.clone()
        }
    }

    // ------------------------------------------------------------ on disk

    /// The lines so far, without those of subagents.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The session id.
    pub fn session_id(&self) -> &str {
        &self.session
    }

    /// Where the transcript is, or will be, below `config_dir`.
    pub fn path(&self, config_dir: &Path) -> PathBuf {
        let project = config_dir.join("projects").join(project_slug(&self.project));
        match &self.agent {
            None => project.join(format!("{}.jsonl", self.session)),
            Some(agent) => project
                .join(&self.session)
                .join("subagents")
                .join(&agent.folder)
                .join(format!("agent-{}.jsonl", agent.id)),
        }
    }

    /// Writes the whole transcript and those of its subagents; returns the path of the former.
    #[track_caller]
    pub fn write(&mut self, config_dir: &Path) -> PathBuf {
        let path = self.path(config_dir);
        must(std::fs::remove_file(&path).or_else(absent_is_fine), path.display());
        self.written = 0;
        for child in &mut self.agents {
            child.written = 0;
            let path = child.path(config_dir);
            must(std::fs::remove_file(&path).or_else(absent_is_fine), path.display());
        }
        self.append_to(config_dir)
    }

    /// Appends the rows made since the last write, as a running client does; returns the path.
    #[track_caller]
    pub fn append_to(&mut self, config_dir: &Path) -> PathBuf {
        let path = self.path(config_dir);
        let mut text = self.lines[self.written..].join("\n");
        if self.written < self.lines.len() {
            text.push('\n');
        }
        must(open_private(&path, true).and_then(|mut file| file.write_all(text.as_bytes())), path.display());
        self.written = self.lines.len();
        if let Some(agent) = &self.agent {
            let path = path.with_extension("meta.json");
            let meta = Value::Object(agent.meta.clone()).to_string();
            must(
                open_private(&path, false).and_then(|mut file| file.write_all(meta.as_bytes())),
                path.display(),
            );
        }
        for child in &mut self.agents {
            child.append_to(config_dir);
        }
        path
    }

    // ------------------------------------------------------------ rows

    fn user_text(&mut self, text: &str) -> &mut Self {
        self.user(json!([{"type": "text", "text": text}]), json!({}))
    }

    fn user(&mut self, content: Value, tail: Value) -> &mut Self {
        let mut row = json!({"promptId": self.prompt_id, "type": "user", "message": {"role": "user", "content": content}});
        self.stamp(&mut row);
        self.row(row, tail)
    }

    fn asking_row(&self, tool_use_id: &str) -> Option<&str> {
        self.tool_uses.iter().rev().find(|(id, _)| id == tool_use_id).map(|(_, uuid)| uuid.as_str())
    }

    fn stamp(&mut self, row: &mut Value) {
        row["uuid"] = json!(self.ids.uuid());
        row["timestamp"] = json!(self.clock.tick());
    }

    /// Adds a conversation row: links it to the one before and puts the common fields around `row`, `tail`.
    fn row(&mut self, row: Value, tail: Value) -> &mut Self {
        let mut whole = Map::new();
        whole.insert("parentUuid".to_owned(), json!(self.parent));
        whole.insert("isSidechain".to_owned(), json!(self.agent.is_some()));
        if let Some(agent) = &self.agent {
            whole.insert("agentId".to_owned(), json!(agent.id));
        }
        for part in [row, tail] {
            if let Value::Object(fields) = part {
                whole.extend(fields);
            }
        }
        let typed = whole.get("message").is_some_and(|message| message["content"].is_string());
        if self.entrypoint == "cli" && self.agent.is_none() && whole["type"] != "system" && !typed {
            whole.insert("session_id".to_owned(), json!(self.session));
        }
        for (key, value) in [
            ("userType", "external"),
            ("entrypoint", &self.entrypoint),
            ("cwd", &self.cwd),
            ("sessionId", &self.session),
            ("version", &self.version),
            ("gitBranch", &self.branch),
        ] {
            whole.insert(key.to_owned(), json!(value));
        }
        self.parent = whole["uuid"].as_str().map(str::to_owned);
        self.push(Value::Object(whole))
    }

    fn push(&mut self, row: Value) -> &mut Self {
        self.lines.push(row.to_string());
        self
    }
}

fn api_failure(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("invalid_request_error", "bad request"),
        401 => ("authentication_error", "invalid x-api-key"),
        429 => ("rate_limit_error", "This request would exceed your rate limit"),
        529 => ("overloaded_error", "Overloaded"),
        _ => ("api_error", "Internal server error"),
    }
}

fn absent_is_fine(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Opens a file as the client does: private to the user, its folders made.
pub(super) fn open_private(path: &Path, append: bool) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut how = OpenOptions::new();
    how.create(true).mode(0o600);
    if append {
        how.append(true)
    } else {
        how.write(true).truncate(true)
    };
    how.open(path)
}
