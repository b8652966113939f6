//! Running one child to its end with a deadline. A child gets a process group of its own, so that a hung
//! one can be ended together with what it started, and nothing else. It is ended so, too, when its test
//! panics; a [`leashed`] one even when the test's process is killed.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
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
    let mut group = Group::start(command)?;
    if let Some(mut pipe) = group.0.stdin.take() {
        // A child may well end without reading its input: the broken pipe is its right.
        std::thread::spawn(move || pipe.write_all(&stdin).ok());
    }
    group.finish(command, timeout)
}

/// Runs a command of [`leashed`] and waits as [`run`] does, holding the leash.
pub(crate) fn run_leashed(command: &mut Command, timeout: Duration) -> Result<Finished, RunError> {
    Group::start(command)?.finish(command, timeout)
}

/// The exit code of [`leashed`] when there is no such program, as every shell has it.
pub(crate) const NO_PROGRAM: i32 = 127;

/// A command that ends, with all it started, as soon as its input is closed, which the system does when
/// whoever holds the other side is killed. The program itself reads an empty input.
pub(crate) fn leashed(program: &str) -> Command {
    const LEASH: &str = r#"
        exec 3<&0 </dev/null
        "$@" 3<&- &
        child=$!
        { cat <&3; kill -s KILL -- "-$$"; } >/dev/null 2>&1 &
        leash=$!
        wait "$child"
        code=$?
        kill "$leash" 2>/dev/null
        exit "$code""#;
    let mut command = Command::new("sh");
    command.args(["-c", LEASH, "sh", program]);
    command
}

/// A child and its process group, which is ended on drop unless the child has ended by itself.
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> Result<Self, RunError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command.spawn();
        child.map(Self).map_err(|source| RunError::Start { program: name(command), source })
    }

    fn finish(mut self, command: &Command, timeout: Duration) -> Result<Finished, RunError> {
        let mut stdout = Tap::on(self.0.stdout.take());
        let mut stderr = Tap::on(self.0.stderr.take());
        let ended = wait_for(timeout, || {
            let status = must(self.0.try_wait(), "waiting for a child")?;
            (stdout.closed() & stderr.closed()).then_some(status)
        });
        if let Some(status) = ended {
            return Ok(Finished { status, stdout: stdout.seen, stderr: stderr.seen });
        }
        self.end();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&stdout.seen), text(&stderr.seen));
        Err(RunError::Hung { program: name(command), timeout, stdout, stderr })
    }

    fn end(&mut self) {
        if let Some(group) = Pid::from_raw(self.0.id().cast_signed()) {
            kill_process_group(group, Signal::KILL).ok();
        }
        self.0.wait().ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The id of a child that has been waited for may be another's by now.
        if matches!(self.0.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::path::PathBuf;

    const LONG: Duration = Duration::from_secs(30);

    /// A leashed child that starts one of its own, which holds a pipe for as long as it lives.
    struct Hanging {
        pipe: PathBuf,
        _folder: tempfile::TempDir,
    }

    impl Hanging {
        fn new() -> (Self, Command) {
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("pipe");
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            let mut command = leashed("sh");
            command.args(["-c", r#"sleep 1000 >"$0" & wait"#]).arg(&pipe);
            (Self { pipe, _folder: folder }, command)
        }

        /// Waits until the child's child has the pipe.
        fn started(&self) -> Tap {
            Tap::on(Some(File::open(&self.pipe).unwrap()))
        }
    }

    fn is_gone(mut pipe: Tap) -> bool {
        wait_for(LONG, || pipe.closed().then_some(())).is_some()
    }

    #[test]
    fn a_leashed_child_gives_its_output_and_its_code() {
        let mut command = leashed("sh");
        command.args(["-c", "cat; echo out; echo err >&2; exit 7"]);
        let done = run_leashed(&mut command, LONG).unwrap();
        let said = (done.code(), done.stdout.as_slice(), done.stderr.as_slice());
        assert_eq!(said, (7, &b"out\n"[..], &b"err\n"[..]));
        assert_eq!(run_leashed(&mut leashed("no-such-program-here"), LONG).unwrap().code(), NO_PROGRAM);
    }

    #[test]
    fn a_leash_that_is_let_go_ends_the_group() {
        let (hanging, mut command) = Hanging::new();
        let mut group = Group::start(&mut command).unwrap();
        let pipe = hanging.started();
        drop(group.0.stdin.take());
        let status = wait_for(LONG, || group.0.try_wait().unwrap());
        assert_eq!(status.and_then(|status| status.signal()), Some(9));
        assert!(is_gone(pipe));
    }

    #[test]
    fn a_group_is_ended_when_it_is_dropped() {
        let (hanging, mut command) = Hanging::new();
        let group = Group::start(&mut command).unwrap();
        let pipe = hanging.started();
        drop(group);
        assert!(is_gone(pipe));
    }

    #[test]
    fn a_group_is_ended_when_its_time_is_up() {
        let (hanging, mut command) = Hanging::new();
        let group = Group::start(&mut command).unwrap();
        let pipe = hanging.started();
        let ended = group.finish(&command, Duration::from_millis(50));
        assert!(matches!(ended, Err(RunError::Hung { .. })));
        assert!(is_gone(pipe));
    }
}
