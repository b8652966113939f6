//! The real client on a leash: Claude Code of a pinned version and of an old one, installed once into the
//! build's cache and run with a cleared environment, a temporary home, a dummy key and the mock as its API.
//! It owns what has to be so before the client asks no questions (onboarding, trust, approval of the key);
//! [`drive`] brings a client into each state that it can be in.

pub mod drive;
mod install;
mod sites;
mod tmux;
mod tools;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::mock::Mock;
use crate::must::must;
use crate::world::{Cmd, World};
use install::Release;

pub use sites::Sites;
pub use tmux::{Pane, Tmux};
pub use tools::Tools;

/// The version every fact about the client was measured with.
pub const CLAUDE_VERSION: &str = "2.1.330";
/// A version without a live registry, whose program runs in node.
pub const OLD_CLAUDE_VERSION: &str = "2.1.41";
/// The key the client runs with; it opens nothing.
pub const DUMMY_KEY: &str = "sk-ant-test-0000-dummy-key-for-tests";

/// Names a binary to use instead of the installed one.
const BIN_VARIABLE: &str = "CLAUDECTL_CLAUDE_BIN";
/// A file to which each skipped test adds a line.
const SKIPPED_VARIABLE: &str = "CLAUDECTL_SKIPPED_LOG";
/// `1` makes a missing client a failure instead of a skipped test.
const REQUIRE_VARIABLE: &str = "CLAUDECTL_REQUIRE_CLAUDE";

/// Why a test that needs the outside cannot run on this machine.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// A program is not installed.
    #[error("{program} is not installed ({source})")]
    NoProgram {
        /// Which one.
        program: &'static str,
        /// What starting it said.
        source: std::io::Error,
    },
    /// There is no native binary for this machine.
    #[error("there is no native binary for {os}/{arch}")]
    NoPlatform {
        /// The operating system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },
    /// The package could not be installed: no network, no such version ...
    #[error("it could not be installed: {reason}")]
    Install {
        /// What whoever installs it said.
        reason: String,
    },
    /// The cache folder could not be prepared.
    #[error("cannot use the cache at {path}: {source}")]
    Cache {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The binary is not there, or cannot be executed.
    #[error("{path} is not an executable file")]
    NoBinary {
        /// Where it should be.
        path: PathBuf,
    },
    /// tmux did not do as it was told.
    #[error("tmux failed: {reason}")]
    Tmux {
        /// What it said.
        reason: String,
    },
}

/// An installed client.
#[derive(Clone, Debug)]
pub struct Claude {
    bin: PathBuf,
    /// What runs `bin`, where that is a script.
    node: Option<PathBuf>,
}

impl Claude {
    /// A client that is already somewhere.
    pub fn at(bin: impl Into<PathBuf>) -> Result<Self, Unavailable> {
        let bin = bin.into();
        if install::is_executable(&bin) {
            Ok(Self { bin, node: None })
        } else {
            Err(Unavailable::NoBinary { path: bin })
        }
    }

    /// The client of [`CLAUDE_VERSION`] in `cache_dir`, installed with npm the first time.
    pub fn ensure(cache_dir: &Path) -> Result<Self, Unavailable> {
        Self::at(install::ensure(cache_dir, Release::pinned()?)?)
    }

    /// The client of [`OLD_CLAUDE_VERSION`] in `cache_dir`, installed with npm the first time.
    pub fn ensure_old(cache_dir: &Path) -> Result<Self, Unavailable> {
        let node = install::node()?;
        Ok(Self { node: Some(node), ..Self::at(install::ensure(cache_dir, Release::old())?)? })
    }

    /// The client `CLAUDECTL_CLAUDE_BIN` names, else the one in the cache of the running build.
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of the test world: no test gets to see this environment"
    )]
    pub fn find() -> Result<Self, Unavailable> {
        match std::env::var_os(BIN_VARIABLE) {
            Some(bin) => Self::at(bin),
            None => Self::ensure(&install::build_cache()?),
        }
    }

    /// The old client in the cache of the running build.
    pub fn find_old() -> Result<Self, Unavailable> {
        Self::ensure_old(&install::build_cache()?)
    }

    /// Lets installations that have just failed be tried again.
    pub fn forget_failures() {
        if let Ok(cache) = install::build_cache() {
            install::forget_failure(&cache);
        }
    }

    /// As [`Claude::find`]; without a client the test is skipped, loudly, unless `CLAUDECTL_REQUIRE_CLAUDE=1`
    /// makes that a failure.
    #[track_caller]
    pub fn for_tests() -> Option<Self> {
        available("real Claude Code", Self::find())
    }

    /// As [`Claude::for_tests`], for the old client.
    #[track_caller]
    pub fn old_for_tests() -> Option<Self> {
        available("Claude Code 2.1.41", Self::find_old())
    }

    /// It is the old version: no registry, and a transcript that tells less.
    pub fn is_old(&self) -> bool {
        self.node.is_some()
    }

    /// Its version.
    pub fn version(&self) -> &'static str {
        if self.is_old() { OLD_CLAUDE_VERSION } else { CLAUDE_VERSION }
    }

    /// The executable, or the script.
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// A run without a terminal: begin the arguments with `-p` and the prompt.
    pub fn headless(&self, world: &World, mock: &Mock) -> Cmd {
        self.prepared(world, mock, &world.work_dir())
    }

    /// A session in a terminal of its own: `.start()` it. The caller's own tmux is not touched.
    pub fn interactive<'a>(&self, world: &'a World, mock: &Mock) -> Interactive<'a> {
        Interactive { world, cmd: self.prepared(world, mock, &world.work_dir()) }
    }

    /// The client with its environment, in a folder it trusts.
    fn prepared(&self, world: &World, mock: &Mock, cwd: &Path) -> Cmd {
        prepare(world, cwd);
        let cmd = match &self.node {
            Some(node) => Cmd::new(world, node).arg(&self.bin),
            None => Cmd::new(world, &self.bin),
        };
        cmd.cwd(cwd)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", world.home())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("CLAUDE_CONFIG_DIR", world.config_dir())
            .env("CLAUDE_CODE_TMPDIR", world.tmp_dir())
            .env("ANTHROPIC_BASE_URL", mock.url())
            .env("ANTHROPIC_API_KEY", DUMMY_KEY)
            .env("DISABLE_AUTOUPDATER", "1")
            .env("DISABLE_TELEMETRY", "1")
            .env("DISABLE_ERROR_REPORTING", "1")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            // Else Enter in an empty input line may send what the client suggests.
            .env("CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION", "false")
            .env("CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL", "1")
    }
}

/// A session that is about to be started in tmux.
#[derive(Debug)]
#[must_use = "nothing runs before .start()"]
pub struct Interactive<'a> {
    world: &'a World,
    cmd: Cmd,
}

impl Interactive<'_> {
    /// Adds arguments.
    pub fn args<S: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.cmd = self.cmd.args(args);
        self
    }

    /// Sets a variable of the session.
    pub fn env(mut self, key: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.cmd = self.cmd.env(key, value);
        self
    }

    /// Starts the session in another folder, which it is told to trust.
    pub fn cwd(mut self, cwd: &Path) -> Self {
        prepare(self.world, cwd);
        self.cmd = self.cmd.cwd(cwd);
        self
    }

    /// Starts the session in a folder that it has not been told to trust: it asks first.
    pub fn cwd_untrusted(mut self, cwd: &Path) -> Self {
        self.cmd = self.cmd.cwd(cwd);
        self
    }

    /// Starts it on a tmux server of its own.
    pub fn start(self) -> Result<Tmux, Unavailable> {
        Tmux::start(self.world, &self.cmd)
    }

    /// As [`Interactive::start`]; without tmux the test is skipped, loudly, unless
    /// `CLAUDECTL_REQUIRE_CLAUDE=1` makes that a failure.
    #[track_caller]
    pub fn start_for_tests(self) -> Option<Tmux> {
        available("a terminal", self.start())
    }
}

/// Says that the calling test is skipped, and why, where no installation can help: what this machine forbids.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the edge of the test world: no test gets to see this environment"
)]
pub fn skip_test(why: &str) {
    let log = std::env::var_os(SKIPPED_VARIABLE);
    skipped(why, log.as_deref().map(Path::new));
}

/// A program on the usual path; without it the test is skipped, loudly, unless
/// `CLAUDECTL_REQUIRE_CLAUDE=1` makes that a failure.
#[track_caller]
pub fn program_for_tests(program: &'static str) -> Option<PathBuf> {
    let folders = ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new);
    let found =
        folders.into_iter().map(|folder| folder.join(program)).find(|path| install::is_executable(path));
    let missing = || Unavailable::NoProgram { program, source: std::io::ErrorKind::NotFound.into() };
    available(program, found.ok_or_else(missing))
}

/// Passes on what a test needs, or says that it is skipped.
#[track_caller]
fn available<T>(what: &str, found: Result<T, Unavailable>) -> Option<T> {
    required(REQUIRE_VARIABLE, what, found)
}

/// The same, where another variable makes it a failure.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the edge of the test world: no test gets to see this environment"
)]
pub(crate) fn required<T>(variable: &str, what: &str, found: Result<T, Unavailable>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(error) if std::env::var_os(variable).is_some_and(|value| value == "1") => {
            panic!("{what} is not available: {error}")
        }
        Err(error) => {
            let log = std::env::var_os(SKIPPED_VARIABLE);
            skipped(&format!("{what} is not available: {error}"), log.as_deref().map(Path::new));
            None
        }
    }
}

/// Says that the calling test is skipped: past libtest, which would show it for a failed test only, and in a
/// log, because a runner may keep both streams of a passed test to itself.
#[track_caller]
fn skipped(why: &str, log: Option<&Path>) {
    let place = std::panic::Location::caller();
    let line = format!("SKIPPED: {}:{}: {}\n", place.file(), place.line(), why.replace('\n', " / "));
    must(std::io::stderr().write_all(line.as_bytes()), "saying that a test is skipped");
    if let Some(log) = log {
        let file = std::fs::File::options().create(true).append(true).open(log);
        must(file.and_then(|mut file| file.write_all(line.as_bytes())), log.display());
    }
}

/// Answers beforehand what the client asks on a new machine, in a new folder, about a new key.
fn prepare(world: &World, folder: &Path) {
    let path = world.config_dir().join(".claude.json");
    let mut config = std::fs::read(&path).map_or_else(
        |_| {
            // The client remembers an approved key by its last 20 characters.
            let approved = &DUMMY_KEY[DUMMY_KEY.len() - 20..];
            json!({
                "hasCompletedOnboarding": true, "lastOnboardingVersion": "99.0.0", "theme": "dark", "numStartups": 5,
                "customApiKeyResponses": {"approved": [approved], "rejected": []}, "projects": {},
            })
        },
        |text| must(serde_json::from_slice::<Value>(&text), path.display()),
    );
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    config["projects"][folder.to_string_lossy().as_ref()]["hasTrustDialogAccepted"] = json!(true);
    must(std::fs::write(&path, config.to_string()), path.display());
    let path = world.config_dir().join("settings.json");
    if !path.exists() {
        let settings =
            json!({"env": {"DISABLE_AUTOUPDATER": "1"}, "skipDangerousModePermissionPrompt": true});
        must(std::fs::write(&path, settings.to_string()), path.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_skipped_test_is_a_line_of_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("skipped");
        skipped("the sky is not available: it is cloudy\nand dark", Some(&log));
        skipped("nothing", Some(&log));
        let text = std::fs::read_to_string(log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with(&format!("SKIPPED: {}:", file!())), "{text}");
        assert!(lines[0].ends_with(": the sky is not available: it is cloudy / and dark"), "{text}");
    }
}
