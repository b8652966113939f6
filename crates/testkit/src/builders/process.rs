//! A process that looks like a client from outside, and the facts by which a process is known again.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::must::must;
use crate::wait::wait_for;

/// When a process started: field 22 of `/proc/<pid>/stat`, in clock ticks since boot. `None` for a process
/// that does not exist, and on systems without `/proc`.
pub fn process_start(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in parentheses and may hold anything; the third follows the last `)`.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(22 - 3)?.parse().ok()
}

/// The namespace pids count in here, as the client names it: `linux:<machine id>:<pid namespace>`.
pub fn pid_domain() -> String {
    let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("linux:{}:{}", machine.trim(), namespace.display())
}

/// Puts a program named `claude` into a folder that does nothing but sleep for as many seconds as it is told.
#[track_caller]
pub fn sleeping_claude(folder: &Path) -> PathBuf {
    let claude = folder.join("claude");
    let sleep = ["/usr/bin/sleep", "/bin/sleep"].map(Path::new).into_iter().find(|path| path.exists());
    must(std::fs::copy(sleep.unwrap_or(Path::new("sleep")), &claude), "copying the sleep program");
    claude
}

/// A harmless sleeping process named `claude` (command name, first argument and executable), ended and
/// reaped on drop.
#[derive(Debug)]
pub struct LiveProcess {
    child: Child,
    _folder: TempDir,
}

impl LiveProcess {
    /// Starts one in `cwd`, without an environment.
    #[track_caller]
    pub fn start(cwd: &Path) -> Self {
        Self::start_with(cwd, &[])
    }

    /// Starts one in `cwd` with these variables, which say whose client it is.
    #[track_caller]
    pub fn start_with(cwd: &Path, env: &[(&str, &Path)]) -> Self {
        let folder = must(TempDir::new(), "making a temporary folder");
        let claude = sleeping_claude(folder.path());
        let mut command = Command::new(&claude);
        command.arg0("claude").arg("3600").env_clear().envs(env.iter().copied()).current_dir(cwd);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Another thread that forks while the copy is open for writing makes it "busy" for a moment.
        let started = wait_for(Duration::from_secs(10), || match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => None,
            result => Some(result),
        });
        let Some(child) = started else { panic!("testkit: {} stays busy", claude.display()) };
        let this = Self { child: must(child, "starting a sleeping process"), _folder: folder };
        // The kernel lets a parent go on a moment before the child's arguments can be read.
        let arguments = format!("/proc/{}/cmdline", this.pid());
        wait_for(Duration::from_secs(10), || match std::fs::read(&arguments) {
            Ok(bytes) if bytes.is_empty() => None,
            _ => Some(()),
        });
        this
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it now, as a crash would; its pid is free afterwards.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for LiveProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
