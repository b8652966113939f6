//! The configuration of the published tool.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use claudectl_fleet::prices::PriceTable;
use serde_json::{Value, json};

use super::{Args, rules};
use crate::app::App;
use crate::atomic::{free_name, lock, write};
use crate::config::{self, Fate, Told};
use crate::diff;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::format::plural;
use crate::settings::known_price;
use crate::ui::{Style, Table, clean};

/// Up to so many characters stand beside a key; more, below it.
const BESIDE: usize = 50;
/// What stands below is set in by more than a table sets it in.
const INDENT: usize = 6;

/// What was found, and what became of it.
#[derive(Debug)]
pub(super) struct Taken {
    source: PathBuf,
    target: PathBuf,
    found: Found,
    told: Vec<Told>,
    rules: rules::Taken,
    diff: Vec<String>,
    /// Where the old file is now; only where it was replaced.
    kept: Option<PathBuf>,
    /// The new file was written.
    written: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// The file is claudectl's own.
    Own,
    Published,
}

pub(super) fn take(app: &App, args: &Args) -> Result<Taken> {
    let Some(target) = app.config_file.clone() else {
        return Err(CliError::usage("there is no place for your configuration")
            .why("neither HOME nor XDG_CONFIG_HOME is set to an absolute path")
            .fix("set HOME, or name the file with --config FILE"));
    };
    let source = args.from.clone().and_then(|path| app.env.absolute(path)).unwrap_or_else(|| target.clone());
    // First, and with a lock of its own: once the old file is replaced its rules are not found there any more.
    let rules = of_rules(app, &source, args)?;
    let held = args.apply.then(|| lock(&app.env, &target)).transpose()?;
    let mut taken = Taken {
        source,
        target,
        found: Found::Nothing,
        told: Vec::new(),
        rules,
        diff: Vec::new(),
        kept: None,
        written: false,
    };
    let Some(foreign) = text(app, &taken.source)? else {
        return if args.from.is_some() { Err(missing(app, &taken.source)) } else { Ok(taken) };
    };
    if !config::is_foreign_file(&foreign) {
        taken.found = Found::Own;
        return if args.from.is_some() { Err(not_its(app, &taken.source)) } else { Ok(taken) };
    }
    taken.found = Found::Published;
    let there = text(app, &taken.target)?.unwrap_or_default();
    // What is replaced is not built upon.
    let own = if config::is_foreign_file(&there) { String::new() } else { there.clone() };
    let builtin = PriceTable::builtin();
    let made = config::translate(&foreign, &taken.target, &own, &known_price(&builtin));
    taken.diff = diff::unified(&showable(&own), &showable(&made.text));
    taken.told = made.told;
    if args.apply && made.text != there {
        taken.kept = keep(app, &taken.target, &there)?;
        write(&app.env, &taken.target, &made.text)?;
        taken.written = true;
    }
    drop(held);
    Ok(taken)
}

/// Takes over the rules of a file, where it is one of the published tool.
fn of_rules(app: &App, source: &Path, args: &Args) -> Result<rules::Taken> {
    let foreign = text(app, source)?.filter(|text| config::is_foreign_file(text));
    let Some(foreign) = foreign else { return Ok(rules::Taken::default()) };
    let made = config::translate(&foreign, source, "", &known_price(&PriceTable::builtin()));
    rules::take(app, &made.rules, args)
}

/// A file's text; nothing if there is none.
fn text(app: &App, path: &Path) -> Result<Option<String>> {
    const MOST: u64 = 2 << 20;
    let mut bytes = Vec::new();
    match config::regular(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(CliError::external(format!("cannot read {}", shown(&app.env, path))).why(error));
        }
    }
    let text = config::decode(path, &bytes).map_err(|errors| CliError::new(Kind::Usage, errors))?;
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count() + 1;
        return Err(CliError::usage(format!("{}:{line}: there is a NUL in it", shown(&app.env, path)))
            .why("the rest of the file is not what was written, most likely")
            .fix("restore the file, or take the line out"));
    }
    Ok(Some(text.to_owned()))
}

fn missing(app: &App, path: &Path) -> CliError {
    CliError::usage(format!("there is no {}", shown(&app.env, path))).fix("correct the path after --from")
}

fn not_its(app: &App, path: &Path) -> CliError {
    CliError::usage(format!("{} is no configuration of the published claudectl", shown(&app.env, path)))
        .why("no key in it is one that only the published claudectl has")
        .fix("`claudectl config set KEY VALUE` sets a key of this one")
}

/// Copies the file that is to be replaced to a free name beside it.
fn keep(app: &App, target: &Path, text: &str) -> Result<Option<PathBuf>> {
    if text.is_empty() && target.symlink_metadata().is_err() {
        return Ok(None);
    }
    let aside = free_name(target);
    fs::copy(target, &aside).map_err(|error| {
        CliError::external(format!("cannot keep {} as {}", shown(&app.env, target), shown(&app.env, &aside)))
            .why(error)
            .fix("nothing was changed; check the folder's owner and mode")
    })?;
    Ok(Some(aside))
}

impl Taken {
    pub(super) fn changes(&self) -> bool {
        self.found == Found::Published && (!self.diff.is_empty() || self.rules.changes())
    }

    pub(super) fn json(&self) -> Value {
        let line = |told: &Told| {
            let (fate, text) = fate(&told.fate);
            json!({ "line": told.line, "key": told.key, "fate": fate, "told": text })
        };
        json!({
            "source": self.source.display().to_string(),
            "target": self.target.display().to_string(),
            "found": match self.found {
                Found::Nothing => "nothing",
                Found::Own => "own",
                Found::Published => "published",
            },
            "lines": self.told.iter().map(line).collect::<Vec<_>>(),
            "rules": self.rules.json(),
            "diff": self.diff,
            "written": self.written,
            "kept": self.kept.as_ref().map(|kept| kept.display().to_string()),
        })
    }

    pub(super) fn print(&self, app: &mut App) {
        let source = shown(&app.env, &self.source);
        match self.found {
            Found::Nothing => return app.ui.line(&clean(&format!("Configuration: {source} is not there."))),
            Found::Own => {
                let text = format!("Configuration: {source} is this claudectl's own; nothing to take over.");
                return app.ui.line(&clean(&text));
            }
            Found::Published => {}
        }
        let heading = app.ui.paint(Style::Strong, &clean(&format!("Configuration {source}")));
        app.ui.line(&heading);
        let mut table = Table::new().right("LINE").flexible("KEY", 20).left("").left("");
        for told in &self.told {
            let (word, text) = fate(&told.fate);
            let style = if word == "taken" { Style::Good } else { Style::Faint };
            let long = text.chars().count() > BESIDE;
            table.row([
                (Style::Plain, told.line.to_string()),
                (Style::Name, told.key.clone()),
                (style, word.replace('-', " ")),
                (Style::Plain, if long { String::new() } else { text.to_owned() }),
            ]);
            if long {
                folded(text, app.ui.width.saturating_sub(INDENT)).iter().for_each(|line| {
                    table.below(Style::Faint, line);
                });
            }
        }
        if !self.told.is_empty() {
            table.print(&mut app.ui);
        }
        self.rules.print(app);
        if self.diff.is_empty() {
            if !self.rules.changes() {
                app.ui.line("Nothing of it is left to take over.");
            }
            return;
        }
        let of_configuration =
            |told: &&Told| matches!(&told.fate, Fate::Taken(_)) && !told.key.starts_with("[rules.");
        let taken = self.told.iter().filter(of_configuration).count() as u64;
        let target = shown(&app.env, &self.target);
        let verb = if self.written { "Took over" } else { "Would take over" };
        let lines = self.told.iter().filter(|told| !told.key.starts_with("[rules.")).count() as u64;
        let all = plural(lines, "line");
        app.ui.line(&clean(&format!("{verb} {taken} of {all}, to {target}:")));
        for line in &self.diff {
            let style = match line.as_bytes().first() {
                Some(b'+') => Style::Good,
                Some(b'-') => Style::Alarm,
                _ => Style::Faint,
            };
            let line = app.ui.paint(style, &clean(line));
            app.ui.line(&format!("  {line}"));
        }
        if let Some(kept) = &self.kept {
            app.ui.line(&clean(&format!("What was there is now {}.", shown(&app.env, kept))));
        }
    }
}

/// A text on as many lines as it needs, none of which is cut: what is left out is worth knowing.
fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

pub(super) fn fate(fate: &Fate) -> (&'static str, &str) {
    match fate {
        Fate::Taken(text) => ("taken", text),
        Fate::Proposed(text) => ("proposed", text),
        Fate::Not(text) => ("not-taken", text),
        Fate::Inactive(text) => ("never-active", text),
    }
}

/// Without secrets, of which the path of an address is one: it is often all that keeps others out.
pub(super) fn showable(text: &str) -> String {
    let text = claudectl_redact::redact(text).text;
    let mut pieces = text.split("://");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let address = piece
            .find(|sign: char| sign.is_whitespace() || matches!(sign, '"' | '\''))
            .unwrap_or(piece.len());
        let host = piece[..address].find(['/', '?', '#']).unwrap_or(address);
        shown += "://";
        shown += &piece[..host];
        if host < address {
            shown += "/…";
        }
        shown += &piece[address..];
    }
    shown
}
