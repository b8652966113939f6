//! What triggers have done. A row is written before the deed: who dies between the two leaves it undone rather than done
//! twice, and the next says so.

use rusqlite::params;

use crate::connection::Store;
use crate::error::StoreError;

/// Something that a trigger did, or was about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The trigger's name.
    pub trigger: String,
    /// The session.
    pub session: String,
    /// Which time for this session, from 1.
    pub time: u32,
    /// What was done: `notify`, `send`, `pause`, `stop`.
    pub action: String,
    /// What was sent, or told.
    pub message: Option<String>,
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// What came of it; `None` as long as nobody has said.
    pub outcome: Option<String>,
}

impl Store {
    /// Something is about to be done. `false` if it was begun before: then it is not to be done.
    ///
    /// # Errors
    /// When the store fails. Then it is not to be done, either.
    pub fn begin_deed(&mut self, deed: &Deed) -> Result<bool, StoreError> {
        self.write(|tx| {
            let new = tx
                .prepare_cached(
                    "INSERT INTO trigger_deed (name, session, time, action, message, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    deed.trigger,
                    deed.session,
                    deed.time,
                    deed.action,
                    deed.message,
                    deed.at
                ])?;
            Ok(new > 0)
        })
    }

    /// What came of it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_deed(&mut self, deed: &Deed, outcome: &str) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE trigger_deed SET outcome = ?4 WHERE name = ?1 AND session = ?2 AND time = ?3",
            )?
            .execute(params![deed.trigger, deed.session, deed.time, outcome])
            .map(drop)
        })
    }

    /// All that was done, or begun, the earliest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn trigger_deeds(&self) -> Result<Vec<Deed>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT name, session, time, action, message, at, outcome FROM trigger_deed ORDER BY at, name, session, time",
            )?
            .query_map([], |row| {
                Ok(Deed {
                    trigger: row.get(0)?,
                    session: row.get(1)?,
                    time: row.get(2)?,
                    action: row.get(3)?,
                    message: row.get(4)?,
                    at: row.get(5)?,
                    outcome: row.get(6)?,
                })
            })?
            .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_begun_once() {
        let mut store = Store::in_memory().unwrap();
        let deed = |time, at| Deed {
            trigger: "cap".to_owned(),
            session: "s".to_owned(),
            time,
            action: "stop".to_owned(),
            message: None,
            at,
            outcome: None,
        };
        assert!(store.begin_deed(&deed(1, 5)).unwrap());
        assert!(!store.begin_deed(&deed(1, 6)).unwrap(), "whoever comes second does nothing");
        assert!(store.begin_deed(&deed(2, 7)).unwrap());
        store.end_deed(&deed(1, 5), "done").unwrap();
        let first = Deed { outcome: Some("done".to_owned()), ..deed(1, 5) };
        assert_eq!(store.trigger_deeds().unwrap(), [first, deed(2, 7)]);
    }
}
