//! A report in Markdown, to paste into a message or an issue.
//!
//! Whatever comes from outside stands in code spans, in which nothing links, mentions, loads or formats.

use claudectl_fleet::call::shortened;
use claudectl_fleet::report::{Did, Project, Report, Waiting};

use super::words;
use crate::app::App;
use crate::format::{self, plural};
use crate::ui::clean;

/// So much of each list is written; `--json` has all.
const SESSIONS: usize = 30;
const COMMITS: usize = 20;
const FILES: usize = 15;
const FAILURES: usize = 10;

pub(super) fn print(app: &mut App, report: &Report) {
    let title = words::title(app, report);
    app.ui.line(&format!("# {title}\n\n{}.", words::totals(report)));
    if let Some(waiting) = &report.waiting {
        app.ui.line("\n## Waits for you now\n");
        if waiting.is_empty() {
            app.ui.line("Nothing.");
        }
        waiting.iter().for_each(|waiting| waits(app, waiting));
    }
    report.projects.iter().for_each(|project| of_project(app, project));
    failures(app, report);
    requests(app, report);
    if !report.totals.dialogs.is_empty() {
        let counts = report.totals.dialogs.iter().map(|(answer, count)| (*answer, *count));
        app.ui.line(&format!("\n## Permission prompts\n\n{}.", words::dialogs(counts)));
    }
    app.ui.line("\n---\n");
    words::sources(report).iter().for_each(|note| app.ui.line(&format!("- {note}")));
}

/// A code span: its fence is longer than any run of backticks in it.
pub(crate) fn code(text: &str) -> String {
    let text = clean(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn more(app: &mut App, indent: usize, all: usize, shown: usize, what: &str) {
    if all > shown {
        app.ui.line(&format!("{:indent$}- and {} more", "", plural((all - shown) as u64, what)));
    }
}

/// Characters of a call that waits.
const CALL: usize = 400;

fn waits(app: &mut App, waiting: &Waiting) {
    let status = &waiting.status;
    let since = waiting.waited_ms.map(|waited| format!(" for {}", format::age(waited))).unwrap_or_default();
    let what = match words::waits_for(waiting) {
        what if what.is_empty() => String::new(),
        what => format!(": {}", code(&shortened(&what, CALL))),
    };
    let (word, guess) =
        (status.state.word(), if words::guess(status.source).is_empty() { "" } else { " (a guess)" });
    let name = name(&waiting.session, waiting.name.as_deref());
    app.ui.line(&format!("- **{word}**{guess}{since}, {name} in {}{what}", code(&waiting.project)));
}

fn name(id: &str, name: Option<&str>) -> String {
    let id = code(&format::short_id(id));
    name.map_or_else(|| id.clone(), |name| format!("{id} {}", code(name)))
}

fn of_project(app: &mut App, project: &Project) {
    app.ui.line(&format!("\n## {}\n\n{}.\n", code(&project.name), words::project(project)));
    project.sessions.iter().take(SESSIONS).for_each(|did| of_session(app, did));
    more(app, 0, project.sessions.len(), SESSIONS, "session");
    for repository in &project.repositories {
        for commit in repository.commits.iter().take(COMMITS) {
            let at = commit.at.map(|at| words::clock(app, at)).unwrap_or_default();
            let id: String = commit.id.chars().take(8).collect();
            let (subject, author) = (code(&commit.subject), code(&commit.author));
            app.ui.line(&format!("- commit {} {at}: {subject} by {author}", code(&id)));
        }
        more(app, 0, repository.commits.len(), COMMITS, "commit");
        if let Some(problem) = words::problem(app, repository) {
            app.ui.line(&format!("- {}", code(&problem)));
        }
    }
    for file in project.files.iter().take(FILES) {
        let path = app.env.short_path(&file.path);
        app.ui.line(&format!("- edited {}{}", code(&path), words::file(file)));
    }
    more(app, 0, project.files.len(), FILES, "file");
}

fn of_session(app: &mut App, did: &Did) {
    let (name, figures) = (name(&did.id, did.name.as_deref()), words::figures(did));
    app.ui.line(&format!("- **{}** {name}: {figures}", did.status.state.word()));
    for (when, text) in words::asked(app, &did.asked) {
        app.ui.line(&format!("  - {when}: {}", code(text)));
    }
    for url in &did.pull_requests {
        app.ui.line(&format!("  - pull request {}", code(url)));
    }
    for dialog in did.dialogs.iter().flatten() {
        if let Some(word) = words::worth_a_line(dialog) {
            app.ui.line(&format!("  - {word}: {}", code(&words::call(&dialog.tool, &dialog.summary))));
        }
    }
}

fn failures(app: &mut App, report: &Report) {
    if report.failures.is_empty() {
        return;
    }
    app.ui.line(&format!("\n## Failed: {}\n", plural(report.totals.errors, "tool call")));
    for failure in report.failures.iter().take(FAILURES) {
        let (id, last) = (format::short_id(&failure.session), words::clock(app, failure.last_at));
        let what = code(&words::call(&failure.tool, &failure.message));
        let (count, project) = (format::count(failure.count), code(&failure.project));
        app.ui.line(&format!("- {count} x {project} {}, last {last}: {what}", code(&id)));
    }
    more(app, 0, report.failures.len(), FAILURES, "kind");
}

fn requests(app: &mut App, report: &Report) {
    if report.api_failures.is_empty() {
        return;
    }
    app.ui.line("\n## Requests that failed\n");
    for failure in &report.api_failures {
        let last = words::clock(app, failure.last_at);
        app.ui.line(&format!("- {}, last {last}", code(&words::api(failure))));
    }
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn nothing_gets_out_of_a_code_span() {
        assert_eq!(code("plain @somebody #1"), "`plain @somebody #1`");
        assert_eq!(code("a ``b` c"), "```a ``b` c```");
        assert_eq!(code("`x`"), "`` `x` ``");
        assert_eq!(code(""), "`  `");
        assert_eq!(code("a\nb\u{1b}[2J"), code("a b"), "one line");
    }
}
