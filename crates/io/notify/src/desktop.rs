//! Notices on the desktop, by the program that the system has for that.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use claudectl_fleet::notice::{Event, Notice};

use crate::{Failure, Sink, run};

/// It only hands the text over.
const LIMIT: Duration = Duration::from_secs(10);

/// Reads its two arguments; nothing of a notice is ever part of the script.
const SCRIPT: &str = "on run argv
display notification (item 2 of argv) with title (item 1 of argv)
end run
";

/// Why notices cannot be shown on the desktop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("desktop notifications are not available: {program} is not on PATH")]
pub struct Unavailable {
    program: &'static str,
}

/// The desktop.
#[derive(Debug, Clone)]
pub struct Desktop {
    program: PathBuf,
    kind: Kind,
    /// What leads the program to the desktop: variables of the session that it runs in.
    environment: Vec<(OsString, OsString)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NotifySend,
    Osascript,
}

impl Kind {
    const OWN: Self = if cfg!(target_os = "macos") { Self::Osascript } else { Self::NotifySend };

    fn program(self) -> &'static str {
        match self {
            Self::NotifySend => "notify-send",
            Self::Osascript => "osascript",
        }
    }
}

impl Desktop {
    /// By the program on this search path; `environment` is all that it gets.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn find(path: Option<&OsStr>, environment: Vec<(OsString, OsString)>) -> Result<Self, Unavailable> {
        Self::of(Kind::OWN, path, environment)
    }

    fn of(
        kind: Kind,
        path: Option<&OsStr>,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<Self, Unavailable> {
        let folders = path.map(|path| std::env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
        // A relative folder would be the working folder's.
        let each =
            folders.iter().filter(|folder| folder.is_absolute()).map(|folder| folder.join(kind.program()));
        let program = each.into_iter().find(|file| is_program(file));
        let program = program.ok_or(Unavailable { program: kind.program() })?;
        Ok(Self { program, kind, environment })
    }

    fn command(&self, notice: &Notice) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(self.environment.iter().cloned()).current_dir("/");
        match self.kind {
            Kind::NotifySend => {
                let urgency = if is_urgent(notice.event) { "critical" } else { "normal" };
                command.args(["--app-name", "claudectl", "--urgency", urgency, "--"]);
                // Servers may read the text, though not the title, as markup.
                command.arg(&notice.title).arg(escaped(&notice.text));
            }
            Kind::Osascript => {
                command.args(["-", &notice.title, &notice.text]);
            }
        }
        command
    }
}

impl Sink for Desktop {
    fn deliver(&self, notice: &Notice, _: i64) -> Result<(), Failure> {
        let input = if self.kind == Kind::Osascript { SCRIPT } else { "" };
        run::run(self.command(notice), input.as_bytes(), LIMIT)
    }
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Somebody is waited for.
pub(crate) fn is_urgent(event: Event) -> bool {
    matches!(event, Event::NeedsInput | Event::Error | Event::BudgetExceeded)
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::tests::notice;

    fn program(dir: &Path, kind: Kind, script: &str) {
        let file = dir.join(kind.program());
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn text_is_an_argument_and_never_a_script() {
        let dir = tempfile::tempdir().unwrap();
        let told = dir.path().join("told");
        let script = format!(
            "#!/bin/sh\n{{ for a; do printf '<%s>' \"$a\"; done; echo; /bin/cat; echo \"$DISPLAY\"; }} > {}\n",
            told.display()
        );
        let mut evil = notice("evt_1");
        evil.title = "--help\" & do shell script \"x".to_owned();
        evil.text = "a <b> & c".to_owned();
        for (kind, wanted) in [
            (
                Kind::NotifySend,
                "<--app-name><claudectl><--urgency><normal><--><--help\" & do shell script \"x><a &lt;b&gt; &amp; c>\n:0\n",
            ),
            (Kind::Osascript, &format!("<-><--help\" & do shell script \"x><a <b> & c>\n{SCRIPT}:0\n")),
        ] {
            program(dir.path(), kind, &script);
            let environment = vec![("DISPLAY".into(), ":0".into())];
            let desktop = Desktop::of(kind, Some(dir.path().as_os_str()), environment).unwrap();
            // Another test that starts a program while ours was open for writing makes it "busy" for a moment.
            while let Err(failure) = desktop.deliver(&evil, 0) {
                assert!(failure.why.contains("busy"), "{failure}");
            }
            assert_eq!(std::fs::read_to_string(&told).unwrap(), wanted);
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("notify-send"), "no program").unwrap();
        let found = Desktop::of(Kind::NotifySend, Some(dir.path().as_os_str()), vec![]).unwrap_err();
        assert_eq!(found.to_string(), "desktop notifications are not available: notify-send is not on PATH");
        assert!(Desktop::of(Kind::Osascript, None, vec![]).is_err());
    }
}
