//! `claudectl budget ls`: what was spent of what may be.

use std::collections::HashSet;
use std::path::Path;

use claudectl_agents::checkout;
use claudectl_fleet::budget::{Level, Own, Scope};
use claudectl_fleet::session::rfc3339;
use serde_json::{Value, json};

use super::Books;
use crate::app::App;
use crate::budgets::Standing;
use crate::error::Result;
use crate::format;
use crate::gather;
use crate::ui::{Style, Table};

#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Sessions that do not run, too.
    #[arg(long)]
    all: bool,
}

/// A budget, as it is shown.
struct Line {
    standing: Standing,
    level: Level,
    /// What a person gave: that counts in the place of what is configured, or raises it.
    own: Option<Own>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let books = Books::open(app)?;
    let lines = lines(app, &books, args.all);
    if app.ui.json {
        let now = rfc3339(app.now);
        return app.ui.document(&lines.iter().map(|line| document(line, now.as_deref())).collect::<Vec<_>>());
    }
    if books.budgets.is_empty() {
        app.ui.line("No budget is set. What one session may cost is set by: claudectl config set budget.session_usd 5");
        app.ui.line("The keys of `claudectl config` that begin with `budget.` are about projects, days, weeks and subagents.");
        return Ok(());
    }
    if lines.is_empty() {
        app.ui.line(
            "No session runs that has a budget; `claudectl budget ls --all` shows those that have ended.",
        );
        return Ok(());
    }
    print(app, &lines);
    Ok(())
}

/// Days and weeks, projects, and sessions that run or have a budget of their own.
fn lines(app: &App, books: &Books, all: bool) -> Vec<Line> {
    let live: Vec<String> = gather::live_ids(app, &books.ledger).into_iter().map(|(sid, _)| sid).collect();
    let mut wanted: HashSet<(Scope, &str)> = HashSet::new();
    for sid in &live {
        wanted.extend([(Scope::Session, sid.as_str()), (Scope::Fanout, sid.as_str())]);
    }
    wanted.extend(books.budgets.own.iter().map(|own| (own.scope, own.subject.as_str())));
    let is_wanted = |one: &&Standing| {
        let of_session = matches!(one.scope, Scope::Session | Scope::Fanout);
        all || !of_session || wanted.contains(&(one.scope, one.subject.as_str()))
    };
    let mut found: Vec<Standing> = books.standings.iter().filter(is_wanted).cloned().collect();
    let project = app.env.cwd.as_deref().and_then(Path::to_str).map(checkout::project);
    if let Some(project) = project.as_deref().filter(|_| found.iter().all(|one| one.scope != Scope::Project))
    {
        // What counts here is listed before anything was spent of it.
        wanted.insert((Scope::Project, project));
    }
    for (scope, subject) in &wanted {
        if !found.iter().any(|one| one.scope == *scope && one.subject == *subject) {
            found.extend(books.unspent(*scope, subject));
        }
    }
    let order = |scope: Scope| Scope::ALL.iter().rev().position(|other| *other == scope);
    found.sort_by(|a, b| {
        let place = |one: &Standing| (order(one.scope), std::cmp::Reverse(one.spent), one.subject.clone());
        place(a).cmp(&place(b))
    });
    found.into_iter().map(|standing| line(books, standing)).collect()
}

fn line(books: &Books, standing: Standing) -> Line {
    let fits = |own: &&Own| {
        own.scope == standing.scope
            && own.subject == standing.subject
            && own.limit == standing.limit
            && (own.month.is_empty() || own.month == books.month)
    };
    Line {
        level: standing.level(books.budgets.limits.warn_at_percent),
        own: books.budgets.own.iter().rfind(fits).cloned(),
        standing,
    }
}

fn percent(standing: &Standing) -> f64 {
    standing.spent.dollars() * 100.0 / standing.limit.dollars()
}

const fn given(own: &Own) -> &'static str {
    if own.raised { "raised" } else { "set" }
}

fn document(line: &Line, now: Option<&str>) -> Value {
    let one = &line.standing;
    json!({
        "scope": one.scope,
        "subject": one.subject,
        "name": one.name,
        "spent_usd": one.spent.dollars(),
        "limit_usd": one.limit.dollars(),
        "percent": percent(one),
        "level": line.level,
        "unpriced_messages": one.unpriced,
        "given": line.own.as_ref().map(given),
        "as_of": now,
    })
}

fn print(app: &mut App, lines: &[Line]) {
    let mut table = Table::new()
        .left("BUDGET")
        .flexible("OF", 8)
        .right("SPENT")
        .right("LIMIT")
        .right("USED")
        .left("STATE");
    for line in lines {
        let one = &line.standing;
        let style = match line.level {
            Level::Ok => Style::Good,
            Level::Warning | Level::Unknown => Style::Notice,
            Level::Exceeded => Style::Alarm,
        };
        let name = match one.scope {
            Scope::Session | Scope::Fanout => format::short_id(&one.subject),
            Scope::Project | Scope::Day | Scope::Week => one.name.clone(),
        };
        let unpriced = if one.unpriced > 0 { "+" } else { "" };
        let own = line.own.as_ref().map(|own| format!(", {}", given(own))).unwrap_or_default();
        table.row([
            (Style::Plain, one.scope.word().to_owned()),
            (Style::Name, name),
            (Style::Plain, format!("{}{unpriced}", one.spent)),
            (Style::Plain, one.limit.to_string()),
            (Style::Plain, format!("{:.0}%", percent(one))),
            (style, format!("{}{own}", line.level.word())),
        ]);
    }
    table.print(&mut app.ui);
    if lines.iter().any(|line| line.level == Level::Unknown) {
        app.ui.line("unknown: a model has no price, so each call is asked about (claudectl spend names it; [prices.\"MODEL\"] gives it one)");
    }
}
