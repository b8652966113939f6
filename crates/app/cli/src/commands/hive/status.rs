//! `claudectl hive status`: what this machine is, to which hives it belongs, and what is known in each.

use claudectl_hive::claim::Class;
use claudectl_hive::egress::{Exposure, ShareMode};
use claudectl_hive::members::Role;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::format::{self, plural};
use crate::hive::{Hive, short};
use crate::ui::told;

/// Say what this machine is, to which hives it belongs, and how much is known and shared in each.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// What is known in a hive.
#[derive(Default)]
struct Count {
    own: u64,
    exposed: u64,
    hidden: u64,
    others: u64,
    unread: u64,
}

pub(super) fn run(app: &mut App, _args: &Args) -> Result<()> {
    let hive = Hive::open(app)?;
    let known = hive.known()?;
    let me = hive.me();
    let peers = hive.store.hive_peers()?;
    let last = peers.iter().filter_map(|peer| peer.last_sync).max();
    let mut hives = Vec::new();
    for one in &hive.joined {
        let class = Class::everyone(one.members.hive()).id();
        let mut count = Count::default();
        let here = |of: &Class| of.hive == one.members.hive();
        for standing in known.all.iter().filter(|one| one.says() && here(&one.version.claim.class)) {
            count.unread += u64::from(standing.unit.is_err());
            if standing.brief.author != me {
                count.others += 1;
                continue;
            }
            count.own += 1;
            match known.local(&standing.brief.claim).and_then(|local| local.exposure) {
                Some(Exposure::Expose) => count.exposed += 1,
                Some(Exposure::Hide) => count.hidden += 1,
                None => {}
            }
        }
        hives.push((one, class, count));
    }
    let mode = match hive.policy.mode {
        ShareMode::Auto => "auto",
        ShareMode::Manual => "manual",
    };
    if app.ui.json {
        let document: Vec<Value> = hives
            .iter()
            .map(|(one, class, count)| {
                json!({
                    "name": one.name, "hive": one.members.hive().to_string(), "class": class.to_string(),
                    "role": one.members.role(&me).map(Role::as_str), "members": one.members.current().count(),
                    "own": count.own, "exposed": count.exposed, "hidden": count.hidden,
                    "from_others": count.others, "not_understood": count.unread,
                })
            })
            .collect();
        return app.ui.document(&json!({
            "key": me.to_string(), "words": me.words(), "share_mode": mode, "peers": peers.len(),
            "last_exchange": last.map(|at| at.0), "hives": document,
        }));
    }
    app.ui.line(&format!("This machine: {} ({})", me.words(), short(&me)));
    if hives.is_empty() {
        app.ui.line("It belongs to no hive, and shares nothing.");
        app.ui.line(
            "  claudectl hive create NAME founds one; claudectl hive import FILE --join enters another's",
        );
        return Ok(());
    }
    for (one, _, count) in &hives {
        let role = one.members.role(&me).map_or("out of it", Role::as_str);
        let members = plural(one.members.current().count() as u64, "member");
        app.ui.line(&format!("{}: {role}, {members}", told(&one.name)));
        app.ui.line(&format!(
            "  says {}: {} exposed, {} hidden, {} neither, so not shared",
            plural(count.own, "unit"),
            count.exposed,
            count.hidden,
            count.own - count.exposed - count.hidden
        ));
        app.ui.line(&format!("  knows {} of others", plural(count.others, "unit")));
        if count.unread > 0 {
            app.ui.line(&format!("  of these, {} not understood here, and passed on", count.unread));
        }
    }
    app.ui.line(&match last {
        None => "Nothing was exchanged yet: claudectl hive sync DIR".to_owned(),
        Some(at) => {
            format!("Last exchange: {} ago", format::age(app.now.saturating_sub(at.0.cast_signed()).max(0)))
        }
    });
    Ok(())
}
