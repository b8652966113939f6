//! Which Claude Code runs here: its version, and the hook events and forms that version knows.
//!
//! An event name that a version does not know opens a blocking dialog when it starts, and one that does not
//! know `args` runs the bare program. So what is installed goes by the lowest version that may run.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use claudectl_fleet::status::Process;
use claudectl_redact::redact_start;

use crate::answer::{Limits, answer};
use crate::processes::{self, Processes};
use crate::registry;

/// A client that does not tell its version within this time is taken for one that does not tell.
const PATIENCE: Duration = Duration::from_secs(10);
/// No version is longer.
const MAX_ANSWER: u64 = 4096;

/// A version of Claude Code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

/// The oldest version that claudectl is tested against; what it knows is installed where no version is found.
pub const OLDEST: Version = Version(2, 1, 41);
/// The first version that knows `args`: a program and its arguments without a shell.
pub const EXEC_FORM: Version = Version(2, 1, 139);
/// The first version whose schema of hooks has `onFailure`, and whose hooks can hence block where they fail.
pub const ON_FAILURE: Version = Version(2, 1, 295);
/// The first version that loads a plugin from a folder below `skills`. Tried, offline: 2.1.157, .158, .160, .170 and .330
/// do; 2.1.41, .118, .133, .148, .154 and .156 pass it over without a word.
pub const PLUGIN_FOLDERS: Version = Version(2, 1, 157);
/// The first version that lets a hook end a run at a call (`defer`). Tried: 2.1.89, .100 and .330 do; 2.1.41 and .88 let the
/// call run.
pub const DEFER: Version = Version(2, 1, 89);

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// So much of what is no version is repeated.
const SAID: usize = 60;

/// A text that is no version: what it begins with, redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version of Claude Code")]
pub struct NotAVersion(String);

impl FromStr for Version {
    type Err = NotAVersion;

    /// `2.1.330`, also with what `claude --version` prints behind it.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let error = || NotAVersion(redact_start(text.trim(), SAID).chars().take(SAID).collect());
        let word = text.split_whitespace().next().ok_or_else(error)?;
        let mut parts = word.splitn(3, '.').map(|part| {
            let digits = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
            // Only the last part may have something behind its number: 2.1.330-beta.1.
            (part[..digits].parse::<u32>(), &part[digits..])
        });
        let mut next = |last: bool| match parts.next() {
            Some((Ok(number), rest)) if rest.is_empty() || last && rest.starts_with(['-', '+']) => Ok(number),
            _ => Err(error()),
        };
        Ok(Self(next(false)?, next(false)?, next(true)?))
    }
}

/// A hook event that is installed.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name in the settings.
    pub name: &'static str,
    /// The first version whose list of events has it.
    pub since: Version,
    /// It concerns one tool, and its groups have a matcher.
    pub of_tool: bool,
}

/// Every event that is installed, and the first version that knows it.
///
/// Found by reading the list of events in the published packages (`cli.js`, later the native binary): from 2.1.41
/// to 2.1.112, from 2.0.45 to 2.0.60 and from 1.0.30 to 1.0.85 in every one that npm has, so the published version
/// before does not have the name. Those marked "seen" were there in the first package of such a stretch, and may
/// be older.
pub const EVENTS: &[Event] = &[
    event("SessionStart", Version(1, 0, 62)),
    event("SessionEnd", Version(1, 0, 85)),
    event("UserPromptSubmit", Version(1, 0, 53)),
    of_tool("PreToolUse", Version(1, 0, 30)),  // seen
    of_tool("PostToolUse", Version(1, 0, 30)), // seen
    of_tool("PostToolUseFailure", Version(2, 0, 56)),
    of_tool("PermissionRequest", Version(2, 0, 45)), // seen; not in 2.0.30
    of_tool("PermissionDenied", Version(2, 1, 88)),
    event("Notification", Version(1, 0, 30)), // seen
    event("Stop", Version(1, 0, 31)),
    event("StopFailure", Version(2, 1, 78)),
    event("SubagentStart", Version(2, 0, 45)), // seen; not in 2.0.30
    event("SubagentStop", Version(1, 0, 41)),
    event("PreCompact", Version(1, 0, 48)),
    event("PostCompact", Version(2, 1, 76)),
    event("CwdChanged", Version(2, 1, 83)),
    event("ConfigChange", Version(2, 1, 48)),
];

const fn event(name: &'static str, since: Version) -> Event {
    Event { name, since, of_tool: false }
}

const fn of_tool(name: &'static str, since: Version) -> Event {
    Event { name, since, of_tool: true }
}

/// The oldest version that knows any event that is installed.
#[must_use]
pub fn first_with_events() -> Version {
    EVENTS.iter().map(|event| event.since).min().unwrap_or(OLDEST)
}

/// The events that a version knows.
pub fn events(version: Version) -> impl Iterator<Item = &'static Event> {
    EVENTS.iter().filter(move |event| event.since <= version)
}

/// Something that may run hooks here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The program, or the registry row of a process.
    pub path: PathBuf,
    /// A process that runs now, rather than a program that may be started.
    pub running: bool,
    /// Its version, or why it is not known.
    pub version: Result<Version, Untold>,
}

/// Why a client's version is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// It could not be started, or did not answer in time.
    #[error("it does not tell its version: {0}")]
    Silent(String),
    /// It says something else.
    #[error(transparent)]
    Odd(#[from] NotAVersion),
    /// Its registry row has none: a version before 2.1.118.
    #[error("its registry row names no version, so it is older than 2.1.118")]
    Unnamed,
}

/// The clients that may run hooks, those on the disk first.
#[must_use]
pub fn clients(
    search_path: Option<&std::ffi::OsStr>,
    home: Option<&Path>,
    roots: &[PathBuf],
    system: &impl Processes,
) -> Vec<Client> {
    let mut found: Vec<Client> = programs(search_path, home)
        .into_iter()
        .map(|path| Client { version: ask(&path, search_path, PATIENCE), path, running: false })
        .collect();
    found.extend(running(roots, system));
    found
}

/// The lowest version among those that are known. A process too old to name its version counts as the oldest
/// supported one.
#[must_use]
pub fn lowest(clients: &[Client]) -> Option<Version> {
    let version = |client: &Client| match &client.version {
        Ok(version) => Some(*version),
        Err(Untold::Unnamed) => Some(OLDEST),
        Err(_) => None,
    };
    clients.iter().filter_map(version).min()
}

/// The first `claude` on the search path, and those where its installers put it; each program once.
fn programs(search_path: Option<&std::ffi::OsStr>, home: Option<&Path>) -> Vec<PathBuf> {
    let on_path = search_path
        .iter()
        .flat_map(|path| std::env::split_paths(path))
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("claude"))
        .find(|path| is_program(path));
    let installed = home.map(|home| [home.join(".local/bin/claude"), home.join(".claude/local/claude")]);
    let mut seen = Vec::new();
    let mut all: Vec<PathBuf> = on_path.into_iter().chain(installed.into_iter().flatten()).collect();
    all.retain(|path| is_program(path));
    all.retain(|path| {
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    all
}

/// An executable file.
#[must_use]
pub fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// What a client says its version is. It gets no environment but the search path, which a launcher needs to
/// find its interpreter, and a home in which nothing can be written.
fn ask(program: &Path, search_path: Option<&std::ffi::OsStr>, patience: Duration) -> Result<Version, Untold> {
    let mut command = Command::new(program);
    command.arg("--version").env_clear().env("HOME", "/dev/null").env("CLAUDE_CONFIG_DIR", "/dev/null");
    command.env("DISABLE_AUTOUPDATER", "1").current_dir("/");
    command.env("PATH", search_path.unwrap_or_else(|| std::ffi::OsStr::new("/usr/bin:/bin")));
    let limits = Limits { time: patience, output: MAX_ANSWER, complaint: MAX_ANSWER };
    let answer = answer(&mut command, limits).map_err(|why| Untold::Silent(why.to_string()))?;
    Ok(String::from_utf8_lossy(&answer.output).parse()?)
}

/// The processes of the registry that live.
fn running(roots: &[PathBuf], system: &impl Processes) -> Vec<Client> {
    let lives = |entry: &registry::Entry| {
        matches!(processes::liveness(entry, system).0, Process::Alive | Process::Unverified)
    };
    let client = |(path, entry): (PathBuf, registry::Entry)| Client {
        path,
        running: true,
        version: match &entry.version {
            Some(version) => version.parse().map_err(Untold::Odd),
            None => Err(Untold::Unnamed),
        },
    };
    registry::read(roots).entries.into_iter().filter(|(_, entry)| lives(entry)).map(client).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn versions() {
        assert_eq!("2.1.330 (Claude Code)".parse(), Ok(Version(2, 1, 330)));
        assert_eq!("2.1.41\n".parse(), Ok(Version(2, 1, 41)));
        assert_eq!("2.1.330-beta.1".parse(), Ok(Version(2, 1, 330)));
        for odd in
            ["", "2.1", "v2.1.3", "2.1.x", "2.1.3x", "2.1x.3", "claude", "99999999999.1.1", "\u{1b}[2J"]
        {
            assert!(odd.parse::<Version>().is_err(), "{odd}");
        }
        assert!(Version(2, 1, 41) < Version(2, 1, 139));
    }

    #[test]
    fn what_is_no_version_is_repeated_without_a_part_of_a_secret() {
        for sample in claudectl_redact::samples::one_of_each(7) {
            for text in [sample.across(SAID, "v "), sample.across(4 * SAID, " ")].concat() {
                let said = text.parse::<Version>().unwrap_err().to_string();
                assert_eq!(sample.part_in(&said), None, "{text:?}: {said}");
            }
        }
    }

    #[test]
    fn events_by_version() {
        let names = |version| events(version).map(|event| event.name).collect::<Vec<_>>();
        assert_eq!(events(Version(2, 1, 330)).count(), EVENTS.len());
        let old = names(OLDEST);
        assert_eq!(old.len(), 12);
        for event in ["StopFailure", "PostCompact", "PermissionDenied", "CwdChanged", "ConfigChange"] {
            assert!(!old.contains(&event), "{event}");
        }
        assert!(names(Version(2, 1, 82)).contains(&"StopFailure"));
        assert!(!EVENTS.iter().any(|event| ["WorktreeCreate", "MessageDisplay"].contains(&event.name)));
    }

    #[test]
    fn asks_with_nothing_in_its_hands() {
        let dir = tempfile::tempdir().unwrap();
        let seen = dir.path().join("seen");
        let told = script(
            dir.path(),
            "a/claude",
            &format!("env > {}; echo \"$@\" >> {0}; echo '2.1.197 (Claude Code)'", seen.display()),
        );
        let path = std::ffi::OsStr::new("/usr/bin:/bin");
        assert_eq!(ask(&told, Some(path), PATIENCE), Ok(Version(2, 1, 197)));
        let seen = std::fs::read_to_string(seen).unwrap();
        assert!(seen.contains("HOME=/dev/null\n") && seen.ends_with("--version\n"), "{seen}");
        let odd = script(dir.path(), "b/claude", "echo hello");
        assert!(matches!(ask(&odd, Some(path), PATIENCE), Err(Untold::Odd(_))));
        let slow = script(dir.path(), "c/claude", "exec sleep 60");
        assert!(matches!(ask(&slow, Some(path), Duration::from_millis(50)), Err(Untold::Silent(_))));
        let none = dir.path().join("none");
        assert!(matches!(ask(&none, None, PATIENCE), Err(Untold::Silent(_))));
    }

    #[test]
    fn the_lowest_of_what_may_run() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        let first = script(&home, ".local/bin/claude", "echo 2.1.330");
        let second = script(&home, ".claude/local/claude", "echo 2.1.100");
        let search = format!("relative:{}:/usr/bin:/bin", first.parent().unwrap().display());
        let found = clients(Some(std::ffi::OsStr::new(&search)), Some(&home), &[], &processes::System);
        assert_eq!(found.iter().map(|client| &client.path).collect::<Vec<_>>(), [&first, &second]);
        assert_eq!(lowest(&found), Some(Version(2, 1, 100)));
        assert_eq!(lowest(&[]), None);
        let unnamed = Client { path: first, running: true, version: Err(Untold::Unnamed) };
        assert_eq!(lowest(&[unnamed]), Some(OLDEST));
    }
}
