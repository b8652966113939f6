//! `claudectl rules ls`: the rules that count.

use std::path::PathBuf;

use claudectl_fleet::session::rfc3339;
use claudectl_gate::rules::{Maker, Rule};
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::gate;
use crate::error::Result;
use crate::judging::Judge;
use crate::ui::{Style, clean};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// As they count in this folder; the current one by default.
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let folder = gate::folder(app, args.cwd.as_deref())?;
    let mut judge = Judge::new(app)?;
    let (rules, broken) = judge.rules(&folder);
    let (rules, broken) = (rules.to_vec(), broken.map(str::to_owned));
    if app.ui.json {
        return app.ui.document(&json!({
            "rules": rules.iter().map(document).collect::<Vec<_>>(),
            "error": broken,
        }));
    }
    if let Some(why) = &broken {
        let line =
            app.ui.paint(Style::Alarm, &clean(&format!("Rules cannot be followed, so that all asks: {why}")));
        app.ui.line(&line);
    }
    for (maker, rule) in &rules {
        super::print(app, rule, Some(*maker));
    }
    if rules.is_empty() && broken.is_none() {
        app.ui.line("No rule counts here: what is proven to be harmless is allowed, what is catastrophic is refused, and");
        app.ui.line("the rest asks. `claudectl rules add` adds one; `claudectl gate explain` says which would be the nearest.");
    }
    Ok(())
}

/// As programs read it.
pub(super) fn document((maker, rule): &(Maker, Rule)) -> Value {
    let mut document = json!(rule);
    document["by"] = json!(match maker {
        Maker::Team => "policy",
        Maker::Person => "you",
        Maker::Grant => "grant",
    });
    document["expires"] = json!(rule.expires.map(rfc3339));
    document
}
