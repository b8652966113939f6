use proptest::prelude::*;

use super::*;
use crate::clock::Millis;
use crate::content::Category;
use crate::trust::{Trust, Trusts};
use crate::unit::tests::{author, pattern, say, unit};
use crate::unit::{Moment, Say};
use crate::view::{Looking, view};

const NOW: Millis = Millis(1_800_000_000_000);

fn made(units: &[Unit], labels: &[Label]) -> Curriculum {
    let mut trusts = Trusts::new(author(1));
    for key in 2..4 {
        trusts.known.insert((author(key), Category::BestPractice), Trust::set(0.9, NOW));
    }
    let looking = Looking { trusts: &trusts, now: NOW, place: None, most: 0 };
    curriculum(&view(units, |_| None, &looking).seen, units, labels)
}

fn told(made: &Curriculum) -> Vec<String> {
    made.lessons.iter().map(|lesson| format!("{} {}", lesson.scope, lesson.summary())).collect()
}

fn of(by: u8, action: Action, command: &str, times: u32) -> Unit {
    unit(by, &say(pattern(action, command, times, times)), NOW)
}

fn label(command: &str, wanted: bool) -> Label {
    Label {
        tool: "Bash".to_owned(),
        called: Called::Command(command.to_owned()),
        project: Some("web".to_owned()),
        language: None,
        wanted,
        foretold: None,
        moment: Moment::default(),
        succeeded: None,
        cost_micros: None,
        duration_ms: None,
        family: String::new(),
    }
}

const CARGO: [&str; 3] = ["cargo build", "cargo check", "cargo test"];

fn cargo() -> Vec<Unit> {
    CARGO.map(|command| of(2, Action::Approve, command, 20)).to_vec()
}

#[test]
fn what_is_sure_is_told_and_denials_come_first() {
    let units = [
        of(2, Action::Approve, "ls", 90),
        of(3, Action::Deny, "git push", 5),
        of(2, Action::Approve, "make", 5),
        of(9, Action::Deny, "rm", 90),
    ];
    let lines = told(&made(&units, &[]));
    assert_eq!(lines, ["universal [Bash, git push] deny (5/5)", "universal [Bash, ls] approve (90/90)"]);
}

#[test]
fn who_says_the_same_is_merged_and_who_is_not_much_surer_is_not_told() {
    let same = [of(2, Action::Deny, "rm", 20), of(3, Action::Deny, "rm", 30)];
    let merged = made(&same, &[]);
    assert_eq!(
        (told(&merged), merged.merged, merged.lessons[0].claims.len()),
        (vec!["universal [Bash, rm] deny (30/30)".to_owned()], 1, 2)
    );
    let disputed = made(&[of(2, Action::Deny, "rm", 20), of(3, Action::Approve, "rm", 21)], &[]);
    assert_eq!((disputed.lessons.len(), disputed.disputed, disputed.contradictions), (0, 1, 1));
    let settled = made(&[of(2, Action::Deny, "rm", 90), of(3, Action::Approve, "rm", 10)], &[]);
    assert_eq!(
        (told(&settled), settled.disputed, settled.contradictions),
        (vec!["universal [Bash, rm] deny (90/90)".to_owned()], 0, 1)
    );
}

#[test]
fn verbs_of_a_program_are_put_together_unless_anything_speaks_against_it() {
    let together = ["universal [Bash, cargo build|check|test] approve (60/60)"];
    assert_eq!(told(&made(&cargo(), &[label("git push", false)])), together);
    assert_eq!(made(&cargo()[..2], &[]).lessons.len(), 2, "too few");
    assert_eq!(
        made(&cargo(), &[label("cargo publish", false)]).lessons.len(),
        3,
        "a label speaks against it"
    );
    let untrusted = [cargo(), vec![of(9, Action::Deny, "cargo publish", 3)]].concat();
    assert_eq!(made(&untrusted, &[]).lessons.len(), 3, "a unit does, whoever says so");
    let whole = [cargo(), vec![of(9, Action::Deny, "*", 3)]].concat();
    assert_eq!(made(&whole, &[]).lessons.len(), 3, "one does that is about all calls of the tool");
    assert_eq!(made(&cargo(), &[label("cargon", false)]).lessons.len(), 1, "another program");
    let elsewhere = |name: &str| -> Vec<Unit> {
        let scope = || Scope::Project(name.into());
        let said = |command: &&str| Say { scope: scope(), ..say(pattern(Action::Approve, command, 20, 20)) };
        CARGO.iter().map(|command| unit(2, &said(command), NOW)).collect()
    };
    assert_eq!(made(&elsewhere("api"), &[label("cargo publish", false)]).lessons.len(), 1, "they never meet");
    assert_eq!(made(&elsewhere("web"), &[label("cargo publish", false)]).lessons.len(), 3);
    let across = [&elsewhere("a")[..1], &elsewhere("b")[1..2], &elsewhere("c")[2..]].concat();
    assert_eq!(made(&across, &[]).lessons.len(), 3, "never across scopes");
    for program in ["bash", "python3", "sudo", "npx"] {
        let run = ["a", "b", "c"].map(|verb| of(2, Action::Approve, &format!("{program} {verb}"), 20));
        assert_eq!(made(&run, &[]).lessons.len(), 3, "{program} runs others");
    }
    assert!(RUNNERS.is_sorted());
}

#[test]
fn an_edition_is_new_when_it_says_something_else() {
    let first = made(&cargo(), &[]).edition(None);
    assert_eq!(first.version, 1);
    let counted = CARGO.map(|command| of(2, Action::Approve, command, 40));
    assert_eq!(made(&counted, &[]).edition(Some(first)), first, "more of the same");
    let next = made(&cargo()[..2], &[]).edition(Some(first));
    assert_eq!(next.version, 2);
    assert_ne!(next.hash, first.hash);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_told_that_no_unit_says(
        parts in prop::collection::vec((2..4_u8, any::<bool>(), 0..2_u8, 0..5_u8, 1..60_u32, 0..2_u8), 0..16),
    ) {
        let make = |(by, is_deny, program, verb, times, project): (u8, bool, u8, u8, u32, u8)| {
            let action = if is_deny { Action::Deny } else { Action::Approve };
            let body = pattern(action, &format!("tool{program} v{verb}"), times, times);
            let scope = if project == 0 { Scope::Universal } else { Scope::Project("p".into()) };
            unit(by, &Say { scope, ..say(body) }, NOW)
        };
        let units: Vec<Unit> = parts.into_iter().map(make).collect();
        let made = made(&units, &[]);
        for lesson in &made.lessons {
            let program = lesson.command.clone().unwrap_or_default();
            let commands = match lesson.verbs.is_empty() {
                true => vec![program],
                false => lesson.verbs.iter().map(|verb| format!("{program} {verb}")).collect(),
            };
            for command in commands {
                let says = units.iter().any(|unit| matches!(&unit.body, Body::Pattern(body)
                    if body.command.as_ref() == Some(&command) && body.action == lesson.action)
                    && unit.scope == lesson.scope && lesson.claims.contains(&unit.brief.claim));
                prop_assert!(says, "{command}: {lesson:?}");
            }
        }
        prop_assert!(made.lessons.is_sorted_by(|a, b| a.action >= b.action), "denials first");
        let mut other = units.clone();
        other.reverse();
        prop_assert_eq!(super::tests::made(&other, &[]), made);
    }
}
