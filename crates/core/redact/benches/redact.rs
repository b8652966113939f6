//! What redacting and sanitising cost: on clean text, which is nearly all there is, and on the rest.

use std::hint::black_box;

use claudectl_redact::{redact, sanitize_line, tokens};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const LINE: &str =
    "Bash: cargo test --workspace --locked 2>&1 | tail -40, 3 failed in crates/core/fleet/src/ledger.rs:118";
const PROSE: &str = "The key of each entry is a token of the name; see docs/secrets.md, the author's note on \
    passing tests, and https://example.com/a?b=c for what an API returns.\n";

fn benches(criterion: &mut Criterion) {
    let clean = format!("{LINE}\n").repeat(65_536 / LINE.len());
    let prose = PROSE.repeat(65_536 / PROSE.len());
    // Put together here, so that no scanner takes it for a real one.
    let token = ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE"].concat();
    let dirty = format!("export GITHUB_TOKEN={token}; curl -H 'Authorization: Bearer {token}' https://a.b/c");
    let coloured = format!("\u{1b}[31m{LINE}\u{1b}[0m");

    let mut group = criterion.benchmark_group("redact");
    for (name, text) in
        [("line", LINE), ("clean 64 KiB", &clean), ("prose 64 KiB", &prose), ("two findings", &dirty)]
    {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| redact(black_box(text))));
    }
    group.finish();

    let mut group = criterion.benchmark_group("tokens");
    for (name, text) in [("clean 64 KiB", &clean), ("prose 64 KiB", &prose), ("two findings", &dirty)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| tokens(black_box(text))));
    }
    group.finish();

    let mut group = criterion.benchmark_group("sanitize");
    for (name, text) in [("line", LINE), ("clean 64 KiB", &clean.replace('\n', " ")), ("colours", &coloured)]
    {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| sanitize_line(black_box(text))));
    }
    group.finish();
}

criterion_group!(redacting, benches);
criterion_main!(redacting);
