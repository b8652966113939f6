//! Runs a program to its end, or to the end of its time: in a group of its own, which is ended as a whole.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claudectl_redact::{redact, without_torn_start};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::{Failure, one_line};

/// A program that was asked to end gets so long.
const GRACE: Duration = Duration::from_secs(2);

/// What a program has said is on its way for so long after its end, unless what it has started holds it open.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Bytes of it that are kept, the last ones.
const KEPT: usize = 4096;

/// Runs a command, which gets `input`, and waits until it ends. Its output is nobody's; the last line of what it says of
/// its errors is told with its failure.
///
/// # Errors
///
/// When it cannot be started, does not end in time, or says that it failed.
pub(crate) fn run(mut command: Command, input: &[u8], limit: Duration) -> Result<(), Failure> {
    let program = one_line(&command.get_program().to_string_lossy());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let mut child =
        command.spawn().map_err(|error| Failure::for_good(format!("cannot start {program}: {error}")))?;
    let says = child.stderr.take().map(Said::listen);
    let ended_in_time = wait(&mut child, input, limit);
    let status = child.wait().map_err(|error| Failure::for_good(format!("{program} was lost: {error}")))?;
    let last_line = || says.as_ref().map(Said::last_line).unwrap_or_default();
    match (ended_in_time, status.code(), status.signal()) {
        (true, Some(0), _) => Ok(()),
        (false, ..) => {
            Err(Failure::for_good(format!("{program} did not end within {} s: ended", limit.as_secs())))
        }
        (true, Some(code), _) => {
            Err(Failure::for_good(format!("{program}: exit code {code}{}", last_line())))
        }
        (true, None, signal) => Err(Failure::for_good(format!(
            "{program}: ended by signal {}{}",
            signal.unwrap_or(0),
            last_line()
        ))),
    }
}

/// The end of what a program says of its errors.
struct Said {
    end: Arc<Mutex<Vec<u8>>>,
    over: Receiver<()>,
}

impl Said {
    /// Takes in all of it, so that the program never waits for us.
    fn listen(mut stderr: ChildStderr) -> Self {
        let end: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (send, over) = channel();
        let kept = Arc::clone(&end);
        // What it leaves running may hold it open, so that nobody waits for this thread.
        std::thread::spawn(move || {
            let mut piece = [0; KEPT];
            loop {
                match stderr.read(&mut piece) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => break,
                    Ok(many) => {
                        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                        kept.extend_from_slice(&piece[..many]);
                        let from = kept.len().saturating_sub(KEPT);
                        kept.drain(..from);
                    }
                }
            }
            send.send(()).ok();
        });
        Self { end, over }
    }

    /// Its last line, in brackets.
    fn last_line(&self) -> String {
        self.over.recv_timeout(LAST_WORDS).ok();
        let end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&end);
        let text = if end.len() == KEPT { without_torn_start(&text) } else { &text };
        // As a whole: a line of a key is not known for one.
        let text = redact(text).text;
        let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
        line.map(|line| format!(" ({})", one_line(line))).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a program that fails after it has said this.
    fn told(said: &str) -> String {
        let mut command = Command::new("/bin/sh");
        // By its input: what a program is called with is limited.
        command.args(["-c", "cat >&2; exit 7"]);
        run(command, said.as_bytes(), Duration::from_secs(60)).unwrap_err().why
    }

    #[test]
    fn no_part_of_a_secret_is_told_of_what_a_program_says() {
        let token = ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE"].concat();
        for back in 1..token.len() {
            let torn = told(&format!("x {token}{}", " y".repeat((KEPT - back) / 2)));
            assert!(torn == "/bin/sh: exit code 7", "{torn}");
            let last = told(&format!("{token}{}\nlast {token}", " y".repeat((KEPT - back) / 2 - 30)));
            assert_eq!(last, "/bin/sh: exit code 7 (last [redacted:github-token])");
        }
        let line = "MIIEvQx7Kp2Zr9LmPt4VwYs6NcHdJf8GaEu1TiO3";
        let key = ["-----BEGIN", " PRIVATE KEY-----\n", line, "\n", line, "\n"].concat();
        assert_eq!(told(&key), "/bin/sh: exit code 7 ([redacted:private-key])");
        let long = format!("{key}{}", format!("{line}\n").repeat(KEPT / line.len()));
        assert_eq!(told(&long), "/bin/sh: exit code 7");
    }
}
