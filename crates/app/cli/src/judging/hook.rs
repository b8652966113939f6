//! The gate on the hot path: a call that a hook was told of, judged by what the last pass has put together, and what
//! Claude Code is told of it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use claudectl_agents::asker::Asker;
use claudectl_fleet::call::one_line;
use claudectl_fleet::hooks::{Event, Judged};
use claudectl_gate::host;
use claudectl_gate::judge::{Layer, Mode};
use claudectl_gate::rules::{Action, Rule};
use claudectl_store::approvals;
use claudectl_store::snapshot::Snapshot;
use serde_json::Value;

use super::budget::Meter;
use super::compiled::{Settings, settings_of};
use super::foreign::{self, Known};
use super::{Answer, Asked, Compiled, Judge, without_secrets};
use crate::config::{Approvals, Gate, OnError};

/// So many effects are kept of a call.
const MOST_EFFECTS: usize = 16;
/// The layer of what the gate could not judge, by an error of its own.
pub(crate) const ERROR: &str = "error";
/// The layer of what a person has answered to this very call.
pub(crate) const PERSON: &str = "person";
/// What is said where a run is to end at a call.
pub(crate) const DEFER: &str = "defer";

/// Who asks, and by what they are answered.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    /// The state folder.
    pub(crate) home: &'a Path,
    /// The configuration that hooks were installed with.
    pub(crate) config: Option<&'a OsStr>,
    /// The session's client.
    pub(crate) asker: &'a Asker,
}

impl Asking<'_> {
    /// What the gate says of a call, and what of that Claude Code is told. `input` is what the tool is given, as JSON.
    pub(crate) fn judge(&self, event: &Event, input: Option<&str>) -> Judged {
        let snapshot = Snapshot::read(self.home);
        let compiled = snapshot.as_ref().and_then(|snapshot| Compiled::current(snapshot, event.at));
        let Some((snapshot, compiled)) = snapshot.as_ref().zip(compiled) else {
            return self.failed("rules and settings were not put together yet (claudectl tick)");
        };
        let Ok(input) = serde_json::from_str::<Value>(input.unwrap_or("null")) else {
            return self.failed("what the tool is given cannot be read");
        };
        let asked = asked(event, input);
        let meter = Meter::new(self.home, event, &compiled);
        let mut judge = Judge { meter: Some(meter), ..Judge::once(event.at, compiled) };
        let answer = judge.judge(&asked);
        let mut judged = kept(&answer);
        self.withhold(&mut judged, event, snapshot, &judge.compiled.settings, &asked);
        // The process ends: nobody needs its memory back, rule by rule.
        std::mem::forget(judge);
        judged
    }

    /// What holds an allow back, and what a question becomes where nobody can be asked.
    fn withhold(
        &self,
        judged: &mut Judged,
        event: &Event,
        snapshot: &Snapshot,
        settings: &Settings,
        asked: &Asked,
    ) {
        if judged.said.as_deref() == Some("ask")
            && !foreign::is_clean(snapshot, self.asker, &asked.folder)
            && let Some(hook) =
                Known::of(Some(snapshot)).answers(self.home, self.asker, &asked.folder, &asked.tool)
        {
            // What it is called is the repository's to say, and so not for the model.
            judged
                .reason
                .push_str("; a hook of the repository would answer in your place (claudectl gate hooks)");
            judged.withheld = Some(format!("a hook of the repository would answer in your place: {hook}"));
            judged.said = Some(Action::Deny.word().to_owned());
            return;
        }
        match judged.said.as_deref() {
            Some("allow") if foreign::is_clean(snapshot, self.asker, &asked.folder) => {}
            Some("allow") => {
                let known = Known::of(Some(snapshot));
                judged.withheld = known.in_the_way(self.home, self.asker, &asked.folder, &asked.tool);
                if judged.withheld.is_some() {
                    judged.said = None;
                }
            }
            Some("ask") if self.asker.passes_over_questions() => {
                judged.withheld = Some("nobody can be asked, and this version would not hear it".to_owned());
                judged.said = Some(Action::Deny.word().to_owned());
            }
            // Nobody is there to raise it.
            Some("ask") if judged.layer == Layer::Budget.word() && self.asker.is_headless() => {
                judged.said = Some(Action::Deny.word().to_owned());
            }
            Some("ask") if settings.approvals.defer && self.asker.is_headless() => {
                judged.said = Some(DEFER.to_owned());
                self.taken_up(judged, event);
            }
            None if judged.verdict == Action::Allow.word() && settings.mode() >= Mode::On => {
                judged.withheld = Some(if host::is_question(&asked.tool) {
                    "it is a question to you".to_owned()
                } else {
                    format!(
                        "in Claude Code's mode {} only what looks at the repository is allowed",
                        asked.mode
                    )
                });
            }
            _ => {}
        }
    }

    /// A run that had ended at this call is taken up again, and somebody has answered since.
    fn taken_up(&self, judged: &mut Judged, event: &Event) {
        let (Some(call), Some(input)) = (&event.call, &event.input) else { return };
        let Some(answer) = approvals::take(self.home, &event.session, call, &input.hash, event.at) else {
            return;
        };
        let action = if answer.allow { Action::Allow } else { Action::Deny };
        judged.verdict = action.word().to_owned();
        judged.said = Some(judged.verdict.clone());
        judged.layer = PERSON.to_owned();
        judged.rule = None;
        judged.learnable = false;
        judged.reason = answer.reason.unwrap_or_else(|| "you have answered it".to_owned());
    }

    /// The narrowest rules that would allow a call; none, where none would.
    pub(crate) fn rules_for(&self, event: &Event, input: Option<&str>) -> Vec<Rule> {
        let compiled = Snapshot::read(self.home).and_then(|snapshot| Compiled::current(&snapshot, event.at));
        let (Some(compiled), Ok(input)) = (compiled, serde_json::from_str(input.unwrap_or("null"))) else {
            return Vec::new();
        };
        let asked = asked(event, input);
        let mut judge = Judge { once: false, ..Judge::once(event.at, compiled) };
        let answer = judge.judge(&asked);
        without_secrets(judge.advice(&asked, &answer)).rules
    }

    /// The person's settings, with or without a pass.
    pub(crate) fn settings(&self) -> (Gate, Approvals) {
        match Compiled::last(self.home) {
            Some(Compiled { settings, .. }) => {
                let gate = Gate { mode: settings.mode(), hosts: settings.hosts, on_error: settings.on_error };
                (gate, settings.approvals)
            }
            None => self.config.map(|file| settings_of(PathBuf::from(file))).unwrap_or_default(),
        }
    }

    /// A call that could not be judged, by an error of ours: nobody knows, so it is never allowed.
    pub(crate) fn failed(&self, why: &str) -> Judged {
        let Gate { mode, on_error, .. } = self.settings().0;
        let verdict = match on_error {
            OnError::Ask => Action::Ask,
            OnError::Deny => Action::Deny,
            OnError::Auto if self.asker.is_headless() => Action::Deny,
            OnError::Auto => Action::Ask,
        };
        Judged {
            verdict: verdict.word().to_owned(),
            said: (mode != Mode::Observe).then(|| verdict.word().to_owned()),
            layer: ERROR.to_owned(),
            reason: why.to_owned(),
            ..Judged::default()
        }
    }
}

fn asked(event: &Event, input: Value) -> Asked {
    Asked {
        tool: event.tool.clone().unwrap_or_default(),
        input,
        folder: event.cwd.as_deref().map(PathBuf::from).unwrap_or_default(),
        mode: event.mode.clone().unwrap_or_default(),
        session: event.session.clone(),
        ..Asked::default()
    }
}

fn kept(answer: &Answer) -> Judged {
    let mut effects: Vec<String> = Vec::new();
    for deed in answer.report.deeds() {
        let word = format!("{}:{}", deed.act.effect.word(), deed.act.scope.word());
        if effects.len() < MOST_EFFECTS && !effects.contains(&word) {
            effects.push(word);
        }
    }
    let verdict = &answer.verdict;
    Judged {
        verdict: verdict.action.word().to_owned(),
        said: answer.said.map(|said| said.word().to_owned()),
        withheld: None,
        layer: verdict.layer.word().to_owned(),
        rule: verdict.rule.clone(),
        reason: one_line(&answer.told(&verdict.reason)),
        learnable: verdict.learnable,
        effects,
    }
}
