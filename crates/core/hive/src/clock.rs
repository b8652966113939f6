//! Time that goes forward: a hybrid logical clock.
//!
//! A stamp is the wall's milliseconds in its upper 48 bits and a counter in the lower 16. Whoever has seen a stamp makes
//! later ones only, so what an author knew of is before what it wrote, however the walls differ. A stamp far ahead of our
//! own wall is held, not dropped: it may be our wall that is wrong.

/// Milliseconds since 1970, as the wall says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub struct Millis(pub u64);

/// How far ahead of our wall a stamp may be before it is held: ten minutes, in milliseconds.
pub const MAX_AHEAD: u64 = 10 * 60 * 1000;

/// A stamp. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hlc(u64);

impl Hlc {
    /// Before everything.
    pub const ZERO: Hlc = Hlc(0);
    /// After everything.
    pub const MAX: Hlc = Hlc(u64::MAX);

    /// The stamp of a time and a counter. A time beyond 48 bits, some 8900 years from now, is the last there is.
    pub const fn new(time: Millis, counter: u16) -> Hlc {
        let millis = if time.0 >> 48 == 0 { time.0 } else { (1 << 48) - 1 };
        Hlc(millis << 16 | counter as u64)
    }

    /// The stamp of its number, as it is kept and sent.
    pub const fn from_raw(raw: u64) -> Hlc {
        Hlc(raw)
    }

    /// Its number.
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The wall's part.
    pub const fn time(self) -> Millis {
        Millis(self.0 >> 16)
    }

    /// The least stamp after this one; itself, if it is the last.
    pub const fn next(self) -> Hlc {
        Hlc(self.0.saturating_add(1))
    }

    /// If it is further ahead of this wall than [`MAX_AHEAD`]: when it no longer is.
    pub const fn held_until(self, wall: Millis) -> Option<Millis> {
        let time = self.time().0;
        if time > wall.0.saturating_add(MAX_AHEAD) { Some(Millis(time - MAX_AHEAD)) } else { None }
    }
}

/// A clock that makes stamps. Its last one is kept, and given back at the next start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    last: Hlc,
}

impl Clock {
    /// A clock whose last stamp was this.
    pub const fn new(last: Hlc) -> Clock {
        Clock { last }
    }

    /// The last stamp made or seen.
    pub const fn last(&self) -> Hlc {
        self.last
    }

    /// A new stamp: the wall's time, or the next after the last one where the wall is not ahead of that.
    pub fn now(&mut self, wall: Millis) -> Hlc {
        self.last = Hlc::new(wall, 0).max(self.last.next());
        self.last
    }

    /// Takes note of another's stamp. One that is held moves nothing: a single machine with a wrong wall does not pull
    /// the others along.
    pub fn observe(&mut self, remote: Hlc, wall: Millis) -> Result<(), Held> {
        if let Some(until) = remote.held_until(wall) {
            return Err(Held { until });
        }
        self.last = self.last.max(remote);
        Ok(())
    }

    /// If our own stamps are so far ahead of the wall that others hold them, as after a wall that was wrong: until when.
    pub fn is_ahead(&self, wall: Millis) -> Option<Millis> {
        self.last.held_until(wall)
    }
}

/// A stamp too far ahead: to be tried again, and not to be acknowledged before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stamped more than ten minutes ahead of this machine's clock")]
pub struct Held {
    /// When our wall must have come to for it to be taken.
    pub until: Millis,
}

/// The number an author gives its next version in a class: one more than its last, and no less than the wall's
/// milliseconds, so that a store put back from a backup does not give out numbers again.
pub fn next_seq(last: u64, wall: Millis) -> u64 {
    last.saturating_add(1).max(wall.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_stamp_is_after_all_that_were_made_or_seen(
            steps in prop::collection::vec((any::<bool>(), 0..1_u64 << 40, any::<u16>()), 0..50),
        ) {
            let mut clock = Clock::default();
            for (make, wall, counter) in steps {
                let before = clock.last();
                if make {
                    prop_assert!(clock.now(Millis(wall)) > before);
                } else if clock.observe(Hlc::new(Millis(wall + 5), counter), Millis(wall)).is_ok() {
                    prop_assert!(clock.last() >= Hlc::new(Millis(wall + 5), counter));
                }
            }
        }
    }

    #[test]
    fn the_counter_runs_over_into_the_time() {
        let mut clock = Clock::new(Hlc::new(Millis(7), u16::MAX));
        assert_eq!(clock.now(Millis(3)), Hlc::new(Millis(8), 0));
    }

    #[test]
    fn ten_minutes_ahead_is_taken_and_a_millisecond_more_is_held() {
        let mut clock = Clock::default();
        let wall = Millis(1_000_000);
        assert_eq!(clock.observe(Hlc::new(Millis(wall.0 + MAX_AHEAD), 9), wall), Ok(()));
        let last = clock.last();
        let late = Hlc::new(Millis(wall.0 + MAX_AHEAD + 1), 0);
        assert_eq!(clock.observe(late, wall), Err(Held { until: Millis(wall.0 + 1) }));
        assert_eq!(clock.last(), last);
        assert_eq!(clock.observe(late, Millis(wall.0 + 1)), Ok(()));
    }

    #[test]
    fn no_number_is_given_out_twice_after_a_backup() {
        assert_eq!(next_seq(5, Millis(3)), 6);
        assert_eq!(next_seq(5, Millis(1_000)), 1_000);
        assert_eq!(next_seq(1_000, Millis(1_000)), 1_001);
    }
}
