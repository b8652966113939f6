//! Writes into the frame: a role for each text, and never beyond its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::glyphs::Glyphs;
use crate::text;
use crate::theme::{Role, Theme};

pub(crate) struct Pen<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) theme: Theme,
    pub(crate) glyphs: Glyphs,
}

/// A part of a line that stands whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) role: Role,
    pub(crate) text: String,
    /// What stands between it and the next.
    pub(crate) after: String,
}

impl Piece {
    pub(crate) fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), after: String::new() }
    }
}

/// A line in parts.
pub(crate) type Parts = Vec<(Role, String)>;

impl Pen<'_> {
    /// Clears a place.
    pub(crate) fn ground(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for at in area.positions() {
            self.buffer[at].reset();
        }
        self.buffer.set_style(area, self.theme.ground());
    }

    /// Writes one line, cut at the end of its place, and says where it ended.
    pub(crate) fn text(&mut self, area: Rect, role: Role, text: &str) -> u16 {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return area.x;
        }
        let cut = text::cut(text, usize::from(area.width), self.glyphs);
        let (x, _) =
            self.buffer.set_stringn(area.x, area.y, cut, usize::from(area.width), self.theme.style(role));
        x
    }

    /// Writes a line in parts, cut at the end of its place.
    pub(crate) fn parts(&mut self, area: Rect, parts: &[(Role, String)]) -> u16 {
        let mut x = area.x;
        for (role, text) in parts {
            let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
            if rest.width == 0 {
                break;
            }
            x = self.text(rest, *role, text);
        }
        x
    }

    /// Writes the pieces that fit, in their order; the first one that does not ends the line.
    pub(crate) fn pieces(&mut self, area: Rect, pieces: &[Piece]) {
        let mut x = area.x;
        for (at, piece) in pieces.iter().enumerate() {
            let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
            if at > 0 && text::width(&piece.text) > usize::from(rest.width) {
                break;
            }
            x = self.text(rest, piece.role, &piece.text);
            let fits = pieces.get(at + 1).is_some_and(|next| {
                text::width(&piece.after) + text::width(&next.text)
                    <= usize::from(area.right().saturating_sub(x))
            });
            if !fits {
                break;
            }
            let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
            x = self.text(rest, Role::Faint, &piece.after);
        }
    }

    /// Lays a style over what is there.
    pub(crate) fn restyle(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        // Colours of the parts would turn into grounds of different colours.
        if style.fg.is_none() {
            for at in area.positions() {
                let cell = &mut self.buffer[at];
                let bold = cell.style().add_modifier;
                cell.set_style(Style::reset().add_modifier(bold));
            }
            self.buffer.set_style(area, self.theme.ground());
        }
        self.buffer.set_style(area, style);
    }

    /// How far down a place is scrolled: a bar in its last column, where not all lines have room.
    pub(crate) fn scrolled(&mut self, area: Rect, top: usize, all: usize) {
        let room = usize::from(area.height);
        if room == 0 || all <= room || area.width < 8 {
            return;
        }
        let long = (room * room / all).clamp(1, room);
        let from = (top * (room - long)).div_ceil(all - room);
        for line in 0..area.height {
            let on = (from..from + long).contains(&usize::from(line));
            let place = Rect { x: area.right() - 1, y: area.y + line, width: 1, height: 1 };
            let glyph = self.glyphs.bar_of_scroll(on);
            self.text(place, if on { Role::Bar } else { Role::Rule }, glyph);
        }
    }

    /// A line from side to side with a title in it.
    pub(crate) fn rule(&mut self, area: Rect, title: &str) {
        let line = self.glyphs.line().repeat(usize::from(area.width));
        self.text(area, Role::Rule, &line);
        if !title.is_empty() && area.width > 6 {
            let place = Rect { x: area.x + 2, width: area.width - 4, ..area };
            self.text(place, Role::Strong, &format!(" {title} "));
        }
    }
}
