//! The list of sessions, with the one that is open below it.

use claudectl_fleet::budget::Level;
use claudectl_fleet::format;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::{Conflict, Session, Subagent};
use claudectl_fleet::status::{Source, State};
use ratatui::layout::Rect;

use super::pen::{Parts, Pen};
use super::preview;
use crate::dashboard::{Dashboard, Hit};
use crate::glyphs::Glyphs;
use crate::list::{At, Row, Sort};
use crate::look::{Look, Usage};
use crate::text;
use crate::theme::Role;

/// A column of the list.
struct Column {
    title: &'static str,
    sort: Option<Sort>,
    right: bool,
    /// May be cut down to so many columns, and rather loses its neighbours than have less than so many.
    shrink_to: Option<(usize, usize)>,
    /// The lowest is left out first where the screen is narrow; the highest never.
    rank: u8,
    cell: fn(&Dashboard, &Session) -> Parts,
}

const KEEP: u8 = u8::MAX;
/// Columns from this rank on are worth more than whole names.
const WORTH: u8 = 7;

const COLUMNS: &[Column] = &[
    column("STATUS", Some(Sort::Status), false, None, KEEP, status),
    column("FOR", None, true, None, 11, since),
    column("BY", None, false, None, 4, source),
    column("SESSION", None, false, Some((12, 26)), KEEP, title),
    column("PROJECT", Some(Sort::Project), false, Some((7, 11)), 9, project),
    column("CONTEXT", Some(Sort::Context), false, None, 8, context),
    column("COST", Some(Sort::Cost), true, None, 10, cost),
    column("$/H", Some(Sort::Burn), true, None, 7, burn),
    column("UP", Some(Sort::Elapsed), true, None, 6, elapsed),
    column("CPU", Some(Sort::Cpu), true, None, 5, cpu),
    column("MEM", Some(Sort::Memory), true, None, 3, memory),
    column("TOKENS", Some(Sort::Tokens), true, None, 2, tokens),
    column("ACTIVITY", Some(Sort::Activity), false, None, 1, activity),
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
/// Below so many columns there is no bar beside the percentage, and between columns only one blank.
const NARROW: usize = 90;
const BAR_CELLS: usize = 6;
/// Below so many columns a status is told in a shorter word; it has at least so many columns.
const SLIM: usize = 56;
const LEAST_STATUS: usize = 6;
/// Of the sparkline: cells, and minutes in each.
const SPARK_CELLS: usize = 15;
const SPARK_MINUTES: i64 = 2;
/// So many rows in one cell of the sparkline fill it.
const SPARK_FULL: f64 = 24.0;
/// A screen lower than this has no titles of columns, and no lines below the rows.
const LOW: u16 = 8;
/// What stands below a session is set in by so many columns, and takes at most so many lines; where it has fewer columns
/// than the third it takes one.
const CONCERN: u16 = 4;
const CONCERN_LINES: usize = 3;
const LEAST_CONCERN: usize = 16;
/// With the open session below it, so much of the screen is the list's.
const LIST_PART: u16 = 45;

/// Lines for why the sessions cannot be looked at.
const STALE_LINES: usize = 4;

impl Dashboard {
    pub(super) fn sessions(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let low = area.height < 2 * LOW && !self.wide;
        let full = self.detail.as_ref().map(|detail| detail.full || low);
        match full {
            Some(true) => self.detail_area(pen, area),
            // Nothing that could stand beside it.
            None if self.list.rows().is_empty() => self.list_area(pen, area),
            None | Some(false) if self.wide => {
                let open = full.is_some();
                let half = if open { area.width / 2 } else { 0 };
                let beside = preview::width(area.width).max(half);
                // A blank, and the line between them.
                let list = Rect { width: area.width - beside - 2, ..area };
                let (line, x) = (Rect { x: list.right() + 1, ..area }, list.right() + 2);
                self.list_area(pen, list);
                pen.upright(line);
                let beside = Rect { x: x + u16::from(!open), width: beside - u16::from(!open), ..area };
                if open { self.detail_area(pen, beside) } else { self.preview(pen, beside) }
            }
            None => self.list_area(pen, area),
            Some(false) => {
                let upper = area.height * LIST_PART / 100;
                self.list_area(pen, Rect { height: upper, ..area });
                self.detail_area(pen, Rect { y: area.y + upper, height: area.height - upper, ..area });
            }
        }
    }

    fn list_area(&mut self, pen: &mut Pen<'_>, mut area: Rect) {
        if let Some((since, why)) = &self.stale {
            let clock = format::moment(*since, &self.options.zone);
            let clock = clock.rsplit(' ').next().unwrap_or_default();
            let told = match self.look {
                Some(_) => format!("! not up to date since {clock}: {why}"),
                None => format!("! cannot look at the sessions: {why}"),
            };
            for line in text::wrap(&told, usize::from(area.width), STALE_LINES) {
                pen.text(Rect { height: 1, ..area }, Role::Alarm, &line);
                area = below(area, 1);
            }
        }
        if let Some(filters) = self.filters() {
            let dot = pen.glyphs.dot();
            let line = format!("only {filters} {dot} {} shown {dot} z shows all", self.list.shown());
            pen.text(Rect { height: 1, ..area }, Role::Notice, &line);
            area = below(area, 1);
        }
        let Some(look) = self.look.take() else {
            if self.stale.is_some() {
                return;
            }
            let far = match self.reading {
                Some((read, all)) => format!(": {} of {}", format::bytes(read), format::bytes(all)),
                None => " ...".to_owned(),
            };
            pen.text(area, Role::Faint, &format!("Reading transcripts{far}"));
            return;
        };
        if self.list.rows().is_empty() {
            empty(pen, area, &look, self.filters().is_some());
        } else {
            self.table(pen, area, &look);
        }
        self.look = Some(look);
    }

    fn table(&mut self, pen: &mut Pen<'_>, mut area: Rect, look: &Look) {
        self.narrow = usize::from(area.width) < NARROW;
        self.slim = usize::from(area.width) < SLIM;
        let columns = self.columns(look, usize::from(area.width));
        if area.height >= LOW {
            self.titles(pen, Rect { height: 1, ..area }, &columns);
            area = below(area, 1);
        }
        let lines = usize::from(area.height);
        self.list_lines = lines;
        let roomy = area.height >= LOW;
        self.low = !roomy;
        let (glyphs, width) = (pen.glyphs, usize::from(area.width));
        let high = |row: &Row| 1 + if roomy { concern_of(row, look, width, glyphs).len() } else { 0 };
        let chosen = self.list.index().unwrap_or(0);
        self.list.top = top(self.list.rows(), self.list.top, chosen, lines, high);
        let rows: Vec<Row> = self.list.rows().iter().skip(self.list.top).take(lines).cloned().collect();
        let mut y = area.y;
        for (at, row) in rows.iter().enumerate() {
            let line = self.list.top + at;
            let height = u16::try_from(high(row)).unwrap_or(1).min(area.bottom().saturating_sub(y));
            if height == 0 {
                break;
            }
            let place = Rect { y, height, ..area };
            self.row(pen, place, row, look, &columns);
            if line == chosen {
                let glyph = pen.glyphs.chosen();
                pen.text(Rect { width: 1, height: 1, ..place }, Role::Strong, glyph);
                pen.restyle(Rect { height: 1, ..place }, pen.theme.chosen());
            }
            self.hits.push((place, Hit::Row(line)));
            y += height;
        }
    }

    /// The columns that there is room for, with their widths.
    fn columns(&self, look: &Look, width: usize) -> Vec<(&'static Column, usize)> {
        let gap = if width < NARROW { 1 } else { GAP };
        let mut columns: Vec<(&Column, usize)> = COLUMNS
            .iter()
            .map(|column| {
                let cells = look.sessions.iter().map(|session| parts_width(&(column.cell)(self, session)));
                let title = text::width(column.title) + usize::from(column.sort == Some(self.list.sort)) * 2;
                (column, cells.chain([title]).max().unwrap_or(0))
            })
            .collect();
        let room = width.saturating_sub(MARK);
        loop {
            let first = columns.iter().map(|(column, _)| column.rank).min().unwrap_or(KEEP);
            // The columns that say the least go first, so that names can be read; the others only if they must.
            let need = if first < WORTH { comfort } else { least };
            let all: usize = columns.iter().map(|(column, wide)| need(column, *wide) + gap).sum();
            if all <= room + gap || first == KEEP {
                break;
            }
            columns.retain(|(column, _)| column.rank != first);
        }
        let all: usize = columns.iter().map(|(_, wide)| wide + gap).sum::<usize>().saturating_sub(gap);
        let mut over = all.saturating_sub(room);
        // The widest of those that may be cut gives first, so that each keeps what it can be told by.
        while over > 0 {
            let can_give = |(column, wide): &&mut (&Column, usize)| {
                column.shrink_to.is_some() && *wide > least(column, *wide)
            };
            let Some((_, wide)) = columns.iter_mut().filter(can_give).max_by_key(|(_, wide)| *wide) else {
                break;
            };
            *wide -= 1;
            over -= 1;
        }
        // The sign of a state says what matters most of it.
        if let Some((_, wide)) = columns.first_mut() {
            *wide -= over.min(wide.saturating_sub(LEAST_STATUS));
        }
        columns
    }

    fn titles(&mut self, pen: &mut Pen<'_>, area: Rect, columns: &[(&'static Column, usize)]) {
        for (place, column) in places(area, columns) {
            let sorted = column.sort == Some(self.list.sort);
            let sign =
                if sorted { format!(" {}", pen.glyphs.sorted(self.list.reversed)) } else { String::new() };
            let title = format!("{}{sign}", column.title);
            let title = aligned(&title, column, place, pen);
            pen.text(place, if sorted { Role::Strong } else { Role::Faint }, &title);
            if let Some(sort) = column.sort {
                self.hits.push((place, Hit::Column(sort)));
            }
        }
    }

    fn row(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        row: &Row,
        look: &Look,
        columns: &[(&'static Column, usize)],
    ) {
        let line = Rect { height: 1, ..area };
        match &row.at {
            At::Group(members) => self.group_row(pen, line, row, members, look),
            At::Agent(at, index, last) => {
                if let Some(agent) = look.sessions.get(*at).and_then(|session| session.subagents.get(*index))
                {
                    agent_row(pen, line, agent, *last);
                }
            }
            At::Session(at) => {
                let Some(session) = look.sessions.get(*at) else { return };
                for (place, column) in places(line, columns) {
                    let parts = (column.cell)(self, session);
                    let missing = usize::from(place.width).saturating_sub(parts_width(&parts));
                    let x =
                        if column.right { place.x + u16::try_from(missing).unwrap_or(0) } else { place.x };
                    pen.parts(Rect { x, width: place.right() - x, ..place }, &parts);
                }
                let concern = concern_of(row, look, usize::from(area.width), pen.glyphs);
                for (y, (role, line)) in (area.y + 1..area.bottom()).zip(concern) {
                    pen.text(Rect { y, height: 1, ..indented(area, CONCERN) }, role, &line);
                }
            }
        }
    }

    fn group_row(&self, pen: &mut Pen<'_>, area: Rect, row: &Row, members: &[usize], look: &Look) {
        let sessions: Vec<&Session> = members.iter().filter_map(|&at| look.sessions.get(at)).collect();
        let Some(first) = sessions.first() else { return };
        let crate::list::RowId::Group(key) = &row.id else { return };
        let folder = first.project_path.as_deref().map(|path| self.short(path)).unwrap_or_default();
        let waiting = sessions.iter().filter(|session| session.status.state.wants_attention()).count();
        let cost: claudectl_fleet::money::Usd = sessions.iter().map(|session| session.cost.usd).sum();
        let mark = pen.glyphs.folded(!self.list.is_folded(key));
        let mut parts: Parts = vec![
            (Role::Strong, format!("{mark} {}", text::clean(&first.project))),
            (Role::Faint, format!("  {}  ", text::clean(&folder))),
            (Role::Plain, format!("{}  {cost}", format::plural(sessions.len() as u64, "session"))),
        ];
        if waiting > 0 {
            parts.push((Role::Alarm, format!("  {waiting} want{} you", if waiting == 1 { "s" } else { "" })));
        }
        pen.parts(indented(area, 2), &parts);
    }

    /// A path for people: the home folder as `~`.
    pub(super) fn short(&self, path: &str) -> String {
        let home = self.options.home.as_deref().filter(|home| *home != "/");
        match home.and_then(|home| path.strip_prefix(home)) {
            Some("") => "~".to_owned(),
            Some(rest) if rest.starts_with('/') => format!("~{rest}"),
            _ => path.to_owned(),
        }
    }

    fn usage(&self, session: &Session) -> Option<Usage> {
        self.usages.get(&session.id).copied().filter(|_| session.pid.is_some())
    }
}

fn agent_row(pen: &mut Pen<'_>, area: Rect, agent: &Subagent, last: bool) {
    let sign = match agent.state {
        "running" => pen.glyphs.sign(State::Working),
        "finished" => pen.glyphs.sign(State::Finished),
        _ => pen.glyphs.sign(State::Unknown),
    };
    let role = if agent.state == "running" { Role::Good } else { Role::Faint };
    // By its id, where nothing else tells it from others.
    let bare =
        || if agent.kind == "unknown" { format!(" {}", format::short_id(&agent.id)) } else { String::new() };
    let what = agent.description.as_deref().map_or_else(bare, |what| format!(" {}", text::clean(what)));
    let tokens = format::short_count(agent.tokens.total());
    let parts = [
        (Role::Rule, format!("  {} ", pen.glyphs.branch(last))),
        (role, format!("{sign} {:<8} ", agent.state)),
        (Role::Plain, format!("{}  {tokens}  ", agent.cost_usd)),
        (Role::Name, text::clean(&agent.kind)),
        (Role::Faint, what),
    ];
    pen.parts(indented(area, 2), &parts);
}

fn least(column: &Column, wide: usize) -> usize {
    column.shrink_to.map_or(wide, |(least, _)| least.min(wide))
}

fn comfort(column: &Column, wide: usize) -> usize {
    column.shrink_to.map_or(wide, |(_, comfort)| comfort.min(wide))
}

fn parts_width(parts: &[(Role, String)]) -> usize {
    parts.iter().map(|(_, text)| text::width(text)).sum()
}

fn places<'a>(
    area: Rect,
    columns: &'a [(&'static Column, usize)],
) -> impl Iterator<Item = (Rect, &'static Column)> + 'a {
    let gap = if usize::from(area.width) < NARROW { 1 } else { GAP };
    let mut x = usize::from(area.x) + MARK;
    columns.iter().map(move |(column, wide)| {
        let at = u16::try_from(x).unwrap_or(u16::MAX).min(area.right());
        let width = u16::try_from(*wide).unwrap_or(u16::MAX).min(area.right() - at);
        x += wide + gap;
        (Rect { x: at, width, ..area }, *column)
    })
}

fn aligned(text: &str, column: &Column, place: Rect, pen: &Pen<'_>) -> String {
    let width = usize::from(place.width);
    if column.right { text::right(text, width, pen.glyphs) } else { text::left(text, width, pen.glyphs) }
}

fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

fn indented(area: Rect, by: u16) -> Rect {
    let by = by.min(area.width);
    Rect { x: area.x + by, width: area.width - by, ..area }
}

/// The first line to show, so that the chosen one is seen whole.
fn top(rows: &[Row], top: usize, chosen: usize, lines: usize, high: impl Fn(&Row) -> usize) -> usize {
    let mut top = top.min(chosen).min(rows.len().saturating_sub(1));
    let upto = |from: usize| rows.get(from..=chosen).into_iter().flatten().map(&high).sum::<usize>();
    while top < chosen && upto(top) > lines {
        top += 1;
    }
    // Room that the end of the list leaves is used.
    let rest = |from: usize| rows.get(from..).into_iter().flatten().map(&high).sum::<usize>();
    while top > 0 && rest(top - 1) <= lines {
        top -= 1;
    }
    top
}

fn empty(pen: &mut Pen<'_>, area: Rect, look: &Look, filtered: bool) {
    let lines: Vec<String> = if filtered && !look.sessions.is_empty() {
        vec![format!(
            "None of {} matches: z shows all.",
            format::plural(look.sessions.len() as u64, "session")
        )]
    } else if look.transcripts == 0 {
        vec![
            "No Claude Code session has been found on this machine.".to_owned(),
            format!("  looked in: {}", text::clean(&look.looked_in.join(", "))),
            "  start one with `claude`: it comes up here by itself".to_owned(),
            "  `claudectl doctor` checks where its files are; `claudectl demo` shows what this looks like"
                .to_owned(),
        ]
    } else {
        vec![
            "No Claude Code session is running.".to_owned(),
            "  start one with `claude`: it comes up here by itself".to_owned(),
            format!(
                "  {} of past sessions: F4 searches them, F2 shows what they cost, `claudectl history` lists them",
                format::plural(look.transcripts, "transcript")
            ),
        ]
    };
    let mut y = area.y;
    for (at, line) in lines.iter().enumerate() {
        let role = if at == 0 { Role::Plain } else { Role::Faint };
        for line in text::wrap(line, usize::from(area.width), 4) {
            if y < area.bottom() {
                pen.text(Rect { y, height: 1, ..area }, role, &line);
                y += 1;
            }
        }
    }
}

pub(super) fn state_role(state: State) -> Role {
    match state {
        State::NeedsPermission | State::NeedsAnswer | State::Error => Role::Alarm,
        State::RateLimited | State::Stalled | State::Waiting => Role::Notice,
        State::Working | State::Background => Role::Good,
        State::Idle | State::Unknown | State::Finished => Role::Faint,
    }
}

/// What stands below a session: the call that waits, the failure, the collision, the worst finding. What wants a person
/// is to be read without opening anything, so it may take some lines.
fn concern(session: &Session, width: usize, glyphs: Glyphs) -> Vec<(Role, String)> {
    let state = session.status.state;
    let told = session.status.detail.as_deref().filter(|_| !matches!(state, State::Working | State::Idle));
    let told = told.map(|told| (state_role(state), text::clean(told)));
    let room = width.saturating_sub(usize::from(CONCERN));
    if let Some((role, call)) = told.as_ref().filter(|(_, call)| text::width(call) > room)
        && state.wants_attention()
        && room >= LEAST_CONCERN
    {
        let lines = text::wrap_ends(call, room, CONCERN_LINES, glyphs);
        return lines.into_iter().map(|line| (*role, line)).collect();
    }
    let told = told.map(|(role, call)| (role, text::ends(&call, room, glyphs)));
    let conflict = session.conflicts.first().map(|conflict| (Role::Notice, collision(session, conflict)));
    let finding =
        session.health.first().filter(|worst| session.pid.is_some() && worst.severity >= Severity::Warning);
    let finding = finding.map(|worst| {
        let role = if worst.severity == Severity::Critical { Role::Alarm } else { Role::Notice };
        (role, format!("{}: {}", worst.severity, text::clean(&worst.message)))
    });
    let all: Vec<(Role, String)> = told.into_iter().chain(conflict).chain(finding).collect();
    let Some((role, _)) = all.first() else { return Vec::new() };
    let texts: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
    vec![(*role, texts.join(&format!(" {} ", glyphs.dot())))]
}

pub(super) fn collision(session: &Session, conflict: &Conflict) -> String {
    // Only an id can be cut short.
    let with =
        if conflict.with.contains(' ') { conflict.with.clone() } else { format::short_id(&conflict.with) };
    let text = match (conflict.kind, conflict.was.as_deref()) {
        ("session", _) => format!("also open in {with}, which writes to the same transcript"),
        (_, Some(was)) => {
            let now = session.branch.as_deref().unwrap_or("another branch");
            format!("branch conflict with {with}: it was on {was}, and {now} is checked out now")
        }
        (kind, None) => format!("{kind} conflict with {with}: {}", conflict.path),
    };
    text::clean(&text)
}

fn concern_of(row: &Row, look: &Look, width: usize, glyphs: Glyphs) -> Vec<(Role, String)> {
    match row.at {
        At::Session(at) => {
            look.sessions.get(at).map(|session| concern(session, width, glyphs)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
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
    let mut text = cost.usd.to_string();
    if cost.unpriced_messages > 0 {
        text.push('+');
    }
    if cost.unverified_usd.cents() != 0 {
        text.push('?');
    }
    match cost.budget_level {
        Some(Level::Exceeded) => vec![(Role::Alarm, format!("{text} over"))],
        Some(Level::Warning) => vec![(Role::Notice, format!("{text} !"))],
        Some(Level::Ok) | None => vec![(Role::Plain, text)],
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
