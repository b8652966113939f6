//! Turning the failures of the test world itself into a panic at the caller's line: a test whose world
//! cannot be built has nothing to say, and a `Result` would only move the same panic into every test.

use std::fmt::Display;

/// The value, or a panic naming what could not be done.
#[track_caller]
pub(crate) fn must<T, E: Display>(result: Result<T, E>, what: impl Display) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("testkit: {what}: {error}"),
    }
}
