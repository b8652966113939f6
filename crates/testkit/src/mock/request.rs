//! Reading a request: whose it is, what it is for.

use serde_json::Value;

use super::scenario::SideKind;
use super::text_of;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The conversation itself.
    Main,
    /// The conversation of a subagent.
    Subagent,
    /// A side request.
    Side(SideKind),
    /// Anything but `POST /v1/messages`.
    Other,
}

/// A request the mock has seen. Credentials are not kept.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its number, from 1.
    pub n: u64,
    /// HTTP method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// What it is for.
    pub kind: Kind,
    /// Scenario and turn it was answered with, such as `tools:main[2]` or `hello:side`.
    pub answered: String,
    /// The session, as the client names it.
    pub session: String,
    /// The subagent, as the client names it.
    pub agent: Option<String>,
    /// The model asked for.
    pub model: String,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The status of a scripted failure.
    pub error: Option<u16>,
    /// The client hung up before the answer was complete.
    pub client_gone: bool,
    /// The body.
    pub body: Value,
}

/// What the choice of an answer depends on.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) kind: Kind,
    pub(super) session: String,
    pub(super) agent: Option<String>,
    pub(super) system: String,
    /// The texts of the user's messages; never empty.
    pub(super) texts: Vec<String>,
    pub(super) schema: Value,
}

impl Ask {
    pub(super) fn read(body: &Value, agent: Option<&str>, session: Option<&str>) -> Self {
        let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let mut texts = messages
            .iter()
            .filter(|message| message["role"] == "user")
            .map(|message| text_of(&message["content"]))
            .collect::<Vec<_>>();
        if texts.is_empty() {
            texts.push(String::new());
        }
        let system = text_of(&body["system"]);
        let format = [&body["output_config"]["format"], &body["output_format"]];
        let format = format.into_iter().find(|format| format.as_object().is_some_and(|map| !map.is_empty()));
        let newest = texts.last().map_or("", String::as_str);
        Self {
            kind: classify(body, agent, &system, newest, format),
            session: session
                .map(str::to_owned)
                .or_else(|| session_of(body))
                .unwrap_or_else(|| "unknown".to_owned()),
            agent: agent.map(str::to_owned),
            schema: format.map_or(Value::Null, |format| format["schema"].clone()),
            system,
            texts,
        }
    }

    pub(super) fn newest(&self) -> &str {
        self.texts.last().map_or("", String::as_str)
    }

    /// The newest `[[scenario:NAME]]` of the user's messages.
    pub(super) fn tag(&self) -> Option<&str> {
        let name = |text: &'_ str| -> Option<usize> {
            let end = text.find("]]")?;
            let plain = |c: char| c.is_alphanumeric() || "_.-".contains(c);
            (end > 0 && text[..end].chars().all(plain)).then_some(end)
        };
        self.texts.iter().rev().find_map(|text| {
            let mut tags = text.rmatch_indices("[[scenario:").map(|(at, tag)| &text[at + tag.len()..]);
            tags.find_map(|rest| name(rest).map(|end| &rest[..end]))
        })
    }

    /// The working folder the client tells the model about.
    pub(super) fn cwd(&self, body: &Value) -> String {
        let early = body["messages"].as_array().map_or(&[][..], Vec::as_slice).iter().take(4);
        let texts = early.map(|message| text_of(&message["content"]));
        std::iter::once(self.system.clone())
            .chain(texts)
            .find_map(|text| {
                let (_, rest) =
                    text.split_once("orking directory: ").filter(|(_, rest)| rest.starts_with('/'))?;
                rest.split(|c: char| c.is_whitespace() || c == '\\').next().map(str::to_owned)
            })
            .unwrap_or_else(|| ".".to_owned())
    }
}

/// Claude Code names the session in a header and, as JSON, in the user id of the metadata.
fn session_of(body: &Value) -> Option<String> {
    let user: Value = serde_json::from_str(body["metadata"]["user_id"].as_str()?).ok()?;
    user["session_id"].as_str().map(str::to_owned)
}

fn classify(body: &Value, agent: Option<&str>, system: &str, newest: &str, format: Option<&Value>) -> Kind {
    let has_tools = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    if body["max_tokens"] == 1 {
        Kind::Side(SideKind::Quota)
    } else if newest.contains("create a detailed summary of") {
        Kind::Side(SideKind::Compact)
    } else if newest.contains("[SUGGESTION MODE") {
        Kind::Side(SideKind::Suggestion)
    } else if newest.contains("Describe your most recent action in ") {
        Kind::Side(SideKind::Progress)
    } else if agent.is_some() {
        Kind::Subagent
    } else if has_tools {
        Kind::Main
    } else if format.is_some_and(|format| !format["schema"]["properties"]["title"].is_null()) {
        Kind::Side(SideKind::Title)
    } else if format.is_some() {
        Kind::Side(SideKind::Structured)
    } else if system.contains(r#""state":"<working|blocked|done|failed>""#) {
        Kind::Side(SideKind::BgState)
    } else {
        Kind::Side(SideKind::Small)
    }
}
