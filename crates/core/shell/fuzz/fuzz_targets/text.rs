//! Any text as a command: nothing panics, what is no command is told, what is found stays within its bounds, and the
//! same text is always read in the same way.

#![no_main]

use claudectl_shell::analyse;
use claudectl_shell::facts::{NoFacts, Place};
use claudectl_shell::syntax::{MAX_CHARACTERS, MAX_COMMANDS, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = parse(text);
    let root = Some("/home/me/work");
    let report = analyse(text, Place { home: "/home/me", folder: root, root, facts: &NoFacts });
    match parsed {
        Ok(parsed) => {
            assert!(parsed.commands <= MAX_COMMANDS && text.chars().count() <= MAX_CHARACTERS);
            // What follows a line that ends is another command, unless the text is open at its end.
            let open = text.contains("<<") || text.ends_with('\\');
            if let (false, Ok(longer)) = (open, parse(&format!("{text}\nrm -rf /"))) {
                assert_eq!(longer.commands, parsed.commands + 1, "{text:?}");
            }
        }
        Err(error) => assert!(report.opaque.contains(&error.to_string()), "{error}: {report:?}"),
    }
    assert!(report.commands.len() <= 2_000, "{}", report.commands.len());
    let again = analyse(text, Place { home: "/home/me", folder: root, root, facts: &NoFacts });
    assert_eq!(report, again);
});
