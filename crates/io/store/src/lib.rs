//! State: one SQLite file at rest, its migrations and its typed queries; the journal, in flight; and, in a
//! file of its own, the index of all texts ([`search`]).
//!
//! Everything in it can be made again from Claude Code's transcripts as long as these exist; beyond
//! that it is the only record of what was spent, so it is opened, changed and closed with care:
//! write-ahead log, one writer at a time, numbered migrations, and a schema from the future is left
//! alone.

pub mod approvals;
pub mod audit;
pub mod brain;
pub mod budgets;
mod connection;
pub mod digests;
mod error;
pub mod events;
pub mod gate;
pub mod guard;
pub mod hive;
pub mod journal;
pub mod ledger;
pub mod maintenance;
pub mod messages;
mod noted;
pub mod notes;
pub mod notices;
pub mod owner;
pub mod readings;
mod responses;
pub mod search;
pub mod sessions;
pub mod snapshot;
pub mod triggers;
pub mod unwritten;

pub use connection::{Store, make_private_folder};
pub use error::StoreError;
