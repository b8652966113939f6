//! A prompt that is about to be answered: the exact call in view, and nothing done by a key that was pressed before it
//! could be read.

use ratatui::crossterm::event::KeyEvent;

use crate::dashboard::Ask;
use crate::keys::{self, Action, Place};
use crate::look::{Answer, Prompt, Standing};

/// So long it has to be in view before a key answers it, milliseconds: a key that is held, or was meant for what stood
/// there before, answers nothing.
const IN_VIEW_MS: i64 = 400;

/// So often it is looked whether it still waits, milliseconds: of a hook that is killed nothing else tells.
const LOOKS_MS: i64 = 2_000;

/// A prompt, and how it is looked at.
#[derive(Debug)]
pub(crate) struct Prompting {
    pub(crate) prompt: Prompt,
    /// How far down it is scrolled.
    pub(crate) top: usize,
    read: Read,
    /// It was to be allowed before it was read to its end.
    warned: bool,
    since: i64,
    pub(crate) standing: Standing,
    follows: Follows,
    looked: i64,
}

/// What of it was in view so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Read {
    /// So wide its lines were.
    columns: usize,
    /// So many of its lines in a row, from the first on.
    lines: usize,
    /// Of so many.
    all: usize,
}

/// Whether it is looked how it stands with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    Idle,
    /// It is asked for.
    Asked,
    /// So it is, and there is news since.
    Again,
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
    /// So many lines of it were not in view yet, or some are left out of it: the same key once more allows it.
    Unread(usize),
    /// It is over: there is nothing to answer.
    Over,
    /// What is asked now is to be shown.
    Next,
}

impl Prompting {
    pub(crate) fn new(prompt: Prompt, now: i64) -> Self {
        let standing = Standing::Asked { more: prompt.more };
        let read = Read::default();
        Self {
            prompt,
            top: 0,
            read,
            warned: false,
            since: now,
            standing,
            follows: Follows::Idle,
            looked: now,
        }
    }

    /// These lines of the call are in view, of so many in all.
    pub(crate) fn shows(&mut self, lines: std::ops::Range<usize>, all: usize, columns: usize) {
        // Folded anew, the same lines are others.
        if (self.read.columns, self.read.all) != (columns, all) {
            self.read = Read { columns, lines: 0, all };
        }
        if lines.start <= self.read.lines {
            self.read.lines = self.read.lines.max(lines.end).min(all);
        }
    }

    /// So many lines were not in view; none is before it was drawn.
    fn unread(&self) -> usize {
        match self.read.columns {
            0 => self.prompt.lines.len(),
            _ => self.read.all - self.read.lines,
        }
    }

    /// Nobody can see all of it here.
    fn is_cut(&self) -> bool {
        self.prompt.lines.iter().any(|line| line.contains(" left out] …"))
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Over { .. })
    }

    /// When to look again, if nothing happens.
    pub(crate) fn due(&self) -> Option<i64> {
        Some(self.looked.saturating_add(LOOKS_MS))
    }

    /// Time has gone by.
    pub(crate) fn wait(&mut self, now: i64) -> Option<Ask> {
        if self.due().is_some_and(|due| due <= now) { self.look(now) } else { None }
    }

    /// There is news: it may be over; or it is, and something else is asked now.
    pub(crate) fn look(&mut self, now: i64) -> Option<Ask> {
        self.looked = now;
        let idle = self.follows == Follows::Idle;
        self.follows = if idle { Follows::Asked } else { Follows::Again };
        idle.then(|| Ask::Standing(Box::new(self.prompt.clone())))
    }

    /// How it stands with it, as far as anybody can tell.
    pub(crate) fn stands(&mut self, standing: Option<Standing>, now: i64) -> Option<Ask> {
        let again = self.follows == Follows::Again;
        self.follows = Follows::Idle;
        let was_over = self.is_over();
        // What is over stays so.
        if let Some(standing) =
            standing.filter(|standing| !was_over || matches!(standing, Standing::Over { .. }))
        {
            self.standing = standing;
            // What is said of it then stands above the call.
            if self.is_over() && !was_over {
                self.top = 0;
            }
        }
        if again { self.look(now) } else { None }
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
                Answer::Allow if self.is_over() => Chosen::Next,
                _ if self.is_over() => Chosen::Over,
                _ if now.saturating_sub(self.since) < IN_VIEW_MS => Chosen::TooSoon,
                Answer::AllowForAWhile if self.prompt.once.is_some() => Chosen::NotKept,
                Answer::Allow | Answer::AllowForAWhile
                    if !self.warned && (self.unread() > 0 || self.is_cut()) =>
                {
                    // The key that is held is none that was pressed once more.
                    (self.warned, self.since) = (true, now);
                    Chosen::Unread(self.unread())
                }
                answer => Chosen::Answered(answer),
            };
        }
        self.warned = false;
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
