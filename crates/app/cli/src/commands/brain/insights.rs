//! `claudectl brain insights`: what goes wrong again and again, and what costs more than it should.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use claudectl_brain::insights::{self, Answered, Ended, Insight, Seen};
use claudectl_brain::thought::Thought;
use claudectl_fleet::ledger::{Bucket, BucketKey, SLOT_MS};
use claudectl_fleet::report::Window;
use claudectl_fleet::report::dialogs::{Answer, dialogs};
use claudectl_fleet::session::rfc3339;
use claudectl_fleet::spend::{self, By, Query};
use claudectl_fleet::tools::Family;
use claudectl_fleet::{context, project};
use claudectl_gate::{backtest, tools};
use claudectl_shell::facts::{NoFacts, Place};
use claudectl_store::snapshot;
use claudectl_store::{Store, gate::Decision};
use jiff::Timestamp;
use serde_json::json;

use super::suggest;
use crate::app::{App, Catalog};
use crate::error::{CliError, Result};
use crate::format::plural;
use crate::ingest;
use crate::judging::Judge;
use crate::judging::learned::Learned;
use crate::recall;
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, clean};

/// Say what goes wrong again and again, and what costs more than it should, over all sessions of the last weeks.
///
/// What is asked again and again and always allowed, rules that are missing, errors in loops, contexts that fill up, opinions
/// that are often wrong, hours at which prompts wait, and what is spent. What you have seen before is left out.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What you have seen before, too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// So far back it looks.
const SINCE_MS: i64 = 30 * DAY_MS;
/// So many decisions are looked through.
const MOST_DECISIONS: u32 = 50_000;
/// What was shown, below the state folder, and how long that is remembered when it is found no more.
const SHOWN: &str = "insights.json";
const REMEMBERED_MS: i64 = 90 * DAY_MS;
/// Such a share of its window is a full context.
const FULL: f64 = 0.8;

/// When each insight was first shown, by its id.
type Shown = BTreeMap<String, i64>;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let home = app.env.state_dir()?;
    let mut ledger = sync::ledger(app, args.ledger)?;
    if !ledger.in_memory {
        ingest::journal(&mut ledger.store, &home)?;
    }
    let all = insights::find(&seen(app, &ledger.store)?);
    let mut shown = shown(&home);
    let is_new = |one: &Insight| !shown.contains_key(&one.id);
    let found: Vec<(&Insight, bool)> =
        all.iter().map(|one| (one, is_new(one))).filter(|(_, new)| args.all || *new).collect();
    if app.ui.json {
        let one = |(one, new): &(&Insight, bool)| {
            let mut document = json!(one);
            document["new"] = json!(new);
            document["first_shown_at"] = json!(shown.get(&one.id).copied().and_then(rfc3339));
            document
        };
        app.ui.document(&found.iter().map(one).collect::<Vec<_>>())?;
    } else {
        print(app, &found, all.len(), args.all);
    }
    // What an agent has looked at, the person has not seen.
    if app.env.inside_claude_code || ledger.in_memory {
        return Ok(());
    }
    let before = shown.clone();
    for one in &all {
        shown.entry(one.id.clone()).or_insert(app.now);
    }
    let still = |id: &str| all.iter().any(|one| one.id == id);
    shown.retain(|id, at| still(id) || app.now.saturating_sub(*at) < REMEMBERED_MS);
    if shown != before {
        let bytes = serde_json::to_vec(&shown).map_err(claudectl_store::StoreError::from)?;
        snapshot::write_own(&home, SHOWN, &bytes).map_err(|error| {
            CliError::external("what was shown cannot be kept")
                .why(error)
                .fix("check the owner and mode of the state folder")
        })?;
    }
    Ok(())
}

/// What was shown before. Where that cannot be read everything is new.
fn shown(home: &Path) -> Shown {
    snapshot::own_bytes(home, SHOWN)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

fn print(app: &mut App, found: &[(&Insight, bool)], all: usize, with_known: bool) {
    for (number, (one, new)) in found.iter().enumerate() {
        if number > 0 {
            app.ui.line("");
        }
        let (style, word) = if one.warning { (Style::Notice, "warning") } else { (Style::Plain, "info") };
        let word = app.ui.paint(style, &format!("{word:>8}"));
        let known = if *new || !with_known { "" } else { "  (seen before)" };
        app.ui.line(&format!("{word}  {}{known}", clean(&one.message)));
        for (name, text) in [("do", one.advice.as_str()), ("id", one.id.as_str())] {
            let name = app.ui.paint(Style::Faint, &format!("{name:>8}"));
            app.ui.line(&format!("{name}  {}", clean(text)));
        }
    }
    if found.is_empty() {
        app.ui.line(&match all {
            0 => "Nothing stands out in the last 30 days.".to_owned(),
            _ => format!("Nothing new: {} you have seen before (--all).", plural(all as u64, "insight")),
        });
    }
}

/// Everything that insights come of.
fn seen(app: &App, store: &Store) -> Result<Seen> {
    let since = app.now.saturating_sub(SINCE_MS);
    let decisions = store.decisions(since, MOST_DECISIONS)?;
    let mut seen = Seen { waits: waits(app, store, since)?, ..Seen::default() };
    let mut judge = Judge::new(app)?.with(Learned::nothing(app)?);
    for one in recall::answers(app, store, &mut judge, None)? {
        if one.answer.made_at < since || !one.source.is_trial() {
            continue;
        }
        let what = match &one.call {
            Some(call) => backtest::kind(&call.asked.tool, &call.judged.report),
            None => one.answer.tool.clone(),
        };
        let thought: Option<Thought> =
            one.answer.thought.as_deref().and_then(|text| serde_json::from_str(text).ok());
        seen.answered.push(Answered {
            project: project::name(&one.answer.project).to_owned(),
            what,
            wanted: one.answer.wanted,
            thought: thought.map(|thought| thought.p),
        });
    }
    let catalog = Catalog::load(store, &app.env)?;
    let roots = catalog.roots_of_sessions();
    let mut kinds: HashMap<(String, String), String> = HashMap::new();
    for one in decisions.iter().rev() {
        let failed = match one.outcome.as_ref().map(|outcome| outcome.what.as_str()) {
            Some("ran") => false,
            Some("failed") => true,
            _ => continue,
        };
        let root = roots.get(one.session.as_str()).copied().unwrap_or_default();
        let key = (one.tool.clone(), one.summary.clone());
        let what = kinds.entry(key).or_insert_with(|| kind(app, one, root)).clone();
        let project = project::name(root).to_owned();
        seen.ended.push(Ended { session: one.session.clone(), project, what, failed });
    }
    let prices = app.prices();
    for row in catalog.sessions.values().filter(|row| row.last_at.is_some_and(|at| at >= since)) {
        let model = row.model.as_deref().unwrap_or_default();
        let canonical = prices.canonical(model);
        let user = app.config.context_max(model).or_else(|| app.config.context_max(canonical?));
        let largest_seen = row.largest_context;
        let evidence = context::Evidence { model, user, largest_seen, ..context::Evidence::default() };
        let Some(window) = context::window(&evidence, canonical) else { continue };
        seen.sessions.0 += u64::from(row.largest_context > 0);
        seen.sessions.1 += u64::from(row.largest_context as f64 >= FULL * window.tokens as f64);
    }
    seen.usd = (spent(app, store, &catalog, 0)?, spent(app, store, &catalog, 1)?);
    seen.rules = suggest::proposed(app, store)?;
    Ok(seen)
}

/// How long prompts waited: those that were turned down, and those for changes of files, which take no time themselves.
fn waits(app: &App, store: &Store, since: i64) -> Result<Vec<(u8, i64)>> {
    let window = Window { since, until: app.now };
    let mut found = Vec::new();
    for sid in store.sessions_since(since)? {
        let events = store.events_between(&sid, since, app.now)?;
        for dialog in dialogs(&events, &[], window, false) {
            let is_plain = dialog.answer == Answer::TurnedDown || Family::Edit.has(&dialog.tool);
            if let (true, Some(asked), Some(settled)) = (is_plain, dialog.asked_at, dialog.settled_at) {
                found.push((hour(app, asked), settled.saturating_sub(asked)));
            }
        }
    }
    Ok(found)
}

fn hour(app: &App, at: i64) -> u8 {
    let at = app.zone.to_datetime(Timestamp::from_millisecond(at).unwrap_or_default());
    u8::try_from(at.hour()).unwrap_or_default()
}

fn kind(app: &App, one: &Decision, root: &str) -> String {
    let home = app.env.home.as_deref().and_then(Path::to_str).unwrap_or_default();
    let place = Place { home, folder: Some(root), root: Some(root), facts: &NoFacts };
    match recall::input(&one.tool, &one.summary) {
        Some(input) => backtest::kind(&one.tool, &tools::report(&one.tool, &input, place)),
        None => one.tool.clone(),
    }
}

/// Dollars of the seven days that ended so many weeks ago.
fn spent(app: &App, store: &Store, catalog: &Catalog, weeks: i64) -> Result<f64> {
    let until = app.now.saturating_sub(weeks * 7 * DAY_MS);
    let since = until.saturating_sub(7 * DAY_MS);
    let mut buckets: Vec<(BucketKey, Bucket)> = Vec::new();
    store.buckets_between(since.div_euclid(SLOT_MS), until.div_euclid(SLOT_MS), |key, bucket| {
        buckets.push((key, bucket))
    })?;
    let query = Query { by: By::Week, since: Some(since), until: Some(until), zone: app.zone.clone() };
    Ok(spend::report(buckets, &app.prices(), catalog, &query).total.usd.dollars())
}
