//! What a session has cost, to what is on disk: what a pass has summed of it, and what its transcripts tell since.
//!
//! A pass of the ledger leaves for each session that was lately active what hot paths need to go on from there without
//! the store: how far each transcript was read, and which responses were counted. [`since`] takes what was told after
//! that to what it cost, by the same rules as the ledger: each response once, its largest usage, and only those that
//! this session pays for.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use claudectl_transcript::tail::{Mark, Stamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::intake::{KnownFile, KnownFiles, Prehashed};
use crate::ledger::{Bucket, Claim, Id, Response};
use crate::money::{self, Usd};
use crate::prices::{Price, PriceTable};
use crate::spend::local_date;

/// So many of each agent's last responses may still be told of once more, with more output.
pub const MAY_GROW: usize = 4;
/// A key in [`Metered::keys`].
const KEY_DIGITS: usize = 16;

/// Responses of models without a price, by their models: what they cost is in no sum.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpriced(BTreeMap<String, u64>);

impl Unpriced {
    /// Some more of a model.
    pub fn add(&mut self, model: &str, responses: u64) {
        if responses > 0 {
            *self.0.entry(model.to_owned()).or_default() += responses;
        }
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        other.0.iter().for_each(|(model, responses)| self.add(model, *responses));
        self
    }

    /// Whether all that was spent is in the sum.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn responses(&self) -> u64 {
        self.0.values().sum()
    }

    /// The models, in order.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What a pass has summed of a session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metered {
    /// The project's folder.
    pub project: String,
    /// What it has cost, its subagents included.
    #[serde(with = "money::pico")]
    pub usd: Usd,
    /// What its subagents have cost.
    #[serde(with = "money::pico")]
    pub fanout: Usd,
    /// What of it has no price.
    #[serde(default, skip_serializing_if = "Unpriced::is_empty")]
    pub unpriced: Unpriced,
    /// What of its subagents has none.
    #[serde(default, skip_serializing_if = "Unpriced::is_empty")]
    pub fanout_unpriced: Unpriced,
    /// What its dearest response has cost.
    #[serde(default, with = "money::pico")]
    pub dearest: Usd,
    /// The folders below `projects/` that have transcripts of it.
    pub folders: Vec<String>,
    /// Its transcripts, and how far each was read.
    pub files: Vec<KnownTranscript>,
    /// The last responses of each agent.
    pub recent: Vec<Recent>,
    /// The keys of all responses that were counted, in hexadecimal, one after the other.
    pub keys: String,
}

/// A transcript, and how far it was read: the hash of its path; device, inode, size, and when it was written and changed;
/// the offset and two hashes before it; the newest time in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownTranscript(u64, (u64, u64, u64, i64, i64), (u64, u64, u64), i64);

impl KnownTranscript {
    /// Of a file that was read; `path` is the hash of its path.
    #[must_use]
    pub fn new(path: u64, file: &KnownFile) -> Self {
        let (stamp, mark) = (&file.stamp, &file.mark);
        Self(
            path,
            (stamp.dev, stamp.ino, stamp.size, stamp.mtime_ns, stamp.ctime_ns),
            (mark.offset, mark.head, mark.anchor),
            file.last_at,
        )
    }

    fn file(&self) -> (u64, KnownFile) {
        let (dev, ino, size, mtime_ns, ctime_ns) = self.1;
        let (offset, head, anchor) = self.2;
        let file = KnownFile {
            id: 0,
            stamp: Stamp { dev, ino, size, mtime_ns, ctime_ns },
            mark: Mark { offset, head, anchor },
            skipped: 0,
            last_at: self.3,
        };
        (self.0, file)
    }
}

/// A response that may still be told of with more output: its key, its model, whether a subagent asked, when, kind and web
/// searches, and its counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recent(u64, String, bool, i64, (u8, u16), [u32; 6]);

impl Recent {
    /// Of a response, whose model has this name.
    #[must_use]
    pub fn new(response: &Response, model: &str) -> Self {
        let counts = [
            response.input,
            response.output,
            response.cache_read,
            response.cache_write,
            response.cache_write_5m,
            response.cache_write_1h,
        ];
        let kind = (response.kind, response.web_searches);
        Self(response.key, model.to_owned(), response.agent != 0, response.at, kind, counts)
    }

    /// The response again, as one of this session.
    fn response(&self, session: Id, model: u16) -> Response {
        let [input, output, cache_read, cache_write, cache_write_5m, cache_write_1h] = self.5;
        Response {
            key: self.0,
            at: self.3,
            born: 0,
            session,
            agent: u32::from(self.2),
            model,
            web_searches: self.4.1,
            // It was counted for this session, whatever a later copy claims.
            claim: Claim::Stated,
            ended: true,
            kind: self.4.0,
            input,
            output,
            cache_read,
            cache_write,
            cache_write_5m,
            cache_write_1h,
        }
    }
}

impl Metered {
    /// Remembers responses that were counted.
    pub fn count(&mut self, mut responses: Vec<Response>, prices: &PriceTable, model: impl Fn(Id) -> String) {
        let dear = |response: &Response| cost(response, &model(response.model.into()), prices);
        self.dearest = responses.iter().filter_map(dear).max().unwrap_or_default();
        responses.sort_unstable_by_key(|response| (response.agent, std::cmp::Reverse(response.at)));
        for of_agent in responses.chunk_by(|a, b| a.agent == b.agent) {
            let last = of_agent.iter().take(MAY_GROW);
            self.recent.extend(last.map(|response| Recent::new(response, &model(response.model.into()))));
        }
        responses.sort_unstable_by_key(|response| response.key);
        self.keys = responses.iter().map(|response| format!("{:0KEY_DIGITS$x}", response.key)).collect();
    }

    /// Its transcripts, as whoever reads on needs them.
    #[must_use]
    pub fn known(&self) -> KnownFiles {
        self.files.iter().map(KnownTranscript::file).collect()
    }

    /// Whether a response was counted.
    fn has(&self, key: u64) -> bool {
        let key = format!("{key:0KEY_DIGITS$x}");
        self.keys.as_bytes().chunks(KEY_DIGITS).any(|known| known == key.as_bytes())
    }
}

/// What all sessions together have cost in a span of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The day, the week or the month.
    pub key: String,
    /// When it begins and ends, milliseconds since the epoch.
    pub from: i64,
    /// When it ends.
    pub until: i64,
    /// What it has cost.
    #[serde(with = "money::pico")]
    pub usd: Usd,
    /// What of it has no price.
    #[serde(default, skip_serializing_if = "Unpriced::is_empty")]
    pub unpriced: Unpriced,
}

impl Span {
    /// The span at a moment: the one after this, of which nothing is known yet, where this is over.
    #[must_use]
    pub fn at(&self, now: i64) -> Self {
        if now < self.until {
            return self.clone();
        }
        Self { key: String::new(), from: self.until, until: i64::MAX, ..Self::default() }
    }
}

/// What a pass has summed of everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// When, milliseconds since the epoch.
    pub as_of: i64,
    /// The time zone in which days begin.
    pub zone: Option<String>,
    /// The day.
    pub day: Span,
    /// The ISO week.
    pub week: Span,
    /// The month; its sum is of no use.
    pub month: Span,
    /// What each project has cost in the month, trillionths of a dollar, by its folder.
    pub projects: BTreeMap<String, i64>,
    /// What of that has no price.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub projects_unpriced: BTreeMap<String, Unpriced>,
    /// The person's own prices.
    pub prices: Vec<Price>,
}

/// What was told since: what it adds to what was summed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Since(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
struct Part {
    at: i64,
    of_agent: bool,
    usd: Usd,
    /// The model that has no price.
    unpriced: Option<String>,
}

impl Since {
    /// All of it.
    #[must_use]
    pub fn all(&self) -> Usd {
        self.0.iter().map(|part| part.usd).sum()
    }

    /// That of subagents.
    #[must_use]
    pub fn of_agents(&self) -> Usd {
        self.0.iter().filter(|part| part.of_agent).map(|part| part.usd).sum()
    }

    /// What of that from a moment on has no price.
    #[must_use]
    pub fn unpriced_from(&self, at: i64) -> Unpriced {
        self.unpriced(|part| part.at >= at)
    }

    /// What of that of subagents has none.
    #[must_use]
    pub fn unpriced_of_agents(&self) -> Unpriced {
        self.unpriced(|part| part.of_agent)
    }

    fn unpriced(&self, wanted: impl Fn(&Part) -> bool) -> Unpriced {
        let mut found = Unpriced::default();
        let models = self.0.iter().filter(|part| wanted(part)).filter_map(|part| part.unpriced.as_deref());
        models.for_each(|model| found.add(model, 1));
        found
    }

    /// The most that one response has added.
    #[must_use]
    pub fn dearest(&self) -> Usd {
        self.0.iter().map(|part| part.usd).max().unwrap_or_default()
    }

    /// That from a moment on.
    #[must_use]
    pub fn from(&self, at: i64) -> Usd {
        self.0.iter().filter(|part| part.at >= at).map(|part| part.usd).sum()
    }
}

/// What responses add to what was summed of a session, whose number in them is `own`. Their models are indices into
/// `models`.
#[must_use]
pub fn since(
    known: Option<&Metered>,
    own: Id,
    told: &[Response],
    mut models: Vec<String>,
    prices: &PriceTable,
) -> Since {
    let mut by_key: HashMap<u64, Response, BuildHasherDefault<Prehashed>> = HashMap::default();
    for response in told {
        let merged = by_key.get(&response.key).map_or(*response, |other| other.merge(*response, |id| id));
        by_key.insert(response.key, merged);
    }
    let mut parts = Vec::new();
    for response in by_key.into_values().filter(|response| response.session == own) {
        let part = |usd, unpriced| Part { at: response.at, of_agent: response.agent != 0, usd, unpriced };
        let Some(known) = known.filter(|known| known.has(response.key)) else {
            let model = name(&models, &response);
            let usd = cost(&response, model, prices);
            let unpriced = usd.is_none().then(|| model.to_owned());
            parts.push(part(usd.unwrap_or_default(), unpriced));
            continue;
        };
        if let Some(recent) = known.recent.iter().find(|recent| recent.0 == response.key) {
            let before = recent.response(own, number_of(&mut models, &recent.1));
            let after = before.merge(response, |id| id);
            let [told, summed] = [after, before].map(|one| cost(&one, name(&models, &one), prices));
            // One that was summed without a price was told of then.
            let unpriced = (told.is_none() && summed.is_some()).then(|| name(&models, &after).to_owned());
            parts.push(part(told.unwrap_or_default() - summed.unwrap_or_default(), unpriced));
        }
    }
    Since(parts)
}

fn number_of(models: &mut Vec<String>, model: &str) -> u16 {
    let at = models.iter().position(|known| known == model).unwrap_or_else(|| {
        models.push(model.to_owned());
        models.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn name<'a>(models: &'a [String], response: &Response) -> &'a str {
    models.get(usize::from(response.model)).map_or("", String::as_str)
}

/// What a response costs, if its model has a price.
fn cost(response: &Response, model: &str, prices: &PriceTable) -> Option<Usd> {
    let bucket = response.bucket();
    let price = prices.get(model, local_date(bucket.slot, &TimeZone::UTC))?;
    Some(price.cost(&Bucket::one(response).tokens, bucket.variant).usd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_transcript::Usage;

    const OPUS: &str = "claude-opus-5-5";

    /// A response of so many thousand output tokens: two cents each.
    fn response(key: u64, thousands: u64, agent: Id) -> Response {
        let usage = Usage { output: thousands * 1000, ..Usage::default() };
        Response { at: 1_795_391_100_000, session: 7, agent, model: 1, ..Response::of(key, &usage) }
    }

    fn told(known: Option<&Metered>, told: &[Response]) -> Since {
        let models = vec![String::new(), OPUS.to_owned(), "of-nobody".to_owned()];
        since(known, 7, told, models, &PriceTable::builtin())
    }

    fn cents(usd: Usd) -> i128 {
        usd.cents()
    }

    #[test]
    fn what_is_new_is_counted_once() {
        let first = response(1, 1, 0);
        let grown = Response { output: 3000, ..first };
        let other = response(2, 2, 4);
        let copied = Response { session: 8, claim: Claim::Stated, ..response(3, 50, 0) };
        let unpriced = Response { model: 2, ..response(4, 9, 0) };
        let since = told(None, &[first, other, grown, copied, unpriced]);
        assert_eq!((cents(since.all()), cents(since.of_agents())), (10, 4));
        assert_eq!((cents(since.from(first.at)), cents(since.from(first.at + 1))), (10, 0));
        assert_eq!((cents(since.dearest()), Since::default().dearest()), (6, Usd::ZERO));
        let unpriced = since.unpriced_from(first.at);
        assert_eq!((unpriced.responses(), unpriced.models().collect::<Vec<_>>()), (1, vec!["of-nobody"]));
        assert!(since.unpriced_from(first.at + 1).is_empty() && since.unpriced_of_agents().is_empty());
        let both = unpriced.clone().and(&unpriced);
        assert_eq!((both.responses(), both.models().count()), (2, 1));
    }

    #[test]
    fn what_was_summed_is_not_counted_again() {
        let old: Vec<Response> =
            (1..=9).map(|key| Response { at: key as i64, ..response(key, 1, 0) }).collect();
        let mut known = Metered::default();
        known.count([&old[..], &[response(20, 7, 3)]].concat(), &PriceTable::builtin(), |_| OPUS.to_owned());
        assert_eq!(cents(known.dearest), 14);
        assert_eq!(known.recent.len(), MAY_GROW + 1);
        let text = serde_json::to_string(&known).unwrap();
        let known: Metered = serde_json::from_str(&text).unwrap();
        assert_eq!(cents(told(Some(&known), &old).all()), 0);
        // The last ones may have been half told; what is long past is for the next pass.
        let grown = Response { output: 5000, ..old[8] };
        assert_eq!(cents(told(Some(&known), &[grown, response(10, 1, 0)]).all()), 8 + 2);
        assert_eq!(cents(told(Some(&known), &[Response { output: 500, ..old[8] }]).all()), 0);
        let long_past = Response { output: 5000, ..old[0] };
        assert_eq!(cents(told(Some(&known), &[long_past]).all()), 0);
        // Of another model now, by what tells of most output.
        let other = Response { model: 2, output: 9000, ..old[8] };
        let since = told(Some(&known), &[other]);
        assert_eq!(cents(since.all()), -2, "no price: as the ledger has it");
        assert_eq!(since.unpriced_from(0).responses(), 1);
    }

    #[test]
    fn a_key_is_found_only_where_one_begins() {
        let mut known = Metered::default();
        known.count(vec![response(0x1100, 1, 0), response(0x0011, 1, 0)], &PriceTable::builtin(), |_| {
            OPUS.to_owned()
        });
        assert!(known.has(0x11) && known.has(0x1100));
        assert!(!known.has(0x1_1000_0000_0000) && !known.has(0x1));
    }

    #[test]
    fn a_span_that_is_over_has_cost_nothing_yet() {
        let day = Span {
            key: "2026-11-22".to_owned(),
            from: 10,
            until: 20,
            usd: Usd::from_pico(5),
            ..Span::default()
        };
        assert_eq!(day.at(19), day);
        assert_eq!(day.at(20), Span { from: 20, until: i64::MAX, ..Span::default() });
    }
}
