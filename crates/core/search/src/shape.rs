//! What of a passage is kept: text without secrets, control characters, what the client added to it, and what is no
//! prose. The rules are those of `docs/cli.md`, "claudectl search".

use std::borrow::Cow;

use claudectl_redact::{redact, reveal, sanitize_block};
use memchr::{memchr, memmem};

use crate::Role;

/// Of what tools were called with and what they answered, so many bytes of the beginning and of the end are kept:
/// what a build complains of stands at its end.
pub const RESULT_ENDS: (usize, usize) = (12 * 1024, 4 * 1024);
/// The same of what people and models wrote.
pub const SPEECH_ENDS: (usize, usize) = (96 * 1024, 32 * 1024);
/// Base64 and the like: so many of its characters in a row are data.
pub const MAX_BLOB: usize = 256;
/// Longer texts with fewer letters than a quarter are numbers, of which so many bytes are kept.
pub const NUMBERS: (usize, usize) = (4096, 1024);

/// Stands for what was left out.
const LEFT_OUT: &str = "…";

/// Adds to `out` the text of a passage as it may be stored, searched and shown.
///
/// All of it is redacted before anything is cut, so that no secret is cut in two and half of it kept.
pub fn shape(role: Role, text: &str, out: &mut String) {
    let mut text = Cow::Borrowed(text);
    let mut step = |step: &dyn Fn(&str) -> Option<String>| {
        if let Some(stepped) = step(&text) {
            text = Cow::Owned(stepped);
        }
    };
    if matches!(role, Role::Prompt | Role::Result) {
        step(&without_reminders);
    }
    if role == Role::Result {
        step(&without_line_numbers);
    }
    step(if role == Role::Call { &revealed } else { &plain });
    step(&redacted);
    step(&without_blobs);
    step(&without_numbers);
    let ends = if matches!(role, Role::Call | Role::Result) { RESULT_ENDS } else { SPEECH_ENDS };
    step(&|text| both_ends(text, ends));
    out.push_str(text.trim_ascii());
}

/// What is shown of a stored text: patterns may have been added since it was stored.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    redact(text).text
}

fn redacted(text: &str) -> Option<String> {
    let redacted = redact(text);
    (!redacted.findings.is_empty()).then(|| redacted.text.into_owned())
}

/// What commands colour is met by its words, not by the colours' numbers.
fn plain(text: &str) -> Option<String> {
    memchr(0x1b, text.as_bytes())?;
    Some(sanitize_block(text).into_owned())
}

/// What a call hides is shown.
fn revealed(text: &str) -> Option<String> {
    match reveal(text) {
        Cow::Owned(shown) => Some(shown),
        Cow::Borrowed(_) => None,
    }
}

/// The client tells the model things at the end of results, the same each time.
fn without_reminders(text: &str) -> Option<String> {
    const START: &str = "<system-reminder>";
    const END: &str = "</system-reminder>";
    memmem::find(text.as_bytes(), START.as_bytes())?;
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(START) {
        kept.push_str(before);
        rest = after.split_once(END).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    Some(kept)
}

/// A file that was read has its lines numbered: `    12→let x;`, `    12<tab>let x;`.
fn without_line_numbers(text: &str) -> Option<String> {
    numbered(text)?;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        kept.push_str(&line[numbered(line).unwrap_or(0)..]);
    }
    Some(kept)
}

/// How long the line's number is, with what stands around it.
fn numbered(line: &str) -> Option<usize> {
    let digits = line.trim_start_matches(' ');
    let after = digits.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let rest = after.strip_prefix('→').or_else(|| after.strip_prefix('\t'))?;
    (after.len() < digits.len() && digits.len() - after.len() < 9).then(|| line.len() - rest.len())
}

/// Without long runs of base64, hexadecimal digits or rulers.
fn without_blobs(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let (mut kept, mut copied, mut at) = (String::new(), 0, MAX_BLOB - 1);
    // So long a run covers one of any so many bytes in a row.
    while let Some(byte) = bytes.get(at) {
        if !is_blob(*byte) {
            at += MAX_BLOB;
            continue;
        }
        let start = at - bytes[copied..at].iter().rev().take_while(|byte| is_blob(**byte)).count();
        let end = at + bytes[at..].iter().take_while(|byte| is_blob(**byte)).count();
        if end - start >= MAX_BLOB {
            kept.push_str(&text[copied..start]);
            kept.push_str(LEFT_OUT);
            copied = end;
        }
        at = end + MAX_BLOB;
    }
    if copied == 0 {
        return None;
    }
    kept.push_str(&text[copied..]);
    Some(kept)
}

const fn is_blob(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
}

/// The beginning of a dump of numbers.
fn without_numbers(text: &str) -> Option<String> {
    let (longer, kept) = NUMBERS;
    if text.len() <= longer {
        return None;
    }
    let letters = text.bytes().filter(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80).count();
    let printed = text.bytes().filter(|byte| *byte > b' ').count();
    (letters * 4 < printed).then(|| format!("{}\n{LEFT_OUT}", &text[..text.floor_char_boundary(kept)]))
}

fn both_ends(text: &str, (head, tail): (usize, usize)) -> Option<String> {
    if text.len() <= head + tail {
        return None;
    }
    let (head, tail) = (text.floor_char_boundary(head), text.ceil_char_boundary(text.len() - tail));
    Some(format!("{}\n{LEFT_OUT}\n{}", &text[..head], &text[tail..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shaped(role: Role, text: &str) -> String {
        let mut out = String::new();
        shape(role, text, &mut out);
        out
    }

    #[test]
    fn what_the_client_adds_goes() {
        let read = "     1→fn main() {\n    12→    let x = 1;\n  13\t}\n99 bottles → of\n\n<system-reminder>\nConsider.\n</system-reminder>\n";
        assert_eq!(shaped(Role::Result, read), "fn main() {\n    let x = 1;\n}\n99 bottles → of");
        assert_eq!(shaped(Role::Reply, "1→x <system-reminder>"), "1→x <system-reminder>");
        assert_eq!(shaped(Role::Prompt, "a<system-reminder>b"), "a");
        assert_eq!(
            shaped(Role::Result, "99 bottles\n1→x"),
            "99 bottles\n1→x",
            "not numbered from its first line"
        );
    }

    #[test]
    fn what_is_no_prose_goes() {
        let blob = "QUJD/+9=".repeat(40);
        assert_eq!(
            shaped(Role::Result, &format!("before {blob} after {blob}\nend")),
            "before … after …\nend"
        );
        assert_eq!(shaped(Role::Prompt, &blob[..MAX_BLOB - 1]), blob[..MAX_BLOB - 1]);
        let numbers = "12.5 1e9\n".repeat(1000);
        assert!(shaped(Role::Result, &numbers).len() < NUMBERS.1 + 10);
        let prose = "error 12 in line 500\n".repeat(300);
        assert_eq!(shaped(Role::Result, &prose), prose.trim_end());
    }

    #[test]
    fn long_texts_keep_both_ends() {
        let long = format!("first {} last", "é word ".repeat(20_000));
        let kept = shaped(Role::Result, &long);
        assert!(kept.starts_with("first ") && kept.ends_with(" last") && kept.contains("\n…\n"));
        assert!(kept.len() <= RESULT_ENDS.0 + RESULT_ENDS.1 + 8);
        assert_eq!(shaped(Role::Reply, &long[..100_000]).len(), 100_000);
    }

    #[test]
    fn colours_go_and_letters_stay() {
        assert_eq!(shaped(Role::Result, "\u{1b}[31merror\u{1b}[0m: x"), "error: x");
    }

    /// What of a text with a secret, and with something before and behind it, is kept.
    fn nothing_is_kept(sample: &claudectl_redact::samples::Sample, before: usize, behind: usize) {
        let text =
            format!("{}\n{}{}", "filler ".repeat(before / 7), sample.text, "\nand more".repeat(behind / 9));
        // What is told by the end of the text is none in the middle of it.
        let whole = redact(&text).text;
        for secret in sample.secrets.iter().filter(|secret| !whole.contains(secret.as_str())) {
            let start = &secret[..secret.floor_char_boundary(12)];
            for role in [Role::Call, Role::Result] {
                assert!(!shaped(role, &text).contains(start), "{}: {:?}", sample.kind, sample.text);
            }
        }
    }

    #[test]
    fn no_secret_of_any_kind_is_kept_wherever_a_text_is_cut() {
        let mut kind = "";
        for sample in claudectl_redact::samples::samples(7) {
            nothing_is_kept(&sample, 0, 0);
            if sample.kind != kind {
                kind = sample.kind;
                nothing_is_kept(&sample, RESULT_ENDS.0 - 10, RESULT_ENDS.1 + 100);
                nothing_is_kept(&sample, RESULT_ENDS.0 - 40, RESULT_ENDS.1 + 100);
            }
        }
    }

    #[test]
    fn what_a_call_hides_is_found_and_shown() {
        let call = "Bash: rm -rf /tmp/\u{1b}[2J\u{202e} evil";
        assert_eq!(shaped(Role::Call, call), r"Bash: rm -rf /tmp/\x1b[2J\u{202e} evil");
        assert_eq!(shaped(Role::Result, "\u{1b}[31mred\u{1b}[0m"), "red", "colours of what is printed go");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "(\\PC{0,30}|[0-9 \u{1b}\\[mé→\n]{0,300}|[A-Za-z0-9+/]{200,600}){0,6}") {
            for role in Role::ALL {
                let once = shaped(role, &text);
                // What a call hides is written out.
                let grown = if role == Role::Call { 4 } else { 1 };
                prop_assert!(once.len() <= grown * text.len() + 64);
            }
        }

        #[test]
        fn no_run_of_data_is_left(runs in prop::collection::vec((1usize..600, 0usize..3), 0..6)) {
            let text: String = runs.iter().map(|&(length, gap)| "A".repeat(length) + &" é".repeat(gap)).collect();
            let kept = without_blobs(&text).unwrap_or(text);
            let longest = kept.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::len).max();
            prop_assert!(longest.unwrap_or(0) < MAX_BLOB);
        }
    }
}
