//! What was learned, asked about a call: the table that the last pass has made, read where a call may be learned from.

use std::cell::OnceCell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use claudectl_brain::features::{self, Features, Situation};
use claudectl_brain::stored::Unusable;
use claudectl_brain::table::{self, Bytes, Table};
use claudectl_brain::thought::{Thought, think};
use claudectl_shell::report::Report;
use claudectl_store::snapshot::{self, NoSnapshot};

/// The table's file below the state folder.
pub(crate) const FILE: &str = "brain.tab";

/// What is known of a call that may be learned from.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) features: Features,
    /// The folder of its project.
    pub(crate) project: String,
    /// What is thought of it; `None` where nothing was learned yet.
    pub(crate) thought: Option<Thought>,
}

/// Why nothing is known of what was learned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTable {
    #[error(transparent)]
    Unread(#[from] NoSnapshot),
    #[error("{}: {why}", path.display())]
    Unusable { path: PathBuf, why: Unusable },
}

/// Whoever asks what was learned; the table is read once, and only if somebody asks.
#[derive(Debug)]
pub(crate) struct Learned {
    home: PathBuf,
    table: OnceCell<Option<Table>>,
}

/// A call, beside what it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) tool: &'a str,
    pub(crate) situation: Situation<'a>,
    /// The host's id of it; empty where nobody said.
    pub(crate) call: &'a str,
    /// Calls of its session were changed after they had been judged.
    pub(crate) barred: bool,
    pub(crate) now: i64,
}

/// Reads the table below the state folder.
pub(crate) fn read(home: &Path) -> Result<Table, NoTable> {
    let (file, length) = snapshot::own_file(home, FILE)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    table::open(Box::new(Places(file)), length)
        .map_err(|why| NoTable::Unusable { path: home.join(FILE), why })
}

/// A file, read in places: of a large table, a hook needs a few thousand bytes.
#[derive(Debug)]
struct Places(File);

impl Bytes for Places {
    fn read(&self, at: usize, into: &mut [u8]) -> bool {
        // Of a file on a disk, what is there is read at once.
        self.0.read_at(into, at as u64).is_ok_and(|read| read == into.len())
    }
}

impl Learned {
    /// By the table below a state folder.
    pub(crate) fn of(home: &Path) -> Self {
        Self { home: home.to_path_buf(), table: OnceCell::new() }
    }

    /// By nothing: features are made of calls, and nothing is thought of them.
    pub(crate) fn nothing() -> Self {
        Self { home: PathBuf::new(), table: OnceCell::from(None) }
    }

    /// The table, if there is one to go by.
    pub(crate) fn table(&self) -> Option<&Table> {
        self.table.get_or_init(|| read(&self.home).ok()).as_ref()
    }

    /// What is known of a call.
    pub(crate) fn know(&self, report: &Report, about: About<'_>) -> Known {
        let About { tool, situation, call, barred, now } = about;
        let features = features::of(tool, report, situation);
        let project = features::hash(situation.root);
        // Who only asks what would be said has no call.
        let id = (!call.is_empty()).then(|| features::hash(call));
        let thought = self.table().and_then(|table| think(table, &features, project, barred, id, now));
        Known { features, project: situation.root.to_owned(), thought }
    }
}
