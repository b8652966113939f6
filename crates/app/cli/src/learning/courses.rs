//! How sessions go, as of the last pass: what hooks know beside the call that they are asked about.
//!
//! In the snapshot it is a list of records of one length, sorted by a hash of the session's id.

use std::collections::HashMap;

use claudectl_brain::course::{Ended, Track, program};
use claudectl_brain::features::{Key, hash};
use claudectl_fleet::hooks::Event;
use claudectl_fleet::ledger::Id;
use claudectl_fleet::tools::Family;
use claudectl_store::Store;
use claudectl_store::snapshot::Snapshot;

use crate::app::{App, Catalog};
use crate::budgets;
use crate::error::Result;

/// The snapshot's section.
pub(crate) const SECTION: &str = "courses";
/// Of sessions of which hooks told so lately.
const LATELY_MS: i64 = 2 * 60 * 60 * 1000;
/// So many of a session's last hook calls are looked at.
const EVENTS: u32 = 32;
const RECORD: usize = 8 + Track::PACKED;

/// How sessions that were lately active go.
///
/// # Errors
/// When the store fails.
pub(crate) fn section(app: &App, store: &Store) -> Result<Vec<u8>> {
    let told = store.sessions_since(app.now.saturating_sub(LATELY_MS))?;
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let (prices, catalog) = (app.prices(), Catalog::of(store, Vec::new())?);
    let numbers: HashMap<&str, Id> =
        catalog.sessions.values().map(|row| (row.sid.as_str(), row.id)).collect();
    let mut records = Vec::with_capacity(told.len());
    for sid in &told {
        let mut track = Track::default();
        store.last_events(sid, EVENTS)?.iter().for_each(|event| follow(&mut track, event));
        if let Some(number) = numbers.get(sid.as_str()) {
            let mut own = Vec::new();
            store.buckets(Some(*number), |key, bucket| own.push((key, bucket)))?;
            track.costs(budgets::of_session(&own, &prices, &catalog, None).usd.dollars());
            if let Some(tokens) = catalog.sessions[number].context_tokens {
                track.uses(tokens);
            }
        }
        records.push((hash(sid), track.pack()));
    }
    records.sort_unstable();
    Ok(records.into_iter().flat_map(|(sid, track)| [sid.to_be_bytes().to_vec(), track].concat()).collect())
}

/// Takes in what a hook told.
fn follow(track: &mut Track, event: &Event) {
    let call = event.call.as_deref().map_or(0, hash);
    match (event.event.as_str(), event.kind.as_deref()) {
        ("PreToolUse", _) => {
            let tool = event.tool.as_deref().unwrap_or_default();
            let line = event.input.as_ref().map_or("", |input| input.summary.as_str());
            track.called(call, program(tool, Family::Shell.has(tool), line), input_of(event));
        }
        ("PostToolUse", _) => track.ended(call, Ended::Well),
        ("PostToolUseFailure", Some("interrupt")) | ("PermissionDenied", _) => {
            track.ended(call, Ended::Refused);
        }
        ("PostToolUseFailure", _) => track.ended(call, Ended::Failed),
        ("UserPromptSubmit", _) => track.seen_person(event.at),
        _ => {}
    }
}

/// What a call was given, as one of a session is compared with the next.
pub(crate) fn input_of(event: &Event) -> Key {
    event.input.as_ref().map_or(0, |input| hash(&input.hash))
}

/// How a session went, as far as the last pass knew.
pub(crate) fn of(snapshot: Option<&Snapshot>, session: &str) -> Track {
    let section = snapshot.and_then(|snapshot| snapshot.section(SECTION)).unwrap_or_default();
    let (records, _) = section.as_chunks::<RECORD>();
    let key = hash(session).to_be_bytes();
    let found = records.binary_search_by(|record| record[..8].cmp(&key));
    found.ok().and_then(|at| Track::unpack(&records[at][8..])).unwrap_or_default()
}
