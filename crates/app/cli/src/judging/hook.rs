//! The gate on the hot path: a call that a hook was told of, judged by what the last pass has put together, and what
//! Claude Code is told of it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use claudectl_agents::asker::Asker;
use claudectl_fleet::alarm::Failure;
use claudectl_fleet::call::one_line;
use claudectl_fleet::hooks::{Event, Judged};
use claudectl_gate::host::{self, unasked};
use claudectl_gate::judge::{Layer, Mode};
use claudectl_gate::rules::{Action, Rule};
use claudectl_store::approvals;
use claudectl_store::snapshot::{FILE, NoSnapshot, Snapshot};
use serde_json::Value;

use super::budget::Meter;
use super::compiled::{Settings, settings_of};
use super::foreign::{self, Known};
use super::{Answer, Asked, Compiled, Judge, without_secrets};
use crate::config::{Approvals, Gate, OnError};

/// So many effects are kept of a call.
const MOST_EFFECTS: usize = 16;
/// So many names of a call are followed to where they lead.
const MOST_NAMES: usize = 256;
/// The layer of what the gate could not judge, by an error of its own.
pub(crate) const ERROR: &str = "error";
/// The layer of what a person has answered to this very call.
pub(crate) const PERSON: &str = "person";
/// What is said where a run is to end at a call.
pub(crate) const DEFER: &str = "defer";

/// Who asks, of what, and by what they are answered.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    /// The state folder.
    home: &'a Path,
    /// The configuration that hooks were installed with.
    config: Option<&'a OsStr>,
    /// The session's client.
    asker: &'a Asker,
    /// The working folder of the call.
    folder: PathBuf,
    /// The tool by its true name, as far as it could be read.
    tool: Option<String>,
    /// When the hook was called, milliseconds since the epoch.
    at: i64,
    /// What the last pass has put together, or why there is nothing to go by.
    snapshot: Result<Snapshot, NoSnapshot>,
    clean: OnceCell<bool>,
    known: OnceCell<Known>,
    unheard: OnceCell<Option<Unheard>>,
}

/// Why a question would not reach the person.
#[derive(Debug, Clone)]
pub(crate) struct Unheard {
    /// Added to the reason that the model is told.
    aside: &'static str,
    /// Kept for the person: what it is called is the repository's to say, and so not for the model.
    why: String,
}

impl Unheard {
    /// A reason, with what makes a question a refusal.
    pub(crate) fn added_to(&self, reason: &str) -> String {
        format!("{reason}{}", self.aside)
    }
}

/// A prompt of a session that is past a budget.
#[derive(Debug)]
pub(crate) struct Unaffordable {
    pub(crate) why: String,
    /// Nobody sits there who could have meant it.
    pub(crate) is_refused: bool,
}

impl<'a> Asking<'a> {
    /// Of an event; `tool` is the tool's true name.
    pub(crate) fn new(
        home: &'a Path,
        config: Option<&'a OsStr>,
        asker: &'a Asker,
        event: &Event,
        tool: Option<&str>,
    ) -> Self {
        Self {
            home,
            config,
            asker,
            folder: event.cwd.as_deref().map(PathBuf::from).or_else(here).unwrap_or_default(),
            tool: tool.map(str::to_owned),
            at: event.at,
            snapshot: Snapshot::look(home),
            clean: OnceCell::new(),
            known: OnceCell::new(),
            unheard: OnceCell::new(),
        }
    }

    /// What the gate says of a call, and what of that Claude Code is told. `input` is what the tool is given, as JSON.
    ///
    /// `beforehand` is told, before anything is judged, whether a question would reach the person: by that it is known what
    /// is to be said if nothing more can be.
    pub(crate) fn judge(
        &self,
        event: &Event,
        input: Option<&str>,
        beforehand: impl FnOnce(Option<&Unheard>),
    ) -> Judged {
        let compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, event.at));
        let mode =
            compiled.as_ref().map_or_else(|| self.settings().0.mode, |compiled| compiled.settings.mode());
        beforehand((mode != Mode::Observe).then(|| self.unheard()).flatten());
        let Some(mut compiled) = compiled else {
            return self.failed(Failure::NothingToGoBy, &self.nothing_to_go_by());
        };
        compiled.settings.guard(self.home, self.asker.root());
        let Ok(input) = serde_json::from_str::<Value>(input.unwrap_or("null")) else {
            return self.failed(Failure::Input, "what the tool is given cannot be read");
        };
        let asked = self.asked(event, input);
        let meter = Meter::new(self.home, event, &compiled);
        let mut judge = Judge { meter: Some(meter), ..Judge::once(event.at, compiled) };
        let answer = judge.judge(&asked);
        let mut judged = kept(&answer);
        if let Some(file) = self.passed_over(&judged, &asked) {
            judged.reason = format!("{}; in this mode Claude Code would not ask about {file}", judged.reason);
            judged.withheld = Some(format!(
                "in {} Claude Code answers itself where a call names {file}; a question would be passed over",
                asked.mode
            ));
            // A run that ends there is no question.
            let ends =
                judge.compiled.settings.approvals.defer && event.agent.is_none() && self.asker.can_defer();
            judged.said = ends.then(|| DEFER.to_owned()).or_else(|| Some(Action::Deny.word().to_owned()));
        }
        if self.is_unpaid(&judged) {
            // The main conversation is to go on without its subagents; those end.
            let goes_on = event.agent.is_none() && judge.meter.as_ref().is_some_and(Meter::spares_main);
            let said = if goes_on || !self.asker.can_defer() { Action::Deny.word() } else { DEFER };
            judged.said = Some(said.to_owned());
        } else {
            self.withhold(&mut judged, event, &judge.compiled.settings, &asked);
        }
        // The process ends: nobody needs its memory back, rule by rule.
        std::mem::forget(judge);
        judged
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref().ok()
    }

    fn nothing_to_go_by(&self) -> String {
        match &self.snapshot {
            Err(missing) => told(missing),
            // Of another version.
            Ok(_) => told(&NoSnapshot::Damaged(self.home.join(FILE))),
        }
    }

    /// There is nothing to go by, and a pass would make it.
    pub(crate) fn wants_a_pass(&self) -> bool {
        match &self.snapshot {
            Err(missing) => missing.is_mended_by_a_pass(),
            Ok(snapshot) => Compiled::in_snapshot(snapshot).is_none(),
        }
    }

    /// What holds an allow back, and what a question becomes where nobody can be asked.
    fn withhold(&self, judged: &mut Judged, event: &Event, settings: &Settings, asked: &Asked) {
        match judged.said.as_deref() {
            Some("allow") if self.is_clean() => {}
            Some("allow") => {
                judged.withheld = self.known().in_the_way(self.home, self.asker, &self.folder, &asked.tool);
                if judged.withheld.is_some() {
                    judged.said = None;
                }
            }
            Some("ask") if self.unheard().is_some() => self.refuse_unheard(judged),
            // A subagent that ends at a call is not taken up again.
            Some("ask") if settings.approvals.defer && event.agent.is_none() && self.asker.can_defer() => {
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

    /// What of a call that is asked about makes the host answer itself.
    fn passed_over(&self, judged: &Judged, asked: &Asked) -> Option<String> {
        let is_question = judged.said.as_deref() == Some("ask") && judged.layer != Layer::Budget.word();
        if !is_question || !unasked::may_pass(&asked.mode, &asked.tool) {
            return None;
        }
        let text = |key: &str| asked.input[key].as_str();
        let named: BTreeSet<String> = match text("command") {
            Some(command) => unasked::words(command),
            None => ["file_path", "notebook_path"].into_iter().filter_map(text).map(str::to_owned).collect(),
        };
        let within = std::fs::canonicalize(&self.folder).ok();
        // Where the session works is no secret to the host.
        let is_sensitive = |path: &str| {
            let folders = [Some(self.folder.as_path()), within.as_deref()];
            let inside =
                folders.into_iter().flatten().find_map(|folder| Path::new(path).strip_prefix(folder).ok());
            unasked::is_sensitive(&asked.mode, inside.and_then(Path::to_str).unwrap_or(path))
        };
        let led = |name: &str| {
            let path = self.folder.join(name);
            let led = std::fs::canonicalize(&path).ok();
            let led = led.or_else(|| std::fs::canonicalize(path.parent()?).ok())?;
            led.to_str().map(str::to_owned)
        };
        if let Some(name) = named.iter().find(|name| is_sensitive(name)) {
            return Some(name.clone());
        }
        if named.len() > MOST_NAMES {
            return Some("more files than can be looked at".to_owned());
        }
        named.into_iter().find(|name| led(name).is_some_and(|led| is_sensitive(&led)))
    }

    /// A budget is used up, and nobody is there to raise it. What is refused then costs another response, and another; a
    /// run that ends does not.
    fn is_unpaid(&self, judged: &Judged) -> bool {
        judged.said.as_deref() == Some("ask")
            && judged.layer == Layer::Budget.word()
            && self.asker.is_headless()
            && self.unheard().is_none_or(|_| self.asker.can_defer())
    }

    /// A question that would not reach the person is a refusal.
    fn refuse_unheard(&self, judged: &mut Judged) {
        let Some(unheard) = self.unheard() else { return };
        judged.reason = unheard.added_to(&judged.reason);
        judged.withheld = Some(unheard.why.clone());
        judged.said = Some(Action::Deny.word().to_owned());
    }

    fn unheard(&self) -> Option<&Unheard> {
        let look = || {
            let answers = || self.known().answers(self.home, self.asker, &self.folder, self.tool.as_deref());
            if let Some(hook) = (!self.is_clean()).then(answers).flatten() {
                return Some(Unheard {
                    aside: "; a hook of the repository would answer in your place (claudectl gate hooks)",
                    why: format!("a hook of the repository would answer in your place: {hook}"),
                });
            }
            let why = "nobody can be asked, and this version would not hear it".to_owned();
            self.asker.passes_over_questions().then_some(Unheard { aside: "", why })
        };
        self.unheard.get_or_init(look).as_ref()
    }

    fn is_clean(&self) -> bool {
        let look = || {
            let of = |snapshot| foreign::is_clean(snapshot, self.asker, &self.folder);
            self.snapshot().is_some_and(of)
        };
        *self.clean.get_or_init(look)
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::of(self.snapshot()))
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
        judged.reason = match (answer.allow, answer.reason) {
            (true, reason) => reason.unwrap_or_else(|| "you have allowed it".to_owned()),
            // It is the model that reads this.
            (false, None) => "the user denied this call".to_owned(),
            (false, Some(reason)) => format!("the user denied this call: {reason}"),
        };
    }

    /// Why a prompt is not to be answered: what it costs would be past a budget, and nobody is there to raise that.
    pub(crate) fn unaffordable(&self, event: &Event) -> Option<Unaffordable> {
        let compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, event.at))?;
        let past = Meter::new(self.home, event, &compiled).past()?;
        (compiled.settings.mode() != Mode::Observe)
            .then(|| Unaffordable { why: past, is_refused: self.asker.is_headless() })
    }

    /// The narrowest rules that would allow a call; none, where none would.
    pub(crate) fn rules_for(&self, event: &Event, input: Option<&str>) -> Vec<Rule> {
        let compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, event.at));
        let (Some(compiled), Ok(input)) = (compiled, serde_json::from_str(input.unwrap_or("null"))) else {
            return Vec::new();
        };
        let asked = self.asked(event, input);
        let mut judge = Judge { once: false, ..Judge::once(event.at, compiled) };
        let answer = judge.judge(&asked);
        without_secrets(judge.advice(&asked, &answer)).rules
    }

    fn asked(&self, event: &Event, input: Value) -> Asked {
        Asked {
            tool: self.tool.clone().unwrap_or_default(),
            input,
            folder: event.cwd.as_deref().map(PathBuf::from).unwrap_or_default(),
            mode: event.mode.clone().unwrap_or_default(),
            session: event.session.clone(),
            ..Asked::default()
        }
    }

    /// The person's settings as they stand now, with or without a pass.
    pub(crate) fn settings(&self) -> (Gate, Approvals) {
        match self.snapshot().and_then(|snapshot| Compiled::current(snapshot, self.at)) {
            Some(Compiled { settings, .. }) => {
                let gate = Gate { mode: settings.mode(), hosts: settings.hosts, on_error: settings.on_error };
                (gate, settings.approvals)
            }
            None => self.config.map(|file| settings_of(PathBuf::from(file))).unwrap_or_default(),
        }
    }

    /// A call that could not be judged, by an error of ours: nobody knows, so it is never allowed.
    pub(crate) fn failed(&self, failure: Failure, why: &str) -> Judged {
        let Gate { mode, on_error, .. } = self.settings().0;
        let verdict = match on_error {
            OnError::Ask => Action::Ask,
            OnError::Deny => Action::Deny,
            OnError::Auto if self.asker.is_headless() => Action::Deny,
            OnError::Auto => Action::Ask,
        };
        let mut judged = Judged {
            verdict: verdict.word().to_owned(),
            said: (mode != Mode::Observe).then(|| verdict.word().to_owned()),
            layer: ERROR.to_owned(),
            failure: Some(failure),
            reason: why.to_owned(),
            ..Judged::default()
        };
        if judged.said.as_deref() == Some("ask") {
            self.refuse_unheard(&mut judged);
        }
        judged
    }
}

/// Why hooks have nothing to go by, and what to do.
pub(crate) fn told(missing: &NoSnapshot) -> String {
    one_line(&format!("{missing} ({})", missing.way_out()))
}

/// Where hooks are run: the folder that a session works in.
#[expect(clippy::disallowed_methods, reason = "the hook's edge: its input could not be read")]
fn here() -> Option<PathBuf> {
    std::env::current_dir().ok()
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
        failure: None,
        rule: verdict.rule.clone(),
        reason: one_line(&answer.told(&verdict.reason)),
        learnable: verdict.learnable,
        effects,
    }
}
