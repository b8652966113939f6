//! The thread that adds up what was spent, when a page about it is open.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use claudectl_agents::walk;
use claudectl_fleet::format;
use claudectl_fleet::ledger::{Bucket, BucketKey, SLOT_MS};
use claudectl_fleet::spend::{self, By, Query, Row};
use claudectl_store::{Store, StoreError};
use claudectl_tui::{Event, Missing, Money, Spend, Spent};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Outlet, looker, review};
use crate::app::{App, Catalog};
use crate::error::Result;
use crate::quota;
use crate::sync::{self, Ledger, LedgerArgs};
use crate::when;

/// What is wanted.
#[derive(Debug, PartialEq, Eq)]
enum Job {
    Spend(u16),
    Money(String),
    Told,
    Review,
}

/// The thread, while it runs.
#[derive(Debug)]
pub(super) struct Accounts {
    jobs: Sender<Job>,
}

impl Accounts {
    pub(super) fn start(app: &App, outlet: Outlet) -> Self {
        let (jobs, wanted) = channel();
        let app = app.aside(outlet.warnings());
        std::thread::spawn(move || work(app, &wanted, &outlet));
        Self { jobs }
    }

    /// What was spent in so many days, today included.
    pub(super) fn spend(&self, days: u16) {
        self.jobs.send(Job::Spend(days)).ok();
    }

    /// What was told, and what was not.
    pub(super) fn told(&self) {
        self.jobs.send(Job::Told).ok();
    }

    /// What is proposed, and decisions to look at.
    pub(super) fn review(&self) {
        self.jobs.send(Job::Review).ok();
    }

    /// What a session cost.
    pub(super) fn money(&self, session: String) {
        self.jobs.send(Job::Money(session)).ok();
    }
}

fn work(mut app: App, wanted: &Receiver<Job>, outlet: &Outlet) {
    let mut unkept = None;
    while let Ok(first) = wanted.recv() {
        // Of several that wait, only the last of each kind is looked at any more.
        let mut jobs = vec![first];
        while let Ok(job) = wanted.try_recv() {
            jobs.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&job));
            jobs.push(job);
        }
        for job in jobs {
            app.now = app.env.now_ms().unwrap_or(app.now);
            let (missing, event) = match job {
                Job::Spend(days) => {
                    let spend = Book::open(&app, &mut unkept).and_then(|book| spent(&app, &book, days));
                    (Missing::Spend, spend.map(|spend| Event::Spend(Box::new(spend))))
                }
                Job::Review => (Missing::Review, review::of(&app)),
                Job::Told => (Missing::Told, looker::log(&app).map(|told| Event::Told(Box::new(told)))),
                Job::Money(session) => {
                    let book = Book::open(&app, &mut unkept);
                    let money = book.and_then(|book| money(&app, book.store(), session.clone()));
                    (Missing::Money(session), money.map(|money| Event::Money(Box::new(money))))
                }
            };
            let missing = |error| Event::Missing(missing, super::text_of(&error));
            if !outlet.tell(event.unwrap_or_else(missing)) {
                return;
            }
        }
    }
}

/// Where figures are taken from.
enum Book<'a> {
    /// What is kept.
    Kept(Store),
    /// What was made of the transcripts that there are, since nothing can be kept, and why that is.
    Made(&'a Ledger, String),
}

impl<'a> Book<'a> {
    /// What is kept; where nothing can be, `unkept` is brought up to date.
    fn open(app: &App, unkept: &'a mut Option<Ledger>) -> Result<Self> {
        let why = match Store::open(&app.env.state_dir()?.join("state.db")) {
            Ok(store) => {
                *unkept = None;
                return Ok(Self::Kept(store));
            }
            Err(
                error @ (StoreError::DiskFull { .. } | StoreError::Open { .. } | StoreError::Busy { .. }),
            ) => super::text_of(&error.into()),
            Err(error) => return Err(error.into()),
        };
        let ledger = match unkept.take() {
            Some(mut ledger) => {
                let walk = walk::transcripts(&ledger.roots, sync::threads());
                sync::refresh(app, &mut ledger, walk)?;
                ledger
            }
            None => sync::ledger(app, LedgerArgs { no_cache: true })?,
        };
        Ok(Self::Made(unkept.insert(ledger), why))
    }

    fn store(&self) -> &Store {
        match self {
            Self::Kept(store) => store,
            Self::Made(ledger, _) => &ledger.store,
        }
    }

    fn unkept(&self) -> Option<String> {
        match self {
            Self::Kept(_) => None,
            Self::Made(_, why) => Some(why.clone()),
        }
    }
}

/// What a row is about, as it may be shown, and cut: the name of a folder may be a token.
fn shown(key: &str) -> String {
    claudectl_redact::redact_known(key).into_owned()
}

fn spent_of(row: &Row) -> Spent {
    Spent { usd: row.usd, unpriced: row.unpriced, budget: None }
}

fn spent(app: &App, book: &Book<'_>, days: u16) -> Result<Spend> {
    let store = book.store();
    let catalog = Catalog::load(store, &app.env)?;
    let prices = app.prices();
    let today = app.zone.to_datetime(Timestamp::from_millisecond(app.now).unwrap_or_default()).date();
    let dates: Vec<jiff::civil::Date> = (0..i64::from(days.max(1)))
        .rev()
        .filter_map(|back| today.checked_sub(jiff::Span::new().days(back)).ok())
        .collect();
    let since = dates.first().and_then(|date| when::midnight(*date, &app.zone)).unwrap_or(app.now);
    let mut buckets: Vec<(BucketKey, Bucket)> = Vec::new();
    store.buckets_since(since.div_euclid(SLOT_MS), |key, bucket| buckets.push((key, bucket)))?;
    let report = |by| {
        let query = Query { by, since: Some(since), until: None, zone: app.zone.clone() };
        spend::report(buckets.iter().copied(), &prices, &catalog, &query)
    };
    let by_date: HashMap<String, Spent> =
        report(By::Day).rows.iter().map(|row| (row.key.clone(), spent_of(row))).collect();
    let day = |date: &jiff::civil::Date| {
        let spent = by_date.get(&date.to_string()).copied().unwrap_or_default();
        (date.strftime("%m-%d").to_string(), spent)
    };
    let rows = |by| report(by).rows.iter().map(|row| (shown(&row.key), spent_of(row))).collect();
    Ok(Spend {
        days,
        by_day: dates.iter().map(day).collect(),
        by_project: rows(By::Project),
        by_model: rows(By::Model),
        total: spent_of(&report(By::Model).total),
        unkept: book.unkept(),
        shares: shares(app, store, &catalog)?,
    })
}

/// The sessions that took most of each limit, by their titles.
fn shares(app: &App, store: &Store, catalog: &Catalog) -> Result<HashMap<String, Vec<(String, f64)>>> {
    let limits = quota::of(app, store)?;
    let since = limits.iter().filter_map(quota::began).min().unwrap_or(app.now);
    let mut buckets: Vec<(BucketKey, Bucket)> = Vec::new();
    store.buckets_since(since.div_euclid(SLOT_MS), |key, bucket| buckets.push((key, bucket)))?;
    let prices = app.prices();
    let names: HashMap<&str, Option<&str>> =
        catalog.sessions.values().map(|row| (row.sid.as_str(), row.name.as_deref())).collect();
    let title = |sid: &str| match names.get(sid).copied().flatten() {
        Some(name) => name.to_owned(),
        None => format::short_id(sid),
    };
    let of = |limit| {
        let shares = quota::shares(app, limit, &buckets, &prices, catalog);
        shares.into_iter().map(|(sid, pct)| (title(&sid), pct)).collect()
    };
    Ok(limits.iter().map(|quota| (quota.limit.window.clone(), of(quota))).collect())
}

fn money(app: &App, store: &Store, session: String) -> Result<Money> {
    let Some(row) = store.session(&session)? else { return Ok(Money { session, ..Money::default() }) };
    let number = row.id;
    let catalog = Catalog::load(store, &app.env)?;
    let prices = app.prices();
    let mut buckets: Vec<(BucketKey, Bucket)> = Vec::new();
    store.buckets(Some(number), |key, bucket| buckets.push((key, bucket)))?;
    let report = |by| {
        let query = Query { by, since: None, until: None, zone: TimeZone::UTC };
        spend::report(buckets.iter().copied(), &prices, &catalog, &query).rows
    };
    let by_model = report(By::Model)
        .iter()
        .map(|row| (shown(&row.key), spent_of(row), row.messages, row.tokens.all()))
        .collect();
    let by_agent = report(By::Agent).iter().map(|row| (shown(&row.key), spent_of(row))).collect();
    let hours = |buckets: &[(BucketKey, Bucket)]| {
        let mut hours: std::collections::BTreeMap<i64, Vec<(BucketKey, Bucket)>> = Default::default();
        for (key, bucket) in buckets {
            hours.entry(key.slot * SLOT_MS / HOUR_MS).or_default().push((*key, *bucket));
        }
        hours
    };
    let query = Query { by: By::Model, since: None, until: None, zone: TimeZone::UTC };
    let by_hour = hours(&buckets)
        .into_iter()
        .map(|(hour, buckets)| {
            (hour * HOUR_MS, spent_of(&spend::report(buckets, &prices, &catalog, &query).total))
        })
        .collect();
    Ok(Money { session, by_model, by_hour, by_agent })
}

const HOUR_MS: i64 = 60 * 60 * 1000;
