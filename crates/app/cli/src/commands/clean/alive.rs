//! Who may be using a session now. Whatever is not certain counts as use.

use std::collections::HashMap;

use claudectl_agents::jobs::{self, Job};
use claudectl_agents::{registry, walk};
use claudectl_fleet::status::Process;
use claudectl_store::sessions::SessionRow;

use crate::app::App;
use crate::gather::Wanted;
use crate::running::{self, Running};
use crate::sync::Ledger;

/// The sessions that are in use, or may be.
#[derive(Debug, Default)]
pub(crate) struct Alive {
    /// By id: who uses it.
    sessions: HashMap<String, String>,
    /// Folders that clients work in of which nobody can tell which session they run.
    folders: Vec<(String, String)>,
    /// Background sessions.
    jobs: Vec<Job>,
    /// Why any session at all may be in use.
    any: Option<String>,
}

impl Alive {
    /// As things stand at this moment.
    pub(crate) fn now(app: &App, ledger: &Ledger) -> Self {
        let mut alive = Self { jobs: jobs::open(&ledger.roots), ..Self::default() };
        let listing = registry::read(&ledger.roots);
        if let Some(error) = listing.errors.first() {
            alive.any = Some(format!("{error}: whether a client runs it cannot be told"));
        } else if let Some(row) = listing.unreadable.first() {
            alive.any =
                Some(format!("{} is no registry row: its client may run any session", row.path.display()));
        }
        for (sid, processes) in running::fleet(app, ledger, Wanted::All) {
            for running in processes.iter().filter(|running| running.process != Process::Dead) {
                alive.add(&sid, running);
            }
        }
        alive
    }

    fn add(&mut self, sid: &str, running: &Running) {
        let pid = running.entry.pid;
        if running.half {
            self.any =
                Some(format!("the registry row of process {pid} is half written: it may run any session"));
        }
        if !sid.starts_with("pid:") {
            self.sessions.insert(sid.to_owned(), format!("process {pid} runs it"));
            return;
        }
        let who = format!("process {pid}, a client without a row in the registry, may run it");
        match &running.entry.cwd {
            Some(cwd) => self.folders.push((cwd.clone(), who)),
            None => self.any = Some(who),
        }
    }

    /// Who uses a session, or may; `project` is its folder's name below `projects/`.
    pub(crate) fn uses(&self, sid: &str, row: Option<&SessionRow>, project: &str) -> Option<String> {
        if let Some(who) = self.sessions.get(sid) {
            return Some(who.clone());
        }
        if let Some(job) = self.jobs.iter().find(|job| job.may_be(sid)) {
            return Some(format!("a background session ({}, {}) may go on with it", job.short, job.state));
        }
        let in_folder = |cwd: &String| {
            let its = [row.and_then(|row| row.first_cwd.as_ref()), row.and_then(|row| row.cwd.as_ref())];
            its.into_iter().flatten().any(|own| own == cwd)
                || walk::likely_project(cwd).is_none_or(|likely| likely == project)
        };
        let there = self.folders.iter().find(|(cwd, _)| in_folder(cwd));
        there.map(|(_, who)| who.clone()).or_else(|| self.any.clone())
    }
}
