//! Chunks of a file to whole lines, in bounded memory.
//!
//! The buffer is filled from outside (`space`, `filled`) and emptied line by line (`next_line`). It
//! grows to a line's length, up to a limit; a longer line is passed over without being held. The
//! offset only moves past lines that have their newline, so a torn last line is read again when it
//! has been finished.

/// A line of the file, without its newline.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Only the head of a line that is longer than the buffer may grow.
    Oversized {
        /// The first bytes, as many as the limit allows.
        head: &'a [u8],
        /// The line's length in bytes.
        len: u64,
    },
}

/// Splits what it is filled with into lines.
#[derive(Debug)]
pub struct LineBuf {
    buf: Vec<u8>,
    /// First byte not yet given out.
    start: usize,
    /// Up to here `start..` is known to hold no newline.
    scanned: usize,
    /// End of the filled part.
    end: usize,
    /// Offset in the file of `start`.
    offset: u64,
    limit: usize,
    /// Set while an oversized line is passed over: how much of it, beyond the held head, is gone.
    dropped: Option<u64>,
}

/// Bytes asked for at once: as much as stays in the processor's second-level cache.
const CHUNK: usize = 256 * 1024;

/// The longest line that is held. The longest output a model can write in one response stays far
/// below; longer lines hold tool results, which bill nothing.
pub const MAX_LINE: usize = 4 * 1024 * 1024;

impl Default for LineBuf {
    fn default() -> Self {
        Self::new(MAX_LINE)
    }
}

impl LineBuf {
    /// A buffer that holds lines of up to `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { buf: Vec::new(), start: 0, scanned: 0, end: 0, offset: 0, limit: limit.max(1), dropped: None }
    }

    /// Starts over at an offset of a (possibly other) file; the memory is kept.
    pub fn restart(&mut self, offset: u64) {
        (self.start, self.scanned, self.end, self.offset, self.dropped) = (0, 0, 0, offset, None);
    }

    /// Where to read the next bytes of the file to. Call [`LineBuf::filled`] after.
    ///
    /// Lines still inside are moved to the front: take them all with [`LineBuf::next_line`] before.
    pub fn space(&mut self) -> &mut [u8] {
        self.buf.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.scanned -= self.start;
        self.start = 0;
        if self.end == self.limit {
            // The line is too long: keep its head, and go on reading behind it.
            self.dropped.get_or_insert(0);
        }
        let wanted = (self.end + CHUNK.min(self.limit)).min(self.limit.saturating_add(CHUNK));
        if self.buf.len() < wanted {
            self.buf.resize(wanted, 0);
        }
        let end = if self.dropped.is_some() { self.buf.len() } else { self.buf.len().min(self.limit) };
        &mut self.buf[self.end..end.min(self.end + CHUNK)]
    }

    /// Says how many bytes were put into [`LineBuf::space`].
    pub fn filled(&mut self, count: usize) {
        self.end = (self.end + count).min(self.buf.len());
    }

    /// The next line that has its newline, or `None` when more must be read.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        let newline = memchr::memchr(b'\n', &self.buf[self.scanned..self.end]);
        if let Some(dropped) = self.dropped {
            return self.end_oversized(newline, dropped);
        }
        let Some(length) = newline.map(|at| self.scanned + at - self.start) else {
            self.scanned = self.end;
            return None;
        };
        let line = self.start..self.start + length;
        self.start = line.end + 1;
        self.scanned = self.start;
        self.offset += length as u64 + 1;
        Some(Line::Whole(&self.buf[line]))
    }

    /// While a line is passed over, its head stays in `..limit` and what is read lands behind it.
    fn end_oversized(&mut self, newline: Option<usize>, dropped: u64) -> Option<Line<'_>> {
        let Some(at) = newline else {
            self.dropped = Some(dropped + (self.end - self.limit) as u64);
            (self.end, self.scanned) = (self.limit, self.limit);
            return None;
        };
        let length = self.limit as u64 + dropped + at as u64;
        self.start = self.scanned + at + 1;
        self.scanned = self.start;
        self.offset += length + 1;
        self.dropped = None;
        Some(Line::Oversized { head: &self.buf[..self.limit], len: length })
    }

    /// Offset in the file behind the last line given out.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What stands behind the last newline, as a line; `None` if nothing does.
    #[must_use]
    pub fn rest(&self) -> Option<Line<'_>> {
        match self.dropped {
            Some(dropped) => {
                let len = self.end as u64 + dropped;
                Some(Line::Oversized { head: &self.buf[..self.limit], len })
            }
            None => (self.start < self.end).then(|| Line::Whole(&self.buf[self.start..self.end])),
        }
    }

    /// The bytes behind the last newline: a line that is not finished yet. Empty while an oversized
    /// line is passed over.
    #[must_use]
    pub fn remainder(&self) -> &[u8] {
        if self.dropped.is_some() { &[] } else { &self.buf[self.start..self.end] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds `bytes` in pieces of the given sizes and returns the lines and the final offset.
    fn split(bytes: &[u8], limit: usize, cuts: &[usize]) -> (Vec<(Vec<u8>, u64)>, u64) {
        let mut lines = LineBuf::new(limit);
        let (mut rest, mut out, mut cuts) = (bytes, Vec::new(), cuts.iter().copied().cycle());
        while !rest.is_empty() {
            let space = lines.space();
            let count = cuts.next().unwrap_or(usize::MAX).max(1).min(space.len()).min(rest.len());
            space[..count].copy_from_slice(&rest[..count]);
            lines.filled(count);
            rest = &rest[count..];
            while let Some(line) = lines.next_line() {
                out.push(match line {
                    Line::Whole(text) => (text.to_vec(), text.len() as u64),
                    Line::Oversized { head, len } => (head.to_vec(), len),
                });
            }
        }
        (out, lines.offset())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(
            bytes in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n')], 0..400),
            cuts in prop::collection::vec(1usize..40, 1..8),
            limit in 1usize..60,
        ) {
            let (lines, offset) = split(&bytes, limit, &cuts);
            let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            prop_assert_eq!(offset, end as u64);
            let whole: Vec<_> = bytes[..end].split_inclusive(|&byte| byte == b'\n').map(|line| &line[..line.len() - 1]).collect();
            prop_assert_eq!(lines.len(), whole.len());
            for ((text, len), line) in lines.iter().zip(whole) {
                prop_assert_eq!(*len, line.len() as u64);
                prop_assert_eq!(text.as_slice(), &line[..line.len().min(limit)]);
            }
        }
    }

    #[test]
    fn a_line_as_long_as_the_limit_is_whole() {
        assert_eq!(split(b"abcd\nefgh\n", 5, &[100]).0.len(), 2);
        let (lines, offset) = split(b"abcdefghij\nxy\nrest", 4, &[3]);
        assert_eq!(lines, [(b"abcd".to_vec(), 10), (b"xy".to_vec(), 2)]);
        assert_eq!(offset, 14);
    }

    #[test]
    fn the_rest_is_a_line_of_any_length() {
        let rest = |bytes: &[u8], limit: usize| {
            let mut lines = LineBuf::new(limit);
            for byte in bytes {
                lines.space()[0] = *byte;
                lines.filled(1);
                while lines.next_line().is_some() {}
            }
            match lines.rest() {
                Some(Line::Whole(text)) => Some((text.to_vec(), text.len() as u64)),
                Some(Line::Oversized { head, len }) => Some((head.to_vec(), len)),
                None => None,
            }
        };
        assert_eq!(rest(b"one\n", 9), None);
        assert_eq!(rest(b"one\ntwo", 9), Some((b"two".to_vec(), 3)));
        assert_eq!(rest(b"one\nabcdefgh", 5), Some((b"abcde".to_vec(), 8)));
    }

    #[test]
    fn the_remainder_is_what_waits_for_its_end() {
        let mut lines = LineBuf::new(100);
        lines.space()[..7].copy_from_slice(b"one\ntwo");
        lines.filled(7);
        assert_eq!(lines.next_line(), Some(Line::Whole(b"one")));
        assert_eq!(lines.next_line(), None);
        assert_eq!((lines.remainder(), lines.offset()), (b"two".as_slice(), 4));
    }
}
