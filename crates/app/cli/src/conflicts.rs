//! Sessions that may get in each other's way: which work in one checkout, which changed one file, and under which the
//! branch was changed.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use claudectl_agents::checkout::{self, Checkout};
use claudectl_fleet::digest::Digest;
use claudectl_fleet::session::{Conflict, Session};

use crate::digests::Told;

/// Two sessions collide only if both have moved in this time.
const CONFLICT_MS: i64 = 60 * 60 * 1000;
/// Who changed a branch when no session did: a person in a terminal, most likely.
const SOMEONE: &str = "someone else";
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

/// What the transcripts of a session tell.
pub(crate) type Tells<'a> = dyn Fn(&str) -> &'a [Told] + 'a;

/// Marks sessions that are live and lately active and work in one checkout or changed one file, and those whose branch
/// is not the one they were on.
pub(crate) fn mark(sessions: &mut [Session], checkouts: &Checkouts, tells: &Tells<'_>, now: i64) {
    let mut found: Vec<(usize, Conflict)> = Vec::new();
    for ((a, b), shared) in collisions(sessions, checkouts, now) {
        for (kind, path) in shared {
            for (at, other) in [(a, b), (b, a)] {
                let with = sessions[other].id.clone();
                found.push((at, Conflict { kind, path: path.clone(), with, was: None }));
            }
        }
    }
    for at in (0..sessions.len()).filter(|&at| is_active(&sessions[at], now)) {
        found.extend(swapped(sessions, at, checkouts, tells).map(|conflict| (at, conflict)));
    }
    for (at, conflict) in found {
        sessions[at].conflicts.push(conflict);
    }
}

/// Whether the branch was changed under a session, since its last row and not by itself. Where that cannot be told,
/// nothing is said: a detached head, no log, or a command of its own that may have done it.
fn swapped(sessions: &[Session], at: usize, checkouts: &Checkouts, tells: &Tells<'_>) -> Option<Conflict> {
    let session = &sessions[at];
    let told = tells(&session.id);
    let own = &told.iter().find(|told| told.agent == 0)?.digest;
    let was = own.branch.as_deref().filter(|branch| *branch != "HEAD")?;
    let checkout = checkouts.of(own.cwd.as_deref()?)?;
    let branch = checkout.branch.as_deref().filter(|branch| *branch != was)?;
    let switches = checkout.switches_since(own.last_at?);
    let (first, last) = (switches.first()?, switches.last()?);
    if first.from != was || last.to != branch || told.iter().any(|told| may_have(&told.digest, first.at)) {
        return None;
    }
    let others = sessions.iter().enumerate().filter(|(other, session)| {
        let root = || Some(checkouts.of(session.cwd.as_deref()?)?.root);
        *other != at && root().is_some_and(|root| root == checkout.root)
    });
    // Of several that match in time, the one that began last has the least room for another cause.
    let by = others
        .filter_map(|(_, other)| Some((switched(tells(&other.id), first.at)?, other)))
        .max_by_key(|by| by.0);
    let with = match by {
        Some((_, other)) => other.id.clone(),
        // A background task of its own may have done it.
        None if !own.background.is_empty() => return None,
        None => SOMEONE.to_owned(),
    };
    Some(Conflict {
        kind: "branch",
        path: checkout.root.display().to_string(),
        with,
        was: Some(was.to_owned()),
    })
}

/// Whether a call in flight, or the last command, may have changed the branch at that moment.
fn may_have(digest: &Digest, at: i64) -> bool {
    digest.signals.ran_a_command_at(at) || digest.open.iter().any(|call| call.name.starts_with("mcp__"))
}

/// When the call began by which a session changed the branch at that moment, if it did.
fn switched(told: &[Told], at: i64) -> Option<i64> {
    let spans = told.iter().filter_map(|told| told.digest.signals.switch());
    spans.filter(|span| span.covers(at)).map(|span| span.from).max()
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
