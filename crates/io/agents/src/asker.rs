//! The session that calls a hook, by what its client wrote itself: the environment of a hook may be anybody's.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use claudectl_fleet::hooks::Client;

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
    arguments: OnceCell<Vec<String>>,
}

impl Asker {
    /// By the client that called, and the transcript that it named.
    #[must_use]
    pub fn of(client: Option<Client>, transcript: Option<&str>) -> Self {
        let root = transcript.and_then(|path| roots::of_transcript(Path::new(path)));
        Self { client, root, row: OnceCell::new(), arguments: OnceCell::new() }
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

    /// Nobody sits before it who could be asked.
    pub fn is_headless(&self) -> bool {
        self.row().is_some_and(|row| row.kind_word() == "headless")
    }

    /// Where it was started.
    pub fn started_in(&self) -> Option<&Path> {
        self.row()?.cwd.as_deref().map(Path::new)
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
    fn options_are_found_in_both_forms() {
        let asker = Asker::of(None, None);
        asker.arguments.set(["claude", "--settings", "a", "--settings=b", "--settings"].map(str::to_owned).to_vec()).unwrap();
        assert_eq!(asker.option("--settings"), ["a", "b"]);
    }
}
