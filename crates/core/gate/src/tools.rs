//! What a tool call does: the same effects on the same scopes, whichever tool it is.

use claudectl_shell::effect::{Act, Effect, Scope};
use claudectl_shell::facts::Place;
use claudectl_shell::report::{Deed, Ran, Report};
use claudectl_shell::value::Arg;
use claudectl_shell::{analyse, hosts, paths};
use serde_json::Value;

/// Tools that only speak to the person or to the client itself.
const HARMLESS: &[&str] = &[
    "TodoWrite",
    "TodoRead",
    "ExitPlanMode",
    "EnterPlanMode",
    "AskUserQuestion",
    "BashOutput",
    "TaskOutput",
    "AgentOutputTool",
    "Skill",
    "SlashCommand",
    "ListMcpResourcesTool",
    "ToolSearch",
    "StructuredOutput",
    "TaskCreate",
    "TaskUpdate",
    "TaskList",
    "TaskGet",
    "Task",
    "Agent",
    "SendUserMessage",
    "Brief",
    "Sleep",
    "Monitor",
];

/// What a call does. What it is given is `input`, an object.
#[must_use]
pub fn report(tool: &str, input: &Value, place: Place<'_>) -> Report {
    let text = |key: &str| input[key].as_str();
    // What may be left out is a text where it is there; what it would be else, nobody knows.
    let odd = |key: &str| !input[key].is_null() && !input[key].is_string();
    if !input.is_object() {
        return missing(tool, "input");
    }
    match tool {
        "LS" | "Glob" | "Grep" if ["path", "pattern", "glob"].into_iter().any(odd) => missing(tool, "path"),
        "Bash" => bash(input, place),
        "Read" | "NotebookRead" => {
            on_path(tool, text("file_path").or(text("notebook_path")), Effect::Read, place)
        }
        "LS" => listing(tool, text("path"), place),
        "Glob" => listing(tool, text("path"), place),
        "Grep" => grep(input, place),
        "Write" => written(tool, text("file_path"), &[text("content")], place),
        "Edit" => written(tool, text("file_path"), &[text("new_string")], place),
        "MultiEdit" => {
            let edits = input["edits"].as_array().map(Vec::as_slice).unwrap_or_default();
            let texts: Vec<Option<&str>> = edits.iter().map(|edit| edit["new_string"].as_str()).collect();
            written(tool, text("file_path"), &texts, place)
        }
        "NotebookEdit" => written(tool, text("notebook_path"), &[text("new_source")], place),
        "WebFetch" => fetched(tool, text("url")),
        "WebSearch" => single(
            tool,
            vec![deed(Act::new(Effect::NetworkIn, Scope::Remote), text("query").unwrap_or_default())],
            &[],
        ),
        "KillShell" | "KillBash" | "TaskStop" => {
            single(tool, vec![deed(Act::new(Effect::ProcessKill, Scope::Nothing), "a shell of its own")], &[])
        }
        tool if HARMLESS.contains(&tool) => single(tool, Vec::new(), &[]),
        tool if tool.starts_with("mcp__") => mcp(tool, input, place),
        tool => single(
            tool,
            vec![deed(Act::new(Effect::ExecUnknown, Scope::Unknown), tool)],
            &["the tool is not known"],
        ),
    }
}

fn deed(act: Act, subject: &str) -> Deed {
    Deed { act, subject: subject.to_owned(), sure: true }
}

/// A call as one command, named by the tool.
fn single(tool: &str, deeds: Vec<Deed>, unproven: &[&str]) -> Report {
    let unproven = unproven.iter().map(|why| (*why).to_owned()).collect();
    let ran = Ran { words: vec![Arg::known(tool)], deeds, unproven, ..Ran::default() };
    Report { commands: vec![ran], ..Report::default() }
}

fn missing(tool: &str, what: &str) -> Report {
    Report { opaque: vec![format!("the call has no {what}")], ..single(tool, Vec::new(), &[]) }
}

fn bash(input: &Value, place: Place<'_>) -> Report {
    let Some(command) = input["command"].as_str() else { return missing("Bash", "command") };
    let mut report = analyse(command, place);
    if input["dangerouslyDisableSandbox"] == true {
        let ran = Ran {
            words: vec![Arg::known("Bash")],
            deeds: vec![deed(Act::new(Effect::Privilege, Scope::System), "outside of the sandbox")],
            ..Ran::default()
        };
        report.commands.push(ran);
    }
    report
}

fn class(path: &str, place: Place<'_>) -> paths::Class {
    paths::class(&place, place.folder, &Arg::known(path))
}

fn on_path(tool: &str, path: Option<&str>, effect: Effect, place: Place<'_>) -> Report {
    match path {
        Some(path) => single(tool, paths::deeds(&place, &class(path, place), effect, false), &[]),
        None => missing(tool, "path"),
    }
}

/// Names only: what a folder has is no secret.
fn listing(tool: &str, path: Option<&str>, place: Place<'_>) -> Report {
    let mut deeds =
        path.map(|path| paths::deeds(&place, &class(path, place), Effect::Read, false)).unwrap_or_default();
    for deed in &mut deeds {
        if deed.act.effect == Effect::SecretRead {
            deed.act = Act::new(Effect::Read, Scope::Dotfile);
        }
    }
    single(tool, deeds, &[])
}

fn grep(input: &Value, place: Place<'_>) -> Report {
    let path = input["path"].as_str().unwrap_or(".");
    let mut deeds = paths::deeds(&place, &class(path, place), Effect::Read, false);
    if let Some(glob) = input["glob"].as_str() {
        let arg = Arg { glob: true, ..Arg::known(format!("{}/{glob}", path.trim_end_matches('/'))) };
        deeds.extend(paths::deeds(&place, &paths::class(&place, place.folder, &arg), Effect::Read, false));
    }
    single("Grep", deeds, &[])
}

/// A file that is written: where, and what.
fn written(tool: &str, path: Option<&str>, texts: &[Option<&str>], place: Place<'_>) -> Report {
    let Some(path) = path else { return missing(tool, "path") };
    let mut deeds = paths::deeds(&place, &class(path, place), Effect::Write, false);
    if texts.iter().flatten().any(|text| !claudectl_redact::redact(text).findings.is_empty()) {
        deeds.push(deed(Act::new(Effect::Write, Scope::Credential), "a secret in the text"));
    }
    single(tool, deeds, &[])
}

fn fetched(tool: &str, url: Option<&str>) -> Report {
    let Some(url) = url else { return missing(tool, "address") };
    let act = match hosts::gives_keys(url) {
        true => Act::new(Effect::SecretRead, Scope::Credential),
        false => Act::new(Effect::NetworkIn, hosts::scope(url)),
    };
    single(tool, vec![deed(act, url)], &[])
}

/// A tool of a server: what it does nobody knows, but which files it is given.
fn mcp(tool: &str, input: &Value, place: Place<'_>) -> Report {
    const CHANGES: &[&str] = &[
        "write", "edit", "create", "delete", "remove", "move", "rename", "update", "put", "append",
        "replace", "save",
    ];
    let name = tool.rsplit("__").next().unwrap_or(tool).to_ascii_lowercase();
    let effect = match CHANGES.iter().any(|word| name.contains(word)) {
        true => Effect::Write,
        false => Effect::Read,
    };
    let mut deeds = vec![deed(Act::new(Effect::ExecUnknown, Scope::Unknown), tool)];
    let mut found = Vec::new();
    named_paths(input, "", &mut found, 0);
    for path in found {
        deeds.extend(paths::deeds(&place, &class(&path, place), effect, false));
    }
    single(tool, deeds, &["what the tool does is not known"])
}

/// Texts that are paths by their keys or by how they begin.
fn named_paths(value: &Value, key: &str, found: &mut Vec<String>, depth: usize) {
    if depth > 8 || found.len() >= 32 {
        return;
    }
    match value {
        Value::String(text) => {
            let key = key.to_ascii_lowercase();
            let by_key = ["path", "file", "dir", "folder", "source", "destination", "uri", "target"]
                .iter()
                .any(|word| key.contains(word));
            let text = text.strip_prefix("file://").unwrap_or(text);
            let by_look = text.starts_with('/')
                || text.starts_with("~/")
                || text.starts_with("./")
                || text.starts_with("../");
            if (by_key || by_look) && text.len() < 4096 && !text.contains(['\n', '\0']) {
                found.push(text.to_owned());
            }
        }
        Value::Array(values) => values.iter().for_each(|value| named_paths(value, key, found, depth + 1)),
        Value::Object(values) => {
            values.iter().for_each(|(key, value)| named_paths(value, key, found, depth + 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
