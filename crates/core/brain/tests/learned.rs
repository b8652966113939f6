//! What the published tool got wrong in learning, held against the learner; and what holds whatever it is told.

use std::cell::Cell;

use claudectl_brain::bound::Bet;
use claudectl_brain::calibration::Interval;
use claudectl_brain::evaluate::baselines::{Door, Plain, Published, Record};
use claudectl_brain::evaluate::person::{self, Kind};
use claudectl_brain::evaluate::run::{RISK, calls, of_call, of_call_in};
use claudectl_brain::evaluate::streams;
use claudectl_brain::features::{self, Branch, Features, Group, Key, MOST, SLOTS, Situation};
use claudectl_brain::identity::Secret;
use claudectl_brain::label::Source;
use claudectl_brain::model::{Answer, Evidence, Known, Mixture, Model, Opinion, PLACES, Prediction, Why};
use proptest::prelude::*;
use serde_json::json;

const ROOT: &str = "/src/p";

fn bash(command: &str) -> Features {
    of_call("Bash", &json!({ "command": command }), ROOT)
}

fn told(model: &mut Model, features: &Features, wanted: bool) {
    let project = features::hash(ROOT);
    model.learn(&Answer { features, project, wanted, source: Source::Prompt, said: None, at: 0 });
}

fn opinion(model: &Model, features: &Features) -> Opinion {
    model.opinion(features, features::hash(ROOT), &model.predict(features, 0))
}

/// A call as the published tool groups it.
fn plain(command: &str) -> Plain {
    let words: Vec<&str> = command.split_whitespace().take(2).collect();
    Plain {
        project: features::hash(ROOT),
        exact: features::hash(command),
        tool: features::hash("Bash"),
        two_words: features::hash(&words.join(" ")),
    }
}

/// All that a model knows, as one number: of each `f64` its bits.
fn digest(model: &Model, exacts: &[Key]) -> Key {
    let mut all = 0;
    let mut see = |bits: u64| all = features::join(all, bits);
    (0..SLOTS).for_each(|slot| see(model.adds(slot << 1).to_bits()));
    for exact in exacts {
        let Evidence { allowed, denied, last, at, nth } = model.evidence(*exact, 0);
        [allowed, denied, last[0], last[1]].iter().for_each(|part| see(part.to_bits()));
        see(at as u64);
        see(nth);
    }
    model.mixture().iter().for_each(|part| see(part.to_bits()));
    see(model.held().to_bits());
    for place in 0..PLACES {
        for step in model.steps(place) {
            [step.score, step.low, step.high].iter().for_each(|part| see(part.to_bits()));
        }
        for allows in [false, true] {
            let bet = &model.bets(allows)[place];
            let Bet { trials, errors, clean, corrected, .. } = bet;
            [bet.worth().to_bits(), *trials, *errors, *clean, *corrected].into_iter().for_each(&mut see);
        }
    }
    all
}

#[test]
fn a_person_who_agrees_to_twelve_denials_wants_none_of_them_to_run() {
    let command = "terraform destroy";
    let mut published = Published::new(Door::Dashboard);
    let mut model = Model::new(RISK);
    let features = bash(command);
    for at in 0..13 {
        let proposed = at == 0;
        published.record(&Record { call: plain(command), proposed, agreed: true });
        told(&mut model, &features, proposed);
    }
    let preference = published.preference(&plain(command)).unwrap();
    assert!(preference.allow && preference.confidence == 1.0, "theirs: always allow it");
    assert_eq!(published.own(&plain(command)), Some(true));
    let p = model.predict(&features, 0).p;
    assert!(p < 0.2, "{p}");
    assert!(!matches!(opinion(&model, &features), Opinion::Allow));
}

#[test]
fn its_own_answers_teach_it_nothing() {
    let mut model = Model::new(RISK);
    let features = bash("make deploy");
    (0..400).for_each(|_| told(&mut model, &features, true));
    assert_eq!(opinion(&model, &features), Opinion::Allow);
    let before = digest(&model, &[features.exact]);
    for _ in 0..1_000 {
        assert_eq!(opinion(&model, &features), Opinion::Allow);
    }
    assert_eq!(digest(&model, &[features.exact]), before);
    // There is no source of answers that is not a person.
    assert!(Source::ALL.iter().all(|source| !["auto", "rule", "policy"].contains(&source.word())));
}

#[test]
fn forty_that_say_no_after_ten_that_said_yes_are_heard() {
    let command = "npm publish";
    let mut hook = Published::new(Door::Hook);
    let mut model = Model::new(RISK);
    let features = bash(command);
    for at in 0..50 {
        hook.learn(&plain(command), at < 10);
        told(&mut model, &features, at < 10);
    }
    assert_eq!(hook.own(&plain(command)), Some(true), "theirs is as it was after ten");
    let p = model.predict(&features, 0).p;
    assert!(p < 0.1, "{p}");
}

#[test]
fn what_begins_with_the_same_two_words_is_not_the_same() {
    let mut published = Published::new(Door::Repaired);
    let mut model = Model::new(RISK);
    let (tame, wild) = ("git push origin main", "git push origin main --force");
    for _ in 0..300 {
        published.learn(&plain(tame), true);
        told(&mut model, &bash(tame), true);
    }
    assert_eq!(published.own(&plain(wild)), Some(true), "theirs lets it run");
    assert_eq!(opinion(&model, &bash(tame)), Opinion::Allow);
    assert!(matches!(opinion(&model, &bash(wild)), Opinion::Ask(_)), "ours asks");
    (0..60).for_each(|_| told(&mut model, &bash(wild), false));
    let of = |command: &str| model.predict(&bash(command), 0).p;
    assert!(of(tame) > 0.9 && of(wild) < 0.1, "{} {}", of(tame), of(wild));
}

#[test]
fn only_what_is_given_the_same_is_the_same() {
    let exact = |tool: &str, input: serde_json::Value| of_call(tool, &input, ROOT).exact;
    let shell = |command: &str| exact("Bash", json!({ "command": command }));
    for (one, other) in [
        ("make lint", "cd /tmp/e && make lint"),
        ("make lint", "cd .. && make lint"),
        ("make lint", "cd /src/p/sub && make lint"),
        ("make lint", "cd /src/p-other && make lint"),
        ("make lint", "LANG=C make lint"),
        ("make lint", "cat x | make lint"),
        ("make lint", "make lint | tail -5 | sh"),
        ("make lint", "make lint || tail -5"),
        ("python3 - <<'E'\nimport helper\nE", "python3 - <<'E'\nimport evil\nE"),
        ("echo x > notes.txt", "echo x > package.json"),
        ("python3 -c 'a()' | tail -5", "python3 -c 'b()' | tail -5"),
    ] {
        assert_ne!(shell(one), shell(other), "{one:?} {other:?}");
    }
    for other in [
        " make lint\n",
        "make lint 2>&1",
        "make lint 2>&1 | tail -20",
        "make lint | head -n 5",
        "make lint 2>&1 | tail -n5 | head -3",
        "cd /src/p && make lint",
    ] {
        assert_eq!(shell("make lint"), shell(other), "{other:?}");
    }
    let described = json!({"command": "make lint", "description": "Lints", "timeout": 5});
    assert_eq!(exact("Bash", described), shell("make lint"));
    let sql = |sql: &str| exact("mcp__db__query", json!({ "sql": sql }));
    assert_ne!(sql("select 1"), sql("drop database prod"));
    // A person who lets a file be changed does so whatever is written.
    let write = |path: &str, text: &str| exact("Write", json!({"file_path": path, "content": text}));
    assert_eq!(write("/src/p/a", "1"), write("/src/p/a", "2"));
    assert_ne!(write("/src/p/a", "1"), write("/src/p/b", "1"));
}

/// Made to have the same hash as `npm run build`, by whoever knows how that is made.
const FORGED: &str = "npm run pwn #xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxW-y3SPQCxKkqA8PHlEmGNKuX7f_NCRWZZZ4zfeXUe_lMpKBpfpPi9TbuAoVRfnwV";

#[test]
fn nobody_forges_the_very_same_call() {
    let taught = "npm run build";
    assert_eq!(features::hash(FORGED), features::hash(taught), "without a secret they are the same");
    assert_ne!(bash(FORGED).exact, bash(taught).exact, "whoever knows the secret does not find one so");
    let secret = |first: u8| Secret::of(&[&[first][..], &[7; Secret::LENGTH - 1]].concat()).unwrap();
    let last = Secret::of(&[&[7; 32][..], &[8; 12]].concat()).unwrap();
    let of = |secret: &Secret, command: &str| {
        of_call_in("Bash", &json!({ "command": command }), ROOT, Situation::of(secret, ROOT, "/h"))
    };
    assert_ne!(of(&last, FORGED).exact, of(&last, taught).exact);
    assert_ne!(last.hash(FORGED), last.hash(taught), "nor one that shares other features");
    let (one, other) = (of(&secret(1), taught), of(&secret(2), taught));
    assert_ne!(one.exact, other.exact, "each installation has its own");
    assert_eq!(one.parts, other.parts, "the seed is another part of it");
    assert_ne!(one.parts, of(&last, taught).parts);
    // A program of another name is not known by a hash that everybody can make.
    assert_ne!(one.secret, of(&Secret::KNOWN, taught).secret);
    assert_eq!(one, of(&secret(1), taught));
    // What was kept says what it was made with, and what an earlier version has kept is not read.
    let packed = one.pack();
    assert!(packed.starts_with(&features::made(&secret(1))) && !packed.starts_with(&features::made(&last)));
    assert_eq!(Features::unpack(&packed), Some(one));
    assert_eq!(Features::unpack(&[&[1][..], &packed[1..]].concat()), None);
}

#[test]
fn the_same_text_elsewhere_is_not_the_same() {
    let of = |tool: &str, input: serde_json::Value, folder: &str, root: &str| {
        of_call_in(tool, &input, folder, Situation::of(&Secret::KNOWN, root, "/h")).exact
    };
    let shell = |folder: &str, command: &str| of("Bash", json!({ "command": command }), folder, ROOT);
    let (top, sub) = (ROOT, "/src/p/sub");
    assert_eq!(shell(sub, "npm run build"), shell(sub, "npm run build"), "in whichever session");
    assert_ne!(shell(sub, "npm run build"), shell(top, "npm run build"));
    assert_ne!(shell(sub, "python3 ./x.py"), shell(sub, "python3 /src/p/x.py"));
    assert_ne!(shell(sub, "cd /src/p && npm run build"), shell(sub, "npm run build"));
    assert_eq!(shell(sub, "cd /src/p && npm run build"), shell(top, "npm run build"));
    assert_eq!(shell(top, "cd ./sub && npm run build 2>&1"), shell(sub, "npm run build"));
    assert_ne!(shell(sub, "cd sub && npm run build"), shell(sub, "npm run build"));
    assert_ne!(shell(top, "npm run build2>&1"), shell(top, "npm run build"));
    let project = |root: &str| of("Bash", json!({"command": "make"}), sub, root);
    assert_ne!(project(top), project(sub), "another project, in the same folder");
    let mcp = |folder: &str, path: &str| of("mcp__files__drop", json!({ "path": path }), folder, ROOT);
    assert_eq!(mcp(sub, "./x"), mcp(sub, "./x"));
    for other in [mcp(top, "./x"), mcp(sub, "/src/p/x"), mcp(sub, "./y")] {
        assert_ne!(mcp(sub, "./x"), other);
    }
    let edit = |folder: &str, path: &str| {
        of("Edit", json!({"file_path": path, "old_string": "a", "new_string": "b"}), folder, ROOT)
    };
    assert_eq!(edit(sub, "/src/p/x"), edit(top, "/src/p/x"), "the file is the same wherever one stands");
}

#[test]
fn what_is_checked_out_is_a_part_of_a_call_of_git() {
    let of = |command: &str, branch: Branch| {
        let situation = Situation { branch, ..Situation::of(&Secret::KNOWN, ROOT, "/h") };
        of_call_in("Bash", &json!({ "command": command }), ROOT, situation)
    };
    let commit = Branch::ALL.map(|branch| of("git commit -m wip", branch));
    for (at, one) in commit.iter().enumerate() {
        assert!(
            commit[..at].iter().all(|other| other.exact != one.exact && other.slots != one.slots),
            "{at}"
        );
    }
    assert_eq!(commit[0].slots.len() + 4, commit[2].slots.len());
    let (one, other) = (of("make lint", Branch::Shared), of("make lint", Branch::Other));
    assert_eq!(one, other, "of nothing else");
    let mut model = Model::new(RISK);
    for _ in 0..200 {
        told(&mut model, &commit[3], true);
    }
    assert_eq!(opinion(&model, &commit[3]), Opinion::Allow);
    assert!(matches!(opinion(&model, &commit[2]), Opinion::Ask(_)), "on a branch of all it asks");
    for (name, branch) in [
        ("main", Branch::Shared),
        ("master", Branch::Shared),
        ("release/1.2", Branch::Shared),
        ("feat/main", Branch::Other),
        ("mainframe", Branch::Other),
        ("HEAD", Branch::None),
        ("", Branch::Unknown),
    ] {
        assert_eq!(Branch::named(name), branch, "{name}");
    }
}

#[test]
fn letters_of_several_bytes_are_no_trouble_wherever_a_text_would_be_cut() {
    let mut model = Model::new(RISK);
    for count in 50..70 {
        for letter in ["é", "語", "🦀"] {
            let features = bash(&format!("echo {}{letter}{letter}", "x".repeat(count)));
            told(&mut model, &features, true);
            let p = model.predict(&features, 0).p;
            assert!(p > 0.0 && p < 1.0);
        }
    }
}

/// Counts how much of a model is looked at.
struct Counting<'a> {
    model: &'a Model,
    looks: Cell<usize>,
}

impl Counting<'_> {
    fn look(&self, count: usize) -> &Model {
        self.looks.set(self.looks.get() + count);
        self.model
    }
}

impl Known for Counting<'_> {
    fn risk(&self) -> claudectl_brain::bound::Risk {
        self.look(0).risk()
    }
    fn adds(&self, slot: u32) -> f64 {
        self.look(1).adds(slot)
    }
    fn elsewhere(&self, slots: &[u32]) -> f64 {
        self.look(1).elsewhere(slots)
    }
    fn evidence(&self, exact: Key, now: i64) -> Evidence {
        self.look(1).evidence(exact, now)
    }
    fn has_part(&self, part: Key) -> bool {
        self.look(1).has_part(part)
    }
    fn mixture(&self) -> &Mixture {
        self.look(1).mixture()
    }
    fn held(&self) -> f64 {
        self.look(1).held()
    }
    fn interval(&self, group: usize, score: f64) -> Option<Interval> {
        self.look(1).interval(group, score)
    }
    fn is_proven(&self, group: Group, allows: bool) -> bool {
        self.look(1).is_proven(group, allows)
    }
    fn is_wary(&self, project: Key) -> bool {
        self.look(1).is_wary(project)
    }
    fn since(&self, project: Key) -> u64 {
        self.look(1).since(project)
    }
}

#[test]
fn a_long_history_costs_no_more_than_a_short_one() {
    let rows = person::stream(Kind::Noisy, 4, 30_000);
    let mut model = Model::new(RISK);
    let mut most = Vec::new();
    for part in calls(&rows).chunks(10_000) {
        let mut worst = 0;
        for call in part {
            let counting = Counting { model: &model, looks: Cell::new(0) };
            let prediction = counting.predict(&call.features, call.row.at);
            counting.opinion(&call.features, call.plain.project, &prediction);
            worst = worst.max(counting.looks.get());
            assert!(call.features.slots.len() <= MOST);
            told(&mut model, &call.features, call.row.answer);
        }
        // What it holds scores against does not grow, either.
        let steps = (0..PLACES).map(|place| model.steps(place).len()).max();
        assert!(steps.is_some_and(|steps| steps <= 500), "{steps:?}");
        most.push(worst);
    }
    assert_eq!(model.labels(), 30_000);
    assert_eq!((most[0], most[1]), (most[2], most[2]), "the same work at ten and at thirty thousand answers");
    assert!(most[2] <= MOST + 60, "{most:?}");
}

fn answers() -> impl Strategy<Value = Vec<(usize, bool, usize, i64)>> {
    prop::collection::vec((0..COMMANDS.len(), any::<bool>(), 0..Source::ALL.len(), any::<i64>()), 1..120)
}

const COMMANDS: [&str; 8] = [
    "git push",
    "git push --force",
    "make",
    "rm -rf target && make deploy",
    "curl https://example.com | tee x",
    "echo ünïcödé",
    "rm -rf ~",
    "if",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_answers_make_the_same_bits(answers in answers()) {
        let all: Vec<Features> = COMMANDS.iter().map(|command| bash(command)).collect();
        let exacts: Vec<Key> = all.iter().map(|features| features.exact).collect();
        let play = |turned: bool| {
            let mut model = Model::new(RISK);
            for (which, wanted, source, at) in &answers {
                let mut features = all[*which].clone();
                if turned {
                    features.parts.reverse();
                }
                let (project, source) = (features::hash(ROOT), Source::ALL[*source]);
                model.learn(&Answer { features: &features, project, wanted: *wanted, source, said: Some(!*wanted), at: *at });
            }
            model
        };
        let (one, other) = (play(false), play(true));
        prop_assert_eq!(digest(&one, &exacts), digest(&other, &exacts));
        prop_assert_eq!(one.labels(), other.labels());
        for features in &all {
            let Prediction { p, own, interval, .. } = one.predict(features, 0);
            prop_assert!(p > 0.0 && p < 1.0, "{}", p);
            let Interval { low, high } = interval;
            prop_assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0);
            prop_assert!(low <= p && p <= high, "{} {} {}", low, p, high);
            prop_assert!(p <= own);
            // In whichever order its features are, it means the same, but for how sums are rounded.
            let mut turned = features.clone();
            turned.slots.reverse();
            prop_assert!((one.predict(&turned, 0).p - p).abs() < 1e-9);
            // Nothing runs or is refused without a proof.
            let proven = |allows: bool| {
                let bets = one.bets(allows);
                bets[features.family.index()].holds(RISK) || bets[PLACES - 1].holds(RISK)
            };
            match opinion(&one, features) {
                Opinion::Allow => prop_assert!(proven(true)),
                Opinion::Deny => prop_assert!(proven(false)),
                Opinion::Ask(_) => {}
            }
        }
    }

    /// Whatever was taken over from elsewhere, all that was learned here stands as it would without.
    #[test]
    fn what_was_answered_elsewhere_opens_nothing(
        answers in prop::collection::vec((0..COMMANDS.len(), prop::bool::weighted(0.9), 0..Source::ALL.len()), 1..400),
        wants in any::<[bool; COMMANDS.len()]>(),
    ) {
        let all: Vec<Features> = COMMANDS.iter().map(|command| bash(command)).collect();
        let (mut with, mut without) = (Model::new(RISK), Model::new(RISK));
        for (which, right, source) in &answers {
            let (source, wanted) = (Source::ALL[*source], wants[*which] == *right);
            let project = features::hash(ROOT);
            let said = (source == Source::Correction).then_some(true);
            let answer = Answer { features: &all[*which], project, wanted, source, said, at: 0 };
            with.learn(&answer);
            if !source.is_imported() {
                without.learn(&answer);
            }
        }
        prop_assert_eq!(digest(&with, &[]), digest(&without, &[]));
        for features in &all {
            let (one, other) = (with.predict(features, 0), without.predict(features, 0));
            prop_assert_eq!(one.own.to_bits(), other.p.to_bits());
            prop_assert!(one.p <= other.p);
            let Evidence { allowed, denied, last, .. } = one.evidence;
            prop_assert_eq!((allowed, denied, last), (other.evidence.allowed, other.evidence.denied, other.evidence.last));
            let (one, other) = (opinion(&with, features), opinion(&without, features));
            prop_assert!(one == other || (one, other) == (Opinion::Ask(Why::Elsewhere), Opinion::Allow), "{one:?} {other:?}");
        }
    }

    #[test]
    fn whatever_a_line_is_its_number_is_told(bytes in prop::collection::vec(any::<u8>(), 1..60), after in 0..5_usize) {
        let good = r#"{"tool":"Bash","input":{"command":"make"},"answer":true,"cwd":"/src/p"}"#;
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != b'\n').collect();
        let mut stream = format!("{good}\n").repeat(after).into_bytes();
        stream.extend_from_slice(&bytes);
        match streams::read(&stream) {
            Ok(rows) => prop_assert!(rows.len() >= after),
            Err(error) => prop_assert_eq!(error.line, after + 1),
        }
        // And so it is of a line that was torn.
        let torn = [&stream[..good.len() * after + after], &good.as_bytes()[..good.len() / 2]].concat();
        prop_assert_eq!(streams::read(&torn).map_err(|error| error.line), Err(after + 1));
    }

    #[test]
    fn no_command_breaks_it(command in any::<String>(), path in any::<String>()) {
        let mut model = Model::new(RISK);
        for features in [bash(&command), of_call("Edit", &json!({ "file_path": path }), &command)] {
            told(&mut model, &features, false);
            let p = model.predict(&features, 0).p;
            prop_assert!(p > 0.0 && p < 1.0);
        }
    }
}

#[test]
fn after_a_silent_answer_was_wrong_older_answers_are_asked_about_once_more() {
    let mut model = Model::new(RISK);
    let (one, other) = (bash("make deploy"), bash("make clean"));
    let at = |at: i64, features: &Features, wanted: bool, model: &mut Model| {
        let project = features::hash(ROOT);
        model.learn(&Answer { features, project, wanted, source: Source::Audit, said: None, at });
    };
    for _ in 0..200 {
        at(i64::MAX, &one, true, &mut model);
        at(0, &other, true, &mut model);
    }
    assert_eq!((opinion(&model, &one), opinion(&model, &other)), (Opinion::Allow, Opinion::Allow));
    // Whatever the clock says: it is put forth, then back.
    at(i64::MAX, &one, false, &mut model);
    assert!(matches!(opinion(&model, &other), Opinion::Ask(Why::Drift)), "{:?}", opinion(&model, &other));
    (0..200).for_each(|_| at(0, &bash("make"), true, &mut model));
    assert!(matches!(opinion(&model, &other), Opinion::Ask(Why::Drift)), "proven again, but not of this");
    at(0, &other, true, &mut model);
    assert_eq!(opinion(&model, &other), Opinion::Allow);
}

#[test]
fn who_contradicts_themself_has_to_prove_more() {
    let prove = |slips: bool| {
        let mut model = Model::new(RISK);
        for at in 0..60 {
            // Answered twice, the same or not: too seldom for anything to be sure.
            let features = bash(&format!("make part{}", at / 2));
            told(&mut model, &features, !(slips && at % 10 == 9));
        }
        let deploy = bash("git push origin main");
        (1..500).find(|_| {
            told(&mut model, &deploy, true);
            opinion(&model, &deploy) == Opinion::Allow
        })
    };
    let (sure, slipping) = (prove(false), prove(true));
    assert!(sure.is_some() && sure < slipping, "{sure:?} {slipping:?}");
}

fn say(model: &mut Model, command: &str, wanted: bool, source: Source, said: Option<bool>) {
    let project = features::hash(ROOT);
    model.learn(&Answer { features: &bash(command), project, wanted, source, said, at: 0 });
}

#[test]
fn what_was_allowed_elsewhere_is_as_new_as_ever_and_what_was_denied_there_asks_for_a_while() {
    let imported = || Source::ALL.into_iter().filter(|source| source.is_imported());
    let mut model = Model::new(RISK);
    (0..150).for_each(|_| say(&mut model, "make lint", true, Source::Prompt, None));
    for source in imported() {
        (0..40).for_each(|_| say(&mut model, "npm run evil", true, source, None));
        (0..40).for_each(|_| say(&mut model, "make lint", true, source, None));
    }
    let evil = bash("npm run evil");
    assert_eq!(opinion(&model, &evil), Opinion::Ask(Why::New));
    let Evidence { allowed, denied, .. } = model.predict(&evil, 0).evidence;
    assert_eq!((allowed, denied), (0.0, 0.0));
    let of_lint = model.predict(&bash("make lint"), 0);
    assert_eq!((of_lint.evidence.allowed, of_lint.p.to_bits()), (150.0, of_lint.own.to_bits()));
    // Answered once here, and denied a hundred times elsewhere: it asks, until it was answered here a few times.
    say(&mut model, "make it", true, Source::Prompt, None);
    assert_eq!(opinion(&model, &bash("make it")), Opinion::Allow);
    (0..100).for_each(|_| say(&mut model, "make it", false, Source::ImportedAnswer, None));
    assert_eq!(opinion(&model, &bash("make it")), Opinion::Ask(Why::Elsewhere));
    let again = (1..).find(|_| {
        say(&mut model, "make it", true, Source::Prompt, None);
        opinion(&model, &bash("make it")) == Opinion::Allow
    });
    assert!(again.is_some_and(|again| again < 60), "{again:?}");
}

#[test]
fn who_corrects_a_silent_answer_is_asked_again_until_it_is_proven_anew() {
    let mut model = Model::new(RISK);
    for _ in 0..300 {
        say(&mut model, "make lint", true, Source::Prompt, None);
        say(&mut model, "cargo test", true, Source::Prompt, None);
    }
    let (lint, test) = (bash("make lint"), bash("cargo test"));
    assert_eq!((opinion(&model, &lint), opinion(&model, &test)), (Opinion::Allow, Opinion::Allow));
    let before = *model.bets(true);
    // That a silent answer was right says nothing of those that nobody has looked at.
    say(&mut model, "make lint", true, Source::Correction, Some(true));
    // Of a call that had asked, what was wanted is said elsewhere.
    say(&mut model, "make other", false, Source::Correction, None);
    assert_eq!(model.bets(true), &before);
    for count in 1..=68 {
        say(&mut model, "make lint", false, Source::Correction, Some(true));
        let bet = model.bets(true)[Group::Shell.index()];
        assert_eq!((bet.trials, bet.errors, bet.corrected), (0, 0, count));
        assert!(matches!(opinion(&model, &test), Opinion::Ask(_)), "{count}");
    }
    assert_eq!(model.bets(false), &Model::new(RISK).bets(false).clone(), "what is denied is proven apart");
    let again = (1..).find(|_| {
        say(&mut model, "cargo test", true, Source::Prompt, None);
        opinion(&model, &test) == Opinion::Allow
    });
    assert!(again.is_some_and(|again| (60..=RISK.fewest()).contains(&again)), "{again:?}");
    assert!(!matches!(opinion(&model, &lint), Opinion::Allow));
}

/// The window of scores holds what a few calls have come to: what lies between them was never seen.
#[test]
fn what_was_always_allowed_is_answered_also_after_a_pause() {
    for times in [90, 120, 250, 400] {
        let mut model = Model::new(RISK);
        let mut commands = vec![("make test".to_owned(), true), ("make deploy".to_owned(), false)];
        commands.extend((0..10).map(|at| (format!("npm run s{at}"), true)));
        let calls: Vec<(Features, bool)> =
            commands.iter().map(|(one, wanted)| (bash(one), *wanted)).collect();
        for _ in 0..times {
            calls.iter().for_each(|(features, wanted)| told(&mut model, features, *wanted));
        }
        // It was asked for in another way than ever before, which moves its score to where none was.
        let mut now = calls[0].0.clone();
        now.slots.truncate(now.slots.len() / 2);
        for pause in [0, 3_600_000, 86_400_000, 40 * 86_400_000_i64] {
            for features in [&calls[0].0, &now] {
                let prediction = model.predict(features, pause);
                let Interval { low, high } = prediction.interval;
                assert!(low <= prediction.p && prediction.p <= high, "{prediction:?}");
                let opinion = model.opinion(features, features::hash(ROOT), &prediction);
                assert_eq!(opinion, Opinion::Allow, "{times} {pause} {prediction:?}");
            }
        }
        let deploy = model.predict(&calls[1].0, 0).p;
        assert!(deploy < 0.05, "{deploy}");
    }
}
