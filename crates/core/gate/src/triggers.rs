//! Triggers: what is done to a session by itself, and when.
//!
//! A trigger fits a session by all of its conditions; a condition that is a list, by any of it. Of several that fit at
//! once the strictest is done. [`Watch`] keeps what holds from look to look, and what was done before: a trigger is
//! done once each time that it comes to hold, and no more often than it says for a session, whoever looks.
//!
//! Nothing but a notice rests on a status that is a guess.

use std::collections::{HashMap, HashSet};

use claudectl_fleet::health::Severity;
use claudectl_fleet::session::Session;
use claudectl_fleet::status::{Source, State};
use serde::{Serialize, Serializer};

/// What a trigger does; the strictest is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// The person is told.
    Notify,
    /// The agent is told at the end of its turn.
    Send,
    /// Each call of the session asks.
    Pause,
    /// The session is ended.
    Stop,
}

impl Deed {
    /// All of them, the mildest first.
    pub const ALL: [Self; 4] = [Self::Notify, Self::Send, Self::Pause, Self::Stop];

    /// Its name in files and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Send => "send",
            Self::Pause => "pause",
            Self::Stop => "stop",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.word() == word)
    }
}

/// States in which a turn runs, so that its end can take a message.
pub const IN_TURN: &[State] =
    &[State::Working, State::NeedsPermission, State::NeedsAnswer, State::RateLimited];
/// No trigger is done more often for one session.
pub const MOST_TIMES: u32 = 10;
/// No message is longer, in characters.
pub const MOST_TEXT: usize = 2_000;

/// A trigger. As JSON it has the keys of the file, and only those that are set.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Trigger {
    /// What it is called: by this it is known what was done.
    pub name: String,
    /// States of the session.
    #[serde(rename = "status", skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<State>,
    /// Projects, by their names.
    #[serde(rename = "project", skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// Only where the session has cost more than this, in dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_above: Option<f64>,
    /// Only where more of the context window than this is in use, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_above: Option<f64>,
    /// Health checks, one of which warns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub health: Vec<String>,
    /// It has been so for this long, milliseconds.
    #[serde(rename = "for", serialize_with = "as_stretch", skip_serializing_if = "Option::is_none")]
    pub lasting: Option<i64>,
    /// What is done.
    pub action: Option<Deed>,
    /// For the agent, or for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// How often for one session at most.
    pub times: u32,
}

#[expect(clippy::ref_option, reason = "as serde calls it")]
fn as_stretch<S: Serializer>(millis: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
    millis.map(stretch).serialize(to)
}

/// Milliseconds of one unit, the longest first.
const UNITS: [(&str, i64); 4] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

/// A stretch of time as it is written, milliseconds to `10m`.
#[must_use]
pub fn stretch(millis: i64) -> String {
    let whole = UNITS.iter().find(|(_, unit)| millis % unit == 0 && millis > 0);
    let (name, unit) = whole.unwrap_or(&("s", 1_000));
    format!("{}{name}", millis / unit)
}

/// The milliseconds of a stretch of time: a whole number and a unit. `None` for all else, and for none at all.
#[must_use]
pub fn millis(text: &str) -> Option<i64> {
    UNITS.iter().find_map(|(name, unit)| {
        let number: u32 = text.strip_suffix(name)?.parse().ok()?;
        (number > 0).then(|| i64::from(number) * unit)
    })
}

/// What is known of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts<'a> {
    /// Its id.
    pub session: &'a str,
    /// What it is doing.
    pub state: State,
    /// Since when, milliseconds since the epoch.
    pub since: Option<i64>,
    /// That is a guess.
    pub inferred: bool,
    /// The project's name.
    pub project: &'a str,
    /// What it has cost, dollars.
    pub cost: f64,
    /// The part of the context window in use, in percent.
    pub context: Option<f64>,
    /// Health checks that warn.
    pub health: Vec<&'a str>,
}

impl<'a> Facts<'a> {
    /// Of a session as it is shown.
    #[must_use]
    pub fn of(session: &'a Session) -> Self {
        let warns = session.health.iter().filter(|finding| finding.severity >= Severity::Warning);
        Self {
            session: &session.id,
            state: session.status.state,
            since: session.status.since,
            inferred: session.status.source == Source::Inferred,
            project: &session.project,
            cost: session.cost.usd.dollars(),
            context: session.context.pct,
            health: warns.map(|finding| finding.check).collect(),
        }
    }
}

impl Trigger {
    /// Whether it has no condition.
    #[must_use]
    pub fn fits_all(&self) -> bool {
        self.projects.is_empty() && self.is_weak()
    }

    /// Whether nothing of what it asks for is about what the session does.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.statuses.is_empty()
            && self.cost_above.is_none()
            && self.context_above.is_none()
            && self.health.is_empty()
    }

    /// Whether all of its conditions hold, however long they do.
    #[must_use]
    pub fn fits(&self, facts: &Facts<'_>) -> bool {
        let status = match self.statuses.as_slice() {
            [] => facts.state != State::Finished,
            wanted => wanted.contains(&facts.state) && (!facts.inferred || self.action == Some(Deed::Notify)),
        };
        let turn = self.action != Some(Deed::Send) || (IN_TURN.contains(&facts.state) && !facts.inferred);
        status
            && turn
            && (self.projects.is_empty() || self.projects.iter().any(|name| name == facts.project))
            && self.cost_above.is_none_or(|limit| facts.cost > limit)
            && self.context_above.is_none_or(|limit| facts.context.is_some_and(|pct| pct > limit))
            && (self.health.is_empty()
                || self.health.iter().any(|name| facts.health.contains(&name.as_str())))
    }

    /// Whether the session itself says since when it holds.
    fn is_dated(&self) -> bool {
        !self.statuses.is_empty()
            && self.cost_above.is_none()
            && self.context_above.is_none()
            && self.health.is_empty()
    }
}

/// Something that is to be done now.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The trigger.
    pub trigger: Trigger,
    /// What it does.
    pub deed: Deed,
    /// The session.
    pub session: String,
    /// Which time that is, from 1.
    pub time: u32,
}

/// That a trigger holds for a session.
#[derive(Debug, Clone, Copy)]
struct Holds {
    since: i64,
    /// It was done, or a stricter one in its place.
    settled: bool,
}

/// What was done for a session.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    times: u32,
    /// The last time, milliseconds since the epoch.
    at: i64,
}

/// What holds, and what was done before.
#[derive(Debug, Default)]
pub struct Watch {
    /// By trigger and session.
    holds: HashMap<(String, String), Holds>,
    done: HashMap<(String, String), Done>,
    /// Sessions of the last look.
    known: HashSet<String>,
    due: Option<i64>,
}

impl Watch {
    /// A trigger was done for a session, for the so-manieth time.
    pub fn remember(&mut self, trigger: &str, session: &str, time: u32, at: i64) {
        let done = self.done.entry((trigger.to_owned(), session.to_owned())).or_default();
        *done = Done { times: done.times.max(time), at: done.at.max(at) };
    }

    /// When time alone will make something due, milliseconds since the epoch.
    #[must_use]
    pub fn due(&self) -> Option<i64> {
        self.due
    }

    /// What is to be done now. That counts as done from here on.
    pub fn judge(&mut self, triggers: &[Trigger], sessions: &[Facts<'_>], now: i64) -> Vec<Due> {
        let before = std::mem::take(&mut self.holds);
        self.due = None;
        let mut found = Vec::new();
        for facts in sessions {
            let fitting: Vec<&Trigger> = triggers
                .iter()
                .filter(|trigger| trigger.fits(facts) && self.lasts(&before, trigger, facts, now))
                .collect();
            self.decide(&fitting, facts.session, now, &mut found);
        }
        self.known = sessions.iter().map(|facts| facts.session.to_owned()).collect();
        found
    }

    /// Notes that a trigger holds; whether it has for long enough.
    fn lasts(
        &mut self,
        before: &HashMap<(String, String), Holds>,
        trigger: &Trigger,
        facts: &Facts<'_>,
        now: i64,
    ) -> bool {
        let key = (trigger.name.clone(), facts.session.to_owned());
        let done = self.done.get(&key).copied().unwrap_or_default();
        let dated = facts.since.filter(|_| trigger.is_dated());
        let mut holds = before.get(&key).copied().unwrap_or_else(|| {
            let since = dated.unwrap_or(now);
            // Whoever sees the session for the first time cannot tell whether it has held all along.
            let again = self.known.contains(facts.session) || dated.is_some_and(|since| since > done.at);
            Holds { since, settled: done.times > 0 && !again }
        });
        // A clock that was set back makes nothing wait for longer than it has to.
        holds.since = holds.since.min(now);
        let due = holds.since.saturating_add(trigger.lasting.unwrap_or(0));
        if due > now && !holds.settled && done.times < trigger.times {
            self.due = Some(self.due.map_or(due, |other| other.min(due)));
        }
        self.holds.insert(key, holds);
        due <= now
    }

    fn decide(&mut self, fitting: &[&Trigger], session: &str, now: i64, found: &mut Vec<Due>) {
        // An agent that is held up is not told to go on.
        let held = fitting.iter().any(|trigger| trigger.action > Some(Deed::Send));
        let key = |trigger: &Trigger| (trigger.name.clone(), session.to_owned());
        let is_due = |trigger: &&&Trigger| {
            let open = self.holds.get(&key(trigger)).is_some_and(|holds| !holds.settled);
            let times = self.done.get(&key(trigger)).map_or(0, |done| done.times);
            open && times < trigger.times && !(held && trigger.action == Some(Deed::Send))
        };
        let due: Vec<&Trigger> = fitting.iter().filter(is_due).copied().collect();
        let Some(strictest) = due.iter().filter_map(|trigger| trigger.action).max() else { return };
        let mut told = false;
        for trigger in due {
            if let Some(holds) = self.holds.get_mut(&key(trigger)) {
                holds.settled = true;
            }
            // All that is only told is told; of all else once is enough.
            if trigger.action != Some(strictest) || (told && strictest != Deed::Notify) {
                continue;
            }
            told = true;
            let done = self.done.entry(key(trigger)).or_default();
            *done = Done { times: done.times + 1, at: now };
            let (trigger, session, time) = (trigger.clone(), session.to_owned(), done.times);
            found.push(Due { trigger, deed: strictest, session, time });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(name: &str, deed: Deed) -> Trigger {
        Trigger { name: name.to_owned(), action: Some(deed), times: 1, ..Trigger::default() }
    }

    fn facts(state: State) -> Facts<'static> {
        Facts {
            session: "s",
            state,
            since: Some(0),
            inferred: false,
            project: "api",
            cost: 6.0,
            context: Some(50.0),
            health: vec!["loop"],
        }
    }

    fn names(due: &[Due]) -> Vec<(&str, u32)> {
        due.iter().map(|due| (due.trigger.name.as_str(), due.time)).collect()
    }

    #[test]
    fn all_conditions_have_to_hold() {
        let whole = Trigger {
            statuses: vec![State::Working, State::Waiting],
            projects: vec!["api".to_owned()],
            cost_above: Some(5.0),
            context_above: Some(40.0),
            health: vec!["errors".to_owned(), "loop".to_owned()],
            ..trigger("t", Deed::Stop)
        };
        let working = facts(State::Working);
        assert!(whole.fits(&working));
        assert!(!whole.fits(&Facts { inferred: true, ..working.clone() }), "nothing acts on a guess");
        assert!(
            Trigger { action: Some(Deed::Notify), ..whole.clone() }
                .fits(&Facts { inferred: true, ..working.clone() })
        );
        for other in [
            facts(State::Idle),
            Facts { project: "web", ..working.clone() },
            Facts { cost: 5.0, ..working.clone() },
            Facts { context: None, ..working.clone() },
            Facts { health: vec!["stall"], ..working.clone() },
        ] {
            assert!(!whole.fits(&other), "{other:?}");
        }
        let cost = Trigger { cost_above: Some(1.0), ..trigger("t", Deed::Send) };
        assert!(cost.fits(&working) && !cost.fits(&facts(State::Waiting)), "an ended turn takes no message");
        assert!(!Trigger { action: Some(Deed::Stop), ..cost }.fits(&facts(State::Finished)));
    }

    #[test]
    fn the_strictest_is_done_and_covers_the_others() {
        let all: Vec<Trigger> = [Deed::Notify, Deed::Send, Deed::Pause, Deed::Stop, Deed::Stop]
            .into_iter()
            .enumerate()
            .map(|(at, deed)| Trigger { cost_above: Some(1.0), ..trigger(&at.to_string(), deed) })
            .collect();
        let mut watch = Watch::default();
        let now = [facts(State::Working)];
        assert_eq!(names(&watch.judge(&all, &now, 1)), [("3", 1)]);
        assert_eq!(names(&watch.judge(&all, &now, 2)), []);
        let mut watch = Watch::default();
        let told = [all[0].clone(), Trigger { name: "also".to_owned(), ..all[0].clone() }];
        assert_eq!(names(&watch.judge(&told, &now, 1)), [("0", 1), ("also", 1)], "each is told");
        // A session that is held up is not told to go on, whenever that was.
        let mut watch = Watch::default();
        assert_eq!(names(&watch.judge(&all[2..3], &now, 1)), [("2", 1)]);
        assert_eq!(names(&watch.judge(&all[..3], &now, 2)), [("0", 1)]);
    }

    #[test]
    fn it_is_done_again_only_after_it_was_not_so() {
        let twice = [Trigger { statuses: vec![State::Working], times: 2, ..trigger("t", Deed::Notify) }];
        let mut watch = Watch::default();
        let (on, off) = ([facts(State::Working)], [facts(State::Waiting)]);
        let mut done = Vec::new();
        for (at, look) in [&on, &on, &off, &on, &off, &on].into_iter().enumerate() {
            done.extend(watch.judge(&twice, look, i64::try_from(at).unwrap()));
        }
        assert_eq!(names(&done), [("t", 1), ("t", 2)]);
    }

    #[test]
    fn whoever_looks_next_does_not_do_it_again() {
        let costly = Trigger { cost_above: Some(5.0), times: 3, ..trigger("c", Deed::Notify) };
        let waits = Trigger { statuses: vec![State::Waiting], times: 3, ..trigger("w", Deed::Notify) };
        let triggers = [costly, waits];
        let mut watch = Watch::default();
        watch.remember("c", "s", 1, 10);
        watch.remember("w", "s", 1, 10);
        let look = |since| [Facts { since: Some(since), ..facts(State::Waiting) }];
        assert_eq!(names(&watch.judge(&triggers, &look(5), 20)), []);
        let mut watch = Watch::default();
        watch.remember("c", "s", 1, 10);
        watch.remember("w", "s", 1, 10);
        assert_eq!(names(&watch.judge(&triggers, &look(15), 20)), [("w", 2)], "it waits anew");
        let mut watch = Watch::default();
        watch.remember("w", "s", 3, 10);
        assert_eq!(names(&watch.judge(&triggers[1..], &look(15), 20)), []);
    }

    #[test]
    fn what_has_to_last_waits_and_says_until_when() {
        let minutes = |deed| Trigger { lasting: millis("10m"), ..trigger("t", deed) };
        let waits = [Trigger { statuses: vec![State::Waiting], ..minutes(Deed::Stop) }];
        let mut watch = Watch::default();
        let look = |since| [Facts { since: Some(since), ..facts(State::Waiting) }];
        assert_eq!(names(&watch.judge(&waits, &look(1_000), 2_000)), []);
        assert_eq!(watch.due(), Some(601_000), "since the session itself says so");
        assert_eq!(names(&watch.judge(&waits, &look(1_000), 601_000)), [("t", 1)]);
        assert_eq!(watch.due(), None);
        let costs = [Trigger { cost_above: Some(5.0), ..minutes(Deed::Stop) }];
        let mut watch = Watch::default();
        assert_eq!(names(&watch.judge(&costs, &look(1_000), 2_000)), []);
        assert_eq!(watch.due(), Some(602_000), "since it was seen");
        assert_eq!(names(&watch.judge(&costs, &[], 3_000)), []);
        assert_eq!(names(&watch.judge(&costs, &look(1_000), 603_000)), [], "it was not there in between");
    }

    #[test]
    fn stretches_of_time() {
        for (text, ms) in [("30s", 30_000), ("10m", 600_000), ("2h", 7_200_000), ("1d", 86_400_000)] {
            assert_eq!((millis(text), stretch(ms)), (Some(ms), text.to_owned()));
        }
        assert_eq!(stretch(90_000), "90s");
        for text in ["", "m", "0m", "1.5h", "-1m", "10", "10 m", "99999999999d"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
