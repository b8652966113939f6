//! What another program answers, within a limit of time and of size.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use claudectl_redact::{redact, without_torn_end};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How much is waited for and read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// So long.
    pub time: Duration,
    /// So many bytes of its standard output.
    pub output: u64,
    /// So many bytes of its standard error.
    pub complaint: u64,
}

/// What a program said.
#[derive(Debug)]
pub struct Answer {
    /// How it ended; by a signal where it had more to say than was read.
    pub status: ExitStatus,
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its standard error.
    pub complaint: Vec<u8>,
    /// There is more of it than was read.
    torn: bool,
}

impl Answer {
    /// The first line of what it complains of, redacted; `None` where it says nothing.
    #[must_use]
    pub fn first_complaint(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.complaint);
        let text = if self.torn { without_torn_end(&text) } else { &text };
        // As a whole: a secret may be known by what stands on the line behind.
        let text = redact(text).text;
        text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It cannot be run.
    #[error("it cannot be run: {0}")]
    Start(io::Error),
    /// It did not end in time, and was ended.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
}

/// Runs a program without input, and gives what it says.
///
/// # Errors
/// When it cannot be run, or does not end in time.
pub fn answer(command: &mut Command, limits: Limits) -> Result<Answer, NoAnswer> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(NoAnswer::Start)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (said, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let complained = std::thread::spawn(move || up_to(stderr, limits.complaint));
        let output = up_to(stdout, limits.output);
        let complaint = complained.join().unwrap_or_default();
        // One that has more to say does not end by itself. It is not reaped here: until then its number is its own.
        let whole = (output.len() as u64) < limits.output && (complaint.len() as u64) < limits.complaint;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Some(pid) = pid.filter(|_| whole)
            && matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR))
        {}
        // Nobody waits any more when it was too slow.
        drop(said.send((output, complaint)));
    });
    let heard = heard.recv_timeout(limits.time);
    // What has ended is not there to be ended.
    drop(child.kill());
    let status = child.wait().map_err(NoAnswer::Start)?;
    let (output, complaint) = heard.map_err(|_| NoAnswer::Late(limits.time))?;
    let torn = complaint.len() as u64 == limits.complaint;
    Ok(Answer { status, output, complaint, torn })
}

fn up_to(stream: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What was read until then is what there is.
        drop(stream.take(most).read_to_end(&mut bytes));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { time: Duration::from_secs(60), output: 1_000, complaint: 1_000 };

    fn shell(script: &str, limits: Limits) -> Result<Answer, NoAnswer> {
        answer(Command::new("/bin/sh").args(["-c", script]), limits)
    }

    #[test]
    fn what_it_says_and_how_it_ends_is_told() {
        let said = shell("echo a; echo b >&2; exec >&- 2>&-; exit 3", LIMITS).unwrap();
        assert_eq!(
            (said.status.code(), &*said.output, &*said.complaint),
            (Some(3), &b"a\n"[..], &b"b\n"[..])
        );
        let nothing = answer(&mut Command::new("/nowhere/to/be/found"), LIMITS);
        assert!(matches!(nothing, Err(NoAnswer::Start(_))), "{nothing:?}");
    }

    #[test]
    fn a_complaint_is_its_first_line_without_secrets() {
        let complaint = |script: &str, most| {
            shell(script, Limits { complaint: most, ..LIMITS }).unwrap().first_complaint()
        };
        let token = ["gh", "p_", "7kQ2", "mZ9xW4", "vB6nT1", "rL8sD3", "fG5hJ0", "pC2yK7aE"].concat();
        let script = format!("printf '\\n  bad token {token} for\\nit' >&2");
        assert_eq!(complaint(&script, 1_000).as_deref(), Some("bad token [redacted:github-token] for"));
        for most in 14..14 + 40 {
            assert_eq!(complaint(&script, most).as_deref(), Some("bad token"), "{most}");
        }
        assert_eq!(complaint("exit 1", 1_000), None);
    }

    #[test]
    fn neither_silence_nor_endless_talk_is_waited_for() {
        let late = shell("exec sleep 1000", Limits { time: Duration::from_millis(200), ..LIMITS });
        assert!(matches!(late, Err(NoAnswer::Late(_))), "{late:?}");
        for script in ["exec yes", "exec yes >&2"] {
            let said = shell(script, LIMITS).unwrap();
            assert_eq!(said.output.len().max(said.complaint.len()), 1_000);
            assert_eq!(said.status.code(), None, "it was ended");
        }
    }
}
