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
use crate::snapshot;
use crate::sync;
use crate::ui::clean;
use crate::widening::widens;
use crate::{find, when};

/// No grant lasts longer.
const LONGEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What may be run: a program, with its subcommand and options if only these are meant; `*` for all that follows.
    #[arg(value_name = "COMMAND", required = true, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    commands: Vec<String>,
    /// For how long: 30s, 20m, 2h; up to 7d.
    #[arg(long = "for", value_name = "TIME", default_value = "20m", value_parser = when::duration)]
    time: Duration,
    /// Only in this session: its id or the beginning of it, its name, or `latest`.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only in this project, by its name.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Another tool than Bash, by its exact name; then COMMAND is a pattern of paths.
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    widens(&app.env, "gate allow")?;
    if args.tool.is_none()
        && let Some((what, fix)) = args.commands.iter().find_map(|text| file::command_flaw(text))
    {
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
        commands: if is_shell { args.commands.clone() } else { Vec::new() },
        paths: if is_shell { Vec::new() } else { args.commands.clone() },
        projects: args.project.clone().into_iter().collect(),
        sessions,
        action: Some(Action::Allow),
        ..Rule::default()
    };
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
            "rule": rule,
            "ends_at": claudectl_fleet::session::rfc3339(ends),
        }));
    }
    let what = args.commands.join(", ");
    let until = format::moment(ends, &app.zone);
    let line =
        clean(&format!("{name}: {what} is allowed until {until}; `claudectl rules rm {name}` ends it."));
    app.ui.line(&line);
    if judging::Judge::new(app)?.mode() == claudectl_gate::judge::Mode::Observe {
        app.ui.warn(
            "the gate only observes: nothing that it says reaches Claude Code (claudectl gate mode on)",
        );
    }
    Ok(())
}
