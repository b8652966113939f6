//! `claudectl uninstall`: hooks and status line out of Claude Code's settings again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use claudectl_agents::plugin::{self, Placing, Standing};
use claudectl_agents::settings::{self, Outcome, Report, Scope, StatusLine};
use serde_json::json;

use crate::app::App;
use crate::bundled::{self, BUNDLE};
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::hooks::{self, ScopeArg};

/// Take claudectl's hooks and status line out of Claude Code's settings, and its plugin away.
///
/// A file in which nothing else has changed since `claudectl init` gets back the very bytes that it had. From any
/// other, claudectl's entries are taken out, with what stands inside them and the empty lists and objects that
/// `claudectl init` had made; where no record tells, `hooks` stays. What the published claudectl had left does not come back.
/// The plugin's folder goes after them; what you have changed in it is moved into claudectl's state folder.
/// Where the settings cannot be edited, it stays beside them: running it again completes it.
/// A `.claude` folder stays, whoever made it: sessions that run watch it.
/// claudectl's own state and configuration stay; `claudectl config path` names them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose settings to edit.
    #[arg(long, value_enum, default_value_t, value_name = "SCOPE")]
    scope: ScopeArg,
    /// All scopes, and every file that `claudectl init` ever edited.
    #[arg(long, conflicts_with = "scope")]
    all: bool,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let editing = hooks::editing(app, args.dry_run)?;
    let paths = if args.all { everywhere(app)? } else { hooks::targets(app, args.scope.scope())? };
    let mut reports = Vec::new();
    let mut refused = Vec::new();
    let (mut edited, mut left) = (BTreeSet::new(), BTreeSet::new());
    for path in &paths {
        match settings::uninstall(path, &editing) {
            Ok(report) => {
                reports.push(report);
                edited.extend(path.parent());
            }
            // One that cannot be edited is no reason to leave ours in the others.
            Err(error) => {
                refused.push(hooks::refusal(&app.env, &error));
                left.extend(path.parent());
            }
        }
    }
    if args.all || args.scope.scope() == Scope::User {
        left.iter().filter_map(|root| stays(app, root)).for_each(|warning| app.ui.warn(&warning));
    } else {
        edited.clear();
    }
    let plugins = take_plugins(app, args.dry_run, edited.difference(&left).copied(), &mut refused)?;
    tell(app, args, &reports, &plugins)?;
    let failed = !refused.is_empty();
    for error in refused {
        app.ui.error(&error);
    }
    if failed { Err(CliError::told(Kind::External)) } else { Ok(()) }
}

/// What is said of a plugin beside settings that were refused: without it, hooks alone would be there.
fn stays(app: &App, root: &Path) -> Option<String> {
    let found = plugin::standing(root, &BUNDLE).ok()?;
    matches!(found, Standing::Ours(_)).then(|| {
        let place = shown(&app.env, &plugin::folder(root));
        format!("{place} stays with the hooks; run this again when the settings beside it can be edited")
    })
}

/// Takes our plugin out of these folders: `init` puts it beside a person's own settings, and nowhere else.
fn take_plugins<'r>(
    app: &App,
    dry_run: bool,
    roots: impl Iterator<Item = &'r Path>,
    refused: &mut Vec<CliError>,
) -> Result<Vec<plugin::Report>> {
    let state = app.env.state_dir()?;
    let placing = Placing { state: &state, now: app.now, dry_run };
    let mut reports = Vec::new();
    for root in roots {
        match plugin::remove(root, &BUNDLE, placing) {
            Ok(report) => reports.push(report),
            Err(error) => refused.push(bundled::refusal(&app.env, &error)),
        }
    }
    reports.retain(|report| report.outcome == plugin::Outcome::Removed);
    Ok(reports)
}

/// The files of every scope, and those that records of edits name.
fn everywhere(app: &App) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for scope in [Scope::User, Scope::Project, Scope::Local] {
        paths.extend(hooks::targets(app, scope)?);
    }
    let records = hooks::editing(app, true)?.backups.records();
    paths.extend(records.into_iter().map(|(_, record)| record.path));
    let mut seen = Vec::new();
    paths.retain(|path| {
        let new = !seen.contains(path);
        seen.push(path.clone());
        new
    });
    Ok(paths)
}

fn tell(app: &mut App, args: &Args, reports: &[Report], plugins: &[plugin::Report]) -> Result<()> {
    for report in reports.iter().filter(|report| report.changes.status_line == StatusLine::OtherForm) {
        app.ui.warn(&hooks::other_form(&shown(&app.env, &report.path)));
    }
    for warning in reports.iter().filter_map(|report| hooks::detached(&app.env, report, args.dry_run)) {
        app.ui.warn(&warning);
    }
    if app.ui.json {
        let files: Vec<_> = reports.iter().map(|report| hooks::report_json(report, args.dry_run)).collect();
        let scope = if args.all { "all" } else { args.scope.scope().name() };
        let plugins: Vec<_> = plugins.iter().map(bundled::report_json).collect();
        return app
            .ui
            .document(&json!({"dry_run": args.dry_run, "scope": scope, "files": files, "plugin": plugins}));
    }
    let changed: Vec<&Report> =
        reports.iter().filter(|report| report.outcome != Outcome::Unchanged).collect();
    let left = reports.iter().any(|report| report.changes.status_line == StatusLine::OtherForm);
    if changed.is_empty() && plugins.is_empty() && !reports.is_empty() && !left {
        let paths: Vec<String> = reports.iter().map(|report| shown(&app.env, &report.path)).collect();
        app.ui.line(&crate::ui::clean(&format!("Nothing of claudectl is in {}.", paths.join(", "))));
    }
    for report in changed {
        hooks::print_report(app, report, args.dry_run);
        if report.outcome == Outcome::Edited {
            app.ui.line("  it means what it meant; its bytes are not those from before `claudectl init`, because it has changed since, or held what the published claudectl left");
        }
    }
    for report in plugins {
        bundled::print_report(app, report, args.dry_run);
    }
    if args.dry_run {
        app.ui.line("Nothing was changed (dry run).");
    }
    Ok(())
}
