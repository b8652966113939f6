//! What this machine says: made of the answers of its person, signed, kept.

use std::collections::{HashMap, HashSet};

use claudectl_brain::label::Source;
use claudectl_brain::stats::material::{Decided, Entry, call_key};
use claudectl_brain::stats::work;
use claudectl_fleet::project;
use claudectl_fleet::tools::Family;
use claudectl_gate::lattice::Level;
use claudectl_hive::claim::{Claim, ClaimId, Class, Content, Verified, Version};
use claudectl_hive::clock::next_seq;
use claudectl_hive::distill::{Called, Label};
use claudectl_hive::egress::is_keyword;
use claudectl_hive::register::Outcome;
use claudectl_hive::unit::Moment;

use super::Hive;
use crate::app::App;
use crate::error::{CliError, Result};
use crate::habits;
use crate::measuring::Found;

/// How a call ended, and whether the one before it in its session had failed.
type Ended = (Option<bool>, Option<bool>);

/// The answers that were given here, as knowledge is made of them: one for each call, as its person said last.
pub(crate) fn labels(app: &App, found: &Found) -> Vec<Label> {
    let ends = ends(&found.calls);
    let corrected: HashMap<u64, bool> = found
        .entries
        .iter()
        .filter(|entry| entry.source == Source::Correction)
        .filter_map(|entry| Some((key(entry)?, entry.wanted)))
        .collect();
    let (mut taken, mut kinds): (HashSet<u64>, HashMap<(&str, &str), Called>) = Default::default();
    let mut labels = Vec::new();
    // The last that was said of a call first, so that it is the one that counts.
    for entry in found.entries.iter().rev() {
        let is_own = !entry.source.is_imported() && entry.source != Source::Reverted;
        let key = key(entry);
        if !is_own || entry.features.level != Level::Learnable || key.is_some_and(|key| !taken.insert(key)) {
            continue;
        }
        let called = kinds
            .entry((&entry.tool, &entry.summary))
            .or_insert_with(|| called(app, &entry.project, &entry.tool, &entry.summary));
        let (ended, errors) = key.and_then(|key| ends.get(&key).copied()).unwrap_or_default();
        let wanted = key.and_then(|key| corrected.get(&key).copied()).unwrap_or(entry.wanted);
        let said = entry.told.thought().and_then(|thought| thought.said());
        labels.push(Label {
            tool: entry.tool.clone(),
            called: called.clone(),
            project: (!entry.project.is_empty()).then(|| project::name(&entry.project).to_owned()),
            language: None,
            wanted,
            foretold: said.map(|said| said == wanted),
            moment: Moment { errors, ..Moment::default() },
            succeeded: ended,
            cost_micros: None,
            duration_ms: None,
            family: String::new(),
        });
    }
    labels.reverse();
    labels
}

fn key(entry: &Entry) -> Option<u64> {
    entry.call.as_deref().map(|call| call_key(&entry.session, call))
}

/// How calls ended, by session and call.
fn ends(calls: &[Decided]) -> HashMap<u64, Ended> {
    let mut before: HashMap<&str, bool> = HashMap::new();
    let mut ends = HashMap::new();
    for one in calls {
        let well = match one.outcome.as_deref() {
            Some("ran") => Some(true),
            Some("failed") => Some(false),
            _ => None,
        };
        let errors = before.get(one.session.as_str()).map(|well| !well);
        if let Some(well) = well {
            before.insert(&one.session, well);
        }
        // `make; true` ends well, however make did.
        let masked = || work::kind(&one.tool, &one.summary).masked;
        if let Some(call) = &one.call {
            ends.insert(call_key(&one.session, call), (well.filter(|_| !masked()), errors));
        }
    }
    ends
}

/// What was called, in words that stand in this program.
fn called(app: &App, root: &str, tool: &str, line: &str) -> Called {
    if !Family::Shell.has(tool) {
        return Called::Tool;
    }
    if tool != "Bash" || !habits::is_whole(line) {
        return Called::Other;
    }
    match habits::kinds_of(app, root, line).as_slice() {
        [one] if is_keyword(&one.text()) => Called::Command(one.text()),
        _ => Called::Other,
    }
}

impl Hive {
    /// Signs what this machine says in a hive, and keeps it; whoever asks holds the lock of the hive, so that no number is
    /// given twice.
    pub(crate) fn say(&mut self, class: &Class, said: Vec<(Claim, Content)>) -> Result<Vec<ClaimId>> {
        let me = self.me();
        let mut seq = self.store.hive_author(&class.id(), &me)?.1;
        let mut versions: Vec<Verified> = Vec::new();
        for (claim, content) in said {
            seq = next_seq(seq, self.now);
            let hlc = self.store.hive_stamp(self.now)?;
            let version = Version { claim, hlc, seq, expires: None, content };
            let signed = version
                .sign(&self.key)
                .map_err(|error| CliError::failed("this cannot be said to a hive").why(error))?;
            let takes = self.joined.iter().any(|one| one.members.takes(signed.version()));
            if !takes {
                return Err(CliError::failed("this machine only reads in that hive, or is out of it")
                    .why("the others would not take what it says")
                    .fix("ask an owner: claudectl hive member ls"));
            }
            versions.push(signed);
        }
        let merged = self.store.hive_take(&versions, self.now)?;
        if merged.iter().any(|one| matches!(one.outcome, Outcome::Held(_))) {
            return Err(CliError::failed("what this machine says is stamped too far ahead of its clock")
                .why("its clock was wrong once, and set back")
                .fix("correct the clock; it is said again once the clock has come there"));
        }
        Ok(versions.iter().map(|version| version.brief().claim).collect())
    }
}
