//! Everything that can be done, by name: actions, and sessions to go to.

use ratatui::crossterm::event::{Event as Input, KeyCode, KeyEvent};
use tui_input::Input as Line;
use tui_input::backend::crossterm::to_input_request;

use crate::keys::{Action, Binding};
use crate::look::Look;

/// The palette while it is open.
#[derive(Debug, Default)]
pub(crate) struct Palette {
    pub(crate) line: Line,
    /// The entry that is chosen.
    pub(crate) at: usize,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chosen {
    Nothing,
    Closed,
    Action(Action),
    Session(String),
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) text: String,
    /// The key that does it, too.
    pub(crate) key: &'static str,
    pub(crate) chosen: Chosen,
}

impl Palette {
    /// What matches the words that were typed, each of which has to be there: of what can be done, and of the sessions
    /// to go to.
    pub(crate) fn entries(&self, offered: &[&Binding], look: Option<&Look>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for binding in offered {
            // What several keys do is one thing.
            if entries.iter().all(|entry| entry.chosen != Chosen::Action(binding.action)) {
                entries.push(Entry {
                    text: binding.what.to_owned(),
                    key: binding.keys.first().copied().unwrap_or_default(),
                    chosen: Chosen::Action(binding.action),
                });
            }
        }
        let sessions = look.map(|look| look.sessions.as_slice()).unwrap_or_default();
        entries.extend(sessions.iter().map(|session| Entry {
            text: format!("go to {} ({})", session.title(), session.project),
            key: "",
            chosen: Chosen::Session(session.id.clone()),
        }));
        let typed = self.line.value().to_lowercase();
        entries.retain(|entry| {
            let text = entry.text.to_lowercase();
            typed.split_whitespace().all(|word| text.contains(word))
        });
        entries
    }

    pub(crate) fn key(&mut self, key: KeyEvent, entries: &[Entry]) -> Chosen {
        let last = entries.len().saturating_sub(1);
        self.at = self.at.min(last);
        match key.code {
            KeyCode::Esc => return Chosen::Closed,
            KeyCode::Enter => {
                return entries.get(self.at).map_or(Chosen::Closed, |entry| entry.chosen.clone());
            }
            KeyCode::Up => self.at = self.at.checked_sub(1).unwrap_or(last),
            KeyCode::Down | KeyCode::Tab => self.at = if self.at == last { 0 } else { self.at + 1 },
            KeyCode::PageUp => self.at = self.at.saturating_sub(10),
            KeyCode::PageDown => self.at = (self.at + 10).min(last),
            _ => {
                if let Some(request) = to_input_request(&Input::Key(key)) {
                    let before = self.line.value().to_owned();
                    self.line.handle(request);
                    if self.line.value() != before {
                        self.at = 0;
                    }
                }
            }
        }
        Chosen::Nothing
    }
}
