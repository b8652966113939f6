//! Any bytes as what a link brings: frames are read in one way, whatever pieces they come in, and a machine to which they
//! are given ends the link at worst. What it holds of them is bounded.

#![no_main]

use claudectl_hive::claim::ClassId;
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::PublicKey;
use claudectl_hive::register::Digest;
use claudectl_hive::sync::frame::MAX_FRAME;
use claudectl_hive::sync::{Frame, Hub, Id, Item, Level, Now, Replica, Set, Splitter, Verdict};
use libfuzzer_sys::fuzz_target;

/// A store of a hundred things that takes nothing in.
struct Still;

const CLASS: Set = Set::Class(ClassId::from_bytes([7; 32]));

fn id(number: u8) -> Id {
    let mut id = [number; 32];
    id[0] = number.wrapping_mul(37);
    id
}

impl Replica for Still {
    type Error = ();
    fn key(&self) -> PublicKey {
        PublicKey::from_bytes([1; 32])
    }
    fn revision(&self) -> u64 {
        1
    }
    fn is_peer(&self, _: &PublicKey) -> bool {
        true
    }
    fn levels(&self, peer: &PublicKey) -> Vec<Level> {
        let items = self.items(peer, &CLASS);
        vec![Level { set: CLASS, digest: Digest::of(items.iter().map(|item| &item.id)) }]
    }
    fn accepts(&self, _: &PublicKey, _: &Set) -> bool {
        true
    }
    fn items(&self, _: &PublicKey, set: &Set) -> Vec<Item> {
        let many = if *set == CLASS { 100 } else { 0 };
        (0..many).map(|number| Item { hlc: Hlc::from_raw(u64::from(number) << 20), id: id(number) }).collect()
    }
    fn news(&self, _: &PublicKey, _: &Set, _: usize) -> Option<Vec<Id>> {
        Some(vec![id(3)])
    }
    fn offers(&self, peer: &PublicKey, set: &Set, id: &Id) -> bool {
        self.items(peer, set).iter().any(|item| item.id == *id)
    }
    fn body(&self, peer: &PublicKey, set: &Set, id: &Id) -> Option<Vec<u8>> {
        self.offers(peer, set, id).then(|| vec![0; 100])
    }
    fn knows(&self, set: &Set, id: &Id) -> bool {
        self.offers(&self.key(), set, id)
    }
    fn take(
        &mut self,
        _: &PublicKey,
        _: &Set,
        bodies: Vec<Vec<u8>>,
        _: Millis,
    ) -> Result<Vec<(Id, Verdict)>, ()> {
        Ok(bodies.iter().map(|body| (id(body.len() as u8), Verdict::Invalid)).collect())
    }
    fn withheld_by(&mut self, _: &PublicKey, _: &[Id], _: &[Id]) -> Result<(), ()> {
        Ok(())
    }
    fn acknowledged(&mut self, _: &PublicKey, _: &Set, _: &[Id]) -> Result<(), ()> {
        Ok(())
    }
    fn identical(&mut self, _: &PublicKey, _: &Set, _: &Digest) -> Result<(), ()> {
        Ok(())
    }
    fn ripen(&mut self, _: Millis) -> Result<Option<Millis>, ()> {
        Ok(None)
    }
    fn fresh(&mut self) -> Vec<(Set, Id)> {
        Vec::new()
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(frame) = Frame::from_body(data) {
        assert_eq!(&frame.to_bytes()[4..], data);
    }
    let (mut whole, mut pieces) = (Splitter::default(), Splitter::default());
    whole.push(data);
    let mut frames = Vec::new();
    while let Ok(Some(frame)) = whole.next_frame() {
        frames.push(frame);
    }
    let mut again = Vec::new();
    'all: for piece in data.chunks(7) {
        pieces.push(piece);
        loop {
            match pieces.next_frame() {
                Ok(Some(frame)) => again.push(frame),
                Ok(None) => break,
                Err(_) => break 'all,
            }
        }
        assert!(pieces.held() <= MAX_FRAME + 16);
    }
    assert_eq!(frames, again);

    // Both ends: as the one that was dialled, and as the one that dials.
    let peer = PublicKey::from_bytes([2; 32]);
    let mut hub = Hub::default();
    for (link, dialler) in [(1, false), (2, true)] {
        let mut steady = 0;
        let now = |steady| Now { wall: Millis(1 << 40), steady };
        hub.open(link, peer, dialler, &Still, now(0));
        let hello = Frame::Hello { oldest: 1, newest: 1 };
        let _greeted = hub.receive_frame(link, hello, 20, &mut Still, now(0));
        for frame in &frames {
            steady += 3000;
            let _ended = hub.receive_frame(link, frame.clone(), 20, &mut Still, now(steady));
            let _ticked = hub.tick(&mut Still, now(steady));
            let mut sent = 0;
            while let Some(frame) = hub.transmit(link, &Still, now(steady)) {
                assert!(Frame::from_body(&frame[4..]).is_ok());
                sent += frame.len();
                assert!(sent < 4 << 20);
            }
        }
    }
});
