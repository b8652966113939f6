//! The page that searches all transcripts: what is looked for, and what was found, by session.

use claudectl_fleet::format;
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use crate::dashboard::{Dashboard, Hit, find};
use crate::keys::Place;
use crate::look::{Found, FoundIn, Passage};
use crate::search::Row;
use crate::text;
use crate::theme::Role;

/// Columns of who said it, and of when.
const WHO: usize = 9;
const WHEN: usize = 12;
/// A screen narrower than this has no room for when.
const NARROW: usize = 60;
/// From so many columns on, the year is told.
const WITH_YEAR: usize = 100;
/// Of a line that is cut, so much stands before what was found.
const BEFORE: usize = 3;

/// What can be typed.
const HINTS: [(&str, &str); 5] = [
    ("token refresh", "both words, in one prompt, reply, call or result"),
    ("\"token refresh\"", "one after the other"),
    ("refresh*", "all that begins so"),
    ("token -test", "without a word"),
    ("token OR cookie", "the one or the other"),
];

impl Dashboard {
    /// Says where the cursor goes.
    pub(super) fn search_page(&mut self, pen: &mut Pen<'_>, area: Rect) -> Option<(u16, u16)> {
        let line = Rect { height: 1, ..area };
        let x = pen.text(line, Role::Key, "search: ");
        let rest = Rect { x, width: area.right().saturating_sub(x), ..line };
        let cursor = match self.typing.as_ref().filter(|typing| typing.place == Place::Search) {
            Some(typing) => Some(pen.typed(rest, &typing.line)),
            None => {
                pen.text(rest, Role::Strong, &text::clean(&self.searching.query));
                None
            }
        };
        if area.height > 1 {
            let state = self.search_state(pen.glyphs.dot());
            pen.parts(Rect { y: area.y + 1, ..line }, &state);
        }
        let space = u16::from(area.height > 6);
        let list = Rect { y: area.y + 2 + space, height: area.height.saturating_sub(2 + space), ..area };
        self.list_lines = usize::from(list.height);
        if self.searching.query.is_empty() {
            hints(pen, list);
        } else {
            self.passages(pen, list);
        }
        cursor
    }

    /// How much was found, and how much cannot be found yet.
    fn search_state(&self, dot: &str) -> Parts {
        let page = &self.searching;
        let mut parts = Parts::new();
        match &page.found {
            _ if page.waiting => parts.push((Role::Faint, "searching ...".to_owned())),
            Some(found) if page.query.is_empty() && found.behind == 0 => {
                parts.push((
                    Role::Faint,
                    "all that was said, called and answered; past sessions, too".to_owned(),
                ));
            }
            Some(found) if !page.query.is_empty() => parts.extend(count(found)),
            Some(_) | None => {}
        }
        if let Some(found) = page.found.as_ref().filter(|found| found.behind > 0) {
            if !parts.is_empty() {
                parts.push((Role::Faint, format!(" {dot} ")));
            }
            let how = if found.taking { "being taken in" } else { "r tries again" };
            let lag = format!("{} of transcripts are not searched yet: {how}", format::bytes(found.behind));
            parts.push((Role::Notice, lag));
        }
        parts
    }

    fn passages(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let rows = self.searching.rows();
        let room = usize::from(area.height);
        self.searching.scroll(&rows, room);
        let (top, at) = (self.searching.top, self.searching.at);
        let Some(found) = self.searching.found.take() else { return };
        for (y, row) in (area.y..area.bottom()).zip(&rows[top..]) {
            let place = Rect { y, height: 1, ..area };
            match *row {
                Row::Blank => {}
                Row::Session(session) => {
                    let of = &found.of[session];
                    let runs = self.look.as_ref().and_then(|look| find(look, &of.session));
                    pen.parts(place, &heading(of, runs.and_then(|session| session.name.as_deref())));
                }
                Row::Line(session, passage, line, number) => {
                    let parts =
                        self.passage(pen, &found.of[session].shown[passage], line, usize::from(area.width));
                    let place = Rect { width: area.width.saturating_sub(1), ..place };
                    pen.parts(place, &parts);
                    if number == at {
                        let glyph = pen.glyphs.chosen();
                        pen.text(
                            Rect { width: 1, ..place },
                            Role::Strong,
                            if line == 0 { glyph } else { " " },
                        );
                        pen.restyle_but(place, pen.theme.chosen(), Role::Match);
                    }
                    self.hits.push((place, Hit::Passage(number)));
                }
            }
        }
        pen.scrolled(area, top, rows.len());
        self.searching.found = Some(found);
    }

    /// A line of a passage.
    fn passage(&self, pen: &Pen<'_>, passage: &Passage, line: usize, width: usize) -> Parts {
        let (when, form) = match width {
            ..NARROW => (0, ""),
            NARROW..WITH_YEAR => (WHEN, "%m-%d %H:%M"),
            _ => (WHEN + 5, "%Y-%m-%d %H:%M"),
        };
        let before = 2 + when + WHO;
        let mut parts = Parts::new();
        if line == 0 {
            let at = jiff::Timestamp::from_millisecond(passage.at).ok().filter(|_| passage.at > 0);
            let at = at.map(|at| self.options.zone.to_datetime(at).strftime(form).to_string());
            parts.push((Role::Faint, format!("  {}", text::left(&at.unwrap_or_default(), when, pen.glyphs))));
            parts.push((Role::Name, text::left(passage.role, WHO, pen.glyphs)));
        } else {
            parts.push((Role::Faint, " ".repeat(before)));
        }
        let notes = [(passage.failed, Role::Alarm, "failed: "), (passage.gone, Role::Faint, "gone: ")];
        let agent = (passage.agent.is_some(), Role::Faint, "subagent: ");
        let notes = notes.into_iter().chain([agent]).filter(|(is, ..)| *is && line == 0);
        parts.extend(notes.map(|(_, role, note)| (role, note.to_owned())));
        let used: usize = parts.iter().map(|(_, text)| text::width(text)).sum();
        let pieces = passage.lines.get(line).map(Vec::as_slice).unwrap_or_default();
        parts.extend(around(pieces, width.saturating_sub(used + 1), pen));
        parts
    }
}

/// A line so that the first of what was found is seen in so many columns.
fn around(pieces: &[(String, bool)], room: usize, pen: &Pen<'_>) -> Parts {
    let first = pieces.iter().position(|(_, marked)| *marked).unwrap_or(0);
    let lead: String = pieces[..first].iter().map(|(text, _)| text::clean(text)).collect();
    let lead = lead.trim_start();
    let rest: usize = pieces[first..].iter().map(|(text, _)| text::width(&text::clean(text))).sum();
    let kept = (room / BEFORE).max(room.saturating_sub(rest));
    let mut parts = vec![(Role::Plain, text::path(lead, kept, pen.glyphs))];
    let role = |marked: bool| if marked { Role::Match } else { Role::Plain };
    parts.extend(pieces[first..].iter().map(|(text, marked)| (role(*marked), text::clean(text))));
    parts
}

fn count(found: &Found) -> Parts {
    match &found.why {
        Some(why) => vec![(Role::Notice, text::clean(why))],
        None => {
            let shown: usize = found.of.iter().map(|of| of.shown.len()).sum();
            let all = format::plural(found.hits, "hit");
            let some =
                if (shown as u64) < found.hits { format!(", the likeliest {shown}") } else { String::new() };
            vec![(Role::Plain, format!("{all} in {}{some}", format::plural(found.sessions, "session")))]
        }
    }
}

/// `running` is the name of a session that runs, which may have one that its transcript does not tell.
fn heading(of: &FoundIn, running: Option<&str>) -> Parts {
    let id = if of.session.is_empty() { "(unknown)".to_owned() } else { format::short_id(&of.session) };
    let name = running.or(of.name.as_deref()).map(text::clean);
    let is_named = name.is_some();
    let mut parts = vec![(Role::Strong, name.unwrap_or_else(|| id.clone()))];
    if is_named {
        parts.push((Role::Faint, format!(" {id}")));
    }
    parts.extend(of.project.as_deref().map(|project| (Role::Plain, format!("  {}", text::clean(project)))));
    parts.push((Role::Faint, format!("  {}", format::plural(of.hits, "hit"))));
    parts
}

fn hints(pen: &mut Pen<'_>, area: Rect) {
    for (y, (typed, what)) in (area.y..area.bottom()).zip(HINTS) {
        let place = Rect { y, height: 1, ..area };
        pen.parts(place, &[(Role::Name, format!("  {typed:<18}")), (Role::Faint, what.to_owned())]);
    }
}
