//! Versions as bytes: one way to write each, and nothing else is read.

#![expect(clippy::unwrap_used, reason = "what was made here is as it should be, or its test ends")]

use std::collections::BTreeSet;

use claudectl_hive::bytes::{BytesError, Reader, hex};
use claudectl_hive::claim::{
    Audience, Claim, Class, Condition, Content, HiveId, Kind, MAX_BODY, MAX_KEY_FIELD, Refused, Signed,
    Version, verify_all,
};
use claudectl_hive::clock::{Hlc, Millis};
use claudectl_hive::key::{PublicKey, SecretKey};
use proptest::prelude::*;

fn secret(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32])
}

fn versions() -> impl Strategy<Value = Version> {
    let audience = prop_oneof![
        Just(Audience::Everyone),
        prop::collection::btree_set(any::<[u8; 32]>().prop_map(PublicKey::from_bytes), 1..4)
            .prop_map(Audience::Listed),
    ];
    let content = prop_oneof![
        Just(Content::Tombstone),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(Content::Body),
    ];
    let claim = (
        any::<[u8; 32]>(),
        audience,
        "[a-z0-9_-]{1,64}",
        any::<String>(),
        prop::collection::vec(any::<String>(), 0..8),
        any::<Option<[u8; 32]>>(),
        "\\PC{0,20}",
    );
    (claim, 0..4_u8, any::<u64>(), any::<u64>(), any::<Option<u64>>(), content).prop_map(
        |((hive, audience, kind, scope, key, condition, family), author, hlc, seq, expires, content)| {
            Version {
                claim: Claim {
                    author: secret(author).public(),
                    class: Class { hive: HiveId::from_bytes(hive), audience },
                    kind: Kind::new(&kind).unwrap(),
                    scope,
                    key,
                    condition: condition.map(Condition::from_bytes),
                    family,
                },
                hlc: Hlc::from_raw(hlc),
                seq,
                expires: expires.map(Millis),
                content,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(version in versions()) {
        let bytes = version.to_bytes().unwrap();
        prop_assert_eq!(Version::from_bytes(&bytes), Ok(version));
    }

    #[test]
    fn what_is_read_is_what_would_be_written(
        version in versions(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..3),
    ) {
        let mut bytes = version.to_bytes().unwrap();
        for (place, value, how) in edits {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = value,
                1 => bytes.insert(place, value),
                _ => drop(bytes.remove(place)),
            }
        }
        if let Ok(read) = Version::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), Ok(bytes));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Version::from_bytes(&bytes).is_err());
        let bytes = [b"cctl:version\0\x01".as_slice(), &bytes].concat();
        if let Ok(read) = Version::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), Ok(bytes));
        }
    }

    #[test]
    fn numbers_are_written_in_one_way(bytes in prop::collection::vec(any::<u8>(), 1..12)) {
        let whole = [b"t\0\x01".as_slice(), &bytes].concat();
        let mut reader = Reader::new(&whole, "t").unwrap();
        if let Ok(number) = reader.number()
            && reader.finish().is_ok()
        {
            let mut writer = claudectl_hive::bytes::Writer::new("t");
            writer.number(number);
            prop_assert_eq!(writer.finish(), whole);
        }
    }
}

fn example() -> Version {
    Version {
        claim: Claim {
            author: secret(1).public(),
            class: Class::everyone(HiveId::from_bytes([0xaa; 32])),
            kind: Kind::new("pattern").unwrap(),
            scope: "project:x".to_owned(),
            key: vec!["Bash".to_owned(), "cargo *".to_owned()],
            condition: Some(Condition::of(["hour:9-17", "os:linux"])),
            family: "cargo".to_owned(),
        },
        hlc: Hlc::new(Millis(1_700_000_000_000), 3),
        seq: 1_700_000_000_000,
        expires: Some(Millis(1_702_592_000_000)),
        content: Content::Body(b"{\"v\":1}".to_vec()),
    }
}

#[test]
fn golden_bytes() {
    let listed = Class {
        hive: HiveId::from_bytes([0xaa; 32]),
        audience: Audience::Listed(BTreeSet::from([secret(1).public(), secret(2).public()])),
    };
    let mut tombstone = example();
    tombstone.claim.class = listed.clone();
    (tombstone.content, tombstone.expires, tombstone.claim.condition) = (Content::Tombstone, None, None);
    let floor =
        Version::floor(secret(1).public(), listed.clone(), Hlc::new(Millis(1_700_000_000_000), 4), 300);
    let mut text = String::new();
    for (name, version) in [("body", example()), ("tombstone", tombstone), ("floor", floor)] {
        let signed = version.sign(&secret(1)).unwrap();
        let brief = signed.brief();
        text += &format!("{name}\n  bytes     {}\n", hex(&signed.signed().bytes));
        text += &format!("  signature {}\n", hex(signed.signed().signature.as_bytes()));
        text +=
            &format!("  version   {}\n  claim     {}\n  class     {}\n", brief.id, brief.claim, brief.class);
    }
    assert_eq!(text, include_str!("golden/versions.txt"));
}

#[test]
fn the_name_of_a_claim_is_of_what_it_is_about() {
    let one = example().claim;
    let renamed = |change: &dyn Fn(&mut Claim)| {
        let mut other = one.clone();
        change(&mut other);
        other.id() != one.id()
    };
    assert!(renamed(&|claim| claim.author = secret(2).public()));
    assert!(renamed(&|claim| claim.scope.push('y')));
    assert!(renamed(&|claim| claim.key = vec!["Bashcargo *".to_owned()]));
    assert!(renamed(&|claim| claim.condition = None));
    assert!(renamed(&|claim| claim.kind = Kind::new("insight").unwrap()));
    assert!(!renamed(&|claim| claim.family.clear()));
    assert!(!renamed(&|claim| claim.class = Class::everyone(HiveId::from_bytes([1; 32]))));
    assert_eq!(Condition::of(["a", "b"]), Condition::of(["b", "a", "b"]));
    assert_ne!(Condition::of(["a", "b"]), Condition::of(["ab"]));
}

#[test]
fn text_is_data_and_kinds_that_are_not_known_are_kept() {
    let mut version = example();
    version.claim.kind = Kind::new("something_of_tomorrow").unwrap();
    version.claim.scope = "../..\0\u{1b}[2J\u{202e}".to_owned();
    version.claim.key = vec!["\0".to_owned(), String::new()];
    let signed = version.sign(&secret(1)).unwrap();
    let sent = Signed::from_wire(&signed.signed().to_wire()).unwrap();
    assert_eq!(sent.verify().unwrap().version(), &version);
}

#[test]
fn limits_hold_for_writing_and_reading() {
    let mut version = example();
    version.content = Content::Body(vec![0; MAX_BODY]);
    version.claim.key = vec!["x".repeat(MAX_KEY_FIELD); 8];
    assert!(version.sign(&secret(1)).is_ok());
    version.content = Content::Body(vec![0; MAX_BODY + 1]);
    let too_long = |field, limit| Err(BytesError::TooLong { field, limit });
    assert_eq!(version.to_bytes(), too_long("a body", MAX_BODY));
    let mut version = example();
    version.claim.key[0] = "x".repeat(MAX_KEY_FIELD + 1);
    assert_eq!(version.to_bytes(), too_long("a field of a key", MAX_KEY_FIELD));
    for name in ["", "A", "a b", "../x", "é"] {
        assert!(Kind::new(name).is_err(), "{name}");
    }
    version = example();
    version.claim.class.audience = Audience::Listed(BTreeSet::new());
    assert_eq!(version.to_bytes(), Err(BytesError::Value("an audience")));
    version = example();
    version.claim.kind = Kind::floor();
    assert_eq!(version.to_bytes(), Err(BytesError::Value("a floor")));
    let mut bytes = example().to_bytes().unwrap();
    bytes[13] = 2;
    assert_eq!(Version::from_bytes(&bytes), Err(BytesError::Format(2)));
}

#[test]
fn only_the_author_signs_and_bad_ones_spoil_nothing_beside_them() {
    assert_eq!(example().sign(&secret(2)), Err(Refused::Author));
    let good = example().sign(&secret(1)).unwrap();
    let mut forged = example();
    forged.seq += 1;
    let forged = Signed {
        bytes: forged.to_bytes().unwrap().into(),
        signature: secret(2).sign(&forged.to_bytes().unwrap()),
    };
    let broken = Signed { bytes: Vec::new().into(), signature: good.signed().signature };
    let answers = verify_all(vec![forged.clone(), good.signed().clone(), broken, good.signed().clone()]);
    assert_eq!(
        answers,
        [Err(Refused::Signature), Ok(good.clone()), Err(Refused::Bytes(BytesError::Tag)), Ok(good),]
    );
    assert_eq!(forged.verify(), Err(Refused::Signature));
}

#[test]
fn a_number_has_no_second_way_to_be_written() {
    let read = |bytes: &[u8]| {
        let whole = [b"t\0\x01", bytes].concat();
        let mut reader = Reader::new(&whole, "t").unwrap();
        let number = reader.number();
        reader.finish().and(number)
    };
    let most = [[0xff; 9].as_slice(), &[1]].concat();
    assert_eq!([read(&[0]), read(&[0x80, 1]), read(&most)], [Ok(0), Ok(128), Ok(u64::MAX)]);
    let beyond = [[0xff; 9].as_slice(), &[2]].concat();
    let longer = [[0x80; 10].as_slice(), &[1]].concat();
    for bytes in [[0x80, 0].as_slice(), &[0x81, 0x80, 0], &beyond, &longer[..10]] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
    assert_eq!(read(&[0x80]), Err(BytesError::Short));
}
