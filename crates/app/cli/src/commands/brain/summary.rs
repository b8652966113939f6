//! `claudectl brain summary`: what was done in a session, in the words of the person's language model.

use std::path::PathBuf;

use claudectl_fleet::project;
use claudectl_llm::Digest;
use claudectl_llm::material::{Call, Fact, Figure, Material};
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Result};
use crate::find;
use crate::gather::{self, Wanted};
use crate::llm::{Model, no_opinion, told};
use crate::sync::{self, LedgerArgs};
use crate::ui;

/// Have your language model sum up a session.
///
/// It is told what you wrote there, the inputs of the last calls with how each ended, and figures: no output of a tool, no
/// file, nothing that the agent said.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The session: its id or the beginning of it, its name, or `latest`.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    session: String,
    /// What went wrong rather than what was done.
    #[arg(long)]
    autopsy: bool,
    #[command(flatten)]
    ledger: LedgerArgs,
}

pub(super) fn run(app: &mut App, args: &Args) -> Result<()> {
    let model = Model::needed(app)?;
    let mut ledger = sync::ledger(app, args.ledger)?;
    let sid = find::session(app, &ledger, &args.session)?;
    let sessions = gather::sessions(app, &mut ledger, Wanted::One(&sid))?;
    let session = sessions.into_iter().next().ok_or_else(|| find::unknown(&args.session))?;
    let transcript = session.transcript.as_ref().map(PathBuf::from).ok_or_else(|| {
        CliError::failed(format!("session {sid} has no transcript"))
            .why("it has not begun, or Claude Code has deleted it")
    })?;
    let found = told::read(&transcript).map_err(|error| {
        CliError::external(format!("cannot read the transcript of session {sid}")).why(error.source)
    })?;
    let messages: Vec<&str> = found.messages.iter().map(String::as_str).collect();
    let calls: Vec<Call<'_>> = found.calls.iter().map(told::Made::call).collect();
    let count = |name, count| Fact { name, figure: Figure::Count(count) };
    let facts = [
        count("messages of the person", found.counts.messages),
        count("calls", found.counts.calls),
        count("calls that failed", found.counts.failed),
        count("calls that were turned down", found.counts.denied),
        count("interruptions by the person", found.counts.interrupted),
        Fact { name: "cost", figure: Figure::Dollars(session.cost.usd.dollars()) },
        Fact { name: "state", figure: Figure::Word(session.status.state.word()) },
    ];
    let folder = session.project_path.as_deref().unwrap_or_default();
    let material = Material {
        project: (!folder.is_empty()).then(|| project::name(folder)),
        messages: &messages,
        calls: &calls,
        facts: &facts,
    };
    let question = model.worded(app, |prompts, nonce| match args.autopsy {
        true => prompts.autopsy(&material, nonce),
        false => prompts.summarize(&material, nonce),
    })?;
    let said = model.ask(app, &question)?;
    let name = &model.settings().model;
    if app.ui.json {
        let digest = said.as_ref().ok();
        return app.ui.document(&json!({
            "session": sid,
            "model": name,
            "summary": digest.map(|digest| &digest.summary),
            "points": digest.map_or(&[][..], |digest| &digest.points[..]),
            "why": said.as_ref().err().map(ToString::to_string),
        }));
    }
    match said {
        Ok(Digest { summary, points }) => {
            app.ui.line(&ui::told(&format!("{name} says: {summary}")));
            points.iter().for_each(|point| app.ui.line(&ui::told(&format!("  - {point}"))));
            Ok(())
        }
        Err(why) => Err(CliError::external("the language model has summed up nothing")
            .why(no_opinion(app, &why))
            .fix("see what is known without it: `claudectl show`, `claudectl health`")),
    }
}
