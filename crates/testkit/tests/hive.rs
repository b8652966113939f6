//! The promises of the hive's links, held against the simulator, and two machines by hand.

#![expect(clippy::unwrap_used, reason = "what was made here is as it should be, or its test ends")]

use claudectl_hive::claim::{Claim, Class, Content, Kind, Version};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::SecretKey;
use claudectl_hive::members::{Action, Members, Op, Role};
use claudectl_hive::sync::{Event, Fault, Frame, Hub, Now, Replica, Set, Stop, Verdict};
use claudectl_testkit::hive::store::{Checked, Fuse, Sabotage, Store};
use claudectl_testkit::hive::{Failure, Options, Plan, figures, run, shrink};

#[test]
fn honest_machines_come_to_hold_the_same() {
    // As many as take some seconds; `hive-sim --seeds 1000` plays more, and bigger ones.
    for seed in 1..=24 {
        let options = Options { nodes: Some(3 + seed as usize % 7), sabotage: None };
        let report = run(&Plan::of(seed, &options));
        assert_eq!(report.failure, None, "cargo run -p claudectl-testkit --bin hive-sim -- --story {seed}");
    }
}

#[test]
fn a_seed_plays_the_same_again() {
    let options = Options { nodes: Some(6), sabotage: None };
    let [one, again, other] = [5, 5, 6].map(|seed| run(&Plan::of(seed, &options)));
    assert_eq!((&one.trace, one.frames, one.lasted), (&again.trace, again.frames, again.lasted));
    assert_ne!(one.trace, other.trace);
}

#[test]
fn a_store_that_acknowledges_too_early_is_found_and_told_in_few_words() {
    let options = Options { nodes: Some(5), sabotage: Some(Sabotage::AcknowledgesFirst) };
    let plan = Plan::of(3, &options);
    assert!(matches!(run(&plan).failure, Some(Failure::Unfounded(_) | Failure::Lost(_))));
    let short = shrink(&plan, 200);
    assert!(run(&short).failure.is_some());
    assert!(short.deeds.len() <= 2, "{:#?}", short.story());
    assert!(short.nodes <= plan.nodes && short.net.loss == 0);
}

#[test]
fn a_new_claim_is_sent_to_each_machine_once() {
    let spread = figures::spread(100, 7);
    assert_eq!(spread.curve.last(), Some(&100));
    assert_eq!(spread.bodies, 99);
    assert!((spread.rounds() as f64) <= 2.0 * 100_f64.log2(), "{:?}", spread.curve);
    assert!(spread.svg().contains("<polyline") && spread.text().lines().count() == spread.curve.len());
}

#[test]
fn little_changed_costs_little() {
    for dials in [0, 1] {
        let first = figures::changed_head(3_000, 7, dials, false);
        assert!(first.identical && first.overhead() <= 4096, "{first:?}");
        let again = figures::changed_head(3_000, 7, dials, true);
        assert!(again.identical && again.overhead() <= 1024, "{again:?}");
    }
    let [first, second, third] = figures::withheld(3_000, 7);
    assert!(first.identical && second.identical && third.identical);
    assert!(second.bytes < 1024 && third.overhead() < 4096, "{second:?} {third:?}");
    assert_eq!(first.bodies + second.bodies + third.bodies, 0);
}

const WALL: Millis = Millis(1_790_000_000_000);
const NOW: Now = Now { wall: WALL, steady: 0 };

fn at(steady: u64) -> Now {
    Now { wall: Millis(WALL.0 + steady), steady }
}

/// Two members of a hive, and a third machine that is none.
fn machines() -> [Store; 3] {
    let keys = [1, 2, 3].map(|byte| SecretKey::from_bytes(&[byte; 32]));
    let action = Action::Found { name: "hive".into(), founder: "a".into(), nonce: [0; 16] };
    let hlc = Hlc::new(Millis(1), 0);
    let founding = Op { hive: None, author: keys[0].public(), hlc, parents: [].into(), action };
    let founding = founding.sign(&keys[0]).unwrap();
    let members = Members::found(&founding).unwrap();
    let add = Action::Add { key: keys[1].public(), role: Role::Member, name: "b".into() };
    let add = members.next(keys[0].public(), hlc, add).sign(&keys[0]).unwrap();
    keys.map(|key| {
        let mut store = Store::new(key, Checked::default(), None);
        store.join(&founding, std::slice::from_ref(&add));
        store
    })
}

fn write(store: &mut Store, key: &str, now: Now) -> Set {
    let claim = Claim {
        author: store.key(),
        class: Class::everyone(store.members().unwrap().hive()),
        kind: Kind::new("pattern").unwrap(),
        scope: String::new(),
        key: vec![key.to_owned()],
        condition: None,
        family: String::new(),
    };
    let content = Content::Body(b"{}".to_vec());
    let version = store.sign(Version { claim, hlc: Hlc::ZERO, seq: 0, expires: None, content }, now.wall);
    store.keep(&version, now.wall).unwrap();
    Set::Class(version.brief().class)
}

/// Lets two hubs talk over link 1 until neither has more to say.
fn talk(hubs: &mut [Hub; 2], stores: &mut [Store], now: Now) -> Result<Vec<Frame>, Stop<()>> {
    let mut said = Vec::new();
    loop {
        let mut quiet = true;
        for from in [0, 1] {
            while let Some(frame) = hubs[from].transmit(1, &stores[from], now) {
                quiet = false;
                said.push(Frame::from_body(&frame[4..]).unwrap());
                let to = 1 - from;
                hubs[to].receive(1, &frame[4..], &mut stores[to], now).map_err(|stop| match stop {
                    Stop::Fault { fault, farewell } => Stop::Fault { fault, farewell },
                    Stop::Store(_) => Stop::Store(()),
                })?;
            }
        }
        if quiet {
            return Ok(said);
        }
    }
}

fn open(stores: &[Store]) -> [Hub; 2] {
    let mut hubs = [Hub::default(), Hub::default()];
    hubs[0].open(1, stores[1].key(), true, &stores[0], NOW);
    hubs[1].open(1, stores[0].key(), false, &stores[1], NOW);
    hubs
}

#[test]
fn two_machines_exchange_acknowledge_and_know_that_they_are_identical() {
    let [mut a, b, _] = machines();
    for key in ["x", "y", "z"] {
        write(&mut a, key, NOW);
    }
    let mut stores = [a, b];
    let set = write(&mut stores[1], "w", NOW);
    let mut hubs = open(&stores);
    let said = talk(&mut hubs, &mut stores, NOW).unwrap();
    for hub in &mut hubs {
        let settled = Event::Settled { link: 1, identical: true };
        assert!(hub.events().any(|event| event == settled), "{hub:#?}");
    }
    let keys = [stores[0].key(), stores[1].key()];
    assert_eq!(stores[0].levels(&keys[1]), stores[1].levels(&keys[0]));
    let Set::Class(class) = set else { panic!("{set:?}") };
    for (store, peer) in [(&stores[0], keys[1]), (&stores[1], keys[0])] {
        assert_eq!(store.registers().heads(&class).count(), 4);
        assert!(store.registers().heads(&class).all(|head| store.is_acked(&peer, head)));
    }
    let acks = said.iter().filter_map(|frame| match frame {
        Frame::Ack { acks, .. } => Some(acks),
        _ => None,
    });
    let acks: Vec<Verdict> = acks.flatten().map(|(_, verdict)| *verdict).collect();
    assert_eq!(acks, [Verdict::Stored; 4]);

    // What is said while they are connected is announced, fetched once and acknowledged.
    write(&mut stores[0], "late", at(10));
    hubs[0].tick(&mut stores[0], at(10)).unwrap();
    let said = talk(&mut hubs, &mut stores, at(10)).unwrap();
    let kinds: Vec<&str> = said.iter().map(kind).collect();
    assert_eq!(kinds, ["announce", "want", "bodies", "ack"]);
}

fn kind(frame: &Frame) -> &'static str {
    match frame {
        Frame::Hello { .. } => "hello",
        Frame::Levels { .. } => "levels",
        Frame::Compare { .. } => "compare",
        Frame::Want { .. } => "want",
        Frame::Bodies { .. } => "bodies",
        Frame::Ack { .. } => "ack",
        Frame::Announce { .. } => "announce",
        Frame::Refused(_) => "refused",
    }
}

#[test]
fn what_is_stamped_ahead_is_not_acknowledged_before_its_time() {
    let [mut a, b, _] = machines();
    let hour = 60 * 60 * 1000;
    let set = write(&mut a, "x", at(hour));
    let mut stores = [a, b];
    let mut hubs = open(&stores);
    talk(&mut hubs, &mut stores, NOW).unwrap();
    let Set::Class(class) = set else { panic!("{set:?}") };
    let head = *stores[0].registers().heads(&class).next().unwrap();
    let peer = stores[1].key();
    assert!(!stores[0].is_acked(&peer, &head) && stores[1].registers().heads(&class).next().is_none());
    // Its time comes: it is merged without being fetched again, and the levels say so.
    for hub in [1, 0] {
        hubs[hub].tick(&mut stores[hub], at(hour)).unwrap();
    }
    let said = talk(&mut hubs, &mut stores, at(hour)).unwrap();
    assert!(said.iter().all(|frame| !matches!(frame, Frame::Bodies { .. })), "{said:?}");
    assert!(stores[0].is_acked(&peer, &head));
    assert_eq!(stores[1].registers().heads(&class).count(), 1);
}

#[test]
fn who_is_no_member_learns_nothing() {
    let [mut a, _, stranger] = machines();
    write(&mut a, "x", NOW);
    let mut stores = [stranger, a];
    let mut hubs = open(&stores);
    let Err(Stop::Fault { fault, farewell: Some(farewell) }) = talk(&mut hubs, &mut stores, NOW) else {
        panic!("it was let in");
    };
    assert_eq!(fault, Fault::NoMember);
    assert!(matches!(Frame::from_body(&farewell[4..]), Ok(Frame::Refused(_))));
    assert_eq!(hubs[1].links().count(), 0);
    assert_eq!(stores[1].levels(&stores[0].key()), []);
}

#[test]
fn nothing_is_acknowledged_that_a_crash_would_lose() {
    for after in [false, true] {
        let [mut a, b, _] = machines();
        let set = write(&mut a, "x", NOW);
        let Set::Class(class) = set else { panic!("{set:?}") };
        let mut stores = [a, b];
        let mut hubs = open(&stores);
        stores[1].light(Fuse { writes: 0, after });
        assert!(matches!(talk(&mut hubs, &mut stores, NOW), Err(Stop::Store(()))));
        let peer = stores[1].key();
        let head = *stores[0].registers().heads(&class).next().unwrap();
        assert!(!stores[0].is_acked(&peer, &head));
        stores[1].start(WALL);
        assert_eq!(stores[1].registers().heads(&class).count(), usize::from(after));
        let mut hubs = open(&stores);
        talk(&mut hubs, &mut stores, NOW).unwrap();
        assert!(stores[0].is_acked(&peer, &head));
    }
}

#[test]
fn bodies_that_nobody_asked_for_are_not_taken() {
    let [mut a, b, _] = machines();
    let set = write(&mut a, "x", NOW);
    let Set::Class(class) = set else { panic!("{set:?}") };
    let (id, body) = {
        let head = a.registers().heads(&class).next().unwrap();
        let (_, version) = &a.disk().versions[&head.id];
        (head.id, version.signed().to_wire())
    };
    let mut stores = [a, b];
    let mut hubs = open(&stores);
    let hello = Frame::Hello { oldest: 1, newest: 1 }.to_bytes();
    hubs[1].receive(1, &hello[4..], &mut stores[1], NOW).unwrap();
    let pushed = Frame::Bodies { set, bodies: vec![body], gone: Vec::new() }.to_bytes();
    hubs[1].receive(1, &pushed[4..], &mut stores[1], NOW).unwrap();
    assert!(!stores[1].knows(&set, id.as_bytes()));
}

#[test]
fn a_link_that_asks_too_much_ends() {
    let [a, b, _] = machines();
    let mut stores = [a, b];
    let mut hubs = open(&stores);
    let hello = Frame::Hello { oldest: 1, newest: 1 }.to_bytes();
    let ended = (0..100_000).find_map(|_| hubs[1].receive(1, &hello[4..], &mut stores[1], NOW).err());
    let Some(Stop::Fault { fault, .. }) = ended else { panic!("it never ended") };
    assert_eq!(fault, Fault::Quota("steps"));
    assert!(fault.is_abuse());
    let hello = Frame::Hello { oldest: 7, newest: 9 }.to_bytes();
    hubs[1].open(2, stores[0].key(), false, &stores[1], NOW);
    let ended = hubs[1].receive(2, &hello[4..], &mut stores[1], NOW).err();
    let Some(Stop::Fault { fault, .. }) = ended else { panic!("it speaks another protocol") };
    assert_eq!(fault, Fault::Protocol { oldest: 7, newest: 9 });
}
