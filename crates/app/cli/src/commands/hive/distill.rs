//! `claudectl hive distill`: what the answers that were given here come to, said to a hive.

use std::collections::BTreeMap;

use claudectl_hive::claim::{ClaimId, Class, Content};
use claudectl_hive::distill::{Changes, Thresholds, changes, distill};
use claudectl_hive::unit::{Say, Unit};
use claudectl_hive::view::Verdict;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Result};
use crate::format::plural;
use crate::hive::{Hive, known, saying};
use crate::measuring;
use crate::only;
use crate::ui::{Style, told, without_secrets};

/// Make knowledge of the answers that were given here, and keep it, signed, as what this machine says.
///
/// The same answers make the same knowledge, and what is said already is not said again; what the answers no longer bear out is
/// taken back. Nothing of it leaves before it is exposed (`claudectl hive expose`). Answers that were taken over from elsewhere
/// count for nothing, nor does any command for which there are no words of claudectl's own. See docs/hive.md.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For which hive, where this machine belongs to several.
    #[arg(long, value_name = "NAME")]
    hive: Option<String>,
    /// Only say what would be said and taken back.
    #[arg(long)]
    dry_run: bool,
}

/// What stays unsaid, and why.
struct Kept {
    say: Say,
    why: String,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let mut hive = Hive::open(app)?;
    let at = hive.chosen(args.hive.as_deref())?;
    let found = measuring::look(app, None)?;
    let labels = saying::labels(app, &found);
    // One at a time: two would give one number twice.
    let _alone = only::wait(&app.env.state_dir()?, "hive.lock")?;
    let known = hive.known()?;
    let (me, class) = (hive.me(), Class::everyone(hive.joined[at].members.hive()));
    let (mut said, mut kept): (Vec<Say>, Vec<Kept>) = Default::default();
    for say in distill(&labels, &Thresholds::default()) {
        let claim = claim_of(&say, &hive, &class)?;
        let local = known.local(&claim.id());
        let forgotten = local.and_then(|local| local.decided).is_some_and(|(verdict, sense)| {
            verdict == Verdict::Refused && say.sense().is_ok_and(|own| own == sense)
        });
        match hive.policy.may_say(&say) {
            Err(why) => kept.push(Kept { say, why: why.to_string() }),
            Ok(()) if forgotten => kept.push(Kept { say, why: "you have forgotten it".to_owned() }),
            Ok(()) => said.push(say),
        }
    }
    let stands: Vec<Unit> =
        known.units(Some(&me)).filter(|unit| unit.brief.class == class.id()).cloned().collect();
    let all = said.len();
    let Changes { say, take_back } = changes(said, &stands);
    let mut versions = Vec::new();
    for one in &say {
        let body = one.body.to_bytes().map_err(|error| cannot(&error))?;
        versions.push((claim_of(one, &hive, &class)?, Content::Body(body)));
    }
    for unit in &take_back {
        let standing = known.all.iter().find(|one| one.brief.id == unit.brief.id);
        versions.extend(standing.map(|one| (one.version.claim.clone(), Content::Tombstone)));
    }
    let ids: Vec<ClaimId> = versions.iter().map(|(claim, _)| claim.id()).collect();
    if !args.dry_run && !versions.is_empty() {
        hive.say(&class, versions)?;
    }
    let (new, gone) = ids.split_at(say.len());
    let new: Vec<(&ClaimId, &Say)> = new.iter().zip(&say).collect();
    let gone: Vec<(&ClaimId, &&Unit)> = gone.iter().zip(&take_back).collect();
    let unchanged = all - say.len();
    if app.ui.json {
        let one = |id: &ClaimId, scope: &dyn std::fmt::Display, summary: String| json!({ "id": id.to_string(), "scope": scope.to_string(), "summary": summary });
        let said: Vec<Value> = new.iter().map(|(id, say)| one(id, &say.scope, say.body.summary())).collect();
        let taken_back: Vec<Value> =
            gone.iter().map(|(id, unit)| one(id, &unit.scope, unit.body.summary())).collect();
        let kept_back: Vec<Value> = kept
            .iter()
            .map(|one| {
                json!({
                    "scope": one.say.scope.to_string(), "summary": one.say.body.summary(), "why": one.why,
                })
            })
            .collect();
        return app.ui.document(&without_secrets(json!({
            "hive": hive.joined[at].name, "answers": labels.len(), "dry_run": args.dry_run, "said": said,
            "taken_back": taken_back, "kept_back": kept_back, "unchanged": unchanged,
        })));
    }
    let answers = plural(labels.len() as u64, "answer");
    if all == 0 && gone.is_empty() && kept.is_empty() {
        app.ui.line(&format!("Nothing can be said yet, of {answers} given here."));
        app.ui.line("  It takes 5 alike about one kind of command in one project; claudectl brain learn --history reads older ones");
        return Ok(());
    }
    let width = known.shown();
    let name = told(&hive.joined[at].name);
    let would = if args.dry_run { "would be " } else { "" };
    let counted = format!(
        "Of {answers}, for {name}: {would}said {}, taken back {}, as it was {unchanged}.",
        new.len(),
        gone.len()
    );
    app.ui.line(&counted);
    for (id, say) in &new {
        line(
            app,
            Style::Good,
            "+",
            &format!("{}  {}  in {}", known::short(id, width), say.body.summary(), say.scope),
        );
    }
    for (id, unit) in &gone {
        line(
            app,
            Style::Notice,
            "-",
            &format!("{}  {}  in {}", known::short(id, width), unit.body.summary(), unit.scope),
        );
    }
    let mut reasons: BTreeMap<&str, Vec<&Say>> = BTreeMap::new();
    kept.iter().for_each(|one| reasons.entry(&one.why).or_default().push(&one.say));
    for (why, says) in reasons {
        app.ui.line(&format!("Kept back, for {}:", told(why)));
        for say in says {
            line(app, Style::Faint, " ", &format!("{}  in {}", say.body.summary(), say.scope));
        }
    }
    if !args.dry_run && !new.is_empty() {
        app.ui.line(
            "What of it would leave: claudectl hive preview; nothing does before claudectl hive expose",
        );
    }
    Ok(())
}

fn line(app: &mut App, style: Style, sign: &str, text: &str) {
    let text = app.ui.paint(style, &format!("{sign} {}", told(text)));
    app.ui.line(&format!("  {text}"));
}

fn claim_of(say: &Say, hive: &Hive, class: &Class) -> Result<claudectl_hive::claim::Claim> {
    say.claim(hive.me(), class.clone()).map_err(|error| cannot(&error))
}

fn cannot(error: &dyn std::fmt::Display) -> CliError {
    CliError::failed("what was answered comes to nothing that can be said").why(error)
}
