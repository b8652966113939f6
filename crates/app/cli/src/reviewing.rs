//! Decisions that are worth a look, and what a person says of them: for the command, and for whatever has a screen.

use claudectl_brain::features::Features;
use claudectl_brain::label::Source;
use claudectl_brain::thought::Thought;
use claudectl_fleet::hooks::Learnable;
use claudectl_gate::judge::Layer;
use claudectl_store::Store;
use claudectl_store::brain::Answer;
use claudectl_store::gate::Decision;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::learning;
use crate::only;

/// So many decisions are looked through.
const LOOKED_THROUGH: u32 = 200_000;

/// A decision that is worth a look.
pub(crate) struct Item {
    pub(crate) decision: Decision,
    pub(crate) known: Learnable,
    pub(crate) thought: Thought,
    /// What the person has said, if they have.
    pub(crate) wanted: Option<bool>,
    /// The larger, the more it matters.
    weight: f64,
}

impl Item {
    /// Nobody was asked.
    pub(crate) fn is_silent(&self) -> bool {
        self.decision.judged.layer == Layer::Learned.word()
    }
}

/// Decisions since a moment that are worth a look, those that matter most first; no more than `most`, unless that is 0.
///
/// # Errors
/// When the store fails.
pub(crate) fn items(store: &Store, since: i64, most: usize) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for decision in store.decisions(since, LOOKED_THROUGH)? {
        items.extend(item(store, decision)?);
    }
    items.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| b.decision.at.cmp(&a.decision.at)));
    if most > 0 {
        items.truncate(most);
    }
    Ok(items)
}

/// Whether a decision is worth a look, and how much.
fn item(store: &Store, decision: Decision) -> Result<Option<Item>> {
    let Some(known) = decision.judged.known.clone() else { return Ok(None) };
    let thought: Option<Thought> =
        known.thought.as_ref().and_then(|thought| serde_json::from_str(thought.text()).ok());
    let Some(thought) = thought else { return Ok(None) };
    let said = match &decision.call {
        Some(call) => store.answers_to(&decision.session, call)?.pop().map(|answer| answer.wanted),
        None => None,
    };
    let silent = decision.judged.layer == Layer::Learned.word();
    let weight = match (silent, said) {
        (true, Some(_)) => return Ok(None),
        // Allowed by itself counts before denied by itself, and what was less sure before what was more.
        (true, None) if decision.judged.verdict == "allow" => 200.0 + 100.0 * (1.0 - thought.p),
        (true, None) => 100.0 + 100.0 * thought.p,
        (false, Some(wanted)) if wanted != (thought.p >= 0.5) => 100.0 * (thought.p - 0.5).abs(),
        (false, _) => return Ok(None),
    };
    Ok(Some(Item { decision, known, thought, wanted: said, weight }))
}

/// A call of which a person has said what they wanted.
pub(crate) struct Corrected {
    pub(crate) call: Option<String>,
    summary: String,
}

impl Corrected {
    /// What was learned, in a sentence without its end.
    pub(crate) fn told(&self, wanted: bool) -> String {
        let word = if wanted { "wanted" } else { "not wanted" };
        format!("Learned: {} was {word}", crate::ui::clean(&self.summary))
    }
}

/// Keeps what a person says of a call, and learns it. The call is told by its id or how that begins, and by its session,
/// where that is known.
///
/// # Errors
/// When there is no such call, or there are several; or the store fails.
pub(crate) fn correct(
    app: &App,
    store: &mut Store,
    (session, call): (Option<&str>, &str),
    wanted: bool,
    reason: Option<&str>,
) -> Result<Corrected> {
    let all = store.decisions(i64::MIN, LOOKED_THROUGH)?;
    let is_of = |one: &&Decision| {
        one.call.as_deref().is_some_and(|id| id.starts_with(call))
            && session.is_none_or(|session| session == one.session)
            && one.judged.known.is_some()
    };
    let mut found: Vec<&Decision> = all.iter().filter(is_of).collect();
    found.dedup_by(|a, b| a.call == b.call && a.session == b.session);
    // One that is named whole is meant, whatever other begins so, too.
    if found.iter().any(|one| one.call.as_deref() == Some(call)) {
        found.retain(|one| one.call.as_deref() == Some(call));
    }
    let decision = match found[..] {
        [one] => one,
        [] => {
            return Err(CliError::usage(format!("no call that may be learned from has the id {call}"))
                .fix("claudectl brain review lists them"));
        }
        [..] => {
            return Err(
                CliError::usage(format!("several calls have ids that begin with {call}")).fix("more of it")
            );
        }
    };
    let known = decision.judged.known.clone().unwrap_or_default();
    if Features::unpack(&known.features).is_none() {
        return Err(CliError::failed("what was known of that call cannot be read")
            .why("another version has kept it")
            .fix("correct a later call of the kind"));
    }
    let answer = Answer {
        at: app.now,
        made_at: decision.at,
        session: decision.session.clone(),
        call: decision.call.clone(),
        project: known.project.clone(),
        tool: decision.tool.clone(),
        summary: decision.summary.clone(),
        source: Source::Correction.word().to_owned(),
        wanted,
        reason: reason.map(|reason| claudectl_redact::redact(reason).text.into_owned()),
        features: known.features.clone(),
        thought: known.thought.as_ref().map(|thought| thought.text().to_owned()),
        outcome: decision.outcome.as_ref().map(|outcome| outcome.what.clone()),
        ..Answer::default()
    };
    let home = app.env.state_dir()?;
    let _alone = only::wait(&home, "tick.lock")?;
    store.correct(&answer)?;
    learning::go_on(app, store, &home)?;
    Ok(Corrected { call: decision.call.clone(), summary: decision.summary.clone() })
}
