//! Whether our hooks stand before a session's tool calls, and whether they hear of each.
//!
//! Settings say whether they should; the transcript says which calls ran, and the store which of them a hook was
//! called for. Where these differ, something keeps hooks from running, whatever the settings say.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use claudectl_agents::processes::{Processes, System};
use claudectl_agents::settings::{self, Backups, InForce, Scope, Survey};
use claudectl_agents::{real, startup};
use claudectl_fleet::alarm::{Cause, Evidence, Incident, Kind};
use claudectl_fleet::health::Gap;
use claudectl_fleet::hooks::Activity;
use claudectl_fleet::session::Gate;
use claudectl_store::Store;
use claudectl_transcript::message_key;

use crate::app::App;
use crate::digests::Told;
use crate::error::Result;
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

/// The settings that may hold our hooks, read once for all sessions.
#[derive(Debug)]
pub(crate) struct Guards {
    roots: Vec<PathBuf>,
    survey: Survey,
    /// The person's settings files that `init` has put hooks into.
    guarded: Vec<PathBuf>,
    incidents: HashMap<String, Vec<Incident>>,
    gap_from: u64,
    now: i64,
    /// By configuration folder and working folder: many sessions share them.
    known: RefCell<HashMap<(PathBuf, Option<String>), InForce>>,
}

/// What went wrong at calls and is still worth telling, the latest first, each with its session.
pub(crate) fn incidents(store: &Store, now: i64) -> Result<Vec<(String, Incident)>> {
    let mut all = store.incidents(now.saturating_sub(PASSED_MS), MOST_INCIDENTS)?;
    all.retain(|(_, incident)| incident.kind != Kind::Error || incident.at >= now.saturating_sub(ERRORS_MS));
    Ok(all)
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
        let guarded = app.env.state_dir().map(|state| Backups::of(&state).guarded()).unwrap_or_default();
        let mut by_session: HashMap<String, Vec<Incident>> = HashMap::new();
        for (sid, incident) in incidents(store, app.now)? {
            by_session.entry(sid).or_default().push(incident);
        }
        Ok(Self {
            roots: roots.to_vec(),
            survey,
            guarded: guarded.iter().map(|path| real::path(path)).collect(),
            incidents: by_session,
            gap_from: app.config.health.guard_gap_min_calls,
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
            return Ok(Gate { last_seen, alarms: evidence.alarms(self.now), ..Gate::default() });
        };
        let root = self.root(running, transcripts, activity);
        let Some(root) = root else {
            let cause = Some("its configuration folder is not known".to_owned());
            let alarms = evidence.alarms(self.now);
            return Ok(Gate { installed: Some(false), cause, last_seen, alarms, ..Gate::default() });
        };
        let cwd = running.entry.cwd.as_deref();
        let evidence = Evidence {
            registered: running.file.is_some(),
            started_at: running.entry.started_at,
            changed_at: self.survey.changed_at(&root, cwd.map(Path::new)),
            ..evidence
        };
        let callers: Vec<Scope> =
            self.survey.callers(&root, cwd.map(Path::new)).into_iter().map(|(scope, _)| scope).collect();
        let cause = match self.in_force(&root, cwd) {
            InForce::Absent { cause } => Cause::Settings(cause),
            // Only of one that is silent it matters.
            InForce::Installed if evidence.heard() => Cause::None,
            InForce::Installed => started_without(running, cwd, &callers).map_or(Cause::None, Cause::Start),
        };
        let told = match &cause {
            Cause::None => None,
            Cause::Settings(why) | Cause::Start(why) => Some(why.clone()),
        };
        let gap = match &told {
            None => self.gap(store, sid, self.since(&root, running, activity), transcripts)?,
            // Where no guard stands, none is passed by.
            Some(_) => None,
        };
        let user = real::path(&Scope::User.file(&root));
        let expected = !callers.is_empty() || self.guarded.contains(&user);
        let evidence = Evidence { expected, cause, gap, ..evidence };
        Ok(Gate {
            installed: Some(told.is_none()),
            cause: told,
            last_seen,
            gap,
            alarms: evidence.alarms(self.now),
            turns_at: evidence.turns_at(self.now),
        })
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

    /// Since when our hooks are called, as far as anyone knows: what was in the settings before the latest change of
    /// them is not known, nor what else kept hooks away before the first was called.
    fn since(&self, root: &Path, running: &Running, activity: Option<&Activity>) -> i64 {
        let changed = self.survey.changed_at(root, running.entry.cwd.as_deref().map(Path::new));
        changed.max(activity.and_then(|activity| activity.first_at)).unwrap_or(i64::MAX)
    }

    /// Of the latest calls since hooks are called, how many a hook was called for.
    fn gap(&self, store: &Store, sid: &str, since: i64, transcripts: &[Told]) -> Result<Option<Gap>> {
        let since = since.saturating_add(SETTLED_MS);
        // What was turned down before it ran, or never was a valid call, calls no hook.
        let ran = transcripts.iter().flat_map(|told| &told.digest.answered);
        let ran = ran.filter(|(_, at, ran)| *ran && *at >= since);
        let ran: Vec<(u64, i64)> = ran.map(|(key, at, _)| (*key, *at)).collect();
        let Some(first) = ran.iter().map(|(_, at)| *at).min() else { return Ok(None) };
        let told = store.told_calls(sid, first.saturating_sub(EARLY_MS))?;
        let told: HashSet<u64> = told.iter().map(|call| message_key(call.as_bytes())).collect();
        let seen = ran.iter().filter(|(key, _)| told.contains(key)).count() as u64;
        Ok(Some(Gap { calls: ran.len() as u64, seen }))
    }
}

/// What it was started with that keeps our hooks away.
fn started_without(running: &Running, cwd: Option<&str>, ours: &[Scope]) -> Option<String> {
    let pid = running.entry.pid;
    let variable = System.client(pid).and_then(|client| client.bare);
    startup::without_hooks(&System.arguments(pid), variable, cwd.map(Path::new), ours)
}
