//! Which git checkout a folder belongs to, and what is checked out there; read from git's own files.

use std::fs;
use std::path::{Path, PathBuf};

/// A checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Its top folder.
    pub root: PathBuf,
    /// The branch; `None` when no branch is checked out.
    pub branch: Option<String>,
    /// A linked worktree rather than the repository itself.
    pub linked: bool,
}

/// The checkout that a folder is in.
#[must_use]
pub fn of(folder: &Path) -> Option<Checkout> {
    let root = folder.ancestors().find(|parent| parent.join(".git").exists())?;
    let dot_git = root.join(".git");
    let (git, linked) = if dot_git.is_dir() { (dot_git, false) } else { (linked_dir(root, &dot_git)?, true) };
    let head = small(&git.join("HEAD"));
    let branch =
        head.as_deref().and_then(|head| head.trim().strip_prefix("ref: refs/heads/")).map(str::to_owned);
    Some(Checkout { root: root.to_path_buf(), branch, linked })
}

/// A worktree's `.git` is a file: `gitdir: /repo/.git/worktrees/name`.
fn linked_dir(root: &Path, file: &Path) -> Option<PathBuf> {
    let text = small(file)?;
    let dir = text.trim().strip_prefix("gitdir:")?.trim();
    Some(root.join(dir))
}

fn small(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    (metadata.is_file() && metadata.len() < 4096).then(|| fs::read_to_string(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkouts_and_worktrees() {
        let dir = tempfile::tempdir().unwrap();
        let repo = dir.path().join("repo");
        fs::create_dir_all(repo.join(".git/worktrees/w")).unwrap();
        fs::create_dir_all(repo.join("src/deep")).unwrap();
        fs::write(repo.join(".git/HEAD"), "ref: refs/heads/feat/x\n").unwrap();
        let found = of(&repo.join("src/deep")).unwrap();
        assert_eq!(
            (found.root, found.branch.as_deref(), found.linked),
            (repo.clone(), Some("feat/x"), false)
        );
        let tree = dir.path().join("tree");
        fs::create_dir(&tree).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", repo.join(".git/worktrees/w").display()))
            .unwrap();
        fs::write(repo.join(".git/worktrees/w/HEAD"), "0123456789abcdef\n").unwrap();
        let found = of(&tree).unwrap();
        assert_eq!((found.root, found.branch, found.linked), (tree, None, true));
        assert_eq!(of(Path::new("/nowhere/at/all")), None);
    }
}
