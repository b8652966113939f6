//! The session that is open: which of its sides is shown, and how far down.

use crate::look::Money;

/// A side of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// What it is and does.
    #[default]
    Overview,
    /// What happened when.
    Timeline,
    /// The latest calls.
    Calls,
    /// The files it changed.
    Files,
    /// What it cost, by model and by hour.
    Cost,
    /// How it fares.
    Health,
    /// What was said.
    Transcript,
}

impl Tab {
    /// Every side, in their order on the screen.
    pub(crate) const ALL: [Self; 7] = [
        Self::Overview,
        Self::Timeline,
        Self::Calls,
        Self::Files,
        Self::Cost,
        Self::Health,
        Self::Transcript,
    ];

    /// Its title.
    #[must_use]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Timeline => "timeline",
            Self::Calls => "calls",
            Self::Files => "files",
            Self::Cost => "cost",
            Self::Health => "health",
            Self::Transcript => "transcript",
        }
    }

    fn number(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}

/// The open session.
#[derive(Debug)]
pub(crate) struct Detail {
    pub(crate) session: String,
    pub(crate) tab: Tab,
    /// As high as the screen.
    pub(crate) full: bool,
    pub(crate) money: Option<Money>,
    /// Lines that the last frame had room for.
    pub(crate) lines: usize,
    tops: [usize; Tab::ALL.len()],
}

impl Detail {
    pub(crate) fn new(session: String, tab: Tab, full: bool) -> Self {
        Self { session, tab, full, money: None, lines: 0, tops: [0; Tab::ALL.len()] }
    }

    pub(crate) fn turn(&mut self, by: isize) {
        let all = Tab::ALL.len();
        let at = self.tab.number().saturating_add_signed(by.rem_euclid(all.cast_signed()));
        self.tab = Tab::ALL[at % all];
    }

    pub(crate) fn scroll(&mut self, by: isize) {
        let top = &mut self.tops[self.tab.number()];
        *top = top.saturating_add_signed(by);
    }

    /// The first line to show, of so many in so many lines of screen.
    pub(crate) fn top(&mut self, lines: usize, room: usize) -> usize {
        self.lines = room;
        let top = &mut self.tops[self.tab.number()];
        *top = (*top).min(lines.saturating_sub(room));
        *top
    }
}
