//! Metrics of calls: what the gate did about each, and what became of it.

use super::answers::{by, said_then};
use super::figure::{Curve, Figure, Metric, Part, Point, Row, Unit};
use super::material::{Decided, Did, Foretold, Material, Told};
use crate::evaluate::metrics::log_loss;
use crate::label::Source;

/// An answer within this is a quick one.
const QUICK_MS: i64 = 10 * 60 * 1000;
/// So many weeks are told of.
const WEEKS: usize = 26;

const RETAINED: &str = "Calls are known as long as hook calls are kept ([retention] events_days).";

fn share(name: &'static str, all: &[&Decided], is: impl Fn(&Decided) -> bool) -> Figure {
    Figure::share(name, all.iter().filter(|call| is(call)).count(), all.len())
}

fn is_asked(call: &Decided) -> bool {
    call.did() == Did::Asked
}

/// Of a layer that judged the call; of one that could not be judged, nothing is said.
fn is_judged(call: &&Decided) -> bool {
    call.layer != "error"
}

fn judged(material: &Material) -> Vec<&Decided> {
    material.calls.iter().filter(is_judged).collect()
}

/// What was thought would have answered it, had the gate gone by it.
fn would(call: &Decided) -> bool {
    call.told.thought().is_some_and(|thought| thought.opinion != "ask")
}

fn silent<'a>(all: &[&'a Decided]) -> Vec<&'a Decided> {
    all.iter().copied().filter(|call| call.is_silent()).collect()
}

fn is_corrected(material: &Material, call: &Decided) -> bool {
    let wanted = call.did() == Did::Allowed;
    material.wish(call).is_some_and(|wish| wish.corrected_after.is_some() && wish.wanted != wanted)
}

fn audits(material: &Material) -> (Vec<&Foretold>, usize) {
    let trials = material.trials();
    let audits: Vec<&Foretold> =
        trials.into_iter().filter(|one| material.entry(one).source == Source::Audit).collect();
    let wrong = audits.iter().filter(|one| (said_then(material, one) >= 0.5) != one.wanted).count();
    (audits, wrong)
}

fn waits(all: &[&Decided]) -> Vec<i64> {
    all.iter().filter_map(|call| call.waited()).collect()
}

pub(super) fn impact(material: &Material) -> Metric {
    let all = judged(material);
    let learnable: Vec<&Decided> = all.iter().copied().filter(|call| call.learnable).collect();
    let silent = silent(&learnable);
    let waits = waits(&all);
    let wait = Figure::median("wait", &waits);
    let time = |each: Option<f64>| each.map(|each| each * silent.len() as f64);
    let (first, last) = all.split_at(all.len() / 2);
    let (audits, wrong) = audits(material);
    let open: Vec<&Decided> = learnable.iter().copied().filter(|call| is_asked(call)).collect();
    Metric {
        figures: vec![
            share("spared", &learnable, Decided::is_silent),
            Figure {
                low: time(wait.low),
                high: time(wait.high),
                ..Figure::worked_out("time-spared", Unit::Milliseconds, time(wait.value), waits.len())
            },
            wait,
            Figure::share("audits-wrong", wrong, audits.len()),
            share("corrected", &silent, |call| is_corrected(material, call)),
            share("would-spare", &open, would),
            share("asked-first", first, is_asked),
            share("asked-last", last, is_asked),
        ],
        unknown: vec![
            "Time is the number of prompts that you were spared, times the median wait of those that you answered; that you would have waited as long for these is assumed.".to_owned(),
            RETAINED.to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn coverage(material: &Material) -> Metric {
    let all = judged(material);
    let learnable: Vec<&Decided> = all.iter().copied().filter(|call| call.learnable).collect();
    let why = |call: &Decided| match call.told.thought() {
        _ if call.is_silent() => "answered".to_owned(),
        None if call.told == Told::Unreadable => "unreadable".to_owned(),
        None => "nothing-learned".to_owned(),
        Some(thought) if thought.opinion != "ask" => "mode".to_owned(),
        Some(thought) => thought.why.clone().unwrap_or_else(|| "unknown".to_owned()),
    };
    let part = |name: &'static str, all: &[&Decided], key: &dyn Fn(&Decided) -> String| {
        let of = all.len();
        let row = |(label, own): (String, Vec<&Decided>)| Row {
            label,
            figures: vec![Figure::share("calls", own.len(), of)],
        };
        Part { by: name, rows: by(all.iter().copied(), key).into_iter().map(row).collect() }
    };
    Metric {
        figures: vec![
            share("answered", &learnable, Decided::is_silent),
            share("would-answer", &learnable, |call| call.is_silent() || would(call)),
            share("asked", &all, is_asked),
            share("learnable", &all, |call| call.learnable),
        ],
        parts: vec![
            part("why", &learnable, &why),
            part("layer", &all, &|call| format!("{} {}", call.layer, word(call.did()))),
        ],
        unknown: vec![
            "`mode` would have been answered, but the gate's mode is not auto, or the client would have asked all the same.".to_owned(),
            RETAINED.to_owned(),
        ],
        ..Metric::default()
    }
}

const fn word(did: Did) -> &'static str {
    match did {
        Did::Allowed => "allow",
        Did::Asked => "ask",
        Did::Denied => "deny",
    }
}

/// How far the gate lets a call go: by what it does, or by somebody's rule.
fn tier(call: &Decided) -> &'static str {
    match (call.layer.as_str(), call.verdict.as_str()) {
        ("error", _) => "not-judged",
        _ if call.learnable => "learnable",
        ("effects", "allow") => "harmless",
        ("effects", "deny") => "refused",
        ("effects" | "opaque", _) => "always-asks",
        _ => "by-rule",
    }
}

pub(super) fn tiers(material: &Material) -> Metric {
    let all: Vec<&Decided> = material.calls.iter().collect();
    let of = all.len();
    let row = |(label, own): (&'static str, Vec<&Decided>)| {
        let answered: Vec<bool> = own
            .iter()
            .filter_map(|call| material.wish(call))
            .filter(|wish| wish.answered)
            .map(|wish| wish.wanted)
            .collect();
        let ran: Vec<&Decided> = own.iter().copied().filter(|call| call.ran()).collect();
        Row {
            label: label.to_owned(),
            figures: vec![
                Figure::share("calls", own.len(), of),
                share("allowed", &own, |call| call.did() == Did::Allowed),
                share("asked", &own, is_asked),
                share("denied", &own, |call| call.did() == Did::Denied),
                Figure::share("wanted", answered.iter().filter(|wanted| **wanted).count(), answered.len()),
                share("failed", &ran, |call| call.outcome.as_deref() == Some("failed")),
            ],
        }
    };
    let unasked = |call: &Decided| call.did() == Did::Allowed;
    let refused: Vec<&Decided> = all.iter().copied().filter(|call| tier(call) == "refused").collect();
    Metric {
        figures: vec![
            share("allowed", &all, unasked),
            share("asked", &all, is_asked),
            share("refused-ran", &refused, Decided::ran),
        ],
        parts: vec![Part { by: "tier", rows: by(all.iter().copied(), tier).into_iter().map(row).collect() }],
        unknown: vec![
            "What you want is only known of calls that may be learned from; of others, no answer is kept."
                .to_owned(),
            RETAINED.to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn latency(material: &Material, top: usize) -> Metric {
    let all = judged(material);
    let exact = waits(&all);
    let is_denied = |call: &&Decided| call.outcome.as_deref() == Some("rejected");
    let (denied, allowed): (Vec<&Decided>, Vec<&Decided>) = all.iter().copied().partition(is_denied);
    let until_over = |call: &&Decided| Some(call.ended_at?.saturating_sub(call.asked_at?).max(0));
    let over: Vec<i64> = allowed.iter().filter_map(until_over).collect();
    let thinking: Vec<i64> =
        material.thinking.iter().map(|nanos| i64::try_from(*nanos).unwrap_or(i64::MAX)).collect();
    let micros = |figure: Figure| {
        let scale = |value: Option<f64>| value.map(|value| value / 1e3);
        Figure {
            unit: Unit::Microseconds,
            value: scale(figure.value),
            low: scale(figure.low),
            high: scale(figure.high),
            ..figure
        }
    };
    let row = |(label, own): (String, Vec<&Decided>)| {
        let waits = waits(&own);
        Row {
            label,
            figures: vec![Figure::median("wait", &waits), Figure::quantile("wait-p90", &waits, 0.9)],
        }
    };
    let waited = all.iter().copied().filter(|call| call.waited().is_some());
    Metric {
        figures: vec![
            Figure::median("wait", &exact),
            Figure::quantile("wait-p90", &exact, 0.9),
            Figure::median("wait-denied", &waits(&denied)),
            Figure::median("until-over", &over),
            micros(Figure::median("thought", &thinking)),
            micros(Figure::quantile("thought-p99", &thinking, 0.99)),
        ],
        parts: vec![Part {
            by: "tool",
            rows: by(waited, |call| call.tool.clone()).into_iter().take(top).map(row).collect(),
        }],
        unknown: vec![
            "When a prompt was answered at its terminal is only told of what was denied, and of changes of files, which take no time of their own; `until-over` is of all that ran, with the time that it took.".to_owned(),
            "How long hooks took is not kept; `thought` was measured just now, on your last answers.".to_owned(),
            RETAINED.to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn time_to_correct(material: &Material) -> Metric {
    let of = |allowed: Option<bool>| -> Vec<i64> {
        let corrected = material.calls.iter().filter_map(|call| {
            let wish = material.wish(call)?;
            let after = wish.corrected_after?;
            allowed
                .is_none_or(|allowed| (call.did() == Did::Allowed) == allowed && !is_asked(call))
                .then_some(after)
        });
        corrected.collect()
    };
    let all = of(None);
    let quick = all.iter().filter(|after| **after <= QUICK_MS).count();
    let interrupts: Vec<i64> = material
        .calls
        .iter()
        .filter(|call| call.outcome.as_deref() == Some("interrupted"))
        .filter_map(|call| Some(call.ended_at?.saturating_sub(call.at).max(0)))
        .collect();
    let reverted = material.foretold.iter().filter(|one| material.entry(one).source == Source::Reverted);
    Metric {
        figures: vec![
            Figure::median("corrected", &all),
            Figure::share("quick", quick, all.len()),
            Figure::median("allows-corrected", &of(Some(true))),
            Figure::median("denies-corrected", &of(Some(false))),
            Figure::median("interrupted", &interrupts),
            Figure::count("reverted", reverted.count()),
        ],
        unknown: vec![
            "Of what was taken back in the files it is known that it was within ten minutes, and no more."
                .to_owned(),
            "What nobody has looked at is not corrected, and not among these.".to_owned(),
            RETAINED.to_owned(),
        ],
        ..Metric::default()
    }
}

pub(super) fn incidents(material: &Material, top: usize) -> Metric {
    let mut cases = Vec::new();
    let mut counts = [0; 7];
    for call in &material.calls {
        let after = material.wish(call).and_then(|wish| wish.corrected_after);
        let corrected = call.is_silent() && is_corrected(material, call);
        let has_run = matches!(call.outcome.as_deref(), Some("ran" | "failed"));
        let found = [
            (corrected && call.did() == Did::Allowed).then_some("wrong-allow"),
            (corrected && call.did() == Did::Denied).then_some("wrong-deny"),
            (call.is_audit() && is_audit_wrong(material, call)).then_some("audit-wrong"),
            call.changed.then_some("changed"),
            (call.did() == Did::Denied && has_run).then_some("denied-ran"),
            (call.is_silent() && material.wish(call).is_some_and(|wish| wish.reverted || wish.interrupted))
                .then_some("taken-back"),
            (call.layer == "error").then_some("not-judged"),
        ];
        for (count, what) in counts.iter_mut().zip(found) {
            if let Some(what) = what {
                *count += 1;
                cases.push(call.case(what, after));
            }
        }
    }
    cases.reverse();
    cases.truncate(top);
    let names =
        ["wrong-allows", "wrong-denies", "audits-wrong", "changed", "denied-ran", "taken-back", "not-judged"];
    Metric {
        figures: names.into_iter().zip(counts).map(|(name, count)| Figure::count(name, count)).collect(),
        cases,
        unknown: vec![
            "A silent answer that was wrong is only known for one once you have corrected it (claudectl brain review), or taken it back.".to_owned(),
            RETAINED.to_owned(),
        ],
        ..Metric::default()
    }
}

fn is_audit_wrong(material: &Material, call: &Decided) -> bool {
    let thought = call.told.thought();
    let wish = material.wish(call).filter(|wish| wish.answered);
    thought.zip(wish).is_some_and(|(thought, wish)| (thought.p >= 0.5) != wish.wanted)
}

pub(super) fn evolution(material: &Material) -> Metric {
    let weeks = &material.weeks[material.weeks.len().saturating_sub(WEEKS)..];
    let week = |at: i64| weeks.partition_point(|begins| *begins <= at).checked_sub(1);
    let mut rows = Vec::new();
    let (mut right, mut asked) = (Vec::new(), Vec::new());
    for (number, begins) in weeks.iter().enumerate() {
        let own: Vec<&Foretold> = material
            .trials()
            .into_iter()
            .filter(|one| week(material.entry(one).made_at) == Some(number))
            .collect();
        let calls: Vec<&Decided> =
            judged(material).into_iter().filter(|call| week(call.at) == Some(number)).collect();
        let scored = material.scored(own.iter().copied());
        let good = scored.iter().filter(|one| (one.p >= 0.5) == one.wanted).count();
        let figures = vec![
            Figure::count("answers", own.len()),
            Figure::share("right", good, scored.len()),
            Figure::loss("log-loss", log_loss(&scored), scored.len()),
            Figure::share("new", own.iter().filter(|one| one.is_new).count(), own.len()),
            share("asked", &calls, is_asked),
            share("answered", &calls, Decided::is_silent),
        ];
        right.push(Point::new(number as f64, Some(*begins), &figures[1]));
        asked.push(Point::new(number as f64, Some(*begins), &figures[4]));
        rows.push((*begins, Row { label: String::new(), figures }));
    }
    let first =
        rows.iter().position(|(_, row)| row.figures[0].value > Some(0.0) || row.figures[4].of > Some(0));
    let rows = rows.split_off(first.unwrap_or(rows.len()));
    right.drain(..first.unwrap_or(right.len()));
    asked.drain(..first.unwrap_or(asked.len()));
    let label = |(begins, row): (i64, Row)| Row {
        label: claudectl_fleet::session::rfc3339(begins).unwrap_or_default(),
        ..row
    };
    Metric {
        figures: vec![Figure::count("weeks", rows.len())],
        parts: vec![Part { by: "week", rows: rows.into_iter().map(label).collect() }],
        curves: vec![
            Curve { name: "right", unit: Unit::Share, points: right },
            Curve { name: "asked", unit: Unit::Share, points: asked },
        ],
        unknown: vec![RETAINED.to_owned()],
        ..Metric::default()
    }
}

pub(super) fn distribution(material: &Material, top: usize) -> Metric {
    let answers: Vec<&Foretold> = material.foretold.iter().collect();
    let calls: Vec<&Decided> = material.calls.iter().collect();
    let of_answers = |name: &'static str, key: &dyn Fn(&Foretold) -> String| {
        let row = |(label, own): (String, Vec<&Foretold>)| Row {
            label,
            figures: vec![Figure::share("answers", own.len(), answers.len())],
        };
        Part { by: name, rows: by(answers.iter().copied(), key).into_iter().take(top).map(row).collect() }
    };
    let of_calls = |name: &'static str, key: &dyn Fn(&Decided) -> String| {
        let row = |(label, own): (String, Vec<&Decided>)| Row {
            label,
            figures: vec![Figure::share("calls", own.len(), calls.len())],
        };
        Part { by: name, rows: by(calls.iter().copied(), key).into_iter().take(top).map(row).collect() }
    };
    let said = |one: &Foretold| {
        let entry = material.entry(one);
        format!("{} {}", entry.source.word(), if entry.wanted { "wanted" } else { "unwanted" })
    };
    Metric {
        figures: vec![Figure::count("answers", answers.len()), Figure::count("calls", calls.len())],
        parts: vec![
            of_answers("answer", &said),
            of_answers("answer-project", &|one| material.entry(one).project.clone()),
            of_calls("tool", &|call| call.tool.clone()),
            of_calls("tier", &|call| tier(call).to_owned()),
            of_calls("gate", &|call| format!("{} {}", call.layer, word(call.did()))),
            of_calls("outcome", &|call| call.outcome.clone().unwrap_or_else(|| "unknown".to_owned())),
            of_calls("project", &|call| call.project.clone()),
        ],
        unknown: vec![RETAINED.to_owned()],
        ..Metric::default()
    }
}
