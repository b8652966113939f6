//! What a call does, as far as its name and a command's first words tell. For signals only: it is a reading of
//! text, not of a shell's grammar, and nothing is allowed or refused by it.

/// What a command does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Does {
    /// `git commit`.
    pub(crate) commits: bool,
    /// `git switch`, `git checkout` and the like: it may change the branch.
    pub(crate) switches: bool,
    /// It begins by reading something.
    pub(crate) reads: bool,
}

/// Commands that read.
const READERS: &[&str] = &[
    "awk", "bat", "cat", "diff", "find", "grep", "head", "jq", "less", "ls", "nl", "rg", "sed", "tail",
    "tree", "wc",
];
/// Subcommands of git that read.
const GIT_READERS: &[&str] = &["blame", "diff", "grep", "log", "show"];
/// Words that stand before the command proper.
const BEFORE: &[&str] = &["command", "env", "nice", "nohup", "sudo", "time", "timeout"];
/// Options of git that take a value.
const GIT_VALUES: &[&str] = &["-C", "-c", "--git-dir", "--work-tree", "--namespace"];
/// Commands and signs that write a file.
const WRITERS: &[&str] = &[
    "apply", "cp", "dd", "install", "mv", "node", "patch", "perl", "python", "python3", "rm", "tee",
    "truncate",
];

pub(crate) fn does(command: &str) -> Does {
    let mut does = Does::default();
    for (number, part) in
        command.split([';', '|', '&', '\n', '(', ')']).filter(|p| !p.trim().is_empty()).enumerate()
    {
        let mut words = words(part);
        match words.next() {
            Some("git") => {
                let sub = git_subcommand(&mut words).unwrap_or_default();
                does.commits |= sub == "commit";
                does.switches |= matches!(sub, "switch" | "checkout" | "bisect");
                does.reads |= number == 0 && GIT_READERS.contains(&sub);
            }
            Some("gh") => does.switches |= words.next() == Some("pr") && words.next() == Some("checkout"),
            Some(first) => does.reads |= number == 0 && READERS.contains(&first),
            None => {}
        }
    }
    does
}

/// The words of a simple command, from its name on, without the folder that the program is in.
fn words(part: &str) -> impl Iterator<Item = &str> {
    let is_before = |word: &&str| {
        let assigns = word
            .split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        assigns || BEFORE.contains(word)
    };
    let mut words = part.split_whitespace().skip_while(is_before);
    let name = words.next().map(|name| name.rsplit('/').next().unwrap_or(name));
    name.into_iter().chain(words)
}

fn git_subcommand<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<&'a str> {
    loop {
        let word = words.next()?;
        if GIT_VALUES.contains(&word) {
            words.next()?;
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
}

/// Whether a command may write a file that it names.
pub(crate) fn writes(command: &str) -> bool {
    let in_place = || command.contains("sed -i") || command.contains("sed --in-place");
    let named = || command.split([' ', ';', '|', '&', '(']).any(|word| WRITERS.contains(&word));
    redirects(command) || named() || in_place()
}

/// Whether it has a `>` to a file: `2>&1` and `>/dev/null` are none, and neither is an arrow.
fn redirects(command: &str) -> bool {
    command.match_indices('>').any(|(at, _)| {
        let after = command[at + 1..].trim_start_matches('>').trim_start();
        let arrow = command[..at].ends_with(['-', '=']);
        !arrow && !after.starts_with('&') && !after.starts_with("/dev/null")
    })
}

/// Endings of files with source code.
const SOURCE: &[&str] = &[
    "c", "cc", "cpp", "cs", "css", "cts", "dart", "ex", "exs", "go", "h", "hpp", "hs", "html", "java", "js",
    "jsx", "kt", "lua", "m", "md", "mjs", "ml", "mts", "php", "pl", "py", "rb", "rs", "scala", "scss",
    "swift", "svelte", "ts", "tsx", "vue", "zig",
];

/// A file of source code or prose. Agents read little else; and what is checked in is for a repository's own
/// scanner to find.
pub(crate) fn is_source(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| SOURCE.contains(&ending))
}

/// A tool that looks at something by itself.
pub(crate) fn looks(tool: &str) -> bool {
    matches!(tool, "Grep" | "Glob" | "LS" | "LSP" | "NotebookRead" | "WebFetch" | "WebSearch")
        || tool.starts_with("mcp__")
}

/// A tool that changes the plan, or whose answer is work done elsewhere.
pub(crate) fn plans(tool: &str) -> bool {
    matches!(
        tool,
        "TodoWrite" | "TaskCreate" | "TaskUpdate" | "ExitPlanMode" | "AskUserQuestion" | "Agent" | "Task"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_do() {
        let none = Does::default();
        let (commits, switches, reads) =
            (Does { commits: true, ..none }, Does { switches: true, ..none }, Does { reads: true, ..none });
        for (command, expected) in [
            ("cargo test", none),
            ("git status", none),
            ("git commit -m 'x'", commits),
            ("git add . && git -C /w commit -m \"a; b\"", commits),
            ("GIT_AUTHOR_DATE=1 /usr/bin/git -c user.name=x commit", commits),
            ("echo git commit", none),
            ("git switch main", switches),
            ("cd /w; git checkout -b feat", switches),
            ("gh pr checkout 12", switches),
            ("gh pr view 12", none),
            ("cat a.rs", reads),
            ("sed -n 1,20p a.rs | head", reads),
            ("git log --oneline", reads),
            ("make | tail", none),
            ("", none),
            ("git", none),
            ("git -C", none),
        ] {
            assert_eq!(does(command), expected, "{command}");
        }
    }

    #[test]
    fn what_may_write() {
        for command in ["echo x > a", "echo x | tee a", "sed -i s/a/b/ f", "python3 -c 'x'", "cp a b"] {
            assert!(writes(command), "{command}");
        }
        for command in ["cat a", "ls -l", "cat a 2>&1", "cat a 2>/dev/null", "grep 'x -> y' a", "cat pythons"]
        {
            assert!(!writes(command), "{command}");
        }
    }
}
