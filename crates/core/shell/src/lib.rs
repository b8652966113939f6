//! What a shell command does: text to syntax tree, tree to commands, commands to effects on scopes.
//!
//! Pure: what has to be known of the world is asked through [`facts::Facts`].

pub mod syntax;
