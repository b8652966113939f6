//! The machines, the net between them, and time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use claudectl_hive::claim::{
    Audience, Claim, ClaimId, Class, ClassId, Content, Kind, Signed, Verified, Version, VersionId,
};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::{PublicKey, SecretKey};
use claudectl_hive::members::{Action, Members, Op, Role};
use claudectl_hive::register::{Digest, may_drop};
use claudectl_hive::sync::{Event, Frame, Hub, Id, Level, LinkId, Now, Replica, Set, Stop, Verdict};

use super::plan::{Deed, Net, Plan, SKEW};
use super::rng::Rng;
use super::store::{Checked, Crashed, Fuse, Store};

/// What walls say at the beginning, give or take.
const EPOCH: u64 = 1_790_000_000_000;
/// Links that a machine keeps while things happen.
const LINKS: usize = 6;
/// Bytes that a link takes before the next frame is made.
const WINDOW: usize = 256 * 1024;
/// How long a link may take in the end until it is given up.
const PATIENCE: u64 = 90_000;
/// How long claims live here: short, so that floors rise.
const TTL: u64 = 60 * 1000;

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was not as it should be.
    pub failure: Option<Failure>,
    /// Frames that were sent.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Crashes.
    pub crashes: u64,
    /// Links that ended because the other end did what it may not, by what that was.
    pub faults: BTreeMap<String, u64>,
    /// How often a machine looked what there is to do.
    pub touches: u64,
    /// Milliseconds that passed in the run.
    pub lasted: u64,
    /// The hash over each frame, when and where it was sent: equal for equal runs.
    pub trace: String,
}

/// What was not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Two honest machines hold different things.
    Differ(String),
    /// Something that its author said is not there.
    Lost(String),
    /// Something is there that was deleted.
    Back(String),
    /// Something is there that nobody said.
    Forged(String),
    /// Something counts as acknowledged by a machine that does not have it.
    Unfounded(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Differ(what) => write!(f, "machines differ: {what}"),
            Failure::Lost(what) => write!(f, "lost: {what}"),
            Failure::Back(what) => write!(f, "deleted, and back: {what}"),
            Failure::Forged(what) => write!(f, "said by nobody: {what}"),
            Failure::Unfounded(what) => write!(f, "acknowledged, and not there: {what}"),
        }
    }
}

pub(super) struct Node {
    pub(super) store: Store,
    pub(super) hub: Hub,
    up: bool,
    skew: i64,
    tick: u64,
    next: usize,
    links: BTreeSet<LinkId>,
    rng: Rng,
}

struct Lane {
    free: u64,
    arrived: u64,
    flying: usize,
    rng: Rng,
}

struct Wire {
    ends: [usize; 2],
    lanes: [Lane; 2],
    born: u64,
}

enum What {
    Deed(Deed),
    Frame { link: LinkId, to: usize, frame: Option<Vec<u8>>, bytes: usize },
    Tick(usize),
    Dial(usize),
    Start(usize),
}

/// Something that an honest machine meant to say, whether or not it came to the disk.
struct Said {
    node: usize,
    class: ClassId,
    claim: ClaimId,
    id: VersionId,
    body: Option<Vec<u8>>,
}

pub(super) struct World {
    pub(super) now: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), What>,
    pub(super) nodes: Vec<Node>,
    wires: BTreeMap<LinkId, Wire>,
    next_link: LinkId,
    seed: u64,
    hostile: Vec<bool>,
    pub(super) net: Net,
    split: Option<Vec<bool>>,
    classes: Vec<Class>,
    dial_every: u64,
    pub(super) keeps_links: bool,
    said: Vec<Said>,
    signed: BTreeSet<VersionId>,
    trace: blake3::Hasher,
    pub(super) frames: u64,
    pub(super) bytes: u64,
    /// Bodies of versions that were sent.
    pub(super) bodies: u64,
    /// And their bytes.
    pub(super) body_bytes: u64,
    crashes: u64,
    faults: BTreeMap<String, u64>,
    touches: u64,
}

/// Plays a plan.
pub fn run(plan: &Plan) -> Report {
    let mut world = World::new(plan);
    for (at, deed) in &plan.deeds {
        world.at(*at, What::Deed(*deed));
    }
    world.until(plan.calm);
    world.calm_down();
    // Whatever was stamped ahead is taken once the slowest wall has come to it.
    world.dial_every = 10 * 60 * 1000;
    world.until(plan.calm + 2 * SKEW + 10 * 60 * 1000);
    world.dial_every = 2_000;
    let mut failure = world.check();
    for _ in 0..8 {
        if failure.is_none() {
            break;
        }
        // Each meets each once.
        let round = world.dial_every * plan.nodes as u64 + 70_000;
        world.until(world.now + round);
        failure = world.check();
    }
    Report {
        failure,
        frames: world.frames,
        bytes: world.bytes,
        crashes: world.crashes,
        faults: world.faults,
        touches: world.touches,
        lasted: world.now,
        trace: world.trace.finalize().to_hex()[..16].to_owned(),
    }
}

impl World {
    pub(super) fn new(plan: &Plan) -> World {
        let checked = Checked::default();
        let mut keys = Rng::of(plan.seed, 2);
        let secrets: Vec<SecretKey> = (0..plan.nodes).map(|_| SecretKey::from_bytes(&keys.bytes())).collect();
        let publics: Vec<PublicKey> = secrets.iter().map(SecretKey::public).collect();
        let (founding, ops) = hive(&secrets, keys.draw());
        let hive = Members::found(&founding).map(|members| members.hive());
        let hive = hive.unwrap_or_else(|error| panic!("{error}"));
        let mut classes = vec![Class::everyone(hive)];
        for audience in &plan.audiences {
            let keys = audience.iter().map(|node| publics[*node]).collect();
            classes.push(Class { hive, audience: Audience::Listed(keys) });
        }
        let mut nodes = Vec::new();
        for (index, secret) in secrets.into_iter().enumerate() {
            let sabotage = plan.sabotage.filter(|_| index == plan.nodes / 2);
            let mut store = Store::new(secret, checked.clone(), sabotage);
            let known: Vec<Signed> = (1..plan.nodes)
                .filter(|other| index == 0 || *other == index || plan.late[index] || !plan.late[*other])
                .map(|other| ops[other - 1].clone())
                .collect();
            store.join(&founding, &known);
            let mut rng = Rng::of(plan.seed, 1000 + index as u64);
            nodes.push(Node {
                store,
                hub: Hub::default(),
                up: true,
                skew: plan.skew[index],
                tick: u64::MAX,
                next: rng.index(plan.nodes),
                links: BTreeSet::new(),
                rng,
            });
        }
        let mut world = World {
            now: 0,
            order: 0,
            queue: BTreeMap::new(),
            nodes,
            wires: BTreeMap::new(),
            next_link: 1,
            seed: plan.seed,
            hostile: plan.hostile.clone(),
            net: plan.net,
            split: None,
            classes,
            dial_every: 15_000,
            keeps_links: true,
            said: Vec::new(),
            signed: BTreeSet::new(),
            trace: blake3::Hasher::new(),
            frames: 0,
            bytes: 0,
            bodies: 0,
            body_bytes: 0,
            crashes: 0,
            faults: BTreeMap::new(),
            touches: 0,
        };
        for node in 0..plan.nodes {
            let first = world.nodes[node].rng.below(world.dial_every);
            world.at(first, What::Dial(node));
        }
        world
    }

    /// Nobody dials any more, but who is told to.
    pub(super) fn stop_dialling(&mut self) {
        self.queue.retain(|_, what| !matches!(what, What::Dial(_)));
    }

    fn at(&mut self, time: u64, what: What) {
        self.order += 1;
        self.queue.insert((time.max(self.now), self.order), what);
    }

    /// Lets time pass.
    pub(super) fn until(&mut self, time: u64) {
        while self.step(time) {}
        self.now = time;
    }

    /// Lets the next thing happen, if it does before this time.
    pub(super) fn step(&mut self, time: u64) -> bool {
        match self.queue.first_key_value() {
            Some(((at, _), _)) if *at <= time => {}
            _ => return false,
        }
        let Some(((at, _), what)) = self.queue.pop_first() else { return false };
        self.now = at;
        match what {
            What::Deed(deed) => self.deed(deed),
            What::Frame { link, to, frame, bytes } => self.arrive(link, to, frame, bytes),
            What::Tick(node) => {
                if self.nodes[node].tick == at {
                    self.nodes[node].tick = u64::MAX;
                    self.touch(node);
                }
            }
            What::Dial(node) => {
                self.dial_next(node);
                // All at once would be a coincidence.
                let wait = self.dial_every / 2 + self.nodes[node].rng.below(self.dial_every);
                self.at(self.now + wait, What::Dial(node));
            }
            What::Start(node) => {
                let wall = self.clock(node).wall;
                self.nodes[node].store.start(wall);
                self.nodes[node].up = true;
                self.touch(node);
            }
        }
        true
    }

    pub(super) fn clock(&self, node: usize) -> Now {
        let wall = (EPOCH + self.now).saturating_add_signed(self.nodes[node].skew);
        Now { wall: Millis(wall), steady: self.now }
    }

    /// A machine does what is to be done.
    pub(super) fn touch(&mut self, node: usize) {
        self.touches += 1;
        let now = self.clock(node);
        let Node { store, hub, up, .. } = &mut self.nodes[node];
        if !*up {
            return;
        }
        match hub.tick(store, now) {
            Ok(()) => self.pump(node),
            Err(Crashed) => self.crash(node),
        }
    }

    fn pump(&mut self, node: usize) {
        let links: Vec<LinkId> = self.nodes[node].links.iter().copied().collect();
        for link in links {
            self.pump_link(node, link);
        }
        self.after(node);
    }

    fn pump_link(&mut self, node: usize, link: LinkId) {
        let now = self.clock(node);
        while let Some(wire) = self.wires.get(&link) {
            let end = usize::from(wire.ends[1] == node);
            if wire.lanes[end].flying > WINDOW {
                break;
            }
            let Node { store, hub, .. } = &mut self.nodes[node];
            let Some(frame) = hub.transmit(link, store, now) else { break };
            self.send(link, node, frame);
        }
    }

    /// What a machine noticed, and when it is to be touched again.
    fn after(&mut self, node: usize) {
        let events: Vec<Event> = self.nodes[node].hub.events().collect();
        for event in events {
            if let Event::Settled { link, .. } = event
                && !self.keeps_links
                && self.wires.get(&link).is_some_and(|wire| wire.ends[0] == node)
            {
                self.hang_up(link);
            }
        }
        let due = self.nodes[node].hub.due().max(self.now + 1);
        if due < self.nodes[node].tick && due < u64::MAX {
            self.nodes[node].tick = due;
            self.at(due, What::Tick(node));
        }
    }

    fn send(&mut self, link: LinkId, from: usize, frame: Vec<u8>) {
        let Some(frame) = self.twist(from, frame) else { return };
        let Some(wire) = self.wires.get_mut(&link) else { return };
        let end = usize::from(wire.ends[1] == from);
        let to = wire.ends[1 - end];
        self.frames += 1;
        self.bytes += frame.len() as u64;
        if frame.get(4) == Some(&5)
            && let Ok(Frame::Bodies { set: Set::Class(_), bodies, .. }) = Frame::from_body(&frame[4..])
        {
            self.bodies += bodies.len() as u64;
            self.body_bytes += bodies.iter().map(|body| body.len() as u64).sum::<u64>();
        }
        self.trace.update(&self.now.to_le_bytes()).update(&link.to_le_bytes()).update(&frame);
        let lane = &mut wire.lanes[end];
        let bytes = frame.len();
        lane.flying += bytes;
        lane.free = lane.free.max(self.now) + bytes as u64 / self.net.rate;
        let parted = self.split.as_ref().is_some_and(|sides| sides[from] != sides[to]);
        let arrive = |lane: &mut Lane| {
            let at = lane.free + self.net.latency.0 + lane.rng.below(self.net.latency.1);
            if self.net.reorders {
                return at;
            }
            lane.arrived = lane.arrived.max(at);
            lane.arrived
        };
        let first = arrive(lane);
        let lost = parted || lane.rng.happens(self.net.loss);
        let again = (!parted && lane.rng.happens(self.net.twice)).then(|| arrive(lane));
        let copy = again.map(|_| frame.clone());
        self.at(first, What::Frame { link, to, frame: (!lost).then_some(frame), bytes });
        if let (Some(at), Some(copy)) = (again, copy) {
            self.at(at, What::Frame { link, to, frame: Some(copy), bytes: 0 });
        }
    }

    fn arrive(&mut self, link: LinkId, to: usize, frame: Option<Vec<u8>>, bytes: usize) {
        let Some(wire) = self.wires.get_mut(&link) else { return };
        let end = usize::from(wire.ends[0] == to);
        let from = wire.ends[end];
        wire.lanes[end].flying -= bytes;
        let full = wire.lanes[end].flying + bytes > WINDOW;
        if let Some(frame) = frame
            && self.nodes[to].up
        {
            let now = self.clock(to);
            let Node { store, hub, .. } = &mut self.nodes[to];
            match hub.receive(link, &frame[4..], store, now) {
                Ok(()) => self.pump(to),
                Err(Stop::Store(Crashed)) => self.crash(to),
                Err(Stop::Fault { fault, .. }) => {
                    *self.faults.entry(fault.to_string()).or_default() += 1;
                    self.hang_up(link);
                }
            }
        }
        if full && self.nodes[from].up {
            self.pump_link(from, link);
            self.after(from);
        }
    }

    fn hang_up(&mut self, link: LinkId) {
        let Some(wire) = self.wires.remove(&link) else { return };
        for node in wire.ends {
            let now = self.clock(node);
            self.nodes[node].links.remove(&link);
            self.nodes[node].hub.close(link, now);
        }
        for node in wire.ends {
            if self.nodes[node].up {
                self.pump(node);
            }
        }
    }

    fn crash(&mut self, node: usize) {
        self.crashes += 1;
        self.nodes[node].up = false;
        let links = std::mem::take(&mut self.nodes[node].links);
        self.nodes[node].hub = Hub::default();
        for link in links {
            self.hang_up(link);
        }
        let wait = 1_000 + self.nodes[node].rng.below(60_000);
        self.at(self.now + wait, What::Start(node));
    }

    fn dial_next(&mut self, node: usize) {
        let count = self.nodes.len();
        if !self.keeps_links {
            let old = |link: &LinkId| {
                self.wires
                    .get(link)
                    .is_some_and(|wire| wire.ends[0] == node && wire.born + PATIENCE < self.now)
            };
            let old: Vec<LinkId> = self.nodes[node].links.iter().copied().filter(old).collect();
            for link in old {
                self.hang_up(link);
            }
        }
        let peer = self.nodes[node].next % count;
        self.nodes[node].next = (peer + 1) % count;
        if peer != node {
            self.dial(node, peer);
        }
    }

    pub(super) fn dial(&mut self, from: usize, to: usize) {
        let met = self.nodes[from].links.iter().any(|link| self.nodes[to].links.contains(link));
        let parted = self.split.as_ref().is_some_and(|sides| sides[from] != sides[to]);
        if met || parted || !self.nodes[from].up || !self.nodes[to].up {
            return;
        }
        if self.keeps_links
            && self.nodes[from].links.len() >= LINKS
            && let Some(oldest) = self.nodes[from].links.first().copied()
        {
            self.hang_up(oldest);
        }
        self.connect(from, to);
    }

    pub(super) fn connect(&mut self, from: usize, to: usize) {
        let link = self.next_link;
        self.next_link += 1;
        let lane = |end: u64| Lane {
            free: 0,
            arrived: 0,
            flying: 0,
            rng: Rng::of(self.seed, 1 << 40 | link << 1 | end),
        };
        self.wires.insert(link, Wire { ends: [from, to], lanes: [lane(0), lane(1)], born: self.now });
        let keys = [from, to].map(|node| self.nodes[node].store.key());
        for (node, peer, dials) in [(to, keys[0], false), (from, keys[1], true)] {
            let now = self.clock(node);
            let Node { store, hub, links, .. } = &mut self.nodes[node];
            links.insert(link);
            hub.open(link, peer, dials, store, now);
        }
        self.pump(from);
    }

    fn calm_down(&mut self) {
        self.split = None;
        self.keeps_links = false;
        self.net = Net { loss: self.net.loss / 4, ..self.net };
        let links: Vec<LinkId> = self.wires.keys().copied().collect();
        for link in links {
            self.hang_up(link);
        }
    }

    /// Names a claim of a machine.
    pub(super) fn claim(&self, node: usize, class: usize, claim: usize) -> Claim {
        // One of them is of a kind that nobody knows.
        let kind = ["pattern", "insight", "rule", "skill", "from_tomorrow"][claim % 5];
        Claim {
            author: self.nodes[node].store.key(),
            class: self.classes[class % self.classes.len()].clone(),
            kind: Kind::new(kind).unwrap_or_else(|error| panic!("{error}")),
            scope: "*".to_owned(),
            key: vec![format!("claim {claim}")],
            condition: None,
            family: String::new(),
        }
    }

    /// A machine says something, or takes it back.
    pub(super) fn say(&mut self, node: usize, claim: Claim, body: Option<Vec<u8>>) -> Option<Arc<Verified>> {
        let content = body.clone().map_or(Content::Tombstone, Content::Body);
        let version = Version { claim, hlc: Hlc::ZERO, seq: 0, expires: None, content };
        self.keep(node, version, body)
    }

    fn keep(&mut self, node: usize, version: Version, body: Option<Vec<u8>>) -> Option<Arc<Verified>> {
        if !self.nodes[node].up {
            return None;
        }
        let wall = self.clock(node).wall;
        let store = &mut self.nodes[node].store;
        let version = store.sign(version, wall);
        let brief = *version.brief();
        self.signed.insert(brief.id);
        if !brief.floor {
            self.said.push(Said { node, class: brief.class, claim: brief.claim, id: brief.id, body });
        }
        match store.keep(&version, wall) {
            Ok(()) => {
                self.touch(node);
                Some(version)
            }
            Err(Crashed) => {
                self.crash(node);
                None
            }
        }
    }

    fn deed(&mut self, deed: Deed) {
        let count = self.nodes.len();
        match deed {
            Deed::Write { node, class, claim } => {
                let node = node % count;
                let claim = self.claim(node, class, claim);
                let length = 20 + self.nodes[node].rng.below(200);
                let body = format!("{:0width$}", self.now, width = length as usize).into_bytes();
                self.say(node, claim, Some(body));
            }
            Deed::Delete { node, class, claim } => {
                let claim = self.claim(node % count, class, claim);
                self.say(node % count, claim, None);
            }
            Deed::Sweep { node, class } => self.sweep(node % count, class),
            Deed::Withhold { node, from, author, claim } => {
                let (node, from, author) = (node % count, from % count, author % count);
                let claim = self.claim(author, 0, claim).id();
                let peer = self.nodes[from].store.key();
                // What all withhold from one, that one never gets: that is no fault.
                if author != from && author != node && self.nodes[node].up {
                    match self.nodes[node].store.withhold(peer, *claim.as_bytes()) {
                        Ok(()) => self.touch(node),
                        Err(Crashed) => self.crash(node),
                    }
                }
            }
            Deed::Crash { node, writes, after } => {
                self.nodes[node % count].store.light(Fuse { writes, after });
            }
            Deed::Split(sides) => {
                let mut rng = Rng::new(sides);
                self.split = Some((0..count).map(|_| rng.happens(5000)).collect());
            }
            Deed::Heal => self.split = None,
            Deed::Cut(node) => {
                for link in self.nodes[node % count].links.clone() {
                    self.hang_up(link);
                }
            }
            Deed::Remove(node) => self.remove(node % count),
            Deed::Equivocate(node) => self.equivocate(node % count),
        }
    }

    fn remove(&mut self, node: usize) {
        let key = self.nodes[node].store.key();
        let wall = self.clock(0).wall;
        if node == 0 || !self.nodes[0].up {
            return;
        }
        let founder = self.nodes[0].store.key();
        let Some(members) = self.nodes[0].store.members() else { return };
        let hlc = Hlc::new(wall, 0);
        let op = members.next(founder, hlc, Action::Remove { key, after: hlc });
        let signed = op.sign(self.nodes[0].store.secret()).unwrap_or_else(|error| panic!("{error}"));
        match self.nodes[0].store.operate(signed, wall) {
            Ok(()) => self.touch(0),
            Err(Crashed) => self.crash(0),
        }
    }

    /// What a hostile machine says under one number, twice.
    fn equivocate(&mut self, node: usize) {
        if !self.hostile[node] || !self.nodes[node].up {
            return;
        }
        let wall = self.clock(node).wall;
        for body in ["one thing", "the other"] {
            let claim = self.claim(node, 0, 0);
            let store = &mut self.nodes[node].store;
            let seq = 7;
            let hlc = Hlc::new(wall, body.len() as u16);
            let content = Content::Body(body.as_bytes().to_vec());
            let version = Version { claim, hlc, seq, expires: None, content };
            let Ok(signed) = version.sign(store.secret()) else { return };
            self.signed.insert(signed.brief().id);
            if store.keep(&Arc::new(signed), wall).is_err() {
                return self.crash(node);
            }
            self.touch(node);
        }
    }

    /// A machine gets rid of its tombstones, if everybody has acknowledged them.
    fn sweep(&mut self, node: usize, class: usize) {
        let class = self.classes[class % self.classes.len()].clone();
        let wall = self.clock(node).wall;
        let Node { store, up, .. } = &self.nodes[node];
        let author = store.key();
        let Some(members) = store.members().filter(|_| *up) else { return };
        let audience: Vec<PublicKey> = members
            .current()
            .map(|(key, _)| *key)
            .filter(|key| class.is_for(key) && *key != author)
            .collect();
        let advance = store.registers().advance(&class.id(), &author, |tombstone| {
            let acked = audience.iter().all(|key| store.is_acked(key, tombstone));
            may_drop(tombstone, acked, TTL, wall)
        });
        let Some(advance) = advance else { return };
        for brief in advance.renew {
            let version =
                self.nodes[node].store.disk().versions.get(&brief.id).map(|(_, version)| version.clone());
            let Some(version) = version else { return };
            let Content::Body(body) = &version.version().content else { continue };
            let again = Version { hlc: Hlc::ZERO, ..version.version().clone() };
            if self.keep(node, again, Some(body.clone())).is_none() {
                // It crashed: the floor waits.
                return;
            }
        }
        self.keep(node, Version::floor(author, class, advance.floor, 0), None);
    }

    /// What a hostile machine makes of what it should send.
    fn twist(&mut self, from: usize, frame: Vec<u8>) -> Option<Vec<u8>> {
        if !self.hostile[from] {
            return Some(frame);
        }
        let class = self.classes[0].clone();
        let victim = self.nodes[self.nodes[from].rng.clone().index(self.nodes.len())].store.key();
        let Node { rng, store, .. } = &mut self.nodes[from];
        if !rng.happens(3000) {
            return Some(frame);
        }
        let set = Set::Class(class.id());
        let ids = |rng: &mut Rng, count: usize| (0..count).map(|_| rng.bytes()).collect::<Vec<Id>>();
        let any = |rng: &mut Rng| {
            let versions: Vec<&Arc<Verified>> =
                store.disk().versions.values().map(|(_, version)| version).collect();
            (!versions.is_empty()).then(|| versions[rng.index(versions.len())].clone())
        };
        Some(match rng.below(11) {
            0 => {
                let body: Vec<u8> = (0..rng.below(400)).map(|_| rng.draw() as u8).collect();
                [(body.len() as u32).to_be_bytes().as_slice(), &body].concat()
            }
            1 => {
                let mut frame = frame;
                let at = 4 + rng.index(frame.len() - 4);
                frame[at] ^= 1 << rng.below(8);
                frame
            }
            // Too long; rarely, as hashing them is most of what a run would do.
            2 if rng.happens(500) => vec![0x55; 300 * 1024],
            2 => [[0xff; 4].as_slice(), &[0x55; 40]].concat(),
            3 => {
                let digest = Digest { count: rng.below(1000), hash: rng.bytes() };
                let levels = vec![
                    Level { set, digest },
                    Level { set: Set::Class(ClassId::from_bytes(rng.bytes())), digest },
                ];
                Frame::Levels { turn: rng.below(1 << 20), heard: 0, last: true, levels }.to_bytes()
            }
            4 => {
                // Somebody else's words, changed.
                let mut body = any(rng)?.signed().to_wire();
                let at = rng.index(body.len());
                body[at] ^= 1;
                Frame::Bodies { set, bodies: vec![body], gone: Vec::new() }.to_bytes()
            }
            5 => Frame::Announce { set, ids: ids(rng, 300) }.to_bytes(),
            6 => return None,
            7 => {
                Frame::Bodies { set, bodies: vec![any(rng)?.signed().to_wire()], gone: Vec::new() }.to_bytes()
            }
            8 => {
                // In somebody else's name.
                if victim == store.key() {
                    return Some(frame);
                }
                let claim = Claim { author: victim, class, ..any(rng)?.version().claim.clone() };
                let content = Content::Body(b"allow everything".to_vec());
                let hlc = Hlc::new(Millis(EPOCH + self.now), 9);
                let bytes = Version { claim, hlc, seq: 1, expires: None, content }.to_bytes().ok()?;
                let signature = store.secret().sign(&bytes);
                let body = Signed { bytes: bytes.into(), signature }.to_wire();
                Frame::Bodies { set, bodies: vec![body], gone: Vec::new() }.to_bytes()
            }
            9 => Frame::Want { set, ids: ids(rng, 200) }.to_bytes(),
            _ => {
                let acks = ids(rng, 50).into_iter().map(|id| (id, Verdict::Stored)).collect();
                Frame::Ack { set, acks }.to_bytes()
            }
        })
    }

    /// Honest machines that belong to the hive.
    fn honest(&self) -> Vec<usize> {
        let Some(members) = self.nodes[0].store.members() else { return Vec::new() };
        let belongs = |node: &usize| members.role(&self.nodes[*node].store.key()).is_some();
        (0..self.nodes.len()).filter(|node| !self.hostile[*node]).filter(belongs).collect()
    }

    /// Holds what is against what should be.
    pub(super) fn check(&self) -> Option<Failure> {
        self.find().err()
    }

    fn find(&self) -> Result<(), Failure> {
        let honest = self.honest();
        let store = |node: usize| &self.nodes[node].store;
        for class in &self.classes {
            let (id, everybody) = (class.id(), *class == self.classes[0]);
            let audience: Vec<usize> = honest
                .iter()
                .copied()
                .filter(|node| everybody || class.is_for(&store(*node).key()))
                .collect();
            let Some(first) = audience.first() else { continue };
            for node in &audience {
                for head in store(*node).registers().heads(&id) {
                    if !self.signed.contains(&head.id) {
                        return Err(Failure::Forged(format!("{} on {node}", head.id)));
                    }
                }
                let (a, b) = (store(*first).registers().digest(&id), store(*node).registers().digest(&id));
                if a != b {
                    let what =
                        format!("{first} holds {} and {node} holds {} of one audience", a.count, b.count);
                    return Err(Failure::Differ(what));
                }
                let proofs = |node: usize| -> BTreeSet<(PublicKey, Id)> {
                    let all = store(node).proofs();
                    all.filter(|((class, _), _)| *class == id)
                        .map(|((_, author), proof)| (*author, *proof))
                        .collect()
                };
                if proofs(*first) != proofs(*node) {
                    return Err(Failure::Differ(format!("{first} and {node} know of different proofs")));
                }
            }
        }
        let ops = |node: usize| -> BTreeSet<Id> {
            let members = store(node).members();
            members.into_iter().flat_map(Members::ops).map(|(id, _)| *id.as_bytes()).collect()
        };
        for node in &honest {
            if ops(*node) != ops(0) {
                return Err(Failure::Differ(format!("0 and {node} know of different members")));
            }
        }
        self.find_lost(&honest)?;
        self.find_unfounded(&honest)
    }

    fn find_lost(&self, honest: &[usize]) -> Result<(), Failure> {
        let mut last: BTreeMap<(ClassId, ClaimId), &Said> = BTreeMap::new();
        for said in &self.said {
            if self.nodes[said.node].store.disk().versions.contains_key(&said.id) {
                last.insert((said.class, said.claim), said);
            }
        }
        for said in last.values().filter(|said| honest.contains(&said.node)) {
            let author = self.nodes[said.node].store.key();
            for node in honest {
                let store = &self.nodes[*node].store;
                let Some(class) = self.classes.iter().find(|class| class.id() == said.class) else {
                    continue;
                };
                if !class.is_for(&store.key()) && *node != said.node {
                    continue;
                }
                let head = store.registers().head(&said.class, &author, &said.claim);
                let stands = head.filter(|head| !head.tombstone);
                let what = || format!("claim {} of {}, on {node}", said.claim, said.node);
                match (&said.body, stands) {
                    (None, Some(_)) => return Err(Failure::Back(what())),
                    (Some(_), None) => return Err(Failure::Lost(what())),
                    (Some(body), Some(head)) => {
                        let version = store.disk().versions.get(&head.id);
                        let same = version.is_some_and(|(_, version)| {
                            version.version().content == Content::Body(body.clone())
                        });
                        if !same {
                            return Err(Failure::Lost(what()));
                        }
                    }
                    (None, None) => {}
                }
            }
        }
        Ok(())
    }

    fn find_unfounded(&self, honest: &[usize]) -> Result<(), Failure> {
        for node in honest {
            let store = &self.nodes[*node].store;
            for other in honest.iter().filter(|other| *other != node) {
                let theirs = &self.nodes[*other].store;
                let key = theirs.key();
                for class in store.classes().keys() {
                    for head in store.registers().heads(class).filter(|head| store.is_acked(&key, head)) {
                        let has = theirs.disk().versions.contains_key(&head.id);
                        let better = theirs.head(head).is_some_and(|other| other.stamp() > head.stamp());
                        if !has && !better && theirs.registers().floor(class, &head.author) <= head.hlc {
                            return Err(Failure::Unfounded(format!("{} on {other}, says {node}", head.id)));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// A hive of these keys, the first of which founds it and takes the others in.
fn hive(secrets: &[SecretKey], nonce: u64) -> (Signed, Vec<Signed>) {
    let founder = secrets[0].public();
    let hlc = Hlc::new(Millis(EPOCH - 1_000_000), 0);
    let mut random = [0; 16];
    random[..8].copy_from_slice(&nonce.to_le_bytes());
    let action = Action::Found { name: "hive".to_owned(), founder: "0".to_owned(), nonce: random };
    let sign = |op: Op| op.sign(&secrets[0]).unwrap_or_else(|error| panic!("{error}"));
    let founding = sign(Op { hive: None, author: founder, hlc, parents: BTreeSet::new(), action });
    let members = Members::found(&founding).unwrap_or_else(|error| panic!("{error}"));
    let add = |(index, secret): (usize, &SecretKey)| {
        let action = Action::Add { key: secret.public(), role: Role::Member, name: index.to_string() };
        sign(members.next(founder, Hlc::new(hlc.time(), index as u16), action))
    };
    (founding.clone(), secrets.iter().enumerate().skip(1).map(add).collect())
}
