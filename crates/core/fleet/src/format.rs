//! Numbers, times and ages as people read them.

use crate::money::group_thousands;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `999`, `12.3k`, `4.56M`, `7.89G`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn short_count(count: u64) -> String {
    let scaled = |unit: f64, name: &str| {
        let value = count as f64 / unit;
        let digits = if value < 9.995 {
            2
        } else if value < 99.95 {
            1
        } else {
            0
        };
        format!("{value:.digits$}{name}")
    };
    match count {
        0..1_000 => count.to_string(),
        1_000..999_500 => scaled(1e3, "k"),
        999_500..999_500_000 => scaled(1e6, "M"),
        _ => scaled(1e9, "G"),
    }
}

/// `1,234,567`.
pub fn count(count: u64) -> String {
    group_thousands(count.into())
}

/// `12 s`, `3 m`, `2 h 5 m`, `4 d`: how long ago something was, or how long it took.
pub fn age(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} m", seconds / 60),
        3_600..86_400 if seconds % 3_600 < 60 => format!("{} h", seconds / 3_600),
        3_600..86_400 => format!("{} h {} m", seconds / 3_600, seconds % 3_600 / 60),
        86_400..TEN_YEARS => format!("{} d", seconds / 86_400),
        // A clock was wrong, or a number is none.
        _ => "> 10 y".to_owned(),
    }
}

/// In seconds.
const TEN_YEARS: i64 = 10 * 365 * 86_400;

/// A moment in local time, to the minute.
pub fn moment(millis: i64, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(at) => zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "-".to_owned(),
    }
}

/// Enough of a session's id to tell it from others.
pub fn short_id(id: &str) -> String {
    // A process's number means another one when it is cut.
    if id.starts_with("pid") { id.to_owned() } else { id.chars().take(8).collect() }
}

/// `12.3 MB`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// `1 session`, `2 sessions`, `2 processes`.
pub fn plural(number: u64, one: &str) -> String {
    let ending = if one.ends_with('s') { "es" } else { "s" };
    if number == 1 { format!("1 {one}") } else { format!("{} {one}{ending}", count(number)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let shown = [0, 999, 1000, 12_345, 999_499, 999_500, 45_600_000, 7_890_000_000].map(short_count);
        assert_eq!(shown, ["0", "999", "1.00k", "12.3k", "999k", "1.00M", "45.6M", "7.89G"]);
    }

    #[test]
    fn ages() {
        let shown = [-5, 0, 59_999, 60_000, 3_600_000, 7_500_000, 200_000_000].map(age);
        assert_eq!(shown, ["0 s", "0 s", "59 s", "1 m", "1 h", "2 h 5 m", "2 d"]);
    }
}
