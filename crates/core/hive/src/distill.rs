//! What is worth saying of what was answered: claims made of labels.
//!
//! The same labels give the same claims, in the same order; what a claim already says is not said again, and what the labels no
//! longer bear out is taken back ([`changes`]). Nothing is widened: what was seen in one project holds in that project, until it was
//! seen in several and nowhere the other way around; a command that cannot be told in a few words that give nothing away
//! speaks for no other; and what says when somebody works, or what they spend, is not looked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::claim::ClaimId;
use crate::content::{
    Action, ApproachOutcome, Body, Condition, Evidence, Kind, Pattern, Scope, Temporal, ToolAccuracy,
};
use crate::unit::{Moment, Say, Unit};
use crate::wilson;

/// The kinds that are made here.
const MADE: [Kind; 4] = [Kind::Pattern, Kind::ToolAccuracy, Kind::Temporal, Kind::ApproachOutcome];
/// What is done in so many of ten cases is what is wanted.
const WANTED: f64 = 0.7;
/// So many projects bear out what is said to hold everywhere, each with at least so many labels.
const PROJECTS: usize = 3;
const EACH: u32 = 2;
/// Where a split of the context may lie, in percent.
const SPLITS: [u8; 9] = [10, 20, 30, 40, 50, 60, 70, 80, 90];

/// What was called, as far as it is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Called {
    /// The tool, which takes no commands.
    Tool,
    /// A command, in the few words for its kind.
    Command(String),
    /// A command for which there are no such words. It counts for the tool's accuracy alone.
    Other,
}

/// An answer, and what is known of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The tool.
    pub tool: String,
    /// What was called.
    pub called: Called,
    /// In which project.
    pub project: Option<String>,
    /// In which language, mainly.
    pub language: Option<String>,
    /// Whether the person wanted it.
    pub wanted: bool,
    /// Whether that was foretold; none where nothing was.
    pub foretold: Option<bool>,
    /// The moment.
    pub moment: Moment,
    /// Whether it succeeded; none where that is not known.
    pub succeeded: Option<bool>,
    /// What it cost, in millionths of a dollar.
    pub cost_micros: Option<u64>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// The family of agents.
    pub family: String,
}

/// How much has to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Labels of a pattern, and ends of an approach.
    pub pattern: u32,
    /// Labels of a tool.
    pub tool: u32,
    /// Marked so much, in thousandths, something depends on the moment.
    pub strength_permille: u16,
    /// Above so many thousandths what is foretold is acted upon.
    pub acted_permille: u16,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds { pattern: 5, tool: 10, strength_permille: 700, acted_permille: 0 }
    }
}

/// What there is to say of these labels, in the order of what it is about.
pub fn distill(labels: &[Label], least: &Thresholds) -> Vec<Say> {
    let mut said: Vec<(ClaimId, Say)> = Vec::new();
    let mut add = |scope: &Scope, of: &[&Label], body: Body| {
        let families: BTreeSet<&str> = of.iter().map(|label| label.family.as_str()).collect();
        let family = match families.first() {
            Some(one) if families.len() == 1 => (*one).to_owned(),
            _ => String::new(),
        };
        let say = Say { scope: scope.clone(), body, family };
        // What could be no claim is not said.
        if say.body.clone().checked().is_ok()
            && let Ok(subject) = say.subject()
        {
            said.push((subject, say));
        }
    };
    let mut ways: BTreeMap<(&str, &Called), Vec<&Label>> = BTreeMap::new();
    let mut tools: BTreeMap<&str, Vec<&Label>> = BTreeMap::new();
    for label in labels {
        tools.entry(&label.tool).or_default().push(label);
        if label.called != Called::Other {
            ways.entry((&label.tool, &label.called)).or_default().push(label);
        }
    }
    for ((tool, called), of) in &ways {
        for (scope, of, body) in
            scoped(of, |of| pattern(tool, called, of, least).map(|body| (action(&body), body)))
        {
            add(&scope, &of, body);
        }
        let split = |of: &[&Label]| {
            let parts = split(tool, called, of, least);
            (!parts.is_empty()).then(|| (senses(&parts), parts))
        };
        for (scope, of, parts) in scoped(of, split) {
            parts.into_iter().for_each(|body| add(&scope, &of, body));
        }
        let outcome = |of: &[&Label]| outcome(tool, called, of, least).map(|body| (mostly(&body), body));
        for (scope, of, body) in scoped(of, outcome) {
            add(&scope, &of, body);
        }
    }
    for (tool, of) in &tools {
        if let Some(body) = accuracy(tool, of, least) {
            add(&Scope::Universal, of, body);
        }
        for body in temporal(tool, of, least) {
            add(&Scope::Universal, of, body);
        }
    }
    said.sort_by_key(|(subject, _)| *subject);
    said.into_iter().map(|(_, say)| say).collect()
}

/// What `make` makes of labels, for the widest scopes that bear it out. `make` returns what has to be the same in each project
/// beside what is said.
///
/// It is said for everywhere if so many projects say the same, and of no project with [`EACH`] labels the opposite is made; else for each
/// language of which that is so, and then for each project by itself.
fn scoped<'a, S: PartialEq, T>(
    of: &[&'a Label],
    make: impl Fn(&[&'a Label]) -> Option<(S, T)>,
) -> Vec<(Scope, Vec<&'a Label>, T)> {
    let mut projects: BTreeMap<&str, Vec<&'a Label>> = BTreeMap::new();
    for label in of {
        // What was seen nobody knows where holds nowhere in particular.
        if let Some(project) = &label.project {
            projects.entry(project).or_default().push(label);
        }
    }
    let leaning = |of: &[&Label]| {
        let wanted = of.iter().filter(|label| label.wanted).count();
        let well = of.iter().filter(|label| label.succeeded == Some(true)).count();
        let ended = of.iter().filter(|label| label.succeeded.is_some()).count();
        (2 * wanted >= of.len(), ended < EACH as usize || 2 * well >= ended)
    };
    let wide = |names: &[&str]| {
        let own = |name: &&str| projects[*name].len() >= EACH as usize;
        let counted: Vec<&str> = names.iter().filter(|name| own(name)).copied().collect();
        let leanings: BTreeSet<(bool, bool)> = counted.iter().map(|name| leaning(&projects[*name])).collect();
        if counted.len() < PROJECTS || leanings.len() != 1 {
            return None;
        }
        let all: Vec<&'a Label> = names.iter().flat_map(|name| projects[*name].iter().copied()).collect();
        let (sense, made) = make(&all)?;
        // Where there is enough to say something by itself, it has to be the same.
        let agrees = |name: &&str| make(&projects[*name]).is_none_or(|(own, _)| own == sense);
        counted.iter().all(agrees).then_some((all, made))
    };
    let names: Vec<&str> = projects.keys().copied().collect();
    if let Some((of, made)) = wide(&names) {
        return vec![(Scope::Universal, of, made)];
    }
    let mut languages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, of) in &projects {
        let own: BTreeSet<Option<&str>> = of.iter().map(|label| label.language.as_deref()).collect();
        if let (1, Some(Some(language))) = (own.len(), own.first()) {
            languages.entry(language).or_default().push(name);
        }
    }
    let mut said = Vec::new();
    let mut covered = BTreeSet::new();
    for (language, names) in languages {
        if let Some((of, made)) = wide(&names) {
            covered.extend(names);
            said.push((Scope::Language(language.to_owned()), of, made));
        }
    }
    for (name, of) in projects.iter().filter(|(name, _)| !covered.contains(*name)) {
        if let Some((_, made)) = make(of) {
            said.push((Scope::Project((*name).to_owned()), of.clone(), made));
        }
    }
    said
}

fn count(of: &[&Label], is: impl Fn(&Label) -> bool) -> u32 {
    u32::try_from(of.iter().filter(|label| is(label)).count()).unwrap_or(u32::MAX)
}

fn command(called: &Called) -> Option<String> {
    match called {
        Called::Command(words) => Some(words.clone()),
        Called::Tool | Called::Other => None,
    }
}

fn body(tool: &str, called: &Called, seen: (Action, Evidence), conditions: Vec<Condition>) -> Body {
    let (action, Evidence { times: agreed, of }) = seen;
    Body::Pattern(Pattern { action, agreed, command: command(called), conditions, of, tool: tool.to_owned() })
}

fn action(body: &Body) -> Option<Action> {
    if let Body::Pattern(body) = body { Some(body.action) } else { None }
}

fn senses(parts: &[Body]) -> Vec<(Option<Action>, Vec<Condition>)> {
    parts.iter().map(|part| (action(part), part.conditions().cloned().collect())).collect()
}

/// What is wanted in most cases, and how often it was.
fn preferred(of: &[&Label]) -> Option<(Action, Evidence)> {
    let wanted = count(of, |label| label.wanted);
    let all = count(of, |_| true);
    let share = f64::from(wanted) / f64::from(all.max(1));
    match share {
        share if share >= WANTED => Some((Action::Approve, Evidence { times: wanted, of: all })),
        share if share <= 1.0 - WANTED => Some((Action::Deny, Evidence { times: all - wanted, of: all })),
        _ => None,
    }
}

fn pattern(tool: &str, called: &Called, of: &[&Label], least: &Thresholds) -> Option<Body> {
    let seen = preferred(of).filter(|(_, seen)| seen.of >= least.pattern)?;
    Some(body(tool, called, seen, Vec::new()))
}

/// Patterns for parts of the labels, where all together say nothing: the parts by that condition which tells best what is
/// wanted (the least Gini impurity). As the best of many may be best by chance, a part counts only if what is
/// wanted in it is more than half at 95 %.
fn split(tool: &str, called: &Called, of: &[&Label], least: &Thresholds) -> Vec<Body> {
    if preferred(of).is_some() {
        return Vec::new();
    }
    let sides = SPLITS.map(|pct| (Condition::ContextBelow(pct), Condition::ContextAbove(pct)));
    let sides = sides.into_iter().chain([
        (Condition::Errors(false), Condition::Errors(true)),
        (Condition::Conflict(false), Condition::Conflict(true)),
    ]);
    let parts = sides.filter_map(|(one, other)| {
        let part = |condition: &Condition| -> Vec<&Label> {
            of.iter().filter(|label| holds(condition, label.moment)).copied().collect()
        };
        let (left, right) = (part(&one), part(&other));
        let is_enough = |part: &[&Label]| part.len() >= least.pattern as usize;
        (is_enough(&left) && is_enough(&right)).then(|| {
            let all = (left.len() + right.len()) as f64;
            let impurity = (gini(&left) * left.len() as f64 + gini(&right) * right.len() as f64) / all;
            (impurity, [(one, left), (other, right)])
        })
    });
    let Some((_, parts)) = parts.min_by(|a, b| a.0.total_cmp(&b.0)) else { return Vec::new() };
    let made = parts.into_iter().filter_map(|(condition, part)| {
        let seen = preferred(&part).filter(|(_, seen)| wilson::at_least(*seen) > 0.5)?;
        Some(body(tool, called, seen, vec![condition]))
    });
    made.collect()
}

fn gini(of: &[&Label]) -> f64 {
    let share = f64::from(count(of, |label| label.wanted)) / of.len().max(1) as f64;
    2.0 * share * (1.0 - share)
}

fn holds(condition: &Condition, moment: Moment) -> bool {
    match condition {
        Condition::ContextBelow(pct) => moment.context.is_some_and(|own| own < *pct),
        Condition::ContextAbove(pct) => moment.context.is_some_and(|own| own > *pct),
        Condition::Errors(errors) => moment.errors == Some(*errors),
        Condition::Conflict(conflict) => moment.conflict == Some(*conflict),
        _ => false,
    }
}

fn accuracy(tool: &str, of: &[&Label], least: &Thresholds) -> Option<Body> {
    let total = count(of, |label| label.foretold.is_some());
    (total >= least.tool).then(|| {
        let correct = count(of, |label| label.foretold == Some(true));
        let threshold_permille = least.acted_permille;
        Body::ToolAccuracy(ToolAccuracy { correct, threshold_permille, tool: tool.to_owned(), total })
    })
}

/// How such calls end. Cost and time are in two digits: more would change with every call and say more than is meant.
fn outcome(tool: &str, called: &Called, of: &[&Label], least: &Thresholds) -> Option<Body> {
    let ended = count(of, |label| label.succeeded.is_some());
    (ended >= least.pattern).then(|| {
        let own = command(called);
        Body::ApproachOutcome(ApproachOutcome {
            approach_ref: format!("pattern:{tool}:{}", own.as_deref().unwrap_or("*")),
            conditions: Vec::new(),
            median_cost_micros: median(
                of.iter().filter_map(|label| label.cost_micros).filter(|cost| *cost > 0),
            ),
            median_duration_ms: median(of.iter().filter_map(|label| label.duration_ms)),
            of: ended,
            succeeded: count(of, |label| label.succeeded == Some(true)),
        })
    })
}

fn mostly(body: &Body) -> bool {
    body.evidence().is_some_and(|seen| 2 * u64::from(seen.times) >= u64::from(seen.of))
}

fn median(of: impl Iterator<Item = u64>) -> Option<u64> {
    let mut of: Vec<u64> = of.collect();
    of.sort_unstable();
    let high = *of.get(of.len() / 2)?;
    let low = if of.len().is_multiple_of(2) { of[of.len() / 2 - 1] } else { high };
    let middle = low + (high - low) / 2;
    let scale = 10_u64.pow(middle.checked_ilog10().unwrap_or(0).saturating_sub(1));
    Some(middle / scale * scale)
}

/// When calls of a tool fail more often than else: behind a failure, and late in the context. How marked it is, is the share
/// of the failures that is left if both were called equally often: 500 thousandths for no difference. It counts only if the
/// difference is there at 95 %.
fn temporal(tool: &str, of: &[&Label], least: &Thresholds) -> Vec<Body> {
    let failed = |moment: &dyn Fn(Moment) -> Option<bool>, is: bool| {
        let part: Vec<&Label> = of.iter().filter(|label| moment(label.moment) == Some(is)).copied().collect();
        let ended = count(&part, |label| label.succeeded.is_some());
        Evidence { times: count(&part, |label| label.succeeded == Some(false)), of: ended }
    };
    let mut said = Vec::new();
    let mut test = |moment: &dyn Fn(Moment) -> Option<bool>, description: String| {
        let (inside, outside) = (failed(moment, true), failed(moment, false));
        let enough = inside.of >= least.tool && outside.of >= least.tool;
        let is_there = wilson::difference(inside, outside).is_some_and(|difference| difference.low > 0.0);
        let share = |seen: Evidence| f64::from(seen.times) / f64::from(seen.of.max(1));
        let strength = share(inside) / (share(inside) + share(outside));
        let strength_permille = (strength * 1_000.0).round() as u16;
        if enough && is_there && strength_permille >= least.strength_permille {
            said.push(Body::Temporal(Temporal { description, strength_permille }));
        }
    };
    test(&|moment| moment.errors, format!("calls of {tool} fail more often right after an error"));
    test(
        &|moment| moment.context.map(|own| own > 80),
        format!("calls of {tool} fail more often with more than 80 percent of the context in use"),
    );
    said
}

/// What is to be said anew, and what is to be taken back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes<'a> {
    /// What does not stand yet, or differently.
    pub say: Vec<Say>,
    /// What stands and is not borne out any more.
    pub take_back: Vec<&'a Unit>,
}

/// What has to change so that what was distilled stands. `standing` is what one says oneself, in one class; what is not made
/// here (skills, rules, what a person wrote) stays as it is.
pub fn changes<'a>(said: Vec<Say>, standing: &'a [Unit]) -> Changes<'a> {
    let is_made = |unit: &&Unit| MADE.contains(&unit.body.kind());
    let mut left: BTreeMap<ClaimId, &'a Unit> =
        standing.iter().filter(is_made).map(|unit| (unit.subject(), unit)).collect();
    let mut say = Vec::new();
    for one in said {
        let stands = one.subject().ok().and_then(|subject| left.remove(&subject));
        if stands.is_none_or(|unit| (&unit.body, &unit.family) != (&one.body, &one.family)) {
            say.push(one);
        }
    }
    let mut take_back: Vec<&Unit> = left.into_values().collect();
    take_back.sort_by_key(|unit| unit.brief.claim);
    Changes { say, take_back }
}

#[cfg(test)]
mod tests;
