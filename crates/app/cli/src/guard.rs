//! Whether our hooks stand before a session's tool calls, and whether they hear of each.
//!
//! Settings say whether they should; the transcript says which calls ran, and the store which of them a hook was
//! called for. Where these differ, something keeps hooks from running, whatever the settings say.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use claudectl_agents::settings::{self, InForce, Programs, Survey};
use claudectl_fleet::health::Gap;
use claudectl_fleet::hooks::Activity;
use claudectl_fleet::session::Gate;
use claudectl_store::Store;
use claudectl_transcript::message_key;

use crate::digests::Told;
use crate::error::Result;
use crate::running::Running;

/// Settings take effect in running sessions within seconds.
const SETTLED_MS: i64 = 10_000;
/// A hook is called before its call; the clock of the row is the client's, that of the record ours.
const EARLY_MS: i64 = 60_000;

/// The settings that may hold our hooks, read once for all sessions.
#[derive(Debug)]
pub(crate) struct Guards {
    roots: Vec<PathBuf>,
    survey: Survey,
    /// By configuration folder and working folder: many sessions share them.
    known: RefCell<HashMap<(PathBuf, Option<String>), InForce>>,
}

impl Guards {
    pub(crate) fn read(roots: &[PathBuf], programs: &Programs) -> Self {
        let survey = settings::survey(roots, &settings::managed_files(), programs);
        Self { roots: roots.to_vec(), survey, known: RefCell::default() }
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
        let Some(running) = running.filter(|running| running.lives()) else {
            return Ok(Gate { last_seen, ..Gate::default() });
        };
        let root = self.root(running, transcripts, activity);
        let cause = match root.as_ref().map(|root| self.in_force(root, running.entry.cwd.as_deref())) {
            Some(InForce::Absent { cause }) => Some(cause),
            Some(InForce::Installed) => None,
            None => Some("its configuration folder is not known".to_owned()),
        };
        let gap = match root.filter(|_| cause.is_none()) {
            Some(root) => self.gap(store, sid, self.since(&root, running, activity), transcripts)?,
            // Where no guard stands, none is passed by.
            None => None,
        };
        Ok(Gate { installed: Some(cause.is_none()), cause, last_seen, gap })
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
