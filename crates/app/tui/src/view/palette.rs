//! The palette: a line to type in, and what matches it.

use ratatui::layout::Rect;

use super::help::window;
use super::pen::Pen;
use crate::dashboard::{Dashboard, Hit, Overlay};
use crate::text;
use crate::theme::Role;

impl Dashboard {
    /// Says where the cursor goes.
    pub(super) fn palette(&mut self, pen: &mut Pen<'_>, area: Rect) -> Option<(u16, u16)> {
        let Some(Overlay::Palette(palette)) = &self.overlay else { return None };
        let inner = window(pen, area, (76, u16::MAX), "what to do: type to narrow, Enter does it");
        if inner.height < 2 {
            return None;
        }
        let entries = palette.entries(&self.offered(), self.look.as_ref());
        let x = pen.text(Rect { height: 1, ..inner }, Role::Key, "> ");
        let typed = Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner };
        let cursor = pen.typed(typed, &palette.line);
        let list = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        if entries.is_empty() {
            pen.text(list, Role::Faint, "nothing is called that");
        }
        let lines = usize::from(list.height);
        let at = palette.at.min(entries.len().saturating_sub(1));
        let top = at.saturating_sub(lines.saturating_sub(1));
        for (y, (line, entry)) in (list.y..list.bottom()).zip(entries.iter().enumerate().skip(top)) {
            let place = Rect { y, height: 1, ..list };
            let key = text::left(entry.key, 8, pen.glyphs);
            pen.parts(place, &[(Role::Key, format!(" {key}")), (Role::Plain, text::clean(&entry.text))]);
            if line == at {
                pen.restyle(place, pen.theme.chosen());
            }
            self.hits.push((place, Hit::Palette(line)));
        }
        Some(cursor)
    }
}
