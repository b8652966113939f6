//! What hot paths read: one small file, made by `tick` from the store, that is read whole or not at all.
//!
//! ```text
//! "cctlsnap" | xxh3-64 of all that follows | number of sections
//!            | for each: 16 bytes of name, 8 of offset, 8 of length | the sections
//! ```
//!
//! Numbers are little-endian, 8 bytes. Sections are named so that each maker and reader knows its own alone. A
//! file that is torn, of another version or damaged is as good as none: what it holds can be made again, and
//! whoever misses it must do without an answer, never make one up.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

/// The file's name below the state folder.
pub const FILE: &str = "gate.snap";

const MAGIC: &[u8; 8] = b"cctlsnap";
const NAME: usize = 16;
const ENTRY: usize = NAME + 16;
/// Magic, checksum, number of sections.
const HEADER: usize = 24;
/// No snapshot is larger.
const MAX_BYTES: u64 = 64 << 20;

/// A snapshot in memory.
#[derive(Debug)]
pub struct Snapshot(Vec<u8>);

impl Snapshot {
    /// Reads the snapshot below the state folder; `None` if there is none that can be used.
    #[must_use]
    pub fn read(home: &Path) -> Option<Self> {
        Self::parse(bytes(&home.join(FILE))?)
    }

    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let sealed = bytes.get(16..)?;
        let whole = bytes.starts_with(MAGIC) && number(&bytes, 8)? == xxh3_64(sealed);
        whole.then_some(Self(bytes))
    }

    /// A section by its name.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        let count = usize::try_from(number(&self.0, 16)?).ok()?;
        let entries = self.0.get(HEADER..HEADER.checked_add(count.checked_mul(ENTRY)?)?)?;
        let entry = entries.chunks_exact(ENTRY).find(|entry| entry[..NAME] == padded(name))?;
        let at = |from| usize::try_from(number(entry, from)?).ok();
        let (offset, length) = (at(NAME)?, at(NAME + 8)?);
        self.0.get(offset..offset.checked_add(length)?)
    }
}

/// What a regular file of moderate size holds; nothing else is opened.
fn bytes(path: &Path) -> Option<Vec<u8>> {
    let length = fs::metadata(path).ok().filter(|meta| meta.is_file())?.len();
    if length > MAX_BYTES {
        return None;
    }
    fs::read(path).ok()
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn padded(name: &str) -> [u8; NAME] {
    let mut padded = [0; NAME];
    let length = name.len().min(NAME);
    padded[..length].copy_from_slice(&name.as_bytes()[..length]);
    padded
}

/// Puts a snapshot in place of the last one, unless it holds the same. A reader sees the old one or the new
/// one, also after a power cut.
///
/// # Errors
/// When it cannot be written. The old one is still there then.
pub fn write(home: &Path, sections: &[(&str, &[u8])]) -> io::Result<()> {
    let bytes = build(sections);
    let path = home.join(FILE);
    if self::bytes(&path).is_some_and(|old| old == bytes) {
        return Ok(());
    }
    let fresh = home.join(format!("{FILE}.{}", std::process::id()));
    let done = write_whole(&fresh, &bytes).and_then(|()| fs::rename(&fresh, &path));
    if done.is_err() {
        // The reason stands in `done`.
        fs::remove_file(&fresh).ok();
    }
    done?;
    File::open(home)?.sync_all()
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn build(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut sealed = Vec::new();
    sealed.extend((sections.len() as u64).to_le_bytes());
    let mut offset = HEADER + sections.len() * ENTRY;
    for (name, content) in sections {
        sealed.extend(padded(name));
        sealed.extend((offset as u64).to_le_bytes());
        sealed.extend((content.len() as u64).to_le_bytes());
        offset += content.len();
    }
    sections.iter().for_each(|(_, content)| sealed.extend_from_slice(content));
    [&MAGIC[..], &xxh3_64(&sealed).to_le_bytes(), &sealed].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sections_come_back_and_damage_is_none() {
        let home = tempfile::tempdir().unwrap();
        assert!(Snapshot::read(home.path()).is_none());
        write(home.path(), &[("budget", b"{}"), ("rules", b"abc")]).unwrap();
        let snapshot = Snapshot::read(home.path()).unwrap();
        assert_eq!(snapshot.section("budget"), Some(&b"{}"[..]));
        assert_eq!(snapshot.section("rules"), Some(&b"abc"[..]));
        assert_eq!(snapshot.section("weights"), None);
        let whole = snapshot.0;
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(Snapshot::parse(damaged).is_none(), "byte {at}");
            assert!(Snapshot::parse(whole[..at].to_vec()).is_none(), "cut at {at}");
        }
        let left: Vec<_> = fs::read_dir(home.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    proptest! {
        #[test]
        fn bytes_that_only_look_right_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), name in ".{0,20}") {
            let forged = [&MAGIC[..], &xxh3_64(&bytes).to_le_bytes(), &bytes].concat();
            let whole = bytes.len();
            if let Some(section) = Snapshot::parse(forged).as_ref().and_then(|snapshot| snapshot.section(&name)) {
                prop_assert!(section.len() <= whole + 16);
            }
        }
    }
}
