//! What the gate asks of the world: what version control has, where links lead, what scripts say. Read when it is asked,
//! once.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use claudectl_shell::facts::Facts;

use crate::checkout;

/// A larger index is not read: a tool call waits.
const MOST_INDEX: u64 = 64 << 20;
/// A larger script is not looked into.
const MOST_SCRIPT: u64 = 64 << 10;

/// The world around a folder.
#[derive(Debug)]
pub struct World {
    checkout: Option<(String, PathBuf)>,
    index: OnceCell<Option<Vec<u8>>>,
}

impl World {
    /// The world of a working folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let checkout = checkout::place(folder);
        let checkout = checkout.and_then(|(root, git)| Some((root.to_str()?.to_owned(), git.join("index"))));
        Self { checkout, index: OnceCell::new() }
    }

    /// The top of the repository, where there is one.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.checkout.as_ref().map(|(root, _)| root.as_str())
    }

    fn index(&self) -> Option<&[u8]> {
        let read = || {
            let file = regular(&self.checkout.as_ref()?.1, MOST_INDEX)?;
            let mut bytes = Vec::new();
            file.take(MOST_INDEX).read_to_end(&mut bytes).ok()?;
            Some(bytes)
        };
        self.index.get_or_init(read).as_deref()
    }
}

/// A regular file of moderate size; nothing else is waited for.
fn regular(path: &Path, most: u64) -> Option<File> {
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(nonblock).open(path).ok()?;
    file.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() <= most)?;
    Some(file)
}

impl Facts for World {
    fn tracked(&self, path: &str) -> Option<bool> {
        let (root, _) = self.checkout.as_ref()?;
        let inside = path.strip_prefix(root.as_str())?.trim_start_matches('/').trim_end_matches('/');
        entries(self.index()?, inside.as_bytes())
    }

    fn resolved(&self, path: &str) -> Option<String> {
        // What is not there yet is where the folder is that it will be in.
        let mut rest = Vec::new();
        let mut existing = Path::new(path);
        loop {
            match fs::canonicalize(existing) {
                Ok(mut real) => {
                    rest.iter().rev().for_each(|name| real.push(name));
                    return real.to_str().map(str::to_owned);
                }
                Err(_) => {
                    rest.push(existing.file_name()?.to_owned());
                    existing = existing.parent()?;
                }
            }
        }
    }

    fn executable(&self, path: &str) -> Option<bool> {
        match fs::metadata(path) {
            Ok(metadata) => Some(metadata.is_file() && metadata.permissions().mode() & 0o111 != 0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(false),
            Err(_) => None,
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        let mut text = String::new();
        regular(Path::new(path), MOST_SCRIPT)?.take(MOST_SCRIPT).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

/// Whether git's index has a path, or one below it; `None` where it is of a kind that is not known.
///
/// Source: gitformat-index(5). Versions 2 to 4, of SHA-1.
fn entries(index: &[u8], path: &[u8]) -> Option<bool> {
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    if index.get(..4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (number(4)?, number(8)?);
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let begin = at;
        let flags = u16::from_be_bytes(index.get(at + 60..at + 62)?.try_into().ok()?);
        at += if version >= 3 && flags & 0x4000 != 0 { 64 } else { 62 };
        if version == 4 {
            let (cut, length) = offset(index.get(at..)?)?;
            at += length;
            name.truncate(name.len().checked_sub(cut)?);
        } else {
            name.clear();
        }
        let rest = index.get(at..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        name.extend_from_slice(&rest[..end]);
        at += end + 1;
        if version < 4 {
            // Entries are as long as a multiple of eight.
            at = begin + (at - begin).next_multiple_of(8);
        }
        let met =
            path.is_empty() || name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
        if met {
            return Some(true);
        }
    }
    Some(false)
}

/// A number as packs have it; how many bytes it took.
fn offset(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = usize::from(bytes.first()? & 0x7f);
    let mut length = 1;
    while bytes.get(length - 1)? & 0x80 != 0 {
        number =
            number.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(bytes.get(length)? & 0x7f))?;
        length += 1;
    }
    Some((number, length))
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
    fn what_git_has_is_known_in_each_version_of_its_index() {
        for version in ["2", "3", "4"] {
            let folder = tempfile::tempdir().unwrap();
            let root = fs::canonicalize(folder.path()).unwrap();
            git(&root, &["init", "-q"]);
            for path in ["a", "deep/er/one.rs", "deep/er/two.rs", "deeper"] {
                fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
                fs::write(root.join(path), "x").unwrap();
            }
            git(&root, &["update-index", "--index-version", version]);
            git(&root, &["add", "a", "deep", "-N"]);
            fs::create_dir(root.join("sub")).unwrap();
            let world = World::of(&root.join("sub"));
            assert_eq!(world.root(), root.to_str());
            let tracked = |path: &str| world.tracked(root.join(path).to_str().unwrap());
            for (path, has) in [
                ("a", true),
                ("deep", true),
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
        let world = World::of(&root);
        let led = world.resolved(root.join("link/new/file").to_str().unwrap());
        assert_eq!(led.as_deref(), root.join("real/new/file").to_str());
    }

    #[test]
    fn a_damaged_index_says_nothing() {
        assert_eq!(entries(b"DIRC\0\0\0\x02\0\0\0\x05short", b"a"), None);
        assert_eq!(entries(b"what", b"a"), None);
        assert_eq!(entries(b"DIRC\0\0\0\x09\0\0\0\0", b"a"), None);
    }
}
