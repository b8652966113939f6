//! Where a reader stopped in a file, and whether it may go on from there.
//!
//! A transcript only grows, but files are also replaced, cut, rewritten in place, moved, restored
//! from a backup and touched. A reader therefore keeps, with its offset, the file's identity and two
//! hashes of what it has read: of the first bytes and of the last bytes before the offset. It goes on
//! only where both still hold, and reads from the start in every other case.
//!
//! What stays unseen: a rewrite that grows the file, keeps its inode, its first [`HEAD_BYTES`] and the
//! [`ANCHOR_BYTES`] before the old offset, and changes something in between. Nothing short of
//! reading everything again would show that, and Claude Code does not do it.

use xxhash_rust::xxh3::xxh3_64;

/// How much of a file's start is hashed.
pub const HEAD_BYTES: u64 = 1024;
/// How much of what stands before the offset is hashed.
pub const ANCHOR_BYTES: u64 = 256;

/// What `stat` says of a file. Equal stamps mean that nobody wrote to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Length in bytes.
    pub size: u64,
    /// Time of the last write, nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Time of the last change of contents or metadata, nanoseconds since the epoch.
    pub ctime_ns: i64,
}

/// How far a file was read, and what it looked like there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Bytes read: the offset behind the last whole line.
    pub offset: u64,
    /// Hash of the first [`HEAD_BYTES`] (or of `..offset`, if that is less).
    pub head: u64,
    /// Hash of the [`ANCHOR_BYTES`] before the offset (or of `..offset`).
    pub anchor: u64,
}

impl Mark {
    /// Where the bytes of `head` end.
    #[must_use]
    pub fn head_end(&self) -> u64 {
        self.offset.min(HEAD_BYTES)
    }

    /// Where the bytes of `anchor` begin; they end at the offset.
    #[must_use]
    pub fn anchor_start(&self) -> u64 {
        self.offset.saturating_sub(ANCHOR_BYTES)
    }

    /// The mark for an offset, from the bytes that its two hashes cover.
    #[must_use]
    pub fn new(offset: u64, head: &[u8], anchor: &[u8]) -> Self {
        Self { offset, head: xxh3_64(head), anchor: xxh3_64(anchor) }
    }

    /// Whether the file still holds what the mark was made from.
    #[must_use]
    pub fn holds(&self, head: &[u8], anchor: &[u8]) -> bool {
        *self == Self::new(self.offset, head, anchor)
    }
}

/// What to do about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing was written since.
    Unchanged,
    /// Longer than before: go on from the mark if it still holds, else start over.
    Continue,
    /// Replaced, cut, or written to without growing: read from the start.
    Restart,
}

/// Compares a file's stamp with the one it had when it was read up to `mark`.
#[must_use]
pub fn plan(before: &Stamp, mark: &Mark, now: &Stamp) -> Plan {
    if before == now {
        return Plan::Unchanged;
    }
    let same_file = (before.dev, before.ino) == (now.dev, now.ino);
    if same_file && now.size > before.size && now.size >= mark.offset {
        return Plan::Continue;
    }
    Plan::Restart
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Stamp = Stamp { dev: 1, ino: 2, size: 100, mtime_ns: 5, ctime_ns: 5 };

    #[test]
    fn only_growth_of_the_same_file_goes_on() {
        let mark = Mark::new(90, b"x", b"y");
        assert_eq!(plan(&BEFORE, &mark, &BEFORE), Plan::Unchanged);
        assert_eq!(plan(&BEFORE, &mark, &Stamp { size: 101, ctime_ns: 6, ..BEFORE }), Plan::Continue);
        assert_eq!(plan(&BEFORE, &mark, &Stamp { size: 99, ctime_ns: 6, ..BEFORE }), Plan::Restart);
        assert_eq!(plan(&BEFORE, &mark, &Stamp { ctime_ns: 6, ..BEFORE }), Plan::Restart, "written in place");
        assert_eq!(plan(&BEFORE, &mark, &Stamp { ino: 3, size: 200, ..BEFORE }), Plan::Restart, "replaced");
    }

    #[test]
    fn a_mark_holds_for_its_bytes_only() {
        let mark = Mark::new(4, b"abcd", b"abcd");
        assert!(mark.holds(b"abcd", b"abcd"));
        assert!(!mark.holds(b"abcX", b"abcd"));
        assert!(!mark.holds(b"abcd", b"Xbcd"));
        assert_eq!((mark.head_end(), mark.anchor_start()), (4, 0));
    }
}
