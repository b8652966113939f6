//! What a person could do about sessions, and what is done where they accept it: for the command, and for whatever has a
//! screen. What is proposed is decided by [`claudectl_brain::planner`], from what every surface shows.

use std::collections::BTreeMap;
use std::path::Path;

use claudectl_brain::planner::{self, Deed, Proposal};
use claudectl_fleet::session::Session;
use claudectl_store::{Store, messages, snapshot};

use crate::app::App;
use crate::deeds;
use crate::error::{CliError, Result};
use crate::only;
use crate::stopping::{self, Wish};
use crate::ui::told;

/// What was accepted, below the state folder: by the names of proposals, when.
const ACCEPTED: &str = "advice.json";
const LOCK: &str = "advice.lock";

/// A proposal, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Advice {
    pub(crate) proposal: Proposal,
    /// When it was carried out, milliseconds since the epoch.
    pub(crate) accepted: Option<i64>,
}

/// What is proposed now. A proposal whose reason is gone is not among them, and what became of it is forgotten.
pub(crate) fn of(app: &App, sessions: &[Session]) -> Result<Vec<Advice>> {
    let home = app.env.state_dir()?;
    let accepted = accepted(&home);
    let all = planner::proposals(sessions).into_iter();
    Ok(all.map(|proposal| Advice { accepted: accepted.get(&proposal.id).copied(), proposal }).collect())
}

/// Carries out a proposal of these sessions, by its name or how that begins, once; what was done. One that is not proposed
/// any more is not carried out.
pub(crate) fn accept(app: &App, sessions: &[Session], id: &str) -> Result<(Proposal, String)> {
    let home = app.env.state_dir()?;
    let _alone = only::wait(&home, LOCK)?;
    let all = of(app, sessions)?;
    let mut found = all.iter().filter(|advice| !id.is_empty() && advice.proposal.id.starts_with(id));
    let (Some(advice), None) = (found.next(), found.next()) else {
        return Err(CliError::failed(format!("no proposal is named {id}, or several are"))
            .why("one whose reason is gone is gone with it")
            .fix("claudectl brain advice lists what is proposed now"));
    };
    if advice.accepted.is_some() {
        return Err(CliError::failed(format!("{} was carried out already", advice.proposal.id))
            .why("it is proposed as long as its reason holds")
            .fix("give it some time, or act on the session yourself: claudectl stop, claudectl attach"));
    }
    let done = carry_out(app, sessions, &advice.proposal)?;
    keep(app, &home, &all, &advice.proposal.id);
    Ok((advice.proposal.clone(), done))
}

fn carry_out(app: &App, sessions: &[Session], proposal: &Proposal) -> Result<String> {
    let by = format!("{}{}", messages::ADVICE, proposal.id);
    let to = sessions.iter().find(|session| session.id == proposal.to);
    let to = to.ok_or_else(|| CliError::failed(format!("session {} is gone", proposal.to)))?;
    let text = || claudectl_redact::redact(proposal.message.as_deref().unwrap_or_default()).text.into_owned();
    match proposal.deed {
        Deed::Message | Deed::Summary => {
            deeds::send(app, to, &by, text(), 1)?;
            Ok("the message waits for the end of its turn".to_owned())
        }
        Deed::Compact => {
            deeds::send(app, to, &by, text(), 1)?;
            Ok("it is told at the end of its turn to get ready; /compact is for you to type there".to_owned())
        }
        Deed::Pause => {
            let mut store = Store::open(&app.env.state_dir()?.join("state.db"))?;
            let done = deeds::pause(app, &mut store, to, &by, Some(&told(&proposal.reason)))?;
            store.close()?;
            Ok(done)
        }
        Deed::Stop => stopping::end(app, &Wish::of(&to.id))?.told(),
    }
}

fn accepted(home: &Path) -> BTreeMap<String, i64> {
    let bytes = snapshot::own_bytes(home, ACCEPTED).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Remembers that it was carried out, as long as it is proposed.
fn keep(app: &App, home: &Path, all: &[Advice], id: &str) {
    let mut kept: BTreeMap<&str, i64> =
        all.iter().filter_map(|advice| Some((advice.proposal.id.as_str(), advice.accepted?))).collect();
    kept.insert(id, app.now);
    let written = serde_json::to_vec(&kept).map_err(std::io::Error::from);
    if let Err(error) = written.and_then(|bytes| snapshot::write_own(home, ACCEPTED, &bytes)) {
        tracing::warn!(%error, "that advice was carried out is not kept");
    }
}
