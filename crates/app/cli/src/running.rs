//! Which processes run which sessions.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::PathBuf;

use claudectl_agents::processes::{self, Facts, Processes, System};
use claudectl_agents::registry::{self, Entry, Listing};
use claudectl_fleet::status::Process;

use crate::app::App;
use crate::gather::Wanted;
use crate::sync::Ledger;

/// A crashed session is still listed for so long.
const CRASHED_MS: i64 = 24 * 60 * 60 * 1000;

/// A session's place in the registry, and its process.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) entry: Entry,
    /// The file of its row; `None` for a client without one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) process: Process,
    pub(crate) facts: Option<Facts>,
}

impl Running {
    /// It can be looked at from here, and lives.
    pub(crate) fn lives(&self) -> bool {
        matches!(self.process, Process::Alive | Process::Unverified | Process::Unregistered)
    }
}

/// Processes by session, the latest started first: a session may be resumed while it is open elsewhere.
/// One that is gone counts only where no other is there. A client without a session stands under
/// `pid:N`.
pub(crate) type Fleet = HashMap<String, Vec<Running>>;

/// Reads the registry and looks for clients that are not in it.
pub(crate) fn fleet(app: &App, ledger: &Ledger, wanted: Wanted<'_>) -> Fleet {
    fleet_of(app, &ledger.roots, wanted)
}

/// As [`fleet`], of these folders of Claude Code.
pub(crate) fn fleet_of(app: &App, roots: &[PathBuf], wanted: Wanted<'_>) -> Fleet {
    let listing = registry::read(roots);
    for error in &listing.errors {
        app.ui.warn(&format!("{error}: {}", error.source));
    }
    for file in &listing.unreadable {
        app.ui.warn(&format!("{} is no registry row: {}", file.path.display(), file.reason));
    }
    let rows = rows(listing);
    let mut fleet = Fleet::new();
    for running in unregistered(&rows, roots) {
        fleet.entry(running.entry.session_id.clone()).or_default().push(running);
    }
    for running in rows.into_iter().filter(|running| running.entry.is_session()) {
        let moved = running.entry.evidence().changed_at.or(running.entry.started_at).unwrap_or(0);
        let crashed = running.process == Process::Dead;
        if crashed && wanted == Wanted::Live && app.now.saturating_sub(moved) > CRASHED_MS {
            continue;
        }
        fleet.entry(running.entry.session_id.clone()).or_default().push(running);
    }
    for processes in fleet.values_mut() {
        processes
            .sort_by_key(|running| (running.process == Process::Dead, Reverse(running.entry.started_at)));
        let living = processes.iter().filter(|running| running.process != Process::Dead).count();
        processes.truncate(living.max(1));
    }
    fleet
}

fn rows(listing: Listing) -> Vec<Running> {
    let row = |(file, entry): (PathBuf, Entry)| {
        let (process, facts) = processes::liveness(&entry, &System);
        Running { entry, file: Some(file), process, facts }
    };
    listing.entries.into_iter().map(row).collect()
}

/// Clients of our folders without a row.
fn unregistered(rows: &[Running], roots: &[PathBuf]) -> Vec<Running> {
    let registered: Vec<u32> =
        rows.iter().filter(|running| running.lives()).map(|running| running.entry.pid).collect();
    let found = processes::unregistered(&registered, roots, &System);
    let client = |client: processes::Client| {
        let facts = System.facts(client.pid)?;
        let entry = Entry {
            pid: client.pid,
            session_id: format!("pid:{}", client.pid),
            cwd: client.cwd.map(|cwd| cwd.display().to_string()),
            ..Entry::default()
        };
        Some(Running { entry, file: None, process: Process::Unregistered, facts: Some(facts) })
    };
    found.ours.into_iter().filter_map(client).collect()
}
