//! What metrics are made of: the log of answers, played once more, and what the gate said of calls.

use std::collections::{BTreeSet, HashMap};

use claudectl_gate::lattice::Level;

use super::figure::Case;
use crate::bound::Risk;
use crate::evaluate::metrics::Scored;
use crate::features::{Features, Group, Key, hash, join};
use crate::label::Source;
use crate::model::{Answer, Known as _, Model, Opinion, Why};
use crate::thought::Thought;

/// What was thought of a call, as it was kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Told {
    /// Nothing was.
    #[default]
    Nothing,
    /// It is torn, or of another version.
    Unreadable,
    /// This.
    Thought(Box<Thought>),
}

impl Told {
    /// Of the JSON that was kept.
    #[must_use]
    pub fn of(json: Option<&str>) -> Self {
        json.map_or(Self::Nothing, |json| {
            serde_json::from_str(json).map_or(Self::Unreadable, |thought| Self::Thought(Box::new(thought)))
        })
    }

    /// What was thought, if that can be read.
    #[must_use]
    pub fn thought(&self) -> Option<&Thought> {
        match self {
            Self::Thought(thought) => Some(thought),
            Self::Nothing | Self::Unreadable => None,
        }
    }

    fn is(&self, why: Why) -> bool {
        self.thought().is_some_and(|thought| thought.why.as_deref() == Some(why.word()))
    }
}

/// An answer of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When its call was made, milliseconds since the epoch.
    pub made_at: i64,
    /// Its place in the log: when it was told.
    pub told_at: i64,
    /// The session.
    pub session: String,
    /// The call's id.
    pub call: Option<String>,
    /// The folder of its project.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// What the call is about.
    pub summary: String,
    /// Where it comes from.
    pub source: Source,
    /// The person wanted it to run.
    pub wanted: bool,
    /// What the learner sees of the call.
    pub features: Features,
    /// What was thought of it.
    pub told: Told,
}

impl Entry {
    /// As in the program, what is no matter of learning teaches nothing.
    fn is_learnable(&self) -> bool {
        self.features.level == Level::Learnable
    }
}

/// What the gate said of a call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decided {
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// The session.
    pub session: String,
    /// The call's id.
    pub call: Option<String>,
    /// The folder of its project.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// What the call is about.
    pub summary: String,
    /// `allow`, `ask` or `deny`.
    pub verdict: String,
    /// What the client was told of it.
    pub said: Option<String>,
    /// What decided.
    pub layer: String,
    /// Answers may teach it.
    pub learnable: bool,
    /// What was thought of it.
    pub told: Told,
    /// What became of it.
    pub outcome: Option<String>,
    /// When that was.
    pub ended_at: Option<i64>,
    /// Another input ran than the one that was judged.
    pub changed: bool,
    /// Who let it run, in the client's own word.
    pub by: Option<String>,
    /// When a prompt about it opened.
    pub asked_at: Option<i64>,
    /// When it was answered from elsewhere.
    pub answered_at: Option<i64>,
}

/// What the gate did about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Did {
    /// It was allowed.
    Allowed,
    /// A person was to be asked, or the client to decide.
    Asked,
    /// It was refused.
    Denied,
}

impl Decided {
    /// What the client was told came to: of what was withheld, nothing.
    #[must_use]
    pub fn did(&self) -> Did {
        match self.said.as_deref() {
            Some("allow") => Did::Allowed,
            Some("deny") => Did::Denied,
            _ => Did::Asked,
        }
    }

    /// It was answered by what was learned.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.layer == "learned" && self.did() != Did::Asked
    }

    /// It would have been answered, and was asked about to see whether that is right.
    #[must_use]
    pub fn is_audit(&self) -> bool {
        self.told.is(Why::Audit)
    }

    /// It ran, however that ended.
    #[must_use]
    pub fn ran(&self) -> bool {
        matches!(self.outcome.as_deref(), Some("ran" | "failed" | "interrupted"))
    }

    /// How long its prompt waited for its person, where that is known to the moment: it was denied, or answered from
    /// elsewhere, or is a change of a file, which takes no time of its own.
    #[must_use]
    pub fn waited(&self) -> Option<i64> {
        let asked = self.asked_at?;
        let by_person = self.by.as_deref().is_some_and(|by| by.starts_with("user_"));
        let takes_no_time = Group::of(&self.tool) == Group::Edit;
        let until = match (self.answered_at, self.outcome.as_deref()) {
            (Some(at), _) => at,
            (None, Some("rejected")) => self.ended_at?,
            (None, Some("ran")) if by_person && takes_no_time => self.ended_at?,
            _ => return None,
        };
        (until >= asked).then(|| until.saturating_sub(asked))
    }
}

/// A call, whatever tells of it.
#[must_use]
pub fn call_key(session: &str, call: &str) -> Key {
    join(hash(session), hash(call))
}

/// An answer, and what was known before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    /// Which of the log.
    pub entry: usize,
    /// How likely it was that the call is wanted.
    pub p: f64,
    /// It would have been answered so, had that been proven to be right.
    pub would: Option<bool>,
    /// What would have been done about it.
    pub opinion: Opinion,
    /// Nobody had answered for such a thing in its project.
    pub is_new: bool,
    /// Nobody had answered for a call of its kind in its project.
    pub is_new_kind: bool,
    /// It is the one by which a change of mind was seen.
    pub is_change: bool,
    /// It is the one by which something that was proven came to be so no longer.
    pub is_doubt: bool,
    /// It was given to a prompt.
    pub is_trial: bool,
    /// What the person wants, by what they said last.
    pub wanted: bool,
}

/// The log, played once more, and calls.
#[derive(Debug)]
pub struct Material {
    /// All that counts here, in the order of the log.
    pub entries: Vec<Entry>,
    /// Those of a time or a project, each with what was known before it.
    pub foretold: Vec<Foretold>,
    /// Calls of that time and project, the first first.
    pub calls: Vec<Decided>,
    /// When weeks begin, the first first.
    pub weeks: Vec<i64>,
    /// What was learned in the end.
    pub model: Model,
    /// What people said of calls in the end.
    pub wishes: HashMap<Key, Wish>,
    /// How many answers of that time and project may be learned from.
    pub answers: usize,
    /// Answers that cannot be read.
    pub unreadable: usize,
    /// How long it takes to think of a call, each time, in nanoseconds.
    pub thinking: Vec<u64>,
}

/// What a person said of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// What they want.
    pub wanted: bool,
    /// That is a correction, and so long after the call it was made, milliseconds.
    pub corrected_after: Option<i64>,
    /// It was taken back.
    pub reverted: bool,
    /// It was interrupted as soon as it had begun.
    pub interrupted: bool,
    /// They were asked about it.
    pub answered: bool,
}

/// Which answers and calls are looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window<'a> {
    /// From then on, milliseconds since the epoch.
    pub since: Option<i64>,
    /// Part of the folder of the project, in lower case.
    pub project: Option<&'a str>,
}

impl Window<'_> {
    /// Whether it has a call.
    #[must_use]
    pub fn has(&self, at: i64, project: &str) -> bool {
        self.since.is_none_or(|since| at >= since)
            && self.project.is_none_or(|name| project.to_lowercase().contains(name))
    }
}

impl Material {
    /// Plays a log once more: each answer is foretold by those before it.
    #[must_use]
    pub fn new(entries: Vec<Entry>, calls: Vec<Decided>, window: Window<'_>, risk: Risk) -> Self {
        let mut material = Self::of_calls(entries, calls, window, risk);
        let mut kinds: BTreeSet<Key> = BTreeSet::new();
        for (at, entry) in material.entries.iter().enumerate().filter(|(_, entry)| entry.is_learnable()) {
            let key = entry.call.as_deref().map(|call| call_key(&entry.session, call));
            let wish = key.and_then(|key| material.wishes.get(&key));
            let corrected = wish.filter(|wish| wish.corrected_after.is_some());
            // As in the program: what was corrected counts as it was then said.
            let wanted = corrected.map_or(entry.wanted, |wish| wish.wanted);
            let told = play(&mut material.model, entry, wanted, at);
            let is_new_kind = kinds.insert(entry.features.kind);
            if window.has(entry.made_at, &entry.project) {
                material.foretold.push(Foretold { is_new_kind, ..told });
            }
        }
        material
    }

    /// The same without foretelling anything: what became of calls needs none of that.
    #[must_use]
    pub fn of_calls(entries: Vec<Entry>, calls: Vec<Decided>, window: Window<'_>, risk: Risk) -> Self {
        let counts = |entry: &&Entry| entry.is_learnable() && window.has(entry.made_at, &entry.project);
        Self {
            answers: entries.iter().filter(counts).count(),
            wishes: wishes(&entries),
            entries,
            foretold: Vec::new(),
            calls: calls.into_iter().filter(|call| window.has(call.at, &call.project)).collect(),
            weeks: Vec::new(),
            model: Model::new(risk),
            unreadable: 0,
            thinking: Vec::new(),
        }
    }

    /// The answer that was foretold.
    #[must_use]
    pub fn entry(&self, of: &Foretold) -> &Entry {
        &self.entries[of.entry]
    }

    /// What the person said of a call.
    #[must_use]
    pub fn wish(&self, of: &Decided) -> Option<Wish> {
        self.wishes.get(&call_key(&of.session, of.call.as_deref()?)).copied()
    }

    /// Answers to prompts: only they were foretold before anything was known of them.
    #[must_use]
    pub fn trials(&self) -> Vec<&Foretold> {
        self.foretold.iter().filter(|one| one.is_trial).collect()
    }

    /// What was foretold, held against what was answered and wanted.
    #[must_use]
    pub fn scored<'a>(&self, all: impl IntoIterator<Item = &'a Foretold>) -> Vec<Scored> {
        let score = |one: &Foretold| Scored { p: one.p, answer: self.entry(one).wanted, wanted: one.wanted };
        all.into_iter().map(score).collect()
    }
}

fn play(model: &mut Model, entry: &Entry, wanted: bool, at: usize) -> Foretold {
    let project = hash(&entry.project);
    let changes = |model: &Model| model.drifts.get(&project).map_or(0, |drift| drift.changes);
    let prediction = model.predict(&entry.features, entry.made_at);
    let would = model.would(&entry.features, project, &prediction);
    let opinion = model.opinion(&entry.features, project, &prediction);
    let (before, doubted) = (changes(model), model.doubted);
    model.learn(&Answer {
        features: &entry.features,
        project,
        wanted,
        source: entry.source,
        said: entry.told.thought().and_then(Thought::said),
        at: entry.made_at,
    });
    Foretold {
        entry: at,
        p: prediction.p,
        would: would.ok(),
        opinion,
        is_new: would == Err(Why::New),
        is_new_kind: false,
        is_change: changes(model) > before,
        is_doubt: model.doubted > doubted,
        is_trial: entry.source.is_trial(),
        wanted,
    }
}

/// What was said of each call: the last word counts, and a correction is one, whatever came after it.
fn wishes(entries: &[Entry]) -> HashMap<Key, Wish> {
    let mut wishes: HashMap<Key, Wish> = HashMap::new();
    for entry in entries {
        let Some(call) = &entry.call else { continue };
        let wish = wishes.entry(call_key(&entry.session, call)).or_default();
        match entry.source {
            Source::Correction => {
                wish.wanted = entry.wanted;
                wish.corrected_after = Some(entry.told_at.saturating_sub(entry.made_at).max(0));
            }
            Source::Reverted => wish.reverted = true,
            Source::Interrupted => wish.interrupted = true,
            Source::Prompt
            | Source::Always
            | Source::Audit
            | Source::Imported
            | Source::ImportedAnswer
            | Source::ImportedException
            | Source::ImportedMarked
            | Source::ImportedCorrection => {
                wish.answered = true;
                if wish.corrected_after.is_none() {
                    wish.wanted = entry.wanted;
                }
            }
        }
    }
    wishes
}

impl Material {
    /// An answer as a case of something.
    #[must_use]
    pub fn case(&self, of: &Foretold, what: &'static str) -> Case {
        let entry = self.entry(of);
        Case {
            at: Some(entry.made_at),
            session: entry.session.clone(),
            tool_use_id: entry.call.clone(),
            tool: entry.tool.clone(),
            summary: entry.summary.clone(),
            what,
            p: Some(of.p),
            after_ms: None,
        }
    }
}

impl Decided {
    /// A call as a case of something.
    #[must_use]
    pub fn case(&self, what: &'static str, after_ms: Option<i64>) -> Case {
        Case {
            at: Some(self.at),
            session: self.session.clone(),
            tool_use_id: self.call.clone(),
            tool: self.tool.clone(),
            summary: self.summary.clone(),
            what,
            p: self.told.thought().map(|thought| thought.p),
            after_ms,
        }
    }
}
