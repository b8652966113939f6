//! Commands and what is answered: one file a family, in `cases/`.
//!
//! `allow | git status`: a verdict and a command. A command may go on over lines that begin with four blanks; lines that
//! begin with `#` are comments. Those of `powershell.txt` are PowerShell's.

use claudectl_gate::lattice;
use claudectl_shell::facts::{Facts, NoFacts, Place};
use claudectl_shell::{analyse, analyse_powershell};

/// A project with a file that version control has.
struct Project;

impl Facts for Project {
    fn tracked(&self, path: &str) -> Option<bool> {
        Some(path.starts_with("/home/me/work/src/") || path == "/home/me/work/README.md")
    }

    fn resolved(&self, path: &str) -> Option<String> {
        NoFacts.resolved(path)
    }

    fn text(&self, path: &str) -> Option<String> {
        NoFacts.text(path)
    }

    fn executable(&self, _: &str) -> Option<bool> {
        None
    }
}

fn place() -> Place<'static> {
    Place { home: "/home/me", folder: Some("/home/me/work"), root: Some("/home/me/work"), facts: &Project }
}

#[test]
fn each_case_is_answered_as_it_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let only = option_env!("CASES");
    let (mut wrong, mut count) = (Vec::new(), 0);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let mut cases: Vec<(usize, String)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            match (line.strip_prefix("    "), cases.last_mut()) {
                (Some(more), Some((_, case))) => {
                    case.push('\n');
                    case.push_str(more);
                }
                _ if line.trim().is_empty() || line.starts_with('#') => {}
                _ => cases.push((number + 1, line.to_owned())),
            }
        }
        for (number, case) in cases {
            let (wanted, command) =
                case.split_once(" | ").unwrap_or_else(|| panic!("{name}:{number}: no verdict"));
            count += 1;
            let report = match name.as_str() {
                "powershell" => analyse_powershell(command, place()),
                _ => analyse(command, place()),
            };
            let (level, why) = lattice::of_report(&report);
            if level.verdict() != wanted.trim() {
                wrong.push(format!(
                    "{name}:{number}: {command}\n    {} and not {wanted}: {why}",
                    level.verdict()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 20 || only.is_some(), "{count}");
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
