//! When an endpoint that fails is left alone, and when it is tried again. Plain data with times from outside: a process
//! that ends may keep it for the next one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is known of an endpoint by how it did. Never a latch: whatever its state, some later time lets a question through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// Failures in a row.
    failed: u32,
    /// When it was opened, or when the last trial began: in milliseconds of the wall clock.
    since: Option<i64>,
}

impl Breaker {
    /// Whether a question may be put now. Where the cool-down has passed, one is let through, and others wait again as
    /// long, for one that never reports back must not keep them for good.
    ///
    /// # Errors
    ///
    /// The time at which it may, in milliseconds.
    pub fn enter(&mut self, now: i64, cool_down: Duration) -> Result<(), i64> {
        let Some(since) = self.since else { return Ok(()) };
        let until = since.saturating_add(millis(cool_down));
        // Others may be a little behind. A clock that went back by more says nothing of how long it was.
        if (since.saturating_sub(millis(cool_down))..until).contains(&now) {
            return Err(until);
        }
        self.since = Some(now);
        Ok(())
    }

    /// The endpoint did its part.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It did not. From the failure on that is one of `most` in a row it is open; so is it after a trial that failed.
    pub fn failed(&mut self, now: i64, most: u32) {
        self.failed = self.failed.saturating_add(1);
        if self.since.is_some() || self.failed >= most.max(1) {
            self.since = Some(now);
        }
    }

    /// Until when the endpoint is left alone, if it is.
    #[must_use]
    pub fn open_until(&self, now: i64, cool_down: Duration) -> Option<i64> {
        let mut asked = *self;
        asked.enter(now, cool_down).err()
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOL: Duration = Duration::from_secs(30);

    fn opened(at: i64) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            assert_eq!(breaker.enter(at, COOL), Ok(()));
            breaker.failed(at, 3);
        }
        breaker
    }

    #[test]
    fn it_opens_after_three_failures_in_a_row() {
        let mut breaker = Breaker::default();
        breaker.failed(0, 3);
        breaker.failed(0, 3);
        breaker.succeeded();
        breaker.failed(0, 3);
        breaker.failed(0, 3);
        assert_eq!((breaker.enter(1, COOL), breaker.open_until(1, COOL)), (Ok(()), None));
        breaker.failed(2, 3);
        assert_eq!((breaker.enter(3, COOL), breaker.open_until(3, COOL)), (Err(30_002), Some(30_002)));
    }

    #[test]
    fn after_the_cool_down_one_question_tries() {
        let mut breaker = opened(0);
        assert_eq!(breaker.enter(29_999, COOL), Err(30_000));
        assert_eq!(breaker.open_until(30_000, COOL), None, "to look changes nothing");
        assert_eq!(breaker.enter(30_000, COOL), Ok(()));
        assert_eq!(breaker.enter(30_001, COOL), Err(60_000), "others wait for the trial");
        let (mut good, mut bad) = (breaker, breaker);
        good.succeeded();
        assert_eq!((good.enter(30_002, COOL), good), (Ok(()), Breaker::default()));
        bad.failed(31_000, 3);
        assert_eq!((bad.enter(60_999, COOL), bad.enter(61_000, COOL)), (Err(61_000), Ok(())));
    }

    #[test]
    fn nothing_closes_it_for_good() {
        // A trial that never reported back.
        let mut lost = opened(0);
        lost.enter(30_000, COOL).unwrap();
        assert_eq!(lost.enter(60_000, COOL), Ok(()));
        // A clock that was ahead when it was opened.
        let mut jumped = opened(4_000_000_000_000);
        assert_eq!(jumped.enter(1_000, COOL), Ok(()));
        // One that is only behind.
        let mut behind = opened(100_000);
        assert_eq!((behind.enter(99_000, COOL), behind.enter(69_000, COOL)), (Err(130_000), Ok(())));
        // The end of time.
        let mut last = opened(i64::MAX - 1);
        assert_eq!((last.enter(i64::MAX - 1, COOL), last.enter(i64::MAX, COOL)), (Err(i64::MAX), Ok(())));
        // No failure is allowed for: the first one opens it.
        let mut strict = Breaker::default();
        strict.failed(0, 0);
        assert_eq!((strict.enter(1, COOL), strict.enter(30_000, COOL)), (Err(30_000), Ok(())));
    }

    #[test]
    fn it_can_be_kept() {
        let breaker = opened(7);
        let text = serde_json::to_string(&breaker).unwrap();
        assert_eq!(text, r#"{"failed":3,"since":7}"#);
        assert_eq!(serde_json::from_str::<Breaker>(&text).unwrap(), breaker);
    }
}
