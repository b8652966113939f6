//! `claudectl spend`: what was spent, on what.

use std::collections::HashMap;

use claudectl_fleet::budget::{Alert, Level, Scope};
use claudectl_fleet::ledger::Id;
use claudectl_fleet::reading::Quota;
use claudectl_fleet::spend::{self, By, Query, Report, Row};
use claudectl_redact::redact_known;
use claudectl_store::sessions::SessionRow;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::app::{App, Catalog};
use crate::budgets;
use crate::env;
use crate::error::{CliError, Result};
use crate::format;
use crate::quota;
use crate::sync::{self, Ledger, LedgerArgs};
use crate::ui::{Style, Table};
use crate::when;

/// Show what was spent, by day, week, month, session, project, model or agent.
///
/// Figures are what the API would charge for the tokens used (a subscription does not bill them).
/// Each response counts once, wherever its rows were copied to, subagents included. Models without a
/// known price are counted and shown as unpriced, never guessed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to make rows of.
    #[arg(long, value_enum, default_value = "day")]
    by: ByArg,
    /// Only from then on: 24h, 7d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only before then; a day includes itself.
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Where days begin: a time zone's name, or `local`.
    #[arg(long, value_name = "TZ")]
    timezone: Option<String>,
    /// Print comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ByArg {
    Day,
    Week,
    Month,
    Session,
    Project,
    Model,
    Agent,
}

impl From<ByArg> for By {
    fn from(arg: ByArg) -> Self {
        match arg {
            ByArg::Day => Self::Day,
            ByArg::Week => Self::Week,
            ByArg::Month => Self::Month,
            ByArg::Session => Self::Session,
            ByArg::Project => Self::Project,
            ByArg::Model => Self::Model,
            ByArg::Agent => Self::Agent,
        }
    }
}

/// Everything a spend report is made of.
struct Spend {
    query: Query,
    report: Report,
    alerts: Vec<Alert>,
    catalog: Catalog,
    /// The stored numbers of sessions, by their ids; only where rows are sessions.
    numbers: HashMap<String, Id>,
    ledger: Ledger,
    quota: Vec<Quota>,
    /// The limits as JSON, with each session's estimated share.
    quota_json: Vec<Value>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let query = query(app, args)?;
    let ledger = sync::ledger(app, args.ledger)?;
    let catalog = Catalog::load(&ledger.store, &app.env)?;
    let mut buckets = Vec::new();
    ledger.store.buckets(None, |key, bucket| buckets.push((key, bucket)))?;
    let prices = app.prices();
    let report = spend::report(buckets.iter().copied(), &prices, &catalog, &query);
    let alerts = budgets::alerts(app, &buckets, &prices, &catalog, &budgets::of(app, &ledger)?);
    let by_session = catalog.sessions.iter().filter(|_| query.by == By::Session);
    let numbers = by_session.map(|(number, row)| (row.sid.clone(), *number)).collect();
    let quota = quota::of(app, &ledger.store)?;
    let quota_json = quota::json(app, &quota, &buckets, &prices, &catalog);
    let spend = Spend { query, report, alerts, catalog, numbers, ledger, quota, quota_json };
    match (app.ui.json, args.csv) {
        (true, _) => app.ui.document(&spend.json()),
        (_, true) => {
            print_csv(app, &spend.report);
            Ok(())
        }
        _ => {
            print(app, &spend);
            Ok(())
        }
    }
}

fn query(app: &App, args: &Args) -> Result<Query> {
    let zone: TimeZone = match &args.timezone {
        Some(name) => app.env.zone(name)?,
        None => app.zone.clone(),
    };
    let at = |flag, text: &Option<String>, end| {
        text.as_ref().map(|text| when::moment_ms(flag, text, app.now, &zone, end)).transpose()
    };
    let (since, until) = (at("--since", &args.since, false)?, at("--until", &args.until, true)?);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(CliError::usage("--since is not before --until").fix("swap them, or leave one out"));
    }
    Ok(Query { by: args.by.into(), since, until, zone })
}

/// A row as JSON. `cache_write_5m_tokens` includes writes not said to be for an hour, as billed.
fn row_json(row: &Row) -> Value {
    json!({
        "key": row.key,
        "input_tokens": row.tokens.input,
        "output_tokens": row.tokens.output,
        "cache_read_tokens": row.tokens.cache_read,
        "cache_write_5m_tokens": row.tokens.cache_write_5m + row.tokens.cache_write_unsplit,
        "cache_write_1h_tokens": row.tokens.cache_write_1h,
        "cache_write_unsplit_tokens": row.tokens.cache_write_unsplit,
        "web_searches": row.tokens.web_searches,
        "messages": row.messages,
        "cost_usd": row.usd.dollars(),
        "unverified_cost_usd": row.unverified_usd.dollars(),
        "unpriced_messages": row.unpriced,
        "unfinished_messages": row.unfinished,
        "models": row.models,
    })
}

impl Spend {
    fn json(&self) -> Value {
        let rows: Vec<Value> = self.report.rows.iter().map(|row| self.row(row)).collect();
        let alerts: Vec<Value> = self.alerts.iter().map(alert_json).collect();
        json!({
            "rows": rows,
            "total": row_json(&self.report.total),
            "sessions": self.report.sessions,
            "unpriced_models": self.report.unpriced_models.iter().map(|(model, _)| model).collect::<Vec<_>>(),
            "budget_alerts": alerts,
            "quota": self.quota_json,
            "skipped_lines": self.ledger.skipped_lines,
            "files": self.ledger.files,
            "bytes": self.ledger.bytes,
        })
    }

    fn session(&self, row: &Row) -> Option<&SessionRow> {
        self.catalog.sessions.get(self.numbers.get(&row.key)?)
    }

    /// Sessions also carry their project, and what Claude Code itself said they cost.
    fn row(&self, row: &Row) -> Value {
        let mut value = row_json(row);
        if self.query.by == By::Session
            && let Some(session) = self.session(row)
        {
            value["project"] = json!(claudectl_fleet::project::name(session.root().unwrap_or_default()));
            value["name"] = json!(session.name);
            // Both only grow: what the status line was told is newer until the session is closed.
            let told = self.ledger.store.reading(&session.sid).ok().flatten();
            let told = told.and_then(|reading| reading.cost_usd);
            value["reported_cost_usd"] = json!(session.reported_usd.into_iter().chain(told).reduce(f64::max));
        }
        value
    }
}

fn alert_json(alert: &Alert) -> Value {
    json!({
        "scope": alert.scope,
        "subject": alert.subject,
        "spent_usd": alert.spent.dollars(),
        "limit_usd": alert.limit.dollars(),
        "level": alert.level,
        "unpriced_messages": alert.unpriced,
    })
}

fn print_csv(app: &mut App, report: &Report) {
    app.ui.line(
        "key,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,web_searches,messages,cost_usd,unpriced_messages,models",
    );
    for row in &report.rows {
        let models: Vec<&str> = row.models.iter().map(String::as_str).collect();
        let tokens = &row.tokens;
        let line = format!(
            "{},{},{},{},{},{},{},{},{:.6},{},{}",
            csv(&row.key),
            tokens.input,
            tokens.output,
            tokens.cache_read,
            tokens.cache_write_5m + tokens.cache_write_unsplit,
            tokens.cache_write_1h,
            tokens.web_searches,
            row.messages,
            row.usd.dollars(),
            row.unpriced,
            csv(&models.join(" ")),
        );
        app.ui.line(&line);
    }
}

/// A field: cleaned, quoted if it must be, and never a formula to a spreadsheet.
fn csv(text: &str) -> String {
    let text = crate::ui::clean(&redact_known(text));
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn print(app: &mut App, spend: &Spend) {
    let report = &spend.report;
    if report.rows.is_empty() {
        empty(app, spend);
        return;
    }
    let title = match spend.query.by {
        By::Day => "DAY",
        By::Week => "WEEK",
        By::Month => "MONTH",
        By::Session => "SESSION",
        By::Project => "PROJECT",
        By::Model => "MODEL",
        By::Agent => "AGENT",
    };
    let mut table = Table::new()
        .flexible(title, 18)
        .right("RESPONSES")
        .right("INPUT")
        .right("OUTPUT")
        .right("CACHE READ")
        .right("WRITE 5M")
        .right("WRITE 1H")
        .right("COST")
        .flexible("MODELS", 10)
        .give_way(&["MODELS", "INPUT", "RESPONSES", "WRITE 5M", "WRITE 1H", "CACHE READ"]);
    for row in &report.rows {
        table.row(cells(row, row_title(spend, row)));
    }
    table.rule();
    table.row(cells(&report.total, "total".to_owned()));
    table.print(&mut app.ui);
    notes(app, spend);
}

fn row_title(spend: &Spend, row: &Row) -> String {
    match spend.query.by {
        By::Session => {
            let session = spend.session(row);
            let name = session.and_then(|session| session.name.as_deref());
            let root = session.and_then(SessionRow::root);
            match name.or(root.map(claudectl_fleet::project::name)) {
                Some(name) => format!("{} {name}", format::short_id(&row.key)),
                None => row.key.clone(),
            }
        }
        By::Model => row.key.strip_prefix("claude-").unwrap_or(&row.key).to_owned(),
        _ => row.key.clone(),
    }
}

fn cells(row: &Row, title: String) -> Vec<(Style, String)> {
    let mut cost = row.usd.to_string();
    if row.unpriced > 0 {
        cost.push('+');
    }
    if row.unverified_usd.cents() != 0 {
        cost.push('?');
    }
    let models: Vec<&str> = row.models.iter().map(|m| m.strip_prefix("claude-").unwrap_or(m)).collect();
    let tokens = &row.tokens;
    vec![
        (Style::Name, title),
        (Style::Plain, format::count(row.messages)),
        (Style::Plain, format::short_count(tokens.input)),
        (Style::Plain, format::short_count(tokens.output)),
        (Style::Plain, format::short_count(tokens.cache_read)),
        (Style::Plain, format::short_count(tokens.cache_write_5m + tokens.cache_write_unsplit)),
        (Style::Plain, format::short_count(tokens.cache_write_1h)),
        (Style::Strong, cost),
        (Style::Faint, models.join(" ")),
    ]
}

fn notes(app: &mut App, spend: &Spend) {
    let report = &spend.report;
    let mut notes = Vec::new();
    if report.total.unpriced > 0 {
        let models: Vec<String> =
            report.unpriced_models.iter().map(|(model, count)| format!("{model} ({count})")).collect();
        let responses = format::plural(report.total.unpriced, "unpriced response");
        notes.push(format!("+ {responses}, not in the cost: {}", models.join(", ")));
        notes.push(
            "  set a price with: claudectl config set 'prices.\"MODEL\"' '{ input = 1.0, ... }'".to_owned(),
        );
    }
    if report.total.unverified_usd.cents() != 0 {
        notes.push(format!(
            "? {} rests on prices that nothing confirmed: `claudectl prices` shows which",
            report.total.unverified_usd
        ));
    }
    if report.total.unfinished > 0 {
        let responses = format::plural(report.total.unfinished, "response");
        notes.push(format!("{responses} never said that they had ended: their output is a lower bound"));
    }
    if spend.ledger.skipped_lines > 0 {
        notes.push(format!("{} could not be read", format::plural(spend.ledger.skipped_lines, "line")));
    }
    for note in notes {
        let note = app.ui.paint(Style::Faint, &crate::ui::clean(&note));
        app.ui.line(&note);
    }
    quota::print(app, &spend.quota);
    for level in [Level::Exceeded, Level::Unknown, Level::Warning] {
        let alerts: Vec<_> = spend.alerts.iter().filter(|alert| alert.level == level).collect();
        alerts.iter().take(MOST_ALERTS).for_each(|alert| print_alert(app, alert));
        if alerts.len() > MOST_ALERTS {
            let more = alerts.len() - MOST_ALERTS;
            let text = format!("{}: {more} more; `claudectl spend --json` has all", budget_word(level));
            app.ui.line(&app.ui.paint(Style::Faint, &text));
        }
    }
}

/// Alerts of a level that are shown; the worst come first.
const MOST_ALERTS: usize = 5;

fn budget_word(level: Level) -> &'static str {
    match level {
        Level::Exceeded => "over budget",
        Level::Unknown => "budget not known",
        Level::Warning | Level::Ok => "near budget",
    }
}

fn print_alert(app: &mut App, alert: &Alert) {
    let style = if alert.level == Level::Exceeded { Style::Alarm } else { Style::Notice };
    let subject = match alert.scope {
        Scope::Session | Scope::Fanout => format::short_id(&alert.subject),
        Scope::Project | Scope::Day | Scope::Week => alert.subject.clone(),
    };
    let (word, scope) = (budget_word(alert.level), alert.scope.word());
    let mark = if alert.unpriced > 0 { "+" } else { "" };
    let text = format!("{word}: {scope} {subject}: {}{mark} of {}", alert.spent, alert.limit);
    let text = app.ui.paint(style, &crate::ui::clean(&text));
    app.ui.line(&text);
}

fn empty(app: &mut App, spend: &Spend) {
    if spend.query.since.is_some() || spend.query.until.is_some() {
        app.ui.line("Nothing was spent in that time.");
        return;
    }
    let folders: Vec<String> = spend.ledger.roots.iter().map(|root| env::shown(&app.env, root)).collect();
    app.ui.line("Nothing has been spent: no transcript holds a response.");
    app.ui.line(&format!("  looked in: {}", crate::ui::clean(&folders.join(", "))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields() {
        assert_eq!(csv("plain"), "plain");
        assert_eq!(csv("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv("=cmd()"), "'=cmd()");
    }
}
