//! Budgets: which limits count, what was spent of each, and which are near or past.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use claudectl_agents::checkout;
use claudectl_fleet::budget::{Account, Alert, Budgets, Level, Limits, Scope, level};
use claudectl_fleet::ledger::{Bucket, BucketKey, SLOT_MS};
use claudectl_fleet::meter::{Metered, Since, Span, Totals};
use claudectl_fleet::money::Usd;
use claudectl_fleet::prices::PriceTable;
use claudectl_fleet::spend::{self, By, Query, Row, local_date, week_key};
use claudectl_gate::budget::BudgetState;
use claudectl_store::Store;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::app::{App, Catalog};
use crate::config::{self, Paths};
use crate::configuration;
use crate::error::Result;
use crate::judging;
use crate::judging::budget::clock;
use crate::settings::known_price;
use crate::snapshot;
use crate::sync::Ledger;
use crate::when;

/// The limits that count: what is configured, and what was given by commands.
pub(crate) fn of(app: &App, ledger: &Ledger) -> Result<Budgets> {
    if !ledger.in_memory {
        return of_store(app, &ledger.store);
    }
    // It holds nothing but what was read just now; where there is none that is kept, nothing was given.
    let kept = judging::store(app).ok().flatten();
    let own = kept.map_or(Ok(Vec::new()), |store| store.own_budgets())?;
    Ok(Budgets { limits: app.config.limits(), own, lowered: Vec::new() })
}

/// The same, from the store that is kept.
pub(crate) fn of_store(app: &App, store: &Store) -> Result<Budgets> {
    let shown = app.config.limits();
    let here = app.env.cwd.as_deref().is_some_and(has_project_file);
    let own = if here { configured(app.config_file.as_deref(), &[]) } else { shown };
    // What all sessions together may cost is shown as it counts in this folder.
    let limits = Limits { day: shown.day, week: shown.week, ..own };
    let lowered = lowered(app, store, app.config_file.as_deref(), &own)?;
    Ok(Budgets { limits, own: store.own_budgets()?, lowered })
}

/// What files of projects make of these limits, in whose folders sessions lately worked.
pub(crate) fn lowered(
    app: &App,
    store: &Store,
    config_file: Option<&Path>,
    limits: &Limits,
) -> Result<Vec<(String, Limits)>> {
    let told = snapshot::worked_in(store, app.now)?;
    // Those of no hook's session count here alone.
    let here = app.env.cwd.as_deref().and_then(Path::to_str).map(str::to_owned);
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for folder in told.into_iter().chain(here) {
        let root = checkout::project(&folder);
        let of_folder = configuration::of_project(Path::new(&folder));
        let of_root = configuration::of_project(Path::new(&root));
        let own = files.entry(root).or_default();
        own.extend(of_root.into_iter().chain(of_folder).filter(|file| file.exists()));
    }
    let lowered = files.into_iter().filter(|(_, files)| !files.is_empty()).map(|(root, mut files)| {
        files.sort_unstable();
        files.dedup();
        (root, configured(config_file, &files))
    });
    Ok(lowered.filter(|(_, lowered)| lowered != limits).collect())
}

fn has_project_file(folder: &Path) -> bool {
    configuration::of_project(folder).iter().any(|file| file.exists())
}

/// The limits of a person's file, as files of a project tighten them.
fn configured(user: Option<&Path>, projects: &[PathBuf]) -> Limits {
    let builtin = PriceTable::builtin();
    let paths = Paths { user: user.map(Path::to_path_buf), projects: projects.to_vec(), ..Paths::default() };
    config::load(&paths, &known_price(&builtin)).config.limits()
}

/// The day, the week and the month in which a moment lies, by their names.
#[derive(Debug, Clone)]
pub(crate) struct Periods {
    pub(crate) day: Span,
    pub(crate) week: Span,
    pub(crate) month: Span,
}

impl Periods {
    pub(crate) fn at(now: i64, zone: &TimeZone) -> Self {
        let today = local_date(now.div_euclid(SLOT_MS), zone);
        let monday = i64::from(today.weekday().to_monday_zero_offset());
        let monday = today.checked_sub(monday.days()).unwrap_or(today);
        let first = today.first_of_month();
        let span = |key: String, from: Date, until: Option<Date>| Span {
            key,
            from: when::midnight(from, zone).unwrap_or(i64::MIN),
            until: until.and_then(|date| when::midnight(date, zone)).unwrap_or(i64::MAX),
            ..Span::default()
        };
        Self {
            day: span(today.to_string(), today, today.tomorrow().ok()),
            week: span(week_key(today), monday, monday.checked_add(7.days()).ok()),
            month: span(first.strftime("%Y-%m").to_string(), first, first.checked_add(1.month()).ok()),
        }
    }
}

/// A limit, and what was spent of it, as it is listed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) scope: Scope,
    /// A session's id, a project's folder, a day or a week.
    pub(crate) subject: String,
    /// The same, as it is shown.
    pub(crate) name: String,
    pub(crate) spent: Usd,
    /// Responses of models without a price; not in `spent`.
    pub(crate) unpriced: u64,
    pub(crate) limit: Usd,
}

impl Standing {
    pub(crate) fn level(&self, warn_at: u32) -> Level {
        level(self.spent, self.unpriced, self.limit, warn_at)
    }

    fn alert(self, warn_at: u32) -> Option<Alert> {
        let level = self.level(warn_at);
        let Self { scope, name, spent, unpriced, limit, .. } = self;
        (level != Level::Ok).then_some(Alert { scope, subject: name, spent, unpriced, limit, level })
    }
}

/// Budgets of today, this week, and of this month's projects and of sessions, that are near or past.
pub(crate) fn alerts(
    app: &App,
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
    budgets: &Budgets,
) -> Vec<Alert> {
    let warn_at = budgets.limits.warn_at_percent;
    let all = standings(app, buckets, prices, catalog, budgets);
    all.into_iter().filter_map(|standing| standing.alert(warn_at)).collect()
}

/// Each limit of which something was spent, and that of today and of this week in any case: days, weeks, projects,
/// sessions, subagents of sessions.
pub(crate) fn standings(
    app: &App,
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
    budgets: &Budgets,
) -> Vec<Standing> {
    let sums = Sums {
        buckets,
        prices,
        catalog,
        budgets,
        periods: Periods::at(app.now, &app.zone),
        roots: catalog.roots_of_sessions(),
    };
    let Periods { day, week, month } = &sums.periods;
    let mut found = Vec::new();
    found.extend(sums.of_period(Scope::Day, day));
    found.extend(sums.of_period(Scope::Week, week));
    if budgets.limits_any(Scope::Project) {
        let rows = of_projects(buckets, prices, catalog, month);
        found.extend(rows.into_iter().filter_map(|(root, row)| sums.standing(Scope::Project, root, row)));
    }
    for (scope, wanted) in [(Scope::Session, all as fn(&BucketKey) -> bool), (Scope::Fanout, of_agents)] {
        if budgets.limits_any(scope) {
            let rows = sums.of_sessions(wanted).into_iter();
            found.extend(rows.filter_map(|row| sums.standing(scope, row.key.clone(), row)));
        }
    }
    found
}

/// What is summed, and with what.
struct Sums<'a> {
    buckets: &'a [(BucketKey, Bucket)],
    prices: &'a PriceTable,
    catalog: &'a Catalog,
    budgets: &'a Budgets,
    periods: Periods,
    /// The projects' folders, by sessions.
    roots: HashMap<&'a str, &'a str>,
}

impl Sums<'_> {
    /// What each session has cost, or a part of it.
    fn of_sessions(&self, wanted: fn(&BucketKey) -> bool) -> Vec<Row> {
        let query = Query { by: By::Session, since: None, until: None, zone: TimeZone::UTC };
        let buckets = self.buckets.iter().copied().filter(|(key, _)| wanted(key));
        spend::report(buckets, self.prices, self.catalog, &query).rows
    }

    /// The day or the week.
    fn of_period(&self, scope: Scope, span: &Span) -> Option<Standing> {
        let row = in_span(self.buckets, self.prices, self.catalog, span);
        self.standing(scope, span.key.clone(), Row { key: span.key.clone(), ..row })
    }

    fn standing(&self, scope: Scope, subject: String, row: Row) -> Option<Standing> {
        let limit = limit(self.budgets, scope, &subject, &self.periods.month.key, &self.roots)?;
        Some(Standing { scope, subject, name: row.key, spent: row.usd, unpriced: row.unpriced, limit })
    }
}

fn all(_: &BucketKey) -> bool {
    true
}

fn of_agents(key: &BucketKey) -> bool {
    key.agent != 0
}

/// The limit of one subject, as it is listed: `roots` are the folders of sessions' projects.
pub(crate) fn limit(
    budgets: &Budgets,
    scope: Scope,
    subject: &str,
    month: &str,
    roots: &HashMap<&str, &str>,
) -> Option<Usd> {
    let root = match scope {
        Scope::Project => subject,
        Scope::Session | Scope::Fanout => roots.get(subject).copied().unwrap_or_default(),
        Scope::Day | Scope::Week => "",
    };
    budgets.limit(scope, subject, month, root)
}

/// Budgets that concern a session, as the gate is told of them. `folder` is where it works.
pub(crate) fn of_asking(app: &App, ledger: &Ledger, sid: &str, folder: &str) -> Result<Vec<BudgetState>> {
    let budgets = of(app, ledger)?;
    if budgets.is_empty() {
        return Ok(Vec::new());
    }
    let (prices, catalog) = (app.prices(), Catalog::load(&ledger.store, &app.env)?);
    let mut all = Vec::new();
    ledger.store.buckets(None, |key, bucket| all.push((key, bucket)))?;
    let totals = totals(app, &all, &prices, &catalog);
    let known = catalog.sessions.values().find(|row| row.sid == sid).map(|row| {
        all.retain(|(key, _)| key.session == row.id);
        of_session(&all, &prices, &catalog, row.root())
    });
    let (known, since) = (known.as_ref(), Since::default());
    let here = checkout::project(folder);
    let account = Account { session: sid, here: &here, totals: &totals, known, since: &since, now: app.now };
    let as_of = clock(app.now, &app.zone);
    let state = |standing| BudgetState::new(standing, as_of.clone(), None);
    Ok(Scope::ALL.into_iter().filter_map(|scope| account.standing(scope, &budgets)).map(state).collect())
}

/// What everything has cost: today, in this week, and each project in this month.
pub(crate) fn totals(
    app: &App,
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
) -> Totals {
    let Periods { day, week, month } = Periods::at(app.now, &app.zone);
    let spent = |span: Span| {
        let row = in_span(buckets, prices, catalog, &span);
        Span { usd: row.usd, unpriced: row.unpriced_by, ..span }
    };
    let projects = of_projects(buckets, prices, catalog, &month);
    let unpriced = projects.iter().filter(|(_, row)| row.unpriced > 0);
    Totals {
        as_of: app.now,
        zone: app.zone.iana_name().map(str::to_owned),
        projects_unpriced: unpriced.map(|(root, row)| (root.clone(), row.unpriced_by.clone())).collect(),
        projects: projects.into_iter().map(|(root, row)| (root, row.usd.pico())).collect(),
        day: spent(day),
        week: spent(week),
        month,
        prices: app.config.prices(&PriceTable::builtin()),
    }
}

/// What everything has cost in a span of time.
fn in_span(buckets: &[(BucketKey, Bucket)], prices: &PriceTable, catalog: &Catalog, span: &Span) -> Row {
    let query = Query { by: By::Model, since: Some(span.from), until: None, zone: TimeZone::UTC };
    spend::report(buckets.iter().copied(), prices, catalog, &query).total
}

/// What projects have cost since a month began, by their folders.
fn of_projects(
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
    month: &Span,
) -> Vec<(String, Row)> {
    let query = Query { by: By::Project, since: Some(month.from), until: None, zone: TimeZone::UTC };
    let roots = catalog.project_roots();
    let rows = spend::report(buckets.iter().copied(), prices, catalog, &query).rows;
    rows.into_iter().filter_map(|row| Some((roots.get(&row.key)?.clone(), row))).collect()
}

/// What the buckets of one session cost, and the part of its subagents. `root` is the folder of its project.
pub(crate) fn of_session(
    buckets: &[(BucketKey, Bucket)],
    prices: &PriceTable,
    catalog: &Catalog,
    root: Option<&str>,
) -> Metered {
    let query = Query { by: By::Session, since: None, until: None, zone: TimeZone::UTC };
    let total = |wanted: fn(&BucketKey) -> bool| {
        let buckets = buckets.iter().copied().filter(|(key, _)| wanted(key));
        spend::report(buckets, prices, catalog, &query).total
    };
    let (own, fanout) = (total(all), total(of_agents));
    Metered {
        project: root.unwrap_or_default().to_owned(),
        usd: own.usd,
        unpriced: own.unpriced_by,
        fanout: fanout.usd,
        fanout_unpriced: fanout.unpriced_by,
        ..Metered::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_and_end_at_local_midnight() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        // The day has 25 hours.
        let Periods { day, week, month } = Periods::at(at("2026-10-25T12:00:00Z"), &berlin);
        let span = |key: &str, from: &str, until: &str| Span {
            key: key.to_owned(),
            from: at(from),
            until: at(until),
            ..Span::default()
        };
        assert_eq!(day, span("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"));
        assert_eq!(week, span("2026-W43", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"));
        assert_eq!(month, span("2026-10", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"));
        let turn = Periods::at(at("2027-01-01T00:00:00Z"), &TimeZone::UTC);
        let keys = [&turn.day, &turn.week, &turn.month].map(|span| span.key.as_str());
        assert_eq!(keys, ["2027-01-01", "2026-W53", "2027-01"]);
        assert_eq!(turn.week, span("2026-W53", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"));
    }
}
