use proptest::prelude::*;

use super::*;
use crate::clock::Millis;
use crate::content::Category;
use crate::egress::{Policy, ShareMode};
use crate::unit::tests::unit;

fn label(project: &str, command: &str, wanted: bool) -> Label {
    Label {
        tool: "Bash".to_owned(),
        called: Called::Command(command.to_owned()),
        project: Some(project.to_owned()),
        language: None,
        wanted,
        foretold: None,
        moment: Moment::default(),
        succeeded: None,
        cost_micros: None,
        duration_ms: None,
        family: "claude-code".to_owned(),
    }
}

fn times(count: usize, label: &Label) -> Vec<Label> {
    vec![label.clone(); count]
}

fn told(labels: &[Label]) -> Vec<String> {
    let said = distill(labels, &Thresholds::default());
    let line = |say: &Say| {
        let conditions: Vec<String> = say.body.conditions().map(ToString::to_string).collect();
        format!("{} {} {}", say.scope, say.body.summary(), conditions.join(" ")).trim_end().to_owned()
    };
    let mut lines: Vec<String> = said.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn what_was_seen_in_one_project_holds_there() {
    let push = label("api", "git push", false);
    assert_eq!(told(&times(4, &push)), [""; 0]);
    assert_eq!(told(&times(5, &push)), ["project:api [Bash, git push] deny (100%)"]);
    let mixed = [times(7, &push), times(3, &label("api", "git push", true))].concat();
    assert_eq!(told(&mixed), ["project:api [Bash, git push] deny (70%)"]);
    let torn = [times(6, &push), times(4, &label("api", "git push", true))].concat();
    assert_eq!(told(&torn), [""; 0], "nothing is wanted in most cases");
    let nowhere = Label { project: None, ..push.clone() };
    assert_eq!(told(&times(50, &nowhere)), [""; 0]);
    let other = Label { called: Called::Other, ..push };
    assert_eq!(told(&times(50, &other)), [""; 0], "it cannot be told, and stands for nothing else");
}

#[test]
fn it_holds_everywhere_when_projects_agree_and_none_differs() {
    let of = |names: &[&str], wanted| -> Vec<Label> {
        names.iter().flat_map(|name| times(2, &label(name, "make", wanted))).collect()
    };
    assert_eq!(told(&of(&["a", "b", "c"], true)), ["universal [Bash, make] approve (100%)"]);
    assert_eq!(told(&of(&["a", "b"], true)), [""; 0], "too few, and each too little");
    let differs = [of(&["a", "b", "c", "d"], true), times(5, &label("e", "make", false))].concat();
    assert_eq!(told(&differs), ["project:e [Bash, make] deny (100%)"]);
    let language = |project: &str, language: &str, wanted| {
        let label = Label { language: Some(language.to_owned()), ..label(project, "make", wanted) };
        times(5, &label)
    };
    let rust = ["a", "b", "c"].map(|project| language(project, "rust", true)).concat();
    let both = [rust, language("d", "go", false)].concat();
    assert_eq!(
        told(&both),
        ["language:rust [Bash, make] approve (100%)", "project:d [Bash, make] deny (100%)"]
    );
}

#[test]
fn what_depends_on_the_moment_is_said_of_the_moment() {
    let at = |errors, wanted| Label {
        moment: Moment { errors: Some(errors), ..Moment::default() },
        ..label("a", "make", wanted)
    };
    let labels = [times(8, &at(true, false)), times(8, &at(false, true))].concat();
    assert_eq!(
        told(&labels),
        ["project:a [Bash, make] approve (100%) no errors", "project:a [Bash, make] deny (100%) errors"]
    );
    let late = |context, wanted| Label {
        moment: Moment { context: Some(context), ..Moment::default() },
        ..label("a", "make", wanted)
    };
    let labels = [times(8, &late(75, false)), times(8, &late(20, true))].concat();
    let lines = told(&labels);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("approve") && lines[0].ends_with("ctx<30%"), "{lines:?}");
    assert!(lines[1].contains("deny") && lines[1].ends_with("ctx>30%"), "{lines:?}");
    let chance = [times(3, &at(true, false)), times(2, &at(true, true)), times(5, &at(false, true))].concat();
    let chance = [chance, times(4, &at(false, false))].concat();
    assert_eq!(told(&chance), [""; 0], "it may be chance");
    let hour = |hour, wanted| Label {
        moment: Moment { hour: Some(hour), cents: Some(hour.into()), ..Moment::default() },
        ..label("a", "make", wanted)
    };
    assert_eq!(
        told(&[times(20, &hour(9, true)), times(20, &hour(21, false))].concat()),
        [""; 0],
        "that is personal"
    );
}

#[test]
fn accuracy_and_ends_are_counted() {
    let foretold = |right| Label { foretold: Some(right), called: Called::Other, ..label("a", "", true) };
    let labels = [times(8, &foretold(true)), times(2, &foretold(false))].concat();
    assert_eq!(told(&labels), ["universal [Bash] accuracy 8/10 (80%)"]);
    assert_eq!(told(&labels[..9]), [""; 0]);
    let ended = |well, cost, ms| {
        let split = label("a", "make", well);
        Label { succeeded: Some(well), cost_micros: Some(cost), duration_ms: Some(ms), ..split }
    };
    let labels: Vec<Label> = (0..6).map(|n| ended(n % 2 == 0, 123_456 + n, 1_299 - n)).collect();
    let said = distill(&labels, &Thresholds::default());
    let [Say { body: Body::ApproachOutcome(body), .. }] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!((body.succeeded, body.of, body.approach_ref.as_str()), (3, 6, "pattern:Bash:make"));
    assert_eq!((body.median_cost_micros, body.median_duration_ms), (Some(120_000), Some(1_200)));
    assert_eq!([7, 0, 99, 1_000, 1_099].map(|n| median([n].into_iter())), [7, 0, 99, 1_000, 1_000].map(Some));
}

#[test]
fn what_fails_behind_errors_is_told() {
    let at = |errors, succeeded| {
        let moment = Moment { errors: Some(errors), ..Moment::default() };
        Label { called: Called::Other, succeeded: Some(succeeded), moment, ..label("a", "", true) }
    };
    let labels = |bad: usize| {
        [
            times(bad, &at(true, false)),
            times(20 - bad, &at(true, true)),
            times(2, &at(false, false)),
            times(18, &at(false, true)),
        ]
        .concat()
    };
    let lines = told(&labels(12));
    assert_eq!(
        lines,
        ["universal temporal: calls of Bash fail more often right after an error (strength 0.86)"]
    );
    assert_eq!(told(&labels(4)), [""; 0]);
    let said = distill(&labels(12), &Thresholds::default());
    assert_eq!(said[0].category(), Category::Technique);
}

#[test]
fn what_stands_is_not_said_again_and_what_does_not_hold_is_taken_back() {
    let labels = times(6, &label("api", "git push", false));
    let said = distill(&labels, &Thresholds::default());
    let standing: Vec<Unit> = said.iter().map(|say| unit(1, say, Millis(5))).collect();
    assert_eq!(changes(distill(&labels, &Thresholds::default()), &standing), Changes::default());
    let more = times(7, &label("api", "git push", false));
    let anew = changes(distill(&more, &Thresholds::default()), &standing);
    assert_eq!((anew.say.len(), anew.take_back.len()), (1, 0), "the same claim, counted anew");
    let rule = br#"{"action":"ask","tool":"Bash"}"#;
    let rule =
        Say { scope: Scope::Universal, body: Body::read(Kind::Rule, rule).unwrap(), family: String::new() };
    let with_rule = [standing.clone(), vec![unit(1, &rule, Millis(5))]].concat();
    let none = changes(Vec::new(), &with_rule);
    assert_eq!(none.take_back, [&standing[0]], "what was not made here stays");
    assert_eq!(said[0].family, "claude-code");
    let mixed =
        [labels, times(1, &Label { family: "codex".into(), ..label("api", "git push", false) })].concat();
    assert_eq!(distill(&mixed, &Thresholds::default())[0].family, "");
}

fn some() -> impl Strategy<Value = Vec<Label>> {
    let moment = (prop::option::of(0..=100_u8), prop::option::of(any::<bool>()), prop::option::of(0..24_u8));
    let one = (0..4_u8, 0..3_u8, any::<bool>(), moment, prop::option::of(any::<bool>())).prop_map(
        |(project, command, wanted, (context, errors, hour), succeeded)| Label {
            moment: Moment { context, errors, hour, conflict: errors, cents: hour.map(u32::from) },
            succeeded,
            foretold: succeeded,
            called: if command == 2 { Called::Other } else { Called::Command(format!("tool{command}")) },
            ..label(&format!("p{project}"), "", wanted)
        },
    );
    prop::collection::vec(one, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_labels_give_the_same_in_any_order_and_nothing_is_widened(labels in some(), turn in 0..80_usize) {
        let said = distill(&labels, &Thresholds::default());
        let mut turned = labels.clone();
        turned.rotate_left(turn.min(labels.len()));
        prop_assert_eq!(&said, &distill(&turned, &Thresholds::default()));
        let policy = Policy { mode: ShareMode::Auto, ..Policy::default() };
        for say in &said {
            prop_assert_eq!(policy.may_say(say), Ok(()), "each may become a claim");
            let Body::Pattern(body) = &say.body else { continue };
            let seen: Vec<&Label> = labels.iter().filter(|label| {
                label.called == Called::Command(body.command.clone().unwrap_or_default())
                    && body.conditions.iter().all(|one| holds(one, label.moment))
                    && match &say.scope {
                        Scope::Project(name) => label.project.as_ref() == Some(name),
                        Scope::Language(_) => false,
                        Scope::Universal => true,
                    }
            }).collect();
            prop_assert_eq!(seen.len(), body.of as usize, "no more than was seen: {:?}", say);
            let agreed = seen.iter().filter(|label| label.wanted == (body.action == Action::Approve)).count();
            prop_assert_eq!(agreed, body.agreed as usize);
        }
        let standing: Vec<Unit> = said.iter().map(|say| unit(1, say, Millis(5))).collect();
        prop_assert_eq!(changes(said, &standing), Changes::default());
    }
}
