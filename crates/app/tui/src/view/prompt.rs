//! A prompt that is about to be answered.

use claudectl_fleet::format;
use ratatui::layout::Rect;

use super::help::window;
use super::pen::{Parts, Pen};
use crate::dashboard::{Dashboard, Overlay};
use crate::look::Standing;
use crate::prompt::Prompting;
use crate::text;
use crate::theme::Role;

/// Columns of the window.
const WIDEST: u16 = 110;
/// What stands around a call goes on below so often. The call itself is shown to its end.
const FOLDS: usize = 40;

impl Dashboard {
    pub(super) fn prompt(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let (now, home) = (self.now, self.options.home.clone());
        let Some(Overlay::Prompt(prompting)) = &mut self.overlay else { return };
        let columns = usize::from(area.width.min(WIDEST).saturating_sub(6));
        let prompt = &prompting.prompt;
        let (lines, head) = lines(prompting, columns, now, home.as_deref());
        let keys = keys(prompting);
        let tallest = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
        let asks = if prompting.is_over() { "asked" } else { "asks" };
        let title = format!("{} {asks} to use {}", text::clean(&prompt.title), text::clean(&prompt.tool));
        let inner = window(pen, area, (WIDEST, tallest), &title);
        let foot = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
        let body = Rect { height: inner.height.saturating_sub(2), ..inner };
        let room = usize::from(body.height);
        prompting.top = prompting.top.min(lines.len().saturating_sub(room));
        for (y, line) in (body.y..body.bottom()).zip(&lines[prompting.top..]) {
            pen.parts(Rect { y, height: 1, ..body }, line);
        }
        let of_call = |line: usize| line.saturating_sub(head);
        let shown = of_call(prompting.top)..of_call((prompting.top + room).min(lines.len()));
        prompting.shows(shown, of_call(lines.len()), columns);
        pen.scrolled(body, prompting.top, lines.len());
        let below = lines.len().saturating_sub(prompting.top + room);
        if below > 0 {
            let gap =
                Rect { y: body.bottom(), height: inner.height.saturating_sub(body.height).min(1), ..inner };
            pen.parts(gap, &more(below));
        }
        pen.parts(foot, &keys);
        self.list_lines = room;
    }
}

/// The lines of the window, and how many of them stand before the call.
fn lines(prompting: &Prompting, columns: usize, now: i64, home: Option<&str>) -> (Vec<Parts>, usize) {
    let Prompting { prompt, standing, .. } = prompting;
    let mut lines: Vec<Parts> = Vec::new();
    let mut field = |role: Role, name: &str, value: String| {
        for (at, value) in text::wrap(&value, columns.saturating_sub(9), FOLDS).into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            lines.push(vec![(Role::Faint, format!("{name:<9}")), (role, value)]);
        }
    };
    let more = match standing {
        Standing::Asked { more } => *more,
        Standing::Over { said, next } => {
            field(Role::Alarm, "too late", text::clean(said));
            let next = next.as_deref().unwrap_or("nothing that can be answered from here");
            field(Role::Notice, "asks now", text::clean(next));
            0
        }
    };
    let mut field = |name: &str, value: String| field(Role::Plain, name, value);
    if let Some(cwd) = &prompt.cwd {
        let short = home
            .and_then(|home| cwd.strip_prefix(home))
            .filter(|rest| rest.is_empty() || rest.starts_with('/'));
        field("in", text::clean(&short.map_or_else(|| cwd.clone(), |rest| format!("~{rest}"))));
    }
    if let Some(agent) = &prompt.agent {
        field("subagent", text::clean(agent));
    }
    if let Some(mode) = &prompt.mode {
        field("mode", text::clean(mode));
    }
    if let Some(reason) = &prompt.reason {
        field("because", text::clean(reason));
    }
    field("since", format::age(now.saturating_sub(prompt.at)));
    if more > 0 {
        field("then", format!("{more} more of its prompts"));
    }
    lines.push(Vec::new());
    let head = lines.len();
    for line in &prompt.lines {
        let role = match line.as_bytes().first() {
            Some(b'+') => Role::Good,
            Some(b'-') => Role::Alarm,
            _ => Role::Strong,
        };
        let folded = text::wrap(&text::clean(line), columns, usize::MAX);
        lines.extend(folded.into_iter().map(|line| vec![(role, line)]));
    }
    (lines, head)
}

/// That the call goes on, and how it is read.
fn more(below: usize) -> Parts {
    vec![
        (Role::Notice, format!("{} more below   ", format::plural(below as u64, "line"))),
        (Role::Key, "j PageDown G ".to_owned()),
        (Role::Faint, "read on".to_owned()),
    ]
}

fn keys(prompting: &Prompting) -> Parts {
    let Prompting { prompt, standing, .. } = prompting;
    let mut parts = Vec::new();
    let mut key = |key: &str, what: &str| {
        parts.push((Role::Key, format!("{key} ")));
        parts.push((Role::Faint, format!("{what}   ")));
    };
    if let Standing::Over { next, .. } = standing {
        if next.is_some() {
            key("y", "show what it asks now");
        }
        key("Esc", "close");
        return parts;
    }
    key("y", "allow");
    if prompt.once.is_none() {
        key("a", "exactly this for an hour");
    }
    key("n", "deny");
    key("Esc", "leave it");
    parts
}
