//! What is sure enough to be learned by whoever is new: few lessons, without what is disputed, what is not to be done first.
//!
//! Only what can be said in names and numbers becomes a lesson; text that others wrote is none. What is put together is put
//! together of what was seen: a program with the verbs that each author's unit named, never all of its verbs, never of programs that
//! run others, never across scopes, and not where anything speaks against it.

use std::collections::{BTreeMap, BTreeSet};

use crate::bytes;
use crate::claim::ClaimId;
use crate::content::{Action, Body, Evidence, Scope, fingerprint_labels};
use crate::distill::{Called, Label};
use crate::trust::Tier;
use crate::unit::Unit;
use crate::view::Seen;

/// What is to be done is sure at least to this degree, and what is not to be done to that.
const SURE: f64 = 0.7;
const SURE_DENY: f64 = 0.5;
/// Scores that differ by no more than this share are a dispute.
const DISPUTED: f64 = 0.1;
/// So many verbs of a program are put together.
const VERBS: usize = 3;
/// No curriculum has more lessons.
const MOST: usize = 100;
/// Programs whose first word says nothing of what they do: they run what follows.
const RUNNERS: &[&str] = &[
    "ash",
    "awk",
    "bash",
    "bun",
    "busybox",
    "chroot",
    "cmd",
    "csh",
    "dash",
    "deno",
    "doas",
    "docker",
    "env",
    "eval",
    "exec",
    "find",
    "fish",
    "flatpak",
    "ksh",
    "kubectl",
    "lua",
    "make",
    "nice",
    "nix",
    "node",
    "nohup",
    "npx",
    "parallel",
    "perl",
    "php",
    "podman",
    "powershell",
    "pwsh",
    "python",
    "python3",
    "ruby",
    "setsid",
    "sh",
    "ssh",
    "strace",
    "su",
    "sudo",
    "tclsh",
    "time",
    "timeout",
    "tmux",
    "uv",
    "uvx",
    "watch",
    "wsl",
    "xargs",
    "zsh",
];

/// What is to be learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Where it holds.
    pub scope: Scope,
    /// The tool.
    pub tool: String,
    /// The command, or the program of the verbs; none for all calls of the tool.
    pub command: Option<String>,
    /// The verbs it is put together of; none for what stands by itself.
    pub verbs: Vec<String>,
    /// What is to be done.
    pub action: Action,
    /// When.
    pub conditions: Vec<String>,
    /// How often that was right.
    pub seen: Evidence,
    /// How sure it is, at least; of what is put together, of the least sure of it.
    pub confidence: f64,
    /// The claims that say so.
    pub claims: BTreeSet<ClaimId>,
}

impl Lesson {
    /// The lesson on a line. Names stand in it as they are: whoever shows it cleans it.
    pub fn summary(&self) -> String {
        let verbs = if self.verbs.is_empty() { String::new() } else { format!(" {}", self.verbs.join("|")) };
        let when = if self.conditions.is_empty() {
            String::new()
        } else {
            format!(" when {}", self.conditions.join(", "))
        };
        let command = self.command.as_deref().unwrap_or("*");
        format!(
            "[{}, {command}{verbs}] {}{when} ({}/{})",
            self.tool,
            self.action.word(),
            self.seen.times,
            self.seen.of
        )
    }

    fn id(&self) -> Place {
        let conditions = self.conditions.clone();
        (self.scope.clone(), self.tool.clone(), self.command.clone(), conditions)
    }
}

type Place = (Scope, String, Option<String>, Vec<String>);

/// What is to be learned, and what became of the rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curriculum {
    /// What is not to be done first, then the surest.
    pub lessons: Vec<Lesson>,
    /// Units read.
    pub read: usize,
    /// Units that say what another says.
    pub merged: usize,
    /// Lessons that were put together with others.
    pub condensed: usize,
    /// Things about which units disagree.
    pub contradictions: usize,
    /// Of these, those that are not told, as nobody is much surer.
    pub disputed: usize,
}

/// Which edition of a curriculum it is: a new one only if it says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// Its number, from 1.
    pub version: u32,
    /// The hash of what it says, whatever the order and the numbers.
    pub hash: [u8; 32],
}

impl Curriculum {
    /// Its edition, behind the last one.
    pub fn edition(&self, last: Option<Edition>) -> Edition {
        let lines: BTreeSet<String> = self
            .lessons
            .iter()
            .map(|lesson| {
                let Lesson { scope, tool, command, verbs, action, conditions, .. } = lesson;
                format!("{:?}", (scope.to_string(), tool, command, verbs, action.word(), conditions))
            })
            .collect();
        let mut writer = bytes::Writer::new(bytes::CURRICULUM);
        writer.number(lines.len() as u64);
        lines.iter().for_each(|line| {
            writer.text(line);
        });
        let hash = writer.hash();
        match last {
            Some(last) if last.hash == hash => last,
            _ => Edition { version: last.map_or(0, |last| last.version).saturating_add(1), hash },
        }
    }
}

/// The curriculum of what is in view. What speaks against putting things together is looked for in all units and labels there are.
pub fn curriculum<'a>(
    seen: &[Seen<'_>],
    all: impl IntoIterator<Item = &'a Unit>,
    labels: &'a [Label],
) -> Curriculum {
    let mut made = Curriculum::default();
    // By what it is about: for each action the weightiest, with its score.
    let mut places: BTreeMap<Place, BTreeMap<Action, (f64, Lesson)>> = BTreeMap::new();
    let is_trusted = |one: &Seen<'_>| one.is_own || one.tier >= Tier::Suggested;
    for one in seen.iter().filter(|one| is_trusted(one)) {
        let Body::Pattern(body) = &one.unit.body else { continue };
        made.read += 1;
        let mut lesson = Lesson {
            scope: one.unit.scope.clone(),
            tool: body.tool.clone(),
            command: body.command.clone(),
            verbs: Vec::new(),
            action: body.action,
            conditions: fingerprint_labels(&body.conditions),
            seen: Evidence { times: body.agreed, of: body.of },
            confidence: one.confidence,
            claims: BTreeSet::from([one.unit.brief.claim]),
        };
        let place = places.entry(lesson.id()).or_default();
        match place.remove(&body.action) {
            None => drop(place.insert(body.action, (one.score, lesson))),
            Some((score, mut other)) => {
                made.merged += 1;
                if (score, other.claims.first()) >= (one.score, lesson.claims.first()) {
                    other.claims.extend(lesson.claims);
                    place.insert(body.action, (score, other));
                } else {
                    lesson.claims.extend(other.claims);
                    place.insert(body.action, (one.score, lesson));
                }
            }
        }
    }
    let mut kept = Vec::new();
    for (_, mut actions) in places {
        made.contradictions += usize::from(actions.len() > 1);
        let scores: Vec<f64> = actions.values().map(|(score, _)| *score).collect();
        if let [one, other] = scores[..] {
            if (one - other).abs() <= DISPUTED * one.max(other) {
                made.disputed += 1;
                continue;
            }
            let weaker = if one < other { Action::Approve } else { Action::Deny };
            actions.remove(&weaker);
        }
        kept.extend(actions.into_values().map(|(_, lesson)| lesson).filter(|lesson| {
            let least = if lesson.action == Action::Deny { SURE_DENY } else { SURE };
            lesson.confidence >= least
        }));
    }
    made.lessons = condensed(kept, &Wanted::of(all, labels), &mut made.condensed);
    made.lessons.sort_by(|a, b| {
        let by = b.action.cmp(&a.action).then(b.confidence.total_cmp(&a.confidence));
        by.then_with(|| (a.id(), &a.verbs).cmp(&(b.id(), &b.verbs)))
    });
    made.lessons.truncate(MOST);
    made
}

/// Puts together what differs in the verb of one program only.
fn condensed(lessons: Vec<Lesson>, wanted: &Wanted<'_>, count: &mut usize) -> Vec<Lesson> {
    type Group = (Scope, String, String, Action, Vec<String>);
    let mut groups: BTreeMap<Group, Vec<(String, Lesson)>> = BTreeMap::new();
    let mut done = Vec::new();
    for lesson in lessons {
        let parts = lesson.command.as_deref().and_then(|command| command.split_once(' '));
        match parts.filter(|(program, verb)| !RUNNERS.contains(program) && !verb.contains(' ')) {
            Some((program, verb)) => {
                let Lesson { scope, tool, action, conditions, .. } = &lesson;
                let group = (scope.clone(), tool.clone(), program.to_owned(), *action, conditions.clone());
                groups.entry(group).or_default().push((verb.to_owned(), lesson));
            }
            None => done.push(lesson),
        }
    }
    for ((scope, tool, program, action, conditions), parts) in groups {
        if parts.len() < VERBS || wanted.speaks_against(&scope, &tool, &program, action) {
            done.extend(parts.into_iter().map(|(_, lesson)| lesson));
            continue;
        }
        *count += parts.len();
        let mut lesson = Lesson {
            scope,
            tool,
            command: Some(program),
            verbs: Vec::new(),
            action,
            conditions,
            seen: Evidence::default(),
            confidence: 1.0,
            claims: BTreeSet::new(),
        };
        for (verb, part) in parts {
            lesson.verbs.push(verb);
            lesson.seen.times = lesson.seen.times.saturating_add(part.seen.times);
            lesson.seen.of = lesson.seen.of.saturating_add(part.seen.of);
            lesson.confidence = lesson.confidence.min(part.confidence);
            lesson.claims.extend(part.claims);
        }
        done.push(lesson);
    }
    done
}

/// What anything, trusted or not, wants of the calls of a program, and where.
#[derive(Debug, Default)]
struct Wanted<'a>(BTreeMap<Program<'a>, BTreeSet<(Scope, Action)>>);

/// A tool, and a program; none for all calls of the tool.
type Program<'a> = (&'a str, Option<&'a str>);

impl<'a> Wanted<'a> {
    fn of(all: impl IntoIterator<Item = &'a Unit>, labels: &'a [Label]) -> Self {
        let program = |command: &'a str| command.split(' ').next();
        let mut wanted = Self::default();
        for unit in all {
            if let Body::Pattern(body) = &unit.body {
                let of = (body.tool.as_str(), body.command.as_deref().and_then(program));
                wanted.0.entry(of).or_default().insert((unit.scope.clone(), body.action));
            }
        }
        for label in labels {
            let program = match &label.called {
                Called::Command(command) => program(command),
                Called::Tool => None,
                Called::Other => continue,
            };
            let scope = label.project.clone().map_or(Scope::Universal, Scope::Project);
            let action = if label.wanted { Action::Approve } else { Action::Deny };
            wanted.0.entry((&label.tool, program)).or_default().insert((scope, action));
        }
        wanted
    }

    /// Whether the opposite is wanted for any call of the program, or for all of the tool, where the two could meet.
    fn speaks_against(&self, scope: &Scope, tool: &str, program: &str, action: Action) -> bool {
        // Two projects never meet; everything else may.
        let meets = |other: &Scope| match (scope, other) {
            (Scope::Project(one), Scope::Project(other)) => one == other,
            _ => true,
        };
        let of = [Some(program), None].into_iter().filter_map(|program| self.0.get(&(tool, program)));
        of.flatten().any(|(scope, other)| *other != action && meets(scope))
    }
}

#[cfg(test)]
mod tests;
