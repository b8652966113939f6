//! How a project is worked on, from what was answered and what became of calls: what its person always allows, what they
//! never do, what its tests are run with, and what lately failed. It is told to agents, so it is made of kinds alone
//! ([`Kind`]), and of numbers.

use std::collections::BTreeMap;

use crate::kind::{Kind, Purpose};

/// Something that happened to a call of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Its person allowed it.
    Allowed,
    /// They did not.
    Denied,
    /// It ran.
    Ran,
    /// It ran, and failed.
    Failed,
}

/// What is known of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How often it was allowed.
    pub allowed: u64,
    /// How often it was denied.
    pub denied: u64,
    /// How often it ran and did not fail.
    pub ran: u64,
    /// How often it failed.
    pub failed: u64,
    /// When it last failed, milliseconds since the epoch.
    pub failed_at: i64,
    /// How often it has failed since it last did not.
    pub streak: u64,
}

/// All that is known of a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Habits(BTreeMap<Kind, Tally>);

/// A kind with what is known of it.
pub type Known<'a> = (&'a Kind, &'a Tally);

/// So often at least is a thing one's habit.
const OFTEN: u64 = 5;
/// And so often a refusal.
const REFUSED: u64 = 3;

impl Habits {
    /// Takes in what happened, the oldest first.
    pub fn take(&mut self, kind: &Kind, told: Told, at: i64) {
        let tally = self.0.entry(kind.clone()).or_default();
        match told {
            Told::Allowed => tally.allowed += 1,
            Told::Denied => tally.denied += 1,
            Told::Ran => (tally.ran, tally.streak) = (tally.ran + 1, 0),
            Told::Failed => {
                tally.failed += 1;
                tally.streak += 1;
                tally.failed_at = tally.failed_at.max(at);
            }
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn sorted<'a>(&'a self, fits: impl Fn(&Tally) -> bool, by: impl Fn(&Tally) -> u64) -> Vec<Known<'a>> {
        let mut all: Vec<Known<'a>> = self.0.iter().filter(|(_, tally)| fits(tally)).collect();
        all.sort_by_key(|(kind, tally)| (std::cmp::Reverse(by(tally)), *kind));
        all
    }

    /// What is always allowed, the most frequent first.
    #[must_use]
    pub fn allowed(&self) -> Vec<Known<'_>> {
        self.sorted(|tally| tally.denied == 0 && tally.allowed >= OFTEN, |tally| tally.allowed)
    }

    /// What never is, the most frequent first.
    #[must_use]
    pub fn refused(&self) -> Vec<Known<'_>> {
        self.sorted(|tally| tally.allowed == 0 && tally.denied >= REFUSED, |tally| tally.denied)
    }

    /// What failed since a moment, the latest first.
    #[must_use]
    pub fn failed(&self, since: i64) -> Vec<Known<'_>> {
        let by = |tally: &Tally| tally.failed_at.cast_unsigned();
        self.sorted(|tally| tally.failed > 0 && tally.failed_at >= since, by)
    }

    /// What serves a purpose here: one kind that ran often, and more often than all others together.
    #[must_use]
    pub fn ways(&self) -> Vec<(Purpose, &Kind, u64)> {
        let of = |purpose: Purpose| {
            let all: Vec<Known<'_>> =
                self.0.iter().filter(|(kind, _)| kind.purpose() == Some(purpose)).collect();
            // What only was allowed ran, too, where nobody has told of it.
            let times = |tally: &Tally| (tally.ran + tally.failed).max(tally.allowed);
            let whole: u64 = all.iter().map(|(_, tally)| times(tally)).sum();
            let (kind, tally) =
                all.into_iter().max_by_key(|(kind, tally)| (times(tally), std::cmp::Reverse(*kind)))?;
            let own = times(tally);
            let good =
                own >= OFTEN && own * 10 >= whole * 7 && tally.denied == 0 && tally.ran + tally.allowed > 0;
            good.then_some((purpose, kind, own))
        };
        Purpose::ALL.into_iter().filter_map(of).collect()
    }
}

/// So many of each are told, and so much of all together.
const MOST_LINES: usize = 8;
const MOST_BYTES: usize = 4_096;

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// What an agent is told when a session starts: Markdown, of bounded length; `None` where there is nothing to say. `day`
/// writes a moment as a day.
#[must_use]
pub fn briefing(habits: &Habits, failed_since: i64, day: &dyn Fn(i64) -> String) -> Option<String> {
    let ways = habits.ways().into_iter().map(|(purpose, kind, count)| {
        format!("{} `{}` ({}).", purpose.sentence(), kind.text(), times(count))
    });
    let allowed = habits.allowed().into_iter();
    let allowed = allowed
        .map(|(kind, tally)| format!("`{}`: allowed {}, never denied.", kind.text(), times(tally.allowed)));
    let refused = habits.refused().into_iter();
    let refused = refused.map(|(kind, tally)| {
        format!("Do not run `{}`: denied {}, never allowed.", kind.text(), times(tally.denied))
    });
    let failed = habits.failed(failed_since).into_iter();
    let failed = failed.map(|(kind, tally)| {
        let (all, last) = (tally.failed + tally.ran, day(tally.failed_at));
        let still =
            if tally.streak > 1 { format!(", the last {} in a row", tally.streak) } else { String::new() };
        format!("`{}` failed {} of {all} (last on {last}){still}.", kind.text(), tally.failed)
    });
    let sections: [(&str, Vec<String>); 4] = [
        ("How work is done here", ways.take(MOST_LINES).collect()),
        ("What your user allows", allowed.take(MOST_LINES).collect()),
        ("What your user refuses", refused.take(MOST_LINES).collect()),
        ("What failed lately", failed.take(MOST_LINES).collect()),
    ];
    if sections.iter().all(|(_, lines)| lines.is_empty()) {
        return None;
    }
    let mut text = "# Briefing by claudectl\n\nWhat the answers of your user and the results of past calls in this project \
                    say. It gives no permission: what asks will still ask.\n"
        .to_owned();
    for (title, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
        text.push_str(&format!("\n## {title}\n\n"));
        for line in lines {
            text.push_str(&format!("- {line}\n"));
        }
    }
    // Whole lines only.
    let end = match text.len() <= MOST_BYTES {
        true => text.len(),
        false => text[..text.floor_char_boundary(MOST_BYTES)].rfind('\n').map_or(0, |at| at + 1),
    };
    text.truncate(end);
    Some(text)
}

/// What `CLAUDE.md` may say: what is done again and again, and what is never wanted.
#[must_use]
pub fn advice(habits: &Habits) -> Vec<String> {
    let ways = habits.ways().into_iter();
    let ways = ways.map(|(purpose, kind, _)| format!("{} `{}`.", purpose.sentence(), kind.text()));
    let refused = habits.refused().into_iter();
    let refused = refused.map(|(kind, _)| format!("Never run `{}`.", kind.text()));
    ways.chain(refused.take(MOST_LINES)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use claudectl_shell::analyse;
    use claudectl_shell::facts::{NoFacts, Place};

    fn kind(command: &str) -> Kind {
        let place = Place { home: "/h", folder: Some("/h/w"), root: Some("/h/w"), facts: &NoFacts };
        crate::kind::kinds("Bash", &analyse(command, place)).unwrap().remove(0)
    }

    fn habits(all: &[(&str, Told, u64)]) -> Habits {
        let mut habits = Habits::default();
        for (command, told, count) in all {
            for at in 0..*count {
                habits.take(&kind(command), *told, 1_000 + at.cast_signed());
            }
        }
        habits
    }

    fn day(_: i64) -> String {
        "2026-11-23".to_owned()
    }

    #[test]
    fn nothing_is_said_where_nothing_is_known_or_answers_differ() {
        assert_eq!(briefing(&Habits::default(), 0, &day), None);
        let mixed = habits(&[("git push", Told::Allowed, 9), ("git push", Told::Denied, 9)]);
        assert_eq!(briefing(&mixed, 0, &day), None);
        assert_eq!(advice(&mixed), [""; 0]);
        let seldom = habits(&[("cargo test", Told::Ran, 4), ("git push", Told::Denied, 2)]);
        assert_eq!((briefing(&seldom, 0, &day), advice(&seldom)), (None, vec![]));
    }

    #[test]
    fn what_is_done_is_told() {
        let habits = habits(&[
            ("cargo nextest run", Told::Ran, 9),
            ("cargo test", Told::Ran, 1),
            ("cargo nextest run", Told::Failed, 2),
            ("make lint", Told::Allowed, 6),
            ("git push --force", Told::Denied, 3),
        ]);
        let text = briefing(&habits, 0, &day).unwrap();
        for line in [
            "- Tests are run with `cargo nextest run` (11 times).\n",
            "- Code is checked with `make lint` (6 times).\n",
            "- `make lint`: allowed 6 times, never denied.\n",
            "- Do not run `git push --force`: denied 3 times, never allowed.\n",
            "- `cargo nextest run` failed 2 of 11 (last on 2026-11-23), the last 2 in a row.\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(!briefing(&habits, 5_000, &day).unwrap().contains("failed"), "what is long ago is over");
        assert_eq!(
            advice(&habits),
            [
                "Tests are run with `cargo nextest run`.",
                "Code is checked with `make lint`.",
                "Never run `git push --force`."
            ]
        );
    }

    #[test]
    fn two_ways_are_none() {
        let both = habits(&[("cargo nextest run", Told::Ran, 6), ("cargo test", Told::Ran, 6)]);
        assert_eq!(both.ways(), []);
        let refused = habits(&[("cargo test", Told::Ran, 6), ("cargo test", Told::Denied, 1)]);
        assert_eq!(refused.ways(), []);
    }
}
