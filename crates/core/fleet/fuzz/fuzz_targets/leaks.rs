//! Any line and any text: nothing panics, what is found stands where it says, and a copy without it is JSON where the line
//! was, and the same where nothing was found.

#![no_main]

use claudectl_fleet::leaks::{redacted_row, redacted_text, row, text};
use claudectl_transcript::strings::is_whole;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for line in data.split(|byte| *byte == b'\n') {
        let found = row(line);
        let mut end = 0;
        for leak in &found.leaks {
            assert!(leak.range.start <= leak.range.end && leak.range.end <= line.len());
            assert!(leak.range.start >= end, "two overlap");
            end = leak.range.end;
        }
        match redacted_row(line) {
            Some(copy) => assert!(!is_whole(line) || is_whole(&copy)),
            None => assert!(found.leaks.is_empty()),
        }
    }
    let leaks = text(data);
    let copy = redacted_text(data, 0..data.len(), &leaks);
    assert_eq!(copy == data, leaks.is_empty());
});
