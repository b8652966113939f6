//! What the gate asks of the world: what version control has, where links lead, what scripts say. Read when it is asked.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use claudectl_shell::facts::Facts;

use crate::checkout;

/// A larger index is not read: a tool call waits.
const MOST_INDEX: u64 = 64 << 20;
/// So much of it is read at once.
const PIECE: usize = 16 << 10;
/// A larger script is not looked into.
const MOST_SCRIPT: u64 = 64 << 10;

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
        let (root, index) = self.checkout.as_ref()?;
        let inside = path.strip_prefix(root.as_str())?.trim_start_matches('/').trim_end_matches('/');
        let file = regular(index, MOST_INDEX)?;
        entries(file.take(MOST_INDEX), inside.as_bytes())
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

    fn text(&self, path: &str) -> Option<String> {
        let mut text = String::new();
        regular(Path::new(path), MOST_SCRIPT)?.take(MOST_SCRIPT).read_to_string(&mut text).ok()?;
        Some(text)
    }
}

/// Whether git's index has a path, or one below it; `None` where it is of a kind that is not known.
///
/// Source: gitformat-index(5). Versions 2 to 4, of SHA-1. Entries stand in the order of their names' bytes, so that it is
/// read no further than need be. An entry says how long its name is, so that nobody has to look for its end.
fn entries(index: impl Read, path: &[u8]) -> Option<bool> {
    let mut window = Window { from: index, bytes: vec![0; PIECE], at: 0, end: 0 };
    let header = window.next(12)?;
    let (version, count) = (number(header, 4)?, number(header, 8)?);
    if !header.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let below = [path, b"/"].concat();
    // Of version 4, where names go on from the one before.
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let flags = window.next(62)?;
        let (high, low) = (flags[60], flags[61]);
        let length = usize::from(high & 0x0f) << 8 | usize::from(low);
        if length == LONG {
            return None;
        }
        let extended = version >= 3 && high & 0x40 != 0;
        if extended {
            window.next(2)?;
        }
        let met = if version == 4 {
            let cut = window.offset()?;
            let kept = name.len().checked_sub(cut)?;
            name.truncate(kept);
            let rest = window.next(length.checked_sub(kept)? + 1)?;
            name.extend_from_slice(&rest[..rest.len() - 1]);
            met(&name, path, &below)
        } else {
            let head = 62 + usize::from(extended) * 2;
            // Entries are as long as a multiple of eight, and end in zeros.
            let whole = (head + length + 1).next_multiple_of(8);
            let rest = window.next(whole - head)?;
            met(&rest[..length], path, &below)
        };
        match met {
            Some(true) => return Some(true),
            Some(false) => {}
            None => break,
        }
    }
    Some(false)
}

/// A name of so many bytes, or more, says only that.
const LONG: usize = 0xfff;

/// Whether a name is a path or below it; `None` where it is not, and all that follow are behind both.
fn met(name: &[u8], path: &[u8], below: &[u8]) -> Option<bool> {
    // Most stand before it.
    match name.cmp(path) {
        Ordering::Less => Some(path.is_empty()),
        Ordering::Equal => Some(true),
        Ordering::Greater if path.is_empty() || name.starts_with(below) => Some(true),
        Ordering::Greater => (name < below).then_some(false),
    }
}

/// What is read of a file, a piece at a time.
struct Window<R> {
    from: R,
    bytes: Vec<u8>,
    at: usize,
    end: usize,
}

impl<R: Read> Window<R> {
    /// The next bytes; `None` where there are not so many.
    fn next(&mut self, count: usize) -> Option<&[u8]> {
        while self.end - self.at < count {
            self.bytes.copy_within(self.at..self.end, 0);
            (self.at, self.end) = (0, self.end - self.at);
            if self.bytes.len() < count {
                self.bytes.resize(count, 0);
            }
            match self.from.read(&mut self.bytes[self.end..]).ok()? {
                0 => return None,
                read => self.end += read,
            }
        }
        self.at += count;
        Some(&self.bytes[self.at - count..self.at])
    }

    /// A number as packs have it.
    fn offset(&mut self) -> Option<usize> {
        let mut byte = self.next(1)?[0];
        let mut number = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.next(1)?[0];
            number = number.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        }
        Some(number)
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
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
        let world = World::of(&root);
        let led = world.resolved(root.join("link/new/file").to_str().unwrap());
        assert_eq!(led.as_deref(), root.join("real/new/file").to_str());
    }

    #[test]
    fn a_damaged_index_says_nothing() {
        let damaged: [&[u8]; 3] = [b"DIRC\0\0\0\x02\0\0\0\x05short", b"what", b"DIRC\0\0\0\x09\0\0\0\0"];
        for index in damaged {
            assert_eq!(entries(index, b"a"), None, "{index:?}");
        }
    }
}
