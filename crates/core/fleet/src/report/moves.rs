//! What happened in one transcript in a window of time.
//!
//! [`Moves::line`] takes one line after the other. Only rows of the window count; of those before it what is
//! needed to understand the others is kept: which calls were open, and what was asked for last. It never holds
//! more than a bounded amount, and texts are redacted before they enter it.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use claudectl_redact::{redact_start, redact_tool};
use claudectl_transcript::record::{
    Assistant, Attachment, Block, Common, Content, Decision, Meta, Record, System, User,
};
use claudectl_transcript::time::Millis;

use super::Window;
use crate::call::{self, Arguments, one_line};
use crate::digest::{each_text, first_line, is_client_text, says_copied};
use crate::signals::{is_turned_down, signature};

/// So many open calls are kept, the latest: what never gets its answer must not grow without end.
const MAX_OPEN: usize = 256;
/// So many changed files are told apart.
const MAX_FILES: usize = 2_000;
/// So many kinds of failures are told apart.
const MAX_FAILURES: usize = 200;
/// So many decisions are listed.
const MAX_DECISIONS: usize = 2_000;
/// So many pull requests are listed.
const MAX_LINKS: usize = 50;
/// Bytes that are looked at for a prompt's first line, and characters that are kept of it.
const PROMPT_HEAD: usize = 2_000;
const PROMPT_CHARS: usize = 160;

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Millis,
    /// The first line, redacted.
    pub text: String,
}

/// What became of one file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileMoves {
    /// Calls that changed it.
    pub changes: u64,
    /// Of these, such of which the client wrote down the lines.
    pub told: u64,
    /// Lines they added.
    pub added: u64,
    /// Lines they removed.
    pub removed: u64,
    /// It was not there before.
    pub created: bool,
}

impl FileMoves {
    /// Lines added and removed; `None` where the client wrote down none.
    #[must_use]
    pub fn lines(&self) -> Option<(u64, u64)> {
        (self.told > 0).then_some((self.added, self.removed))
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        self.told += other.told;
        self.added += other.added;
        self.removed += other.removed;
        self.created |= other.created;
    }
}

/// Failures that look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The tool.
    pub tool: String,
    /// The first line of what the latest one said. Redacted.
    pub message: String,
    /// How often.
    pub count: u64,
    /// When last.
    pub last_at: Millis,
}

/// Requests that failed for good, or were tried again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApiFailed {
    /// How often a turn ended with it.
    pub failed: u64,
    /// How often the client said that it tries again.
    pub retried: u64,
    /// When last.
    pub last_at: Millis,
}

/// Which request failed: a word for it, and the HTTP status.
pub type ApiFailure = (String, Option<u16>);

/// Who decided on a call, as the client wrote it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// A person: this once.
    Once,
    /// A person: from now on.
    ForGood,
    /// A person turned it down.
    TurnedDown,
    /// A hook let it run.
    HookAllowed,
    /// A hook turned it down.
    HookDenied,
    /// The settings, without asking anybody: `true` let it run.
    Settings(bool),
}

/// A decision on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The call's id.
    pub call: String,
    /// The tool.
    pub tool: String,
    /// What the call is about. Redacted, one line.
    pub summary: String,
    /// When its answer was written.
    pub at: Millis,
    /// By whom, and how.
    pub by: By,
}

/// A call without an answer so far.
#[derive(Debug, Clone)]
struct Open {
    id: String,
    tool: String,
    summary: String,
    file: Option<String>,
}

/// What one transcript tells of a window.
#[derive(Debug, Default)]
pub struct Moves {
    window: Window,
    subagent: bool,
    open: VecDeque<Open>,
    /// Calls that a fork copied: their answers are another session's.
    copied: HashSet<String>,
    /// The time of the last row that had one: rows without count at that.
    last_time: Option<Millis>,
    cwd: Option<String>,
    failures: HashMap<(String, u32), Failed>,

    /// Rows of the window.
    pub rows: u64,
    /// Lines that were no rows, wherever.
    pub malformed: u64,
    /// The time of the first row of the window.
    pub first_at: Option<Millis>,
    /// The time of the last one.
    pub last_at: Option<Millis>,
    /// Prompts that a person or a script gave.
    pub prompts: u64,
    /// The last prompt before the window.
    pub asked_before: Option<Asked>,
    /// The first prompt of the window.
    pub asked_first: Option<Asked>,
    /// The last prompt of the window.
    pub asked_last: Option<Asked>,
    /// Tool calls.
    pub tool_calls: u64,
    /// Of those answered in the window, failed ones; not those that were turned down.
    pub errors: u64,
    /// How often a person pressed Esc.
    pub interrupted: u64,
    /// How often the conversation was compacted.
    pub compactions: u64,
    /// Changes by file. Paths are absolute where the working folder is known.
    pub files: BTreeMap<String, FileMoves>,
    /// Changes of files that are not told apart any more.
    pub other_files: FileMoves,
    /// Requests that failed.
    pub api: BTreeMap<ApiFailure, ApiFailed>,
    /// Decisions on calls, those of settings included; the earliest.
    pub decided: Vec<Decided>,
    /// The version writes decisions down.
    pub tells_decisions: bool,
    /// Pull requests it made.
    pub pull_requests: Vec<String>,
}

impl Moves {
    /// Nothing yet, of a subagent's own transcript or of a session's.
    #[must_use]
    pub fn new(window: Window, subagent: bool) -> Self {
        Self { window, subagent, ..Self::default() }
    }

    /// Failures, those that look the same as one.
    pub fn failures(&self) -> impl Iterator<Item = &Failed> {
        self.failures.values()
    }

    /// Takes one line. `elsewhere` is asked of a row that does not say it whether a fork copied it.
    pub fn line(&mut self, line: &[u8], elsewhere: &mut dyn FnMut(&Assistant<'_>) -> bool) {
        match Record::parse(line) {
            Ok(record) => self.row(&record, elsewhere),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) => self.malformed += 1,
        }
    }

    /// Takes what stands behind the last newline: a row that nobody has ended yet, or a part of one.
    pub fn last_line(&mut self, line: &[u8], elsewhere: &mut dyn FnMut(&Assistant<'_>) -> bool) {
        if let Ok(record) = Record::parse(line) {
            self.row(&record, elsewhere);
        }
    }

    fn row(&mut self, record: &Record<'_>, elsewhere: &mut dyn FnMut(&Assistant<'_>) -> bool) {
        let Some(common) = record.common() else {
            if let (Record::Meta(Meta::PrLink(url)), Some(true)) = (record, self.now_counts()) {
                self.link(url);
            }
            return;
        };
        let copied = match record {
            Record::Assistant(row) => says_copied(row).unwrap_or_else(|| elsewhere(row)),
            _ => false,
        };
        if let Some(cwd) = &common.cwd
            && self.cwd.as_deref() != Some(cwd)
        {
            self.cwd = Some(cwd.to_string());
        }
        self.last_time = common.at.or(self.last_time);
        let Some(at) = self.last_time else { return };
        let counts = self.window.covers(at);
        if counts && !copied {
            self.rows += 1;
            self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
            self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        }
        match record {
            Record::Assistant(row) => self.assistant(row, at, copied),
            Record::User(row) => self.user(row, at),
            Record::System(row) if counts => self.system(row, at),
            Record::Attachment(row) => self.attachment(row, at),
            _ => {}
        }
    }

    /// Whether what has no time of its own counts, by the row before it.
    fn now_counts(&self) -> Option<bool> {
        self.last_time.map(|at| self.window.covers(at))
    }

    fn link(&mut self, url: &str) {
        let url = one_line(url);
        if !url.is_empty() && self.pull_requests.len() < MAX_LINKS && !self.pull_requests.contains(&url) {
            self.pull_requests.push(url);
        }
    }

    fn assistant(&mut self, row: &Assistant<'_>, at: Millis, copied: bool) {
        if let Some(error) = &row.api_error {
            let kind = error.kind.as_deref().unwrap_or("error");
            if self.window.covers(at) && !copied {
                let failure = self.api_failure(kind, error.status, at);
                failure.failed += 1;
            }
            return;
        }
        for block in &row.blocks {
            let Block::ToolUse { id, name, input } = block else { continue };
            let name = &*redact_tool(name);
            if copied {
                if self.copied.len() < MAX_OPEN {
                    self.copied.insert(id.to_string());
                }
                continue;
            }
            if self.open.iter().any(|open| open.id == **id) {
                continue;
            }
            let input = input.map(|raw| raw.get()).unwrap_or_default();
            let arguments: Arguments = serde_json::from_str(input).unwrap_or_default();
            let arguments = arguments.in_folder(self.cwd.as_deref());
            self.tool_calls += u64::from(self.window.covers(at));
            if self.open.len() == MAX_OPEN {
                self.open.pop_front();
            }
            self.open.push_back(Open {
                id: id.to_string(),
                tool: name.to_string(),
                summary: call::short(&arguments.line(name, input)).into_owned(),
                file: arguments.changed_file(name).map(str::to_owned),
            });
        }
    }

    fn api_failure(&mut self, kind: &str, status: Option<u16>, at: Millis) -> &mut ApiFailed {
        let full = self.api.len() >= MAX_FAILURES;
        let key = (one_line(kind), status);
        let key = if full && !self.api.contains_key(&key) { ("other".to_owned(), None) } else { key };
        let failure = self.api.entry(key).or_default();
        failure.last_at = failure.last_at.max(at);
        failure
    }

    fn system(&mut self, row: &System<'_>, at: Millis) {
        match &*row.subtype {
            "api_error" => self.api_failure("retry", row.status, at).retried += 1,
            "compact_boundary" => self.compactions += 1,
            _ => {}
        }
    }

    fn user(&mut self, row: &User<'_>, at: Millis) {
        match &row.content {
            Content::Text(text) => self.user_text(row, text, at),
            Content::Blocks(blocks) => {
                for block in blocks {
                    match block {
                        Block::ToolResult { id, is_error, content } => {
                            let said = content.map(|raw| raw.get()).unwrap_or_default();
                            self.result(row, id, *is_error, said, at);
                        }
                        Block::Text(text) => self.user_text(row, text, at),
                        Block::Thinking(_) | Block::Media(_) | Block::ToolUse { .. } | Block::Other => {}
                    }
                }
            }
            Content::None => {}
        }
    }

    fn user_text(&mut self, row: &User<'_>, text: &str, at: Millis) {
        if text.starts_with("[Request interrupted by user") {
            self.open.clear();
            self.interrupted += u64::from(self.window.covers(at));
        } else if !row.common.meta && !row.compact_summary && !is_client_text(text) {
            self.prompt(row.origin.as_deref(), &row.common, text, at);
        }
    }

    fn attachment(&mut self, row: &Attachment<'_>, at: Millis) {
        let Some(queued) = row.queued.as_ref().filter(|queued| !queued.carried && !queued.meta) else {
            return;
        };
        if !matches!(queued.mode.as_deref(), Some("prompt") | None) {
            return;
        }
        let mut first = None;
        each_text(&queued.content, |text| {
            if !is_client_text(text) && first.is_none() {
                first = Some(text);
            }
        });
        if let Some(text) = first {
            self.prompt(queued.origin.as_deref(), &row.common, text, at);
        }
    }

    fn prompt(&mut self, origin: Option<&str>, common: &Common<'_>, text: &str, at: Millis) {
        if self.subagent || common.sidechain || !matches!(origin, Some("human") | None) {
            return;
        }
        if at >= self.window.until {
            return;
        }
        let asked = Asked { at, text: prompt_line(text) };
        if self.window.covers(at) {
            self.prompts += 1;
            self.asked_first.get_or_insert_with(|| asked.clone());
            self.asked_last = Some(asked);
        } else {
            self.asked_before = Some(asked);
        }
    }

    fn result(&mut self, row: &User<'_>, id: &str, is_error: bool, said: &str, at: Millis) {
        if self.copied.remove(id) {
            return;
        }
        let open = self.open.iter().rposition(|open| open.id == id).and_then(|at| self.open.remove(at));
        if !self.window.covers(at) {
            return;
        }
        let by = decided_by(row.decision.as_ref(), row.denial.as_deref());
        self.tells_decisions |= row.decision.is_some();
        let tool = open.as_ref().map_or("?", |open| open.tool.as_str());
        if let Some(by) = by.filter(|_| self.decided.len() < MAX_DECISIONS) {
            let summary = open.as_ref().map(|open| open.summary.clone()).unwrap_or_default();
            let decided = Decided { call: id.to_owned(), tool: tool.to_owned(), summary, at, by };
            self.decided.push(decided);
        }
        // What was turned down did not fail.
        if is_error && !is_turned_down(row, said) {
            self.errors += 1;
            self.fail(tool.to_owned(), said, at);
        }
        if !is_error {
            self.changed(row, open.and_then(|open| open.file));
        }
    }

    fn changed(&mut self, row: &User<'_>, file: Option<String>) {
        let told = row.outcome.file.as_deref().filter(|_| row.outcome.patch.is_some());
        let Some(path) = file.or_else(|| told.map(str::to_owned)) else { return };
        let (added, removed) = row.outcome.patch.unwrap_or_default();
        let created = row.outcome.created;
        let one = FileMoves {
            changes: 1,
            told: u64::from(row.outcome.patch.is_some()),
            added: if added == 0 { created.unwrap_or(0) } else { added },
            removed,
            created: created.is_some(),
        };
        if self.files.len() < MAX_FILES || self.files.contains_key(&path) {
            self.files.entry(path).or_default().add(&one);
        } else {
            self.other_files.add(&one);
        }
    }

    fn fail(&mut self, tool: String, said: &str, at: Millis) {
        let key = (tool, signature(said));
        let full = self.failures.len() >= MAX_FAILURES && !self.failures.contains_key(&key);
        let key = if full { ("?".to_owned(), 0) } else { key };
        let failed = self.failures.entry(key.clone()).or_insert_with(|| Failed {
            tool: key.0,
            message: String::new(),
            count: 0,
            last_at: at,
        });
        failed.count += 1;
        if at >= failed.last_at {
            failed.last_at = at;
            failed.message = if full { "other failures".to_owned() } else { first_line(said) };
        }
    }
}

fn decided_by(decision: Option<&Decision<'_>>, denial: Option<&str>) -> Option<By> {
    let Some(decision) = decision else {
        // Versions that do not write decisions write why a call was turned down.
        return denial.filter(|kind| *kind == "user-rejected").map(|_| By::TurnedDown);
    };
    Some(match (&*decision.source, decision.accepted) {
        ("user_temporary", true) => By::Once,
        ("user_permanent", true) => By::ForGood,
        (source, false) if source.starts_with("user") => By::TurnedDown,
        (source, true) if source.starts_with("user") => By::Once,
        ("hook", true) => By::HookAllowed,
        ("hook", false) => By::HookDenied,
        (_, accepted) => By::Settings(accepted),
    })
}

/// The first line of a prompt that says something, redacted and not too long.
fn prompt_line(text: &str) -> String {
    // Redacted before it is cut: half a secret is not known for one, and one may be known by the line before.
    let clean = redact_start(text.trim_start(), PROMPT_HEAD);
    let line = clean.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: Vec<&str> = line.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(PROMPT_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
