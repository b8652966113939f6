//! Bytes of a Claude Code transcript to typed records: borrowed, tolerant, without I/O.
//!
//! A transcript is a file of JSON objects, one a line, that only grows while a session runs. Four
//! readers share the line splitter ([`LineBuf`]) and the place keeping ([`tail`]):
//!
//! * [`scan`] takes from a line only what billing needs and leaves it at the first byte that shows
//!   that nothing will be billed. It reads every transcript on the machine, so it is built for
//!   gigabytes a second.
//! * [`passage`] takes out what was said: prompts, replies, calls and what they brought, for a search over
//!   all transcripts.
//! * [`record`] reads a whole line into a typed [`record::Record`] and is used for the sessions that
//!   somebody looks at.
//! * [`strings`] tells of every string of a line, whatever row it is, for a search for secrets.
//!
//! None trusts its input: torn, binary, enormous and hostile lines are counted and passed over.

mod block;
mod json;
pub mod lines;
pub mod passage;
pub mod record;
pub mod scan;
pub mod strings;
pub mod tail;
pub mod time;
pub mod usage;

pub use lines::{Line, LineBuf};
pub use scan::{ResponseLine, Scanned, Scanner, scan_line};
pub use usage::{Speed, Tier, Usage};

/// The pseudo model that Claude Code writes on rows it made up itself (API errors, interruptions).
/// Such rows were never sent to a model and cost nothing.
pub const SYNTHETIC_MODEL: &str = "<synthetic>";

/// A stable 64-bit hash of a message id, used as the ledger's key.
///
/// It is stored, so the function must never change: XXH3 with its default seed. With ten million
/// responses the chance that any two share a key is below one in a million.
#[must_use]
pub fn message_key(id: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(id)
}
