//! `claudectl brain status`: how much was learned, and what may be answered by itself.

use claudectl_brain::bound::Bet;
use claudectl_brain::features::Group;
use claudectl_brain::label::Source;
use claudectl_brain::model::{Known as _, Model};
use claudectl_gate::judge::{Layer, Mode};
use claudectl_store::Store;
use claudectl_store::snapshot::NoSnapshot;
use serde_json::{Value, json};

use super::llm;
use crate::app::App;
use crate::error::Result;
use crate::format;
use crate::judging::learned;
use crate::learning::{self, NoModel};
use crate::ui::{Style, Table};

/// All groups together.
const ALL: usize = Group::ALL.len();
/// Coverage is told of so long, and of so many calls at most.
const LATELY_MS: i64 = 7 * 24 * 60 * 60 * 1000;
const MOST_CALLS: u32 = 200_000;

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
    let store = if file.exists() { Some(Store::open(&file)?) } else { None };
    let counts = store.as_ref().map(Store::answer_counts).transpose()?.unwrap_or_default();
    let covered = store.as_ref().map(|store| coverage(app, store)).transpose()?.unwrap_or_default();
    let version = learned::read(&home).ok().map(|table| format!("{:016x}", table.model));
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
            "wary": model.as_ref().map(Model::wary),
            "model": version,
            "coverage": { "calls": covered.calls, "answered": covered.answered },
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
    let is_own = |source: &str| Source::named(source).is_some_and(|source| !source.is_imported());
    let sum = |wanted: bool| -> u64 {
        let own = counts.iter().filter(|(source, own, _)| *own == wanted && is_own(source));
        own.map(|(.., count)| count).sum()
    };
    let own = sum(true) + sum(false);
    app.ui.line(&format!(
        "{} answers of yours are known: {} allowed, {} denied",
        format::count(own),
        format::count(sum(true)),
        format::count(sum(false))
    ));
    if answers > own {
        app.ui.line(&format!(
            "{} were taken over from elsewhere: they open nothing.",
            format::plural(answers - own, "answer")
        ));
    }
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
    print_state(app, &model, covered, version.as_deref());
    Ok(())
}

/// How much is answered without a question, of calls that may be learned from.
#[derive(Debug, Clone, Copy, Default)]
struct Coverage {
    calls: usize,
    answered: usize,
}

/// Of the last days.
fn coverage(app: &App, store: &Store) -> Result<Coverage> {
    let all = store.decisions(app.now.saturating_sub(LATELY_MS), MOST_CALLS)?;
    let learnable = all.iter().filter(|one| one.judged.learnable);
    let answered = learnable.clone().filter(|one| {
        let was_said = matches!(one.judged.said.as_deref(), Some("allow" | "deny"));
        one.judged.layer == Layer::Learned.word() && was_said
    });
    Ok(Coverage { calls: learnable.count(), answered: answered.count() })
}

/// How much of it is used, which it is, and whether its person has changed.
fn print_state(app: &mut App, model: &Model, covered: Coverage, version: Option<&str>) {
    let Coverage { calls, answered } = covered;
    app.ui.line(&match calls {
        0 => "Coverage: no call of the last seven days may be learned from.".to_owned(),
        _ => format!(
            "Coverage: {} of {} that may be learned from were answered without asking you, in the last seven days ({}).",
            format::count(answered as u64),
            format::plural(calls as u64, "call"),
            super::percent(answered as f64 / calls as f64)
        ),
    });
    app.ui.line(&match (model.changes(), model.wary()) {
        (0, _) => "Drift: none was seen.".to_owned(),
        (changes, 0) => format!("Drift: seen {}; none of it lately.", times(changes)),
        (changes, wary) => format!(
            "Drift: seen {}; in {} nothing is answered silently until you have answered 60 times.",
            times(changes),
            format::plural(wary, "project")
        ),
    });
    if let Some(version) = version {
        app.ui.line(&format!("Model: {version}"));
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", format::count(count)) }
}

/// Each group that has answers, and all together, as programs read it.
fn groups(model: &Model) -> impl Iterator<Item = Value> {
    let places =
        (0..=ALL).filter(|place| is_known(&model.bets(true)[*place]) || is_known(&model.bets(false)[*place]));
    places.map(|place| {
        let bet = |allows: bool| {
            let bet = &model.bets(allows)[place];
            json!({
                "proven": proven(model, place, allows),
                "share": bet.share(model.risk()),
                "trials": bet.trials,
                "errors": bet.errors,
                "corrected": bet.corrected,
            })
        };
        json!({ "group": name(place), "allow": bet(true), "deny": bet(false) })
    })
}

/// Something was held against it.
const fn is_known(bet: &Bet) -> bool {
    bet.trials + bet.corrected > 0
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
        (0..=ALL).any(|place| is_known(&model.bets(true)[place]) || is_known(&model.bets(false)[place]));
    let held = match has_rows {
        true => "Answers that would be given without asking you:",
        false => "No answer was foretold yet that could be held against yours.",
    };
    app.ui.line(&format!("{} of them may be learned from. {held}", format::count(model.labels())));
    let mut table = Table::new()
        .left("CALLS")
        .left("ANSWER")
        .left("PROVEN")
        .right("HELD AGAINST")
        .right("OTHER")
        .right("CORRECTED");
    for place in 0..=ALL {
        for (allows, word) in [(true, "allow"), (false, "deny")] {
            let bet: &Bet = &model.bets(allows)[place];
            if !is_known(bet) {
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
                (Style::Plain, format::count(bet.corrected)),
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
