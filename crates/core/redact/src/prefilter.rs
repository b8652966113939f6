//! One pass over a text that says where a rule could match.
//!
//! Each rule names words of which one must stand in whatever it matches. The first three bytes of a
//! word, without regard to case, are hashed into a small set of bits; where a text's own three bytes
//! are in the set, the words behind that bit are compared. All of it is laid out by the compiler:
//! starting costs nothing, and a line without a candidate costs one look-up for each byte.

use crate::rules::{RULES, Rule};

const SLOTS: usize = 4096;
const WORDS: usize = count(RULES);
/// No word.
const NONE: u16 = u16::MAX;

/// A word and the rule that asked for it.
#[derive(Clone, Copy)]
struct Word {
    text: &'static [u8],
    rule: u8,
    any_case: bool,
    /// The next word of the same slot.
    next: u16,
}

struct Index {
    /// Which slots have words.
    bits: [u64; SLOTS / 64],
    /// For each slot the fourth bytes of its words, by their last five bits, which know no case.
    fourth: [u32; SLOTS],
    /// The first word of each slot.
    first: [u16; SLOTS],
    words: [Word; WORDS],
}

static INDEX: Index = build(RULES);

/// Calls `hit` with the rule and the place of each word found, in order of place.
pub(crate) fn each_hit(text: &[u8], mut hit: impl FnMut(usize, usize)) {
    let mut last_three = 0;
    for (end, byte) in text.iter().enumerate() {
        last_three = (last_three << 8 | byte.to_ascii_lowercase() as u32) & 0xff_ffff;
        let slot = slot(last_three);
        if INDEX.bits[slot / 64] >> (slot % 64) & 1 == 1 && end >= 2 && may_follow(text.get(end + 1), slot) {
            compare(text, end - 2, slot, &mut hit);
        }
    }
}

/// Whether a word of this slot may go on with this byte.
fn may_follow(fourth: Option<&u8>, slot: usize) -> bool {
    INDEX.fourth[slot] >> fourth.map_or(0, |byte| byte % 32) & 1 == 1
}

/// Whether the last bytes are the same letter: cheaper to see than whether all are.
fn may_end(found: &[u8], word: &[u8]) -> bool {
    let last = |text: &[u8]| text.last().map(|byte| byte | 0x20);
    last(found) == last(word)
}

fn compare(text: &[u8], at: usize, slot: usize, hit: &mut impl FnMut(usize, usize)) {
    let mut next = INDEX.first[slot];
    while let Some(word) = INDEX.words.get(usize::from(next)) {
        next = word.next;
        let Some(found) = text.get(at..at + word.text.len()) else { continue };
        if !may_end(found, word.text) {
            continue;
        }
        if found == word.text || (word.any_case && found.eq_ignore_ascii_case(word.text)) {
            hit(usize::from(word.rule), at);
        }
    }
}

const fn slot(three: u32) -> usize {
    (three.wrapping_mul(0x9e37_79b1) >> 20) as usize
}

const fn slot_of(word: &[u8]) -> usize {
    assert!(word.len() >= 3, "a word has three bytes or more");
    let [a, b, c] = [word[0], word[1], word[2]];
    let lower = [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()];
    slot((lower[0] as u32) << 16 | (lower[1] as u32) << 8 | lower[2] as u32)
}

const fn count(rules: &[Rule]) -> usize {
    let (mut words, mut rule) = (0, 0);
    while rule < rules.len() {
        words += rules[rule].words.len();
        rule += 1;
    }
    words
}

const fn build(rules: &[Rule]) -> Index {
    assert!(rules.len() <= u8::MAX as usize && WORDS < NONE as usize);
    let blank = Word { text: b"", rule: 0, any_case: false, next: NONE };
    let mut index =
        Index { bits: [0; SLOTS / 64], fourth: [0; SLOTS], first: [NONE; SLOTS], words: [blank; WORDS] };
    let (mut filled, mut rule) = (0, 0);
    while rule < rules.len() {
        let mut word = 0;
        while word < rules[rule].words.len() {
            let text = rules[rule].words[word].as_bytes();
            let slot = slot_of(text);
            let next = index.first[slot];
            index.words[filled] = Word { text, rule: rule as u8, any_case: rules[rule].any_case, next };
            index.first[slot] = filled as u16;
            index.fourth[slot] |= if text.len() > 3 { 1 << (text[3] % 32) } else { u32::MAX };
            index.bits[slot / 64] |= 1 << (slot % 64);
            filled += 1;
            word += 1;
        }
        rule += 1;
    }
    index
}
