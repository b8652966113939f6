//! `claudectl hive peer`: machines, and what they are called here.

use claudectl_hive::key::PublicKey;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format;
use crate::hive::{self, Hive};
use crate::ui::{Style, Table, told};

/// List machines that are known here, name one, or forget one.
///
/// A name is this machine's own, and nobody else's. Being known gives a machine nothing: what it gets follows from the hives
/// it belongs to.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List machines with their keys, and when something was last exchanged with each.
    Ls,
    /// Give a machine a name here.
    Add {
        /// Its key, as `claudectl hive id` says it there.
        key: String,
        /// What it is called here.
        name: String,
    },
    /// Forget a machine and how far it had come. What it wrote stays.
    Rm {
        /// Its name, its key, or the beginning of it.
        machine: String,
    },
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    match args.what.as_ref().unwrap_or(&What::Ls) {
        What::Ls => ls(app),
        What::Add { key, name } => add(app, key, name),
        What::Rm { machine } => rm(app, machine),
    }
}

fn ls(app: &mut App) -> Result<()> {
    let mut hive = Hive::open(app)?;
    hive.know_members()?;
    let peers = hive.store.hive_peers()?;
    let roles = |key: &PublicKey| -> Vec<String> {
        let in_each = hive.joined.iter().filter_map(|one| Some((one, one.members.role(key)?)));
        in_each.map(|(one, role)| format!("{} of {}", role.as_str(), one.name)).collect()
    };
    if app.ui.json {
        let peer = |peer: &claudectl_store::hive::Peer| {
            json!({
                "name": peer.name, "key": peer.key.to_string(), "fingerprint": peer.key.fingerprint(),
                "words": peer.key.words(), "added_at": peer.added_at.0, "last_sync": peer.last_sync.map(|at| at.0),
                "syncs": peer.syncs, "sent_bytes": peer.bytes.0, "received_bytes": peer.bytes.1,
                "roles": roles(&peer.key),
            })
        };
        return app.ui.document(&json!({ "peers": peers.iter().map(peer).collect::<Vec<_>>() }));
    }
    if peers.is_empty() {
        app.ui.line("No other machine is known here.");
        app.ui.line("  claudectl hive member add KEY NAME takes one into a hive; claudectl hive id on it says its key");
        return Ok(());
    }
    let mut table = Table::new()
        .flexible("NAME", 8)
        .left("WORDS")
        .left("LAST EXCHANGE")
        .flexible("IS", 8)
        .give_way(&["IS", "LAST EXCHANGE"]);
    for peer in &peers {
        let last = match peer.last_sync {
            None => "never".to_owned(),
            Some(at) => format!("{} ago", format::age(app.now.saturating_sub(at.0.cast_signed()).max(0))),
        };
        let roles = roles(&peer.key).join(", ");
        table.row([
            (Style::Name, told(&peer.name)),
            (Style::Plain, peer.key.words()),
            (Style::Faint, last),
            (Style::Plain, if roles.is_empty() { "in no hive of ours".to_owned() } else { told(&roles) }),
        ]);
    }
    table.print(&mut app.ui);
    Ok(())
}

fn add(app: &mut App, key: &str, name: &str) -> Result<()> {
    let key = hive::checked(key.parse().map_err(|error| {
        CliError::usage(format!("{key:?} is no key"))
            .why(error)
            .fix("claudectl hive id on that machine says it")
    })?)?;
    let name = hive::name(name)?;
    let mut hive = Hive::open(app)?;
    if key == hive.me() {
        return Err(CliError::usage("this is the key of this machine"));
    }
    if !hive.store.hive_put_peer(&key, &name, hive.now)? {
        return Err(CliError::failed(format!("another machine is called {name} here"))
            .fix(format!("take another name, or claudectl hive peer rm {name}")));
    }
    if app.ui.json {
        return app.ui.document(&json!({ "name": name, "key": key.to_string(), "words": key.words() }));
    }
    app.ui.line(&format!("{name} is known here. Compare its words with it by voice: {}", key.words()));
    Ok(())
}

fn rm(app: &mut App, machine: &str) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let key = hive.machine(machine)?;
    let belongs = hive.joined.iter().find(|one| one.members.role(&key).is_some());
    if let Some(one) = belongs {
        return Err(CliError::failed(format!("{} belongs to the hive {}", told(machine), one.name))
            .why("members are known as long as they belong")
            .fix(format!("claudectl hive member rm {} puts it out", told(machine))));
    }
    let gone = hive.store.hive_drop_peer(&key)?;
    if app.ui.json {
        return app.ui.document(&json!({ "key": key.to_string(), "forgotten": gone }));
    }
    app.ui.line(if gone { "It is forgotten." } else { "It was not known." });
    Ok(())
}
