//! Sessions that may get in each other's way: which work in one checkout, and which changed one file.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use claudectl_agents::checkout::{self, Checkout};
use claudectl_fleet::session::{Conflict, Session};

/// Two sessions collide only if both have moved in this time.
const CONFLICT_MS: i64 = 60 * 60 * 1000;
/// So many files that two sessions share are named.
const MAX_SHARED: usize = 5;

/// Checkouts by folder, each looked for once: many sessions work in one.
#[derive(Debug, Default)]
pub(crate) struct Checkouts(RefCell<HashMap<String, Option<Checkout>>>);

impl Checkouts {
    pub(crate) fn of(&self, folder: &str) -> Option<Checkout> {
        if let Some(known) = self.0.borrow().get(folder) {
            return known.clone();
        }
        let found = checkout::of(Path::new(folder));
        self.0.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }
}

/// Marks sessions that are live and lately active and work in one checkout or changed one file.
pub(crate) fn mark(sessions: &mut [Session], checkouts: &Checkouts, now: i64) {
    let mut found: Vec<(usize, Conflict)> = Vec::new();
    for ((a, b), shared) in collisions(sessions, checkouts, now) {
        for (kind, path) in shared {
            for (at, other) in [(a, b), (b, a)] {
                let with = sessions[other].id.clone();
                found.push((at, Conflict { kind, path: path.clone(), with }));
            }
        }
    }
    for (at, conflict) in found {
        sessions[at].conflicts.push(conflict);
    }
}

type Shared = Vec<(&'static str, String)>;

/// Pairs of sessions, and what they share: the checkout first.
fn collisions(sessions: &[Session], checkouts: &Checkouts, now: i64) -> BTreeMap<(usize, usize), Shared> {
    let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, session) in sessions.iter().enumerate().filter(|(_, session)| is_active(session, now)) {
        if let Some(cwd) = &session.cwd {
            let root = checkouts.of(cwd).map(|checkout| checkout.root.display().to_string());
            folders.entry(root.unwrap_or_else(|| cwd.clone())).or_default().push(at);
        }
        for file in session.files_modified.iter().flat_map(BTreeMap::keys) {
            files.entry(file).or_default().push(at);
        }
    }
    let mut pairs: BTreeMap<(usize, usize), Shared> = BTreeMap::new();
    for (folder, members) in &folders {
        for pair in each_two(members) {
            pairs.entry(pair).or_default().push(("worktree", folder.clone()));
        }
    }
    for (file, members) in &files {
        for pair in each_two(members) {
            let shared = pairs.entry(pair).or_default();
            if shared.iter().filter(|(kind, _)| *kind == "file").count() < MAX_SHARED {
                shared.push(("file", (*file).to_owned()));
            }
        }
    }
    pairs
}

fn is_active(session: &Session, now: i64) -> bool {
    let moved = session.last_activity_at.unwrap_or(i64::MIN);
    session.pid.is_some() && now.saturating_sub(moved) <= CONFLICT_MS
}

fn each_two(members: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    members.iter().enumerate().flat_map(|(n, &a)| members[n + 1..].iter().map(move |&b| (a, b)))
}
