//! Sessions that have ended: whether the gate was asked about the calls that ran. A run without a terminal is over before
//! anybody looks, and where the hook's program is gone, nothing of ours has run at all.
//!
//! Each is looked at once, and what was found is kept; one that was taken up again is looked at again.

use std::path::{Path, PathBuf};

use claudectl_agents::settings::{Cause, Scope};
use claudectl_fleet::alarm::Evidence;
use claudectl_fleet::health::Gap;
use claudectl_fleet::status::Process;
use claudectl_store::Store;
use claudectl_store::guard::Check;

use super::{DAY_MS, Guards, PASSED_MS};
use crate::app::App;
use crate::digests::{self, Told};
use crate::error::Result;
use crate::ingest;
use crate::running::{Fleet, Running};
use crate::sync::Ledger;

/// Those that have ended since are looked at.
const ENDED_WITHIN_MS: i64 = 3 * DAY_MS;
/// So many at a look, which somebody waits for.
pub(crate) const SOME: usize = 16;
/// So many are told.
const MOST_TOLD: u32 = 256;

/// Sessions that have ended lately, with calls that the gate was not asked about; those that are worth telling. Once
/// `init` has put hooks in place anew, what was before is known to the person.
pub(crate) fn known(app: &App, store: &Store) -> Result<Vec<Check>> {
    let guarded = super::guarded(app);
    let put = guarded.into_iter().map(|(_, at)| at).min().unwrap_or(i64::MIN);
    let since = app.now.saturating_sub(PASSED_MS).max(put);
    Ok(store.unguarded(since, MOST_TOLD)?)
}

/// What is told of one.
pub(crate) fn told<'a>(check: &'a Check, evidence: Evidence<'a>) -> Evidence<'a> {
    Evidence {
        gap: Some(Gap { calls: check.calls, seen: check.seen }),
        gap_cause: check.cause.as_deref(),
        gap_obstacle: check.obstacle,
        gap_at: Some(check.upto),
        ..evidence
    }
}

/// Looks at sessions that have ended since somebody looked last, the latest first, no more than `most`; true if one of
/// them had calls that the gate was not asked about.
///
/// # Errors
/// When the store fails.
pub(crate) fn check(app: &App, ledger: &mut Ledger, fleet: &Fleet, most: usize) -> Result<bool> {
    // Of a client whose row is half written nobody knows which session it runs.
    if fleet.values().flatten().any(|running| running.half) {
        return Ok(false);
    }
    // One in another container may keep its state elsewhere, and nobody can tell here whether it runs.
    let is_dead = |running: &Running| running.process == Process::Dead;
    let runs = |sid: &str| fleet.get(sid).is_some_and(|all| !all.iter().all(is_dead));
    let mut sids = ledger.store.unchecked(app.now.saturating_sub(ENDED_WITHIN_MS))?;
    sids.retain(|sid| !runs(sid));
    sids.truncate(most);
    if sids.is_empty() || !Guards::read(app, &ledger.store, &ledger.roots)?.are_anywhere() {
        return Ok(false);
    }
    let mut checks = Vec::new();
    let mut sessions = Vec::new();
    for sid in &sids {
        if let Some(row) = ledger.store.session(sid)? {
            let told = digests::of_sessions(app, ledger, &[Some(row.id)])?.remove(&row.id);
            sessions.push((row, told.unwrap_or_default()));
        }
    }
    if !ingest::is_taken_in(app, &mut ledger.store) {
        return Ok(false);
    }
    let guards = Guards::read(app, &ledger.store, &ledger.roots)?;
    for (row, transcripts) in sessions {
        let upto = row.last_at.unwrap_or(app.now);
        let cwd = row.first_cwd.as_deref().map(Path::new);
        let (gap, cause) = guards.of_ended(&ledger.store, &row.sid, cwd, &transcripts)?;
        let Gap { calls, seen } = gap.unwrap_or(Gap { calls: 0, seen: 0 });
        let cause = cause.filter(|_| seen < calls);
        let obstacle = cause.as_ref().map(Cause::obstacle);
        let cause = cause.map(|cause| cause.to_string());
        checks.push(Check { sid: row.sid, at: app.now, upto, calls, seen, cause, obstacle });
    }
    ledger.store.keep_checks(&checks)?;
    Ok(checks.iter().any(|check| check.seen < check.calls))
}

impl Guards {
    /// Somebody has put our hooks into a file, whichever.
    fn are_anywhere(&self) -> bool {
        let has_callers = |root: &PathBuf| !self.survey.callers(root, None).is_empty();
        !self.guarded.is_empty() || self.roots.iter().any(has_callers)
    }

    /// The calls of a session that has ended, and what is in the way of our hooks there now.
    fn of_ended(
        &self,
        store: &Store,
        sid: &str,
        cwd: Option<&Path>,
        transcripts: &[Told],
    ) -> Result<(Option<Gap>, Option<Cause>)> {
        let own = transcripts.iter().find(|told| told.agent == 0);
        let root = own.and_then(|own| self.root_of(own.file.clone()));
        let (Some(own), Some(root)) = (own, root) else { return Ok((None, None)) };
        let callers: Vec<Scope> =
            self.survey.callers(&root, cwd).into_iter().map(|(scope, _)| scope).collect();
        if !self.expects(&root, &callers) {
            return Ok((None, None));
        }
        let activity = store.activity(sid)?;
        let since = self.since(&root, cwd, own.digest.first_at, activity.as_ref());
        let gap = self.gap(store, sid, since, transcripts)?;
        Ok((gap, self.survey.in_force(&root, cwd).cause()))
    }

    /// The configuration folder that a transcript stands in.
    fn root_of(&self, file: Option<PathBuf>) -> Option<PathBuf> {
        let file = file?;
        self.roots.iter().find(|root| file.starts_with(root)).cloned()
    }
}
