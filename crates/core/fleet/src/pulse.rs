//! How lively a session was, minute by minute.

use std::collections::{BTreeMap, VecDeque};

use claudectl_transcript::time::Millis;
use serde::{Deserialize, Serialize};

/// So many minutes are kept, back from the newest row.
pub const MINUTES: i64 = 60;
const MINUTE_MS: i64 = 60_000;

/// Rows of a transcript by the minute they were made in, of its last hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pulse {
    /// Minutes since the epoch with their rows, the oldest first; minutes without rows are left out.
    minutes: VecDeque<(i64, u32)>,
}

impl Pulse {
    /// Counts a row. One that is older than what is kept is passed over.
    pub fn beat(&mut self, at: Option<Millis>) {
        let Some(minute) = at.map(|at| at.div_euclid(MINUTE_MS)) else { return };
        self.count(minute, 1);
    }

    /// Adds what another transcript of the session counted.
    pub fn add(&mut self, other: &Self) {
        for &(minute, rows) in &other.minutes {
            self.count(minute, rows);
        }
    }

    fn count(&mut self, minute: i64, rows: u32) {
        // Nearly always the newest, or the one after it.
        let after = self.minutes.iter().rposition(|(known, _)| *known <= minute);
        match after {
            Some(index) if self.minutes[index].0 == minute => {
                self.minutes[index].1 = self.minutes[index].1.saturating_add(rows);
            }
            Some(index) => self.minutes.insert(index + 1, (minute, rows)),
            None => self.minutes.push_front((minute, rows)),
        }
        let newest = self.minutes.back().map_or(minute, |(newest, _)| *newest);
        self.minutes.retain(|(minute, _)| newest.saturating_sub(*minute) < MINUTES);
    }

    /// Rows in each of `cells` stretches of `minutes_each`, the last of which holds `now` (milliseconds since the
    /// epoch).
    #[must_use]
    pub fn levels(&self, now: i64, cells: usize, minutes_each: i64) -> Vec<u32> {
        let each = minutes_each.max(1);
        let last = now.div_euclid(MINUTE_MS).div_euclid(each);
        let mut by_cell: BTreeMap<i64, u32> = BTreeMap::new();
        for &(minute, rows) in &self.minutes {
            let sum = by_cell.entry(minute.div_euclid(each)).or_default();
            *sum = sum.saturating_add(rows);
        }
        let first = last - i64::try_from(cells).unwrap_or(i64::MAX) + 1;
        (first..=last).map(|cell| by_cell.get(&cell).copied().unwrap_or(0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(minutes: &[i64]) -> Pulse {
        let mut pulse = Pulse::default();
        for minute in minutes {
            pulse.beat(Some(minute * MINUTE_MS + 7));
        }
        pulse
    }

    #[test]
    fn rows_count_in_their_minute_whatever_order_they_come_in() {
        let straight = pulse(&[10, 10, 12, 13]);
        assert_eq!(straight, pulse(&[13, 10, 12, 10]));
        assert_eq!(straight.levels(13 * MINUTE_MS, 4, 1), [2, 0, 1, 1]);
        // Stretches begin at even minutes: 10 and 11, 12 and 13, 14 and 15.
        assert_eq!(straight.levels(14 * MINUTE_MS, 3, 2), [2, 2, 0]);
    }

    #[test]
    fn only_the_last_hour_is_kept() {
        let mut long = pulse(&[0, 30, 59]);
        assert_eq!(long.levels(59 * MINUTE_MS, 60, 1).iter().sum::<u32>(), 3);
        long.beat(Some(60 * MINUTE_MS));
        assert_eq!(long.levels(60 * MINUTE_MS, 61, 1).iter().sum::<u32>(), 3, "minute 0 is gone");
        long.beat(Some(-1));
        long.beat(None);
        assert_eq!(long, pulse(&[30, 59, 60]));
    }

    #[test]
    fn transcripts_of_one_session_add_up() {
        let mut own = pulse(&[5, 6]);
        own.add(&pulse(&[6, 7]));
        assert_eq!(own.levels(7 * MINUTE_MS, 3, 1), [1, 2, 1]);
        assert_eq!(own.levels(8 * MINUTE_MS, 2, 1), [1, 0], "time goes on without rows");
    }

    #[test]
    fn it_is_kept_as_pairs() {
        let own = pulse(&[5, 6, 6]);
        let text = serde_json::to_string(&own).unwrap();
        assert_eq!(text, "[[5,1],[6,2]]");
        assert_eq!(serde_json::from_str::<Pulse>(&text).unwrap(), own);
    }
}
