//! How fast a transcript is folded into a digest, signals included.

use std::fmt::Write as _;
use std::hint::black_box;

use claudectl_fleet::digest::Digest;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What tools answer, as it stands in a transcript: lines of code with their escapes.
const CODE: &str = r#"    12\t    pub fn total(&self, slots: &[Slot]) -> Option<u64> {\n    13\t        let sum = slots.iter().map(|slot| slot.tokens).sum();\n    14\t        tracing::debug!(\"token sum of {} slots\", slots.len());\n"#;

/// A session as Claude Code writes it: a prompt, and turns of a text, a call and its result.
fn session(turns: usize) -> String {
    let mut text = String::new();
    let common = r#""isSidechain":false,"userType":"external","entrypoint":"cli","cwd":"/srv/project","sessionId":"5a1f0b9e-6c2d-4e83-8f47-0d9b6a3e2c11","version":"2.1.330","gitBranch":"main""#;
    let result = CODE.repeat(8);
    for turn in 0..turns {
        let call = match turn % 4 {
            0 => format!(r#""name":"Read","input":{{"file_path":"/srv/project/src/m{}.rs"}}"#, turn % 90),
            1 => format!(r#""name":"Edit","input":{{"file_path":"/srv/project/src/m{}.rs","old_string":"{CODE}","new_string":"{CODE}"}}"#, turn % 90),
            2 => r#""name":"Bash","input":{"command":"cargo test --locked 2>&1 | tail -40","description":"Run the tests"}"#.to_owned(),
            _ => format!(r#""name":"Grep","input":{{"pattern":"fn total_{turn}","path":"/srv/project"}}"#),
        };
        let usage = format!(
            r#"{{"input_tokens":12,"output_tokens":{turn},"cache_read_input_tokens":81234,"cache_creation_input_tokens":900,"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":900}},"service_tier":"standard"}}"#
        );
        let at = format!("2026-11-24T{:02}:{:02}:{:02}", 6 + turn / 3600 % 12, turn / 60 % 60, turn % 60);
        let failed = turn % 17 == 0;
        let wrote = writeln!(
            text,
            r#"{{"parentUuid":"u{turn}",{common},"type":"assistant","uuid":"a{turn}","timestamp":"{at}.123Z","requestId":"req_{turn}","message":{{"id":"msg_{turn}","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{{"type":"tool_use","id":"toolu_{turn}",{call}}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{usage}}}}}
{{"parentUuid":"a{turn}",{common},"type":"user","uuid":"u{turn}","timestamp":"{at}.456Z","message":{{"role":"user","content":[{{"tool_use_id":"toolu_{turn}","type":"tool_result","content":"{result}","is_error":{failed}}}]}},"toolUseResult":{{"stdout":"{result}","stderr":"","interrupted":false}}}}"#,
        );
        assert!(wrote.is_ok(), "writing to a string cannot fail");
    }
    text
}

fn folding(criterion: &mut Criterion) {
    let file = session(2000);
    let mut group = criterion.benchmark_group("digest");
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.bench_function("fold", |bencher| {
        bencher.iter(|| {
            let mut digest = Digest::default();
            for line in black_box(&file).lines() {
                digest.line(line.as_bytes(), &mut |_| false);
            }
            black_box(digest)
        });
    });
    group.finish();
}

criterion_group!(benches, folding);
criterion_main!(benches);
