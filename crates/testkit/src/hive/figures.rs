//! What exchanging costs, measured: how a new claim spreads, and what goes over a link where little or nothing changed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use claudectl_hive::claim::{Content, Verified, Version};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::sync::Replica as _;

use super::plan::{Net, Plan};
use super::rng::Rng;
use super::world::{Node, World};

/// Milliseconds that a frame takes here, whatever it is: a round.
const ROUND: u64 = 100;
/// Links that each machine begins: it has about twice as many.
const DIALS: usize = 4;

/// How a new claim spread.
#[derive(Debug, Clone)]
pub struct Spread {
    /// How many machines.
    pub nodes: usize,
    /// How many had it after each round.
    pub curve: Vec<usize>,
    /// How often its body was sent.
    pub bodies: u64,
    /// Frames of any kind from when it was said until the last had it.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Spread {
    /// Rounds until all had it.
    pub fn rounds(&self) -> usize {
        self.curve.len() - 1
    }

    /// As text: a line for each round.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (round, had) in self.curve.iter().enumerate() {
            let bar = "█".repeat((had * 60).div_ceil(self.nodes));
            // Writing to a string cannot fail.
            let _written = writeln!(text, "{round:>5}  {had:>6}  {bar}");
        }
        text
    }

    /// As a picture.
    pub fn svg(&self) -> String {
        let (width, height, left, top) = (640.0, 300.0, 50.0, 20.0);
        let x = |round: usize| left + (width - left - 20.0) * round as f64 / self.rounds().max(1) as f64;
        let y = |had: usize| height - 40.0 - (height - 40.0 - top) * had as f64 / self.nodes as f64;
        let points: Vec<String> = self
            .curve
            .iter()
            .enumerate()
            .map(|(round, had)| format!("{:.1},{:.1}", x(round), y(*had)))
            .collect();
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             font-family=\"sans-serif\" font-size=\"12\">\n<title>One new claim on {} machines</title>\n\
             <polyline fill=\"none\" stroke=\"#1f77b4\" stroke-width=\"2\" points=\"{}\"/>\n",
            self.nodes,
            points.join(" ")
        );
        for had in [0, self.nodes / 2, self.nodes] {
            let _written = writeln!(svg, "<text x=\"4\" y=\"{:.1}\">{had}</text>", y(had) + 4.0);
        }
        for round in 0..=self.rounds() {
            let _written =
                writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\">{round}</text>", x(round) - 4.0, height - 20.0);
        }
        svg.push_str("<text x=\"280\" y=\"296\">rounds</text>\n</svg>\n");
        svg
    }
}

fn quiet(seed: u64, nodes: usize) -> Plan {
    Plan {
        seed,
        nodes,
        hostile: vec![false; nodes],
        skew: vec![0; nodes],
        audiences: Vec::new(),
        late: vec![false; nodes],
        net: Net { latency: (ROUND, 1), reorders: false, loss: 0, twice: 0, rate: u64::MAX },
        deeds: Vec::new(),
        calm: 0,
        sabotage: None,
    }
}

/// One new claim on so many machines, each of which dials a few others.
pub fn spread(nodes: usize, seed: u64) -> Spread {
    let mut world = World::new(&quiet(seed, nodes));
    world.stop_dialling();
    let mut rng = Rng::of(seed, 3);
    for node in 0..nodes {
        // One neighbour, so that nobody is left alone, and some by chance.
        world.dial(node, (node + 1) % nodes);
        for _ in 1..DIALS {
            let other = rng.index(nodes);
            if other != node {
                world.dial(node, other);
            }
        }
    }
    world.until(20 * ROUND);
    let (bodies, frames, bytes) = (world.bodies, world.frames, world.bytes);
    let claim = world.claim(rng.index(nodes), 0, 0);
    let author = world.nodes.iter().position(|node| node.store.key() == claim.author).unwrap_or(0);
    let said = world.say(author, claim, Some(vec![b'x'; 400]));
    let brief = *said.unwrap_or_else(|| panic!("it is up")).brief();
    let mut curve = Vec::new();
    for _ in 0..1000 {
        let had = world.nodes.iter().filter(|node| node.store.head(&brief).is_some()).count();
        curve.push(had);
        if had == nodes {
            break;
        }
        world.until(world.now + ROUND);
    }
    Spread {
        nodes,
        curve,
        bodies: world.bodies - bodies,
        frames: world.frames - frames,
        bytes: world.bytes - bytes,
    }
}

/// What went over a link, both ways together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of frames.
    pub bytes: u64,
    /// Of these, bytes of versions.
    pub bodies: u64,
    /// Frames.
    pub frames: u64,
    /// Whether both ends ended with the same.
    pub identical: bool,
}

impl Traffic {
    /// Bytes that are no version.
    pub fn overhead(&self) -> u64 {
        self.bytes - self.bodies
    }
}

/// Two machines that have the same claims.
struct Pair(World);

impl Pair {
    fn new(claims: usize, seed: u64) -> Pair {
        let mut world = World::new(&quiet(seed, 2));
        world.stop_dialling();
        world.keeps_links = false;
        let template = world.claim(0, 0, 0);
        for number in 0..claims {
            let mut claim = template.clone();
            claim.key = vec![format!("claim {number}")];
            let content = Content::Body(format!("{{\"what\":\"{number:0300}\"}}").into_bytes());
            let version = Version { claim, hlc: Hlc::ZERO, seq: 0, expires: None, content };
            world.until(world.now + 900 + (number as u64 * 7919) % 200);
            let wall = world.clock(0).wall;
            let version = world.nodes[0].store.sign(version, wall);
            for node in &mut world.nodes {
                keep(node, &version, wall);
            }
        }
        world.touch(0);
        world.touch(1);
        Pair(world)
    }

    /// One of them dials the other, and hangs up when there is no more to do.
    fn sync(&mut self, dials: usize) -> Traffic {
        let world = &mut self.0;
        let (bytes, bodies, frames) = (world.bytes, world.body_bytes, world.frames);
        world.connect(dials, 1 - dials);
        let end = world.now + 50_000;
        world.until(end);
        let levels = |node: usize| {
            let peer = world.nodes[1 - node].store.key();
            let levels = world.nodes[node].store.levels(&peer);
            levels.into_iter().map(|level| (level.set, level.digest)).collect::<BTreeMap<_, _>>()
        };
        Traffic {
            bytes: world.bytes - bytes,
            bodies: world.body_bytes - bodies,
            frames: world.frames - frames,
            identical: levels(0) == levels(1),
        }
    }
}

fn keep(node: &mut Node, version: &Arc<Verified>, wall: Millis) {
    assert!(node.store.keep(version, wall).is_ok(), "no fuse burns");
}

/// Two machines with so many claims meet, for the first time or not, when the one that dials (0), or the one that is
/// dialled (1), has changed one.
pub fn changed_head(claims: usize, seed: u64, dials: usize, met: bool) -> Traffic {
    let mut pair = Pair::new(claims, seed);
    if met {
        pair.sync(dials);
    }
    let mut claim = pair.0.claim(0, 0, 0);
    claim.key = vec![format!("claim {}", claims / 3)];
    pair.0.until(pair.0.now + 1000);
    let changed = pair.0.say(0, claim, Some(vec![b'y'; 300]));
    assert!(changed.is_some(), "it is up");
    pair.sync(dials)
}

/// Two machines with so many claims, of which one withholds every hundredth from the other: what goes over the link the first
/// time, the second time, and after one more is withheld.
pub fn withheld(claims: usize, seed: u64) -> [Traffic; 3] {
    let mut pair = Pair::new(claims, seed);
    let withhold = |pair: &mut Pair, number: usize| {
        let peer = pair.0.nodes[1].store.key();
        let mut claim = pair.0.claim(0, 0, 0);
        claim.key = vec![format!("claim {number}")];
        let withheld = pair.0.nodes[0].store.withhold(peer, *claim.id().as_bytes());
        assert!(withheld.is_ok(), "no fuse burns");
    };
    for number in (0..claims).step_by(100) {
        withhold(&mut pair, number);
    }
    let (first, second) = (pair.sync(1), pair.sync(1));
    withhold(&mut pair, 1);
    [first, second, pair.sync(1)]
}
