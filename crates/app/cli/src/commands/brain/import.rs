//! `claudectl brain import`: answers that were given elsewhere, taken over.
//!
//! A file says what it likes. So a call is judged here, by its text; what the gate would not ask about, or may not learn
//! from, teaches nothing, and nothing of it is ever held against the bound.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use claudectl_brain::features::{self, Branch};
use claudectl_brain::label::Source;
use claudectl_brain::published::{self, Nothing, Said};
use claudectl_fleet::{call, project};
use claudectl_redact::redact_tool;
use claudectl_store::Store;
use claudectl_store::brain::Answer;
use claudectl_transcript::{Line, LineBuf};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::config;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::format::{count, plural};
use crate::judging::learned::{self, Learned};
use crate::judging::{Asked, Judge};
use crate::learning;
use crate::only;
use crate::recall;
use crate::ui::clean;

/// Take over answers from a file: an export of claudectl's, or `decisions.jsonl` of the published tool.
///
/// Of the published tool only rows count that record what a person did, and they are taken for what that person wanted: to
/// reject a proposed denial is to allow. Nothing that is taken over proves or opens anything: calls are answered silently
/// only by what you have answered here. What was denied there, and what is like it, asks longer. Doing it twice changes
/// nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file; `-` reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only say what would be taken over.
    #[arg(long)]
    dry_run: bool,
}

/// No row is longer, no file has more, and so many lines that are no rows are told one by one.
const MOST_BYTES: usize = 1 << 20;
const MOST_ROWS: usize = 1_000_000;
const TOLD: usize = 20;
/// The session that rows of the published tool are kept as.
const PUBLISHED: &str = "published";

/// A row of our own export.
#[derive(Debug, Deserialize)]
struct Own {
    claudectl_answer: u64,
    at: String,
    session: String,
    tool_use_id: Option<String>,
    project: String,
    tool: String,
    summary: String,
    source: String,
    wanted: bool,
    #[serde(default)]
    reason: Option<String>,
}

/// What was read.
#[derive(Debug, Default)]
struct Rows {
    rows: u64,
    own: Vec<Own>,
    said: Vec<Said>,
    /// Rows that teach nothing, by why.
    nothing: BTreeMap<&'static str, u64>,
    /// Lines that are no rows, and why; the first of them.
    bad: Vec<(u64, String)>,
    bad_lines: u64,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if !app.config.brain.learn {
        return Err(CliError::usage("nothing is learned here")
            .why("brain.learn is false")
            .fix("claudectl config set brain.learn true"));
    }
    let (mut read, name) = file(app, args)?;
    let home = app.env.state_dir()?;
    if !args.dry_run {
        // What is taken over is known by it.
        learned::make_secret(&home)?;
    }
    let answers = answers(app, &home, &mut read, args)?;
    let new = match args.dry_run {
        true => None,
        false => Some(keep(app, &home, &answers)?),
    };
    told(app, &read, &answers, new, &name)?;
    match read.bad_lines > 0 && read.rows == 0 {
        true => Err(CliError::told(Kind::Failed)),
        false => Ok(()),
    }
}

fn keep(app: &App, home: &Path, answers: &[Answer]) -> Result<u64> {
    let mut store = Store::open(&home.join("state.db"))?;
    let _alone = only::wait(home, "tick.lock")?;
    let new = store.keep_answers(answers, app.now)?.new;
    learning::go_on(app, &store, home)?;
    store.close()?;
    Ok(new)
}

/// Reads the file, line by line.
fn file(app: &App, args: &Args) -> Result<(Rows, String)> {
    let mut read = Rows::default();
    if args.file == Path::new("-") {
        let name = "standard input".to_owned();
        lines(&mut io::stdin().lock(), &mut read)
            .map_err(|error| CliError::external("cannot read standard input").why(error))?;
        return Ok((read, name));
    }
    let name = shown(&app.env, &args.file);
    let fail = |error: io::Error| {
        CliError::external(format!("cannot read {name}"))
            .why(error)
            .fix("name the file: an export of claudectl's, or ~/.claudectl/brain/decisions.jsonl")
    };
    let path = app.env.absolute(args.file.clone()).unwrap_or_else(|| args.file.clone());
    let mut file: File = config::regular(&path).map_err(fail)?;
    lines(&mut file, &mut read).map_err(fail)?;
    Ok((read, name))
}

fn lines(from: &mut impl Read, into: &mut Rows) -> io::Result<()> {
    let mut lines = LineBuf::new(MOST_BYTES);
    let mut number = 0;
    loop {
        let count = from.read(lines.space())?;
        if count == 0 {
            break;
        }
        lines.filled(count);
        while let Some(line) = lines.next_line() {
            number += 1;
            match line {
                Line::Whole(line) => into.line(number, line),
                Line::Oversized { .. } => into.is_bad(number, "it is longer than any row".to_owned()),
            }
        }
    }
    let rest = lines.remainder().to_vec();
    if !rest.is_empty() {
        into.line(number + 1, &rest);
    }
    Ok(())
}

impl Rows {
    fn is_bad(&mut self, number: u64, why: String) {
        self.bad_lines += 1;
        if self.bad.len() < TOLD {
            self.bad.push((number, why));
        }
    }

    fn line(&mut self, number: u64, line: &[u8]) {
        let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        let Ok(text) = std::str::from_utf8(line) else {
            return self.is_bad(number, "it is no text in UTF-8".to_owned());
        };
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) if error.is_eof() => return self.is_bad(number, "it is torn".to_owned()),
            Err(_) => return self.is_bad(number, "it is no JSON".to_owned()),
        };
        if self.own.len() + self.said.len() >= MOST_ROWS {
            return self.is_bad(number, "there are too many rows".to_owned());
        }
        if value.get("claudectl_features").is_some() {
            return self.is_bad(
                number,
                "it was exported with --features-only, and says of no call which it was".to_owned(),
            );
        }
        if value.get("claudectl_answer").is_some() {
            match serde_json::from_value::<Own>(value) {
                Ok(own) if own.claudectl_answer == super::export::VERSION => {
                    self.rows += 1;
                    self.own.push(own);
                }
                Ok(_) => self.is_bad(number, "it is of another version of claudectl".to_owned()),
                Err(_) => self.is_bad(number, "a part of it is missing, or is of another kind".to_owned()),
            }
            return;
        }
        match published::row(text) {
            Ok(said) if published::is_row(&value) => {
                self.rows += 1;
                match said {
                    Ok(said) => self.said.push(said),
                    Err(why) => self.is_nothing(why),
                }
            }
            _ => self
                .is_bad(number, "it is neither a row of claudectl's nor of the published tool's".to_owned()),
        }
    }

    fn is_nothing(&mut self, why: Nothing) {
        *self.nothing.entry(why.word()).or_default() += 1;
    }

    fn skip(&mut self, why: &'static str) {
        *self.nothing.entry(why).or_default() += 1;
    }
}

/// Not asked about, or never to be learned from; and what cannot be told from its line.
const NOT_LEARNABLE: &str = "not-learnable";
const NOT_READABLE: &str = "not-readable";
const KNOWN: &str = "known";
const NOT_HIS: &str = "no-answer";

/// The answers that count, as they are kept.
fn answers(app: &App, home: &Path, read: &mut Rows, args: &Args) -> Result<Vec<Answer>> {
    let mut judge = Judge::new(app)?.with(Learned::nothing(app)?);
    let file = home.join("state.db");
    let store = if file.exists() { Some(Store::open(&file)?) } else { None };
    let (mut roots, mut known) = (HashMap::new(), HashSet::new());
    if let Some(store) = &store {
        roots = names(store)?;
        // What was answered here is not taken over once more.
        let own = recall::log(store)?.into_iter();
        let own = own.filter(|one| Source::named(&one.source).is_some_and(|source| !source.is_imported()));
        known = own.map(|one| (one.session, one.call, one.made_at)).collect();
    }
    let mut found = Vec::new();
    for own in std::mem::take(&mut read.own) {
        let Some(at) = own.at.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond) else {
            read.skip(Nothing::NoTime.word());
            continue;
        };
        if known.contains(&(own.session.clone(), own.tool_use_id.clone(), at)) {
            read.skip(KNOWN);
            continue;
        }
        if Source::named(&own.source).is_none() {
            read.skip(NOT_HIS);
            continue;
        }
        let (session, call) = (id(&own.session), own.tool_use_id.as_deref().map(id));
        let reason = own.reason.map(|reason| claudectl_redact::redact(&reason).text.into_owned());
        let answer =
            Answer { session, call, project: own.project, wanted: own.wanted, reason, ..Answer::default() };
        take(app, &mut judge, read, &mut found, at, &own.tool, &own.summary, Source::Imported, answer);
    }
    let marked = marked(app, args);
    let (said, out) = published::settled(std::mem::take(&mut read.said), &marked);
    out.into_iter().for_each(|(why, count)| *read.nothing.entry(why.word()).or_default() += count);
    for said in said {
        let project = roots.get(&said.project).cloned().flatten().unwrap_or_else(|| said.project.clone());
        let call = Some(format!("{:016x}", features::hash(&said.id)));
        let answer =
            Answer { session: PUBLISHED.to_owned(), call, project, wanted: said.wanted, ..Answer::default() };
        take(app, &mut judge, read, &mut found, said.at, &said.tool, &said.command, said.source, answer);
    }
    Ok(found)
}

/// An id as it may be kept.
fn id(text: &str) -> String {
    claudectl_redact::redact(&call::one_line(text)).text.into_owned()
}

/// Projects by how they are called, as far as that names one.
fn names(store: &Store) -> Result<HashMap<String, Option<String>>> {
    let mut found: HashMap<String, Option<String>> = HashMap::new();
    let roots: HashSet<String> =
        store.sessions()?.iter().filter_map(|row| row.root().map(str::to_owned)).collect();
    for root in roots {
        let name = project::name(&root).to_owned();
        found.entry(name).and_modify(|known| *known = None).or_insert(Some(root));
    }
    Ok(found)
}

/// Decisions that the published tool's user has marked as right: `canonical.jsonl` beside the log.
fn marked(app: &App, args: &Args) -> HashSet<String> {
    let path = app.env.absolute(args.file.with_file_name("canonical.jsonl"));
    let file = path.and_then(|path| config::regular(&path).ok());
    let mut text = Vec::new();
    if let Some(file) = file {
        // What cannot be read marks nothing.
        file.take(64 << 20).read_to_end(&mut text).ok();
    }
    let of =
        |line: &[u8]| serde_json::from_slice::<Value>(line).ok()?["decision_id"].as_str().map(str::to_owned);
    text.split(|byte| *byte == b'\n').filter_map(of).collect()
}

/// Keeps an answer, if the gate would ask about its call here and may learn from it.
#[expect(clippy::too_many_arguments, reason = "a row of either kind, taken apart")]
fn take(
    app: &App,
    judge: &mut Judge,
    read: &mut Rows,
    found: &mut Vec<Answer>,
    at: i64,
    tool: &str,
    text: &str,
    source: Source,
    answer: Answer,
) {
    let is_cut = text.contains(" … ") || text.contains(" ⏎ ") || text.contains("[redacted");
    let Some(input) = recall::input(tool, text).filter(|_| !is_cut) else { return read.skip(NOT_READABLE) };
    let is_folder = answer.project.starts_with('/');
    let folder = if is_folder { PathBuf::from(&answer.project) } else { PathBuf::new() };
    let line = call::short(&call::line(tool, &input.to_string())).into_owned();
    let asked = Asked { tool: tool.to_owned(), input, folder, ..Asked::default() };
    let judged = judge.judge(&asked);
    if !judged.report.opaque.is_empty() || judged.known.is_none() {
        return read.skip(NOT_LEARNABLE);
    }
    let project = match is_folder {
        true => judged.root().to_owned(),
        false => claudectl_redact::redact(&call::one_line(&answer.project)).text.into_owned(),
    };
    let home = app.env.home.as_deref().and_then(Path::to_str).unwrap_or_default();
    let situation = asked.situation(judge.secret(), &project, home, Branch::Unknown);
    // A clock that went wrong must not make it newer than what is answered now.
    let at = at.min(app.now);
    found.push(Answer {
        at,
        made_at: at,
        tool: redact_tool(tool).into_owned(),
        summary: line,
        source: source.word().to_owned(),
        features: features::of(tool, &judged.report, situation).pack(),
        project,
        ..answer
    });
}

fn told(app: &mut App, read: &Rows, answers: &[Answer], new: Option<u64>, name: &str) -> Result<()> {
    let of = |wanted: bool| answers.iter().filter(|one| one.wanted == wanted).count() as u64;
    if app.ui.json {
        let bad = |(line, why): &(u64, String)| json!({ "line": line, "why": why });
        return app.ui.document(&json!({
            "file": name,
            "rows": read.rows,
            "answers": answers.len(),
            "wanted": of(true),
            "unwanted": of(false),
            "sources": Source::ALL.iter().filter(|source| source.is_imported()).map(|source| json!({
                "source": source.word(),
                "weight": source.weight(),
                "count": answers.iter().filter(|one| one.source == source.word()).count(),
            })).collect::<Vec<_>>(),
            "left_out": read.nothing,
            "bad_lines": read.bad_lines,
            "bad": read.bad.iter().map(bad).collect::<Vec<_>>(),
            "new": new,
        }));
    }
    for (line, why) in &read.bad {
        app.ui.warn(&clean(&format!("{name}:{line}: {why}")));
    }
    if read.bad_lines > read.bad.len() as u64 {
        app.ui.warn(&format!("and {} more", plural(read.bad_lines - read.bad.len() as u64, "line")));
    }
    app.ui.line(&clean(&format!(
        "{}: {} of {} may be learned from ({} allowed, {} denied)",
        name,
        count(answers.len() as u64),
        plural(read.rows, "row"),
        count(of(true)),
        count(of(false))
    )));
    for (why, count) in &read.nothing {
        app.ui.line(&format!("  {count:>8}  {}", reason(why)));
    }
    app.ui.line(&match new {
        None => "Nothing was kept: without --dry-run it is.".to_owned(),
        Some(0) => "All of it was known already.".to_owned(),
        Some(new) => format!(
            "{} of it is new and was learned. It proves nothing and opens nothing: that takes answers here.",
            count(new)
        ),
    });
    Ok(())
}

fn reason(why: &str) -> &'static str {
    const ALL: [Nothing; 6] = [
        Nothing::NotAPerson,
        Nothing::NoCall,
        Nothing::NotSaid,
        Nothing::NoTime,
        Nothing::Again,
        Nothing::Burst,
    ];
    match why {
        NOT_LEARNABLE => "not asked about here, or never to be learned from",
        NOT_READABLE => "calls that cannot be told from their line",
        KNOWN => "answered here",
        NOT_HIS => "from a source that is not known",
        _ => ALL.iter().find(|one| one.word() == why).map_or("", |one| one.reason()),
    }
}
