//! A prompt that somebody looks at: it is known by its own number, and it may be over before the person has answered.

use claudectl_agents::prompts::{self, Prompt};
use claudectl_fleet::hooks::Event;
use claudectl_tui::Standing;

use super::late::{self, Late, Meant};
use crate::app::App;
use crate::error::Result;
use crate::ingest;

/// A prompt as it was in view.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Of this prompt alone.
    pub(crate) nonce: String,
    pub(crate) tool: String,
    pub(crate) summary: String,
    /// BLAKE3 of what the tool is given.
    pub(crate) hash: String,
    /// Since when it is asked, milliseconds since the epoch.
    pub(crate) at: i64,
}

impl Seen {
    /// A prompt that is in view.
    pub(crate) fn of(prompt: &Prompt) -> Self {
        Self {
            nonce: prompt.nonce.clone(),
            tool: prompt.tool.clone(),
            summary: prompt.summary.clone(),
            hash: prompt.hash.clone(),
            at: prompt.at,
        }
    }

    /// Whether a prompt is this very one, and not only like it.
    pub(super) fn is(&self, prompt: &Prompt) -> bool {
        prompt.nonce == self.nonce
    }

    /// Whether this is what hooks told when it was asked.
    pub(super) fn is_told_by(&self, asked: &Event) -> bool {
        asked.at == self.at
            && asked.tool.as_ref() == Some(&self.tool)
            && asked.input.as_ref().is_some_and(|input| input.hash == self.hash)
    }

    /// It is over, and nobody knows more.
    pub(super) fn is_over(&self) -> Late {
        Late {
            at: Some(self.at),
            call: None,
            tool: self.tool.clone(),
            summary: self.summary.clone(),
            said: late::OVER.to_owned(),
        }
    }
}

/// How it stands with a prompt of a session that is in view.
pub(crate) fn standing(app: &App, session: &str, seen: &Seen) -> Result<Standing> {
    let home = app.env.state_dir()?;
    let look = prompts::look(&home, Some(session));
    let is_asked = look.waiting.iter().any(|one| seen.is(&one.prompt));
    // One that does not answer may be this one.
    if is_asked || !look.silent.is_empty() {
        return Ok(Standing::Asked { more: look.waiting.len() - usize::from(is_asked) });
    }
    let store = ingest::told(app, &home)?;
    let late = late::of(app, &store, session, Meant::Seen(seen))?;
    let next = look.waiting.first().map(|next| format!("{} {}", next.prompt.tool, next.prompt.summary));
    Ok(Standing::Over { said: late.map_or(UNWAITED.to_owned(), |late| late.said), next })
}

/// Its dialog may be open at the terminal still.
const UNWAITED: &str = "no hook of ours waits beside it any more";
