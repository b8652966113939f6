//! What is learned: answers that were just given are put into the log, and the model goes on from where it was.
//!
//! The log is what counts: the model and the table for hooks can be made of it again, to the last bit. One process at a
//! time does this; hooks only read.

mod changes;
pub(crate) mod courses;
pub(crate) mod history;
mod lately;

use std::path::{Path, PathBuf};

use claudectl_brain::bound::Risk;
use claudectl_brain::features::{Features, hash, made};
use claudectl_brain::identity::Secret;
use claudectl_brain::label::Source;
use claudectl_brain::model::{self, Model, Why};
use claudectl_brain::stored::{self, Learned, Unusable};
use claudectl_brain::table;
use claudectl_brain::thought::Thought;
use claudectl_gate::lattice::Level;
use claudectl_store::Store;
use claudectl_store::brain::{Answer, Head, Open};
use claudectl_store::snapshot::{self, NoSnapshot};

use crate::app::App;
use crate::config::Brain;
use crate::error::{CliError, Result};
use crate::habits;
use crate::judging::Compiled;
use crate::judging::learned::{self, FILE as TABLE};

/// The model's file below the state folder.
pub(crate) const MODEL: &str = "brain.model";
/// What is older stays unanswered.
const ANSWERED_WITHIN_MS: i64 = 24 * 60 * 60 * 1000;
/// So many calls are looked at in one pass.
const MOST_CALLS: u32 = 1_024;
/// So many answers are read at once.
const AT_ONCE: u32 = 8_192;
/// Who interrupts a call so soon did not want it.
const AT_ONCE_MS: i64 = 5_000;
/// Rows of a transcript may reach the disk so long after the last look.
const LOOKED_LATE_MS: i64 = 10_000;

/// The bound that a person has set.
pub(crate) fn risk(brain: &Brain) -> Risk {
    Risk { alpha: brain.wrong_at_most_pct / 100.0, delta: DELTA }
}

/// So likely is it that more than the bound says are wrong.
const DELTA: f64 = 0.02;

/// Takes in what was answered since the last pass, and goes on learning.
///
/// # Errors
/// When the store fails, or a file cannot be written.
pub(crate) fn pass(app: &App, store: &mut Store, home: &Path) -> Result<()> {
    let brain = of_hooks(app, store, home)?;
    habits::pass(app, store, home, brain.briefing)?;
    if !brain.learn {
        return forget(home);
    }
    take(store, app.now)?;
    lately::take(app, store)?;
    learn(store, home, risk(&brain)).map(|_| ())
}

/// What hooks go by, whichever configuration a command was given.
fn of_hooks(app: &App, store: &Store, home: &Path) -> Result<Brain> {
    Ok(Compiled::of_hooks(app, store, home)?.settings.brain)
}

/// Goes on learning by what hooks go by, after a command that has changed the log.
///
/// # Errors
/// When the store fails, or a file cannot be written.
pub(crate) fn go_on(app: &App, store: &Store, home: &Path) -> Result<Brought> {
    learn(store, home, risk(&of_hooks(app, store, home)?))
}

/// Forgets all answers, and what was taken back or interrupted until now; how many.
///
/// # Errors
/// When the store fails.
pub(crate) fn forget_all(store: &mut Store, now: i64) -> Result<u64> {
    let gone = store.forget_answers()?;
    store.looked(now.saturating_add(LOOKED_LATE_MS))?;
    Ok(gone)
}

/// Nothing is learned, and hooks go by nothing that was.
fn forget(home: &Path) -> Result<()> {
    for name in [TABLE, MODEL] {
        match std::fs::remove_file(home.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(
                    CliError::external(format!("cannot remove {}", home.join(name).display())).why(error)
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts answers that are known now into the log; how many are new.
fn take(store: &mut Store, now: i64) -> Result<u64> {
    let open = store.open_answers(now.saturating_sub(ANSWERED_WITHIN_MS), MOST_CALLS)?;
    if open.is_empty() {
        return Ok(0);
    }
    let seqs: Vec<i64> = open.iter().map(|one| one.seq).collect();
    let answers: Vec<Answer> = open.into_iter().filter_map(answered).collect();
    Ok(store.take_answers(&seqs, &answers, now)?.new)
}

/// What a person has said of a call, if one has: only people teach. Rules, modes and other programs do not.
fn answered(open: Open) -> Option<Answer> {
    let Open { answer, by, ended_at, changed, elsewhere, .. } = open;
    // Another call ran than the one that is known.
    if changed || !is_readable(&answer) {
        return None;
    }
    let audited = || {
        let why = thought(&answer).and_then(|thought| thought.why);
        why.as_deref() == Some(Why::Audit.word())
    };
    let prompt = if audited() { Source::Audit } else { Source::Prompt };
    let interrupted = || {
        let soon = ended_at.is_some_and(|at| at.saturating_sub(answer.made_at) <= AT_ONCE_MS);
        (answer.outcome.as_deref() == Some("interrupted") && soon).then_some((Source::Interrupted, false))
    };
    let (source, wanted) = match (by.as_str(), elsewhere.as_deref()) {
        ("user_permanent", _) => (Source::Always, true),
        ("user_temporary", _) => (prompt, true),
        ("user_reject", _) => (prompt, false),
        ("hook", Some("allow")) => (prompt, true),
        ("hook", Some("deny")) => (prompt, false),
        _ => interrupted()?,
    };
    Some(Answer { source: source.word().to_owned(), wanted, ..answer })
}

/// What was thought of a call, if that can be read.
fn thought(answer: &Answer) -> Option<Thought> {
    answer.thought.as_deref().and_then(|text| serde_json::from_str(text).ok())
}

fn is_readable(answer: &Answer) -> bool {
    Features::unpack(&answer.features).is_some()
}

/// What a pass over the log brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    /// Answers that were learned.
    pub(crate) answers: u64,
    /// Everything was learned again.
    pub(crate) again: bool,
}

/// Goes on learning from where the model was, and keeps it and the table if there was anything to learn.
///
/// # Errors
/// When the store fails, or a file cannot be written.
fn learn(store: &Store, home: &Path, risk: Risk) -> Result<Brought> {
    let head = store.brain_head()?;
    if head.row == 0 {
        forget(home)?;
        return Ok(Brought::default());
    }
    if is_as_it_was_left(home, risk, &head) {
        return Ok(Brought::default());
    }
    let known = kept(home, risk).ok().filter(|(_, learned)| learned.epoch == head.epoch);
    let again = known.is_none();
    let (mut model, mut learned) = known.unwrap_or_else(|| {
        (Model::new(risk), Learned { epoch: head.epoch, at: i64::MIN, ..Learned::default() })
    });
    let mut brought = Brought { answers: 0, again };
    let secret = learned::secret(home).unwrap_or(Secret::KNOWN);
    loop {
        let answers = store.answers_after(learned.at, learned.row, AT_ONCE)?;
        let Some(last) = answers.last() else { break };
        (learned.at, learned.row) = (last.at, last.row);
        let wishes = store.corrections(&answers)?;
        for (answer, wish) in answers.iter().zip(wishes) {
            brought.answers += u64::from(teach(&mut model, answer, wish, &secret));
        }
    }
    // The table last: one that is damaged, or was not written any more, is not the one that the model names.
    let table = table::encode(&model);
    learned.table = stored::sum(&table);
    write(home, MODEL, &stored::encode(&model, learned))?;
    write(home, TABLE, &table)?;
    Ok(brought)
}

/// Whether there is nothing to learn, and both files are whole: neither is taken apart for that.
fn is_as_it_was_left(home: &Path, risk: Risk, head: &Head) -> bool {
    let model = snapshot::own_bytes(home, MODEL).ok();
    let learned = model.and_then(|bytes| stored::place(&bytes, risk).ok());
    let learned = learned.filter(|learned| learned.epoch == head.epoch && !is_behind(learned, head));
    let table = || snapshot::own_bytes(home, TABLE).ok();
    learned.is_some_and(|learned| table().is_some_and(|table| stored::sum(&table) == learned.table))
}

fn is_behind(learned: &Learned, head: &Head) -> bool {
    (learned.at, learned.row) < (head.at, head.row)
}

/// Learns one answer of the log, if it is one: of calls that are no matter of learning, nothing is, nor of features that were
/// made by an earlier version, or with another secret. What its person has corrected afterwards was a slip, and counts as
/// they then said.
fn teach(model: &mut Model, answer: &Answer, wish: Option<bool>, secret: &Secret) -> bool {
    let (Some(features), Some(source)) = (Features::unpack(&answer.features), Source::named(&answer.source))
    else {
        return false;
    };
    if features.level != Level::Learnable || !answer.features.starts_with(&made(secret)) {
        return false;
    }
    model.learn(&model::Answer {
        features: &features,
        project: hash(&answer.project),
        wanted: wish.unwrap_or(answer.wanted),
        source,
        said: thought(answer).and_then(|thought| thought.said()),
        at: answer.made_at,
    });
    true
}

/// Why there is no model to go on from.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoModel {
    #[error(transparent)]
    Unread(#[from] NoSnapshot),
    #[error("{}: {why}", path.display())]
    Unusable { path: PathBuf, why: Unusable },
}

/// The model as it was kept.
pub(crate) fn kept(home: &Path, risk: Risk) -> Result<(Model, Learned), NoModel> {
    let bytes = snapshot::own_bytes(home, MODEL)?;
    stored::decode(&bytes, risk).map_err(|why| NoModel::Unusable { path: home.join(MODEL), why })
}

fn write(home: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    snapshot::write_own(home, name, bytes).map_err(|error| {
        CliError::external(format!("cannot write {}", home.join(name).display()))
            .why(error)
            .fix("check the owner and mode of the state folder, and the room on its disk")
    })
}
