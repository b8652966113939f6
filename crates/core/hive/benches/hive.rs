//! What it costs to take versions in: signatures in batches, and merging.
//!
//! `cargo bench -p claudectl-hive`. Goals per core: more than 35 000 versions a second checked and merged in batches of 1024 and
//! more, and more than 500 000 a second merged that were checked before.

#![expect(clippy::unwrap_used, reason = "what is measured was made here")]

use std::hint::black_box;

use claudectl_hive::claim::{Brief, Claim, Class, Content, HiveId, Kind, Signed, Version, verify_all};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::SecretKey;
use claudectl_hive::register::Registers;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const WALL: Millis = Millis(1_700_000_000_000);

/// Versions of as many authors in turn, each of a claim of its own, as long as a pattern is.
fn versions(count: u64, authors: u64) -> Vec<Signed> {
    let secrets: Vec<SecretKey> = (0..authors)
        .map(|number| SecretKey::from_bytes(blake3::hash(&number.to_le_bytes()).as_bytes()))
        .collect();
    let version = |number: u64| {
        let secret = &secrets[(number % authors) as usize];
        let claim = Claim {
            author: secret.public(),
            class: Class::everyone(HiveId::from_bytes([1; 32])),
            kind: Kind::new("pattern").unwrap(),
            scope: "project:claudectl".to_owned(),
            key: vec!["Bash".to_owned(), format!("cargo nextest run {number}")],
            condition: None,
            family: "cargo".to_owned(),
        };
        let content = Content::Body(vec![b'x'; 300]);
        let version =
            Version { claim, hlc: Hlc::new(Millis(number), 0), seq: number, expires: None, content };
        version.sign(secret).unwrap().signed().clone()
    };
    (0..count).map(version).collect()
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify and merge");
    for (count, authors) in [(1024, 1), (1024, 50), (1024, 1024), (4096, 50), (4096, 4096)] {
        let signed = versions(count, authors);
        group.throughput(Throughput::Elements(count));
        group.bench_function(format!("{count} versions of {authors} authors"), |bencher| {
            bencher.iter_batched(
                || (signed.clone(), Registers::default()),
                |(signed, mut registers)| {
                    for verified in verify_all(signed) {
                        registers.merge(verified.unwrap().brief(), WALL);
                    }
                    registers
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("verify");
    let mut signed = versions(1024, 50);
    group.throughput(Throughput::Elements(1));
    group.bench_function("one", |bencher| bencher.iter(|| black_box(signed[0].clone()).verify()));
    group.throughput(Throughput::Elements(1024));
    signed[77].signature = signed[78].signature;
    group.bench_function("1024 versions, one bad", |bencher| {
        bencher.iter_batched(|| signed.clone(), verify_all, BatchSize::LargeInput);
    });
    group.finish();

    let mut group = criterion.benchmark_group("merge");
    group.sample_size(20);
    let count = 100_000;
    let briefs: Vec<Brief> =
        verify_all(versions(count, 50)).into_iter().map(|verified| *verified.unwrap().brief()).collect();
    group.throughput(Throughput::Elements(count));
    group.bench_function("100 000 verified versions", |bencher| {
        bencher.iter_batched_ref(
            Registers::default,
            |registers| briefs.iter().filter(|brief| registers.merge(brief, WALL).outcome.changed()).count(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(hive, benches);
criterion_main!(hive);
