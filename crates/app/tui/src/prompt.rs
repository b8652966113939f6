//! A prompt that is about to be answered: the exact call in view, and nothing done by a key that was pressed before it
//! could be read.

use ratatui::crossterm::event::KeyEvent;

use crate::keys::{self, Action, Place};
use crate::look::{Answer, Prompt};

/// So long it has to be in view before a key answers it, milliseconds: a key that is held, or was meant for what stood
/// there before, answers nothing.
const IN_VIEW_MS: i64 = 400;

/// A prompt, and how it is looked at.
#[derive(Debug)]
pub(crate) struct Prompting {
    pub(crate) prompt: Prompt,
    /// How far down it is scrolled.
    pub(crate) top: usize,
    since: i64,
}

/// What a key does to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// Nothing more.
    Nothing,
    /// It is closed, and stays open at its terminal.
    Closed,
    /// It is answered.
    Answered(Answer),
    /// It cannot be allowed for a while.
    NotKept,
    /// It has not been in view for long enough.
    TooSoon,
}

impl Prompting {
    pub(crate) fn new(prompt: Prompt, now: i64) -> Self {
        Self { prompt, top: 0, since: now }
    }

    pub(crate) fn key(&mut self, key: KeyEvent, screen: usize, now: i64) -> Chosen {
        let answer = match keys::name(key).as_deref() {
            Some("y") => Some(Answer::Allow),
            Some("a") => Some(Answer::AllowForAWhile),
            Some("n") => Some(Answer::Deny),
            _ => None,
        };
        if let Some(answer) = answer {
            return match answer {
                _ if now.saturating_sub(self.since) < IN_VIEW_MS => Chosen::TooSoon,
                Answer::AllowForAWhile if !self.prompt.keepable => Chosen::NotKept,
                answer => Chosen::Answered(answer),
            };
        }
        let screen = screen.max(2) - 1;
        match keys::action(Place::Everywhere, key) {
            Some(Action::Up) => self.top = self.top.saturating_sub(1),
            Some(Action::Down) => self.top += 1,
            Some(Action::PageUp) => self.top = self.top.saturating_sub(screen),
            Some(Action::PageDown) => self.top += screen,
            Some(Action::First) => self.top = 0,
            Some(Action::Last) => self.top = usize::MAX,
            Some(Action::Back | Action::Quit) => return Chosen::Closed,
            _ => {}
        }
        Chosen::Nothing
    }
}
