//! What machines that trust each other know together: claims their authors signed, what becomes of them when they
//! meet, and how far each has come.

pub mod artifact;
pub mod bundle;
pub mod bytes;
pub mod claim;
pub mod clock;
pub mod content;
pub mod convergence;
pub mod curriculum;
pub mod discover;
pub mod distill;
pub mod effectiveness;
pub mod egress;
pub mod key;
pub mod members;
pub mod published;
pub mod register;
pub mod rollout;
pub mod sync;
pub mod trust;
pub mod unit;
pub mod view;
pub mod wilson;
