//! Claude Code's live registry: one file per running client, `sessions/<pid>.json`.

use std::fs;
use std::path::{Path, PathBuf};

use claudectl_fleet::hooks::Client;
use claudectl_fleet::status::{Registered, Registry};
use serde::Deserialize;
use serde_json::error::Category;

use crate::ReadError;

/// A registry file is written in place, so a reader can meet half of it: it is read again so often, with so much
/// time between (the client itself gives it 25 milliseconds).
const ATTEMPTS: usize = 8;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(5);
/// No registry file is larger; what is, is something else.
const MAX_BYTES: u64 = 256 * 1024;

/// A registry row. Fields that a version does not write are absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The client's process.
    pub pid: u32,
    /// The session that it runs now.
    pub session_id: String,
    /// Where it was started.
    #[serde(default)]
    pub cwd: Option<String>,
    /// When it was started, milliseconds since the epoch.
    #[serde(default)]
    pub started_at: Option<i64>,
    /// The process's start time in the kernel's own unit (clock ticks since boot on Linux).
    #[serde(default, deserialize_with = "number_or_text")]
    pub proc_start: Option<u64>,
    /// Claude Code's version.
    #[serde(default)]
    pub version: Option<String>,
    /// `interactive`, `bg`, `daemon`, `daemon-worker`.
    #[serde(default)]
    pub kind: Option<String>,
    /// `cli`, `sdk-cli` (`-p`), `claude-vscode`, ...
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// The job of a background session: what Claude Code's own commands call it.
    #[serde(default)]
    pub job_id: Option<String>,
    /// Which kernel and container the pid belongs to.
    #[serde(default)]
    pub pid_domain: Option<String>,
    /// The session's name.
    #[serde(default)]
    pub name: Option<String>,
    /// `derived` for a name that nobody chose.
    #[serde(default)]
    pub name_source: Option<String>,
    /// Where it shows, when started inside tmux: `session:@window.%pane`.
    #[serde(default)]
    pub tmux: Option<String>,
    /// The status.
    #[serde(default)]
    pub status: Option<String>,
    /// What a waiting session waits for.
    #[serde(default)]
    pub waiting_for: Option<String>,
    /// When the status changed.
    #[serde(default)]
    pub status_updated_at: Option<i64>,
    /// When the row was written.
    #[serde(default)]
    pub updated_at: Option<i64>,
}

impl Entry {
    /// What bears on the status.
    #[must_use]
    pub fn evidence(&self) -> Registry {
        Registry {
            status: self.status.as_deref().map(Registered::parse),
            waiting_for: self.waiting_for.clone(),
            changed_at: self.status_updated_at.or(self.updated_at),
            started_at: self.started_at,
        }
    }

    /// Runs a session, rather than the service behind background sessions.
    #[must_use]
    pub fn is_session(&self) -> bool {
        !matches!(self.kind.as_deref(), Some("daemon" | "daemon-worker"))
    }

    /// How it runs, in our words.
    #[must_use]
    pub fn kind_word(&self) -> &'static str {
        match (self.kind.as_deref(), self.entrypoint.as_deref()) {
            (Some("bg"), _) => "background",
            (_, Some("sdk-cli" | "sdk-ts" | "sdk-py")) => "headless",
            _ => "interactive",
        }
    }
}

/// Old versions wrote a number, new ones write it as a text.
fn number_or_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::Number(number) => number.as_u64(),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// Why a registry file is no row.
#[derive(Debug, thiserror::Error)]
pub enum NotARow {
    /// A folder, a pipe, a link.
    #[error("not a regular file")]
    NotRegular,
    /// More than a row can be.
    #[error("too large to be a registry row")]
    TooLarge,
    /// The system does not give it.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    /// It is about another process than its name says.
    #[error("it is about process {0}, and its name says another")]
    OtherProcess(u32),
    /// Half written, or something else.
    #[error("{}", flaw(.0))]
    Malformed(#[from] serde_json::Error),
}

/// What is wrong with JSON, and where; serde's own words quote what stands there.
fn flaw(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Data => "it has something else than expected",
        Category::Eof => "it ends in the middle",
        Category::Syntax | Category::Io => "it is not JSON",
    };
    format!("{what}, at line {}, column {}", error.line(), error.column())
}

/// A registry file that says nothing usable.
#[derive(Debug)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: NotARow,
}

/// What stands in the registries of some configuration folders.
#[derive(Debug, Default)]
pub struct Listing {
    /// Rows, each with its file.
    pub entries: Vec<(PathBuf, Entry)>,
    /// Files that are no rows.
    pub unreadable: Vec<Unreadable>,
    /// Processes whose row is half written: which session they run cannot be told now.
    pub half: Vec<u32>,
    /// Registries that could not be listed.
    pub errors: Vec<ReadError>,
}

/// Reads all rows below the configuration folders.
#[must_use]
pub fn read(roots: &[PathBuf]) -> Listing {
    let mut listing = Listing::default();
    for root in roots {
        let folder = root.join("sessions");
        match fs::read_dir(&folder) {
            Ok(entries) => {
                let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
                paths.sort();
                paths.iter().filter(|path| is_row(path)).for_each(|path| listing.read(path));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => listing.errors.push(ReadError { path: folder, source }),
        }
    }
    listing
}

/// The row of one client below a configuration folder; `None` where there is none of that process, or none that can be
/// read.
#[must_use]
pub fn of_client(root: &Path, client: Client) -> Option<Entry> {
    let row = entry(&root.join(format!("sessions/{}.json", client.pid))).ok()??;
    row.proc_start.is_none_or(|start| start == client.start).then_some(row)
}

/// `<pid>.json`; keys of message sockets stand beside and are none of our business.
fn is_row(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    path.extension().is_some_and(|extension| extension == "json")
        && stem.is_some_and(|stem| stem.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Listing {
    fn read(&mut self, path: &Path) {
        match entry(path) {
            Ok(Some(entry)) => self.entries.push((path.to_path_buf(), entry)),
            Ok(None) => {}
            Err(reason) => {
                self.half.extend(pid_of(path).filter(|_| matches!(reason, NotARow::Malformed(_))));
                self.unreadable.push(Unreadable { path: path.to_path_buf(), reason });
            }
        }
    }
}

/// The row in a file; `None` if the file is gone.
fn entry(path: &Path) -> Result<Option<Entry>, NotARow> {
    for _ in 1..ATTEMPTS {
        match try_entry(path) {
            // The writer is between two system calls; it needs a moment of the processor.
            Err(NotARow::Malformed(_)) => pause(),
            settled => return settled,
        }
    }
    try_entry(path)
}

/// The process that a row is about, by its name.
fn pid_of(path: &Path) -> Option<u32> {
    path.file_stem()?.to_str()?.parse().ok()
}

/// Lets a writer go on.
fn pause() {
    let (_held, never) = std::sync::mpsc::channel::<()>();
    // Nobody sends anything.
    never.recv_timeout(PAUSE).err();
}

fn try_entry(path: &Path) -> Result<Option<Entry>, NotARow> {
    let bytes = fs::symlink_metadata(path).map_err(NotARow::from).and_then(|metadata| match metadata {
        metadata if !metadata.is_file() => Err(NotARow::NotRegular),
        metadata if metadata.len() > MAX_BYTES => Err(NotARow::TooLarge),
        _ => Ok(fs::read(path)?),
    });
    match bytes {
        Ok(bytes) => {
            let mut entry: Entry = serde_json::from_slice(&bytes)?;
            // Whoever names a session may paste anything, and what it waits for may be a command; both are shown.
            let clean = |text: String| claudectl_redact::redact(&text).text.into_owned();
            entry.name = entry.name.map(clean).filter(|name| !name.trim().is_empty());
            entry.waiting_for = entry.waiting_for.map(clean);
            entry.tmux = entry.tmux.map(clean);
            let named = pid_of(path).is_none_or(|pid| pid == entry.pid);
            if named { Ok(Some(entry)) } else { Err(NotARow::OtherProcess(entry.pid)) }
        }
        Err(NotARow::Unreadable(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(files: &[(&str, &str)]) -> Listing {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sessions")).unwrap();
        for (name, text) in files {
            fs::write(dir.path().join("sessions").join(name), text).unwrap();
        }
        read(&[dir.path().to_path_buf()])
    }

    #[test]
    fn rows_of_all_versions() {
        let listing = listed(&[
            (
                "1.json",
                r#"{"pid":1,"sessionId":"a","cwd":"/w","startedAt":5,"kind":"interactive","entrypoint":"cli"}"#,
            ),
            (
                "2.json",
                r#"{"pid":2,"sessionId":"b","procStart":"407233","status":"waiting","updatedAt":7,"waitingFor":"approve Bash"}"#,
            ),
            (
                "3.json",
                r#"{"pid":3,"sessionId":"c","procStart":12,"kind":"bg","asksForConvertedSkills":null}"#,
            ),
            ("2.0123abcd.key", "secret"),
        ]);
        let rows: Vec<_> = listing
            .entries
            .iter()
            .map(|(_, entry)| (entry.pid, entry.proc_start, entry.kind_word()))
            .collect();
        assert_eq!(
            rows,
            [(1, None, "interactive"), (2, Some(407_233), "interactive"), (3, Some(12), "background")]
        );
        assert_eq!(listing.entries[1].1.evidence().changed_at, Some(7));
        assert!(listing.unreadable.is_empty());
    }

    #[test]
    fn a_name_is_kept_without_its_secret() {
        let row = r#"{"pid":1,"sessionId":"a","name":"try ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R"}"#;
        let listing = listed(&[("1.json", row)]);
        assert_eq!(listing.entries[0].1.name.as_deref(), Some("try [redacted:github-token]"));
        let listing = listed(&[("1.json", &row.replace("\"name\"", "\"tmux\""))]);
        assert_eq!(listing.entries[0].1.tmux.as_deref(), Some("try [redacted:github-token]"));
    }

    #[test]
    fn half_a_row_is_told() {
        let large = " ".repeat(MAX_BYTES as usize + 1);
        let listing =
            listed(&[("1.json", r#"{"pid":1,"sess"#), ("2.json", ""), ("3.json", "[]"), ("4.json", &large)]);
        assert_eq!((listing.entries.len(), listing.unreadable.len()), (0, 4));
        assert_eq!(listing.half, [1, 2, 3], "whose processes may live");
        let reasons: Vec<_> = listing.unreadable.iter().map(|file| &file.reason).collect();
        assert!(
            matches!(
                reasons[..],
                [NotARow::Malformed(_), NotARow::Malformed(_), NotARow::Malformed(_), NotARow::TooLarge]
            ),
            "{reasons:?}"
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_what_stands_there() {
        let told = |row: &str| listed(&[("1.json", row)]).unreadable[0].reason.to_string();
        assert_eq!(told(r#""a key""#), "it has something else than expected, at line 1, column 7");
        assert_eq!(told("{\n\"pid"), "it ends in the middle, at line 2, column 4");
        assert_eq!(told("{pid"), "it is not JSON, at line 1, column 2");
    }

    #[test]
    fn a_row_that_names_another_process_is_none() {
        let listing = listed(&[("9.json", r#"{"pid":1,"sessionId":"a"}"#)]);
        assert!(listing.entries.is_empty());
        assert!(matches!(listing.unreadable[0].reason, NotARow::OtherProcess(1)));
    }

    #[test]
    fn what_is_no_file_is_told_and_what_is_gone_is_not() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(entry(dir.path()), Err(NotARow::NotRegular)));
        assert!(matches!(entry(&dir.path().join("1.json")), Ok(None)));
    }
}
