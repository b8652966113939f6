//! Draws the dashboard.

mod columns;
mod detail;
mod help;
mod notices;
mod palette;
mod pen;
mod plot;
mod preview;
mod prompt;
mod review;
mod search;
mod sessions;
mod spend;
mod story;

use claudectl_fleet::format;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dashboard::{Dashboard, Hit, Level, Overlay, Page};
use crate::glyphs::Glyphs;
use crate::keys::{self, Action, Place};
use crate::list::focus_word;
use crate::look::Spent;
use crate::text;
use crate::theme::Role;

use pen::{Pen, Piece};
pub(crate) use story::Lines;

/// Below this nothing sensible can be drawn.
const LEAST: (u16, u16) = (12, 2);
/// A screen narrower than this has no room for the names of the pages and the time.
const SLIM: usize = 44;
/// A screen narrower than this has no room for the names of all pages.
const ALL_PAGES: usize = 100;
/// From how much on a limit is near, and from how much it is nearly gone, percent.
const NEAR_PCT: f64 = 80.0;
const GONE_PCT: f64 = 95.0;

/// Lines for what is to be said: an error may come with its reason and a way out.
const SAID_LINES: u16 = 6;

impl Dashboard {
    /// Draws a frame.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let (theme, glyphs) = (self.options.theme, self.options.glyphs);
        self.hits.clear();
        self.columns = area.width;
        self.measure();
        let mut pen = Pen { buffer: frame.buffer_mut(), theme, glyphs };
        pen.ground(area);
        if area.width < LEAST.0 || area.height < LEAST.1 {
            pen.text(area, Role::Plain, "larger, please");
            return;
        }
        let header = u16::from(area.height >= 4);
        let body = Rect { y: area.y + header, height: area.height - header - 1, ..area };
        if header > 0 {
            self.header(&mut pen, Rect { height: 1, ..area });
        }
        let mut typed = None;
        match self.page {
            Page::Sessions => self.sessions(&mut pen, body),
            Page::Spend => self.spend_page(&mut pen, body),
            Page::Notices => self.notices_page(&mut pen, body),
            Page::Review => self.review_page(&mut pen, body),
            Page::Search if self.detail.is_some() => self.detail_area(&mut pen, body),
            Page::Search => typed = self.search_page(&mut pen, body),
        }
        let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
        let cursor = self.footer(&mut pen, foot).or(typed);
        let cursor = match &self.overlay {
            Some(Overlay::Help { .. }) => {
                self.help(&mut pen, area);
                None
            }
            Some(Overlay::Palette(_)) => self.palette(&mut pen, area),
            Some(Overlay::Prompt(_)) => {
                self.prompt(&mut pen, body);
                None
            }
            None => cursor,
        };
        if glyphs == Glyphs::Ascii {
            pen.only_ascii();
        }
        if let Some(at) = cursor {
            frame.set_cursor_position(at);
        }
    }

    /// The line at the top: pages, what wants a person, what was spent, the account's limits, the time.
    fn header(&mut self, pen: &mut Pen<'_>, area: Rect) {
        let clock = jiff::Timestamp::from_millisecond(self.now)
            .map(|at| self.options.zone.to_datetime(at).strftime("%H:%M").to_string())
            .unwrap_or_default();
        let clock_width = u16::try_from(clock.len() + 1).unwrap_or(0);
        let apart = clock_width + 2;
        let room = Rect { width: area.width.saturating_sub(apart), ..area };
        if usize::from(area.width) < SLIM {
            let pieces = self.summary(pen.glyphs.dot());
            pen.pieces(area, &pieces);
            return;
        }
        let mut x = room.x;
        let pages = [
            (Page::Sessions, " sessions "),
            (Page::Spend, " spend "),
            (Page::Notices, " notices "),
            (Page::Search, " search "),
            (Page::Review, " review "),
        ];
        // Where there is little room, the figures are worth more.
        let little = usize::from(area.width) < ALL_PAGES;
        for (page, title) in pages {
            if little && matches!(page, Page::Search | Page::Review) && self.page != page {
                continue;
            }
            let tab = Rect { x, width: text::width(title).min(usize::from(room.right() - x)) as u16, ..room };
            pen.text(tab, if page == self.page { Role::Strong } else { Role::Faint }, title);
            if page == self.page {
                pen.restyle(tab, pen.theme.chosen());
            }
            self.hits.push((tab, Hit::Page(page)));
            x = tab.right();
        }
        let pieces = self.summary(pen.glyphs.dot());
        let rest = Rect { x: (x + 1).min(room.right()), width: room.right().saturating_sub(x + 1), ..room };
        pen.pieces(rest, &pieces);
        let corner = Rect { x: area.right().saturating_sub(clock_width), width: clock_width, ..area };
        pen.text(corner, Role::Faint, &clock);
    }

    /// What is to be known at a glance, the most important first: what does not fit is left out whole.
    fn summary(&self, dot: &str) -> Vec<Piece> {
        let Some(look) = &self.look else { return vec![Piece::new(Role::Faint, "looking ...")] };
        let waiting = look.sessions.iter().filter(|session| session.status.state.wants_attention()).count();
        let mut parts = Vec::new();
        if look.sessions.iter().any(|session| !session.gate.alarms.is_empty()) {
            parts.push((Role::Alarm, "GATE ALARM".to_owned()));
        }
        if waiting > 0 {
            parts.push((Role::Alarm, format!("{waiting} want{} you", if waiting == 1 { "s" } else { "" })));
        }
        let all = look.sessions.len();
        let number = if self.list.shown() == all {
            format::plural(all as u64, "session")
        } else {
            format!("{} of {}", self.list.shown(), format::plural(all as u64, "session"))
        };
        parts.push((Role::Plain, number));
        for quota in &look.quota {
            let used = quota.limit.used_word(self.now);
            let reset = quota.limit.resets_at.filter(|at| *at > self.now);
            let reset = reset.map(|at| format!(" ({})", format::age(at - self.now))).unwrap_or_default();
            let role = limit_role(quota.limit.used_at(self.now));
            let mark = if role == Role::Faint { "" } else { " !" };
            parts.push((role, format!("{} {used}{mark}{reset}", text::clean(&quota.limit.short()))));
        }
        parts.push((Role::Plain, format!("today {}", amount(&look.today))));
        parts.push((Role::Faint, format!("week {}", amount(&look.week))));
        let last = parts.len() - 1;
        let piece = |(at, (role, text)): (usize, (Role, String))| {
            let after = if at == last { String::new() } else { format!(" {dot} ") };
            Piece { role, text, after }
        };
        parts.into_iter().enumerate().map(piece).collect()
    }

    /// The last line: what is typed, what is to be said, or what can be done. Says where the cursor goes.
    fn footer(&mut self, pen: &mut Pen<'_>, area: Rect) -> Option<(u16, u16)> {
        if let Some(typing) = self.typing.as_ref().filter(|typing| typing.place != Place::Search) {
            let label = if typing.place == Place::Detail { "search transcript: " } else { "only with: " };
            let x = pen.text(area, Role::Key, label);
            let rest = Rect { x, width: area.right().saturating_sub(x), ..area };
            return Some(pen.typed(rest, &typing.line));
        }
        if let Some(search) = self.detail.as_ref().and_then(|detail| detail.story.search.as_ref())
            && self.said.is_none()
        {
            let text = text::clean(&search.text);
            let size = self.detail.as_ref().map_or(0, |detail| detail.story.size);
            let line = match search.running {
                Some(at) => format!(
                    "searching for \"{text}\", at {} of {}: Esc gives up",
                    format::bytes(at),
                    format::bytes(size)
                ),
                None if self.page == Page::Search => {
                    format!("\"{text}\": n towards the beginning, N back, Esc goes back to what was found")
                }
                None => format!("\"{text}\": n towards the beginning, N back, Esc ends the search"),
            };
            pen.text(area, Role::Notice, &line);
            return None;
        }
        if let Some(said) = &self.said {
            let (role, sign) = match said.level {
                Level::Info => (Role::Plain, ""),
                Level::Notice => (Role::Notice, ""),
                Level::Alarm => (Role::Alarm, "error: "),
            };
            let text = format!("{sign}{}", text::clean(&said.text));
            let columns = usize::from(area.width);
            let most = usize::from(area.y.min(SAID_LINES - 1)) + 1;
            let lines = text::wrap(&text, columns, most);
            for (line, y) in lines.iter().rev().zip((0..=area.y).rev()) {
                pen.text(Rect { y, ..area }, role, &format!("{line:columns$}"));
            }
            return None;
        }
        let place = self.place();
        if let Some((role, call)) = self.call_of_low_screen(place) {
            pen.text(area, role, &text::ends(&call, usize::from(area.width), pen.glyphs));
            return None;
        }
        let mut x = area.x;
        for (action, what) in self.hints(place) {
            let Some(key) = hinted_key(place, action) else { continue };
            if action == Action::Answer && !self.is_offered(action) {
                continue;
            }
            let width = text::width(key) + 1 + text::width(what) + 2;
            if usize::from(x) + width > usize::from(area.right()) {
                break;
            }
            let rest = Rect { x, width: area.right() - x, ..area };
            let after = pen.text(rest, Role::Key, key);
            let rest = Rect { x: after + 1, width: area.right() - after - 1, ..area };
            x = pen.text(rest, Role::Faint, what) + 2;
        }
        None
    }

    /// Where the list has no room for what stands below sessions, the call of the chosen one stands at the foot.
    fn call_of_low_screen(&self, place: Place) -> Option<(Role, String)> {
        let session = self.session().filter(|_| self.low && place == Place::List)?;
        let state = session.status.state;
        let call = session.status.detail.as_deref().filter(|_| state.wants_attention())?;
        Some((sessions::state_role(state), text::clean(call)))
    }

    /// What keeps sessions from being shown, in words.
    fn filters(&self) -> Option<String> {
        let filter = &self.list.filter;
        let state = filter.state.map(|state| state.word().to_owned());
        let focus = filter.focus.map(|focus| focus_word(focus).to_owned());
        let text = (!filter.text.is_empty()).then(|| format!("\"{}\"", text::clean(&filter.text)));
        let parts: Vec<String> = state.into_iter().chain(focus).chain(text).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn limit_role(used: Option<f64>) -> Role {
    match used.unwrap_or_default() {
        GONE_PCT.. => Role::Alarm,
        NEAR_PCT.. => Role::Notice,
        _ => Role::Faint,
    }
}

impl Dashboard {
    /// What is hinted at, the most useful first, each in a word.
    fn hints(&self, place: Place) -> Vec<(Action, &'static str)> {
        let full = self.detail.as_ref().is_some_and(|detail| detail.full);
        match place {
            Place::List => vec![
                (Action::Help, "keys"),
                (Action::Answer, "answer"),
                (Action::Open, "open"),
                (Action::Jump, "terminal"),
                (Action::Search, "filter"),
                (Action::SearchAll, "search all"),
                (Action::FilterFocus, "focus"),
                (Action::Sort, "sort"),
                (Action::Group, "group"),
                (Action::Spend, "spend"),
                (Action::Stop, "end"),
                (Action::Palette, "commands"),
                (Action::Quit, "leave"),
            ],
            Place::Detail if self.page == Page::Search => vec![
                (Action::Help, "keys"),
                (Action::Back, "back to what was found"),
                (Action::Tab(0), "tabs"),
                (Action::Search, "search"),
                (Action::Jump, "terminal"),
                (Action::Quit, "leave"),
            ],
            Place::Detail => vec![
                (Action::Help, "keys"),
                (Action::Back, "back"),
                (Action::Answer, "answer"),
                (Action::Tab(0), "tabs"),
                (Action::Open, if full { "smaller" } else { "larger" }),
                (Action::Search, "search"),
                (Action::Below, "session below"),
                (Action::Jump, "terminal"),
                (Action::Stop, "end"),
                (Action::Quit, "leave"),
            ],
            Place::Search if self.typing.is_some() => {
                vec![(Action::Open, "search"), (Action::Back, "give up")]
            }
            Place::Search => vec![
                (Action::Help, "keys"),
                (Action::Back, "back"),
                (Action::Open, "open at this place"),
                (Action::Search, "look for something else"),
                (Action::Refresh, "again"),
                (Action::Quit, "leave"),
            ],
            Place::Spend => vec![
                (Action::Help, "keys"),
                (Action::Back, "back"),
                (Action::Next, "longer"),
                (Action::Previous, "shorter"),
                (Action::Quit, "leave"),
            ],
            Place::Review => vec![
                (Action::Help, "keys"),
                (Action::Back, "back"),
                (Action::Wanted, "do it, wanted"),
                (Action::Unwanted, "not wanted"),
                (Action::Open, "its session"),
                (Action::Quit, "leave"),
            ],
            Place::Notices | Place::Everywhere => {
                vec![(Action::Help, "keys"), (Action::Back, "back"), (Action::Quit, "leave")]
            }
        }
    }
}

/// The key that is hinted at.
fn hinted_key(place: Place, action: Action) -> Option<&'static str> {
    match action {
        Action::Tab(_) => Some("1-7"),
        _ => keys::of(place, action),
    }
}

/// An amount with what it leaves out: `$4.12`, `$4.12 + 3 unpriced`, `$4.12 of $20.00`.
pub(crate) fn amount(spent: &Spent) -> String {
    let unpriced = if spent.unpriced > 0 { format!(" + {} unpriced", spent.unpriced) } else { String::new() };
    let budget = spent.budget.map(|budget| format!(" of {budget}")).unwrap_or_default();
    format!("{}{budget}{unpriced}", spent.usd)
}
