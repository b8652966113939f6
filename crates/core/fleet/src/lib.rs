//! Records, process facts and registry rows to sessions: what was spent, and what is going on.
//!
//! Everything here is a function from plain data to plain data. [`ledger`] decides which response is
//! billed once, to whom; [`prices`] turns tokens into dollars at read time; [`spend`] groups them;
//! [`status`] decides what a session is doing and says from which evidence; [`digest`] folds a
//! transcript into what a person wants to see of it, [`signals`] among it, from which [`health`] judges
//! how the session fares; [`beat`] tells what happened in one, thing by thing, and [`reel`] keeps the
//! telling parts; [`hooks`] folds hook calls; [`notice`] says what of all that a person is told, and when;
//! [`meter`] what a session has cost since a pass;
//! [`report`] what happened in a window of time; [`autopsy`] what became of one session; [`cleaning`] which sessions' transcripts may be put away.

pub mod alarm;
pub mod autopsy;
pub mod beat;
pub mod budget;
pub mod call;
pub mod cleaning;
pub mod context;
pub mod digest;
pub mod format;
mod goal;
pub mod health;
pub mod hooks;
pub mod intake;
pub mod leaks;
pub mod ledger;
pub mod meter;
pub mod money;
pub mod noted;
pub mod notice;
pub mod patch;
mod path;
pub mod prices;
pub mod project;
pub mod pulse;
pub mod reading;
pub mod reel;
pub mod report;
pub mod session;
mod shell;
pub mod signals;
pub mod spend;
pub mod status;
mod table;
pub mod tools;
