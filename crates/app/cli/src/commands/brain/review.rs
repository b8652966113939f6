//! `claudectl brain review`: decisions that are worth a look, and what was wrong about them.

use claudectl_brain::features::Features;
use claudectl_brain::label::Source;
use claudectl_brain::thought::Thought;
use claudectl_fleet::hooks::Learnable;
use claudectl_fleet::session::rfc3339;
use claudectl_gate::judge::Layer;
use claudectl_llm::NoOpinion;
use claudectl_store::Store;
use claudectl_store::brain::Answer;
use claudectl_store::gate::Decision;
use claudectl_store::notes::Unnoted;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::ingest;
use crate::learning;
use crate::llm::{Model, no_opinion, notes};
use crate::only;
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

/// So many decisions are looked through.
const LOOKED_THROUGH: u32 = 200_000;

/// A decision that is worth a look.
struct Item {
    decision: Decision,
    known: Learnable,
    thought: Thought,
    /// What the person has said, if they have.
    wanted: Option<bool>,
    /// The larger, the more it matters.
    weight: f64,
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
    let mut items = Vec::new();
    for decision in store.decisions(since, LOOKED_THROUGH)? {
        items.extend(item(&store, decision)?);
    }
    items.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| b.decision.at.cmp(&a.decision.at)));
    if args.limit > 0 {
        items.truncate(args.limit);
    }
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

/// Whether a decision is worth a look, and how much.
fn item(store: &Store, decision: Decision) -> Result<Option<Item>> {
    let Some(known) = decision.judged.known.clone() else { return Ok(None) };
    let thought: Option<Thought> =
        known.thought.as_ref().and_then(|thought| serde_json::from_str(thought.text()).ok());
    let Some(thought) = thought else { return Ok(None) };
    let said = match &decision.call {
        Some(call) => store.answers_to(&decision.session, call)?.pop().map(|answer| answer.wanted),
        None => None,
    };
    let silent = decision.judged.layer == Layer::Learned.word();
    let weight = match (silent, said) {
        (true, Some(_)) => return Ok(None),
        // Allowed by itself counts before denied by itself, and what was less sure before what was more.
        (true, None) if decision.judged.verdict == "allow" => 200.0 + 100.0 * (1.0 - thought.p),
        (true, None) => 100.0 + 100.0 * thought.p,
        (false, Some(wanted)) if wanted != (thought.p >= 0.5) => 100.0 * (thought.p - 0.5).abs(),
        (false, _) => return Ok(None),
    };
    Ok(Some(Item { decision, known, thought, wanted: said, weight }))
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
    for Item { decision, thought, wanted, .. } in items {
        let silent = decision.judged.layer == Layer::Learned.word();
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
    let all = store.decisions(i64::MIN, LOOKED_THROUGH)?;
    let is_of = |one: &&Decision| {
        one.call.as_deref().is_some_and(|id| id.starts_with(call)) && one.judged.known.is_some()
    };
    let mut found: Vec<&Decision> = all.iter().filter(is_of).collect();
    found.dedup_by(|a, b| a.call == b.call && a.session == b.session);
    let decision = match found[..] {
        [one] => one,
        [] => {
            return Err(CliError::usage(format!("no call that may be learned from has the id {call}"))
                .fix("claudectl brain review lists them"));
        }
        [..] => {
            return Err(
                CliError::usage(format!("several calls have ids that begin with {call}")).fix("more of it")
            );
        }
    };
    let Some(known) = &decision.judged.known else { return Ok(()) };
    let features = claudectl_store::brain::bytes(&known.features);
    let features = features.filter(|bytes| Features::unpack(bytes).is_some()).ok_or_else(|| {
        CliError::failed("what was known of that call cannot be read")
            .why("another version has kept it")
            .fix("correct a later call of the kind")
    })?;
    let answer = Answer {
        at: app.now,
        made_at: decision.at,
        session: decision.session.clone(),
        call: decision.call.clone(),
        project: known.project.clone(),
        tool: decision.tool.clone(),
        summary: decision.summary.clone(),
        source: Source::Correction.word().to_owned(),
        wanted: args.wanted,
        reason: args.reason.as_deref().map(|reason| claudectl_redact::redact(reason).text.into_owned()),
        features,
        thought: known.thought.as_ref().map(|thought| thought.text().to_owned()),
        outcome: decision.outcome.as_ref().map(|outcome| outcome.what.clone()),
        ..Answer::default()
    };
    let home = app.env.state_dir()?;
    let _alone = only::wait(&home, "tick.lock")?;
    store.correct(&answer)?;
    learning::go_on(app, store, &home)?;
    let word = if args.wanted { "wanted" } else { "not wanted" };
    if app.ui.json {
        return app.ui.document(&json!({ "tool_use_id": decision.call, "wanted": args.wanted }));
    }
    app.ui.line(&format!("Learned: {} was {word}.", crate::ui::clean(&decision.summary)));
    Ok(())
}
