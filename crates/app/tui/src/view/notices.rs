//! The page of what was told, and of what was not, and why.

use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::spend::{heading, missing};
use crate::dashboard::Dashboard;
use crate::look::{Notice, Outcome, Told};
use crate::text;
use crate::theme::Role;

/// Columns of the time, what came of it, and where.
const TIME: usize = 13;
const OUTCOME: usize = 12;
const SINK: usize = 18;
/// A narrower page tells of a notice in several lines.
const NARROW: usize = 100;

impl Dashboard {
    pub(super) fn notices_page(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let lines = match &self.told {
            Some(told) => self.notices(pen, told, usize::from(area.width)),
            None if self.no_told.is_none() => vec![vec![(Role::Faint, "Reading ...".to_owned())]],
            None => Vec::new(),
        };
        let why = self.no_told.iter().flat_map(|why| missing("the notices cannot be read", why, area.width));
        let lines: Vec<Parts> = why.chain(lines).collect();
        let room = usize::from(area.height);
        self.list_lines = room;
        self.page_top = self.page_top.min(lines.len().saturating_sub(room));
        for (y, line) in (area.y..area.bottom()).zip(&lines[self.page_top..]) {
            pen.parts(Rect { y, height: 1, ..area }, line);
        }
        pen.scrolled(area, self.page_top, lines.len());
    }

    fn notices(&self, pen: &Pen<'_>, told: &Told, width: usize) -> Vec<Parts> {
        let mut lines = vec![
            heading("Who is told, and where"),
            vec![(Role::Plain, format!("  {}", text::clean(&told.leader)))],
        ];
        if told.sinks.is_empty() {
            lines.push(vec![(
                Role::Faint,
                "  nowhere: `claudectl config set notify.desktop true` is a beginning".to_owned(),
            )]);
        }
        for (sink, problem) in &told.sinks {
            let mut parts = vec![(Role::Name, format!("  {}", text::clean(sink)))];
            parts.extend(
                problem.as_ref().map(|why| (Role::Alarm, format!("  cannot work: {}", text::clean(why)))),
            );
            lines.push(parts);
        }
        lines.push(Vec::new());
        lines.push(heading("What was told, the latest first"));
        if told.lines.is_empty() {
            lines.push(vec![(Role::Faint, "  nothing yet; `claudectl notify test` tries each".to_owned())]);
        }
        lines.extend(told.lines.iter().flat_map(|notice| self.notice(pen, notice, width)));
        lines
    }

    fn notice(&self, pen: &Pen<'_>, notice: &Notice, width: usize) -> Vec<Parts> {
        let at = jiff::Timestamp::from_millisecond(notice.at).unwrap_or_default();
        let at = self.options.zone.to_datetime(at).strftime("%m-%d %H:%M").to_string();
        let (role, word) = match notice.outcome {
            Outcome::Sent => (Role::Good, "told"),
            Outcome::Suppressed => (Role::Faint, "not told"),
            Outcome::Failed => (Role::Alarm, "failed"),
            Outcome::Pending => (Role::Notice, "tries again"),
        };
        let reason = notice.reason.as_ref().map(|why| format!(" ({})", text::clean(why))).unwrap_or_default();
        let mut line = vec![
            (Role::Faint, format!("  {}", text::left(&at, TIME, pen.glyphs))),
            (role, text::left(word, OUTCOME, pen.glyphs)),
            (Role::Name, text::left(&text::clean(&notice.sink), SINK, pen.glyphs)),
        ];
        let said = format!("{}{reason}", text::clean(&notice.title));
        let used = 2 + TIME + OUTCOME + SINK + 1;
        if width >= NARROW {
            line.push((Role::Plain, text::cut(&said, width.saturating_sub(used), pen.glyphs)));
            return vec![line];
        }
        // Where there is little room, what was told has lines of its own.
        let said = text::wrap(&said, width.saturating_sub(5).max(10), 3);
        let said = said.into_iter().map(|said| vec![(Role::Plain, format!("    {said}"))]);
        std::iter::once(line).chain(said).collect()
    }
}
