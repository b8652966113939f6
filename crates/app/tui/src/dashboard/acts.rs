//! What is done at a key, a click or a command of the palette.

use claudectl_fleet::format;
use claudectl_fleet::status::State;
use tui_input::Input as Line;

use super::{ARMED_MS, Armed, Ask, Dashboard, Level, Overlay, PERIODS, Page, Typing};
use crate::detail::{Detail, Tab};
use crate::keys::{self, Action, Binding, Place};
use crate::list::{List, RowId};
use crate::look::Review;
use crate::palette::Palette;
use crate::story::{Search, Turn};

impl Dashboard {
    /// Looks for the text again, from where it was found last.
    pub(super) fn find_again(&mut self, back: bool) -> Vec<Ask> {
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

    pub(super) fn act(&mut self, action: Action) -> Vec<Ask> {
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
            Action::Answer => return self.answer(),
            Action::Reel => return self.of_session(Ask::Reel),
            Action::Refresh if self.page == Page::Search => {
                return vec![Ask::Look, Ask::Search(self.searching.query.clone())];
            }
            Action::Refresh => {
                let of_page = match (self.page, &self.detail) {
                    (Page::Spend, _) => Some(Ask::Spend(self.days)),
                    (Page::Notices, _) => Some(Ask::Told),
                    (Page::Review, _) => Some(Ask::Review),
                    (Page::Sessions, Some(detail)) => Some(Ask::Money(detail.session.clone())),
                    (Page::Sessions | Page::Search, _) => None,
                };
                return std::iter::once(Ask::Look).chain(of_page).collect();
            }
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
            Action::Review => return self.turn_page(Page::Review),
            Action::Wanted => return self.judge(true, armed),
            Action::Unwanted => return self.judge(false, None),
            Action::Help => self.overlay = Some(Overlay::Help { top: 0 }),
            Action::Palette => self.overlay = Some(Overlay::Palette(Palette::default())),
            Action::Theme => {
                self.options.theme = self.options.theme.next();
                self.say(Level::Info, format!("theme {}", self.options.theme.word()));
            }
            Action::Beside => self.turn_panel(),
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

    /// Shows what is chosen beside the list, or leaves the list all columns.
    fn turn_panel(&mut self) {
        self.panel = !self.panel;
        let text = if !self.panel {
            "the list alone"
        } else if self.room_beside {
            "the chosen session beside the list"
        } else {
            "the chosen session beside the list, where that leaves it room: the screen is too narrow"
        };
        self.say(Level::Info, text);
    }

    /// What the palette offers: whatever works here and now, but for moving about, which is not done by name.
    pub(crate) fn offered(&self) -> Vec<&'static Binding> {
        keys::at(self.place()).filter(|binding| self.is_offered(binding.action)).collect()
    }

    pub(crate) fn is_offered(&self, action: Action) -> bool {
        let tab = self.detail.as_ref().map(|detail| detail.tab);
        match action {
            Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Back
            | Action::Palette
            | Action::Unfold
            | Action::Fold
            | Action::Next
            | Action::Previous
            | Action::Below
            | Action::Above
            | Action::FindNext
            | Action::FindPrevious
            | Action::Open
            | Action::Wanted
            | Action::Unwanted
            | Action::Later(_) => false,
            Action::Quit
            | Action::Refresh
            | Action::Suspend
            | Action::Help
            | Action::Theme
            | Action::Search
            | Action::SearchAll => true,
            Action::Jump | Action::Reel => self.session_id().is_some(),
            Action::Stop => self.session().is_some_and(|session| session.pid.is_some()),
            Action::Answer => {
                self.session().is_some_and(|session| session.status.state == State::NeedsPermission)
            }
            Action::Group | Action::Sort | Action::Reverse => self.list.shown() > 0,
            Action::FilterStatus => self.look.as_ref().is_some_and(|look| !look.sessions.is_empty()),
            Action::FilterFocus => {
                let high = self.options.high_context;
                self.look.as_ref().is_some_and(|look| self.list.has_focus(look, high))
            }
            Action::Clear => !self.list.filter.is_empty(),
            Action::Beside => self.room_beside,
            Action::Whole => self.detail.as_ref().is_some_and(|detail| {
                let is_cut = detail.lines.as_ref().is_some_and(|lines| lines.is_cut);
                detail.tab.is_read() && (detail.whole || is_cut)
            }),
            Action::Tab(number) => match tab {
                Some(tab) => tab != Tab::numbered(number),
                None => matches!(self.list.chosen(), Some(RowId::Session(_) | RowId::Agent { .. })),
            },
            Action::Sessions => self.page != Page::Sessions || self.detail.is_some(),
            Action::Spend => self.page != Page::Spend,
            Action::Notices => self.page != Page::Notices,
            Action::Review => self.page != Page::Review,
        }
    }

    /// Lines that a page down goes.
    pub(super) fn screen(&self) -> isize {
        let lines = match (&self.detail, self.page) {
            (Some(detail), Page::Sessions | Page::Search) => detail.shown.room,
            _ => self.list_lines,
        };
        isize::try_from(lines.saturating_sub(1).max(1)).unwrap_or(1)
    }

    pub(super) fn scroll(&mut self, by: isize) -> Vec<Ask> {
        match (self.page, &mut self.detail) {
            (Page::Spend | Page::Notices, _) => self.page_top = self.page_top.saturating_add_signed(by),
            (Page::Sessions | Page::Search, Some(detail)) => {
                if let Some(turn) = detail.scroll(by) {
                    return self.turn_to(turn);
                }
            }
            (Page::Review, _) => {
                let last = self.review.as_ref().map_or(0, Review::lines).saturating_sub(1);
                self.reviewed = self.reviewed.saturating_add_signed(by).min(last);
            }
            (Page::Sessions, None) => self.list.go(by),
            (Page::Search, None) => self.searching.go(by),
        }
        Vec::new()
    }

    pub(super) fn go_to_end(&mut self, first: bool) -> Vec<Ask> {
        match (self.page, &mut self.detail) {
            (Page::Sessions | Page::Search, Some(detail)) => {
                detail.go_to_end(first).map_or_else(Vec::new, |turn| self.turn_to(turn))
            }
            _ => self.scroll(if first { isize::MIN } else { isize::MAX }),
        }
    }

    pub(super) fn sorted(&mut self, change: impl Fn(&mut List)) {
        change(&mut self.list);
        self.arrange();
        let way = if self.list.reversed { ", the other way round" } else { "" };
        self.say(Level::Info, format!("sorted by {}{way}", self.list.sort.word()));
    }

    pub(super) fn filtered(&mut self, change: impl Fn(&mut List)) {
        change(&mut self.list);
        self.arrange();
    }

    /// Shows only the next status, or focus, that there is.
    pub(super) fn filter_next(&mut self, action: Action) {
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

    pub(super) fn fold(&mut self, open: bool) {
        let bare = self.session().filter(|session| session.subagents.is_empty()).is_some();
        if open && bare && matches!(self.list.chosen(), Some(RowId::Session(_))) {
            self.say(Level::Info, "it has started no subagents");
            return;
        }
        self.list.unfold(open);
        self.arrange();
    }

    /// Opens what is chosen, at a side of it.
    pub(super) fn open(&mut self, tab: Option<Tab>) -> Vec<Ask> {
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
        if self.page == Page::Review {
            let session = self.session_id().map(str::to_owned);
            return session
                .map_or_else(Vec::new, |session| self.show(session, None, tab.unwrap_or_default()));
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
    pub(super) fn open_passage(&mut self, tab: Tab) -> Vec<Ask> {
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

    pub(super) fn show(&mut self, session: String, agent: Option<String>, tab: Tab) -> Vec<Ask> {
        self.page = Page::Sessions;
        self.aside = None;
        let full = self.detail.as_ref().is_some_and(|detail| detail.full);
        self.detail = Some(Detail::new(session.clone(), agent.clone(), tab, full));
        vec![Ask::Money(session.clone()), Ask::Story { session, agent, turn: Turn::Last }]
    }

    pub(super) fn back(&mut self) -> Vec<Ask> {
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

    pub(super) fn of_session(&mut self, ask: fn(String) -> Ask) -> Vec<Ask> {
        match self.session_id() {
            Some(session) => vec![ask(session.to_owned())],
            None => {
                self.say(Level::Info, "no session is chosen");
                Vec::new()
            }
        }
    }

    /// The call that the session asks about, to be read before it is answered.
    pub(super) fn answer(&mut self) -> Vec<Ask> {
        match self.session_id() {
            Some(session) => vec![Ask::Prompt(session.to_owned())],
            None => {
                self.say(Level::Info, "no session is chosen");
                Vec::new()
            }
        }
    }

    pub(super) fn stop(&mut self, armed: Option<Armed>) -> Vec<Ask> {
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

    /// The person says what they want of the line that is chosen: a proposal is carried out, a decision corrected. What ends
    /// or stops a session takes a second press.
    pub(super) fn judge(&mut self, wanted: bool, armed: Option<Armed>) -> Vec<Ask> {
        let line = self.reviewed;
        let Some(review) = &mut self.review else { return Vec::new() };
        let proposals = review.proposals.len();
        if let Some(proposal) = review.proposals.get(line).cloned() {
            if !wanted {
                self.say(Level::Info, "it is gone when its reason is; nothing is done unless you say so");
            } else if proposal.done {
                self.say(Level::Info, "it was done already");
            } else if armed.is_some_and(|armed| armed.session == proposal.id) {
                self.say(Level::Notice, format!("{} {} ...", proposal.deed, proposal.title));
                return vec![Ask::Accept(proposal.id), Ask::Review];
            } else {
                self.say(Level::Notice, format!("press it again: {} {}", proposal.deed, proposal.title));
                let until = self.now.saturating_add(ARMED_MS);
                self.armed = Some(Armed { session: proposal.id, until });
            }
            return Vec::new();
        }
        let Some(one) = review.decisions.get_mut(line.saturating_sub(proposals)) else { return Vec::new() };
        one.wanted = Some(wanted);
        let (session, call) = (one.session.clone(), one.call.clone());
        self.scroll(1);
        vec![Ask::Correct { session, call, wanted }]
    }

    /// A line to type in: what to look for in the open transcript, in all of them, or in the list.
    pub(super) fn search(&mut self) -> Vec<Ask> {
        let (place, before) = match self.place() {
            Place::Detail => (Place::Detail, String::new()),
            Place::Search => (Place::Search, self.searching.query.clone()),
            _ => (Place::List, self.list.filter.text.clone()),
        };
        self.typing = Some(Typing { line: Line::new(before.clone()), place, before });
        if place == Place::List { self.turn_page(Page::Sessions) } else { Vec::new() }
    }

    /// The page that searches all transcripts, with a line to type in.
    pub(super) fn search_all(&mut self) -> Vec<Ask> {
        let asks = self.turn_page(Page::Search);
        self.detail = None;
        self.search();
        asks
    }

    pub(super) fn go_to(&mut self, id: String) -> Vec<Ask> {
        if !self.list.choose(&id) {
            self.filtered(|list| list.filter = crate::list::Filter::default());
            self.list.choose(&id);
        }
        self.show(id, None, Tab::Overview)
    }

    pub(super) fn turn(&mut self, action: Action) -> Vec<Ask> {
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
    pub(super) fn neighbour(&mut self, by: isize) -> Vec<Ask> {
        let Some(tab) = self.detail.as_ref().map(|detail| detail.tab) else { return Vec::new() };
        for _ in 0..self.list.rows().len() {
            self.list.go(by);
            if let Some(RowId::Session(id)) = self.list.chosen().cloned() {
                return self.show(id, None, tab);
            }
        }
        Vec::new()
    }

    pub(super) fn turn_page(&mut self, page: Page) -> Vec<Ask> {
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
            Page::Review => vec![Ask::Review],
        }
    }
}
