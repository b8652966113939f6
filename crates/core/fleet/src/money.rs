//! Amounts of money, exact.
//!
//! Prices go down to a cent for a million tokens and are multiplied by counts in the billions, so
//! amounts are whole picodollars (10⁻¹² USD): sums do not depend on their order and never drift.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// Picodollars in a dollar.
const PICO: i128 = 1_000_000_000_000;

/// An amount in US dollars, held in picodollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i128);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From picodollars.
    #[must_use]
    pub const fn from_pico(pico: i128) -> Self {
        Self(pico)
    }

    /// In trillionths of a dollar, as far as 64 bits go (nine million dollars).
    #[must_use]
    pub fn pico(self) -> i64 {
        i64::try_from(self.0).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }

    /// From a decimal number of dollars, rounded to the picodollar; `None` unless finite and below
    /// 10¹⁵ dollars.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        (dollars.is_finite() && dollars.abs() < 1e15).then(|| Self((dollars * 1e12).round() as i128))
    }

    /// A price in dollars per million tokens as an amount per token.
    #[must_use]
    pub fn per_million(dollars: f64) -> Option<Self> {
        Self::from_dollars(dollars / 1e6)
    }

    /// The nearest float, in dollars: for JSON and for drawing, never for sums.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PICO as f64
    }

    /// This amount, `count` times.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(i128::from(count)))
    }

    /// This amount times `percent` / 100.
    #[must_use]
    pub fn percent(self, percent: u32) -> Self {
        Self(self.0.saturating_mul(i128::from(percent)) / 100)
    }

    /// Cents, rounded half away from zero.
    #[must_use]
    pub fn cents(self) -> i128 {
        let cent = PICO / 100;
        (self.0 + self.0.signum() * cent / 2) / cent
    }

    /// As shown where one session is looked at: hundredths of a cent below ten dollars, cents above.
    #[must_use]
    pub fn exact(self) -> String {
        let step = PICO / 10_000;
        let steps = (self.0.saturating_add(self.0.signum() * step / 2) / step).unsigned_abs();
        if steps == 0 || steps >= 100_000 {
            return self.to_string();
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}${}.{:04}", steps / 10_000, steps % 10_000)
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    /// Dollars and cents, `$1,234.50`; something below half a cent, but not nothing, is `<$0.01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents();
        if cents == 0 && self.0 != 0 {
            return f.pad("<$0.01");
        }
        let sign = if cents < 0 { "-" } else { "" };
        let whole = group_thousands(cents.unsigned_abs() / 100);
        f.pad(&format!("{sign}${whole}.{:02}", cents.unsigned_abs() % 100))
    }
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn group_thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An amount as a number of trillionths of a dollar, for files of our own.
pub mod pico {
    use super::Usd;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it. What is more than nine million dollars is written as that.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize<S: Serializer>(usd: &Usd, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(usd.pico())
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is no whole number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
        i64::deserialize(deserializer).map(|pico| Usd::from_pico(pico.into()))
    }
}

/// The same, of an amount that may be missing.
pub mod maybe_pico {
    use super::Usd;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes it.
    ///
    /// # Errors
    /// When the serializer fails.
    pub fn serialize<S: Serializer>(usd: &Option<Usd>, serializer: S) -> Result<S::Ok, S::Error> {
        usd.map(Usd::pico).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is no whole number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Usd>, D::Error> {
        let pico = Option::<i64>::deserialize(deserializer)?;
        Ok(pico.map(|pico| Usd::from_pico(pico.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_amounts() {
        let exact = |dollars: f64| Usd::from_dollars(dollars).map(Usd::exact);
        assert_eq!(exact(0.101_436).as_deref(), Some("$0.1014"));
        assert_eq!(exact(-0.000_62).as_deref(), Some("-$0.0006"));
        assert_eq!(exact(9.999_96).as_deref(), Some("$10.00"));
        assert_eq!(exact(0.000_04).as_deref(), Some("<$0.01"));
        assert_eq!(exact(0.0).as_deref(), Some("$0.00"));
    }

    #[test]
    fn shown_as_money() {
        let shown = |dollars: f64| Usd::from_dollars(dollars).unwrap().to_string();
        assert_eq!(shown(0.0), "$0.00");
        assert_eq!(shown(0.004), "<$0.01");
        assert_eq!(shown(0.005), "$0.01");
        assert_eq!(shown(1234.5), "$1,234.50");
        assert_eq!(shown(1_234_567.891), "$1,234,567.89");
        assert_eq!(shown(-2.5), "-$2.50");
        assert_eq!(format!("{:>8}", Usd::from_dollars(1.0).unwrap()), "   $1.00");
    }

    #[test]
    fn a_million_tokens_cost_their_price_exactly() {
        for price in [0.01, 0.1, 0.125, 0.2, 3.75, 22.5, 75.0] {
            let token = Usd::per_million(price).unwrap();
            assert_eq!(token.times(1_000_000), Usd::from_dollars(price).unwrap(), "{price}");
        }
        assert_eq!(
            Usd::per_million(0.125).unwrap().percent(110).times(8_000_000),
            Usd::from_dollars(1.1).unwrap()
        );
    }

    #[test]
    fn no_amounts_from_nonsense() {
        assert_eq!(Usd::from_dollars(f64::NAN), None);
        assert_eq!(Usd::from_dollars(f64::INFINITY), None);
    }
}
