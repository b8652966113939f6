//! `claudectl rules ls`: the rules that count.

use std::path::PathBuf;

use claudectl_fleet::session::rfc3339;
use claudectl_gate::rules::{Maker, Rule};
use claudectl_gate::triggers::{Deed, Trigger, stretch};
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::gate;
use crate::error::Result;
use crate::judging::{Judge, Unread, files, store};
use crate::rules;
use crate::ui::{Style, clean, told, without_secrets};

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
    // Of a file with mistakes nothing counts, and `broken` says so.
    let file = rules::file(app)?;
    let triggers = files::here(app, |how| files::triggers(&file, how)).unwrap_or_default();
    let triggers = with_counts(app, triggers)?;
    if app.ui.json {
        return app.ui.document(&json!({
            "rules": rules.iter().map(|rule| document(app, rule)).collect::<Vec<_>>(),
            "triggers": triggers.iter().map(trigger_document).collect::<Vec<_>>(),
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
    for (trigger, done) in &triggers {
        print(app, trigger, *done);
    }
    if triggers.is_empty() && broken.is_none() {
        let line = "No trigger does anything by itself: `[[triggers]]` in rules.toml would (`claudectl rules schema`).";
        let line = app.ui.paint(Style::Faint, line);
        app.ui.line(&line);
    }
    Ok(())
}

/// Triggers, and for how many sessions and times each was done.
fn with_counts(app: &App, triggers: Vec<Trigger>) -> Result<Vec<(Trigger, usize)>> {
    let deeds = match store(app) {
        Ok(Some(store)) if !triggers.is_empty() => store.trigger_deeds()?,
        // That was said with the rules.
        Ok(_) | Err(Unread::Now(_)) => Vec::new(),
        Err(Unread::Ever(error)) => return Err(error),
    };
    let count = |trigger: Trigger| {
        let done = deeds.iter().filter(|deed| deed.trigger == trigger.name).count();
        (trigger, done)
    };
    Ok(triggers.into_iter().map(count).collect())
}

fn trigger_document((trigger, done): &(Trigger, usize)) -> Value {
    let mut document = without_secrets(json!(trigger));
    document["done"] = json!(done);
    document
}

/// A trigger on a few lines: what it does, its name, and when.
fn print(app: &mut App, trigger: &Trigger, done: usize) {
    let action = trigger.action.unwrap_or(Deed::Notify);
    let style = match action {
        Deed::Notify | Deed::Send => Style::Notice,
        Deed::Pause | Deed::Stop => Style::Alarm,
    };
    let word = app.ui.paint(style, &format!("{:<6}", action.word()));
    let name = app.ui.paint(Style::Name, &clean(&trigger.name));
    let count = if done > 0 {
        format!("; done {}", crate::format::plural(done as u64, "time"))
    } else {
        String::new()
    };
    app.ui.line(&format!("{word} {name}  (a trigger{count})"));
    let line = app.ui.paint(Style::Faint, &clean(&format!("       {}", conditions(trigger).join("; "))));
    app.ui.line(&line);
    if let Some(message) = &trigger.message {
        let line = app.ui.paint(Style::Faint, &told(&format!("       message: {message}")));
        app.ui.line(&line);
    }
}

/// What a trigger asks for, in words.
fn conditions(trigger: &Trigger) -> Vec<String> {
    let states: Vec<&str> = trigger.statuses.iter().map(|state| state.word()).collect();
    let lists = [
        ("status", states.join(" | ")),
        ("project", trigger.projects.join(" | ")),
        ("health", trigger.health.join(" | ")),
    ];
    let lists = lists.into_iter().filter(|(_, words)| !words.is_empty());
    let mut found: Vec<String> = lists.map(|(key, words)| format!("{key} {words}")).collect();
    found.extend(trigger.cost_above.map(|usd| format!("cost above ${usd}")));
    found.extend(trigger.context_above.map(|pct| format!("context above {pct}%")));
    found.extend(trigger.lasting.map(|ms| format!("for {}", stretch(ms))));
    let times = crate::format::plural(u64::from(trigger.times), "time");
    found.push(format!("up to {times} for a session"));
    found
}

/// As programs read it.
pub(crate) fn document(app: &App, (maker, rule): &(Maker, Rule)) -> Value {
    let mut document = without_secrets(json!(rule));
    document["by"] = json!(match maker {
        Maker::Team => "policy",
        Maker::Person => "you",
        Maker::Grant => "grant",
    });
    document["expires"] = json!(rule.expires.map(rfc3339));
    document["expired"] = json!(super::has_ended(app, rule));
    document
}
