//! `claudectl gate log`: what the gate said of calls.

use claudectl_fleet::session::rfc3339;
use claudectl_gate::rules::Action;
use claudectl_store::gate::Decision;
use claudectl_store::journal;
use claudectl_store::unwritten::{self, Unwritten};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::llm::notes;
use crate::ui::{Style, Table};
use crate::{format, guard, ingest, when};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only from then on: 24h, 7d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    since: String,
    /// Only of sessions whose id begins so.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only these verdicts; may be given several times or with commas.
    #[arg(long, value_name = "VERDICT", value_delimiter = ',', value_parser = ["allow", "ask", "deny"])]
    verdict: Vec<String>,
    /// Only these tools.
    #[arg(long, value_name = "TOOL", value_delimiter = ',')]
    tool: Vec<String>,
    /// No more than so many; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// So many decisions are looked through.
const LOOKED_THROUGH: u32 = 200_000;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = when::moment_ms("--since", &args.since, app.now, &app.zone, false)?;
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    let lost = unwritten(app, args, since);
    let all = if file.exists() || journal::days(&home).is_ok_and(|days| !days.is_empty()) {
        // With what hooks have told since the last pass; where that cannot be kept, what the journal has.
        ingest::told(app, &home)?.decisions(since, LOOKED_THROUGH)?
    } else {
        Vec::new()
    };
    let any = !all.is_empty();
    // What is kept of a name is redacted.
    let tools: Vec<_> = args.tool.iter().map(|tool| claudectl_redact::redact_tool(tool)).collect();
    let is_wanted = |one: &Decision| {
        (args.verdict.is_empty() || args.verdict.contains(&one.judged.verdict))
            && (tools.is_empty() || tools.iter().any(|tool| *tool == one.tool))
            && args.session.as_deref().is_none_or(|text| one.session.starts_with(text))
    };
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let wanted: Vec<Decision> = all.into_iter().filter(is_wanted).take(limit).collect();
    if app.ui.json {
        return app.ui.document(&wanted.iter().map(document).collect::<Vec<_>>());
    }
    if wanted.is_empty() {
        app.ui.line(if any {
            "No decision is like that."
        } else if lost {
            "No decision of that time is written down."
        } else {
            "The gate was asked nothing in that time: its hooks are called by the sessions that run with them (claudectl init)."
        });
        return Ok(());
    }
    print(app, &wanted)
}

/// Whether hooks could not write down what they said, or cannot now, which is told.
fn unwritten(app: &App, args: &Args, since: i64) -> bool {
    let now = guard::unwritable(app);
    if let Some(why) = &now {
        app.ui.warn(&format!("hooks can write nothing down, so that what they say is missing below: {why}"));
    }
    let mut left = app.env.state_dir().map(|home| unwritten::all(&home)).unwrap_or_default();
    let is_wanted = |one: &Unwritten| {
        one.at >= since && args.session.as_deref().is_none_or(|text| one.session.starts_with(text))
    };
    left.retain(is_wanted);
    let last = left.iter().map(|one| one.at).max();
    if let Some(last) = last {
        app.ui.warn(&format!(
            "{} could not be written down, the last one {} ago, and are missing below: the disk is full, or the state folder is not writable",
            format::plural(left.len() as u64, "event that hooks told"),
            format::age(app.now.saturating_sub(last))
        ));
    }
    now.is_some() || last.is_some()
}

fn document(one: &Decision) -> Value {
    json!({
        "at": rfc3339(one.at),
        "session": one.session,
        "agent": one.agent,
        "tool": one.tool,
        "tool_use_id": one.call,
        "summary": one.summary,
        "input_hash": one.hash,
        "permission_mode": one.mode,
        "verdict": one.judged.verdict,
        "said": one.judged.said,
        "withheld": one.judged.withheld,
        "layer": one.judged.layer,
        "rule": one.judged.rule,
        "reason": one.judged.reason,
        "learnable": one.judged.learnable,
        "thought": thought(one),
        "effects": one.judged.effects,
        "outcome": one.outcome.as_ref().map(|outcome| json!({
            "what": outcome.what,
            "at": rfc3339(outcome.at),
            "changed": outcome.changed,
        })),
        "decided_by": one.decided_by,
        "note": one.note.as_ref().map(notes::document),
    })
}

/// What was thought of a call; null where that is no JSON any more.
fn thought(one: &Decision) -> Option<Value> {
    let known = one.judged.known.as_ref()?;
    serde_json::from_str(known.thought.as_ref()?.text()).ok()
}

/// Where the hook's input could not be read, neither session nor tool is known.
fn or_none(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

fn print(app: &mut App, wanted: &[Decision]) -> Result<()> {
    let mut table = Table::new()
        .left("AT")
        .left("VERDICT")
        .left("SAID")
        .left("THEN")
        .left("SESSION")
        // Those of MCP servers have long names.
        .flexible("TOOL", 12)
        .flexible("CALL", 20)
        .give_way(&["SESSION", "SAID"]);
    for one in wanted {
        let action = Action::named(&one.judged.verdict).ok_or_else(|| {
            CliError::failed(format!("{:?} is no verdict of this version", one.judged.verdict))
        })?;
        table.row([
            (Style::Faint, format::moment(one.at, &app.zone)),
            (super::style(action), action.word().to_owned()),
            (Style::Plain, one.judged.said.clone().unwrap_or_else(|| "-".to_owned())),
            (Style::Plain, one.outcome.as_ref().map_or_else(|| "-".to_owned(), |then| then.what.clone())),
            (Style::Plain, or_none(one.session.chars().take(8).collect())),
            (Style::Plain, or_none(one.tool.clone())),
            (Style::Name, one.summary.clone()),
        ]);
        let by =
            one.judged.rule.as_ref().map(|rule| format!("{} {rule}: ", one.judged.layer)).unwrap_or_default();
        let why = format!("{by}{}", one.judged.reason);
        // What says how to go on is copied, and is nothing without its end.
        match why.contains("(claudectl ") {
            true => table.below_whole(Style::Faint, &why),
            false => table.below(Style::Faint, &why),
        }
        if let Some(why) = &one.judged.withheld {
            let said = one.judged.said.as_deref().unwrap_or("nothing");
            table.below(Style::Faint, &format!("Claude Code was told {said}: {why}"));
        }
        if one.outcome.as_ref().is_some_and(|outcome| outcome.changed) {
            table.below(Style::Alarm, "another input ran than the one that was judged");
        }
        for line in one.note.iter().flat_map(notes::lines) {
            let style =
                if one.note.as_ref().is_some_and(|note| note.warns) { Style::Notice } else { Style::Faint };
            table.below(style, &line);
        }
    }
    table.print(&mut app.ui);
    Ok(())
}
