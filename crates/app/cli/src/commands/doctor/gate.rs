//! What `doctor` says of the guard before the sessions that run: whether it stands, works and holds.

use claudectl_fleet::alarm::{Alarm, Evidence, Kind};
use claudectl_fleet::format::{plural, short_id};
use serde_json::json;

use super::{Check, failed_with};
use crate::app::App;
use crate::error::Result;
use crate::gather::{self, Wanted};
use crate::sync::Ledger;
use crate::{guard, hooks};

const NAME: &str = "gate";
/// So many are named.
const MOST: usize = 5;

pub(super) fn check(app: &App, ledger: &mut Ledger) -> Check {
    let alarms = match alarms(app, ledger) {
        Ok(alarms) => alarms,
        Err(error) => return failed_with(NAME, error),
    };
    let data = json!({
        "alarms": alarms.iter().map(|(sid, alarm)| json!({ "session": sid, "alarm": alarm })).collect::<Vec<_>>(),
    });
    let Some((_, worst)) = alarms.first() else {
        return Check::ok(NAME, "no alarm: it stands where it should, and what it said held").with(data);
    };
    let named = alarms.iter().take(MOST).map(|(sid, alarm)| format!("{}: {}", of(sid), alarm.words()));
    let mut parts: Vec<String> = named.collect();
    if alarms.len() > MOST {
        parts.push(format!("and {} more", alarms.len() - MOST));
    }
    let message = format!("{}: {}", plural(alarms.len() as u64, "alarm"), parts.join("; "));
    Check::failed(NAME, hooks::shortened(&app.env, &message), fix(worst.kind)).with(data)
}

/// Of whom an alarm is. Where the hook's input could not be read, nobody knows.
fn of(sid: &str) -> String {
    if sid.is_empty() { "a session that did not give its name".to_owned() } else { short_id(sid) }
}

/// Of the sessions that run, and what went wrong in others lately; the gravest first.
fn alarms(app: &App, ledger: &mut Ledger) -> Result<Vec<(String, Alarm)>> {
    let sessions = gather::sessions(app, ledger, Wanted::Live)?;
    let others = guard::incidents(&ledger.store, app.now)?;
    let mut all: Vec<(String, Alarm)> = Vec::new();
    for (sid, incident) in others {
        if sessions.iter().all(|session| session.id != sid) {
            let evidence = Evidence { incidents: std::slice::from_ref(&incident), ..Evidence::default() };
            all.extend(evidence.alarms(app.now).into_iter().map(|alarm| (sid.clone(), alarm)));
        }
    }
    for session in sessions {
        all.extend(session.gate.alarms.into_iter().map(|alarm| (session.id.clone(), alarm)));
    }
    all.sort_by_key(|(_, alarm)| std::cmp::Reverse((alarm.kind, alarm.at)));
    Ok(all)
}

fn fix(kind: Kind) -> &'static str {
    match kind {
        Kind::Absent => {
            "take away what is named, or run `claudectl init`; `claudectl doctor --live` in that folder proves it"
        }
        Kind::Gap => "`claudectl doctor --live` in that session's folder says whether hooks run now",
        Kind::Error => "run `claudectl tick`; if it stays, the reason is in `claudectl gate log`",
        Kind::Changed => {
            "another hook changes calls after they were judged: see /hooks in Claude Code, and `claudectl gate log`"
        }
        Kind::Passed => {
            "do not rely on the gate; `claudectl doctor --live` tries it, and `--bundle` makes a report"
        }
    }
}
