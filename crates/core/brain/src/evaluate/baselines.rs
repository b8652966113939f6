//! Simpler ways of doing it, to hold the learner against: what it cannot beat it is not worth.
//!
//! `published` is how the published tool makes preferences of its log, by its description: calls are grouped by their tool
//! and their first two words, a record is positive where its person *agreed*, what is preferred is what was done at the
//! first record of a group, and the tool's own silent answers count as agreed to. Where that does not say how likely
//! something is, the reading is taken that is kindest to it.

use std::collections::BTreeMap;

use crate::features::Key;

/// A call, as simple ways see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// The project.
    pub project: Key,
    /// The tool and all that it was given, in this project.
    pub exact: Key,
    /// The tool.
    pub tool: Key,
    /// The first two words of its command or path.
    pub two_words: Key,
}

/// What was allowed and denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    allowed: u64,
    denied: u64,
}

impl Counts {
    fn see(&mut self, allowed: bool) {
        self.allowed += u64::from(allowed);
        self.denied += u64::from(!allowed);
    }

    const fn all(self) -> u64 {
        self.allowed + self.denied
    }

    /// How many are allowed, after Laplace.
    fn share(self) -> f64 {
        (self.allowed + 1) as f64 / (self.all() + 2) as f64
    }
}

/// The same for every call.
#[derive(Debug, Clone, Default)]
pub struct Majority {
    counts: Counts,
}

impl Majority {
    /// How likely a call is wanted.
    #[must_use]
    pub fn predict(&self) -> f64 {
        self.counts.share()
    }

    /// What most were answered, once there is one.
    #[must_use]
    pub fn own(&self) -> Option<bool> {
        (self.counts.all() > 0).then_some(self.counts.allowed >= self.counts.denied)
    }

    /// Takes in an answer.
    pub fn learn(&mut self, wanted: bool) {
        self.counts.see(wanted);
    }
}

/// A table of what was answered to each call.
#[derive(Debug, Clone, Default)]
pub struct Frequency {
    table: BTreeMap<Key, Counts>,
}

impl Frequency {
    fn counts(&self, call: &Plain) -> Counts {
        self.table.get(&call.exact).copied().unwrap_or_default()
    }

    /// How likely a call is wanted.
    #[must_use]
    pub fn predict(&self, call: &Plain) -> f64 {
        self.counts(call).share()
    }

    /// What was nearly always answered to it, once there are three answers.
    #[must_use]
    pub fn own(&self, call: &Plain, alpha: f64) -> Option<bool> {
        let counts = self.counts(call);
        let p = counts.share();
        (counts.all() >= 3 && (p >= 1.0 - alpha || p <= alpha)).then_some(p > 0.5)
    }

    /// Takes in an answer.
    pub fn learn(&mut self, call: &Plain, wanted: bool) {
        self.table.entry(call.exact).or_default().see(wanted);
    }
}

/// Which of the published tool's ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Door {
    /// Its dashboard: preferences are made anew with every tenth record.
    Dashboard,
    /// Its hook: those of a project are kept as they were at its tenth record, and thresholds are never made.
    Hook,
    /// Its dashboard, if it took down what people want: no polarity to lose, and its own answers are no records.
    Repaired,
}

/// A record of the published tool's log, as far as preferences are made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The call.
    pub call: Plain,
    /// What was proposed: that it runs, or that it does not.
    pub proposed: bool,
    /// Whether that was agreed to.
    pub agreed: bool,
}

/// What it takes a group of calls to prefer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preference {
    /// That it runs, or that it does not.
    pub allow: bool,
    /// How sure it is, between 0 and 1.
    pub confidence: f64,
    /// Of how many records.
    pub records: u64,
    /// How likely that makes it that a call is wanted.
    pub p: f64,
}

/// A group of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Group {
    /// What was proposed first.
    first: bool,
    /// Agreed to, and not: as allowed and denied.
    agreed: Counts,
}

impl Group {
    fn see(&mut self, record: &Record) {
        if self.agreed.all() == 0 {
            self.first = record.proposed;
        }
        self.agreed.see(record.agreed);
    }

    fn preference(self) -> Option<Preference> {
        let records = self.agreed.all();
        if records < 2 {
            return None;
        }
        let rate = self.agreed.allowed as f64 / records as f64;
        let allow = match rate {
            0.7.. => self.first,
            ..=0.3 => !self.first,
            _ => return None,
        };
        // Smoothed, as a rate of 1 would lose everything at the first error.
        let agreed = self.agreed.share();
        let p = if self.first { agreed } else { 1.0 - agreed };
        Some(Preference { allow, confidence: 2.0 * (rate - 0.5).abs(), records, p })
    }
}

type Groups = BTreeMap<(Key, Key), Group>;

/// A scope of preferences: all projects, or one.
#[derive(Debug, Clone, Default)]
struct Distilled {
    records: u64,
    groups: Groups,
    /// The groups as they were when preferences were last made, and of how many records that was.
    made: (u64, Groups),
}

impl Distilled {
    fn see(&mut self, record: &Record) {
        self.records += 1;
        let call = &record.call;
        self.groups.entry((call.tool, call.two_words)).or_default().see(record);
    }

    fn make(&mut self) {
        self.made = (self.records, self.groups.clone());
    }
}

/// The published tool's preferences. It makes them of the whole log; sums come to the same.
#[derive(Debug, Clone)]
pub struct Published {
    door: Door,
    records: u64,
    global: Distilled,
    projects: BTreeMap<Key, Distilled>,
    /// Of each tool, what was agreed to.
    tools: BTreeMap<Key, Counts>,
    /// The same when preferences were last made.
    thresholds: BTreeMap<Key, Counts>,
    /// What people answered, for calls that it knows nothing of.
    answers: Counts,
}

impl Published {
    /// One with an empty log.
    #[must_use]
    pub fn new(door: Door) -> Self {
        Self {
            door,
            records: 0,
            global: Distilled::default(),
            projects: BTreeMap::new(),
            tools: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            answers: Counts::default(),
        }
    }

    /// What it prefers for a call.
    #[must_use]
    pub fn preference(&self, call: &Plain) -> Option<Preference> {
        let own = self.projects.get(&call.project).filter(|project| project.made.0 >= 10);
        let fresh = self.projects.get(&call.project).filter(|_| self.door == Door::Hook);
        let groups = match (own, fresh) {
            (Some(own), _) => &own.made.1,
            (None, Some(fresh)) => &fresh.groups,
            (None, None) => &self.global.made.1,
        };
        groups.get(&(call.tool, call.two_words)).and_then(|group| group.preference())
    }

    /// How sure it has to be of a tool's calls.
    #[must_use]
    pub fn threshold(&self, tool: Key) -> f64 {
        let counts = self.thresholds.get(&tool).copied().unwrap_or_default();
        if counts.all() < 3 {
            return 0.6;
        }
        match counts.allowed as f64 / counts.all() as f64 {
            0.9.. => 0.5,
            0.7.. => 0.7,
            0.5.. => 0.85,
            _ => 0.95,
        }
    }

    /// How likely a call is wanted.
    #[must_use]
    pub fn predict(&self, call: &Plain) -> f64 {
        self.preference(call).map_or_else(|| self.answers.share(), |preference| preference.p)
    }

    /// What it does about a call by itself.
    #[must_use]
    pub fn own(&self, call: &Plain) -> Option<bool> {
        let preference = self.preference(call)?;
        (preference.confidence >= self.threshold(call.tool)).then_some(preference.allow)
    }

    /// Takes in what a person has answered: they agree with what it would have done, or do not.
    pub fn learn(&mut self, call: &Plain, wanted: bool) {
        self.answers.see(wanted);
        let proposed = match self.door {
            Door::Repaired => true,
            Door::Dashboard | Door::Hook => self.preference(call).is_none_or(|preference| preference.allow),
        };
        self.record(&Record { call: call.clone(), proposed, agreed: proposed == wanted });
    }

    /// Takes in that it did something by itself, and nobody was asked.
    pub fn did(&mut self, call: &Plain, allow: bool) {
        if self.door != Door::Repaired {
            self.record(&Record { call: call.clone(), proposed: allow, agreed: true });
        }
    }

    /// Takes in a line of the log.
    pub fn record(&mut self, record: &Record) {
        let Plain { project, tool, .. } = record.call;
        self.records += 1;
        self.global.see(record);
        self.tools.entry(tool).or_default().see(record.agreed);
        let own = self.projects.entry(project).or_default();
        own.see(record);
        match self.door {
            Door::Hook => {
                if own.records == 10 {
                    own.make();
                }
            }
            Door::Dashboard | Door::Repaired => {
                if self.records.is_multiple_of(10) {
                    self.global.make();
                    self.thresholds.clone_from(&self.tools);
                    for project in self.projects.values_mut().filter(|project| project.records >= 10) {
                        project.make();
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(two_words: Key, exact: Key) -> Plain {
        Plain { project: 1, exact, tool: 2, two_words }
    }

    #[test]
    fn a_table_answers_what_was_nearly_always_answered() {
        let mut table = Frequency::default();
        (0..17).for_each(|_| table.learn(&call(1, 1), true));
        assert_eq!(table.own(&call(1, 1), 0.05), None);
        table.learn(&call(1, 1), true);
        assert_eq!(table.own(&call(1, 1), 0.05), Some(true));
        assert_eq!((table.own(&call(1, 2), 0.05), table.predict(&call(1, 2))), (None, 0.5), "another call");
        let mut majority = Majority::default();
        assert_eq!(majority.own(), None);
        majority.learn(false);
        assert_eq!(majority.own(), Some(false));
    }

    #[test]
    fn thresholds_are_those_of_its_table() {
        let threshold = |agreed: u64, of: u64| {
            let mut published = Published::new(Door::Dashboard);
            published.thresholds.insert(2, Counts { allowed: agreed, denied: of - agreed });
            published.threshold(2)
        };
        let seen =
            [(2, 2), (3, 3), (9, 10), (7, 10), (5, 10), (4, 10)].map(|(agreed, of)| threshold(agreed, of));
        assert_eq!(seen, [0.6, 0.5, 0.5, 0.7, 0.85, 0.95]);
    }

    #[test]
    fn thirteen_that_agree_to_one_allow_and_twelve_denials_prefer_to_allow() {
        let mut published = Published::new(Door::Dashboard);
        for at in 0..20 {
            // The first proposed to let it run; all others to refuse it; a person agreed with each.
            published.record(&Record { call: call(7, 7), proposed: at == 0, agreed: true });
        }
        let preference = published.preference(&call(7, 7)).unwrap();
        assert!(preference.allow && preference.confidence == 1.0 && preference.records == 20);
        assert_eq!(published.own(&call(7, 7)), Some(true));
    }

    #[test]
    fn its_own_answers_make_it_surer() {
        let mut published = Published::new(Door::Dashboard);
        (0..10).for_each(|at| published.learn(&call(7, 7), at >= 2));
        let before = published.preference(&call(7, 7)).unwrap();
        (0..1_000).for_each(|_| published.did(&call(7, 7), true));
        let after = published.preference(&call(7, 7)).unwrap();
        assert!(before.confidence < 0.7 && after.confidence > 0.99, "{before:?} {after:?}");
        let mut repaired = Published::new(Door::Repaired);
        (0..10).for_each(|at| repaired.learn(&call(7, 7), at >= 2));
        (0..1_000).for_each(|_| repaired.did(&call(7, 7), true));
        assert_eq!(repaired.preference(&call(7, 7)).unwrap().records, 10);
    }

    #[test]
    fn its_hook_learns_no_more_after_ten_records() {
        let mut hook = Published::new(Door::Hook);
        (0..10).for_each(|_| hook.learn(&call(7, 7), true));
        let before = hook.preference(&call(7, 7));
        (0..40).for_each(|_| hook.learn(&call(7, 7), false));
        assert_eq!(hook.preference(&call(7, 7)), before);
        assert_eq!((hook.own(&call(7, 7)), hook.threshold(2)), (Some(true), 0.6));
    }

    #[test]
    fn what_begins_with_the_same_two_words_is_one_to_it() {
        let mut published = Published::new(Door::Repaired);
        (0..20).for_each(|_| published.learn(&call(7, 1), true));
        assert_eq!(published.own(&call(7, 2)), Some(true), "nobody has ever answered for it");
    }
}
