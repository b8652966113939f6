//! What is generated from the table of keys: the annotated default file, the JSON schema, the Markdown reference.

use claudectl_shell::own;
use serde_json::{Map, Value as Json, json};

use super::keys::{self, Key, Permission, SECTIONS, Section};

/// Comments of the default file are wrapped to this width.
const WIDTH: usize = 100;

const HEAD: &str = "\
## Configuration of claudectl.
##
## Lines that start with `##` explain. A line that starts with `# ` is a key at its default: take
## the `# ` away to change it. `## Example:` shows how to write a key that is not set by default.
## `claudectl config check` says whether the file is right, `claudectl config show` what is in
## force. A project's .claudectl.toml may only tighten what is set here.
";

/// No line is longer.
const MOST: usize = 100;

/// The annotated default file: every key commented out, with what it means, its type and its default.
pub(crate) fn default_file() -> String {
    let mut out = HEAD.to_owned();
    let mut said = "";
    for section in SECTIONS.iter().filter(|section| keys::in_section(section.path).next().is_some()) {
        out += &section_lines(section);
        for key in keys::in_section(section.path) {
            // Neighbours often share their reason; once is enough.
            out += &key_lines(key, if said == key.why { "" } else { key.why });
            said = key.why;
        }
    }
    out
}

/// A section stands uncommented so that uncommenting one of its keys is enough; one with a chosen name is an example
/// and stays a comment.
fn section_lines(section: &Section) -> String {
    let (header, doc) = (header(section.path), wrapped(section.doc));
    if section.path.contains('*') { format!("\n## {header}\n{doc}") } else { format!("\n{doc}{header}\n") }
}

fn key_lines(key: &Key, why: &str) -> String {
    let mut kind = format!("Type: {}. Default: {}.", key.kind.expects(), key.default_text());
    if key.project == Permission::Lower {
        kind += &format!(" A project {}.", key.project.describe());
    }
    let setting = match key.default {
        Some(default) => assigned(key.leaf(), default),
        None => format!("## Example: {} = {}\n", key.leaf(), key.example),
    };
    format!("\n{}{}{}{setting}", wrapped(key.doc), wrapped(why), wrapped(&kind))
}

/// A key and its default as a comment; a list that is too long for a line takes several.
fn assigned(name: &str, default: &str) -> String {
    let line = format!("# {name} = {default}\n");
    match default.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(items) if line.len() > MOST => {
            let items: String = items.split(", ").map(|item| format!("#     {item},\n")).collect();
            format!("# {name} = [\n{items}# ]\n")
        }
        _ => line,
    }
}

/// Prose as comment lines.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    // A line that begins with a bracket would look like a section.
    let text = text.replace(" [", "\u{a0}[");
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let word = word.replace('\u{a0}', " ");
        if !line.is_empty() && line.len() + word.len() + 4 > WIDTH {
            out += &format!("##{line}\n");
            line.clear();
        }
        line += &format!(" {word}");
    }
    if line.is_empty() { out } else { format!("{out}##{line}\n") }
}

fn header(path: &str) -> String {
    format!("[{}]", keys::named(path))
}

/// The JSON schema (draft 2020-12) of a configuration file.
pub(crate) fn json_schema() -> Json {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "claudectl configuration",
        "description": "config.toml; a project's .claudectl.toml takes the keys with x-project \"lower\" only.",
    });
    merge(&mut schema, section_schema(""));
    schema
}

fn section_schema(path: &str) -> Json {
    let mut schema = json!({"type": "object", "properties": {}, "additionalProperties": false});
    if let Some(section) = SECTIONS.iter().find(|section| section.path == path) {
        merge(&mut schema, json!({"description": section.doc}));
    }
    let mut properties = Map::new();
    for key in keys::in_section(path) {
        properties.insert(key.leaf().to_owned(), key_schema(key));
    }
    for section in SECTIONS.iter().filter(|section| parent(section) == path) {
        let (name, inner) = (section.path.rsplit('.').next().unwrap_or(""), section_schema(section.path));
        if name == "*" {
            merge(&mut schema, json!({"additionalProperties": inner}));
        } else {
            properties.insert(name.to_owned(), inner);
        }
    }
    if properties.contains_key("input") {
        merge(&mut schema, json!({"dependentRequired": {"input": ["output"], "output": ["input"]}}));
    }
    merge(&mut schema, json!({"properties": properties}));
    schema
}

fn parent(section: &Section) -> &'static str {
    section.path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn key_schema(key: &Key) -> Json {
    let mut schema = key.kind.schema();
    let project = match key.project {
        Permission::Never => "never",
        Permission::Lower => "lower",
    };
    merge(&mut schema, json!({"description": format!("{} {}", key.doc, key.why), "x-project": project}));
    if let Some(default) = value_of(key, key.default) {
        merge(&mut schema, json!({"default": default}));
    }
    merge(&mut schema, json!({"examples": [value_of(key, Some(key.example))]}));
    schema
}

fn value_of(key: &Key, text: Option<&str>) -> Option<Json> {
    let toml = text?.parse().ok()?;
    key.kind.read(&toml).ok().map(|value| value.to_json())
}

fn merge(into: &mut Json, more: Json) {
    if let (Json::Object(into), Json::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// The Markdown reference of every key.
pub(crate) fn markdown() -> String {
    let mut out = "\
# Configuration reference

Generated from the table of keys; do not edit. The user's file is `config.toml` in the claudectl config folder. A
project's `.claudectl.toml` comes from a repository, so it may only tighten: any other key in it is an error, and a
looser value has no effect (a warning when loaded, an error in `claudectl config check`).
"
    .to_owned();
    out += &to_agents();
    for section in SECTIONS {
        out += &format!("\n## `{}`\n\n{}\n", header(section.path), section.doc);
        for key in keys::in_section(section.path) {
            out += &key_markdown(key);
        }
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// Which keys an agent may set, and why no other.
fn to_agents() -> String {
    let paths = |key: &own::Key| {
        let paths: Vec<String> = key.paths.split('|').map(|path| format!("`{path}`")).collect();
        paths.join(", ")
    };
    let (harmless, guarded): (Vec<&own::Key>, Vec<&own::Key>) =
        own::KEYS.iter().partition(|key| key.harmless);
    let mut out = "
`claudectl config set` and `unset` are for people: agents are refused, and the gate denies the call. An agent may set these,
and the gate asks you first:

"
    .to_owned();
    harmless.iter().for_each(|key| out += &format!("- {}: {}\n", paths(key), key.why));
    out += "\n| For people | Because it says |\n|---|---|\n";
    guarded.iter().for_each(|key| out += &format!("| {} | {} |\n", paths(key), key.why));
    out
}

fn key_markdown(key: &Key) -> String {
    let default = key.default.map_or("not set".to_owned(), |default| format!("`{default}`"));
    format!(
        "\n### `{}`\n\n{}\n\n{}\n\n- Type: {}\n- Default: {default}\n- Example: `{} = {}`\n- A project file: {}\n- Since: {}\n",
        key.named(),
        key.doc,
        key.why,
        key.kind.expects(),
        key.leaf(),
        key.example,
        key.project.describe(),
        key.since,
    )
}
