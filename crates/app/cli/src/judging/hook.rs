//! The gate on the hot path: a call that a hook was told of, judged by what the last pass has put together, and what
//! Claude Code is told of it.

use std::cell::{OnceCell, RefCell};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use claudectl_agents::asker::Asker;
use claudectl_brain::identity::Secret;
use claudectl_fleet::alarm::Failure;
use claudectl_fleet::call::one_line;
use claudectl_fleet::hooks::{Event, Json, Judged, Learnable};
use claudectl_gate::host::client::{self, Client, Said, Unheard};
use claudectl_gate::host::unasked;
use claudectl_gate::judge::{Layer, Mode};
use claudectl_gate::rules::Action;
use claudectl_gate::same::Exactly;
use claudectl_shell::report::Report;
use claudectl_store::approvals::{self, Taken};
use claudectl_store::snapshot::{FILE, NoSnapshot, Snapshot};
use serde_json::Value;

use super::budget::Meter;
use super::compiled::{Settings, settings_of};
use super::foreign::{self, Known};
use super::learned::{Learned, SECRET};
use super::{Answer, Asked, Compiled, Judge};
use crate::config::{Approvals, Gate, OnError};
use crate::learning::courses;

/// So many effects are kept of a call.
const MOST_EFFECTS: usize = 16;
/// The layer of what the gate could not judge, by an error of its own.
pub(crate) const ERROR: &str = "error";
/// The layer of what a person has answered to this very call.
pub(crate) const PERSON: &str = "person";
/// The snapshot's section of sessions whose calls were changed after they had been judged, a line each.
pub(crate) const BARRED: &str = "barred";
/// What is said where a run is to end at a call.
pub(crate) const DEFER: &str = Said::Defer.word();

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
    snapshot: Result<Rc<Snapshot>, NoSnapshot>,
    clean: OnceCell<bool>,
    known: OnceCell<Known>,
    unheard: OnceCell<Option<Unheard>>,
    /// What a person has answered to this call, until it is acted on.
    taken: RefCell<Option<Taken>>,
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
            snapshot: Snapshot::look(home).map(Rc::new),
            clean: OnceCell::new(),
            known: OnceCell::new(),
            unheard: OnceCell::new(),
            taken: RefCell::new(None),
        }
    }

    /// What the gate says of a call, and what of that Claude Code is told. `input` is what the tool is given, as JSON.
    ///
    /// `beforehand` is told, before anything is judged, why a question is a refusal where nothing more can be said.
    pub(crate) fn judge(
        &self,
        event: &Event,
        input: Option<&str>,
        beforehand: impl FnOnce(Option<&str>),
    ) -> Judged {
        let compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, event.at));
        let gate =
            compiled.as_ref().map_or_else(|| self.settings().0, |compiled| compiled.settings.of_gate().0);
        beforehand(self.refuses_in_any_case(event, &gate));
        let is_current = compiled.is_some();
        let mut compiled = compiled.unwrap_or_else(|| Compiled::alone(&self.settings()));
        let mode = gate.mode;
        compiled.settings.guard(self.home, self.asker);
        let Ok(read) = serde_json::from_str::<Value>(input.unwrap_or("null")) else {
            return self.failed(event, None, Failure::Input, "what the tool is given cannot be read");
        };
        let asked = self.asked(event, read);
        let meter = is_current.then(|| Meter::new(self.home, event, &compiled, self.snapshot.as_ref().ok()));
        let mut judge =
            Judge { meter, ..Judge::once(event.at, compiled) }.with(Learned::of(self.home, self.secret()));
        let answer = judge.judge(&asked);
        if !is_current && answer.verdict.action < Action::Deny {
            // What nobody may do is refused without anything to go by; of all else nobody knows.
            return self.failed(event, input, Failure::NothingToGoBy, &self.nothing_to_go_by());
        }
        let Settings { approvals, .. } = &judge.compiled.settings;
        let Answer { verdict, call, report, .. } = &answer;
        let caller = Caller {
            asking: self,
            asked: &asked,
            settings: Some(&judge.compiled.settings),
            report: Some(report),
        };
        let told = client::tell(mode, call, verdict, report, approvals.defer, &caller);
        let judged = self.taken_up(with(kept(&answer), told), answer.verdict.layer, event);
        // The process ends: nobody needs its memory back, rule by rule.
        std::mem::forget((judge, answer, asked));
        judged
    }

    /// Why a question is a refusal, where it is not known any more what is asked.
    fn refuses_in_any_case(&self, event: &Event, gate: &Gate) -> Option<&str> {
        if gate.mode == Mode::Observe {
            return None;
        }
        if let Some(unheard) = self.unheard() {
            return Some(unheard.aside);
        }
        let is_passed_over = || {
            let mode = event.mode.as_deref().unwrap_or_default();
            unasked::may_pass(mode, self.tool.as_deref().unwrap_or_default())
        };
        if gate.on_error == OnError::Deny {
            return Some("");
        }
        is_passed_over().then_some("; in this mode Claude Code might not ask")
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_deref().ok()
    }

    /// What features are made with: as the last pass has found it, or there are none.
    fn secret(&self) -> Option<Secret> {
        self.snapshot().and_then(|snapshot| Secret::of(snapshot.section(SECRET)?))
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
    fn taken_up(&self, mut judged: Judged, layer: Layer, event: &Event) -> Judged {
        // Past a budget it is more money that is waited for, not an answer.
        let waits = judged.said.as_deref() == Some(DEFER) && layer != Layer::Budget;
        let (true, Some(call), Some(input)) = (waits, &event.call, &event.input) else { return judged };
        let taken = approvals::take(self.home, &event.session, call, &input.hash, event.at);
        let Some(given) = taken.as_ref().map(|taken| taken.approval.clone()) else { return judged };
        self.taken.replace(taken);
        let action = if given.allow { Action::Allow } else { Action::Deny };
        judged.verdict = action.word().to_owned();
        judged.said = Some(judged.verdict.clone());
        judged.layer = PERSON.to_owned();
        judged.rule = None;
        judged.learnable = false;
        judged.withheld = None;
        judged.reason = match (given.allow, given.reason) {
            (true, reason) => reason.unwrap_or_else(|| "you have allowed it".to_owned()),
            // It is the model that reads this.
            (false, None) => "the user denied this call".to_owned(),
            (false, Some(reason)) => format!("the user denied this call: {reason}"),
        };
        judged
    }

    /// A person's answer is not acted on after all: it waits again.
    ///
    /// # Errors
    /// When it cannot be put back.
    pub(crate) fn give_back(&self) -> std::io::Result<()> {
        self.taken.take().map_or(Ok(()), Taken::put_back)
    }

    /// Why a prompt is not to be answered: what it costs would be past a budget, and nobody is there to raise that.
    pub(crate) fn unaffordable(&self, event: &Event) -> Option<Unaffordable> {
        let compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, event.at))?;
        let past = Meter::new(self.home, event, &compiled, self.snapshot.as_ref().ok()).past()?;
        (compiled.settings.mode() != Mode::Observe)
            .then(|| Unaffordable { why: past, is_refused: self.asker.is_headless() })
    }

    /// What an answer that is kept to a call is about; and why the call would be asked about all the same, if it would.
    pub(crate) fn kept(&self, event: &Event, input: Option<&str>) -> (Option<Exactly>, Option<String>) {
        let compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, event.at));
        let Some(compiled) = compiled else { return (None, Some(self.nothing_to_go_by())) };
        let (Ok(input), Some(_)) = (serde_json::from_str(input.unwrap_or("null")), &self.tool) else {
            return (None, Some("what the tool is given cannot be read".to_owned()));
        };
        let asked = self.asked(event, input);
        let meter = Some(Meter::new(self.home, event, &compiled, self.snapshot.as_ref().ok()));
        let text = event.input.as_ref().map(|input| input.summary.clone()).unwrap_or_default();
        let (exactly, why) = Judge { meter, ..Judge::once(event.at, compiled) }.kept(&asked, text);
        (Some(exactly), why)
    }

    fn asked(&self, event: &Event, input: Value) -> Asked {
        Asked {
            tool: self.tool.clone().unwrap_or_default(),
            input,
            folder: event.cwd.as_deref().map(PathBuf::from).unwrap_or_default(),
            mode: event.mode.clone().unwrap_or_default(),
            session: event.session.clone(),
            call: event.call.clone().unwrap_or_default(),
            agent: event.agent.is_some(),
            barred: self.is_barred(&event.session),
            course: courses::of(self.snapshot(), &event.session).before(courses::input_of(event), event.at),
            ..Asked::default()
        }
    }

    /// Whether calls of a session were changed after they had been judged, as far as the last pass knew.
    fn is_barred(&self, session: &str) -> bool {
        let section = self.snapshot().and_then(|snapshot| snapshot.section(BARRED)).unwrap_or_default();
        section.split(|byte| *byte == b'\n').any(|line| !line.is_empty() && line == session.as_bytes())
    }

    /// The person's settings as they stand now, with or without a pass.
    pub(crate) fn settings(&self) -> (Gate, Approvals) {
        match self.snapshot().and_then(|snapshot| Compiled::current(snapshot, self.at)) {
            Some(compiled) => compiled.settings.of_gate(),
            None => self.config.map(|file| settings_of(PathBuf::from(file))).unwrap_or_default(),
        }
    }

    /// A call that could not be judged, by an error of ours: nobody knows, so it is never allowed. `input` is what the
    /// tool is given, as JSON.
    pub(crate) fn failed(&self, event: &Event, input: Option<&str>, failure: Failure, why: &str) -> Judged {
        let Gate { mode, on_error, .. } = self.settings().0;
        let verdict = match on_error {
            OnError::Ask => Action::Ask,
            OnError::Deny => Action::Deny,
            OnError::Auto if self.asker.is_headless() => Action::Deny,
            OnError::Auto => Action::Ask,
        };
        let judged = Judged {
            verdict: verdict.word().to_owned(),
            layer: ERROR.to_owned(),
            failure: Some(failure),
            reason: why.to_owned(),
            ..Judged::default()
        };
        let input = input.and_then(|input| serde_json::from_str(input).ok()).unwrap_or(Value::Null);
        let asked = self.asked(event, input);
        let mut compiled = self.snapshot().and_then(|snapshot| Compiled::current(snapshot, self.at));
        if let Some(compiled) = &mut compiled {
            compiled.settings.guard(self.home, self.asker);
        }
        let settings = compiled.as_ref().map(|compiled| &compiled.settings);
        let caller = Caller { asking: self, asked: &asked, settings, report: None };
        with(judged, client::tell_error(mode, &asked.mode, verdict, &caller))
    }

    fn in_the_way(&self, tool: &str) -> Option<String> {
        if self.is_clean() {
            return None;
        }
        self.known().in_the_way(self.home, self.asker, &self.folder, tool)
    }
}

/// The client that makes a call.
struct Caller<'a> {
    asking: &'a Asking<'a>,
    asked: &'a Asked,
    settings: Option<&'a Settings>,
    report: Option<&'a Report>,
}

impl Client for Caller<'_> {
    fn is_headless(&self) -> bool {
        self.asking.asker.is_headless()
    }

    fn can_defer(&self) -> bool {
        self.asking.asker.can_defer()
    }

    fn in_the_way(&self) -> Option<String> {
        self.asking.in_the_way(&self.asked.tool)
    }

    fn unheard(&self) -> Option<&Unheard> {
        self.asking.unheard()
    }

    fn answers_itself(&self) -> Option<String> {
        super::named(self.asked, self.settings, self.report)
    }
}

/// What is kept of a call, with what the host is told.
fn with(judged: Judged, told: client::Told) -> Judged {
    Judged {
        said: told.said.map(|said| said.word().to_owned()),
        reason: format!("{}{}", judged.reason, told.aside),
        withheld: told.withheld,
        ..judged
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
        said: None,
        withheld: None,
        layer: verdict.layer.word().to_owned(),
        failure: None,
        rule: verdict.rule.clone(),
        reason: one_line(&answer.told(&verdict.reason)),
        learnable: verdict.learnable,
        effects,
        known: answer.known.as_ref().map(|known| Learnable {
            features: known.features.pack(),
            project: known.project.clone(),
            thought: known.thought.as_ref().map(|thought| Json::written(thought.json())),
        }),
    }
}
