//! Any transcript: nothing panics, no text that is told whole holds what would be redacted, and rows that have an id and are
//! read again tell nothing that was told.

#![no_main]

use claudectl_fleet::beat::{Beats, Body, What};
use claudectl_redact::redact;
use claudectl_transcript::record::Record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (mut beats, mut out) = (Beats::new(data.first() == Some(&b'\n')), Vec::new());
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(record) = Record::parse(line) else { continue };
        let known = record.common().is_some_and(|common| common.uuid.is_some());
        beats.row(&record, &mut out);
        let told = out.len();
        beats.row(&record, &mut out);
        assert!(!known || out.len() == told, "told twice");
    }
    for beat in &out {
        match &beat.what {
            What::Prompt(text) | What::Text(text) | What::Typed(text) => clean(text),
            What::Result { text, .. } => clean(text),
            What::Call { body: Body::Command { command, .. }, .. } => clean(command),
            _ => {}
        }
    }
});

/// Redacted as a whole, it is so for good.
fn clean(text: &str) {
    let found = redact(text).findings;
    assert!(found.is_empty(), "{found:?} in {text:?}");
}
