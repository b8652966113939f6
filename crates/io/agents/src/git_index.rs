//! Git's list of the files that it has, asked for one of them.
//!
//! Source: gitformat-index(5). Versions 2 to 4, of SHA-1. Entries stand in the order of their names' bytes, and of the
//! versions that most repositories have, each begins at a multiple of eight and can be told for one by its looks. So a
//! name is found by halves, and a tool call does not wait for the list of a large repository. What is not sure is read
//! from its beginning.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use memchr::memchr_iter;

/// So much is read at once. An entry is never as long.
const PIECE: usize = 8 << 10;
/// So much of it at first, where it is looked into.
const GLANCE: usize = 1 << 10;
/// Where so little is left, it is read from one end to the other.
const LITTLE: u64 = 12 << 10;
/// So many entries after each other are no chance.
const CHAIN: usize = 4;
/// No more is read of one end to end: a tool call waits.
const MOST: u64 = 64 << 20;
/// Where the first entry begins.
const FIRST: u64 = 12;
/// An entry without its name.
const FIXED: usize = 62;
/// Where an entry's kind stands in it, and the kind of another repository.
const KIND: usize = 24;
const REPOSITORY: u32 = 0o160_000;
/// So much is looked through at once.
const SCANNED: usize = 64 << 10;
/// A name of so many bytes, or more, says only that.
const LONG: usize = 0xfff;
/// Regular, executable, a link, another repository, a folder of which nothing is checked out.
const KINDS: [u32; 5] = [0o100_644, 0o100_755, 0o120_000, 0o160_000, 0o040_000];

/// Whether the index has a path, or one below it; an empty one is that of all. `None` where it is damaged or of a kind
/// that is not known.
pub(crate) fn has(index: &File, path: &[u8]) -> Option<bool> {
    let length = index.metadata().ok()?.len();
    has_in(&|at, into| index.read_at(into, at), length, path)
}

/// The names of the other repositories that an index has; `None` where it is damaged or of a kind that is not known.
pub(crate) fn repositories(index: &File) -> Option<Vec<String>> {
    let length = index.metadata().ok()?.len();
    repositories_in(&|at, into| index.read_at(into, at), length)
}

fn repositories_in(read: ReadAt<'_>, length: u64) -> Option<Vec<String>> {
    let mut header = [0; FIRST as usize];
    if fill(read, 0, &mut header)? < header.len() || !header.starts_with(b"DIRC") {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    let mut found = |name: &[u8]| names.extend(std::str::from_utf8(name).ok().map(str::to_owned));
    match number(&header, 4)? {
        version @ (2 | 3) => scan(read, length, version == 3, &mut found)?,
        4 if length <= MOST => each_packed(Stream { read, at: FIRST }, number(&header, 8)?, |kind, name| {
            if kind == REPOSITORY {
                found(name);
            }
            true
        })?,
        _ => return None,
    }
    Some(names)
}

/// Looks for the kind alone, as its bytes seldom stand anywhere else: what stands around it tells whether it is an entry's.
fn scan(read: ReadAt<'_>, length: u64, extended: bool, found: &mut impl FnMut(&[u8])) -> Option<()> {
    /// An entry is never longer than what is kept of the piece before.
    const KEPT: usize = FIXED + 2 + LONG + 1;
    let sought = REPOSITORY.to_be_bytes();
    // Most lists are short, and memory that is touched first costs more than they do.
    let piece = usize::try_from(length.saturating_sub(FIRST)).map_or(SCANNED, |length| length.min(SCANNED));
    let mut bytes = vec![0; piece + KEPT];
    let (mut at, mut kept) = (FIRST, 0);
    while at < length {
        let end = kept + fill(read, at, &mut bytes[kept..kept + piece])?;
        let is_last = at + (end - kept) as u64 >= length;
        if end == kept {
            break;
        }
        // The only byte of it that is no zero, of which the list is full.
        for third in memchr_iter(sought[2], &bytes[..end]) {
            let Some(kind) =
                third.checked_sub(2).filter(|kind| bytes[..end].get(*kind..*kind + 4) == Some(&sought))
            else {
                continue;
            };
            // What begins too near the end is met once more.
            let Some(start) = kind.checked_sub(KIND).filter(|start| is_last || start + KEPT <= end) else {
                continue;
            };
            let Some(flags) = bytes[..end].get(start + FIXED - 2..start + FIXED) else { continue };
            let wide = if extended && flags[0] & 0x40 != 0 { 2 } else { 0 };
            let told = usize::from(flags[0] & 0x0f) << 8 | usize::from(flags[1]);
            let rest = bytes[..end].get(start + FIXED + wide..).unwrap_or_default();
            let name = rest.split(|byte| *byte == 0).next().unwrap_or_default();
            if name.len().min(LONG) == told && told > 0 {
                found(name);
            }
        }
        let keep = if is_last { 0 } else { KEPT.min(end) };
        bytes.copy_within(end - keep..end, 0);
        at += (end - kept) as u64;
        kept = keep;
    }
    Some(())
}

/// Reads bytes at an offset; as many as there are at once.
type ReadAt<'a> = &'a dyn Fn(u64, &mut [u8]) -> io::Result<usize>;

fn has_in(read: ReadAt<'_>, length: u64, path: &[u8]) -> Option<bool> {
    let mut header = [0; FIRST as usize];
    if fill(read, 0, &mut header)? < header.len() || !header.starts_with(b"DIRC") {
        return None;
    }
    let (version, count) = (number(&header, 4)?, number(&header, 8)?);
    if path.is_empty() {
        return Some(count > 0);
    }
    let below = [path, b"/"].concat();
    match version {
        2 | 3 => {
            let list = List { read, length, extended: version == 3 };
            // What lies between a path and what is below it is neither: `a-b` stands between `a` and `a/b`.
            if list.begins(path, |name| name == path)? {
                return Some(true);
            }
            list.begins(&below, |name| name.starts_with(&below))
        }
        4 if length <= MOST => packed(Stream { read, at: FIRST }, count, path, &below),
        _ => None,
    }
}

/// As many bytes as there are, up to a whole piece.
fn fill(read: ReadAt<'_>, at: u64, into: &mut [u8]) -> Option<usize> {
    let mut end = 0;
    while end < into.len() {
        match read(at + end as u64, &mut into[end..]) {
            Ok(0) => break,
            Ok(more) => end += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(end)
}

/// What stands at the beginning of some bytes.
enum Met<'a> {
    /// An entry: its name, and how long it is in all.
    Entry(&'a [u8], usize),
    /// The bytes end too soon to tell.
    Short,
    /// No entry.
    Other,
}

/// A list whose entries are whole.
struct List<'a> {
    read: ReadAt<'a>,
    length: u64,
    extended: bool,
}

impl List<'_> {
    /// Whether the first name that is not before `key` is such a one.
    fn begins(&self, key: &[u8], is: impl Fn(&[u8]) -> bool) -> Option<bool> {
        let mut bytes = vec![0; PIECE];
        let (mut low, mut high) = (FIRST, self.length);
        while high - low > LITTLE {
            let middle = low + ((high - low) / 2).next_multiple_of(8);
            // Most names are short: a little is enough to find some.
            let end = fill(self.read, middle, &mut bytes[..GLANCE])?;
            let some = self.entry_in(&bytes[..end]).map(|(at, name)| (at, name.to_vec()));
            let found = match some {
                Some(found) => Some(found),
                None => {
                    let end = fill(self.read, middle, &mut bytes)?;
                    self.entry_in(&bytes[..end]).map(|(at, name)| (at, name.to_vec()))
                }
            };
            let Some((at, name)) = found else { break };
            let name = name.as_slice();
            match name.cmp(key) {
                Ordering::Less => low = middle + at as u64,
                Ordering::Equal | Ordering::Greater if is(name) => return Some(true),
                Ordering::Equal | Ordering::Greater => high = middle,
            }
        }
        self.from(low, &mut bytes, key, is)
    }

    /// The same, read from an entry on.
    fn from(&self, low: u64, bytes: &mut [u8], key: &[u8], is: impl Fn(&[u8]) -> bool) -> Option<bool> {
        let mut at = low;
        while at - low < MOST {
            let end = fill(self.read, at, bytes)?;
            let mut done = 0;
            loop {
                let rest = &bytes[done..end];
                match self.meet(rest) {
                    Met::Entry(name, _) if name >= key => return Some(is(name)),
                    Met::Entry(_, whole) => done += whole,
                    Met::Short if done > 0 && end == bytes.len() => break,
                    Met::Short | Met::Other => {
                        return ends(rest, self.length - at - done as u64).then_some(false);
                    }
                }
            }
            at += done as u64;
        }
        None
    }

    /// The first entry that surely is one, and where.
    fn entry_in<'b>(&self, bytes: &'b [u8]) -> Option<(usize, &'b [u8])> {
        (0..bytes.len()).step_by(8).find_map(|at| {
            let Met::Entry(first, mut next) = self.meet(&bytes[at..]) else { return None };
            let mut last = first;
            for _ in 1..CHAIN {
                let Met::Entry(name, whole) = self.meet(bytes.get(at + next..)?) else { return None };
                if name < last {
                    return None;
                }
                (last, next) = (name, next + whole);
            }
            Some((at, first))
        })
    }

    fn meet<'b>(&self, bytes: &'b [u8]) -> Met<'b> {
        let Some(fixed) = bytes.get(..FIXED) else { return Met::Short };
        let (high, low) = (fixed[60], fixed[61]);
        let length = usize::from(high & 0x0f) << 8 | usize::from(low);
        let extended = high & 0x40 != 0;
        let kind = number(fixed, 24).is_some_and(|kind| KINDS.contains(&kind));
        if !kind || length == 0 || length == LONG || (extended && !self.extended) {
            return Met::Other;
        }
        let head = FIXED + usize::from(extended) * 2;
        // Entries are as long as a multiple of eight, and end in zeros, of which there is one at least.
        let whole = (head + length + 1).next_multiple_of(8);
        let Some(rest) = bytes.get(head..whole) else { return Met::Short };
        let (name, zeros) = rest.split_at(length);
        match name[length - 1] != 0 && zeros.iter().all(|byte| *byte == 0) {
            true => Met::Entry(name, whole),
            false => Met::Other,
        }
    }
}

/// Whether the entries end here: with a checksum, or an extension that has a name and a length.
fn ends(rest: &[u8], left: u64) -> bool {
    const SUM: u64 = 20;
    let Some(left) = left.checked_sub(SUM) else { return false };
    let named = rest.get(..4).is_some_and(|name| name.iter().all(u8::is_ascii_alphabetic));
    left == 0 || named && number(rest, 4).is_some_and(|length| u64::from(length) + 8 <= left)
}

/// A list whose names go on from the one before.
fn packed(from: Stream<'_>, count: u32, path: &[u8], below: &[u8]) -> Option<bool> {
    let mut found = false;
    each_packed(from, count, |_, name| {
        match name.cmp(path) {
            Ordering::Less => return true,
            Ordering::Equal => found = true,
            Ordering::Greater if name.starts_with(below) => found = true,
            Ordering::Greater if name < below => return true,
            Ordering::Greater => {}
        }
        false
    })?;
    Some(found)
}

/// Tells of entries, their kind and their name, as long as more is wanted.
fn each_packed(from: Stream<'_>, count: u32, mut wants_more: impl FnMut(u32, &[u8]) -> bool) -> Option<()> {
    let mut window = Window { from, bytes: vec![0; PIECE], at: 0, end: 0 };
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let fixed = window.next(FIXED)?;
        let (high, low, kind) = (fixed[60], fixed[61], number(fixed, KIND)?);
        let length = usize::from(high & 0x0f) << 8 | usize::from(low);
        if length == LONG {
            return None;
        }
        if high & 0x40 != 0 {
            window.next(2)?;
        }
        let cut = window.offset()?;
        let kept = name.len().checked_sub(cut)?;
        name.truncate(kept);
        let rest = window.next(length.checked_sub(kept)? + 1)?;
        name.extend_from_slice(&rest[..rest.len() - 1]);
        if !wants_more(kind, &name) {
            break;
        }
    }
    Some(())
}

/// What is read from an offset on.
struct Stream<'a> {
    read: ReadAt<'a>,
    at: u64,
}

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = (self.read)(self.at, into)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What is read, a piece at a time.
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
    use memchr::memmem;
    use proptest::prelude::*;
    use std::cell::Cell;

    /// An index of version 2 or 3 with these names, and an extension if `tree`.
    fn index(version: u32, names: &[String], tree: bool) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend(u32::try_from(names.len()).unwrap().to_be_bytes());
        for (at, name) in names.iter().enumerate() {
            let extended = version == 3 && at % 2 == 0;
            let mut entry = vec![0xa7; 24];
            entry.extend(KINDS[at % 3].to_be_bytes());
            entry.extend([at.to_le_bytes()[0]; 32]);
            let flags = u16::try_from(name.len()).unwrap() | u16::from(extended) << 14;
            entry.extend(flags.to_be_bytes());
            entry.extend(vec![0; usize::from(extended) * 2]);
            entry.extend(name.as_bytes());
            entry.resize((entry.len() + 1).next_multiple_of(8), 0);
            bytes.extend(entry);
        }
        if tree {
            bytes.extend(b"TREE\0\0\0\x30");
            bytes.extend([7; 48]);
        }
        bytes.extend([9; 20]);
        bytes
    }

    /// What is said, and how many bytes were read for it.
    fn ask(bytes: &[u8], path: &str) -> (Option<bool>, usize) {
        let read = Cell::new(0);
        let at = |at: u64, into: &mut [u8]| {
            let rest = bytes.get(usize::try_from(at).unwrap()..).unwrap_or_default();
            let length = rest.len().min(into.len());
            into[..length].copy_from_slice(&rest[..length]);
            read.set(read.get() + length);
            Ok(length)
        };
        (has_in(&at, bytes.len() as u64, path.as_bytes()), read.get())
    }

    fn has(names: &[String], path: &str) -> bool {
        names
            .iter()
            .any(|name| name == path || name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    #[test]
    fn other_repositories_are_found_wherever_they_stand() {
        let names: Vec<String> =
            (0..3_000).map(|at| format!("folder-{at:05}/{}", "n".repeat(at % 60))).collect();
        for version in [2, 3] {
            let bytes = index(version, &names, true);
            let of = |bytes: &[u8]| {
                let at = |at: u64, into: &mut [u8]| {
                    let rest = bytes.get(usize::try_from(at).unwrap()..).unwrap_or_default();
                    let length = rest.len().min(into.len());
                    into[..length].copy_from_slice(&rest[..length]);
                    Ok(length)
                };
                repositories_in(&at, bytes.len() as u64)
            };
            assert_eq!(of(&bytes).unwrap(), Vec::<String>::new());
            // Some hundred bytes around the end of each piece that is looked through, and both ends of the list.
            for wanted in (0..names.len()).filter(|at| at % 97 == 0 || (550..700).contains(at)).chain([2_999])
            {
                let mut other = bytes.clone();
                let name = names[wanted].as_bytes();
                let at = memmem::find(&other, &[name, b"\0"].concat()).unwrap();
                let extended = usize::from(version == 3 && wanted % 2 == 0) * 2;
                let kind = at - extended - FIXED + KIND;
                other[kind..kind + 4].copy_from_slice(&REPOSITORY.to_be_bytes());
                assert_eq!(of(&other).unwrap(), [names[wanted].clone()], "{version} {wanted}");
            }
        }
        assert_eq!(repositories_in(&|_, _| Ok(0), 0), None);
    }

    proptest! {
        #[test]
        fn a_path_is_found_as_by_reading_all(
            names in prop::collection::btree_set("[a-c]{1,3}(/[a-c.-]{1,60}){0,3}", 0..900),
            asked in prop::collection::vec("[a-c]{1,3}(/[a-c.-]{1,3}){0,2}", 8),
            version in 2u32..=3,
            tree: bool,
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let bytes = index(version, &names, tree);
            let some = names.iter().step_by(97).cloned();
            let folders = names.iter().step_by(89).filter_map(|name| Some(name.rsplit_once('/')?.0.to_owned()));
            for path in some.chain(folders).chain(asked) {
                prop_assert_eq!(ask(&bytes, &path).0, Some(has(&names, &path)), "{}", path);
            }
        }

        #[test]
        fn a_damaged_one_never_says_more_than_it_has(
            at in 0usize..40_000, byte: u8, cut in 0usize..40_000, whole: bool,
        ) {
            let names: Vec<String> = (0..500).map(|at| format!("src/file_{at:04}.rs")).collect();
            let mut bytes = index(2, &names, true);
            match whole {
                true => {
                    let at = at % bytes.len();
                    bytes[at] = byte;
                }
                false => bytes.truncate(cut),
            }
            prop_assert_ne!(ask(&bytes, "src/other.rs").0, Some(true));
            prop_assert_ne!(ask(&bytes, "srd").0, Some(true));
        }
    }

    #[test]
    fn of_a_large_list_little_is_read() {
        let names: Vec<String> = (0..200_000).map(|at| format!("src/some/folder/file_{at:06}.rs")).collect();
        let bytes = index(2, &names, true);
        for (path, is) in
            [(names[7].as_str(), true), (&names[199_999], true), ("src/some/f", false), ("zz", false)]
        {
            let (found, read) = ask(&bytes, path);
            assert_eq!(found, Some(is), "{path}");
            assert!(read < 500_000, "{read} of {} bytes for {path}", bytes.len());
        }
    }

    #[test]
    fn a_damaged_index_says_nothing() {
        let damaged: [&[u8]; 4] = [
            b"DIRC\0\0\0\x02\0\0\0\x05short",
            b"what",
            b"DIRC\0\0\0\x09\0\0\0\0",
            b"DIRC\0\0\0\x04\0\0\0\x01",
        ];
        for bytes in damaged {
            assert_eq!(ask(bytes, "a").0, None, "{bytes:?}");
        }
    }
}
