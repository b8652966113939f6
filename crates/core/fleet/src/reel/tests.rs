//! Which scenes are made of what happened, and which stay.

use proptest::prelude::*;

use super::*;
use crate::patch::{Hunk, Line};

fn beat(at: i64, what: What) -> Beat {
    Beat { at: Some(at), copied: false, what }
}

fn called(id: &str, tool: &str, body: Body) -> What {
    What::Call { id: id.to_owned(), tool: tool.to_owned(), summary: format!("{tool} {id}"), body }
}

fn answered(id: &str, text: &str) -> What {
    What::Result {
        id: id.to_owned(),
        tool: String::new(),
        failed: false,
        denied: false,
        text: text.to_owned(),
        lines: None,
        hunks: Vec::new(),
    }
}

fn failed(id: &str, text: &str, is_denied: bool) -> What {
    match answered(id, text) {
        What::Result { id, tool, text, lines, hunks, .. } => {
            What::Result { id, tool, failed: true, denied: is_denied, text, lines, hunks }
        }
        other => other,
    }
}

fn edited(id: &str) -> [What; 2] {
    let hunks =
        vec![Hunk { at: None, lines: vec![Line::Removed("a".to_owned()), Line::Added("b".to_owned())] }];
    let result = match answered(id, "ok") {
        What::Result { id, tool, failed, denied, text, hunks, .. } => {
            What::Result { id, tool, failed, denied, text, lines: Some((2, 1)), hunks }
        }
        other => other,
    };
    [called(id, "Edit", Body::Edit { path: "/w/a.rs".to_owned(), hunks }), result]
}

fn run(command: &str) -> Body {
    Body::Command { command: command.to_owned(), description: None, background: false }
}

fn reel(most: usize, whats: impl IntoIterator<Item = What>) -> Reel {
    let mut composer = Composer::new(most);
    for (number, what) in whats.into_iter().enumerate() {
        composer.beat(beat(1_000 * number as i64, what));
    }
    composer.finish()
}

/// What kinds of scenes there are.
fn kinds(reel: &Reel) -> Vec<&'static str> {
    let kind = |scene: &Scene| match &scene.shot {
        Shot::Prompt(_) => "prompt",
        Shot::Typed(_) => "typed",
        Shot::Reply { last: true, .. } => "answer",
        Shot::Reply { .. } => "word",
        Shot::Edit { made: true, .. } => "new file",
        Shot::Edit { .. } => "edit",
        Shot::Command { denied: true, .. } => "denied command",
        Shot::Command { failed: true, .. } => "failed command",
        Shot::Command { .. } => "command",
        Shot::Tool { .. } => "tool",
        Shot::Failed { .. } => "failed",
        Shot::Looks { .. } => "looks",
        Shot::Plan(_) => "plan",
        Shot::Approved => "approved",
        Shot::Question { .. } => "question",
        Shot::Agent { .. } => "agent",
        Shot::Note(_) => "note",
    };
    reel.scenes.iter().map(kind).collect()
}

#[test]
fn a_session_becomes_scenes() {
    let [edit, edit_done] = edited("e1");
    let long = "I will read the code that splits the lines before I change anything of it.";
    let made = Body::Write { path: "/w/b.rs".to_owned(), text: "x\ny\n".to_owned() };
    let story = [
        What::Prompt("Fix it".to_owned()),
        What::Text(long.to_owned()),
        called("r1", "Read", Body::Other("{}".to_owned())),
        called("r2", "Read", Body::Other("{}".to_owned())),
        answered("r1", "text"),
        answered("r2", "text"),
        What::Text("Now this.".to_owned()),
        called("g1", "Grep", Body::Other("{}".to_owned())),
        answered("g1", "text"),
        called("l1", "Bash", run("git status")),
        answered("l1", "text"),
        edit,
        edit_done,
        called("w1", "Write", made),
        answered("w1", "ok"),
        called("b1", "Bash", run("cargo test")),
        failed("b1", "Exit code 101\nerror: it does not\nerror: compile", false),
        called("b2", "Bash", run("rm -rf x")),
        failed("b2", "The user doesn't want it", true),
        called("m1", "mcp__x__y", Body::Other("{}".to_owned())),
        answered("m1", "ok"),
        What::Thinking("hm".to_owned()),
        What::Text("All is well.".to_owned()),
        What::Note(Note::TurnEnded(None)),
        What::Typed("/theme".to_owned()),
        What::Typed("/model haiku".to_owned()),
        What::Printed("Set".to_owned()),
        What::Note(Note::PullRequest("https://example.com/1".to_owned())),
    ];
    let reel = reel(100, story);
    let expected = [
        "prompt",
        "word",
        "looks",
        "edit",
        "new file",
        "failed command",
        "denied command",
        "tool",
        "answer",
        "typed",
        "note",
    ];
    assert_eq!(kinds(&reel), expected);
    let Shot::Looks { files, searches, commands, .. } = &reel.scenes[2].shot else { panic!() };
    assert_eq!((*files, *searches, *commands), (2, 1, 1), "one after the other they are one look");
    let Shot::Command { output, took_ms, .. } = &reel.scenes[5].shot else { panic!() };
    assert_eq!((output.exit_code, output.tail.len(), *took_ms), (Some(101), 2, Some(1_000)));
    let totals = &reel.totals;
    assert_eq!((totals.prompts, totals.edits, totals.files, totals.added, totals.removed), (1, 2, 2, 2, 1));
    assert_eq!((totals.commands, totals.failed, totals.denied, reel.left_out), (2, 1, 1, 0));
    assert_eq!((totals.first, totals.last, totals.active_ms), (Some(0), Some(27_000), 27_000));
}

#[test]
fn words_on_the_way_are_told_where_they_say_something() {
    let long = "I will read the code that splits the lines before I change anything of it.";
    let [edit, done] = edited("e1");
    let told = reel(9, [What::Text(long.to_owned()), What::Text("So.".to_owned()), edit, done]);
    assert_eq!(kinds(&told), ["word", "edit"]);
}

#[test]
fn questions_plans_and_agents() {
    let question = crate::beat::Question { text: "Which?".to_owned(), options: Vec::new() };
    let told = reel(
        9,
        [
            called("q", "AskUserQuestion", Body::Questions(vec![question])),
            answered(
                "q",
                "Your questions have been answered: \"Which?\"=\"This\". You can now continue with it.",
            ),
            called("p", "ExitPlanMode", Body::Plan("1. Do it".to_owned())),
            answered("p", "User has approved your plan"),
            called("a", "Agent", Body::Agent { kind: "Explore".to_owned(), prompt: "look".to_owned() }),
            answered("a", "started"),
        ],
    );
    assert_eq!(kinds(&told), ["question", "plan", "approved", "agent"]);
    assert!(matches!(&told.scenes[0].shot, Shot::Question { answer, .. } if answer == "This"));
}

#[test]
fn what_a_fork_copied_is_not_shown() {
    let mut composer = Composer::new(9);
    composer.beat(beat(0, What::Prompt("old".to_owned())));
    composer.beat(Beat { copied: true, ..beat(1, What::Text("another session's answer".to_owned())) });
    composer.beat(beat(2, What::Prompt("new".to_owned())));
    let reel = composer.finish();
    assert_eq!((kinds(&reel), reel.totals.prompts, reel.totals.first), (vec!["prompt"], 1, Some(2)));
}

#[test]
fn of_too_many_the_most_telling_stay_and_lie_evenly() {
    let mut story = vec![What::Prompt("Do much".to_owned())];
    for number in 0..1_000 {
        story.extend(edited(&format!("e{number}")));
        story.push(called(&format!("b{number}"), "Bash", run("true")));
        story.push(answered(&format!("b{number}"), "ok"));
    }
    story.push(What::Text("Done.".to_owned()));
    let reel = reel(24, story);
    assert_eq!((reel.scenes.len(), reel.left_out, reel.totals.edits), (24, 2_002 - 24, 1_000));
    let kinds = kinds(&reel);
    assert_eq!((kinds[0], kinds[23]), ("prompt", "answer"));
    let of = |wanted: &str| kinds.iter().filter(|kind| **kind == wanted).count();
    assert!(of("edit") > of("command") && of("command") > 3, "{kinds:?}");
    for wanted in ["edit", "command"] {
        let these = reel.scenes.iter().zip(&kinds).filter(|(_, kind)| **kind == wanted);
        let times: Vec<i64> = these.filter_map(|(scene, _)| scene.at).collect();
        let (even, widest) =
            (4_000_000 / of(wanted) as i64, times.windows(2).map(|pair| pair[1] - pair[0]).max());
        assert!(widest.unwrap() <= 3 * even, "{wanted}: {times:?}");
    }
}

#[test]
fn pauses_are_nobodys_work() {
    let mut composer = Composer::new(9);
    for at in [0, 60_000, 3_600_000, 3_660_000, 3_600_500] {
        composer.beat(beat(at, What::Prompt("x".to_owned())));
    }
    assert_eq!(composer.finish().totals.active_ms, 120_000, "and a clock that goes back takes nothing away");
}

#[test]
fn calls_without_an_answer_take_bounded_room() {
    let mut composer = Composer::new(3);
    for number in 0..2_000 {
        composer.beat(beat(0, called(&number.to_string(), "Bash", run("x"))));
        composer.beat(beat(0, What::Prompt(number.to_string())));
    }
    let held: usize = composer.kinds.values().map(|kind| kind.candidates.len()).sum();
    assert!(composer.open.len() <= MAX_OPEN && held < 30, "{held}");
    assert_eq!(composer.finish().left_out, 1_997);
}

/// Any beat.
fn any_what() -> impl Strategy<Value = What> {
    let id = || prop::sample::select(vec!["a", "b", "c"]);
    let text = || "[ -~é\n\r`]{0,40}";
    prop_oneof![
        text().prop_map(What::Prompt),
        text().prop_map(What::Text),
        text().prop_map(What::Typed),
        (id(), text()).prop_map(|(id, text)| called(id, "Bash", run(&text))),
        (id(), text()).prop_map(|(id, text)| called(
            id,
            "Write",
            Body::Write { path: "/w".to_owned(), text }
        )),
        id().prop_map(|id| called(id, "Read", Body::None)),
        id().prop_map(|id| edited(id)[0].clone()),
        (id(), text()).prop_map(|(id, text)| answered(id, &text)),
        (id(), text(), any::<bool>()).prop_map(|(id, text, denied)| failed(id, &text, denied)),
        Just(What::Note(Note::TurnEnded(None))),
        Just(What::Note(Note::Interrupted)),
    ]
}

proptest! {
    #[test]
    fn nothing_is_counted_twice_or_lost(whats in prop::collection::vec((any_what(), any::<Option<i64>>()), 0..60), most in 1usize..9) {
        let compose = |most| {
            let mut composer = Composer::new(most);
            for (what, at) in whats.clone() {
                composer.beat(Beat { at, copied: false, what });
            }
            composer.finish()
        };
        let (all, some) = (compose(10_000), compose(most));
        prop_assert_eq!(all.left_out, 0);
        prop_assert_eq!(some.scenes.len() as u64 + some.left_out, all.scenes.len() as u64);
        prop_assert_eq!(some.scenes.len(), all.scenes.len().min(most));
        prop_assert_eq!(&some.totals, &all.totals);
        // What stays is in order.
        let mut rest = all.scenes.iter();
        prop_assert!(some.scenes.iter().all(|scene| rest.any(|other| other == scene)));
        prop_assert!(all.scenes.iter().all(|scene| (400..60_000).contains(&scene.shot.reading_ms())));
    }
}

#[test]
fn what_subagents_did_stands_among_what_the_session_did_and_what_they_said_does_not() {
    let mut composer = Composer::new(50);
    composer.beat(beat(0, What::Prompt("Go.".to_owned())));
    let [call, result] = edited("e1");
    let agent = Body::Agent { kind: "Explore".to_owned(), prompt: "look".to_owned() };
    composer.beat(beat(1, called("a1", "Agent", agent)));
    for (at, what) in [
        (2, What::Prompt("You are a subagent.".to_owned())),
        (3, What::Text("I shall look at everything before I begin to change it, as I was told.".to_owned())),
        (4, called("r1", "Read", Body::None)),
        (5, answered("r1", "text")),
        (6, called("c1", "Bash", run("ls"))),
        (7, answered("c1", "a")),
        (8, call),
        (9, result),
        (10, called("c2", "Bash", run("make"))),
        (11, failed("c2", "Exit code 2", false)),
    ] {
        composer.of_subagent("Explore", beat(at, what));
    }
    composer.beat(beat(12, What::Text("It is done, and all of it is well.".to_owned())));
    composer.beat(beat(13, What::Note(Note::Closed)));
    let reel = composer.finish();
    let whose: Vec<(Option<&str>, &str)> = reel
        .scenes
        .iter()
        .map(|scene| {
            let what = match scene.shot {
                Shot::Prompt(_) => "prompt",
                Shot::Agent { .. } => "agent",
                Shot::Edit { .. } => "edit",
                Shot::Command { .. } => "command",
                Shot::Reply { .. } => "reply",
                _ => "else",
            };
            (scene.agent.as_deref(), what)
        })
        .collect();
    let own = |what| (None, what);
    let of_agent = |what| (Some("Explore"), what);
    assert_eq!(
        whose[..5],
        [own("prompt"), own("agent"), of_agent("edit"), of_agent("command"), own("reply")],
        "{:#?}",
        reel.scenes
    );
    let Totals { edits, commands, failed, prompts, .. } = reel.totals;
    assert_eq!((edits, commands, failed, prompts), (1, 2, 1, 1));
}
