//! What was learned, and what is thought of a call.
//!
//! Two things are known of a call: what its features say (the learner), and what was answered to this very call in this
//! project before. How far to trust which is not fixed but learned, too: several ways of weighing them are followed side
//! by side, each counting by how well it has foretold so far (a Bayesian mixture with a fixed share, Herbster and Warmuth,
//! 1998). A person who contradicts themself is foretold by features, one whose projects differ by what was answered here.

use std::collections::BTreeMap;

use claudectl_gate::lattice::Level;
use serde::Serialize;

use crate::bound::{Bet, Risk};
use crate::bytes::{Reader, Writer};
use crate::calibration::{Calibration, Interval, Step};
use crate::drift::Drift;
use crate::features::{Features, Group, Key};
use crate::label::Source;
use crate::learner::{Learner, kept, sigmoid};

/// How much the features count against what was answered to this very call, in answers; `None`: alone. The last one goes
/// by the last few answers only.
const WAYS: [Way; 5] = [Way::Features, Way::All(0.1), Way::All(0.5), Way::All(2.0), Way::Last(0.3)];
/// So much of what each way is worth is dealt out anew with each answer, so that none is given up for good.
const SHARE: f64 = 0.002;
/// What an answer leaves of those before, for the way that goes by the last few.
const FADE: f64 = 0.6;
/// No probability is further from a half: nobody is that sure.
const SURE: f64 = 0.9995;
/// So many calls are remembered; then a quarter of them, those answered longest ago, is forgotten.
const MOST_CALLS: usize = 65_536;
/// A group goes by the bound of all only if it has proven so much itself.
const OWN_TRIALS: u64 = 10;

enum Way {
    Features,
    All(f64),
    Last(f64),
}

/// How much each way counts.
pub type Mixture = [f64; WAYS.len()];
/// A place for each group, and one for all together.
pub const PLACES: usize = Group::ALL.len() + 1;
/// All groups together.
const ALL: usize = Group::ALL.len();

/// What was answered to a call.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// How often it was allowed, older answers less.
    pub allowed: f64,
    /// How often it was denied.
    pub denied: f64,
    /// The same of the last few: allowed, denied.
    pub last: [f64; 2],
    /// When it was last answered, milliseconds since the epoch.
    pub at: i64,
    /// Which of all answers that was, from 1 on: clocks are put back and forth.
    pub nth: u64,
}

impl Evidence {
    pub(crate) fn write(&self, out: &mut Writer) {
        [self.allowed, self.denied, self.last[0], self.last[1]]
            .into_iter()
            .for_each(|number| out.f64(number));
        out.i64(self.at);
        out.u64(self.nth);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (allowed, denied) = (from.f64()?, from.f64()?);
        let last = [from.f64()?, from.f64()?];
        Some(Self { allowed, denied, last, at: from.i64()?, nth: from.u64()? })
    }

    pub(crate) fn aged(self, now: i64) -> Self {
        let kept = kept(self.at, now);
        Self { allowed: self.allowed * kept, denied: self.denied * kept, ..self }
    }

    /// It was answered before, and always otherwise.
    fn is_against(self, wanted: bool) -> bool {
        let (same, other) = if wanted { (self.allowed, self.denied) } else { (self.denied, self.allowed) };
        same == 0.0 && other > 0.0
    }

    fn see(&mut self, wanted: bool, weight: f64, now: i64, nth: u64) {
        *self = self.aged(now);
        self.nth = nth;
        self.at = self.at.max(now);
        self.last = self.last.map(|part| part * FADE);
        if wanted {
            self.allowed += weight;
            self.last[0] += weight;
        } else {
            self.denied += weight;
            self.last[1] += weight;
        }
    }
}

/// What is thought of a call before anybody answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// How likely it is wanted.
    pub p: f64,
    /// Between what, going by what was lately answered in its group.
    pub interval: Interval,
    /// The same by what was answered here alone.
    pub own: f64,
    /// What the features alone say.
    pub by_features: f64,
    /// What was answered to this very call before.
    pub evidence: Evidence,
    /// What each way says.
    ways: Mixture,
    /// What they say together.
    raw: f64,
    /// What that has come to mean.
    calibrated: f64,
}

/// What is done about a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Opinion {
    /// It may run without a question.
    Allow,
    /// It is refused without one.
    Deny,
    /// A person is asked.
    Ask(Why),
}

/// Why a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It is not for learning.
    NotLearnable,
    /// In this project, nobody has answered for such a thing.
    New,
    /// It is not sure enough.
    Unsure,
    /// There are too few answers to say how often it is wrong.
    Unproven,
    /// The person has come to want something else.
    Drift,
    /// To see whether it is right.
    Audit,
    /// Calls of this session were changed after they had been judged.
    Barred,
    /// By answers that were given here it would run; by those that were taken over, it is not sure enough.
    Elsewhere,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NotLearnable,
        Self::New,
        Self::Unsure,
        Self::Unproven,
        Self::Drift,
        Self::Audit,
        Self::Barred,
        Self::Elsewhere,
    ];

    /// The one of a name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotLearnable => "not-learnable",
            Self::New => "new",
            Self::Unsure => "unsure",
            Self::Unproven => "unproven",
            Self::Drift => "drift",
            Self::Audit => "audit",
            Self::Barred => "barred",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotLearnable => "it is not for learning",
            Self::New => "in this project, nobody has answered for such a thing yet",
            Self::Unsure => "your answers do not say clearly enough what you want",
            Self::Unproven => "too few answers have proven that it is seldom wrong",
            Self::Drift => "you have lately answered otherwise than before",
            Self::Audit => "it asks now and then, to see whether it is still right",
            Self::Barred => "a call of this session was changed after it had been judged",
            Self::Elsewhere => "answers that were taken over from elsewhere speak against it",
        }
    }
}

/// An answer of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// The call's features.
    pub features: &'a Features,
    /// The project.
    pub project: Key,
    /// Whether they wanted it to run.
    pub wanted: bool,
    /// Where the answer comes from.
    pub source: Source,
    /// What was said of the call without asking: that it may run, or not.
    pub said: Option<bool>,
    /// When, milliseconds since the epoch.
    pub at: i64,
}

/// What has to be known to think of a call: of what was learned itself, or of the table that was made of it.
pub trait Known {
    /// What a person accepts.
    fn risk(&self) -> Risk;
    /// What a feature adds, in logits.
    fn adds(&self, slot: u32) -> f64;
    /// What features add by answers that were given elsewhere, in logits.
    fn elsewhere(&self, slots: &[u32]) -> f64;
    /// What was answered to a call here, as of now.
    fn evidence(&self, exact: Key, now: i64) -> Evidence;
    /// Whether anybody has answered for a part.
    fn has_part(&self, part: Key) -> bool;
    /// How much each way counts.
    fn mixture(&self) -> &Mixture;
    /// How much calibrated probabilities count against those that are not.
    fn held(&self) -> f64;
    /// What scores of a group have come to mean; of all, past the last group.
    fn interval(&self, group: usize, score: f64) -> Option<Interval>;
    /// Whether silent answers of a group are proven to be right: those that allow, or those that deny.
    fn is_proven(&self, group: Group, allows: bool) -> bool;
    /// Whether the person has lately come to want something else in a project.
    fn is_wary(&self, project: Key) -> bool;
    /// Since which answer of all they are relied on without a question: those before one that came unforeseen are not.
    fn since(&self, project: Key) -> u64;

    /// What is thought of a call.
    fn predict(&self, features: &Features, now: i64) -> Prediction {
        let score = features.slots.iter().fold(offset(features.level), |sum, slot| sum + self.adds(*slot));
        let by_features = sigmoid(score);
        let evidence = self.evidence(features.exact, now);
        let ways = WAYS.each_ref().map(|way| match way {
            Way::Features => by_features,
            Way::All(weight) => share(evidence.allowed, evidence.denied, *weight, by_features),
            Way::Last(weight) => share(evidence.last[0], evidence.last[1], *weight, by_features),
        });
        let ways = ways.map(|way| way.clamp(1.0 - SURE, SURE));
        let raw: f64 = ways.iter().zip(self.mixture()).map(|(way, part)| way * part).sum();
        let score = logit(raw);
        let of = |group: usize| self.interval(group, score);
        let interval = of(features.family.index()).or_else(|| of(ALL));
        let calibrated = interval.map_or(raw, |interval| interval.nearest(raw).clamp(1.0 - SURE, SURE));
        let p = raw * (1.0 - self.held()) + calibrated * self.held();
        let interval = interval.unwrap_or(Interval { low: raw, high: raw }).around(p);
        // Nobody here has given those: they may only make it less likely, and the less so, the more was answered here.
        let weight = 1.0 / (1.0 + evidence.allowed + evidence.denied);
        let against = self.elsewhere(&features.slots).min(0.0) * weight;
        let lowered = |p: f64| if against < 0.0 { sigmoid(logit(p) + against).min(p) } else { p };
        let interval = Interval { low: lowered(interval.low), high: lowered(interval.high) };
        Prediction { p: lowered(p), interval, own: p, by_features, evidence, ways, raw, calibrated }
    }

    /// Whether a call would be answered by what was answered here, and how, if it is proven that such answers are right.
    ///
    /// # Errors
    /// Why it would not.
    fn would(&self, features: &Features, project: Key, prediction: &Prediction) -> Result<bool, Why> {
        let Risk { alpha, .. } = self.risk();
        if !features.parts.iter().all(|part| self.has_part(*part)) {
            return Err(Why::New);
        }
        let Prediction { own, evidence, .. } = prediction;
        if evidence.nth < self.since(project) {
            return Err(Why::Drift);
        }
        if *own >= 1.0 - alpha && evidence.allowed > 0.0 {
            return Ok(true);
        }
        if *own <= alpha && evidence.denied > 0.0 {
            return Ok(false);
        }
        Err(Why::Unsure)
    }

    /// What is done about a call that is for learning.
    fn opinion(&self, features: &Features, project: Key, prediction: &Prediction) -> Opinion {
        match self.would(features, project, prediction) {
            Err(why) => Opinion::Ask(why),
            Ok(_) if self.is_wary(project) => Opinion::Ask(Why::Drift),
            Ok(allows) if !self.is_proven(features.family, allows) => Opinion::Ask(Why::Unproven),
            Ok(true) if prediction.p < 1.0 - self.risk().alpha => Opinion::Ask(Why::Elsewhere),
            Ok(true) => Opinion::Allow,
            Ok(false) => Opinion::Deny,
        }
    }
}

/// What was learned.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) risk: Risk,
    pub(crate) learner: Learner,
    /// The same of answers that were given elsewhere, if there are any: they say nothing of this person, and are kept apart
    /// from all that may open something.
    pub(crate) elsewhere: Option<Learner>,
    pub(crate) mixture: Mixture,
    /// How much calibrated probabilities count against those that were not.
    pub(crate) held: f64,
    pub(crate) evidence: BTreeMap<Key, Evidence>,
    /// How often each part was answered for.
    pub(crate) parts: BTreeMap<Key, u32>,
    pub(crate) calibrations: [Calibration; PLACES],
    pub(crate) allows: [Bet; PLACES],
    pub(crate) denies: [Bet; PLACES],
    pub(crate) drifts: BTreeMap<Key, Drift>,
    /// With which answer something that was proven last came to be so no longer. Somebody who has changed their mind has
    /// seldom done so in one matter alone: what was answered before is asked about once more.
    pub(crate) doubted: u64,
    pub(crate) labels: u64,
}

impl Known for Model {
    fn risk(&self) -> Risk {
        self.risk
    }

    fn adds(&self, slot: u32) -> f64 {
        self.learner.adds(slot)
    }

    fn elsewhere(&self, slots: &[u32]) -> f64 {
        self.elsewhere.as_ref().map_or(0.0, |learner| learner.score(slots, 0.0))
    }

    fn evidence(&self, exact: Key, now: i64) -> Evidence {
        self.evidence.get(&exact).map_or_else(Evidence::default, |found| found.aged(now))
    }

    fn has_part(&self, part: Key) -> bool {
        self.parts.contains_key(&part)
    }

    fn mixture(&self) -> &Mixture {
        &self.mixture
    }

    fn held(&self) -> f64 {
        self.held
    }

    fn interval(&self, group: usize, score: f64) -> Option<Interval> {
        self.calibrations[group].of(score)
    }

    fn is_proven(&self, group: Group, allows: bool) -> bool {
        let bets = self.bets(allows);
        let own = &bets[group.index()];
        let by_all = bets[ALL].holds(self.risk) && own.clean >= OWN_TRIALS;
        own.holds(self.risk) || by_all
    }

    fn is_wary(&self, project: Key) -> bool {
        self.drifts.get(&project).is_some_and(Drift::is_wary)
    }

    fn since(&self, project: Key) -> u64 {
        self.drifts.get(&project).map_or(self.doubted, |drift| drift.since.max(self.doubted))
    }
}

impl Model {
    /// One that has learned nothing.
    #[must_use]
    pub fn new(risk: Risk) -> Self {
        Self {
            risk,
            learner: Learner::default(),
            elsewhere: None,
            mixture: [1.0 / WAYS.len() as f64; WAYS.len()],
            held: 0.5,
            evidence: BTreeMap::new(),
            parts: BTreeMap::new(),
            calibrations: Default::default(),
            allows: Default::default(),
            denies: Default::default(),
            drifts: BTreeMap::new(),
            doubted: 0,
            labels: 0,
        }
    }

    /// How many answers it has learned from.
    #[must_use]
    pub const fn labels(&self) -> u64 {
        self.labels
    }

    /// How far it is proven that silent answers are right: of each group, and of all past the last.
    #[must_use]
    pub const fn bets(&self, allows: bool) -> &[Bet; PLACES] {
        if allows { &self.allows } else { &self.denies }
    }

    /// What scores of a group have come to mean, the lowest first; of all, past the last group.
    #[must_use]
    pub fn steps(&self, place: usize) -> &[Step] {
        self.calibrations[place].steps()
    }

    /// How often a person has come to want something else, over all projects.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.drifts.values().map(|drift| drift.changes).sum()
    }

    /// In how many projects nothing is answered silently for that.
    #[must_use]
    pub fn wary(&self) -> u64 {
        self.drifts.values().filter(|drift| drift.is_wary()).count() as u64
    }

    /// Learns an answer.
    pub fn learn(&mut self, answer: &Answer<'_>) {
        let Answer { features, wanted, source, said, at, .. } = *answer;
        let (offset, weight) = (offset(features.level), source.weight());
        if source.is_imported() {
            let elsewhere = self.elsewhere.get_or_insert_default();
            elsewhere.learn(&features.slots, offset, wanted, weight, at);
            self.labels += 1;
            return;
        }
        if source.is_trial() {
            self.score(answer, &self.predict(features, at));
        }
        if let Some(said) = said.filter(|said| source == Source::Correction && *said != wanted) {
            let group = features.family.index();
            self.hold(said, |bets| [group, ALL].into_iter().for_each(|place| bets[place].begin_again()));
        }
        if self.evidence.len() >= MOST_CALLS {
            self.forget_oldest();
        }
        self.evidence.entry(features.exact).or_default().see(wanted, weight, at, self.labels + 1);
        for part in &features.parts {
            *self.parts.entry(*part).or_default() += 1;
        }
        self.learner.learn(&features.slots, offset, wanted, weight, at);
        self.labels += 1;
    }

    fn forget_oldest(&mut self) {
        let mut times: Vec<(i64, Key)> = self.evidence.iter().map(|(key, known)| (known.at, *key)).collect();
        times.sort_unstable();
        for (_, key) in &times[..MOST_CALLS / 4] {
            self.evidence.remove(key);
        }
    }

    /// Changes bets on what is allowed, or denied. If something that was proven is so no longer, that is when it was.
    fn hold(&mut self, allows: bool, change: impl FnOnce(&mut [Bet; PLACES])) {
        let proven = Group::ALL.map(|group| self.is_proven(group, allows));
        change(if allows { &mut self.allows } else { &mut self.denies });
        let is_lost = |(group, was): (Group, bool)| was && !self.is_proven(group, allows);
        if Group::ALL.into_iter().zip(proven).any(is_lost) {
            self.doubted = self.labels + 1;
        }
    }

    /// Holds what was thought of a call against what its person has answered.
    fn score(&mut self, answer: &Answer<'_>, prediction: &Prediction) {
        let Answer { features, project, wanted, .. } = *answer;
        let nth = self.labels + 1;
        let (group, risk) = (features.family.index(), self.risk);
        match self.would(features, project, prediction) {
            Ok(would) => {
                self.drifts.entry(project).or_default().see(would != wanted, nth);
                self.hold(would, |bets| {
                    [group, ALL].into_iter().for_each(|place| bets[place].see(would != wanted, risk));
                });
            }
            // Who has never answered a call so before slips, or has changed their mind: as long as nothing is proven that
            // counts against it, also where it would not have been sure enough to count for it.
            Err(Why::Unsure) if prediction.evidence.is_against(wanted) => {
                let bets = if wanted { &mut self.denies } else { &mut self.allows };
                for bet in [group, ALL] {
                    if !bets[bet].holds(risk) {
                        bets[bet].see(true, risk);
                    }
                }
            }
            Err(_) => {}
        }
        for place in [group, ALL] {
            self.calibrations[place].see(logit(prediction.raw), wanted);
        }
        let of = |p: f64| if wanted { p } else { 1.0 - p };
        let (with, without) = (self.held * of(prediction.calibrated), (1.0 - self.held) * of(prediction.raw));
        self.held = with / (with + without) * (1.0 - SHARE) + SHARE / 2.0;
        for (way, part) in prediction.ways.iter().zip(&mut self.mixture) {
            *part *= of(*way);
        }
        let sum: f64 = self.mixture.iter().sum();
        for part in &mut self.mixture {
            *part = *part / sum * (1.0 - SHARE) + SHARE / WAYS.len() as f64;
        }
    }
}

fn share(allowed: f64, denied: f64, weight: f64, by_features: f64) -> f64 {
    (allowed + weight * by_features) / (allowed + denied + weight)
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// What is thought of a call before anybody has answered anything, in logits.
const fn offset(level: Level) -> f64 {
    match level {
        Level::Allow => 1.5,
        Level::Learnable => 0.5,
        Level::Ask => 0.3,
        Level::Deny => -6.0,
    }
}
