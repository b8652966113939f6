//! Which session a client older than the registry runs: its debug log, one file a session, names its process.
//!
//! Versions around 2.1.41 write `debug/<session>.txt` from their start on, and each time they save their own
//! configuration a line with the temporary file's name, `.claude.json.tmp.<pid>.<milliseconds>`. No other file
//! of theirs ties a process to a session.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// So much of a log's beginning and of its end is looked at; it names its process within a second.
const LOOK: u64 = 256 * 1024;
/// No more logs than these are looked at, the newest first.
const MAX_LOGS: usize = 64;
/// A log may have been made so much before the time that the process table tells, milliseconds.
const TOLERANCE_MS: i64 = 2_000;

/// The session that a client runs, by the newest line of a log that names it. `started` is when the process
/// was started, milliseconds since the epoch: what is older is of another process with its number.
#[must_use]
pub fn session_of(root: &Path, pid: u32, started: i64) -> Option<String> {
    let since = started.saturating_sub(TOLERANCE_MS);
    let mark = format!(".claude.json.tmp.{pid}.");
    let newest = logs(&root.join("debug"), since)
        .into_iter()
        .filter_map(|(session, path)| Some((last_mark(&path, mark.as_bytes()).ok()??, session)));
    newest.filter(|(at, _)| *at >= since).max().map(|(_, session)| session)
}

/// Logs that were written to since a moment, by session, the newest first.
fn logs(folder: &Path, since: i64) -> Vec<(String, std::path::PathBuf)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        // `latest` is a link to one of the others.
        let Some(meta) = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file) else { continue };
        let changed = meta.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let changed = changed.map_or(0, |at| i64::try_from(at.as_millis()).unwrap_or(i64::MAX));
        let session = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        if let (Some(session), true, true) =
            (session, path.extension().is_some_and(|e| e == "txt"), changed >= since)
        {
            found.push((changed, session, path));
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().take(MAX_LOGS).map(|(_, session, path)| (session, path)).collect()
}

/// The latest time that stands behind a mark.
fn last_mark(path: &Path, mark: &[u8]) -> io::Result<Option<i64>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    file.by_ref().take(LOOK).read_to_end(&mut bytes)?;
    if length > LOOK {
        file.seek(SeekFrom::Start(length.saturating_sub(LOOK).max(LOOK)))?;
        file.take(LOOK).read_to_end(&mut bytes)?;
    }
    let times = memchr::memmem::find_iter(&bytes, mark).filter_map(|at| number(&bytes[at + mark.len()..]));
    Ok(times.max())
}

fn number(bytes: &[u8]) -> Option<i64> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&bytes[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_log_that_names_the_process() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            fs::create_dir_all(root.path().join("debug")).unwrap();
            fs::write(root.path().join("debug").join(name), text).unwrap();
        };
        write("a.txt", "x\nWriting to temp file: /c/.claude.json.tmp.77.5000\n");
        write("b.txt", &format!("{}\n/c/.claude.json.tmp.77.6000\n", "y".repeat(600_000)));
        write("c.txt", "/c/.claude.json.tmp.778.9000 /c/.claude.json.tmp.77.x");
        std::os::unix::fs::symlink("a.txt", root.path().join("debug/latest")).unwrap();
        assert_eq!(session_of(root.path(), 77, 4_000).as_deref(), Some("b"));
        assert_eq!(session_of(root.path(), 77, 9_000), None, "of another process with that number");
        assert_eq!(session_of(root.path(), 78, 0), None);
        assert_eq!(session_of(&root.path().join("nowhere"), 77, 0), None);
    }
}
