//! A terminal to drive an interactive session in: one tmux server per session, with its socket in the
//! temporary world, no configuration, and no way to the caller's own tmux.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::Unavailable;
use super::drive::is_over;
use crate::builders::process_start;
use crate::must::must;
use crate::process::{self, RunError};
use crate::terminal::Terminal;
use crate::wait::wait_for;
use crate::world::{Cmd, World};

/// One letter, as everything on the way to the socket: its path may have about a hundred.
const SERVER: &str = "t";
const SESSION: &str = "main";
/// The pane of the program: the first of its server.
const OWN: &str = "%0";
const WIDTH: &str = "140";
const HEIGHT: &str = "40";
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// How long tmux itself may take for a command.
const TMUX_PATIENCE: Duration = Duration::from_secs(30);
/// How long typed text may take to appear, and a client to end.
const CLIENT_PATIENCE: Duration = Duration::from_secs(60);

/// A program in a terminal of 140 by 40. Its server is ended on drop, and the program with it.
#[derive(Debug)]
pub struct Tmux {
    sockets: PathBuf,
    pid: u32,
    started: Option<u64>,
}

/// A text that was typed is in view long before.
const LOST_KEYS: Duration = Duration::from_secs(10);

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
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let end =
            squeeze(text).chars().rev().take(24).collect::<Vec<_>>().into_iter().rev().collect::<String>();
        let input = |screen: &str| squeeze(screen).rsplit('❯').next().is_some_and(|line| line.contains(&end));
        let type_it = || self.tmux(&["send-keys", "-t", OWN, "-l", "--", text]);
        type_it();
        // A client that is busy with its screen may lose a key: what it has is taken out, and typed again.
        if wait_for(LOST_KEYS, || input(&self.screen()).then_some(())).is_none() {
            self.keys(&["C-u"]);
            type_it();
            self.wait_for(input, CLIENT_PATIENCE);
        }
        self.keys(&["Enter"]);
    }

    /// Presses keys by their tmux names: `Enter`, `Escape`, `C-c`, `BTab`, `Up` ...
    #[track_caller]
    pub fn keys(&self, keys: &[&str]) {
        self.own().keys(keys);
    }

    /// What the terminal shows, without trailing blanks; empty when the program has ended.
    pub fn screen(&self) -> String {
        self.own().screen()
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
        // A zombie that nobody has reaped keeps its /proc entry.
        process_start(self.pid) == self.started && !is_over(self.pid) && {
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
    fn tmux(&self, args: &[&str]) -> String {
        let mut tmux = self.command();
        tmux.args(args);
        must(run(tmux), args.join(" "))
    }

    fn command(&self) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.env_clear()
            .env("PATH", PATH)
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("TMUX_TMPDIR", &self.sockets)
            .args(["-L", SERVER, "-f", "/dev/null"]);
        tmux
    }
}

impl Tmux {
    /// Opens another pane, beside the program or in a window of its own, and turns to it. What runs in it sees the
    /// environment of `cmd` and what tmux adds.
    #[track_caller]
    pub fn open(&self, cmd: &Cmd, window: bool) -> Pane<'_> {
        // The server would hand on the environment that it was started with.
        const CLEAN: &str = r#"exec env -i TERM="$TERM" TMUX="$TMUX" TMUX_PANE="$TMUX_PANE" "$@""#;
        let program = cmd.to_command();
        let mut tmux = self.command();
        let (how, target) = if window { ("new-window", "main:") } else { ("split-window", SESSION) };
        tmux.args([how, "-t", target, "-P", "-F", "#{pane_id}"]);
        if let Some(cwd) = program.get_current_dir() {
            tmux.arg("-c").arg(cwd);
        }
        tmux.args(["--", "sh", "-c", CLEAN, "sh"]);
        for (name, value) in program.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            let mut word = name.to_owned();
            word.push("=");
            word.push(value);
            tmux.arg(word);
        }
        tmux.arg(program.get_program()).args(program.get_args());
        let id = must(run(tmux), how).trim().to_owned();
        Pane { tmux: self, id }
    }

    /// The pane that whoever looks at the session sees and types into.
    #[track_caller]
    pub fn active(&self) -> String {
        self.tmux(&["display-message", "-p", "-t", "main:", "#{pane_id}"]).trim().to_owned()
    }

    /// The pane of the program.
    pub fn own(&self) -> Pane<'_> {
        Pane { tmux: self, id: OWN.to_owned() }
    }

    /// Looks at the session from a terminal, as a person does who attaches to it.
    #[track_caller]
    pub fn attached(&self, world: &World) -> Terminal {
        let attach = Cmd::new(world, std::path::Path::new("env"));
        let attach = attach.env("PATH", PATH).env("LANG", "C.UTF-8").env("TMUX_TMPDIR", &self.sockets);
        let terminal =
            Terminal::start(&attach.args(["tmux", "-L", SERVER, "attach-session", "-t", SESSION]), 140, 40);
        let there = || (!self.tmux(&["list-clients"]).is_empty()).then_some(());
        assert!(wait_for(TMUX_PATIENCE, there).is_some(), "nobody is attached:\n{}", terminal.screen());
        terminal
    }

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

/// A pane of a server.
#[derive(Debug)]
pub struct Pane<'t> {
    tmux: &'t Tmux,
    id: String,
}

impl Pane<'_> {
    /// What tmux calls it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Presses keys in it by their tmux names.
    #[track_caller]
    pub fn keys(&self, keys: &[&str]) {
        self.tmux.tmux(&[&["send-keys", "-t", &self.id], keys].concat());
    }

    /// What it shows, without trailing blanks; empty when it is gone.
    pub fn screen(&self) -> String {
        let mut tmux = self.tmux.command();
        tmux.args(["capture-pane", "-p", "-t", &self.id]);
        let screen = run(tmux).unwrap_or_default();
        let lines = screen.lines().map(str::trim_end).collect::<Vec<_>>();
        lines.join("\n").trim_end().to_owned()
    }

    /// Waits until it shows a text, and gives the screen.
    #[track_caller]
    pub fn shows(&self, text: &str) -> String {
        let shown = wait_for(CLIENT_PATIENCE, || Some(self.screen()).filter(|screen| screen.contains(text)));
        shown.unwrap_or_else(|| panic!("the pane never showed {text:?}:\n{}", self.screen()))
    }

    /// Keeps it open when its program ends.
    #[track_caller]
    pub fn keep(&self) {
        self.tmux.tmux(&["set-option", "-p", "-t", &self.id, "remain-on-exit", "on"]);
    }

    /// Runs another program in it.
    #[track_caller]
    pub fn respawn(&self, program: &[&str]) {
        self.tmux.tmux(&[&["respawn-pane", "-k", "-t", &self.id, "--"], program].concat());
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
