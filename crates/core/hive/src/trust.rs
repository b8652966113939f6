//! How far an author is trusted in a category of knowledge.
//!
//! What an author says turns out right or wrong by what the person here decides. Each decision counts once for an author and
//! a category, however many of its claims spoke of the call, and counts half after [`HALF_LIFE`]. Who disagrees honestly loses
//! trust and nothing else; held back altogether is only who signs two versions under one number, or sends more than it may.
//! The author here is not rated: that would be asking oneself.

use std::collections::BTreeMap;

use crate::clock::Millis;
use crate::content::Category;
use crate::key::PublicKey;

/// What is thought of an author of whom nothing is known: as much for it, and as much against it. So it begins with a
/// quarter, two decisions for it make it [`Tier::Suggested`], eleven [`Tier::Confirmed`], and two against it [`Tier::Ignored`].
const BEFORE: (f64, f64) = (1.0, 3.0);
/// After so many milliseconds a decision counts half: 90 days.
pub const HALF_LIFE: u64 = 90 * DAY;
/// So much is kept of what was decided, all together: who was right for years is still found out within weeks.
const MOST: f64 = 100.0;
/// What a person sets weighs as much as so many decisions, at least.
const SET: f64 = 20.0;
/// An author that sent too much is held back for so long.
pub const COOLDOWN: u64 = 7 * DAY;
const DAY: u64 = 86_400_000;

/// How far somebody is trusted, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Not at all.
    Ignored,
    /// Nothing speaks against it.
    Unverified,
    /// It was right more often than not.
    Suggested,
    /// It was right nearly always.
    Confirmed,
}

impl Tier {
    /// All of them, the least first.
    pub const ALL: [Tier; 4] = [Tier::Ignored, Tier::Unverified, Tier::Suggested, Tier::Confirmed];

    /// From which level on it is this one.
    pub const fn from_level(self) -> f64 {
        match self {
            Tier::Ignored => 0.0,
            Tier::Unverified => 0.2,
            Tier::Suggested => 0.5,
            Tier::Confirmed => 0.8,
        }
    }

    /// That of a level.
    pub fn of(level: f64) -> Tier {
        let reached = Tier::ALL.into_iter().rev().find(|tier| level >= tier.from_level());
        reached.unwrap_or(Tier::Ignored)
    }

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Tier::Ignored => "ignored",
            Tier::Unverified => "unverified",
            Tier::Suggested => "suggested",
            Tier::Confirmed => "confirmed",
        }
    }

    /// The one of a name; `any` is the least.
    pub fn parse(word: &str) -> Option<Tier> {
        let any = (word == "any").then_some(Tier::Ignored);
        Tier::ALL.into_iter().find(|tier| tier.word() == word).or(any)
    }
}

/// What spoke for an author and against it, as of a time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trust {
    /// So often it was right.
    pub good: f64,
    /// So often it was not.
    pub bad: f64,
    /// When that was counted.
    pub at: Millis,
}

impl Trust {
    /// What a person says of an author, from 0 to 1. Neither end is reached: what is decided later goes on counting.
    pub fn set(level: f64, now: Millis) -> Trust {
        let level = if level.is_finite() { level.clamp(0.03, 0.97) } else { 0.03 };
        let (for_it, against) = BEFORE;
        let all = SET.max(for_it / level).max(against / (1.0 - level));
        let part = |share: f64, before: f64| (share * all - before).max(0.0);
        Trust { good: part(level, for_it), bad: part(1.0 - level, against), at: now }
    }

    /// Takes in one decision: which share of what the author said of it was right.
    pub fn learn(&mut self, right: f64, now: Millis) {
        let right = if right.is_finite() { right.clamp(0.0, 1.0) } else { 0.0 };
        let (good, bad) = self.left(now);
        let (good, bad) = (good + right, bad + 1.0 - right);
        let keep = (MOST / (good + bad)).min(1.0);
        *self = Trust { good: good * keep, bad: bad * keep, at: self.at.max(now) };
    }

    /// How likely the author is right, from 0 to 1.
    pub fn level(&self, now: Millis) -> f64 {
        let (good, bad) = self.left(now);
        let (for_it, against) = BEFORE;
        (for_it + good) / (for_it + against + good + bad)
    }

    /// What is left of both. A clock that was put back takes nothing away, and numbers that are none count for nothing.
    fn left(&self, now: Millis) -> (f64, f64) {
        let age = now.0.saturating_sub(self.at.0) as f64 / HALF_LIFE as f64;
        let left = 0.5_f64.powf(age);
        let sound = |of: f64| if of.is_finite() { of.clamp(0.0, MOST) } else { 0.0 };
        let (good, bad) = (sound(self.good), sound(self.bad));
        let left = left * MOST / (good + bad).max(MOST);
        (good * left, bad * left)
    }
}

/// Why an author is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It signed two versions under one number. That does not pass by itself.
    Equivocation,
    /// It sent more than it may. That passes.
    Quota,
}

impl Cause {
    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Cause::Equivocation => "equivocation",
            Cause::Quota => "quota",
        }
    }

    /// The one of a name.
    pub fn parse(word: &str) -> Option<Cause> {
        [Cause::Equivocation, Cause::Quota].into_iter().find(|cause| cause.word() == word)
    }
}

/// That an author is held back, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// Why.
    pub cause: Cause,
    /// Since when.
    pub since: Millis,
}

impl Frozen {
    /// Whether it still is.
    pub fn holds(&self, now: Millis) -> bool {
        match self.cause {
            Cause::Equivocation => true,
            Cause::Quota => now.0 < self.since.0.saturating_add(COOLDOWN),
        }
    }
}

/// What is thought of everybody.
#[derive(Debug, Clone)]
pub struct Trusts {
    local: PublicKey,
    /// Of whom something is known, and in what.
    pub known: BTreeMap<(PublicKey, Category), Trust>,
    /// Who is held back.
    pub frozen: BTreeMap<PublicKey, Frozen>,
}

impl Trusts {
    /// Of nobody anything. `local` is the author here.
    pub fn new(local: PublicKey) -> Trusts {
        Trusts { local, known: BTreeMap::new(), frozen: BTreeMap::new() }
    }

    /// The author here.
    pub fn local(&self) -> &PublicKey {
        &self.local
    }

    /// How likely an author is right in a category; 1 for the author here.
    pub fn level(&self, author: &PublicKey, category: Category, now: Millis) -> f64 {
        if *author == self.local {
            return 1.0;
        }
        self.known.get(&(*author, category)).copied().unwrap_or_default().level(now)
    }

    /// How far a machine may be shown what is not for all: by everything that was decided about it, in whatever category.
    /// Of whom nothing is known, not at all.
    pub fn tier_of_peer(&self, peer: &PublicKey, now: Millis) -> Tier {
        let of = Category::ALL.into_iter().filter_map(|category| self.known.get(&(*peer, category)));
        let sum = of.map(|trust| trust.left(now)).reduce(|a, b| (a.0 + b.0, a.1 + b.1));
        sum.map_or(Tier::Ignored, |(good, bad)| Tier::of(Trust { good, bad, at: now }.level(now)))
    }

    /// Whether an author is held back.
    pub fn is_frozen(&self, author: &PublicKey, now: Millis) -> bool {
        self.frozen.get(author).is_some_and(|frozen| frozen.holds(now))
    }

    /// Takes in one decision: who said something of the call, in which category, and whether that is what was wanted.
    pub fn decided(
        &mut self,
        said: impl IntoIterator<Item = (PublicKey, Category, bool)>,
        now: Millis,
    ) -> Vec<(PublicKey, Category)> {
        let mut of: BTreeMap<(PublicKey, Category), (u32, u32)> = BTreeMap::new();
        for (author, category, right) in said.into_iter().filter(|(author, ..)| *author != self.local) {
            let (times, all) = of.entry((author, category)).or_default();
            *times += u32::from(right);
            *all += 1;
        }
        for (who, (times, all)) in &of {
            self.known.entry(*who).or_default().learn(f64::from(*times) / f64::from(*all), now);
        }
        of.into_keys().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Millis = Millis(1_800_000_000_000);
    const PRACTICE: Category = Category::BestPractice;

    fn key(of: u8) -> PublicKey {
        PublicKey::from_bytes([of; 32])
    }

    fn after(good: u32, bad: u32) -> Trust {
        let mut trust = Trust::default();
        (0..good).for_each(|_| trust.learn(1.0, NOW));
        (0..bad).for_each(|_| trust.learn(0.0, NOW));
        trust
    }

    #[test]
    fn trust_is_earned_and_lost_by_decisions() {
        let tier = |good, bad| Tier::of(after(good, bad).level(NOW));
        assert_eq!((tier(0, 0), tier(1, 0)), (Tier::Unverified, Tier::Unverified));
        assert_eq!(
            (tier(2, 0), tier(10, 0), tier(11, 0)),
            (Tier::Suggested, Tier::Suggested, Tier::Confirmed)
        );
        assert_eq!((tier(0, 1), tier(0, 2)), (Tier::Unverified, Tier::Ignored));
        for tier in Tier::ALL {
            assert_eq!((Tier::parse(tier.word()), Tier::of(tier.from_level())), (Some(tier), tier));
        }
        assert_eq!((Tier::parse("any"), Tier::parse("hive")), (Some(Tier::Ignored), None));
    }

    #[test]
    fn what_was_decided_fades_to_what_is_thought_of_a_stranger() {
        let good = after(12, 0);
        let later = |lives: u64| good.level(Millis(NOW.0 + lives * HALF_LIFE));
        assert!((later(1) - 7.0 / 10.0).abs() < 1e-9, "six of twelve are left");
        assert!(later(40) - Trust::default().level(NOW) < 1e-9);
        assert_eq!(good.level(Millis(0)), good.level(NOW), "a clock that was put back");
    }

    #[test]
    fn a_decision_counts_once_and_never_for_oneself() {
        let mut trusts = Trusts::new(key(1));
        let said = [
            (key(2), PRACTICE, true),
            (key(2), PRACTICE, true),
            (key(2), PRACTICE, false),
            (key(1), PRACTICE, true),
        ];
        assert_eq!(trusts.decided(said, NOW), [(key(2), PRACTICE)]);
        let own = trusts.known[&(key(2), PRACTICE)];
        assert!((own.good - 2.0 / 3.0).abs() < 1e-9 && (own.bad - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(trusts.known.len(), 1);
        assert_eq!(trusts.level(&key(1), PRACTICE, NOW), 1.0);
        assert_eq!(trusts.level(&key(2), Category::Technique, NOW), trusts.level(&key(9), PRACTICE, NOW));
        assert_eq!(trusts.tier_of_peer(&key(9), NOW), Tier::Ignored, "unknown is the least");
        assert_eq!(trusts.tier_of_peer(&key(2), NOW), Tier::Unverified);
    }

    #[test]
    fn who_sent_too_much_is_let_go_and_who_lied_is_not() {
        let frozen = |cause| Frozen { cause, since: NOW };
        let (soon, late) = (Millis(NOW.0 + COOLDOWN - 1), Millis(NOW.0 + COOLDOWN));
        assert!(frozen(Cause::Quota).holds(soon) && !frozen(Cause::Quota).holds(late));
        assert!(frozen(Cause::Equivocation).holds(late));
        let mut trusts = Trusts::new(key(1));
        trusts.frozen.insert(key(2), frozen(Cause::Quota));
        assert!(
            trusts.is_frozen(&key(2), soon)
                && !trusts.is_frozen(&key(2), late)
                && !trusts.is_frozen(&key(3), soon)
        );
        assert_eq!(["equivocation", "quota", "x"].map(Cause::parse).iter().flatten().count(), 2);
    }

    proptest! {
        #[test]
        fn it_stays_a_share_and_follows_what_is_decided(
            good in prop::num::f64::ANY, bad in prop::num::f64::ANY, at in any::<u64>(), now in any::<u64>(), right: bool,
        ) {
            let mut trust = Trust { good, bad, at: Millis(at) };
            let before = trust.level(Millis(now));
            prop_assert!(before > 0.0 && before < 1.0);
            trust.learn(f64::from(u8::from(right)), Millis(now));
            let after = trust.level(Millis(now));
            prop_assert!(after > 0.0 && after < 1.0);
            prop_assert!(if right { after >= before - 1e-9 } else { after <= before + 1e-9 }, "{} to {}", before, after);
            prop_assert!(trust.good + trust.bad <= MOST + 1e-6);
        }

        #[test]
        fn what_a_person_sets_is_what_it_is(level in 0.03..0.97_f64) {
            prop_assert!((Trust::set(level, NOW).level(NOW) - level).abs() < 1e-9);
        }
    }
}
