//! A thousand machines in one process, with a net and clocks that a seed decides.
//!
//! [`Plan::of`] draws from a seed who is there, how bad the net is and what happens; [`run`] plays it and holds the
//! end against what the hive promises. The same plan plays the same, frame for frame ([`Report::trace`]). [`shrink`] leaves out
//! what a failure does not need. [`figures`] measures.

pub mod figures;
mod plan;
pub mod rng;
pub mod store;
mod world;

pub use plan::{Deed, Net, Options, Plan, shrink};
pub use world::{Failure, Report, run};
