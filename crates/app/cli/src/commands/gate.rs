//! `claudectl gate`: what is answered to a call, and why.

mod backtest;

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use claudectl_gate::lattice;
use claudectl_gate::rules::Action;
use claudectl_shell::report::Ran;
use claudectl_shell::value::HOLE;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::judging::{Answer, Judge};
use crate::ui::{Style, clean};

/// Ask the gate: may an agent make this call?
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say what is answered to a call: allow, ask or deny. Exits with 0 if it is allowed, with 1 if not.
    Check(CheckArgs),
    /// Show what a call does, part by part, and what decided.
    Explain(CallArgs),
    Backtest(backtest::Args),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    #[command(flatten)]
    call: CallArgs,
    /// Read calls from standard input, a JSON document on each line (`{"tool","input","cwd"}`), and print a verdict on a
    /// line for each, in their order.
    #[arg(long, conflicts_with_all = ["command", "tool", "input"])]
    batch: bool,
}

#[derive(Debug, clap::Args)]
struct CallArgs {
    /// A command line, as Bash would get it.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// The tool, if it is not Bash.
    #[arg(long, value_name = "NAME", requires = "input")]
    tool: Option<String>,
    /// What the tool is given, as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "JSON", conflicts_with = "command")]
    input: Option<String>,
    /// The working folder; the current one by default.
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
}

/// A line of a batch is no longer than this.
const MOST_LINE: u64 = 16 << 20;

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        What::Check(args) if args.batch => batch(app, args),
        What::Check(args) => check(app, &args.call),
        What::Explain(args) => explain(app, args),
        What::Backtest(args) => backtest::run(app, args),
    }
}

/// A call: the tool, what it is given, and where.
fn call(app: &App, args: &CallArgs) -> Result<(String, Value, PathBuf)> {
    let folder = args.cwd.clone().unwrap_or_else(|| PathBuf::from("."));
    let folder = app
        .env
        .absolute(folder)
        .ok_or_else(|| CliError::usage("the working folder is not known").fix("name it with --cwd"))?;
    let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
    if let Some(command) = &args.command {
        return Ok(("Bash".to_owned(), json!({ "command": command }), folder));
    }
    let Some(input) = &args.input else {
        return Err(
            CliError::usage("no call was given").fix("for example: claudectl gate check 'rm -rf build'")
        );
    };
    let mut text = input.clone();
    if input == "-" {
        text.clear();
        io::stdin()
            .take(MOST_LINE)
            .read_to_string(&mut text)
            .map_err(|error| CliError::usage("cannot read the input from standard input").why(error))?;
    }
    let value = serde_json::from_str(&text).map_err(|error| {
        CliError::usage("--input is no JSON")
            .why(error)
            .fix("for example: --tool Read --input '{\"file_path\": \"README.md\"}'")
    })?;
    Ok((args.tool.clone().unwrap_or_else(|| "Bash".to_owned()), value, folder))
}

fn check(app: &mut App, args: &CallArgs) -> Result<()> {
    let (tool, input, folder) = call(app, args)?;
    let answer = Judge::new(app)?.judge(app, &tool, &input, &folder);
    if app.ui.json {
        app.ui.document(&answer.document())?;
    } else {
        let line = format!("{}  {}", verdict(app, &answer), clean(&answer.verdict.reason));
        app.ui.line(&line);
    }
    if answer.verdict.action == Action::Allow { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}

fn verdict(app: &App, answer: &Answer) -> String {
    let style = match answer.verdict.action {
        Action::Allow => Style::Good,
        Action::Ask => Style::Notice,
        Action::Deny => Style::Alarm,
    };
    app.ui.paint(style, answer.verdict.action.word())
}

/// A line that is no call asks, with the reason: none is left out.
fn batch(app: &mut App, args: &CheckArgs) -> Result<()> {
    let mut judge = Judge::new(app)?;
    let (_, _, here) = call(
        app,
        &CallArgs { command: Some(String::new()), tool: None, input: None, cwd: args.call.cwd.clone() },
    )?;
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut stdin).take(MOST_LINE).read_until(b'\n', &mut line);
        let length =
            length.map_err(|error| CliError::external("cannot read calls from standard input").why(error))?;
        if length == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let document = match one(app, &mut judge, &line, &here) {
            Ok(answer) => answer.document(),
            Err(why) => {
                json!({ "verdict": "ask", "layer": "opaque", "rule": null, "reason": why, "learnable": false, "effects": [], "flows": [], "opaque": [why] })
            }
        };
        match app.ui.stream_document(&document) {
            Ok(()) => {}
            Err(error) => return crate::commands::watch::ended(error),
        }
    }
}

fn one(app: &App, judge: &mut Judge, line: &[u8], here: &Path) -> std::result::Result<Answer, String> {
    let call: Value =
        serde_json::from_slice(line).map_err(|error| format!("the line is no JSON: {error}"))?;
    let tool = match &call["tool"] {
        Value::Null => "Bash",
        Value::String(tool) => tool,
        _ => return Err("the tool is no text".to_owned()),
    };
    let folder = match &call["cwd"] {
        Value::Null => here.to_path_buf(),
        Value::String(folder) if folder.starts_with('/') => PathBuf::from(folder),
        _ => return Err("the working folder is no absolute path".to_owned()),
    };
    Ok(judge.judge(app, tool, &call["input"], &folder))
}

fn explain(app: &mut App, args: &CallArgs) -> Result<()> {
    let (tool, input, folder) = call(app, args)?;
    let answer = Judge::new(app)?.judge(app, &tool, &input, &folder);
    if app.ui.json {
        let mut document = answer.document();
        document["commands"] = answer.report.commands.iter().map(part).collect();
        return app.ui.document(&document);
    }
    let line = format!("{}  {}", verdict(app, &answer), clean(&answer.verdict.reason));
    app.ui.line(&line);
    let rule = answer.verdict.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    let by =
        app.ui.paint(Style::Faint, &format!("decided by: {}{}", answer.verdict.layer.word(), clean(&rule)));
    app.ui.line(&by);
    for ran in &answer.report.commands {
        explain_part(app, ran);
    }
    for flow in &answer.report.flows {
        let (level, reason) = lattice::of_flow(*flow);
        app.ui.line(&format!("  {}  {reason}", level.verdict()));
    }
    for why in &answer.report.opaque {
        app.ui.line(&format!("  ask  not understood: {}", clean(why)));
    }
    Ok(())
}

fn words(ran: &Ran) -> String {
    ran.words.iter().map(|word| word.text.replace(HOLE, "…")).collect::<Vec<_>>().join(" ")
}

fn part(ran: &Ran) -> Value {
    let (level, why) = lattice::of_command(ran);
    json!({ "command": claudectl_redact::redact(&words(ran)).text, "level": format!("{level:?}").to_lowercase(), "reason": why, "wraps": ran.wraps, "unproven": ran.unproven })
}

fn explain_part(app: &mut App, ran: &Ran) {
    let head = app.ui.paint(Style::Name, &clean(&words(ran)));
    app.ui.line(&head);
    for deed in &ran.deeds {
        let entry = lattice::find(deed.act);
        let grave = if deed.act.grave { ", far-reaching" } else { "" };
        let text = format!(
            "  {:<5} {} {}{grave}: {}  ({})",
            entry.level.verdict(),
            deed.act.effect.word(),
            deed.act.scope.word(),
            deed.subject,
            entry.reason
        );
        app.ui.line(&clean(&text));
    }
    for why in &ran.unproven {
        app.ui.line(&clean(&format!("  ask   {why}")));
    }
}
