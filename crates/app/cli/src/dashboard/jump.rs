//! To the terminal of a session: the pane that is proven to be its own, or a word about where it is.
//!
//! Nothing is typed anywhere. A pane is the session's when the client's process, known by its start time, has that
//! pane's terminal and stands below the program that tmux started in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use claudectl_agents::answer::{Limits, answer};
use claudectl_agents::processes::{Processes, System, Table};
use claudectl_fleet::status::Process;
use claudectl_tui::{Level, Reply};
use serde_json::{Value, json};

use crate::app::App;
use crate::env::Env;
use crate::format;
use crate::gather::Wanted;
use crate::running::{self, Running};

/// Where a session shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a pane of tmux.
    Pane { socket: PathBuf, pane: String },
    /// Nowhere, until a program of Claude Code's attaches to it.
    Job { job: String, root: Option<PathBuf> },
    /// Elsewhere: in words.
    Elsewhere(String),
}

impl Place {
    /// For people.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Pane { socket, pane } => format!("it shows in pane {pane} of tmux ({})", socket.display()),
            Self::Job { job, .. } => format!("it runs in the background: `claude attach {job}` shows it"),
            Self::Elsewhere(text) => text.clone(),
        }
    }

    /// For programs.
    pub(crate) fn json(&self, session: &str) -> Value {
        let (kind, pane, socket, job) = match self {
            Self::Pane { socket, pane } => ("tmux", Some(pane), Some(socket.display().to_string()), None),
            Self::Job { job, .. } => ("background", None, None, Some(job)),
            Self::Elsewhere(_) => ("elsewhere", None, None, None),
        };
        json!({ "session": session, "place": kind, "pane": pane, "socket": socket, "job": job, "text": self.text() })
    }
}

/// Goes to a session, or says where it is.
pub(super) fn to(app: &App, session: &str) -> Reply {
    match place(app, session) {
        Place::Elsewhere(text) => Reply::Say(Level::Notice, text),
        here if is_here(app, &here) => match switch(app, &here) {
            Ok(()) => Reply::Nothing,
            Err(why) => Reply::Say(Level::Alarm, why),
        },
        there => match command(app, there) {
            Some(command) => Reply::Foreground(command),
            None => Reply::Say(Level::Notice, "there is no way to it from here".to_owned()),
        },
    }
}

/// The session shows in the tmux that we run in: the client only has to turn to it.
pub(crate) fn is_here(app: &App, place: &Place) -> bool {
    matches!(place, Place::Pane { socket, .. } if app.env.tmux_socket.as_ref() == Some(socket))
}

/// Turns our client of tmux to the session's pane.
pub(crate) fn switch(app: &App, place: &Place) -> Result<(), String> {
    let Place::Pane { socket, pane } = place else { return Ok(()) };
    let mut switch = tmux(&app.env, socket);
    match answer(switch.args(["switch-client", "-t", pane]), LIMITS) {
        Ok(said) if said.status.success() => Ok(()),
        Ok(said) => Err(format!("tmux says: {}", said.first_complaint().as_deref().unwrap_or("nothing"))),
        Err(why) => Err(format!("tmux: {why}")),
    }
}

/// The program that shows a session in this terminal.
pub(crate) fn command(app: &App, place: Place) -> Option<Command> {
    match place {
        Place::Pane { socket, pane } => {
            let mut command = tmux(&app.env, &socket);
            // Within another server's pane, tmux would refuse.
            command.args(["attach-session", "-t", &pane]).env_remove("TMUX");
            Some(command)
        }
        Place::Job { job, root } => {
            let mut command = Command::new("claude");
            command.args(["attach", &job]);
            if let Some(root) = root {
                command.env("CLAUDE_CONFIG_DIR", root);
            }
            Some(command)
        }
        Place::Elsewhere(_) => None,
    }
}

/// Where a session shows.
pub(crate) fn place(app: &App, session: &str) -> Place {
    let told = running::told_lately(app).unwrap_or_default();
    let mut fleet = running::fleet_of(app, &app.claude_roots(), told, Wanted::All);
    let processes = fleet.remove(session).unwrap_or_default();
    let Some(running) = processes.into_iter().find(Running::lives) else {
        let short = format::short_id(session);
        return Place::Elsewhere(format!(
            "{short} does not run: `claude --resume {session}` takes it up again"
        ));
    };
    let entry = &running.entry;
    if entry.kind.as_deref() == Some("bg") {
        let short: String = entry.session_id.chars().take(8).collect();
        let job = entry.job_id.clone().unwrap_or(short);
        let root = running.file.as_deref().and_then(|file| file.parent()?.parent()).map(Path::to_path_buf);
        return Place::Job { job, root };
    }
    let tty = running.facts.as_ref().and_then(|facts| facts.tty.clone());
    let proven = matches!(running.process, Process::Alive);
    let table = System.table();
    let Some(tty) = &tty else { return Place::Elsewhere(elsewhere(&running, None, &table)) };
    let shows = |socket: PathBuf| {
        let pane = pane_of(&panes(&app.env, &socket), tty, entry.pid, &table)?;
        Some((socket, pane))
    };
    match sockets(&app.env).into_iter().find_map(shows) {
        Some((socket, pane)) if proven => Place::Pane { socket, pane },
        // Whoever is sent there may type what is meant for another.
        Some((_, pane)) => Place::Elsewhere(format!(
            "it seems to run in pane {pane} of tmux ({tty}, pid {}): go there yourself, nothing proves that it is this \
             session's",
            entry.pid
        )),
        None => Place::Elsewhere(elsewhere(&running, Some(tty), &table)),
    }
}

/// In words: the terminal, and the program that shows it.
fn elsewhere(running: &Running, tty: Option<&str>, table: &Table) -> String {
    let pid = running.entry.pid;
    let shows = table.ancestors(pid).into_iter().filter_map(|above| table.node(above)).find(|node| {
        let name = node.name.to_lowercase();
        SHOWS.iter().any(|known| name.contains(known))
    });
    let shows = shows.map(|node| format!(", shown by {} (pid {})", node.name, node.pid)).unwrap_or_default();
    match tty {
        Some(tty) => format!("it runs in {tty} as pid {pid}{shows}: there is no way there from here"),
        None => format!("it runs as pid {pid} without a terminal{shows}"),
    }
}

/// What shows terminals, by parts of their programs' names.
const SHOWS: &[&str] = &[
    "alacritty",
    "code",
    "cursor",
    "foot",
    "ghostty",
    "gnome-terminal",
    "idea",
    "iterm",
    "kitty",
    "konsole",
    "screen",
    "sshd",
    "terminal",
    "tilix",
    "warp",
    "wezterm",
    "xterm",
    "zed",
    "zellij",
];

/// A pane: its id, its terminal without `/dev/`, and the program that was started in it.
type Pane = (String, String, u32);

/// The pane of a process.
fn pane_of(panes: &[Pane], tty: &str, pid: u32, table: &Table) -> Option<String> {
    let above = table.ancestors(pid);
    let own =
        panes.iter().find(|(_, terminal, first)| terminal == tty && (*first == pid || above.contains(first)));
    own.map(|(pane, ..)| pane.clone())
}

/// The servers of tmux that may be asked: the one we run in, and those of the person.
fn sockets(env: &Env) -> Vec<PathBuf> {
    let mut sockets: Vec<PathBuf> = env.tmux_socket.clone().into_iter().collect();
    let folder = env.tmux_folder.clone().unwrap_or_else(|| PathBuf::from("/tmp"));
    let folder = folder.join(format!("tmux-{}", rustix::process::getuid().as_raw()));
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    found.sort();
    found.retain(|socket| !sockets.contains(socket));
    sockets.extend(found);
    sockets
}

fn tmux(env: &Env, socket: &Path) -> Command {
    let mut command = Command::new("tmux");
    // What the person's own shell would find.
    if let Some(path) = &env.search_path {
        command.env("PATH", path);
    }
    command.args([OsString::from("-S"), socket.as_os_str().to_owned()]);
    command
}

fn panes(env: &Env, socket: &Path) -> Vec<Pane> {
    // Blanks, because outside UTF-8 it writes another sign for a tab.
    let format = "#{pane_id} #{pane_tty} #{pane_pid}";
    let listed = answer(tmux(env, socket).args(["list-panes", "-a", "-F", format]), LIMITS);
    listed.map_or_else(|_| Vec::new(), |said| parse(&String::from_utf8_lossy(&said.output)))
}

/// A server that has not answered for so long does not answer; no person has so many panes.
const LIMITS: Limits = Limits { time: Duration::from_secs(1), output: 1 << 20, complaint: 4 << 10 };

fn parse(listing: &str) -> Vec<Pane> {
    let pane = |line: &str| {
        let mut fields = line.split(' ');
        let (pane, terminal, pid) = (fields.next()?, fields.next()?, fields.next()?);
        let terminal = terminal.strip_prefix("/dev/").unwrap_or(terminal);
        Some((pane.to_owned(), terminal.to_owned(), pid.trim().parse().ok()?))
    };
    listing.lines().filter_map(pane).collect()
}

#[cfg(test)]
mod tests {
    use claudectl_agents::processes::Node;

    use super::*;

    fn table() -> Table {
        let node = |pid, parent| Node { pid, parent, ..Node::default() };
        // 10 is a shell in a pane, 20 the client below it, 30 a shell elsewhere with 40 below it.
        Table::new([node(10, 1), node(20, 10), node(30, 1), node(40, 30)], None, 100)
    }

    #[test]
    fn a_pane_is_a_sessions_by_its_terminal_and_by_what_was_started_in_it() {
        let panes = parse("%1 /dev/pts/1 10\n%2 /dev/pts/11 30\nnonsense\n%3 /dev/pts/1 x\n");
        assert_eq!(panes.len(), 2);
        let pane = |tty, pid| pane_of(&panes, tty, pid, &table());
        assert_eq!(pane("pts/1", 20).as_deref(), Some("%1"));
        assert_eq!(pane("pts/1", 10).as_deref(), Some("%1"), "the client itself was started in the pane");
        assert_eq!(pane("pts/11", 20), None, "another pane's terminal");
        assert_eq!(pane("pts/1", 40), None, "its terminal, but another pane's program");
        assert_eq!(pane("", 20), None, "no terminal is no part of any");
    }
}
