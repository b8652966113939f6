//! What came of knowledge: of each unit, of each author, and what is only ever shown.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::content::Evidence;
use crate::key::PublicKey;
use crate::rollout::{Stage, Tally};
use crate::unit::Unit;
use crate::wilson::Difference;

/// A unit that was shown so often and decided about no more often than so is dead weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadWeight {
    /// Shown at least so often.
    pub least_shown: u32,
    /// Decided about at most so often.
    pub most_decided: u32,
}

impl Default for DeadWeight {
    fn default() -> DeadWeight {
        DeadWeight { least_shown: 50, most_decided: 5 }
    }
}

impl DeadWeight {
    fn is(&self, tally: &Tally) -> bool {
        tally.shown >= self.least_shown && tally.tried().of <= self.most_decided
    }
}

/// What came of a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfUnit<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// How far it has come.
    pub stage: Stage,
    /// Calls in which it was used.
    pub shown: u32,
    /// How often what it wanted was decided, of how many decisions where it was used.
    pub decided: Evidence,
    /// By how much more often than where it was held back.
    pub difference: Option<Difference>,
}

impl OfUnit<'_> {
    /// How often what it wanted was decided; 0 where nothing was.
    pub fn win_rate(&self) -> f64 {
        rate(self.decided)
    }
}

/// What came of what an author said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfAuthor {
    /// Who.
    pub author: PublicKey,
    /// So many units.
    pub units: usize,
    /// Calls in which they were used.
    pub shown: u64,
    /// How often what they wanted was decided, all together.
    pub decided: Evidence,
    /// Those that are only shown.
    pub dead_weight: usize,
}

impl OfAuthor {
    /// How often what they wanted was decided; 0 where nothing was.
    pub fn win_rate(&self) -> f64 {
        rate(self.decided)
    }
}

fn rate(seen: Evidence) -> f64 {
    f64::from(seen.times) / f64::from(seen.of.max(1))
}

/// What was decided comes first, what was right most often before the rest.
fn order(one: Evidence, other: Evidence) -> Ordering {
    let is_decided = |seen: Evidence| seen.of > 0;
    let by = is_decided(other).cmp(&is_decided(one)).then(rate(other).total_cmp(&rate(one)));
    by.then(other.of.cmp(&one.of))
}

/// A row for each unit, those that were right most often first; what nobody decided about comes last.
pub fn of_units<'a>(units: impl IntoIterator<Item = (&'a Unit, Stage, Tally)>) -> Vec<OfUnit<'a>> {
    let row = |(unit, stage, tally): (&'a Unit, Stage, Tally)| OfUnit {
        unit,
        stage,
        shown: tally.shown,
        decided: tally.tried(),
        difference: tally.difference(),
    };
    let mut rows: Vec<OfUnit<'_>> = units.into_iter().map(row).collect();
    rows.sort_by(|a, b| order(a.decided, b.decided).then(a.unit.brief.claim.cmp(&b.unit.brief.claim)));
    rows
}

/// A row for each author, in the same order.
pub fn of_authors<'a>(
    units: impl IntoIterator<Item = (&'a Unit, Tally)>,
    dead_weight: &DeadWeight,
) -> Vec<OfAuthor> {
    let mut of: BTreeMap<PublicKey, OfAuthor> = BTreeMap::new();
    for (unit, tally) in units {
        let author = unit.brief.author;
        let none = OfAuthor { author, units: 0, shown: 0, decided: Evidence::default(), dead_weight: 0 };
        let row = of.entry(author).or_insert(none);
        let tried = tally.tried();
        row.units += 1;
        row.shown += u64::from(tally.shown);
        row.decided.times = row.decided.times.saturating_add(tried.times);
        row.decided.of = row.decided.of.saturating_add(tried.of);
        row.dead_weight += usize::from(dead_weight.is(&tally));
    }
    let mut rows: Vec<OfAuthor> = of.into_values().collect();
    rows.sort_by(|a, b| order(a.decided, b.decided));
    rows
}

/// What is shown again and again and never decides anything, the most shown first.
pub fn dead_weight<'a>(
    units: impl IntoIterator<Item = (&'a Unit, Stage, Tally)>,
    bounds: &DeadWeight,
) -> Vec<OfUnit<'a>> {
    let mut rows = of_units(units.into_iter().filter(|(_, _, tally)| bounds.is(tally)));
    rows.sort_by_key(|row| std::cmp::Reverse(row.shown));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::content::Action;
    use crate::unit::tests::{author, pattern, say, unit};

    fn tally(shown: u32, followed: u32, overridden: u32) -> Tally {
        Tally { shown, followed, overridden, ..Tally::default() }
    }

    #[test]
    fn rows_are_those_of_the_published_tool() {
        let of = |by, command: &str| unit(by, &say(pattern(Action::Deny, command, 5, 5)), Millis(1));
        let units = [of(1, "a"), of(1, "b"), of(2, "c"), of(3, "d"), of(2, "e")];
        let tallies = [tally(9, 3, 1), tally(60, 2, 3), tally(9, 9, 3), tally(70, 0, 0), tally(50, 0, 5)];
        let all = || units.iter().zip(tallies);
        let rows = of_units(all().map(|(unit, tally)| (unit, Stage::Canary, tally)));
        let told: Vec<_> = rows.iter().map(|row| (row.shown, row.decided.of, row.win_rate())).collect();
        assert_eq!(told, [(9, 12, 0.75), (9, 4, 0.75), (60, 5, 0.4), (50, 5, 0.0), (70, 0, 0.0)]);
        let rows = of_authors(all(), &DeadWeight::default());
        let told: Vec<_> =
            rows.iter().map(|row| (row.author, row.units, row.shown, row.decided, row.dead_weight)).collect();
        let seen = |times, of| Evidence { times, of };
        assert_eq!(told[0], (author(1), 2, 69, seen(5, 9), 1));
        assert_eq!(told[1], (author(2), 2, 59, seen(9, 17), 1));
        assert_eq!(told[2], (author(3), 1, 70, seen(0, 0), 1));
        assert!(rows[0].win_rate() > rows[1].win_rate());
        let dead = |bounds| dead_weight(all().map(|(unit, tally)| (unit, Stage::Live, tally)), &bounds);
        let shown: Vec<u32> = dead(DeadWeight::default()).iter().map(|row| row.shown).collect();
        assert_eq!(shown, [70, 60, 50]);
        assert_eq!(dead(DeadWeight { least_shown: 61, most_decided: 0 }).len(), 1);
    }

    #[test]
    fn what_was_held_back_tells_what_a_unit_does() {
        let unit = unit(1, &say(pattern(Action::Deny, "a", 5, 5)), Millis(1));
        let tally = Tally { without_followed: 5, without_overridden: 45, ..tally(50, 45, 5) };
        let rows = of_units([(&unit, Stage::Staged, tally)]);
        assert!(
            rows[0].difference.is_some_and(|difference| difference.low > 0.6 && difference.middle > 0.79)
        );
        assert_eq!(of_units([(&unit, Stage::Staged, super::tests::tally(50, 45, 5))])[0].difference, None);
    }
}
