//! A transcript folded into what a person wants to see of a session.
//!
//! [`Digest::row`] takes one record after the other; a digest can be stored between them and taken
//! up again, so a growing file is read once. It never holds more than a bounded amount, and texts are
//! redacted before they enter it.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use claudectl_redact::{LONGEST, redact, redact_start, redact_tool};
use claudectl_transcript::record::{
    Assistant, Attachment, Block, Common, Content, CostState, Meta, Record, System, User, Worktree,
};
use claudectl_transcript::time::Millis;
use claudectl_transcript::{SYNTHETIC_MODEL, message_key};
use serde::{Deserialize, Serialize};

use crate::call::{self, Arguments, one_line};
use crate::context;
use crate::pulse::Pulse;
use crate::signals::{Answered, Called, Place, Signals, is_turned_down};
use crate::tools::Family;

/// How many of the latest calls with an answer are kept.
const RECENT_CALLS: usize = 32;
/// How many of the latest errors are kept.
const RECENT_ERRORS: usize = 5;
/// How many modified files are told apart.
const MAX_FILES: usize = 500;
/// How many tools are told apart.
const MAX_TOOLS: usize = 200;
/// How many open calls, tasks and agents are kept.
const MAX_OPEN: usize = 256;
/// What the newest row that bears on the status was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Last {
    /// There was none.
    #[default]
    Nothing,
    /// A prompt, or a tool result: the model's move.
    Prompt,
    /// The model writes.
    Text,
    /// The model called a tool.
    Tool,
    /// The model ended its turn.
    TurnEnded,
    /// The person interrupted.
    Interrupted,
    /// What an earlier client wrote: whatever it was, nothing of it goes on.
    Earlier,
    /// A request failed, and is tried again.
    Retrying {
        /// The HTTP status.
        status: Option<u16>,
    },
    /// A request failed for good.
    ApiError {
        /// A word for the failure.
        kind: String,
        /// The HTTP status.
        status: Option<u16>,
    },
}

/// A tool call without a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTool {
    /// The call's id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its telling argument: the command, the file, the address. Redacted, one line, all of it or both its ends.
    pub summary: String,
    /// When it was called.
    pub at: Option<Millis>,
}

impl OpenTool {
    /// `Bash: cargo test`.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.summary.is_empty() { self.name.clone() } else { format!("{}: {}", self.name, self.summary) }
    }
}

/// A tool's failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolError {
    /// The tool.
    pub tool: String,
    /// The first line of what it said. Redacted.
    pub message: String,
    /// When.
    pub at: Option<Millis>,
}

/// A background task: a command or a subagent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The tool call that started it.
    pub tool_use_id: String,
    /// What it does. Redacted.
    pub summary: String,
    /// When it was started.
    pub at: Option<Millis>,
}

/// A name and how good it is: a person's beats an agent's, that a model's, that a summary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    /// 3 a person's, 2 an agent's, 1 a model's, 0 a summary.
    pub rank: u8,
    /// The name. Redacted.
    pub text: String,
}

/// What is known of a session from one transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// The transcript is a subagent's own.
    pub subagent: bool,
    /// Rows read.
    pub rows: u64,
    /// Lines that were no rows.
    pub malformed: u64,
    /// Rows of types that this version does not know, by type.
    pub unknown: BTreeMap<String, u64>,
    /// The session's name.
    pub name: Option<Name>,
    /// The working folder of the first row.
    pub first_cwd: Option<String>,
    /// The working folder of the last row.
    pub cwd: Option<String>,
    /// The branch at the last row.
    pub branch: Option<String>,
    /// Claude Code's version at the last row.
    pub version: Option<String>,
    /// The model of the last response.
    pub model: Option<String>,
    /// The model as it was last asked for.
    pub requested_model: Option<String>,
    /// The permission mode.
    pub permission_mode: Option<String>,
    /// The worktree it works in.
    pub worktree: Option<Worktree>,
    /// Tokens that the last request held.
    pub context_tokens: u64,
    /// The most that any request held.
    pub largest_context: u64,
    /// Prompts that a person or a script gave.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed or were turned down.
    pub errors: u64,
    /// Calls by tool.
    pub tools: BTreeMap<String, u64>,
    /// Changes by file, whose paths are absolute where the working folder is known.
    pub files: BTreeMap<String, u64>,
    /// When each file was last changed, as far as is known: of the latest ones.
    pub changed_at: BTreeMap<String, Millis>,
    /// Lines that file edits added.
    pub lines_added: u64,
    /// Lines that file edits removed.
    pub lines_removed: u64,
    /// The latest failures, newest last.
    pub recent_errors: VecDeque<ToolError>,
    /// Calls without a result.
    pub open: Vec<OpenTool>,
    /// The latest calls that have their answer: by the ledger's key of their ids, when they were called, and
    /// whether they ran.
    pub answered: VecDeque<(u64, Millis, bool)>,
    /// Calls that a fork copied and whose results are still to come.
    pub copied: Vec<String>,
    /// Background tasks that have not reported back, by task id.
    pub background: BTreeMap<String, Task>,
    /// Subagents started, by their id: the kind.
    pub agents: BTreeMap<String, String>,
    /// When subagents that were waited for came back, by their id.
    pub returned: BTreeMap<String, Millis>,
    /// How often the conversation was compacted.
    pub compactions: u64,
    /// What the newest telling row was.
    pub last: Last,
    /// When it was made.
    pub last_row_at: Option<Millis>,
    /// The row that it follows in the conversation, by the ledger's key of its id.
    pub last_parent: Option<u64>,
    /// When the first row was made.
    pub first_at: Option<Millis>,
    /// When the last row was made.
    pub last_at: Option<Millis>,
    /// The client's own account of the cost.
    pub cost: Option<CostState>,
    /// Pull requests it made.
    pub pull_requests: Vec<String>,
    /// Kinds of the agents whose launch is open, by call.
    pub launching: BTreeMap<String, String>,
    /// Files whose change is open, by call.
    pub changing: BTreeMap<String, String>,
    /// What health is judged from.
    pub signals: Signals,
    /// How lively it was of late.
    pub pulse: Pulse,
}

impl Digest {
    /// An empty digest, of a subagent's own transcript or of a session's.
    #[must_use]
    pub fn new(subagent: bool) -> Self {
        Self { subagent, ..Self::default() }
    }

    /// Folds in one line of the transcript; see [`Digest::row`].
    pub fn line(&mut self, line: &[u8], elsewhere: &mut dyn FnMut(&Assistant<'_>) -> bool) {
        match Record::parse(line) {
            Ok(record) => self.row(&record, elsewhere),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) => self.malformed += 1,
        }
    }

    /// Folds in one record.
    ///
    /// Rows that a fork copied are another session's work. Newer versions say so in the row; of a row that
    /// does not, `elsewhere` is asked whether its response is billed to another session.
    pub fn row(&mut self, record: &Record<'_>, elsewhere: &mut dyn FnMut(&Assistant<'_>) -> bool) {
        self.rows += 1;
        let copied = match record {
            Record::Assistant(row) => says_copied(row).unwrap_or_else(|| elsewhere(row)),
            _ => false,
        };
        if let Some(common) = record.common() {
            // What was copied is older than the session.
            if !copied {
                self.time(common.at);
                if self.is_own(common) {
                    self.pulse.beat(common.at);
                    self.signals.row(common.at);
                }
            }
            set(&mut self.cwd, common.cwd.as_deref());
            set_branch(&mut self.branch, common.branch.as_deref());
            set(&mut self.version, common.version.as_deref());
            if self.first_cwd.is_none() {
                self.first_cwd.clone_from(&self.cwd);
            }
        }
        match record {
            Record::Assistant(row) => self.assistant(row, copied),
            Record::User(row) => self.user(row),
            Record::System(row) => self.system(row),
            Record::Attachment(row) => self.attachment(row),
            Record::Meta(meta) => self.meta(meta),
            Record::Unknown { kind, .. } => count(&mut self.unknown, kind, MAX_TOOLS),
        }
    }

    /// Files that were changed at or after a moment, and those whose change is in flight.
    pub fn changed_since(&self, moment: Millis) -> impl Iterator<Item = &str> {
        let changed = self.changed_at.iter().filter(move |(_, at)| **at >= moment).map(|(path, _)| path);
        let open = self.open.iter().filter(move |call| call.at.is_some_and(|at| at >= moment));
        let in_flight = open.filter_map(|call| self.changing.get(&call.id));
        changed.chain(in_flight).map(String::as_str)
    }

    /// What the status is decided from.
    #[must_use]
    pub fn tail(&self) -> crate::status::Tail {
        crate::status::Tail {
            last: self.last.clone(),
            at: self.last_row_at.or(self.last_at),
            open: self.open.clone(),
            background: self.background.len() as u64,
            agents: self.background.keys().filter(|task| self.agents.contains_key(*task)).count() as u64,
            moved_at: self.last_at,
            closed: self.answered.iter().map(|(key, ..)| *key).collect(),
        }
    }

    /// Subagents' rows in the session's own file are of other conversations.
    fn is_own(&self, common: &Common<'_>) -> bool {
        self.subagent || !common.sidechain
    }

    fn time(&mut self, at: Option<Millis>) {
        let Some(at) = at else { return };
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
    }

    fn note(&mut self, last: Last, row: &Common<'_>) {
        if self.is_late(row) {
            return;
        }
        self.last = last;
        self.last_row_at = row.at.or(self.last_row_at);
        self.last_parent = row.parent.as_ref().map(|parent| message_key(parent.as_bytes()));
    }

    /// Whether the newest telling row follows this one, though it stands before it in the file: each row of Claude Code
    /// 2.1.41 waits for the branch to be known before it is written, and may be overtaken then.
    fn is_late(&self, row: &Common<'_>) -> bool {
        self.last_parent
            .is_some_and(|key| row.uuid.as_ref().is_some_and(|id| message_key(id.as_bytes()) == key))
    }

    fn assistant(&mut self, row: &Assistant<'_>, copied: bool) {
        if let Some(error) = &row.api_error {
            let kind = error.kind.as_deref().unwrap_or("error").to_owned();
            return self.note(Last::ApiError { kind, status: error.status }, &row.common);
        }
        if self.is_own(&row.common) {
            self.request(row);
            if let (Some(usage), false) = (&row.usage, copied) {
                self.signals.response(row.id.as_deref(), usage, row.common.at);
            }
        }
        for block in &row.blocks {
            self.block(block, row, copied);
        }
        self.note_response(row);
    }

    /// The model, and how much it was sent.
    fn request(&mut self, row: &Assistant<'_>) {
        set(&mut self.model, row.model.as_deref().filter(|model| *model != SYNTHETIC_MODEL));
        set(&mut self.requested_model, row.requested_model.as_deref());
        if let Some(usage) = &row.usage
            && row.model.as_deref() != Some(SYNTHETIC_MODEL)
            && !usage.is_zero()
        {
            self.context_tokens = context::tokens_of(usage);
            self.largest_context = self.largest_context.max(self.context_tokens);
        }
    }

    fn note_response(&mut self, row: &Assistant<'_>) {
        let last = match row.stop_reason.as_deref() {
            Some("tool_use") => Last::Tool,
            Some("pause_turn") | None if !self.open.is_empty() => Last::Tool,
            Some("pause_turn") | None => Last::Text,
            Some(_) => Last::TurnEnded,
        };
        self.note(last, &row.common);
    }

    fn block(&mut self, block: &Block<'_>, row: &Assistant<'_>, copied: bool) {
        let at = row.common.at;
        if let (Block::Text(text), false) = (block, copied) {
            self.signals.scan_answer(text, at);
        }
        let Block::ToolUse { id, name, input } = block else { return };
        let name = &*redact_tool(name);
        if self.open.iter().any(|tool| tool.id == **id) {
            return;
        }
        if copied {
            push_bounded(&mut self.copied, id.to_string());
            return;
        }
        let input = input.map(|raw| raw.get()).unwrap_or_default();
        let arguments: Arguments = serde_json::from_str(input).unwrap_or_default();
        let arguments = arguments.in_folder(self.cwd.as_deref());
        self.tool_calls += 1;
        count(&mut self.tools, name, MAX_TOOLS);
        if let Some(path) = arguments.changed_file(name) {
            count(&mut self.files, path, MAX_FILES);
            insert_bounded(&mut self.changing, id, path.to_owned());
        }
        if let (true, Some(kind)) = (Family::Agent.has(name), &arguments.subagent_type) {
            insert_bounded(&mut self.launching, id, redact(kind).text.into_owned());
        }
        let line = arguments.line(name, input);
        self.signals.scan_input(input, arguments.file_path.as_deref(), at);
        if self.is_own(&row.common) {
            self.signals.called(&Called {
                id,
                tool: name,
                input,
                command: arguments.command.as_deref().filter(|_| Family::Shell.has(name)),
                changes: arguments.changed_file(name),
                reads: arguments.read_part(name),
                summary: &call::short(&line),
                cwd: self.cwd.as_deref(),
                at,
            });
        }
        let summary = call::whole(&line).into_owned();
        if !self.is_late(&row.common) {
            push_bounded(
                &mut self.open,
                OpenTool { id: id.to_string(), name: name.to_string(), summary, at },
            );
        }
    }

    fn user(&mut self, row: &User<'_>) {
        match &row.content {
            Content::Text(text) => self.user_text(row, text),
            Content::Blocks(blocks) => {
                for block in blocks {
                    match block {
                        Block::ToolResult { id, is_error, content } => {
                            let said = content.map(|raw| raw.get()).unwrap_or_default();
                            self.result(row, id, *is_error, said);
                        }
                        Block::Text(text) => self.user_text(row, text),
                        Block::Thinking(_) | Block::ToolUse { .. } | Block::Media(_) | Block::Other => {}
                    }
                }
            }
            Content::None => {}
        }
        set(&mut self.permission_mode, row.permission_mode.as_deref());
    }

    fn user_text(&mut self, row: &User<'_>, text: &str) {
        self.signals.scan(text, Place::Prompt, row.common.at);
        if text.starts_with("[Request interrupted by user") {
            self.signals.interrupted();
            self.open.clear();
            self.changing.clear();
            return self.note(Last::Interrupted, &row.common);
        }
        self.notified(text, None);
        if row.common.meta || row.compact_summary || is_client_text(text) {
            return;
        }
        self.prompt(row.origin.as_deref(), &row.common);
    }

    /// What came while a turn ran has no row of the user's. What is only carried over a compaction came before.
    fn attachment(&mut self, row: &Attachment<'_>) {
        let Some(queued) = row.queued.as_ref().filter(|queued| !queued.carried) else { return };
        let mut is_prompt = false;
        each_text(&queued.content, |text| {
            self.signals.scan(text, Place::Prompt, row.common.at);
            if text.starts_with(NOTIFICATION) {
                self.notified(text, queued.at);
            }
            is_prompt |= !is_client_text(text);
        });
        if is_prompt && !queued.meta && matches!(queued.mode.as_deref(), Some("prompt") | None) {
            self.prompt(queued.origin.as_deref(), &row.common);
        }
    }

    /// Somebody said something: a person or a script, or another agent.
    fn prompt(&mut self, origin: Option<&str>, common: &Common<'_>) {
        if matches!(origin, Some("human") | None) && !common.sidechain {
            self.prompts += 1;
            self.signals.prompt(common.at);
        }
        self.note(Last::Prompt, common);
    }

    /// A task that has stopped is told of up to three times: when the note is queued, when it leaves the queue, and
    /// when the model gets it. What was begun anew in between goes on.
    fn notified(&mut self, text: &str, queued_at: Option<Millis>) {
        let Some(task) = notified_task(text) else { return };
        let began = self.background.get(task).and_then(|task| task.at);
        if began.zip(queued_at).is_none_or(|(began, queued)| began <= queued) {
            self.background.remove(task);
        }
    }

    fn result(&mut self, row: &User<'_>, id: &str, is_error: bool, said: &str) {
        if let Some(at) = self.copied.iter().position(|copied| copied == id) {
            self.copied.swap_remove(at);
            return;
        }
        let call = self.open.iter().position(|tool| tool.id == id).map(|at| self.open.remove(at));
        self.signals.scan_result(id, said, row.common.at);
        self.signals.answered(&Answered {
            id,
            summary: &call.as_ref().map_or(Cow::Borrowed(""), |call| call::short(&call.summary)),
            is_error,
            denial: row.denial.as_deref(),
            said,
            at: row.common.at,
        });
        let kind = self.launching.remove(id);
        match self.changing.remove(id) {
            Some(path) if is_error => uncount(&mut self.files, &path),
            Some(path) => self.changed(path, row.common.at),
            None => {}
        }
        let tool = call.as_ref().map_or("?", |tool| tool.name.as_str());
        if let Some(at) = call.as_ref().and_then(|call| call.at) {
            self.answered.push_back((message_key(id.as_bytes()), at, !is_error));
            if self.answered.len() > RECENT_CALLS {
                self.answered.pop_front();
            }
        }
        // What was turned down did not fail.
        if is_error && !is_turned_down(row, said) {
            self.errors += 1;
            let message = first_line(said);
            self.recent_errors.push_back(ToolError { tool: tool.to_owned(), message, at: row.common.at });
            if self.recent_errors.len() > RECENT_ERRORS {
                self.recent_errors.pop_front();
            }
        }
        self.outcome(row, call, kind);
        if self.is_late(&row.common) && self.last == Last::Tool && self.open.is_empty() {
            // The response that follows was taken for one that waits for this.
            self.last = Last::Text;
        }
        self.note(Last::Prompt, &row.common);
    }

    /// Of too many, the one that was changed first is let go.
    fn changed(&mut self, path: String, at: Option<Millis>) {
        let Some(at) = at.or(self.last_at) else { return };
        if self.changed_at.len() == MAX_FILES && !self.changed_at.contains_key(&path) {
            let oldest = self.changed_at.iter().min_by_key(|(_, at)| **at).map(|(path, _)| path.clone());
            oldest.and_then(|path| self.changed_at.remove(&path));
        }
        self.changed_at.insert(path, at);
    }

    fn outcome(&mut self, row: &User<'_>, call: Option<OpenTool>, kind: Option<String>) {
        if let Some((added, removed)) = row.outcome.patch {
            self.lines_added += added;
            self.lines_removed += removed;
        }
        let launched = matches!(row.outcome.status.as_deref(), Some("async_launched" | "teammate_spawned"));
        let task = row.outcome.background_task.as_deref();
        if let Some(agent) = &row.outcome.agent
            && self.agents.len() < MAX_OPEN
        {
            self.agents.insert(agent.to_string(), kind.unwrap_or_default());
            if let (Some("completed"), Some(at)) = (row.outcome.status.as_deref(), row.common.at) {
                self.returned.insert(agent.to_string(), at);
            }
        }
        let started = task.or_else(|| row.outcome.agent.as_deref().filter(|_| launched));
        if let (Some(task), true) = (started, self.background.len() < MAX_OPEN) {
            let started = |tool: OpenTool| (tool.id, call::short(&tool.summary).into_owned());
            let (tool_use_id, summary) = call.map(started).unwrap_or_default();
            let task_started = Task { tool_use_id, summary, at: row.common.at };
            insert_bounded(&mut self.background, task, task_started);
        }
    }

    fn system(&mut self, row: &System<'_>) {
        match &*row.subtype {
            "turn_duration" => self.note(Last::TurnEnded, &row.common),
            "api_error" => self.note(Last::Retrying { status: row.status }, &row.common),
            "compact_boundary" => {
                self.compactions += 1;
                self.signals.compacted();
                if let Some((_, after)) = row.compacted {
                    self.context_tokens = after;
                }
            }
            _ => {}
        }
    }

    fn meta(&mut self, meta: &Meta<'_>) {
        match meta {
            Meta::CustomTitle(text) => self.rename(3, text),
            Meta::AgentName(text) => self.rename(2, text),
            Meta::AiTitle(text) => self.rename(1, text),
            Meta::Summary(text) => self.rename(0, text),
            Meta::PermissionMode(mode) => self.permission_mode = Some(mode.to_string()),
            Meta::Relocated(cwd) => {
                self.cwd = Some(cwd.to_string());
                self.worktree = None;
            }
            Meta::Worktree(worktree) => self.worktree.clone_from(worktree),
            Meta::CostState(cost) => self.cost = Some((**cost).clone()),
            Meta::PrLink(url) => {
                let url = one_line(url);
                if !url.is_empty() && !self.pull_requests.contains(&url) {
                    push_bounded(&mut self.pull_requests, url);
                }
            }
            Meta::Queue(Some(text)) if text.starts_with(NOTIFICATION) => self.notified(text, None),
            Meta::Queue(_) | Meta::Other(_) => {}
        }
    }

    fn rename(&mut self, rank: u8, text: &str) {
        if self.name.as_ref().is_none_or(|name| name.rank <= rank) && !text.trim().is_empty() {
            self.name = Some(Name { rank, text: one_line(text) });
        }
    }
}

/// Whether a fork copied the row, if the row says.
pub(crate) fn says_copied(row: &Assistant<'_>) -> Option<bool> {
    let (paid, own) = (row.common.request_session.as_ref()?, row.common.session.as_ref()?);
    Some(paid != own)
}

/// Text that stands in the user's place but that no user typed.
pub(crate) fn is_client_text(text: &str) -> bool {
    ["<command-name>", "<local-command-", "<bash-", NOTIFICATION, "<system-reminder>", "Caveat:"]
        .iter()
        .any(|mark| text.starts_with(mark))
}

/// How the client's note begins that a background task has stopped.
pub(crate) const NOTIFICATION: &str = "<task-notification>";

pub(crate) fn each_text<'a>(content: &'a Content<'_>, mut each: impl FnMut(&'a str)) {
    match content {
        Content::Text(text) => each(text),
        Content::Blocks(blocks) => blocks.iter().for_each(|block| {
            if let Block::Text(text) = block {
                each(text);
            }
        }),
        Content::None => {}
    }
}

/// The task that a notification says has stopped.
fn notified_task(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(NOTIFICATION)?.1.split_once("<task-id>")?;
    let (task, rest) = rest.split_once("</task-id>")?;
    // What a task that goes on has to tell is an event, without a status.
    let goes_on = rest.contains("<event>") && !rest.contains("<status>");
    (!goes_on).then_some(task)
}

/// Bytes of a tool's answer that are looked at for what it says first.
const SAID_BYTES: usize = 2_000;

/// What a tool's answer says first, from its JSON: the first line of a string, or of blocks with text, redacted and not too
/// long. An exit code says little, so the line behind it is told, too.
pub(crate) fn first_line(json: &str) -> String {
    let text = match json.find("\"text\":\"") {
        Some(at) if !json.starts_with('"') => Cow::Owned(decoded(&json[at + 8..])),
        _ => json.strip_prefix('"').map_or(Cow::Borrowed(json), |text| Cow::Owned(decoded(text))),
    };
    // Redacted before it is cut: half a secret is not known for one, and one may be known by the line before.
    let text = redact_start(text.trim_start(), SAID_BYTES);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    match lines.next().filter(|_| first.starts_with("Exit code ")) {
        Some(second) => one_line(&format!("{first}: {second}")),
        None => one_line(first),
    }
}

/// The beginning of a JSON string, from behind its opening quote and the blanks there: what is looked at, and what a secret
/// in it may end in.
fn decoded(json: &str) -> String {
    let mut text = String::new();
    let mut letters = json.chars();
    while text.len() < SAID_BYTES + LONGEST {
        let letter = match letters.next() {
            None | Some('"') => break,
            Some('\\') => match letters.next() {
                None => break,
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => unicode(&mut letters),
                Some(other) => other,
            },
            Some(other) => other,
        };
        if !(text.is_empty() && letter.is_whitespace()) {
            text.push(letter);
        }
    }
    text
}

/// The character of an escape, from behind its `u`; one above the first 65,536 takes two of them.
fn unicode(letters: &mut std::str::Chars<'_>) -> char {
    let unit = |letters: &mut std::str::Chars<'_>| {
        let digits: String = letters.by_ref().take(4).collect();
        u16::from_str_radix(&digits, 16).unwrap_or(0xfffd)
    };
    let mut units = vec![unit(letters)];
    if (0xd800..0xdc00).contains(&units[0]) && letters.as_str().starts_with("\\u") {
        letters.next();
        letters.next();
        units.push(unit(letters));
    }
    char::decode_utf16(units).next().and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A branch may be named after anything. One that is redacted is so again with each row, which is seldom.
fn set_branch(slot: &mut Option<String>, value: Option<&str>) {
    let changed = |branch: &&str| !branch.is_empty() && slot.as_deref() != Some(*branch);
    let branch = value.filter(changed).map(|branch| redact(branch).text.into_owned());
    set(slot, branch.as_deref());
}

fn set(slot: &mut Option<String>, value: Option<&str>) {
    if let Some(value) = value
        && slot.as_deref() != Some(value)
    {
        *slot = Some(value.to_owned());
    }
}

fn count(map: &mut BTreeMap<String, u64>, key: &str, limit: usize) {
    if let Some(number) = map.get_mut(key) {
        *number += 1;
    } else if map.len() < limit {
        map.insert(key.to_owned(), 1);
    }
}

/// Takes back what did not come about.
fn uncount(map: &mut BTreeMap<String, u64>, key: &str) {
    if let Some(number) = map.get_mut(key) {
        *number = number.saturating_sub(1);
    }
    map.retain(|_, number| *number > 0);
}

/// Keeps the first: what never gets its answer must not grow without end.
fn insert_bounded<T>(map: &mut BTreeMap<String, T>, key: &str, value: T) {
    if map.len() < MAX_OPEN || map.contains_key(key) {
        map.insert(key.to_owned(), value);
    }
}

/// Keeps the newest.
fn push_bounded<T>(list: &mut Vec<T>, item: T) {
    if list.len() == MAX_OPEN {
        list.remove(0);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use claudectl_transcript::time::parse_millis;

    use super::*;

    fn digest(lines: &[&str]) -> Digest {
        let mut digest = Digest::default();
        for line in lines {
            digest.line(line.as_bytes(), &mut nowhere);
        }
        digest
    }

    fn nowhere(_: &Assistant<'_>) -> bool {
        false
    }

    const CALL: &str = r#"{"type":"assistant","sessionId":"s","timestamp":"2026-11-22T07:15:26.302Z","cwd":"/w","message":{"id":"m","role":"assistant","model":"claude-opus-5-5","content":[{"type":"tool_use","id":"t1","name":"Edit","input":{"file_path":"/w/a.rs"}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"cache_read_input_tokens":40}}}"#;
    const RESULT: &str = r#"{"type":"user","sessionId":"s","timestamp":"2026-11-22T07:15:27.302Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"no such file\nsecond line"}]}}"#;

    #[test]
    fn the_first_line_of_an_answer_is_read_as_it_was_meant() {
        for (json, line) in [
            (r#""a \"b\"\tc\nd""#, "a \"b\" c"),
            (r#""\n\n  late\nd""#, "late"),
            (r#""Exit code 2\nmake: *** No rule""#, "Exit code 2: make: *** No rule"),
            (r#""Exit code 2""#, "Exit code 2"),
            (r#"[{"type":"text","text":"\u00e9t\u00e9 \ud83d\ude00 \ud83d"}]"#, "été 😀 \u{fffd}"),
            ("{}", "{}"),
            ("", ""),
            ("\"torn \\", "torn"),
        ] {
            assert_eq!(first_line(json), line, "{json}");
        }
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_an_answer_is_cut() {
        for sample in claudectl_redact::samples::one_of_each(7) {
            let texts = |limit, filler| sample.across(limit, filler).into_iter();
            let long = texts(SAID_BYTES, " ").chain(texts(SAID_BYTES + LONGEST, "\n"));
            let long = long.map(|said| serde_json::json!(said));
            let short = texts(200, "a ").flat_map(|said| {
                [serde_json::json!(format!("Exit code 1\n{said}")), serde_json::json!([{"text": said}])]
            });
            for json in long.chain(short) {
                let line = first_line(&json.to_string());
                assert_eq!(sample.part_in(&line), None, "{}: {json} {line:?}", sample.kind);
            }
        }
    }

    #[test]
    fn a_branch_is_kept_without_its_secret() {
        let mut branch = None;
        set_branch(&mut branch, Some("feat/ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"));
        assert_eq!(branch.as_deref(), Some("feat/[redacted:github-token]"));
        set_branch(&mut branch, Some(""));
        set_branch(&mut branch, None);
        assert!(branch.is_some());
        set_branch(&mut branch, Some("main"));
        assert_eq!(branch.as_deref(), Some("main"));
    }

    #[test]
    fn a_call_is_open_until_its_result() {
        let open = digest(&[CALL]);
        assert_eq!(open.open.iter().map(OpenTool::describe).collect::<Vec<_>>(), ["Edit: /w/a.rs"]);
        assert_eq!((open.last.clone(), open.context_tokens), (Last::Tool, 43));
        assert_eq!(open.files.get("/w/a.rs"), Some(&1));
        let closed = digest(&[CALL, RESULT]);
        assert!(closed.open.is_empty());
        assert_eq!((closed.errors, closed.tool_calls, closed.last), (1, 1, Last::Prompt));
        assert_eq!(closed.recent_errors[0].message, "no such file");
        assert_eq!(closed.recent_errors[0].tool, "Edit");
        assert!(closed.files.is_empty(), "a change that failed is none");
    }

    /// Each row follows the one before it in the conversation, whichever comes to the file first.
    #[test]
    fn a_row_that_was_overtaken_is_not_the_newest() {
        let row = |id: &str, parent: &str, row: &str| {
            row.replacen('{', &format!(r#"{{"uuid":"{id}","parentUuid":"{parent}","#), 1)
        };
        let said = r#"{"type":"assistant","message":{"id":"m2","role":"assistant","content":[{"type":"text","text":"Done."}],"stop_reason":null}}"#;
        let prompt = row("p", "", r#"{"type":"user","message":{"role":"user","content":"do it"}}"#);
        let (call, result, said) = (row("c", "p", CALL), row("r", "c", RESULT), row("s", "r", said));
        let well = digest(&[&prompt, &call, &result, &said]);
        assert_eq!((&well.last, well.open.len(), well.prompts), (&Last::Text, 0, 1));
        for order in [
            [&prompt, &call, &said, &result],
            [&prompt, &result, &call, &said],
            [&call, &prompt, &result, &said],
        ] {
            let late = digest(&order.map(String::as_str));
            assert_eq!((&late.last, late.open.len(), late.prompts), (&Last::Text, 0, 1), "{order:?}");
        }
        assert_eq!(digest(&[&call, &prompt]).last, Last::Tool, "the prompt is answered with a call");
    }

    #[test]
    fn a_file_is_the_same_however_it_is_named() {
        let named =
            |id: &str, path: &str| CALL.replace("\"t1\"", &format!("\"{id}\"")).replace("/w/a.rs", path);
        let well = |id: &str| RESULT.replace(r#""is_error":true,"#, "").replace("t1", id);
        let (a, b) = (named("t1", "a.rs"), named("t2", "/w/sub/../a.rs"));
        let all = digest(&[&a, &well("t1"), &b, &well("t2"), &named("t3", "./a.rs")]);
        assert_eq!(all.files, BTreeMap::from([("/w/a.rs".to_owned(), 3)]));
        assert_eq!(all.changed_at.keys().collect::<Vec<_>>(), ["/w/a.rs"]);
        assert_eq!(all.changed_since(0).collect::<Vec<_>>(), ["/w/a.rs", "/w/a.rs"], "one is in flight");
    }

    #[test]
    fn changes_have_their_time() {
        let well = RESULT.replace(r#""is_error":true,"#, "");
        let at = parse_millis(b"2026-11-22T07:15:27.302Z").unwrap();
        let since = |digest: &Digest, moment| digest.changed_since(moment).count();
        let changed = digest(&[CALL, &well]);
        assert_eq!((since(&changed, at), since(&changed, at + 1)), (1, 0));
        let open = digest(&[CALL]);
        assert_eq!((since(&open, at - 1_000), since(&open, at)), (1, 0), "in flight since a second before");
        assert_eq!(since(&digest(&[CALL, RESULT]), 0), 0, "it failed");
        let mut many = Digest::default();
        for number in 0..2 * MAX_FILES {
            let named =
                |row: &str| row.replace("a.rs", &format!("{number}.rs")).replace("t1", &format!("t{number}"));
            let (call, result) = (named(CALL), named(&well));
            many.line(call.as_bytes(), &mut nowhere);
            many.line(result.as_bytes(), &mut nowhere);
        }
        assert_eq!(many.changed_at.len(), MAX_FILES);
    }

    #[test]
    fn copied_calls_are_not_counted_again() {
        let copied = CALL.replace(r#""sessionId":"s""#, r#""sessionId":"s","requestSessionId":"old""#);
        let forked = digest(&[&copied, RESULT]);
        assert_eq!((forked.tool_calls, forked.errors, forked.files.len()), (0, 0, 0));
        // Older versions do not say it, the ledger does; what a row says stands.
        let mut fork = Digest::default();
        for line in [CALL, RESULT, &CALL.replace("\"m\"", "\"own\"").replace("t1", "t2")] {
            fork.line(line.as_bytes(), &mut |row| row.id.as_deref() == Some("m"));
        }
        assert_eq!((fork.tool_calls, fork.errors, fork.open.len()), (1, 0, 1));
        let mut own = Digest::default();
        let stated = CALL.replace(r#""sessionId":"s""#, r#""sessionId":"s","requestSessionId":"s""#);
        own.line(stated.as_bytes(), &mut |_| true);
        assert_eq!(own.tool_calls, 1);
    }

    #[test]
    fn calls_that_are_never_answered_take_bounded_room() {
        let agent = r#""name":"Agent","input":{"subagent_type":"Explore","prompt":"look"}"#;
        let edit = r#""name":"Edit","input":{"file_path":"/w/a.rs"}"#;
        let mut digest = Digest::default();
        for number in 0..2 * MAX_OPEN {
            let call = |id: &str| CALL.replace("t1", &format!("{id}{number}"));
            digest.line(call("t").as_bytes(), &mut nowhere);
            digest.line(call("a").replace(edit, agent).as_bytes(), &mut nowhere);
        }
        assert_eq!((digest.open.len(), digest.changing.len()), (MAX_OPEN, MAX_OPEN));
        assert_eq!(digest.launching.len(), MAX_OPEN);
        assert_eq!(digest.tool_calls as usize, 4 * MAX_OPEN);
    }

    #[test]
    fn the_context_is_that_of_the_conversation() {
        let side = CALL
            .replace(r#""sessionId":"s""#, r#""sessionId":"s","isSidechain":true,"agentId":"a""#)
            .replace("claude-opus-5-5", "claude-haiku-5-5")
            .replace(":40", ":7");
        let main = digest(&[CALL, &side]);
        assert_eq!((main.context_tokens, main.model.as_deref()), (43, Some("claude-opus-5-5")));
        assert_eq!(main.largest_context, 43);
        let mut agent = Digest::new(true);
        agent.line(side.as_bytes(), &mut nowhere);
        assert_eq!((agent.context_tokens, agent.model.as_deref()), (10, Some("claude-haiku-5-5")));
    }

    #[test]
    fn interruptions_and_failures_end_the_turn() {
        let interrupted = digest(&[
            CALL,
            r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user for tool use]"}]}}"#,
        ]);
        assert_eq!((interrupted.last, interrupted.open.len()), (Last::Interrupted, 0));
        let failed = digest(&[
            r#"{"type":"assistant","isApiErrorMessage":true,"apiErrorStatus":529,"error":"overloaded","message":{"model":"<synthetic>","content":[],"usage":{"input_tokens":0}}}"#,
        ]);
        assert_eq!(failed.last, Last::ApiError { kind: "overloaded".to_owned(), status: Some(529) });
        assert_eq!(failed.model, None, "the pseudo model is none");
    }

    #[test]
    fn background_tasks_end_when_they_report_back() {
        let call = CALL.replace(
            r#""name":"Edit","input":{"file_path":"/w/a.rs"}"#,
            r#""name":"Agent","input":{"description":"look","subagent_type":"Explore"}"#,
        );
        let launched = r#"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]},"toolUseResult":{"status":"async_launched","agentId":"a9"}}"#;
        let both = digest(&[&call, launched]);
        assert_eq!(both.background["a9"].summary, "look");
        assert_eq!(both.agents["a9"], "Explore");
        let secret = ["gh", "p_", "b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"].concat();
        let leaky = digest(&[&call.replace("Explore", &secret), launched]);
        assert_eq!(leaky.agents["a9"], "[redacted:github-token]");
        let done = r#"{"type":"user","origin":{"kind":"task-notification"},"message":{"role":"user","content":"<task-notification>\n<task-id>a9</task-id>"}}"#;
        let all = digest(&[&call, launched, done]);
        assert!(all.background.is_empty());
        assert_eq!(all.prompts, 0, "nobody typed that");
    }

    #[test]
    fn a_subagent_that_was_waited_for_has_come_back() {
        let call = CALL.replace(
            r#""name":"Edit","input":{"file_path":"/w/a.rs"}"#,
            r#""name":"Task","input":{"description":"look","subagent_type":"Explore"}"#,
        );
        let result = r#"{"type":"user","timestamp":"2026-11-22T07:15:27.302Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]},"toolUseResult":{"status":"completed","agentId":"a9"}}"#;
        let both = digest(&[&call, result]);
        assert_eq!((both.agents["a9"].as_str(), both.returned.get("a9")), ("Explore", both.last_at.as_ref()));
        let launched = result.replace("completed", "async_launched");
        assert!(digest(&[&call, &launched]).returned.is_empty(), "it goes on");
    }

    #[test]
    fn background_tasks_that_end_while_the_turn_runs() {
        let call = CALL.replace(
            r#""name":"Edit","input":{"file_path":"/w/a.rs"}"#,
            r#""name":"Bash","input":{"command":"make","run_in_background":true}"#,
        );
        let started = r#"{"type":"user","timestamp":"2026-11-22T07:15:27.302Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]},"toolUseResult":{"backgroundTaskId":"b7"}}"#;
        let note =
            r"<task-notification>\n<task-id>b7</task-id>\n<status>completed</status>\n</task-notification>";
        let queued = |text: &str, at: &str| {
            format!(
                r#"{{"type":"attachment","timestamp":"2026-11-22T07:15:40.000Z","attachment":{{"type":"queued_command","prompt":"{text}","commandMode":"task-notification","timestamp":"2026-11-22T07:15:{at}Z"}}}}"#
            )
        };
        let operation = |operation: &str, text: &str| {
            format!(r#"{{"type":"queue-operation","operation":"{operation}","content":"{text}"}}"#)
        };
        let begun = digest(&[&call, started]);
        assert_eq!(begun.background.len(), 1);
        for row in [queued(note, "30.000"), operation("enqueue", note), operation("remove", note)] {
            let ended = digest(&[&call, started, &row]);
            assert!(ended.background.is_empty(), "{row}");
            assert_eq!((ended.prompts, &ended.last), (0, &begun.last), "nobody typed that: {row}");
        }
        let event = note.replace("<status>completed</status>", "<event>one line</event>");
        let about = format!("what does {note} mean?");
        // It is told late of what was begun anew, of an event, or a person writes of it.
        for row in [queued(note, "26.000"), operation("enqueue", &event), operation("enqueue", &about)] {
            assert_eq!(digest(&[&call, started, &row]).background.len(), 1, "{row}");
        }
    }

    #[test]
    fn a_persons_name_stays() {
        let named = digest(&[
            r#"{"type":"custom-title","customTitle":"mine"}"#,
            r#"{"type":"ai-title","aiTitle":"a model's"}"#,
        ]);
        assert_eq!(named.name.map(|name| name.text).as_deref(), Some("mine"));
    }

    #[test]
    fn a_digest_can_be_taken_up_again() {
        let whole = digest(&[CALL, RESULT]);
        let stored = serde_json::to_string(&digest(&[CALL])).unwrap();
        let mut taken_up: Digest = serde_json::from_str(&stored).unwrap();
        taken_up.line(RESULT.as_bytes(), &mut nowhere);
        assert_eq!(taken_up, whole);
    }
}
