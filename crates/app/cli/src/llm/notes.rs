//! What the model says of calls that the gate has asked about: on demand, and a few in each pass of the background. It is
//! kept beside the decision, and nothing goes by it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use claudectl_agents::ends;
use claudectl_fleet::project;
use claudectl_fleet::session::rfc3339;
use claudectl_llm::canary::Outcome;
use claudectl_llm::material::{Call, Material};
use claudectl_llm::{NoOpinion, Note};
use claudectl_store::Store;
use claudectl_store::notes::{self, Unnoted};
use serde_json::{Value, json};

use super::{Model, told};
use crate::app::App;
use crate::error::Result;
use crate::only;
use crate::outcomes;

/// What is older is not noted.
const NOTED_WITHIN_MS: i64 = 24 * 60 * 60 * 1000;
/// So many calls are asked about in one pass, and so many are looked at.
const MOST_ASKED: usize = 4;
const MOST_LOOKED_AT: u32 = 64;
/// A pass asks about no other call once it has taken so long: what is behind it waits.
const LONGEST_MS: i64 = 60_000;
/// One pass at a time asks.
const PASS_LOCK: &str = "llm.pass.lock";

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Calls of which something is known now.
    pub(crate) calls: u64,
    /// Calls that are known to be bad, and were shown.
    pub(crate) canaries: u64,
}

/// The pass in the background: says something of a few calls that were asked about, the latest first, and now and then shows
/// a call that is known to be bad. What keeps it from that keeps nothing else from being done.
pub(crate) fn pass(app: &App, home: &Path) -> Noted {
    let mut noted = Noted::default();
    if app.config.llm.annotate
        && let Err(error) = ask_about_some(app, home, &mut noted)
    {
        let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
        tracing::warn!("{}{why}: the language model is asked nothing in this pass", error.what);
    }
    noted
}

fn ask_about_some(app: &App, home: &Path, noted: &mut Noted) -> Result<()> {
    let model = match Model::of(app)? {
        None => return Ok(()),
        // A pass that a hook has started has no environment, and so no key: `doctor` tells of it.
        Some(Err(why)) => {
            tracing::debug!(%why, "the language model is not asked");
            return Ok(());
        }
        Some(Ok(model)) => model,
    };
    if model.settings().model.is_empty() {
        return Ok(());
    }
    let Some(_alone) = only::hold(home, PASS_LOCK)? else { return Ok(()) };
    // Also where nothing is to be asked: whether it can be relied on is known before it has to be.
    if !canary(app, &model, noted)? {
        return Ok(());
    }
    let mut store = Store::open(&home.join("state.db"))?;
    for open in store.unnoted(app.now.saturating_sub(NOTED_WITHIN_MS), MOST_LOOKED_AT)? {
        let took = app.env.now_ms()?.saturating_sub(app.now);
        if noted.calls == MOST_ASKED as u64 || took > LONGEST_MS {
            break;
        }
        let Some(said) = of_call(app, &model, &store, &open)? else { continue };
        if matches!(said, Err(NoOpinion::Endpoint(_) | NoOpinion::LeftAlone { .. })) {
            break;
        }
        store.keep_note(open.seq, &kept(app.now, &model, &said))?;
        noted.calls += 1;
        if !canary(app, &model, noted)? {
            break;
        }
    }
    store.close()?;
    Ok(())
}

/// Shows a canary, if one is due. Whether the endpoint is up to more: where it fails, nothing else is asked.
fn canary(app: &App, model: &Model, noted: &mut Noted) -> Result<bool> {
    let Some(canary) = model.due_canary(app.env.now_ms()?)? else { return Ok(true) };
    noted.canaries += 1;
    let outcome = model.show_canary(app, canary)?;
    Ok(!matches!(outcome, Outcome::Unanswered(NoOpinion::Endpoint(_) | NoOpinion::LeftAlone { .. })))
}

/// What the model says of a call that was asked about; `None` where its input is not to be found.
pub(crate) fn of_call(
    app: &App,
    model: &Model,
    store: &Store,
    open: &Unnoted,
) -> Result<Option<Result<Note, NoOpinion>>> {
    let transcript = store.activity(&open.session)?.and_then(|activity| activity.transcript);
    let Some(own) = transcript.map(PathBuf::from) else { return Ok(None) };
    let Some(file) = outcomes::transcript(&own, open.agent.as_deref()) else { return Ok(None) };
    let wanted: HashSet<&str> = [open.call.as_str()].into();
    let Some(called) = ends::called(&file, &wanted).ok().and_then(|found| found.into_iter().next()) else {
        return Ok(None);
    };
    let messages = messages(&own);
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let material = Material {
        project: open.project.as_deref().map(project::name),
        messages: &messages,
        ..Material::default()
    };
    let call = Call { tool: &called.tool, input: &called.input, ended: None };
    model.note(app, &call, &material).map(Some)
}

/// What the person wrote in a session, as far as its transcript can be read.
pub(crate) fn messages(own: &Path) -> Vec<String> {
    told::read(own).map(|told| told.messages).unwrap_or_else(|error| {
        tracing::debug!(%error, "a language model is told nothing of what the person wrote");
        Vec::new()
    })
}

/// As it is kept.
pub(crate) fn kept(at: i64, model: &Model, said: &Result<Note, NoOpinion>) -> notes::Note {
    let of = model.settings().model.clone();
    match said {
        Ok(note) => notes::Note {
            at,
            model: of,
            summary: Some(note.summary.clone()),
            risks: note.risks.clone(),
            warns: note.tighten,
            why: None,
        },
        Err(why) => notes::Note {
            at,
            model: of,
            summary: None,
            risks: Vec::new(),
            warns: false,
            why: Some(why.to_string()),
        },
    }
}

/// As programs read it.
pub(crate) fn document(note: &notes::Note) -> Value {
    json!({
        "at": rfc3339(note.at),
        "model": note.model,
        "summary": note.summary,
        "risks": note.risks,
        "warns": note.warns,
        "why": note.why,
    })
}

/// As a person reads it, a line each: marked as the model's.
pub(crate) fn lines(note: &notes::Note) -> Vec<String> {
    let of = &note.model;
    let Some(summary) = &note.summary else {
        return vec![format!("{of} has no opinion: {}", note.why.as_deref().unwrap_or("it was not asked"))];
    };
    let word = if note.warns { "warns" } else { "says" };
    let risks = note.risks.iter().map(|risk| format!("{of} sees a risk: {risk}"));
    std::iter::once(format!("{of} {word}: {summary}")).chain(risks).collect()
}
