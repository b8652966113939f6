//! What the dashboard holds, and what each event makes of it.
//!
//! [`Dashboard::event`] is given keys, sizes and news, and answers with what it wants from outside. It reads nothing,
//! and the time is told to it: the same events make the same screens.

use claudectl_fleet::format;
use claudectl_fleet::session::Session;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::{
    Event as Input, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::{Position, Rect};
use tui_input::Input as Line;
use tui_input::backend::crossterm::to_input_request;

use crate::detail::{Detail, Tab};
use crate::glyphs::Glyphs;
use crate::keys::{self, Action, Place};
use crate::list::{List, RowId, Sort};
use crate::look::{Found, Look, Money, Spend, Told, Usages};
use crate::palette::{Chosen, Palette};
use crate::search::Searching;
use crate::story::{Page as StoryPage, Search, Turn};
use crate::theme::Theme;

/// How it is to look.
#[derive(Debug, Clone)]
pub struct Options {
    /// The colours.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// The order to begin with.
    pub sort: Sort,
    /// Grouped by project from the beginning.
    pub grouped: bool,
    /// From how full on a context is high, percent.
    pub high_context: f64,
    /// Where days and hours begin.
    pub zone: TimeZone,
    /// The person's home folder, shown as `~`.
    pub home: Option<String>,
}

/// What comes from outside.
#[derive(Debug)]
pub enum Event {
    /// A key, a click, a size.
    Input(Input),
    /// The sessions are others.
    Look(Box<Look>),
    /// Their processes were measured.
    Usage(Usages),
    /// What was spent.
    Spend(Box<Spend>),
    /// What a session cost.
    Money(Box<Money>),
    /// What was told, and what was not.
    Told(Box<Told>),
    /// Rows of a transcript.
    Story(Box<StoryPage>),
    /// What was found in all transcripts.
    Found(Box<Found>),
    /// What was looked for is not there; or how far the search has come, as an offset in the file.
    NotFound {
        /// The session.
        session: String,
        /// `None`: the search has ended.
        reached: Option<u64>,
    },
    /// A transcript cannot be read.
    Unread {
        /// The session.
        session: String,
        /// Why.
        why: String,
    },
    /// The sessions cannot be looked at, and why. What was seen before stands until the next look.
    Stale(String),
    /// How far the first look has come: bytes of transcripts that were read, and of all there are to read.
    Reading(u64, u64),
    /// Something is to be said.
    Say(Level, String),
    /// Time has gone by.
    Time,
}

/// What is wanted from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The end.
    Quit,
    /// To look again now.
    Look,
    /// What was spent in so many days.
    Spend(u16),
    /// What a session cost.
    Money(String),
    /// What was told, and what was not.
    Told,
    /// Rows of a transcript.
    Story {
        /// The session.
        session: String,
        /// The subagent, for its own transcript.
        agent: Option<String>,
        /// Which rows.
        turn: Turn,
    },
    /// A text in all transcripts; nothing to look for asks only how much cannot be searched yet.
    Search(String),
    /// To go to a session's terminal.
    Jump(String),
    /// To end a session, known by its process.
    Stop(String),
    /// A highlight reel of a session.
    Reel(String),
    /// To be set aside for the shell, until that brings it back.
    Suspend,
}

/// How much something that is said matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It went well, or is only worth knowing.
    Info,
    /// It may need a person.
    Notice,
    /// It went wrong.
    Alarm,
}

/// What is said at the foot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// How much it matters.
    pub level: Level,
    /// What.
    pub text: String,
    until: i64,
}

/// What fills the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Page {
    /// The sessions.
    #[default]
    Sessions,
    /// What was spent.
    Spend,
    /// What was told, and what was not.
    Notices,
    /// What is found in all transcripts.
    Search,
}

/// What lies above the page.
#[derive(Debug)]
pub(crate) enum Overlay {
    Help { top: usize },
    Palette(Palette),
}

/// A line that is being typed.
#[derive(Debug)]
pub(crate) struct Typing {
    pub(crate) line: Line,
    pub(crate) place: Place,
    /// What was there before, for Esc.
    before: String,
}

/// What a click at some place of the last frame means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hit {
    Row(usize),
    Column(Sort),
    Page(Page),
    Tab(Tab),
    Detail,
    /// The session beside the list.
    Preview,
    /// A passage that was found.
    Passage(usize),
    Palette(usize),
}

/// The dashboard.
#[derive(Debug)]
pub struct Dashboard {
    pub(crate) options: Options,
    pub(crate) look: Option<Look>,
    pub(crate) usages: Usages,
    pub(crate) list: List,
    pub(crate) page: Page,
    pub(crate) spend: Option<Spend>,
    pub(crate) days: u16,
    pub(crate) told: Option<Told>,
    /// How far down the open page is scrolled, where it is none of sessions.
    pub(crate) page_top: usize,
    pub(crate) detail: Option<Detail>,
    /// The session that is chosen, beside the list, where there is room.
    pub(crate) preview: Option<Detail>,
    /// What was open before the page that searches.
    aside: Option<Detail>,
    pub(crate) searching: Searching,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) typing: Option<Typing>,
    pub(crate) said: Option<Said>,
    /// How far the first look has come, in bytes.
    pub(crate) reading: Option<(u64, u64)>,
    /// Since when the sessions could not be looked at, and why.
    pub(crate) stale: Option<(i64, String)>,
    pub(crate) now: i64,
    /// Where things were in the last frame.
    pub(crate) hits: Vec<(Rect, Hit)>,
    /// Lines of the list that the last frame had room for.
    pub(crate) list_lines: usize,
    /// The list has no room for bars beside numbers.
    pub(crate) narrow: bool,
    /// The list has no room for long words.
    pub(crate) slim: bool,
    /// The list has no room for what stands below sessions.
    pub(crate) low: bool,
    /// There is room beside the list.
    pub(crate) wide: bool,
    armed: Option<Armed>,
    clicked: Option<(RowId, i64)>,
}

/// The session that a second press would end.
#[derive(Debug)]
struct Armed {
    session: String,
    until: i64,
}

/// The periods of the page about spend, in days.
const PERIODS: [u16; 5] = [1, 7, 30, 90, 365];
/// A message stays for so long.
const SAY_MS: i64 = 8_000;
/// Errors stay so much longer.
const ALARM_MS: i64 = 12_000;
/// A second press within this is one.
const ARMED_MS: i64 = 5_000;
/// A second click within this opens.
const DOUBLE_MS: i64 = 400;
/// From so many columns on, the session that is chosen is shown beside the list.
pub(crate) const WIDE: u16 = 150;
/// The lines of a turn of the wheel.
const WHEEL: isize = 3;

impl Dashboard {
    /// An empty one, at a moment.
    #[must_use]
    pub fn new(options: Options, now: i64) -> Self {
        let list = List::new(options.sort, options.grouped);
        Self {
            options,
            look: None,
            usages: Usages::new(),
            list,
            page: Page::default(),
            spend: None,
            days: 30,
            told: None,
            page_top: 0,
            detail: None,
            preview: None,
            aside: None,
            searching: Searching::default(),
            overlay: None,
            typing: None,
            said: None,
            reading: None,
            stale: None,
            now,
            hits: Vec::new(),
            list_lines: 0,
            narrow: false,
            slim: false,
            low: false,
            wide: false,
            armed: None,
            clicked: None,
        }
    }

    /// Takes in what came, and says what it wants.
    pub fn event(&mut self, event: Event, now: i64) -> Vec<Ask> {
        self.now = now;
        self.expire();
        let mut asks = self.take(event);
        asks.extend(self.follow());
        asks.extend(self.read_on());
        asks
    }

    fn take(&mut self, event: Event) -> Vec<Ask> {
        match event {
            Event::Input(input) => self.input(input),
            Event::Look(look) => self.looked(*look),
            Event::Usage(usages) => {
                self.usages = usages;
                self.arrange();
                Vec::new()
            }
            Event::Spend(spend) => {
                self.spend = Some(*spend);
                Vec::new()
            }
            Event::Money(money) => {
                if let Some(detail) = self.detail.as_mut().filter(|detail| detail.session == money.session) {
                    detail.money = Some(*money);
                }
                Vec::new()
            }
            Event::Told(told) => {
                self.told = Some(*told);
                Vec::new()
            }
            Event::Story(page) => {
                self.read(*page);
                Vec::new()
            }
            Event::Found(found) => {
                self.searching.take(*found);
                Vec::new()
            }
            Event::NotFound { session, reached } => {
                self.not_found(&session, reached);
                Vec::new()
            }
            Event::Unread { session, why } => {
                for detail in self.shown().filter(|detail| detail.session == session) {
                    detail.story.waiting = false;
                    detail.story.gone = Some(why.clone());
                }
                Vec::new()
            }
            Event::Stale(why) => {
                let since = self.stale.take().map_or(self.now, |(since, _)| since);
                self.stale = Some((since, why));
                Vec::new()
            }
            Event::Reading(read, all) => {
                self.reading = Some((read, all));
                Vec::new()
            }
            Event::Say(level, text) => {
                self.say(level, text);
                Vec::new()
            }
            Event::Time => Vec::new(),
        }
    }

    /// The sessions that are shown: the open one, and the one beside the list.
    fn shown(&mut self) -> impl Iterator<Item = &mut Detail> {
        self.detail.iter_mut().chain(&mut self.preview)
    }

    /// Beside the list stands what is chosen in it: what was said there last is read.
    fn follow(&mut self) -> Option<Ask> {
        let beside = self.wide && self.page == Page::Sessions && self.detail.is_none();
        let (session, agent) = match self.list.chosen().filter(|_| beside) {
            Some(RowId::Session(session)) => (session.clone(), None),
            Some(RowId::Agent { session, agent }) => (session.clone(), Some(agent.clone())),
            Some(RowId::Group(_)) | None => {
                self.preview = None;
                return None;
            }
        };
        let stands = |detail: &Detail| detail.session == session && detail.story.agent == agent;
        if self.preview.as_ref().is_some_and(stands) {
            return None;
        }
        self.preview = Some(Detail::new(session.clone(), agent.clone(), Tab::Transcript, false));
        Some(Ask::Story { session, agent, turn: Turn::Last })
    }

    fn expire(&mut self) {
        self.said.take_if(|said| said.until <= self.now);
        self.armed.take_if(|armed| armed.until <= self.now);
    }

    /// Says something at the foot.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        let text = text.into();
        // Whoever was elsewhere for a moment sees an error, too, and long ones take longer to read.
        let more =
            if level == Level::Alarm { ALARM_MS } else { 0 } + 50 * i64::try_from(text.len()).unwrap_or(0);
        self.said = Some(Said { level, text, until: self.now.saturating_add(SAY_MS).saturating_add(more) });
    }

    fn looked(&mut self, look: Look) -> Vec<Ask> {
        let spent = |look: &Look| look.sessions.iter().map(|session| session.messages).sum::<u64>();
        let spends = self.look.as_ref().is_some_and(|before| spent(before) != spent(&look));
        let before = self.look.take();
        self.stale = None;
        let mut asks = Vec::new();
        if spends && self.page == Page::Spend {
            asks.push(Ask::Spend(self.days));
        }
        let open = self.detail.as_ref().map(|detail| detail.session.clone());
        for detail in self.shown() {
            let (paid, wrote) = moved(before.as_ref(), &look, &detail.session);
            if paid && open.as_ref() == Some(&detail.session) {
                asks.push(Ask::Money(detail.session.clone()));
            }
            detail.story.behind |= wrote;
        }
        self.look = Some(look);
        self.arrange();
        asks
    }

    /// Where the end of a transcript is read and seen, what was written after it is read, too: now, or when what is
    /// being read or looked for has come, or the side is turned to.
    fn read_on(&mut self) -> Vec<Ask> {
        let reads_on = |detail: &mut Detail| {
            let story = &mut detail.story;
            let searches = story.search.as_ref().is_some_and(|search| search.running.is_some());
            if !story.behind || story.waiting || searches || story.to < story.size || !detail.tab.is_read() {
                return None;
            }
            (story.behind, story.waiting) = (false, true);
            let turn = if story.is_read() { Turn::After(story.to) } else { Turn::Last };
            Some(Ask::Story { session: detail.session.clone(), agent: story.agent.clone(), turn })
        };
        self.shown().filter_map(reads_on).collect()
    }

    /// Rows of a transcript came.
    fn read(&mut self, page: StoryPage) {
        let is_of = |detail: &&mut Detail| detail.session == page.session && detail.story.agent == page.agent;
        let Some(detail) = self.shown().find(is_of) else { return };
        let found = page.found;
        detail.story.take(page);
        let missed = std::mem::take(&mut detail.aimed) && found.is_none();
        if let Some(search) = detail.story.search.as_mut() {
            if found.is_some() {
                search.at = found;
                detail.seek = true;
            }
            if found.is_some() || missed {
                search.running = None;
            }
        }
        if missed {
            self.say(Level::Notice, "the place is not in its transcript any more: this is the end of it");
        }
    }

    fn not_found(&mut self, session: &str, reached: Option<u64>) {
        let Some(detail) = self.detail.as_mut().filter(|detail| detail.session == session) else { return };
        let Some(search) = detail.story.search.as_mut() else { return };
        search.running = reached;
        if reached.is_none() {
            let more = if search.at.is_some() { "nothing more" } else { "nothing" };
            let text = format!("{more} is found of \"{}\"", search.text);
            self.say(Level::Notice, text);
        }
    }

    /// What is wanted of the open session's transcript.
    fn turn_to(&mut self, turn: Turn) -> Vec<Ask> {
        let Some(detail) = &self.detail else { return Vec::new() };
        let (session, agent) = (detail.session.clone(), detail.story.agent.clone());
        vec![Ask::Story { session, agent, turn }]
    }

    /// Looks for the text again, from where it was found last.
    fn find_again(&mut self, back: bool) -> Vec<Ask> {
        let Some(detail) = self.detail.as_mut() else { return Vec::new() };
        let story = &mut detail.story;
        let (end, size) = (story.to, story.size);
        let Some(search) = story.search.as_mut() else {
            self.say(Level::Info, "/ searches the transcript");
            return Vec::new();
        };
        let from = match (search.at, back) {
            (Some(at), true) => at,
            (Some(at), false) => at + 1,
            (None, _) => size.max(end),
        };
        search.running = Some(from);
        let text = search.text.clone();
        detail.tab = Tab::Transcript;
        self.turn_to(Turn::Find { text, from, back })
    }

    fn arrange(&mut self) {
        if let Some(look) = &self.look {
            self.list.arrange(look, &self.usages, self.options.high_context);
        }
    }

    /// The session that is chosen, or open, where it is one of those that run.
    pub(crate) fn session(&self) -> Option<&Session> {
        find(self.look.as_ref()?, self.session_id()?)
    }

    fn session_id(&self) -> Option<&str> {
        match (&self.detail, self.page) {
            (Some(detail), _) => Some(&detail.session),
            (None, Page::Search) => self.searching.chosen().map(|(of, _)| of.session.as_str()),
            (None, _) => self.list.chosen().and_then(RowId::session),
        }
    }

    fn input(&mut self, input: Input) -> Vec<Ask> {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Resize(columns, _) => {
                self.wide = columns >= WIDE;
                Vec::new()
            }
            Input::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn paste(&mut self, text: &str) {
        // What is pasted where nothing is typed is no series of keys.
        let line = match (&mut self.typing, &mut self.overlay) {
            (Some(typing), _) => &mut typing.line,
            (None, Some(Overlay::Palette(palette))) => &mut palette.line,
            _ => return,
        };
        for letter in text.chars().filter(|letter| !letter.is_control()).take(1_000) {
            line.handle(tui_input::InputRequest::InsertChar(letter));
        }
        self.typed();
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Ask> {
        // It was read: a hand is on the keys.
        self.said = None;
        if self.typing.is_some() {
            return self.key_typing(key);
        }
        match self.overlay {
            Some(Overlay::Palette(_)) => return self.key_palette(key),
            Some(Overlay::Help { .. }) => return self.key_help(key),
            None => {}
        }
        let Some(action) = keys::action(self.place(), key) else {
            if let Some(name) = keys::name(key) {
                self.say(Level::Info, format!("{name} does nothing here: ? shows what does"));
            }
            return Vec::new();
        };
        self.act(action)
    }

    /// Where keys go.
    #[must_use]
    pub fn place(&self) -> Place {
        match (self.page, &self.detail) {
            (Page::Spend, _) => Place::Spend,
            (Page::Notices, _) => Place::Notices,
            (Page::Sessions | Page::Search, Some(_)) => Place::Detail,
            (Page::Sessions, None) => Place::List,
            (Page::Search, None) => Place::Search,
        }
    }

    fn act(&mut self, action: Action) -> Vec<Ask> {
        // Whatever else is pressed takes the hand off the trigger.
        let armed = self.armed.take();
        match action {
            Action::Up => return self.scroll(-1),
            Action::Down => return self.scroll(1),
            Action::PageUp => return self.scroll(-self.screen()),
            Action::PageDown => return self.scroll(self.screen()),
            Action::First => return self.go_to_end(true),
            Action::Last => return self.go_to_end(false),
            Action::Open => return self.open(None),
            Action::Back => return self.back(),
            Action::Quit => return vec![Ask::Quit],
            Action::Jump => return self.of_session(Ask::Jump),
            Action::Stop => return self.stop(armed),
            Action::Reel => return self.of_session(Ask::Reel),
            Action::Refresh if self.page == Page::Search => {
                return vec![Ask::Look, Ask::Search(self.searching.query.clone())];
            }
            Action::Refresh => return vec![Ask::Look],
            Action::Suspend => return vec![Ask::Suspend],
            Action::Group => {
                self.list.grouped = !self.list.grouped;
                self.arrange();
            }
            Action::Sort => self.sorted(List::sort_next),
            Action::Reverse => self.sorted(|list| list.reversed = !list.reversed),
            Action::FilterStatus | Action::FilterFocus => self.filter_next(action),
            Action::Clear => self.filtered(|list| list.filter = crate::list::Filter::default()),
            Action::Unfold => self.fold(true),
            Action::Fold => self.fold(false),
            Action::Search => return self.search(),
            Action::SearchAll => return self.search_all(),
            Action::Next | Action::Previous | Action::Tab(_) => return self.turn(action),
            Action::Below => return self.neighbour(1),
            Action::Above => return self.neighbour(-1),
            Action::Sessions => {
                let asks = self.turn_page(Page::Sessions);
                self.detail = None;
                return asks;
            }
            Action::Spend => return self.turn_page(Page::Spend),
            Action::Notices => return self.turn_page(Page::Notices),
            Action::Help => self.overlay = Some(Overlay::Help { top: 0 }),
            Action::Palette => self.overlay = Some(Overlay::Palette(Palette::default())),
            Action::Theme => {
                self.options.theme = self.options.theme.next();
                self.say(Level::Info, format!("theme {}", self.options.theme.word()));
            }
            Action::Whole => match &mut self.detail {
                Some(detail) => detail.whole = !detail.whole,
                None => self.say(Level::Info, "no session is open"),
            },
            Action::FindNext => return self.find_again(true),
            Action::FindPrevious => return self.find_again(false),
            Action::Later(later) => self.say(Level::Info, later.text()),
        }
        Vec::new()
    }

    /// Lines that a page down goes.
    fn screen(&self) -> isize {
        let lines = match (&self.detail, self.page) {
            (Some(detail), Page::Sessions | Page::Search) => detail.shown.room,
            _ => self.list_lines,
        };
        isize::try_from(lines.saturating_sub(1).max(1)).unwrap_or(1)
    }

    fn scroll(&mut self, by: isize) -> Vec<Ask> {
        match (self.page, &mut self.detail) {
            (Page::Spend | Page::Notices, _) => self.page_top = self.page_top.saturating_add_signed(by),
            (Page::Sessions | Page::Search, Some(detail)) => {
                if let Some(turn) = detail.scroll(by) {
                    return self.turn_to(turn);
                }
            }
            (Page::Sessions, None) => self.list.go(by),
            (Page::Search, None) => self.searching.go(by),
        }
        Vec::new()
    }

    fn go_to_end(&mut self, first: bool) -> Vec<Ask> {
        match (self.page, &mut self.detail) {
            (Page::Sessions | Page::Search, Some(detail)) => {
                detail.go_to_end(first).map_or_else(Vec::new, |turn| self.turn_to(turn))
            }
            _ => self.scroll(if first { isize::MIN } else { isize::MAX }),
        }
    }

    fn sorted(&mut self, change: impl Fn(&mut List)) {
        change(&mut self.list);
        self.arrange();
        let way = if self.list.reversed { ", the other way round" } else { "" };
        self.say(Level::Info, format!("sorted by {}{way}", self.list.sort.word()));
    }

    fn filtered(&mut self, change: impl Fn(&mut List)) {
        change(&mut self.list);
        self.arrange();
    }

    /// Shows only the next status, or focus, that there is.
    fn filter_next(&mut self, action: Action) {
        let Some(look) = self.look.take() else { return };
        let before = self.list.filter.clone();
        match action {
            Action::FilterStatus => self.list.next_state(&look),
            _ => self.list.next_focus(&look, self.options.high_context),
        }
        self.look = Some(look);
        self.arrange();
        if self.list.filter == before {
            self.say(Level::Info, "no session is to be shown alone by that");
        }
    }

    fn fold(&mut self, open: bool) {
        let bare = self.session().filter(|session| session.subagents.is_empty()).is_some();
        if open && bare && matches!(self.list.chosen(), Some(RowId::Session(_))) {
            self.say(Level::Info, "it has started no subagents");
            return;
        }
        self.list.unfold(open);
        self.arrange();
    }

    /// Opens what is chosen, at a side of it.
    fn open(&mut self, tab: Option<Tab>) -> Vec<Ask> {
        if let Some(detail) = &mut self.detail {
            match tab {
                Some(tab) => detail.tab = tab,
                None => detail.full = !detail.full || self.page == Page::Search,
            }
            return Vec::new();
        }
        if self.page == Page::Search {
            return self.open_passage(tab.unwrap_or(Tab::Transcript));
        }
        match self.list.chosen().cloned() {
            Some(RowId::Group(key)) => {
                let folded = self.list.is_folded(&key);
                self.list.unfold(folded);
                self.arrange();
                Vec::new()
            }
            Some(RowId::Session(session)) => self.show(session, None, tab.unwrap_or_default()),
            Some(RowId::Agent { session, agent }) => {
                self.show(session, Some(agent), tab.unwrap_or(Tab::Transcript))
            }
            None => Vec::new(),
        }
    }

    /// Opens the session of the passage that is chosen; its transcript at the place.
    fn open_passage(&mut self, tab: Tab) -> Vec<Ask> {
        let Some((of, passage)) = self.searching.chosen() else { return self.search() };
        if passage.gone && tab.is_read() {
            self.say(Level::Notice, "its transcript is gone: this is what is kept of it");
            return Vec::new();
        }
        let session = of.session.clone();
        let mut detail = Detail::new(session.clone(), passage.agent.clone(), tab, true);
        detail.name = Some(of.name.clone().unwrap_or_else(|| format::short_id(&session)));
        let text = passage.mark().filter(|_| tab == Tab::Transcript).map(str::to_owned);
        let turn = match text {
            Some(text) => Turn::At { at: passage.at, text },
            None => Turn::Last,
        };
        if let Turn::At { text, .. } = &turn {
            detail.aimed = true;
            detail.story.search = Some(Search { text: text.clone(), at: None, running: Some(0) });
        }
        let agent = detail.story.agent.clone();
        self.detail = Some(detail);
        vec![Ask::Money(session.clone()), Ask::Story { session, agent, turn }]
    }

    fn show(&mut self, session: String, agent: Option<String>, tab: Tab) -> Vec<Ask> {
        self.page = Page::Sessions;
        self.aside = None;
        let full = self.detail.as_ref().is_some_and(|detail| detail.full);
        self.detail = Some(Detail::new(session.clone(), agent.clone(), tab, full));
        vec![Ask::Money(session.clone()), Ask::Story { session, agent, turn: Turn::Last }]
    }

    fn back(&mut self) -> Vec<Ask> {
        if self.page == Page::Search && self.detail.take().is_some() {
            // What is still being looked for in it is given up by whatever is read next.
            return Vec::new();
        }
        if self.page != Page::Sessions {
            return self.turn_page(Page::Sessions);
        }
        let search = self.detail.as_mut().and_then(|detail| detail.story.search.take());
        if search.is_some() {
            return self.turn_to(Turn::GiveUp);
        } else if self.detail.take().is_some() {
            // Closed.
        } else if !self.list.filter.is_empty() {
            self.filtered(|list| list.filter = crate::list::Filter::default());
        } else {
            self.say(Level::Info, "q leaves; sessions go on");
        }
        Vec::new()
    }

    fn of_session(&mut self, ask: fn(String) -> Ask) -> Vec<Ask> {
        match self.session_id() {
            Some(session) => vec![ask(session.to_owned())],
            None => {
                self.say(Level::Info, "no session is chosen");
                Vec::new()
            }
        }
    }

    fn stop(&mut self, armed: Option<Armed>) -> Vec<Ask> {
        let Some(session) = self.session() else {
            let chosen = self.session_id().is_some();
            self.say(Level::Info, if chosen { "it does not run" } else { "no session is chosen" });
            return Vec::new();
        };
        let (id, title, pid) = (session.id.clone(), session.title(), session.pid);
        let Some(pid) = pid else {
            self.say(Level::Info, format!("{title} does not run"));
            return Vec::new();
        };
        if armed.is_some_and(|armed| armed.session == id) {
            self.say(Level::Notice, format!("ending {title} ..."));
            return vec![Ask::Stop(id)];
        }
        self.armed = Some(Armed { session: id, until: self.now.saturating_add(ARMED_MS) });
        self.say(Level::Notice, format!("press it again to end {title} (pid {pid}) and what it started"));
        Vec::new()
    }

    /// A line to type in: what to look for in the open transcript, in all of them, or in the list.
    fn search(&mut self) -> Vec<Ask> {
        let (place, before) = match self.place() {
            Place::Detail => (Place::Detail, String::new()),
            Place::Search => (Place::Search, self.searching.query.clone()),
            _ => (Place::List, self.list.filter.text.clone()),
        };
        self.typing = Some(Typing { line: Line::new(before.clone()), place, before });
        if place == Place::List { self.turn_page(Page::Sessions) } else { Vec::new() }
    }

    /// The page that searches all transcripts, with a line to type in.
    fn search_all(&mut self) -> Vec<Ask> {
        let asks = self.turn_page(Page::Search);
        self.detail = None;
        self.search();
        asks
    }

    fn key_typing(&mut self, key: KeyEvent) -> Vec<Ask> {
        use ratatui::crossterm::event::KeyCode;
        let control_c = keys::name(key).as_deref() == Some("Ctrl+c");
        match key.code {
            KeyCode::Enter => return self.enter_typed(),
            KeyCode::Esc => self.give_up_typing(),
            _ if control_c => self.give_up_typing(),
            _ => {
                let request = to_input_request(&Input::Key(key));
                if let (Some(typing), Some(request)) = (&mut self.typing, request) {
                    typing.line.handle(request);
                    self.typed();
                }
            }
        }
        Vec::new()
    }

    fn enter_typed(&mut self) -> Vec<Ask> {
        let Some(typing) = self.typing.take() else { return Vec::new() };
        let text = typing.line.value().trim().to_owned();
        match (typing.place, &mut self.detail) {
            _ if text.is_empty() => Vec::new(),
            (Place::Detail, Some(detail)) => {
                detail.story.search = Some(Search { text, at: None, running: None });
                self.find_again(true)
            }
            (Place::Search, _) => {
                self.searching.begin(text.clone());
                vec![Ask::Search(text)]
            }
            _ => Vec::new(),
        }
    }

    fn give_up_typing(&mut self) {
        let Some(typing) = self.typing.take() else { return };
        match typing.place {
            Place::Detail => {}
            Place::Search if self.searching.query.is_empty() => {
                self.turn_page(Page::Sessions);
            }
            Place::Search => {}
            _ => {
                self.list.filter.text = typing.before;
                self.arrange();
            }
        }
    }

    /// The list narrows while a text is typed.
    fn typed(&mut self) {
        if let Some(typing) = self.typing.as_ref().filter(|typing| typing.place == Place::List) {
            self.list.filter.text = typing.line.value().to_owned();
            self.arrange();
        }
        if let Some(Overlay::Palette(palette)) = &mut self.overlay {
            palette.at = 0;
        }
    }

    fn key_help(&mut self, key: KeyEvent) -> Vec<Ask> {
        let screen = self.list_lines.max(2) - 1;
        let Some(Overlay::Help { top }) = &mut self.overlay else { return Vec::new() };
        match keys::action(Place::Everywhere, key) {
            Some(Action::Up) => *top = top.saturating_sub(1),
            Some(Action::Down) => *top += 1,
            Some(Action::PageUp) => *top = top.saturating_sub(screen),
            Some(Action::PageDown) => *top += screen,
            Some(Action::First) => *top = 0,
            Some(Action::Last) => *top = usize::MAX,
            _ => self.overlay = None,
        }
        Vec::new()
    }

    fn key_palette(&mut self, key: KeyEvent) -> Vec<Ask> {
        let Some(Overlay::Palette(palette)) = &mut self.overlay else { return Vec::new() };
        let entries = palette.entries(self.look.as_ref());
        match palette.key(key, &entries) {
            Chosen::Nothing => Vec::new(),
            Chosen::Closed => {
                self.overlay = None;
                Vec::new()
            }
            Chosen::Action(action) => {
                self.overlay = None;
                self.act(action)
            }
            Chosen::Session(id) => {
                self.overlay = None;
                self.go_to(id)
            }
        }
    }

    fn go_to(&mut self, id: String) -> Vec<Ask> {
        if !self.list.choose(&id) {
            self.filtered(|list| list.filter = crate::list::Filter::default());
            self.list.choose(&id);
        }
        self.show(id, None, Tab::Overview)
    }

    fn turn(&mut self, action: Action) -> Vec<Ask> {
        if let Action::Tab(number) = action {
            return self.open(Some(Tab::numbered(number)));
        }
        if self.page == Page::Spend {
            let at = PERIODS.iter().position(|days| *days == self.days).unwrap_or(2);
            let next = if action == Action::Next { at + 1 } else { at.saturating_sub(1) };
            self.days = PERIODS[next.min(PERIODS.len() - 1)];
            return vec![Ask::Spend(self.days)];
        }
        if let Some(detail) = &mut self.detail {
            match action {
                Action::Next => detail.turn(1),
                Action::Previous => detail.turn(-1),
                _ => {}
            }
        }
        Vec::new()
    }

    /// The session before or after the one that is open.
    fn neighbour(&mut self, by: isize) -> Vec<Ask> {
        let Some(tab) = self.detail.as_ref().map(|detail| detail.tab) else { return Vec::new() };
        for _ in 0..self.list.rows().len() {
            self.list.go(by);
            if let Some(RowId::Session(id)) = self.list.chosen().cloned() {
                return self.show(id, None, tab);
            }
        }
        Vec::new()
    }

    fn turn_page(&mut self, page: Page) -> Vec<Ask> {
        match (self.page, page) {
            (Page::Search, Page::Search) => {}
            (Page::Search, _) => self.detail = self.aside.take(),
            (_, Page::Search) => self.aside = self.detail.take(),
            _ => {}
        }
        self.page = page;
        self.page_top = 0;
        match page {
            Page::Sessions => Vec::new(),
            Page::Search => vec![Ask::Search(self.searching.query.clone())],
            Page::Spend => vec![Ask::Spend(self.days)],
            Page::Notices => vec![Ask::Told],
        }
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Vec<Ask> {
        match mouse.kind {
            MouseEventKind::ScrollUp => return self.wheel(-WHEEL),
            MouseEventKind::ScrollDown => return self.wheel(WHEEL),
            MouseEventKind::Down(MouseButton::Left) => return self.click(mouse),
            _ => {}
        }
        Vec::new()
    }

    fn wheel(&mut self, by: isize) -> Vec<Ask> {
        match &mut self.overlay {
            Some(Overlay::Help { top }) => *top = top.saturating_add_signed(by),
            Some(Overlay::Palette(palette)) => palette.at = palette.at.saturating_add_signed(by.signum()),
            None => return self.scroll(by),
        }
        Vec::new()
    }

    fn click(&mut self, mouse: MouseEvent) -> Vec<Ask> {
        let at = Position::new(mouse.column, mouse.row);
        let hit = self.hits.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, hit)| hit.clone());
        match (&self.overlay, hit) {
            (Some(Overlay::Palette(palette)), Some(Hit::Palette(line))) => {
                let chosen = palette.entries(self.look.as_ref()).into_iter().nth(line);
                self.overlay = None;
                match chosen.map(|entry| entry.chosen) {
                    Some(Chosen::Action(action)) => self.act(action),
                    Some(Chosen::Session(id)) => self.go_to(id),
                    _ => Vec::new(),
                }
            }
            (Some(_), _) => {
                self.overlay = None;
                Vec::new()
            }
            (None, Some(Hit::Row(line))) => self.click_row(line),
            (None, Some(Hit::Column(sort))) => {
                self.sorted(|list| list.sort_by(sort));
                Vec::new()
            }
            (None, Some(Hit::Page(Page::Search))) => self.search_all(),
            (None, Some(Hit::Page(page))) => self.turn_page(page),
            (None, Some(Hit::Preview)) => self.open(None),
            (None, Some(Hit::Passage(number))) if number == self.searching.at => self.open(None),
            (None, Some(Hit::Passage(number))) => {
                self.searching.at = number;
                Vec::new()
            }
            (None, Some(Hit::Tab(tab))) => {
                if let Some(detail) = &mut self.detail {
                    detail.tab = tab;
                }
                Vec::new()
            }
            (None, Some(Hit::Detail | Hit::Palette(_)) | None) => Vec::new(),
        }
    }

    fn click_row(&mut self, line: usize) -> Vec<Ask> {
        self.list.choose_at(line);
        let Some(id) = self.list.chosen().cloned() else { return Vec::new() };
        let again =
            self.clicked.take().is_some_and(|(before, at)| before == id && self.now - at <= DOUBLE_MS);
        if again {
            self.detail = None;
            return self.open(None);
        }
        if let (Some(detail), Some(session)) = (&self.detail, id.session()) {
            let (tab, session) = (detail.tab, session.to_owned());
            let agent = match id {
                RowId::Agent { agent, .. } => Some(agent),
                _ => None,
            };
            return self.show(session, agent, tab);
        }
        self.clicked = Some((id, self.now));
        Vec::new()
    }

    /// When time alone changes what is shown, milliseconds since the epoch.
    #[must_use]
    pub fn due(&self) -> i64 {
        let ages = self.look.iter().flat_map(|look| &look.sessions).filter_map(|session| {
            let since = session.status.since.or(session.last_activity_at)?;
            Some(next_age(self.now.saturating_sub(since), self.now))
        });
        let told = self.said.iter().map(|said| said.until).chain(self.armed.iter().map(|armed| armed.until));
        // The clock in the corner.
        let minute = (self.now.div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
        ages.chain(told).fold(minute, i64::min).max(self.now + 1)
    }
}

const MINUTE_MS: i64 = 60_000;

/// When an age is written otherwise: each second in the first minute, each minute after that.
fn next_age(age: i64, now: i64) -> i64 {
    let unit = if age < MINUTE_MS { 1_000 } else { MINUTE_MS };
    now + unit - age.rem_euclid(unit)
}

/// Whether a session has had responses since a look, and whether its transcript has grown.
fn moved(before: Option<&Look>, look: &Look, session: &str) -> (bool, bool) {
    let before = before.and_then(|before| find(before, session));
    let Some((before, now)) = before.zip(find(look, session)) else { return (false, false) };
    let paid = before.messages != now.messages;
    let told = |session: &Session| (session.last_activity_at, session.tool_calls, session.prompts);
    (paid, paid || told(before) != told(now))
}

/// A session of a look.
pub(crate) fn find<'a>(look: &'a Look, id: &str) -> Option<&'a Session> {
    look.sessions.iter().find(|session| session.id == id)
}
