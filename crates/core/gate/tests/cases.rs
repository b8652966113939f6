//! Commands and what is answered: one file a family, in `cases/`.
//!
//! `allow | git status`: a verdict and a command. A command may go on over lines that begin with four blanks; lines that
//! begin with `#` are comments. Those of `powershell.txt` are PowerShell's.

mod corpus;

use claudectl_gate::lattice;
use claudectl_shell::{analyse, analyse_powershell};

#[test]
fn each_case_is_answered_as_it_says() {
    let only = option_env!("CASES");
    let cases = corpus::cases(only).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let report = match case.at.starts_with("powershell:") {
            true => analyse_powershell(&case.command, corpus::place()),
            false => analyse(&case.command, corpus::place()),
        };
        let (level, why) = lattice::of_report(&report);
        if level.verdict() != case.wanted {
            let (at, command) = (&case.at, &case.command);
            wrong.push(format!("{at}: {command}\n    {} and not {}: {why}", level.verdict(), case.wanted));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 20 || only.is_some(), "{}", cases.len());
}

/// Each way to hide something has a name, something that is hidden so, and a twin that only looks alike.
#[test]
fn adversarial_families_have_twins() {
    let text = include_str!("cases/adversarial.txt");
    let mut families: Vec<(&str, usize, usize)> = Vec::new();
    for line in text.lines().skip(1) {
        match (line.strip_prefix("# "), line.split_once(" | "), families.last_mut()) {
            (Some(name), _, _) => families.push((name, 0, 0)),
            (None, Some(("allow", _)), Some(family)) => family.2 += 1,
            (None, Some(("ask" | "deny", _)), Some(family)) => family.1 += 1,
            (None, _, _) => {}
        }
    }
    let lonely: Vec<&str> = families
        .iter()
        .filter(|(_, harm, twins)| *harm == 0 || *twins == 0)
        .map(|(name, _, _)| *name)
        .collect();
    assert!(lonely.is_empty(), "{lonely:?}");
    let mut names: Vec<&str> = families.iter().map(|(name, _, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), families.len(), "a name stands twice");
    assert!(families.len() >= 60, "{}", families.len());
}

#[test]
fn no_reason_has_the_sign_for_what_is_not_known() {
    for case in corpus::bash_cases().unwrap() {
        let report = analyse(&case.command, corpus::place());
        let said: Vec<&String> = report
            .deeds()
            .map(|deed| &deed.subject)
            .chain(report.commands.iter().flat_map(|ran| &ran.unproven))
            .chain(&report.opaque)
            .collect();
        assert!(
            said.iter().all(|text| !text.contains(claudectl_shell::value::HOLE)),
            "{}: {said:?}",
            case.at
        );
    }
}
