//! The dashboard as a person sees it: keys in, screens out.

mod keys;
mod screens;

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use ratatui::style::Color;

use crate::demo::Demo;
use crate::{Ask, Dashboard, Event, Glyphs, Options, Sort, Theme, Turn};

/// 2026-11-24, 12:00 in UTC.
pub(crate) const NOON: i64 = 1_795_521_600_000;

/// A dashboard over the made-up fleet, with a screen.
pub(crate) struct Screen {
    pub(crate) dash: Dashboard,
    terminal: Terminal<TestBackend>,
    demo: Demo,
    now: i64,
    /// What was wanted from outside, the latest last.
    pub(crate) asks: Vec<Ask>,
}

pub(crate) fn options() -> Options {
    Options {
        theme: Theme::Dark,
        glyphs: Glyphs::Full,
        sort: Sort::Status,
        grouped: false,
        high_context: 80.0,
        zone: TimeZone::UTC,
        home: Some("/src".to_owned()),
    }
}

impl Screen {
    /// Ten seconds into the script: one session asks for permission.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, options())
    }

    pub(crate) fn with(width: u16, height: u16, options: Options) -> Self {
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let demo = Demo::new(NOON);
        let mut screen =
            Self { dash: Dashboard::new(options, NOON), terminal, demo, now: NOON, asks: Vec::new() };
        // As in the loop: it knows how large the screen is before anything comes.
        screen.text();
        screen.at(10_000);
        screen
    }

    /// So many milliseconds into the script.
    pub(crate) fn at(&mut self, millis: i64) -> &mut Self {
        self.now = NOON + millis;
        self.tell(Event::Look(Box::new(self.demo.look(self.now))));
        self.tell(Event::Usage(self.demo.usages(self.now)));
        self
    }

    /// The same look, but for its first session.
    pub(crate) fn first(&mut self, change: impl FnOnce(&mut claudectl_fleet::session::Session)) -> &mut Self {
        let mut look = self.demo.look(self.now);
        look.sessions.first_mut().map(change);
        self.tell(Event::Look(Box::new(look)))
    }

    pub(crate) fn tell(&mut self, event: Event) -> &mut Self {
        let asks = self.dash.event(event, self.now);
        for ask in &asks {
            match ask {
                Ask::Spend(days) => {
                    let spend = self.demo.spend(*days, self.now);
                    self.dash.event(Event::Spend(Box::new(spend)), self.now);
                }
                Ask::Review => {
                    let review = self.demo.review(self.now);
                    self.dash.event(Event::Review(Box::new(review)), self.now);
                }
                Ask::Told => {
                    let told = self.demo.told(self.now);
                    self.dash.event(Event::Told(Box::new(told)), self.now);
                }
                Ask::Story { session, agent, turn } => {
                    let event = self.told(session, agent.as_deref(), turn);
                    self.dash.event(event, self.now);
                }
                Ask::Prompt(id) => {
                    if let Some(prompt) = self.demo.prompt(id, self.now) {
                        self.dash.event(Event::Prompt(Box::new(prompt)), self.now);
                    }
                }
                Ask::Standing(prompt) => {
                    let standing = self.demo.standing(prompt, self.now);
                    self.dash.event(Event::Standing(prompt.nonce.clone(), Some(standing)), self.now);
                }
                Ask::Search(query) => {
                    let found = self.demo.found(query, self.now);
                    self.dash.event(Event::Found(Box::new(found)), self.now);
                }
                Ask::Money(id) => {
                    if let Some(money) = self.demo.money(id, self.now) {
                        self.dash.event(Event::Money(Box::new(money)), self.now);
                    }
                }
                _ => {}
            }
        }
        self.asks.extend(asks);
        self
    }

    /// What a reader of transcripts answers.
    fn told(&self, session: &str, agent: Option<&str>, turn: &Turn) -> Event {
        match self.demo.turn(session, agent, turn, self.now) {
            Some(page) => Event::Story(Box::new(page)),
            None if matches!(turn, Turn::Find { .. }) => {
                Event::NotFound { session: session.to_owned(), reached: None }
            }
            None => Event::Unread { session: session.to_owned(), why: "it has no transcript".to_owned() },
        }
    }

    /// Presses keys: letters, and names in angle brackets, `j<Enter>`.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for event in events(keys) {
            self.tell(Event::Input(Input::Key(event)));
        }
        self
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.terminal.backend_mut().resize(width, height);
        self.terminal.resize(ratatui::layout::Rect::new(0, 0, width, height)).unwrap();
        self
    }

    /// The screen with what each part looks like: a style in brackets before the text that has it.
    pub(crate) fn styled(&mut self) -> String {
        self.terminal.draw(|frame| self.dash.draw(frame)).unwrap();
        let buffer = self.terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut before = String::new();
            for x in 0..buffer.area.width {
                let cell = &buffer[(x, y)];
                let style = styles(cell);
                if style != before {
                    line.push_str(&format!("[{style}]"));
                    before = style;
                }
                line.push_str(cell.symbol());
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The screen, cell by cell.
    pub(crate) fn rows(&mut self) -> Vec<Vec<String>> {
        self.terminal.draw(|frame| self.dash.draw(frame)).unwrap();
        let buffer = self.terminal.backend().buffer();
        let row = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol().to_owned()).collect();
        (0..buffer.area.height).map(row).collect()
    }

    /// The screen as text.
    pub(crate) fn text(&mut self) -> String {
        self.terminal.draw(|frame| self.dash.draw(frame)).unwrap();
        let buffer = self.terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// `red bold`; nothing for what has no style.
fn styles(cell: &ratatui::buffer::Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(format!("{:?}", cell.fg).to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on-{:?}", cell.bg).to_lowercase());
    }
    words.extend(cell.modifier.iter_names().map(|(name, _)| name.to_lowercase()));
    words.join(" ")
}

/// Keys written as text.
pub(crate) fn events(keys: &str) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let (name, after) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            Some((name, after)) if !name.is_empty() => (name.to_owned(), after),
            _ => (first.to_string(), &rest[first.len_utf8()..]),
        };
        rest = after;
        events.push(event(&name));
    }
    events
}

fn event(name: &str) -> KeyEvent {
    let (modifiers, name) = match name.strip_prefix("Ctrl+") {
        Some(name) => (KeyModifiers::CONTROL, name),
        None => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Tab" => KeyCode::Tab,
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "PageUp" => KeyCode::PageUp,
        "PageDown" => KeyCode::PageDown,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "Backspace" => KeyCode::Backspace,
        "lt" => KeyCode::Char('<'),
        _ if name.len() == 2 && name.starts_with('F') => KeyCode::F(name[1..].parse().unwrap()),
        _ => KeyCode::Char(name.chars().next().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}
