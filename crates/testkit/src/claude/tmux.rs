//! A terminal to drive an interactive session in: one tmux server per session, with its socket in the
//! temporary world, no configuration, and no way to the caller's own tmux.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::Unavailable;
use crate::builders::process_start;
use crate::must::must;
use crate::process::{self, RunError};
use crate::wait::wait_for;
use crate::world::{Cmd, World};

/// One letter, as everything on the way to the socket: its path may have about a hundred.
const SERVER: &str = "t";
const SESSION: &str = "main";
const WIDTH: &str = "140";
const HEIGHT: &str = "40";
/// How long tmux itself may take for a command.
const TMUX_PATIENCE: Duration = Duration::from_secs(30);
/// How long typed text may take to appear, and a client to end.
const CLIENT_PATIENCE: Duration = Duration::from_secs(30);

/// A program in a terminal of 140 by 40. Its server is ended on drop, and the program with it.
#[derive(Debug)]
pub struct Tmux {
    sockets: PathBuf,
    pid: u32,
    started: Option<u64>,
}

impl Tmux {
    /// Runs `cmd` in a fresh terminal. The program sees the environment of `cmd` and what tmux adds.
    pub fn start(world: &World, cmd: &Cmd) -> Result<Self, Unavailable> {
        // A folder per server makes one fixed server name unique, and keeps the socket's path short.
        let sockets = tempfile::Builder::new().prefix("t").tempdir_in(world.tmp_dir());
        let sockets = sockets.map(tempfile::TempDir::keep);
        let sockets = sockets.map_err(|source| Unavailable::Cache { path: world.tmp_dir(), source })?;
        let mut this = Self { sockets, pid: 0, started: None };
        let program = cmd.to_command();
        let mut tmux = this.command();
        tmux.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
        if let Some(cwd) = program.get_current_dir() {
            tmux.current_dir(cwd);
        }
        // Through `env` so that there are always two words: tmux gives a single one to a shell.
        tmux.args([
            "new-session",
            "-d",
            "-s",
            SESSION,
            "-x",
            WIDTH,
            "-y",
            HEIGHT,
            "-P",
            "-F",
            "#{pane_pid}",
            "--",
            "env",
        ]);
        tmux.arg(program.get_program()).args(program.get_args());
        let said = run(tmux)?;
        this.pid = said
            .trim()
            .parse()
            .map_err(|_| Unavailable::Tmux { reason: format!("no process id: {said:?}") })?;
        this.started = process_start(this.pid);
        Ok(this)
    }

    /// The folder that holds the server's socket: `TMUX_TMPDIR` of whoever is to find it.
    pub fn sockets(&self) -> &std::path::Path {
        &self.sockets
    }

    /// The process id of the program.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Types `text`, waits until the input line shows its end, and presses Enter: together with the text it would be
    /// taken for a paste. The same text may stand further up.
    #[track_caller]
    pub fn say(&self, text: &str) {
        self.tmux(&["send-keys", "-t", SESSION, "-l", "--", text]);
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let end =
            squeeze(text).chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect::<String>();
        let input = |screen: &str| squeeze(screen).rsplit('❯').next().is_some_and(|line| line.contains(&end));
        self.wait_for(input, CLIENT_PATIENCE);
        self.keys(&["Enter"]);
    }

    /// Presses keys by their tmux names: `Enter`, `Escape`, `C-c`, `BTab`, `Up` ...
    #[track_caller]
    pub fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys", "-t", SESSION], keys].concat());
    }

    /// What the terminal shows, without trailing blanks; empty when the program has ended.
    pub fn screen(&self) -> String {
        let mut tmux = self.command();
        tmux.args(["capture-pane", "-p", "-t", SESSION]);
        let screen = run(tmux).unwrap_or_default();
        let lines = screen.lines().map(str::trim_end).collect::<Vec<_>>();
        lines.join("\n").trim_end().to_owned()
    }

    /// Waits until the screen is as `ready` wants it and returns it. Panics with the last screen when
    /// `timeout` has passed.
    #[track_caller]
    pub fn wait_for(&self, mut ready: impl FnMut(&str) -> bool, timeout: Duration) -> String {
        let shown = wait_for(timeout, || {
            let screen = self.screen();
            ready(&screen).then_some(screen)
        });
        match shown {
            Some(screen) => screen,
            None => panic!(
                "the screen did not become as expected within {timeout:?}; it shows:\n{}",
                self.screen()
            ),
        }
    }

    /// True while the program runs.
    pub fn is_running(&self) -> bool {
        // A zombie that nobody has reaped keeps its /proc entry, but no session on the server.
        process_start(self.pid) == self.started && {
            let mut tmux = self.command();
            tmux.args(["has-session", "-t", SESSION]);
            run(tmux).is_ok()
        }
    }

    /// Waits for the program to end by itself; panics with the last screen when it does not.
    #[track_caller]
    pub fn wait_exit(&self, timeout: Duration) {
        let ended = wait_for(timeout, || (!self.is_running()).then_some(()));
        assert!(
            ended.is_some(),
            "the program still runs after {timeout:?}; the screen shows:\n{}",
            self.screen()
        );
    }

    #[track_caller]
    fn tmux(&self, args: &[&str]) {
        let mut tmux = self.command();
        tmux.args(args);
        must(run(tmux), args.join(" "));
    }

    fn command(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("TMUX_TMPDIR", &self.sockets)
            .args(["-L", SERVER, "-f", "/dev/null"]);
        tmux
    }
}

impl Tmux {
    /// Takes the terminal away, as a closed window does. Says whether the program has ended by that.
    pub fn close(self) -> bool {
        self.end()
    }

    /// Ends the server, and the program with it: by force, if the terminal's end was not enough.
    fn end(&self) -> bool {
        let mut tmux = self.command();
        tmux.arg("kill-server");
        // It fails when the program has ended and taken the server with it.
        run(tmux).ok();
        // The client writes its last files after the terminal has gone; the world is removed after that.
        let alive = || self.started.is_some() && process_start(self.pid) == self.started;
        let ended = wait_for(CLIENT_PATIENCE, || (!alive()).then_some(())).is_some();
        if !ended && let Some(pid) = Pid::from_raw(self.pid.cast_signed()) {
            kill_process(pid, Signal::KILL).ok();
        }
        ended
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs one tmux command and returns what it printed.
fn run(mut tmux: Command) -> Result<String, Unavailable> {
    let done = process::run(&mut tmux, Vec::new(), TMUX_PATIENCE).map_err(|error| match error {
        RunError::Start { source, .. } if source.kind() == ErrorKind::NotFound => {
            Unavailable::NoProgram { program: "tmux", source }
        }
        error => Unavailable::Tmux { reason: error.to_string() },
    })?;
    if done.code() == 0 {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(Unavailable::Tmux { reason: String::from_utf8_lossy(&done.stderr).trim().to_owned() })
}
