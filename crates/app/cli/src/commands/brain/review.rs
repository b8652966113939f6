//! `claudectl brain review`: decisions that are worth a look, and what was wrong about them.

use claudectl_fleet::session::rfc3339;
use claudectl_llm::NoOpinion;
use claudectl_store::Store;
use claudectl_store::gate::Decision;
use claudectl_store::notes::Unnoted;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::ingest;
use crate::llm::{Model, no_opinion, notes};
use crate::reviewing::{self, Item};
use crate::ui::{Style, Table};
use crate::when;

/// List what was answered without asking you, and what you answered otherwise than was thought; and correct it.
///
/// The first are those that matter most: calls that were allowed by themselves, the least sure first. A correction says
/// what you wanted, and counts as much as five answers.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only from then on: 24h, 7d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    since: String,
    /// No more than so many; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Have your language model say what each of the first five does, and what could go wrong, unless it has already.
    #[arg(long, conflicts_with = "correct")]
    explain: bool,
    /// This call, by its id or how that begins: say with --wanted or --unwanted what it should have been.
    #[arg(long, value_name = "CALL")]
    correct: Option<String>,
    /// You wanted it to run.
    #[arg(long, requires = "correct", conflicts_with = "unwanted")]
    wanted: bool,
    /// You did not want it to run.
    #[arg(long, requires = "correct")]
    unwanted: bool,
    /// Why, for your own memory.
    #[arg(long, value_name = "TEXT", requires = "correct")]
    reason: Option<String>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = when::moment_ms("--since", &args.since, app.now, &app.zone, false)?;
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    if !file.exists() {
        return nothing(app);
    }
    let mut store = Store::open(&file)?;
    ingest::journal(&mut store, &home)?;
    if let Some(call) = &args.correct {
        return correct(app, args, &mut store, call);
    }
    let mut items = reviewing::items(&store, since, args.limit)?;
    if args.explain {
        explain(app, &mut store, &mut items)?;
    }
    if app.ui.json {
        return app.ui.document(&items.iter().map(document).collect::<Vec<_>>());
    }
    if items.is_empty() {
        return nothing(app);
    }
    print(app, &items);
    Ok(())
}

/// So many are explained at once: a model takes its time.
const EXPLAINED: usize = 5;

/// Has the model say something of the first calls that it has said nothing of, and keeps that.
fn explain(app: &App, store: &mut Store, items: &mut [Item]) -> Result<()> {
    let model = Model::needed(app)?;
    for item in items.iter_mut().take(EXPLAINED) {
        let Decision { seq, session, agent, call, note, .. } = &mut item.decision;
        let Some(call) = call.clone().filter(|_| note.is_none()) else { continue };
        let project = Some(item.known.project.clone());
        let open = Unnoted { seq: *seq, session: session.clone(), agent: agent.clone(), call, project };
        match notes::of_call(app, &model, store, &open)? {
            None => app
                .ui
                .warn(&format!("{}: its transcript no longer has it, so it cannot be explained", open.call)),
            Some(Err(why @ (NoOpinion::Endpoint(_) | NoOpinion::LeftAlone { .. }))) => {
                app.ui.warn(&no_opinion(app, &why));
                break;
            }
            Some(said) => {
                let kept = notes::kept(app.now, &model, &said);
                store.keep_note(open.seq, &kept)?;
                *note = Some(kept);
            }
        }
    }
    Ok(())
}

fn nothing(app: &mut App) -> Result<()> {
    if app.ui.json {
        return app.ui.document(&json!([]));
    }
    app.ui.line("Nothing is to be looked at: no call was answered by itself, and you answered none otherwise than was thought.");
    Ok(())
}

fn document(item: &Item) -> Value {
    let Item { decision, thought, wanted, .. } = item;
    json!({
        "at": rfc3339(decision.at),
        "session": decision.session,
        "tool_use_id": decision.call,
        "tool": decision.tool,
        "summary": decision.summary,
        "project": item.known.project,
        "verdict": decision.judged.verdict,
        "layer": decision.judged.layer,
        "reason": decision.judged.reason,
        "outcome": decision.outcome.as_ref().map(|outcome| &outcome.what),
        "thought": thought,
        "wanted": wanted,
        "note": decision.note.as_ref().map(notes::document),
    })
}

fn print(app: &mut App, items: &[Item]) {
    let mut table = Table::new()
        .left("AT")
        .left("SAID")
        .right("LIKELY")
        .left("YOU")
        .left("CALL ID")
        .left("TOOL")
        .flexible("CALL", 20)
        .give_way(&["TOOL"]);
    for item in items {
        let Item { decision, thought, wanted, .. } = item;
        let silent = item.is_silent();
        let said = if silent { decision.judged.verdict.as_str() } else { "ask" };
        let you = match wanted {
            Some(true) => "allowed",
            Some(false) => "denied",
            None => "-",
        };
        table.row([
            (Style::Faint, format::moment(decision.at, &app.zone)),
            (if silent { Style::Notice } else { Style::Plain }, said.to_owned()),
            (Style::Plain, super::percent(thought.p)),
            (Style::Plain, you.to_owned()),
            (Style::Plain, decision.call.clone().unwrap_or_else(|| "-".to_owned())),
            (Style::Plain, decision.tool.clone()),
            (Style::Name, decision.summary.clone()),
        ]);
        for line in decision.note.iter().flat_map(notes::lines) {
            table.below(Style::Faint, &line);
        }
    }
    table.print(&mut app.ui);
    app.ui.line("Correct one: claudectl brain review --correct CALL --wanted (or --unwanted)");
}

/// Keeps what a person says of a call, and learns it.
fn correct(app: &mut App, args: &Args, store: &mut Store, call: &str) -> Result<()> {
    if !args.wanted && !args.unwanted {
        return Err(CliError::usage("it is not said what the call should have been")
            .fix("--wanted if you wanted it to run, --unwanted if not"));
    }
    let corrected = reviewing::correct(app, store, (None, call), args.wanted, args.reason.as_deref())?;
    if app.ui.json {
        return app.ui.document(&json!({ "tool_use_id": corrected.call, "wanted": args.wanted }));
    }
    app.ui.line(&format!("{}.", corrected.told(args.wanted)));
    Ok(())
}
