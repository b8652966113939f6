//! The passages of a chunk, packed: role, time and length take six bytes where columns would take thirty.

use claudectl_search::Role;
use claudectl_search::cut::Row;

/// A passage as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredRow {
    /// Who said it.
    pub role: Role,
    /// A call that failed or was turned down.
    pub failed: bool,
    /// It stands in another file, too, and is found there.
    pub copied: bool,
    /// When, milliseconds since the epoch; 0 where nothing says.
    pub at: i64,
    /// Where its text begins in the chunk's.
    pub start: usize,
    /// And ends.
    pub end: usize,
}

/// Bits of the first byte; the role has those below.
const FAILED: u8 = 0x10;
const COPIED: u8 = 0x20;

pub(super) fn pack(rows: &[Row], copied: &[bool]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(rows.len() * 6);
    let (mut at, mut end) = (0i64, 0);
    for (row, copied) in rows.iter().zip(copied) {
        let role = Role::ALL.iter().position(|role| *role == row.role).unwrap_or(0);
        let flags = if row.failed { FAILED } else { 0 } | if *copied { COPIED } else { 0 };
        packed.push(u8::try_from(role).unwrap_or(0) | flags);
        let later = row.at.wrapping_sub(at);
        // Small numbers either way: rows are not always in the order of their times.
        push(&mut packed, (later << 1 ^ later >> 63).cast_unsigned());
        push(&mut packed, (row.text_end - end) as u64);
        (at, end) = (row.at, row.text_end);
    }
    packed
}

/// `None` if this is not what was packed.
pub(super) fn unpack(mut packed: &[u8]) -> Option<Vec<StoredRow>> {
    let mut rows = Vec::new();
    let (mut at, mut start) = (0i64, 0usize);
    while let Some((&flags, rest)) = packed.split_first() {
        packed = rest;
        let role = *Role::ALL.get(usize::from(flags & 0xf))?;
        let later = take(&mut packed)?;
        at = at.wrapping_add((later >> 1).cast_signed() ^ -(later & 1).cast_signed());
        let end = start.checked_add(usize::try_from(take(&mut packed)?).ok()?)?;
        rows.push(StoredRow {
            role,
            failed: flags & FAILED != 0,
            copied: flags & COPIED != 0,
            at,
            start,
            end,
        });
        start = end;
    }
    Some(rows)
}

/// Seven bits a byte, the lowest first.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back(
            rows in prop::collection::vec((0usize..7, any::<bool>(), any::<bool>(), any::<i64>(), 0usize..1 << 40), 0..40),
        ) {
            let mut end = 0;
            let made: Vec<Row> = rows.iter().map(|&(role, failed, _, at, length)| {
                end += length;
                Row { role: Role::ALL[role], failed, at, key: 0, text_end: end, words_end: 0 }
            }).collect();
            let copied: Vec<bool> = rows.iter().map(|row| row.2).collect();
            let stored = unpack(&pack(&made, &copied)).unwrap();
            prop_assert_eq!(stored.len(), made.len());
            for (stored, (row, copied)) in stored.iter().zip(made.iter().zip(copied)) {
                prop_assert_eq!((stored.role, stored.failed, stored.at), (row.role, row.failed, row.at));
                prop_assert_eq!((stored.end, stored.copied), (row.text_end, copied));
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            unpack(&bytes);
        }
    }

    #[test]
    fn the_packed_form_never_changes() {
        let row = |role, at, text_end| Row { role, failed: true, at, key: 0, text_end, words_end: 0 };
        let packed = pack(&[row(Role::Result, 300, 5), row(Role::Name, 299, 6)], &[false, true]);
        assert_eq!(packed, [0x14, 0xd8, 0x04, 5, 0x36, 1, 1]);
    }
}
