//! The sentences of a report, the same in text and in Markdown.

use claudectl_fleet::money::Usd;
use claudectl_fleet::report::dialogs::{Answer, Dialog};
use claudectl_fleet::report::{
    ApiFailure, AskedOf, Changed, Did, Line, Project, Report, Repository, Waiting,
};
use claudectl_fleet::status::Source;
use jiff::Timestamp;

use crate::app::App;
use crate::format::{self, plural};

/// A moment: the time of a day of today, with the date for another one.
pub(super) fn clock(app: &App, at: i64) -> String {
    let local = |at: i64| Timestamp::from_millisecond(at).ok().map(|at| app.zone.to_datetime(at));
    match (local(at), local(app.now)) {
        (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%H:%M").to_string(),
        (Some(at), Some(now)) if at.year() == now.year() => at.strftime("%m-%d %H:%M").to_string(),
        _ => format::moment(at, &app.zone),
    }
}

/// `Since 2026-11-23 18:00 (18 h)`.
pub(super) fn title(app: &App, report: &Report) -> String {
    let (since, until) = (format::moment(report.since, &app.zone), format::moment(report.until, &app.zone));
    let took = format::age(report.until - report.since);
    match report.waiting {
        Some(_) => format!("Since {since} ({took})"),
        None => format!("From {since} to {until} ({took})"),
    }
}

/// What all came to.
pub(super) fn totals(report: &Report) -> String {
    let totals = &report.totals;
    let mut parts = vec![
        format!("{} in {}", plural(totals.sessions, "session"), plural(totals.projects, "project")),
        cost(totals.cost_usd, totals.unpriced_messages, totals.unverified_usd),
        plural(totals.commits, "commit"),
        files(totals.files, totals.lines_added, totals.lines_removed),
        plural(totals.prompts, "prompt"),
        plural(totals.tool_calls, "tool call"),
    ];
    if totals.errors > 0 {
        parts.push(format!("{} failed", format::count(totals.errors)));
    }
    if totals.subagents > 0 {
        parts.push(plural(totals.subagents, "subagent"));
    }
    parts.join(", ")
}

/// Lines added and removed, with a space before; nothing where nobody told.
fn lines(added: Option<u64>, removed: Option<u64>) -> String {
    let count = |count: Option<u64>| format::count(count.unwrap_or(0));
    if added.or(removed).is_none() {
        String::new()
    } else {
        format!(" +{} -{}", count(added), count(removed))
    }
}

fn files(files: u64, added: Option<u64>, removed: Option<u64>) -> String {
    format!("{} changed{}", plural(files, "file"), lines(added, removed))
}

pub(super) fn cost(usd: Usd, unpriced: u64, unverified: Usd) -> String {
    let unpriced = if unpriced > 0 { "+" } else { "" };
    let unverified = if unverified.cents() != 0 { "?" } else { "" };
    format!("{usd}{unpriced}{unverified}")
}

/// The exact call that waits, or what there is to say of it.
pub(super) fn waits_for(waiting: &Waiting) -> String {
    let mut calls = waiting.calls.iter().map(|call| match call.summary.as_str() {
        "" => call.tool.clone(),
        summary => format!("{}: {summary}", call.tool),
    });
    match (&waiting.status.detail, calls.next(), calls.next()) {
        (Some(detail), ..) => detail.clone(),
        (None, Some(call), None) if waiting.urgent => call,
        (None, Some(first), Some(_)) if waiting.urgent => {
            format!("one of {} open calls, such as {first}", waiting.calls.len())
        }
        _ => String::new(),
    }
}

/// That a state is a guess.
pub(super) fn guess(source: Source) -> &'static str {
    if source == Source::Inferred { " ~" } else { "" }
}

/// What a session did, in figures.
pub(super) fn figures(did: &Did) -> String {
    let mut parts = vec![cost(did.cost_usd, did.unpriced_messages, Usd::ZERO)];
    match (did.tool_calls, did.errors) {
        (Some(calls), Some(0) | None) if calls > 0 => parts.push(plural(calls, "call")),
        (Some(calls), Some(errors)) if calls + errors > 0 => {
            parts.push(format!("{}, {} failed", plural(calls, "call"), format::count(errors)));
        }
        (None, _) => parts.push("its transcript is gone: only sums are known".to_owned()),
        _ => {}
    }
    if let Some(files @ 1..) = did.files {
        parts.push(format!("{}{}", plural(files, "file"), lines(did.lines_added, did.lines_removed)));
    }
    if did.subagents > 0 {
        parts.push(plural(did.subagents, "subagent"));
    }
    for (count, what) in [(did.interrupted, "interruption"), (did.compactions, "compaction")] {
        if let Some(count @ 1..) = count {
            parts.push(plural(count, what));
        }
    }
    parts.join(", ")
}

/// What a session was asked: each line with what stands before it.
pub(super) fn asked<'a>(app: &App, asked: &'a AskedOf) -> Vec<(String, &'a str)> {
    let line = |word: &str, line: &'a Line| (format!("{word} {}", clock(app, line.at)), line.text.as_str());
    match (&asked.first, &asked.last) {
        (Some(first), Some(last)) if first.at != last.at => {
            let between = asked.prompts.unwrap_or(0).saturating_sub(2);
            let word = if between > 0 { format!("{between} more, then") } else { "then".to_owned() };
            vec![line("asked", first), line(&word, last)]
        }
        (Some(first), _) => vec![line("asked", first)],
        (None, _) => asked.before.iter().map(|before| line("asked before,", before)).collect(),
    }
}

/// Dialogs by how they were answered; nothing where there were none.
pub(super) fn dialogs(counts: impl Iterator<Item = (Answer, u64)>) -> String {
    let parts = counts.map(|(answer, count)| {
        let word = match answer {
            Answer::Open => "still open",
            Answer::TurnedDown => "turned down",
            Answer::AllowedForGood => "allowed for good",
            Answer::Allowed => "allowed",
            Answer::DeniedByHook => "denied by a hook",
            Answer::AllowedByHook => "allowed by a hook",
            Answer::Unknown => "dismissed, or answered unseen",
        };
        format!("{} {word}", format::count(count))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// A dialog's answer where it is worth a line: what did not simply go through.
pub(super) fn worth_a_line(dialog: &Dialog) -> Option<&'static str> {
    match dialog.answer {
        Answer::TurnedDown => Some("turned down"),
        Answer::DeniedByHook => Some("denied by a hook"),
        Answer::AllowedForGood => Some("allowed for good"),
        Answer::Open | Answer::Allowed | Answer::AllowedByHook | Answer::Unknown => None,
    }
}

/// `Bash: rm -rf build`.
pub(super) fn call(tool: &str, summary: &str) -> String {
    if summary.is_empty() { tool.to_owned() } else { format!("{tool}: {summary}") }
}

/// Requests that failed alike.
pub(super) fn api(failure: &ApiFailure) -> String {
    let status = failure.status.map(|status| format!(" ({status})")).unwrap_or_default();
    let name = if failure.is_rate_limit() { "rate limit".to_owned() } else { failure.kind.replace('_', " ") };
    let name = if failure.kind == "retry" && !failure.is_rate_limit() { "requests".to_owned() } else { name };
    let mut parts = Vec::new();
    if failure.failed > 0 {
        parts.push(format!("{} ended by it", plural(failure.failed, "turn")));
    }
    if failure.retried > 0 {
        parts.push(format!("tried again {}", plural(failure.retried, "time")));
    }
    format!("{name}{status}: {} in {}", parts.join(", "), plural(failure.sessions, "session"))
}

/// How a file was changed.
pub(super) fn file(changed: &Changed) -> String {
    let new = if changed.created { " new" } else { "" };
    let times = if changed.changes > 1 { format!(" ({} times)", changed.changes) } else { String::new() };
    format!("{new}{}{times}", lines(changed.added, changed.removed))
}

/// What a project came to.
pub(super) fn project(project: &Project) -> String {
    let commits: u64 = project.repositories.iter().map(|repository| repository.commits.len() as u64).sum();
    let mut parts = vec![
        cost(project.cost_usd, project.unpriced_messages, Usd::ZERO),
        plural(project.sessions.len() as u64, "session"),
    ];
    if commits > 0 || project.repositories.iter().any(|repository| repository.problem.is_none()) {
        parts.push(plural(commits, "commit"));
    }
    if !project.files.is_empty() {
        parts.push(files(project.files.len() as u64, project.lines_added, project.lines_removed));
    }
    parts.join(", ")
}

/// Why the commits of a checkout are not known.
pub(super) fn problem(app: &App, repository: &Repository) -> Option<String> {
    let problem = repository.problem.as_ref()?;
    Some(format!("commits of {} are not known: {problem}", app.env.short_path(&repository.root)))
}

/// Where the figures come from, and what is not known.
pub(super) fn sources(report: &Report) -> Vec<String> {
    let (totals, sources) = (&report.totals, &report.sources);
    let mut notes = Vec::new();
    let cost = sources.cost;
    notes.push(match (cost.responses, cost.in_quarters) {
        (_, 0) => "Cost: from the ledger, response by response.".to_owned(),
        (0, _) => {
            "Cost: from sums by quarters of an hour; a quarter that the time cuts counts whole.".to_owned()
        }
        (_, some) => format!(
            "Cost: response by response, but {} by quarters of an hour, which count whole.",
            plural(some, "response")
        ),
    });
    if totals.unpriced_messages > 0 {
        let responses = plural(totals.unpriced_messages, "unpriced response");
        notes.push(format!("+ {responses}, not in the cost: `claudectl spend` names their models."));
    }
    if totals.unverified_usd.cents() != 0 {
        notes.push(format!(
            "? {} rests on prices that nothing confirmed: `claudectl prices` shows which.",
            totals.unverified_usd
        ));
    }
    notes
        .push("Files and lines: from edits in transcripts; what commands changed is not in them.".to_owned());
    notes.extend(dialog_sources(report));
    if totals.gone > 0 {
        notes.push(format!(
            "Of {} the transcript is gone: only sums are known.",
            plural(totals.gone, "session")
        ));
    }
    notes
}

fn dialog_sources(report: &Report) -> Option<String> {
    let sources = &report.sources;
    let mut parts = Vec::new();
    if sources.dialogs_by_hooks > 0 {
        parts.push(format!("hooks told of {}", plural(sources.dialogs_by_hooks, "session")));
    }
    if sources.dialogs_by_transcript > 0 {
        let sessions = plural(sources.dialogs_by_transcript, "session");
        parts.push(format!("of {sessions} only transcripts tell: the answered ones"));
    }
    if sources.dialogs_unknown > 0 {
        let sessions = plural(sources.dialogs_unknown, "session");
        parts.push(format!("of {sessions} nothing is known (`claudectl init` installs hooks)"));
    }
    (!parts.is_empty()).then(|| format!("Permission prompts: {}.", parts.join("; ")))
}
