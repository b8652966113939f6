//! `claudectl reel`: the telling parts of a session as a GIF, a cast or a page.

use std::path::PathBuf;

use serde_json::json;

use crate::app::App;
use crate::error::Result;
use crate::format;
use crate::reel::session::{self, Wish};
use crate::reel::{Look, Made, Options, Subject};
use crate::sync::LedgerArgs;

/// Make a highlight reel of a session: what was asked, changed, run and answered, without the pauses.
///
/// A GIF, an asciicast or a page of Markdown, by the end of the file's name. Secrets are redacted. Of a long session
/// the most telling scenes are shown; the end says how many were left out. What its subagents changed and ran, and what
/// of that failed, stands among them; of more than 128 the first count.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The session: its id or the beginning of it, its name, or `latest`.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: String,
    /// What to make: FILE.gif, FILE.cast or FILE.md. Default: the session's name and id, .gif, in the working folder.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    /// Only what happened from then on: 30m, 24h, 7d, today, a day, a moment.
    #[arg(long, value_name = "WHEN", conflicts_with = "last")]
    since: Option<String>,
    /// Only the last stretch of the session, such as 10m or 2h, or `all`.
    #[arg(long, value_name = "STRETCH", default_value = "all")]
    last: String,
    /// At most so many scenes.
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    scenes: u16,
    /// So many times as fast.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Columns.
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=240))]
    width: u16,
    /// Rows.
    #[arg(long, value_name = "ROWS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(16..=100))]
    height: u16,
    /// Colours on dark, or on light.
    #[arg(long, value_enum, default_value_t)]
    theme: Look,
    /// The size of letters in a GIF, in pixels.
    #[arg(long, value_name = "PIXELS", default_value_t = 16, value_parser = clap::value_parser!(u16).range(8..=48))]
    font_size: u16,
    #[command(flatten)]
    ledger: LedgerArgs,
}

impl Args {
    fn wish(&self) -> Wish {
        Wish {
            session: self.session.clone(),
            out: self.out.clone(),
            force: self.force,
            since: self.since.clone(),
            last: self.last.clone(),
            scenes: self.scenes,
            speed: self.speed,
            size: (self.width, self.height),
            look: self.theme,
            font_size: self.font_size,
            ledger: self.ledger,
        }
    }
}

/// Not a speed.
#[derive(Debug, thiserror::Error)]
#[error("write it as a number from 0.1 to 20")]
struct NoSpeed;

fn speed(text: &str) -> Result<f64, NoSpeed> {
    text.parse().ok().filter(|speed| (0.1..=20.0).contains(speed)).ok_or(NoSpeed)
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let (subject, options, made) = session::make(app, &args.wish(), false)?;
    report(app, &subject, &options, &made)
}

fn report(app: &mut App, subject: &Subject, options: &Options, made: &Made) -> Result<()> {
    if made.passed_over > 0 {
        let lines = format::plural(made.passed_over, "line");
        app.ui.warn(&format!(
            "{lines} of the transcript could not be read, or were too long, and are not in it"
        ));
    }
    if app.ui.json {
        return app.ui.document(&json(subject, options, made));
    }
    let line = session::told(app, options, made);
    app.ui.line(&line);
    Ok(())
}

fn json(subject: &Subject, options: &Options, made: &Made) -> serde_json::Value {
    let totals = &made.totals;
    let time = |at: Option<i64>| at.and_then(claudectl_fleet::session::rfc3339);
    json!({
        "session": subject.id,
        "file": options.file.display().to_string(),
        "format": options.format.word(),
        "bytes": made.bytes,
        "scenes": made.scenes,
        "left_out": made.left_out,
        "duration_seconds": made.length.as_secs_f64(),
        "skipped_lines": made.passed_over,
        "from": time(totals.first),
        "to": time(totals.last),
        "active_seconds": totals.active_ms / 1_000,
        "prompts": totals.prompts,
        "edits": totals.edits,
        "files": totals.files,
        "lines_added": totals.added,
        "lines_removed": totals.removed,
        "commands": totals.commands,
        "failed": totals.failed,
        "denied": totals.denied,
        "api_errors": totals.api_errors,
    })
}
