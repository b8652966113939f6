//! Where the host passes over a question of ours: calls that write to files which it holds to be sensitive itself.
//!
//! Of those it makes up its own mind: in `bypassPermissions` they run, without a word, and in `auto` and `plan` its classifier
//! answers in the person's place. Another command of the same line runs with them. Tried with 2.1.330, some sixty commands
//! and files, headless and at a terminal; `deny` and `defer` hold for all of them, `ask` for all others.

use std::collections::BTreeSet;

use claudectl_fleet::tools::Family;
use claudectl_shell::effect::{Effect, Scope};
use claudectl_shell::paths::{absolute, is_below, is_of_guarded};
use claudectl_shell::report::Report;
use serde_json::Value;

/// Modes in which a question about such a file is passed over.
const MODES: &[&str] = &["bypassPermissions", "auto", "plan"];

/// Folders that were seen to be sensitive, wherever they are.
const FOLDERS: &[&str] =
    &[".git", ".vscode", ".idea", ".claude", ".husky", ".cargo", ".devcontainer", ".yarn", ".mvn"];

/// Files whose names begin so.
const BEGINNINGS: &[&str] = &[
    ".gitconfig",
    ".gitmodules",
    ".bash",
    ".zsh",
    ".zprofile",
    ".zlog",
    ".profile",
    ".envrc",
    ".ripgreprc",
    ".mcp.json",
    ".claude",
    ".npmrc",
    ".yarn",
    ".pnp",
    ".bazel",
    ".pre-commit-config",
    ".bunfig",
    ".lefthook",
    ".devcontainer",
    "bunfig.toml",
    "lefthook.y",
    "gradle-wrapper.properties",
    "maven-wrapper.properties",
    "pyrightconfig.json",
];

/// Whether a question about a tool's call may be passed over in a mode, by what files it names; about any call whose tool
/// is not known.
#[must_use]
pub fn may_pass(mode: &str, tool: &str) -> bool {
    // Of these the host looks at the files.
    let is_looked_at = || matches!(Family::of(tool), Some(Family::Shell | Family::Edit));
    MODES.contains(&mode) && (tool.is_empty() || is_looked_at())
}

/// So many names of a call are followed to where they lead.
const MOST_NAMES: usize = 256;

/// A call, as far as it matters which files it names.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    /// The mode of the host.
    pub mode: &'a str,
    /// The tool, and what it is given.
    pub tool: &'a str,
    /// What the tool is given.
    pub input: &'a Value,
    /// The working folder, and the person's home.
    pub folder: &'a str,
    /// The person's home folder.
    pub home: &'a str,
    /// What it does, as far as that was looked at.
    pub report: Option<&'a Report>,
    /// The settings files that the host goes by, whatever they are called, and where they lead.
    pub settings: &'a [String],
    /// What else says what agents may do.
    pub guarded: &'a [String],
}

/// What a call names that makes the host answer a question about it itself. `led` says where links lead.
#[must_use]
pub fn named(call: Naming<'_>, led: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if !may_pass(call.mode, call.tool) {
        return None;
    }
    if !call.input.is_object() {
        return Some("what cannot be read".to_owned());
    }
    let text = |key: &str| call.input[key].as_str();
    let names: BTreeSet<String> = match text("command") {
        Some(command) => words(command),
        None => ["file_path", "notebook_path"].into_iter().filter_map(text).map(str::to_owned).collect(),
    };
    let within = led(call.folder);
    // Where the session works is no secret to the host.
    let is_told = |path: &str| {
        let folders = [Some(call.folder), within.as_deref()];
        let inside = folders.into_iter().flatten().find(|folder| is_below(path, folder));
        is_sensitive(call.mode, inside.map_or(path, |folder| &path[folder.trim_end_matches('/').len()..]))
            || is_held(call, path)
    };
    if let Some(name) = names.iter().find(|name| is_told(name) || may_be_held(call, name)) {
        return Some(name.clone());
    }
    if let Some(path) = changed(call) {
        return Some(path);
    }
    if names.len() > MOST_NAMES {
        return Some("more files than can be looked at".to_owned());
    }
    names.into_iter().find(|name| {
        let path = match name.strip_prefix("~/") {
            Some(inside) => absolute(call.home, inside),
            None => absolute(call.folder, name),
        };
        is_held(call, &path) || led(&path).is_some_and(|led| is_told(&led))
    })
}

/// Whether a path is one of the host's settings files; in `bypassPermissions`, where nobody else looks, also one that says
/// otherwise what agents may do.
fn is_held(call: Naming<'_>, path: &str) -> bool {
    let guarded = if is_strict(call.mode) { call.guarded } else { &[] };
    call.settings.iter().chain(guarded).any(|held| is_of_guarded(path, held))
}

/// Whether a name of which only the end is known may be that of a settings file: the host may know the rest.
fn may_be_held(call: Naming<'_>, name: &str) -> bool {
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    name.contains(['$', '*', '?', '[']) && call.settings.iter().any(|held| last(held) == last(name))
}

/// A file, or a folder with such files in it, that the call is known to change.
fn changed(call: Naming<'_>) -> Option<String> {
    let deeds = call.report.into_iter().flat_map(Report::deeds);
    let mut changes = deeds.filter(|deed| deed.act.scope == Scope::Guard && deed.act.effect != Effect::Read);
    let is_one = |path: &str| {
        let around = |held: &String| is_below(held, path) || path.contains(['*', '?', '[', '{']);
        is_held(call, path) || call.settings.iter().any(around)
    };
    changes
        .find(|deed| deed.subject.starts_with('/') && (is_strict(call.mode) || is_one(&deed.subject)))
        .map(|deed| deed.subject.clone())
}

fn is_strict(mode: &str) -> bool {
    mode == "bypassPermissions"
}

/// Whether the host may hold a file to be sensitive. In `bypassPermissions`, where nobody else looks, every name with a dot
/// before it counts: another version may have a longer list.
#[must_use]
pub fn is_sensitive(mode: &str, path: &str) -> bool {
    let strict = is_strict(mode);
    path.contains('\\')
        || path.split('/').any(|name| !matches!(name, "" | "." | "..") && is_name(name, strict))
}

fn is_name(name: &str, strict: bool) -> bool {
    let small = name.to_lowercase();
    FOLDERS.contains(&small.as_str())
        || BEGINNINGS.iter().any(|begin| small.starts_with(begin))
        || strict && name.starts_with('.')
        // Letters that another alphabet has for these, and names as another system would shorten or cut them.
        || !name.is_ascii() && small.starts_with('.')
        || name.contains("...")
        || name.ends_with(['.', ' '])
        || name.split('~').skip(1).any(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
}

/// The words of a command that may be paths, as they stand and without what quotes them.
#[must_use]
pub fn words(command: &str) -> BTreeSet<String> {
    let plain: String = command.chars().filter(|letter| !matches!(letter, '\'' | '"' | '\\')).collect();
    let ends = |letter: char| letter.is_whitespace() || ";|&<>()'\"`=,{}".contains(letter);
    let of = |text: &str| text.split(ends).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let mut all: BTreeSet<String> = of(command);
    all.extend::<BTreeSet<String>>(of(&plain));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::facts::{Facts, NoFacts, Place};
    use serde_json::json;

    fn any(mode: &str, command: &str) -> bool {
        words(command).iter().any(|word| is_sensitive(mode, word))
    }

    #[test]
    fn what_was_seen_to_run_without_a_question() {
        for command in [
            "echo x > .git/hooks/a3",
            "echo x >> ~/.bashrc",
            "echo x > GIT~1",
            "echo x > .claude/x",
            "mkdir -p .vscode && echo x > .vscode/a",
            "echo x>.mcp.json",
            "touch .git/hooks/q",
            "echo x > .npmrc",
            "mkdir -p .husky; echo x > .husky/pre-commit",
            "echo x > a.b...",
            "echo x > .profile",
            "cp a .git/hooks/cp",
            "rm -f .bashrc; mv a .zshrc",
            "echo x > sub/.git",
            "echo x > .GIT/hooks/x",
            "sed -i s/a/b/ .git/config",
            "tee .mcp.json",
            "echo x > ./x.",
            "echo x > .g'it'/hooks/x",
            "echo x > .gi\\t/hooks/x",
            "echo '#' >> .git/hooks/x; cat ~/.ssh/id_rsa",
        ] {
            for mode in MODES {
                assert!(any(mode, command), "{mode}: {command}");
            }
        }
    }

    #[test]
    fn what_was_seen_to_be_asked() {
        for command in [
            "touch a1",
            "echo x > a2",
            "cd sub && echo x > a4",
            "echo $(touch a5)",
            "X=a10; echo hi > $X",
            "rm -rf ./sub2; touch a27",
            "echo x > ../a35",
            "echo x > package.json",
            "echo x > CON",
            "echo x > a:b",
            "git status .",
        ] {
            for mode in MODES {
                assert!(!any(mode, command), "{mode}: {command}");
            }
        }
        for command in
            ["touch .foo", "echo x > .env", "echo x > .github/x", "echo x > ~/.ssh/authorized_keys"]
        {
            assert!(!any("auto", command) && any("bypassPermissions", command), "{command}");
        }
    }

    #[test]
    fn settings_files_are_held_by_where_they_are() {
        let guarded = ["/o/cfg/settings.json", "/o/cfg/settings.local.json", "/o/state"].map(str::to_owned);
        let settings =
            ["/o/cfg/settings.json", "/o/cfg/settings.local.json", "/o/own.json"].map(str::to_owned);
        let facts = Guarding(guarded.to_vec());
        let place = Place { home: "/home/me", folder: Some("/w"), root: Some("/w"), facts: &facts };
        let led = |path: &str| Some(path.replacen("/w/link", "/o/cfg", 1));
        let found = |mode: &str, tool: &str, input: Value| {
            let report = crate::tools::report(tool, &input, place);
            let call = Naming {
                mode,
                tool,
                input: &input,
                folder: "/w",
                home: "/home/me",
                report: Some(&report),
                settings: &settings,
                guarded: &guarded,
            };
            named(call, &led)
        };
        let shell = |mode: &str, command: &str| found(mode, "Bash", json!({ "command": command }));
        for mode in MODES {
            for command in [
                "echo '{}' > /o/cfg/settings.json",
                "rm /o/cfg/settings.json",
                "rm link/settings.json",
                "cd /o/cfg && echo x > settings.json",
                "cd /o && rm -rf cfg",
                "mv /o/cfg /o/other",
                "rm /o/cfg/*.json",
                "echo x > /O/cfg/SETTINGS.json",
                "cp x /o/own.json",
                "echo x > \"$CLAUDE_CONFIG_DIR/settings.json\"",
                "python3 -c 'open(\"/o/cfg/settings.json\", \"w\")'",
            ] {
                assert!(shell(mode, command).is_some(), "{mode}: {command}");
            }
            for path in
                ["/o/cfg/settings.json", "link/settings.json", "/w/link/settings.local.json", "/o/own.json"]
            {
                assert!(
                    found(mode, "Write", json!({"file_path": path, "content": ""})).is_some(),
                    "{mode}: {path}"
                );
            }
            for command in ["touch a1", "echo x > /o/other.json", "ls /o", "echo x > settings.json"] {
                assert_eq!(shell(mode, command), None, "{mode}: {command}");
            }
        }
        assert!(shell("bypassPermissions", "echo x > /o/state/rules").is_some());
        assert_eq!(shell("auto", "echo x > /o/state/rules"), None, "it asks");
        assert_eq!(shell("default", "rm /o/cfg/settings.json"), None);
    }

    /// A world in which nothing is known but what stands guard.
    struct Guarding(Vec<String>);

    impl Facts for Guarding {
        fn tracked(&self, path: &str) -> Option<bool> {
            NoFacts.tracked(path)
        }

        fn resolved(&self, path: &str) -> Option<String> {
            NoFacts.resolved(path)
        }

        fn text(&self, path: &str) -> Option<String> {
            NoFacts.text(path)
        }

        fn executable(&self, path: &str) -> Option<bool> {
            NoFacts.executable(path)
        }

        fn guarded(&self) -> &[String] {
            &self.0
        }
    }

    #[test]
    fn only_of_files_and_only_where_the_host_decides() {
        for (mode, tool, may) in [
            ("bypassPermissions", "Write", true),
            ("auto", "Bash", true),
            ("plan", "Edit", true),
            ("plan", "Monitor", true),
            ("default", "Write", false),
            ("acceptEdits", "Bash", false),
            ("dontAsk", "Bash", false),
            ("bypassPermissions", "WebFetch", false),
            ("bypassPermissions", "mcp__x__write", false),
        ] {
            assert_eq!(may_pass(mode, tool), may, "{mode} {tool}");
        }
    }
}
