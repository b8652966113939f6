//! Hook calls at rest: taken in from the journal, and what those of a session add up to.

use std::collections::HashMap;

use claudectl_fleet::alarm::Failure;
use claudectl_fleet::hooks::{ANSWERED, Activity, Client, Event, Input, Json, OVERTAKEN};
use claudectl_redact::redact_tool;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::connection::Store;
use crate::error::StoreError;
use crate::gate;

/// How far a day has been taken in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Bytes taken in.
    pub offset: u64,
    /// The fingerprint of what stands before that; see [`crate::journal::anchor`].
    pub anchor: u64,
    /// Records that could not be read.
    pub torn: u64,
}

/// A piece of a day's journal.
#[derive(Debug)]
pub struct Intake<'a> {
    /// The day, by its file's name.
    pub day: &'a str,
    /// How far the day had been taken in when the piece was read.
    pub before: Option<Taken>,
    /// Where the piece ends, and what stands before that.
    pub offset: u64,
    /// The fingerprint there.
    pub anchor: u64,
    /// The day is read from its beginning again, because its file is not what it was: events that are known
    /// are passed over.
    pub again: bool,
    /// Its events, in order.
    pub events: &'a [Event],
    /// Records in it that could not be read.
    pub torn: u64,
}

/// The latest are enough: only the latest calls of a transcript are asked about.
const MOST_JUDGED: u32 = 4_000;

/// Calls that the gate was asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JudgedCalls {
    /// Their ids, the latest first.
    pub calls: Vec<String>,
    /// They are all that there were since then, milliseconds since the epoch.
    pub since: i64,
}

/// What the journal holds, for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Hook calls that are kept.
    pub events: u64,
    /// Sessions that they are of.
    pub sessions: u64,
    /// Calls whose input was none that Claude Code writes.
    pub unreadable: u64,
    /// Records that could not be read.
    pub torn: u64,
    /// When the last call came, milliseconds since the epoch.
    pub last_at: Option<i64>,
}

impl Store {
    /// How far each day has been taken in, by the file's name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn journal_days(&self) -> Result<HashMap<String, Taken>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT name, offset, anchor, torn FROM journal_day")?
                .query_map([], |row| Ok((row.get(0)?, taken(row, 1)?)))?
                .collect()
        })
    }

    /// Takes in a piece of a day and says whether it did: another process may have been quicker, and then
    /// nothing is changed.
    ///
    /// # Errors
    /// When the store fails. Nothing of the piece is kept then.
    pub fn take_events(&mut self, intake: &Intake<'_>) -> Result<bool, StoreError> {
        self.write(|tx| {
            let before = day(tx, intake.day)?;
            if before != intake.before {
                return Ok(false);
            }
            fold(tx, intake.events, intake.again)?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO journal_day (name, offset, anchor, torn) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                intake.day,
                intake.offset.cast_signed(),
                intake.anchor.cast_signed(),
                (before.unwrap_or_default().torn + intake.torn).cast_signed()
            ])?;
            Ok(true)
        })
    }

    /// What the hook calls of a session add up to.
    ///
    /// # Errors
    /// When the store fails.
    pub fn activity(&self, sid: &str) -> Result<Option<Activity>, StoreError> {
        let text: Option<String> = self.read(|db| {
            db.prepare_cached("SELECT activity FROM hook_session WHERE sid = ?1")?
                .query_row([sid], |row| row.get(0))
                .optional()
        })?;
        // One that a later version has made tells nothing to this one.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// The calls of a session, or of all of them, that the gate was asked about since a moment (milliseconds since the
    /// epoch): those that it has judged, and those that it could not, by an error of its own. That a hook was told of a
    /// call's end does not count.
    ///
    /// # Errors
    /// When the store fails.
    pub fn judged_calls(&self, sid: Option<&str>, since: i64) -> Result<JudgedCalls, StoreError> {
        let of_one = "session = (SELECT id FROM hook_session WHERE sid = ?1) AND";
        let filter = if sid.is_some() { of_one } else { "?1 IS NULL AND" };
        let sql = format!(
            "SELECT call, at FROM hook_event JOIN gate_decision USING (seq)
             WHERE {filter} event = 'PreToolUse' AND call IS NOT NULL ORDER BY seq DESC LIMIT ?2"
        );
        let rows: Vec<(String, i64)> = self.read(|db| {
            db.prepare_cached(&sql)?
                .query_map(params![sid, MOST_JUDGED], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })?;
        let whole = rows.len() < MOST_JUDGED as usize;
        let reach = rows.iter().map(|(_, at)| *at).min().filter(|_| !whole);
        let calls = rows.into_iter().filter(|(_, at)| *at >= since).map(|(call, _)| call).collect();
        Ok(JudgedCalls { calls, since: reach.map_or(since, |reach| reach.max(since)) })
    }

    /// Sessions that hooks told of since a moment (milliseconds since the epoch), the latest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn active_since(&self, at: i64) -> Result<Vec<(String, Activity)>, StoreError> {
        let rows: Vec<(String, String)> = self.read(|db| {
            db.prepare_cached(
                "SELECT sid, activity FROM hook_session WHERE last_at >= ?1 ORDER BY last_at DESC",
            )?
            .query_map([at], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })?;
        let parsed =
            rows.into_iter().filter_map(|(sid, text)| Some((sid, serde_json::from_str(&text).ok()?)));
        Ok(parsed.collect())
    }

    /// Clients that run sessions, as far as hooks told since a moment (milliseconds since the epoch): the session
    /// and the client, that of which was heard last first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn clients_since(&self, at: i64) -> Result<Vec<(String, Client)>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT sid, pid, start FROM hook_session WHERE pid IS NOT NULL AND last_at >= ?1 ORDER BY last_at DESC",
            )?
            .query_map([at], |row| {
                let client = Client { pid: row.get(1)?, start: row.get::<_, i64>(2)?.cast_unsigned() };
                Ok((row.get(0)?, client))
            })?
            .collect()
        })
    }

    /// Sessions that hooks told of at or after a moment (milliseconds since the epoch).
    ///
    /// # Errors
    /// When the store fails.
    pub fn sessions_since(&self, at: i64) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT sid FROM hook_session WHERE last_at >= ?1 AND sid <> ''")?
                .query_map([at], |row| row.get(0))?
                .collect()
        })
    }

    /// Hook calls of a session in a span of time, in the order in which they were taken in. Of a call there is what
    /// is kept of it: neither the client nor where it worked.
    ///
    /// # Errors
    /// When the store fails.
    pub fn events_between(&self, sid: &str, since: i64, until: i64) -> Result<Vec<Event>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT at, event, agent, tool, call, summary, hash, bytes, kind, text, mode FROM hook_event
                 WHERE session = (SELECT id FROM hook_session WHERE sid = ?1) AND at >= ?2 AND at < ?3 ORDER BY seq",
            )?
            .query_map(params![sid, since, until], |row| event(sid, row))?
            .collect()
        })
    }

    /// The last hook calls of a session, oldest first, as [`events_between`](Self::events_between) tells them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn last_events(&self, sid: &str, most: u32) -> Result<Vec<Event>, StoreError> {
        let mut events: Vec<Event> = self.read(|db| {
            db.prepare_cached(
                "SELECT at, event, agent, tool, call, summary, hash, bytes, kind, text, mode FROM hook_event
                 WHERE session = (SELECT id FROM hook_session WHERE sid = ?1) ORDER BY seq DESC LIMIT ?2",
            )?
            .query_map(params![sid, most], |row| event(sid, row))?
            .collect()
        })?;
        events.reverse();
        Ok(events)
    }

    /// How many calls are kept.
    ///
    /// # Errors
    /// When the store fails.
    pub fn event_counts(&self) -> Result<EventCounts, StoreError> {
        self.read(|db| {
            db.query_row(
                "SELECT (SELECT count(*) FROM hook_event), (SELECT count(*) FROM hook_session WHERE sid <> ''),
                        (SELECT coalesce(sum(torn), 0) FROM journal_day), (SELECT max(last_at) FROM hook_session),
                        (SELECT count(*) FROM hook_event JOIN hook_session ON hook_session.id = session WHERE sid = '')",
                [],
                |row| {
                    let count = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
                    Ok(EventCounts {
                        events: count(0)?,
                        sessions: count(1)?,
                        torn: count(2)?,
                        last_at: row.get(3)?,
                        unreadable: count(4)?,
                    })
                },
            )
        })
    }

    /// Forgets what hooks told of a session that was none of the person's; how many calls of hooks.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_session(&mut self, sid: &str) -> Result<u64, StoreError> {
        const OF: &str = "SELECT id FROM hook_session WHERE sid = ?1";
        self.write(|tx| {
            let calls = format!("SELECT seq FROM hook_event WHERE session IN ({OF})");
            tx.execute(&format!("DELETE FROM gate_decision WHERE seq IN ({calls})"), [sid])?;
            let events = tx.execute(&format!("DELETE FROM hook_event WHERE session IN ({OF})"), [sid])?;
            tx.execute("DELETE FROM hook_session WHERE sid = ?1", [sid])?;
            Ok(events as u64)
        })
    }

    /// Forgets days whose files are gone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_days(&mut self, names: &[String]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut forget = tx.prepare_cached("DELETE FROM journal_day WHERE name = ?1")?;
            names.iter().try_for_each(|name| forget.execute([name]).map(|_| ()))
        })
    }
}

fn taken(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Taken> {
    let number = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(Taken { offset: number(at)?, anchor: number(at + 1)?, torn: number(at + 2)? })
}

fn day(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<Taken>> {
    tx.prepare_cached("SELECT offset, anchor, torn FROM journal_day WHERE name = ?1")?
        .query_row([name], |row| taken(row, 0))
        .optional()
}

/// Keeps events, and folds each into its session's activity; with `again`, those that are not there yet.
fn fold(tx: &Transaction<'_>, events: &[Event], again: bool) -> rusqlite::Result<()> {
    let mut sessions: HashMap<&str, (i64, Activity)> = HashMap::new();
    let mut insert = tx.prepare_cached(
        "INSERT INTO hook_event (at, session, event, agent, tool, call, summary, hash, bytes, kind, text, mode)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let mut decide = tx.prepare_cached(
        "INSERT OR REPLACE INTO gate_decision (seq, verdict, said, layer, rule, reason, learnable, effects, withheld,
             failure, features, project, thought)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for event in events {
        let (id, activity) = match sessions.entry(&event.session) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(load(tx, &event.session, event.at)?),
        };
        if again && is_known(tx, *id, event)? {
            continue;
        }
        activity.take(event);
        let input = event.input.as_ref();
        insert.execute(params![
            event.at,
            *id,
            event.event,
            event.agent,
            event.tool,
            event.call,
            input.map(|input| &input.summary),
            input.and_then(|input| from_hex(&input.hash)),
            input.map(|input| input.bytes.cast_signed()),
            event.kind,
            event.text,
            event.mode
        ])?;
        if let Some(judged) = &event.judged {
            let known = judged.known.as_ref();
            decide.execute(params![
                tx.last_insert_rowid(),
                judged.verdict,
                judged.said,
                judged.layer,
                judged.rule,
                judged.reason,
                judged.learnable,
                judged.effects.join(" "),
                judged.withheld,
                judged.failure.map(Failure::word),
                known.map(|known| &known.features).filter(|features| !features.is_empty()),
                known.map(|known| &known.project),
                known.and_then(|known| known.thought.as_ref()).map(Json::text)
            ])?;
        }
        ended(tx, *id, event)?;
        answered(tx, *id, event)?;
    }
    let mut keep = tx.prepare_cached(
        "UPDATE hook_session SET last_at = ?2, activity = ?3, pid = ?4, start = ?5 WHERE id = ?1",
    )?;
    for (id, activity) in sessions.into_values() {
        let text = serde_json::to_string(&activity)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let client = activity.client.filter(|_| activity.ended.is_none());
        keep.execute(params![
            id,
            activity.last_at.unwrap_or(0),
            text,
            client.map(|client| client.pid),
            client.map(|client| client.start.cast_signed())
        ])?;
    }
    Ok(())
}

/// A person has answered a prompt; or was too late with that, which only shows afterwards.
fn answered(tx: &Transaction<'_>, session: i64, event: &Event) -> rusqlite::Result<()> {
    match event.event.as_str() {
        ANSWERED => {}
        OVERTAKEN => return overtaken(tx, event),
        _ => return Ok(()),
    }
    let deed = if event.kind.as_deref() == Some("allow") { Deed::Approve } else { Deed::Deny };
    let input = event.input.as_ref();
    let payload = json!({
        "tool": event.tool, "summary": input.map(|input| &input.summary), "hash": input.map(|input| &input.hash),
        "by": event.text, "state": audit::DELIVERED,
    });
    audit::write(tx, event.at, deed, &event.session, &payload)?;
    // The transcript may have been asked before.
    let decided: Option<i64> = tx
        .prepare_cached(
            "SELECT seq FROM hook_event JOIN gate_decision USING (seq)
             WHERE session = ?1 AND call = ?2 AND event = 'PreToolUse' AND decided_by IS NOT NULL
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![session, event.call], |row| row.get(0))
        .optional()?;
    decided.map_or(Ok(()), |seq| gate::join_answer(tx, seq))
}

/// The last answer to such a call came too late.
fn overtaken(tx: &Transaction<'_>, event: &Event) -> rusqlite::Result<()> {
    let hash = event.input.as_ref().map(|input| input.hash.as_str());
    tx.prepare_cached(
        "UPDATE audit SET payload = json_set(payload, '$.state', 'too-late')
         WHERE seq = (SELECT max(seq) FROM audit WHERE kind IN ('approve', 'deny') AND subject = ?1
                      AND json_valid(payload) AND json_extract(payload, '$.hash') = ?2)",
    )?
    .execute(params![event.session, hash])?;
    Ok(())
}

/// What became of a call, joined to what was decided of it.
fn ended(tx: &Transaction<'_>, session: i64, event: &Event) -> rusqlite::Result<()> {
    let what = match (event.event.as_str(), event.kind.as_deref()) {
        ("PostToolUse", _) => "ran",
        ("PostToolUseFailure", Some("interrupt")) => "interrupted",
        ("PostToolUseFailure", _) => "failed",
        ("PermissionDenied", _) => "refused",
        _ => return Ok(()),
    };
    let Some(call) = &event.call else { return Ok(()) };
    let hash = event.input.as_ref().and_then(|input| from_hex(&input.hash));
    // A question's answers are put into its input.
    let question = event.tool.as_deref().is_some_and(claudectl_gate::host::is_question);
    let seq: Option<i64> = tx
        .prepare_cached(
            "SELECT seq FROM hook_event WHERE session = ?1 AND call = ?2 AND event = 'PreToolUse'
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![session, call], |row| row.get(0))
        .optional()?;
    let Some(seq) = seq else { return Ok(()) };
    // Where the client refused, nothing ran, whatever the input was by then.
    tx.prepare_cached(
        "UPDATE gate_decision SET outcome = ?2, outcome_at = ?3,
                changed = ?4 IS NOT NULL AND ?2 <> 'refused'
                          AND (SELECT hash IS NOT ?4 FROM hook_event WHERE hook_event.seq = gate_decision.seq)
         WHERE seq = ?1",
    )?
    .execute(params![seq, what, event.at, hash.filter(|_| !question)])?;
    gate::mark_unasked(tx, seq)
}

fn is_known(tx: &Transaction<'_>, session: i64, event: &Event) -> rusqlite::Result<bool> {
    tx.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM hook_event WHERE session = ?1 AND at = ?2 AND event = ?3 AND agent IS ?4
                        AND call IS ?5 AND kind IS ?6)",
    )?
    .query_row(params![session, event.at, event.event, event.agent, event.call, event.kind], |row| row.get(0))
}

fn load(tx: &Transaction<'_>, sid: &str, at: i64) -> rusqlite::Result<(i64, Activity)> {
    let known: Option<(i64, String)> = tx
        .prepare_cached("SELECT id, activity FROM hook_session WHERE sid = ?1")?
        .query_row([sid], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, text)) = known {
        return Ok((id, serde_json::from_str(&text).unwrap_or_default()));
    }
    tx.prepare_cached("INSERT INTO hook_session (sid, last_at, activity) VALUES (?1, ?2, '{}')")?
        .execute(params![sid, at])?;
    Ok((tx.last_insert_rowid(), Activity::default()))
}

fn event(sid: &str, row: &rusqlite::Row<'_>) -> rusqlite::Result<Event> {
    let hash: Option<Vec<u8>> = row.get(6)?;
    let input = hash.map(|hash| -> rusqlite::Result<Input> {
        Ok(Input {
            summary: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
            whole: None,
            hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes: row.get::<_, Option<i64>>(7)?.unwrap_or(0).cast_unsigned(),
        })
    });
    Ok(Event {
        at: row.get(0)?,
        event: row.get(1)?,
        session: sid.to_owned(),
        agent: row.get(2)?,
        tool: row.get::<_, Option<String>>(3)?.map(|name| redact_tool(&name).into_owned()),
        call: row.get(4)?,
        input: input.transpose()?,
        kind: row.get(8)?,
        text: row.get(9)?,
        mode: row.get(10)?,
        ..Event::default()
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_fleet::hooks::Turn;

    #[test]
    fn a_client_is_told_until_its_session_has_ended() {
        let mut store = Store::in_memory().unwrap();
        let client = Client { pid: 5, start: u64::MAX };
        let by = |at, name| Event { client: Some(client), ..event(at, name, None) };
        store.take_events(&piece(None, 1, &[by(5, "SessionStart")], 0)).unwrap();
        assert_eq!(store.clients_since(5).unwrap(), [("s".to_owned(), client)]);
        assert_eq!(store.clients_since(6).unwrap(), []);
        store.take_events(&piece(upto(1, 0), 2, &[by(9, "SessionEnd")], 0)).unwrap();
        assert_eq!(store.clients_since(0).unwrap(), []);
    }

    const DAY: &str = "2026-11-25.log";

    /// A piece behind what was taken in before.
    fn piece<'a>(before: Option<Taken>, offset: u64, events: &'a [Event], torn: u64) -> Intake<'a> {
        Intake { day: DAY, before, offset, anchor: offset, again: false, events, torn }
    }

    fn upto(offset: u64, torn: u64) -> Option<Taken> {
        Some(Taken { offset, anchor: offset, torn })
    }

    fn event(at: i64, event: &str, call: Option<&str>) -> Event {
        let input =
            call.map(|_| Input { summary: "ls".to_owned(), whole: None, hash: "00ff".to_owned(), bytes: 9 });
        Event {
            at,
            event: event.to_owned(),
            session: "s".to_owned(),
            tool: call.map(|_| "Bash".to_owned()),
            call: call.map(str::to_owned),
            input,
            ..Event::default()
        }
    }

    #[test]
    fn who_decided_is_kept_once() {
        use crate::gate::{Decider, Undecided};
        let mut store = Store::in_memory().unwrap();
        let judged = |at, call: &str| {
            let mut event = event(at, "PreToolUse", Some(call));
            event.judged = Some(claudectl_fleet::hooks::Judged::default());
            event
        };
        let events = [judged(5, "t1"), judged(6, "t2"), judged(7, "t3"), event(8, "PostToolUse", Some("t3"))];
        store.take_events(&piece(None, 1, &events, 0)).unwrap();
        let open = store.undecided(0, 9).unwrap();
        assert_eq!(open.iter().map(|one| one.call.as_str()).collect::<Vec<_>>(), ["t3", "t2", "t1"]);
        assert_eq!(store.undecided(0, 1).unwrap(), [open[0].clone()]);
        assert_eq!(store.undecided(9, 9).unwrap(), [] as [Undecided; 0]);
        let by = |at: usize, by: &str, rejected| Decider {
            seq: open[at].seq,
            by: by.to_owned(),
            not_made: rejected,
        };
        // A hook that has told of a call's end knows better than a row that says it was turned down.
        store
            .decide(&[
                by(2, "user_reject", Some(("rejected", 9))),
                by(0, "user_temporary", Some(("rejected", 9))),
                by(1, "", None),
            ])
            .unwrap();
        assert_eq!(store.undecided(0, 9).unwrap(), [] as [Undecided; 0]);
        store.decide(&[by(2, "config", None)]).unwrap();
        let found = store.decisions(0, 9).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| {
                let outcome = one.outcome.as_ref().map(|outcome| (outcome.what.as_str(), outcome.at));
                (one.call.as_deref().unwrap(), one.decided_by.as_deref(), outcome)
            })
            .collect();
        assert_eq!(
            found,
            [
                ("t3", Some("user_temporary"), Some(("ran", 8))),
                ("t2", None, None),
                ("t1", Some("user_reject"), Some(("rejected", 9))),
            ]
        );
    }

    #[test]
    fn what_was_answered_from_elsewhere_is_joined_to_who_decided() {
        use crate::gate::Decider;
        use claudectl_fleet::hooks::Judged;
        let of = |at, name: &str, call: &str, kind: Option<&str>| {
            let mut event = event(at, name, Some(call));
            event.input.as_mut().unwrap().hash = format!("00{}", &call[1..]);
            event.kind = kind.map(str::to_owned);
            event.judged = (name == "PreToolUse").then(Judged::default);
            event
        };
        let calls = ["t10", "t11", "t12", "t13", "t14", "t15", "t16"];
        let asked = (1..).zip(calls).map(|(at, call)| of(at, "PreToolUse", call, None));
        let mut all: Vec<Event> = asked.collect();
        // Of one prompt nobody knew the call.
        let unnamed = Event { call: None, ..of(21, ANSWERED, "t11", Some("deny")) };
        let answers = [
            of(20, ANSWERED, "t10", Some("deny")),
            unnamed,
            of(22, ANSWERED, "t12", Some("deny")),
            of(23, ANSWERED, "t13", Some("allow")),
            of(24, ANSWERED, "t14", Some("deny")),
            of(25, OVERTAKEN, "t14", Some("deny")),
            of(26, ANSWERED, "t15", Some("deny")),
        ];
        let late = of(30, ANSWERED, "t16", Some("deny"));
        all.extend(answers);
        let mut store = Store::in_memory().unwrap();
        store.take_events(&piece(None, 1, &all, 0)).unwrap();
        let by = |call: &str| match call {
            "t12" | "t14" => "user_temporary",
            "t15" => "",
            _ => "hook",
        };
        let open = store.undecided(0, 99).unwrap();
        let decided: Vec<Decider> = open
            .iter()
            .map(|one| Decider { seq: one.seq, by: by(&one.call).to_owned(), not_made: None })
            .collect();
        store.decide(&decided).unwrap();
        // The transcript had been asked before its answer was taken in.
        store.take_events(&piece(upto(1, 0), 2, &[late], 0)).unwrap();
        let ended = |call: &str| {
            let all = store.decisions(0, 99).unwrap();
            let found = all.into_iter().find(|one| one.call.as_deref() == Some(call)).unwrap();
            found.outcome.map(|outcome| (outcome.what, outcome.at))
        };
        let rejected = |at| Some(("rejected".to_owned(), at));
        let ends: Vec<_> = calls.into_iter().map(ended).collect();
        assert_eq!(ends, [rejected(20), rejected(21), None, None, None, rejected(26), rejected(30)]);
        let audit = store.audit(99).unwrap();
        let states: Vec<(i64, &str)> = audit.iter().rev().map(|entry| (entry.at, entry.state())).collect();
        let (yes, no) = ("confirmed", "too-late");
        assert_eq!(
            states,
            [(20, yes), (21, yes), (22, no), (23, yes), (24, no), (26, "delivered"), (30, yes)]
        );
    }

    #[test]
    fn what_went_wrong_is_found() {
        use claudectl_fleet::alarm::{Kind, Mishap};
        use claudectl_fleet::hooks::Judged;
        let mut store = Store::in_memory().unwrap();
        let judged = |at, session: &str, call: &str, layer: &str, said: &str| {
            let mut event = event(at, "PreToolUse", Some(call));
            event.session = session.to_owned();
            let reason = "why".to_owned();
            event.judged = Some(Judged {
                layer: layer.to_owned(),
                said: Some(said.to_owned()),
                failure: (layer == "error").then_some(Failure::NotWritten),
                reason,
                ..Judged::default()
            });
            event
        };
        let ended = |at, session: &str, call: &str, hash: &str| {
            let mut event = event(at, "PostToolUse", Some(call));
            event.session = session.to_owned();
            event.input.as_mut().unwrap().hash = hash.to_owned();
            event
        };
        let events = [
            judged(5, "good", "t1", "rules", "allow"),
            ended(6, "good", "t1", "00ff"),
            judged(7, "again", "t2", "error", "ask"),
            judged(8, "again", "t3", "lattice", "ask"),
            judged(9, "fails", "t4", "lattice", "ask"),
            judged(11, "swapped", "t6", "rules", "allow"),
            ended(12, "swapped", "t6", "00aa"),
            judged(13, "passed", "t7", "lattice", "deny"),
            ended(14, "passed", "t7", "00ff"),
            judged(15, "refused", "t8", "rules", "allow"),
            Event { event: "PermissionDenied".to_owned(), ..ended(16, "refused", "t8", "00aa") },
            judged(17, "fails", "t5", "error", "ask"),
        ];
        store.take_events(&piece(None, 1, &events, 0)).unwrap();
        let found = store.incidents(0, 9).unwrap();
        let found: Vec<_> =
            found.iter().map(|(sid, one)| (sid.as_str(), one.mishap, one.at, one.call.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("fails", Mishap::Failed(Failure::NotWritten), 17, Some("t5")),
                ("passed", Mishap::Denied, 13, Some("t7")),
                ("swapped", Mishap::Changed, 11, Some("t6")),
            ]
        );
        let all = store.incidents(0, 9).unwrap();
        assert_eq!((all[0].1.about.as_str(), all[0].1.reason.as_str()), ("Bash: ls", "why"));
        assert_eq!((store.incidents(12, 9).unwrap().len(), store.incidents(0, 1).unwrap().len()), (2, 1));
        assert_eq!(store.decisions(0, 1).unwrap()[0].judged.failure, Some(Failure::NotWritten));
        // A good verdict on a call of any session ends what could not be judged before.
        let good = [judged(18, "another", "t9", "lattice", "ask")];
        store.take_events(&piece(upto(1, 0), 2, &good, 0)).unwrap();
        assert!(store.incidents(0, 9).unwrap().iter().all(|(_, one)| one.mishap.kind() != Kind::Error));
        let plan: String = store
            .read(|db| {
                db.query_row(
                    "EXPLAIN QUERY PLAN SELECT seq FROM gate_decision
                     WHERE (layer = 'error' OR changed <> 0 OR unasked <> 0 OR (said = 'deny' AND outcome IN ('ran', 'failed')))
                     ORDER BY seq DESC",
                    [],
                    |row| row.get(3),
                )
            })
            .unwrap();
        assert!(plan.contains("gate_decision_incident"), "{plan}");
    }

    #[test]
    fn only_what_the_gate_was_asked_about_is_judged() {
        use claudectl_fleet::hooks::Judged;
        let mut store = Store::in_memory().unwrap();
        let judged = |at, call: &str| {
            let judged = Some(Judged { layer: "error".to_owned(), ..Judged::default() });
            Event { judged, ..event(at, "PreToolUse", Some(call)) }
        };
        let events = [
            judged(5, "t1"),
            event(6, "PostToolUse", Some("t1")),
            event(7, "PreToolUse", Some("unjudged")),
            event(8, "PostToolUse", Some("unheard")),
            judged(9, "t2"),
            Event { session: "o".to_owned(), ..judged(9, "t3") },
        ];
        store.take_events(&piece(None, 1, &events, 0)).unwrap();
        let calls = |sid, since| store.judged_calls(sid, since).unwrap().calls;
        assert_eq!(calls(Some("s"), 0), ["t2", "t1"]);
        assert_eq!((calls(Some("s"), 6), calls(Some("nobody"), 0)), (vec!["t2".to_owned()], vec![]));
        assert_eq!(calls(None, 0), ["t3", "t2", "t1"]);
        assert_eq!(store.judged_calls(None, 3).unwrap().since, 3, "all that there were since then");
    }

    #[test]
    fn a_question_that_nobody_was_asked_is_told() {
        use crate::gate::Decider;
        use claudectl_fleet::hooks::Judged;
        let mut store = Store::in_memory().unwrap();
        let said = |at, call: &str, said: &str| {
            let judged = Some(Judged { said: Some(said.to_owned()), ..Judged::default() });
            let mut event = Event { judged, ..event(at, "PreToolUse", Some(call)) };
            event.input.as_mut().unwrap().hash = format!("00{}", &call[1..]);
            event
        };
        let of =
            |at, name: &str, call: &str| Event { event: name.to_owned(), judged: None, ..said(at, call, "") };
        let prompt = |at, call: &str| Event { call: None, ..of(at, "PermissionRequest", call) };
        let events = [
            said(1, "t10", "ask"),
            of(2, "PostToolUse", "t10"),
            said(3, "t11", "ask"),
            prompt(4, "t11"),
            of(5, "PostToolUse", "t11"),
            said(6, "t12", "ask"),
            of(7, "PostToolUse", "t12"),
            said(8, "t13", "ask"),
            said(9, "t14", "allow"),
            of(10, "PostToolUse", "t14"),
            said(11, "t15", "ask"),
            of(12, "PostToolUse", "t15"),
            said(13, "t16", "ask"),
            Event { tool: Some("ExitPlanMode".to_owned()), ..said(13, "t17", "ask") },
            of(13, "PostToolUse", "t17"),
        ];
        store.take_events(&piece(None, 1, &events, 0)).unwrap();
        assert_eq!(store.incidents(0, 9).unwrap(), [], "nobody has said yet who let them run");
        let by = |call: &str| match call {
            // A person at the dialog, whose hook is gone; a version that writes nothing.
            "t12" => "user_permanent",
            "t15" => "",
            _ => "config",
        };
        let all = store.undecided(0, 99).unwrap();
        let all: Vec<Decider> = all
            .iter()
            .map(|one| Decider { seq: one.seq, by: by(&one.call).to_owned(), not_made: None })
            .collect();
        store.decide(&all).unwrap();
        let found = || -> Vec<_> {
            let all = store.incidents(0, 9).unwrap();
            all.into_iter().map(|(_, one)| (one.mishap, one.call.unwrap())).collect()
        };
        let passed = |call: &str| (claudectl_fleet::alarm::Mishap::Unasked, call.to_owned());
        assert_eq!(found(), [passed("t10")], "what the client refused did not run");
        let late = [of(14, "PostToolUse", "t16")];
        store.take_events(&piece(upto(1, 0), 2, &late, 0)).unwrap();
        let found: Vec<_> =
            store.incidents(0, 9).unwrap().into_iter().filter_map(|(_, one)| one.call).collect();
        assert_eq!(found, ["t16", "t10"], "its end was told later");
    }

    #[test]
    fn a_session_is_forgotten_and_no_other() {
        let mut store = Store::in_memory().unwrap();
        let mut judged = event(5, "PreToolUse", Some("t1"));
        judged.judged = Some(claudectl_fleet::hooks::Judged::default());
        let other = Event { session: "o".to_owned(), ..judged.clone() };
        store.take_events(&piece(None, 1, &[judged, other], 0)).unwrap();
        assert_eq!(store.decisions(0, 9).unwrap().len(), 2);
        assert_eq!(store.forget_session("s").unwrap(), 1);
        assert!(store.activity("s").unwrap().is_none() && store.activity("o").unwrap().is_some());
        let left = store.decisions(0, 9).unwrap();
        assert_eq!(left.iter().map(|decision| decision.session.as_str()).collect::<Vec<_>>(), ["o"]);
        assert_eq!(store.forget_session("s").unwrap(), 0);
    }

    #[test]
    fn what_became_of_a_call_is_joined_to_its_decision() {
        let judged = |mut event: Event| {
            event.judged =
                Some(claudectl_fleet::hooks::Judged { verdict: "allow".to_owned(), ..Default::default() });
            event
        };
        let of_call = |at, name: &str, call: &str, hash: &str| {
            let mut event = event(at, name, Some(call));
            event.input.as_mut().unwrap().hash = hash.to_owned();
            event
        };
        let failed =
            Event { kind: Some("interrupt".to_owned()), ..event(9, "PostToolUseFailure", Some("t2")) };
        let events = [
            judged(event(5, "PreToolUse", Some("t1"))),
            judged(event(6, "PreToolUse", Some("t2"))),
            judged(of_call(7, "PreToolUse", "t3", "00aa")),
            judged(event(7, "PreToolUse", Some("t4"))),
            event(8, "PostToolUse", Some("t1")),
            failed,
            of_call(10, "PostToolUse", "t3", "00bb"),
            event(11, "PostToolUse", Some("unheard of")),
        ];
        let mut store = Store::in_memory().unwrap();
        store.take_events(&piece(None, 100, &events, 0)).unwrap();
        let outcomes: Vec<_> =
            store.decisions(0, 9).unwrap().into_iter().rev().map(|one| one.outcome).collect();
        let outcome =
            |what: &str, at, changed| Some(crate::gate::Outcome { what: what.to_owned(), at, changed });
        assert_eq!(
            outcomes,
            [outcome("ran", 8, false), outcome("interrupted", 9, false), outcome("ran", 10, true), None]
        );
    }

    #[test]
    fn a_piece_is_taken_once() {
        let mut store = Store::in_memory().unwrap();
        let events = [event(5, "UserPromptSubmit", None), event(6, "PreToolUse", Some("t1"))];
        assert!(store.take_events(&piece(None, 100, &events, 1)).unwrap());
        assert!(!store.take_events(&piece(None, 100, &events, 1)).unwrap(), "somebody has been quicker");
        let activity = store.activity("s").unwrap().unwrap();
        assert_eq!((activity.turn, activity.calls.len(), activity.tool_calls), (Turn::Running, 1, 1));
        let rest = [event(7, "PostToolUse", Some("t1"))];
        assert!(store.take_events(&piece(upto(100, 1), 150, &rest, 0)).unwrap());
        assert!(store.activity("s").unwrap().unwrap().calls.is_empty());
        let counts = EventCounts { events: 3, sessions: 1, torn: 1, last_at: Some(7), unreadable: 0 };
        assert_eq!(store.event_counts().unwrap(), counts);
        assert_eq!(store.journal_days().unwrap().get(DAY).copied(), upto(150, 1));
        assert_eq!(store.active_since(7).unwrap().len(), 1);
        assert_eq!(store.active_since(8).unwrap().len(), 0);
    }

    #[test]
    fn calls_come_back_as_they_are_kept() {
        let mut store = Store::in_memory().unwrap();
        let events =
            [event(5, "UserPromptSubmit", None), event(6, "PreToolUse", Some("t1")), event(9, "Stop", None)];
        store.take_events(&piece(None, 100, &events, 0)).unwrap();
        assert_eq!(store.events_between("s", 5, 9).unwrap(), events[..2]);
        assert_eq!(store.events_between("nobody", 0, 99).unwrap(), []);
        assert_eq!(
            (store.sessions_since(9).unwrap(), store.told_since(10).unwrap()),
            (vec!["s".to_owned()], Vec::new())
        );
    }

    #[test]
    fn a_day_that_is_read_again_doubles_nothing() {
        let mut store = Store::in_memory().unwrap();
        let old = [event(5, "PreToolUse", Some("t1")), event(6, "PostToolUse", Some("t1"))];
        store.take_events(&piece(None, 100, &old, 0)).unwrap();
        let both = [old[0].clone(), event(9, "PreToolUse", Some("t2"))];
        let again = Intake { again: true, ..piece(upto(100, 0), 80, &both, 0) };
        assert!(store.take_events(&again).unwrap());
        assert_eq!(store.event_counts().unwrap().events, 3);
        let activity = store.activity("s").unwrap().unwrap();
        assert_eq!(activity.calls.iter().map(|open| open.call.as_deref()).collect::<Vec<_>>(), [Some("t2")]);
        store.forget_days(&[DAY.to_owned()]).unwrap();
        assert!(store.journal_days().unwrap().is_empty());
    }
}
