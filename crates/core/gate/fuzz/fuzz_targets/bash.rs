//! Any text as a command of Bash: what is not understood is never allowed, and what is refused is not allowed by what is
//! put before, behind or around it.

#![no_main]

use claudectl_gate::judge::{Policy, judge};
use claudectl_gate::lattice;
use claudectl_gate::rules::{Action, Circumstances, Maker, Rule};
use claudectl_shell::analyse;
use claudectl_shell::facts::{NoFacts, Place};
use claudectl_shell::report::Report;
use claudectl_shell::syntax::parse;
use libfuzzer_sys::fuzz_target;

const ROOT: &str = "/home/me/work";

fn report(text: &str) -> Report {
    analyse(text, Place { home: "/home/me", folder: Some(ROOT), root: Some(ROOT), facts: &NoFacts })
}

fn answer(text: &str) -> &'static str {
    lattice::of_report(&report(text)).0.verdict()
}

fuzz_target!(|text: &str| {
    let found = report(text);
    let verdict = lattice::of_report(&found).0.verdict();
    if parse(text).is_err() || !found.opaque.is_empty() {
        assert_ne!(verdict, "allow", "{found:?}");
    }
    let call = Circumstances { tool: "Bash".to_owned(), root: ROOT.to_owned(), ..Circumstances::default() };
    assert_eq!(judge(&found, &Policy::default(), &call).action.word(), verdict);
    let refuse = Rule { action: Some(Action::Deny), ..Rule::default() };
    let policy = Policy { rules: vec![(Maker::Person, refuse)], ..Policy::default() };
    assert_eq!(judge(&found, &policy, &call).action, Action::Deny);

    // What stands on a line of its own is run, unless the text is open at its end or says what `rm` is.
    if parse(text).is_ok() && !text.contains("<<") && !text.ends_with('\\') && !text.contains("rm") {
        let longer = format!("{text}\nrm -rf /");
        assert_ne!(answer(&longer), "allow", "{longer:?}");
    }
    if verdict == "deny" {
        let quoted = text.replace('\'', "'\\''");
        for other in [
            format!("true && {text}"),
            format!("ls; {text}"),
            format!("(\n{text}\n)"),
            format!("if true; then\n{text}\nfi"),
            // With the same arguments, which nobody knows.
            format!("bash -c '{quoted}' \"$0\" \"$@\""),
            format!("{text}\nls"),
        ] {
            assert_ne!(answer(&other), "allow", "{other:?}");
        }
    }
});
