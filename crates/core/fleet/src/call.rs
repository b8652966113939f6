//! What a tool call is about: the one argument of its input that tells, for a line on a screen.

use claudectl_redact::redact;
use serde::Deserialize;
use serde_json::Value;

use crate::path;

/// Characters of a summary.
const SUMMARY_CHARS: usize = 200;

/// A call's telling argument, from its input's JSON: the command, the file, the address. Redacted, one line,
/// not too long.
#[must_use]
pub fn summary(tool: &str, input: &str) -> String {
    let arguments: Arguments = serde_json::from_str(input).unwrap_or_default();
    one_line(&arguments.summary(tool, input))
}

/// The arguments of tools that say what a call is about.
#[derive(Deserialize, Default)]
pub(crate) struct Arguments {
    pub(crate) command: Option<String>,
    pub(crate) file_path: Option<String>,
    notebook_path: Option<String>,
    path: Option<String>,
    pattern: Option<String>,
    url: Option<String>,
    query: Option<String>,
    description: Option<String>,
    prompt: Option<String>,
    plan: Option<String>,
    pub(crate) subagent_type: Option<String>,
    questions: Option<Value>,
    offset: Option<Value>,
    limit: Option<Value>,
}

impl Arguments {
    /// With the paths of files from a working folder on: the same file is the same one, however it is named. A model may
    /// write anything for a path, so they are redacted, before what a path leaves out makes a secret unknown.
    pub(crate) fn in_folder(mut self, cwd: Option<&str>) -> Self {
        for path in [&mut self.file_path, &mut self.notebook_path].into_iter().flatten() {
            *path = path::absolute(&redact(path).text, cwd);
        }
        self
    }

    /// The file that is read, and which part of it.
    pub(crate) fn read_part(&self, tool: &str) -> Option<(&str, String)> {
        let path = self.file_path.as_deref().filter(|_| tool == "Read")?;
        let number = |value: &Option<Value>| value.as_ref().map_or_else(String::new, ToString::to_string);
        Some((path, format!("\0{}\0{}", number(&self.offset), number(&self.limit))))
    }

    /// The file that the call changes.
    pub(crate) fn changed_file(&self, tool: &str) -> Option<&str> {
        match tool {
            "Edit" | "Write" | "MultiEdit" => self.file_path.as_deref(),
            "NotebookEdit" => self.notebook_path.as_deref(),
            _ => None,
        }
    }

    /// The argument that tells; the whole input where none does.
    pub(crate) fn summary(&self, tool: &str, input: &str) -> String {
        let question = self.questions.as_ref().and_then(|all| all.pointer("/0/question"));
        let question = question.and_then(Value::as_str).map(str::to_owned);
        let told = match tool {
            "AskUserQuestion" => question.as_ref(),
            "Agent" | "Task" => self.description.as_ref().or(self.prompt.as_ref()),
            "Grep" | "Glob" => self.pattern.as_ref(),
            "ExitPlanMode" => self.plan.as_ref(),
            _ => [
                &self.command,
                &self.file_path,
                &self.notebook_path,
                &self.url,
                &self.query,
                &self.pattern,
                &self.path,
            ]
            .into_iter()
            .find_map(Option::as_ref),
        };
        match told {
            Some(text) => text.clone(),
            None if matches!(input, "" | "{}") => String::new(),
            None => redacted(input).map_or_else(|| input.to_owned(), |value| value.to_string()),
        }
    }
}

/// The value of some JSON text with its strings redacted, each as it reads: an escape in it hides no secret. `None` for
/// what is no JSON.
pub(crate) fn redacted(json: &str) -> Option<Value> {
    let mut value = serde_json::from_str(json).ok()?;
    redact_strings(&mut value);
    Some(value)
}

fn redact_strings(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact(text).text.into_owned(),
        Value::Array(items) => items.iter_mut().for_each(redact_strings),
        Value::Object(fields) => fields.values_mut().for_each(redact_strings),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Between what stands on lines of its own: a command may go on below what looks like its end, or a comment.
const NEXT_LINE: &str = " ⏎ ";

/// Text for a line of a screen: redacted, on one line that shows where others begin, not too long.
#[must_use]
pub fn one_line(text: &str) -> String {
    // Cutting first bounds the work; a secret cut in two is still matched by its beginning.
    let head: String = text.chars().take(4 * SUMMARY_CHARS).collect();
    let clean = redact(&head).text;
    let mut line = String::new();
    for (number, part) in clean.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).enumerate() {
        let mut words = part.split_whitespace().peekable();
        if number > 0 && words.peek().is_some() && !line.is_empty() {
            line.push_str(NEXT_LINE);
        }
        for (number, word) in words.enumerate() {
            if number > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    match line.char_indices().nth(SUMMARY_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_by_what_it_is_about() {
        assert_eq!(summary("ExitPlanMode", r##"{"plan":"# Plan\n\n1. Do it\n"}"##), "# Plan ⏎ 1. Do it");
        assert_eq!(summary("Bash", r#"{"command":"ls # list\nrm -rf x"}"#), "ls # list ⏎ rm -rf x");
    }

    #[test]
    fn summaries_are_one_short_line() {
        assert_eq!(one_line("\n a\n\n\tb  c\r\nd\n"), "a ⏎ b c ⏎ d");
        assert_eq!(one_line(&"ä".repeat(1000)).chars().count(), SUMMARY_CHARS + 1);
    }
}
