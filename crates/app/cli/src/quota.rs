//! The account's limits, as Claude Code told its status line: facts, with their age. Which session took which
//! share is our estimate, and told as one.

use claudectl_fleet::ledger::{Bucket, BucketKey, SLOT_MS};
use claudectl_fleet::prices::PriceTable;
use claudectl_fleet::reading::Quota;
use claudectl_fleet::session::rfc3339;
use claudectl_fleet::spend::{self, By, Query};
use claudectl_store::Store;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::app::{App, Catalog};
use crate::error::Result;
use crate::format;
use crate::ui::{Style, clean};

/// A limit that was told this long ago and has no end of its own is not shown any more.
const OLD_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// From so much on, in percent, a limit is near; from so much it is nearly gone.
const NEAR_PCT: f64 = 80.0;
const GONE_PCT: f64 = 95.0;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// The limits that still say something.
pub(crate) fn of(app: &App, store: &Store) -> Result<Vec<Quota>> {
    let mut all = store.quota()?;
    all.retain(|quota| app.now.saturating_sub(quota.at) <= OLD_MS);
    Ok(all)
}

/// `5h 24% · 7d 4%`, for the end of a listing; `None` where nothing was told.
pub(crate) fn short(app: &App, all: &[Quota]) -> Option<String> {
    let part = |quota: &Quota| {
        let near = quota.limit.used_at(app.now).is_some_and(|used| used >= NEAR_PCT);
        let mark = if near { " !" } else { "" };
        format!("{} {}{mark}", clean(&quota.limit.short()), quota.limit.used_word(app.now))
    };
    let parts: Vec<String> = all.iter().map(part).collect();
    (!parts.is_empty()).then(|| format!("limits {}", parts.join(" ")))
}

/// A line for each limit.
pub(crate) fn print(app: &mut App, all: &[Quota]) {
    for quota in all {
        let used = quota.limit.used_at(app.now);
        let left = quota.limit.resets_at.filter(|at| *at > app.now);
        let resets = left.map(|at| format!(", begins anew in {}", format::age(at - app.now)));
        let how = match used {
            Some(used) => format!("{used:.0}% used{}", resets.unwrap_or_default()),
            None => format!("has begun anew, nothing told since; {:.0}% before", quota.limit.used_pct),
        };
        let told = format::age(app.now.saturating_sub(quota.at));
        let text =
            format!("limit {}: {how} (the whole account, told {told} ago)", clean(&quota.limit.short()));
        let style = match used.unwrap_or_default() {
            GONE_PCT.. => Style::Alarm,
            NEAR_PCT.. => Style::Notice,
            _ => Style::Faint,
        };
        let line = app.ui.paint(style, &text);
        app.ui.line(&line);
    }
}

/// When a window began, where its name says how long it is.
pub(crate) fn began(quota: &Quota) -> Option<i64> {
    let hours = match quota.limit.window.as_str() {
        "five_hour" => 5,
        window if window.starts_with("seven_day") => 7 * 24,
        _ => return None,
    };
    quota.limit.resets_at.map(|at| at.saturating_sub(hours * HOUR_MS))
}

/// What each session may have taken of a limit, in percent of it, the most first: by what it cost in the window, among
/// all that is known here. Other machines of the account are not, so each is too high rather than too low.
pub(crate) fn shares(
    app: &App,
    quota: &Quota,
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
) -> Vec<(String, f64)> {
    let Some(since) = began(quota).filter(|_| quota.limit.used_at(app.now).is_some_and(|used| used > 0.0))
    else {
        return Vec::new();
    };
    let query = Query { by: By::Session, since: Some(since), until: None, zone: TimeZone::UTC };
    let recent = buckets.iter().filter(|(key, _)| key.slot >= since.div_euclid(SLOT_MS)).copied();
    let report = spend::report(recent, prices, catalog, &query);
    let total = report.total.usd.dollars();
    let share = |usd: f64| (usd / total * quota.limit.used_pct * 10.0).round() / 10.0;
    let paid = report.rows.into_iter().filter(|row| total > 0.0 && row.usd.dollars() > 0.0);
    paid.map(|row| (row.key, share(row.usd.dollars()))).collect()
}

/// The limits with the sessions' shares of them.
pub(crate) fn json(
    app: &App,
    all: &[Quota],
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
) -> Vec<Value> {
    let share = |(session, pct): (String, f64)| json!({ "session": session, "estimated_pct": pct });
    let limit = |quota: &Quota| {
        json!({
            "window": quota.limit.window,
            "used_pct": quota.limit.used_at(app.now),
            "resets_at": quota.limit.resets_at.and_then(rfc3339),
            "told_at": rfc3339(quota.at),
            "shares": shares(app, quota, buckets, prices, catalog).into_iter().map(share).collect::<Vec<_>>(),
        })
    };
    all.iter().map(limit).collect()
}
