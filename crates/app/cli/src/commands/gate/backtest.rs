//! `claudectl gate backtest`: what the gate would have answered to past calls.

mod replay;
mod text;

use std::path::PathBuf;

use claudectl_agents::walk;
use claudectl_fleet::session::rfc3339;
use claudectl_gate::backtest::{Call, Change, Counts, Said, Tally};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::judging::{self, Judge};
use crate::sync;
use crate::when;
use replay::Replay;

/// Judge the calls of past sessions as if they were made now, and say what would be different.
///
/// Calls come from the transcripts of Claude Code, those of subagents included; one that a resumed or forked session
/// repeats counts once. Each is judged by your rules, by the policy of its folder and by what it does, with the files
/// that are there now; where its folder is gone, by its text alone. Nothing is run, and nothing is kept.
///
/// Whether you were asked about a call is known where Claude Code's version writes it. Where only its permission mode
/// says something, that is counted apart; all else stays unknown.
///
/// With `--rules` a file of rules is tried in place of yours: what it changes is told beside.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Try this file of rules in place of yours.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Calls from then on: 24h, 30d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    since: String,
    /// Only calls in this project (part of its name or folder).
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
}

/// Kinds of a change that JSON has, the most frequent first.
const KINDS: usize = 100;

/// What is replayed.
#[derive(Debug)]
struct Scope {
    /// Calls from then on, milliseconds since the epoch.
    since: i64,
    /// Part of the project's folder, in lower case.
    project: Option<String>,
    /// The file of rules that is tried.
    rules: Option<PathBuf>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = when::moment_ms("--since", &args.since, app.now, &app.zone, false)?;
    if since >= app.now {
        return Err(CliError::usage("--since is not in the past").fix("for example: --since 30d"));
    }
    let rules = args.rules.clone().map(|file| {
        app.env.absolute(file).ok_or_else(|| {
            CliError::usage("the working folder is not known").fix("name the file of rules by its whole path")
        })
    });
    let scope =
        Scope { since, project: args.project.as_deref().map(str::to_lowercase), rules: rules.transpose()? };
    // Rules that cannot be read are told before transcripts are.
    for file in judging::rules_file(app).filter(|file| file.exists()).iter().chain(&scope.rules) {
        Judge::with_rules(app, file)?;
    }
    let roots = app.claude_roots();
    let walk = walk::transcripts(&roots, sync::threads());
    let replay = replay::replay(app, walk, &scope)?;
    sync::report_errors(app, &replay.errors);
    let mut tally = Tally::default();
    replay::calls(&replay).for_each(|call| tally.add(call));
    if app.ui.json {
        return app.ui.document(&document(app, &scope, &replay, &tally));
    }
    match tally.total.all() {
        0 => text::nothing(app, args, &replay, &roots),
        _ => text::print(app, &scope, &replay, &tally),
    }
    Ok(())
}

fn document(app: &App, scope: &Scope, replay: &Replay, tally: &Tally<'_>) -> Value {
    let of_tool = |(tool, counts): (&&str, &Counts)| with(counts, "tool", &json!(tool));
    let told = |past: (&claudectl_gate::backtest::Past, &Counts)| with(past.1, "past", &json!(past.0.word()));
    let agreement = tally.agreement();
    let mut document = json!({
        "since": rfc3339(scope.since),
        "rules": scope.rules.as_ref().map(|file| crate::env::shown(&app.env, file)),
        "first_call_at": tally.first_at.and_then(rfc3339),
        "last_call_at": tally.last_at.and_then(rfc3339),
        "transcripts": replay.transcripts,
        "unreadable_lines": replay.unreadable,
        "unplayed_rules": replay.notes,
        "sessions": tally.sessions.len(),
        "projects": tally.projects.len(),
        "calls": tally.total.all(),
        "allow": tally.total.allow,
        "ask": tally.total.ask,
        "deny": tally.total.deny,
        "unprompted": share(tally.total),
        "tools": tally.tools.iter().map(of_tool).collect::<Vec<_>>(),
        "pasts": tally.pasts.iter().map(told).collect::<Vec<_>>(),
        "prompts_saved": { "told": tally.changed(Change::Saved), "by_mode": tally.changed(Change::PerhapsSaved) },
        "blocks_added": tally.changed(Change::Blocked),
        "asks_added": { "known": tally.changed(Change::Asked), "perhaps": tally.changed(Change::PerhapsAsked) },
        "rejected_now_allowed": tally.changed(Change::Overruled),
        "unanswered_now_allowed": tally.changed(Change::Freed),
        "answers": {
            "given": agreement.answered,
            "same": agreement.same,
            "asked": agreement.asked,
            "opposite": agreement.opposite,
        },
        "changes": changes(tally),
    });
    document["today"] = match scope.rules {
        Some(_) => with(&tally.today, "unprompted", &share(tally.today)),
        None => Value::Null,
    };
    document["moved"] = match scope.rules {
        Some(_) => moved(tally),
        None => Value::Null,
    };
    document
}

/// Calls by verdict, with something before.
fn with(counts: &Counts, key: &str, value: &Value) -> Value {
    json!({ key: value, "calls": counts.all(), "allow": counts.allow, "ask": counts.ask, "deny": counts.deny })
}

/// The part that would run without a prompt, to a thousandth.
fn share(counts: Counts) -> Value {
    json!(counts.unprompted().map(|share| (share * 1000.0).round() / 1000.0))
}

fn changes(tally: &Tally<'_>) -> Value {
    let groups = tally.changes();
    let of = |change: Change| groups.iter().filter(move |group| group.change == change).take(KINDS);
    let groups = Change::ALL.into_iter().flat_map(of).map(|group| {
        json!({
            "change": group.change.word(),
            "kind": group.example.judged.kind,
            "calls": group.calls,
            "verdict": said(&group.example.judged.said),
            "example": example(&group.example),
        })
    });
    groups.collect()
}

fn moved(tally: &Tally<'_>) -> Value {
    let groups = tally.moved().into_iter().take(KINDS).map(|group| {
        json!({
            "kind": group.example.judged.kind,
            "calls": group.calls,
            "before": group.example.judged.today.as_ref().map(said),
            "after": said(&group.example.judged.said),
            "example": example(&group.example),
        })
    });
    groups.collect()
}

fn said(said: &Said) -> Value {
    json!({
        "verdict": said.action.word(),
        "layer": said.layer.word(),
        "rule": said.rule,
        "reason": said.reason,
    })
}

fn example(call: &Call<'_>) -> Value {
    json!({
        "tool": call.judged.tool,
        "summary": call.judged.line,
        "session": call.session,
        "project_path": call.project,
        "at": call.at.and_then(rfc3339),
    })
}
