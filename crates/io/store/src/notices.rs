//! Notices at rest: what was worth telling, and what became of it at each sink.
//!
//! A delivery stands here as pending before it is tried, and is settled after: who dies between the two leaves it to
//! the next, so that it is made at least once; and because a notice is taken in once by its id, no more than once as
//! long as nobody dies.

use claudectl_fleet::notice::{Event, Notice};
use rusqlite::{OptionalExtension, params};

use crate::connection::Store;
use crate::error::StoreError;

/// What became of a notice at a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is being delivered, or will be; what went wrong last, if anything did.
    Pending(String),
    /// It was delivered.
    Sent,
    /// It was not to be told, and why.
    Suppressed(String),
    /// It could not be delivered, and why.
    Failed(String),
}

impl State {
    /// The name in the store and in output.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Sent => "sent",
            Self::Suppressed(_) => "suppressed",
            Self::Failed(_) => "failed",
        }
    }

    /// Why, where there is a reason.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Suppressed(reason) | Self::Failed(reason) | Self::Pending(reason) => {
                Some(reason).filter(|reason| !reason.is_empty()).map(String::as_str)
            }
            Self::Sent => None,
        }
    }

    fn of(word: &str, reason: Option<String>) -> Self {
        let reason = reason.unwrap_or_default();
        match word {
            "sent" => Self::Sent,
            "suppressed" => Self::Suppressed(reason),
            "failed" => Self::Failed(reason),
            _ => Self::Pending(reason),
        }
    }
}

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The notice's number.
    pub notice: i64,
    /// The sink.
    pub sink: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What to deliver.
    pub body: Notice,
}

/// What of a notice is known before it is decided about again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Its id.
    pub id: String,
    /// Another name of the same fact.
    pub also: Option<String>,
}

/// When a sink was told of an event of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The sink.
    pub sink: String,
    /// The session; empty where there is none.
    pub session: String,
    /// The event.
    pub event: Event,
    /// When it was decided, milliseconds since the epoch.
    pub at: i64,
}

/// What became of one notice at one sink, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    /// The notice.
    pub notice: Notice,
    /// The sink.
    pub sink: String,
    /// What became of it.
    pub state: State,
    /// When that was, milliseconds since the epoch.
    pub at: i64,
    /// How often it was tried.
    pub attempts: u32,
}

impl Store {
    /// Takes in a notice with what becomes of it at each sink. Says its number, and at which sinks that is new: those
    /// at which something has become of it already are left alone.
    ///
    /// # Errors
    /// When the store fails. Nothing of it is kept then.
    pub fn put_notice(
        &mut self,
        notice: &Notice,
        sinks: &[(String, State)],
        now: i64,
    ) -> Result<(i64, Vec<String>), StoreError> {
        let body = serde_json::to_string(notice)?;
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO notice (id, also, at, event, session, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                notice.id,
                notice.also,
                notice.at,
                notice.event.word(),
                notice.session_id(),
                body
            ])?;
            let number: i64 = tx
                .prepare_cached("SELECT seq FROM notice WHERE id = ?1")?
                .query_row([&notice.id], |row| row.get(0))?;
            let mut put = tx.prepare_cached(
                "INSERT INTO delivery (notice, sink, state, at, reason) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (notice, sink) DO NOTHING",
            )?;
            let mut new = Vec::new();
            for (sink, state) in sinks {
                if put.execute(params![number, sink, state.word(), now, state.reason()])? > 0 {
                    new.push(sink.clone());
                }
            }
            Ok((number, new))
        })
    }

    /// A delivery was tried; `state` says how that went.
    ///
    /// # Errors
    /// When the store fails.
    pub fn settle_delivery(
        &mut self,
        notice: i64,
        sink: &str,
        state: &State,
        attempts: u32,
        now: i64,
    ) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE delivery SET state = ?3, reason = ?4, attempts = ?5, at = ?6 WHERE notice = ?1 AND sink = ?2",
            )?
            .execute(params![notice, sink, state.word(), state.reason(), attempts, now])
            .map(|_| ())
        })
    }

    /// Deliveries that wait, oldest first. What a later version has written is left alone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn pending_deliveries(&self) -> Result<Vec<Pending>, StoreError> {
        let rows: Vec<(i64, String, u32, String)> = self.read(|db| {
            db.prepare_cached(
                "SELECT notice, sink, attempts, body FROM delivery JOIN notice ON notice.seq = notice
                 WHERE state = 'pending' ORDER BY notice, sink",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect()
        })?;
        let parsed = rows.into_iter().filter_map(|(notice, sink, attempts, body)| {
            Some(Pending { notice, sink, attempts, body: serde_json::from_str(&body).ok()? })
        });
        Ok(parsed.collect())
    }

    /// The latest notices since a moment, milliseconds since the epoch, the earliest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn notices_since(&self, since: i64, most: u32) -> Result<Vec<Earlier>, StoreError> {
        self.read(|db| {
            let mut found: Vec<Earlier> = db
                .prepare_cached("SELECT id, also FROM notice WHERE at >= ?1 ORDER BY seq DESC LIMIT ?2")?
                .query_map(params![since, most], |row| Ok(Earlier { id: row.get(0)?, also: row.get(1)? }))?
                .collect::<Result<_, _>>()?;
            found.reverse();
            Ok(found)
        })
    }

    /// What was told, or is being told, since a moment.
    ///
    /// # Errors
    /// When the store fails.
    pub fn told_since(&self, since: i64) -> Result<Vec<Told>, StoreError> {
        let rows: Vec<(String, String, String, i64)> = self.read(|db| {
            db.prepare_cached(
                "SELECT sink, session, event, max(notice.at) FROM notice JOIN delivery ON notice = seq
                 WHERE notice.at >= ?1 AND state <> 'suppressed' GROUP BY 1, 2, 3",
            )?
            .query_map([since], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect()
        })?;
        let told = rows.into_iter().filter_map(|(sink, session, event, at)| {
            Some(Told { sink, session, event: Event::parse(&event)?, at })
        });
        Ok(told.collect())
    }

    /// What became of the notices since a moment, the latest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn delivery_log(&self, since: i64, most: u32) -> Result<Vec<Logged>, StoreError> {
        type Row = (String, String, String, Option<String>, i64, u32);
        let rows: Vec<Row> = self.read(|db| {
            db.prepare_cached(
                "SELECT body, sink, state, reason, delivery.at, attempts FROM notice JOIN delivery ON notice = seq
                 WHERE notice.at >= ?1 ORDER BY seq DESC, sink LIMIT ?2",
            )?
            .query_map(params![since, most], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })?
            .collect()
        })?;
        let logged = rows.into_iter().filter_map(|(body, sink, state, reason, at, attempts)| {
            let notice = serde_json::from_str(&body).ok()?;
            Some(Logged { notice, sink, state: State::of(&state, reason), at, attempts })
        });
        Ok(logged.collect())
    }

    /// The latest delivery of a sink that was tried: made, failed, or tried again later.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_delivery(&self, sink: &str) -> Result<Option<(State, i64)>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT state, reason, at FROM delivery WHERE sink = ?1 AND attempts > 0 ORDER BY notice DESC LIMIT 1",
            )?
            .query_row([sink], |row| {
                let (word, reason): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                Ok((State::of(&word, reason), row.get(2)?))
            })
            .optional()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(id: &str, at: i64) -> Notice {
        Notice {
            id: id.to_owned(),
            event: Event::BudgetWarning,
            at,
            test: false,
            title: "near budget: today".to_owned(),
            text: String::new(),
            session: None,
            also: Some("evt_other".to_owned()),
            about: String::new(),
            since: 0,
        }
    }

    fn named(sink: &str, state: State) -> (String, State) {
        (sink.to_owned(), state)
    }

    #[test]
    fn a_notice_is_taken_in_once_and_settled() {
        let mut store = Store::in_memory().unwrap();
        let quiet = State::Suppressed("quiet hours".to_owned());
        let sinks = [named("bell", State::Pending(String::new())), named("webhook:a", quiet.clone())];
        let (number, new) = store.put_notice(&notice("evt_1", 5), &sinks, 6).unwrap();
        assert_eq!(new, ["bell", "webhook:a"]);
        let sinks =
            [named("bell", State::Pending(String::new())), named("hook:b", State::Pending(String::new()))];
        assert_eq!(
            store.put_notice(&notice("evt_1", 7), &sinks, 8).unwrap(),
            (number, vec!["hook:b".to_owned()]),
            "what is known is not told again"
        );
        let pending = store.pending_deliveries().unwrap();
        let of: Vec<&str> = pending.iter().map(|pending| pending.sink.as_str()).collect();
        assert_eq!((of, pending[0].body.at, pending[0].attempts), (vec!["bell", "hook:b"], 5, 0));
        let again = State::Pending("it answered 500".to_owned());
        store.settle_delivery(number, "bell", &again, 1, 7).unwrap();
        assert_eq!(store.last_delivery("bell").unwrap(), Some((again, 7)));
        store.settle_delivery(number, "bell", &State::Sent, 2, 9).unwrap();
        let failed = State::Failed("exit code 1".to_owned());
        store.settle_delivery(number, "hook:b", &failed, 3, 10).unwrap();
        assert_eq!(store.pending_deliveries().unwrap(), []);
        assert_eq!(store.last_delivery("hook:b").unwrap(), Some((failed.clone(), 10)));
        assert_eq!(store.last_delivery("webhook:a").unwrap(), None);
        let log = store.delivery_log(0, 10).unwrap();
        let of: Vec<_> = log.iter().map(|one| (one.sink.as_str(), &one.state, one.attempts)).collect();
        assert_eq!(of, [("bell", &State::Sent, 2), ("hook:b", &failed, 3), ("webhook:a", &quiet, 0)]);
        assert_eq!(store.delivery_log(6, 10).unwrap(), []);
    }

    #[test]
    fn what_was_told_before_is_known_to_whoever_leads_next() {
        let mut store = Store::in_memory().unwrap();
        store.put_notice(&notice("evt_1", 5), &[named("bell", State::Pending(String::new()))], 6).unwrap();
        let no = State::Suppressed("cooldown".to_owned());
        store.put_notice(&notice("evt_2", 8), &[named("bell", no)], 9).unwrap();
        let ids: Vec<String> =
            store.notices_since(0, 9).unwrap().into_iter().map(|earlier| earlier.id).collect();
        assert_eq!(ids, ["evt_1", "evt_2"]);
        assert_eq!(store.notices_since(6, 9).unwrap().len(), 1);
        assert_eq!(store.notices_since(0, 1).unwrap()[0].id, "evt_2");
        let told = store.told_since(0).unwrap();
        assert_eq!((told.len(), told[0].at, told[0].event), (1, 5, Event::BudgetWarning));
    }
}
