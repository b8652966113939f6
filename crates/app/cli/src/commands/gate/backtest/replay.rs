//! Past calls, judged: what is the same (tool, input, folder, mode) once by each core.

use std::collections::HashMap;
use std::sync::Arc;

use claudectl_agents::calls::Called;
use claudectl_agents::walk::Walk;
use claudectl_fleet::call;
use claudectl_gate::backtest::{self, Call, Habit, Judged, Past, Said};
use claudectl_gate::rules::Rule;
use claudectl_redact::redact;
use claudectl_transcript::message_key;

use super::Scope;
use crate::app::App;
use crate::error::Result;
use crate::judging::{Answer, Judge};
use crate::replaying::{self, Bench, Place};

/// Characters of a reason, and of a name.
const REASON_CHARS: usize = 300;
const NAME_CHARS: usize = 80;

/// What was replayed.
pub(super) type Replay = replaying::Replay<Made>;

/// A call that was made.
#[derive(Debug)]
pub(super) struct Made {
    at: Option<i64>,
    session: Arc<str>,
    project: Arc<str>,
    habit: Habit,
    judged: Arc<Judged>,
}

/// The calls, in no order.
pub(super) fn calls(replay: &Replay) -> impl Iterator<Item = Call<'_>> {
    replay.calls.values().filter_map(|seen| {
        let (_, made) = seen.made.as_ref()?;
        let past = seen.ended.map_or(Past::Open, |(_, ending)| ending.past).by(made.habit);
        Some(Call { judged: &made.judged, past, session: &made.session, project: &made.project, at: made.at })
    })
}

/// Reads and judges what was found.
///
/// # Errors
/// When rules cannot be read.
pub(super) fn replay(app: &App, walk: Walk, scope: &Scope) -> Result<Replay> {
    replaying::replay(app, walk, scope.since, "judging", |app| Seat::new(app, scope))
}

/// Who judges, and what was judged so far.
struct Seat<'a> {
    scope: &'a Scope,
    today: Judge,
    /// With the rules that are tried.
    tried: Option<Judge>,
    judged: HashMap<u128, Arc<Judged>>,
    /// Some rule is about single sessions.
    by_session: bool,
    place: Place,
}

impl<'a> Seat<'a> {
    fn new(app: &App, scope: &'a Scope) -> Result<Self> {
        let tried = scope.rules.as_deref().map(|file| Judge::with_rules(app, file)).transpose()?;
        let today = Judge::new(app)?;
        let names = |judge: &Judge| judge.own().any(|rule| !rule.sessions.is_empty());
        Ok(Self {
            scope,
            by_session: names(&today) || tried.as_ref().is_some_and(names),
            today,
            tried,
            judged: HashMap::new(),
            place: Place::default(),
        })
    }

    fn judged(&mut self, called: &Called<'_>) -> Arc<Judged> {
        let mut fingerprint = called.fingerprint();
        if self.by_session {
            // What rules name sessions say differs from one to the next.
            fingerprint ^= u128::from(message_key(called.session.as_bytes()));
        }
        if let Some(judged) = self.judged.get(&fingerprint) {
            return Arc::clone(judged);
        }
        let asked = replaying::asked(called);
        let today = self.today.judge(&asked);
        let tried = self.tried.as_mut().map(|judge| judge.judge(&asked));
        let kind = backtest::kind(called.tool, &today.report);
        let (said_now, before) = match tried {
            Some(tried) => (said(&tried), Some(said(&today))),
            None => (said(&today), None),
        };
        let judged = Arc::new(Judged {
            tool: shortened(called.tool, NAME_CHARS),
            kind: shortened(&kind, NAME_CHARS),
            line: call::short(&call::line(called.tool, called.input)).into_owned(),
            said: said_now,
            today: before,
        });
        self.judged.insert(fingerprint, Arc::clone(&judged));
        judged
    }
}

impl Bench for Seat<'_> {
    type Made = Made;

    /// Rules that are about more than transcripts tell of the moment of a call.
    fn notes(&self) -> Vec<String> {
        let more = |rule: &&Rule| {
            rule.cost_above.is_some() || rule.conflict == Some(true) || rule.last_error == Some(true)
        };
        let judges = [Some(&self.today), self.tried.as_ref()].into_iter().flatten();
        judges.flat_map(Judge::own).filter(more).map(|rule| rule.name.clone()).collect()
    }

    /// The call, judged, if it is one that was asked for.
    fn made(&mut self, called: &Called<'_>) -> Option<Made> {
        let (session, project) = self.place.of(called, self.scope.since, self.scope.project.as_deref())?;
        Some(Made {
            at: called.at,
            session,
            project,
            habit: backtest::habit(called.mode, called.tool),
            judged: self.judged(called),
        })
    }
}

fn said(answer: &Answer) -> Said {
    let verdict = &answer.verdict;
    Said {
        action: verdict.action,
        layer: verdict.layer,
        rule: verdict.rule.clone(),
        reason: shortened(&answer.told(&verdict.reason), REASON_CHARS),
    }
}

/// Redacted, and then cut: the end of half a secret is not known for one.
fn shortened(text: &str, most: usize) -> String {
    call::shortened(&redact(text).text, most).into_owned()
}
