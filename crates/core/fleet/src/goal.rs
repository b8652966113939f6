//! Whether a call is after the same thing as one that was turned down.
//!
//! Compares what calls name: the same file by another tool, the same command inside a longer one. It errs on the
//! side of silence, for what only resembles a denied goal may well be the way round that was wished for.

use crate::shell;
use crate::tools::Family;

/// Shorter texts are found in too many others.
const LEAST: usize = 4;

/// A call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tried<'a> {
    /// The tool.
    pub(crate) tool: &'a str,
    /// Its telling argument, on one line.
    pub(crate) target: &'a str,
    /// The working folder.
    pub(crate) cwd: Option<&'a str>,
}

/// Whether a call tries what was denied; if so, whether with a tool of another kind.
pub(crate) fn same(tool: &str, target: &str, tried: &Tried<'_>) -> Option<bool> {
    // What was cut short may go on in any way.
    if target.is_empty() || target.ends_with('…') {
        return None;
    }
    let (denied, now) = (Family::of(tool), Family::of(tried.tool));
    let file = |text: &str, path: &str| names(text, path, tried.cwd);
    match (denied, now) {
        (Some(Family::Edit), Some(Family::Edit)) | (Some(Family::Read), Some(Family::Read)) => {
            (target == tried.target).then_some(false)
        }
        (Some(Family::Shell), Some(Family::Shell)) => {
            (target == tried.target || mentions(tried.target, target)).then_some(false)
        }
        (Some(Family::Edit), Some(Family::Shell)) => {
            (shell::writes(tried.target) && file(tried.target, target)).then_some(true)
        }
        (Some(Family::Read), Some(Family::Shell)) => file(tried.target, target).then_some(true),
        (Some(Family::Shell), Some(Family::Edit)) => {
            (shell::writes(target) && file(target, tried.target)).then_some(true)
        }
        (None | Some(Family::Agent), Some(Family::Shell)) => {
            (target.contains("://") && mentions(tried.target, target)).then_some(true)
        }
        (None | Some(Family::Agent), None | Some(Family::Agent)) => {
            (tool == tried.tool && target == tried.target).then_some(false)
        }
        _ => None,
    }
}

/// Whether a command names a file, by its whole path or from the working folder.
fn names(command: &str, path: &str, cwd: Option<&str>) -> bool {
    let relative = cwd.and_then(|cwd| path.strip_prefix(cwd)).map(|rest| rest.trim_start_matches('/'));
    mentions(command, path)
        || relative.is_some_and(|name| mentions(command, name) || mentions(command, &format!("./{name}")))
}

/// Whether a text stands in another one as a whole, not as a part of a longer name.
fn mentions(text: &str, part: &str) -> bool {
    let in_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '/');
    part.len() >= LEAST
        && text.match_indices(part).any(|(at, _)| {
            let before = text[..at].chars().next_back().is_some_and(|c| in_name(c) || c == '.');
            let mut after = text[at + part.len()..].chars();
            let next = after.next();
            let goes_on =
                next.is_some_and(in_name) || (next == Some('.') && after.next().is_some_and(in_name));
            !before && !goes_on
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_goal() {
        let cwd = Some("/w");
        for (tool, target, now, tried, expected) in [
            ("Write", "/w/a.rs", "Write", "/w/a.rs", Some(false)),
            ("Write", "/w/a.rs", "Edit", "/w/a.rs", Some(false)),
            ("Write", "/w/a.rs", "Write", "/w/b.rs", None),
            ("Write", "/w/a.rs", "Bash", "echo x > /w/a.rs", Some(true)),
            ("Write", "/w/a.rs", "Bash", "echo x > a.rs", Some(true)),
            ("Write", "/w/a.rs", "Bash", "echo x >./a.rs", Some(true)),
            ("Write", "/w/a.rs", "Bash", "cat /w/a.rs", None),
            ("Write", "/w/a.rs", "Bash", "echo x > /w/a.rs.bak", None),
            ("Write", "/w/a.rs", "Bash", "echo x > /w/ba.rs", None),
            ("Write", "/w/a.rs", "Read", "/w/a.rs", None),
            ("Read", "/w/.env", "Bash", "cat .env", Some(true)),
            ("Read", "/w/.env", "Bash", "cat .env.example", None),
            ("Bash", "git push", "Bash", "cd /w && git push --force", Some(false)),
            ("Bash", "git push", "Bash", "git pushy", None),
            ("Bash", "ls", "Bash", "ls -l", None),
            ("Bash", "ls", "Bash", "ls", Some(false)),
            ("Bash", "echo x > /w/a.rs", "Write", "/w/a.rs", Some(true)),
            ("Bash", "cat /w/a.rs", "Write", "/w/a.rs", None),
            ("Bash", "cat /w/a.rs", "Read", "/w/a.rs", None),
            ("WebFetch", "https://a.b/c", "Bash", "curl -s https://a.b/c", Some(true)),
            ("WebFetch", "https://a.b/c", "WebFetch", "https://a.b/c", Some(false)),
            ("mcp__db__drop", "", "mcp__db__drop", "", None),
            ("Bash", "make all…", "Bash", "make all…", None),
        ] {
            let tried = Tried { tool: now, target: tried, cwd };
            assert_eq!(same(tool, target, &tried), expected, "{tool} {target} then {tried:?}");
        }
    }
    proptest::proptest! {
        #[test]
        fn any_texts_are_survived(
            tools in proptest::sample::subsequence(vec!["Bash", "Write", "Read", "WebFetch"], 2),
            target in "[aé./ >&;-]{0,12}", tried in "([aé./ >&;=|'-]| tail|2>&1){0,24}", cwd in "[aé/.]{0,4}",
        ) {
            let tried = Tried { tool: tools[1], target: &tried, cwd: Some(&cwd) };
            let found = same(tools[0], &target, &tried);
            proptest::prop_assert!(found.is_none() || !target.is_empty());
            shell::does(tried.target);
            shell::rewrites(tried.target);
            shell::untrimmed(tried.target);
        }
    }
}
