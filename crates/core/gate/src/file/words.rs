//! What tools, commands and paths of a rule may look like. One that could never fit anything is a mistake: whoever wrote
//! it believes that it holds.

type Flaw = Option<(String, String)>;

/// Tools of the client whose names are easily misspelt.
pub(crate) const TOOLS: &[&str] = &[
    "Bash",
    "PowerShell",
    "Read",
    "Write",
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    "NotebookRead",
    "Glob",
    "Grep",
    "LS",
    "WebFetch",
    "WebSearch",
    "Task",
    "Agent",
    "TodoWrite",
];

fn flaw(what: impl Into<String>, fix: impl Into<String>) -> Flaw {
    Some((what.into(), fix.into()))
}

/// An exact name, or the beginning of names with `*` at the end.
pub(super) fn tool(text: &str) -> Flaw {
    let name = text.strip_suffix('*').unwrap_or(text);
    if let Some((own, _)) = text.split_once('(') {
        return flaw(
            format!("{text:?} is no name of a tool"),
            format!("write tool = [{own:?}], and what it is about in `command` or `path`"),
        );
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':')) {
        return flaw(format!("{text:?} is no name of a tool"), "as in tool = [\"Bash\", \"mcp__db__*\"]");
    }
    let known = TOOLS.iter().find(|known| known.eq_ignore_ascii_case(name) && **known != name)?;
    flaw(format!("there is no tool {text:?}"), format!("do you mean {known}?"))
}

/// Words of one command, as a program takes them.
pub(super) fn command(text: &str) -> Flaw {
    if text.contains(['|', ';', '&', '<', '>', '(', ')', '`', '$', '"', '\'', '\\', '\n']) {
        return flaw(
            format!("{text:?} is no command by its words"),
            "write one program with its verbs and options, without quotes and signs of the shell; several commands are several entries",
        );
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if let Some(flaw) = words.first().and_then(|first| program(text, first)) {
        return Some(flaw);
    }
    if let Some(word) = words.iter().find(|word| **word == "~" || word.starts_with("~/")) {
        return flaw(
            format!("{word:?} is in no command: words are compared after `~` was replaced"),
            "write the whole path, or name files in `path`, where `~/` is your home folder",
        );
    }
    if words.iter().any(|word| word.starts_with('#')) {
        return flaw(
            format!("what stands behind `#` in {text:?} is a comment"),
            "leave it out; `reason` says why",
        );
    }
    let star = words.iter().position(|word| word.contains('*'));
    match (words.as_slice(), star) {
        (["*"], _) => flaw("`*` is every command", "leave `command` out: tool = [\"Bash\"]"),
        (_, Some(at)) if at + 1 != words.len() || words[at] != "*" => flaw(
            format!("`*` in {text:?} stands for nothing"),
            "it is a word of its own, at the end: `cargo *`",
        ),
        _ => None,
    }
}

/// The first word of a command: a program, by its name or its path.
fn program(text: &str, first: &str) -> Flaw {
    let variable = first.split_once('=').map(|(name, _)| name).filter(|name| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
    });
    if let Some(name) = variable {
        return flaw(
            format!("{text:?} begins with the variable {name}, and no program is called so"),
            "begin with the program; it fits whatever variables are set for it",
        );
    }
    if first.starts_with('~') {
        return flaw(
            format!("{first:?} is no program: words are compared after `~` was replaced"),
            "write the whole path, as in /home/me/bin/x, or the name alone, without folders",
        );
    }
    if first.starts_with('-') {
        return flaw(format!("{text:?} begins with an option"), "begin with the program: `git --version`");
    }
    None
}

/// A pattern of paths.
pub(super) fn path(text: &str) -> Flaw {
    if text.contains(['{', '}', '[', ']']) {
        return flaw(
            format!("{text:?} has braces or brackets, which mean nothing here"),
            "write several patterns, with `*`, `?` and `**`",
        );
    }
    if text.contains('$') {
        return flaw(format!("{text:?} has a variable"), "write the path, or `~/` for your home folder");
    }
    // A name alone may begin so: that of a file, in any folder.
    if text == "~" || text.starts_with('~') && text.contains('/') && !text.starts_with("~/") {
        return flaw(
            format!("{text:?} is no path: only `~/` stands for a home folder, and that is yours"),
            "write the whole path, or `~/**` for all of your home folder",
        );
    }
    let parts: Vec<&str> = text.split('/').collect();
    if parts.contains(&"..") {
        return flaw(format!("{text:?} goes up by `..`"), "write where it leads");
    }
    let odd = parts.iter().any(|part| part.contains("**") && *part != "**");
    if odd {
        return flaw(
            format!("`**` in {text:?} is a part of a name"),
            "it stands between slashes: src/**/x.rs",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::is_command;
    use claudectl_shell::facts::{NoFacts, Place};

    #[test]
    fn what_could_never_fit_is_a_mistake() {
        for good in ["Bash", "mcp__db__*", "mcp__a-b__c.d", "Unheard", "*"] {
            assert_eq!(tool(good), None, "{good}");
        }
        for bad in ["bash", "Bash ", "Bash(ls:*)", "webfetch", "a b"] {
            assert!(tool(bad).is_some(), "{bad}");
        }
        for good in [
            "ls",
            "cargo *",
            "git push --force",
            "./gradlew build",
            "npm run test:e2e",
            "[ -f",
            "make CC=gcc",
            "git -C x",
        ] {
            assert_eq!(command(good), None, "{good}");
        }
        for bad in [
            "*",
            "l*",
            "ls|cat",
            "ls;",
            "cat | sh",
            "a * b",
            "echo \"x\"",
            "echo $x",
            "FOO=1 git",
            "~/bin/x",
            "~bob/x",
            "git status # x",
            "#",
            "-x y",
        ] {
            assert!(command(bad).is_some(), "{bad}");
        }
        for good in ["src/**", "~/.ssh/**", "/etc/*", "*.pem", "./src", "src/", "a?c", "~*.tmp"] {
            assert_eq!(path(good), None, "{good}");
        }
        for bad in ["{src,lib}/**", "src/[ab].rs", "$HOME/.ssh/**", "../x", "src/**.rs", "~bob/x", "~"] {
            assert!(path(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_is_refused_fits_not_even_the_same_command() {
        let place = Place { home: "/home/me", folder: Some("/w"), root: Some("/w"), facts: &NoFacts };
        let fits = |rule: &str, line: &str| {
            claudectl_shell::analyse(line, place).commands.iter().any(|ran| is_command(rule, ran))
        };
        for text in ["FOO=1 git", "~/bin/x", "~bob/x", "git status # x", "cat ~/x"] {
            assert!(!fits(text, text), "{text}");
        }
        // What is proposed in its place does.
        for (rule, line) in [
            ("git", "FOO=1 git"),
            ("/home/me/bin/x", "~/bin/x"),
            ("x", "~/bin/x"),
            ("git status", "git status # x"),
            ("git -C push", "git -C sub push"),
        ] {
            assert!(fits(rule, line), "{rule}");
        }
    }
}
