//! What a metric is made of: figures that carry what they were counted of, and say when that was too little.

use claudectl_fleet::session::rfc3339;
use serde::{Serialize, Serializer};

/// Of fewer answers, a mean says nothing.
pub const FEWEST: usize = 10;
/// 95 % of a normal distribution lie within so many standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// What a figure's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Between 0 and 1: so many of so many, with an interval.
    Share,
    /// How many.
    Count,
    /// A mean loss; the smaller, the better.
    Loss,
    /// Milliseconds.
    Milliseconds,
    /// Millionths of a second.
    Microseconds,
    /// United States dollars.
    Usd,
    /// A moment, milliseconds since the epoch.
    Moment,
}

/// One number, with where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// Its name, as in `docs/brain-metrics.md`.
    pub name: &'static str,
    /// What its value is.
    pub unit: Unit,
    /// Its value; `None` where that is not known.
    pub value: Option<f64>,
    /// How many were counted, of a share.
    pub count: Option<u64>,
    /// Of how many.
    pub of: Option<u64>,
    /// No less: of a share at 95 % (Wilson), of times a quarter of them.
    pub low: Option<f64>,
    /// No more.
    pub high: Option<f64>,
}

impl Figure {
    const fn new(name: &'static str, unit: Unit, value: Option<f64>) -> Self {
        Self { name, unit, value, count: None, of: None, low: None, high: None }
    }

    /// So many.
    #[must_use]
    pub fn count(name: &'static str, count: usize) -> Self {
        Self::new(name, Unit::Count, Some(count as f64))
    }

    /// So many of so many. Of none, nothing is known.
    #[must_use]
    pub fn share(name: &'static str, count: usize, of: usize) -> Self {
        let interval = wilson(count as u64, of as u64);
        Self {
            count: Some(count as u64),
            of: Some(of as u64),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            ..Self::new(name, Unit::Share, (of > 0).then(|| count as f64 / of as f64))
        }
    }

    /// A mean loss over so many; over too few, nothing is known.
    #[must_use]
    pub fn loss(name: &'static str, value: f64, of: usize) -> Self {
        let value = (of >= FEWEST && value.is_finite()).then_some(value);
        Self { of: Some(of as u64), ..Self::new(name, Unit::Loss, value) }
    }

    /// The median of times in milliseconds, between a quarter and three quarters of them.
    #[must_use]
    pub fn median(name: &'static str, times: &[i64]) -> Self {
        Self::quantile(name, times, 0.5)
    }

    /// Another quantile of times in milliseconds.
    #[must_use]
    pub fn quantile(name: &'static str, times: &[i64], part: f64) -> Self {
        let times: Vec<f64> = times.iter().map(|time| *time as f64).collect();
        let figure = Self::of_all(name, &times, part);
        // Quarters lie around a median, and not around anything else.
        let is_median = part == 0.5;
        Self { low: figure.low.filter(|_| is_median), high: figure.high.filter(|_| is_median), ..figure }
    }

    /// The median of dollars.
    #[must_use]
    pub fn median_usd(name: &'static str, dollars: &[f64]) -> Self {
        Self { unit: Unit::Usd, ..Self::of_all(name, dollars, 0.5) }
    }

    fn of_all(name: &'static str, values: &[f64], part: f64) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            of: Some(sorted.len() as u64),
            low: quantile(&sorted, 0.25),
            high: quantile(&sorted, 0.75),
            ..Self::new(name, Unit::Milliseconds, quantile(&sorted, part))
        }
    }

    /// A value that was worked out otherwise, of so many.
    #[must_use]
    pub fn worked_out(name: &'static str, unit: Unit, value: Option<f64>, of: usize) -> Self {
        Self { of: Some(of as u64), ..Self::new(name, unit, value) }
    }

    /// When something was.
    #[must_use]
    pub fn moment(name: &'static str, at: Option<i64>) -> Self {
        Self::new(name, Unit::Moment, at.map(|at| at as f64))
    }

    /// Whether it was counted of too few to say much.
    #[must_use]
    pub fn is_of_few(&self) -> bool {
        self.of.is_some_and(|of| of < FEWEST as u64)
    }
}

/// The value below which so large a part of sorted values lies (nearest rank).
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Between what a share lies, at 95 % (Wilson's interval); of none, nothing is known.
#[must_use]
pub fn wilson(count: u64, of: u64) -> Option<(f64, f64)> {
    if of == 0 {
        return None;
    }
    let (count, of) = (count as f64, of as f64);
    let share = count / of;
    let spread = 1.0 + Z * Z / of;
    let middle = (share + Z * Z / (2.0 * of)) / spread;
    let half = Z / spread * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

/// A line of a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// The same ones in each row.
    pub figures: Vec<Figure>,
}

/// Figures by something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// By what.
    pub by: &'static str,
    /// One each.
    pub rows: Vec<Row>,
}

/// A place of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Where it is: of how many answers this is the last, the week's number, or what was said.
    pub x: f64,
    /// When it begins, where it is one of time.
    #[serde(serialize_with = "time")]
    pub at: Option<i64>,
    /// `None` where there was too little.
    pub value: Option<f64>,
    /// No less, of a share.
    pub low: Option<f64>,
    /// No more.
    pub high: Option<f64>,
    /// Of how many.
    pub of: u64,
}

impl Point {
    /// A figure as a place of a curve.
    #[must_use]
    pub fn new(x: f64, at: Option<i64>, figure: &Figure) -> Self {
        let Figure { value, low, high, of, .. } = *figure;
        Self { x, at, value, low, high, of: of.unwrap_or(0) }
    }
}

/// Values one after the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// What its values are.
    pub name: &'static str,
    /// What its values are counted in.
    pub unit: Unit,
    /// Its places.
    pub points: Vec<Point>,
}

/// A call that is worth a look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// When it was made.
    #[serde(serialize_with = "time")]
    pub at: Option<i64>,
    /// Its session.
    pub session: String,
    /// Its id.
    pub tool_use_id: Option<String>,
    /// The tool.
    pub tool: String,
    /// What it is about; redacted.
    pub summary: String,
    /// What it is a case of.
    pub what: &'static str,
    /// How likely it was thought to be wanted.
    pub p: Option<f64>,
    /// How long it took until somebody said so, milliseconds.
    pub after_ms: Option<i64>,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Metric {
    /// What it comes to; the first is the one that counts.
    pub figures: Vec<Figure>,
    /// The same by something.
    pub parts: Vec<Part>,
    /// The same over time.
    pub curves: Vec<Curve>,
    /// Calls that are worth a look.
    pub cases: Vec<Case>,
    /// What it does not know.
    pub unknown: Vec<String>,
}

fn time<S: Serializer>(at: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
    at.and_then(rfc3339).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 5e-4
    }

    #[test]
    fn a_share_lies_where_wilson_says() {
        // Worked out by hand: 9 of 10, z = 1.96.
        let (low, high) = wilson(9, 10).unwrap();
        assert!(near(low, 0.5958) && near(high, 0.9821), "{low} {high}");
        let (low, high) = wilson(0, 3).unwrap();
        assert!(low == 0.0 && near(high, 0.5615), "none of three may be more than half: {high}");
        let (low, high) = wilson(3, 3).unwrap();
        assert!(near(low, 0.4385) && high == 1.0, "{low}");
        assert_eq!(wilson(0, 0), None);
        assert_eq!(Figure::share("x", 0, 0).value, None, "of nothing, nothing is known");
    }

    #[test]
    fn a_median_is_one_of_the_values() {
        let figure = Figure::median("x", &[4_000, 1_000, 9_000, 2_000]);
        assert_eq!([figure.value, figure.low, figure.high], [Some(2_000.0), Some(1_000.0), Some(4_000.0)]);
        assert_eq!((figure.of, figure.is_of_few()), (Some(4), true));
        let most = Figure::quantile("x", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9);
        assert_eq!([most.value, most.low, most.high], [Some(9.0), None, None]);
        assert_eq!(Figure::median("x", &[]).value, None);
        assert_eq!(Figure::median_usd("x", &[0.5]).value, Some(0.5));
    }

    #[test]
    fn a_mean_of_few_is_unknown() {
        assert_eq!(Figure::loss("x", 0.1, 9).value, None);
        assert_eq!(Figure::loss("x", 0.1, 10).value, Some(0.1));
        assert_eq!(Figure::loss("x", f64::NAN, 10).value, None);
    }
}
