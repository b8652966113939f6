//! Which hits come first.
//!
//! There is no model behind it: what people said is likelier what one remembers than what a tool printed, the newer is
//! likelier than the older, and words that stand together are likelier meant than those that stand apart.

use crate::Role;
use crate::matcher::Met;

const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;
/// After so many days being new counts half.
const HALF_DAYS: f64 = 30.0;

/// How good a hit is by what is known without its text.
#[must_use]
pub fn at_sight(role: Role, at: i64, now: i64) -> f64 {
    let weight = match role {
        Role::Name => 3.0,
        Role::Prompt => 2.5,
        Role::Summary | Role::Reply => 2.0,
        Role::Call => 1.2,
        Role::Thinking => 1.0,
        Role::Result => 0.8,
    };
    weight + recency(at, now)
}

/// From 1 for now towards 0.
#[expect(clippy::cast_precision_loss, reason = "days matter, not milliseconds")]
fn recency(at: i64, now: i64) -> f64 {
    let days = now.saturating_sub(at).max(0) as f64 / DAY_MS;
    1.0 / (1.0 + days / HALF_DAYS)
}

/// What the text adds to it: how often and how close together the terms stand, and whether just as they were typed.
#[must_use]
pub fn by_text(text: &str, met: &[Met], terms: usize, typed: &str) -> f64 {
    if met.is_empty() {
        return 0.0;
    }
    let often = (count(met.len()).ln_1p() / 3.0).min(1.0);
    let known = (0..terms).filter(|term| met.iter().any(|met| met.term == *term)).count();
    let all = count(known) / count(terms.max(1));
    let close = if known > 1 { closeness(met, known) } else { 1.0 };
    let dense = 0.5 / (1.0 + count(text.len()) / 2000.0);
    let literal = if contains(text, typed) { 1.0 } else { 0.0 };
    often + all + close + dense + literal
}

/// 1 where all terms that are met stand side by side, less the more bytes lie between.
fn closeness(met: &[Met], known: usize) -> f64 {
    let mut best = usize::MAX;
    for (at, first) in met.iter().enumerate() {
        let mut seen = vec![first.term];
        for next in &met[at..] {
            if !seen.contains(&next.term) {
                seen.push(next.term);
            }
            if seen.len() == known {
                best = best.min(next.range.end - first.range.start);
                break;
            }
        }
    }
    1.0 / (1.0 + count(best) / 200.0)
}

#[expect(clippy::cast_precision_loss, reason = "a weight")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Whether it is in there as it was typed, but for the case of ASCII letters.
fn contains(text: &str, typed: &str) -> bool {
    let (text, typed) = (text.as_bytes(), typed.trim().as_bytes());
    let Some(&first) = typed.first() else { return false };
    let letters = [first.to_ascii_lowercase(), first.to_ascii_uppercase()];
    memchr::memchr2_iter(letters[0], letters[1], text)
        .any(|at| text.get(at..at + typed.len()).is_some_and(|part| part.eq_ignore_ascii_case(typed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::Matcher;
    use crate::query::Query;

    fn score(query: &str, text: &str) -> f64 {
        let parsed = Query::parse(query).unwrap();
        let mut matcher = Matcher::new(&parsed);
        let met = matcher.met(text);
        by_text(text, &met, matcher.terms(), query)
    }

    #[test]
    fn speech_before_output_and_new_before_old() {
        let now = 1_795_500_000_000;
        let month = 30 * 86_400_000;
        assert!(at_sight(Role::Prompt, now - month, now) > at_sight(Role::Result, now, now));
        assert!(at_sight(Role::Reply, now, now) > at_sight(Role::Reply, now - month, now));
        assert!(at_sight(Role::Name, 0, now) > at_sight(Role::Call, now, now));
        assert!(
            at_sight(Role::Reply, now + month, now) <= at_sight(Role::Reply, now, now),
            "a clock that ran ahead"
        );
    }

    #[test]
    fn together_before_apart() {
        let apart = format!("foreign {} key", "word ".repeat(50));
        assert!(score("foreign key", "a foreign key") > score("foreign key", &apart));
        assert!(score("foo_bar", "let foo_bar = 1") > score("foo_bar", "let foo bar = 1"));
        assert!(score("a OR b", "a b") > score("a OR b", "a c"));
        assert!(score("error", "error error error") > score("error", "error once only"));
        assert!(score("x", "nothing") < f64::EPSILON);
    }
}
