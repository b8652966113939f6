//! Which git checkout a folder belongs to, and what is checked out there; read from git's own files.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use claudectl_fleet::project;

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

/// The branch that is checked out, by the folder of git's own files: `HEAD` where none is.
pub(crate) fn branch(git: &Path) -> Option<String> {
    let head = small(&git.join("HEAD"))?;
    Some(head.trim().strip_prefix("ref: refs/heads/").unwrap_or("HEAD").to_owned())
}

/// The folder of the project that a folder is of: the repository around it, that of which it is a linked worktree, or the
/// folder itself. No git is started.
///
/// A `.git` that is a file says whose worktree this is, and comes with whatever was unpacked there. It is believed only
/// where that repository knows of the worktree, too; else the folder is of what is around it, as a submodule is.
#[must_use]
pub fn project(folder: &str) -> String {
    let own = project::root(folder);
    let mut doubtful = None;
    for parent in Path::new(own).ancestors().filter(|parent| parent.is_absolute()) {
        let dot_git = parent.join(".git");
        let Ok(metadata) = fs::metadata(&dot_git) else { continue };
        let found = match metadata.is_dir() {
            // By its own place, wherever a link leads.
            true => is_repository(&dot_git).then(|| parent.to_path_buf()),
            false => worktree_of(parent, &dot_git),
        };
        match found.as_deref().map(Path::to_str) {
            Some(Some(root)) => return root.to_owned(),
            Some(None) => break,
            None => _ = doubtful.get_or_insert(parent),
        }
    }
    doubtful.and_then(Path::to_str).unwrap_or(own).to_owned()
}

fn is_repository(git: &Path) -> bool {
    fs::metadata(git.join("HEAD")).is_ok_and(|head| head.is_file())
}

/// The repository of which a folder is a linked worktree, if it says so, too.
fn worktree_of(top: &Path, dot_git: &Path) -> Option<PathBuf> {
    let place = fs::canonicalize(linked_dir(top, dot_git)?).ok()?;
    let back = small(&place.join("gitdir"))?;
    let back = fs::canonicalize(place.join(back.trim())).ok()?;
    let worktrees = place.parent().filter(|parent| parent.ends_with("worktrees"))?;
    let git = worktrees.parent().filter(|git| is_repository(git))?;
    if back != fs::canonicalize(dot_git).ok()? {
        return None;
    }
    // A worktree of a submodule is of the repository around that.
    if let Some(dot_git) = git.ancestors().find(|above| above.ends_with(".git")) {
        return dot_git.parent().map(Path::to_path_buf);
    }
    // A repository without files of its own may stand in a folder that names it.
    let around = git.parent().filter(|parent| {
        let named = linked_dir(parent, &parent.join(".git"));
        named.and_then(|named| fs::canonicalize(named).ok()).is_some_and(|named| named == git)
    });
    Some(around.unwrap_or(git).to_path_buf())
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

    /// A repository, and what a linked worktree of it has.
    fn repository(root: &Path) {
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    }

    fn worktree(git: &Path, tree: &Path, back: &Path) {
        fs::create_dir_all(git.join("worktrees/w")).unwrap();
        fs::create_dir_all(tree).unwrap();
        fs::write(tree.join(".git"), format!("gitdir: {}\n", git.join("worktrees/w").display())).unwrap();
        fs::write(git.join("worktrees/w/gitdir"), format!("{}\n", back.display())).unwrap();
    }

    #[test]
    fn a_project_is_a_repository_with_its_worktrees() {
        let dir = tempfile::tempdir().unwrap();
        let dir = fs::canonicalize(dir.path()).unwrap();
        let at = |name: &str| dir.join(name);
        let of = |name: &str| project(at(name).to_str().unwrap()).replace(dir.to_str().unwrap(), "");
        repository(&at("repo"));
        fs::create_dir_all(at("repo/src/deep")).unwrap();
        worktree(&at("repo/.git"), &at("tree"), &at("tree/.git"));
        fs::create_dir_all(at("tree/src")).unwrap();
        for folder in
            ["repo", "repo/src/deep", "repo/.claude/worktrees/x", "repo/gone/since", "tree", "tree/src"]
        {
            assert_eq!(of(folder), "/repo", "{folder}");
        }
        assert_eq!([of("plain"), of("plain/sub/")], ["/plain", "/plain/sub"], "outside of any");
        // Nested ones are their own.
        repository(&at("repo/vendor/other"));
        assert_eq!(of("repo/vendor/other/src"), "/repo/vendor/other");
        // What is no repository, though it looks like one.
        fs::create_dir_all(at("repo/fake/.git")).unwrap();
        assert_eq!(of("repo/fake"), "/repo");
        // A relative way back, as newer versions of git write it.
        fs::write(at("repo/.git/worktrees/w/gitdir"), "../../../../tree/.git\n").unwrap();
        assert_eq!(of("tree"), "/repo");
        // One without files of its own, alone, and in a folder that names it.
        fs::create_dir_all(at("bare.git")).unwrap();
        fs::write(at("bare.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        worktree(&at("bare.git"), &at("of-bare"), &at("of-bare/.git"));
        assert_eq!(of("of-bare"), "/bare.git");
        fs::create_dir_all(at("all/.bare")).unwrap();
        fs::write(at("all/.bare/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(at("all/.git"), "gitdir: ./.bare\n").unwrap();
        worktree(&at("all/.bare"), &at("all/main"), &at("all/main/.git"));
        assert_eq!([of("all"), of("all/main")], ["/all", "/all"]);
    }

    #[test]
    fn nobody_chooses_to_be_of_another_project() {
        let dir = tempfile::tempdir().unwrap();
        let dir = fs::canonicalize(dir.path()).unwrap();
        let at = |name: &str| dir.join(name);
        let of = |name: &str| project(at(name).to_str().unwrap()).replace(dir.to_str().unwrap(), "");
        repository(&at("victim"));
        worktree(&at("victim/.git"), &at("tree"), &at("tree/.git"));
        repository(&at("own"));
        let says = |file: &str, text: &Path| {
            fs::create_dir_all(at(file).parent().unwrap()).unwrap();
            fs::write(at(file), format!("gitdir: {}\n", text.display())).unwrap();
        };
        // Of a repository, and of a worktree, that know nothing of it.
        says("evil/.git", &at("victim/.git"));
        assert_eq!([of("evil"), of("evil/src")], ["/evil", "/evil"]);
        says("evil/.git", &at("victim/.git/worktrees/w"));
        assert_eq!([of("evil"), of("evil/src")], ["/evil", "/evil"]);
        // It names what is around it no less for that.
        says("own/sub/.git", &at("victim/.git/worktrees/w"));
        assert_eq!([of("own/sub"), of("own/sub/src")], ["/own", "/own"]);
        // One that it brings, which says that its files are somebody else's.
        worktree(&at("own/sub/made"), &at("own/sub"), &at("own/sub/.git"));
        fs::write(at("own/sub/made/worktrees/w/commondir"), at("victim/.git").to_str().unwrap()).unwrap();
        assert_eq!(of("own/sub"), "/own");
        std::os::unix::fs::symlink(at("victim/.git"), at("linked.git")).unwrap();
        fs::create_dir_all(at("link")).unwrap();
        std::os::unix::fs::symlink(at("victim/.git"), at("link/.git")).unwrap();
        assert_eq!(of("link"), "/link", "by its own place, wherever a link leads");
        for text in ["", "gitdir:", "gitdir: /", "gitdir: ..", "gitdir: \u{0}"] {
            fs::write(at("evil/.git"), text).unwrap();
            assert_eq!(of("evil"), "/evil", "{text:?}");
        }
        assert_eq!([project(""), project("relative/x"), project("/")], ["", "relative/x", "/"]);
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
