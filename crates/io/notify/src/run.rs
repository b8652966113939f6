//! Runs a program to its end, or to the end of its time: in a group of its own, which is ended as a whole.

use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::{Failure, one_line};

/// A program that was asked to end gets so long.
const GRACE: Duration = Duration::from_secs(2);

/// Runs a command, which gets `input`, and waits until it ends. Its output is nobody's.
///
/// # Errors
///
/// When it cannot be started, does not end in time, or says that it failed.
pub(crate) fn run(mut command: Command, input: &[u8], limit: Duration) -> Result<(), Failure> {
    let program = one_line(&command.get_program().to_string_lossy());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut child =
        command.spawn().map_err(|error| Failure::for_good(format!("cannot start {program}: {error}")))?;
    let ended_in_time = wait(&mut child, input, limit);
    let status = child.wait().map_err(|error| Failure::for_good(format!("{program} was lost: {error}")))?;
    match (ended_in_time, status.code(), status.signal()) {
        (true, Some(0), _) => Ok(()),
        (false, ..) => {
            Err(Failure::for_good(format!("{program} did not end within {} s: ended", limit.as_secs())))
        }
        (true, Some(code), _) => Err(Failure::for_good(format!("{program}: exit code {code}"))),
        (true, None, signal) => {
            Err(Failure::for_good(format!("{program}: ended by signal {}", signal.unwrap_or(0))))
        }
    }
}

/// Gives it its input and waits for its end, and ends it when its time is up. It is not reaped yet, so that its number
/// is its own as long as it may be signalled.
fn wait(child: &mut Child, input: &[u8], limit: Duration) -> bool {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return false };
    let stdin = child.stdin.take();
    let (send, ended) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Whoever does not read its input has no need of it.
            stdin.map(|mut stdin| stdin.write_all(input).ok());
        });
        scope.spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR)) {}
            // Nobody waits any more.
            send.send(()).ok();
        });
        if ended.recv_timeout(limit).is_ok() {
            return true;
        }
        // What it has started goes with it, and so does the other end of its input.
        kill_process_group(pid, Signal::TERM).ok();
        ended.recv_timeout(GRACE).ok();
        kill_process_group(pid, Signal::KILL).ok();
        false
    })
}
