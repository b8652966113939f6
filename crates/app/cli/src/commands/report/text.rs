//! A report for a terminal.

use claudectl_fleet::report::{Did, Failure, Project, Report, Waiting};

use super::words;
use crate::app::App;
use crate::commands::ls;
use crate::format::{self, plural};
use crate::ui::{Style, Table, both_ends, clean, cut, told};

/// So much of each list is shown; `--json` has all.
const SESSIONS: usize = 12;
const COMMITS: usize = 8;
const FILES: usize = 6;
const DIALOGS: usize = 5;
const FAILURES: usize = 8;
const REQUESTS: usize = 5;

pub(super) fn print(app: &mut App, report: &Report, project: Option<&str>) {
    let title = words::title(app, report);
    if report.is_empty() {
        let of = project.map(|project| format!(" in a project like {project}")).unwrap_or_default();
        app.ui.line(&told(&format!("{title}: no session moved{of}, and none waits for you.")));
        app.ui
            .line("  --since looks further back, as in `claudectl report --since 30d`; all there ever was: `claudectl history`");
        return;
    }
    let title = app.ui.paint(Style::Strong, &title);
    app.ui.line(&format!("{title}: {}", words::totals(report)));
    if let Some(waiting) = &report.waiting {
        waits(app, waiting);
    }
    report.projects.iter().for_each(|project| of_project(app, project));
    failures(app, report);
    requests(app, report);
    dialogs(app, report);
    app.ui.line("");
    for note in words::sources(report) {
        faint(app, &note);
    }
}

fn heading(app: &mut App, text: &str) {
    app.ui.line("");
    let text = app.ui.paint(Style::Strong, &clean(text));
    app.ui.line(&text);
}

fn faint(app: &mut App, text: &str) {
    let text = app.ui.paint(Style::Faint, &clean(text));
    app.ui.line(&text);
}

/// A line of a list, cut to the width.
fn item(app: &mut App, indent: usize, text: &str) {
    let text = cut(&clean(text), app.ui.width.saturating_sub(indent));
    app.ui.line(&format!("{:indent$}{text}", ""));
}

fn more(app: &mut App, indent: usize, all: usize, shown: usize, what: &str) {
    if all > shown {
        let text = format!("and {} more; --json has all", plural((all - shown) as u64, what));
        let text = app.ui.paint(Style::Faint, &text);
        app.ui.line(&format!("{:indent$}{text}", ""));
    }
}

fn waits(app: &mut App, waiting: &[Waiting]) {
    heading(app, "Waits for you now");
    if waiting.is_empty() {
        return app.ui.line("  nothing");
    }
    let mut table = Table::new().left("STATUS").right("FOR").flexible("SESSION", 18).flexible("PROJECT", 8);
    for waiting in waiting {
        let state = waiting.status.state;
        let style = ls::style(state);
        let word = format!("{} {}{}", state.sign(), state.word(), words::guess(waiting.status.source));
        table.row([
            (style, word),
            (Style::Plain, waiting.waited_ms.map_or_else(|| "-".to_owned(), format::age)),
            (Style::Name, name(&waiting.session, waiting.name.as_deref())),
            (Style::Plain, waiting.project.clone()),
        ]);
        let what = words::waits_for(waiting);
        if !what.is_empty() {
            table.below(style, &both_ends(&clean(&what), app.ui.width.saturating_sub(4)));
        }
    }
    table.print(&mut app.ui);
}

fn name(id: &str, name: Option<&str>) -> String {
    let id = format::short_id(id);
    name.map_or_else(|| id.clone(), |name| format!("{id} {name}"))
}

fn of_project(app: &mut App, project: &Project) {
    let folder = project.path.as_deref().map(|path| format!(" ({})", app.env.short_path(path)));
    heading(app, &format!("{}{}: {}", project.name, folder.unwrap_or_default(), words::project(project)));
    for did in project.sessions.iter().take(SESSIONS) {
        of_session(app, did);
    }
    more(app, 2, project.sessions.len(), SESSIONS, "session");
    for repository in &project.repositories {
        for commit in repository.commits.iter().take(COMMITS) {
            let at = commit.at.map(|at| words::clock(app, at)).unwrap_or_default();
            let id: String = commit.id.chars().take(8).collect();
            item(app, 2, &format!("commit {id} {at}  {}  ({})", commit.subject, commit.author));
        }
        more(app, 2, repository.commits.len(), COMMITS, "commit");
        if let Some(problem) = words::problem(app, repository) {
            item(app, 2, &problem);
        }
    }
    if !project.files.is_empty() {
        let shown = project.files.iter().take(FILES);
        let mut files: Vec<String> =
            shown.map(|file| format!("{}{}", app.env.short_path(&file.path), words::file(file))).collect();
        if project.files.len() > FILES {
            files.push(format!("and {} more", project.files.len() - FILES));
        }
        item(app, 2, &format!("edited {}", files.join(", ")));
    }
}

fn of_session(app: &mut App, did: &Did) {
    let state = did.status.state;
    let word = format!("{} {}{}", state.sign(), state.word(), words::guess(did.status.source));
    let word = app.ui.paint(ls::style(state), &word);
    let name = app.ui.paint(Style::Name, &clean(&name(&did.id, did.name.as_deref())));
    app.ui.line(&format!("  {word}  {name}  {}", words::figures(did)));
    for (when, text) in words::asked(app, &did.asked) {
        item(app, 6, &format!("{when}: {text}"));
    }
    for url in &did.pull_requests {
        item(app, 6, &format!("pull request {url}"));
    }
    let told = did.dialogs.iter().flatten().filter_map(|dialog| Some((words::worth_a_line(dialog)?, dialog)));
    for (word, dialog) in told.take(DIALOGS) {
        let call = clean(&words::call(&dialog.tool, &dialog.summary));
        let room = app.ui.width.saturating_sub(8 + word.len());
        item(app, 6, &format!("{word}: {}", both_ends(&call, room)));
    }
}

fn failures(app: &mut App, report: &Report) {
    if report.failures.is_empty() {
        return;
    }
    heading(app, &format!("Failed: {}", plural(report.totals.errors, "tool call")));
    for failure in report.failures.iter().take(FAILURES) {
        let text = failed(app, failure);
        item(app, 2, &text);
    }
    more(app, 2, report.failures.len(), FAILURES, "kind");
}

fn failed(app: &App, failure: &Failure) -> String {
    let (id, last) = (format::short_id(&failure.session), words::clock(app, failure.last_at));
    let what = words::call(&failure.tool, &failure.message);
    format!("{} x  {} {id}, last {last}  {what}", format::count(failure.count), failure.project)
}

fn requests(app: &mut App, report: &Report) {
    if report.api_failures.is_empty() {
        return;
    }
    heading(app, "Requests that failed");
    for failure in report.api_failures.iter().take(REQUESTS) {
        let last = words::clock(app, failure.last_at);
        item(app, 2, &format!("{}, last {last}", words::api(failure)));
    }
    more(app, 2, report.api_failures.len(), REQUESTS, "kind");
}

fn dialogs(app: &mut App, report: &Report) {
    let counts = &report.totals.dialogs;
    if !counts.is_empty() {
        let all = counts.values().sum();
        let how = words::dialogs(counts.iter().map(|(answer, count)| (*answer, *count)));
        heading(app, &format!("Permission prompts: {}", format::count(all)));
        item(app, 2, &how);
    }
}
