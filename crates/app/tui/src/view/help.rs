//! All keys, and what signs and colours mean.

use claudectl_fleet::status::State;
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::sessions::state_role;
use super::spend::beside;
use crate::dashboard::{Dashboard, Overlay};
use crate::keys::{SIGNS, meaning, sections};
use crate::text;
use crate::theme::Role;

/// Columns of keys, and of what they do.
const KEYS: usize = 18;
const WHAT: usize = 46;
/// From so many columns on, the sections stand in two columns.
const TWO_COLUMNS: u16 = 2 * (KEYS + WHAT) as u16 + 10;

impl Dashboard {
    pub(super) fn help(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let wide = area.width >= TWO_COLUMNS;
        let lines = if wide { beside_each_other(pen) } else { blocks(pen).concat() };
        let inner = window(pen, area, if wide { TWO_COLUMNS } else { 96 }, "keys: any other key closes");
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
    let between = Rect { y: place.y + 1, height: place.height.saturating_sub(2), ..place };
    // Where there is something beside it.
    if width < area.width {
        pen.upright(between);
        pen.upright(Rect { x: place.right() - 1, ..between });
    }
    let side = if width > 20 { 2 } else { 0 };
    Rect { x: between.x + side, width: between.width - 2 * side, ..between }
}

/// The sections: keys, states and signs, each with a blank line behind it.
fn blocks(pen: &Pen<'_>) -> Vec<Vec<Parts>> {
    let head = |title: &str| vec![vec![(Role::Strong, title.to_owned())]];
    let mut blocks: Vec<Vec<Parts>> = Vec::new();
    for (title, section) in sections() {
        let mut lines = head(title);
        for line in section {
            let keys = text::left(&line.keys.join(" "), KEYS, pen.glyphs);
            // What is longer than its column goes on below.
            for (at, what) in text::wrap(&line.what, WHAT, 3).into_iter().enumerate() {
                let keys = if at == 0 { keys.clone() } else { " ".repeat(KEYS) };
                lines.push(vec![(Role::Key, format!("  {keys}")), (Role::Plain, what)]);
            }
        }
        lines.push(Vec::new());
        blocks.push(lines);
    }
    let mut states = head("States, the most urgent first");
    for state in State::ALL {
        let word = text::left(&format!("{} {}", pen.glyphs.sign(state), state.word()), KEYS, pen.glyphs);
        states.push(vec![(state_role(state), format!("  {word}")), (Role::Plain, meaning(state).to_owned())]);
    }
    states.push(Vec::new());
    let mut signs = head("Signs");
    for (sign, what) in SIGNS {
        let sign = text::left(sign, KEYS, pen.glyphs);
        for (at, what) in text::wrap(what, WHAT, 3).into_iter().enumerate() {
            let sign = if at == 0 { sign.clone() } else { " ".repeat(KEYS) };
            signs.push(vec![(Role::Key, format!("  {sign}")), (Role::Plain, what)]);
        }
    }
    signs.push(Vec::new());
    // What cannot be done yet is of the least use.
    let later = blocks.pop().unwrap_or_default();
    blocks.extend([states, signs, later]);
    blocks
}

/// In two columns of about the same length.
fn beside_each_other(pen: &Pen<'_>) -> Vec<Parts> {
    let blocks = blocks(pen);
    let all: usize = blocks.iter().map(Vec::len).sum();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for block in blocks {
        let column =
            if right.is_empty() && left.len() + block.len() / 2 <= all / 2 { &mut left } else { &mut right };
        column.extend(block);
    }
    beside(left, right, KEYS + WHAT + 4)
}
