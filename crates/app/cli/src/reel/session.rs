//! The reel of one session: found by what a person calls it, and made. For the command and the dashboard.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use claudectl_files::FileError;
use claudectl_record::RecordError;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Format, Look, Made, Options, ReelError, Step, Subject};
use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::find;
use crate::format;
use crate::gather::{self, Wanted};
use crate::sync::{self, Ledger, LedgerArgs};
use crate::when;

/// What is to be made of which session.
#[derive(Debug)]
pub(crate) struct Wish {
    /// As a person names it.
    pub(crate) session: String,
    /// The file; named after the session if nobody says.
    pub(crate) out: Option<PathBuf>,
    /// Replace a file that is there.
    pub(crate) force: bool,
    /// Only what happened from then on, as a person writes it.
    pub(crate) since: Option<String>,
    /// Only the last stretch, as a person writes it, or `all`.
    pub(crate) last: String,
    /// At most so many scenes.
    pub(crate) scenes: u16,
    /// So many times as fast.
    pub(crate) speed: f64,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    pub(crate) look: Look,
    /// Pixels.
    pub(crate) font_size: u16,
    pub(crate) ledger: LedgerArgs,
}

/// Makes the reel of a session beside the dashboard, and says what came of it. It replaces no file.
pub(crate) fn beside(app: &App, session: &str) -> Result<String> {
    let wish = Wish {
        session: session.to_owned(),
        out: None,
        force: false,
        since: None,
        last: "all".to_owned(),
        scenes: 40,
        speed: 1.0,
        size: (100, 30),
        look: Look::default(),
        font_size: 16,
        ledger: LedgerArgs::default(),
    };
    let (_, options, made) = make(app, &wish, true)?;
    Ok(told(app, &options, &made))
}

/// A name beside those that are taken: `reel-2.gif`.
fn free(file: PathBuf) -> PathBuf {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let end = file.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    let numbered = (2..1_000).map(|number| file.with_file_name(format!("{stem}-{number}.{end}")));
    std::iter::once(file.clone()).chain(numbered).find(|path| !path.exists()).unwrap_or(file.clone())
}

/// Makes the reel of one session. `numbered`, beside a file that is there, under the next name that is free.
pub(crate) fn make(app: &App, wish: &Wish, numbered: bool) -> Result<(Subject, Options, Made)> {
    let format = match &wish.out {
        Some(file) => Format::of(file).ok_or_else(|| no_format(file))?,
        None => Format::Gif,
    };
    let last_ms = match wish.last.as_str() {
        "all" => None,
        stretch => Some(when::duration_ms(stretch).ok_or_else(|| no_stretch(stretch))?),
    };
    let since = wish.since.as_deref();
    let since =
        since.map(|since| when::moment_ms("--since", since, app.now, &app.zone, false)).transpose()?;
    let mut ledger = sync::ledger(app, wish.ledger)?;
    let sid = find::session(app, &ledger, &wish.session)?;
    let mut found = gather::sessions(app, &mut ledger, Wanted::One(&sid))?;
    let Some(session) = found.pop() else { return Err(find::unknown(&wish.session)) };
    let agents = subagents(&ledger, &sid)?;
    let subject = Subject::of(&session, &agents, &app.env).ok_or_else(|| no_transcript(&sid))?;
    let file = wish.out.clone().unwrap_or_else(|| PathBuf::from(subject.file_name(format)));
    let file = app.env.absolute(file.clone()).unwrap_or(file);
    let file = if numbered { free(file) } else { file };
    let last = last_ms.zip(session.last_activity_at).map(|(stretch, last)| last.saturating_sub(stretch));
    let options = Options {
        file,
        format,
        force: wish.force,
        since: since.or(last),
        scenes: usize::from(wish.scenes),
        speed: wish.speed,
        size: wish.size,
        look: wish.look,
        font_size: wish.font_size,
        zone: app.zone.clone(),
    };
    let made = with_progress(app, subject.bytes(), |progress| super::make(&subject, &options, progress));
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

/// What was made, in a line.
pub(crate) fn told(app: &App, options: &Options, made: &Made) -> String {
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
