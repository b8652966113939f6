//! The figures that the learner has to reach, next to simpler ways of doing it, on people who are made up.

use std::collections::BTreeMap;

use claudectl_brain::bound::Risk;
use claudectl_brain::evaluate::metrics::Figures;
use claudectl_brain::evaluate::person::{self, Kind};
use claudectl_brain::evaluate::run::{RISK, Report, evaluate};

const CALLS: usize = 10_000;
const SEEDS: [u64; 3] = [1, 2, 3];

/// The report of each stream of a kind.
fn reports(kind: Kind, risk: Risk) -> Vec<Report> {
    SEEDS.map(|seed| evaluate(&person::stream(kind, seed, CALLS), risk).report()).to_vec()
}

/// What holds of everybody.
fn assert_sound(kind: Kind, report: &Report) {
    let ours = &report.learner;
    for (name, theirs) in &report.baselines {
        assert!(ours.log_loss < theirs.log_loss, "{kind:?}, {name}: {} {}", ours.log_loss, theirs.log_loss);
        assert!(ours.brier < theirs.brier, "{kind:?}, {name}: {} {}", ours.brier, theirs.brier);
    }
    assert!(ours.ece < 0.03, "{kind:?}: {}", ours.ece);
    for figures in [ours, &report.gated] {
        let Figures { auto_allowed, auto_denied, false_allows, false_denies, critical_allowed, .. } =
            *figures;
        let most = |own: u64| (own as f64 * RISK.alpha) as u64;
        assert!(false_allows <= most(auto_allowed), "{kind:?}: {false_allows} of {auto_allowed}");
        assert!(false_denies <= most(auto_denied), "{kind:?}: {false_denies} of {auto_denied}");
        assert_eq!(critical_allowed, 0);
    }
}

#[test]
fn it_is_better_than_simpler_ways_and_wrong_more_seldom_than_agreed() {
    for kind in Kind::ALL {
        for report in reports(kind, RISK) {
            assert_sound(kind, &report);
            let ours = &report.learner;
            assert_eq!(ours.calls, CALLS as u64);
            match kind {
                Kind::Stationary => {
                    assert!(ours.labels_to_half.is_some_and(|labels| labels <= 250), "{ours:?}")
                }
                Kind::Drift | Kind::Contrary => {
                    assert!(ours.labels_to_half.is_some_and(|labels| labels <= 400), "{ours:?}");
                }
                // They slip as often as may be wrong: nothing can be proven.
                Kind::Noisy => {
                    assert_eq!((ours.auto_allowed, ours.auto_denied, ours.labels_to_half), (0, 0, None))
                }
            }
            let asks = ours.asks_per_100 / 100.0 + ours.auto_answered;
            assert!((asks - 1.0).abs() < 1e-12);
            assert!((report.baselines["ask_always"].asks_per_100 - 100.0).abs() < 1e-12);
        }
    }
}

#[test]
fn who_accepts_less_risk_answers_more() {
    let risk = Risk { alpha: 0.01, ..RISK };
    for report in reports(Kind::Stationary, risk) {
        let ours = &report.learner;
        assert!(ours.labels_to_half.is_some_and(|labels| (300..=1_500).contains(&labels)), "{ours:?}");
        assert!(ours.false_allows * 100 <= ours.auto_allowed);
    }
}

#[test]
fn the_same_streams_make_the_same_report() {
    let rows = person::stream(Kind::Drift, 9, 2_000);
    let json =
        |tallies: &claudectl_brain::evaluate::run::Tallies| serde_json::to_value(tallies.report()).unwrap();
    let once = evaluate(&rows, RISK);
    assert_eq!(json(&once), json(&evaluate(&rows, RISK)));
    let report = json(&once);
    let keys =
        ["log_loss", "brier", "ece", "auto_answered", "false_allows", "labels_to_half", "asks_per_100"];
    for name in ["majority", "frequency", "published", "ask_always"] {
        for key in keys {
            assert!(
                report["learner"].get(key).is_some() && report["baselines"][name].get(key).is_some(),
                "{key}"
            );
        }
    }
    // Several streams: counts are sums, means are of all calls, and the slowest to learn is told.
    let mut both = evaluate(&person::stream(Kind::Stationary, 9, 2_000), RISK);
    let first = both.report();
    both.add(&once);
    let (all, second) = (both.report(), once.report());
    assert_eq!(all.learner.calls, 4_000);
    let mean = f64::midpoint(first.learner.log_loss, second.learner.log_loss);
    assert!((all.learner.log_loss - mean).abs() < 1e-9);
    assert_eq!(all.learner.labels_to_half, first.learner.labels_to_half.max(second.learner.labels_to_half));
    let names: BTreeMap<_, _> = all.baselines.iter().map(|(name, figures)| (*name, figures.calls)).collect();
    assert!(names.len() == 6 && names.values().all(|calls| *calls == 4_000), "{names:?}");
}
