//! `claudectl rules test`: whether rules are right, and which of them fit a call.

use claudectl_gate::rules::{Action, Maker};
use serde_json::json;

use crate::app::App;
use crate::commands::gate::{self, CallArgs};
use crate::error::{CliError, Kind, Result};
use crate::judging::Judge;
use crate::rules;
use crate::ui::{Style, clean};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    call: CallArgs,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if args.call.is_given() { fit(app, args) } else { check(app) }
}

fn check(app: &mut App) -> Result<()> {
    let file = rules::file(app)?;
    let Some(checked) = rules::check_file(app, &file, Maker::Person) else {
        if app.ui.json {
            return app.ui.document(
                &json!({ "file": file.display().to_string(), "rules": 0, "triggers": 0, "mistakes": [] }),
            );
        }
        app.ui.line("You have no rules yet. `claudectl rules add` adds one.");
        return Ok(());
    };
    if app.ui.json {
        app.ui.document(&checked.document())?;
    } else {
        checked.print(app);
    }
    if checked.mistakes.is_empty() { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}

fn fit(app: &mut App, args: &Args) -> Result<()> {
    let asked = gate::asked(app, &args.call)?;
    let mut judge = Judge::new(app)?;
    let answer = judge.judge(&asked);
    let fits = judge.fits(&asked, &answer);
    let allowed = answer.verdict.action == Action::Allow;
    if app.ui.json {
        let fit = |(rule, fits): &((Maker, claudectl_gate::rules::Rule), bool)| {
            let mut document = super::ls::document(app, rule);
            document["fits"] = json!(fits);
            document
        };
        let mut document = answer.document();
        document["rules"] = fits.iter().map(fit).collect();
        app.ui.document(&document)?;
    } else {
        for ((maker, rule), fits) in &fits {
            let word = match fits {
                true => app.ui.paint(Style::Good, "fits     "),
                false => app.ui.paint(Style::Faint, "fits not "),
            };
            let line = format!(
                "{word} {:<5}  {}  ({})",
                rule.action.map_or("-", Action::word),
                clean(&rule.name),
                super::whose(*maker)
            );
            app.ui.line(&line);
        }
        if fits.is_empty() {
            app.ui.line("No rule counts here.");
        }
        let line = format!(
            "{}  {}",
            app.ui.paint(gate::style(answer.verdict.action), answer.verdict.action.word()),
            gate::shown(&answer.told(&answer.verdict.reason))
        );
        app.ui.line(&line);
    }
    if allowed { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}
