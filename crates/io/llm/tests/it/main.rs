//! The client against endpoints that do as they should, and against such that do not.

mod endpoints;
mod injected;
mod mock;
mod real;
