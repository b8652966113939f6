//! Registers are a function of the set of versions, and nothing that was deleted comes back.

#![expect(clippy::unwrap_used, reason = "what was made here is as it should be, or its test ends")]

use std::collections::{BTreeMap, BTreeSet};

use claudectl_hive::claim::{
    Brief, Claim, ClaimId, Class, ClassId, Content, HiveId, Kind, Signed, Verified, Version, VersionId,
};
use claudectl_hive::clock::{Hlc, MAX_AHEAD, Millis};
use claudectl_hive::key::{PublicKey, SecretKey};
use claudectl_hive::register::{Advance, Outcome, Proof, Registers, may_drop};
use proptest::prelude::*;

const WALL: Millis = Millis(1_000_000);

/// A version as merging sees it. Few of everything, so that they meet.
fn brief((class, author, claim, time, seq, what): (u8, u8, u8, u16, u8, u8)) -> Brief {
    let floor = what == 0;
    let claim = if floor { 0 } else { claim + 1 };
    let hash = blake3::hash(&[class, author, claim, time as u8, seq, what]);
    Brief {
        id: VersionId::from_bytes(*hash.as_bytes()),
        class: ClassId::from_bytes([class; 32]),
        claim: ClaimId::from_bytes([author * 16 + claim; 32]),
        author: PublicKey::from_bytes([author; 32]),
        hlc: Hlc::new(Millis(u64::from(time)), 0),
        seq: u64::from(seq),
        expires: None,
        tombstone: what == 1,
        floor,
    }
}

fn briefs() -> impl Strategy<Value = Vec<Brief>> {
    prop::collection::vec((0..2_u8, 0..3_u8, 0..4_u8, 0..20_u16, 0..60_u8, 0..8_u8).prop_map(brief), 0..60)
}

fn merged<'a>(versions: impl IntoIterator<Item = &'a Brief>) -> Registers {
    let mut registers = Registers::default();
    for version in versions {
        registers.merge(version, WALL);
    }
    registers
}

type Standing = BTreeMap<(ClassId, ClaimId), VersionId>;

fn standing(registers: &Registers) -> Standing {
    let classes = registers.classes();
    let heads = classes.iter().flat_map(|class| registers.heads(class));
    heads.map(|head| ((head.class, head.claim), head.id)).collect()
}

/// What the registers of a set are, said without regard to how one gets there.
fn expected(versions: &[Brief]) -> Standing {
    let mut heads: BTreeMap<(ClassId, ClaimId), Brief> = BTreeMap::new();
    for version in versions {
        let floors = versions.iter().filter(|other| other.floor);
        let own = floors.filter(|other| (other.class, other.author) == (version.class, version.author));
        if own.map(|other| other.hlc).max().is_some_and(|floor| version.hlc < floor) {
            continue;
        }
        let head = heads.entry((version.class, version.claim)).or_insert(*version);
        if version.stamp() > head.stamp() {
            *head = *version;
        }
    }
    heads.into_iter().map(|(place, head)| (place, head.id)).collect()
}

fn digests(registers: &Registers) -> Vec<(u64, [u8; 32])> {
    let digest = |class: u8| registers.digest(&ClassId::from_bytes([class; 32]));
    (0..2).map(digest).map(|digest| (digest.count, digest.hash)).collect()
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(
        (versions, shuffled) in briefs().prop_flat_map(|versions| {
            let twice: Vec<Brief> = versions.iter().chain(&versions).copied().collect();
            (Just(versions), Just(twice).prop_shuffle())
        }),
    ) {
        let (one, other) = (merged(&versions), merged(&shuffled));
        prop_assert_eq!(standing(&one), expected(&versions));
        prop_assert_eq!(standing(&other), expected(&versions));
        prop_assert_eq!(digests(&one), digests(&other));
        for class in one.classes() {
            prop_assert_eq!(one.equivocators(&class), other.equivocators(&class));
        }
    }

    #[test]
    fn what_stands_on_two_sides_is_all_that_the_other_needs(a in briefs(), b in briefs(), c in briefs()) {
        let heads = |registers: &Registers| -> Vec<Brief> {
            let classes = registers.classes();
            classes.iter().flat_map(|class| registers.heads(class)).copied().collect()
        };
        let join = |one: &Registers, other: &Registers| merged(&[heads(one), heads(other)].concat());
        let (one, two, three) = (merged(&a), merged(&b), merged(&c));
        let left = join(&join(&one, &two), &three);
        let right = join(&one, &join(&three, &two));
        let all = [a, b, c].concat();
        prop_assert_eq!(standing(&left), expected(&all));
        prop_assert_eq!(standing(&right), expected(&all));
        prop_assert_eq!(digests(&left), digests(&right));
    }

    #[test]
    fn digests_are_equal_only_for_equal_registers(a in briefs(), b in briefs()) {
        let (one, other) = (merged(&a), merged(&b));
        prop_assert_eq!(standing(&one) == standing(&other), digests(&one) == digests(&other));
    }

    #[test]
    fn what_no_longer_counts_leaves_what_would_have_been_without(versions in briefs(), author in 0..3_u8, cut in 0..20_u64) {
        let author = PublicKey::from_bytes([author; 32]);
        let counts = |version: &Brief| version.author != author || version.hlc.time().0 <= cut;
        let mut registers = merged(&versions);
        let touched = registers.reconsider(counts);
        for version in versions.iter().filter(|version| touched.contains(&version.author) && counts(version)) {
            registers.merge(version, WALL);
        }
        let left: Vec<Brief> = versions.into_iter().filter(counts).collect();
        prop_assert_eq!(standing(&registers), expected(&left));
        prop_assert_eq!(digests(&registers), digests(&merged(&left)));
    }

    #[test]
    fn raising_the_floor_changes_nothing_but_tombstones(versions in briefs(), old in 0..20_u64) {
        let mut registers = merged(&versions);
        let (class, author) = (ClassId::from_bytes([0; 32]), PublicKey::from_bytes([1; 32]));
        let live = |registers: &Registers| -> BTreeSet<ClaimId> {
            let heads = registers.heads(&class).filter(|head| !head.tombstone && !head.floor);
            heads.map(|head| head.claim).collect()
        };
        let graves = |registers: &Registers| -> BTreeSet<VersionId> {
            let heads = registers.heads(&class).filter(|head| head.author == author && head.tombstone);
            heads.map(|head| head.id).collect()
        };
        let before = live(&registers);
        let droppable = |head: &Brief| head.hlc.time().0 <= old;
        let keep: BTreeSet<VersionId> = registers
            .heads(&class)
            .filter(|head| head.author == author && head.tombstone && !droppable(head))
            .map(|head| head.id)
            .collect();
        if let Some(Advance { floor, renew }) = registers.advance(&class, &author, droppable) {
            prop_assert!(floor > registers.floor(&class, &author));
            let later = |head: &Brief, number: usize| Brief {
                hlc: Hlc::new(Millis(100 + number as u64), 0),
                id: VersionId::from_bytes(*blake3::hash(head.id.as_bytes()).as_bytes()),
                seq: 1_000 + number as u64,
                ..*head
            };
            let renewed: Vec<Brief> = renew.iter().enumerate().map(|(number, head)| later(head, number)).collect();
            let sign = Brief { hlc: floor, seq: 2_000, ..brief((0, 1, 0, 0, 0, 0)) };
            for version in renewed.iter().chain([&sign]) {
                registers.merge(version, WALL);
            }
            prop_assert_eq!(live(&registers), before);
            prop_assert!(graves(&registers).is_superset(&keep));
            // Whoever sends all of the past once more brings nothing back.
            let now = standing(&registers);
            for version in &versions {
                registers.merge(version, WALL);
            }
            prop_assert_eq!(standing(&registers), now);
        }
    }
}

fn secret() -> SecretKey {
    SecretKey::from_bytes(&[1; 32])
}

fn version(key: &str, time: u64, seq: u64, content: Content) -> Verified {
    let claim = Claim {
        author: secret().public(),
        class: Class::everyone(HiveId::from_bytes([9; 32])),
        kind: Kind::new("insight").unwrap(),
        scope: String::new(),
        key: vec![key.to_owned()],
        condition: None,
        family: String::new(),
    };
    let version = Version { claim, hlc: Hlc::new(Millis(time), 0), seq, expires: None, content };
    version.sign(&secret()).unwrap()
}

fn body(text: &str) -> Content {
    Content::Body(text.as_bytes().to_vec())
}

#[test]
fn what_was_deleted_does_not_come_back_from_who_missed_everything() {
    let said = version("a", 10, 1, body("said"));
    let gone = version("a", 20, 2, Content::Tombstone);
    let floor =
        Version::floor(secret().public(), said.version().claim.class.clone(), Hlc::new(Millis(21), 0), 3);
    let floor = floor.sign(&secret()).unwrap();
    let class = said.brief().class;

    // Here it was said, deleted, and the tombstone dropped.
    let mut here = merged([said.brief(), gone.brief(), floor.brief()]);
    assert_eq!(here.heads(&class).copied().collect::<Vec<_>>(), [*floor.brief()]);
    // A machine put back from a backup, or one that means harm, sends it again.
    assert_eq!(here.merge(said.brief(), WALL).outcome, Outcome::Void);
    assert_eq!(here.merge(gone.brief(), WALL).outcome, Outcome::Void);
    // A new member heard of it from there, and learns of the floor from here.
    let mut new = merged([said.brief()]);
    assert_ne!(new.digest(&class), here.digest(&class));
    assert_eq!(new.merge(floor.brief(), WALL).outcome, Outcome::New);
    assert_eq!(new.digest(&class), here.digest(&class));
    assert_eq!(new.digest(&class).count, 1);
    // The author can say it again.
    let again = version("a", 30, 4, body("said"));
    assert_eq!(here.merge(again.brief(), WALL).outcome, Outcome::New);
}

#[test]
fn a_tombstone_goes_when_all_know_of_it_and_twice_the_time_has_passed() {
    let gone = *version("a", 1_000, 1, Content::Tombstone).brief();
    let ttl = 500;
    assert!(may_drop(&gone, true, ttl, Millis(2_000)));
    assert!(!may_drop(&gone, true, ttl, Millis(1_999)));
    assert!(!may_drop(&gone, false, ttl, Millis(9_999_999)));
    assert!(!may_drop(&gone, true, u64::MAX, Millis(9_999_999)));
    assert!(!may_drop(version("a", 1_000, 1, body("")).brief(), true, ttl, Millis(9_999)));
}

#[test]
fn a_stamp_from_the_future_is_held_and_leaves_no_trace() {
    let early = version("a", 10, 1, body("now"));
    let ahead = version("a", WALL.0 + MAX_AHEAD + 1, 2, body("tomorrow"));
    let class = early.brief().class;
    let mut registers = merged([early.brief()]);
    let before = registers.digest(&class);
    let held = registers.merge(ahead.brief(), WALL).outcome;
    assert!(matches!(held, Outcome::Held(held) if held.until == Millis(WALL.0 + 1)));
    assert!(!held.acknowledged() && !held.changed());
    assert_eq!((registers.digest(&class), registers.last_seq(&class, &secret().public())), (before, 1));
    let later = registers.merge(ahead.brief(), Millis(WALL.0 + 1)).outcome;
    assert_eq!(later, Outcome::Replaced(early.brief().id));
}

#[test]
fn two_versions_under_one_number_are_a_proof_that_anybody_can_check() {
    let one = version("a", 10, 7, body("to you"));
    let other = version("a", 10, 7, body("to her"));
    let class = one.brief().class;
    let mut registers = merged([one.brief()]);
    assert_eq!(registers.merge(one.brief(), WALL).twin, None);
    assert!(registers.equivocators(&class).is_empty());
    assert_eq!(registers.merge(other.brief(), WALL).twin, Some(one.brief().id));
    assert_eq!(registers.equivocators(&class), BTreeSet::from([secret().public()]));

    let proof = Proof::new(one.signed().clone(), other.signed().clone()).unwrap();
    assert_eq!(Proof::new(other.signed().clone(), one.signed().clone()).as_ref(), Ok(&proof));
    assert_eq!((proof.author, proof.class, proof.seq), (secret().public(), class, 7));
    assert_eq!(Proof::from_bytes(&proof.to_bytes()).as_ref(), Ok(&proof));

    assert!(Proof::new(one.signed().clone(), one.signed().clone()).is_err());
    let third = version("a", 10, 8, body("to her"));
    assert!(Proof::new(one.signed().clone(), third.signed().clone()).is_err());
    let forged = Signed { bytes: other.signed().bytes.clone(), signature: one.signed().signature };
    assert!(Proof::new(one.signed().clone(), forged).is_err());
    let mut swapped = claudectl_hive::bytes::Writer::new(claudectl_hive::bytes::PROOF);
    for signed in proof.versions().iter().rev() {
        swapped.bytes(&signed.to_wire());
    }
    assert!(Proof::from_bytes(&swapped.finish()).is_err());
}

#[test]
fn the_floor_stays_below_a_tombstone_that_somebody_does_not_know_of() {
    let one = *version("a", 10, 1, Content::Tombstone).brief();
    let kept = *version("b", 15, 2, body("kept")).brief();
    let two = *version("c", 20, 3, Content::Tombstone).brief();
    let registers = merged([&one, &kept, &two]);
    let advance = |known: &[Brief]| {
        let advance = registers.advance(&one.class, &one.author, |head| known.contains(head))?;
        Some((advance.floor, advance.renew))
    };
    assert_eq!(advance(&[]), None);
    assert_eq!(advance(&[two]), None);
    assert_eq!(advance(&[one]), Some((one.hlc.next(), vec![])));
    assert_eq!(advance(&[one, two]), Some((two.hlc.next(), vec![kept])));
}
