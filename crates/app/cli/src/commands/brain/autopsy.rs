//! `claudectl brain autopsy`: what became of a session, and what to do otherwise.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use claudectl_fleet::autopsy::{Autopsy, Examiner, Spent, Work};
use claudectl_fleet::session::{Session, rfc3339};
use claudectl_store::gate::Decision;
use claudectl_transcript::record::Record;
use claudectl_transcript::{Line, LineBuf};
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::{health, report};
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::find;
use crate::format::{self, count, plural};
use crate::gather::{self, Wanted};
use crate::ingest;
use crate::sync::{self, LedgerArgs};
use crate::ui::{Style, Table, clean, cut};

/// Look at a session afterwards: what happened when, what it cost and for what, errors that came again and again, work that
/// was done twice, calls that the gate was against, and what to do otherwise.
///
/// All of it comes of the session's transcript, the ledger and the gate's log; no model is asked. What subagents cost is
/// told apart.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The session: its id or the beginning of it, its name, or `latest`.
    #[arg(default_value = "latest", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: String,
    /// In Markdown.
    #[arg(long)]
    md: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// So many of each are shown; JSON has more.
const MOST: usize = 12;
/// So many decisions of the gate are looked at.
const MOST_DECISIONS: u32 = 20_000;
/// So many risky calls are told.
const MOST_RISKY: usize = 100;

/// What is known of the session.
struct Found {
    session: Session,
    autopsy: Autopsy,
    risky: Vec<Decision>,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    if app.ui.json && args.md {
        return Err(CliError::usage("--json and --md ask for two things").fix("leave one out"));
    }
    let mut ledger = sync::ledger(app, args.ledger)?;
    let sid = find::session(app, &ledger, &args.session)?;
    let mut sessions = gather::sessions(app, &mut ledger, Wanted::One(&sid))?;
    let Some(session) = sessions.pop() else { return Err(find::unknown(&args.session)) };
    let Some(transcript) = session.transcript.clone() else {
        return Err(CliError::failed(format!("session {} has no transcript", format::short_id(&session.id)))
            .why("it was never written, or is gone")
            .fix("claudectl history lists sessions"));
    };
    let autopsy = examined(app, Path::new(&transcript))?;
    if !ledger.in_memory {
        ingest::journal(&mut ledger.store, &app.env.state_dir()?)?;
    }
    let mut risky = ledger.store.decisions_of(&sid, i64::MIN, MOST_DECISIONS)?;
    risky.retain(is_risky);
    risky.reverse();
    risky.truncate(MOST_RISKY);
    let found = Found { session, autopsy, risky };
    if app.ui.json {
        return app.ui.document(&document(&found));
    }
    match args.md {
        true => markdown(app, &found),
        false => text(app, &found),
    }
    Ok(())
}

/// Reads a transcript; lines that are no rows are left out.
fn examined(app: &App, path: &Path) -> Result<Autopsy> {
    let fail = |error| CliError::external(format!("cannot read {}", shown(&app.env, path))).why(error);
    let prices = app.prices();
    let mut examiner = Examiner::new(&prices);
    let mut file = File::open(path).map_err(fail)?;
    let mut lines = LineBuf::default();
    loop {
        let count = file.read(lines.space()).map_err(fail)?;
        if count == 0 {
            return Ok(examiner.done());
        }
        lines.filled(count);
        while let Some(line) = lines.next_line() {
            if let Line::Whole(line) = line
                && let Ok(record) = Record::parse(line)
            {
                examiner.row(&record);
            }
        }
    }
}

/// Whether the gate was against a call, or would never have let it run unasked.
fn is_risky(decision: &Decision) -> bool {
    decision.judged.verdict == "deny" || decision.judged.verdict == "ask" && !decision.judged.learnable
}

fn outcome(decision: &Decision) -> &str {
    decision.outcome.as_ref().map_or("not known", |outcome| outcome.what.as_str())
}

fn document(found: &Found) -> Value {
    let Found { session, autopsy, risky } = found;
    let mut document = json!(autopsy);
    let work: Vec<Value> = works(autopsy)
        .into_iter()
        .map(|(work, spent)| {
            let mut one = json!(spent);
            one["work"] = json!(work.word());
            one
        })
        .collect();
    document["work"] = json!(work);
    document["session"] = json!(session.id);
    document["name"] = json!(session.name);
    document["project"] = json!(session.project);
    document["model"] = json!(session.model);
    document["state"] = json!(session.status.state.word());
    document["subagents"] = json!(session.subagents.len());
    document["subagents_usd"] = json!(session.cost.fanout_usd.dollars());
    document["findings"] = json!(session.health);
    document["advice"] = json!(autopsy.advice());
    document["risky"] = risky
        .iter()
        .map(|one| {
            json!({
                "at": rfc3339(one.at),
                "tool": one.tool,
                "summary": one.summary,
                "verdict": one.judged.verdict,
                "layer": one.judged.layer,
                "reason": one.judged.reason,
                "outcome": one.outcome.as_ref().map(|outcome| &outcome.what),
            })
        })
        .collect();
    document
}

/// What the money went into, the most first.
fn works(autopsy: &Autopsy) -> Vec<(Work, Spent)> {
    let mut all: Vec<(Work, Spent)> = autopsy.work.iter().map(|(work, spent)| (*work, *spent)).collect();
    all.sort_by_key(|(work, spent)| (std::cmp::Reverse(spent.tokens), *work));
    all
}

const fn told(work: Work) -> &'static str {
    match work {
        Work::Explore => "looking at files and the web",
        Work::Change => "changing files",
        Work::Run => "running commands",
        Work::Delegate => "handing work to subagents",
        Work::Talk => "saying something",
    }
}

fn usd(spent: &Spent) -> String {
    format!("{}{}", spent.usd, if spent.unpriced > 0 { "+" } else { "" })
}

/// The first line: what, how long, how much.
fn summary(found: &Found) -> String {
    let Autopsy { from, until, spent, calls, failed, denied, .. } = &found.autopsy;
    let time = from.zip(*until).map(|(from, until)| format!("{}, ", format::age(until.saturating_sub(from))));
    let agents = match found.session.subagents.len() {
        0 => String::new(),
        number => {
            format!("; {} cost {} beside", plural(number as u64, "subagent"), found.session.cost.fanout_usd)
        }
    };
    format!(
        "{}{}, {} ({} failed, {} turned down), {} tokens, {}{agents}",
        time.unwrap_or_default(),
        plural(found.autopsy.turns.len() as u64, "turn"),
        plural(*calls, "call"),
        count(*failed),
        count(*denied),
        count(spent.tokens),
        usd(spent),
    )
}

fn wasted(found: &Found) -> Option<String> {
    let wasted = &found.autopsy.wasted;
    let tokens = wasted.failed_tokens + wasted.reread_tokens;
    (tokens > 0 || wasted.compactions > 0).then(|| {
        format!(
            "{} tokens for calls that failed or were turned down, {} for reading again what was known ({}); compacted {}",
            count(wasted.failed_tokens),
            count(wasted.reread_tokens),
            wasted.usd,
            times(wasted.compactions),
        )
    })
}

fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{} times", count(number)) }
}

fn heading(app: &mut App, text: &str) {
    app.ui.line("");
    let text = app.ui.paint(Style::Strong, text);
    app.ui.line(&text);
}

fn item(app: &mut App, text: &str) {
    let text = cut(&clean(text), app.ui.width.saturating_sub(2));
    app.ui.line(&format!("  {text}"));
}

fn more(app: &mut App, all: usize, what: &str) {
    if all > MOST {
        let text = format!("  and {}; --json has more", plural((all - MOST) as u64, what));
        let text = app.ui.paint(Style::Faint, &text);
        app.ui.line(&text);
    }
}

fn text(app: &mut App, found: &Found) {
    let Found { session, autopsy, risky } = found;
    let title = app.ui.paint(Style::Strong, &clean(&session.title()));
    app.ui.line(&format!("{title}  {}", clean(&session.project)));
    app.ui.line(&summary(found));
    heading(app, "Turns");
    let mut table = Table::new()
        .right("TURN")
        .left("AT")
        .right("CALLS")
        .right("FAILED")
        .right("TOKENS")
        .right("COST")
        .flexible("PROMPT", 16);
    let mut turns: Vec<_> = autopsy.turns.iter().collect();
    turns.sort_by_key(|turn| std::cmp::Reverse(turn.spent.tokens));
    turns.truncate(MOST);
    turns.sort_by_key(|turn| turn.number);
    for turn in turns {
        let at = turn.at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone));
        table.row([
            (Style::Plain, turn.number.to_string()),
            (Style::Faint, at),
            (Style::Plain, count(turn.calls)),
            (if turn.failed > 0 { Style::Notice } else { Style::Plain }, count(turn.failed)),
            (Style::Plain, count(turn.spent.tokens)),
            (Style::Plain, usd(&turn.spent)),
            (Style::Name, turn.prompt.clone()),
        ]);
    }
    table.print(&mut app.ui);
    more(app, autopsy.turns.len(), "smaller turn");
    heading(app, "What it went into");
    for (work, spent) in works(autopsy) {
        let of = plural(spent.responses, "response");
        item(app, &format!("{:>10}  {} ({of}, {} tokens)", usd(&spent), told(work), count(spent.tokens)));
    }
    if let Some(wasted) = wasted(found) {
        heading(app, "What could have been spared");
        item(app, &wasted);
        for one in autopsy.rereads.iter().take(MOST) {
            item(app, &format!("read {}: {}", times(one.count), one.summary));
        }
        more(app, autopsy.rereads.len(), "file");
    }
    if !autopsy.loops.is_empty() {
        heading(app, "Errors again and again");
        for one in autopsy.loops.iter().take(MOST) {
            let same = if one.same { "the same call" } else { "calls" };
            item(app, &format!("{} failed {}, {same}: {}", one.tool, times(one.count), one.summary));
        }
        more(app, autopsy.loops.len(), "loop");
    }
    if !risky.is_empty() {
        heading(app, "What the gate was against");
        for one in risky.iter().take(MOST) {
            let Decision { judged, .. } = one;
            item(
                app,
                &format!(
                    "{:<5} {}: {} ({}; {})",
                    judged.verdict,
                    one.tool,
                    one.summary,
                    judged.reason,
                    outcome(one)
                ),
            );
        }
        more(app, risky.len(), "call");
    }
    heading(app, "What happened");
    for one in autopsy.timeline.iter().take(3 * MOST) {
        let at = one.at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone));
        item(app, &format!("{at}  {:<14}  {}", one.what, one.text));
    }
    more(app, autopsy.timeline.len().saturating_sub(2 * MOST), "thing");
    if !session.health.is_empty() {
        heading(app, "How it fares");
        health::findings(app, &session.health);
    }
    let advice = autopsy.advice();
    if !advice.is_empty() {
        heading(app, "What to do otherwise");
        advice.iter().for_each(|line| app.ui.line(&format!("  - {line}")));
    }
}

fn markdown(app: &mut App, found: &Found) {
    let code = report::code;
    let Found { session, autopsy, risky } = found;
    let mut lines = vec![
        format!("# {} in {}", code(&format::short_id(&session.id)), code(&session.project)),
        String::new(),
        format!("{}.", summary(found)),
    ];
    let mut section = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            lines.extend([String::new(), format!("## {title}"), String::new()]);
            lines.extend(items.into_iter().map(|item| format!("- {item}")));
        }
    };
    let moment = |at: Option<i64>| at.map_or_else(|| "-".to_owned(), |at| format::moment(at, &app.zone));
    section(
        "Turns",
        autopsy
            .turns
            .iter()
            .take(MOST)
            .map(|turn| {
                format!(
                    "{}, {}: {} ({} failed), {} tokens, {}: {}",
                    turn.number,
                    moment(turn.at),
                    plural(turn.calls, "call"),
                    count(turn.failed),
                    count(turn.spent.tokens),
                    usd(&turn.spent),
                    code(&turn.prompt)
                )
            })
            .collect(),
    );
    section(
        "What it went into",
        works(autopsy)
            .into_iter()
            .map(|(work, spent)| {
                format!("{} for {} ({} tokens)", usd(&spent), told(work), count(spent.tokens))
            })
            .collect(),
    );
    let rereads = autopsy.rereads.iter().take(MOST);
    let rereads = rereads.map(|one| format!("read {}: {}", times(one.count), code(&one.summary)));
    section("What could have been spared", wasted(found).into_iter().chain(rereads).collect());
    section(
        "Errors again and again",
        autopsy
            .loops
            .iter()
            .take(MOST)
            .map(|one| format!("{} failed {}: {}", code(&one.tool), times(one.count), code(&one.summary)))
            .collect(),
    );
    section(
        "What the gate was against",
        risky
            .iter()
            .take(MOST)
            .map(|one| {
                format!(
                    "{} {} {}: {} ({})",
                    one.judged.verdict,
                    code(&one.tool),
                    code(&one.summary),
                    code(&one.judged.reason),
                    outcome(one)
                )
            })
            .collect(),
    );
    section(
        "What happened",
        autopsy
            .timeline
            .iter()
            .take(3 * MOST)
            .map(|one| {
                format!(
                    "{} {} {}",
                    moment(one.at),
                    one.what,
                    if one.text.is_empty() { String::new() } else { code(&one.text) }
                )
            })
            .collect(),
    );
    section(
        "How it fares",
        session
            .health
            .iter()
            .map(|one| format!("{}: {}; {}", one.severity, code(&one.message), one.advice))
            .collect(),
    );
    section("What to do otherwise", autopsy.advice().into_iter().map(str::to_owned).collect());
    lines.iter().for_each(|line| app.ui.line(line));
}
