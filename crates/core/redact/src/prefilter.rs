//! One pass over a text that says where a rule could match.
//!
//! Each rule names words of which one must stand in whatever it matches. The first three bytes of a
//! word, without regard to case, are hashed into a small set of bits; where a text's own three bytes
//! are in the set, the words behind that bit are compared. All of it is laid out by the compiler:
//! starting costs nothing, and a line without a candidate costs one look-up for each byte.

use crate::rules::{RULES, Rule};

const SLOTS: usize = 4096;
/// So many bits say for each slot which words are in it, so that few other bytes get further than that.
const PARTS: usize = 4;
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
    /// Which parts of slots have words.
    bits: [u64; SLOTS * PARTS / 64],
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
        let part = part(last_three);
        let slot = part / PARTS;
        if INDEX.bits[part / 64] >> (part % 64) & 1 == 1 && end >= 2 && may_follow(text.get(end + 1), slot) {
            compare(text, end - 2, slot, &mut hit);
        }
    }
}

/// Calls `hit` with the place of each dot behind a long run of letters and digits that another dot follows after six or
/// seven bytes, in order.
pub(crate) fn each_dotted(text: &[u8], mut hit: impl FnMut(usize)) {
    let is_dot = |at: usize| text.get(at) == Some(&b'.');
    let is_dotted = |at: &usize| {
        is_dot(*at)
            && (is_dot(at + 7) || is_dot(at + 8))
            && at.checked_sub(LONG).is_some_and(|start| text[start..*at].iter().rev().all(is_part))
    };
    let mut start = 0;
    while let Some(block) = text[start..].first_chunk() {
        if has_dotted(block) {
            (start..start + BLOCK).filter(is_dotted).for_each(&mut hit);
        }
        start += BLOCK;
    }
    (start..text.len().saturating_sub(BEHIND)).filter(is_dotted).for_each(&mut hit);
}

/// So long is a run before a dot at least, and so much follows the dot.
const LONG: usize = 23;
const BEHIND: usize = 34;
const BLOCK: usize = 32;

const fn is_part(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Without a branch in between, which is what compilers make fast.
fn has_dotted(block: &[u8; BLOCK + 8]) -> bool {
    let is_dot = |at: usize| u8::from(block[at] == b'.');
    (0..BLOCK).fold(0, |any, at| any | is_dot(at) & (is_dot(at + 7) | is_dot(at + 8))) != 0
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

const fn part(three: u32) -> usize {
    (three.wrapping_mul(0x9e37_79b1) >> 18) as usize
}

const fn part_of(word: &[u8]) -> usize {
    assert!(word.len() >= 3, "a word has three bytes or more");
    let [a, b, c] = [word[0], word[1], word[2]];
    let lower = [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()];
    part((lower[0] as u32) << 16 | (lower[1] as u32) << 8 | lower[2] as u32)
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
    let mut index = Index {
        bits: [0; SLOTS * PARTS / 64],
        fourth: [0; SLOTS],
        first: [NONE; SLOTS],
        words: [blank; WORDS],
    };
    let (mut filled, mut rule) = (0, 0);
    while rule < rules.len() {
        let mut word = 0;
        while word < rules[rule].words.len() {
            let text = rules[rule].words[word].as_bytes();
            let part = part_of(text);
            let slot = part / PARTS;
            let next = index.first[slot];
            index.words[filled] = Word { text, rule: rule as u8, any_case: rules[rule].any_case, next };
            index.first[slot] = filled as u16;
            index.fourth[slot] |= if text.len() > 3 { 1 << (text[3] % 32) } else { u32::MAX };
            index.bits[part / 64] |= 1 << (part % 64);
            filled += 1;
            word += 1;
        }
        rule += 1;
    }
    index
}
