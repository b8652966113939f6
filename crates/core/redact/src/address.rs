//! What percent-encoded text says: `password%3Dhunter2`, `%67hp_…`, `%2567hp_…`.
//!
//! A part is what stands between blanks and quotes. It is decoded as often as it was encoded, up to a limit, and knows
//! of each of its bytes where it came from. Only what is ASCII is decoded: no rule asks for more.

use std::ops::Range;

/// So often is a text taken for encoded once more: an address in an address in an address.
const LAYERS: usize = 4;

/// A part of a text, decoded.
pub(crate) struct Encoded {
    pub(crate) text: String,
    /// For each byte of the text where in the original it begins; and where the last one ends.
    places: Vec<usize>,
}

impl Encoded {
    /// The part of the original that a part of the decoded text stands for.
    pub(crate) fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.places[range.start]..self.places[range.end]
    }
}

/// The parts of a text that are encoded.
pub(crate) fn encoded(text: &str) -> Vec<Encoded> {
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let (mut at, mut last) = (0, 0);
    while let Some(sign) = text[at..].find('%').map(|sign| at + sign) {
        if escape(bytes, sign).is_none() {
            at = sign + 1;
            continue;
        }
        let before = bytes[last..sign].iter().rev().take_while(|byte| is_part(**byte)).count();
        let end = sign + bytes[sign..].iter().take_while(|byte| is_part(**byte)).count();
        parts.push(decode(text, sign - before..end));
        (at, last) = (end, end);
    }
    parts
}

/// Whether a byte belongs to an address rather than to what is around it.
fn is_part(byte: u8) -> bool {
    byte > b' ' && !b"\"'`<>".contains(&byte)
}

/// The ASCII character that is encoded here.
fn escape(text: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let code = (*text.get(at)? == b'%').then(|| Some(digit(at + 1)? * 16 + digit(at + 2)?))??;
    u8::try_from(code).ok().filter(u8::is_ascii)
}

fn decode(text: &str, range: Range<usize>) -> Encoded {
    let mut part = text[range.clone()].as_bytes().to_vec();
    let mut places: Vec<usize> = (range.start..=range.end).collect();
    for _ in 0..LAYERS {
        let (mut next, mut from) = (Vec::with_capacity(part.len()), Vec::with_capacity(places.len()));
        let mut at = 0;
        while at < part.len() {
            let escaped = escape(&part, at);
            next.push(escaped.unwrap_or(part[at]));
            from.push(places[at]);
            at += if escaped.is_some() { 3 } else { 1 };
        }
        from.push(range.end);
        let done = next.len() == part.len();
        (part, places) = (next, from);
        if done {
            break;
        }
    }
    // ASCII in place of ASCII: what was text is text.
    Encoded { text: String::from_utf8(part).unwrap_or_default(), places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_and_know_where_they_stood() {
        let texts = |text: &str| encoded(text).into_iter().map(|part| part.text).collect::<Vec<_>>();
        assert_eq!(texts("see a%3Db, 'c%2520d' and 5% or %zz or ä%C3%A4%41"), ["a=b,", "c d", "ä%C3%A4A"]);
        assert_eq!(texts("nothing 100% of it"), Vec::<String>::new());
        let text = "x a%253Db%20c";
        let part = &encoded(text)[0];
        assert_eq!(part.text, "a=b c");
        let whole: Vec<_> = (0..5).map(|at| &text[part.original(&(at..at + 1))]).collect();
        assert_eq!(whole, ["a", "%253D", "b", "%20", "c"]);
    }

    #[test]
    fn no_more_layers_are_taken_off_than_anybody_puts_on() {
        let text = format!("%{}41", "25".repeat(LAYERS + 1));
        assert_eq!(encoded(&text)[0].text, "%2541");
    }
}
