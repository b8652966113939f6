//! Questions to what is in view: what there is, who knows most, and what whoever is new should read first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::content::Category;
use crate::key::PublicKey;
use crate::rollout::Stage;
use crate::trust::{Tier, Trusts};
use crate::view::Seen;

/// What is shown to whoever is new is at least so sure.
pub const WELCOME_CONFIDENCE: f64 = 0.7;
/// And no more than so much.
pub const WELCOME_MOST: usize = 50;

/// The order in which things are found: of whom one trusts most, the surest, the most seen.
pub fn explore<'a>(mut seen: Vec<Seen<'a>>) -> Vec<Seen<'a>> {
    let of = |one: &Seen<'_>| one.unit.body.evidence().map_or(0, |evidence| evidence.of);
    seen.sort_by(|a, b| {
        let by = b.tier.cmp(&a.tier).then(b.confidence.total_cmp(&a.confidence));
        by.then_with(|| (Reverse(of(a)), a.unit.brief.claim).cmp(&(Reverse(of(b)), b.unit.brief.claim)))
    });
    seen
}

/// Somebody who knows about a category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expert {
    /// Who.
    pub author: PublicKey,
    /// How far it is trusted.
    pub tier: Tier,
    /// So many units.
    pub units: usize,
    /// How sure they are, on average.
    pub confidence: f64,
}

/// Who has something to say in a category, files aside: whom one trusts most, then how sure it is, then how much.
pub fn experts(seen: &[Seen<'_>], category: Category) -> Vec<Expert> {
    let mut of: BTreeMap<PublicKey, Expert> = BTreeMap::new();
    let fits = |one: &&Seen<'_>| one.unit.body.category() == category && !one.unit.body.kind().is_artifact();
    for one in seen.iter().filter(fits) {
        let author = one.unit.brief.author;
        let none = Expert { author, tier: one.tier, units: 0, confidence: 0.0 };
        let expert = of.entry(author).or_insert(none);
        expert.units += 1;
        expert.confidence += (one.confidence - expert.confidence) / expert.units as f64;
    }
    let mut experts: Vec<Expert> = of.into_values().collect();
    experts.sort_by(|a, b| {
        b.tier.cmp(&a.tier).then(b.confidence.total_cmp(&a.confidence)).then(b.units.cmp(&a.units))
    });
    experts
}

/// What whoever is new should read first: one's own and what has proven itself here, surest first.
pub fn welcome<'a>(seen: Vec<Seen<'a>>, trusts: &Trusts) -> Vec<Seen<'a>> {
    let fits = |one: &Seen<'_>| {
        let is_trusted = one.unit.brief.author == *trusts.local() || one.tier >= Tier::Suggested;
        one.stage == Stage::Live
            && is_trusted
            && !one.unit.body.kind().is_artifact()
            && one.confidence >= WELCOME_CONFIDENCE
    };
    let mut welcome: Vec<Seen<'a>> = explore(seen.into_iter().filter(fits).collect());
    welcome.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    welcome.truncate(WELCOME_MOST);
    welcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::content::Action;
    use crate::trust::Trust;
    use crate::unit::Unit;
    use crate::unit::tests::{author, pattern, say, unit};
    use crate::view::{Local, Looking, view};

    const NOW: Millis = Millis(1_800_000_000_000);

    #[test]
    fn whom_one_trusts_most_comes_first() {
        let mut trusts = Trusts::new(author(1));
        trusts.known.insert((author(2), Category::BestPractice), Trust::set(0.9, NOW));
        let of = |by, command: &str, times| unit(by, &say(pattern(Action::Deny, command, times, times)), NOW);
        let units = [of(3, "a", 90), of(2, "b", 5), of(2, "c", 20), of(1, "d", 90), of(1, "e", 3)];
        let live = Local { stage: Stage::Live, ..Local::default() };
        let looking = Looking { trusts: &trusts, now: NOW, place: None, most: 0 };
        let seen = || view(&units, |_| Some(&live), &looking).seen;
        let names = |seen: &[Seen<'_>]| -> Vec<String> {
            let name = |unit: &Unit| unit.body.key_fields()[1].to_owned();
            seen.iter().map(|one| name(one.unit)).collect()
        };
        assert_eq!(names(&explore(seen())), ["d", "c", "b", "e", "a"]);
        assert_eq!(names(&welcome(seen(), &trusts)), ["d", "c"], "sure, trusted and proven");
        let canary = view(&units, |_| None, &looking).seen;
        assert_eq!(names(&welcome(canary, &trusts)), ["d"]);
        let experts = experts(&seen(), Category::BestPractice);
        let told: Vec<_> = experts.iter().map(|expert| (expert.author, expert.units, expert.tier)).collect();
        assert_eq!(
            told,
            [
                (author(2), 2, Tier::Confirmed),
                (author(1), 2, Tier::Confirmed),
                (author(3), 1, Tier::Unverified)
            ]
        );
        assert!(experts[0].confidence > experts[1].confidence);
        assert!((experts[2].confidence - 0.959).abs() < 1e-3);
        assert_eq!(super::experts(&seen(), Category::Technique), []);
    }
}
