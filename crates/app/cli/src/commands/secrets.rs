//! `claudectl secrets`: credentials that stand in what Claude Code keeps of conversations, and how to rotate them.

mod print;
mod what;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use claudectl_agents::index::Progress;
use claudectl_agents::leaks::{self, Hit, Note, Scanner, Source};
use claudectl_files::{FileError, NewFile};
use claudectl_fleet::leaks::{Place, Secret, Tally};
use claudectl_redact::kinds;
use serde_json::json;

use self::what::Wanted;
use crate::app::App;
use crate::config::suggest;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::sync;
use crate::ui::Table;
use crate::when;

/// Find credentials in transcripts and files, and how to rotate them.
///
/// Nothing that is found is shown, kept or sent: of a secret you see its kind, where it stands, and what stands around
/// it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Look for credentials; exit with 0 if there is none, and with 1 if there is one.
    ///
    /// Without a word, looks through all that Claude Code keeps of conversations: transcripts, those of subagents and
    /// large answers of tools included, typed prompts, copies of edited files, plans, tasks, environments of shells.
    /// What stands in many places is one secret. The gravest come first: keys and tokens that are known by their form,
    /// then what its name or place says is a secret, then what may be one; a list of what to do about each kind ends
    /// the output. It is a net with holes: a secret that looks like nothing in particular is not found. Where what is
    /// named is not there, it exits with 2, and with 3 where standard input, or what is to be copied, cannot be read. Files
    /// that could not be looked through, or not as text, are told and change nothing of that.
    Scan(Scan),
    /// List the kinds of credentials that are known, and what to do about each.
    Kinds,
}

#[derive(Debug, clap::Args)]
struct Scan {
    /// A session (its id, the beginning of it, its name, or `latest`), a file, a folder, or `-` for standard input.
    #[arg(value_name = "WHAT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    what: Vec<String>,
    /// Only what was said from then on: 24h, 7d, 2026-11-01, today. Where there are no rows with a time, the file's
    /// last change counts.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only sessions of this project (part of its name or folder).
    #[arg(long, value_name = "NAME", conflicts_with = "what")]
    project: Option<String>,
    /// Only this kind; may be given more than once. `claudectl secrets kinds` lists them.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<String>,
    /// Show every place of a secret, not only the latest.
    #[arg(long, short)]
    all: bool,
    /// Write a copy of the one file or session to a new file, with `[redacted:KIND]` for each secret and everything
    /// else byte for byte. Of a session its transcript is copied, without those of its subagents. Exits with 0 once it
    /// is written.
    #[arg(long, value_name = "OUT", conflicts_with_all = ["since", "kind"])]
    redacted_copy: Option<PathBuf>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    match &args.what {
        What::Scan(scan) => run_scan(app, scan),
        What::Kinds => list_kinds(app),
    }
}

/// What was looked through, and what was found.
struct Report {
    secrets: Vec<Secret>,
    notes: Vec<Note>,
    files: u64,
    bytes: u64,
    /// Places of more secrets than are told apart.
    left_out: u64,
    copy: Option<PathBuf>,
}

fn run_scan(app: &mut App, args: &Scan) -> Result<()> {
    for kind in &args.kind {
        known(kind)?;
    }
    let since = args.since.as_ref();
    let since = since.map(|text| when::moment_ms("--since", text, app.now, &app.zone, false)).transpose()?;
    let mut wanted = what::wanted(app, args)?;
    wanted.since = since;
    let report = match &args.redacted_copy {
        Some(out) => copy(app, &wanted, out)?,
        None => look(app, args, &mut wanted)?,
    };
    match app.ui.json {
        true => {
            let document = print::document(&report, &wanted);
            app.ui.document(&document)?;
        }
        false => print::text(app, &report, &wanted, args.all),
    }
    // What could not be read is told; whether anything was found is what the exit code says.
    match report.secrets.is_empty() || report.copy.is_some() {
        true => Ok(()),
        false => Err(CliError::told(Kind::Failed)),
    }
}

fn known(kind: &str) -> Result<()> {
    if kinds().any(|(id, _)| id == kind) {
        return Ok(());
    }
    let near = suggest::closest(kind, kinds().map(|(id, _)| id));
    let meant = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    let kind = claudectl_redact::redact(kind).text;
    Err(CliError::usage(format!("there is no kind {kind:?}"))
        .fix(format!("{meant}`claudectl secrets kinds` lists them")))
}

fn look(app: &App, args: &Scan, wanted: &mut Wanted) -> Result<Report> {
    let tally = Mutex::new(Tally::new(random_key()));
    let take = |source: Option<&Source>, hit: Hit<'_>| {
        let of_kind = args.kind.is_empty() || args.kind.iter().any(|kind| kind == hit.leak.kind);
        let place = place(source, &hit);
        if of_kind && wanted.holds(source, &place) {
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.add(hit.leak.kind, &hit.leak.secret, place);
        }
    };
    let progress = Progress::default();
    let mut files = wanted.files.clone();
    let mut notes = sync::with_progress(&app.ui, "looking through", &progress, || {
        leaks::scan(&mut files, sync::threads(), &progress, |source, hit| take(Some(source), hit))
    });
    let mut bytes = files.iter().map(|file| file.size).sum();
    if wanted.stdin {
        let (mut scanner, mut stdin) = (Scanner::default(), Counted::default());
        scanner.read(&mut stdin, None, None, |hit| take(None, hit)).map_err(|error| no_input(&error))?;
        notes.extend(scanner.notes());
        bytes += stdin.0;
    }
    notes.append(&mut wanted.notes);
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let left_out = tally.left_out;
    let files = files.len() as u64 + u64::from(wanted.stdin);
    Ok(Report { secrets: tally.finish(), notes, files, bytes, left_out, copy: None })
}

/// Looks through one file and writes it without its secrets.
fn copy(app: &App, wanted: &Wanted, out: &Path) -> Result<Report> {
    let source = wanted.only(app)?;
    let failed = |error: &FileError| match error {
        FileError::Exists(_) => CliError::usage(error).fix("choose another name"),
        other @ FileError::Write { .. } => {
            CliError::external(other).because(other).fix("name a file in a folder that you can write to")
        }
    };
    let mut file = NewFile::begin(out, false).map_err(|error| failed(&error))?;
    let (mut scanner, mut tally) = (Scanner::default(), Tally::new(random_key()));
    let take = |hit: Hit<'_>| tally.add(hit.leak.kind, &hit.leak.secret, place(source, &hit));
    let (read, bytes) = match source {
        Some(source) => {
            let progress = Progress::default();
            progress.total.store(source.size, std::sync::atomic::Ordering::Relaxed);
            let read = sync::with_progress(&app.ui, "copying", &progress, || {
                scanner.file(source, &progress, Some(&mut file), take)
            });
            (read, source.size)
        }
        None => {
            let mut stdin = Counted::default();
            let read = scanner.read(&mut stdin, None, Some(&mut file), take);
            (read, stdin.0)
        }
    };
    read.map_err(|error| {
        let from = source.map_or("standard input".to_owned(), |source| shown(&app.env, &source.path));
        CliError::external(format!("cannot copy {from} to {}", shown(&app.env, out)))
            .why(error)
            .fix("nothing was written; look at what is in the way, and try again")
    })?;
    file.keep().map_err(|error| failed(&error))?;
    let mut notes = scanner.notes();
    notes.iter_mut().for_each(|note| note.path = source.map(|source| source.path.clone()));
    let left_out = tally.left_out;
    Ok(Report { secrets: tally.finish(), notes, files: 1, bytes, left_out, copy: Some(out.to_path_buf()) })
}

fn no_input(error: &io::Error) -> CliError {
    CliError::external("cannot read standard input")
        .why(error)
        .fix("for example: claudectl secrets scan - < notes.txt")
}

/// Standard input, counted.
#[derive(Default)]
struct Counted(u64);

impl io::Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = io::stdin().read(into)?;
        self.0 += count as u64;
        Ok(count)
    }
}

fn place(source: Option<&Source>, hit: &Hit<'_>) -> Place {
    let facts = hit.facts;
    let at = facts.and_then(|facts| facts.at).or_else(|| source.map(|source| source.changed_ms));
    let own = source.and_then(|source| source.session.clone());
    let what = source.map_or(claudectl_fleet::leaks::What::File, |source| source.what);
    Place {
        file: source.map(|source| source.path.clone()),
        line: hit.line,
        column: hit.column,
        what: hit.leak.what.unwrap_or(what),
        tool: hit.leak.tool.clone(),
        at,
        session: own.or_else(|| facts.and_then(|facts| facts.session.clone())),
        agent: source.and_then(|source| source.agent.clone()),
        cwd: facts.and_then(|facts| facts.cwd.clone()),
        excerpt: hit.leak.excerpt.clone(),
        times: hit.times,
    }
}

/// A key that nobody knows, so that what is known by it cannot be tried out.
fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    for (number, part) in key.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&RandomState::new().hash_one(number).to_le_bytes());
    }
    key
}

fn list_kinds(app: &mut App) -> Result<()> {
    let all = kinds().map(|(kind, about)| (kind, about, claudectl_redact::rotation(kind)));
    if app.ui.json {
        let rows = all.map(|(kind, about, rotation)| {
            json!({
                "kind": kind,
                "about": about,
                "gravity": rotation.map(|rotation| print::word(rotation.gravity)),
                "rotate": rotation.map(|rotation| rotation.how),
                "url": rotation.and_then(|rotation| rotation.url),
            })
        });
        let rows: Vec<_> = rows.collect();
        return app.ui.document(&rows);
    }
    let mut table = Table::new().left("KIND").left("GRAVITY").flexible("WHAT", 20);
    for (kind, about, rotation) in all {
        let gravity = rotation.map_or("", |rotation| print::word(rotation.gravity));
        let url = rotation.and_then(|rotation| rotation.url).unwrap_or_default();
        table.row([kind, gravity, about].map(|text| (crate::ui::Style::Plain, text.to_owned())));
        if !url.is_empty() {
            table.below_whole(crate::ui::Style::Faint, &format!("rotate at {url}"));
        }
    }
    table.print(&mut app.ui);
    Ok(())
}

/// What to do: each kind that was found, in the order of the findings, with how many there are.
fn kinds_of(secrets: &[Secret]) -> Vec<(&'static str, u64)> {
    let (mut order, mut counts) = (Vec::new(), BTreeMap::new());
    for secret in secrets {
        if !counts.contains_key(secret.kind) {
            order.push(secret.kind);
        }
        *counts.entry(secret.kind).or_insert(0) += 1;
    }
    order.into_iter().map(|kind| (kind, counts[kind])).collect()
}
