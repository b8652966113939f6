//! How projects are worked on, put together of the log of answers and of what became of calls; and the briefings that hooks
//! give, made beforehand.
//!
//! What is told to agents is made of kinds (`claudectl_brain::kind`) and numbers alone: no text that an agent or a
//! repository has written gets in, not even a project's name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use claudectl_agents::checkout;
use claudectl_brain::features::hash;
use claudectl_brain::habits::{self, Habits, Told};
use claudectl_brain::kind::{self, Kind};
use claudectl_brain::label::Source;
use claudectl_fleet::project;
use claudectl_fleet::session::rfc3339;
use claudectl_gate::tools;
use claudectl_shell::facts::{NoFacts, Place};
use claudectl_store::{Store, snapshot};

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::recall;

/// What was longer ago says nothing of how work is done now.
const SINCE_MS: i64 = 90 * 24 * 60 * 60 * 1000;
/// What failed in this time is worth a word.
pub(crate) const LATELY_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// So many decisions are looked through.
const MOST_DECISIONS: u32 = 50_000;
/// And so many answers.
const MOST_ANSWERS: u32 = 50_000;
/// The folder of briefings below the state folder.
const FOLDER: &str = "briefings";
/// When they were made last, beside them.
const MADE: &str = "made";
/// They are made anew no more often than this.
const EVERY_MS: i64 = 10 * 60 * 1000;
/// So many projects get one, those that were worked on last.
const MOST_PROJECTS: usize = 64;
/// No briefing is longer.
const MOST_BYTES: usize = 8 * 1024;

/// What is known of each project, by its folder.
///
/// # Errors
/// When the store fails.
pub(crate) fn of_projects(app: &App, store: &Store) -> Result<BTreeMap<String, Habits>> {
    let since = app.now.saturating_sub(SINCE_MS);
    let mut told: Vec<(i64, String, String, Told)> = Vec::new();
    for answer in recall::latest(store, MOST_ANSWERS)? {
        let here = Source::named(&answer.source).is_some_and(|source| !source.is_imported());
        if here && answer.made_at >= since && is_whole(&answer.summary) && is_shell(&answer.tool) {
            let what = if answer.wanted { Told::Allowed } else { Told::Denied };
            told.push((answer.made_at, answer.project, answer.summary, what));
        }
    }
    let roots: HashMap<String, String> = store
        .sessions()?
        .into_iter()
        .filter_map(|row| Some((row.sid.clone(), row.root()?.to_owned())))
        .collect();
    for decision in store.decisions(since, MOST_DECISIONS)? {
        let what = match decision.outcome.as_ref().map(|outcome| outcome.what.as_str()) {
            Some("ran") => Told::Ran,
            Some("failed") => Told::Failed,
            _ => continue,
        };
        let known = decision.judged.known.map(|known| known.project);
        let Some(root) = known.or_else(|| roots.get(&decision.session).cloned()) else { continue };
        if is_whole(&decision.summary) && is_shell(&decision.tool) {
            told.push((decision.at, root, decision.summary, what));
        }
    }
    told.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.2.cmp(&b.2)));
    let mut kinds: HashMap<String, Vec<Kind>> = HashMap::new();
    let mut found: BTreeMap<String, Habits> = BTreeMap::new();
    for (at, root, line, what) in told {
        if root.is_empty() {
            continue;
        }
        if !kinds.contains_key(&line) {
            kinds.insert(line.clone(), kinds_of(app, &root, &line));
        }
        let habits = found.entry(root).or_default();
        kinds[&line].iter().for_each(|kind| habits.take(kind, what, at));
    }
    Ok(found)
}

fn is_shell(tool: &str) -> bool {
    tool == "Bash"
}

/// Whether a line of the log is all of a command.
pub(crate) fn is_whole(line: &str) -> bool {
    !line.contains(" … ") && !line.contains(" ⏎ ") && !line.contains("[redacted")
}

/// The kinds of a command, by its line in the log.
pub(crate) fn kinds_of(app: &App, root: &str, line: &str) -> Vec<Kind> {
    let home = app.env.home.as_deref().and_then(Path::to_str).unwrap_or_default();
    let place = Place { home, folder: Some(root), root: Some(root), facts: &NoFacts };
    let input = recall::input("Bash", line).unwrap_or_default();
    kind::kinds("Bash", &tools::report("Bash", &input, place)).unwrap_or_default()
}

/// The briefing of a project, if there is anything to say.
pub(crate) fn briefing(app: &App, habits: &Habits) -> Option<String> {
    let day = |at: i64| rfc3339(at).map(|at| at.chars().take(10).collect()).unwrap_or_default();
    habits::briefing(habits, app.now.saturating_sub(LATELY_MS), &day)
}

/// The folder of the project that a person means: by its folder, by its name, or the one around the working folder.
///
/// # Errors
/// When none is meant, or several are.
pub(crate) fn meant(app: &App, store: Option<&Store>, named: Option<&str>) -> Result<String> {
    let unknown = || CliError::usage("the working folder is not known").fix("name a project with --project");
    let Some(named) = named else {
        let here = app.env.absolute(PathBuf::from(".")).ok_or_else(unknown)?;
        let here = here.canonicalize().unwrap_or(here);
        return here.to_str().map(checkout::project).ok_or_else(unknown);
    };
    if named.contains('/') || named == "." || named == ".." {
        let folder = app.env.absolute(PathBuf::from(named)).ok_or_else(unknown)?;
        let folder = folder.canonicalize().unwrap_or(folder);
        return folder.to_str().map(checkout::project).ok_or_else(unknown);
    }
    let mut roots: HashSet<String> = HashSet::new();
    if let Some(store) = store {
        roots.extend(store.sessions()?.iter().filter_map(|row| row.root().map(str::to_owned)));
        roots.extend(recall::latest(store, MOST_ANSWERS)?.into_iter().map(|answer| answer.project));
    }
    let mut found: Vec<String> = roots.into_iter().filter(|root| project::name(root) == named).collect();
    found.sort_unstable();
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(CliError::failed(format!("no session of a project {named:?} is known"))
            .fix("name it by its folder, or look: claudectl history")),
        [..] => {
            let folders: Vec<String> = found.iter().map(|root| shown(&app.env, Path::new(root))).collect();
            Err(CliError::usage(format!("several projects are called {named:?}"))
                .why(folders.join(", "))
                .fix("name it by its folder"))
        }
    }
}

/// The file of a project's briefing, by its folder: its name is no text of anybody's.
fn file(root: &str) -> String {
    format!("{:016x}.md", hash(root))
}

/// What a hook tells a session that starts in a folder, if that was made.
pub(crate) fn briefing_at(home: &Path, folder: &str) -> Option<String> {
    let bytes = snapshot::own_bytes(&home.join(FOLDER), &file(&checkout::project(folder))).ok()?;
    (bytes.len() <= MOST_BYTES).then(|| String::from_utf8(bytes).ok()).flatten()
}

/// Makes briefings anew, if they are wanted; or puts them away.
///
/// # Errors
/// When the store fails, or a file cannot be written.
pub(crate) fn pass(app: &App, store: &Store, home: &Path, wanted: bool) -> Result<()> {
    let folder = home.join(FOLDER);
    let failed = |error: std::io::Error| {
        CliError::external(format!("cannot write briefings into {}", shown(&app.env, &folder))).why(error)
    };
    if !wanted {
        return match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        };
    }
    let made: Option<i64> =
        std::fs::read_to_string(folder.join(MADE)).ok().and_then(|text| text.trim().parse().ok());
    // A clock that was put back makes them anew, too.
    if made.is_some_and(|made| (0..EVERY_MS).contains(&app.now.saturating_sub(made))) {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
    let mut last: HashMap<String, i64> = HashMap::new();
    for row in store.sessions()? {
        if let (Some(root), Some(at)) = (row.root(), row.last_at) {
            let known = last.entry(root.to_owned()).or_insert(at);
            *known = at.max(*known);
        }
    }
    let mut all: Vec<(String, Habits)> = of_projects(app, store)?.into_iter().collect();
    all.sort_by_key(|(root, _)| std::cmp::Reverse(last.get(root).copied()));
    let mut kept: HashSet<String> = HashSet::from([MADE.to_owned()]);
    for (root, habits) in all.iter().take(MOST_PROJECTS) {
        let Some(text) = briefing(app, habits) else { continue };
        snapshot::write_own(&folder, &file(root), text.as_bytes()).map_err(failed)?;
        kept.insert(file(root));
    }
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_str().is_some_and(|name| kept.contains(name)) {
            std::fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    snapshot::write_own(&folder, MADE, app.now.to_string().as_bytes()).map_err(failed)
}
