//! What is wrong with the guard before a session's calls: whether it stands, whether it works, whether what it said holds.
//!
//! An alarm is for where somebody believes in a guard. Where our hooks were never put, or the person has taken them out by
//! `uninstall`, there is none to believe in, and no alarm.

use serde::{Deserialize, Serialize, Serializer};

use crate::format::{plural, short_id};
use crate::health::Gap;
use crate::session::time;

/// Hooks are called within this of a session's start, as far as it depends on them.
pub const IN_TIME_MS: i64 = 2_000;
/// What only silence tells is believed after this: a machine may be slow.
pub const SILENT_MS: i64 = 10_000;
/// And for so long: what a hook told before that may be cleaned away.
const SILENCE_ENDS_MS: i64 = 24 * 60 * 60 * 1000;
/// Its start and the first hook are stamped by two programs.
const EARLY_MS: i64 = 2_000;
/// What is wrong, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Some calls were made without us.
    Gap,
    /// The gate could not judge.
    Error,
    /// Our hooks do not run.
    Absent,
    /// Another input ran than the one that was judged.
    Changed,
    /// What was denied ran, or what the person was to be asked about, without a question.
    Passed,
}

impl Kind {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Error => "error",
            Self::Absent => "absent",
            Self::Changed => "changed",
            Self::Passed => "passed",
        }
    }
}

/// What keeps our hooks from being called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// No settings file has them.
    NotInstalled,
    /// What they call is not there, or cannot be run.
    Broken,
    /// They are not called before each tool call.
    PassedOver,
    /// A settings file switches all hooks off.
    SwitchedOff,
    /// An organisation's settings allow none but its own.
    ManagedOnly,
    /// A settings file sets a variable that starts the client without hooks.
    Variable,
    /// A settings file counts for nothing, or nobody can tell.
    Unusable,
    /// The session was started in such a way.
    Start,
}

impl Obstacle {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NotInstalled,
        Self::Broken,
        Self::PassedOver,
        Self::SwitchedOff,
        Self::ManagedOnly,
        Self::Variable,
        Self::Unusable,
        Self::Start,
    ];

    /// Its name, which is also what is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotInstalled => "not-installed",
            Self::Broken => "broken",
            Self::PassedOver => "passed-over",
            Self::SwitchedOff => "switched-off",
            Self::ManagedOnly => "managed-only",
            Self::Variable => "variable",
            Self::Unusable => "unusable",
            Self::Start => "start",
        }
    }

    /// By its name; `None` for one that another version has written.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obstacle| obstacle.word() == word)
    }
}

/// Why the gate could not judge a call, or not keep to its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Failure {
    /// There is nothing to go by: rules and settings were not put together, or what was made of them cannot be read.
    NothingToGoBy,
    /// The verdict cannot be written down.
    NotWritten,
    /// What the hook was given cannot be read.
    Input,
    /// Anything else, or what another version has told.
    #[default]
    Other,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NothingToGoBy, Self::NotWritten, Self::Input, Self::Other];

    /// Its name, which is also what is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NothingToGoBy => "nothing-to-go-by",
            Self::NotWritten => "not-written",
            Self::Input => "input",
            Self::Other => "other",
        }
    }

    /// By its name.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|failure| failure.word() == word).unwrap_or_default()
    }
}

impl From<String> for Failure {
    fn from(word: String) -> Self {
        Self::of(&word)
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.word().to_owned()
    }
}

/// What may go wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// The gate could not judge it.
    Failed(Failure),
    /// Another input ran than the one that was judged.
    Changed,
    /// It was denied, and ran.
    Denied,
    /// The person was to be asked; it ran, and nobody was.
    Unasked,
}

impl Mishap {
    /// What kind of alarm it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Failed(_) => Kind::Error,
            Self::Changed => Kind::Changed,
            Self::Denied | Self::Unasked => Kind::Passed,
        }
    }
}

/// What is behind an alarm: what is to be done follows from it, and not from its words, which others may have a part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Our hooks are not called; `None` where nothing says why.
    Hooks(Option<Obstacle>),
    /// Something happened at a call.
    Call(Mishap),
}

impl Cause {
    /// Its name; `None` where nothing is known of it.
    #[must_use]
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Hooks(None) => None,
            Self::Hooks(Some(obstacle)) => Some(obstacle.word()),
            Self::Call(Mishap::Failed(failure)) => Some(failure.word()),
            Self::Call(Mishap::Changed) => Some("changed"),
            Self::Call(Mishap::Denied) => Some("denied"),
            Self::Call(Mishap::Unasked) => Some("unasked"),
        }
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.word().serialize(to)
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// What.
    pub kind: Kind,
    /// Why, by its name.
    pub cause: Cause,
    /// In words: what, and why as far as it is known.
    pub message: String,
    /// When it happened, or since when it is so.
    #[serde(serialize_with = "time")]
    pub at: Option<i64>,
    /// The call that it is about.
    pub call: Option<String>,
    /// Why is concluded, not found.
    pub guess: bool,
}

/// Something that happened at a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What.
    pub mishap: Mishap,
    /// When the hook was called, milliseconds since the epoch.
    pub at: i64,
    /// The call's id.
    pub call: Option<String>,
    /// Its tool, and what it is about, on one line.
    pub about: String,
    /// What the gate gave as its reason.
    pub reason: String,
}

/// What is in the way of hooks, and in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum InTheWay {
    /// Nothing is known to be.
    #[default]
    Nothing,
    /// Settings files: it holds now.
    Settings(Obstacle, String),
    /// How the session was started: it holds unless a hook was heard.
    Start(String),
}

/// What is known of the guard before one session that runs.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// The client keeps a row in its registry: others tell too little of when they began.
    pub registered: bool,
    /// The person has put our hooks there, and not taken them out.
    pub expected: bool,
    /// When the client was started.
    pub started_at: Option<i64>,
    /// When what bears on hooks was changed last.
    pub changed_at: Option<i64>,
    /// When a hook of the session was called last.
    pub heard_at: Option<i64>,
    /// What is in their way.
    pub in_the_way: InTheWay,
    /// The calls of its transcripts, and those that the gate was asked about.
    pub gap: Option<Gap>,
    /// Why they were not, as far as it is known.
    pub gap_cause: Option<&'a str>,
    /// What that is.
    pub gap_obstacle: Option<Obstacle>,
    /// When that was so, of a session that has ended.
    pub gap_at: Option<i64>,
    /// So many may be missing before it is told.
    pub gap_from: u64,
    /// Why nothing can be written down at its calls, if that is so: then what hooks told tells nothing.
    pub unwritable: Option<&'a str>,
    /// What happened at its calls, the latest first.
    pub incidents: &'a [Incident],
}

impl Evidence<'_> {
    /// A hook of this run of the session was called.
    #[must_use]
    pub fn heard(&self) -> bool {
        let since = self.started_at.map_or(i64::MIN, |at| at.saturating_sub(EARLY_MS));
        self.heard_at.is_some_and(|at| at >= since)
    }

    /// What is wrong, the gravest first.
    #[must_use]
    pub fn alarms(&self, now: i64) -> Vec<Alarm> {
        let others = self.incidents.iter().filter(|incident| incident.mishap.kind() != Kind::Error);
        let mut all: Vec<Alarm> = others.map(of_incident).chain(failures(self.incidents)).collect();
        let absent = self.absent(now);
        if absent.is_none() {
            all.extend(self.unwritten().or_else(|| self.gap()));
        }
        all.extend(absent);
        all.sort_by_key(|alarm| std::cmp::Reverse((alarm.kind, alarm.at)));
        all
    }

    /// When [`Self::alarms`] may say more, if nothing happens until then.
    #[must_use]
    pub fn turns_at(&self, now: i64) -> Option<i64> {
        let started = self.started_at.filter(|_| self.registered && self.expected)?;
        let changed = started.max(self.changed_at.unwrap_or(started));
        let all: &[(i64, i64)] = match &self.in_the_way {
            // Of one that was heard, too: what holds now holds from now on.
            InTheWay::Settings(..) => &[(changed, IN_TIME_MS)],
            InTheWay::Start(_) | InTheWay::Nothing if self.heard() => &[],
            InTheWay::Start(_) | InTheWay::Nothing => &[(started, IN_TIME_MS), (started, SILENT_MS)],
        };
        all.iter().map(|(from, after)| from.saturating_add(*after)).filter(|at| *at > now).min()
    }

    fn absent(&self, now: i64) -> Option<Alarm> {
        let started = self.started_at.filter(|_| self.registered && self.expected)?;
        let alarm = |obstacle: Option<Obstacle>, why: &str, at: i64| Alarm {
            kind: Kind::Absent,
            cause: Cause::Hooks(obstacle),
            message: format!("the gate is absent: {why}"),
            at: Some(at),
            call: None,
            guess: obstacle.is_none(),
        };
        // Whatever a file says of its times.
        let after = |from: i64, wait: i64| now >= from.saturating_add(wait);
        let changed = self.changed_at.unwrap_or(started).max(started);
        match &self.in_the_way {
            InTheWay::Settings(obstacle, why) => {
                after(changed, IN_TIME_MS).then(|| alarm(Some(*obstacle), why, changed))
            }
            InTheWay::Start(why) if !self.heard() => {
                after(started, IN_TIME_MS).then(|| alarm(Some(Obstacle::Start), why, started))
            }
            // One that began before our hooks were there calls them from its next turn on.
            InTheWay::Nothing if self.unwritable.is_some() => None,
            InTheWay::Nothing if !self.heard() && self.changed_at.is_none_or(|at| at <= started) => {
                let why = "hooks did not run, and nothing says why";
                let silent = after(started, SILENT_MS) && !after(started, SILENCE_ENDS_MS);
                silent.then(|| alarm(None, why, started))
            }
            InTheWay::Start(_) | InTheWay::Nothing => None,
        }
    }

    /// Its hooks are called, and can leave nothing behind.
    fn unwritten(&self) -> Option<Alarm> {
        let why = self.unwritable.filter(|_| self.registered && self.expected)?;
        (self.in_the_way == InTheWay::Nothing).then(|| Alarm {
            kind: Kind::Error,
            cause: Cause::Call(Mishap::Failed(Failure::NotWritten)),
            message: format!("the gate asks where it would allow: it can write nothing down, {why}"),
            at: None,
            call: None,
            guess: false,
        })
    }

    fn gap(&self) -> Option<Alarm> {
        let Gap { calls, seen } = self.gap?;
        let missed = calls.saturating_sub(seen);
        (missed > 0 && missed >= self.gap_from).then(|| Alarm {
            kind: Kind::Gap,
            cause: Cause::Hooks(self.gap_obstacle),
            message: {
                let cause = self.gap_cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                format!("the guard did not run for {missed} of its latest {}{cause}", plural(calls, "call"))
            },
            at: self.gap_at,
            call: None,
            guess: false,
        })
    }
}

/// The gate's own errors: one alarm a reason, named by the first call that it was so with, so that it is told once.
fn failures(incidents: &[Incident]) -> Vec<Alarm> {
    let mut all: Vec<(&Incident, u64)> = Vec::new();
    let is_error = |incident: &&Incident| incident.mishap.kind() == Kind::Error;
    let same = |a: &Incident, b: &Incident| (a.mishap, &a.reason) == (b.mishap, &b.reason);
    for incident in incidents.iter().filter(is_error) {
        match all.iter_mut().find(|(known, _)| same(known, incident)) {
            Some((_, count)) => *count += 1,
            None => all.push((incident, 1)),
        }
    }
    let first = |of: &Incident| incidents.iter().rfind(|other| same(other, of))?.call.clone();
    let alarm = |(incident, count): (&Incident, u64)| {
        let mut alarm = Alarm { call: first(incident), ..of_incident(incident) };
        if count > 1 {
            alarm.message = format!("{} ({})", alarm.message, plural(count, "call"));
        }
        alarm
    };
    all.into_iter().map(alarm).collect()
}

fn of_incident(incident: &Incident) -> Alarm {
    let about = &incident.about;
    let message = match incident.mishap {
        Mishap::Changed => format!("another input ran than the one that was judged: {about}"),
        Mishap::Unasked => {
            format!("a call that you were to be asked about ran, and nobody was asked: {about}")
        }
        Mishap::Denied => format!("a call that was denied ran all the same: {about}"),
        Mishap::Failed(_) => format!("the gate failed: {}", incident.reason),
    };
    Alarm {
        kind: incident.mishap.kind(),
        cause: Cause::Call(incident.mishap),
        message,
        at: Some(incident.at),
        call: incident.call.clone(),
        guess: false,
    }
}

/// What stands of all sessions' alarms on one line above them; `None` where nothing is wrong.
#[must_use]
pub fn headline<'a>(sessions: impl Iterator<Item = (&'a str, &'a [Alarm])>) -> Option<String> {
    let alarmed: Vec<(&str, &Alarm)> =
        sessions.filter_map(|(id, alarms)| Some((id, alarms.first()?))).collect();
    let (id, worst) = alarmed.iter().max_by_key(|(_, alarm)| (alarm.kind, alarm.at))?;
    let others = match alarmed.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!("GATE ALARM, {}{others}: {}", short_id(id), worst.words()))
}

impl Alarm {
    /// What it says, and that it is a guess where it is one.
    #[must_use]
    pub fn words(&self) -> String {
        let guess = if self.guess { " (a guess)" } else { "" };
        format!("{}{guess}", self.message)
    }

    /// What tells one from another of the same session.
    #[must_use]
    pub fn key(&self) -> String {
        // A gap is told once, while the session runs or when it has ended.
        let by_time = self.call.is_none() && self.kind != Kind::Gap;
        let at = self.at.filter(|_| by_time).map(|at| format!("@{at}"));
        format!("{}:{}{}", self.kind.word(), self.call.as_deref().unwrap_or_default(), at.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 100_000;

    fn session() -> Evidence<'static> {
        Evidence {
            registered: true,
            expected: true,
            started_at: Some(START),
            changed_at: Some(START - 60_000),
            gap_from: 1,
            ..Evidence::default()
        }
    }

    fn said(evidence: &Evidence<'_>, after: i64) -> Vec<String> {
        evidence.alarms(START + after).iter().map(Alarm::words).collect()
    }

    #[test]
    fn a_known_cause_is_told_after_two_seconds() {
        for (in_the_way, obstacle) in [
            (InTheWay::Settings(Obstacle::Broken, "x is off".to_owned()), Obstacle::Broken),
            (InTheWay::Start("x is off".to_owned()), Obstacle::Start),
        ] {
            let absent = Evidence { in_the_way, ..session() };
            assert_eq!(said(&absent, 1_999), [""; 0]);
            assert_eq!(absent.turns_at(START), Some(START + IN_TIME_MS));
            assert_eq!(said(&absent, 2_000), ["the gate is absent: x is off"]);
            assert_eq!(absent.alarms(START + 2_000)[0].cause, Cause::Hooks(Some(obstacle)));
        }
    }

    #[test]
    fn silence_alone_is_a_guess_after_ten() {
        assert_eq!(said(&session(), 9_999), [""; 0]);
        assert_eq!(session().turns_at(START + 2_000), Some(START + SILENT_MS));
        assert_eq!(
            said(&session(), 10_000),
            ["the gate is absent: hooks did not run, and nothing says why (a guess)"]
        );
        assert_eq!(session().alarms(START + 10_000)[0].cause, Cause::Hooks(None));
        assert_eq!(said(&session(), SILENCE_ENDS_MS), [""; 0], "what was told then may be gone");
        let heard = Evidence { heard_at: Some(START + 50), ..session() };
        assert_eq!(said(&heard, 90_000), [""; 0]);
        assert_eq!(heard.turns_at(START), None);
        let before = Evidence { heard_at: Some(START - 50_000), ..session() };
        assert_eq!(said(&before, 90_000).len(), 1, "it was resumed: the hook was of an earlier run");
    }

    #[test]
    fn how_it_was_started_says_nothing_against_a_hook_that_was_heard() {
        let start = InTheWay::Start("started with --bare".to_owned());
        let heard = Evidence { in_the_way: start, heard_at: Some(START + 50), ..session() };
        assert_eq!(said(&heard, 90_000), [""; 0]);
        let off = InTheWay::Settings(Obstacle::SwitchedOff, "off".to_owned());
        let now_off = Evidence {
            in_the_way: off,
            heard_at: Some(START + 50),
            changed_at: Some(START + 60_000),
            ..session()
        };
        assert_eq!(said(&now_off, 61_000), [""; 0], "it has not taken effect");
        assert_eq!(now_off.turns_at(START + 60_000), Some(START + 62_000), "nobody else says when");
        assert_eq!(now_off.turns_at(START + 62_000), None);
        assert_eq!(said(&now_off, 62_000), ["the gate is absent: off"]);
    }

    #[test]
    fn where_nobody_believes_in_a_guard_there_is_no_alarm() {
        let off = || InTheWay::Settings(Obstacle::NotInstalled, "not installed".to_owned());
        for quiet in [
            Evidence { expected: false, in_the_way: off(), ..session() },
            Evidence { registered: false, ..session() },
            Evidence { started_at: None, ..session() },
            Evidence { started_at: Some(i64::MAX), ..session() },
            Evidence { started_at: Some(i64::MIN), changed_at: None, ..session() },
            // It began before our hooks were there.
            Evidence { changed_at: Some(START + 1), ..session() },
        ] {
            assert_eq!(said(&quiet, 90_000), [""; 0], "{quiet:?}");
        }
        assert_eq!(Evidence { expected: false, ..session() }.turns_at(START), None);
    }

    #[test]
    fn a_gap_is_told_where_the_guard_is_not_absent_anyway() {
        let heard = || Evidence { heard_at: Some(START), ..session() };
        let gap = |calls, seen| Some(Gap { calls, seen });
        let told = Evidence { gap: gap(5, 2), ..heard() };
        assert_eq!(said(&told, 0), ["the guard did not run for 3 of its latest 5 calls"]);
        assert_eq!(said(&Evidence { gap: gap(5, 5), ..heard() }, 0), [""; 0]);
        assert_eq!(said(&Evidence { gap: gap(5, 2), gap_from: 4, ..heard() }, 0), [""; 0]);
        let ended = Evidence {
            gap: gap(2, 0),
            gap_cause: Some("x is gone"),
            gap_obstacle: Some(Obstacle::Broken),
            gap_at: Some(7),
            ..heard()
        };
        assert_eq!(said(&ended, 0), ["the guard did not run for 2 of its latest 2 calls: x is gone"]);
        assert_eq!((ended.alarms(START)[0].key(), ended.alarms(START)[0].at), ("gap:".to_owned(), Some(7)));
        assert_eq!(ended.alarms(START)[0].cause, Cause::Hooks(Some(Obstacle::Broken)));
        assert_eq!(said(&Evidence { gap: gap(5, 0), ..session() }, 90_000).len(), 1);
    }

    #[test]
    fn where_nothing_can_be_written_down_silence_tells_nothing() {
        let why = Some("/s is read-only");
        for silent in [session(), Evidence { gap: Some(Gap { calls: 3, seen: 0 }), ..session() }] {
            let told = Evidence { unwritable: why, ..silent };
            let words = "the gate asks where it would allow: it can write nothing down, /s is read-only";
            assert_eq!(said(&told, 90_000), [words]);
            let alarm = &told.alarms(START)[0];
            assert_eq!(
                (alarm.key(), alarm.at, alarm.cause.word()),
                ("error:".to_owned(), None, Some("not-written"))
            );
        }
        let off = InTheWay::Settings(Obstacle::SwitchedOff, "off".to_owned());
        let off = Evidence { unwritable: why, in_the_way: off, ..session() };
        assert_eq!(said(&off, 90_000), ["the gate is absent: off"], "what is known comes first");
        assert_eq!(said(&Evidence { unwritable: why, expected: false, ..session() }, 90_000), [""; 0]);
    }

    #[test]
    fn what_is_stored_is_read_again_and_names_one_thing() {
        for obstacle in Obstacle::ALL {
            assert_eq!(Obstacle::of(obstacle.word()), Some(obstacle));
        }
        assert_eq!(Obstacle::of("of another version"), None);
        for failure in Failure::ALL {
            let json = serde_json::to_string(&failure).unwrap();
            assert_eq!(serde_json::from_str::<Failure>(&json).unwrap(), failure);
        }
        assert_eq!(serde_json::from_str::<Failure>(r#""of another version""#).unwrap(), Failure::Other);
        let hooks = Obstacle::ALL.map(|obstacle| Cause::Hooks(Some(obstacle)));
        let calls = Failure::ALL.map(|failure| Cause::Call(Mishap::Failed(failure)));
        let others = [Mishap::Changed, Mishap::Denied, Mishap::Unasked].map(Cause::Call);
        let mut words: Vec<_> = hooks.iter().chain(&calls).chain(&others).map(|cause| cause.word()).collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert!(words.len() == all && !words.contains(&None), "{words:?}");
    }

    #[test]
    fn errors_are_told_once_a_cause() {
        let error = |at, reason: &str| Incident {
            mishap: Mishap::Failed(Failure::NothingToGoBy),
            at,
            call: Some(format!("t{at}")),
            about: String::new(),
            reason: reason.to_owned(),
        };
        let incidents =
            [error(9, "no rules"), error(8, "no disk"), error(7, "no rules"), error(6, "no rules")];
        let found = Evidence { incidents: &incidents, ..Evidence::default() };
        assert_eq!(said(&found, 0), ["the gate failed: no rules (3 calls)", "the gate failed: no disk"]);
        let first = &found.alarms(START)[0];
        assert_eq!((first.key(), first.at), ("error:t6".to_owned(), Some(9)), "a fourth is no news");
    }

    #[test]
    fn what_happened_at_calls_comes_the_gravest_first() {
        let incident = |mishap, at| Incident {
            mishap,
            at,
            call: Some(format!("t{at}")),
            about: "Bash: ls".to_owned(),
            reason: "no rules".to_owned(),
        };
        let failed = Mishap::Failed(Failure::Other);
        let incidents = [incident(failed, 5), incident(Mishap::Changed, 4), incident(Mishap::Denied, 3)];
        let found = Evidence { heard_at: Some(START), incidents: &incidents, ..session() };
        assert_eq!(
            said(&found, 0),
            [
                "a call that was denied ran all the same: Bash: ls",
                "another input ran than the one that was judged: Bash: ls",
                "the gate failed: no rules",
            ]
        );
        let alarms = found.alarms(START);
        assert_eq!(alarms[0].key(), "passed:t3");
        let causes: Vec<Cause> = alarms.iter().map(|alarm| alarm.cause).collect();
        assert_eq!(causes, [Mishap::Denied, Mishap::Changed, failed].map(Cause::Call));
        let unasked = [incident(Mishap::Unasked, 3)];
        let unasked = Evidence { heard_at: Some(START), incidents: &unasked, ..session() };
        assert_eq!(
            said(&unasked, 0),
            ["a call that you were to be asked about ran, and nobody was asked: Bash: ls"]
        );
        let none: &[Alarm] = &[];
        let line = headline(
            [("aaaaaaaa-1", none), ("bbbbbbbb-1", &alarms[1..]), ("cccccccc-1", &alarms[..])].into_iter(),
        );
        assert_eq!(
            line.as_deref(),
            Some("GATE ALARM, cccccccc (and 1 more): a call that was denied ran all the same: Bash: ls")
        );
        assert_eq!(headline([("a", none)].into_iter()), None);
    }
}
