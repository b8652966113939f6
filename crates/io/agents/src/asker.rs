//! The session that calls a hook, by what its client wrote itself: the environment of a hook may be anybody's.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use claudectl_fleet::hooks::Client;

use crate::host::{DEFER, Version};
use crate::processes::{Processes, System};
use crate::registry::{self, Entry};
use crate::roots;
use crate::startup;

/// Who asks. What is not looked at is not read.
#[derive(Debug)]
pub struct Asker {
    client: Option<Client>,
    root: Option<PathBuf>,
    row: OnceCell<Option<Entry>>,
    started: OnceCell<Option<String>>,
    arguments: OnceCell<Vec<String>>,
    brings: OnceCell<bool>,
}

/// A row, or a command line, is seldom longer; one that is, is taken apart.
const ROOM: usize = 4096;

/// What a small file holds, in one piece.
fn read<'r>(path: &Path, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let mut file = std::fs::File::open(path).ok()?;
    let length = std::io::Read::read(&mut file, room).ok()?;
    Some(&room[..length])
}

impl Asker {
    /// By the client that called, and the transcript that it named.
    #[must_use]
    pub fn of(client: Option<Client>, transcript: Option<&str>) -> Self {
        let root = transcript.and_then(|path| roots::of_transcript(Path::new(path)));
        Self {
            client,
            root,
            row: OnceCell::new(),
            started: OnceCell::new(),
            arguments: OnceCell::new(),
            brings: OnceCell::new(),
        }
    }

    /// The configuration folder.
    #[must_use]
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The client's row in the registry; `None` where there is none, as with old versions.
    pub fn row(&self) -> Option<&Entry> {
        self.row.get_or_init(|| self.row_now()).as_ref()
    }

    /// The same as it is now.
    #[must_use]
    pub fn row_now(&self) -> Option<Entry> {
        registry::of_client(self.root.as_deref()?, self.client?)
    }

    /// Nobody sits before it who could be asked. What registers nothing is believed to be so by what it says to the hook.
    pub fn is_headless(&self) -> bool {
        self.row().map_or_else(says_headless, |row| row.kind_word() == "headless")
    }

    /// Nobody can be asked, and the client would take a question for no objection: a version that registers nothing (seen
    /// with 2.1.41 in `acceptEdits` and `bypassPermissions`; 2.1.100 does not).
    pub fn passes_over_questions(&self) -> bool {
        self.started_in().is_none() && self.row().is_none() && self.is_headless()
    }

    /// Its run can be ended at a call, and be taken up there again: a version from [`DEFER`] on, without a terminal.
    pub fn can_defer(&self) -> bool {
        let Some(row) = self.row().filter(|row| row.kind_word() == "headless") else { return false };
        let version = row.version.as_deref().and_then(|version| version.parse::<Version>().ok());
        version.is_some_and(|version| version >= DEFER)
    }

    /// Where it was started.
    pub fn started_in(&self) -> Option<&Path> {
        let row = || {
            if self.row.get().is_none()
                && let Some(folder) = self.glance()
            {
                return Some(folder);
            }
            self.row()?.cwd.clone()
        };
        self.started.get_or_init(row).as_deref().map(Path::new)
    }

    /// The same without taking the row apart; `None` where that is not sure to be right.
    fn glance(&self) -> Option<String> {
        let client = self.client?;
        let mut room = [0; ROOM];
        let row = read(&self.root.as_deref()?.join(format!("sessions/{}.json", client.pid)), &mut room)?;
        let row = std::str::from_utf8(row).ok().filter(|row| row.ends_with(['}', '\n']))?;
        row.contains(&format!("\"procStart\":\"{}\"", client.start)).then_some(())?;
        let mut folders = row.match_indices("\"cwd\":\"");
        let (at, key) = folders.next().filter(|_| folders.next().is_none())?;
        let value = &row[at + key.len()..];
        let folder = &value[..value.find('"')?];
        (!folder.contains('\\')).then(|| folder.to_owned())
    }

    /// Its client was started with something that may bring hooks, or a folder of them; also where nobody can tell.
    pub fn may_bring_hooks(&self) -> bool {
        *self.brings.get_or_init(|| self.looks_as_if_it_brought_hooks())
    }

    /// The settings files that it was started with (`--settings FILE`).
    #[must_use]
    pub fn settings_files(&self) -> Vec<PathBuf> {
        if !self.may_bring_hooks() {
            return Vec::new();
        }
        let named =
            self.option("--settings").into_iter().filter(|value| !value.trim_start().starts_with('{'));
        let folder = self.started_in().unwrap_or(Path::new("/"));
        named.map(|file| folder.join(file)).collect()
    }

    fn looks_as_if_it_brought_hooks(&self) -> bool {
        let Some(client) = self.client else { return !cfg!(target_os = "linux") };
        let mut room = [0; ROOM];
        let Some(words) = read(Path::new(&format!("/proc/{}/cmdline", client.pid)), &mut room) else {
            return true;
        };
        let options: [&[u8]; 4] = [b"--settings", b"--plugin-dir", b"--agents", b"--add-dir"];
        // A search for words with the processor's best would first have to ask what that is, which takes longer.
        let dashes = words.windows(2).enumerate().filter(|(_, two)| two == b"--").map(|(at, _)| &words[at..]);
        words.len() == ROOM
            || dashes.into_iter().any(|word| options.iter().any(|option| word.starts_with(option)))
    }

    /// What its client was started with, where the system tells; with the program's name.
    pub fn arguments(&self) -> &[String] {
        let read = || self.client.map(|client| System.arguments(client.pid)).unwrap_or_default();
        self.arguments.get_or_init(read)
    }

    /// The value of each option of a name, `--name VALUE` or `--name=VALUE`.
    pub fn option<'s>(&'s self, name: &str) -> Vec<&'s str> {
        startup::values(self.arguments(), name)
    }
}

/// What versions without a registry say of themselves. It may be anybody's, so it is only ever used to say less.
#[expect(clippy::disallowed_methods, reason = "the client tells it to its hooks in no other way")]
fn says_headless() -> bool {
    std::env::var_os("CLAUDE_CODE_ENTRYPOINT").is_some_and(|said| said.as_encoded_bytes().starts_with(b"sdk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_its_own_row() {
        let dir = tempfile::tempdir().unwrap();
        let transcript = dir.path().join("projects/-w/a.jsonl");
        let asker = || Asker::of(Some(Client { pid: 7, start: 5 }), transcript.to_str());
        assert_eq!((asker().root(), asker().row().is_none()), (Some(dir.path()), true));
        std::fs::create_dir(dir.path().join("sessions")).unwrap();
        let put = |start: &str| {
            let row = format!(
                r#"{{"pid":7,"sessionId":"a","cwd":"/w","entrypoint":"sdk-cli","procStart":"{start}"}}"#
            );
            std::fs::write(dir.path().join("sessions/7.json"), row).unwrap();
        };
        put("5");
        let known = asker();
        assert_eq!((known.is_headless(), known.started_in()), (true, Some(Path::new("/w"))));
        put("6");
        assert!(asker().row().is_none(), "of a process that had the number before");
        assert!(Asker::of(None, Some("relative")).root().is_none());
    }

    #[test]
    fn a_glance_at_a_row_says_what_the_row_says() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sessions")).unwrap();
        let transcript = dir.path().join("projects/-w/a.jsonl");
        let started = |row: &str| {
            std::fs::write(dir.path().join("sessions/7.json"), row).unwrap();
            let asker = Asker::of(Some(Client { pid: 7, start: 5 }), transcript.to_str());
            let glance = asker.glance();
            let folder = asker.started_in().map(Path::to_path_buf);
            assert!(glance.is_none() || glance.as_deref().map(Path::new) == folder.as_deref(), "{row}");
            (glance.is_some(), folder)
        };
        let known = |folder: &str| Some(PathBuf::from(folder));
        assert_eq!(started(r#"{"pid":7,"sessionId":"a","cwd":"/w","procStart":"5"}"#), (true, known("/w")));
        assert_eq!(
            started(r#"{"pid":7,"sessionId":"a","cwd":"/w\u00e4","procStart":"5"}"#),
            (false, known("/wä"))
        );
        let named = r#"{"pid":7,"sessionId":"a","cwd":"/w","procStart":"5","name":"\"cwd\":\"/x"}"#;
        assert_eq!(started(named).1, known("/w"));
        assert_eq!(started(r#"{"pid":7,"sessionId":"a","cwd":"/w","procStart":"6"}"#), (false, None));
        assert_eq!(started(r#"{"pid":7,"sessionId":"a","cwd":"/w","procSt"#), (false, None));
    }

    #[test]
    fn options_are_found_in_both_forms() {
        let asker = Asker::of(None, None);
        asker
            .arguments
            .set(["claude", "--settings", "a", "--settings=b", "--settings"].map(str::to_owned).to_vec())
            .unwrap();
        assert_eq!(asker.option("--settings"), ["a", "b"]);
        asker.brings.set(true).unwrap();
        asker.started.set(Some("/w".to_owned())).unwrap();
        assert_eq!(asker.settings_files(), ["/w/a", "/w/b"].map(PathBuf::from));
    }
}
