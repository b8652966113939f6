//! The client against endpoints that do as they should, and against such that do not.

#![expect(clippy::unwrap_used, reason = "a broken mock ends its test")]

mod endpoints;
mod injected;
mod mock;
mod real;
