//! Who is asked for what: each thing that is lacked is asked of one announcer at a time, and of the next one when that
//! one does not have it any more, is gone, or lets it be waited for. So a body crosses the net about once for each machine.

use std::collections::BTreeMap;

use super::frame::{Id, Set};
use super::hub::LinkId;

/// Announcers remembered of one thing.
const MAX_ANNOUNCERS: usize = 16;
/// How often one thing is asked for before it is left to the next comparison.
const MAX_TRIES: u32 = 8;
/// Things that are chased at once.
const MAX_CHASED: usize = 1 << 20;

/// One thing of a set.
pub(super) type Key = (Set, Id);

#[derive(Debug, Default)]
struct Quarry {
    announcers: Vec<LinkId>,
    asked: Option<LinkId>,
    tries: u32,
}

/// Everything that is lacked.
#[derive(Debug, Default)]
pub(super) struct Chase {
    wanted: BTreeMap<Key, Quarry>,
}

impl Chase {
    /// This is to be had there. Says whether it should be asked for there, once there is room.
    pub(super) fn announced(&mut self, key: Key, link: LinkId) -> bool {
        if self.wanted.len() >= MAX_CHASED && !self.wanted.contains_key(&key) {
            return false;
        }
        let quarry = self.wanted.entry(key).or_default();
        if quarry.announcers.contains(&link) || quarry.announcers.len() >= MAX_ANNOUNCERS {
            return false;
        }
        quarry.announcers.push(link);
        quarry.asked.is_none()
    }

    /// There is room to ask for this there. Says whether to.
    pub(super) fn ask(&mut self, key: &Key, link: LinkId) -> bool {
        match self.wanted.get_mut(key) {
            Some(quarry) if quarry.asked.is_none() => {
                quarry.asked = Some(link);
                quarry.tries += 1;
                true
            }
            _ => false,
        }
    }

    /// This one did not bring it: it has it no more, or might yet (`late`). Names whom to ask next.
    pub(super) fn failed(&mut self, key: &Key, link: LinkId, late: bool) -> Option<LinkId> {
        let quarry = self.wanted.get_mut(key)?;
        quarry.announcers.retain(|other| *other != link);
        if late {
            quarry.announcers.push(link);
        }
        if quarry.asked == Some(link) {
            quarry.asked = None;
        }
        if quarry.announcers.is_empty() || quarry.tries >= MAX_TRIES {
            self.wanted.remove(key);
            return None;
        }
        if quarry.asked.is_none() { quarry.announcers.first().copied() } else { None }
    }

    /// It is here. Names who was asked for it.
    pub(super) fn came(&mut self, key: &Key) -> Option<LinkId> {
        self.wanted.remove(key)?.asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::ClassId;

    #[test]
    fn one_announcer_at_a_time_is_asked() {
        let key = (Set::Class(ClassId::from_bytes([0; 32])), [1; 32]);
        let mut chase = Chase::default();
        assert!(chase.announced(key, 1));
        assert!(chase.announced(key, 2));
        assert!(!chase.announced(key, 2), "announced twice");
        assert!(chase.ask(&key, 1));
        assert!(!chase.ask(&key, 2), "another one is asked");
        assert!(!chase.announced(key, 3));
        assert_eq!(chase.failed(&key, 1, true), Some(2));
        assert!(chase.ask(&key, 2));
        assert_eq!(chase.failed(&key, 1, false), None, "nobody is waiting for that one");
        assert_eq!(chase.failed(&key, 2, false), Some(3));
        assert!(chase.ask(&key, 3));
        assert_eq!(chase.came(&key), Some(3));
        assert_eq!(chase.came(&key), None);
    }

    #[test]
    fn what_nobody_brings_is_given_up() {
        let key = (Set::Class(ClassId::from_bytes([0; 32])), [1; 32]);
        let mut chase = Chase::default();
        chase.announced(key, 1);
        let mut asked = 0;
        while chase.ask(&key, 1) {
            asked += 1;
            chase.failed(&key, 1, true);
        }
        assert_eq!(asked, MAX_TRIES);
    }
}
