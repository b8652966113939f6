//! Finding transcripts below `projects/`.
//!
//! ```text
//! projects/<slug>/<session>.jsonl                          a session
//! projects/<slug>/<session>/subagents/**/agent-<id>.jsonl  its subagents, workflows included
//! projects/<slug>/agent-<id>.jsonl                         a subagent, before 2.1
//! ```
//!
//! The slug says nothing reliable (it collides and cannot be reversed), so it is not looked at.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use claudectl_transcript::tail::Stamp;

use crate::ReadError;

/// Folders in a session's folder that hold other things than transcripts.
const OTHER_FOLDERS: [&str; 2] = ["tool-results", "memory"];
/// How deep subagents of subagents are followed.
const MAX_DEPTH: usize = 16;

/// A transcript.
#[derive(Debug, Clone)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What `stat` says.
    pub stamp: Stamp,
    /// When the file was born, milliseconds since the epoch; its last change where the file system
    /// does not know.
    pub born_ms: i64,
    /// The session that its place says it belongs to; `None` where only its rows can tell.
    pub session: Option<String>,
    /// The subagent that wrote it.
    pub agent: Option<String>,
    /// A link leads to it: it may stand elsewhere under its own name.
    linked: bool,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Transcripts, in no particular order.
    pub files: Vec<Found>,
    /// What could not be read.
    pub errors: Vec<ReadError>,
    /// Entries named like a transcript that are no files: pipes, sockets, links to nothing.
    pub odd: u64,
}

/// Finds all transcripts below the configuration folders, with up to `threads` threads.
#[must_use]
pub fn transcripts(roots: &[PathBuf], threads: usize) -> Walk {
    let mut walk = Walk::default();
    let mut folders = Vec::new();
    for root in roots {
        let projects = root.join("projects");
        match fs::read_dir(&projects) {
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => folders.push(entry.path()),
                        Err(source) => walk.errors.push(ReadError { path: projects.clone(), source }),
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => walk.errors.push(ReadError { path: projects, source }),
        }
    }
    let next = AtomicUsize::new(0);
    let all = Mutex::new(walk);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, folders.len().max(1)) {
            scope.spawn(|| {
                let mut walker = Walker::default();
                while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    walker.project(folder);
                }
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.files.append(&mut walker.walk.files);
                all.errors.append(&mut walker.walk.errors);
                all.odd += walker.walk.odd;
            });
        }
    });
    let mut walk = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    leave_out_repeats(&mut walk.files);
    walk
}

/// Finds the transcripts of one session: its own and its subagents', in the project folders given.
#[must_use]
pub fn session(projects: &[PathBuf], session: &str) -> Walk {
    let mut walker = Walker::default();
    for project in projects {
        walker.linked = project.is_symlink();
        let own = project.join(format!("{session}.jsonl"));
        if own.symlink_metadata().is_ok() {
            walker.found(own, Some(session.to_owned()), None);
        }
        walker.session_folder(&project.join(session), session, 0);
    }
    leave_out_repeats(&mut walker.walk.files);
    walker.walk
}

/// The project folders that have something of a session, of all below the configuration folders.
#[must_use]
pub fn projects_of(roots: &[PathBuf], session: &str) -> Vec<PathBuf> {
    let name = format!("{session}.jsonl");
    let folders = roots.iter().filter_map(|root| fs::read_dir(root.join("projects")).ok()).flatten();
    let folders = folders.filter_map(Result::ok).map(|entry| entry.path());
    folders.filter(|folder| folder.join(&name).exists() || folder.join(session).exists()).collect()
}

/// The folder below `projects/` that a session started in `cwd` writes to, if it has not changed places since:
/// good enough to watch, not to read, since two folders can have one name.
#[must_use]
pub fn likely_project(cwd: &str) -> Option<String> {
    let name: String = cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    // Beyond that it ends in a hash.
    (name.len() <= 200).then_some(name)
}

/// The session that a path below `projects/` belongs to.
#[must_use]
pub fn session_of(path: &Path) -> Option<String> {
    let mut parts = path.components().map(|part| part.as_os_str());
    parts.find(|part| *part == "projects")?;
    let name = parts.nth(1)?;
    match transcript_stem(name) {
        Some(stem) => Some(stem).filter(|stem| !stem.starts_with("agent-")),
        None => name.to_str().map(str::to_owned),
    }
}

/// Leaves out what a link leads to and what was found without one, or by an earlier link.
fn leave_out_repeats(files: &mut Vec<Found>) {
    if !files.iter().any(|file| file.linked) {
        return;
    }
    files.sort_by(|a, b| (a.linked, &a.path).cmp(&(b.linked, &b.path)));
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert((file.stamp.dev, file.stamp.ino)) || !file.linked);
}

#[derive(Default)]
struct Walker {
    walk: Walk,
    /// The project's folder is a link.
    linked: bool,
}

impl Walker {
    fn project(&mut self, folder: &Path) {
        self.linked = folder.is_symlink();
        self.each(folder, |walker, path, name, is_dir| {
            if is_dir {
                walker.session_folder(&path, &name.to_string_lossy(), 0);
            } else if let Some(stem) = transcript_stem(name) {
                let agent = stem.strip_prefix("agent-").map(str::to_owned);
                let session = agent.is_none().then_some(stem);
                walker.found(path, session, agent);
            }
        });
    }

    fn session_folder(&mut self, folder: &Path, session: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        self.each(folder, |walker, path, name, is_dir| {
            if is_dir {
                if !OTHER_FOLDERS.iter().any(|other| name == *other) {
                    walker.session_folder(&path, session, depth + 1);
                }
            } else if let Some(stem) = transcript_stem(name) {
                let agent = stem.strip_prefix("agent-").unwrap_or(&stem).to_owned();
                walker.found(path, Some(session.to_owned()), Some(agent));
            }
        });
    }

    /// Calls `each` with every entry: path, name, whether it is a folder. Links to folders are not
    /// followed below a project, where they could only lead in circles.
    fn each(&mut self, folder: &Path, mut each: impl FnMut(&mut Self, PathBuf, &OsStr, bool)) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // Not a folder, or gone since it was listed.
            Err(error) if matches!(error.raw_os_error(), Some(20 | 2)) => return,
            Err(source) => {
                self.walk.errors.push(ReadError { path: folder.to_path_buf(), source });
                return;
            }
        };
        for entry in entries {
            let (entry, kind) = match entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind))) {
                Ok(found) => found,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => {
                    self.walk.errors.push(ReadError { path: folder.to_path_buf(), source });
                    continue;
                }
            };
            if kind.is_dir() || kind.is_file() || kind.is_symlink() {
                each(self, entry.path(), &entry.file_name(), kind.is_dir());
            } else if transcript_stem(&entry.file_name()).is_some() {
                self.walk.odd += 1;
            }
        }
    }

    fn found(&mut self, path: PathBuf, session: Option<String>, agent: Option<String>) {
        let link = match fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_symlink() => {
                return self.push(path, &metadata, self.linked, session, agent);
            }
            Ok(_) => fs::metadata(&path),
            Err(error) => Err(error),
        };
        match link {
            Ok(target) if target.is_file() => self.push(path, &target, true, session, agent),
            // A link to something else, or to nothing; or gone since it was listed.
            Ok(_) => self.walk.odd += 1,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.walk.odd += u64::from(path.is_symlink());
            }
            Err(source) => self.walk.errors.push(ReadError { path, source }),
        }
    }

    fn push(
        &mut self,
        path: PathBuf,
        metadata: &Metadata,
        linked: bool,
        session: Option<String>,
        agent: Option<String>,
    ) {
        let born_ms = born_ms(metadata);
        self.walk.files.push(Found { path, stamp: stamp(metadata), born_ms, session, agent, linked });
    }
}

/// The name without `.jsonl`, if that is how it ends.
fn transcript_stem(name: &OsStr) -> Option<String> {
    let stem = name.as_bytes().strip_suffix(b".jsonl").filter(|stem| !stem.is_empty())?;
    Some(String::from_utf8_lossy(stem).into_owned())
}

/// What `stat` says, in our terms.
#[must_use]
pub fn stamp(metadata: &Metadata) -> Stamp {
    let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
    Stamp {
        dev: metadata.dev(),
        ino: metadata.ino(),
        size: metadata.size(),
        mtime_ns: nanos(metadata.mtime(), metadata.mtime_nsec()),
        ctime_ns: nanos(metadata.ctime(), metadata.ctime_nsec()),
    }
}

fn born_ms(metadata: &Metadata) -> i64 {
    let born = metadata.created().or_else(|_| metadata.modified()).ok();
    let since = born.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_session_is_found_as_among_all() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_path_buf();
        for name in [
            "-w/s1.jsonl",
            "-w/s1/subagents/agent-a.jsonl",
            "-w/s2.jsonl",
            "-v/s1.jsonl",
            "-v/s1/memory/x.jsonl",
        ] {
            let path = root.join("projects").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}\n").unwrap();
        }
        let paths = |walk: Walk| {
            let mut paths: Vec<_> =
                walk.files.into_iter().filter(|file| file.session.as_deref() == Some("s1")).collect();
            paths.sort_by(|a, b| a.path.cmp(&b.path));
            paths.into_iter().map(|file| (file.path, file.agent)).collect::<Vec<_>>()
        };
        let one = paths(session(&projects_of(std::slice::from_ref(&root), "s1"), "s1"));
        assert_eq!((one.len(), &one), (3, &paths(transcripts(std::slice::from_ref(&root), 1))));
        for (path, _) in one {
            assert_eq!(session_of(&path).as_deref(), Some("s1"));
        }
        assert_eq!(session_of(Path::new("/h/.claude/projects/-w/agent-x.jsonl")), None);
        assert_eq!(session_of(Path::new("/h/.claude/sessions/5.json")), None);
    }

    fn put(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}\n").unwrap();
    }

    #[test]
    fn sessions_subagents_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for path in [
            "projects/-a/s1.jsonl",
            "projects/-a/s1/subagents/agent-x.jsonl",
            "projects/-a/s1/subagents/agent-x/subagents/agent-z.jsonl",
            "projects/-a/s1/subagents/workflows/wf_1/agent-y.jsonl",
            "projects/-a/s1/subagents/agent-x.meta.json",
            "projects/-a/s1/tool-results/big.jsonl",
            "projects/-a/agent-old.jsonl",
            "projects/-a/notes.txt",
            "history.jsonl",
        ] {
            put(root, path);
        }
        let mut found: Vec<_> = transcripts(&[root.to_path_buf()], 2)
            .files
            .into_iter()
            .map(|file| (file.session, file.agent))
            .collect();
        found.sort();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                (None, some("old")),
                (some("s1"), None),
                (some("s1"), some("x")),
                (some("s1"), some("y")),
                (some("s1"), some("z")),
            ]
        );
    }

    #[test]
    fn links_are_read_once_and_never_in_circles() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        put(root, "projects/-a/s1.jsonl");
        fs::create_dir_all(root.join("projects/-a/s1/subagents")).unwrap();
        std::os::unix::fs::symlink(root.join("projects"), root.join("projects/-a/s1/subagents/loop"))
            .unwrap();
        std::os::unix::fs::symlink("/nowhere", root.join("projects/-a/gone.jsonl")).unwrap();
        std::os::unix::fs::symlink(root.join("projects/-a/s1.jsonl"), root.join("projects/-a/s2.jsonl"))
            .unwrap();
        let walk = transcripts(&[root.to_path_buf()], 1);
        assert_eq!((walk.files.len(), walk.errors.len()), (1, 0));
        assert_eq!(walk.files[0].session.as_deref(), Some("s1"), "under its own name, not the link's");
        // A project's folder may be a link itself; what is in it is found once, by whichever name.
        put(root, "elsewhere/s3.jsonl");
        for name in ["-b", "-c"] {
            std::os::unix::fs::symlink(root.join("elsewhere"), root.join("projects").join(name)).unwrap();
        }
        std::os::unix::fs::symlink(root.join("projects"), root.join("projects/-loop")).unwrap();
        assert_eq!(transcripts(&[root.to_path_buf()], 2).files.len(), 2);
    }

    #[test]
    fn no_folder_is_no_error() {
        assert!(transcripts(&["/nowhere/at/all".into()], 2).errors.is_empty());
    }
}
