//! A backtest for a terminal.

use std::path::PathBuf;

use claudectl_gate::backtest::{Call, Change, Counts, Past, Said, Tally};
use claudectl_gate::rules::Action;

use super::replay::Replay;
use super::{Args, Scope};
use crate::app::App;
use crate::format::{self, count, plural};
use crate::ui::{self, Style, Table, both_ends, clean};

/// So many tools are listed, and so many kinds of each change; `--json` has more.
const TOOLS: usize = 12;
const KINDS: usize = 5;
const MOVED: usize = 12;

/// Nothing to judge: why that may be.
pub(super) fn nothing(app: &mut App, args: &Args, replay: &Replay, roots: &[PathBuf]) {
    if replay.transcripts == 0 {
        let folders: Vec<String> =
            roots.iter().map(|root| crate::env::shown(&app.env, &root.join("projects"))).collect();
        app.ui
            .line(&clean(&format!("No call to judge: there is no transcript in {}.", folders.join(" or "))));
        return app.ui.line(
            "  Claude Code writes one with a session's first prompt. CLAUDE_CONFIG_DIR and `general.claude_dirs` name other folders.",
        );
    }
    let since = clean(&args.since);
    let of = args.project.as_deref().map(|name| format!(" in a project like {}", ui::told(name)));
    let transcripts = plural(replay.transcripts, "transcript");
    app.ui.line(&format!(
        "No call to judge: there is none since {since}{} in {transcripts}.",
        of.unwrap_or_default()
    ));
    app.ui.line("  --since looks further back, as in `claudectl gate backtest --since 365d`.");
    unreadable(app, replay);
}

pub(super) fn print(app: &mut App, scope: &Scope, replay: &Replay, tally: &Tally<'_>) {
    title(app, scope, tally);
    tools(app, tally);
    if scope.rules.is_some() {
        // What was asked for.
        moved(app, tally);
    }
    differences(app, tally);
    answers(app, tally);
    changes(app, tally);
    app.ui.line("");
    faint(app, "Files and repositories are as they are now, not as they were then.");
    faint(app, "`claudectl gate explain COMMAND` shows what decides; --json has more kinds.");
    unreadable(app, replay);
    if !replay.notes.is_empty() {
        let names = replay.notes.join(", ");
        let line = format!(
            "Not replayed, since nobody knows what was so then (cost, conflicts, the last error): {names}."
        );
        let line = app.ui.paint(Style::Notice, &clean(&line));
        app.ui.line(&line);
    }
}

fn title(app: &mut App, scope: &Scope, tally: &Tally<'_>) {
    let moment = |at: Option<i64>| at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone));
    let title = app.ui.paint(Style::Strong, "Backtest of the gate");
    let line = format!(
        "{title}: {} in {} of {}, {} to {}",
        plural(tally.total.all(), "call"),
        plural(tally.sessions.len() as u64, "session"),
        plural(tally.projects.len() as u64, "project"),
        moment(tally.first_at),
        moment(tally.last_at),
    );
    app.ui.line(&line);
    if let Some(file) = &scope.rules {
        let file = crate::env::shown(&app.env, file);
        app.ui.line(&clean(&format!("with the rules in {file} in place of yours")));
    }
}

fn heading(app: &mut App, style: Style, text: &str) {
    app.ui.line("");
    let text = app.ui.paint(style, &clean(text));
    app.ui.line(&text);
}

fn faint(app: &mut App, text: &str) {
    let text = app.ui.paint(Style::Faint, &clean(text));
    app.ui.line(&text);
}

fn style(action: Action) -> Style {
    match action {
        Action::Allow => Style::Good,
        Action::Ask => Style::Notice,
        Action::Deny => Style::Alarm,
    }
}

fn percent(counts: Counts) -> String {
    counts.unprompted().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// Verdicts by tool, the most called first.
fn tools(app: &mut App, tally: &Tally<'_>) {
    app.ui.line("");
    let mut table = Table::new()
        .flexible("TOOL", 12)
        .right("CALLS")
        .right("ALLOW")
        .right("ASK")
        .right("DENY")
        .right("NO PROMPT");
    let mut tools: Vec<(&str, Counts)> = tally.tools.iter().map(|(tool, counts)| (*tool, *counts)).collect();
    tools.sort_by_key(|(tool, counts)| (std::cmp::Reverse(counts.all()), *tool));
    for (tool, counts) in tools.iter().take(TOOLS) {
        table.row(cells(tool, Style::Name, *counts));
    }
    if tools.len() > TOOLS {
        let rest = tools[TOOLS..].iter().fold(Counts::default(), |sum, (_, counts)| sum.and(*counts));
        table.row(cells(&format!("{} more", tools.len() - TOOLS), Style::Faint, rest));
    }
    table.rule();
    table.row(cells("all", Style::Strong, tally.total));
    table.print(&mut app.ui);
}

fn cells(name: &str, named: Style, counts: Counts) -> Vec<(Style, String)> {
    let cell = |action: Action| {
        let calls = counts.of(action);
        (if calls == 0 { Style::Faint } else { style(action) }, count(calls))
    };
    vec![
        (named, name.to_owned()),
        (Style::Plain, count(counts.all())),
        cell(Action::Allow),
        cell(Action::Ask),
        cell(Action::Deny),
        (Style::Plain, percent(counts)),
    ]
}

/// How a change is told, and in which style.
const fn told(change: Change) -> (Style, &'static str) {
    match change {
        Change::Overruled => (Style::Alarm, "rejected by you, would be allowed"),
        Change::Blocked => (Style::Alarm, "ran, would be denied"),
        Change::Asked => (Style::Notice, "ran without a question, would be asked"),
        Change::PerhapsAsked => (Style::Notice, "ran, would be asked; whether you were then is not known"),
        Change::Saved => (Style::Good, "you were asked, would be allowed"),
        Change::PerhapsSaved => {
            (Style::Good, "would be allowed; in its mode Claude Code asks, unless its settings allow it")
        }
        Change::Freed => (Style::Good, "turned down as nobody could be asked, would be allowed"),
    }
}

fn differences(app: &mut App, tally: &Tally<'_>) {
    heading(app, Style::Strong, "What would be different from then");
    let found: Vec<(Change, u64)> = Change::ALL
        .into_iter()
        .map(|change| (change, tally.changed(change)))
        .filter(|(_, calls)| *calls > 0)
        .collect();
    if found.is_empty() {
        return app.ui.line("  nothing, as far as transcripts tell");
    }
    let width = found.iter().map(|(_, calls)| count(*calls).len()).max().unwrap_or(0);
    for (change, calls) in found {
        let (style, text) = told(change);
        let text = app.ui.paint(style, text);
        app.ui.line(&format!("  {:>width$}  {text}", count(calls)));
    }
}

/// What of it the person has decided.
fn answers(app: &mut App, tally: &Tally<'_>) {
    let answers = tally.agreement();
    let unknown: u64 = [Past::Hook, Past::ModeAsks, Past::ModeSilent, Past::Ran]
        .into_iter()
        .filter_map(|past| tally.pasts.get(&past))
        .map(|counts| counts.all())
        .sum();
    app.ui.line("");
    app.ui.line(&match answers.answered {
        0 => "Transcripts tell of no call that you answered yourself.".to_owned(),
        answered => format!(
            "Transcripts tell of {} that you gave: {} would be the same, {} would be asked again, {} the opposite.",
            plural(answered, "answer"),
            count(answers.same),
            count(answers.asked),
            count(answers.opposite),
        ),
    });
    if unknown > 0 {
        app.ui.line(&format!(
            "Of {} that ran they do not tell whether you were asked.",
            plural(unknown, "call")
        ));
    }
}

/// The most frequent kinds of each change.
fn changes(app: &mut App, tally: &Tally<'_>) {
    let groups = tally.changes();
    for change in Change::ALL {
        let of: Vec<_> = groups.iter().filter(|group| group.change == change).collect();
        if of.is_empty() {
            continue;
        }
        let (style, text) = told(change);
        heading(app, style, &capitalised(text));
        for group in of.iter().take(KINDS) {
            kind(app, group.calls, &group.example, &reason(&group.example.judged.said));
        }
        more(app, of.len(), KINDS);
    }
}

fn more(app: &mut App, all: usize, shown: usize) {
    if all > shown {
        faint(app, &format!("  and {}; --json has more", plural((all - shown) as u64, "more kind")));
    }
}

/// A kind: how many, why, and the latest of them.
fn kind(app: &mut App, calls: u64, example: &Call<'_>, why: &str) {
    let judged = example.judged;
    let name = app.ui.paint(Style::Name, &clean(&judged.kind));
    let calls = format!("{:>6}", count(calls));
    let room = app.ui.width.saturating_sub(10 + clean(&judged.kind).chars().count());
    app.ui.line(&format!("{calls}  {name}  {}", both_ends(&clean(why), room)));
    let session = format::short_id(example.session);
    let line = match judged.tool == judged.kind || judged.tool == "Bash" {
        true => judged.line.clone(),
        false => format!("{} {}", judged.tool, judged.line),
    };
    let room = app.ui.width.saturating_sub(12 + session.len());
    let text = format!("{}  ({})", both_ends(&clean(&line), room), clean(&session));
    let text = app.ui.paint(Style::Faint, &text);
    app.ui.line(&format!("        {text}"));
}

fn reason(said: &Said) -> String {
    let rule = said.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    format!("{}: {} ({}{rule})", said.action.word(), said.reason, said.layer.word())
}

fn moved(app: &mut App, tally: &Tally<'_>) {
    let groups = tally.moved();
    let calls: u64 = groups.iter().map(|group| group.calls).sum();
    heading(app, Style::Strong, &format!("Against your rules of today: {}", plural(calls, "other verdict")));
    app.ui.line(&format!(
        "  without a prompt: {} today, {} with these rules",
        percent(tally.today),
        percent(tally.total)
    ));
    for group in groups.iter().take(MOVED) {
        let why = reason(&group.example.judged.said);
        kind(app, group.calls, &group.example, &format!("{} -> {why}", group.before.word()));
    }
    more(app, groups.len(), MOVED);
}

fn unreadable(app: &mut App, replay: &Replay) {
    if replay.unreadable > 0 {
        let lines = plural(replay.unreadable, "line");
        faint(app, &format!("{lines} of the transcripts could not be read and count for nothing."));
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
