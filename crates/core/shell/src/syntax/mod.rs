//! Text to syntax tree.

mod guard;
mod parse;
mod quote;
mod second;
pub mod tree;

pub(crate) use guard::hidden;
pub use guard::{MAX_CHARACTERS, MAX_COMMANDS, MAX_DEPTH};
pub use parse::{Parsed, SyntaxError, parse};
pub use second::agree;
