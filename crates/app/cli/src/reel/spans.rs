//! Coloured text for a terminal of a known width: made harmless, wrapped, cut.

use claudectl_redact::sanitize_line;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Look;
use crate::ui;

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Notice,
    Alarm,
    Name,
    Agent,
    /// A line that was added, and one that was removed: text on a ground of its own.
    Added,
    Removed,
    /// The line at the bottom.
    Bar,
}

impl Ink {
    /// The codes that set it.
    fn codes(self, look: Look) -> &'static str {
        match (self, look) {
            (Self::Plain, _) => "",
            (Self::Strong, _) => "\x1b[1m",
            (Self::Faint, _) => "\x1b[90m",
            (Self::Good, _) => "\x1b[32m",
            (Self::Notice, _) => "\x1b[33m",
            (Self::Alarm, _) => "\x1b[31m",
            (Self::Name, _) => "\x1b[36m",
            (Self::Agent, _) => "\x1b[35m",
            (Self::Added, Look::Dark) => "\x1b[38;2;178;229;170;48;2;24;46;33m",
            (Self::Removed, Look::Dark) => "\x1b[38;2;244;176;176;48;2;58;27;34m",
            (Self::Bar, Look::Dark) => "\x1b[38;2;160;168;180;48;2;33;37;46m",
            (Self::Added, Look::Light) => "\x1b[38;2;20;84;32;48;2;222;244;224m",
            (Self::Removed, Look::Light) => "\x1b[38;2;128;24;24;48;2;251;226;226m",
            (Self::Bar, Look::Light) => "\x1b[38;2;84;90;100;48;2;232;233;229m",
        }
    }
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span(pub(super) Ink, pub(super) String);

/// A line: its pieces, and what its rest is filled with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub(super) spans: Vec<Span>,
    /// Stands at the right end, if there is room.
    pub(super) right: Vec<Span>,
    pub(super) fill: Option<Ink>,
}

impl Line {
    pub(super) fn of(spans: impl IntoIterator<Item = Span>) -> Self {
        Self { spans: spans.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn right(mut self, spans: impl IntoIterator<Item = Span>) -> Self {
        self.right = spans.into_iter().collect();
        self
    }

    pub(super) fn fill(mut self, ink: Ink) -> Self {
        self.fill = Some(ink);
        self
    }

    pub(super) fn width(&self) -> usize {
        self.spans.iter().map(|span| span.1.width()).sum()
    }

    /// The line with its colours, at most so wide.
    pub(super) fn painted(&self, width: usize, look: Look) -> String {
        let right: usize = self.right.iter().map(|span| span.1.width()).sum();
        let right = if right > 0 && right < width / 2 { right + 1 } else { 0 };
        let (mut out, mut used) = (String::new(), 0);
        for Span(ink, text) in &self.spans {
            let text = ui::cut(text, width - right - used);
            out.push_str(&paint(*ink, &text, look));
            used += text.width();
            if used >= width - right {
                break;
            }
        }
        let gap = " ".repeat((width - used).saturating_sub(right.saturating_sub(1)));
        if right > 0 || self.fill.is_some() {
            out.push_str(&paint(self.fill.unwrap_or(Ink::Plain), &gap, look));
        }
        if right > 0 {
            out.extend(self.right.iter().map(|span| paint(span.0, &span.1, look)));
        }
        out
    }

    /// The first so many letters of it.
    pub(super) fn first(&self, letters: usize) -> Self {
        let mut left = letters;
        let mut spans = Vec::new();
        for Span(ink, text) in &self.spans {
            let part: String = text.chars().take(left).collect();
            left -= part.chars().count();
            spans.push(Span(*ink, part));
        }
        Self { spans, right: Vec::new(), fill: self.fill }
    }

    pub(super) fn letters(&self) -> usize {
        self.spans.iter().map(|span| span.1.chars().count()).sum()
    }
}

fn paint(ink: Ink, text: &str, look: Look) -> String {
    match ink.codes(look) {
        "" => text.to_owned(),
        _ if text.is_empty() => String::new(),
        codes => format!("{codes}{text}\x1b[0m"),
    }
}

/// Text from outside for one line: nothing in it commands a terminal, and a tab is four columns at most.
pub(super) fn clean(text: &str) -> String {
    if !text.contains('\t') {
        return sanitize_line(text).into_owned();
    }
    let mut wide = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if letter == '\t' {
            wide.push_str(&"    "[wide.chars().count() % 4..]);
        } else {
            wide.push(letter);
        }
    }
    sanitize_line(&wide).into_owned()
}

/// A text in lines of at most so many columns, broken between words where that is possible; at most so many lines.
pub(super) fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = clean(line);
        let indent: String = line.chars().take_while(|letter| *letter == ' ').take(width / 3).collect();
        let mut current = indent.clone();
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let space = usize::from(current.len() > indent.len());
            if current.width() + space + word.width() > width && space == 1 {
                lines.push(std::mem::replace(&mut current, indent.clone()));
            } else if space == 1 {
                current.push(' ');
            }
            for letter in word.chars() {
                if current.width() + letter.width().unwrap_or(0) > width {
                    lines.push(std::mem::replace(&mut current, indent.clone()));
                }
                current.push(letter);
            }
            if lines.len() > most {
                break;
            }
        }
        lines.push(current);
        if lines.len() > most {
            break;
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = ui::cut(&format!("{last} …"), width);
            if !last.ends_with('…') {
                last.push('…');
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BIDI: char = '\u{202e}';

    fn span(ink: Ink, text: &str) -> Span {
        Span(ink, text.to_owned())
    }

    #[test]
    fn lines_are_painted_and_cut() {
        let line = Line::of([span(Ink::Strong, "abc"), span(Ink::Plain, " defgh")]);
        assert_eq!(line.painted(20, Look::Dark), "\x1b[1mabc\x1b[0m defgh");
        assert_eq!(line.painted(6, Look::Dark), "\x1b[1mabc\x1b[0m d…");
        assert_eq!(
            line.clone().right([span(Ink::Good, "ok")]).painted(14, Look::Dark),
            "\x1b[1mabc\x1b[0m defgh   \x1b[32mok\x1b[0m"
        );
        assert_eq!(line.first(5).painted(20, Look::Dark), "\x1b[1mabc\x1b[0m d");
        let filled = Line::of([span(Ink::Added, "+x")]).fill(Ink::Added).painted(4, Look::Light);
        assert!(filled.contains("+x") && filled.ends_with("  \x1b[0m"));
    }

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrap("one two three four", 9, 9), ["one two", "three", "four"]);
        assert_eq!(wrap("    indented text here", 14, 9), ["    indented", "    text here"]);
        assert_eq!(wrap("abcdefghijklmnop", 8, 9), ["abcdefgh", "ijklmnop"]);
        assert_eq!(wrap("a\nb\nc\nd", 20, 2), ["a", "b …"]);
        assert_eq!(clean("a\tb\t\tc"), "a   b       c");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_the_screen(text in "[a-z 日\u{1b}\u{202e}\n\t]{0,80}", width in 8usize..30, most in 1usize..6) {
            let lines = wrap(&text, width, most);
            prop_assert!(lines.len() <= most);
            for line in lines {
                prop_assert!(line.width() <= width, "{line:?}");
                prop_assert!(!line.chars().any(|letter| letter.is_control() || letter == BIDI));
                let painted = Line::of([Span(Ink::Plain, line)]).right([span(Ink::Plain, "right")]).painted(width, Look::Dark);
                prop_assert!(painted.width() <= width, "{painted:?}");
            }
        }
    }
}
