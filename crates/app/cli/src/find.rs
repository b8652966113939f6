//! Which session a person means by a text. Owns the rules, so that every command that takes a session takes the
//! same ones.

use crate::app::App;
use crate::error::{CliError, Result};
use crate::gather;
use crate::running::{Fleet, Running};
use crate::sync::Ledger;

/// The session that a text means: an id or the beginning of one, a name, or `latest`.
pub(crate) fn session(app: &App, ledger: &Ledger, text: &str) -> Result<String> {
    let live = gather::live_ids(app, ledger);
    if text == "latest" {
        let newest = ledger
            .store
            .sessions()?
            .into_iter()
            .filter(|row| !row.sid.is_empty())
            .max_by_key(|row| row.last_at);
        return newest
            .map(|row| row.sid)
            .or_else(|| live.first().map(|(sid, _)| sid.clone()))
            .ok_or_else(|| unknown(text));
    }
    let mut ids: Vec<String> = ledger.store.sessions_like(text)?.into_iter().map(|row| row.sid).collect();
    ids.extend(live.iter().filter(|(sid, _)| sid.starts_with(text)).map(|(sid, _)| sid.clone()));
    if ids.iter().any(|sid| sid == text) {
        return Ok(text.to_owned());
    }
    if ids.is_empty() {
        let named = |name: &Option<String>| is_name(name.as_deref(), text);
        ids.extend(live.iter().filter(|(_, name)| named(name)).map(|(sid, _)| sid.clone()));
        if ids.is_empty() {
            ids.extend(
                ledger.store.sessions()?.into_iter().filter(|row| named(&row.name)).map(|row| row.sid),
            );
        }
    }
    only(text, ids)?.ok_or_else(|| unknown(text))
}

/// The session in the registry that a text means, without a look at any other; `None` if none does.
///
/// For acting on it, so stricter than [`session`]: a name that is also the beginning of another's id means
/// neither, and the number of a process is not shortened.
pub(crate) fn registered(fleet: &Fleet, text: &str) -> Result<Option<String>> {
    if fleet.contains_key(text) {
        return Ok(Some(text.to_owned()));
    }
    if text.starts_with("pid:") {
        return Ok(None);
    }
    let meant = |(sid, processes): &(&String, &Vec<Running>)| {
        let name = processes.iter().find_map(|running| running.entry.name.as_deref());
        sid.starts_with(text) || is_name(name, text)
    };
    only(text, fleet.iter().filter(meant).map(|(sid, _)| sid.clone()).collect())
}

fn is_name(name: Option<&str>, text: &str) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(text))
}

/// The one id among these.
fn only(text: &str, mut ids: Vec<String>) -> Result<Option<String>> {
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [] | [_] => Ok(ids.pop()),
        _ => Err(ambiguous(text, &ids)),
    }
}

pub(crate) fn unknown(text: &str) -> CliError {
    CliError::failed(format!("there is no session {text}"))
        .why("neither an id that begins so, nor a name")
        .fix("`claudectl ls --all` lists every session")
}

/// An error that lists what a text could mean.
pub(crate) fn ambiguous(text: &str, ids: &[String]) -> CliError {
    CliError::failed(format!("{text} could be any of {} sessions", ids.len()))
        .why(ids.join(", "))
        .fix("give more of the id")
}
