//! What a transcript tells of how a session fares: the part of a digest that health is judged from.
//!
//! Everything here is counted by the times of the rows, never by when somebody looked: a session that is
//! folded late, or in pieces, shows the same signals as one watched from its first row. Each list is bounded.
//! Texts enter redacted; inputs, errors and paths only as hashes, but for the little that a finding has to name.

mod escapes;
mod hash;
mod pack;

#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use claudectl_redact::{Finding, redact, tokens};
use claudectl_transcript::Usage;
use claudectl_transcript::record::User;
use claudectl_transcript::time::Millis;
use serde::{Deserialize, Serialize};

use crate::goal;
use crate::ledger::SLOT_MS;
use crate::shell;

use escapes::unescaped;
pub(crate) use hash::signature;
use hash::{Hash, signature_of_end};

/// Calls are counted in windows of so much message time.
pub const WINDOW_MS: i64 = 5 * 60 * 1000;
/// How many windows with calls are kept: two hours of activity.
const MAX_WINDOWS: usize = 24;
/// How many failed calls are kept.
const MAX_FAILED: usize = 32;
/// How many calls in flight are followed.
const MAX_CALLS: usize = 64;
/// How many things looked at are remembered.
const MAX_LOOKS: usize = 64;
/// How many commands that went through are known again.
const MAX_COMMANDS: usize = 64;
/// The least bytes that a token takes. What an edit writes is not what it took to get there.
const BYTES_PER_TOKEN: u64 = 2;
/// In how many of the latest quarters of an hour with responses pauses are counted, as the cache is judged by them.
const MAX_PAUSES: usize = 4;
/// How long a cache lasts that is not asked to last an hour.
const CACHE_MS: i64 = 5 * 60 * 1000;
const LONG_CACHE_MS: i64 = 60 * 60 * 1000;
/// A command that names more files than this may change any.
const MAX_NAMED: usize = 32;
/// Between how many edits tokens are kept.
const MAX_EDITS: usize = 40;
/// Of how many of the latest responses it is known what was counted.
const MAX_RESPONSES: usize = 8;
/// How many denials are kept.
const MAX_DENIALS: usize = 16;
/// How many kinds of secrets are told apart.
const MAX_SECRETS: usize = 32;
/// A longer silence between two rows is no activity.
const IDLE_MS: i64 = 5 * 60 * 1000;
/// So much of each prompt, and of what a tool is given, is searched for secrets of all kinds; the rest only for what is
/// known by how it begins, which takes a tenth of the time.
pub const SCANNED_BYTES: usize = 16 * 1024;
/// So much of what a tool answers: nearly all of a transcript is that, and a search takes as long as reading does.
pub const SCANNED_OF_RESULT: usize = 4 * 1024;
/// No token that is known by how it begins is longer, but for some that hold other texts.
const LONGEST_TOKEN: usize = 256;

/// Calls in one window of message time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, u32, u32, u32)", into = "(i64, u32, u32, u32)")]
pub struct Window {
    /// Which: windows since the epoch.
    pub slot: i64,
    /// Calls that were answered.
    pub calls: u32,
    /// Of these, failed.
    pub errors: u32,
    /// Of these, turned down; not among the errors.
    pub denials: u32,
}

/// Responses in one quarter of an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, u32, u32)", into = "(i64, u32, u32)")]
pub struct Pauses {
    /// Which: quarters of an hour since the epoch.
    slot: i64,
    /// Responses.
    responses: u32,
    /// Of these, soon enough after another to find what that left in the cache.
    soon: u32,
}

/// A call that failed, and has not succeeded since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, u32, u32, i64, u32)", into = "(String, u32, u32, i64, u32)")]
pub struct Failed {
    /// The tool.
    pub tool: String,
    /// Hash of its input; of a command with its whitespace squeezed.
    pub input: u32,
    /// Hash of what it said, without what differs from one time to the next.
    pub error: u32,
    /// When.
    pub at: Millis,
    /// How many edits had succeeded until then.
    pub edits: u32,
}

/// Something that was looked at: a part of a file, a search, a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u32, u32, u32, String)", into = "(u32, u32, u32, u32, String)")]
pub struct Look {
    /// Hash of what was looked at: the path and the range, the pattern and the path.
    key: u32,
    /// Hash of the file, to forget it when it changes; 0 for what is no file.
    path: u32,
    /// How often it was looked at; halves with each prompt.
    count: u32,
    /// The prompt at which it last was.
    turn: u32,
    /// What it is, redacted; empty until it is looked at again.
    what: String,
}

/// What shows that a session gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Nothing yet.
    #[default]
    None,
    /// A person said something.
    Prompt,
    /// A file was changed.
    Edit,
    /// Something was committed.
    Commit,
    /// Something was looked at for the first time.
    Look,
    /// The plan or the list of tasks changed, or a subagent reported.
    Plan,
    /// A command went through that had not before.
    Command,
    /// It waited for something, or looked how far that has come.
    Wait,
}

impl Progress {
    /// As words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "nothing yet",
            Self::Prompt => "a prompt",
            Self::Edit => "a file changed",
            Self::Commit => "a commit",
            Self::Look => "something new was read",
            Self::Plan => "the plan changed, or a subagent reported",
            Self::Command => "a new command went through",
            Self::Wait => "it waited for something",
        }
    }
}

/// A call that was turned down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// The tool.
    pub tool: String,
    /// What it was to work on: the file, the command, the address. Redacted.
    pub target: String,
    /// By whom: Claude Code's word, `user-rejected`, `permission-rule`, or `hook`.
    pub kind: String,
    /// When.
    pub at: Option<Millis>,
    /// How it was tried again.
    pub retry: Option<Retry>,
    /// Nobody has said anything since that could have allowed it.
    stands: bool,
}

/// A denied goal, tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The tool.
    pub tool: String,
    /// With a tool of another kind.
    pub around: bool,
    /// When.
    pub at: Option<Millis>,
    /// It was not turned down this time, and did not fail.
    pub through: bool,
    /// Hash of the call's id.
    id: u64,
}

/// Secrets of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// How often one was seen; the same one twice counts twice.
    pub count: u64,
    /// When the first was.
    pub first_at: Option<Millis>,
    /// Where the first was.
    pub place: Place,
}

/// Where a text stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In a prompt.
    Prompt,
    /// In what a tool was given.
    Input,
    /// In what a tool answered.
    Result,
    /// In what the model wrote.
    Answer,
}

impl Place {
    /// As words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Prompt => "a prompt",
            Self::Input => "a tool's input",
            Self::Result => "a tool's answer",
            Self::Answer => "the model's text",
        }
    }
}

/// The session's own change of branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When the call was made.
    pub from: Millis,
    /// When it was answered; `None` while it runs.
    pub until: Option<Millis>,
}

impl Span {
    /// Whether a moment known to the second lies in it.
    #[must_use]
    pub fn covers(&self, at: Millis) -> bool {
        // What git notes was cut down to the second.
        at.saturating_add(1000) > self.from && self.until.is_none_or(|until| at <= until)
    }
}

/// Files that a call may change besides those that its arguments say, by the hashes of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Rewrites {
    #[default]
    Nothing,
    Named(Vec<u32>),
    Anything,
}

impl Rewrites {
    fn of(called: &Called<'_>) -> Self {
        let named = match called.command.map(shell::rewrites) {
            None if shell::may_change_files(called.tool) => return Self::Anything,
            None | Some(shell::Rewrites::Nothing) => return Self::Nothing,
            Some(shell::Rewrites::Anything) => return Self::Anything,
            Some(shell::Rewrites::Named(named)) => named,
        };
        let (Some(cwd), true) = (called.cwd, named.len() <= MAX_NAMED) else { return Self::Anything };
        // A name with dots in it is another one once they are followed.
        if named.iter().any(|name| name.contains("..")) {
            return Self::Anything;
        }
        let path = |name: &&str| match name.starts_with('/') {
            true => Hash::of(name.as_bytes()).short(),
            false => Hash::of(format!("{cwd}/{}", name.trim_start_matches("./")).as_bytes()).short(),
        };
        Self::Named(named.iter().map(path).collect())
    }
}

/// A call in flight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Call {
    id: u64,
    tool: String,
    input: u32,
    /// Only a part of its output is shown.
    trimmed: bool,
    /// Hash of the file that it changes.
    edits: Option<u32>,
    /// Tokens that what it writes takes at most.
    written: u64,
    /// Key and file of what it looks at.
    looks: Option<(u32, u32)>,
    /// Looking twice is worth a word.
    repeats: bool,
    commits: bool,
    switches: bool,
    plans: bool,
    waits: bool,
    /// What else it may change.
    rewrites: Rewrites,
    /// A command.
    shell: bool,
    /// It reads or writes a file of source code.
    source: bool,
    at: Option<Millis>,
}

/// The signals of one transcript.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signals {
    /// Windows with calls, oldest first.
    pub windows: VecDeque<Window>,
    /// The latest calls that failed, oldest first.
    pub failed: VecDeque<Failed>,
    /// What was looked at, the latest last.
    looks: VecDeque<Look>,
    /// Hashes of the latest commands that went through.
    commands: VecDeque<u32>,
    /// Prompts by a person.
    turns: u32,
    /// Edits that succeeded.
    edits: u32,
    /// Tokens (output and uncached input) from one edit to the next, without what the edits write, oldest first.
    /// Edits of one response are one.
    pub between_edits: VecDeque<u64>,
    /// Tokens since the last edit.
    pub since_edit: u64,
    /// The latest responses: hash of the id, and what was counted of it.
    responses: VecDeque<(u64, u64)>,
    /// Responses and the pauses before them, in the latest quarters of an hour with responses, oldest first.
    pauses: VecDeque<Pauses>,
    /// When the last response was made.
    responded_at: Option<Millis>,
    /// The cache was last asked to last an hour.
    long_cache: bool,
    /// When the session last got on.
    pub progress_at: Option<Millis>,
    /// By what.
    pub progress: Progress,
    /// Activity since then: time between rows, long silences left out.
    pub quiet_ms: i64,
    /// The newest row's time.
    seen_at: Option<Millis>,
    /// The latest calls that were turned down, oldest first.
    pub denials: VecDeque<Denial>,
    /// Secrets by kind.
    pub secrets: BTreeMap<String, Secret>,
    /// The last command that ran.
    pub last_command: Option<Span>,
    /// The last change of branch by a command.
    pub last_switch: Option<Span>,
    calls: Vec<Call>,
}

/// A call as the digest knows it.
#[derive(Debug)]
pub(crate) struct Called<'a> {
    pub(crate) id: &'a str,
    pub(crate) tool: &'a str,
    /// Its arguments, JSON text.
    pub(crate) input: &'a str,
    /// The command, if it is one.
    pub(crate) command: Option<&'a str>,
    /// The file it changes.
    pub(crate) changes: Option<&'a str>,
    /// The file it reads, and which part of it.
    pub(crate) reads: Option<(&'a str, String)>,
    /// Its telling argument, redacted, on one line.
    pub(crate) summary: &'a str,
    /// The working folder.
    pub(crate) cwd: Option<&'a str>,
    pub(crate) at: Option<Millis>,
}

/// A call's answer.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) id: &'a str,
    /// The call's telling argument.
    pub(crate) summary: &'a str,
    pub(crate) is_error: bool,
    /// Claude Code's word for why it was turned down.
    pub(crate) denial: Option<&'a str>,
    /// The answer, JSON text.
    pub(crate) said: &'a str,
    pub(crate) at: Option<Millis>,
}

impl Signals {
    /// How often the thing most looked at was, and what it is: since it last changed, prompts let it fade.
    #[must_use]
    pub fn most_repeated(&self) -> Option<(u32, &str)> {
        let now = |look: &Look| faded(look.count, self.turns.saturating_sub(look.turn));
        let most = self.looks.iter().filter(|look| !look.what.is_empty()).max_by_key(|look| now(look))?;
        Some((now(most), most.what.as_str()))
    }

    /// The time of the newest row.
    #[must_use]
    pub fn seen_at(&self) -> Option<Millis> {
        self.seen_at
    }

    /// Whether a command ran at a moment, as far as the calls tell.
    #[must_use]
    pub fn ran_a_command_at(&self, at: Millis) -> bool {
        self.last_command.is_some_and(|span| span.covers(at)) || self.calls.iter().any(|call| call.shell)
    }

    /// A row of the conversation was made.
    pub(crate) fn row(&mut self, at: Option<Millis>) {
        let Some(at) = at else { return };
        if let Some(last) = self.seen_at {
            self.quiet_ms = self.quiet_ms.saturating_add(at.saturating_sub(last).clamp(0, IDLE_MS));
        }
        self.seen_at = self.seen_at.max(Some(at));
    }

    /// A person gave a prompt.
    pub(crate) fn prompt(&mut self, at: Option<Millis>) {
        self.turns = self.turns.saturating_add(1);
        self.lift_denials();
        self.get_on(Progress::Prompt, at);
    }

    /// The conversation was compacted: what was read before is not in it any more.
    pub(crate) fn compacted(&mut self) {
        self.looks.clear();
    }

    /// The person stopped the turn: what was in flight is not answered.
    pub(crate) fn interrupted(&mut self) {
        self.calls.clear();
    }

    /// A row of a response. Each response counts once, by the most that one of its rows says.
    pub(crate) fn response(&mut self, id: Option<&str>, usage: &Usage, at: Option<Millis>) {
        let tokens = usage.output.saturating_add(usage.input);
        let Some(id) = id.map(|id| Hash::of(id.as_bytes()).0) else {
            self.since_edit = self.since_edit.saturating_add(tokens);
            return self.responded(usage, at, true);
        };
        if let Some((_, counted)) = self.responses.iter_mut().find(|(known, _)| *known == id) {
            self.since_edit = self.since_edit.saturating_add(tokens.saturating_sub(*counted));
            *counted = tokens.max(*counted);
            return self.responded(usage, at, false);
        }
        self.since_edit = self.since_edit.saturating_add(tokens);
        push(&mut self.responses, (id, tokens), MAX_RESPONSES);
        self.responded(usage, at, true);
    }

    /// How many responses there were lately, and how many of them came while the cache of the one before still stood.
    #[must_use]
    pub fn soon_after_another(&self) -> (u64, u64) {
        let sum = |of: fn(&Pauses) -> u32| self.pauses.iter().map(|pauses| u64::from(of(pauses))).sum();
        (sum(|pauses| pauses.responses), sum(|pauses| pauses.soon))
    }

    /// Notes the pause before a response; rows after its first only move its time.
    fn responded(&mut self, usage: &Usage, at: Option<Millis>, first: bool) {
        let Some(at) = at else { return };
        let lasts = if self.long_cache { LONG_CACHE_MS } else { CACHE_MS };
        let soon = self.responded_at.is_some_and(|last| at.saturating_sub(last) <= lasts);
        let slot = at.div_euclid(SLOT_MS);
        if first && self.pauses.back().is_none_or(|last| last.slot < slot) {
            push(&mut self.pauses, Pauses { slot, ..Pauses::default() }, MAX_PAUSES);
        }
        if let Some(pauses) = self.pauses.back_mut().filter(|_| first) {
            pauses.responses = pauses.responses.saturating_add(1);
            pauses.soon = pauses.soon.saturating_add(u32::from(soon));
        }
        self.responded_at = self.responded_at.max(Some(at));
        if usage.cache_write > 0 || usage.cache_write_1h > 0 {
            self.long_cache = usage.cache_write_1h > 0;
        }
    }

    /// A tool was called.
    pub(crate) fn called(&mut self, called: &Called<'_>) {
        let id = Hash::of(called.id.as_bytes()).0;
        self.note_retry(called, id);
        let does = called.command.map(shell::does).unwrap_or_default();
        // Of a command the whitespace may differ; of other arguments it is part of what is asked for.
        let input = called.command.map_or_else(|| Hash::of(called.input.as_bytes()), Hash::squeezed).short();
        // However much of its output is shown, a command fails in the same way.
        let proper =
            called.command.map_or(input, |command| Hash::squeezed(shell::untrimmed(command)).short());
        let file = |path: &str| Hash::of(path.as_bytes()).short();
        let looks = match &called.reads {
            Some((path, range)) => {
                Some((Hash::of(path.as_bytes()).and(range.as_bytes()).short(), file(path)))
            }
            None if does.reads || shell::looks(called.tool) => {
                Some((Hash::of(called.tool.as_bytes()).and(&input.to_le_bytes()).short(), 0))
            }
            None => None,
        };
        let call = Call {
            id,
            tool: called.tool.to_owned(),
            input: proper,
            trimmed: proper != input,
            edits: called.changes.map(file),
            written: called.changes.map_or(0, |_| called.input.len() as u64 / BYTES_PER_TOKEN),
            looks,
            repeats: matches!(called.tool, "Read" | "Grep" | "Glob"),
            commits: does.commits,
            switches: does.switches,
            plans: shell::plans(called.tool),
            waits: does.waits || shell::is_waiting(called.tool),
            rewrites: Rewrites::of(called),
            shell: called.command.is_some(),
            source: called
                .changes
                .or(called.reads.as_ref().map(|(path, _)| *path))
                .is_some_and(shell::is_source),
            at: called.at,
        };
        if self.calls.len() == MAX_CALLS {
            self.calls.remove(0);
        }
        self.calls.push(call);
    }

    /// A tool answered.
    pub(crate) fn answered(&mut self, answer: &Answered<'_>) {
        let id = Hash::of(answer.id.as_bytes()).0;
        let Some(call) = self.calls.iter().position(|call| call.id == id).map(|at| self.calls.remove(at))
        else {
            return;
        };
        let denied = answer.is_error.then(|| turned_down(answer.denial, answer.said)).flatten();
        self.count(answer.at, answer.is_error, denied.is_some());
        self.note_command(&call, answer.at);
        if denied.is_none() {
            self.rewritten(&call.rewrites);
        }
        match denied {
            Some(kind) => self.deny(&call, answer, kind),
            None if answer.is_error => self.fail(&call, answer),
            None => self.succeed(&call, answer),
        }
    }

    /// A text went by: are there secrets in it? The first [`SCANNED_BYTES`] are searched for all kinds, the rest for
    /// tokens.
    pub(crate) fn scan(&mut self, text: &str, place: Place, at: Option<Millis>) {
        let (first, rest) = parted(text, SCANNED_BYTES);
        let found = redact(first).findings;
        let rest = if ends_with_one(first, rest, &found) { rest } else { behind(text, first.len()) };
        self.found(found, place, at);
        self.scan_for_tokens(rest, text.len() - first.len(), place, at);
    }

    /// The same for a text that stands in JSON, of which so many bytes are searched for all kinds.
    fn scan_json(&mut self, json: &str, most: usize, place: Place, at: Option<Millis>) {
        let (first, rest) = parted(json, most);
        let plain = if first.contains('\\') { Cow::Owned(unescaped(first)) } else { Cow::Borrowed(first) };
        let found = redact(&plain).findings;
        let rest = if ends_with_one(&plain, rest, &found) { rest } else { behind(json, first.len()) };
        self.found(found, place, at);
        self.scan_for_tokens(rest, json.len() - first.len(), place, at);
    }

    /// Searches for tokens, of which those count that end in the last so many bytes.
    fn scan_for_tokens(&mut self, text: &str, last: usize, place: Place, at: Option<Millis>) {
        let mut found = tokens(text);
        found.retain(|finding| finding.range.end > text.len() - last);
        self.found(found, place, at);
    }

    fn found(&mut self, found: Vec<Finding>, place: Place, at: Option<Millis>) {
        for finding in found {
            if let Some(secret) = self.secrets.get_mut(finding.kind) {
                secret.count = secret.count.saturating_add(1);
            } else if self.secrets.len() < MAX_SECRETS {
                self.secrets.insert(finding.kind.to_owned(), Secret { count: 1, first_at: at, place });
            }
        }
    }

    /// The model wrote something: it speaks of passwords more often than it says one.
    pub(crate) fn scan_answer(&mut self, text: &str, at: Option<Millis>) {
        self.scan_for_tokens(text, text.len(), Place::Answer, at);
    }

    /// What a tool is given. A file of source code is searched for tokens alone: see [`shell::is_source`].
    pub(crate) fn scan_input(&mut self, input: &str, file: Option<&str>, at: Option<Millis>) {
        match file.is_some_and(shell::is_source) {
            true => self.scan_for_tokens(input, input.len(), Place::Input, at),
            false => self.scan_json(input, SCANNED_BYTES, Place::Input, at),
        }
    }

    /// What a tool answered, before [`Signals::answered`].
    pub(crate) fn scan_result(&mut self, id: &str, said: &str, at: Option<Millis>) {
        let id = Hash::of(id.as_bytes()).0;
        match self.calls.iter().any(|call| call.id == id && call.source) {
            true => self.scan_for_tokens(said, said.len(), Place::Result, at),
            false => self.scan_json(said, SCANNED_OF_RESULT, Place::Result, at),
        }
    }

    fn get_on(&mut self, progress: Progress, at: Option<Millis>) {
        self.quiet_ms = 0;
        self.progress = progress;
        self.progress_at = at.or(self.seen_at).max(self.progress_at);
    }

    fn count(&mut self, at: Option<Millis>, is_error: bool, denied: bool) {
        let Some(at) = at.or(self.seen_at) else { return };
        let slot = at.div_euclid(WINDOW_MS);
        let place = self.windows.partition_point(|window| window.slot < slot);
        if self.windows.get(place).is_none_or(|window| window.slot != slot) {
            if self.windows.len() == MAX_WINDOWS && place == 0 {
                return;
            }
            self.windows.insert(place, Window { slot, ..Window::default() });
        }
        if let Some(window) = self.windows.get_mut(place) {
            window.calls = window.calls.saturating_add(1);
            window.errors = window.errors.saturating_add(u32::from(is_error && !denied));
            window.denials = window.denials.saturating_add(u32::from(denied));
        }
        if self.windows.len() > MAX_WINDOWS {
            self.windows.pop_front();
        }
    }

    fn note_command(&mut self, call: &Call, until: Option<Millis>) {
        let (true, Some(from)) = (call.shell, call.at) else { return };
        let span = Span { from, until: until.or(Some(from)) };
        self.last_command = Some(span);
        if call.switches {
            self.last_switch = Some(span);
        }
    }

    /// The latest change of branch, one that runs now before all that have ended.
    #[must_use]
    pub fn switch(&self) -> Option<Span> {
        let open = self.calls.iter().rfind(|call| call.switches).and_then(|call| call.at);
        open.map(|from| Span { from, until: None }).or(self.last_switch)
    }

    fn fail(&mut self, call: &Call, answer: &Answered<'_>) {
        let Some(at) = answer.at.or(self.seen_at) else { return };
        let error = if call.trimmed { signature_of_end(answer.said) } else { signature(answer.said) };
        let failed = Failed { tool: call.tool.clone(), input: call.input, error, at, edits: self.edits };
        push(&mut self.failed, failed, MAX_FAILED);
    }

    fn succeed(&mut self, call: &Call, answer: &Answered<'_>) {
        self.failed.retain(|failed| failed.input != call.input || failed.tool != call.tool);
        for denial in &mut self.denials {
            if let Some(retry) = denial.retry.as_mut().filter(|retry| retry.id == call.id) {
                retry.through = true;
            }
        }
        if call.shell && self.is_new_command(call.input) {
            self.get_on(Progress::Command, answer.at);
        }
        if call.waits {
            self.get_on(Progress::Wait, answer.at);
        }
        if call.plans {
            self.get_on(Progress::Plan, answer.at);
        }
        if let Some((key, path)) = call.looks
            && self.look(key, path, call.repeats.then_some(answer.summary))
        {
            self.get_on(Progress::Look, answer.at);
        }
        if call.commits {
            self.get_on(Progress::Commit, answer.at);
        }
        if let Some(path) = call.edits {
            self.edited(path, call.written);
            self.get_on(Progress::Edit, answer.at);
        }
    }

    /// Whether a command goes through for the first time, as far as is remembered.
    fn is_new_command(&mut self, input: u32) -> bool {
        let known = self.commands.iter().position(|known| *known == input);
        known.and_then(|place| self.commands.remove(place));
        push(&mut self.commands, input, MAX_COMMANDS);
        known.is_none()
    }

    /// What may have changed is looked at anew; that it was looked at before is still known.
    fn rewritten(&mut self, rewrites: &Rewrites) {
        let may_have = |look: &Look| match rewrites {
            Rewrites::Nothing => false,
            // A search goes through files that are not known.
            Rewrites::Named(paths) => look.path == 0 || paths.contains(&look.path),
            Rewrites::Anything => true,
        };
        for look in self.looks.iter_mut().filter(|look| may_have(look)) {
            look.count = 0;
            look.what.clear();
        }
    }

    fn edited(&mut self, path: u32, written: u64) {
        self.edits = self.edits.saturating_add(1);
        self.looks.retain(|look| look.path != path);
        if self.since_edit > 0 {
            // Others in flight are of the same response.
            let written = self.calls.iter().map(|call| call.written).fold(written, u64::saturating_add);
            let took = std::mem::take(&mut self.since_edit).saturating_sub(written);
            push(&mut self.between_edits, took, MAX_EDITS);
        }
    }

    /// Notes a look; whether it is the first of its kind. `what` names it where looking again counts.
    fn look(&mut self, key: u32, path: u32, what: Option<&str>) -> bool {
        let Some(place) = self.looks.iter().position(|look| look.key == key) else {
            let look = Look { key, path, count: 1, turn: self.turns, what: String::new() };
            push(&mut self.looks, look, MAX_LOOKS);
            return true;
        };
        if let Some(mut look) = self.looks.remove(place) {
            if let Some(what) = what {
                look.count = faded(look.count, self.turns.saturating_sub(look.turn)).saturating_add(1);
                look.what = what.to_owned();
            }
            look.turn = self.turns;
            self.looks.push_back(look);
        }
        false
    }

    fn deny(&mut self, call: &Call, answer: &Answered<'_>, kind: &str) {
        // Who says what to do instead has given leave to try.
        let stands = !answer.said.contains("the user said");
        let denial = Denial {
            tool: call.tool.clone(),
            target: answer.summary.to_owned(),
            kind: kind.to_owned(),
            at: answer.at,
            retry: None,
            stands,
        };
        push(&mut self.denials, denial, MAX_DENIALS);
    }

    fn lift_denials(&mut self) {
        self.denials.iter_mut().for_each(|denial| denial.stands = false);
    }

    fn note_retry(&mut self, called: &Called<'_>, id: u64) {
        for denial in self.denials.iter_mut().filter(|denial| denial.stands) {
            let through = denial.retry.as_ref().is_some_and(|retry| retry.through);
            let tried = goal::Tried { tool: called.tool, target: called.summary, cwd: called.cwd };
            if let (false, Some(around)) = (through, goal::same(&denial.tool, &denial.target, &tried)) {
                let tool = called.tool.to_owned();
                denial.retry = Some(Retry { tool, around, at: called.at, through: false, id });
            }
        }
    }
}

/// Whether a call was turned down, by whomever, and so has not failed: the one definition of all figures.
pub(crate) fn is_turned_down(row: &User<'_>, said: &str) -> bool {
    row.decision.as_ref().is_some_and(|decision| !decision.accepted)
        || turned_down(row.denial.as_deref(), said).is_some()
}

/// Who turned a call down, if anybody did: Claude Code's own word, or what older versions wrote in the answer.
pub(crate) fn turned_down<'a>(denial: Option<&'a str>, said: &str) -> Option<&'a str> {
    let said = said.trim_start_matches('"');
    denial.or_else(|| match said {
        _ if said.starts_with("The user doesn't want to proceed") => Some("user-rejected"),
        _ if said.starts_with("Permission to use ") => Some("permission-rule"),
        _ if said.starts_with("PreToolUse:") && said.contains("hook error: ") => Some("hook"),
        _ => None,
    })
}

/// The part of a text that is searched for secrets.
/// A text in two: the first so many bytes, and the rest.
fn parted(text: &str, limit: usize) -> (&str, &str) {
    text.split_at(text.floor_char_boundary(limit))
}

/// The rest of a text, with what a token that ends in it may begin with.
fn behind(text: &str, at: usize) -> &str {
    &text[text.floor_char_boundary(at.saturating_sub(LONGEST_TOKEN))..]
}

/// Whether the first part of a text ends within a secret that was found: it is not to be found again in the rest.
fn ends_with_one(first: &str, rest: &str, found: &[Finding]) -> bool {
    !rest.is_empty() && found.last().is_some_and(|finding| finding.range.end == first.len())
}

fn faded(count: u32, turns: u32) -> u32 {
    count.checked_shr(turns).unwrap_or(0)
}

fn push<T>(list: &mut VecDeque<T>, item: T, limit: usize) {
    if list.len() == limit {
        list.pop_front();
    }
    list.push_back(item);
}
