//! The case files, and the project they are judged in.

use claudectl_shell::facts::{Facts, NoFacts, Place};

/// A project with files that version control has.
pub(crate) struct Project;

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

pub(crate) fn place() -> Place<'static> {
    Place { home: "/home/me", folder: Some("/home/me/work"), root: Some("/home/me/work"), facts: &Project }
}

/// A command and what is answered to it.
#[derive(Debug)]
pub(crate) struct Case {
    /// File and line.
    pub(crate) at: String,
    /// The verdict.
    pub(crate) wanted: String,
    pub(crate) command: String,
}

/// All cases that are commands of Bash.
#[allow(dead_code, reason = "one test takes those of every language")]
pub(crate) fn bash_cases() -> std::io::Result<Vec<Case>> {
    let mut cases = cases(None)?;
    cases.retain(|case| !case.at.starts_with("powershell:"));
    Ok(cases)
}

/// All cases, or those of one file: its name without the ending.
pub(crate) fn cases(only: Option<&str>) -> std::io::Result<Vec<Case>> {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../gate/tests/cases"));
    let mut files = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    let mut cases: Vec<Case> = Vec::new();
    for file in files {
        let name = file.file_name().to_string_lossy().replace(".txt", "");
        if only.is_some_and(|only| only != name) {
            continue;
        }
        for (number, line) in std::fs::read_to_string(file.path())?.lines().enumerate() {
            match (line.strip_prefix("    "), cases.last_mut()) {
                (Some(more), Some(case)) => {
                    case.command.push('\n');
                    case.command.push_str(more);
                }
                _ if line.trim().is_empty() || line.starts_with('#') => {}
                _ => {
                    // Without a verdict it is no case, which no answer is.
                    let (wanted, command) = line.split_once(" | ").unwrap_or(("", line));
                    let at = format!("{name}:{}", number + 1);
                    cases.push(Case { at, wanted: wanted.trim().to_owned(), command: command.to_owned() });
                }
            }
        }
    }
    Ok(cases)
}
