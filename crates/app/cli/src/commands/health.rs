//! `claudectl health`: how sessions fare.

use claudectl_fleet::health::{Finding, Severity};
use claudectl_fleet::session::Session;
use serde::Serialize;

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::find;
use crate::format;
use crate::gather::{self, Wanted};
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, clean};

/// Check how sessions fare: loops, stalls, cost spikes, full contexts, secrets and more.
///
/// Looks at the sessions that run, or at the one named, and prints what was found, the worst first, with the
/// numbers that decided and what to do. What is too much, the keys of [health] in the configuration say. Exits with
/// 1 when a finding is critical.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Only this session: its id or the beginning of it, its name, or `latest`.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: Option<String>,
    /// Past sessions, too.
    #[arg(long, short)]
    all: bool,
    /// Only findings that matter at least so much.
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    min_severity: SeverityArg,
    #[command(flatten)]
    ledger: LedgerArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum SeverityArg {
    /// Worth knowing.
    #[default]
    Info,
    /// Worth a look.
    Warning,
    /// Worth stopping for.
    Critical,
}

impl From<SeverityArg> for Severity {
    fn from(arg: SeverityArg) -> Self {
        match arg {
            SeverityArg::Info => Self::Info,
            SeverityArg::Warning => Self::Warning,
            SeverityArg::Critical => Self::Critical,
        }
    }
}

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    ok: bool,
    checked: usize,
    sessions: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    name: Option<&'a str>,
    project: &'a str,
    severity: Option<Severity>,
    decay_score: Option<u8>,
    findings: &'a [Finding],
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut ledger = sync::ledger(app, args.ledger)?;
    let found = match &args.session {
        Some(text) => Some(find::session(app, &ledger, text)?),
        None => None,
    };
    let wanted = match &found {
        Some(sid) => Wanted::One(sid),
        None if args.all => Wanted::All,
        None => Wanted::Live,
    };
    let mut sessions = gather::sessions(app, &mut ledger, wanted)?;
    if let (Some(text), true) = (&args.session, sessions.is_empty()) {
        return Err(find::unknown(text));
    }
    let checked = sessions.len();
    let least = args.min_severity.into();
    for session in &mut sessions {
        session.health.retain(|finding| finding.severity >= least);
    }
    sessions.retain(|session| !session.health.is_empty());
    // Of equal ones the most urgent first, as they come.
    sessions.sort_by_key(|session| std::cmp::Reverse(session.worst()));
    let critical = sessions.first().is_some_and(|session| session.worst() == Some(Severity::Critical));
    print(app, &sessions, checked, args, critical)?;
    if critical { Err(CliError::told(Kind::Failed)) } else { Ok(()) }
}

fn print(app: &mut App, sessions: &[Session], checked: usize, args: &Args, critical: bool) -> Result<()> {
    if app.ui.json {
        let rows = sessions.iter().map(|session| Row {
            id: &session.id,
            name: session.name.as_deref(),
            project: &session.project,
            severity: session.worst(),
            decay_score: session.decay_score,
            findings: &session.health,
        });
        return app.ui.document(&Report { ok: !critical, checked, sessions: rows.collect() });
    }
    for (number, session) in sessions.iter().enumerate() {
        if number > 0 {
            app.ui.line("");
        }
        let title = app.ui.paint(Style::Strong, &clean(&session.title()));
        app.ui.line(&format!("{title}  {}", clean(&session.project)));
        findings(app, &session.health);
    }
    if !sessions.is_empty() {
        app.ui.line("");
    }
    let line = summary(sessions, checked, args);
    app.ui.line(&line);
    if checked == 0 && !args.all {
        app.ui.line("  `claudectl health --all` checks past sessions, too");
    }
    Ok(())
}

/// Findings, each with what decided and what to do.
pub(crate) fn findings(app: &mut App, findings: &[Finding]) {
    for finding in findings {
        let style = match finding.severity {
            Severity::Critical => Style::Alarm,
            Severity::Warning => Style::Notice,
            Severity::Info => Style::Plain,
        };
        let word = app.ui.paint(style, &format!("{:>12}", finding.severity));
        app.ui.line(&format!("{word}  {} ({})", clean(&finding.message), finding.check));
        for (name, text) in [("because", finding.evidence.as_str()), ("do", finding.advice)] {
            let name = app.ui.paint(Style::Faint, &format!("{name:>12}"));
            app.ui.line(&format!("{name}  {}", clean(text)));
        }
    }
}

fn summary(sessions: &[Session], checked: usize, args: &Args) -> String {
    let looked = format::plural(checked as u64, "session");
    match (checked, sessions.len()) {
        (0, _) => "No session runs, so there is nothing to check.".to_owned(),
        (_, 0) if args.min_severity == SeverityArg::Info => {
            format!("{looked} checked: nothing to say of any.")
        }
        (_, 0) => format!("{looked} checked: nothing that matters so much."),
        (_, ill) => {
            let all = sessions.iter().map(|session| session.health.len() as u64).sum();
            format!("{looked} checked: {} in {ill}", format::plural(all, "finding"))
        }
    }
}
