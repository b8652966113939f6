//! `claudectl approve`: answers an open prompt from another terminal.

use std::time::Duration;

use claudectl_agents::prompts::Prompt;
use claudectl_store::gate::Decision;
use serde_json::{Value, json};

use crate::app::App;
use crate::approving::{self, Answering, Deferred, Holds, Open, Report, Seen, State};
use crate::commands::gate::SESSION_FOR;
use crate::error::{CliError, Kind, Result};
use crate::find;
use crate::format;
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, clean};
use crate::when;

/// Allow the call that a session asks about, from here; without a session, list the prompts that can be answered.
///
/// The prompt stays open at the session's terminal, too: the first answer counts. An answer is bound to the very call
/// that is asked about, and counts once: name it by --call, or it is the one that is open, unless another was answered
/// within 5 seconds. It is told what became of it: `confirmed` (the call's result says so), `sent` (the client goes on,
/// and no result says yet what it did), `delivered` (the client was given it), `queued` (for a run that has ended at the
/// call, see approvals.headless), `too late` (somebody has answered before), or `unknown` (the hook that waits had it, and
/// nothing says what became of it). Exits with 1 where it is too late or unknown, or nothing is open. For people: agents
/// are refused.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    answer: AnswerArgs,
    /// Also allow exactly this call again in the same session, for so long: 20m, 2h; up to 7d.
    #[arg(long = "for", value_name = "TIME", value_parser = when::duration, conflicts_with = "always")]
    time: Option<Duration>,
}

/// What `approve` and `deny` take.
#[derive(Debug, clap::Args)]
pub(crate) struct AnswerArgs {
    /// The session: its id or the beginning of it, its name, or `latest`.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: Option<String>,
    /// The call that is answered (tool_use_id), or the beginning of that: 8 letters after toolu_ or more.
    #[arg(long, value_name = "ID", requires = "session")]
    call: Option<String>,
    /// Answer every prompt of the session that is open now; each is shown. Exits with 1 where one did not land.
    #[arg(long, requires = "session", conflicts_with_all = ["call", "always", "replace"])]
    all: bool,
    /// Answer exactly this call like that from now on, in whatever session, for approvals.always_for: a grant of yours,
    /// never a rule of Claude Code's. Another input or another folder is another call; `claudectl rules add` takes wider
    /// ones.
    #[arg(long, requires = "session")]
    always: bool,
    /// Why: kept, and told to the agent where it is denied.
    #[arg(long, value_name = "TEXT", requires = "session")]
    reason: Option<String>,
    /// Answer otherwise what you have answered, and no run has taken up yet (approvals.headless).
    #[arg(long, requires = "session")]
    replace: bool,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let holds = match args.time {
        None => None,
        Some(time) => {
            let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
            if !SESSION_FOR.contains(&millis) {
                return Err(CliError::usage("--for takes up to 7 days, and more than none")
                    .fix("for example: --for 20m; or for longer: --always"));
            }
            Some(Holds::Session(millis))
        }
    };
    answer(app, &args.answer, "approve", holds)
}

/// Answers, or lists what can be answered.
pub(super) fn answer(
    app: &mut App,
    args: &AnswerArgs,
    command: &'static str,
    holds: Option<Holds>,
) -> Result<()> {
    let Some(text) = &args.session else { return list(app) };
    let session = session(app, text)?;
    if args.all {
        return all(app, &session, args, command, holds);
    }
    let answering = Answering {
        allow: command == "approve",
        call: args.call.clone(),
        seen: None,
        reason: args.reason.clone(),
        replace: args.replace,
        holds: holds.unwrap_or(if args.always { Holds::Always } else { Holds::Once }),
        by: command,
    };
    let report = approving::answer(app, &session, &answering)?;
    tell(app, &report)
}

/// Answers each prompt of a session that is open, and the call at which a run of it has ended; what is asked meanwhile is not.
fn all(
    app: &mut App,
    session: &str,
    args: &AnswerArgs,
    command: &'static str,
    holds: Option<Holds>,
) -> Result<()> {
    let look = approving::look(app, Some(session))?;
    let deferred = approving::deferred(app)?.into_iter();
    let ended = deferred.filter(|one| one.decision.session == session && one.answer.is_none());
    let ended: Vec<Deferred> = ended.collect();
    let silences = approving::silences(&look);
    if look.open.is_empty() && ended.is_empty() && silences.is_empty() {
        return Err(CliError::failed(format!(
            "nothing is asked in {} that could be answered from here",
            format::short_id(session)
        ))
        .fix("`claudectl approve` lists what can be"));
    }
    let answering = |call: Option<String>, seen| Answering {
        allow: command == "approve",
        call,
        seen,
        reason: args.reason.clone(),
        replace: false,
        holds: holds.unwrap_or(Holds::Once),
        by: command,
    };
    let mut wanted: Vec<Answering> = Vec::new();
    for (number, one) in look.open.iter().enumerate() {
        if !app.ui.json {
            if number > 0 {
                app.ui.line("");
            }
            print(app, one, &look.open);
        }
        wanted.push(answering(None, Some(Seen::of(one.prompt()))));
    }
    if !app.ui.json {
        print_runs(app, &ended);
    }
    wanted.extend(ended.iter().map(|one| answering(one.decision.call.clone(), None)));
    let (mut reports, mut missed) = (Vec::new(), silences.len());
    for answering in &wanted {
        match approving::answer(app, session, answering) {
            Ok(report) => {
                missed += usize::from(matches!(report.state, State::TooLate | State::Unknown));
                reports.push(report);
            }
            // The others are answered all the same.
            Err(error) => {
                missed += 1;
                let why = error.why.map(|why| format!(": {why}")).unwrap_or_default();
                let fix = error.fix.map(|fix| format!(" ({fix})")).unwrap_or_default();
                app.ui.warn(&clean(&format!("not answered: {}{why}{fix}", error.what)));
            }
        }
    }
    silences.iter().for_each(|line| app.ui.warn(&clean(line)));
    if app.ui.json {
        app.ui.document(&reports)?;
    } else {
        app.ui.line("");
        for report in &reports {
            // What did not land is counted above.
            tell(app, report).ok();
        }
    }
    match missed {
        0 => Ok(()),
        1 => Err(CliError::failed("one answer has not landed")),
        _ => Err(CliError::failed(format!("{missed} answers have not landed"))),
    }
}

/// The session that is meant: those that wait come first, for which nothing has to be read.
fn session(app: &App, text: &str) -> Result<String> {
    let open = approving::open(app, None)?;
    let mut meant: Vec<&str> = open.iter().map(|open| open.prompt().session.as_str()).collect();
    meant.retain(|session| session.starts_with(text));
    meant.dedup();
    if let [only] = meant.as_slice() {
        return Ok((*only).to_owned());
    }
    let ledger = sync::ledger(app, LedgerArgs::default())?;
    find::session(app, &ledger, text).or_else(|unknown| {
        // Of a session that has no transcript yet, hooks may have told.
        let told = ledger.store.sessions_since(app.now.saturating_sub(approving::ANSWERED_WITHIN_MS))?;
        let mut told = told.into_iter().filter(|session| session.starts_with(text));
        told.next().filter(|_| told.next().is_none()).ok_or(unknown)
    })
}

fn tell(app: &mut App, report: &Report) -> Result<()> {
    let (style, failed) = match report.state {
        State::Confirmed => (Style::Good, false),
        State::Sent | State::Delivered | State::Queued => (Style::Notice, false),
        State::TooLate | State::Unknown => (Style::Alarm, true),
    };
    let end = if failed { Err(CliError::told(Kind::Failed)) } else { Ok(()) };
    if app.ui.json {
        app.ui.document(report)?;
        return end;
    }
    let line = app.ui.paint(style, &clean(&report.headline()));
    app.ui.line(&line);
    for line in report.more() {
        app.ui.line(&clean(line));
    }
    if let Some(rule) = &report.rule {
        let kept = format!("Kept as {rule}, of exactly this call: `claudectl rules rm {rule}` ends it.");
        app.ui.line(&clean(&kept));
    }
    end
}

fn list(app: &mut App) -> Result<()> {
    let look = approving::look(app, None)?;
    let (open, silences) = (&look.open, approving::silences(&look));
    let deferred = approving::deferred(app)?;
    if let Some(why) = approving::unwritable(app) {
        app.ui
            .warn(&format!("no hook can wait beside a prompt, so that it can be answered from here: {why}"));
    }
    if app.ui.json {
        silences.iter().for_each(|line| app.ui.warn(&clean(line)));
        let waiting = deferred.iter().filter(|one| one.answer.is_none()).map(document_of_run);
        return app.ui.document(&open.iter().map(document).chain(waiting).collect::<Vec<_>>());
    }
    if open.is_empty() && deferred.is_empty() && silences.is_empty() {
        app.ui.line("No prompt is open that could be answered from here.");
    }
    for (number, one) in open.iter().enumerate() {
        if number > 0 {
            app.ui.line("");
        }
        print(app, one, open);
    }
    let more = !deferred.is_empty() || !silences.is_empty();
    if !open.is_empty() && more {
        app.ui.line("");
    }
    for line in silences {
        let line = app.ui.paint(Style::Alarm, &clean(&line));
        app.ui.line(&line);
    }
    print_runs(app, &deferred);
    for line in approving::elsewhere(app, &look)? {
        let line = app.ui.paint(Style::Faint, &clean(&line));
        app.ui.line(&line);
    }
    Ok(())
}

/// Runs without a terminal that have ended at a call.
pub(super) fn print_runs(app: &mut App, deferred: &[Deferred]) {
    for one in deferred {
        let Decision { session, agent, tool, summary, at, .. } = &one.decision;
        let whose = if agent.is_some() { " of a subagent" } else { "" };
        let age = format::age(app.now.saturating_sub(*at));
        let head =
            format!("{} has ended at a call{whose} ({age} ago): {tool} {summary}", format::short_id(session));
        let head = app.ui.paint(Style::Notice, &clean(&head));
        app.ui.line(&head);
        let way = app.ui.paint(Style::Faint, &clean(&format!("  {}", one.words(app.now))));
        app.ui.line(&way);
    }
}

fn document_of_run(of: &Deferred) -> Value {
    let Decision { session, agent, tool, call, hash, summary, mode, judged, at, .. } = &of.decision;
    json!({
        "session": session,
        "agent": agent,
        "deferred": true,
        "tool_use_id": call,
        "tool": tool,
        "summary": summary,
        "lines": [summary],
        "input_hash": hash,
        "cwd": null,
        "permission_mode": mode,
        "reason": judged.reason,
        "since": claudectl_fleet::session::rfc3339(*at),
        "keepable": false,
        "once_because": "the run has ended at it",
    })
}

fn document(open: &Open) -> Value {
    let Prompt { session, agent, tool, hash, summary, lines, cwd, mode, reason, once, at, .. } =
        open.prompt();
    json!({
        "session": session,
        "agent": agent,
        "deferred": false,
        "tool_use_id": open.call,
        "tool": tool,
        "summary": summary,
        "lines": lines,
        "input_hash": hash,
        "cwd": cwd,
        "permission_mode": mode,
        "reason": reason,
        "since": claudectl_fleet::session::rfc3339(*at),
        "keepable": once.is_none(),
        "once_because": once,
    })
}

fn print(app: &mut App, open: &Open, all: &[Open]) {
    let prompt = open.prompt();
    let session: String = prompt.session.chars().take(8).collect();
    let agent = prompt.agent.as_ref().map(|agent| format!(", subagent {agent}")).unwrap_or_default();
    let age = format::age(app.now.saturating_sub(prompt.at));
    let head = format!("{session}{agent} asks to use {} ({age} ago)", prompt.tool);
    let head = app.ui.paint(Style::Name, &clean(&head));
    app.ui.line(&head);
    if let Some(cwd) = &prompt.cwd {
        app.ui.line(&clean(&format!("  in {cwd}")));
    }
    for line in &prompt.lines {
        let style = match line.as_bytes().first() {
            Some(b'+') => Style::Good,
            Some(b'-') => Style::Alarm,
            _ => Style::Plain,
        };
        let line = app.ui.paint(style, &clean(line));
        app.ui.line(&format!("    {line}"));
    }
    if let Some(reason) = &prompt.reason {
        app.ui.line(&clean(&format!("  because: {reason}")));
    }
    let way = format!("  {}   or: {}", open.command("approve", all), open.command("deny", all));
    let way = app.ui.paint(Style::Faint, &clean(&way));
    app.ui.line(&way);
}
