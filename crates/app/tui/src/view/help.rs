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

/// Columns of keys.
const KEYS: usize = 20;
/// Columns of the window, and from how many on the sections stand side by side.
const ONE_COLUMN: u16 = 96;
const TWO_COLUMNS: u16 = 144;

impl Dashboard {
    pub(super) fn help(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let wide = area.width >= TWO_COLUMNS;
        let widest = if wide { TWO_COLUMNS } else { ONE_COLUMN };
        // Without the lines at the sides, and the bar that shows how far it is scrolled.
        let column = usize::from(area.width.min(widest).saturating_sub(6)) / if wide { 2 } else { 1 };
        let Blocks { places, everywhere, later, states, signs } = blocks(pen, column);
        let mut lines = if wide {
            let (left, right) = ([places, later].concat(), [everywhere, states, signs].concat());
            beside(left, right, column + 1)
        } else {
            [places, everywhere, states, signs, later].concat()
        };
        // The blank behind the last section.
        lines.pop();
        let tallest = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inner = window(pen, area, (widest, tallest), "keys: any other key closes");
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

/// Clears a place in the middle with a line around it, no larger than need be, and gives what is in it.
pub(super) fn window(pen: &mut Pen<'_>, area: Rect, (widest, tallest): (u16, u16), title: &str) -> Rect {
    let width = area.width.min(widest);
    let margin = if area.height > 12 { 2 } else { 0 };
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + margin,
        width,
        height: (area.height - 2 * margin).min(tallest.saturating_add(2)),
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
        pen.corners(place);
    }
    let side = if width > 20 { 2 } else { 0 };
    Rect { x: between.x + side, width: between.width - 2 * side, ..between }
}

/// The sections, each with a blank line behind it.
struct Blocks {
    places: Vec<Parts>,
    everywhere: Vec<Parts>,
    later: Vec<Parts>,
    states: Vec<Parts>,
    signs: Vec<Parts>,
}

fn blocks(pen: &Pen<'_>, width: usize) -> Blocks {
    let block = |title: &str, role: Role, lines: Vec<(String, String)>| {
        let mut block = vec![vec![(Role::Strong, title.to_owned())]];
        for (head, what) in lines {
            // What is longer than its column goes on below.
            for (at, what) in text::wrap(&what, width.saturating_sub(KEYS + 2), 4).into_iter().enumerate() {
                let head = text::left(if at == 0 { &head } else { "" }, KEYS, pen.glyphs);
                block.push(vec![(role, format!("  {head}")), (Role::Plain, what)]);
            }
        }
        block.push(Vec::new());
        block
    };
    let mut keys: Vec<Vec<Parts>> = sections()
        .into_iter()
        .map(|(title, lines)| {
            let lines = lines.into_iter().map(|line| (line.keys.join(" "), line.what));
            block(title, Role::Key, lines.collect())
        })
        .collect();
    let later = keys.pop().unwrap_or_default();
    let everywhere = keys.pop().unwrap_or_default();
    let word = |state: State| format!("{} {}", pen.glyphs.sign(state), state.word());
    let states = State::ALL.map(|state| (word(state), meaning(state).to_owned()));
    let mut states = block("States, the most urgent first", Role::Plain, states.to_vec());
    for (line, state) in states.iter_mut().skip(1).zip(State::ALL) {
        if let Some((role, _)) = line.first_mut() {
            *role = state_role(state);
        }
    }
    let signs = SIGNS.iter().map(|(sign, what)| ((*sign).to_owned(), (*what).to_owned()));
    let signs = block("Signs", Role::Key, signs.collect());
    Blocks { places: keys.concat(), everywhere, later, states, signs }
}
