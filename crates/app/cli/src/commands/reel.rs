//! `claudectl reel`: the telling parts of a session as a GIF, a cast or a page.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use claudectl_files::FileError;
use claudectl_record::RecordError;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::app::App;
use crate::commands::shown;
use crate::error::{CliError, Result};
use crate::find;
use crate::format;
use crate::gather::{self, Wanted};
use crate::reel::{self, Format, Look, Made, Options, ReelError, Step, Subject};
use crate::sync::{self, Ledger, LedgerArgs};
use crate::when;

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

/// Not a speed.
#[derive(Debug, thiserror::Error)]
#[error("write it as a number from 0.1 to 20")]
struct NoSpeed;

fn speed(text: &str) -> Result<f64, NoSpeed> {
    text.parse().ok().filter(|speed| (0.1..=20.0).contains(speed)).ok_or(NoSpeed)
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let (subject, options, made) = make(app, args, false)?;
    report(app, &subject, &options, &made)
}

/// Makes the reel of a session beside the dashboard, and says what came of it. It replaces no file.
pub(crate) fn beside(app: &App, session: &str) -> Result<String> {
    let args = Args {
        session: session.to_owned(),
        out: None,
        force: false,
        since: None,
        last: "all".to_owned(),
        scenes: 40,
        speed: 1.0,
        width: 100,
        height: 30,
        theme: Look::default(),
        font_size: 16,
        ledger: LedgerArgs::default(),
    };
    let (_, options, made) = make(app, &args, true)?;
    Ok(told(app, &options, &made))
}

/// A name beside those that are taken: `reel-2.gif`.
fn free(file: PathBuf) -> PathBuf {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let end = file.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    let numbered = (2..1_000).map(|number| file.with_file_name(format!("{stem}-{number}.{end}")));
    std::iter::once(file.clone()).chain(numbered).find(|path| !path.exists()).unwrap_or(file.clone())
}

fn make(app: &App, args: &Args, numbered: bool) -> Result<(Subject, Options, Made)> {
    let format = match &args.out {
        Some(file) => Format::of(file).ok_or_else(|| no_format(file))?,
        None => Format::Gif,
    };
    let last_ms = match args.last.as_str() {
        "all" => None,
        stretch => Some(when::duration_ms(stretch).ok_or_else(|| no_stretch(stretch))?),
    };
    let since = args.since.as_deref();
    let since =
        since.map(|since| when::moment_ms("--since", since, app.now, &app.zone, false)).transpose()?;
    let mut ledger = sync::ledger(app, args.ledger)?;
    let sid = find::session(app, &ledger, &args.session)?;
    let mut found = gather::sessions(app, &mut ledger, Wanted::One(&sid))?;
    let Some(session) = found.pop() else { return Err(find::unknown(&args.session)) };
    let agents = subagents(&ledger, &sid)?;
    let subject = Subject::of(&session, &agents, &app.env).ok_or_else(|| no_transcript(&sid))?;
    let file = args.out.clone().unwrap_or_else(|| PathBuf::from(subject.file_name(format)));
    let file = app.env.absolute(file.clone()).unwrap_or(file);
    let file = if numbered { free(file) } else { file };
    let last = last_ms.zip(session.last_activity_at).map(|(stretch, last)| last.saturating_sub(stretch));
    let options = Options {
        file,
        format,
        force: args.force,
        since: since.or(last),
        scenes: usize::from(args.scenes),
        speed: args.speed,
        size: (args.width, args.height),
        look: args.theme,
        font_size: args.font_size,
        zone: app.zone.clone(),
    };
    let made = with_progress(app, subject.bytes(), |progress| reel::make(&subject, &options, progress));
    let made = made.map_err(|error| failure(app, &subject, &options, error))?;
    Ok((subject, options, made))
}

/// The transcripts of a session's subagents.
fn subagents(ledger: &Ledger, sid: &str) -> Result<Vec<PathBuf>> {
    let Some(row) = ledger.store.session(sid)? else { return Ok(Vec::new()) };
    let all = ledger.store.transcripts(Some(row.id))?.into_iter().filter(|(_, agent, _)| *agent != 0);
    Ok(all.map(|(.., path)| PathBuf::from(OsString::from_vec(path))).collect())
}

/// A bar on a terminal, for the reading of a long transcript and for the drawing.
fn with_progress<T>(app: &App, bytes: u64, work: impl FnOnce(&mut dyn FnMut(Step) -> bool) -> T) -> T {
    if !app.ui.live {
        return work(&mut |_| true);
    }
    let bar = |length: u64, template: &str| {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(length).with_style(style.progress_chars("=> "))
    };
    let reading = bar(bytes, "reading the transcript [{bar:30}] {percent} %");
    let drawing = bar(1_000, "drawing the reel [{bar:30}] {percent} %");
    let done = work(&mut |step| {
        match step {
            Step::Reading(read) => reading.set_position(read),
            Step::Drawing(part) => {
                reading.finish_and_clear();
                drawing.set_position(part.into());
            }
        }
        true
    });
    reading.finish_and_clear();
    drawing.finish_and_clear();
    done
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
    let line = told(app, options, made);
    app.ui.line(&line);
    Ok(())
}

/// What was made, in a line.
fn told(app: &App, options: &Options, made: &Made) -> String {
    let file = crate::ui::clean(&shown(&app.env, &options.file));
    let length = match options.format {
        Format::Markdown => String::new(),
        _ if made.length.as_secs() < 120 => format!(", {} s", made.length.as_secs()),
        _ => format!(", {}", format::age(i64::try_from(made.length.as_millis()).unwrap_or(i64::MAX))),
    };
    let left_out = match made.left_out {
        0 => String::new(),
        number => format!("; {} left out", format::plural(number, "scene")),
    };
    let (scenes, bytes) = (format::plural(made.scenes, "scene"), format::bytes(made.bytes));
    format!("{file}: {scenes}{length}, {bytes}{left_out}")
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

fn failure(app: &App, subject: &Subject, options: &Options, error: ReelError) -> CliError {
    let file = shown(&app.env, &options.file);
    match error {
        ReelError::Read(error) => CliError::external(&error).because(&error),
        ReelError::Nothing => CliError::failed(format!("there is nothing to show of {}", subject.name))
            .why(if options.since.is_some() {
                "nothing happened in that time"
            } else {
                "its transcript holds no prompt, no answer and no call"
            })
            .fix(if options.since.is_some() {
                "leave --since and --last away"
            } else {
                "choose another session: `claudectl ls --all`"
            }),
        ReelError::File(FileError::Exists(_)) => CliError::failed(format!("{file} exists"))
            .why("a reel replaces no file")
            .fix("choose another name with --out, or replace it with --force"),
        ReelError::Record(error @ RecordError::Size(..)) => {
            CliError::usage(&error).fix("make --width, --height or --font-size smaller")
        }
        ReelError::File(error @ FileError::Write { .. }) => {
            CliError::external(&error).because(&error).fix("choose another place with --out")
        }
        ReelError::Record(error @ RecordError::Gif(_)) => {
            CliError::external(&error).because(&error).fix("choose another place with --out")
        }
        ReelError::Record(error) => CliError::new(crate::error::Kind::Internal, &error).because(&error),
    }
}

fn no_format(file: &Path) -> CliError {
    CliError::usage(format!("{} does not say what to make", file.display()))
        .why("the end of the name does: .gif, .cast or .md")
        .fix("for example: --out reel.gif")
}

fn no_stretch(text: &str) -> CliError {
    CliError::usage(format!("--last does not understand {text:?}"))
        .why("it takes a stretch of time (10m, 2h, 1d), counted back from the end of the session, or all")
        .fix("for example: --last 30m")
}

fn no_transcript(sid: &str) -> CliError {
    CliError::failed(format!("session {sid} has no transcript"))
        .why("it has not been given a prompt yet, or Claude Code has deleted it")
        .fix("choose another session: `claudectl ls --all`")
}
