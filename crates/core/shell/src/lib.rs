//! What a shell command does: text to syntax tree, tree to commands, commands to effects on scopes.
//!
//! Pure: what has to be known of the world is asked through [`facts::Facts`].

mod arithmetic;
mod batch;
mod call;
mod code;
pub mod effect;
pub mod expand;
pub mod facts;
mod git;
pub mod grammar;
pub mod hosts;
mod inner;
mod names;
pub mod own;
pub mod paths;
mod perform;
mod powershell;
pub mod report;
mod repository;
mod scripts;
mod services;
mod settings;
pub mod sought;
mod special;
mod sql;
pub mod syntax;
mod tokens;
pub mod value;
mod walk;

pub use call::{Given, given};
pub use walk::may_decide;

use facts::Place;
use report::Report;
use value::Data;

/// What commands of PowerShell do, run in a place.
#[must_use]
pub fn analyse_powershell(text: &str, place: Place<'_>) -> Report {
    let mut walker = walk::Walker::new(place);
    walker.power(&Data::text(text));
    walker.report.shown()
}

/// What a command line does, run in a place.
#[must_use]
pub fn analyse(text: &str, place: Place<'_>) -> Report {
    let mut walker = walk::Walker::new(place);
    walker.text(text, &Data::absent());
    walker.report.shown()
}
