//! State at rest: one SQLite file, its migrations and its typed queries.
//!
//! Everything in it can be made again from Claude Code's transcripts as long as these exist; beyond
//! that it is the only record of what was spent, so it is opened, changed and closed with care:
//! write-ahead log, one writer at a time, numbered migrations, and a schema from the future is left
//! alone.

mod connection;
pub mod digests;
mod error;
pub mod ledger;
pub mod maintenance;
mod responses;
pub mod sessions;

pub use connection::Store;
pub use error::StoreError;
