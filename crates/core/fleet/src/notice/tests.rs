use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::alarm::{Alarm, Cause, Kind};
use crate::budget::{Alert, Level, Scope};
use crate::context::Source as WindowSource;
use crate::money::Usd;
use crate::reading::{Limit, Quota};
use crate::session::{Conflict, Context, Cost, Gate, ProcessFigures, Session, Subagent, TokenCounts};
use crate::status::Status;

const RULES: Rules =
    Rules { context_pct: 75.0, quota_pct: 80.0, warn_at_percent: 80, waiting_at_start: true };

fn session(id: &str, state: State, since: i64) -> Session {
    Session {
        id: id.to_owned(),
        name: Some("one".to_owned()),
        agent: "claude-code",
        kind: None,
        pid: (state != State::Finished).then_some(7),
        project: "shop".to_owned(),
        project_path: Some("/src/shop".to_owned()),
        cwd: Some("/src/shop/web".to_owned()),
        branch: None,
        worktree: None,
        model: None,
        permission_mode: None,
        version: None,
        status: Status { state, since: Some(since), source: Source::Registry, detail: None },
        turns_at: None,
        turned_at: None,
        asked: None,
        started_at: Some(0),
        last_activity_at: None,
        context: Context::default(),
        tokens: TokenCounts::default(),
        cost: Cost::default(),
        messages: 3,
        prompts: None,
        tool_calls: None,
        errors: None,
        pending: Vec::new(),
        process: ProcessFigures { start: Some(1), ..ProcessFigures::default() },
        host: None,
        recent_errors: Vec::new(),
        subagents: Vec::new(),
        background: Vec::new(),
        files_modified: None,
        tool_usage: None,
        conflicts: Vec::new(),
        health: Vec::new(),
        decay_score: None,
        gate: Gate::default(),
        transcript: None,
        pulse: crate::pulse::Pulse::default(),
        last_failed: false,
    }
}

fn all_of(sessions: &[Session]) -> Vec<&Session> {
    sessions.iter().collect()
}

fn asks(since: i64, call: Option<&str>) -> Session {
    let mut session = session("a", State::NeedsPermission, since);
    session.status.detail = Some("Bash: make".to_owned());
    Session { asked: call.map(str::to_owned), ..session }
}

fn with_context(pct: f64) -> Session {
    let context = Context { pct: Some(pct), source: Some(WindowSource::Table), ..Context::default() };
    Session { context, ..session("a", State::Working, 1) }
}

/// The events of each look after the other.
fn told(looks: &[Vec<Session>]) -> Vec<Vec<Notice>> {
    let mut before: Option<Seen> = None;
    let mut all = Vec::new();
    for (at, sessions) in looks.iter().enumerate() {
        let now = Seen::of(before.as_ref(), &all_of(sessions), None, &RULES, 1_000 * at as i64);
        all.push(news(before.as_ref(), &now, &RULES));
        before = Some(now);
    }
    all
}

fn words(looks: &[Vec<Session>]) -> Vec<Vec<&'static str>> {
    told(looks).iter().map(|found| found.iter().map(|notice| notice.event.word()).collect()).collect()
}

#[test]
fn names_are_those_of_the_published_configuration() {
    assert_eq!(EVENTS.len(), Event::ALL.len());
    for event in Event::ALL {
        assert_eq!(Event::parse(event.word()), Some(event));
        assert_eq!(serde_json::to_value(event).unwrap(), event.word());
    }
    assert_eq!(Event::parse("on_budget_80"), None);
}

#[test]
fn what_is_wrong_with_the_guard_is_told_once_and_at_the_start_too() {
    let alarm = |kind, at| Alarm {
        kind,
        cause: Cause::Hooks(None),
        message: "it is absent".to_owned(),
        at: Some(at),
        call: None,
        guess: true,
    };
    let with = |alarms: &[Alarm]| {
        let gate = Gate { alarms: alarms.to_vec(), ..Gate::default() };
        vec![Session { gate, ..session("a", State::Working, 5) }]
    };
    let absent = || alarm(Kind::Absent, 7);
    let looks = [with(&[absent()]), with(&[absent()]), with(&[absent(), alarm(Kind::Error, 9)]), with(&[])];
    let told = told(&looks);
    let titles: Vec<Vec<(&str, &str)>> = told
        .iter()
        .map(|all| all.iter().map(|notice| (notice.event.word(), notice.text.as_str())).collect())
        .collect();
    let one = ("on_gate_alarm", "it is absent (a guess)");
    assert_eq!(titles, [vec![one], vec![], vec![one], vec![]]);
    assert_eq!(told[0][0].title, "one (shop): GATE ALARM");
    assert_ne!(told[0][0].id, told[2][0].id);
}

#[test]
fn a_table_of_what_happens_between_looks() {
    let (working, waiting) = (|| session("a", State::Working, 5), || session("a", State::Waiting, 9));
    let finished = || session("a", State::Finished, 20);
    // One that waits: when its last row was made, the responses, since when.
    let turned = |at, messages, since| Session {
        turned_at: Some(at),
        messages,
        ..session("a", State::Waiting, since)
    };
    type Case<'a> = (&'a str, &'a [Vec<Session>], &'a [&'a [&'a str]]);
    let table: &[Case<'_>] = &[
        ("nothing", &[vec![], vec![]], &[&[], &[]]),
        ("the first look says nothing of what was so", &[vec![waiting(), finished()]], &[&[]]),
        ("but of what waits", &[vec![asks(5, Some("t1"))]], &[&["on_needs_input"]]),
        (
            "a turn ends once",
            &[vec![working()], vec![waiting()], vec![waiting()]],
            &[&[], &["on_status_change", "on_waiting"], &[]],
        ),
        (
            "its time may be renewed",
            &[vec![working()], vec![waiting()], vec![session("a", State::Waiting, 11)]],
            &[&[], &["on_status_change", "on_waiting"], &[]],
        ),
        (
            "a turn that nobody saw",
            &[
                vec![working()],
                vec![waiting()],
                vec![Session { messages: 4, ..session("a", State::Waiting, 11) }],
            ],
            &[&[], &["on_status_change", "on_waiting"], &["on_waiting"]],
        ),
        (
            "a turn that nobody saw, whose rows come after its end",
            &[
                vec![working()],
                vec![turned(8, 3, 9)],
                vec![turned(8, 3, 11)],
                vec![turned(10, 4, 11)],
                vec![turned(10, 5, 11)],
            ],
            &[&[], &["on_status_change", "on_waiting"], &[], &["on_waiting"], &[]],
        ),
        (
            "a turn that nobody saw, whose rows come before its end",
            &[
                vec![working()],
                vec![turned(8, 3, 9)],
                vec![turned(12, 4, 9)],
                vec![turned(12, 4, 14)],
                vec![turned(12, 4, 16)],
            ],
            &[&[], &["on_status_change", "on_waiting"], &[], &["on_waiting"], &[]],
        ),
        (
            "what is written a moment after the end is no other turn, and was none when the time is renewed",
            &[
                vec![working()],
                vec![turned(8, 3, 9)],
                vec![turned(10, 4, 9)],
                vec![turned(10, 4, 9)],
                vec![turned(10, 4, 9)],
                vec![turned(10, 4, 9)],
                vec![turned(10, 4, 9)],
                vec![turned(10, 4, 6_900)],
            ],
            &[&[], &["on_status_change", "on_waiting"], &[], &[], &[], &[], &[], &[]],
        ),
        (
            "rows that come late are no other turn",
            &[vec![working()], vec![waiting()], vec![Session { messages: 4, ..waiting() }]],
            &[&[], &["on_status_change", "on_waiting"], &[]],
        ),
        (
            "it comes and goes",
            &[vec![], vec![working()], vec![]],
            &[&[], &["on_session_start"], &["on_status_change", "on_finished"]],
        ),
        (
            "it is resumed",
            &[vec![working()], vec![finished()], vec![finished()], vec![waiting()]],
            &[&[], &["on_status_change", "on_finished"], &[], &["on_session_start", "on_status_change"]],
        ),
        (
            "it was over before anybody looked",
            &[vec![], vec![finished()]],
            &[&[], &["on_session_start", "on_finished"]],
        ),
        (
            "a client without a session is none",
            &[vec![], vec![session("pid:7", State::Unknown, 1)], vec![]],
            &[&[], &[], &[]],
        ),
        (
            "idle, an error, a limit, a stall",
            &[
                vec![waiting()],
                vec![session("a", State::Idle, 9)],
                vec![session("a", State::Error, 10)],
                vec![session("a", State::RateLimited, 11)],
                vec![session("a", State::Stalled, 12)],
            ],
            &[
                &[],
                &["on_status_change", "on_idle"],
                &["on_status_change", "on_error"],
                &["on_status_change", "on_rate_limited"],
                &["on_status_change", "on_stalled"],
            ],
        ),
        (
            "who had no turn is not idle",
            &[vec![working()], vec![Session { messages: 0, ..session("a", State::Idle, 9) }]],
            &[&[], &["on_status_change"]],
        ),
        (
            "how a session that comes was left is no news",
            &[vec![], vec![session("a", State::Error, 1)]],
            &[&[], &["on_session_start"]],
        ),
        (
            "context rises, stays, falls, rises",
            &[
                vec![with_context(70.0)],
                vec![with_context(75.0)],
                vec![with_context(90.0)],
                vec![with_context(20.0)],
                vec![with_context(80.0)],
            ],
            &[&[], &["on_context_high"], &[], &[], &["on_context_high"]],
        ),
    ];
    for (what, looks, wanted) in table {
        let found = words(looks);
        assert_eq!(found.iter().map(Vec::as_slice).collect::<Vec<_>>(), *wanted, "{what}");
    }
}

#[test]
fn a_dialog_is_one_fact_however_it_becomes_known() {
    let working = || vec![session("a", State::Working, 1)];
    let once = &[&[][..], &["on_status_change", "on_needs_input"], &[]];
    let twice = &[&[][..], &["on_status_change", "on_needs_input"], &["on_needs_input"]];
    let table: &[(&str, Session, Session, &[&[&str]; 3])] = &[
        ("the same", asks(5, Some("t1")), asks(5, Some("t1")), once),
        ("its time is renewed", asks(5, Some("t1")), asks(8, Some("t1")), once),
        ("the next one", asks(5, Some("t1")), asks(8, Some("t2")), twice),
        ("the next one, told at once", asks(5, Some("t1")), asks(5, Some("t2")), twice),
        ("its call becomes known", asks(5, None), asks(5, Some("t1")), once),
        ("its call is not seen for a moment", asks(5, Some("t1")), asks(5, None), once),
        ("nothing is known of it", asks(5, None), asks(8, None), once),
        ("another, of which nothing is known", asks(5, Some("t1")), asks(8, None), twice),
    ];
    for (what, first, second, wanted) in table {
        let looks = [working(), vec![first.clone()], vec![second.clone()]];
        let found = words(&looks);
        assert_eq!(found.iter().map(Vec::as_slice).collect::<Vec<_>>(), wanted.as_slice(), "{what}");
    }
    // Whoever leads next finds it under one of the two names.
    let first = told(&[working(), vec![asks(5, None)]]).remove(1).remove(1);
    let later = told(&[vec![asks(5, Some("t1"))]]).remove(0).remove(0);
    assert_eq!((Some(&first.id), first.also.as_ref()), (later.also.as_ref(), None));
    let again = told(&[vec![asks(9, Some("t1"))]]).remove(0).remove(0);
    assert_eq!(again.id, later.id);
    let elsewhere = told(&[vec![Session { id: "b".to_owned(), ..asks(9, Some("t1")) }]]).remove(0).remove(0);
    assert_ne!(elsewhere.id, later.id, "calls of two sessions may have one id: a fork's");
}

#[test]
fn nothing_is_made_of_what_was_so_unless_that_is_wanted() {
    let rules = Rules { waiting_at_start: false, ..RULES };
    let seen = Seen::of(None, &[&asks(5, Some("t1"))], None, &rules, 10);
    assert_eq!(news(None, &seen, &rules), []);
}

fn usd(dollars: f64) -> Usd {
    Usd::from_dollars(dollars).unwrap()
}

#[test]
fn budgets_of_a_session_are_told_once_each() {
    let at = |level, spent| {
        let cost = Cost {
            usd: usd(spent),
            budget_usd: Some(usd(10.0)),
            budget_level: Some(level),
            ..Cost::default()
        };
        vec![Session { cost, ..session("a", State::Working, 1) }]
    };
    let looks =
        [at(Level::Ok, 1.0), at(Level::Warning, 8.0), at(Level::Warning, 9.0), at(Level::Exceeded, 10.5)];
    let found = told(&looks);
    let texts: Vec<Vec<(&str, &str)>> = found
        .iter()
        .map(|look| look.iter().map(|notice| (notice.event.word(), notice.text.as_str())).collect())
        .collect();
    assert_eq!(
        texts,
        [
            vec![],
            vec![("on_budget_warning", "$8.00 of $10.00 for the session")],
            vec![],
            vec![("on_budget_exceeded", "$10.50 of $10.00 for the session")],
        ]
    );
    let unpriced = told(&[
        at(Level::Ok, 0.5),
        at(Level::Unknown, 1.0),
        at(Level::Unknown, 2.0),
        at(Level::Warning, 8.0),
    ]);
    let texts: Vec<&str> = unpriced.iter().flatten().map(|notice| notice.text.as_str()).collect();
    let unknown = "at least $1.00 (a model has no price) of $10.00 for the session";
    assert_eq!(texts, [unknown, "$8.00 of $10.00 for the session"]);
    let leap = told(&[at(Level::Ok, 1.0), at(Level::Exceeded, 11.0)]);
    assert_eq!(leap[1].len(), 1, "past the warning at once");
    assert_eq!(leap[1][0].id, found[3][0].id);
}

#[test]
fn the_budget_of_subagents_is_the_one_that_counts_for_the_session() {
    let at = |limit: f64, spent: f64| {
        let cost = Cost { fanout_budget_usd: Some(usd(limit)), ..Cost::default() };
        let agent = Subagent {
            id: "a1".to_owned(),
            kind: "Explore".to_owned(),
            description: None,
            state: "running",
            model: None,
            tokens: TokenCounts::default(),
            cost_usd: usd(spent),
            messages: 1,
        };
        vec![Session { cost, subagents: vec![agent], ..session("a", State::Working, 1) }]
    };
    let looks = [at(10.0, 1.0), at(10.0, 10.0), at(20.0, 10.0), at(20.0, 16.0), at(20.0, 20.0)];
    let texts: Vec<Vec<String>> =
        told(&looks).into_iter().map(|look| look.into_iter().map(|notice| notice.text).collect()).collect();
    let told = |text: &str| vec![text.to_owned()];
    assert_eq!(
        texts,
        [
            vec![],
            told("$10.00 of $10.00 for its subagents"),
            vec![],
            told("$16.00 of $20.00 for its subagents"),
            told("$20.00 of $20.00 for its subagents"),
        ],
        "one that was raised is told of anew"
    );
}

fn figures(alerts: Vec<Alert>, quotas: Vec<Quota>) -> Figures {
    Figures { alerts, quotas, month: "2026-11".to_owned() }
}

fn alert(scope: Scope, subject: &str, level: Level) -> Alert {
    Alert { scope, subject: subject.to_owned(), spent: usd(9.0), unpriced: 0, limit: usd(10.0), level }
}

/// The titles of each look after the other.
fn of_all(looks: &[Option<Figures>]) -> Vec<Vec<String>> {
    let mut before: Option<Seen> = None;
    let mut all = Vec::new();
    for (at, figures) in looks.iter().enumerate() {
        let now = Seen::of(before.as_ref(), &[], figures.as_ref(), &RULES, at as i64);
        all.push(news(before.as_ref(), &now, &RULES).into_iter().map(|notice| notice.title).collect());
        before = Some(now);
    }
    all
}

#[test]
fn budgets_go_by_their_day_and_month() {
    let day = |date: &str, level| Some(figures(vec![alert(Scope::Day, date, level)], vec![]));
    let found = of_all(&[
        None,
        day("2026-11-24", Level::Warning),
        day("2026-11-24", Level::Exceeded),
        day("2026-11-24", Level::Exceeded),
        Some(figures(vec![], vec![])),
        day("2026-11-25", Level::Warning),
    ]);
    let expected: [&[&str]; 6] = [&[], &[], &["over budget: today"], &[], &[], &["near budget: today"]];
    assert_eq!(found, expected);
    let found = of_all(&[Some(figures(vec![], vec![])), day("2026-11-24", Level::Unknown)]);
    assert_eq!(found, [vec![], vec!["budget not known: today"]]);
    let project = |month: &str| {
        let alerts = vec![alert(Scope::Project, "shop", Level::Exceeded)];
        Some(Figures { alerts, month: month.to_owned(), ..Figures::default() })
    };
    let found =
        of_all(&[Some(figures(vec![], vec![])), project("2026-11"), project("2026-11"), project("2026-12")]);
    let told = "over budget: shop this month".to_owned();
    assert_eq!(found, [vec![], vec![told.clone()], vec![], vec![told]]);
}

#[test]
fn a_limit_of_the_account_is_told_once_a_window() {
    let at = |used: f64, resets: i64| {
        let limit = Limit { window: "five_hour".to_owned(), used_pct: used, resets_at: Some(resets) };
        Some(figures(vec![], vec![Quota { limit, at: 0 }]))
    };
    let hour = 3_600_000;
    let found = of_all(&[
        at(10.0, hour),
        at(80.0, hour),
        // Told with some seconds to and fro.
        at(85.0, hour - 1_000),
        at(85.0, 6 * hour),
    ]);
    assert_eq!(
        found,
        [vec![], vec!["limit 5h: 80% used".to_owned()], vec![], vec!["limit 5h: 85% used".to_owned()]]
    );
}

#[test]
fn a_conflict_is_one_event_of_two_sessions() {
    let with = |id: &str, other: &[&str]| {
        let conflict = |other: &&str| Conflict {
            kind: "worktree",
            path: "/src/shop".to_owned(),
            with: (*other).to_owned(),
            was: None,
            more: None,
        };
        Session { conflicts: other.iter().map(conflict).collect(), ..session(id, State::Working, 1) }
    };
    let apart = || vec![with("a", &[]), with("b", &[])];
    let met = || vec![with("a", &["b"]), with("b", &["a"])];
    let found = told(&[apart(), met(), vec![with("a", &[]), with("b", &["a"])], apart(), met()]);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 0, 0, 1]);
    assert_eq!(found[1][0].text, "with b: both work in /src/shop");
    assert_ne!(found[1][0].id, found[4][0].id, "they have met again");
    // Named by one side only at first, then by the other.
    let found = told(&[apart(), vec![with("a", &[]), with("b", &["a"])], met()]);
    let ids: Vec<&str> = found.iter().flatten().map(|notice| notice.id.as_str()).collect();
    assert!(ids.len() == 1 || (ids.len() == 2 && ids[0] == ids[1]), "one fact: {ids:?}");
}

#[test]
fn what_is_told_is_redacted_and_moves_no_cursor() {
    let mut one = asks(5, Some("t1"));
    one.name = Some("evil\u{1b}]0;title\u{7}\u{202e}".to_owned());
    one.status.detail = Some("Bash: DB_PASSWORD=hunter2 make deploy".to_owned());
    one.branch = Some("x\ny".to_owned());
    let notice = told(&[vec![one]]).remove(0).remove(0);
    let json = serde_json::to_string(&notice).unwrap();
    assert!(!json.contains("hunter2") && json.contains("[redacted:password]"), "{json}");
    for field in FIELDS {
        let text = notice.field(field).unwrap();
        assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{field}: {text:?}");
    }
    assert_eq!(notice.field("nothing"), None);
    assert_eq!(notice.title, "evil (shop): needs permission");
}

#[test]
fn a_notice_comes_back_from_its_json() {
    let notice = told(&[vec![asks(5, Some("t1"))]]).remove(0).remove(0);
    let back: Notice = serde_json::from_str(&serde_json::to_string(&notice).unwrap()).unwrap();
    assert_eq!(back, Notice { also: None, about: String::new(), since: 0, ..notice });
}

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn quiet_hours_by_local_time() {
    let night = Quiet::parse("22:00-07:00").unwrap();
    let noon = Quiet::parse("12:00-13:30").unwrap();
    // Berlin is an hour ahead of UTC in winter; clocks went forward on 2026-03-29 at 01:00 UTC and back on 2026-10-25.
    let table = [
        (night, "2026-11-24T20:59:59Z", None),
        (night, "2026-11-24T21:00:00Z", Some("2026-11-25T06:00:00Z")),
        (night, "2026-11-25T05:59:59.999Z", Some("2026-11-25T06:00:00Z")),
        (night, "2026-11-25T06:00:00Z", None),
        (noon, "2026-11-24T11:00:00Z", Some("2026-11-24T12:30:00Z")),
        (noon, "2026-11-24T12:30:00Z", None),
        (night, "2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z")),
        (night, "2026-10-24T21:00:00Z", Some("2026-10-25T06:00:00Z")),
        // An end that the clock jumps over is right after the jump.
        (Quiet::parse("01:00-02:30").unwrap(), "2026-03-29T00:30:00Z", Some("2026-03-29T01:30:00Z")),
        // One that comes twice is the first.
        (Quiet::parse("01:00-02:30").unwrap(), "2026-10-25T00:00:00Z", Some("2026-10-25T00:30:00Z")),
        (Quiet::parse("01:00-02:30").unwrap(), "2026-10-25T01:10:00Z", None),
    ];
    for (quiet, now, end) in table {
        assert_eq!(quiet.end(ms(now), &berlin()), end.map(ms), "{quiet} at {now}");
    }
    for bad in
        ["", "22:00", "22-07", "24:00-07:00", "22:60-07:00", "7:00-8:00", "07:00-07:00", "22:00-07:00-1"]
    {
        assert_eq!(Quiet::parse(bad), None, "{bad}");
    }
    assert_eq!(night.to_string(), "22:00-07:00");
    assert_eq!(night.end(i64::MAX, &berlin()), None);
}

fn notice(event: Event) -> Notice {
    let mut notice = told(&[vec![asks(0, Some("t1"))]]).remove(0).remove(0);
    notice.event = event;
    notice.since = 0;
    notice
}

#[test]
fn a_table_of_verdicts() {
    use Event::{Finished, NeedsInput, Stalled};
    let all = || Filter { events: vec![NeedsInput, Finished, Stalled], ..Filter::default() };
    let night = || Filter { quiet: Quiet::parse("22:00-07:00"), ..all() };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let of = |names: &[&str]| Filter { projects: named(names), ..all() };
    let not_of = |names: &[&str]| Filter { projects_exclude: named(names), ..all() };
    let wait = || Filter { min_wait_ms: 100, ..all() };
    let pause = || Filter { cooldown_ms: 100, ..all() };
    let in_state = |states: &[State]| Filter { statuses: states.to_vec(), ..all() };
    let (send, left) = (Verdict::Send, Verdict::Suppressed(Reason::Project));
    // 22:00 UTC on the first day of all.
    let late = 22 * 3_600_000;
    let morning = late + 9 * 3_600_000;
    type Case<'a> = (&'a str, Event, Filter, i64, Option<i64>, Verdict);
    let table: Vec<Case<'_>> = vec![
        ("everything", NeedsInput, all(), 0, None, send),
        ("another event", Event::Idle, all(), 0, None, Verdict::Unwanted),
        ("by name", NeedsInput, of(&["SHOP"]), 0, None, send),
        ("by folder", NeedsInput, of(&["/src"]), 0, None, send),
        ("by folder with a slash", NeedsInput, of(&["/src/shop/"]), 0, None, send),
        ("not a part of a folder's name", NeedsInput, of(&["/src/sho"]), 0, None, left),
        ("another project", NeedsInput, of(&["web"]), 0, None, left),
        ("left out", NeedsInput, not_of(&["shop"]), 0, None, left),
        ("another left out", NeedsInput, not_of(&["web"]), 0, None, send),
        ("this state", NeedsInput, in_state(&[State::NeedsPermission]), 0, None, send),
        (
            "no such state",
            NeedsInput,
            in_state(&[State::Error]),
            0,
            None,
            Verdict::Suppressed(Reason::Status),
        ),
        ("not yet", NeedsInput, wait(), 40, None, Verdict::Later(100, Reason::MinWait)),
        ("long enough", NeedsInput, wait(), 100, None, send),
        ("the clock was set back", NeedsInput, wait(), -500, None, Verdict::Later(-400, Reason::MinWait)),
        ("a moment waits for nothing", Finished, wait(), 0, None, send),
        ("told just before", NeedsInput, pause(), 50, Some(0), Verdict::Later(100, Reason::Cooldown)),
        ("a moment just before", Finished, pause(), 50, Some(0), Verdict::Suppressed(Reason::Cooldown)),
        ("told long ago", NeedsInput, pause(), 100, Some(0), send),
        ("told in the future, by a clock that was set back", NeedsInput, pause(), 50, Some(60), send),
        ("the clock has leapt", NeedsInput, pause(), i64::MAX, Some(i64::MIN), send),
        ("at night", NeedsInput, night(), late, None, Verdict::Later(morning, Reason::QuietHours)),
        ("a moment at night", Finished, night(), late, None, Verdict::Suppressed(Reason::QuietHours)),
        ("in the morning", NeedsInput, night(), morning, None, send),
    ];
    for (what, event, filter, now, last, wanted) in table {
        let clock = Clock { now, zone: &TimeZone::UTC, since: 0.min(now), last };
        assert_eq!(filter.verdict(&notice(event), clock), wanted, "{what}");
    }
}

#[test]
fn guesses_are_not_told_unless_that_is_wanted() {
    let mut guess = notice(Event::NeedsInput);
    guess.session.as_mut().unwrap().source = Source::Inferred;
    let clock = Clock { now: 0, zone: &TimeZone::UTC, since: 0, last: None };
    let filter = Filter { events: Event::ALL.to_vec(), ..Filter::default() };
    assert_eq!(filter.verdict(&guess, clock), Verdict::Suppressed(Reason::Inferred));
    let stalled = Notice { event: Event::Stalled, ..guess.clone() };
    assert_eq!(filter.verdict(&stalled, clock), Verdict::Send, "that is what was asked for");
    assert_eq!(Filter { inferred: true, ..filter }.verdict(&guess, clock), Verdict::Send);
}

/// What became of each event of a look.
type Told = Vec<(Event, Result<(), Reason>)>;

/// A desk with one sink, and what it did with each look after the other: the time, then who is there.
fn desk(filter: Filter, looks: &[(i64, Vec<Session>)]) -> (Desk, Vec<Told>) {
    let mut desk = Desk::new(vec![("s".to_owned(), filter)]);
    let mut before: Option<Seen> = None;
    let mut all = Vec::new();
    for (at, sessions) in looks {
        let now = Seen::of(before.as_ref(), &all_of(sessions), None, &RULES, *at);
        let judged = desk.judge(news(before.as_ref(), &now, &RULES), &now, *at, &TimeZone::UTC);
        all.push(
            judged
                .into_iter()
                .flat_map(|one| one.at.into_iter().map(move |(_, told)| (one.notice.event, told)))
                .collect(),
        );
        before = Some(now);
    }
    (desk, all)
}

#[test]
fn what_waits_long_enough_is_told_and_what_does_not_is_not() {
    let filter = || Filter { events: vec![Event::NeedsInput], min_wait_ms: 1_000, ..Filter::default() };
    let working = || vec![session("a", State::Working, 1)];
    let asking = || vec![asks(5_000, Some("t1"))];
    let (desk_now, all) = desk(filter(), &[(0, working()), (5_000, asking()), (5_500, asking())]);
    assert_eq!((all.concat(), desk_now.due()), (vec![], Some(6_000)));
    let (done, all) =
        desk(filter(), &[(0, working()), (5_000, asking()), (6_000, asking()), (9_000, asking())]);
    assert_eq!(all, [vec![], vec![], vec![(Event::NeedsInput, Ok(()))], vec![]]);
    assert_eq!(done.due(), None);
    let (_, all) = desk(filter(), &[(0, working()), (5_000, asking()), (5_900, working())]);
    assert_eq!(all.concat(), [(Event::NeedsInput, Err(Reason::MinWait))]);
    // The clock is set back an hour while it waits: it waits no longer for that than it must.
    let (back, all) = desk(filter(), &[(0, working()), (5_000, asking()), (-3_600_000, asking())]);
    assert_eq!((all.concat(), back.due()), (vec![], Some(-3_600_000 + 1_000)));
    let leap = [(0, working()), (5_000, asking()), (9_999_999_999, asking())];
    assert_eq!(desk(filter(), &leap).1.concat(), [(Event::NeedsInput, Ok(()))]);
}

#[test]
fn what_a_dialog_asks_is_waited_for_a_moment_and_what_is_held_is_told_in_the_words_of_then() {
    let filter = Filter { events: vec![Event::NeedsInput], ..Filter::default() };
    let mut wordless = asks(5_000, None);
    wordless.status.detail = None;
    let mut desk = Desk::new(vec![("s".to_owned(), filter)]);
    let first = Seen::of(None, &[&wordless], None, &RULES, 5_010);
    assert_eq!(desk.judge(news(None, &first, &RULES), &first, 5_010, &TimeZone::UTC), []);
    assert_eq!(desk.due(), Some(7_000));
    let second = Seen::of(Some(&first), &[&asks(5_000, Some("t1"))], None, &RULES, 5_030);
    let judged = desk.judge(news(Some(&first), &second, &RULES), &second, 5_030, &TimeZone::UTC);
    assert_eq!((judged.len(), judged[0].notice.text.as_str(), judged[0].notice.at), (1, "Bash: make", 5_010));
    // Where nobody ever says what, it is told without.
    let judged = |at| {
        let mut desk = Desk::new(vec![(
            "s".to_owned(),
            Filter { events: vec![Event::NeedsInput], ..Filter::default() },
        )]);
        desk.judge(news(None, &first, &RULES), &first, at, &TimeZone::UTC).len()
    };
    assert_eq!((judged(6_999), judged(7_000)), (0, 1));
}

#[test]
fn a_second_dialog_in_the_pause_is_told_after_it_if_it_still_waits() {
    let filter = || Filter { events: vec![Event::NeedsInput], cooldown_ms: 30_000, ..Filter::default() };
    let asking = |call: &str| vec![asks(0, Some(call))];
    let looks = [(0, asking("t1")), (10_000, asking("t2")), (30_000, asking("t2"))];
    let told = (Event::NeedsInput, Ok(()));
    assert_eq!(desk(filter(), &looks).1, [vec![told], vec![], vec![told]]);
    let looks = [(0, asking("t1")), (10_000, asking("t2")), (12_000, asking("t3")), (30_000, asking("t3"))];
    let never = (Event::NeedsInput, Err(Reason::Cooldown));
    assert_eq!(desk(filter(), &looks).1, [vec![told], vec![], vec![never], vec![told]]);
}

#[test]
fn a_night_ends_with_what_still_waits() {
    let quiet = Quiet::parse("22:00-07:00");
    let filter = Filter { events: vec![Event::NeedsInput, Event::Finished], quiet, ..Filter::default() };
    let hour = 3_600_000;
    let other = |state| Session { id: "b".to_owned(), ..session("b", state, 1) };
    let looks = [
        (20 * hour, vec![session("a", State::Working, 1), other(State::Working)]),
        (23 * hour, vec![asks(23 * hour, Some("t1")), other(State::Finished)]),
        (30 * hour, vec![asks(23 * hour, Some("t1"))]),
        (31 * hour, vec![asks(23 * hour, Some("t1"))]),
    ];
    let (_, all) = desk(filter, &looks);
    assert_eq!(
        all,
        [vec![], vec![(Event::Finished, Err(Reason::QuietHours))], vec![], vec![(Event::NeedsInput, Ok(()))],]
    );
}

#[test]
fn what_is_known_is_not_told_again() {
    let filter = Filter { events: vec![Event::NeedsInput], ..Filter::default() };
    let seen = Seen::of(None, &[&asks(5, Some("t1"))], None, &RULES, 10);
    let found = news(None, &seen, &RULES);
    let (id, also) = (found[0].id.as_str(), found[0].also.as_deref().unwrap());
    // Found under the one name, then under the other, or the same.
    for (known, other) in [(id, None), (also, None), ("evt_x", Some(id))] {
        let mut desk = Desk::new(vec![("s".to_owned(), filter.clone())]);
        desk.remember(known, other);
        assert_eq!(desk.judge(found.clone(), &seen, 10, &TimeZone::UTC), []);
    }
    let mut desk = Desk::new(vec![("s".to_owned(), filter.clone())]);
    desk.remember("evt_x", Some(also));
    assert_eq!(
        desk.judge(found.clone(), &seen, 10, &TimeZone::UTC).len(),
        1,
        "the dialog that came after it"
    );
    let mut desk = Desk::new(vec![("s".to_owned(), Filter { cooldown_ms: 50, ..filter })]);
    desk.remember_told("s", "a", Event::NeedsInput, 0);
    assert_eq!(desk.judge(found, &seen, 10, &TimeZone::UTC), []);
    assert_eq!(desk.due(), Some(50), "the pause goes on over a change of who leads");
    assert!(desk.wants(&[Event::NeedsInput]) && !desk.wants(&[Event::QuotaHigh]));
}

proptest! {
    /// Whatever the clock does, each notice is told at most once, and nothing that waits is forgotten.
    #[test]
    fn each_is_told_at_most_once(
        steps in prop::collection::vec((-100_000_i64..100_000, 0..4_u8), 1..40),
        min_wait in 0..50_000_i64,
        cooldown in 0..50_000_i64,
    ) {
        let filter = Filter {
            events: Event::ALL.to_vec(),
            min_wait_ms: min_wait,
            cooldown_ms: cooldown,
            quiet: Quiet::parse("22:00-07:00"),
            ..Filter::default()
        };
        let mut desk = Desk::new(vec![("s".to_owned(), filter)]);
        let (mut before, mut at): (Option<Seen>, i64) = (None, 1_000_000_000);
        let mut told = std::collections::HashSet::new();
        for (step, what) in steps {
            at += step;
            let sessions = match what {
                0 => vec![],
                1 => vec![session("a", State::Working, at)],
                2 => vec![asks(at, Some(&format!("t{}", at % 5)))],
                _ => vec![session("a", State::Waiting, at)],
            };
            let now = Seen::of(before.as_ref(), &all_of(&sessions), None, &RULES, at);
            for judged in desk.judge(news(before.as_ref(), &now, &RULES), &now, at, &TimeZone::UTC) {
                prop_assert_eq!(judged.at.len(), 1);
                prop_assert!(told.insert(judged.notice.id.clone()), "{:?}", judged);
            }
            before = Some(now);
        }
    }
}

#[test]
fn what_a_trigger_has_done_is_told_once_whatever_was_told_before() {
    let one = session("a", State::Working, 5);
    let notice =
        |time| triggered(&one, ("cap", time), "stopped by trigger \"cap\"", "TOKEN=hunter2hunter2 make", 9);
    assert_eq!(notice(1).title, "one (shop): stopped by trigger \"cap\"");
    assert_ne!(notice(1).id, notice(2).id);
    assert_eq!(notice(1).id, notice(1).id);
    assert!(!notice(1).text.contains("hunter2"), "{}", notice(1).text);
    let filter =
        Filter { events: vec![Event::Trigger], cooldown_ms: 1_000, min_wait_ms: 1_000, ..Filter::default() };
    let quiet = Filter { quiet: Quiet::parse("00:00-00:01"), ..filter.clone() };
    let mut desk = Desk::new(vec![("bell".to_owned(), filter), ("late".to_owned(), quiet)]);
    let seen = Seen::default();
    let mut told = |new, now| {
        let judged = desk.judge(new, &seen, now, &TimeZone::UTC);
        judged.into_iter().flat_map(|one| one.at).map(|(sink, _)| sink).collect::<Vec<_>>()
    };
    assert_eq!(told(vec![notice(1), notice(2)], 9), ["bell", "bell"], "no pause between two of them");
    assert_eq!(told(vec![notice(1)], 10), [""; 0]);
    assert_eq!(told(vec![], 60_000), ["late", "late"], "when it is loud again, whatever has become of it");
}

#[test]
fn an_alarm_of_a_session_that_is_over_is_the_one_that_was_told_while_it_ran() {
    let gap = |at| Alarm {
        kind: Kind::Gap,
        cause: Cause::Hooks(None),
        message: "the guard did not run for 1 of its latest 2 calls".to_owned(),
        at,
        call: None,
        guess: false,
    };
    let quiet = session("a", State::Working, 5);
    let mut alarmed_one = quiet.clone();
    alarmed_one.gate.alarms = vec![gap(None)];
    let before = Seen::of(None, &all_of(&[quiet]), None, &RULES, 5);
    let now = Seen::of(Some(&before), &all_of(&[alarmed_one.clone()]), None, &RULES, 6);
    let told = news(Some(&before), &now, &RULES);
    let told = told.iter().find(|notice| notice.event == Event::GateAlarm).unwrap();
    alarmed_one.gate.alarms = vec![gap(Some(7))];
    let over = alarmed(&alarmed_one, 9);
    assert_eq!((over.len(), &over[0].id, &over[0].title), (1, &told.id, &told.title));
    assert_eq!(over[0].text, "the guard did not run for 1 of its latest 2 calls");
    assert_eq!(over[0].since, 7);
}
