//! Writes into the frame: a role for each text, and never beyond its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use tui_input::Input as Line;

use crate::glyphs::{Glyphs, ascii};
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

    /// Leaves nothing but ASCII on the screen: what is something else is drawn as `?`, in as many cells.
    pub(crate) fn only_ascii(&mut self) {
        let area = self.buffer.area;
        for at in area.positions() {
            let cell = &self.buffer[at];
            if cell.symbol().is_ascii() {
                continue;
            }
            let (sign, style) = (ascii(cell.symbol()), cell.style());
            let cells = u16::try_from(text::width(cell.symbol())).unwrap_or(1).max(1);
            for x in at.x..at.x.saturating_add(cells).min(area.right()) {
                self.buffer[(x, at.y)].set_symbol(sign).set_style(style);
            }
        }
    }

    /// Writes one line, cut at the end of its place, and says where it ended.
    pub(crate) fn text(&mut self, area: Rect, role: Role, text: &str) -> u16 {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return area.x;
        }
        let cut = text::cut(text, usize::from(area.width), self.glyphs);
        // Nothing of what was there before shines through.
        let style = Style::reset().patch(self.theme.ground()).patch(self.theme.style(role));
        let (x, _) = self.buffer.set_stringn(area.x, area.y, cut, usize::from(area.width), style);
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
            // What was cut says so; a column that a wide character left over is not for what comes next.
            if text::width(text) > usize::from(rest.width) {
                break;
            }
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

    /// Lays a style over what is there, but for what looks like a role.
    pub(crate) fn restyle_but(&mut self, area: Rect, style: Style, but: Role) {
        let but = self.theme.style(but);
        let is_but =
            |style: Style| (but.fg, but.bg, but.add_modifier) == (style.fg, style.bg, style.add_modifier);
        let is_reset = |color: Option<Color>| color.filter(|color| *color != Color::Reset);
        for at in area.intersection(self.buffer.area).positions() {
            let own = self.buffer[at].style();
            let own = Style { fg: is_reset(own.fg), bg: is_reset(own.bg), ..own };
            if !is_but(own) {
                self.restyle(Rect { x: at.x, y: at.y, width: 1, height: 1 }, style);
            }
        }
    }

    /// A line that is being typed, scrolled to its cursor; says where that is.
    pub(crate) fn typed(&mut self, area: Rect, line: &Line) -> (u16, u16) {
        let room = usize::from(area.width.saturating_sub(1));
        let scrolled = line.visual_scroll(room);
        let shown: String = line.value().chars().skip(scrolled).collect();
        self.text(area, Role::Plain, &shown);
        let column = line.visual_cursor().saturating_sub(scrolled).min(room);
        (area.x + u16::try_from(column).unwrap_or(0), area.y)
    }

    /// Lays a style over what is there.
    pub(crate) fn restyle(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        // Colours of the parts would turn into grounds of different colours.
        if style.fg.is_none() {
            for at in area.positions() {
                let cell = &mut self.buffer[at];
                // What is faint would be so on a ground of its own, too.
                let kept = cell.style().add_modifier.difference(Modifier::DIM);
                cell.set_style(Style::reset().add_modifier(kept));
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

    /// Corners where the lines around a place meet.
    pub(crate) fn corners(&mut self, area: Rect) {
        let (left, right, upper, lower) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
        for ((x, y), glyph) in [(left, upper), (right, upper), (left, lower), (right, lower)]
            .into_iter()
            .zip(self.glyphs.corners())
        {
            self.text(Rect { x, y, width: 1, height: 1 }, Role::Rule, glyph);
        }
    }

    /// A line from top to bottom.
    pub(crate) fn upright(&mut self, area: Rect) {
        let glyph = self.glyphs.bar_of_scroll(false);
        for y in area.y..area.bottom() {
            self.text(Rect { y, width: 1, height: 1, ..area }, Role::Rule, glyph);
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
