//! Claims and their versions: what an author says, as bytes that the author signed.
//!
//! A claim is one author's place for one thing; a version is what stands there, or a tombstone. Nobody else can write
//! there, so between authors nothing ever merges. The class, which is the hive and who may know, stands in the signed bytes: a
//! version shown to others than its author meant it for says so itself.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::bytes::{self, BytesError, Reader, Writer, id};
use crate::clock::{Hlc, Millis};
use crate::key::{self, Claimed, PublicKey, SecretKey, Signature};

/// Bytes of the name of a kind.
pub const MAX_KIND: usize = 64;
/// Bytes of a scope.
pub const MAX_SCOPE: usize = 1024;
/// Fields of a key.
pub const MAX_KEY_FIELDS: usize = 8;
/// Bytes of one of them; some hold a whole command.
pub const MAX_KEY_FIELD: usize = 4096;
/// Bytes of the name of a family.
pub const MAX_FAMILY: usize = 128;
/// Keys of an audience.
pub const MAX_LISTED: usize = 64;
/// Bytes of a body.
pub const MAX_BODY: usize = 128 * 1024;
/// Bytes of a version: more than all of its parts can come to.
pub const MAX_VERSION: usize = 192 * 1024;

const _: () = assert!(
    MAX_BODY + MAX_KEY_FIELDS * (MAX_KEY_FIELD + 4) + MAX_LISTED * 32 + MAX_SCOPE + 512 < MAX_VERSION
);

/// The kind whose version makes void what its author said before it in its class: see [`crate::register`].
pub const FLOOR: &str = "floor";

id! {
    /// Names a hive: the hash of the operation that founded it.
    HiveId
}
id! {
    /// Names a class: a hive and who in it may know.
    ClassId
}
id! {
    /// Names a claim: one author's place for one thing, in whatever class.
    ClaimId
}
id! {
    /// Names a version: the hash of its bytes. The signature is no part of it.
    VersionId
}

/// Why a version cannot be written, or is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The bytes are not the one way to write a version.
    #[error("not a version: {0}")]
    Bytes(#[from] BytesError),
    /// The signature is not its author's.
    #[error("not signed by its author")]
    Signature,
    /// Asked to sign what another is the author of.
    #[error("only its author can sign a version")]
    Author,
}

/// Who in a hive may know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Every member.
    Everyone,
    /// These keys, at least one, and no others. The author sees it, listed or not.
    Listed(BTreeSet<PublicKey>),
}

/// A hive and an audience: what is compared between two machines as one set. Personal knowledge has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class {
    /// The hive.
    pub hive: HiveId,
    /// Who in it may know.
    pub audience: Audience,
}

impl Class {
    /// What every member of this hive may know.
    pub const fn everyone(hive: HiveId) -> Class {
        Class { hive, audience: Audience::Everyone }
    }

    /// Its name.
    pub fn id(&self) -> ClassId {
        ClassId::from_bytes(*blake3::hash(&self.to_bytes()).as_bytes())
    }

    /// As it is kept and sent by itself.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(bytes::CLASS);
        self.write(&mut writer);
        writer.finish()
    }

    /// Reads one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Class, BytesError> {
        let mut reader = Reader::new(bytes, bytes::CLASS)?;
        let class = Class::read(&mut reader)?;
        reader.finish()?;
        Ok(class)
    }

    /// Whether this key belongs to the audience, as far as the class says: a member of the hive it has to be as well.
    pub fn is_for(&self, key: &PublicKey) -> bool {
        match &self.audience {
            Audience::Everyone => true,
            Audience::Listed(keys) => keys.contains(key),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.fixed(self.hive.as_bytes());
        match &self.audience {
            Audience::Everyone => writer.byte(0),
            Audience::Listed(keys) => {
                writer.byte(1).number(keys.len() as u64);
                keys.iter().fold(writer, |writer, key| writer.fixed(key.as_bytes()))
            }
        };
    }

    fn read(reader: &mut Reader<'_>) -> Result<Class, BytesError> {
        let hive = HiveId::from_bytes(reader.fixed()?);
        if !reader.flag("the audience")? {
            return Ok(Class::everyone(hive));
        }
        let mut keys = BTreeSet::new();
        for _ in 0..reader.count("an audience", MAX_LISTED)? {
            let key = PublicKey::from_bytes(reader.fixed()?);
            if keys.last().is_some_and(|last| *last >= key) {
                return Err(BytesError::Order("keys of an audience"));
            }
            keys.insert(key);
        }
        if keys.is_empty() {
            return Err(BytesError::Value("an audience"));
        }
        Ok(Class { hive, audience: Audience::Listed(keys) })
    }
}

/// The name of a kind: 1 to 64 of `a-z`, `0-9`, `_` and `-`. Kinds that are not known here are kept and passed on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(Box<str>);

impl Kind {
    /// The kind of this name.
    pub fn new(name: &str) -> Result<Kind, BytesError> {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if name.len() > MAX_KIND {
            Err(BytesError::TooLong { field: "a kind", limit: MAX_KIND })
        } else if name.is_empty() || !name.bytes().all(fits) {
            Err(BytesError::Value("a kind"))
        } else {
            Ok(Kind(name.into()))
        }
    }

    /// The kind of a floor.
    pub fn floor() -> Kind {
        Kind(FLOOR.into())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the conditions under which a claim holds come to: equal for equal conditions, however long they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition([u8; 32]);

impl Condition {
    /// The fingerprint of conditions, each written in one way; in any order, and once or twice.
    pub fn of<'a>(conditions: impl IntoIterator<Item = &'a str>) -> Condition {
        let conditions: BTreeSet<&str> = conditions.into_iter().collect();
        let mut writer = Writer::new(bytes::CONDITION);
        writer.number(conditions.len() as u64);
        for condition in conditions {
            writer.text(condition);
        }
        Condition(writer.hash())
    }

    /// The fingerprint of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Condition {
        Condition(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// One author's place for one thing. Text of every field is data: any characters, within its limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Who alone can write there.
    pub author: PublicKey,
    /// The hive and who may know. No part of the name: told to others, a claim is the same claim.
    pub class: Class,
    /// What kind of thing.
    pub kind: Kind,
    /// Where it holds; empty for everywhere.
    pub scope: String,
    /// What of this kind and scope it is about.
    pub key: Vec<String>,
    /// When it holds; none for always.
    pub condition: Option<Condition>,
    /// What it belongs to, for grouping; empty for nothing. No part of the name.
    pub family: String,
}

impl Claim {
    /// Its name.
    pub fn id(&self) -> ClaimId {
        let mut writer = Writer::new(bytes::CLAIM);
        writer.fixed(self.author.as_bytes());
        self.write_subject(&mut writer);
        ClaimId::from_bytes(writer.hash())
    }

    fn write_subject(&self, writer: &mut Writer) {
        writer.text(self.kind.as_str()).text(&self.scope).number(self.key.len() as u64);
        for field in &self.key {
            writer.text(field);
        }
        match &self.condition {
            None => writer.byte(0),
            Some(condition) => writer.byte(1).fixed(&condition.0),
        };
    }
}

/// What stands in a claim's place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content {
    /// Nothing any more.
    Tombstone,
    /// This. What the bytes mean, the kind says.
    Body(Vec<u8>),
}

/// What an author said at one time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// Where.
    pub claim: Claim,
    /// When; of two versions in one place the later one stands.
    pub hlc: Hlc,
    /// The author's own number for it within its class, each used once: see [`crate::clock::next_seq`].
    pub seq: u64,
    /// When it no longer holds, unless said again.
    pub expires: Option<Millis>,
    /// What.
    pub content: Content,
}

impl Version {
    /// The floor of an author in a class: what it said there before this stamp is void.
    pub fn floor(author: PublicKey, class: Class, at: Hlc, seq: u64) -> Version {
        let claim = Claim {
            author,
            class,
            kind: Kind::floor(),
            scope: String::new(),
            key: Vec::new(),
            condition: None,
            family: String::new(),
        };
        Version { claim, hlc: at, seq, expires: None, content: Content::Body(Vec::new()) }
    }

    /// Its bytes, without regard to limits: [`Version::sign`] keeps them.
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(bytes::VERSION);
        self.claim.class.write(&mut writer);
        writer.fixed(self.claim.author.as_bytes());
        self.claim.write_subject(&mut writer);
        writer.text(&self.claim.family).word(self.hlc.raw()).number(self.seq);
        writer.maybe_number(self.expires.map(|time| time.0));
        match &self.content {
            Content::Tombstone => writer.byte(0),
            Content::Body(body) => writer.byte(1).bytes(body),
        };
        writer.finish()
    }

    /// Its bytes, if each part is within its limits.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BytesError> {
        let bytes = self.encode();
        // One rule for writing and reading: what could not be read is not written.
        Version::from_bytes(&bytes)?;
        Ok(bytes)
    }

    /// Reads the bytes of a version; every other way to write the same is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Version, BytesError> {
        if bytes.len() > MAX_VERSION {
            return Err(BytesError::TooLong { field: "a version", limit: MAX_VERSION });
        }
        let mut reader = Reader::new(bytes, bytes::VERSION)?;
        let class = Class::read(&mut reader)?;
        let author = PublicKey::from_bytes(reader.fixed()?);
        let kind = Kind::new(reader.text("a kind", MAX_KIND)?)?;
        let scope = reader.text("a scope", MAX_SCOPE)?.to_owned();
        let mut fields = Vec::new();
        for _ in 0..reader.count("a key", MAX_KEY_FIELDS)? {
            fields.push(reader.text("a field of a key", MAX_KEY_FIELD)?.to_owned());
        }
        let condition = reader.flag("a condition")?.then(|| reader.fixed()).transpose()?.map(Condition);
        let family = reader.text("a family", MAX_FAMILY)?.to_owned();
        let hlc = Hlc::from_raw(reader.word()?);
        let seq = reader.number()?;
        let expires = reader.maybe_number("an expiry")?.map(Millis);
        let content = if reader.flag("the content")? {
            Content::Body(reader.bytes("a body", MAX_BODY)?.to_vec())
        } else {
            Content::Tombstone
        };
        reader.finish()?;
        let claim = Claim { author, class, kind, scope, key: fields, condition, family };
        let version = Version { claim, hlc, seq, expires, content };
        if version.claim.kind.as_str() == FLOOR
            && version != Version::floor(author, version.claim.class.clone(), hlc, seq)
        {
            return Err(BytesError::Value("a floor"));
        }
        Ok(version)
    }

    /// What merging needs of it. `id` is the name of its bytes.
    pub fn brief(&self, id: VersionId) -> Brief {
        Brief {
            id,
            class: self.claim.class.id(),
            claim: self.claim.id(),
            author: self.claim.author,
            hlc: self.hlc,
            seq: self.seq,
            expires: self.expires,
            tombstone: self.content == Content::Tombstone,
            floor: self.claim.kind.as_str() == FLOOR,
        }
    }

    /// Signs it.
    pub fn sign(&self, key: &SecretKey) -> Result<Verified, Refused> {
        if key.public() != self.claim.author {
            return Err(Refused::Author);
        }
        let bytes = self.to_bytes()?;
        let signature = key.sign(&bytes);
        Ok(Verified::new(self.clone(), Signed { bytes: bytes.into(), signature }))
    }
}

/// Bytes and a signature, not yet looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signed {
    /// What was signed.
    pub bytes: Arc<[u8]>,
    /// With what.
    pub signature: Signature,
}

impl Signed {
    /// The hash of the bytes: the version's name, if they are one.
    pub fn id(&self) -> VersionId {
        VersionId::from_bytes(*blake3::hash(&self.bytes).as_bytes())
    }

    /// As it is sent: the signature, and the bytes.
    pub fn to_wire(&self) -> Vec<u8> {
        [self.signature.as_bytes().as_slice(), &self.bytes].concat()
    }

    /// Reads what was sent.
    pub fn from_wire(wire: &[u8]) -> Result<Signed, BytesError> {
        let (signature, bytes) = wire.split_first_chunk::<64>().ok_or(BytesError::Short)?;
        Ok(Signed { bytes: bytes.into(), signature: Signature::from_bytes(*signature) })
    }

    /// Reads the version and checks the signature. For many, [`verify_all`] is several times as fast.
    pub fn verify(self) -> Result<Verified, Refused> {
        let version = Version::from_bytes(&self.bytes)?;
        if !key::verify(&version.claim.author, &self.bytes, &self.signature) {
            return Err(Refused::Signature);
        }
        Ok(Verified::new(version, self))
    }
}

/// Reads many and checks all signatures at once; the answers are in the order of what was given. What is refused spoils
/// nothing beside it.
pub fn verify_all(signed: Vec<Signed>) -> Vec<Result<Verified, Refused>> {
    let read: Vec<Result<Version, BytesError>> =
        signed.iter().map(|signed| Version::from_bytes(&signed.bytes)).collect();
    let mut places = Vec::with_capacity(signed.len());
    let mut claimed = Vec::with_capacity(signed.len());
    for (place, (signed, version)) in signed.iter().zip(&read).enumerate() {
        if let Ok(version) = version {
            places.push(place);
            claimed.push(Claimed {
                key: &version.claim.author,
                message: &signed.bytes,
                signature: &signed.signature,
            });
        }
    }
    let bad: BTreeSet<usize> = key::verify_batch(&claimed).into_iter().map(|index| places[index]).collect();
    let answer = |(place, (signed, version)): (usize, (Signed, Result<Version, BytesError>))| match version {
        Err(error) => Err(Refused::Bytes(error)),
        Ok(_) if bad.contains(&place) => Err(Refused::Signature),
        Ok(version) => Ok(Verified::new(version, signed)),
    };
    signed.into_iter().zip(read).enumerate().map(answer).collect()
}

/// A version that its author signed. There is no other way to get one than to sign it or to check the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    version: Version,
    signed: Signed,
    brief: Brief,
}

impl Verified {
    fn new(version: Version, signed: Signed) -> Verified {
        let brief = version.brief(signed.id());
        Verified { version, signed, brief }
    }

    /// What was said.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The bytes and the signature, to be kept and passed on as they are.
    pub fn signed(&self) -> &Signed {
        &self.signed
    }

    /// What merging needs of it.
    pub fn brief(&self) -> &Brief {
        &self.brief
    }

    /// The parts.
    pub fn into_parts(self) -> (Version, Signed, Brief) {
        (self.version, self.signed, self.brief)
    }
}

/// What merging needs of a version that was verified, now or before it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Brief {
    /// Its name.
    pub id: VersionId,
    /// The class.
    pub class: ClassId,
    /// The claim.
    pub claim: ClaimId,
    /// Who signed it.
    pub author: PublicKey,
    /// When.
    pub hlc: Hlc,
    /// Under which of its own numbers.
    pub seq: u64,
    /// Until when it holds.
    pub expires: Option<Millis>,
    /// Whether it takes away.
    pub tombstone: bool,
    /// Whether it is a floor.
    pub floor: bool,
}

impl Brief {
    /// What decides between two versions of one claim: the greater stands.
    pub fn stamp(&self) -> (Hlc, VersionId) {
        (self.hlc, self.id)
    }

    /// Whether it no longer holds. It stays in its register: to expire is a matter of looking, not of merging.
    pub fn is_expired(&self, now: Millis) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}
