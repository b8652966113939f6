//! What happened in a session, as a person reads it.
//!
//! [`Beats::row`] takes one record after the other and tells what of it anybody wants to read: what was said, asked,
//! called and answered, and what happened to the session. What the client writes for itself (context, hooks, its
//! reminders, rows of its books) is passed over. The same block written twice is told once.
//!
//! Texts are redacted, each as a whole and decoded, so that no escape and no cut hides a secret; they are neither cut
//! nor sanitised: who shows them does both. Nothing is kept between rows but a bounded amount.

mod body;
mod said;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use claudectl_redact::{redact, redact_tool};
use claudectl_transcript::record::{
    Assistant, Attachment, Block, Common, Content, Meta, Outcome, Record, System, User, Worktree,
};
use claudectl_transcript::time::Millis;
use claudectl_transcript::{SYNTHETIC_MODEL, message_key};

pub use body::{Body, Question, Todo};

use crate::call;
use crate::digest::says_copied;
use crate::patch::Hunk;
use said::Heard;

/// How many calls without a result are kept in mind.
const MAX_OPEN: usize = 256;
/// How many of the latest rows and blocks are kept in mind, so that none is told twice.
const MAX_SEEN: usize = 4096;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// When.
    pub at: Option<Millis>,
    /// A fork copied it: it is another session's, as is all that stands before it.
    pub copied: bool,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Somebody asked for something: a person, or a script.
    Prompt(String),
    /// The same while a turn ran.
    Queued(String),
    /// A person gave the client itself a command: `/model haiku`, `! make`.
    Typed(String),
    /// What the client printed for it.
    Printed(String),
    /// The model said something.
    Text(String),
    /// The model thought something.
    Thinking(String),
    /// The model called a tool.
    Call {
        /// The call's id.
        id: String,
        /// The tool.
        tool: String,
        /// The telling argument on one line, [`call::short`].
        summary: String,
        /// What it asked for.
        body: Body,
    },
    /// A tool answered.
    Result {
        /// The call's id.
        id: String,
        /// The tool; empty where the call is not known.
        tool: String,
        /// It failed, or was turned down.
        failed: bool,
        /// It was turned down: by a person, a rule, a hook.
        denied: bool,
        /// What it answered. What is no text stands in brackets: `[image]`.
        text: String,
        /// Lines added to files and removed from them; `None` for what changes no file, or failed.
        lines: Option<(u64, u64)>,
        /// The change as it was made to the file, where the client tells.
        hunks: Vec<Hunk<String>>,
    },
    /// Something happened to the session.
    Note(Note),
}

/// What happened to a session, beside the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The conversation was compacted. Tokens; 0 where not told.
    Compacted {
        /// That it held.
        before: u64,
        /// That it holds.
        after: u64,
    },
    /// The summary that stands for what was compacted.
    Summary(String),
    /// A request failed for good.
    ApiError {
        /// A word such as `rate_limit`.
        kind: String,
        /// The HTTP status.
        status: Option<u16>,
        /// What the client said.
        text: String,
    },
    /// A request failed and is tried again.
    Retry {
        /// The HTTP status.
        status: Option<u16>,
        /// Milliseconds until then.
        wait_ms: Option<u64>,
        /// What the client said.
        text: String,
    },
    /// The person interrupted.
    Interrupted,
    /// The turn ended, after so many milliseconds.
    TurnEnded(Option<u64>),
    /// Another model answers.
    Model {
        /// That answered before.
        from: String,
        /// That answers now.
        to: String,
    },
    /// Another permission mode holds.
    Mode {
        /// That held before.
        from: String,
        /// That holds now.
        to: String,
    },
    /// Another branch is checked out.
    Branch {
        /// The one before.
        from: String,
        /// The one now.
        to: String,
    },
    /// It works in this worktree now; `None`: it has left the one it worked in.
    Worktree(Option<String>),
    /// A background task has something to tell, or has ended.
    Task {
        /// Its id.
        id: String,
        /// `completed`, `failed`, ...; empty for one that goes on.
        status: String,
        /// A line about it.
        summary: String,
    },
    /// Another agent, or a program, said something.
    Message {
        /// Who, or what kind of sender.
        from: String,
        /// What.
        text: String,
    },
    /// It made a pull request.
    PullRequest(String),
    /// A line of the client's own.
    Said(String),
    /// The client was closed.
    Closed,
}

impl Beat {
    /// Whether a text stands in what a reader sees of it. The text is in small letters; capitals are the same.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        let has = |said: &str| said.to_lowercase().contains(text);
        match &self.what {
            What::Prompt(said)
            | What::Queued(said)
            | What::Typed(said)
            | What::Printed(said)
            | What::Text(said)
            | What::Thinking(said) => has(said),
            What::Call { tool, summary, body, .. } => has(tool) || has(summary) || body.texts().any(has),
            What::Result { text, .. } => has(text),
            What::Note(note) => match note {
                Note::Summary(said) | Note::Said(said) | Note::PullRequest(said) => has(said),
                Note::ApiError { text: said, .. } | Note::Message { text: said, .. } => has(said),
                Note::Task { summary, .. } => has(summary),
                _ => false,
            },
        }
    }
}

/// Folds the rows of one transcript to beats.
#[derive(Debug, Clone, Default)]
pub struct Beats {
    subagent: bool,
    open: VecDeque<Open>,
    seen: Seen,
    model: Option<String>,
    mode: Option<String>,
    branch: Option<String>,
    worktree: Option<String>,
    /// The newest beat says that the client was closed.
    closed: bool,
}

/// A call without a result.
#[derive(Debug, Clone)]
struct Open {
    id: String,
    tool: String,
    copied: bool,
    lines: Option<(u64, u64)>,
}

impl Beats {
    /// For a subagent's own transcript, or a session's.
    #[must_use]
    pub fn new(subagent: bool) -> Self {
        Self { subagent, ..Self::default() }
    }

    /// Adds what a record tells to `out`.
    pub fn row(&mut self, record: &Record<'_>, out: &mut Vec<Beat>) {
        if let Some(common) = record.common() {
            // Subagents' rows in the session's own file are of other conversations.
            let foreign = common.sidechain && !self.subagent;
            if foreign || self.again(b"row", common.uuid.as_deref(), "") {
                return;
            }
            self.branch(common, out);
        }
        let before = out.len();
        match record {
            Record::Assistant(row) => self.assistant(row, out),
            Record::User(row) => self.user(row, out),
            Record::System(row) => self.system(row, out),
            Record::Attachment(row) => self.attachment(row, out),
            Record::Meta(meta) => self.meta(meta, out),
            Record::Unknown { .. } => {}
        }
        if out.len() > before {
            self.closed = matches!(out.last(), Some(Beat { what: What::Note(Note::Closed), .. }));
        }
    }

    /// Whether this was told before. What has no id is new.
    fn again(&mut self, kind: &[u8], id: Option<&str>, text: &str) -> bool {
        let Some(id) = id else { return false };
        let key = message_key(&[kind, b"\0", id.as_bytes(), b"\0", text.as_bytes()].concat());
        !self.seen.first(key)
    }

    fn branch(&mut self, common: &Common<'_>, out: &mut Vec<Beat>) {
        let Some(branch) = common.branch.as_deref().filter(|branch| !branch.is_empty()) else { return };
        if let Some(from) = changed(&mut self.branch, branch) {
            note(out, common.at, Note::Branch { from, to: clean(branch) });
        }
    }

    fn assistant(&mut self, row: &Assistant<'_>, out: &mut Vec<Beat>) {
        let at = row.common.at;
        if let Some(error) = &row.api_error {
            let kind = clean(error.kind.as_deref().unwrap_or("error"));
            let text = clean(&joined(&row.blocks));
            return note(out, at, Note::ApiError { kind, status: error.status, text });
        }
        if let Some(model) = row.model.as_deref().filter(|model| *model != SYNTHETIC_MODEL)
            && let Some(from) = changed(&mut self.model, model)
        {
            note(out, at, Note::Model { from, to: clean(model) });
        }
        let copied = says_copied(row).unwrap_or(false);
        for block in &row.blocks {
            if let Some(what) = self.block(row, block, copied) {
                out.push(Beat { at, copied, what });
            }
        }
    }

    fn block(&mut self, row: &Assistant<'_>, block: &Block<'_>, copied: bool) -> Option<What> {
        let id = row.id.as_deref();
        match block {
            Block::Text(text) if said::is_blank(text) || self.again(b"text", id, text) => None,
            Block::Text(text) => Some(What::Text(clean(text))),
            Block::Thinking(text) if said::is_blank(text) || self.again(b"thought", id, text) => None,
            Block::Thinking(text) => Some(What::Thinking(clean(text))),
            Block::Media(kind) => Some(What::Text(format!("[{kind}]"))),
            Block::ToolUse { id, .. } if self.again(b"call", Some(id), "") => None,
            Block::ToolUse { id, name, input } => {
                let input = input.map(|raw| raw.get()).unwrap_or_default();
                let body = Body::read(name, input);
                let open = Open {
                    id: id.to_string(),
                    tool: redact_tool(name).into_owned(),
                    copied,
                    lines: body.lines(),
                };
                let call = What::Call {
                    id: open.id.clone(),
                    tool: open.tool.clone(),
                    summary: call::short(&call::line(name, input)).into_owned(),
                    body,
                };
                if self.open.len() == MAX_OPEN {
                    self.open.pop_front();
                }
                self.open.push_back(open);
                Some(call)
            }
            Block::ToolResult { .. } | Block::Other => None,
        }
    }

    fn user(&mut self, row: &User<'_>, out: &mut Vec<Beat>) {
        let at = row.common.at;
        if let Some(mode) = row.permission_mode.as_deref() {
            self.mode(mode, at, out);
        }
        if row.compact_summary {
            let text = clean(&texts(&row.content).concat());
            return note(out, at, Note::Summary(text));
        }
        if let Content::Blocks(blocks) = &row.content {
            for block in blocks {
                if let Block::ToolResult { id, is_error, content } = block {
                    let said = content.map(|raw| raw.get()).unwrap_or_default();
                    out.push(self.result(row, id, *is_error, said));
                }
            }
        }
        if !row.common.meta {
            heard(&row.content, row.origin.as_deref(), at, What::Prompt, out);
        }
    }

    fn result(&mut self, row: &User<'_>, id: &str, is_error: bool, content: &str) -> Beat {
        let open = self.open.iter().position(|open| open.id == id).and_then(|at| self.open.remove(at));
        let failed = is_error || row.denial.is_some();
        let what = What::Result {
            id: id.to_owned(),
            failed,
            denied: row.denial.is_some(),
            text: clean(&said::answer(content)),
            lines: open.as_ref().filter(|_| !failed).and_then(|open| lines(open, &row.outcome)),
            hunks: row.outcome.hunks.map(|raw| body::hunks(raw.get())).unwrap_or_default(),
            tool: open.as_ref().map(|open| open.tool.clone()).unwrap_or_default(),
        };
        Beat { at: row.common.at, copied: open.is_some_and(|open| open.copied), what }
    }

    fn system(&mut self, row: &System<'_>, out: &mut Vec<Beat>) {
        let at = row.common.at;
        let said = row.said.as_deref().unwrap_or_default();
        match &*row.subtype {
            "compact_boundary" => {
                let (before, after) = row.compacted.unwrap_or_default();
                note(out, at, Note::Compacted { before, after });
            }
            "api_error" => {
                let wait_ms = row.retry_in_ms.and_then(whole);
                note(out, at, Note::Retry { status: row.status, wait_ms, text: clean(said) });
            }
            "turn_duration" => note(out, at, Note::TurnEnded(row.duration_ms)),
            "stop_hook_summary" => {}
            _ if row.common.meta || said::is_blank(said) => {}
            _ => match said::heard(said) {
                Heard::Said => note(out, at, Note::Said(clean(said))),
                heard => tell(heard, said, None, at, What::Prompt, out),
            },
        }
    }

    /// What came while a turn ran has no row of the user's.
    fn attachment(&mut self, row: &Attachment<'_>, out: &mut Vec<Beat>) {
        let Some(queued) = row.queued.as_ref().filter(|queued| !queued.carried && !queued.meta) else {
            return;
        };
        let at = queued.at.or(row.common.at);
        match queued.mode.as_deref() {
            Some("bash") => {
                let text = texts(&queued.content).concat();
                out.push(Beat { at, copied: false, what: What::Typed(clean(&format!("! {text}"))) });
            }
            Some("prompt" | "task-notification") | None => {
                heard(&queued.content, queued.origin.as_deref(), at, What::Queued, out);
            }
            Some(_) => {}
        }
    }

    fn mode(&mut self, mode: &str, at: Option<Millis>, out: &mut Vec<Beat>) {
        if let Some(from) = changed(&mut self.mode, mode) {
            note(out, at, Note::Mode { from, to: clean(mode) });
        }
    }

    fn meta(&mut self, meta: &Meta<'_>, out: &mut Vec<Beat>) {
        match meta {
            Meta::PermissionMode(mode) => self.mode(mode, None, out),
            Meta::Worktree(worktree) => self.worktree(worktree.as_ref(), out),
            Meta::PrLink(url) if !url.is_empty() && !self.again(b"pull request", Some(url), "") => {
                note(out, None, Note::PullRequest(clean(url)));
            }
            Meta::CostState(_) if !self.closed => note(out, None, Note::Closed),
            _ => {}
        }
    }

    fn worktree(&mut self, worktree: Option<&Worktree>, out: &mut Vec<Beat>) {
        let path = worktree.map(|worktree| clean(&worktree.worktree_path));
        if self.worktree != path {
            self.worktree.clone_from(&path);
            note(out, None, Note::Worktree(path));
        }
    }
}

/// The latest keys that were seen.
#[derive(Debug, Clone, Default)]
struct Seen {
    order: VecDeque<u64>,
    /// How often each stands in `order`: never more than once.
    known: HashMap<u64, ()>,
}

impl Seen {
    /// Whether a key is new; from now on it is not.
    fn first(&mut self, key: u64) -> bool {
        if self.known.insert(key, ()).is_some() {
            return false;
        }
        if self.order.len() == MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(key);
        true
    }
}

fn note(out: &mut Vec<Beat>, at: Option<Millis>, note: Note) {
    out.push(Beat { at, copied: false, what: What::Note(note) });
}

fn clean(text: &str) -> String {
    redact(text).text.into_owned()
}

/// Sets a value and returns what it was, redacted, if it was another.
fn changed(slot: &mut Option<String>, value: &str) -> Option<String> {
    if slot.as_deref() == Some(value) {
        return None;
    }
    slot.replace(value.to_owned()).map(|before| clean(&before))
}

/// What was said with the user's role, block by block: what the client put there is told as what it is, and the rest
/// is one text.
fn heard(
    content: &Content<'_>,
    origin: Option<&str>,
    at: Option<Millis>,
    make: fn(String) -> What,
    out: &mut Vec<Beat>,
) {
    let mut own = String::new();
    for text in texts(content) {
        match said::heard(&text) {
            Heard::Said => {
                own.push_str(if own.is_empty() { "" } else { "\n" });
                own.push_str(&text);
            }
            heard => tell(heard, &text, origin, at, make, out),
        }
    }
    if !said::is_blank(&own) {
        tell(Heard::Said, &own, origin, at, make, out);
    }
}

/// One text with the user's role.
fn tell(
    heard: Heard<'_>,
    text: &str,
    origin: Option<&str>,
    at: Option<Millis>,
    make: fn(String) -> What,
    out: &mut Vec<Beat>,
) {
    let what = match heard {
        Heard::Nothing => return,
        Heard::Said if matches!(origin, Some("human") | None) => make(clean(text)),
        Heard::Said => {
            What::Note(Note::Message { from: clean(origin.unwrap_or_default()), text: clean(text) })
        }
        Heard::Interrupted => What::Note(Note::Interrupted),
        Heard::Typed(command) => What::Typed(clean(&command)),
        Heard::Printed(text) => What::Printed(clean(&text)),
        Heard::Task { id, status, summary } => {
            What::Note(Note::Task { id: clean(id), status: clean(status), summary: clean(summary) })
        }
        Heard::Message { from, text } => What::Note(Note::Message { from: clean(from), text: clean(text) }),
    };
    out.push(Beat { at, copied: false, what });
}

/// The texts of a content, what is none in brackets.
fn texts(content: &Content<'_>) -> Vec<String> {
    match content {
        Content::Text(text) => vec![text.to_string()],
        Content::Blocks(blocks) => blocks.iter().filter_map(shown).collect(),
        Content::None => Vec::new(),
    }
}

fn shown(block: &Block<'_>) -> Option<String> {
    match block {
        Block::Text(text) => Some(text.to_string()),
        Block::Media(kind) => Some(format!("[{kind}]")),
        _ => None,
    }
}

fn joined(blocks: &[Block<'_>]) -> String {
    blocks.iter().filter_map(shown).collect::<Vec<_>>().join("\n")
}

/// What a call changed: as the client counted it, and as the call says where it did not.
fn lines(open: &Open, outcome: &Outcome<'_>) -> Option<(u64, u64)> {
    let called = open.lines?;
    match outcome.patch {
        // Of a file that is new there is no patch.
        Some((0, 0)) if outcome.kind.as_deref() == Some("create") => Some(called),
        Some(counted) => Some(counted),
        None => Some(called),
    }
}

/// A number of milliseconds, whole.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to an integer saturates"
)]
fn whole(number: f64) -> Option<u64> {
    (number >= 0.0).then_some(number as u64)
}
