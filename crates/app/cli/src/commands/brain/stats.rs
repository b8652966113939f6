//! `claudectl brain stats`: what can be measured of what was learned, and of what the gate did with it.

pub(super) mod text;

use std::time::Instant;

use clap::builder::PossibleValue;
use claudectl_brain::features::hash;
use claudectl_brain::stats::Name;
use claudectl_brain::stats::figure::Metric;
use claudectl_brain::stats::material::{Material, Window};
use claudectl_brain::thought::think;
use jiff::ToSpan;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{CliError, Kind, Result};
use crate::judging::learned;
use crate::learning;
use crate::measuring::{self, Found};
use crate::ui::without_secrets;
use crate::when;

/// Measure what was learned, and what the gate did with it.
///
/// Without a name, the figure that counts of each metric; with one, all of it. Your log of answers is played once more: each
/// answer is foretold by those before it and held against what you wanted. Shares come with what they were counted of and
/// the interval that they lie in (95 %); of what is not known, nothing is made up. Formulas are in docs/brain-metrics.md.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which metric.
    #[arg(value_name = "NAME", value_enum)]
    name: Option<Chosen>,
    #[command(flatten)]
    scope: Scope,
    /// No list is longer.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
}

/// Which calls and answers are counted.
#[derive(Debug, clap::Args)]
pub(super) struct Scope {
    /// Only from then on: 24h, 30d, 2026-11-01. All that is known, if it is left out.
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only calls in this project (part of its name or folder).
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    project: Option<String>,
}

impl Scope {
    pub(super) fn since(&self, app: &App) -> Result<Option<i64>> {
        let since = self.since.as_deref();
        since.map(|text| when::moment_ms("--since", text, app.now, &app.zone, false)).transpose()
    }

    /// Part of the project's folder, in lower case.
    pub(super) fn project(&self) -> Option<String> {
        self.project.as_deref().map(str::to_lowercase)
    }

    pub(super) fn shown(&self) -> String {
        let since = self.since.as_deref().map(|since| format!(", since {since}"));
        let project = self.project.as_deref().map(|name| format!(", in projects like {name}"));
        [since, project].into_iter().flatten().collect()
    }
}

/// A metric, on the command line.
#[derive(Debug, Clone, Copy)]
struct Chosen(Name);

/// Names that the published tool has for what is one of these.
const ALIASES: [(Name, &[&str]); 11] = [
    (Name::Evolution, &["evo"]),
    (Name::LearningCurve, &["curve"]),
    (Name::Accuracy, &["acc"]),
    (Name::Baseline, &["rules"]),
    (Name::FalseAllow, &["false-approve", "fa"]),
    (Name::FalseDeny, &["fd"]),
    (Name::Distribution, &["dist"]),
    (Name::Novelty, &["novel-rate", "novel"]),
    (Name::Calibration, &["cal"]),
    (Name::Incidents, &["postmortem"]),
    (Name::TimeToCorrect, &["ttc"]),
];

impl clap::ValueEnum for Chosen {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Chosen; Name::ALL.len()] = {
            let mut all = [Chosen(Name::Impact); Name::ALL.len()];
            let mut at = 0;
            while at < all.len() {
                all[at] = Chosen(Name::ALL[at]);
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let aliases = ALIASES.iter().filter(|(name, _)| *name == self.0).flat_map(|(_, aliases)| *aliases);
        Some(PossibleValue::new(self.0.word()).help(self.0.about()).aliases(aliases.copied()))
    }
}

/// Of so many answers, the last, it is measured how long a thought takes.
const MEASURED: usize = 200;
/// So many weeks are told of.
const WEEKS: i64 = 26;

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let since = args.scope.since(app)?;
    let project = args.scope.project();
    let found = measuring::look(app, since)?;
    let is_empty = found.entries.is_empty() && found.calls.is_empty() && found.unreadable == 0;
    if is_empty && !app.ui.json {
        text::nothing(app);
        return Ok(());
    }
    let window = Window { since, project: project.as_deref() };
    let (material, more) = material(app, found, window)?;
    let top = args.top as usize;
    match args.name {
        Some(Chosen(name)) => {
            let metric = name.of(&material, top);
            if app.ui.json {
                let document = document(&material, &metric, json!({ "name": name.word() }))?;
                return app.ui.document(&without_secrets(document));
            }
            let title = format!("{}: {}{}", name.word(), name.about(), args.scope.shown());
            text::title(app, &title);
            text::counted(app, &material, more);
            text::metric(app, &metric);
        }
        None => {
            let heads: Vec<(Name, Metric)> =
                Name::ALL.into_iter().map(|name| (name, name.of(&material, 1))).collect();
            if app.ui.json {
                let metrics = heads.iter().map(|(name, metric)| {
                    json!({ "name": name.word(), "about": name.about(), "figure": text::head(metric) })
                });
                return app.ui.document(&json!({
                    "answers": material.answers,
                    "calls": material.calls.len(),
                    "unreadable": material.unreadable,
                    "metrics": metrics.collect::<Vec<_>>(),
                }));
            }
            text::title(
                app,
                &format!("What was learned, and what the gate did with it{}", args.scope.shown()),
            );
            text::counted(app, &material, more);
            text::overview(app, &heads);
        }
    }
    Ok(())
}

/// A metric as programs read it.
pub(super) fn document(material: &Material, metric: &Metric, more: Value) -> Result<Value> {
    let internal = |error| CliError::new(Kind::Internal, "cannot write JSON").why(error);
    let mut document = serde_json::to_value(metric).map_err(internal)?;
    document["answers"] = json!(material.answers);
    document["calls"] = json!(material.calls.len());
    document["unreadable"] = json!(material.unreadable);
    for (key, value) in more.as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    Ok(document)
}

/// What became of calls needs no playing.
pub(super) fn of_calls(app: &App, found: Found, window: Window<'_>) -> (Material, bool) {
    let Found { entries, calls, unreadable, more, .. } = found;
    let material = Material::of_calls(entries, calls, window, learning::risk(&app.config.brain));
    (Material { unreadable, ..material }, more)
}

/// Plays the log once more, and measures how long a thought takes.
fn material(app: &App, found: Found, window: Window<'_>) -> Result<(Material, bool)> {
    let Found { entries, calls, unreadable, more, .. } = found;
    let mut material = Material::new(entries, calls, window, learning::risk(&app.config.brain));
    material.unreadable = unreadable;
    material.weeks = weeks(app);
    let home = app.env.state_dir()?;
    if let Ok(table) = learned::read(&home) {
        let last = material.entries.len().saturating_sub(MEASURED);
        material.thinking = material.entries[last..]
            .iter()
            .map(|entry| {
                let project = hash(&entry.project);
                let began = now();
                let thought = think(&table, &entry.features, project, false, None, app.now);
                let took = began.elapsed().as_nanos();
                // It is not left out because nobody wants it.
                std::hint::black_box(thought);
                u64::try_from(took).unwrap_or(u64::MAX)
            })
            .collect();
    }
    Ok((material, more))
}

#[expect(clippy::disallowed_methods, reason = "how long a thought takes is measured, and decides nothing")]
fn now() -> Instant {
    Instant::now()
}

/// When the last weeks began, the first first: on Mondays, in the person's zone.
fn weeks(app: &App) -> Vec<i64> {
    let Ok(now) = jiff::Timestamp::from_millisecond(app.now) else { return Vec::new() };
    let today = app.zone.to_datetime(now).date();
    let monday = i64::from(today.weekday().to_monday_zero_offset());
    let week = |back: i64| {
        let date = today.checked_sub((monday + 7 * back).days()).ok()?;
        when::midnight(date, &app.zone)
    };
    (0..WEEKS).rev().filter_map(week).collect()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn each_metric_can_be_named_and_so_can_those_of_the_published_tool() {
        for name in Name::ALL {
            assert!(Chosen::from_str(name.word(), false).is_ok_and(|chosen| chosen.0 == name));
        }
        for (word, name) in [
            ("evo", Name::Evolution),
            ("curve", Name::LearningCurve),
            ("acc", Name::Accuracy),
            ("rules", Name::Baseline),
            ("false-approve", Name::FalseAllow),
            ("fd", Name::FalseDeny),
            ("dist", Name::Distribution),
            ("novel-rate", Name::Novelty),
            ("cal", Name::Calibration),
            ("postmortem", Name::Incidents),
            ("ttc", Name::TimeToCorrect),
        ] {
            assert!(Chosen::from_str(word, false).is_ok_and(|chosen| chosen.0 == name), "{word}");
        }
        assert!(Chosen::from_str("nonsense", false).is_err());
    }
}
