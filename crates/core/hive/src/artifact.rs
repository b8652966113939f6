//! Knowledge that is a file: what it needs, whether it would work here, where it would lie, and a hook without what is private.
//!
//! A file from elsewhere lies in a folder of ours until a person has accepted it; none of its names leads out of there. A hook is
//! shown and never put anywhere. What is private in a page a person shares is not taken out of it: it is told, and the page
//! stays here ([`crate::egress`]); only a hook, which is small and full of such things, is cleaned.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::claim::ClaimId;
use crate::content::{Body, Command, HookConfig, Kind, Refused, Requires, Skill, artifact_name};
use crate::egress::home;

/// No more programs are found in one page.
const MOST_FOUND: usize = 32;
/// What every shell has, or every system.
const EVERYWHERE: &[&str] = &[
    ".", ":", "[", "[[", "alias", "awk", "basename", "break", "builtin", "case", "cat", "cd", "chmod",
    "chown", "command", "continue", "cp", "cut", "date", "declare", "df", "diff", "dirname", "do", "done",
    "du", "echo", "elif", "else", "env", "esac", "eval", "exec", "exit", "export", "expr", "false", "fi",
    "find", "for", "function", "grep", "head", "if", "kill", "ln", "local", "ls", "mkdir", "mktemp", "mv",
    "printf", "ps", "pwd", "read", "readlink", "return", "rm", "rmdir", "sed", "set", "sh", "shift", "sleep",
    "sort", "source", "stat", "tail", "tee", "test", "then", "time", "touch", "tr", "trap", "true", "type",
    "ulimit", "umask", "uname", "uniq", "unset", "wait", "wc", "which", "while", "xargs", "yes", "{", "}",
];
/// Names that one system or another keeps for itself.
const RESERVED: &[&str] = &["aux", "con", "nul", "prn"];
/// Variables that say nothing of whose machine it is.
const VARIABLES: &[&str] =
    &["CLAUDE_PLUGIN_ROOT", "CLAUDE_PROJECT_DIR", "HOME", "PATH", "PWD", "SHELL", "USER", "VARIABLE"];

/// Why a page is no artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPage {
    /// It does not begin with what it is.
    #[error("it does not begin with a block between two lines of `---`")]
    NoFrontMatter,
    /// A part of that is not there.
    #[error("its first block does not say `{0}`")]
    Missing(&'static str),
    /// It is of no kind that is a file.
    #[error("a {0} is no file")]
    Kind(&'static str),
    /// It could not be shown and kept.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Reads a page that a person shares: a skill, a command, or a hook. What its first block does not say that it needs is
/// looked for in what it runs.
pub fn read_page(kind: Kind, page: &str) -> Result<Body, BadPage> {
    let (front, text) = front_matter(page).ok_or(BadPage::NoFrontMatter)?;
    let said = |name: &str| front.get(name).cloned().unwrap_or_default();
    let must = |name: &'static str| front.get(name).cloned().ok_or(BadPage::Missing(name));
    let list = |name: &str| -> Option<Vec<String>> {
        let text = front.get(name)?;
        Some(text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect())
    };
    let found = needs(text);
    let requires = Requires {
        agents: list("requires_agents").unwrap_or(found.agents),
        cli: list("requires_cli").unwrap_or(found.cli),
        os: list("requires_os").unwrap_or(found.os),
        min_version: front.get("requires_min_version").cloned(),
    };
    let description = said("description");
    let body = match kind {
        Kind::Skill => {
            let version = front.get("version").cloned().unwrap_or_else(|| "1".to_owned());
            Body::Skill(Skill { body: page.to_owned(), description, name: must("name")?, requires, version })
        }
        Kind::Command => {
            let args = front.get("argument-hint").or_else(|| front.get("args")).cloned();
            Body::Command(Command { args, body: page.to_owned(), description, name: must("name")?, requires })
        }
        Kind::HookConfig => Body::HookConfig(HookConfig {
            config_json: cleaned_hook(text.trim()),
            description,
            event: must("event")?,
            matcher: said("matcher"),
            requires,
        }),
        other => return Err(BadPage::Kind(other.word())),
    };
    Ok(body.checked()?)
}

/// The names and values of the first block, and what follows it.
fn front_matter(page: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let page = page.strip_prefix('\u{feff}').unwrap_or(page);
    let rest = page.strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let (mut names, mut at) = (BTreeMap::new(), 0);
    for line in rest.split_inclusive('\n') {
        at += line.len();
        let line = line.trim_end();
        if line == "---" {
            return Some((names, &rest[at..]));
        }
        // What is indented belongs to something above.
        let own = line.split_once(':').filter(|(name, _)| !name.starts_with([' ', '\t', '#', '-']));
        if let Some((name, value)) = own {
            let value = value.trim();
            let bare = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            let value = bare.unwrap_or(value);
            if !value.is_empty() {
                names.insert(name.trim().to_owned(), value.to_owned());
            }
        }
    }
    None
}

/// What the commands in a page need, as far as one can see.
pub fn needs(page: &str) -> Requires {
    let mut cli = BTreeSet::new();
    let mut os = BTreeSet::new();
    for line in shell_lines(page) {
        for part in line.split(['|', ';', '&']) {
            let is_setting = |word: &&str| {
                let name = word.split_once('=').map(|(name, _)| name);
                name.is_some_and(|name| {
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                })
            };
            let mut words = part.split_whitespace().skip_while(|word| *word == "$" || is_setting(word));
            let Some(word) = words.next() else { continue };
            let name = word.rsplit('/').next().unwrap_or(word);
            let is_name = name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
                && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"_.+-".contains(&letter));
            if is_name && !EVERYWHERE.contains(&name) && cli.len() < MOST_FOUND {
                cli.insert(name.to_owned());
            }
            match name {
                "brew" => os.insert("macos"),
                "apt" | "apt-get" | "systemctl" | "yum" | "dnf" => os.insert("linux"),
                _ => false,
            };
        }
    }
    // Named for two systems, it works on both.
    let os = if os.len() == 1 { os.into_iter().map(str::to_owned).collect() } else { Vec::new() };
    Requires { agents: Vec::new(), cli: cli.into_iter().collect(), min_version: None, os }
}

/// The lines of the blocks of shell in a page, without comments.
fn shell_lines(page: &str) -> impl Iterator<Item = &str> {
    let mut inside = None;
    page.lines().filter_map(move |line| {
        let text = line.trim();
        if let Some(fence) = text.strip_prefix("```") {
            inside = match inside {
                None => Some(matches!(fence.trim(), "bash" | "sh" | "shell" | "zsh" | "console")),
                Some(_) => None,
            };
            return None;
        }
        (inside == Some(true) && !text.starts_with('#')).then_some(text)
    })
}

/// What is known of this machine.
#[derive(Clone, Copy)]
pub struct Here<'a> {
    /// The system: `linux`, `macos`, `windows`.
    pub os: &'a str,
    /// The version of claudectl.
    pub version: &'a str,
    /// Families of agents.
    pub agents: &'a [&'a str],
    /// Whether there is a program of this name.
    pub has: &'a dyn Fn(&str) -> bool,
}

impl std::fmt::Debug for Here<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Here { os, version, agents, .. } = self;
        f.debug_struct("Here").field("os", os).field("version", version).field("agents", agents).finish()
    }
}

/// What is in the way of using an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issue {
    /// A program is not there. It may come.
    Cli(String),
    /// It is for other systems.
    Os,
    /// It needs a later version.
    Version,
    /// It is for other agents.
    Agent,
}

impl Issue {
    /// Whether it could not work.
    pub const fn blocks(&self) -> bool {
        !matches!(self, Issue::Cli(_))
    }

    /// In a column.
    pub const fn word(&self) -> &'static str {
        match self {
            Issue::Cli(_) => "!cli",
            Issue::Os => "!os",
            Issue::Version => "!ver",
            Issue::Agent => "!agent",
        }
    }
}

/// What is in the way here, what blocks first; nothing where it is not known what it needs.
pub fn issues(requires: &Requires, here: &Here<'_>) -> Option<Vec<Issue>> {
    if *requires == Requires::default() {
        return None;
    }
    let lacks =
        |list: &[String], is: &dyn Fn(&str) -> bool| !list.is_empty() && !list.iter().any(|one| is(one));
    let mut found = Vec::new();
    if lacks(&requires.os, &|os| os.eq_ignore_ascii_case(here.os)) {
        found.push(Issue::Os);
    }
    if requires.min_version.as_deref().is_some_and(|least| numbers(here.version) < numbers(least)) {
        found.push(Issue::Version);
    }
    if lacks(&requires.agents, &|agent| here.agents.contains(&agent)) {
        found.push(Issue::Agent);
    }
    // A name that is a path or a line is no program, and is not asked for.
    let is_name = |name: &str| {
        !name.is_empty() && !name.contains(['/', '\\', ';']) && !name.contains(char::is_whitespace)
    };
    let missing = requires.cli.iter().filter(|name| !is_name(name) || !(here.has)(name));
    found.extend(missing.cloned().map(Issue::Cli));
    Some(found)
}

/// What is no number counts as 0.
fn numbers(version: &str) -> [u64; 3] {
    let mut parts = version.trim_start_matches('v').split(['.', '-', '+']);
    [(); 3].map(|()| parts.next().and_then(|part| part.parse().ok()).unwrap_or(0))
}

/// Where an artifact lies until a person has accepted it, beneath our own folder for such: each claim in a folder of its own, by
/// its name in hexadecimal. Nothing for what is no file, or has a name that no file may have.
pub fn quarantine_path(claim: &ClaimId, body: &Body) -> Option<PathBuf> {
    let folder: String = claim.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let file = match body {
        Body::Skill(_) => PathBuf::from("SKILL.md"),
        Body::Command(body) => PathBuf::from(format!("{}.md", file_name(&body.name)?)),
        Body::HookConfig(_) => PathBuf::from("hook.json"),
        _ => return None,
    };
    Some(PathBuf::from(folder).join(file))
}

/// Where an artifact goes once it is accepted, beneath the client's folder. Nothing for a hook: it is only shown.
pub fn installed_path(body: &Body) -> Option<PathBuf> {
    match body {
        Body::Skill(body) => Some(PathBuf::from("skills").join(file_name(&body.name)?).join("SKILL.md")),
        Body::Command(body) => Some(PathBuf::from("commands").join(format!("{}.md", file_name(&body.name)?))),
        _ => None,
    }
}

/// The name of a file made of that of an artifact.
fn file_name(name: &str) -> Option<String> {
    artifact_name("the name", name).ok()?;
    let name = name.to_ascii_lowercase().replace(' ', "-");
    let stem = name.split('.').next().unwrap_or_default();
    let is_port = |rest: &str| rest.len() == 1 && rest.bytes().all(|digit| digit.is_ascii_digit());
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt")).is_some_and(is_port);
    (!port && !RESERVED.contains(&stem)).then_some(name)
}

/// A hook without what is private: secrets, folders of people, and variables that name something of this machine.
pub fn cleaned_hook(json: &str) -> String {
    let mut text = claudectl_redact::redact(json).text.into_owned();
    while let Some(range) = home(&text) {
        text.replace_range(range, "$HOME");
    }
    without_variables(&text)
}

/// `$NAME` and `${NAME}` in capitals, but for those that every machine has.
fn without_variables(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        clean.push_str(before);
        let after = &from[1..];
        let inner = after.strip_prefix('{').unwrap_or(after);
        let is_part = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
        let end = inner.find(|letter| !is_part(letter)).unwrap_or(inner.len());
        let name = &inner[..end];
        let is_name = name.starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '_');
        if is_name && !VARIABLES.contains(&name) {
            clean.push_str(if inner.len() < after.len() { "${VARIABLE" } else { "$VARIABLE" });
            rest = &inner[end..];
        } else {
            clean.push('$');
            rest = after;
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests;
