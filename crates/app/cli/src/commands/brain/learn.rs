//! `claudectl brain learn`: what transcripts tell of past answers.

use claudectl_agents::walk;
use claudectl_brain::features;
use claudectl_brain::identity::Secret;
use claudectl_brain::label::Source;
use claudectl_store::Store;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format::{self, plural};
use crate::judging::learned;
use crate::learning;
use crate::learning::history::{self, Mined, Scope};
use crate::only;
use crate::sync;
use crate::when;

/// Learn from what you have answered in past sessions.
///
/// Transcripts of Claude Code tell which prompts you have answered and how, what you interrupted as soon as it had begun,
/// and what was taken back within ten minutes. Each call is judged as if it were made now; only those that the gate would
/// ask about, and that may be learned from, count. What is in the log already is left as it is: doing this twice changes
/// nothing. What you answer from now on is learned by itself.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Read the transcripts of past sessions.
    #[arg(long, required = true)]
    history: bool,
    /// Calls from then on: 24h, 90d, 2026-01-01. All, if it is left out.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only calls in this project (part of its name or folder).
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Only tell what would be learned.
    #[arg(long)]
    dry_run: bool,
}

/// So many answers are kept at once.
const AT_ONCE: usize = 10_000;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if !app.config.brain.learn {
        return Err(CliError::usage("nothing is learned here")
            .why("brain.learn is false")
            .fix("claudectl config set brain.learn true"));
    }
    let since = args.since.as_deref();
    let since = since.map(|text| when::moment_ms("--since", text, app.now, &app.zone, false)).transpose()?;
    let scope =
        Scope { since: since.unwrap_or(i64::MIN), project: args.project.as_deref().map(str::to_lowercase) };
    if !args.dry_run {
        // What is mined is known by it.
        learned::make_secret(&app.env.state_dir()?)?;
    }
    let walk = walk::transcripts(&app.claude_roots(), sync::threads());
    let mined = history::mine(app, walk, &scope)?;
    sync::report_errors(app, &mined.errors);
    let kept = if args.dry_run { None } else { Some(keep(app, &mined)?) };
    if app.ui.json {
        let count = |source: Source, wanted: bool| of(&mined, source, wanted);
        return app.ui.document(&json!({
            "transcripts": mined.transcripts,
            "calls": mined.calls,
            "learnable": mined.learnable,
            "unreadable": mined.unreadable,
            "answers": Source::ALL.iter().filter(|source| !source.is_imported()).map(|source| json!({
                "source": source.word(), "wanted": count(*source, true), "unwanted": count(*source, false),
            })).collect::<Vec<_>>(),
            "new": kept.map(|kept| kept.new),
            "renewed": kept.map(|kept| kept.renewed),
            "future": kept.map(|kept| kept.future),
            "unusable": kept.map(|kept| kept.unusable),
            "learned": kept.map_or(0, |kept| kept.learned),
        }));
    }
    print(app, &mined, kept);
    if let Some(kept) = kept {
        remark(app, kept);
    }
    Ok(())
}

/// What became of the log.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Answers that are new.
    new: u64,
    /// Of these, those with stamps of the future.
    future: u64,
    /// Answers of an earlier version that were found again.
    renewed: u64,
    /// And those that were not: nothing is learned of them.
    unusable: u64,
    /// Answers that were learned.
    learned: u64,
}

/// Puts answers into the log, and learns them.
fn keep(app: &App, mined: &Mined) -> Result<Kept> {
    let home = app.env.state_dir()?;
    let mut store = Store::open(&home.join("state.db"))?;
    let _alone = only::wait(&home, "tick.lock")?;
    let made = features::made(&learned::secret(&home).unwrap_or(Secret::KNOWN));
    let (mut new, mut renewed, mut future) = (0, 0, 0);
    for some in mined.answers.chunks(AT_ONCE) {
        renewed += store.renew_answers(some, &made)?;
        let kept = store.keep_answers(some, app.now)?;
        (new, future) = (new + kept.new, future + kept.future);
    }
    let brought = learning::go_on(app, &store, &home)?;
    let unusable = store.answers_made_otherwise(&made)?;
    store.close()?;
    Ok(Kept { new, future, renewed, unusable, learned: brought.answers })
}

fn of(mined: &Mined, source: Source, wanted: bool) -> usize {
    mined.answers.iter().filter(|one| one.source == source.word() && one.wanted == wanted).count()
}

fn print(app: &mut App, mined: &Mined, kept: Option<Kept>) {
    let calls = format::count(mined.calls);
    app.ui.line(&format!(
        "{calls} calls in {} transcripts; {} of them the gate would ask about and may learn from",
        format::count(mined.transcripts),
        format::count(mined.learnable),
    ));
    if mined.answers.is_empty() {
        app.ui.line("No answer of yours is known of any of them: only prompts have one, and not every version of Claude Code writes it down.");
        return;
    }
    for (source, allowed, denied) in [
        (Source::Prompt, "prompts that you allowed", "prompts that you denied"),
        (Source::Always, "prompts that you allowed for good", ""),
        (Source::Interrupted, "", "calls that you interrupted as soon as they had begun"),
        (Source::Reverted, "", "changes that were taken back within ten minutes"),
    ] {
        for (wanted, what) in [(true, allowed), (false, denied)] {
            let count = of(mined, source, wanted);
            if count > 0 {
                app.ui.line(&format!("  {:>8}  {what}", format::count(count as u64)));
            }
        }
    }
    match kept.map(|kept| kept.new) {
        None => app.ui.line("Nothing was kept: without --dry-run it is."),
        Some(0) => app.ui.line("All of it was known already."),
        Some(new) => app
            .ui
            .line(&format!("{} of it is new and was learned (claudectl brain status)", format::count(new))),
    }
}

/// What else is to be said of answers that are kept.
fn remark(app: &mut App, kept: Kept) {
    let Kept { future, renewed, unusable, .. } = kept;
    if future > 0 {
        app.ui.warn(&format!(
            "{} of the new ones say that they are of the future; they count as of now (see date)",
            format::count(future)
        ));
    }
    if renewed > 0 {
        let answers = plural(renewed, "answer");
        app.ui.line(&format!("{answers} of an earlier version: read again, and they count as before."));
    }
    if unusable > 0 {
        let answers = plural(unusable, "answer");
        app.ui.line(&format!(
            "{answers} of an earlier version: in no transcript any more, so nothing is learned of them."
        ));
    }
}
