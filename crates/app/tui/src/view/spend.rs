//! The page of what was spent: the account's limits, each day, projects and models.

use claudectl_fleet::format;
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::plot::{days, plot};
use super::{amount, limit_role};
use crate::dashboard::Dashboard;
use crate::look::{Look, Spend, Spent};
use crate::text;
use crate::theme::Role;

/// From so many columns on, projects and models stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// Cells of a limit's bar; below so many columns of the page it has half of them.
const LIMIT_CELLS: usize = 20;
const NARROW: u16 = 80;
/// Lines for why something cannot be had.
const WHY_LINES: usize = 6;
/// Columns of a name, an amount.
const NAME: usize = 20;
const AMOUNT: usize = 12;

impl Dashboard {
    pub(super) fn spend_page(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let mut lines = self.limits(pen, area.width);
        if let Some(why) = &self.no_spend {
            lines.extend(missing("what was spent cannot be added up", why, area.width));
        }
        match &self.spend {
            Some(spend) => lines.extend(self.spent(pen, spend, area.width)),
            None if self.no_spend.is_none() => lines.push(vec![(Role::Faint, "Adding up ...".to_owned())]),
            None => {}
        }
        let room = usize::from(area.height);
        self.list_lines = room;
        self.page_top = self.page_top.min(lines.len().saturating_sub(room));
        for (y, line) in (area.y..area.bottom()).zip(&lines[self.page_top..]) {
            pen.parts(Rect { y, height: 1, ..area }, line);
        }
        pen.scrolled(area, self.page_top, lines.len());
    }

    fn limits(&self, pen: &Pen<'_>, width: u16) -> Vec<Parts> {
        let cells = if width < NARROW { LIMIT_CELLS / 2 } else { LIMIT_CELLS };
        let quota = self.look.as_ref().map(|look: &Look| look.quota.as_slice()).unwrap_or_default();
        let mut lines = vec![heading("Limits of the account")];
        if quota.is_empty() {
            lines.push(vec![(
                Role::Faint,
                "  not told yet: Claude Code tells them to its status line (`claudectl doctor`)".to_owned(),
            )]);
        }
        for one in quota {
            let used = one.limit.used_at(self.now);
            let role = limit_role(used);
            let bar = pen.glyphs.bar(used.unwrap_or_default() / 100.0, cells);
            let track = pen.glyphs.track().repeat(cells.saturating_sub(text::width(&bar)));
            let reset = match one.limit.resets_at {
                Some(at) if at > self.now => {
                    let left = format::age(at - self.now);
                    let at = if width < SIDE_BY_SIDE {
                        String::new()
                    } else {
                        format!(", at {}", self.moment(at))
                    };
                    format!("begins anew in {left}{at}")
                }
                Some(_) => {
                    format!("has begun anew, nothing told since; {:.0}% before", one.limit.used_pct)
                }
                None => "no end was told".to_owned(),
            };
            let told = format::age(self.now.saturating_sub(one.at));
            let bar_role = if role == Role::Faint { Role::Bar } else { role };
            lines.push(vec![
                (Role::Plain, format!("  {} ", text::left(&text::clean(&one.limit.short()), 10, pen.glyphs))),
                (bar_role, bar),
                (Role::Faint, track),
                (
                    if role == Role::Faint { Role::Plain } else { role },
                    format!(" {:>4}  ", one.limit.used_word(self.now)),
                ),
                (Role::Faint, format!("{reset} (told {told} ago)")),
            ]);
            lines.extend(self.shares(&one.limit.window));
        }
        lines.push(Vec::new());
        lines
    }

    /// Which sessions took how much of a limit: our estimate, by what each cost.
    fn shares(&self, window: &str) -> Option<Parts> {
        let shares = self.spend.as_ref()?.shares.get(window).filter(|shares| !shares.is_empty())?;
        let shown: Vec<String> =
            shares.iter().take(3).map(|(title, pct)| format!("{} ~{pct:.0}%", text::clean(title))).collect();
        Some(vec![(Role::Faint, format!("             estimated: {}", shown.join(", ")))])
    }

    fn moment(&self, at: i64) -> String {
        format::moment(at, &self.options.zone)
    }

    fn spent(&self, pen: &Pen<'_>, spend: &Spend, width: u16) -> Vec<Parts> {
        let period = match spend.days {
            1 => "today".to_owned(),
            days => format!("last {days} days"),
        };
        let mut lines = vec![vec![
            (Role::Strong, format!("Spent, {period}: {}", amount(&spend.total))),
            (Role::Faint, "   [ ] a shorter or longer time".to_owned()),
        ]];
        if let Some(why) = &spend.unkept {
            let note = format!("nothing is kept, and only transcripts that still exist are counted: {why}");
            let note = text::wrap(&note, usize::from(width).saturating_sub(2).max(10), WHY_LINES);
            lines.extend(note.into_iter().map(|line| vec![(Role::Notice, format!("  {line}"))]));
        }
        if spend.total == Spent::default() {
            lines.push(vec![(Role::Faint, "  nothing was spent in that time".to_owned())]);
            return lines;
        }
        lines.extend(plot(pen, usize::from(width), |room| days(&spend.by_day, room)));
        lines.push(Vec::new());
        let half = if width >= SIDE_BY_SIDE { usize::from(width) / 2 - 1 } else { usize::from(width) };
        let projects = table(pen, "By project", &spend.by_project, half);
        let models = table(pen, "By model", &spend.by_model, half);
        if width >= SIDE_BY_SIDE {
            lines.extend(beside(projects, models, half + 2));
        } else {
            lines.extend(projects);
            lines.push(Vec::new());
            lines.extend(models);
        }
        lines
    }
}

/// What is told where something cannot be had.
pub(super) fn missing(what: &str, why: &str, width: u16) -> Vec<Parts> {
    let told = format!("{what}: {why}");
    let told = text::wrap(&told, usize::from(width).max(10), WHY_LINES);
    let mut lines: Vec<Parts> = told.into_iter().map(|line| vec![(Role::Alarm, line)]).collect();
    lines.push(vec![(Role::Faint, "r tries again".to_owned())]);
    lines
}

pub(super) fn heading(text: &str) -> Parts {
    vec![(Role::Strong, text.to_owned())]
}

/// Amounts with bars, the dearest first.
pub(super) fn table(pen: &Pen<'_>, title: &str, rows: &[(String, Spent)], width: usize) -> Vec<Parts> {
    let rows: Vec<(String, Spent, String)> =
        rows.iter().map(|(key, spent)| (key.clone(), *spent, String::new())).collect();
    table_with_notes(pen, title, &rows, width)
}

/// The same, with something to say of each behind its bar.
pub(super) fn table_with_notes(
    pen: &Pen<'_>,
    title: &str,
    rows: &[(String, Spent, String)],
    width: usize,
) -> Vec<Parts> {
    let most = rows.iter().map(|(_, spent, _)| spent.usd.dollars()).fold(0.0, f64::max);
    let longest = rows.iter().map(|(key, ..)| text::width(&text::clean(key))).max().unwrap_or(0);
    let notes = rows.iter().map(|(.., note)| text::width(note)).max().unwrap_or(0);
    let name = longest.clamp(NAME, 2 * NAME).min(width / 2);
    let cells = width.saturating_sub(name + AMOUNT + 4 + notes).min(40);
    let mut lines = vec![heading(title)];
    for (key, spent, note) in rows {
        let part = if most > 0.0 { spent.usd.dollars() / most } else { 0.0 };
        let money = text::right(&spent.usd.to_string(), AMOUNT, pen.glyphs);
        let unpriced =
            if spent.unpriced > 0 { format!(" + {} unpriced", spent.unpriced) } else { String::new() };
        let bar = pen.glyphs.bar(part, cells);
        // What is said stands in line, whatever the bars.
        let bar = if note.is_empty() { bar } else { text::left(&bar, cells, pen.glyphs) };
        lines.push(vec![
            (Role::Name, format!("  {}", text::left(&text::clean(key), name, pen.glyphs))),
            (Role::Plain, format!("{money} ")),
            (Role::Bar, bar),
            (Role::Faint, format!("{note}{unpriced}")),
        ]);
    }
    lines
}

/// Two blocks side by side.
pub(super) fn beside(left: Vec<Parts>, right: Vec<Parts>, at: usize) -> Vec<Parts> {
    let mut right = right.into_iter();
    let mut lines: Vec<Parts> = Vec::new();
    for mut line in left {
        if let Some(other) = right.next() {
            let used: usize = line.iter().map(|(_, text)| text::width(text)).sum();
            line.push((Role::Plain, " ".repeat(at.saturating_sub(used))));
            line.extend(other);
        }
        lines.push(line);
    }
    lines.extend(right.map(|line| [vec![(Role::Plain, " ".repeat(at))], line].concat()));
    lines
}
