//! `claudectl budget raise`, `set` and `unset`: what a person lets one session, project, day or week cost.

use claudectl_agents::checkout;
use claudectl_fleet::budget::{self, Own, Scope};
use claudectl_fleet::money::Usd;
use claudectl_fleet::project;
use serde_json::json;

use super::Books;
use crate::app::App;
use crate::approving;
use crate::budgets::Periods;
use crate::error::{CliError, Result};
use crate::find;
use crate::format;
use crate::snapshot;
use crate::ui::clean;

/// What a budget is of.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct One {
    /// One session: its id or the beginning of it, its name, or `latest`.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// The subagents of one session, together.
    #[arg(long, value_name = "SESSION")]
    fanout: Option<String>,
    /// One project in a calendar month: its name, or its folder.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
}

/// The same: one has to be named.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false, args = ["session", "fanout", "project"])]
pub(super) struct Whose {
    #[command(flatten)]
    one: One,
}

/// The same, or a span of time.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false, args = ["session", "fanout", "project", "day", "week"])]
pub(super) struct Any {
    #[command(flatten)]
    one: One,
    /// All sessions, today.
    #[arg(long)]
    day: bool,
    /// All sessions, in this week.
    #[arg(long)]
    week: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct RaiseArgs {
    #[command(flatten)]
    whose: Any,
    #[command(flatten)]
    much: Much,
}

/// How much more.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Much {
    /// The new limit, in US dollars.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    to: Option<Usd>,
    /// So much more than the limit that counts now.
    #[arg(long, value_name = "USD", value_parser = dollars)]
    by: Option<Usd>,
}

#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    whose: Whose,
    /// The limit, in US dollars.
    #[arg(value_name = "USD", value_parser = dollars)]
    usd: Usd,
}

#[derive(Debug, clap::Args)]
pub(super) struct UnsetArgs {
    #[command(flatten)]
    whose: Any,
}

/// More than anybody means.
const MOST_USD: f64 = 1_000_000.0;

fn dollars(text: &str) -> std::result::Result<Usd, String> {
    let number = text.strip_prefix('$').unwrap_or(text).parse::<f64>().ok();
    number
        .filter(|usd| (0.0..=MOST_USD).contains(usd))
        .and_then(Usd::from_dollars)
        .filter(|usd| *usd > Usd::ZERO)
        .ok_or_else(|| "an amount of US dollars above 0, up to a million: 5, 2.50".to_owned())
}

/// What a budget is of, as it is kept.
struct Subject {
    scope: Scope,
    subject: String,
    /// For a person.
    name: String,
}

impl Subject {
    /// The command that suffices.
    fn raise(&self, spent: Usd, limit: Usd) -> String {
        let name = match self.scope {
            Scope::Session | Scope::Fanout => format::short_id(&self.subject),
            Scope::Project | Scope::Day | Scope::Week => self.name.clone(),
        };
        budget::raise(self.scope, &name, budget::enough(spent, limit))
    }
}

impl Any {
    fn find(&self, app: &App, books: &Books) -> Result<Subject> {
        let Periods { day, week, .. } = Periods::at(app.now, &app.zone);
        let of_time =
            |scope, key: &str, name: &str| Subject { scope, subject: key.to_owned(), name: name.to_owned() };
        match (self.day, self.week) {
            (true, _) => Ok(of_time(Scope::Day, &day.key, "today")),
            (_, true) => Ok(of_time(Scope::Week, &week.key, "this week")),
            _ => self.one.find(app, books),
        }
    }
}

impl One {
    fn find(&self, app: &App, books: &Books) -> Result<Subject> {
        let of_session = |scope, text: &str| -> Result<Subject> {
            let sid = find::session(app, &books.ledger, text)?;
            let short = format::short_id(&sid);
            let name = if scope == Scope::Session { short } else { format!("the subagents of {short}") };
            Ok(Subject { scope, subject: sid, name })
        };
        match (&self.session, &self.fanout, &self.project) {
            (Some(session), ..) => of_session(Scope::Session, session),
            (_, Some(session), _) => of_session(Scope::Fanout, session),
            (.., project) => of_project(books, project.as_deref().unwrap_or_default()),
        }
    }
}

/// A project by its folder, by what it is called, or by its name where only one has it.
fn of_project(books: &Books, text: &str) -> Result<Subject> {
    let projects = books.catalog.project_roots();
    let of = |label: &str, root: &str| Subject {
        scope: Scope::Project,
        subject: root.to_owned(),
        name: label.to_owned(),
    };
    // A folder of it, or of a worktree, names it.
    let within = text.starts_with('/').then(|| checkout::project(text));
    let text = within.as_deref().unwrap_or(text);
    let exact = projects.iter().find(|(label, root)| label.as_str() == text || root.as_str() == text);
    if let Some((label, root)) = exact {
        return Ok(of(label, root));
    }
    let named: Vec<(&String, &String)> =
        projects.iter().filter(|(_, root)| project::name(root) == text).collect();
    match named.as_slice() {
        [(label, root)] => Ok(of(label, root)),
        [] => Err(CliError::failed(format!("there is no project {text}"))
            .fix("`claudectl spend --by project` lists them")),
        _ => Err(CliError::usage(format!("{} projects are called {text}", named.len()))
            .fix("name one by its folder")),
    }
}

pub(super) fn raise(app: &mut App, args: &RaiseArgs) -> Result<()> {
    let mut books = Books::open(app)?;
    let of = args.whose.find(app, &books)?;
    let Some(standing) = books.standing(of.scope, &of.subject) else {
        return Err(nothing_to_raise(&of));
    };
    let before = standing.limit;
    let limit = match (args.much.to, args.much.by) {
        (Some(to), _) => to,
        (None, by) => before + by.unwrap_or_default(),
    };
    if limit <= before {
        return Err(CliError::usage(format!("the budget of {} is {before} already", of.name))
            .fix("name more than that; `claudectl budget set` makes one smaller"));
    }
    if let Some(by) = args.much.by.filter(|_| limit <= standing.spent) {
        let what = format!(
            "{by} more would be {limit}, and {} of it is spent: {} would still be asked about",
            standing.spent, of.name
        );
        return Err(CliError::usage(clean(&what)).fix(clean(&of.raise(standing.spent, before))));
    }
    let month = if of.scope == Scope::Project { books.month.clone() } else { String::new() };
    let own = Own { scope: of.scope, subject: of.subject.clone(), month, raised: true, limit, at: app.now };
    let until = match of.scope {
        Scope::Session | Scope::Fanout => "until that is spent, or the session has ended and the day is over",
        Scope::Project => "until the end of the month",
        Scope::Day => "until midnight",
        Scope::Week => "until the end of the week",
    };
    keep(app, &mut books, &own)?;
    told(app, &of, &own, Some(before), standing.spent, until)?;
    still_asks(app, &of)
}

/// Whoever raises a budget is often asked about a call at that moment: the prompt stays open.
fn still_asks(app: &mut App, of: &Subject) -> Result<()> {
    let of_session = matches!(of.scope, Scope::Session | Scope::Fanout);
    if app.ui.json {
        return Ok(());
    }
    let open = approving::open(app, of_session.then_some(of.subject.as_str()))?;
    for one in open.iter().filter(|one| one.is_about_budget()) {
        let way = one.command("approve", &open);
        app.ui.line(&clean(&format!("A call still waits for your answer: {} ({way})", one.prompt().summary)));
    }
    let ended = approving::deferred(app)?;
    for one in
        ended.iter().filter(|one| one.is_unpaid() && (!of_session || one.decision.session == of.subject))
    {
        let short = format::short_id(&one.decision.session);
        app.ui.line(&clean(&format!(
            "The run of {short} that has ended at its budget goes on by: {}",
            one.way()
        )));
    }
    Ok(())
}

fn nothing_to_raise(of: &Subject) -> CliError {
    let fix = match of.scope {
        Scope::Session => format!("give it one: claudectl budget set --session {} 5", of.name),
        Scope::Fanout => {
            format!("give them one: claudectl budget set --fanout {} 5", format::short_id(&of.subject))
        }
        Scope::Project => format!("give it one: claudectl budget set --project '{}' 50", of.name),
        Scope::Day => "set one for each day: claudectl config set budget.day_usd 20".to_owned(),
        Scope::Week => "set one for each week: claudectl config set budget.week_usd 100".to_owned(),
    };
    CliError::failed(format!("there is no budget of {} to raise", of.name)).fix(clean(&fix))
}

pub(super) fn set(app: &mut App, args: &SetArgs) -> Result<()> {
    let mut books = Books::open(app)?;
    let of = args.whose.one.find(app, &books)?;
    let standing = books.standing(of.scope, &of.subject);
    let own = Own {
        scope: of.scope,
        subject: of.subject.clone(),
        month: String::new(),
        raised: false,
        limit: args.usd,
        at: app.now,
    };
    keep(app, &mut books, &own)?;
    let spent = match &standing {
        Some(standing) => standing.spent,
        // Without a limit nothing was summed for it.
        None => Books::open(app)?.standing(of.scope, &of.subject).map_or(Usd::ZERO, |one| one.spent),
    };
    let before = standing.map(|standing| standing.limit);
    told(app, &of, &own, before, spent, "until it is taken back (claudectl budget unset)")
}

pub(super) fn unset(app: &mut App, args: &UnsetArgs) -> Result<()> {
    let mut books = Books::open(app)?;
    let of = args.whose.find(app, &books)?;
    if books.ledger.store.take_budget(of.scope, &of.subject, app.now)? == 0 {
        return Err(CliError::failed(format!("nothing was raised or set for {}", of.name))
            .fix("`claudectl budget ls` lists what counts"));
    }
    renew(app, &books)?;
    let limit = Books::open(app)?.standing(of.scope, &of.subject).map(|standing| standing.limit);
    if app.ui.json {
        return app.ui.document(&json!({
            "scope": of.scope,
            "subject": of.subject,
            "limit_usd": limit.map(Usd::dollars),
        }));
    }
    let now = limit.map_or_else(|| "it has none now".to_owned(), |limit| format!("it is {limit} again"));
    app.ui.line(&clean(&format!("The budget of {}: {now}.", of.name)));
    Ok(())
}

fn keep(app: &App, books: &mut Books, own: &Own) -> Result<()> {
    if books.ledger.in_memory {
        return Err(CliError::external("a budget cannot be kept")
            .fix("make room, or check who may write the state folder"));
    }
    books.ledger.store.give_budget(own)?;
    renew(app, books)
}

/// The next call goes by it.
fn renew(app: &App, books: &Books) -> Result<()> {
    snapshot::renew_told(app, &books.ledger.store, &app.env.state_dir()?)
}

fn told(app: &mut App, of: &Subject, own: &Own, before: Option<Usd>, spent: Usd, until: &str) -> Result<()> {
    if app.ui.json {
        app.ui.document(&json!({
            "scope": of.scope,
            "subject": of.subject,
            "limit_usd": own.limit.dollars(),
            "before_usd": before.map(Usd::dollars),
            "spent_usd": spent.dollars(),
        }))?;
    } else {
        let before = before.map(|before| format!(" (it was {before})")).unwrap_or_default();
        let line =
            format!("The budget of {} is {} {until}{before}; {spent} of it is spent.", of.name, own.limit);
        app.ui.line(&clean(&line));
    }
    if spent >= own.limit {
        let what = format!(
            "{} has cost {spent}, so it is still asked about with every call; what suffices: {}",
            of.name,
            of.raise(spent, own.limit)
        );
        app.ui.warn(&clean(&what));
    }
    Ok(())
}
