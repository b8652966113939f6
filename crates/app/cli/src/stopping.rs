//! Ends a session: which of its processes that means, and what came of it. For the command, the dashboard and triggers.

use std::time::Duration;

use claudectl_agents::processes::{Processes, System};
use claudectl_fleet::status::Process;
use serde::Serialize;

use crate::app::App;
use crate::ending::{self, Client, Fate, How, Outcome, Role};
use crate::error::{CliError, Result};
use crate::find;
use crate::format;
use crate::gather::Wanted;
use crate::running::{self, Running};
use crate::sync::{self, LedgerArgs};
use crate::ui::clean;

/// What is to be ended, and how far that may go.
#[derive(Debug)]
pub(crate) struct Wish {
    /// As a person names it.
    pub(crate) session: String,
    /// Seconds that the client gets before it is killed.
    pub(crate) grace: u64,
    /// Also where the process is not proven to be the session's.
    pub(crate) force: bool,
    /// Of several processes this one.
    pub(crate) pid: Option<u32>,
    /// Of several processes all.
    pub(crate) all: bool,
    /// Only say what would be ended.
    pub(crate) dry_run: bool,
    pub(crate) ledger: LedgerArgs,
}

impl Wish {
    /// To end one session, known by its id, and only if its process is proven.
    pub(crate) fn of(session: &str) -> Self {
        Self {
            session: session.to_owned(),
            grace: 10,
            force: false,
            pid: None,
            all: false,
            dry_run: false,
            ledger: LedgerArgs::default(),
        }
    }
}

/// What a run did.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    session: String,
    name: Option<String>,
    pub(crate) result: &'static str,
    pub(crate) dry_run: bool,
    pub(crate) processes: Vec<Fate>,
    pub(crate) notes: Vec<String>,
}

/// Ends the session, and says what became of each process.
pub(crate) fn end(app: &App, wish: &Wish) -> Result<Report> {
    let (sid, processes) = session(app, wish)?;
    let name = processes.iter().find_map(|running| running.entry.name.clone());
    let chosen = chosen(wish, &sid, &processes)?;
    let mut report = Report {
        session: sid,
        name,
        result: "already-ended",
        dry_run: wish.dry_run,
        processes: Vec::new(),
        notes: Vec::new(),
    };
    let clients: Vec<Client> = chosen.iter().map(|running| client(app, running)).collect();
    if let Some(client) = clients.iter().find(|client| ending::runs_us(client.pid)) {
        return Err(CliError::failed("this is the session you are in")
            .why(format!("claudectl was started by its client (pid {})", client.pid))
            .fix("leave it with /exit, or run `claudectl stop` from another terminal"));
    }
    for client in &clients {
        let outcome = if wish.dry_run {
            ending::preview(client)
        } else {
            ending::end(client, Duration::from_secs(wish.grace), &app.ui)
                .map_err(|error| CliError::external("cannot wait for a process").why(error))?
        };
        report.add(outcome);
    }
    report.conclude(&clients);
    if !wish.dry_run && clients.iter().any(|client| client.job.is_some()) {
        report.look_again(app);
    }
    Ok(report)
}

/// The session that is meant, and its processes. The registry comes first, for which nothing has to be read:
/// whoever wants to stop a session is in a hurry.
fn session(app: &App, wish: &Wish) -> Result<(String, Vec<Running>)> {
    let mut fleet = running::fleet_of(app, &app.claude_roots(), running::told_lately(app)?, Wanted::All);
    let sid = match find::registered(&fleet, &wish.session)? {
        Some(sid) => sid,
        None if wish.session == "latest" || wish.session.starts_with("pid:") => {
            return Err(find::unknown(&wish.session));
        }
        None => find::session(app, &sync::ledger(app, wish.ledger)?, &wish.session)?,
    };
    let processes = fleet.remove(&sid).unwrap_or_default();
    let half = fleet.values().flatten().find(|running| running.half);
    match half {
        Some(half) if processes.is_empty() => {
            Err(CliError::failed(format!("it cannot be told whether session {sid} runs"))
                .why(format!(
                    "the registry row of pid {} is half written, and may be its own",
                    half.entry.pid
                ))
                .fix("try again in a moment; if it stays so, the disk may be full: `claudectl doctor`"))
        }
        _ => Ok((sid, processes)),
    }
}

/// The processes to end, each of them proven, or not and forced. None, if all have ended.
fn chosen<'a>(wish: &Wish, sid: &str, processes: &'a [Running]) -> Result<Vec<&'a Running>> {
    let mut living: Vec<&Running> = processes.iter().filter(|running| running.lives()).collect();
    let foreign = processes.iter().find(|running| running.process == Process::Foreign);
    if let (true, Some(foreign)) = (living.is_empty(), foreign) {
        return Err(elsewhere(sid, foreign));
    }
    if let Some(pid) = wish.pid {
        living.retain(|running| running.entry.pid == pid);
        if living.is_empty() {
            return Err(CliError::failed(format!("pid {pid} does not run session {sid}"))
                .why("its row in Claude Code's registry is not there, or the number is another process's by now")
                .fix(format!("`claudectl stop {sid} --dry-run` lists what does")));
        }
    }
    if living.len() > 1 && !wish.all {
        let pids: Vec<String> = living.iter().map(|running| told(running)).collect();
        return Err(CliError::failed(format!("{} processes run session {sid}", living.len()))
            .why(pids.join(", "))
            .fix("name one with --pid N, or end all of them with --all"));
    }
    let proven =
        |running: &Running| running.process == Process::Alive && ending::is_client(running.entry.pid);
    match living.iter().find(|running| !proven(running)) {
        Some(unproven) if !wish.force => Err(unverified(unproven)),
        _ => Ok(living),
    }
}

fn told(running: &Running) -> String {
    let tty = running.facts.as_ref().and_then(|facts| facts.tty.as_deref());
    let at = running.entry.tmux.as_deref().or(tty).unwrap_or("no terminal");
    format!("pid {} ({at})", running.entry.pid)
}

fn elsewhere(sid: &str, foreign: &Running) -> CliError {
    let domain = foreign.entry.pid_domain.as_deref().unwrap_or("unknown");
    CliError::failed(format!("session {sid} runs on another machine or in another container"))
        .why(format!("its pid {} counts in {domain}; here it is another process, or none", foreign.entry.pid))
        .fix("run `claudectl stop` there")
}

fn unverified(running: &Running) -> CliError {
    let pid = running.entry.pid;
    let name = running.facts.as_ref().map(|facts| facts.name.as_str()).unwrap_or_default();
    let why = match running.process {
        Process::Unregistered => "the client has no row in Claude Code's registry".to_owned(),
        Process::Alive => format!("the registry names it, but it runs {name}, which is no client"),
        _ => "no start time is known to tell it by".to_owned(),
    };
    CliError::failed(format!("pid {pid} is not proven to be the session's process"))
        .why(why)
        .fix(format!("look at it (`ps -fp {pid}`), then repeat with --force"))
}

/// What is needed to end it.
fn client(app: &App, running: &Running) -> Client {
    let entry = &running.entry;
    let background = entry.kind.as_deref() == Some("bg");
    let now = running.facts.as_ref().and_then(|facts| facts.start);
    let short = entry.session_id.chars().take(8).collect::<String>();
    let job =
        entry.job_id.clone().filter(|job| is_job(job)).or_else(|| Some(short).filter(|job| is_job(job)));
    let root = running.file.as_deref().and_then(|file| file.parent()?.parent());
    Client {
        pid: entry.pid,
        proven: running.process == Process::Alive,
        start: entry.proc_start.filter(|_| running.process == Process::Alive).or(now),
        job: job.filter(|_| background),
        root: root.map(std::path::Path::to_path_buf),
        home: System.client(entry.pid).and_then(|client| client.home).or_else(|| app.env.home.clone()),
    }
}

/// Cannot be taken for an option.
fn is_job(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(plain)
}

impl Report {
    fn add(&mut self, outcome: Outcome) {
        for fate in outcome.fates {
            // One client can have started the other.
            if !self.processes.iter().any(|known| known.pid == fate.pid) {
                self.processes.push(fate);
            }
        }
        self.notes.extend(outcome.notes);
    }

    fn conclude(&mut self, clients: &[Client]) {
        let ours = |fate: &&Fate| fate.role == Role::Client;
        self.result = match () {
            () if clients.is_empty() => "already-ended",
            () if self.dry_run => "would-end",
            () if self.processes.iter().any(|fate| fate.how == How::Alive) => "alive",
            () if self.processes.iter().filter(ours).all(|fate| fate.how == How::Gone) => "already-ended",
            () => "ended",
        };
    }

    /// The service behind background sessions may have started it again.
    fn look_again(&mut self, app: &App) {
        // A background session has a row in the registry, whatever hooks tell.
        let fleet = running::fleet_of(app, &app.claude_roots(), Vec::new(), Wanted::All);
        let again = fleet.get(&self.session).into_iter().flatten().find(|running| running.lives());
        if let Some(again) = again {
            self.result = "alive";
            self.notes.push(format!("it runs again, as pid {}", again.entry.pid));
        }
    }

    /// What came of it, in a line.
    pub(crate) fn told(&self) -> Result<String> {
        if self.result == "alive" { Err(self.error()) } else { Ok(self.headline()) }
    }

    pub(crate) fn headline(&self) -> String {
        let name = self.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let session = clean(&format!("{}{name}", format::short_id(&self.session)));
        match self.result {
            "already-ended" => format!("{session} has already ended; nothing was signalled."),
            "would-end" => format!("Would end {session}:"),
            "ended" => format!("Ended {session}:"),
            _ => format!("Could not end all of {session}:"),
        }
    }

    pub(crate) fn error(&self) -> CliError {
        let alive: Vec<String> = self
            .processes
            .iter()
            .filter(|fate| fate.how == How::Alive)
            .map(|fate| {
                let why = fate.error.as_deref().unwrap_or("it does not end");
                format!("pid {} ({}): {why}", fate.pid, fate.name)
            })
            .collect();
        let why = if alive.is_empty() { self.notes.join("; ") } else { alive.join("; ") };
        CliError::external(format!("session {} could not be ended", self.session)).why(why)
    }
}
