use std::collections::BTreeSet;

use claudectl_hive::claim::{Audience, Claim, Class, Content, HiveId, Kind, Verified, Version};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::{PublicKey, SecretKey};
use claudectl_hive::register::{Outcome, Registers};
use proptest::prelude::*;

use super::Told;
use crate::connection::Store;

const NOW: Millis = Millis(1_000_000_000_000);

fn key(n: u8) -> SecretKey {
    SecretKey::from_bytes(&[n; 32])
}

fn class(n: u8) -> Class {
    let hive = HiveId::from_bytes([7; 32]);
    match n {
        0 => Class::everyone(hive),
        n => Class { hive, audience: Audience::Listed(BTreeSet::from([key(n).public()])) },
    }
}

fn said(author: u8, of: u8, name: &str, at: u64, seq: u64, content: Content) -> Verified {
    let claim = Claim {
        author: key(author).public(),
        class: class(of),
        kind: Kind::new("pattern").unwrap(),
        scope: String::new(),
        key: vec![name.to_owned()],
        condition: None,
        family: String::new(),
    };
    let hlc = Hlc::new(Millis(NOW.0 + at), 0);
    Version { claim, hlc, seq, expires: None, content }.sign(&key(author)).unwrap()
}

fn body(text: &str) -> Content {
    Content::Body(text.as_bytes().to_vec())
}

fn floor(author: u8, of: u8, at: u64, seq: u64) -> Verified {
    let at = Hlc::new(Millis(NOW.0 + at), 0);
    Version::floor(key(author).public(), class(of), at, seq).sign(&key(author)).unwrap()
}

#[derive(Debug, Clone)]
struct Said {
    author: u8,
    class: u8,
    name: u8,
    at: u64,
    seq: u64,
    what: u8,
}

fn any_said() -> impl Strategy<Value = Said> {
    // Some beyond ten minutes ahead.
    let at = prop_oneof![9 => 0_u64..20, 1 => 700_000_u64..700_010];
    (1_u8..3, 0_u8..2, 0_u8..3, at, 0_u64..12, 0_u8..8)
        .prop_map(|(author, class, name, at, seq, what)| Said { author, class, name, at, seq, what })
}

impl Said {
    fn version(&self) -> Verified {
        let name = ["a", "b", "c"][usize::from(self.name)];
        match self.what {
            0 => floor(self.author, self.class, self.at, self.seq),
            1 => said(self.author, self.class, name, self.at, self.seq, Content::Tombstone),
            n => said(self.author, self.class, name, self.at, self.seq, body(&n.to_string())),
        }
    }
}

fn same(store: &Store, registers: &Registers, authors: &[PublicKey]) -> Result<(), TestCaseError> {
    for class in [class(0), class(1)] {
        let id = class.id();
        prop_assert_eq!(store.hive_digest(&id).unwrap(), registers.digest(&id));
        let kept: BTreeSet<_> = store.hive_stamps(&id).unwrap().into_iter().collect();
        prop_assert_eq!(kept, registers.heads(&id).map(|head| (head.hlc, head.id)).collect());
        for author in authors {
            let known = (registers.floor(&id, author), registers.last_seq(&id, author));
            prop_assert_eq!(store.hive_author(&id, author).unwrap(), known);
            let kept: BTreeSet<_> = store
                .hive_briefs(&id, author)
                .unwrap()
                .iter()
                .map(|brief| (brief.stamp(), brief.claim))
                .collect();
            let heads = registers.heads(&id).filter(|head| head.author == *author);
            prop_assert_eq!(kept, heads.map(|head| (head.stamp(), head.claim)).collect());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The tables do what the registers in memory do, in whatever pieces versions come.
    #[test]
    fn tables_are_registers(all in prop::collection::vec(any_said(), 1..40), piece in 1_usize..9) {
        let mut store = Store::in_memory().unwrap();
        let mut registers = Registers::default();
        let versions: Vec<Verified> = all.iter().map(Said::version).collect();
        for piece in versions.chunks(piece) {
            let kept = store.hive_take(piece, NOW).unwrap();
            let held: Vec<_> = piece.iter().map(|version| registers.merge(version.brief(), NOW)).collect();
            prop_assert_eq!(kept, held);
        }
        let authors = [key(1).public(), key(2).public()];
        same(&store, &registers, &authors)?;
        for class in [class(0), class(1)] {
            // A void version's words are gone, so of some nothing can be proven any more.
            let known = registers.equivocators(&class.id());
            prop_assert!(store.hive_proofs(&class.id()).unwrap().iter().all(|proof| known.contains(&proof.author)));
        }
        // What was held is taken when its time has come, and everything comes to the same.
        let later = Millis(NOW.0 + 1_000_000);
        let due: Vec<Verified> =
            store.hive_due(later).unwrap().into_iter().map(|held| held.signed.verify().unwrap()).collect();
        store.hive_take(&due, later).unwrap();
        store.hive_release(&due.iter().map(|version| version.brief().id).collect::<Vec<_>>()).unwrap();
        prop_assert!(store.hive_due(later).unwrap().is_empty());
        for version in &versions {
            registers.merge(version.brief(), later);
        }
        same(&store, &registers, &authors)?;
        // Compaction takes nothing that stands, and nothing that is counted.
        store.hive_compact(Millis(later.0 + 1)).unwrap();
        same(&store, &registers, &authors)?;
    }

    /// Out of what was taken, what counts is what would stand had the rest never come.
    #[test]
    fn what_no_longer_counts_leaves_no_trace(all in prop::collection::vec(any_said(), 1..30), until in 0_u64..20) {
        let counts = |author: &PublicKey, hlc: Hlc| {
            *author != key(1).public() || hlc < Hlc::new(Millis(NOW.0 + until), 0)
        };
        // A void version's words are gone, so floors are left to the other test.
        let versions: Vec<Verified> = all.iter().filter(|said| said.what != 0).map(Said::version).collect();
        let mut store = Store::in_memory().unwrap();
        store.hive_take(&versions, NOW).unwrap();
        let mut registers = Registers::default();
        for version in versions.iter().filter(|version| counts(&version.brief().author, version.brief().hlc)) {
            registers.merge(version.brief(), NOW);
        }
        for class in [class(0), class(1)] {
            let before: BTreeSet<_> = store.hive_stamps(&class.id()).unwrap().into_iter().collect();
            let fell = store.hive_reconsider(&class.id(), NOW, counts).unwrap();
            let after: BTreeSet<_> = store.hive_stamps(&class.id()).unwrap().into_iter().collect();
            prop_assert_eq!(fell, before.difference(&after).count());
            prop_assert_eq!(store.hive_digest(&class.id()).unwrap(), registers.digest(&class.id()));
        }
    }
}

#[test]
fn what_was_taken_is_there_when_the_file_is_opened_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("state.db");
    let one = said(1, 0, "a", 1, 1, body("one"));
    let two = said(1, 0, "a", 2, 2, body("two"));
    let mut store = Store::open(&path).unwrap();
    let stamp = store.hive_stamp(NOW).unwrap();
    store.hive_take(&[one.clone(), two.clone()], NOW).unwrap();
    drop(store);
    let mut store = Store::open(&path).unwrap();
    let id = class(0).id();
    assert_eq!(store.hive_classes().unwrap().get(&id), Some(&class(0)));
    let signed = store.hive_signed(&[one.brief().id, two.brief().id]).unwrap();
    assert_eq!(signed, [Some(one.signed().clone()), Some(two.signed().clone())]);
    assert!(store.hive_stamp(NOW).unwrap() > stamp.max(two.brief().hlc), "clocks go on where they were");
    let mut heads = Vec::new();
    store.hive_heads(|head| heads.push(head.signed)).unwrap();
    assert_eq!(heads, [two.signed().clone()]);
    // The words of what was replaced go, with its number remembered.
    assert_eq!(store.hive_compact(Millis(NOW.0 + 1)).unwrap(), 1);
    assert_eq!(store.hive_signed(&[one.brief().id]).unwrap(), [None]);
    let merged = store.hive_take(&[one], NOW).unwrap();
    assert_eq!(merged[0].outcome, Outcome::Older(two.brief().id));
}

#[test]
fn two_under_one_number_are_proven() {
    let mut store = Store::in_memory().unwrap();
    let one = said(1, 0, "a", 1, 5, body("one"));
    let two = said(1, 0, "b", 2, 5, body("two"));
    let merged = store.hive_take(&[one.clone(), two], NOW).unwrap();
    assert_eq!((merged[0].twin, merged[1].twin), (None, Some(one.brief().id)));
    let proofs = store.hive_proofs(&class(0).id()).unwrap();
    let [proof] = proofs.as_slice() else { panic!("{proofs:?}") };
    assert_eq!((proof.author, proof.seq), (key(1).public(), 5));
    assert!(store.hive_trusts(key(9).public()).unwrap().is_frozen(&key(1).public(), NOW));
    // Another machine goes by it without having seen both.
    let mut other = Store::in_memory().unwrap();
    other.hive_take(&[one], NOW).unwrap();
    other.hive_put_proof(proof).unwrap();
    assert!(other.hive_trusts(key(9).public()).unwrap().is_frozen(&key(1).public(), NOW));
}

/// A store with `n` versions of one class, and a peer.
fn shared(n: u64) -> (Store, Vec<Verified>) {
    let mut store = Store::in_memory().unwrap();
    let all: Vec<Verified> = (0..n).map(|i| said(1, 0, &i.to_string(), i, i, body("x"))).collect();
    store.hive_take(&all, NOW).unwrap();
    assert!(store.hive_put_peer(&key(9).public(), "laptop", NOW).unwrap());
    (store, all)
}

fn acknowledged(store: &Store) -> (u64, u64, Option<Millis>) {
    let all = store.hive_progress(|_, _| Some(BTreeSet::new())).unwrap();
    let [one] = all.as_slice() else { panic!("{all:?}") };
    (one.acknowledged, one.heads, one.waiting_since)
}

#[test]
fn what_a_peer_acknowledged_is_counted_while_it_stands() {
    let (mut store, all) = shared(5);
    let (peer, id) = (key(9).public(), class(0).id());
    assert_eq!(acknowledged(&store), (0, 5, Some(NOW)));
    let ids: Vec<_> = all.iter().map(|version| version.brief().id).collect();
    store.hive_acknowledged(&peer, &id, &[ids[4], ids[1]]).unwrap();
    assert_eq!(acknowledged(&store), (2, 5, Some(NOW)));
    assert_eq!(store.hive_spread(&id, 9).unwrap().iter().map(|spread| spread.peers).sum::<u64>(), 2);
    assert_eq!(store.hive_lacking(&id, &[peer]).unwrap(), [ids[0], ids[2], ids[3]]);
    assert_eq!(store.hive_lacking(&id, &[]).unwrap(), []);
    assert_eq!(
        store.hive_lacking(&id, &[key(8).public(), peer]).unwrap(),
        ids,
        "nobody knows what a stranger has"
    );
    // A new version of what it has is one that it has not.
    let later = Millis(NOW.0 + 50);
    store.hive_take(&[said(1, 0, "1", 99, 99, body("y"))], later).unwrap();
    assert_eq!(acknowledged(&store), (1, 5, Some(NOW)));
    // It says that it holds the same, but for one that is kept back from it.
    let digest = store.hive_digest(&id).unwrap();
    let told = Told { digest, common: 5, at: later };
    store.hive_told(&peer, &id, &told, Some(&[ids[2]])).unwrap();
    assert_eq!(acknowledged(&store), (4, 5, Some(NOW)));
    store.hive_acknowledged(&peer, &id, &[ids[2]]).unwrap();
    assert_eq!(acknowledged(&store), (5, 5, None));
    assert_eq!(store.hive_progress(|_, _| Some(BTreeSet::new())).unwrap()[0].theirs, Some(told));
    // What it said before says nothing any more.
    store
        .hive_told(
            &peer,
            &id,
            &Told { digest: store.hive_digest(&class(1).id()).unwrap(), common: 0, at: NOW },
            None,
        )
        .unwrap();
    assert_eq!(store.hive_progress(|_, _| Some(BTreeSet::new())).unwrap()[0].theirs, Some(told));
    // What comes now waits from now on.
    store.hive_take(&[said(1, 0, "new", 100, 100, body("y"))], later).unwrap();
    assert_eq!(acknowledged(&store), (5, 6, Some(later)));
    assert!(store.hive_progress(|_, _| None).unwrap().is_empty());
    // What is kept back from it, it need not have.
    let new = store.hive_lacking(&id, &[peer]).unwrap();
    let [one] = store.hive_progress(|_, _| Some(new.iter().copied().collect())).unwrap().try_into().unwrap();
    assert_eq!((one.acknowledged, one.heads, one.waiting_since), (5, 5, None));
    let without = store.hive_digest_without(&id, &BTreeSet::from([new[0]])).unwrap();
    assert_eq!(without, digest, "as it was before the newest came");
    assert!(store.hive_drop_peer(&peer).unwrap());
    assert!(!store.hive_drop_peer(&peer).unwrap());
    assert!(store.hive_progress(|_, _| Some(BTreeSet::new())).unwrap().is_empty());
}

#[test]
fn many_acknowledgements_come_to_a_mark_and_mean_the_same() {
    let (mut store, all) = shared(1_500);
    let (peer, id) = (key(9).public(), class(0).id());
    let ids: Vec<_> = all.iter().map(|version| version.brief().id).collect();
    let some: Vec<_> = ids.iter().enumerate().filter(|(at, _)| at % 10 != 3).map(|(_, id)| *id).collect();
    for piece in some.chunks(100) {
        store.hive_acknowledged(&peer, &id, piece).unwrap();
    }
    assert_eq!(acknowledged(&store).0, 1_350);
    let rows: i64 =
        store.connection.query_row("SELECT count(*) FROM hive_ack", [], |row| row.get(0)).unwrap();
    assert!(rows < 600, "{rows}");
    let lacking: Vec<_> = ids.iter().skip(3).step_by(10).copied().collect();
    assert_eq!(store.hive_lacking(&id, &[peer]).unwrap(), lacking);
    let spread = store.hive_spread(&id, 2_000).unwrap();
    assert_eq!(spread.iter().filter(|spread| spread.peers == 0).count(), 150);
}

#[test]
fn hives_and_peers() {
    let mut store = Store::in_memory().unwrap();
    let hive = HiveId::from_bytes([7; 32]);
    assert!(store.hive_join(&hive, "home", NOW).unwrap());
    assert!(!store.hive_join(&HiveId::from_bytes([8; 32]), "home", NOW).unwrap(), "a name is one hive's");
    assert_eq!(store.hives().unwrap(), [("home".to_owned(), hive)]);
    let op = said(1, 0, "a", 1, 1, body("any signed thing")).signed().clone();
    store.hive_put_ops(&hive, &[op.clone(), op.clone()], NOW).unwrap();
    assert_eq!(store.hive_ops(&hive).unwrap(), [op]);
    assert!(store.hive_leave(&hive, NOW).unwrap());
    assert!(!store.hive_leave(&hive, NOW).unwrap());
    assert!(store.hives().unwrap().is_empty());

    let (peer, other) = (key(9).public(), key(8).public());
    assert!(store.hive_put_peer(&peer, "laptop", NOW).unwrap());
    assert!(!store.hive_put_peer(&other, "laptop", NOW).unwrap());
    assert!(store.hive_put_peer(&peer, "notebook", NOW).unwrap());
    store.hive_synced(&peer, Millis(NOW.0 + 5), (10, 20)).unwrap();
    store.hive_synced(&peer, Millis(NOW.0 + 4), (1, 2)).unwrap();
    let peers = store.hive_peers().unwrap();
    assert_eq!(
        (peers[0].name.as_str(), peers[0].last_sync, peers[0].syncs),
        ("notebook", Some(Millis(NOW.0 + 5)), 2)
    );
    assert_eq!(peers[0].bytes, (11, 22));
}
