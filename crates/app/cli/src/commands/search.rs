//! `claudectl search`: full text over all transcripts.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Read as _};

use claudectl_agents::walk;
use claudectl_fleet::project;
use claudectl_fleet::session::rfc3339;
use claudectl_search::Role;
use claudectl_search::query::{MINUS, Query as Words};
use claudectl_search::snippet::{self, Line};
use claudectl_store::sessions::SessionRow;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::find;
use crate::format;
use crate::search::{self, Found, Hit, Query, Sort, Updated};
use crate::sync::{self, Ledger, LedgerArgs};
use crate::ui::{Style, clean};
use crate::when;

/// Search all transcripts: what was said, what tools were called with, and what they answered.
///
/// All words must be in one passage (a prompt, a reply, a call, a result); "a phrase" in its order; `word*` is a
/// beginning, `-word` or `NOT word` must not be there, and `a b OR c` finds both words or the third. Case, accents
/// and signs do not count: `foo_bar`, `foo.bar()` and `src/main.rs` are words that follow each other, `getUserName`
/// is also found by `user` and as `get_user_name`. Of Chinese, Japanese, Korean, Thai and the like any part is found.
///
/// Secrets are taken out before anything is kept. Of calls and results the first 12 and the last 4 KiB count, of what
/// people and models wrote 96 and 32. Not searched are lines of a transcript beyond 4 MiB, images, runs of 256
/// characters of base64 and the like, dumps of numbers beyond 1 KiB, the numbers of lines that were read, and what
/// Claude Code tells the model by itself (reminders, skills). What a fork copied is found where it comes from. Texts
/// of transcripts that Claude Code has deleted are found for as long as `retention.search_days` says.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look for; quote it for the shell as you like. Behind `--`, words may begin with two dashes. `-` alone reads
    /// it from standard input, so that the list of processes does not show it.
    #[arg(value_name = "QUERY", required_unless_present = "rebuild")]
    query: Vec<String>,
    /// Only sessions of this project (part of its name or folder).
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Only this session: its id, the beginning of it, its name, or `latest`.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only from then on: 24h, 7d, 2026-11-01, today.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only before then; a day includes itself.
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only what these said; may be given more than once.
    #[arg(long, value_enum, value_delimiter = ',')]
    role: Vec<RoleArg>,
    /// Which hits come first.
    #[arg(long, value_enum, default_value = "relevance")]
    sort: Sort,
    /// Show so many hits at most, of a session no more than three unless it is the only one asked for; 0 for up to a
    /// thousand of all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Show so many lines before and after each.
    #[arg(long, value_name = "N", default_value_t = 0)]
    context: usize,
    /// How much of what is new to take in before: `auto` is all of it on a terminal, else up to 64 MiB. `all` also waits
    /// for another claudectl that is about it.
    #[arg(long, value_enum, default_value = "auto")]
    update: UpdateArg,
    /// Make the index anew from the transcripts that are there. Texts of others are lost.
    #[arg(long)]
    rebuild: bool,
}

/// Of one session, unless it is the only one.
const PER_SESSION: usize = 3;
/// In all: each with its text in memory.
const MOST: usize = 1000;
/// Bytes of a query that comes by standard input.
const MOST_TYPED: u64 = 64 << 10;
/// Shown of a text in JSON, in characters a line.
const JSON_WIDTH: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RoleArg {
    /// What you asked for, and what subagents were asked for.
    Prompt,
    /// What the model answered.
    Reply,
    /// What it thought, where the transcript says.
    Thinking,
    /// Tools and commands, and what they were called with.
    Call,
    /// What they answered.
    Result,
    /// Summaries of conversations.
    Summary,
    /// Names of sessions.
    Name,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Prompt => Self::Prompt,
            RoleArg::Reply => Self::Reply,
            RoleArg::Thinking => Self::Thinking,
            RoleArg::Call => Self::Call,
            RoleArg::Result => Self::Result,
            RoleArg::Summary => Self::Summary,
            RoleArg::Name => Self::Name,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum UpdateArg {
    Auto,
    All,
    None,
}

/// The command line with `-word` behind `search` as a word, and not as the options of its letters.
pub(crate) fn words(arguments: &[OsString]) -> Vec<OsString> {
    let is_value = |at: usize| {
        at.checked_sub(1).is_some_and(|before| {
            ["--config", "--log", "--color"].iter().any(|option| arguments[before] == *option)
        })
    };
    let is_command =
        |(at, argument): (usize, &OsString)| !argument.as_encoded_bytes().starts_with(b"-") && !is_value(at);
    let command = arguments.iter().enumerate().position(is_command);
    let mut words = arguments.to_vec();
    let search = command.filter(|at| arguments[*at] == "search");
    let behind = words.iter_mut().skip(search.map_or(usize::MAX, |at| at + 1));
    for argument in behind.take_while(|argument| *argument != "--") {
        let word = argument.to_str().and_then(|text| text.strip_prefix('-')).filter(|word| is_word(word));
        if let Some(word) = word {
            *argument = format!("{MINUS}{word}").into();
        }
    }
    words
}

/// Whether what stands behind a dash is a word: two letters or more that are not all options.
fn is_word(text: &str) -> bool {
    let letters = text.chars().take_while(|letter| letter.is_alphabetic()).count();
    letters > 1 && !text.chars().all(|letter| "qvhVn".contains(letter))
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let typed = typed(args)?;
    let words = match args.query.is_empty() {
        true => None,
        false => Some(Words::parse(&typed).map_err(|error| not_understood(&error))?),
    };
    let home = app.env.state_dir()?;
    let mut transcripts = Vec::new();
    let ledger = sync::ledger_and(app, LedgerArgs::default(), |walk| transcripts = walk.files.clone())?;
    let query = words.map(|words| query(app, &ledger, args, typed, words)).transpose()?;
    if args.rebuild {
        search::forget(&home)?;
    }
    let mut updated = update(app, args, &transcripts)?;
    let Some(query) = query else { return rebuilt(app, updated) };
    let mut found = search::query(app, &home, &query)?;
    if found.begun_anew {
        updated = update(app, args, &transcripts)?;
        found = search::query(app, &home, &query)?;
    }
    if app.ui.json {
        app.ui.document(&document(app, &ledger, args, &query, &found, updated)?)?;
        return if found.hits == 0 { Err(CliError::told(Kind::Failed)) } else { Ok(()) };
    }
    if found.hits == 0 {
        return Err(nothing(app, args, &query, updated)?);
    }
    if updated.behind > 0 {
        app.ui.warn(&format!("{}{}", search::lag(updated.behind), who(updated)));
    }
    print(app, &ledger, args, &query, &found)
}

/// The query as it was typed.
fn typed(args: &Args) -> Result<String> {
    if args.query != ["-"] {
        return Ok(args.query.join(" ").replace(MINUS, "-"));
    }
    let mut typed = String::new();
    io::stdin().take(MOST_TYPED + 1).read_to_string(&mut typed).map_err(|error| {
        CliError::usage("cannot read what to look for from standard input")
            .why(error)
            .fix("for example: claudectl search - <<< migration")
    })?;
    if typed.len() as u64 > MOST_TYPED {
        return Err(CliError::usage(format!("the query is longer than {}", format::bytes(MOST_TYPED)))
            .why("a part of it would be something else")
            .fix("leave some of it out"));
    }
    Ok(typed.trim().to_owned())
}

fn not_understood(error: &claudectl_search::query::QueryError) -> CliError {
    let what = claudectl_redact::redact(&error.to_string()).text.into_owned();
    CliError::usage(what).fix(error.hint())
}

fn query(app: &App, ledger: &Ledger, args: &Args, typed: String, words: Words) -> Result<Query> {
    let at = |flag, text: &Option<String>, end| {
        text.as_ref().map(|text| when::moment_ms(flag, text, app.now, &app.zone, end)).transpose()
    };
    let (since, until) = (at("--since", &args.since, false)?, at("--until", &args.until, true)?);
    if since.zip(until).is_some_and(|(since, until)| since >= until) {
        return Err(CliError::usage("--since is not before --until").fix("swap them, or leave one out"));
    }
    let mut sessions: Option<HashSet<String>> = match &args.session {
        Some(session) => Some([find::session(app, ledger, session)?].into()),
        None => None,
    };
    if let Some(name) = &args.project {
        let rows = ledger.store.sessions()?;
        let of_project = rows.into_iter().filter(|row| row.is_in(name)).map(|row| row.sid);
        let of_project: HashSet<String> = match sessions {
            Some(sessions) => of_project.filter(|sid| sessions.contains(sid)).collect(),
            None => of_project.collect(),
        };
        sessions = Some(of_project);
    }
    let limit = if args.limit == 0 { MOST } else { args.limit.min(MOST) };
    let alone = args.session.is_some() || args.limit == 0;
    Ok(Query {
        typed,
        words,
        roles: args.role.iter().copied().map(Role::from).collect(),
        sessions,
        since,
        until,
        sort: args.sort,
        limit,
        per_session: if alone { limit } else { PER_SESSION },
    })
}

fn update(app: &App, args: &Args, transcripts: &[walk::Found]) -> Result<Updated> {
    let home = app.env.state_dir()?;
    let most = match args.update {
        _ if args.rebuild => u64::MAX,
        UpdateArg::None => {
            return Ok(Updated { behind: search::behind(&home, transcripts)?, ..Updated::default() });
        }
        UpdateArg::Auto if !app.ui.live => search::UNSEEN_BYTES,
        UpdateArg::Auto | UpdateArg::All => u64::MAX,
    };
    let patience = if args.update == UpdateArg::All { search::LONG_PATIENCE } else { search::PATIENCE };
    search::update(app, &home, transcripts, most, patience).or_else(|error| {
        // What is in it can be found all the same.
        let behind = if args.rebuild { None } else { search::behind(&home, transcripts).ok() };
        let Some(behind) = behind.filter(|_| search::file(&home).exists()) else { return Err(error) };
        let why = error.why.map(|why| format!(" ({why})")).unwrap_or_default();
        app.ui.warn(&format!("{}{why}: what is new is not taken in", error.what));
        Ok(Updated { behind, ..Updated::default() })
    })
}

/// Who takes in the rest.
fn who(updated: Updated) -> &'static str {
    match updated.busy {
        true => "; another claudectl is about it",
        false => "; `--update all` takes them in, as does the next pass in the background",
    }
}

fn rebuilt(app: &mut App, updated: Updated) -> Result<()> {
    if app.ui.json {
        return app.ui.document(&json!({ "taken_bytes": updated.taken, "behind_bytes": updated.behind }));
    }
    app.ui.line(&format!("Took in {} of transcripts.", format::bytes(updated.taken)));
    if updated.behind > 0 {
        app.ui.warn(&format!("{}{}", search::lag(updated.behind), who(updated)));
    }
    Ok(())
}

/// Nothing was found: why that may be.
fn nothing(app: &App, args: &Args, query: &Query, updated: Updated) -> Result<CliError> {
    let home = app.env.state_dir()?;
    let typed = told(&query.typed);
    let unmet = search::unmet(app, &home, &query.words)?;
    let without_options =
        Query { roles: Vec::new(), sessions: None, since: None, until: None, ..query.clone() };
    let elsewhere = match args.narrows() {
        true => search::query(app, &home, &without_options)?.hits,
        false => 0,
    };
    let error = CliError::failed(format!("nothing is found for {typed}"));
    if elsewhere > 0 {
        let hits = format::plural(elsewhere, "hit");
        return Ok(error.why(format!("there are {hits} without the options")).fix("leave some of them out"));
    }
    if updated.behind > 0 {
        return Ok(error
            .why(search::lag(updated.behind))
            .fix(format!("search again with --update all{}", if updated.busy { ", later" } else { "" })));
    }
    let (sizes, _) = search::with_index_to_ask(app, &home, |index| index.sizes())?;
    if sizes.files == 0 {
        return Ok(error
            .why("there is no transcript yet")
            .fix("Claude Code writes one with a session's first prompt; `claudectl doctor` says where it is looked for"));
    }
    let (passages, files) =
        (format::plural(sizes.passages, "passage"), format::plural(sizes.files, "transcript"));
    Ok(match unmet.first() {
        Some(term) => error
            .why(format!("{} is nowhere in {passages} of {files}", told(term)))
            .fix("try the beginning of the word, as in `migrat*`, or another one"),
        None => error
            .why("each word is found, but never all in one passage as the query says")
            .fix("leave one out, or put OR between them"),
    })
}

impl Args {
    /// Whether options leave out some of what is searched.
    fn narrows(&self) -> bool {
        let texts = [&self.project, &self.session, &self.since, &self.until];
        !self.role.is_empty() || texts.into_iter().any(Option::is_some)
    }
}

/// What a person typed, as it may be shown.
fn told(typed: &str) -> String {
    let text = claudectl_redact::redact(typed).text;
    let short: String = text.chars().take(TYPED_CHARS).collect();
    let cut = if short.len() < text.len() { "…" } else { "" };
    format!("{:?}", format!("{short}{cut}"))
}

/// So much of what was typed is repeated.
const TYPED_CHARS: usize = 200;

fn document(
    app: &App,
    ledger: &Ledger,
    args: &Args,
    query: &Query,
    found: &Found,
    updated: Updated,
) -> Result<Value> {
    let mut sessions = Vec::new();
    for of in &found.shown {
        let row = ledger.store.session(&of.session)?.unwrap_or_default();
        let root = row.root();
        sessions.push(json!({
            "session": of.session,
            "name": row.name,
            "project": root.map(project::name),
            "project_path": root,
            "hits": of.hits,
            "last_hit_at": moment(of.last_at),
            "matches": of.shown.iter().map(|hit| json_of(hit, args.context)).collect::<Vec<_>>(),
        }));
    }
    Ok(json!({
        "query": claudectl_redact::redact(&query.typed).text,
        "hits": found.hits,
        "sessions": found.sessions,
        "behind_bytes": updated.behind,
        "searched": search::with_index_to_ask(app, &app.env.state_dir()?, |index| index.sizes())?.0.passages,
        "results": sessions,
    }))
}

fn moment(at: i64) -> Option<String> {
    (at > 0).then(|| rfc3339(at))?
}

fn json_of(hit: &Hit, context: usize) -> Value {
    let lines = snippet::lines(&hit.text, &hit.met, context, JSON_WIDTH);
    let (mut text, mut marks, mut at) = (String::new(), Vec::new(), 0);
    for line in lines {
        if !text.is_empty() {
            text.push('\n');
            at += 1;
        }
        for piece in line {
            let end = at + piece.text.chars().count();
            if piece.met {
                marks.push(json!([at, end]));
            }
            at = end;
            text.push_str(&piece.text);
        }
    }
    json!({
        "role": hit.role.word(),
        "at": moment(hit.at),
        "failed": hit.failed,
        "agent": hit.agent,
        "transcript": (!hit.gone).then(|| hit.transcript.display().to_string()),
        "text": text,
        "marks": marks,
    })
}

fn print(app: &mut App, ledger: &Ledger, args: &Args, query: &Query, found: &Found) -> Result<()> {
    for of in &found.shown {
        let row = ledger.store.session(&of.session)?.unwrap_or_default();
        let gone = of.shown.iter().all(|hit| hit.gone);
        let heading = heading(app, &of.session, &row, of.hits, gone);
        app.ui.line(&heading);
        for hit in &of.shown {
            print_hit(app, hit, args.context);
        }
        let more = of.hits - of.shown.len() as u64;
        if more > 0 && args.session.is_none() && !of.session.is_empty() {
            let short = format::short_id(&of.session);
            let typed = quoted(&clean(&claudectl_redact::redact(&query.typed).text));
            let command = format!("claudectl search {typed} --session {short}");
            let more = app.ui.paint(Style::Faint, &format!("{INDENT}and {more} more: {command}"));
            app.ui.line(&more);
        }
        app.ui.line("");
    }
    let shown: usize = found.shown.iter().map(|of| of.shown.len()).sum();
    let all =
        format!("{} in {}", format::plural(found.hits, "hit"), format::plural(found.sessions, "session"));
    let some =
        if (shown as u64) < found.hits { format!(", {shown} shown; -n 0 shows more") } else { String::new() };
    let note = format!("{all}{some}; `claudectl show ID` tells more of a session");
    let note = app.ui.paint(Style::Faint, &note);
    app.ui.line(&note);
    Ok(())
}

/// Before what belongs to a session.
const INDENT: &str = "  ";

fn heading(app: &App, sid: &str, row: &SessionRow, hits: u64, gone: bool) -> String {
    let id = if sid.is_empty() { "(unknown)".to_owned() } else { clean(&format::short_id(sid)) };
    let id = app.ui.paint(Style::Name, &id);
    let name = row.name.as_deref().map(|name| app.ui.paint(Style::Strong, &clean(name)));
    let project = row.root().map(|root| crate::ui::told(project::name(root)));
    let gone = gone.then(|| "its transcript is gone".to_owned());
    let hits = format::plural(hits, "hit");
    let parts = [Some(id), name, project, Some(hits), gone];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn print_hit(app: &mut App, hit: &Hit, context: usize) {
    let when = if hit.at > 0 { format::moment(hit.at, &app.zone) } else { " ".repeat(16) };
    let role = hit.role.word();
    let mark = match (hit.failed, &hit.agent) {
        (true, _) => "failed: ",
        (false, Some(_)) => "subagent: ",
        (false, None) => "",
    };
    let before = format!("{INDENT}{when}  {role:<8}  ");
    let room = app.ui.width.saturating_sub(before.len() + mark.len() + 2);
    let lines = snippet::lines(&hit.text, &hit.met, context, room.max(20));
    let blank = " ".repeat(before.len());
    for (at, line) in lines.iter().enumerate() {
        let line = painted(app, line);
        let text = match at {
            0 => format!("{}{mark}{line}", app.ui.paint(Style::Faint, &before)),
            _ => format!("{blank}{line}"),
        };
        app.ui.line(text.trim_end());
    }
}

/// What was met is bold or, without colours, between `»` and `«`.
fn painted(app: &App, line: &Line) -> String {
    let pieces = line.iter().enumerate().map(|(at, piece)| {
        let text = clean(&piece.text);
        match piece.met {
            true if app.ui.is_colored() => app.ui.paint(Style::Found, &text),
            true => format!("»{text}«"),
            false if at == 0 => text.trim_start().to_owned(),
            false => text,
        }
    });
    pieces.collect()
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
