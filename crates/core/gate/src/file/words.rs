//! What tools, commands and paths of a rule may look like. One that could never fit anything is a mistake: whoever wrote
//! it believes that it holds.

type Flaw = Option<(String, String)>;

/// Tools of the client whose names are easily misspelt.
const TOOLS: &[&str] = &[
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

    #[test]
    fn what_could_never_fit_is_a_mistake() {
        for good in ["Bash", "mcp__db__*", "mcp__a-b__c.d", "Unheard", "*"] {
            assert_eq!(tool(good), None, "{good}");
        }
        for bad in ["bash", "Bash ", "Bash(ls:*)", "webfetch", "a b"] {
            assert!(tool(bad).is_some(), "{bad}");
        }
        for good in ["ls", "cargo *", "git push --force", "./gradlew build", "npm run test:e2e", "[ -f"] {
            assert_eq!(command(good), None, "{good}");
        }
        for bad in ["*", "l*", "ls|cat", "ls;", "cat | sh", "a * b", "echo \"x\"", "echo $x"] {
            assert!(command(bad).is_some(), "{bad}");
        }
        for good in ["src/**", "~/.ssh/**", "/etc/*", "*.pem", "./src", "src/", "a?c"] {
            assert_eq!(path(good), None, "{good}");
        }
        for bad in ["{src,lib}/**", "src/[ab].rs", "$HOME/.ssh/**", "../x", "src/**.rs"] {
            assert!(path(bad).is_some(), "{bad}");
        }
    }
}
