//! `claudectl rules add`: a rule more.

use std::time::Duration;

use claudectl_gate::rules::{Action, Maker, Rule};
use claudectl_shell::effect::{Effect, Scope};
use serde_json::json;

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::ui::clean;
use crate::{rules, when};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What it answers.
    #[arg(long, value_parser = ["allow", "ask", "deny"])]
    action: String,
    /// What it is called; made from its conditions if you do not say.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A tool by its exact name, or with `*` at the end all that begin so (`mcp__db__*`). This and the following may be
    /// given several times.
    #[arg(long, value_name = "TOOL")]
    tool: Vec<String>,
    /// A command, by its words: `git push`, `cargo build --release`.
    #[arg(long, value_name = "WORDS")]
    command: Vec<String>,
    /// A pattern of paths: `src/**`, `/etc/**`, `*.pem`.
    #[arg(long, value_name = "PATTERN")]
    path: Vec<String>,
    /// What is done: `delete`, `network-out`, ...
    #[arg(long, value_name = "EFFECT", value_parser = Effect::ALL.map(Effect::word))]
    effect: Vec<String>,
    /// To what: `credential`, `system`, ...
    #[arg(long, value_name = "SCOPE", value_parser = Scope::ALL.map(Scope::word))]
    scope: Vec<String>,
    /// A project, by its name.
    #[arg(long, value_name = "PROJECT")]
    project: Vec<String>,
    /// A permission mode of Claude Code.
    #[arg(long, value_name = "MODE", value_parser = crate::commands::gate::MODES)]
    mode: Vec<String>,
    /// A session, by its whole id.
    #[arg(long, value_name = "SESSION")]
    session: Vec<String>,
    /// Only where the session has cost more than this, in dollars.
    #[arg(long, value_name = "USD")]
    cost_above: Option<f64>,
    /// Only where another session is in the way (`true`), or none is (`false`).
    #[arg(long, value_name = "BOOL")]
    conflict: Option<bool>,
    /// Only where the session's last call failed (`true`), or did not (`false`).
    #[arg(long, value_name = "BOOL")]
    last_error: Option<bool>,
    /// It fits every call: needed where there is no condition.
    #[arg(long)]
    match_all: bool,
    /// Why; shown to the agent and to you.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// For how long: 20m, 2h, 7d.
    #[arg(long = "for", value_name = "TIME", value_parser = when::duration, conflicts_with = "expires")]
    time: Option<Duration>,
    /// Until a day, which still belongs to it, or a moment: 2026-12-31.
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let rule = rule(app, args)?;
    let (rule, file) = rules::keep(app, rule, args.name.as_deref())?;
    let name = shown(&app.env, &file);
    if app.ui.json {
        return app.ui.document(&json!({ "file": file.display().to_string(), "rule": super::ls::document(app, &(Maker::Person, rule)) }));
    }
    super::print(app, &rule, None);
    app.ui.line(&clean(&format!("Added to {name}.")));
    Ok(())
}

fn rule(app: &App, args: &Args) -> Result<Rule> {
    let effect = |word: &String| Effect::ALL.into_iter().find(|effect| effect.word() == word);
    let scope = |word: &String| Scope::ALL.into_iter().find(|scope| scope.word() == word);
    let expires = match (&args.time, &args.expires) {
        (Some(time), _) => Some(app.now.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))),
        (None, Some(text)) => Some(when::moment_ms("--expires", text, app.now, &app.zone, true)?),
        (None, None) => None,
    };
    // As it is written: in whole seconds.
    let expires = expires.map(|at| at.div_euclid(1000) * 1000);
    if expires.is_some_and(|at| at <= app.now) {
        return Err(CliError::usage("the rule would have ended already")
            .fix("for example: --for 20m, --expires 2026-12-31"));
    }
    let rule = Rule {
        name: String::new(),
        tools: args.tool.clone(),
        commands: args.command.clone(),
        paths: args.path.clone(),
        effects: args.effect.iter().filter_map(effect).collect(),
        scopes: args.scope.iter().filter_map(scope).collect(),
        projects: args.project.clone(),
        modes: args.mode.clone(),
        sessions: args.session.clone(),
        exactly: None,
        cost_above: args.cost_above,
        conflict: args.conflict,
        last_error: args.last_error,
        action: Action::named(&args.action),
        // Whoever reads the file, an agent that is refused, and the log would have the secret, too.
        reason: args.reason.as_ref().map(|reason| claudectl_redact::redact(reason).text.into_owned()),
        expires,
    };
    if rule.fits_all() != args.match_all {
        let (what, fix) = match args.match_all {
            false => ("it has no condition, so that it fits every call", "give it one, or say --match-all"),
            true => ("it has conditions, and --match-all", "leave one of them out"),
        };
        return Err(rules::refused(&(what.to_owned(), fix.to_owned())));
    }
    Ok(rule)
}
