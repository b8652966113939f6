//! How knowledge from elsewhere comes to be used: on a few calls, then on half of them, then on all, by what came of it.
//!
//! A call is tried with a unit or held back from it by a hash of both, so that nothing chooses which; what a person decides
//! where it was held back tells what they would have decided without. Only units that speak of a call are credited with what
//! was decided about it.

use crate::claim::ClaimId;
use crate::content::{Action, Evidence};
use crate::unit::{Call, Unit};
use crate::wilson;

/// How far a unit has come here. It is never sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Not used: it was wrong too often. A person may take it up again.
    Draft,
    /// Tried on a tenth of calls.
    #[default]
    Canary,
    /// On half of them.
    Staged,
    /// On all.
    Live,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 4] = [Stage::Draft, Stage::Canary, Stage::Staged, Stage::Live];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Canary => "canary",
            Stage::Staged => "staged",
            Stage::Live => "live",
        }
    }

    /// The one of a name.
    pub fn parse(word: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// Of a thousand calls it is tried on so many.
    const fn tried_permille(self) -> u64 {
        match self {
            Stage::Draft => 0,
            Stage::Canary => 100,
            Stage::Staged => 500,
            Stage::Live => 1_000,
        }
    }

    /// Where it stands after what was seen.
    ///
    /// Wrong in more than three of five of at least ten decisions, it is a draft. Right in seven of ten of at least 20, it is
    /// staged; of at least 50, live; but not where people agree with it less often for being told of it.
    #[must_use]
    pub fn after(self, tally: &Tally) -> Stage {
        let seen = tally.all();
        let right = f64::from(seen.times) / f64::from(seen.of.max(1));
        let harms = tally.difference().is_some_and(|difference| difference.high < 0.0);
        let rises = |least: u32| seen.of >= least && right >= 0.7 && tally.tried().of > 0 && !harms;
        match self {
            Stage::Draft => Stage::Draft,
            _ if seen.of >= 10 && right < 0.4 => Stage::Draft,
            Stage::Canary if rises(20) => Stage::Staged,
            Stage::Staged if rises(50) => Stage::Live,
            stage => stage,
        }
    }
}

/// What becomes of a unit in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arm {
    /// It is used.
    Tried,
    /// It is held back, to see what is decided without it.
    HeldOut,
}

/// Whether a unit is used in a call. The same for the same call, however often it is asked; what is used at one stage is used at all
/// later ones. Nothing for a draft.
pub fn arm(call: &str, claim: &ClaimId, stage: Stage) -> Option<Arm> {
    if stage == Stage::Draft {
        return None;
    }
    let mut hasher = blake3::Hasher::new_derive_key("claudectl hive 1: whether a unit is used in a call");
    hasher.update(claim.as_bytes()).update(call.as_bytes());
    let mut word = [0; 8];
    hasher.finalize_xof().fill(&mut word);
    let place = u64::from_be_bytes(word) % 1_000;
    Some(if place < stage.tried_permille() { Arm::Tried } else { Arm::HeldOut })
}

/// What was decided about calls of which a unit spoke.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls in which it was used.
    pub shown: u32,
    /// Of these, what it wanted was decided.
    pub followed: u32,
    /// The opposite was.
    pub overridden: u32,
    /// Held back, what it wanted was decided all the same.
    pub without_followed: u32,
    /// Held back, the opposite was.
    pub without_overridden: u32,
}

impl Tally {
    /// Takes in that it was used in a call of which nothing is decided yet.
    pub fn show(&mut self) {
        self.shown = self.shown.saturating_add(1);
    }

    /// Takes in what was decided.
    pub fn see(&mut self, arm: Arm, agreed: bool) {
        let count = match (arm, agreed) {
            (Arm::Tried, true) => &mut self.followed,
            (Arm::Tried, false) => &mut self.overridden,
            (Arm::HeldOut, true) => &mut self.without_followed,
            (Arm::HeldOut, false) => &mut self.without_overridden,
        };
        *count = count.saturating_add(1);
    }

    /// How often it was right where it was used.
    pub fn tried(&self) -> Evidence {
        Evidence { times: self.followed, of: self.followed.saturating_add(self.overridden) }
    }

    /// How often where it was held back.
    pub fn held_out(&self) -> Evidence {
        let of = self.without_followed.saturating_add(self.without_overridden);
        Evidence { times: self.without_followed, of }
    }

    /// How often in all.
    fn all(&self) -> Evidence {
        let (tried, held) = (self.tried(), self.held_out());
        Evidence { times: tried.times.saturating_add(held.times), of: tried.of.saturating_add(held.of) }
    }

    /// By how much more often what it wants is decided where it is used.
    pub fn difference(&self) -> Option<wilson::Difference> {
        wilson::difference(self.tried(), self.held_out())
    }
}

/// What one decision says of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Credit<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// Whether it was used.
    pub arm: Arm,
    /// Whether what it wants was decided.
    pub agreed: bool,
}

/// What a decision about a call says of the units, each with its stage: of those that speak of such calls, and of no others.
pub fn credits<'a>(
    units: impl IntoIterator<Item = (&'a Unit, Stage)>,
    id: &str,
    call: &Call<'_>,
    decided: Action,
) -> Vec<Credit<'a>> {
    let of = |(unit, stage): (&'a Unit, Stage)| {
        let wanted = unit.wants(call)?;
        Some(Credit { unit, arm: arm(id, &unit.brief.claim, stage)?, agreed: wanted == decided })
    };
    units.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Millis;
    use crate::unit::tests::{pattern, say, unit};
    use crate::unit::{Moment, Place};

    fn tally(followed: u32, overridden: u32, without_followed: u32, without_overridden: u32) -> Tally {
        Tally { shown: 0, followed, overridden, without_followed, without_overridden }
    }

    #[test]
    fn stages_follow_what_was_decided() {
        use Stage::{Canary, Draft, Live, Staged};
        for (from, seen, to) in [
            (Canary, tally(2, 0, 17, 0), Canary),
            (Canary, tally(2, 0, 18, 0), Staged),
            (Canary, tally(0, 0, 20, 0), Canary),
            (Canary, tally(7, 3, 7, 3), Staged),
            (Canary, tally(6, 4, 7, 3), Canary),
            (Canary, tally(30, 18, 48, 0), Canary),
            (Canary, tally(1, 5, 2, 2), Draft),
            (Canary, tally(1, 5, 1, 2), Canary),
            (Staged, tally(25, 0, 25, 0), Live),
            (Staged, tally(25, 0, 24, 0), Staged),
            (Live, tally(3, 7, 0, 0), Draft),
            (Live, tally(4, 6, 0, 0), Live),
            (Draft, tally(99, 0, 99, 0), Draft),
        ] {
            assert_eq!(from.after(&seen), to, "{from:?} {seen:?}");
        }
        assert!(Stage::ALL.into_iter().all(|stage| Stage::parse(stage.word()) == Some(stage)));
        assert_eq!((Stage::parse("other"), Stage::default()), (None, Canary));
    }

    #[test]
    fn only_what_speaks_of_a_call_is_credited() {
        let at = Millis(1);
        let push = unit(1, &say(pattern(Action::Deny, "git push", 5, 5)), at);
        let all = unit(2, &say(pattern(Action::Approve, "*", 5, 5)), at);
        let make = unit(3, &say(pattern(Action::Deny, "make", 5, 5)), at);
        let place = Place::default();
        let call = Call { tool: "Bash", command: Some("git push"), place: &place, moment: Moment::default() };
        let units = [(&push, Stage::Live), (&all, Stage::Live), (&make, Stage::Live), (&push, Stage::Draft)];
        let credits = credits(units, "call", &call, Action::Deny);
        let told: Vec<_> =
            credits.iter().map(|credit| (credit.unit.brief.author, credit.arm, credit.agreed)).collect();
        assert_eq!(told, [(push.brief.author, Arm::Tried, true), (all.brief.author, Arm::Tried, false)]);
        let mut tally = Tally::default();
        tally.show();
        credits.iter().for_each(|credit| tally.see(credit.arm, credit.agreed));
        tally.see(Arm::HeldOut, true);
        tally.see(Arm::HeldOut, false);
        assert_eq!(tally, Tally { shown: 1, ..super::tests::tally(1, 1, 1, 1) });
    }

    #[test]
    fn about_as_many_are_tried_as_are_meant_to_be() {
        let claim = ClaimId::from_bytes([5; 32]);
        let tried = |stage| {
            (0..10_000).filter(|call| arm(&call.to_string(), &claim, stage) == Some(Arm::Tried)).count()
        };
        assert!((900..1_100).contains(&tried(Stage::Canary)), "{}", tried(Stage::Canary));
        assert!((4_800..5_200).contains(&tried(Stage::Staged)), "{}", tried(Stage::Staged));
        assert_eq!((tried(Stage::Live), tried(Stage::Draft)), (10_000, 0));
    }

    proptest! {
        #[test]
        fn what_is_tried_stays_tried_at_later_stages(call in ".{0,20}", claim: [u8; 32]) {
            let claim = ClaimId::from_bytes(claim);
            let is_tried = Stage::ALL.map(|stage| arm(&call, &claim, stage) == Some(Arm::Tried));
            prop_assert!(is_tried.is_sorted(), "{:?}", is_tried);
        }

        #[test]
        fn a_decision_of_its_kind_never_sets_a_unit_back(a in 0..60_u32, b in 0..60_u32, c in 0..60_u32, d in 0..60_u32) {
            for stage in Stage::ALL {
                let (before, after) = (tally(a, b, c, d), tally(a + 1, b, c, d));
                prop_assert!(stage.after(&after) >= stage.after(&before), "{:?} {:?}", stage, before);
            }
        }
    }
}
