//! Keys, pasted text, and the lines, lists and helps that take them first.

use claudectl_fleet::format;
use ratatui::crossterm::event::{Event as Input, KeyEvent, KeyEventKind};
use tui_input::backend::crossterm::to_input_request;

use super::{Ask, Dashboard, Level, Overlay, Page};
use crate::keys::{self, Action, Place};
use crate::palette::Chosen as Picked;
use crate::prompt::Chosen;
use crate::story::Search;

impl Dashboard {
    pub(super) fn input(&mut self, input: Input) -> Vec<Ask> {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => self.key(key),
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Resize(columns, _) => {
                self.columns = columns;
                Vec::new()
            }
            Input::Paste(text) => {
                self.paste(&text);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
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

    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Ask> {
        // It was read: a hand is on the keys.
        self.said = None;
        // Whatever is open or being typed.
        if keys::name(key).as_deref() == Some("Ctrl+c") {
            return self.act(Action::Quit);
        }
        if self.typing.is_some() {
            return self.key_typing(key);
        }
        match self.overlay {
            Some(Overlay::Palette(_)) => return self.key_palette(key),
            Some(Overlay::Help { .. }) => return self.key_help(key),
            Some(Overlay::Prompt(_)) => return self.key_prompt(key),
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

    pub(super) fn key_typing(&mut self, key: KeyEvent) -> Vec<Ask> {
        use ratatui::crossterm::event::KeyCode;
        match key.code {
            KeyCode::Enter => return self.enter_typed(),
            KeyCode::Esc => self.give_up_typing(),
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

    pub(super) fn enter_typed(&mut self) -> Vec<Ask> {
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

    pub(super) fn give_up_typing(&mut self) {
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
    pub(super) fn typed(&mut self) {
        if let Some(typing) = self.typing.as_ref().filter(|typing| typing.place == Place::List) {
            self.list.filter.text = typing.line.value().to_owned();
            self.arrange();
        }
        if let Some(Overlay::Palette(palette)) = &mut self.overlay {
            palette.at = 0;
        }
    }

    pub(super) fn key_help(&mut self, key: KeyEvent) -> Vec<Ask> {
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

    pub(super) fn key_prompt(&mut self, key: KeyEvent) -> Vec<Ask> {
        let (screen, now) = (self.list_lines, self.now);
        let Some(Overlay::Prompt(prompting)) = &mut self.overlay else { return Vec::new() };
        match prompting.key(key, screen, now) {
            Chosen::Nothing => {}
            Chosen::Closed => self.overlay = None,
            Chosen::TooSoon => self.say(Level::Notice, "read it first: the key came too soon"),
            Chosen::NotKept => {
                let why = prompting.prompt.once.as_deref().unwrap_or_default();
                let said = format!("y allows it this once; for longer it cannot be: {why}");
                self.say(Level::Notice, said);
            }
            Chosen::Unread(0) => {
                self.say(Level::Notice, "parts of this call are left out: the same key once more allows it");
            }
            Chosen::Unread(lines) => {
                let lines = format::plural(lines as u64, "line");
                let said = format!("{lines} not in view yet (PageDown): the same key once more allows it");
                self.say(Level::Notice, said);
            }
            Chosen::Over => self.say(Level::Notice, "it is over: y shows what is asked now"),
            Chosen::Next => {
                let session = prompting.prompt.session.clone();
                self.overlay = None;
                return vec![Ask::Prompt(session)];
            }
            Chosen::Answered(answer) => {
                let prompt = Box::new(prompting.prompt.clone());
                self.overlay = None;
                return vec![Ask::Answer(prompt, answer)];
            }
        }
        Vec::new()
    }

    pub(super) fn key_palette(&mut self, key: KeyEvent) -> Vec<Ask> {
        let offered = self.offered();
        let Some(Overlay::Palette(palette)) = &mut self.overlay else { return Vec::new() };
        let entries = palette.entries(&offered, self.look.as_ref());
        match palette.key(key, &entries) {
            Picked::Nothing => Vec::new(),
            Picked::Closed => {
                self.overlay = None;
                Vec::new()
            }
            Picked::Action(action) => {
                self.overlay = None;
                self.act(action)
            }
            Picked::Session(id) => {
                self.overlay = None;
                self.go_to(id)
            }
        }
    }
}
