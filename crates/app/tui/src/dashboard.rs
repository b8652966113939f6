//! What the dashboard holds, and what each event makes of it.
//!
//! [`Dashboard::event`] is given keys, sizes and news, and answers with what it wants from outside. It reads nothing,
//! and the time is told to it: the same events make the same screens.

mod acts;
mod keyboard;
mod mouse;

use claudectl_fleet::session::Session;
use jiff::tz::TimeZone;
use ratatui::crossterm::event::Event as Input;
use ratatui::layout::Rect;
use tui_input::Input as Line;

use crate::detail::{Detail, Tab};
use crate::glyphs::Glyphs;
use crate::keys::Place;
use crate::list::{List, RowId, Sort};
use crate::look::{Answer, Found, Look, Money, Prompt, Review, Spend, Standing, Told, Usages};
use crate::palette::Palette;
use crate::prompt::Prompting;
use crate::search::Searching;
use crate::story::{Page as StoryPage, Turn};
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
    /// What is proposed, and decisions to look at.
    Review(Box<Review>),
    /// Something of it cannot be had, and why.
    Missing(Missing, String),
    /// Rows of a transcript.
    Story(Box<StoryPage>),
    /// What was found in all transcripts.
    Found(Box<Found>),
    /// A prompt that can be answered from here.
    Prompt(Box<Prompt>),
    /// How it stands with a prompt that was in view, by its number; `None` where nobody can tell.
    Standing(String, Option<Standing>),
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

/// What cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// What was spent.
    Spend,
    /// What a session cost.
    Money(String),
    /// What was told, and what was not.
    Told,
    /// What is proposed, and decisions to look at.
    Review,
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
    /// What is proposed, and decisions to look at.
    Review,
    /// To do what is proposed under a name.
    Accept(String),
    /// To learn what the person says of a call.
    Correct {
        /// The session.
        session: String,
        /// The call's id.
        call: String,
        /// It was wanted.
        wanted: bool,
    },
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
    /// The prompt that a session has open.
    Prompt(String),
    /// How it stands with the prompt that is in view.
    Standing(Box<Prompt>),
    /// To answer the prompt that was in view, and no other.
    Answer(Box<Prompt>, Answer),
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
    /// What is proposed, and decisions to look at.
    Review,
}

/// What lies above the page.
#[derive(Debug)]
pub(crate) enum Overlay {
    Help { top: usize },
    Palette(Palette),
    Prompt(Box<Prompting>),
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
    /// Why it cannot be had; so are the others.
    pub(crate) no_spend: Option<String>,
    pub(crate) days: u16,
    pub(crate) told: Option<Told>,
    pub(crate) no_told: Option<String>,
    pub(crate) review: Option<Review>,
    pub(crate) no_review: Option<String>,
    /// Which line of it is chosen: proposals come first.
    pub(crate) reviewed: usize,
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
    /// The list has no room for anything below sessions.
    pub(crate) low: bool,
    /// Columns of the screen.
    pub(crate) columns: u16,
    /// What is chosen is to be shown beside the list, where there is room.
    pub(crate) panel: bool,
    /// There is room beside the whole list.
    pub(crate) room_beside: bool,
    /// What is chosen, or open, stands there.
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
            no_spend: None,
            days: 30,
            told: None,
            no_told: None,
            review: None,
            no_review: None,
            reviewed: 0,
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
            columns: 0,
            panel: true,
            room_beside: false,
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
        self.measure();
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
                (self.spend, self.no_spend) = (Some(*spend), None);
                Vec::new()
            }
            Event::Money(money) => {
                if let Some(detail) = self.detail.as_mut().filter(|detail| detail.session == money.session) {
                    (detail.money, detail.no_money) = (Some(*money), None);
                }
                Vec::new()
            }
            Event::Told(told) => {
                (self.told, self.no_told) = (Some(*told), None);
                Vec::new()
            }
            Event::Review(review) => {
                // What is pressed next is meant for the line that was in view.
                if let Some(before) = &self.review {
                    self.reviewed = review.line_of(before, self.reviewed);
                }
                (self.review, self.no_review) = (Some(*review), None);
                Vec::new()
            }
            Event::Missing(missing, why) => {
                match missing {
                    Missing::Review => self.no_review = Some(why),
                    Missing::Spend => self.no_spend = Some(why),
                    Missing::Told => self.no_told = Some(why),
                    Missing::Money(session) => {
                        let open = self.detail.as_mut().filter(|detail| detail.session == session);
                        open.into_iter().for_each(|detail| detail.no_money = Some(why.clone()));
                    }
                }
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
            Event::Prompt(mut prompt) => {
                if let Some(session) = self.look.as_ref().and_then(|look| find(look, &prompt.session)) {
                    prompt.title = session.title();
                }
                // Who types goes on typing.
                if self.typing.is_none() && self.overlay.is_none() {
                    self.overlay = Some(Overlay::Prompt(Box::new(Prompting::new(*prompt, self.now))));
                }
                Vec::new()
            }
            Event::Standing(nonce, standing) => {
                if let Some(Overlay::Prompt(prompting)) = &mut self.overlay
                    && prompting.prompt.nonce == nonce
                {
                    return prompting.stands(standing, self.now).into_iter().collect();
                }
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
            Event::Time => match &mut self.overlay {
                Some(Overlay::Prompt(prompting)) => prompting.wait(self.now).into_iter().collect(),
                Some(Overlay::Help { .. } | Overlay::Palette(_)) | None => Vec::new(),
            },
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
        // Read again only where something has happened: as long as nothing does, this costs nothing.
        if self.page == Page::Review && before.as_ref().is_some_and(|before| has_happened(before, &look)) {
            asks.push(Ask::Review);
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
        if let Some(Overlay::Prompt(prompting)) = &mut self.overlay {
            asks.extend(prompting.look(self.now));
        }
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
            (None, Page::Review) => self.review.as_ref()?.session(self.reviewed),
            (None, _) => self.list.chosen().and_then(RowId::session),
        }
    }

    /// Where keys go.
    #[must_use]
    pub fn place(&self) -> Place {
        match (self.page, &self.detail) {
            (Page::Spend, _) => Place::Spend,
            (Page::Notices, _) => Place::Notices,
            (Page::Review, _) => Place::Review,
            (Page::Sessions | Page::Search, Some(_)) => Place::Detail,
            (Page::Sessions, None) => Place::List,
            (Page::Search, None) => Place::Search,
        }
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
        let prompt = match &self.overlay {
            Some(Overlay::Prompt(prompting)) => prompting.due(),
            Some(Overlay::Help { .. } | Overlay::Palette(_)) | None => None,
        };
        ages.chain(told).chain(prompt).fold(minute, i64::min).max(self.now + 1)
    }
}

const MINUTE_MS: i64 = 60_000;

/// When an age is written otherwise: each second in the first minute, each minute after that.
fn next_age(age: i64, now: i64) -> i64 {
    let unit = if age < MINUTE_MS { 1_000 } else { MINUTE_MS };
    now + unit - age.rem_euclid(unit)
}

/// Whether a session has come, gone, done something or changed its state since a look.
fn has_happened(before: &Look, look: &Look) -> bool {
    let is_other = |session: &Session| {
        let state = find(before, &session.id).map(|before| before.status.state);
        state != Some(session.status.state) || moved(Some(before), look, &session.id).1
    };
    before.sessions.len() != look.sessions.len() || look.sessions.iter().any(is_other)
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
