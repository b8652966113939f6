//! Keys, signatures, and what a person compares of a key.
//!
//! One validity rule, wherever a signature is looked at, alone or among a thousand: the key and `R` are canonical
//! encodings of points, the key is not of small order, `s` is below the order of the group, and
//! `8(sB - R - kA) = 0`. Because of the factor 8, components of small order in the key or in `R` change nothing, which is
//! what makes a batch accept exactly what each of its signatures alone would be accepted for. Whoever checks without
//! that factor disagrees with itself: then one machine takes what another refuses, and they never converge.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use ed25519_dalek::{Digest, Sha512, Signer, SigningKey};

/// What 32 letters are: lower case without those that look like digits, and the digits left.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Sixteen consonants and four vowels, the letters of the open proquint scheme: a word of five holds 16 bits.
const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";
/// Length of a key as text.
const TEXT: usize = 52;

/// Why text or bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither 52 letters of base32 nor 64 hexadecimal digits.
    #[error("a key is 52 letters and digits (a-z, 2-7), or 64 hexadecimal digits")]
    Text,
    /// No point of the curve, or not written in the one way there is for it.
    #[error("these 32 bytes are no key")]
    NoPoint,
    /// Anybody could sign for it.
    #[error("this key is weak: anybody could sign for it")]
    Weak,
}

/// The public half of a key: 32 bytes that name an author or a machine.
///
/// Any 32 bytes can be held, as what is read may name keys that nobody can sign for; [`PublicKey::check`] says whether
/// somebody could, and no signature is ever valid for one that fails it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of these bytes, unchecked.
    pub const fn from_bytes(bytes: [u8; 32]) -> PublicKey {
        PublicKey(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether anything can be signed for it, and not by everybody.
    pub fn check(&self) -> Result<(), KeyError> {
        self.point().map(drop)
    }

    fn point(&self) -> Result<EdwardsPoint, KeyError> {
        let point = decompress(&self.0).ok_or(KeyError::NoPoint)?;
        if point.is_small_order() { Err(KeyError::Weak) } else { Ok(point) }
    }

    /// What two people compare: eight groups of four, 160 bits of the key's hash.
    pub fn fingerprint(&self) -> String {
        let text = base32(&self.hash()[..20]);
        text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }

    /// What two people can say to each other on the telephone: four words, 64 bits of the key's hash.
    pub fn words(&self) -> String {
        let word = |pair: &[u8]| {
            let bits = u16::from_be_bytes([pair[0], pair[1]]);
            let consonant = |shift: u16| char::from(CONSONANTS[usize::from(bits >> shift & 15)]);
            let vowel = |shift: u16| char::from(VOWELS[usize::from(bits >> shift & 3)]);
            [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].iter().collect::<String>()
        };
        self.hash()[..8].chunks(2).map(word).collect::<Vec<_>>().join("-")
    }

    fn hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"cctl:fingerprint\0\x01").update(&self.0);
        *hasher.finalize().as_bytes()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads the text of a key, or its hexadecimal digits; only of keys that pass [`PublicKey::check`].
    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        let bytes = match text.len() {
            TEXT => from_base32(text),
            64 => crate::bytes::from_hex(text),
            _ => None,
        };
        let key = PublicKey(bytes.ok_or(KeyError::Text)?);
        key.check()?;
        Ok(key)
    }
}

/// The secret half. It is never printed, and wiped when dropped.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key made of 32 random bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> SecretKey {
        SecretKey(SigningKey::from_bytes(bytes))
    }

    /// The 32 bytes, to be kept where nobody else reads.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a message. What it is for belongs into the message: see [`crate::bytes`].
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

/// A signature: `R` and `s`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature of these bytes, unchecked.
    pub const fn from_bytes(bytes: [u8; 64]) -> Signature {
        Signature(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    fn halves(&self) -> ([u8; 32], [u8; 32]) {
        let mut halves = ([0; 32], [0; 32]);
        halves.0.copy_from_slice(&self.0[..32]);
        halves.1.copy_from_slice(&self.0[32..]);
        halves
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", crate::bytes::hex(&self.0))
    }
}

/// One signature to look at.
#[derive(Debug, Clone, Copy)]
pub struct Claimed<'a> {
    /// Who is said to have signed.
    pub key: &'a PublicKey,
    /// What.
    pub message: &'a [u8],
    /// With what.
    pub signature: &'a Signature,
}

/// Whether this signature is valid.
pub fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    let Ok(point) = key.point() else { return false };
    let Some(term) = Term::new(key, message, signature, 0) else { return false };
    let sum = EdwardsPoint::vartime_double_scalar_mul_basepoint(&-term.k, &point, &term.s) - term.r;
    sum.mul_by_cofactor().is_identity()
}

/// Which of these signatures are not valid, by their places, in order. Accepts what [`verify`] accepts.
///
/// A batch is one sum, weighted by numbers that depend on everything in it, so that nobody can choose errors that cancel
/// each other out. Where it is not zero, halves are looked at: a thousand with one bad cost some two rounds.
pub fn verify_batch(claimed: &[Claimed<'_>]) -> Vec<usize> {
    let mut bad = Vec::new();
    let mut places: BTreeMap<&PublicKey, Option<usize>> = BTreeMap::new();
    let mut keys = Vec::new();
    let mut terms = Vec::with_capacity(claimed.len());
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"cctl:batch\0\x01");
    for (index, item) in claimed.iter().enumerate() {
        let place = *places.entry(item.key).or_insert_with(|| {
            let point = item.key.point().ok()?;
            keys.push(point);
            Some(keys.len() - 1)
        });
        let term = place.and_then(|place| {
            let term = Term::new(item.key, item.message, item.signature, place)?;
            hasher.update(item.key.as_bytes()).update(item.signature.as_bytes()).update(term.k.as_bytes());
            Some(term)
        });
        match term {
            Some(term) => terms.push((index, term)),
            None => bad.push(index),
        }
    }
    let mut weights = hasher.finalize_xof();
    for (_, term) in &mut terms {
        let mut bytes = [0; 16];
        weights.fill(&mut bytes);
        term.weight = Scalar::from(u128::from_le_bytes(bytes));
    }
    bisect(&terms, &keys, &mut bad);
    bad.sort_unstable();
    bad
}

/// One signature, read: what is left is arithmetic.
struct Term {
    place: usize,
    r: EdwardsPoint,
    s: Scalar,
    k: Scalar,
    weight: Scalar,
}

impl Term {
    fn new(key: &PublicKey, message: &[u8], signature: &Signature, place: usize) -> Option<Term> {
        let (r_bytes, s_bytes) = signature.halves();
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(s_bytes))?;
        let r = decompress(&r_bytes)?;
        let digest = Sha512::new().chain_update(r_bytes).chain_update(key.0).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&digest.into());
        Some(Term { place, r, s, k, weight: Scalar::ONE })
    }
}

fn bisect(terms: &[(usize, Term)], keys: &[EdwardsPoint], bad: &mut Vec<usize>) {
    if terms.is_empty() || holds(terms, keys) {
        return;
    }
    if let [(index, _)] = terms {
        bad.push(*index);
        return;
    }
    let (left, right) = terms.split_at(terms.len() / 2);
    bisect(left, keys, bad);
    bisect(right, keys, bad);
}

/// Whether `8 sum(weight (sB - R - kA))` is zero. What belongs to one key is one term.
fn holds(terms: &[(usize, Term)], keys: &[EdwardsPoint]) -> bool {
    let mut of_base = Scalar::ZERO;
    let mut of_keys: BTreeMap<usize, Scalar> = BTreeMap::new();
    let mut scalars = Vec::with_capacity(terms.len() + 1);
    let mut points = Vec::with_capacity(terms.len() + 1);
    for (_, term) in terms {
        of_base -= term.weight * term.s;
        *of_keys.entry(term.place).or_insert(Scalar::ZERO) += term.weight * term.k;
        scalars.push(term.weight);
        points.push(term.r);
    }
    for (place, scalar) in of_keys {
        scalars.push(scalar);
        points.push(keys[place]);
    }
    scalars.push(of_base);
    points.push(ED25519_BASEPOINT_POINT);
    EdwardsPoint::vartime_multiscalar_mul(scalars, points).mul_by_cofactor().is_identity()
}

/// The point of 32 bytes, if they are the one way to write it: `y` is below the order of the field, and where `x` is zero,
/// its sign is plus.
fn decompress(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    let mut y = *bytes;
    let negative = y[31] & 0x80 != 0;
    y[31] &= 0x7f;
    let high = y[1..31].iter().all(|byte| *byte == 0xff) && y[31] == 0x7f;
    // The order is 2^255 - 19, which ends in 0xed.
    if high && y[0] >= 0xed {
        return None;
    }
    let one = y[0] == 1 && y[1..].iter().all(|byte| *byte == 0);
    let minus_one = high && y[0] == 0xec;
    if negative && (one || minus_one) {
        return None;
    }
    CompressedEdwardsY(*bytes).decompress()
}

fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(BASE32[(held << (5 - bits) & 31) as usize]));
    }
    text
}

fn from_base32(text: &str) -> Option<[u8; 32]> {
    let (mut bytes, mut filled, mut held, mut bits) = ([0; 32], 0, 0_u32, 0);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|other| *other == letter)?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *bytes.get_mut(filled)? = (held >> bits) as u8;
            filled += 1;
            held &= (1 << bits) - 1;
        }
    }
    // What is left over is zero, or the same key could be written in several ways.
    (filled == 32 && held == 0).then_some(bytes)
}
