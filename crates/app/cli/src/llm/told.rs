//! What the model is told, from transcripts: what the person wrote, and the inputs of calls with how they ended. Nothing
//! else of a transcript is even kept.

use std::collections::HashMap;
use std::path::Path;

use claudectl_agents::ends::{self, Called};
use claudectl_agents::{ReadError, beats};
use claudectl_fleet::beat::{Note, What};
use claudectl_llm::material::{Call, Ended};
use serde_json::Value;

/// So many are kept, the latest: of these the newest that fit are told.
const MESSAGES: usize = 40;
const CALLS: usize = 80;

/// A call of a session.
#[derive(Debug)]
pub(crate) struct Made {
    tool: String,
    input: Value,
    ended: Option<Ended>,
}

impl Made {
    /// As the model is told.
    pub(crate) fn call(&self) -> Call<'_> {
        Call { tool: &self.tool, input: &self.input, ended: self.ended }
    }
}

/// What a session's own transcript holds of the person's.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What they wrote, oldest first.
    pub(crate) messages: Vec<String>,
    /// Calls, oldest first.
    pub(crate) calls: Vec<Made>,
    /// How many there were, and how many of them failed or were turned down.
    pub(crate) counts: Counts,
}

/// Figures of a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) messages: u64,
    pub(crate) calls: u64,
    pub(crate) failed: u64,
    pub(crate) denied: u64,
    pub(crate) interrupted: u64,
}

/// Reads a session's own transcript, never a subagent's: what stands there for a prompt is an agent's.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read(transcript: &Path) -> Result<Told, ReadError> {
    let mut told = Told::default();
    // Of calls only how they ended: their inputs are read from the end of the transcript.
    let mut ended: HashMap<String, Ended> = HashMap::new();
    let mut ids = Vec::new();
    beats::each(transcript, false, (None, None), |_, beat| match beat.what {
        What::Prompt(text) | What::Queued(text) => {
            told.counts.messages += 1;
            told.messages.push(text);
            if told.messages.len() > 2 * MESSAGES {
                told.messages.drain(..MESSAGES);
            }
        }
        What::Call { id, .. } => {
            told.counts.calls += 1;
            ids.push(id);
            if ids.len() > 2 * CALLS {
                ids.drain(..CALLS);
            }
        }
        What::Result { id, failed, denied, .. } => {
            let how = match (denied, failed) {
                (true, _) => Ended::Denied,
                (false, true) => Ended::Failed,
                (false, false) => Ended::Ran,
            };
            told.counts.denied += u64::from(how == Ended::Denied);
            told.counts.failed += u64::from(how == Ended::Failed);
            ended.insert(id, how);
        }
        What::Note(Note::Interrupted) => told.counts.interrupted += 1,
        _ => {}
    })?;
    let surplus = told.messages.len().saturating_sub(MESSAGES);
    told.messages.drain(..surplus);
    let surplus = ids.len().saturating_sub(CALLS);
    ids.drain(..surplus);
    let wanted = ids.iter().map(String::as_str).collect();
    let inputs = ends::called(transcript, &wanted)
        .map_err(|source| ReadError { path: transcript.to_path_buf(), source })?;
    told.calls = inputs
        .into_iter()
        .map(|Called { call, tool, input }| Made { ended: ended.get(&call).copied(), tool, input })
        .collect();
    Ok(told)
}
