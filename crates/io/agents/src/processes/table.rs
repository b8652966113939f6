//! The whole process table, read once: who descends from whom, what they use, when they were started.
//!
//! Owns what can be told from a list of processes alone. Nothing here looks at the system.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::time::Duration;

/// How far [`Table::started_at`] may lie before the truth: the kernel tells the time of boot in whole seconds,
/// rounded down, and start times in ticks of a hundredth.
pub const START_TOLERANCE_MS: i64 = 1_010;

/// A process in the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its number.
    pub pid: u32,
    /// When it was started, as in [`Facts`](super::Facts).
    pub start: Option<u64>,
    /// Its parent.
    pub parent: u32,
    /// Its process group.
    pub group: u32,
    /// Its session of the terminal; 0 where the system does not tell.
    pub session: u32,
    /// Clock ticks that it has used itself, in user and kernel mode.
    pub ticks: u64,
    /// Memory that it holds, kibibytes; what it shares with others is in it.
    pub resident_kib: u64,
    /// It is stopped, and takes no signal but KILL and CONT before it goes on.
    pub stopped: bool,
    /// The program's name.
    pub name: String,
}

/// All processes at one moment; zombies are none.
#[derive(Debug, Clone, Default)]
pub struct Table {
    nodes: BTreeMap<u32, Node>,
    children: HashMap<u32, Vec<u32>>,
    /// When the system was started, milliseconds since the epoch.
    boot_ms: Option<i64>,
    hertz: u64,
}

impl Table {
    /// A table of these processes. `boot_ms` is when the system was started, `hertz` how many clock ticks a
    /// second has.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = Node>, boot_ms: Option<i64>, hertz: u64) -> Self {
        let nodes: BTreeMap<u32, Node> = nodes.into_iter().map(|node| (node.pid, node)).collect();
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for node in nodes.values() {
            children.entry(node.parent).or_default().push(node.pid);
        }
        Self { nodes, children, boot_ms, hertz }
    }

    /// A process.
    #[must_use]
    pub fn node(&self, pid: u32) -> Option<&Node> {
        self.nodes.get(&pid)
    }

    /// All descendants of a process, the nearest first; without itself.
    #[must_use]
    pub fn descendants(&self, pid: u32) -> Vec<&Node> {
        // A table that is not read in an instant can hold a circle.
        let mut seen = HashSet::from([pid]);
        let mut queue = vec![pid];
        let mut at = 0;
        while let Some(&parent) = queue.get(at) {
            let children = self.children.get(&parent).map(Vec::as_slice).unwrap_or_default();
            queue.extend(children.iter().filter(|child| seen.insert(**child)));
            at += 1;
        }
        queue[1..].iter().filter_map(|pid| self.node(*pid)).collect()
    }

    /// The parents of a process up to the first one, the nearest first.
    #[must_use]
    pub fn ancestors(&self, pid: u32) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let mut next = self.node(pid).map(|node| node.parent);
        while let Some(parent) = next.filter(|parent| *parent != 0 && !found.contains(parent)) {
            found.push(parent);
            next = self.node(parent).map(|node| node.parent);
        }
        found
    }

    /// What a process has started: its descendants, and whoever is in a process group that it or one of them
    /// leads, which finds those whose parent has ended. Without itself, whoever started it, and `spare`; and without
    /// those of its group that another process started, as a shell does with the other programs of a pipeline.
    #[must_use]
    pub fn belongings(&self, pid: u32, spare: &[u32]) -> Vec<&Node> {
        let mut found = self.descendants(pid);
        let tree: HashSet<u32> = found.iter().map(|node| node.pid).chain([pid]).collect();
        let above = self.ancestors(pid);
        // Whoever takes orphans in (the first process, or a service manager) is older than all of the tree and is
        // no shell that started us.
        let parent = self.node(pid).map(|node| node.parent);
        let started_by_others = |node: &&Node| {
            Some(node.parent) == parent.filter(|parent| *parent > 1)
                || (node.parent > 1 && !tree.contains(&node.parent) && !above.contains(&node.parent))
        };
        let others = self.nodes.values().filter(|node| !tree.contains(&node.pid));
        // A number that leads nothing is no group: 0 and 1 belong to the system.
        let members = others.filter(|node| node.group > 1 && tree.contains(&node.group));
        found.extend(members.filter(|node| !started_by_others(node)));
        found.retain(|node| node.pid > 1 && !spare.contains(&node.pid) && !above.contains(&node.pid));
        found
    }

    /// What a process and its descendants have used; `None` if it is not there.
    #[must_use]
    pub fn usage(&self, pid: u32) -> Option<Usage> {
        let tree = std::iter::once(self.node(pid)?).chain(self.descendants(pid));
        let each = tree.map(|node| ((node.pid, node.start), node.ticks)).collect();
        Some(Usage { each, hertz: self.hertz })
    }

    /// Memory that a process and its descendants hold, kibibytes; what several share counts for each. `None` if it
    /// is not there.
    #[must_use]
    pub fn resident_kib(&self, pid: u32) -> Option<u64> {
        let own = self.node(pid)?.resident_kib;
        Some(self.descendants(pid).iter().fold(own, |sum, node| sum.saturating_add(node.resident_kib)))
    }

    /// When a process was started, milliseconds since the epoch: the truth, or up to
    /// [`START_TOLERANCE_MS`] before it. `None` where the system does not tell.
    #[must_use]
    pub fn started_at(&self, pid: u32) -> Option<i64> {
        let (start, boot) = (self.node(pid)?.start?, self.boot_ms?);
        let since_boot = start.checked_mul(1000)?.checked_div(self.hertz)?;
        boot.checked_add(i64::try_from(since_boot).ok()?)
    }

    /// Whether a descendant of a process was started at `wall_ms` or later. One that may have been, by
    /// [`START_TOLERANCE_MS`], counts; `None` where no start time of a descendant is known.
    #[must_use]
    pub fn has_child_since(&self, pid: u32, wall_ms: i64) -> Option<bool> {
        let descendants = self.descendants(pid);
        let latest = descendants.iter().filter_map(|node| self.started_at(node.pid)).max();
        match latest {
            Some(latest) => Some(latest.saturating_add(START_TOLERANCE_MS) >= wall_ms),
            None => descendants.is_empty().then_some(false),
        }
    }

    /// Whether a process below it was started within this time, milliseconds since the epoch.
    #[must_use]
    pub fn has_child_in(&self, pid: u32, wall_ms: Range<i64>) -> bool {
        self.descendants(pid)
            .iter()
            .filter_map(|node| self.started_at(node.pid))
            .any(|at| wall_ms.contains(&at))
    }
}

/// What the processes of a tree had used at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// By pid and start time, so that a number that is used again is not taken for its predecessor.
    each: BTreeMap<(u32, Option<u64>), u64>,
    hertz: u64,
}

impl Usage {
    /// Clock ticks of all of them. Those of a process that has ended are in it no more.
    #[must_use]
    pub fn ticks(&self) -> u64 {
        self.each.values().sum()
    }

    /// Percent of one core used since an `earlier` look at the same tree, `elapsed` before by a clock that
    /// does not jump. Above 100 where several cores were busy. What a process used that came and went between
    /// the two is not seen. `None` if no time has passed.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a display value")]
    pub fn percent_since(&self, earlier: &Self, elapsed: Duration) -> Option<f64> {
        let used = |(key, ticks): (&(u32, Option<u64>), &u64)| {
            ticks.saturating_sub(earlier.each.get(key).copied().unwrap_or(0))
        };
        let ticks: u64 = self.each.iter().map(used).sum();
        let seconds = elapsed.as_secs_f64();
        (seconds > 0.0 && self.hertz > 0)
            .then(|| (ticks as f64 / self.hertz as f64 / seconds * 1000.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(pid: u32, parent: u32, group: u32, start: u64, ticks: u64) -> Node {
        Node { pid, parent, group, start: Some(start), ticks, name: format!("p{pid}"), ..Node::default() }
    }

    fn pids(nodes: &[&Node]) -> Vec<u32> {
        nodes.iter().map(|node| node.pid).collect()
    }

    #[test]
    fn memory_is_that_of_the_whole_tree() {
        let holding = |pid, parent, resident_kib| Node { resident_kib, ..node(pid, parent, pid, 0, 0) };
        let table = Table::new(
            [holding(10, 1, 100), holding(20, 10, 30), holding(30, 20, 7), holding(40, 1, 500)],
            None,
            100,
        );
        assert_eq!(
            (table.resident_kib(10), table.resident_kib(30), table.resident_kib(11)),
            (Some(137), Some(7), None)
        );
    }

    /// 1 - 10 - 20 (leads) - 30 - 40, 20 - 31 (leads); 50 and 51 are orphans in the groups of 20 and 31.
    fn family() -> Table {
        let nodes = [
            node(1, 0, 1, 0, 500),
            node(10, 1, 10, 100, 7),
            node(20, 10, 20, 200, 10),
            node(30, 20, 20, 300, 20),
            node(31, 20, 31, 310, 30),
            node(40, 30, 20, 400, 40),
            node(50, 1, 20, 350, 50),
            node(51, 1, 31, 360, 60),
            node(60, 1, 60, 370, 70),
        ];
        Table::new(nodes, Some(1_000_000), 100)
    }

    #[test]
    fn descendants_ancestors_and_belongings() {
        let table = family();
        assert_eq!(pids(&table.descendants(20)), [30, 31, 40]);
        assert_eq!(pids(&table.descendants(40)), [0_u32; 0]);
        assert_eq!(pids(&table.descendants(999)), [0_u32; 0]);
        assert_eq!(table.ancestors(40), [30, 20, 10, 1]);
        assert_eq!(pids(&table.belongings(20, &[])), [30, 31, 40, 50, 51]);
        assert_eq!(pids(&table.belongings(30, &[])), [40], "it leads no group");
        assert_eq!(pids(&table.belongings(20, &[40, 50])), [30, 31, 51]);
    }

    #[test]
    fn the_rest_of_a_pipeline_is_not_its_own() {
        // A shell (5) runs `claude (7) | tee (8)`, in a group of which claude is the first.
        let nodes = [
            node(5, 1, 5, 1, 0),
            node(7, 5, 7, 2, 0),
            node(8, 5, 7, 3, 0),
            node(9, 8, 7, 4, 0),
            node(10, 1, 7, 4, 0),
        ];
        let table = Table::new(nodes, None, 100);
        assert_eq!(pids(&table.belongings(7, &[])), [10], "an orphan is, its siblings and theirs are not");
    }

    #[test]
    fn a_circle_has_an_end() {
        let table = Table::new([node(2, 3, 2, 1, 1), node(3, 2, 2, 1, 1), node(4, 4, 4, 1, 1)], None, 100);
        assert_eq!(pids(&table.descendants(2)), [3]);
        assert_eq!(pids(&table.descendants(4)), [0_u32; 0]);
        assert_eq!(table.ancestors(2), [3, 2]);
    }

    #[test]
    fn percent_of_a_core_over_a_tree() {
        let earlier = family().usage(20).unwrap();
        assert_eq!(earlier.ticks(), 100);
        // 30 used 50 more, 40 ended, its number is another process's now, and 41 is new.
        let nodes = [node(20, 1, 20, 200, 10), node(30, 20, 20, 300, 70), node(31, 20, 31, 310, 30)];
        let new = [node(40, 30, 20, 900, 5), node(41, 30, 20, 901, 45)];
        let later = Table::new(nodes.into_iter().chain(new), None, 100).usage(20).unwrap();
        assert_eq!(later.percent_since(&earlier, Duration::from_secs(2)), Some(50.0));
        assert_eq!(later.percent_since(&later, Duration::from_secs(2)), Some(0.0));
        assert_eq!(later.percent_since(&earlier, Duration::ZERO), None);
        assert_eq!(family().usage(999), None);
    }

    #[test]
    fn start_times_by_the_wall_clock() {
        let table = family();
        assert_eq!(table.started_at(40), Some(1_004_000));
        assert_eq!(table.has_child_since(20, 1_004_000), Some(true));
        assert_eq!(table.has_child_since(20, 1_004_000 + START_TOLERANCE_MS), Some(true), "it may have been");
        assert_eq!(table.has_child_since(20, 1_004_001 + START_TOLERANCE_MS), Some(false));
        assert_eq!(table.has_child_since(40, 0), Some(false), "it has none");
        let untold = Table::new([node(2, 1, 2, 1, 1), node(3, 2, 2, 1, 1)], None, 100);
        assert_eq!(untold.has_child_since(2, 0), None);
        let hostile = Table::new([node(2, 1, 2, u64::MAX, 1)], Some(i64::MAX), 0);
        assert_eq!(hostile.started_at(2), None);
    }
}
