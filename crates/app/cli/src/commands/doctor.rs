//! `claudectl doctor`: what is found, what is stale, and what to do about it.

mod bundle;
mod gate;
mod hooks;
mod live;
mod llm;
mod notices;
mod plugin;
mod search;

use std::fs;
use std::path::{Path, PathBuf};

use claudectl_agents::processes::{self, System};
use claudectl_agents::{registry, walk};
use claudectl_fleet::prices::BUILTIN_DATE;
use claudectl_fleet::status::Process;
use claudectl_gate::rules::Maker;
use claudectl_store::Store;
use claudectl_store::journal::{self, JournalError};
use claudectl_store::snapshot::{self, NoSnapshot, Snapshot};
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, FRESH, Kind, Result};
use crate::format;
use crate::ingest;
use crate::rules;
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, clean};

/// Check that claudectl sees what it should, and say what to do where it does not.
///
/// Exits with 1 if a check fails. Only looks; changes nothing but claudectl's own state. Whether the guard holds is proved
/// by `--live`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write all of it, and what else helps to find a bug, into a file that can be attached to a report: without secrets,
    /// and without what says whose machine it is. `-` prints it. Nothing is sent.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    bundle: Option<Option<PathBuf>>,

    /// Prove that the guard stands: tell the real Claude Code, as it is installed and in this folder, to make a call that
    /// the gate denies, and see that it did not run. No API is reached: a stand-in on this machine tells it what to do.
    /// Takes some seconds. Hooks of others run, too, as in any session.
    #[arg(long, conflicts_with = "bundle")]
    live: bool,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    message: String,
    /// What to do.
    fix: Option<String>,
    /// Figures, for machines.
    #[serde(skip_serializing_if = "Value::is_null")]
    data: Value,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, message: message.into(), fix: None, data: Value::Null }
    }

    fn warning(name: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, fix: Some(fix.into()), ..Self::ok(name, message) }
    }

    fn failed(name: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed, fix: Some(fix.into()), ..Self::ok(name, message) }
    }

    fn with(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

pub(crate) fn run(app: &mut App, args: &Args, log: Option<&Path>) -> Result<()> {
    let checks = if args.live { live::checks(app)? } else { checks(app) };
    if let Some(file) = &args.bundle {
        return bundle::write(app, file.as_deref(), log, &checks);
    }
    let failed = checks.iter().filter(|check| check.verdict == Verdict::Failed).count();
    if app.ui.json {
        app.ui.document(
            &json!({ "ok": failed == 0, "version": env!("CARGO_PKG_VERSION"), "checks": checks }),
        )?;
    } else {
        checks.iter().for_each(|check| print(app, check));
        if !args.live && live::could_prove(&checks) {
            let hint = app.ui.paint(Style::Faint, "`claudectl doctor --live` proves that the guard stands");
            app.ui.line(&hint);
        }
    }
    if failed == 0 { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}

fn checks(app: &App) -> Vec<Check> {
    let mut checks = vec![folders(app)];
    checks.push(transcripts(app));
    checks.push(registry(app));
    checks.push(unregistered(app));
    checks.push(retention(app));
    checks.extend(state(app));
    checks.push(models(app));
    checks.push(configuration(app));
    checks.extend(own_rules(app));
    checks.push(environment(app));
    checks.extend(hooks::checks(app));
    checks.extend(plugin::checks(app));
    checks.extend(notices::checks(app));
    checks.extend(llm::check(app));
    checks
}

fn print(app: &mut App, check: &Check) {
    let (sign, style) = match check.verdict {
        Verdict::Ok => ("ok     ", Style::Good),
        Verdict::Warning => ("warning", Style::Notice),
        Verdict::Failed => ("FAILED ", Style::Alarm),
    };
    let sign = app.ui.paint(style, sign);
    app.ui.line(&format!("{sign}  {}: {}", check.name, clean(&check.message)));
    if let Some(fix) = &check.fix {
        let fix = app.ui.paint(Style::Faint, &format!("fix: {}", clean(fix)));
        app.ui.line(&format!("         {fix}"));
    }
    if let Some(tables) = check.data.get("tables").and_then(Value::as_object) {
        let parts: Vec<String> = tables
            .iter()
            .map(|(name, rows)| format!("{name} {}", format::count(rows.as_u64().unwrap_or(0))))
            .collect();
        let rows = app.ui.paint(Style::Faint, &format!("rows: {}", parts.join(", ")));
        app.ui.line(&format!("         {rows}"));
    }
}

fn folders(app: &App) -> Check {
    let roots = app.claude_roots();
    let there: Vec<String> =
        roots.iter().filter(|root| root.is_dir()).map(|root| shown(&app.env, root)).collect();
    let name = "Claude Code's folders";
    if there.is_empty() {
        let tried: Vec<String> = roots.iter().map(|root| shown(&app.env, root)).collect();
        return Check::failed(
            name,
            format!("none is there; looked for {}", tried.join(", ")),
            "run `claude` once, or set CLAUDE_CONFIG_DIR (or `claude_dirs` in the configuration) to where its files are",
        );
    }
    Check::ok(name, there.join(", ")).with(json!({ "folders": there }))
}

fn transcripts(app: &App) -> Check {
    let name = "transcripts";
    let walk = walk::transcripts(&app.claude_roots(), sync::threads());
    let bytes: u64 = walk.files.iter().map(|file| file.stamp.size).sum();
    let agents = walk.files.iter().filter(|file| file.agent.is_some()).count();
    let data = json!({ "files": walk.files.len(), "bytes": bytes, "subagents": agents, "unreadable": walk.errors.len(), "odd": walk.odd });
    let message = format!(
        "{} ({} of subagents), {}",
        format::plural(walk.files.len() as u64, "file"),
        format::count(agents as u64),
        format::bytes(bytes)
    );
    let message = match walk.odd {
        0 => message,
        odd => format!("{message}; {odd} more named so are pipes or links to nothing, left alone"),
    };
    match walk.errors.first() {
        Some(error) => Check::failed(
            name,
            format!("{message}; {} cannot be read, the first: {error}: {}", walk.errors.len(), error.source),
            "check the owner and mode of the file: figures are too low without it",
        ),
        None if walk.files.is_empty() => {
            Check::warning(name, "none yet", "they appear with a session's first prompt")
        }
        None => Check::ok(name, message),
    }
    .with(data)
}

fn registry(app: &App) -> Check {
    let name = "live registry";
    let listing = registry::read(&app.claude_roots());
    let (mut alive, mut stale, mut foreign) = (0, 0, 0);
    for (_, entry) in &listing.entries {
        match processes::liveness(entry, &System).0 {
            Process::Alive | Process::Unverified | Process::Unregistered => alive += 1,
            Process::Dead | Process::None => stale += 1,
            Process::Foreign => foreign += 1,
        }
    }
    let message = format!("{alive} live, {stale} stale, {foreign} in other containers");
    let data =
        json!({ "live": alive, "stale": stale, "foreign": foreign, "unreadable": listing.unreadable.len() });
    if let Some(error) = listing.errors.first() {
        return Check::failed(
            name,
            format!("{error}: {}", error.source),
            "check the folder's owner and mode",
        )
        .with(data);
    }
    if let Some(file) = listing.unreadable.first() {
        let message = format!(
            "{message}; {} unreadable, the first: {} ({})",
            listing.unreadable.len(),
            file.path.display(),
            file.reason
        );
        return Check::warning(name, message, "a row that stays unreadable belongs to a client that crashed while writing; Claude Code sweeps it").with(data);
    }
    if stale > 0 {
        return Check::warning(name, message, "stale rows are left by clients that crashed; Claude Code sweeps them, claudectl shows them as finished").with(data);
    }
    Check::ok(name, message).with(data)
}

/// Clients without a registry row: older than 2.1.101, or still in a start-up dialog.
fn unregistered(app: &App) -> Check {
    let name = "unregistered clients";
    let listing = registry::read(&app.claude_roots());
    let lives = |entry| matches!(processes::liveness(entry, &System).0, Process::Alive | Process::Unverified);
    let registered: Vec<u32> =
        listing.entries.iter().filter(|(_, entry)| lives(entry)).map(|(_, entry)| entry.pid).collect();
    let found = processes::unregistered(&registered, &app.claude_roots(), &System);
    let pids: Vec<u32> = found.ours.iter().map(|client| client.pid).collect();
    let data = json!({ "pids": pids, "elsewhere": found.elsewhere });
    let others = match found.elsewhere {
        0 => String::new(),
        others => format!("; {} of other folders or users", format::plural(others as u64, "process")),
    };
    if pids.is_empty() {
        return Check::ok(name, format!("none{others}")).with(data);
    }
    let list: Vec<String> = pids.iter().map(ToString::to_string).collect();
    let count = format::plural(pids.len() as u64, "process");
    Check::warning(
        name,
        format!("{count} with no row in these folders: pid {}{others}", list.join(", ")),
        "answer the dialog it starts with, or update Claude Code to 2.1.126 or later",
    )
    .with(data)
}

/// Claude Code's own `cleanupPeriodDays`.
const CLEANUP_DAYS: u64 = 30;

/// Claude Code deletes transcripts after `cleanupPeriodDays`, 30 unless set.
fn retention(app: &App) -> Check {
    let name = "transcript retention";
    let days = set_cleanup_days(app);
    let said = days.map_or_else(
        || format!("after {CLEANUP_DAYS} days (its default)"),
        |days| format!("after {days} days"),
    );
    let data = json!({ "cleanup_period_days": days.unwrap_or(CLEANUP_DAYS), "set": days.is_some() });
    if days.unwrap_or(CLEANUP_DAYS) >= 90 {
        return Check::ok(name, format!("Claude Code deletes transcripts {said}")).with(data);
    }
    Check::warning(
        name,
        format!(
            "Claude Code deletes transcripts {said}; spend stays here if claudectl runs at least that often"
        ),
        "to keep the conversations, too, set \"cleanupPeriodDays\" in Claude Code's settings.json, or put them away before with `claudectl clean`",
    )
    .with(data)
}

/// After how many days Claude Code deletes transcripts.
pub(crate) fn cleanup_days(app: &App) -> u64 {
    set_cleanup_days(app).unwrap_or(CLEANUP_DAYS)
}

fn set_cleanup_days(app: &App) -> Option<u64> {
    app.claude_roots().iter().filter_map(|root| days_of(&root.join("settings.json"))).min()
}

fn days_of(settings: &Path) -> Option<u64> {
    let text = fs::metadata(settings)
        .ok()
        .filter(|m| m.is_file() && m.len() < 1 << 20)
        .and_then(|_| fs::read(settings).ok())?;
    serde_json::from_slice::<Value>(&text).ok()?.get("cleanupPeriodDays")?.as_u64()
}

fn state(app: &App) -> Vec<Check> {
    let name = "state";
    let path = match app.env.state_dir() {
        Ok(dir) => dir.join("state.db"),
        Err(error) => return vec![failed_with(name, error)],
    };
    let mut ledger = match sync::ledger(app, LedgerArgs::default()) {
        Ok(ledger) => ledger,
        Err(error) => return vec![failed_with(name, error)],
    };
    if ledger.in_memory {
        let message = format!("{} cannot be written", shown(&app.env, &path));
        let failed = Check::failed(name, message, "see the warning above");
        return vec![failed, gate::check(app, &mut ledger)];
    }
    let mut checks = vec![sizes(app, name, &path, &ledger.store)];
    checks.push(events(app, &ledger.store));
    checks.push(gate::check(app, &mut ledger));
    checks.extend(journal(app));
    checks.extend(snapshot(app));
    checks.push(search::check(app, &ledger.roots));
    checks.push(modes(app, &path));
    if ledger.skipped_lines > 0 {
        checks.push(
            Check::warning(
                "unreadable lines",
                format!(
                    "{} in transcripts are torn or no rows",
                    format::plural(ledger.skipped_lines, "line")
                ),
                "usually a client that was killed while writing, or a file that is no transcript; nothing to do",
            )
            .with(json!({ "lines": ledger.skipped_lines })),
        );
    }
    checks
}

/// What hooks told, and what of it could not be read.
fn events(app: &App, store: &Store) -> Check {
    let name = "hook events";
    let counts = match store.event_counts() {
        Ok(counts) => counts,
        Err(error) => return failed_with(name, error.into()),
    };
    let data = json!({
        "events": counts.events,
        "sessions": counts.sessions,
        "torn": counts.torn,
        "unreadable": counts.unreadable,
        "last_at": counts.last_at.and_then(claudectl_fleet::session::rfc3339),
    });
    let last = counts.last_at.map(|at| format!(", the last {} ago", format::age(app.now.saturating_sub(at))));
    let message = format!(
        "{} of {}{}",
        format::plural(counts.events, "event"),
        format::plural(counts.sessions, "session"),
        last.unwrap_or_default()
    );
    match counts.torn {
        0 if counts.unreadable > 0 => Check::warning(
            name,
            format!("{message}; {} had an input that no Claude Code writes", counts.unreadable),
            "something else calls `claudectl hook`, or Claude Code writes something new: update claudectl",
        ),
        0 => Check::ok(name, message),
        torn => Check::warning(
            name,
            format!("{message}; {} could not be read", format::plural(torn, "record")),
            "a full disk, or a hook that was killed while it wrote; what the record said is lost, and nothing else",
        ),
    }
    .with(data)
}

/// What keeps hooks from writing today, or what they wrote from being taken in.
fn journal(app: &App) -> Vec<Check> {
    let name = "journal";
    let home = match app.env.state_dir() {
        Ok(home) => home,
        Err(error) => return vec![failed_with(name, error)],
    };
    let days = match journal::days(&home) {
        Ok(days) => days,
        Err(error) => return vec![failed_with(name, error.into())],
    };
    let bytes: u64 = days.iter().map(|day| day.size).sum();
    let today = jiff::Timestamp::from_millisecond(app.now).map(ingest::day).unwrap_or_default();
    let others = days.iter().filter(|day| day.name.trim_end_matches(".log") != today);
    let unread = others.filter_map(|day| match day.is_file {
        true => journal::anchor(&day.path, day.size).err(),
        false => Some(JournalError::NoFile { path: day.path.clone() }),
    });
    let failed: Vec<Check> =
        unread.chain(journal::trouble(&home, &today)).map(|error| failed_with(name, error.into())).collect();
    if failed.is_empty() {
        let days = format!("{}, {}", format::plural(days.len() as u64, "day"), format::bytes(bytes));
        return vec![Check::ok(name, days)];
    }
    failed
}

fn failed_with(name: &'static str, error: CliError) -> Check {
    let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
    Check { fix: error.fix, ..Check::failed(name, format!("{}{why}", error.what), "") }
}

fn sizes(app: &App, name: &'static str, path: &Path, store: &Store) -> Check {
    let (sizes, damage) = match (store.sizes(), store.check()) {
        (Ok(sizes), Ok(damage)) => (sizes, damage),
        (Err(error), _) | (_, Err(error)) => return failed_with(name, error.into()),
    };
    let tables: serde_json::Map<String, Value> =
        sizes.tables.iter().map(|table| (table.name.clone(), json!(table.rows))).collect();
    let data = json!({ "path": path.display().to_string(), "bytes": sizes.bytes, "free_bytes": sizes.free_bytes, "schema": sizes.schema, "tables": tables });
    let message = format!("{}, {}", shown(&app.env, path), format::bytes(sizes.bytes));
    if !damage.is_empty() {
        return Check::failed(name, format!("{message}: damaged ({})", damage.join("; ")), FRESH).with(data);
    }
    if sizes.free_bytes > sizes.bytes / 2 && sizes.bytes > 10_000_000 {
        return Check::warning(
            name,
            format!("{message}, half of it unused"),
            "`claudectl clean --state` packs it",
        )
        .with(data);
    }
    Check::ok(name, message).with(data)
}

/// State holds names, folders and commands, and what the gate goes by: nobody else may write or read it.
fn modes(app: &App, path: &Path) -> Check {
    use std::os::unix::fs::PermissionsExt;
    let name = "privacy of state";
    let gate = path.with_file_name(snapshot::FILE);
    let all = [path.parent().unwrap_or(path), path, &gate];
    if let Some((what, fix)) = all.into_iter().find_map(|path| crate::hooks::open_to_others(&app.env, path)) {
        let message = format!("{what}: what the gate goes by may be theirs");
        return Check::failed(name, message, fix);
    }
    let open =
        |path: &Path| fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    let folder = path.parent().unwrap_or(path);
    match [path, folder].into_iter().find(|path| open(path)) {
        Some(path) => Check::failed(
            name,
            format!("others may read {}", shown(&app.env, path)),
            format!("chmod go-rwx {}", shown(&app.env, path)),
        ),
        None => Check::ok(name, "only you can read it"),
    }
}

/// What keeps hooks from what was put together for them; one that was not made yet is made with the next call.
fn snapshot(app: &App) -> Option<Check> {
    let missing = Snapshot::look(&app.env.state_dir().ok()?).err()?;
    let is_told_elsewhere = match missing {
        NoSnapshot::Absent | NoSnapshot::TheirFolder { .. } | NoSnapshot::TheirFile { .. } => true,
        NoSnapshot::Damaged(_)
        | NoSnapshot::TooLarge(_)
        | NoSnapshot::Folder(_)
        | NoSnapshot::NoFile(_)
        | NoSnapshot::Unreadable { .. } => false,
    };
    (!is_told_elsewhere).then(|| {
        let message = format!("{missing}: hooks have nothing to go by, and ask about every call");
        let shortened = |text: &str| crate::hooks::shortened(&app.env, text);
        Check::failed("rules and settings of hooks", shortened(&message), shortened(&missing.way_out()))
    })
}

/// Rules of the person's that cannot be followed: nothing is said of those that can.
fn own_rules(app: &App) -> Option<Check> {
    let file = rules::file(app).ok()?;
    let checked = rules::check_file(app, &file, Maker::Person)?;
    let first = checked.mistakes.first()?;
    let name = shown(&app.env, &file);
    let message = format!(
        "{name}:{}:{}: {}; each call asks that is not refused anyway",
        first.line, first.column, first.what
    );
    Some(Check::failed("rules", message, &first.fix))
}

fn models(app: &App) -> Check {
    let name = "prices";
    let table = app.prices();
    let path = app.env.state_dir().map(|dir| dir.join("state.db"));
    let known = path
        .ok()
        .filter(|path| path.exists())
        .and_then(|path| Store::open(&path).ok())
        .and_then(|store| store.models().ok());
    let mut unpriced: Vec<String> = known
        .unwrap_or_default()
        .into_values()
        .filter(|model| !model.is_empty() && table.canonical(model).is_none())
        // Whatever a transcript names so.
        .map(|model| claudectl_fleet::call::one_line(&model))
        .collect();
    unpriced.sort();
    let data = json!({ "as_of": BUILTIN_DATE, "unpriced_models": unpriced });
    if unpriced.is_empty() {
        return Check::ok(name, format!("every model in use has one (table of {BUILTIN_DATE})")).with(data);
    }
    Check::warning(
        name,
        format!("no price is known for {}", unpriced.join(", ")),
        "update claudectl, or set it: claudectl config set 'prices.\"MODEL\"' '{ input = ..., output = ..., ... }'",
    )
    .with(data)
}

fn configuration(app: &App) -> Check {
    let name = "configuration";
    if let [first, rest @ ..] = app.config_errors.as_slice() {
        let more = match rest.len() {
            0 => String::new(),
            more => format!("; and {}", format::plural(more as u64, "more mistake")),
        };
        return Check::failed(
            name,
            format!(
                "{}{}: {} ({}){more}; until then no other command uses it, and the checks above went by what is right in it",
                shown(&app.env, &first.file),
                first.place(),
                first.message,
                first.why
            ),
            format!("{}; `claudectl config check` lists every mistake", first.hint),
        )
        .with(json!({ "mistakes": rest.len() + 1 }));
    }
    if let Some(notice) = &app.foreign_config {
        let file = shown(&app.env, &notice.0.file);
        return Check::warning(
            name,
            format!("defaults; {file}: {}", notice.0.message),
            notice.0.hint.clone(),
        );
    }
    match &app.config_file {
        Some(file) if file.exists() => Check::ok(name, shown(&app.env, file)),
        Some(file) => Check::ok(name, format!("defaults ({} is not there)", shown(&app.env, file))),
        None => Check::warning(name, "defaults; there is no place for a file", "set HOME or XDG_CONFIG_HOME"),
    }
}

/// What was set by whoever started us, a repository's settings perhaps.
/// What to do about variables that start Claude Code without hooks.
fn unset(app: &App) -> String {
    format!("run `unset {}`, and take it out of what your shell reads at its start", app.env.bare.join(" "))
}

fn environment(app: &App) -> Check {
    let name = "environment";
    let set = app.env.steering();
    let data = json!(set.iter().cloned().collect::<std::collections::BTreeMap<_, _>>());
    let listed: Vec<String> =
        set.iter().map(|(name, value)| format!("{name}={}", app.env.short_path(value))).collect();
    let message = match listed.as_slice() {
        [] => "nothing in it leads claudectl elsewhere".to_owned(),
        listed => listed.join(", "),
    };
    if let Some(why) = app.env.without_hooks() {
        return Check::failed(
            name,
            format!("{message}; {why}: nothing guards what you start from it"),
            unset(app),
        )
        .with(json!({ "variables": data, "without_hooks": app.env.bare }));
    }
    match app.env.unknown_tz().filter(|_| app.config.general.timezone.is_none()) {
        Some(tz) => Check::warning(
            name,
            format!("{message}; TZ={tz} is no time zone, UTC is used in its place"),
            "write it as Europe/Berlin, or set general.timezone in the configuration",
        ),
        None => Check::ok(name, message),
    }
    .with(json!({ "variables": data }))
}
