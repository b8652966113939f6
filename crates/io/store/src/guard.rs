//! Sessions that have ended, and whether the gate was asked about their calls: looked at once, and kept.

use claudectl_fleet::alarm::Obstacle;
use rusqlite::params;

use crate::connection::Store;
use crate::error::StoreError;

/// How it stood with a session when it had ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The session.
    pub sid: String,
    /// When it was looked at, milliseconds since the epoch.
    pub at: i64,
    /// Its last row then, milliseconds since the epoch.
    pub upto: i64,
    /// Its latest calls since the guard stands there.
    pub calls: u64,
    /// Those of them that the gate was asked about.
    pub seen: u64,
    /// What was in the way of our hooks when it was looked at, if that was found.
    pub cause: Option<String>,
    /// What that is; `None` too for one that another version has kept.
    pub obstacle: Option<Obstacle>,
}

impl Store {
    /// Sessions with a row since a moment (milliseconds since the epoch) that nobody has looked at that far, the latest
    /// first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unchecked(&self, since: i64) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT sid FROM session LEFT JOIN guard_check USING (sid)
                 WHERE last_at >= ?1 AND sid <> '' AND (upto IS NULL OR upto < last_at) ORDER BY last_at DESC",
            )?
            .query_map([since], |row| row.get(0))?
            .collect()
        })
    }

    /// Keeps how it stood with sessions.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep_checks(&mut self, all: &[Check]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut keep = tx.prepare_cached(
                "INSERT OR REPLACE INTO guard_check (sid, at, upto, calls, seen, cause, obstacle)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for one in all {
                let (calls, seen) = (one.calls.cast_signed(), one.seen.cast_signed());
                let obstacle = one.obstacle.map(Obstacle::word);
                keep.execute(params![one.sid, one.at, one.upto, calls, seen, one.cause, obstacle])?;
            }
            Ok(())
        })
    }

    /// Sessions with calls that the gate was not asked about and a row since a moment (milliseconds since the epoch), the
    /// latest first; no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unguarded(&self, since: i64, most: u32) -> Result<Vec<Check>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT sid, at, upto, calls, seen, cause, obstacle FROM guard_check
                 WHERE seen < calls AND upto >= ?1 ORDER BY upto DESC, sid LIMIT ?2",
            )?
            .query_map(params![since, most], |row| {
                Ok(Check {
                    sid: row.get(0)?,
                    at: row.get(1)?,
                    upto: row.get(2)?,
                    calls: row.get::<_, i64>(3)?.cast_unsigned(),
                    seen: row.get::<_, i64>(4)?.cast_unsigned(),
                    cause: row.get(5)?,
                    obstacle: row.get::<_, Option<String>>(6)?.as_deref().and_then(Obstacle::of),
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
    fn what_was_looked_at_is_looked_at_again_when_it_has_grown() {
        let mut store = Store::in_memory().unwrap();
        let put = |store: &mut Store, sid: &str, last_at: i64| {
            store
                .write(|tx| {
                    tx.execute(
                        "INSERT INTO session (sid, last_at) VALUES (?1, ?2)
                         ON CONFLICT (sid) DO UPDATE SET last_at = ?2",
                        params![sid, last_at],
                    )
                })
                .unwrap();
        };
        put(&mut store, "a", 10);
        put(&mut store, "b", 20);
        put(&mut store, "old", 1);
        assert_eq!(store.unchecked(5).unwrap(), ["b", "a"]);
        let check = |sid: &str, upto, seen| Check {
            sid: sid.to_owned(),
            at: 30,
            upto,
            calls: 2,
            seen,
            cause: (seen == 0).then(|| "gone".to_owned()),
            obstacle: (seen == 0).then_some(Obstacle::Broken),
        };
        store.keep_checks(&[check("a", 10, 0), check("b", 20, 2)]).unwrap();
        assert_eq!(store.unchecked(5).unwrap(), [""; 0]);
        assert_eq!(store.unguarded(5, 9).unwrap(), [check("a", 10, 0)]);
        assert_eq!((store.unguarded(11, 9).unwrap(), store.unguarded(5, 0).unwrap()), (vec![], vec![]));
        put(&mut store, "a", 15);
        assert_eq!(store.unchecked(5).unwrap(), ["a"]);
        store.keep_checks(&[check("a", 15, 2)]).unwrap();
        assert_eq!(store.unguarded(5, 9).unwrap(), []);
    }
}
