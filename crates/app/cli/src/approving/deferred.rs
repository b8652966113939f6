//! Runs without a terminal that have ended at a call, to be taken up again with its answer.

use std::path::Path;

use claudectl_fleet::budget::{self, Level, Standing};
use claudectl_fleet::hooks::is_unanswered;
use claudectl_gate::judge::Layer;
use claudectl_store::Store;
use claudectl_store::approvals::{self, Approval, Left};
use claudectl_store::gate::Decision;

use super::late::{self, Late};
use super::{Answering, Holds, Report, State, command, decision, is_called, short_call};
use crate::app::App;
use crate::budgets;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::ingest;
use crate::judging::budget::Meter;
use crate::judging::hook::{DEFER, PERSON};

/// So many decisions are looked at for one that waits.
const MOST_LOOKED_AT: u32 = 64;

/// A call at which a run has ended.
#[derive(Debug, Clone)]
pub(crate) struct Deferred {
    pub(crate) decision: Decision,
    /// What was answered, as long as nobody has taken it up.
    pub(crate) answer: Option<Approval>,
    /// It has ended at a budget, which has room again.
    is_paid: bool,
}

impl Deferred {
    /// It waits for a raise, and not for an answer: no answer lifts a budget.
    pub(crate) fn is_unpaid(&self) -> bool {
        self.decision.judged.layer == Layer::Budget.word()
    }

    /// It waits until a pause is taken back: an answer would let this one call go on.
    fn is_paused(&self) -> bool {
        self.decision.judged.layer == Layer::Pause.word()
    }

    /// How it is answered, or taken up.
    pub(crate) fn way(&self) -> String {
        let session = &self.decision.session;
        match &self.answer {
            // The client goes on with a call of the main conversation by itself, and with none of a subagent.
            None if self.is_unpaid() && self.decision.agent.is_some() => {
                format!("claude -p --resume {session} 'go on'")
            }
            None if self.is_unpaid() => format!("claude -p --resume {session}"),
            None => command("approve", session, self.decision.call.as_deref().map(short_call)),
            Some(_) => format!("claude -p --resume {session}"),
        }
    }

    /// What it waits for, for a person.
    pub(crate) fn words(&self, now: i64) -> String {
        match &self.answer {
            None if self.is_paid => format!("its budget has room again; to go on: {}", self.way()),
            None if self.is_unpaid() => {
                format!("{}; to go on after a raise: {}", self.decision.judged.reason, self.way())
            }
            None if self.is_paused() => format!(
                "{}; to go on after that: claude -p --resume {}; for this one call: {}",
                self.decision.judged.reason,
                self.decision.session,
                self.way()
            ),
            None => format!("to answer: {}", self.way()),
            Some(answer) => format!("{}; to go on: {}", answered(answer, now), self.way()),
        }
    }
}

fn answered(answer: &Approval, now: i64) -> String {
    let at = answer.ends.saturating_sub(approvals::WAITS_MS);
    let word = if answer.allow { "allow" } else { "deny" };
    format!("it was answered {} ago: {word}", format::age(now.saturating_sub(at)))
}

/// All that wait, the latest first.
pub(crate) fn all(app: &App, store: &Store, home: &Path) -> Result<Vec<Deferred>> {
    let sessions = store.deferred_since(app.now.saturating_sub(approvals::WAITS_MS))?;
    let found = sessions.iter().map(|session| one(app, store, home, session));
    found.filter_map(Result::transpose).collect()
}

/// The last call at which a run of the session has ended, if it still waits there.
pub(super) fn one(app: &App, store: &Store, home: &Path, session: &str) -> Result<Option<Deferred>> {
    let decisions = decisions(app, store, session)?;
    let ended = |one: &&Decision| one.judged.said.as_deref() == Some(DEFER) && one.outcome.is_none();
    // What came after it says that it is over.
    let own = decisions.first().filter(ended).filter(|one| one.agent.is_none());
    let waits = match own {
        Some(own) => (prompted(store, own)? != Some(Prompted::Answered)).then_some(own),
        // A subagent is not taken up again. The conversation that it reports to is, if it could not afford the report.
        None => {
            let of_agents = decisions.iter().take_while(|one| one.agent.is_some());
            let of_budget = |one: &&Decision| one.judged.layer == Layer::Budget.word();
            match of_agents.filter(ended).find(of_budget) {
                Some(one) if prompted(store, one)? == Some(Prompted::Refused) => Some(one),
                _ => None,
            }
        }
    };
    let Some(decision) = waits.cloned() else { return Ok(None) };
    let answer = {
        let of_it = |one: &Approval| {
            decision.call.as_deref() == Some(one.call.as_str()) && decision.hash.as_deref() == Some(&one.hash)
        };
        approvals::waiting(home, session).filter(|one| of_it(one) && app.now < one.ends)
    };
    let is_of_budget = decision.judged.layer == Layer::Budget.word();
    let is_paid = is_of_budget && has_room(app, store, home, session)?;
    Ok(Some(Deferred { decision, answer, is_paid }))
}

/// Whether no budget that concerns a session is spent, as far as that was summed.
fn has_room(app: &App, store: &Store, home: &Path, session: &str) -> Result<bool> {
    let budgets = budgets::of_store(app, store)?;
    let warn_at = budgets.limits.warn_at_percent;
    let has_room = |one: &Standing| {
        let level = budget::level(one.spent, one.unpriced.responses(), one.limit, warn_at);
        matches!(level, Level::Ok | Level::Warning)
    };
    Ok(Meter::shown(home, session, &budgets, app.now).is_some_and(|all| all.iter().all(has_room)))
}

/// What became of the last prompt that a session was sent.
#[derive(Debug, PartialEq, Eq)]
enum Prompted {
    Answered,
    /// It costs more than may be spent.
    Refused,
}

/// The same, since a call at which something has ended; `None` where none was sent.
fn prompted(store: &Store, ended: &Decision) -> Result<Option<Prompted>> {
    let events = store.events_between(&ended.session, ended.at, i64::MAX)?;
    let last = events.iter().rfind(|event| event.event == "UserPromptSubmit");
    Ok(last.map(|event| match is_unanswered(event) {
        true => Prompted::Refused,
        false => Prompted::Answered,
    }))
}

fn decisions(app: &App, store: &Store, session: &str) -> Result<Vec<Decision>> {
    Ok(store.decisions_of(session, app.now.saturating_sub(approvals::WAITS_MS), MOST_LOOKED_AT)?)
}

/// Such a call that waits no more.
pub(super) fn taken_up(app: &App, store: &Store, session: &str, call: Option<&str>) -> Result<Option<Late>> {
    let decisions = decisions(app, store, session)?;
    let meant = |one: &&Decision| {
        call.is_none_or(|call| one.call.as_deref().is_some_and(|full| is_called(full, call)))
    };
    let of_main = |one: &&Decision| one.agent.is_none() && one.judged.said.as_deref() == Some(DEFER);
    let deferred = decisions.iter().position(|one| of_main(&one) && meant(&one));
    let Some(at) = deferred else { return Ok(None) };
    let (deferred, since) = (&decisions[at], &decisions[..at]);
    let taken = since.iter().find(|one| one.judged.layer == PERSON && one.call == deferred.call);
    let said = match taken {
        Some(taken) => format!(
            "the run was taken up {} ago, with the answer that was left: {}",
            format::age(app.now.saturating_sub(taken.at)),
            taken.judged.verdict
        ),
        None => "the run has gone on without an answer".to_owned(),
    };
    Ok(Some(Late {
        at: None,
        call: deferred.call.clone(),
        tool: deferred.tool.clone(),
        summary: deferred.summary.clone(),
        said,
    }))
}

/// Leaves an answer for the run that takes the session up.
pub(super) fn queue(
    app: &App,
    store: &mut Store,
    home: &Path,
    of: &Deferred,
    answering: &Answering,
) -> Result<Report> {
    if of.is_unpaid() {
        return Err(CliError::failed("the run has ended at its budget, and no answer lifts that")
            .why(of.decision.judged.reason.clone())
            .fix(format!("raise it, and go on: {}", of.way())));
    }
    if answering.holds != Holds::Once {
        return Err(CliError::failed("a call at which a run has ended can only be answered this once")
            .fix("answer it without --always and --for, or add a rule: claudectl rules add"));
    }
    let Decision { session, call, hash, tool, summary, .. } = &of.decision;
    let (Some(call), Some(hash)) = (call, hash) else {
        return Err(CliError::new(Kind::Internal, "the call has no id to bind an answer to"));
    };
    let report = |state, note| Report {
        session: session.clone(),
        tool_use_id: Some(call.clone()),
        tool: tool.clone(),
        summary: summary.clone(),
        decision: decision(answering),
        state,
        rule: None,
        note: Some(note),
    };
    let ends = app.now.saturating_add(approvals::WAITS_MS);
    let reason = answering.reason.clone();
    let approval = Approval { call: call.clone(), hash: hash.clone(), allow: answering.allow, reason, ends };
    let unkept = |error: &std::io::Error| {
        CliError::external("the answer cannot be kept").why(error).fix("check who may write the state folder")
    };
    let left =
        approvals::leave(home, session, &approval, answering.replace).map_err(|error| unkept(&error))?;
    match left {
        Left::Before(first) => {
            let word = if answering.allow { "approve" } else { "deny" };
            let way = command(word, session, Some(short_call(call)));
            let first = answered(&first, app.now);
            let said = format!("{first}, and waits to be taken up; to answer otherwise: {way} --replace");
            return Ok(report(State::TooLate, said));
        }
        Left::Taken => {
            let said = "the run is taken up just now, with the answer that was left before";
            return Ok(report(State::TooLate, said.to_owned()));
        }
        Left::Waits => {}
    }
    // A run that was taken up meanwhile has written that down, or still holds the answer.
    ingest::all_or_warn(app, store);
    let still = one(app, store, home, session)?.is_some_and(|one| one.decision.call.as_ref() == Some(call));
    if !still && approvals::withdraw(home, session, &approval).map_err(|error| unkept(&error))? {
        let late = taken_up(app, store, session, Some(call))?;
        return Ok(report(State::TooLate, late.map_or(late::OVER.to_owned(), |late| late.said)));
    }
    store.answered_later(&of.decision, answering.allow, answering.by, app.now)?;
    let until = format::moment(ends, &app.zone);
    Ok(report(
        State::Queued,
        format!("take the session up with `claude -p --resume {session}`; the answer waits until {until}"),
    ))
}
