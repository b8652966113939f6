//! What `init`, `uninstall` and `doctor` share: which settings files a scope means, which program and which
//! Claude Code to go by, and how an edit is told.

use std::path::{Path, PathBuf};

use claudectl_agents::checkout;
use claudectl_agents::host::{self, Client, Version, is_program};
use claudectl_agents::processes::System;
use claudectl_agents::settings::{
    Backups, Editing, Flaw, Installation, Outcome, Programs, Report, SEEN_WITH, Scope, SettingsError,
    StatusLine,
};
use claudectl_redact::redact;
use claudectl_store::owner::{Others, others};
use claudectl_store::snapshot::{may_write, to_own};
use serde_json::{Value, json};

use crate::app::App;
use crate::diff;
use crate::env::Env;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::ui::{Style, clean};

/// Which settings to edit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ScopeArg {
    /// Yours: `settings.json` in each of Claude Code's configuration folders.
    #[default]
    User,
    /// The project's, shared with others: `.claude/settings.json`.
    Project,
    /// Yours for this project: `.claude/settings.local.json`.
    Local,
}

impl ScopeArg {
    pub(crate) fn scope(self) -> Scope {
        match self {
            Self::User => Scope::User,
            Self::Project => Scope::Project,
            Self::Local => Scope::Local,
        }
    }
}

/// How a command is told the scope; nothing for the usual one.
pub(crate) fn scope_flag(scope: Scope) -> String {
    match scope {
        Scope::User | Scope::Managed => String::new(),
        Scope::Project | Scope::Local => format!(" --scope {}", scope.name()),
    }
}

/// The settings files of a scope.
pub(crate) fn targets(app: &App, scope: Scope) -> Result<Vec<PathBuf>> {
    if scope == Scope::User {
        return Ok(user_roots(app)?.iter().map(|root| scope.file(root)).collect());
    }
    let cwd = app.env.cwd.as_ref().ok_or_else(|| {
        CliError::external("there is no working folder to find the project by")
            .fix("change to a folder that exists")
    })?;
    let top = checkout::of(cwd).map_or_else(|| cwd.clone(), |checkout| checkout.root);
    Ok(vec![scope.file(&top)])
}

/// The configuration folders that are there; where there is none, the one that Claude Code would make.
pub(crate) fn user_roots(app: &App) -> Result<Vec<PathBuf>> {
    let mut roots: Vec<PathBuf> =
        app.claude_roots().into_iter().filter_map(|root| app.env.absolute(root)).collect();
    let first = roots.first().cloned().ok_or_else(|| {
        CliError::usage("there is no place for Claude Code's settings")
            .why("neither HOME nor CLAUDE_CONFIG_DIR is set")
            .fix("set one of them")
    })?;
    roots.retain(|root| root.is_dir());
    Ok(if roots.is_empty() { vec![first] } else { roots })
}

/// How to edit.
pub(crate) fn editing(app: &App, dry_run: bool) -> Result<Editing> {
    let backups = Backups::of(&app.env.state_dir()?);
    let home = app.env.home.as_deref().and_then(Path::to_str).map(str::to_owned);
    Ok(Editing { backups, programs: programs(&app.env), home, now: app.now, dry_run })
}

/// Which programs are claudectl: this one, and those that earlier installations named.
pub(crate) fn programs(env: &Env) -> Programs {
    let own = own_binary(env).ok().and_then(|path| path.to_str().map(str::to_owned));
    let named = env.state_dir().map(|state| Backups::of(&state).programs()).unwrap_or_default();
    Programs::new(own.into_iter().chain(named))
}

/// What to say of a status line that calls claudectl otherwise than `init` has it.
pub(crate) fn other_form(file: &str) -> String {
    format!(
        "the status line in {file} calls claudectl, but not as `claudectl init` writes it, and is left alone: change it by hand"
    )
}

/// What to say of a file that has other names on the disk: a whole new text under one name is not theirs.
pub(crate) fn detached(env: &Env, report: &Report, dry_run: bool) -> Option<String> {
    let keep = if dry_run { "would keep" } else { "keep" };
    let file = shown(env, &report.path);
    report.detached.then(|| {
        format!(
            "{file} is one of several names of a file (hard links); the others {keep} the text from before: link them anew, or let one be a symbolic link to the other"
        )
    })
}

/// What is wrong with a file or folder of state that others may change, and what to do: whoever can, changes verdicts.
pub(crate) fn open_to_others(env: &Env, path: &Path) -> Option<(String, String)> {
    let who = others(&path.metadata().ok()?)?;
    let path = PathBuf::from(shown(env, path));
    Some(match who {
        Others::Owner(_) => (may_write(&path, who), to_own(&path, who)),
        Others::Mode => {
            (format!("others may WRITE {}", path.display()), format!("chmod go-rwx {}", path.display()))
        }
    })
}

/// Which program the hooks call, with which state and which configuration. A hook trusts no environment, since
/// a repository can set it, so all of these stand in its arguments.
pub(crate) fn installation(app: &App, binary: Option<&Path>) -> Result<Installation> {
    let config = app.config_file.clone().ok_or_else(|| {
        CliError::usage("there is no place for a configuration file")
            .fix("set HOME or XDG_CONFIG_HOME, or name one: --config FILE")
    })?;
    let binary = match binary {
        Some(named) => app.env.absolute(named.to_owned()).unwrap_or_else(|| named.to_owned()),
        None => own_binary(&app.env)?,
    };
    if !is_program(&binary) {
        return Err(CliError::usage(format!("{} is not an executable file", shown(&app.env, &binary)))
            .why("the hooks would call it"));
    }
    Ok(Installation { binary: text(&binary)?, home: text(&app.env.state_dir()?)?, config: text(&config)? })
}

/// Settings are UTF-8.
fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        CliError::usage(format!("{} cannot be written into settings", path.display()))
            .why("its name is not UTF-8")
            .fix("move it to a path that is")
    })
}

/// Our own program, by the name it was called by, if that leads to it: package managers keep a link at one place
/// (`/opt/homebrew/bin/claudectl`) that leads to the installed version, and the file behind it is gone with the
/// next one.
pub(crate) fn own_binary(env: &Env) -> Result<PathBuf> {
    let executable = env
        .executable
        .clone()
        .ok_or_else(|| CliError::new(Kind::Internal, "claudectl cannot tell where its own program is"))?;
    let called = env.program.as_ref().and_then(|program| match program.components().count() {
        0 => None,
        1 if !program.is_absolute() => found(env, program),
        _ => env.absolute(program.clone()),
    });
    let leads_here = |path: &PathBuf| {
        let plain = path.components().all(|part| part != std::path::Component::ParentDir);
        plain && path.canonicalize().ok() == executable.canonicalize().ok()
    };
    // Collecting the parts drops `.` between them.
    Ok(called.map(|path| path.components().collect()).filter(leads_here).unwrap_or(executable))
}

/// The program that a name on the command line leads to.
pub(crate) fn found(env: &Env, name: &Path) -> Option<PathBuf> {
    let folders = env.search_path.as_ref()?;
    std::env::split_paths(folders)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|path| is_program(path))
}

/// In a folder of a build, where the next build or `cargo clean` takes it away.
pub(crate) fn is_in_a_build(binary: &Path) -> bool {
    let folders: Vec<_> = binary.iter().collect();
    let at = folders.iter().position(|folder| *folder == "target");
    at.is_some_and(|at| folders[at..].iter().any(|folder| *folder == "debug" || *folder == "release"))
}

/// The Claude Code to go by.
#[derive(Debug)]
pub(crate) struct Host {
    /// The lowest version of what may run; that of the oldest supported one if none is found.
    pub(crate) version: Version,
    /// Whether it was found or named, rather than assumed.
    pub(crate) known: bool,
    /// What may run here; not looked for where the version is named.
    pub(crate) clients: Vec<Client>,
}

impl Host {
    pub(crate) fn find(app: &App) -> Self {
        let env = &app.env;
        let clients =
            host::clients(env.search_path.as_deref(), env.home.as_deref(), &app.claude_roots(), &System);
        let lowest = host::lowest(&clients);
        Self { version: lowest.unwrap_or(host::OLDEST), known: lowest.is_some(), clients }
    }

    pub(crate) fn named(version: Version) -> Self {
        Self { version, known: true, clients: Vec::new() }
    }

    /// The client that the version is of.
    pub(crate) fn lowest(&self) -> Option<&Client> {
        let is_lowest = |client: &&Client| host::lowest(std::slice::from_ref(*client)) == Some(self.version);
        self.clients.iter().find(is_lowest)
    }

    /// What the version rests on.
    pub(crate) fn says(&self, env: &Env) -> String {
        let version = self.version;
        if !self.known {
            return format!(
                "no Claude Code was found: written for {version}, the oldest supported version, with what every later one knows"
            );
        }
        let lowest = self.lowest();
        let newest = self.clients.iter().filter_map(|client| client.version.as_ref().ok()).max();
        let whose = lowest.map(|client| {
            let kind = if client.running { "a session that runs, " } else { "" };
            format!(" ({kind}{})", shown(env, &client.path))
        });
        let why = match newest {
            Some(newest) if *newest > version => {
                format!(", the lowest of what may run here; the newest is {newest}")
            }
            _ => String::new(),
        };
        format!("written for Claude Code {version}{}{why}", whose.unwrap_or_default())
    }

    /// Clients that were left out because nobody knows what they know.
    pub(crate) fn untold(&self, env: &Env) -> Vec<String> {
        let untold = |client: &Client| {
            let reason = client.version.as_ref().err()?;
            let path = shown(env, &client.path);
            Some(match reason {
                host::Untold::Unnamed => format!("{path}: {reason}; taken for {}", host::OLDEST),
                _ => format!("{path} is left out: {reason}"),
            })
        };
        self.clients.iter().filter_map(untold).collect()
    }

    pub(crate) fn json(&self) -> Value {
        let client = |client: &Client| {
            json!({
                "path": client.path.display().to_string(),
                "running": client.running,
                "version": client.version.as_ref().ok().map(ToString::to_string),
                "reason": client.version.as_ref().err().map(ToString::to_string),
            })
        };
        json!({
            "version": self.version.to_string(),
            "known": self.known,
            "clients": self.clients.iter().map(client).collect::<Vec<_>>(),
        })
    }
}

/// A settings file that was left as it is.
pub(crate) fn refusal(env: &Env, error: &SettingsError) -> CliError {
    let what = shortened(env, &error.to_string());
    match error {
        SettingsError::Flawed { path, source } => flawed(env, path, source),
        SettingsError::Unreadable { source, .. } => {
            CliError::external(what).why(source).fix("check the owner and mode of the file and its folders")
        }
        SettingsError::NotAFile { .. } => CliError::external(what).fix("move it away"),
        SettingsError::LinkToNothing { .. } => {
            CliError::external(what).fix("make the file it leads to, or remove the link")
        }
        SettingsError::TooLarge { .. } => {
            CliError::external(what).why("settings are never that large, so it is left alone")
        }
        SettingsError::NotText { line, .. } => CliError::external(what)
            .why(format!("line {line} has other bytes, which an edit could not keep; it was left as it is"))
            .fix("save it as UTF-8"),
        SettingsError::ReadOnly { path } => CliError::external(what)
            .why("somebody took away the permission to write it")
            .fix(format!("chmod u+w {}", shown(env, path))),
        SettingsError::Write { source, .. } => CliError::external(what)
            .why(format!("{source}; it is as it was"))
            .fix("check the mode of its folder, and the space on the disk"),
        SettingsError::Backup { file, source, .. } => CliError::external(what)
            .why(format!("{source}; {} was left as it is", shown(env, file)))
            .fix("check the folder's owner and mode, and the space on its disk, or set CLAUDECTL_HOME to another one; then run this again"),
        SettingsError::Restless { .. } => CliError::external(what)
            .why("it was a different file each time it was about to be replaced")
            .fix("try again when that program is done"),
    }
}

/// A sentence with `~` in place of the home folder, wherever a path stands in it.
pub(crate) fn shortened(env: &Env, text: &str) -> String {
    env.short_path(text).replace(&home_text(env), "~/")
}

/// The home folder as it begins a path; never empty.
fn home_text(env: &Env) -> String {
    let home = env.home.as_ref().map(|home| format!("{}/", home.display()));
    home.filter(|home| home.len() > 1).unwrap_or_else(|| "\0".to_owned())
}

fn flawed(env: &Env, path: &Path, flaw: &Flaw) -> CliError {
    let file = shown(env, path);
    let at = flaw.place().map(|(line, column)| format!("{file}:{line}:{column}"));
    let at = at.unwrap_or_else(|| file.clone());
    match flaw {
        // Nothing is said of Claude Code, which loads such text.
        Flaw::Syntax(error) if error.by_the_letter => {
            CliError::external(format!("{at}: claudectl cannot edit this without risk"))
                .why(format!("{}; it was left as it is", error.message))
                .fix("write it in another way")
        }
        Flaw::Syntax(error) => CliError::external(format!("{at} is not JSON"))
            .why(format!("{}; it was left as it is", error.message))
            .fix(format!("correct it by hand; {SEEN_WITH} does not load it either")),
        Flaw::WrongType { key, expected, .. } if key.is_empty() => {
            CliError::external(format!("{at}: settings have to be {expected}"))
                .why("it holds another kind of value; it was left as it is")
                .fix("correct it by hand, or move it away")
        }
        Flaw::WrongType { key, expected, .. } => {
            CliError::external(format!("{at}: `{key}` has to be {expected}"))
                .why("it is another kind of value, which cannot hold hooks; the file was left as it is")
                .fix("correct it by hand")
        }
        Flaw::Unsafe => CliError::new(Kind::Internal, format!("{at} cannot be edited without damage"))
            .why("the edit would have changed more than claudectl's own entries; it was left as it is"),
    }
}

/// A report for machines.
pub(crate) fn report_json(report: &Report, dry_run: bool) -> Value {
    let changes = &report.changes;
    let leftovers: Vec<Value> = changes
        .leftovers
        .iter()
        .map(|(event, command)| json!({"event": event, "command": masked(command)}))
        .collect();
    let (status_line, command) = status_words(&changes.status_line);
    json!({
        "path": report.path.display().to_string(),
        "outcome": outcome_word(report.outcome),
        "added": changes.added,
        "updated": changes.updated,
        "removed": changes.removed,
        "leftovers": leftovers,
        "status_line": status_line,
        "status_line_command": command.map(masked),
        "backup": report.backup.as_ref().map(|path| path.display().to_string()),
        "diff": dry_run.then(|| redacted_diff(report)),
    })
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Created => "created",
        Outcome::Edited => "edited",
        Outcome::Restored => "restored",
        Outcome::Deleted => "deleted",
    }
}

/// What becomes of the status line, and the person's own command.
fn status_words(line: &StatusLine) -> (&'static str, Option<&str>) {
    match line {
        StatusLine::Left => ("left", None),
        StatusLine::Odd => ("odd", None),
        StatusLine::Installed => ("installed", None),
        StatusLine::Wrapped(theirs) => ("wrapped", Some(theirs)),
        StatusLine::Removed(theirs) => ("removed", theirs.as_deref()),
        StatusLine::Updated => ("updated", None),
        StatusLine::OtherForm => ("other-form", None),
    }
}

/// Without secrets: settings may hold keys, and commands passwords.
pub(crate) fn masked(text: &str) -> String {
    redact(text).text.into_owned()
}

fn redacted_diff(report: &Report) -> Vec<String> {
    // As whole texts, since a secret may take more than a line.
    diff::unified(&masked(&report.before), &masked(&report.after))
}

/// What an edit did, or would do, in a line or two; of a dry run the diff, too.
pub(crate) fn print_report(app: &mut App, report: &Report, dry_run: bool) {
    let path = app.ui.paint(Style::Name, &clean(&shown(&app.env, &report.path)));
    app.ui.line(&format!("{path}: {}", sentence(report, dry_run)));
    for (event, command) in &report.changes.leftovers {
        let line = format!("  takes out what the published claudectl left: {event}: {}", masked(command));
        app.ui.line(&clean(&line));
    }
    if let Some(backup) = &report.backup {
        let line = format!("  as it was before: {}", clean(&shown(&app.env, backup)));
        let line = app.ui.paint(Style::Faint, &line);
        app.ui.line(&line);
    }
    if dry_run {
        for line in redacted_diff(report) {
            let style = match line.as_bytes().first() {
                Some(b'+') => Style::Good,
                Some(b'-') => Style::Alarm,
                Some(b'@') => Style::Faint,
                _ => Style::Plain,
            };
            let line = app.ui.paint(style, &clean(&line));
            app.ui.line(&line);
        }
    }
}

fn sentence(report: &Report, dry_run: bool) -> String {
    let would = if dry_run { "would be " } else { "" };
    let outcome = match report.outcome {
        Outcome::Unchanged => return "nothing to change".to_owned(),
        Outcome::Created => "made",
        Outcome::Edited => "edited",
        Outcome::Restored => "given back the bytes it had before `claudectl init`",
        Outcome::Deleted => "deleted: `claudectl init` had made it, and nothing else is in it",
    };
    let changes = &report.changes;
    let events = |verb: &str, events: &[String]| match events.len() {
        0 => None,
        count => Some(format!("{verb} {}", format::plural(count as u64, "event"))),
    };
    let status_line = match &changes.status_line {
        StatusLine::Left | StatusLine::Odd | StatusLine::OtherForm => None,
        StatusLine::Installed => Some("the status line"),
        StatusLine::Wrapped(_) => Some("the status line, around your own"),
        StatusLine::Updated => Some("the status line, updated"),
        StatusLine::Removed(None) => Some("without the status line"),
        StatusLine::Removed(Some(_)) => Some("your own status line again"),
    };
    let parts: Vec<String> = [
        events("hooks added for", &changes.added),
        events("updated for", &changes.updated),
        events("taken out of", &changes.removed),
        status_line.map(str::to_owned),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("{would}{outcome}; {}", parts.join(", "))
}
