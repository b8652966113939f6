//! Hashes by which signals know an input, a file or an error again without keeping its text.

use claudectl_transcript::message_key;

/// So much of an error makes its signature.
const SIGNATURE_BYTES: usize = 2048;

/// So many words at the end make the signature of an output that was cut short.
const LAST_WORDS: usize = 12;

/// The same for what a command shows of its output: where it begins goes by how much was asked for.
pub(super) fn signature_of_end(said: &str) -> u32 {
    let from = said.ceil_char_boundary(said.len().saturating_sub(SIGNATURE_BYTES));
    let words = said[from..].rsplit(|letter: char| letter.is_whitespace() || letter == '\\');
    words
        .filter(|word| !word.is_empty())
        .take(LAST_WORDS)
        .fold(Hash::new(), |hash, word| hash.and(b" ").and_steady(word))
        .short()
}

/// A hash of an error without what differs from one time to the next: numbers, hashes, paths.
pub(crate) fn signature(said: &str) -> u32 {
    let head = &said[..said.floor_char_boundary(SIGNATURE_BYTES)];
    let words = head.split(|letter: char| letter.is_whitespace() || letter == '\\');
    words
        .filter(|word| !word.is_empty())
        .fold(Hash::new(), |hash, word| hash.and(b" ").and_steady(word))
        .short()
}

/// The ledger's hash, or FNV-1a where a text is taken in parts. It is stored, so it must be the same in every
/// version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash(pub(super) u64);

impl Hash {
    pub(super) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(message_key(bytes))
    }

    pub(super) fn and(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// A text, of whose whitespace only that it is there counts.
    pub(super) fn squeezed(text: &str) -> Self {
        text.split_ascii_whitespace().fold(Self::new(), |hash, word| hash.and(word.as_bytes()).and(b" "))
    }

    fn and_steady(self, word: &str) -> Self {
        if word.contains('/') {
            return self.and(b"/");
        }
        let word = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
        let word = word.strip_prefix("0x").unwrap_or(word);
        let digits = word.bytes().any(|byte| byte.is_ascii_digit());
        if digits && word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return self.and(b"#");
        }
        let mut parts = word.split(|letter: char| letter.is_ascii_digit()).filter(|part| !part.is_empty());
        let first = parts.next().unwrap_or_default();
        let hash = parts.fold(self.and(first.as_bytes()), |hash, part| hash.and(b"#").and(part.as_bytes()));
        if digits { hash.and(b"#") } else { hash }
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of it is enough among a few dozen")]
    pub(super) fn short(self) -> u32 {
        (self.0 ^ (self.0 >> 32)) as u32
    }
}
