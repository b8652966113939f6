//! The session that is open: which of its sides is shown, and how far down.

use crate::look::Money;
use crate::story::{Story, Turn};
use crate::view::Lines;

/// A side of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
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

    /// Its place among them, from 0.
    pub(crate) fn number(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }

    /// The side of a number.
    pub(crate) fn numbered(number: u8) -> Self {
        Self::ALL[usize::from(number).min(Self::ALL.len() - 1)]
    }

    /// What is newest stands at its end, and is what one wants to see.
    fn ends_with_now(self) -> bool {
        matches!(self, Self::Timeline | Self::Transcript)
    }

    /// It is made of what was read of the transcript.
    pub(crate) fn is_read(self) -> bool {
        matches!(self, Self::Timeline | Self::Calls | Self::Transcript)
    }
}

/// How far down a side is scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Top {
    /// This line is the first one.
    Line(usize),
    /// The last line is the last one, whatever comes.
    End,
}

/// What a side was like in the last frame.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown {
    /// The first line.
    pub(crate) top: usize,
    /// How many there are.
    pub(crate) all: usize,
    /// How many there was room for.
    pub(crate) room: usize,
}

/// The open session.
#[derive(Debug)]
pub(crate) struct Detail {
    pub(crate) session: String,
    /// What it is called, where no look tells: it does not run.
    pub(crate) name: Option<String>,
    pub(crate) tab: Tab,
    /// As high as the screen.
    pub(crate) full: bool,
    pub(crate) money: Option<Money>,
    /// Why that cannot be had.
    pub(crate) no_money: Option<String>,
    pub(crate) story: Story,
    /// Long texts are shown whole.
    pub(crate) whole: bool,
    pub(crate) shown: Shown,
    /// What was found is to be brought into sight.
    pub(crate) seek: bool,
    /// A place of it was asked for, and not answered yet.
    pub(crate) aimed: bool,
    /// Lines of the story, made when something changes.
    pub(crate) lines: Option<Lines>,
    tops: [Top; Tab::ALL.len()],
}

impl Detail {
    pub(crate) fn new(session: String, agent: Option<String>, tab: Tab, full: bool) -> Self {
        let top = |tab: Tab| if tab.ends_with_now() { Top::End } else { Top::Line(0) };
        Self {
            session,
            name: None,
            tab,
            full,
            money: None,
            no_money: None,
            story: Story::of(agent),
            whole: false,
            seek: false,
            aimed: false,
            shown: Shown::default(),
            lines: None,
            tops: Tab::ALL.map(top),
        }
    }

    pub(crate) fn turn(&mut self, by: isize) {
        let all = Tab::ALL.len();
        let at = self.tab.number().saturating_add_signed(by.rem_euclid(all.cast_signed()));
        self.tab = Tab::ALL[at % all];
    }

    /// Scrolls, and says what has to be read for it.
    pub(crate) fn scroll(&mut self, by: isize) -> Option<Turn> {
        let Shown { top, all, room } = self.shown;
        let last = all.saturating_sub(room);
        let next = top.saturating_add_signed(by).min(last);
        let end = self.tab.ends_with_now() && next == last;
        self.tops[self.tab.number()] = if end { Top::End } else { Top::Line(next) };
        let (earlier, later) = match self.tab {
            Tab::Timeline | Tab::Transcript => (by < 0 && next == 0, by > 0 && next == last),
            Tab::Calls => (by > 0 && next == last, by < 0 && next == 0),
            _ => (false, false),
        };
        let story = &mut self.story;
        let turn = match () {
            () if story.waiting || !story.is_read() => None,
            () if earlier && story.from > 0 => Some(Turn::Before(story.from)),
            () if later && story.to < story.size => Some(Turn::After(story.to)),
            () => None,
        };
        story.waiting |= turn.is_some();
        turn
    }

    /// Goes to the first line of all, or the last, and says what has to be read for it.
    pub(crate) fn go_to_end(&mut self, first: bool) -> Option<Turn> {
        self.tops[self.tab.number()] = if first { Top::Line(0) } else { Top::End };
        let newest = first != self.tab.ends_with_now();
        let story = &mut self.story;
        let there = if newest { story.to >= story.size } else { story.from == 0 };
        if !self.tab.is_read() || story.waiting || !story.is_read() || there {
            return None;
        }
        story.waiting = true;
        Some(if newest { Turn::Last } else { Turn::After(0) })
    }

    /// The first line to show, of so many in so many lines of screen.
    pub(crate) fn top(&mut self, all: usize, room: usize) -> usize {
        let last = all.saturating_sub(room);
        let top = match self.tops[self.tab.number()] {
            Top::Line(line) => line.min(last),
            Top::End => last,
        };
        self.shown = Shown { top, all, room };
        top
    }

    /// Lines came in before those that are shown.
    pub(crate) fn shift(&mut self, lines: usize) {
        if let Top::Line(line) = &mut self.tops[self.tab.number()] {
            *line += lines;
        }
    }

    /// The first line of a row with a text (in small letters) in it.
    pub(crate) fn line_of(&self, row: u64, text: &str) -> Option<usize> {
        let lines = self.lines.as_ref()?;
        lines.lines.iter().enumerate().position(|(number, (at, line))| {
            *at == row
                && !lines.is_date(number)
                && line.iter().any(|(_, part)| part.to_lowercase().contains(text))
        })
    }

    /// The first line of a row, or of what comes after it.
    pub(crate) fn line_from(&self, row: u64) -> Option<usize> {
        self.lines.as_ref()?.lines.iter().position(|(at, _)| *at >= row)
    }

    /// Brings a line to where it is well seen in so many.
    pub(crate) fn show_line(&mut self, line: usize, room: usize) {
        self.tops[self.tab.number()] = Top::Line(line.saturating_sub(room / 3));
    }
}
