//! How a session goes: what it has done lately, how that went, and how long its person has not been there.
//!
//! It is followed where calls are told one after the other (the log, a transcript, a stream), packed into what hooks read,
//! and looked at for one call. What nobody told is not there, and makes no feature.

use crate::bytes::{Reader, Writer};
use crate::features::{Key, hash, join};

/// So many calls before one are looked at.
pub const BEFORE: usize = 3;
/// No streak counts for more.
const LONGEST: u8 = 5;
const MINUTE_MS: i64 = 60_000;

/// Tokens in a session's last request: it is in the first band whose end it does not reach.
const CONTEXT: [u64; 5] = [25_000, 50_000, 100_000, 150_000, 200_000];
/// What a session has cost, dollars.
const COST: [f64; 4] = [0.1, 1.0, 10.0, 50.0];
/// Minutes since its person has last done something.
const QUIET: [i64; 4] = [2, 10, 60, 480];

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Ended {
    /// It has not, as far as is known.
    #[default]
    Open = 0,
    /// Well.
    Well = 1,
    /// It failed.
    Failed = 2,
    /// Nobody let it run.
    Refused = 3,
}

impl Ended {
    const ALL: [Self; 4] = [Self::Open, Self::Well, Self::Failed, Self::Refused];

    /// For a person.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Well => "ended well",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// A call that was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Step {
    /// Its id.
    call: Key,
    program: Key,
    ended: Ended,
}

/// What is followed of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Track {
    /// The last calls, the last one first.
    steps: [Step; BEFORE],
    /// How many have failed, one after the other.
    failed: u8,
    /// What was last asked for, and how often, one after the other.
    input: Key,
    times: u8,
    /// When its person has last done something, milliseconds since the epoch; 0 where nobody knows.
    person_at: i64,
    context: u8,
    cost: u8,
}

/// How a session went up to one call. A number of 0 is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Course {
    /// How much of the context is in use: the number of a band.
    pub context: u8,
    /// What it has cost.
    pub cost: u8,
    /// How long its person has not been there.
    pub quiet: u8,
    /// So many calls before it have failed, one after the other.
    pub failed: u8,
    /// The same was asked for so often just before.
    pub repeats: u8,
    /// Program and end of the calls before it, the last one first.
    pub before: [Option<(Key, Ended)>; BEFORE],
}

/// What a call is the same program as.
#[must_use]
pub fn program(tool: &str, is_shell: bool, line: &str) -> Key {
    let first = line.split_whitespace().next().filter(|_| is_shell);
    first
        .map_or_else(|| hash(tool), |first| join(hash(tool), hash(first.rsplit('/').next().unwrap_or(first))))
}

/// A number, from 1 on.
fn band<T: PartialOrd>(ends: &[T], value: &T) -> u8 {
    ends.iter().take_while(|end| *end <= value).count() as u8 + 1
}

impl Track {
    /// How many bytes it is packed into.
    pub const PACKED: usize = BEFORE * 17 + 1 + 8 + 1 + 8 + 2;

    /// A call was made: its id (0 where it has none), its program, and what it was given.
    pub fn called(&mut self, call: Key, program: Key, input: Key) {
        self.times = if self.input == input { self.times.saturating_add(1).min(LONGEST) } else { 1 };
        self.input = input;
        self.steps.rotate_right(1);
        self.steps[0] = Step { call, program, ended: Ended::Open };
    }

    /// A call has ended.
    pub fn ended(&mut self, call: Key, ended: Ended) {
        let is_it = |step: &&mut Step| call != 0 && step.call == call;
        if let Some(step) = self.steps.iter_mut().find(is_it) {
            step.ended = ended;
        }
        match ended {
            Ended::Failed => self.failed = self.failed.saturating_add(1).min(LONGEST),
            Ended::Well => self.failed = 0,
            Ended::Open | Ended::Refused => {}
        }
    }

    /// Its person has done something.
    pub fn seen_person(&mut self, at: i64) {
        self.person_at = self.person_at.max(at);
    }

    /// So many tokens were in its last request.
    pub fn uses(&mut self, tokens: u64) {
        self.context = band(&CONTEXT, &tokens);
    }

    /// So much it has cost, dollars.
    pub fn costs(&mut self, usd: f64) {
        self.cost = band(&COST, &usd);
    }

    /// What is before a call that is now made with this input.
    #[must_use]
    pub fn before(&self, input: Key, now: i64) -> Course {
        let quiet = now.saturating_sub(self.person_at).max(0) / MINUTE_MS;
        let step = |step: Step| (step.program != 0).then_some((step.program, step.ended));
        Course {
            context: self.context,
            cost: self.cost,
            quiet: if self.person_at == 0 { 0 } else { band(&QUIET, &quiet) },
            failed: self.failed,
            repeats: if self.times > 0 && self.input == input { self.times } else { 0 },
            before: self.steps.map(step),
        }
    }

    /// As bytes.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut out = Writer::default();
        for Step { call, program, ended } in self.steps {
            out.u64(call);
            out.u64(program);
            out.u8(ended as u8);
        }
        out.u8(self.failed);
        out.u64(self.input);
        out.u8(self.times);
        out.i64(self.person_at);
        out.u8(self.context);
        out.u8(self.cost);
        out.0
    }

    /// What was packed; `None` where it is torn.
    #[must_use]
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let mut track = Self::default();
        for step in &mut track.steps {
            let (call, program) = (from.u64()?, from.u64()?);
            *step = Step { call, program, ended: *Ended::ALL.get(usize::from(from.u8()?))? };
        }
        track.failed = from.u8()?;
        track.input = from.u64()?;
        track.times = from.u8()?;
        track.person_at = from.i64()?;
        track.context = from.u8()?;
        track.cost = from.u8()?;
        from.0.is_empty().then_some(track)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_before_is_told_the_last_first() {
        let mut track = Track::default();
        assert_eq!(track.before(1, 0), Course::default());
        let (cargo, git) =
            (program("Bash", true, "cargo test"), program("Bash", true, "/usr/bin/git status"));
        assert_eq!(git, program("Bash", true, "git log"));
        track.called(11, cargo, 1);
        track.called(12, git, 2);
        track.ended(11, Ended::Failed);
        let course = track.before(2, 0);
        assert_eq!(course.before, [Some((git, Ended::Open)), Some((cargo, Ended::Failed)), None]);
        assert_eq!((course.failed, course.repeats), (1, 1));
        assert_eq!(track.before(3, 0).repeats, 0);
        track.called(13, git, 2);
        track.ended(13, Ended::Well);
        assert_eq!((track.before(2, 0).repeats, track.before(2, 0).failed), (2, 0));
    }

    #[test]
    fn nobody_knows_what_nobody_told() {
        let mut track = Track::default();
        assert_eq!(
            (track.before(1, 9).quiet, track.before(1, 9).cost, track.before(1, 9).context),
            (0, 0, 0)
        );
        track.seen_person(60_000);
        track.costs(0.0);
        track.uses(100_000);
        let at = |now: i64| track.before(1, now).quiet;
        assert_eq!(
            [at(0), at(60_000), at(180_000), at(11 * MINUTE_MS), at(600 * MINUTE_MS)],
            [1, 1, 2, 3, 5]
        );
        let course = track.before(1, 0);
        assert_eq!((course.cost, course.context), (1, 4));
    }

    #[test]
    fn what_is_packed_comes_back() {
        let mut track = Track::default();
        track.called(1, 2, 3);
        track.ended(1, Ended::Refused);
        track.seen_person(-5);
        track.seen_person(77);
        track.costs(12.0);
        let packed = track.pack();
        assert_eq!(packed.len(), Track::PACKED);
        assert_eq!(Track::unpack(&packed), Some(track));
        assert!((0..packed.len()).all(|cut| Track::unpack(&packed[..cut]).is_none()));
        let wrong = [&packed[..16], &[9], &packed[17..]].concat();
        assert_eq!(Track::unpack(&wrong), None);
    }
}
