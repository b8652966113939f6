//! `claudectl rules add`: a rule more.

use std::path::PathBuf;
use std::time::Duration;

use claudectl_fleet::session::rfc3339;
use claudectl_gate::rules::{Action, Maker, Rule};
use claudectl_gate::write;
use claudectl_shell::effect::{Effect, Scope};
use serde_json::json;

use crate::app::App;
use crate::commands::{config, shown};
use crate::error::{CliError, Kind, Result};
use crate::ui::clean;
use crate::widening::widens;
use crate::{snapshot, when};

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
    // What only tightens, an agent may say, too.
    if rule.action == Some(Action::Allow) {
        widens(&app.env, "rules add --action allow")?;
    }
    let (rule, file) = keep(app, rule, args.name.as_deref())?;
    let name = shown(&app.env, &file);
    if app.ui.json {
        return app.ui.document(&json!({ "file": file.display().to_string(), "rule": super::ls::document(app, &(Maker::Person, rule)) }));
    }
    super::print(app, &rule, None);
    app.ui.line(&clean(&format!("Added to {name}.")));
    Ok(())
}

/// Writes a rule behind those that are there, under a name that no other has; the rule, and the file.
pub(crate) fn keep(app: &App, rule: Rule, name: Option<&str>) -> Result<(Rule, PathBuf)> {
    let file = super::file(app)?;
    let _alone = config::lock(&app.env, &file)?;
    let text = super::text(app, &file)?;
    let known = super::parse(app, &text).map_err(|mistakes| super::broken(app, &file, &mistakes))?;
    let rule = named(rule, &known, name)?;
    let moment = |at: i64| rfc3339(at).unwrap_or_default();
    let defect = || CliError::new(Kind::Internal, "the rule was not written as it was given");
    let added = write::added(&text, &rule, &moment).ok_or_else(defect)?;
    // Whatever was given has to be read again as it was meant.
    let read = super::parse(app, &added).map_err(|mistakes| {
        refused(&mistakes.first().map(|one| (one.what.clone(), one.fix.clone())).unwrap_or_default())
    })?;
    if read.last() != Some(&rule) || read.len() != known.len() + 1 {
        return Err(defect());
    }
    config::write(&app.env, &file, &added)?;
    snapshot::refresh_gate(app)?;
    Ok((rule, file))
}

fn refused((what, fix): &(String, String)) -> CliError {
    CliError::usage("this would be no rule").why(what).fix(fix)
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
        return Err(refused(&(what.to_owned(), fix.to_owned())));
    }
    Ok(rule)
}

/// With a name that no other rule has.
fn named(rule: Rule, known: &[Rule], name: Option<&str>) -> Result<Rule> {
    let taken = |name: &str| known.iter().any(|rule| rule.name == name);
    if let Some(name) = name {
        if name.is_empty() {
            let fix = "give it one, or leave --name out: one is made from its conditions";
            return Err(refused(&("its name is empty".to_owned(), fix.to_owned())));
        }
        if taken(name) {
            return Err(CliError::usage(format!("there is a rule {name:?} already"))
                .why("rules are removed and explained by their names")
                .fix("give it another one with --name"));
        }
        return Ok(Rule { name: name.to_owned(), ..rule });
    }
    let effects: Vec<String> = rule.effects.iter().map(|effect| effect.word().to_owned()).collect();
    let scopes: Vec<String> = rule.scopes.iter().map(|scope| scope.word().to_owned()).collect();
    let lists = [
        &rule.commands,
        &rule.paths,
        &rule.tools,
        &effects,
        &scopes,
        &rule.projects,
        &rule.modes,
        &rule.sessions,
    ];
    let what = lists.into_iter().find_map(|list| list.first().cloned());
    let what = what.unwrap_or_else(|| "every call".to_owned());
    let action = rule.action.map_or("ask", Action::word);
    let first = claudectl_redact::redact(&format!("{action} {what}")).text.into_owned();
    let name = (1..).map(|number| if number == 1 { first.clone() } else { format!("{first} ({number})") });
    let name = name.take(known.len() + 1).find(|name| !taken(name)).unwrap_or(first);
    Ok(Rule { name, ..rule })
}
