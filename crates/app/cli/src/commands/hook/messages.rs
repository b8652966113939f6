//! What the person's triggers send: given to the agent at the end of its turn, and nowhere else.

use std::path::Path;

use claudectl_fleet::call::one_line;
use claudectl_fleet::hooks::{Event, MESSAGE};
use claudectl_store::messages::{self, Message};
use serde::Deserialize;
use serde_json::json;

use super::reply::harmless_lines;

/// What of the end of a turn matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ending {
    /// A hook has made the turn longer before.
    stop_hook_active: bool,
}

/// The answer to the end of a turn for whose session a message waits, which the event then says; `None` for all else.
pub(super) fn answer(home: &Path, input: &[u8], event: &mut Event) -> Option<Vec<u8>> {
    if event.event != "Stop" || event.agent.is_some() {
        return None;
    }
    // What cannot be read was made longer: nothing is to go on for ever.
    let again = || serde_json::from_slice(input).map_or(true, |ending: Ending| ending.stop_hook_active);
    let taken = messages::take(home, &event.session, again, event.at);
    let messages = taken.unwrap_or_else(|error| {
        event.text = Some(format!("a message could not be taken: {error}"));
        Vec::new()
    });
    let first = messages.first()?;
    let names: Vec<&str> = messages.iter().map(|message| message.trigger.as_str()).collect();
    event.kind = Some(MESSAGE.to_owned());
    event.text = Some(one_line(&format!("by trigger {}: {}", names.join(", "), first.text)));
    serde_json::to_vec(&json!({ "decision": "block", "reason": said(&messages) })).ok()
}

/// What the agent is given. It is the person's own, and yet may come from elsewhere.
fn said(messages: &[Message]) -> String {
    harmless_lines(&messages.iter().map(framed).collect::<Vec<_>>().join("\n\n"))
}

/// So that the agent knows who says it, and why now.
fn framed(message: &Message) -> String {
    if message.trigger.starts_with(messages::ADVICE) {
        return format!(
            "A message of the user's own: claudectl has proposed it, and they accepted it.\n\n{}",
            message.text
        );
    }
    format!(
        "A message of the user's own: they set the rule {:?} in claudectl, which sends it at the end of this turn.\n\n{}",
        message.trigger, message.text
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_hides_nothing_and_keeps_its_lines() {
        let text = "one\u{1b}[2J\ntwo\u{202e}".to_owned();
        let message = Message { trigger: "wrap up".to_owned(), text, expires: 0, times: 1 };
        let said = said(&[message.clone(), message]);
        assert_eq!(said.matches("\n\none\\x1b[2J\ntwo\\u{202e}").count(), 2, "{said}");
    }
}
