//! Limits that people gave to single sessions, projects, days and weeks; and what hot paths need to know of what
//! sessions have cost.

use std::collections::HashMap;

use claudectl_fleet::budget::{Own, Scope};
use claudectl_fleet::intake::KnownFile;
use claudectl_fleet::ledger::{Id, Response};
use claudectl_fleet::meter::Span;
use claudectl_fleet::money::Usd;
use rusqlite::{Row, Transaction, params};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::connection::Store;
use crate::error::StoreError;
use crate::ledger::{mark_at, stamp_at};
use crate::responses;

/// A transcript of a session: its path, and how far it was read.
pub type ReadFile = (Vec<u8>, KnownFile);

fn own(row: &Row<'_>) -> rusqlite::Result<Option<Own>> {
    let scope: String = row.get(0)?;
    let pico: i64 = row.get(4)?;
    let own = |scope| {
        Ok(Own {
            scope,
            subject: row.get(1)?,
            month: row.get(2)?,
            raised: row.get(3)?,
            limit: Usd::from_pico(pico.into()),
            at: row.get(5)?,
        })
    };
    // One of a later version is for that to follow.
    Scope::named(&scope).map(own).transpose()
}

fn described(own: &Own) -> serde_json::Value {
    json!({ "scope": own.scope.word(), "limit_usd": own.limit.dollars(), "month": own.month })
}

impl Store {
    /// Limits that were given, and count or will count again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn own_budgets(&self) -> Result<Vec<Own>, StoreError> {
        let rows: Vec<Option<Own>> = self.read(|db| {
            db.prepare_cached(
                "SELECT scope, subject, month, raised, pico, at FROM budget_own ORDER BY scope, subject, month, raised",
            )?
            .query_map([], own)?
            .collect()
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Keeps a limit, in the place of one of the same kind.
    ///
    /// # Errors
    /// When the store fails.
    pub fn give_budget(&mut self, own: &Own) -> Result<(), StoreError> {
        let deed = if own.raised { Deed::BudgetRaise } else { Deed::BudgetSet };
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO budget_own (scope, subject, month, raised, pico, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                own.scope.word(),
                own.subject,
                own.month,
                own.raised,
                own.limit.pico(),
                own.at
            ])?;
            audit::write(tx, own.at, deed, &own.subject, &described(own))
        })
    }

    /// Takes back what was given; how much that was.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_budget(&mut self, scope: Scope, subject: &str, now: i64) -> Result<usize, StoreError> {
        self.write(|tx| {
            let taken = tx
                .prepare_cached("DELETE FROM budget_own WHERE scope = ?1 AND subject = ?2")?
                .execute([scope.word(), subject])?;
            if taken > 0 {
                audit::write(tx, now, Deed::BudgetUnset, subject, &json!({ "scope": scope.word() }))?;
            }
            Ok(taken)
        })
    }

    /// Ends raises of days, weeks and months that are over, and of sessions that were raised before today and have ended
    /// since: a run without a terminal ends with each of its turns, and goes on by the same raise.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_raises(&mut self, day: &Span, week: &str, month: &str) -> Result<(), StoreError> {
        let raises = self.own_budgets()?.into_iter().any(|own| own.raised);
        if !raises {
            return Ok(());
        }
        self.write(|tx| {
            for (scope, current) in [(Scope::Day, day.key.as_str()), (Scope::Week, week)] {
                tx.execute(
                    "DELETE FROM budget_own WHERE raised AND scope = ?1 AND subject <> ?2",
                    [scope.word(), current],
                )?;
            }
            tx.execute(
                "DELETE FROM budget_own WHERE raised AND scope = ?1 AND month <> ?2",
                [Scope::Project.word(), month],
            )?;
            end_of_sessions(tx, day.from)
        })
    }

    /// Transcripts of a session.
    ///
    /// # Errors
    /// When the store fails.
    pub fn files_of(&self, session: Id) -> Result<Vec<ReadFile>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT path, id, dev, ino, size, mtime_ns, ctime_ns, offset, head, anchor, skipped, last_at
                 FROM file WHERE session = ?1",
            )?
            .query_map([session], |row| {
                let file = KnownFile {
                    id: row.get(1)?,
                    stamp: stamp_at(row, 2)?,
                    mark: mark_at(row, 7)?,
                    skipped: row.get::<_, i64>(10)?.cast_unsigned(),
                    last_at: row.get(11)?,
                };
                Ok((row.get(0)?, file))
            })?
            .collect()
        })
    }

    /// The responses that these sessions pay for.
    ///
    /// # Errors
    /// When the store fails.
    pub fn responses_of(&self, sessions: &[Id]) -> Result<HashMap<Id, Vec<Response>>, StoreError> {
        let mut found: HashMap<Id, Vec<Response>> =
            sessions.iter().map(|session| (*session, Vec::new())).collect();
        if found.is_empty() {
            return Ok(found);
        }
        self.read(|db| {
            responses::for_each(db, |_, block| {
                for response in block {
                    if let Some(own) = found.get_mut(&response.session) {
                        own.push(response);
                    }
                }
                Ok(())
            })
        })?;
        Ok(found)
    }
}

fn end_of_sessions(tx: &Transaction<'_>, today: i64) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM budget_own WHERE raised AND scope IN (?1, ?2) AND at < ?3 AND EXISTS (
             SELECT 1 FROM hook_session JOIN hook_event ON hook_event.session = hook_session.id
             WHERE sid = subject AND event = 'SessionEnd' AND hook_event.at >= budget_own.at)",
        params![Scope::Session.word(), Scope::Fanout.word(), today],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(scope: Scope, subject: &str, raised: bool, dollars: f64) -> Own {
        let month = if scope == Scope::Project && raised { "2026-11" } else { "" };
        Own {
            scope,
            subject: subject.to_owned(),
            month: month.to_owned(),
            raised,
            limit: Usd::from_dollars(dollars).unwrap(),
            at: 5,
        }
    }

    #[test]
    fn limits_are_given_and_taken_back() {
        let mut store = Store::in_memory().unwrap();
        let first = given(Scope::Session, "s", false, 1.0);
        store.give_budget(&first).unwrap();
        let (second, raise) = (given(Scope::Session, "s", false, 2.0), given(Scope::Session, "s", true, 9.0));
        store.give_budget(&second).unwrap();
        store.give_budget(&raise).unwrap();
        assert_eq!(store.own_budgets().unwrap(), [second, raise]);
        assert_eq!(store.take_budget(Scope::Fanout, "s", 6).unwrap(), 0);
        assert_eq!(store.take_budget(Scope::Session, "s", 6).unwrap(), 2);
        assert_eq!(store.own_budgets().unwrap(), []);
        let deeds: Vec<(i64, String)> =
            store.audit(9).unwrap().into_iter().map(|entry| (entry.at, entry.kind)).collect();
        let told = [(6, "budget-unset"), (5, "budget-raise"), (5, "budget-set"), (5, "budget-set")];
        assert_eq!(deeds, told.map(|(at, kind)| (at, kind.to_owned())));
        assert_eq!(store.audit(2).unwrap()[1].payload["limit_usd"], 9.0);
    }

    #[test]
    fn raises_end_with_what_they_are_for() {
        let mut store = Store::in_memory().unwrap();
        let kept = [
            given(Scope::Day, "2026-11-22", true, 1.0),
            given(Scope::Fanout, "open", true, 1.0),
            given(Scope::Project, "/w", false, 1.0),
            given(Scope::Project, "/w", true, 1.0),
            given(Scope::Session, "over", false, 1.0),
            given(Scope::Week, "2026-W47", true, 1.0),
        ];
        let over = [given(Scope::Day, "2026-11-21", true, 1.0), given(Scope::Session, "over", true, 1.0)];
        for own in kept.iter().chain(&over) {
            store.give_budget(own).unwrap();
        }
        store
            .write(|tx| {
                tx.execute_batch(
                    "INSERT INTO hook_session (id, sid, last_at, activity) VALUES (1, 'over', 0, '{}'), (2, 'open', 0, '{}');
                     INSERT INTO hook_event (at, session, event) VALUES (7, 1, 'SessionEnd'), (3, 2, 'SessionEnd'), (7, 2, 'Stop')",
                )
            })
            .unwrap();
        let day = |key: &str, from| Span { key: key.to_owned(), from, ..Span::default() };
        // On its own day a session's raise counts whatever has ended.
        store.end_raises(&day("2026-11-22", 5), "2026-W47", "2026-11").unwrap();
        let mut today = kept.to_vec();
        today.insert(5, over[1].clone());
        assert_eq!(store.own_budgets().unwrap(), today);
        store.end_raises(&day("2026-11-22", 6), "2026-W47", "2026-11").unwrap();
        assert_eq!(store.own_budgets().unwrap(), kept);
        store.end_raises(&day("2026-12-01", 9), "2026-W49", "2026-12").unwrap();
        let left: Vec<Own> = store.own_budgets().unwrap();
        assert!(left.iter().all(|own| !own.raised || own.scope == Scope::Fanout), "{left:?}");
    }
}
