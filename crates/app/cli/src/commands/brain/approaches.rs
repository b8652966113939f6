//! `claudectl brain approaches`: which ways of testing, building and the like succeed, how long they take and what they cost.

use std::collections::HashMap;

use claudectl_brain::stats::material::Window;
use claudectl_brain::stats::work;
use claudectl_fleet::ledger::{Bucket, BucketKey};
use claudectl_fleet::spend::{self, By, Query};
use claudectl_store::Store;
use jiff::tz::TimeZone;
use serde_json::json;

use super::stats::{self, Scope, text};
use crate::app::{App, Catalog};
use crate::error::Result;
use crate::measuring;
use crate::ui::without_secrets;

/// Say which ways of reaching a purpose succeed: by project, the commands that test, build, check, format and install.
///
/// Of each: how often it succeeds, how often at once, how long it takes, and what it costs as its share of the session.
/// Those that are surest to succeed come first. See docs/brain-metrics.md.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    scope: Scope,
    /// No list is longer.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = args.scope.since(app)?;
    let project = args.scope.project();
    let found = measuring::look(app, since)?;
    if found.calls.is_empty() && !app.ui.json {
        super::outcomes::nothing(app);
        return Ok(());
    }
    let usd = found.store.as_ref().map_or(Ok(HashMap::new()), |store| costs(app, store))?;
    let window = Window { since, project: project.as_deref() };
    let (material, more) = stats::of_calls(app, found, window);
    let metric = work::approaches(&material, &usd, args.top as usize);
    if app.ui.json {
        return app.ui.document(&without_secrets(stats::document(&material, &metric, json!({}))?));
    }
    text::title(app, &format!("Which ways succeed{}", args.scope.shown()));
    text::counted(app, &material, more);
    text::metric(app, &metric);
    Ok(())
}

/// What each session cost, in dollars. One of which a part has no price is left out: its share would be too small.
fn costs(app: &App, store: &Store) -> Result<HashMap<String, f64>> {
    let mut buckets: Vec<(BucketKey, Bucket)> = Vec::new();
    store.buckets(None, |key, bucket| buckets.push((key, bucket)))?;
    let catalog = Catalog::load(store, &app.env)?;
    let query = Query { by: By::Session, since: None, until: None, zone: TimeZone::UTC };
    let report = spend::report(buckets, &app.prices(), &catalog, &query);
    let priced = report.rows.into_iter().filter(|row| row.unpriced == 0);
    Ok(priced.map(|row| (row.key, row.usd.dollars())).collect())
}
