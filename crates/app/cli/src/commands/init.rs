//! `claudectl init`: hooks and status line into Claude Code's settings.

use std::path::{Path, PathBuf};

use claudectl_agents::away::PutAwayError;
use claudectl_agents::host::{
    EXEC_FORM, OLDEST, ON_FAILURE, PLUGIN_FOLDERS, Version, events, first_with_events,
};
use claudectl_agents::plugin::{self, Placing};
use claudectl_agents::settings::{
    self, Cause, Facts, InForce, Plugin, Report, SEEN_WITH, Scope, StatusLine, Strict, Wanted, managed_files,
    project_sources,
};
use serde_json::{Value, json};

use crate::app::App;
use crate::bundled::{self, BUNDLE};
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format;
use crate::hooks::{self, Host, ScopeArg};
use crate::snapshot;
use crate::ui::clean;

/// Install claudectl's hooks and status line into Claude Code's settings, and its plugin beside them.
///
/// Hooks tell claudectl what happens in a session at the moment it happens. Only events that the installed
/// Claude Code knows are written. Everything else in the settings stays byte by byte, and what was there before is
/// kept in claudectl's state folder: `claudectl uninstall` gives it back. Running it again brings everything up to
/// date. What the published claudectl (0.49 to 0.92) left behind is shown and taken out.
///
/// The plugin gives sessions commands like `/claudectl:spend`, a skill and an agent that look at other sessions; it
/// changes nothing and holds no hooks. It stands in `skills/claudectl` of your configuration folder. What you have changed
/// in it stays while there is nothing newer, and is kept in claudectl's state folder when there is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose settings to edit.
    #[arg(long, value_enum, default_value_t, value_name = "SCOPE")]
    scope: ScopeArg,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Block a tool call where its hook fails, instead of letting it go ahead (Claude Code 2.1.295 or later).
    /// Stays on when `init` runs again.
    #[arg(long)]
    strict: bool,
    /// Let such a call go ahead again.
    #[arg(long, conflicts_with = "strict")]
    no_strict: bool,
    /// Leave the status line alone. It is only ever put into your own settings.
    #[arg(long)]
    no_statusline: bool,
    /// Leave the plugin alone. It is only ever put into your own configuration folders.
    #[arg(long)]
    no_plugin: bool,
    /// Write for this version of Claude Code instead of the lowest one found.
    #[arg(long, value_name = "VERSION")]
    host_version: Option<Version>,
    /// Let the hooks call this program.
    #[arg(long, value_name = "PATH", hide = true)]
    binary: Option<PathBuf>,
}

/// What was done.
struct Done {
    reports: Vec<Report>,
    /// Plugin folders of the published tool, and where they are now.
    plugins: Vec<(Plugin, Option<PathBuf>)>,
    /// Our own plugin, in each configuration folder.
    own_plugin: Vec<plugin::Report>,
    warnings: Vec<String>,
    /// Files that could not be edited, although nothing had spoken against it.
    refused: Vec<CliError>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let host = args.host_version.map_or_else(|| Host::find(app), Host::named);
    knows_hooks(app, &host)?;
    let scope = args.scope.scope();
    let wanted = Wanted {
        installation: hooks::installation(app, args.binary.as_deref())?,
        version: host.version,
        strict: match (args.strict, args.no_strict) {
            (true, _) => Strict::Yes,
            (_, true) => Strict::No,
            _ => Strict::AsIs,
        },
        status_line: scope == Scope::User && !args.no_statusline,
    };
    let paths = hooks::targets(app, scope)?;
    let mut warnings = host.untold(&app.env);
    warnings.extend(about_the_wish(&wanted, scope));
    warnings.extend(only_at_the_top(app, scope, &paths));
    let (reports, refused) = install(app, &paths, &wanted, args.dry_run)?;
    if reports.is_empty() {
        return end(app, &refused);
    }
    let mut done = Done { reports, plugins: vec![], own_plugin: vec![], warnings, refused };
    if scope == Scope::User {
        let state = app.env.state_dir()?;
        put_away(app, &state, args.dry_run, &mut done);
        if !args.no_plugin {
            put_plugin(app, &host, args.dry_run, &mut done)?;
            // Of the program that runs now, the hooks' own aside.
            let not_called = bundled::not_called(app).filter(|_| !args.dry_run && args.binary.is_none());
            done.warnings.extend(not_called.map(|(what, fix)| format!("the plugin: {what}; {fix}")));
        }
        done.warnings.extend(left_in_the_project(app, &paths));
    }
    let detached = |report: &Report| hooks::detached(&app.env, report, args.dry_run);
    done.warnings.extend(done.reports.iter().filter_map(detached));
    if wanted.strict == Strict::AsIs {
        let lost = done.reports.iter().filter(|report| report.changes.was_strict && !report.changes.strict);
        done.warnings.extend(lost.map(|report| {
            format!(
                "{}: {}: it is no longer strict; give `--strict` again once that client is updated",
                shown(&app.env, &report.path),
                cannot_block(wanted.version)
            )
        }));
    }
    for path in &paths {
        done.warnings.extend(about(app, path, &done.reports));
    }
    done.warnings.extend(not_in_force(app, args.dry_run));
    done.warnings.extend(hooks::open_to_others(&app.env, &app.env.state_dir()?).map(|(what, fix)| {
        format!(
            "{what}: what hooks go by may be theirs, so they ask about every call until that is mended: {fix}"
        )
    }));
    if !args.dry_run && scope == Scope::User {
        // What was edited is told in any case.
        done.refused.extend(snapshot::adopt(app).err());
    }
    tell(app, args, &host, &wanted, &done)?;
    end(app, &done.refused)
}

/// For a version without a single event of ours, all hooks would go, also those that work in the clients beside it.
fn knows_hooks(app: &App, host: &Host) -> Result<()> {
    if events(host.version).next().is_some() {
        return Ok(());
    }
    let whose = host.lowest().map(|client| format!(" ({})", shown(&app.env, &client.path)));
    let error = CliError::usage(format!(
        "Claude Code {}{} knows none of the hooks: the oldest version that does is {}",
        host.version,
        whose.as_deref().unwrap_or_default(),
        first_with_events()
    ));
    let error = error.why("nothing was changed, since hooks that are there may work in other clients");
    Err(match whose {
        Some(_) => error.fix(format!(
            "update that client, or name the version that counts: claudectl init --host-version {OLDEST}"
        )),
        None => error.fix(format!("name a later one: --host-version {OLDEST}")),
    })
}

/// Says what could not be edited.
fn end(app: &App, refused: &[CliError]) -> Result<()> {
    refused.iter().for_each(|error| app.ui.error(error));
    refused.first().map_or(Ok(()), |error| Err(CliError::told(error.kind)))
}

/// Edits every file, or none: a mistake in one is found before any is written. What fails only then costs that
/// file alone.
fn install(
    app: &App,
    paths: &[PathBuf],
    wanted: &Wanted,
    dry_run: bool,
) -> Result<(Vec<Report>, Vec<CliError>)> {
    let all = |dry_run: bool| -> Result<Vec<Result<Report>>> {
        let editing = hooks::editing(app, dry_run)?;
        let one = |path: &PathBuf| {
            settings::install(path, wanted, &editing).map_err(|error| hooks::refusal(&app.env, &error))
        };
        Ok(paths.iter().map(one).collect())
    };
    let would: Vec<Report> = all(true)?.into_iter().collect::<Result<_>>()?;
    if dry_run {
        return Ok((would, Vec::new()));
    }
    let (mut reports, mut refused) = (Vec::new(), Vec::new());
    for done in all(false)? {
        match done {
            Ok(report) => reports.push(report),
            Err(error) => refused.push(error),
        }
    }
    Ok((reports, refused))
}

/// What the person should know of what was asked for.
fn about_the_wish(wanted: &Wanted, scope: Scope) -> Vec<String> {
    let mut warnings = Vec::new();
    if wanted.strict == Strict::Yes && !wanted.blocks() {
        warnings.push(format!("{}: such a call goes ahead", cannot_block(wanted.version)));
    }
    if hooks::is_in_a_build(Path::new(&wanted.installation.binary)) {
        warnings.push(format!(
            "{} is in a folder of a build and will move or go; install it elsewhere and run `claudectl init` again",
            wanted.installation.binary
        ));
    }
    if scope == Scope::Project {
        warnings.push(
            "these settings are shared with everybody who works on the project, and the hooks name paths of this machine; `--scope local` keeps them to yourself".to_owned(),
        );
    }
    warnings
}

fn cannot_block(version: Version) -> String {
    format!("Claude Code {version} cannot block a call whose hook fails (`onFailure`, from {ON_FAILURE} on)")
}

/// What the person should know of a file that was strict, or is.
fn strictness(report: &Report, wanted: &Wanted) -> Option<String> {
    let (was, is) = (report.changes.was_strict, report.changes.strict);
    Some(match (is, was) {
        (true, true) if wanted.strict == Strict::AsIs => {
            "strict, as before: a tool call is blocked where its hook fails; `--no-strict` ends that"
                .to_owned()
        }
        (true, _) => "strict: a tool call is blocked where its hook fails".to_owned(),
        (false, true) if wanted.strict == Strict::No => {
            "no longer strict: a tool call goes ahead where its hook fails".to_owned()
        }
        _ => return None,
    })
}

/// Claude Code reads a project's shared settings in the folder that a session is started in, and nowhere above.
fn only_at_the_top(app: &App, scope: Scope, paths: &[PathBuf]) -> Option<String> {
    let top = paths.first()?.parent()?.parent()?;
    let below = scope == Scope::Project && app.env.cwd.as_deref() != Some(top);
    below.then(|| {
        format!(
            "these settings count for sessions started in {}, not in folders below it",
            shown(&app.env, top)
        )
    })
}

/// What the person should know of a file.
fn about(app: &App, path: &Path, reports: &[Report]) -> Vec<String> {
    let facts: Facts = settings::facts(path, &hooks::programs(&app.env)).ok().flatten().unwrap_or_default();
    let file = shown(&app.env, path);
    let mut warnings = Vec::new();
    if let Some(left) = &facts.left_out {
        warnings.push(format!(
            "{file}:{} has {}, and {SEEN_WITH} does not load a settings file with this, so nothing in it counts, hooks included; to correct it: {}",
            left.line, left.what, left.fix
        ));
    }
    match reports.iter().find(|report| report.path == path).map(|report| &report.changes.status_line) {
        Some(StatusLine::Odd) => {
            warnings.push(format!("the status line in {file} is no command and was left alone"));
        }
        Some(StatusLine::OtherForm) => warnings.push(hooks::other_form(&file)),
        _ => {}
    }
    warnings.extend(facts.plugins.iter().map(|plugin| switched_on(&file, plugin)));
    warnings
}

/// What the published tool left in the settings of the project that we are in, which an edit of the person's own
/// settings leaves there.
fn left_in_the_project(app: &App, edited: &[PathBuf]) -> Vec<String> {
    let Some(cwd) = app.env.cwd.as_deref() else { return Vec::new() };
    let programs = hooks::programs(&app.env);
    let (mut warnings, mut seen) = (Vec::new(), edited.to_vec());
    let mut tell = |path: PathBuf, fix: &str| {
        if seen.contains(&path) {
            return;
        }
        let facts = settings::facts(&path, &programs).ok().flatten().unwrap_or_default();
        let file = shown(&app.env, &path);
        if !facts.leftovers.is_empty() {
            let count = format::plural(facts.leftovers.len() as u64, "hook");
            warnings.push(format!("{file} still has {count} of the published claudectl; {fix}"));
        }
        warnings.extend(facts.plugins.iter().map(|plugin| switched_on(&file, plugin)));
        seen.push(path);
    };
    for scope in [Scope::Local, Scope::Project] {
        let fix = format!("to replace them: claudectl init{}", hooks::scope_flag(scope));
        for path in hooks::targets(app, scope).unwrap_or_default() {
            tell(path, &fix);
        }
    }
    // Of a folder below the top of a checkout, which no scope means.
    for source in project_sources(cwd, &programs) {
        tell(source.path, "take them out by hand");
    }
    warnings
}

fn switched_on(file: &str, plugin: &str) -> String {
    format!(
        "{file} switches on the plugin {plugin}, which is the published claudectl's; to remove it: claude plugin uninstall {plugin}"
    )
}

/// Our hooks are in the files and yet would not run here.
fn not_in_force(app: &App, dry_run: bool) -> Vec<String> {
    // Of a project's settings it can be told without any of the person's.
    let roots = hooks::user_roots(app).unwrap_or_default();
    if dry_run {
        return Vec::new();
    }
    let survey = settings::survey(&roots, &managed_files(), &hooks::programs(&app.env));
    let cause = |root: &PathBuf| match survey.in_force(root, app.env.cwd.as_deref()) {
        InForce::Installed | InForce::Absent { cause: Cause::NotInstalled } => None,
        InForce::Absent { cause } => Some(format!("hooks do not run in this folder: {cause}")),
    };
    let mut causes: Vec<String> = roots.iter().filter_map(cause).collect();
    causes.dedup();
    causes
}

/// Moves the published tool's plugin folders into the state folder. One that stays is no reason to keep quiet about
/// the edits: no version of Claude Code loads it.
fn put_away(app: &App, state: &Path, dry_run: bool, done: &mut Done) {
    let roots = hooks::user_roots(app).unwrap_or_default();
    for plugin in roots.iter().filter_map(|root| settings::plugin(root)) {
        let moved = if dry_run { Ok(None) } else { plugin.put_away(state, app.now).map(Some) };
        match moved {
            Ok(to) => done.plugins.push((plugin, to)),
            Err(error) => {
                let path = shown(&app.env, &plugin.path);
                let left = match &error {
                    PutAwayError::NotMoved { source, .. } => format!("could not be moved away ({source})"),
                    PutAwayError::NotRemoved { copy, source, .. } => {
                        format!("was copied to {}, and yet is there ({source})", shown(&app.env, copy))
                    }
                };
                done.warnings.push(format!(
                    "the published claudectl's plugin {path} {left}; the hooks are installed, and it does no harm; to be rid of it, remove that folder"
                ));
                done.plugins.push((plugin, None));
            }
        }
    }
}

/// Puts our own plugin into each configuration folder. Where it cannot be, the hooks are installed all the same.
fn put_plugin(app: &App, host: &Host, dry_run: bool, done: &mut Done) -> Result<()> {
    let state = app.env.state_dir()?;
    for root in hooks::user_roots(app)? {
        match plugin::install(&root, &BUNDLE, Placing { state: &state, now: app.now, dry_run }) {
            Ok(report) => done.own_plugin.push(report),
            Err(error) => done.refused.push(bundled::refusal(&app.env, &error)),
        }
    }
    done.warnings.extend(done.own_plugin.iter().filter_map(|report| bundled::warning(&app.env, report)));
    if host.known && host.version < PLUGIN_FOLDERS {
        let whose = host.lowest().map(|client| format!(" ({})", shown(&app.env, &client.path)));
        done.warnings.push(format!(
            "Claude Code {}{} does not load plugins from folders, and passes this one over: {PLUGIN_FOLDERS} and later do",
            host.version,
            whose.unwrap_or_default()
        ));
    }
    if !dry_run && done.own_plugin.iter().any(|report| report.outcome != plugin::Outcome::Foreign) {
        done.warnings.extend(kept_out(app)?);
    }
    Ok(())
}

/// Why the plugin is not loaded, where it stands in its folder and yet is not.
fn kept_out(app: &App) -> Result<Option<String>> {
    let roots = hooks::user_roots(app)?;
    let survey = settings::survey(&roots, &managed_files(), &hooks::programs(&app.env));
    let cause = roots.iter().find_map(|root| survey.plugin_kept_out(root, app.env.cwd.as_deref()));
    Ok(cause.map(|cause| {
        format!("the plugin is not loaded in this folder: {}", hooks::shortened(&app.env, &cause))
    }))
}

fn tell(app: &mut App, args: &Args, host: &Host, wanted: &Wanted, done: &Done) -> Result<()> {
    for warning in &done.warnings {
        app.ui.warn(warning);
    }
    if app.ui.json {
        let document = document(args, host, wanted, done);
        return app.ui.document(&document);
    }
    let said = host.says(&app.env);
    let form = if wanted.version >= EXEC_FORM { "without a shell" } else { "by the shell" };
    let count = format::plural(events(wanted.version).count() as u64, "event");
    app.ui.line(&clean(&format!("{count}, called {form}: {said}.")));
    for report in &done.reports {
        hooks::print_report(app, report, args.dry_run);
        if let Some(line) = strictness(report, wanted) {
            app.ui.line(&format!("  {line}"));
        }
    }
    for (plugin, to) in &done.plugins {
        let path = shown(&app.env, &plugin.path);
        let line = match to {
            None if !args.dry_run => continue,
            Some(to) => format!("{path}: the published claudectl's plugin, moved to {}", shown(&app.env, to)),
            None => format!("{path}: the published claudectl's plugin, would be moved into the state folder"),
        };
        app.ui.line(&clean(&line));
    }
    for report in &done.own_plugin {
        bundled::print_report(app, report, args.dry_run);
    }
    let made_folder =
        done.reports.iter().find(|report| report.made_folder).and_then(|report| report.path.parent());
    let taken_up = match made_folder {
        _ if args.dry_run => {
            app.ui.line("Nothing was changed (dry run).");
            return Ok(());
        }
        // As seen with Claude Code 2.1.330: a folder that comes into being is noticed, one in another's place is not.
        Some(folder) => format!(
            "Running sessions take up the hooks within seconds, but for those that began with another {} there.",
            shown(&app.env, folder)
        ),
        None => "Running sessions take up the hooks within seconds.".to_owned(),
    };
    app.ui.line(&clean(&format!(
        "{taken_up} `claudectl doctor` checks it, `claudectl uninstall{}` takes it out.",
        hooks::scope_flag(args.scope.scope())
    )));
    Ok(())
}

fn document(args: &Args, host: &Host, wanted: &Wanted, done: &Done) -> Value {
    let plugins: Vec<Value> = done
        .plugins
        .iter()
        .map(|(plugin, to)| {
            json!({
                "path": plugin.path.display().to_string(),
                "moved_to": to.as_ref().map(|to| to.display().to_string()),
            })
        })
        .collect();
    let file = |report: &Report| {
        let mut file = hooks::report_json(report, args.dry_run);
        file["strict"] = report.changes.strict.into();
        file["was_strict"] = report.changes.was_strict.into();
        file
    };
    json!({
        "dry_run": args.dry_run,
        "scope": args.scope.scope().name(),
        "host": host.json(),
        "form": if wanted.version >= EXEC_FORM { "exec" } else { "shell" },
        "strict": done.reports.iter().any(|report| report.changes.strict),
        "events": events(wanted.version).map(|event| event.name).collect::<Vec<_>>(),
        "binary": wanted.installation.binary,
        "home": wanted.installation.home,
        "config": wanted.installation.config,
        "files": done.reports.iter().map(file).collect::<Vec<_>>(),
        "plugins": plugins,
        "plugin": done.own_plugin.iter().map(bundled::report_json).collect::<Vec<_>>(),
        "warnings": done.warnings,
    })
}
