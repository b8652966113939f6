//! `claudectl hive member`: who belongs to a hive.

use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::members::{Action, Role};
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::hive::{self, Hive};
use crate::ui::{Style, Table, told};
use crate::when;

/// List who belongs to a hive, take machines in, put them out, or say what they are in it.
///
/// What is said here is signed and goes to all members. Owners say who belongs; members write; readers only receive.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which hive, where this machine belongs to several.
    #[arg(long, value_name = "NAME", global = true)]
    hive: Option<String>,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum As {
    /// Receives, and is not heard.
    Reader,
    /// Receives and writes.
    Member,
    /// Also says who belongs.
    Owner,
}

impl From<As> for Role {
    fn from(role: As) -> Self {
        match role {
            As::Reader => Self::Reader,
            As::Member => Self::Member,
            As::Owner => Self::Owner,
        }
    }
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List everybody who belongs, and who did.
    Ls,
    /// Take a machine in.
    Add {
        /// Its key, as `claudectl hive id` says it there; or what it is called here.
        machine: String,
        /// What it is called in the hive. Default: what it is called here.
        name: Option<String>,
        /// What it is.
        #[arg(long, value_enum, default_value = "member")]
        role: As,
    },
    /// Put a machine out. What it wrote before stays.
    Rm {
        /// Its name, its key, or the beginning of it.
        machine: String,
        /// What it wrote after this does not count, as for a machine that was stolen: 2026-11-01, 3d. Default: now.
        #[arg(long, value_name = "WHEN")]
        after: Option<String>,
    },
    /// Say what a machine is from now on.
    Role {
        /// Its name, its key, or the beginning of it.
        machine: String,
        /// What it is.
        #[arg(value_enum)]
        role: As,
    },
    /// Put out a machine whose key is lost, and let its person's new key take its place.
    Retire {
        /// Its name, its key, or the beginning of it.
        machine: String,
        /// The key that takes its place.
        #[arg(long, value_name = "KEY")]
        heir: Option<String>,
        /// What the lost key wrote after this does not count. Default: now.
        #[arg(long, value_name = "WHEN")]
        after: Option<String>,
    },
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let at = hive.chosen(args.hive.as_deref())?;
    match args.what.as_ref().unwrap_or(&What::Ls) {
        What::Ls => ls(app, &hive, at),
        What::Add { machine, name, role } => {
            add(app, &mut hive, at, (machine, name.as_deref()), (*role).into())
        }
        What::Rm { machine, after } => {
            let key = hive.machine(machine)?;
            let after = stamp(app, after.as_deref())?;
            hive.operate(at, Action::Remove { key, after })?;
            say(app, &hive, at, &format!("{} is out of the hive", told(machine)))
        }
        What::Role { machine, role } => {
            let key = hive.machine(machine)?;
            let role = Role::from(*role);
            hive.operate(at, Action::Role { key, role })?;
            say(app, &hive, at, &format!("{} is {} now", told(machine), role.as_str()))
        }
        What::Retire { machine, heir, after } => {
            let key = hive.machine(machine)?;
            let heir = heir.as_deref().map(|heir| hive.machine(heir)).transpose()?;
            let after = stamp(app, after.as_deref())?;
            hive.operate(at, Action::Retire { key, after, heir })?;
            say(app, &hive, at, &format!("the key of {} is out of the hive", told(machine)))
        }
    }
}

/// The last stamp that still counts.
fn stamp(app: &App, after: Option<&str>) -> Result<Hlc> {
    let at = match after {
        None => app.now,
        Some(text) => when::moment_ms("--after", text, app.now, &app.zone, false)?,
    };
    Ok(Hlc::new(Millis(u64::try_from(at).unwrap_or(0)), u16::MAX))
}

fn add(app: &mut App, hive: &mut Hive, at: usize, machine: (&str, Option<&str>), role: Role) -> Result<()> {
    let (text, name) = machine;
    let key = hive.machine(text)?;
    let known = hive.store.hive_peers()?.into_iter().find(|peer| peer.key == key).map(|peer| peer.name);
    let name = match (name, &known) {
        (Some(name), _) => hive::name(name)?,
        (None, Some(known)) => known.clone(),
        (None, None) => {
            return Err(CliError::usage("a machine needs a name")
                .fix(format!("claudectl hive member add {text} laptop")));
        }
    };
    if known.is_none() && !hive.store.hive_put_peer(&key, &name, hive.now)? {
        return Err(
            CliError::failed(format!("another machine is called {name} here")).fix("take another name")
        );
    }
    hive.operate(at, Action::Add { key, role, name: name.clone() })?;
    say(
        app,
        hive,
        at,
        &format!("{name} is {} now; compare its words with it by voice: {}", role.as_str(), key.words()),
    )
}

fn say(app: &mut App, hive: &Hive, at: usize, what: &str) -> Result<()> {
    if app.ui.json {
        return app.ui.document(&document(hive, at)?);
    }
    app.ui.line(&format!("In {}: {what}.", hive.joined[at].name));
    app.ui.line("The others learn of it with the next exchange.");
    Ok(())
}

fn document(hive: &Hive, at: usize) -> Result<serde_json::Value> {
    let one = &hive.joined[at];
    let mut all = Vec::new();
    for (key, member) in one.members.all() {
        all.push(json!({
            "key": key.to_string(), "words": key.words(), "name": member.name, "called": hive.called(key)?,
            "role": member.role.map(Role::as_str), "successor": member.successor.map(|key| key.to_string()),
            "is_me": *key == hive.me(),
        }));
    }
    Ok(json!({ "hive": one.members.hive().to_string(), "name": one.name, "members": all }))
}

fn ls(app: &mut App, hive: &Hive, at: usize) -> Result<()> {
    if app.ui.json {
        return app.ui.document(&document(hive, at)?);
    }
    let one = &hive.joined[at];
    let current = one.members.current().count();
    let title = app.ui.paint(Style::Strong, &one.name);
    app.ui.line(&format!("{title}: {current} belong"));
    app.ui.line("");
    let mut table = Table::new()
        .flexible("NAME", 8)
        .left("IS")
        .left("WORDS")
        .flexible("CALLED HERE", 8)
        .give_way(&["CALLED HERE"]);
    for (key, member) in one.members.all() {
        let (style, role) = match (member.role, member.successor) {
            (Some(role), _) => (Style::Good, role.as_str()),
            (None, Some(_)) => (Style::Faint, "replaced"),
            (None, None) => (Style::Faint, "out"),
        };
        table.row([
            (Style::Name, told(&member.name)),
            (style, role.to_owned()),
            (Style::Plain, key.words()),
            (Style::Plain, told(&hive.called(key)?)),
        ]);
    }
    table.print(&mut app.ui);
    Ok(())
}
