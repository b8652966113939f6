//! The dashboard: what is shown of sessions, and what keys do.
//!
//! [`Dashboard`] holds what is shown and is told of events; [`Dashboard::draw`] draws it. Both are pure: what they
//! want from outside they say ([`Ask`]), and what comes from there is told them ([`Event`]). [`run`] is the loop
//! between a terminal and them; who calls it brings the data.

mod dashboard;
pub mod demo;
mod detail;
mod glyphs;
pub mod keys;
mod list;
mod look;
mod palette;
mod prompt;
mod run;
mod search;
mod story;
mod terminal;
mod text;
mod theme;
mod view;

#[cfg(test)]
mod tests;

pub use dashboard::{Ask, Dashboard, Event, Level, Missing, Options, Page};
pub use glyphs::Glyphs;
pub use list::{Filter, Sort};
pub use look::{
    Answer, Decided, Found, FoundIn, Look, Money, Notice, Outcome, Passage, Prompt, Proposal, Review, Spend,
    Spent, Standing, Told as NoticeLog, Usage, Usages,
};
pub use run::{Outside, Reply, RunError, Told, run};
pub use story::{Page as StoryPage, Turn};
pub use theme::{Role, Theme};
