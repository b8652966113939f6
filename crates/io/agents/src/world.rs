//! What the gate asks of the world: what version control has, where links lead, what scripts say. Read when it is asked.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use claudectl_shell::facts::{Facts, Match};

use crate::{checkout, expansion, git_index};

/// A larger index is not read.
const MOST_INDEX: u64 = 1 << 30;
/// A larger script is not looked into.
const MOST_SCRIPT: u64 = 64 << 10;

/// So many texts are kept: settings that several commands look for.
const MOST_TEXTS: usize = 32;
/// So many patterns are looked up for a call.
const MOST_PATTERNS: usize = 16;
/// Systems follow no more than 40 links of a path.
const MOST_LINKS: usize = 64;
/// So many paths are kept in mind: those that a call is about come again and again.
const MOST_RESOLVED: usize = 64;

/// The world around a folder.
#[derive(Debug)]
pub struct World {
    /// The top of the repository, and git's list of the files that it has.
    checkout: Option<(String, PathBuf)>,
}

impl World {
    /// The world of a working folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let checkout = checkout::place(folder);
        let checkout = checkout.and_then(|(root, git)| Some((root.to_str()?.to_owned(), git.join("index"))));
        Self { checkout }
    }

    /// The top of the repository, where there is one.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.checkout.as_ref().map(|(root, _)| root.as_str())
    }

    /// The branch that is checked out there, in the words of Claude Code: `HEAD` where there is none. `None` where nobody
    /// knows.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        let Some((_, index)) = &self.checkout else { return Some("HEAD".to_owned()) };
        checkout::branch(index.parent()?)
    }
}

/// The world as it is for one call: where a path leads is asked once.
#[derive(Debug)]
pub struct Moment<'w> {
    world: &'w World,
    resolved: RefCell<Vec<(String, Option<String>)>>,
    matching: RefCell<Vec<(String, Option<Vec<Match>>)>>,
    texts: RefCell<Vec<(String, Option<String>)>>,
    guarded: &'w [String],
}

impl<'w> Moment<'w> {
    /// As it is from now on.
    #[must_use]
    pub fn of(world: &'w World) -> Self {
        Self {
            world,
            resolved: RefCell::default(),
            matching: RefCell::default(),
            texts: RefCell::default(),
            guarded: &[],
        }
    }

    /// With what else says what agents may do ([`Facts::guarded`]).
    #[must_use]
    pub fn guarding(self, guarded: &'w [String]) -> Self {
        Self { guarded, ..self }
    }
}

impl Facts for Moment<'_> {
    fn guarded(&self) -> &[String] {
        self.guarded
    }

    fn tracked(&self, path: &str) -> Option<bool> {
        self.world.tracked(path)
    }

    fn resolved(&self, path: &str) -> Option<String> {
        if let Some((_, known)) = self.resolved.borrow().iter().find(|(known, _)| known == path) {
            return known.clone();
        }
        let led = self.world.resolved(path);
        let mut known = self.resolved.borrow_mut();
        if known.len() < MOST_RESOLVED {
            known.push((path.to_owned(), led.clone()));
        }
        led
    }

    fn text(&self, path: &str) -> Option<String> {
        if let Some((_, known)) = self.texts.borrow().iter().find(|(known, _)| known == path) {
            return known.clone();
        }
        let text = self.world.text(path);
        let mut known = self.texts.borrow_mut();
        if known.len() < MOST_TEXTS {
            known.push((path.to_owned(), text.clone()));
        }
        text
    }

    fn executable(&self, path: &str) -> Option<bool> {
        self.world.executable(path)
    }

    fn exists(&self, path: &str) -> Option<bool> {
        self.world.exists(path)
    }

    fn repositories(&self, index: &str) -> Option<Vec<String>> {
        self.world.repositories(index)
    }

    fn matching(&self, pattern: &str) -> Option<Vec<Match>> {
        if let Some((_, known)) = self.matching.borrow().iter().find(|(known, _)| known == pattern) {
            return known.clone();
        }
        // Each may be a walk of its own.
        if self.matching.borrow().len() >= MOST_PATTERNS {
            return None;
        }
        let found = self.world.matching(pattern);
        self.matching.borrow_mut().push((pattern.to_owned(), found.clone()));
        found
    }
}

/// A regular file of moderate size; nothing else is waited for.
fn regular(path: &Path, most: u64) -> Option<File> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(path).ok()?;
    file.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() <= most)?;
    Some(file)
}

/// Where an absolute path without `.` and `..` leads when links are followed, whether or not there is anything: what is
/// written through a link makes the file that it names. `None` where links lead in a circle.
///
/// Each part is asked about once, and nothing below what is not there.
#[must_use]
pub fn led(path: &Path) -> Option<PathBuf> {
    if cfg!(target_os = "macos")
        && let Ok(real) = fs::canonicalize(path)
    {
        // It also says in which letters a name is kept.
        return Some(real);
    }
    let mut real = PathBuf::from("/");
    let mut rest: Vec<OsString> = parts(path);
    let mut links = 0;
    let mut is_there = true;
    while let Some(part) = rest.pop() {
        if part == ".." {
            real.pop();
            is_there = true;
            continue;
        }
        real.push(&part);
        if !is_there || is_of_each_process(&real, rest.last()) {
            is_there = false;
            continue;
        }
        match fs::read_link(&real) {
            Ok(target) => {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                real.pop();
                if target.is_absolute() {
                    real = PathBuf::from("/");
                }
                rest.extend(parts(&target));
            }
            // What is no link.
            Err(error) => is_there = error.kind() == std::io::ErrorKind::InvalidInput,
        }
    }
    Some(real)
}

/// The names in a path, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    let name = |part: Component<'_>| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(name).collect()
}

/// Whether a path is what each process has open: ours are not those of a command.
fn is_of_each_process(path: &Path, next: Option<&OsString>) -> bool {
    let own = path == Path::new("/proc/self") || path == Path::new("/proc/thread-self");
    own && next.is_some_and(|next| next == "fd")
}

impl Facts for World {
    fn tracked(&self, path: &str) -> Option<bool> {
        let (root, index) = self.checkout.as_ref()?;
        let inside = path.strip_prefix(root.as_str())?.trim_start_matches('/').trim_end_matches('/');
        git_index::has(&regular(index, MOST_INDEX)?, inside.as_bytes())
    }

    fn resolved(&self, path: &str) -> Option<String> {
        led(Path::new(path))?.into_os_string().into_string().ok()
    }

    fn executable(&self, path: &str) -> Option<bool> {
        match fs::metadata(path) {
            Ok(metadata) => Some(metadata.is_file() && metadata.permissions().mode() & 0o111 != 0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(false),
            Err(_) => None,
        }
    }

    fn repositories(&self, index: &str) -> Option<Vec<String>> {
        git_index::repositories(&regular(Path::new(index), MOST_INDEX)?)
    }

    fn exists(&self, path: &str) -> Option<bool> {
        match fs::symlink_metadata(path) {
            Ok(_) => Some(true),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                Some(false)
            }
            Err(_) => None,
        }
    }

    fn matching(&self, pattern: &str) -> Option<Vec<Match>> {
        expansion::matching(pattern)
    }

    fn text(&self, path: &str) -> Option<String> {
        let mut text = String::new();
        regular(Path::new(path), MOST_SCRIPT)?.take(MOST_SCRIPT).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn git(folder: &Path, args: &[&str]) {
        let done = Command::new("git")
            .args(args)
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", folder)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    #[test]
    fn what_is_checked_out_is_told_as_the_client_does() {
        let folder = tempfile::tempdir().unwrap();
        let branch = || World::of(folder.path()).branch();
        assert_eq!(branch().as_deref(), Some("HEAD"), "no repository");
        fs::create_dir(folder.path().join(".git")).unwrap();
        for (head, wanted) in [
            ("ref: refs/heads/feat/x\n", Some("feat/x")),
            ("0123456789abcdef\n", Some("HEAD")),
            (&*"x".repeat(5_000), None),
        ] {
            fs::write(folder.path().join(".git/HEAD"), head).unwrap();
            assert_eq!(branch().as_deref(), wanted);
        }
    }

    #[test]
    fn what_git_has_is_known_in_each_version_of_its_index() {
        for version in ["2", "3", "4"] {
            let folder = tempfile::tempdir().unwrap();
            let root = fs::canonicalize(folder.path()).unwrap();
            git(&root, &["init", "-q"]);
            for path in ["a", "deep-er", "deep/er/one.rs", "deep/er/two.rs", "deep.rs", "deeper"] {
                fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
                fs::write(root.join(path), "x").unwrap();
            }
            git(&root, &["update-index", "--index-version", version]);
            git(&root, &["add", "a", "deep", "deep-er", "deep.rs", "-N"]);
            fs::create_dir(root.join("sub")).unwrap();
            let world = World::of(&root.join("sub"));
            assert_eq!(world.root(), root.to_str());
            let tracked = |path: &str| world.tracked(root.join(path).to_str().unwrap());
            for (path, has) in [
                ("a", true),
                ("deep", true),
                ("deep-er", true),
                ("deep.rs", true),
                ("deep.r", false),
                ("deep/er/two.rs", true),
                ("deep/er/t", false),
                ("deeper", false),
                ("sub", false),
                ("", true),
            ] {
                assert_eq!(tracked(path), Some(has), "{path} in version {version}");
            }
            assert_eq!(world.tracked("/elsewhere"), None);
        }
    }

    #[test]
    fn links_are_followed_as_far_as_there_is_anything() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir(root.join("real")).unwrap();
        std::os::unix::fs::symlink("real", root.join("link")).unwrap();
        let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, root.join(name)).unwrap();
        link("real/new.txt", "dangling");
        link("dangling", "chain");
        link("real/none", "folder");
        link(root.join("real/absolute").to_str().unwrap(), "real/own");
        link("circle", "circle");
        fs::write(root.join("file"), "x").unwrap();
        let world = World::of(&root);
        let up = root.join("real").components().count() - 1;
        let climbs = format!("{}{}", "../".repeat(up), root.join("gone/x").display());
        link(&climbs, "real/climbs");
        for (path, leads) in [
            ("link/new/file", "real/new/file"),
            ("dangling", "real/new.txt"),
            ("chain", "real/new.txt"),
            ("folder/a/b", "real/none/a/b"),
            ("link/own", "real/absolute"),
            ("real/climbs", "gone/x"),
            ("file/below", "file/below"),
            ("real", "real"),
            ("none/at/all", "none/at/all"),
        ] {
            let led = world.resolved(root.join(path).to_str().unwrap());
            assert_eq!(led.as_deref(), root.join(leads).to_str(), "{path}");
        }
        assert_eq!(world.resolved(root.join("circle").to_str().unwrap()), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_there_leads_where_the_system_says() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::of(folder.path());
        for path in ["/", "/etc/hostname", "/usr/bin/env", "/bin/sh", "/proc/self/exe", "/proc/self/cwd"] {
            let real = fs::canonicalize(path).unwrap();
            assert_eq!(world.resolved(path).as_deref(), real.to_str(), "{path}");
        }
        // Where our own output goes says nothing of a command's.
        assert_eq!(world.resolved("/proc/self/fd/1").as_deref(), Some("/proc/self/fd/1"));
    }
}
