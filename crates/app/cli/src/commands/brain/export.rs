//! `claudectl brain export`: the log of answers, for another program, another machine, or a person.

use claudectl_brain::features::{Features, join};
use claudectl_brain::label::Source;
use claudectl_fleet::session::rfc3339;
use claudectl_store::Store;
use claudectl_store::brain::Answer;
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::report;
use crate::error::{CliError, Result};
use crate::format;
use crate::ingest;
use crate::recall;
use crate::when;

/// Print the log of your answers: an object of JSON a line, the oldest first.
///
/// Calls in it are a line each, redacted. `--features-only` leaves out every text: what is left are labels and hashes by a
/// key that nobody keeps, so that equal ones can be told in this export and nothing can be looked up in it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only answers from then on: 30d, 2026-11-01.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only those in this project (part of its folder).
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Only those of this session: its id, or how that begins.
    #[arg(long, value_name = "SESSION", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: Option<String>,
    /// As a timeline for people, in Markdown.
    #[arg(long, conflicts_with = "features_only")]
    markdown: bool,
    /// Labels and hashes alone: no text, no path, no name and no id.
    #[arg(long)]
    features_only: bool,
}

/// The version of a row.
pub(super) const VERSION: u64 = 1;
const HOUR_MS: i64 = 60 * 60 * 1000;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = args.since.as_deref();
    let since = since.map(|text| when::moment_ms("--since", text, app.now, &app.zone, false)).transpose()?;
    let project = args.project.as_deref().map(str::to_lowercase);
    let home = app.env.state_dir()?;
    let file = home.join("state.db");
    let mut answers = Vec::new();
    if file.exists() {
        let mut store = Store::open(&file)?;
        ingest::journal(&mut store, &home)?;
        answers = recall::log(&store)?;
    }
    answers.retain(|one| {
        since.is_none_or(|since| one.made_at >= since)
            && project.as_deref().is_none_or(|name| one.project.to_lowercase().contains(name))
            && args.session.as_deref().is_none_or(|id| one.session.starts_with(id))
    });
    if answers.is_empty() {
        app.ui
            .warn("no answer is known that is asked for: claudectl brain learn --history takes in past ones");
    }
    if args.markdown {
        markdown(app, &answers);
        return Ok(());
    }
    let key = match args.features_only {
        true => Some(super::random_key()),
        false => None,
    };
    let first = answers.iter().map(|one| one.made_at).min().unwrap_or_default();
    for one in &answers {
        let row = match key {
            Some(key) => hidden(one, key, first),
            None => Some(row(one)),
        };
        let Some(row) = row else { continue };
        match app.ui.stream_document(&row) {
            Ok(()) => {}
            // Whoever read it has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            Err(error) => return Err(CliError::external("cannot write the output").why(error)),
        }
    }
    Ok(())
}

/// An answer, whole.
fn row(one: &Answer) -> Value {
    json!({
        "claudectl_answer": VERSION,
        "at": rfc3339(one.made_at),
        "session": one.session,
        "tool_use_id": one.call,
        "project": one.project,
        "tool": one.tool,
        "summary": one.summary,
        "source": one.source,
        "wanted": one.wanted,
        "reason": one.reason,
        "outcome": one.outcome,
        "features": one.features.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
}

/// What is left of an answer without any text.
fn hidden(one: &Answer, key: [u64; 2], first: i64) -> Option<Value> {
    let features = Features::unpack(&one.features)?;
    let source = Source::named(&one.source)?;
    let hide = |hash: u64| join(key[1], join(join(key[0], hash), key[1]));
    let hex = |hash: u64| format!("{:016x}", hide(hash));
    // Slots are so few that a guess could be held against them: they are dealt out anew, too.
    let slot = |slot: &u32| {
        (hide(u64::from(slot >> 1)) % u64::from(claudectl_brain::features::SLOTS)) << 1 | u64::from(slot & 1)
    };
    let mut slots: Vec<u64> = features.slots.iter().map(slot).collect();
    slots.sort_unstable();
    Some(json!({
        "claudectl_features": VERSION,
        "hour": (one.made_at - first) / HOUR_MS,
        "source": source.word(),
        "weight": source.weight(),
        "wanted": one.wanted,
        "group": features.family.word(),
        "level": features.level.word(),
        "project": hex(claudectl_brain::features::hash(&one.project)),
        "session": hex(claudectl_brain::features::hash(&one.session)),
        "kind": hex(features.kind),
        "shape": hex(features.shape),
        "call": hex(features.exact),
        "parts": features.parts.iter().map(|part| hex(*part)).collect::<Vec<_>>(),
        "slots": slots,
    }))
}

/// A timeline.
fn markdown(app: &mut App, answers: &[Answer]) {
    app.ui.line("# What was answered");
    let mut last = String::new();
    for one in answers {
        let at = format::moment(one.made_at, &app.zone);
        let day = rfc3339(one.made_at).map(|at| at.chars().take(10).collect()).unwrap_or_else(|| at.clone());
        if day != last {
            app.ui.line(&format!("\n## {day}\n"));
            last = day;
        }
        let did = match (Source::named(&one.source), one.wanted) {
            (Some(Source::Reverted), _) => "taken back",
            (Some(Source::Interrupted), _) => "interrupted",
            (Some(Source::Correction), true) => "corrected to allowed",
            (Some(Source::Correction), false) => "corrected to denied",
            (_, true) => "allowed",
            (_, false) => "denied",
        };
        let code = report::code;
        let reason =
            one.reason.as_deref().map(|reason| format!("; why: {}", code(reason))).unwrap_or_default();
        app.ui.line(&format!(
            "- {at}: **{did}** {} {} in {} ({}){reason}",
            code(&one.tool),
            code(&one.summary),
            code(&app.env.short_path(&one.project)),
            one.source
        ));
    }
}
