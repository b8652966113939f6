//! How two machines come to hold the same, and know that they do.
//!
//! A [`Hub`] is one machine's end of all its links. It is given frames and the time, gives frames to send, and asks a
//! [`Replica`] for what is stored: no sockets, no files, no clock, so that the simulator plays a thousand of them.
//!
//! Both ends tell each other what their sets come to ([`frame::Level`]). Where a set differs that was the same before, each
//! announces what has changed since. Where that is not all, or not known, one end compares it range by
//! range (`negentropy`) and so learns what it lacks and what the other does; the former it wants, the latter it announces.
//! First the members of a hive, then what each withholds from the other, then what they know. What is new is announced
//! at once on every link, and fetched from one announcer at a time ([`chase`]). What was taken is acknowledged after the
//! store has it, and never before. When the levels of a set are equal, everything in it is acknowledged at once.
//!
//! Nothing here needs to be remembered for the next link: after a crash at any point the next one begins with levels.
//! Frames may be lost, come twice or in another order; that costs time and nothing else.

mod chase;
pub mod frame;
mod hub;
mod link;

pub use frame::{Fault, Frame, Id, Level, Reason, Set, Splitter, Verdict};
pub use hub::{Event, Hub, LinkId, Stop};

use crate::claim::Class;
use crate::clock::{Hlc, Millis};
use crate::key::PublicKey;
use crate::register::Digest;

/// The two clocks: stamps are held against the wall, patience against one that never jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// What the wall says.
    pub wall: Millis,
    /// Milliseconds since some start.
    pub steady: u64,
}

/// One thing of a set, as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Its stamp, where it has one: neighbours in time are compared together.
    pub hlc: Hlc,
    /// Its name.
    pub id: Id,
}

/// What links need of a store. Everything is said for one peer, whose key the transport has proven; what that peer may not
/// have is not there for it.
pub trait Replica {
    /// Why the store could not do it. The link ends; nothing was acknowledged.
    type Error;

    /// This machine's key.
    fn key(&self) -> PublicKey;

    /// Another number whenever a level may have changed.
    fn revision(&self) -> u64;

    /// Whether this peer shares a hive with us.
    fn is_peer(&self, peer: &PublicKey) -> bool;

    /// What the sets come to that are compared with this peer, those that are empty left out. Of a class: the heads that both
    /// may hold ([`share`]), without those that either withholds from the other, and without those that policy keeps here.
    fn levels(&self, peer: &PublicKey) -> Vec<Level>;

    /// Whether this peer may compare this set with us. A class that is not known here may be compared: it is empty.
    fn accepts(&self, peer: &PublicKey, set: &Set) -> bool;

    /// What a set holds for this peer: exactly what its level is the digest of.
    fn items(&self, peer: &PublicKey, set: &Set) -> Vec<Item>;

    /// What of a class has come to be offered since it was last identical with this peer's; none if it never was, or if it is
    /// more than this. It may be too much or too little: that costs a comparison.
    fn news(&self, peer: &PublicKey, set: &Set, most: usize) -> Option<Vec<Id>>;

    /// Whether this is among the items.
    fn offers(&self, peer: &PublicKey, set: &Set, id: &Id) -> bool;

    /// The bytes of what is offered.
    fn body(&self, peer: &PublicKey, set: &Set, id: &Id) -> Option<Vec<u8>>;

    /// Whether this is here, be it held, replaced or void by now.
    fn knows(&self, set: &Set, id: &Id) -> bool;

    /// Takes bodies. When this returns, what it calls stored would be there after a crash. What is bad spoils nothing
    /// beside it.
    fn take(
        &mut self,
        peer: &PublicKey,
        set: &Set,
        bodies: Vec<Vec<u8>>,
        wall: Millis,
    ) -> Result<Vec<(Id, Verdict)>, Self::Error>;

    /// Takes note of what this peer withholds from us: these are added, and those are no longer withheld.
    fn withheld_by(&mut self, peer: &PublicKey, added: &[Id], gone: &[Id]) -> Result<(), Self::Error>;

    /// This peer has these, or better.
    fn acknowledged(&mut self, peer: &PublicKey, set: &Set, ids: &[Id]) -> Result<(), Self::Error>;

    /// This peer has all of this set, which came to this at the time and still does.
    fn identical(&mut self, peer: &PublicKey, set: &Set, digest: &Digest) -> Result<(), Self::Error>;

    /// Merges what was held and no longer needs to be. Returns when to ask again, if anything is still held.
    fn ripen(&mut self, wall: Millis) -> Result<Option<Millis>, Self::Error>;

    /// What has come to be offered to anybody since this was last asked.
    fn fresh(&mut self) -> Vec<(Set, Id)>;
}

/// What of a class two machines compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// All of it: both belong to the audience.
    All,
    /// What this key wrote: it told an audience that it does not belong to, and is one of the two.
    WrittenBy(PublicKey),
    /// Nothing.
    Nothing,
}

impl Share {
    /// Whether a version by this author is compared.
    pub fn holds(&self, author: &PublicKey) -> bool {
        match self {
            Share::All => true,
            Share::WrittenBy(key) => key == author,
            Share::Nothing => false,
        }
    }
}

/// What of a class these two compare, as far as the audience says. It says the same at both ends.
pub fn share(class: &Class, one: &PublicKey, other: &PublicKey) -> Share {
    match (class.is_for(one), class.is_for(other)) {
        (true, true) => Share::All,
        (true, false) => Share::WrittenBy(*other),
        (false, true) => Share::WrittenBy(*one),
        (false, false) => Share::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Audience, HiveId};

    #[test]
    fn who_is_not_of_the_audience_shares_what_it_wrote_itself() {
        let key = |byte| PublicKey::from_bytes([byte; 32]);
        let hive = HiveId::from_bytes([9; 32]);
        let class = Class { hive, audience: Audience::Listed([key(1), key(2)].into()) };
        assert_eq!(share(&class, &key(1), &key(2)), Share::All);
        assert_eq!(share(&class, &key(3), &key(2)), Share::WrittenBy(key(3)));
        assert_eq!(share(&class, &key(2), &key(3)), Share::WrittenBy(key(3)));
        assert_eq!(share(&class, &key(3), &key(4)), Share::Nothing);
        assert!(Share::WrittenBy(key(3)).holds(&key(3)) && !Share::WrittenBy(key(3)).holds(&key(1)));
        assert!(share(&Class::everyone(hive), &key(3), &key(4)).holds(&key(7)));
    }
}
