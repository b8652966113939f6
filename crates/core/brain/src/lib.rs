//! What a person wants to run, learned from their answers.
//!
//! From a call to a few dozen hashed features ([`features`]), from these to a probability ([`learner`]), from that to one
//! which holds what it says ([`calibration`]), and only where enough answers have proven that it is seldom wrong
//! ([`bound`]) to an opinion ([`model`]). All of it is a fold over the log of answers: the same log makes the same bits.
//!
//! Beside it, what a person could do about sessions ([`planner`]).

pub mod bound;
mod bytes;
pub mod calibration;
pub mod course;
pub mod drift;
pub mod evaluate;
pub mod features;
pub mod garden;
pub mod habits;
pub mod identity;
pub mod insights;
pub mod kind;
pub mod label;
pub mod learner;
pub mod model;
pub mod planner;
pub mod published;
pub mod stats;
pub mod stored;
pub mod suggest;
pub mod table;
pub mod thought;
