//! What a pattern of the shell stands for on this disk.

use std::fs;
use std::path::Path;

use claudectl_shell::expand::matches;
use claudectl_shell::facts::Match;

/// So many names are looked at, and so many are told. A tool call waits: what is larger is not known.
const MOST_SEEN: usize = 4096;
const MOST_FOUND: usize = 1024;

/// What a pattern stands for: `*`, `?` and `[…]` within a name, `**` over folders. Names that begin with a dot are met
/// by what begins with one. `None` where it is too much, or of a kind that is not known (`{a,b}`, `+(a)`).
pub(crate) fn matching(pattern: &str) -> Option<Vec<Match>> {
    if !pattern.starts_with('/') || pattern.contains(['{', '(', '\\', '\0']) {
        return None;
    }
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut walk = Walk { left: MOST_SEEN, found: Vec::new() };
    walk.below("", false, &parts)?;
    Some(walk.found)
}

struct Walk {
    left: usize,
    found: Vec<Match>,
}

impl Walk {
    /// `None` as soon as it is too much.
    fn below(&mut self, folder: &str, linked: bool, parts: &[&str]) -> Option<()> {
        let Some((part, rest)) = parts.split_first() else {
            self.found.push(Match { path: folder.to_owned(), linked });
            return (self.found.len() <= MOST_FOUND).then_some(());
        };
        if !part.contains(['*', '?', '[']) {
            let path = format!("{folder}/{part}");
            return match fs::symlink_metadata(&path) {
                Ok(meta) => self.below(&path, linked || meta.is_symlink(), rest),
                // It stands for nothing.
                Err(_) => Some(()),
            };
        }
        let deep = *part == "**";
        if deep {
            self.below(folder, linked, rest)?;
        }
        let Ok(entries) = fs::read_dir(if folder.is_empty() { Path::new("/") } else { Path::new(folder) })
        else {
            return Some(());
        };
        for entry in entries.flatten() {
            self.left = self.left.checked_sub(1)?;
            let name = entry.file_name();
            // What is no text cannot be told of.
            let name = name.to_str()?;
            let (hidden, kind) = (name.starts_with('.'), entry.file_type().ok());
            let is_link = kind.is_some_and(|kind| kind.is_symlink());
            let path = format!("{folder}/{name}");
            if deep {
                // Not through links: they may lead around.
                if !hidden && kind.is_some_and(|kind| kind.is_dir()) {
                    self.below(&path, linked, parts)?;
                } else if !hidden && rest.is_empty() {
                    self.below(&path, linked || is_link, rest)?;
                }
            } else if (!hidden || part.starts_with('.')) && matches(part, name) {
                self.below(&path, linked || is_link, rest)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn patterns_stand_for_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for path in ["a.rs", "b.rs", ".env", "src/c.rs", "src/deep/d.rs", "src/.hidden/e.rs", "keys/id"] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "").unwrap();
        }
        symlink("keys", root.join("link")).unwrap();
        symlink("keys/id", root.join("l.rs")).unwrap();
        let root = root.to_str().unwrap();
        let found = |pattern: &str| {
            let found = matching(&format!("{root}/{pattern}"))?;
            let word = |met: &Match| {
                format!("{}{}", &met.path[root.len() + 1..], if met.linked { " @" } else { "" })
            };
            let mut found: Vec<String> = found.iter().map(word).collect();
            found.sort();
            Some(found.join(", "))
        };
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(found("*.rs"), said("a.rs, b.rs, l.rs @"));
        assert_eq!(found("?.rs"), said("a.rs, b.rs, l.rs @"));
        assert_eq!(found("[ab].rs"), said("a.rs, b.rs"));
        assert_eq!(found(".e*"), said(".env"));
        assert_eq!(found("*/id"), said("keys/id, link/id @"));
        assert_eq!(found("li*/*"), said("link/id @"));
        assert_eq!(found("**/*.rs"), said("a.rs, b.rs, l.rs @, src/c.rs, src/deep/d.rs"));
        assert_eq!(found("src/**"), said("src, src/c.rs, src/deep, src/deep/d.rs"));
        assert_eq!(found("none/*"), said(""));
        assert_eq!(found("{a,b}.rs"), None);
        for number in 0..=MOST_FOUND {
            fs::write(Path::new(root).join(format!("keys/{number}")), "").unwrap();
        }
        assert_eq!(found("keys/*"), None);
    }
}
