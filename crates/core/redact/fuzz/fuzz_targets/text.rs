//! Any text: nothing panics, findings are in order and on the boundaries of characters, what they cover
//! is gone, redacting and sanitising twice change nothing, and nothing harmful reaches a terminal.

#![no_main]

use std::borrow::Cow;

use claudectl_redact::{Redacted, redact, sanitize_block, sanitize_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let result = redact(text);
    in_order(text, &result);
    let again = redact(&result.text);
    assert!(again.findings.is_empty(), "{:?} became {:?}", result.text, again.text);

    let line = sanitize_line(text);
    assert!(!line.chars().any(char::is_control));
    assert!(matches!(sanitize_line(&line), Cow::Borrowed(_)));
    let block = sanitize_block(text);
    assert!(!block.chars().any(|char| char != '\n' && char.is_control()));
    assert!(matches!(sanitize_block(&block), Cow::Borrowed(_)));
});

/// The text is what stood between the findings, and a marker for each of them.
fn in_order(text: &str, result: &Redacted<'_>) {
    let mut expected = String::new();
    let mut at = 0;
    for found in &result.findings {
        assert!(at <= found.range.start && found.range.start < found.range.end);
        expected.push_str(&text[at..found.range.start]);
        expected.push_str("[redacted:");
        expected.push_str(found.kind);
        expected.push(']');
        at = found.range.end;
    }
    expected.push_str(&text[at..]);
    assert_eq!(result.text, expected);
}
