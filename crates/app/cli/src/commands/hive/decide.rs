//! `claudectl hive expose`, `hide`, `mute`, `unmute`, `forget`: what a person decides of a unit.

use claudectl_hive::claim::{ClaimId, Class, Content};
use claudectl_hive::egress::Exposure;
use claudectl_hive::key::PublicKey;
use claudectl_hive::view::Verdict;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format::plural;
use crate::hive::known::{self, Known};
use crate::hive::{Hive, Joined};
use crate::only;
use crate::ui::{told, without_secrets};

/// Let a unit leave this machine with the next bundle.
///
/// Nothing that this machine says leaves before. What must not be told (secrets, paths of yours, addresses) stays here all the
/// same: claudectl hive preview says what goes and what does not.
#[derive(Debug, clap::Args)]
pub(super) struct ExposeArgs {
    /// Its id, or the beginning of it.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// All that this machine says now, but for what was hidden.
    #[arg(long)]
    all: bool,
}

/// Let a unit leave this machine no more, whoever said it.
///
/// Who has it keeps it: claudectl hive forget takes back what this machine said.
#[derive(Debug, clap::Args)]
pub(super) struct HideArgs {
    /// Its id, or the beginning of it.
    id: String,
}

/// Put a unit out of view here.
#[derive(Debug, clap::Args)]
pub(super) struct MuteArgs {
    /// Its id, or the beginning of it.
    pub(super) id: String,
}

/// Put a unit that was muted into view again.
#[derive(Debug, clap::Args)]
pub(super) struct UnmuteArgs {
    /// Its id, or the beginning of it.
    pub(super) id: String,
}

/// Take back what this machine said, everywhere.
///
/// All who may have it are told that it is gone with the next bundle, and claudectl hive distill does not say it again. What
/// others say is theirs: mute it.
#[derive(Debug, clap::Args)]
pub(super) struct ForgetArgs {
    /// Its id, or the beginning of it.
    id: String,
    /// Let claudectl hive distill say it again.
    #[arg(long)]
    undo: bool,
}

pub(super) fn expose(app: &mut App, args: &ExposeArgs) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let known = hive.known()?;
    let me = hive.me();
    let chosen: Vec<ClaimId> = match &args.id {
        Some(id) => vec![known.find(id, |one| one.says())?.0],
        None => {
            let hidden =
                |claim: &ClaimId| known.local(claim).and_then(|local| local.exposure) == Some(Exposure::Hide);
            let own = known.all.iter().filter(|one| one.says() && one.brief.author == me);
            own.map(|one| one.brief.claim).filter(|claim| !hidden(claim)).collect()
        }
    };
    if chosen.is_empty() {
        return Err(CliError::failed("this machine says nothing that could be exposed")
            .fix("claudectl hive distill makes knowledge of your answers"));
    }
    hive.store.hive_put_exposure(&chosen, Some(Exposure::Expose))?;
    let leaving = hive.leaving()?;
    let mut blocked = Vec::new();
    for one in known.all.iter().filter(|one| one.says() && chosen.contains(&one.brief.claim)) {
        let readers = readers(&hive, &one.version.claim.class);
        if let Err(why) = leaving.may_all(&one.version, &one.brief.claim, &readers) {
            blocked.push((one.brief.claim, one.summary(), why.to_string()));
        }
    }
    if app.ui.json {
        let blocked: Vec<_> = blocked
            .iter()
            .map(|(id, summary, why)| json!({ "id": id.to_string(), "summary": summary, "why": why }))
            .collect();
        let ids: Vec<String> = chosen.iter().map(ToString::to_string).collect();
        return app.ui.document(&without_secrets(json!({ "exposed": ids, "blocked": blocked })));
    }
    app.ui.line(&format!("Exposed: {}.", plural(chosen.len() as u64, "unit")));
    for (id, summary, why) in &blocked {
        let id = known::short(id, known.shown());
        app.ui.warn(&format!("{id} {} stays here all the same: {}", told(summary), told(why)));
    }
    app.ui.line("It leaves with the next claudectl hive sync or export; claudectl hive hide ID stops that");
    Ok(())
}

/// The other machines that belong to the hive of a class; where there are none, a machine of which nothing is known.
pub(super) fn readers(hive: &Hive, class: &Class) -> Vec<PublicKey> {
    let me = hive.me();
    let of = |one: &&Joined| one.members.hive() == class.hive;
    let members = hive.joined.iter().filter(of).flat_map(|one| one.members.current().map(|(key, _)| *key));
    let found: Vec<PublicKey> = members.filter(|key| *key != me).collect();
    if found.is_empty() { vec![PublicKey::from_bytes([0; 32])] } else { found }
}

pub(super) fn hide(app: &mut App, args: &HideArgs) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let known = hive.known()?;
    let (claim, all) = known.find(&args.id, |one| one.says())?;
    hive.store.hive_put_exposure(&[claim], Some(Exposure::Hide))?;
    let leaving = hive.leaving()?;
    let had = all.iter().any(|one| leaving.had(&claim, &readers(&hive, &one.version.claim.class)));
    if app.ui.json {
        return app.ui.document(&json!({ "id": claim.to_string(), "hidden": true, "was_given": had }));
    }
    app.ui.line(&format!("{} is hidden: it leaves no more.", known::short(&claim, known.shown())));
    if had {
        app.ui.line("Others may have it already. claudectl hive forget takes it back");
    }
    Ok(())
}

pub(super) fn mute(app: &mut App, id: &str, muted: bool) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let known = hive.known()?;
    let (claim, _) = known.find(id, |one| one.says())?;
    hive.store.hive_put_muted(&claim, muted)?;
    if app.ui.json {
        return app.ui.document(&json!({ "id": claim.to_string(), "muted": muted }));
    }
    let state = if muted { "out of view; claudectl hive unmute brings it back" } else { "in view again" };
    app.ui.line(&format!("{} is {state}.", known::short(&claim, known.shown())));
    Ok(())
}

pub(super) fn forget(app: &mut App, args: &ForgetArgs) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let _alone = only::wait(&app.env.state_dir()?, "hive.lock")?;
    let known = hive.known()?;
    if args.undo {
        return undo(app, &mut hive, &known, &args.id);
    }
    let (claim, all) = known.find(&args.id, |one| one.says())?;
    let short = known::short(&claim, known.shown());
    let me = hive.me();
    if let Some(other) = all.iter().find(|one| one.brief.author != me) {
        let name = hive.called(&other.brief.author)?;
        return Err(CliError::failed(format!(
            "{short} is what {} says, and only it can take that back",
            told(&name)
        ))
        .fix(format!("claudectl hive mute {short} puts it out of view here")));
    }
    for one in &all {
        let gone = vec![(one.version.claim.clone(), Content::Tombstone)];
        hive.say(&one.version.claim.class, gone)?;
    }
    let sense = all.iter().find_map(|one| one.unit.as_ref().ok()).map(|unit| unit.sense());
    if let Some(sense) = sense {
        hive.store.hive_decide(&claim, Some((Verdict::Refused, sense)), hive.now)?;
    }
    if app.ui.json {
        return app.ui.document(&json!({ "id": claim.to_string(), "forgotten": true }));
    }
    app.ui.line(&format!(
        "{short} is taken back. Who may have it is told with the next claudectl hive sync or export."
    ));
    app.ui.line(&format!("It is not said again, unless you say so: claudectl hive forget --undo {short}"));
    Ok(())
}

fn undo(app: &mut App, hive: &mut Hive, known: &Known, id: &str) -> Result<()> {
    let me = hive.me();
    let forgotten = |claim: &ClaimId| known.local(claim).and_then(|local| local.decided).is_some();
    let (claim, _) = known.find(id, |one| one.brief.author == me && forgotten(&one.brief.claim))?;
    hive.store.hive_decide(&claim, None, hive.now)?;
    if app.ui.json {
        return app.ui.document(&json!({ "id": claim.to_string(), "forgotten": false }));
    }
    app.ui.line("The next claudectl hive distill may say it again.");
    Ok(())
}
