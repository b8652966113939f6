//! The page that searches all transcripts: what was found, and which of it is chosen.

use crate::look::{Found, FoundIn, Passage};

/// The page.
#[derive(Debug, Default)]
pub(crate) struct Searching {
    /// What is looked for.
    pub(crate) query: String,
    /// Nothing has been answered to that yet.
    pub(crate) waiting: bool,
    pub(crate) found: Option<Found>,
    /// The passage that is chosen, counted over all sessions.
    pub(crate) at: usize,
    /// The first line on the screen.
    pub(crate) top: usize,
}

/// A line of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// Between two sessions.
    Blank,
    /// A session, by its place.
    Session(usize),
    /// A line of a passage: the session's place, the passage's in it, the line's in that, and the passage's among all.
    Line(usize, usize, usize, usize),
}

impl Searching {
    /// An answer came. What is chosen stays chosen where it is found again.
    pub(crate) fn take(&mut self, found: Found) {
        if found.query != self.query {
            return;
        }
        let chosen = self.chosen().map(|(of, passage)| (of.session.clone(), passage.clone()));
        let mut all = passages(&found);
        let again = chosen.and_then(|(session, passage)| {
            all.position(|(of, other)| of.session == session && *other == passage)
        });
        drop(all);
        self.at = again.unwrap_or(0);
        self.waiting = false;
        self.found = Some(found);
    }

    /// Looks for something else.
    pub(crate) fn begin(&mut self, query: String) {
        *self = Self { query, waiting: true, ..Self::default() };
    }

    /// The session and the passage that are chosen.
    pub(crate) fn chosen(&self) -> Option<(&FoundIn, &Passage)> {
        passages(self.found.as_ref()?).nth(self.at)
    }

    /// Goes so many passages down, or up.
    pub(crate) fn go(&mut self, by: isize) {
        let all = self.found.as_ref().map_or(0, |found| passages(found).count());
        self.at = self.at.saturating_add_signed(by).min(all.saturating_sub(1));
    }

    /// The lines.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut number = 0;
        for (session, of) in self.found.iter().flat_map(|found| found.of.iter().enumerate()) {
            if session > 0 {
                rows.push(Row::Blank);
            }
            rows.push(Row::Session(session));
            for (passage, one) in of.shown.iter().enumerate() {
                let lines = one.lines.len().max(1);
                rows.extend((0..lines).map(|line| Row::Line(session, passage, line, number)));
                number += 1;
            }
        }
        rows
    }

    /// The first line to show in so many, so that what is chosen is seen, with its session where there is room.
    pub(crate) fn scroll(&mut self, rows: &[Row], room: usize) {
        let is_chosen = |row: &Row| matches!(row, Row::Line(.., number) if *number == self.at);
        let first = rows.iter().position(is_chosen).unwrap_or(0);
        let last = rows.iter().rposition(is_chosen).unwrap_or(first);
        let head = first - usize::from(first > 0 && matches!(rows.get(first - 1), Some(Row::Session(_))));
        self.top = self.top.min(head).max((last + 1).saturating_sub(room)).min(first);
        self.top = self.top.min(rows.len().saturating_sub(room));
    }
}

fn passages(found: &Found) -> impl Iterator<Item = (&FoundIn, &Passage)> {
    found.of.iter().flat_map(|of| of.shown.iter().map(move |passage| (of, passage)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(session: &str, texts: &[&str]) -> FoundIn {
        let passage = |text: &&str| Passage {
            lines: vec![vec![("a ".to_owned(), false), ((*text).to_owned(), true)]],
            ..Passage::default()
        };
        FoundIn {
            session: session.to_owned(),
            shown: texts.iter().map(passage).collect(),
            ..FoundIn::default()
        }
    }

    fn found(query: &str, of: Vec<FoundIn>) -> Found {
        Found { query: query.to_owned(), of, ..Found::default() }
    }

    fn marked(page: &Searching) -> Option<(&str, &str)> {
        page.chosen().and_then(|(of, passage)| Some((of.session.as_str(), passage.mark()?)))
    }

    #[test]
    fn what_is_chosen_stays_so_when_more_is_found() {
        let mut page = Searching::default();
        page.begin("q".to_owned());
        page.take(found("q", vec![of("a", &["one", "two"]), of("b", &["three"])]));
        page.go(1);
        assert_eq!(marked(&page), Some(("a", "two")));
        page.take(found("q", vec![of("c", &["zero"]), of("a", &["one", "two"])]));
        assert_eq!((marked(&page), page.at), (Some(("a", "two")), 2));
        page.take(found("other", Vec::new()));
        assert_eq!(marked(&page), Some(("a", "two")), "the answer to another question");
        page.take(found("q", vec![of("c", &["zero"])]));
        assert_eq!(marked(&page), Some(("c", "zero")));
        page.go(isize::MAX);
        page.go(isize::MIN);
        assert_eq!(page.at, 0);
    }

    #[test]
    fn what_is_chosen_is_seen_with_its_session() {
        let mut page = Searching::default();
        page.begin("q".to_owned());
        page.take(found("q", vec![of("a", &["1", "2", "3"]), of("b", &["4", "5"])]));
        let rows = page.rows();
        assert_eq!(rows.len(), 8);
        for (by, top) in [(0, 0), (2, 0), (1, 3), (1, 4), (-1, 4), (-3, 0)] {
            page.go(by);
            page.scroll(&rows, 4);
            assert_eq!(page.top, top, "after {by}, at {}", page.at);
        }
        page.scroll(&rows, 1);
        assert_eq!(page.top, 1, "the passage itself where there is room for one line");
    }
}
