//! What happens in a run, drawn from a seed before it begins, so that single things can be left out.

use std::fmt;

use super::rng::Rng;
use super::store::Sabotage;
use super::world::run;

/// An hour in milliseconds: how far a wall may be off, either way.
pub(super) const SKEW: u64 = 60 * 60 * 1000;

/// The net.
#[derive(Debug, Clone, Copy)]
pub struct Net {
    /// Milliseconds that a frame takes at least, and how many it may take more.
    pub latency: (u64, u64),
    /// Whether frames may overtake each other.
    pub reorders: bool,
    /// Of ten thousand frames so many are lost.
    pub loss: u64,
    /// And so many come twice.
    pub twice: u64,
    /// Bytes that a link carries in a millisecond.
    pub rate: u64,
}

/// One thing that happens. Machines are numbers, taken modulo how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A machine says something.
    Write {
        /// Which.
        node: usize,
        /// To which audience.
        class: usize,
        /// Which of its claims.
        claim: usize,
    },
    /// A machine takes something back.
    Delete {
        /// Which.
        node: usize,
        /// From which audience.
        class: usize,
        /// Which of its claims.
        claim: usize,
    },
    /// A machine raises its floor, if it may.
    Sweep {
        /// Which.
        node: usize,
        /// In which class.
        class: usize,
    },
    /// A machine withholds a claim from another.
    Withhold {
        /// Which.
        node: usize,
        /// From which.
        from: usize,
        /// Whose claim.
        author: usize,
        /// Which.
        claim: usize,
    },
    /// A machine crashes at one of its next writes.
    Crash {
        /// Which.
        node: usize,
        /// At which.
        writes: u64,
        /// Whether that one is on the disk.
        after: bool,
    },
    /// The machines fall into two parts that do not hear each other.
    Split(u64),
    /// They hear each other again.
    Heal,
    /// A machine's links break.
    Cut(usize),
    /// The founder puts a machine out.
    Remove(usize),
    /// A hostile machine signs two things under one number.
    Equivocate(usize),
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::Write { node, class, claim } => {
                write!(f, "{node} writes claim {claim} to audience {class}")
            }
            Deed::Delete { node, class, claim } => {
                write!(f, "{node} deletes claim {claim} from audience {class}")
            }
            Deed::Sweep { node, class } => write!(f, "{node} raises its floor in audience {class}"),
            Deed::Withhold { node, from, author, claim } => {
                write!(f, "{node} withholds claim {claim} of {author} from {from}")
            }
            Deed::Crash { node, writes, after } => {
                let when = if *after { "after" } else { "before" };
                write!(f, "{node} crashes {when} its {}th write from now is on the disk", writes + 1)
            }
            Deed::Split(_) => f.write_str("the net falls apart"),
            Deed::Heal => f.write_str("the net heals"),
            Deed::Cut(node) => write!(f, "the links of {node} break"),
            Deed::Remove(node) => write!(f, "0 puts {node} out"),
            Deed::Equivocate(node) => write!(f, "{node} signs two things under one number, if it is hostile"),
        }
    }
}

/// What may be said about a plan beside its seed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How many machines; drawn if none.
    pub nodes: Option<usize>,
    /// What is wrong with the stores.
    pub sabotage: Option<Sabotage>,
}

/// Everything a run depends on.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How many machines.
    pub nodes: usize,
    /// Which of them are hostile.
    pub hostile: Vec<bool>,
    /// How far the wall of each is off.
    pub skew: Vec<i64>,
    /// Audiences beside everyone.
    pub audiences: Vec<Vec<usize>>,
    /// Machines of which only the founder knows at first.
    pub late: Vec<bool>,
    /// The net until it is calm.
    pub net: Net,
    /// What happens when.
    pub deeds: Vec<(u64, Deed)>,
    /// When nothing happens any more, and the net is whole.
    pub calm: u64,
    /// What is wrong with the stores.
    pub sabotage: Option<Sabotage>,
}

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64, options: &Options) -> Plan {
        let mut rng = Rng::of(seed, 1);
        let nodes = options.nodes.unwrap_or_else(|| 3 + rng.index(48));
        // The founder is honest: somebody has to be.
        let hostile: Vec<bool> = (0..nodes).map(|node| node > 0 && rng.happens(1000)).collect();
        let skew = hostile
            .iter()
            .map(|hostile| match rng.below(10) {
                // A year ahead: nobody ever takes what it says.
                0 if *hostile => 365 * 24 * SKEW as i64,
                0..5 => 0,
                _ => rng.below(2 * SKEW) as i64 - SKEW as i64,
            })
            .collect();
        let audiences = (0..rng.index(4))
            .map(|_| (0..2 + rng.index(4)).map(|_| rng.index(nodes)).collect())
            .collect::<Vec<Vec<usize>>>();
        let late = (0..nodes).map(|node| node > 0 && rng.happens(1500)).collect();
        let bad = rng.happens(7000);
        let net = Net {
            latency: (1 + rng.below(80), 1 + rng.below(400)),
            reorders: bad && rng.happens(5000),
            loss: if bad { rng.below(1200) } else { 0 },
            twice: if bad { rng.below(500) } else { 0 },
            rate: if rng.happens(2000) { 4 + rng.below(16) } else { 1000 },
        };
        let calm = 5 * 60 * 1000 + rng.below(25 * 60 * 1000);
        let mut deeds = Vec::new();
        for _ in 0..20 + rng.index(nodes * 6) {
            let (node, class, claim) = (rng.index(nodes), rng.index(1 + audiences.len()), rng.index(5));
            let deed = match rng.below(100) {
                0..55 => Deed::Write { node, class, claim },
                55..70 => Deed::Delete { node, class, claim },
                70..74 => Deed::Sweep { node, class },
                74..78 => Deed::Withhold { node, from: rng.index(nodes), author: rng.index(nodes), claim },
                78..88 => Deed::Crash { node, writes: rng.below(12), after: rng.happens(5000) },
                88..91 => Deed::Split(rng.draw()),
                91..94 => Deed::Heal,
                94..97 => Deed::Cut(node),
                97 if nodes > 5 && rng.happens(3000) => Deed::Remove(1 + rng.index(nodes - 1)),
                _ => Deed::Equivocate(node),
            };
            deeds.push((rng.below(calm), deed));
        }
        deeds.sort_by_key(|(at, _)| *at);
        Plan { seed, nodes, hostile, skew, audiences, late, net, deeds, calm, sabotage: options.sabotage }
    }

    /// The story, a line each.
    pub fn story(&self) -> Vec<String> {
        let hostile: Vec<String> =
            (0..self.nodes).filter(|node| self.hostile[*node]).map(|node| node.to_string()).collect();
        let mut lines = vec![format!(
            "seed {}, {} machines, hostile: {}; of 10 000 frames {} are lost, {} come twice",
            self.seed,
            self.nodes,
            if hostile.is_empty() { "none".to_owned() } else { hostile.join(", ") },
            self.net.loss,
            self.net.twice,
        )];
        lines.extend(self.deeds.iter().map(|(at, deed)| format!("{:>8.1} s  {deed}", *at as f64 / 1000.0)));
        lines
    }
}

/// A plan with as little as possible in it that still fails, after at most so many runs.
pub fn shrink(plan: &Plan, runs: usize) -> Plan {
    let mut best = plan.clone();
    let mut left = runs;
    let mut fails = |plan: &Plan| {
        left = left.saturating_sub(1);
        (left > 0).then(|| run(plan).failure.is_some())
    };
    // First what is bad about the net and the machines, then deeds, in ever smaller pieces.
    let calmer: [fn(&mut Plan); 4] = [
        |plan| plan.net = Net { loss: 0, twice: 0, reorders: false, ..plan.net },
        |plan| plan.hostile.fill(false),
        |plan| plan.skew.fill(0),
        |plan| plan.late.fill(false),
    ];
    for change in calmer {
        let mut other = best.clone();
        change(&mut other);
        if fails(&other) == Some(true) {
            best = other;
        }
    }
    let mut size = best.deeds.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < best.deeds.len() {
            let mut other = best.clone();
            other.deeds.drain(from..(from + size).min(other.deeds.len()));
            match fails(&other) {
                Some(true) => best = other,
                Some(false) => from += size,
                None => return best,
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    // Machines at the end that nothing names.
    while best.nodes > 3 {
        let mut other = best.clone();
        other.nodes -= 1;
        other.hostile.truncate(other.nodes);
        other.skew.truncate(other.nodes);
        other.late.truncate(other.nodes);
        for audience in &mut other.audiences {
            audience.iter_mut().for_each(|node| *node %= other.nodes);
        }
        if fails(&other) != Some(true) {
            break;
        }
        best = other;
    }
    best
}
