//! Configuration: text in, typed values or a full list of mistakes out.
//!
//! One table ([`keys`]) defines every key; the checker, the hints, the default file, the schema and the reference are
//! made from it. Three layers: built-in, the user's file, project files. Project files come from repositories, so
//! they may only tighten. Everything here is pure except [`load()`], which reads the files it is told to.
//!
//! Three decisions a reader will look for:
//! - A project value that would loosen has no effect and is a warning when loaded, an error in `config check`.
//! - A file of the published tool of the same name is not used at all and is a notice, never an error. A file with
//!   keys of both tools is ours, and the foreign keys are errors with a hint ([`foreign`]).
//! - A TOML syntax error ends the reading of its file; all other mistakes are collected ([`check`]).

mod check;
mod edit;
mod error;
mod foreign;
mod health;
mod keys;
mod layers;
mod llm;
mod load;
mod notify;
mod published;
mod render;
pub(crate) mod suggest;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use check::{KnownPrice, PriceBook, decode};
pub(crate) use edit::{Target, set, unset};
pub(crate) use error::{ConfigError, ConfigErrors, ErrorKind, Notice};
pub(crate) use foreign::is_foreign_file;
pub(crate) use keys::{GATE_MODES, LINE_FIELDS};
#[cfg(test)]
pub(crate) use keys::{SORTS, THEMES};
pub(crate) use layers::{Approvals, Brain, Config, Gate, Loaded, OnError, Origin, PriceOverride, Rates};
pub(crate) use load::{Paths, load, regular};
pub(crate) use notify::{Hook, Telling, Webhook};
pub(crate) use published::{Fate, Policy, Told, policy, translate};
pub(crate) use render::{default_file, json_schema, markdown};
pub(crate) use value::{Value, unknown_field};
