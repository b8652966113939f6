//! What goes from reading transcripts to the store: the shape of a pass over the files.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use claudectl_transcript::tail::{Mark, Stamp};

use crate::ledger::{Id, Response};

/// A file that was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFile {
    /// Its number.
    pub id: i64,
    /// What `stat` said when it was read.
    pub stamp: Stamp,
    /// How far it was read.
    pub mark: Mark,
    /// Lines that were no rows, so far.
    pub skipped: u64,
    /// The newest time in it so far, milliseconds since the epoch; 0 for none.
    pub last_at: i64,
}

/// Files by the hash of their path.
pub type KnownFiles = HashMap<u64, KnownFile, BuildHasherDefault<Prehashed>>;

/// A hasher for keys that are hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        // Only `u64` keys are used; anything else still gets some hash.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// The hash of a path that [`KnownFiles`] goes by.
#[must_use]
pub fn path_key(path: &[u8]) -> u64 {
    claudectl_transcript::message_key(path)
}

/// What one reading of a file brought.
#[derive(Debug, Clone)]
pub struct FileUpdate {
    /// The file's path, as bytes.
    pub path: Vec<u8>,
    /// Its number, if it was known.
    pub known: Option<i64>,
    /// The session that it belongs to: an index into [`Batch::sessions`].
    pub session: Id,
    /// The subagent that it belongs to, an index into [`Batch::agents`]; 0 for none.
    pub agent: Id,
    /// When it was born, milliseconds since the epoch.
    pub born_ms: i64,
    /// What `stat` said before it was read.
    pub stamp: Stamp,
    /// How far it was read.
    pub mark: Mark,
    /// Lines that were no rows, in all of the file.
    pub skipped: u64,
    /// The newest time in it, milliseconds since the epoch; 0 for none.
    pub last_at: i64,
}

/// A session as its own transcript tells it. `None` leaves what is stored.
#[derive(Debug, Clone, Default)]
pub struct SessionUpdate {
    /// An index into [`Batch::sessions`].
    pub session: Id,
    /// Name and how good it is.
    pub name: Option<(u8, String)>,
    /// The first working folder.
    pub first_cwd: Option<String>,
    /// The last working folder.
    pub cwd: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Claude Code's version.
    pub version: Option<String>,
    /// The model of the last response.
    pub model: Option<String>,
    /// Tokens in the last request of the session itself.
    pub context_tokens: Option<u64>,
    /// The most in any.
    pub largest_context: Option<u64>,
    /// The first row's time.
    pub first_at: Option<i64>,
    /// The last row's time.
    pub last_at: Option<i64>,
    /// Claude Code's own account of the cost, USD.
    pub reported_usd: Option<f64>,
}

/// A subagent as its `.meta.json` tells it.
#[derive(Debug, Clone, Default)]
pub struct AgentUpdate {
    /// An index into [`Batch::agents`].
    pub agent: Id,
    /// An index into [`Batch::sessions`].
    pub session: Id,
    /// Its kind.
    pub kind: Option<String>,
    /// What it was asked to do.
    pub description: Option<String>,
    /// It has ended.
    pub finished: bool,
}

/// Everything that a pass over the files brought. The numbers in it are indices into its own lists.
#[derive(Debug, Default)]
pub struct Batch {
    /// Session ids.
    pub sessions: Vec<String>,
    /// Subagent ids; index 0 is the empty one.
    pub agents: Vec<String>,
    /// Model ids.
    pub models: Vec<String>,
    /// Files read.
    pub files: Vec<FileUpdate>,
    /// What was learned of sessions.
    pub session_updates: Vec<SessionUpdate>,
    /// What was learned of subagents.
    pub agent_updates: Vec<AgentUpdate>,
    /// Responses, one for each that a file tells of; several files may tell of one.
    pub responses: Vec<Response>,
}
