//! `claudectl policy`: what a repository asks for, and whether its code is trusted.

use std::path::{Path, PathBuf};

use claudectl_agents::world::World;
use claudectl_gate::keys;
use claudectl_gate::rules::{Maker, Rule};
use claudectl_store::Store;
use claudectl_store::gate::Trust;
use serde_json::{Value, json};

use crate::app::App;
use crate::commands::{gate, rules};
use crate::env::shown;
use crate::error::{CliError, Kind, Result};
use crate::judging::Judge;
use crate::judging::files::{self, POLICY};
use crate::snapshot;
use crate::ui::{Style, clean};

/// Write, show and check a repository's policy, and trust its code.
///
/// A policy stands in `.claudectl/policy.toml`, in the repository's top folder or in any folder below. It may ask and
/// deny, never allow.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The folder; the current one by default.
    #[arg(long, value_name = "DIR", global = true)]
    cwd: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write a policy to begin with; never over one that is there.
    Init,
    /// Show what counts in a folder, and whether its repository is trusted.
    Show,
    /// List every mistake in the policies that count in a folder; exit with 1 if there is one.
    Check {
        /// Check this file instead.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Trust the code of this repository: running its build, tests and scripts is no longer asked about.
    ///
    /// That holds as long as its policy stays what it is now; when it changes, you are asked again.
    Trust {
        /// Trust it no more.
        #[arg(long)]
        revoke: bool,
    },
    /// Print the JSON schema of `.claudectl/policy.toml`.
    Schema,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    let folder = gate::folder(app, args.cwd.as_deref())?;
    match &args.what {
        What::Init => init(app, &folder),
        What::Show => show(app, &folder),
        What::Check { file } => check(app, &folder, file.as_deref()),
        What::Trust { revoke } => trust(app, &folder, *revoke),
        What::Schema => app.ui.document(&keys::schema(Maker::Team)),
    }
}

/// A policy to begin with.
const FIRST: &str = r#"# What agents may not do in this repository, whoever runs them. Each rule asks or denies; a policy cannot allow.
# All conditions of a rule must fit; of a list, one. `claudectl policy check` finds mistakes.

[[rules]]
name = "releases are made by people"
command = ["git push --tags", "cargo publish", "npm publish"]
action = "deny"
reason = "Releases are made from the release checklist, by a person."

# [[rules]]
# name = "the schema is discussed first"
# path = ["migrations/**"]
# action = "ask"
# reason = "Say in the team's channel what changes."
"#;

fn init(app: &mut App, folder: &Path) -> Result<()> {
    let world = World::of(folder);
    let top = world.root().map_or_else(|| folder.to_path_buf(), PathBuf::from);
    let file = top.join(POLICY);
    let name = shown(&app.env, &file);
    let failed = |error: std::io::Error| {
        CliError::external(format!("cannot write {name}")).why(error).fix("check the folder's owner and mode")
    };
    if let Some(parent) = file.parent()
        && let Err(error) = std::fs::create_dir_all(parent)
    {
        return Err(match parent.symlink_metadata() {
            Ok(_) if !parent.is_dir() => CliError::usage(format!("{} is no folder", shown(&app.env, parent)))
                .why("a policy stands in a folder of this name")
                .fix("move it away, or make it a folder"),
            _ => failed(error),
        });
    }
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&file);
    let mut out = written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists if !file.exists() => {
            CliError::usage(format!("{name} is a link that leads nowhere"))
                .why("the policy that it stands for cannot be read, so that each call asks")
                .fix("bring back what it leads to, or remove it")
        }
        std::io::ErrorKind::AlreadyExists => CliError::usage(format!("{name} is already there"))
            .why("it may hold what the team has agreed on")
            .fix("edit it; `claudectl policy check` finds mistakes"),
        _ => failed(error),
    })?;
    std::io::Write::write_all(&mut out, FIRST.as_bytes()).map_err(failed)?;
    if app.ui.json {
        return app.ui.document(&json!({ "written": file.display().to_string() }));
    }
    app.ui.line(&clean(&format!("Wrote {name}. Commit it, so that it holds for everybody.")));
    Ok(())
}

/// A policy and its rules.
type Found = (files::Policy, Result<Vec<Rule>, String>);

fn found(app: &App, folder: &Path, root: Option<&str>) -> Vec<Found> {
    let read = |policy: files::Policy| {
        let rules = files::here(app, |how| files::parse(&policy, how));
        (policy, rules)
    };
    files::policies(folder, root).into_iter().map(read).collect()
}

fn show(app: &mut App, folder: &Path) -> Result<()> {
    let world = World::of(folder);
    let root = world.root();
    let found = found(app, folder, root);
    let trust = trusted(app, root, &found)?;
    if app.ui.json {
        let policy = |(policy, rules): &Found| {
            json!({
                "file": policy.path.display().to_string(),
                "hash": policy.hash,
                "rules": rules.as_ref().ok().map(|rules| {
                    rules.iter().map(|rule| rules::ls::document(app, &(Maker::Team, rule.clone()))).collect::<Vec<_>>()
                }),
                "error": rules.as_ref().err(),
            })
        };
        return app.ui.document(&json!({
            "root": root,
            "trust": trust.word(),
            "policies": found.iter().map(policy).collect::<Vec<Value>>(),
        }));
    }
    for (policy, rules) in &found {
        let head = app.ui.paint(Style::Name, &clean(&shown(&app.env, &policy.path)));
        app.ui.line(&head);
        match rules {
            Ok(rules) => rules.iter().for_each(|rule| rules::print(app, rule, None)),
            Err(why) => {
                let line = app
                    .ui
                    .paint(Style::Alarm, &clean(&format!("  cannot be followed, so that all asks: {why}")));
                app.ui.line(&line);
            }
        }
    }
    if found.is_empty() {
        app.ui.line("No policy counts here. `claudectl policy init` writes one to begin with.");
    }
    app.ui.line(trust.says());
    Ok(())
}

/// Whether a repository's code is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trusted {
    Yes,
    No,
    /// It was, with another policy.
    Changed,
    /// There is no repository.
    Nowhere,
}

impl Trusted {
    const fn word(self) -> &'static str {
        match self {
            Self::Yes => "trusted",
            Self::No => "not-trusted",
            Self::Changed => "policy-changed",
            Self::Nowhere => "no-repository",
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Yes => "You trust the code of this repository: running it is not asked about.",
            Self::No => {
                "Running the code of this repository is asked about; `claudectl policy trust` ends that."
            }
            Self::Changed => {
                "You trusted the code of this repository, but its policy has changed since, or another repository is there: running it is asked about until you trust it again (claudectl policy trust)."
            }
            Self::Nowhere => "This folder is in no repository.",
        }
    }
}

fn trusted(app: &App, root: Option<&str>, found: &[Found]) -> Result<Trusted> {
    let Some(root) = root else { return Ok(Trusted::Nowhere) };
    let judge = Judge::new(app)?;
    let known = judge.trust_in(root);
    let policies: Vec<files::Policy> = found.iter().map(|(policy, _)| policy.clone()).collect();
    Ok(match known {
        Some(was) if was == files::pledge(&policies, root) => Trusted::Yes,
        Some(_) => Trusted::Changed,
        None => Trusted::No,
    })
}

fn check(app: &mut App, folder: &Path, file: Option<&Path>) -> Result<()> {
    let files: Vec<PathBuf> = match file {
        Some(file) => vec![app.env.absolute(file.to_path_buf()).unwrap_or_else(|| file.to_path_buf())],
        None => {
            let world = World::of(folder);
            files::policies(folder, world.root()).into_iter().map(|policy| policy.path).collect()
        }
    };
    let missing = |file: &Path| {
        CliError::usage(format!("there is no file {}", shown(&app.env, file))).fix("name one that is there")
    };
    let checked = files
        .iter()
        .map(|file| crate::rules::check_file(app, file, Maker::Team).ok_or_else(|| missing(file)))
        .collect::<Result<Vec<crate::rules::Checked>>>()?;
    let failed = checked.iter().any(|one| !one.mistakes.is_empty());
    if app.ui.json {
        app.ui.document(&checked.iter().map(crate::rules::Checked::document).collect::<Vec<_>>())?;
    } else {
        checked.iter().for_each(|one| one.print(app));
        if checked.is_empty() {
            app.ui.line("No policy counts here. `claudectl policy init` writes one to begin with.");
        }
    }
    if failed { Err(CliError::told(Kind::Failed)) } else { Ok(()) }
}

fn trust(app: &mut App, folder: &Path, revoke: bool) -> Result<()> {
    let world = World::of(folder);
    let Some(root) = world.root().map(str::to_owned) else {
        return Err(CliError::usage(format!("{} is in no repository", shown(&app.env, folder)))
            .why("what is trusted is a repository, by its top folder")
            .fix("git init, or name a folder of one with --cwd"));
    };
    let home = app.env.state_dir()?;
    let mut store = Store::open(&home.join("state.db"))?;
    let done = if revoke {
        store.distrust(&root, app.now)?
    } else {
        let found = found(app, folder, Some(&root));
        if let Some((_, Err(why))) = found.iter().find(|(_, rules)| rules.is_err()) {
            return Err(CliError::usage("its policy cannot be followed").why(why).fix("correct it first"));
        }
        let policies: Vec<files::Policy> = found.into_iter().map(|(policy, _)| policy).collect();
        store.trust(&Trust { root: root.clone(), policy: files::pledge(&policies, &root), at: app.now })?;
        true
    };
    snapshot::renew_gate(app, &store, &home)?;
    store.close()?;
    if app.ui.json {
        return app.ui.document(&json!({ "root": root, "trusted": !revoke, "changed": done }));
    }
    let name = shown(&app.env, Path::new(&root));
    let line = match (revoke, done) {
        (false, _) => format!(
            "{name} is trusted: running its own code is not asked about, as long as its policy stays what it is."
        ),
        (true, true) => format!("{name} is not trusted any more."),
        (true, false) => format!("{name} was not trusted."),
    };
    app.ui.line(&clean(&line));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judging::files::Reading;

    #[test]
    fn the_policy_to_begin_with_is_one() {
        let how = Reading { home: "", now: 0, zone: &|| jiff::tz::TimeZone::UTC };
        assert_eq!(files::rules(FIRST, Maker::Team, &how).unwrap().len(), 1);
        let whole = FIRST.replace("\n# [[rules]]\n# ", "\n[[rules]]\n").replace("\n# name = ", "\nname = ");
        let whole: String = whole
            .lines()
            .map(|line| {
                line.strip_prefix("# ").filter(|line| line.contains(" = ")).unwrap_or(line).to_owned() + "\n"
            })
            .collect();
        assert_eq!(files::rules(&whole, Maker::Team, &how).unwrap().len(), 2, "{whole}");
    }
}
