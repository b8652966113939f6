//! Which project a folder belongs to.

/// The project folder of a working folder: worktrees that Claude Code made for itself belong to the
/// repository they were made from.
#[must_use]
pub fn root(cwd: &str) -> &str {
    let own_worktree = cwd.find("/.claude/worktrees/").filter(|&at| at > 0);
    let root = own_worktree.map_or(cwd, |at| &cwd[..at]);
    let trimmed = root.trim_end_matches('/');
    if trimmed.is_empty() { root } else { trimmed }
}

/// A project's short name: the last part of its folder.
#[must_use]
pub fn name(root: &str) -> &str {
    match root.rsplit('/').next() {
        Some(last) if !last.is_empty() => last,
        _ if root.is_empty() => "(unknown)",
        _ => root,
    }
}

/// The name of the worktree that Claude Code made, if the folder is in one.
#[must_use]
pub fn worktree(cwd: &str) -> Option<&str> {
    let (_, rest) = cwd.split_once("/.claude/worktrees/")?;
    rest.split('/').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_their_projects() {
        assert_eq!((root("/src/api/"), name("/src/api")), ("/src/api", "api"));
        assert_eq!(root("/src/api/.claude/worktrees/feat-x/sub"), "/src/api");
        assert_eq!(worktree("/src/api/.claude/worktrees/feat-x/sub"), Some("feat-x"));
        assert_eq!((root("/"), name("/"), name("")), ("/", "/", "(unknown)"));
        assert_eq!(worktree("/src/api"), None);
    }
}
