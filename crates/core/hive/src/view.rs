//! What is known here, the weightiest first: a function of what stands in the registers, what is thought of the authors, what a
//! person decided, where one works, and the time. It changes nothing and asks nothing else, so the same gives the same.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::claim::ClaimId;
use crate::clock::Millis;
use crate::content::{
    Action, Body, Condition, Evidence, RuleAction, Scope, default_interval_secs, effective_confidence,
};
use crate::egress::{Consent, Exposure};
use crate::key::PublicKey;
use crate::rollout::{Stage, Tally};
use crate::trust::{Tier, Trusts};
use crate::unit::{Place, Sense, Unit};
use crate::wilson;

/// No author's word counts for more than so many decisions: a larger number is only said more loudly.
pub const MOST_EVIDENCE: u32 = 100;
/// What nobody counted is taken for seen once.
const STATED: Evidence = Evidence { times: 1, of: 1 };
/// Of what is shown, in percent, so much is kept for what is not to be done.
const DENY_PERCENT: usize = 30;
/// And no author from elsewhere gets more than so much, while others wait.
const AUTHOR_PERCENT: usize = 25;
/// A variant of a cluster was seen so often by who says so, at least.
const VARIANT_EVIDENCE: u32 = 3;

/// What a person decided of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It holds here as its author means it.
    Accepted,
    /// It does not hold here.
    Refused,
}

impl Verdict {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Refused => "refused",
        }
    }

    /// The one of a name.
    pub fn parse(word: &str) -> Option<Verdict> {
        [Verdict::Accepted, Verdict::Refused].into_iter().find(|verdict| verdict.word() == word)
    }
}

/// What is known of a claim here alone. It is never sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Local {
    /// Nothing of it is to be seen.
    pub muted: bool,
    /// What a person decided, and about what. Where it has come to mean something else, nothing is decided.
    pub decided: Option<(Verdict, Sense)>,
    /// How far it has come.
    pub stage: Stage,
    /// What came of it.
    pub tally: Tally,
    /// Whether it is shared.
    pub exposure: Option<Exposure>,
    /// With whom.
    pub consent: Option<Consent>,
}

impl Local {
    /// What a person decided of this, if it still means what it meant then.
    pub fn verdict(&self, unit: &Unit) -> Option<Verdict> {
        self.decided.filter(|(_, sense)| *sense == unit.sense()).map(|(verdict, _)| verdict)
    }
}

/// What a unit may do here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Force {
    /// It is only to be read.
    None,
    /// It may be proposed as a rule that allows.
    Suggest,
    /// It lets a person be asked.
    Ask,
    /// It forbids, as a person has accepted it.
    Deny,
}

impl Force {
    /// That of a unit. One's own has none: what was learned or decided here, the gate has from where it was.
    pub fn of(unit: &Unit, is_own: bool, verdict: Option<Verdict>) -> Force {
        let accepted = verdict == Some(Verdict::Accepted);
        if is_own || verdict == Some(Verdict::Refused) {
            return Force::None;
        }
        match &unit.body {
            Body::Pattern(body) if body.action == Action::Approve => Force::Suggest,
            Body::Rule(body) if body.action == RuleAction::Allow => Force::Suggest,
            Body::Rule(body) if body.action == RuleAction::Ask => Force::Ask,
            Body::Pattern(_) | Body::Rule(_) if accepted => Force::Deny,
            Body::Pattern(_) | Body::Rule(_) => Force::Ask,
            _ => Force::None,
        }
    }

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Force::None => "none",
            Force::Suggest => "suggest",
            Force::Ask => "ask",
            Force::Deny => "deny",
        }
    }
}

/// Why a unit is out of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Out {
    /// It holds elsewhere.
    Scope,
    /// It is muted.
    Muted,
    /// It was refused.
    Refused,
    /// It has expired.
    Expired,
    /// It is stamped too far ahead.
    Ahead,
    /// Its author is held back.
    Frozen,
    /// Its author is not trusted in this.
    Ignored,
    /// It was wrong too often.
    Draft,
    /// It holds under a condition that is not understood.
    NotUnderstood,
    /// It was said again, to others.
    Again,
    /// What is known here of the same thing comes before it.
    Shadowed,
    /// There was no place left.
    Place,
}

impl Out {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Out::Scope => "scope",
            Out::Muted => "muted",
            Out::Refused => "refused",
            Out::Expired => "expired",
            Out::Ahead => "ahead",
            Out::Frozen => "frozen",
            Out::Ignored => "ignored",
            Out::Draft => "draft",
            Out::NotUnderstood => "not_understood",
            Out::Again => "again",
            Out::Shadowed => "shadowed",
            Out::Place => "place",
        }
    }
}

/// What is looked at, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Looking<'a> {
    /// What is thought of whom.
    pub trusts: &'a Trusts,
    /// When.
    pub now: Millis,
    /// Where; none for everywhere, as for a list of all there is.
    pub place: Option<&'a Place>,
    /// The most that is wanted; 0 for all.
    pub most: usize,
}

/// A unit in view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// It is one's own.
    pub is_own: bool,
    /// How sure it is, at least, after its age.
    pub confidence: f64,
    /// How weighty it is.
    pub score: f64,
    /// How far its author is trusted in this.
    pub tier: Tier,
    /// How far it has come here.
    pub stage: Stage,
    /// What it may do.
    pub force: Force,
    /// It was not seen to hold for longer than such knowledge holds.
    pub is_stale: bool,
}

/// What is in view, the weightiest first, and what is not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View<'a> {
    /// In view.
    pub seen: Vec<Seen<'a>>,
    /// Out of it, in the order of claims.
    pub out: Vec<(&'a Unit, Out)>,
}

/// What is known of these units, each once for a class, with what is known of each here.
pub fn view<'a>(
    units: impl IntoIterator<Item = &'a Unit>,
    local: impl Fn(&ClaimId) -> Option<&'a Local>,
    looking: &Looking<'_>,
) -> View<'a> {
    let (mut seen, mut out) = (Vec::new(), Vec::new());
    for unit in latest(units, &mut out) {
        match look(unit, local(&unit.brief.claim), looking) {
            Ok(one) => seen.push(one),
            Err(why) => out.push((unit, why)),
        }
    }
    let own: BTreeSet<ClaimId> = seen.iter().filter(|one| one.is_own).map(|one| one.unit.subject()).collect();
    // What a person accepted from elsewhere they know better than what was learned from them.
    let accepted = |one: &Seen<'_>| {
        let verdict = local(&one.unit.brief.claim).and_then(|local| local.verdict(one.unit));
        verdict == Some(Verdict::Accepted)
    };
    seen.retain(|one| {
        let shadowed = !one.is_own && own.contains(&one.unit.subject()) && !accepted(one);
        if shadowed {
            out.push((one.unit, Out::Shadowed));
        }
        !shadowed
    });
    seen.sort_by(order);
    let seen = places(seen, looking.most, &mut out);
    out.sort_by_key(|(unit, _)| (unit.brief.claim, unit.brief.class, unit.brief.id));
    View { seen, out }
}

/// Of a claim that was told to several audiences, what was said last: one author's word counts once.
fn latest<'a>(units: impl IntoIterator<Item = &'a Unit>, out: &mut Vec<(&'a Unit, Out)>) -> Vec<&'a Unit> {
    let mut last: BTreeMap<ClaimId, &'a Unit> = BTreeMap::new();
    for unit in units {
        let other = last.entry(unit.brief.claim).or_insert(unit);
        if other.brief.id != unit.brief.id {
            let (older, newer) =
                if other.brief.stamp() < unit.brief.stamp() { (*other, unit) } else { (unit, *other) };
            *other = newer;
            out.push((older, Out::Again));
        }
    }
    last.into_values().collect()
}

fn look<'a>(unit: &'a Unit, local: Option<&Local>, looking: &Looking<'_>) -> Result<Seen<'a>, Out> {
    let Looking { trusts, now, place, .. } = *looking;
    let brief = &unit.brief;
    if place.is_some_and(|place| !place.is_in(&unit.scope)) {
        return Err(Out::Scope);
    }
    let verdict = local.and_then(|local| local.verdict(unit));
    let stage = local.map_or(Stage::default(), |local| local.stage);
    let is_own = brief.author == *trusts.local();
    if local.is_some_and(|local| local.muted) {
        return Err(Out::Muted);
    }
    if verdict == Some(Verdict::Refused) {
        return Err(Out::Refused);
    }
    if brief.is_expired(now) {
        return Err(Out::Expired);
    }
    if brief.hlc.held_until(now).is_some() {
        return Err(Out::Ahead);
    }
    if trusts.is_frozen(&brief.author, now) {
        return Err(Out::Frozen);
    }
    if !unit.body.conditions().all(Condition::is_understood) {
        return Err(Out::NotUnderstood);
    }
    let category = unit.body.category();
    let level = trusts.level(&brief.author, category, now);
    let tier = Tier::of(level);
    let is_accepted = verdict == Some(Verdict::Accepted);
    if tier == Tier::Ignored && !is_accepted {
        return Err(Out::Ignored);
    }
    if stage == Stage::Draft && !is_own && !is_accepted {
        return Err(Out::Draft);
    }
    let seen = capped(unit.body.evidence().unwrap_or(STATED));
    let age = now.0.saturating_sub(unit.seen_at().0) / 1_000;
    let interval = default_interval_secs(unit.body.kind());
    let confidence = effective_confidence(wilson::at_least(seen), age, interval);
    Ok(Seen {
        unit,
        is_own,
        confidence,
        score: confidence * f64::from(seen.of).ln_1p() * level,
        tier,
        stage: if is_own || is_accepted { Stage::Live } else { stage },
        force: Force::of(unit, is_own, verdict),
        is_stale: crate::content::is_stale(age, interval),
    })
}

/// The same share of no more than counts.
fn capped(seen: Evidence) -> Evidence {
    if seen.of <= MOST_EVIDENCE {
        return seen;
    }
    let times = u64::from(seen.times.min(seen.of)) * u64::from(MOST_EVIDENCE) / u64::from(seen.of);
    Evidence { times: u32::try_from(times).unwrap_or(MOST_EVIDENCE), of: MOST_EVIDENCE }
}

/// One's own first, then the weightiest; equal ones by the names of their claims.
fn order(one: &Seen<'_>, other: &Seen<'_>) -> Ordering {
    let by = other.is_own.cmp(&one.is_own).then(other.score.total_cmp(&one.score));
    by.then_with(|| one.unit.brief.claim.cmp(&other.unit.brief.claim))
}

/// The first of them, as many as there are places: a share for what is not to be done, and no author from elsewhere with more than its
/// share while others wait.
fn places<'a>(seen: Vec<Seen<'a>>, most: usize, out: &mut Vec<(&'a Unit, Out)>) -> Vec<Seen<'a>> {
    if most == 0 || seen.len() <= most {
        return seen;
    }
    let reserved = (most * DENY_PERCENT).div_ceil(100);
    let each = (most * AUTHOR_PERCENT).div_ceil(100).max(1);
    let mut taken = vec![false; seen.len()];
    let mut of: BTreeMap<PublicKey, usize> = BTreeMap::new();
    let mut left = most;
    let mut take =
        |places: usize, is_bounded: bool, fits: &dyn Fn(&Seen<'_>) -> bool, taken: &mut Vec<bool>| {
            let mut places = places.min(left);
            for (one, taken) in seen.iter().zip(taken).filter(|(one, _)| fits(one)) {
                let count = of.entry(one.unit.brief.author).or_default();
                if places == 0 || *taken || (is_bounded && !one.is_own && *count >= each) {
                    continue;
                }
                (*taken, places, left, *count) = (true, places - 1, left - 1, *count + 1);
            }
        };
    take(reserved, true, &|one| one.unit.is_deny(), &mut taken);
    take(most, true, &|_| true, &mut taken);
    take(most, false, &|_| true, &mut taken);
    let mut kept = Vec::with_capacity(most);
    for (one, taken) in seen.into_iter().zip(taken) {
        if taken { kept.push(one) } else { out.push((one.unit, Out::Place)) }
    }
    kept
}

/// Ways of doing the same that disagree. It is made of what is in view and kept nowhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Where.
    pub scope: Scope,
    /// The tool.
    pub tool: String,
    /// The command; none for all of them.
    pub command: Option<String>,
    /// The ways, the most seen first.
    pub ways: Vec<Way>,
    /// How such calls end: how often well, of how many.
    pub outcome: Option<Evidence>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// What is to be done.
    pub action: Action,
    /// When, as labels in their order.
    pub conditions: Vec<String>,
    /// Who says so, and how often they saw it: the last of each, so that hearing it again adds nothing.
    pub authors: BTreeMap<PublicKey, Evidence>,
    /// All of them together.
    pub seen: Evidence,
}

impl Cluster {
    /// What it is about, as the published tool writes it.
    pub fn problem_key(&self) -> String {
        format!("{}:{}", self.tool, self.command.as_deref().unwrap_or("*"))
    }
}

/// The clusters of what is in view, in the order of what they are about.
pub fn clusters(seen: &[Seen<'_>]) -> Vec<Cluster> {
    type Ways = BTreeMap<(Action, Vec<String>), BTreeMap<PublicKey, Evidence>>;
    let mut problems: BTreeMap<(Scope, String, Option<String>), Ways> = BTreeMap::new();
    let mut outcomes: BTreeMap<(Scope, String), Evidence> = BTreeMap::new();
    for one in seen {
        let (author, scope) = (one.unit.brief.author, &one.unit.scope);
        match &one.unit.body {
            Body::Pattern(body) if body.of >= VARIANT_EVIDENCE => {
                let problem = (scope.clone(), body.tool.clone(), body.command.clone());
                let way = (body.action, crate::content::fingerprint_labels(&body.conditions));
                let own = capped(Evidence { times: body.agreed, of: body.of });
                problems.entry(problem).or_default().entry(way).or_default().insert(author, own);
            }
            Body::ApproachOutcome(body) => {
                let all = outcomes.entry((scope.clone(), body.approach_ref.clone())).or_default();
                *all = sum([*all, capped(Evidence { times: body.succeeded, of: body.of })]);
            }
            _ => {}
        }
    }
    let disagree = |ways: &Ways| ways.keys().map(|(action, _)| action).collect::<BTreeSet<_>>().len() > 1;
    let made =
        problems.into_iter().filter(|(_, ways)| disagree(ways)).map(|((scope, tool, command), ways)| {
            let ways = ways.into_iter().map(|((action, conditions), authors)| {
                let seen = sum(authors.values().copied());
                Way { action, conditions, authors, seen }
            });
            let mut ways: Vec<Way> = ways.collect();
            ways.sort_by(|a, b| {
                b.seen
                    .of
                    .cmp(&a.seen.of)
                    .then_with(|| (a.action, &a.conditions).cmp(&(b.action, &b.conditions)))
            });
            let mut cluster = Cluster { scope, tool, command, ways, outcome: None };
            let reference = format!("pattern:{}", cluster.problem_key());
            cluster.outcome = outcomes.get(&(cluster.scope.clone(), reference)).copied();
            cluster
        });
    made.collect()
}

fn sum(of: impl IntoIterator<Item = Evidence>) -> Evidence {
    of.into_iter().fold(Evidence::default(), |all, one| Evidence {
        times: all.times.saturating_add(one.times),
        of: all.of.saturating_add(one.of),
    })
}

#[cfg(test)]
mod tests;
