//! How fast lines of transcripts become chunks: read, shaped, redacted and taken apart into words.

use std::hint::black_box;

use claudectl_search::Role;
use claudectl_search::cut::Cutter;
use claudectl_search::shape::shape;
use claudectl_search::words::Words;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;

/// Source code, prose and a log: this crate's own.
const CODE: &str = include_str!("../src/words.rs");
const PROSE: &str = include_str!("../../../../ARCHITECTURE.md");
const LOG: &str = "   Compiling claudectl-search v0.1.0 (/srv/src/claudectl/crates/core/search)\ntest words::tests::words_of_code ... ok\n";

/// A session as Claude Code writes it: prompts, replies, calls, and results that stand there twice.
fn session(turns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for turn in 0..turns {
        let part = |text: &str, length: usize| {
            let from = text.ceil_char_boundary(turn * 997 % (text.len() - length.min(text.len() - 1)));
            text[from..text.floor_char_boundary((from + length).min(text.len()))].to_owned()
        };
        let row = |kind: &str, content: serde_json::Value, result: Option<&str>| {
            json!({
                "parentUuid": format!("p{turn}"), "isSidechain": false, "type": kind,
                "message": {"role": kind, "id": format!("msg_{turn}"), "content": content},
                "uuid": format!("{kind}{turn}"), "timestamp": "2026-11-24T12:00:00.123Z",
                "toolUseResult": result.map(|text| json!({"stdout": text, "stderr": ""})),
                "cwd": "/srv/project", "sessionId": "5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c11", "gitBranch": "main",
            })
            .to_string()
        };
        let result = if turn % 2 == 0 { part(CODE, 6_000) } else { LOG.repeat(30) };
        lines.push(row("user", json!(part(PROSE, 300)), None));
        lines.push(row("assistant", json!([{"type": "text", "text": part(PROSE, 900)}]), None));
        let call =
            json!([{"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "cargo test -p x"}}]);
        lines.push(row("assistant", call, None));
        let content = json!([{"type": "tool_result", "tool_use_id": "t", "content": result}]);
        lines.push(row("user", content, Some(&result)));
    }
    lines
}

fn extract(criterion: &mut Criterion) {
    let lines = session(400);
    let mut group = criterion.benchmark_group("extract");
    group.throughput(Throughput::Bytes(lines.iter().map(|line| line.len() as u64 + 1).sum()));
    group.bench_function("lines to chunks", |bencher| {
        let mut cutter = Cutter::default();
        bencher.iter(|| {
            for line in &lines {
                cutter.line(line.as_bytes());
                if cutter.is_full() {
                    black_box(cutter.take());
                }
            }
        });
    });
    for (name, text) in [("code", CODE), ("prose", PROSE)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("shape {name}"), |bencher| {
            let mut out = String::new();
            bencher.iter(|| {
                out.clear();
                shape(Role::Result, black_box(text), &mut out);
            });
        });
        group.bench_function(format!("words of {name}"), |bencher| {
            let (mut words, mut out) = (Words::default(), String::new());
            bencher.iter(|| {
                out.clear();
                words.each(black_box(text), |_, word, _| {
                    out.push_str(word);
                    out.push(' ');
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, extract);
criterion_main!(benches);
