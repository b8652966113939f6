//! What a hook is given on standard input, read to its end. One that does not end is given up with the hook's time.

use std::io;

use rustix::buffer::spare_capacity;
use rustix::io::Errno;

/// A call is no longer than this; a longer one is noted without its content.
pub(super) const MOST: usize = 64 << 20;

/// What was read, and why not all of it.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) cut: Option<&'static str>,
}

/// What cannot be read is cut, too: it may be about a call.
pub(super) fn read() -> Input {
    let stdin = io::stdin();
    let mut bytes = Vec::new();
    while bytes.len() <= MOST {
        bytes.reserve(16 << 10);
        match rustix::io::read(&stdin, spare_capacity(&mut bytes)) {
            Ok(0) => return Input { bytes, cut: None },
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Input { bytes, cut: Some("end: it cannot be read") },
        }
    }
    Input { bytes, cut: Some("end within 64 MiB") }
}
