//! What became of a session, looked at afterwards: its turns with what each cost, what the money went into, errors that
//! came again and again, work that was done twice, and what happened when.
//!
//! A fold over the rows of its own transcript. What it costs is by the same prices as everywhere; what subagents cost stands
//! in the session's own figures.

use std::collections::{BTreeMap, HashMap};

use claudectl_transcript::SYNTHETIC_MODEL;
use claudectl_transcript::message_key;
use claudectl_transcript::record::{Block, Record};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::beat::{Beat, Beats, Note, What};
use crate::call::one_line;
use crate::ledger::{Tokens, Variant};
use crate::money::Usd;
use crate::prices::PriceTable;
use crate::session::{time, usd};
use crate::tools::Family;

/// So often at least is the same failing.
const LOOP: u64 = 3;
/// So often at least is the same read, with no change in between.
const READ_AGAIN: u64 = 3;
/// So many happenings, turns, loops and files are kept.
const MOST: usize = 500;

/// What a response was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// It only said something.
    Talk,
    /// It looked at files.
    Explore,
    /// It handed work to a subagent.
    Delegate,
    /// It ran commands.
    Run,
    /// It changed files.
    Change,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Explore, Self::Change, Self::Run, Self::Delegate, Self::Talk];

    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Explore => "explore",
            Self::Delegate => "delegate",
            Self::Run => "run",
            Self::Change => "change",
        }
    }

    fn of(tool: &str) -> Self {
        match Family::of(tool) {
            Some(Family::Edit) => Self::Change,
            Some(Family::Shell) => Self::Run,
            Some(Family::Agent) => Self::Delegate,
            Some(Family::Read) | None => Self::Explore,
        }
    }
}

/// What responses cost together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Spent {
    /// How many there were.
    pub responses: u64,
    /// All tokens of all classes.
    pub tokens: u64,
    /// Of these, what was written and what was read anew.
    pub fresh_tokens: u64,
    /// What that cost, dollars.
    #[serde(serialize_with = "usd")]
    pub usd: Usd,
    /// Responses of models without a price.
    pub unpriced: u64,
}

impl Spent {
    fn add(&mut self, reply: &Reply) {
        self.responses += 1;
        self.tokens += reply.tokens.total();
        self.fresh_tokens += reply.fresh();
        match reply.usd {
            Some(usd) => self.usd += usd,
            None => self.unpriced += 1,
        }
    }
}

/// From one prompt to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Turn {
    /// Which, from 1; 0 for what came before the first prompt.
    pub number: usize,
    /// When it began.
    #[serde(serialize_with = "time")]
    pub at: Option<i64>,
    /// The prompt's first words, redacted.
    pub prompt: String,
    /// Tool calls.
    pub calls: u64,
    /// Of these, failed.
    pub failed: u64,
    /// And turned down.
    pub denied: u64,
    /// What it cost.
    #[serde(flatten)]
    pub spent: Spent,
}

/// The same tool that failed again and again, with nothing that went through in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loop {
    /// The tool.
    pub tool: String,
    /// The first of the calls; redacted.
    pub summary: String,
    /// How often.
    pub count: u64,
    /// It was the same call each time.
    pub same: bool,
    /// When it began.
    #[serde(serialize_with = "time")]
    pub from: Option<i64>,
    /// When it ended.
    #[serde(serialize_with = "time")]
    pub until: Option<i64>,
}

/// A file that was read again and again, with no change in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reread {
    /// What was read; redacted.
    pub summary: String,
    /// How often.
    pub count: u64,
}

/// What could have been spared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Wasted {
    /// Fresh tokens of responses whose calls all failed or were turned down.
    pub failed_tokens: u64,
    /// Fresh tokens of responses that only read again what had not changed.
    pub reread_tokens: u64,
    /// What these responses cost together, dollars.
    #[serde(serialize_with = "usd")]
    pub usd: Usd,
    /// How often the context was compacted.
    pub compactions: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// When.
    #[serde(serialize_with = "time")]
    pub at: Option<i64>,
    /// What kind of thing: `prompt`, `denied`, `loop`, `compacted`, ...
    pub what: &'static str,
    /// More of it; redacted, one line.
    pub text: String,
}

/// What became of a session.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Autopsy {
    /// When its first row was made.
    #[serde(serialize_with = "time")]
    pub from: Option<i64>,
    /// And its last.
    #[serde(serialize_with = "time")]
    pub until: Option<i64>,
    /// What it cost, without its subagents.
    pub spent: Spent,
    /// Its turns.
    pub turns: Vec<Turn>,
    /// What the money went into: each kind of work, and what that cost.
    pub work: BTreeMap<Work, Spent>,
    /// Errors again and again, the longest first.
    pub loops: Vec<Loop>,
    /// What was read again and again, the most often first.
    pub rereads: Vec<Reread>,
    /// What could have been spared.
    pub wasted: Wasted,
    /// Tool calls.
    pub calls: u64,
    /// Of these, failed.
    pub failed: u64,
    /// And turned down.
    pub denied: u64,
    /// What happened, in its order.
    pub timeline: Vec<Happened>,
}

/// A response.
#[derive(Debug, Clone, Default)]
struct Reply {
    at: Option<i64>,
    model: String,
    tokens: Tokens,
    variant: Variant,
    usd: Option<Usd>,
    turn: usize,
    work: Option<Work>,
    /// Calls of it, those that failed or were turned down, and those that read again what they knew.
    calls: u64,
    lost: u64,
    again: u64,
}

impl Reply {
    fn fresh(&self) -> u64 {
        self.tokens.input + self.tokens.output + self.tokens.cache_write()
    }
}

/// A call, until it is answered.
#[derive(Debug, Clone)]
struct Called {
    tool: String,
    summary: String,
    reply: Option<u64>,
    turn: usize,
}

/// Calls of one tool that fail one after the other.
#[derive(Debug, Clone)]
struct Failing {
    tool: String,
    first: String,
    same: bool,
    count: u64,
    from: Option<i64>,
    until: Option<i64>,
}

/// Whoever looks.
#[derive(Debug)]
pub struct Examiner<'a> {
    prices: &'a PriceTable,
    beats: Beats,
    out: Vec<Beat>,
    found: Autopsy,
    replies: HashMap<u64, Reply>,
    order: Vec<u64>,
    last_reply: Option<u64>,
    open: HashMap<String, Called>,
    failing: Option<Failing>,
    /// How often each thing was read since something changed.
    reads: HashMap<String, u64>,
    rereads: HashMap<String, u64>,
    copied: bool,
}

impl<'a> Examiner<'a> {
    /// By these prices.
    #[must_use]
    pub fn new(prices: &'a PriceTable) -> Self {
        Self {
            prices,
            beats: Beats::new(false),
            out: Vec::new(),
            found: Autopsy { turns: vec![Turn::default()], ..Autopsy::default() },
            replies: HashMap::new(),
            order: Vec::new(),
            last_reply: None,
            open: HashMap::new(),
            failing: None,
            reads: HashMap::new(),
            rereads: HashMap::new(),
            copied: false,
        }
    }

    /// Takes in a row of the transcript.
    pub fn row(&mut self, record: &Record<'_>) {
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        self.beats.row(record, &mut out);
        if let Some(beat) = out.first() {
            self.copied = beat.copied;
        }
        if !self.copied {
            if let Record::Assistant(row) = record {
                self.reply(row);
            }
            out.iter().for_each(|beat| self.beat(beat));
        }
        self.out = out;
    }

    fn reply(&mut self, row: &claudectl_transcript::record::Assistant<'_>) {
        let (Some(id), Some(usage)) = (&row.id, &row.usage) else { return };
        let model = row.model.as_deref().unwrap_or_default();
        if model == SYNTHETIC_MODEL {
            return;
        }
        let key = message_key(id.as_bytes());
        let turn = self.found.turns.len() - 1;
        if !self.replies.contains_key(&key) {
            self.order.push(key);
        }
        let reply = self.replies.entry(key).or_insert_with(|| Reply { turn, ..Reply::default() });
        // A later row of the same response has all that it used.
        let tokens = Tokens::of(usage);
        if tokens.total() >= reply.tokens.total() {
            (reply.tokens, reply.variant) = (tokens, Variant::of(usage));
        }
        reply.at = reply.at.or(row.common.at);
        model.clone_into(&mut reply.model);
        let works = row.blocks.iter().filter_map(|block| match block {
            Block::ToolUse { name, .. } => Some(Work::of(name.as_ref())),
            _ => None,
        });
        reply.work = works.chain(reply.work).max();
        self.last_reply = Some(key);
    }

    fn beat(&mut self, beat: &Beat) {
        // What has no time happened with what stands before it.
        let now = beat.at.or(self.found.until);
        if let Some(at) = beat.at {
            self.found.from = Some(self.found.from.map_or(at, |from| from.min(at)));
            self.found.until = Some(self.found.until.map_or(at, |until| until.max(at)));
        }
        match &beat.what {
            What::Prompt(text) => {
                let (number, prompt) = (self.found.turns.len(), one_line(text));
                self.happened(now, "prompt", prompt.clone());
                if number < MOST {
                    self.found.turns.push(Turn { number, at: now, prompt, ..Turn::default() });
                }
            }
            What::Call { id, tool, summary, .. } => self.call(id, tool, summary),
            What::Result { id, failed, denied, .. } => self.result(now, id, *failed, *denied),
            What::Note(note) => self.note(now, note),
            What::Queued(_) | What::Typed(_) | What::Printed(_) | What::Text(_) | What::Thinking(_) => {}
        }
    }

    fn call(&mut self, id: &str, tool: &str, summary: &str) {
        let turn = self.found.turns.len() - 1;
        self.found.calls += 1;
        self.found.turns[turn].calls += 1;
        let again = match Family::of(tool) {
            Some(Family::Read) => {
                let times = self.reads.entry(format!("{tool} {summary}")).or_default();
                *times += 1;
                if *times >= READ_AGAIN {
                    let most = self.rereads.entry(summary.to_owned()).or_default();
                    *most = (*most).max(*times);
                }
                *times > 1
            }
            // What a command does to files nobody knows here.
            Some(Family::Edit | Family::Shell) => {
                self.reads.clear();
                false
            }
            _ => false,
        };
        if let Some(reply) = self.last_reply.and_then(|key| self.replies.get_mut(&key)) {
            reply.calls += 1;
            reply.again += u64::from(again);
        }
        let (tool, summary) = (tool.to_owned(), summary.to_owned());
        self.open.insert(id.to_owned(), Called { tool, summary, reply: self.last_reply, turn });
    }

    fn result(&mut self, at: Option<i64>, id: &str, failed: bool, denied: bool) {
        let Some(call) = self.open.remove(id) else { return };
        if failed || denied {
            let reply = call.reply.and_then(|key| self.replies.get_mut(&key));
            reply.into_iter().for_each(|reply| reply.lost += 1);
        }
        let turn = &mut self.found.turns[call.turn];
        if denied {
            turn.denied += 1;
            self.found.denied += 1;
            self.happened(at, "denied", described(&call));
            return;
        }
        if !failed {
            if self.failing.as_ref().is_some_and(|failing| failing.tool == call.tool) {
                self.end_loop();
            }
            return;
        }
        turn.failed += 1;
        self.found.failed += 1;
        if self.failing.as_ref().is_none_or(|failing| failing.tool != call.tool) {
            self.end_loop();
            self.failing = Some(Failing {
                tool: call.tool.clone(),
                first: call.summary.clone(),
                same: true,
                count: 0,
                from: at,
                until: at,
            });
        }
        if let Some(failing) = &mut self.failing {
            failing.count += 1;
            failing.until = at.or(failing.until);
            failing.same &= failing.first == call.summary;
        }
    }

    fn end_loop(&mut self) {
        let Some(Failing { tool, first, same, count, from, until }) = self.failing.take() else { return };
        if count < LOOP || self.found.loops.len() >= MOST {
            return;
        }
        self.happened(from, "loop", format!("{tool} failed {count} times in a row: {first}"));
        self.found.loops.push(Loop { tool, summary: first, count, same, from, until });
    }

    fn note(&mut self, at: Option<i64>, note: &Note) {
        match note {
            Note::Compacted { before, after } => {
                self.found.wasted.compactions += 1;
                self.happened(at, "compacted", format!("{before} tokens to {after}"));
            }
            Note::ApiError { kind, status, .. } => {
                let status = status.map(|status| format!(" {status}")).unwrap_or_default();
                self.happened(at, "request-failed", one_line(&format!("{kind}{status}")));
            }
            Note::Interrupted => self.happened(at, "interrupted", String::new()),
            Note::Model { from, to } => self.happened(at, "model", one_line(&format!("{from} to {to}"))),
            Note::Mode { from, to } => self.happened(at, "mode", one_line(&format!("{from} to {to}"))),
            Note::Branch { from, to } => self.happened(at, "branch", one_line(&format!("{from} to {to}"))),
            Note::PullRequest(url) => self.happened(at, "pull-request", one_line(url)),
            Note::Closed => self.happened(at, "closed", String::new()),
            _ => {}
        }
    }

    fn happened(&mut self, at: Option<i64>, what: &'static str, text: String) {
        if self.found.timeline.len() < MOST {
            self.found.timeline.push(Happened { at, what, text });
        }
    }

    /// What was found.
    #[must_use]
    pub fn done(mut self) -> Autopsy {
        self.end_loop();
        for key in &self.order {
            let Some(reply) = self.replies.get_mut(key) else { continue };
            let day = reply.at.and_then(|at| Timestamp::from_millisecond(at).ok());
            let day = day.map(|at| TimeZone::UTC.to_datetime(at).date());
            let price = day.and_then(|day| self.prices.get(&reply.model, day));
            reply.usd = price.map(|price| price.cost(&reply.tokens, reply.variant).usd);
            self.found.spent.add(reply);
            self.found.turns[reply.turn].spent.add(reply);
            self.found.work.entry(reply.work.unwrap_or(Work::Talk)).or_default().add(reply);
            let wasted = &mut self.found.wasted;
            if reply.calls > 0 && reply.lost == reply.calls {
                wasted.failed_tokens += reply.fresh();
            } else if reply.calls > 0 && reply.again == reply.calls {
                wasted.reread_tokens += reply.fresh();
            } else {
                continue;
            }
            wasted.usd += reply.usd.unwrap_or_default();
        }
        let found = &mut self.found;
        found.turns.retain(|turn| turn.number > 0 || turn.spent.responses > 0 || turn.calls > 0);
        found.loops.sort_by_key(|one| (std::cmp::Reverse(one.count), one.from));
        found.timeline.sort_by_key(|one| one.at);
        let mut rereads: Vec<Reread> =
            self.rereads.into_iter().map(|(summary, count)| Reread { summary, count }).collect();
        rereads.sort_by(|a, b| (b.count, &a.summary).cmp(&(a.count, &b.summary)));
        rereads.truncate(MOST);
        self.found.rereads = rereads;
        self.found
    }
}

fn described(call: &Called) -> String {
    if call.summary.is_empty() { call.tool.clone() } else { format!("{}: {}", call.tool, call.summary) }
}

impl Autopsy {
    /// What to do otherwise next time, in words of our own.
    #[must_use]
    pub fn advice(&self) -> Vec<&'static str> {
        let fresh = self.spent.fresh_tokens.max(1);
        let share = |tokens: u64| tokens as f64 / fresh as f64;
        let costly = self.turns.iter().map(|turn| turn.spent.fresh_tokens).max().unwrap_or(0);
        [
            (
                self.loops.iter().any(|one| one.same),
                "The same call failed again and again: stop such a session early (claudectl health tells of loops), and say what to do instead.",
            ),
            (
                self.loops.iter().any(|one| !one.same),
                "A tool failed many times in a row: give the agent what it was missing (how to run it, which folder) in the first prompt or in CLAUDE.md.",
            ),
            (
                self.denied >= 3,
                "Several calls were turned down: say beforehand what is not wanted, or make a rule of it (claudectl brain suggest).",
            ),
            (
                !self.rereads.is_empty(),
                "The same was read again and again: smaller tasks leave more of what was read in the context.",
            ),
            (
                self.wasted.compactions >= 2,
                "The context was compacted more than once: begin a new session for a new matter.",
            ),
            (
                self.turns.len() >= 4 && share(costly) > 0.5,
                "One turn took more than half of everything: split what was asked there.",
            ),
            (
                share(self.wasted.failed_tokens + self.wasted.reread_tokens) > 0.2,
                "More than a fifth went into calls that failed, or that read again what was known.",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, text)| holds.then_some(text))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn examined(rows: &[Value]) -> Autopsy {
        let prices = PriceTable::builtin();
        let mut examiner = Examiner::new(&prices);
        for row in rows {
            let text = row.to_string();
            examiner.row(&Record::parse(text.as_bytes()).unwrap());
        }
        examiner.done()
    }

    fn at(second: usize) -> String {
        format!("2026-11-23T10:{:02}:{:02}Z", second / 60, second % 60)
    }

    fn prompt(second: usize, text: &str) -> Value {
        json!({"type": "user", "uuid": format!("u{second}"), "timestamp": at(second),
               "message": {"role": "user", "content": text}})
    }

    fn call(second: usize, tool: &str, input: Value, output: u64) -> Value {
        json!({"type": "assistant", "uuid": format!("a{second}"), "timestamp": at(second), "message": {
            "id": format!("m{second}"), "role": "assistant", "model": "claude-opus-4-5",
            "content": [{"type": "tool_use", "id": format!("t{second}"), "name": tool, "input": input}],
            "usage": {"input_tokens": 10, "output_tokens": output},
        }})
    }

    fn result(of: usize, second: usize, failed: bool) -> Value {
        json!({"type": "user", "uuid": format!("r{second}"), "timestamp": at(second), "message": {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": format!("t{of}"), "is_error": failed, "content": "x"}]}})
    }

    #[test]
    fn turns_work_loops_and_waste_add_up() {
        let mut rows = vec![prompt(0, "first thing")];
        for at in 0..3 {
            rows.push(call(10 + at * 2, "Bash", json!({"command": "make test"}), 100));
            rows.push(result(10 + at * 2, 11 + at * 2, true));
        }
        rows.push(call(20, "Bash", json!({"command": "make lint"}), 50));
        rows.push(result(20, 21, false));
        rows.push(prompt(30, "second thing"));
        for at in 0..4 {
            rows.push(call(40 + at * 2, "Read", json!({"file_path": "/w/a.rs"}), 20));
            rows.push(result(40 + at * 2, 41 + at * 2, false));
        }
        rows.push(call(
            60,
            "Edit",
            json!({"file_path": "/w/a.rs", "old_string": "a", "new_string": "b"}),
            30,
        ));
        rows.push(result(60, 61, false));
        // A later row of the same response counts once.
        rows.push(call(
            60,
            "Edit",
            json!({"file_path": "/w/a.rs", "old_string": "a", "new_string": "b"}),
            30,
        ));
        let found = examined(&rows);
        assert_eq!((found.calls, found.failed, found.denied), (9 + u64::from(found.calls == 10), 3, 0));
        assert_eq!(found.spent.responses, 9);
        assert_eq!(found.spent.fresh_tokens, 9 * 10 + 300 + 50 + 80 + 30);
        assert_eq!(found.turns.len(), 2);
        assert_eq!((found.turns[0].failed, found.turns[0].spent.fresh_tokens), (3, 390));
        let sum: Usd = found.turns.iter().map(|turn| turn.spent.usd).sum();
        assert_eq!(sum, found.spent.usd);
        assert_eq!(
            found.work.values().map(|spent| spent.fresh_tokens).sum::<u64>(),
            found.spent.fresh_tokens
        );
        assert_eq!((found.work[&Work::Run].responses, found.work[&Work::Change].responses), (4, 1));
        let [one] = &found.loops[..] else { panic!("{:?}", found.loops) };
        assert_eq!(
            (one.count, one.same, one.tool.as_str(), one.summary.as_str()),
            (3, true, "Bash", "make test")
        );
        assert_eq!(found.rereads, [Reread { summary: "/w/a.rs".to_owned(), count: 4 }]);
        assert_eq!((found.wasted.failed_tokens, found.wasted.reread_tokens), (330, 90));
        let what: Vec<&str> = found.timeline.iter().map(|one| one.what).collect();
        assert_eq!(what, ["prompt", "loop", "prompt"]);
        assert_eq!(found.advice().len(), 3, "{:?}", found.advice());
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        let found = examined(&[]);
        assert_eq!((found.turns.len(), found.advice().len(), found.spent), (0, 0, Spent::default()));
    }
}
