//! Where builders take ids and times from: both run on from a seed, so the same calls write the same bytes.

use jiff::{SignedDuration, Timestamp};

use crate::must::must;

/// Ids in the shapes the client and the API use.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    state: u64,
}

impl Ids {
    pub(super) fn seeded(text: &str) -> Self {
        // FNV-1a: any stable spread will do.
        let state = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { state }
    }

    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `<prefix>_` and 24 hex digits.
    pub(super) fn api(&mut self, prefix: &str) -> String {
        format!("{prefix}_{:016x}{:08x}", self.next(), self.next() >> 32)
    }

    pub(super) fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let variant = 0x8000 | (b >> 48 & 0x3fff);
        format!(
            "{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b & 0xffff_ffff_ffff
        )
    }
}

/// A clock that moves on by itself with every reading.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    now: Timestamp,
    step: SignedDuration,
}

impl Clock {
    pub(super) fn starting(at: &str) -> Self {
        Self { now: must(at.parse(), at), step: SignedDuration::from_secs(1) }
    }

    pub(super) fn set(&mut self, at: &str) {
        self.now = must(at.parse(), at);
    }

    pub(super) fn set_step(&mut self, step: SignedDuration) {
        self.step = step;
    }

    pub(super) fn advance(&mut self, by: SignedDuration) {
        self.now += by;
    }

    /// The time now, as a record says it; the next reading is one step later.
    pub(super) fn tick(&mut self) -> String {
        let text = format!("{:.3}", self.now);
        self.now += self.step;
        text
    }

    pub(super) fn millis(&self) -> i64 {
        self.now.as_millisecond()
    }
}
