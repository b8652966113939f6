//! `claudectl gate allow`: a rule for a while.

use std::time::Duration;

use claudectl_gate::file;
use claudectl_gate::rules::{Action, Rule};
use claudectl_store::Store;
use claudectl_store::gate::Grant;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::judging;
use crate::rules;
use crate::snapshot;
use crate::sync;
use crate::ui::{told, without_secrets};
use crate::{find, when};

/// No grant lasts longer.
const LONGEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long a grant may last, milliseconds.
pub(crate) const SESSION_FOR: std::ops::RangeInclusive<i64> = 1..=LONGEST_MS;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What may be run, in quotes: a program, with its subcommand and options if only these are meant; `*` for all that
    /// follows. One command a call.
    #[arg(value_name = "COMMAND", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    command: String,
    /// What follows was meant to belong to the command, or is another one.
    #[arg(hide = true)]
    more: Vec<String>,
    /// For how long: 30s, 20m, 2h; up to 7d.
    #[arg(long = "for", value_name = "TIME", default_value = "20m", value_parser = when::duration)]
    time: Duration,
    /// Only in this session: its id or the beginning of it, its name, or `latest`.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only in this project, by its name.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Another tool than Bash: its exact name, or with `*` at the end all that begin so (`mcp__db__*`). COMMAND is then a
    /// pattern of paths.
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if !args.more.is_empty() {
        return Err(several(args));
    }
    let flaw = match &args.tool {
        None => file::command_flaw(&args.command),
        Some(tool) => file::tool_flaw(tool).or_else(|| file::path_flaw(&args.command)),
    };
    if let Some((what, fix)) = flaw {
        return Err(CliError::usage("this would allow nothing").why(what).fix(fix));
    }
    let millis = i64::try_from(args.time.as_millis()).unwrap_or(i64::MAX);
    if millis == 0 {
        return Err(CliError::usage("--for 0 is no time at all").fix("for example: --for 20m"));
    }
    if millis > LONGEST_MS {
        return Err(CliError::usage("--for takes up to 7 days")
            .why("a grant is for a while; what is always to be allowed is a rule")
            .fix("claudectl rules add --command 'cargo test' --action allow"));
    }
    let sessions = match &args.session {
        Some(text) => vec![find::session(app, &sync::ledger(app, sync::LedgerArgs::default())?, text)?],
        None => Vec::new(),
    };
    let is_shell = args.tool.is_none();
    let rule = Rule {
        tools: vec![args.tool.clone().unwrap_or_else(|| "Bash".to_owned())],
        commands: if is_shell { vec![args.command.clone()] } else { Vec::new() },
        paths: if is_shell { Vec::new() } else { vec![args.command.clone()] },
        projects: args.project.clone().into_iter().collect(),
        sessions,
        action: Some(Action::Allow),
        ..Rule::default()
    };
    if let Some((why, fix)) = rules::holds_secret(&rule) {
        return Err(CliError::usage("nothing was allowed").why(why).fix(fix));
    }
    let home = app.env.state_dir()?;
    let mut store = Store::open(&home.join("state.db"))?;
    let ends = app.now.saturating_add(millis);
    let id = store.grant(&rule, app.now, ends)?;
    snapshot::renew_gate(app, &store, &home)?;
    store.close()?;
    let name = Grant::name(id);
    if app.ui.json {
        return app.ui.document(&json!({
            "id": name,
            "rule": without_secrets(json!(rule)),
            "ends_at": claudectl_fleet::session::rfc3339(ends),
        }));
    }
    let what = &args.command;
    let until = format::moment(ends, &app.zone);
    let line =
        told(&format!("{name}: {what} is allowed until {until}; `claudectl rules rm {name}` ends it."));
    app.ui.line(&line);
    if judging::Judge::new(app)?.mode() == claudectl_gate::judge::Mode::Observe {
        app.ui.warn(
            "the gate only observes: nothing that it says reaches Claude Code (claudectl gate mode on)",
        );
    }
    Ok(())
}

/// Words without quotes would each be a command, the first of them with whatever follows it.
fn several(args: &Args) -> CliError {
    let all = || std::iter::once(&args.command).chain(&args.more);
    let tool = args.tool.as_ref().map(|tool| format!(" --tool '{tool}'")).unwrap_or_default();
    let fix = match all().any(|word| word.contains(char::is_whitespace)) || args.tool.is_some() {
        true => format!("one after the other: claudectl gate allow{tool} '{}'", args.command),
        false => {
            format!("claudectl gate allow '{}'", all().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
    };
    CliError::usage("one command is allowed at a time, and it stands in quotes")
        .why(format!("{} words were given", all().count()))
        .fix(fix)
}
