use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::context::{Source, Window as ContextWindow};
use crate::ledger::{Bucket, BucketKey, Tokens, Variant};
use crate::signals::tests::{call, compacted, denied, digest, done, failed, prompt};

/// Everything that a check may be given, all well at first.
struct Case {
    state: State,
    own: Digest,
    agents: Vec<Digest>,
    context: Context,
    spending: Spending,
    gap: Option<Gap>,
    limits: Thresholds,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            state: State::Working,
            own: Digest::default(),
            agents: Vec::new(),
            context: Context::default(),
            spending: Spending::default(),
            gap: None,
            limits: Thresholds::default(),
        }
    }
}

impl Case {
    fn of(rows: &[Vec<String>]) -> Self {
        Self { own: digest(&rows.concat()), ..Self::default() }
    }

    fn context(mut self, tokens: u64, max: u64) -> Self {
        let window = (max > 0).then_some(ContextWindow { tokens: max, source: Source::Table });
        self.context = Context::new(Some(tokens), window);
        self
    }

    fn report(&self) -> Report {
        let input = HealthInput {
            state: self.state,
            own: Some(&self.own),
            subagents: self.agents.iter().collect(),
            context: &self.context,
            spending: self.spending,
            gap: self.gap,
        };
        check(&input, &self.limits, NOW)
    }

    fn found(&self) -> Vec<(&'static str, Severity)> {
        self.report().findings.into_iter().map(|finding| (finding.check, finding.severity)).collect()
    }

    #[track_caller]
    fn one(&self, check: &str) -> Option<Finding> {
        self.report().findings.into_iter().find(|finding| finding.check == check)
    }
}

/// 2026-11-24T12:00:00Z.
const NOW: Millis = 1_795_521_600_000;

fn dollars(amount: f64) -> Usd {
    Usd::from_dollars(amount).unwrap()
}

fn edit(path: &str) -> serde_json::Value {
    json!({"file_path": path, "old_string": "a", "new_string": "b"})
}

fn make(second: i64) -> Vec<String> {
    done(second, "Bash", json!({"command": "make"}))
}

#[test]
fn a_session_that_is_well_has_no_findings() {
    assert_eq!(Case::default().report(), Report::default());
    let rows: Vec<_> = (0..60).map(|n| done(n * 20, "Edit", edit(&format!("/w/{n}.rs")))).collect();
    assert_eq!(Case::of(&rows).context(60_000, 200_000).found(), []);
}

#[test]
fn cache() {
    let case = |read: u64, all: u64, responses: u64| Case {
        spending: Spending {
            cache_read: read,
            prompt_tokens: all,
            prompt_responses: responses,
            ..Spending::default()
        },
        ..Case::default()
    };
    assert_eq!(case(900, 10_000, 5).found(), [(CACHE, Severity::Critical)]);
    assert_eq!(case(2_900, 10_000, 5).found(), [(CACHE, Severity::Warning)]);
    assert_eq!(case(3_000, 10_000, 5).found(), []);
    assert_eq!(case(0, 9_999, 5).found(), [], "too few tokens");
    assert_eq!(case(0, 90_000, 4).found(), [], "the first request fills the cache");
}

#[test]
fn pauses_longer_than_the_cache_lasts_are_no_fault_of_it() {
    let found = |seconds: i64, long: bool| {
        let rows: Vec<_> = (0..14).map(|n| make(n * seconds)).collect();
        let write = if long {
            "cache_creation_input_tokens\":9,\"cache_creation\":{\"ephemeral_1h_input_tokens\":9},\"x"
        } else {
            "x"
        };
        let rows = rows
            .concat()
            .iter()
            .map(|row| row.replace("\"input_tokens\"", &format!("\"{write}\":1,\"input_tokens\"")))
            .collect();
        let mut case = Case::of(&[rows]);
        case.spending = Spending { prompt_tokens: 90_000, prompt_responses: 14, ..Spending::default() };
        case.one(CACHE).map(|finding| finding.severity)
    };
    assert_eq!(found(60, false), Some(Severity::Critical));
    assert_eq!(found(6 * 60, false), Some(Severity::Info), "five minutes");
    assert_eq!(found(6 * 60, true), Some(Severity::Critical), "an hour");
    assert_eq!(found(60, true), Some(Severity::Critical));
}

/// One bucket of a session: dollars are tokens, a hundred thousand for one.
fn bucket(slot: i64, agent: u32, usd: f64, messages: u64) -> (BucketKey, Bucket) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
    let output = (usd * 100_000.0) as u64;
    let tokens =
        Tokens { output, input: 1_000 * messages, cache_read: 9_000 * messages, ..Tokens::default() };
    let key = BucketKey { session: 1, agent, model: 1, slot, variant: Variant::default() };
    (key, Bucket { tokens, messages, unfinished: 0 })
}

fn spent(buckets: &[(BucketKey, Bucket)], progress: Option<Millis>) -> Spending {
    Spending::of(buckets, progress, NOW + 5 * MINUTE_MS, |some| {
        let tokens: u64 = some.map(|(_, bucket)| bucket.tokens.output).sum();
        dollars(number(tokens) / 100_000.0)
    })
}

fn spike(buckets: &[(BucketKey, Bucket)]) -> Option<Severity> {
    let case = Case { spending: spent(buckets, None), ..Case::default() };
    case.one(COST_SPIKE).map(|finding| finding.severity)
}

#[test]
fn cost_spikes_are_against_the_average_of_active_time() {
    let this = NOW / SLOT_MS;
    // Five active quarters over a week, $0.25 each: $1 an hour. Now over 20 minutes.
    let usual = |now: f64| {
        let mut buckets: Vec<_> = (1..=5).map(|n| bucket(this - n * 96, 0, 0.25, 10)).collect();
        buckets.extend([bucket(this - 1, 0, now / 2.0, 2), bucket(this, 3, now / 2.0, 2)]);
        buckets
    };
    assert_eq!(spike(&usual(0.8)), None);
    assert_eq!(spike(&usual(1.0)), Some(Severity::Warning), "$3 an hour");
    assert_eq!(spike(&usual(2.0)), Some(Severity::Critical), "$6 an hour, subagents included");
    assert_eq!(spike(&usual(0.99)), None, "less than a dollar is no spike");
}

#[test]
fn w18_a_single_expensive_response_of_a_young_session_is_no_spike() {
    let this = NOW / SLOT_MS;
    assert_eq!(spike(&[bucket(this, 0, 50.0, 1)]), None);
    assert_eq!(spike(&[bucket(this - 2, 0, 0.1, 3), bucket(this, 0, 50.0, 1)]), None);
    let old: Vec<_> = (2..9).map(|n| bucket(this - n, 0, 0.1, 3)).collect();
    assert_eq!(
        spike(&[old.clone(), vec![bucket(this, 0, 50.0, 1)]].concat()),
        None,
        "one response is no rate"
    );
    assert_eq!(spike(&[old.clone(), vec![bucket(this, 0, 50.0, 3)]].concat()), Some(Severity::Critical));
    assert_eq!(spike(&[old, vec![bucket(this + 2, 0, 50.0, 9)]].concat()), None, "of the future");
}

#[test]
fn spending_goes_by_the_time_of_the_responses() {
    let this = NOW / SLOT_MS;
    let buckets = [bucket(this - 9, 0, 1.0, 5), bucket(this - 8, 7, 2.0, 5), bucket(this - 1, 0, 4.0, 5)];
    let found = spent(&buckets, Some((this - 9) * SLOT_MS + 1));
    assert_eq!((found.recent, found.earlier, found.earlier_slots), (dollars(4.0), dollars(3.0), 2));
    assert_eq!(found.since_progress, dollars(6.0), "whole quarters of an hour after it");
    assert!((found.recent_hours - 20.0 / 60.0).abs() < 1e-9);
    assert_eq!((found.prompt_tokens, found.cache_read, found.prompt_responses), (100_000, 90_000, 10));
    assert_eq!(spent(&buckets, None).since_progress, Usd::ZERO);
}

#[test]
fn loops() {
    let run = |second, command: &str, said: &str| failed(second, "Bash", json!({"command": command}), said);
    let same: Vec<_> = (0..4).map(|n| run(n * 60, "make", "Exit code 2\nno rule")).collect();
    let found = Case::of(&same).one(LOOP).unwrap();
    assert_eq!(
        (found.severity, found.message.as_str()),
        (Severity::Warning, "the same Bash call failed 4 times in the same way")
    );
    assert_eq!(Case::of(&same[..3]).found(), []);
    // Others in between do not hide it.
    let between: Vec<_> = (0..4)
        .map(|n| [same[n as usize].clone(), done(n * 60 + 9, "Read", json!({"file_path": n}))].concat())
        .collect();
    assert!(Case::of(&between).one(LOOP).is_some());
    // A change in between is work: such a failure counts half.
    let worked = |n: i64| -> Vec<_> {
        (0..n).map(|n| [run(n * 60, "make", "no"), done(n * 60 + 9, "Edit", edit("/w/a"))].concat()).collect()
    };
    assert_eq!(Case::of(&worked(6)).one(LOOP), None);
    assert!(Case::of(&worked(8)).one(LOOP).unwrap().evidence.contains("count half"));
    // Not within the window.
    let slow: Vec<_> = (0..8).map(|n| run(n * 900, "make", "no")).collect();
    assert_eq!(Case::of(&slow).one(LOOP), None);
    // It got through at last.
    assert_eq!(Case::of(&[same.concat(), make(300)]).one(LOOP), None);
    // However much of the output is shown.
    let shown = |n: usize| {
        format!("{}no rule to make the target all, which is needed by\nError 2 in make", "cc x\n".repeat(n))
    };
    let trimmed: Vec<_> = (0..4)
        .map(|n| run(n * 60, &format!("make 2>&1 | tail -{}", 20 + n), &shown(20 + n as usize)))
        .collect();
    assert!(Case::of(&trimmed).one(LOOP).is_some());
    // A subagent's.
    let agent = Case { agents: vec![digest(&same.concat())], ..Case::default() };
    assert!(agent.one(LOOP).is_some());
}

#[test]
fn w22_many_calls_of_one_tool_and_an_error_at_last_are_no_loop() {
    let mut rows: Vec<_> =
        (0..200).map(|n| done(n * 5, "Bash", json!({"command": format!("ls {n}")}))).collect();
    rows.push(failed(2_000, "Bash", json!({"command": "false"}), "Exit code 1"));
    let different = (0..10).map(|n| {
        failed(
            2_010 + n * 5,
            "Bash",
            json!({"command": "make"}),
            &format!("other {}", "x".repeat(n as usize + 1)),
        )
    });
    rows.extend(different);
    assert_eq!(Case::of(&rows).one(LOOP), None);
}

/// Active for so many minutes without anything new.
fn idling(minutes: i64) -> Case {
    let rows: Vec<_> = (0..minutes).map(|n| make(n * 60)).collect();
    let mut case = Case::of(&[vec![vec![prompt(0, "go")]], rows].concat());
    case.spending.since_progress = dollars(2.0);
    case
}

#[test]
fn stalls() {
    assert_eq!(idling(15).found(), [(STALL, Severity::Warning)]);
    assert_eq!(idling(9).found(), []);
    let cheap = Case { spending: Spending::default(), ..idling(15) };
    assert_eq!(cheap.found(), []);
    for state in [State::Waiting, State::Idle, State::Finished, State::NeedsPermission] {
        assert_eq!(Case { state, ..idling(15) }.found(), [], "{state:?}: no turn runs");
    }
    // A subagent got on meanwhile.
    let busy = Case { agents: vec![digest(&done(13 * 60, "Edit", edit("/w/a.rs")))], ..idling(15) };
    assert_eq!(busy.found(), []);
}

#[test]
fn work_by_commands_and_waiting_are_no_stall() {
    let found = |command: &dyn Fn(i64) -> String| {
        let rows: Vec<_> = (0..40).map(|n| done(n * 60, "Bash", json!({"command": command(n)}))).collect();
        let mut case = Case::of(&rows);
        case.spending.since_progress = dollars(20.0);
        case.found()
    };
    assert_eq!(found(&|n| format!("psql -c 'select {n}'")), []);
    assert_eq!(found(&|n| format!("python3 train.py --lr 0.{n}")), []);
    assert_eq!(found(&|_| "gh run view 123".to_owned()), []);
    assert_eq!(found(&|n| format!("make 2>&1 | tail -{n}")), [(STALL, Severity::Warning)], "the same again");
}

#[test]
fn w24_a_long_research_session_is_not_stalled() {
    let rows: Vec<_> =
        (0..120).map(|n| done(n * 60, "Read", json!({"file_path": format!("/w/{n}.md")}))).collect();
    let mut case = Case::of(&rows);
    case.spending.since_progress = dollars(20.0);
    assert_eq!(case.found(), []);
}

#[test]
fn context_and_compaction() {
    let found = |tokens| Case::default().context(tokens, 200_000).found();
    assert_eq!(found(99_000), []);
    assert_eq!(found(100_000), [(COMPACT, Severity::Info)]);
    assert_eq!(found(159_000), [(COMPACT, Severity::Info)]);
    assert_eq!(found(160_000), [(CONTEXT, Severity::Warning)]);
    assert_eq!(found(180_000), [(CONTEXT, Severity::Critical), (DECAY, Severity::Info)]);
    assert_eq!(Case::default().context(180_000, 0).found(), [], "the window's size is not known");
}

#[test]
fn w25_a_part_of_the_context_is_no_score() {
    let mut case = Case::default().context(190_000, 200_000);
    case.limits.compact_context = Percent(100);
    case.limits.decay_info = Score(36);
    assert!(case.one(DECAY).is_some(), "score 37");
    case.limits.decay_info = Score(38);
    assert!(case.one(DECAY).is_none());
}

#[test]
fn decay_adds_up_its_parts() {
    let repeated: Vec<_> = (0..5).map(|n| done(n * 3, "Read", json!({"file_path": "/w/a.rs"}))).collect();
    let case = Case::of(&repeated).context(200_000, 200_000);
    let decay = case.report().decay;
    assert_eq!((decay.context, decay.repetition, decay.score()), (40.0, 15.0, Score(55)));
    assert!(case.one(DECAY).unwrap().evidence.contains("context 40 of 40"));
    let worst = Decay { context: 40.0, errors: 25.0, efficiency: 20.0, repetition: 15.0 };
    assert_eq!(worst.score(), Score(100));
    assert_eq!(Decay { context: f64::NAN, ..worst }.score(), Score(0));
}

/// Windows of ten calls, with so many errors each.
fn errors(windows: &[i64]) -> Case {
    let rows = windows.iter().enumerate().flat_map(|(window, errors)| {
        (0..10i64).map(move |n| {
            let (second, command) =
                (window as i64 * 300 + n * 20, json!({"command": format!("x {window} {n}")}));
            if n < *errors { failed(second, "Bash", command, "no") } else { done(second, "Bash", command) }
        })
    });
    Case::of(&rows.collect::<Vec<_>>())
}

#[test]
fn errors_that_grow_more() {
    assert_eq!(errors(&[0, 1, 0, 1, 4, 4, 4]).one(ERRORS).map(|f| f.severity), Some(Severity::Warning));
    assert_eq!(errors(&[3, 4, 3, 4, 4, 4, 4]).one(ERRORS), None, "as before");
    assert_eq!(errors(&[0, 0, 0, 0, 2, 0, 0]).one(ERRORS), None, "two are no trend");
    assert_eq!(errors(&[0, 4, 4, 4]).one(ERRORS), None, "too little before");
    let by_chance = errors(&[1, 0, 1, 0, 2, 1, 2]).report();
    assert_eq!((by_chance.decay.errors, by_chance.findings.len()), (0.0, 0), "5 of 30 after 2 of 40");
}

#[test]
fn no_errors_are_no_trend_however_much_was_right_before() {
    for windows in [4, 8, 20] {
        let report = errors(&vec![0; windows]).report();
        assert_eq!((report.decay.errors, report.findings.len()), (0.0, 0), "{windows}");
    }
}

#[test]
fn w21_errors_at_the_beginning_neither_hide_nor_make_a_trend() {
    assert_eq!(errors(&[9, 0, 0, 0, 0, 0, 0]).one(ERRORS), None);
    assert!(errors(&[9, 0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5]).one(ERRORS).is_some());
}

#[test]
fn repetition() {
    let read =
        |n: i64| -> Vec<_> { (0..n).map(|n| done(n * 3, "Read", json!({"file_path": "/w/a.rs"}))).collect() };
    let found = Case::of(&read(3)).one(REPETITION).unwrap();
    assert!(found.evidence.starts_with("/w/a.rs, which no call of its own changed"), "{found:?}");
    assert_eq!(Case::of(&read(2)).one(REPETITION), None);
    assert_eq!(Case::of(&[read(3).concat(), vec![compacted(99)]]).one(REPETITION), None);
}

/// Edits with so many commands before each, of 100 tokens.
fn edits(before: &[i64]) -> Case {
    let mut second = 0;
    let mut rows = Vec::new();
    for commands in before {
        for _ in 0..*commands {
            second += 5;
            rows.push(make(second));
        }
        second += 5;
        rows.push(done(second, "Edit", edit(&format!("/w/{second}.rs"))));
    }
    Case::of(&rows)
}

#[test]
fn edits_that_take_more_tokens() {
    let then = |before: &[i64], latest: &[i64]| edits(&[before, latest].concat());
    assert!(then(&[1; 8], &[9; 8]).one(EFFICIENCY).is_some());
    assert!(then(&[1, 4, 2, 9, 1, 3, 6, 2, 5, 1], &[8, 6, 14, 9, 3, 12, 7, 10]).one(EFFICIENCY).is_some());
    assert_eq!(then(&[1; 7], &[9; 8]).one(EFFICIENCY), None, "too few");
    let search = [1, 1, 30, 1, 1, 1, 1, 1];
    assert_eq!(then(&[1; 8], &search).one(EFFICIENCY), None, "one long search is no trend");
    let by_chance = then(&[1, 9, 2, 12, 3, 1, 8, 2, 4, 14], &[2, 9, 8, 1, 12, 7, 9, 3]).report();
    assert_eq!((by_chance.decay.efficiency, by_chance.findings.len()), (0.0, 0), "they are spread like that");
}

#[test]
fn what_is_written_is_not_what_an_edit_took() {
    let write = |n: i64| {
        let mut rows =
            done(500 + n * 10, "Write", json!({"file_path": "/w/n.rs", "content": "x".repeat(3_000)}));
        rows[0] = rows[0].replace("\"output_tokens\":90", "\"output_tokens\":1500");
        rows
    };
    let small: Vec<_> =
        (0..20).map(|n| [make(n * 20), done(n * 20 + 9, "Edit", edit("/w/a.rs"))].concat()).collect();
    let rows: Vec<_> = small.into_iter().chain((0..5).map(write)).collect();
    assert_eq!(Case::of(&rows).one(EFFICIENCY), None);
}

#[test]
fn w20_a_steady_session_is_as_efficient_as_it_was() {
    assert_eq!(edits(&[2; 60]).one(EFFICIENCY), None);
}

#[test]
fn the_guard_and_what_it_saw() {
    let gap = |calls, seen| Case { gap: Some(Gap { calls, seen }), ..Case::default() }.found();
    assert_eq!(gap(5, 5), []);
    assert_eq!(gap(5, 9), []);
    assert_eq!(gap(5, 4), [(GUARD_GAP, Severity::Warning)]);
    assert_eq!(gap(5, 0), [(GUARD_GAP, Severity::Critical)]);
    assert_eq!(gap(0, 0), []);
}

#[test]
fn denied_goals() {
    let denial = vec![call(0, "d", "Write", edit("/w/a.rs")), denied(1, "d", "permission-rule", "no")];
    assert_eq!(Case::of(std::slice::from_ref(&denial)).found(), []);
    let around = done(10, "Bash", json!({"command": "echo x > /w/a.rs"}));
    assert_eq!(Case::of(&[denial.clone(), around]).found(), [(DENIED_RETRY, Severity::Critical)]);
    let in_vain = failed(10, "Bash", json!({"command": "echo x > /w/a.rs"}), "read-only");
    assert_eq!(Case::of(&[denial.clone(), in_vain]).found(), [(DENIED_RETRY, Severity::Warning)]);
    let same = done(10, "Write", edit("/w/a.rs"));
    assert_eq!(Case::of(&[denial.clone(), same.clone()]).found(), [(DENIED_RETRY, Severity::Warning)]);
    let later = make(10 + 25 * 3600);
    assert_eq!(Case::of(&[denial, same, later]).one(DENIED_RETRY), None, "a day ago is history");
}

#[test]
fn secrets() {
    let found = Case::of(&[vec![prompt(0, "DB_PASSWORD=hunter2")]]).one(SECRET).unwrap();
    assert_eq!(found.evidence, "password (1); the first in a prompt, 2026-11-24T06:00:00.000Z");
    assert_eq!(Case::of(&[vec![prompt(0, "the password is a secret")]]).one(SECRET), None);
}

#[test]
fn each_check_can_be_switched_off() {
    let mut case = idling(15).context(190_000, 200_000);
    case.gap = Some(Gap { calls: 1, seen: 0 });
    let all = case.found();
    assert_eq!(
        all.iter().map(|f| f.0).collect::<Vec<_>>(),
        [CONTEXT, GUARD_GAP, STALL, DECAY],
        "the worst first"
    );
    for (check, _) in &all {
        case.limits.off = BTreeSet::from([(*check).to_owned()]);
        assert!(case.one(check).is_none() && case.found().len() == all.len() - 1, "{check}");
    }
    assert_eq!(CHECKS.iter().collect::<BTreeSet<_>>().len(), 13);
}

#[test]
fn without_a_transcript_there_is_little_to_say() {
    let input = HealthInput {
        state: State::Unknown,
        own: None,
        subagents: Vec::new(),
        context: &Context::default(),
        spending: Spending::default(),
        gap: None,
    };
    assert_eq!(check(&input, &Thresholds::default(), NOW), Report::default());
}

/// Digests as a damaged store may hold them.
fn any_digest() -> impl Strategy<Value = Digest> {
    let window = (any::<i64>(), any::<u32>(), any::<u32>(), any::<u32>());
    let failed = ("[AB]", 0..2u32, 0..2u32, any::<i64>(), any::<u32>());
    let look = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>(), "[x]?");
    (
        prop::collection::vec(window, 0..30),
        prop::collection::vec(failed, 0..30),
        prop::collection::vec(look, 0..9),
        prop::collection::vec(any::<u64>(), 0..50),
        prop::option::of(any::<i64>()),
        any::<i64>(),
        prop::option::of(any::<i64>()),
        any::<u64>(),
    )
        .prop_map(|(windows, failed, looks, between_edits, progress_at, quiet_ms, seen_at, count)| {
            let secret = json!({"count": count, "first_at": progress_at, "place": "prompt"});
            let retry = json!({"tool": "x", "around": true, "at": seen_at, "through": true, "id": 1});
            let denial =
                json!({"tool": "x", "target": "y", "kind": "z", "at": null, "retry": retry, "stands": true});
            let signals = json!({
                "windows": windows, "failed": failed, "looks": looks, "between_edits": between_edits,
                "progress_at": progress_at, "quiet_ms": quiet_ms, "seen_at": seen_at,
                "secrets": {"a": secret, "b": secret}, "denials": [denial], "turns": 3,
            });
            serde_json::from_value(json!({"signals": signals})).unwrap()
        })
}

proptest! {
    #[test]
    fn no_digest_panics_and_the_score_is_in_range(
        own in any_digest(), agent in any_digest(), pct in any::<f64>(), now in any::<i64>(), gap in any::<(u64, u64)>(),
        slots in prop::collection::vec((any::<i64>(), any::<u32>(), 0..u64::MAX / 64), 0..9),
    ) {
        let buckets: Vec<_> = slots.iter().map(|(slot, agent, count)| {
            let mut bucket = bucket(*slot, *agent, 1.0, 1);
            bucket.1.tokens = Tokens { input: *count, output: *count, cache_write_1h: u64::MAX, ..Tokens::default() };
            bucket.1.messages = *count;
            bucket
        }).collect();
        let spending = Spending::of(&buckets, own.signals.progress_at, now, |some| Usd::from_pico(some.count() as i128));
        let context = Context { tokens: Some(1), max: Some(1), pct: Some(pct), source: None };
        for state in [State::Working, State::Finished] {
            let input = HealthInput {
                state, own: Some(&own), subagents: vec![&agent], context: &context, spending,
                gap: Some(Gap { calls: gap.0, seen: gap.1 }),
            };
            let report = check(&input, &Thresholds::default(), now);
            prop_assert!(report.decay.score() <= Score(100));
            prop_assert!(report.findings.is_sorted_by(|a, b| a.severity >= b.severity));
        }
    }
}
