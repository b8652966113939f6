//! The real binary, in a sealed world: one module a command, and what concerns several.

mod real_client;
