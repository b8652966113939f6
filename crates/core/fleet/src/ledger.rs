//! The ledger: every response billed once, to one session.
//!
//! Claude Code writes a response as several lines, copies lines when a session is forked, and lets
//! two processes append to one file. The ledger therefore knows a response by its `message.id` alone
//! ([`Response::key`]), over all files; takes the component-wise largest usage of all its lines; and
//! decides by [`Response::merge`] which session pays. Merging is commutative, associative and
//! idempotent, so files can be read in any order, in parallel, again, and in any number of pieces.
//!
//! What is stored for good are not dollars but token counts: [`Bucket`]s of a quarter of an hour, one
//! for each session, agent, model and [`Variant`]. A quarter of an hour divides every time zone's
//! offset, so local days can be made of them.

use claudectl_transcript::{Speed, Tier, Usage};

use crate::prices::LENGTH_STEPS;

/// Milliseconds in a [`Bucket`]'s slot.
pub const SLOT_MS: i64 = 15 * 60 * 1000;

/// A number that stands for a text (session id, model, file) within one store.
pub type Id = u32;

/// Everything, apart from model and date, that a response's price depends on.
///
/// Bits 0 to 2: how many of [`LENGTH_STEPS`] the prompt is longer than; 3: fast; 4: United States
/// only; 5 and 6: the service tier. Stored, so the layout only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Variant(pub u8);

impl Variant {
    /// The variant of a response.
    #[must_use]
    pub fn of(usage: &Usage) -> Self {
        let prompt = usage.prompt_tokens();
        let steps = LENGTH_STEPS.iter().filter(|&&step| prompt > step).count();
        let tier = match usage.tier {
            Tier::Standard => 0,
            Tier::Batch => 1,
            Tier::Priority => 2,
            Tier::Other => 3,
        };
        let fast = u8::from(usage.speed == Speed::Fast);
        #[expect(clippy::cast_possible_truncation, reason = "at most six steps")]
        Self(steps as u8 | fast << 3 | u8::from(usage.us_only) << 4 | tier << 5)
    }

    /// The prompt was longer than so many tokens, which must be one of [`LENGTH_STEPS`].
    #[must_use]
    pub fn longer_than(self, tokens: u64) -> bool {
        let steps = LENGTH_STEPS.iter().filter(|&&step| step <= tokens).count();
        usize::from(self.0 & 7) >= steps
    }

    /// Served fast.
    #[must_use]
    pub fn fast(self) -> bool {
        self.0 & 8 != 0
    }

    /// Processed in the United States only.
    #[must_use]
    pub fn us_only(self) -> bool {
        self.0 & 16 != 0
    }

    /// Not served at the standard tier; we know no confirmed price for any other.
    #[must_use]
    pub fn odd_tier(self) -> bool {
        self.0 & 0x60 != 0
    }
}

/// Token counts in the classes that are billed apart. They add up to what was used: no class holds
/// part of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tokens {
    /// Uncached prompt tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m: u64,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h: u64,
    /// Prompt tokens written to the cache without saying for how long (billed as five minutes).
    pub cache_write_unsplit: u64,
    /// Web searches (calls).
    pub web_searches: u64,
}

impl Tokens {
    /// Of all classes; searches are none.
    #[must_use]
    pub fn all(&self) -> u64 {
        let written = self.cache_write_5m + self.cache_write_1h + self.cache_write_unsplit;
        self.input + self.output + self.cache_read + written
    }

    /// The billed classes of one response.
    #[must_use]
    pub fn of(usage: &Usage) -> Self {
        Self {
            input: usage.input,
            output: usage.output,
            cache_read: usage.cache_read,
            cache_write_5m: usage.cache_write_5m,
            cache_write_1h: usage.cache_write_1h,
            cache_write_unsplit: usage.cache_write_unsplit(),
            web_searches: usage.web_searches,
        }
    }

    /// Each class of this, put through `f` with the same class of another.
    fn zip(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            input: f(self.input, other.input),
            output: f(self.output, other.output),
            cache_read: f(self.cache_read, other.cache_read),
            cache_write_5m: f(self.cache_write_5m, other.cache_write_5m),
            cache_write_1h: f(self.cache_write_1h, other.cache_write_1h),
            cache_write_unsplit: f(self.cache_write_unsplit, other.cache_write_unsplit),
            web_searches: f(self.web_searches, other.web_searches),
        }
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        *self = self.zip(*other, u64::saturating_add);
    }

    /// Takes another's counts away, each down to zero at most.
    pub fn remove(&mut self, other: &Self) {
        *self = self.zip(*other, u64::saturating_sub);
    }

    /// All cache writes.
    #[must_use]
    pub fn cache_write(&self) -> u64 {
        self.cache_write_5m + self.cache_write_1h + self.cache_write_unsplit
    }

    /// All tokens of all classes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.input + self.output + self.cache_read + self.cache_write()
    }
}

/// How good a claim a copy of a response gives a session to it, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Claim {
    /// The row says which session paid (`requestSessionId`).
    Stated = 0,
    /// The row says that the file's own session made it (`session_id`).
    Own = 1,
    /// The row merely stands in the session's file.
    Present = 2,
}

impl Claim {
    /// From the stored number.
    #[must_use]
    pub fn from_u8(number: u8) -> Self {
        match number {
            0 => Self::Stated,
            1 => Self::Own,
            _ => Self::Present,
        }
    }
}

/// One API response, as one file or all files together tell it.
///
/// Counts are held in 32 bits: the largest request any model takes is below ten million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// Hash of the `message.id` (or of what stands for it: see the indexer).
    pub key: u64,
    /// When the first of its rows was made, milliseconds since the epoch.
    pub at: i64,
    /// When the claiming file was born, milliseconds since the epoch; the earlier born wins.
    pub born: i64,
    /// The session that pays.
    pub session: Id,
    /// The subagent that asked; 0 for the session itself.
    pub agent: Id,
    /// The model.
    pub model: u16,
    /// Web searches.
    pub web_searches: u16,
    /// How good the session's claim is.
    pub claim: Claim,
    /// At least one row says that the response had ended.
    pub ended: bool,
    /// Fast, United States only, service tier: a [`Variant`] without its length.
    pub kind: u8,
    /// Uncached prompt tokens.
    pub input: u32,
    /// Output tokens.
    pub output: u32,
    /// Prompt tokens read from the cache.
    pub cache_read: u32,
    /// Prompt tokens written to the cache, in all.
    pub cache_write: u32,
    /// Of these, for five minutes.
    pub cache_write_5m: u32,
    /// Of these, for an hour.
    pub cache_write_1h: u32,
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Response {
    /// A response as one row tells it; session, claim, agent, model and times are filled in by the
    /// caller.
    #[must_use]
    pub fn of(key: u64, usage: &Usage) -> Self {
        Self {
            key,
            at: 0,
            born: 0,
            session: 0,
            agent: 0,
            model: 0,
            claim: Claim::Present,
            ended: false,
            kind: Variant::of(usage).0 & !7,
            input: narrow(usage.input),
            output: narrow(usage.output),
            cache_read: narrow(usage.cache_read),
            cache_write: narrow(usage.cache_write),
            cache_write_5m: narrow(usage.cache_write_5m),
            cache_write_1h: narrow(usage.cache_write_1h),
            web_searches: u16::try_from(usage.web_searches).unwrap_or(u16::MAX),
        }
    }

    fn usage(&self) -> Usage {
        Usage {
            input: self.input.into(),
            output: self.output.into(),
            cache_read: self.cache_read.into(),
            cache_write: self.cache_write.into(),
            cache_write_5m: self.cache_write_5m.into(),
            cache_write_1h: self.cache_write_1h.into(),
            web_searches: self.web_searches.into(),
            ..Usage::default()
        }
    }

    /// The counts, in billed classes.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens::of(&self.usage())
    }

    /// The variant, length included.
    #[must_use]
    pub fn variant(&self) -> Variant {
        Variant(Variant::of(&self.usage()).0 | self.kind)
    }

    /// The bucket that the response falls into.
    #[must_use]
    pub fn bucket(&self) -> BucketKey {
        BucketKey {
            session: self.session,
            agent: self.agent,
            model: self.model.into(),
            slot: self.at.div_euclid(SLOT_MS),
            variant: self.variant(),
        }
    }

    /// What two tellings of one response say together.
    ///
    /// `rank` gives a session's place in the order of session ids (as texts): the last resort between
    /// equal claims of files born in the same millisecond.
    #[must_use]
    pub fn merge(self, other: Self, rank: impl Fn(Id) -> u32) -> Self {
        let order = |row: &Self| {
            // An agent's own file says more of who asked than a copy without it.
            (row.claim, row.born, rank(row.session), row.agent == 0, row.agent)
        };
        let winner = if order(&other) < order(&self) { other } else { self };
        // Where tellings differ in the model, the one that tells of most output was the response itself.
        let weight = |row: &Self| (row.output, std::cmp::Reverse(row.model));
        let model = if weight(&other) > weight(&self) { other.model } else { self.model };
        let earlier = match (self.at, other.at) {
            (0, at) | (at, 0) => at,
            (a, b) => a.min(b),
        };
        Self {
            at: earlier,
            model,
            ended: self.ended || other.ended,
            kind: merge_kinds(self.kind, other.kind),
            input: self.input.max(other.input),
            output: self.output.max(other.output),
            cache_read: self.cache_read.max(other.cache_read),
            cache_write: self.cache_write.max(other.cache_write),
            cache_write_5m: self.cache_write_5m.max(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.max(other.cache_write_1h),
            web_searches: self.web_searches.max(other.web_searches),
            ..winner
        }
    }
}

/// Flags add up; of two service tiers the larger number stands.
fn merge_kinds(a: u8, b: u8) -> u8 {
    ((a | b) & 0x18) | (a & 0x60).max(b & 0x60)
}

/// What a [`Bucket`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketKey {
    /// The session that pays.
    pub session: Id,
    /// The subagent; 0 for the session itself.
    pub agent: Id,
    /// The model.
    pub model: Id,
    /// Quarters of an hour since the epoch.
    pub slot: i64,
    /// What the price depends on.
    pub variant: Variant,
}

/// Responses of one session, agent, model and variant in one quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    /// What they used.
    pub tokens: Tokens,
    /// How many there are.
    pub messages: u64,
    /// How many of them never said that they had ended: their output is a lower bound.
    pub unfinished: u64,
}

impl Bucket {
    /// The bucket that holds one response.
    #[must_use]
    pub fn one(response: &Response) -> Self {
        Self { tokens: response.tokens(), messages: 1, unfinished: u64::from(!response.ended) }
    }

    /// Adds another bucket.
    pub fn add(&mut self, other: &Self) {
        self.tokens.add(&other.tokens);
        self.messages += other.messages;
        self.unfinished += other.unfinished;
    }

    /// Takes another bucket away.
    pub fn remove(&mut self, other: &Self) {
        self.tokens.remove(&other.tokens);
        self.messages = self.messages.saturating_sub(other.messages);
        self.unfinished = self.unfinished.saturating_sub(other.unfinished);
    }

    /// Nothing is left in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn responses() -> impl Strategy<Value = Response> {
        let counts = prop::array::uniform7(0u32..9);
        (
            0i64..4,
            0i64..3,
            1u32..4,
            0u32..3,
            1u32..3,
            0u8..3,
            any::<bool>(),
            prop::sample::select(&[0u8, 8, 16, 32, 72][..]),
            counts,
        )
            .prop_map(|(at, born, session, agent, model, claim, ended, kind, c)| Response {
                key: 1,
                at,
                born,
                session,
                agent,
                model: model as u16,
                claim: Claim::from_u8(claim),
                ended,
                kind,
                input: c[0],
                output: c[1],
                cache_read: c[2],
                cache_write: c[3],
                cache_write_5m: c[4],
                cache_write_1h: c[5],
                web_searches: c[6] as u16,
            })
    }

    proptest! {
        #[test]
        fn merging_does_not_depend_on_order(a in responses(), b in responses(), c in responses()) {
            let rank = |id: Id| id;
            prop_assert_eq!(a.merge(b, rank), b.merge(a, rank));
            prop_assert_eq!(a.merge(b, rank).merge(c, rank), a.merge(b.merge(c, rank), rank));
            prop_assert_eq!(a.merge(a, rank), a);
        }
    }

    #[test]
    fn the_better_claim_pays() {
        let row = Response { at: 5, born: 9, session: 1, ..Response::of(1, &Usage::default()) };
        let copy = Response { born: 3, session: 2, ..row };
        assert_eq!(row.merge(copy, |id| id).session, 2, "the file born first");
        let stated = Response { claim: Claim::Stated, ..row };
        assert_eq!(copy.merge(stated, |id| id).session, 1, "what the row states beats that");
        let own = Response { claim: Claim::Own, ..row };
        assert_eq!(copy.merge(own, |id| id).session, 1);
        assert_eq!(row.merge(Response { born: 9, ..copy }, |id| 10 - id).session, 2, "else the smaller id");
    }

    #[test]
    fn variants() {
        let variant = |input: u64| Variant::of(&Usage { input, ..Usage::default() });
        assert!(!variant(100_000).longer_than(100_000));
        assert!(variant(100_001).longer_than(100_000) && !variant(100_001).longer_than(200_000));
        assert!(variant(1_000_000).longer_than(500_000));
        let all = Usage { speed: Speed::Fast, us_only: true, tier: Tier::Batch, ..Usage::default() };
        let all = Variant::of(&all);
        assert!(all.fast() && all.us_only() && all.odd_tier() && !all.longer_than(100_000));
    }

    #[test]
    fn a_response_takes_64_bytes() {
        assert_eq!(size_of::<Response>(), 64, "the memory goal counts on it");
    }

    #[test]
    fn times_before_1970_have_slots_too() {
        let row = Response { at: -1, ..Response::of(1, &Usage::default()) };
        assert_eq!(row.bucket().slot, -1);
    }
}
