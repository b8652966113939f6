//! Amounts over time, as bars that stand side by side.

use claudectl_fleet::format;
use jiff::tz::TimeZone;

use super::pen::{Parts, Pen};
use crate::look::Spent;
use crate::text;
use crate::theme::Role;

/// Lines of the plot, its names below it not counted.
const PLOT: usize = 7;
/// Columns of the scale at its side.
const AXIS: usize = 9;
/// No bar is wider, with the blank behind it.
const WIDEST: usize = 8;
/// Hours that a bar may stand for, so that a day is a whole number of bars.
const HOURS: [i64; 8] = [1, 2, 3, 4, 6, 8, 12, 24];
const HOUR_MS: i64 = 60 * 60 * 1000;

/// What is drawn: bars without a break between them, with their names; what stands in one follows what stands in the one
/// before, with a gap in time.
#[derive(Debug, PartialEq)]
pub(super) struct Bars {
    runs: Vec<Vec<(String, f64)>>,
    /// What each bar stands for, where that is not said by its name.
    each: Option<String>,
}

impl Bars {
    fn count(&self) -> usize {
        self.runs.iter().map(Vec::len).sum()
    }

    /// Gaps between runs.
    fn gaps(&self) -> usize {
        self.runs.len().saturating_sub(1)
    }

    fn each(count: u64, unit: &str) -> Option<String> {
        (count > 1).then(|| format!("{} in each bar", format::plural(count, unit)))
    }
}

/// A bar for each day, or for several where there are more days than columns.
pub(super) fn days(days: &[(String, Spent)], room: usize) -> Bars {
    let each = days.len().div_ceil(room).max(1);
    // The last bar holds the latest days, and is whole.
    let (first, rest) = days.split_at(days.len() % each);
    let bars = std::iter::once(first).filter(|part| !part.is_empty()).chain(rest.chunks(each));
    let bar = |part: &[(String, Spent)]| {
        Some((part.first()?.0.clone(), part.iter().map(|(_, spent)| spent.usd.dollars()).sum()))
    };
    Bars { runs: vec![bars.filter_map(bar).collect()], each: Bars::each(each as u64, "day") }
}

/// A bar for each hour in which something was spent, by when it began, the oldest first; or for several hours, where
/// these have no room. What follows after more than that is a run of its own.
pub(super) fn hours(hours: &[(i64, Spent)], zone: &TimeZone, room: usize) -> Bars {
    let days = std::iter::successors(Some(2), |days| Some(days * 2)).map(|days| 24 * days);
    let mut made = Bars { runs: Vec::new(), each: None };
    for each in HOURS.into_iter().chain(days.take(16)) {
        made = hours_in(hours, zone, each);
        if made.count() + made.gaps() <= room {
            break;
        }
    }
    made
}

fn hours_in(hours: &[(i64, Spent)], zone: &TimeZone, each: i64) -> Bars {
    let mut runs: Vec<Vec<(String, f64)>> = Vec::new();
    let mut last = None;
    let mut day = None;
    for (at, spent) in hours {
        let Ok(moment) = jiff::Timestamp::from_millisecond(*at) else { continue };
        // Bars of several hours begin with the day; hours follow each other also where the clock is changed.
        let offset = if each > 1 { i64::from(zone.to_offset(moment).seconds()) * 1000 } else { 0 };
        let bar = (at + offset).div_euclid(each * HOUR_MS);
        let usd = spent.usd.dollars();
        let local = zone.to_datetime(moment);
        match runs.last_mut() {
            Some(run) if last == Some(bar) => run.last_mut().into_iter().for_each(|(_, sum)| *sum += usd),
            Some(run) if last == Some(bar - 1) => {
                let form = if day == Some(local.date()) { "%H:%M" } else { "%m-%d %H:%M" };
                run.push((local.strftime(form).to_string(), usd));
            }
            Some(_) | None => runs.push(vec![(local.strftime("%m-%d %H:%M").to_string(), usd)]),
        }
        (last, day) = (Some(bar), Some(local.date()));
    }
    Bars { runs, each: Bars::each(each.unsigned_abs(), "hour") }
}

/// Lines with bars for what is drawn in so many columns.
pub(super) fn plot(pen: &Pen<'_>, width: usize, bars: impl FnOnce(usize) -> Bars) -> Vec<Parts> {
    let room = width.saturating_sub(AXIS + 1).max(1);
    let bars = bars(room);
    let most = bars.runs.iter().flatten().map(|(_, usd)| *usd).fold(0.0, f64::max);
    if most <= 0.0 {
        return Vec::new();
    }
    let wide = (room.saturating_sub(2 * bars.gaps()) / bars.count().max(1)).clamp(1, WIDEST);
    let (bar, blank) = if wide > 2 { (wide - 1, 1) } else { (wide, 0) };
    // A gap has a blank behind it as a bar has.
    let gap = format!("{}{}", pen.glyphs.gap(), " ".repeat(blank));
    let mut lines = Vec::new();
    for line in (0..PLOT).rev() {
        let axis = match line {
            _ if line == PLOT - 1 => format!("{:>8} ", format!("${most:.2}")),
            0 => format!("{:>8} ", "$0"),
            _ => " ".repeat(AXIS),
        };
        let mut parts = vec![(Role::Faint, axis)];
        for (at, run) in bars.runs.iter().enumerate() {
            if at > 0 {
                parts.push((Role::Faint, gap.clone()));
            }
            let level = |usd: f64| {
                let level = usd / most * as_f64(PLOT) - as_f64(line);
                // What is more than nothing is seen in the lowest line.
                let level = if line == 0 && usd > 0.0 { level.max(0.01) } else { level };
                level.clamp(0.0, 1.0)
            };
            let drawn = run.iter().map(|(_, usd)| {
                format!("{}{}", pen.glyphs.spark([level(*usd)]).repeat(bar), " ".repeat(blank))
            });
            parts.push((Role::Bar, drawn.collect()));
        }
        lines.push(parts);
    }
    let names = names(&bars, bar + blank, text::width(&gap));
    lines.push(vec![(Role::Faint, format!("{}{names}", " ".repeat(AXIS)))]);
    lines.extend(bars.each.map(|each| vec![(Role::Faint, format!("{}{each}", " ".repeat(AXIS)))]));
    lines
}

#[expect(clippy::cast_precision_loss, reason = "lines of a plot")]
fn as_f64(number: usize) -> f64 {
    number as f64
}

/// Names below their bars, as many as fit: first those where a run begins.
fn names(bars: &Bars, wide: usize, gap: usize) -> String {
    let mut from = 0;
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for run in &bars.runs {
        for (at, (name, _)) in run.iter().enumerate() {
            if at == 0 { &mut first } else { &mut others }.push((from, name.as_str()));
            from += wide;
        }
        from += gap;
    }
    let mut placed: Vec<(usize, &str)> = Vec::new();
    for (from, name) in first.into_iter().chain(others) {
        // Two blanks at least stand between two.
        let end = |(from, name): (usize, &str)| from + text::width(name) + 2;
        let is_free = |other: &(usize, &str)| end((from, name)) <= other.0 || from >= end(*other);
        if placed.iter().all(is_free) {
            placed.push((from, name));
        }
    }
    placed.sort_unstable();
    let mut line = String::new();
    for (from, name) in placed {
        line.push_str(&" ".repeat(from.saturating_sub(text::width(&line))));
        line.push_str(name);
    }
    line
}

#[cfg(test)]
mod tests {
    use claudectl_fleet::money::Usd;

    use super::*;

    /// Ones spent in these hours.
    fn spent(at: &[i64]) -> Vec<(i64, Spent)> {
        let one = Spent { usd: Usd::from_dollars(1.0).unwrap(), ..Spent::default() };
        at.iter().map(|hour| (hour * HOUR_MS, one)).collect()
    }

    fn sums(bars: &Bars) -> Vec<Vec<f64>> {
        bars.runs.iter().map(|run| run.iter().map(|(_, usd)| *usd).collect()).collect()
    }

    #[test]
    fn hours_without_anything_between_them_are_runs_of_their_own() {
        let bars = hours(&spent(&[12, 13, 40, 42, 43]), &TimeZone::UTC, 80);
        let names: Vec<Vec<&str>> =
            bars.runs.iter().map(|run| run.iter().map(|(name, _)| name.as_str()).collect()).collect();
        let expected: [&[&str]; 3] = [&["01-01 12:00", "13:00"], &["01-02 16:00"], &["01-02 18:00", "19:00"]];
        assert_eq!((names, bars.each), (expected.map(<[&str]>::to_vec).to_vec(), None));
        assert_eq!(
            super::names(&hours(&spent(&[12, 13, 40]), &TimeZone::UTC, 80), 8, 2),
            "01-01 12:00       01-02 16:00"
        );
    }

    #[test]
    fn where_hours_have_no_room_a_bar_stands_for_several() {
        let bars = hours(&spent(&[0, 1, 2, 3, 24, 25]), &TimeZone::UTC, 4);
        assert_eq!(
            (sums(&bars), bars.each.as_deref()),
            (vec![vec![2.0, 2.0], vec![2.0]], Some("2 hours in each bar"))
        );
        let many: Vec<i64> = (0..5_000).map(|hour| hour * 7).collect();
        for room in [1, 10, 100] {
            let bars = hours(&spent(&many), &TimeZone::UTC, room);
            assert!(bars.count() + bars.gaps() <= room, "{} in {room}", bars.count());
            assert!((sums(&bars).iter().flatten().sum::<f64>() - 5_000.0).abs() < 0.01);
        }
        assert_eq!(sums(&hours(&[], &TimeZone::UTC, 10)), Vec::<Vec<f64>>::new());
    }

    #[test]
    fn bars_of_several_hours_begin_on_the_clock_of_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(-1));
        let bars = hours(&spent(&[0, 1, 2]), &zone, 2);
        assert_eq!(sums(&bars), [[1.0, 2.0]]);
        assert_eq!(bars.runs[0][0].0, "12-31 23:00");
    }
}
