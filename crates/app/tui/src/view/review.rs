//! The page of what is proposed, and of decisions that are worth a look.

use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::spend::{heading, missing};
use crate::dashboard::Dashboard;
use crate::look::{Decided, Proposal, Review};
use crate::text;
use crate::theme::Role;

/// Columns of the time, of what was said and of what is to be done.
const TIME: usize = 13;
const SAID: usize = 9;
const LIKELY: usize = 10;

impl Dashboard {
    pub(super) fn review_page(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let width = usize::from(area.width);
        let (lines, chosen) = match &self.review {
            Some(review) => self.lines_of(pen, review, width),
            None if self.no_review.is_none() => (vec![vec![(Role::Faint, "Reading ...".to_owned())]], None),
            None => (Vec::new(), None),
        };
        let why: Vec<Parts> = self
            .no_review
            .iter()
            .flat_map(|why| missing("proposals cannot be read", why, area.width))
            .collect();
        let chosen = chosen.map(|(from, to)| (from + why.len(), to + why.len()));
        let lines: Vec<Parts> = why.into_iter().chain(lines).collect();
        let room = usize::from(area.height);
        self.list_lines = room;
        // What is chosen is seen as a whole; with the first goes its heading.
        if let Some((from, to)) = chosen {
            let first = if self.reviewed == 0 { 0 } else { from };
            self.page_top = self.page_top.min(first).max(to.saturating_sub(room));
        }
        self.page_top = self.page_top.min(lines.len().saturating_sub(room));
        for ((y, line), at) in (area.y..area.bottom()).zip(&lines[self.page_top..]).zip(self.page_top..) {
            let row = Rect { y, height: 1, ..area };
            pen.parts(row, line);
            if chosen.is_some_and(|(from, to)| (from..to).contains(&at)) {
                pen.restyle(row, pen.theme.chosen());
            }
        }
        pen.scrolled(area, self.page_top, lines.len());
    }

    /// All lines, and from where to where the chosen one is.
    fn lines_of(&self, pen: &Pen<'_>, review: &Review, width: usize) -> (Vec<Parts>, Option<(usize, usize)>) {
        let mut lines = vec![heading("Proposed")];
        let mut chosen = None;
        if review.proposals.is_empty() {
            let nothing = "  nothing: no check, budget or conflict of a running session calls for it";
            lines.push(vec![(Role::Faint, nothing.to_owned())]);
        }
        let mut nth = 0;
        let mut add = |lines: &mut Vec<Parts>, of: Vec<Parts>| {
            let from = lines.len();
            lines.extend(of);
            if nth == self.reviewed {
                chosen = Some((from, lines.len()));
            }
            nth += 1;
        };
        for proposal in &review.proposals {
            add(&mut lines, proposed(pen, proposal, width));
        }
        lines.push(Vec::new());
        lines.push(heading("Decided by itself, or otherwise than you: was the call wanted?"));
        if review.decisions.is_empty() {
            let nothing =
                "  nothing in the last week; `claudectl gate mode auto` lets it answer what it has learned";
            lines.push(vec![(Role::Faint, nothing.to_owned())]);
        }
        for one in &review.decisions {
            add(&mut lines, self.decided(pen, one, width));
        }
        (lines, chosen)
    }

    fn decided(&self, pen: &Pen<'_>, one: &Decided, width: usize) -> Vec<Parts> {
        let at = jiff::Timestamp::from_millisecond(one.at).unwrap_or_default();
        let at = self.options.zone.to_datetime(at).strftime("%m-%d %H:%M").to_string();
        let (role, you) = match one.wanted {
            Some(true) => (Role::Good, "you: wanted"),
            Some(false) => (Role::Alarm, "you: not wanted"),
            None => (Role::Faint, "y / n"),
        };
        let said = if one.silent { one.said.as_str() } else { "asked" };
        let used = 2 + TIME + SAID + LIKELY;
        let call = format!("{}: {}", text::clean(&one.tool), text::clean(&one.summary));
        let (room, short) = (width.saturating_sub(used + text::width(you) + 3), pen.glyphs);
        let line = vec![
            (Role::Faint, format!("  {}", text::left(&at, TIME, short))),
            (if one.silent { Role::Notice } else { Role::Plain }, text::left(said, SAID, short)),
            (Role::Plain, text::left(&one.likely, LIKELY, short)),
            (Role::Name, text::left(&call, room, short)),
            (role, format!(" {you}")),
        ];
        let reason = text::wrap(&text::clean(&one.reason), width.saturating_sub(5).max(10), 2);
        let reason = reason.into_iter().map(|line| vec![(Role::Faint, format!("    {line}"))]);
        std::iter::once(line).chain(reason).collect()
    }
}

fn proposed(pen: &Pen<'_>, proposal: &Proposal, width: usize) -> Vec<Parts> {
    let role = if proposal.urgent { Role::Alarm } else { Role::Notice };
    let end = if proposal.done { (Role::Good, "  done") } else { (Role::Faint, "  y") };
    let room = width.saturating_sub(2 + SAID + text::width(end.1));
    let line = vec![
        (role, format!("  {}", text::left(proposal.deed, SAID, pen.glyphs))),
        (Role::Name, text::cut(&text::clean(&proposal.title), room, pen.glyphs)),
        (end.0, end.1.to_owned()),
    ];
    let told = proposal.message.iter().map(|message| (Role::Faint, format!("it would be told: {message}")));
    let below = std::iter::once((Role::Plain, proposal.reason.clone())).chain(told);
    let below = below.flat_map(|(role, said)| {
        let lines = text::wrap(&text::clean(&said), width.saturating_sub(5).max(10), 3);
        lines.into_iter().map(move |line| vec![(role, format!("    {line}"))])
    });
    std::iter::once(line).chain(below).collect()
}
