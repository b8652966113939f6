//! What makes Claude Code leave out a settings file as a whole, hooks and all: text that is no JSON by the letter,
//! and some well-known keys with a value of the wrong kind.
//!
//! Each entry was tried with Claude Code 2.1.330, every kind of value with every key of the first table. What was
//! not tried is not judged.

use jsonc_parser::ast::{Object, Value as Node};
use jsonc_parser::common::Ranged;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::text::{self, member, value};

/// Why Claude Code leaves out a settings file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Line, from 1.
    pub line: usize,
    /// What is there, as it follows "line 3 has".
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// The version that all of this was seen with.
pub const SEEN_WITH: &str = "Claude Code 2.1.330";

/// What a key takes.
#[derive(Debug, Clone, Copy)]
enum Takes {
    Text,
    Flag,
    Object,
    List,
    /// A whole number above zero.
    Days,
    Number,
    /// `"command"`, and nothing else.
    Command,
}

use Takes::{Command, Days, Flag, List, Number, Object as Map, Text};

/// Keys that a file may have, by their way from the top.
const KEYS: &[(&[&str], Takes)] = &[
    (&["permissions"], Map),
    (&["cleanupPeriodDays"], Days),
    (&["env"], Map),
    (&["model"], Text),
    (&["enabledPlugins"], Map),
    (&["disableAllHooks"], Flag),
    (&["statusLine"], Map),
    (&["includeCoAuthoredBy"], Flag),
    (&["apiKeyHelper"], Text),
    (&["outputStyle"], Text),
    (&["alwaysThinkingEnabled"], Flag),
    (&["language"], Text),
    (&["sandbox"], Map),
    (&["permissions", "allow"], List),
    (&["permissions", "deny"], List),
    (&["permissions", "ask"], List),
    (&["permissions", "additionalDirectories"], List),
    (&["statusLine", "padding"], Number),
];
/// Keys that a status line must have.
const OF_STATUS_LINE: &[(&str, Takes)] = &[("type", Command), ("command", Text)];

impl Takes {
    fn accepts(self, value: &Value) -> bool {
        match self {
            Text => value.is_string(),
            Flag => value.is_boolean(),
            Map => value.is_object(),
            List => value.is_array(),
            // 30.0 is a whole number, too.
            Days => value.as_f64().is_some_and(|days| days >= 1.0 && days.fract() == 0.0),
            Number => value.is_number(),
            Command => value == "command",
        }
    }

    fn said(self) -> &'static str {
        match self {
            Text => "text",
            Flag => "true or false, without quotes",
            Map => "an object",
            List => "a list",
            Days => "a whole number above zero, without quotes",
            Number => "a number",
            Command => "\"command\"",
        }
    }
}

/// The first reason to leave out a text that could be parsed.
pub(super) fn left_out(text: &str, root: Option<&Object<'_>>) -> Option<LeftOut> {
    by_the_letter(text).or_else(|| by_kind(text, root?))
}

/// Whether a text is JSON by the letter. Escapes that stand for no character and any depth are.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn by_the_letter(text: &str) -> Option<LeftOut> {
    if text.trim().is_empty() {
        return None;
    }
    if let Err(syntax) = text::strictly(text) {
        return Some(LeftOut {
            line: syntax.line,
            what: "a comment or a trailing comma".to_owned(),
            fix: "take it out".to_owned(),
        });
    }
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    Some(LeftOut {
        line: error.line(),
        what: format!("what no JSON has: {}", unplaced(&error)),
        fix: "write a tab as \\t and the like, or take it out".to_owned(),
    })
}

/// What an error says, without its place.
fn unplaced(error: &serde_json::Error) -> String {
    let said = error.to_string();
    said.split(" at line ").next().unwrap_or(&said).to_owned()
}

fn by_kind(text: &str, root: &Object<'_>) -> Option<LeftOut> {
    let wrong = |node: &Node<'_>, key: &str, takes: Takes| {
        (!takes.accepts(&value(node))).then(|| LeftOut {
            line: text::place(text, node.start()).0,
            what: format!("another kind of value in `{key}` than it takes"),
            fix: format!("make it {}, or take it out", takes.said()),
        })
    };
    let top = KEYS.iter().find_map(|(way, takes)| wrong(at(root, way)?, &way.join("."), *takes));
    top.or_else(|| {
        let line = at(root, &["statusLine"])?;
        OF_STATUS_LINE.iter().find_map(|(key, takes)| {
            let missing = || LeftOut {
                line: text::place(text, line.start()).0,
                what: format!("a `statusLine` without `{key}`"),
                fix: "complete it, or take it out".to_owned(),
            };
            match at(line.as_object()?, &[key]) {
                Some(node) => wrong(node, &format!("statusLine.{key}"), *takes),
                None => Some(missing()),
            }
        })
    })
}

fn at<'n, 't>(root: &'n Object<'t>, way: &[&str]) -> Option<&'n Node<'t>> {
    let (first, rest) = way.split_first()?;
    let node = &member(root, first)?.value;
    if rest.is_empty() { Some(node) } else { at(node.as_object()?, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Option<String> {
        let node = text::parse(text).unwrap();
        left_out(text, node.as_ref().and_then(Node::as_object)).map(|left| left.what)
    }

    #[test]
    fn what_the_client_left_out() {
        let cases = [
            ("{\n // why\n}", "a comment"),
            ("{\"x\":\"\t\"}", "what no JSON has: control character"),
            ("{\"x\":\"\u{1}\"}", "what no JSON has: control character"),
            (r#"{"permissions":"x"}"#, "another kind of value in `permissions`"),
            (r#"{"permissions":{"allow":"x"}}"#, "another kind of value in `permissions.allow`"),
            (r#"{"cleanupPeriodDays":"30"}"#, "another kind of value in `cleanupPeriodDays`"),
            (r#"{"cleanupPeriodDays":0}"#, "another kind of value in `cleanupPeriodDays`"),
            (r#"{"cleanupPeriodDays":1.5}"#, "another kind of value in `cleanupPeriodDays`"),
            (r#"{"env":5}"#, "another kind of value in `env`"),
            (r#"{"model":5}"#, "another kind of value in `model`"),
            (r#"{"model":null}"#, "another kind of value in `model`"),
            (r#"{"enabledPlugins":5}"#, "another kind of value in `enabledPlugins`"),
            (r#"{"disableAllHooks":"true"}"#, "another kind of value in `disableAllHooks`"),
            (r#"{"disableAllHooks":1}"#, "another kind of value in `disableAllHooks`"),
            (r#"{"statusLine":null}"#, "another kind of value in `statusLine`"),
            (
                r#"{"statusLine":{"type":"static","command":"x"}}"#,
                "another kind of value in `statusLine.type`",
            ),
            (r#"{"statusLine":{"type":"command"}}"#, "a `statusLine` without `command`"),
        ];
        for (text, said) in cases {
            assert!(what(text).is_some_and(|what| what.starts_with(said)), "{text}: {:?}", what(text));
        }
    }

    #[test]
    fn what_the_client_loaded() {
        for text in [
            "",
            "{}",
            r#"{"x":1e999,"permissions":{"allow":[5]},"env":{"A":5},"extraKnownMarketplaces":null}"#,
            r#"{"cleanupPeriodDays":30.0,"disableAllHooks":false}"#,
            r#"{"cleanupPeriodDays":"x","cleanupPeriodDays":5}"#,
            r#"{"statusLine":{"type":"command","command":"x","padding":1.5,"more":1}}"#,
        ] {
            assert_eq!(what(text), None, "{text}");
        }
        assert!(
            is_json("{\"x\":\"\\ud800\"}") && is_json(&format!("{}{}", "[".repeat(600), "]".repeat(600)))
        );
    }
}
