//! The signs that are drawn, for terminals that show them and for those that show only ASCII.

use claudectl_fleet::status::State;

/// Which signs the terminal can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Unicode: blocks, lines and dots.
    #[default]
    Full,
    /// Seven bits.
    Ascii,
}

/// Of a sparkline and of bars that end within a cell, from nothing to full.
const LEVELS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PARTS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
const ASCII_LEVELS: [&str; 9] = [" ", ".", ".", ":", "-", "=", "+", "*", "#"];

/// Signs of ours that come with texts, and what stands for each where only ASCII is shown.
const IN_TEXTS: [(&str, &str); 7] =
    [("⏎", "\\"), ("…", "~"), ("→", ">"), ("·", "|"), ("─", "-"), ("▸", ">"), ("▾", "v")];

/// What stands for a character that is not in ASCII, in each of its cells.
#[must_use]
pub(crate) fn ascii(symbol: &str) -> &'static str {
    IN_TEXTS.iter().find(|(full, _)| *full == symbol).map_or("?", |(_, ascii)| ascii)
}

impl Glyphs {
    fn pick(self, full: &'static str, ascii: &'static str) -> &'static str {
        match self {
            Self::Full => full,
            Self::Ascii => ascii,
        }
    }

    /// A state's sign.
    #[must_use]
    pub fn sign(self, state: State) -> &'static str {
        match (self, state) {
            (Self::Full, _) => state.sign(),
            (_, State::Error | State::Stalled) => "x",
            (_, State::Waiting) => "o",
            (_, State::Working) => "*",
            (_, State::Background) => "+",
            (_, State::Idle) => ".",
            (_, _) => state.sign(),
        }
    }

    /// Before the chosen line.
    #[must_use]
    pub fn chosen(self) -> &'static str {
        self.pick("▶", ">")
    }

    /// Where a text was cut.
    #[must_use]
    pub fn ellipsis(self) -> &'static str {
        self.pick("…", "~")
    }

    /// Before a child that others follow, and before the last.
    #[must_use]
    pub fn branch(self, last: bool) -> &'static str {
        if last { self.pick("└─", "`-") } else { self.pick("├─", "|-") }
    }

    /// A line from left to right.
    #[must_use]
    pub fn line(self) -> &'static str {
        self.pick("─", "-")
    }

    /// Where lines meet: upper left, upper right, lower left, lower right.
    #[must_use]
    pub(crate) fn corners(self) -> [&'static str; 4] {
        [("┌", "+"), ("┐", "+"), ("└", "+"), ("┘", "+")].map(|(full, ascii)| self.pick(full, ascii))
    }

    /// Between things in one line.
    #[must_use]
    pub fn dot(self) -> &'static str {
        self.pick("·", "|")
    }

    /// Sorted downwards, or upwards.
    #[must_use]
    pub fn sorted(self, up: bool) -> &'static str {
        if up { self.pick("▲", "^") } else { self.pick("▼", "v") }
    }

    /// Something can be opened, or is open.
    #[must_use]
    pub fn folded(self, open: bool) -> &'static str {
        // No plus: behind a session that stands for subagents that run.
        if open { self.pick("▾", "v") } else { self.pick("▸", ">") }
    }

    /// A success, and a failure.
    #[must_use]
    pub fn outcome(self, good: bool) -> &'static str {
        if good { self.pick("✓", "ok") } else { self.pick("✗", "x") }
    }

    /// Values from 0 to 1 as one cell each. What is more than nothing is seen.
    pub fn spark(self, values: impl IntoIterator<Item = f64>) -> String {
        let levels = if self == Self::Full { &LEVELS } else { &ASCII_LEVELS };
        values.into_iter().map(|value| levels[step(value)]).collect()
    }

    /// A bar of `cells`, filled to a part from 0 to 1. What is more than nothing is seen.
    #[must_use]
    pub fn bar(self, part: f64, cells: usize) -> String {
        let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
        match self {
            Self::Full => {
                let eighths = eighths(part, cells);
                let mut bar = "█".repeat(eighths / 8);
                if !eighths.is_multiple_of(8) {
                    bar.push_str(PARTS[eighths % 8]);
                }
                bar
            }
            Self::Ascii => "#".repeat(eighths(part, cells).div_ceil(8)),
        }
    }

    /// A part of the bar that shows how far something is scrolled: where one is, or not.
    #[must_use]
    pub(crate) fn bar_of_scroll(self, here: bool) -> &'static str {
        if here { self.pick("┃", "#") } else { self.pick("│", "|") }
    }

    /// A thin bar of `cells` with what is not filled of it: the filled part, and the rest.
    #[must_use]
    pub(crate) fn thin_bar(self, part: f64, cells: usize) -> (String, String) {
        let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
        let halves = eighths(part, cells).div_ceil(4);
        let mut filled = self.pick("━", "#").repeat(halves / 2);
        if halves % 2 == 1 {
            filled.push_str(self.pick("╸", "#"));
        }
        let rest = cells.saturating_sub(halves.div_ceil(2));
        (filled, self.pick("─", ".").repeat(rest))
    }

    /// Between bars with time between them in which nothing was.
    #[must_use]
    pub fn gap(self) -> &'static str {
        self.pick("┆", ":")
    }

    /// What stands behind the filled part of a bar.
    #[must_use]
    pub fn track(self) -> &'static str {
        self.pick("░", ".")
    }
}

/// One of nine, and never the first for what is more than nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 8")]
fn step(value: f64) -> usize {
    if value.is_nan() || value <= 0.0 { 0 } else { ((value * 8.0).ceil().clamp(1.0, 8.0)) as usize }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a screen's width"
)]
fn eighths(part: f64, cells: usize) -> usize {
    let all = cells * 8;
    let filled = (part * all as f64).round() as usize;
    if part > 0.0 { filled.clamp(1, all.max(1)) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_by_eighths_and_show_the_least() {
        let bar = |part| Glyphs::Full.bar(part, 4);
        assert_eq!([bar(0.0), bar(0.001), bar(0.5), bar(0.53), bar(1.0)], ["", "▏", "██", "██▏", "████"]);
        assert_eq!([bar(7.0), bar(-1.0), bar(f64::NAN)], ["████", "", ""]);
        assert_eq!(Glyphs::Ascii.bar(0.53, 4), "###");
    }

    #[test]
    fn thin_bars_fill_by_halves() {
        let bar = |part| Glyphs::Full.thin_bar(part, 4);
        let expected = [("", "────"), ("╸", "───"), ("━━", "──"), ("━━╸", "─"), ("━━━━", "")];
        let made = [0.0, 0.01, 0.5, 0.6, 1.0].map(bar);
        assert_eq!(made, expected.map(|(filled, rest)| (filled.to_owned(), rest.to_owned())));
        assert_eq!(Glyphs::Ascii.thin_bar(0.6, 4), ("###".to_owned(), ".".to_owned()));
    }

    #[test]
    fn sparklines() {
        assert_eq!(Glyphs::Full.spark([0.0, 0.001, 0.5, 1.0, 2.0, f64::NAN]), " ▁▄██ ");
        assert_eq!(Glyphs::Ascii.spark([0.0, 0.5, 1.0]), " -#");
    }

    #[test]
    fn ascii_is_ascii() {
        for state in State::ALL {
            assert!(Glyphs::Ascii.sign(state).is_ascii(), "{state:?}");
        }
        let all = [Glyphs::chosen, Glyphs::ellipsis, Glyphs::line, Glyphs::dot, Glyphs::track, Glyphs::gap];
        assert!(all.iter().all(|sign| sign(Glyphs::Ascii).is_ascii()));
        let both = [Glyphs::branch, Glyphs::sorted, Glyphs::folded, Glyphs::outcome];
        assert!(
            both.iter()
                .all(|sign| sign(Glyphs::Ascii, true).is_ascii() && sign(Glyphs::Ascii, false).is_ascii())
        );
        assert!(Glyphs::Ascii.spark((0..=8).map(|n| f64::from(n) / 8.0)).is_ascii());
    }
}
