//! What goes over a link: frames of one shape, `u32 length | u8 kind | body`, each list in them bounded.
//!
//! A frame that breaks a bound, ends too early, or is written in another way than the one there is, is a [`Fault`]: the
//! link ends, nothing else. Nothing is reserved for what a frame only says it has.

use crate::bytes::{self, BytesError, Reader, Writer};
use crate::claim::{ClassId, HiveId, MAX_VERSION};
use crate::key::PublicKey;
use crate::register::Digest;

/// The protocol that is spoken.
pub const PROTOCOL: u64 = 1;
/// Bytes of a frame after its length.
pub const MAX_FRAME: usize = 256 * 1024;
/// Sets whose levels one frame tells.
pub const MAX_LEVELS: usize = 2048;
/// Ids in a frame.
pub const MAX_IDS: usize = 4096;
/// Bodies in a frame.
pub const MAX_BODIES: usize = 1024;
/// Bytes of a body: a proof holds two versions, but one that could not be sent is not made.
pub const MAX_SENT: usize = MAX_FRAME - 1024;
/// Bytes of one step of a comparison.
pub const MAX_STEP: usize = 64 * 1024;

const _: () = assert!(MAX_VERSION + 64 < MAX_SENT);
const _: () = assert!(MAX_LEVELS * (33 + 10 + 32) + 64 < MAX_FRAME);
const _: () = assert!(MAX_IDS * 34 + 64 < MAX_FRAME);

/// What names a thing in a set: the hash of its bytes.
pub type Id = [u8; 32];

/// What two machines compare as one set. In the order in which they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// The operations on the members of a hive.
    Members(HiveId),
    /// Ids of versions which this key has and does not give to the other end of the link.
    Withheld(PublicKey),
    /// Proofs that somebody signed two things under one number in a class.
    Proofs(ClassId),
    /// What stands in the registers of a class.
    Class(ClassId),
}

impl Set {
    /// Its place in the order: what is later waits until what is earlier was compared.
    pub(crate) fn phase(&self) -> u8 {
        match self {
            Set::Members(_) => 0,
            Set::Withheld(_) => 1,
            Set::Proofs(_) | Set::Class(_) => 2,
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Set::Members(hive) => writer.byte(0).fixed(hive.as_bytes()),
            Set::Withheld(key) => writer.byte(1).fixed(key.as_bytes()),
            Set::Proofs(class) => writer.byte(2).fixed(class.as_bytes()),
            Set::Class(class) => writer.byte(3).fixed(class.as_bytes()),
        };
    }

    fn read(reader: &mut Reader<'_>) -> Result<Set, BytesError> {
        let kind = reader.byte()?;
        let bytes = reader.fixed()?;
        match kind {
            0 => Ok(Set::Members(HiveId::from_bytes(bytes))),
            1 => Ok(Set::Withheld(PublicKey::from_bytes(bytes))),
            2 => Ok(Set::Proofs(ClassId::from_bytes(bytes))),
            3 => Ok(Set::Class(ClassId::from_bytes(bytes))),
            _ => Err(BytesError::Value("a set")),
        }
    }
}

/// What a set comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Which set.
    pub set: Set,
    /// What it comes to.
    pub digest: Digest,
}

/// What became of something that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It stands, and will after a crash.
    Stored,
    /// Something later stands, or its author's floor is above it.
    Superseded,
    /// Kept until our clock has come closer to its stamp. Not acknowledged.
    Held,
    /// Its author is no member.
    Stranger,
    /// It is not for this machine, or not of this set.
    Misplaced,
    /// It is not signed by whom it says, or not written in the one way there is.
    Invalid,
    /// There is no room for it now.
    Full,
}

impl Verdict {
    const ALL: [Verdict; 7] = [
        Verdict::Stored,
        Verdict::Superseded,
        Verdict::Held,
        Verdict::Stranger,
        Verdict::Misplaced,
        Verdict::Invalid,
        Verdict::Full,
    ];

    /// Whether the other end has it for good, or has better.
    pub fn acknowledges(self) -> bool {
        matches!(self, Verdict::Stored | Verdict::Superseded)
    }
}

/// Why one end ends a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// No protocol that both speak.
    #[error("no protocol that both speak")]
    Protocol,
    /// They share no hive.
    #[error("no hive that both belong to")]
    NoMember,
    /// More than a link may ask of the other end.
    #[error("more than a link may ask")]
    Quota,
    /// A frame that is none.
    #[error("a frame that is none")]
    Frame,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The first of each end; the dialler speaks first.
    Hello {
        /// The least protocol spoken.
        oldest: u64,
        /// The greatest.
        newest: u64,
    },
    /// What the sets come to that the sender compares with the receiver. Sets that are missing in all frames of a turn are
    /// empty.
    Levels {
        /// Each time one more. A frame of an earlier turn says nothing any more.
        turn: u64,
        /// The last turn of the receiver that came whole; 0 for none. If there was a later one, it was lost.
        heard: u64,
        /// Whether it is the turn's last.
        last: bool,
        /// The levels.
        levels: Vec<Level>,
    },
    /// One step of a comparison.
    Compare {
        /// Of what.
        set: Set,
        /// The number of the step, by the one who began it; the answer has the same.
        step: u64,
        /// Whether it is the answer.
        answer: bool,
        /// What the `negentropy` protocol says.
        message: Vec<u8>,
    },
    /// Asks for bodies.
    Want {
        /// Of this set.
        set: Set,
        /// These.
        ids: Vec<Id>,
    },
    /// Bodies that were asked for.
    Bodies {
        /// Of this set.
        set: Set,
        /// These, as they are kept.
        bodies: Vec<Vec<u8>>,
        /// And these are not to be had here any more.
        gone: Vec<Id>,
    },
    /// What became of bodies, after the store said that it has them.
    Ack {
        /// Of this set.
        set: Set,
        /// What became of each.
        acks: Vec<(Id, Verdict)>,
    },
    /// These are to be had here.
    Announce {
        /// Of this set.
        set: Set,
        /// These.
        ids: Vec<Id>,
    },
    /// The link ends.
    Refused(Reason),
}

/// Why a link has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A frame longer than any may be.
    #[error("a frame of {0} bytes, which is more than {MAX_FRAME}")]
    Length(usize),
    /// Of a kind that there is not.
    #[error("a frame of the unknown kind {0}")]
    Kind(u8),
    /// Not written as frames are.
    #[error("a frame that is not one: {0}")]
    Bytes(#[from] BytesError),
    /// A step of a comparison that makes no sense.
    #[error("a step of a comparison that makes no sense")]
    Step,
    /// The other end speaks other protocols.
    #[error("speaks protocols {oldest} to {newest}, and this machine {PROTOCOL}")]
    Protocol {
        /// The least.
        oldest: u64,
        /// The greatest.
        newest: u64,
    },
    /// The other end shares no hive with us.
    #[error("shares no hive with this machine")]
    NoMember,
    /// More than a link may ask.
    #[error("more {0} in a minute than a link may send")]
    Quota(&'static str),
    /// The other end ended it.
    #[error("the other end refuses: {0}")]
    Refused(Reason),
}

impl Fault {
    /// What the other end is told.
    pub fn reason(&self) -> Reason {
        match self {
            Fault::Protocol { .. } => Reason::Protocol,
            Fault::NoMember => Reason::NoMember,
            Fault::Quota(_) => Reason::Quota,
            _ => Reason::Frame,
        }
    }

    /// Whether the other end took more than its share, for which it is frozen.
    pub fn is_abuse(&self) -> bool {
        matches!(self, Fault::Quota(_))
    }
}

impl Frame {
    /// The frame with its length before it. What is too long for a frame is cut into several before: see the bounds.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::part(self.kind());
        match self {
            Frame::Hello { oldest, newest } => {
                let mut hello = Writer::new(bytes::HELLO);
                hello.number(*oldest).number(*newest);
                writer.fixed(&hello.finish());
            }
            Frame::Levels { turn, heard, last, levels } => {
                writer.number(*turn).number(*heard).byte(u8::from(*last)).number(levels.len() as u64);
                for Level { set, digest } in levels {
                    set.write(&mut writer);
                    writer.number(digest.count).fixed(&digest.hash);
                }
            }
            Frame::Compare { set, step, answer, message } => {
                set.write(&mut writer);
                writer.number(*step).byte(u8::from(*answer)).bytes(message);
            }
            Frame::Want { set, ids } | Frame::Announce { set, ids } => {
                set.write(&mut writer);
                write_ids(ids, &mut writer);
            }
            Frame::Bodies { set, bodies, gone } => {
                set.write(&mut writer);
                writer.number(bodies.len() as u64);
                bodies.iter().fold(&mut writer, |writer, body| writer.bytes(body));
                write_ids(gone, &mut writer);
            }
            Frame::Ack { set, acks } => {
                set.write(&mut writer);
                writer.number(acks.len() as u64);
                acks.iter()
                    .fold(&mut writer, |writer, (id, verdict)| writer.fixed(id).byte(verdict_byte(*verdict)));
            }
            Frame::Refused(reason) => {
                writer.byte(match reason {
                    Reason::Protocol => 0,
                    Reason::NoMember => 1,
                    Reason::Quota => 2,
                    Reason::Frame => 3,
                });
            }
        }
        let body = writer.finish();
        let mut frame = Vec::with_capacity(body.len() + 4);
        frame.extend_from_slice(&(body.len() as u32).to_be_bytes());
        frame.extend_from_slice(&body);
        frame
    }

    const fn kind(&self) -> u8 {
        match self {
            Frame::Hello { .. } => 1,
            Frame::Levels { .. } => 2,
            Frame::Compare { .. } => 3,
            Frame::Want { .. } => 4,
            Frame::Bodies { .. } => 5,
            Frame::Ack { .. } => 6,
            Frame::Announce { .. } => 7,
            Frame::Refused(_) => 8,
        }
    }

    /// Reads what stands after the length.
    pub fn from_body(body: &[u8]) -> Result<Frame, Fault> {
        if body.len() > MAX_FRAME {
            return Err(Fault::Length(body.len()));
        }
        let (kind, rest) = body.split_first().ok_or(BytesError::Short)?;
        let mut reader = Reader::part(rest);
        let frame = match kind {
            1 => {
                reader = Reader::new(rest, bytes::HELLO)?;
                Frame::Hello { oldest: reader.number()?, newest: reader.number()? }
            }
            2 => {
                let (turn, heard) = (reader.number()?, reader.number()?);
                let last = reader.flag("the end of a turn")?;
                let mut levels = Vec::new();
                for _ in 0..reader.count("levels", MAX_LEVELS)? {
                    let set = Set::read(&mut reader)?;
                    let digest = Digest { count: reader.number()?, hash: reader.fixed()? };
                    levels.push(Level { set, digest });
                }
                Frame::Levels { turn, heard, last, levels }
            }
            3 => Frame::Compare {
                set: Set::read(&mut reader)?,
                step: reader.number()?,
                answer: reader.flag("an answer")?,
                message: reader.bytes("a step", MAX_STEP)?.to_vec(),
            },
            4 => Frame::Want { set: Set::read(&mut reader)?, ids: read_ids(&mut reader)? },
            5 => {
                let set = Set::read(&mut reader)?;
                let mut bodies = Vec::new();
                for _ in 0..reader.count("bodies", MAX_BODIES)? {
                    bodies.push(reader.bytes("a body", MAX_SENT)?.to_vec());
                }
                Frame::Bodies { set, bodies, gone: read_ids(&mut reader)? }
            }
            6 => {
                let set = Set::read(&mut reader)?;
                let mut acks = Vec::new();
                for _ in 0..reader.count("acknowledgements", MAX_IDS)? {
                    let id = reader.fixed()?;
                    let verdict = Verdict::ALL.get(usize::from(reader.byte()?)).copied();
                    acks.push((id, verdict.ok_or(BytesError::Value("a verdict"))?));
                }
                Frame::Ack { set, acks }
            }
            7 => Frame::Announce { set: Set::read(&mut reader)?, ids: read_ids(&mut reader)? },
            8 => Frame::Refused(match reader.byte()? {
                0 => Reason::Protocol,
                1 => Reason::NoMember,
                2 => Reason::Quota,
                3 => Reason::Frame,
                _ => return Err(BytesError::Value("a reason").into()),
            }),
            other => return Err(Fault::Kind(*other)),
        };
        reader.finish()?;
        Ok(frame)
    }
}

fn verdict_byte(verdict: Verdict) -> u8 {
    Verdict::ALL.iter().position(|other| *other == verdict).map_or(u8::MAX, |place| place as u8)
}

fn write_ids(ids: &[Id], writer: &mut Writer) {
    writer.number(ids.len() as u64);
    ids.iter().fold(writer, |writer, id| writer.fixed(id));
}

fn read_ids(reader: &mut Reader<'_>) -> Result<Vec<Id>, BytesError> {
    let mut ids = Vec::new();
    for _ in 0..reader.count("ids", MAX_IDS)? {
        ids.push(reader.fixed()?);
    }
    Ok(ids)
}

/// Cuts what a stream brings into frames. It never holds more than a frame and what came with its end.
#[derive(Debug, Default)]
pub struct Splitter {
    bytes: Vec<u8>,
    read: usize,
}

impl Splitter {
    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame, once it is there whole. To be asked until there is none, before more is pushed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Fault> {
        let Some((length, rest)) = self.bytes.get(self.read..).and_then(|rest| rest.split_first_chunk::<4>())
        else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Err(Fault::Length(length));
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let frame = Frame::from_body(body)?;
        self.read += 4 + length;
        Ok(Some(frame))
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.bytes.len() - self.read
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Set> {
        (0_u8..4, any::<[u8; 32]>()).prop_map(|(kind, bytes)| match kind {
            0 => Set::Members(HiveId::from_bytes(bytes)),
            1 => Set::Withheld(PublicKey::from_bytes(bytes)),
            2 => Set::Proofs(ClassId::from_bytes(bytes)),
            _ => Set::Class(ClassId::from_bytes(bytes)),
        })
    }

    fn ids() -> impl Strategy<Value = Vec<Id>> {
        prop::collection::vec(any::<Id>(), 0..20)
    }

    fn frames() -> impl Strategy<Value = Frame> {
        let level = (set(), any::<u64>(), any::<[u8; 32]>())
            .prop_map(|(set, count, hash)| Level { set, digest: Digest { count, hash } });
        let verdict = prop::sample::select(Verdict::ALL.to_vec());
        let bodies = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8);
        prop_oneof![
            (any::<u64>(), any::<u64>()).prop_map(|(oldest, newest)| Frame::Hello { oldest, newest }),
            (any::<u64>(), any::<u64>(), any::<bool>(), prop::collection::vec(level, 0..9))
                .prop_map(|(turn, heard, last, levels)| Frame::Levels { turn, heard, last, levels }),
            (set(), any::<u64>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..300))
                .prop_map(|(set, step, answer, message)| Frame::Compare { set, step, answer, message }),
            (set(), ids()).prop_map(|(set, ids)| Frame::Want { set, ids }),
            (set(), bodies, ids()).prop_map(|(set, bodies, gone)| Frame::Bodies { set, bodies, gone }),
            (set(), prop::collection::vec((any::<Id>(), verdict), 0..9))
                .prop_map(|(set, acks)| Frame::Ack { set, acks }),
            (set(), ids()).prop_map(|(set, ids)| Frame::Announce { set, ids }),
            prop::sample::select(vec![Reason::Protocol, Reason::NoMember, Reason::Quota, Reason::Frame])
                .prop_map(Frame::Refused),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_however_it_comes(
            frames in prop::collection::vec(frames(), 1..6),
            piece in 1_usize..700,
        ) {
            let stream: Vec<u8> = frames.iter().flat_map(Frame::to_bytes).collect();
            let (mut splitter, mut read) = (Splitter::default(), Vec::new());
            for piece in stream.chunks(piece) {
                splitter.push(piece);
                while let Some(frame) = splitter.next_frame()? {
                    read.push(frame);
                }
            }
            prop_assert_eq!(read, frames);
            prop_assert_eq!(splitter.held(), 0);
        }

        #[test]
        fn each_frame_is_written_in_one_way(frame in frames(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
            let mut bytes = frame.to_bytes().split_off(4);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            // Whatever the changed bytes are, if they are a frame, they are the bytes of that frame.
            if let Ok(other) = Frame::from_body(&bytes) {
                prop_assert_eq!(&other.to_bytes()[4..], &bytes[..]);
            }
            bytes[at] ^= flip;
            bytes.push(0);
            prop_assert!(Frame::from_body(&bytes).is_err());
        }

        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut splitter = Splitter::default();
            splitter.push(&bytes);
            while let Ok(Some(_)) = splitter.next_frame() {}
            prop_assert!(splitter.held() <= bytes.len());
        }
    }

    #[test]
    fn bounds_are_kept() {
        let mut splitter = Splitter::default();
        splitter.push(&(MAX_FRAME as u32 + 1).to_be_bytes());
        assert_eq!(splitter.next_frame(), Err(Fault::Length(MAX_FRAME + 1)));
        let set = Set::Class(ClassId::from_bytes([1; 32]));
        let many = Frame::Want { set, ids: vec![[0; 32]; MAX_IDS + 1] }.to_bytes();
        assert!(matches!(Frame::from_body(&many[4..]), Err(Fault::Bytes(BytesError::TooLong { .. }))));
        let full = Frame::Announce { set, ids: vec![[0; 32]; MAX_IDS] };
        assert_eq!(Frame::from_body(&full.to_bytes()[4..]), Ok(full));
        // Four billion ids are said to come, and none does.
        let mut claimed = vec![4, 3];
        claimed.extend([0; 32]);
        claimed.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert!(Frame::from_body(&claimed).is_err());
    }

    #[test]
    fn golden() {
        let class = Set::Class(ClassId::from_bytes([0x11; 32]));
        let hex = |frame: Frame| bytes::hex(&frame.to_bytes());
        let ones = "11".repeat(32);
        assert_eq!(
            hex(Frame::Hello { oldest: 1, newest: 2 }),
            "0000000f01 6363746c3a68656c6c6f 00010102".replace(' ', "")
        );
        let digest = Digest { count: 300, hash: [0x11; 32] };
        assert_eq!(
            hex(Frame::Levels { turn: 1, heard: 0, last: true, levels: vec![Level { set: class, digest }] }),
            format!("000000480201000101 03{ones} ac02{ones}").replace(' ', "")
        );
        assert_eq!(
            hex(Frame::Ack { set: class, acks: vec![([0x11; 32], Verdict::Held)] }),
            format!("0000004406 03{ones} 01 {ones} 02").replace(' ', "")
        );
        assert_eq!(hex(Frame::Refused(Reason::Quota)), "000000020802");
    }
}
