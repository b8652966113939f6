//! The log of decisions of the published tool (`decisions.jsonl`), read for what a person has said.
//!
//! It says in each row whether the person agreed, not what they wanted; and most rows are the program's own. So what is wanted
//! is worked out of both, and only rows that record what a person did count. Approvals that came in a burst were the
//! program's, too: its mode that approves everything writes the same word.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use crate::label::Source;

/// The same decision is written several times within this.
const SAME_WITHIN_S: f64 = 15.0;
/// So many approvals, each so soon behind the last, were no person's.
const BURST: usize = 5;
const BURST_WITHIN_S: f64 = 3.0;

/// A row, as far as it matters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Row {
    ts: Value,
    pid: Value,
    project: Option<String>,
    tool: Option<String>,
    command: Option<String>,
    brain_action: Option<String>,
    user_action: Option<String>,
    decision_type: Option<String>,
    override_reason: Option<String>,
    decision_id: Option<String>,
}

/// What a person has said there of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// When, milliseconds since the epoch.
    pub at: i64,
    /// The process of the session.
    pub pid: String,
    /// The project, as it was shown.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// The command, or the file.
    pub command: String,
    /// They wanted it to run.
    pub wanted: bool,
    /// How much that says.
    pub source: Source,
    /// What the row is known by.
    pub id: String,
    /// The word of the row.
    action: String,
}

/// Why a row teaches nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nothing {
    /// The program, a rule or a policy has decided, or nobody has.
    NotAPerson,
    /// It is about sessions, or about what to send to one.
    NoCall,
    /// It does not say which tool and which command.
    NotSaid,
    /// It has no time.
    NoTime,
    /// It was written before, within seconds.
    Again,
    /// It is one of many approvals within seconds.
    Burst,
}

impl Nothing {
    /// Its name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAPerson => "not-a-person",
            Self::NoCall => "no-call",
            Self::NotSaid => "not-said",
            Self::NoTime => "no-time",
            Self::Again => "again",
            Self::Burst => "burst",
        }
    }

    /// For a person.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotAPerson => "decided by the program, a rule or a policy, or by nobody",
            Self::NoCall => "about sessions, not about a call",
            Self::NotSaid => "without a tool or a command",
            Self::NoTime => "without a time",
            Self::Again => "written twice within seconds",
            Self::Burst => "approvals in a burst, which no person gave",
        }
    }
}

/// What a row says; or why it says nothing.
///
/// # Errors
/// When the line is no row of that log.
pub fn row(line: &str) -> Result<Result<Said, Nothing>, serde_json::Error> {
    let row: Row = serde_json::from_str(line)?;
    Ok(said(row))
}

/// Whether a line looks like a row of that log.
#[must_use]
pub fn is_row(value: &Value) -> bool {
    value.get("user_action").is_some_and(Value::is_string)
}

fn said(row: Row) -> Result<Said, Nothing> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let action = row.user_action.unwrap_or_default();
    let pid = text(&row.pid);
    if row.decision_type.as_deref() == Some("orchestration") || pid == "0" {
        return Err(Nothing::NoCall);
    }
    let proposed = match row.brain_action.as_deref() {
        Some("approve") => Some(true),
        Some("deny") => Some(false),
        _ => None,
    };
    let (wanted, source) = match (action.as_str(), proposed, row.override_reason.as_deref()) {
        ("accept" | "reject" | "corrected", None, _) => return Err(Nothing::NoCall),
        ("accept", Some(false), Some("one_time_exception")) => (true, Source::ImportedException),
        ("accept", Some(false), Some("always_safe" | "brain_is_wrong")) => (true, Source::ImportedAnswer),
        ("accept", Some(proposed), _) => (proposed, Source::ImportedAnswer),
        ("reject", Some(proposed), _) => (!proposed, Source::ImportedAnswer),
        ("corrected", Some(proposed), _) => (proposed, Source::ImportedCorrection),
        ("user_approve", ..) => (true, Source::Imported),
        _ => return Err(Nothing::NotAPerson),
    };
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty()).ok_or(Nothing::NotSaid);
    let (tool, command) = (filled(row.tool)?, filled(row.command)?);
    let seconds: f64 = text(&row.ts).trim().trim_matches('"').parse().map_err(|_| Nothing::NoTime)?;
    if !(1.0..1e11).contains(&seconds) {
        return Err(Nothing::NoTime);
    }
    let at = (seconds * 1_000.0) as i64;
    let id = row.decision_id.filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| format!("{at} {pid} {tool} {command} {action}"));
    Ok(Said { at, pid, project: row.project.unwrap_or_default(), tool, command, wanted, source, id, action })
}

/// Takes out what was written twice, and bursts of approvals; raises what was marked as right (`canonical.jsonl`, by ids).
/// How many were taken out, and why, is told beside.
#[must_use]
pub fn settled(mut all: Vec<Said>, marked: &HashSet<String>) -> (Vec<Said>, BTreeMap<Nothing, u64>) {
    all.sort_by_key(|one| one.at);
    let mut out: BTreeMap<Nothing, u64> = BTreeMap::new();
    let apart = |a: &Said, b: &Said| (b.at - a.at) as f64 / 1_000.0;
    let burst = in_bursts(&all, &apart);
    let mut last: BTreeMap<(String, String, String, String), Said> = BTreeMap::new();
    let mut kept = Vec::new();
    for (one, is_burst) in all.into_iter().zip(burst) {
        if is_burst {
            *out.entry(Nothing::Burst).or_default() += 1;
            continue;
        }
        let key = (one.pid.clone(), one.tool.clone(), one.command.clone(), one.action.clone());
        let is_again = last.get(&key).is_some_and(|before| apart(before, &one) <= SAME_WITHIN_S);
        if is_again {
            *out.entry(Nothing::Again).or_default() += 1;
            continue;
        }
        last.insert(key, one.clone());
        let is_marked = marked.contains(&one.id) && one.source == Source::ImportedAnswer;
        kept.push(Said { source: if is_marked { Source::ImportedMarked } else { one.source }, ..one });
    }
    (kept, out)
}

/// Which of these, by time, are approvals that came in a burst.
fn in_bursts(all: &[Said], apart: &dyn Fn(&Said, &Said) -> f64) -> Vec<bool> {
    let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, one) in all.iter().enumerate().filter(|(_, one)| one.source == Source::Imported) {
        of.entry(&one.pid).or_default().push(at);
    }
    let mut found = vec![false; all.len()];
    for places in of.values() {
        let mut run: Vec<usize> = Vec::new();
        for place in places.iter().copied().map(Some).chain([None]) {
            let goes_on = place
                .zip(run.last())
                .is_some_and(|(place, last)| apart(&all[*last], &all[place]) < BURST_WITHIN_S);
            if !goes_on {
                if run.len() >= BURST {
                    run.iter().for_each(|at| found[*at] = true);
                }
                run.clear();
            }
            run.extend(place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn a_row(action: &str, proposed: &str, more: Value) -> Value {
        let mut row = json!({
            "ts": "1790000000", "pid": 7, "project": "p", "tool": "Bash", "command": "make lint",
            "brain_action": proposed, "user_action": action, "brain_confidence": 0.9,
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            row[key] = value.clone();
        }
        row
    }

    fn read(row: &Value) -> Result<(bool, Source), Nothing> {
        super::row(&row.to_string()).unwrap().map(|said| (said.wanted, said.source))
    }

    #[test]
    fn what_was_wanted_is_not_whether_they_agreed() {
        let of = |action: &str, proposed: &str, reason: Value| {
            read(&a_row(action, proposed, json!({ "override_reason": reason })))
        };
        let (answer, half) = (Source::ImportedAnswer, Source::ImportedException);
        for (action, proposed, reason, wanted) in [
            ("accept", "approve", Value::Null, Ok((true, answer))),
            ("accept", "deny", Value::Null, Ok((false, answer))),
            ("accept", "deny", json!("always_safe"), Ok((true, answer))),
            ("accept", "deny", json!("brain_is_wrong"), Ok((true, answer))),
            ("accept", "deny", json!("one_time_exception"), Ok((true, half))),
            ("reject", "approve", Value::Null, Ok((false, answer))),
            ("reject", "deny", Value::Null, Ok((true, answer))),
            ("corrected", "deny", Value::Null, Ok((false, Source::ImportedCorrection))),
            ("corrected", "approve", Value::Null, Ok((true, Source::ImportedCorrection))),
            ("user_approve", "approve", Value::Null, Ok((true, Source::Imported))),
            ("accept", "terminate", Value::Null, Err(Nothing::NoCall)),
            ("reject", "send", Value::Null, Err(Nothing::NoCall)),
        ] {
            assert_eq!(of(action, proposed, reason.clone()), wanted, "{action} {proposed} {reason}");
        }
        assert_eq!(
            read(&a_row("user_approve", "", json!({"brain_action": null}))),
            Ok((true, Source::Imported))
        );
    }

    #[test]
    fn only_people_teach() {
        for action in [
            "auto",
            "deferred_low_confidence",
            "deferred_file_conflict",
            "deny_rule_override",
            "rule_approve",
            "rule_deny",
            "rule_send",
            "rule_terminate",
            "conflict_deny",
            "policy_deny",
            "user_input",
            "deny",
            "",
            "whatever",
        ] {
            assert_eq!(read(&a_row(action, "approve", json!({}))), Err(Nothing::NotAPerson), "{action}");
        }
        let apart = json!({"decision_type": "orchestration"});
        assert_eq!(read(&a_row("accept", "approve", apart)), Err(Nothing::NoCall));
        assert_eq!(read(&a_row("accept", "approve", json!({"pid": 0}))), Err(Nothing::NoCall));
        assert_eq!(read(&a_row("accept", "approve", json!({"command": null}))), Err(Nothing::NotSaid));
        for ts in [json!(null), json!("yesterday"), json!("-5"), json!("NaN"), json!("1e300")] {
            assert_eq!(read(&a_row("accept", "approve", json!({"ts": ts}))), Err(Nothing::NoTime));
        }
        for ts in [json!("1790000000"), json!("\"1790000000\""), json!(1_790_000_000_u64)] {
            let said = row(&a_row("accept", "approve", json!({"ts": ts})).to_string()).unwrap().unwrap();
            assert_eq!(said.at, 1_790_000_000_000);
        }
        for torn in ["{\"ts\": \"17", "", "null", "[]", "\u{0}"] {
            assert!(row(torn).map_or(true, |said| said.is_err()), "{torn}");
        }
    }

    fn all(rows: &[(u64, &str, &str)]) -> Vec<Said> {
        let one = |(ts, action, command): &(u64, &str, &str)| {
            let row = a_row(action, "approve", json!({"ts": ts.to_string(), "command": command}));
            super::row(&row.to_string()).unwrap().unwrap()
        };
        rows.iter().map(one).collect()
    }

    #[test]
    fn what_is_written_twice_or_in_a_burst_counts_once_or_not_at_all() {
        let none = HashSet::new();
        let (kept, out) =
            settled(all(&[(100, "accept", "a"), (110, "accept", "a"), (150, "accept", "a")]), &none);
        assert_eq!((kept.len(), out), (2, BTreeMap::from([(Nothing::Again, 1)])));
        let burst: Vec<(u64, &str, &str)> = ["a", "b", "c", "d", "e"]
            .iter()
            .zip(100..)
            .map(|(command, at)| (at * 2, "user_approve", *command))
            .collect();
        let (kept, out) = settled(all(&burst), &none);
        assert_eq!((kept.len(), out), (0, BTreeMap::from([(Nothing::Burst, 5)])));
        assert_eq!(settled(all(&burst[..4]), &none).0.len(), 4, "four may be a person's");
        // Whatever order the rows have.
        let mut turned = burst.clone();
        turned.reverse();
        assert_eq!(settled(all(&turned), &none).0.len(), 0);
        let said = all(&[(100, "accept", "a")]);
        let marked = HashSet::from([said[0].id.clone()]);
        assert_eq!(settled(said, &marked).0[0].source, Source::ImportedMarked);
    }
}
