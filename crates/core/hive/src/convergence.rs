//! How widely knowledge has spread: how close each peer is to having all that is here.
//!
//! Bytes in, rows out: whoever keeps the files reads them. It needs nothing of what carries knowledge from one machine to
//! another, so it answers where nothing does.

use crate::published::{self, PeerSync};

/// A peer that has so large a part of what is here counts as converged.
pub const CONVERGED_AT: f64 = 0.9;

/// What is here now.
pub trait Store {
    /// So many units.
    fn total(&self) -> usize;
    /// Whether a unit is among them.
    fn holds(&self, id: &str) -> bool;
}

/// How far a peer has come.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerConvergence {
    /// The peer.
    pub peer_id: String,
    /// So many units are here now.
    pub local_total: usize,
    /// So many of these were sent to it. What was sent and is no longer here does not count: nobody looks nearer by it.
    pub units_sent: usize,
    /// Their part, between 0 and 1; 0 where nothing is here.
    pub ratio: f64,
    /// When the last exchange succeeded, in seconds since the epoch; 0 for never.
    pub last_sync_epoch: u64,
}

impl PeerConvergence {
    /// A peer that has so many of the units that are here.
    #[must_use]
    pub fn new(peer_id: String, local_total: usize, units_sent: usize, last_sync_epoch: u64) -> Self {
        Self { peer_id, local_total, units_sent, ratio: ratio(units_sent, local_total), last_sync_epoch }
    }

    fn of(store: &impl Store, peer: PeerSync) -> Self {
        let units_sent = peer.units_sent.iter().filter(|id| store.holds(id)).count();
        Self::new(peer.peer_id, store.total(), units_sent, peer.last_sync_epoch)
    }

    /// It has nearly all that is here.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.ratio >= CONVERGED_AT
    }
}

fn ratio(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// The state of exchange is not readable as that.
#[derive(Debug, thiserror::Error)]
#[error("it is no state of exchange with peers")]
pub struct NoState(#[from] serde_json::Error);

/// How far each peer has come, those that lag most first, and of equal ones by their names.
///
/// `sync_state` is what stands in the file, if there is one: without one nobody has come anywhere.
///
/// # Errors
/// When it cannot be read. Then there are no rows either, and whoever shows them says why.
pub fn peer_convergence(
    store: &impl Store,
    sync_state: Option<&[u8]>,
) -> Result<Vec<PeerConvergence>, NoState> {
    let Some(bytes) = sync_state else { return Ok(Vec::new()) };
    let peers = published::sync_state(bytes)?;
    let mut rows: Vec<_> = peers.into_values().map(|peer| PeerConvergence::of(store, peer)).collect();
    sort(&mut rows);
    Ok(rows)
}

/// Puts those that lag most first, and of equal ones goes by their names.
pub fn sort(rows: &mut [PeerConvergence]) {
    rows.sort_by(|a, b| a.ratio.total_cmp(&b.ratio).then_with(|| a.peer_id.cmp(&b.peer_id)));
}

/// The ratio that nine of ten peers reach: that of the peer a tenth of the way up (the nearest rank); none where there are no peers.
#[must_use]
pub fn tenth_percentile(rows: &[PeerConvergence]) -> Option<f64> {
    let mut ratios: Vec<f64> = rows.iter().map(|row| row.ratio).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len().div_ceil(10).saturating_sub(1)).copied()
}

/// The ratio in the middle, the mean of both where two are; none where there are no peers.
#[must_use]
pub fn median_convergence(rows: &[PeerConvergence]) -> Option<f64> {
    let mut ratios: Vec<f64> = rows.iter().map(|row| row.ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let middle = ratios.len() / 2;
    match ratios.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(ratios[middle]),
        _ => Some(f64::midpoint(ratios[middle - 1], ratios[middle])),
    }
}

/// So many peers have nearly all that is here.
#[must_use]
pub fn converged_peer_count(rows: &[PeerConvergence]) -> usize {
    rows.iter().filter(|row| row.is_converged()).count()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    impl Store for HashSet<String> {
        fn total(&self) -> usize {
            self.len()
        }

        fn holds(&self, id: &str) -> bool {
            self.contains(id)
        }
    }

    fn ids(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|at| format!("ku_{at}")).collect()
    }

    fn store(units: usize) -> HashSet<String> {
        ids(0..units).into_iter().collect()
    }

    fn peer(name: &str, at: u64, sent: &[String]) -> (String, Value) {
        (name.to_owned(), json!({"peer_id": name, "last_sync_epoch": at, "units_sent": sent}))
    }

    fn rows(units: usize, peers: &[(String, Value)]) -> Vec<PeerConvergence> {
        let state: Value = peers.iter().cloned().collect::<serde_json::Map<_, _>>().into();
        peer_convergence(&store(units), Some(state.to_string().as_bytes())).unwrap()
    }

    fn names(rows: &[PeerConvergence]) -> Vec<&str> {
        rows.iter().map(|row| row.peer_id.as_str()).collect()
    }

    #[test]
    fn nine_of_ten_peers_reach_the_tenth_percentile() {
        let of = |ratios: &[usize]| {
            let rows: Vec<_> =
                ratios.iter().map(|of| PeerConvergence::new(String::new(), 100, *of, 0)).collect();
            tenth_percentile(&rows)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[70]), Some(0.7));
        assert_eq!(of(&[9, 8, 7, 6, 5, 4, 3, 2, 1, 10]), Some(0.01));
        assert_eq!(of(&[9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11]), Some(0.02));
    }

    #[test]
    fn nine_of_ten_are_enough() {
        let rows = rows(10, &[peer("near", 7, &ids(0..9)), peer("far", 0, &ids(0..8))]);
        assert_eq!(names(&rows), ["far", "near"]);
        assert_eq!(
            rows[1],
            PeerConvergence {
                peer_id: "near".to_owned(),
                local_total: 10,
                units_sent: 9,
                ratio: 0.9,
                last_sync_epoch: 7
            }
        );
        assert!(rows[1].is_converged() && !rows[0].is_converged());
        assert_eq!((converged_peer_count(&rows), rows[0].last_sync_epoch), (1, 0));
    }

    #[test]
    fn what_is_no_longer_here_counts_for_nothing() {
        let gone = [ids(0..1), ids(100..200)].concat();
        let rows = rows(10, &[peer("p", 1, &gone)]);
        assert_eq!((rows[0].units_sent, rows[0].ratio), (1, 0.1));
    }

    #[test]
    fn what_was_sent_twice_counts_once() {
        let twice = [ids(0..2), ids(0..2)].concat();
        let rows = rows(4, &[peer("p", 1, &twice)]);
        assert_eq!((rows[0].units_sent, rows[0].ratio), (2, 0.5));
    }

    #[test]
    fn where_nothing_is_here_nobody_is_near() {
        let rows = rows(0, &[peer("b", 1, &ids(0..5)), peer("a", 1, &[])]);
        assert_eq!(names(&rows), ["a", "b"]);
        assert!(rows.iter().all(|row| row.ratio == 0.0 && row.units_sent == 0 && row.local_total == 0));
        assert_eq!((converged_peer_count(&rows), median_convergence(&rows)), (0, Some(0.0)));
    }

    #[test]
    fn those_that_lag_come_first_and_equal_ones_by_name() {
        let half = ids(0..2);
        let of = ["b", "a", "é", "Z", "日"].map(|name| peer(name, 1, &half));
        let all = [&of[..], &[peer("y", 1, &ids(0..4)), peer("x", 1, &ids(0..1))]].concat();
        assert_eq!(names(&rows(4, &all)), ["x", "Z", "a", "b", "é", "日", "y"]);
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_two() {
        let of = |parts: &[usize]| {
            let peers: Vec<_> =
                parts.iter().map(|part| peer(&format!("p{part}"), 1, &ids(0..*part))).collect();
            median_convergence(&rows(4, &peers))
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[1]), Some(0.25));
        assert_eq!(of(&[4, 0]), Some(0.5));
        assert_eq!(of(&[4, 1, 0]), Some(0.25));
        assert_eq!(of(&[4, 3, 1, 0]), Some(0.5));
    }

    #[test]
    fn without_a_file_there_are_no_peers() {
        assert_eq!(peer_convergence(&store(3), None).unwrap(), []);
        assert_eq!(peer_convergence(&store(3), Some(b"{}")).unwrap(), []);
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            r#"{"p": {}}"#,
            r#"{"p": {"peer_id": "p", "units_sent": []}}"#,
            r#"{"p": {"peer_id": "p", "last_sync_epoch": -1, "units_sent": []}}"#,
            r#"{"p": {"peer_id": "p", "last_sync_epoch": 1.0, "units_sent": []}}"#,
            r#"{"p": {"peer_id": "p", "last_sync_epoch": 1, "units_sent": [7]}}"#,
            "\u{feff}{}",
        ] {
            assert!(peer_convergence(&store(3), Some(text.as_bytes())).is_err(), "{text}");
        }
        assert!(peer_convergence(&store(3), Some(b"\xff\xfe")).is_err());
    }

    #[test]
    fn a_peer_goes_by_the_name_that_it_gives() {
        let state = json!({"key": {"peer_id": "name", "last_sync_epoch": 1, "units_sent": [], "more": 1}});
        let rows = peer_convergence(&store(1), Some(state.to_string().as_bytes())).unwrap();
        assert_eq!(names(&rows), ["name"]);
    }

    proptest! {
        #[test]
        fn rows_are_in_order_and_within_bounds(
            units in 0_usize..20,
            peers in prop::collection::btree_map("[a-c]{1,2}", prop::collection::vec(0_usize..30, 0..30), 0..8),
        ) {
            let peers: Vec<_> = peers
                .iter()
                .map(|(name, sent)| {
                    peer(name, 1, &sent.iter().map(|at| format!("ku_{at}")).collect::<Vec<_>>())
                })
                .collect();
            let rows = rows(units, &peers);
            prop_assert_eq!(rows.len(), peers.len());
            for row in &rows {
                prop_assert!(row.units_sent <= row.local_total && (0.0..=1.0).contains(&row.ratio));
            }
            for two in rows.windows(2) {
                let before = (two[0].ratio, &two[0].peer_id) < (two[1].ratio, &two[1].peer_id);
                prop_assert!(before, "{:?}", two);
            }
            let median = median_convergence(&rows);
            prop_assert_eq!(median.is_none(), rows.is_empty());
            prop_assert!(median.is_none_or(|median| (0.0..=1.0).contains(&median)));
            prop_assert!(converged_peer_count(&rows) <= rows.len());
        }
    }
}
