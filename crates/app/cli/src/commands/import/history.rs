//! The history of the published tool.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use claudectl_fleet::money::Usd;
use claudectl_fleet::noted::{HEADER, MAX_LINE, NoRow, Noted, parse};
use claudectl_store::Store;
use claudectl_transcript::{Line, LineBuf};
use serde_json::{Value, json};

use super::Args;
use crate::app::App;
use crate::config;
use crate::env::shown;
use crate::error::{CliError, Result};
use crate::format::plural;
use crate::ui::clean;

/// So many rows are read: a row for each session of a lifetime is less.
const MOST_ROWS: usize = 1_000_000;
/// So many lines that are no rows are told one by one.
const TOLD: usize = 20;

/// What was found, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    source: PathBuf,
    found: bool,
    rows: Vec<Noted>,
    /// Lines that are no rows; the first of them.
    odd: Vec<(u64, NoRow)>,
    odd_lines: u64,
    /// Those that are not kept already.
    new: u64,
    applied: bool,
}

pub(super) fn take(app: &App, args: &Args) -> Result<Taken> {
    let named = args.history_file.clone().and_then(|path| app.env.absolute(path));
    let own = app.env.home.as_ref().map(|home| home.join(".local/share/claudectl/history.csv"));
    let Some(source) = named.clone().or(own) else { return Ok(Taken::default()) };
    let mut taken = Taken { source, applied: args.apply, ..Taken::default() };
    match config::regular(&taken.source) {
        Ok(mut file) => taken.read(app, &mut file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => return Ok(taken),
        Err(error) => {
            return Err(CliError::external(format!("cannot read {}", shown(&app.env, &taken.source)))
                .why(error)
                .fix("correct the path after --history-file, or check the file's owner and mode"));
        }
    }
    taken.found = true;
    taken.new = if args.apply { keep(app, &taken.rows)? } else { would_keep(app, &taken.rows)? };
    Ok(taken)
}

fn keep(app: &App, rows: &[Noted]) -> Result<u64> {
    let mut store = Store::open(&app.env.state_dir()?.join("state.db"))?;
    Ok(store.put_noted(rows)?)
}

/// The same in memory, so that what is the same is told by the same rules.
fn would_keep(app: &App, rows: &[Noted]) -> Result<u64> {
    let path = app.env.state_dir()?.join("state.db");
    let mut trial = Store::in_memory()?;
    if path.exists() {
        trial.put_noted(&Store::open(&path)?.noted()?)?;
    }
    Ok(trial.put_noted(rows)?)
}

impl Taken {
    fn read(&mut self, app: &App, file: &mut File) -> Result<()> {
        let fail = |source: &Path, error| {
            CliError::external(format!("cannot read {}", shown(&app.env, source))).why(error)
        };
        let mut lines = LineBuf::new(MAX_LINE);
        let mut number = 0;
        loop {
            let count = file.read(lines.space()).map_err(|error| fail(&self.source, error))?;
            if count == 0 {
                break;
            }
            lines.filled(count);
            while let Some(line) = lines.next_line() {
                number += 1;
                let line = match line {
                    Line::Whole(line) => Ok(line),
                    Line::Oversized { .. } => Err(NoRow::TooLong),
                };
                self.line(app, number, line)?;
            }
        }
        let rest = lines.remainder().to_vec();
        if !rest.is_empty() {
            self.line(app, number + 1, Ok(&rest))?;
        }
        Ok(())
    }

    fn line(&mut self, app: &App, number: u64, line: Result<&[u8], NoRow>) -> Result<()> {
        if number == 1 {
            let header =
                line.ok().map(|line| line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii());
            if header == Some(HEADER.as_bytes()) {
                return Ok(());
            }
            return Err(CliError::usage(format!(
                "{}:1: this is no history of the published claudectl",
                shown(&app.env, &self.source)
            ))
            .why(format!("it begins with the line {HEADER}"))
            .fix("name the file with --history-file FILE, or move it away"));
        }
        if line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()) {
            return Ok(());
        }
        match line.and_then(parse) {
            Ok(row) if self.rows.len() < MOST_ROWS => self.rows.push(row),
            Ok(_) => {
                return Err(CliError::usage(format!(
                    "{}:{number}: there are too many rows",
                    shown(&app.env, &self.source)
                ))
                .why(format!("more than {MOST_ROWS} sessions are none that anybody had"))
                .fix("nothing was changed; cut the file"));
            }
            Err(why) => {
                self.odd_lines += 1;
                if self.odd.len() < TOLD {
                    self.odd.push((number, why));
                }
            }
        }
        Ok(())
    }

    pub(super) fn changes(&self) -> bool {
        self.new > 0
    }

    fn usd(&self) -> Usd {
        self.rows.iter().map(|row| Usd::from_pico(row.usd_pico.into())).sum()
    }

    pub(super) fn json(&self) -> Value {
        let odd = |(line, why): &(u64, NoRow)| json!({ "line": line, "why": why.to_string() });
        json!({
            "source": self.source.display().to_string(),
            "found": self.found,
            "rows": self.rows.len(),
            "new": self.new,
            "noted_usd": self.usd().dollars(),
            "unreadable": self.odd_lines,
            "unreadable_lines": self.odd.iter().map(odd).collect::<Vec<_>>(),
        })
    }

    pub(super) fn print(&self, app: &mut App) {
        let source = shown(&app.env, &self.source);
        if !self.found {
            if !self.source.as_os_str().is_empty() {
                app.ui.line(&clean(&format!("History: {source} is not there.")));
            }
            return;
        }
        let rows = plural(self.rows.len() as u64, "row");
        let (verb, new) = (if self.applied { "kept" } else { "would keep" }, plural(self.new, "session"));
        let rest = self.rows.len() as u64 - self.new;
        let rest = if rest > 0 { format!(" ({rest} doubled, or kept before)") } else { String::new() };
        app.ui.line(&clean(&format!("History {source}: {rows}; {verb} {new}{rest}.")));
        app.ui.line("  apart from everything else: `claudectl history --imported` shows them, and no total counts them");
        for (line, why) in &self.odd {
            app.ui.line(&clean(&format!("  {source}:{line}: no row: {why}")));
        }
        if self.odd_lines > self.odd.len() as u64 {
            let more = plural(self.odd_lines - self.odd.len() as u64, "line");
            app.ui.line(&format!("  and {more} more that are no rows"));
        }
    }
}
