//! Timestamps of records: RFC 3339 text to milliseconds since the Unix epoch.

/// Milliseconds since 1970-01-01T00:00:00Z, as Claude Code writes them in its registry files.
pub type Millis = i64;

/// Reads `2026-11-22T07:15:26.302Z`, the form Claude Code writes, and any other RFC 3339 instant.
///
/// Returns `None` for text that is no instant.
#[must_use]
pub fn parse_millis(text: &[u8]) -> Option<Millis> {
    canonical(text).or_else(|| {
        let text = std::str::from_utf8(text).ok()?;
        text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
    })
}

/// The fixed form `YYYY-MM-DDTHH:MM:SS.mmmZ`; anything else is left to the full parser.
fn canonical(text: &[u8]) -> Option<Millis> {
    let t: &[u8; 24] = text.try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    if marks.iter().any(|&(at, mark)| t[at] != mark) {
        return None;
    }
    let year = digits(&t[0..4])?;
    let (month, day) = (digits(&t[5..7])?, digits(&t[8..10])?);
    let (hour, minute) = (digits(&t[11..13])?, digits(&t[14..16])?);
    let (second, milli) = (digits(&t[17..19])?, digits(&t[20..23])?);
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None; // days 29 to 31 and leap seconds need the calendar: the full parser has it
    }
    let days = days_from_civil(year, month, day);
    Some(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milli)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// Days since 1970-01-01 of a Gregorian date (years start in March, so that leap days come last).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(text: &str) -> Option<Millis> {
        text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
    }

    #[test]
    fn the_written_form_and_others() {
        assert_eq!(parse_millis(b"1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(parse_millis(b"2026-11-22T07:15:26.302Z"), full("2026-11-22T07:15:26.302Z"));
        assert_eq!(parse_millis(b"2026-11-22T08:15:26+01:00"), full("2026-11-22T07:15:26Z"));
        assert_eq!(parse_millis(b"2024-02-29T23:59:59.999Z"), full("2024-02-29T23:59:59.999Z"));
        assert_eq!(parse_millis(b"yesterday"), None);
        assert_eq!(parse_millis(b"2026-13-22T07:15:26.302Z"), None);
        assert_eq!(parse_millis(b"2026-02-30T07:15:26.302Z"), None);
    }

    proptest::proptest! {
        #[test]
        fn the_fast_form_agrees_with_the_calendar(ms in 0i64..4_102_444_800_000) {
            let text = jiff::Timestamp::from_millisecond(ms).unwrap().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            proptest::prop_assert_eq!(parse_millis(text.as_bytes()), Some(ms));
        }
    }
}
