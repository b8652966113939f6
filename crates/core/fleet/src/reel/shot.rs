//! What is seen in a scene, and how much of it.

use crate::beat::Note;
use crate::patch::{Hunk, Line};

/// Lines of a change that are shown.
const MAX_ROWS: usize = 15;
/// Unchanged lines that are kept beside a change.
const CONTEXT: usize = 1;
/// Letters of a line that are kept.
const MAX_LINE: usize = 300;

/// The prompt that a session begins with, which is always shown: its kind, and how much it tells.
pub(super) const FIRST_PROMPT: (u8, u32) = (0, 100_000);
/// The last answer of all, likewise.
pub(super) const LAST_ANSWER: (u8, u32) = (1, 50_000);

/// What is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shot {
    /// What somebody asked for.
    Prompt(String),
    /// A command that a person gave the client.
    Typed(String),
    /// What the model said.
    Reply {
        /// The words, without code.
        text: String,
        /// It was its answer, and not a word on the way to it.
        last: bool,
    },
    /// A file was changed.
    Edit {
        /// The file.
        path: String,
        /// Some of the change.
        rows: Vec<Row>,
        /// How many lines more changed.
        more: u64,
        /// Lines added.
        added: u64,
        /// Lines removed.
        removed: u64,
        /// The file is new.
        made: bool,
    },
    /// A command was run, or was to be.
    Command {
        /// The command, on one line.
        command: String,
        /// What it printed.
        output: Output,
        /// It failed, or did not run.
        failed: bool,
        /// It was turned down.
        denied: bool,
        /// Nobody waited for it.
        background: bool,
        /// Milliseconds that it took, questions to the person included.
        took_ms: Option<i64>,
    },
    /// Another tool was called.
    Tool {
        /// The tool.
        tool: String,
        /// Its telling argument.
        summary: String,
    },
    /// A call failed, or was turned down.
    Failed {
        /// The tool.
        tool: String,
        /// Its telling argument.
        summary: String,
        /// What was said.
        text: String,
        /// It was turned down.
        denied: bool,
    },
    /// Things were only looked up.
    Looks {
        /// Files that were read.
        files: u64,
        /// Searches.
        searches: u64,
        /// Pages of the web.
        pages: u64,
        /// Commands that only show something.
        commands: u64,
    },
    /// A plan.
    Plan(String),
    /// The plan was approved.
    Approved,
    /// A question to the person.
    Question {
        /// The question.
        text: String,
        /// The answer.
        answer: String,
    },
    /// A subagent was started.
    Agent {
        /// Its kind.
        kind: String,
        /// What for.
        task: String,
    },
    /// Something happened to the session.
    Note(Note),
}

impl Shot {
    /// What kind of scene it is, and how much one of it tells.
    pub(super) fn kind(&self) -> (u8, u32) {
        match self {
            Self::Note(Note::PullRequest(_)) => (2, 95),
            Self::Prompt(_) => (3, 90),
            Self::Edit { rows, .. } if rows.len() > 2 => (4, 85),
            Self::Plan(_) => (5, 80),
            Self::Reply { last: true, .. } => (6, 75),
            Self::Question { .. } => (7, 75),
            Self::Note(Note::ApiError { .. }) => (8, 70),
            Self::Command { failed: true, denied: false, .. } => (9, 65),
            Self::Command { denied: true, .. } | Self::Failed { denied: true, .. } => (10, 60),
            Self::Edit { .. } => (11, 60),
            Self::Note(Note::Interrupted | Note::Compacted { .. }) => (12, 55),
            Self::Command { command, .. } if proves(command) => (13, 50),
            Self::Failed { .. } => (14, 45),
            Self::Agent { .. } | Self::Note(Note::Task { .. } | Note::Message { .. }) => (15, 40),
            Self::Typed(_) | Self::Note(_) => (16, 35),
            Self::Command { .. } => (17, 30),
            Self::Reply { last: false, .. } => (18, 25),
            Self::Approved => (19, 25),
            Self::Tool { .. } => (20, 20),
            Self::Looks { .. } => (21, 10),
        }
    }

    /// Milliseconds that it takes to take it in.
    #[must_use]
    pub fn reading_ms(&self) -> u64 {
        let text = |text: &str| 500 + 14 * text.chars().count().min(160) as u64;
        match self {
            Self::Prompt(said) | Self::Plan(said) | Self::Reply { text: said, .. } => text(said),
            Self::Question { text: asked, answer } => text(asked) + text(answer) / 2,
            Self::Edit { rows, .. } => 800 + 90 * rows.len() as u64,
            Self::Command { output, failed, .. } => {
                let lines = (output.head.len() + output.tail.len()) as u64;
                (if *failed { 1_000 } else { 600 }) + 100 * lines
            }
            Self::Failed { text: said, .. } => 800 + text(said) / 2,
            Self::Looks { .. } | Self::Tool { .. } => 400,
            Self::Note(Note::ApiError { .. } | Note::PullRequest(_)) => 1_400,
            Self::Typed(_) | Self::Approved | Self::Agent { .. } | Self::Note(_) => 800,
        }
    }
}

/// A line of a change, or a gap between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A line, and its number: in the old file of one that was removed, else in the new one.
    Line(Option<usize>, Line<String>),
    /// Something is left out.
    Gap,
}

/// Some of what a command printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// How it ended, where it did not end well.
    pub exit_code: Option<i32>,
    /// The first lines.
    pub head: Vec<String>,
    /// Lines between that are left out.
    pub left_out: u64,
    /// The last lines, or those that tell what failed.
    pub tail: Vec<String>,
}

/// A text of at most so many lines and letters; `…` where something is left out.
pub(super) fn brief(text: &str, lines: usize, letters: usize) -> String {
    let mut out = String::new();
    let mut left = letters;
    let mut all = text.trim().lines().map(str::trim_end).filter(|line| !line.is_empty()).peekable();
    for number in 0..lines {
        let Some(line) = all.next() else { return out };
        if number > 0 {
            out.push('\n');
        }
        match line.char_indices().nth(left) {
            Some((end, _)) => {
                out.push_str(&line[..end]);
                out.push('…');
                return out;
            }
            None => out.push_str(line),
        }
        left -= line.chars().count();
    }
    if all.peek().is_some() {
        out.push('…');
    }
    out
}

/// What the model said, without code and with the first of its paragraphs; `None` if nothing is left.
pub(super) fn prose(text: &str) -> Option<String> {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let text = brief(&kept, 8, 600);
    (!text.is_empty()).then_some(text)
}

/// What a person answered, from what the client tells the model of it.
pub(super) fn answer(text: &str) -> &str {
    let told = text
        .strip_prefix("Your questions have been answered: ")
        .or(text.strip_prefix("User has answered your questions: "));
    let told = told.unwrap_or(text);
    let told = told.split_once(". You can now continue").map_or(told, |(answer, _)| answer);
    // Of one question only the answer, without the quotes.
    let one = told.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')?.split_once("\"=\""));
    one.filter(|(_, answer)| !answer.contains("\"=\"")).map_or(told, |(_, answer)| answer)
}

/// Some lines of a change, and how many more changed.
pub(super) fn rows(hunks: &[Hunk<String>]) -> (Vec<Row>, u64) {
    let (mut rows, mut more) = (Vec::new(), 0);
    for hunk in hunks {
        let changed: Vec<usize> =
            (0..hunk.lines.len()).filter(|at| !matches!(hunk.lines[*at], Line::Same(_))).collect();
        let (mut old, mut new) = hunk.at.map_or((None, None), |at| (Some(at.0), Some(at.1)));
        let mut gap = !rows.is_empty();
        for (at, line) in hunk.lines.iter().enumerate() {
            let number = if line.is() { new } else { old };
            old = old.map(|old| old.saturating_add(usize::from(line.was())));
            new = new.map(|new| new.saturating_add(usize::from(line.is())));
            let is_change = !matches!(line, Line::Same(_));
            let near = changed.iter().any(|changed| changed.abs_diff(at) <= CONTEXT);
            if !near {
                gap = !rows.is_empty();
            } else if rows.len() + usize::from(gap) < MAX_ROWS {
                if std::mem::take(&mut gap) {
                    rows.push(Row::Gap);
                }
                rows.push(Row::Line(number, line.clone().map(|text| one_line(&text))));
            } else {
                more += u64::from(is_change);
            }
        }
    }
    (rows, more)
}

/// The beginning of a file that is new, and how many more lines it has.
pub(super) fn new_rows(text: &str) -> (Vec<Row>, u64) {
    let row = |(at, line): (usize, &str)| Row::Line(Some(at + 1), Line::Added(one_line(line)));
    let rows: Vec<Row> = text.lines().take(MAX_ROWS - 3).enumerate().map(row).collect();
    let more = text.lines().count().saturating_sub(rows.len()) as u64;
    (rows, more)
}

/// A line, its end cut off where it is long. Of one that was written over and over only the last is left.
fn one_line(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let last = line.rsplit('\r').next().unwrap_or(line).trim_end();
    match last.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &last[..end]),
        None => last.to_owned(),
    }
}

/// Words in lines that say what failed.
const FAILS: &[&str] =
    &["error", "fail", "panic", "assert", "exception", "denied", "fatal", "not found", "cannot", "expected"];

/// Some of what a command printed: first and last lines, and of one that failed those that say why.
pub(super) fn output(text: &str, failed: bool) -> Output {
    let (exit_code, text) =
        match text.strip_prefix("Exit code ").and_then(|rest| rest.split_once('\n').or(Some((rest, "")))) {
            Some((code, rest)) if code.trim().parse::<i32>().is_ok() => (code.trim().parse().ok(), rest),
            _ => (None, text),
        };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let owned = |lines: &[&str]| lines.iter().map(|line| one_line(line)).collect::<Vec<_>>();
    let (head, tail) = if failed { (0, 8) } else { (2, 3) };
    if lines.len() <= head + tail {
        return Output { exit_code, head: Vec::new(), left_out: 0, tail: owned(&lines) };
    }
    let rest = &lines[head..];
    let telling: Vec<&str> = rest.iter().copied().filter(|line| tells_failure(line)).take(tail).collect();
    let tail = if failed && telling.len() >= 2 { telling } else { rest[rest.len() - tail..].to_vec() };
    let left_out = (lines.len() - head - tail.len()) as u64;
    Output { exit_code, head: owned(&lines[..head]), left_out, tail: owned(&tail) }
}

/// Whether a line that was printed says that something failed, by its words.
#[must_use]
pub fn tells_failure(line: &str) -> bool {
    // Longer lines are data.
    let head = &line[..line.floor_char_boundary(400)];
    let small = head.to_ascii_lowercase();
    FAILS.iter().any(|word| small.contains(word)) && !small.contains("0 failed")
}

/// Programs that only show something.
const LOOKS: &[&str] = &[
    "cat",
    "cd",
    "echo",
    "env",
    "find",
    "grep",
    "head",
    "jq",
    "less",
    "ls",
    "pwd",
    "rg",
    "sed -n",
    "sort",
    "stat",
    "tail",
    "tree",
    "type",
    "uniq",
    "wc",
    "which",
    "git blame",
    "git branch",
    "git diff",
    "git log",
    "git ls-files",
    "git show",
    "git status",
];

/// Whether a command only shows something: every part of it is of a program that does. Told by its words, for a summary
/// and nothing else.
pub(super) fn only_looks(command: &str) -> bool {
    let parts = command.split(['|', ';', '&', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let mut any = false;
    for part in parts {
        any = true;
        let known = LOOKS.iter().any(|program| {
            part.strip_prefix(program).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        // What is written to a file is more than a look.
        if !known || part.replace("2>/dev/null", "").replace("2>", "").contains('>') {
            return false;
        }
    }
    any
}

/// Words of commands that prove something, or make it known.
const PROOFS: &[&str] = &[
    "test",
    "check",
    "build",
    "lint",
    "clippy",
    "bench",
    "deploy",
    "publish",
    "migrate",
    "git commit",
    "git push",
    "gh pr",
    "make",
];

fn proves(command: &str) -> bool {
    PROOFS.iter().any(|word| command.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch;

    #[test]
    fn texts_are_cut_where_they_are_long() {
        assert_eq!(brief(" a \n\n b\nc", 2, 100), " a\n b…".trim_start());
        assert_eq!(brief("äöü", 3, 2), "äö…");
        assert_eq!(brief("ab\ncd", 3, 3), "ab\nc…");
        assert_eq!(brief("", 3, 2), "");
        assert_eq!(
            prose("Done:\n```rust\nfn main() {}\n```\nIt works.").as_deref(),
            Some("Done:\nIt works.")
        );
        assert_eq!(prose("```\nx"), None);
    }

    #[test]
    fn a_change_is_shown_in_few_lines() {
        let old: Vec<String> = (1..=60).map(|n| format!("line {n}")).collect();
        let mut new = old.clone();
        new[9] = "changed".to_owned();
        (30..45).for_each(|at| new[at] = format!("new {at}"));
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        let hunks: Vec<Hunk<String>> = patch::hunks(&old, &new, 3)
            .into_iter()
            .map(|hunk| Hunk {
                at: hunk.at,
                lines: hunk.lines.into_iter().map(|line| line.map(str::to_owned)).collect(),
            })
            .collect();
        let (rows, more) = rows(&hunks);
        let shown: Vec<String> = rows
            .iter()
            .map(|row| match row {
                Row::Line(number, line) => format!("{}{}{}", number.unwrap(), line.sign(), line.text()),
                Row::Gap => "gap".to_owned(),
            })
            .collect();
        assert_eq!(&shown[..6], ["9 line 9", "10-line 10", "10+changed", "11 line 11", "gap", "30 line 30"]);
        assert_eq!((shown.len(), more), (15, 30 - 9));
        assert_eq!(new_rows("a\nb").0.len(), 2);
        let (first, more) = new_rows(&"x\n".repeat(40));
        assert_eq!((first.len(), more), (12, 28));
    }

    #[test]
    fn output_is_what_tells() {
        let many: String = (0..40).map(|n| format!("test {n} ... ok\n")).collect();
        let well = output(&many, false);
        assert_eq!((well.head.len(), well.left_out, well.tail.len(), well.exit_code), (2, 35, 3, None));
        let failed =
            output(&format!("Exit code 101\n{many}test torn ... FAILED\nassertion failed\n{many}"), true);
        assert_eq!((failed.exit_code, failed.left_out), (Some(101), 80));
        assert_eq!(failed.tail, ["test torn ... FAILED", "assertion failed"]);
        let short = output("Exit code 3", true);
        assert_eq!((short.exit_code, short.tail.len()), (Some(3), 0));
        assert_eq!(output("Exit code x\ny", true).tail.len(), 2);
        assert_eq!(output("10 %\r50 %\r100 %\r\nok", false).tail, ["100 %", "ok"]);
        assert_eq!(one_line(&"ä".repeat(400)).chars().count(), MAX_LINE + 1);
    }

    #[test]
    fn commands_that_only_look() {
        for command in [
            "ls -la",
            "cat a.rs | head -20",
            "cd /w && git status",
            "rg -n x src 2>/dev/null",
            "git log --oneline",
            "sed -n '1,5p' a",
        ] {
            assert!(only_looks(command), "{command}");
        }
        for command in [
            "cargo test",
            "ls > a",
            "cat a | sh",
            "git commit -m x",
            "lsof",
            "",
            "sed -i s/a/b/ x",
            "git diff; rm -rf x",
        ] {
            assert!(!only_looks(command), "{command}");
        }
    }
}
