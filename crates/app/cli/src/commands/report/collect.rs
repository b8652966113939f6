//! Everything that a report is made of, looked up: the ledger, transcripts, hook calls, git, and what runs now.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use claudectl_agents::commits::Git;
use claudectl_agents::index::Progress;
use claudectl_agents::{moves, real};
use claudectl_fleet::hooks::Event;
use claudectl_fleet::ledger::{Bucket, BucketKey, Id, SLOT_MS};
use claudectl_fleet::report::dialogs::dialogs;
use claudectl_fleet::report::moves::{Decided, Moves};
use claudectl_fleet::report::{self, Costed, Input, Moved, Report, Repository, Window, project_key};
use claudectl_fleet::session::Session;
use claudectl_fleet::spend::{self, By, Query, Row};
use claudectl_fleet::status::State;
use claudectl_store::Store;
use claudectl_store::sessions::Transcript;
use claudectl_transcript::LineBuf;
use jiff::tz::TimeZone;

use crate::app::{App, Catalog};
use crate::commands::ls;
use crate::conflicts::Checkouts;
use crate::error::Result;
use crate::gather::{self, Wanted};
use crate::sync::{self, Ledger};

/// A dialog of the window may have been opened so long before it.
const OPENED_BEFORE_MS: i64 = 24 * 60 * 60 * 1000;
/// A file is written after its rows were made, and some file systems keep whole seconds.
const COARSE_NS: i64 = 2_000_000_000;
const NS_IN_MS: i64 = 1_000_000;

/// What a report is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) window: Window,
    /// The window ended before now.
    pub(super) over: bool,
    /// Only projects whose name or folder holds this.
    pub(super) project: Option<&'a str>,
}

/// Sessions with what is known of the window, by their ids.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Those of the window, and those that run.
    sessions: Vec<Session>,
    moves: HashMap<String, Vec<(Id, Moves)>>,
    used: HashMap<String, (Row, Costed)>,
    events: HashMap<String, Vec<Event>>,
    /// Sessions without any transcript that is still there.
    gone: HashSet<String>,
}

/// Looks up sessions and what they did.
pub(super) fn sessions(app: &App, ledger: &mut Ledger, scope: &Scope<'_>) -> Result<Found> {
    let catalog = Catalog::load(&ledger.store, &app.env)?;
    let sid =
        |number: &Id| catalog.sessions.get(number).map(|row| row.sid.clone()).filter(|sid| !sid.is_empty());
    let mut owners = HashMap::new();
    let used = used(app, &ledger.store, &catalog, scope.window, &mut owners)?;
    let mut found = Found { used, ..Found::default() };
    let jobs = jobs(&ledger.store, &catalog, &found.used, scope.window)?;
    let progress = Progress::default();
    progress.total.store(jobs.iter().map(size).sum(), Ordering::Relaxed);
    let read = || moved(&mut ledger.store, &jobs, scope.window, &owners, &progress.done);
    for (number, moves) in sync::with_progress(&app.ui, "reading", &progress, read) {
        if let Some(sid) = sid(&number) {
            found.moves.insert(sid, moves);
        }
    }
    found.events = told(&ledger.store, scope.window)?;
    let ids: BTreeSet<&String> =
        found.moves.keys().chain(found.used.keys()).chain(found.events.keys()).collect();
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let there: HashSet<String> = transcribed(ledger, &catalog, &ids)?;
    found.gone = ids.iter().filter(|sid| !there.contains(*sid)).cloned().collect();
    found.sessions = gather::sessions(app, ledger, Wanted::Also(&ids))?;
    found.sessions.retain(|session| ls::of_project(session, scope.project));
    Ok(found)
}

/// Which of these sessions have a transcript.
fn transcribed(ledger: &Ledger, catalog: &Catalog, ids: &[String]) -> Result<HashSet<String>> {
    let numbers: HashMap<&str, Id> =
        catalog.sessions.values().map(|row| (row.sid.as_str(), row.id)).collect();
    let mut there = HashSet::new();
    for sid in ids {
        let Some(number) = numbers.get(sid.as_str()) else { continue };
        if !ledger.store.transcripts(Some(*number))?.is_empty() {
            there.insert(sid.clone());
        }
    }
    Ok(there)
}

/// The session that a response is billed to, by its key. To ask the store of each would take longer than all else.
type Owners = HashMap<u64, Id>;

/// What each session used in the window. Responses count one by one, by their own times; where they are no longer
/// kept, their sums by quarters of an hour do. `owners` is told which session each is billed to.
fn used(
    app: &App,
    store: &Store,
    catalog: &Catalog,
    window: Window,
    owners: &mut Owners,
) -> Result<HashMap<String, (Row, Costed)>> {
    let (first, last) = (window.since.div_euclid(SLOT_MS), (window.until - 1).div_euclid(SLOT_MS));
    let responses =
        store.responses_between(first.saturating_mul(SLOT_MS), (last + 1).saturating_mul(SLOT_MS))?;
    owners.extend(responses.iter().map(|response| (response.key, response.session)));
    let mut buckets: Vec<(BucketKey, Bucket)> = Vec::new();
    store.buckets_between(first, last, |key, bucket| buckets.push((key, bucket)))?;
    // By slot: how many responses there were, less those that are kept.
    let mut missing: HashMap<i64, i64> = HashMap::new();
    for (key, bucket) in &buckets {
        *missing.entry(key.slot).or_default() += bucket.messages.cast_signed();
    }
    for response in &responses {
        *missing.entry(response.bucket().slot).or_default() -= 1;
    }
    let whole = |slot: i64| missing.get(&slot).is_none_or(|missing| *missing == 0);
    let mut parts: Vec<(BucketKey, Bucket)> = Vec::new();
    let mut costed: HashMap<Id, Costed> = HashMap::new();
    for response in
        responses.iter().filter(|response| window.covers(response.at) && whole(response.bucket().slot))
    {
        parts.push((response.bucket(), Bucket::one(response)));
        costed.entry(response.session).or_default().responses += 1;
    }
    for (key, bucket) in buckets.into_iter().filter(|(key, _)| !whole(key.slot)) {
        costed.entry(key.session).or_default().in_quarters += bucket.messages;
        parts.push((key, bucket));
    }
    let query = Query { by: By::Session, since: None, until: None, zone: TimeZone::UTC };
    let report = spend::report(parts, &app.prices(), catalog, &query);
    let mut rows: HashMap<String, Row> = report.rows.into_iter().map(|row| (row.key.clone(), row)).collect();
    let of_session = |(number, costed): (Id, Costed)| {
        let sid = &catalog.sessions.get(&number)?.sid;
        Some((sid.clone(), (rows.remove(sid)?, costed)))
    };
    Ok(costed.into_iter().filter_map(of_session).collect())
}

/// The transcripts that may tell of the window: those that were written to since it began, and, as clocks and copies
/// make times what they are not, all of the sessions that used something in it.
fn jobs(
    store: &Store,
    catalog: &Catalog,
    used: &HashMap<String, (Row, Costed)>,
    window: Window,
) -> Result<Vec<Transcript>> {
    let since_ns = window.since.saturating_mul(NS_IN_MS).saturating_sub(COARSE_NS);
    let mut jobs: BTreeSet<Transcript> = store.transcripts_since(since_ns)?.into_iter().collect();
    for row in catalog.sessions.values().filter(|row| used.contains_key(&row.sid)) {
        jobs.extend(store.transcripts(Some(row.id))?);
    }
    Ok(jobs.into_iter().collect())
}

/// Bytes of a transcript.
fn size((.., path): &Transcript) -> u64 {
    std::fs::metadata(OsStr::from_bytes(path)).map_or(0, |file| file.len())
}

/// What transcripts tell, by session, each with the subagent's number.
fn moved(
    store: &mut Store,
    jobs: &[Transcript],
    window: Window,
    owners: &Owners,
    done: &AtomicU64,
) -> HashMap<Id, Vec<(Id, Moves)>> {
    let store = Mutex::new(store);
    let next = AtomicUsize::new(0);
    let all: Mutex<Vec<(Id, Id, Moves)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..sync::threads().min(jobs.len()) {
            scope.spawn(|| {
                let mut lines = LineBuf::default();
                let mut own = Vec::new();
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    own.extend(read(job, window, &mut lines, &store, owners));
                    done.fetch_add(size(job), Ordering::Relaxed);
                }
                all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
            });
        }
    });
    let mut found: HashMap<Id, HashMap<Id, Moves>> = HashMap::new();
    for (session, agent, moves) in all.into_inner().unwrap_or_else(PoisonError::into_inner) {
        // A session may have copies of its transcript in several folders: the one that tells most counts.
        let of_session = found.entry(session).or_default();
        if of_session.get(&agent).is_none_or(|known| known.rows < moves.rows) {
            of_session.insert(agent, moves);
        }
    }
    let in_order = |agents: HashMap<Id, Moves>| {
        let mut moves: Vec<(Id, Moves)> = agents.into_iter().collect();
        moves.sort_by_key(|(agent, _)| *agent);
        moves
    };
    found.into_iter().map(|(session, agents)| (session, in_order(agents))).collect()
}

/// Nothing of a transcript that had no row in the window, or is gone by now.
fn read(
    (session, agent, path): &Transcript,
    window: Window,
    lines: &mut LineBuf,
    store: &Mutex<&mut Store>,
    owners: &Owners,
) -> Option<(Id, Id, Moves)> {
    // What cannot be told counts as the session's own.
    let elsewhere = |key| {
        let kept = || store.lock().ok().and_then(|store| store.response_owner(key).ok()?);
        let owner = owners.get(&key).copied().or_else(kept);
        owner.is_some_and(|owner| owner != *session)
    };
    let path = Path::new(OsStr::from_bytes(path));
    let moves = moves::read(path, window, *agent != 0, lines, elsewhere).ok()?;
    (moves.rows > 0).then_some((*session, *agent, moves))
}

/// Hook calls of the sessions of which any came in the window, from somewhat before it.
fn told(store: &Store, window: Window) -> Result<HashMap<String, Vec<Event>>> {
    let mut told = HashMap::new();
    for sid in store.sessions_since(window.since)? {
        let from = window.since.saturating_sub(OPENED_BEFORE_MS);
        let events = store.events_between(&sid, from, window.until)?;
        if events.iter().any(|event| window.covers(event.at)) {
            told.insert(sid, events);
        }
    }
    Ok(told)
}

/// Puts the report together.
pub(super) fn report(app: &App, scope: &Scope<'_>, mut found: Found) -> Report {
    let (mut moved, mut cost) = (Vec::new(), Costed::default());
    for session in &found.sessions {
        let moves = found.moves.remove(&session.id);
        let used = found.used.remove(&session.id);
        let events = found.events.remove(&session.id);
        if moves.is_none() && used.is_none() && events.is_none() {
            continue;
        }
        let (used, costed) = used.unwrap_or_default();
        cost.responses += costed.responses;
        cost.in_quarters += costed.in_quarters;
        let gone = found.gone.contains(&session.id);
        moved.push(of_session(session, scope.window, moves.unwrap_or_default(), used, events, gone));
    }
    let repositories = repositories(app, &moved, scope.window);
    let live = (!scope.over).then(|| found.sessions.iter().filter(|session| session.pid.is_some()).collect());
    report::make(Input { window: scope.window, now: app.now, moved, live, repositories, cost })
}

fn of_session(
    session: &Session,
    window: Window,
    moves: Vec<(Id, Moves)>,
    used: Row,
    events: Option<Vec<Event>>,
    gone: bool,
) -> Moved<'_> {
    let subagents = moves.iter().filter(|(agent, _)| *agent != 0).count() as u64;
    let moves: Vec<Moves> = moves.into_iter().map(|(_, moves)| moves).collect();
    let decided: Vec<&Decided> = moves.iter().flat_map(|moves| &moves.decided).collect();
    let waits = session.status.state == State::NeedsPermission;
    let dialogs = dialogs(events.as_deref().unwrap_or_default(), &decided, window, waits);
    Moved { session, moves, subagents, used, dialogs, hooked: events.is_some(), gone }
}

/// A checkout to ask git about, or a folder that is gone.
type Place = (PathBuf, bool);

/// The commits of the window in the checkouts of each project.
fn repositories(app: &App, moved: &[Moved<'_>], window: Window) -> BTreeMap<String, Vec<Repository>> {
    let (checkouts, mut places) = (Checkouts::default(), BTreeMap::<String, Vec<Place>>::new());
    for session in moved.iter().map(|moved| moved.session) {
        let of_project = places.entry(project_key(session)).or_default();
        for folder in [&session.project_path, &session.cwd].into_iter().flatten() {
            let place = match checkouts.of(folder) {
                Some(checkout) => Some((real::path(&checkout.root), true)),
                None => (!Path::new(folder).exists()).then(|| (PathBuf::from(folder), false)),
            };
            of_project.extend(place.filter(|place| !of_project.contains(place)));
        }
    }
    let jobs: Vec<(&String, &Place)> =
        places.iter().flat_map(|(key, places)| places.iter().map(move |place| (key, place))).collect();
    let env = &app.env;
    let git = Git::find(env.search_path.as_deref(), env.home.as_deref(), env.xdg_config_home.as_deref());
    let next = AtomicUsize::new(0);
    let all: Mutex<Vec<(&String, Repository)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..sync::threads().min(jobs.len()) {
            scope.spawn(|| {
                while let Some((key, (root, there))) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let repository = commits(git.as_ref(), root, *there, window);
                    all.lock().unwrap_or_else(PoisonError::into_inner).push((key, repository));
                }
            });
        }
    });
    let mut found: BTreeMap<String, Vec<Repository>> = BTreeMap::new();
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by(|a, b| (a.0, &a.1.root).cmp(&(b.0, &b.1.root)));
    for (key, repository) in all {
        found.entry(key.clone()).or_default().push(repository);
    }
    found.values_mut().for_each(|repositories| report::once(repositories));
    found
}

fn commits(git: Option<&Git>, root: &Path, there: bool, window: Window) -> Repository {
    let unknown = |problem: &str| Repository {
        root: root.display().to_string(),
        problem: Some(problem.to_owned()),
        ..Repository::default()
    };
    match git {
        _ if !there => unknown("the folder is gone"),
        None => unknown("git is not installed"),
        Some(git) => git.commits(root, window),
    }
}
