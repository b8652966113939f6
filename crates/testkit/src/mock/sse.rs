//! The shape of an answer: a whole message, or the event sequence of a stream.

use serde_json::{Value, json};

use super::scenario::Turn;
use crate::usage::Usage;

/// Characters in one delta of the stream.
const PIECE: usize = 24;

/// The message a turn becomes; request number `n` makes its ids.
pub(super) fn message(turn: &Turn, model: &str, n: u64, salt: u64) -> Value {
    let mut calls = 0;
    let blocks = turn.blocks(|| {
        calls += 1;
        format!("toolu_{salt:08x}{n:010x}{calls:06x}")
    });
    let stop = if blocks.iter().any(|block| block["type"] == "tool_use") { "tool_use" } else { "end_turn" };
    json!({
        "id": format!("msg_{salt:08x}{n:016x}"), "type": "message", "role": "assistant", "model": turn.model.as_deref().unwrap_or(model),
        "content": blocks, "stop_reason": turn.stop_reason.as_deref().unwrap_or(stop), "stop_sequence": null,
        "usage": turn.usage.clone().unwrap_or_else(|| Usage::new(12, 34)).wire(),
    })
}

/// The events of a stream, in the real order: `message_start` counts one output token, `message_delta` brings
/// the final usage.
pub(super) fn events(message: &Value) -> Vec<Value> {
    let mut start = message.clone();
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    start["usage"]["output_tokens"] = json!(1);
    let mut events = vec![json!({"type": "message_start", "message": start})];
    let blocks = message["content"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, block) in blocks.iter().enumerate() {
        block_events(index, block, &mut events);
    }
    let delta = json!({"stop_reason": message["stop_reason"], "stop_sequence": null});
    events.push(json!({"type": "message_delta", "delta": delta, "usage": message["usage"]}));
    events.push(json!({"type": "message_stop"}));
    events
}

fn block_events(index: usize, block: &Value, events: &mut Vec<Value>) {
    let text = |key: &str| block[key].as_str().unwrap_or_default().to_owned();
    let mut empty = block.clone();
    let (kind, field, full) = match block["type"].as_str() {
        Some("tool_use") => {
            empty["input"] = json!({});
            ("input_json_delta", "partial_json", block["input"].to_string())
        }
        Some("thinking") => {
            empty["thinking"] = json!("");
            empty["signature"] = json!("");
            ("thinking_delta", "thinking", text("thinking"))
        }
        _ => {
            empty["text"] = json!("");
            ("text_delta", "text", text("text"))
        }
    };
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    events.push(json!({"type": "content_block_start", "index": index, "content_block": empty}));
    let characters = full.chars().collect::<Vec<_>>();
    events.extend(
        characters.chunks(PIECE).map(|piece| delta(json!({"type": kind, field: String::from_iter(piece)}))),
    );
    if block["type"] == "thinking" {
        events.push(delta(json!({"type": "signature_delta", "signature": block["signature"]})));
    }
    events.push(json!({"type": "content_block_stop", "index": index}));
}
