//! The sealed test world. It owns everything a test needs so that it never meets the developer's own
//! machine: a temporary home, a cleared environment and a pinned clock ([`World`]), files shaped like the
//! ones Claude Code writes ([`Transcript`], [`RegistryRow`], [`LiveProcess`]), a scripted stand-in for the
//! Messages API ([`Mock`]), the real client kept on a leash ([`Claude`], [`Tmux`]), a stand-in for a server of language models
//! ([`Endpoint`]), and a real one ([`LocalModel`]).
//!
//! One rule for failures: what a machine may honestly lack (npm, tmux, a network) is a typed
//! [`Unavailable`]; anything else that goes wrong here is a broken test and panics where it was called.

pub mod builders;
mod cache;
pub mod claude;
mod endpoint;
pub mod hive;
pub mod injections;
pub mod mock;
mod model;
pub mod monkey;
mod must;
mod process;
mod terminal;
mod usage;
mod wait;
pub mod world;

pub use builders::{LiveProcess, RegistryRow, Transcript};
pub use claude::{Claude, Pane, Tmux, Unavailable, program_for_tests, skip_test};
pub use endpoint::{Deed, Endpoint, Request};
pub use mock::{Mock, Scenario, Turn};
pub use model::LocalModel;
pub use terminal::Terminal;
pub use usage::{CacheSplit, ServerToolUse, Usage};
pub use wait::{now_ms, wait_for};
pub use world::{Cmd, Output, Printed, World};
