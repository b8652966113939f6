//! What taking responses into the ledger costs: a first pass, and one more response.

use claudectl_fleet::intake::Batch;
use claudectl_fleet::ledger::Response;
use claudectl_store::Store;
use claudectl_transcript::{Usage, message_key};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const RESPONSES: u64 = 100_000;

fn batch(from: u64, count: u64) -> Batch {
    let responses = (from..from + count).map(|number| {
        let usage = Usage { input: 9, output: number % 2000, cache_read: 80_000, ..Usage::default() };
        let key = message_key(&number.to_le_bytes());
        let at = 1_795_000_000_000 + number.cast_signed() * 7_000;
        Response { at, session: (number / 250 % 400) as u32, ..Response::of(key, &usage) }
    });
    Batch {
        sessions: (0..400).map(|number| format!("session-{number}")).collect(),
        agents: vec![String::new()],
        models: vec!["claude-opus-5-5".to_owned()],
        responses: responses.collect(),
        ..Batch::default()
    }
}

fn filled() -> Store {
    let mut store = Store::in_memory().unwrap_or_else(|error| panic!("{error}"));
    store.apply(batch(0, RESPONSES)).unwrap_or_else(|error| panic!("{error}"));
    store
}

fn ledger(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(20).throughput(Throughput::Elements(RESPONSES));
    group.bench_function("first pass", |b| b.iter_batched(|| (), |()| filled(), BatchSize::PerIteration));
    group.throughput(Throughput::Elements(1));
    let mut store = filled();
    let mut next = RESPONSES;
    group.bench_function("one more", |b| {
        b.iter(|| {
            next += 1;
            store.apply(batch(next, 1)).unwrap_or_else(|error| panic!("{error}"))
        });
    });
    group.finish();
}

criterion_group!(benches, ledger);
criterion_main!(benches);
