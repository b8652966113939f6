//! Running one child to its end with a deadline. A child gets a process group of its own, so that a hung
//! one can be ended together with what it started, and nothing else.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::must::must;
use crate::wait::wait_for;

/// Why a child gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// It could not be started.
    #[error("cannot start {program}: {source}")]
    Start { program: String, source: std::io::Error },
    /// It did not end in time; what it had printed so far is kept for the message.
    #[error("{program} did not end within {timeout:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")]
    Hung { program: String, timeout: Duration, stdout: String, stderr: String },
}

/// What a child left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Finished {
    /// The exit code; `128 + n` for a death by signal `n`, as a shell counts.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or(0))
    }
}

/// Runs `command` with `stdin` as its input and waits until it has ended and closed its output.
pub(crate) fn run(command: &mut Command, stdin: Vec<u8>, timeout: Duration) -> Result<Finished, RunError> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|source| RunError::Start { program: program.clone(), source })?;
    if let Some(mut pipe) = child.stdin.take() {
        // A child may well end without reading its input: the broken pipe is its right.
        std::thread::spawn(move || pipe.write_all(&stdin).ok());
    }
    let mut stdout = Tap::on(child.stdout.take());
    let mut stderr = Tap::on(child.stderr.take());

    let ended = wait_for(timeout, || {
        let status = must(child.try_wait(), "waiting for a child")?;
        (stdout.closed() & stderr.closed()).then_some(status)
    });
    match ended {
        Some(status) => Ok(Finished { status, stdout: stdout.seen, stderr: stderr.seen }),
        None => {
            if let Some(group) = Pid::from_raw(child.id().cast_signed()) {
                kill_process_group(group, Signal::KILL).ok();
            }
            child.wait().ok();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (stdout, stderr) = (text(&stdout.seen), text(&stderr.seen));
            Err(RunError::Hung { program, timeout, stdout, stderr })
        }
    }
}

/// A pipe that is read on a thread and looked at without blocking.
struct Tap {
    pieces: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

impl Tap {
    fn on(pipe: Option<impl Read + Send + 'static>) -> Self {
        let (send, pieces) = channel();
        std::thread::spawn(move || {
            let Some(mut pipe) = pipe else { return };
            let mut piece = [0; 8192];
            while let Ok(n @ 1..) = pipe.read(&mut piece) {
                if send.send(piece[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { pieces, seen: Vec::new() }
    }

    /// Takes in what has come; true once the other side is closed.
    fn closed(&mut self) -> bool {
        loop {
            match self.pieces.try_recv() {
                Ok(piece) => self.seen.extend(piece),
                Err(std::sync::mpsc::TryRecvError::Empty) => return false,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return true,
            }
        }
    }
}
