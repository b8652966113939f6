//! What the status line reads of the ledger without opening it: how much today and this week have cost.

use std::collections::BTreeMap;
use std::ops::Add;
use std::path::Path;

use claudectl_fleet::ledger::{Bucket, BucketKey, SLOT_MS};
use claudectl_fleet::spend::{self, By, Query, local_date, week_key};
use claudectl_store::Store;
use claudectl_store::snapshot::{self, Snapshot};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::app::{App, Catalog};
use crate::error::{CliError, Result};

/// The section of budgets.
const BUDGET: &str = "budget";

/// What was spent in the last days, by quarters of an hour: who reads it knows in which zone days begin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// When it was summed, milliseconds since the epoch.
    pub(crate) as_of: i64,
    /// The quarter of an hour, and dollars.
    slots: Vec<(i64, f64)>,
}

impl Spent {
    /// What a local day has cost.
    pub(crate) fn on(&self, day: Date, zone: &TimeZone) -> f64 {
        self.sum(|at| at == day, zone)
    }

    /// What the ISO week of a local day has cost.
    pub(crate) fn in_week_of(&self, day: Date, zone: &TimeZone) -> f64 {
        let week = week_key(day);
        self.sum(|at| week_key(at) == week, zone)
    }

    fn sum(&self, wanted: impl Fn(Date) -> bool, zone: &TimeZone) -> f64 {
        let slots = self.slots.iter().filter(|(slot, _)| wanted(local_date(*slot, zone)));
        // The sum of none is a negative zero, which would be shown as one.
        slots.map(|(_, usd)| usd).fold(0.0, Add::add)
    }
}

/// Sums what the last days have cost, and keeps it where hot paths read.
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
    let (prices, catalog) = (app.prices(), Catalog::of(store, Vec::new())?);
    // A week, in any zone, and a day more.
    let from = app.now.div_euclid(SLOT_MS) - 9 * 24 * 4;
    let mut slots: BTreeMap<i64, Vec<(BucketKey, Bucket)>> = BTreeMap::new();
    store.buckets(None, |key, bucket| {
        if key.slot >= from {
            slots.entry(key.slot).or_default().push((key, bucket));
        }
    })?;
    let query = Query { by: By::Session, since: None, until: None, zone: TimeZone::UTC };
    let usd = |buckets: Vec<(BucketKey, Bucket)>| spend::report(buckets, &prices, &catalog, &query).total.usd;
    let slots = slots.into_iter().map(|(slot, buckets)| (slot, usd(buckets).dollars()));
    Ok(Spent { as_of: app.now, slots: slots.collect() })
}
