//! What a person has told the gate by commands and keys: grants, and repositories that they trust.

use claudectl_fleet::alarm::{Failure, Incident, Mishap};
use claudectl_fleet::hooks::{ANSWERED, Json, Judged, Learnable, OVERTAKEN};
use claudectl_gate::host::is_question;
use claudectl_gate::rules::Rule;
use claudectl_redact::redact_tool;
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;

use crate::audit::{self, Deed};
use crate::connection::Store;
use crate::error::StoreError;
use crate::notes::{self, Note};

/// A rule for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Its number, from 1; never used again.
    pub id: i64,
    /// What it says. Its `expires` is when it ends, its name the number.
    pub rule: Rule,
    /// When it was made, milliseconds since the epoch.
    pub at: i64,
    /// When it ends.
    pub ends: i64,
    /// When it was taken back.
    pub revoked: Option<i64>,
}

impl Grant {
    /// Whether it counts.
    #[must_use]
    pub fn counts(&self, now: i64) -> bool {
        self.revoked.is_none() && now < self.ends
    }

    /// How a grant is called in commands.
    #[must_use]
    pub fn name(id: i64) -> String {
        format!("g{id}")
    }
}

/// What the gate said of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When the hook was called, milliseconds since the epoch.
    pub at: i64,
    /// The session.
    pub session: String,
    /// The subagent, if it was one.
    pub agent: Option<String>,
    /// The tool.
    pub tool: String,
    /// The call's id.
    pub call: Option<String>,
    /// What the call is about: redacted, one line.
    pub summary: String,
    /// BLAKE3 of its input, the first 128 bits in hexadecimal.
    pub hash: Option<String>,
    /// The permission mode.
    pub mode: Option<String>,
    /// What was said.
    pub judged: Judged,
    /// What became of the call, as far as it was told.
    pub outcome: Option<Outcome>,
    /// Who let the call run, or did not, in the client's own word: `config`, `user_temporary`, `user_permanent`,
    /// `user_reject`, `hook` ...; as far as the transcript says.
    pub decided_by: Option<String>,
    /// Its number in the store.
    pub seq: i64,
    /// What a language model said of it. Nothing goes by that.
    pub note: Option<Note>,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `ran`, `failed`, `interrupted`, `refused` (by the client), `unasked` (so, because nobody could be asked) or
    /// `rejected` (by the person).
    pub what: String,
    /// When that was told, milliseconds since the epoch.
    pub at: i64,
    /// Another input ran than the one that was judged.
    pub changed: bool,
}

/// A prompt that opened, or was answered from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// When that was told, milliseconds since the epoch.
    pub at: i64,
    /// The session.
    pub session: String,
    /// The subagent, if it was one.
    pub agent: Option<String>,
    /// The tool.
    pub tool: String,
    /// Of its input, as in [`Decision::hash`].
    pub hash: Option<String>,
    /// It was answered; else it opened.
    pub answered: bool,
}

/// A decision of which the transcript has not been asked yet, or has not said anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// Its number in the store.
    pub seq: i64,
    /// The session.
    pub session: String,
    /// The subagent, if it was one.
    pub agent: Option<String>,
    /// The call's id.
    pub call: String,
}

/// What the transcript says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// Its number in the store.
    pub seq: i64,
    /// Who decided, in the client's own word; empty where its version does not write it.
    pub by: String,
    /// It was not made, in the words of [`Outcome::what`], and when that was, milliseconds since the epoch.
    pub not_made: Option<(&'static str, i64)>,
}

/// A repository whose code the person trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Its top folder.
    pub root: String,
    /// What it was then: its policy by BLAKE3 of its text, and which folder it is.
    pub policy: String,
    /// When, milliseconds since the epoch.
    pub at: i64,
}

impl Store {
    /// Keeps a grant from now to `ends`; its number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn grant(&mut self, rule: &Rule, now: i64, ends: i64) -> Result<i64, StoreError> {
        let text = serde_json::to_string(rule)?;
        self.write(|tx| {
            tx.prepare_cached("INSERT INTO gate_grant (rule, at, ends) VALUES (?1, ?2, ?3)")?
                .execute(params![text, now, ends])?;
            let id = tx.last_insert_rowid();
            audit::write(tx, now, Deed::Grant, &Grant::name(id), &json!({ "rule": rule, "ends": ends }))?;
            Ok(id)
        })
    }

    /// Grants that count at a moment, in the order in which they were made. One that this version cannot read is not
    /// among them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn grants(&self, now: i64) -> Result<Vec<Grant>, StoreError> {
        let rows: Vec<(i64, String, i64, i64)> = self.read(|db| {
            db.prepare_cached(
                "SELECT id, rule, at, ends FROM gate_grant WHERE revoked IS NULL AND ends > ?1 ORDER BY id",
            )?
            .query_map([now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect()
        })?;
        let grant = |(id, text, at, ends): (i64, String, i64, i64)| {
            let rule: Rule = serde_json::from_str(&text).ok()?;
            let rule = Rule { name: Grant::name(id), expires: Some(ends), ..rule };
            Some(Grant { id, rule, at, ends, revoked: None })
        };
        Ok(rows.into_iter().filter_map(grant).collect())
    }

    /// Takes a grant back; whether there was one that counted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn revoke(&mut self, id: i64, now: i64) -> Result<bool, StoreError> {
        self.write(|tx| {
            let changed = tx
                .prepare_cached(
                    "UPDATE gate_grant SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL AND ends > ?2",
                )?
                .execute([id, now])?;
            if changed > 0 {
                audit::write(tx, now, Deed::Revoke, &Grant::name(id), &json!({}))?;
            }
            Ok(changed > 0)
        })
    }

    /// Decisions since a moment of which nobody knows yet who let the call run, the latest first; no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn undecided(&self, since: i64, most: u32) -> Result<Vec<Undecided>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT seq, sid, agent, call FROM hook_event JOIN gate_decision USING (seq)
                 JOIN hook_session ON hook_session.id = session
                 WHERE session IN (SELECT id FROM hook_session WHERE last_at >= ?1)
                   AND at >= ?1 AND decided_by IS NULL AND call IS NOT NULL ORDER BY seq DESC LIMIT ?2",
            )?
            .query_map(params![since, most], |row| {
                Ok(Undecided {
                    seq: row.get(0)?,
                    session: row.get(1)?,
                    agent: row.get(2)?,
                    call: row.get(3)?,
                })
            })?
            .collect()
        })
    }

    /// Keeps who decided. What a hook has told of a call that ran stays.
    ///
    /// # Errors
    /// When the store fails.
    pub fn decide(&mut self, all: &[Decider]) -> Result<(), StoreError> {
        self.write(|tx| {
            let mut keep = tx.prepare_cached(
                "UPDATE gate_decision SET decided_by = ?2,
                        outcome_at = CASE WHEN outcome IS NULL AND ?3 IS NOT NULL THEN ?3 ELSE outcome_at END,
                        outcome = CASE WHEN outcome IS NULL AND ?3 IS NOT NULL THEN ?4 ELSE outcome END
                 WHERE seq = ?1 AND decided_by IS NULL",
            )?;
            for one in all {
                let (what, at) = one.not_made.unzip();
                keep.execute(params![one.seq, one.by, at, what])?;
                mark_unasked(tx, one.seq)?;
                join_answer(tx, one.seq)?;
            }
            Ok(())
        })
    }

    /// The sessions of which a run has ended at a call since a moment, so that it can be taken up again; the latest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn deferred_since(&self, since: i64) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT sid FROM gate_decision JOIN hook_event USING (seq) JOIN hook_session ON hook_session.id = session
                 WHERE session IN (SELECT id FROM hook_session WHERE last_at >= ?1) AND at >= ?1 AND said = 'defer'
                 GROUP BY sid ORDER BY max(seq) DESC",
            )?
            .query_map([since], |row| row.get(0))?
            .collect()
        })
    }

    /// Writes down that a person has answered the call at which a run had ended.
    ///
    /// # Errors
    /// When the store fails.
    pub fn answered_later(
        &mut self,
        of: &Decision,
        allow: bool,
        by: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        let deed = if allow { Deed::Approve } else { Deed::Deny };
        let payload = json!({
            "tool": of.tool, "summary": of.summary, "hash": of.hash, "by": by, "state": "queued",
        });
        self.write(|tx| audit::write(tx, now, deed, &of.session, &payload))
    }

    /// What was said of calls since a moment (milliseconds since the epoch), the latest first; no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn decisions(&self, since: i64, most: u32) -> Result<Vec<Decision>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!(
                "{DECISIONS} WHERE hook_event.at >= ?1 ORDER BY hook_event.seq DESC LIMIT ?2"
            ))?
            .query_map(params![since, most], decision)?
            .collect()
        })
    }

    /// The same of one session.
    ///
    /// # Errors
    /// When the store fails.
    pub fn decisions_of(&self, sid: &str, since: i64, most: u32) -> Result<Vec<Decision>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!(
                "{DECISIONS} WHERE sid = ?1 AND hook_event.at >= ?2 ORDER BY hook_event.seq DESC LIMIT ?3"
            ))?
            .query_map(params![sid, since, most], decision)?
            .collect()
        })
    }

    /// Prompts that opened since a moment, and answers to them from elsewhere, in their order.
    ///
    /// # Errors
    /// When the store fails.
    pub fn prompts(&self, since: i64) -> Result<Vec<Prompt>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT at, sid, agent, tool, hex(hash), event FROM hook_event
                 JOIN hook_session ON hook_session.id = session
                 WHERE at >= ?1 AND event IN ('PermissionRequest', ?2) ORDER BY seq",
            )?
            .query_map(params![since, ANSWERED], |row| {
                Ok(Prompt {
                    at: row.get(0)?,
                    session: row.get(1)?,
                    agent: row.get(2)?,
                    tool: tool(row, 3)?.unwrap_or_default(),
                    hash: row.get::<_, Option<String>>(4)?.map(|hash| hash.to_ascii_lowercase()),
                    answered: row.get::<_, String>(5)? == ANSWERED,
                })
            })?
            .collect()
        })
    }

    /// What went wrong at calls since a moment (milliseconds since the epoch), by session, the latest first, no more than
    /// `most` in all. The gate's own errors count until it has judged a later call, of whichever session.
    ///
    /// # Errors
    /// When the store fails.
    pub fn incidents(&self, since: i64, most: u32) -> Result<Vec<(String, Incident)>, StoreError> {
        self.read(|db| db.prepare_cached(INCIDENTS)?.query_map(params![since, most], incident)?.collect())
    }

    /// Sessions with a call since a moment that ran with another input than the one that was judged.
    ///
    /// # Errors
    /// When the store fails.
    pub fn changed_since(&self, since: i64) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT DISTINCT sid FROM gate_decision AS d JOIN hook_event USING (seq)
                 JOIN hook_session ON hook_session.id = session
                 WHERE (layer = 'error' OR changed <> 0 OR unasked <> 0 OR (said = 'deny' AND outcome IN ('ran', 'failed')))
                   AND changed <> 0 AND at >= ?1 ORDER BY sid",
            )?
            .query_map([since], |row| row.get(0))?
            .collect()
        })
    }

    /// Whether the gate has judged a call since a moment, and no error was in the way.
    ///
    /// # Errors
    /// When the store fails.
    pub fn has_judged_since(&self, since: i64) -> Result<bool, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM gate_decision JOIN hook_event USING (seq)
                 WHERE at > ?1 AND layer <> 'error')",
            )?
            .query_row([since], |row| row.get(0))
        })
    }

    /// Trusts a repository as long as its policy is this.
    ///
    /// # Errors
    /// When the store fails.
    pub fn trust(&mut self, trust: &Trust) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.prepare_cached("INSERT OR REPLACE INTO gate_trust (root, policy, at) VALUES (?1, ?2, ?3)")?
                .execute(params![trust.root, trust.policy, trust.at])?;
            audit::write(tx, trust.at, Deed::Trust, &trust.root, &json!({ "policy": trust.policy }))
        })
    }

    /// Trusts a repository no more; whether it was trusted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn distrust(&mut self, root: &str, now: i64) -> Result<bool, StoreError> {
        self.write(|tx| {
            let was = tx.prepare_cached("DELETE FROM gate_trust WHERE root = ?1")?.execute([root])? > 0;
            if was {
                audit::write(tx, now, Deed::Distrust, root, &json!({}))?;
            }
            Ok(was)
        })
    }

    /// Vouches for a hook of somebody else's, or does so no more; whether that is new.
    ///
    /// # Errors
    /// When the store fails.
    pub fn vouch(&mut self, hash: &str, what: &str, yes: bool, now: i64) -> Result<bool, StoreError> {
        self.write(|tx| {
            let changed = if yes {
                tx.prepare_cached("INSERT OR IGNORE INTO hook_trust (hash, what, at) VALUES (?1, ?2, ?3)")?
                    .execute(params![hash, what, now])?
            } else {
                tx.prepare_cached("DELETE FROM hook_trust WHERE hash = ?1")?.execute([hash])?
            };
            if changed > 0 {
                let deed = if yes { Deed::Vouch } else { Deed::Disown };
                audit::write(tx, now, deed, hash, &json!({ "what": what }))?;
            }
            Ok(changed > 0)
        })
    }

    /// Hashes of hooks of others that the person vouches for.
    ///
    /// # Errors
    /// When the store fails.
    pub fn trusted_hooks(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT hash FROM hook_trust ORDER BY hash")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// Repositories that are trusted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn trusted(&self) -> Result<Vec<Trust>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT root, policy, at FROM gate_trust ORDER BY root")?
                .query_map([], |row| Ok(Trust { root: row.get(0)?, policy: row.get(1)?, at: row.get(2)? }))?
                .collect()
        })
    }
}

/// A call ran that the person was to be asked about, and the client's own record says that it decided by itself, and no
/// hook told of a prompt, nor of an answer from elsewhere.
///
/// That a person has allowed it, at a dialog or by the program that runs the client, is `user_temporary` or
/// `user_permanent` there; a version that writes nothing of it says nothing against it.
pub(crate) fn mark_unasked(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<()> {
    let tool: Option<String> = tx
        .prepare_cached("SELECT tool FROM hook_event WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))
        .optional()?
        .flatten();
    // A question to the person is one by itself.
    if tool.as_deref().is_some_and(is_question) {
        return Ok(());
    }
    tx.prepare_cached(
        "UPDATE gate_decision SET unasked = 1
         WHERE seq = ?1 AND said = 'ask' AND outcome IN ('ran', 'failed') AND decided_by IN ('config', 'classifier')
           AND NOT EXISTS (
               SELECT 1 FROM hook_event AS call JOIN hook_event AS prompt
               ON prompt.session = call.session AND prompt.seq > call.seq AND prompt.agent IS call.agent
                  AND prompt.tool IS call.tool AND prompt.hash IS call.hash
               WHERE call.seq = ?1 AND prompt.event IN ('PermissionRequest', ?2))",
    )?
    .execute(params![seq, ANSWERED])?;
    Ok(())
}

/// Joins what a person answered from elsewhere to who decided: an answer that a hook gave counted, and what it denied
/// was turned down; where somebody else decided, it came too late.
///
/// No hook tells of the end of a call that was denied so.
pub(crate) fn join_answer(tx: &Transaction<'_>, seq: i64) -> rusqlite::Result<()> {
    let found: Option<(i64, String, String, String)> = tx
        .prepare_cached(
            "SELECT answer.at, answer.kind, sid, decided_by
             FROM gate_decision JOIN hook_event AS call USING (seq) JOIN hook_event AS answer
             ON answer.session = call.session AND answer.seq > call.seq AND answer.event = ?2
                AND answer.agent IS call.agent AND answer.tool IS call.tool AND answer.hash IS call.hash
                AND (answer.call IS NULL OR answer.call = call.call)
             JOIN hook_session ON hook_session.id = call.session
             WHERE call.seq = ?1 AND decided_by IS NOT NULL AND answer.kind IS NOT NULL
               AND NOT EXISTS (
                   SELECT 1 FROM hook_event AS late
                   WHERE late.session = call.session AND late.seq > answer.seq AND late.event = ?3
                     AND late.agent IS answer.agent AND late.hash IS answer.hash AND late.kind = answer.kind
                     AND (late.call IS NULL OR late.call = call.call))
             ORDER BY answer.seq LIMIT 1",
        )?
        .query_row(params![seq, ANSWERED, OVERTAKEN], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((at, answer, sid, by)) = found else { return Ok(()) };
    // A version that does not write who decided says no more than that the call has ended.
    let counted = by == "hook";
    if answer == "deny" && (counted || by.is_empty()) {
        tx.prepare_cached(
            "UPDATE gate_decision SET outcome = 'rejected', outcome_at = ?2 WHERE seq = ?1 AND outcome IS NULL",
        )?
        .execute([seq, at])?;
    }
    let deed = if answer == "allow" { Deed::Approve } else { Deed::Deny };
    let state = match by.as_str() {
        "" => audit::DELIVERED,
        "hook" => "confirmed",
        _ => "too-late",
    };
    audit::set_state(tx, deed, &sid, at, state)
}

const DECISIONS: &str =
    "SELECT hook_event.at, sid, agent, tool, call, hook_event.summary, hex(hash), mode, verdict, said, layer, rule,
            reason, learnable, effects, withheld, outcome, outcome_at, changed, nullif(decided_by, ''), failure,
            thought, project, features, hook_event.seq, gate_note.at, gate_note.model, gate_note.summary,
            gate_note.risks, gate_note.warns, gate_note.why
     FROM gate_decision JOIN hook_event USING (seq) JOIN hook_session ON hook_session.id = session
     LEFT JOIN gate_note ON gate_note.seq = hook_event.seq";

/// The condition is that of the index.
const INCIDENTS: &str = "SELECT sid, at, layer = 'error', changed, call, tool, summary, reason, unasked,
         failure
     FROM gate_decision AS d JOIN hook_event USING (seq) JOIN hook_session ON hook_session.id = session
     WHERE (layer = 'error' OR changed <> 0 OR unasked <> 0 OR (said = 'deny' AND outcome IN ('ran', 'failed')))
       AND at >= ?1
       AND (layer <> 'error' OR changed <> 0 OR unasked <> 0
            OR d.seq > coalesce((SELECT max(seq) FROM gate_decision WHERE layer <> 'error'), 0))
     ORDER BY seq DESC LIMIT ?2";

fn incident(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Incident)> {
    let (failed, changed): (bool, bool) = (row.get(2)?, row.get(3)?);
    let tool = tool(row, 5)?;
    let summary: Option<String> = row.get(6)?;
    let about: Vec<String> = tool.into_iter().chain(summary.filter(|summary| !summary.is_empty())).collect();
    let (unasked, failure): (bool, Option<String>) = (row.get(8)?, row.get(9)?);
    let mishap = match (failed, changed, unasked) {
        (_, true, _) => Mishap::Changed,
        (_, false, true) => Mishap::Unasked,
        (true, false, false) => Mishap::Failed(failure.as_deref().map_or(Failure::Other, Failure::of)),
        (false, false, false) => Mishap::Denied,
    };
    let incident =
        Incident { mishap, at: row.get(1)?, call: row.get(4)?, about: about.join(": "), reason: row.get(7)? };
    Ok((row.get(0)?, incident))
}

/// A tool's name without its secrets: rows from before they were taken out may still have them.
fn tool(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    let name: Option<String> = row.get(column)?;
    Ok(name.map(|name| redact_tool(&name).into_owned()))
}

/// What was known of a call to learn from: the thought, the project, and the features.
fn known(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Learnable>> {
    let features: Option<Vec<u8>> = row.get(column + 2)?;
    let Some(features) = features.filter(|features| !features.is_empty()) else { return Ok(None) };
    let (thought, project): (Option<String>, Option<String>) = (row.get(column)?, row.get(column + 1)?);
    Ok(Some(Learnable {
        features,
        project: project.unwrap_or_default(),
        // One that is torn is another thing than none.
        thought: thought.and_then(|thought| Json::read(thought).or_else(|| Json::read("null".to_owned()))),
    }))
}

fn decision(row: &rusqlite::Row<'_>) -> rusqlite::Result<Decision> {
    let effects: String = row.get(14)?;
    let outcome: Option<String> = row.get(16)?;
    let (at, changed): (Option<i64>, bool) = (row.get(17)?, row.get(18)?);
    let failure: Option<String> = row.get(20)?;
    Ok(Decision {
        at: row.get(0)?,
        session: row.get(1)?,
        agent: row.get(2)?,
        tool: tool(row, 3)?.unwrap_or_default(),
        call: row.get(4)?,
        summary: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        hash: row.get::<_, Option<String>>(6)?.map(|hash| hash.to_ascii_lowercase()),
        mode: row.get(7)?,
        judged: Judged {
            verdict: row.get(8)?,
            said: row.get(9)?,
            withheld: row.get(15)?,
            layer: row.get(10)?,
            failure: failure.as_deref().map(Failure::of),
            rule: row.get(11)?,
            reason: row.get(12)?,
            learnable: row.get(13)?,
            effects: effects.split_whitespace().map(str::to_owned).collect(),
            known: known(row, 21)?,
        },
        outcome: outcome.map(|what| Outcome { what, at: at.unwrap_or(0), changed }),
        decided_by: row.get(19)?,
        seq: row.get(24)?,
        note: notes::note(row, 25)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_gate::rules::Action;

    #[test]
    fn grants_end_or_are_taken_back() {
        let mut store = Store::in_memory().unwrap();
        let rule =
            Rule { commands: vec!["cargo *".to_owned()], action: Some(Action::Allow), ..Rule::default() };
        let first = store.grant(&rule, 10, 20).unwrap();
        let second = store.grant(&rule, 10, 30).unwrap();
        let names = |store: &Store, now| {
            store.grants(now).unwrap().into_iter().map(|grant| grant.rule.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&store, 10), ["g1", "g2"]);
        assert_eq!(store.grants(10).unwrap()[0].rule.expires, Some(20));
        assert_eq!(names(&store, 20), ["g2"]);
        assert!(!store.revoke(first, 20).unwrap(), "it had ended");
        assert!(store.revoke(second, 20).unwrap());
        assert!(!store.revoke(second, 20).unwrap());
        assert_eq!(names(&store, 20), [""; 0]);
        let deeds: Vec<String> = store
            .audit(9)
            .unwrap()
            .into_iter()
            .map(|entry| format!("{} {} {} {}", entry.at, entry.actor, entry.kind, entry.subject))
            .collect();
        assert_eq!(deeds, ["20 person revoke g2", "10 person grant g2", "10 person grant g1"]);
    }

    #[test]
    fn a_repository_is_trusted_until_it_is_not() {
        let mut store = Store::in_memory().unwrap();
        let trust = |policy: &str| Trust { root: "/w".to_owned(), policy: policy.to_owned(), at: 1 };
        store.trust(&trust("")).unwrap();
        store.trust(&trust("ab")).unwrap();
        assert_eq!(store.trusted().unwrap(), [trust("ab")]);
        assert!(store.distrust("/w", 2).unwrap());
        assert!(!store.distrust("/w", 3).unwrap());
        let deeds: Vec<(i64, String)> =
            store.audit(9).unwrap().into_iter().map(|entry| (entry.at, entry.kind)).collect();
        assert_eq!(
            deeds,
            [(2, "distrust"), (1, "trust"), (1, "trust")].map(|(at, kind)| (at, kind.to_owned()))
        );
    }
}
