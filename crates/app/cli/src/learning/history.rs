//! Answers of the past, from transcripts: who is here for the first time is known already.
//!
//! A prompt that was answered stands in the row of the call's result, where Claude Code's version writes it. What was done
//! and taken back within minutes, and what was interrupted as soon as it had begun, say something, too, and less.

use std::collections::HashMap;
use std::sync::Arc;

use claudectl_agents::ReadError;
use claudectl_agents::calls::Called;
use claudectl_agents::walk::Walk;
use claudectl_brain::course::{self, Course, Ended, Track};
use claudectl_brain::features::{Features, Key, hash};
use claudectl_brain::label::Source;
use claudectl_fleet::call;
use claudectl_fleet::tools::Family;
use claudectl_gate::backtest::Past;
use claudectl_redact::redact_tool;
use claudectl_store::brain::Answer;

use super::AT_ONCE_MS;
use super::changes::{Changes, restored};
use crate::app::App;
use crate::error::Result;
use crate::judging::Judge;
use crate::judging::learned::Learned;
use crate::replaying::{self, Bench, Ending, Place, Seen};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Mined {
    pub(crate) transcripts: u64,
    pub(crate) unreadable: u64,
    pub(crate) calls: u64,
    /// Calls that the gate would ask about and that may be learned from.
    pub(crate) learnable: u64,
    pub(crate) answers: Vec<Answer>,
    pub(crate) errors: Vec<ReadError>,
}

/// Which calls are looked at.
#[derive(Debug)]
pub(crate) struct Scope {
    /// From then on, milliseconds since the epoch.
    pub(crate) since: i64,
    /// Part of the project's folder, in lower case.
    pub(crate) project: Option<String>,
}

/// Reads what was found and tells of answers in it, in the order of their calls.
///
/// # Errors
/// When rules cannot be read.
pub(crate) fn mine(app: &App, walk: Walk, scope: &Scope) -> Result<Mined> {
    let replay = replaying::replay(app, walk, scope.since, "reading", |app| Miner::new(app, scope))?;
    let mut mined = Mined {
        transcripts: replay.transcripts,
        unreadable: replay.unreadable,
        errors: replay.errors,
        ..Mined::default()
    };
    for seen in replay.calls.into_values() {
        mined.calls += u64::from(seen.made.is_some());
        mined.learnable += u64::from(seen.made.as_ref().is_some_and(|(_, made)| made.known.is_some()));
        mined.answers.extend(answers(seen));
    }
    mined
        .answers
        .sort_by(|a, b| (a.at, &a.session, &a.call, &a.source).cmp(&(b.at, &b.session, &b.call, &b.source)));
    Ok(mined)
}

/// What the end of a call says of what its person wanted.
pub(super) fn answers(seen: Seen<Made>) -> Vec<Answer> {
    let (Some((_, made)), Some((_, ending))) = (seen.made, seen.ended) else { return Vec::new() };
    let (Some(known), Some(at)) = (&made.known, made.at) else { return Vec::new() };
    let answer = |source: Source, wanted: bool| Answer {
        at,
        made_at: at,
        session: made.session.to_string(),
        call: Some(made.id.clone()),
        project: known.project.clone(),
        tool: known.tool.clone(),
        summary: known.line.clone(),
        source: source.word().to_owned(),
        wanted,
        features: known.features.after(&made.course).pack(),
        ..Answer::default()
    };
    let Ending { past, always, interrupted, .. } = ending;
    let soon = ending.at.is_some_and(|end| end.saturating_sub(at) <= AT_ONCE_MS);
    let mut all = match past {
        Past::Granted => vec![answer(if always { Source::Always } else { Source::Prompt }, true)],
        Past::Refused => vec![answer(Source::Prompt, false)],
        _ if interrupted && soon => vec![answer(Source::Interrupted, false)],
        _ => Vec::new(),
    };
    if seen.taken_back && past != Past::Refused {
        all.push(answer(Source::Reverted, false));
    }
    all
}

/// A call that was made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) at: Option<i64>,
    pub(super) session: Arc<str>,
    pub(super) known: Option<Arc<Known>>,
    /// What was before it in its transcript.
    pub(super) course: Course,
}

/// What is known of a call that may be learned from.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) features: Features,
    /// The folder of its project, as hooks know it.
    pub(super) project: String,
    pub(super) tool: String,
    pub(super) line: String,
}

/// What is known of a call, whoever makes it when.
#[derive(Debug, Clone)]
struct Judged {
    known: Option<Arc<Known>>,
    /// The files that it puts back as version control has them.
    restored: Arc<[String]>,
    /// What it is to the calls after it.
    program: Key,
}

struct Miner<'a> {
    scope: &'a Scope,
    judge: Judge,
    judged: HashMap<u128, Judged>,
    place: Place,
    changes: Changes,
    track: Track,
}

impl<'a> Miner<'a> {
    fn new(app: &App, scope: &'a Scope) -> Result<Self> {
        Ok(Self {
            scope,
            judge: Judge::new(app)?.with(Learned::nothing(app)?),
            judged: HashMap::new(),
            place: Place::default(),
            changes: Changes::default(),
            track: Track::default(),
        })
    }

    fn judged(&mut self, called: &Called<'_>) -> Judged {
        let fingerprint = called.fingerprint();
        if let Some(judged) = self.judged.get(&fingerprint) {
            return judged.clone();
        }
        let answer = self.judge.judge(&replaying::asked(called));
        let line = call::line(called.tool, called.input);
        let program = course::program(called.tool, Family::Shell.has(called.tool), &line);
        let known = answer.known.map(|known| {
            Arc::new(Known {
                features: known.features,
                project: known.project,
                tool: redact_tool(called.tool).into_owned(),
                line: call::short(&line).into_owned(),
            })
        });
        let judged = Judged { known, restored: restored(&answer.report), program };
        self.judged.insert(fingerprint, judged.clone());
        judged
    }
}

impl Bench for Miner<'_> {
    type Made = Made;

    fn begin(&mut self) {
        self.changes.begin();
        self.track = Track::default();
    }

    fn ended(&mut self, id: &str, ending: &Ending) {
        let ended = match ending.past {
            Past::Refused => Ended::Refused,
            _ if ending.failed => Ended::Failed,
            _ => Ended::Well,
        };
        self.track.ended(hash(id), ended);
        if ending.by_person
            && let Some(at) = ending.at
        {
            self.track.seen_person(at);
        }
    }

    fn taken_back(&mut self) -> Vec<String> {
        self.changes.taken_back().into_iter().map(|(id, _)| id).collect()
    }

    fn made(&mut self, called: &Called<'_>) -> Option<Made> {
        let (session, _) = self.place.of(called, self.scope.since, self.scope.project.as_deref())?;
        let Judged { known, restored, program } = self.judged(called);
        self.changes.follow(called, &restored);
        let course = self.track.before(hash(called.input), called.at.unwrap_or_default());
        self.track.called(hash(called.id), program, hash(called.input));
        Some(Made { id: called.id.to_owned(), at: called.at, session, known, course })
    }
}
