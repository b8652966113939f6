//! `claudectl statusline`: what Claude Code shows below its prompt, and what it tells while doing so.
//!
//! Only here does Claude Code say what a session has cost to the cent while it runs, how large its context
//! window is, and how much of the account's limits is used. All of that is kept for `ls` and `spend`.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use claudectl_agents::{checkout, statusline};
use claudectl_fleet::budget::{Budgets, Level, Scope, Standing, level};
use claudectl_fleet::ledger::SLOT_MS;
use claudectl_fleet::money::Usd;
use claudectl_fleet::project;
use claudectl_fleet::reading::{Limit, Reading};
use claudectl_fleet::spend::{local_date, week_key};
use claudectl_store::readings;

use crate::app::App;
use crate::config::{LINE_FIELDS, unknown_field};
use crate::error::{CliError, Kind, Result};
use crate::judging::Compiled;
use crate::judging::budget::Meter;
use crate::snapshot;
use crate::ui::{Style, clean, told};

/// Claude Code's status line (JSON on standard input).
///
/// Installed by `claudectl init`. Keeps the exact cost, the size of the context window and the account's
/// limits for `ls` and `spend`, and prints one line: that of `statusline.format` in the configuration, or
/// what --wrap prints.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state folder; an absolute path. Default: yours. As `init` installs it, with this, no variable of the
    /// environment counts that would lead elsewhere: a repository's settings may set any of them.
    #[arg(long, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Run this command of your own (by the shell, with the same input) and show what it prints instead.
    #[arg(long, value_name = "COMMAND")]
    wrap: Option<String>,
    /// Show this line instead of the configured one.
    #[arg(long, value_name = "TEXT")]
    format: Option<String>,
}

/// Nothing that Claude Code tells is longer.
const MAX_INPUT: u64 = 4 << 20;

/// From so much of a limit on, in percent, it is marked.
const NEAR_PCT: f64 = 80.0;

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let stdin = std::io::stdin().lock();
    if stdin.is_terminal() {
        return Err(CliError::usage("the status line reads what Claude Code tells it")
            .why("there is nothing but a terminal on standard input")
            .fix("`claudectl init` installs it; `claudectl ls` shows what it has told"));
    }
    let mut input = Vec::new();
    let read = stdin.take(MAX_INPUT).read_to_end(&mut input);
    read.map_err(|error| CliError::external("cannot read standard input").why(error))?;
    let reading = statusline::read(&input, app.now);
    if let Ok(reading) = &reading {
        keep(app, reading);
    }
    if let Some(command) = &args.wrap {
        return wrapped(command, &input);
    }
    let reading = reading.map_err(|error| {
        CliError::usage("the input is not what Claude Code tells its status line").why(error)
    })?;
    let format = format(app, args)?;
    let line = Line { app, reading: &reading, spent: snapshot::read(&app.env.state_dir()?) }.render(&format);
    app.ui.line(&line);
    Ok(())
}

fn format(app: &App, args: &Args) -> Result<String> {
    let Some(format) = args.format.clone() else { return Ok(app.config.statusline_format.clone()) };
    match unknown_field(&format, LINE_FIELDS) {
        None => Ok(format),
        Some(name) => Err(CliError::usage(format!("there is no field {{{name}}} in a status line"))
            .why(format!("fields are: {}", LINE_FIELDS.join(", ")))
            .fix("write it as --format '{model} | {cost}'")),
    }
}

/// What cannot be kept is told where Claude Code's log shows it, and the line is shown all the same.
fn keep(app: &App, reading: &Reading) {
    let kept = app.env.state_dir().and_then(|home| {
        readings::keep(&home, reading)
            .map_err(|error| CliError::external("cannot keep what was told").why(error))
    });
    if let Err(error) = kept {
        app.ui.warn(&format!("{} ({})", error.what, error.why.unwrap_or_default()));
    }
}

/// The person's own line: it gets what we got, and its output is ours. That it failed is told by our exit code.
fn wrapped(command: &str, input: &[u8]) -> Result<()> {
    let failed = |error| CliError::external(format!("cannot run {command}")).why(error);
    let child = Command::new("/bin/sh").arg("-c").arg(command).stdin(Stdio::piped()).spawn();
    let mut child = child.map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A line that shows the same whatever it is told reads nothing.
        drop(stdin.write_all(input));
    }
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(CliError::told(Kind::Failed)) }
}

struct Line<'a> {
    app: &'a App,
    reading: &'a Reading,
    spent: Option<snapshot::Spent>,
}

impl Line<'_> {
    /// Parts stand between bars; one of which nothing is known is left out with its words.
    fn render(&self, format: &str) -> String {
        let parts: Vec<String> = format.split('|').filter_map(|part| self.part(part.trim())).collect();
        parts.join(" · ")
    }

    fn part(&self, part: &str) -> Option<String> {
        let mut shown = String::new();
        let (mut fields, mut known) = (0, 0);
        let mut rest = part;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            shown.push_str(&clean(before));
            fields += 1;
            if let Some(value) = self.field(name) {
                known += 1;
                shown.push_str(&value);
            }
            rest = after;
        }
        shown.push_str(&clean(rest));
        ((fields == 0 || known > 0) && !shown.is_empty()).then_some(shown)
    }

    fn field(&self, name: &str) -> Option<String> {
        let reading = self.reading;
        let text = |text: &Option<String>| text.as_deref().map(clean).filter(|text| !text.is_empty());
        match name {
            "model" => text(&reading.model_name).or_else(|| text(&reading.model)),
            "project" => {
                let folder = reading.project.as_deref().or(reading.cwd.as_deref())?;
                Some(told(project::name(&checkout::project(folder))))
            }
            "dir" => reading.cwd.as_deref().map(|dir| clean(&self.app.env.short_path(dir))),
            "session" => text(&reading.name),
            "version" => text(&reading.version),
            "cost" => reading.cost_usd.map(|usd| format!("${usd:.2}")),
            "context" => self.context(),
            "quota" => self.quota(),
            "today" | "week" => self.spent(name),
            "budgets" => self.budgets_of_session(),
            "lines" => Some(format!("+{} -{}", reading.lines_added?, reading.lines_removed?)),
            _ => None,
        }
    }

    fn context(&self) -> Option<String> {
        let pct = self.reading.context_pct()?;
        let near = pct >= f64::from(self.app.config.context.warn_pct);
        Some(self.marked(near, &format!("{pct:.0}% context")))
    }

    fn quota(&self) -> Option<String> {
        let limits: Vec<String> = self.reading.limits.iter().map(|limit| self.limit(limit)).collect();
        (!limits.is_empty()).then(|| limits.join(" "))
    }

    fn limit(&self, limit: &Limit) -> String {
        let near = limit.used_at(self.app.now).is_some_and(|used| used >= NEAR_PCT);
        let resets = limit.resets_at.filter(|at| *at > self.app.now && near);
        let until =
            resets.map(|at| format!(" for {}", crate::format::age(at - self.app.now))).unwrap_or_default();
        let used = limit.used_word(self.app.now);
        self.marked(near, &format!("{} {used}{until}", clean(&limit.short())))
    }

    /// As of the last pass, if that was today.
    fn spent(&self, what: &str) -> Option<String> {
        let zone = &self.app.zone;
        let day = |at: i64| local_date(at.div_euclid(SLOT_MS), zone);
        let today = day(self.app.now);
        let spent = self.spent.as_ref()?;
        let summed = day(spent.as_of);
        let (fresh, usd, scope, key) = match what {
            "today" => (summed == today, spent.on(today, zone), Scope::Day, today.to_string()),
            _ => {
                let week = week_key(today);
                (week_key(summed) == week, spent.in_week_of(today, zone), Scope::Week, week)
            }
        };
        let limit = self.budgets().limit(scope, &key, "", "");
        let limit = limit.map(Usd::dollars);
        let of = limit.map(|limit| format!(" of ${limit:.0}")).unwrap_or_default();
        let near =
            limit.is_some_and(|limit| usd * 100.0 >= limit * f64::from(self.app.config.budget.warn_at_pct));
        fresh.then(|| self.marked(near, &format!("${usd:.2}{of} {what}")))
    }

    /// Those that hooks go by, the worst first.
    fn budgets_of_session(&self) -> Option<String> {
        let home = self.app.env.state_dir().ok()?;
        let budgets = Compiled::last(&home)?.settings.budgets?;
        let warn_at = budgets.limits.warn_at_percent;
        let mut all: Vec<(Level, Standing)> =
            Meter::shown(&home, &self.reading.session, &budgets, self.app.now)
                .unwrap_or_default()
                .into_iter()
                .map(|one| (level(one.spent, one.unpriced.responses(), one.limit, warn_at), one))
                .collect();
        let used = |one: &Standing| one.spent.dollars() / one.limit.dollars();
        all.sort_by(|(a, one), (b, other)| b.cmp(a).then(used(other).total_cmp(&used(one))));
        let shown: Vec<String> = all.iter().map(|(level, one)| self.budget(*level, one)).collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    }

    fn budget(&self, level: Level, of: &Standing) -> String {
        let unpriced = if of.unpriced.is_empty() { "" } else { "+" };
        let text = format!("{} {}{unpriced} of {}", of.scope.word(), of.spent, of.limit);
        let (style, word) = match level {
            Level::Ok => return text,
            Level::Warning => (Style::Notice, "near"),
            Level::Unknown => (Style::Notice, "unknown"),
            Level::Exceeded => (Style::Alarm, "over"),
        };
        self.app.ui.paint(style, &format!("{text} {word}"))
    }

    /// What was given beside what is configured, as of the last pass.
    fn budgets(&self) -> Budgets {
        let limits = self.app.config.limits();
        let known = |home: PathBuf| Compiled::last(&home)?.settings.budgets;
        let limited = limits.day.is_some() || limits.week.is_some();
        let last = self.app.env.state_dir().ok().filter(|_| limited).and_then(known);
        Budgets { limits, own: last.map(|last| last.own).unwrap_or_default(), lowered: Vec::new() }
    }

    fn marked(&self, near: bool, text: &str) -> String {
        if near { self.app.ui.paint(Style::Notice, &format!("{text} !")) } else { text.to_owned() }
    }
}
