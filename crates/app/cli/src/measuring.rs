//! What metrics are made of, looked up: the log of answers, and what the gate said of calls, joined to the prompts about
//! them and to the projects of their sessions.

use std::collections::HashMap;

use claudectl_brain::features::Features;
use claudectl_brain::label::Source;
use claudectl_brain::stats::material::{Decided, Entry, Told};
use claudectl_store::brain::Answer;
use claudectl_store::gate::{Decision, Prompt};
use claudectl_store::{Store, journal};

use crate::app::{App, Catalog};
use crate::error::Result;
use crate::ingest;

/// So many calls are looked through, the latest.
const MOST_CALLS: u32 = 200_000;
/// So many answers are read at once.
const AT_ONCE: u32 = 8_192;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Where there is one, what is kept.
    pub(crate) store: Option<Store>,
    /// Answers, in the order of the log.
    pub(crate) entries: Vec<Entry>,
    /// Answers that cannot be read.
    pub(crate) unreadable: usize,
    /// Calls, the first first.
    pub(crate) calls: Vec<Decided>,
    /// There are more calls than were looked through.
    pub(crate) more: bool,
}

/// Answers, all of them, and calls since a moment.
///
/// # Errors
/// When the store fails.
pub(crate) fn look(app: &App, since: Option<i64>) -> Result<Found> {
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    if !file.exists() && !journal::days(&home).is_ok_and(|days| !days.is_empty()) {
        return Ok(Found::default());
    }
    let mut store = Store::open(&file)?;
    // What hooks have told since the last pass.
    ingest::journal(&mut store, &home)?;
    let mut found = Found::default();
    let (mut at, mut row) = (i64::MIN, 0);
    loop {
        let answers = store.answers_after(at, row, AT_ONCE)?;
        let Some(last) = answers.last() else { break };
        (at, row) = (last.at, last.row);
        for answer in answers {
            match entry(answer) {
                Some(entry) => found.entries.push(entry),
                None => found.unreadable += 1,
            }
        }
    }
    let since = since.unwrap_or(i64::MIN);
    let mut decisions = store.decisions(since, MOST_CALLS)?;
    decisions.reverse();
    found.more = decisions.len() == MOST_CALLS as usize;
    let prompts = store.prompts(since)?;
    let catalog = Catalog::load(&store, &app.env)?;
    found.calls = joined(decisions, prompts, &catalog.roots_of_sessions());
    found.store = Some(store);
    Ok(found)
}

/// An answer that can be read.
fn entry(answer: Answer) -> Option<Entry> {
    Some(Entry {
        features: Features::unpack(&answer.features)?,
        source: Source::named(&answer.source)?,
        told: Told::of(answer.thought.as_deref()),
        made_at: answer.made_at,
        told_at: answer.at,
        session: answer.session,
        call: answer.call,
        project: answer.project,
        tool: answer.tool,
        summary: answer.summary,
        wanted: answer.wanted,
    })
}

/// A call and a prompt about it have the same input; a prompt does not name its call.
type Same = (String, Option<String>, String, Option<String>);

fn joined(decisions: Vec<Decision>, prompts: Vec<Prompt>, roots: &HashMap<&str, &str>) -> Vec<Decided> {
    let mut of: HashMap<Same, Vec<usize>> = HashMap::new();
    let mut calls = Vec::with_capacity(decisions.len());
    for decision in decisions {
        let same =
            (decision.session.clone(), decision.agent.clone(), decision.tool.clone(), decision.hash.clone());
        of.entry(same).or_default().push(calls.len());
        calls.push(decided(decision, roots));
    }
    for prompt in prompts {
        let same = (prompt.session, prompt.agent, prompt.tool, prompt.hash);
        let Some(of) = of.get(&same) else { continue };
        // It is about the latest such call that was made before.
        let Some(at) = of.iter().rfind(|at| calls[**at].at <= prompt.at) else { continue };
        let call: &mut Decided = &mut calls[*at];
        let told = if prompt.answered { &mut call.answered_at } else { &mut call.asked_at };
        told.get_or_insert(prompt.at);
    }
    calls
}

fn decided(decision: Decision, roots: &HashMap<&str, &str>) -> Decided {
    let Decision { judged, outcome, .. } = decision;
    let known = judged.known.as_ref();
    let project = known.map(|known| known.project.clone()).filter(|project| !project.is_empty());
    let of_session = || roots.get(decision.session.as_str()).map(|root| (*root).to_owned());
    let thought = known.and_then(|known| known.thought.as_ref()).map(|thought| thought.text().to_owned());
    Decided {
        project: project.or_else(of_session).unwrap_or_default(),
        told: Told::of(thought.as_deref()),
        at: decision.at,
        session: decision.session,
        call: decision.call,
        tool: decision.tool,
        summary: decision.summary,
        verdict: judged.verdict,
        said: judged.said,
        layer: judged.layer,
        learnable: judged.learnable,
        changed: outcome.as_ref().is_some_and(|outcome| outcome.changed),
        ended_at: outcome.as_ref().map(|outcome| outcome.at),
        outcome: outcome.map(|outcome| outcome.what),
        by: decision.decided_by,
        asked_at: None,
        answered_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(at: i64, hash: &str) -> Decision {
        Decision {
            at,
            session: "s".to_owned(),
            agent: None,
            tool: "Bash".to_owned(),
            call: Some(format!("t{at}")),
            summary: "make".to_owned(),
            hash: Some(hash.to_owned()),
            mode: None,
            judged: claudectl_fleet::hooks::Judged::default(),
            outcome: None,
            decided_by: None,
            seq: at,
            note: None,
        }
    }

    #[test]
    fn a_prompt_is_about_the_latest_such_call() {
        let prompt = |at: i64, hash: &str, answered: bool| Prompt {
            at,
            session: "s".to_owned(),
            agent: None,
            tool: "Bash".to_owned(),
            hash: Some(hash.to_owned()),
            answered,
        };
        let decisions = vec![decision(10, "a"), decision(20, "b"), decision(30, "a")];
        let prompts = vec![
            prompt(5, "a", false),
            prompt(12, "a", false),
            prompt(14, "a", true),
            prompt(31, "a", false),
            prompt(40, "a", false),
            prompt(41, "c", false),
        ];
        let roots = HashMap::from([("s", "/w")]);
        let calls = joined(decisions, prompts, &roots);
        let times: Vec<_> = calls.iter().map(|call| (call.asked_at, call.answered_at)).collect();
        assert_eq!(times, [(Some(12), Some(14)), (None, None), (Some(31), None)]);
        assert!(calls.iter().all(|call| call.project == "/w"));
    }
}
