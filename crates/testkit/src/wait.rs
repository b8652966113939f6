//! Waiting for a condition. The one place of the test world that reads a clock and sleeps: a test states
//! what it waits for and gets it as soon as it holds; the deadline only ends a test that is broken anyway.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(15);

/// Asks `probe` again and again until it has a value; `None` when `timeout` has passed without one.
#[expect(clippy::disallowed_methods, reason = "a condition wait needs a deadline and a pause between looks")]
pub fn wait_for<T>(timeout: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + timeout;
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}
