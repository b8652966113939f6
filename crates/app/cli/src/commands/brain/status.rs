//! `claudectl brain status`: how much was learned, and what may be answered by itself.

use claudectl_brain::bound::Bet;
use claudectl_brain::features::Group;
use claudectl_brain::model::{Known as _, Model};
use claudectl_gate::judge::Mode;
use claudectl_store::Store;
use claudectl_store::snapshot::NoSnapshot;
use serde_json::{Value, json};

use super::llm;
use crate::app::App;
use crate::error::Result;
use crate::format;
use crate::learning::{self, NoModel};
use crate::ui::{Style, Table};

/// All groups together.
const ALL: usize = Group::ALL.len();

pub(super) fn run(app: &mut App) -> Result<()> {
    let llm = llm::look(app)?;
    learner(app, llm.as_ref())?;
    if let Some(llm) = llm.filter(|_| !app.ui.json) {
        llm.print(app);
    }
    Ok(())
}

/// What was learned. As JSON, what is known of the language model with it.
fn learner(app: &mut App, llm: Option<&llm::Look>) -> Result<()> {
    let home = app.env.state_dir()?;
    let risk = learning::risk(&app.config.brain);
    let file = home.join("state.db");
    let counts = if file.exists() { Store::open(&file)?.answer_counts()? } else { Vec::new() };
    let answers: u64 = counts.iter().map(|(.., count)| count).sum();
    let model = learning::kept(&home, risk);
    let fewest = risk.fewest();
    if app.ui.json {
        let model = model.ok().map(|(model, _)| model);
        return app.ui.document(&json!({
            "learns": app.config.brain.learn,
            "mode": app.config.gate.mode.word(),
            "answers": answers,
            "by_source": counts.iter().map(|(source, wanted, count)| json!({
                "source": source, "wanted": wanted, "count": count,
            })).collect::<Vec<_>>(),
            "learned": model.as_ref().map(Model::labels),
            "alpha": risk.alpha,
            "delta": risk.delta,
            "fewest": fewest,
            "changes": model.as_ref().map(Model::changes),
            "groups": model.as_ref().map(|model| groups(model).collect::<Vec<_>>()),
            "llm": llm.map(llm::Look::document),
        }));
    }
    if !app.config.brain.learn {
        app.ui.line("Nothing is learned here: brain.learn is false.");
        return Ok(());
    }
    if answers == 0 {
        app.ui.line("Nothing was learned yet.");
        app.ui.line(
            "What you answer at prompts is, as soon as Claude Code runs with our hooks (claudectl init).",
        );
        app.ui.line("What you have answered before is in its transcripts: claudectl brain learn --history");
        return Ok(());
    }
    let sum = |wanted: bool| -> u64 {
        counts.iter().filter(|(_, own, _)| *own == wanted).map(|(.., count)| count).sum()
    };
    app.ui.line(&format!(
        "{} answers of yours are known: {} allowed, {} denied",
        format::count(answers),
        format::count(sum(true)),
        format::count(sum(false))
    ));
    let model = match model {
        Ok((model, _)) => model,
        Err(why) => {
            if !matches!(why, NoModel::Unread(NoSnapshot::Absent)) {
                app.ui.warn(&format!("{why}: it is made anew by the next pass (claudectl tick)"));
            }
            app.ui.line("They were not learned yet: claudectl tick");
            return Ok(());
        }
    };
    print(app, &model, fewest);
    Ok(())
}

/// Each group that has answers, and all together, as programs read it.
fn groups(model: &Model) -> impl Iterator<Item = Value> {
    let places =
        (0..=ALL).filter(|place| model.bets(true)[*place].trials + model.bets(false)[*place].trials > 0);
    places.map(|place| {
        let bet = |allows: bool| {
            let bet = &model.bets(allows)[place];
            json!({
                "proven": proven(model, place, allows),
                "share": bet.share(model.risk()),
                "trials": bet.trials,
                "errors": bet.errors,
            })
        };
        json!({ "group": name(place), "allow": bet(true), "deny": bet(false) })
    })
}

fn name(place: usize) -> &'static str {
    Group::ALL.get(place).map_or("all", |group| group.word())
}

fn proven(model: &Model, place: usize, allows: bool) -> bool {
    match Group::ALL.get(place) {
        Some(group) => model.is_proven(*group, allows),
        None => model.bets(allows)[place].holds(model.risk()),
    }
}

fn print(app: &mut App, model: &Model, fewest: u64) {
    let risk = model.risk();
    let has_rows =
        (0..=ALL).any(|place| model.bets(true)[place].trials + model.bets(false)[place].trials > 0);
    let held = match has_rows {
        true => "Answers that would be given without asking you:",
        false => "No answer was foretold yet that could be held against yours.",
    };
    app.ui.line(&format!("{} of them may be learned from. {held}", format::count(model.labels())));
    let mut table =
        Table::new().left("CALLS").left("ANSWER").left("PROVEN").right("HELD AGAINST").right("OTHER");
    for place in 0..=ALL {
        for (allows, word) in [(true, "allow"), (false, "deny")] {
            let bet: &Bet = &model.bets(allows)[place];
            if bet.trials == 0 {
                continue;
            }
            let is_proven = proven(model, place, allows);
            let far = if is_proven { "yes".to_owned() } else { format!("{:.0} %", bet.share(risk) * 100.0) };
            let style = if is_proven { Style::Good } else { Style::Plain };
            table.row([
                (Style::Name, name(place).to_owned()),
                (Style::Plain, word.to_owned()),
                (style, far),
                (Style::Plain, format::count(bet.trials)),
                (Style::Plain, format::count(bet.errors)),
            ]);
        }
    }
    if has_rows {
        table.print(&mut app.ui);
    }
    app.ui.line(&format!(
        "Proven: fewer than {} of such answers are other than yours, {} sure at any time; it takes about {fewest} without one.",
        super::percent(risk.alpha),
        super::percent(1.0 - risk.delta)
    ));
    match app.config.gate.mode {
        Mode::Auto => {
            app.ui.line("The gate goes by it (mode auto); one such call in fifty asks all the same.")
        }
        mode => app.ui.line(&format!(
            "The gate does not go by it: its mode is {} (claudectl gate mode auto).",
            mode.word()
        )),
    }
}
