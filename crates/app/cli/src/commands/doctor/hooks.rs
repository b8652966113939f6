//! What `doctor` says of hooks: installed, complete, in force; and of what the published tool left.

use std::path::{Path, PathBuf};

use claudectl_agents::host::{EXEC_FORM, events};
use claudectl_agents::settings::foreign::{When, Whose};
use claudectl_agents::settings::{
    self, Cause, Defect, Facts, Installed, Scope, Source, StatusLine, Survey, broken, managed_files,
    project_sources,
};
use claudectl_fleet::call::one_line;
use serde_json::{Value, json};

use super::{Check, Verdict, failed_with};
use crate::app::App;
use crate::commands::gate;
use crate::env::shown;
use crate::format;
use crate::hooks::{self, Host};

const NAME: &str = "hooks";
/// So many hooks of others are named.
const MOST: usize = 5;

/// The command that writes a file of ours anew, as it is meant.
fn again(scope: Scope, facts: Option<&Facts>) -> String {
    let strict = if facts.is_some_and(Facts::is_strict) { " --strict" } else { "" };
    format!("run `claudectl init{}{strict}`", hooks::scope_flag(scope))
}

pub(super) fn checks(app: &App) -> Vec<Check> {
    let roots = match hooks::user_roots(app) {
        Ok(roots) => roots,
        Err(error) => return vec![failed_with(NAME, error)],
    };
    let programs = hooks::programs(&app.env);
    let survey = settings::survey(&roots, &managed_files(), &programs);
    let projects = app.env.cwd.as_deref().map(|cwd| project_sources(cwd, &programs)).unwrap_or_default();
    let host = Host::find(app);
    let mut checks: Vec<Check> =
        roots.iter().map(|root| installed(app, &host, &survey, &projects, root)).collect();
    checks.extend(survey.managed.iter().chain(&projects).filter_map(|source| unusable(app, source)));
    checks.push(status_line(app, &survey));
    checks.extend(published(app, &survey, &projects));
    checks.extend(others(app, &survey, &projects));
    checks
}

/// Hooks of others that hold back what the gate allows, where it is asked at all.
fn others(app: &App, survey: &Survey, projects: &[Source]) -> Option<Check> {
    let name = "hooks of others";
    let users = survey.users.iter().filter_map(|(_, source)| source.as_ref());
    let is_ours = |source: &Source| source.facts.as_ref().is_ok_and(|facts| !facts.ours.is_empty());
    if !users.chain(projects).any(is_ours) {
        return None;
    }
    // That the store cannot be opened is told where the state is.
    let mut all = gate::hooks::all(app).ok()?;
    // A program of ours that is gone, or another version's, is told where our own hooks are.
    all.retain(|(hook, trusted)| !trusted && hook.whose == Whose::Others);
    let found: Vec<String> = all
        .iter()
        .map(|(hook, _)| format!("{} ({})", one_line(&hook.what), shown(&app.env, &hook.file)))
        .collect();
    if found.is_empty() {
        return None;
    }
    let fix = if all.iter().any(|(hook, _)| hook.hash.is_some()) {
        "look at them, and trust those that you know: claudectl gate hooks"
    } else if all.iter().all(|(hook, _)| hook.when == When::Unknown) {
        "nothing is allowed until it can be told what they bring: `claudectl gate hooks` names them; make them readable and \
         plain, or take them out"
    } else {
        "nobody can vouch for what a repository brings: take it out, or go on being asked"
    };
    let more = found.len().saturating_sub(MOST);
    let more = if more > 0 { format!("; and {more} more (claudectl gate hooks)") } else { String::new() };
    let message = format!(
        "they may change a call after the verdict, so that nothing is allowed, or answer what is asked: {}{more}",
        found[..MOST.min(found.len())].join("; ")
    );
    Some(Check::warning(name, message, fix).with(json!({ "found": found })))
}

/// The hooks of one configuration folder, or of the project.
fn installed(app: &App, host: &Host, survey: &Survey, projects: &[Source], root: &Path) -> Check {
    let user = survey.users.iter().find(|(folder, _)| folder == root).and_then(|(_, source)| source.as_ref());
    let sources: Vec<&Source> = user.into_iter().chain(projects).collect();
    let ours: Vec<(&Source, &Facts)> = sources
        .iter()
        .filter_map(|source| Some((*source, source.facts.as_ref().ok()?)))
        .filter(|(_, facts)| !facts.ours.is_empty())
        .collect();
    let cause = survey.in_force(root, app.env.cwd.as_deref()).cause();
    let cause = cause.map(|cause| app.env.short_path(&cause.to_string()));
    let data = json!({
        "folder": root.display().to_string(),
        "in_force": cause.is_none(),
        "cause": cause,
        "host": host.version.to_string(),
        "sources": ours.iter().map(|(source, facts)| source_json(source, facts)).collect::<Vec<_>>(),
    });
    let left_out = user.into_iter().chain(ours.iter().map(|(source, _)| *source)).find(|s| s.is_left_out());
    match left_out.and_then(|source| Some((source, source.unusable()?, source.fix()?))) {
        Some((source, why, fix)) => {
            let message = format!("{} settings: {}", source.scope.name(), app.env.short_path(&why));
            Check::failed(NAME, message, fix)
        }
        None => verdict(app, host, root, &ours, cause),
    }
    .with(data)
}

fn source_json(source: &Source, facts: &Facts) -> Value {
    json!({
        "scope": source.scope.name(),
        "path": source.path.display().to_string(),
        "events": facts.ours.iter().map(|hook| &hook.event).collect::<Vec<_>>(),
        "strict": facts.is_strict(),
    })
}

fn verdict(app: &App, host: &Host, root: &Path, ours: &[(&Source, &Facts)], cause: Option<String>) -> Check {
    let place = shown(&app.env, root);
    let Some((source, facts)) = ours.first() else {
        let cause = cause.unwrap_or_else(|| Cause::NotInstalled.to_string());
        return Check::warning(
            NAME,
            format!("{place}: {cause}; statuses rest on the registry and the transcripts alone"),
            again(Scope::User, None),
        );
    };
    let file = shown(&app.env, &source.path);
    let defect =
        ours.iter().find_map(|(source, facts)| Some((source, facts, facts.ours.iter().find_map(dead)?)));
    if let Some((source, facts, defect)) = defect {
        let file = shown(&app.env, &source.path);
        let fix = again(source.scope, Some(facts));
        return Check::failed(NAME, format!("{file}: the hooks call {defect}"), fix);
    }
    if let Some(message) = taken_away(app, host, ours) {
        return Check::failed(NAME, message, again(source.scope, Some(facts)));
    }
    if let Some(cause) = cause {
        let fix = "if that is not meant, take it out of that file; for the rest, sessions run without hooks";
        return Check::warning(NAME, format!("{place}: absent in this folder: {cause}"), fix);
    }
    if let Some((message, fix)) = twice(app, ours) {
        return Check::warning(NAME, message, fix);
    }
    match drift(app, host, facts) {
        Some(drift) => Check::warning(NAME, format!("{file}: {drift}"), again(source.scope, Some(facts))),
        None => {
            let strict = if facts.is_strict() { ", strict" } else { "" };
            let count = format::plural(facts.ours.len() as u64, "event");
            Check::ok(NAME, format!("{file}: {count}{strict}"))
        }
    }
}

/// A hook that cannot run.
fn dead(hook: &Installed) -> Option<Defect> {
    broken(&hook.installation)
}

/// Claude Code runs a hook once that stands in two files, but two that differ in a word both.
fn twice(app: &App, ours: &[(&Source, &Facts)]) -> Option<(String, String)> {
    let calls = |facts: &Facts| facts.ours.first().map(|hook| (hook.installation.clone(), hook.exec));
    let (first, facts) = ours.first()?;
    let (other, _) = ours.iter().find(|(_, other)| calls(other) != calls(facts))?;
    let (a, b) = (shown(&app.env, &first.path), shown(&app.env, &other.path));
    let message = format!("{a} and {b} call claudectl in different ways, so both are called at each event");
    let scope = if first.scope == Scope::User { other.scope } else { first.scope };
    Some((
        message,
        format!("run `claudectl uninstall --scope {}`, or `claudectl init` for both", scope.name()),
    ))
}

/// Events by which the guard stands before calls.
const GUARDING: [&str; 2] = ["PreToolUse", "PermissionRequest"];

/// An event that takes the guard away from calls, because our hook is not there, or is not called for all of them.
fn taken_away(app: &App, host: &Host, ours: &[(&Source, &Facts)]) -> Option<String> {
    let hooks = |event: &'static str| {
        let all = ours.iter().flat_map(|(source, facts)| facts.ours.iter().map(move |hook| (source, hook)));
        all.filter(move |(_, hook)| hook.event == event)
    };
    let narrows = |hook: &Installed| hook.odd.as_ref().is_some_and(|odd| odd.narrows);
    let known = |name: &str| events(host.version).any(|event| event.name == name);
    let event =
        GUARDING.into_iter().find(|name| known(name) && hooks(name).all(|(_, hook)| narrows(hook)))?;
    let what = match hooks(event).next() {
        None => {
            return drift(app, host, ours.first()?.1).map(|drift| format!("{}: {drift}", file(app, ours)));
        }
        Some((source, hook)) => (source, hook.odd.as_ref()?),
    };
    let (source, odd) = what;
    Some(format!("{}: {event} is not called for every call: {}", shown(&app.env, &source.path), odd.what))
}

fn file(app: &App, ours: &[(&Source, &Facts)]) -> String {
    ours.first().map(|(source, _)| shown(&app.env, &source.path)).unwrap_or_default()
}

/// How what is installed differs from what `init` would write now.
fn drift(app: &App, host: &Host, facts: &Facts) -> Option<String> {
    let known: Vec<&str> = events(host.version).map(|event| event.name).collect();
    let has = |name: &str| facts.ours.iter().any(|hook| hook.event == name);
    let unknown: Vec<&str> =
        facts.ours.iter().map(|hook| hook.event.as_str()).filter(|name| !known.contains(name)).collect();
    let missing: Vec<&str> = known.iter().copied().filter(|name| !has(name)).collect();
    let version = host.version;
    if host.known && !unknown.is_empty() {
        return Some(format!(
            "Claude Code {version} does not know {}, and opens a dialog about it when it starts",
            unknown.join(", ")
        ));
    }
    if host.known && version < EXEC_FORM && facts.ours.iter().any(|hook| hook.exec) {
        return Some(format!("Claude Code {version} does not pass arguments to these hooks"));
    }
    if !missing.is_empty() {
        return Some(format!(
            "{} of {} events, without {}",
            known.len() - missing.len(),
            known.len(),
            missing.join(", ")
        ));
    }
    let odd = facts.ours.iter().find_map(|hook| Some((hook, hook.odd.as_ref()?)));
    if let Some((hook, odd)) = odd {
        return Some(format!("{} is not as `init` writes it: {}", hook.event, odd.what));
    }
    elsewhere(app, facts)
}

/// The hooks call another claudectl, or with another state or configuration.
fn elsewhere(app: &App, facts: &Facts) -> Option<String> {
    let now = hooks::installation(app, None).ok()?;
    let then = facts.ours.iter().map(|hook| &hook.installation);
    let same = |a: &str, b: &str| {
        a == b || Path::new(a).canonicalize().is_ok_and(|a| Path::new(b).canonicalize().is_ok_and(|b| a == b))
    };
    for then in then {
        let parts = [
            ("another program", &then.binary, &now.binary),
            ("another state folder", &then.home, &now.home),
            ("another configuration", &then.config, &now.config),
        ];
        if let Some((what, there, here)) = parts.into_iter().find(|(_, there, here)| !same(there, here)) {
            let there = app.env.short_path(there);
            return Some(format!("the hooks use {what}, {there}; this is {}", app.env.short_path(here)));
        }
    }
    None
}

/// A settings file that Claude Code cannot read, and that hence says nothing.
fn unusable(app: &App, source: &Source) -> Option<Check> {
    let why = source.unusable()?;
    let scope = source.scope.name();
    Some(Check::warning(
        "settings",
        format!("{scope} settings: {}", app.env.short_path(&why)),
        "correct the file; until then Claude Code goes by the others",
    ))
}

fn status_line(app: &App, survey: &Survey) -> Check {
    let name = "status line";
    let facts =
        |source: &Option<Source>| source.as_ref().and_then(|source| source.facts.as_ref().ok().cloned());
    let lines: Vec<(PathBuf, Facts)> =
        survey.users.iter().filter_map(|(root, source)| Some((root.clone(), facts(source)?))).collect();
    let defect = |facts: &Facts| facts.status_line_calls.as_ref().and_then(broken);
    let broken = lines.iter().find_map(|(root, facts)| Some((root, facts, defect(facts)?)));
    if let Some((root, facts, defect)) = broken {
        let message = format!("{}: the status line calls {defect}", shown(&app.env, root));
        return Check::failed(name, message, again(Scope::User, Some(facts)))
            .with(json!({"installed": true}));
    }
    if let Some((root, _)) = lines.iter().find(|(_, facts)| facts.status_line == StatusLine::OtherForm) {
        let message = hooks::other_form(&shown(&app.env, &Scope::User.file(root)));
        return Check::ok(name, message).with(json!({"installed": false}));
    }
    let mut installed = lines.iter().filter(|(_, facts)| facts.has_status_line());
    let hidden = |(root, _): &(PathBuf, Facts)| {
        Some((shown(&app.env, root), survey.status_line_hidden(root, app.env.cwd.as_deref())?))
    };
    if let Some((place, cause)) = installed.clone().find_map(hidden) {
        let cause = app.env.short_path(&cause);
        return Check::warning(
            name,
            format!("{place}: not shown in this folder: {cause}"),
            "if that is not meant, take it out of that file; here exact context and quota come only with it",
        )
        .with(json!({"installed": true, "in_force": false, "cause": cause}));
    }
    let with = installed.next();
    let (said, data) = match with {
        Some((root, facts)) => {
            let around =
                if matches!(facts.status_line, StatusLine::Wrapped(_)) { ", around your own" } else { "" };
            (
                format!("installed in {}{around}", shown(&app.env, root)),
                json!({"installed": true, "in_force": true}),
            )
        }
        None => (
            "not installed; exact context and quota come from it (`claudectl init` puts it there)".to_owned(),
            json!({"installed": false}),
        ),
    };
    Check::ok(name, said).with(data)
}

/// What the published tool left in settings and folders.
fn published(app: &App, survey: &Survey, projects: &[Source]) -> Option<Check> {
    let users = survey.users.iter().filter_map(|(_, source)| source.as_ref());
    let mut found: Vec<String> = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    let mut plugins = Vec::new();
    for source in users.chain(projects) {
        let Ok(facts) = &source.facts else { continue };
        let file = shown(&app.env, &source.path);
        if !facts.leftovers.is_empty() {
            commands.push(again(source.scope, Some(facts)));
        }
        for (event, command) in &facts.leftovers {
            found.push(format!("{file}: {event} calls {}", hooks::masked(command)));
        }
        plugins.extend(facts.plugins.iter().map(|plugin| format!("`claude plugin uninstall {plugin}`")));
        found.extend(facts.plugins.iter().map(|plugin| format!("{file}: the plugin {plugin} is on")));
    }
    let mut folders = survey.users.iter().filter_map(|(root, _)| settings::plugin(root)).peekable();
    if folders.peek().is_some() {
        commands.push(again(Scope::User, user_facts(survey)));
    }
    found.extend(folders.map(|plugin| format!("{}, a plugin folder", shown(&app.env, &plugin.path))));
    if found.is_empty() {
        return None;
    }
    let data = json!({ "found": found });
    let mut fixes: Vec<String> = Vec::new();
    for command in commands.into_iter().chain(plugins) {
        if !fixes.contains(&command) {
            fixes.push(command);
        }
    }
    let check = Check::warning(
        "published claudectl",
        format!("left behind: {}", found.join("; ")),
        fixes.join(", and "),
    );
    debug_assert_eq!(check.verdict, Verdict::Warning);
    Some(check.with(data))
}

/// The person's settings, if they are strict, or else the first of them.
fn user_facts(survey: &Survey) -> Option<&Facts> {
    let facts = || survey.users.iter().filter_map(|(_, source)| source.as_ref()?.facts.as_ref().ok());
    facts().find(|facts| facts.is_strict()).or_else(|| facts().next())
}
