//! Which processes run which sessions.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use claudectl_agents::debug_log;
use claudectl_agents::processes::{self, Facts, Processes, System};
use claudectl_agents::registry::{self, Entry, Listing};
use claudectl_fleet::hooks::{Activity, Client};
use claudectl_fleet::status::Process;
use claudectl_store::{Store, StoreError};

use crate::app::App;
use crate::error::Result;
use crate::gather::Wanted;
use crate::ingest;
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
    /// Its row is half written: it may run any session that is not listed.
    pub(crate) half: bool,
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
    fleet_of(app, &ledger.roots, told(app, &ledger.store), wanted)
}

/// As [`fleet`], of these folders of Claude Code and what hooks told.
pub(crate) fn fleet_of(app: &App, roots: &[PathBuf], told: Told, wanted: Wanted<'_>) -> Fleet {
    let listing = registry::read(roots);
    for error in &listing.errors {
        app.ui.warn(&format!("{error}: {}", error.source));
    }
    for file in &listing.unreadable {
        app.ui.warn(&format!("{} is no registry row: {}", file.path.display(), file.reason));
    }
    let half = listing.half.clone();
    let mut rows = rows(listing);
    let told = told_by_hooks(told, roots, &rows);
    rows.extend(told);
    let mut fleet = Fleet::new();
    for mut running in unregistered(&rows, roots) {
        running.half = half.contains(&running.entry.pid);
        fleet.entry(running.entry.session_id.clone()).or_default().push(running);
    }
    for pid in half {
        let id = format!("pid:{pid}");
        let facts = System.facts(pid).filter(|facts| processes::looks_like_claude(&facts.name));
        if let (Some(facts), false) = (facts, fleet.contains_key(&id)) {
            let entry = Entry { pid, session_id: id.clone(), proc_start: facts.start, ..Entry::default() };
            let process = Process::Unregistered;
            fleet.insert(id, vec![Running { entry, file: None, process, facts: Some(facts), half: true }]);
        }
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
        Running { entry, file: Some(file), process, facts, half: false }
    };
    listing.entries.into_iter().map(row).collect()
}

/// Hooks are believed for so long without another word.
const SILENT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Sessions whose client lives, as far as hooks told lately; the one heard of last first.
pub(crate) type Told = Vec<(Client, String, Activity)>;

/// Sessions that hooks told of, from the store.
fn told(app: &App, store: &Store) -> Told {
    let living = || {
        let clients = store.clients_since(app.now.saturating_sub(SILENT_MS))?;
        let lives =
            |client: &Client| System.facts(client.pid).is_some_and(|facts| facts.start == Some(client.start));
        let mut living = Told::new();
        for (sid, client) in clients.into_iter().filter(|(_, client)| lives(client)) {
            let activity = store.activity(&sid)?;
            living.extend(activity.map(|activity| (client, sid, activity)));
        }
        Ok(living)
    };
    living().unwrap_or_else(|error: StoreError| {
        app.ui.warn(&format!("{error}: what hooks told is missing below"));
        Told::new()
    })
}

/// Sessions that hooks told of, without a pass over all transcripts.
pub(crate) fn told_lately(app: &App) -> Result<Told> {
    let home = app.env.state_dir()?;
    if !home.join("state.db").exists() {
        return Ok(Told::new());
    }
    Ok(told(app, &ingest::told(app, &home)?))
}

/// Clients without a row in the registry whose hooks say which session they run: those that are older than
/// the registry. Of one client the session that was told of last counts, as it runs one at a time.
///
/// That it called our hook is no proof that it is the session's client: it is shown, and not acted upon.
fn told_by_hooks(told: Told, roots: &[PathBuf], rows: &[Running]) -> Vec<Running> {
    let registered: Vec<&Entry> = rows.iter().filter(|row| row.lives()).map(|row| &row.entry).collect();
    let mut clients: HashSet<u32> = registered.iter().map(|entry| entry.pid).collect();
    let mut found = Vec::new();
    for (client, sid, activity) in told {
        // Where the registry knows the session's client, whoever else called is none.
        let known = registered.iter().any(|entry| entry.session_id == sid);
        if known || !ours(&activity, roots) || !clients.insert(client.pid) {
            continue;
        }
        let is_client =
            |facts: &Facts| facts.start == Some(client.start) && processes::looks_like_claude(&facts.name);
        let Some(facts) = System.facts(client.pid).filter(is_client) else { continue };
        let entry = Entry {
            pid: client.pid,
            session_id: sid,
            cwd: activity.cwd,
            proc_start: Some(client.start),
            ..Entry::default()
        };
        found.push(Running {
            entry,
            process: Process::Unverified,
            facts: Some(facts),
            file: None,
            half: false,
        });
    }
    found
}

/// Its transcript stands in one of our folders.
fn ours(activity: &Activity, roots: &[PathBuf]) -> bool {
    let transcript = activity.transcript.as_deref().map(Path::new);
    transcript.is_some_and(|path| roots.iter().any(|root| path.starts_with(root)))
}

/// Clients of our folders without a row.
fn unregistered(rows: &[Running], roots: &[PathBuf]) -> Vec<Running> {
    let registered: Vec<u32> =
        rows.iter().filter(|running| running.lives()).map(|running| running.entry.pid).collect();
    let found = processes::unregistered(&registered, roots, &System);
    if found.ours.is_empty() {
        return Vec::new();
    }
    let table = System.table();
    let client = |client: processes::Client| {
        let facts = System.facts(client.pid)?;
        let started = table.started_at(client.pid);
        let logged = |root: &PathBuf| debug_log::session_of(root, client.pid, started?);
        let session = roots.iter().find_map(logged);
        let entry = Entry {
            pid: client.pid,
            cwd: client.cwd.map(|cwd| cwd.display().to_string()),
            proc_start: facts.start,
            started_at: started,
            session_id: session.clone().unwrap_or_else(|| format!("pid:{}", client.pid)),
            ..Entry::default()
        };
        // A log's words are no proof, either.
        let process = if session.is_some() { Process::Unverified } else { Process::Unregistered };
        Some(Running { entry, file: None, process, facts: Some(facts), half: false })
    };
    found.ours.into_iter().filter_map(client).collect()
}
