//! What a share is at least and at most, seen so often of so many: Wilson's interval at 95 %.

use crate::content::Evidence;

const Z: f64 = 1.959_963_984_540_054;

/// Between what a share lies. Of none, nothing is known: between 0 and 1.
#[must_use]
pub fn interval(seen: Evidence) -> (f64, f64) {
    if seen.of == 0 {
        return (0.0, 1.0);
    }
    let (times, of) = (f64::from(seen.times.min(seen.of)), f64::from(seen.of));
    let share = times / of;
    let spread = 1.0 + Z * Z / of;
    let middle = (share + Z * Z / (2.0 * of)) / spread;
    let half = Z / spread * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// What a share is at least: how sure one may be of it.
#[must_use]
pub fn at_least(seen: Evidence) -> f64 {
    interval(seen).0
}

/// By how much one share is above another, and between what that lies (Newcombe, 1998); nothing where one was never seen.
#[must_use]
pub fn difference(one: Evidence, other: Evidence) -> Option<Difference> {
    if one.of == 0 || other.of == 0 {
        return None;
    }
    let share = |seen: Evidence| f64::from(seen.times.min(seen.of)) / f64::from(seen.of);
    let ((low, high), (other_low, other_high)) = (interval(one), interval(other));
    let (a, b) = (share(one), share(other));
    let far = |x: f64, y: f64| x.hypot(y);
    let middle = a - b;
    Some(Difference {
        low: (middle - far(a - low, other_high - b)).max(-1.0),
        middle,
        high: (middle + far(high - a, b - other_low)).min(1.0),
    })
}

/// How far two shares are apart, at 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// At least.
    pub low: f64,
    /// As it was seen.
    pub middle: f64,
    /// At most.
    pub high: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(times: u32, of: u32) -> Evidence {
        Evidence { times, of }
    }

    #[test]
    fn more_of_the_same_is_surer() {
        assert_eq!(interval(seen(0, 0)), (0.0, 1.0));
        let bounds: Vec<f64> = [1, 5, 20, 100].map(|of| at_least(seen(of, of))).to_vec();
        assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
        assert!((at_least(seen(9, 10)) - 0.5958).abs() < 1e-4, "as it stands in tables");
        assert!((interval(seen(9, 10)).1 - 0.9821).abs() < 1e-4);
        assert_eq!(at_least(seen(12, 10)), at_least(seen(10, 10)), "never more often than of so many");
    }

    #[test]
    fn shares_that_are_apart_are_told_from_those_that_may_not_be() {
        assert_eq!(difference(seen(1, 1), seen(0, 0)), None);
        let far = difference(seen(56, 70), seen(48, 80));
        // The first example of Newcombe's paper: 0.2, from 0.0524 to 0.3339.
        assert!(far.is_some_and(|far| {
            (far.low - 0.0524).abs() < 1e-4
                && (far.middle - 0.2).abs() < 1e-9
                && (far.high - 0.3339).abs() < 1e-4
        }));
        assert!(difference(seen(3, 4), seen(2, 4)).is_some_and(|near| near.low < 0.0 && near.high > 0.0));
    }
}
