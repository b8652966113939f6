//! `claudectl doctor --live`: one call that the gate denies, through the real Claude Code, its hooks, our program and
//! the journal. What settings say is a promise; this is what happens.
//!
//! The client runs as the person's would in this folder, but that its API is a stand-in of ours (`agents::probe`) and its
//! key opens nothing.

mod evidence;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::hash::BuildHasher;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudectl_agents::host::{self, Client};
use claudectl_agents::probe::{self, Run, Scratch, Seen};
use claudectl_agents::processes::System;
use claudectl_agents::settings::{
    self, Cause, Facts, Installation, Source, Survey, managed_files, project_sources,
};
use claudectl_fleet::hooks::Event;
use claudectl_store::journal::{self, Day};
use claudectl_store::{Store, make_private_folder, unwritten};
use serde_json::{Value, json};

use super::{Check, Verdict, failed_with, unset};
use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::{approving, hooks, ingest};
pub(super) use evidence::fix_of;
use evidence::{Evidence, Hooked};

const NAME: &str = "live guard";
/// So long may the client take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A check of each configuration folder.
///
/// # Errors
/// When there is no folder to run it in.
pub(super) fn checks(app: &App) -> Result<Vec<Check>> {
    let cwd = app.env.cwd.clone().ok_or_else(|| {
        CliError::external("there is no working folder to run Claude Code in")
            .fix("change to a folder that exists")
    })?;
    let client = match client(app) {
        Ok(client) => client,
        Err(check) => return Ok(vec![*check]),
    };
    let roots = hooks::user_roots(app)?;
    let programs = hooks::programs(&app.env);
    let survey = settings::survey(&roots, &managed_files(), &programs);
    let projects = project_sources(&cwd, &programs);
    if let Some(check) = leads_elsewhere(app, &survey) {
        return Ok(vec![check]);
    }
    let live = Live { app, client: &client, cwd: &cwd, survey: &survey, projects: &projects };
    Ok(roots.iter().map(|root| live.check(root)).collect())
}

/// Hooks are there, so there is something to prove.
pub(super) fn could_prove(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.name == "hooks" && check.verdict == Verdict::Ok)
}

/// The client that a person starts here.
fn client(app: &App) -> std::result::Result<Client, Box<Check>> {
    let env = &app.env;
    let found = host::clients(env.search_path.as_deref(), env.home.as_deref(), &[], &System);
    let Some(client) = found.into_iter().next() else {
        let fix = "install Claude Code, or set PATH so that `claude` is found";
        return Err(Box::new(Check::failed(
            NAME,
            "no `claude` is on the PATH or where its installers put it",
            fix,
        )));
    };
    let path = shown(env, &client.path);
    match &client.version {
        Err(why) => Err(Box::new(Check::failed(
            NAME,
            format!("{path}: {why}"),
            "run `claude --version`, and repair it",
        ))),
        Ok(version) if *version < host::OLDEST => Err(Box::new(Check::failed(
            NAME,
            format!("{path} is {version}, and claudectl knows of none before {}", host::OLDEST),
            "update Claude Code",
        ))),
        Ok(_) => Ok(client),
    }
}

/// An organisation's settings win over ours: what they lead elsewhere would go there, and that may be a real API.
fn leads_elsewhere(app: &App, survey: &Survey) -> Option<Check> {
    let facts =
        |source: &Source| source.facts.as_ref().ok().and_then(|facts| facts.redirects.first().cloned());
    let (source, variable) = survey.managed.iter().find_map(|source| Some((source, facts(source)?)))?;
    let path = shown(&app.env, &source.path);
    Some(Check::failed(
        NAME,
        format!("not tried: managed settings set {variable} ({path}), and a check must not reach a real API"),
        "`claudectl doctor` says what can be said without it",
    ))
}

/// What each folder's check has in common.
struct Live<'a> {
    app: &'a App,
    client: &'a Client,
    cwd: &'a Path,
    survey: &'a Survey,
    projects: &'a [Source],
}

/// What hooks told of the run.
struct Told {
    events: Vec<Event>,
    elsewhere: Option<String>,
    /// They could not write something down.
    unwritten: bool,
    /// The call ran.
    ran: bool,
}

/// Names of this one run.
struct Names {
    session: String,
    call: String,
    nonce: String,
}

impl Live<'_> {
    fn check(&self, root: &Path) -> Check {
        match self.untrusted(root) {
            Some(check) => check,
            None => self.tried(root).unwrap_or_else(|error| failed_with(NAME, error)),
        }
    }

    /// Settings in a folder are somebody else's program: without a terminal, Claude Code runs them unasked.
    fn untrusted(&self, root: &Path) -> Option<Check> {
        let source = self.projects.first()?;
        let state = match self.is_default(root) {
            true => self.app.env.home.as_deref()?.join(".claude.json"),
            false => root.join(".claude.json"),
        };
        if probe::is_trusted(&state, self.cwd) {
            return None;
        }
        let file = shown(&self.app.env, &source.path);
        Some(Check::failed(
            NAME,
            format!(
                "not tried: {file} may start programs, and Claude Code was not told that you trust this folder"
            ),
            "start `claude` here once and say so, or run this in another folder",
        ))
    }

    /// It is Claude Code's own, and nothing has to name it.
    fn is_default(&self, root: &Path) -> bool {
        let set = self.app.env.claude_config_dir.as_ref().is_some_and(|dir| !dir.is_empty());
        !set && self.app.env.home.as_ref().is_some_and(|home| root == home.join(".claude"))
    }

    fn tried(&self, root: &Path) -> Result<Check> {
        let home = self.app.env.state_dir()?;
        let unmade = |what: &'static str| {
            let fix = format!("make {} writable, with room on its disk", shown(&self.app.env, &home));
            move |error: io::Error| CliError::external(what).why(error).fix(fix)
        };
        make_private_folder(&home).map_err(unmade("the state folder cannot be made"))?;
        let names = names();
        let scratch = Scratch::make(home.join(format!("live-{}", names.nonce)))
            .map_err(unmade("no folder for the check can be made in the state folder"))?;
        let marker = scratch.path().join("ran");
        let hook = self.hook(root);
        let journals = journals(&home, hook.as_ref());
        let before: Vec<HashMap<PathBuf, u64>> = journals.iter().map(|home| lengths(home)).collect();
        let command = format!(
            "touch {} && claudectl approve {}",
            shell_words::quote(&marker.display().to_string()),
            names.nonce
        );
        let run = Run {
            client: &self.client.path,
            cwd: self.cwd,
            env: self.env(root),
            session: names.session.clone(),
            call: names.call.clone(),
            command,
            scratch: scratch.path(),
            patience: PATIENCE,
        };
        let (seen, took) = timed(self.app, || probe::run(&run));
        let seen = seen.map_err(|error| {
            CliError::external(format!("{} cannot be run", shown(&self.app.env, &self.client.path)))
                .because(&error)
        })?;
        let told = |home: &Path, before| -> Vec<Event> {
            since(home, before).into_iter().filter(|event| event.session == names.session).collect()
        };
        let mut told = journals.iter().zip(&before).map(|(home, before)| told(home, before));
        let events = told.next().unwrap_or_default();
        let elsewhere = told.next().is_some_and(|events| !events.is_empty());
        let elsewhere = hook.as_ref().filter(|_| elsewhere).map(|hook| hook.home.clone());
        let unwritten = journals.iter().any(|home| left_a_trace(home, &names.session));
        // What could not be taken out is told, and is no reason not to say what was seen.
        if let Err(error) = forget(&home, &names.session) {
            let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
            self.app
                .ui
                .warn(&format!("the session of this check stays in the state file: {}{why}", error.what));
        }
        let told = Told { events, elsewhere, unwritten, ran: marker.exists() };
        Ok(self.verdict(root, &names, seen, told, hook.as_ref(), took))
    }

    fn verdict(
        &self,
        root: &Path,
        names: &Names,
        seen: Seen,
        told: Told,
        hook: Option<&Installation>,
        took: Duration,
    ) -> Check {
        let Told { events, elsewhere, unwritten, ran } = told;
        let before = |event: &&Event| event.event == "PreToolUse" && event.call.as_ref() == Some(&names.call);
        let call = events.iter().find(before);
        let cause = self.survey.in_force(root, Some(self.cwd)).cause();
        let hooked = hook.map(|hook| Hooked {
            program: hook.binary.clone(),
            version: probe::version_of(Path::new(&hook.binary)),
            is_ours: hooks::own_binary(&self.app.env).is_ok_and(|own| is_same(&own, Path::new(&hook.binary))),
        });
        let evidence = Evidence {
            heard: !events.is_empty(),
            unwritten,
            judged: call.map(|event| event.judged.clone()),
            elsewhere,
            ran,
            cause,
            deaf: self.deaf(root),
            hooked,
            ours: env!("CARGO_PKG_VERSION"),
            shell: self.app.env.without_hooks().map(|why| (why, unset(self.app))),
            patience: PATIENCE,
            seen,
        };
        let data = self.data(root, &evidence, took);
        let told = evidence.verdict(took);
        let message =
            format!("{}: {}", shown(&self.app.env, root), hooks::shortened(&self.app.env, &told.message));
        let fix = told.fix.map(|fix| hooks::shortened(&self.app.env, &fix));
        Check { name: NAME, verdict: told.verdict, message, fix, data }
    }

    /// Why prompts are heard of by no hook, where this client tells of them.
    fn deaf(&self, root: &Path) -> Option<Cause> {
        let tells = self.client.version.as_ref().is_ok_and(|version| *version >= approving::prompts_since());
        self.survey.deaf_to_prompts(root, Some(self.cwd)).filter(|_| tells)
    }

    fn data(&self, root: &Path, evidence: &Evidence, took: Duration) -> Value {
        let judged = evidence.judged.as_ref();
        json!({
            "folder": root.display().to_string(),
            "client": self.client.path.display().to_string(),
            "client_version": self.client.version.as_ref().ok().map(ToString::to_string),
            "hook": evidence.hooked.as_ref().map(|hook| &hook.program),
            "hook_version": evidence.hooked.as_ref().and_then(|hook| hook.version.as_ref()),
            "reached": evidence.seen.told,
            "recorded": judged.is_some(),
            "said": judged.and_then(|judged| judged.as_ref()?.said.clone()),
            "denied": evidence.is_denied(),
            "ran": evidence.ran,
            "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// What the hooks call, of whichever file they stand in.
    fn hook(&self, root: &Path) -> Option<Installation> {
        let user = self
            .survey
            .users
            .iter()
            .find(|(folder, _)| folder == root)
            .and_then(|(_, source)| source.as_ref());
        let managed = self.survey.managed.iter();
        let all = self.projects.iter().chain(user).chain(managed);
        all.filter_map(|source| source.facts.as_ref().ok()).find_map(first_hook)
    }

    /// What leads Claude Code to the person's installation, and what starts it without hooks; nothing else of our
    /// environment.
    fn env(&self, root: &Path) -> Vec<(&'static str, OsString)> {
        let env = &self.app.env;
        let mut all = vec![("TERM", OsString::from("dumb")), ("LANG", OsString::from("C.UTF-8"))];
        all.extend(env.home.as_ref().map(|home| ("HOME", home.clone().into_os_string())));
        all.extend(env.search_path.as_ref().map(|path| ("PATH", path.clone())));
        // That they are on, whatever they say.
        all.extend(env.bare.iter().map(|name| (*name, OsString::from("1"))));
        if !self.is_default(root) {
            all.push(("CLAUDE_CONFIG_DIR", root.as_os_str().to_owned()));
        }
        all
    }
}

fn first_hook(facts: &Facts) -> Option<Installation> {
    let before = facts.ours.iter().find(|hook| hook.event == "PreToolUse");
    before.or_else(|| facts.ours.first()).map(|hook| hook.installation.clone())
}

fn names() -> Names {
    let random = || std::hash::RandomState::new().hash_one(std::process::id());
    let hex = format!("{:016x}{:016x}", random(), random());
    let session = format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]);
    Names { session, call: format!("toolu_{}", &hex[..24]), nonce: hex[..16].to_owned() }
}

/// Runs it, with a sign of life where a person waits, and how long it took.
fn timed<T>(app: &App, work: impl FnOnce() -> T) -> (T, Duration) {
    #[expect(clippy::disallowed_methods, reason = "it is measured how long it takes, and told")]
    let begun = std::time::Instant::now();
    let bar = app.ui.shows_progress().then(indicatif::ProgressBar::new_spinner);
    if let Some(bar) = &bar {
        bar.set_message("Claude Code is told to make a call that is denied...");
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    let done = work();
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    (done, begun.elapsed())
}

/// The state folders whose journals are looked at: ours, and that of the hooks, if it is another.
fn journals(home: &Path, hook: Option<&Installation>) -> Vec<PathBuf> {
    let mut all = vec![home.to_path_buf()];
    all.extend(hook.map(|hook| PathBuf::from(&hook.home)).filter(|named| named != home));
    all
}

fn days(home: &Path) -> Vec<Day> {
    // A journal that cannot be listed has nothing of the call, which is what is told.
    journal::days(home).unwrap_or_default().into_iter().filter(|day| day.is_file).collect()
}

fn lengths(home: &Path) -> HashMap<PathBuf, u64> {
    days(home).into_iter().map(|day| (day.path, day.size)).collect()
}

/// What was written since.
fn since(home: &Path, before: &HashMap<PathBuf, u64>) -> Vec<Event> {
    let mut events = Vec::new();
    for day in days(home) {
        let mut at = before.get(&day.path).copied().unwrap_or(0);
        while let Ok(piece) = journal::read(&day.path, at)
            && piece.next > at
        {
            at = piece.next;
            events.extend(piece.records.iter().filter_map(|json| serde_json::from_slice(json).ok()));
        }
    }
    events
}

/// Whether a hook of a session could not write down what it had to tell. The session is none of the person's, and neither
/// is that.
fn left_a_trace(home: &Path, session: &str) -> bool {
    let left = unwritten::all(home).iter().any(|one| one.session == session);
    if left && let Err(error) = unwritten::forget_session(home, session) {
        tracing::warn!(%error, "what could not be written down stays");
    }
    left
}

/// Whether two files are one, or have the same bytes: a copy of a program does what it does.
fn is_same(one: &Path, other: &Path) -> bool {
    let same = || -> io::Result<bool> {
        if one.canonicalize()? == other.canonicalize()? {
            return Ok(true);
        }
        Ok(fs::metadata(one)?.len() == fs::metadata(other)?.len() && fs::read(one)? == fs::read(other)?)
    };
    // What cannot be read is not known to be ours.
    same().unwrap_or(false)
}

/// The session was none of the person's: it is in no figure.
fn forget(home: &Path, session: &str) -> Result<()> {
    let path = home.join("state.db");
    if path.exists() {
        let mut store = Store::open(&path)?;
        ingest::journal(&mut store, home)?;
        store.forget_session(session)?;
    }
    Ok(())
}
