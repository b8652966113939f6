//! The columns of the list: what stands in them, and which there is room for.

use claudectl_fleet::budget::Level;
use claudectl_fleet::format;
use claudectl_fleet::session::Session;
use claudectl_fleet::status::Source;
use ratatui::layout::Rect;

use super::pen::Parts;
use super::sessions::state_role;
use crate::dashboard::Dashboard;
use crate::list::Sort;
use crate::look::{Look, Usage};
use crate::text;
use crate::theme::Role;

/// A column of the list.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) sort: Option<Sort>,
    pub(super) right: bool,
    /// May be cut down to so many columns, and rather loses its neighbours than have less than so many.
    shrink_to: Option<(usize, usize)>,
    /// The lowest is left out first where the screen is narrow; the highest never.
    rank: u8,
    pub(super) cell: fn(&Dashboard, &Session) -> Parts,
}

const KEEP: u8 = u8::MAX;
/// Columns from this rank on are worth more than whole names.
const WORTH: u8 = 7;

const COLUMNS: &[Column] = &[
    column("STATUS", Some(Sort::Status), false, None, KEEP, status),
    column("FOR", None, true, None, 11, since),
    column("BY", None, false, None, 2, source),
    column("SESSION", None, false, Some((12, 28)), KEEP, title),
    column("PROJECT", Some(Sort::Project), false, Some((7, 11)), 9, project),
    column("CONTEXT", Some(Sort::Context), false, None, 8, context),
    column("COST", Some(Sort::Cost), true, None, 10, cost),
    column("$/H", Some(Sort::Burn), true, None, 7, burn),
    column("UP", Some(Sort::Elapsed), true, None, 4, elapsed),
    column("CPU", Some(Sort::Cpu), true, None, 3, cpu),
    column("MEM", Some(Sort::Memory), true, None, 1, memory),
    column("TOKENS", Some(Sort::Tokens), true, None, 6, tokens),
    column("ACTIVITY", Some(Sort::Activity), false, None, 5, activity),
];

const fn column(
    title: &'static str,
    sort: Option<Sort>,
    right: bool,
    shrink_to: Option<(usize, usize)>,
    rank: u8,
    cell: fn(&Dashboard, &Session) -> Parts,
) -> Column {
    Column { title, sort, right, shrink_to, rank, cell }
}

/// Cells of the mark before a line, and between columns.
const MARK: usize = 2;
const GAP: usize = 2;
/// Of the bar beside the percentage, which is there where all else has room.
const BAR_CELLS: usize = 6;
/// Below so many columns a status is told in a shorter word; it has at least so many columns.
const SLIM: usize = 56;
const LEAST_STATUS: usize = 6;
/// The longest name of a state that lasts, with its sign: the whole list has room for it, so that a state that changes
/// does not take away what stands beside it.
const LONGEST_STATUS: usize = 18;
/// No list is whole in so few columns.
const NEVER_WHOLE: u16 = 150;
/// Of the sparkline: cells, and minutes in each.
const SPARK_CELLS: usize = 15;
const SPARK_MINUTES: i64 = 2;
/// So many rows in one cell of the sparkline fill it.
const SPARK_FULL: f64 = 24.0;

/// The columns that there is room for, each with its width.
pub(super) struct Fitting {
    columns: Vec<(&'static Column, usize)>,
    gap: usize,
}

impl Fitting {
    /// Whether the list's order can be told by a title.
    pub(super) fn shows(&self, sort: Sort) -> bool {
        self.columns.iter().any(|(column, _)| column.sort == Some(sort))
    }

    /// Where each stands in a line.
    pub(super) fn places(&self, area: Rect) -> impl Iterator<Item = (Rect, &'static Column)> + '_ {
        let mut x = usize::from(area.x) + MARK;
        self.columns.iter().map(move |(column, wide)| {
            let at = u16::try_from(x).unwrap_or(u16::MAX).min(area.right());
            let width = u16::try_from(*wide).unwrap_or(u16::MAX).min(area.right() - at);
            x += wide + self.gap;
            (Rect { x: at, width, ..area }, *column)
        })
    }

    /// Columns that it takes, if what may be cut gets so much.
    fn takes(&self, need: fn(&Column, usize) -> usize) -> usize {
        let all: usize = self.columns.iter().map(|(column, wide)| need(column, *wide) + self.gap).sum();
        MARK + all.saturating_sub(self.gap)
    }

    /// What is chosen first says the least: the wider the screen, the more columns, and never another choice.
    fn choose(&mut self, room: usize) {
        loop {
            let first = self.columns.iter().map(|(column, _)| column.rank).min().unwrap_or(KEEP);
            // The columns that say the least go first, so that names can be read; the others only if they must.
            let extra = first < WORTH;
            self.gap = if extra { GAP } else { 1 };
            if self.takes(if extra { comfort } else { least }) <= room || first == KEEP {
                break;
            }
            self.columns.retain(|(column, _)| column.rank != first);
        }
        if self.gap < GAP {
            self.gap = GAP;
            self.gap = if self.takes(comfort) <= room { GAP } else { 1 };
        }
    }

    /// Cuts what may be cut until it has room.
    fn cut(&mut self, room: usize) {
        let mut over = self.takes(whole).saturating_sub(room);
        // The widest of those that may be cut gives first, so that each keeps what it can be told by.
        while over > 0 {
            let can_give = |(column, wide): &&mut (&Column, usize)| {
                column.shrink_to.is_some() && *wide > least(column, *wide)
            };
            let Some((_, wide)) = self.columns.iter_mut().filter(can_give).max_by_key(|(_, wide)| *wide)
            else {
                break;
            };
            *wide -= 1;
            over -= 1;
        }
        // The sign of a state says what matters most of it.
        if let Some((_, wide)) = self.columns.first_mut() {
            *wide -= over.min(wide.saturating_sub(LEAST_STATUS));
        }
    }
}

impl Dashboard {
    /// The columns that there is room for.
    pub(super) fn columns(&mut self, look: &Look, room: usize) -> Fitting {
        self.slim = room < SLIM;
        self.narrow = true;
        let mut fitting = self.every_column(look);
        fitting.choose(room);
        // The bar beside the percentage comes last.
        self.narrow = false;
        let bare = fitting.columns.clone();
        for (column, wide) in &mut fitting.columns {
            if column.sort == Some(Sort::Context) {
                *wide = self.wide_of(column, look);
            }
        }
        self.narrow = fitting.gap < GAP || fitting.takes(comfort) > room;
        if self.narrow {
            fitting.columns = bare;
        }
        fitting.cut(room);
        fitting
    }

    /// Columns of the whole list: each of its own has room, and names that can be read. `None` where the screen has not
    /// so many.
    pub(super) fn whole_list(&mut self) -> Option<u16> {
        if self.columns < NEVER_WHOLE {
            return None;
        }
        let look = self.look.take()?;
        let before = std::mem::take(&mut self.narrow);
        let mut fitting = self.every_column(&look);
        self.narrow = before;
        self.look = Some(look);
        if let Some((_, wide)) = fitting.columns.first_mut() {
            *wide = LONGEST_STATUS.max(*wide);
        }
        u16::try_from(fitting.takes(comfort)).ok()
    }

    fn every_column(&self, look: &Look) -> Fitting {
        let columns = COLUMNS.iter().map(|column| (column, self.wide_of(column, look))).collect();
        Fitting { columns, gap: GAP }
    }

    /// Columns of the widest cell of a column.
    fn wide_of(&self, column: &Column, look: &Look) -> usize {
        let cells = look.sessions.iter().map(|session| parts_width(&(column.cell)(self, session)));
        let title = text::width(column.title) + usize::from(column.sort == Some(self.list.sort)) * 2;
        cells.chain([title]).max().unwrap_or(0)
    }

    fn usage(&self, session: &Session) -> Option<Usage> {
        self.usages.get(&session.id).copied().filter(|_| session.pid.is_some())
    }
}

fn whole(_: &Column, wide: usize) -> usize {
    wide
}

fn least(column: &Column, wide: usize) -> usize {
    column.shrink_to.map_or(wide, |(least, _)| least.min(wide))
}

fn comfort(column: &Column, wide: usize) -> usize {
    column.shrink_to.map_or(wide, |(_, comfort)| comfort.min(wide))
}

pub(super) fn parts_width(parts: &[(Role, String)]) -> usize {
    parts.iter().map(|(_, text)| text::width(text)).sum()
}

fn status(dash: &Dashboard, session: &Session) -> Parts {
    let state = session.status.state;
    let guess = if session.status.source == Source::Inferred { " ~" } else { "" };
    // Where there is little room, the part that tells states apart.
    let word = if dash.slim { state.word().rsplit('-').next() } else { None };
    let word = word.unwrap_or(state.word());
    vec![(state_role(state), format!("{} {word}{guess}", dash.options.glyphs.sign(state)))]
}

fn since(dash: &Dashboard, session: &Session) -> Parts {
    let since = session.status.since.or(session.last_activity_at);
    vec![(Role::Plain, since.map_or("-".to_owned(), |since| format::age(dash.now.saturating_sub(since))))]
}

fn source(_: &Dashboard, session: &Session) -> Parts {
    vec![(Role::Faint, session.status.source.word().to_owned())]
}

fn title(dash: &Dashboard, session: &Session) -> Parts {
    let id = format::short_id(&session.id);
    let mut parts = vec![(Role::Name, text::clean(session.name.as_deref().unwrap_or(&id)))];
    if !session.subagents.is_empty() {
        let fold = dash.options.glyphs.folded(dash.list.is_unfolded(&session.id));
        parts.push((Role::Faint, format!(" {fold}{}", session.subagents.len())));
    }
    let running = session.subagents.iter().filter(|agent| agent.state == "running").count();
    if running > 0 {
        parts.push((Role::Good, format!(" +{running}")));
    }
    if session.name.is_some() {
        parts.push((Role::Faint, format!(" {}", text::clean(&id))));
    }
    parts
}

fn project(_: &Dashboard, session: &Session) -> Parts {
    vec![(Role::Plain, text::clean(&session.project))]
}

fn context(dash: &Dashboard, session: &Session) -> Parts {
    let Some(pct) = session.context.pct else {
        let tokens = session.context.tokens.map(|tokens| format!("{} of ?", format::short_count(tokens)));
        return vec![(Role::Faint, tokens.unwrap_or_else(|| "-".to_owned()))];
    };
    let high = pct >= dash.options.high_context;
    let role = if high { Role::Notice } else { Role::Bar };
    let number = format!("{pct:>3.0}%{}", if high { " !" } else { "" });
    if dash.narrow {
        return vec![(if high { Role::Notice } else { Role::Plain }, number)];
    }
    let glyphs = dash.options.glyphs;
    let (filled, track) = glyphs.thin_bar(pct / 100.0, BAR_CELLS);
    let number = (if high { Role::Notice } else { Role::Plain }, format!(" {number}"));
    vec![(role, filled), (Role::Faint, track), number]
}

fn cost(_: &Dashboard, session: &Session) -> Parts {
    if session.is_unnamed() {
        return vec![(Role::Faint, "-".to_owned())];
    }
    let cost = &session.cost;
    let text = cost.text();
    let Some((level, of_agents)) = cost.standing() else { return vec![(Role::Plain, text)] };
    // It is another budget than that of what stands before it.
    let whose = if of_agents { "agents " } else { "" };
    match level {
        Level::Exceeded => vec![(Role::Alarm, format!("{text} {whose}over"))],
        Level::Unknown => vec![(Role::Notice, format!("{text} {whose}?"))],
        Level::Warning => vec![(Role::Notice, format!("{text} {whose}!"))],
        Level::Ok => vec![(Role::Plain, text)],
    }
}

fn burn(_: &Dashboard, session: &Session) -> Parts {
    let burn = session.cost.burn_usd_per_hour;
    vec![(Role::Plain, burn.map_or_else(|| "-".to_owned(), |burn| format!("${burn:.2}")))]
}

fn elapsed(dash: &Dashboard, session: &Session) -> Parts {
    let started = session.started_at;
    vec![(Role::Plain, started.map_or("-".to_owned(), |at| format::age(dash.now.saturating_sub(at))))]
}

fn cpu(dash: &Dashboard, session: &Session) -> Parts {
    let usage = dash.usage(session);
    vec![(Role::Plain, usage.map_or("-".to_owned(), |usage| format!("{:.0}%", usage.cpu_pct)))]
}

fn memory(dash: &Dashboard, session: &Session) -> Parts {
    let memory = dash.usage(session).map(|usage| usage.memory_mb).or(session.process.memory_mb);
    let text = memory.filter(|_| session.pid.is_some()).map(|mb| match mb {
        1024.0.. => format!("{:.1}G", mb / 1024.0),
        _ => format!("{mb:.0}M"),
    });
    vec![(Role::Plain, text.unwrap_or_else(|| "-".to_owned()))]
}

fn tokens(_: &Dashboard, session: &Session) -> Parts {
    let text =
        if session.is_unnamed() { "-".to_owned() } else { format::short_count(session.tokens.total()) };
    vec![(Role::Plain, text)]
}

fn activity(dash: &Dashboard, session: &Session) -> Parts {
    let levels = session.pulse.levels(dash.now, SPARK_CELLS, SPARK_MINUTES);
    let spark = dash.options.glyphs.spark(levels.into_iter().map(|rows| f64::from(rows) / SPARK_FULL));
    vec![(Role::Bar, spark)]
}
