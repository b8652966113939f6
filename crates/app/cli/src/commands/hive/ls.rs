//! `claudectl hive ls`: what is known here, the weightiest first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use claudectl_hive::content::Scope;
use claudectl_hive::egress::Exposure;
use claudectl_hive::key::PublicKey;
use claudectl_hive::unit::Unit;
use claudectl_hive::view::{Looking, Out, Seen, view};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::Result;
use crate::format::{self, plural};
use crate::hive::{Hive, known};
use crate::ui::{Style, Table, told, without_secrets};

/// List what is known here, the weightiest first: what this machine says, and what others say that is in view.
///
/// What is one's own comes first. Of each: how far its author is trusted in such things, how sure it is at least, how often
/// it was so of how many, and what it may do here. What others say allows nothing. See docs/hive.md.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what holds there: universal, language:rust, project:api.
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Only what this machine says: its name, its key, or the beginning of it; `me` for this one.
    #[arg(long, value_name = "MACHINE")]
    from: Option<String>,
    /// Also what is out of view, and why.
    #[arg(long)]
    all: bool,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let hive = Hive::open(app)?;
    let from = match args.from.as_deref() {
        None => None,
        Some("me") => Some(hive.me()),
        Some(text) => Some(hive.machine(text)?),
    };
    let scope = args.scope.as_deref().map(Scope::parse);
    let known = hive.known()?;
    let trusts = hive.store.hive_trusts(hive.me())?;
    let looking = Looking { trusts: &trusts, now: hive.now, place: None, most: 0 };
    // All are looked at, for what one says may put what another says out of view.
    let mut view = view(known.units(None), |claim| known.local(claim), &looking);
    let is_meant = |unit: &Unit| {
        scope.as_ref().is_none_or(|scope| unit.scope == *scope)
            && from.is_none_or(|from| unit.brief.author == from)
    };
    view.seen.retain(|one| is_meant(one.unit));
    view.out.retain(|(unit, _)| is_meant(unit));
    let mut names: HashMap<PublicKey, String> = HashMap::new();
    for unit in known.units(None) {
        if let Entry::Vacant(entry) = names.entry(unit.brief.author) {
            entry.insert(hive.called(&unit.brief.author)?);
        }
    }
    let name = |unit: &Unit| names.get(&unit.brief.author).cloned().unwrap_or_default();
    let exposure = |unit: &Unit| known.local(&unit.brief.claim).and_then(|local| local.exposure);
    if app.ui.json {
        let units: Vec<Value> =
            view.seen.iter().map(|one| seen(one, &name(one.unit), exposure(one.unit))).collect();
        let out: Vec<Value> = view
            .out
            .iter()
            .filter(|_| args.all)
            .map(|(unit, why)| {
                let mut one = about(unit, &name(unit), exposure(unit));
                one["why"] = json!(why.word());
                one
            })
            .collect();
        return app.ui.document(&without_secrets(
            json!({ "units": units, "out": out, "out_of_view": view.out.len() }),
        ));
    }
    let width = known.shown();
    if view.seen.is_empty() {
        app.ui.line(if known.units(None).next().is_none() {
            "Nothing is known here yet."
        } else {
            "Nothing of that is in view."
        });
        if known.units(None).next().is_none() {
            app.ui.line("  claudectl hive distill makes it of your answers; claudectl hive sync brings what others say");
        }
    } else {
        let mut table = Table::new()
            .left("ID")
            .flexible("WHAT", 16)
            .flexible("HOLDS", 9)
            .flexible("SAID BY", 8)
            .left("TRUST")
            .right("SURE")
            .right("SEEN")
            .right("AGE")
            .left("SHARED")
            .give_way(&["SHARED", "AGE", "HOLDS", "SEEN"]);
        for one in &view.seen {
            let evidence = one.unit.body.evidence();
            table.row([
                (Style::Name, known::short(&one.unit.brief.claim, width)),
                (Style::Plain, told(&one.unit.body.summary())),
                (Style::Plain, told(&one.unit.scope.to_string())),
                (Style::Plain, told(&name(one.unit))),
                (Style::Plain, if one.is_own { "own".to_owned() } else { one.tier.word().to_owned() }),
                (Style::Plain, format::percent(one.confidence)),
                (
                    Style::Plain,
                    evidence.map_or_else(String::new, |seen| format!("{}/{}", seen.times, seen.of)),
                ),
                (if one.is_stale { Style::Notice } else { Style::Faint }, age(app, one.unit)),
                (Style::Faint, shared(one.is_own, exposure(one.unit)).to_owned()),
            ]);
        }
        table.print(&mut app.ui);
    }
    if view.out.is_empty() {
        return Ok(());
    }
    if !args.all {
        app.ui.line(&format!(
            "{} more out of view: claudectl hive ls --all says why",
            plural(view.out.len() as u64, "unit")
        ));
        return Ok(());
    }
    app.ui.line("Out of view:");
    let mut table = Table::new().left("ID").flexible("WHAT", 16).flexible("SAID BY", 8).left("WHY");
    for (unit, why) in &view.out {
        table.row([
            (Style::Name, known::short(&unit.brief.claim, width)),
            (Style::Faint, told(&unit.body.summary())),
            (Style::Plain, told(&name(unit))),
            (Style::Plain, reason(*why).to_owned()),
        ]);
    }
    table.print(&mut app.ui);
    Ok(())
}

fn age(app: &App, unit: &Unit) -> String {
    format::age(app.now.saturating_sub(unit.seen_at().0.cast_signed()).max(0))
}

fn shared(is_own: bool, exposure: Option<Exposure>) -> &'static str {
    match (is_own, exposure) {
        (_, Some(Exposure::Hide)) => "hidden",
        (true, None) => "no",
        (true, Some(Exposure::Expose)) => "exposed",
        (false, _) => "passed on",
    }
}

fn about(unit: &Unit, name: &str, exposure: Option<Exposure>) -> Value {
    let seen = unit.body.evidence();
    json!({
        "id": unit.brief.claim.to_string(), "kind": unit.body.kind().word(), "scope": unit.scope.to_string(),
        "summary": unit.body.summary(), "author": unit.brief.author.to_string(), "author_name": name,
        "agreed": seen.map(|seen| seen.times), "of": seen.map(|seen| seen.of), "said_at": unit.seen_at().0,
        "exposure": exposure.map(Exposure::word),
    })
}

fn seen(one: &Seen<'_>, name: &str, exposure: Option<Exposure>) -> Value {
    let mut unit = about(one.unit, name, exposure);
    unit["is_own"] = json!(one.is_own);
    unit["tier"] = json!(one.tier.word());
    unit["confidence"] = json!(one.confidence);
    unit["score"] = json!(one.score);
    unit["stage"] = json!(one.stage.word());
    unit["force"] = json!(one.force.word());
    unit["stale"] = json!(one.is_stale);
    unit
}

/// Why something is out of view, for people.
fn reason(why: Out) -> &'static str {
    match why {
        Out::Scope => "it holds elsewhere",
        Out::Muted => "you have muted it",
        Out::Refused => "you have refused it",
        Out::Expired => "it has expired",
        Out::Ahead => "it is stamped too far ahead",
        Out::Frozen => "its author is held back",
        Out::Ignored => "its author is not trusted in this",
        Out::Draft => "it was wrong too often",
        Out::NotUnderstood => "its condition is not understood",
        Out::Again => "it was said again, to others",
        Out::Shadowed => "your own comes before it",
        Out::Place => "there was no place left",
    }
}
