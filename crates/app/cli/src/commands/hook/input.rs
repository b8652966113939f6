//! What a hook is given on standard input, read to its end. One that does not end is given up before the hook's time is.

use std::io;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// What is not there by then never comes: Claude Code writes it at once.
const IN_TIME: Duration = Duration::from_secs(2);

/// A call is no longer than this; a longer one is noted without its content.
pub(super) const MOST: usize = 64 << 20;

/// What was read, and why not all of it.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) cut: Option<&'static str>,
}

/// What cannot be read is cut, too: it may be about a call.
#[expect(clippy::disallowed_methods, reason = "it is the time that the host waits")]
pub(super) fn read() -> Input {
    let stdin = io::stdin();
    let mut bytes = Vec::new();
    let began = Instant::now();
    while bytes.len() <= MOST {
        let left = IN_TIME.saturating_sub(began.elapsed());
        let mut waits = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut waits, Timespec::try_from(left).ok().as_ref()) {
            Ok(0) => return Input { bytes, cut: Some("end in time") },
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Input { bytes, cut: Some(UNREAD) },
        }
        bytes.reserve(16 << 10);
        match rustix::io::read(&stdin, spare_capacity(&mut bytes)) {
            Ok(0) => return Input { bytes, cut: None },
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Input { bytes, cut: Some(UNREAD) },
        }
    }
    Input { bytes, cut: Some("end within 64 MiB") }
}

const UNREAD: &str = "end that can be read";
