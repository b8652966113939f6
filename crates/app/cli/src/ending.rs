//! Ends the process of a session, and what it has started.
//!
//! Owns the order of things: the client is asked first, so that it runs its hooks and leaves its registry
//! tidy; what it had started is looked at afterwards, because most of that ends with it. Nothing is signalled
//! that is not held, or whose start time was not compared just before.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use claudectl_agents::held::{self, Held, Sent, Signal};
use claudectl_agents::processes::{Node, Processes, System, Table, looks_like_claude};
use serde::Serialize;

use crate::ui::Ui;

/// What a session has started may take so long to end when asked.
const OTHERS_GRACE: Duration = Duration::from_secs(3);
/// A killed process is gone at once, unless the kernel holds it.
const KILL_GRACE: Duration = Duration::from_secs(5);
/// Claude Code's own `stop` gets at least so long: cut off, it would leave a service that is half told.
const HOST_GRACE: Duration = Duration::from_secs(5);
/// What Claude Code's own commands are found with. Ours may have been set by anybody.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    /// It does not run any more, and we had no part in it.
    Gone,
    /// By Claude Code's own `stop`.
    Host,
    /// When asked (TERM).
    Asked,
    /// It did not end when asked (KILL).
    Killed,
    /// It still runs.
    Alive,
}

/// What a process is to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// The client itself.
    Client,
    /// Started by it.
    Started,
}

/// What became of a process.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fate {
    pub(crate) pid: u32,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// `Alive` in a dry run, too.
    pub(crate) how: How,
    /// What the system says where it cannot be signalled.
    pub(crate) error: Option<String>,
}

impl Fate {
    fn new(node: &Node, role: Role) -> Self {
        Self { pid: node.pid, name: node.name.clone(), role, how: How::Alive, error: None }
    }
}

/// The process of a session.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) pid: u32,
    /// The registry names it by its start time. Otherwise it has to look like a client.
    pub(crate) proven: bool,
    pub(crate) start: Option<u64>,
    /// The job that Claude Code's own `stop` knows it by.
    pub(crate) job: Option<String>,
    /// The configuration folder that its row stands in.
    pub(crate) root: Option<PathBuf>,
    pub(crate) home: Option<PathBuf>,
}

/// What became of a session's processes, the client first.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) fates: Vec<Fate>,
    pub(crate) notes: Vec<String>,
}

/// The processes that would be ended, none of which is touched.
pub(crate) fn preview(client: &Client) -> Outcome {
    let table = System.table();
    let known = Node { pid: client.pid, start: client.start, ..Node::default() };
    let node = table.node(client.pid).unwrap_or(&known);
    let started = table.belongings(client.pid, &ourselves(&table)).into_iter();
    let fates = started.map(|node| Fate::new(node, Role::Started));
    Outcome {
        fates: std::iter::once(Fate::new(node, Role::Client)).chain(fates).collect(),
        notes: Vec::new(),
    }
}

/// Ends a client and what it has started. Waits for the client up to `grace`.
pub(crate) fn end(client: &Client, grace: Duration, ui: &Ui) -> std::io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let known = Node { pid: client.pid, start: client.start, ..Node::default() };
    let held = Held::take(client.pid, client.start).filter(|held| client.proven || is_client(held.pid()));
    let Some(held) = held else {
        outcome.fates.push(Fate { how: How::Gone, ..Fate::new(&known, Role::Client) });
        return Ok(outcome);
    };
    let table = System.table();
    let mut fate = Fate::new(table.node(client.pid).unwrap_or(&known), Role::Client);
    let mut started = Started::of(&table, client.pid);
    let waiting = Waiting { ui, what: format!("pid {}", client.pid), most: grace };
    let held = [held];
    if let Some(job) = &client.job {
        match host_stop(client, &held, job, &waiting) {
            Ok(()) => fate.how = How::Host,
            Err(why) => outcome.notes.push(format!("Claude Code's own `stop {job}` did not end it ({why})")),
        }
    }
    if fate.how == How::Alive {
        fate = ask(fate, &held, &waiting)?;
    }
    if fate.how == How::Alive && fate.error.is_none() {
        // It has had its time; what it started meanwhile is no hook that is to have its own.
        started.grow(&System.table(), &[client.pid]);
        fate = kill(fate, &held)?;
    }
    let lives = fate.how == How::Alive;
    outcome.fates.push(fate);
    // A client that goes on is left with what it has: half of it is no good to anybody.
    outcome.fates.extend(if lives { started.untouched() } else { started.end(ui)? });
    Ok(outcome)
}

/// Whether a process runs Claude Code, as far as the process table can tell.
pub(crate) fn is_client(pid: u32) -> bool {
    let named = System.facts(pid).is_some_and(|facts| looks_like_claude(&facts.name));
    named || System.claude_pids().contains(&pid)
}

fn ask(mut fate: Fate, held: &[Held; 1], waiting: &Waiting<'_>) -> std::io::Result<Fate> {
    match request(&held[0]) {
        Ok(Sent::Gone) => fate.how = How::Gone,
        Ok(Sent::Yes) if waiting.all(held)? => fate.how = How::Asked,
        Ok(Sent::Yes) => {}
        Err(error) => fate.error = Some(error.to_string()),
    }
    Ok(fate)
}

fn kill(mut fate: Fate, held: &[Held; 1]) -> std::io::Result<Fate> {
    match force(&held[0]) {
        // Between the last look and now it has done as it was asked.
        Ok(Sent::Gone) => fate.how = How::Asked,
        Ok(Sent::Yes) if held::wait_all(held, KILL_GRACE, |_| ())? => fate.how = How::Killed,
        Ok(Sent::Yes) => fate.error = Some("the kernel does not let it go".to_owned()),
        Err(error) => fate.error = Some(error.to_string()),
    }
    Ok(fate)
}

/// Asks a process to end. A stopped one hears of it only when it goes on.
fn request(held: &Held) -> std::io::Result<Sent> {
    let sent = held.signal(Signal::TERM)?;
    tracing::info!(pid = held.pid(), ?sent, "asked to end");
    let stopped = held.facts().is_some_and(|facts| facts.stopped);
    if sent == Sent::Yes && stopped {
        return held.signal(Signal::CONT);
    }
    Ok(sent)
}

fn force(held: &Held) -> std::io::Result<Sent> {
    let sent = held.signal(Signal::KILL)?;
    tracing::info!(pid = held.pid(), ?sent, "killed");
    Ok(sent)
}

/// Ourselves and whoever started us: never touched.
fn ourselves(table: &Table) -> Vec<u32> {
    let own = std::process::id();
    let mut spare = table.ancestors(own);
    spare.push(own);
    spare
}

/// Whether we descend from this process.
pub(crate) fn runs_us(pid: u32) -> bool {
    ourselves(&System.table()).contains(&pid)
}

/// What a client has started.
struct Started(Vec<Node>);

impl Started {
    fn of(table: &Table, pid: u32) -> Self {
        Self(table.belongings(pid, &ourselves(table)).into_iter().cloned().collect())
    }

    /// Takes in what these and those that are known and live have started since.
    fn grow(&mut self, table: &Table, pids: &[u32]) {
        let spare = ourselves(table);
        let lives = |known: &Node| table.node(known.pid).is_some_and(|node| node.start == known.start);
        let living = self.0.iter().filter(|known| lives(known)).map(|known| known.pid);
        let roots: Vec<u32> = living.chain(pids.iter().copied()).collect();
        for node in roots.into_iter().flat_map(|pid| table.belongings(pid, &spare)) {
            if !self.0.iter().any(|known| (known.pid, known.start) == (node.pid, node.start))
                && !pids.contains(&node.pid)
            {
                self.0.push(node.clone());
            }
        }
    }

    fn untouched(self) -> Vec<Fate> {
        self.0.iter().map(|node| Fate::new(node, Role::Started)).collect()
    }

    /// Ends whoever still lives: asked first, then killed.
    fn end(mut self, ui: &Ui) -> std::io::Result<Vec<Fate>> {
        let mut asked = Vec::new();
        self.grow(&System.table(), &[]);
        let living = self.held();
        let mut errors = signal_each(&living, |held| {
            asked.push(held.pid());
            request(held)
        });
        let waiting = Waiting { ui, what: "what it has started".to_owned(), most: OTHERS_GRACE };
        waiting.all(&living)?;
        self.grow(&System.table(), &[]);
        let living = self.held();
        let killed: Vec<u32> = living.iter().map(Held::pid).collect();
        errors.extend(signal_each(&living, force));
        held::wait_all(&living, KILL_GRACE, |_| ())?;
        let fate = |node: &Node| {
            let alive = Held::take(node.pid, node.start).is_some();
            let how = match node.pid {
                _ if alive => How::Alive,
                pid if killed.contains(&pid) => How::Killed,
                pid if asked.contains(&pid) => How::Asked,
                _ => How::Gone,
            };
            let error = errors.iter().rev().find(|(pid, _)| alive && *pid == node.pid);
            Fate { how, error: error.map(|(_, why)| why.clone()), ..Fate::new(node, Role::Started) }
        };
        Ok(self.0.iter().map(fate).collect())
    }

    fn held(&self) -> Vec<Held> {
        self.0.iter().filter_map(|node| Held::take(node.pid, node.start)).collect()
    }
}

/// Signals each; those that could not be, with what the system says.
fn signal_each(all: &[Held], mut signal: impl FnMut(&Held) -> std::io::Result<Sent>) -> Vec<(u32, String)> {
    all.iter().filter_map(|held| Some((held.pid(), signal(held).err()?.to_string()))).collect()
}

/// Lets the client's own program stop the session: the service behind background sessions might start it
/// again if it only died.
fn host_stop(client: &Client, held: &[Held; 1], job: &str, waiting: &Waiting<'_>) -> Result<(), String> {
    let program = held[0].program().ok_or("its program cannot be told")?;
    let mut command = Command::new(program);
    command.args(["stop", job]).env_clear().env("PATH", PATH);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(home) = &client.home {
        command.env("HOME", home).current_dir(home);
    }
    if let Some(root) = client.root.as_deref().filter(|root| !is_default(root, client.home.as_deref())) {
        command.env("CLAUDE_CONFIG_DIR", root);
    }
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    tracing::info!(pid = client.pid, job, "stopped by Claude Code");
    let own: Vec<Held> = Held::take(child.id(), None).into_iter().collect();
    let patient = Waiting { what: format!("`stop {job}`"), most: waiting.most.max(HOST_GRACE), ..*waiting };
    let ended = patient.all(&own).map_err(|error| error.to_string())?;
    if !ended {
        child.kill().map_err(|error| error.to_string())?;
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match (ended, status.success()) {
        (false, _) => Err("it did not come back".to_owned()),
        (true, false) => Err(status.to_string()),
        (true, true) if waiting.all(held).map_err(|error| error.to_string())? => Ok(()),
        (true, true) => Err("it said it had, and the process lives".to_owned()),
    }
}

/// The folder that Claude Code uses when none is named.
fn is_default(root: &Path, home: Option<&Path>) -> bool {
    home.is_some_and(|home| root == home.join(".claude"))
}

/// A wait that is shown on a terminal once it has taken a second.
struct Waiting<'a> {
    ui: &'a Ui,
    what: String,
    most: Duration,
}

impl Waiting<'_> {
    fn all(&self, held: &[Held]) -> std::io::Result<bool> {
        let mut bar = None;
        let ended = held::wait_all(held, self.most, |passed| {
            if self.ui.live && passed >= Duration::from_secs(1) {
                let bar = bar.get_or_insert_with(indicatif::ProgressBar::new_spinner);
                let (passed, most) = (passed.as_secs(), self.most.as_secs());
                bar.set_message(format!("waiting for {} to end: {passed} s of {most} s", self.what));
                bar.tick();
            }
        });
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        ended
    }
}
