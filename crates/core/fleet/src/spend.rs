//! Spend by day, week, month, session, project, model or agent: buckets and prices to rows.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::ledger::{Bucket, BucketKey, Id, SLOT_MS, Tokens};
use crate::meter::Unpriced;
use crate::money::Usd;
use crate::prices::PriceTable;

/// What rows are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Local calendar days, `2026-11-22`.
    Day,
    /// ISO weeks, `2026-W47`.
    Week,
    /// Calendar months, `2026-11`.
    Month,
    /// Sessions, by id.
    Session,
    /// Projects, by name.
    Project,
    /// Models, by id.
    Model,
    /// The session itself (`main`) and kinds of subagents.
    Agent,
}

/// What the numbers in a bucket's key stand for.
pub trait Names {
    /// A model's id.
    fn model(&self, id: Id) -> &str;
    /// A session's id.
    fn session(&self, id: Id) -> &str;
    /// A session's project, as it is to be shown and grouped.
    fn project(&self, session: Id) -> &str;
    /// A subagent's kind; `main` for 0.
    fn agent(&self, id: Id) -> &str;
}

/// Usage, and what it cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// The day, week, month, session, project, model or agent.
    pub key: String,
    /// Tokens by class.
    pub tokens: Tokens,
    /// API responses.
    pub messages: u64,
    /// What the priced ones cost.
    pub usd: Usd,
    /// The part of `usd` that rests on prices nothing confirmed.
    pub unverified_usd: Usd,
    /// Responses of models without a price; not in `usd`.
    pub unpriced: u64,
    /// The same, by their models.
    pub unpriced_by: Unpriced,
    /// Responses that never said they had ended: their output tokens are a lower bound.
    pub unfinished: u64,
    /// The models' ids.
    pub models: BTreeSet<String>,
}

impl Row {
    fn add(&mut self, bucket: &Bucket, priced: &Priced, model: &str) {
        self.tokens.add(&bucket.tokens);
        self.messages += bucket.messages;
        self.unfinished += bucket.unfinished;
        match priced {
            Priced::At { usd, unverified } => {
                self.usd += *usd;
                if *unverified {
                    self.unverified_usd += *usd;
                }
            }
            Priced::Unknown => {
                self.unpriced += bucket.messages;
                self.unpriced_by.add(model, bucket.messages);
            }
        }
        if !self.models.contains(model) {
            self.models.insert(model.to_owned());
        }
    }
}

enum Priced {
    At { usd: Usd, unverified: bool },
    Unknown,
}

/// A report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// One row a key, sorted: days, weeks and months by time, everything else by cost, dearest first.
    pub rows: Vec<Row>,
    /// Everything.
    pub total: Row,
    /// How many sessions are in it.
    pub sessions: usize,
    /// Models without a price, with the number of their responses, sorted by id.
    pub unpriced_models: Vec<(String, u64)>,
}

/// What to report.
#[derive(Debug, Clone)]
pub struct Query {
    /// What rows are made by.
    pub by: By,
    /// Only what was used from here on (milliseconds since the epoch).
    pub since: Option<i64>,
    /// Only what was used before.
    pub until: Option<i64>,
    /// Where days begin.
    pub zone: TimeZone,
}

impl Query {
    /// Whether a bucket's slot lies in the wanted time.
    ///
    /// Limits that do not fall on a quarter of an hour take in the quarter they fall into.
    #[must_use]
    pub fn covers(&self, slot: i64) -> bool {
        self.since.is_none_or(|since| slot >= since.div_euclid(SLOT_MS))
            && self.until.is_none_or(|until| slot * SLOT_MS < until)
    }
}

/// Makes a report of buckets.
pub fn report(
    buckets: impl IntoIterator<Item = (BucketKey, Bucket)>,
    prices: &PriceTable,
    names: &impl Names,
    query: &Query,
) -> Report {
    let mut maker = Maker::new(prices, names, query);
    for (key, bucket) in buckets {
        if query.covers(key.slot) {
            maker.add(&key, &bucket);
        }
    }
    maker.finish()
}

/// The local date of a slot.
#[must_use]
pub fn local_date(slot: i64, zone: &TimeZone) -> Date {
    let at = Timestamp::from_millisecond(slot.saturating_mul(SLOT_MS)).unwrap_or(Timestamp::UNIX_EPOCH);
    zone.to_datetime(at).date()
}

struct Maker<'a, N> {
    prices: &'a PriceTable,
    names: &'a N,
    query: &'a Query,
    rows: HashMap<String, Row>,
    total: Row,
    sessions: BTreeSet<Id>,
    unpriced: HashMap<Id, u64>,
    dates: HashMap<i64, Date>,
    /// Whether a model's price rests on the look of its name.
    guessed: HashMap<Id, bool>,
}

impl<'a, N: Names> Maker<'a, N> {
    fn new(prices: &'a PriceTable, names: &'a N, query: &'a Query) -> Self {
        Self {
            prices,
            names,
            query,
            rows: HashMap::new(),
            total: Row { key: "total".to_owned(), ..Row::default() },
            sessions: BTreeSet::new(),
            unpriced: HashMap::new(),
            dates: HashMap::new(),
            guessed: HashMap::new(),
        }
    }

    fn add(&mut self, key: &BucketKey, bucket: &Bucket) {
        let model = self.names.model(key.model);
        let priced = self.price(key, bucket, model);
        if matches!(priced, Priced::Unknown) {
            *self.unpriced.entry(key.model).or_default() += bucket.messages;
        }
        self.sessions.insert(key.session);
        self.total.add(bucket, &priced, model);
        let name = self.key(key);
        self.rows.entry(name).or_default().add(bucket, &priced, model);
    }

    fn price(&mut self, key: &BucketKey, bucket: &Bucket, model: &str) -> Priced {
        let on = local_date(key.slot, &TimeZone::UTC);
        match self.prices.get(model, on) {
            Some(price) => {
                let cost = price.cost(&bucket.tokens, key.variant);
                let prices = self.prices;
                let guessed = *self.guessed.entry(key.model).or_insert_with(|| prices.is_guessed(model));
                Priced::At { usd: cost.usd, unverified: cost.unverified || guessed }
            }
            None => Priced::Unknown,
        }
    }

    fn key(&mut self, key: &BucketKey) -> String {
        match self.query.by {
            By::Session => self.names.session(key.session).to_owned(),
            By::Project => self.names.project(key.session).to_owned(),
            By::Model => self.names.model(key.model).to_owned(),
            By::Agent => self.names.agent(key.agent).to_owned(),
            By::Day => self.date(key.slot).to_string(),
            By::Week => week_key(self.date(key.slot)),
            By::Month => self.date(key.slot).strftime("%Y-%m").to_string(),
        }
    }

    fn date(&mut self, slot: i64) -> Date {
        *self.dates.entry(slot).or_insert_with(|| local_date(slot, &self.query.zone))
    }

    fn finish(self) -> Report {
        let mut rows: Vec<Row> = self.rows.into_iter().map(|(key, row)| Row { key, ..row }).collect();
        match self.query.by {
            By::Day | By::Week | By::Month => rows.sort_by(|a, b| a.key.cmp(&b.key)),
            _ => rows.sort_by(|a, b| b.usd.cmp(&a.usd).then_with(|| a.key.cmp(&b.key))),
        }
        let names = self.names;
        let mut unpriced: Vec<_> =
            self.unpriced.into_iter().map(|(id, count)| (names.model(id).to_owned(), count)).collect();
        unpriced.sort();
        Report { rows, total: self.total, sessions: self.sessions.len(), unpriced_models: unpriced }
    }
}

/// `2026-W47`: the ISO week of a date, with the year that the week belongs to.
#[must_use]
pub fn week_key(date: Date) -> String {
    let week = date.iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Variant;

    struct Fixed;

    impl Names for Fixed {
        fn model(&self, id: Id) -> &str {
            ["claude-opus-5-5", "claude-opus-9"][id as usize]
        }
        fn session(&self, id: Id) -> &str {
            ["a", "b"][id as usize]
        }
        fn project(&self, _: Id) -> &str {
            "p"
        }
        fn agent(&self, id: Id) -> &str {
            ["main", "Explore"][id as usize]
        }
    }

    fn bucket(session: Id, model: Id, slot: i64) -> (BucketKey, Bucket) {
        let key = BucketKey { session, agent: session, model, slot, variant: Variant::default() };
        let tokens = Tokens { input: 250_000, ..Tokens::default() };
        (key, Bucket { tokens, messages: 2, unfinished: 1 })
    }

    fn run(by: By, zone: &str) -> Report {
        let query = Query { by, since: None, until: None, zone: TimeZone::get(zone).unwrap() };
        // 2026-11-22T23:45Z and 2026-11-23T00:00Z
        let start = 1_795_391_100_000 / SLOT_MS;
        let buckets = [bucket(0, 0, start), bucket(1, 0, start + 1), bucket(1, 1, start + 1)];
        report(buckets, &PriceTable::builtin(), &Fixed, &query)
    }

    #[test]
    fn days_are_local() {
        let keys = |zone| run(By::Day, zone).rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
        assert_eq!(keys("UTC"), ["2026-11-22", "2026-11-23"]);
        assert_eq!(keys("America/New_York"), ["2026-11-22"]);
        assert_eq!(keys("Asia/Kathmandu"), ["2026-11-23"], "an offset of 5:45");
    }

    #[test]
    fn weeks_and_months() {
        assert_eq!(run(By::Week, "UTC").rows[0].key, "2026-W47");
        assert_eq!(run(By::Month, "UTC").rows[0].key, "2026-11");
        assert_eq!(week_key(jiff::civil::date(2027, 1, 1)), "2026-W53");
    }

    #[test]
    fn the_unknown_model_is_unpriced_and_seen() {
        let report = run(By::Session, "UTC");
        assert_eq!(report.total.usd, Usd::from_dollars(2.0).unwrap());
        assert_eq!((report.total.messages, report.total.unpriced, report.total.unfinished), (6, 2, 3));
        assert_eq!(report.unpriced_models, [("claude-opus-9".to_owned(), 2)]);
        assert_eq!(report.sessions, 2);
        assert_eq!(run(By::Agent, "UTC").rows.len(), 2);
    }

    #[test]
    fn a_time_range() {
        let start = 1_795_391_100_000;
        let query =
            Query { by: By::Day, since: Some(start + 5), until: Some(start + SLOT_MS), zone: TimeZone::UTC };
        let slots = [-1, 0, 1].map(|step| query.covers(start / SLOT_MS + step));
        assert_eq!(slots, [false, true, false]);
    }
}
