//! Which git checkout a folder belongs to, and what is checked out there; read from git's own files.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
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
    /// Where git keeps what is its own: a linked worktree has a folder for itself.
    git: PathBuf,
}

/// A change of what is checked out, as git noted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The branch, or the commit, that was checked out.
    pub from: String,
    /// The one that is since.
    pub to: String,
    /// When, in milliseconds, cut down to the second.
    pub at: i64,
}

/// So much of the end of git's log is read.
const LOG_BYTES: u64 = 64 * 1024;

impl Checkout {
    /// Changes of branch later than a moment, oldest first. None where git keeps no log, or it cannot be read.
    #[must_use]
    pub fn switches_since(&self, moment: i64) -> Vec<Switch> {
        let log = end_of(&self.git.join("logs/HEAD")).unwrap_or_default();
        let lines = log.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
        lines.filter_map(|line| switch(&line)).filter(|switch| switch.at > moment).collect()
    }
}

/// `old new Name <mail> 1764075600 +0100<tab>checkout: moving from main to feat`.
fn switch(line: &str) -> Option<Switch> {
    let (head, message) = line.split_once('\t')?;
    let (from, to) = message.strip_prefix("checkout: moving from ")?.split_once(" to ")?;
    let seconds: i64 = head.rsplit(' ').nth(1)?.parse().ok()?;
    Some(Switch { from: name(from), to: name(to), at: seconds.checked_mul(1000)? })
}

/// The last lines of a file; one that begins before them is left out.
fn end_of(path: &Path) -> Option<Vec<u8>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let start = file.metadata().ok()?.len().saturating_sub(LOG_BYTES);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(LOG_BYTES).read_to_end(&mut bytes).ok()?;
    if start > 0 {
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        bytes.drain(..=line);
    }
    Some(bytes)
}

/// The top of the checkout that a folder is in, and where git keeps what is its own there.
#[must_use]
pub(crate) fn place<'f>(folder: &'f Path) -> Option<(&'f Path, PathBuf)> {
    let found = |parent: &'f Path| {
        let dot_git = parent.join(".git");
        let is_dir = fs::metadata(&dot_git).ok()?.is_dir();
        Some((parent, dot_git, is_dir))
    };
    let (root, dot_git, is_dir) = folder.ancestors().find_map(found)?;
    Some((root, if is_dir { dot_git } else { linked_dir(root, &dot_git)? }))
}

/// The top folder of the checkout that a folder is in.
#[must_use]
pub fn top(folder: &Path) -> Option<&Path> {
    place(folder).map(|(root, _)| root)
}

/// The checkout that a folder is in.
#[must_use]
pub fn of(folder: &Path) -> Option<Checkout> {
    let (root, git) = place(folder)?;
    let linked = !root.join(".git").is_dir();
    let head = small(&git.join("HEAD"));
    let branch = head.as_deref().and_then(|head| head.trim().strip_prefix("ref: refs/heads/")).map(name);
    Some(Checkout { root: root.to_path_buf(), branch, linked, git })
}

/// A branch's name as it may be shown.
fn name(branch: &str) -> String {
    claudectl_redact::redact(branch).text.into_owned()
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
        let secret = "ref: refs/heads/ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R\n";
        fs::write(repo.join(".git/HEAD"), secret).unwrap();
        assert_eq!(of(&repo).unwrap().branch.as_deref(), Some("[redacted:github-token]"));
    }

    #[test]
    fn changes_of_branch() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join(".git/logs")).unwrap();
        fs::write(dir.path().join(".git/HEAD"), "ref: refs/heads/feat\n").unwrap();
        let found = of(dir.path()).unwrap();
        assert_eq!(found.switches_since(0), [], "no log");
        let line = |seconds: i64, message: &str| format!("0a 0b A B <a@b> {seconds} +0100\t{message}\n");
        let filler = line(50, "commit: more").repeat(3000);
        let log = [
            line(1, "checkout: moving from old to main"),
            filler,
            line(100, "checkout: moving from main to feat"),
            line(101, "commit: x"),
            "torn and \t\u{0} checkout: moving\n".to_owned(),
            line(i64::MAX, "checkout: moving from a to b"),
            line(102, "checkout: moving from feat to 0123abcd"),
        ];
        let mut bytes = log.concat().into_bytes();
        bytes.extend([0xff, 0xfe]);
        fs::write(dir.path().join(".git/logs/HEAD"), bytes).unwrap();
        let of_log = |since| -> Vec<(String, String, i64)> {
            found.switches_since(since).into_iter().map(|s| (s.from, s.to, s.at)).collect()
        };
        let all = [("main".into(), "feat".into(), 100_000), ("feat".into(), "0123abcd".into(), 102_000)];
        assert_eq!(of_log(0), all, "the beginning of a long log is not read");
        assert_eq!(of_log(100_000), all[1..]);
        fs::remove_file(dir.path().join(".git/logs/HEAD")).unwrap();
        fs::create_dir(dir.path().join(".git/logs/HEAD")).unwrap();
        assert_eq!(found.switches_since(0), []);
    }
}
