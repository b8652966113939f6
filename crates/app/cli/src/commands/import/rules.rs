//! Rules of the published tool, into the file of rules.

use std::path::PathBuf;

use claudectl_fleet::session::rfc3339;
use claudectl_gate::file::File;
use claudectl_gate::published::Became;
use claudectl_gate::rules::{Maker, Rule};
use claudectl_gate::triggers::Trigger;
use claudectl_gate::write;
use serde_json::{Value, json};

use super::Args;
use crate::app::App;
use crate::atomic;
use crate::config::{self as configuration, Told};
use crate::diff;
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::format::plural;
use crate::judging::files;
use crate::rules;
use crate::snapshot;
use crate::ui::{Style, clean, without_secrets};

/// What was made of rules, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Taken {
    target: Option<PathBuf>,
    /// Names of what is added.
    added: Vec<String>,
    /// What would allow something, and is not added.
    proposed: Vec<Rule>,
    diff: Vec<String>,
    written: bool,
}

/// What is put into the file.
enum Piece {
    Rule(Rule),
    Trigger(Trigger),
}

pub(super) fn take(app: &App, made: &[Became], args: &Args) -> Result<Taken> {
    let mut taken = Taken::default();
    let mut pieces = Vec::new();
    for became in made {
        match became {
            Became::Rule(rule) => pieces.push(Piece::Rule(rule.clone())),
            Became::Proposed(rule) if args.allow => pieces.push(Piece::Rule(rule.clone())),
            Became::Proposed(rule) => taken.proposed.push(rule.clone()),
            Became::Trigger(trigger) => pieces.push(Piece::Trigger(trigger.clone())),
            Became::Nothing(_) | Became::Inactive(_) => {}
        }
    }
    if pieces.is_empty() && taken.proposed.is_empty() {
        return Ok(taken);
    }
    let target = rules::file(app)?;
    let alone = args.apply.then(|| atomic::lock(&app.env, &target)).transpose()?;
    let before = rules::text(app, &target)?;
    let read = |text: &str| files::here(app, |how| files::whole(text, Maker::Person, how));
    let mut file = read(&before).map_err(|mistakes| rules::broken(app, &target, &mistakes))?;
    // What allows is proposed as long as it is not there.
    taken.proposed.retain(|rule| !has(&file, &Piece::Rule(rule.clone())));
    let mut text = before.clone();
    for piece in pieces.into_iter().filter(|piece| !has(&file, piece)).collect::<Vec<_>>() {
        let (piece, name) = named(piece, &file);
        let more = match &piece {
            Piece::Rule(rule) => write::added(&text, rule, &|at| rfc3339(at).unwrap_or_default()),
            Piece::Trigger(trigger) => write::with_trigger(&text, trigger),
        };
        text = more.ok_or_else(|| no_tables(app, &target))?;
        // What was written has to be read again as it was meant.
        let refused = |what: &str| {
            CliError::new(Kind::Internal, format!("{name:?} was not written as it was meant: {what}"))
        };
        file =
            read(&text).map_err(|mistakes| refused(mistakes.first().map_or("", |one| one.what.as_str())))?;
        if !has(&file, &piece) {
            return Err(refused("it is another one"));
        }
        taken.added.push(name);
    }
    taken.diff = diff::unified(&super::settings::showable(&before), &super::settings::showable(&text));
    if args.apply && text != before {
        atomic::write(&app.env, &target, &text)?;
        snapshot::refresh_gate(app)?;
        taken.written = true;
    }
    drop(alone);
    taken.target = Some(target);
    Ok(taken)
}

fn no_tables(app: &App, target: &std::path::Path) -> CliError {
    CliError::usage(format!("{} cannot be added to", shown(&app.env, target)))
        .why("what is there does not stand in [[rules]] and [[triggers]] tables")
        .fix("write it so")
}

/// Whether the file says the same, under whatever name.
fn has(file: &File, piece: &Piece) -> bool {
    match piece {
        Piece::Rule(rule) => {
            file.rules.iter().any(|known| Rule { name: rule.name.clone(), ..known.clone() } == *rule)
        }
        Piece::Trigger(trigger) => {
            let same = |known: &Trigger| Trigger { name: trigger.name.clone(), ..known.clone() } == *trigger;
            file.triggers.iter().any(same)
        }
    }
}

/// With a name that nothing else in the file has.
fn named(piece: Piece, file: &File) -> (Piece, String) {
    let first = match &piece {
        Piece::Rule(rule) => &rule.name,
        Piece::Trigger(trigger) => &trigger.name,
    };
    let rules = file.rules.iter().map(|rule| &rule.name);
    let known: Vec<&String> = rules.chain(file.triggers.iter().map(|trigger| &trigger.name)).collect();
    let name = (1..).map(|number| if number == 1 { first.clone() } else { format!("{first} ({number})") });
    let name = name.take(known.len() + 1).find(|name| !known.contains(&name)).unwrap_or_default();
    let piece = match piece {
        Piece::Rule(rule) => Piece::Rule(Rule { name: name.clone(), ..rule }),
        Piece::Trigger(trigger) => Piece::Trigger(Trigger { name: name.clone(), ..trigger }),
    };
    (piece, name)
}

fn text_of(rule: &Rule) -> String {
    write::text(rule, &|at| rfc3339(at).unwrap_or_default())
}

impl Taken {
    pub(super) fn changes(&self) -> bool {
        !self.diff.is_empty()
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "target": self.target.as_ref().map(|target| target.display().to_string()),
            "added": self.added,
            "proposed": self.proposed.iter().map(text_of).collect::<Vec<_>>(),
            "diff": self.diff,
            "written": self.written,
        })
    }

    pub(super) fn print(&self, app: &mut App) {
        let Some(target) = &self.target else { return };
        let target = shown(&app.env, target);
        if !self.added.is_empty() {
            let verb = if self.written { "Added" } else { "Would add" };
            let count = plural(self.added.len() as u64, "rule or trigger")
                .replace("rule or triggers", "rules and triggers");
            app.ui.line(&clean(&format!("{verb} {count} to {target}:")));
            for line in &self.diff {
                let style = if line.starts_with('+') { Style::Good } else { Style::Faint };
                let line = app.ui.paint(style, &clean(line));
                app.ui.line(&format!("  {line}"));
            }
        }
        if !self.proposed.is_empty() {
            let count = plural(self.proposed.len() as u64, "rule");
            let line = format!(
                "{count} would allow something, and stand only there if you say so (--apply --allow):"
            );
            app.ui.line(&line);
            for rule in &self.proposed {
                for line in super::settings::showable(&text_of(rule)).lines() {
                    let line = app.ui.paint(Style::Faint, &clean(&format!("  {line}")));
                    app.ui.line(&line);
                }
            }
        }
    }
}

/// A policy of the published tool, printed in our words.
pub(super) fn policy(app: &mut App, file: &std::path::Path) -> Result<()> {
    let file = app.env.absolute(file.to_path_buf()).unwrap_or_else(|| file.to_path_buf());
    let name = shown(&app.env, &file);
    let text = match files::text(&file, Maker::Team) {
        Ok(Some(text)) => text,
        Ok(None) => {
            return Err(CliError::usage(format!("there is no {name}")).fix("correct the path after --policy"));
        }
        Err(why) => return Err(CliError::external(format!("cannot read {name}")).why(why)),
    };
    let Some(made) = configuration::policy(&text) else {
        return Err(CliError::usage(format!("{name} is no policy of the published claudectl"))
            .why("it has no [deny] with commands or tools")
            .fix("`claudectl policy check FILE` says what is wrong with one of this claudectl"));
    };
    let text = redacted(policy_text(&made));
    if app.ui.json {
        let line = |told: &Told| {
            let (fate, text) = super::settings::fate(&told.fate);
            json!({ "line": told.line, "key": told.key, "fate": fate, "told": text })
        };
        return app.ui.document(&json!({
            "source": file.display().to_string(),
            "lines": made.told.iter().map(line).collect::<Vec<_>>(),
            "left_out": without_secrets(json!(made.left)),
            "text": text,
        }));
    }
    text.lines().for_each(|line| app.ui.line(&clean(line)));
    Ok(())
}

/// A policy goes into a repository, which is no place for a secret.
fn redacted(text: String) -> String {
    let redacted = claudectl_redact::redact(&text);
    if redacted.findings.is_empty() {
        return text;
    }
    format!(
        "{}\n# Where it says [redacted:KIND], the old policy had a secret: say what is meant without it.\n",
        redacted.text.trim_end()
    )
}

fn policy_text(made: &configuration::Policy) -> String {
    let mut text = "# Made by `claudectl import --policy` of a policy of the published claudectl, which hardly anything followed:\n\
                    # it was asked for some tools only, and a part of a text was enough. Here commands go by their words.\n"
        .to_owned();
    for told in &made.told {
        let (fate, why) = super::settings::fate(&told.fate);
        text += &format!("# line {} {}: {}: {why}\n", told.line, told.key, fate.replace('-', " "));
    }
    for left in &made.left {
        text += &format!("# left out: {left}\n");
    }
    for rule in &made.rules {
        text += &format!("\n{}", text_of(rule));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_a_policy() {
        let old = "[deny]\ncommands = [\"git push --force\", \"DROP\\u0000 TABLE\"] # x\ntools = [\"WebFetch\"]\nodd\n";
        let text = policy_text(&configuration::policy(old).unwrap());
        let how = files::Reading { home: "", now: 0, zone: &|| jiff::tz::TimeZone::UTC };
        assert_eq!(files::rules(&text, Maker::Team, &how).map(|rules| rules.len()), Ok(2), "{text}");
        assert_eq!(redacted(text.clone()), text);
        let old = "[deny]\ncommands = [\"mysql --password Zq7mTr2kWx9p\"]\n";
        let text = redacted(policy_text(&configuration::policy(old).unwrap()));
        assert!(text.contains("mysql --password [redacted:") && !text.contains("Zq7mTr2kWx9p"), "{text}");
        assert!(text.ends_with("say what is meant without it.\n"), "{text}");
        assert_eq!(files::rules(&text, Maker::Team, &how).map(|rules| rules.len()), Ok(1), "{text}");
    }
}
