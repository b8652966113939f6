//! `claudectl watch`: what sessions do, as it changes.

use std::collections::BTreeMap;
use std::io;

use claudectl_fleet::session::{Session, rfc3339};
use claudectl_fleet::status::State;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::comings::Comings;
use crate::commands::ls;
use crate::config::unknown_field;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::live::Live;
use crate::ui::{Style, both_ends, clean, cut};

/// Show what sessions do as it changes: a stream that ends when you end it.
///
/// Begins with every session that runs, then tells each change of status, and sessions that come and go. On a
/// terminal a line of text for each; else, and with --json, a JSON document on a line of its own. Nothing is
/// polled: it sleeps until something happens.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these sessions: ids, their beginnings, or names.
    #[arg(value_name = "SESSION")]
    sessions: Vec<String>,
    /// Only changes to these statuses; may be given several times or with commas.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = ls::state)]
    status: Vec<State>,
    /// Only sessions of this project (part of its name or folder).
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Tell changes of cost, tokens, context and open calls, too.
    #[arg(long)]
    figures: bool,
    /// Print this line for each change, with fields in braces: {at}, {change}, {id}, {name}, {project}, {cwd},
    /// {branch}, {pid}, {state}, {previous}, {source}, {detail}, {cost}, {context}.
    #[arg(long, value_name = "TEXT", conflicts_with = "json")]
    format: Option<String>,
}

const FIELDS: &[&str] = &[
    "at", "change", "id", "name", "project", "cwd", "branch", "pid", "state", "previous", "source", "detail",
    "cost", "context",
];

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// It ran when the stream began.
    Listed,
    /// It has come.
    Appeared,
    /// Its status is another.
    Status,
    /// Its figures are others.
    Figures,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Appeared => "appeared",
            Self::Status => "status",
            Self::Figures => "figures",
        }
    }
}

/// One change.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) what: What,
    pub(crate) session: &'a Session,
    pub(crate) previous: Option<State>,
    pub(crate) at: i64,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    if let Some(name) = args.format.as_deref().and_then(|format| unknown_field(format, FIELDS)) {
        return Err(CliError::usage(format!("there is no field {{{name}}} of a change"))
            .why(format!("fields are: {}", FIELDS.join(", ")))
            .fix("write it as --format '{state} {name}: {detail}'"));
    }
    let mut live = Live::start(app)?;
    let wanted: Vec<String> = args.sessions.iter().map(|text| live.find(app, text)).collect::<Result<_>>()?;
    let mut before: Option<BTreeMap<String, Session>> = None;
    let mut comings = Comings::default();
    loop {
        let mut now = comings.look(app, &mut live)?;
        now.retain(|sid, session| {
            (wanted.is_empty() || wanted.contains(sid)) && ls::of_project(session, args.project.as_deref())
        });
        for change in changes(before.as_ref(), &now, app.now) {
            if !args.tells(&change) {
                continue;
            }
            if let Err(error) = tell(app, args, &change) {
                return ended(error);
            }
        }
        before = Some(now);
        live.wait(app, None)?;
    }
}

/// Whoever read the stream has seen enough, or the outside failed.
pub(crate) fn ended(error: io::Error) -> Result<()> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(CliError::new(Kind::External, "cannot write the output").why(error)),
    }
}

/// What is other than at the look before.
pub(crate) fn changes<'a>(
    before: Option<&BTreeMap<String, Session>>,
    now: &'a BTreeMap<String, Session>,
    at: i64,
) -> Vec<Change<'a>> {
    let change = |session: &'a Session| {
        let last = before.map(|before| before.get(&session.id));
        let (what, previous) = match last {
            None => (What::Listed, None),
            Some(None) => (What::Appeared, None),
            Some(Some(last)) if status(last) != status(session) => (What::Status, Some(last.status.state)),
            Some(Some(last)) if figures(last) != figures(session) => (What::Figures, Some(last.status.state)),
            Some(Some(_)) => return None,
        };
        Some(Change { what, session, previous, at })
    };
    let mut changes: Vec<Change<'_>> = now.values().filter_map(change).collect();
    changes.sort_by_key(|change| (change.session.status.state, change.session.status.since));
    changes
}

/// What makes a change of status. Since when is no part of it: the registry renews it without a change.
fn status(session: &Session) -> (State, &str, &Option<String>, Option<u32>) {
    let status = &session.status;
    (status.state, status.source.word(), &status.detail, session.pid)
}

/// What makes a change of figures.
fn figures(session: &Session) -> (u64, Option<u64>, String, Vec<&str>) {
    let open = session.pending.iter().map(|call| call.tool_use_id.as_str()).collect();
    (session.messages, session.context.tokens, session.cost.usd.to_string(), open)
}

impl Args {
    fn tells(&self, change: &Change<'_>) -> bool {
        (self.figures || change.what != What::Figures)
            && (self.status.is_empty() || self.status.contains(&change.session.status.state))
    }
}

fn tell(app: &App, args: &Args, change: &Change<'_>) -> io::Result<()> {
    if let Some(format) = &args.format {
        return app.ui.stream(&filled(app, format, change));
    }
    if app.ui.json || !app.ui.terminal {
        return app.ui.stream_document(&document(change));
    }
    app.ui.stream(&text(app, change))
}

pub(crate) fn document(change: &Change<'_>) -> Value {
    let mut document = json!({
        "at": rfc3339(change.at),
        "change": change.what.word(),
        "previous": change.previous,
    });
    document["session"] = serde_json::to_value(change.session).unwrap_or(Value::Null);
    document
}

/// The time of day in the person's zone.
pub(crate) fn time(app: &App, at: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    app.zone.to_datetime(at).strftime("%H:%M:%S").to_string()
}

/// A line for a terminal.
pub(crate) fn text(app: &App, change: &Change<'_>) -> String {
    let (session, status) = (change.session, &change.session.status);
    let guess = if ls::inferred(session) { " ~" } else { "" };
    let word = format!("{} {}{guess}", status.state.sign(), status.state.word());
    let state = app.ui.paint(ls::style(status.state), &format!("{word:<20}"));
    // A line is a line: what does not fit is cut, the detail first.
    let title = cut(&clean(&session.title()), 28);
    let project = cut(&clean(&session.project), 16);
    let mut more = match change.what {
        What::Figures => format!("  {}, {}", session.cost.usd, format::plural(session.messages, "response")),
        _ => status.detail.as_deref().map(|detail| format!("  {}", clean(detail))).unwrap_or_default(),
    };
    let used = BEFORE_TITLE + title.width() + 2 + project.width();
    more = both_ends(&more, app.ui.width.saturating_sub(used));
    let (title, project) = (app.ui.paint(Style::Name, &title), app.ui.paint(Style::Faint, &project));
    format!("{}  {state}  {title}  {project}{more}", time(app, change.at))
}

/// Columns of time and state.
const BEFORE_TITLE: usize = 8 + 2 + 20 + 2;

fn filled(app: &App, format: &str, change: &Change<'_>) -> String {
    let (session, status) = (change.session, &change.session.status);
    let own = |text: &Option<String>| text.clone().unwrap_or_default();
    let field = |name: &str| match name {
        "at" => time(app, change.at),
        "change" => change.what.word().to_owned(),
        "id" => session.id.clone(),
        "name" => own(&session.name),
        "project" => session.project.clone(),
        "cwd" => own(&session.cwd),
        "branch" => own(&session.branch),
        "pid" => session.pid.map(|pid| pid.to_string()).unwrap_or_default(),
        "state" => status.state.word().to_owned(),
        "previous" => change.previous.map(State::word).unwrap_or_default().to_owned(),
        "source" => status.source.word().to_owned(),
        "detail" => own(&status.detail),
        "cost" => session.cost.usd.to_string(),
        "context" => session.context.pct.map(|pct| format!("{pct:.0}%")).unwrap_or_default(),
        _ => String::new(),
    };
    let mut line = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        line.push_str(before);
        line.push_str(&field(name));
        rest = after;
    }
    line.push_str(rest);
    clean(&line)
}
