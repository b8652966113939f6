//! Streams played to the learner, and to simpler ways of doing it.

use std::collections::BTreeMap;
use std::rc::Rc;

use claudectl_gate::lattice::Level;
use claudectl_gate::tools;
use claudectl_shell::facts::{NoFacts, Place};
use serde::Serialize;

use super::baselines::{Door, Frequency, Majority, Plain, Published};
use super::metrics::{Figures, Scored, Tally, labels_to_half};
use super::streams::Row;
use crate::bound::Risk;
use crate::course::{self, Ended, Track};
use crate::features::{self, Features, Group, Key, Situation};
use crate::identity::{self, Secret};
use crate::label::Source;
use crate::model::{Answer, Known as _, Model, Opinion};

/// What a person accepts where they have not said otherwise.
pub const RISK: Risk = Risk { alpha: 0.05, delta: 0.02 };
/// The home folder of whoever a stream is of: calls are judged as if it was theirs.
pub const HOME: &str = "/home/person";
/// Of so many silent answers, one is asked about all the same.
const AUDITED: u64 = 50;
/// What makes audits of this be others than of anything else.
const SEED: u64 = 0x61_75_64_69_74;

/// A call of a stream, with what is made of it.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The line.
    pub row: &'a Row,
    /// What the learner sees of it.
    pub features: Rc<Features>,
    /// What simple ways see of it.
    pub plain: Rc<Plain>,
    /// Where its answer comes from.
    pub source: Source,
}

/// What the learner sees of a call, and what simple ways do.
type Seen = (Rc<Features>, Rc<Plain>);

/// Makes of each line what is known of its call.
#[must_use]
pub fn calls(rows: &[Row]) -> Vec<Call<'_>> {
    let mut known: BTreeMap<(&str, &str, String), Seen> = BTreeMap::new();
    let of = |row: &Row, input: &str| {
        let plain = Plain {
            project: features::hash(&row.root),
            exact: [&row.root, row.tool.as_str(), input]
                .iter()
                .fold(0, |all, text| features::join(all, features::hash(text))),
            tool: features::hash(&row.tool),
            two_words: features::hash(&two_words(row)),
        };
        (Rc::new(of_call(&row.tool, &row.input, &row.root)), Rc::new(plain))
    };
    let mut tracks: BTreeMap<&str, Track> = BTreeMap::new();
    rows.iter()
        .map(|row| {
            let input = row.input.to_string();
            let key = (row.root.as_str(), row.tool.as_str(), input.clone());
            let (features, plain) = known.entry(key).or_insert_with(|| of(row, &input)).clone();
            let track = tracks.entry(&row.session).or_default();
            let course = track.before(plain.exact, row.at);
            follow(track, row, plain.exact);
            let features = Rc::new(features.after(&course));
            Call { row, features, plain, source: Source::Prompt }
        })
        .collect()
}

/// What is known of a session after a call of it.
fn follow(track: &mut Track, row: &Row, input: Key) {
    let line = row.input["command"].as_str().unwrap_or_default();
    let call = input | 1;
    track.called(call, course::program(&row.tool, Group::of(&row.tool) == Group::Shell, line), input);
    track.ended(call, if row.answer { Ended::Well } else { Ended::Refused });
    track.seen_person(row.at);
}

/// What the learner sees of a call that was made in the folder of a project.
#[must_use]
pub fn of_call(tool: &str, input: &serde_json::Value, root: &str) -> Features {
    of_call_in(tool, input, root, Situation::of(&Secret::KNOWN, root, HOME))
}

/// The same in a folder, with what else is known there.
#[must_use]
pub fn of_call_in(tool: &str, input: &serde_json::Value, folder: &str, situation: Situation<'_>) -> Features {
    let Situation { root, home, .. } = situation;
    let place = Place { home, folder: Some(folder), root: Some(root), facts: &NoFacts };
    let report = tools::report(tool, input, place);
    let given = identity::given(tool, input, folder, situation);
    features::of(tool, &report, Situation { given, ..situation })
}

/// The first two words of a command, or of a path.
fn two_words(row: &Row) -> String {
    let text = ["command", "file_path", "notebook_path"].iter().find_map(|key| row.input[*key].as_str());
    text.unwrap_or_default().split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// Which calls the learner may answer by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All that the lattice does not refuse.
    NotRefused,
    /// Those that it leaves to be learned, and no others are counted: as in the program.
    Learnable,
}

impl Reach {
    const fn has(self, level: Level) -> bool {
        match self {
            Self::NotRefused => !matches!(level, Level::Deny),
            Self::Learnable => matches!(level, Level::Learnable),
        }
    }

    /// Whether a person is asked about a call that it does not have.
    const fn asks(self, level: Level) -> bool {
        match self {
            Self::NotRefused => true,
            Self::Learnable => matches!(level, Level::Ask),
        }
    }
}

/// One way of answering.
trait Way {
    /// How likely a call is wanted.
    fn predict(&self, call: &Call<'_>) -> f64;
    /// What it answers by itself.
    fn own(&self, call: &Call<'_>) -> Option<bool>;
    /// It is told what a person has answered.
    fn learn(&mut self, call: &Call<'_>, source: Source);
    /// It has answered by itself, and nobody was asked.
    fn did(&mut self, _: &Call<'_>, _: bool) {}
    /// Whether some of its own answers are asked about all the same.
    fn is_audited(&self) -> bool {
        true
    }
}

struct Learner {
    model: Model,
    reach: Reach,
}

impl Way for Learner {
    fn predict(&self, call: &Call<'_>) -> f64 {
        self.model.predict(&call.features, call.row.at).p
    }

    fn own(&self, call: &Call<'_>) -> Option<bool> {
        if !self.reach.has(call.features.level) {
            return None;
        }
        let prediction = self.model.predict(&call.features, call.row.at);
        match self.model.opinion(&call.features, call.plain.project, &prediction) {
            Opinion::Allow => Some(true),
            Opinion::Deny => Some(false),
            Opinion::Ask(_) => None,
        }
    }

    fn learn(&mut self, call: &Call<'_>, source: Source) {
        self.model.learn(&answer(call, source));
    }
}

fn answer<'a>(call: &'a Call<'_>, source: Source) -> Answer<'a> {
    let Row { answer: wanted, at, .. } = *call.row;
    Answer { features: &call.features, project: call.plain.project, wanted, source, said: None, at }
}

impl Way for Majority {
    fn predict(&self, _: &Call<'_>) -> f64 {
        self.predict()
    }

    fn own(&self, _: &Call<'_>) -> Option<bool> {
        self.own()
    }

    fn learn(&mut self, call: &Call<'_>, _: Source) {
        self.learn(call.row.answer);
    }
}

struct Table {
    table: Frequency,
    alpha: f64,
}

impl Way for Table {
    fn predict(&self, call: &Call<'_>) -> f64 {
        self.table.predict(&call.plain)
    }

    fn own(&self, call: &Call<'_>) -> Option<bool> {
        self.table.own(&call.plain, self.alpha)
    }

    fn learn(&mut self, call: &Call<'_>, _: Source) {
        self.table.learn(&call.plain, call.row.answer);
    }
}

impl Way for Published {
    fn predict(&self, call: &Call<'_>) -> f64 {
        self.predict(&call.plain)
    }

    fn own(&self, call: &Call<'_>) -> Option<bool> {
        self.own(&call.plain)
    }

    fn learn(&mut self, call: &Call<'_>, _: Source) {
        self.learn(&call.plain, call.row.answer);
    }

    fn did(&mut self, call: &Call<'_>, allow: bool) {
        self.did(&call.plain, allow);
    }

    fn is_audited(&self) -> bool {
        false
    }
}

/// Asks about every call.
struct AskAlways;

impl Way for AskAlways {
    fn predict(&self, _: &Call<'_>) -> f64 {
        0.5
    }

    fn own(&self, _: &Call<'_>) -> Option<bool> {
        None
    }

    fn learn(&mut self, _: &Call<'_>, _: Source) {}
}

/// Whether the silent answer to a call is asked about all the same.
const fn is_audit(number: u64) -> bool {
    features::join(number, SEED).is_multiple_of(AUDITED)
}

/// Plays a stream to a way of answering, twice: made anew each time.
fn play<W: Way>(calls: &[Call<'_>], reach: Reach, new: impl Fn() -> W) -> Tally {
    let mut tally = Tally::default();
    let mut full = new();
    for call in calls {
        if reach.has(call.features.level) || reach == Reach::NotRefused {
            let Row { answer, wanted, .. } = *call.row;
            tally.scored.push(Scored { p: full.predict(call), answer, wanted });
        }
        full.learn(call, call.source);
    }
    let mut used = new();
    let mut answered = Vec::with_capacity(calls.len());
    for (number, call) in (0..).zip(calls) {
        let level = call.features.level;
        let counts = reach.has(level) || reach == Reach::NotRefused;
        let asks = counts || reach.asks(level);
        let own = if counts { used.own(call) } else { None };
        let audit = own.is_some() && used.is_audited() && is_audit(number);
        let own = own.filter(|_| !audit);
        if counts {
            answered.push((own.is_some(), tally.labels));
            tally.calls += 1;
        }
        match own {
            Some(allow) => {
                used.did(call, allow);
                let Row { wanted, critical, .. } = *call.row;
                tally.allows += u64::from(allow);
                tally.denies += u64::from(!allow);
                tally.false_allows += u64::from(allow && !wanted);
                tally.false_denies += u64::from(!allow && wanted);
                tally.critical += u64::from(allow && critical);
            }
            None if asks => {
                used.learn(call, if audit { Source::Audit } else { call.source });
                tally.labels += 1;
            }
            None => {}
        }
    }
    tally.to_half = labels_to_half(&answered);
    tally
}

/// What streams came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tallies {
    /// The learner, where it may answer all that the lattice does not refuse.
    pub learner: Tally,
    /// The same, where it may answer what the lattice leaves to be learned; of these calls alone.
    pub gated: Tally,
    /// Simpler ways, by their names.
    pub baselines: BTreeMap<&'static str, Tally>,
}

/// The figures of streams.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The learner.
    pub learner: Figures,
    /// The learner, where it may answer what the lattice leaves to be learned; of these calls alone.
    pub gated: Figures,
    /// Simpler ways, by their names.
    pub baselines: BTreeMap<&'static str, Figures>,
}

impl Tallies {
    /// Takes in what another stream came to.
    pub fn add(&mut self, other: &Self) {
        self.learner.add(&other.learner);
        self.gated.add(&other.gated);
        for (name, tally) in &other.baselines {
            self.baselines.entry(name).or_default().add(tally);
        }
    }

    /// The figures.
    #[must_use]
    pub fn report(&self) -> Report {
        let baselines = self.baselines.iter().map(|(name, tally)| (*name, tally.figures())).collect();
        Report { learner: self.learner.figures(), gated: self.gated.figures(), baselines }
    }
}

/// Plays a stream to the learner and to all simpler ways.
#[must_use]
pub fn evaluate(rows: &[Row], risk: Risk) -> Tallies {
    evaluate_calls(&calls(rows), risk)
}

/// The same of calls that are known already, as those of the log.
#[must_use]
pub fn evaluate_calls(calls: &[Call<'_>], risk: Risk) -> Tallies {
    let learner = |reach| play(calls, reach, || Learner { model: Model::new(risk), reach });
    let all = Reach::NotRefused;
    let published = |door| play(calls, all, || Published::new(door));
    let table = || Table { table: Frequency::default(), alpha: risk.alpha };
    let of_all = learner(all);
    // Where all of them are left to be learned, both are the same.
    let is_learnable = |call: &Call<'_>| Reach::Learnable.has(call.features.level);
    let gated = if calls.iter().all(is_learnable) { of_all.clone() } else { learner(Reach::Learnable) };
    Tallies {
        learner: of_all,
        gated,
        baselines: BTreeMap::from([
            ("majority", play(calls, all, Majority::default)),
            ("frequency", play(calls, all, table)),
            ("published", published(Door::Dashboard)),
            ("published_hook", published(Door::Hook)),
            ("published_repaired", published(Door::Repaired)),
            ("ask_always", play(calls, all, || AskAlways)),
        ]),
    }
}

/// What is learned of streams where every call is asked about.
#[must_use]
pub fn taught<'a>(streams: impl IntoIterator<Item = &'a [Row]>, risk: Risk) -> Model {
    let mut model = Model::new(risk);
    for rows in streams {
        for call in &calls(rows) {
            model.learn(&answer(call, Source::Prompt));
        }
    }
    model
}
