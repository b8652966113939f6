//! What was learned, asked about a call: the table that the last pass has made, read where a call may be learned from.

use std::cell::OnceCell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use claudectl_agents::prompts::random;
use claudectl_brain::features::{self, Branch, Features, Situation};
use claudectl_brain::identity::Secret;
use claudectl_brain::stored::Unusable;
use claudectl_brain::table::{self, Bytes, Table};
use claudectl_brain::thought::{Thought, think};
use claudectl_shell::report::Report;
use claudectl_store::snapshot::{self, NoSnapshot};

use crate::app::App;
use crate::error::{CliError, Result};

/// The table's file below the state folder.
pub(crate) const FILE: &str = "brain.tab";
/// The secret's file there, and its section in the snapshot: hooks read it there.
pub(crate) const SECRET: &str = "brain.key";

/// What is known of a call that may be learned from.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) features: Features,
    /// The folder of its project.
    pub(crate) project: String,
    /// What was checked out, where that matters.
    pub(crate) branch: Branch,
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
    /// What features are made with; without, none are.
    secret: Option<Secret>,
    /// The secret is of the snapshot, so the folder was looked at.
    is_of_hook: bool,
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
pub(crate) fn read(home: &Path) -> std::result::Result<Table, NoTable> {
    of_file(home, snapshot::own_file(home, FILE)?)
}

fn of_file(home: &Path, (file, length): (File, u64)) -> std::result::Result<Table, NoTable> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    table::open(Box::new(Places(file)), length)
        .map_err(|why| NoTable::Unusable { path: home.join(FILE), why })
}

/// What features are made with below a state folder, if it was made and is ours.
pub(crate) fn secret(home: &Path) -> Option<Secret> {
    Secret::of(&snapshot::own_bytes(home, SECRET).ok()?)
}

/// The bytes of the secret, which is made where there is none that can be used: once, by whoever comes first. Hooks never
/// make one.
pub(crate) fn make_secret(home: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| {
        CliError::external(format!("cannot make {}", home.join(SECRET).display()))
            .why(error)
            .fix("check the owner and mode of the state folder, and the room on its disk")
    };
    claudectl_store::make_private_folder(home).map_err(failed)?;
    let known = || snapshot::own_bytes(home, SECRET).ok().filter(|bytes| Secret::of(bytes).is_some());
    if let Some(known) = known() {
        return Ok(known);
    }
    let mut bytes = Vec::with_capacity(3 * 16);
    while bytes.len() < Secret::LENGTH {
        bytes.extend(random().map_err(failed)?);
    }
    bytes.truncate(Secret::LENGTH);
    snapshot::make_own(home, SECRET, &bytes).map_err(failed)?;
    match known() {
        Some(first) => Ok(first),
        // One that is torn, or that others may have written.
        None => snapshot::write_own(home, SECRET, &bytes).map(|()| bytes).map_err(failed),
    }
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
    /// By the table below a state folder, with the secret that hooks were given.
    pub(crate) fn of(home: &Path, secret: Option<Secret>) -> Self {
        Self { home: home.to_path_buf(), table: OnceCell::new(), secret, is_of_hook: true }
    }

    /// The same for a command, which looks for the secret itself.
    pub(crate) fn below(home: &Path) -> Self {
        let secret = Some(secret(home).unwrap_or(Secret::KNOWN));
        Self { is_of_hook: false, ..Self::of(home, secret) }
    }

    /// By nothing: features are made of calls, and nothing is thought of them.
    pub(crate) fn nothing(app: &App) -> Result<Self> {
        Ok(Self { table: OnceCell::from(None), ..Self::below(&app.env.state_dir()?) })
    }

    /// What features are made with.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// The table, if there is one to go by.
    pub(crate) fn table(&self) -> Option<&Table> {
        let beside = || of_file(&self.home, snapshot::beside(&self.home, FILE)?);
        let read = || if self.is_of_hook { beside() } else { read(&self.home) };
        self.table.get_or_init(|| read().ok()).as_ref()
    }

    /// What is known of a call.
    pub(crate) fn know(&self, report: &Report, about: About<'_>) -> Known {
        let About { tool, situation, call, barred, now } = about;
        let features = features::of(tool, report, situation);
        let project = features::hash(situation.root);
        // Who only asks what would be said has no call.
        let id = (!call.is_empty()).then(|| features::hash(call));
        let thought = self.table().and_then(|table| think(table, &features, project, barred, id, now));
        Known { features, project: situation.root.to_owned(), branch: situation.branch, thought }
    }
}
