//! What `doctor` says of the guard before the sessions that run: whether it stands, works and holds.

use std::collections::BTreeMap;

use claudectl_fleet::alarm::{Alarm, Evidence, Incident, Kind};
use claudectl_fleet::format::{plural, short_id};
use claudectl_store::guard::Check as Ended;
use serde_json::json;

use super::{Check, failed_with};
use crate::app::App;
use crate::error::Result;
use crate::gather::{self, Wanted};
use crate::sync::Ledger;
use crate::{guard, hooks, outcomes};

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
        return match ledger.in_memory {
            true => Check::failed(
                NAME,
                "no verdict can be written down: what would be allowed is asked about, and nothing is known of what ran",
                "see above: make the state folder writable",
            )
            .with(data),
            false => Check::ok(NAME, "no alarm: it stands where it should, and what it said held").with(data),
        };
    };
    let lines = lines(&alarms);
    let mut parts: Vec<String> = lines.iter().take(MOST).cloned().collect();
    if lines.len() > MOST {
        parts.push(format!("and {} more", lines.len() - MOST));
    }
    let message = format!("{}: {}", plural(lines.len() as u64, "alarm"), parts.join("; "));
    Check::failed(NAME, hooks::shortened(&app.env, &message), fix(worst)).with(data)
}

/// A line a cause: what failed in the same way in many sessions is one.
fn lines(alarms: &[(String, Alarm)]) -> Vec<String> {
    let mut lines: Vec<(String, &str, usize)> = Vec::new();
    for (sid, alarm) in alarms {
        let words = alarm.words();
        let same = |line: &&mut (String, &str, usize)| alarm.kind == Kind::Error && line.0 == words;
        match lines.iter_mut().find(same) {
            Some((_, _, more)) => *more += 1,
            None => lines.push((words, sid, 0)),
        }
    }
    let line = |(words, sid, more): (String, &str, usize)| {
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        format!("{}{more}: {words}", of(sid))
    };
    lines.into_iter().map(line).collect()
}

/// Of whom an alarm is. Where the hook's input could not be read, nobody knows.
fn of(sid: &str) -> String {
    if sid.is_empty() { "a session that did not give its name".to_owned() } else { short_id(sid) }
}

/// Of the sessions that run, and what went wrong in others lately; the gravest first.
fn alarms(app: &App, ledger: &mut Ledger) -> Result<Vec<(String, Alarm)>> {
    // Who let a call run that a person was to be asked about stands in transcripts.
    outcomes::settle(&mut ledger.store, app.now)?;
    let sessions = gather::sessions(app, ledger, Wanted::Live)?;
    let mut others: BTreeMap<String, (Vec<Incident>, Option<Ended>)> = BTreeMap::new();
    for (sid, incident) in guard::incidents(&ledger.store, app.now)? {
        others.entry(sid).or_default().0.push(incident);
    }
    for check in guard::ended::known(app, &ledger.store)? {
        let sid = check.sid.clone();
        others.entry(sid).or_default().1 = Some(check);
    }
    let mut all: Vec<(String, Alarm)> = Vec::new();
    for (sid, (incidents, check)) in &others {
        if sessions.iter().all(|session| session.id != *sid) {
            let gap_from = app.config.health.guard_gap_min_calls;
            let evidence = Evidence { incidents, gap_from, ..Evidence::default() };
            let evidence = match check {
                Some(check) => guard::ended::told(check, evidence),
                None => evidence,
            };
            all.extend(evidence.alarms(app.now).into_iter().map(|alarm| (sid.clone(), alarm)));
        }
    }
    for session in sessions {
        all.extend(session.gate.alarms.into_iter().map(|alarm| (session.id.clone(), alarm)));
    }
    all.sort_by_key(|(_, alarm)| std::cmp::Reverse((alarm.kind, alarm.at)));
    Ok(all)
}

/// What is done about the gravest; of what has a cause, by that.
fn fix(worst: &Alarm) -> &'static str {
    let says = |words: &str| worst.message.contains(words);
    match worst.kind {
        Kind::Absent | Kind::Gap if says("it was started with") => {
            "end that session, and start it without the option: what it was started with stays until then"
        }
        Kind::Absent if says("disableAllHooks") || says("allowManagedHooksOnly") => {
            "take it out of the file that is named, if it is not meant; `claudectl doctor --live` in that folder proves it"
        }
        Kind::Absent => {
            "take away what is named, or run `claudectl init`; `claudectl doctor --live` in that folder proves it"
        }
        Kind::Gap if says("settings do not call") || says("which is not") || says("not installed") => {
            "run `claudectl init`, which ends this alarm, too"
        }
        Kind::Gap => {
            "`claudectl doctor --live` in that session's folder says whether hooks run now; a session that was started without hooks (--bare) looks the same"
        }
        Kind::Error if says("put together") => {
            "run `claudectl tick`, which makes it or says what is in its way; the next call that is judged ends this alarm"
        }
        Kind::Error if says("written down") => {
            "make the state folder writable, with room on its disk; the next call that is judged ends this alarm"
        }
        Kind::Error if says("cannot be read") => {
            "something else calls `claudectl hook`, or Claude Code writes something new: update claudectl; the next call that is judged ends this alarm"
        }
        Kind::Error => "the reason is in `claudectl gate log`; the next call that is judged ends this alarm",
        Kind::Changed => {
            "another hook changes calls after they were judged: see /hooks in Claude Code, and `claudectl gate log`"
        }
        Kind::Passed if says("nobody was asked") => {
            "Claude Code passed over the question: for what must not run in that mode, write a rule that denies it (`claudectl rules`)"
        }
        Kind::Passed => {
            "do not rely on the gate; `claudectl doctor --live` tries it, and `--bundle` makes a report"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(kind: Kind, message: &str) -> Alarm {
        Alarm { kind, message: message.to_owned(), at: None, call: None, guess: false }
    }

    #[test]
    fn what_failed_in_the_same_way_is_one_line() {
        let failed = |sid: &str, why: &str| (format!("{sid}-1"), alarm(Kind::Error, why));
        let alarms = [
            failed("aaaaaaaa", "no rules"),
            failed("bbbbbbbb", "no disk"),
            failed("cccccccc", "no rules"),
            failed("dddddddd", "no rules"),
            ("eeeeeeee-1".to_owned(), alarm(Kind::Gap, "1 call")),
            ("ffffffff-1".to_owned(), alarm(Kind::Gap, "1 call")),
        ];
        assert_eq!(
            lines(&alarms),
            ["aaaaaaaa (and 2 more): no rules", "bbbbbbbb: no disk", "eeeeeeee: 1 call", "ffffffff: 1 call"]
        );
    }

    #[test]
    fn the_way_out_fits_the_cause() {
        let cases = [
            (
                Kind::Absent,
                "the gate is absent: it was started with --bare",
                "end that session, and start it",
            ),
            (
                Kind::Absent,
                "it was started with --settings, which sets disableAllHooks",
                "end that session, and start it",
            ),
            (Kind::Absent, "project settings set disableAllHooks (/w)", "take it out of the file"),
            (Kind::Absent, "not installed", "take away what is named, or run `claudectl init`"),
            (Kind::Gap, "user settings call /x, which is not there", "run `claudectl init`"),
            (Kind::Gap, "the guard did not run for 1 of its latest 2 calls", "`claudectl doctor --live`"),
            (Kind::Error, "rules and settings were not put together yet", "run `claudectl tick`"),
            (Kind::Error, "it cannot be written down: full", "make the state folder writable"),
            (Kind::Error, "what the tool is given cannot be read", "something else calls"),
            (Kind::Error, "it was late", "the reason is in `claudectl gate log`"),
            (Kind::Passed, "ran, and nobody was asked: Bash: x", "Claude Code passed over the question"),
            (Kind::Passed, "a call that was denied ran all the same", "do not rely on the gate"),
        ];
        for (kind, message, way) in cases {
            let fix = fix(&alarm(kind, message));
            assert!(fix.starts_with(way), "{message}: {fix}");
        }
    }
}
