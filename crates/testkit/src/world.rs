//! A sealed world for running a binary: one temporary folder with a home, a Claude config folder, a state
//! folder and a work folder, a cleared environment and a pinned clock. What a program prints comes back
//! with the temporary paths replaced, so that output can be compared byte by byte between runs.

use std::ffi::{OsStr, OsString};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::builders::project_slug;
use crate::must::must;
use crate::process;

/// The time every world starts at.
pub const DEFAULT_NOW: &str = "2026-11-24T12:00:00Z";
/// How long a program may run before the test is called broken.
const PATIENCE: Duration = Duration::from_secs(120);

/// A temporary home, config folder, state folder and work folder; removed on drop.
#[derive(Debug)]
pub struct World {
    _folder: TempDir,
    root: PathBuf,
    bin: Option<PathBuf>,
    now: String,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A fresh world without a binary of its own: use [`World::claudectl`].
    pub fn new() -> Self {
        let folder = must(TempDir::new(), "making a temporary folder");
        let root = must(folder.path().canonicalize(), "resolving the temporary folder");
        let world = Self { _folder: folder, root, bin: None, now: DEFAULT_NOW.to_owned() };
        for dir in [world.config_dir(), world.state_dir(), world.work_dir(), world.tmp_dir()] {
            must(std::fs::create_dir_all(&dir), dir.display());
        }
        world
    }

    /// A fresh world that runs `bin` in [`World::run`] and [`World::cmd`].
    pub fn with_bin(bin: impl Into<PathBuf>) -> Self {
        Self { bin: Some(bin.into()), ..Self::new() }
    }

    /// The folder that holds all others.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `$HOME`.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// `$CLAUDE_CONFIG_DIR`: `.claude` in the home.
    pub fn config_dir(&self) -> PathBuf {
        self.root.join("home/.claude")
    }

    /// `$CLAUDECTL_HOME`.
    pub fn state_dir(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The working folder of every run.
    pub fn work_dir(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Temporary files of the programs (`$CLAUDE_CODE_TMPDIR` of the real client, tmux sockets).
    pub fn tmp_dir(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Moves the clock of later runs, RFC 3339.
    pub fn set_now(&mut self, now: impl Into<String>) {
        self.now = now.into();
    }

    /// The pinned time.
    pub fn now(&self) -> &str {
        &self.now
    }

    /// Writes a file below the root (`work/a.txt`, `home/.config/claudectl/config.toml`), folders included.
    #[track_caller]
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.join(path);
        if let Some(parent) = path.parent() {
            must(std::fs::create_dir_all(parent), parent.display());
        }
        must(std::fs::write(&path, content), path.display());
        path
    }

    /// A run of `bin` in this world: nothing of the caller's environment gets through.
    pub fn claudectl(&self, bin: &Path) -> Cmd {
        Cmd::new(self, bin)
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.home())
            .env("CLAUDE_CONFIG_DIR", self.config_dir())
            .env("CLAUDECTL_HOME", self.state_dir())
            .env("XDG_CONFIG_HOME", self.home().join(".config"))
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("COLUMNS", "120")
            .env("CLAUDECTL_NOW", &self.now)
            .env("CLAUDECTL_SEED", "1")
    }

    /// A run of the world's own binary; panics in a world made without one.
    #[track_caller]
    pub fn cmd(&self) -> Cmd {
        match &self.bin {
            Some(bin) => self.claudectl(bin),
            None => panic!("testkit: this world has no binary: make it with World::with_bin"),
        }
    }

    /// Runs the world's own binary with `args`.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Output {
        self.cmd().args(args).run()
    }

    /// What to replace in output, the more specific first.
    fn placeholders(&self) -> Vec<(String, &'static str)> {
        let folders = [
            (self.home(), "$HOME"),
            (self.state_dir(), "$STATE"),
            (self.work_dir(), "$WORK"),
            (self.root.clone(), "$ROOT"),
        ];
        let plain =
            folders.iter().map(|(path, name)| (path.display().to_string(), *name)).collect::<Vec<_>>();
        let slugs = plain.iter().map(|(path, name)| (project_slug(path), *name));
        plain.iter().cloned().chain(slugs).collect()
    }
}

/// A program to run in a [`World`].
#[derive(Debug)]
#[must_use = "nothing runs before .run()"]
pub struct Cmd {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    cwd: PathBuf,
    stdin: Vec<u8>,
    timeout: Duration,
    placeholders: Vec<(String, &'static str)>,
}

impl Cmd {
    /// A run with an empty environment in the work folder.
    pub(crate) fn new(world: &World, program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: world.work_dir(),
            stdin: Vec::new(),
            timeout: PATIENCE,
            placeholders: world.placeholders(),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable; the last value wins.
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((key.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Changes the working folder.
    pub fn cwd(mut self, cwd: impl Into<PathBuf>) -> Self {
        self.cwd = cwd.into();
        self
    }

    /// Gives the program an input (otherwise it reads an end of file at once).
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.stdin = input.into();
        self
    }

    /// Changes how long the program may run; the default is two minutes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The command as the standard library knows it, for tests that hold on to the child themselves.
    pub fn to_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(self.env.iter().cloned()).current_dir(&self.cwd);
        command
    }

    /// Runs the program to its end. Panics when it cannot be started or hangs.
    #[track_caller]
    pub fn run(self) -> Output {
        let mut command = self.to_command();
        let done = must(process::run(&mut command, self.stdin, self.timeout), "running a program");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.placeholders.iter().fold(text, |text, (path, name)| text.replace(path.as_str(), name))
        };
        Output(Printed { code: done.code(), stdout: text(&done.stdout), stderr: text(&done.stderr) })
    }
}

/// The result of a run that nobody has checked yet; reads like the [`Printed`] inside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "look at the exit code: .success() or .fails_with(code)"]
pub struct Output(Printed);

/// What a run printed and how it ended, with `$HOME`, `$STATE`, `$WORK` and `$ROOT` in place of the
/// temporary folders (and of their project slugs).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; `128 + n` after signal `n`.
    pub code: i32,
}

impl Deref for Output {
    type Target = Printed;

    fn deref(&self) -> &Printed {
        &self.0
    }
}

impl Output {
    /// Panics with both streams unless the exit code is 0.
    #[track_caller]
    pub fn success(self) -> Printed {
        self.fails_with(0)
    }

    /// Panics with both streams unless the exit code is `code`.
    #[track_caller]
    pub fn fails_with(self, code: i32) -> Printed {
        assert!(self.code == code, "expected exit code {code}\n{}", self.snapshot());
        self.0
    }
}

impl Printed {
    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("standard output is not JSON: {error}\n{}", self.snapshot()),
        }
    }

    /// Exit code and both streams in one text, for snapshots.
    pub fn snapshot(&self) -> String {
        let section = |name: &str, text: &str| match text {
            "" => String::new(),
            text if text.ends_with('\n') => format!("--- {name}\n{text}"),
            text => format!("--- {name}\n{text}\n(no newline at the end)\n"),
        };
        format!(
            "exit code: {}\n{}{}",
            self.code,
            section("stdout", &self.stdout),
            section("stderr", &self.stderr)
        )
    }
}
