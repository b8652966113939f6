//! `claudectl hive preview`: what would leave, and what stays here and why.

use std::collections::BTreeMap;

use claudectl_hive::egress::Why;
use claudectl_hive::key::PublicKey;
use serde_json::{Value, json};

use super::decide::readers;
use crate::app::App;
use crate::error::{CliError, Result};
use crate::format::plural;
use crate::hive::known::{self, Standing};
use crate::hive::leaving::Leaving;
use crate::hive::{Hive, Joined};
use crate::ui::{Style, Table, told, without_secrets};

/// Say what this machine says would leave it, and what stays here and why.
///
/// It asks the very policy that bundles are made by, for all members of the hive or for one machine.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For one machine: its name, its key, or the beginning of it. Default: what all members may know.
    #[arg(long = "for", value_name = "MACHINE")]
    whom: Option<String>,
}

/// What would become of a unit.
enum State {
    /// It leaves.
    Ready,
    /// It would, were it exposed.
    Hidden(Why),
    /// It does not, exposed or not.
    Blocked(Why),
}

impl State {
    fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Hidden(_) => "hidden",
            Self::Blocked(_) => "blocked",
        }
    }

    fn why(&self) -> Option<String> {
        match self {
            Self::Ready => None,
            Self::Hidden(why) | Self::Blocked(why) => Some(why.to_string()),
        }
    }
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let hive = Hive::open(app)?;
    hive.chosen(None).or_else(|error| if hive.joined.is_empty() { Err(error) } else { Ok(0) })?;
    let whom = args.whom.as_deref().map(|text| hive.machine(text)).transpose()?;
    if let Some(whom) = &whom {
        let belongs = |one: &Joined| one.members.role(whom).is_some();
        if !hive.joined.iter().any(belongs) {
            return Err(CliError::failed(
                "that machine belongs to no hive of this one, and is given nothing",
            )
            .fix("claudectl hive member ls; claudectl hive member add KEY NAME takes it in"));
        }
    }
    let known = hive.known()?;
    let leaving = hive.leaving()?;
    let me = hive.me();
    let mut found: Vec<(&Standing, State)> = Vec::new();
    for one in known.all.iter().filter(|one| one.says() && one.brief.author == me) {
        let readers = whom.map_or_else(|| readers(&hive, &one.version.claim.class), |key| vec![key]);
        found.push((one, state(&leaving, one, &readers)));
    }
    found.sort_by(|a, b| {
        let by = |one: &(&Standing, State)| (one.1.word(), one.0.scope(), one.0.summary());
        by(b).0.cmp(by(a).0).then_with(|| by(a).cmp(&by(b)))
    });
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    found.iter().for_each(|(_, state)| *counts.entry(state.word()).or_default() += 1);
    let count = |word: &str| counts.get(word).copied().unwrap_or(0);
    if app.ui.json {
        let unit = |(one, state): &(&Standing, State)| -> Value {
            json!({
                "id": one.brief.claim.to_string(), "scope": one.scope(), "summary": one.summary(),
                "state": state.word(), "why": state.why(),
            })
        };
        return app.ui.document(&without_secrets(json!({
            "for": whom.map(|key| key.to_string()), "ready": count("ready"), "hidden": count("hidden"),
            "blocked": count("blocked"), "units": found.iter().map(unit).collect::<Vec<_>>(),
        })));
    }
    if found.is_empty() {
        app.ui.line("This machine says nothing yet, so nothing of it can leave.");
        app.ui.line("  claudectl hive distill makes knowledge of your answers");
        return Ok(());
    }
    let width = known.shown();
    let mut table = Table::new()
        .left("ID")
        .left("STATE")
        .flexible("WHAT", 16)
        .flexible("HOLDS", 9)
        .flexible("WHY", 12)
        .give_way(&["HOLDS"]);
    for (one, state) in &found {
        let style = match state {
            State::Ready => Style::Good,
            State::Hidden(_) => Style::Faint,
            State::Blocked(_) => Style::Notice,
        };
        table.row([
            (Style::Name, known::short(&one.brief.claim, width)),
            (style, state.word().to_owned()),
            (Style::Plain, told(&one.summary())),
            (Style::Plain, told(&one.scope())),
            (Style::Faint, told(&state.why().unwrap_or_default())),
        ]);
    }
    table.print(&mut app.ui);
    app.ui.line(&format!(
        "{} ready, {} hidden, {} blocked. claudectl hive expose ID, or --all, lets what is hidden leave",
        plural(count("ready"), "unit"),
        count("hidden"),
        count("blocked")
    ));
    Ok(())
}

fn state(leaving: &Leaving, one: &Standing, readers: &[PublicKey]) -> State {
    let claim = &one.brief.claim;
    let could = readers.iter().try_for_each(|reader| leaving.could(&one.version, claim, reader));
    match (could, leaving.may_all(&one.version, claim, readers)) {
        (Err(why), _) => State::Blocked(why),
        (Ok(()), Err(why)) => State::Hidden(why),
        (Ok(()), Ok(())) => State::Ready,
    }
}
