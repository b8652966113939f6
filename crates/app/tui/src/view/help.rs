//! All keys, and what signs and colours mean.

use claudectl_fleet::status::State;
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::sessions::state_role;
use crate::dashboard::{Dashboard, Overlay};
use crate::keys::{Action, Place, TABLE};
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
    let places = [
        (Place::List, "In the list of sessions"),
        (Place::Detail, "In an open session"),
        (Place::Spend, "On the page of what was spent"),
        (Place::Everywhere, "Everywhere"),
    ];
    let mut lines: Vec<Parts> = Vec::new();
    for (place, title) in places {
        lines.push(vec![(Role::Strong, title.to_owned())]);
        let here = TABLE.iter().filter(|binding| binding.place == place);
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
    let signs = [
        ("~", "inferred: nothing says so outright"),
        ("BY", "what decided: the registry, a hook, the transcript, the process, or inferred"),
        ("+2", "behind a session: subagents that run; behind a cost: responses without a known price"),
        ("?", "behind a cost: it rests on a price that nothing confirmed"),
        ("!", "behind a percentage: near its limit"),
        ("CPU MEM", "of the session's process and all below it"),
        ("ACTIVITY", "rows of the transcript in the last half hour, two minutes a cell"),
    ];
    for (sign, what) in signs {
        let sign = text::left(sign, KEYS, pen.glyphs);
        lines.push(vec![(Role::Key, format!("  {sign}")), (Role::Plain, what.to_owned())]);
    }
    lines
}

fn meaning(state: State) -> &'static str {
    match state {
        State::NeedsPermission => "a tool waits for your permission",
        State::NeedsAnswer => "a question or a plan waits for your answer",
        State::Error => "the last request failed",
        State::RateLimited => "held up by a rate limit",
        State::Stalled => "a turn runs, but nothing has moved for long",
        State::Waiting => "the turn has ended: your move",
        State::Working => "a turn runs",
        State::Background => "the turn has ended; background tasks go on",
        State::Idle => "the turn ended long ago, or none has begun",
        State::Unknown => "it cannot be told",
        State::Finished => "the process has ended",
    }
}
