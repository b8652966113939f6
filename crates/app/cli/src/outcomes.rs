//! Who let a call run that the gate had judged, or turned it down: no hook tells of a person's "No", and none says that an
//! answer was a person's. The transcript does, in the row of the call's result.
//!
//! Only the ends of transcripts are read, of calls of the last day. What was found is not looked for again; a version of
//! Claude Code that does not write who decided is asked once for each call.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use claudectl_agents::ends::{self, Settled, TurnedDown};
use claudectl_store::Store;
use claudectl_store::gate::{Decider, Undecided};

use crate::error::Result;

/// What is older stays as it is.
const SETTLED_WITHIN_MS: i64 = 24 * 60 * 60 * 1000;
/// So much is looked at in one pass.
const MOST_CALLS: u32 = 512;
const MOST_FILES: usize = 64;

/// Joins what transcripts say to what was decided; of how many calls.
///
/// # Errors
/// When the store fails. A transcript that cannot be read is left for the next pass.
pub(crate) fn settle(store: &mut Store, now: i64) -> Result<u64> {
    let open = store.undecided(now.saturating_sub(SETTLED_WITHIN_MS), MOST_CALLS)?;
    let mut transcripts: HashMap<String, Option<PathBuf>> = HashMap::new();
    let mut files: BTreeMap<PathBuf, Vec<&Undecided>> = BTreeMap::new();
    for one in &open {
        if !transcripts.contains_key(&one.session) {
            let told = store.activity(&one.session)?.and_then(|activity| activity.transcript);
            transcripts.insert(one.session.clone(), told.map(PathBuf::from));
        }
        let own = transcripts.get(&one.session).and_then(Option::as_deref);
        if let Some(path) = own.and_then(|own| transcript(own, one.agent.as_deref())) {
            files.entry(path).or_default().push(one);
        }
    }
    let mut found = Vec::new();
    for (path, calls) in files.iter().take(MOST_FILES) {
        let ids: HashSet<&str> = calls.iter().map(|one| one.call.as_str()).collect();
        let Ok(settled) = ends::settled(path, &ids) else { continue };
        let of = |one: &&Undecided| settled.iter().rfind(|end| end.call == one.call);
        found.extend(calls.iter().filter_map(|one| Some(decider(one.seq, of(one)?, now))));
    }
    store.decide(&found)?;
    Ok(found.len() as u64)
}

fn decider(seq: i64, end: &Settled, now: i64) -> Decider {
    let by_default = if end.turned_down == Some(TurnedDown::Person) { "user_reject" } else { "" };
    let by = end.source.clone().unwrap_or_else(|| by_default.to_owned());
    let not_made = end.turned_down.map(|by| {
        let what = match by {
            TurnedDown::Person => "rejected",
            TurnedDown::Nobody => "unasked",
        };
        (what, end.at.unwrap_or(now))
    });
    Decider { seq, by, not_made }
}

/// The transcript of a session, or that of a subagent of it.
pub(crate) fn transcript(own: &Path, agent: Option<&str>) -> Option<PathBuf> {
    match agent {
        None => Some(own.to_path_buf()),
        // It comes from a hook's input, and becomes part of a path.
        Some(agent)
            if agent.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter)) =>
        {
            Some(own.with_extension("").join("subagents").join(format!("agent-{agent}.jsonl")))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subagent_has_a_transcript_of_its_own() {
        let own = Path::new("/c/projects/-w/s.jsonl");
        assert_eq!(transcript(own, None).as_deref(), Some(own));
        let its = transcript(own, Some("a1"));
        assert_eq!(its.as_deref(), Some(Path::new("/c/projects/-w/s/subagents/agent-a1.jsonl")));
        assert_eq!(transcript(own, Some("../../x")), None);
    }
}
