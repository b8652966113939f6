//! A whole line as a typed record.
//!
//! Only fields that somebody uses are named; everything else is passed over, and a row whose type is
//! not known is kept as [`Record::Unknown`] with its text. Texts are borrowed from the line unless
//! they hold an escape. Fields whose shape changed between versions of Claude Code are read as "that
//! shape or nothing", so that one odd field never costs the row.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::time::{Millis, parse_millis};
use crate::usage::{Speed, Tier, Usage};

/// One row of a transcript.
#[derive(Debug)]
pub enum Record<'a> {
    /// One content block of an API response, or an API error that the client wrote down.
    Assistant(Box<Assistant<'a>>),
    /// A prompt, a tool result, or text that the client put in the user's mouth.
    User(Box<User<'a>>),
    /// A note of the client: turn durations, compaction, API retries, hook summaries.
    System(Box<System<'a>>),
    /// Context that the client attached to a request. Only what stood in the queue is read.
    Attachment(Box<Attachment<'a>>),
    /// A row about the session as a whole; the last of its type counts.
    Meta(Meta<'a>),
    /// A type this version does not know. Nothing of it is lost: `text` is the line.
    Unknown {
        /// The row's `type`, empty if it has none.
        kind: Cow<'a, str>,
        /// The line.
        text: &'a [u8],
    },
}

/// Fields that rows of a conversation share.
#[derive(Debug, Default)]
pub struct Common<'a> {
    /// The row's id.
    pub uuid: Option<Cow<'a, str>>,
    /// The id of the row that it follows in the conversation.
    pub parent: Option<Cow<'a, str>>,
    /// When the row was made.
    pub at: Option<Millis>,
    /// The session whose file this is.
    pub session: Option<Cow<'a, str>>,
    /// The session that paid, on rows copied by a fork.
    pub request_session: Option<Cow<'a, str>>,
    /// The subagent that the row belongs to.
    pub agent: Option<Cow<'a, str>>,
    /// The row belongs to a subagent.
    pub sidechain: bool,
    /// The working folder at that moment.
    pub cwd: Option<Cow<'a, str>>,
    /// The branch checked out there.
    pub branch: Option<Cow<'a, str>>,
    /// Claude Code's version.
    pub version: Option<Cow<'a, str>>,
    /// Put there by the client, not typed and not shown.
    pub meta: bool,
}

/// A row of an API response.
#[derive(Debug)]
pub struct Assistant<'a> {
    /// Shared fields.
    pub common: Common<'a>,
    /// `message.id`.
    pub id: Option<Cow<'a, str>>,
    /// `message.model`.
    pub model: Option<Cow<'a, str>>,
    /// The model as asked for; a `[1m]` suffix chooses the long context window.
    pub requested_model: Option<Cow<'a, str>>,
    /// Why the response ended; `None` while it had not.
    pub stop_reason: Option<Cow<'a, str>>,
    /// What it used.
    pub usage: Option<Usage>,
    /// Its content blocks, usually one a row.
    pub blocks: Vec<Block<'a>>,
    /// A failed request, written down by the client.
    pub api_error: Option<ApiError<'a>>,
}

/// What failed.
#[derive(Debug)]
pub struct ApiError<'a> {
    /// A word such as `rate_limit` or `overloaded_error`.
    pub kind: Option<Cow<'a, str>>,
    /// The HTTP status.
    pub status: Option<u16>,
}

/// A row with the user's role.
#[derive(Debug)]
pub struct User<'a> {
    /// Shared fields.
    pub common: Common<'a>,
    /// The text or the blocks.
    pub content: Content<'a>,
    /// `origin.kind`: `human` for a typed prompt.
    pub origin: Option<Cow<'a, str>>,
    /// `promptSource`: `typed`, `sdk`, `system`.
    pub prompt_source: Option<Cow<'a, str>>,
    /// The summary that replaces a compacted conversation.
    pub compact_summary: bool,
    /// The permission mode in force at the prompt.
    pub permission_mode: Option<Cow<'a, str>>,
    /// Why a tool call was turned down.
    pub denial: Option<Cow<'a, str>>,
    /// How it was decided whether the call may run, where the version writes it.
    pub decision: Option<Decision<'a>>,
    /// What is told of a tool's outcome beyond the text.
    pub outcome: Outcome<'a>,
}

/// `permissionDecision`: whether a call was let run, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// It was let run.
    pub accepted: bool,
    /// `config`, `user_temporary`, `user_permanent`, `user_reject`, `hook`, ...
    pub source: Cow<'a, str>,
}

/// What `toolUseResult` says, as far as it is used.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    /// A command that was moved to the background: its task.
    pub background_task: Option<Cow<'a, str>>,
    /// A subagent that was started: its id.
    pub agent: Option<Cow<'a, str>>,
    /// `async_launched`, `completed`, ...
    pub status: Option<Cow<'a, str>>,
    /// Lines a file edit added and removed.
    pub patch: Option<(u64, u64)>,
    /// `create`, `update`, `text`: what was done to a file, or what was read.
    pub kind: Option<Cow<'a, str>>,
    /// The edit itself, JSON text: a list of hunks, each with its lines.
    pub hunks: Option<&'a RawValue>,
    /// The lines of a file that was not there before.
    pub created: Option<u64>,
    /// The file that was changed.
    pub file: Option<Cow<'a, str>>,
}

/// A row of type `system`.
#[derive(Debug)]
pub struct System<'a> {
    /// Shared fields.
    pub common: Common<'a>,
    /// `turn_duration`, `compact_boundary`, `api_error`, `stop_hook_summary`, `local_command`, ...
    pub subtype: Cow<'a, str>,
    /// On `turn_duration`: subagents that go on in the background.
    pub pending_agents: u64,
    /// On `compact_boundary`: tokens before and after.
    pub compacted: Option<(u64, u64)>,
    /// On `api_error`: the HTTP status.
    pub status: Option<u16>,
    /// On `api_error`: milliseconds until the next attempt.
    pub retry_in_ms: Option<f64>,
    /// On `turn_duration`: milliseconds that the turn took.
    pub duration_ms: Option<u64>,
    /// What the client said; on `api_error` the error in a line.
    pub said: Option<Cow<'a, str>>,
}

/// A row of type `attachment`.
#[derive(Debug)]
pub struct Attachment<'a> {
    /// Shared fields.
    pub common: Common<'a>,
    /// What is attached: `hook_success`, `plan_mode`, ...
    pub kind: Cow<'a, str>,
    /// On `queued_command`: what came while a turn ran, and was put into it.
    pub queued: Option<Queued<'a>>,
}

/// What was given to a turn that already ran: a prompt, or the client's note that a background task has ended. It
/// has no row of the user's.
#[derive(Debug)]
pub struct Queued<'a> {
    /// The text or the blocks.
    pub content: Content<'a>,
    /// `commandMode`: `prompt`, `task-notification`; older versions queue prompts only, and do not say.
    pub mode: Option<Cow<'a, str>>,
    /// `origin.kind`: `human` for a typed prompt.
    pub origin: Option<Cow<'a, str>>,
    /// Put there by the client, not typed and not shown.
    pub meta: bool,
    /// It was said before, and is said again because the conversation was compacted.
    pub carried: bool,
    /// When it was queued.
    pub at: Option<Millis>,
}

/// A row about the session.
#[derive(Debug)]
pub enum Meta<'a> {
    /// The name a person gave (`/rename`).
    CustomTitle(Cow<'a, str>),
    /// The name of a background session or agent.
    AgentName(Cow<'a, str>),
    /// A title that a model made up.
    AiTitle(Cow<'a, str>),
    /// The one-line summary of older versions.
    Summary(Cow<'a, str>),
    /// The permission mode.
    PermissionMode(Cow<'a, str>),
    /// The session left its worktree and goes on there.
    Relocated(Cow<'a, str>),
    /// The worktree the session works in; `None` when it has left.
    Worktree(Option<Worktree>),
    /// The client's own account of the session's cost.
    CostState(Box<CostState>),
    /// A pull request that the session made.
    PrLink(Cow<'a, str>),
    /// Something was put into the queue of what waits for the turn, or taken out of it: the text, where it is told.
    Queue(Option<Cow<'a, str>>),
    /// Known, and nothing to us: the row's type.
    Other(Cow<'a, str>),
}

/// `worktree-state.worktreeSession`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Worktree {
    /// The folder.
    pub worktree_path: String,
    /// The branch checked out there.
    #[serde(default)]
    pub worktree_branch: Option<String>,
    /// The folder that the session came from.
    #[serde(default)]
    pub original_cwd: Option<String>,
}

/// `cost-state`: cumulative for the session, written when the client exits.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct CostState {
    /// USD, as the client priced it.
    #[serde(rename = "totalCostUSD")]
    pub total_cost_usd: f64,
    /// Milliseconds the session ran.
    pub total_duration: f64,
    /// Lines added to files.
    pub total_lines_added: u64,
    /// Lines removed from files.
    pub total_lines_removed: u64,
    /// The client met a model that it had no price for.
    pub has_unknown_model_cost: bool,
}

/// A message's content.
#[derive(Debug, Default)]
pub enum Content<'a> {
    /// Plain text.
    Text(Cow<'a, str>),
    /// Blocks.
    Blocks(Vec<Block<'a>>),
    /// Absent, or a shape nobody has seen.
    #[default]
    None,
}

/// One content block.
#[derive(Debug)]
pub enum Block<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Thinking; empty where its text was withheld.
    Thinking(Cow<'a, str>),
    /// The model asks for a tool.
    ToolUse {
        /// The call's id.
        id: Cow<'a, str>,
        /// The tool's name.
        name: Cow<'a, str>,
        /// Its arguments, JSON text.
        input: Option<&'a RawValue>,
    },
    /// What a tool answered.
    ToolResult {
        /// The call's id.
        id: Cow<'a, str>,
        /// It failed or was turned down.
        is_error: bool,
        /// The answer, JSON text (a string or blocks).
        content: Option<&'a RawValue>,
    },
    /// What is no text: `image`, `document`.
    Media(&'static str),
    /// Another kind.
    Other,
}

/// Why a line is no record.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Torn, or not JSON.
    #[error("not a JSON object")]
    Json(#[from] serde_json::Error),
}

impl<'a> Record<'a> {
    /// Reads one line (without its newline).
    ///
    /// # Errors
    /// When the line is not one JSON object.
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        let row: Row<'a> = serde_json::from_slice(line)?;
        Ok(row.into_record(line))
    }

    /// The fields that rows of a conversation share; `None` for rows about the session.
    #[must_use]
    pub fn common(&self) -> Option<&Common<'a>> {
        match self {
            Self::Assistant(row) => Some(&row.common),
            Self::User(row) => Some(&row.common),
            Self::System(row) => Some(&row.common),
            Self::Attachment(row) => Some(&row.common),
            Self::Meta(_) | Self::Unknown { .. } => None,
        }
    }
}

/// Reads a value if it has the wanted shape, and passes over it otherwise.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let raw = <&'de RawValue>::deserialize(from)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(lenient::<D, bool>(from)?.unwrap_or(false))
}

/// `Cow` borrows through `Deserialize` only inside a struct with `borrow`; this gives it a type.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    Ok(lenient::<D, Text<'de>>(from)?.map(|text| text.0))
}

fn raw<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&'de RawValue>::deserialize(from).map(Some)
}

/// Every field that any row is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(rename = "type", default, borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    uuid: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    parent_uuid: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    timestamp: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    session_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    request_session_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    agent_id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    cwd: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    git_branch: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    version: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "flag")]
    is_sidechain: bool,
    #[serde(default, deserialize_with = "flag")]
    is_meta: bool,
    #[serde(default, deserialize_with = "flag")]
    is_compact_summary: bool,
    #[serde(default, deserialize_with = "flag")]
    is_api_error_message: bool,
    #[serde(default, borrow, deserialize_with = "raw")]
    message: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    tool_use_result: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    attachment: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    error: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    origin: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    worktree_session: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    compact_metadata: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "text")]
    subtype: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    requested_model: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    prompt_source: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    permission_mode: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    tool_denial_kind: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "raw")]
    permission_decision: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "lenient")]
    api_error_status: Option<u16>,
    #[serde(default, borrow, deserialize_with = "text")]
    api_error_type: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient")]
    pending_background_agent_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    retry_in_ms: Option<f64>,
    #[serde(default, deserialize_with = "lenient")]
    duration_ms: Option<u64>,
    #[serde(default, borrow, deserialize_with = "text")]
    custom_title: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    ai_title: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    agent_name: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    summary: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    relocated_cwd: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    pr_url: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "raw")]
    content: Option<&'a RawValue>,
}

/// Types of session rows that carry nothing we use. Listed so that a type nobody has seen stands out.
const OTHER_META: &[&str] = &[
    "agent-color",
    "agent-setting",
    "api-request",
    "api-request-blob",
    "api-request-shape",
    "atis-latch",
    "attribution-snapshot",
    "bridge-session",
    "content-replacement",
    "continued-in",
    "data-flow-records",
    "derived-from",
    "ended-by-model",
    "file-history-delta",
    "file-history-snapshot",
    "fork-context-ref",
    "frame-link",
    "history-suppression",
    "isolation-latch",
    "last-prompt",
    "memory-mode",
    "mode",
    "observer-ref",
    "progress",
    "session-owner",
    "tag",
    "tools-used",
];

impl<'a> Row<'a> {
    fn into_record(mut self, line: &'a [u8]) -> Record<'a> {
        let kind = self.kind.take().unwrap_or_default();
        match &*kind {
            "assistant" => Record::Assistant(Box::new(self.into_assistant())),
            "user" => Record::User(Box::new(self.into_user())),
            "system" => Record::System(Box::new(self.into_system())),
            "attachment" => Record::Attachment(Box::new(self.into_attachment())),
            _ => match self.into_meta(&kind, line) {
                Some(meta) => Record::Meta(meta),
                None => Record::Unknown { kind, text: line },
            },
        }
    }

    fn common(&mut self) -> Common<'a> {
        Common {
            uuid: self.uuid.take(),
            parent: self.parent_uuid.take(),
            at: self.timestamp.take().and_then(|text| parse_millis(text.as_bytes())),
            session: self.session_id.take(),
            request_session: self.request_session_id.take(),
            agent: self.agent_id.take(),
            sidechain: self.is_sidechain,
            cwd: self.cwd.take(),
            branch: self.git_branch.take(),
            version: self.version.take(),
            meta: self.is_meta,
        }
    }

    fn into_assistant(mut self) -> Assistant<'a> {
        let message: Message<'a> = parse_or_default(self.message);
        let api_error = self.is_api_error_message.then(|| ApiError {
            // `error` is often just "unknown" where the type says what it was.
            kind: self.api_error_type.take().or_else(|| Some(self.error.and_then(parse::<Text<'_>>)?.0)),
            status: self.api_error_status,
        });
        Assistant {
            common: self.common(),
            id: message.id,
            model: message.model,
            requested_model: self.requested_model,
            stop_reason: message.stop_reason,
            usage: message.usage.map(RawUsage::usage),
            blocks: match message.content {
                Content::Blocks(blocks) => blocks,
                Content::Text(text) => vec![Block::Text(text)],
                Content::None => Vec::new(),
            },
            api_error,
        }
    }

    fn into_user(mut self) -> User<'a> {
        let message: Message<'a> = parse_or_default(self.message);
        User {
            common: self.common(),
            content: message.content,
            origin: self.origin.and_then(parse::<Kind<'_>>).and_then(|origin| origin.kind),
            prompt_source: self.prompt_source,
            compact_summary: self.is_compact_summary,
            permission_mode: self.permission_mode,
            denial: self.tool_denial_kind,
            decision: self
                .permission_decision
                .and_then(parse::<RawDecision<'_>>)
                .and_then(RawDecision::decision),
            outcome: self.tool_use_result.and_then(parse::<RawOutcome<'_>>).unwrap_or_default().outcome(),
        }
    }

    fn into_system(mut self) -> System<'a> {
        let error: Option<RawStatus<'a>> = self.error.and_then(parse);
        let compacted: Option<RawCompact> = self.compact_metadata.and_then(parse);
        System {
            common: self.common(),
            subtype: self.subtype.take().unwrap_or_default(),
            pending_agents: self.pending_background_agent_count.unwrap_or(0),
            compacted: compacted.map(|c| (c.pre_tokens, c.post_tokens)),
            status: error.as_ref().and_then(|error| error.status),
            retry_in_ms: self.retry_in_ms,
            duration_ms: self.duration_ms,
            said: error
                .and_then(|error| error.formatted)
                .or_else(|| Some(self.content.and_then(parse::<Text<'_>>)?.0)),
        }
    }

    fn into_attachment(mut self) -> Attachment<'a> {
        let typed = self.attachment.and_then(parse::<Typed<'_>>);
        let kind = typed.and_then(|typed| typed.kind).unwrap_or_default();
        let queued = self.attachment.filter(|_| kind == "queued_command").and_then(parse::<RawQueued<'_>>);
        Attachment { common: self.common(), kind, queued: queued.map(RawQueued::queued) }
    }

    fn into_meta(self, kind: &str, line: &'a [u8]) -> Option<Meta<'a>> {
        Some(match kind {
            "custom-title" => Meta::CustomTitle(self.custom_title?),
            "ai-title" => Meta::AiTitle(self.ai_title?),
            "agent-name" => Meta::AgentName(self.agent_name?),
            "summary" => Meta::Summary(self.summary?),
            "permission-mode" => Meta::PermissionMode(self.permission_mode?),
            "relocated" => Meta::Relocated(self.relocated_cwd?),
            "pr-link" => Meta::PrLink(self.pr_url.unwrap_or_default()),
            "queue-operation" => Meta::Queue(self.content.and_then(parse::<Text<'_>>).map(|text| text.0)),
            "worktree-state" => Meta::Worktree(self.worktree_session.and_then(parse)),
            "cost-state" => Meta::CostState(Box::new(serde_json::from_slice(line).ok()?)),
            known => Meta::Other(Cow::Borrowed(OTHER_META.iter().find(|name| **name == known)?)),
        })
    }
}

fn parse<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

fn parse_or_default<'a, T: Deserialize<'a> + Default>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(parse).unwrap_or_default()
}

#[derive(Deserialize, Default)]
struct Message<'a> {
    #[serde(default, borrow, deserialize_with = "text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    model: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient")]
    usage: Option<RawUsage>,
    #[serde(default, borrow)]
    content: Content<'a>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(default, borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(rename = "type", default, borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawQueued<'a> {
    #[serde(default, borrow)]
    prompt: Content<'a>,
    #[serde(default, borrow, deserialize_with = "text")]
    command_mode: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "raw")]
    origin: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "flag")]
    is_meta: bool,
    #[serde(default, deserialize_with = "flag")]
    carried_by_compaction: bool,
    #[serde(default, borrow, deserialize_with = "text")]
    timestamp: Option<Cow<'a, str>>,
}

impl<'a> RawQueued<'a> {
    fn queued(self) -> Queued<'a> {
        Queued {
            content: self.prompt,
            mode: self.command_mode,
            origin: self.origin.and_then(parse::<Kind<'_>>).and_then(|origin| origin.kind),
            meta: self.is_meta,
            carried: self.carried_by_compaction,
            at: self.timestamp.and_then(|text| parse_millis(text.as_bytes())),
        }
    }
}

#[derive(Deserialize)]
struct RawStatus<'a> {
    #[serde(default, deserialize_with = "lenient")]
    status: Option<u16>,
    #[serde(default, borrow, deserialize_with = "text")]
    formatted: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawCompact {
    #[serde(default)]
    pre_tokens: u64,
    #[serde(default)]
    post_tokens: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawUsage {
    #[serde(deserialize_with = "lenient")]
    input_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    output_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    cache_read_input_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    cache_creation: Option<RawCacheParts>,
    #[serde(deserialize_with = "lenient")]
    server_tool_use: Option<RawServerTools>,
    #[serde(deserialize_with = "lenient")]
    speed: Option<String>,
    #[serde(deserialize_with = "lenient")]
    inference_geo: Option<String>,
    #[serde(deserialize_with = "lenient")]
    service_tier: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawCacheParts {
    #[serde(deserialize_with = "lenient")]
    ephemeral_5m_input_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawServerTools {
    #[serde(deserialize_with = "lenient")]
    web_search_requests: Option<u64>,
}

impl RawUsage {
    fn usage(self) -> Usage {
        let parts = self.cache_creation.unwrap_or_default();
        Usage {
            input: self.input_tokens.unwrap_or(0),
            output: self.output_tokens.unwrap_or(0),
            cache_read: self.cache_read_input_tokens.unwrap_or(0),
            cache_write: self.cache_creation_input_tokens.unwrap_or(0),
            cache_write_5m: parts.ephemeral_5m_input_tokens.unwrap_or(0),
            cache_write_1h: parts.ephemeral_1h_input_tokens.unwrap_or(0),
            web_searches: self.server_tool_use.unwrap_or_default().web_search_requests.unwrap_or(0),
            speed: if self.speed.as_deref() == Some("fast") { Speed::Fast } else { Speed::Standard },
            us_only: self.inference_geo.as_deref() == Some("us"),
            tier: match self.service_tier.as_deref() {
                None | Some("" | "standard") => Tier::Standard,
                Some("batch") => Tier::Batch,
                Some("priority") => Tier::Priority,
                Some(_) => Tier::Other,
            },
        }
    }
}

#[derive(Deserialize)]
struct RawDecision<'a> {
    #[serde(default, borrow, deserialize_with = "text")]
    decision: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    source: Option<Cow<'a, str>>,
}

impl<'a> RawDecision<'a> {
    fn decision(self) -> Option<Decision<'a>> {
        let accepted = match self.decision?.as_ref() {
            "accept" => true,
            "reject" => false,
            _ => return None,
        };
        Some(Decision { accepted, source: self.source.unwrap_or_default() })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawOutcome<'a> {
    #[serde(rename = "type", borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    file_path: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "raw")]
    content: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "text")]
    background_task_id: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    agent_id: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "text")]
    status: Option<Cow<'a, str>>,
    #[serde(borrow, deserialize_with = "raw")]
    structured_patch: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Hunk<'a> {
    #[serde(default, borrow)]
    lines: Vec<Text<'a>>,
}

impl<'a> RawOutcome<'a> {
    fn outcome(self) -> Outcome<'a> {
        let count = |hunks: &[Hunk<'_>], sign: char| {
            hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.0.starts_with(sign)).count() as u64
        };
        let created =
            self.content.filter(|_| self.kind.as_deref() == Some("create")).and_then(parse::<Text<'_>>);
        let hunks: Option<Vec<Hunk<'_>>> = self.structured_patch.and_then(parse);
        Outcome {
            patch: hunks.map(|hunks| (count(&hunks, '+'), count(&hunks, '-'))),
            hunks: self.structured_patch,
            kind: self.kind,
            created: created.map(|text| text.0.lines().count() as u64),
            file: self.file_path,
            background_task: self.background_task_id,
            agent: self.agent_id,
            status: self.status,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or content blocks")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut blocks = Vec::new();
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            blocks.push(parse::<RawBlock<'de>>(raw).map_or(Block::Other, RawBlock::block));
        }
        Ok(Content::Blocks(blocks))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Content::None)
    }
}

#[derive(Deserialize)]
struct RawBlock<'a> {
    #[serde(rename = "type", default, borrow, deserialize_with = "text")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    text: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    thinking: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    id: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    name: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "text")]
    tool_use_id: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "flag")]
    is_error: bool,
    #[serde(default, borrow, deserialize_with = "raw")]
    input: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "raw")]
    content: Option<&'a RawValue>,
}

impl<'a> RawBlock<'a> {
    fn block(self) -> Block<'a> {
        match (self.kind.as_deref(), self.id, self.name, self.tool_use_id) {
            (Some("text"), ..) => Block::Text(self.text.unwrap_or_default()),
            (Some("thinking" | "redacted_thinking"), ..) => {
                Block::Thinking(self.thinking.unwrap_or_default())
            }
            (Some("tool_use"), Some(id), Some(name), _) => Block::ToolUse { id, name, input: self.input },
            (Some("tool_result"), _, _, Some(id)) => {
                Block::ToolResult { id, is_error: self.is_error, content: self.content }
            }
            (Some("image"), ..) => Block::Media("image"),
            (Some("document"), ..) => Block::Media("document"),
            _ => Block::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Record<'_> {
        Record::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn an_assistant_row() {
        let line = r#"{"type":"assistant","uuid":"u","timestamp":"2026-11-22T07:15:26.302Z","sessionId":"s","message":{"id":"m","role":"assistant","model":"x","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls"}}],"stop_reason":"tool_use","usage":{"input_tokens":3,"cache_creation":{"ephemeral_1h_input_tokens":4}}}}"#;
        let Record::Assistant(row) = parse_line(line) else { panic!() };
        assert_eq!(row.usage.map(|u| (u.input, u.cache_write_1h)), Some((3, 4)));
        assert!(matches!(&row.blocks[..], [Block::ToolUse { name, .. }] if name == "Bash"));
        assert!(matches!(row.common.session, Some(Cow::Borrowed("s"))), "borrowed from the line");
    }

    #[test]
    fn odd_shapes_cost_the_field_and_not_the_row() {
        let line = r#"{"type":"user","uuid":7,"isMeta":"yes","message":{"role":"user","content":{"x":1}},"toolUseResult":"Error: x"}"#;
        let Record::User(row) = parse_line(line) else { panic!() };
        assert!(row.common.uuid.is_none() && !row.common.meta);
        assert!(matches!(row.content, Content::None));
        let line = r#"{"type":"assistant","message":{"usage":[1],"content":"plain \"text\""}}"#;
        let Record::Assistant(row) = parse_line(line) else { panic!() };
        assert!(matches!(&row.blocks[..], [Block::Text(text)] if text == "plain \"text\""));
    }

    #[test]
    fn unknown_types_are_kept() {
        let line = r#"{"type":"from-the-future","x":1}"#;
        assert!(
            matches!(parse_line(line), Record::Unknown { kind, text } if kind == "from-the-future" && text == line.as_bytes())
        );
    }

    #[test]
    fn what_stood_in_the_queue() {
        let line = r#"{"type":"attachment","timestamp":"2026-11-25T04:36:13.147Z","attachment":{"type":"queued_command","prompt":"go \"on\"","commandMode":"prompt","origin":{"kind":"human"},"humanTurn":true,"timestamp":"2026-11-25T04:36:13.053Z"}}"#;
        let Record::Attachment(row) = parse_line(line) else { panic!() };
        let queued = row.queued.unwrap();
        assert!(matches!(queued.content, Content::Text(text) if text == "go \"on\""));
        assert_eq!((queued.mode.as_deref(), queued.origin.as_deref()), (Some("prompt"), Some("human")));
        assert_eq!(row.common.at.zip(queued.at).map(|(row, queued)| row - queued), Some(94));
        let Record::Attachment(row) =
            parse_line(r#"{"type":"attachment","attachment":{"type":"plan_mode"}}"#)
        else {
            panic!()
        };
        assert!(row.queued.is_none() && row.kind == "plan_mode");
        for (content, told) in [(r#","content":"a""#, Some("a")), ("", None), (r#","content":[1]"#, None)] {
            let line = format!(r#"{{"type":"queue-operation","operation":"enqueue"{content}}}"#);
            assert!(matches!(parse_line(&line), Record::Meta(Meta::Queue(text)) if text.as_deref() == told));
        }
    }

    #[test]
    fn who_let_a_call_run() {
        let told = |decision: &str| {
            let line =
                format!(r#"{{"type":"user","permissionDecision":{decision},"message":{{"content":"x"}}}}"#);
            let Record::User(row) = parse_line(&line) else { panic!() };
            row.decision.map(|decision| (decision.accepted, decision.source.into_owned()))
        };
        let by_a_person = r#"{"decision":"accept","source":"user_temporary","grantScope":"once"}"#;
        assert_eq!(told(by_a_person), Some((true, "user_temporary".to_owned())));
        assert_eq!(told(r#"{"decision":"reject"}"#), Some((false, String::new())));
        for odd in ["7", "null", r#"{"decision":"maybe"}"#, r#"{"source":"hook"}"#] {
            assert_eq!(told(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_file_that_was_made() {
        let line = r#"{"type":"user","message":{"content":"x"},"toolUseResult":{"type":"create","filePath":"/w/a","content":"1\n2\n","structuredPatch":[]}}"#;
        let Record::User(row) = parse_line(line) else { panic!() };
        assert_eq!((row.outcome.created, row.outcome.patch), (Some(2), Some((0, 0))));
        assert_eq!(row.outcome.file.as_deref(), Some("/w/a"));
        let line = r#"{"type":"user","message":{"content":"x"},"toolUseResult":{"type":"text","content":[{"a":1}]}}"#;
        let Record::User(row) = parse_line(line) else { panic!() };
        assert!(row.outcome.created.is_none() && row.outcome.file.is_none());
    }

    #[test]
    fn session_rows() {
        assert!(
            matches!(parse_line(r#"{"type":"custom-title","customTitle":"a"}"#), Record::Meta(Meta::CustomTitle(t)) if t == "a")
        );
        assert!(
            matches!(parse_line(r#"{"type":"mode","mode":"normal"}"#), Record::Meta(Meta::Other(k)) if k == "mode")
        );
        let line = r#"{"type":"cost-state","totalCostUSD":0.5,"totalLinesAdded":3,"modelUsage":{}}"#;
        assert!(matches!(parse_line(line), Record::Meta(Meta::CostState(c)) if c.total_cost_usd == 0.5));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            drop(Record::parse(&bytes));
        }
    }
}
