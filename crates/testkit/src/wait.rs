//! Waiting for a condition. The one place of the test world that reads a clock and sleeps: a test states
//! what it waits for and gets it as soon as it holds; the deadline only ends a test that is broken anyway.

use std::time::{Duration, Instant, SystemTime};

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

/// The time now, milliseconds since the epoch: for measuring how long after the evidence something was seen.
#[expect(
    clippy::disallowed_methods,
    reason = "delays are measured against times that the real client writes"
)]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
