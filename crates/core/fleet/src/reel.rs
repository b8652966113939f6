//! The telling parts of a session, for somebody who was not there: [`Composer`] takes one beat after the other and keeps
//! the scenes that tell most, in their order, each with the time that it takes to take in.
//!
//! What is looked up is summed up, pauses go, and of too many scenes the most telling stay, some of each kind and spread
//! over all of the session; how many were left out is told. It never holds more than a bounded amount. Texts are as in beats: redacted,
//! and not sanitised.

mod shot;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet, VecDeque};

use claudectl_transcript::time::Millis;

pub use shot::{Output, Row, Shot, tells_failure};

use crate::beat::{Beat, Body, Note, What};
use crate::tools::Family;

/// Calls without a result that are kept in mind.
const MAX_OPEN: usize = 256;
/// Files that are told apart.
const MAX_FILES: usize = 10_000;
/// Pauses longer than this are nobody's work.
const MAX_PAUSE_MS: i64 = 5 * 60_000;
/// Shorter words on the way to something tell nothing.
const SHORT_REPLY: usize = 40;

/// A scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// When it was.
    pub at: Option<Millis>,
    /// The kind of the subagent that did it; `None` for the session itself.
    pub agent: Option<String>,
    /// What is seen.
    pub shot: Shot,
}

/// What happened in all of the session that was looked at, whether or not it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Prompts.
    pub prompts: u64,
    /// Changes to files.
    pub edits: u64,
    /// Files that were changed.
    pub files: u64,
    /// Lines that were added.
    pub added: u64,
    /// Lines that were removed.
    pub removed: u64,
    /// Commands that ran.
    pub commands: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were turned down.
    pub denied: u64,
    /// Requests that failed for good.
    pub api_errors: u64,
    /// The first moment.
    pub first: Option<Millis>,
    /// The last moment.
    pub last: Option<Millis>,
    /// Milliseconds that something went on, without longer pauses.
    pub active_ms: i64,
}

/// A session's telling parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reel {
    /// The scenes, in order.
    pub scenes: Vec<Scene>,
    /// How many more there were.
    pub left_out: u64,
    /// What all of it amounts to.
    pub totals: Totals,
}

/// A call whose result is still to come.
#[derive(Debug)]
struct Open {
    id: String,
    tool: String,
    summary: String,
    at: Option<Millis>,
    body: Body,
}

/// What was only looked up since the last scene.
#[derive(Debug, Default)]
struct Looks {
    at: Option<Millis>,
    files: HashSet<String>,
    searches: u64,
    pages: u64,
    commands: u64,
}

impl Looks {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.searches + self.pages + self.commands == 0
    }
}

/// A scene that may be kept.
#[derive(Debug)]
struct Candidate {
    /// Among its kind: the smaller, the earlier it is chosen.
    turn: u64,
    order: u64,
    scene: Scene,
}

/// Scenes of one kind.
#[derive(Debug, Default)]
struct Kind {
    weight: u32,
    met: u64,
    candidates: Vec<Candidate>,
}

impl Kind {
    /// Of the kind's scenes every second goes before its neighbours, then every fourth, and so on: what is left lies
    /// evenly, however many come.
    fn add(&mut self, order: u64, scene: Scene, most: usize) {
        self.candidates.push(Candidate { turn: self.met.reverse_bits(), order, scene });
        self.met += 1;
        if self.candidates.len() >= 2 * most + 16 {
            self.sort();
            self.candidates.truncate(most);
        }
    }

    fn sort(&mut self) {
        self.candidates.sort_by_key(|candidate| (candidate.turn, candidate.order));
    }
}

/// Composes a reel.
#[derive(Debug)]
pub struct Composer {
    most: usize,
    open: VecDeque<Open>,
    looks: Looks,
    /// What the model said last: whether it was its answer shows what follows.
    reply: Option<(Option<Millis>, String)>,
    kinds: BTreeMap<u8, Kind>,
    /// The latest answer: the last of all is shown.
    answer: Option<(u64, Scene)>,
    offered: u64,
    files: HashSet<String>,
    totals: Totals,
    /// Whose doing the next scene is.
    agent: Option<String>,
}

impl Composer {
    /// For a reel of at most so many scenes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            open: VecDeque::new(),
            looks: Looks::default(),
            reply: None,
            kinds: BTreeMap::new(),
            answer: None,
            offered: 0,
            files: HashSet::new(),
            totals: Totals::default(),
            agent: None,
        }
    }

    /// Takes in what a subagent of a kind did next: what it changed and ran, and what failed. What it was told and
    /// said, and what it looked up, is between it and the session.
    pub fn of_subagent(&mut self, kind: &str, beat: Beat) {
        let is_deed =
            |body: &Body| matches!(body, Body::Edit { .. } | Body::Write { .. } | Body::Command { .. });
        let tells = match &beat.what {
            What::Call { body, .. } => is_deed(body),
            What::Result { id, .. } => self.open.iter().any(|open| open.id == *id),
            _ => false,
        };
        if beat.copied || !tells {
            return;
        }
        self.agent = Some(kind.to_owned());
        self.beat(beat);
        self.agent = None;
    }

    /// Takes in what happened next.
    pub fn beat(&mut self, beat: Beat) {
        if beat.copied {
            // So far it was another session's.
            *self = Self::new(self.most);
            return;
        }
        let at = beat.at;
        self.time(at);
        match beat.what {
            What::Prompt(text) | What::Queued(text) => self.prompt(at, &text),
            What::Typed(text) if is_told(&text) => {
                self.flush(true);
                self.scene(at, Shot::Typed(shot::brief(&text, 2, 200)));
            }
            What::Text(text) => {
                if let Some(text) = shot::prose(&text) {
                    self.speak(false);
                    self.reply = Some((at, text));
                }
            }
            What::Call { id, tool, summary, body } => self.call(Open { id, tool, summary, at, body }),
            What::Result { id, tool, failed, denied, text, lines, hunks } => {
                let open = self.open.iter().position(|open| open.id == id);
                let open = open.and_then(|place| self.open.remove(place));
                let open =
                    open.unwrap_or(Open { id, tool, summary: String::new(), at: None, body: Body::None });
                if failed || denied {
                    self.failure(at, open, denied, &text);
                } else {
                    self.success(at, open, &text, lines, &hunks);
                }
            }
            What::Note(note) => self.note(at, note),
            What::Typed(_) | What::Printed(_) | What::Thinking(_) => {}
        }
    }

    /// The reel.
    #[must_use]
    pub fn finish(mut self) -> Reel {
        self.flush(true);
        if let Some((order, scene)) = self.answer.take() {
            let most = self.most;
            self.kind(shot::LAST_ANSWER).add(order, scene, most);
        }
        let mut chosen = choose(self.kinds, self.most);
        chosen.sort_by_key(|candidate| candidate.order);
        self.totals.files = self.files.len() as u64;
        let scenes: Vec<Scene> = chosen.into_iter().map(|candidate| candidate.scene).collect();
        Reel { left_out: self.offered - scenes.len() as u64, scenes, totals: self.totals }
    }

    fn time(&mut self, at: Option<Millis>) {
        let Some(at) = at else { return };
        if let Some(last) = self.totals.last {
            let pause = at.saturating_sub(last);
            if (0..=MAX_PAUSE_MS).contains(&pause) {
                self.totals.active_ms = self.totals.active_ms.saturating_add(pause);
            }
        }
        self.totals.first = Some(self.totals.first.map_or(at, |first| first.min(at)));
        self.totals.last = Some(self.totals.last.map_or(at, |last| last.max(at)));
    }

    fn prompt(&mut self, at: Option<Millis>, text: &str) {
        self.flush(true);
        self.totals.prompts += 1;
        self.scene(at, Shot::Prompt(shot::brief(text, 8, 600)));
    }

    fn call(&mut self, open: Open) {
        match &open.body {
            Body::Plan(plan) => {
                let shot = Shot::Plan(shot::brief(plan, 14, 1_000));
                self.flush(false);
                self.scene(open.at, shot);
            }
            Body::Agent { kind, .. } => {
                let shot = Shot::Agent { kind: kind.clone(), task: open.summary.clone() };
                self.flush(false);
                self.scene(open.at, shot);
            }
            _ => {}
        }
        if self.open.len() == MAX_OPEN {
            self.open.pop_front();
        }
        self.open.push_back(open);
    }

    fn success(
        &mut self,
        at: Option<Millis>,
        open: Open,
        text: &str,
        lines: Option<(u64, u64)>,
        hunks: &[crate::patch::Hunk<String>],
    ) {
        if Family::Shell.has(&open.tool) {
            self.totals.commands += 1;
        }
        if self.look(&open) {
            return;
        }
        let shot = match &open.body {
            Body::Edit { path, hunks: asked } => {
                let hunks = if hunks.is_empty() { asked } else { hunks };
                Some(self.edited(path, shot::rows(hunks), lines, false))
            }
            Body::Write { path, text } if hunks.is_empty() => {
                let made = lines.is_none_or(|(_, removed)| removed == 0);
                Some(self.edited(path, shot::new_rows(text), lines, made))
            }
            Body::Write { path, .. } => Some(self.edited(path, shot::rows(hunks), lines, false)),
            Body::Command { command, background, .. } => Some(Shot::Command {
                command: shot::brief(command, 1, 300),
                // What is printed later is not here, but a note of the client's.
                output: if *background { Output::default() } else { shot::output(text, false) },
                failed: false,
                denied: false,
                background: *background,
                took_ms: took(open.at, at),
            }),
            Body::Questions(asked) => asked.first().map(|one| Shot::Question {
                text: shot::brief(&one.text, 4, 300),
                answer: shot::brief(shot::answer(text), 3, 300),
            }),
            Body::Plan(_) => Some(Shot::Approved),
            Body::Agent { .. } | Body::Todo(_) | Body::None => None,
            Body::Other(_) if is_told_elsewhere(&open.tool) => None,
            Body::Other(_) => Some(Shot::Tool { tool: open.tool.clone(), summary: open.summary.clone() }),
        };
        if let Some(shot) = shot {
            self.flush(false);
            self.scene(at, shot);
        }
    }

    fn edited(&mut self, path: &str, rows: (Vec<Row>, u64), lines: Option<(u64, u64)>, made: bool) -> Shot {
        let (added, removed) = lines.unwrap_or_default();
        self.totals.edits += 1;
        self.totals.added += added;
        self.totals.removed += removed;
        if self.files.len() < MAX_FILES {
            self.files.insert(path.to_owned());
        }
        Shot::Edit { path: path.to_owned(), rows: rows.0, more: rows.1, added, removed, made }
    }

    fn failure(&mut self, at: Option<Millis>, open: Open, denied: bool, text: &str) {
        *if denied { &mut self.totals.denied } else { &mut self.totals.failed } += 1;
        if !denied && Family::Shell.has(&open.tool) {
            self.totals.commands += 1;
        }
        self.flush(false);
        let shot = match &open.body {
            Body::Command { command, background, .. } => Shot::Command {
                command: shot::brief(command, 1, 300),
                output: if denied { Output::default() } else { shot::output(text, true) },
                failed: true,
                denied,
                background: *background,
                took_ms: took(open.at, at),
            },
            _ => Shot::Failed {
                tool: open.tool,
                summary: open.summary,
                text: if denied { String::new() } else { shot::brief(text, 3, 300) },
                denied,
            },
        };
        self.scene(at, shot);
    }

    /// Whether a call only looks something up: that is summed up.
    fn look(&mut self, open: &Open) -> bool {
        let by_command = matches!(&open.body, Body::Command { command, .. } if shot::only_looks(command));
        let tool = open.tool.as_str();
        let is_look = matches!(
            tool,
            "Read" | "NotebookRead" | "Grep" | "Glob" | "LS" | "ToolSearch" | "WebSearch" | "WebFetch"
        );
        if !is_look && !by_command {
            return false;
        }
        if self.agent.is_some() {
            return true;
        }
        if self.looks.is_empty() {
            // What was said before it comes before it.
            self.speak(false);
            self.looks.at = open.at;
        }
        let looks = &mut self.looks;
        match tool {
            "Read" | "NotebookRead" if looks.files.len() < MAX_FILES => {
                looks.files.insert(open.summary.clone());
            }
            "Read" | "NotebookRead" => {}
            "WebFetch" => looks.pages += 1,
            _ if is_look => looks.searches += 1,
            _ => looks.commands += 1,
        }
        true
    }

    fn note(&mut self, at: Option<Millis>, note: Note) {
        let (ends, told) = match &note {
            Note::TurnEnded(_) | Note::Closed => (true, false),
            Note::Interrupted => (true, true),
            Note::ApiError { .. } => {
                self.totals.api_errors += 1;
                (false, true)
            }
            Note::Task { status, .. } => (false, !status.is_empty()),
            Note::Summary(_) | Note::Said(_) | Note::Retry { .. } => (false, false),
            _ => (false, true),
        };
        if ends {
            self.flush(true);
        }
        if told {
            self.flush(ends);
            self.scene(at, Shot::Note(note));
        }
    }

    /// Before something else happens: what was looked up, and what the model said. `last`, it was its answer.
    fn flush(&mut self, last: bool) {
        let agent = self.agent.take();
        if !self.looks.is_empty() {
            let Looks { at, files, searches, pages, commands } = std::mem::take(&mut self.looks);
            self.scene(at, Shot::Looks { files: files.len() as u64, searches, pages, commands });
        }
        self.speak(last);
        self.agent = agent;
    }

    fn speak(&mut self, last: bool) {
        if let Some((at, text)) = self.reply.take()
            && (last || text.chars().count() >= SHORT_REPLY)
        {
            self.scene(at, Shot::Reply { text, last });
        }
    }

    fn scene(&mut self, at: Option<Millis>, shot: Shot) {
        let order = self.offered;
        self.offered += 1;
        let first = self.totals.prompts == 1 && matches!(shot, Shot::Prompt(_));
        let is_answer = matches!(shot, Shot::Reply { last: true, .. });
        let kind = if first { shot::FIRST_PROMPT } else { shot.kind() };
        let mut next = (order, Scene { at, agent: self.agent.clone(), shot });
        if is_answer {
            // The one before was not the last.
            match self.answer.replace(next) {
                Some(before) => next = before,
                None => return,
            }
        }
        let most = self.most;
        self.kind(kind).add(next.0, next.1, most);
    }

    fn kind(&mut self, (number, weight): (u8, u32)) -> &mut Kind {
        let kind = self.kinds.entry(number).or_default();
        kind.weight = weight;
        kind
    }
}

/// The scenes that tell most. The more of a kind were chosen, the less the next of it tells.
fn choose(kinds: BTreeMap<u8, Kind>, most: usize) -> Vec<Candidate> {
    let mut queues: Vec<(u32, u32, std::vec::IntoIter<Candidate>)> = kinds
        .into_values()
        .map(|mut kind| {
            kind.sort();
            (kind.weight, 0, kind.candidates.into_iter())
        })
        .collect();
    let mut chosen = Vec::new();
    while chosen.len() < most {
        let left = queues.iter_mut().filter(|queue| queue.2.len() > 0);
        // Of equal ones, the kind that comes first in the table.
        let Some(next) = left.rev().max_by_key(|(weight, taken, _)| weight * 1_000 / (10 + 3 * taken)) else {
            break;
        };
        next.1 += 1;
        chosen.extend(next.2.next());
    }
    chosen
}

/// Commands to the client that change how it goes on; others are about the screen.
fn is_told(text: &str) -> bool {
    text.starts_with("! ")
        || ["/model", "/compact", "/clear", "/plan", "/review", "/init"]
            .iter()
            .any(|name| text.starts_with(name))
}

/// Tools that keep the client's own books.
fn is_told_elsewhere(tool: &str) -> bool {
    matches!(
        tool,
        "TaskUpdate"
            | "TaskList"
            | "TaskGet"
            | "TaskOutput"
            | "BashOutput"
            | "EnterPlanMode"
            | "SendMessage"
            | "Monitor"
    )
}

fn took(from: Option<Millis>, to: Option<Millis>) -> Option<i64> {
    Some(to?.saturating_sub(from?)).filter(|took| *took >= 0)
}
