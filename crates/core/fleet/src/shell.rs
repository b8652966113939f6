//! What a call does, as far as its name and a command's first words tell. For signals only: it is a reading of
//! text, not of a shell's grammar, and nothing is allowed or refused by it.

use crate::tools::Family;

/// What a command does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Does {
    /// `git commit`.
    pub(crate) commits: bool,
    /// `git switch`, `git checkout` and the like: it may change the branch.
    pub(crate) switches: bool,
    /// It begins by reading something.
    pub(crate) reads: bool,
    /// It waits for something, or looks how far something has come.
    pub(crate) waits: bool,
}

/// Files that a call may change besides those that its arguments say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Rewrites<'a> {
    /// None.
    #[default]
    Nothing,
    /// Some among these words, as they stand in the command.
    Named(Vec<&'a str>),
    /// It cannot be told.
    Anything,
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

/// Commands that change no file, whatever they are given.
const HARMLESS: &[&str] = &[
    "[",
    "basename",
    "cd",
    "cut",
    "date",
    "df",
    "dirname",
    "du",
    "echo",
    "egrep",
    "export",
    "false",
    "fgrep",
    "file",
    "id",
    "kubectl",
    "printf",
    "ps",
    "psql",
    "pwd",
    "pytest",
    "set",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "test",
    "tr",
    "true",
    "type",
    "uname",
    "uniq",
    "wait",
    "which",
    "whoami",
];
/// Subcommands of git that change no file of the checkout.
const GIT_HARMLESS: &[&str] =
    &["add", "branch", "fetch", "ls-files", "push", "remote", "rev-parse", "status"];
/// Subcommands of cargo and go that build and test.
const BUILDERS: &[&str] = &["build", "check", "clippy", "doc", "nextest", "test", "tree", "vet"];
/// Commands that change only files that they name.
const NAMERS: &[&str] = &["rm", "sed", "tee", "touch", "truncate"];
/// So many of them are taken off a command: each takes a walk through it.
const MAX_TRIMMERS: usize = 8;
/// Commands at the end of a pipe that only cut what is shown.
const TRIMMERS: &[&str] = &["egrep", "grep", "head", "rg", "tail"];

pub(crate) fn does(command: &str) -> Does {
    let mut does = Does::default();
    for (number, part) in parts(command).enumerate() {
        does.waits |= waits(part);
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

/// Simple commands, one after the other.
fn parts(command: &str) -> impl Iterator<Item = &str> {
    command.split([';', '|', '&', '\n', '(', ')']).filter(|part| !part.trim().is_empty())
}

/// Whether a simple command waits, or asks how far something has come.
fn waits(part: &str) -> bool {
    let mut words = words(part);
    matches!(
        (words.next(), words.next(), words.next()),
        (Some("sleep" | "wait" | "watch" | "inotifywait"), ..)
            | (Some("gh"), Some("run"), _)
            | (Some("gh"), Some("pr"), Some("checks"))
            | (Some("kubectl"), Some("get" | "logs" | "rollout" | "wait"), _)
            | (Some("docker"), Some("logs" | "ps" | "wait"), _)
    )
}

/// A command without what only cuts its output short: `make 2>&1 | tail -20` is `make`.
pub(crate) fn untrimmed(command: &str) -> &str {
    let mut rest = command.trim();
    for _ in 0..MAX_TRIMMERS {
        let shorter = rest.strip_suffix("2>&1").unwrap_or_else(|| without_trimmer(rest)).trim_end();
        if shorter.len() == rest.len() || shorter.is_empty() {
            return rest;
        }
        rest = shorter;
    }
    rest
}

fn without_trimmer(command: &str) -> &str {
    let (mut quote, mut last, mut before) = (None, None, ' ');
    for (at, letter) in command.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '|') => last = (before != '|').then_some(at),
            // Another command follows: the pipe is not the end.
            (None, ';' | '\n' | '(' | ')') => last = None,
            (None, '&') if before != '>' && before != '|' => last = None,
            (None, _) => {}
        }
        before = letter;
    }
    let Some(at) = last.filter(|_| quote.is_none()) else { return command };
    let name = command[at + 1..].trim_start_matches('&').split_whitespace().next();
    if name.is_some_and(|name| TRIMMERS.contains(&name)) { &command[..at] } else { command }
}

/// Which files a command may change. Only what is known to change none, or none but those it names, counts as that.
pub(crate) fn rewrites(command: &str) -> Rewrites<'_> {
    let mut named = Vec::new();
    // Which folder a name is in, and what stands for names, cannot be told.
    let is_plain = !command.contains(['`', '$', '*', '?', '~', '{'])
        && !parts(command).any(|p| words(p).next() == Some("cd"));
    for part in parts(command) {
        let all = || part.split([' ', '\t', '>', '<', '=']).map(|word| word.trim_matches(['"', '\'']));
        let mut words = words(part);
        let name = words.next().unwrap_or_default();
        let is_numbers = part.trim().bytes().all(|byte| byte.is_ascii_digit());
        let keeps = is_numbers || keeps_files(name, part, &mut words);
        if !keeps && !NAMERS.contains(&name) {
            return Rewrites::Anything;
        }
        if !keeps || redirects(part) {
            named.extend(all().filter(|word| !word.is_empty()));
        }
    }
    match named.is_empty() {
        true => Rewrites::Nothing,
        false if is_plain => Rewrites::Named(named),
        false => Rewrites::Anything,
    }
}

/// Whether a simple command is known to change no file but where its output goes.
fn keeps_files<'a>(name: &str, part: &str, words: &mut impl Iterator<Item = &'a str>) -> bool {
    match name {
        "sed" => !part.split_whitespace().any(|word| {
            word.starts_with("-i")
                || word.starts_with("--in-place")
                || (word.starts_with('-') && word.ends_with('i'))
        }),
        "find" => !["-exec", "-delete", "-ok", "-fprint"].iter().any(|action| part.contains(action)),
        "git" => {
            let sub = git_subcommand(words).unwrap_or("status");
            GIT_READERS.contains(&sub) || GIT_HARMLESS.contains(&sub)
        }
        "cargo" | "go" => words.next().is_some_and(|sub| BUILDERS.contains(&sub)) && !part.contains("--fix"),
        "gh" => !part.contains("checkout") && !part.contains("clone") && !part.contains("download"),
        "curl" => !part.split_whitespace().any(|word| {
            word.starts_with("-o")
                || word.starts_with("-O")
                || word.starts_with("--output")
                || word.starts_with("--remote")
        }),
        "sort" => !part.split_whitespace().any(|word| word.starts_with("-o") || word.starts_with("--output")),
        _ => HARMLESS.contains(&name) || READERS.contains(&name),
    }
}

/// Whether a tool's name says that it only asks. What others do, and subagents, cannot be told.
pub(crate) fn may_change_files(tool: &str) -> bool {
    const ASKS: &[&str] =
        &["describe", "fetch", "find", "get", "list", "lookup", "query", "read", "resolve", "search", "show"];
    match tool.strip_prefix("mcp__").map(|name| name.rsplit("__").next().unwrap_or(name)) {
        Some(name) => !ASKS.iter().any(|verb| name.starts_with(verb)),
        None => tool == "Skill" || Family::Agent.has(tool),
    }
}

/// The words of a simple command, from its name on, without the folder that the program is in.
fn words(part: &str) -> impl Iterator<Item = &str> {
    let is_before = |word: &&str| {
        let assigns = word
            .split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        assigns || BEFORE.contains(word)
    };
    // `timeout 60 make`
    let is_time = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let mut words = part.split_whitespace().skip_while(move |word| is_before(word) || is_time(word));
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
        !arrow && !after.is_empty() && !after.starts_with('&') && !after.starts_with("/dev/null")
    })
}

/// Endings of files with source code.
const SOURCE: &[&str] = &[
    "c", "cc", "cpp", "cs", "css", "cts", "dart", "ex", "exs", "go", "h", "hpp", "hs", "html", "java", "js",
    "jsx", "kt", "lua", "m", "md", "mjs", "ml", "mts", "php", "pl", "py", "rb", "rs", "scala", "scss",
    "swift", "svelte", "ts", "tsx", "vue", "zig",
];

/// A file of source code or prose. Agents read little else; its `password = …` is a variable more often than a password,
/// so that it is searched for nothing but tokens that are known by how they begin.
pub(crate) fn is_source(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| SOURCE.contains(&ending))
}

/// A tool that looks at something by itself.
pub(crate) fn looks(tool: &str) -> bool {
    matches!(tool, "Grep" | "Glob" | "LS" | "LSP" | "NotebookRead" | "WebFetch" | "WebSearch")
        || tool.starts_with("mcp__")
}

/// A tool that waits for what runs in the background.
pub(crate) fn is_waiting(tool: &str) -> bool {
    matches!(tool, "BashOutput" | "TaskOutput" | "AgentOutputTool" | "Monitor")
}

/// A tool that changes the plan, or whose answer is work done elsewhere.
pub(crate) fn plans(tool: &str) -> bool {
    Family::Agent.has(tool)
        || matches!(tool, "TodoWrite" | "TaskCreate" | "TaskUpdate" | "ExitPlanMode" | "AskUserQuestion")
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
    fn what_waits() {
        for command in
            ["sleep 60; ls", "gh run view 12", "gh pr checks 3", "cd /w && kubectl rollout status x"]
        {
            assert!(does(command).waits, "{command}");
        }
        for command in ["make", "gh pr create", "kubectl apply -f x"] {
            assert!(!does(command).waits, "{command}");
        }
    }

    #[test]
    fn output_that_is_cut_short() {
        for (command, proper) in [
            ("make", "make"),
            (" make 2>&1 | tail -20 ", "make"),
            ("make 2>&1 | grep -E 'a|b' | head -5", "make"),
            ("make |& tail -n 3", "make"),
            ("cd /w && make 2>&1", "cd /w && make"),
            ("make || tail x", "make || tail x"),
            ("make | tail -3 && ls", "make | tail -3 && ls"),
            ("make | tail -3; ls", "make | tail -3; ls"),
            ("make | tee log", "make | tee log"),
            ("echo 'a | tail -3'", "echo 'a | tail -3'"),
            ("grep x y", "grep x y"),
            ("| tail", "| tail"),
            ("", ""),
        ] {
            assert_eq!(untrimmed(command), proper, "{command}");
        }
    }

    #[test]
    fn which_files_may_be_changed() {
        for command in [
            "",
            "ls -l | wc -l",
            "git -C /w status",
            "cargo test 2>&1 | tail -20",
            "sed -n 1,9p a.rs",
            "timeout 60 cargo build",
            "cat a 2>/dev/null",
            "find . -name x",
        ] {
            assert_eq!(rewrites(command), Rewrites::Nothing, "{command}");
        }
        for command in ["sed -i s/a/b/ a.rs", "echo x >a.rs", "cat b.rs > 'a.rs'", "ls | tee a.rs", "rm a.rs"]
        {
            assert!(
                matches!(rewrites(command), Rewrites::Named(words) if words.contains(&"a.rs")),
                "{command}"
            );
        }
        for command in [
            "cargo fmt",
            "git checkout a.rs",
            "git stash",
            "make",
            "python3 x.py",
            "cd x && sed -i s/a/b/ a.rs",
            "rm *.rs",
            "cargo clippy --fix",
            "find . -exec rm a",
            "npm run format",
            "echo x > $FILE",
            "git commit -m x",
        ] {
            assert_eq!(rewrites(command), Rewrites::Anything, "{command}");
        }
        assert!(may_change_files("Agent") && may_change_files("mcp__fs__write_file"));
        assert!(!may_change_files("mcp__docs__get_page") && !may_change_files("Read"));
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
