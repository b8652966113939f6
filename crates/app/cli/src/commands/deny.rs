//! `claudectl deny`: turns down what a session asks, from another terminal.

use super::approve::{self, AnswerArgs};
use crate::app::App;
use crate::error::Result;

/// Deny the call that a session asks about, from here; without a session, list the prompts that can be answered.
///
/// The agent is told that you denied it, with the reason if you give one, and goes on. As with `claudectl approve`, the
/// answer is bound to the very call and the first answer counts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    answer: AnswerArgs,
}

pub(crate) fn run(app: &mut App, args: &Args) -> Result<()> {
    approve::answer(app, &args.answer, "deny", None)
}
