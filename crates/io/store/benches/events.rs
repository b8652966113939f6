//! What a hook's record costs, in a journal of any length, and taking a journal in.

use claudectl_fleet::hooks::{Event, Input};
use claudectl_store::Store;
use claudectl_store::events::Intake;
use claudectl_store::journal;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const EVENTS: u64 = 10_000;
const DAY: &str = "2026-11-25";

fn events() -> Vec<Event> {
    let event = |number: u64| Event {
        at: 1_795_000_000_000 + number.cast_signed(),
        event: if number.is_multiple_of(2) { "PreToolUse" } else { "PostToolUse" }.to_owned(),
        session: format!("session-{}", number / 2 % 50),
        tool: Some("Bash".to_owned()),
        call: Some(format!("toolu_{}", number / 2)),
        input: Some(Input {
            summary: "cargo test".to_owned(),
            whole: None,
            hash: "00".repeat(16),
            bytes: 30,
        }),
        ..Event::default()
    };
    (0..EVENTS).map(event).collect()
}

fn append(home: &std::path::Path, json: &[u8]) {
    journal::append(home, DAY, json).unwrap_or_else(|error| panic!("{error}"));
}

fn hooks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("events");
    group.sample_size(20);
    let all = events();
    let json = serde_json::to_vec(&all[0]).unwrap_or_else(|error| panic!("{error}"));
    for records in [1_u64, 1_000_000] {
        let home = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        append(home.path(), &json);
        let day = journal::folder(home.path()).join(format!("{DAY}.log"));
        let record = std::fs::read(&day).unwrap_or_else(|error| panic!("{error}"));
        let filled = std::fs::write(&day, record.repeat(usize::try_from(records).unwrap_or(1)));
        filled.unwrap_or_else(|error| panic!("{error}"));
        group.bench_function(format!("append to {records}"), |b| b.iter(|| append(home.path(), &json)));
    }
    group.throughput(Throughput::Elements(EVENTS));
    let take = |mut store: Store| {
        let intake =
            Intake { day: DAY, before: None, offset: 1, anchor: 0, again: false, events: &all, torn: 0 };
        store.take_events(&intake).unwrap_or_else(|error| panic!("{error}"));
    };
    let fresh = || Store::in_memory().unwrap_or_else(|error| panic!("{error}"));
    group.bench_function("take in", |b| b.iter_batched(fresh, take, BatchSize::PerIteration));
    group.finish();
}

criterion_group!(benches, hooks);
criterion_main!(benches);
