//! The list of sessions, with the one that is open below it.

use claudectl_fleet::alarm::{self, Kind};
use claudectl_fleet::format;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::{Conflict, Session, Subagent};
use claudectl_fleet::status::State;
use ratatui::layout::Rect;

use super::columns::{Column, Fitting, parts_width};
use super::pen::{Parts, Pen};
use crate::dashboard::{Dashboard, Hit};
use crate::glyphs::Glyphs;
use crate::list::{At, Row, Sort};
use crate::look::Look;
use crate::text;
use crate::theme::Role;

/// Columns from which on a name gives way to what tells it apart, and of which so many stay.
const ROOM_FOR_BOTH: usize = 18;
const LEAST_NAME: usize = 6;
/// A list lower than this has no titles of columns, and below its rows only what waits for a person.
const LOW: u16 = 8;
/// What stands below a session is set in by so many columns, and takes at most so many lines; where it has fewer columns
/// than the third it takes one.
const CONCERN: u16 = 4;
const CONCERN_LINES: usize = 3;
const LEAST_CONCERN: usize = 16;
/// One of fewer lines has only sessions.
const LEAST_LINES: u16 = 4;
/// Columns between the list and what stands beside it: a blank, a line, a blank.
const BETWEEN: u16 = 3;
/// What stands beside the list has no fewer columns than these, and no more; an open session wants more to be read. Once
/// it is there, it stays with so many fewer.
const LEAST_BESIDE: u16 = 50;
const MOST_BESIDE: u16 = 80;
const LEAST_OPEN: u16 = 80;
const LEEWAY: u16 = 10;
/// With the open session below it, so much of the screen is the list's.
const LIST_PART: u16 = 45;

/// Lines for why the sessions cannot be looked at.
const STALE_LINES: usize = 4;
/// And for what is wrong with the guard.
const ALARM_LINES: usize = 2;

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
                let whole = self.whole_list().unwrap_or(area.width);
                let most = if open { u16::MAX } else { MOST_BESIDE };
                let beside = area.width.saturating_sub(whole + BETWEEN).min(most);
                let list = Rect { width: area.width - beside - BETWEEN, ..area };
                self.list_area(pen, list);
                pen.upright(Rect { x: list.right() + 1, ..area });
                // The bar of the open session's tabs begins at the line.
                let x = list.right() + BETWEEN - u16::from(open);
                let beside = Rect { x, width: area.right() - x, ..area };
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

    /// Finds out whether what is chosen, or open, has room beside the whole list. What stands there stays until it has much too
    /// little, so that it does not come and go with the length of an age.
    pub(crate) fn measure(&mut self) {
        let least = if self.detail.is_some() { LEAST_OPEN } else { LEAST_BESIDE };
        let least = if self.wide { least - LEEWAY } else { least };
        let room = self.whole_list().map(|whole| self.columns.saturating_sub(whole + BETWEEN));
        self.room_beside = room.is_some_and(|room| room >= least);
        self.wide = self.panel && self.room_beside;
    }

    /// What is wrong with the guard before these sessions' calls.
    fn alarm(&self) -> Option<String> {
        let sessions = self.look.as_ref()?.sessions.iter();
        let line = alarm::headline(sessions.map(|one| (one.id.as_str(), one.gate.alarms.as_slice())))?;
        Some(text::clean(&self.short(&line)))
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
        let alarm = self.alarm().filter(|_| area.height >= LEAST_LINES).unwrap_or_default();
        let alarm = if alarm.is_empty() {
            Vec::new()
        } else {
            text::wrap(&alarm, usize::from(area.width), ALARM_LINES)
        };
        for line in alarm {
            pen.text(Rect { height: 1, ..area }, Role::Alarm, &line);
            area = below(area, 1);
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
        let columns = self.columns(look, usize::from(area.width));
        if let Some(order) = self.hidden_order(&columns, area.height, pen.glyphs) {
            pen.text(Rect { height: 1, ..area }, Role::Notice, &order);
            area = below(area, 1);
        }
        if area.height >= LOW {
            self.titles(pen, Rect { height: 1, ..area }, &columns);
            area = below(area, 1);
        }
        let lines = usize::from(area.height);
        self.list_lines = lines;
        self.low = area.height < LEAST_LINES;
        let glyphs = pen.glyphs;
        let concern = |row: &Row| concern_of(row, look, area, glyphs);
        let high = |row: &Row| 1 + concern(row).len();
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
            self.row(pen, Rect { height: 1, ..place }, row, look, &columns);
            for (y, (role, line)) in (y + 1..y + height).zip(concern(row)) {
                pen.text(Rect { y, height: 1, ..indented(area, CONCERN) }, role, &line);
            }
            if line == chosen {
                let glyph = pen.glyphs.chosen();
                pen.text(Rect { width: 1, height: 1, ..place }, Role::Strong, glyph);
                pen.restyle(Rect { height: 1, ..place }, pen.theme.chosen());
            }
            self.hits.push((place, Hit::Row(line)));
            y += height;
        }
    }

    /// What it is sorted by, where no title says so.
    fn hidden_order(&self, columns: &Fitting, lines: u16, glyphs: Glyphs) -> Option<String> {
        let told = lines >= LOW && columns.shows(self.list.sort);
        let usual = self.list.sort == Sort::Status && !self.list.reversed;
        (!told && !usual && lines >= LEAST_LINES)
            .then(|| format!("sorted by {} {}", self.list.sort.word(), glyphs.sorted(self.list.reversed)))
    }

    fn titles(&mut self, pen: &mut Pen<'_>, area: Rect, columns: &Fitting) {
        for (place, column) in columns.places(area) {
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

    fn row(&self, pen: &mut Pen<'_>, line: Rect, row: &Row, look: &Look, columns: &Fitting) {
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
                for (place, column) in columns.places(line) {
                    let parts =
                        told_apart((column.cell)(self, session), usize::from(place.width), pen.glyphs);
                    let missing = usize::from(place.width).saturating_sub(parts_width(&parts));
                    let x =
                        if column.right { place.x + u16::try_from(missing).unwrap_or(0) } else { place.x };
                    pen.parts(Rect { x, width: place.right() - x, ..place }, &parts);
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
        let number = format::plural(sessions.len() as u64, "session");
        let working = sessions.iter().filter(|session| session.status.state == State::Working).count();
        let context = average_context(&sessions).map(|pct| {
            let role = if pct >= self.options.high_context { Role::Notice } else { Role::Plain };
            (role, format!("  context {pct:.0}%"))
        });
        let wants = format!("  {waiting} want{} you", if waiting == 1 { "s" } else { "" });
        // With how much each is worth where there is little room.
        let mut parts = vec![
            (9, (Role::Strong, format!("{mark} {}", text::clean(&first.project)))),
            (1, (Role::Faint, format!("  {}", text::clean(&folder)))),
            (7, (Role::Plain, format!("  {number}"))),
        ];
        parts.extend((waiting > 0).then_some((8, (Role::Alarm, wants))));
        parts.extend((working > 0).then(|| (3, (Role::Good, format!("  {working} working")))));
        parts.extend(context.map(|context| (2, context)));
        parts.push((6, (Role::Plain, format!("  {cost}"))));
        let place = indented(area, 2);
        for worth in 1..7 {
            let all: usize = parts.iter().map(|(_, (_, text))| text::width(text)).sum();
            if all > usize::from(place.width) {
                parts.retain(|(own, _)| *own > worth);
            }
        }
        let parts: Parts = parts.into_iter().map(|(_, part)| part).collect();
        pen.parts(place, &parts);
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

/// How full the contexts are on average, of the sessions of which that is known, percent.
fn average_context(sessions: &[&Session]) -> Option<f64> {
    let known = sessions.iter().filter_map(|session| session.context.pct);
    let (sum, count) = known.fold((0.0, 0.0), |(sum, count), pct| (sum + pct, count + 1.0));
    (count > 0.0).then(|| sum / count)
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

/// A cell in at most so many columns. Where it has more parts than one and room for them, the first, a name, gives way:
/// names that begin the same are told apart by what stands behind them.
fn told_apart(mut parts: Parts, width: usize, glyphs: Glyphs) -> Parts {
    let all = parts_width(&parts);
    if let [(_, first), _, ..] = parts.as_mut_slice()
        && all > width
        && width >= ROOM_FOR_BOTH
    {
        let left = text::width(first).saturating_sub(all - width);
        if left >= LEAST_NAME {
            *first = text::cut(first, left, glyphs);
        }
    }
    parts
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
    // A gap is among what the health checks find.
    let alarm = session.gate.alarms.first().filter(|alarm| alarm.kind != Kind::Gap);
    let alarm = alarm.map(|alarm| (Role::Alarm, text::clean(&alarm.words())));
    let all: Vec<(Role, String)> = alarm.into_iter().chain(told).chain(conflict).chain(finding).collect();
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

/// What stands below a line of a list of that size: in a low one only what waits for a person, in one line.
fn concern_of(row: &Row, look: &Look, list: Rect, glyphs: Glyphs) -> Vec<(Role, String)> {
    let At::Session(at) = row.at else { return Vec::new() };
    let Some(session) = look.sessions.get(at) else { return Vec::new() };
    let state = session.status.state;
    match list.height {
        LOW.. => concern(session, usize::from(list.width), glyphs),
        LEAST_LINES.. if state.wants_attention() => {
            let call = session.status.detail.as_deref();
            let room = usize::from(list.width.saturating_sub(CONCERN));
            let line = |call| (state_role(state), text::ends(&text::clean(call), room, glyphs));
            call.map(line).into_iter().collect()
        }
        _ => Vec::new(),
    }
}
