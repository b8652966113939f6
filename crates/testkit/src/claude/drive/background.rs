//! Sessions of the client's background service.

use std::path::{Path, PathBuf};

use super::files::{calls, descendants, is_over, kill, read_json, rows, transcript};
use super::{COMMAND, LONG, Reached};
use crate::builders::process_start;
use crate::claude::Claude;
use crate::mock::Mock;
use crate::wait::{now_ms, wait_for};
use crate::world::World;

/// A session of the background service. The service is one for each config folder, so a world has its own; it
/// is ended on drop with all that it has started.
#[derive(Debug)]
pub struct Background<'w> {
    world: &'w World,
    session: String,
    pid: u32,
}

impl<'w> Background<'w> {
    /// Starts the service and a session that comes to a permission prompt.
    #[track_caller]
    pub fn permission(claude: &Claude, world: &'w World, mock: &Mock) -> (Self, Reached) {
        // Made first: what has been started is ended whatever comes.
        let mut this = Self { world, session: String::new(), pid: 0 };
        let prompt = "compute [[scenario:perm]]";
        let run = claude.headless(world, mock).args(["--bg", "--permission-mode", "manual", prompt]);
        run.run().success();
        let waiting = wait_for(LONG, || {
            let files = std::fs::read_dir(world.config_dir().join("sessions")).ok()?.filter_map(Result::ok);
            let mut found = files.map(|file| (file.path(), read_json(&file.path())));
            let (file, row) = found.find(|(_, row)| row["kind"] == "bg" && row["status"] == "waiting")?;
            let session = row["sessionId"].as_str()?;
            let told = rows(&transcript(world, session)).iter().any(|row| calls(row, "Bash"));
            told.then(|| (file, row.clone()))
        });
        let Some((evidence, row)) = waiting else {
            panic!("the background session never came to its prompt")
        };
        this.session = row["sessionId"].as_str().unwrap_or_default().to_owned();
        this.pid = row["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default();
        let reached = Reached {
            what: "a prompt of a background session",
            states: &["needs-permission"],
            details: vec![COMMAND.to_owned()],
            evidence,
            at: row["statusUpdatedAt"].as_i64().unwrap_or_default(),
            seen: now_ms(),
        };
        (this, reached)
    }

    /// The session.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The process that runs it.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Background<'_> {
    fn drop(&mut self) {
        let service = read_json(&self.world.config_dir().join("daemon.lock"));
        let pid = service["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        let started = service["procStart"].as_str().and_then(|start| start.parse().ok());
        let Some(pid) = pid.filter(|pid| started.is_some() && process_start(*pid) == started) else { return };
        let all: Vec<u32> = std::iter::once(pid).chain(descendants(pid)).collect();
        let sockets = all.iter().find_map(|&pid| sockets_of(pid));
        all.iter().for_each(|&pid| kill(pid));
        // They may write as long as they live, and the world is removed after this.
        wait_for(LONG, || all.iter().all(|&pid| is_over(pid)).then_some(()));
        if let Some(folder) = sockets {
            std::fs::remove_dir_all(folder).ok();
        }
    }
}

/// The folder of the background service's sockets, from the arguments of a process of it: it stands outside
/// the world.
fn sockets_of(pid: u32) -> Option<PathBuf> {
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let arguments = String::from_utf8_lossy(&arguments).into_owned();
    let socket = arguments.split('\0').find(|word| word.starts_with("/tmp/cc-daemon-"))?;
    Path::new(socket).ancestors().nth(2).map(Path::to_owned)
}
