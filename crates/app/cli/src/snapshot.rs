//! What the status line reads of the ledger without opening it: how much today and this week have cost.

use std::path::Path;

use claudectl_fleet::ledger::SLOT_MS;
use claudectl_fleet::money::Usd;
use claudectl_fleet::spend::{self, By, Query, local_date, week_key};
use claudectl_store::Store;
use claudectl_store::snapshot::{self, Snapshot};
use serde::{Deserialize, Serialize};

use crate::app::{App, Catalog};
use crate::error::{CliError, Result};

/// The section of budgets.
const BUDGET: &str = "budget";

/// What was spent, as of some moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// Milliseconds since the epoch.
    pub(crate) as_of: i64,
    /// The local day, `2026-11-25`.
    pub(crate) day: String,
    pub(crate) day_usd: f64,
    pub(crate) day_limit_usd: Option<f64>,
    /// The ISO week, `2026-W48`.
    pub(crate) week: String,
    pub(crate) week_usd: f64,
    pub(crate) week_limit_usd: Option<f64>,
}

/// Sums what today and this week have cost, and keeps it where hot paths read.
pub(crate) fn renew(app: &App, store: &Store, home: &Path) -> Result<()> {
    let spent = spent(app, store)?;
    // The moment alone is no change.
    if read(home).is_some_and(|last| Spent { as_of: spent.as_of, ..last } == spent) {
        return Ok(());
    }
    let json = serde_json::to_vec(&spent).map_err(claudectl_store::StoreError::from)?;
    snapshot::write(home, &[(BUDGET, &json)]).map_err(|error| {
        CliError::external(format!("cannot write {}", home.join(snapshot::FILE).display()))
            .why(error)
            .fix("check the owner and mode of the state folder, and the room on its disk")
    })
}

/// What the last pass has summed.
pub(crate) fn read(home: &Path) -> Option<Spent> {
    serde_json::from_slice(Snapshot::read(home)?.section(BUDGET)?).ok()
}

fn spent(app: &App, store: &Store) -> Result<Spent> {
    let (prices, limits) = (app.prices(), app.config.limits());
    let catalog = Catalog::of(store, Vec::new())?;
    let today = local_date(app.now.div_euclid(SLOT_MS), &app.zone);
    let (day, week) = (today.to_string(), week_key(today));
    let mut buckets = Vec::new();
    // A week has at most so many quarters of an hour, those of a changed clock included.
    let from = app.now.div_euclid(SLOT_MS) - 8 * 24 * 4;
    store.buckets(None, |key, bucket| {
        if key.slot >= from {
            buckets.push((key, bucket));
        }
    })?;
    let sum = |by: By, key: &str| {
        let query = Query { by, since: None, until: None, zone: app.zone.clone() };
        let rows = spend::report(buckets.iter().copied(), &prices, &catalog, &query).rows;
        rows.iter().find(|row| row.key == key).map_or(Usd::ZERO, |row| row.usd).dollars()
    };
    Ok(Spent {
        as_of: app.now,
        day_usd: sum(By::Day, &day),
        day_limit_usd: limits.day.map(Usd::dollars),
        week_usd: sum(By::Week, &week),
        week_limit_usd: limits.week.map(Usd::dollars),
        day,
        week,
    })
}
