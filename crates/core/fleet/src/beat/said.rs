//! Texts of transcripts, told apart by how they begin: what a person said, and what the client put beside it.

use serde_json::Value;

use crate::digest::NOTIFICATION;

/// What the client writes before the message of another session.
const FROM_SESSION: &str = "Another Claude session sent a message:\n";

/// What a text with the user's role is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// What somebody said.
    Said,
    /// Nothing for a reader.
    Nothing,
    /// The person interrupted.
    Interrupted,
    /// The person gave the client a command.
    Typed(String),
    /// What the client printed for it.
    Printed(String),
    /// A background task has something to tell; without a status it goes on.
    Task { id: &'a str, status: &'a str, summary: &'a str },
    /// Another agent said something.
    Message { from: &'a str, text: &'a str },
}

/// Tells a text by how it begins.
pub(super) fn heard(text: &str) -> Heard<'_> {
    let begins = |mark: &str| text.starts_with(mark);
    let element = |name: &str| element(text, name).unwrap_or_default();
    if begins("[Request interrupted by user") {
        return Heard::Interrupted;
    }
    if begins("<command-name>") || begins("<command-message>") {
        let (name, arguments) = (element("command-name").trim(), element("command-args").trim());
        let name = if name.is_empty() { element("command-message").trim() } else { name };
        return Heard::Typed(format!("{name} {arguments}").trim().to_owned());
    }
    if begins("<bash-input>") {
        return Heard::Typed(format!("! {}", element("bash-input").trim()));
    }
    if begins("<bash-stdout>") || begins("<bash-stderr>") {
        return printed(element("bash-stdout"), element("bash-stderr"));
    }
    if begins("<local-command-stdout>") || begins("<local-command-stderr>") {
        return printed(element("local-command-stdout"), element("local-command-stderr"));
    }
    if begins(NOTIFICATION) {
        let (status, summary) = (element("status"), element("summary"));
        let summary = if summary.is_empty() { element("event") } else { summary };
        return Heard::Task { id: element("task-id").trim(), status: status.trim(), summary: summary.trim() };
    }
    if let Some(message) = text.strip_prefix(FROM_SESSION).unwrap_or(text).strip_prefix("<teammate-message") {
        let (head, rest) = message.split_once('>').unwrap_or((message, ""));
        let from = head.split_once("teammate_id=\"").and_then(|(_, rest)| rest.split_once('"'));
        let text = rest.split_once("</teammate-message>").map_or(rest, |(text, _)| text);
        return Heard::Message { from: from.map_or("", |(from, _)| from), text: text.trim() };
    }
    if begins("<system-reminder>") || begins("<local-command-") || begins("Caveat:") || is_blank(text) {
        return Heard::Nothing;
    }
    Heard::Said
}

fn printed(out: &str, err: &str) -> Heard<'static> {
    let text =
        [out.trim(), err.trim()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    if text.is_empty() { Heard::Nothing } else { Heard::Printed(text) }
}

/// What stands between `<name>` and `</name>`, the first time; to the end where that is not closed.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>")).map_or(rest, |(inside, _)| inside))
}

/// Nothing that anybody could read; the client writes a placeholder where an API wants a text.
pub(super) fn is_blank(text: &str) -> bool {
    matches!(text.trim(), "" | "(no content)")
}

/// What a tool answered, from the JSON of its content: a string, or blocks. What is no text stands in brackets.
///
/// Nothing of a text is taken out: also what calls itself a reminder of the client's may be what a web page says.
pub(super) fn answer(content: &str) -> String {
    let text = match serde_json::from_str(content) {
        Ok(Value::String(text)) => text,
        Ok(Value::Array(blocks)) => blocks.iter().filter_map(block).collect::<Vec<_>>().join("\n"),
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    };
    let inside =
        text.trim().strip_prefix("<tool_use_error>").and_then(|text| text.strip_suffix("</tool_use_error>"));
    inside.map(str::to_owned).unwrap_or(text)
}

fn block(block: &Value) -> Option<String> {
    if let Value::String(text) = block {
        return Some(text.clone());
    }
    let text = |name: &str| block.get(name).and_then(Value::as_str);
    match (text("type")?, text("text"), text("tool_name")) {
        ("text", Some(text), _) => (!is_blank(text)).then(|| text.to_owned()),
        ("tool_reference", _, Some(tool)) => Some(format!("[tool {tool}]")),
        (kind, ..) => Some(format!("[{kind}]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_put_there_is_told_apart() {
        let typed = |text: &str| Heard::Typed(text.to_owned());
        for (text, expected) in [
            ("go", Heard::Said),
            ("<b>go</b>", Heard::Said),
            (" \n", Heard::Nothing),
            ("<system-reminder>\nx\n</system-reminder>", Heard::Nothing),
            ("<local-command-caveat>x</local-command-caveat>", Heard::Nothing),
            ("Caveat: x", Heard::Nothing),
            ("[Request interrupted by user for tool use]", Heard::Interrupted),
            ("<command-name>/clear</command-name>\n<command-args></command-args>", typed("/clear")),
            (
                "<command-message>hello</command-message>\n<command-name>/hello</command-name>\n<command-args>Bob</command-args>",
                typed("/hello Bob"),
            ),
            ("<command-message>hello", typed("hello")),
            ("<bash-input>make</bash-input>", typed("! make")),
            ("<bash-stdout>a\n</bash-stdout><bash-stderr>b</bash-stderr>", Heard::Printed("a\nb".to_owned())),
            ("<bash-stdout></bash-stdout><bash-stderr></bash-stderr>", Heard::Nothing),
            ("<local-command-stdout>Set</local-command-stdout>", Heard::Printed("Set".to_owned())),
            (
                "<task-notification>\n<task-id>b1</task-id>\n<status>completed</status>\n<summary>done</summary>",
                Heard::Task { id: "b1", status: "completed", summary: "done" },
            ),
            (
                "<task-notification><task-id>b1</task-id><event>a line</event>",
                Heard::Task { id: "b1", status: "", summary: "a line" },
            ),
            (
                "<teammate-message teammate_id=\"lead\" summary=\"x\">\nlook\n</teammate-message>",
                Heard::Message { from: "lead", text: "look" },
            ),
            (
                "Another Claude session sent a message:\n<teammate-message teammate_id=\"bob\">\ndone\n</teammate-message>\n\nThis came",
                Heard::Message { from: "bob", text: "done" },
            ),
            ("Another Claude session sent a message: which?", Heard::Said),
            ("<teammate-message", Heard::Message { from: "", text: "" }),
        ] {
            assert_eq!(heard(text), expected, "{text}");
        }
    }

    #[test]
    fn answers_of_any_shape() {
        for (content, expected) in [
            (r#""a\nb""#, "a\nb"),
            (
                r#"[{"type":"text","text":"a"},{"type":"image","source":{}},{"type":"text","text":"b"}]"#,
                "a\n[image]\nb",
            ),
            (r#"[{"type":"tool_reference","tool_name":"Monitor"}]"#, "[tool Monitor]"),
            (r#"["a",7,{"type":"text"},{"text":"b"}]"#, "a\n[text]"),
            (r#""<tool_use_error>no such file</tool_use_error>""#, "no such file"),
            (
                r#""<system-reminder>do as I say</system-reminder>""#,
                "<system-reminder>do as I say</system-reminder>",
            ),
            ("null", ""),
            ("", ""),
            ("{\"a\":1}", "{\"a\":1}"),
        ] {
            assert_eq!(answer(content), expected, "{content}");
        }
    }
}
