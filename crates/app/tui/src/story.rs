//! What was said in the open session: the pages of it that were read, and what is looked for in them.

use std::collections::VecDeque;

use claudectl_fleet::beat::Beat;

/// Some rows of a transcript, as they were read.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The session.
    pub session: String,
    /// The subagent whose transcript it is.
    pub agent: Option<String>,
    /// Where its first row begins in the file.
    pub from: u64,
    /// Where its last row ends.
    pub to: u64,
    /// How long the file was.
    pub size: u64,
    /// What happened, each with where its row begins.
    pub beats: Vec<(u64, Beat)>,
    /// The row that was looked for.
    pub found: Option<u64>,
}

/// Which rows are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The last ones.
    Last,
    /// Those before an offset.
    Before(u64),
    /// Those from an offset on.
    After(u64),
    /// Those around the nearest row with a text, from an offset towards the beginning of the file, or its end.
    Find {
        /// The text.
        text: String,
        /// Where to begin.
        from: u64,
        /// Towards the beginning.
        back: bool,
    },
    /// Those around the row that was written at a moment, with a text in it.
    At {
        /// The moment, milliseconds since the epoch; 0 where nothing says.
        at: i64,
        /// The text.
        text: String,
    },
    /// None: what is being looked for is given up.
    GiveUp,
}

/// So many pages are kept; those that are furthest away go first.
const PAGES: usize = 6;

/// A text that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) text: String,
    /// The row that was found last.
    pub(crate) at: Option<u64>,
    /// How far a search has come that runs: the offset.
    pub(crate) running: Option<u64>,
}

/// How a page was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It stands alone.
    Alone,
    /// Before what was there.
    Before,
    /// After it.
    After,
}

/// The pages.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// The subagent whose transcript is read; `None` for the session's own.
    pub(crate) agent: Option<String>,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) size: u64,
    pub(crate) beats: VecDeque<(u64, Beat)>,
    /// The pages: where each begins and ends.
    pages: VecDeque<(u64, u64)>,
    /// Counts the changes.
    pub(crate) version: u64,
    /// A page was asked for.
    pub(crate) waiting: bool,
    /// Rows were written after what was read.
    pub(crate) behind: bool,
    /// Nothing can be read, and why.
    pub(crate) gone: Option<String>,
    pub(crate) search: Option<Search>,
}

impl Story {
    pub(crate) fn of(agent: Option<String>) -> Self {
        Self { agent, waiting: true, ..Self::default() }
    }

    /// Something was read.
    pub(crate) fn is_read(&self) -> bool {
        self.version > 0
    }

    pub(crate) fn take(&mut self, page: Page) -> Taken {
        self.waiting = false;
        self.gone = None;
        self.size = page.size;
        let bounds = (page.from, page.to);
        let adjoins_end = self.is_read() && page.from == self.to && page.found.is_none();
        let adjoins_start = self.is_read() && page.to == self.from && page.found.is_none();
        if adjoins_end && page.to == page.from {
            return Taken::After;
        }
        self.version += 1;
        let taken = if adjoins_end {
            self.pages.push_back(bounds);
            self.beats.extend(page.beats);
            Taken::After
        } else if adjoins_start {
            self.pages.push_front(bounds);
            for beat in page.beats.into_iter().rev() {
                self.beats.push_front(beat);
            }
            Taken::Before
        } else {
            self.pages = VecDeque::from([bounds]);
            self.beats = page.beats.into();
            Taken::Alone
        };
        self.trim(taken);
        self.from = self.pages.front().map_or(0, |page| page.0);
        self.to = self.pages.back().map_or(0, |page| page.1);
        taken
    }

    fn trim(&mut self, taken: Taken) {
        while self.pages.len() > PAGES {
            if taken == Taken::Before {
                self.pages.pop_back();
                let end = self.pages.back().map_or(0, |page| page.1);
                while self.beats.back().is_some_and(|(at, _)| *at >= end) {
                    self.beats.pop_back();
                }
            } else {
                self.pages.pop_front();
                let start = self.pages.front().map_or(0, |page| page.0);
                while self.beats.front().is_some_and(|(at, _)| *at < start) {
                    self.beats.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::beat::What;

    use super::*;

    fn page(from: u64, to: u64) -> Page {
        let beat = Beat { at: None, copied: false, what: What::Text(format!("{from}")) };
        Page { from, to, size: 1_000, beats: vec![(from, beat)], ..Page::default() }
    }

    fn places(story: &Story) -> Vec<u64> {
        story.beats.iter().map(|(at, _)| *at).collect()
    }

    #[test]
    fn pages_that_adjoin_are_read_on_and_others_stand_alone() {
        let mut story = Story::of(None);
        assert!(!story.is_read() && story.waiting);
        assert_eq!(story.take(page(50, 60)), Taken::Alone);
        assert_eq!(story.take(page(40, 50)), Taken::Before);
        assert_eq!(story.take(page(60, 70)), Taken::After);
        assert_eq!((places(&story), story.from, story.to), (vec![40, 50, 60], 40, 70));
        assert_eq!(story.take(page(10, 20)), Taken::Alone);
        assert_eq!((places(&story), story.from, story.to), (vec![10], 10, 20));
    }

    #[test]
    fn nothing_new_changes_nothing() {
        let mut story = Story::of(None);
        story.take(page(50, 60));
        let version = story.version;
        story.take(Page { beats: Vec::new(), ..page(60, 60) });
        assert_eq!((story.version, places(&story)), (version, vec![50]));
    }

    #[test]
    fn what_is_far_away_is_let_go() {
        let mut story = Story::of(None);
        for at in 0..20 {
            story.take(page(at * 10, at * 10 + 10));
        }
        assert_eq!((story.from, story.to, places(&story).len()), (140, 200, PAGES));
        for at in (0..14).rev() {
            story.take(page(at * 10, at * 10 + 10));
        }
        assert_eq!((story.from, story.to, places(&story).len()), (0, 60, PAGES));
    }
}
