//! Sessions that may get in each other's way: which work in one checkout, which changed one file, and under which the
//! branch was changed.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use claudectl_agents::checkout::{self, Checkout};
use claudectl_agents::real;
use claudectl_fleet::digest::Digest;
use claudectl_fleet::session::{Conflict, Session};

use crate::digests::Told;
use crate::gather;

/// Two sessions collide only if both have moved in this time.
const CONFLICT_MS: i64 = 60 * 60 * 1000;
/// Who changed a branch when no session did: a person in a terminal, most likely.
const SOMEONE: &str = "someone else";
/// So many conflicts of one kind are named of a session; of the rest it is said how many there are. A thousand
/// sessions in one checkout make half a million pairs, which nobody reads.
const MAX_NAMED: usize = 5;

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
/// is not the one they were on. A plain folder, which is no repository, is no checkout: there, only files count.
pub(crate) fn mark(sessions: &mut [Session], checkouts: &Checkouts, tells: &Tells<'_>, now: i64) {
    let meetings = Meetings::of(sessions, checkouts, tells, now);
    let switchers: Vec<usize> = (0..sessions.len())
        .filter(|&at| tells(&sessions[at].id).iter().any(|told| told.digest.signals.switch().is_some()))
        .collect();
    let found: Vec<(usize, Vec<Conflict>)> = meetings
        .active
        .iter()
        .map(|&at| {
            let met = meetings.conflicts(sessions, at).into_iter();
            (at, met.chain(swapped(sessions, at, &switchers, checkouts, tells)).collect())
        })
        .collect();
    for (at, conflicts) in found {
        sessions[at].conflicts.extend(conflicts);
    }
}

/// Whether the branch was changed under a session, since its last row and not by itself. Where that cannot be told,
/// nothing is said: a detached head, no log, or a command of its own that may have done it. What was changed before its
/// client was started, the client found so.
fn swapped(
    sessions: &[Session],
    at: usize,
    switchers: &[usize],
    checkouts: &Checkouts,
    tells: &Tells<'_>,
) -> Option<Conflict> {
    let session = &sessions[at];
    let told = tells(&session.id);
    let own = &told.iter().find(|told| told.agent == 0)?.digest;
    let told_last = own.branch.as_deref().filter(gather::is_branch)?;
    let checkout = checkouts.of(own.cwd.as_deref()?)?;
    let branch = checkout.branch.as_deref().filter(|branch| *branch != told_last)?;
    let switches = checkout.switches_since(own.last_at?);
    let started = session.started_at.unwrap_or(i64::MIN);
    let (before, switches) = switches.split_at(switches.partition_point(|switch| switch.at < started));
    let was = before.last().map_or(told_last, |switch| switch.to.as_str());
    let (first, last) = (switches.first()?, switches.last()?);
    if first.from != was || last.to != branch || told.iter().any(|told| may_have(&told.digest, first.at)) {
        return None;
    }
    let root = real::path(&checkout.root);
    let in_it = |session: &Session| Some(real::path(&checkouts.of(session.cwd.as_deref()?)?.root) == root);
    // Of several that match in time, the one that began last has the least room for another cause.
    let by = switchers
        .iter()
        .filter(|&&other| other != at)
        .map(|&other| &sessions[other])
        .filter_map(|other| Some((switched(tells(&other.id), first.at)?, other)))
        .filter(|(_, other)| in_it(other) == Some(true))
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
        more: None,
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

/// Where paths lead, each followed once: links of all kinds lead to one file.
#[derive(Debug, Default)]
struct Paths(HashMap<PathBuf, String>);

impl Paths {
    fn real(&mut self, path: &Path) -> String {
        if let Some(known) = self.0.get(path) {
            return known.clone();
        }
        let real = real::path(path).display().to_string();
        self.0.insert(path.to_path_buf(), real.clone());
        real
    }
}

/// Which sessions are where: made once, so that no pair has to be looked at.
#[derive(Debug, Default)]
struct Meetings {
    /// The sessions that count, the one that moved last first; so is every list below.
    active: Vec<usize>,
    checkout_of: HashMap<usize, String>,
    in_checkout: HashMap<String, Vec<usize>>,
    files_of: HashMap<usize, BTreeSet<String>>,
    changed: HashMap<String, Vec<usize>>,
}

impl Meetings {
    fn of(sessions: &[Session], checkouts: &Checkouts, tells: &Tells<'_>, now: i64) -> Self {
        let mut active: Vec<usize> =
            (0..sessions.len()).filter(|&at| is_active(&sessions[at], now)).collect();
        active.sort_by_key(|&at| std::cmp::Reverse(sessions[at].last_activity_at));
        let mut meetings = Self { active, ..Self::default() };
        let mut paths = Paths::default();
        for &at in &meetings.active {
            if let Some(checkout) = sessions[at].cwd.as_deref().and_then(|cwd| checkouts.of(cwd)) {
                let root = paths.real(&checkout.root);
                meetings.in_checkout.entry(root.clone()).or_default().push(at);
                meetings.checkout_of.insert(at, root);
            }
            let since = now.saturating_sub(CONFLICT_MS);
            let told = tells(&sessions[at].id).iter();
            // What is relative to nothing known is not the same file elsewhere.
            let files: BTreeSet<String> = told
                .flat_map(|told| told.digest.changed_since(since))
                .filter(|path| path.starts_with(['/', '~']))
                .map(|path| paths.real(Path::new(path)))
                .collect();
            for file in &files {
                meetings.changed.entry(file.clone()).or_default().push(at);
            }
            meetings.files_of.insert(at, files);
        }
        meetings
    }

    /// What a session shares with others: the checkout first.
    fn conflicts(&self, sessions: &[Session], at: usize) -> Vec<Conflict> {
        let checkout = self.checkout_of.get(&at).into_iter();
        let files = self.files_of.get(&at).into_iter().flatten();
        let mut all = named("worktree", sessions, at, checkout, &self.in_checkout);
        all.extend(named("file", sessions, at, files, &self.changed));
        all
    }
}

/// The first few conflicts of a kind; the last of them says how many there are besides.
fn named<'a>(
    kind: &'static str,
    sessions: &[Session],
    at: usize,
    places: impl Iterator<Item = &'a String>,
    who: &HashMap<String, Vec<usize>>,
) -> Vec<Conflict> {
    let mut named: Vec<Conflict> = Vec::new();
    let mut all = 0;
    for place in places {
        let members = who.get(place).map_or(&[][..], Vec::as_slice);
        let others = members.iter().filter(|&&other| other != at);
        all += members.len().saturating_sub(1);
        named.extend(others.take(MAX_NAMED - named.len()).map(|&other| Conflict {
            kind,
            path: place.clone(),
            with: sessions[other].id.clone(),
            was: None,
            more: None,
        }));
    }
    let more = all - named.len();
    if let Some(last) = named.last_mut().filter(|_| more > 0) {
        last.more = Some(more as u64);
    }
    named
}

fn is_active(session: &Session, now: i64) -> bool {
    let moved = session.last_activity_at.unwrap_or(i64::MIN);
    session.pid.is_some() && now.saturating_sub(moved) <= CONFLICT_MS
}
