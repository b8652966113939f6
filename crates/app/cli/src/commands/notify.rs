//! `claudectl notify`: what became of notices, and whether they arrive.

use std::sync::mpsc::channel;

use claudectl_fleet::notice::{Event, Notice};
use claudectl_fleet::session::rfc3339;
use claudectl_fleet::status::{Source, State};
use claudectl_store::Store;
use claudectl_store::notices::{Logged, State as Delivery};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::sinks::{self, Configured};
use crate::ui::{Style, Table, clean};
use crate::when;

/// See what became of notices, and try whether they arrive.
///
/// Notices are told by `claudectl up`, or by the dashboard, whichever leads. What is told, where and when is in
/// `[notify]`, `[webhooks]` and `[hooks]` of your configuration.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List notices, and what became of each at each sink: sent, suppressed and why, failed and why.
    Ls(LsArgs),
    /// Send a notice that is marked as a test to each sink, once, and say how that went.
    ///
    /// Exits with 1 if one fails. Filters, quiet hours and pauses do not count.
    Test {
        /// Only this sink: `bell`, `osc9`, `osc777`, `desktop`, `webhook:NAME`, `hook:NAME`.
        #[arg(value_name = "SINK")]
        sink: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct LsArgs {
    /// Only from then on: 24h, 7d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    since: String,
    /// Only these events; may be given several times or with commas.
    #[arg(long, value_name = "EVENT", value_delimiter = ',', value_parser = event)]
    event: Vec<Event>,
    /// Only these sinks.
    #[arg(long, value_name = "SINK", value_delimiter = ',')]
    sink: Vec<String>,
    /// Only of sessions whose id begins so, or whose name or project this is.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only what was `sent`, `suppressed`, `failed`, or is `pending`.
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = ["sent", "suppressed", "failed", "pending"])]
    state: Vec<String>,
    /// No more than so many; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: usize,
}

/// So many rows are looked through.
const LOOKED_THROUGH: u32 = 100_000;

fn event(text: &str) -> std::result::Result<Event, String> {
    Event::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Event::ALL.into_iter().map(Event::word).collect();
        format!("events are {}", all.join(", "))
    })
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        What::Ls(args) => ls(app, args),
        What::Test { sink } => test(app, sink.as_deref()),
    }
}

fn ls(app: &mut App, args: &LsArgs) -> Result<()> {
    let since = when::moment_ms("--since", &args.since, app.now, &app.zone, false)?;
    let path = app.env.state_dir()?.join("state.db");
    let all =
        if path.exists() { Store::open(&path)?.delivery_log(since, LOOKED_THROUGH)? } else { Vec::new() };
    let is_wanted = |one: &Logged| {
        (args.event.is_empty() || args.event.contains(&one.notice.event))
            && (args.sink.is_empty() || args.sink.contains(&one.sink))
            && (args.state.is_empty() || args.state.iter().any(|word| word == one.state.word()))
            && args.session.as_deref().is_none_or(|text| is_of(&one.notice, text))
    };
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let any = !all.is_empty();
    let wanted: Vec<Logged> = all.into_iter().filter(is_wanted).take(limit).collect();
    if app.ui.json {
        return app.ui.document(&wanted.iter().map(document).collect::<Vec<_>>());
    }
    if wanted.is_empty() {
        let sinks = sinks::all(app, None).len() as u64;
        let line = match (any, sinks) {
            (true, _) => "No notice is like that.".to_owned(),
            (false, 0) => "No notice was told: nothing is configured. `claudectl config set notify.desktop true` is a beginning; then run `claudectl up`.".to_owned(),
            (false, sinks) => format!(
                "No notice was told yet. {} configured; `claudectl up` tells, `claudectl notify test` tries.",
                match sinks { 1 => "1 sink is".to_owned(), sinks => format!("{} are", format::plural(sinks, "sink")) }
            ),
        };
        app.ui.line(&line);
        return Ok(());
    }
    print(app, &wanted);
    Ok(())
}

fn is_of(notice: &Notice, text: &str) -> bool {
    notice.session.as_ref().is_some_and(|session| {
        session.id.starts_with(text) || session.name.as_deref() == Some(text) || session.project == text
    })
}

fn document(one: &Logged) -> Value {
    json!({
        "sink": one.sink,
        "state": one.state.word(),
        "reason": one.state.reason(),
        "attempts": one.attempts,
        "settled_at": rfc3339(one.at),
        "notice": one.notice,
    })
}

fn style(state: &Delivery) -> Style {
    match state {
        Delivery::Sent => Style::Good,
        Delivery::Suppressed(_) => Style::Faint,
        Delivery::Failed(_) => Style::Alarm,
        Delivery::Pending(_) => Style::Notice,
    }
}

fn print(app: &mut App, wanted: &[Logged]) {
    let mut table = Table::new()
        .left("AT")
        .flexible("NOTICE", 16)
        .left("EVENT")
        .flexible("SINK", 8)
        .left("BECAME")
        .give_way(&["EVENT"]);
    for one in wanted {
        let style = style(&one.state);
        let seconds = one.notice.at.div_euclid(1_000).rem_euclid(60);
        table.row([
            (Style::Faint, format!("{}:{seconds:02}", format::moment(one.notice.at, &app.zone))),
            (Style::Name, one.notice.title.clone()),
            (Style::Plain, one.notice.event.word().to_owned()),
            (Style::Plain, one.sink.clone()),
            (style, one.state.word().to_owned()),
        ]);
        let tries = (one.attempts > 1).then(|| format!("{} times tried", one.attempts));
        let told = [one.state.reason().map(str::to_owned), tries];
        let told: Vec<String> = told.into_iter().flatten().collect();
        if !told.is_empty() {
            table.below(style, &told.join(", "));
        }
    }
    table.print(&mut app.ui);
}

/// A notice that says of itself that it is none.
fn sample(app: &App) -> Notice {
    let id: String = format!("evt_test_{:016x}", crate::notices::chance().to_bits());
    Notice {
        id,
        event: Event::NeedsInput,
        at: app.now,
        test: true,
        title: "claudectl: a test".to_owned(),
        text: "If you can read this, notices arrive here.".to_owned(),
        session: Some(claudectl_fleet::notice::Subject {
            id: "00000000-0000-0000-0000-000000000000".to_owned(),
            name: Some("test".to_owned()),
            project: "test".to_owned(),
            project_path: None,
            cwd: None,
            branch: None,
            model: None,
            pid: None,
            state: State::NeedsPermission,
            previous_state: Some(State::Working),
            source: Source::Hook,
            detail: Some("a test".to_owned()),
            since: Some(app.now),
            started_at: Some(app.now),
            cost_usd: 0.0,
            context_pct: None,
            tokens_in: 0,
            tokens_out: 0,
        }),
        also: None,
        about: String::new(),
        since: app.now,
    }
}

/// How a test of a sink went.
struct Tried {
    name: String,
    to: String,
    failure: Option<String>,
}

fn test(app: &mut App, only: Option<&str>) -> Result<()> {
    let mut sinks = sinks::all(app, sinks::terminal(app).as_ref());
    let names: Vec<String> = sinks.iter().map(|sink| sink.name.clone()).collect();
    if let Some(only) = only {
        sinks.retain(|sink| sink.name == only);
        if sinks.is_empty() {
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(CliError::usage(format!("no sink named {only} is configured"))
                .why(format!("configured: {names}"))
                .fix("`claudectl config set notify.desktop true` turns on the desktop; see docs/config.md for the rest"));
        }
    }
    if sinks.is_empty() {
        return Err(CliError::failed("no sink is configured, so no notice goes anywhere")
            .fix("`claudectl config set notify.desktop true` is a beginning; [webhooks.NAME] and [hooks.NAME] are others"));
    }
    let tried = try_each(sinks, &sample(app));
    let failed = tried.iter().filter(|one| one.failure.is_some()).count();
    if app.ui.json {
        let each = tried.iter().map(|one| {
            json!({ "sink": one.name, "to": one.to, "ok": one.failure.is_none(), "reason": one.failure })
        });
        let each: Vec<Value> = each.collect();
        app.ui.document(&json!({ "ok": failed == 0, "sinks": each }))?;
    } else {
        let mut table = Table::new().left("SINK").flexible("TO", 10).flexible("BECAME", 10);
        for one in &tried {
            let (style, became) = match &one.failure {
                None => (Style::Good, "sent".to_owned()),
                Some(why) => (Style::Alarm, format!("failed: {why}")),
            };
            table.row([(Style::Name, one.name.clone()), (Style::Faint, one.to.clone()), (style, became)]);
        }
        table.print(&mut app.ui);
    }
    if failed == 0 { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}

/// All at once: one that hangs keeps the others from nothing.
fn try_each(sinks: Vec<Configured>, notice: &Notice) -> Vec<Tried> {
    let (send, tried) = channel();
    let mut all: Vec<(usize, Tried)> = std::thread::scope(|scope| {
        for (at, Configured { name, to, sink, .. }) in sinks.into_iter().enumerate() {
            let send = send.clone();
            scope.spawn(move || {
                let failure = sink.deliver(notice, notice.at).err().map(|failure| clean(&failure.why));
                send.send((at, Tried { name, to, failure })).ok();
            });
        }
        drop(send);
        tried.iter().collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, tried)| tried).collect()
}
