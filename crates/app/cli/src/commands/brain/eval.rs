//! `claudectl brain eval`: how good the learner is, next to simpler ways of doing it.

mod page;
mod text;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use claudectl_brain::bound::Risk;
use claudectl_brain::evaluate::metrics::Figures;
use claudectl_brain::evaluate::person::{self, Kind as Person};
use claudectl_brain::evaluate::run::{RISK, Report, Tallies, evaluate, taught};
use claudectl_brain::evaluate::streams::{self, BadLine, Row};
use claudectl_brain::evaluate::suite::{self, Beside, Case, Said, Score};
use claudectl_files::{FileError, NewFile, check_free};
use claudectl_fleet::project;
use claudectl_llm::NoOpinion;
use claudectl_llm::material::{Call, Material};
use serde::Serialize;

use crate::app::App;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::sync;
use crate::ui::without_secrets;

/// No file is longer, in bytes.
const LONGEST: u64 = 256 << 20;

/// Say how good the learner is at foretelling answers, next to simpler ways of doing it.
///
/// Streams of calls are played, each with what its person wanted and what they answered. Each is played twice: once the
/// learner sees every answer, and what it foretold is scored; once it is used, and sees only the answers to what it asked
/// about. What it lets run or refuses by itself is held against what was wanted.
///
/// Without `--stream`, people are made up: four kinds, each of several seeds. Their streams are the same each time.
///
/// With `--file`, calls are judged that are to be allowed, asked about or denied, by what the gate knows of them and by
/// what was learned of the streams. Exits with 1 if one gets another verdict. Nothing is run, and nothing is kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Play these streams: a call a line, as JSON with `tool`, `input`, `answer`, and as far as known `t`, `cwd`,
    /// `wanted`, `critical`.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    stream: Vec<PathBuf>,
    /// Judge this suite: a call a line, as JSON with `tool`, `input`, `cwd`, `expect` (allow, ask or deny).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["markdown", "svg"])]
    file: Option<PathBuf>,
    /// Ask your language model about each call of the suite, too, and tell what it would have added: alone, and behind what
    /// was learned. Without --file, a suite of the program's is judged. It takes as long as the model does.
    #[arg(long, conflicts_with_all = ["markdown", "svg"])]
    llm: bool,
    /// So large a share of what runs without a question may be unwanted.
    #[arg(long, value_name = "SHARE", default_value_t = RISK.alpha, value_parser = alpha)]
    alpha: f64,
    /// So many calls of each made-up person.
    #[arg(long, value_name = "N", default_value_t = 10_000, conflicts_with = "stream",
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    calls: u32,
    /// So many people of each kind.
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "stream",
          value_parser = clap::value_parser!(u8).range(1..=100))]
    seeds: u8,
    /// Write the report as a page of Markdown.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write risk over coverage as a picture.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

/// Not a share.
#[derive(Debug, thiserror::Error)]
#[error("write it as a number from 0.0001 to 0.5")]
struct NoShare;

fn alpha(text: &str) -> Result<f64, NoShare> {
    text.parse().ok().filter(|alpha| (0.0001..=0.5).contains(alpha)).ok_or(NoShare)
}

/// A stream that is played.
struct Stream {
    /// The file, or what its person is like.
    name: String,
    rows: Vec<Row>,
}

/// Figures of streams of one name.
#[derive(Debug, Serialize)]
struct Part {
    stream: String,
    #[serde(flatten)]
    report: Report,
}

#[derive(Debug, Serialize)]
struct Judged {
    file: String,
    #[serde(flatten)]
    score: Score,
}

/// The language model on the suite.
#[derive(Debug, Serialize)]
struct Asked {
    model: String,
    #[serde(flatten)]
    beside: Beside,
    /// Why it was not asked any more, if it was not.
    stopped: Option<String>,
}

/// All that is told.
#[derive(Debug, Serialize)]
struct Document {
    alpha: f64,
    delta: f64,
    learner: Option<Figures>,
    gated: Option<Figures>,
    baselines: Option<BTreeMap<&'static str, Figures>>,
    streams: Vec<Part>,
    suite: Option<Judged>,
    llm: Option<Asked>,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    for file in [&args.markdown, &args.svg].into_iter().flatten() {
        check_free(file, args.force).map_err(|error| failed(&error))?;
    }
    let risk = Risk { alpha: args.alpha, ..RISK };
    let language = if args.llm { Some(crate::llm::Model::needed(app)?) } else { None };
    // Both are read before either is played: that takes a while.
    let cases = match &args.file {
        Some(file) => Some((shown(&app.env, file), read(app, file, suite::read)?)),
        None => args.llm.then(|| ("the program's suite".to_owned(), suite::dev())),
    };
    let streams = streams(app, args)?;
    let (parts, all) = play(&streams, risk);
    let (mut suite, mut llm) = (None, None);
    if let Some((file, cases)) = cases {
        let model = taught(streams.iter().map(|stream| stream.rows.as_slice()), risk);
        let now = streams.iter().filter_map(|stream| stream.rows.last()).map(|row| row.at).max();
        let now = now.unwrap_or_default();
        if let Some(language) = &language {
            let (said, stopped) = ask(app, language, &cases)?;
            let beside = suite::beside(&cases, &model, now, &said);
            llm = Some(Asked { model: language.settings().model.clone(), beside, stopped });
        }
        suite = Some(Judged { file, score: suite::judge(&cases, &model, now) });
    }
    let all = (!parts.is_empty()).then(|| all.report());
    let (learner, gated, baselines) = all
        .map(|all| (all.learner, all.gated, all.baselines))
        .map_or((None, None, None), |(one, two, three)| (Some(one), Some(two), Some(three)));
    let document = Document {
        alpha: risk.alpha,
        delta: risk.delta,
        learner,
        gated,
        baselines,
        streams: parts,
        suite,
        llm,
    };
    let picture = args.svg.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
    let people = args.stream.is_empty().then_some((args.calls, args.seeds));
    let made = [
        (&args.svg, page::svg(&document)),
        (&args.markdown, page::markdown(&document, picture.as_deref(), people)),
    ];
    for (file, text) in made {
        if let Some(file) = file {
            let bytes = NewFile::write(file, args.force, text.as_bytes()).map_err(|error| failed(&error))?;
            tracing::debug!(bytes, "wrote {}", file.display());
        }
    }
    if app.ui.json {
        let value = serde_json::to_value(&document)
            .map_err(|error| CliError::new(Kind::Internal, "cannot write JSON").why(error))?;
        app.ui.document(&without_secrets(value))?;
    } else {
        text::print(app, &document);
    }
    match document.suite {
        Some(Judged { score: Score { failed, .. }, .. }) if args.file.is_some() && !failed.is_empty() => {
            Err(CliError::told(Kind::Failed))
        }
        _ => Ok(()),
    }
}

/// Asks the model about each case, as about any call. Once the endpoint is left alone no more is asked.
fn ask(app: &App, model: &crate::llm::Model, cases: &[Case]) -> Result<(Vec<Said>, Option<String>)> {
    let mut said = Vec::new();
    for case in cases {
        let material = Material { project: Some(project::name(&case.cwd)), ..Material::default() };
        let call = Call { tool: &case.tool, input: &case.input, ended: None };
        said.push(match model.note(app, &call, &material)? {
            Ok(note) if note.tighten => Said::Warned,
            Ok(_) => Said::Silent,
            Err(why @ NoOpinion::LeftAlone { .. }) => return Ok((said, Some(why.to_string()))),
            Err(_) => Said::Nothing,
        });
    }
    Ok((said, None))
}

fn failed(error: &FileError) -> CliError {
    match error {
        FileError::Exists(_) => {
            CliError::failed(error).fix("choose another name, or replace it with --force")
        }
        FileError::Write { .. } => {
            CliError::external(error).because(error).fix("name a file in a folder that you can write to")
        }
    }
}

/// What is played: files, or people that are made up; of a suite alone, nothing.
fn streams(app: &App, args: &Args) -> Result<Vec<Stream>> {
    if args.stream.is_empty() && (args.file.is_some() || args.llm) {
        return Ok(Vec::new());
    }
    if args.stream.is_empty() {
        let seeds = 1..=u64::from(args.seeds);
        let of = |kind: Person| {
            seeds.clone().map(move |seed| Stream {
                name: kind.word().to_owned(),
                rows: person::stream(kind, seed, args.calls as usize),
            })
        };
        return Ok(Person::ALL.into_iter().flat_map(of).collect());
    }
    let of = |file: &PathBuf| {
        let (name, rows) = (shown(&app.env, file), read(app, file, streams::read)?);
        if rows.is_empty() {
            return Err(CliError::failed(format!("{name} has no calls")).fix("write one a line, as JSON"));
        }
        Ok(Stream { name, rows })
    };
    args.stream.iter().map(of).collect()
}

fn read<T>(app: &App, file: &Path, parse: impl Fn(&[u8]) -> Result<T, BadLine>) -> Result<T> {
    let name = shown(&app.env, file);
    let bytes = bytes(file).map_err(|error| {
        CliError::external(format!("cannot read {name}")).why(error).fix("name a file that you can read")
    })?;
    parse(&bytes).map_err(|error| {
        CliError::usage(format!("{name}, line {}: {}", error.line, error.cause))
            .fix("each line is one call, as JSON: see claudectl brain eval --help")
    })
}

fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 256 MiB"));
    }
    Ok(bytes)
}

/// Plays streams, several at once: what those of each name come to, and all together.
fn play(streams: &[Stream], risk: Risk) -> (Vec<Part>, Tallies) {
    let threads = sync::threads().min(streams.len()).max(1);
    let of = |first: usize| {
        let own = streams.iter().enumerate().skip(first).step_by(threads);
        own.map(|(at, stream)| (at, evaluate(&stream.rows, risk))).collect::<Vec<_>>()
    };
    let mut played: Vec<(usize, Tallies)> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || of(first))).collect();
        let done = running.into_iter().map(|thread| thread.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    played.sort_by_key(|(at, _)| *at);
    let mut all = Tallies::default();
    let mut parts: Vec<(&str, Tallies)> = Vec::new();
    for (stream, (_, tallies)) in streams.iter().zip(&played) {
        all.add(tallies);
        match parts.last_mut() {
            Some((name, part)) if *name == stream.name => part.add(tallies),
            _ => parts.push((&stream.name, tallies.clone())),
        }
    }
    let part = |(name, tallies): (&str, Tallies)| Part { stream: name.to_owned(), report: tallies.report() };
    (parts.into_iter().map(part).collect(), all)
}

/// The figures of a report by their names, the learner first.
fn named(report: &Report) -> impl Iterator<Item = (&'static str, &Figures)> {
    let ours = [("learner", &report.learner), ("gated", &report.gated)];
    ours.into_iter().chain(report.baselines.iter().map(|(name, figures)| (*name, figures)))
}

/// A figure as it is shown: one that nothing is known of is `?`.
fn decimal(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "?".to_owned() }
}

/// What is told of figures, by headings.
fn cells(figures: &Figures) -> [(&'static str, String); 10] {
    let of = |count: u64, all: u64| format!("{count} of {all}");
    [
        ("log-loss", decimal(figures.log_loss, 4)),
        ("Brier", decimal(figures.brier, 4)),
        ("ECE", decimal(figures.ece, 4)),
        ("AURC", decimal(figures.aurc, 4)),
        ("own", format!("{} %", decimal(figures.auto_answered * 100.0, 1))),
        ("false allows", of(figures.false_allows, figures.auto_allowed)),
        ("false denials", of(figures.false_denies, figures.auto_denied)),
        ("critical", figures.critical_allowed.to_string()),
        ("asks/100", decimal(figures.asks_per_100, 1)),
        ("to half", figures.labels_to_half.map_or_else(|| "never".to_owned(), |labels| labels.to_string())),
    ]
}
