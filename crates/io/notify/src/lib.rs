//! Notices on their way out: the terminal, the desktop, webhooks and commands.
//!
//! A [`Sink`] delivers one notice and says whether that went well; it knows nothing of queues. [`Queue`] gives each
//! sink a thread of its own, tries again after growing pauses, and tells of each attempt: one sink that hangs delays
//! nothing else. What is delivered is data: text is redacted before it gets here, a command's arguments are never
//! read by a shell, and what is sent over the network never stands on a command line.

mod command;
mod desktop;
mod queue;
mod run;
mod terminal;
mod webhook;

use std::time::Duration;

use claudectl_fleet::notice::Notice;

pub use command::{Command, filled, unknown_placeholder};
pub use desktop::{Desktop, Unavailable};
pub use queue::{Attempt, Job, Progress, Queue, Retry, World};
pub use terminal::{Terminal, Write};
pub use webhook::{BadSecret, BadUrl, Preset, Secret, Url, Webhook, document};

/// Where notices go.
pub trait Sink: Send {
    /// Delivers one. `now` is when, milliseconds since the epoch.
    ///
    /// # Errors
    ///
    /// Says why it was not delivered, and whether to try again.
    fn deliver(&self, notice: &Notice, now: i64) -> Result<(), Failure>;
}

/// Why a notice was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    /// For a person: redacted, one line, without addresses that are secrets.
    pub why: String,
    /// Whether to try again.
    pub again: Again,
}

/// Whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It would fail in the same way.
    Never,
    /// After the usual pause, and not before this, where the other side said so.
    Later(Option<Duration>),
}

impl Failure {
    fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::Never }
    }

    fn for_now(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Again::Later(None) }
    }
}

/// Text from outside, for one line.
fn one_line(text: &str) -> String {
    let redacted = claudectl_redact::redact(text);
    claudectl_redact::sanitize_line(&redacted.text).chars().take(200).collect()
}
