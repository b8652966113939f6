//! How good what was learned is: streams of calls with what their person wanted, played once more.
//!
//! Each stream ([`streams`]; made-up people in [`person`]) is played twice ([`run`]). With *full information*: foretell,
//! score, learn, for every answer. And *as it is used*: what the learner would answer itself it answers, and learns
//! nothing from; the rest is asked about. Errors are held against what the person wanted, not against their slips.
//! The same is done to simpler ways of doing it ([`baselines`]), and the figures ([`metrics`]) stand side by side.
//! Suites of calls with the verdict they are to get are in [`suite`].

pub mod baselines;
pub mod metrics;
pub mod person;
pub mod run;
pub mod streams;
pub mod suite;
