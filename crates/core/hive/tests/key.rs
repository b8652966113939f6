//! One validity rule: what a batch accepts is what each signature alone is accepted for, however they are made.

use claudectl_hive::key::{Claimed, KeyError, PublicKey, SecretKey, Signature, verify, verify_batch};
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Digest, Sha512};
use proptest::prelude::*;

/// How a signature is made; `true` in the list of [`Made::valid`] where it is to be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// `s` is off by one.
    Off,
    /// `s` is written as `s` plus the order of the group.
    LongS,
    /// Another message was signed.
    Message,
    /// The key is of small order: whatever is signed fits it.
    WeakKey,
    /// The key is written as `y` plus the order of the field.
    LongKey,
    /// `R` is the neutral point, written with the sign that zero does not have.
    SignedZero,
    /// `R` is the neutral point, written as one plus the order of the field.
    LongR,
}

#[derive(Debug)]
struct Made {
    key: PublicKey,
    message: Vec<u8>,
    signature: Signature,
    valid: bool,
}

fn scalar(seed: u64, what: &str) -> Scalar {
    let mut wide = [0; 64];
    blake3::Hasher::new().update(what.as_bytes()).update(&seed.to_le_bytes()).finalize_xof().fill(&mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// `bytes` plus `other`, as numbers, lowest first.
fn plus(bytes: [u8; 32], other: [u8; 32]) -> [u8; 32] {
    let (mut sum, mut carry) = ([0; 32], 0);
    for index in 0..32 {
        let total = u16::from(bytes[index]) + u16::from(other[index]) + carry;
        sum[index] = (total & 0xff) as u8;
        carry = total >> 8;
    }
    sum
}

/// A signature whose key and `R` have these components of small order.
fn made(seed: u64, of_key: usize, of_r: usize, flaw: Flaw) -> Made {
    let mut secret = scalar(seed % 5, "key");
    if flaw == Flaw::WeakKey {
        secret = Scalar::ZERO;
    }
    let once =
        if matches!(flaw, Flaw::SignedZero | Flaw::LongR) { Scalar::ZERO } else { scalar(seed, "once") };
    let mut key = (ED25519_BASEPOINT_POINT * secret + EIGHT_TORSION[of_key]).compress().to_bytes();
    if flaw == Flaw::LongKey {
        // Only the 19 least numbers have a second way to be written, and most of these points are of small order or none.
        key = plus(
            [
                0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                0xff, 0x7f,
            ],
            {
                let mut small = [0; 32];
                small[0] = (seed % 19) as u8;
                small
            },
        );
    }
    let mut r = (ED25519_BASEPOINT_POINT * once + EIGHT_TORSION[of_r]).compress().to_bytes();
    if flaw == Flaw::SignedZero {
        r = [0; 32];
        (r[0], r[31]) = (1, 0x80);
    }
    if flaw == Flaw::LongR {
        r = [0xff; 32];
        (r[0], r[31]) = (0xee, 0x7f);
    }
    let mut message = format!("message {seed}").into_bytes();
    let digest = Sha512::new().chain_update(r).chain_update(key).chain_update(&message).finalize();
    let s = once + Scalar::from_bytes_mod_order_wide(&digest.into()) * secret;
    let mut s_bytes = s.to_bytes();
    match flaw {
        Flaw::Off => s_bytes = (s + Scalar::ONE).to_bytes(),
        // The order of the group is one more than its greatest scalar.
        Flaw::LongS => {
            let mut one = [0; 32];
            one[0] = 1;
            s_bytes = plus(plus(s_bytes, (-Scalar::ONE).to_bytes()), one);
        }
        Flaw::Message => message.push(b'!'),
        _ => {}
    }
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s_bytes);
    let signature = Signature::from_bytes(signature);
    Made { key: PublicKey::from_bytes(key), message, signature, valid: flaw == Flaw::None }
}

fn flaws() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        8 => Just(Flaw::None),
        1 => Just(Flaw::Off),
        1 => Just(Flaw::LongS),
        1 => Just(Flaw::Message),
        1 => Just(Flaw::WeakKey),
        1 => Just(Flaw::LongKey),
        1 => Just(Flaw::SignedZero),
        1 => Just(Flaw::LongR),
    ]
}

fn claimed(made: &Made) -> Claimed<'_> {
    Claimed { key: &made.key, message: &made.message, signature: &made.signature }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_batch_accepts_what_each_alone_is_accepted_for(
        wanted in prop::collection::vec((any::<u64>(), 0..8_usize, 0..8_usize, flaws()), 0..40),
    ) {
        let all: Vec<Made> = wanted.iter().map(|(seed, a, r, flaw)| made(*seed, *a, *r, *flaw)).collect();
        let alone: Vec<usize> = (0..all.len())
            .filter(|index| !verify(&all[*index].key, &all[*index].message, &all[*index].signature))
            .collect();
        let expected: Vec<usize> = (0..all.len()).filter(|index| !all[*index].valid).collect();
        prop_assert_eq!(&alone, &expected);
        prop_assert_eq!(verify_batch(&all.iter().map(claimed).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn text_of_a_key_is_read_back(seed in any::<[u8; 32]>()) {
        let key = SecretKey::from_bytes(&seed).public();
        prop_assert_eq!(key.to_string().parse(), Ok(key));
        prop_assert_eq!(claudectl_hive::bytes::hex(key.as_bytes()).parse(), Ok(key));
        prop_assert_eq!(key.to_string().len(), 52);
    }

    #[test]
    fn text_is_read_only_if_it_is_what_would_be_written(text in "[a-z2-7]{52}") {
        if let Ok(key) = text.parse::<PublicKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}

#[test]
fn components_of_small_order_are_what_splits_other_verifiers() {
    let mut split = 0;
    for seed in 0..16 {
        let made = made(seed, 1, 3, Flaw::None);
        assert!(verify(&made.key, &made.message, &made.signature));
        assert!(verify_batch(&[claimed(&made)]).is_empty());
        let key = ed25519_dalek::VerifyingKey::from_bytes(made.key.as_bytes()).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(made.signature.as_bytes());
        split += usize::from(key.verify_strict(&made.message, &signature).is_err());
    }
    assert!(split > 8, "{split}");
}

#[test]
fn errors_that_cancel_each_other_out_do_not_pass() {
    let (mut one, mut other) = (made(1, 0, 0, Flaw::None), made(2, 0, 0, Flaw::None));
    let shift = |made: &mut Made, by: Scalar| {
        let mut bytes = *made.signature.as_bytes();
        let mut s = [0; 32];
        s.copy_from_slice(&bytes[32..]);
        let s = Scalar::from_bytes_mod_order(s) + by;
        bytes[32..].copy_from_slice(&s.to_bytes());
        made.signature = Signature::from_bytes(bytes);
    };
    shift(&mut one, Scalar::ONE);
    shift(&mut other, -Scalar::ONE);
    assert_eq!(verify_batch(&[claimed(&one), claimed(&other)]), [0, 1]);
}

#[test]
fn every_key_of_small_order_is_refused_and_says_so() {
    for point in EIGHT_TORSION {
        let key = PublicKey::from_bytes(point.compress().to_bytes());
        assert_eq!(key.check(), Err(KeyError::Weak));
        assert_eq!(key.to_string().parse::<PublicKey>(), Err(KeyError::Weak));
    }
    assert_eq!("a key".parse::<PublicKey>(), Err(KeyError::Text));
    assert_eq!(
        PublicKey::from_bytes([2; 32]).check().is_err(),
        PublicKey::from_bytes([2; 32]).to_string().parse::<PublicKey>().is_err()
    );
}

#[test]
fn what_a_person_compares_is_stable_and_the_secret_is_not_printed() {
    let secret = SecretKey::from_bytes(&[7; 32]);
    let key = secret.public();
    assert_eq!(key.fingerprint(), "nick hhdz y7hn 36r7 fikm ddzl bgys 3h2n");
    assert_eq!(key.words(), "komah-pavis-lolal-surit");
    assert!(!format!("{secret:?}").contains("0707"));
    assert!(!format!("{secret:?}").contains("7, 7"));
    assert!(verify(&key, b"text", &secret.sign(b"text")));
    assert!(!verify(&key, b"other", &secret.sign(b"text")));
}
