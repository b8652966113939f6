//! `claudectl ls`: every session that runs, most urgent first.

use claudectl_fleet::alarm::{self, Kind};
use claudectl_fleet::budget::Level;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::{Conflict, Focus, Session};
use claudectl_fleet::status::{Source, State};

use crate::app::App;
use crate::approving;
use crate::env::shown;
use crate::error::Result;
use crate::format;
use crate::gather::{self, Wanted};
use crate::quota;
use crate::sync::{self, Ledger, LedgerArgs};
use crate::ui::{Style, Table, both_ends, clean};

/// List sessions: what each is doing, and what it costs.
///
/// Lists the sessions that run and those that ended without a goodbye in the last day; --all adds
/// every past session. What needs you comes first.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only sessions with this status; may be given several times or with commas.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = state)]
    status: Vec<State>,
    /// Only sessions that need a look.
    #[arg(long, value_enum, value_name = "WHAT")]
    focus: Option<FocusArg>,
    /// Only sessions of this project (part of its name or folder).
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Only sessions with this text in name, id, project, folder, branch or model.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Past sessions, too.
    #[arg(long, short)]
    all: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FocusArg {
    /// Waits for you, failed, is over budget, collides with another session, or runs with a critical finding.
    Attention,
    /// Has spent its budget.
    OverBudget,
    /// Its context window is nearly full.
    HighContext,
    /// Its status cannot be told.
    Unknown,
    /// Works where another session works.
    Conflict,
}

impl From<FocusArg> for Focus {
    fn from(arg: FocusArg) -> Self {
        match arg {
            FocusArg::Attention => Self::Attention,
            FocusArg::OverBudget => Self::OverBudget,
            FocusArg::HighContext => Self::HighContext,
            FocusArg::Unknown => Self::Unknown,
            FocusArg::Conflict => Self::Conflict,
        }
    }
}

/// No status has this name.
#[derive(Debug, thiserror::Error)]
#[error("statuses are: {}", State::ALL.map(State::word).join(", "))]
pub(crate) struct NoSuchStatus;

/// A status by its name.
pub(crate) fn state(text: &str) -> Result<State, NoSuchStatus> {
    let word = text.to_ascii_lowercase().replace(['_', ' '], "-");
    State::ALL.into_iter().find(|state| state.word() == word).ok_or(NoSuchStatus)
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut ledger = sync::ledger(app, args.ledger)?;
    let wanted = if args.all { Wanted::All } else { Wanted::Live };
    let mut sessions = gather::sessions(app, &mut ledger, wanted)?;
    let all = sessions.len();
    sessions.retain(|session| args.matches(session, app.config.context.warn_pct.into()));
    if app.ui.json {
        return app.ui.document(&sessions);
    }
    if sessions.is_empty() {
        empty(app, args, all, &ledger);
        return runs(app, args, &ledger);
    }
    let limits = quota::short(app, &quota::of(app, &ledger.store)?);
    alarm(app, &sessions);
    table(app, &sessions)?;
    summary(app, &sessions, all, limits);
    runs(app, args, &ledger)
}

/// Runs that wait for an answer have ended, so that they are in no table of what runs.
fn runs(app: &mut App, args: &Args, ledger: &Ledger) -> Result<()> {
    if ledger.in_memory {
        // What was said above: nothing is kept, and so nothing is known of them.
        return Ok(());
    }
    let all = args.status.is_empty() && args.focus.is_none_or(|focus| focus == FocusArg::Attention);
    if all && args.project.is_none() && args.search.is_none() {
        let deferred = approving::deferred(app)?;
        super::approve::print_runs(app, &deferred);
    }
    Ok(())
}

impl Args {
    fn matches(&self, session: &Session, high_context: f64) -> bool {
        (self.status.is_empty() || self.status.contains(&session.status.state))
            && self.focus.is_none_or(|focus| session.matches(focus.into(), high_context))
            && of_project(session, self.project.as_deref())
            && self.search.as_ref().is_none_or(|text| session.contains(text))
    }
}

/// Whether a text is part of the name or the folder of a session's project; no text is part of all.
pub(crate) fn of_project(session: &Session, text: Option<&str>) -> bool {
    let Some(text) = text.map(str::to_lowercase) else { return true };
    let folder = session.project_path.as_deref().unwrap_or_default();
    session.project.to_lowercase().contains(&text) || folder.to_lowercase().contains(&text)
}

/// So many alarms stand below a row; `show` has them all.
const MOST_ALARMS: usize = 2;

pub(crate) fn style(state: State) -> Style {
    match state {
        State::NeedsPermission | State::NeedsAnswer | State::Error => Style::Alarm,
        State::RateLimited | State::Stalled | State::Waiting => Style::Notice,
        State::Working | State::Background => Style::Good,
        State::Idle | State::Unknown | State::Finished => Style::Faint,
    }
}

/// What is wrong with the guard stands above everything.
fn alarm(app: &mut App, sessions: &[Session]) {
    let alarms = sessions.iter().map(|session| (session.id.as_str(), session.gate.alarms.as_slice()));
    if let Some(line) = alarm::headline(alarms) {
        let line = app.ui.paint(Style::Alarm, &clean(&app.env.short_path(&line)));
        app.ui.line(&line);
    }
}

fn table(app: &mut App, sessions: &[Session]) -> Result<()> {
    let mut table = Table::new()
        .left("STATUS")
        .right("FOR")
        .flexible("SESSION", 18)
        .flexible("PROJECT", 8)
        .flexible("MODEL", 10)
        .right("CONTEXT")
        .right("TOKENS")
        .right("COST")
        .right("$/H")
        .give_way(&["TOKENS", "$/H", "MODEL", "CONTEXT"]);
    let asks = |session: &Session| session.status.state == State::NeedsPermission;
    let asking: Vec<&str> =
        sessions.iter().filter(|session| asks(session)).map(|session| session.id.as_str()).collect();
    let ways = approving::ways(app, &asking)?;
    for session in sessions {
        table.row(cells(app, session));
        // A gap is among what the health checks find.
        for alarm in session.gate.alarms.iter().filter(|alarm| alarm.kind != Kind::Gap).take(MOST_ALARMS) {
            table.below(Style::Alarm, &both_ends(&clean(&alarm.words()), app.ui.width.saturating_sub(4)));
        }
        if let Some(detail) = detail(session, app.ui.width.saturating_sub(4)) {
            table.below(style(session.status.state), &detail);
        }
        for (_, way) in ways.iter().filter(|(of, _)| *of == session.id) {
            table.below(Style::Faint, way);
        }
    }
    table.print(&mut app.ui);
    Ok(())
}

fn cells(app: &App, session: &Session) -> Vec<(Style, String)> {
    let state = session.status.state;
    let since = session.status.since.or(session.last_activity_at);
    // Which session a process without a row runs is not known, and so is what that has used.
    let unnamed = session.is_unnamed();
    let all = session.tokens.total();
    vec![
        (
            style(state),
            format!("{} {}{}", state.sign(), state.word(), if inferred(session) { " ~" } else { "" }),
        ),
        (
            Style::Plain,
            since.map_or_else(|| "-".to_owned(), |since| format::age(app.now.saturating_sub(since))),
        ),
        (Style::Name, session.title()),
        (Style::Plain, session.project.clone()),
        (Style::Plain, model(session)),
        context(app, session),
        (Style::Plain, if unnamed { "-".to_owned() } else { format::short_count(all) }),
        if unnamed { (Style::Faint, "-".to_owned()) } else { cost(session) },
        (
            Style::Plain,
            session.cost.burn_usd_per_hour.map_or_else(|| "-".to_owned(), |burn| format!("${burn:.2}")),
        ),
    ]
}

pub(crate) fn inferred(session: &Session) -> bool {
    session.status.source == Source::Inferred
}

fn model(session: &Session) -> String {
    let model = session.model.as_deref().unwrap_or("-");
    model.strip_prefix("claude-").unwrap_or(model).to_owned()
}

fn context(app: &App, session: &Session) -> (Style, String) {
    let warn = f64::from(app.config.context.warn_pct);
    match (session.context.pct, session.context.tokens) {
        (Some(pct), _) if pct >= warn => (Style::Notice, format!("{pct:.0}% !")),
        (Some(pct), _) => (Style::Plain, format!("{pct:.0}%")),
        (None, Some(tokens)) => (Style::Plain, format!("{} of ?", format::short_count(tokens))),
        (None, None) => (Style::Faint, "-".to_owned()),
    }
}

fn cost(session: &Session) -> (Style, String) {
    let cost = &session.cost;
    let text = cost.text();
    let Some((level, word)) = cost.standing().zip(cost.standing_word()) else { return (Style::Plain, text) };
    let style = if level.0 == Level::Exceeded { Style::Alarm } else { Style::Notice };
    (style, format!("{text} {word}"))
}

/// What stands below a row, in so many columns: the call that waits, the failure, the collision, the worst finding.
fn detail(session: &Session, width: usize) -> Option<String> {
    let status = &session.status;
    let told = status.detail.as_deref().filter(|_| !matches!(status.state, State::Working | State::Idle));
    let told = told.map(|told| both_ends(&clean(told), width));
    let conflict = session.conflicts.first().map(|conflict| {
        let with = format::short_id(&conflict.with);
        if conflict.kind == "session" {
            return format!("also open in {with}, which writes to the same transcript");
        }
        if let Some(swap) = branch_swap(session, conflict) {
            return swap;
        }
        let unnamed = session.conflicts.iter().filter_map(|conflict| conflict.more);
        let more = match unnamed.sum::<u64>() + session.conflicts.len() as u64 - 1 {
            0 => String::new(),
            more => format!(" (and {more} more: `claudectl show {}`)", format::short_id(&session.id)),
        };
        format!("{} conflict with {with}: {}{more}", conflict.kind, conflict.path)
    });
    let parts: Vec<String> = told.into_iter().chain(conflict).chain(ailing(session)).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Under which session the branch was changed, and by whom.
pub(crate) fn branch_swap(session: &Session, conflict: &Conflict) -> Option<String> {
    let was = conflict.was.as_deref()?;
    let now = session.branch.as_deref().unwrap_or("another branch");
    // Only an id can be cut short.
    let by =
        if conflict.with.contains(' ') { conflict.with.clone() } else { format::short_id(&conflict.with) };
    Some(format!("branch conflict with {by}: it was on {was}, and {now} is checked out now"))
}

/// The worst that the health checks found, of a session that runs.
fn ailing(session: &Session) -> Option<String> {
    session.pid?;
    let bad = session.health.iter().filter(|finding| finding.severity >= Severity::Warning);
    let worst = bad.clone().next()?;
    let more = match bad.count() {
        1 => String::new(),
        all => format!(" (and {} more: `claudectl health {}`)", all - 1, format::short_id(&session.id)),
    };
    Some(format!("{}: {}{more}", worst.severity, worst.message))
}

fn summary(app: &mut App, sessions: &[Session], all: usize, limits: Option<String>) {
    let waiting = sessions.iter().filter(|session| session.status.state.wants_attention()).count();
    let mut parts = vec![format::plural(sessions.len() as u64, "session")];
    if sessions.len() < all {
        parts[0] = format!("{} of {}", sessions.len(), format::plural(all as u64, "session"));
    }
    if waiting > 0 {
        parts.push(format!("{waiting} want{} you", if waiting == 1 { "s" } else { "" }));
    }
    parts.push(gather::total_cost(sessions).to_string());
    let unpriced: u64 = sessions.iter().map(|session| session.cost.unpriced_messages).sum();
    if unpriced > 0 {
        parts.push(format!(
            "+ {} unpriced (no price is known for their model)",
            format::plural(unpriced, "response")
        ));
    }
    if sessions.iter().any(|session| session.cost.unverified_usd.cents() != 0) {
        parts.push("? rests on an unverified price".to_owned());
    }
    parts.extend(limits);
    if sessions.iter().any(inferred) {
        parts.push("~ inferred".to_owned());
    }
    let line = app.ui.paint(Style::Faint, &parts.join(" · "));
    app.ui.line(&line);
}

fn empty(app: &mut App, args: &Args, all: usize, ledger: &Ledger) {
    if all > 0 {
        app.ui.line(&format!("None of {} matches.", format::plural(all as u64, "session")));
        return;
    }
    let folders: Vec<String> = ledger.roots.iter().map(|root| shown(&app.env, root)).collect();
    if ledger.files == 0 {
        app.ui.line("No Claude Code session has been found on this machine.");
        app.ui.line(&format!("  looked in: {}", crate::ui::clean(&folders.join(", "))));
        app.ui.line("  start one with `claude`, or set CLAUDE_CONFIG_DIR to where its files are; `claudectl doctor` checks both");
    } else if args.all {
        app.ui.line("No session is known.");
    } else {
        app.ui.line("No Claude Code session is running.");
        app.ui.line(&format!(
            "  {} of past sessions: `claudectl ls --all`, `claudectl history` or `claudectl spend` shows them",
            format::plural(ledger.files, "transcript")
        ));
    }
}
