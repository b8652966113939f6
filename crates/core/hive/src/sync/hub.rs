//! One machine's end of all its links.

use std::collections::{BTreeMap, VecDeque};

use super::chase::{Chase, Key};
use super::frame::{Fault, Frame, Id, Set, Verdict};
use super::link::{Compared, Link};
use super::{Now, Replica};
use crate::key::PublicKey;

/// Names a link within a hub, never used again.
pub type LinkId = u64;

/// What happened on a link that somebody may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Everything that could be exchanged was.
    Settled {
        /// On which link.
        link: LinkId,
        /// Whether both ends have the same now.
        identical: bool,
    },
    /// Versions came that are none, or that nobody signed.
    Bad {
        /// On which link.
        link: LinkId,
        /// How many.
        versions: usize,
    },
}

/// Why a link is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop<E> {
    /// The other end did what it may not.
    #[error("{fault}")]
    Fault {
        /// What.
        fault: Fault,
        /// What to send before the link is closed.
        farewell: Option<Vec<u8>>,
    },
    /// Our store failed. Nothing was acknowledged that it does not have. The link stands; to begin anew, close it.
    #[error("the store failed")]
    Store(E),
}

/// All links of one machine.
#[derive(Debug, Default)]
pub struct Hub {
    links: BTreeMap<LinkId, Link>,
    chase: Chase,
    events: VecDeque<Event>,
    ripe: Option<u64>,
}

impl Hub {
    /// A link to this peer, whose key the transport has proven. The dialler speaks first.
    pub fn open<R: Replica>(&mut self, id: LinkId, peer: PublicKey, dialler: bool, replica: &R, now: Now) {
        let mut link = Link::new(peer, dialler, now);
        if dialler {
            link.greet(replica, now);
        }
        self.links.insert(id, link);
    }

    /// The link is no more. What was asked for there is asked for elsewhere.
    pub fn close(&mut self, id: LinkId, now: Now) {
        let Some(link) = self.links.remove(&id) else { return };
        for key in link.flight.keys().chain(&link.queue) {
            self.ask_next(*key, id, false);
        }
        self.pump_all(now);
    }

    /// The links there are.
    pub fn links(&self) -> impl Iterator<Item = (LinkId, &PublicKey)> {
        self.links.iter().map(|(id, link)| (*id, &link.peer))
    }

    /// What came on a link: one frame, without its length.
    pub fn receive<R: Replica>(
        &mut self,
        id: LinkId,
        body: &[u8],
        replica: &mut R,
        now: Now,
    ) -> Result<(), Stop<R::Error>> {
        if !self.links.contains_key(&id) {
            return Ok(());
        }
        match Frame::from_body(body) {
            Ok(frame) => self.receive_frame(id, frame, body.len(), replica, now),
            Err(fault) => Err(self.end(id, fault, now)),
        }
    }

    /// The same, for who has a [`super::Splitter`].
    pub fn receive_frame<R: Replica>(
        &mut self,
        id: LinkId,
        frame: Frame,
        bytes: usize,
        replica: &mut R,
        now: Now,
    ) -> Result<(), Stop<R::Error>> {
        match self.handle(id, frame, bytes, replica, now) {
            Err(Halt::Fault(fault)) => return Err(self.end(id, fault, now)),
            Err(Halt::Store(error)) => return Err(Stop::Store(error)),
            Ok(()) => {}
        }
        self.go_on(replica, now).map_err(Stop::Store)
    }

    /// Ends a link for a fault.
    fn end<E>(&mut self, id: LinkId, fault: Fault, now: Now) -> Stop<E> {
        self.close(id, now);
        let farewell = match fault {
            Fault::Refused(_) => None,
            _ => Some(Frame::Refused(fault.reason()).to_bytes()),
        };
        Stop::Fault { fault, farewell }
    }

    fn handle<R: Replica>(
        &mut self,
        id: LinkId,
        frame: Frame,
        bytes: usize,
        replica: &mut R,
        now: Now,
    ) -> Result<(), Halt<R::Error>> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        link.count(&frame, bytes, now)?;
        let peer = link.peer;
        match frame {
            Frame::Refused(reason) => return Err(Fault::Refused(reason).into()),
            Frame::Hello { oldest, newest } => {
                if !replica.is_peer(&peer) {
                    return Err(Fault::NoMember.into());
                }
                link.greeted_by(oldest, newest, replica, now)?;
            }
            // Before the other end has said who it is to us, nothing else counts.
            _ if !link.greeted => {}
            Frame::Levels { turn, heard, last, levels } => {
                link.told_by(turn, heard, last, &levels, replica, now);
            }
            Frame::Compare { set, step, answer: false, message } => {
                link.answer(set, step, &message, replica)?;
            }
            Frame::Compare { set, step, answer: true, message } => {
                if let Some(compared) = link.answered(set, step, &message, now)? {
                    self.compared(id, compared, replica, now).map_err(Halt::Store)?;
                }
            }
            Frame::Want { set, ids } => link.owe(set, ids),
            Frame::Announce { set, ids } => {
                if replica.accepts(&peer, &set) {
                    link.saw(&ids);
                    self.lacked(id, set, ids, replica).map_err(Halt::Store)?;
                }
            }
            Frame::Bodies { set, bodies, gone } => {
                let lost: Vec<Key> = gone.into_iter().map(|id| (set, id)).collect();
                let lost: Vec<Key> =
                    lost.into_iter().filter(|key| link.flight.remove(key).is_some()).collect();
                for key in lost {
                    self.ask_next(key, id, false);
                }
                self.bodies(id, set, bodies, replica, now)?;
            }
            Frame::Ack { set, acks } => {
                let had: Vec<Id> = acks
                    .into_iter()
                    .filter(|(_, verdict)| verdict.acknowledges())
                    .map(|(id, _)| id)
                    .collect();
                link.saw(&had);
                replica.acknowledged(&peer, &set, &had).map_err(Halt::Store)?;
            }
        }
        Ok(())
    }

    /// A comparison is over: what the other end lacks is announced to it, what we lack is wanted.
    fn compared<R: Replica>(
        &mut self,
        id: LinkId,
        compared: Compared,
        replica: &mut R,
        now: Now,
    ) -> Result<(), R::Error> {
        let Compared { set, have, need } = compared;
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        if let Set::Withheld(_) = set {
            // The ids are all there is to it.
            replica.withheld_by(&link.peer, &need, &have)?;
            return link.drive(replica, now);
        }
        for id in have {
            link.announce(set, id);
        }
        self.lacked(id, set, need, replica)
    }

    /// These are to be had on this link.
    fn lacked<R: Replica>(
        &mut self,
        id: LinkId,
        set: Set,
        ids: Vec<Id>,
        replica: &mut R,
    ) -> Result<(), R::Error> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        let (known, lacked): (Vec<Id>, Vec<Id>) = ids.into_iter().partition(|id| replica.knows(&set, id));
        for lost in lacked {
            if self.chase.announced((set, lost), id) {
                link.queue.push_back((set, lost));
            }
        }
        if known.is_empty() { Ok(()) } else { replica.acknowledged(&link.peer, &set, &known) }
    }

    fn bodies<R: Replica>(
        &mut self,
        id: LinkId,
        set: Set,
        bodies: Vec<Vec<u8>>,
        replica: &mut R,
        now: Now,
    ) -> Result<(), Halt<R::Error>> {
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        let asked = link.flight.keys().filter(|(of, _)| *of == set).count();
        if bodies.is_empty() || asked == 0 {
            // Not asked for, or no longer: it came twice, or from elsewhere.
            return Ok(());
        }
        link.brought(&bodies);
        let acks = replica.take(&link.peer, &set, bodies, now.wall).map_err(Halt::Store)?;
        let bad = acks.iter().filter(|(_, verdict)| *verdict == Verdict::Invalid).count();
        link.saw(&acks.iter().map(|(id, _)| *id).collect::<Vec<Id>>());
        for (body, _) in &acks {
            let key = (set, *body);
            // It may have come from one that was given up while another is asked.
            let asked = self.chase.came(&key).unwrap_or(id);
            for link in [asked, id] {
                if let Some(link) = self.links.get_mut(&link) {
                    link.flight.remove(&key);
                }
            }
        }
        if bad > 0 {
            self.events.push_back(Event::Bad { link: id, versions: bad });
        }
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        link.ack(set, acks);
        Ok(link.count_bad(bad)?)
    }

    /// Something was written here, or the time has come that [`Hub::due`] named.
    pub fn tick<R: Replica>(&mut self, replica: &mut R, now: Now) -> Result<(), R::Error> {
        if self.ripe.is_none_or(|ripe| ripe <= now.steady) {
            let until = replica.ripen(now.wall)?;
            // By our wall; but no more than a minute is trusted to it at a time.
            let wait = until.map_or(RIPEN_EVERY, |until| until.0.saturating_sub(now.wall.0));
            self.ripe = Some(now.steady + wait.clamp(1, RIPEN_EVERY));
        }
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            let Some(link) = self.links.get_mut(&id) else { continue };
            link.tick(replica, now);
            for key in link.late(now) {
                self.ask_next(key, id, true);
            }
        }
        self.go_on(replica, now)
    }

    /// When to tick next, by the steady clock.
    pub fn due(&self) -> u64 {
        self.links.values().map(Link::due).fold(self.ripe.unwrap_or(0), u64::min)
    }

    /// The next frame to send on a link, with its length. To be asked for when the transport takes more, not before: what is
    /// owed is read from the store only then.
    pub fn transmit<R: Replica>(&mut self, id: LinkId, replica: &R, now: Now) -> Option<Vec<u8>> {
        let link = self.links.get_mut(&id)?;
        let frame = link.transmit(replica, now);
        if frame.is_none()
            && let Some(identical) = link.settles()
        {
            self.events.push_back(Event::Settled { link: id, identical });
        }
        frame.map(|frame| frame.to_bytes())
    }

    /// What happened since this was last asked.
    pub fn events(&mut self) -> impl Iterator<Item = Event> {
        std::mem::take(&mut self.events).into_iter()
    }

    fn go_on<R: Replica>(&mut self, replica: &mut R, now: Now) -> Result<(), R::Error> {
        for (set, id) in replica.fresh() {
            for link in self.links.values_mut() {
                if link.greeted && replica.offers(&link.peer, &set, &id) {
                    link.announce(set, id);
                }
            }
        }
        self.pump_all(now);
        for link in self.links.values_mut() {
            link.drive(replica, now)?;
        }
        Ok(())
    }

    /// This link did not bring it; whoever else announced it is asked.
    fn ask_next(&mut self, key: Key, id: LinkId, late: bool) {
        let mut failed = self.chase.failed(&key, id, late);
        while let Some(next) = failed {
            match self.links.get_mut(&next) {
                Some(link) => {
                    link.queue.push_front(key);
                    return;
                }
                None => failed = self.chase.failed(&key, next, false),
            }
        }
    }

    fn pump_all(&mut self, now: Now) {
        for (id, link) in &mut self.links {
            let mut asked = Vec::new();
            while link.has_room_for(asked.len()) {
                let Some(key) = link.queue.pop_front() else { break };
                if self.chase.ask(&key, *id) {
                    asked.push(key);
                }
            }
            if !asked.is_empty() {
                link.want(&asked, now);
            }
        }
    }
}

/// How long it is at most until what is held is looked at again.
const RIPEN_EVERY: u64 = 60_000;

/// Why a frame was not taken.
enum Halt<E> {
    Fault(Fault),
    Store(E),
}

impl<E> From<Fault> for Halt<E> {
    fn from(fault: Fault) -> Halt<E> {
        Halt::Fault(fault)
    }
}
