//! Bundles: what one machine hands to another in a file, a line of JSON for each thing.
//!
//! A line is an operation, a version, a proof, or what a machine holds of a class; each is signed by its author, so a bundle may pass
//! through any hands. What else stands in a line is for people, and is not read. Lines that are not known are left
//! out, so that a later version may add some.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::bytes::{self, BytesError, Reader, Writer};
use crate::claim::{Class, MAX_VERSION, Refused, Signed, Verified, VersionId};
use crate::clock::Hlc;
use crate::key::{self, PublicKey, SecretKey};
use crate::members::MAX_OP;
use crate::register::Proof;

/// The number of the format.
pub const FORMAT: u64 = 1;
/// Names in a holding.
pub const MAX_HELD: usize = 1_000_000;
/// Bytes of a class, as it stands in a holding.
const MAX_CLASS: usize = 4 * 1024;
/// Bytes of a line: a holding of the greatest size, in base64, and its names.
pub const MAX_LINE: usize = (MAX_HELD * 32).div_ceil(3) * 4 + 64 * 1024;

/// What a machine holds of a class, as it says itself: whoever reads it knows what arrived there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub by: PublicKey,
    /// Of which class.
    pub class: Class,
    /// When. An earlier one says nothing that a later one does not.
    pub at: Hlc,
    /// The versions that stand there.
    pub ids: BTreeSet<VersionId>,
}

impl Holding {
    /// Signs it.
    ///
    /// # Errors
    /// When there are more than [`MAX_HELD`], or the key is not of whom it names.
    pub fn sign(&self, key: &SecretKey) -> Result<Signed, Refused> {
        if key.public() != self.by {
            return Err(Refused::Author);
        }
        if self.ids.len() > MAX_HELD {
            return Err(Refused::Bytes(BytesError::TooLong { field: "a holding", limit: MAX_HELD }));
        }
        let mut writer = Writer::new(bytes::HAVE);
        writer.fixed(self.by.as_bytes()).bytes(&self.class.to_bytes()).word(self.at.raw());
        writer.number(self.ids.len() as u64);
        for id in &self.ids {
            writer.fixed(id.as_bytes());
        }
        let bytes = writer.finish();
        let signature = key.sign(&bytes);
        Ok(Signed { bytes: bytes.into(), signature })
    }

    /// Reads one and checks who signed.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn verify(signed: &Signed) -> Result<Holding, Refused> {
        let mut reader = Reader::new(&signed.bytes, bytes::HAVE)?;
        let by = PublicKey::from_bytes(reader.fixed()?);
        let class = Class::from_bytes(reader.bytes("a class", MAX_CLASS)?)?;
        let at = Hlc::from_raw(reader.word()?);
        let mut ids = BTreeSet::new();
        for _ in 0..reader.count("a holding", MAX_HELD)? {
            let id = VersionId::from_bytes(reader.fixed()?);
            if ids.last().is_some_and(|last| *last >= id) {
                return Err(Refused::Bytes(BytesError::Order("names in a holding")));
            }
            ids.insert(id);
        }
        reader.finish()?;
        if !key::verify(&by, &signed.bytes, &signed.signature) {
            return Err(Refused::Signature);
        }
        Ok(Holding { by, class, at, ids })
    }
}

/// A line of a bundle. What it holds is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Who made the bundle, as it says, and in which format.
    Head(PublicKey),
    /// An operation on the members of a hive.
    Op(Signed),
    /// A version of a claim.
    Version(Signed),
    /// What a machine holds of a class.
    Have(Signed),
    /// The bytes of a proof that an author signed two versions under one number: see [`crate::register::Proof`].
    Proof(Vec<u8>),
    /// Something that a later version put there.
    Unknown,
}

/// Why a line is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// It is no JSON object.
    #[error("no JSON object: {0}")]
    Json(String),
    /// Its bytes are no base64, or too short to be signed.
    #[error("{0} is not in base64, or cut short")]
    Bytes(&'static str),
    /// Longer than such a thing can be.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// The bundle is of a format that is not known here.
    #[error("written in format {0}, which this version does not know")]
    Format(u64),
    /// The maker is named by what is no key.
    #[error("`by` is no key")]
    By,
}

/// The name of a thing, how many bytes the longest of it has, signature included, and what a line of it is.
type Thing = (&'static str, usize, fn(&[u8]) -> Result<Line, BytesError>);

const KINDS: [Thing; 4] = [
    ("op", MAX_OP + 64, |bytes| Signed::from_wire(bytes).map(Line::Op)),
    ("version", MAX_VERSION + 64, |bytes| Signed::from_wire(bytes).map(Line::Version)),
    ("have", MAX_HELD * 32 + 2 * MAX_CLASS, |bytes| Signed::from_wire(bytes).map(Line::Have)),
    ("proof", 2 * (MAX_VERSION + 80), |bytes| Ok(Line::Proof(bytes.to_vec()))),
];

impl Line {
    /// Reads a line, without its end.
    ///
    /// # Errors
    /// See [`BadLine`]. The lines beside it are not touched by that.
    pub fn read(line: &[u8]) -> Result<Line, BadLine> {
        if line.len() > MAX_LINE {
            return Err(BadLine::TooLong("a line"));
        }
        let object: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| BadLine::Json(error.to_string()))?;
        if let Some(format) = object.get("claudectl_hive") {
            return match format.as_u64() {
                Some(FORMAT) => {
                    let by = object.get("by").and_then(Value::as_str).and_then(|by| by.parse().ok());
                    by.map(Line::Head).ok_or(BadLine::By)
                }
                format => Err(BadLine::Format(format.unwrap_or(0))),
            };
        }
        for (name, limit, line) in KINDS {
            let Some(bytes) = object.get(name) else { continue };
            let bytes = bytes.as_str().and_then(|bytes| BASE64_STANDARD.decode(bytes).ok());
            let bytes = bytes.ok_or(BadLine::Bytes(name))?;
            if bytes.len() > limit {
                return Err(BadLine::TooLong(name));
            }
            return line(&bytes).map_err(|_| BadLine::Bytes(name));
        }
        Ok(Line::Unknown)
    }
}

/// The first line of a bundle.
pub fn head(by: &PublicKey) -> String {
    line(&json!({ "claudectl_hive": FORMAT, "by": by.to_string() }))
}

/// The line of an operation.
pub fn op(signed: &Signed) -> String {
    line(&json!({ "op": BASE64_STANDARD.encode(signed.to_wire()) }))
}

/// The line of a version, with what people want to know of it.
pub fn version(version: &Verified) -> String {
    let claim = &version.version().claim;
    line(&json!({
        "version": BASE64_STANDARD.encode(version.signed().to_wire()),
        "kind": claim.kind.as_str(),
        "scope": claim.scope,
        "key": claim.key,
        "by": claim.author.to_string(),
        "deleted": version.brief().tombstone,
    }))
}

/// The line of a holding.
pub fn have(signed: &Signed) -> String {
    line(&json!({ "have": BASE64_STANDARD.encode(signed.to_wire()) }))
}

/// The line of a proof.
pub fn proof(proof: &Proof) -> String {
    line(&json!({ "proof": BASE64_STANDARD.encode(proof.to_bytes()), "by": proof.author.to_string() }))
}

fn line(object: &Value) -> String {
    format!("{object}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Claim, Content, HiveId, Kind, Version};
    use crate::clock::Millis;

    fn key(n: u8) -> SecretKey {
        SecretKey::from_bytes(&[n; 32])
    }

    fn class() -> Class {
        Class::everyone(HiveId::from_bytes([3; 32]))
    }

    fn said(text: &str) -> Verified {
        let claim = Claim {
            author: key(1).public(),
            class: class(),
            kind: Kind::new("pattern").unwrap(),
            scope: String::new(),
            key: vec!["Bash".to_owned(), text.to_owned()],
            condition: None,
            family: String::new(),
        };
        let hlc = Hlc::new(Millis(5), 0);
        Version { claim, hlc, seq: 1, expires: None, content: Content::Tombstone }.sign(&key(1)).unwrap()
    }

    fn holding(ids: &[&Verified]) -> Holding {
        let ids = ids.iter().map(|version| version.brief().id).collect();
        Holding { by: key(2).public(), class: class(), at: Hlc::new(Millis(7), 0), ids }
    }

    #[test]
    fn each_line_is_read_as_it_was_written() {
        let version = said("a\nb");
        assert_eq!(Line::read(head(&key(1).public()).trim_end().as_bytes()), Ok(Line::Head(key(1).public())));
        let text = super::version(&version);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert_eq!(Line::read(text.trim_end().as_bytes()), Ok(Line::Version(version.signed().clone())));
        assert_eq!(Line::read(op(version.signed()).as_bytes()), Ok(Line::Op(version.signed().clone())));
        let held = holding(&[&version, &said("c")]);
        let signed = held.sign(&key(2)).unwrap();
        assert_eq!(Line::read(have(&signed).as_bytes()), Ok(Line::Have(signed.clone())));
        assert_eq!(Holding::verify(&signed), Ok(held));
        let twins = Proof::new(version.signed().clone(), said("b").signed().clone()).unwrap();
        assert_eq!(Line::read(proof(&twins).as_bytes()), Ok(Line::Proof(twins.to_bytes())));
        assert_eq!(Line::read(br#"{"later":1}"#), Ok(Line::Unknown));
    }

    #[test]
    fn what_is_no_line_says_why() {
        for (line, why) in [
            ("", "no JSON object: EOF while parsing a value at line 1 column 0"),
            ("[1]", "no JSON object: invalid type: sequence, expected a map at line 1 column 0"),
            (r#"{"version":"???"}"#, "version is not in base64, or cut short"),
            (r#"{"version":"AAAA"}"#, "version is not in base64, or cut short"),
            (r#"{"op":7}"#, "op is not in base64, or cut short"),
            (r#"{"claudectl_hive":2}"#, "written in format 2, which this version does not know"),
            (r#"{"claudectl_hive":1,"by":"me"}"#, "`by` is no key"),
        ] {
            assert_eq!(Line::read(line.as_bytes()).unwrap_err().to_string(), why, "{line}");
        }
        let long = format!(r#"{{"op":"{}"}}"#, BASE64_STANDARD.encode(vec![0; MAX_OP + 65]));
        assert_eq!(Line::read(long.as_bytes()), Err(BadLine::TooLong("op")));
    }

    #[test]
    fn a_holding_is_its_maker_s_and_written_in_one_way() {
        let held = holding(&[&said("a")]);
        assert_eq!(held.sign(&key(1)), Err(Refused::Author));
        let mut signed = held.sign(&key(2)).unwrap();
        signed.signature = key(1).sign(&signed.bytes);
        assert_eq!(Holding::verify(&signed), Err(Refused::Signature));
        // A version is no holding, whoever signed it.
        assert_eq!(Holding::verify(said("a").signed()), Err(Refused::Bytes(BytesError::Tag)));
        let two = holding(&[&said("a"), &said("b")]);
        let mut bytes = two.sign(&key(2)).unwrap().bytes.to_vec();
        let at = bytes.len() - 64;
        bytes[at..].rotate_left(32);
        let signature = key(2).sign(&bytes);
        let turned = Signed { bytes: bytes.into(), signature };
        assert_eq!(Holding::verify(&turned), Err(Refused::Bytes(BytesError::Order("names in a holding"))));
    }
}
