//! What is drawn: every view at 60, 80, 120 and 200 columns, with and without colours.

use super::{NOON, Screen, options};
use crate::{Dashboard, Event, Found, FoundIn, Glyphs, Look, Options, Passage, Theme};

const WIDTHS: [u16; 4] = [60, 80, 120, 200];
const HEIGHT: u16 = 30;

/// A view, by the keys that lead to it, in each width: as text, and one of them with its colours in each theme.
fn view(keys: &str) -> String {
    let mut all = String::new();
    for width in WIDTHS {
        let text = Screen::new(width, HEIGHT).press(keys).text();
        all.push_str(&format!("=== {width} columns\n{text}"));
        let plain = Options { theme: Theme::None, ..options() };
        let bare = Screen::with(width, HEIGHT, plain).press(keys).text();
        assert_eq!(bare, text, "without colours the text is the same");
        if width != 80 {
            let styled = Screen::new(width, HEIGHT).press(keys).styled();
            all.push_str(&format!("=== {width} columns, in colour\n{styled}"));
        }
    }
    for theme in Theme::ALL {
        let styled = Screen::with(80, HEIGHT, Options { theme, ..options() }).press(keys).styled();
        all.push_str(&format!("=== 80 columns, {}\n{styled}", theme.word()));
    }
    all
}

macro_rules! views {
    ($($name:ident: $keys:expr,)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(view($keys));
            }
        )*
    };
}

views! {
    list: "",
    grouped: "g",
    folded_group: "gk<Left>",
    subagents: "jj<Right>jj",
    one_status: "f",
    one_focus: "v",
    none_match: "/nothing like it<Enter>",
    typing: "/lo",
    sorted_by_cost: "sss",
    said: "y",
    armed: "d",
    overview: "jj<Enter>",
    timeline: "<Enter>2",
    calls: "<Enter>3",
    files: "<Enter>4",
    cost: "<Enter>5",
    health: "jj<Enter>6",
    transcript: "<Enter>7<Enter>",
    found: "<Enter>7<Enter>/refresh<Enter>",
    subagent_transcript: "jj<Right>j<Enter>",
    spend: "$",
    spend_of_a_year: "$]]]",
    notices: "<F3>",
    review: "M",
    review_of_a_decision: "Mjj",
    searching: "F",
    search_found: "Ffailed<Enter>",
    search_opened: "Ffailed<Enter>j<Enter>",
    search_nothing: "Fzebra<Enter>",
    subagent_overview: "jj<Right>j1",
    subagent_cost: "jj<Right>j5",
    help: "?",
    prompt: "y",
    palette: ":",
    palette_narrowed: ":go to shop",
}

#[test]
fn nothing_runs_and_nothing_was_ever_there() {
    let mut all = String::new();
    for (transcripts, width) in [(0, 80), (12, 80), (0, 40)] {
        let mut screen = Screen::new(width, 12);
        let look = Look { transcripts, looked_in: vec!["~/.claude".to_owned()], ..Look::default() };
        screen.tell(Event::Look(Box::new(look)));
        all.push_str(&screen.text());
    }
    let mut first = Screen::new(80, 6);
    first.dash = Dashboard::new(options(), NOON);
    all.push_str(&first.text());
    insta::assert_snapshot!(all);
}

#[test]
fn ascii_only() {
    for keys in
        ["", "g", "jj<Right>", "<Enter>", "<Enter>7", "$", "?", ":", "y", "<Enter>5", "F", "Fnpm<Enter>"]
    {
        for width in [120, 220] {
            let ascii = Options { glyphs: Glyphs::Ascii, ..options() };
            let text = Screen::with(width, HEIGHT, ascii).press(keys).text();
            let strange: String = text.chars().filter(|letter| !letter.is_ascii()).collect();
            assert_eq!(strange, "", "after {keys:?} at {width}");
        }
    }
    let ascii = || Options { glyphs: Glyphs::Ascii, ..options() };
    let open = Screen::with(100, 16, ascii()).press("jj<Right>").text();
    assert!(open.contains("api-docs v3 +2"), "{open}");
    let help = Screen::with(160, 80, ascii()).press("?").text();
    assert!(help.contains(">3                  behind a session: subagents it has started"), "{help}");
    let text = Screen::with(100, 16, ascii()).text();
    assert!(text.contains("api-docs >3 +2"), "{text}");
    insta::assert_snapshot!(text);
}

/// The titles of the columns that are shown.
fn titles(screen: &mut Screen) -> Vec<&'static str> {
    const TITLES: [&str; 13] = [
        "STATUS", "FOR", "BY", "SESSION", "PROJECT", "CONTEXT", "COST", "$/H", "UP", "CPU", "MEM", "TOKENS",
        "ACTIVITY",
    ];
    let text = screen.text();
    let line = text.lines().find(|line| line.contains("STATUS")).unwrap();
    let line = line.split('│').next().unwrap();
    TITLES.into_iter().filter(|title| line.split_whitespace().any(|word| word == *title)).collect()
}

#[test]
fn a_wider_screen_never_has_fewer_columns() {
    for (keys, second) in [("", 10), ("", 0), ("<Enter>", 10), ("w", 10), ("g", 10)] {
        let mut before = Vec::new();
        let mut beside = None;
        let mut screen = Screen::new(40, 20);
        screen.at(second * 1_000).press(keys);
        for width in 40..=260 {
            screen.resize(width, 20);
            let now = titles(&mut screen);
            assert!(
                before.iter().all(|title| now.contains(title)),
                "{keys:?} at {width}: {before:?}, {now:?}"
            );
            match width {
                120 => assert!(now.contains(&"TOKENS") && now.contains(&"ACTIVITY"), "{now:?}"),
                160.. => assert_eq!(now.len(), 13, "{now:?} at {width}"),
                _ => {}
            }
            if beside.is_none() && screen.dash.wide {
                beside = Some(width);
            }
            before = now;
        }
        match keys {
            "w" => assert_eq!(beside, None),
            "<Enter>" => assert!((220..250).contains(&beside.unwrap()), "{beside:?}"),
            _ => assert!((195..215).contains(&beside.unwrap()), "{beside:?}"),
        }
    }
}

#[test]
fn what_stands_beside_the_list_does_not_come_and_go_with_a_cell() {
    let width = (150..260).find(|width| Screen::new(*width, HEIGHT).dash.wide).unwrap();
    let mut screen = Screen::new(width, HEIGHT);
    let mut look = crate::demo::Demo::new(NOON).look(NOON + 10_000);
    look.sessions[0].cost.usd = claudectl_fleet::money::Usd::from_dollars(90_000.0).unwrap();
    screen.tell(Event::Look(Box::new(look)));
    assert!(screen.dash.wide && screen.text().contains("─ latest ─"));
    assert_eq!(titles(&mut screen).len(), 13);
}

/// What its subagents may cost is not what stands before it.
#[test]
fn whose_budget_is_over_is_told_behind_the_cost() {
    use claudectl_fleet::budget::Level;
    for width in [80, 120] {
        for (own, agents, words) in [
            (Some(Level::Exceeded), None, "$0.60 over"),
            (None, Some(Level::Exceeded), "$0.60 agents over"),
            (Some(Level::Ok), Some(Level::Warning), "$0.60 agents !"),
            (None, Some(Level::Unknown), "$0.60 agents ?"),
        ] {
            let mut screen = Screen::new(width, HEIGHT);
            let mut look = crate::demo::Demo::new(NOON).look(NOON + 10_000);
            look.sessions.truncate(1);
            let cost = &mut look.sessions[0].cost;
            cost.usd = claudectl_fleet::money::Usd::from_dollars(0.6).unwrap();
            (cost.budget_level, cost.fanout_level) = (own, agents);
            (cost.unpriced_messages, cost.unverified_usd) = (0, claudectl_fleet::money::Usd::ZERO);
            screen.tell(Event::Look(Box::new(look)));
            let line = screen.text().lines().find(|line| line.contains("$0.60")).unwrap().to_owned();
            assert!(line.contains(words), "{width}: {line}");
        }
    }
}

#[test]
fn the_order_is_told_where_its_column_has_no_room() {
    let mut screen = Screen::new(80, HEIGHT);
    screen.press("sssssss");
    screen.at(60_000);
    let text = screen.text();
    assert!(!text.contains("TOKENS") && text.contains("sorted by tokens ▼"), "{text}");
    screen.press("S");
    screen.at(90_000);
    assert!(screen.text().contains("sorted by tokens ▲"));
    screen.resize(120, HEIGHT);
    let text = screen.text();
    assert!(text.contains("TOKENS ▲") && !text.contains("sorted by"), "{text}");
    screen.resize(60, 8);
    assert!(screen.text().contains("sorted by tokens ▲"), "nor have titles");
    screen.resize(60, 5);
    assert!(!screen.text().contains("sorted by"), "sessions are worth more");
}

#[test]
fn a_session_beside_the_list() {
    let mut all = String::new();
    for keys in ["", "w", "jj<Enter>"] {
        for width in [220, 250] {
            all.push_str(&format!(
                "=== {keys:?} at {width}\n{}",
                Screen::new(width, HEIGHT).press(keys).text()
            ));
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn small_screens_show_what_matters_most() {
    let mut all = String::new();
    for (width, height) in [(20, 5), (30, 8), (11, 5), (40, 1), (60, 3)] {
        all.push_str(&format!("=== {width} x {height}\n{}", Screen::new(width, height).text()));
    }
    all.push_str(&format!("=== 12 x 2, open\n{}", Screen::new(12, 2).press("<Enter>").text()));
    all.push_str(&format!("=== 20 x 5, open\n{}", Screen::new(20, 5).press("<Enter>").text()));
    all.push_str(&format!("=== 20 x 5, search\n{}", Screen::new(20, 5).press("Ftoken<Enter>").text()));
    all.push_str(&format!("=== 40 x 10, search\n{}", Screen::new(40, 10).press("Ftoken<Enter>").text()));
    all.push_str(&format!("=== 30 x 8, health\n{}", Screen::new(30, 8).press("6").text()));
    all.push_str(&format!("=== 20 x 5, help\n{}", Screen::new(20, 5).press("?").text()));
    insta::assert_snapshot!(all);
}

#[test]
fn in_ascii_any_other_character_is_a_question_mark_in_each_of_its_cells() {
    use claudectl_fleet::beat::{Beat, What};
    let hostile = "日本 👩\u{200d}👩\u{200d}👧 e\u{301} naïve ⏎ 🇩🇪 \u{200d}x…→ \u{1b}[1m\u{202e}";
    for keys in ["", "g", "<Enter>", "1", "4", "6", "<Esc>:", "<Esc>Fa<Enter>", "<Esc><Esc><Enter>7", "/日本"]
    {
        for (width, glyphs) in [(100, Glyphs::Ascii), (220, Glyphs::Ascii), (100, Glyphs::Full)] {
            let mut screen = Screen::with(width, 30, Options { glyphs, ..options() });
            let mut look = crate::demo::Demo::new(NOON).look(NOON + 10_000);
            for session in &mut look.sessions {
                let texts = [&mut session.name, &mut session.status.detail, &mut session.branch];
                texts.into_iter().for_each(|text| *text = Some(hostile.to_owned()));
                session.project = hostile.to_owned();
            }
            let id = look.sessions[0].id.clone();
            screen.press(keys);
            screen.tell(Event::Look(Box::new(look)));
            let beats =
                vec![(0, Beat { at: Some(NOON), copied: false, what: What::Text(hostile.to_owned()) })];
            let page = crate::StoryPage { session: id, to: 9, size: 9, beats, ..Default::default() };
            screen.tell(Event::Story(Box::new(page)));
            let strange = !screen.text().is_ascii();
            assert_eq!(strange, glyphs == Glyphs::Full, "after {keys:?} at {width}: {}", screen.text());
        }
    }
    let named = |glyphs| {
        let mut screen = Screen::with(120, 30, Options { glyphs, ..options() });
        let mut look = crate::demo::Demo::new(NOON).look(NOON + 10_000);
        look.sessions[0].name = Some("日本 ⏎ é👩\u{200d}👧!".to_owned());
        screen.tell(Event::Look(Box::new(look)));
        let row = screen.rows()[2][2..].to_vec();
        (row.concat(), row.iter().position(|cell| cell == "$"))
    };
    let ((full, place), (ascii, in_ascii)) = (named(Glyphs::Full), named(Glyphs::Ascii));
    assert!(ascii.contains("???? \\ ???! 6a1c02de"), "{ascii}");
    assert!(full.contains("日 本  ⏎ é👩\u{200d}👧 ! 6a1c02de"), "{full}");
    assert_eq!(place, in_ascii, "what stands behind it stands where it did");
}

#[test]
fn hostile_texts_stay_in_their_place() {
    let mut screen = Screen::new(100, 20);
    let mut look = crate::demo::Demo::new(NOON).look(NOON + 10_000);
    let hostile = "a\u{1b}[2J\u{1b}]0;title\u{7}b\nc\r\u{202e}d\u{200b}\u{0}";
    for session in &mut look.sessions {
        session.name = Some(hostile.to_owned());
        session.project = hostile.to_owned();
        session.status.detail = Some(hostile.to_owned());
        session.branch = Some(hostile.to_owned());
        session.cwd = Some(hostile.to_owned());
    }
    for keys in ["", "g", "<Enter>", "6", "4", "<Esc>:"] {
        screen.press(keys);
        screen.tell(Event::Look(Box::new(look.clone())));
        let text = screen.text();
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{7}'),
            "{text:?}"
        );
        assert_eq!(text.lines().count(), 20, "no text makes a line of its own");
    }
    screen.press("<Esc>Fa<Enter>");
    let passage = Passage {
        role: "prompt",
        agent: Some(hostile.to_owned()),
        lines: vec![vec![
            (hostile.to_owned(), false),
            (hostile.to_owned(), true),
            (hostile.to_owned(), false),
        ]],
        ..Passage::default()
    };
    let of = FoundIn {
        session: hostile.to_owned(),
        name: Some(hostile.to_owned()),
        project: Some(hostile.to_owned()),
        hits: 1,
        shown: vec![passage],
    };
    let why = Some(hostile.to_owned());
    let found = Found { query: "a".to_owned(), hits: 1, sessions: 1, of: vec![of], why, ..Found::default() };
    screen.tell(Event::Found(Box::new(found)));
    for keys in ["", "<Enter>", "1"] {
        let text = screen.press(keys).text();
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{7}'),
            "{text:?}"
        );
    }
}

#[test]
fn a_guard_that_does_not_stand_is_seen_at_once() {
    use claudectl_fleet::alarm::{Alarm, Cause, Kind};
    let mut screen = Screen::new(110, 24);
    screen.first(|session| {
        let alarm = |kind, message: &str, guess| Alarm {
            kind,
            cause: Cause::Hooks(None),
            message: message.to_owned(),
            at: Some(0),
            call: None,
            guess,
        };
        session.gate.alarms = vec![
            alarm(Kind::Absent, "the gate is absent: hooks did not run, and nothing says why", true),
            alarm(Kind::Error, "the gate failed: no rules", false),
        ];
    });
    let list = screen.text();
    screen.press("<Enter>");
    let small = {
        let mut small = Screen::new(44, 9);
        small.first(|session| {
            let message = "the gate is absent: it was started with --bare".to_owned();
            let (kind, cause) = (Kind::Absent, Cause::Hooks(None));
            session.gate.alarms = vec![Alarm { kind, cause, message, at: None, call: None, guess: false }];
        });
        small.text()
    };
    insta::assert_snapshot!(format!("{list}\n{}\n{small}", screen.text()));
}
