//! What `doctor` says of the guard before the sessions that run: whether it stands, works and holds.

use std::collections::BTreeMap;

use claudectl_agents::settings::{self, Cause};
use claudectl_fleet::alarm::{self, Alarm, Evidence, Failure, Incident, Kind, Mishap, Obstacle};
use claudectl_fleet::format::{plural, short_id};
use claudectl_store::guard::Check as Ended;
use serde_json::json;

use super::live::fix_of;
use super::{Check, failed_with};
use crate::app::App;
use crate::env::shown;
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
    let Some(worst) = to_mend(&alarms) else {
        return match ledger.in_memory {
            true => Check::failed(
                NAME,
                "no verdict can be written down: what would be allowed is asked about, and nothing is known of what ran",
                "see above: make the state folder writable",
            )
            .with(data),
            false => unguarded(app).unwrap_or_else(|| {
                Check::ok(NAME, "no alarm: it stands where it should, and what it said held")
            })
            .with(data),
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

/// That no guard stands before sessions that are started now: there is nothing to raise an alarm.
fn unguarded(app: &App) -> Option<Check> {
    let roots = match hooks::user_roots(app) {
        Ok(roots) => roots,
        Err(error) => return Some(failed_with(NAME, error)),
    };
    let survey = settings::survey(&roots, &settings::managed_files(), &hooks::programs(&app.env));
    let here = app.env.cwd.as_deref();
    let (root, cause) = roots.iter().find_map(|root| Some((root, survey.in_force(root, here).cause()?)))?;
    let message = format!(
        "no guard stands before the sessions of {}: {}",
        shown(&app.env, root),
        app.env.short_path(&cause.to_string())
    );
    Some(match cause {
        // They are meant to stand there, and do not.
        Cause::Broken { .. } | Cause::PassedOver { .. } => Check::failed(NAME, message, fix_of(&cause)),
        _ => Check::warning(NAME, message, fix_of(&cause)),
    })
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
    for (sid, incident) in guard::incidents(app, &ledger.store)? {
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

/// What has to be mended first: the gravest, or, where our hook is not called for each call of that session or not waited
/// for, what keeps it from that, which lets calls pass.
fn to_mend(alarms: &[(String, Alarm)]) -> Option<&Alarm> {
    let (sid, worst) = alarms.first()?;
    let of_hooks = |(other, alarm): &&(String, Alarm)| {
        other == sid && worst.kind == Kind::Passed && matches!(alarm.cause, alarm::Cause::Hooks(Some(_)))
    };
    alarms.iter().find(of_hooks).map(|(_, alarm)| alarm).or(Some(worst))
}

/// What is done about it: it follows from its cause, never from its words, in which others have a part.
fn fix(worst: &Alarm) -> &'static str {
    match worst.cause {
        alarm::Cause::Hooks(obstacle) => hooks_again(worst.kind, obstacle),
        alarm::Cause::Call(mishap) => after_a_call(mishap),
    }
}

fn hooks_again(kind: Kind, obstacle: Option<Obstacle>) -> &'static str {
    match obstacle {
        Some(Obstacle::Start) => {
            "end that session, and start it without the option: what it was started with stays until then"
        }
        Some(Obstacle::SwitchedOff | Obstacle::ManagedOnly | Obstacle::Variable) => {
            "take it out of the file that is named, if it is not meant; `claudectl doctor --live` in that folder proves it"
        }
        Some(Obstacle::Unusable) => {
            "correct the file that is named; `claudectl doctor --live` in that folder proves it"
        }
        // Of a session that is over, the alarm is of what was before.
        Some(Obstacle::NotInstalled | Obstacle::Broken | Obstacle::PassedOver) => match kind {
            Kind::Gap => "run `claudectl init`, which ends this alarm, too",
            Kind::Absent | Kind::Error | Kind::Changed | Kind::Passed => {
                "run `claudectl init`; `claudectl doctor --live` in that folder proves it"
            }
        },
        None => {
            "`claudectl doctor --live` in that session's folder says whether hooks run now; a session that was started without hooks (--bare) looks the same"
        }
    }
}

fn after_a_call(mishap: Mishap) -> &'static str {
    match mishap {
        Mishap::Failed(Failure::NothingToGoBy) => {
            "run `claudectl tick`, which makes it or says what is in its way; the next call that is judged ends this alarm"
        }
        Mishap::Failed(Failure::NotWritten) => {
            "make the state folder writable, with room on its disk; the next call that is judged ends this alarm"
        }
        Mishap::Failed(Failure::Input) => {
            "something else calls `claudectl hook`, or Claude Code writes something new: update claudectl; the next call that is judged ends this alarm"
        }
        Mishap::Failed(Failure::Other) => {
            "the reason is in `claudectl gate log`; the next call that is judged ends this alarm"
        }
        Mishap::Changed => {
            "another hook changes calls after they were judged: see /hooks in Claude Code, and `claudectl gate log`"
        }
        Mishap::Unasked => {
            "Claude Code passed over the question: for what must not run in that mode, write a rule that denies it (`claudectl rules`)"
        }
        Mishap::Denied => {
            "do not rely on the gate; `claudectl doctor --live` tries it, and `--bundle` makes a report"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(kind: Kind, cause: alarm::Cause, message: &str) -> Alarm {
        Alarm { kind, cause, message: message.to_owned(), at: None, call: None, guess: false }
    }

    #[test]
    fn what_failed_in_the_same_way_is_one_line() {
        let failed = |sid: &str, why: &str| {
            let cause = alarm::Cause::Call(Mishap::Failed(Failure::Other));
            (format!("{sid}-1"), alarm(Kind::Error, cause, why))
        };
        let gap = || alarm(Kind::Gap, alarm::Cause::Hooks(None), "1 call");
        let alarms = [
            failed("aaaaaaaa", "no rules"),
            failed("bbbbbbbb", "no disk"),
            failed("cccccccc", "no rules"),
            failed("dddddddd", "no rules"),
            ("eeeeeeee-1".to_owned(), gap()),
            ("ffffffff-1".to_owned(), gap()),
        ];
        assert_eq!(
            lines(&alarms),
            ["aaaaaaaa (and 2 more): no rules", "bbbbbbbb: no disk", "eeeeeeee: 1 call", "ffffffff: 1 call"]
        );
    }

    #[test]
    fn a_hook_that_nobody_waits_for_is_mended_before_anything_else() {
        let passed = || alarm(Kind::Passed, alarm::Cause::Call(Mishap::Unasked), "nobody was asked");
        let hooks = |obstacle| alarm(Kind::Absent, alarm::Cause::Hooks(obstacle), "async");
        let of = |sid: &str, alarm: Alarm| (sid.to_owned(), alarm);
        let way = |alarms: &[(String, Alarm)]| fix(to_mend(alarms).unwrap());
        let narrowed = || hooks(Some(Obstacle::PassedOver));
        assert!(way(&[of("a", passed()), of("a", narrowed())]).starts_with("run `claudectl init`"));
        for others in [of("b", narrowed()), of("a", hooks(None))] {
            assert!(way(&[of("a", passed()), others]).starts_with("Claude Code passed over the question"));
        }
        assert!(to_mend(&[]).is_none());
    }

    /// What a message says of other causes: a folder may be called so.
    const MISLEADING: &str = "/it was started with --bare/disableAllHooks/settings do not call/which is not/not installed/\
        put together/written down/cannot be read/nobody was asked";

    /// The beginning of what is done, of each cause. One that is added has no way out here, until somebody writes it.
    fn way(cause: alarm::Cause, kind: Kind) -> &'static str {
        match cause {
            alarm::Cause::Hooks(Some(Obstacle::Start)) => "end that session, and start it",
            alarm::Cause::Hooks(Some(Obstacle::SwitchedOff | Obstacle::ManagedOnly | Obstacle::Variable)) => {
                "take it out of the file"
            }
            alarm::Cause::Hooks(Some(Obstacle::Unusable)) => "correct the file",
            alarm::Cause::Hooks(Some(Obstacle::NotInstalled | Obstacle::Broken | Obstacle::PassedOver)) => {
                if kind == Kind::Gap {
                    "run `claudectl init`, which ends"
                } else {
                    "run `claudectl init`; "
                }
            }
            alarm::Cause::Hooks(None) => "`claudectl doctor --live`",
            alarm::Cause::Call(Mishap::Failed(Failure::NothingToGoBy)) => "run `claudectl tick`",
            alarm::Cause::Call(Mishap::Failed(Failure::NotWritten)) => "make the state folder writable",
            alarm::Cause::Call(Mishap::Failed(Failure::Input)) => "something else calls",
            alarm::Cause::Call(Mishap::Failed(Failure::Other)) => "the reason is in `claudectl gate log`",
            alarm::Cause::Call(Mishap::Changed) => "another hook changes calls",
            alarm::Cause::Call(Mishap::Unasked) => "Claude Code passed over the question",
            alarm::Cause::Call(Mishap::Denied) => "do not rely on the gate",
        }
    }

    #[test]
    fn the_way_out_follows_from_the_cause_and_not_from_the_words() {
        let obstacles = Obstacle::ALL.into_iter().map(Some).chain([None]).map(alarm::Cause::Hooks);
        let hooks = obstacles.flat_map(|cause| [(cause, Kind::Absent), (cause, Kind::Gap)]);
        let failed = Failure::ALL.into_iter().map(Mishap::Failed);
        let calls = failed.chain([Mishap::Changed, Mishap::Unasked, Mishap::Denied]);
        let calls = calls.map(|mishap| (alarm::Cause::Call(mishap), mishap.kind()));
        for (cause, kind) in hooks.chain(calls) {
            for words in ["", MISLEADING] {
                let fix = fix(&alarm(kind, cause, words));
                assert!(fix.starts_with(way(cause, kind)), "{cause:?}, {kind:?}, {words}: {fix}");
            }
        }
    }
}
