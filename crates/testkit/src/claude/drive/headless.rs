//! Runs of the client without a terminal.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use super::files::{at, read_json, rows, transcript};
use super::{LONG, Reached};
use crate::claude::Claude;
use crate::mock::Mock;
use crate::must::must;
use crate::wait::{now_ms, wait_for};
use crate::world::World;

/// A client without a terminal that runs on while it is looked at. It is ended, with what it started, on drop.
#[derive(Debug)]
pub struct Headless<'w> {
    world: &'w World,
    session: String,
    child: Child,
    old: bool,
}

impl<'w> Headless<'w> {
    /// Runs `-p` with this prompt, and tries a failed request again so often.
    #[track_caller]
    pub fn start(
        claude: &Claude,
        world: &'w World,
        mock: &Mock,
        session: &str,
        prompt: &str,
        retries: u32,
    ) -> Self {
        let run = claude.headless(world, mock).args(["-p", prompt, "--session-id", session]);
        let mut command = run.env("CLAUDE_CODE_MAX_RETRIES", retries.to_string()).to_command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let child = must(command.spawn(), "starting a headless client");
        Self { world, session: session.to_owned(), child, old: claude.is_old() }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its turn runs. The old version writes nothing of it but its log, not even the prompt.
    #[track_caller]
    pub fn working(&self) -> Reached {
        if self.old {
            let log = self.world.config_dir().join(format!("debug/{}.txt", self.session));
            self.until("a log", || {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                text.contains("[API:request]").then_some(())
            });
            let now = now_ms();
            return self.reached("a headless run", &["working", "unknown"], log, now);
        }
        let at = self.until("busy", || self.busy());
        self.reached("a headless run", &["working"], self.registry_file(), at)
    }

    /// A request has failed and is tried again.
    #[track_caller]
    pub fn trying_again(&self, states: &'static [&'static str], status: u16) -> Reached {
        let at = self.until("another try", || {
            let busy = self.busy()?;
            let failed = |row: &Value| row["subtype"] == "api_error" && row["error"]["status"] == status;
            let row = rows(&transcript(self.world, &self.session)).into_iter().rfind(failed)?;
            Some(busy.max(at(&row)))
        });
        let reached = self.reached("a request that is tried again", states, self.registry_file(), at);
        reached.with(&[&status.to_string()])
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ended(&mut self) -> Reached {
        let ended = wait_for(LONG, || must(self.child.try_wait(), "waiting for a headless client"));
        assert!(ended.is_some(), "the headless client does not end");
        self.over("a headless run that has ended")
    }

    /// Kills it.
    #[track_caller]
    pub fn killed(&mut self) -> Reached {
        self.end();
        self.over("a killed headless run")
    }

    fn over(&self, what: &'static str) -> Reached {
        let evidence = PathBuf::from(format!("/proc/{}", self.pid()));
        self.reached(what, &["finished"], evidence, now_ms())
    }

    fn reached(
        &self,
        what: &'static str,
        states: &'static [&'static str],
        evidence: PathBuf,
        at: i64,
    ) -> Reached {
        Reached { what, states, details: Vec::new(), evidence, at, seen: now_ms() }
    }

    fn registry_file(&self) -> PathBuf {
        self.world.config_dir().join(format!("sessions/{}.json", self.pid()))
    }

    /// Since when the registry has it as busy.
    fn busy(&self) -> Option<i64> {
        let row = read_json(&self.registry_file());
        row["statusUpdatedAt"].as_i64().filter(|_| row["status"] == "busy")
    }

    #[track_caller]
    fn until<T>(&self, what: &str, probe: impl FnMut() -> Option<T>) -> T {
        match wait_for(LONG, probe) {
            Some(found) => found,
            None => panic!(
                "the headless client never came to this: {what}; registry {}, rows {:?}",
                read_json(&self.registry_file()),
                rows(&transcript(self.world, &self.session))
            ),
        }
    }

    fn end(&mut self) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed())
            && matches!(self.child.try_wait(), Ok(None))
        {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.child.wait().ok();
    }
}

impl Drop for Headless<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
