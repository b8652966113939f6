//! One API message of the assistant, and the rows it becomes: one per content block, all with the same
//! message id, request id and usage.

use serde_json::{Value, json};

use super::source::Ids;
use crate::usage::Usage;

/// An assistant message under construction; see [`super::Transcript::assistant`].
#[derive(Clone, Debug)]
pub struct Message {
    pub(super) id: String,
    pub(super) request_id: Option<String>,
    pub(super) model: String,
    pub(super) usage: Usage,
    pub(super) stop: Option<String>,
    pub(super) aborted: bool,
    pub(super) blocks: Vec<Value>,
    early_output: Option<u64>,
    ids: Ids,
}

impl Message {
    pub(super) fn new(ids: &mut Ids, model: &str) -> Self {
        Self {
            id: ids.api("msg"),
            request_id: Some(ids.api("req")),
            model: model.to_owned(),
            usage: Usage::default(),
            stop: None,
            aborted: false,
            blocks: Vec::new(),
            early_output: None,
            ids: Ids::seeded(&ids.uuid()),
        }
    }

    /// Sets the message id, for messages that are to be the same in several files.
    pub fn id(&mut self, id: &str) -> &mut Self {
        self.id = id.to_owned();
        self
    }

    /// Leaves the request id out, as rows of other gateways do.
    pub fn without_request_id(&mut self) -> &mut Self {
        self.request_id = None;
        self
    }

    /// Sets the model; the default is the transcript's.
    pub fn model(&mut self, model: &str) -> &mut Self {
        self.model = model.to_owned();
        self
    }

    /// Adds a thinking block.
    pub fn thinking(&mut self, text: &str) -> &mut Self {
        self.blocks.push(json!({"type": "thinking", "thinking": text, "signature": "c2lnbmVk"}));
        self
    }

    /// Adds a text block.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.blocks.push(json!({"type": "text", "text": text}));
        self
    }

    /// Adds a tool call with an id of its own; see [`super::Transcript::last_tool_use`].
    pub fn tool_use(&mut self, name: &str, input: Value) -> &mut Self {
        let id = self.ids.api("toolu");
        self.tool_use_with_id(&id, name, input)
    }

    /// Adds a tool call with this id.
    pub fn tool_use_with_id(&mut self, id: &str, name: &str, input: Value) -> &mut Self {
        self.blocks.push(json!({"type": "tool_use", "id": id, "name": name, "input": input}));
        self
    }

    /// Sets the usage of every row.
    pub fn usage(&mut self, usage: Usage) -> &mut Self {
        self.usage = usage;
        self
    }

    /// Marks the usage as fast mode.
    pub fn fast(&mut self) -> &mut Self {
        self.usage.speed = Some("fast".to_owned());
        self
    }

    /// Sets where the model ran, such as `us`.
    pub fn geo(&mut self, geo: &str) -> &mut Self {
        self.usage.inference_geo = Some(geo.to_owned());
        self
    }

    /// Sets the stop reason; the default follows from the blocks.
    pub fn stop(&mut self, reason: &str) -> &mut Self {
        self.stop = Some(reason.to_owned());
        self
    }

    /// All rows but the last carry this output count and no stop reason, as 2.1.41 wrote them.
    pub fn early_output_tokens(&mut self, tokens: u64) -> &mut Self {
        self.early_output = Some(tokens);
        self
    }

    /// The stream was cut by the user: no stop reason, one output token.
    pub fn aborted(&mut self) -> &mut Self {
        self.aborted = true;
        self
    }

    /// The `message` object and the block index of each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Value)> {
        let last = self.blocks.len().saturating_sub(1);
        self.blocks.iter().enumerate().map(move |(index, block)| {
            let early = self.early_output.filter(|_| index < last).or(self.aborted.then_some(1));
            let usage = match early {
                Some(output_tokens) => Usage { output_tokens, ..self.usage.clone() }.wire(),
                None => self.usage.record(),
            };
            let stop = match early {
                Some(_) => Value::Null,
                None => json!(self.stop_reason()),
            };
            let mut message = json!({
                "id": self.id, "type": "message", "role": "assistant", "model": self.model,
                "content": [block], "stop_reason": stop, "stop_sequence": null, "usage": usage,
            });
            if early.is_none() {
                message["stop_details"] = Value::Null;
            }
            (index, message)
        })
    }

    fn stop_reason(&self) -> &str {
        let calls = self.blocks.iter().any(|block| block["type"] == "tool_use");
        self.stop.as_deref().unwrap_or(if calls { "tool_use" } else { "end_turn" })
    }
}
