//! What people have told the gate: one row for each deed, in the same transaction as the deed.

use rusqlite::{Transaction, params};
use serde_json::Value;

use crate::connection::Store;
use crate::error::StoreError;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Raised a budget.
    BudgetRaise,
    /// Gave one session or project a budget of its own.
    BudgetSet,
    /// Took that back.
    BudgetUnset,
    /// Allowed something for a while.
    Grant,
    /// Took that back.
    Revoke,
    /// Trusted the code of a repository.
    Trust,
    /// Trusts it no more.
    Distrust,
    /// Vouched for a hook of somebody else's.
    Vouch,
    /// Vouches for it no more.
    Disown,
    /// Allowed a call that was asked about.
    Approve,
    /// Denied one.
    Deny,
}

impl Deed {
    /// Its name in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BudgetRaise => "budget-raise",
            Self::BudgetSet => "budget-set",
            Self::BudgetUnset => "budget-unset",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::Trust => "trust",
            Self::Distrust => "distrust",
            Self::Vouch => "vouch",
            Self::Disown => "disown",
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number; later deeds have larger ones.
    pub seq: i64,
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What, by [`Deed::word`].
    pub kind: String,
    /// Of what.
    pub subject: String,
    /// What it was, redacted.
    pub payload: Value,
}

/// Whoever uses a command or a key: those that agents may not use are refused to them.
const PERSON: &str = "person";

/// Writes down a deed. `payload` is redacted here.
pub(crate) fn write(
    tx: &Transaction<'_>,
    at: i64,
    deed: Deed,
    subject: &str,
    payload: &Value,
) -> rusqlite::Result<()> {
    let payload = payload.to_string();
    let (subject, payload) = (claudectl_redact::redact(subject), claudectl_redact::redact(&payload));
    tx.prepare_cached("INSERT INTO audit (at, actor, kind, subject, payload) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![at, PERSON, deed.word(), subject.text, payload.text])?;
    Ok(())
}

/// What became of an answer that was given at a moment.
pub(crate) fn set_state(
    tx: &Transaction<'_>,
    deed: Deed,
    subject: &str,
    at: i64,
    state: &str,
) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "UPDATE audit SET payload = json_set(payload, '$.state', ?4)
         WHERE kind = ?1 AND subject = ?2 AND at = ?3 AND json_valid(payload)",
    )?
    .execute(params![deed.word(), subject, at, state])?;
    Ok(())
}

impl Entry {
    /// What became of it: of an answer to a call, whether it counted; anything else counts from when it was done.
    #[must_use]
    pub fn state(&self) -> &str {
        let is_answer = [Deed::Approve, Deed::Deny].iter().any(|deed| self.kind == deed.word());
        match self.payload["state"].as_str() {
            Some(state) => state,
            None if is_answer => DELIVERED,
            None => "done",
        }
    }
}

/// A waiting hook was given the answer; who decided stands in the transcript.
pub(crate) const DELIVERED: &str = "delivered";

impl Store {
    /// What people did, the latest first; no more than `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn audit(&self, most: u32) -> Result<Vec<Entry>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT seq, at, actor, kind, subject, payload FROM audit ORDER BY seq DESC LIMIT ?1",
            )?
            .query_map([most], |row| {
                let payload: String = row.get(5)?;
                // What was redacted in may be JSON no more.
                let payload = serde_json::from_str(&payload).unwrap_or(Value::String(payload));
                Ok(Entry {
                    seq: row.get(0)?,
                    at: row.get(1)?,
                    actor: row.get(2)?,
                    kind: row.get(3)?,
                    subject: row.get(4)?,
                    payload,
                })
            })?
            .collect()
        })
    }
}
