//! Any text of a model: nothing panics, what is taken is on one line and short, and nothing moves towards allow.

#![no_main]

use claudectl_gate::rules::Action;
use claudectl_llm::{Answer, Digest, Note, Proposal};
use libfuzzer_sys::fuzz_target;

fn shown(text: &str) {
    assert!(!text.is_empty() && text.chars().count() <= 600 && !text.contains(char::is_control), "{text:?}");
}

fuzz_target!(|text: &str| {
    if let Ok(note) = Note::parse(text) {
        shown(&note.summary);
        note.risks.iter().for_each(|risk| shown(risk));
        for verdict in [Action::Allow, Action::Ask, Action::Deny] {
            assert!(note.proposal(verdict).map_or(verdict, Proposal::action) >= verdict);
        }
    }
    if let Ok(digest) = Digest::parse(text) {
        shown(&digest.summary);
        digest.points.iter().for_each(|point| shown(point));
    }
});
