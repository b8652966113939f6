//! Calls that were answered, read again: the log keeps a line of each, and of what that line does the gate can tell anew.
//!
//! A line may have been shortened, and its secrets are not in it. So what is read again has to be the very call by its hash;
//! of any other nothing is said.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use claudectl_brain::features::{self, Branch, Features};
use claudectl_brain::identity::Secret;
use claudectl_brain::label::Source;
use claudectl_fleet::tools::Family;
use claudectl_store::Store;
use claudectl_store::brain::Answer;
use claudectl_store::sessions::SessionRow;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::judging::{self, Asked, Judge};

/// So many answers are read at once, and the latest so many are looked at.
const AT_ONCE: u32 = 8_192;
const MOST: u32 = 200_000;

/// An answer, with its call where that can be read again.
#[derive(Debug)]
pub(crate) struct Recalled {
    pub(crate) answer: Answer,
    pub(crate) source: Source,
    pub(crate) features: Features,
    pub(crate) call: Option<Arc<Call>>,
    /// It stands in the log of answers.
    pub(crate) logged: bool,
}

/// A call, judged by the rules of today.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) asked: Asked,
    pub(crate) judged: judging::Answer,
}

/// A call's input, from its line in the log; `None` of a tool whose line does not say it.
pub(crate) fn input(tool: &str, line: &str) -> Option<Value> {
    let key = match tool {
        _ if Family::Shell.has(tool) => "command",
        "Edit" | "Write" | "MultiEdit" | "Read" => "file_path",
        "NotebookEdit" => "notebook_path",
        "WebFetch" => "url",
        _ => return None,
    };
    Some(json!({ key: line }))
}

/// All answers, the oldest first. What a person has corrected counts as they said last.
///
/// # Errors
/// When the store fails, or rules cannot be read.
pub(crate) fn answers(
    app: &App,
    store: &Store,
    judge: &mut Judge,
    project: Option<&str>,
) -> Result<Vec<Recalled>> {
    let all = latest(store, MOST)?;
    let corrected: HashMap<(String, String), bool> = all
        .iter()
        .filter(|one| one.source == Source::Correction.word())
        .filter_map(|one| Some(((one.session.clone(), one.call.clone()?), one.wanted)))
        .collect();
    let folders = folders(store)?;
    let secret = judge.secret().clone();
    let mut known: HashMap<(String, String, PathBuf), Option<Arc<Call>>> = HashMap::new();
    let mut found = Vec::new();
    for answer in all {
        let (Some(features), Some(source)) =
            (Features::unpack(&answer.features), Source::named(&answer.source))
        else {
            continue;
        };
        if project.is_some_and(|name| !answer.project.to_lowercase().contains(name)) {
            continue;
        }
        let of = answer.call.clone().and_then(|call| corrected.get(&(answer.session.clone(), call)));
        let (is_correction, wanted) = (source == Source::Correction, of.copied().unwrap_or(answer.wanted));
        if wanted != answer.wanted && !is_correction {
            // The correction stands for it.
            continue;
        }
        // A command is told apart by where it runs, too: in the project's folder, or where its session worked.
        let places = folders.get(&answer.session).map(Vec::as_slice).unwrap_or_default();
        let places = std::iter::once(PathBuf::from(&answer.project)).chain(places.iter().cloned());
        let call = places.into_iter().find_map(|folder| {
            let key = (answer.tool.clone(), answer.summary.clone(), folder.clone());
            let call = known.entry(key).or_insert_with(|| read(judge, &answer, folder)).clone();
            // Nor does its line say what was checked out.
            let is_it = |call: &Call, branch| features_of(app, &secret, call, branch).exact == features.exact;
            let branches = |call: &Call| match features::is_of_git(&call.judged.report) {
                true => &Branch::ALL[..],
                false => &Branch::ALL[..1],
            };
            call.filter(|call| branches(call).iter().any(|branch| is_it(call, *branch)))
        });
        found.push(Recalled { answer, source, features, call, logged: true });
    }
    Ok(found)
}

/// Calls that a person has rejected and that are not in the log, as what is asked about and never learned: what the gate has
/// decided, and how it ended.
///
/// # Errors
/// When the store fails.
pub(crate) fn rejected(
    app: &App,
    store: &Store,
    judge: &mut Judge,
    known: &[Recalled],
    project: Option<&str>,
) -> Result<Vec<Recalled>> {
    let logged: HashSet<(&str, Option<&str>)> =
        known.iter().map(|one| (one.answer.session.as_str(), one.answer.call.as_deref())).collect();
    let sessions = store.sessions()?;
    let roots: HashMap<&str, &str> =
        sessions.iter().filter_map(|row| Some((row.sid.as_str(), row.root()?))).collect();
    let mut found = Vec::new();
    for one in store.decisions(i64::MIN, MOST)? {
        let was_rejected = one.outcome.as_ref().is_some_and(|outcome| outcome.what == "rejected");
        if !was_rejected || logged.contains(&(one.session.as_str(), one.call.as_deref())) {
            continue;
        }
        let root = roots.get(one.session.as_str()).copied().unwrap_or_default();
        if project.is_some_and(|name| !root.to_lowercase().contains(name)) {
            continue;
        }
        let answer = Answer {
            made_at: one.at,
            session: one.session,
            call: one.call,
            project: root.to_owned(),
            tool: one.tool,
            summary: one.summary,
            ..Answer::default()
        };
        let folder = PathBuf::from(&answer.project);
        let Some(call) = read(judge, &answer, folder) else { continue };
        let features = features_of(app, judge.secret(), &call, Branch::Unknown);
        found.push(Recalled { answer, source: Source::Prompt, features, call: Some(call), logged: false });
    }
    Ok(found)
}

/// The latest answers of the log, the oldest first.
///
/// # Errors
/// When the store fails.
pub(crate) fn latest(store: &Store, most: u32) -> Result<Vec<Answer>> {
    let mut all = store.last_answers(most)?;
    all.reverse();
    Ok(all)
}

/// The whole log, the oldest answer first.
///
/// # Errors
/// When the store fails.
pub(crate) fn log(store: &Store) -> Result<Vec<Answer>> {
    let mut all: Vec<Answer> = Vec::new();
    let (mut at, mut row) = (i64::MIN, 0);
    loop {
        let some = store.answers_after(at, row, AT_ONCE)?;
        let Some(last) = some.last() else { return Ok(all) };
        (at, row) = (last.at, last.row);
        all.extend(some);
    }
}

/// The folders that sessions worked in, by their ids.
fn folders(store: &Store) -> Result<HashMap<String, Vec<PathBuf>>> {
    let rows = store.sessions()?.into_iter();
    let of = |row: SessionRow| {
        let folders = [row.first_cwd, row.cwd].into_iter().flatten().map(PathBuf::from);
        (row.sid, folders.collect())
    };
    Ok(rows.map(of).collect())
}

fn read(judge: &mut Judge, answer: &Answer, folder: PathBuf) -> Option<Arc<Call>> {
    let asked = Asked {
        tool: answer.tool.clone(),
        input: input(&answer.tool, &answer.summary)?,
        folder,
        ..Asked::default()
    };
    let judged = judge.judge(&asked);
    let call = Call { asked, judged };
    (call.judged.root() == answer.project && !answer.project.is_empty()).then(|| Arc::new(call))
}

/// A call's features, as far as its text tells.
fn features_of(app: &App, secret: &Secret, call: &Call, branch: Branch) -> Features {
    let home = app.env.home.as_deref().and_then(std::path::Path::to_str).unwrap_or_default();
    let situation = call.asked.situation(secret, call.judged.root(), home, branch);
    features::of(&call.asked.tool, &call.judged.report, situation)
}
