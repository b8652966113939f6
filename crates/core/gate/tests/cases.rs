//! Commands and what is answered: one file a family, in `cases/`.
//!
//! `allow | git status`: a verdict and a command. A command may go on over lines that begin with four blanks; lines that
//! begin with `#` are comments.

mod corpus;

use claudectl_gate::lattice;
use claudectl_shell::analyse;

#[test]
fn each_case_is_answered_as_it_says() {
    let only = option_env!("CASES");
    let cases = corpus::cases(only).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let (level, why) = lattice::of_report(&analyse(&case.command, corpus::place()));
        if level.verdict() != case.wanted {
            let (at, command) = (&case.at, &case.command);
            wrong.push(format!("{at}: {command}\n    {} and not {}: {why}", level.verdict(), case.wanted));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 20 || only.is_some(), "{}", cases.len());
}
