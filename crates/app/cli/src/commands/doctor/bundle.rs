//! `doctor --bundle`: one file for a bug report, which a person can read before anybody else does.
//!
//! Nothing of a conversation is in it: no prompts, no answers, no commands, no names of sessions or projects. What is in
//! it is asked for by name, field by field, and every text goes through [`Anonymous`].

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use claudectl_agents::processes::{self, System};
use claudectl_agents::{host, registry};
use claudectl_fleet::notice::Event;
use claudectl_llm::Endpoint;
use claudectl_store::{Store, make_private_folder};
use serde_json::{Value, json};

use super::{Check, Verdict};
use crate::anonymous::Anonymous;
use crate::app::App;
use crate::config::Origin;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format;
use crate::ui::clean;

/// So much of the end of a log is looked at, and so many warnings of it are taken.
const LOG_BYTES: u64 = 256 * 1024;
const LOG_LINES: usize = 60;
/// So many files of the state folder are named one by one.
const FILES: usize = 60;
/// Words of the registry; others are `other`.
const KINDS: &[&str] = &["interactive", "bg", "daemon", "daemon-worker"];
const ENTRYPOINTS: &[&str] = &["cli", "sdk-cli", "sdk-ts", "sdk-py", "claude-vscode", "claude-desktop"];
const STATUSES: &[&str] = &["busy", "idle", "waiting", "shell"];
const WAITS: &[&str] =
    &["permission prompt", "input needed", "dialog open", "sandbox request", "worker request"];

/// Writes the bundle and says where it is. `log` is the log that this run appends to.
pub(super) fn write(app: &mut App, file: Option<&Path>, log: Option<&Path>, checks: &[Check]) -> Result<()> {
    let text = Bundle::new(app).make(app, checks, log);
    if file.is_some_and(|file| file == Path::new("-")) {
        app.ui.raw(&text);
        return Ok(());
    }
    let path = match file.and_then(|file| app.env.absolute(file.to_path_buf())) {
        Some(path) => path,
        None => default_place(app)?,
    };
    put(app, &path, &text)?;
    let bytes = text.len() as u64;
    if app.ui.json {
        return app
            .ui
            .document(&json!({ "file": path.display().to_string(), "bytes": bytes, "sent": false }));
    }
    app.ui.line(&clean(&format!("Wrote {} ({}).", shown(&app.env, &path), format::bytes(bytes))));
    app.ui.line("It was sent nowhere. Secrets, paths and names were taken out as far as they are known: read it before you attach it.");
    Ok(())
}

fn default_place(app: &App) -> Result<PathBuf> {
    let folder = app.env.state_dir()?.join("bundles");
    make_private_folder(&folder).map_err(|error| cannot(app, &folder, &error))?;
    let at = claudectl_fleet::session::rfc3339(app.now).unwrap_or_default();
    let at: String = at.chars().take(19).filter(|letter| !matches!(letter, '-' | ':')).collect();
    let name = |number: u32| match number {
        1 => folder.join(format!("claudectl-bundle-{at}Z.md")),
        number => folder.join(format!("claudectl-bundle-{at}Z-{number}.md")),
    };
    Ok((1..100).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(100)))
}

/// Only a new file is written: nothing of anybody's is replaced.
fn put(app: &App, path: &Path, text: &str) -> Result<()> {
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = made.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| cannot(app, path, &error))
}

fn cannot(app: &App, path: &Path, error: &std::io::Error) -> CliError {
    CliError::external(format!("cannot write {}", shown(&app.env, path)))
        .why(error)
        .fix("name another file: `claudectl doctor --bundle FILE`, or `-` to print it")
}

struct Bundle {
    text: String,
    anonymous: Anonymous,
}

impl Bundle {
    fn new(app: &App) -> Self {
        let mut anonymous = Anonymous::default();
        for (at, root) in app.claude_roots().iter().enumerate() {
            let word = if at == 0 { "<claude>".to_owned() } else { format!("<claude {}>", at + 1) };
            anonymous.place(root, &word);
        }
        if let Ok(state) = app.env.state_dir() {
            anonymous.place(&state, "<state>");
        }
        if let Some(cwd) = &app.env.cwd {
            anonymous.place(cwd, "<cwd>");
        }
        if let Some(home) = &app.env.home {
            anonymous.home(home);
            if let Some(name) = home.file_name().and_then(|name| name.to_str()) {
                anonymous.name(name, "<user>");
            }
        }
        for name in user_names() {
            anonymous.name(&name, "<user>");
        }
        if let Some(host) = small("/proc/sys/kernel/hostname").or_else(|| small("/etc/hostname")) {
            anonymous.name(host.trim(), "<host>");
            anonymous.name(host.trim().split('.').next().unwrap_or_default(), "<host>");
        }
        let sinks = app.config.webhooks.keys().chain(app.config.hooks.keys());
        for name in sinks.filter(|name| Event::parse(name).is_none()) {
            anonymous.name(name, "<name>");
        }
        // Where a language model of theirs is, unless it is on this machine.
        if let Some(url) = app.config.llm.url.as_deref()
            && Endpoint::parse(url, true).is_ok_and(|endpoint| !endpoint.is_local())
            && let Some(host) = url.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next())
        {
            anonymous.name(host, "<host>");
        }
        Self { text: String::new(), anonymous }
    }

    fn make(mut self, app: &App, checks: &[Check], log: Option<&Path>) -> String {
        self.text.push_str(
            "# claudectl: report for a bug\n\nWhat happened, and what was expected:\n\n> (please say)\n",
        );
        self.versions(app);
        self.checks(checks);
        self.configuration(app);
        self.registry(app);
        self.sessions(app);
        self.files(app);
        self.warnings(app, log);
        self.text
    }

    fn heading(&mut self, text: &str) {
        self.text.push_str(&format!("\n## {text}\n\n"));
    }

    /// An entry of a list.
    fn item(&mut self, name: &str, text: &str) {
        let text = self.anonymous.line(text);
        self.text.push_str(&format!("- {name}: {}\n", text.replace('`', "'")));
    }

    fn versions(&mut self, app: &App) {
        self.heading("Versions");
        self.item("claudectl", env!("CARGO_PKG_VERSION"));
        self.item("system", &format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH));
        if let Some(kernel) = small("/proc/sys/kernel/osrelease") {
            self.item("kernel", kernel.trim());
        }
        let release = small("/etc/os-release").unwrap_or_default();
        if let Some(name) = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")) {
            self.item("distribution", name.trim_matches('"'));
        }
        self.item("terminal", if app.ui.terminal { "yes" } else { "no" });
        let home = app.env.home.as_deref();
        let clients = host::clients(app.env.search_path.as_deref(), home, &app.claude_roots(), &System);
        let mut running: BTreeMap<String, u64> = BTreeMap::new();
        for client in clients {
            let version = match &client.version {
                Ok(version) => version.to_string(),
                Err(why) => why.to_string(),
            };
            if client.running {
                *running.entry(version).or_default() += 1;
            } else {
                let path = self.anonymous.whole_path(&client.path.display().to_string());
                self.item("Claude Code", &format!("{version} ({path})"));
            }
        }
        for (version, many) in running {
            let often = if many == 1 { String::new() } else { format!(" {many} times") };
            self.item("Claude Code", &format!("{version} (runs{often})"));
        }
    }

    fn checks(&mut self, checks: &[Check]) {
        self.heading("Checks");
        for check in checks {
            let sign = match check.verdict {
                Verdict::Ok => "ok",
                Verdict::Warning => "WARNING",
                Verdict::Failed => "FAILED",
            };
            self.item(&format!("{sign}, {}", check.name), &check.message);
        }
    }

    /// What is not as built in. Texts that a person chose are not needed to find a bug.
    fn configuration(&mut self, app: &App) {
        self.heading("Configuration");
        for entry in app.config.entries() {
            let from = match entry.origin {
                Origin::BuiltIn => continue,
                Origin::User(_, line) => format!("user's file, line {line}"),
                Origin::Project(_, line) => format!("project's file, line {line}"),
            };
            let value = entry.value.map_or_else(|| "not set".to_owned(), |value| told(&value.to_json()));
            self.item("set", &format!("{} = {value} ({from})", entry.path));
        }
        if app.foreign_config.is_some() {
            self.item("file", "belongs to the published claudectl, and is not used");
        }
        for error in app.config_errors.as_slice() {
            let file = self.anonymous.whole_path(&error.file.display().to_string());
            self.item("mistake", &format!("{file}{}: {}", error.place(), error.message));
        }
        for (name, value) in app.env.steering() {
            let paths: Vec<String> = value.split(',').map(|path| self.anonymous.whole_path(path)).collect();
            self.item("variable", &format!("{name}={}", paths.join(",")));
        }
    }

    /// Registry rows by their shape: no names, no folders, no ids.
    fn registry(&mut self, app: &App) {
        self.heading("Live registry");
        let listing = registry::read(&app.claude_roots());
        for (_, entry) in &listing.entries {
            let process = processes::liveness(entry, &System).0;
            let updated = entry.status_updated_at.or(entry.updated_at);
            let age = updated.map_or_else(|| "?".to_owned(), |at| format::age(app.now.saturating_sub(at)));
            let text = format!(
                "{process:?}, kind {}, entrypoint {}, version {}, status {} {}, changed {age} ago, start time {}, tmux {}",
                word(entry.kind.as_deref(), KINDS),
                word(entry.entrypoint.as_deref(), ENTRYPOINTS),
                version(entry.version.as_deref()),
                word(entry.status.as_deref(), STATUSES),
                word(entry.waiting_for.as_deref(), WAITS),
                if entry.proc_start.is_some() { "yes" } else { "no" },
                if entry.tmux.is_some() { "yes" } else { "no" },
            );
            self.item("row", &text);
        }
        for file in &listing.unreadable {
            self.item("no row", &file.reason.to_string());
        }
        if listing.entries.is_empty() && listing.unreadable.is_empty() {
            self.text.push_str("No rows.\n");
        }
    }

    /// How many sessions there are of which version and model.
    fn sessions(&mut self, app: &App) {
        self.heading("State");
        let Some(store) = store(app) else {
            self.text.push_str("No state file, or it cannot be opened: see the checks.\n");
            return;
        };
        if let Ok(sizes) = store.sizes() {
            self.item("schema", &sizes.schema.to_string());
            for table in sizes.tables {
                self.item("rows", &format!("{} {}", table.name, table.rows));
            }
        }
        let mut versions: BTreeMap<String, u64> = BTreeMap::new();
        for row in store.sessions().unwrap_or_default() {
            *versions.entry(version(row.version.as_deref())).or_default() += 1;
        }
        for (version, count) in versions {
            self.item("sessions of Claude Code", &format!("{version}: {count}"));
        }
        let mut models: Vec<String> = store.models().unwrap_or_default().into_values().collect();
        models.sort();
        let known = app.prices();
        for model in models.iter().filter(|model| known.canonical(model).is_some()) {
            self.item("model", model);
        }
        let others =
            models.iter().filter(|model| !model.is_empty() && known.canonical(model).is_none()).count();
        self.item("models without a price", &others.to_string());
    }

    fn files(&mut self, app: &App) {
        self.heading("Files of the state folder");
        let Ok(state) = app.env.state_dir() else { return };
        let mut files = Vec::new();
        list(&state, &mut files, 0);
        files.sort();
        for (path, bytes, mode) in files.iter().take(FILES) {
            let path = self.anonymous.whole_path(&path.display().to_string());
            self.item("file", &format!("{path} {} {mode:o}", format::bytes(*bytes)));
        }
        let rest = files.iter().skip(FILES);
        let bytes: u64 = rest.clone().map(|(_, bytes, _)| bytes).sum();
        if files.len() > FILES {
            self.item("more", &format!("{} files, {}", rest.count(), format::bytes(bytes)));
        }
    }

    fn warnings(&mut self, app: &App, log: Option<&Path>) {
        self.heading("Warnings");
        for warning in app.ui.warnings() {
            for line in warning.lines() {
                self.item("this run", line);
            }
        }
        match log {
            Some(log) => self.log(log),
            None => self
                .text
                .push_str("No log was named. With `--log FILE` the warnings at the end of one are here.\n"),
        }
    }

    /// Warnings and errors at the end of a log: what it tells of the ordinary is left out.
    fn log(&mut self, log: &Path) {
        let Some(text) = tail(log) else {
            return self.text.push_str("The log cannot be read.\n");
        };
        let telling = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
        let lines: Vec<&str> = text.lines().filter(telling).collect();
        for line in &lines[lines.len().saturating_sub(LOG_LINES)..] {
            self.item("log", line);
        }
        if lines.is_empty() {
            self.text.push_str("No warning stands in the log.\n");
        }
    }
}

/// A value, but for texts that a person chose.
fn told(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) if text.parse::<jiff::civil::Date>().is_ok() => text.clone(),
        Value::String(text) if jiff::tz::TimeZone::get(text).is_ok() => text.clone(),
        Value::String(text) => {
            format!("a text of {}", format::plural(text.chars().count() as u64, "character"))
        }
        Value::Array(items) => format::plural(items.len() as u64, "value"),
        Value::Null | Value::Object(_) => "something else".to_owned(),
    }
}

fn store(app: &App) -> Option<Store> {
    let path = app.env.state_dir().ok()?.join("state.db");
    path.exists().then(|| Store::open(&path).ok()).flatten()
}

/// One of the known words; another one may be anything.
fn word(text: Option<&str>, known: &[&'static str]) -> &'static str {
    match text {
        None => "-",
        Some(text) => known.iter().copied().find(|word| *word == text).unwrap_or("other"),
    }
}

/// A version's numbers.
fn version(text: Option<&str>) -> String {
    match text {
        None | Some("") => "unknown".to_owned(),
        Some(text) => {
            text.parse::<host::Version>().map_or_else(|_| "odd".to_owned(), |version| version.to_string())
        }
    }
}

/// The user's names by the system's own list.
fn user_names() -> Vec<String> {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = small("/etc/passwd").unwrap_or_default();
    let own = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|parts| parts.get(2) == Some(&id.as_str()));
    own.map(|parts| vec![parts[0].to_owned()]).unwrap_or_default()
}

fn small(path: &str) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(256 * 1024).read_to_string(&mut text).ok()?;
    Some(text)
}

fn tail(log: &Path) -> Option<String> {
    let mut file = crate::config::regular(log).ok()?;
    let start = file.metadata().ok()?.len().saturating_sub(LOG_BYTES);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // A line that begins before that may have its secret cut in two.
    Some(if start > 0 { text.split_once('\n').map(|(_, rest)| rest.to_owned())? } else { text })
}

/// Files below a folder: path, size, permissions. Links are not followed.
fn list(folder: &Path, found: &mut Vec<(PathBuf, u64, u32)>, depth: u32) {
    let entries = fs::read_dir(folder).ok().into_iter().flatten().filter_map(Result::ok);
    for entry in entries {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() && depth < 3 {
            list(&entry.path(), found, depth + 1);
        } else {
            found.push((entry.path(), metadata.len(), metadata.mode() & 0o777));
        }
    }
}
