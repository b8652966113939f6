//! Where a word begins, in text that may be escaped.
//!
//! Transcripts are JSON, tool output has colours, addresses are percent-encoded: a letter right before
//! a token may belong to `\n`, to `ESC[32m` or to `%3D` rather than to the token's word.

/// Letters, digits and the underscore.
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a word can begin at this place.
pub(crate) fn starts_word(text: &[u8], at: usize) -> bool {
    at == 0 || !is_word(text[at - 1]) || ends_escape(text, at)
}

/// The start of the run of `part` bytes that ends at `at`: not further than `most`, and not into an escape.
pub(crate) fn run_before(text: &[u8], at: usize, most: usize, part: fn(u8) -> bool) -> usize {
    let mut start = at;
    while start > 0 && at - start < most && part(text[start - 1]) && !ends_escape(text, start) {
        start -= 1;
    }
    start
}

/// The end of the run of `part` bytes that begins at `at`, not further than `most`.
pub(crate) fn run_after(text: &[u8], at: usize, most: usize, part: fn(u8) -> bool) -> usize {
    let rest = &text[at..];
    at + rest.iter().take(most).take_while(|byte| part(**byte)).count()
}

/// Whether an escape ends right before this place: `\n`, `\u0026`, `%3D`, `ESC[1;32m`.
fn ends_escape(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let hex = |count: usize| {
        before.len() > count && before[before.len() - count..].iter().all(u8::is_ascii_hexdigit)
    };
    match before.last() {
        Some(b'n' | b'r' | b't') if before.len() > 1 && before[at - 2] == b'\\' => true,
        Some(b'm') => ends_colour(&before[..at - 1]),
        Some(byte) if byte.is_ascii_hexdigit() => {
            (hex(2) && before[at - 3] == b'%') || (hex(4) && at > 5 && &before[at - 6..at - 4] == b"\\u")
        }
        _ => false,
    }
}

/// Whether this ends in `ESC[` and the numbers of a colour; the ESC may itself be escaped or gone.
fn ends_colour(before: &[u8]) -> bool {
    let numbers =
        before.iter().rev().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    before.len() > numbers && before[before.len() - numbers - 1] == b'['
}

/// How long a line break is that stands here, escaped ones included.
pub(crate) fn line_break(text: &[u8]) -> Option<usize> {
    match text {
        [b'\n' | b'\r', ..] => Some(1),
        [b'\\', ..] => {
            let slashes = text.iter().take(4).take_while(|byte| **byte == b'\\').count();
            matches!(text.get(slashes), Some(b'n' | b'r')).then_some(slashes + 1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_belong_to_the_word_after_them() {
        for before in
            ["", " ", "=", "\\n", "\\\\r", "%3D", "\\u0026", "\u{1b}[32m", "\\u001b[1;31m", "ä", "[0m", "-"]
        {
            let text = format!("{before}word");
            assert!(starts_word(text.as_bytes(), before.len()), "{before:?}");
        }
        for before in ["n", "x3D", "m", "32m", "_", "0026"] {
            let text = format!("{before}word");
            assert!(!starts_word(text.as_bytes(), before.len()), "{before:?}");
        }
    }

    #[test]
    fn line_breaks_may_be_escaped() {
        let lengths = ["\n", "\\n", "\\\\n", "\\t", "n"].map(|text| line_break(text.as_bytes()));
        assert_eq!(lengths, [Some(1), Some(2), Some(3), None, None]);
    }
}
