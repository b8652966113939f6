//! What machines that trust each other know together: claims their authors signed, what becomes of them when they
//! meet, and how far each has come.

pub mod content;
pub mod convergence;
pub mod published;
