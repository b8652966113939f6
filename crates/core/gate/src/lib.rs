//! One verdict for one tool call: policy, rules, what it does, and what is known of the world.
//!
//! Allow needs proof of every part of a call; deny needs evidence of one part; what is not understood asks.

pub mod advice;
pub mod backtest;
pub mod budget;
pub mod file;
mod glob;
pub mod host;
pub mod judge;
pub mod keys;
pub mod lattice;
pub mod pause;
pub mod published;
pub mod rules;
pub mod same;
pub mod tools;
pub mod triggers;
pub mod write;
