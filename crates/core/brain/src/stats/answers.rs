//! Metrics of answers: each was foretold by those before it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::figure::{Curve, FEWEST, Figure, Metric, Part, Point, Row, Unit};
use super::material::{Entry, Foretold, Material};
use crate::evaluate::baselines::Plain;
use crate::evaluate::metrics::{Figures, Scored, brier, ece, log_loss};
use crate::evaluate::run::{Call, evaluate_calls};
use crate::evaluate::streams;
use crate::features::{Group, hash};
use crate::label::Source;
use crate::model::{Known as _, Opinion};

/// A curve has so many places at most.
const PLACES: usize = 20;
/// Probabilities are taken together in so many bins.
const BINS: usize = 10;
/// Of fewer answers, nothing is said of how far what it says holds.
const FEWEST_HELD: usize = 50;
/// So many of the last answers are looked at for what has changed.
const LATELY: usize = 50;

type Trials<'a> = Vec<&'a Foretold>;

fn right(name: &'static str, scored: &[Scored]) -> Figure {
    let right = scored.iter().filter(|one| (one.p >= 0.5) == one.wanted).count();
    Figure::share(name, right, scored.len())
}

/// Answers in as many parts of the same size as there are places, none with fewer than makes a mean.
pub(super) fn windows<T>(all: &[T]) -> impl Iterator<Item = &[T]> {
    let size = all.len().div_ceil(PLACES).max(FEWEST);
    let whole = (all.len() / size).max(1);
    // What is left at the end belongs to the last one: of few answers nothing could be said.
    (0..whole)
        .map(move |at| if at + 1 == whole { &all[at * size..] } else { &all[at * size..(at + 1) * size] })
}

/// By something, what there is most of first.
pub(super) fn by<'a, T: 'a, K: Ord + Clone>(
    all: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&T) -> K,
) -> Vec<(K, Vec<&'a T>)> {
    let mut parts: BTreeMap<K, Vec<&T>> = BTreeMap::new();
    for one in all {
        parts.entry(key(one)).or_default().push(one);
    }
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|(_, own)| std::cmp::Reverse(own.len()));
    parts
}

fn is_asked(one: &Foretold) -> bool {
    matches!(one.opinion, Opinion::Ask(_))
}

fn asks(name: &'static str, all: &[&Foretold]) -> Figure {
    Figure::share(name, all.iter().filter(|one| is_asked(one)).count(), all.len())
}

pub(super) fn learning_curve(material: &Material) -> Metric {
    let trials = material.trials();
    let (mut losses, mut asked, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let mut until = 0;
    for window in windows(&trials).filter(|window| !window.is_empty()) {
        until += window.len();
        let scored = material.scored(window.iter().copied());
        let at = window.first().map(|one| material.entry(one).made_at);
        let point = |figure: &Figure| Point::new(until as f64, at, figure);
        losses.push(point(&Figure::loss("log-loss", log_loss(&scored), scored.len())));
        asked.push(point(&asks("asked", window)));
        let errors = scored.iter().filter(|one| (one.p >= 0.5) != one.wanted).count();
        wrong.push(point(&Figure::share("wrong", errors, scored.len())));
    }
    let fifth = trials.len() / 5;
    let first = material.scored(trials[..fifth].iter().copied());
    let last = material.scored(trials[trials.len() - fifth..].iter().copied());
    Metric {
        figures: vec![
            Figure::loss("log-loss-last", log_loss(&last), last.len()),
            Figure::loss("log-loss-first", log_loss(&first), first.len()),
            asks("asked-last", &trials[trials.len() - fifth..]),
            asks("asked-first", &trials[..fifth]),
        ],
        curves: vec![
            Curve { name: "log-loss", unit: Unit::Loss, points: losses },
            Curve { name: "asked", unit: Unit::Share, points: asked },
            Curve { name: "wrong", unit: Unit::Share, points: wrong },
        ],
        unknown: vec![
            "Only calls that you were asked about have an answer: what ran without a question is not among them.".to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn accuracy(material: &Material, top: usize) -> Metric {
    let trials = material.trials();
    let scored = material.scored(trials.iter().copied());
    let wanted = scored.iter().filter(|one| one.wanted).count();
    let thought = thoughts(material);
    let row = |label: String, own: &[&Foretold]| {
        let scored = material.scored(own.iter().copied());
        Row {
            label,
            figures: vec![
                right("right", &scored),
                Figure::loss("log-loss", log_loss(&scored), scored.len()),
                Figure::share("wanted", scored.iter().filter(|one| one.wanted).count(), scored.len()),
            ],
        }
    };
    let part = |name: &'static str, key: &dyn Fn(&Foretold) -> String| Part {
        by: name,
        rows: by(trials.iter().copied(), key)
            .into_iter()
            .take(top)
            .map(|(label, own)| row(label, &own))
            .collect(),
    };
    let (first, last) = trials.split_at(trials.len() / 2);
    let halves = if first.is_empty() {
        Vec::new()
    } else {
        vec![row("first half".to_owned(), first), row("second half".to_owned(), last)]
    };
    Metric {
        figures: vec![
            right("right", &scored),
            Figure::loss("log-loss", log_loss(&scored), scored.len()),
            Figure::loss("brier", brier(&scored), scored.len()),
            Figure::share("majority", wanted.max(scored.len() - wanted), scored.len()),
            right("right-then", &thought),
        ],
        parts: vec![
            part("group", &|one| material.entry(one).features.family.word().to_owned()),
            part("tool", &|one| material.entry(one).tool.clone()),
            part("project", &|one| material.entry(one).project.clone()),
            part("source", &|one| material.entry(one).source.word().to_owned()),
            Part { by: "time", rows: halves },
        ],
        unknown: vec![
            "Only calls that you were asked about have an answer; those you were not may be easier."
                .to_owned(),
        ],
        ..Metric::default()
    }
}

/// What was thought of calls when they were made, where that was kept and can be read.
fn thoughts(material: &Material) -> Vec<Scored> {
    let kept = material.foretold.iter().filter(|one| one.is_trial);
    let score = |one: &Foretold| {
        let entry = material.entry(one);
        let p = entry.told.thought()?.p;
        (0.0..=1.0).contains(&p).then_some(Scored { p, answer: entry.wanted, wanted: one.wanted })
    };
    kept.filter_map(score).collect()
}

/// How likely an audited call was thought to be wanted when it was made.
pub(super) fn said_then(material: &Material, one: &Foretold) -> f64 {
    material.entry(one).told.thought().map_or(one.p, |thought| thought.p)
}

pub(super) fn calibration(material: &Material) -> Metric {
    let scored = material.scored(material.trials());
    let thought = thoughts(material);
    let held = |name: &'static str, scored: &[Scored]| {
        let value = if scored.len() < FEWEST_HELD { f64::NAN } else { ece(scored) };
        Figure::loss(name, value, scored.len())
    };
    let mut bins: [Vec<Scored>; BINS] = Default::default();
    for one in &scored {
        bins[((one.p * BINS as f64) as usize).min(BINS - 1)].push(*one);
    }
    let bins: Vec<Point> = bins
        .iter()
        .filter(|bin| !bin.is_empty())
        .map(|bin| {
            let said = bin.iter().map(|one| one.p).sum::<f64>() / bin.len() as f64;
            let answered = bin.iter().filter(|one| one.answer).count();
            Point::new(said, None, &Figure::share("wanted", answered, bin.len()))
        })
        .collect();
    let is_off = |point: &&Point| {
        let Point { x, low: Some(low), high: Some(high), .. } = **point else { return false };
        x < low || x > high
    };
    Metric {
        figures: vec![
            held("ece", &scored),
            Figure::share("bins-off", bins.iter().filter(is_off).count(), bins.len()),
            Figure::loss("brier", brier(&scored), scored.len()),
            held("ece-then", &thought),
        ],
        curves: vec![Curve { name: "reliability", unit: Unit::Share, points: bins }],
        unknown: vec![
            "A bin with few answers may lie anywhere between its bounds; by chance one in twenty lies outside of them.".to_owned(),
        ],
        ..Metric::default()
    }
}

/// A call of the log, as it is played.
fn row_of(entry: &Entry, wanted: bool) -> streams::Row {
    streams::Row {
        at: entry.made_at,
        session: entry.session.clone(),
        root: entry.project.clone(),
        tool: entry.tool.clone(),
        input: serde_json::Value::Null,
        wanted,
        answer: entry.wanted,
        critical: false,
    }
}

fn plain(entry: &Entry) -> Plain {
    let two: Vec<&str> = entry.summary.split_whitespace().take(2).collect();
    Plain {
        project: hash(&entry.project),
        exact: entry.features.exact,
        tool: hash(&entry.tool),
        two_words: hash(&two.join(" ")),
    }
}

pub(super) fn baseline(material: &Material, top: usize) -> Metric {
    let trials = material.trials();
    let rows: Vec<streams::Row> = trials.iter().map(|one| row_of(material.entry(one), one.wanted)).collect();
    let calls: Vec<Call<'_>> = trials
        .iter()
        .zip(&rows)
        .map(|(one, row)| {
            let entry = material.entry(one);
            let (features, plain) = (Rc::new(entry.features.clone()), Rc::new(plain(entry)));
            Call { row, features, plain, source: entry.source }
        })
        .collect();
    let report = evaluate_calls(&calls, material.model.risk()).report();
    let ways = std::iter::once(("learner", &report.learner))
        .chain(report.baselines.iter().map(|(name, figures)| (*name, figures)));
    let ways: Vec<(&str, &Figures)> = ways.collect();
    let row = |(name, figures): &(&str, &Figures)| {
        let (allowed, denied) = (figures.auto_allowed as usize, figures.auto_denied as usize);
        Row {
            label: (*name).to_owned(),
            figures: vec![
                Figure::loss("log-loss", figures.log_loss, trials.len()),
                Figure::loss("brier", figures.brier, trials.len()),
                Figure::share("own", allowed + denied, figures.calls as usize),
                Figure::share("wrong-allows", figures.false_allows as usize, allowed),
                Figure::share("wrong-denies", figures.false_denies as usize, denied),
            ],
        }
    };
    let others = ways.iter().skip(1).map(|(_, figures)| figures.log_loss);
    let best = others.fold(f64::INFINITY, f64::min);
    let mut often = by(trials.iter().copied(), |one| material.entry(one).features.exact);
    often.truncate(top);
    let often = often.into_iter().map(|(_, own)| {
        let allowed = own.iter().filter(|one| material.entry(one).wanted).count();
        let label = own.last().map(|one| material.entry(one).summary.clone()).unwrap_or_default();
        Row {
            label,
            figures: vec![
                Figure::count("answers", own.len()),
                Figure::count("allowed", allowed),
                Figure::count("denied", own.len() - allowed),
            ],
        }
    });
    Metric {
        figures: vec![
            Figure::loss("log-loss", report.learner.log_loss, trials.len()),
            Figure::loss("best-other", best, trials.len()),
        ],
        parts: vec![
            Part { by: "way", rows: if trials.is_empty() { Vec::new() } else { ways.iter().map(row).collect() } },
            Part { by: "call", rows: often.collect() },
        ],
        unknown: vec![
            "All ways see the same: answers to prompts, those of a call in one project as one, and what stands in its line for its first two words. Corrections are nobody's.".to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn wrong(material: &Material, allows: bool, top: usize) -> Metric {
    let trials = material.trials();
    let would: Trials<'_> = trials.iter().copied().filter(|one| one.would == Some(allows)).collect();
    let opinion = if allows { Opinion::Allow } else { Opinion::Deny };
    let proven: Trials<'_> = trials.iter().copied().filter(|one| one.opinion == opinion).collect();
    let is_wrong = |one: &&&Foretold| one.wanted != allows;
    let share = |name: &'static str, all: &[&Foretold]| {
        Figure::share(name, all.iter().filter(is_wrong).count(), all.len())
    };
    let word = if allows { "allow" } else { "deny" };
    let silent: Vec<_> =
        material.calls.iter().filter(|call| call.is_silent() && call.said.as_deref() == Some(word)).collect();
    let corrected = silent.iter().filter(|call| {
        material.wish(call).is_some_and(|wish| wish.corrected_after.is_some() && wish.wanted != allows)
    });
    let corrected = corrected.count();
    // An audit is a sample of silent answers that is as good as random: by it, and not by who corrects something, it is known
    // how often they are wrong.
    let audits: Trials<'_> = trials
        .iter()
        .copied()
        .filter(|one| material.entry(one).source == Source::Audit)
        .filter(|one| (said_then(material, one) >= 0.5) == allows)
        .collect();
    let bets = material.model.bets(allows);
    let risk = material.model.risk();
    let group = |at: usize| {
        let (bet, name) = (&bets[at], Group::ALL.get(at).map_or("all", |group| group.word()));
        Row {
            label: name.to_owned(),
            figures: vec![
                Figure::share("errors", bet.errors as usize, bet.trials as usize),
                Figure::worked_out("proven", Unit::Share, Some(bet.share(risk)), bet.trials as usize),
                Figure::worked_out("limit", Unit::Share, Some(risk.alpha), bet.trials as usize),
            ],
        }
    };
    let mut worst: Trials<'_> = would.iter().copied().filter(|one| one.wanted != allows).collect();
    worst.sort_by(|a, b| if allows { b.p.total_cmp(&a.p) } else { a.p.total_cmp(&b.p) });
    let what = if allows { "would-allow" } else { "would-deny" };
    let cases = worst.into_iter().take(top).map(|one| material.case(one, what)).collect();
    Metric {
        figures: vec![
            share("wrong", &proven),
            share("wrong-unproven", &would),
            share("audits-wrong", &audits),
            Figure::share("corrected", corrected, silent.len()),
        ],
        parts: vec![Part {
            by: "group",
            rows: (0..bets.len()).filter(|at| bets[*at].trials > 0).map(group).collect(),
        }],
        cases,
        unknown: vec![
            "What was answered without asking you has no answer of yours: one in fifty asks all the same (audits), and the rest counts as right until you correct it.".to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn novelty(material: &Material) -> Metric {
    let trials = material.trials();
    let share = |name: &'static str, all: &[&Foretold]| {
        Figure::share(name, all.iter().filter(|one| one.is_new).count(), all.len())
    };
    let kinds = by(trials.iter().copied(), |one| material.entry(one).features.kind);
    let once = kinds.iter().filter(|(_, own)| own.len() == 1).count();
    let mut until = 0;
    let points = windows(&trials).filter(|window| !window.is_empty()).map(|window| {
        until += window.len();
        let at = window.first().map(|one| material.entry(one).made_at);
        Point::new(until as f64, at, &share("new", window))
    });
    let points = points.collect();
    let fifth = trials.len() / 5;
    Metric {
        figures: vec![
            share("new-last", &trials[trials.len() - fifth..]),
            share("new", &trials),
            Figure::count("kinds", kinds.len()),
            Figure::share("kinds-first-seen", trials.iter().filter(|one| one.is_new_kind).count(), trials.len()),
            Figure::share("next-is-new", once, trials.len()),
        ],
        curves: vec![Curve { name: "new", unit: Unit::Share, points }],
        unknown: vec![
            "`next-is-new` is Good and Turing's guess: as likely as an answer to a kind that was answered once. It holds as long as you go on as before.".to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn drift(material: &Material, top: usize) -> Metric {
    let trials = material.trials();
    let loss = |name: &'static str, all: &[&Foretold]| {
        let scored = material.scored(all.iter().copied());
        Figure::loss(name, log_loss(&scored), scored.len())
    };
    let (before, last) = trials.split_at(trials.len().saturating_sub(LATELY));
    let is_wary = |project: &str| material.model.is_wary(hash(project));
    let projects: BTreeSet<&str> =
        material.foretold.iter().map(|one| material.entry(one).project.as_str()).collect();
    let row = |(project, own): (String, Vec<&Foretold>)| {
        let changes = own.iter().filter(|one| one.is_change);
        let (before, last) = own.split_at(own.len().saturating_sub(LATELY));
        Row {
            figures: vec![
                Figure::count("answers", own.len()),
                Figure::count("changes", changes.clone().count()),
                Figure::moment("last-change", changes.map(|one| material.entry(one).made_at).next_back()),
                Figure::count("wary", usize::from(is_wary(&project))),
                loss("log-loss-before", before),
                loss("log-loss-last", last),
            ],
            label: project,
        }
    };
    let rows = by(trials.iter().copied(), |one| material.entry(one).project.clone());
    let doubts = trials.iter().filter(|one| one.is_doubt);
    Metric {
        figures: vec![
            Figure::count("changes", trials.iter().filter(|one| one.is_change).count()),
            Figure::count("wary", projects.iter().filter(|project| is_wary(project)).count()),
            Figure::count("proofs-lost", doubts.clone().count()),
            Figure::moment("last-lost", doubts.map(|one| material.entry(one).made_at).next_back()),
            loss("log-loss-last", last),
            loss("log-loss-before", before),
        ],
        parts: vec![Part { by: "project", rows: rows.into_iter().take(top).map(row).collect() }],
        unknown: vec![
            "A change is only seen where answers were foretold with confidence and turned out other, some two or three times in a row; once something is proven, one such answer takes the proof away, and everything answered before asks once more.".to_owned(),
        ],
        ..Metric::default()
    }
}
