//! Which budgets are near or past.

use claudectl_fleet::budget::{self, Alert, Scope};
use claudectl_fleet::ledger::{Bucket, BucketKey};
use claudectl_fleet::money::Usd;
use claudectl_fleet::prices::PriceTable;
use claudectl_fleet::spend::{self, By, Query, Row, local_date, week_key};

use crate::app::{App, Catalog};

/// Budgets of today, this week, and of this month's projects and of sessions, that are near or past.
pub(crate) fn alerts(
    app: &App,
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
) -> Vec<Alert> {
    let limits = app.config.limits();
    let warn = limits.warn_at_percent;
    let rows = |by: By, since: Option<i64>| {
        let query = Query { by, since, until: None, zone: app.zone.clone() };
        spend::report(buckets.iter().copied(), prices, catalog, &query).rows
    };
    let today = local_date(app.now.div_euclid(claudectl_fleet::ledger::SLOT_MS), &app.zone);
    let spent =
        |rows: &[Row], key: &str| rows.iter().find(|row| row.key == key).map_or(Usd::ZERO, |row| row.usd);
    let mut found = Vec::new();
    if limits.day.is_some() {
        let key = today.to_string();
        found.extend(budget::alert(Scope::Day, &key, spent(&rows(By::Day, None), &key), limits.day, warn));
    }
    if limits.week.is_some() {
        let key = week_key(today);
        found.extend(budget::alert(Scope::Week, &key, spent(&rows(By::Week, None), &key), limits.week, warn));
    }
    if limits.project.is_some() {
        let month = today.first_of_month().to_datetime(jiff::civil::Time::midnight());
        let since = app.zone.to_timestamp(month).map(jiff::Timestamp::as_millisecond).ok();
        let rows = rows(By::Project, since);
        found.extend(
            rows.iter()
                .filter_map(|row| budget::alert(Scope::Project, &row.key, row.usd, limits.project, warn)),
        );
    }
    if limits.session.is_some() {
        let rows = rows(By::Session, None);
        found.extend(
            rows.iter()
                .filter_map(|row| budget::alert(Scope::Session, &row.key, row.usd, limits.session, warn)),
        );
    }
    if limits.fanout.is_some() {
        let query = Query { by: By::Session, since: None, until: None, zone: app.zone.clone() };
        let agents = buckets.iter().filter(|(key, _)| key.agent != 0).copied();
        let rows = spend::report(agents, prices, catalog, &query).rows;
        found.extend(
            rows.iter()
                .filter_map(|row| budget::alert(Scope::Fanout, &row.key, row.usd, limits.fanout, warn)),
        );
    }
    found
}
