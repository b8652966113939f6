//! What keeping the hive costs: taking versions in, comparing, and saying how far peers have come.
//!
//! `cargo bench -p claudectl-store --bench hive`. The figures of docs/hive.md are of the release profile.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr, reason = "a benchmark")]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use claudectl_hive::claim::{Claim, Class, Content, HiveId, Kind, Verified, Version, VersionId};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::SecretKey;
use claudectl_store::Store;
use claudectl_store::hive::Told;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const NOW: Millis = Millis(1_760_000_000_000);
/// About the size of what is said of one command.
const BODY: &[u8] = br#"{"allowed":41,"command":"cargo nextest run","denied":1,"tool":"Bash"}"#;

fn versions(from: u64, to: u64) -> Vec<Verified> {
    let key = SecretKey::from_bytes(&[1; 32]);
    let class = Class::everyone(HiveId::from_bytes([7; 32]));
    let version = |n: u64| {
        let claim = Claim {
            author: key.public(),
            class: class.clone(),
            kind: Kind::new("pattern").unwrap(),
            scope: "project:api".to_owned(),
            key: vec!["Bash".to_owned(), format!("cargo nextest run {n}")],
            condition: None,
            family: "claude-code".to_owned(),
        };
        let hlc = Hlc::new(Millis(NOW.0 + n / 16), (n % 16) as u16);
        let content = Content::Body(BODY.to_vec());
        Version { claim, hlc, seq: n, expires: None, content }.sign(&key).unwrap()
    };
    (from..to).map(version).collect()
}

fn store(claims: u64) -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::open(&home.path().join("state.db")).unwrap();
    let all = versions(0, claims);
    for piece in all.chunks(4_096) {
        store.hive_take(piece, Millis(NOW.0 + claims)).unwrap();
    }
    (home, store)
}

fn bench(c: &mut Criterion) {
    let class = Class::everyone(HiveId::from_bytes([7; 32])).id();
    let mut group = c.benchmark_group("hive");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let batch = versions(0, 4_096);
    group.bench_function("take 4096 into an empty store", |b| {
        let fresh = || {
            let home = tempfile::tempdir().unwrap();
            let store = Store::open(&home.path().join("state.db")).unwrap();
            (home, store)
        };
        b.iter_batched(
            fresh,
            |(home, mut store)| {
                store.hive_take(&batch, NOW).unwrap();
                (home, store)
            },
            BatchSize::PerIteration,
        );
    });
    let (home, mut store) = store(100_000);
    let path = home.path().join("state.db");
    store.hive_compact(NOW).unwrap();
    let ids: Vec<VersionId> = store.hive_stamps(&class).unwrap().into_iter().map(|(_, id)| id).collect();
    // Each of 100 peers lacks a few, and has some that came later.
    for peer in 0..100_u8 {
        let key = SecretKey::from_bytes(&[100 + peer; 32]).public();
        store.hive_put_peer(&key, &format!("peer-{peer}"), NOW).unwrap();
        let digest = store.hive_digest(&class).unwrap();
        let lacks: Vec<VersionId> = ids.iter().skip(usize::from(peer)).step_by(1_000).copied().collect();
        let told = Told { digest, common: 99_900, at: NOW };
        store.hive_told(&key, &class, &told, Some(&lacks)).unwrap();
    }
    group.bench_function("progress of 100 peers, 100 000 claims", |b| {
        b.iter(|| {
            let store = Store::open(&path).unwrap();
            let progress = store.hive_progress(|_, _| Some(BTreeSet::new())).unwrap();
            assert_eq!(progress.len(), 100);
            black_box(progress)
        });
    });
    group.bench_function("stamps of 100 000 claims", |b| {
        b.iter(|| black_box(store.hive_stamps(&class).unwrap()));
    });
    let more = versions(100_000, 104_096);
    group.bench_function("take 4096 that are known, among 100 000", |b| {
        store.hive_take(&more, Millis(NOW.0 + 200_000)).unwrap();
        b.iter(|| black_box(store.hive_take(&more, Millis(NOW.0 + 200_000)).unwrap()));
    });
    group.finish();
    let bytes = std::fs::metadata(&path).unwrap().len();
    eprintln!("a store of 104 096 claims: {bytes} bytes, {} a claim", bytes / 104_096);
}

criterion_group!(benches, bench);
criterion_main!(benches);
