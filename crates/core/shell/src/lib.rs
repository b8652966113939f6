//! What a shell command does: text to syntax tree, tree to commands, commands to effects on scopes.
//!
//! Pure: what has to be known of the world is asked through [`facts::Facts`].

pub mod effect;
mod expand;
pub mod facts;
pub mod grammar;
pub mod paths;
pub mod syntax;
pub mod value;
