//! What a client was started with, as far as it bears on hooks. Seen with 2.1.330: `--bare`, `--safe-mode` and
//! `--restricted` start without hooks, `--setting-sources` leaves files out, and what `--settings` says counts.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::settings::{Scope, bare};

/// Options that start a client without anybody's hooks.
const WITHOUT: &[&str] = &["--bare", "--safe-mode", "--restricted"];

/// The value of each option of a name, `--name VALUE` or `--name=VALUE`.
#[must_use]
pub fn values<'a>(arguments: &'a [String], name: &str) -> Vec<&'a str> {
    let of = |(at, argument): (usize, &'a String)| match argument.strip_prefix(name)? {
        "" => arguments.get(at + 1).map(String::as_str),
        rest => rest.strip_prefix('='),
    };
    arguments.iter().enumerate().filter_map(of).collect()
}

/// Why a client runs without our hooks, by how it was started: its arguments, the variable that says so, and in which
/// folder. `ours` are the settings files that call us. A word of a prompt may look like an option: who asks has heard of
/// no hook.
#[must_use]
pub fn without_hooks(
    arguments: &[String],
    variable: Option<&str>,
    cwd: Option<&Path>,
    ours: &[Scope],
) -> Option<String> {
    let options = arguments.split(|word| word == "--").next().unwrap_or_default();
    let option = WITHOUT.iter().find(|name| options.iter().any(|word| word == *name));
    option
        .map(|option| format!("it was started with {option}"))
        .or_else(|| variable.map(|name| format!("it was started with {name} set")))
        .or_else(|| sources(options, ours))
        .or_else(|| values(options, "--settings").into_iter().find_map(|value| settings(value, cwd)))
}

/// No file with our hooks is among those it was told to read.
fn sources(options: &[String], ours: &[Scope]) -> Option<String> {
    let named = values(options, "--setting-sources").last().copied()?;
    let read = |scope: &Scope| {
        // An organisation's is always read.
        *scope == Scope::Managed || named.split(',').any(|name| name.trim() == scope.name())
    };
    let missed = !ours.is_empty() && !ours.iter().any(read);
    missed.then(|| {
        format!("it was started with --setting-sources {named:?}, which leaves out the settings that call us")
    })
}

/// What `--settings` says: JSON, or a file with it.
fn settings(value: &str, cwd: Option<&Path>) -> Option<String> {
    let (text, whose) = match value.trim_start().starts_with('{') {
        true => (value.to_owned(), "--settings".to_owned()),
        false => {
            let path = cwd.unwrap_or(Path::new("/")).join(value);
            (fs::read_to_string(&path).ok()?, format!("--settings {}", path.display()))
        }
    };
    let value: Value = serde_json::from_str(&text).ok()?;
    if value["disableAllHooks"] == true {
        return Some(format!("it was started with {whose}, which sets disableAllHooks"));
    }
    let env = value["env"].as_object()?;
    let name = env.iter().find_map(|(name, value)| bare(name, value.as_str()?))?;
    Some(format!("it was started with {whose}, which sets {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(line: &str, cwd: Option<&Path>) -> String {
        let words: Vec<String> = shell(line);
        without_hooks(&words, None, cwd, &[Scope::User]).unwrap_or_default()
    }

    fn shell(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_are_found_in_both_forms() {
        let words = shell("claude --settings a --settings=b --settings");
        assert_eq!(values(&words, "--settings"), ["a", "b"]);
    }

    #[test]
    fn what_starts_a_client_without_hooks() {
        for (line, said) in [
            ("claude", ""),
            ("claude -p hello", ""),
            ("claude -p -- --bare", ""),
            ("claude --bare -p hello", "it was started with --bare"),
            ("claude --safe-mode", "it was started with --safe-mode"),
            ("claude --setting-sources user,project", ""),
            (
                "claude --setting-sources=project,local",
                r#"it was started with --setting-sources "project,local", which leaves out the settings that call us"#,
            ),
            (r#"claude --settings {"disableAllHooks":false}"#, ""),
            (
                r#"claude --settings {"disableAllHooks":true}"#,
                "it was started with --settings, which sets disableAllHooks",
            ),
            (
                r#"claude --settings={"env":{"CLAUDE_CODE_SIMPLE":"1"}}"#,
                "it was started with --settings, which sets CLAUDE_CODE_SIMPLE",
            ),
            ("claude --settings nonsense", ""),
        ] {
            assert_eq!(why(line, None), said, "{line}");
        }
        let by_variable = without_hooks(&[], Some("CLAUDE_CODE_SIMPLE"), None, &[]);
        assert_eq!(by_variable.as_deref(), Some("it was started with CLAUDE_CODE_SIMPLE set"));
        let project = without_hooks(
            &shell("claude --setting-sources project"),
            None,
            None,
            &[Scope::User, Scope::Project],
        );
        assert_eq!(project, None, "one that calls us is read");
    }

    #[test]
    fn a_file_of_settings_counts_too() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("s.json"), r#"{"disableAllHooks": true}"#).unwrap();
        let said = why("claude --settings s.json", Some(folder.path()));
        assert!(said.ends_with("s.json, which sets disableAllHooks"), "{said}");
    }
}
