//! Which files below a project's folder are a session's.
//!
//! ```text
//! <session>.jsonl                 its transcript
//! <session>/subagents/**          its subagents' transcripts, with what stands beside them
//! <session>/tool-results/**       outputs too large for the transcript
//! <session>/custom-title.json     its name
//! agent-<id>.jsonl                a subagent's, before 2.1: whose it is only its rows tell
//! ```
//!
//! Anything else stays where it is. Links are never followed, and a session with one among its files is left alone.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use claudectl_transcript::tail::Stamp;

use crate::ReadError;

/// Folders in a session's folder that are Claude Code's.
const FOLDERS: [&str; 2] = ["subagents", "tool-results"];
/// Files there that are.
const FILES: [&str; 1] = ["custom-title.json"];
/// No folder of Claude Code's is nested deeper.
const MAX_DEPTH: usize = 32;

/// A file of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its path from the project's folder on.
    pub path: String,
    /// What `stat` says.
    pub stamp: Stamp,
    /// Its permissions.
    pub mode: u32,
}

/// Everything of one session in one project's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belongings {
    /// The session's id.
    pub session: String,
    /// Claude Code's configuration folder.
    pub root: PathBuf,
    /// The project's folder's name.
    pub project: String,
    /// The project's folder.
    pub folder: PathBuf,
    /// Its files, its own transcript first.
    pub files: Vec<Piece>,
    /// Its folders, each before those in it, from the project's folder on.
    pub folders: Vec<String>,
    /// Files in its folder that are not Claude Code's, as far as is known.
    pub others: u64,
    /// Something that is no plain file, or cannot be written down: what, in words.
    pub odd: Option<String>,
}

impl Belongings {
    /// It has its own transcript.
    #[must_use]
    pub fn has_own(&self) -> bool {
        self.files.first().is_some_and(|piece| piece.path == format!("{}.jsonl", self.session))
    }

    /// The size of its files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|piece| piece.stamp.size).sum()
    }

    /// When any of its files was last changed, milliseconds since the epoch.
    #[must_use]
    pub fn changed_at(&self) -> Option<i64> {
        self.files.iter().map(|piece| piece.stamp.mtime_ns.div_euclid(1_000_000)).max()
    }
}

/// What is found below the configuration folders.
#[derive(Debug, Default)]
pub struct Found {
    /// Sessions, each in each of the project folders that it has files in.
    pub sessions: Vec<Belongings>,
    /// Project folders that are links, which are left alone.
    pub links: u64,
    /// What could not be read.
    pub errors: Vec<ReadError>,
}

/// Looks for the files of all sessions. `of_agent` says which session an old subagent's transcript is of.
#[must_use]
pub fn find(roots: &[PathBuf], of_agent: &dyn Fn(&Path) -> Option<String>) -> Found {
    let mut found = Found::default();
    for root in roots {
        let projects = root.join("projects");
        for (path, name, metadata) in listed(&projects, &mut found.errors) {
            if metadata.is_symlink() {
                found.links += 1;
            } else if metadata.is_dir()
                && let Some(name) = name
            {
                let place = Place { root, folder: &path, project: &name };
                let entries = listed(&path, &mut found.errors);
                found.sessions.extend(place.sessions(entries, of_agent, &mut found.errors));
            }
        }
    }
    found.sessions.sort_by(|a, b| (&a.folder, &a.session).cmp(&(&b.folder, &b.session)));
    found
}

/// The files of a session that was found, as they are now.
#[must_use]
pub fn again(session: &Belongings) -> Option<Belongings> {
    // Of an old subagent's transcript only its rows tell whose it is, and that was found out before.
    let own = [format!("{}.jsonl", session.session), session.session.clone()];
    let agents = session.files.iter().map(|piece| piece.path.clone()).filter(|path| is_agents(path));
    let mut errors = Vec::new();
    let entries = own.into_iter().chain(agents).filter_map(|name| {
        let path = session.folder.join(&name);
        Some((path.clone(), Some(name), fs::symlink_metadata(path).ok()?))
    });
    let place = Place { root: &session.root, folder: &session.folder, project: &session.project };
    let now = place.sessions(entries.collect(), &|_| Some(session.session.clone()), &mut errors);
    now.into_iter().next().filter(|_| errors.is_empty())
}

/// A transcript of a subagent, before 2.1.
fn is_agents(name: &str) -> bool {
    name.starts_with("agent-") && name.ends_with(".jsonl")
}

/// An entry of a folder: its path, its name where that is UTF-8, and what `lstat` says.
type Entry = (PathBuf, Option<String>, Metadata);

fn listed(folder: &Path, errors: &mut Vec<ReadError>) -> Vec<Entry> {
    let mut fail = |source: io::Error| {
        if source.kind() != io::ErrorKind::NotFound {
            errors.push(ReadError { path: folder.to_path_buf(), source });
        }
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            fail(error);
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for entry in entries {
        match entry.and_then(|entry| Ok((entry.path(), entry.file_name(), entry.metadata()?))) {
            Ok((path, name, metadata)) => found.push((path, name.into_string().ok(), metadata)),
            Err(error) => fail(error),
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// A project's folder.
struct Place<'a> {
    root: &'a Path,
    folder: &'a Path,
    project: &'a str,
}

impl Place<'_> {
    /// The sessions that some of its entries belong to.
    fn sessions(
        &self,
        entries: Vec<Entry>,
        of_agent: &dyn Fn(&Path) -> Option<String>,
        errors: &mut Vec<ReadError>,
    ) -> Vec<Belongings> {
        let mut sessions: BTreeMap<String, Belongings> = BTreeMap::new();
        for (path, name, metadata) in entries {
            let Some(name) = name else { continue };
            let own = name.strip_suffix(".jsonl").filter(|stem| is_session_id(stem));
            if let Some(id) = own {
                let session = self.session(&mut sessions, id);
                if metadata.is_file() {
                    session.files.insert(0, piece(name.clone(), &metadata));
                } else {
                    session.odd.get_or_insert_with(|| format!("{name} is no plain file"));
                }
            } else if is_agents(&name) && metadata.is_file() {
                if let Some(id) = of_agent(&path).filter(|id| is_session_id(id)) {
                    self.session(&mut sessions, &id).files.push(piece(name, &metadata));
                }
            } else if is_session_id(&name) {
                let session = self.session(&mut sessions, &name);
                if metadata.is_dir() {
                    session.folders.push(name.clone());
                    session_folder(session, &path, &name, errors);
                } else {
                    session.odd.get_or_insert_with(|| format!("{name} is no folder"));
                }
            }
        }
        let some = |session: &Belongings| !session.files.is_empty() || session.odd.is_some();
        let mut sessions: Vec<Belongings> = sessions.into_values().filter(some).collect();
        for session in &mut sessions {
            // The same order however they were come upon, but for the session's own.
            let from = usize::from(session.has_own());
            session.files[from..].sort_by(|a, b| a.path.cmp(&b.path));
        }
        sessions
    }

    fn session<'s>(&self, sessions: &'s mut BTreeMap<String, Belongings>, id: &str) -> &'s mut Belongings {
        sessions.entry(id.to_owned()).or_insert_with(|| Belongings {
            session: id.to_owned(),
            root: self.root.to_path_buf(),
            project: self.project.to_owned(),
            folder: self.folder.to_path_buf(),
            ..Belongings::default()
        })
    }
}

fn session_folder(session: &mut Belongings, folder: &Path, below: &str, errors: &mut Vec<ReadError>) {
    for (path, name, metadata) in listed(folder, errors) {
        match name {
            Some(name) if metadata.is_dir() && FOLDERS.contains(&name.as_str()) => {
                let below = format!("{below}/{name}");
                session.folders.push(below.clone());
                everything(session, &path, &below, 0, errors);
            }
            Some(name) if metadata.is_file() && FILES.contains(&name.as_str()) => {
                session.files.push(piece(format!("{below}/{name}"), &metadata));
            }
            _ => session.others += 1,
        }
    }
}

fn everything(
    session: &mut Belongings,
    folder: &Path,
    below: &str,
    depth: usize,
    errors: &mut Vec<ReadError>,
) {
    let before = errors.len();
    for (path, name, metadata) in listed(folder, errors) {
        let odd = match &name {
            None => "has a name that is no text",
            Some(_) if depth == MAX_DEPTH => "is nested too deep",
            Some(_) if metadata.is_dir() || metadata.is_file() => "",
            Some(_) => "is no plain file",
        };
        let name = name.unwrap_or_default();
        let below = format!("{below}/{name}");
        if !odd.is_empty() {
            session.odd.get_or_insert_with(|| format!("{} {odd}", path.display()));
        } else if metadata.is_dir() {
            session.folders.push(below.clone());
            everything(session, &path, &below, depth + 1, errors);
        } else {
            session.files.push(piece(below, &metadata));
        }
    }
    if errors.len() > before {
        session.odd.get_or_insert_with(|| format!("{} cannot be read", folder.display()));
    }
}

fn piece(path: String, metadata: &Metadata) -> Piece {
    Piece { path, stamp: crate::walk::stamp(metadata), mode: metadata.mode() & 0o7777 }
}

/// Sessions are named by UUIDs; whatever else stands there is no session of Claude Code's.
#[must_use]
pub fn is_session_id(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if dashes.contains(&at) {
                byte == b'-'
            } else {
                byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase()
            }
        })
}
