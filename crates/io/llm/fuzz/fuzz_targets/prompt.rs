//! Any text in any place of the data: it stays on its lines between the marks, and our own words stay as they are.

#![no_main]

use claudectl_llm::material::{Call, Material};
use claudectl_llm::{Builtin, Name, Nonce, Prompts};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let input = json!({ text: text, "a": [text, { text: 1 }] });
    let call = Call { tool: text, input: &input, ended: None };
    let material = Material { project: Some(text), messages: &[text], calls: &[call], facts: &[] };
    let question =
        Prompts::new(&Builtin).annotate(&call, &material, Nonce::new([9; 16])).expect("ours is whole");
    let mut around = String::new();
    let mut lines = question.user().lines();
    while let Some(line) = lines.next() {
        let Some((before, slot)) = line.split_once("<data-09090909090909090909090909090909 ") else {
            around.push_str(line);
            around.push('\n');
            continue;
        };
        let slot = slot.strip_suffix('>').expect("a mark is whole");
        around.push_str(&format!("{before}{{{{{slot}}}}}\n"));
        let json = lines.next().expect("there is data");
        assert!(!json.contains(['<', '>']) && !json.contains(char::is_control));
        serde_json::from_str::<serde_json::Value>(json).expect("it is JSON");
        assert_eq!(lines.next(), Some("</data-09090909090909090909090909090909>"));
    }
    assert_eq!(around, Name::Annotate.builtin());
});
