//! How fast lines are read: split, scanned for what they bill, and parsed whole.

use std::fmt::Write as _;
use std::hint::black_box;

use claudectl_transcript::record::Record;
use claudectl_transcript::{Line, LineBuf, Scanner};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A session as Claude Code writes it: a prompt, responses with a tool call each, and tool results.
fn session(turns: usize, output: usize) -> Vec<u8> {
    let mut text = String::new();
    let common = r#""isSidechain":false,"userType":"external","entrypoint":"cli","cwd":"/srv/project","sessionId":"5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c11","version":"2.1.330","gitBranch":"main""#;
    for turn in 0..turns {
        let answer = "word ".repeat(40);
        let result = "y".repeat(output);
        let usage = format!(
            r#"{{"input_tokens":12,"output_tokens":{turn},"cache_read_input_tokens":81234,"cache_creation_input_tokens":900,"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":900}},"service_tier":"standard","server_tool_use":{{"web_search_requests":0,"web_fetch_requests":0}}}}"#
        );
        let wrote = writeln!(
            text,
            r#"{{"parentUuid":"u{turn}",{common},"type":"assistant","uuid":"a{turn}","timestamp":"2026-11-24T12:00:{:02}.123Z","requestId":"req_{turn}","message":{{"id":"msg_{turn}","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{{"type":"text","text":"{answer}"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{usage}}}}}
{{"parentUuid":"a{turn}",{common},"type":"user","uuid":"u{turn}","timestamp":"2026-11-24T12:00:{:02}.456Z","message":{{"role":"user","content":[{{"tool_use_id":"toolu_{turn}","type":"tool_result","content":"{result}","is_error":false}}]}},"toolUseResult":{{"stdout":"{result}","stderr":"","interrupted":false}}}}"#,
            turn % 60,
            turn % 60
        );
        assert!(wrote.is_ok(), "writing to a string cannot fail");
    }
    text.into_bytes()
}

fn lines(buffer: &mut LineBuf, file: &[u8], mut each: impl FnMut(&[u8])) {
    buffer.restart(0);
    let mut rest = file;
    while !rest.is_empty() {
        let space = buffer.space();
        let count = space.len().min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        buffer.filled(count);
        rest = &rest[count..];
        while let Some(Line::Whole(line)) = buffer.next_line() {
            each(line);
        }
    }
}

fn reader(criterion: &mut Criterion) {
    let file = session(2000, 1500);
    let mut group = criterion.benchmark_group("reader");
    group.throughput(Throughput::Bytes(file.len() as u64));
    let mut buffer = LineBuf::default();
    group.bench_function("split", |b| {
        b.iter(|| {
            lines(&mut buffer, &file, |line| {
                black_box(line.len());
            })
        })
    });
    group.bench_function("scan", |b| {
        b.iter(|| {
            let mut scanner = Scanner::default();
            lines(&mut buffer, &file, |line| {
                scanner.line(line, |row| {
                    black_box(row);
                })
            });
        });
    });
    group.bench_function("parse", |b| {
        b.iter(|| {
            lines(&mut buffer, &file, |line| {
                black_box(Record::parse(line)).ok();
            })
        });
    });
    group.finish();
}

criterion_group!(benches, reader);
criterion_main!(benches);
