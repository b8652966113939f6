//! Claude Code on disk and in the process table: where its files are, what is new in them, and which
//! of its sessions live.
//!
//! Everything here only reads, but for [`held`], through which a process can be signalled, [`settings`], which
//! `init` and `uninstall` edit, [`plugin`], which they put in place and take away, and [`archive`], which puts
//! transcripts away; [`hooks`] is what hook calls are told. Other agents will come as modules beside [`index`] and
//! [`registry`].

pub mod answer;
pub mod archive;
pub mod asker;
pub mod away;
pub mod beats;
pub mod caller;
pub mod calls;
pub mod checkout;
pub mod commits;
pub mod deaths;
pub mod debug_log;
pub mod digests;
pub mod ends;
mod expansion;
mod fields;
mod git_index;
pub mod held;
pub mod hooks;
pub mod host;
pub mod index;
mod interner;
pub mod jobs;
pub mod leaks;
pub mod metas;
pub mod meter;
pub mod moves;
pub mod pages;
pub mod passages;
pub mod plugin;
pub mod probe;
pub mod processes;
pub mod prompts;
pub mod real;
pub mod registry;
pub mod roots;
pub mod settings;
pub mod startup;
pub mod statusline;
mod tail;
pub mod walk;
pub mod watch;
pub mod world;

/// Why something outside could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}")]
pub struct ReadError {
    /// What was to be read.
    pub path: std::path::PathBuf,
    /// What the system says.
    pub source: std::io::Error,
}
