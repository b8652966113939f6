//! `claudectl show`: one session in full.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use claudectl_fleet::call::shortened;
use claudectl_fleet::money::Usd;
use claudectl_fleet::session::{Pending, Session};
use claudectl_fleet::status::State;
use claudectl_transcript::{Line, LineBuf, Scanned, message_key, scan_line};

use crate::app::App;
use crate::approving;
use crate::commands::ls;
use crate::error::Result;
use crate::find;
use crate::format;
use crate::gather::{self, Wanted};
use crate::sync::{self, Ledger, LedgerArgs};
use crate::ui::{Style, Table, clean};

/// Show one session in full.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The session: its id or the beginning of it, its name, or `latest`.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: String,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut ledger = sync::ledger(app, args.ledger)?;
    let sid = find::session(app, &ledger, &args.session)?;
    let mut found = gather::sessions(app, &mut ledger, Wanted::One(&sid))?;
    let Some(session) = found.pop() else { return Err(find::unknown(&args.session)) };
    let shared = shared_responses(&ledger, &session)?;
    if app.ui.json {
        let mut document = serde_json::to_value(&session).map_err(claudectl_store::StoreError::from)?;
        document["shared_responses"] = serde_json::json!(shared);
        return app.ui.document(&document);
    }
    print(app, &session, &shared);
    if ledger.in_memory {
        return Ok(());
    }
    let mut deferred = approving::deferred(app)?;
    deferred.retain(|one| one.decision.session == session.id);
    super::approve::print_runs(app, &deferred);
    Ok(())
}

/// Responses that stand in the session's transcript and are billed to another: by session.
fn shared_responses(ledger: &Ledger, session: &Session) -> Result<BTreeMap<String, u64>> {
    let mut owners: BTreeMap<String, u64> = BTreeMap::new();
    let rows = ledger.store.sessions()?;
    let names: BTreeMap<u32, &str> = rows.iter().map(|row| (row.id, row.sid.as_str())).collect();
    let Some(path) = &session.transcript else { return Ok(owners) };
    let mut keys: Vec<u64> = Vec::new();
    read_keys(path, &mut keys);
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        if let Some(owner) = ledger.store.response_owner(key)?.and_then(|owner| names.get(&owner))
            && **owner != *session.id
        {
            *owners.entry((*owner).to_owned()).or_default() += 1;
        }
    }
    Ok(owners)
}

/// Keys of the responses in a transcript. What cannot be read has none.
fn read_keys(path: &str, keys: &mut Vec<u64>) {
    let Ok(mut file) = std::fs::File::open(path) else { return };
    let mut lines = LineBuf::default();
    while let Ok(count @ 1..) = std::io::Read::read(&mut file, lines.space()) {
        lines.filled(count);
        while let Some(line) = lines.next_line() {
            if let Line::Whole(line) = line {
                scan_line(line, |row| {
                    if let Scanned::Response(row) = row
                        && let Some(id) = row.id
                    {
                        keys.push(message_key(id));
                    }
                });
            }
        }
    }
}

fn print(app: &mut App, session: &Session, shared: &BTreeMap<String, u64>) {
    head(app, session);
    usage(app, session, shared);
    work(app, session);
    health(app, session);
    subagents(app, session);
    let none = BTreeMap::new();
    counts(app, "Tools", session.tool_usage.as_ref().unwrap_or(&none), 10);
    let files = session.files_modified.as_ref().unwrap_or(&none);
    let files = files.iter().map(|(path, n)| (app.env.short_path(path), *n)).collect();
    counts(app, "Files changed", &files, 15);
}

fn heading(app: &mut App, text: &str) {
    let text = app.ui.paint(Style::Strong, text);
    app.ui.line("");
    app.ui.line(&text);
}

fn field(app: &mut App, name: &str, value: &str) {
    if !value.is_empty() {
        let name = app.ui.paint(Style::Faint, &format!("{name:>12}"));
        let value = clean(value);
        app.ui.line(&format!("{name}  {value}"));
    }
}

/// What a status says. Of a call that stands in full below, not much.
fn told<'a>(session: &Session, detail: &'a str) -> Cow<'a, str> {
    const MOST: usize = 200;
    let is_it =
        |call: &Pending| detail.strip_prefix(&call.tool).is_some_and(|rest| rest.ends_with(&call.summary));
    if session.pending.iter().any(is_it) { shortened(detail, MOST) } else { Cow::Borrowed(detail) }
}

/// Whether our hooks stand before its calls, and hear of them.
fn hooks(app: &App, session: &Session) -> String {
    let gate = &session.gate;
    let heard =
        gate.last_seen.map(|at| format!("last called {} ago", format::age(app.now.saturating_sub(at))));
    let missed = gate.gap.filter(|gap| gap.seen < gap.calls).map(|gap| {
        format!(
            "not called for {} of the latest {}",
            gap.calls - gap.seen,
            format::plural(gap.calls, "tool call")
        )
    });
    let standing = match (gate.installed, &gate.cause) {
        (Some(false), Some(cause)) => Some(format!("absent: {cause}")),
        (Some(true), _) => Some("installed".to_owned()),
        _ => None,
    };
    let parts: Vec<String> = standing.into_iter().chain(heard).chain(missed).collect();
    parts.join(", ")
}

fn head(app: &mut App, session: &Session) {
    let title = session.name.clone().unwrap_or_else(|| session.project.clone());
    let title = app.ui.paint(Style::Strong, &clean(&title));
    app.ui.line(&title);
    field(app, "id", &session.id);
    let status = &session.status;
    let age = status
        .since
        .map(|since| format!(", for {}", format::age(app.now.saturating_sub(since))))
        .unwrap_or_default();
    let told = status.detail.as_deref().map(|detail| format!(": {}", told(session, detail)));
    let told = told.unwrap_or_default();
    let word = format!("{} {}", status.state.sign(), status.state.word());
    let painted = app.ui.paint(ls::style(status.state), &word);
    let name = app.ui.paint(Style::Faint, &format!("{:>12}", "status"));
    let rest = clean(&format!("{told}{age} (from {})", status.source.word()));
    app.ui.line(&format!("{name}  {painted}{rest}"));
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    field(
        app,
        "project",
        &session.project_path.as_deref().map(|p| app.env.short_path(p)).unwrap_or_default(),
    );
    field(app, "folder", &session.cwd.as_deref().map(|p| app.env.short_path(p)).unwrap_or_default());
    field(app, "branch", &text(&session.branch));
    field(app, "worktree", &text(&session.worktree).replace('\n', " "));
    let asked = session.permission_mode.as_deref().map(|mode| format!(", {mode} mode")).unwrap_or_default();
    field(app, "model", &format!("{}{asked}", session.model.as_deref().unwrap_or("-")));
    let zone = app.zone.clone();
    let at = |millis: Option<i64>| millis.map(|at| format::moment(at, &zone)).unwrap_or_default();
    field(app, "hooks", &hooks(app, session));
    for alarm in &session.gate.alarms {
        let words = app.env.short_path(&alarm.words());
        let call = alarm.call.as_ref().map(|call| format!(" ({call})")).unwrap_or_default();
        let line = app.ui.paint(Style::Alarm, &clean(&format!("{:>12}  {words}{call}", "GATE ALARM")));
        app.ui.line(&line);
    }
    field(app, "started", &at(session.started_at));
    field(app, "last row", &at(session.last_activity_at));
    process(app, session);
    field(
        app,
        "transcript",
        &session.transcript.as_deref().map(|p| app.env.short_path(p)).unwrap_or_default(),
    );
}

fn process(app: &mut App, session: &Session) {
    let Some(pid) = session.pid else { return };
    let figures = &session.process;
    let mut parts = vec![format!("pid {pid}")];
    parts.extend(session.kind.clone());
    parts.extend(figures.tty.clone());
    parts.extend(figures.terminal.clone());
    parts.extend(figures.cpu_pct.map(|pct| format!("{pct:.1} % CPU over its life")));
    parts.extend(figures.memory_mb.map(|mb| format!("{mb:.0} MB")));
    parts.extend(session.version.as_ref().map(|version| format!("Claude Code {version}")));
    field(app, "process", &parts.join(", "));
}

fn usage(app: &mut App, session: &Session, shared: &BTreeMap<String, u64>) {
    heading(app, "Usage");
    let (tokens, cost) = (session.tokens, &session.cost);
    field(app, "cost", &cost.usd.exact());
    let unpriced = unpriced_models(app, session);
    if cost.unpriced_messages > 0 {
        let responses = format::plural(cost.unpriced_messages, "response");
        field(app, "unpriced", &format!("+ {responses} of {unpriced}, without a known price"));
    }
    if cost.unverified_usd.cents() != 0 {
        field(
            app,
            "unverified",
            &format!("{} of it rests on prices that nothing confirmed", cost.unverified_usd),
        );
    }
    if let Some(reported) = cost.reported_usd.and_then(Usd::from_dollars) {
        let unpriced = (cost.unpriced_messages > 0).then_some(unpriced.as_str());
        field(app, "Claude says", &reconciled(reported, cost.usd, !shared.is_empty(), unpriced));
    }
    if let Some(limit) = cost.budget_usd {
        field(
            app,
            "budget",
            &match app.config.limits().session == Some(limit) {
                true => format!("{limit} a session"),
                false => format!("{limit} for this one"),
            },
        );
    }
    if let Some(limit) = cost.fanout_budget_usd {
        field(app, "fan-out", &format!("{} of {limit} for its subagents", cost.fanout_usd));
    }
    field(app, "burn", &cost.burn_usd_per_hour.map(|burn| format!("${burn:.2} an hour")).unwrap_or_default());
    field(
        app,
        "tokens",
        &format!(
            "{} in, {} out, {} read from cache, {} + {} written to it (5 m + 1 h)",
            format::count(tokens.input),
            format::count(tokens.output),
            format::count(tokens.cache_read),
            format::count(tokens.cache_write_5m),
            format::count(tokens.cache_write_1h),
        ),
    );
    field(app, "responses", &format::count(session.messages));
    for (owner, count) in shared {
        let count = format::plural(*count, "response");
        field(app, "shared", &format!("{count} in this transcript are billed to {owner}, which made them"));
    }
    context(app, session);
}

/// The session's models without a price, as far as its last responses and its subagents' tell.
fn unpriced_models(app: &App, session: &Session) -> String {
    let table = app.prices();
    let used = session.model.iter().chain(session.subagents.iter().filter_map(|agent| agent.model.as_ref()));
    let unpriced: BTreeSet<&str> =
        used.map(String::as_str).filter(|model| table.canonical(model).is_none()).collect();
    match unpriced.len() {
        0 => "an earlier model".to_owned(),
        _ => unpriced.into_iter().collect::<Vec<_>>().join(", "),
    }
}

/// Claude Code's own figure beside ours. It also holds what has no price here and what no transcript
/// shows, and a fork's begins with its parent's.
fn reconciled(reported: Usd, ours: Usd, shares: bool, unpriced: Option<&str>) -> String {
    let difference = reported - ours;
    let note = match difference.exact().as_str() {
        "$0.00" | "<$0.01" => "the same".to_owned(),
        more if difference > Usd::ZERO
            && let Some(models) = unpriced =>
        {
            format!("{more} more: the price of {models} is missing here")
        }
        more if difference > Usd::ZERO && shares => format!("{more} more: a fork counts its parent's, too"),
        more if difference > Usd::ZERO => format!("{more} more: requests that no transcript shows"),
        _ => format!("{} less: it went on since, or the client has other prices", (ours - reported).exact()),
    };
    format!("{} when it last said so ({note})", reported.exact())
}

fn context(app: &mut App, session: &Session) {
    let context = &session.context;
    let Some(tokens) = context.tokens else { return };
    let text = match (context.max, context.pct, context.source) {
        (Some(max), Some(pct), Some(source)) => {
            let source = serde_json::to_value(source).ok().and_then(|word| word.as_str().map(str::to_owned));
            let source = source.unwrap_or_default();
            format!("{} of {} ({pct:.0} %; window from: {source})", format::count(tokens), format::count(max))
        }
        _ => format!("{} (the model's window is not known)", format::count(tokens)),
    };
    field(app, "context", &text);
}

fn work(app: &mut App, session: &Session) {
    heading(app, "Work");
    let zone = app.zone.clone();
    let count = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), format::count);
    field(app, "prompts", &count(session.prompts));
    match (session.tool_calls, session.errors) {
        (None, None) => field(app, "tool calls", "- (the transcript is gone)"),
        (calls, failed) => field(app, "tool calls", &format!("{}, {} failed", count(calls), count(failed))),
    }
    for call in &session.pending {
        let age = call
            .since
            .map(|since| format!(" (for {})", format::age(app.now.saturating_sub(since))))
            .unwrap_or_default();
        let verb = if session.status.state == State::NeedsPermission { "asks for" } else { "open" };
        field(app, verb, &format!("{}: {}{age}", call.tool, call.summary));
    }
    for task in &session.background {
        field(app, "background", &format!("{} {}", task.id, task.summary));
    }
    for error in &session.recent_errors {
        let at = error.at.map(|at| format::moment(at, &zone)).unwrap_or_default();
        field(app, "failed", &format!("{} {}: {}", at, error.tool, error.message));
    }
    for conflict in &session.conflicts {
        let told = ls::branch_swap(session, conflict)
            .unwrap_or_else(|| format!("{} {} with {}", conflict.kind, conflict.path, conflict.with));
        let more = conflict.more.map(|more| format!(" (and {more} more)")).unwrap_or_default();
        field(app, "conflict", &format!("{told}{more}"));
    }
}

/// What the health checks found; nothing where all is well.
fn health(app: &mut App, session: &Session) {
    if session.health.is_empty() {
        return;
    }
    heading(app, "Health");
    super::health::findings(app, &session.health);
    field(app, "decay", &session.decay_score.map(|score| format!("{score} of 100")).unwrap_or_default());
}

fn subagents(app: &mut App, session: &Session) {
    if session.subagents.is_empty() {
        return;
    }
    heading(app, "Subagents");
    let mut table = Table::new()
        .left("STATE")
        .left("TYPE")
        .flexible("TASK", 10)
        .left("MODEL")
        .right("RESPONSES")
        .right("COST");
    for agent in &session.subagents {
        table.row([
            (Style::Plain, agent.state.to_owned()),
            (Style::Name, agent.kind.clone()),
            (Style::Plain, agent.description.clone().unwrap_or_else(|| agent.id.clone())),
            (Style::Plain, agent.model.clone().unwrap_or_else(|| "-".to_owned())),
            (Style::Plain, format::count(agent.messages)),
            (Style::Plain, agent.cost_usd.to_string()),
        ]);
    }
    table.print(&mut app.ui);
}

fn counts(app: &mut App, title: &str, counts: &BTreeMap<String, u64>, most: usize) {
    if counts.is_empty() {
        return;
    }
    heading(app, title);
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (name, count) in sorted.iter().take(most) {
        field(app, &format::count(**count), name);
    }
    if sorted.len() > most {
        field(app, "", &format!("and {} more", sorted.len() - most));
    }
}
