//! What a language model said of calls, beside what the gate decided.

use rusqlite::{Row, params};

use crate::connection::Store;
use crate::error::StoreError;

/// What it said of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// The model.
    pub model: String,
    /// What the call does; `None` where it had no opinion.
    pub summary: Option<String>,
    /// What could go wrong, a line each.
    pub risks: Vec<String>,
    /// It would not run this.
    pub warns: bool,
    /// Why it had no opinion.
    pub why: Option<String>,
}

/// A call that was asked about, and of which it has said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnoted {
    /// Its number in the store.
    pub seq: i64,
    /// The session.
    pub session: String,
    /// The subagent, if it was one.
    pub agent: Option<String>,
    /// The call's id.
    pub call: String,
    /// The folder of its project, where that is known.
    pub project: Option<String>,
}

impl Store {
    /// Calls since a moment (milliseconds since the epoch) that the gate has asked about, without a note, the latest first;
    /// no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unnoted(&self, since: i64, most: u32) -> Result<Vec<Unnoted>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT seq, sid, agent, call, project FROM hook_event JOIN gate_decision USING (seq)
                 JOIN hook_session ON hook_session.id = session
                 WHERE session IN (SELECT id FROM hook_session WHERE last_at >= ?1)
                   AND at >= ?1 AND verdict = 'ask' AND call IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM gate_note WHERE gate_note.seq = hook_event.seq)
                 ORDER BY seq DESC LIMIT ?2",
            )?
            .query_map(params![since, most], |row| {
                Ok(Unnoted {
                    seq: row.get(0)?,
                    session: row.get(1)?,
                    agent: row.get(2)?,
                    call: row.get(3)?,
                    project: row.get(4)?,
                })
            })?
            .collect()
        })
    }

    /// Keeps what the model said of a call, in the place of what it has said before. Of a call that is not there any more
    /// nothing is kept.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep_note(&mut self, seq: i64, note: &Note) -> Result<(), StoreError> {
        let risks = serde_json::to_string(&note.risks)?;
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT OR REPLACE INTO gate_note (seq, at, model, summary, risks, warns, why)
                 SELECT seq, ?2, ?3, ?4, ?5, ?6, ?7 FROM gate_decision WHERE seq = ?1",
            )?
            .execute(params![
                seq,
                note.at,
                note.model,
                note.summary,
                risks,
                note.warns,
                note.why
            ])?;
            Ok(())
        })
    }
}

/// What stands from this column on, if there is a note.
pub(crate) fn note(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Note>> {
    let Some(at) = row.get(column)? else { return Ok(None) };
    let risks: String = row.get(column + 3)?;
    Ok(Some(Note {
        at,
        model: row.get(column + 1)?,
        summary: row.get(column + 2)?,
        risks: serde_json::from_str(&risks).unwrap_or_default(),
        warns: row.get(column + 4)?,
        why: row.get(column + 5)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Store {
        let mut store = Store::in_memory().unwrap();
        store
            .write(|tx| {
                tx.execute_batch(
                    "INSERT INTO hook_session (id, sid, last_at, activity) VALUES (1, 's', 50, '{}');
                     INSERT INTO hook_event (seq, at, session, event, call, tool)
                        VALUES (1, 10, 1, 'PreToolUse', 'a', 'Bash'), (2, 20, 1, 'PreToolUse', 'b', 'Bash'),
                               (3, 30, 1, 'PreToolUse', NULL, 'Bash'), (4, 40, 1, 'PreToolUse', 'd', 'Bash');
                     INSERT INTO gate_decision (seq, verdict, layer, reason, learnable, effects)
                        VALUES (1, 'ask', 'effects', 'x', 0, ''), (2, 'allow', 'effects', 'x', 0, ''),
                               (3, 'ask', 'effects', 'x', 0, ''), (4, 'ask', 'effects', 'x', 0, '');",
                )
            })
            .unwrap();
        store
    }

    fn warning() -> Note {
        let risks = vec!["It is gone.".to_owned()];
        Note {
            at: 5,
            model: "m".to_owned(),
            summary: Some("Removes.".to_owned()),
            risks,
            warns: true,
            why: None,
        }
    }

    #[test]
    fn a_note_stands_beside_its_decision_and_goes_with_it() {
        let mut store = asked();
        let open = |store: &Store, since| {
            store.unnoted(since, 9).unwrap().into_iter().map(|one| one.call).collect::<Vec<_>>()
        };
        assert_eq!(
            (open(&store, 0), open(&store, 15)),
            (vec!["d".to_owned(), "a".to_owned()], vec!["d".to_owned()])
        );
        store.keep_note(4, &warning()).unwrap();
        assert_eq!(open(&store, 0), ["a"]);
        let none =
            Note { summary: None, risks: vec![], warns: false, why: Some("late".to_owned()), ..warning() };
        store.keep_note(1, &none).unwrap();
        store.keep_note(77, &none).unwrap();
        let notes: Vec<Option<Note>> =
            store.decisions(0, 9).unwrap().into_iter().map(|one| one.note).collect();
        assert_eq!(notes, [Some(warning()), None, None, Some(none)]);
        store.keep_note(1, &warning()).unwrap();
        assert_eq!(store.decisions(0, 9).unwrap()[3].note, Some(warning()));
        store.forget_session("s").unwrap();
        let left: i64 =
            store.read(|db| db.query_row("SELECT count(*) FROM gate_note", [], |row| row.get(0))).unwrap();
        assert_eq!(left, 0);
    }
}
