//! Texts of which only a part is kept, or only a part is there.
//!
//! A part of a secret may not be known for one. So a text that is shortened is redacted before ([`redact_start`]), and what
//! was cut already, because no more of it was read, loses what stands at the cut ([`without_torn_end`],
//! [`without_torn_start`]).

use std::borrow::Cow;

use crate::context::armour_end;
use crate::find;

/// So many bytes behind what is kept of a text are looked at. What begins a longer secret is known for one without its end.
pub const LONGEST: usize = 4096;

/// The beginning of a text without its credentials: what its first `most` bytes become. One that begins in them is masked
/// as a whole, wherever it ends. However long the text is, no more than [`LONGEST`] bytes behind these are looked at.
///
/// ```
/// let text = "use ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R for it";
/// assert_eq!(claudectl_redact::redact_start(text, 20), "use [redacted:github-token]");
/// assert_eq!(claudectl_redact::redact_start(text, 3), "use");
/// ```
#[must_use]
pub fn redact_start(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return crate::redact(text).text;
    }
    let seen = &text[..text.floor_char_boundary(most.saturating_add(LONGEST))];
    let (mut found, end) = (find::findings(seen), text.floor_char_boundary(most));
    found.truncate(found.partition_point(|finding| finding.range.start < end));
    let end = found.last().map_or(end, |last| last.range.end.max(end));
    if found.is_empty() { Cow::Borrowed(&text[..end]) } else { Cow::Owned(find::mask(&text[..end], &found)) }
}

/// A text whose end is missing, without the word, or the quotation, that it was cut in.
///
/// ```
/// use claudectl_redact::without_torn_end;
/// assert_eq!(without_torn_end("bad key ghp_7kQ2mZ9x"), "bad key ");
/// assert_eq!(without_torn_end("password 'correct horse"), "password ");
/// ```
#[must_use]
pub fn without_torn_end(text: &str) -> &str {
    let line = text.rfind('\n').map_or(0, |at| at + 1);
    let opened = ['"', '\'', '`'].into_iter().filter_map(|quote| {
        let quotes = text[line..].matches(quote).count();
        text[line..].rfind(quote).filter(|_| quotes % 2 == 1).map(|at| line + at)
    });
    let blank = text.char_indices().rev().find(|(_, letter)| letter.is_whitespace());
    let word = blank.map_or(0, |(at, letter)| at + letter.len_utf8());
    &text[..opened.fold(word, usize::min)]
}

/// A text whose beginning is missing, without the line that it was cut in, for what stood before tells what follows, and
/// without the rest of a private key.
///
/// ```
/// assert_eq!(claudectl_redact::without_torn_start("rd=hunter2 x\nnext"), "next");
/// assert_eq!(claudectl_redact::without_torn_start("4VwYs6Nc for it"), "");
/// ```
#[must_use]
pub fn without_torn_start(text: &str) -> &str {
    let lines = text.split_once('\n').map_or("", |(_, lines)| lines);
    &lines[key_end(lines)..]
}

/// Where the rest of a private key ends that a text begins with; 0 where there is none.
fn key_end(text: &str) -> usize {
    let end = armour_end(text.as_bytes(), 0).unwrap_or(0);
    // Its last line may be too short to be known for one.
    let closed = text.find("-----END").filter(|at| {
        let (before, behind) = text.split_at(*at);
        let label = behind.lines().next().unwrap_or_default();
        !before.contains("-----BEGIN") && label.contains("PRIVATE KEY")
    });
    let line = |at: usize| text[at..].find('\n').map_or(text.len(), |length| at + length + 1);
    closed.map_or(end, line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact;
    use crate::samples::{Made, Sample, samples};

    /// Places in a text: each one of a short one.
    fn places(text: &str) -> impl Iterator<Item = usize> {
        let places = (1..text.len()).step_by(1 + text.len() / 20);
        places.filter(|at| text.is_char_boundary(*at))
    }

    #[track_caller]
    fn is_clean(sample: &Sample, kept: &str) {
        let part = sample.part_in(kept);
        assert!(part.is_none(), "{}: {part:?} of {:?} in {kept:?}", sample.kind, sample.text);
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_text_is_shortened() {
        for sample in samples(7) {
            for (filler, more) in [("word ", 0), (" ", LONGEST / 5)] {
                let before = filler.repeat(40);
                let text = format!("{before}\n{}\n{}", sample.text, "more ".repeat(more));
                if sample.part_in(&redact(&text).text).is_some() {
                    // It is told by the end of the text, or by its beginning.
                    continue;
                }
                for most in places(&sample.text) {
                    is_clean(&sample, &redact_start(&text, before.len() + 1 + most));
                }
            }
        }
    }

    #[test]
    fn what_is_shortened_is_what_it_was() {
        let token = Made(7).expand("ghp_{a36}");
        let text = format!("ä {token} b {token}");
        assert_eq!(redact_start(&text, 1), "", "a character is not cut");
        assert_eq!(redact_start(&text, 3), "ä ");
        for most in 4..44 {
            assert_eq!(redact_start(&text, most), "ä [redacted:github-token]", "{most}");
        }
        assert_eq!(redact_start(&text, 46), "ä [redacted:github-token] b ");
        assert_eq!(redact_start(&text, usize::MAX), redact(&text).text);
        assert!(matches!(redact_start("nothing in it", 4), Cow::Borrowed("noth")));
    }

    #[test]
    fn a_secret_longer_than_what_is_looked_at_is_masked() {
        let key = format!(
            "-----BEGIN PRIVATE {}-----\n{}",
            "KEY",
            Made(7).expand("{b64}\n").repeat(4 * LONGEST / 64)
        );
        let text = format!("before {key} behind");
        assert_eq!(redact_start(&text, 90), "before [redacted:private-key]");
    }

    #[test]
    fn no_part_of_a_secret_is_left_where_a_text_was_cut() {
        for sample in samples(7) {
            for secret in &sample.secrets {
                let at = sample.text.find(secret).unwrap();
                for place in places(secret).map(|place| at + place) {
                    let (begun, rest) = sample.text.split_at(place);
                    is_clean(&sample, &redact(without_torn_end(begun)).text);
                    let ends = format!("{rest}\nthe last line");
                    is_clean(&sample, &redact(without_torn_start(&ends)).text);
                }
            }
        }
    }

    #[test]
    fn what_was_cut_loses_no_more_than_it_must() {
        for (text, left) in [
            ("", ""),
            ("word", ""),
            ("it is cu", "it is "),
            ("it ended ", "it ended "),
            ("say 'hello' and 'good", "say 'hello' and "),
            ("it's\nfine no", "it's\nfine "),
        ] {
            assert_eq!(without_torn_end(text), left);
        }
        for (text, left) in [
            ("", ""),
            ("rn line\nfirst\nsecond\n", "first\nsecond\n"),
            (
                "n\n-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\ny",
                "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\ny",
            ),
            ("Lm==\nx9==\n-----END RSA PRIVATE KEY-----\ny", "y"),
        ] {
            assert_eq!(without_torn_start(text), left);
        }
    }
}
