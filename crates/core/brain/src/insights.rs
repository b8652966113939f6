//! What goes wrong again and again, or costs more than it should, seen over all sessions: what a person would want to know
//! and do something about.
//!
//! Each insight has an id made of what it is about, never of its numbers, so that the same one is the same tomorrow.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::features::hash;

/// What an insight is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The same is asked again and again, and always allowed.
    Friction,
    /// A rule would have spared prompts.
    MissingRule,
    /// The same fails again and again.
    ErrorLoop,
    /// Contexts fill up.
    ContextBlowout,
    /// What is thought of calls is often wrong.
    AccuracyGap,
    /// Prompts wait long at some hours.
    TemporalFriction,
    /// More is spent than before.
    CostTrend,
}

impl About {
    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Friction => "friction",
            Self::MissingRule => "missing-rule",
            Self::ErrorLoop => "error-loop",
            Self::ContextBlowout => "context-blowout",
            Self::AccuracyGap => "accuracy-gap",
            Self::TemporalFriction => "temporal-friction",
            Self::CostTrend => "cost-trend",
        }
    }
}

/// Something worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Insight {
    /// The same for the same thing.
    pub id: String,
    /// What kind of thing.
    pub about: About,
    /// It is worth a warning.
    pub warning: bool,
    /// What was found.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// How many calls, sessions or prompts say so.
    pub evidence: u64,
}

impl Insight {
    fn new(about: About, subject: &str, warning: bool, evidence: u64, message: String, advice: &str) -> Self {
        let id = format!("{}-{:07x}", about.word(), hash(&format!("{} {subject}", about.word())) >> 36);
        Self { id, about, warning, message, advice: advice.to_owned(), evidence }
    }
}

/// A prompt that a person has answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Its project, as it is shown.
    pub project: String,
    /// What it was about, as it is shown: a program with its verbs, or a tool.
    pub what: String,
    /// They wanted it to run.
    pub wanted: bool,
    /// How likely that was thought to be, where anything was.
    pub thought: Option<f64>,
}

/// A call that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its session.
    pub session: String,
    /// Its project, as it is shown.
    pub project: String,
    /// What it was, as it is shown.
    pub what: String,
    /// It failed.
    pub failed: bool,
}

/// All that insights come of.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Prompts, the oldest first.
    pub answered: Vec<Answered>,
    /// How long prompts waited, as far as that is known: the hour of the person's day, and milliseconds.
    pub waits: Vec<(u8, i64)>,
    /// Calls, the oldest first.
    pub ended: Vec<Ended>,
    /// Sessions that had a context, and those whose context was once nearly full.
    pub sessions: (u64, u64),
    /// Dollars of the last seven days, and of the seven before.
    pub usd: (f64, f64),
    /// Rules that are proposed: the id, what it is about, and prompts that it would have spared.
    pub rules: Vec<(String, String, u64)>,
}

/// So many prompts alike are friction; so many failures in a row a loop.
const FRICTION: u64 = 10;
const LOOP: u64 = 3;
/// So many opinions say how good they are, and so many may be wrong before it is worth a word.
const OPINIONS: u64 = 10;
const WRONG: f64 = 0.2;
/// So many prompts of an hour say how long they wait.
const PROMPTS: usize = 5;
const WAITED_MS: i64 = 10 * 60 * 1000;
/// So many sessions, and so large a share of them, ran out of context.
const FULL: (u64, f64) = (3, 0.4);
/// So much more, and at least so many dollars.
const MORE: (f64, f64) = (1.5, 5.0);

/// What is worth knowing, warnings first, then by how much says so.
#[must_use]
pub fn find(seen: &Seen) -> Vec<Insight> {
    let mut found = friction(seen);
    found.extend(rules(seen));
    found.extend(loops(seen));
    found.extend(contexts(seen));
    found.extend(accuracy(seen));
    found.extend(hours(seen));
    found.extend(cost(seen));
    found.sort_by(|a, b| (b.warning, b.evidence, &a.id).cmp(&(a.warning, a.evidence, &b.id)));
    found
}

fn friction(seen: &Seen) -> Vec<Insight> {
    let mut kinds: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for one in &seen.answered {
        let (allowed, denied) = kinds.entry((&one.project, &one.what)).or_default();
        *(if one.wanted { allowed } else { denied }) += 1;
    }
    let often = kinds.into_iter().filter(|(_, (allowed, denied))| *denied == 0 && *allowed >= FRICTION);
    often
        .map(|((project, what), (times, _))| {
            Insight::new(
                About::Friction,
                &format!("{project} {what}"),
                times >= 5 * FRICTION,
                times,
                format!("You were asked {times} times about {what} in {project}, and always allowed it."),
                "claudectl brain suggest proposes rules; with claudectl gate mode auto what is proven is answered by itself",
            )
        })
        .collect()
}

fn rules(seen: &Seen) -> Vec<Insight> {
    let one = |(id, what, saved): &(String, String, u64)| {
        Insight::new(
            About::MissingRule,
            id,
            false,
            *saved,
            format!(
                "A rule about {what} would have spared you {saved} prompts, and none of your answers is against it."
            ),
            &format!("claudectl brain suggest --apply {id}"),
        )
    };
    seen.rules.iter().map(one).collect()
}

fn loops(seen: &Seen) -> Vec<Insight> {
    let mut running: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut found: BTreeMap<(&str, &str), (u64, BTreeSet<&str>)> = BTreeMap::new();
    for one in &seen.ended {
        let count = running.entry((&one.session, &one.what)).or_default();
        *count = if one.failed { *count + 1 } else { 0 };
        if *count >= LOOP {
            let (most, sessions) = found.entry((&one.project, &one.what)).or_default();
            *most = (*most).max(*count);
            sessions.insert(&one.session);
        }
    }
    found
        .into_iter()
        .map(|((project, what), (most, sessions))| {
            let number = sessions.len() as u64;
            let of = if number == 1 { "one session".to_owned() } else { format!("{number} sessions") };
            Insight::new(
                About::ErrorLoop,
                &format!("{project} {what}"),
                number >= 3,
                most,
                format!("{what} failed up to {most} times in a row in {of} of {project}."),
                "say in CLAUDE.md how it is run there (claudectl brain garden), or stop such a session early (claudectl health)",
            )
        })
        .collect()
}

fn contexts(seen: &Seen) -> Option<Insight> {
    let (all, full) = seen.sessions;
    let share = full as f64 / all.max(1) as f64;
    (full >= FULL.0 && share >= FULL.1).then(|| {
        Insight::new(
            About::ContextBlowout,
            "",
            share >= 0.7,
            full,
            format!("{full} of {all} sessions filled more than 80 % of their context."),
            "give each session one matter, and begin a new one for the next",
        )
    })
}

fn accuracy(seen: &Seen) -> Vec<Insight> {
    let mut kinds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for one in &seen.answered {
        let Some(thought) = one.thought else { continue };
        let (all, wrong) = kinds.entry(&one.what).or_default();
        *all += 1;
        *wrong += u64::from((thought >= 0.5) != one.wanted);
    }
    kinds
        .into_iter()
        .filter(|(_, (all, wrong))| *all >= OPINIONS && *wrong as f64 > WRONG * *all as f64)
        .map(|(what, (all, wrong))| {
            Insight::new(
                About::AccuracyGap,
                what,
                wrong * 2 > all,
                wrong,
                format!("What was thought of {what} was wrong {wrong} of {all} times."),
                "claudectl brain review lists and corrects them; a rule says more than answers that differ",
            )
        })
        .collect()
}

fn median(mut all: Vec<i64>) -> i64 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or(0)
}

fn hours(seen: &Seen) -> Vec<Insight> {
    let mut of: BTreeMap<u8, Vec<i64>> = BTreeMap::new();
    for (hour, waited) in &seen.waits {
        of.entry(*hour).or_default().push(*waited);
    }
    let overall = median(of.values().flatten().copied().collect());
    of.into_iter()
        .filter(|(_, waits)| waits.len() >= PROMPTS)
        .map(|(hour, waits)| (hour, waits.len() as u64, median(waits)))
        .filter(|(_, _, wait)| *wait >= WAITED_MS && *wait >= overall.saturating_mul(2))
        .map(|(hour, prompts, wait)| {
            Insight::new(
                About::TemporalFriction,
                &hour.to_string(),
                false,
                prompts,
                format!(
                    "Between {hour}:00 and {}:00 prompts wait {} minutes for you, in the middle of {prompts}.",
                    (hour + 1) % 24,
                    wait / 60_000
                ),
                "claudectl approve answers from elsewhere, claudectl notify tells of them; or begin work that asks at other hours",
            )
        })
        .collect()
}

fn cost(seen: &Seen) -> Option<Insight> {
    let (now, before) = seen.usd;
    (before > 0.0 && now >= MORE.0 * before && now - before >= MORE.1).then(|| {
        Insight::new(
            About::CostTrend,
            "",
            now >= 2.0 * before,
            ((now - before).round() as u64).max(1),
            format!(
                "The last seven days cost ${now:.2}, {:.0} % more than the seven before (${before:.2}).",
                (now / before - 1.0) * 100.0
            ),
            "claudectl spend --since 14d --by project says where; claudectl budget set holds it",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(what: &str, wanted: bool) -> Answered {
        let (project, what) = ("p".to_owned(), what.to_owned());
        Answered { project, what, wanted, thought: None }
    }

    fn ended(session: &str, what: &str, failed: bool) -> Ended {
        Ended { session: session.to_owned(), project: "p".to_owned(), what: what.to_owned(), failed }
    }

    fn about(seen: &Seen) -> Vec<(About, bool, u64)> {
        find(seen).into_iter().map(|one| (one.about, one.warning, one.evidence)).collect()
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert_eq!(find(&Seen::default()), []);
    }

    #[test]
    fn what_is_asked_again_and_again_is_friction() {
        let mut seen = Seen { answered: vec![answered("make", true); 10], ..Seen::default() };
        assert_eq!(about(&seen), [(About::Friction, false, 10)]);
        let id = find(&seen)[0].id.clone();
        seen.answered.extend(vec![answered("make", true); 40]);
        assert_eq!(about(&seen), [(About::Friction, true, 50)]);
        assert_eq!(find(&seen)[0].id, id, "its numbers do not make it another one");
        seen.answered.push(answered("make", false));
        assert_eq!(about(&seen), [], "who denies it now and then wants to be asked");
    }

    #[test]
    fn failures_in_a_row_are_a_loop() {
        let failed = |session: &str| vec![ended(session, "make", true); 3];
        let mut seen = Seen { ended: failed("a"), ..Seen::default() };
        assert_eq!(about(&seen), [(About::ErrorLoop, false, 3)]);
        seen.ended.insert(1, ended("a", "make", false));
        assert_eq!(about(&seen), []);
        seen.ended = [failed("a"), failed("b"), failed("c")].concat();
        assert_eq!(about(&seen), [(About::ErrorLoop, true, 3)]);
    }

    #[test]
    fn contexts_opinions_hours_and_cost() {
        let of = |seen: Seen| about(&seen);
        assert_eq!(of(Seen { sessions: (7, 3), ..Seen::default() }), [(About::ContextBlowout, false, 3)]);
        assert_eq!(of(Seen { sessions: (10, 3), ..Seen::default() }), []);
        let thought = |wanted: bool| Answered { thought: Some(0.9), ..answered("make", wanted) };
        let opinions = |wrong: usize| {
            let all = [vec![thought(false); wrong], vec![thought(true); 10 - wrong]].concat();
            of(Seen { answered: all, ..Seen::default() })
        };
        assert_eq!((opinions(2), opinions(3)), (vec![], vec![(About::AccuracyGap, false, 3)]));
        let waits = [vec![(9, 60_000); 9], vec![(13, 30 * 60_000); 5]].concat();
        assert_eq!(of(Seen { waits, ..Seen::default() }), [(About::TemporalFriction, false, 5)]);
        assert_eq!(of(Seen { usd: (30.0, 10.0), ..Seen::default() }), [(About::CostTrend, true, 20)]);
        for usd in [(12.0, 10.0), (3.0, 1.0), (9.0, 0.0)] {
            assert_eq!(of(Seen { usd, ..Seen::default() }), []);
        }
        let rule = ("r1".to_owned(), "make".to_owned(), 8);
        let found = find(&Seen { rules: vec![rule], ..Seen::default() });
        assert_eq!(
            (found[0].about, found[0].advice.as_str()),
            (About::MissingRule, "claudectl brain suggest --apply r1")
        );
    }
}
