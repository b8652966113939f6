//! Scenario files: what the model answers, turn by turn. The types are the file format; an unknown key is
//! an error, so that a typing mistake in a scenario cannot pass for a finding about the client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::usage::Usage;

/// Why a scenario could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file or folder could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a scenario.
    #[error("{path} is not a scenario: {source}")]
    Format {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// What the model says in one or more conversations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// The turns of the main conversation.
    pub turns: Vec<Turn>,
    /// Start again after the last turn.
    pub r#loop: bool,
    /// The answer once the turns have run out.
    pub fallback: Option<Turn>,
    /// Answers to side requests, instead of the usual ones.
    pub side: BTreeMap<SideKind, Turn>,
    /// Turns of subagents.
    pub lanes: BTreeMap<String, Lane>,
    /// Answers that depend on what was said last.
    pub rules: Vec<Rule>,
}

/// Turns of the subagents whose system prompt or first message contains `match`. A lane named `subagent`
/// serves those that no other lane matches.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lane {
    /// What to look for.
    pub r#match: String,
    /// The turns.
    pub turns: Vec<Turn>,
}

/// An answer that comes before the lane's turns when the newest user text or tool result matches.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the newest text must look like.
    pub r#match: Pattern,
    /// The answer.
    pub turn: Turn,
    /// Only the first time in a session.
    #[serde(default)]
    pub once: bool,
    /// Only in this lane (`main` is the conversation itself).
    #[serde(default)]
    pub lane: Option<String>,
}

/// A regular expression, checked when the scenario is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// True when the text matches somewhere.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        Regex::new(&text).map(Self)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.as_str().to_owned()
    }
}

/// Requests that belong to no conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SideKind {
    /// Is the key good? (one token)
    Quota,
    /// A name for the session.
    Title,
    /// The summary of a compaction.
    Compact,
    /// What the person might type next.
    Suggestion,
    /// What a subagent is doing, in a few words: asked while it runs, each half minute.
    Progress,
    /// Any other small request without tools.
    Small,
    /// The state of a background session.
    BgState,
    /// An answer that must fit a JSON schema (prompt hooks).
    Structured,
}

/// One answer of the model, or one failure of the API.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Turn {
    /// A thinking block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// A text block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Tool calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_use: Vec<ToolUse>,
    /// Raw blocks, instead of the three above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Value>,
    /// What the answer cost; 12 input and 34 output tokens when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The model that answers, where it is not the one that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Why the model stopped; the default follows from the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<String>,
    /// Milliseconds before the first byte.
    pub delay_ms: u64,
    /// Milliseconds between stream events.
    pub chunk_delay_ms: u64,
    /// Fail first. An error alone is passed over once it has been sent `times` times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ApiError>,
    /// Cut the stream after four events.
    pub drop: bool,
}

/// A tool call of a [`Turn`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolUse {
    /// The tool.
    pub name: String,
    /// Its input.
    #[serde(default)]
    pub input: Value,
    /// The id of the call; made up when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A failure of the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The error type of the body.
    #[serde(default = "api_error")]
    pub r#type: String,
    /// The message of the body.
    #[serde(default = "scripted")]
    pub message: String,
    /// How often before the turn's own content follows.
    #[serde(default = "once")]
    pub times: u32,
    /// The `retry-after` header, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

fn api_error() -> String {
    "api_error".to_owned()
}

fn scripted() -> String {
    "a scripted error".to_owned()
}

fn once() -> u32 {
    1
}

impl Turn {
    /// An answer of one text.
    pub fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    /// An answer of one tool call.
    pub fn tool(name: &str, input: Value) -> Self {
        Self::default().and_tool(name, input)
    }

    /// A failure, sent once.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        let error = ApiError {
            status,
            r#type: kind.to_owned(),
            message: message.to_owned(),
            times: 1,
            retry_after: None,
        };
        Self { error: Some(error), ..Self::default() }
    }

    /// Adds a tool call.
    pub fn and_tool(mut self, name: &str, input: Value) -> Self {
        self.tool_use.push(ToolUse { name: name.to_owned(), input, id: None });
        self
    }

    /// Sets the usage.
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// True when there is nothing to say after the error.
    pub(super) fn is_error_only(&self) -> bool {
        self.text.is_none() && self.tool_use.is_empty() && self.content.is_empty()
    }

    /// The same turn with `{{cwd}}`, `{{session_id}}` and `{{n}}` filled in.
    pub(super) fn filled(&self, cwd: &str, session: &str, n: u64) -> Result<Self, serde_json::Error> {
        let mut turn = serde_json::to_value(self)?;
        fill(&mut turn, &[("{{cwd}}", cwd), ("{{session_id}}", session), ("{{n}}", &n.to_string())]);
        serde_json::from_value(turn)
    }

    /// The content blocks; `id` makes the ids of tool calls that have none.
    pub(super) fn blocks(&self, mut id: impl FnMut() -> String) -> Vec<Value> {
        if !self.content.is_empty() {
            return self.content.clone();
        }
        let thinking = self
            .thinking
            .iter()
            .map(|text| json!({"type": "thinking", "thinking": text, "signature": "c2lnbmVk"}));
        let text = self.text.iter().map(|text| json!({"type": "text", "text": text}));
        let mut blocks = thinking.chain(text).collect::<Vec<_>>();
        blocks.extend(self.tool_use.iter().map(|tool| {
            let input = if tool.input.is_null() { json!({}) } else { tool.input.clone() };
            json!({"type": "tool_use", "id": tool.id.clone().unwrap_or_else(&mut id), "name": tool.name, "input": input})
        }));
        blocks
    }
}

impl Scenario {
    /// A scenario of these turns.
    pub fn of(turns: impl IntoIterator<Item = Turn>) -> Self {
        Self { turns: turns.into_iter().collect(), ..Self::default() }
    }

    /// Reads one file.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            std::fs::read(path).map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        serde_json::from_slice(&text)
            .map_err(|source| ScenarioError::Format { path: path.to_owned(), source })
    }

    /// Reads every `<name>.json` of a folder.
    pub fn load_dir(folder: &Path) -> Result<BTreeMap<String, Self>, ScenarioError> {
        let failed = |source| ScenarioError::Read { path: folder.to_owned(), source };
        let mut scenarios = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if let (Some(name), Some("json")) =
                (path.file_stem(), path.extension().and_then(|ext| ext.to_str()))
            {
                scenarios.insert(name.to_string_lossy().into_owned(), Self::load(&path)?);
            }
        }
        Ok(scenarios)
    }

    /// One of the scenarios shipped with the testkit. Panics on a name it does not know.
    #[track_caller]
    pub fn shipped(name: &str) -> Self {
        match super::choose::shipped().remove(name) {
            Some(scenario) => scenario,
            None => panic!("testkit: no shipped scenario is named {name}"),
        }
    }
}

fn fill(value: &mut Value, names: &[(&str, &str)]) {
    match value {
        Value::String(text) => {
            for (name, replacement) in names {
                *text = text.replace(name, replacement);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, names)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, names)),
        _ => {}
    }
}
