//! What hot paths read: one small file, made by `tick` from the store, that is read whole or not at all.
//!
//! ```text
//! "cctlsnap" | xxh3-64 of all that follows | number of sections
//!            | for each: 16 bytes of name, 8 of offset, 8 of length | the sections
//! ```
//!
//! Numbers are little-endian, 8 bytes. Sections are named so that each maker and reader knows its own alone. A
//! file that is torn, of another version or damaged is as good as none: what it holds can be made again, and
//! whoever misses it must do without an answer, never make one up. So is one that somebody else may have written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use crate::owner::{Others, others};

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

/// Why there is no snapshot to go by.
#[derive(Debug, thiserror::Error)]
pub enum NoSnapshot {
    /// Nobody has made one.
    #[error("rules and settings were not put together yet")]
    Absent,
    /// It is torn, or no version of ours.
    #[error("rules and settings were put together by another version, or {} is damaged", .0.display())]
    Damaged(PathBuf),
    /// It is larger than any.
    #[error("{} is too large to be what claudectl has put together", .0.display())]
    TooLarge(PathBuf),
    /// A folder has its place, which nothing of ours takes.
    #[error("{} is a folder, where rules and settings should be", .0.display())]
    Folder(PathBuf),
    /// Something has its place that is neither a file nor a folder.
    #[error("{} is no file", .0.display())]
    NoFile(PathBuf),
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may have written the file.
    #[error("{}, so rules and settings may be theirs", may_write(path, *who))]
    TheirFile {
        /// The file.
        path: PathBuf,
        /// Who.
        who: Others,
    },
    /// Others may have put the file there.
    #[error("{}, so rules and settings may be theirs", may_write(path, *who))]
    TheirFolder {
        /// The state folder.
        path: PathBuf,
        /// Who.
        who: Others,
    },
}

/// Who else may write a file or folder, as a sentence.
#[must_use]
pub fn may_write(path: &Path, who: Others) -> String {
    match who {
        Others::Owner(user) => format!("{} belongs to user {user}", path.display()),
        Others::Mode => format!("others may write {}", path.display()),
    }
}

/// How that ends.
#[must_use]
pub fn to_own(path: &Path, who: Others) -> String {
    match who {
        Others::Owner(_) => format!("make it yours (chown), or remove it: {}", path.display()),
        Others::Mode => format!("chmod go-w {}", path.display()),
    }
}

impl NoSnapshot {
    /// What to do.
    #[must_use]
    pub fn way_out(&self) -> String {
        match self {
            Self::Absent => "claudectl tick".to_owned(),
            Self::Damaged(_) | Self::TooLarge(_) | Self::NoFile(_) | Self::TheirFile { .. } => {
                "claudectl tick makes it anew".to_owned()
            }
            Self::Folder(path) => format!("rm -r {}, then claudectl tick", path.display()),
            Self::Unreadable { .. } => {
                "check its owner and mode, or remove it, then claudectl tick".to_owned()
            }
            Self::TheirFolder { path, who } => format!("{}, then claudectl tick", to_own(path, *who)),
        }
    }

    /// A pass puts a new one in its place.
    #[must_use]
    pub fn is_mended_by_a_pass(&self) -> bool {
        match self {
            Self::Folder(_) | Self::TheirFolder { .. } => false,
            Self::Absent
            | Self::Damaged(_)
            | Self::TooLarge(_)
            | Self::NoFile(_)
            | Self::Unreadable { .. }
            | Self::TheirFile { .. } => true,
        }
    }
}

/// A file of ours beside the snapshot, by its name, whole: one that nobody else may have written.
///
/// # Errors
/// See [`NoSnapshot`].
pub fn own_bytes(home: &Path, name: &str) -> Result<Vec<u8>, NoSnapshot> {
    bytes(home, &home.join(name))?.ok_or(NoSnapshot::Absent)
}

/// A file that only its owner can have written, to be read in places, and how long it is.
///
/// # Errors
/// Why it is not to be relied on.
pub fn own_file(home: &Path, name: &str) -> Result<(File, u64), NoSnapshot> {
    let found = beside(home, name)?;
    is_own_folder(home)?;
    Ok(found)
}

/// The same beside a snapshot that was just read: its folder was looked at then.
///
/// # Errors
/// Why it is not to be relied on.
pub fn beside(home: &Path, name: &str) -> Result<(File, u64), NoSnapshot> {
    let path = home.join(name);
    let length = length(&path, || Ok(()))?.ok_or(NoSnapshot::Absent)?;
    match File::open(&path) {
        Ok(file) => Ok((file, length)),
        Err(source) => Err(NoSnapshot::Unreadable { path, source }),
    }
}

/// Puts a file of ours beside the snapshot, in one step.
///
/// # Errors
/// When it cannot be written.
pub fn write_own(home: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = home.join(format!("{name}.{}", std::process::id()));
    let done = write_whole(&fresh, bytes).and_then(|()| fs::rename(&fresh, home.join(name)));
    if done.is_err() {
        // The reason stands in `done`.
        fs::remove_file(&fresh).ok();
    }
    done?;
    File::open(home)?.sync_all()
}

/// Puts a file of ours beside the snapshot, whole, where there is none yet; one that is there stays.
///
/// # Errors
/// When it cannot be written.
pub fn make_own(home: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let fresh = home.join(format!("{name}.{}", std::process::id()));
    let done = write_whole(&fresh, bytes).and_then(|()| fs::hard_link(&fresh, home.join(name)));
    // The reason stands in `done`.
    fs::remove_file(&fresh).ok();
    match done {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done.and_then(|()| File::open(home)?.sync_all()),
    }
}

impl Snapshot {
    /// Reads the snapshot below the state folder; `None` if there is none that can be used.
    #[must_use]
    pub fn read(home: &Path) -> Option<Self> {
        Self::look(home).ok()
    }

    /// The same, with the reason if there is none.
    ///
    /// # Errors
    /// See [`NoSnapshot`].
    pub fn look(home: &Path) -> Result<Self, NoSnapshot> {
        let path = home.join(FILE);
        // Hot: two looks at the disk, and the bytes.
        match bytes(home, &path)? {
            Some(bytes) => Self::parse(bytes).ok_or(NoSnapshot::Damaged(path)),
            None => Err(NoSnapshot::Absent),
        }
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

/// What a regular file of moderate size holds that nobody else may have written; nothing else is opened. `None` where there
/// is nothing.
fn bytes(home: &Path, path: &Path) -> Result<Option<Vec<u8>>, NoSnapshot> {
    let unreadable = |source| NoSnapshot::Unreadable { path: path.to_owned(), source };
    if length(path, || is_own_folder(home))?.is_none() {
        return Ok(None);
    }
    fs::read(path).map(Some).map_err(unreadable)
}

/// How long a file is that only its owner can have written; `None` where there is none.
fn length(path: &Path, folder: impl FnOnce() -> Result<(), NoSnapshot>) -> Result<Option<u64>, NoSnapshot> {
    let unreadable = |source| NoSnapshot::Unreadable { path: path.to_owned(), source };
    let file = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.map_err(unreadable)?,
    };
    if file.is_dir() {
        return Err(NoSnapshot::Folder(path.to_owned()));
    }
    if !file.is_file() {
        return Err(NoSnapshot::NoFile(path.to_owned()));
    }
    folder()?;
    if let Some(who) = others(&file) {
        return Err(NoSnapshot::TheirFile { path: path.to_owned(), who });
    }
    if file.len() > MAX_BYTES {
        return Err(NoSnapshot::TooLarge(path.to_owned()));
    }
    Ok(Some(file.len()))
}

/// Nobody else may put files into a folder.
fn is_own_folder(home: &Path) -> Result<(), NoSnapshot> {
    let unreadable = |source| NoSnapshot::Unreadable { path: home.to_owned(), source };
    match others(&fs::metadata(home).map_err(unreadable)?) {
        Some(who) => Err(NoSnapshot::TheirFolder { path: home.to_owned(), who }),
        None => Ok(()),
    }
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
    // One that others may have written makes room for one that they have not.
    if Snapshot::look(home).is_ok_and(|old| old.0 == bytes) {
        return Ok(());
    }
    write_own(home, FILE, &bytes)
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
    use std::os::unix::fs::PermissionsExt;

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

    #[test]
    fn what_is_made_once_stays() {
        let home = tempfile::tempdir().unwrap();
        make_own(home.path(), "own", b"first").unwrap();
        make_own(home.path(), "own", b"second").unwrap();
        assert_eq!(own_bytes(home.path(), "own").unwrap(), b"first");
        let file = home.path().join("own");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        assert!(make_own(&file, "below", b"x").is_err());
    }

    #[test]
    fn what_others_may_have_written_is_none_and_a_file_of_theirs_is_made_anew() {
        let home = tempfile::tempdir().unwrap();
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let file = home.path().join(FILE);
        let sections: [(&str, &[u8]); 1] = [("rules", b"abc")];
        for open in [0o620, 0o602, 0o666] {
            write(home.path(), &sections).unwrap();
            assert!(Snapshot::look(home.path()).is_ok());
            mode(&file, open);
            let why = Snapshot::look(home.path()).unwrap_err();
            assert!(matches!(why, NoSnapshot::TheirFile { who: Others::Mode, .. }), "{why}");
            assert!(why.is_mended_by_a_pass() && why.to_string().contains("others may write"), "{why}");
        }
        write(home.path(), &sections).unwrap();
        for open in [0o770, 0o707, 0o1777] {
            mode(home.path(), open);
            let why = Snapshot::look(home.path()).unwrap_err();
            assert!(matches!(why, NoSnapshot::TheirFolder { who: Others::Mode, .. }), "{why}");
            assert!(why.way_out().starts_with(&format!("chmod go-w {}", home.path().display())), "{why}");
            mode(home.path(), 0o755);
            assert!(Snapshot::look(home.path()).is_ok(), "others may look");
        }
        // Only root may give a file away.
        if std::os::unix::fs::chown(&file, Some(4_711), None).is_ok() {
            let why = Snapshot::look(home.path()).unwrap_err();
            assert!(matches!(why, NoSnapshot::TheirFile { who: Others::Owner(4_711), .. }), "{why}");
            write(home.path(), &sections).unwrap();
            assert!(Snapshot::look(home.path()).is_ok());
        }
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(FILE);
        assert!(matches!(Snapshot::look(home.path()), Err(NoSnapshot::Absent)));
        fs::create_dir(&file).unwrap();
        let why = Snapshot::look(home.path()).unwrap_err();
        assert_eq!(
            why.to_string(),
            format!("{} is a folder, where rules and settings should be", file.display())
        );
        assert_eq!(why.way_out(), format!("rm -r {}, then claudectl tick", file.display()));
        assert!(!why.is_mended_by_a_pass() && write(home.path(), &[]).is_err());
        fs::remove_dir(&file).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(&file).unwrap();
        assert!(matches!(Snapshot::look(home.path()), Err(NoSnapshot::NoFile(_))));
        drop(socket);
        write(home.path(), &[]).unwrap();
        assert!(Snapshot::look(home.path()).is_ok(), "a pass takes its place");
        File::create(&file).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(matches!(Snapshot::look(home.path()), Err(NoSnapshot::TooLarge(_))));
        fs::write(&file, "no snapshot").unwrap();
        assert!(matches!(Snapshot::look(home.path()), Err(NoSnapshot::Damaged(_))));
        let below = Snapshot::look(&file).unwrap_err();
        assert!(matches!(below, NoSnapshot::Unreadable { .. }), "{below}");
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
