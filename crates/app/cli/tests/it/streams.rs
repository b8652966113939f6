//! A program that prints a stream, read while it runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use claudectl_testkit::{Cmd, now_ms};
use serde_json::Value;

/// A running stream: ended on drop.
#[derive(Debug)]
pub(crate) struct Stream {
    child: Child,
    _stdin: Option<ChildStdin>,
    lines: Receiver<(i64, String)>,
    /// Every line so far, and when it came, milliseconds since the epoch.
    pub(crate) seen: Vec<(i64, String)>,
}

impl Stream {
    /// Starts it.
    #[track_caller]
    pub(crate) fn start(cmd: &Cmd) -> Self {
        let mut command = cmd.to_command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if send.send((now_ms(), line)).is_err() {
                    return;
                }
            }
        });
        Self { _stdin: child.stdin.take(), child, lines, seen: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its exit code, once it has ended.
    pub(crate) fn ended(&mut self, patience: Duration) -> Option<i32> {
        claudectl_testkit::wait_for(patience, || self.child.try_wait().unwrap())?.code()
    }

    /// Waits for a line, the ones that have come first.
    pub(crate) fn until(
        &mut self,
        patience: Duration,
        mut wanted: impl FnMut(&str) -> bool,
    ) -> Option<(i64, String)> {
        let end = now_ms() + i64::try_from(patience.as_millis()).unwrap();
        loop {
            let left = Duration::from_millis(u64::try_from(end - now_ms()).unwrap_or(0));
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if wanted(&line.1) {
                        return Some(line);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// The newest change of a session, once it is as wanted, and when it came.
    pub(crate) fn newest(
        &mut self,
        id: &str,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Option<(i64, Value)> {
        while let Ok(line) = self.lines.try_recv() {
            self.seen.push(line);
        }
        if let Some(found) = self.last(id).filter(|(_, change)| wanted(change)) {
            return Some(found);
        }
        let (at, line) = self.until(patience, |line| {
            let change: Value = serde_json::from_str(line).unwrap();
            change["session"]["id"] == id && wanted(&change)
        })?;
        Some((at, serde_json::from_str(&line).unwrap()))
    }

    /// The last change of a session.
    pub(crate) fn last(&self, id: &str) -> Option<(i64, Value)> {
        let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let changes = self.seen.iter().rev().map(|(at, line)| (*at, parse(line)));
        changes.into_iter().find(|(_, change)| change["session"]["id"] == id)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
