//! What becomes of each notice at each sink: decided when it comes, and again for what waits.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::tz::TimeZone;

use super::gate::{Clock, Filter, Reason, Verdict};
use super::{Event, Notice, Seen};

/// So many ids are remembered.
const KNOWN_MOST: usize = 20_000;
/// So many notices wait. Beyond that the oldest is let go.
const HELD_MOST: usize = 2_000;
/// So many last times are remembered before those that do not matter any more are forgotten.
const LAST_MOST: usize = 4_096;

/// A notice, and what becomes of it at a sink. [`Verdict::Later`] and [`Verdict::Unwanted`] are not told.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The notice.
    pub notice: Notice,
    /// The sink's name, and what is done.
    pub at: Vec<(String, Result<(), Reason>)>,
}

/// A notice that may be told later.
#[derive(Debug, Clone)]
struct Held {
    notice: Notice,
    sink: usize,
    since: i64,
    due: i64,
    why: Reason,
}

/// Decides for each sink what is told.
#[derive(Debug, Default)]
pub struct Desk {
    sinks: Vec<(String, Filter)>,
    /// Ids of what was decided about, here or before.
    known: HashSet<String>,
    order: VecDeque<String>,
    /// Of what was decided about before this desk was there: its ids, and other names of the same facts.
    earlier: HashSet<String>,
    earlier_names: HashSet<String>,
    /// When each sink was told each event of each session last.
    last: HashMap<(usize, String, Event), i64>,
    held: VecDeque<Held>,
}

impl Desk {
    /// For these sinks, by name.
    #[must_use]
    pub fn new(sinks: Vec<(String, Filter)>) -> Self {
        Self { sinks, ..Self::default() }
    }

    /// The same for other sinks: what waits goes on waiting for those that have kept their names, under the filters that
    /// they have now.
    #[must_use]
    pub fn with_sinks(self, sinks: Vec<(String, Filter)>) -> Self {
        let Self { sinks: before, known, order, earlier, earlier_names, last, held } = self;
        let before: Vec<String> = before.into_iter().map(|(name, _)| name).collect();
        let now = |sink: usize| sinks.iter().position(|(name, _)| before.get(sink) == Some(name));
        let held = held.into_iter().filter_map(|held| Some(Held { sink: now(held.sink)?, ..held })).collect();
        let last = last
            .into_iter()
            .filter_map(|((sink, session, event), at)| Some(((now(sink)?, session, event), at)));
        let last = last.collect();
        Self { sinks, known, order, earlier, earlier_names, last, held }
    }

    /// Its sinks.
    #[must_use]
    pub fn into_sinks(self) -> Vec<(String, Filter)> {
        self.sinks
    }

    /// Some sink wants to hear of one of these events.
    #[must_use]
    pub fn wants(&self, events: &[Event]) -> bool {
        self.sinks.iter().any(|(_, filter)| filter.events.iter().any(|event| events.contains(event)))
    }

    /// A notice was decided about before this desk was there, under this id and perhaps another name of the fact.
    pub fn remember(&mut self, id: &str, also: Option<&str>) {
        self.note(id);
        self.earlier.insert(id.to_owned());
        self.earlier_names.extend(also.map(str::to_owned));
    }

    /// Of two dialogs that follow each other the time may be one: only what was found before is known by another name.
    fn is_known(&self, notice: &Notice) -> bool {
        self.known.contains(&notice.id)
            || self.earlier_names.contains(&notice.id)
            || notice.also.as_ref().is_some_and(|also| self.earlier.contains(also))
    }

    fn note(&mut self, id: &str) {
        if self.known.insert(id.to_owned()) {
            self.order.push_back(id.to_owned());
        }
        if self.order.len() > KNOWN_MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// A sink was told an event of a session at a moment.
    pub fn remember_told(&mut self, sink: &str, session: &str, event: Event, at: i64) {
        if let Some(sink) = self.sinks.iter().position(|(name, _)| name == sink) {
            self.last.insert((sink, session.to_owned(), event), at);
        }
    }

    /// When time alone will make something due, milliseconds since the epoch.
    #[must_use]
    pub fn due(&self) -> Option<i64> {
        self.held.iter().map(|held| held.due).min()
    }

    /// Decides about what is new, and again about what waits. What is known by its id is passed over.
    pub fn judge(&mut self, new: Vec<Notice>, seen: &Seen, now: i64, zone: &TimeZone) -> Vec<Judged> {
        let mut judged = self.again(seen, now, zone);
        for notice in new {
            if self.is_known(&notice) {
                continue;
            }
            self.note(&notice.id);
            let mut at = Vec::new();
            for sink in 0..self.sinks.len() {
                at.extend(self.decide(&notice, sink, notice.since.min(now), now, zone));
            }
            add(&mut judged, notice, at);
        }
        self.forget(now);
        judged
    }

    /// Gives up what waits: nobody will look any more. What still stands is found again by whoever leads next.
    pub fn close(&mut self) {
        self.held.clear();
    }

    fn again(&mut self, seen: &Seen, now: i64, zone: &TimeZone) -> Vec<Judged> {
        let mut judged = Vec::new();
        for held in std::mem::take(&mut self.held) {
            let (notice, told) = match seen.renewed(&held.notice) {
                Some(notice) => {
                    let told = self.decide(&notice, held.sink, held.since.min(now), now, zone);
                    (notice, told)
                }
                None => (held.notice, Some((self.sinks[held.sink].0.clone(), Err(held.why)))),
            };
            add(&mut judged, notice, told.into_iter().collect());
        }
        judged
    }

    /// What a sink does with a notice; `None` if it has not asked for it, or waits with it.
    fn decide(
        &mut self,
        notice: &Notice,
        sink: usize,
        since: i64,
        now: i64,
        zone: &TimeZone,
    ) -> Option<(String, Result<(), Reason>)> {
        let key = (sink, notice.session_id().to_owned(), notice.event);
        let (name, filter) = &self.sinks[sink];
        let clock = Clock { now, zone, since, last: self.last.get(&key).copied() };
        let name = name.clone();
        match filter.verdict(notice, clock) {
            Verdict::Unwanted => None,
            Verdict::Suppressed(reason) => Some((name, Err(reason))),
            Verdict::Later(due, why) => {
                if self.held.len() == HELD_MOST {
                    self.held.pop_front();
                }
                self.held.push_back(Held { notice: notice.clone(), sink, since, due, why });
                None
            }
            Verdict::Send => {
                self.last.insert(key, now);
                Some((name, Ok(())))
            }
        }
    }

    fn forget(&mut self, now: i64) {
        if self.last.len() > LAST_MOST {
            let longest = self.sinks.iter().map(|(_, filter)| filter.cooldown_ms).max().unwrap_or(0);
            self.last.retain(|_, at| (0..=longest).contains(&now.saturating_sub(*at)));
        }
    }
}

/// What waited for several sinks comes from the desk as one notice again.
fn add(judged: &mut Vec<Judged>, notice: Notice, at: Vec<(String, Result<(), Reason>)>) {
    if at.is_empty() {
        return;
    }
    match judged.iter_mut().find(|known| known.notice.id == notice.id) {
        Some(known) => known.at.extend(at),
        None => judged.push(Judged { notice, at }),
    }
}
