//! Files of rules: read for their mistakes; and the person's, added to.

use std::path::{Path, PathBuf};

use claudectl_fleet::session::rfc3339;
use claudectl_gate::file::Mistake;
use claudectl_gate::rules::{Action, Maker, Rule};
use claudectl_gate::write;
use serde_json::{Value, json};

use crate::app::App;
use crate::atomic;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::format;
use crate::judging::{files, rules_file};
use crate::snapshot;
use crate::ui::{Style, clean};

/// The file of the person's rules.
pub(crate) fn file(app: &App) -> Result<PathBuf> {
    rules_file(app).ok_or_else(|| CliError::usage("the configuration folder is not known").fix("set HOME"))
}

/// Its text, empty where there is none.
pub(crate) fn text(app: &App, file: &Path) -> Result<String> {
    files::text(file, Maker::Person).map(Option::unwrap_or_default).map_err(|unread| {
        let what = format!("{} cannot be followed", shown(&app.env, file));
        CliError::external(what).why(&unread).fix(&unread.fix)
    })
}

/// The rules of a text of the person's.
fn parse(app: &App, text: &str) -> std::result::Result<Vec<Rule>, Vec<Mistake>> {
    files::here(app, |how| files::rules(text, Maker::Person, how))
}

/// Mistakes in a file that is to be changed stand in the way.
pub(crate) fn broken(app: &App, file: &Path, mistakes: &[Mistake]) -> CliError {
    let name = shown(&app.env, file);
    let first = mistakes.first().map(|mistake| files::told(&name, mistake)).unwrap_or_default();
    CliError::usage(format!("{name} cannot be followed"))
        .why(first)
        .fix("`claudectl rules test` lists every mistake")
}

/// Writes a rule behind those that are there, under a name that no other has; the rule, and the file.
pub(crate) fn keep(app: &App, rule: Rule, name: Option<&str>) -> Result<(Rule, PathBuf)> {
    let named_so = Rule { name: name.unwrap_or_default().to_owned(), ..rule.clone() };
    if let Some((why, fix)) = holds_secret(&named_so) {
        return Err(CliError::usage("the rule was not kept").why(why).fix(fix));
    }
    let file = file(app)?;
    let _alone = atomic::lock(&app.env, &file)?;
    let before = text(app, &file)?;
    let known = parse(app, &before).map_err(|mistakes| broken(app, &file, &mistakes))?;
    let rule = named(rule, &known, name)?;
    write_behind(app, &file, &before, known.len(), &rule)?;
    Ok((rule, file))
}

/// Writes a rule behind a text with so many.
fn write_behind(app: &App, file: &Path, before: &str, known: usize, rule: &Rule) -> Result<()> {
    let moment = |at: i64| rfc3339(at).unwrap_or_default();
    let defect = || CliError::new(Kind::Internal, "the rule was not written as it was given");
    let added = write::added(before, rule, &moment).ok_or_else(defect)?;
    // Whatever was given has to be read again as it was meant.
    let read = parse(app, &added).map_err(|mistakes| {
        refused(&mistakes.first().map(|one| (one.what.clone(), one.fix.clone())).unwrap_or_default())
    })?;
    if read.last() != Some(rule) || read.len() != known + 1 {
        return Err(defect());
    }
    atomic::write(&app.env, file, &added)?;
    snapshot::refresh_gate(app)
}

/// Why a rule that holds a secret is not kept, and what to write in its place: it would stand in clear in a file, in
/// backups of it, and before whoever lists rules.
pub(crate) fn holds_secret(rule: &Rule) -> Option<(String, String)> {
    let texts = [&rule.commands, &rule.paths, &rule.tools, &rule.projects, &rule.modes, &rule.sessions];
    let texts = texts.into_iter().flatten().chain(std::iter::once(&rule.name));
    texts
        .filter_map(|text| {
            let redacted = claudectl_redact::redact(text);
            let first = redacted.findings.first()?;
            // The words before the one with the secret.
            let words = text[..first.range.start].rsplit_once(' ').map_or("", |(words, _)| words.trim_end());
            let way = match words {
                "" => "leave it out: a rule names the program, as in 'mysql *'".to_owned(),
                words => format!("leave it out: '{} *'", claudectl_redact::redact(words).text),
            };
            let fix = format!("{way}; and give the program its secret by a file or a variable");
            Some((format!("it holds a secret, which would be kept in clear: {}", redacted.text), fix))
        })
        .next()
}

/// Why something is no rule.
pub(crate) fn refused((what, fix): &(String, String)) -> CliError {
    CliError::usage("this would be no rule").why(what).fix(fix)
}

/// A rule as it is shown before it is kept: with a name from its conditions.
pub(crate) fn proposed(rule: Rule) -> Rule {
    named(rule.clone(), &[], None).unwrap_or(rule)
}

/// With a name that no other rule has.
fn named(rule: Rule, known: &[Rule], name: Option<&str>) -> Result<Rule> {
    let taken = |name: &str| known.iter().any(|rule| rule.name == name);
    if let Some(name) = name {
        if name.is_empty() {
            let fix = "give it one, or leave --name out: one is made from its conditions";
            return Err(refused(&("its name is empty".to_owned(), fix.to_owned())));
        }
        if taken(name) {
            return Err(CliError::usage(format!("there is a rule {name:?} already"))
                .why("rules are removed and explained by their names")
                .fix("give it another one with --name"));
        }
        return Ok(Rule { name: name.to_owned(), ..rule });
    }
    let effects: Vec<String> = rule.effects.iter().map(|effect| effect.word().to_owned()).collect();
    let scopes: Vec<String> = rule.scopes.iter().map(|scope| scope.word().to_owned()).collect();
    let lists = [
        &rule.commands,
        &rule.paths,
        &rule.tools,
        &effects,
        &scopes,
        &rule.projects,
        &rule.modes,
        &rule.sessions,
    ];
    let what = lists.into_iter().find_map(|list| list.first().cloned());
    let what = what.unwrap_or_else(|| "every call".to_owned());
    let action = rule.action.map_or("ask", Action::word);
    let first = claudectl_redact::redact(&format!("{action} {what}")).text.into_owned();
    let name = (1..).map(|number| if number == 1 { first.clone() } else { format!("{first} ({number})") });
    let name = name.take(known.len() + 1).find(|name| !taken(name)).unwrap_or(first);
    Ok(Rule { name, ..rule })
}

/// A file, checked.
#[derive(Debug)]
pub(crate) struct Checked {
    file: PathBuf,
    name: String,
    rules: usize,
    triggers: usize,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Reads a file of rules for its mistakes; `None` where there is none. That it cannot be read is one.
pub(crate) fn check_file(app: &App, file: &Path, maker: Maker) -> Option<Checked> {
    let read = match files::text(file, maker).transpose()? {
        Ok(text) => files::here(app, |how| files::whole(&text, maker, how)),
        Err(unread) => Err(vec![unread.mistake()]),
    };
    let (rules, triggers, mistakes) = match read {
        Ok(read) => (read.rules.len(), read.triggers.len(), Vec::new()),
        Err(mistakes) => (0, 0, mistakes),
    };
    Some(Checked { file: file.to_path_buf(), name: shown(&app.env, file), rules, triggers, mistakes })
}

impl Checked {
    pub(crate) fn document(&self) -> Value {
        let mistake = |mistake: &Mistake| {
            json!({
                "line": mistake.line, "column": mistake.column, "key": mistake.key, "what": mistake.what,
                "fix": mistake.fix,
            })
        };
        json!({
            "file": self.file.display().to_string(),
            "rules": self.rules,
            "triggers": self.triggers,
            "mistakes": self.mistakes.iter().map(mistake).collect::<Vec<_>>(),
        })
    }

    pub(crate) fn print(&self, app: &mut App) {
        if self.mistakes.is_empty() {
            let good = app.ui.paint(Style::Good, "ok");
            let mut counts = format::plural(self.rules as u64, "rule");
            if self.triggers > 0 {
                counts += &format!(", {}", format::plural(self.triggers as u64, "trigger"));
            }
            let line = format!("{good}  {}: {counts}", self.name);
            app.ui.line(&clean(&line));
        }
        for mistake in &self.mistakes {
            let place = format!("{}:{}:{}", self.name, mistake.line, mistake.column);
            let line = format!("{}  {}", app.ui.paint(Style::Alarm, &place), clean(&mistake.what));
            app.ui.line(&line);
            let line = app.ui.paint(Style::Faint, &clean(&format!("  fix: {}", mistake.fix)));
            app.ui.line(&line);
        }
    }
}
