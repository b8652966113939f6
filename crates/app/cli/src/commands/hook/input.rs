//! What a hook is given on standard input, read to its end, but not for ever.

use std::io;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// A call is no longer than this; a longer one is noted without its content.
pub(super) const MOST: usize = 64 << 20;
/// Claude Code writes at once; the host waits for us no longer than 5 seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was read, and why not all of it.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) cut: Option<&'static str>,
}

#[expect(clippy::disallowed_methods, reason = "it is the clock that the host goes by")]
pub(super) fn read() -> io::Result<Input> {
    let began = Instant::now();
    let stdin = io::stdin();
    let mut bytes = Vec::new();
    while bytes.len() <= MOST {
        let left = PATIENCE.saturating_sub(began.elapsed());
        let mut waits = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut waits, Timespec::try_from(left).ok().as_ref()) {
            Ok(0) => return Ok(Input { bytes, cut: Some("end in time") }),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        bytes.reserve(16 << 10);
        match rustix::io::read(&stdin, spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(Input { bytes, cut: None }),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Input { bytes, cut: Some("end within 64 MiB") })
}
