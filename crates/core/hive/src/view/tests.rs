use proptest::prelude::*;

use super::*;
use crate::content::{Category, Pattern, Rule};
use crate::trust::{Cause, Frozen, Trust};
use crate::unit::Say;
use crate::unit::tests::{author, pattern, say, secret, signed, unit};

const NOW: Millis = Millis(1_800_000_000_000);
const DAY: u64 = 86_400_000;

fn trusts() -> Trusts {
    Trusts::new(author(1))
}

fn looking(trusts: &Trusts) -> Looking<'_> {
    Looking { trusts, now: NOW, place: None, most: 0 }
}

fn deny(command: &str) -> Say {
    say(pattern(Action::Deny, command, 9, 9))
}

fn approve(command: &str, times: u32) -> Say {
    say(pattern(Action::Approve, command, times, times))
}

fn why(unit: &Unit, local: &Local, looking: &Looking<'_>) -> Result<Force, Out> {
    let view = view([unit], |_| Some(local), looking);
    assert_eq!(view.seen.len() + view.out.len(), 1);
    view.seen.first().map(|one| one.force).ok_or_else(|| view.out[0].1)
}

#[test]
fn foreign_knowledge_tightens_or_suggests_and_forbids_only_when_accepted() {
    let trusts = trusts();
    let local = |verdict, unit: &Unit| Local { decided: Some((verdict, unit.sense())), ..Local::default() };
    let rule = |action| {
        say(Body::Rule(Rule {
            action,
            command: Some("rm *".into()),
            reason: None,
            tool: Some("Bash".into()),
        }))
    };
    for (said, before, accepted) in [
        (deny("git push"), Force::Ask, Force::Deny),
        (approve("git push", 9), Force::Suggest, Force::Suggest),
        (rule(RuleAction::Allow), Force::Suggest, Force::Suggest),
        (rule(RuleAction::Ask), Force::Ask, Force::Ask),
        (rule(RuleAction::Deny), Force::Ask, Force::Deny),
    ] {
        let foreign = unit(2, &said, NOW);
        let look = looking(&trusts);
        assert_eq!(why(&foreign, &Local::default(), &look), Ok(before));
        assert_eq!(why(&foreign, &local(Verdict::Accepted, &foreign), &look), Ok(accepted));
        assert_eq!(why(&foreign, &local(Verdict::Refused, &foreign), &look), Err(Out::Refused));
        assert_eq!(why(&unit(1, &said, NOW), &Local::default(), &look), Ok(Force::None), "one's own");
        let other = Local { decided: Some((Verdict::Accepted, Sense([9; 32]))), ..Local::default() };
        assert_eq!(why(&foreign, &other, &look), Ok(before), "something else was accepted");
    }
    let more = unit(2, &say(pattern(Action::Deny, "git push", 50, 51)), NOW);
    assert_eq!(
        why(&more, &local(Verdict::Accepted, &unit(2, &deny("git push"), NOW)), &looking(&trusts)),
        Ok(Force::Deny)
    );
}

#[test]
fn what_does_not_count_is_out_of_view() {
    let mut trusts = trusts();
    let foreign = unit(2, &deny("git push"), NOW);
    let plain = Local::default();
    assert_eq!(why(&foreign, &Local { muted: true, ..plain.clone() }, &looking(&trusts)), Err(Out::Muted));
    assert_eq!(
        why(&foreign, &Local { stage: Stage::Draft, ..plain.clone() }, &looking(&trusts)),
        Err(Out::Draft)
    );
    let accepted =
        Local { decided: Some((Verdict::Accepted, foreign.sense())), stage: Stage::Draft, ..plain.clone() };
    assert_eq!(why(&foreign, &accepted, &looking(&trusts)), Ok(Force::Deny), "a person took it up again");
    let mut expired = foreign.clone();
    expired.brief.expires = Some(NOW);
    assert_eq!(why(&expired, &plain, &looking(&trusts)), Err(Out::Expired));
    let ahead = unit(2, &deny("git push"), Millis(NOW.0 + DAY));
    assert_eq!(why(&ahead, &plain, &looking(&trusts)), Err(Out::Ahead));
    let here = Place { project: Some("api".into()), ..Place::default() };
    let there = unit(2, &Say { scope: Scope::Project("web".into()), ..deny("git push") }, NOW);
    assert_eq!(why(&there, &plain, &Looking { place: Some(&here), ..looking(&trusts) }), Err(Out::Scope));
    assert_eq!(why(&there, &plain, &looking(&trusts)), Ok(Force::Ask), "in a list of everything");
    let odd = Body::Pattern(Pattern {
        action: Action::Deny,
        agreed: 9,
        command: None,
        conditions: vec![Condition::parse("the moon is full")],
        of: 9,
        tool: "Bash".into(),
    });
    assert_eq!(why(&unit(2, &say(odd), NOW), &plain, &looking(&trusts)), Err(Out::NotUnderstood));
    trusts.known.insert((author(2), Category::BestPractice), Trust::set(0.1, NOW));
    assert_eq!(why(&foreign, &plain, &looking(&trusts)), Err(Out::Ignored));
    trusts.frozen.insert(author(2), Frozen { cause: Cause::Equivocation, since: NOW });
    assert_eq!(why(&foreign, &plain, &looking(&trusts)), Err(Out::Frozen));
    for verdict in [Verdict::Accepted, Verdict::Refused] {
        assert_eq!(Verdict::parse(verdict.word()), Some(verdict));
    }
}

#[test]
fn one_s_own_comes_first_and_before_what_others_say_of_the_same() {
    let trusts = trusts();
    let units = [
        unit(2, &approve("make", 90), NOW),
        unit(1, &approve("ls", 2), NOW),
        unit(1, &deny("git push"), NOW),
    ];
    let same = unit(2, &approve("git push", 90), NOW);
    let all = view(units.iter().chain([&same]), |_| None, &looking(&trusts));
    let shown: Vec<_> = all.seen.iter().map(|one| one.unit).collect();
    assert_eq!(shown, [&units[2], &units[1], &units[0]]);
    assert_eq!(all.out, [(&same, Out::Shadowed)]);
    let taken = Local { decided: Some((Verdict::Accepted, same.sense())), ..Local::default() };
    let all = view(units.iter().chain([&same]), |_| Some(&taken), &looking(&trusts));
    assert!(all.out.is_empty(), "a person has accepted it");
}

#[test]
fn a_denial_learned_by_overriding_is_above_an_approval_seen_as_often() {
    let trusts = trusts();
    let taken = crate::content::Evidence { times: 9, of: 10 };
    let denied = unit(2, &say(pattern(Action::Deny, "git push", taken.times, taken.of)), NOW);
    let allowed = unit(2, &say(pattern(Action::Approve, "make", 8, 10)), NOW);
    let all = view([&allowed, &denied], |_| None, &looking(&trusts));
    assert_eq!(
        all.seen[0].unit, &denied,
        "by how sure it is, not by how often somebody agreed with a program"
    );
}

#[test]
fn the_score_is_the_formula() {
    let mut trusts = trusts();
    trusts.known.insert((author(2), Category::BestPractice), Trust::set(0.5, NOW));
    let score = |said: &Say, age: u64| {
        let unit = unit(2, said, Millis(NOW.0 - age * DAY));
        view([&unit], |_| None, &looking(&trusts)).seen[0].score
    };
    let fresh = 0.722_467 * 11.0_f64.ln() * 0.5;
    assert!((score(&approve("make", 10), 0) - fresh).abs() < 1e-5);
    assert!((score(&approve("make", 10), 40) - fresh * 0.9).abs() < 1e-5, "older than it holds");
    assert_eq!(score(&approve("make", 100), 0), score(&approve("make", 1_000_000), 0), "said more loudly");
}

#[test]
fn places_are_kept_for_denials_and_for_others() {
    let trusts = trusts();
    let many: Vec<Unit> = (0..40).map(|one| unit(2, &approve(&format!("tool{one}"), 90), NOW)).collect();
    let few: Vec<Unit> =
        (0..4).map(|one| unit(3, &say(pattern(Action::Deny, &format!("rm{one}"), 3, 3)), NOW)).collect();
    let other = unit(4, &approve("make", 2), NOW);
    let units = || many.iter().chain(&few).chain([&other]);
    let seen = view(units(), |_| None, &Looking { most: 8, ..looking(&trusts) }).seen;
    let by = |key: u8| seen.iter().filter(|one| one.unit.brief.author == author(key)).count();
    assert_eq!(seen.len(), 8);
    assert_eq!((by(3), by(4)), (2, 1), "each author its share while others wait: {seen:?}");
    assert!(seen.iter().filter(|one| one.unit.is_deny()).count() >= 2);
    assert_eq!(view(units(), |_| None, &Looking { most: 0, ..looking(&trusts) }).seen.len(), 45);
    let own: Vec<Unit> = (0..20).map(|one| unit(1, &approve(&format!("own{one}"), 90), NOW)).collect();
    let seen = view(own.iter().chain(&few), |_| None, &Looking { most: 10, ..looking(&trusts) }).seen;
    assert_eq!(seen.iter().filter(|one| one.unit.is_deny()).count(), 3, "three of ten");
}

#[test]
fn a_cluster_counts_each_author_once_whatever_it_hears() {
    let trusts = trusts();
    let said = |action, times| say(pattern(action, "make", times, times));
    let old = unit(2, &said(Action::Approve, 5), Millis(NOW.0 - 9));
    let new = unit(2, &said(Action::Approve, 7), NOW);
    let outcome = Body::read(
        crate::content::Kind::ApproachOutcome,
        br#"{"approach_ref":"pattern:Bash:make","of":4,"succeeded":3}"#,
    );
    let units = [old, new, unit(3, &said(Action::Approve, 4), NOW), unit(4, &said(Action::Deny, 6), NOW)];
    let outcome = unit(3, &say(outcome.unwrap()), NOW);
    let twice = || units.iter().chain(&units).chain([&outcome]);
    let made = clusters(&view(twice(), |_| None, &looking(&trusts)).seen);
    assert_eq!(made.len(), 1);
    let [cluster] = made.as_slice() else { panic!("one") };
    assert_eq!(
        (cluster.problem_key().as_str(), cluster.outcome),
        ("Bash:make", Some(Evidence { times: 3, of: 4 }))
    );
    let ways: Vec<_> = cluster.ways.iter().map(|way| (way.action, way.authors.len(), way.seen.of)).collect();
    assert_eq!(ways, [(Action::Approve, 2, 11), (Action::Deny, 1, 6)]);
    let agree = view(&units[..3], |_| None, &looking(&trusts));
    assert_eq!(clusters(&agree.seen), [], "nobody disagrees");
}

/// A few units, of few authors, that meet.
fn some() -> impl Strategy<Value = Vec<Unit>> {
    let one = (1..5_u8, 0..4_u8, any::<bool>(), 1..30_u32, 0..60_u64).prop_map(
        |(by, command, is_deny, times, days)| {
            let action = if is_deny { Action::Deny } else { Action::Approve };
            unit(
                by,
                &say(pattern(action, &format!("tool{command}"), times, times + 1)),
                Millis(NOW.0 - days * DAY),
            )
        },
    );
    prop::collection::vec(one, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_view_does_not_depend_on_the_order_or_on_hearing_things_twice(
        units in some(), most in 0..6_usize, rotate in 0..14_usize,
    ) {
        let trusts = trusts();
        let look = Looking { most, ..looking(&trusts) };
        let mut other = units.clone();
        other.rotate_left(rotate.min(units.len()));
        other.extend(units.iter().take(3).cloned());
        let (one, two) = (view(&units, |_| None, &look), view(&other, |_| None, &look));
        prop_assert_eq!(&one.seen, &two.seen);
        prop_assert_eq!(clusters(&one.seen), clusters(&two.seen));
        prop_assert!(most == 0 || one.seen.len() <= most);
        let mut ids = BTreeSet::new();
        prop_assert!(one.seen.iter().all(|seen| ids.insert(seen.unit.brief.claim)), "each claim once");
        prop_assert!(one.seen.iter().all(|seen| seen.is_own || seen.force < Force::Deny), "nobody accepted anything");
        prop_assert!(one.seen.is_sorted_by(|a, b| (b.is_own, b.score) <= (a.is_own, a.score)));
    }

    #[test]
    fn more_of_what_a_unit_says_never_makes_it_lighter(times in 1..200_u32, more in 1..50_u32) {
        let trusts = trusts();
        let score = |times: u32| {
            let unit = unit(2, &approve("make", times), NOW);
            view([&unit], |_| None, &looking(&trusts)).seen[0].score
        };
        prop_assert!(score(times + more) >= score(times));
        prop_assert!(score(times) > 0.0);
    }
}

#[test]
fn what_another_signs_is_not_ones_own() {
    let said = deny("git push");
    let foreign = signed(2, &said, NOW, 1);
    assert_ne!(foreign.brief().author, secret(1).public());
    let unit = Unit::read(*foreign.brief(), foreign.version()).unwrap();
    assert!(!view([&unit], |_| None, &looking(&trusts())).seen[0].is_own);
}
