//! Any text as a file of instructions: a block is put there once, and everything else stays as it was.

#![no_main]

use claudectl_brain::garden::{BEGIN, END, with_block};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = ["One.".to_owned(), "Two.".to_owned()];
    let Ok(first) = with_block(text, &lines) else { return };
    assert_eq!(with_block(&first, &lines).as_ref(), Ok(&first));
    let (begin, end) = (first.find(BEGIN).unwrap(), first.find(END).unwrap() + END.len());
    let rest = [&first[..begin], &first[end..]].concat();
    match text.find("<!-- claudectl:garden begin") {
        None => assert!(first.starts_with(text)),
        Some(at) => {
            let behind = text.find(END).unwrap() + END.len();
            assert_eq!(rest, [&text[..at], &text[behind..]].concat());
        }
    }
});
