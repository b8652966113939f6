use std::collections::BTreeSet;

use claudectl_gate::lattice::Level;
use proptest::collection::vec;
use proptest::prelude::*;

use super::figure::{Figure, Metric, Row};
use super::material::{Decided, Entry, Told, Window};
use super::*;
use crate::bound::Risk;
use crate::features::{Features, Group, Key};
use crate::label::Source;

const RISK: Risk = Risk { alpha: 0.05, delta: 0.02 };
const DAY: i64 = 24 * 60 * 60 * 1000;

/// An answer to one of a few calls.
fn entry(at: i64, what: u32, wanted: bool) -> Entry {
    let key = Key::from(what);
    Entry {
        made_at: at,
        told_at: at,
        session: "s".to_owned(),
        call: Some(format!("t{at}")),
        project: "/w".to_owned(),
        tool: "Bash".to_owned(),
        summary: format!("make {what} now"),
        source: Source::Prompt,
        wanted,
        features: Features {
            slots: vec![(what + 1) << 1],
            kind: key,
            shape: key,
            exact: key,
            parts: vec![key],
            family: Group::Shell,
            level: Level::Learnable,
            secret: 0,
        },
        told: Told::Nothing,
    }
}

fn call(at: i64, layer: &str, said: &str) -> Decided {
    Decided {
        at,
        session: "s".to_owned(),
        call: Some(format!("t{at}")),
        project: "/w".to_owned(),
        tool: "Bash".to_owned(),
        summary: "make".to_owned(),
        verdict: said.to_owned(),
        said: (said != "ask").then(|| said.to_owned()),
        layer: layer.to_owned(),
        learnable: layer == "learned",
        ..Decided::default()
    }
}

fn thought(p: f64, opinion: &str, why: Option<&str>) -> Told {
    let why = why.map_or(String::new(), |why| format!(r#""why":"{why}","#));
    let json = format!(
        r#"{{"p":{p},"low":0,"high":1,"allowed":1,"denied":0,"opinion":"{opinion}",{why}"model":"0","trials":9,"errors":0,"alpha":0.05,"delta":0.02}}"#
    );
    let told = Told::of(Some(&json));
    assert!(told.thought().is_some());
    told
}

fn material(entries: Vec<Entry>, calls: Vec<Decided>) -> Material {
    Material::new(entries, calls, Window::default(), RISK)
}

/// Somebody who wants the first of two calls, and never the second.
fn steady(times: i64) -> Vec<Entry> {
    (0..times).map(|at| entry(at * 1000, (at % 2) as u32, at % 2 == 0)).collect()
}

fn figure(metric: &Metric, name: &str) -> Figure {
    let found = metric.figures.iter().find(|figure| figure.name == name);
    *found.unwrap_or_else(|| panic!("no {name} in {metric:#?}"))
}

fn counted(metric: &Metric, name: &str) -> (u64, u64) {
    let figure = figure(metric, name);
    (figure.count.unwrap(), figure.of.unwrap())
}

fn rows<'a>(metric: &'a Metric, by: &str) -> &'a [Row] {
    &metric.parts.iter().find(|part| part.by == by).unwrap().rows
}

fn row<'a>(metric: &'a Metric, by: &str, label: &str) -> &'a Row {
    rows(metric, by).iter().find(|row| row.label == label).unwrap_or_else(|| panic!("{metric:#?}"))
}

#[test]
fn each_has_a_name_of_its_own() {
    let words: BTreeSet<&str> = Name::ALL.iter().map(|name| name.word()).collect();
    let abouts: BTreeSet<&str> = Name::ALL.iter().map(|name| name.about()).collect();
    assert_eq!((words.len(), abouts.len()), (Name::ALL.len(), Name::ALL.len()));
}

#[test]
fn of_nothing_nothing_is_made_up() {
    let empty = material(Vec::new(), Vec::new());
    for name in Name::ALL {
        let metric = name.of(&empty, 10);
        for figure in &metric.figures {
            let is_zero = figure.value.is_none_or(|value| value == 0.0 && figure.of.is_none());
            assert!(is_zero, "{}: {figure:?}", name.word());
        }
        assert!(metric.cases.is_empty() && !metric.unknown.is_empty(), "{}", name.word());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the log says, and whatever clocks do: no figure is none, or lies outside of its bounds.
    #[test]
    fn figures_are_numbers(
        answers in vec((any::<i64>(), 0_u32..4, any::<bool>(), 0_usize..Source::ALL.len(), any::<bool>()), 0..60),
        calls in vec((any::<i64>(), any::<i64>(), 0_usize..5, 0_usize..4, any::<bool>()), 0..40),
        since in any::<Option<i64>>(),
    ) {
        let entries = answers.into_iter().map(|(at, what, wanted, source, thought)| Entry {
            source: Source::ALL[source],
            told: if thought { Told::of(Some("{\"p\":1e999}")) } else { Told::Nothing },
            told_at: at.wrapping_mul(3),
            call: Some("t".to_owned()),
            ..entry(at, what, wanted)
        });
        let layers = ["learned", "effects", "rule", "error", "what a later version says"];
        let outcomes = [None, Some("ran"), Some("rejected"), Some("failed")];
        let calls = calls.into_iter().map(|(at, other, layer, outcome, silent)| Decided {
            call: Some("t".to_owned()),
            asked_at: Some(at),
            ended_at: Some(other),
            answered_at: silent.then_some(other),
            outcome: outcomes[outcome].map(str::to_owned),
            changed: silent,
            ..call(at, layers[layer], if silent { "allow" } else { "ask" })
        });
        let window = Window { since, project: None };
        let mut material = Material::new(entries.collect(), calls.collect(), window, RISK);
        material.weeks = (0..26).map(|week| week * 7 * DAY).collect();
        let costs = std::collections::HashMap::from([("s".to_owned(), 1.0)]);
        let others = [work::outcomes(&material, 5), work::approaches(&material, &costs, 5)];
        for metric in Name::ALL.into_iter().map(|name| name.of(&material, 5)).chain(others) {
            let of_rows = metric.parts.iter().flat_map(|part| &part.rows).flat_map(|row| &row.figures);
            for figure in metric.figures.iter().chain(of_rows) {
                let Figure { unit, value, low, high, .. } = *figure;
                prop_assert!([value, low, high].into_iter().flatten().all(f64::is_finite), "{figure:?}");
                if unit == figure::Unit::Share {
                    prop_assert!(value.is_none_or(|value| (0.0..=1.0).contains(&value)), "{figure:?}");
                    let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(1.0));
                    let inside = |value: f64| low - 1e-9 <= value && value <= high + 1e-9;
                    prop_assert!(value.is_none_or(inside), "{figure:?}");
                }
            }
        }
    }
}

#[test]
fn accuracy_is_by_what_was_wanted() {
    // The first answer of each is foretold at 0.5 and a bit, so as wanted: the second is wrong once.
    let accuracy = Name::Accuracy.of(&material(steady(40), Vec::new()), 10);
    assert_eq!(counted(&accuracy, "right"), (39, 40));
    assert_eq!(counted(&accuracy, "majority"), (20, 40));
    assert_eq!(row(&accuracy, "group", "shell").figures[0].count, Some(39));
    assert_eq!(row(&accuracy, "time", "second half").figures[0].count, Some(20));
    assert_eq!(figure(&accuracy, "right-then").value, None, "nothing was thought then");
    // A slip that was corrected is no error of the learner.
    let mut slipped = steady(40);
    slipped[38].wanted = false;
    let correction =
        Entry { source: Source::Correction, wanted: true, told_at: 99_000, ..slipped[38].clone() };
    let wrong = counted(&Name::Accuracy.of(&material(slipped.clone(), Vec::new()), 10), "right");
    slipped.push(correction);
    let right = counted(&Name::Accuracy.of(&material(slipped, Vec::new()), 10), "right");
    assert_eq!((wrong, right), ((38, 40), (39, 40)));
}

#[test]
fn only_what_was_asked_for_is_counted_but_all_of_it_teaches() {
    let window = Window { since: Some(20_000), project: Some("w") };
    let late = Material::new(
        steady(40),
        vec![call(1, "effects", "ask"), call(30_000, "effects", "ask")],
        window,
        RISK,
    );
    assert_eq!(counted(&Name::Accuracy.of(&late, 10), "right"), (20, 20));
    assert_eq!(late.calls.len(), 1);
    let other = Material::new(steady(40), Vec::new(), Window { project: Some("other"), ..window }, RISK);
    assert_eq!(counted(&Name::Accuracy.of(&other, 10), "right"), (0, 0));
}

#[test]
fn what_is_said_is_held_against_what_was_answered() {
    let calibration = Name::Calibration.of(&material(steady(200), Vec::new()), 10);
    let points = &calibration.curves[0].points;
    assert_eq!(points.iter().map(|point| point.of).sum::<u64>(), 200);
    let (first, last) = (points.first().unwrap(), points.last().unwrap());
    assert!(
        first.x < 0.1 && first.value == Some(0.0) && last.x > 0.9 && last.value == Some(1.0),
        "{points:?}"
    );
    assert!(figure(&calibration, "ece").value.is_some_and(|ece| ece < 0.02));
    let few = Name::Calibration.of(&material(steady(49), Vec::new()), 10);
    assert_eq!(figure(&few, "ece").value, None, "too few to say");
}

#[test]
fn it_gets_better_with_answers() {
    let curve = Name::LearningCurve.of(&material(steady(400), Vec::new()), 10);
    let value = |name| figure(&curve, name).value.unwrap();
    assert!(value("log-loss-last") < value("log-loss-first"), "{curve:?}");
    assert_eq!(counted(&curve, "asked-first"), (80, 80), "nothing is proven yet");
    assert_eq!(counted(&curve, "asked-last"), (0, 80));
    let losses = &curve.curves[0].points;
    assert_eq!((losses.len(), losses[0].of, losses[0].x, losses[19].x), (20, 20, 20.0, 400.0));
    // 25 answers are two parts, and five that would be too few for one of their own.
    let short = Name::LearningCurve.of(&material(steady(25), Vec::new()), 10);
    let sizes: Vec<u64> = short.curves[0].points.iter().map(|point| point.of).collect();
    assert_eq!(sizes, [10, 15]);
}

#[test]
fn simpler_ways_stand_beside_it() {
    let baseline = Name::Baseline.of(&material(steady(400), Vec::new()), 1);
    let ways: Vec<&str> = rows(&baseline, "way").iter().map(|row| row.label.as_str()).collect();
    assert_eq!(
        ways,
        [
            "learner",
            "ask_always",
            "frequency",
            "majority",
            "published",
            "published_hook",
            "published_repaired"
        ]
    );
    let asks = row(&baseline, "way", "ask_always");
    assert!((asks.figures[0].value.unwrap() - 2.0_f64.ln()).abs() < 1e-12);
    assert_eq!(asks.figures[2].count, Some(0));
    let majority = row(&baseline, "way", "majority");
    assert!(majority.figures[0].value > row(&baseline, "way", "learner").figures[0].value);
    let [often] = rows(&baseline, "call") else { panic!("{baseline:?}") };
    let counts: Vec<Option<f64>> = often.figures.iter().map(|figure| figure.value).collect();
    assert_eq!(counts, [Some(200.0), Some(200.0), Some(0.0)]);
}

#[test]
fn what_it_would_allow_is_wrong_where_it_was_not_wanted() {
    let mut log = steady(400);
    log[398].wanted = false;
    log[396] = Entry { source: Source::Audit, told: thought(0.99, "ask", Some("audit")), ..log[396].clone() };
    let mut silent = call(400_000, "learned", "allow");
    silent.learnable = true;
    let correction =
        Entry { source: Source::Correction, told_at: 460_000, wanted: false, ..entry(400_000, 0, false) };
    log.push(correction);
    let withheld = Decided { said: None, ..call(500_000, "learned", "allow") };
    let denied = call(600_000, "learned", "deny");
    let material = material(log, vec![silent, withheld, denied]);
    let wrong = Name::FalseAllow.of(&material, 10);
    let (errors, proven) = counted(&wrong, "wrong");
    assert_eq!(errors, 1);
    assert!(proven > 50 && proven < 200, "{proven} of 200 after it was proven");
    assert_eq!(counted(&wrong, "audits-wrong"), (0, 1));
    assert_eq!(counted(&wrong, "corrected"), (1, 1));
    assert_eq!(
        (wrong.cases.len(), wrong.cases[0].what, wrong.cases[0].at),
        (1, "would-allow", Some(398_000))
    );
    let bets = row(&wrong, "group", "shell");
    assert_eq!(bets.figures[0].count, Some(1));
    assert_eq!(bets.figures[2].value, Some(0.05));
    let denies = Name::FalseDeny.of(&material, 10);
    assert_eq!((counted(&denies, "wrong").0, counted(&denies, "corrected")), (0, (0, 1)));
}

#[test]
fn what_is_answered_and_why_the_rest_asks() {
    let learnable = |at: i64, told: Told| Decided { learnable: true, told, ..call(at, "effects", "ask") };
    let calls = vec![
        call(1, "learned", "allow"),
        call(2, "learned", "deny"),
        learnable(3, thought(0.6, "ask", Some("unsure"))),
        learnable(4, thought(0.99, "allow", None)),
        learnable(5, Told::of(Some("{\"p\":0.9"))),
        learnable(6, Told::of(Some("{\"version\":7}"))),
        learnable(7, Told::Nothing),
        call(8, "rule", "allow"),
        call(9, "error", "ask"),
    ];
    let coverage = Name::Coverage.of(&material(Vec::new(), calls), 10);
    assert_eq!(counted(&coverage, "answered"), (2, 7));
    assert_eq!(counted(&coverage, "would-answer"), (3, 7));
    assert_eq!(counted(&coverage, "asked"), (5, 8), "one was not judged");
    let why: Vec<(&str, u64)> = rows(&coverage, "why")
        .iter()
        .map(|row| (row.label.as_str(), row.figures[0].count.unwrap()))
        .collect();
    assert_eq!(why, [("answered", 2), ("unreadable", 2), ("mode", 1), ("nothing-learned", 1), ("unsure", 1)]);
}

#[test]
fn prompts_that_were_spared_are_worth_the_time_that_others_took() {
    let prompt = |at: i64, wait: i64| Decided {
        outcome: Some("rejected".to_owned()),
        asked_at: Some(at),
        ended_at: Some(at + wait),
        ..call(at, "effects", "ask")
    };
    let mut calls: Vec<Decided> = (1..=5).map(|at| prompt(at, at * 1_000)).collect();
    calls.extend((10..14).map(|at| call(at, "learned", "allow")));
    // It ran when it was allowed, and for how long it did is not told.
    let ran = Decided {
        outcome: Some("ran".to_owned()),
        asked_at: Some(20),
        ended_at: Some(90_000),
        ..call(20, "effects", "ask")
    };
    let edited = Decided {
        tool: "Edit".to_owned(),
        by: Some("user_temporary".to_owned()),
        ended_at: Some(3_020),
        ..ran.clone()
    };
    let elsewhere = Decided { answered_at: Some(3_020), ..ran.clone() };
    assert_eq!([&ran, &edited, &elsewhere].map(Decided::waited), [None, Some(3_000), Some(3_000)]);
    calls.push(ran);
    let impact = Name::Impact.of(&material(Vec::new(), calls), 10);
    assert_eq!(counted(&impact, "spared"), (4, 4));
    assert_eq!(figure(&impact, "wait").value, Some(3_000.0));
    let time = figure(&impact, "time-spared");
    assert_eq!([time.value, time.low, time.high], [Some(12_000.0), Some(8_000.0), Some(16_000.0)]);
    let no_waits = Name::Impact.of(&material(Vec::new(), vec![call(1, "learned", "allow")]), 10);
    assert_eq!(figure(&no_waits, "time-spared").value, None, "nobody knows how long you would have waited");
}

#[test]
fn what_went_wrong_is_listed_the_latest_first() {
    let corrected = |at: i64, wanted: bool| Entry {
        source: Source::Correction,
        told_at: at + 60_000,
        ..entry(at, 0, wanted)
    };
    let taken_back = Entry { source: Source::Reverted, ..entry(5, 0, false) };
    let audited = entry(6, 0, false);
    let log = vec![corrected(1, false), corrected(2, true), corrected(3, true), taken_back, audited];
    let calls = vec![
        call(1, "learned", "allow"),
        call(2, "learned", "deny"),
        call(3, "learned", "allow"),
        Decided { changed: true, ..call(4, "rule", "allow") },
        call(5, "learned", "allow"),
        Decided { told: thought(0.99, "ask", Some("audit")), ..call(6, "effects", "ask") },
        Decided { outcome: Some("ran".to_owned()), ..call(7, "effects", "deny") },
        call(8, "error", "ask"),
    ];
    let incidents = Name::Incidents.of(&material(log, calls), 10);
    let counts: Vec<(&str, f64)> =
        incidents.figures.iter().map(|figure| (figure.name, figure.value.unwrap())).collect();
    let names =
        ["wrong-allows", "wrong-denies", "audits-wrong", "changed", "denied-ran", "taken-back", "not-judged"];
    assert_eq!(counts, names.map(|name| (name, 1.0)), "the third was right");
    let whats: Vec<&str> = incidents.cases.iter().map(|case| case.what).collect();
    assert_eq!(
        whats,
        ["not-judged", "denied-ran", "audit-wrong", "taken-back", "changed", "wrong-deny", "wrong-allow"]
    );
    assert_eq!(incidents.cases[6].after_ms, Some(60_000));
    let ttc =
        Name::TimeToCorrect.of(&material(vec![corrected(1, false)], vec![call(1, "learned", "allow")]), 10);
    assert_eq!((figure(&ttc, "corrected").value, counted(&ttc, "quick")), (Some(60_000.0), (1, 1)));
    assert_eq!(figure(&ttc, "denies-corrected").value, None);
}

#[test]
fn what_nobody_has_answered_for_is_new() {
    let log: Vec<Entry> =
        (0..20).map(|at| entry(at, (at % 4) as u32, true)).chain([entry(99, 77, true)]).collect();
    let novelty = Name::Novelty.of(&material(log, Vec::new()), 10);
    assert_eq!(counted(&novelty, "new"), (5, 21));
    assert_eq!(counted(&novelty, "kinds-first-seen"), (5, 21));
    assert_eq!(counted(&novelty, "next-is-new"), (1, 21), "one kind was answered once");
    assert_eq!(figure(&novelty, "kinds").value, Some(5.0));
}

#[test]
fn a_change_of_mind_is_seen_where_it_was() {
    // Before anything is proven, it is seen by how badly answers were foretold.
    let log = (0..80).map(|at| entry(at * 1000, (at % 10) as u32, at < 60)).collect();
    let drift = Name::Drift.of(&material(log, Vec::new()), 10);
    assert!(
        figure(&drift, "changes").value >= Some(1.0) && figure(&drift, "wary").value == Some(1.0),
        "{drift:?}"
    );
    let own = row(&drift, "project", "/w");
    let last = own.figures.iter().find(|figure| figure.name == "last-change").unwrap().value.unwrap();
    assert!((60_000.0..80_000.0).contains(&last), "{last}");
    // After that, a single answer takes the proof away.
    let log = (0..430).map(|at| entry(at * 1000, (at % 10) as u32, at < 400)).collect();
    let drift = Name::Drift.of(&material(log, Vec::new()), 10);
    assert_eq!(figure(&drift, "proofs-lost").value, Some(1.0));
    assert_eq!(figure(&drift, "last-lost").value, Some(400_000.0));
    let calm = Name::Drift.of(&material(steady(200), Vec::new()), 10);
    let none = ["changes", "wary", "proofs-lost"].map(|name| figure(&calm, name).value);
    assert_eq!((none, figure(&calm, "last-lost").value), ([Some(0.0); 3], None));
}

#[test]
fn tiers_are_how_far_the_gate_lets_calls_go() {
    let calls = vec![
        Decided { outcome: Some("failed".to_owned()), ..call(1, "effects", "allow") },
        Decided { outcome: Some("ran".to_owned()), ..call(2, "effects", "allow") },
        call(3, "effects", "ask"),
        call(4, "effects", "deny"),
        call(5, "rule", "allow"),
        Decided { learnable: true, ..call(6, "effects", "ask") },
    ];
    let tiers = Name::Tiers.of(&material(vec![entry(6, 0, true)], calls), 10);
    let labels: Vec<&str> = rows(&tiers, "tier").iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["harmless", "always-asks", "by-rule", "learnable", "refused"]);
    let figures = |label: &str, at: usize| {
        let figure = row(&tiers, "tier", label).figures[at];
        (figure.count.unwrap(), figure.of.unwrap())
    };
    assert_eq!([figures("harmless", 0), figures("harmless", 5)], [(2, 6), (1, 2)]);
    assert_eq!([figures("learnable", 2), figures("learnable", 4)], [(1, 1), (1, 1)]);
    assert_eq!(counted(&tiers, "refused-ran"), (0, 1));
}

#[test]
fn thoughts_take_as_long_as_was_measured() {
    let mut material = material(Vec::new(), Vec::new());
    material.thinking = (1..=100).map(|at| at * 1_000).collect();
    let latency = Name::Latency.of(&material, 10);
    assert_eq!(figure(&latency, "thought").value, Some(50.0));
    assert_eq!(figure(&latency, "thought-p99").value, Some(99.0));
    assert_eq!(figure(&latency, "wait").value, None);
}

#[test]
fn weeks_without_anything_before_the_first_are_left_out() {
    let log: Vec<Entry> = (0..30).map(|at| entry(14 * DAY + at, 0, true)).collect();
    let mut material = material(log, vec![call(22 * DAY, "effects", "ask")]);
    material.weeks = (0..5).map(|week| week * 7 * DAY).collect();
    let evolution = Name::Evolution.of(&material, 10);
    let weeks = rows(&evolution, "week");
    let answers: Vec<Option<f64>> = weeks.iter().map(|row| row.figures[0].value).collect();
    assert_eq!(answers, [Some(30.0), Some(0.0), Some(0.0)]);
    assert_eq!(weeks[0].label, "1970-01-15T00:00:00.000Z");
    assert_eq!(weeks[1].figures[1].value, None, "no answer, no share");
    assert_eq!(weeks[1].figures[4].count, Some(1));
    assert_eq!(evolution.curves[0].points.len(), 3);
}

#[test]
fn what_there_is_how_much_of() {
    let log = vec![entry(1, 0, true), entry(2, 0, true), entry(3, 1, false)];
    let calls = vec![call(1, "effects", "ask"), call(2, "learned", "allow")];
    let distribution = Name::Distribution.of(&material(log, calls), 10);
    assert_eq!(row(&distribution, "answer", "prompt wanted").figures[0].count, Some(2));
    assert_eq!(row(&distribution, "gate", "learned allow").figures[0].of, Some(2));
    assert_eq!(row(&distribution, "outcome", "unknown").figures[0].count, Some(2));
}
