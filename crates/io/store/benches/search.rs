//! What taking chunks into the index costs, and asking it.

use claudectl_search::cut::{Chunk, Cutter};
use claudectl_search::query::Query;
use claudectl_store::search::{Index, Packer, Piece};
use claudectl_transcript::tail::{Mark, Stamp};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;

/// Source code and prose: this crate's own, and what it is built on.
const TEXTS: &[&str] = &[
    include_str!("../src/search/write.rs"),
    include_str!("../src/responses.rs"),
    include_str!("../src/journal.rs"),
    include_str!("../../../../ARCHITECTURE.md"),
    include_str!("../../../../CONTRIBUTING.md"),
];

/// Results of some kilobytes, each another part of the texts.
fn chunks(bytes: usize) -> Vec<(Chunk, Vec<u8>)> {
    let mut packer = Packer::new().unwrap_or_else(|error| panic!("{error}"));
    let (mut cutter, mut chunks, mut made, mut number) = (Cutter::default(), Vec::new(), 0, 0);
    while made < bytes {
        let text = TEXTS[number % TEXTS.len()];
        let from = text.floor_char_boundary(number * 1_237 % (text.len() - 2_000));
        let part = &text[from..text.floor_char_boundary((from + 1_500).min(text.len()))];
        let content =
            json!([{"type": "tool_result", "tool_use_id": "t", "content": format!("{number}\n{part}")}]);
        let row = json!({"type": "user", "uuid": format!("u{number}"), "message": {"content": content}});
        cutter.line(row.to_string().as_bytes());
        number += 1;
        if cutter.is_full() {
            let chunk = cutter.take();
            made += chunk.text.len();
            let packed = packer.pack(&chunk.text).unwrap_or_else(|error| panic!("{error}"));
            chunks.push((chunk, packed));
        }
    }
    chunks
}

fn fill(folder: &std::path::Path, chunks: &[(Chunk, Vec<u8>)]) -> Index {
    let fill = || {
        let mut index = Index::open(&folder.join("search.db"))?;
        index.expect(true)?;
        index.write(|writer| {
            let file = writer.add_file(b"/t.jsonl", "s", "")?;
            for (chunk, packed) in chunks {
                let (stamp, mark) = (Stamp::default(), Mark::default());
                let (chunk, packed) = (chunk.clone(), packed.clone());
                writer.add(&Piece {
                    file,
                    chunk,
                    packed,
                    session: None,
                    stamp,
                    mark,
                    done: true,
                    too_long: 0,
                })?;
            }
            Ok::<_, claudectl_store::StoreError>(())
        })?;
        Ok(index)
    };
    fill().unwrap_or_else(|error: claudectl_store::StoreError| panic!("{error}"))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"))
}

fn search(criterion: &mut Criterion) {
    let chunks = chunks(8 << 20);
    let mut group = criterion.benchmark_group("search");
    let bytes: usize = chunks.iter().map(|(chunk, _)| chunk.text.len()).sum();
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("take in text", |bencher| {
        bencher.iter_batched(folder, |folder| fill(folder.path(), &chunks), BatchSize::PerIteration);
    });
    let folder = folder();
    let index = fill(folder.path(), &chunks);
    group.throughput(Throughput::Elements(1));
    for typed in ["the", "journal torn", "\"write transaction\"", "resp*", "quaternion"] {
        let query = Query::parse(typed).unwrap_or_else(|error| panic!("{error}"));
        group.bench_function(format!("ask for {typed}"), |bencher| {
            bencher.iter(|| {
                let mut count = 0;
                index.matches(&query.fts(), |_, _| count += 1).unwrap_or_else(|error| panic!("{error}"));
                count
            });
        });
    }
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
