//! What people have answered: the log that everything is learned from.
//!
//! An answer is known by its session, its call and its kind, so that whoever finds it again, and however many at once, keeps
//! it once. Its place is that of its time. What is put before others that may have been learned raises the log's epoch:
//! then everything is learned again.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use xxhash_rust::xxh3::Xxh3;

use crate::connection::Store;
use crate::error::StoreError;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Its number; of one that is not kept yet, 0.
    pub row: i64,
    /// Its place, milliseconds since the epoch.
    pub at: i64,
    /// When the call was made.
    pub made_at: i64,
    /// The session.
    pub session: String,
    /// The call's id.
    pub call: Option<String>,
    /// The folder of its project.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// The call: redacted, one line.
    pub summary: String,
    /// Where the answer comes from, in a word.
    pub source: String,
    /// The person wanted it to run.
    pub wanted: bool,
    /// What they gave as the reason.
    pub reason: Option<String>,
    /// Features, packed.
    pub features: Vec<u8>,
    /// What was thought of it before, as JSON.
    pub thought: Option<String>,
    /// What became of it.
    pub outcome: Option<String>,
}

impl Answer {
    /// What it is known by. The parts are kept apart by their lengths.
    #[must_use]
    pub fn key(&self) -> [u8; 16] {
        let call = self.call.as_deref().unwrap_or_default();
        let mut hash = Xxh3::new();
        for part in [self.session.as_str(), call, self.kind()] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        if self.call.is_none() {
            hash.update(&self.made_at.to_le_bytes());
            hash.update(self.summary.as_bytes());
        }
        hash.digest128().to_le_bytes()
    }

    /// A call is answered once, whatever was pressed; that is corrected once, and taken back once.
    fn kind(&self) -> &str {
        match self.source.as_str() {
            "prompt" | "always" | "audit" => "answer",
            // Whatever it is taken for later.
            other if other.starts_with("imported") => "imported",
            other => other,
        }
    }
}

/// What a correction of the call is known by that an answer is about.
fn correction_of(one: &Answer) -> [u8; 16] {
    let (session, call) = (one.session.clone(), one.call.clone());
    Answer { session, call, source: "correction".to_owned(), ..Answer::default() }.key()
}

/// Stamps may be so far ahead of the clock: machines' clocks are not quite the same.
const AHEAD_MS: i64 = 10 * 60 * 1000;

/// What was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// Answers that were not there.
    pub new: u64,
    /// Of these, those with stamps of the future: they count as of now, for what is later makes all else old.
    pub future: u64,
}

/// An answer by what it is known by, with no stamp of the future; and whether it had one.
fn of_now(one: &Answer, now: i64) -> ([u8; 16], Answer, bool) {
    let tamed = |at: i64| if at > now.saturating_add(AHEAD_MS) { now } else { at };
    let (at, made_at) = (tamed(one.at), tamed(one.made_at));
    // Found again at another time, it is the same.
    (one.key(), Answer { at, made_at, ..one.clone() }, (at, made_at) != (one.at, one.made_at))
}

/// How far the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Raised whenever everything is to be learned again.
    pub epoch: u64,
    /// The place of the last answer, milliseconds since the epoch.
    pub at: i64,
    /// Its number; 0 where there is none.
    pub row: i64,
}

/// A call of which it is known what the person has answered, and which is not in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its number among decisions.
    pub seq: i64,
    /// As far as it is known: the source and whether it was wanted are for the caller.
    pub answer: Answer,
    /// Who decided, in the client's own word.
    pub by: String,
    /// When it ended, milliseconds since the epoch.
    pub ended_at: Option<i64>,
    /// Another input ran than the one that was judged.
    pub changed: bool,
    /// What a person has answered from elsewhere: `allow` or `deny`.
    pub elsewhere: Option<String>,
}

const ANSWERS: &str =
    "SELECT row, at, made_at, session, call, project, tool, summary, source, wanted, reason, features,
        thought, outcome FROM brain_answer";

fn answer(row: &Row<'_>) -> rusqlite::Result<Answer> {
    Ok(Answer {
        row: row.get(0)?,
        at: row.get(1)?,
        made_at: row.get(2)?,
        session: row.get(3)?,
        call: row.get(4)?,
        project: row.get(5)?,
        tool: row.get(6)?,
        summary: row.get(7)?,
        source: row.get(8)?,
        wanted: row.get(9)?,
        reason: row.get(10)?,
        features: row.get(11)?,
        thought: row.get(12)?,
        outcome: row.get(13)?,
    })
}

fn head(tx: &rusqlite::Connection) -> rusqlite::Result<Head> {
    let epoch: Option<String> = tx
        .prepare_cached("SELECT value FROM meta WHERE name = 'brain_epoch'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let last: Option<(i64, i64)> = tx
        .prepare_cached("SELECT at, row FROM brain_answer ORDER BY at DESC, row DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (at, row) = last.unwrap_or_default();
    let epoch = epoch.and_then(|epoch| epoch.parse().ok()).unwrap_or(0);
    Ok(Head { epoch, at, row })
}

fn raise_epoch(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO meta (name, value) VALUES ('brain_epoch', '1')
         ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
    )?
    .execute([])?;
    Ok(())
}

/// Gives answers that are there the features that are found for their calls now, where theirs were made by an earlier
/// version or with another secret: packed features that mean something beside each other begin with the same bytes. How
/// many were given some.
fn renew(tx: &Transaction<'_>, answers: &[Answer], made: &[u8]) -> rusqlite::Result<u64> {
    let mut give = tx.prepare_cached(
        "UPDATE brain_answer SET features = ?1
         WHERE session = ?2 AND call = ?3 AND substr(features, 1, ?4) <> ?5",
    )?;
    let mut renewed = 0;
    for one in answers.iter().filter(|one| one.features.starts_with(made)) {
        renewed +=
            give.execute(params![one.features, one.session, one.call, made.len() as i64, made])? as u64;
    }
    if renewed > 0 {
        raise_epoch(tx)?;
    }
    Ok(renewed)
}

/// Keeps answers that are not there yet; how many.
fn insert(tx: &Transaction<'_>, answers: &[([u8; 16], Answer, bool)]) -> rusqlite::Result<Kept> {
    let before = head(tx)?;
    let mut keep = tx.prepare_cached(
        "INSERT INTO brain_answer (key, at, made_at, session, call, project, tool, summary, source, wanted, reason,
             features, thought, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (key) DO NOTHING",
    )?;
    let (mut all, mut is_before) = (Kept::default(), false);
    for (key, one, is_future) in answers {
        let kept = keep.execute(params![
            key,
            one.at,
            one.made_at,
            one.session,
            one.call,
            one.project,
            one.tool,
            one.summary,
            one.source,
            one.wanted,
            one.reason,
            one.features,
            one.thought,
            one.outcome
        ])?;
        all.new += kept as u64;
        all.future += if *is_future { kept as u64 } else { 0 };
        is_before |= kept > 0 && before.row > 0 && one.at < before.at;
    }
    if is_before {
        raise_epoch(tx)?;
    }
    Ok(all)
}

impl Store {
    /// How far the log goes.
    ///
    /// # Errors
    /// When the store fails.
    pub fn brain_head(&self) -> Result<Head, StoreError> {
        self.read(head)
    }

    /// How many answers there are, by where they come from and whether the call was wanted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn answer_counts(&self) -> Result<Vec<(String, bool, u64)>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT source, wanted, count(*) FROM brain_answer GROUP BY source, wanted ORDER BY source, wanted",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.cast_unsigned())))?
            .collect()
        })
    }

    /// Keeps answers of the past, each in the place of its time; how many are new.
    ///
    /// # Errors
    /// When the store fails. Nothing is kept then.
    pub fn keep_answers(&mut self, answers: &[Answer], now: i64) -> Result<Kept, StoreError> {
        let answers: Vec<_> = answers.iter().map(|one| of_now(one, now)).collect();
        self.write(|tx| insert(tx, &answers))
    }

    /// What a person has said afterwards of the calls that these answers are about, of each.
    ///
    /// # Errors
    /// When the store fails.
    pub fn corrections(&self, answers: &[Answer]) -> Result<Vec<Option<bool>>, StoreError> {
        self.read(|db| {
            let mut of = db.prepare_cached("SELECT wanted FROM brain_answer WHERE key = ?1")?;
            let said = |one: &Answer| match one.call {
                Some(_) => of.query_row([correction_of(one)], |row| row.get(0)).optional(),
                None => Ok(None),
            };
            answers.iter().map(said).collect()
        })
    }

    /// Gives answers whose features do not begin with these bytes those that are found for their calls now; how many.
    ///
    /// # Errors
    /// When the store fails. Nothing is changed then.
    pub fn renew_answers(&mut self, found: &[Answer], made: &[u8]) -> Result<u64, StoreError> {
        self.write(|tx| renew(tx, found, made))
    }

    /// How many answers have features that do not begin with these bytes: nothing is learned of them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn answers_made_otherwise(&self, made: &[u8]) -> Result<u64, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT count(*) FROM brain_answer WHERE substr(features, 1, ?1) <> ?2")?
                .query_row(params![made.len() as i64, made], |row| row.get::<_, i64>(0))
        })
        .map(i64::cast_unsigned)
    }

    /// Answers behind a place, in their order; no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn answers_after(&self, at: i64, row: i64, most: u32) -> Result<Vec<Answer>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("{ANSWERS} WHERE (at, row) > (?1, ?2) ORDER BY at, row LIMIT ?3"))?
                .query_map(params![at, row, most], answer)?
                .collect()
        })
    }

    /// The answers that were given last, the latest first; no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_answers(&self, most: u32) -> Result<Vec<Answer>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("{ANSWERS} ORDER BY at DESC, row DESC LIMIT ?1"))?
                .query_map([most], answer)?
                .collect()
        })
    }

    /// What was answered to a call, in its order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn answers_to(&self, session: &str, call: &str) -> Result<Vec<Answer>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("{ANSWERS} WHERE session = ?1 AND call = ?2 ORDER BY at, row"))?
                .query_map([session, call], answer)?
                .collect()
        })
    }

    /// Keeps what a person says of a call afterwards, in the place of what they have said before. If that is other than what
    /// was learned of the call, all is learned again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn correct(&mut self, answer: &Answer) -> Result<(), StoreError> {
        self.write(|tx| {
            let gone =
                tx.prepare_cached("DELETE FROM brain_answer WHERE key = ?1")?.execute([answer.key()])?;
            let others: u64 = tx
                .prepare_cached(
                    "SELECT count(*) FROM brain_answer WHERE session = ?1 AND call = ?2 AND wanted <> ?3",
                )?
                .query_row(params![answer.session, answer.call, answer.wanted], |row| row.get::<_, i64>(0))?
                .cast_unsigned();
            if gone > 0 || others > 0 {
                raise_epoch(tx)?;
            }
            let (key, made, is_future) = of_now(answer, answer.at);
            let at = made.at.max(head(tx)?.at);
            insert(tx, &[(key, Answer { at, ..made }, is_future)])?;
            Ok(())
        })
    }

    /// Forgets all answers; how many.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_answers(&mut self) -> Result<u64, StoreError> {
        self.write(|tx| {
            let gone = tx.execute("DELETE FROM brain_answer", [])?;
            raise_epoch(tx)?;
            Ok(gone as u64)
        })
    }

    /// Calls since a moment that were decided about and are not in the log; no more than `most`, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn open_answers(&self, since: i64, most: u32) -> Result<Vec<Open>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT d.seq, call.at, sid, call.call, d.project, call.tool, call.summary, d.features, d.thought,
                        d.outcome, d.decided_by, d.outcome_at, d.changed,
                        (SELECT answer.kind FROM hook_event AS answer
                         WHERE answer.session = call.session AND answer.seq > call.seq AND answer.event = 'Answered'
                           AND answer.agent IS call.agent AND answer.tool IS call.tool AND answer.hash IS call.hash
                           AND (answer.call IS NULL OR answer.call = call.call)
                         ORDER BY answer.seq LIMIT 1)
                 FROM gate_decision AS d JOIN hook_event AS call USING (seq)
                 JOIN hook_session ON hook_session.id = call.session
                 WHERE d.features IS NOT NULL AND d.learned = 0 AND d.decided_by IS NOT NULL AND call.at >= ?1
                 ORDER BY d.seq LIMIT ?2",
            )?
            .query_map(params![since, most], |row| {
                Ok(Open {
                    seq: row.get(0)?,
                    answer: Answer {
                        made_at: row.get(1)?,
                        session: row.get(2)?,
                        call: row.get(3)?,
                        project: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
                        tool: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
                        summary: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
                        features: row.get(7)?,
                        thought: row.get(8)?,
                        outcome: row.get(9)?,
                        ..Answer::default()
                    },
                    by: row.get(10)?,
                    ended_at: row.get(11)?,
                    changed: row.get(12)?,
                    elsewhere: row.get(13)?,
                })
            })?
            .collect()
        })
    }

    /// Sessions, with their subagents, that hooks have told something of since a moment (milliseconds since the epoch).
    ///
    /// # Errors
    /// When the store fails.
    pub fn told_of_since(&self, since: i64) -> Result<Vec<(String, Option<String>)>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT DISTINCT sid, agent FROM hook_session JOIN hook_event ON session = hook_session.id
                 WHERE last_at >= ?1 AND at >= ?1 AND sid <> '' ORDER BY sid, agent",
            )?
            .query_map([since], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
    }

    /// What is known of a call that may be learned from, if the gate was asked about it and no other input ran. Whether it
    /// was wanted is not told.
    ///
    /// # Errors
    /// When the store fails.
    pub fn learnable_call(&self, session: &str, call: &str) -> Result<Option<Answer>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT at, project, tool, summary, features, thought, outcome
                 FROM gate_decision JOIN hook_event USING (seq)
                 WHERE session = (SELECT id FROM hook_session WHERE sid = ?1) AND call = ?2
                   AND features IS NOT NULL AND changed = 0 ORDER BY seq LIMIT 1",
            )?
            .query_row([session, call], |row| {
                Ok(Answer {
                    made_at: row.get(0)?,
                    session: session.to_owned(),
                    call: Some(call.to_owned()),
                    project: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                    tool: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                    summary: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                    features: row.get(4)?,
                    thought: row.get(5)?,
                    outcome: row.get(6)?,
                    ..Answer::default()
                })
            })
            .optional()
        })
    }

    /// Until when it was looked for what was taken back, milliseconds since the epoch.
    ///
    /// # Errors
    /// When the store fails.
    pub fn looked_at(&self) -> Result<Option<i64>, StoreError> {
        let text: Option<String> = self.read(|db| {
            db.prepare_cached("SELECT value FROM meta WHERE name = 'brain_looked_ms'")?
                .query_row([], |row| row.get(0))
                .optional()
        })?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Keeps until when it was looked.
    ///
    /// # Errors
    /// When the store fails.
    pub fn looked(&mut self, at: i64) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('brain_looked_ms', ?1)")?
                .execute([at.to_string()])?;
            Ok(())
        })
    }

    /// Keeps answers that were just given, behind all others, and that these calls need not be looked at again. How many
    /// are new.
    ///
    /// # Errors
    /// When the store fails. Nothing is kept then.
    pub fn take_answers(&mut self, seqs: &[i64], answers: &[Answer], now: i64) -> Result<Kept, StoreError> {
        self.write(|tx| {
            let at = head(tx)?.at.max(now);
            let placed = answers.iter().map(|one| {
                let (key, made, is_future) = of_now(one, now);
                (key, Answer { at, ..made }, is_future)
            });
            let placed: Vec<_> = placed.collect();
            let new = insert(tx, &placed)?;
            let mut done = tx.prepare_cached("UPDATE gate_decision SET learned = 1 WHERE seq = ?1")?;
            seqs.iter().try_for_each(|seq| done.execute([seq]).map(|_| ()))?;
            Ok(new)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(call: &str, at: i64, wanted: bool) -> Answer {
        Answer {
            at,
            made_at: at,
            session: "s".to_owned(),
            call: Some(call.to_owned()),
            source: "prompt".to_owned(),
            wanted,
            features: vec![1, 2],
            ..Answer::default()
        }
    }

    fn calls(answers: &[Answer]) -> Vec<&str> {
        answers.iter().filter_map(|one| one.call.as_deref()).collect()
    }

    #[test]
    fn an_answer_is_kept_once_and_in_its_place() {
        let mut store = Store::in_memory().unwrap();
        assert_eq!(store.keep_answers(&[one("a", 10, true), one("b", 20, false)], 1_000).unwrap().new, 2);
        let head = store.brain_head().unwrap();
        assert_eq!((head.epoch, head.at), (0, 20));
        let again = Answer { source: "always".to_owned(), ..one("a", 99, false) };
        assert_eq!(
            store.keep_answers(&[again, one("b", 20, false)], 1_000).unwrap().new,
            0,
            "the first stays"
        );
        assert_eq!(store.brain_head().unwrap(), head);
        assert_eq!(store.keep_answers(&[one("c", 30, true)], 1_000).unwrap().new, 1);
        assert_eq!(store.brain_head().unwrap().epoch, 0, "what comes behind is learned on");
        assert_eq!(store.keep_answers(&[one("d", 15, true)], 1_000).unwrap().new, 1);
        assert_eq!(store.brain_head().unwrap().epoch, 1, "what comes before makes all be learned again");
        assert_eq!(calls(&store.answers_after(0, 0, 99).unwrap()), ["a", "d", "b", "c"]);
        let [first, ..] = &store.answers_after(0, 0, 1).unwrap()[..] else { panic!() };
        assert_eq!(calls(&store.answers_after(first.at, first.row, 2).unwrap()), ["d", "b"]);
    }

    #[test]
    fn what_is_found_again_gets_the_features_of_now() {
        let mut store = Store::in_memory().unwrap();
        let made = |first: u8, call: &str| Answer { features: vec![first, 9, 7], ..one(call, 10, true) };
        let corrected = Answer { source: "correction".to_owned(), ..made(1, "a") };
        store.keep_answers(&[made(1, "a"), made(1, "b"), corrected], 1_000).unwrap();
        assert_eq!(store.answers_made_otherwise(&[2, 9]).unwrap(), 3);
        assert_eq!(store.renew_answers(&[made(2, "a"), made(2, "c")], &[2, 9]).unwrap(), 2);
        assert_eq!(store.answers_made_otherwise(&[2, 9]).unwrap(), 1, "nobody has found b again");
        let epoch = store.brain_head().unwrap().epoch;
        assert_eq!(epoch, 1, "all is learned again");
        let to = store.answers_to("s", "a").unwrap();
        assert!(to.len() == 2 && to.iter().all(|one| one.features == [2, 9, 7]));
        let other = Answer { features: vec![2, 9, 8], ..one("a", 10, true) };
        assert_eq!(store.renew_answers(&[other], &[2, 9]).unwrap(), 0, "what counts already stays");
        assert_eq!(store.renew_answers(&[made(1, "a")], &[2, 9]).unwrap(), 0);
        assert_eq!(store.brain_head().unwrap().epoch, epoch);
    }

    #[test]
    fn until_when_it_was_looked_is_kept() {
        let mut store = Store::in_memory().unwrap();
        assert_eq!(store.looked_at().unwrap(), None);
        store.looked(7).unwrap();
        store.looked(5).unwrap();
        assert_eq!(store.looked_at().unwrap(), Some(5));
        assert!(store.told_of_since(0).unwrap().is_empty());
        assert_eq!(store.learnable_call("s", "t").unwrap(), None);
    }

    #[test]
    fn a_correction_takes_the_place_of_the_last_one() {
        let mut store = Store::in_memory().unwrap();
        store.keep_answers(&[one("a", 10, true)], 1_000).unwrap();
        let correction = |wanted| Answer { source: "correction".to_owned(), ..one("a", 5, wanted) };
        store.correct(&correction(true)).unwrap();
        assert_eq!(store.brain_head().unwrap().epoch, 0, "it says what was said before");
        store.correct(&correction(false)).unwrap();
        assert_eq!(store.brain_head().unwrap().epoch, 1, "the first may have been learned");
        let all = store.answers_after(0, 0, 9).unwrap();
        assert_eq!(store.corrections(&all).unwrap(), [Some(false); 2]);
        store.correct(&correction(true)).unwrap();
        assert_eq!(store.brain_head().unwrap().epoch, 2);
        assert_eq!(store.corrections(&[one("a", 7, true), one("b", 7, true)]).unwrap(), [Some(true), None]);
        let known: Vec<(String, bool)> =
            store.answers_to("s", "a").unwrap().into_iter().map(|one| (one.source, one.wanted)).collect();
        assert_eq!(known, [("prompt".to_owned(), true), ("correction".to_owned(), true)]);
        assert_eq!(store.forget_answers().unwrap(), 2);
        assert_eq!(store.brain_head().unwrap().epoch, 3);
    }

    #[test]
    fn a_correction_of_a_slip_makes_all_be_learned_again() {
        let mut store = Store::in_memory().unwrap();
        store.keep_answers(&[one("a", 10, false), one("b", 20, true)], 1_000).unwrap();
        store.correct(&Answer { source: "correction".to_owned(), ..one("a", 30, true) }).unwrap();
        assert_eq!(store.brain_head().unwrap().epoch, 1);
    }

    #[test]
    fn stamps_of_the_future_are_of_now() {
        let (mut store, now) = (Store::in_memory().unwrap(), 5_000_000);
        let future = Answer { call: None, ..one("", now + AHEAD_MS + 1, true) };
        let all = [one("a", now, true), one("b", now + AHEAD_MS, true), future];
        assert_eq!(store.keep_answers(&all, now).unwrap(), Kept { new: 3, future: 1 });
        let kept: Vec<i64> = store.answers_after(0, 0, 9).unwrap().iter().map(|one| one.made_at).collect();
        assert_eq!(kept, [now, now, now + AHEAD_MS]);
        assert_eq!(
            store.keep_answers(&all, now + 7).unwrap(),
            Kept::default(),
            "found again, it is the same"
        );
        let taken = store.take_answers(&[], &[one("c", i64::MAX, true)], now).unwrap();
        assert_eq!(taken, Kept { new: 1, future: 1 });
        let last = store.last_answers(1).unwrap().remove(0);
        assert_eq!((last.call.as_deref(), last.made_at), (Some("c"), now));
    }

    #[test]
    fn answers_are_known_by_session_call_and_kind() {
        let keys: Vec<[u8; 16]> = [
            one("a", 1, true),
            one("b", 1, true),
            Answer { session: "sa".to_owned(), ..one("", 1, true) },
            Answer { source: "correction".to_owned(), ..one("a", 1, true) },
            Answer { call: None, ..one("", 1, true) },
            Answer { call: None, ..one("", 2, true) },
        ]
        .iter()
        .map(Answer::key)
        .collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{at}");
        }
        assert_eq!(
            one("a", 1, true).key(),
            Answer { source: "audit".to_owned(), ..one("a", 7, false) }.key()
        );
    }
}
