//! What was taken back or interrupted lately, in sessions that hooks tell of: no prompt asks about that, and only the
//! transcript tells.
//!
//! Only the ends of transcripts are read, and only of sessions that hooks have told something of since the last pass. What
//! is found is known by the same key as what is mined of the past, so that it is learned once, whoever finds it first.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudectl_agents::calls::{Called, Reader, Told};
use claudectl_brain::course::Course;
use claudectl_brain::features::Features;
use claudectl_brain::label::Source;
use claudectl_fleet::tools::Family;
use claudectl_store::Store;
use claudectl_store::brain::Answer;

use super::changes::{Changes, restored};
use super::history::{Known, Made, answers};
use super::{ANSWERED_WITHIN_MS, LOOKED_LATE_MS};
use crate::app::App;
use crate::error::Result;
use crate::judging::Judge;
use crate::judging::learned::Learned;
use crate::outcomes;
use crate::replaying::{Seen, asked, ending};

/// So much of a transcript's end is looked through.
const LATELY: u64 = 1 << 20;
/// So many transcripts are looked at in one pass.
const MOST_FILES: usize = 64;

/// A transcript that may tell something new.
struct Place {
    session: String,
    path: PathBuf,
}

/// Puts what was taken back and interrupted since the last pass into the log; how many are new.
pub(super) fn take(app: &App, store: &mut Store) -> Result<u64> {
    let earliest = app.now.saturating_sub(ANSWERED_WITHIN_MS);
    // A clock that was set back does not keep everything from being seen.
    let latest = app.now.saturating_add(LOOKED_LATE_MS);
    let since = store.looked_at()?.unwrap_or(earliest).clamp(earliest, latest).saturating_sub(LOOKED_LATE_MS);
    let mut found = Vec::new();
    for place in places(store, since)?.iter().take(MOST_FILES) {
        found.extend(look(app, store, place, since)?);
    }
    let new = if found.is_empty() { 0 } else { store.take_answers(&[], &found, app.now)?.new };
    store.looked(app.now)?;
    Ok(new)
}

/// The transcripts of sessions that hooks have told something of, those of their subagents too.
fn places(store: &Store, since: i64) -> Result<Vec<Place>> {
    let mut own: HashMap<String, Option<PathBuf>> = HashMap::new();
    let mut places = Vec::new();
    for (session, agent) in store.told_of_since(since)? {
        if !own.contains_key(&session) {
            let told = store.activity(&session)?.and_then(|activity| activity.transcript);
            own.insert(session.clone(), told.map(PathBuf::from));
        }
        let of_session = own.get(&session).and_then(Option::as_deref);
        let path = of_session.and_then(|own: &Path| outcomes::transcript(own, agent.as_deref()));
        places.extend(path.map(|path| Place { session, path }));
    }
    Ok(places)
}

/// What one transcript tells. One that cannot be read is left for the next pass that has a reason to look at it.
fn look(app: &App, store: &Store, place: &Place, since: i64) -> Result<Vec<Answer>> {
    let mut follower = Follower { app, judge: None, changes: Changes::default() };
    let mut calls: HashMap<String, Seen<Made>> = HashMap::new();
    let read = Reader::default().read_end(&place.path, &place.session, LATELY, |told| match told {
        Told::Called(called) => {
            follower.follow(&called);
            let made = Made {
                id: called.id.to_owned(),
                at: called.at,
                session: Arc::from(place.session.as_str()),
                known: None,
                course: Course::default(),
            };
            calls.entry(called.id.to_owned()).or_default().made = Some((0, made));
        }
        Told::Ended(ended) => {
            calls.entry(ended.id.to_owned()).or_default().ended = Some((0, ending(&ended)));
        }
    });
    if let Err(error) = read {
        tracing::debug!(%error, "nothing is learned of what was taken back there");
        return Ok(Vec::new());
    }
    // What was seen before was learned then, or forgotten since.
    for (id, at) in follower.changes.taken_back() {
        if let Some(seen) = calls.get_mut(&id) {
            seen.taken_back = at >= since;
        }
    }
    let is_new = |seen: &Seen<Made>| {
        let interrupted = seen
            .ended
            .is_some_and(|(_, ending)| ending.interrupted && ending.at.is_some_and(|at| at >= since));
        seen.taken_back || interrupted
    };
    let mut found = Vec::new();
    for (id, mut seen) in calls.into_iter().filter(|(_, seen)| is_new(seen)) {
        // Features are those that the gate saw, not those that it would see now.
        let Some(kept) = store.learnable_call(&place.session, &id)? else { continue };
        let Some(features) = Features::unpack(&kept.features) else { continue };
        let known = Known {
            features,
            project: kept.project.clone(),
            tool: kept.tool.clone(),
            line: kept.summary.clone(),
        };
        if let Some((_, made)) = &mut seen.made {
            made.known = Some(Arc::new(known));
        }
        let of_prompts = [Source::Prompt, Source::Always].map(Source::word);
        let own = answers(seen).into_iter().filter(|answer| !of_prompts.contains(&answer.source.as_str()));
        found.extend(own.map(|answer| Answer {
            features: kept.features.clone(),
            thought: kept.thought.clone(),
            outcome: kept.outcome.clone(),
            ..answer
        }));
    }
    found.sort_by(|a, b| (a.made_at, &a.call, &a.source).cmp(&(b.made_at, &b.call, &b.source)));
    Ok(found)
}

/// Follows changes of files through a transcript. Who judges is made only if something may put files back.
struct Follower<'a> {
    app: &'a App,
    judge: Option<Judge>,
    changes: Changes,
}

impl Follower<'_> {
    fn follow(&mut self, called: &Called<'_>) {
        let may_restore = Family::Shell.has(called.tool)
            && ["restore", "checkout"].iter().any(|word| called.input.contains(word));
        let restored = if may_restore { self.restored(called) } else { Arc::default() };
        self.changes.follow(called, &restored);
    }

    /// Files that a call puts back. Where nobody can judge it, as rules cannot be read, that is left to history.
    fn restored(&mut self, called: &Called<'_>) -> Arc<[String]> {
        if self.judge.is_none() {
            let made = Judge::new(self.app).and_then(|judge| Ok(judge.with(Learned::nothing(self.app)?)));
            match made {
                Ok(judge) => self.judge = Some(judge),
                Err(error) => tracing::debug!(what = error.what, "nobody can say what is put back"),
            }
        }
        let judge = self.judge.as_mut();
        judge.map(|judge| restored(&judge.judge(&asked(called)).report)).unwrap_or_default()
    }
}
