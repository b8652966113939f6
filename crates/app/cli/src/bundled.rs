//! The plugin for Claude Code that the program carries with it (`plugin/` at the top of the tree), and how what becomes
//! of it is told. Where it goes is `agents::plugin`'s.

use std::path::Path;

use claudectl_agents::plugin::{Bundle, Outcome, PluginError, Report};
use serde_json::{Value, json};

use crate::app::App;
use crate::env::Env;
use crate::env::shown;
use crate::error::CliError;
use crate::hooks;
use crate::ui::{Style, clean};

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../plugin/", $path)))),*]
    };
}

/// The plugin, with the version of the program: its manifest says the same, or a test fails.
pub(crate) const BUNDLE: Bundle = Bundle {
    version: env!("CARGO_PKG_VERSION"),
    files: files![
        ".claude-plugin/plugin.json",
        "agents/supervisor.md",
        "commands/auto-insights.md",
        "commands/brain-stats.md",
        "commands/brain.md",
        "commands/gate.md",
        "commands/health.md",
        "commands/report.md",
        "commands/search.md",
        "commands/sessions.md",
        "commands/spend.md",
        "skills/session-supervision/SKILL.md",
    ],
};

/// Its commands, as they are typed.
pub(crate) fn commands() -> Vec<String> {
    let name = |path: &str| {
        let name = path.strip_prefix("commands/")?.strip_suffix(".md")?;
        Some(format!("/claudectl:{name}"))
    };
    BUNDLE.files.iter().filter_map(|(path, _)| name(path)).collect()
}

/// A plugin folder that is as it was.
pub(crate) fn refusal(env: &Env, error: &PluginError) -> CliError {
    let what = hooks::shortened(env, &error.to_string());
    let refused = CliError::external(format!("the plugin: {what}"));
    let refused = match std::error::Error::source(error) {
        Some(source) => refused.why(source),
        None => refused,
    };
    refused.fix("check the owner and mode of that folder and of those above it")
}

/// What is wrong, and what to do, where `claudectl`, by which the plugin's commands call us, leads elsewhere.
pub(crate) fn not_called(app: &App) -> Option<(String, String)> {
    let own = app.env.executable.as_ref()?.canonicalize().ok()?;
    let Some(found) = hooks::found(&app.env, Path::new("claudectl")) else {
        let fix = format!("put the folder of {} on the PATH, or link it there", shown(&app.env, &own));
        return Some(("its commands call `claudectl`, which is not on the PATH".to_owned(), fix));
    };
    (found.canonicalize().ok()? != own).then(|| {
        let message = format!("its commands call {}, which is another claudectl", shown(&app.env, &found));
        (message, format!("let `claudectl` on the PATH be {}", shown(&app.env, &own)))
    })
}

/// What the person should know.
pub(crate) fn warning(env: &Env, report: &Report) -> Option<String> {
    let path = shown(env, &report.path);
    match report.outcome {
        Outcome::Foreign => Some(format!(
            "{path} is not from `claudectl init`, so the plugin is not installed; move it away, and run `claudectl init` again"
        )),
        Outcome::Kept | Outcome::Updated if !report.edited.is_empty() => {
            let edited = report.edited.join(", ");
            Some(match (&report.backup, report.outcome) {
                (Some(backup), _) => format!(
                    "{path} had been changed ({edited}), and is new now; as you had it, it is in {}",
                    shown(env, backup)
                ),
                (None, Outcome::Kept) => {
                    format!(
                        "{path} has been changed ({edited}) and stays so; to have it as it was, remove the folder and run `claudectl init` again"
                    )
                }
                (None, _) => format!(
                    "{path} has been changed ({edited}); it would be moved into the state folder, and a new one made"
                ),
            })
        }
        Outcome::Absent
        | Outcome::Unchanged
        | Outcome::Kept
        | Outcome::Created
        | Outcome::Updated
        | Outcome::Removed => None,
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Absent => "absent",
        Outcome::Foreign => "foreign",
        Outcome::Unchanged => "unchanged",
        Outcome::Kept => "kept",
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Removed => "removed",
    }
}

/// A report for machines.
pub(crate) fn report_json(report: &Report) -> Value {
    json!({
        "path": report.path.display().to_string(),
        "outcome": word(report.outcome),
        "version": BUNDLE.version,
        "was": report.was,
        "edited": report.edited,
        "backup": report.backup.as_ref().map(|path| path.display().to_string()),
    })
}

/// What was done, or would be, in a line or two.
pub(crate) fn print_report(app: &mut App, report: &Report, dry_run: bool) {
    let would = if dry_run { "would be " } else { "" };
    let version = BUNDLE.version;
    let was = report.was.as_deref().filter(|was| *was != version);
    let sentence = match report.outcome {
        Outcome::Absent | Outcome::Foreign => return,
        Outcome::Unchanged => "the plugin, nothing to change".to_owned(),
        Outcome::Kept => "the plugin, left as you have changed it".to_owned(),
        Outcome::Created => format!("{would}made; the plugin, version {version}"),
        Outcome::Updated => {
            let was = was.map(|was| format!(", from {was}")).unwrap_or_default();
            format!("{would}brought up to date; the plugin, version {version}{was}")
        }
        Outcome::Removed if report.edited.is_empty() => format!("{would}removed; the plugin"),
        Outcome::Removed => {
            let to = match &report.backup {
                Some(backup) => shown(&app.env, backup),
                None => "the state folder".to_owned(),
            };
            format!("{would}moved to {to}, as you had changed it; the plugin")
        }
    };
    let path = app.ui.paint(Style::Name, &clean(&shown(&app.env, &report.path)));
    app.ui.line(&format!("{path}: {}", clean(&sentence)));
    if matches!(report.outcome, Outcome::Created | Outcome::Updated) {
        app.ui.line(&format!("  {}", commands().join(", ")));
        app.ui.line("  sessions that start from now on have it; in one that runs: /reload-plugins");
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn top() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../plugin")
    }

    fn walk(folder: &Path, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, names);
            } else {
                names.push(path.strip_prefix(top()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn the_table_is_the_folder() {
        let mut names = Vec::new();
        walk(&top(), &mut names);
        names.sort();
        let table: Vec<&str> = BUNDLE.files.iter().map(|(path, _)| *path).collect();
        assert_eq!(table, names);
    }

    #[test]
    fn the_manifest_has_the_programs_version_and_nothing_that_runs() {
        let (path, manifest) = BUNDLE.files[0];
        assert_eq!(path, ".claude-plugin/plugin.json");
        let manifest: Value = serde_json::from_str(manifest).unwrap();
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(manifest["name"], claudectl_agents::plugin::NAME);
        for key in ["hooks", "mcpServers", "lspServers", "settings", "monitors"] {
            assert_eq!(manifest.get(key), None, "{key}");
        }
        let kinds = [".claude-plugin/", "agents/", "commands/", "skills/"];
        for (path, _) in BUNDLE.files {
            assert!(kinds.iter().any(|kind| path.starts_with(kind)), "{path}");
        }
    }
}
