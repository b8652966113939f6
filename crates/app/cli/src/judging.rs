//! The gate, asked from the command line: the person's rules, the repository's policy, and the world around a folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use claudectl_agents::world::World;
use claudectl_gate::file::{self, Mistake};
use claudectl_gate::judge::{self, Layer, Policy, Verdict};
use claudectl_gate::rules::{Action, Circumstances, Maker, Rule};
use claudectl_gate::tools;
use claudectl_shell::facts::Place;
use claudectl_shell::report::Report;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::when;

/// The person's rules, beside the configuration.
const RULES: &str = "rules.toml";
/// A team's, from the top of its repository on.
const POLICY: &str = ".claudectl/policy.toml";
/// A larger file of rules is none.
const MOST: u64 = 1 << 20;

/// What is answered to a call, and what it does.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) report: Report,
}

impl Answer {
    /// As programs read it.
    pub(crate) fn document(&self) -> Value {
        let deed = |deed: &claudectl_shell::report::Deed| {
            json!({
                "effect": deed.act.effect.word(),
                "scope": deed.act.scope.word(),
                "grave": deed.act.grave,
                "subject": claudectl_redact::redact(&deed.subject).text,
            })
        };
        json!({
            "verdict": self.verdict.action.word(),
            "layer": self.verdict.layer.word(),
            "rule": self.verdict.rule,
            "reason": claudectl_redact::redact(&self.verdict.reason).text,
            "learnable": self.verdict.learnable,
            "effects": self.report.deeds().map(deed).collect::<Vec<_>>(),
            "flows": self.report.flows.iter().map(|flow| flow.word()).collect::<Vec<_>>(),
            "opaque": self.report.opaque,
        })
    }
}

/// Whoever judges, with what was read so far.
pub(crate) struct Judge {
    home: String,
    now: i64,
    /// The person's rules, or why they cannot be read.
    person: Result<Vec<Rule>, String>,
    worlds: HashMap<PathBuf, Around>,
}

/// The world around a folder, and the policy that counts there.
struct Around {
    world: World,
    team: Result<Vec<Rule>, String>,
}

impl Judge {
    /// With the rules of the person, which must be readable to be followed: else each call asks.
    pub(crate) fn new(app: &App) -> Result<Self> {
        let home = app
            .env
            .home
            .as_deref()
            .and_then(Path::to_str)
            .map(str::to_owned)
            .ok_or_else(|| CliError::usage("the home folder is not known").fix("set HOME"))?;
        let person = match rules_file(app) {
            Some(file) => read(app, &file, Maker::Person),
            None => Ok(Vec::new()),
        };
        Ok(Self { home, now: app.now, person, worlds: HashMap::new() })
    }

    /// With the rules of another file in the place of the person's, to try them.
    ///
    /// # Errors
    /// When the file is not there, or a rule in it is wrong.
    pub(crate) fn with_rules(app: &App, file: &Path) -> Result<Self> {
        let shown = crate::commands::shown(&app.env, file);
        let unread = |why: String| CliError::usage(format!("cannot read the rules in {shown}")).why(why);
        crate::config::regular(file).map_err(|error| unread(error.to_string()))?;
        let rules = read(app, file, Maker::Person).map_err(|why| {
            unread(why).fix("correct what is named; a file of rules counts as a whole or not at all")
        })?;
        let mut judge = Self::new(app)?;
        judge.person = Ok(rules);
        Ok(judge)
    }

    /// Judges a call.
    pub(crate) fn judge(&mut self, app: &App, tool: &str, input: &Value, folder: &Path) -> Answer {
        let around = self.worlds.entry(folder.to_path_buf()).or_insert_with(|| {
            let world = World::of(folder);
            let top = world.root().map_or_else(|| folder.to_path_buf(), PathBuf::from);
            let mut team = read(app, &top.join(POLICY), Maker::Team);
            if top != folder {
                let own = read(app, &folder.join(POLICY), Maker::Team);
                team = team.and_then(|mut all| {
                    own.map(|own| {
                        all.extend(own);
                        all
                    })
                });
            }
            Around { world, team }
        });
        let text = folder.to_str();
        let root = around.world.root().or(text.filter(|folder| *folder != self.home && *folder != "/"));
        let place = Place { home: &self.home, folder: text, root, facts: &around.world };
        let report = tools::report(tool, input, place);
        let (person, team) = match (&self.person, &around.team) {
            (Ok(person), Ok(team)) => (person, team),
            (Err(why), _) | (_, Err(why)) => {
                let verdict = Verdict {
                    action: Action::Ask,
                    layer: Layer::Policy,
                    rule: None,
                    reason: format!("rules cannot be followed: {why}"),
                    learnable: false,
                };
                return Answer { verdict, report };
            }
        };
        let mut rules: Vec<(Maker, Rule)> = team.iter().cloned().map(|rule| (Maker::Team, rule)).collect();
        rules.extend(person.iter().cloned().map(|rule| (Maker::Person, rule)));
        let policy = Policy { rules, ..Policy::default() };
        let root = root.unwrap_or_default();
        let call = Circumstances {
            tool: tool.to_owned(),
            project: root.rsplit('/').next().unwrap_or_default().to_owned(),
            mode: "default".to_owned(),
            now: self.now,
            root: root.to_owned(),
            ..Circumstances::default()
        };
        Answer { verdict: judge::judge(&report, &policy, &call), report }
    }
}

/// Where the person's rules are.
pub(crate) fn rules_file(app: &App) -> Option<PathBuf> {
    app.config_file.as_ref().and_then(|file| Some(file.parent()?.join(RULES)))
}

/// The rules of a file; none where there is no file.
fn read(app: &App, path: &Path, maker: Maker) -> Result<Vec<Rule>, String> {
    let shown = crate::commands::shown(&app.env, path);
    let text = match crate::config::regular(path) {
        Ok(file) => {
            let mut text = String::new();
            let read = std::io::Read::read_to_string(&mut std::io::Read::take(file, MOST + 1), &mut text);
            match read {
                Ok(length) if length as u64 > MOST => return Err(format!("{shown} is larger than 1 MiB")),
                Ok(_) => text,
                Err(error) => return Err(format!("{shown}: {error}")),
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{shown}: {error}")),
    };
    let moment = |text: &str| when::moment_ms("expires", text, app.now, &app.zone, true).ok();
    file::read(&text, maker, &moment).map_err(|mistakes| {
        let first = mistakes.first().map(|mistake| told(&shown, mistake)).unwrap_or_default();
        match mistakes.len() {
            0 | 1 => first,
            many => format!("{first}, and {} more", many - 1),
        }
    })
}

fn told(file: &str, mistake: &Mistake) -> String {
    format!("{file}:{}:{}: {} ({})", mistake.line, mistake.column, mistake.what, mistake.fix)
}
