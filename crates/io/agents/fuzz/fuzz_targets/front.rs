//! Any front matter: nothing panics, where it ends is known from the part that was read, and no beginning of it, at which
//! the client may end it, brings hooks that all of it does not.

#![no_main]

use claudectl_agents::settings::foreign::front::{Cut, Said, cut, said};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let whole = cut(text.as_bytes());
    for (at, _) in text.char_indices() {
        match cut(&text.as_bytes()[..at]) {
            Cut::Whole(front) => assert_eq!(whole, Cut::Whole(front)),
            Cut::None => assert_eq!(whole, Cut::None),
            Cut::Open(_) => {}
        }
    }
    let all = said(text);
    for (at, _) in text.char_indices() {
        match (all, said(&text[..at])) {
            (Said::Unclear, _) | (_, Said::Nothing | Said::Unclear) => {}
            (Said::Nothing, Said::Hooks { .. }) => panic!("{:?}", &text[..at]),
            (Said::Hooks { before, prompt }, Said::Hooks { before: b, prompt: p }) => {
                assert!((before || !b) && (prompt || !p), "{:?}", &text[..at]);
            }
        }
    }
});
