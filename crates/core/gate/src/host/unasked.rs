//! Where the host passes over a question of ours: calls that write to files which it holds to be sensitive itself.
//!
//! Of those it makes up its own mind: in `bypassPermissions` they run, without a word, and in `auto` and `plan` its classifier
//! answers in the person's place. Another command of the same line runs with them. Tried with 2.1.330, some sixty commands
//! and files, headless and at a terminal; `deny` and `defer` hold for all of them, `ask` for all others.

use std::collections::BTreeSet;

use claudectl_fleet::tools::Family;

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

/// Whether the host may hold a file to be sensitive. In `bypassPermissions`, where nobody else looks, every name with a dot
/// before it counts: another version may have a longer list.
#[must_use]
pub fn is_sensitive(mode: &str, path: &str) -> bool {
    let strict = mode == "bypassPermissions";
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
