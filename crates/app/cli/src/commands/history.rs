//! `claudectl history`: sessions of the past, with what they cost.

use std::collections::HashMap;

use claudectl_fleet::money::Usd;
use claudectl_fleet::noted::Noted;
use claudectl_fleet::project;
use claudectl_fleet::session::{TokenCounts, rfc3339};
use claudectl_fleet::spend::{self, By, Query, Row};
use claudectl_store::Store;
use claudectl_store::sessions::SessionRow;
use serde_json::{Value, json};

use crate::app::{App, Catalog};
use crate::error::Result;
use crate::format;
use crate::gather;
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, Table};
use crate::when;

/// List past sessions, newest first, those whose transcripts are gone included.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only sessions that moved since then: 24h, 7d, 2026-11-01.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only sessions of this project (part of its name or folder).
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// List so many at most; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Sessions that the published claudectl had noted, as `claudectl import` has taken them over. They are in no total.
    #[arg(long)]
    imported: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// A session and what it used in all.
struct Past<'a> {
    session: &'a SessionRow,
    used: Row,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = args
        .since
        .as_ref()
        .map(|text| when::moment_ms("--since", text, app.now, &app.zone, false))
        .transpose()?;
    if args.imported {
        return imported(app, args, since);
    }
    let ledger = sync::ledger(app, args.ledger)?;
    let catalog = Catalog::load(&ledger.store, &app.env)?;
    let mut buckets = Vec::new();
    ledger.store.buckets(None, |key, bucket| buckets.push((key, bucket)))?;
    let query = Query { by: By::Session, since: None, until: None, zone: app.zone.clone() };
    let report = spend::report(buckets, &app.prices(), &catalog, &query);
    let used: HashMap<&str, &Row> = report.rows.iter().map(|row| (row.key.as_str(), row)).collect();
    let mut past: Vec<Past<'_>> = catalog
        .sessions
        .values()
        .filter(|session| !session.sid.is_empty() && args.matches(session, since))
        .map(|session| Past {
            session,
            used: used.get(session.sid.as_str()).copied().cloned().unwrap_or_default(),
        })
        .collect();
    past.sort_by(|a, b| {
        b.session.last_at.cmp(&a.session.last_at).then_with(|| a.session.sid.cmp(&b.session.sid))
    });
    let all = past.len();
    if args.limit > 0 {
        past.truncate(args.limit);
    }
    if app.ui.json {
        return app.ui.document(&past.iter().map(json).collect::<Vec<_>>());
    }
    print(app, &past, all);
    Ok(())
}

impl Args {
    fn matches(&self, session: &SessionRow, since: Option<i64>) -> bool {
        since.is_none_or(|since| session.last_at.is_some_and(|last| last >= since))
            && self.project.as_ref().is_none_or(|text| session.is_in(text))
    }
}

fn json(past: &Past<'_>) -> Value {
    let session = past.session;
    let root = session.root();
    json!({
        "id": session.sid,
        "name": session.name,
        "project": root.map(project::name),
        "project_path": root,
        "branch": session.branch.as_deref().filter(gather::is_branch),
        "model": session.model,
        "started_at": session.first_at.and_then(rfc3339),
        "last_activity_at": session.last_at.and_then(rfc3339),
        "tokens": TokenCounts::from(&past.used.tokens),
        "messages": past.used.messages,
        "cost_usd": past.used.usd.dollars(),
        "unpriced_messages": past.used.unpriced,
        "reported_cost_usd": session.reported_usd,
        "models": past.used.models,
    })
}

fn print(app: &mut App, past: &[Past<'_>], all: usize) {
    if past.is_empty() {
        app.ui.line("No past session is known, or none matches.");
        return;
    }
    let mut table = Table::new()
        .left("LAST ROW")
        .right("TOOK")
        .flexible("SESSION", 18)
        .flexible("PROJECT", 8)
        .flexible("MODEL", 10)
        .right("RESPONSES")
        .right("OUTPUT")
        .right("COST")
        .give_way(&["OUTPUT", "RESPONSES", "TOOK", "MODEL"]);
    for Past { session, used } in past {
        let short = format::short_id(&session.sid);
        let took = session
            .first_at
            .zip(session.last_at)
            .map(|(first, last)| format::age(last.saturating_sub(first)));
        let model = session.model.as_deref().unwrap_or("-");
        let root = session.root().unwrap_or_default();
        let mark = if used.unpriced > 0 { "+" } else { "" };
        table.row([
            (
                Style::Plain,
                session.last_at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone)),
            ),
            (Style::Plain, took.unwrap_or_else(|| "-".to_owned())),
            (
                Style::Name,
                session.name.as_ref().map_or_else(|| short.clone(), |name| format!("{short} {name}")),
            ),
            (Style::Plain, project::name(root).to_owned()),
            (Style::Plain, model.strip_prefix("claude-").unwrap_or(model).to_owned()),
            (Style::Plain, format::count(used.messages)),
            (Style::Plain, format::short_count(used.tokens.output)),
            (Style::Plain, format!("{}{mark}", used.usd)),
        ]);
    }
    table.print(&mut app.ui);
    if past.len() < all {
        let more = app.ui.paint(Style::Faint, &format!("{} of {all}; -n 0 lists all", past.len()));
        app.ui.line(&more);
    }
}

/// What the published tool had noted, by its own account.
fn imported(app: &mut App, args: &Args, since: Option<i64>) -> Result<()> {
    let path = app.env.state_dir()?.join("state.db");
    let mut noted = if path.exists() { Store::open(&path)?.noted()? } else { Vec::new() };
    let text = args.project.as_ref().map(|text| text.to_lowercase());
    noted.retain(|noted| {
        since.is_none_or(|since| noted.at.is_some_and(|at| at >= since))
            && text.as_ref().is_none_or(|text| noted.project.to_lowercase().contains(text))
    });
    let all = noted.len();
    if args.limit > 0 {
        noted.truncate(args.limit);
    }
    if app.ui.json {
        return app.ui.document(&noted.iter().map(noted_json).collect::<Vec<_>>());
    }
    if noted.is_empty() {
        app.ui.line("Nothing was taken over from the published claudectl, or none of it matches.");
        app.ui.line("  `claudectl import` says what there is to take over");
        return Ok(());
    }
    let mut table = Table::new()
        .left("NOTED")
        .right("TOOK")
        .flexible("PROJECT", 8)
        .flexible("MODEL", 10)
        .right("INPUT")
        .right("OUTPUT")
        .right("NOTED COST")
        .give_way(&["INPUT", "OUTPUT", "TOOK"]);
    for noted in &noted {
        let at = noted.at.map_or_else(|| noted.written.clone(), |at| format::moment(at, &app.zone));
        let took = i64::try_from(noted.seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        table.row([
            (Style::Plain, at),
            (Style::Plain, format::age(took)),
            (Style::Plain, noted.project.clone()),
            (Style::Plain, noted.model.strip_prefix("claude-").unwrap_or(&noted.model).to_owned()),
            (Style::Plain, format::short_count(noted.input)),
            (Style::Plain, format::short_count(noted.output)),
            (Style::Plain, Usd::from_pico(noted.usd_pico.into()).to_string()),
        ]);
    }
    table.print(&mut app.ui);
    let note = "by the published claudectl's own account, counted by other rules; in no total of this one";
    let note = app.ui.paint(Style::Faint, note);
    app.ui.line(&note);
    if noted.len() < all {
        let more = app.ui.paint(Style::Faint, &format!("{} of {all}; -n 0 lists all", noted.len()));
        app.ui.line(&more);
    }
    Ok(())
}

fn noted_json(noted: &Noted) -> Value {
    json!({
        "noted_at": noted.at.and_then(rfc3339),
        "written": noted.written,
        "pid": noted.pid,
        "project": noted.project,
        "model": noted.model,
        "seconds": noted.seconds,
        "input_tokens": noted.input,
        "output_tokens": noted.output,
        "noted_usd": Usd::from_pico(noted.usd_pico.into()).dollars(),
    })
}
