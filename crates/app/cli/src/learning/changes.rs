//! Changes of files that are taken back: by the reverse edit, or by putting the file back as version control has it.

use std::sync::Arc;

use claudectl_agents::calls::Called;
use claudectl_brain::features::hash;
use claudectl_fleet::tools::Family;
use claudectl_shell::report::Report;
use serde_json::Value;

/// What is taken back within this was not wanted.
const TAKEN_BACK_MS: i64 = 10 * 60 * 1000;
/// So many edits are remembered, to see whether one is taken back.
const MOST_EDITS: usize = 64;

/// A change of a file, as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    id: String,
    path: String,
    at: i64,
    /// Hashes of what stood there, and of what stands there now.
    before: u64,
    after: u64,
}

/// The last changes of a transcript.
#[derive(Debug, Default)]
pub(super) struct Changes {
    changes: Vec<Change>,
    taken_back: Vec<(String, i64)>,
}

impl Changes {
    /// A transcript begins: what was seen of another is over.
    pub(super) fn begin(&mut self) {
        self.changes.clear();
    }

    /// Calls that later ones have taken back, since this was asked last, each with when.
    pub(super) fn taken_back(&mut self) -> Vec<(String, i64)> {
        std::mem::take(&mut self.taken_back)
    }

    /// Whether a call takes back a change that was just made. `restored`: files that it puts back.
    pub(super) fn follow(&mut self, called: &Called<'_>, restored: &[String]) {
        let Some(at) = called.at else { return };
        self.changes.retain(|change| at.saturating_sub(change.at) <= TAKEN_BACK_MS);
        let below = |path: &str, folder: &str| {
            path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        for path in restored {
            self.take_back(at, |change| below(&change.path, path));
        }
        if !Family::Edit.has(called.tool) {
            return;
        }
        let input: Value = serde_json::from_str(called.input).unwrap_or_default();
        let text = |key: &str| input[key].as_str();
        let (Some(path), Some(old), Some(new)) = (text("file_path"), text("old_string"), text("new_string"))
        else {
            return;
        };
        let (before, after) = (hash(old), hash(new));
        self.take_back(at, |change| change.path == path && (change.before, change.after) == (after, before));
        if self.changes.len() == MOST_EDITS {
            self.changes.remove(0);
        }
        self.changes.push(Change { id: called.id.to_owned(), path: path.to_owned(), at, before, after });
    }

    fn take_back(&mut self, at: i64, is_of: impl Fn(&Change) -> bool) {
        let (back, kept): (Vec<Change>, Vec<Change>) = self.changes.drain(..).partition(is_of);
        self.changes = kept;
        let ids = back.into_iter().map(|change| change.id).filter(|id| !id.is_empty());
        self.taken_back.extend(ids.map(|id| (id, at)));
    }
}

/// Files that a call puts back as version control has them.
pub(super) fn restored(report: &Report) -> Arc<[String]> {
    let puts_back = |verb: &String| verb == "restore" || verb == "checkout";
    let of = report.commands.iter().filter(|ran| ran.verbs.iter().any(puts_back));
    of.flat_map(|ran| &ran.deeds)
        .map(|deed| deed.subject.clone())
        .filter(|path| path.starts_with('/'))
        .collect()
}
