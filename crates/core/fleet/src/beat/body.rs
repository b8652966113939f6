//! What a tool call asks for, read from its input.

use claudectl_redact::{redact, reveal};
use serde::Deserialize;
use serde_json::Value;

use crate::call;
use crate::patch::{self, Hunk, Line};
use crate::tools::Family;

/// Lines around a change that are kept with it.
const CONTEXT: usize = 3;
/// Bytes that are kept of an input without a shape of its own.
pub(super) const MAX_OTHER: usize = 16 * 1024;

/// What a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing but the tool.
    None,
    /// To run a command.
    Command {
        /// The command.
        command: String,
        /// What the model says it does.
        description: Option<String>,
        /// Nobody waits for it.
        background: bool,
    },
    /// To change a file.
    Edit {
        /// The file.
        path: String,
        /// The change. Where in the file is not known before its result.
        hunks: Vec<Hunk<String>>,
    },
    /// To write a whole file.
    Write {
        /// The file.
        path: String,
        /// What it is to hold.
        text: String,
    },
    /// A plan to be approved.
    Plan(String),
    /// Questions to the person.
    Questions(Vec<Question>),
    /// What is to be done.
    Todo(Vec<Todo>),
    /// To start a subagent.
    Agent {
        /// Its kind.
        kind: String,
        /// What it is asked for.
        prompt: String,
    },
    /// Any other input: JSON, for people, its end cut off where it is long.
    Other(String),
}

/// A question with what there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The answers that are offered.
    pub options: Vec<String>,
}

/// One thing that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// What.
    pub text: String,
    /// `pending`, `in_progress`, `completed`.
    pub state: String,
}

#[derive(Deserialize)]
struct Shell {
    command: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    run_in_background: Option<Value>,
}

#[derive(Deserialize)]
struct Replacement {
    #[serde(default)]
    old_string: String,
    #[serde(default)]
    new_string: String,
}

#[derive(Deserialize)]
struct Edit {
    file_path: String,
    #[serde(flatten)]
    one: Option<Replacement>,
    #[serde(default)]
    edits: Vec<Replacement>,
}

#[derive(Deserialize)]
struct Notebook {
    notebook_path: String,
    #[serde(default)]
    new_source: String,
}

#[derive(Deserialize)]
struct Write {
    file_path: String,
    content: String,
}

#[derive(Deserialize)]
struct Plan {
    plan: String,
}

#[derive(Deserialize)]
struct Asked {
    questions: Vec<AskedOne>,
}

#[derive(Deserialize)]
struct AskedOne {
    question: String,
    #[serde(default)]
    options: Vec<AskedOption>,
}

#[derive(Deserialize)]
struct AskedOption {
    label: String,
}

#[derive(Deserialize)]
struct Todos {
    todos: Vec<TodoItem>,
}

#[derive(Deserialize)]
struct TodoItem {
    content: String,
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
struct TaskCreate {
    subject: String,
}

#[derive(Deserialize)]
struct Agent {
    #[serde(default)]
    subagent_type: String,
    prompt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    #[serde(default)]
    old_start: usize,
    #[serde(default)]
    new_start: usize,
    lines: Vec<String>,
}

impl Body {
    /// The texts in it, in their order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let texts: Vec<&str> = match self {
            Self::None => Vec::new(),
            Self::Command { command, description, .. } => {
                std::iter::once(command.as_str()).chain(description.as_deref()).collect()
            }
            Self::Edit { path, hunks } => {
                let lines = hunks.iter().flat_map(|hunk| &hunk.lines).map(|line| line.text().as_str());
                std::iter::once(path.as_str()).chain(lines).collect()
            }
            Self::Write { path, text } => vec![path, text],
            Self::Plan(text) | Self::Other(text) => vec![text],
            Self::Questions(questions) => {
                let mut texts = Vec::new();
                for question in questions {
                    texts.push(question.text.as_str());
                    texts.extend(question.options.iter().map(String::as_str));
                }
                texts
            }
            Self::Todo(items) => items.iter().map(|item| item.text.as_str()).collect(),
            Self::Agent { kind, prompt } => vec![kind, prompt],
        };
        texts.into_iter()
    }

    /// Reads the input of a call; what has not the shape that is expected is kept as it is.
    pub(super) fn read(tool: &str, input: &str) -> Self {
        known(tool, input).unwrap_or_else(|| other(input))
    }

    /// Lines that it means to add to files and to remove from them; `None` for what changes none.
    pub(super) fn lines(&self) -> Option<(u64, u64)> {
        match self {
            Self::Edit { hunks, .. } => {
                Some(hunks.iter().map(Hunk::counts).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)))
            }
            Self::Write { text, .. } => Some((text.lines().count() as u64, 0)),
            _ => None,
        }
    }
}

fn known(tool: &str, input: &str) -> Option<Body> {
    Some(match tool {
        _ if Family::Shell.has(tool) => {
            let shell: Shell = parse(input)?;
            Body::Command {
                command: whole(&shell.command),
                description: shell.description.map(|text| clean(&text)),
                background: shell.run_in_background == Some(Value::Bool(true)),
            }
        }
        "Edit" | "MultiEdit" => {
            let edit: Edit = parse(input)?;
            let all = edit.one.into_iter().chain(edit.edits);
            let hunks = all.flat_map(|one| replaced(&one.old_string, &one.new_string)).collect();
            Body::Edit { path: clean(&edit.file_path), hunks }
        }
        "NotebookEdit" => {
            let edit: Notebook = parse(input)?;
            Body::Edit { path: clean(&edit.notebook_path), hunks: replaced("", &edit.new_source) }
        }
        "Write" => {
            let write: Write = parse(input)?;
            Body::Write { path: clean(&write.file_path), text: clean(&write.content) }
        }
        "ExitPlanMode" => Body::Plan(whole(&parse::<Plan>(input)?.plan)),
        "AskUserQuestion" => {
            let asked: Asked = parse(input)?;
            let question = |one: AskedOne| Question {
                text: clean(&one.question),
                options: one.options.iter().map(|option| clean(&option.label)).collect(),
            };
            Body::Questions(asked.questions.into_iter().map(question).collect())
        }
        "TodoWrite" => {
            let todos: Todos = parse(input)?;
            let todo = |item: TodoItem| Todo { text: clean(&item.content), state: clean(&item.status) };
            Body::Todo(todos.todos.into_iter().map(todo).collect())
        }
        "TaskCreate" => {
            let task: TaskCreate = parse(input)?;
            Body::Todo(vec![Todo { text: clean(&task.subject), state: "pending".to_owned() }])
        }
        _ if Family::Agent.has(tool) => {
            let agent: Agent = parse(input)?;
            Body::Agent { kind: clean(&agent.subagent_type), prompt: whole(&agent.prompt) }
        }
        _ => return None,
    })
}

fn parse<'a, T: Deserialize<'a>>(input: &'a str) -> Option<T> {
    serde_json::from_str(input).ok()
}

fn clean(text: &str) -> String {
    redact(text).text.into_owned()
}

/// What is run, or told to be done: what hides in it is shown.
fn whole(text: &str) -> String {
    reveal(&redact(text).text).into_owned()
}

/// A line and how it may be shown. Lines are the same if they were so before anything was taken out of them: one secret
/// in place of another is a change.
#[derive(Debug, Clone, Copy)]
struct Shown<'a> {
    was: &'a str,
    clean: &'a str,
}

impl PartialEq for Shown<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.was == other.was
    }
}

/// A text's lines, redacted as a whole: a key has many. What was one line less after that is compared as it is then.
fn shown<'a>(was: &'a str, clean: &'a str) -> Vec<Shown<'a>> {
    let (before, after): (Vec<&str>, Vec<&str>) = (was.lines().collect(), clean.lines().collect());
    let kept = before.len() == after.len();
    let each = after.iter().enumerate();
    each.map(|(at, clean)| Shown { was: if kept { before[at] } else { clean }, clean }).collect()
}

/// The change that puts one text in place of another.
fn replaced(old: &str, new: &str) -> Vec<Hunk<String>> {
    compared(old, new, CONTEXT).into_iter().map(|lines| Hunk { at: None, lines }).collect()
}

fn compared(old: &str, new: &str, context: usize) -> Vec<Vec<Line<String>>> {
    let (clean_old, clean_new) = (clean(old), clean(new));
    let hunks = patch::hunks(&shown(old, &clean_old), &shown(new, &clean_new), context);
    let owned = |line: Line<Shown<'_>>| line.map(|shown| shown.clean.to_owned());
    hunks.into_iter().map(|hunk| hunk.lines.into_iter().map(owned).collect()).collect()
}

/// The change that a client wrote down, JSON text.
pub(super) fn hunks(raw: &str) -> Vec<Hunk<String>> {
    let hunks: Vec<Patch> = parse(raw).unwrap_or_default();
    hunks.into_iter().map(hunk).collect()
}

fn hunk(patch: Patch) -> Hunk<String> {
    let at = (patch.old_start > 0 || patch.new_start > 0).then_some((patch.old_start, patch.new_start));
    let (mut old, mut new, mut lines) = (String::new(), String::new(), Vec::new());
    for line in patch.lines.iter().filter_map(|text| signed(text)) {
        for (side, on) in [(&mut old, line.was()), (&mut new, line.is())] {
            if on {
                side.push_str(line.text());
                side.push('\n');
            }
        }
        lines.push(line.map(str::to_owned));
    }
    if !redact(&old).findings.is_empty() || !redact(&new).findings.is_empty() {
        lines = compared(&old, &new, usize::MAX).concat();
    }
    Hunk { at, lines }
}

/// A line with its sign before it.
fn signed(line: &str) -> Option<Line<&str>> {
    let rest = line.get(1..);
    match line.chars().next() {
        Some('+') => rest.map(Line::Added),
        Some('-') => rest.map(Line::Removed),
        Some(' ') => rest.map(Line::Same),
        // `\ No newline at end of file`.
        _ => None,
    }
}

fn other(input: &str) -> Body {
    if matches!(input.trim(), "" | "{}" | "null") {
        return Body::None;
    }
    let pretty = call::redacted(input).and_then(|value| serde_json::to_string_pretty(&value).ok());
    // Once more as a whole: what a value is may be told by its name.
    let mut text = clean(&pretty.unwrap_or_else(|| input.to_owned()));
    if text.len() > MAX_OTHER {
        text.truncate(text.floor_char_boundary(MAX_OTHER));
        text.push('…');
    }
    Body::Other(text)
}
