//! Sessions as the published tool of the same name noted them, in `history.csv`.
//!
//! ```text
//! timestamp,pid,project,model,duration_secs,input_tokens,output_tokens,cost_usd
//! ```
//!
//! It held no session ids, its costs were counted by other rules, and every process that watched a session wrote a row
//! of it. So these are shown apart, and no total counts them.

use claudectl_transcript::time::Millis;

/// The first line of the file.
pub const HEADER: &str = "timestamp,pid,project,model,duration_secs,input_tokens,output_tokens,cost_usd";
/// No line is longer; what is, is something else.
pub const MAX_LINE: usize = 64 * 1024;

/// A session that was noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// When, as it was written.
    pub written: String,
    /// The same as milliseconds since the epoch, where it can be read. Without a zone it is taken for UTC.
    pub at: Option<Millis>,
    /// The client's process.
    pub pid: u32,
    /// The project. Redacted.
    pub project: String,
    /// The model.
    pub model: String,
    /// How long it took, seconds.
    pub seconds: u64,
    /// Input tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// What the published tool took that to cost, in picodollars.
    pub usd_pico: i64,
}

/// Why a line is no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRow {
    /// Not text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Too long.
    #[error("it is longer than a row can be")]
    TooLong,
    /// Another number of fields: torn, most likely.
    #[error("it has {0} fields and not 8: it is torn, or something else")]
    Fields(usize),
    /// A field that is no number.
    #[error("{0} is no number that fits")]
    NoNumber(&'static str),
}

/// Reads a line.
///
/// # Errors
/// Why it is no row.
pub fn parse(line: &[u8]) -> Result<Noted, NoRow> {
    if line.len() > MAX_LINE {
        return Err(NoRow::TooLong);
    }
    let line = std::str::from_utf8(line).map_err(|_| NoRow::NotText)?;
    let fields: Vec<&str> = line.trim_end_matches(['\r', '\n']).split(',').map(str::trim).collect();
    let [written, pid, project, model, seconds, input, output, cost] = fields[..] else {
        return Err(NoRow::Fields(fields.len()));
    };
    let whole = |text: &str, name| text.parse::<u64>().map_err(|_| NoRow::NoNumber(name));
    let usd: f64 = cost.parse().map_err(|_| NoRow::NoNumber("cost_usd"))?;
    Ok(Noted {
        written: one_word(written),
        at: moment(written),
        pid: pid.parse().map_err(|_| NoRow::NoNumber("pid"))?,
        project: one_word(project),
        model: one_word(model),
        seconds: whole(seconds, "duration_secs")?,
        input: whole(input, "input_tokens")?,
        output: whole(output, "output_tokens")?,
        usd_pico: pico(usd).ok_or(NoRow::NoNumber("cost_usd"))?,
    })
}

/// Redacted, and not too long.
fn one_word(text: &str) -> String {
    crate::call::one_line(text)
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn pico(usd: f64) -> Option<i64> {
    let pico = (usd * 1e12).round();
    (pico.is_finite() && (0.0..9e18).contains(&pico)).then_some(pico as i64)
}

/// Seconds or milliseconds since the epoch, RFC 3339, or a date and a time.
fn moment(text: &str) -> Option<Millis> {
    if let Ok(number) = text.parse::<i64>() {
        // Three thousand years in seconds are less than a month in milliseconds.
        return if number < 100_000_000_000 { number.checked_mul(1000) } else { Some(number) };
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    let local: jiff::civil::DateTime = text.replacen(' ', "T", 1).parse().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_as_they_were_written() {
        let row =
            parse(b"2026-03-01T10:00:00Z,4711,api; old,claude-opus-4-6,3600,1200,340,1.2345\r\n").unwrap();
        assert_eq!((row.at, row.pid, row.project.as_str()), (Some(1_772_359_200_000), 4711, "api; old"));
        assert_eq!(
            (row.seconds, row.input, row.output, row.usd_pico),
            (3_600, 1_200, 340, 1_234_500_000_000)
        );
        let at = |text: &str| parse(format!("{text},1,p,m,1,1,1,0").as_bytes()).unwrap().at;
        for same in ["1772359200", "1772359200000", "2026-03-01 10:00:00", "2026-03-01T11:00:00+01:00"] {
            assert_eq!(at(same), Some(1_772_359_200_000), "{same}");
        }
        assert_eq!(at("some day"), None);
    }

    #[test]
    fn what_is_no_row_says_why() {
        assert_eq!(parse(b"2026-03-01,1,p"), Err(NoRow::Fields(3)));
        assert_eq!(parse(b""), Err(NoRow::Fields(1)));
        assert_eq!(parse(b"t,1,p,m,1,1,1,\xff"), Err(NoRow::NotText));
        assert_eq!(parse(&[b','; MAX_LINE + 1]), Err(NoRow::TooLong));
        for (row, field) in [
            ("t,x,p,m,1,1,1,0", "pid"),
            ("t,1,p,m,-1,1,1,0", "duration_secs"),
            ("t,1,p,m,1,1.5,1,0", "input_tokens"),
            ("t,1,p,m,1,1,99999999999999999999,0", "output_tokens"),
            ("t,1,p,m,1,1,1,NaN", "cost_usd"),
            ("t,1,p,m,1,1,1,-1", "cost_usd"),
            ("t,1,p,m,1,1,1,1e300", "cost_usd"),
        ] {
            assert_eq!(parse(row.as_bytes()), Err(NoRow::NoNumber(field)), "{row}");
        }
    }

    #[test]
    fn a_projects_name_is_kept_without_its_secret() {
        let row = parse(b"1,1,ghp_b7Qk2xZr9LmPt4VwYs6NcHdJf8GaEu1TiO3R,m,1,1,1,0").unwrap();
        assert_eq!(row.project, "[redacted:github-token]");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(line in prop::collection::vec(any::<u8>(), 0..100)) {
            drop(parse(&line));
        }
    }
}
