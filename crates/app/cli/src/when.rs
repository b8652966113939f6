//! Times on the command line: `7d`, `2026-11-01`, `2026-11-01T12:00`, `today`, RFC 3339.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::error::{CliError, Result};

/// The day with the last moment that can be told.
const LAST: Date = jiff::civil::date(9999, 12, 30);

/// Milliseconds of one unit.
const UNITS: [(&str, i64); 5] =
    [("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 7 * 86_400_000)];

/// A stretch of time: a whole number and one unit of `s m h d w`.
pub(crate) fn duration_ms(text: &str) -> Option<i64> {
    UNITS.iter().find_map(|(unit, millis)| {
        let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
        Some(i64::from(number) * millis)
    })
}

/// Not a stretch of time.
#[derive(Debug, thiserror::Error)]
#[error("write it as 30s, 10m, 2h or 1d")]
pub(crate) struct NoDuration;

/// A stretch of time, for an option.
pub(crate) fn duration(text: &str) -> Result<Duration, NoDuration> {
    let millis = duration_ms(text.trim()).ok_or(NoDuration)?;
    Ok(Duration::from_millis(millis.unsigned_abs()))
}

/// A moment, in milliseconds since the epoch. A stretch means that long before `now`. A date means
/// its beginning in the zone; where it ends a range (`end`), the day itself still belongs to it.
pub(crate) fn moment_ms(flag: &str, text: &str, now: i64, zone: &TimeZone, end: bool) -> Result<i64> {
    let text = text.trim();
    if let Some(ago) = duration_ms(text) {
        return Ok(now.saturating_sub(ago));
    }
    let today = || Timestamp::from_millisecond(now).map(|at| zone.to_datetime(at).date()).ok();
    let date = match text {
        "today" => today(),
        "yesterday" => today().and_then(|date| date.yesterday().ok()),
        _ => text.parse::<Date>().ok().filter(|_| text.len() <= 10),
    };
    let at = match date {
        Some(date) => date
            .checked_add(i64::from(end).days())
            .and_then(|date| zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())))
            .ok(),
        None => text
            .parse::<Timestamp>()
            .or_else(|_| text.parse::<DateTime>().and_then(|at| zone.to_timestamp(at)))
            .ok(),
    };
    // The last days that can be written are no moments any more that can be told.
    let at = at.or_else(|| {
        let date =
            date.or_else(|| Pieces::parse(text).ok().filter(|it| it.time().is_some()).map(|it| it.date()))?;
        (date >= LAST).then_some(Timestamp::MAX)
    });
    at.map(Timestamp::as_millisecond).ok_or_else(|| {
        CliError::usage(format!("{flag} does not understand {text:?}"))
            .why("it takes a stretch of time (30m, 24h, 7d, 2w), a day (2026-11-01, today, yesterday) or a moment")
            .fix(format!("for example: {flag} 7d"))
    })
}

/// When a day begins, milliseconds since the epoch.
pub(crate) fn midnight(date: jiff::civil::Date, zone: &TimeZone) -> Option<i64> {
    let at = zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
    Some(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches() {
        assert_eq!(duration_ms("90d"), Some(90 * 86_400_000));
        assert_eq!(duration_ms("1w"), Some(7 * 86_400_000));
        for text in ["", "d", "7 d", "90days", "-1d", "1.5h", "7ß", "99999999999d"] {
            assert_eq!(duration_ms(text), None, "{text}");
        }
    }

    #[test]
    fn moments() {
        let now = 1_795_500_000_000; // 2026-11-24T06:00:00Z
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str, end| moment_ms("--since", text, now, &zone, end).ok();
        assert_eq!(at("24h", false), Some(now - 86_400_000));
        assert_eq!(at("2026-11-24", false), Some(1_795_474_800_000), "23:00 the day before, UTC");
        assert_eq!(at("today", false), at("2026-11-24", false));
        assert_eq!(at("2026-11-24", true), at("2026-11-25", false), "the day is part of the range");
        assert_eq!(at("2026-11-24T07:00", false), Some(now));
        assert_eq!(at("2026-11-24T06:00:00Z", false), Some(now));
        assert_eq!(at("soon", false), None);
        for far in
            ["9999-12-30", "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59", "9999-12-31T00:00-12:00"]
        {
            assert_eq!(at(far, true), Some(Timestamp::MAX.as_millisecond()), "{far}");
        }
        assert!(at("9999-12-29", true) < at("9999-12-31", true));
        for none in ["9999-12-32", "9999-12-31T", "10000-01-01", "9999-12-31 soon"] {
            assert_eq!(at(none, true), None, "{none}");
        }
        // Clocks go forward on 2026-03-29 in Berlin: that day has 23 hours.
        let spring = at("2026-03-30", false).unwrap() - at("2026-03-29", false).unwrap();
        assert_eq!(spring, 23 * 3_600_000);
    }
}
