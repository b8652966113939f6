//! The keys of rules and triggers: from these tables come the checker's idea of what there is, the JSON schema and the
//! reference.

use claudectl_fleet::health::CHECKS;
use claudectl_fleet::status::STATES;
use claudectl_shell::effect::{Effect, Scope};
use serde_json::{Map, Value, json};

use crate::host;
use crate::rules::Maker;
use crate::triggers::{Deed, MOST_TIMES};

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A list of texts, or one; any of them fits.
    Texts,
    /// A list of effects, or one.
    Effects,
    /// A list of scopes, or one.
    Scopes,
    /// A list of the host's permission modes, or one.
    Modes,
    /// Dollars.
    Dollars,
    /// True or false.
    Switch,
    /// What is answered.
    Action,
    /// A day, which still belongs to it, or a moment.
    Moment,
    /// A list of states of a session, or one.
    States,
    /// A list of health checks, or one.
    Checks,
    /// A part of the context window.
    Percent,
    /// A stretch of time.
    Stretch,
    /// What is done to a session.
    Deed,
    /// How often.
    Times,
}

/// A key of a rule or a trigger.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// A value, as it is written.
    pub example: &'static str,
    /// What it means.
    pub doc: &'static str,
}

const fn key(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key { name, kind, example, doc }
}

/// Those of a rule, in the order of the reference.
pub const RULE: &[Key] = &[
    key(
        "name",
        Kind::Text,
        "\"tests are fine\"",
        "What it is called, in reasons and in `claudectl rules rm`; no two have the same.",
    ),
    key(
        "tool",
        Kind::Texts,
        "[\"Bash\", \"mcp__db__*\"]",
        "Tools by their exact names; with `*` at the end, all that begin so.",
    ),
    key(
        "command",
        Kind::Texts,
        "[\"cargo test\", \"git push --force\"]",
        "Commands by their words: the program and its verbs in their order, options in any place. Never parts of text: `ls` is not `lsof`, and `git push` in a commit message is none. A `*` ends it and stands for whatever follows.",
    ),
    key(
        "path",
        Kind::Texts,
        "[\"src/**\", \"*.pem\", \"/etc/**\"]",
        "Files that the call touches, whichever tool does: from the project's folder on, absolute, or, without a slash, by name in any folder. `*` and `?` stand for what is in a name, `**` for folders.",
    ),
    key("effect", Kind::Effects, "[\"delete\"]", "What is done."),
    key("scope", Kind::Scopes, "[\"temp\"]", "To what."),
    key(
        "project",
        Kind::Texts,
        "[\"~/code/shop\"]",
        "Projects by their folders, or by their names, which any other folder may have, too.",
    ),
    key("mode", Kind::Modes, "[\"plan\"]", "Permission modes of Claude Code."),
    key("session", Kind::Texts, "[\"6a1c02de-…\"]", "Sessions by their whole ids."),
    key(
        "cost_above",
        Kind::Dollars,
        "5.0",
        "Only where the session, with its subagents, has cost more than so many dollars.",
    ),
    key(
        "conflict",
        Kind::Switch,
        "true",
        "Only where another session is in the way: works in the same checkout, has changed the same file or the branch; or, with `false`, where none is.",
    ),
    key(
        "last_error",
        Kind::Switch,
        "true",
        "Only where the session's last call failed or was turned down; or, with `false`, where it was not.",
    ),
    key(
        "match_all",
        Kind::Switch,
        "true",
        "The rule has no condition and fits every call. Without it, a rule without a condition is a mistake.",
    ),
    key(
        "action",
        Kind::Action,
        "\"allow\"",
        "What is answered. A policy of a repository may not allow. There is no default: a rule without it is a mistake.",
    ),
    key("reason", Kind::Text, "\"they only look\"", "Why: shown to the agent and to you."),
    key(
        "expires",
        Kind::Moment,
        "\"2026-12-31\"",
        "When it ends: a day, which still belongs to it, or a moment (RFC 3339).",
    ),
];

/// Those of a trigger, in the order of the reference.
pub const TRIGGER: &[Key] = &[
    key(
        "name",
        Kind::Text,
        "\"too dear\"",
        "What it is called. Needed: by its name it is known what was done, so that one that is called otherwise begins anew.",
    ),
    key(
        "status",
        Kind::States,
        "[\"needs-permission\"]",
        "What the session is doing, in the words of `ls --json`. A status that is a guess (`inferred`) counts for `notify` only.",
    ),
    key("project", Kind::Texts, "[\"api\"]", "Projects, by their names."),
    key(
        "cost_above",
        Kind::Dollars,
        "20.0",
        "The session, with its subagents, has cost more than this, as `ls` shows it.",
    ),
    key("context_above", Kind::Percent, "85.0", "More of the context window than this is in use."),
    key("health", Kind::Checks, "[\"loop\"]", "One of these health checks warns (`claudectl health`)."),
    key(
        "for",
        Kind::Stretch,
        "\"10m\"",
        "It has been so for this long. A status says itself since when; all else counts from when it was first seen.",
    ),
    key("action", Kind::Deed, "\"pause\"", "What is done. Needed."),
    key(
        "message",
        Kind::Text,
        "\"commit, and stop\"",
        "What is sent, for `send`, which needs it; else what you are told.",
    ),
    key("times", Kind::Times, "3", "How often for one session at most: 1 unless it is set."),
];

/// The names of keys, in their order.
#[must_use]
pub(crate) fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

fn modes() -> Vec<&'static str> {
    host::TABLE.iter().map(|mode| mode.name).collect()
}

/// One of these, or a list of them.
fn some_of(item: &Value) -> Value {
    json!({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})
}

impl Key {
    fn schema(&self, maker: Maker) -> Value {
        let mut schema = match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Texts => some_of(&json!({"type": "string", "pattern": "\\S"})),
            Kind::Effects => some_of(&json!({"enum": Effect::ALL.map(Effect::word)})),
            Kind::Scopes => some_of(&json!({"enum": Scope::ALL.map(Scope::word)})),
            Kind::Modes => some_of(&json!({"enum": modes()})),
            Kind::Dollars => json!({"type": "number", "minimum": 0}),
            Kind::Switch => json!({"type": "boolean"}),
            Kind::Action if maker == Maker::Team => json!({"enum": ["ask", "deny"]}),
            Kind::Action => json!({"enum": ["allow", "ask", "deny"]}),
            Kind::Moment => json!({"type": "string"}),
            Kind::States => some_of(&json!({"enum": STATES})),
            Kind::Checks => some_of(&json!({"enum": CHECKS})),
            Kind::Percent => json!({"type": "number", "minimum": 0, "maximum": 100}),
            Kind::Stretch => json!({"type": "string", "pattern": "^[0-9]+(s|m|h|d)$"}),
            Kind::Deed => json!({"enum": Deed::ALL.map(Deed::word)}),
            Kind::Times => json!({"type": "integer", "minimum": 1, "maximum": MOST_TIMES}),
        };
        schema["description"] = json!(self.doc);
        schema
    }

    fn takes(&self) -> String {
        match self.kind {
            Kind::Text => "text".to_owned(),
            Kind::Texts => "list of texts, or one".to_owned(),
            Kind::Effects => "list of effects, or one".to_owned(),
            Kind::Scopes => "list of scopes, or one".to_owned(),
            Kind::Modes => format!("list of `{}`, or one", modes().join("`, `")),
            Kind::Dollars => "number of dollars".to_owned(),
            Kind::Switch => "`true` or `false`".to_owned(),
            Kind::Action => "`allow`, `ask` or `deny`".to_owned(),
            Kind::Moment => "day or moment, in quotes".to_owned(),
            Kind::States => "list of states, or one".to_owned(),
            Kind::Checks => "list of health checks, or one".to_owned(),
            Kind::Percent => "number, percent".to_owned(),
            Kind::Stretch => "`30s`, `10m`, `2h` or `1d`, in quotes".to_owned(),
            Kind::Deed => format!("`{}`", Deed::ALL.map(Deed::word).join("`, `")),
            Kind::Times => format!("whole number from 1 to {MOST_TIMES}"),
        }
    }
}

/// The JSON schema of a person's rules, or of a repository's policy.
#[must_use]
pub fn schema(maker: Maker) -> Value {
    let title = match maker {
        Maker::Team => "claudectl policy (.claudectl/policy.toml)",
        Maker::Person | Maker::Grant => "claudectl rules (rules.toml)",
    };
    let table = |keys: &[Key], needed: &[&str]| {
        let properties: Map<String, Value> =
            keys.iter().map(|key| (key.name.to_owned(), key.schema(maker))).collect();
        let item = json!({
            "type": "object", "additionalProperties": false, "required": needed, "properties": properties,
        });
        json!({"type": "array", "items": item})
    };
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "additionalProperties": false,
        "properties": {"rules": table(RULE, &["action"])},
    });
    if maker != Maker::Team {
        schema["properties"]["triggers"] = table(TRIGGER, &["name", "action"]);
    }
    schema
}

/// The reference of keys, as a table of Markdown.
#[must_use]
pub fn markdown(keys: &[Key]) -> String {
    let mut page = "| Key | Takes | For example | Meaning |\n|---|---|---|---|\n".to_owned();
    for key in keys {
        page.push_str(&format!("| `{}` | {} | `{}` | {} |\n", key.name, key.takes(), key.example, key.doc));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file;

    #[test]
    fn each_example_can_be_read_and_no_other_key_can() {
        let moment = |text: &str| (text == "2026-12-31").then_some(1);
        for key in RULE {
            let line = format!("{} = {}\n", key.name, key.example);
            let rest = match key.name {
                "action" => "tool = \"Bash\"\n",
                "match_all" => "action = \"deny\"\n",
                "name" | "reason" | "expires" => "tool = \"Bash\"\naction = \"deny\"\n",
                _ => "action = \"deny\"\n",
            };
            let text = format!("[[rules]]\n{line}{rest}");
            assert!(file::read(&text, Maker::Person, &moment).is_ok(), "{text}");
        }
        let named =
            |name: &str| file::read(&format!("[[rules]]\n{name} = 1\n"), Maker::Person, &moment).unwrap_err();
        assert!(named("unheard").iter().any(|mistake| mistake.what == "a rule has no key unheard"));
        assert!(RULE.iter().all(|key| !named(key.name).iter().any(|one| one.what.contains("no key"))));
        let known: Vec<&str> = RULE.iter().map(|key| key.name).collect();
        let fix = format!("the keys of a rule are {}", known.join(", "));
        assert_eq!(named("unheard")[0].fix, fix);
    }
}
