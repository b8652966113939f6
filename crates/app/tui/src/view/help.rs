//! All keys, and what signs and colours mean.

use claudectl_fleet::status::State;
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::sessions::state_role;
use crate::dashboard::{Dashboard, Overlay};
use crate::keys::{Action, PLACES, SIGNS, TABLE, meaning};
use crate::text;
use crate::theme::Role;

/// Columns of keys.
const KEYS: usize = 18;

impl Dashboard {
    pub(super) fn help(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let lines = lines(pen);
        let inner = window(pen, area, 96, "keys: any other key closes");
        let room = usize::from(inner.height);
        self.list_lines = room;
        let Some(Overlay::Help { top }) = &mut self.overlay else { return };
        *top = (*top).min(lines.len().saturating_sub(room));
        for (y, line) in (inner.y..inner.bottom()).zip(&lines[*top..]) {
            pen.parts(Rect { y, height: 1, ..inner }, line);
        }
        let top = *top;
        pen.scrolled(inner, top, lines.len());
    }
}

/// Clears a place in the middle with a line above and below, and gives what is between them.
pub(super) fn window(pen: &mut Pen<'_>, area: Rect, widest: u16, title: &str) -> Rect {
    let width = area.width.min(widest);
    let margin = if area.height > 12 { 2 } else { 0 };
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + margin,
        width,
        height: area.height - 2 * margin,
    };
    pen.ground(place);
    pen.rule(Rect { height: 1, ..place }, title);
    let last = Rect { y: place.bottom().saturating_sub(1), height: 1, ..place };
    pen.rule(last, "");
    let side = u16::from(width > 20);
    Rect {
        x: place.x + side,
        y: place.y + 1,
        width: place.width - 2 * side,
        height: place.height.saturating_sub(2),
    }
}

fn lines(pen: &Pen<'_>) -> Vec<Parts> {
    let mut lines: Vec<Parts> = Vec::new();
    for (place, title) in PLACES {
        lines.push(vec![(Role::Strong, (*title).to_owned())]);
        let here = TABLE.iter().filter(|binding| binding.place == *place);
        lines.extend(here.map(|binding| {
            let later = if matches!(binding.action, Action::Later(_)) { " (still to come)" } else { "" };
            let keys = text::left(&binding.keys.join(" "), KEYS, pen.glyphs);
            vec![
                (Role::Key, format!("  {keys}")),
                (Role::Plain, binding.what.to_owned()),
                (Role::Faint, later.to_owned()),
            ]
        }));
        lines.push(Vec::new());
    }
    lines.push(vec![(Role::Strong, "States, the most urgent first".to_owned())]);
    for state in State::ALL {
        let word = text::left(&format!("{} {}", pen.glyphs.sign(state), state.word()), KEYS, pen.glyphs);
        lines.push(vec![(state_role(state), format!("  {word}")), (Role::Plain, meaning(state).to_owned())]);
    }
    lines.push(Vec::new());
    lines.push(vec![(Role::Strong, "Signs".to_owned())]);
    for (sign, what) in SIGNS {
        let sign = text::left(sign, KEYS, pen.glyphs);
        lines.push(vec![(Role::Key, format!("  {sign}")), (Role::Plain, (*what).to_owned())]);
    }
    lines
}
