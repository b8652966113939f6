//! Who belongs to a hive is a function of the set of operations, and who was put out has no say in the meantime.

#![expect(clippy::unwrap_used, reason = "what was made here is as it should be, or its test ends")]

use claudectl_hive::bytes::{BytesError, hex};
use claudectl_hive::claim::{Audience, Class, HiveId, Signed, Version};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::{PublicKey, SecretKey, Signature};
use claudectl_hive::members::{Action, Members, Op, OpError, OpId, Role, consent};
use proptest::prelude::*;

fn secret(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number + 1; 32])
}

fn key(number: u8) -> PublicKey {
    secret(number).public()
}

fn at(time: u64) -> Hlc {
    Hlc::new(Millis(time), 0)
}

fn founding() -> Signed {
    let action = Action::Found { name: "us".to_owned(), founder: "ann".to_owned(), nonce: [5; 16] };
    let op = Op { hive: None, author: key(0), hlc: at(1), parents: Default::default(), action };
    op.sign(&secret(0)).unwrap()
}

fn add(number: u8, role: Role) -> Action {
    Action::Add { key: key(number), role, name: format!("m{number}") }
}

fn remove(number: u8, after: u64) -> Action {
    Action::Remove { key: key(number), after: at(after) }
}

/// Signs what this author does, knowing what `members` know, and takes it in there.
fn act(members: &mut Members, author: u8, time: u64, action: Action) -> Signed {
    let signed = members.next(key(author), at(time), action).sign(&secret(author)).unwrap();
    assert_eq!(members.insert([&signed]), [Ok(true)]);
    signed
}

fn id(signed: &Signed) -> OpId {
    OpId::from_bytes(*signed.id().as_bytes())
}

/// A hive of owners 0, 1 and 2, the member 3 and the reader 4.
fn five() -> Members {
    let mut members = Members::found(&founding()).unwrap();
    act(&mut members, 0, 10, add(1, Role::Owner));
    act(&mut members, 1, 11, add(2, Role::Owner));
    act(&mut members, 1, 12, add(3, Role::Member));
    act(&mut members, 2, 13, add(4, Role::Reader));
    members
}

/// A key, what it is, who took its place, and at which times what it wrote counts.
type Row = (PublicKey, Option<Role>, Option<PublicKey>, Vec<bool>);

fn shape(members: &Members) -> Vec<Row> {
    let admits = |key: &PublicKey| (0..120).map(|time| members.admits(key, at(time))).collect();
    members.all().map(|(key, member)| (*key, member.role, member.successor, admits(key))).collect()
}

fn actions() -> impl Strategy<Value = Action> {
    let role = prop_oneof![Just(Role::Reader), Just(Role::Member), Just(Role::Owner)];
    prop_oneof![
        3 => (0..6_u8, role.clone()).prop_map(|(number, role)| add(number, role)),
        3 => (0..6_u8, 0..100_u64).prop_map(|(number, after)| remove(number, after)),
        2 => (0..6_u8, role).prop_map(|(number, role)| Action::Role { key: key(number), role }),
        1 => (6..9_u8).prop_map(|number| Action::Successor {
            new: key(number),
            consent: Signature::from_bytes([0; 64]),
        }),
        1 => (0..6_u8, 0..100_u64, prop::option::of(9..12_u8)).prop_map(|(number, after, heir)| Action::Retire {
            key: key(number),
            after: at(after),
            heir: heir.map(key),
        }),
    ]
}

/// Everybody acts on what they know at the time: of each operation who else hears of it at once.
fn history(steps: Vec<(u8, u64, Action, u16)>) -> Vec<Signed> {
    let base = five();
    let mut views: Vec<Members> = (0..12).map(|_| base.clone()).collect();
    let mut all: Vec<Signed> = base.ops().map(|(_, signed)| signed.clone()).collect();
    for (author, time, mut action, heard) in steps {
        if let Action::Successor { new, consent: agreed } = &mut action {
            let new_secret = (6..9).map(secret).find(|secret| secret.public() == *new).unwrap();
            *agreed = new_secret.sign(&consent(&base.hive(), &key(author), new));
        }
        let signed = act(&mut views[usize::from(author)], author, time, action);
        all.push(signed);
        for (number, view) in views.iter_mut().enumerate() {
            if heard >> number & 1 == 1 {
                view.insert(&all);
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_changes_nothing(
        (all, shuffled) in prop::collection::vec((0..9_u8, 20..100_u64, actions(), any::<u16>()), 0..14)
            .prop_map(history)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let mut one = Members::found(&founding()).unwrap();
        one.insert(&all);
        let mut other = Members::found(&founding()).unwrap();
        for signed in &shuffled {
            other.insert([signed]);
        }
        prop_assert_eq!(shape(&one), shape(&other));
        prop_assert!(one.missing().is_empty() && other.missing().is_empty());
        for signed in &all {
            prop_assert_eq!(one.counts(&id(signed)), other.counts(&id(signed)));
        }
    }

    #[test]
    fn who_is_put_out_has_no_say_in_the_meantime(
        all in prop::collection::vec((0..9_u8, 20..100_u64, actions(), any::<u16>()), 0..14).prop_map(history),
    ) {
        let mut members = Members::found(&founding()).unwrap();
        members.insert(&all);
        let ops: Vec<(OpId, Op)> = all
            .iter()
            .filter(|signed| members.counts(&id(signed)))
            .map(|signed| (id(signed), Op::from_bytes(&signed.bytes).unwrap()))
            .collect();
        let seen = |from: &OpId, wanted: &OpId| {
            let mut next = vec![*from];
            while let Some(current) = next.pop() {
                if current == *wanted {
                    return true;
                }
                next.extend(ops.iter().filter(|(id, _)| *id == current).flat_map(|(_, op)| &op.parents));
                // What does not count still says what was seen.
                let others = all.iter().filter(|signed| id(signed) == current);
                next.extend(others.flat_map(|signed| Op::from_bytes(&signed.bytes).unwrap().parents));
            }
            false
        };
        for (one, op) in &ops {
            let (Action::Remove { key, .. } | Action::Retire { key, .. }) = &op.action else { continue };
            for (other, of) in &ops {
                let self_made = op.author == of.author;
                prop_assert!(of.author != *key || self_made || one == other || seen(one, other) || seen(other, one));
            }
        }
    }
}

#[test]
fn golden_bytes() {
    let new = secret(6);
    let hive = Members::found(&founding()).unwrap().hive();
    let successor =
        Action::Successor { new: new.public(), consent: new.sign(&consent(&hive, &key(0), &new.public())) };
    let retire = |heir| Action::Retire { key: key(1), after: at(40), heir };
    let actions = [
        ("add", add(1, Role::Member)),
        ("remove", remove(1, 30)),
        ("role", Action::Role { key: key(1), role: Role::Owner }),
        ("successor", successor),
        ("retire", retire(None)),
        ("retire for", retire(Some(key(2)))),
    ];
    let mut text =
        format!("found\n  bytes     {}\n  op        {}\n", hex(&founding().bytes), founding().id());
    let members = Members::found(&founding()).unwrap();
    for (name, action) in actions {
        let signed = members.next(key(0), at(50), action).sign(&secret(0)).unwrap();
        text += &format!("{name}\n  bytes     {}\n  op        {}\n", hex(&signed.bytes), signed.id());
    }
    assert_eq!(text, include_str!("golden/ops.txt"));
}

#[test]
fn roles_say_who_writes_and_who_says_who_belongs() {
    let mut members = five();
    assert_eq!(members.name(), "us");
    let roles: Vec<Option<Role>> = (0..6).map(|number| members.role(&key(number))).collect();
    let [owner, member, reader] = [Some(Role::Owner), Some(Role::Member), Some(Role::Reader)];
    assert_eq!(roles, [owner, owner, owner, member, reader, None]);
    assert!(
        members.admits(&key(3), at(5))
            && !members.admits(&key(4), at(50))
            && !members.admits(&key(5), at(50))
    );
    // Who is no owner lets nobody in; anybody leaves.
    let by_member = act(&mut members, 3, 20, add(5, Role::Member));
    assert!(!members.counts(&id(&by_member)));
    act(&mut members, 3, 21, remove(3, 21));
    assert_eq!(members.role(&key(3)), None);
    assert!(members.admits(&key(3), at(21)) && !members.admits(&key(3), at(22)));
    // A reader that becomes a member is heard, and one that becomes a reader again no longer.
    act(&mut members, 0, 30, Action::Role { key: key(4), role: Role::Member });
    act(&mut members, 0, 40, Action::Role { key: key(4), role: Role::Reader });
    assert!(members.admits(&key(4), at(40)) && !members.admits(&key(4), at(41)));
}

#[test]
fn what_was_written_before_stays_and_coming_back_opens_no_gap() {
    let mut members = five();
    act(&mut members, 0, 50, remove(3, 40));
    assert!(members.admits(&key(3), at(40)) && !members.admits(&key(3), at(41)));
    act(&mut members, 0, 60, add(3, Role::Member));
    let heard: Vec<u64> =
        [40, 41, 59, 60].into_iter().filter(|time| members.admits(&key(3), at(*time))).collect();
    assert_eq!(heard, [40, 60]);
    let everyone = Class::everyone(members.hive());
    let version = |hive, number: u8, time| Version::floor(key(number), Class::everyone(hive), at(time), 1);
    assert!(
        members.takes(&version(members.hive(), 3, 40)) && !members.takes(&version(members.hive(), 3, 41))
    );
    assert!(
        !members.takes(&version(members.hive(), 4, 40)) && !members.takes(&version(members.hive(), 5, 40))
    );
    assert!(!members.takes(&version(HiveId::from_bytes([1; 32]), 3, 40)));
    let listed = Class { audience: Audience::Listed([key(4), key(5)].into()), ..everyone.clone() };
    let may = |number: u8, class: &Class| members.may_know(&key(number), class);
    assert!(may(4, &everyone) && may(4, &listed) && may(3, &everyone));
    assert!(!may(3, &listed) && !may(5, &listed) && !may(5, &everyone));
}

#[test]
fn a_removal_wins_over_what_the_removed_did_at_the_time() {
    let (mut here, mut there) = (five(), five());
    let removal = act(&mut here, 0, 50, remove(2, 50));
    let taken_in = act(&mut there, 2, 40, add(5, Role::Owner));
    let by_that = act(&mut there, 5, 41, remove(1, 0));
    here.insert([&by_that, &taken_in]);
    there.insert([&removal]);
    assert_eq!(shape(&here), shape(&there));
    assert_eq!([2, 5, 1].map(|number| here.role(&key(number))), [None, None, Some(Role::Owner)]);
    assert!(here.counts(&id(&removal)) && !here.counts(&id(&taken_in)) && !here.counts(&id(&by_that)));
}

#[test]
fn of_owners_that_remove_each_other_the_senior_one_stays() {
    let base = five();
    let (mut one, mut two, mut three) = (base.clone(), base.clone(), base.clone());
    let ops = [
        act(&mut one, 2, 40, remove(1, 40)),
        act(&mut two, 1, 50, remove(2, 50)),
        act(&mut three, 0, 60, add(5, Role::Member)),
    ];
    let mut all = base.clone();
    all.insert(&ops);
    assert_eq!([0, 1, 2, 5].map(|number| all.role(&key(number)).is_some()), [true, true, false, true]);

    // In a circle of three the most senior stays, and so does who was removed by nobody that counts.
    let (mut one, mut two, mut three) = (base.clone(), base.clone(), base.clone());
    let ops = [
        act(&mut one, 0, 60, remove(1, 60)),
        act(&mut two, 1, 50, remove(2, 50)),
        act(&mut three, 2, 40, remove(0, 40)),
    ];
    let mut all = base.clone();
    all.insert(&ops);
    assert_eq!([0, 1, 2].map(|number| all.role(&key(number)).is_some()), [true, false, true]);
}

#[test]
fn somebody_always_can_let_others_in() {
    let mut members = Members::found(&founding()).unwrap();
    let left = act(&mut members, 0, 10, remove(0, 10));
    let down = act(&mut members, 0, 11, Action::Role { key: key(0), role: Role::Member });
    assert!(!members.counts(&id(&left)) && !members.counts(&id(&down)));
    assert_eq!(members.role(&key(0)), Some(Role::Owner));
}

#[test]
fn a_new_key_takes_the_place_of_an_old_one() {
    let mut members = five();
    let agreed = |new: u8, old: u8, by: u8| Action::Successor {
        new: key(new),
        consent: secret(by).sign(&consent(&members.hive(), &key(old), &key(new))),
    };
    let (good, forged) = (agreed(6, 0, 6), agreed(7, 1, 1));
    let signed = members.next(key(1), at(20), forged).sign(&secret(1)).unwrap();
    assert_eq!(members.insert([&signed]), [Err(OpError::Signature)]);
    act(&mut members, 0, 30, good);
    assert_eq!((members.role(&key(0)), members.role(&key(6))), (None, Some(Role::Owner)));
    assert_eq!(members.successor(&key(0)), key(6));
    assert!(
        members.admits(&key(0), at(30))
            && !members.admits(&key(0), at(31))
            && members.admits(&key(6), at(31))
    );
    // It is as senior as the old one was.
    let (mut one, mut two) = (members.clone(), members.clone());
    let ops = [act(&mut one, 6, 50, remove(1, 50)), act(&mut two, 1, 40, remove(6, 40))];
    members.insert(&ops);
    assert_eq!((members.role(&key(6)), members.role(&key(1))), (Some(Role::Owner), None));
}

#[test]
fn a_lost_key_is_put_out_from_the_day_it_was_lost() {
    let (mut members, mut thief) = (five(), five());
    let stolen = act(
        &mut thief,
        3,
        45,
        Action::Successor {
            new: key(7),
            consent: secret(7).sign(&consent(&members.hive(), &key(3), &key(7))),
        },
    );
    act(&mut members, 0, 60, Action::Retire { key: key(3), after: at(30), heir: Some(key(8)) });
    members.insert([&stolen]);
    assert_eq!([3, 7, 8].map(|number| members.role(&key(number))), [None, None, Some(Role::Member)]);
    assert!(members.admits(&key(3), at(30)) && !members.admits(&key(3), at(31)));
    assert_eq!(members.successor(&key(3)), key(8));
}

#[test]
fn operations_of_others_and_those_not_understood_are_refused() {
    let mut members = five();
    let mut other = Members::found(&{
        let action = Action::Found { name: "us".to_owned(), founder: "ann".to_owned(), nonce: [6; 16] };
        let op = Op { hive: None, author: key(0), hlc: at(1), parents: Default::default(), action };
        op.sign(&secret(0)).unwrap()
    })
    .unwrap();
    assert_ne!(members.hive(), other.hive());
    let foreign = act(&mut other, 0, 20, add(5, Role::Owner));
    assert_eq!(members.insert([&foreign, &founding()]), [Err(OpError::Hive), Ok(false)]);
    let forged = Signed { bytes: foreign.bytes.clone(), signature: secret(1).sign(&foreign.bytes) };
    assert_eq!(other.insert([&forged]), [Ok(false)]);
    let op = members.next(key(0), at(20), add(5, Role::Owner));
    let signed = Signed { bytes: op.to_bytes().unwrap().into(), signature: secret(1).sign(b"") };
    assert_eq!(members.insert([&signed]), [Err(OpError::Signature)]);
    assert_eq!(op.sign(&secret(1)), Err(OpError::Author));
    let mut bytes = op.to_bytes().unwrap();
    bytes.push(0);
    assert_eq!(Op::from_bytes(&bytes), Err(BytesError::Trailing));
    let long = Action::Add { key: key(5), role: Role::Member, name: "x".repeat(129) };
    assert!(matches!(
        members.next(key(0), at(20), long).to_bytes(),
        Err(BytesError::TooLong { limit: 128, .. })
    ));
}

#[test]
fn what_was_seen_and_is_not_here_is_asked_for() {
    let mut ahead = five();
    let first = act(&mut ahead, 0, 20, add(5, Role::Member));
    let second = act(&mut ahead, 0, 21, add(6, Role::Member));
    let mut behind = five();
    behind.insert([&second]);
    assert_eq!((behind.missing(), behind.role(&key(6))), ([id(&first)].into(), None));
    behind.insert([&first]);
    assert_eq!((behind.missing().len(), behind.role(&key(6))), (0, Some(Role::Member)));
}

#[test]
fn what_was_done_at_the_time_for_who_was_put_out_does_not_bring_it_in() {
    // One removes the member and takes it in again; another removes it, too, and knows nothing of that.
    let (mut one, mut two) = (five(), five());
    let ops = [
        act(&mut one, 0, 40, remove(3, 40)),
        act(&mut one, 0, 50, add(3, Role::Owner)),
        act(&mut two, 1, 30, remove(3, 30)),
    ];
    let mut all = five();
    all.insert(&ops);
    assert_eq!((all.role(&key(3)), all.admits(&key(3), at(60))), (None, false));
    // A reader that one makes a member while another removes it was never heard.
    let (mut one, mut two) = (five(), five());
    let ops = [
        act(&mut one, 0, 40, Action::Role { key: key(4), role: Role::Member }),
        act(&mut two, 1, 50, remove(4, 60)),
    ];
    let mut all = five();
    all.insert(&ops);
    assert_eq!((all.role(&key(4)), all.admits(&key(4), at(20))), (None, false));
}

#[test]
fn of_two_that_take_somebody_in_at_once_the_lesser_role_holds() {
    for (first, second) in [(Role::Owner, Role::Reader), (Role::Reader, Role::Owner)] {
        let (mut one, mut two) = (five(), five());
        let ops = [act(&mut one, 0, 40, add(5, first)), act(&mut two, 1, 50, add(5, second))];
        let mut all = five();
        all.insert(&ops);
        assert_eq!((all.role(&key(5)), all.admits(&key(5), at(60))), (Some(Role::Reader), false));
    }
}
