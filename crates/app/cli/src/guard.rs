//! Whether our hooks stand before a session's tool calls, and whether they hear of each.
//!
//! Settings say whether they should; the transcript says which calls ran, and the store which of them the gate was asked
//! about. Where these differ, something keeps hooks from running, whatever the settings say. Sessions that have ended are
//! looked at once ([`ended`]).

pub(crate) mod ended;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use claudectl_agents::host::Version;
use claudectl_agents::processes::{Processes, System};
use claudectl_agents::settings::{self, Backups, Cause, InForce, Scope, Survey};
use claudectl_agents::{real, startup};
use claudectl_fleet::alarm::{Evidence, Failure, InTheWay, Incident, Kind, Mishap};
use claudectl_fleet::health::Gap;
use claudectl_fleet::hooks::Activity;
use claudectl_fleet::session::Gate;
use claudectl_store::guard::Check;
use claudectl_store::unwritten::{self, Unwritten};
use claudectl_store::{Store, journal};
use claudectl_transcript::message_key;

use crate::app::App;
use crate::approving;
use crate::digests::Told;
use crate::error::{CliError, Result};
use crate::ingest;
use crate::running::Running;

/// Settings take effect in running sessions within seconds.
const SETTLED_MS: i64 = 10_000;
/// A hook is called before its call; the clock of the row is the client's, that of the record ours.
const EARLY_MS: i64 = 60_000;
/// An error of the gate is told for so long, if it has judged nothing since.
pub(crate) const ERRORS_MS: i64 = 24 * 60 * 60 * 1000;
/// And what passed it by for so long.
pub(crate) const PASSED_MS: i64 = 7 * ERRORS_MS;
/// No more incidents are looked at.
const MOST_INCIDENTS: u32 = 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The settings that may hold our hooks, read once for all sessions.
#[derive(Debug)]
pub(crate) struct Guards {
    roots: Vec<PathBuf>,
    survey: Survey,
    /// The settings files that `init` has put hooks into, and when it last did.
    guarded: HashMap<PathBuf, i64>,
    incidents: HashMap<String, Vec<Incident>>,
    /// Why hooks can write nothing down now.
    unwritable: Option<String>,
    /// Sessions that have ended, with calls that the gate was not asked about.
    ended: HashMap<String, Check>,
    gap_from: u64,
    /// What hooks told before that may be taken out of the store.
    kept_since: i64,
    now: i64,
    /// By configuration folder and working folder: many sessions share them.
    known: RefCell<HashMap<(PathBuf, Option<String>), InForce>>,
}

/// What went wrong at calls and is still worth telling, the latest first, each with its session.
pub(crate) fn incidents(app: &App, store: &Store) -> Result<Vec<(String, Incident)>> {
    let now = app.now;
    let mut all = store.incidents(now.saturating_sub(PASSED_MS), MOST_INCIDENTS)?;
    all.extend(unwritten(app, store)?);
    all.retain(|(_, incident)| {
        incident.mishap.kind() != Kind::Error || incident.at >= now.saturating_sub(ERRORS_MS)
    });
    all.sort_by_key(|(_, incident)| std::cmp::Reverse(incident.at));
    Ok(all)
}

/// Calls of which nothing could be written down but that there were some.
fn unwritten(app: &App, store: &Store) -> Result<Vec<(String, Incident)>> {
    let left = app.env.state_dir().map(|home| unwritten::all(&home)).unwrap_or_default();
    let Some(last) = left.iter().map(|one| one.at).max() else { return Ok(Vec::new()) };
    if store.has_judged_since(last)? {
        return Ok(Vec::new());
    }
    let incident = |one: Unwritten| {
        let incident = Incident {
            mishap: Mishap::Failed(Failure::NotWritten),
            at: one.at,
            call: None,
            about: String::new(),
            reason: "it could not be written down: the disk is full, or the state folder is not writable"
                .to_owned(),
        };
        (one.session, incident)
    };
    Ok(left.into_iter().map(incident).collect())
}

/// Why hooks can write nothing down now, as far as that is seen without a try.
pub(crate) fn unwritable(app: &App) -> Option<String> {
    let home = app.env.state_dir().ok()?;
    let today = ingest::day(jiff::Timestamp::from_millisecond(app.now).ok()?);
    let error = CliError::from(journal::trouble(&home, &today)?);
    let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
    Some(format!("{}{why}", error.what))
}

/// The settings files that `init` has put our hooks into, and when it last did.
fn guarded(app: &App) -> Vec<(PathBuf, i64)> {
    app.env.state_dir().map(|state| Backups::of(&state).guarded()).unwrap_or_default()
}

/// The programs that hooks in the person's settings call.
pub(crate) fn programs(app: &App) -> Vec<PathBuf> {
    let roots = app.claude_roots();
    let survey = settings::survey(&roots, &settings::managed_files(), &crate::hooks::programs(&app.env));
    let mut all: Vec<PathBuf> = roots
        .iter()
        .flat_map(|root| survey.callers(root, None))
        .map(|(_, installation)| PathBuf::from(installation.binary))
        .collect();
    all.sort();
    all.dedup();
    all
}

impl Guards {
    pub(crate) fn read(app: &App, store: &Store, roots: &[PathBuf]) -> Result<Self> {
        let survey = settings::survey(roots, &settings::managed_files(), &crate::hooks::programs(&app.env));
        let mut by_session: HashMap<String, Vec<Incident>> = HashMap::new();
        for (sid, incident) in incidents(app, store)? {
            by_session.entry(sid).or_default().push(incident);
        }
        let kept = i64::from(app.config.retention.events_days).saturating_mul(DAY_MS);
        Ok(Self {
            roots: roots.to_vec(),
            survey,
            guarded: guarded(app).into_iter().map(|(path, at)| (real::path(&path), at)).collect(),
            incidents: by_session,
            unwritable: unwritable(app),
            ended: ended::known(app, store)?.into_iter().map(|check| (check.sid.clone(), check)).collect(),
            gap_from: app.config.health.guard_gap_min_calls,
            kept_since: app.now.saturating_sub(kept),
            now: app.now,
            known: RefCell::default(),
        })
    }

    /// How it stands with a session.
    pub(crate) fn of(
        &self,
        store: &Store,
        sid: &str,
        running: Option<&Running>,
        transcripts: &[Told],
        activity: Option<&Activity>,
    ) -> Result<Gate> {
        let last_seen = activity.and_then(|activity| activity.last_at);
        let incidents = self.incidents.get(sid).map(Vec::as_slice).unwrap_or_default();
        let evidence =
            Evidence { heard_at: last_seen, gap_from: self.gap_from, incidents, ..Evidence::default() };
        let Some(running) = running.filter(|running| running.lives()) else {
            let evidence = match self.ended.get(sid) {
                Some(check) => ended::told(check, evidence),
                None => evidence,
            };
            let (gap, alarms) = (evidence.gap, evidence.alarms(self.now));
            return Ok(Gate { last_seen, gap, alarms, ..Gate::default() });
        };
        let root = self.root(running, transcripts, activity);
        let Some(root) = root else {
            let cause = Some("its configuration folder is not known".to_owned());
            let alarms = evidence.alarms(self.now);
            return Ok(Gate { installed: Some(false), cause, last_seen, alarms, ..Gate::default() });
        };
        let cwd = running.entry.cwd.as_deref();
        let evidence = Evidence {
            unwritable: self.unwritable.as_deref(),
            registered: running.file.is_some(),
            started_at: running.entry.started_at,
            changed_at: self.survey.changed_at(&root, cwd.map(Path::new)),
            ..evidence
        };
        let callers: Vec<Scope> =
            self.survey.callers(&root, cwd.map(Path::new)).into_iter().map(|(scope, _)| scope).collect();
        let in_the_way = match self.in_force(&root, cwd) {
            InForce::Absent { cause } => InTheWay::Settings(cause.obstacle(), cause.to_string()),
            InForce::Installed if let Some(cause) = self.deaf(&root, cwd, running) => {
                InTheWay::Settings(cause.obstacle(), cause.to_string())
            }
            // Only of one that is silent it matters.
            InForce::Installed if evidence.heard() => InTheWay::Nothing,
            InForce::Installed => {
                started_without(running, cwd, &callers).map_or(InTheWay::Nothing, InTheWay::Start)
            }
        };
        let told = match &in_the_way {
            InTheWay::Nothing => None,
            InTheWay::Settings(_, why) | InTheWay::Start(why) => Some(why.clone()),
        };
        let gap = match &told {
            None if self.unwritable.is_none() => {
                let since = self.since(&root, cwd.map(Path::new), running.entry.started_at, activity);
                self.gap(store, sid, since, transcripts)?
            }
            // Where no guard stands, none is passed by; where nothing can be written down, nobody knows.
            Some(_) | None => None,
        };
        let expected = self.expects(&root, &callers);
        let evidence = Evidence { expected, in_the_way, gap, ..evidence };
        Ok(Gate {
            installed: Some(told.is_none()),
            cause: told,
            last_seen,
            gap,
            alarms: evidence.alarms(self.now),
            turns_at: evidence.turns_at(self.now),
            files: Survey::files(&root, cwd.map(Path::new)),
        })
    }

    /// Why its prompts are heard of by no hook, where its version would tell of them.
    fn deaf(&self, root: &Path, cwd: Option<&str>, running: &Running) -> Option<Cause> {
        let version = running.entry.version.as_deref().and_then(|version| version.parse::<Version>().ok());
        let tells = version.is_none_or(|version| version >= approving::prompts_since());
        self.survey.deaf_to_prompts(root, cwd.map(Path::new)).filter(|_| tells)
    }

    /// The configuration folder: where its row stands, or its transcript.
    fn root(&self, running: &Running, transcripts: &[Told], activity: Option<&Activity>) -> Option<PathBuf> {
        let own = transcripts.iter().find_map(|told| told.file.clone());
        let told = activity.and_then(|activity| activity.transcript.clone()).map(PathBuf::from);
        let files = [running.file.clone(), own, told];
        let within = |file: PathBuf| self.roots.iter().find(|root| file.starts_with(root)).cloned();
        files.into_iter().flatten().find_map(within)
    }

    fn in_force(&self, root: &Path, cwd: Option<&str>) -> InForce {
        let key = (root.to_path_buf(), cwd.map(str::to_owned));
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found = self.survey.in_force(root, cwd.map(Path::new));
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    /// The person has put our hooks there, and not taken them out.
    fn expects(&self, root: &Path, callers: &[Scope]) -> bool {
        !callers.is_empty() || self.guarded.contains_key(&real::path(&Scope::User.file(root)))
    }

    /// Since when our hooks are to be called in a session: since `init` last put them there, and the first was heard. One
    /// that began before that and was not heard calls them from its next turn on, which nobody knows: `None`.
    fn since(
        &self,
        root: &Path,
        cwd: Option<&Path>,
        started: Option<i64>,
        activity: Option<&Activity>,
    ) -> Option<i64> {
        let files = Survey::files(root, cwd);
        let put = files.iter().filter_map(|path| self.guarded.get(&real::path(path))).min().copied();
        // What was in the settings before the latest change of them is not known where no record tells.
        let put = put.or_else(|| self.survey.changed_at(root, cwd))?;
        let settled = put.saturating_add(SETTLED_MS);
        match activity.and_then(|activity| activity.first_at) {
            Some(first) => Some(first.max(settled)),
            None => started.is_some_and(|started| started >= put).then_some(settled),
        }
    }

    /// Of the latest calls since hooks are called, how many the gate was asked about.
    fn gap(&self, store: &Store, sid: &str, since: Option<i64>, transcripts: &[Told]) -> Result<Option<Gap>> {
        let Some(since) = since else { return Ok(None) };
        let since = since.max(self.kept_since);
        // What was turned down before it ran, or never was a valid call, calls no hook.
        let ran = transcripts.iter().flat_map(|told| &told.digest.answered);
        let ran = ran.filter(|(_, at, ran)| *ran && *at >= since);
        let ran: Vec<(u64, i64)> = ran.map(|(key, at, _)| (*key, *at)).collect();
        let Some(first) = ran.iter().map(|(_, at)| *at).min() else { return Ok(None) };
        let missed = not_judged(store, Some(sid), first, ran.clone())?;
        // Rows may have been copied from another session, and keep the ids of their calls.
        let missed = if missed.is_empty() { missed } else { not_judged(store, None, first, missed)? };
        let calls = ran.len() as u64;
        Ok(Some(Gap { calls, seen: calls - missed.len() as u64 }))
    }
}

/// Those of these calls that the gate was not asked about, as far as the store reaches back.
fn not_judged(
    store: &Store,
    sid: Option<&str>,
    first: i64,
    calls: Vec<(u64, i64)>,
) -> Result<Vec<(u64, i64)>> {
    let judged = store.judged_calls(sid, first.saturating_sub(EARLY_MS))?;
    let keys: HashSet<u64> = judged.calls.iter().map(|call| message_key(call.as_bytes())).collect();
    let missed = |(key, at): &(u64, i64)| at.saturating_sub(EARLY_MS) >= judged.since && !keys.contains(key);
    Ok(calls.into_iter().filter(missed).collect())
}

/// What it was started with that keeps our hooks away.
fn started_without(running: &Running, cwd: Option<&str>, ours: &[Scope]) -> Option<String> {
    let pid = running.entry.pid;
    let variable = System.client(pid).and_then(|client| client.bare);
    startup::without_hooks(&System.arguments(pid), variable, cwd.map(Path::new), ours)
}
